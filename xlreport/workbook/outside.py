"""Content of a workbook that belongs to no item and is not the form's own: listed once, never read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from xlreport.form.fold import fold
from xlreport.form.layout import GRID_TOP, PANEL_SHEET, Cell, Layout
from xlreport.workbook.identity import NUMBER_LABEL
from xlreport.workbook.sheet import CellKind, RawCell, Sheet
from xlreport.workbook.texts import Located, describe, labels_of

_SIGNS = ("√", "×", "○")  # the remarks beside a table begin with them, also where they were pasted as values


def beside_tables(
    layout: Layout, located: Mapping[str, Located], sheets: Mapping[str, Sheet], own: Collection[str]
) -> Iterator[Cell]:
    """Cells with content on the sheets of the tables, from below their titles on."""
    known: dict[str, set[tuple[int, int]]] = {}
    for found in located.values():
        places = known.setdefault(found.sheet, set())
        places.update((cell.row, cell.col) for cell in found.cells.values())
        places.update(found.labels)
    for plan in layout.sheets:
        names = {located[table].sheet if table in located else "" for table in plan.plan.tables}
        if len(names) != 1 or names == {""}:
            continue  # what stands there is the table that was not found
        (name,) = names
        for (row, col), raw in sheets[name].cells.items():
            if row >= GRID_TOP and (row, col) not in known[name] and _foreign(raw, own):
                yield Cell(name, row, col)


def beside_texts(
    layout: Layout, cells: Collection[Cell], tables: Collection[str], sheets: Mapping[str, Sheet], own: Collection[str]
) -> Iterator[Cell]:
    """Cells with content on the sheets of text sections, other than those (`cells`) that are read as their texts.

    A box that was taken apart and written in line by line is read by its first line only.
    """
    form = layout.form
    heads = {fold(text) for section in form.sections.values() for text in (section.title, section.prompt)}
    for name in {cell.sheet for cell in cells}.difference(tables):
        for (row, col), raw in sheets[name].cells.items():
            at = Cell(name, row, col)
            if row >= GRID_TOP and at not in cells and _foreign(raw, own) and fold(raw.text) not in heads:
                yield at


def added_sheets(sheets: Mapping[str, Sheet], ours: Collection[str]) -> Iterator[tuple[Cell, str]]:
    """The first cell with content of every sheet that is none of the form's, and the area it fills."""
    for name, sheet in sheets.items():
        filled = [place for place, raw in sheet.cells.items() if raw.formula is not None or raw.text.strip()]
        if name in ours or not filled:
            continue
        top, left = min(row for row, _ in filled), min(col for _, col in filled)
        bottom, right = max(row for row, _ in filled), max(col for _, col in filled)
        first = Cell(name, *min(filled))
        if (top, left) == (bottom, right):
            yield first, describe(first)
        else:
            yield first, f"{describe(Cell(name, top, left))}:{describe(Cell('', bottom, right))[1:]}"


def own_words(layout: Layout) -> frozenset[str]:
    """Every text that the form itself prints, folded."""
    form = layout.form
    words = {fold(p.text) for s in layout.sheets for p in s.placed if p.text}
    words |= {w for t in form.tables.values() for a in (t.rows, t.columns) for h in a.headings for w in labels_of(h)}
    words |= {fold(sheet.plan.title) for sheet in layout.sheets}
    # The live remarks around a table are headed by the names of the rules.
    return frozenset(words | {fold(rule.short) for rule in form.rules})


def _foreign(raw: RawCell, own: Collection[str]) -> bool:
    if raw.formula is not None or raw.kind is CellKind.BLANK or not raw.text.strip():
        return False
    return raw.kind is not CellKind.TEXT or not (fold(raw.text) in own or _ours(raw.text))


def _ours(text: str) -> bool:
    """Whether a text is one of ours that the form does not name: 表号, the way to the check panel, a live remark."""
    return text.startswith((NUMBER_LABEL, *_SIGNS)) or f"“{PANEL_SHEET}”" in text
