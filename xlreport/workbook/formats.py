"""Number formats: which show a date, and which show another number than the cell holds. Does not know workbooks."""

from __future__ import annotations

import re

from xlreport.pattern import pattern

# Built-in formats that show a date or time, those of the Chinese and Japanese editions included.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NOT_LETTERS = pattern(r'"[^"]*"?|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]|General', re.IGNORECASE | re.DOTALL)
_DATE_LETTERS = pattern("[dmyhs]", re.IGNORECASE)
_DATES = frozenset("dmyhsDMYHS")


def is_date_format(number: int, code: str | None) -> bool:
    """Whether a number format shows a date or a time, by its code or else by its number."""
    if code is None:
        return number in _DATE_FORMATS
    if not _DATES.intersection(code):
        return False
    return _DATE_LETTERS.search(_NOT_LETTERS.sub("", code.partition(";")[0])) is not None


_PERCENT_FORMATS = frozenset({9, 10})
_QUOTED = pattern(r'"([^"]*)"|\\(.)|\[[^\]]*\]|[_*].')
_SCALED = pattern(r"[0#?],+(?![0#?,])")
_UNITS = pattern(r"[十百千万亿元]+")
_BRACKETED = pattern(r"\[[^\]]*\]")  # colours, conditions, and the name of a currency


def shown_as(number: int, code: str | None) -> str:
    """What a number format makes of a number: "percent", "scaled" (in thousands), the unit it prints; "" for nothing.

    "disguised" is one with other digits or a sign printed beside it, "hidden" one of which nothing is shown; "negative"
    and "zero" are formats of which only that section does so.

    12 % is stored as 0.12, and `0"万"` shows 3万 where 3 is stored: the clerk and the file say different numbers.
    """
    if code is None:
        return "percent" if number in _PERCENT_FORMATS else ""
    first = code.partition(";")[0] if '"' not in code else _SECTION.match(code)[0]  # type: ignore[index]
    bare = _QUOTED.sub("", first)
    if "%" in bare:
        return "percent"
    if _SCALED.search(bare):
        return "scaled"
    if _PLAIN_FORMAT.fullmatch(code):
        return ""
    if not _FIGURE.search(bare):
        return "hidden" if code and code != "@" else ""
    written = "".join(a or b or c for a, b, c in _LITERAL.findall(first))
    if _FALSE.search(written) or _FALSE_POINT.search(first):
        return "disguised"
    printed = _UNITS.search(_BRACKETED.sub("", first))
    return printed[0] if printed else _further_sections(code) if ";" in code else ""


def _further_sections(code: str) -> str:
    """What the sections behind the first make of negative numbers and zeros, or of any where they have conditions."""
    sections: list[str] = []
    at = 0
    while at <= len(code) and (found := _SECTION.match(code, at)):
        sections.append(found[0])
        at = found.end() + 1
    if _CONDITION.search(code):
        return "disguised" if any(_false(section) for section in sections[:3]) else ""
    kinds = []
    if len(sections) > 1:
        shown = "".join(a or b or c for a, b, c in _LITERAL.findall(sections[1]))
        told = bool(_SIGN.search(shown)) or _COLOUR.search(sections[1]) is not None
        if not told or "%" in sections[1] or re.search("[0-9０-９]", shown):
            kinds.append("negative")
    if len(sections) > 2 and re.search("[1-9１-９]", "".join(a or b for a, b, _ in _LITERAL.findall(sections[2]))):
        kinds.append("zero")
    return " ".join(kinds)


def _false(section: str) -> bool:
    """Whether a section prints digits or signs beside the number that are not the number's."""
    written = "".join(a or b or c for a, b, c in _LITERAL.findall(section))
    return bool(_FALSE.search(written) or _FALSE_POINT.search(section)) or "%" in _QUOTED.sub("", section)


_CONDITION = pattern(r"\[[<>=]")
_SIGN = pattern("[-−－(（▲△▼↓负减]")
_COLOUR = pattern(r"\[(?:red|红色?|color|颜色)", re.IGNORECASE)
_PLAIN_FORMAT = pattern(r"(?:General|[#0,.@?]+)(?:_.)?", re.IGNORECASE)
_SECTION = pattern(r'(?:"[^"]*"?|[\\!].|[^";])*')
_FIGURE = pattern("[0#?@]|General|Standard|通用|标准", re.IGNORECASE)
_LITERAL = pattern(r'"([^"]*)"|[\\!](.)|(?:\[[^\]]*\]|[_*].)|([-−－(（）)▲△▼↓])')
_FALSE = pattern("[0-9０-９%％‰(（▲△▼↓负减−－-]")  # what a plain number does not have, read with it
_FALSE_POINT = pattern(r'"[.．]"[0#?]|\\\.[0#?]|![.][0#?]')
