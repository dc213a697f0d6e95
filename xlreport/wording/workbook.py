"""Sentences about the workbook as a form: edition, identity, formulas."""

from __future__ import annotations

from xlreport.arithmetic import quoted
from xlreport.finding import Finding
from xlreport.wording.teller import Teller, clip, pairs, strings

_IDENTITY_WORDS = {
    "edition": ("版式不符", "Another edition"),
    "unit": ("填报单位不符", "Another unit"),
    "unit_code": ("单位代码不符", "Another unit code"),
    "period": ("报告年度不符", "Another year"),
}
_MEANS_WORDS = {
    "names": ("按单元格名称", "by its cell names"),
    "sheet": ("按隐藏工作表的记录", "by its hidden sheet"),
    "labels": ("按栏目名称（栏目不在下发时的位置）", "by its headings (they are not where they were issued)"),
    "positions": (
        "按单元格位置（名称没有了；栏目都在下发时的位置）",
        "by cell positions (its names are gone; every heading is where it was issued)",
    ),
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
    words = t.two("、", ", ").join(quoted(str(x), t.lang) for x in strings(f.facts["labels"]))
    return t.two(
        f"表中混有另一版式（{f.facts['other']}）的栏目：{words}。一份报告只能用一个版式，请换用"
        f" {f.facts['edition']} 版的表格。",
        f"The form mixes in headings of edition {f.facts['other']}: {words}. Use edition {f.facts['edition']} alone.",
    )


def identity(t: Teller, f: Finding) -> str:
    """The workbook was issued to another unit or for another year."""
    issued, found = f.facts["issued"], f.facts["found"]
    match f.facts["what"]:
        case "two-identities":
            return t.two(
                f"表格自己记的两处身份不一致：一处是“{issued}”，隐藏页上是“{found}”，像是两份表拼在一起的。"
                "请用下发给本单位的表格重新填写。",
                f"The workbook says two things of itself: “{issued}”, and on its hidden sheet “{found}”. It looks as "
                "if two workbooks were put together; fill in the one issued to this unit.",
            )
        case "digest":
            return t.two(
                "表格下发以后，报表定义改过（锁定的栏目和文字与现行的不同）。已按现行定义读取；请换用新下发的表格。",
                "The form's definition has changed since this workbook was issued; it was read by the present one.",
            )
        case "sheet-unit" | "sheet-period" as what:
            word = t.two(*(("填报单位", "unit") if what == "sheet-unit" else ("报告年度", "year")))
            return t.two(
                f"“{f.facts['sheet']}”这一页抬头的{word}是“{issued}”，封面是“{found}”："
                "像是从别的表里复制来的。请核对这一页的数是谁的。",
                f"The sheet {f.facts['sheet']} names the {word} “{issued}” while the cover says “{found}”: it seems to "
                "be copied from another workbook. Check whose figures they are.",
            )
        case _:
            pass
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
    told = [(clip(a) if a else t.two("（空）", "(blank)"), clip(b)) for a, b in pairs(f.facts["labels"])[:6]]
    words = "；".join(f"“{a}”应为“{b}”" for a, b in told)
    words_en = "; ".join(f"“{a}” for “{b}”" for a, b in told)
    if f.facts.get("printed"):
        return t.two(
            f"锁定的标题、说明等文字与下发的不同：{words}。不影响读取，请尽量使用原表。",
            f"Locked texts are not as issued: {words_en}. The form was read all the same.",
        )
    return t.two(
        f"栏目名称与下发的表格写法不同：{words}。不影响读取，请尽量使用原表。",
        f"Headings are written differently: {words_en}. They were read all the same.",
    )


def money(t: Teller, f: Finding) -> str:
    """A heading gives another unit of money."""
    said, issued = clip(f.facts["said"]), clip(f.facts["issued"])
    return t.two(
        f"金额单位改了：下发的是“{issued}”，表中写成“{said}”，数都按{f.facts['unit']}读。"
        f"请把栏目名称改回来，并按{f.facts['unit']}填数。",
        f"The unit of money was changed: “{said}” for “{issued}”; figures are read as {f.facts['unit']}."
        f" Change the heading back and give the figures in {f.facts['unit']}.",
    )


def empty(t: Teller, f: Finding) -> str:
    """Nothing is filled in."""
    return t.two(
        f"整份表一个数也没有填（共 {f.facts['items']} 格）。没有发生的请填 0，然后再报送。",
        f"Nothing is filled in ({f.facts['items']} cells). Where there is nothing to report, enter 0.",
    )


def outside(t: Teller, f: Finding) -> str:
    """There is content that belongs to no item."""
    words = t.two("、", ", ").join(str(x) for x in strings(f.facts["cells"]))
    return t.two(
        f"表外有内容，没有读取：{words}。需要说明的请写在文字部分。",
        f"There is content outside the form that was not read: {words}.",
    )


def means(t: Teller, f: Finding) -> str:
    """How the form was found in the workbook."""
    if f.facts["means"] == "no-marker":
        return t.two(
            "表格的隐藏页（_xlreport）没有了；身份由其他记录认出，不影响读取。",
            "The workbook's hidden sheet (_xlreport) is gone; what it is was told by its other marks.",
        )
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


def twice(t: Teller, f: Finding) -> str:
    """Another file of the same run is the same report, or the same issued copy."""
    other = clip(f.facts["other"], 80)
    match f.facts["kind"]:
        case "issue":
            return t.two(
                f"下发给“{f.facts['issued']}”的同一份表（第 {f.facts['issue']} 号）交来了两次：另一份是 {other}，"
                f"封面是“{f.facts['unit']}”。请核对各是谁的。",
                f"The copy issued to “{f.facts['issued']}” (issue {f.facts['issue']}) came back twice: the other is "
                f"{other}, with “{f.facts['unit']}” on its cover. Check whose each is.",
            )
        case "same":
            return t.two(
                f"同一单位、同一年度的报告交来了两份，内容相同：另一份是 {other}。汇总时只能用一份。",
                f"The report of this unit and year came in twice with the same content: the other is {other}. Use one.",
            )
        case "editions":
            return t.two(
                f"同一单位、同一年度的报告交来了两份，版式不同：另一份是 {other}。请确认以哪一份为准。",
                f"The report of this unit and year came in twice, on two editions: the other is {other}. Say which "
                "counts.",
            )
        case _:
            return t.two(
                f"同一单位、同一年度的报告交来了两份，内容不同：另一份是 {other}。请确认以哪一份为准。",
                f"The report of this unit and year came in twice with different content: the other is {other}. Say "
                "which counts.",
            )
