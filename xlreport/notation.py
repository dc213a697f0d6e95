"""What somebody meant by what stands in a number cell: the one place that decides, by the item's type.

Python's own number parsing is not the clerk's (`int("١٢")`, `int("1_000")`, `float("nan")`, `True == 1`): an explicit
grammar of ASCII and full-width digits, one grouping style, a sign and spaces; everything else is told as it stands.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum

from xlreport.form.layout import Cell
from xlreport.form.model import EntryType
from xlreport.rules.nodes import Number
from xlreport.submission import Entry, Notation, Oddity, State


class Held(Enum):
    """What kind of content a cell held, as its file says."""

    BLANK = "blank"
    NUMBER = "number"
    DATE = "date"  # a number shown as a date
    TEXT = "text"
    TRUTH = "truth"
    ERROR = "error"


PLACEHOLDERS = frozenset({
    "/", "//", "\\", "-", "--", "---", "—", "——", "–", "―", "－", "_", "*", "…", "……", "无", "没有", "空",
    "N/A", "n/a", "NA", "na", "N.A.", "nil", "Nil", "none", "None", "不适用", "无此项", "无数据", "未统计", "\\\\",
})  # fmt: skip
_WIDE = str.maketrans("０１２３４５６７８９．，＋－（）％／", "0123456789.,+-()%/")
_MINUS = str.maketrans({"−": "-", "﹣": "-", "–": "-", "‑": "-"})
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u0000-\u001f\u007f]")
_SPACE = re.compile(r"[\s\u00a0\u3000]+")
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?")
_COUNTED = re.compile(r"(.+?)[件条个例宗份项起次家]")
_MONEY = re.compile(r"(?:[¥￥]|人民币)?(.+?)(亿元|万元|元|块|万|亿)(?:整)?")
_SIGNED_WORD = re.compile(r"(减少?|下降|增加?|上升)[:：]?(.+)")
_EXPONENT = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+")
_CHINESE = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+")
_MONEY_FACTORS = {"元": 1, "块": 1, "万元": 10_000, "万": 10_000, "亿元": 100_000_000, "亿": 100_000_000}
LARGEST = 10**15  # a spreadsheet keeps 15 digits


def understand(
    held: Held, text: str, kind: EntryType, cell: Cell | None = None, stored: str | None = None
) -> Entry:
    """The entry for what a cell held. `text` of a number is as the file writes it ("12", "1.25E2")."""
    match held:
        case Held.BLANK:
            return Entry(State.BLANK, cell=cell)
        case Held.NUMBER:
            value = exact(text)
            if value is None or abs(value) >= LARGEST:
                return Entry(State.TEXT, raw=text, cell=cell, oddity=Oddity.TOO_LARGE)
            return Entry(State.NUMBER, value, text, cell, stored=stored)
        case Held.DATE:
            return Entry(State.TEXT, raw=text, cell=cell, oddity=Oddity.DATE)
        case Held.TRUTH:
            return Entry(State.TEXT, raw=text, cell=cell, oddity=Oddity.TRUTH)
        case Held.ERROR:
            return Entry(State.ERROR, raw=text, cell=cell)
        case Held.TEXT:
            return _text(text, kind, cell)


def exact(text: str) -> Number | None:
    """The number that a stored cell stands for, without its binary noise: 72701.257800000007 is 72701.2578."""
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return None
    if number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124  (NaN)
        return None
    return simple(Decimal(repr(number)))


def simple(value: Decimal) -> Number:
    """An int where the value is whole, else the Decimal without trailing zeros."""
    whole = value.to_integral_value()
    return int(whole) if whole == value else value.normalize()


def _text(raw: str, kind: EntryType, cell: Cell | None) -> Entry:
    notation: list[Notation] = []
    text = _INVISIBLE.sub("", raw)
    bare = _SPACE.sub("", text).removeprefix("'")
    if not bare:
        return Entry(State.BLANK, raw=raw, cell=cell)
    if bare in PLACEHOLDERS:
        return Entry(State.PLACEHOLDER, raw=raw, cell=cell)
    if bare != raw:
        notation.append(Notation.SPACES)
    narrow = bare.translate(_WIDE).translate(_MINUS)
    if narrow != bare:
        notation.append(Notation.FULL_WIDTH)
    value = _plain(narrow, notation)
    if value is None and kind.signed and (match := _SIGNED_WORD.fullmatch(narrow)):
        value = _plain(match[2], notation)
        if value is not None and value >= 0:
            value = -value if match[1][0] in "减下" else value
            notation.append(Notation.SIGN_WORD)
        else:
            value = None
    if value is None and kind.whole and (match := _COUNTED.fullmatch(narrow)):
        value = _plain(match[1], notation)
        notation.append(Notation.COUNTING_WORD)
    if value is not None:
        if abs(value) >= LARGEST:
            return Entry(State.TEXT, raw=raw, cell=cell, oddity=Oddity.TOO_LARGE)
        return Entry(State.NUMBER, value, raw, cell, tuple(notation) or (Notation.TEXT,))
    return _proposal(narrow, raw, kind, cell)


def _plain(text: str, notation: list[Notation]) -> Number | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, digits, decimals = match.groups()
    if "," in digits:
        notation.append(Notation.GROUPED)
    if sign == "+":
        notation.append(Notation.PLUS)
    value = Decimal(digits.replace(",", "") + (f".{decimals}" if decimals else ""))
    return simple(-value if sign == "-" else value)


def _proposal(text: str, raw: str, kind: EntryType, cell: Cell | None) -> Entry:
    """A text that is no number, with the value it most probably means."""
    if match := _MONEY.fullmatch(text):
        value = _plain(match[1], [])
        if value is not None:
            yuan = Decimal(value) * _MONEY_FACTORS[match[2]]
            divisor = 10_000 if kind.unit == "万元" else 1
            return Entry(
                State.TEXT, raw=raw, cell=cell, oddity=Oddity.MONEY_UNIT, proposal=simple(yuan / divisor)
            )
    if _EXPONENT.fullmatch(text):
        return Entry(State.TEXT, raw=raw, cell=cell, oddity=Oddity.EXPONENT, proposal=_small(exact(text)))
    if match := re.fullmatch(r"([零〇一二两三四五六七八九十百千万亿]+)[件条个例宗份项起次家]?", text):
        return Entry(State.TEXT, raw=raw, cell=cell, oddity=Oddity.WORDS, proposal=_small(_chinese(match[1])))
    found = re.findall(r"\d[\d,]*(?:\.\d+)?", text)
    single = _plain(found[0], []) if len(found) == 1 else None
    return Entry(State.TEXT, raw=raw, cell=cell, oddity=Oddity.WORDS, proposal=_small(single))


def _small(value: Number | None) -> Number | None:
    return value if value is not None and abs(value) < LARGEST else None


_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def _chinese(text: str) -> int | None:
    """The value of a number in Chinese numerals, 一百二十 or 二〇二四; None where it does not read as one."""
    if all(ch in _DIGITS for ch in text):
        return int("".join(str(_DIGITS[ch]) for ch in text))
    total, section, digit = 0, 0, 0
    for ch in text:
        if ch in _DIGITS:
            digit = _DIGITS[ch]
        elif ch in _UNITS:
            section += (digit or 1) * _UNITS[ch]
            digit = 0
        else:
            total = (total + section + digit) * (10_000 if ch == "万" else 100_000_000)
            section, digit = 0, 0
    return total + section + digit
