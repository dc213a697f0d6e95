"""`xlreport check --apply`: the chosen fixes made in a copy of the workbook, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from xlreport.cli.console import complain, say, say_json, stop
from xlreport.cli.fill import put_values
from xlreport.cli.make import save
from xlreport.data import DataProblems
from xlreport.examine import Examined, in_fresh_form
from xlreport.filling import Filling
from xlreport.finding import Change, fixes, identifiers
from xlreport.form.model import Severity
from xlreport.record import record
from xlreport.report.annotated import marks, summary
from xlreport.report.json import document
from xlreport.report.text import report, result
from xlreport.report.trouble import reading_trouble
from xlreport.rules.judge import Verdict
from xlreport.rules.sentence import Lang, plain, several
from xlreport.submission import Submission
from xlreport.wording.relations import relation_name
from xlreport.workbook.address import cell_name
from xlreport.workbook.annotate import annotate, is_annotated
from xlreport.workbook.unreadable import Unreadable


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
    zh = request.lang == "zh"
    if request.target is None:
        stop(
            "--apply 要用 -o 写明新文件名，原表不动。"
            if zh
            else "--apply needs -o FILE; the workbook itself is not touched."
        )
    if len(request.files) != 1 or not request.files[0].is_file():
        stop("--apply 一次只用于一个文件。" if zh else "--apply is for one file.")
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
        label = one.reading.submission.form.label(lost[0])
        stop(f"{label}：在表中找不到它的格。" if zh else f"{label}: its cell was not found.")
    submission = one.reading.submission
    computed = frozenset(item for item, entry in submission.entries.items() if entry.computed)
    filling = Filling({item: change.expected for item, change in changes.items()}, {}, {}, None)
    try:
        data = put_values(one.reading, one.reading.container, submission.form, filling, computed)
    except DataProblems as error:
        stop(
            "\n".join([f"{path}: 没有改，什么也没有写 (nothing was written):", *(f"  {one}" for one in error.problems)])
        )
    except Unreadable as error:
        stop(f"{path}: {reading_trouble(error.reason, error.facts, request.lang)}", 1)
    save(target, data, request.lang, force=True, sources=(path,))
    after = read(target)
    if is_annotated(one.reading.container) and after.reading is not None:
        # What stands beside the cells must be about what they hold now.
        told, container = in_fresh_form(after)
        data = annotate(container, marks(told, request.lang), summary(told, request.lang))
        save(target, data, request.lang, force=True, sources=(path,))
    newly = _newly_broken(one, after)
    if request.format == "json":
        applied = [{"id": name, "changes": [_told(c, submission) for c in way]} for name, way in chosen]
        broken = [relation_name(submission.form, one, request.lang) for one in newly]
        body = {"version": 1, "written": str(target), "applied": applied, "newly_broken": broken}
        say_json({**body, "after": document([after])})
    else:
        _say(chosen, submission, target, after, request.lang)
        if newly:
            names = ("、" if zh else ", ").join(relation_name(submission.form, one, request.lang) for one in newly)
            say(
                f"注意：只做这些改动，原来成立的关系不再成立：{names}。还有别处的错误要一起改，请看改后的核对结果。"
                if zh
                else f"Note: with these changes alone, relations that held no longer hold: {names}. Other mistakes "
                "must be mended with them; see the check of the copy."
            )
    return int(after.worst is Severity.ERROR)


def _newly_broken(before: Examined, after: Examined) -> list[tuple[int, int]]:
    """The relations that held before the changes and do not now."""

    def broken(one: Examined) -> dict[tuple[int, int], None]:
        every = (f for finding in one.findings for f in (finding, *finding.follows))
        return dict.fromkeys(f.relation for f in every if f.relation is not None and f.verdict is Verdict.FAIL)

    was = broken(before)
    return [one for one in broken(after) if one not in was]


def _chosen(one: Examined, request: Wanted) -> list[tuple[str, tuple[Change, ...]]]:
    """The ways asked for; ends the command where a name means none, or more than one, or two disagree."""
    offered = {
        name: (ways, bool(finding.facts.get("tie")))
        for name, finding in zip(identifiers(one.findings), one.findings, strict=True)
        if (ways := fixes(finding))
    }
    zh = request.lang == "zh"
    known = ("、" if zh else ", ").join(
        f"{name}:1…{len(ways)}" if tie and len(ways) > 1 else name for name, (ways, tie) in offered.items()
    )
    known = known or ("无" if zh else "none")
    chosen: list[tuple[str, tuple[Change, ...]]] = []
    problems: list[str] = []
    for written in dict.fromkeys(request.names):
        asked = written.strip().upper().replace("：", ":")
        name, _, number = asked.partition(":")
        ways, tie = offered.get(name, ([], False))
        if not asked:
            problems.append(
                f"--apply 后面没有写编号。可选：{known}" if zh else f"--apply names no fix. Choose from: {known}"
            )
        elif not ways:
            problems.append(
                f"没有编号为 {asked} 的改法。可选：{known}" if zh else f"There is no fix {asked}. Choose from: {known}"
            )
        elif tie and len(ways) > 1 and not number:
            problems.append(
                f"{name} 有 {len(ways)} 种改法，请写明哪一种，如 {name}:1"
                if zh
                else f"{name} can be put right in {len(ways)} ways; say which, as in {name}:1"
            )
        elif number and (not number.isdecimal() or not 1 <= int(number) <= len(ways)):
            problems.append(
                f"{name} 只有 {len(ways)} 种改法，没有 {asked}"
                if zh
                else f"{name} has only {several(len(ways), 'way')} to put it right; there is no {asked}"
            )
        elif any(other.partition(":")[0] == name for other, _ in chosen):
            problems.append(f"{name} 只能选一种改法" if zh else f"{name}: choose only one way to put it right")
        else:
            chosen.append((asked, ways[int(number or 1) - 1]))
    taken: dict[object, tuple[str, Change]] = {}
    for asked, way in chosen:
        for change in way:
            other, before = taken.setdefault(change.item, (asked, change))
            if before.expected != change.expected:
                problems.append(
                    f"{other} 和 {asked} 要把同一格改成不同的数"
                    if zh
                    else f"{other} and {asked} change one cell to different numbers"
                )
    if problems:
        for problem in problems:
            complain(problem)
        stop("什么也没有写。" if zh else "Nothing was written.")
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
