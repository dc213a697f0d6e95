"""Which form a workbook is that says nothing of itself: by the headings that are printed in it, or its 表号."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.form.fold import fold
from xlreport.form.model import Form
from xlreport.workbook.book import Book
from xlreport.workbook.identity import Identity, where_printed
from xlreport.workbook.sheet import CellKind, Visibility
from xlreport.workbook.texts import labels_of

RECOGNISED = 0.6  # of a form's headings must stand in the workbook


class NotAForm(Exception):  # noqa: N818  (a state of the filler's file, not an error of the program)
    """The workbook can be read but is none of the forms we know; `closest` is (form name, share of its headings)."""

    def __init__(self, closest: tuple[str, float] | None = None, said: str = "") -> None:
        super().__init__(closest, said)
        self.closest = closest
        self.said = said


def recognise(book: Book, forms: Sequence[Form], identity: Identity | None = None) -> Form:
    """The form whose headings stand in a workbook; raises `NotAForm`."""
    texts = {
        fold(cell.text)
        for sheet in book.sheets
        if sheet.visible is Visibility.VISIBLE
        for cell in sheet.cells.values()
        if cell.kind is CellKind.TEXT and len(cell.text) < 200
    }
    scores: list[tuple[float, Form]] = []
    for form in forms:
        axes = [axis for t in form.tables.values() for axis in ((t.columns,) if t.unlabelled else (t.rows, t.columns))]
        headings = [heading for axis in axes for heading in axis.headings]
        known = sum(1 for h in headings if texts.intersection(labels_of(h)))
        scores.append((known / len(headings) if headings else 0.0, form))
    best = max(scores, key=lambda pair: pair[0], default=None)
    said = f"{identity.form}@{identity.edition}" if identity else ""
    numbered = {f.name: f for f in forms if where_printed(book, f)} if best is None or best[0] < RECOGNISED else {}
    if len(numbered) == 1:  # one sheet of it, or headings that are hardly legible, but the 表号 stands there
        return next(iter(numbered.values()))
    if best is None or best[0] < RECOGNISED:
        raise NotAForm((best[1].name, best[0]) if best else None, said)
    return best[1]
