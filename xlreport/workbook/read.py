"""A workbook read as a submission: which form it is, where its items are, what they hold, and what is odd about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.fold import fold
from xlreport.form.layout import COVER_SHEET, PANEL_SHEET, Cell, Layout, layout
from xlreport.form.model import Form
from xlreport.form.table import EntryType, Item, Table
from xlreport.notation import Held, exact, plain_digits, simple, understand
from xlreport.record import fresh, record, replace
from xlreport.rules.sentence import plain
from xlreport.submission import Entry, Oddity, State, Submission
from xlreport.workbook.book import Book, CellKind, RawCell, parse_range, read_book
from xlreport.workbook.changed import changes
from xlreport.workbook.container import Container
from xlreport.workbook.copies import Copy, choose, pasted_again
from xlreport.workbook.grid import look
from xlreport.workbook.identity import (
    MARKER_SHEET,
    RESULTS_NAME,
    TABLE_PREFIX,
    Identity,
    cover_name,
    identity_of,
    places_on_marker,
    section_name,
    sheets_behind,
    table_name,
)
from xlreport.workbook.locate import locate
from xlreport.workbook.mixed import foreign
from xlreport.workbook.owners import owners
from xlreport.workbook.recognise import recognise
from xlreport.workbook.seen import Seen
from xlreport.workbook.sheet import Doubled, Patched
from xlreport.workbook.texts import Located, Texts
from xlreport.workbook.totals import altered_totals, formulas

_NUMBER = CellKind.NUMBER  # in Python 3.11 a member costs three times as much asked of its class
_DISGUISES = frozenset({"disguised", "hidden", "negative", "zero", "negative zero"})
_YEAR = r"(?:19|20)\d{2}(?:\.0+)?"  # typed into a cell that shows dates, still a year
SECTION_REACH = 4  # rows below its head in which a section's text is looked for


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
    if "_xlreport_results" not in book.names:
        return []
    from xlreport.workbook.results import results_sheet  # a form that comes back the first time does without

    sheet = results_sheet(book)
    return [] if sheet is None else [sheet.name]


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
        self.odd = book.date_styles | book.odd_styles.keys()  # styles that show another number than the stored one
        # Our own sheets repeat the form's words; what stands there is no answer.
        own = {PANEL_SHEET, *results_sheets(book), *self._panels(), *sheets_behind(book)}
        self.texts = {
            s.name: Texts(s) for s in book.sheets if s.name not in own and not s.name.startswith(MARKER_SHEET)
        }
        self.findings: list[Finding] = []
        self.copies: list[Copy] = []
        self.by_marker: set[str] = set()  # the anchors that only the hidden sheet still has
        self.sizes: dict[str, tuple[int, int]] = {}  # rows and columns that a name covers
        self.anchors = self._anchors()

    def reading(self) -> Reading:
        form = self.form
        located = {table.id: found for table in form.tables.values() if (found := self._table(table)) is not None}
        mixed, of_others = foreign(form, self.forms, self.texts, located)
        self.findings += of_others
        located = {table: found for table, found in located.items() if table not in mixed}
        places = {item: cell for found in located.values() for item, cell in found.cells.items()}
        before = self._submission(places)
        seen = Seen(
            form, self.layout, self.book, self.sheets, self.texts, self.identity, located, places, self.copies, before
        )
        altered = altered_totals(seen, lambda raw, item, cell: self._understood(raw, form.entry_type(item), cell))
        if altered:
            seen = replace(seen, submission=replace(before, entries={**before.entries, **altered}))
        self.findings += [*changes(seen, mixed), *owners(seen), *formulas(seen, altered, before)]
        means = {table: found.means for table, found in located.items()}
        said_by = identity_of(self.book)[1]
        told = tuple(self.findings)
        return Reading(
            seen.submission, told, self.identity, places, self.container, self.book, means=means, said_by=said_by
        )

    def _submission(self, places: Mapping[Item, Cell]) -> Submission:
        """What was reported; a total with a formula is what its parts add up to."""
        entries: dict[Item, Entry] = {}
        cells, odd, number = {name: sheet.cells for name, sheet in self.sheets.items()}, self.odd, State.NUMBER
        for item, cell in places.items():
            sheet, row, col = cell
            raw = cells[sheet].get((row, col))
            if raw is not None and raw.formula is None and raw.kind is _NUMBER and raw.style not in odd:
                text = raw.text
                if plain_digits(text):  # nine in ten cells
                    entries[item] = Entry(number, int(text), text, cell)
                    continue
            entries[item] = self._entry(item, cell, raw)
        if len(places) < len(self.form.items):
            entries |= {item: Entry(State.NOT_FOUND) for item in self.form.items if item not in places}
        cover, cover_cells = self._cover()
        sections, section_cells = self._sections()
        period = cover.get("period", "")
        return Submission(
            self.form,
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

    def _table(self, table: Table) -> Located | None:
        """One table, of its copies the one that is meant, with the items that are certain."""
        name = table_name(self.form, table.id)
        means = "sheet" if name in self.by_marker else "names"
        found = locate(self.layout, table, self.texts, self.anchors.get(name), means, self.sizes.get(name))
        if found is None or (table.unlabelled and self._taken_out(table.id, found)):
            return None
        if len(found.cells) < len(table.items):
            from xlreport.workbook.split import split, together  # a form as it was issued does without

            parts = split(self.layout, table, self.texts, found)
            if len(parts) > 1:
                seen = [look(self.form, self.layout, table.id, part, self.sheets[part.sheet]) for part in parts]
                return together(table, seen)
        chosen, copies = choose(self.layout, table, self.texts, found, self._raw)
        self.copies += copies
        if chosen is None:
            return None
        again = pasted_again(self.layout, table, self.texts[chosen.sheet], chosen)
        if again is not None:
            chosen = replace(chosen, changes=(*chosen.changes, again))
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
                area = target[1]
                found[name] = (target[0], area.first_row, area.first_col)
                self.sizes[name] = area.last_row - area.first_row + 1, area.last_col - area.first_col + 1
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
        """Where a text section is written: where its head says, by its name or as issued, else below its head."""
        name = section_name(self.form, section)
        named = Cell(*self.anchors[name]) if name in self.anchors else None
        asked = self.form.sections[section]
        heads = [(word, up) for word, up in ((fold(asked.prompt), 1), (fold(asked.title), 2)) if word]
        spot = named or issued
        here = self.texts[spot.sheet].at if spot.sheet in self.texts else {}
        for word, up in heads:
            if here.get((spot.row - up, spot.col)) == word:
                return named or self._below(issued._replace(row=issued.row - 1))
            # Rows were put in by a program that moves no names.
            found = [Cell(name, *at) for name, texts in self.texts.items() for at, t in texts.at.items() if t == word]
            if len(found) == 1:
                return self._below(found[0])
        return named

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
        if raw.kind is CellKind.NUMBER and self.book.is_date(raw.style) and not re.fullmatch(_YEAR, raw.text):
            from xlreport.workbook.dates import day

            return day(raw.text, date1904=self.book.date1904) or raw.text
        if raw.kind is CellKind.NUMBER and re.search("[.eE]", raw.text) and (value := exact(raw.text)) is not None:
            return plain(simple(Decimal(value)))  # some programs write 2024.0 or 2.024E3
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

    def _entry(self, item: Item, cell: Cell, raw: RawCell | None) -> Entry:
        if raw is None:
            return Entry(State.BLANK, cell=cell)
        if raw.formula is not None and self.form.is_total(item):
            return Entry(State.NUMBER, None, raw.text, cell, computed=True, stored=raw.text)
        entry = self._understood(raw, self.form.entry_type(item), cell)
        if raw.formula is not None and entry.state is State.NUMBER:
            self._formula_in_input(item, entry)
        return entry

    def _understood(self, raw: RawCell, kind: EntryType, cell: Cell) -> Entry:
        """What a cell's content means, with what its number format makes of it."""
        held = self._held(raw)
        if type(raw.text) is Patched and raw.text.kept.strip() != raw.text.strip():
            kept = understand(held, raw.text.kept, kind, cell)
            meant = kept.value if kept.state is State.NUMBER else kept.proposal
            return Entry(State.TEXT, raw=str(raw.text), cell=cell, oddity=Oddity.PATCHED, proposal=meant)
        if type(raw.text) is Doubled:
            return Entry(State.TEXT, raw=str(raw.text), cell=cell, oddity=Oddity.DOUBLED)
        if self.book.odd_styles.get(raw.style) == "struck" and raw.text.strip() and held is not Held.ERROR:
            return Entry(State.TEXT, raw=str(raw.text), cell=cell, oddity=Oddity.STRUCK)
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
        if odd in _DISGUISES:
            value = exact(raw.text) or 0
            if (odd == "hidden" and value == 0) or (
                odd not in {"disguised", "hidden"} and not ("zero" in odd if value == 0 else value < 0 and "neg" in odd)
            ):
                return understand(held, raw.text, kind, cell)
            return Entry(State.TEXT, raw=raw.text, cell=cell, oddity=Oddity.DISGUISED)
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


def _year(text: str) -> int | None:
    plain_text = text.strip().lstrip("'").translate(_YEAR_DIGITS)
    match = re.fullmatch(r"(?:公元)?((?:19|20)\d{2})(?:\.0+)?(?:年度?|年报)?", "".join(plain_text.split()))
    return int(match[1]) if match and not re.search(r"\d\s+\d", plain_text) else None


_YEAR_DIGITS = str.maketrans("０１２３４５６７８９〇零○Ｏ一二三四五六七八九", "01234567890000123456789")
