"""What units with others below them handed in themselves, against the sum of those below.

Pure: the roll-up gathers the figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.model import Form, Severity
from xlreport.form.table import Item
from xlreport.record import record
from xlreport.round.unit import Unit
from xlreport.rules.nodes import Number

Figures = Mapping[Item, "Number | str | None"]
_TELLING = 5  # figures other than 0 that are no coincidence when all of them agree


@record
class Above:
    """A unit with others below it: what it handed in, what those below come to, and who of them is not in."""

    unit: Unit
    total: bool  # it only adds up, and handed in its own total; else its own report
    reported: Figures
    below: Mapping[Item, Number]  # sums of the details
    left_out: Sequence[str]
    earlier: Sequence[Figures] = ()  # of its own report: the versions before


def compare(form: Form, those: Sequence[Above]) -> Iterator[Finding]:
    """RU-1: where a total that was handed in is not the sum, and where a unit's own report looks like the total."""
    for one in those:
        if not one.total:
            if _same(form, one, {}):
                yield Finding(Code.R705, Severity.WARNING, "RU-1", facts={"unit": one.unit.name})
            elif any(_same(form, one, version) for version in one.earlier):
                yield Finding(Code.R705, Severity.WARNING, "RU-1", facts={"unit": one.unit.name, "with-own": True})
        elif one.left_out:
            facts = {"unit": one.unit.name, "missing": list(one.left_out)}
            yield Finding(Code.R701, Severity.INFO, "RU-1", facts=facts)
        else:
            yield from _differences(form, one)


def _same(form: Form, one: Above, own_before: Figures) -> bool:
    """Whether a report is the very sum of those below, with what the unit reported as its own before."""
    details = [item for item in form.items if not form.is_total(item)]
    if sum(1 for item in details if one.below.get(item)) < _TELLING:
        return False
    pairs = [(_figure(one.reported, item), one.below.get(item, 0) + _figure(own_before, item)) for item in details]
    return all(own == sum_ for own, sum_ in pairs) and sum(1 for own, _ in pairs if own) >= _TELLING


def _differences(form: Form, one: Above) -> Iterator[Finding]:
    """A finding for each cell. A total that is off because one of its parts is off is not told again."""
    sums = dict(one.below)
    for item in form.items:
        if form.is_total(item):
            _sum(form, item, sums)
    different = {item for item in form.items if _figure(one.reported, item) != sums.get(item, 0)}
    for item in form.items:
        if item in different and not different.intersection(form.total_parts(item)):
            own, found = _figure(one.reported, item), sums.get(item, 0)
            said = one.reported.get(item)
            part = Part(item, Role.TOTAL, None if isinstance(said, str) else said, str(said or ""), expected=found)
            yield Finding(
                Code.R701, Severity.ERROR, "RU-1", parts=(part,), left=own, right=found, gap=own - found,
                facts={"unit": one.unit.name},
            )  # fmt: skip


def _sum(form: Form, item: Item, sums: dict[Item, Number]) -> Number:
    """A total from the sums of its parts, which may be totals themselves."""
    if item not in sums:
        parts = form.total_parts(item)
        total: Number = 0
        for part in parts:
            total += _sum(form, part, sums)
        sums[item] = total
    return sums[item]


def _figure(figures: Figures, item: Item) -> Number:
    value = figures.get(item)
    return value if isinstance(value, (int, Decimal)) else 0
