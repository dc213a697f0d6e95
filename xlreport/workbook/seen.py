"""A returned workbook as far as it is understood: what those who tell of its changes look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlreport.form.layout import Cell, Layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.record import record
from xlreport.submission import Submission
from xlreport.workbook.book import Book
from xlreport.workbook.copies import Copy
from xlreport.workbook.identity import Identity
from xlreport.workbook.sheet import RawCell, Sheet
from xlreport.workbook.texts import Located, Texts


@record
class Seen:
    """One workbook read as one form."""

    form: Form
    layout: Layout
    book: Book
    sheets: Mapping[str, Sheet]
    texts: Mapping[str, Texts]  # of the sheets that are not our own
    identity: Identity | None
    located: Mapping[str, Located]  # tables by their ids
    places: Mapping[Item, Cell]
    copies: Sequence[Copy]
    submission: Submission

    def raw(self, cell: Cell) -> RawCell | None:
        """What a cell holds."""
        return self.sheets[cell.sheet].cells.get((cell.row, cell.col))

    def filled(self, cell: Cell | None) -> bool:
        """Whether anything stands in a cell."""
        raw = self.raw(cell) if cell is not None else None
        return raw is not None and bool(raw.text.strip())
