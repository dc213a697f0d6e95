"""What is to be written into a workbook that was checked: marks on cells and a summary sheet, as plain records."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from xlreport.pattern import pattern
from xlreport.record import record


class Tone(Enum):
    """How serious a mark is, strongest first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@record
class Mark:
    """One note and highlight on one cell; several marks on a cell share one note and take the strongest tone."""

    sheet: str
    row: int  # 0-based; a mark inside merged cells goes to their first
    col: int
    tone: Tone
    lines: tuple[str, ...]  # plain text; none: the cell is coloured and gets no note
    suspect: bool = False  # a cell that most probably is wrong, or one of a few that may be
    target_row: int | None = None  # 1-based row in the summary; `lines` tell it, the pen makes no link of it


HEAD = "xlreport"  # what the head of the column of keys begins with
TITLES = ("检查结果", "Check results")  # what the first cell of a summary begins with


def head_of(columns: Sequence[str]) -> str:
    """The head of the column of keys: it names the columns before it, in whatever language their own heads are."""
    return " ".join((HEAD, *columns))


_NUMBER = pattern(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@record
class SummaryCell:
    """One cell of the summary: text, an exact number, or a link to the cell it speaks of."""

    text: str
    link: tuple[str, int, int] | None = None  # sheet, row, col, 0-based
    number: str | None = None  # decimal text, written as it is

    def __post_init__(self) -> None:
        if self.number is not None and not _NUMBER.fullmatch(self.number):
            raise ValueError(f"not a decimal number: {self.number!r}")


@record
class SummaryRow:
    """One finding; the first cell takes the tone's colour, so let it carry the tone's word."""

    tone: Tone | None  # None: nothing is wrong any more
    cells: tuple[SummaryCell, ...]


@record
class Summary:
    """The sheet put before all others. `name` is altered when the workbook has a sheet of that name."""

    name: str
    title: str
    intro: tuple[str, ...]
    header: tuple[str, ...]
    widths: tuple[float, ...]  # in characters, one for each column; 0 for a hidden one, which must be the last
    rows: tuple[SummaryRow, ...]

    def __post_init__(self) -> None:
        if not self.header or len(self.header) != len(self.widths):
            raise ValueError("a summary needs a header, and a width for each of its columns")
        if any(len(row.cells) > len(self.header) for row in self.rows):
            raise ValueError("a summary row is longer than the header")

    @property
    def shown(self) -> int:
        """How many columns are not hidden."""
        return sum(1 for width in self.widths if width)

    @property
    def first_row(self) -> int:
        """The 1-based row of the first finding: behind title, introduction and header."""
        return len(self.intro) + 3
