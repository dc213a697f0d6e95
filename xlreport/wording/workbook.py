"""Sentences about the workbook as a form: edition, structure, identity, formulas."""

from __future__ import annotations

from xlreport.arithmetic import quoted
from xlreport.finding import Finding
from xlreport.wording.teller import Teller, clip, pairs, strings

_IDENTITY_WORDS = {
    "unit": ("填报单位不符", "Another unit"),
    "unit_code": ("单位代码不符", "Another unit code"),
    "period": ("报告年度不符", "Another year"),
}
_MEANS_WORDS = {
    "names": ("按单元格名称", "by its cell names"),
    "sheet": ("按隐藏工作表的记录", "by its hidden sheet"),
    "labels": ("按栏目名称（栏目不在下发时的位置）", "by its headings (they are not where they were issued)"),
    "positions": ("按单元格位置", "by cell positions"),
}


def wrong_edition(t: Teller, f: Finding) -> str:
    """The form is of an edition for other years."""
    last = f"—{f.facts['last']} 年" if f.facts["last"] else " 年起"
    until = f"–{f.facts['last']}" if f.facts["last"] else " on"
    return t.two(
        f"这是 {f.facts['edition']} 版的表，用于 {f.facts['first']}{last}的报告；{f.facts['period']} 年的报告"
        "要用当年适用的版式。请换用正确版式的表格重新填报。",
        f"This is edition {f.facts['edition']}, for reports {f.facts['first']}{until}; the {f.facts['period']} "
        "report takes the edition in force for that year. Fill in the right edition.",
    )


def mixed_edition(t: Teller, f: Finding) -> str:
    """Headings of another edition stand in the form."""
    words = "、".join(quoted(str(x), t.lang) for x in strings(f.facts["labels"]))
    return t.two(
        f"表中混有另一版式（{f.facts['other']}）的栏目：{words}。一份报告只能用一个版式，请换用"
        f" {f.facts['edition']} 版的表格。",
        f"The form mixes in headings of edition {f.facts['other']}: {words}. Use edition {f.facts['edition']} alone.",
    )


def structure(t: Teller, f: Finding) -> str:
    """Rows, columns or tables are not as issued."""
    label_ = quoted(str(f.facts.get("label", "")), t.lang)
    match f.facts["kind"]:
        case "missing":
            return t.two(
                f"找不到栏目{label_}，它的数据没有读到。请恢复这一栏，或换用下发的表格。",
                f"The heading {label_} is missing; its figures were not read. Restore it or use the issued form.",
            )
        case "moved":
            return t.two(
                f"栏目{label_}不在原来的位置（原 {f.facts['was']}，现 {f.facts['now']}）；已按栏目名称读取，请核对。",
                f"The heading {label_} has moved ({f.facts['was']} to {f.facts['now']}); it was read by its name.",
            )
        case "inserted":
            return t.two(
                f"多出一行或一列{label_}，不在表中，没有读取。请移到表外或删除。",
                f"An extra row or column {label_} is not part of the form and was not read. Remove it.",
            )
        case _:
            return t.two(f"找不到{label_}，没有读取。请换用下发的表格。", f"{label_} was not found and not read.")


def identity(t: Teller, f: Finding) -> str:
    """The workbook was issued to another unit or for another year."""
    what = t.two(*_IDENTITY_WORDS[str(f.facts["what"])])
    return t.two(
        f"{what}：表格下发时是“{f.facts['issued']}”，现在填的是“{f.facts['found']}”。请核对是不是拿错了表。",
        f"{what}: issued as “{f.facts['issued']}”, now “{f.facts['found']}”. Check that this is the right workbook.",
    )


def cover(t: Teller, f: Finding) -> str:
    """A line of the cover is missing or not usable."""
    if "level" in f.facts:
        return t.two(
            f"单位层级“{f.facts['level']}”不在可选范围内。请从下拉列表中选：{f.facts['known']}。",
            f"Level “{f.facts['level']}” is not one of the form's: {f.facts['known']}.",
        )
    if f.facts.get("raw"):
        return t.two(
            f"封面“{f.facts['label']}”填的是“{clip(f.facts['raw'])}”，看不出是哪一年。请填四位年份，例如 2025。",
            f"“{f.facts['en']}” on the cover is “{clip(f.facts['raw'])}”; enter a year of four digits.",
        )
    return t.two(
        f"封面“{f.facts['label']}”没有填写。请填写后再报送。", f"“{f.facts['en']}” on the cover is not filled in."
    )


def overwritten(t: Teller, f: Finding) -> str:
    """A total's formula gave way to a number."""
    part = f.parts[0]
    return t.two(
        f"{t.name(part.item)}的公式被改成了数字 {t.number(part.value)}。已按填写的数字核对；请恢复公式或核对这个数。",
        f"The formula of {t.name(part.item)} was overwritten by {t.number(part.value)}; it was checked as typed.",
    )


def stale(t: Teller, f: Finding) -> str:
    """A stored result is not what the cells add up to."""
    part = f.parts[0]
    return t.two(
        f"{t.name(part.item)}表中存的结果是 {f.facts['stored']}，按各项重新计算是 {t.number(part.value)}。"
        "以重新计算的为准；请在 Excel 或 WPS 中打开并保存一次。",
        f"{t.name(part.item)}: the stored result is {f.facts['stored']}, recomputed {t.number(part.value)}. "
        "The recomputed value counts; open and save the workbook once.",
    )


def formula(t: Teller, f: Finding) -> str:
    """A formula stands in a cell for typing."""
    part = f.parts[0]
    return t.two(
        f"{t.name(part.item)}填的是公式，按它存的结果 {t.number(part.value)} 读取。请改为直接填写数字。",
        f"{t.name(part.item)} holds a formula; its stored result {t.number(part.value)} was read. Type the number.",
    )


def variant(t: Teller, f: Finding) -> str:
    """Headings are spelt differently."""
    words = "；".join(f"“{a}”应为“{b}”" for a, b in pairs(f.facts["labels"]))
    words_en = "; ".join(f"“{a}” for “{b}”" for a, b in pairs(f.facts["labels"]))
    return t.two(
        f"栏目名称与下发的表格写法不同：{words}。不影响读取，请尽量使用原表。",
        f"Headings are written differently: {words_en}. They were read all the same.",
    )


def empty(t: Teller, f: Finding) -> str:
    """Nothing is filled in."""
    return t.two(
        f"整份表一个数也没有填（共 {f.facts['items']} 格）。没有发生的请填 0，然后再报送。",
        f"Nothing is filled in ({f.facts['items']} cells). Where there is nothing to report, enter 0.",
    )


def outside(t: Teller, f: Finding) -> str:
    """There is content that belongs to no item."""
    words = "、".join(str(x) for x in strings(f.facts["cells"]))
    return t.two(
        f"表外有内容，没有读取：{words}。需要说明的请写在文字部分。",
        f"There is content outside the form that was not read: {words}.",
    )


def means(t: Teller, f: Finding) -> str:
    """How the form was found in the workbook."""
    words = t.two(*_MEANS_WORDS[str(f.facts["means"])])
    return t.two(f"本表是{words}读取的。", f"The form was read {words}.")


_FORMATS = {
    "xls": ("旧的 .xls（或 .et）格式", "the old .xls (or .et) format"),
    "xlsb": ("二进制的 .xlsb 格式", "the binary .xlsb format"),
    "ods": (" OpenDocument（.ods）格式", "the OpenDocument (.ods) format"),
}


def values(t: Teller, f: Finding) -> str:
    """The workbook is of a format that is read but never written."""
    what = t.two(*_FORMATS[str(f.facts["format"])])
    return t.two(
        f"这份表是{what}，只能读取数值和文字（总计的公式按各项重新计算），不能在原文件上标注。标注副本是一份新的"
        " .xlsx 表，照原样填入读到的内容，表外内容和批注不在其中。请改用 .xlsx 报送。",
        f"This workbook is in {what}: its numbers and texts were read (formulas of totals are worked out anew), but it "
        "cannot be marked itself. The annotated copy is a fresh .xlsx form with what was read; content outside the "
        "form and comments are not in it. Hand in .xlsx.",
    )
