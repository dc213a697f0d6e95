"""`xlreport check --apply`: the chosen fixes made in a copy of the workbook, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from xlreport.cli.console import complain, say, say_json, stop
from xlreport.cli.fill import put_values
from xlreport.cli.make import save
from xlreport.examine import Examined
from xlreport.filling import Filling
from xlreport.finding import Change, fixes, identifiers
from xlreport.form.model import Severity
from xlreport.record import record
from xlreport.report.json import document
from xlreport.report.text import report, result
from xlreport.report.trouble import reading_trouble
from xlreport.rules.sentence import Lang, plain
from xlreport.submission import Submission
from xlreport.workbook.address import cell_name


@record
class Wanted:
    """What is to be changed, and where the copy goes."""

    files: tuple[Path, ...]
    target: Path | None
    names: tuple[str, ...]
    lang: Lang
    format: str


def apply_fixes(request: Wanted, read: Callable[[Path], Examined]) -> int:
    """Make the fixes asked for, tell each change, and check the copy; 0 if it has no more errors."""
    if request.target is None:
        stop("--apply 要用 -o 写明新文件名，原表不动。 --apply needs -o FILE; the workbook itself is not touched.")
    if len(request.files) != 1 or not request.files[0].is_file():
        stop("--apply 一次只用于一个文件。 --apply is for one file.")
    path, target = request.files[0], request.target
    one = read(path)
    if one.reading is None:
        say(report([one], request.lang))
        return 1
    if one.reading.container is None:
        stop(f"{path}: {reading_trouble('not-writable', {}, request.lang)}", 1)
    chosen = _chosen(one, request)
    changes = {change.item: change for _, way in chosen for change in way}
    lost = [item for item in changes if item not in one.reading.places]
    if lost:
        stop(f"{one.reading.submission.form.label(lost[0])}: 在表中找不到它的格 (its cell was not found)")
    submission = one.reading.submission
    computed = frozenset(item for item, entry in submission.entries.items() if entry.computed)
    filling = Filling({item: change.expected for item, change in changes.items()}, {}, {}, None)
    data = put_values(one.reading, one.reading.container, submission.form, filling, computed)
    save(target, data, request.lang, force=True, sources=(path,))
    after = read(target)
    if request.format == "json":
        applied = [{"id": name, "changes": [_told(c, submission) for c in way]} for name, way in chosen]
        say_json({"version": 1, "written": str(target), "applied": applied, "after": document([after])})
    else:
        _say(chosen, submission, target, after, request.lang)
    return int(after.worst is Severity.ERROR)


def _chosen(one: Examined, request: Wanted) -> list[tuple[str, tuple[Change, ...]]]:
    """The ways asked for; ends the command where a name means none, or more than one, or two disagree."""
    offered = {
        name: (ways, bool(finding.facts.get("tie")))
        for name, finding in zip(identifiers(one.findings), one.findings, strict=True)
        if (ways := fixes(finding))
    }
    known = "、".join(
        f"{name}:1…{len(ways)}" if tie and len(ways) > 1 else name for name, (ways, tie) in offered.items()
    )
    chosen: list[tuple[str, tuple[Change, ...]]] = []
    problems: list[str] = []
    for asked in dict.fromkeys(request.names):
        name, _, number = asked.partition(":")
        ways, tie = offered.get(name, ([], False))
        if not ways:
            problems.append(
                f"没有编号为 {asked} 的改法。可选：{known or '无'} (no such fix; there are: {known or 'none'})"
            )
        elif tie and len(ways) > 1 and not number:
            problems.append(f"{name} 有 {len(ways)} 种改法，请写明哪一种，如 {name}:1 (choose one of {len(ways)})")
        elif number and (not number.isdecimal() or not 1 <= int(number) <= len(ways)):
            problems.append(f"{name} 只有 {len(ways)} 种改法，没有 {asked} ({name} has {len(ways)})")
        elif any(other.partition(":")[0] == name for other, _ in chosen):
            problems.append(f"{name} 只能选一种改法 (choose one way for {name})")
        else:
            chosen.append((asked, ways[int(number or 1) - 1]))
    taken: dict[object, tuple[str, Change]] = {}
    for asked, way in chosen:
        for change in way:
            other, before = taken.setdefault(change.item, (asked, change))
            if before.expected != change.expected:
                problems.append(
                    f"{other} 和 {asked} 要把同一格改成不同的数 (they change one cell to different numbers)"
                )
    if problems:
        for problem in problems:
            complain(problem)
        stop("什么也没有写。 Nothing was written.")
    return chosen


def _say(
    chosen: list[tuple[str, tuple[Change, ...]]], submission: Submission, target: Path, after: Examined, lang: Lang
) -> None:
    zh = lang == "zh"
    say(f"已改在副本里：{target}" if zh else f"Changed in the copy: {target}")
    for name, way in chosen:
        for change in way:
            told = _told(change, submission)
            found = told["found"] if told["found"] is not None else "空" if zh else "blank"
            label = submission.form.short(change.item)
            say(f"  {name}  {told['sheet']}!{told['cell']}  {label}  {found}→{told['expected']}")
    say(f"改后核对：{result(after, lang)}" if zh else f"Checked again: {result(after, lang)}")


def _told(change: Change, submission: Submission) -> dict[str, Any]:
    cell = submission.entry(change.item).cell
    found = change.found
    return {
        "table": change.item.table,
        "row": change.item.row,
        "column": change.item.column,
        "sheet": cell.sheet if cell else None,
        "cell": cell_name(cell.row, cell.col) if cell else None,
        "found": found if found is None or isinstance(found, str) else plain(found),
        "expected": plain(change.expected),
    }
