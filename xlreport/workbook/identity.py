"""How a workbook says what it is, several times over, and reading that back.

Custom document properties, a hidden sheet, defined names and the printed 表号: each survives something that the others
do not (a copied sheet, a re-typed workbook, a program that drops properties). What it says need not be true; comparing
it with the cover and the labels is somebody else's work.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping

from xlreport.form.fold import fold
from xlreport.form.layout import COVER_SHEET, TITLE_ROW, Cell, Layout
from xlreport.form.model import Form
from xlreport.form.table import Fill
from xlreport.pattern import pattern
from xlreport.record import record
from xlreport.rules.formula import letters
from xlreport.workbook.address import parse_range
from xlreport.workbook.book import Book
from xlreport.workbook.sheet import CellKind, Visibility

MARKER_SHEET = "_xlreport"
PREFIX = "xlr_"
TABLE_PREFIX = f"{PREFIX}t_"
RESULTS_NAME = f"{PREFIX}results"  # the column of signs in the check panel
PROPERTY = "xlreport."
NUMBER_LABEL = "表号："
_LONGEST_PROPERTY = 255
_SCANNED = 12  # rows from the top in which a 表号 is printed


@record
class Identity:
    """Which form a workbook is, and whose."""

    form: str
    edition: str
    unit: str = ""
    unit_code: str = ""
    level: str = ""
    period: int | None = None
    issue: str = ""  # which issuing of the form this is: the office's own number
    totals: str = "form"  # "form", "formula" or "typed": which totals the workbook computes
    digest: str = ""  # of the locked cells' text; "" if it does not say

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every field as text, in order; what the properties and the hidden sheet hold."""
        for name in ("form", "edition", "unit", "unit_code", "level", "period", "issue", "totals", "digest"):
            value = getattr(self, name)
            yield name, "" if value is None else str(value)[:_LONGEST_PROPERTY]


def identity_of(book: Book, forms: Iterable[Form] = ()) -> tuple[Identity | None, str]:
    """What a workbook says it is, and where it says so: "properties", "sheet", "names", "number" or "none".

    `forms` are the forms whose printed 表号 is looked for when nothing else is left.
    """
    for where, found in identities(book, forms):
        return found, where
    return None, "none"


def identities(book: Book, forms: Iterable[Form] = ()) -> Iterator[tuple[str, Identity]]:
    """Everything that a workbook says of itself, the fullest first; they differ if somebody mixed two workbooks."""
    cut = len(PROPERTY)
    if found := _from_texts({key[cut:]: text for key, text in book.properties.items() if key.startswith(PROPERTY)}):
        yield "properties", found
    for sheet in book.sheets:
        # Somebody may have unhidden it; a copy in another book is called "_xlreport (2)".
        if sheet.name.startswith(MARKER_SHEET):
            texts = {
                c.text: sheet.cells[row, 1].text
                for (row, col), c in sheet.cells.items()
                if not col and (row, 1) in sheet.cells
            }
            if found := _from_texts(texts):
                yield "sheet", found
    if found := _from_names(book):
        yield "names", found
    for form in _printed_numbers(book, forms):
        yield "number", Identity(form.id, form.edition)


def _from_texts(texts: Mapping[str, str]) -> Identity | None:
    form, edition = texts.get("form", ""), texts.get("edition", "")
    if not form or not edition:
        return None
    return Identity(
        form=form,
        edition=edition,
        unit=texts.get("unit", ""),
        unit_code=texts.get("unit_code", ""),
        level=texts.get("level", ""),
        period=_year(texts.get("period", "")),
        issue=texts.get("issue", ""),
        totals=texts.get("totals", "") or "form",
        digest=texts.get("digest", ""),
    )


def _year(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else None


def _from_names(book: Book) -> Identity | None:
    names = {**{name: text for (name, _), text in book.local_names.items()}, **book.names}
    matches = [m for name in sorted(names) if (m := _ID_NAME.fullmatch(name))]
    if not matches:
        return None
    texts = {"form": _decoded(matches[0][1]), "edition": _decoded(matches[0][2])}
    sheets = {sheet.name: sheet for sheet in book.sheets}
    for field in ("unit", "unit_code", "level", "period"):
        found = parse_range(names.get(cover_name(field), ""))
        sheet = sheets.get(found[0]) if found else None
        cell = sheet.cells.get((found[1].first_row, found[1].first_col)) if sheet and found else None
        if cell and cell.kind in {CellKind.TEXT, CellKind.NUMBER}:
            texts[field] = cell.text.strip()
    return _from_texts(texts)


def where_printed(book: Book, form: Form) -> bool:
    """Whether a form's 表号 is printed on a sheet of the workbook."""
    return any(_printed_numbers(book, (form,)))


def _printed_numbers(book: Book, forms: Iterable[Form]) -> Iterator[Form]:
    known = {fold(form.number): form for form in forms}
    seen = set()
    for sheet in book.sheets:
        if not known or sheet.visible is not Visibility.VISIBLE:
            continue
        for (row, _), cell in sheet.cells.items():
            if row < _SCANNED and cell.kind is CellKind.TEXT and "表号" in cell.text:
                printed = fold(cell.text.partition("表号")[2])
                for number, form in known.items():
                    if number in printed and form.name not in seen:
                        seen.add(form.name)
                        yield form


# --- defined names -----------------------------------------------------------------------------------------

_TOKEN = r"(?:[A-Za-z0-9]|_[0-9a-f]{2,6}_)+"  # noqa: S105  (a pattern)
_ID_NAME = pattern(f"{PREFIX}id_({_TOKEN})__({_TOKEN})__[0-9]+")


def _encoded(text: str) -> str:
    """Text as letters, digits and `_hex_`: the characters that every program allows in a name."""
    return re.sub(r"[^A-Za-z0-9]", lambda m: f"_{ord(m[0]):02x}_", text)


def _decoded(text: str) -> str:
    return re.sub(r"_([0-9a-f]{2,6})_", lambda m: chr(int(m[1], 16)), text) if "_" in text else text


def table_name(form: Form, table_id: str) -> str:
    """The defined name of a table's data area: by its alias, or by its place among the tables."""
    alias = form.tables[table_id].alias or ""
    if alias.isascii() and alias.isidentifier() and alias[0] != "_" and len(alias) <= 31:
        return f"{TABLE_PREFIX}{alias}"
    return f"{TABLE_PREFIX}{list(form.tables).index(table_id) + 1}"


def cover_name(field_id: str) -> str:
    """The defined name of a cover field's cell."""
    return (
        f"{PREFIX}cover_{field_id}"
        if field_id.isascii() and field_id.replace("_", "0").isalnum()
        else f"{PREFIX}cover_{_encoded(field_id)}"
    )


def section_name(form: Form, section_id: str) -> str:
    """The defined name of a text section's cell."""
    return f"{PREFIX}s_{list(form.sections).index(section_id) + 1}"


def names(form: Form, layout: Layout) -> dict[str, str]:
    """Every defined name of a workbook of ours and what it refers to, without `=`.

    They are ranges, so they follow inserted rows, renamed sheets and a sheet copied into another book.
    """
    found: dict[str, str] = {}
    for sheet in layout.sheets:
        for table in sheet.plan.tables:
            name, *corners = layout.area(table)
            found[table_name(form, table)] = absolute(name, *corners)
    for field, cell in layout.cover.items():
        found[cover_name(field)] = absolute(cell.sheet, cell.row, cell.col)
    for section, cell in layout.sections.items():
        found[section_name(form, section)] = absolute(cell.sheet, cell.row, cell.col)
    for i, sheet in enumerate(layout.sheets):
        name = f"{PREFIX}id_{_encoded(form.id)}__{_encoded(form.edition)}__{i + 1}"
        found[name] = absolute(sheet.name, TITLE_ROW, 0)
    return found


def absolute(sheet: str, row: int, col: int, last_row: int | None = None, last_col: int | None = None) -> str:
    """A cell or range as a defined name refers to it: `'三、依申请公开'!$D$6:$J$30`."""
    text = "'" + sheet.replace("'", "''") + f"'!${letters(col)}${row + 1}"
    if last_row is None or last_col is None or (last_row, last_col) == (row, col):
        return text
    return f"{text}:${letters(last_col)}${last_row + 1}"


def places_on_marker(sheet_formulas: Mapping[str, str]) -> dict[str, tuple[str, int, int]]:
    """Where the hidden sheet says the tables are: its formulas follow them as the names do, and survive their loss."""
    found = {}
    for name, formula in sheet_formulas.items():
        match = re.fullmatch(r"ROW\((.+)\)", formula)
        target = parse_range(match[1]) if match else None
        if target is not None:
            found[name] = (target[0], target[1].first_row, target[1].first_col)
    return found


BEHIND_NAME = f"{PREFIX}behind_"  # names on the sheets that a total has behind its form


def sheets_behind(book: Book) -> Iterator[str]:
    """The sheets that we put behind a total: lists, charts, ledgers; no part of what is reported."""
    for name, target in book.names.items():
        found = parse_range(target) if name.startswith(BEHIND_NAME) else None
        if found:
            yield found[0]


# --- the digest of what is printed -------------------------------------------------------------------------


def printed(form: Form, layout: Layout) -> Iterator[tuple[Cell, str]]:
    """Every locked text of the form itself: titles, headings, labels, prompts."""
    for field, cell in zip(form.cover, layout.cover.values(), strict=True):
        yield Cell(COVER_SHEET, cell.row, cell.col - 1), field.label
    for sheet in layout.sheets:
        yield Cell(sheet.name, TITLE_ROW, 0), sheet.plan.title
        for placed in sheet.placed:
            if placed.item is None and placed.text:
                yield Cell(sheet.name, placed.row, placed.col), placed.text
    for section, cell in layout.sections.items():
        yield Cell(cell.sheet, cell.row - 2, cell.col), form.sections[section].title
        yield Cell(cell.sheet, cell.row - 1, cell.col), form.sections[section].prompt


def digest(form: Form, layout: Layout) -> str:
    """A short fingerprint of the locked texts and where they stand."""
    lines = [f"{cell.sheet}\t{cell.row}\t{cell.col}\t{text}" for cell, text in printed(form, layout)]
    # Two checksums: nobody is to be kept from forging it, and hashlib takes 3 ms to start.
    whole = "\n".join([form.name, *lines]).encode()
    return f"{zlib.crc32(whole):08x}{zlib.adler32(whole):08x}"


def totals_word(totals: Fill | None) -> str:
    """The choice of totals as an identity holds it."""
    return totals.value if totals else "form"


@record
class Issued:
    """What every workbook of a form prints as it is issued: locked texts but for headings, and the digest of all."""

    texts: tuple[tuple[Cell, str], ...]
    digest: str


_KEPT: dict[int, tuple[Layout, Issued]] = {}


def issued(form: Form, layout: Layout) -> Issued:
    """The same for every workbook of the form; worked out once."""
    kept = _KEPT.get(id(layout))
    if kept is None or kept[0] is not layout:
        headings = {(s.name, p.row, p.col) for s in layout.sheets for p in s.placed if p.heading is not None}
        texts = tuple((cell, text) for cell, text in printed(form, layout) if text and cell not in headings)
        kept = (layout, Issued(texts, digest(form, layout)))
        _KEPT[id(layout)] = kept
    return kept[1]
