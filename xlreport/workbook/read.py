"""A workbook read as a submission: which form it is, where its items are, what they hold, and what is odd about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.evaluate import evaluate, parts_of
from xlreport.form.fold import fold
from xlreport.form.layout import COVER_SHEET, INFO_ROW, PANEL_SHEET, Cell, Layout, layout
from xlreport.form.model import EntryType, Fill, Form, Item, Policy, Severity, Table
from xlreport.notation import Held, exact, simple, understand
from xlreport.record import fresh, record, replace
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import plain
from xlreport.submission import Entry, State, Submission
from xlreport.workbook.book import Book, CellKind, RawCell, Visibility, parse_range, read_book
from xlreport.workbook.container import Container
from xlreport.workbook.copies import Copy, Twin, choose
from xlreport.workbook.grid import look
from xlreport.workbook.identity import (
    MARKER_SHEET,
    RESULTS_NAME,
    TABLE_PREFIX,
    Identity,
    cover_name,
    digest,
    identities,
    identity_of,
    places_on_marker,
    printed,
    section_name,
    table_name,
    where_printed,
)
from xlreport.workbook.locate import Change, Located, Texts, describe, labels_of, locate
from xlreport.workbook.outside import added_sheets, beside_tables, own_words
from xlreport.workbook.totals import adds_its_parts

RECOGNISED = 0.6  # of a form's headings must stand in a workbook that says nothing of itself
OUTSIDE_LISTED = 6
SECTION_REACH = 4  # rows below its head in which a section's text is looked for


class NotAForm(Exception):  # noqa: N818  (a state of the filler's file, not an error of the program)
    """The workbook can be read but is none of the forms we know; `closest` is (form name, share of its headings)."""

    def __init__(self, closest: tuple[str, float] | None = None, said: str = "") -> None:
        super().__init__(closest, said)
        self.closest = closest
        self.said = said


@record
class Reading:
    """A workbook read: what was reported, where everything stands, and findings about the workbook itself."""

    submission: Submission
    findings: tuple[Finding, ...]
    identity: Identity | None
    places: Mapping[Item, Cell]
    container: Container | None  # None of a workbook in another format than .xlsx: nothing can be written into it
    book: Book
    unlocked: bool = False  # it had a password
    means: Mapping[str, str] = fresh(default_factory=dict)  # of each table: names, sheet, labels or positions
    said_by: str = "none"  # what told which form it is: properties, sheet, names, number or none


def read(
    container: Container, forms: Callable[[], Sequence[Form]], named: Callable[[str, str], Form | None]
) -> Reading:
    """Read a workbook as the form it is.

    `named` gives the form of an id and edition; `forms` all there are, asked for only if the workbook does not say
    what it is. Raises `Unreadable` or `NotAForm`.
    """
    # The check panel's formulas are worked out anew; reading them back would take as long as the rest of the form.
    book = read_book(container, without={PANEL_SHEET})
    identity, _ = identity_of(book)
    form = named(identity.form, identity.edition) if identity else None
    if form is None:
        form = recognise(book, forms(), identity)
    return read_form(container, book, form, identity, forms)


def recognise(book: Book, forms: Sequence[Form], identity: Identity | None = None) -> Form:
    """The form whose headings stand in a workbook; raises `NotAForm`."""
    texts = {
        fold(cell.text)
        for sheet in book.sheets
        if sheet.visible is Visibility.VISIBLE
        for cell in sheet.cells.values()
        if cell.kind is CellKind.TEXT and len(cell.text) < 200
    }
    scores: list[tuple[float, Form]] = []
    for form in forms:
        headings = [h for t in form.tables.values() for axis in (t.rows, t.columns) for h in axis.headings]
        headings = [h for h in headings if not (form.tables and h.label == "件数")]
        known = sum(1 for h in headings if texts.intersection(labels_of(h)))
        scores.append((known / len(headings) if headings else 0.0, form))
    best = max(scores, key=lambda pair: pair[0], default=None)
    said = f"{identity.form}@{identity.edition}" if identity else ""
    numbered = {f.name: f for f in forms if where_printed(book, f)} if best is None or best[0] < RECOGNISED else {}
    if len(numbered) == 1:  # one sheet of it, or headings that are hardly legible, but the 表号 stands there
        return next(iter(numbered.values()))
    if best is None or best[0] < RECOGNISED:
        raise NotAForm((best[1].name, best[0]) if best else None, said)
    return best[1]


def read_form(
    container: Container | None,
    book: Book,
    form: Form,
    identity: Identity | None,
    forms: Callable[[], Sequence[Form]] = tuple,
) -> Reading:
    """Read a workbook as a given form."""
    return _Reader(container, book, form, identity, forms).reading()


def results_sheets(book: Book) -> list[str]:
    """The sheets that an earlier check put first."""
    target = parse_range(book.names.get("_xlreport_results", ""))
    return [target[0]] if target else []


# How grave a change of the structure is where no figure was lost by it.
_GRAVITY = {
    **dict.fromkeys(("moved", "inserted", "beside", "copy-read", "copy-hidden"), Severity.WARNING),
    **dict.fromkeys(
        ("shifted-row", "shifted-column", "hidden-rows", "hidden-columns", "unmerged", "copy-same", "copy-blank"),
        Severity.INFO,
    ),
}
_OWNER = re.compile(r"填报单位：(.*?)(?:\s+报告年度：((?:19|20)[0-9]{2})?年?)?")


class _Reader:
    """One workbook being read as one form."""

    def __init__(
        self,
        container: Container | None,
        book: Book,
        form: Form,
        identity: Identity | None,
        forms: Callable[[], Sequence[Form]],
    ) -> None:
        self.container = container
        self.book = book
        self.form = form
        self.identity = identity
        self.forms = forms
        self.layout: Layout = layout(form)
        self.sheets = {s.name: s for s in book.sheets}
        # Our own sheets repeat the form's words; what stands there is no answer.
        own = {PANEL_SHEET, *results_sheets(book), *self._panels()}
        self.texts = {
            s.name: Texts(s) for s in book.sheets if s.name not in own and not s.name.startswith(MARKER_SHEET)
        }
        self.findings: list[Finding] = []
        self.copies: list[Copy] = []
        self.altered: frozenset[Item] = frozenset()  # totals with a formula that is none of ours
        self.by_marker: set[str] = set()  # the anchors that only the hidden sheet still has
        self.anchors = self._anchors()

    def reading(self) -> Reading:
        form = self.form
        located: dict[str, Located] = {}
        for table in form.tables.values():
            found = self._table(table)
            if found is not None:
                located[table.id] = found
        for mixed in self._tell_structure(located):
            located.pop(mixed, None)  # which of its headings mean what is anybody's guess
        places = {item: cell for found in located.values() for item, cell in found.cells.items()}
        entries = {item: self._entry(item, cell) for item, cell in places.items()}
        entries |= {item: Entry(State.NOT_FOUND) for item in form.items if item not in places}
        cover, cover_cells = self._cover()
        sections, section_cells = self._sections()
        period = cover.get("period", "")
        submission = Submission(
            form,
            cover.get("unit", "").strip(),
            cover.get("unit_code", "").strip(),
            cover.get("level", "").strip(),
            _year(period) or (self.identity.period if self.identity and not period.strip() else None),
            entries,
            sections,
            cover,
            section_cells,
            cover_cells,
        )
        submission = self._with_altered_totals(submission, places)
        self._tell_identity(submission)
        self._tell_owners(located, submission)
        self._tell_sheets(located, submission)
        self._tell_printed(located, submission)
        self._tell_validations(submission)
        self._tell_formulas(submission, places)
        self._tell_outside(located, submission)
        means = {table: found.means for table, found in located.items()}
        said_by = identity_of(self.book)[1]
        return Reading(
            submission, tuple(self.findings), self.identity, places, self.container, self.book, False, means, said_by
        )

    def _table(self, table: Table) -> Located | None:
        """One table, of its copies the one that is meant, with the items that are certain."""
        name = table_name(self.form, table.id)
        means = "sheet" if name in self.by_marker else "names"
        found = locate(self.layout, table, self.texts, self.anchors.get(name), means)
        if found is None or (table.unlabelled and self._taken_out(table.id, found)):
            return None
        chosen, copies = choose(self.layout, table, self.texts, found, self._raw)
        self.copies += copies
        if chosen is None:
            return None
        return look(self.form, self.layout, table.id, chosen, self.sheets[chosen.sheet])

    # --- places

    def _panels(self) -> set[str]:
        """The check panel, under whatever name."""
        target = parse_range(self.book.names.get(RESULTS_NAME, ""))
        return {target[0]} if target else set()

    def _anchors(self) -> dict[str, tuple[str, int, int]]:
        """Sheet, first row and first column of each of our names that still points somewhere, else of the marker's."""
        found: dict[str, tuple[str, int, int]] = {}
        if MARKER_SHEET in self.sheets and not any(name.startswith(TABLE_PREFIX) for name in self.book.names):
            cells = self.sheets[MARKER_SHEET].cells
            lines = {
                c.text: cells[row, 1].formula or "" for (row, col), c in cells.items() if not col and (row, 1) in cells
            }
            known = places_on_marker({name: text for name, text in lines.items() if name.startswith(TABLE_PREFIX)})
            found = {name: spot for name, spot in known.items() if spot[0] in self.sheets}
            self.by_marker = set(found)
        scoped = [(name, text) for (name, _), text in self.book.local_names.items()]
        for name, text in [*scoped, *self.book.names.items()]:
            if name.startswith("xlr_") and (target := parse_range(text)) is not None and target[0] in self.sheets:
                found[name] = (target[0], target[1].first_row, target[1].first_col)
        return found

    def _taken_out(self, table: str, found: Located) -> bool:
        """Whether the cells that a table's name meant were deleted, and nothing was written in their place."""
        name = table_name(self.form, table)
        return (
            name in self.book.names
            and name not in self.anchors
            and not any(self._raw(cell) for cell in found.cells.values())
        )

    def _section(self, section: str, issued: Cell) -> Cell | None:
        """Where a text section is written: by its name, where it was issued, else below its title and prompt."""
        name = section_name(self.form, section)
        if name in self.anchors:
            return Cell(*self.anchors[name])
        asked = self.form.sections[section]
        here = self.texts[issued.sheet].at if issued.sheet in self.texts else {}
        for word, up in ((fold(asked.prompt), 1), (fold(asked.title), 2)):
            if word and here.get((issued.row - up, issued.col)) == word:
                return self._below(issued._replace(row=issued.row - 1))
            found = [Cell(name, *at) for name, texts in self.texts.items() for at, t in texts.at.items() if t == word]
            if word and len(found) == 1:
                return self._below(found[0])
        return None

    def _below(self, head: Cell) -> Cell:
        """The first of the next cells in which something is written, but for the head of another section."""
        heads = {fold(text) for section in self.form.sections.values() for text in (section.title, section.prompt)}
        for row in range(head.row + 1, head.row + SECTION_REACH):
            text = self.texts[head.sheet].at.get((row, head.col), "")
            if text in heads:
                break
            if text:
                return head._replace(row=row)
        return head._replace(row=head.row + 1)

    def _raw(self, cell: Cell) -> RawCell | None:
        return self.sheets[cell.sheet].cells.get((cell.row, cell.col))

    def _words(self, cell: Cell | None) -> str:
        raw = self._raw(cell) if cell is not None else None
        if raw is None or raw.kind in {CellKind.BLANK, CellKind.ERROR}:
            return ""
        if raw.kind is CellKind.NUMBER and re.fullmatch(r"-?\d+\.0+", raw.text):
            return raw.text.partition(".")[0]
        return raw.text

    def _cover(self) -> tuple[dict[str, str], dict[str, Cell]]:
        values: dict[str, str] = {}
        cells: dict[str, Cell] = {}
        for line in self.form.cover:
            name = cover_name(line.id)
            cell = Cell(*self.anchors[name]) if name in self.anchors else self._labelled(line.label, line.id)
            if cell is not None:
                cells[line.id] = cell
                values[line.id] = self._words(cell).strip()
        return values, cells

    def _labelled(self, label: str, field_id: str) -> Cell | None:
        """The cell right of a cover label, wherever it stands."""
        wanted = fold(label)
        order = [COVER_SHEET, *(name for name in self.texts if name != COVER_SHEET)]
        for name in order:
            if name not in self.texts:
                continue
            for (row, col), text in self.texts[name].at.items():
                if text == wanted:
                    return Cell(name, row, col + 1)
        cell = self.layout.cover[field_id]
        return cell if cell.sheet in self.sheets and not self.texts.get(cell.sheet) else None

    def _sections(self) -> tuple[dict[str, str], dict[str, Cell]]:
        texts: dict[str, str] = {}
        cells: dict[str, Cell] = {}
        for section, fallback in self.layout.sections.items():
            cell = self._section(section, fallback)
            if cell is not None:
                cells[section] = cell
                texts[section] = self._words(cell)
        return texts, cells

    # --- entries

    def _entry(self, item: Item, cell: Cell) -> Entry:
        raw = self._raw(cell)
        kind = self.form.entry_type(item)
        if raw is None:
            return Entry(State.BLANK, cell=cell)
        if raw.formula is not None and self.form.is_total(item):
            return Entry(State.NUMBER, None, raw.text, cell, computed=True, stored=raw.text)
        entry = self._understood(raw, kind, cell)
        if raw.formula is not None and entry.state is State.NUMBER:
            self._formula_in_input(item, entry)
        return entry

    def _understood(self, raw: RawCell, kind: EntryType, cell: Cell) -> Entry:
        """What a cell's content means, with what its number format makes of it."""
        held = self._held(raw)
        if held is Held.DATE:
            from xlreport.workbook.dates import day

            shown = day(raw.text, date1904=self.book.date1904)
            return replace(understand(held, raw.text, kind, cell), shown=shown)
        odd = self.book.odd_styles.get(raw.style, "") if held is Held.NUMBER else ""
        if not odd or odd == kind.unit:
            return understand(held, raw.text, kind, cell)
        if odd in {"percent", "scaled"}:
            entry = understand(Held(odd), raw.text, kind, cell)
            value = exact(raw.text)
            shown = f"{plain(simple(Decimal(value) * 100))}%" if odd == "percent" and value is not None else ""
            return replace(entry, shown=shown) if entry.state is State.TEXT else entry
        # Its format prints a unit behind it: what the filler sees is a text like 3万.
        said = understand(Held.TEXT, raw.text + odd, kind, cell)
        return replace(said, raw=raw.text, shown=raw.text + odd)

    def _held(self, raw: RawCell) -> Held:
        match raw.kind:
            case CellKind.BLANK:
                return Held.BLANK if raw.formula is None else Held.NO_RESULT
            case CellKind.NUMBER:
                return Held.DATE if self.book.is_date(raw.style) else Held.NUMBER
            case CellKind.TEXT:
                return Held.TEXT
            case CellKind.BOOL:
                return Held.TRUTH
            case CellKind.ERROR:
                return Held.ERROR

    def _formula_in_input(self, item: Item, entry: Entry) -> None:
        policy = self.form.policy("formula-overwritten")
        part = Part(item, Role.CELL, entry.value, entry.raw, entry.cell)
        facts = {"kind": "formula", "stored": entry.raw}
        self.findings.append(Finding(Code.S212, policy.severity, policy.rule, None, (part,), facts=facts))

    # --- findings about the workbook

    def _policy(self, name: str) -> Policy:
        return self.form.policy(name)

    def _tell_missing_table(self, table: str) -> None:
        policy = self._policy("structure")
        facts = {"kind": "table", "label": self.form.tables[table].title}
        self.findings.append(Finding(Code.S203, policy.severity, policy.rule, facts=facts))

    def _tell_structure(self, located: Mapping[str, Located]) -> Iterable[str]:
        """Tell what is not as issued; the tables that have headings of another edition."""
        foreign = self._foreign(located)
        means = {found.means for table, found in located.items() if table not in foreign}
        for weaker in ("labels", "positions", "sheet"):
            if weaker in means:
                self.findings.append(Finding(Code.S211, Severity.INFO, facts={"means": weaker}))
                break
        rivals = {copy.table for copy in self.copies if copy.twin is Twin.RIVAL}
        for table in self.form.tables:
            if table not in located and table not in foreign and table not in rivals:
                self._tell_missing_table(table)
        self._tell_copies()
        shifted: dict[tuple[str, str], int] = {}
        hidden: set[Change] = set()
        for table, found in located.items():
            if table in foreign:
                continue
            policy = self._policy("structure")
            variants: list[tuple[str, str]] = []
            for change in found.changes:
                if change.kind == "variant":
                    variants.append((change.now, change.label))
                    continue
                if change.kind.startswith("shifted"):
                    by = _lines(change.now) - _lines(change.was)
                    known = shifted.get((found.sheet, change.kind), 0)
                    shifted[found.sheet, change.kind] = by
                    if by == known:  # as the table above it, which told it
                        continue
                if change.kind.startswith("hidden"):
                    if (same := replace(change, place=None)) in hidden:
                        continue
                    hidden.add(same)
                facts = {"kind": change.kind, "label": change.label, "was": change.was, "now": change.now}
                severity = _GRAVITY.get(change.kind, policy.severity)
                if change.kind == "merged" and not self._filled(change.place):
                    severity = Severity.INFO
                self.findings.append(Finding(Code.S203, severity, policy.rule, place=change.place, facts=facts))
            if variants:
                policy = self._policy("label-variant")
                place = next(c.place for c in found.changes if c.kind == "variant")
                facts_ = {"labels": variants}
                self.findings.append(Finding(Code.S208, policy.severity, policy.rule, place=place, facts=facts_))
        return foreign

    def _filled(self, cell: Cell | None) -> bool:
        raw = self._raw(cell) if cell is not None else None
        return raw is not None and bool(raw.text.strip())

    def _tell_copies(self) -> None:
        """Other sheets with tables of the form: once for each sheet, whatever number of tables it has."""
        policy = self._policy("structure")
        groups: dict[tuple[Twin, str, str], list[str]] = {}
        for copy in self.copies:
            groups.setdefault((copy.twin, copy.read, copy.other), []).append(copy.table)
        for (twin, read, other), tables in groups.items():
            titles = [self.form.tables[table].title for table in tables]
            facts = {"kind": twin.value, "label": titles[0], "labels": titles, "was": read, "now": other}
            severity = _GRAVITY.get(twin.value, policy.severity)
            self.findings.append(Finding(Code.S203, severity, policy.rule, place=Cell(other, 0, 0), facts=facts))

    def _tell_sheets(self, located: Mapping[str, Located], submission: Submission) -> None:
        """Sheets renamed or in another order; the hidden sheet deleted."""
        policy = self._policy("structure")
        homes: dict[str, set[str]] = {COVER_SHEET: {cell.sheet for cell in submission.cover_cells.values()}}
        for plan in self.layout.sheets:
            cells = [submission.section_cells[s] for s in plan.plan.sections if s in submission.section_cells]
            homes[plan.name] = {located[t].sheet for t in plan.plan.tables if t in located} | {c.sheet for c in cells}
        now = {name: next(iter(found)) for name, found in homes.items() if len(found) == 1}
        read_instead = {copy.read for copy in self.copies}
        for name, found in now.items():
            if found != name and found not in read_instead:
                facts = {"kind": "renamed", "label": name, "was": name, "now": found}
                self.findings.append(
                    Finding(Code.S203, Severity.INFO, policy.rule, place=Cell(found, 0, 0), facts=facts)
                )
        order = [self.sheets[found].tab for found in now.values()]
        late = next((i for i in range(1, len(order)) if order[i] < order[i - 1]), None)
        if late is not None and len(set(order)) == len(order):
            found = list(now.values())[late]
            facts = {"kind": "reordered", "label": found, "was": "", "now": ""}
            self.findings.append(Finding(Code.S203, Severity.INFO, policy.rule, place=Cell(found, 0, 0), facts=facts))
        if self.identity is not None and not any(name.startswith(MARKER_SHEET) for name in self.sheets):
            self.findings.append(Finding(Code.S211, Severity.INFO, facts={"means": "no-marker"}))

    def _tell_printed(self, located: Mapping[str, Located], submission: Submission) -> None:
        """Titles, captions and other locked texts that are not as issued, on the sheets that else stand as issued."""
        as_printed = COVER_SHEET in self.texts and submission.cover_cells == self.layout.cover
        standing = {COVER_SHEET} if as_printed else set()
        for plan in self.layout.sheets:
            own = [located[t] for t in plan.plan.tables if t in located]
            cells = [submission.section_cells.get(s) == self.layout.sections[s] for s in plan.plan.sections]
            as_issued = all(f.sheet == plan.name and all(c.kind == "unmerged" for c in f.changes) for f in own)
            if plan.name in self.texts and as_issued and len(own) == len(plan.plan.tables) and all(cells):
                standing.add(plan.name)
        headings = {(s.name, p.row, p.col) for s in self.layout.sheets for p in s.placed if p.heading is not None}
        changed: dict[str, list[tuple[str, str]]] = {}
        places: dict[str, Cell] = {}
        for cell, text in printed(self.form, self.layout):
            if cell.sheet not in standing or cell in headings or not text:
                continue
            found = self._raw(cell)
            if found is not None and found.formula is not None:
                continue
            said = found.text if found is not None else ""
            if fold(said) != fold(text):
                changed.setdefault(cell.sheet, []).append((said, text))
                places.setdefault(cell.sheet, cell)
        policy = self._policy("label-variant")
        for sheet, labels in changed.items():
            facts = {"labels": labels, "printed": True}
            self.findings.append(Finding(Code.S208, policy.severity, policy.rule, place=places[sheet], facts=facts))

    def _tell_validations(self, submission: Submission) -> None:
        """Typed cells that check nothing as something is typed: what was pasted took the rule away."""
        if self.identity is None:
            return
        bare: list[Cell] = []
        for entry in submission.entries.values():
            if entry.cell is None or entry.computed:
                continue
            areas = self.sheets[entry.cell.sheet].validated
            if areas is not None and not any(
                a.first_row <= entry.cell.row <= a.last_row and a.first_col <= entry.cell.col <= a.last_col
                for a in areas
            ):
                raw = self._raw(entry.cell)
                if raw is None or raw.formula is None:
                    bare.append(entry.cell)
        totals = Fill(self.identity.totals) if self.identity.totals in {"formula", "typed"} else None
        formulas = {i for i in self.form.items if self.form.computed(i, totals)}
        issued = {e.cell for i, e in submission.entries.items() if i in formulas}  # a formula that gave way to a number
        bare = [cell for cell in bare if cell not in issued]
        if bare:
            policy = self._policy("structure")
            facts = {"kind": "validation", "label": "", "was": "", "now": str(len(bare))}
            self.findings.append(Finding(Code.S203, Severity.INFO, policy.rule, place=bare[0], facts=facts))

    def _foreign(self, located: Mapping[str, Located]) -> set[str]:
        """Tables with headings of another edition in place of ours: told once as a mixed form."""
        suspicious = [
            (table, change, found)
            for table, found in located.items()
            for change in found.changes
            if change.kind in {"missing", "inserted", "variant"}
        ]
        absent = [table for table in self.form.tables if table not in located]
        if not suspicious and not absent:
            return set()
        here = {text for texts in self.texts.values() for text in texts.at.values()}
        own = {
            w for t in self.form.tables.values() for a in (t.rows, t.columns) for h in a.headings for w in labels_of(h)
        }
        result: set[str] = set()
        for other in self.forms():
            if other.id != self.form.id or other.edition == self.form.edition:
                continue
            strange: dict[str, str] = {}
            for table in (*dict.fromkeys(t for t, _, _ in suspicious), *absent):
                theirs = other.tables.get(table)
                if theirs is None:
                    continue
                for axis in (theirs.rows, theirs.columns):
                    for heading in axis.headings:
                        word = fold(heading.label)
                        if word in here and word not in own:
                            strange[word] = heading.label
                            result.add(table)
            if strange:
                policy = self._policy("mixed-edition")
                place = self._find_word(next(iter(strange)))
                facts = {"labels": list(strange.values()), "edition": self.form.edition, "other": other.edition}
                self.findings.append(Finding(Code.S202, policy.severity, policy.rule, place=place, facts=facts))
        return result

    def _find_word(self, word: str) -> Cell | None:
        for name, texts in self.texts.items():
            for (row, col), text in texts.at.items():
                if text == word:
                    return Cell(name, row, col)
        return None

    def _tell_identity(self, submission: Submission) -> None:
        """What the workbook was issued as against what its cover says now."""
        if self.identity is None:
            return
        said = {"unit": self.identity.unit, "unit_code": self.identity.unit_code, "period": self.identity.period or ""}
        now = {"unit": submission.unit, "unit_code": submission.unit_code, "period": submission.period or ""}
        policy = self._policy("identity")
        for what, issued in said.items():
            if str(issued) and str(now[what]) and fold(str(issued)) != fold(str(now[what])):
                facts = {"what": what, "issued": str(issued), "found": str(now[what])}
                place = submission.cover_cells.get(what)
                self.findings.append(Finding(Code.S204, policy.severity, policy.rule, place=place, facts=facts))

    def _tell_owners(self, located: Mapping[str, Located], submission: Submission) -> None:
        """What the workbook says of itself in several places, and each sheet of whose it is, where they differ."""
        policy = self._policy("identity")
        said = [(where, one) for where, one in identities(self.book) if where in {"properties", "sheet"}]
        first = said[0][1] if said else None
        for where, one in said[1:]:
            pairs = [
                (getattr(first, what), getattr(one, what))
                for what in ("form", "edition", "unit", "unit_code", "period")
            ]
            if any(a and b and fold(str(a)) != fold(str(b)) for a, b in pairs):
                issued, found = (" ".join(str(p[n]) for p in pairs[1:] if p[n]) for n in (0, 1))
                facts = {"what": "two-identities", "issued": issued, "found": found, "where": where}
                self.findings.append(Finding(Code.S204, policy.severity, policy.rule, facts=facts))
                break
        if self.identity is not None and (self.identity.form, self.identity.edition) != (
            self.form.id,
            self.form.edition,
        ):
            facts = {"what": "edition", "issued": self.identity.edition, "found": self.form.edition}
            self.findings.append(Finding(Code.S204, policy.severity, policy.rule, facts=facts))
        elif self.identity is not None and self.identity.digest not in {"", digest(self.form, self.layout)}:
            facts = {"what": "digest", "issued": self.identity.digest, "found": digest(self.form, self.layout)}
            self.findings.append(Finding(Code.S204, Severity.INFO, policy.rule, facts=facts))
        now = {"unit": submission.unit, "period": str(submission.period or "")}
        for sheet in dict.fromkeys(found.sheet for found in located.values()):
            for (row, col), cell in self.sheets[sheet].cells.items():
                match = _OWNER.fullmatch(cell.text.strip()) if row <= INFO_ROW + 2 and col == 0 else None
                if match is None or (cell.formula is not None and "[" not in cell.formula):
                    continue  # our own formula repeats the cover, if only its last result
                for what, told in (("unit", match[1].strip()), ("period", match[2] or "")):
                    if told and now[what] and fold(told) != fold(now[what]):
                        facts = {"what": f"sheet-{what}", "issued": told, "found": now[what], "sheet": sheet}
                        place = Cell(sheet, row, col)
                        self.findings.append(Finding(Code.S204, policy.severity, policy.rule, place=place, facts=facts))

    def _with_altered_totals(self, submission: Submission, places: Mapping[Item, Cell]) -> Submission:
        """Totals whose formula is no more the form's hold what it found: that is what the filler sees and hands in."""
        altered: dict[Item, Entry] = {}
        for item, cell in places.items():
            entry, raw = submission.entry(item), self._raw(cell)
            if not entry.computed or raw is None or not raw.formula or raw.kind is CellKind.ERROR:
                continue
            if raw.kind is CellKind.NUMBER and _same(raw.text, submission.value(item)):
                continue
            parts = parts_of(self.form, item, computed=True)
            if any(p not in places for part in parts for p in (part, *self.form.total_parts(part))):
                continue  # which cells it should name is not known
            home = Texts(self.sheets[cell.sheet])
            if adds_its_parts(self.form, item, raw.formula, places, home.filled):
                continue
            if raw.kind is CellKind.TEXT and not raw.text.strip():
                continue  # as good as blank, and so are its parts
            altered[item] = understand(self._held(raw), raw.text, self.form.entry_type(item), cell)
        if not altered:
            return submission
        policy = self._policy("formula-overwritten")
        for item, entry in altered.items():
            if entry.state is State.NUMBER:
                part = Part(item, Role.CELL, entry.value, entry.raw, entry.cell)
                facts = {"kind": "altered", "expected": submission.value(item)}
                self.findings.append(Finding(Code.S206, policy.severity, policy.rule, None, (part,), facts=facts))
        self.altered = frozenset(altered)
        return replace(submission, entries={**submission.entries, **altered})

    def _tell_formulas(self, submission: Submission, places: Mapping[Item, Cell]) -> None:
        """Totals whose formula is gone, and stored results that are not what the cells add up to."""
        totals = self.identity.totals if self.identity else ""
        choice = Fill(totals) if totals in {"formula", "typed"} else None
        policy = self._policy("formula-overwritten")
        stale: list[Part] = []
        for item in places:
            entry = submission.entry(item)
            if entry.computed:
                now = submission.value(item)
                told = entry.stored not in {None, ""} and self.form.index[item] not in submission.values.unreadable
                if told and not _same(entry.stored or "", now):
                    stale.append(Part(item, Role.CELL, now, entry.stored or "", entry.cell))
            elif item in self.altered:
                continue
            elif self.identity and self.form.computed(item, choice) and entry.state is State.NUMBER:
                part = Part(item, Role.CELL, entry.value, entry.raw, entry.cell)
                self.findings.append(Finding(Code.S206, policy.severity, policy.rule, None, (part,)))
        if stale:
            summed = self._summed(submission)
            stale = [part for part in stale if not _same(part.raw, summed[self.form.index[part.item]])]
        if stale:
            facts = {"stored": stale[0].raw, "count": len(stale)}
            self.findings.append(Finding(Code.S207, Severity.INFO, policy.rule, None, tuple(stale), facts=facts))

    def _summed(self, submission: Submission) -> Sequence[Number]:
        """What the formulas find: they pass over a number that is written as text, which we read."""
        texts = {
            item
            for item, entry in submission.entries.items()
            if entry.cell is not None and (raw := self._raw(entry.cell)) is not None and raw.kind is CellKind.TEXT
        }
        numbers = {item: value for item, value in submission.numbers.items() if item not in texts}
        computed = [item for item, entry in submission.entries.items() if entry.computed]
        return evaluate(self.form, numbers, (), computed).numbers

    def _tell_outside(self, located: Mapping[str, Located], submission: Submission) -> None:
        """Content that belongs to no item and is not the form's own text, told once."""
        own = own_words(self.layout)
        spots = list(beside_tables(self.layout, located, self.sheets, own))
        words = [describe(cell) for cell in spots]
        ours = self._homes(located, submission) | {copy.other for copy in self.copies}
        shown = {name: sheet for name, sheet in self.sheets.items() if name in self.texts}
        for cell, area in added_sheets(shown, ours):
            spots.append(cell)
            words.append(area)
        if spots:
            listed = words[:OUTSIDE_LISTED] + (["…"] if len(words) > OUTSIDE_LISTED else [])
            facts = {"cells": listed, "count": len(words)}
            self.findings.append(Finding(Code.S210, Severity.INFO, place=spots[0], facts=facts))

    def _homes(self, located: Mapping[str, Located], submission: Submission) -> set[str]:
        """The sheets on which something of the form stands, and those that should have what was not found."""
        homes = {found.sheet for found in located.values()}
        homes |= {cell.sheet for cell in (*submission.cover_cells.values(), *submission.section_cells.values())}
        if len(located) < len(self.form.tables):
            homes |= {plan.name for plan in self.layout.sheets if any(t not in located for t in plan.plan.tables)}
        return homes | {COVER_SHEET}


def _year(text: str) -> int | None:
    match = re.fullmatch(
        r"\s*((?:19|20)\d{2})\s*年?(?:度)?\s*", text.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    )
    return int(match[1]) if match else None


def _lines(text: str) -> int:
    """A row's or a column's number, for counting how far it is to another."""
    return int(text) if text.isdigit() else sum((ord(ch) - 64) * 26**n for n, ch in enumerate(reversed(text)))


def _same(stored: str, now: object) -> bool:
    value = exact(stored)
    if now is None:
        return value in {None, 0}
    return value is not None and plain(value) == plain(now)  # type: ignore[arg-type]
