"""Sentences about the workbook as a form: edition, structure, identity, formulas."""

from __future__ import annotations

from xlreport.arithmetic import quoted
from xlreport.finding import Finding
from xlreport.form.fold import fold
from xlreport.wording.teller import LISTED_CELLS, Teller, clip, pairs, strings

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
    words = "、".join(quoted(str(x), t.lang) for x in strings(f.facts["labels"]))
    return t.two(
        f"表中混有另一版式（{f.facts['other']}）的栏目：{words}。一份报告只能用一个版式，请换用"
        f" {f.facts['edition']} 版的表格。",
        f"The form mixes in headings of edition {f.facts['other']}: {words}. Use edition {f.facts['edition']} alone.",
    )


def structure(t: Teller, f: Finding) -> str:
    """Rows, columns or tables are not as issued."""
    label_ = quoted(str(f.facts.get("label", "")), t.lang)
    was, now = f.facts.get("was", ""), f.facts.get("now", "")
    kind = str(f.facts["kind"])
    if kind.startswith("cop"):
        return _copies(t, f)
    match kind:
        case "shifted-row" | "shifted-column":
            line, line_en = ("行", "row") if kind == "shifted-row" else ("列", "column")
            return t.two(
                f"从{label_}起不在下发时的位置（原第 {was} {line}，现第 {now} {line}），像是插入或删除过{line}；"
                "已按名称或栏目对准，请核对。",
                f"From {label_} on, the form is not where it was issued ({line_en} {was}, now {now}); a {line_en} was "
                "put in or taken out. It was aligned by names or headings.",
            )
        case "renamed":
            return t.two(
                f"工作表“{was}”改名为“{now}”；不影响读取，请尽量不改。",
                f"The sheet “{was}” was renamed “{now}”; it was read all the same.",
            )
        case "reordered":
            return t.two(
                f"工作表的先后顺序变了（从{label_}起）；不影响读取。",
                f"The sheets are in another order (from {label_} on); they were read all the same.",
            )
        case "hidden-rows" | "hidden-columns":
            line, line_en = ("行", "rows") if kind == "hidden-rows" else ("列", "columns")
            return t.two(
                f"第 {f.facts['label']} {line}被隐藏，其中的数照样读取。请取消隐藏，核对后再报送。",
                f"Hidden {line_en} ({f.facts['label']}) were read all the same; show and check them.",
            )
        case "merged":
            return t.two(
                f"{f.facts['label']} 合并成了一格，里面的数是谁的说不清，没有读取。请取消合并，逐格填写。",
                f"The cells {f.facts['label']} were merged; whose figure that is cannot be told, so it was not read. "
                "Unmerge them and fill in each.",
            )
        case "unmerged":
            return t.two(
                f"表中有 {now} 处合并的格被拆开；不影响读取。",
                f"{now} merged areas of the form were taken apart; it was read all the same.",
            )
        case "beside":
            return t.two(
                f"{label_}的数填在旁边的格（不在 {now}），已读取；请移回原来的格。",
                f"The figure of {label_} stands beside its cell {now}; it was read. Move it back.",
            )
        case "two-figures":
            return t.two(
                f"{label_}的格被拆开，旁边几格各有内容，说不清哪个是要报的数，没有读取。请只留一个。",
                f"The cell of {label_} was split and several parts are filled in; which is meant cannot be told, so "
                "none was read. Keep one.",
            )
        case "pushed-out":
            return t.two(
                f"表外紧挨着有数，同一行（列）里 {f.facts['label']} 却空着，像是整块错开了一格；从空格起没有读取。"
                "请移回原处。",
                f"A figure stands just outside the table while {f.facts['label']} in the same line is blank: a block "
                "seems to stand one cell off. From there on the line was not read. Move it back.",
            )
        case "slid":
            return t.two(
                f"栏目和数错开了：这里有数没有栏目，另一头有栏目没有数（或缺栏目）；其间 {f.facts['label']} 行（列）"
                "说不清是谁的数，没有读取。请把栏目和数对齐。",
                "Headings and figures do not match: here are figures without a heading, elsewhere a heading without "
                f"figures; {f.facts['label']} lines in between were not read. Align them.",
            )
        case "pulled-in":
            return t.two(
                f"{f.facts['label']} 这一行（列）最后一格空着，前面的数像是整体前移了一格（删除过单元格），各是谁的"
                "说不清，没有读取。请对照底稿逐格核对。",
                f"The last cell of {f.facts['label']} is bare and the figures before it seem to have come one cell "
                "nearer (a cell was deleted). Whose they are cannot be told, so they were not read. Check each.",
            )
        case "sheet-gone":
            return t.two(
                f"{label_}这一页不见了，上面的内容没有读到。请在下发的表里填报，或把这一页补回。",
                f"The sheet {label_} is gone, and what stood on it was not read. Report on the issued workbook.",
            )
        case "line-gone":
            return t.two(
                f"“{was}”页上的{label_}不见了，没有读到。请照下发的表补回。",
                f"{label_} on the sheet “{was}” is gone and was not read. Put it back as it was issued.",
            )
        case "split":
            return t.two(
                f"{label_}被分成了几处，这里起是另一处；每一处都有自己的栏目，已按栏目合在一起读取。请恢复成一张表后核对。",
                f"{label_} was taken apart, and another part begins here. Each has its own headings, by which they "
                "were read. Make it one table again and check it.",
            )
        case "pasted-again":
            return t.two(
                f"同一页上{label_}还有一份（从这里起），没有读取；读取的是从 {now} 起的一份。请只留要报的一份。",
                f"The same sheet has {label_} once more, from here on, which was not read; the one from {now} on was. "
                "Keep the one to be reported.",
            )
        case "beyond":
            return t.two(
                f"{f.facts['label']} 已经填满，表外紧挨着还有一个数：像是插入过单元格，数错开了一格，各是谁的说不清，"
                "没有读取。请对照底稿逐格核对；表外的数请删去。",
                f"{f.facts['label']} is full and one figure more stands just outside: a cell seems to have been put in "
                "and the figures to stand one cell off. Whose they are cannot be told, so they were not read. Check "
                "each, and remove the one outside.",
            )
        case "slipped-row" | "slipped-column":
            line, line_en = ("列", "column") if kind == "slipped-row" else ("行", "row")
            return t.two(
                f"{f.facts['label']} {'旁边' if kind == 'slipped-row' else '下面'}的检查标记不在原来的第 {was} {line}，"
                f"移到了第 {now} {line}：像是在中间插入或删除过单元格，数也跟着错开了，各是谁的说不清，没有读取。"
                "请对照底稿逐格核对，恢复原样。",
                f"The remark of {f.facts['label']} stands in {line_en} {now} instead of {was}: cells seem to have been "
                "put in or taken out, and the figures went with them. Whose they are cannot be told, so they were not "
                "read. Put them back, cell by cell.",
            )
        case "disturbed":
            return t.two(
                f"{label_}：栏目还在原处，数却挪动过（像是移动过数，或插入、删除过单元格），各是谁的说不清，没有读取。"
                "请对照底稿逐格核对，恢复原样。",
                f"{label_}: the headings stand where they were, but the figures were moved (or cells put in or taken "
                "out). Whose they are cannot be told, so they were not read. Put them back, cell by cell.",
            )
        case "two-rows":
            return t.two(
                "栏目下面不止一行数，说不清哪一行是要报的，没有读取。请只留一行。",
                "There is more than one row of figures below the headings; which is meant cannot be told, so none was "
                "read. Keep one.",
            )
        case "validation":
            return t.two(
                f"有 {now} 格的填写检查（数据有效性）没有了，多半是整格粘贴造成的；已按报表重新核对。"
                "粘贴时请用“选择性粘贴—数值”。",
                f"{now} cells lost their input checks, probably by pasting; they were checked here. Paste values only.",
            )
        case "missing" if f.facts.get("labels"):
            labels = [str(label) for label in f.facts["labels"]]
            some = "、".join(quoted(label, t.lang) for label in labels[:LISTED_CELLS])
            return t.two(
                f"找不到 {len(labels)} 个栏目，它们的数据没有读到：{some}{'等' if labels[LISTED_CELLS:] else ''}。"
                "请恢复这些栏目，或换用下发的表格。",
                f"{len(labels)} headings are missing; their figures were not read: {some}"
                f"{' and more' if labels[LISTED_CELLS:] else ''}. Restore them or use the issued form.",
            )
        case "missing" if now and fold(str(now)) == fold(str(f.facts["label"]).rpartition("/")[2]):
            return t.two(
                f"栏目{label_}不止一处，说不清哪一处是要报的，都没有读取。请只留一处，或改回原来的名称。",
                f"The heading {label_} stands more than once; which is meant cannot be told, so "
                "none was read. Keep one.",
            )
        case "missing" if now:
            return t.two(
                f"找不到栏目{label_}，这里写的是{quoted(clip(str(now)), t.lang)}，不是同一个意思，"
                "没有读取。请改回原来的名称。",
                f"The heading {label_} is missing; here stands {quoted(clip(str(now)), t.lang)}, which means something "
                "else, so nothing was read. Restore the heading.",
            )
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
        case "table" if f.facts["labels"][1:]:
            titles = [quoted(str(title), t.lang) for title in f.facts["labels"]]
            return t.two(
                f"找不到 {len(titles)} 张表，没有读取：{'、'.join(titles)}。请恢复，或换用下发的表格。",
                f"{len(titles)} tables were not found and not read: {', '.join(titles)}. Use the issued form.",
            )
        case _:
            return t.two(f"找不到{label_}，没有读取。请换用下发的表格。", f"{label_} was not found and not read.")


def _copies(t: Teller, f: Finding) -> str:
    """The same table stands on several sheets."""
    read, other = f.facts["was"], f.facts["now"]
    titles = [str(label) for label in f.facts["labels"]]
    tables = quoted(titles[0], t.lang) + (
        t.two(f"等 {len(titles)} 张表", f" and {len(titles) - 1} more") if titles[1:] else ""
    )
    match f.facts["kind"]:
        case "copies":
            return t.two(
                f"{tables}有两份，在“{read}”和“{other}”，数不一样：说不清哪一份是要报的，都没有读取。请只留一份。",
                f"{tables}: there are two, on “{read}” and “{other}”, with different figures. Which is meant cannot be "
                "told, so neither was read. Keep one.",
            )
        case "copy-same":
            return t.two(
                f"“{other}”是“{read}”的副本，数相同，读取了“{read}”。请删去一份。",
                f"“{other}” is a copy of “{read}” with the same figures; “{read}” was read. Remove one.",
            )
        case "copy-blank":
            return t.two(
                f"“{other}”是一张没有填的副本，没有读取，读取的是“{read}”。请删去。",
                f"“{other}” is a blank copy and was not read; “{read}” was. Remove it.",
            )
        case "copy-read":
            return t.two(
                f"下发的“{other}”没有填，另一页“{read}”填了：读取的是“{read}”。请核对，并填在下发的页上。",
                f"The issued sheet “{other}” is blank while “{read}” is filled in; “{read}” was read. Check it, and "
                "fill in the issued sheet.",
            )
        case _:
            return t.two(
                f"隐藏的“{other}”里也有{tables}，数不一样；读取的是看得见的“{read}”。请删去隐藏的一份。",
                f"The hidden sheet “{other}” has {tables} too, with other figures; “{read}”, which is shown, was read.",
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


def overwritten(t: Teller, f: Finding) -> str:
    """A total's formula gave way to a number."""
    part = f.parts[0]
    if len(f.parts) > 1:
        return _several_overwritten(t, f)
    if f.facts.get("kind") == "altered":
        return t.two(
            f"{t.name(part.item)}的公式不是下发时的公式，算出的是 {t.number(part.value)}，各项相加是 "
            f"{t.number(f.facts['expected'])}。已按公式算出的数核对；请恢复公式。",
            f"The formula of {t.name(part.item)} is not the one it was issued with: it gives {t.number(part.value)}, "
            f"the parts add up to {t.number(f.facts['expected'])}. The former was checked; put the formula back.",
        )
    if f.facts.get("kind") == "broken":
        return t.two(
            f"{t.name(part.item)}的公式坏了（={clip(f.facts['formula'])}，结果是 {f.facts['stored']}）。"
            f"已按各项相加的 {t.number(part.value)} 核对；请恢复下发时的公式。",
            f"The formula of {t.name(part.item)} is broken (={clip(f.facts['formula'])}, giving {f.facts['stored']}); "
            f"the sum of its parts, {t.number(part.value)}, was checked. Put the issued formula back.",
        )
    if f.facts.get("kind") == "replaced":
        return t.two(
            f"{t.name(part.item)}的公式不是下发时的公式（现在是 ={clip(f.facts['formula'])}）。"
            "眼下结果与各项之和相同，改了别的格它就不会跟着变；请恢复下发时的公式。",
            f"The formula of {t.name(part.item)} is not the issued one (now ={clip(f.facts['formula'])}). It gives the "
            "sum of its parts today but will not follow them; put the issued formula back.",
        )
    return t.two(
        f"{t.name(part.item)}的公式被改成了数字 {t.number(part.value)}。已按填写的数字核对；请恢复公式或核对这个数。",
        f"The formula of {t.name(part.item)} was overwritten by {t.number(part.value)}; it was checked as typed.",
    )


def _several_overwritten(t: Teller, f: Finding) -> str:
    """The formulas of a row of totals, all of them gone the same way."""
    names, first = t.some([part.item for part in f.parts]), f.parts[0]
    match f.facts.get("kind"):
        case "altered":
            return t.two(
                f"{names}的公式不是下发时的公式，算出的不是各项之和（如{t.name(first.item)}算出 "
                f"{t.number(first.value)}，各项相加是 {t.number(f.facts['expected'])}）。已按公式算出的数核对；"
                "请恢复公式。",
                f"The formulas of {names} are not those they were issued with and do not give the sum of the parts "
                f"({t.name(first.item)}: {t.number(first.value)} instead of {t.number(f.facts['expected'])}). What "
                "they give was checked; put the formulas back.",
            )
        case "broken":
            return t.two(
                f"{names}的公式坏了（如 ={clip(f.facts['formula'])}，结果是 {f.facts['stored']}）。已按各项之和核对；"
                "请恢复下发时的公式。",
                f"The formulas of {names} are broken (as ={clip(f.facts['formula'])}, giving {f.facts['stored']}); the "
                "sums of their parts were checked. Put the issued formulas back.",
            )
        case "replaced":
            return t.two(
                f"{names}的公式不是下发时的公式（如 ={clip(f.facts['formula'])}）。眼下结果与各项之和相同，"
                "改了别的格它们就不会跟着变；请恢复下发时的公式。",
                f"The formulas of {names} are not the issued ones (as ={clip(f.facts['formula'])}). They give the sums "
                "of their parts today but will not follow them; put the issued formulas back.",
            )
    numbers = "、".join(t.number(part.value) for part in f.parts[:LISTED_CELLS])
    return t.two(
        f"{names}的公式被改成了数字（{numbers}{' 等' if f.parts[LISTED_CELLS:] else ''}）。已按填写的数字核对；"
        "请恢复公式或核对这些数。",
        f"The formulas of {names} were overwritten by numbers; they were checked as typed.",
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
    words = "、".join(str(x) for x in strings(f.facts["cells"]))
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
