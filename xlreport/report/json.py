"""Findings for programs: one stable, versioned JSON document. Exact numbers are strings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from xlreport.examine import Examined, Status
from xlreport.finding import Code, Finding, Part
from xlreport.form.model import Form, Item, Severity
from xlreport.report.facts import figures, text
from xlreport.report.trouble import reading_trouble
from xlreport.rewrites import Rewrite
from xlreport.rules.formula import letters
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import Lang, plain
from xlreport.submission import Submission
from xlreport.wording import message, rewrite

VERSION = 1


def report(files: Sequence[Examined], lang: Lang) -> str:  # noqa: ARG001  (one signature for all outputs)
    """The whole document; messages are in both languages."""
    return json.dumps(document(files), ensure_ascii=False, indent=2)


def document(files: Sequence[Examined]) -> dict[str, Any]:
    """The document as plain data."""
    counts = {severity.value: 0 for severity in Severity}
    for one in files:
        for finding in one.findings:
            counts[finding.severity.value] += 1
    statuses = {status.value: sum(1 for one in files if one.status is status) for status in Status}
    return {
        "version": VERSION,
        "files": [_file(one) for one in files],
        "summary": {"files": len(files), **statuses, "by_severity": counts},
    }


def _file(one: Examined) -> dict[str, Any]:
    submission = one.reading.submission if one.reading else None
    body: dict[str, Any] = {
        "path": str(one.path),
        "form": submission.form.id if submission else None,
        "edition": submission.form.edition if submission else None,
        "unit": submission.unit if submission else None,
        "unit_code": submission.unit_code if submission else None,
        "period": submission.period if submission else None,
        "status": one.status.value,
        "annotated": str(one.annotated) if one.annotated else None,
        "findings": [_finding(f, submission, one.prior) for f in one.findings] if submission else [],
        "found_by": _found_by(one),
        "fixed": str(one.fixed) if one.fixed else None,
        "rewritten": [_rewrite(change, submission.form) for change in one.rewrites] if submission else [],
    }
    if one.trouble is not None:
        body["error"] = {
            "code": (Code.F102 if one.status is Status.UNRECOGNISED else Code.F101).name,
            "reason": one.trouble.reason,
            "message": {lang: reading_trouble(one.trouble.reason, one.trouble.facts, lang) for lang in ("zh", "en")},
        }
    return body


def _found_by(one: Examined) -> dict[str, Any] | None:
    """What told which form it is, and by what each table was found: names, sheet, labels or positions."""
    if one.reading is None:
        return None
    return {"form": one.reading.said_by, "tables": dict(one.reading.means)}


def _rewrite(change: Rewrite, form: Form) -> dict[str, Any]:
    cell = change.cell
    return {
        "table": change.item.table,
        "row": change.item.row,
        "column": change.item.column,
        "label": form.label(change.item),
        "sheet": cell.sheet if cell else None,
        "cell": f"{letters(cell.col)}{cell.row + 1}" if cell else None,
        "raw": change.raw,
        "value": plain(change.value),
        "notation": [notation.value for notation in change.notation],
        "message": {lang: rewrite(change, form, lang) for lang in ("zh", "en")},
    }


def _finding(finding: Finding, submission: Submission, prior: Submission | None) -> dict[str, Any]:
    said = figures(finding)
    return {
        "code": finding.code.name,
        "name": finding.code.value,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "verdict": finding.verdict.value if finding.verdict else None,
        "place": _place(finding),
        "items": [_part(part, submission.form) for part in finding.parts],
        "left": _number(finding.left),
        "right": _number(finding.right),
        "gap": _number(finding.gap),
        "found": text(said.found) or None,
        "expected": text(said.expected) or None,
        "suggestions": _suggestions(finding),
        "message": {lang: message(finding, submission, lang, prior) for lang in ("zh", "en")},
        "follows": [_finding(other, submission, prior) for other in finding.follows],
    }


def _place(finding: Finding) -> dict[str, Any] | None:
    cell = finding.cell
    return {"sheet": cell.sheet, "cell": f"{letters(cell.col)}{cell.row + 1}"} if cell else None


def _part(part: Part, form: Form) -> dict[str, Any]:
    known = part.item in form.index
    return {
        "table": part.item.table,
        "row": part.item.row,
        "column": part.item.column,
        "sheet": part.cell.sheet if part.cell else None,
        "cell": f"{letters(part.cell.col)}{part.cell.row + 1}" if part.cell else None,
        "label": form.label(part.item) if known else f"{part.item.row} / {part.item.column}",
        "role": part.role.value,
        "value": _number(part.value),
        "raw": part.raw or None,
        "expected": _number(part.expected),
    }


def _suggestions(finding: Finding) -> list[list[dict[str, Any]]]:
    """Ways to mend it, the most plausible first; each is a list of changes. Several are ties."""
    changes = finding.facts.get("changes")
    others = finding.facts.get("alternatives")
    ways: list[Any] = [changes] if changes else list(others) if isinstance(others, list) else []
    return [[_change(item, found, expected) for item, found, expected in way] for way in ways]


def _change(item: Item, found: Number, expected: Number) -> dict[str, Any]:
    return {
        "table": item.table, "row": item.row, "column": item.column, "found": plain(found), "expected": plain(expected),
    }  # fmt: skip


def _number(value: Number | None) -> str | None:
    return None if value is None else plain(value)
