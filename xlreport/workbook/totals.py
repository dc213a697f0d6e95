"""The totals that formulas find: whether these still are the form's, and whether their stored results are theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.evaluate import evaluate, parts_of
from xlreport.form.layout import Cell
from xlreport.form.model import Form, Severity
from xlreport.form.table import Fill, Item
from xlreport.notation import exact
from xlreport.pattern import pattern
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import plain
from xlreport.submission import Entry, State, Submission
from xlreport.workbook.address import parse_cell
from xlreport.workbook.seen import Seen
from xlreport.workbook.sheet import CellKind, RawCell
from xlreport.workbook.texts import Texts

_AREA = pattern(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?(?![\w(!.])")
_KEPT = 4000  # formulas known to be good
_REACH = 4000  # cells of an area that a total may name
_HARMLESS = pattern(r"(?:SUM|IF|COUNT|ISNUMBER|SUBTOTAL\(9|IFERROR|N)\(|=0|\"\"|,0(?=\))|[-+]0(?![0-9.])|[(),+;=\s]")


def adds_its_parts(
    form: Form, item: Item, formula: str, places: Mapping[Item, Cell], filled: Callable[[int, int], bool]
) -> bool:
    """Whether a formula names exactly the cells that the total is made of, and does nothing but add them.

    Totals of totals may be taken through their parts, and a row put in between may be named if it is empty.
    """
    home = places[item].sheet
    named: set[tuple[int, int]] = set()
    rest = formula.replace(f"'{home}'!", "").replace(f"{home}!", "")
    for match in _AREA.finditer(rest):
        top, left = parse_cell(match[1] + match[2])
        bottom, right = parse_cell(match[3] + match[4]) if match[3] else (top, left)
        if (bottom - top + 1) * (right - left + 1) > _REACH:
            return False
        named |= {(row, col) for row in range(top, bottom + 1) for col in range(left, right + 1)}
    if _HARMLESS.sub("", _AREA.sub("", rest)):
        return False  # a constant, a subtraction, another sheet, another function
    for parts in _ways(form, item, places):
        wanted = {(places[part].row, places[part].col) for part in parts}
        if wanted <= named and not any(filled(*cell) for cell in named - wanted):
            return True
    return False


def _ways(form: Form, item: Item, places: Mapping[Item, Cell]) -> Collection[frozenset[Item]]:
    """The sets of items whose sum the total is: down, across, and either with the parts of its parts beside them."""
    table = form.tables[item.table]
    row, column = table.rows.by_id[item.row], table.columns.by_id[item.column]
    across = [Item(item.table, item.row, part) for part in column.parts] if column.total else []
    down = [Item(item.table, part, item.column) for part in row.parts] if row.total else []
    ways = set()
    for parts in (across, down):
        known = frozenset(part for part in parts if part in places)
        if known:
            inner = {p for part in known for p in form.total_parts(part) if p in places}
            ways |= {known, known | inner, frozenset(inner)}
    return ways


def altered_totals(seen: Seen, understood: Callable[[RawCell, Item, Cell], Entry]) -> dict[Item, Entry]:
    """Totals whose formula is no more the form's hold what it found: that is what the filler sees and hands in."""
    altered: dict[Item, Entry] = {}
    for item, entry in seen.submission.entries.items():
        if not entry.computed or item not in seen.places:
            continue
        cell = seen.places[item]
        raw = seen.raw(cell)
        if raw is None or not raw.formula or raw.kind is CellKind.ERROR:
            continue
        if raw.kind is CellKind.NUMBER and _same(raw.text, seen.submission.value(item)):
            continue
        if not _known(seen, item):
            continue
        home = Texts(seen.sheets[cell.sheet])
        if adds_its_parts(seen.form, item, raw.formula, seen.places, home.filled):
            continue
        if raw.kind is CellKind.TEXT and not raw.text.strip():
            continue  # as good as blank, and so are its parts
        altered[item] = understood(raw, item, cell)
    return altered


def formulas(seen: Seen, altered: Mapping[Item, Entry], before: Submission) -> Iterator[Finding]:
    """Totals whose formula is gone or another, and stored results that are not what the cells add up to.

    `before` has the altered totals still as what their parts add up to.
    """
    totals = seen.identity.totals if seen.identity else ""
    choice = Fill(totals) if totals in {"formula", "typed"} else None
    policy = seen.form.policy("formula-overwritten")
    stale: list[Part] = []
    gone: dict[
        tuple[str, str, str], list[tuple[Part, dict[str, object]]]
    ] = {}  # by table, row and kind: one cause each
    # Other makers' forms add up as they like; other formats say only that there is a formula.
    watched = seen.identity is not None and seen.book.format == "xlsx"
    at_home = watched and seen.places == seen.layout.cells
    for item in seen.places:
        entry = seen.submission.entry(item)
        if entry.computed:
            now = seen.submission.value(item)
            raw = seen.raw(entry.cell) if watched and entry.cell is not None else None
            if raw is not None and raw.formula and not _issued(seen, item, raw.formula, at_home=at_home):
                broken = raw.kind is CellKind.ERROR
                part = Part(item, Role.CELL, now, raw.text, entry.cell)
                facts: dict[str, object] = {
                    "kind": "broken" if broken else "replaced",
                    "formula": raw.formula,
                    "stored": raw.text,
                }
                gone.setdefault((item.table, item.row, str(facts["kind"])), []).append((part, facts))
                continue
            told = entry.stored not in {None, ""} and seen.form.index[item] not in seen.submission.values.unreadable
            if told and not _same(entry.stored or "", now):
                stale.append(Part(item, Role.CELL, now, entry.stored or "", entry.cell))
        elif item in altered:
            if entry.state is State.NUMBER:
                part = Part(item, Role.CELL, entry.value, entry.raw, entry.cell)
                facts = {"kind": "altered", "expected": before.value(item)}
                gone.setdefault((item.table, item.row, "altered"), []).append((part, facts))
        elif seen.identity and seen.form.computed(item, choice) and entry.state is State.NUMBER:
            part = Part(item, Role.CELL, entry.value, entry.raw, entry.cell)
            gone.setdefault((item.table, item.row, ""), []).append((part, {}))
    for lines in gone.values():
        yield Finding(
            Code.S206, policy.severity, policy.rule, None, tuple(part for part, _ in lines), facts=lines[0][1]
        )
    if stale:
        summed = _summed(seen)
        stale = [part for part in stale if not _same(part.raw, summed[seen.form.index[part.item]])]
    if stale:
        about = {"stored": stale[0].raw, "count": len(stale)}
        yield (Finding(Code.S207, Severity.INFO, policy.rule, None, tuple(stale), facts=about))


_ISSUED: set[tuple[str, Item, str]] = set()  # formulas known to be good where their form was issued, by the form's name


def _issued(seen: Seen, item: Item, formula: str, *, at_home: bool) -> bool:
    """Whether a total's formula adds its parts, as the one that was issued does."""
    key = seen.form.name, item, formula
    if at_home and key in _ISSUED:
        return True
    home = Texts(seen.sheets[seen.places[item].sheet])
    if not _known(seen, item):
        return True
    nothing_else = at_home and adds_its_parts(seen.form, item, formula, seen.places, lambda _row, _col: True)
    if nothing_else and len(_ISSUED) < _KEPT:
        _ISSUED.add(key)
    return nothing_else or adds_its_parts(
        seen.form, item, formula, seen.places, lambda row, col: home.number_in(row, col, col)
    )


def _known(seen: Seen, item: Item) -> bool:
    """Whether every cell that a total's formula should name was found."""
    parts = parts_of(seen.form, item, computed=True)
    return all(p in seen.places for part in parts for p in (part, *seen.form.total_parts(part)))


def _summed(seen: Seen) -> Sequence[Number]:
    """What the formulas find: they pass over a number that is written as text, which we read."""
    texts = {
        item
        for item, entry in seen.submission.entries.items()
        if entry.cell is not None and (raw := seen.raw(entry.cell)) is not None and raw.kind is CellKind.TEXT
    }
    numbers = {item: value for item, value in seen.submission.numbers.items() if item not in texts}
    computed = [item for item, entry in seen.submission.entries.items() if entry.computed]
    return evaluate(seen.form, numbers, (), computed).numbers


def _same(stored: str, now: Number | None) -> bool:
    value = exact(stored)
    if now is None:
        return value in {None, 0}
    return value is not None and plain(value) == plain(now)
