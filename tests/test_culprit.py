"""The culprit is found: every single cell, every pair of different size, most of what people really do."""

import itertools
import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache

import pytest
from culprit_figures import TARGETS, figures
from damage import NEW, OLD, STYLES, Values, damaged, report, right_table, slip, with_totals
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from submissions import form_of, item, of, official, published, submit

from xlreport.checks import check
from xlreport.checks.culprit.causes import find_causes
from xlreport.checks.relations import relations
from xlreport.finding import Code, Finding, Role, fixes, identifiers
from xlreport.form.model import Fill, Form, Item
from xlreport.record import replace
from xlreport.rules.nodes import Number
from xlreport.submission import Entry, State, Submission

FORMS = {"2019": OLD, "2021": NEW}


@cache
def base(edition: str, kind: str) -> Values:
    """A right table: of zeros, of a few numbers, of many."""
    form = FORMS[edition]
    chance = random.Random(f"{edition} {kind}")
    if kind == "zeros":
        table = form.tables["三"]
        return {(row.id, column.id): 0 for row in table.rows.leaves for column in table.columns.leaves}
    return right_table(form, {"sparse": "sparse", "dense": "city"}[kind], chance)


def first_fix(submission: Submission) -> dict[tuple[str, str], Number]:
    """What the first fix of every finding would put where."""
    return {
        (change.item.row, change.item.column): change.expected
        for finding in relations(submission)
        if finding.code is Code.B401
        for change in fixes(finding)[0]
    }


BASES = [(edition, kind) for edition in FORMS for kind in ("zeros", "sparse", "dense")]


def locked(form: Form, values: Mapping[tuple[str, str], int]) -> Submission:
    """The report with （七） worked out by the workbook, 总计 typed."""
    whole = report(form, values)
    entries = {
        place: Entry(State.NUMBER, None, "", entry.cell, computed=True) if form.computed(place) else entry
        for place, entry in whole.entries.items()
    }
    return replace(whole, entries=entries)


@pytest.mark.parametrize(("edition", "kind"), BASES)
@pytest.mark.parametrize("typed", ["all typed", "（七） locked"])
def test_every_single_wrong_cell_is_seen_and_put_right_at_once(edition, kind, typed):
    form, right = FORMS[edition], base(edition, kind)
    told = report if typed == "all typed" else locked
    assert relations(told(form, right)) == []
    for place, held in right.items():
        if typed != "all typed" and form.computed(Item("三", *place)):
            continue
        for wrong in {held + 1, held * 10 + 7, max(0, held - 3)} - {held}:
            assert first_fix(told(form, {**right, place: wrong})) == {place: held}, (place, held, wrong)


def pairs(edition: str, kind: str, share: int) -> Iterator[tuple[dict[tuple[str, str], int], Values]]:
    """Two cells off by different amounts: one in `share` of all pairs of cells of the table."""
    right = base(edition, kind)
    chance = random.Random(f"pairs {edition} {kind}")
    for a, b in itertools.combinations(right, 2):
        if chance.randrange(share):
            continue
        wrong = dict(right)
        sizes = chance.sample([1, 2, 3, 5, 9, 10, 40, 100, 999], 2)
        for place, size in zip((a, b), sizes, strict=True):
            down = right[place] >= size and chance.random() < 0.5
            wrong[place] = right[place] - size if down else right[place] + size
        yield {a: right[a], b: right[b]}, wrong


@pytest.mark.parametrize(("edition", "kind"), BASES)
def test_two_cells_off_by_different_amounts_are_put_right_at_once(edition, kind):
    tried = 0
    for truth, wrong in pairs(edition, kind, 16):
        assert first_fix(report(FORMS[edition], wrong)) == truth
        tried += 1
    assert tried > 700
