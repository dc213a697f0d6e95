"""What people type into number cells: the text or number, what a reader must make of it, and the code that tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import clerk
from damages import UNREAD, Damage, Filled, rewritten
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font
from pens import parts

from xlreport.form.layout import Cell
from xlreport.form.table import Item
from xlreport.rules.nodes import Number
from xlreport.workbook.address import cell_name

D = Decimal
TYPED: list[tuple[str, object, Number | str | None, str]] = [
    # (name, typed, what it is read as, code that tells it); a text that is no number is `UNREAD`
    ("全角", "１２", 12, "E306"),
    ("千分位", "1,234", 1234, "E306"),
    ("全角千分位", "１，２３４", 1234, "E306"),
    ("错的千分位", "1,23", UNREAD, "E303"),
    ("尾空格", "12 ", 12, "E306"),
    ("全角空格", "　12", 12, "E306"),
    ("不可见字符", "\u200b12\u200b", 12, "E306"),
    ("带件", "3件", 3, "E306"),
    ("带（件）", "12（件）", 12, "E306"),
    ("带元", "251000元", UNREAD, "E303"),
    ("带万", "3万", UNREAD, "E303"),
    ("加号", "+1036", 1036, "E306"),
    ("破折号", "—", None, "E302"),
    ("短横", "-", None, "E302"),
    ("斜线", "/", None, "E302"),
    ("无", "无", None, "E302"),
    ("不适用", "N/A", None, "E302"),
    ("无加句号", "无。", None, "E302"),
    ("汉字数", "一百二十", UNREAD, "E303"),
    ("大写数", "壹佰", UNREAD, "E303"),
    ("科学计数", "1e3", UNREAD, "E303"),
    ("文本数字", "12", 12, "E306"),
    ("文本零", "0", 0, "E306"),
    ("真假", True, UNREAD, "E303"),
    ("真假文字", "TRUE", UNREAD, "E303"),
    ("整数小数", 12.0, 12, ""),
    ("文本整数小数", "12.0", 12, "E306"),
    ("小数", 12.5, D("12.5"), "E304"),
    ("负零", "-0", 0, "E306"),
    ("数学负零", "−0", 0, "E306"),
    ("负数", -3, -3, "E305"),
    ("全角负数", "－3", -3, "E305"),
    ("一千万亿", 10**15, UNREAD, "E303"),
    ("十六位", "1234567890123456", UNREAD, "E303"),
    ("十五位", 999999999999999, 999999999999999, ""),
    ("范围", "10-12", UNREAD, "E303"),
    ("约数", "约10", UNREAD, "E303"),
    ("余数", "10余件", UNREAD, "E303"),
    ("阿拉伯印度数字", "١٢", UNREAD, "E303"),
    ("罗马数字", "Ⅻ", UNREAD, "E303"),
    ("字母O", "1O", UNREAD, "E303"),
    ("百分比文字", "12%", UNREAD, "E303"),
    ("两个数", "12 34", UNREAD, "E303"),
    ("换行两个数", "1\n2", UNREAD, "E303"),
    ("括号", "(12)", UNREAD, "E303"),
    ("单引号", "'12", 12, "E306"),
    ("等号文字", "＝12", UNREAD, "E303"),
    ("空格", " ", None, "E301"),
    ("一个空格", "3 100", UNREAD, "E303"),
    ("两个空格", "1 234 567", 1234567, "E306"),
]
STYLED: list[tuple[str, float, str, Number | str | None, str]] = [
    # (name, stored, number format, what it is read as, code)
    ("日期", 45293, "m月d日", UNREAD, "E303"),
    ("日期时间", 45293.5, "yyyy-mm-dd hh:mm", UNREAD, "E303"),
    ("百分比格式", 0.12, "0%", UNREAD, "E303"),
    ("百分之零", 0, "0%", 0, ""),
    ("千位格式", 12000, "0,", UNREAD, "E303"),
    ("万的格式", 12345, "0!.0,", UNREAD, "E303"),
    ("带万的格式", 3, '0"万"', UNREAD, "E303"),
    ("带件的格式", 3, '0"件"', 3, ""),
    ("千分位格式", 1234, "#,##0", 1234, ""),
    ("会计格式", 1234, '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', 1234, ""),
    ("文本格式的数", 12, "@", 12, ""),
    ("格式加负号", 12, '"-"0', UNREAD, "E303"),
    ("格式加零", 12, "0\\0", UNREAD, "E303"),
    ("格式引号零", 12, '0"0"', UNREAD, "E303"),
    ("格式前加一", 12, '"1"0', UNREAD, "E303"),
    ("格式加百分号", 12, '0"%"', UNREAD, "E303"),
    ("格式加括号", 12, "(0)", UNREAD, "E303"),
    ("格式加三角", 12, '"▲"0', UNREAD, "E303"),
    ("格式加点", 12, '0"."0', UNREAD, "E303"),
    ("格式写无", 12, '"无"', UNREAD, "E303"),
    ("格式不显示", 12, ";;;", UNREAD, "E303"),
    ("格式不显示零", 0, ";;;", 0, ""),
    ("括号负数格式", 12, "#,##0_);(#,##0)", 12, ""),
    ("红字负数格式", 12, "0_ ;[Red]-0 ", 12, ""),
    ("补零格式", 12, "00000", 12, ""),
    ("中文大写格式", 12, "[DBNum1]General", 12, ""),
    ("第几格式", 12, '"第"0', 12, ""),
]
RICH: list[tuple[str, list[tuple[str, dict[str, Any]]], Number | str | None, str]] = [
    # (name, runs of text and their fonts, what it is read as, code)
    ("划掉再写", [("15", {"strike": True}), ("12", {})], UNREAD, "E303"),
    ("全划掉", [("15", {"strike": True})], UNREAD, "E303"),
    ("上标的注", [("3", {}), ("1", {"vertAlign": "superscript"})], UNREAD, "E303"),
    ("下标", [("3", {}), ("2", {"vertAlign": "subscript"}), ("件", {})], UNREAD, "E303"),
    ("划掉的空格", [("12", {}), (" ", {"strike": True})], 12, "E306"),
    ("一半红字", [("1", {"color": "FF0000"}), ("2", {"b": True})], 12, "E306"),
    ("明说没有划掉", [("1", {"strike": False}), ("2", {"vertAlign": "baseline"})], 12, "E306"),
]
STRUCK: list[tuple[str, object, Font, Number | str | None, str]] = [
    # (name, what is typed, in which font, what it is read as, code)
    ("整格划掉", 12, Font(strike=True), UNREAD, "E303"),
    ("整格划掉的文字", "12件", Font(strike=True), UNREAD, "E303"),
    ("整格划掉又空着", None, Font(strike=True), None, "E301"),
    ("整格粗体没有划掉", 12, Font(bold=True, strike=False), 12, ""),
]
SIGNED: list[tuple[str, object, Number | str | None, str]] = [
    ("减", "减4", -4, "E306"),
    ("减少件", "减少 4件", -4, "E306"),
    ("增", "增4", 4, "E306"),
    ("持平", "持平", UNREAD, "E303"),
    ("全角负", "－8", -8, "E306"),
    ("负号", -8, -8, ""),
]
AMOUNTS: list[tuple[str, object, Number | str | None, str]] = [
    ("元", "251000元", UNREAD, "E303"),
    ("万元", "25.1万元", UNREAD, "E303"),
    ("四位小数", 59237.2449, D("59237.2449"), ""),
    ("噪声", 72701.257800000007, D("72701.2578"), ""),
    ("五位小数", 1.23456, D("1.23456"), "E309"),
    ("千分位金额", "59,237.24", D("59237.24"), "E306"),
]


def spots(made: Filled) -> dict[str, Item]:
    """Cells to type into: one that is in many rules, one in none, a signed one, an amount."""
    form = made.form
    found = {
        "有规则": Item("三", "三.3.4", "自然人"),
        "无规则": next(i for i in form.items if i.table == "二.六" and i.row == "行政强制"),
        "金额": next(i for i in form.items if not form.entry_type(i).whole),
    }
    signed = [item for item in form.items if form.entry_type(item).signed]
    return {**found, **({"增减": signed[0]} if signed else {})}


def typing() -> Iterator[Damage]:
    """Every habit, typed by a program that rewrites the workbook and into the package alike."""
    places = [("有规则", TYPED), ("无规则", TYPED), ("金额", AMOUNTS), ("增减", SIGNED)]
    for where, habits in places:
        for name, value, read, code in habits:
            only = "2019" if where == "增减" else ""
            common: dict[str, Any] = {
                "said": (code,) if code else (),
                "changed": lambda m, w=where, r=read: {spots(m)[w]: r},
                "only": only,
            }
            yield Damage(
                f"填-{where}-{name}(重写)",
                rewritten(lambda b, m, w=where, v=value: _type_raw(b, m.at(spots(m)[w]), v)),
                **common,
            )
            if not isinstance(value, (bool, float)):
                yield Damage(
                    f"填-{where}-{name}",
                    lambda m, d, w=where, v=value: clerk.typed(d, {m.at(spots(m)[w]): v}),
                    **common,
                )
    for where in ("有规则", "无规则"):
        for name, stored, look, read, code in STYLED:
            yield Damage(
                f"填-{where}-{name}",
                rewritten(lambda b, m, w=where, v=stored, n=look: _type_styled(b, m.at(spots(m)[w]), v, n)),
                (code,) if code else (),
                changed=lambda m, w=where, r=read: {spots(m)[w]: r},
            )
        for name, runs, read, code in RICH:
            common = {
                "said": (code,) if code else (),
                "changed": lambda m, w=where, r=read: {spots(m)[w]: r},
            }
            yield Damage(
                f"填-{where}-{name}(重写)",
                rewritten(lambda b, m, w=where, r=runs: _type_rich(b, m.at(spots(m)[w]), r)),
                **common,
            )
            yield Damage(
                f"填-{where}-{name}",
                lambda m, d, w=where, r=runs: _shared_rich(m, d, m.at(spots(m)[w]), r),
                **common,
            )
        for name, value, font, read, code in STRUCK:
            yield Damage(
                f"填-{where}-{name}",
                rewritten(lambda b, m, w=where, v=value, f=font: _type_in_font(b, m.at(spots(m)[w]), v, f)),
                (code,) if code else (),
                changed=lambda m, w=where, r=read: {spots(m)[w]: r},
            )
        for name in ("#REF!", "#VALUE!", "#N/A", "#DIV/0!"):
            yield Damage(
                f"填-{where}-{name}",
                rewritten(lambda b, m, w=where, v=name: _type_error(b, m.at(spots(m)[w]), v)),
                ("E307",),
                changed=lambda m, w=where: {spots(m)[w]: UNREAD},
            )


def _type_raw(book: Any, cell: Cell, value: object) -> None:
    target = book[cell.sheet].cell(cell.row + 1, cell.col + 1)
    target.value = value
    if isinstance(value, str):
        target.data_type = "s"  # openpyxl takes = and #N/A for more than text
        target.quotePrefix = True


def _type_styled(book: Any, cell: Cell, value: float, look: str) -> None:
    target = book[cell.sheet].cell(cell.row + 1, cell.col + 1)
    target.value, target.number_format = value, look


def _type_in_font(book: Any, cell: Cell, value: object, font: Font) -> None:
    target = book[cell.sheet].cell(cell.row + 1, cell.col + 1)
    target.value, target.font = value, font


def _type_rich(book: Any, cell: Cell, runs: list[tuple[str, dict[str, Any]]]) -> None:
    blocks = [TextBlock(InlineFont(**font), text) for text, font in runs]
    book[cell.sheet].cell(cell.row + 1, cell.col + 1).value = CellRichText(blocks)


def _shared_rich(made: Filled, data: bytes, cell: Cell, runs: list[tuple[str, dict[str, Any]]]) -> bytes:
    """A text in several fonts among the shared strings, where Excel keeps it."""
    item = "".join(
        f'<r><rPr>{"".join(_font(*pair) for pair in font.items())}</rPr><t xml:space="preserve">{text}</t></r>'
        for text, font in runs
    )
    count = parts(data)["xl/sharedStrings.xml"].count(b"<si>")
    home, name = clerk.sheet_part(data, cell.sheet), cell_name(cell.row, cell.col)

    def change(at: str, text: str) -> str:
        if at == "xl/sharedStrings.xml":
            return text.replace("</sst>", f"<si>{item}</si></sst>")
        new = rf'<c r="{name}"\1 t="s"><v>{count}</v></c>'
        old = rf'<c r="{name}"( s="[0-9]+")?[^>]*?(?:/>|>.*?</c>)'
        return re.sub(old, new, text, count=1) if at == home else text

    return clerk.edited(data, change)


def _font(name: str, value: object) -> str:
    return f'<{name} val="{str(value).lower() if isinstance(value, bool) else value}"/>'


def _type_error(book: Any, cell: Cell, value: str) -> None:
    target = book[cell.sheet].cell(cell.row + 1, cell.col + 1)
    target.value = value
    target.data_type = "e"


# Texts in a count's cell that are numbers in an unusual notation, and the number.
ALL_SAFE = [(str(typed), read) for _, typed, read, code in TYPED if code == "E306" and isinstance(read, (int, Decimal))]
