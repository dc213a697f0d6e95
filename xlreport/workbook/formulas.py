"""Every formula of a fresh workbook: what stands in it whatever is typed, worked out once for a form.

The words in them are those that `live` gives as results, from one source: a sheet never says other than its preview.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from xlreport.form.evaluate import formula_sheet
from xlreport.form.layout import COVER_SHEET, INFO_ROW, PANEL_SHEET, Cell, Layout, SheetLayout
from xlreport.form.model import Form, Origin, Rule, Severity
from xlreport.form.table import Item
from xlreport.rules.formula import SIGNS, Address, Sheet, letters, reference, side, status, test_of, total, unreadable
from xlreport.rules.judge import Verdict
from xlreport.rules.nodes import Op
from xlreport.workbook import panel as at
from xlreport.workbook.panel import Check, Panel, panel, remark_column, summary_cell

PASS, FAIL, OPEN, NOT = (SIGNS[v] for v in (Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.NOT_APPLICABLE))
UNFILLED, UNFILLED_LEVEL, NO_NUMBER, NOT_HERE = "未填全", "未填全，或封面未选单位层级", "有的格不是数字", "不适用"
_VERBS = {
    Op.NE: "不应等于", Op.LE: "不应大于", Op.GE: "不应小于", Op.LT: "应小于", Op.GT: "应大于",
}  # fmt: skip
LONGEST = 8192  # characters of a formula in Excel
LEFT_TO_US = {at.RESULT: OPEN, at.REMARK: "关系太长，表内不核对，交回后由 xlreport 核对"} | dict.fromkeys(
    (at.LEFT, at.RIGHT, at.GAP, at.WORDS), ""
)
UNIT_LINE, YEAR_LINE = "填报单位：", "　　报告年度："
NOTHING_TO_CHECK = f"{NOT} 本表式没有可以随填随查的关系"
_WAYS = 8  # ways to make a form whose formulas are kept
_ARGUMENTS = 200  # of one COUNTA; Excel takes 255


def formulas(form: Form, layout: Layout, computed: Collection[Item]) -> Mapping[Cell, str]:
    """Every formula (without `=`) by its cell, kept with the form.

    `computed` are the totals that the workbook works out: it can be made with others, in the few ways that are asked
    for.
    """
    kept: dict[frozenset[Item], dict[Cell, str]] = form.kept("_formulas", dict)
    key = frozenset(computed)
    found = kept.get(key)
    if found is None:
        found = dict(_all(form, layout, key))
        if len(kept) >= _WAYS:
            kept.clear()
        kept[key] = found  # whole: another thread may ask for it
    return found


def _all(form: Form, layout: Layout, computed: Collection[Item]) -> Iterator[tuple[Cell, str]]:
    for item in form.items:
        if item in computed:
            cell = layout.cells[item]
            yield cell, total(form.index[item], formula_sheet(form, layout, cell.sheet, computed))
    checks = panel(form, layout)
    on_panel = formula_sheet(form, layout, PANEL_SHEET, computed)
    for check in checks.checks:
        for col, formula in _panel_row(layout, on_panel, check).items():
            yield at.panel_cell(check.row, col), formula
    for sheet in layout.sheets:
        yield Cell(sheet.name, INFO_ROW, 0), _info_line(layout, sheet)
        for row, group in checks.beside(sheet.name).items():
            yield Cell(sheet.name, row, remark_column(sheet)), _remark_beside(sheet, group)
        for check in checks.of(sheet.name):
            if check.below is not None:
                sign, gap = (_panel_name(sheet.name, check.row, col) for col in (at.RESULT, at.GAP))
                yield check.below, f'IF({sign}="{FAIL}","{FAIL}差"&ABS({gap}),{sign})'
        yield summary_cell(sheet), _sheet_summary(form, layout, sheet, checks, computed)
    yield at.panel_cell(at.SUMMARY, 0), _panel_summary(checks)
    sources = [*(summary_cell(sheet) for sheet in layout.sheets), at.panel_cell(at.SUMMARY, 0)]
    for i, source in enumerate(sources):  # each line of the cover repeats what the sheet says of itself
        yield at.progress_cell(i), reference(Address(*source), COVER_SHEET)


def _info_line(layout: Layout, sheet: SheetLayout) -> str:
    unit, year = (layout.cover.get(field) for field in ("unit", "period"))
    formula = quoted(UNIT_LINE)
    if unit:
        formula += f"&{reference(Address(*unit), sheet.name)}"
    if year:
        name = reference(Address(*year), sheet.name)
        formula += f'&{quoted(YEAR_LINE)}&{name}&IF({name}="","","年")'
    return formula


# --- the panel: one row for each check ---------------------------------------------------------------------


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


# --- beside the rows, and how a sheet stands ---------------------------------------------------------------


def _panel_name(home: str, row: int, col: int) -> str:
    return reference(Address(PANEL_SHEET, row, col), home)


def _remark_beside(sheet: SheetLayout, group: Sequence[Check]) -> str:
    signs = [_panel_name(sheet.name, check.row, at.RESULT) for check in group]
    words = [_panel_name(sheet.name, check.row, at.REMARK) for check in group]

    def any_is(sign: str) -> str:
        tests = ",".join(f'{name}="{sign}"' for name in signs)
        return f"OR({tests})" if len(signs) > 1 else tests

    failed = "&".join(f'IF({s}="{FAIL}","{FAIL} "&{w}&"　","")' for s, w in zip(signs, words, strict=True))
    waiting = '""'
    for s, w in reversed(list(zip(signs, words, strict=True))):
        waiting = f'IF({s}="{OPEN}","{OPEN} "&{w},{waiting})'
    return f'IF({any_is(FAIL)},{failed},IF({any_is(OPEN)},{waiting},IF({any_is(PASS)},"{PASS}","{NOT}")))'


def _sheet_summary(form: Form, layout: Layout, sheet: SheetLayout, checks: Panel, computed: Collection[Item]) -> str:
    if sheet.plan.sections:
        cells = [reference(Address(*layout.sections[s]), sheet.name) for s in sheet.plan.sections]
        left = f"{len(cells)}-COUNTA({','.join(cells)})"
        return f'IF({left}>0,"{OPEN} 尚有 "&({left})&" 部分未写","{PASS} 已写")'
    typed = [item for table in sheet.plan.tables for item in form.tables[table].items if item not in computed]
    left = f"{len(typed)}{_counts(layout, typed, sheet.name)}"
    own = checks.of(sheet.name)
    if not own:
        return f'IF({left}>0,"{OPEN} 尚有 "&({left})&" 格未填","{PASS} 已填全")'
    waiting = _count(own, sheet.name, OPEN)
    formula = f'{_broken(own, sheet.name, "处")}IF({left}>0,"{OPEN} 尚有 "&({left})&" 格未填",'
    return f'{formula}IF({waiting}>0,"{OPEN} 有 "&{waiting}&" 条关系还不能判断","{PASS} 本表各项关系成立"))))'


def _panel_summary(checks: Panel) -> str:
    if not checks.checks:
        return quoted(NOTHING_TO_CHECK)
    waiting = _count(checks.checks, PANEL_SHEET, OPEN)
    tail = f'&IF({waiting}>0,"，"&{waiting}&" 条未填全","")'
    formula = _broken(checks.checks, PANEL_SHEET, "条", tail)
    return f'{formula}IF({waiting}>0,"{OPEN} "&{waiting}&" 条未填全","{PASS} 全部成立")))'


def _broken(own: Sequence[Check], home: str, word: str, tail: str = "") -> str:
    """The beginning of a summary, with two IFs left open: what it says if something is broken."""
    bad, fair = _count(own, home, FAIL, at.MUST), _count(own, home, FAIL, at.MAY)
    return (
        f'IF({bad}>0,"{FAIL} "&{bad}&" {word}不符"&IF({fair}>0,"，"&{fair}&" {word}请核对或说明",""){tail},'
        f'IF({fair}>0,"{FAIL} "&{fair}&" {word}请核对或说明"{tail},'
    )


def _count(own: Sequence[Check], home: str, sign: str, gravity: str = "") -> str:
    def area(col: int) -> str:
        first = _panel_name(home, own[0].row, col)
        return f"{first}:{letters(col)}{own[-1].row + 1}"

    if gravity:
        return f'COUNTIFS({area(at.RESULT)},"{sign}",{area(at.GRAVITY)},"{gravity}")'
    return f'COUNTIF({area(at.RESULT)},"{sign}")'


def _counts(layout: Layout, items: Collection[Item], home: str) -> str:
    """`-COUNTA(…)` of all these cells, drawn together down the columns."""
    cells = sorted((layout.cells[item] for item in items), key=lambda cell: (cell.col, cell.row))
    runs: list[list[Cell]] = []
    for cell in cells:
        if runs and (runs[-1][-1].col, runs[-1][-1].row + 1) == (cell.col, cell.row):
            runs[-1].append(cell)
        else:
            runs.append([cell])
    areas = [
        reference(Address(*run[0]), home) + (f":{letters(run[-1].col)}{run[-1].row + 1}" if len(run) > 1 else "")
        for run in runs
    ]
    return "".join(f"-COUNTA({','.join(areas[i : i + _ARGUMENTS])})" for i in range(0, len(areas), _ARGUMENTS))
