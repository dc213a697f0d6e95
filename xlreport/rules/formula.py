"""A rule as an Excel formula: the same verdict in the sheet as `judge` gives, cell by cell and blank by blank.

Only functions that Excel 2010, WPS and LibreOffice share. The verdict is one of four signs, all in GBK:
√ holds, × does not, ○ cannot tell yet, — does not apply.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from decimal import Decimal

from xlreport.record import NamedTuple
from xlreport.rules.bound import BoundComparison, BoundRule, BoundSide
from xlreport.rules.judge import Verdict
from xlreport.rules.nodes import Link, Number, Op

SIGNS = {Verdict.PASS: "√", Verdict.FAIL: "×", Verdict.INCOMPLETE: "○", Verdict.NOT_APPLICABLE: "—"}


class Address(NamedTuple):
    """Where an item sits: sheet, and 0-based row and column."""

    sheet: str
    row: int
    col: int


class Sheet(NamedTuple):
    """What the formulas must know of the workbook they stand in."""

    address: Callable[[int], Address]  # of an item
    parts: Callable[[int], Sequence[int]]  # the items a total sums; () for details
    computed: Callable[[int], bool]  # whether the item's cell holds a formula of ours
    home: str  # the sheet the formula stands on; its own cells need no sheet name
    placeholders: Sequence[str] = ()  # words that stand for "nothing": as good as blank


def letters(col: int) -> str:
    """A 0-based column in letters."""
    text, col = "", col + 1
    while col:
        col, rest = divmod(col - 1, 26)
        text = chr(65 + rest) + text
    return text


def _sheet_prefix(name: str, home: str) -> str:
    return "" if name == home else "'" + name.replace("'", "''") + "'!"


def reference(address: Address, home: str) -> str:
    """A cell as a formula on sheet `home` names it."""
    return f"{_sheet_prefix(address.sheet, home)}{letters(address.col)}{address.row + 1}"


def _areas(items: Iterable[int], sheet: Sheet) -> list[str]:
    """Cells as areas, runs down a column or along a row drawn together."""
    cells = [sheet.address(item) for item in items]
    areas: list[str] = []
    i = 0
    while i < len(cells):
        end = i
        for step in ((1, 0), (0, 1)):
            j = i
            while j + 1 < len(cells) and cells[j + 1] == (
                cells[j].sheet,
                cells[j].row + step[0],
                cells[j].col + step[1],
            ):
                j += 1
            end = max(end, j)
        first, last = cells[i], cells[end]
        text = reference(first, sheet.home)
        areas.append(text if end == i else f"{text}:{letters(last.col)}{last.row + 1}")
        i = end + 1
    return areas


def _value(item: int, sheet: Sheet) -> str:
    """One item's number: a blank detail is 0, a blank total (or one whose formula is gone) the sum of its parts."""
    cell = reference(sheet.address(item), sheet.home)
    parts = sheet.parts(item)
    if parts:
        return f"IF(ISNUMBER({cell}),{cell},{_sum(parts, sheet)})"
    return f"N({cell})"


def _sum(items: Sequence[int], sheet: Sheet) -> str:
    """The sum of items: details in areas (SUM passes over blanks), totals one by one."""
    plain = [i for i in items if not sheet.parts(i)]
    terms = _areas(plain, sheet) + [_value(i, sheet) for i in items if i not in set(plain)]
    return f"SUM({','.join(terms)})" if terms else "0"


def _number(value: Number) -> str:
    return format(Decimal(value).normalize(), "f")


def side(side: BoundSide, instance: int, sheet: Sheet) -> str:
    """One side of a comparison as an expression."""
    items = side.places[instance]
    if side.plain:
        text = _sum(items, sheet) if items else ""
    else:
        text = ""
        for factor, item in zip(side.factors, items, strict=True):
            sign = "-" if factor < 0 else "+" if text else ""
            distance = -factor if factor < 0 else factor
            size = "" if distance == 1 else f"{_number(distance)}*"
            text += f"{sign}{size}{_value(item, sheet)}"
    if side.constant or not text:
        text += f"{'+' if text and side.constant >= 0 else ''}{_number(side.constant)}"
    return text


def gap(comparison: BoundComparison, instance: int, sheet: Sheet) -> str:
    """Left minus right; rounded at the sixth decimal, since a spreadsheet adds 0.1 and 0.2 in binary."""
    left, right = side(comparison.left, instance, sheet), side(comparison.right, instance, sheet)
    return f"ROUND({left}-({right}),6)"


def test_of(comparison: BoundComparison, instance: int, sheet: Sheet, tolerance: Number) -> str:
    """A comparison as an expression that is TRUE or FALSE."""
    size = gap(comparison, instance, sheet)
    width = _number(tolerance)
    match comparison.op:
        case Op.EQ:
            return f"ABS({size})<={width}" if tolerance else f"{size}=0"
        case Op.NE:
            return f"ABS({size})>{width}" if tolerance else f"{size}<>0"
        case Op.LE:
            return f"{size}<={width}"
        case Op.GE:
            return f"{size}>=-{width}" if tolerance else f"{size}>=0"
        case Op.LT:
            return f"{size}<0"
        case Op.GT:
            return f"{size}>0"


def _all(parts: Sequence[BoundComparison], instance: int, sheet: Sheet, tolerance: Number) -> str:
    tests = [test_of(part, instance, sheet, tolerance) for part in parts]
    return tests[0] if len(tests) == 1 else f"AND({','.join(tests)})"


def _typed(items: Iterable[int], sheet: Sheet) -> list[int]:
    """The typed cells that items stand on: a computed total stands on its parts."""
    found: dict[int, None] = {}
    for item in items:
        if sheet.computed(item):
            found.update(dict.fromkeys(_typed(sheet.parts(item), sheet)))
        else:
            found[item] = None
    return list(found)


def _counted(items: Iterable[int], sheet: Sheet) -> list[int]:
    """The typed cells that decide whether anything at all is filled in: totals stand on their parts, to the details."""
    found: dict[int, None] = {}
    for item in items:
        if not sheet.computed(item):
            found[item] = None
        found.update(dict.fromkeys(_counted(sheet.parts(item), sheet)))
    return list(found)


def unreadable(items: Sequence[int], sheet: Sheet) -> str:
    """How many cells hold words, as an expression; blank totals lend their parts. A dash or 无 is as good as blank."""
    typed = _typed(items, sheet)
    known = f'"||{"".join(f"{word}|" for word in sheet.placeholders)}"'
    text = "+".join(
        # LibreOffice counts TRUE as a number. FIND, not COUNTIF: a ? that somebody typed is no wildcard.
        f'SUMPRODUCT(ISLOGICAL({area})+ISTEXT({area})*ISERROR(FIND("|"&UPPER(TRIM(SUBSTITUTE({area},"　"," ")))&"|",'
        f"{known})))"
        for area in _areas(typed, sheet)
    )
    for item in typed:
        if parts := sheet.parts(item):
            cell = reference(sheet.address(item), sheet.home)
            text += f"+IF(ISNUMBER({cell}),0,{unreadable(parts, sheet)})"
    return text


def count_unreadable(items: Sequence[int], sheet: Sheet, words: Container[int], numbers: Container[int]) -> int:
    """What `unreadable` comes to where these typed cells hold words and those a number."""
    typed = _typed(items, sheet)
    lent = [sheet.parts(item) for item in typed if item not in numbers]
    return sum(item in words for item in typed) + sum(count_unreadable(p, sheet, words, numbers) for p in lent if p)


def status(
    rule: BoundRule, instance: int, sheet: Sheet, level: tuple[str, Sequence[str]] | None = None, words: str = ""
) -> str:
    """The formula (without `=`) whose result is the sign of the verdict.

    `level` is (the cell that names the unit's level, the levels the rule is not for). `words` is the cell that counts
    what is `unreadable`, where one does: a formula has 8,192 characters at most.
    """
    items = rule.items(instance)
    areas = ",".join(_areas(_counted(items, sheet), sheet))
    outcome = _all(rule.conclusion, instance, sheet, rule.tolerance)
    failed = f'"{SIGNS[Verdict.FAIL]}"'
    unknown = f'"{SIGNS[Verdict.INCOMPLETE]}"'
    if not rule.balance:
        filled = ",".join(f"ISNUMBER({reference(sheet.address(item), sheet.home)})" for item in items)
        failed = f"IF(AND({filled}),{failed},{unknown})"
    if level:
        failed = f'IF({level[0]}="",{unknown},{failed})'
    passed = f'"{SIGNS[Verdict.PASS]}"'
    if rule.link is Link.IFF:
        text = f"IF(({_all(rule.premise, instance, sheet, 0)})=({outcome}),{passed},{failed})"
    else:
        text = f"IF({outcome},{passed},{failed})"
        if rule.link is Link.IMPLIES:
            text = f'IF({_all(rule.premise, instance, sheet, 0)},{text},"{SIGNS[Verdict.NOT_APPLICABLE]}")'
    if rule.total is not None:
        text = f"IF(ISNUMBER({reference(sheet.address(rule.total[instance]), sheet.home)}),{text},{unknown})"
    text = f"IF(COUNT({areas})=0,{unknown},IF({words or unreadable(items, sheet)}>0,{unknown},{text}))"
    if level:
        names = ",".join(f'{level[0]}="{name}"' for name in level[1])
        text = f'IF(OR({names}),"{SIGNS[Verdict.NOT_APPLICABLE]}",{text})'
    return f"IFERROR({text},{unknown})"


def total(item: int, sheet: Sheet) -> str:
    """The formula (without `=`) of a computed total: empty while nothing is filled in, so that 0 stays a statement."""
    areas = ",".join(_areas(_counted([item], sheet), sheet))
    return f'IF(COUNT({areas})=0,"",{_sum(sheet.parts(item), sheet)})'
