"""Sentences about rows, columns, tables and sheets that are not as issued, a pair for each kind of damage."""

from __future__ import annotations

from xlreport.arithmetic import quoted
from xlreport.finding import Finding
from xlreport.form.fold import fold
from xlreport.wording.teller import LISTED_CELLS, Teller, clip

# {label} stands quoted, {bare} as it is; {was} and {now} are places, names or counts, as the kind has it.
_SENTENCES = {
    "shifted-row": (
        (
            "从{label}起不在下发时的位置（原第 {was} 行，现第 {now} 行），像是插入或删除过行；已按名称或栏目对准，"
            "请核对。"
        ),
        (
            "From {label} on, the form is not where it was issued (row {was}, now {now}); a row was put in or taken "
            "out. It was aligned by names or headings."
        ),
    ),
    "shifted-column": (
        (
            "从{label}起不在下发时的位置（原第 {was} 列，现第 {now} 列），像是插入或删除过列；已按名称或栏目对准，"
            "请核对。"
        ),
        (
            "From {label} on, the form is not where it was issued (column {was}, now {now}); a column was put in or "
            "taken out. It was aligned by names or headings."
        ),
    ),
    "renamed": (
        "工作表“{was}”改名为“{now}”；不影响读取，请尽量不改。",
        "The sheet “{was}” was renamed “{now}”; it was read all the same.",
    ),
    "reordered": (
        "工作表的先后顺序变了（从{label}起）；不影响读取。",
        "The sheets are in another order (from {label} on); they were read all the same.",
    ),
    "hidden-rows": (
        "第 {bare} 行被隐藏，其中的数照样读取。请取消隐藏，核对后再报送。",
        "Hidden rows ({bare}) were read all the same; show and check them.",
    ),
    "hidden-columns": (
        "第 {bare} 列被隐藏，其中的数照样读取。请取消隐藏，核对后再报送。",
        "Hidden columns ({bare}) were read all the same; show and check them.",
    ),
    "merged": (
        "{bare} 合并成了一格，里面的数是谁的说不清，没有读取。请取消合并，逐格填写。",
        (
            "The cells {bare} were merged; whose figure that is cannot be told, so it was not read. Unmerge them and "
            "fill in each."
        ),
    ),
    "unmerged": (
        "表中有 {now} 处合并的格被拆开；不影响读取。",
        "Merged areas of the form were taken apart ({now}); it was read all the same.",
    ),
    "beside": (
        "{label}的数填在旁边的格（不在 {now}），已读取；请移回原来的格。",
        "The figure of {label} stands beside its cell {now}; it was read. Move it back.",
    ),
    "two-figures": (
        "{label}的格被拆开，旁边几格各有内容，说不清哪个是要报的数，没有读取。请只留一个。",
        (
            "The cell of {label} was split and several parts are filled in; which is meant cannot be told, so none "
            "was read. Keep one."
        ),
    ),
    "pushed-out": (
        "表外紧挨着有数，同一行（列）里 {bare} 却空着，像是整块错开了一格；从空格起没有读取。请移回原处。",
        (
            "A figure stands just outside the table while {bare} in the same line is blank: a block seems to stand "
            "one cell off. From there on the line was not read. Move it back."
        ),
    ),
    "slid": (
        (
            "栏目和数错开了：这里有数没有栏目，另一头有栏目没有数（或缺栏目）；其间 {bare} 行（列）说不清是谁的数，"
            "没有读取。请把栏目和数对齐。"
        ),
        (
            "Headings and figures do not match: here are figures without a heading, elsewhere a heading without "
            "figures; {bare} lines in between were not read. Align them."
        ),
    ),
    "pulled-in": (
        (
            "{bare} 这一行（列）最后一格空着，前面的数像是整体前移了一格（删除过单元格），各是谁的说不清，没有读取。"
            "请对照底稿逐格核对。"
        ),
        (
            "The last cell of {bare} is bare and the figures before it seem to have come one cell nearer (a cell was "
            "deleted). Whose they are cannot be told, so they were not read. Check each."
        ),
    ),
    "sheet-gone": (
        "{label}这一页不见了，上面的内容没有读到。请在下发的表里填报，或把这一页补回。",
        "The sheet {label} is gone, and what stood on it was not read. Report on the issued workbook.",
    ),
    "line-gone": (
        "“{was}”页上的{label}不见了，没有读到。请照下发的表补回。",
        "{label} on the sheet “{was}” is gone and was not read. Put it back as it was issued.",
    ),
    "split": (
        "{label}被分成了几处，这里起是另一处；每一处都有自己的栏目，已按栏目合在一起读取。请恢复成一张表后核对。",
        (
            "{label} was taken apart, and another part begins here. Each has its own headings, by which they were "
            "read. Make it one table again and check it."
        ),
    ),
    "pasted-again": (
        "同一页上{label}还有一份（从这里起），没有读取；读取的是从 {now} 起的一份。请只留要报的一份。",
        (
            "The same sheet has {label} once more, from here on, which was not read; the one from {now} on was. Keep "
            "the one to be reported."
        ),
    ),
    "beyond": (
        (
            "{bare} 已经填满，表外紧挨着还有一个数：像是插入过单元格，数错开了一格，各是谁的说不清，没有读取。"
            "请对照底稿逐格核对；表外的数请删去。"
        ),
        (
            "{bare} is full and one figure more stands just outside: a cell seems to have been put in and the "
            "figures to stand one cell off. Whose they are cannot be told, so they were not read. Check each, and "
            "remove the one outside."
        ),
    ),
    "slipped-row": (
        (
            "{bare} 旁边的检查标记不在原来的第 {was} 列，移到了第 {now} 列：像是在中间插入或删除过单元格，"
            "数也跟着错开了，各是谁的说不清，没有读取。请对照底稿逐格核对，恢复原样。"
        ),
        (
            "The remark of {bare} stands in column {now} instead of {was}: cells seem to have been put in or taken "
            "out, and the figures went with them. Whose they are cannot be told, so they were not read. Put them "
            "back, cell by cell."
        ),
    ),
    "slipped-column": (
        (
            "{bare} 下面的检查标记不在原来的第 {was} 行，移到了第 {now} 行：像是在中间插入或删除过单元格，"
            "数也跟着错开了，各是谁的说不清，没有读取。请对照底稿逐格核对，恢复原样。"
        ),
        (
            "The remark of {bare} stands in row {now} instead of {was}: cells seem to have been put in or taken out, "
            "and the figures went with them. Whose they are cannot be told, so they were not read. Put them back, "
            "cell by cell."
        ),
    ),
    "disturbed": (
        (
            "{label}：栏目还在原处，数却挪动过（像是移动过数，或插入、删除过单元格），各是谁的说不清，没有读取。"
            "请对照底稿逐格核对，恢复原样。"
        ),
        (
            "{label}: the headings stand where they were, but the figures were moved (or cells put in or taken out). "
            "Whose they are cannot be told, so they were not read. Put them back, cell by cell."
        ),
    ),
    "two-rows": (
        "栏目下面不止一行数，说不清哪一行是要报的，没有读取。请只留一行。",
        (
            "There is more than one row of figures below the headings; which is meant cannot be told, so none was "
            "read. Keep one."
        ),
    ),
    "validation": (
        (
            "有 {now} 格的填写检查（数据有效性）没有了，多半是整格粘贴造成的；已按报表重新核对。"
            "粘贴时请用“选择性粘贴—数值”。"
        ),
        (
            "Input checks are gone from some cells ({now}), probably by pasting; they were checked here. Paste "
            "values only."
        ),
    ),
    "moved": (
        "栏目{label}不在原来的位置（原 {was}，现 {now}）；已按栏目名称读取，请核对。",
        "The heading {label} has moved ({was} to {now}); it was read by its name.",
    ),
    "inserted": (
        "多出一行或一列{label}，不在表中，没有读取。请移到表外或删除。",
        "An extra row or column {label} is not part of the form and was not read. Remove it.",
    ),
}
_NOT_FOUND = ("找不到{label}，没有读取。请换用下发的表格。", "{label} was not found and not read.")


def damage(t: Teller, f: Finding) -> str:
    """Rows, columns or tables are not as issued."""
    kind = str(f.facts["kind"])
    if kind.startswith("cop"):
        return _copies(t, f)
    if kind == "missing":
        return _missing(t, f)
    if kind == "table" and f.facts.get("labels", ())[1:]:
        titles = [quoted(str(title), t.lang) for title in f.facts["labels"]]
        return t.two(
            f"找不到 {len(titles)} 张表，没有读取：{'、'.join(titles)}。请恢复，或换用下发的表格。",
            f"{len(titles)} tables were not found and not read: {', '.join(titles)}. Use the issued form.",
        )
    bare = f.facts.get("label", "")
    words = {"label": quoted(str(bare), t.lang), "bare": bare}
    return t.two(*_SENTENCES.get(kind, _NOT_FOUND)).format(
        **words, was=f.facts.get("was", ""), now=f.facts.get("now", "")
    )


def _missing(t: Teller, f: Finding) -> str:
    """Headings that are nowhere, that stand twice, or in whose place something else stands."""
    label, now = quoted(str(f.facts["label"]), t.lang), str(f.facts.get("now") or "")
    if f.facts.get("labels"):
        labels = [str(one) for one in f.facts["labels"]]
        some = t.two("、", ", ").join(quoted(one, t.lang) for one in labels[:LISTED_CELLS])
        return t.two(
            f"找不到 {len(labels)} 个栏目，它们的数据没有读到：{some}{'等' if labels[LISTED_CELLS:] else ''}。"
            "请恢复这些栏目，或换用下发的表格。",
            f"{len(labels)} headings are missing; their figures were not read: {some}"
            f"{' and more' if labels[LISTED_CELLS:] else ''}. Restore them or use the issued form.",
        )
    if now and fold(now) == fold(str(f.facts["label"]).rpartition("/")[2]):
        return t.two(
            f"栏目{label}不止一处，说不清哪一处是要报的，都没有读取。请只留一处，或改回原来的名称。",
            f"The heading {label} stands more than once; which is meant cannot be told, so none was read. Keep one.",
        )
    if now:
        return t.two(
            f"找不到栏目{label}，这里写的是{quoted(clip(now), t.lang)}，不是同一个意思，没有读取。请改回原来的名称。",
            f"The heading {label} is missing; here stands {quoted(clip(now), t.lang)}, which means something else, so "
            "nothing was read. Restore the heading.",
        )
    return t.two(
        f"找不到栏目{label}，它的数据没有读到。请恢复这一栏，或换用下发的表格。",
        f"The heading {label} is missing; its figures were not read. Restore it or use the issued form.",
    )


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
