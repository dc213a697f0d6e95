"""`xlreport check`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from xlreport.catalog import UnknownForm, find_form
from xlreport.cli.console import complain, stop
from xlreport.cli.naming import CHECKED, copy_name, tell_outdated, would_lose
from xlreport.cli.told import Outcome, Progress, Told, outcome
from xlreport.examine import Examined, Status, Trouble, examine, in_fresh_form, open_reading
from xlreport.finding import Code
from xlreport.form.model import Form
from xlreport.record import record, replace
from xlreport.report.trouble import reading_trouble, writing_trouble
from xlreport.rules.sentence import Lang
from xlreport.since import Since
from xlreport.submission import Submission
from xlreport.workbook.container import Unreadable
from xlreport.workbook.recognise import NotAForm
from xlreport.workbook.write import CannotWrite, same_file, write_atomically

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".et", ".xlsb", ".ods", ".zip"})
_MAYBE_ARCHIVE = frozenset(
    {"not-excel", "encrypted", "too-big", "too-many-entries", "ratio"}
)  # as what an archive is refused
OWN_SLIPS = "XLREPORT_TYPING_ERRORS"  # the variable that names a file written by `learn`


@record
class Request:
    """What `check` is asked to do."""

    files: tuple[Path, ...]
    lang: Lang
    prior: Path | None = None
    format: str = "text"
    target: Path | None = None
    output_dir: Path | None = None
    form: str | None = None
    templates: tuple[Path, ...] = ()
    annotate: bool = True
    strict: bool = False
    fail_on: str = "error"
    password: str = ""
    fix_notation: bool = False
    jobs: int = 1  # files checked at a time, each in a process of its own
    apply: tuple[str, ...] = ()
    force: bool = False  # `target` may take the place of another workbook


@record
class _Job:
    """One workbook to check, and where its annotated copy goes."""

    path: Path  # as it is told
    data: bytes | None = None
    name: Path | None = None  # what the copy is called after; None: there is none
    folder: Path | None = None
    trouble: Trouble | None = None  # it could not even be taken out of its archive


def check_files(request: Request) -> int:
    """Check every file, print the findings, write the annotated copies; the exit code."""
    if request.apply:
        from xlreport.cli.apply import Wanted, apply_fixes

        _own_slips()
        wanted = Wanted(request.files, request.target, request.apply, request.lang, request.format)
        read = partial(
            examine, prior=_prior(request), form=_form(request), extra=request.templates,
            password=request.password,
        )  # fmt: skip
        return apply_fixes(wanted, read)
    paths, missing = _expand(request)
    if request.target is not None and len(paths) != 1:
        stop("-o 只用于一个文件；多个文件请用 --output-dir。 -o is for one file; use --output-dir for several.")
    form, prior = prepared(request)
    if request.output_dir is not None and request.annotate:
        _make_folder(request.output_dir, request.lang)
    told = Told(request)
    for absent in missing:
        told.add(outcome(absent, request, wrote=False))
    if request.jobs > 1 and len(paths) > 1 and not _shared_names(paths, request):
        from xlreport.cli.workers import work

        results: Iterable[Iterable[Outcome]] = work(
            paths, request.jobs, partial(prepared, request), partial(_in_worker, request)
        )
    else:
        results = _one_by_one(paths, prior, form, request)
    with Progress(len(paths), request.lang) as progress:
        for found in results:
            for one in found:
                progress.wipe()
                told.add(one)
            progress.step()
    return told.end()


def prepared(request: Request) -> tuple[Form | None, Submission | None]:
    """What all files are checked with: the form asked for, and last year's report."""
    _own_slips()
    return _form(request), _prior(request)


def _own_slips() -> None:
    if os.environ.get(OWN_SLIPS):
        from xlreport.cli.own_slips import use_slips

        use_slips()


def _in_worker(request: Request, path: Path, shared: tuple[Form | None, Submission | None]) -> list[Outcome]:
    form, prior = shared
    return list(checked(path, prior, form, request, set()))


def _one_by_one(
    paths: Sequence[Path], prior: Submission | None, form: Form | None, request: Request
) -> Iterator[Iterable[Outcome]]:
    taken = {str(_identity(path)).casefold() for path in (*paths, *filter(None, [request.prior]))}  # never an input
    for path in paths:
        yield checked(path, prior, form, request, taken)


def checked(
    path: Path, prior: Submission | None, form: Form | None, request: Request, taken: set[str]
) -> Iterator[Outcome]:
    """A file, or every workbook of an archive, checked and its copy written; what is to be told of it."""
    for one, job in _examined(path, prior, form, request):
        wrote = True
        if request.fix_notation:
            one, wrote = _fix_notation(one, job, prior, request, taken)
        if request.annotate:
            one, wrote = _annotate(one, job, request, taken)
        several = len(request.files) > 1 or one.path != request.files[0]
        yield outcome(one, request, wrote=wrote, several=several)


def _shared_names(paths: Sequence[Path], request: Request) -> bool:
    """Whether copies may be called alike, or like an input, so that who is first decides on the names."""
    folders = [request.output_dir or path.parent for path in paths]
    copies = {(folder.resolve(), path.stem.casefold()) for folder, path in zip(folders, paths, strict=True)}
    return (
        len(copies) < len(paths)
        or any(path.suffix.lower() in {".zip", ""} or CHECKED.fullmatch(path.stem) for path in paths)
        or (request.prior is not None and CHECKED.fullmatch(request.prior.stem) is not None)
    )


def _examined(
    path: Path, prior: Submission | None, form: Form | None, request: Request
) -> Iterator[tuple[Examined, _Job]]:
    """A file examined, or every workbook of an archive."""
    piped = str(path) == "-"
    data = sys.stdin.buffer.read() if piped else None
    name = request.target or (None if piped else path)
    first = _Job(path, data, name, request.output_dir or path.parent)
    one = _examine(first, prior, form, request)
    jobs = None
    if one.trouble is not None and one.trouble.reason in _MAYBE_ARCHIVE:
        jobs = _members(first, request)
    if jobs is None:
        yield one, first
        return
    if request.target is not None:
        stop("-o 只用于一个文件；压缩包请用 --output-dir。 -o is for one file; use --output-dir for an archive.")
    for job in jobs:
        yield _examine(job, prior, form, request), job


def _examine(job: _Job, prior: Submission | None, form: Form | None, request: Request) -> Examined:
    if job.trouble is not None:
        return Examined(job.path, Status.UNREADABLE, trouble=job.trouble)
    return examine(
        job.path, data=job.data, prior=prior, form=form, extra=request.templates, strict=request.strict,
        password=request.password,
    )  # fmt: skip


def _members(archive: _Job, request: Request) -> Iterator[_Job] | None:
    """The workbooks of an archive, one at a time; None if the file is no archive of workbooks."""
    from xlreport.workbook.bundle import open_bundle

    bundle = open_bundle(archive.path, archive.data)
    if bundle is None:
        return None
    piped = archive.data is not None
    folder = request.output_dir or archive.path.with_name(f"{archive.path.stem}.checked")

    def jobs() -> Iterator[_Job]:
        for member in bundle.members:
            told = Path(f"{archive.path}/{member.name}")
            *folders, last = member.safe
            try:
                data = bundle.content(member)
            except Unreadable as error:
                yield _Job(told, trouble=Trouble(error.reason, dict(error.facts)))
                continue
            name = None if piped and request.output_dir is None else Path(last)
            yield _Job(told, data, name, folder.joinpath(*folders))

    return jobs()


def _expand(request: Request) -> tuple[list[Path], list[Examined]]:
    """The files meant, folders opened; what is not there is told and the rest goes on."""
    paths: list[Path] = []
    missing: list[Examined] = []
    for path in request.files:
        if str(path) == "-":
            paths.append(path)
        elif os.path.isdir(path):  # noqa: PTH112  (pathlib's raises for a name that is too long)
            found = list(_workbooks(path))
            if not found:
                missing.append(Examined(path, Status.UNREADABLE, trouble=Trouble("no-workbooks")))
            paths += found
        elif not os.path.exists(path):  # noqa: PTH110
            missing.append(Examined(path, Status.UNREADABLE, trouble=Trouble("missing")))
        else:
            paths.append(path)
    unique = list({_identity(path): path for path in paths}.values())
    return unique, missing


def _identity(path: Path) -> Path:
    return path if str(path) == "-" else path.resolve()


def _workbooks(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if (
            path.suffix.lower() in SUFFIXES
            and path.is_file()
            and not path.name.startswith(("~$", ".~", "."))
            and not CHECKED.fullmatch(path.stem)
        ):
            yield path


def _form(request: Request) -> Form | None:
    if request.form is None:
        return None
    try:
        return find_form(request.form, extra=request.templates)
    except UnknownForm as error:
        stop(f"{error}。现有 (known): {'、'.join(error.known)}" if error.known else str(error))


def _prior(request: Request) -> Submission | None:
    if request.prior is None:
        return None
    try:
        return open_reading(request.prior, request.templates, password=request.password).submission
    except Unreadable as error:
        stop(f"--prior {request.prior}: {reading_trouble(error.reason, error.facts, request.lang)}")
    except NotAForm as error:
        facts = {"closest": error.closest, "said": error.said}
        stop(f"--prior {request.prior}: {reading_trouble('not-a-form', facts, request.lang)}")


def _make_folder(folder: Path, lang: Lang) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        stop(f"{folder}: {writing_trouble('not-a-folder', lang)}")
    except OSError:
        stop(f"{folder}: {writing_trouble('permission', lang)}")


def _may_be_written(target: Path, inputs: Iterable[Path], request: Request) -> bool:
    """Whether a copy may take this name; told where it would take the place of an input or of another's workbook."""
    if any(same_file(target, path) for path in inputs):
        complain("不能覆盖输入的文件，请换一个输出文件名。 The output would overwrite the input.")
        return False
    loss = would_lose(target, request.lang) if request.target and not request.force else ""
    if loss:
        complain(loss)
    return not loss


def _annotate(one: Examined, job: _Job, request: Request, taken: set[str]) -> tuple[Examined, bool]:
    """Write the annotated copy if there is something to say; False if it could not be written."""
    gone = one.round is not None and bool(one.round.gone)
    silent = all(finding.code is Code.S213 for finding in one.findings) and not one.rewrites and not gone
    if one.reading is None:
        return one, True
    if silent:
        if request.target is None:
            tell_outdated(job.name, job.folder, one.reading, request.lang)
        return one, True
    target = request.target or copy_name(job.name, job.folder, one.reading, taken, request.lang)
    if target is None:
        return one, True
    # A name of our own making is never that of another input (`taken`).
    inputs = (one.path, *filter(None, [request.prior]), *(request.files if request.target else ()))
    if not _may_be_written(target, inputs, request):
        return one, False
    try:
        data = _annotated(one, request.lang)
        if job.data is not None and job.folder is not None and request.target is None:
            _make_folder(job.folder, request.lang)
        write_atomically(target, data)
    except Unreadable as error:  # what reading passes over, marking may not
        why = reading_trouble(error.reason, error.facts, request.lang)
        words = "没有写标注副本" if request.lang == "zh" else "no annotated copy was written"
        complain(f"{one.path}: {words}: {why}")
        return one, False
    except CannotWrite as error:
        complain(f"{target}: {writing_trouble(error.reason, request.lang)}")
        return one, False
    return replace(one, annotated=target), True


def _annotated(one: Examined, lang: Lang) -> bytes:
    """The annotated copy; of one that nobody has touched since, and of which nothing else is to be said, itself."""
    from xlreport.report.annotated import marks, summary
    from xlreport.workbook.annotate import annotate, is_untouched

    told, container = in_fresh_form(one)
    sheet = summary(told, lang)
    again = one.round is not None and not one.round.gone and set(one.round.since) <= {Since.OPEN} and not one.rewrites
    if again and told.reading and sheet.name in {s.name for s in told.reading.book.sheets} and is_untouched(container):
        return container.data
    return annotate(container, marks(told, lang, sheet), sheet)


def _fix_notation(
    one: Examined, job: _Job, prior: Submission | None, request: Request, taken: set[str]
) -> tuple[Examined, bool]:
    """The file with its numbers written plainly; where nothing is to be marked in it, it is written at once."""
    from xlreport.cli.renotate import with_plain_numbers

    one, data = with_plain_numbers(one, prior, request.templates, strict=request.strict)
    if data is None and request.target is not None and not request.annotate:
        complain(f"{one.path}: 没有可以放心改的写法，没有写副本。 No notation to be changed; no copy was written.")
    if data is None or one.reading is None or request.annotate:
        return one, True
    target = request.target or copy_name(job.name, job.folder, one.reading, taken, request.lang, ".fixed")
    if target is None:
        return one, True
    if not _may_be_written(target, [one.path], request):
        return one, False
    try:
        if job.folder is not None and request.target is None and (job.data is not None or request.output_dir):
            _make_folder(job.folder, request.lang)
        write_atomically(target, data)
    except CannotWrite as error:
        complain(f"{target}: {writing_trouble(error.reason, request.lang)}")
        return one, False
    return replace(one, fixed=target), True
