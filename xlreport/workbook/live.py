"""Every formula of ours in a workbook, with the result that a spreadsheet will find for it.

The results are worked out by the same rules that check a report, never by reading a formula: whoever opens the file
without recalculating (LibreOffice, a preview, a phone) sees the truth. Knows nothing of how a workbook is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from xlreport.form.evaluate import evaluate, formula_sheet, is_placeholder, judge_rule
from xlreport.form.layout import INFO_ROW, PANEL_SHEET, Cell, Layout, SheetLayout
from xlreport.form.model import Form, Rule, Severity
from xlreport.form.table import Item
from xlreport.record import NamedTuple
from xlreport.rules.formula import SIGNS, count_unreadable
from xlreport.rules.judge import Values, concluded
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import plain
from xlreport.workbook import panel as at
from xlreport.workbook.formulas import (
    FAIL,
    LEFT_TO_US,
    NO_NUMBER,
    NOT,
    NOT_HERE,
    NOTHING_TO_CHECK,
    OPEN,
    PASS,
    UNFILLED,
    UNFILLED_LEVEL,
    UNIT_LINE,
    YEAR_LINE,
    advice,
    formulas,
    quoted,
    words_of,
)
from xlreport.workbook.panel import Check, panel, remark_column, summary_cell

Result = str | int | Decimal


class Live(NamedTuple):
    """A cell with a formula of ours (without `=`) and its result."""

    cell: Cell
    formula: str
    result: Result


class Outcome(NamedTuple):
    """How one check came out: the sign, both sides if there is a verdict, and the remark."""

    sign: str
    left: Number | None
    right: Number | None
    remark: str
    odd: int = 0  # cells of it that hold words


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
    index = form.index
    texts = {index[item] for item, text in words.items() if not is_placeholder(text)}
    typed = {index[item] for item in numbers if item not in computed}
    values = evaluate(form, numbers, [form.items[i] for i in texts], computed)
    written = formulas(form, layout, computed)
    checks, on_panel = panel(form, layout), formula_sheet(form, layout, PANEL_SHEET, computed)
    level = str(cover.get("level", ""))
    outcomes = []
    for check in checks.checks:
        odd = count_unreadable(check.rule.bound.items(check.instance), on_panel, texts, typed)
        outcomes.append(outcome_of(check, values, level, odd=odd, left_to_us=is_left_to_us(check, written)))
    filled = {item for item in (*numbers, *words) if item not in computed}
    results: dict[Cell, Result] = {}
    for item in form.items:
        if item in computed:
            i = index[item]
            results[layout.cells[item]] = "" if i in values.blank else values.numbers[i]
    for check, outcome in zip(checks.checks, outcomes, strict=True):
        results |= zip(panel_cells(check), panel_results(outcome), strict=True)
    for sheet in layout.sheets:
        own = checks.of(sheet.name)
        results[Cell(sheet.name, INFO_ROW, 0)] = _info_line(layout, cover)
        for row, group in checks.beside(sheet.name).items():
            told = [outcomes[check.row - at.FIRST] for check in group]
            results[Cell(sheet.name, row, remark_column(sheet))] = said_beside(told)
        for check in own:
            if check.below is not None:
                results[check.below] = said_below(outcomes[check.row - at.FIRST])
        left = empty(form, sheet, computed, filled, sections)
        results[summary_cell(sheet)] = said_of(sheet, own, [outcomes[check.row - at.FIRST] for check in own], left)
    results[at.panel_cell(at.SUMMARY, 0)] = said_of_all(checks.checks, outcomes)
    results |= progress(layout, results)
    return [Live(cell, written[cell], result) for cell, result in results.items()]


def _info_line(layout: Layout, cover: Mapping[str, str | int]) -> str:
    said = UNIT_LINE
    if "unit" in layout.cover:
        said += str(cover.get("unit", ""))
    if "period" in layout.cover:
        said += f"{YEAR_LINE}{cover['period']}年" if cover.get("period", "") != "" else YEAR_LINE
    return said


# --- the panel: one row for each check ---------------------------------------------------------------------

_PANEL = (at.LEFT, at.RIGHT, at.GAP, at.RESULT, at.REMARK, at.WORDS)


def panel_cells(check: Check) -> list[Cell]:
    """The cells of the panel in which a check is told."""
    return [at.panel_cell(check.row, col) for col in _PANEL]


def is_left_to_us(check: Check, written: Mapping[Cell, str]) -> bool:
    """Whether a relation is too long for a formula."""
    return written[at.panel_cell(check.row, at.REMARK)] == quoted(LEFT_TO_US[at.REMARK])


def outcome_of(check: Check, values: Values, level: str, *, odd: int = 0, left_to_us: bool = False) -> Outcome:
    """How a check comes out; `odd` is how many of its cells hold words."""
    rule, i = check.rule, check.instance
    if left_to_us:
        return Outcome(OPEN, None, None, LEFT_TO_US[at.REMARK])
    sign = SIGNS[judge_rule(rule, i, values, level).verdict]
    left, right = None, None
    if sign in {PASS, FAIL}:
        left, right = map(_rounded, concluded(rule.bound, i, values.numbers))
    return Outcome(sign, left, right, _remark(rule, sign, left, right, level, odd=odd > 0), odd)


def panel_results(outcome: Outcome) -> tuple[Result, Result, Result, Result, Result, Result]:
    """What stands in the cells of the panel."""
    sign, left, right, remark, odd = outcome
    if remark == LEFT_TO_US[at.REMARK]:
        return "", "", "", sign, remark, ""
    if left is None or right is None:
        return "", "", "", sign, remark, odd
    return left, right, left - right, sign, remark, odd


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


# --- beside the rows, below the columns, and how a sheet stands --------------------------------------------


def said_beside(found: Sequence[Outcome]) -> str:
    """What is told at the end of a row of its checks."""
    said = "".join(f"{FAIL} {one.remark}　" for one in found if one.sign == FAIL)
    if said:
        return said
    waiting = next((one.remark for one in found if one.sign == OPEN), None)
    if waiting is not None:
        return f"{OPEN} {waiting}"
    return PASS if any(one.sign == PASS for one in found) else NOT


def said_below(outcome: Outcome) -> str:
    """What is told under a column of a check."""
    if outcome.sign != FAIL:
        return outcome.sign
    left, right = outcome.left or 0, outcome.right or 0
    return f"{FAIL}差{plain(max(left - right, right - left))}"


def empty(
    form: Form,
    sheet: SheetLayout,
    computed: Collection[Item],
    filled: Collection[Item],
    sections: Collection[str],
) -> int:
    """How much of a sheet is not filled in: of its sections, or of its cells."""
    if sheet.plan.sections:
        return sum(section not in sections for section in sheet.plan.sections)
    items = (item for table in sheet.plan.tables for item in form.tables[table].items)
    return sum(item not in filled for item in items if item not in computed)


def said_of(sheet: SheetLayout, own: Sequence[Check], found: Sequence[Outcome], empty: int) -> str:
    """How a sheet stands, of which so much is not filled in."""
    if sheet.plan.sections:
        return f"{OPEN} 尚有 {empty} 部分未写" if empty else f"{PASS} 已写"
    broken = _broken(own, found, "处")
    if broken:
        return broken
    if empty:
        return f"{OPEN} 尚有 {empty} 格未填"
    still = sum(one.sign == OPEN for one in found)
    if still:
        return f"{OPEN} 有 {still} 条关系还不能判断"
    return f"{PASS} 本表各项关系成立" if own else f"{PASS} 已填全"


def said_of_all(checks: Sequence[Check], found: Sequence[Outcome]) -> str:
    """How the whole workbook stands."""
    if not checks:
        return NOTHING_TO_CHECK
    still = sum(one.sign == OPEN for one in found)
    broken = _broken(checks, found, "条")
    if broken:
        return broken + (f"，{still} 条未填全" if still else "")
    return f"{OPEN} {still} 条未填全" if still else f"{PASS} 全部成立"


def _broken(own: Sequence[Check], found: Sequence[Outcome], word: str) -> str:
    """What a summary says of relations that do not hold; "" if all do."""
    graves = [check.rule.severity is Severity.ERROR for check, one in zip(own, found, strict=True) if one.sign == FAIL]
    errors = sum(graves)
    warnings = len(graves) - errors
    if errors:
        return f"{FAIL} {errors} {word}不符" + (f"，{warnings} {word}请核对或说明" if warnings else "")
    return f"{FAIL} {warnings} {word}请核对或说明" if warnings else ""


def progress(layout: Layout, results: Mapping[Cell, Result]) -> Iterator[tuple[Cell, Result]]:
    """The cover's list of sheets: each line repeats what the sheet says of itself."""
    sources = [*(summary_cell(sheet) for sheet in layout.sheets), at.panel_cell(at.SUMMARY, 0)]
    for i, source in enumerate(sources):
        yield at.progress_cell(i), results[source]
