"""A workbook read as a submission: which form it is, where its items are, what they hold, and what is odd about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.evaluate import evaluate
from xlreport.form.fold import fold
from xlreport.form.layout import COVER_SHEET, GRID_TOP, PANEL_SHEET, Cell, Layout, layout
from xlreport.form.model import Fill, Form, Item, Policy, Severity
from xlreport.notation import Held, understand
from xlreport.record import record
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import plain
from xlreport.submission import Entry, State, Submission
from xlreport.workbook.book import Book, CellKind, RawCell, Visibility, parse_range, read_book
from xlreport.workbook.container import Container
from xlreport.workbook.identity import (
    MARKER_SHEET,
    NUMBER_LABEL,
    Identity,
    cover_name,
    identity_of,
    section_name,
    table_name,
)
from xlreport.workbook.locate import Located, Texts, describe, labels_of, locate

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
        own = {MARKER_SHEET, PANEL_SHEET} | set(results_sheets(book))
        self.texts = {s.name: Texts(s) for s in book.sheets if s.name not in own}
        self.findings: list[Finding] = []
        self.anchors = self._anchors()

    def reading(self) -> Reading:
        form = self.form
        located: dict[str, Located] = {}
        for table in form.tables.values():
            found = locate(self.layout, table, self.texts, self.anchors.get(table_name(form, table.id)))
            if found is not None and not (table.unlabelled and self._taken_out(table.id, found)):
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
        self._tell_identity(submission)
        self._tell_formulas(submission, places)
        self._tell_outside(located)
        return Reading(submission, tuple(self.findings), self.identity, places, self.container, self.book)

    # --- places

    def _anchors(self) -> dict[str, tuple[str, int, int]]:
        """Sheet, first row and first column of each of our defined names that still points somewhere."""
        found = {}
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
        entry = understand(self._held(raw), raw.text, kind, cell)
        if raw.formula is not None and entry.state is State.NUMBER:
            self._formula_in_input(item, entry)
        return entry

    def _held(self, raw: RawCell) -> Held:
        match raw.kind:
            case CellKind.BLANK:
                return Held.BLANK
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
        for weaker in ("labels", "positions"):
            if weaker in means:
                self.findings.append(Finding(Code.S211, Severity.INFO, facts={"means": weaker}))
                break
        for table in self.form.tables:
            if table not in located and table not in foreign:
                self._tell_missing_table(table)
        for table, found in located.items():
            if table in foreign:
                continue
            policy = self._policy("structure")
            variants: list[tuple[str, str]] = []
            for change in found.changes:
                if change.kind == "variant":
                    variants.append((change.now, change.label))
                else:
                    facts = {"kind": change.kind, "label": change.label, "was": change.was, "now": change.now}
                    severity = Severity.WARNING if change.kind in {"moved", "inserted"} else policy.severity
                    self.findings.append(Finding(Code.S203, severity, policy.rule, place=change.place, facts=facts))
            if variants:
                policy = self._policy("label-variant")
                place = next(c.place for c in found.changes if c.kind == "variant")
                facts_ = {"labels": variants}
                self.findings.append(Finding(Code.S208, policy.severity, policy.rule, place=place, facts=facts_))
        return foreign

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

    def _tell_outside(self, located: Mapping[str, Located]) -> None:
        """Content on the form's own sheets that belongs to no item and is not the form's own text."""
        cells: list[str] = []
        place: Cell | None = None
        known: dict[str, set[tuple[int, int]]] = {}
        for found in located.values():
            places = known.setdefault(found.sheet, set())
            places.update((cell.row, cell.col) for cell in found.cells.values())
            places.update(found.labels)
        own = self._own_words()
        for plan in self.layout.sheets:
            names = {located[table].sheet if table in located else "" for table in plan.plan.tables}
            if len(names) != 1 or names == {""}:
                continue  # what stands there is the table that was not found
            (name,) = names
            sheet, expected = self.sheets[name], known[name]
            for (row, col), raw in sheet.cells.items():
                if row < GRID_TOP or raw.formula is not None or (row, col) in expected:
                    continue
                if raw.kind is CellKind.BLANK or not raw.text.strip():
                    continue
                if raw.kind is not CellKind.TEXT or not (fold(raw.text) in own or _ours(raw.text)):
                    place = place or Cell(name, row, col)
                    cells.append(describe(Cell(name, row, col)))
        if cells:
            listed = cells[:OUTSIDE_LISTED] + (["…"] if len(cells) > OUTSIDE_LISTED else [])
            facts = {"cells": listed, "count": len(cells)}
            self.findings.append(Finding(Code.S210, Severity.INFO, place=place, facts=facts))

    def _own_words(self) -> set[str]:
        words = {fold(p.text) for s in self.layout.sheets for p in s.placed if p.text}
        words |= {
            w for t in self.form.tables.values() for a in (t.rows, t.columns) for h in a.headings for w in labels_of(h)
        }
        words |= {fold(sheet.plan.title) for sheet in self.layout.sheets}
        # The live remarks around a table are headed by the names of the rules.
        return words | {fold(rule.short) for rule in self.form.rules}


def _ours(text: str) -> bool:
    """Whether a text is one of ours around the tables that the form does not name: 表号, the way to the check panel."""
    return text.startswith(NUMBER_LABEL) or f"“{PANEL_SHEET}”" in text


def _year(text: str) -> int | None:
    match = re.fullmatch(
        r"\s*((?:19|20)\d{2})\s*年?(?:度)?\s*", text.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    )
    return int(match[1]) if match else None


def _same(stored: str, now: object) -> bool:
    from xlreport.notation import exact

    value = exact(stored)
    if now is None:
        return value in {None, 0}
    return value is not None and plain(value) == plain(now)  # type: ignore[arg-type]
