"""`check --fix-notation`: the safe changes written into the workbook before what remains is marked in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlreport.checks import check, in_order
from xlreport.examine import Examined, Status, examine
from xlreport.filling import Filling
from xlreport.finding import Code
from xlreport.form.model import Severity
from xlreport.record import replace
from xlreport.rewrites import Rewrite, rewrites, rewritten
from xlreport.submission import Submission
from xlreport.workbook.read import Reading


def with_plain_numbers(
    one: Examined, prior: Submission | None, extra: Sequence[Path], *, strict: bool
) -> tuple[Examined, bytes | None]:
    """The file as it is with its safe changes made, checked anew, and its bytes; None if there is nothing to change."""
    if one.reading is None:
        return one, None
    changes = rewrites(one.reading.submission)
    if not changes:
        return one, None
    reading = one.reading
    if reading.container is None:
        return _in_fresh_form(one, reading, changes, prior, strict=strict)
    from xlreport.cli.fill import put_in

    submission = reading.submission
    filling = Filling({change.item: change.value for change in changes}, {}, {}, None)
    computed = frozenset(item for item, entry in submission.entries.items() if entry.computed)
    data = put_in(reading, reading.container, submission.form, filling, computed)
    again = examine(one.path, data=data, prior=prior, form=submission.form, extra=extra, strict=strict)
    if again.reading is not None:
        again = replace(again, reading=replace(again.reading, unlocked=reading.unlocked))
    return replace(again, rewrites=changes), data


def _in_fresh_form(
    one: Examined, reading: Reading, changes: tuple[Rewrite, ...], prior: Submission | None, *, strict: bool
) -> tuple[Examined, bytes]:
    """The same for a format that cannot be written to: the changes are made in the fresh form."""
    from xlreport.workbook.refill import refill

    submission = rewritten(reading.submission)
    found = [*reading.findings, *check(submission, prior)]
    if strict:
        found = [replace(f, severity=Severity.ERROR) if f.code is Code.E301 else f for f in found]
    ordered = tuple(in_order(submission, found))
    status = Status.FINDINGS if ordered else Status.CLEAN
    plain = replace(reading, submission=submission)
    again = Examined(one.path, status, ordered, plain, prior, rewrites=changes)
    return again, refill(plain, ordered).data
