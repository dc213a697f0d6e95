"""A worksheet as it was read, whatever kind of file it was in: its cells as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from xlreport.pattern import pattern
from xlreport.record import NamedTuple, record
from xlreport.workbook.address import Range
from xlreport.workbook.limits import LIMITS

CELLS = LIMITS.cells


class CellKind(Enum):
    """What a cell's stored content is; for a formula, what its last result was."""

    BLANK = "blank"
    NUMBER = "number"
    TEXT = "text"
    BOOL = "bool"
    ERROR = "error"


class Patched(str):
    """A text of which parts are struck out, raised or lowered: read at a stretch it says something else.

    `kept` is the text without those parts.
    """

    __slots__ = ("kept",)
    kept: str

    @classmethod
    def of(cls, text: str, kept: str) -> Patched:
        """A text and what is left of it, with Excel's own escapes undone."""
        made = cls(decoded(text))
        made.kept = decoded(kept)
        return made


class Doubled(str):
    """What a cell holds that the file has twice, or in two versions: programs differ in which they show."""

    __slots__ = ()


class RawCell(NamedTuple):
    """One cell as stored. A plain tuple underneath: a workbook has many of them."""

    kind: CellKind
    text: str  # a number as written ("12", "12.0", "1.2E1"); "TRUE"/"FALSE"; "#REF!"; an ISO date, kind TEXT, for t="d"
    formula: str | None = None  # without "="; "" where a shared formula is written in another cell
    style: int = 0
    shared: bool = False  # the formula's text stands in another cell


class Visibility(Enum):
    """Whether a sheet's tab is shown; nobody can unhide a very hidden one from the menu."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    VERY_HIDDEN = "veryHidden"


@record
class Sheet:
    """One worksheet; `cells` has only those with a value or a formula, keyed by 0-based row and column."""

    name: str
    part: str
    tab: int  # 0-based among all tabs, chart sheets included
    visible: Visibility
    cells: Mapping[tuple[int, int], RawCell]
    merges: tuple[Range, ...]
    hidden_rows: frozenset[int]
    hidden_columns: tuple[tuple[int, int], ...]  # first and last of each run: forms hide everything to the right
    validated: tuple[Range, ...] | None = None  # where something is checked as it is typed; None if that is not known

    def is_hidden(self, row: int, col: int) -> bool:
        """Whether a cell's row or column is hidden, or has no height or width."""
        return row in self.hidden_rows or any(first <= col <= last for first, last in self.hidden_columns)


_ESCAPE = pattern(r"_x([0-9A-Fa-f]{4})_")


def decoded(text: str) -> str:
    """Text with Excel's own escapes, such as _x000D_ for a carriage return, undone."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    # Two escapes may make one character; half of one cannot be printed or stored anywhere.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
