"""`xlreport learn`: how people slip, estimated anew from returned and corrected workbooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from xlreport.checks.culprit.learn import learn
from xlreport.cli.check import SUFFIXES
from xlreport.cli.console import complain, say, stop
from xlreport.cli.make import save
from xlreport.examine import open_reading
from xlreport.report.trouble import reading_trouble
from xlreport.rules.sentence import Lang
from xlreport.submission import Submission
from xlreport.workbook.container import Unreadable
from xlreport.workbook.read import NotAForm

FOLDERS = (("returned", "corrected"), ("退回", "改正"))


def learn_from(folder: Path, target: Path | None, lang: Lang, templates: Sequence[Path], *, force: bool) -> None:
    """Print the weights, or write them to a file."""
    if not folder.is_dir():
        stop(f"{folder}: 没有这个文件夹。 There is no such folder.")
    pairs = list(_pairs(folder))
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
        read.append((before, after))
    if not read:
        stop("没有一对能用的表。 No pair can be used.")
    text = json.dumps(learn(read), ensure_ascii=False, indent=2)
    if target is None:
        say(text)
        return
    save(target, (text + "\n").encode(), lang, force=force)
    say(f"已用 {len(read)} 对表写成：{target}" if lang == "zh" else f"Written from {len(read)} pairs: {target}")


def _pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    for before, after in FOLDERS:
        if not (folder / before).is_dir():
            continue
        for path in sorted((folder / before).rglob("*")):
            partner = folder / after / path.relative_to(folder / before)
            if path.suffix.lower() in SUFFIXES and path.is_file() and partner.is_file():
                yield path, partner


def _submission(path: Path, lang: Lang, templates: Sequence[Path]) -> Submission | None:
    try:
        return open_reading(path, templates).submission
    except Unreadable as error:
        complain(f"{path}: {reading_trouble(error.reason, error.facts, lang, asks=False)}")
    except NotAForm as error:
        complain(f"{path}: {reading_trouble('not-a-form', {'closest': error.closest, 'said': error.said}, lang)}")
    return None
