"""Every formula of ours in a workbook, with the result that a spreadsheet will find for it.

The results are worked out by the same rules that check a report, never by reading a formula: whoever opens the file
without recalculating (LibreOffice, a preview, a phone) sees the truth. Knows nothing of how a workbook is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from xlreport.form.evaluate import evaluate, formula_sheet, is_placeholder, judge_rule
from xlreport.form.layout import COVER_SHEET, INFO_ROW, PANEL_SHEET, Cell, Layout, SheetLayout
from xlreport.form.model import Form, Rule, Severity
from xlreport.form.table import Item
from xlreport.rules.formula import (
    SIGNS,
    Address,
    count_unreadable,
    letters,
    reference,
)  # fmt: skip
from xlreport.rules.judge import Values, concluded
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import plain
from xlreport.workbook import panel as at
from xlreport.workbook.panel import Check, Panel, panel, remark_column, summary_cell
from xlreport.workbook.panel_formulas import (
    FAIL,
    LEFT_TO_US,
    NO_NUMBER,
    NOT,
    NOT_HERE,
    OPEN,
    PASS,
    UNFILLED,
    UNFILLED_LEVEL,
    advice,
    panel_formulas,
    quoted,
    words_of,
)

Result = str | int | Decimal

_ARGUMENTS = 200  # of one COUNTA; Excel takes 255


@dataclass(frozen=True, slots=True)
class Live:
    """A cell with a formula of ours (without `=`) and its result."""

    cell: Cell
    formula: str
    result: Result


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How one check came out: the sign, both sides if there is a verdict, and the remark."""

    sign: str
    left: Number | None
    right: Number | None
    remark: str

    @property
    def distance(self) -> Number:
        left, right = self.left or 0, self.right or 0
        return max(left - right, right - left)


def live_cells(
    form: Form,
    layout: Layout,
    computed: Collection[Item],
    numbers: Mapping[Item, Number],
    cover: Mapping[str, str | int],
    *,
    words: Mapping[Item, str] | None = None,
    sections: Collection[str] = (),
) -> list[Live]:
    """Every formula of a workbook whose typed cells hold these `numbers` and `words`.

    `computed` are the totals that the workbook works out; `cover` has the cover's fields as their cells hold them;
    `sections` are the text sections in which something is written.
    """
    words = words or {}
    values = evaluate(form, numbers, [i for i, text in words.items() if not is_placeholder(text)], computed)
    checks, formulas = panel(form, layout), panel_formulas(form, layout, computed)
    found = [*_totals(form, layout, computed, values, formulas), *_info_lines(layout, cover)]
    outcomes = []
    index = form.index
    texts = {index[item] for item, text in words.items() if not is_placeholder(text)}
    typed = {index[item] for item in numbers if item not in computed}
    on_panel = formula_sheet(form, layout, PANEL_SHEET, computed)
    for check in checks.checks:
        odd = count_unreadable(check.rule.bound.items(check.instance), on_panel, texts, typed)
        cells, outcome = _check(values, check, str(cover.get("level", "")), formulas, odd)
        found += cells
        outcomes.append(outcome)
    filled = {item for item in (*numbers, *words) if item not in computed}
    for sheet in layout.sheets:
        found += _remarks(sheet, checks, outcomes)
        found += _below(sheet, checks, outcomes)
        found.append(_sheet_summary(form, layout, sheet, checks, outcomes, computed, filled, sections))
    found.append(_panel_summary(checks, outcomes))
    found += _progress(layout, found)
    return found


# --- totals and the line under the title -------------------------------------------------------------------


def _totals(
    form: Form, layout: Layout, computed: Collection[Item], values: Values, formulas: Mapping[Cell, str]
) -> Iterator[Live]:
    for item in form.items:
        if item in computed:
            cell, i = layout.cells[item], form.index[item]
            yield Live(cell, formulas[cell], "" if i in values.blank else values.numbers[i])


def _info_lines(layout: Layout, cover: Mapping[str, str | int]) -> Iterator[Live]:
    unit, year = (layout.cover.get(field) for field in ("unit", "period"))
    for sheet in layout.sheets:
        formula, result = '"填报单位："', "填报单位："
        if unit:
            formula += f"&{reference(Address(*unit), sheet.name)}"
            result += str(cover.get("unit", ""))
        if year:
            name = reference(Address(*year), sheet.name)
            formula += f'&"　　报告年度："&{name}&IF({name}="","","年")'
            result += f"　　报告年度：{cover['period']}年" if cover.get("period", "") != "" else "　　报告年度："
        yield Live(Cell(sheet.name, INFO_ROW, 0), formula, result)


# --- the panel: one row for each check ---------------------------------------------------------------------


def _check(
    values: Values, check: Check, level: str, formulas: Mapping[Cell, str], odd: int
) -> tuple[list[Live], _Outcome]:
    rule, i = check.rule, check.instance
    results: Mapping[int, Result]
    if formulas[at.panel_cell(check.row, at.REMARK)] == quoted(LEFT_TO_US[at.REMARK]):
        outcome, results = _Outcome(OPEN, None, None, LEFT_TO_US[at.REMARK]), LEFT_TO_US
    else:
        judgement = judge_rule(rule, i, values, level)
        sign = SIGNS[judgement.verdict]
        decided = sign in {PASS, FAIL}
        left, right = map(_rounded, concluded(rule.bound, i, values.numbers)) if decided else (None, None)
        outcome = _Outcome(sign, left, right, _remark(rule, sign, left, right, level, odd=odd > 0))
        results = {
            at.LEFT: "" if left is None else left,
            at.RIGHT: "" if right is None else right,
            at.GAP: "" if left is None or right is None else left - right,
            at.RESULT: sign,
            at.REMARK: outcome.remark,
            at.WORDS: odd,
        }
    cells = {at.panel_cell(check.row, col): result for col, result in results.items()}
    return [Live(cell, formulas[cell], result) for cell, result in cells.items()], outcome


def _rounded(number: Number) -> Number:
    if isinstance(number, int) or number == number.to_integral_value():
        return int(number)
    return number.quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize()


def _remark(rule: Rule, sign: str, left: Number | None, right: Number | None, level: str, *, odd: bool) -> str:
    if sign == OPEN and odd:
        return NO_NUMBER
    if sign == OPEN:
        return UNFILLED_LEVEL if rule.unless_level and not level else UNFILLED
    if sign != FAIL or left is None or right is None:
        return NOT_HERE if sign == NOT else ""
    before, between, after = words_of(rule)
    if not between:
        return before
    text = f"{before}{plain(left)}{between}{plain(right)}"
    return text + (f"，差 {plain(max(left - right, right - left))}" if after else "") + advice(rule)


# --- beside the rows, below the columns --------------------------------------------------------------------


def _remarks(sheet: SheetLayout, checks: Panel, outcomes: Sequence[_Outcome]) -> Iterator[Live]:
    rows: dict[int, list[Check]] = {}
    for check in checks.of(sheet.name):
        if check.beside is not None:
            rows.setdefault(check.beside, []).append(check)
    for row, group in sorted(rows.items()):
        found = [outcomes[check.row - at.FIRST] for check in group]
        signs = [_panel_name(sheet.name, check.row, at.RESULT) for check in group]
        words = [_panel_name(sheet.name, check.row, at.REMARK) for check in group]

        def any_is(sign: str, signs: Sequence[str] = signs) -> str:
            tests = ",".join(f'{name}="{sign}"' for name in signs)
            return f"OR({tests})" if len(signs) > 1 else tests

        failed = "&".join(f'IF({s}="{FAIL}","{FAIL} "&{w}&"　","")' for s, w in zip(signs, words, strict=True))
        waiting = '""'
        for s, w in reversed(list(zip(signs, words, strict=True))):
            waiting = f'IF({s}="{OPEN}","{OPEN} "&{w},{waiting})'
        formula = f'IF({any_is(FAIL)},{failed},IF({any_is(OPEN)},{waiting},IF({any_is(PASS)},"{PASS}","{NOT}")))'
        result = "".join(f"{FAIL} {o.remark}　" for o in found if o.sign == FAIL)
        if not result:
            seen = {o.sign for o in found}
            why = next((o.remark for o in found if o.sign == OPEN), "")
            result = f"{OPEN} {why}" if OPEN in seen else PASS if PASS in seen else NOT
        yield Live(Cell(sheet.name, row, remark_column(sheet)), formula, result)


def _below(sheet: SheetLayout, checks: Panel, outcomes: Sequence[_Outcome]) -> Iterator[Live]:
    for check in checks.of(sheet.name):
        if check.below is not None:
            outcome = outcomes[check.row - at.FIRST]
            sign, gap = (_panel_name(sheet.name, check.row, col) for col in (at.RESULT, at.GAP))
            result = outcome.sign
            if result == FAIL:
                result = f"{FAIL}差{plain(outcome.distance)}"
            yield Live(check.below, f'IF({sign}="{FAIL}","{FAIL}差"&ABS({gap}),{sign})', result)


def _panel_name(home: str, row: int, col: int) -> str:
    return reference(Address(PANEL_SHEET, row, col), home)


# --- how a sheet stands, and the whole ---------------------------------------------------------------------


def _sheet_summary(
    form: Form,
    layout: Layout,
    sheet: SheetLayout,
    checks: Panel,
    outcomes: Sequence[_Outcome],
    computed: Collection[Item],
    filled: Collection[Item],
    sections: Collection[str],
) -> Live:
    if sheet.plan.sections:
        cells = [reference(Address(*layout.sections[s]), sheet.name) for s in sheet.plan.sections]
        blank = len(cells) - sum(s in sections for s in sheet.plan.sections)
        left = f"{len(cells)}-COUNTA({','.join(cells)})"
        formula = f'IF({left}>0,"{OPEN} 尚有 "&({left})&" 部分未写","{PASS} 已写")'
        return Live(summary_cell(sheet), formula, f"{OPEN} 尚有 {blank} 部分未写" if blank else f"{PASS} 已写")
    typed = [item for table in sheet.plan.tables for item in form.tables[table].items if item not in computed]
    blank = sum(item not in filled for item in typed)
    left = f"{len(typed)}{_counts(layout, typed, sheet.name)}"
    own = checks.of(sheet.name)
    if not own:
        formula = f'IF({left}>0,"{OPEN} 尚有 "&({left})&" 格未填","{PASS} 已填全")'
        return Live(summary_cell(sheet), formula, f"{OPEN} 尚有 {blank} 格未填" if blank else f"{PASS} 已填全")
    found = [outcomes[check.row - at.FIRST] for check in own]
    formula, result = _summary(own, found, sheet.name)
    formula = f'{formula}IF({left}>0,"{OPEN} 尚有 "&({left})&" 格未填",'
    if not result and blank:
        result = f"{OPEN} 尚有 {blank} 格未填"
    waiting = _count(own, sheet.name, OPEN)
    formula += f'IF({waiting}>0,"{OPEN} 有 "&{waiting}&" 条关系还不能判断","{PASS} 本表各项关系成立"))))'
    if not result:
        still = sum(o.sign == OPEN for o in found)
        result = f"{OPEN} 有 {still} 条关系还不能判断" if still else f"{PASS} 本表各项关系成立"
    return Live(summary_cell(sheet), formula, result)


def _panel_summary(checks: Panel, outcomes: Sequence[_Outcome]) -> Live:
    cell = at.panel_cell(at.SUMMARY, 0)
    if not checks.checks:
        return Live(cell, f'"{NOT} 本表式没有可以随填随查的关系"', f"{NOT} 本表式没有可以随填随查的关系")
    waiting, still = _count(checks.checks, PANEL_SHEET, OPEN), sum(o.sign == OPEN for o in outcomes)
    tail = f'&IF({waiting}>0,"，"&{waiting}&" 条未填全","")'
    formula, result = _summary(checks.checks, outcomes, PANEL_SHEET, "条", tail)
    formula += f'IF({waiting}>0,"{OPEN} "&{waiting}&" 条未填全","{PASS} 全部成立")))'
    if not result:
        result = f"{OPEN} {still} 条未填全" if still else f"{PASS} 全部成立"
    elif still:
        result += f"，{still} 条未填全"
    return Live(cell, formula, result)


def _progress(layout: Layout, found: Sequence[Live]) -> Iterator[Live]:
    """The cover's list of sheets: each line repeats what the sheet says of itself."""
    results = {live.cell: live.result for live in found}
    sources = [*(summary_cell(sheet) for sheet in layout.sheets), at.panel_cell(at.SUMMARY, 0)]
    for i, source in enumerate(sources):
        yield Live(at.progress_cell(i), reference(Address(*source), COVER_SHEET), results[source])


def _summary(
    own: Sequence[Check], found: Sequence[_Outcome], home: str, word: str = "处", tail: str = ""
) -> tuple[str, str]:
    """The beginning of a summary's formula, with two IFs left open, and its result if something is broken."""
    graves = [check.rule.severity is Severity.ERROR for check in own]
    errors = sum(o.sign == FAIL and grave for o, grave in zip(found, graves, strict=True))
    warnings = sum(o.sign == FAIL and not grave for o, grave in zip(found, graves, strict=True))
    bad, fair = _count(own, home, FAIL, at.MUST), _count(own, home, FAIL, at.MAY)
    formula = (
        f'IF({bad}>0,"{FAIL} "&{bad}&" {word}不符"&IF({fair}>0,"，"&{fair}&" {word}请核对或说明",""){tail},'
        f'IF({fair}>0,"{FAIL} "&{fair}&" {word}请核对或说明"{tail},'
    )
    if errors:
        return formula, f"{FAIL} {errors} {word}不符" + (f"，{warnings} {word}请核对或说明" if warnings else "")
    return formula, f"{FAIL} {warnings} {word}请核对或说明" if warnings else ""


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
