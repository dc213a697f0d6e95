"""What somebody meant by what stands in a number cell: the one place that decides, by the item's type.

Python's own number parsing is not the clerk's (`int("١٢")`, `int("1_000")`, `float("nan")`, `True == 1`): an explicit
grammar of ASCII and full-width digits, one grouping style, a sign and spaces; everything else is told as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from enum import Enum

from xlreport.form.layout import Cell
from xlreport.form.table import EntryType
from xlreport.pattern import pattern
from xlreport.rules.nodes import Number, size
from xlreport.submission import Entry, Notation, Oddity, State


class Held(Enum):
    """What kind of content a cell held, as its file says."""

    BLANK = "blank"
    NUMBER = "number"
    DATE = "date"  # a number shown as a date
    TEXT = "text"
    TRUTH = "truth"
    ERROR = "error"
    PERCENT = "percent"  # a number shown in hundredths
    SCALED = "scaled"  # a number shown in thousands or more
    NO_RESULT = "no-result"  # a formula whose result the file does not keep


PLACEHOLDERS = frozenset({
    *("无", "没有", "空", "暂无", "未发生", "没有发生", "不适用", "不涉及", "无此项", "无数据", "未统计"),
    *("n/a", "na", "n.a.", "nil", "none", "null"),
})  # fmt: skip
_DASHES = pattern(r"[-—–―─_/\\*…~·]+")
_UNCHANGED = frozenset({"持平", "不变", "无变化", "无增减", "没有变化"})
_WIDE = str.maketrans("０１２３４５６７８９．，＋－（）％／＿＊～", "0123456789.,+-()%/_*~")
_MINUS = str.maketrans({"−": "-", "﹣": "-", "–": "-", "‑": "-", "‐": "-"})
_INVISIBLE = pattern(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]")
_EDGES = "'\""  # what is typed to keep a text a text
_BETWEEN = pattern(r"(?<![0-9.,\s])\s+|\s+(?![0-9.,\s])")  # spaces that part no digits
_STOPS = "。.,;，；、 "  # behind a word that stands for nothing
_NUMBER = pattern(
    r"([+-]?)(?:([1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+|[0-9]+)(?:\.([0-9]*))?|\.([0-9]+))"
)
_COUNTING = r"(?:件次|人次|[件条个例宗份项起次家人户篇部])"
_COUNTED = pattern(rf"(.+?)(?:{_COUNTING}|\({_COUNTING}\))")
_MONEY = pattern(r"(¥|￥|人民币)?(.+?)\(?(亿元|[十百千]?万元?|千元|元|块|千|亿)?\)?整?")
_CHANGING = frozenset({"Lu", "Ll", "Lt", "Sm", "So", "Sc", "No", "Pd", "Nl"})  # what makes a number another one
_FOREIGN = pattern(r"[美港欧日韩澳加新台]元|[港台日]币|美金|外币|英镑|卢布|法郎|[$＄€£]")
_YUAN = pattern(r"[元块]")
_SIGNED_WORD = pattern(r"(减少?|下降|负|↓|增加?|上升|↑)了?[:：]?(.+)")
_DECREASE = pattern(r"[减降负↓]")
_EXPONENT = pattern(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,3}")
_STORED = pattern(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_CHINESE = pattern(r"[零〇一二两三四五六七八九十百千万亿]+")
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億貳參陸兩", "一二三四五六七八九十百千万亿二三六两")
_MONEY_FACTORS = {
    "元": 1, "块": 1, "千": 1000, "千元": 1000, "亿": 10**8, "亿元": 10**8,
    "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "万元": 10**4, "十万元": 10**5, "百万元": 10**6,
    "千万元": 10**7,
}  # fmt: skip
DIGITS = 15  # as many a spreadsheet keeps
LARGEST = 10**DIGITS
LONGEST = 64  # characters of anything that may be meant as a number


def understand(held: Held, text: str, kind: EntryType, cell: Cell | None = None, stored: str | None = None) -> Entry:
    """The entry for what a cell held. `text` of a number is as the file writes it ("12", "1.25E2")."""
    match held:
        case Held.BLANK:
            return Entry(State.BLANK, cell=cell)
        case Held.NUMBER:
            value = exact(text)
            if value is None or size(value) >= LARGEST:
                return Entry(State.TEXT, raw=text, cell=cell, oddity=Oddity.TOO_LARGE)
            return Entry(State.NUMBER, value, text, cell, stored=stored)
        case Held.DATE:
            return Entry(State.TEXT, raw=text, cell=cell, oddity=Oddity.DATE)
        case Held.TRUTH:
            return Entry(State.TEXT, raw=text, cell=cell, oddity=Oddity.TRUTH)
        case Held.ERROR:
            return Entry(State.ERROR, raw=text, cell=cell)
        case Held.PERCENT | Held.SCALED:
            if exact(text) == 0:  # nothing is nothing in every unit
                return Entry(State.NUMBER, 0, text, cell, stored=stored)
            return Entry(State.TEXT, raw=text, cell=cell, oddity=Oddity(held.value))
        case Held.NO_RESULT:
            return Entry(State.TEXT, raw=text, cell=cell, oddity=Oddity.NO_RESULT)
        case Held.TEXT:
            return _text(text, kind, cell)


def plain_digits(text: str) -> bool:
    """Whether a stored number is digits and nothing else, as most counts are, and not too many of them."""
    return text.isdigit() and len(text) <= DIGITS and text.isascii()


def exact(text: str) -> Number | None:
    """The number that a stored cell stands for, as the spreadsheet shows it.

    Without binary noise: 72701.257800000007 is 72701.2578, and 0.30000000000000004 (0.1 + 0.2) is 0.3.
    """
    if plain_digits(text):
        return int(text)
    if not _STORED.fullmatch(text.strip()):
        return None
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        return None
    return simple(Decimal(f"{number:.15g}"))


def simple(value: Decimal) -> Number:
    """An int where the value is whole, else the Decimal without trailing zeros."""
    whole = value.to_integral_value()
    return int(whole) if whole == value else value.normalize()


def _text(raw: str, kind: EntryType, cell: Cell | None) -> Entry:
    bare = _INVISIBLE.sub("", raw).strip().strip(_EDGES).strip()
    if not bare:
        return Entry(State.BLANK, raw=raw, cell=cell)
    narrow = bare.translate(_WIDE)
    if {(word := narrow.strip("()").casefold()), word.rstrip(_STOPS)} & PLACEHOLDERS or _DASHES.fullmatch(narrow):
        return Entry(State.PLACEHOLDER, raw=raw, cell=cell)
    narrow = _BETWEEN.sub("", narrow.translate(_MINUS))
    if len(narrow) > LONGEST:
        return Entry(State.TEXT, raw=raw, cell=cell, oddity=Oddity.WORDS)
    notation: list[Notation] = []
    if bare != raw or any(ch.isspace() for ch in bare):
        notation.append(Notation.SPACES)
    if bare.translate(_WIDE).translate(_MINUS) != bare:
        notation.append(Notation.FULL_WIDTH)
    value = _plain(narrow, notation)
    if value is None and kind.whole:
        value = _in_words(narrow, kind, notation)
    if value is not None and _asks(narrow, raw):
        # 3 100 may be two figures; after a mark that turns the direction round, 21 is shown as 12.
        meant = None if "\u202e" in raw or (value < 0 and not kind.signed) else _small(value)
        return Entry(State.TEXT, raw=raw, cell=cell, oddity=Oddity.WORDS, proposal=meant)
    if value is None:
        return _proposal(narrow, raw, kind, cell)
    if size(value) >= LARGEST or _digits(value) > 15:
        return Entry(State.TEXT, raw=raw, cell=cell, oddity=Oddity.TOO_LARGE)
    return Entry(State.NUMBER, value, raw, cell, tuple(notation) or (Notation.TEXT,))


_TURNED = pattern("[\u202a-\u202e\u2066-\u2069]")


def _asks(text: str, raw: str) -> bool:
    """Whether a number in a text is not certain: parted by one space, or with marks that turn the reading direction."""
    return bool(_TURNED.search(raw)) or len(re.findall("(?<=[0-9]) (?=[0-9])", text)) == 1


def _in_words(text: str, kind: EntryType, notation: list[Notation]) -> Number | None:
    """A count with its counting word (3件), a change with its sign in words (减4, 增加 3件)."""
    found: list[Notation] = []
    if match := _COUNTED.fullmatch(text):
        text = match[1]
        found.append(Notation.COUNTING_WORD)
    sign = 1
    if kind.signed and (match := _SIGNED_WORD.fullmatch(text)):
        text, sign = match[2], -1 if _DECREASE.search(match[1]) else 1
        found.append(Notation.SIGN_WORD)
    value = _plain(text, found)
    if value is None or (Notation.SIGN_WORD in found and text[0] in "+-"):
        return None
    notation += found
    return sign * value


def _plain(text: str, notation: list[Notation]) -> Number | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, digits, decimals, only_decimals = match.groups()
    digits, decimals = digits or "0", decimals or only_decimals or "0"
    if "," in digits or " " in digits:
        notation.append(Notation.GROUPED)
    if sign == "+":
        notation.append(Notation.PLUS)
    return simple(Decimal(f"{'-' if sign == '-' else ''}{re.sub('[, ]', '', digits)}.{decimals}"))


def _digits(value: Number) -> int:
    """How many digits a number has that mean something."""
    return len(Decimal(value).normalize().as_tuple().digits) if isinstance(value, Decimal) else len(str(abs(value)))


def _proposal(text: str, raw: str, kind: EntryType, cell: Cell | None) -> Entry:
    """A text that is no number, with the value it most probably means."""
    oddity, proposal = _meant(text, kind)
    if proposal is not None and ((proposal < 0 and not kind.signed) or (kind.whole and proposal != int(proposal))):
        proposal = None
    return Entry(State.TEXT, raw=raw, cell=cell, oddity=oddity, proposal=_small(proposal))


def _meant(text: str, kind: EntryType) -> tuple[Oddity, Number | None]:
    if _FOREIGN.search(text):
        return Oddity.WORDS, None
    bare = re.sub(rf"(?<=.){_COUNTING}$", "", text).replace("圆", "元")
    match = _MONEY.fullmatch(bare)
    if match and (match[1] or match[3]) and (value := _amount(match[2], kind)) is not None:
        counted = kind.whole or (kind.unit is not None and kind.unit not in _MONEY_FACTORS)
        if counted and (match[1] or _YUAN.search(bare)):
            return Oddity.MONEY_UNIT, None  # money where something else is counted
        yuan = Decimal(value) * _MONEY_FACTORS[match[3] or "元"]
        return Oddity.MONEY_UNIT, simple(yuan / _MONEY_FACTORS.get(kind.unit or "", 1))
    if _EXPONENT.fullmatch(text):
        return Oddity.EXPONENT, exact(text)
    numerals = bare.translate(_FORMAL)
    if _CHINESE.fullmatch(numerals):
        value = _chinese(numerals)
        if kind.unit not in _MONEY_FACTORS or value is None or not re.search("[千万亿]", numerals):
            return Oddity.WORDS, value
        # 一万二 is told in 元 whatever the cell's unit; 一千二百 may be either.
        told = re.search("[万亿]", numerals)
        return Oddity.WORDS, simple(Decimal(value) / _MONEY_FACTORS[kind.unit]) if told else None
    if (digits := _other_digits(bare)) is not None:
        return Oddity.OTHER_DIGITS, digits
    if kind.signed and text in _UNCHANGED:
        return Oddity.WORDS, 0
    # One number among words may be what is meant; not where a sign, a share or a range is about.
    found = re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", text)
    alone = (
        len(found) == 1
        # nor where what stands beside it changes it: 5千, 约5元
        and not re.search(r"[-+⁻₋%()/]|百分|成|\d|[十百千万亿元圆]", text.replace(found[0], "", 1))
        and (not _DECREASE.search(text))
        # nor where a letter, a sign, a relation or a power does: 1O and １Ｏ, ▲12, <5, 10²
        and not any(unicodedata.category(ch) in _CHANGING or ch in "⁃٫٬" for ch in text.lstrip("="))
    )
    return Oddity.WORDS, _plain(found[0], []) if alone else None


_ROMAN = pattern(r"(?=.)(M{0,3})(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def _other_digits(text: str) -> int | None:
    """A number in other digits than a keyboard's: Arabic or Indian ones, Roman numerals, circled numbers."""
    if not text.isascii() and len(text) <= DIGITS and all(unicodedata.decimal(ch, None) is not None for ch in text):
        return int("".join(str(unicodedata.decimal(ch)) for ch in text))
    if len(text) == 1 and not text.isascii() and (value := unicodedata.numeric(text, None)) is not None:
        raised = unicodedata.decomposition(text).startswith(("<super>", "<sub>"))  # 3² is no 32, nor is it 3
        return int(value) if value.is_integer() and value < LARGEST and not raised else None
    roman = unicodedata.normalize("NFKC", text).upper()
    if len(text) > 1 and _ROMAN.fullmatch(roman):
        values = [_ROMAN_VALUES[ch] for ch in roman]
        return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
    return None


def _small(value: Number | None) -> Number | None:
    return value if value is not None and size(value) < LARGEST else None


_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def _amount(text: str, kind: EntryType) -> Number | None:
    """A number before a unit of money, in digits or, where money is asked for, in Chinese numerals."""
    value = _plain(text, [])
    numerals = text.translate(_FORMAL)
    if value is None and kind.unit in _MONEY_FACTORS and _CHINESE.fullmatch(numerals):
        return _chinese(numerals)
    return value


def _chinese(text: str) -> int | None:
    """The value of a number in Chinese numerals, 一百二十 or 二〇二四; None where it does not read as one."""
    if all(ch in _DIGITS for ch in text):
        return int("".join(str(_DIGITS[ch]) for ch in text))
    total, section, digit, last, zero = 0, 0, None, 0, False
    for ch in text:
        if ch in "零〇":
            zero = True
        elif ch in _DIGITS:
            if digit is not None:
                return None  # 二三十: twenty or thirty
            digit = _DIGITS[ch]
        elif ch in _UNITS:
            if digit is None and ch != "十":
                return None
            section += (1 if digit is None else digit) * _UNITS[ch]
            digit, last, zero = None, _UNITS[ch], False
        else:
            if not section and digit is None and not (ch == "亿" and total):
                return None
            scale = 10_000 if ch == "万" else 100_000_000
            section += digit or 0
            total = total + section * scale if ch == "万" else (total + section) * scale
            section, digit, last, zero = 0, None, scale, False
    if digit is not None and last > 10 and not zero:
        digit *= last // 10  # 一百二: 120, 一万二: 12,000
    return total + section + (digit or 0)
