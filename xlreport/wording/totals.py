"""What the workbook of a total says around the form: its lists, its charts, its ledgers."""

from __future__ import annotations

from collections.abc import Mapping

NAMELESS = "汇总"  # the unit of a total for which the settings give no name
WORDS: Mapping[str, tuple[str, str]] = {
    "notes": ("汇总说明", "About the total"),
    "charts": ("图表", "Charts"),
    "title": ("{unit}　{period} 年《{form}》汇总说明", "{unit}, {form} {period}: about the total"),
    "made": ("汇总时间：{when}", "Made: {when}"),
    "counts": (
        "应报 {all} 个单位，计入 {included} 个；未计入 {left} 个：未报送 {missing}，有错误 {wrong}，版式不符 {edition}，空表 {blank}，"
        "金额单位不符 {money}。",
        "Units that report: {all}; included: {included}; left out: {left} ({missing} missing, {wrong} wrong, {edition} of"
        " another edition, {blank} blank, {money} in another unit of money).",
    ),
    "complete": ("每一个应报单位的数都已计入。", "Every unit that reports is included."),
    "incomplete": (
        "注意：汇总不全。未计入的单位列在下面，它们的数没有按 0 处理，也没有估计。",
        "This total is incomplete. What is left out is listed below; it is neither taken as 0 nor estimated.",
    ),
    "undecided": (
        "△ 还有 {count} 个留置的文件可能是这些单位的报表（或更新的一版），没有计入。",
        "△ Files kept aside that may be reports of these units, or newer ones, and are not included: {count}.",
    ),
    "gone": (
        "注意：这些单位报过表，但已不在花名册里，或已改为不填报，没有计入：{names}。",
        "These units have reported, and are no longer on the roster or need not report by it; not included: {names}.",
    ),
    "wrong-in-line": (
        "注意：按要求计入了 {count} 个还有错误的单位（下面列出），汇总数可能有误。",
        "Units included that still have errors, as was asked for: {count}; they are listed below.",
    ),
    "gaps-line": (
        "已计入的单位中，有 {units} 个的 {count} 格没有填数（空着、填“无”或读不出数），这些格没有数可加，下面列出。",
        "Cells without a number (blank, a word, unreadable) in the units included: {count}, of units: {units}. They add"
        " nothing and are listed below.",
    ),
    "how": (
        "每一格等于各单位同一格之和，总计由和重新计算；“明细”各页一行一个单位，点表中的数可以跳到，第 5 行是各单位之和的公式。",
        "Each figure is the sum of the units' own; totals are worked out again. The ledgers have a row for each unit; a"
        " click on a figure of the form leads there, and line 5 holds the sum as a formula.",
    ),
    "tolerance": (
        "有允许差的关系，各单位的尾差加在一起，按 {included} 份报表的允许差之和核对。",
        "Where a relation has a tolerance, those of all reports together ({included}) are allowed: roundings add up.",
    ),
    "years": (
        "与上年比较：{compared} 个单位两年都有报告，按相同的单位核对（RU-7）。",
        "Against last year: compared over the units that have reported both years, {compared} in all (RU-7).",
    ),
    "left-out": ("未计入的单位", "Units that are left out"),
    "wrong-in": ("已计入但还有错误的单位", "Units included that still have errors"),
    "gaps": ("已计入的单位里没有填数的格", "Cells without a number in units that are included"),
    "of-total": ("汇总表自身的核对结果", "Findings of the total itself"),
    "of-units": ("单位自己交来的汇总数（RU-1）", "Totals that units handed in themselves (RU-1)"),
    "over-years": ("与上年相同单位之和的核对（RU-7）", "Against last year's sum over the same units (RU-7)"),
    "explained": ("已说明的问题", "Findings that were explained"),
    "units": ("各单位情况", "The units"),
    "nothing": ("没有发现问题。", "Nothing to report."),
    "no-prior": ("没有上年数据，没有比较。", "Last year's data are not there; nothing was compared."),
    "status-chart": ("报送情况（单位数）", "Units by state"),
    "year": ("{year}（{units} 个单位）", "{year} (units: {units})"),
    "number": ("单位数", "units"),
    "section": (
        "（本表由 {included} 个单位的报表汇总生成，公布前请在此写明。）",
        "(Made by adding up reports, {included} in all; to be written before publication.)",
    ),
}
HEADS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "left-out": (("单位代码", "单位", "原因", "错误数", "说明"), ("Code", "Unit", "Why", "Errors", "Remark")),
    "gaps": (("单位代码", "单位", "格数", "", "哪些格"), ("Code", "Unit", "Cells", "", "Which")),
    "findings": (("级别", "位置", "代码", "规则", "问题"), ("Severity", "Place", "Code", "Rule", "Finding")),
    "explained": (
        ("单位代码", "单位", "代码", "规则", "说明", "说明人", "时间"),
        ("Code", "Unit", "Code", "Rule", "Reason", "By", "When"),
    ),
    "units": (
        ("单位代码", "单位", "状态", "第几版", "收到时间", "警告", "已说明"),
        ("Code", "Unit", "State", "Version", "Received", "Warnings", "Explained"),
    ),
}
LEDGER = {
    "prefix": ("明细 ", "Units "),
    "title": ("明细：{table}", "Units: {table}"),
    "remark": (
        "第 5 行是下面各单位之和（公式），第 6 行引自汇总表，第 7 行是两者之差，应为 0；不是 0 的，是有单位自己填的总计不等于它的"
        "各项之和。点栏目名称跳到汇总表中的那一格。",
        "Line 5 adds up the units below, line 6 is the form, line 7 their difference, which must be 0; else a unit's own"
        " total is not the sum of its parts. A click on a heading leads to its cell in the form.",
    ),
    "heads": (("单位代码", "单位", "状态"), ("Code", "Unit", "State")),
    "sums": (("各单位之和", "汇总表", "差"), ("Sum of units", "Form", "Difference")),
}
