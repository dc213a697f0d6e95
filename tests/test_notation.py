"""What people type into number cells, each decided once by what a clerk means by it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlreport.form.table import EntryType, Quantity
from xlreport.notation import Held, exact, simple, understand
from xlreport.submission import State

COUNT = EntryType(Quantity.COUNT, "件")
SIGNED = EntryType(Quantity.SIGNED)
WAN = EntryType(Quantity.AMOUNT, "万元", 4)
YUAN = EntryType(Quantity.AMOUNT, "元", 2)
NO_UNIT = EntryType(Quantity.AMOUNT, None, 4)
D = Decimal


def read(text, kind=COUNT, held=Held.TEXT):
    entry = understand(held, text, kind)
    assert entry.raw == ("" if held is Held.BLANK else text)
    return entry


def shown(entry):
    """An entry in short: its value; or state, oddity and proposal."""
    if entry.state is State.NUMBER:
        assert entry.value is not None
        assert entry.proposal is None
        return entry.value, [n.value for n in entry.notation]
    assert entry.value is None
    return entry.state.value, entry.oddity.value if entry.oddity else None, entry.proposal


# Numbers typed as text: (typed, kind, value, how it was written)
NUMBERS = [
    # digits
    ("12", COUNT, 12, ["text-number"]),
    ("0", COUNT, 0, ["text-number"]),
    ("007", COUNT, 7, ["text-number"]),
    ("12.0", COUNT, 12, ["text-number"]),
    ("12.", COUNT, 12, ["text-number"]),
    ("12.5", COUNT, D("12.5"), ["text-number"]),
    ("-3", COUNT, -3, ["text-number"]),
    ("-0", COUNT, 0, ["text-number"]),
    ("−0", COUNT, 0, ["full-width"]),
    ("999999999999999", COUNT, 999999999999999, ["text-number"]),
    # width
    ("１２", COUNT, 12, ["full-width"]),
    ("１，２３４", COUNT, 1234, ["full-width", "thousands-separators"]),
    ("１２．５", WAN, D("12.5"), ["full-width"]),
    ("－８", SIGNED, -8, ["full-width"]),
    ("＋８", SIGNED, 8, ["full-width", "plus-sign"]),
    ("−8", SIGNED, -8, ["full-width"]),
    ("–8", SIGNED, -8, ["full-width"]),
    # spaces and what cannot be seen
    (" 12 ", COUNT, 12, ["spaces"]),
    ("\u300012\u00a0", COUNT, 12, ["spaces"]),
    ("12\n", COUNT, 12, ["spaces"]),
    ("\t12", COUNT, 12, ["spaces"]),
    ("1\u200b2", COUNT, 12, ["spaces"]),
    ("\ufeff12", COUNT, 12, ["spaces"]),
    ("'12", COUNT, 12, ["spaces"]),
    ("- 8", SIGNED, -8, ["spaces"]),
    # thousands
    ("1,234", COUNT, 1234, ["thousands-separators"]),
    ("11,398,889", COUNT, 11398889, ["thousands-separators"]),
    ("1 234 567", COUNT, 1234567, ["spaces", "thousands-separators"]),
    ("59,237.2449", WAN, D("59237.2449"), ["thousands-separators"]),
    # counting words
    ("3件", COUNT, 3, ["counting-word"]),
    ("3 件", COUNT, 3, ["spaces", "counting-word"]),
    ("１０条", COUNT, 10, ["full-width", "counting-word"]),
    ("5个", COUNT, 5, ["counting-word"]),
    ("1例", COUNT, 1, ["counting-word"]),
    ("1,200件次", COUNT, 1200, ["counting-word", "thousands-separators"]),
    ("3项", SIGNED, 3, ["counting-word"]),
    # signs
    ("+1036", SIGNED, 1036, ["plus-sign"]),
    ("+5", COUNT, 5, ["plus-sign"]),
    ("减4", SIGNED, -4, ["sign-word"]),
    ("减 4", SIGNED, -4, ["spaces", "sign-word"]),
    ("减少4", SIGNED, -4, ["sign-word"]),
    ("减少了4", SIGNED, -4, ["sign-word"]),
    ("下降：4", SIGNED, -4, ["sign-word"]),
    ("负8", SIGNED, -8, ["sign-word"]),
    ("↓4", SIGNED, -4, ["sign-word"]),
    ("增4", SIGNED, 4, ["sign-word"]),
    ("增加 12", SIGNED, 12, ["spaces", "sign-word"]),
    ("减4件", SIGNED, -4, ["counting-word", "sign-word"]),
    ("12（件）", COUNT, 12, ["full-width", "counting-word"]),
    # amounts
    ("72701.2578", WAN, D("72701.2578"), ["text-number"]),
    ("52.15", NO_UNIT, D("52.15"), ["text-number"]),
    ("52.150", NO_UNIT, D("52.15"), ["text-number"]),
    (".5", WAN, D("0.5"), ["text-number"]),
    ("0.00", WAN, 0, ["text-number"]),
]


@pytest.mark.parametrize(("text", "kind", "value", "notation"), NUMBERS)
def test_numbers(text, kind, value, notation):
    entry = read(text, kind)
    assert shown(entry) == (value, notation)
    assert isinstance(entry.value, int) == isinstance(value, int)


@pytest.mark.parametrize(
    "text",
    [
        "/", "//", "／", "\\", "-", "--", "---", "—", "——", "———", "–", "－", "－－", "―", "_", "＿", "*", "＊", "…",
        "……", "~",
        "无", " 无 ", "（无）", "(无)", "没有", "暂无", "空", "N/A", "n/a", "N／A", "NA", "na", "N.A.", "nil",
        "Nil", "NONE", "None", "null", "不适用", "不涉及", "无此项", "无数据", "未统计", "未发生", "\u200b—\u200b",
        "无。", "没有；",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [COUNT, SIGNED, WAN])
def test_placeholders(text, kind):
    assert shown(read(text, kind)) == ("placeholder", None, None)


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\n", "\u200b", "\ufeff \t", "'", '""'])
def test_blanks(text):
    assert shown(read(text)) == ("blank", None, None)


# Texts that are no number: (typed, kind, why, what it most probably means)
TEXTS = [
    # Python would take some of these; what a clerk means by them is only proposed
    ("١٢", COUNT, "other-digits", 12),
    ("۱۲", COUNT, "other-digits", 12),
    ("Ⅻ", COUNT, "other-digits", 12),
    ("XIV", COUNT, "other-digits", 14),
    ("廿", COUNT, "other-digits", 20),
    ("I", COUNT, "words", None),
    ("1_000", COUNT, "words", None),
    ("nan", COUNT, "words", None),
    ("inf", COUNT, "words", None),
    ("0x10", COUNT, "words", None),
    ("1e3", COUNT, "exponent", 1000),
    ("1.5E2", WAN, "exponent", 150),
    ("1e400", COUNT, "exponent", None),
    ("1e99", COUNT, "exponent", None),
    ("TRUE", COUNT, "words", None),
    ("½", COUNT, "words", None),
    ("①", COUNT, "other-digits", 1),
    ("3 100", COUNT, "words", 3100),
    ("3 100件", COUNT, "words", 3100),
    ("\u202e21", COUNT, "words", None),
    ("\u202a12\u202c", COUNT, "words", 12),
    ("12\u202c", COUNT, "words", 12),
    ("\u202d12", COUNT, "words", 12),
    ("\u206612\u2069", COUNT, "words", 12),
    ("\u206721\u2069", COUNT, "words", 21),
    *((text, COUNT, "words", None) for text in ("▲12", "△12", "—12", "‒12", "⁃12", "<5", "≥12", "10²", "٫5")),
    ("²", COUNT, "words", None),
    # not one number
    ("12,34", COUNT, "words", None),
    ("1,23,456", COUNT, "words", None),
    ("1.234,56", WAN, "words", None),
    ("1 2", COUNT, "words", None),
    ("1\n2", COUNT, "words", None),
    ("12 34", COUNT, "words", None),
    ("1.2.3", COUNT, "words", None),
    ("1-2", COUNT, "words", None),
    ("2-3件", COUNT, "words", None),
    ("3/4", COUNT, "words", None),
    ("2024年3件", COUNT, "words", None),
    ("1=1", COUNT, "words", None),
    ("--3", COUNT, "words", None),
    ("+-3", COUNT, "words", None),
    ("(12)", COUNT, "words", None),  # 12 to one, -12 to an accountant
    ("12%", COUNT, "words", None),
    ("百分之12", COUNT, "words", None),
    # one number among words
    ("约12件", COUNT, "words", 12),
    ("10余件", COUNT, "words", 10),
    ("12。", COUNT, "words", 12),
    ("10-12", COUNT, "words", None),
    ("1O", COUNT, "words", None),  # a letter: 10, most probably, but who knows
    ("l2", COUNT, "words", None),
    ("⁻4", SIGNED, "words", None),
    ("约1.2万", COUNT, "words", None),
    ("1  234", COUNT, "words", None),  # two numbers, or one
    ("1\n234", COUNT, "words", None),
    ("共3", COUNT, "words", 3),
    ("12（含网上）", COUNT, "words", None),
    ("3件以上", COUNT, "words", 3),
    ("=12", COUNT, "words", 12),
    # a decrease where none can be
    ("减4", COUNT, "words", None),
    ("减4", WAN, "words", None),
    ("减-4", SIGNED, "words", None),
    ("比上年减少约4", SIGNED, "words", None),
    ("持平", SIGNED, "words", 0),
    ("不变", SIGNED, "words", 0),
    ("持平", COUNT, "words", None),
    # numerals
    ("一百二十", COUNT, "words", 120),
    ("十", COUNT, "words", 10),
    ("十二", COUNT, "words", 12),
    ("两件", COUNT, "words", 2),
    ("二〇二四", COUNT, "words", 2024),
    ("零", COUNT, "words", 0),
    ("一百零二", COUNT, "words", 102),
    ("一百二", COUNT, "words", 120),
    ("一万二", COUNT, "words", 12000),
    ("三千零五十", COUNT, "words", 3050),
    ("一万零二百三十四", COUNT, "words", 10234),
    ("二十五件", COUNT, "words", 25),
    ("一亿二千万", COUNT, "words", 120_000_000),
    ("一万亿", COUNT, "words", 10**12),
    ("一万万", COUNT, "words", None),
    ("二三十件", COUNT, "words", None),
    ("万", COUNT, "words", None),
    ("百", COUNT, "words", None),
    ("若干", COUNT, "words", None),
    ("壹佰", COUNT, "words", 100),
    ("壹佰贰拾", COUNT, "words", 120),
    ("叁仟零伍拾件", COUNT, "words", 3050),
    # money
    ("251000元", WAN, "money-unit", D("25.1")),
    ("251000元", NO_UNIT, "money-unit", 251000),
    ("251,000.00元", WAN, "money-unit", D("25.1")),
    ("25.1万元", WAN, "money-unit", D("25.1")),
    ("25.1万", WAN, "money-unit", D("25.1")),
    ("25.1万元", YUAN, "money-unit", 251000),
    ("25.1 万元", WAN, "money-unit", D("25.1")),
    ("1.2亿元", WAN, "money-unit", 12000),
    ("¥100", WAN, "money-unit", D("0.01")),
    ("￥100元整", YUAN, "money-unit", 100),
    ("人民币3万元", WAN, "money-unit", 3),
    ("3万件", COUNT, "money-unit", 30000),
    ("3件", WAN, "words", 3),
    ("-5元", WAN, "money-unit", None),
    ("5千元", WAN, "money-unit", D("0.5")),
    ("3百万元", WAN, "money-unit", 300),
    ("12.5（万元）", WAN, "money-unit", D("12.5")),
    ("300.5元", COUNT, "money-unit", None),
    ("五万", WAN, "money-unit", 5),
    ("十一万", WAN, "money-unit", 11),
    ("壹万元", WAN, "money-unit", 1),
    ("一万二", WAN, "words", D("1.2")),
    ("一千二百", WAN, "words", None),
    ("一百二十", WAN, "words", 120),
    ("五万", COUNT, "words", 50000),
    ("100圆", WAN, "money-unit", D("0.01")),
    ("约100元", WAN, "words", None),
    ("100美元", WAN, "words", None),
    ("100港元", YUAN, "words", None),
    ("$100", WAN, "words", None),
    ("＄100", YUAN, "words", None),
    ("100€", WAN, "words", None),
    ("251000元", COUNT, "money-unit", None),
    ("￥12", COUNT, "money-unit", None),
    ("壹佰元整", COUNT, "words", None),
    # beside letters, of whatever width and script
    ("1O", COUNT, "words", None),
    ("１Ｏ", COUNT, "words", None),
    ("5Ｋ", COUNT, "words", None),
    ("１２Ａ", COUNT, "words", None),
    ("1О", COUNT, "words", None),  # a Cyrillic letter
    # beyond what a spreadsheet keeps
    ("1000000000000000", COUNT, "too-large", None),
    ("-1000000000000000", SIGNED, "too-large", None),
    ("9" * 60, COUNT, "too-large", None),
    ("0.1234567890123456", WAN, "too-large", None),
    ("9" * 5000, COUNT, "words", None),
    ("一" * 5000, COUNT, "words", None),
]


@pytest.mark.parametrize(("text", "kind", "oddity", "proposal"), TEXTS)
def test_texts(text, kind, oddity, proposal):
    assert shown(read(text, kind)) == ("text", oddity, proposal)


@pytest.mark.parametrize(
    ("held", "text", "expected"),
    [
        (Held.NUMBER, "12", (12, [])),
        (Held.NUMBER, "-0", (0, [])),
        (Held.NUMBER, "12.0", (12, [])),
        (Held.NUMBER, "12.5", (D("12.5"), [])),
        (Held.NUMBER, "1.25E2", (125, [])),
        (Held.NUMBER, "5E-3", (D("0.005"), [])),
        (Held.NUMBER, "72701.257800000007", (D("72701.2578"), [])),
        (Held.NUMBER, "0.30000000000000004", (D("0.3"), [])),
        (Held.NUMBER, "2.9999999999999996", (3, [])),
        (Held.NUMBER, "999999999999999", (999999999999999, [])),
        (Held.NUMBER, "1E15", ("text", "too-large", None)),
        (Held.NUMBER, "1e400", ("text", "too-large", None)),
        (Held.NUMBER, "nan", ("text", "too-large", None)),
        (Held.NUMBER, "1_000", ("text", "too-large", None)),
        (Held.DATE, "45292", ("text", "date", None)),
        (Held.TRUTH, "1", ("text", "true-or-false", None)),
        (Held.ERROR, "#REF!", ("error", None, None)),
        (Held.BLANK, "", ("blank", None, None)),
        (Held.PERCENT, "0.12", ("text", "percent", None)),
        (Held.PERCENT, "0", (0, [])),
        (Held.SCALED, "12000", ("text", "scaled", None)),
        (Held.NO_RESULT, "", ("text", "no-result", None)),
    ],
)  # fmt: skip
def test_what_the_file_says(held, text, expected):
    assert shown(read(text, COUNT, held)) == expected


@given(st.text(max_size=12), st.sampled_from([COUNT, SIGNED, WAN]))
@settings(max_examples=400, deadline=None)
def test_any_text_is_decided(text, kind):
    entry = understand(Held.TEXT, text, kind)
    if entry.state is State.NUMBER:
        assert entry.notation
        assert any(ch in "0123456789０１２３４５６７８９" for ch in text)
    assert isinstance(entry.value, (int, Decimal, type(None)))
    if entry.proposal is not None:
        assert abs(entry.proposal) < 10**15
        assert kind.signed or entry.proposal >= 0


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_whole_numbers_stay_what_they_are(number):
    assert exact(str(number)) == number
    assert understand(Held.TEXT, f"{number:,}", SIGNED).value == number


@given(st.decimals(-(10**9), 10**9, places=4))
def test_amounts_stay_what_they_are(number):
    assert exact(repr(float(number))) == number
    assert understand(Held.TEXT, format(number, "f"), WAN).value == number


@pytest.mark.parametrize(
    ("value", "expected"), [(D("2.50"), D("2.5")), (D("3.00"), 3), (D("-0.0"), 0), (D("1E+2"), 100)]
)
def test_simple_numbers(value, expected):
    found = simple(value)
    assert found == expected
    assert isinstance(found, int) == isinstance(expected, int)
    assert str(found) == str(expected)


@pytest.mark.parametrize("text", ["0,123", "0,001", "00,123", "0 123 456", "000,000"])
def test_a_group_of_thousands_never_begins_with_nought(text):
    entry = understand(Held.TEXT, text, EntryType())
    assert entry.state is State.TEXT
