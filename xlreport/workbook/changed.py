"""What is told of a workbook that is not as it was issued: headings, lines, sheets, locked texts, what was added."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from xlreport.finding import Code, Finding
from xlreport.form.fold import fold
from xlreport.form.layout import COVER_SHEET, Cell
from xlreport.form.model import Severity
from xlreport.form.table import Fill
from xlreport.pattern import pattern
from xlreport.workbook.address import Range
from xlreport.workbook.copies import Twin
from xlreport.workbook.identity import MARKER_SHEET, UNIT_LABEL, issued
from xlreport.workbook.outside import added_sheets, beside_tables, beside_texts, own_words
from xlreport.workbook.seen import Seen
from xlreport.workbook.texts import Change, describe

OUTSIDE_LISTED = 6
LARGE = 1000  # cells of an area that are not listed one by one
_MONEY = pattern(r"(?:单位[:为是]?|\()(?:人民币)?([十百千万亿]*元)")
_MONEY_UNIT = pattern(r"(?:人民币)?([^\s、，,；;：:()（）]*元)")
_TOP = 6  # rows from the top in which that line stands, whatever was put above it
MISSING_LISTED = 3  # missing headings of a table are told one by one up to here
# How grave a change of the structure is where no figure was lost by it.
_GRAVITY = {
    **dict.fromkeys(
        ("moved", "inserted", "beside", "pasted-again", "split", "copy-read", "copy-hidden"), Severity.WARNING
    ),
    **dict.fromkeys(
        ("shifted-row", "shifted-column", "hidden-rows", "hidden-columns", "unmerged", "copy-same", "copy-blank"),
        Severity.INFO,
    ),
}


def changes(seen: Seen, mixed: Collection[str]) -> Iterator[Finding]:
    """Everything that differs from the form as issued; the tables in `mixed` are told of elsewhere."""
    yield from _structure(seen, mixed)
    yield from _copies(seen)
    yield from _sheets(seen)
    retyped = _retyped(seen)
    yield from _printed(seen, retyped)
    yield from _money_lines(seen)
    yield from _validations(seen)
    yield from _outside(seen, {cell for changed in retyped.values() for cell, _, _ in changed})


def _structure(seen: Seen, mixed: Collection[str]) -> Iterator[Finding]:
    """Tables that are missing, what was changed about the others, and by what they were found."""
    means = {found.means for table, found in seen.located.items() if table not in mixed}
    for weaker in ("labels", "positions", "sheet"):
        if weaker in means:
            yield (Finding(Code.S211, Severity.INFO, facts={"means": weaker}))
            break
    rivals = {copy.table for copy in seen.copies if copy.twin is Twin.RIVAL}
    gone_: dict[str, list[str]] = {}  # by the sheet they were issued on: one cause takes all that stood there
    for table in seen.form.tables:
        if table not in seen.located and table not in mixed and table not in rivals:
            gone_.setdefault(seen.layout.sheet_of(table).name, []).append(table)
    for sheet, tables in gone_.items():
        yield _missing_tables(seen, sheet, tables)
    shifted: dict[tuple[str, str], int] = {}
    hidden: set[tuple[str, str, str]] = set()
    apart: dict[str, list[Change]] = {}
    policy = seen.form.policy("structure")
    for table, found in seen.located.items():
        if table in mixed:
            continue
        variants: list[tuple[str, str]] = []
        yield from _money((c.place, c.now, c.label) for c in found.changes if c.kind == "variant")
        gone = [change.label for change in found.changes if change.kind == "missing"]
        if len(gone) > MISSING_LISTED:
            spots = [change.place for change in found.changes if change.kind == "missing" and change.place is not None]
            facts_ = {"kind": "missing", "label": gone[0], "labels": gone, "was": "", "now": ""}
            yield Finding(Code.S203, policy.severity, policy.rule, place=next(iter(spots), None), facts=facts_)
        for change in found.changes:
            if change.kind == "variant":
                if not _other_money(change.now, change.label):
                    variants.append((change.now, change.label))
                continue
            if change.kind == "unmerged":
                apart.setdefault(found.sheet, []).append(change)
                continue
            if change.kind == "missing" and len(gone) > MISSING_LISTED:
                continue
            if change.kind.startswith("shifted"):
                by = _lines(change.now) - _lines(change.was)
                known = shifted.get((found.sheet, change.kind), 0)
                shifted[found.sheet, change.kind] = by
                if by == known:  # as the table above it, which told it
                    continue
            if change.kind.startswith("hidden"):
                if (same := (found.sheet, change.kind, change.label)) in hidden:
                    continue
                hidden.add(same)
            facts = {"kind": change.kind, "label": change.label, "was": change.was, "now": change.now}
            severity = _GRAVITY.get(change.kind, policy.severity)
            if change.kind == "merged" and not seen.filled(change.place):
                severity = Severity.INFO
            yield (Finding(Code.S203, severity, policy.rule, place=change.place, facts=facts))
        if variants:
            spelling = seen.form.policy("label-variant")
            place = next(c.place for c in found.changes if c.kind == "variant" and c.now == variants[0][0])
            yield Finding(Code.S208, spelling.severity, spelling.rule, place=place, facts={"labels": variants})
    for changed in apart.values():
        count = sum(int(change.now) for change in changed)
        about = {"kind": "unmerged", "label": changed[0].label, "was": "", "now": str(count)}
        yield Finding(Code.S203, Severity.INFO, policy.rule, place=changed[0].place, facts=about)


def _other_money(said: str, issued_: str) -> str:
    """The unit of money that was issued, where another one stands there: that is no way of spelling."""
    meant, found = (set(_MONEY.findall(fold(text))) if "元" in text else set() for text in (issued_, said))
    return "、".join(sorted(meant)) if meant and found and meant != found else ""


def _money(changed: Iterable[tuple[Cell | None, str, str]]) -> Iterator[Finding]:
    for place, said, text in changed:
        if unit := _other_money(said, text):
            yield Finding(Code.S215, Severity.ERROR, place=place, facts={"said": said, "issued": text, "unit": unit})


def _money_lines(seen: Seen) -> Iterator[Finding]:
    """The line under a sheet's title names the unit of money as well, and may be all that somebody changed."""
    for plan in seen.layout.sheets:
        units = (unit for table in plan.plan.tables for unit in seen.form.tables[table].units)
        meant = dict.fromkeys(unit for unit in units if unit.endswith("元"))
        tables = [seen.located[table] for table in plan.plan.tables if table in seen.located]
        for name in dict.fromkeys(found.sheet for found in tables) if meant else ():
            top = [(at, cell) for at, cell in seen.sheets[name].cells.items() if at[0] < _TOP]
            for (row, col), cell in top:
                if UNIT_LABEL not in cell.text:
                    continue
                said = set(_MONEY_UNIT.findall("".join(cell.text.partition(UNIT_LABEL)[2].split())))
                if said and said != meant.keys():
                    unit = "、".join(meant)
                    facts = {"said": cell.text, "issued": f"{UNIT_LABEL}：{unit}", "unit": unit}
                    yield Finding(Code.S215, Severity.ERROR, place=Cell(name, row, col), facts=facts)


def _missing_tables(seen: Seen, sheet: str, tables: Collection[str]) -> Finding:
    policy = seen.form.policy("structure")
    titles = [seen.form.tables[table].title for table in tables]
    facts = {"kind": "table", "label": titles[0], "labels": titles}
    place = Cell(sheet, 0, 0) if sheet in seen.texts else None
    return Finding(Code.S203, policy.severity, policy.rule, place=place, facts=facts)


def _lines(text: str) -> int:
    """A row's or a column's number, for counting how far it is to another."""
    return int(text) if text.isdigit() else sum((ord(ch) - 64) * 26**n for n, ch in enumerate(reversed(text)))


def _copies(seen: Seen) -> Iterator[Finding]:
    """Other sheets with tables of the form: once for each sheet, whatever number of tables it has."""
    policy = seen.form.policy("structure")
    groups: dict[tuple[Twin, str, str], list[str]] = {}
    for copy in seen.copies:
        groups.setdefault((copy.twin, copy.read, copy.other), []).append(copy.table)
    for (twin, read, other), tables in groups.items():
        titles = [seen.form.tables[table].title for table in tables]
        facts = {"kind": twin.value, "label": titles[0], "labels": titles, "was": read, "now": other}
        severity = _GRAVITY.get(twin.value, policy.severity)
        yield (Finding(Code.S203, severity, policy.rule, place=Cell(other, 0, 0), facts=facts))


def _sheets(seen: Seen) -> Iterator[Finding]:
    """Sheets renamed or in another order; the hidden sheet deleted."""
    policy = seen.form.policy("structure")
    homes: dict[str, set[str]] = {COVER_SHEET: {cell.sheet for cell in seen.submission.cover_cells.values()}}
    for plan in seen.layout.sheets:
        cells = [seen.submission.section_cells[s] for s in plan.plan.sections if s in seen.submission.section_cells]
        homes[plan.name] = {seen.located[t].sheet for t in plan.plan.tables if t in seen.located} | {
            c.sheet for c in cells
        }
    if seen.identity is not None:
        yield from _places_gone(seen, homes)
    now = {name: next(iter(found)) for name, found in homes.items() if len(found) == 1}
    read_instead = {copy.read for copy in seen.copies}
    for name, found in now.items():
        if found != name and found not in read_instead:
            facts = {"kind": "renamed", "label": name, "was": name, "now": found}
            yield (Finding(Code.S203, Severity.INFO, policy.rule, place=Cell(found, 0, 0), facts=facts))
    order = [seen.sheets[found].tab for found in now.values()]
    late = next((i for i in range(1, len(order)) if order[i] < order[i - 1]), None)
    if late is not None and not seen.copies and len(set(order)) == len(order):
        found = list(now.values())[late]
        facts = {"kind": "reordered", "label": found, "was": "", "now": ""}
        yield (Finding(Code.S203, Severity.INFO, policy.rule, place=Cell(found, 0, 0), facts=facts))
    if seen.identity is not None and not any(name.startswith(MARKER_SHEET) for name in seen.sheets):
        yield (Finding(Code.S211, Severity.INFO, facts={"means": "no-marker"}))


def _places_gone(seen: Seen, homes: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Lines of the cover and text sections of which nothing is left; a whole sheet of them is told once."""
    policy = seen.form.policy("structure")
    lines = {COVER_SHEET: {f.label: f.id in seen.submission.cover_cells for f in seen.form.cover}}
    for plan in seen.layout.sheets:
        sections = {seen.form.sections[s].title: s in seen.submission.section_cells for s in plan.plan.sections}
        if sections and not plan.plan.tables:
            lines[plan.name] = sections
    for sheet, there in lines.items():
        gone = [label for label, found in there.items() if not found]
        whole = len(gone) == len(there) and not homes.get(sheet)
        for label in [sheet] if whole and gone else gone:
            facts = {"kind": "sheet-gone" if whole else "line-gone", "label": label, "was": sheet, "now": ""}
            yield Finding(Code.S203, Severity.WARNING, policy.rule, facts=facts)


Retyped = dict[str, list[tuple[Cell, str, str]]]  # by sheet: where, what stands there, what was issued


def _retyped(seen: Seen) -> Retyped:
    """Titles, captions and other locked texts that are not as issued, on the sheets that else stand as issued."""
    as_printed = COVER_SHEET in seen.texts and seen.submission.cover_cells == seen.layout.cover
    standing = {COVER_SHEET} if as_printed else set()
    for plan in seen.layout.sheets:
        own = [seen.located[t] for t in plan.plan.tables if t in seen.located]
        cells = [seen.submission.section_cells.get(s) == seen.layout.sections[s] for s in plan.plan.sections]
        as_issued = all(f.sheet == plan.name and all(c.kind == "unmerged" for c in f.changes) for f in own)
        if plan.name in seen.texts and as_issued and len(own) == len(plan.plan.tables) and all(cells):
            standing.add(plan.name)
    changed: Retyped = {}
    for cell, text in issued(seen.form, seen.layout).texts:
        if cell.sheet not in standing:
            continue
        found = seen.raw(cell)
        if found is not None and found.formula is not None:
            continue
        said = found.text if found is not None else ""
        if fold(said) != fold(text):
            changed.setdefault(cell.sheet, []).append((cell, said, text))
    return changed


def _printed(seen: Seen, retyped: Retyped) -> Iterator[Finding]:
    policy = seen.form.policy("label-variant")
    for every in retyped.values():
        yield from _money(every)
        changed = [one for one in every if not _other_money(*one[1:])]
        if not changed:
            continue
        facts = {"labels": [(said, text) for _, said, text in changed], "printed": True}
        yield Finding(Code.S208, policy.severity, policy.rule, place=changed[0][0], facts=facts)


class _Covered:
    """The cells of some areas, told one by one where the areas are small: they are asked for by the hundred."""

    @staticmethod
    @lru_cache(maxsize=16)
    def by(areas: tuple[Range, ...]) -> _Covered:
        """The cells of these areas; the forms of one issue have the same."""
        return _Covered(areas)

    def __init__(self, areas: Collection[Range]) -> None:
        self._large: list[Range] = []
        self._small: set[tuple[int, int]] = set()
        for area in areas:
            rows, cols = range(area.first_row, area.last_row + 1), range(area.first_col, area.last_col + 1)
            if len(rows) * len(cols) > LARGE:
                self._large.append(area)
            else:
                self._small.update((row, col) for row in rows for col in cols)

    def __contains__(self, cell: tuple[int, int]) -> bool:
        row, col = cell
        return cell in self._small or any(
            a.first_row <= row <= a.last_row and a.first_col <= col <= a.last_col for a in self._large
        )


def _validations(seen: Seen) -> Iterator[Finding]:
    """Typed cells that check nothing as something is typed: what was pasted took the rule away."""
    if seen.identity is None:
        return
    bare: list[Cell] = []
    covered: dict[str, _Covered | None] = {}
    for entry in seen.submission.entries.values():
        cell = entry.cell
        if cell is None or entry.computed:
            continue
        if cell.sheet not in covered:
            areas = seen.sheets[cell.sheet].validated
            covered[cell.sheet] = None if areas is None else _Covered.by(areas)
        own = covered[cell.sheet]
        if own is not None and (cell.row, cell.col) not in own:
            raw = seen.raw(cell)
            if raw is None or raw.formula is None:
                bare.append(cell)
    if bare:  # but for a formula that gave way to a number
        totals = Fill(seen.identity.totals) if seen.identity.totals in {"formula", "typed"} else None
        formulas = {i for i in seen.form.items if seen.form.computed(i, totals)}
        given_way = {e.cell for i, e in seen.submission.entries.items() if i in formulas}
        bare = [cell for cell in bare if cell not in given_way]
    if bare:
        policy = seen.form.policy("structure")
        facts = {"kind": "validation", "label": "", "was": "", "now": str(len(bare))}
        yield (Finding(Code.S203, Severity.INFO, policy.rule, place=bare[0], facts=facts))


def _outside(seen: Seen, told: Collection[Cell]) -> Iterator[Finding]:
    """Content that belongs to no item and is not the form's own text, told once."""
    own = own_words(seen.layout)
    texts, tables = seen.submission.section_cells.values(), {found.sheet for found in seen.located.values()}
    beside = [
        *beside_tables(seen.layout, seen.located, seen.sheets, own),
        *beside_texts(seen.layout, texts, tables, seen.sheets, own),
    ]
    spots = [cell for cell in beside if cell not in told]
    words = [describe(cell) for cell in spots]
    ours = _homes(seen) | {copy.other for copy in seen.copies}
    shown = {name: sheet for name, sheet in seen.sheets.items() if name in seen.texts}
    for cell, area in added_sheets(shown, ours):
        spots.append(cell)
        words.append(area)
    if spots:
        listed = words[:OUTSIDE_LISTED] + (["…"] if len(words) > OUTSIDE_LISTED else [])
        facts = {"cells": listed, "count": len(words)}
        yield (Finding(Code.S210, Severity.INFO, place=spots[0], facts=facts))


def _homes(seen: Seen) -> set[str]:
    """The sheets on which something of the form stands, and those that should have what was not found."""
    homes = {found.sheet for found in seen.located.values()} | {cell.sheet for cell in seen.places.values()}
    homes |= {cell.sheet for cell in (*seen.submission.cover_cells.values(), *seen.submission.section_cells.values())}
    if len(seen.located) < len(seen.form.tables):
        homes |= {plan.name for plan in seen.layout.sheets if any(t not in seen.located for t in plan.plan.tables)}
    return homes | {COVER_SHEET}
