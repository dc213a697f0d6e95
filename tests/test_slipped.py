"""What the remarks beside a table say of it: which rows stand off, and which only look so."""

from __future__ import annotations

import pytest
from test_split_tables import EDITIONS, FOUR, THREE, checked, ends, filled, told

from xlreport.form.table import Item
from xlreport.submission import State

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_first_and_the_last_heading_changed_places(edition: str) -> None:
    """Each column is read by its heading; the remarks, which stand where they were, say nothing against it."""
    form, numbers, book = filled(edition)
    sheet = book[THREE]
    sheet["D4"].value, sheet["J4"].value = sheet["J4"].value, sheet["D4"].value
    submission, found = checked(book)
    other = {"自然人": "总计", "总计": "自然人"}
    for item in (one for one in form.items if one.table == "三"):
        meant = Item("三", item.row, other.get(item.column, item.column))
        assert submission.value(item) == numbers[meant], item
    assert told(found) == [("S203", "warning", "moved")] * 2


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_table_moved_with_its_headings(edition: str) -> None:
    form, numbers, book = filled(edition)
    _, bottom, _ = ends(form)
    book[THREE].move_range(f"D3:J{bottom}", cols=1)
    submission, found = checked(book)
    assert {item: submission.value(item) for item in form.items} == numbers
    assert told(found) == []
    assert any(f.facts.get("kind") == "shifted-column" for f in found)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_block_of_figures_pushed_aside_is_told_once(edition: str) -> None:
    """Cells put in at the left of seven rows, which pushes the figures and the remarks along."""
    form, numbers, book = filled(edition)
    sheet = book[THREE]
    sheet.move_range("D9:L15", cols=1)
    for row in range(9, 16):
        sheet.cell(row, 4, 7)
    submission, found = checked(book)
    lost = {item for item in form.items if submission.entry(item).state is State.NOT_FOUND}
    wrong = [item for item in form.items if item not in lost and submission.value(item) != numbers[item]]
    assert wrong == []
    assert len(lost) == 7 * 7
    assert told(found) == [("S203", "error", "slipped-row")]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_cell_put_in_above_the_last_figure_of_a_row_costs_that_one_only(edition: str) -> None:
    """The input check goes down with the figure, as LibreOffice has it: no cell of the row was taken out."""
    form, numbers, book = filled(edition)
    sheet = book[FOUR]
    last = sheet["O6"]
    last.offset(1).value, last.value = last.value, None
    for rule in sheet.data_validations.dataValidation:
        inside = [area for area in rule.sqref.ranges if (6, 15) in {(r, c) for r, c in area.cells}]
        for area in inside:
            rule.sqref.ranges.remove(area)
            rule.add(f"{area.coord.partition(':')[0]}:N6") if ":" in area.coord else rule.add("O7")
    submission, found = checked(book)
    lost = {item for item in form.items if submission.entry(item).state is State.NOT_FOUND}
    assert len(lost) == 1
    assert [item for item in form.items if item not in lost and submission.value(item) != numbers[item]] == []
    assert told(found) == [("S203", "error", "pushed-out")]
