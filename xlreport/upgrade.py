"""Pouring a filled workbook into a fresh form, item by item: what has a home there, and what has none.

For a damaged workbook the fresh form is of the same edition; for a report on the wrong edition it is of the right one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from xlreport.form.fold import fold
from xlreport.form.model import Form
from xlreport.form.table import Axis, Heading, Item
from xlreport.record import record
from xlreport.rules.nodes import Number
from xlreport.submission import Entry, State, Submission


@record
class Poured:
    """What a fresh form takes over from a filled workbook."""

    values: Mapping[Item, Number | str]  # as they stood: numbers as numbers, texts as texts
    sections: Mapping[str, str]
    cover: Mapping[str, str]
    homeless: tuple[tuple[Item, Entry], ...]  # filled in, but without a place in the new form
    lost_sections: tuple[str, ...]  # their ids, and those of lines of the cover
    lost_lines: tuple[str, ...]
    unread: tuple[Item, ...]  # that the filled workbook had no certain place for


def pour(submission: Submission, form: Form, computed: Collection[Item] = ()) -> Poured:
    """What of a submission fits into a form: items by id, else by printed label in the table of the same id.

    `computed` are the totals that the fresh form works out by formula. Others that a formula gave are taken over as
    what the parts add up to.
    """
    values: dict[Item, Number | str] = {}
    homeless: list[tuple[Item, Entry]] = []
    unread = [item for item in submission.form.items if submission.entry(item).state is State.NOT_FOUND]
    for item in submission.form.items:
        entry = submission.entry(item)
        if entry.state in {State.BLANK, State.NOT_FOUND}:
            continue
        home = _home(submission.form, item, form)
        if entry.computed:
            value = submission.value(item)
            if home is not None and home not in computed and value is not None:
                values[home] = value
        elif home is None or home in values:
            homeless.append((item, entry))
        else:
            plain = entry.state is State.NUMBER and not entry.notation and entry.value is not None
            values[home] = entry.value if plain and entry.value is not None else entry.words
    sections = {key: text for key, text in submission.sections.items() if key in form.sections}
    lost = tuple(key for key, t in submission.sections.items() if key not in form.sections and t.strip())
    known = {line.id for line in form.cover}
    cover = {key: text for key, text in submission.cover.items() if key in known}
    lines = tuple(key for key, text in submission.cover.items() if key not in known and text.strip())
    return Poured(values, sections, cover, tuple(homeless), lost, lines, tuple(unread))


def _home(old: Form, item: Item, new: Form) -> Item | None:
    """The item of the new form that means the same."""
    if item in new.index:
        return item if _alike(old, item, new, item) else None
    table = new.tables.get(item.table)
    if table is None:
        return None
    before = old.tables[item.table]
    row = _same(before.rows.by_id[item.row], table.rows)
    column = _same(before.columns.by_id[item.column], table.columns)
    if row is None or column is None:
        return None
    found = Item(table.id, row.id, column.id)
    return found if found in new.index and _alike(old, item, new, found) else None


def _alike(old: Form, item: Item, new: Form, home: Item) -> bool:
    """Whether a number means the same in both: of one kind and in one unit."""
    before, after = old.entry_type(item), new.entry_type(home)
    return (before.quantity, before.unit) == (after.quantity, after.unit)


def _same(heading: Heading, axis: Axis) -> Heading | None:
    """The one leaf with the same label or a synonym of it, under the same groups."""
    words = {fold(word) for word in (heading.label, *heading.synonyms)}
    found = [h for h in axis.leaves if words & {fold(word) for word in (h.label, *h.synonyms)}]
    if len(found) > 1:
        found = [h for h in found if h.path[:-1] == heading.path[:-1]]
    return found[0] if len(found) == 1 else None
