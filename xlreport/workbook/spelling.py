"""Whether a text is a heading written another way, or another heading."""

from __future__ import annotations

from xlreport.form.layout import Cell
from xlreport.pattern import pattern
from xlreport.workbook.texts import SIMILAR, Texts

_OTHER_MEANING = pattern("[不未无非上去前下今本次新旧增减]|其中|备案|网上|累计")
_SHORT = 4  # characters of a label in which one in place of another makes another heading: 行政处罚, 行政处分


def spelled(text: str, word: str) -> bool:
    """Whether a text is a label with characters lost or added, or single ones mistaken, and no other heading.

    上年制发件数 is not 本年制发件数, nor 本年修改件数: one word in place of another is another meaning.
    """
    import difflib

    matcher = difflib.SequenceMatcher(None, text, word, autojunk=False)
    if matcher.ratio() < SIMILAR:
        return False
    for kind, a, b, c, d in matcher.get_opcodes():
        put, lost = text[a:b], word[c:d]
        if kind == "replace" and (max(b - a, d - c) > 1 or len(word) <= _SHORT or _OTHER_MEANING.search(put + lost)):
            return False
        if kind == "insert" and _NEGATION.search(lost):
            return False  # the label's own 不 or 未 is gone
        if kind == "delete" and _OTHER_MEANING.search(put):
            return False
    return True


_NEGATION = pattern("[不未无非]")


def place_of(along: str, line: int, texts: Texts, text: str, sheet: str) -> Cell:
    """Where a heading of a row or a column stands."""
    for (row, col), found in texts.at.items():
        if found == text and (row if along == "row" else col) == line:
            return Cell(sheet, row, col)
    return Cell(sheet, line if along == "row" else 0, 0 if along == "row" else line)
