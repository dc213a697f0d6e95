"""Where forms are found: the folders of definitions, the compiled forms beside them, and what is in force when.

The only place that opens a definition. A definition is read once per content: the wheel ships its form compiled, and
what is not shipped (a checkout's definitions, or one's own) is kept so in the user's cache. Its stamp is of the text
and of the program that read it, so that it cannot be stale.
"""

from __future__ import annotations

import contextlib
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from xlreport import __version__
from xlreport.compiled import from_bytes, to_bytes
from xlreport.form.model import Form
from xlreport.record import record


class UnknownForm(LookupError):  # noqa: N818  (a state of the command line, not an error of the program)
    """No such form, edition or period; `known` says what there is."""

    def __init__(self, message: str, known: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.known = tuple(known)


@record
class Definition:
    """A definition file, not yet read."""

    form: str
    edition: str
    path: Path

    def open(self) -> Form:
        """The form; what the file says it is must be what folder and file name say, or no workbook would find it."""
        form = open_form(self.path)
        if (form.id, form.edition) != (self.form, self.edition):
            message = (
                f"it says `form: {form.id}`, `edition: {form.edition}`; it belongs into {form.id}/{form.edition}.yaml"
            )
            from xlreport.form.definition import DefinitionError

            raise DefinitionError("/".join(self.path.parts[-2:]), None, message)
        return form


def folders(extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The folders searched for definitions, first match first."""
    package = Path(__file__).resolve().parent
    named = [Path(p) for p in os.environ.get("XLREPORT_TEMPLATES", "").split(os.pathsep) if p]
    shipped = package / "templates"
    return (*extra, *named, shipped if shipped.is_dir() else package.parent / "templates")


def definitions(extra: Sequence[Path] = ()) -> Iterator[Definition]:
    """Every definition there is, by folder name and file name: `<form>/<edition>.yaml`."""
    seen = set()
    for folder in folders(extra):
        if not folder.is_dir():
            continue
        for path in sorted(folder.glob("*/*.yaml")):
            key = (path.parent.name, path.stem)
            if key not in seen:
                seen.add(key)
                yield Definition(*key, path)


def find_definition(form: str, edition: str, extra: Sequence[Path] = ()) -> Definition | None:
    """The one of these names, or None; the names may come from a stranger's workbook: nothing else is looked at."""
    for folder in folders(extra):
        with contextlib.suppress(OSError):
            names = os.listdir(folder)  # noqa: PTH208  (names are what is asked for)
            if form in names and f"{edition}.yaml" in os.listdir(folder / form):  # noqa: PTH208
                return Definition(form, edition, folder / form / f"{edition}.yaml")
    return None


@lru_cache(maxsize=64)
def open_form(path: Path) -> Form:
    """The form of a definition file; raises `DefinitionError`, or `UnknownForm` if there is no such file."""
    try:
        data = path.read_bytes()
    except OSError:
        raise UnknownForm(f"no definition {path.name}") from None
    name = "/".join(path.parts[-2:])  # the folder is the form's name, the file only its edition
    stamp = _stamp(data)
    shipped = _kept(path.with_suffix(".compiled"), f"{stamp}-{__version__}")
    if shipped is not None:
        return shipped
    folder = _cache_folder()
    target = None if folder is None else folder / f"{stamp}.compiled"
    stamp = f"{stamp}-{_program()}"
    form = None if target is None else _kept(target, stamp)
    if form is None:
        form = _from_text(data, name)
        if target is not None:
            _keep(target, to_bytes(form, stamp))
    return form


def compiled_form(data: bytes, name: str) -> bytes:
    """What the build ships beside a definition so that nothing parses YAML at start-up."""
    return to_bytes(_from_text(data, name), f"{_stamp(data)}-{__version__}")


def _from_text(data: bytes, name: str) -> Form:
    from xlreport.form.definition import DefinitionError, read_yaml
    from xlreport.form.load import load

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DefinitionError(name, None, "a definition is UTF-8 text") from None
    return load(read_yaml(text, name), name, text)


def _stamp(data: bytes) -> str:
    """A definition's content in a word. Two checksums and the size: hashlib alone takes 3 ms to start."""
    return f"{len(data):x}-{zlib.crc32(data):08x}-{zlib.adler32(data):08x}"


def _program() -> str:
    """What reads definitions, in a word: whoever changes it here and now wants its forms anew."""
    package = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  (at every start)
    seen = []
    for folder in ("form", "rules"):
        with os.scandir(os.path.join(package, folder)) as found:  # noqa: PTH118
            seen += [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in found if one.is_file()]
    return f"{__version__}-{zlib.crc32(repr(sorted(seen)).encode()):08x}"


def _kept(path: Path, stamp: str) -> Form | None:
    try:
        return from_bytes(path.read_bytes(), stamp)
    except OSError:
        return None


def _keep(path: Path, data: bytes) -> None:
    """Keep a compiled form for the next start; a cache that cannot be written is only slower."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _cache_folder() -> Path | None:
    """Where compiled forms are kept; None for an account without a home folder."""
    if named := os.environ.get("XLREPORT_CACHE"):
        return Path(named)
    try:
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA")
            return Path(base) / "xlreport" / "Cache" if base else Path.home() / ".xlreport-cache"
        base = os.environ.get("XDG_CACHE_HOME")
        return (Path(base) if base else Path.home() / ".cache") / "xlreport"
    except RuntimeError:
        return None


def find_form(name: str, period: int | None = None, extra: Sequence[Path] = ()) -> Form:
    """The form of a name (`zfxxgk-annual`, `zfxxgk-annual@2021`, or a path to a definition).

    Without an edition the period decides, else the newest edition is meant. An edition that is not the one for the
    period is refused with the reason.
    """
    if name.endswith((".yaml", ".yml")):
        form = open_form(Path(name))
        return _fitting(form, period, (form,))
    form_id, _, edition = name.partition("@")
    if edition and period is None and (definition := find_definition(form_id, edition, extra)):
        return definition.open()
    found = [d for d in definitions(extra) if d.form == form_id]
    if not found:
        known = sorted({d.form for d in definitions(extra)})
        raise UnknownForm(f"没有名为 {form_id} 的报表 (no form named {form_id})", known)
    forms = [d.open() for d in found]
    if edition:
        named = [f for f in forms if f.edition == edition]
        if not named:
            known = [f.name for f in forms]
            raise UnknownForm(f"{form_id} 没有 {edition} 版 (no edition {edition})", known)
        return _fitting(named[0], period, forms)
    if period is None:
        return max(forms, key=lambda f: f.first_period)
    fitting = [f for f in forms if f.covers(period)]
    if not fitting:
        zh = "，".join(f"{f.edition} 版用于 {f.first_period}{_until(f)}的报告" for f in forms)
        en = ", ".join(f"edition {f.edition} is for {f.first_period}–{f.last_period or ''}" for f in forms)
        raise UnknownForm(
            f"{form_id} 没有用于 {period} 年报告的版式：{zh} (no edition for {period}; {en})", [f.name for f in forms]
        )
    return fitting[0]


def _until(form: Form) -> str:
    return f"—{form.last_period} 年" if form.last_period else " 年起"


def _fitting(form: Form, period: int | None, forms: Sequence[Form]) -> Form:
    if period is None or form.covers(period):
        return form
    right = next((f for f in forms if f.covers(period)), None)
    should_zh = f"{period} 年报告应使用 {right.edition} 版" if right else f"{period} 年报告没有可用的版式"
    should_en = f"a {period} report takes edition {right.edition}" if right else f"there is no edition for {period}"
    raise UnknownForm(
        f"{form.edition} 版用于 {form.first_period}{_until(form)}的报告，{should_zh}"
        f" (edition {form.edition} is for reports {form.first_period}–{form.last_period or ''}; {should_en})",
        [f.name for f in forms],
    )
