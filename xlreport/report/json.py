"""Findings for programs: one stable, versioned JSON document. Exact numbers are strings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from xlreport.examine import Examined, Status
from xlreport.finding import Code, Finding, Part, fixes, identifiers
from xlreport.form.model import Form, Severity
from xlreport.form.table import Item
from xlreport.report.facts import figures, text
from xlreport.report.trouble import reading_trouble
from xlreport.rewrites import Rewrite
from xlreport.rules.formula import letters
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import Lang, plain
from xlreport.since import Earlier, Since
from xlreport.submission import Submission
from xlreport.wording import message, rewrite

VERSION = 1


def report(files: Sequence[Examined], lang: Lang) -> str:  # noqa: ARG001  (one signature for all outputs)
    """The whole document; messages are in both languages."""
    return json.dumps(document(files), ensure_ascii=False, indent=2)


def document(files: Sequence[Examined]) -> dict[str, Any]:
    """The document as plain data."""
    return collected([file(one) for one in files])


def collected(files: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The document of files that were told one by one."""
    severities = [finding["severity"] for one in files for finding in one["findings"]]
    states = [one["status"] for one in files]
    return {
        "version": VERSION,
        "files": list(files),
        "summary": {
            "files": len(files),
            **{status.value: states.count(status.value) for status in Status},
            "by_severity": {severity.value: severities.count(severity.value) for severity in Severity},
        },
    }


def file(one: Examined) -> dict[str, Any]:
    """One file as plain data."""
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
        "findings": [
            _finding(f, submission, one.prior, name)
            for name, f in zip(identifiers(one.findings), one.findings, strict=True)
        ]
        if submission
        else [],
        "found_by": _found_by(one),
        "fixed": str(one.fixed) if one.fixed else None,
        "signed": bool(one.reading and one.reading.container and one.reading.container.signed),
        "rewritten": [_rewrite(change, submission.form) for change in one.rewrites] if submission else [],
    }
    if one.round is not None:
        for told, since, explanation in zip(body["findings"], one.round.since, one.round.explanations, strict=True):
            told |= {"since": since.value, "explanation": explanation or None}
        body["gone"] = [_gone(since, earlier) for since, earlier in one.round.gone]
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


def add_finding(body: dict[str, Any], finding: Finding, submission: Submission) -> None:
    """Put a finding into a file's object that came to light after it was told."""
    body["findings"].append(_finding(finding, submission, None))
    body["status"] = Status.FINDINGS.value


def _finding(
    finding: Finding, submission: Submission, prior: Submission | None, name: str | None = None
) -> dict[str, Any]:
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
        "id": name,  # of a finding of its own; what follows from it has none
        "fixes": _fixes(finding, submission, name),
    }


def _gone(since: Since, earlier: Earlier) -> dict[str, Any]:
    """A finding of the last round that is not told again, in the words it was told in."""
    code, _, rule = earlier.code.partition(" ")
    return {
        "since": since.value,
        "code": code,
        "rule": rule or None,
        "severity": earlier.severity.value,
        "place": earlier.place or None,
        "label": earlier.item or None,
        "message": earlier.message,
        "explanation": earlier.explanation or None,
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
    ways = finding.facts.get("fixes") or ()
    shown = ways if finding.facts.get("tie") else ways[:1]
    return [[_change(item, found, expected) for item, found, expected in way] for way in shown]


def _fixes(finding: Finding, submission: Submission, name: str | None) -> list[dict[str, Any]]:
    """What `check --apply` would change, way by way, each under the name to ask for it by."""
    ways = fixes(finding) if name else []
    return [
        {
            "id": f"{name}:{n}",
            "tie": bool(finding.facts.get("tie")),
            "changes": [
                {
                    **_change(change.item, 0, change.expected),
                    "found": None if change.found is None else text(change.found),
                    **_cell(submission, change.item),
                }
                for change in way
            ],
        }
        for n, way in enumerate(ways, 1)
    ]


def _cell(submission: Submission, item: Item) -> dict[str, str | None]:
    cell = submission.entry(item).cell
    return {"sheet": cell.sheet if cell else None, "cell": f"{letters(cell.col)}{cell.row + 1}" if cell else None}


def _change(item: Item, found: Number, expected: Number) -> dict[str, Any]:
    return {
        "table": item.table, "row": item.row, "column": item.column, "found": plain(found), "expected": plain(expected),
    }  # fmt: skip


def _number(value: Number | None) -> str | None:
    return None if value is None else plain(value)
