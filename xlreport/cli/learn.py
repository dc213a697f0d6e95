"""`xlreport learn`: how people slip, estimated anew from returned and corrected workbooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from xlreport.checks.culprit.learn import corrects, learn
from xlreport.cli.check import SUFFIXES
from xlreport.cli.console import complain, say, stop
from xlreport.cli.make import save
from xlreport.examine import open_reading
from xlreport.report.trouble import reading_trouble
from xlreport.rules.sentence import Lang, several
from xlreport.submission import Submission
from xlreport.wording.teller import clip
from xlreport.workbook.container import Unreadable
from xlreport.workbook.recognise import NotAForm

FOLDERS = (("returned", "corrected"), ("退回", "改正"))


def learn_from(folder: Path, target: Path | None, lang: Lang, templates: Sequence[Path], *, force: bool) -> None:
    """Print the weights, or write them to a file."""
    if not folder.is_dir():
        stop(f"{folder}: 没有这个文件夹。 There is no such folder.")
    pairs = list(_pairs(folder))
    for path in _alone(folder):
        complain(f"{path.relative_to(folder)}: 另一个文件夹里没有同名的表，不用。 No partner of that name; not used.")
    if not pairs:
        stop(
            f"{folder}: 没有成对的表。请分别放在 returned（退回）和 corrected（改正）两个子文件夹里，文件名相同。 "
            "No pairs: put the workbooks into the folders `returned` and `corrected`, each pair under one name."
        )
    read: list[tuple[Submission, Submission]] = []
    for returned, corrected in pairs:
        before, after = (_submission(path, lang, templates) for path in (returned, corrected))
        if before is None or after is None:
            continue
        if before.form.name != after.form.name:
            complain(f"{returned.name}: 两份不是同一版式，不用。 Two different editions; not used.")
            continue
        reason = _no_pair(before, after)
        if reason:
            complain(f"{returned.name}: {reason}")
            continue
        read.append((before, after))
    if not read:
        stop("没有一对能用的表。 No pair can be used.")
    text = json.dumps(learn(read), ensure_ascii=False, indent=2)
    if target is None:
        say(text)
        return
    save(target, (text + "\n").encode(), lang, force=force)
    say(
        f"已用 {len(read)} 对表写成：{target}"
        if lang == "zh"
        else f"Written from {several(len(read), 'pair')}: {target}"
    )


def _no_pair(before: Submission, after: Submission) -> str:
    """Why two workbooks are no report and its correction; empty if they may be."""
    units = before.unit.strip(), after.unit.strip()
    if all(units) and units[0] != units[1]:
        return (
            f"退回的是“{clip(units[0])}”的，改正的是“{clip(units[1])}”的，不是同一份表，不用。 "
            "Of two different units; not used."
        )
    if before.period and after.period and before.period != after.period:
        return f"退回的是 {before.period} 年的，改正的是 {after.period} 年的，不用。 Of two different years; not used."
    if not corrects(before, after):
        return "两份的数大半不同，不像是改正，不用。 Most numbers differ, which is no correction; not used."
    return ""


def _pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    for before, after in FOLDERS:
        for path in _workbooks(folder / before):
            partner = folder / after / path.relative_to(folder / before)
            if partner.is_file():
                yield path, partner


def _alone(folder: Path) -> Iterator[Path]:
    """The workbooks in either folder that have no partner in the other."""
    for one, other in (pair for names in FOLDERS for pair in (names, names[::-1])):
        for path in _workbooks(folder / one):
            if not (folder / other / path.relative_to(folder / one)).is_file():
                yield path


def _workbooks(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file())


def _submission(path: Path, lang: Lang, templates: Sequence[Path]) -> Submission | None:
    try:
        return open_reading(path, templates).submission
    except Unreadable as error:
        complain(f"{path}: {reading_trouble(error.reason, error.facts, lang, asks=False)}")
    except NotAForm as error:
        complain(f"{path}: {reading_trouble('not-a-form', {'closest': error.closest, 'said': error.said}, lang)}")
    return None
