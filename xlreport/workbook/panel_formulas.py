"""The formulas of the totals and of the panel: what stands in a fresh workbook whatever is typed into it.

The words in them are those that `live` gives as results, from one source: a sheet never says other than its preview.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from xlreport.form.evaluate import formula_sheet
from xlreport.form.layout import PANEL_SHEET, Cell, Layout
from xlreport.form.model import Form, Origin, Rule, Severity
from xlreport.form.table import Item
from xlreport.rules.formula import SIGNS, Address, Sheet, letters, reference, side, status, test_of, total, unreadable
from xlreport.rules.judge import Verdict
from xlreport.rules.nodes import Op
from xlreport.workbook import panel as at
from xlreport.workbook.panel import Check, panel

PASS, FAIL, OPEN, NOT = (SIGNS[v] for v in (Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.NOT_APPLICABLE))
UNFILLED, UNFILLED_LEVEL, NO_NUMBER, NOT_HERE = "未填全", "未填全，或封面未选单位层级", "有的格不是数字", "不适用"
_VERBS = {
    Op.NE: "不应等于", Op.LE: "不应大于", Op.GE: "不应小于", Op.LT: "应小于", Op.GT: "应大于",
}  # fmt: skip
LONGEST = 8192  # characters of a formula in Excel
LEFT_TO_US = {at.RESULT: OPEN, at.REMARK: "关系太长，表内不核对，交回后由 xlreport 核对"} | dict.fromkeys(
    (at.LEFT, at.RIGHT, at.GAP, at.WORDS), ""
)
_WAYS = 8  # ways to make a form whose formulas are kept


def panel_formulas(form: Form, layout: Layout, computed: Collection[Item]) -> Mapping[Cell, str]:
    """The formulas of the totals and of the panel, which stand whatever is typed: most of the work, kept with the form.

    A workbook can be made with other totals computed, and few ways to do so are ever asked for.
    """
    kept: dict[frozenset[Item], dict[Cell, str]] = form.__dict__.setdefault("_formulas", {})
    key = frozenset(computed)
    found = kept.get(key)
    if found is None:
        found = {}
        for item in form.items:
            if item in computed:
                cell = layout.cells[item]
                found[cell] = total(form.index[item], formula_sheet(form, layout, cell.sheet, computed))
        on_panel = formula_sheet(form, layout, PANEL_SHEET, computed)
        for check in panel(form, layout).checks:
            for col, formula in _panel_row(layout, on_panel, check).items():
                found[at.panel_cell(check.row, col)] = formula
        if len(kept) >= _WAYS:
            kept.clear()
        kept[key] = found  # whole: another thread may ask for it
    return found


def _panel_row(layout: Layout, sheet: Sheet, check: Check) -> Mapping[int, str]:
    """The formulas of one check, by column."""
    rule, i = check.rule, check.instance
    columns = (at.RESULT, at.LEFT, at.RIGHT, at.GAP, at.WORDS)
    result, e, f, g, words = (f"{letters(col)}{check.row + 1}" for col in columns)
    shown = f'IF(OR({result}="{PASS}",{result}="{FAIL}"),'
    level_cell = _level(layout, PANEL_SHEET)
    unfilled = f"IF({words}>0,{quoted(NO_NUMBER)},{_unfilled(rule, level_cell)})"
    names = (level_cell, sorted(rule.unless_level)) if rule.unless_level else None
    lefts, rights = _sides(rule, i, sheet)
    found = {
        at.LEFT: f'IFERROR({shown}ROUND({lefts},6),""),"")',
        at.RIGHT: f'IFERROR({shown}ROUND({rights},6),""),"")',
        at.GAP: f'IF({e}="","",ROUND({e}-{f},6))',
        at.RESULT: status(rule.bound, i, sheet, names, words),
        at.REMARK: _remark_formula(rule, result, (e, f, g), unfilled),
        at.WORDS: unreadable(rule.bound.items(i), sheet),
    }
    if any(len(formula) > LONGEST for formula in found.values()):  # Excel would not open the workbook
        return {col: quoted(LEFT_TO_US[col]) for col in found}
    return found


def _level(layout: Layout, home: str) -> str:
    """The cell that names the unit's level; an empty text where the form does not ask for it."""
    cell = layout.cover.get("level")
    return reference(Address(*cell), home) if cell else '""'


def _sides(rule: Rule, instance: int, sheet: Sheet) -> tuple[str, str]:
    """Both sides of the first conclusion that does not hold, else of the first."""
    parts = rule.bound.conclusion
    texts = []
    for take in ("left", "right"):
        text = side(getattr(parts[0], take), instance, sheet)
        for part in reversed(parts) if len(parts) > 1 else ():
            test = test_of(part, instance, sheet, rule.bound.tolerance)
            text = f"IF({test},{text},{side(getattr(part, take), instance, sheet)})"
        texts.append(text)
    return texts[0], texts[1]


def _unfilled(rule: Rule, level: str) -> str:
    return f'IF({level}="",{quoted(UNFILLED_LEVEL)},{quoted(UNFILLED)})' if rule.unless_level else quoted(UNFILLED)


def _remark_formula(rule: Rule, result: str, numbers: tuple[str, str, str], unfilled: str) -> str:
    left, right, gap = numbers
    before, between, after = words_of(rule)
    if between:
        failed = f"{quoted(before)}&{left}&{quoted(between)}&{right}"
        failed += f"&{quoted('，差 ')}&ABS({gap})" if after else ""
        failed += f"&{quoted(advice(rule))}" if advice(rule) else ""
    else:
        failed = quoted(before)
    return f'IF({result}="{FAIL}",{failed},IF({result}="{OPEN}",{unfilled},IF({result}="{NOT}",{quoted(NOT_HERE)},"")))'


def words_of(rule: Rule) -> tuple[str, str, bool]:
    """What stands before the left side, between the sides, and whether the difference follows."""
    comparison = rule.bound.conclusion[0]
    if rule.bound.link is not None or len(rule.bound.conclusion) > 1:
        return f"不符：{told(rule)}{advice(rule)}", "", False
    if rule.origin is Origin.TREE:
        return "各项之和 ", "，总计 ", True
    if comparison.op is Op.EQ:
        return f"{told(rule)}：左边 ", "，右边 ", True
    return f"{told(rule)}：左边 ", f" {_VERBS[comparison.op]}右边 ", False


def advice(rule: Rule) -> str:
    """What to do about a soft relation that does not hold; an error must simply be put right."""
    return "" if rule.severity is Severity.ERROR else "（请核对或说明）"


def told(rule: Rule) -> str:
    """A relation in few words: its name, else the statement itself as far as a cell's text allows."""
    return rule.short


def quoted(text: str) -> str:
    """A text as it stands in a formula."""
    return '"' + text.replace('"', '""') + '"'
