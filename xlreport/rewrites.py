"""Safe changes of notation: the same number, written as a plain number. What would change its meaning is none."""

from __future__ import annotations

from xlreport.form.layout import Cell
from xlreport.form.table import Item
from xlreport.record import record, replace
from xlreport.rules.nodes import Number
from xlreport.submission import Notation, State, Submission


@record
class Rewrite:
    """One cell in which a number stands in an unusual notation, and the number itself."""

    item: Item
    cell: Cell | None  # None: the workbook has a place for it only after it was poured into a fresh form
    raw: str  # as the filler wrote it
    value: Number
    notation: tuple[Notation, ...]


def rewrites(submission: Submission) -> tuple[Rewrite, ...]:
    """Every cell that can be written plainly without anybody having to ask what was meant, in the form's order."""
    found = []
    for item in submission.form.items:
        entry = submission.entry(item)
        if entry.state is State.NUMBER and entry.notation and entry.value is not None and not entry.computed:
            found.append(Rewrite(item, entry.cell, entry.raw, entry.value, entry.notation))
    return tuple(found)


def rewritten(submission: Submission) -> Submission:
    """The submission with those changes made."""
    entries = dict(submission.entries)
    for change in rewrites(submission):
        entries[change.item] = replace(entries[change.item], raw=str(change.value), notation=())
    return replace(submission, entries=entries)
