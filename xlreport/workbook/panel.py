"""Which rules a workbook checks by itself, and where it says how each came out.

Every instance of every rule that needs no other report has one row on the sheet 勾稽检查. Beside its table the same is
said in short: at the end of a row, or below a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlreport.form.layout import COVER_SHEET, COVER_TOP, COVER_VALUE, GRID_TOP, PANEL_SHEET, Cell, Layout, SheetLayout
from xlreport.form.model import Form, Rule
from xlreport.form.table import Item

TITLE, SUMMARY, NOTE, HEADER, FIRST = 0, 1, 2, 3, 4  # rows of the panel
NUMBER, CODE, PLACE, RELATION, LEFT, RIGHT, GAP, RESULT, REMARK, GRAVITY = range(10)  # its columns
WORDS = 10  # hidden: how many cells of the relation hold words
HEADINGS = ("序号", "编号", "位置", "关系", "左边", "右边", "相差", "结果", "说明", "性质")
WIDTHS = (5.0, 8.5, 44.0, 30.0, 10.0, 10.0, 9.0, 6.0, 46.0, 6.0)
SECTION_COLUMNS = 8
MUST, MAY = "必须", "提示"  # a rule that must hold; one whose breach may be explained


@dataclass(frozen=True, slots=True)
class Check:
    """One instance of a rule in the panel."""

    rule: Rule
    instance: int
    row: int  # of the panel
    sheet: str  # where its table stands
    place: str  # in printed words
    anchor: Cell  # the cell that the panel leads to
    cells: tuple[Cell, ...]  # every cell of the relation
    beside: int | None = None  # the row at whose end it is told
    below: Cell | None = None  # the cell under the grid where it is told


@dataclass(frozen=True)
class Panel:
    """All checks of a form, sheet by sheet."""

    checks: tuple[Check, ...]
    left_out: int  # rules that compare with last year's report

    @property
    def last(self) -> int:
        """The last row of the panel, or the one before the first if there is nothing to check."""
        return FIRST + len(self.checks) - 1

    def of(self, sheet: str) -> tuple[Check, ...]:
        """The checks of one sheet; they stand together in the panel."""
        return tuple(check for check in self.checks if check.sheet == sheet)

    def beside(self, sheet: str) -> Mapping[int, Sequence[Check]]:
        """The rows of a sheet at whose ends checks are told, from above, with these."""
        rows: dict[int, list[Check]] = {}
        for check in self.of(sheet):
            if check.beside is not None:
                rows.setdefault(check.beside, []).append(check)
        return dict(sorted(rows.items()))


def printed_columns(sheet: SheetLayout) -> int:
    """How many columns are printed; a section is written over several, since LibreOffice shrinks no single column."""
    return SECTION_COLUMNS if sheet.plan.sections else sheet.width


def remark_column(sheet: SheetLayout) -> int:
    """The column beside the printed grid in which a row's checks are told; one narrow column lies between."""
    return printed_columns(sheet) + 1


def below_rules(form: Form, sheet: SheetLayout) -> tuple[Rule, ...]:
    """The rules told below the grid, one row each: those that run down the columns of the only table of a sheet."""
    if len(sheet.plan.tables) != 1:
        return ()
    table = form.tables[sheet.plan.tables[0]]
    return tuple(
        rule
        for rule in form.rules_of(table.id)
        if not rule.prior and rule.bound.keys[0][1] is not None and len(table.rows.leaves) > 1
    )


def below_row(sheet: SheetLayout, place: int) -> int:
    """The row of the n-th such rule; the first row after the grid says what they are."""
    return sheet.bottom + 1 + place


def panel(form: Form, layout: Layout) -> Panel:
    """The checks of a form and where each is told; worked out once per form, and kept with it."""
    return form.kept("_panel", lambda: _panel(form, layout))


def _panel(form: Form, layout: Layout) -> Panel:
    checks: list[Check] = []
    for sheet in layout.sheets:
        below = below_rules(form, sheet)
        for table in sheet.plan.tables:
            for rule in form.rules_of(table):
                if not rule.prior:
                    checks += list(_checks(form, layout, sheet, rule, below, FIRST + len(checks)))
    return Panel(tuple(checks), sum(rule.prior for rule in form.rules))


def _checks(
    form: Form, layout: Layout, sheet: SheetLayout, rule: Rule, below: tuple[Rule, ...], top: int
) -> Iterator[Check]:
    for instance, (row, column) in enumerate(rule.bound.keys):
        items = [form.items[i] for i in rule.bound.items(instance)]
        cells = tuple(layout.cells[item] for item in items)
        own = [item for item in items if item.table == rule.table] or items
        anchor = layout.cells[_subject(form, rule, instance, own)]
        under = None
        if rule in below:
            under = Cell(sheet.name, below_row(sheet, below.index(rule)), anchor.col)
        yield Check(
            rule=rule,
            instance=instance,
            row=top + instance,
            sheet=sheet.name,
            place=_place(form, sheet, rule, row, column),
            anchor=anchor,
            cells=cells,
            beside=anchor.row if under is None and anchor.sheet == sheet.name else None,
            below=under,
        )


def _subject(form: Form, rule: Rule, instance: int, own: list[Item]) -> Item:
    """The item a breach is told of: the total of a sum, else the last of its table that the rule names."""
    if rule.bound.total is not None:
        return form.items[rule.bound.total[instance]]
    return own[-1]


def _place(form: Form, sheet: SheetLayout, rule: Rule, row: str | None, column: str | None) -> str:
    """Where a relation holds, in the words printed on the form."""
    table = form.tables[rule.table]
    words = [sheet.name]
    if len(sheet.plan.tables) > 1:
        words.append(table.caption or table.title)
    if rule.bound.total is not None and table.unlabelled:
        total = form.items[rule.bound.total[0]]
        words.append("/".join(table.columns.by_id[total.column].path))
    elif row is not None and not table.unlabelled:
        words.append("/".join(table.rows.by_id[row].path[-2:]))
    elif column is not None:
        words.append("/".join(table.columns.by_id[column].path))
    return "　".join(words)


def panel_cell(row: int, column: int) -> Cell:
    """A cell of the panel."""
    return Cell(PANEL_SHEET, row, column)


def summary_cell(sheet: SheetLayout) -> Cell:
    """Where a sheet says how it stands as a whole: beside its title, outside the printed area."""
    return Cell(sheet.name, 0, remark_column(sheet))


def remark_header(sheet: SheetLayout) -> Cell:
    """The heading over a sheet's remarks."""
    return Cell(sheet.name, GRID_TOP - 1, remark_column(sheet))


def progress_cell(place: int) -> Cell:
    """Where the cover says how the n-th sheet stands; its name stands one to the left. Not printed."""
    return Cell(COVER_SHEET, COVER_TOP + place, COVER_VALUE + 3)
