"""What people do to a workbook before it comes back, done to the package as Excel does: names and formulas follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from pens import packed, parts

from xlreport.workbook.address import cell_name, column_letters, parse_cell
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container
from xlreport.workbook.poke import set_values
from xlreport.workbook.splice import escaped

Parts = dict[str, bytes]
_REF = r"\$?[A-Z]{1,3}\$?[0-9]{1,7}"
_QUALIFIED = re.compile(rf"('[^']+'!)?({_REF}(?::{_REF})?)(?![\w(])")


def sheet_part(data: bytes, sheet: str) -> str:
    book = read_book(Container(Path("x.xlsx"), data))
    return next(s.part for s in book.sheets if s.name == sheet)


def edited(data: bytes, change: Callable[[str, str], str]) -> bytes:
    """The package with `change(part name, text)` for every XML part."""
    return packed(
        {
            name: change(name, content.decode()).encode() if name.endswith((".xml", ".rels", ".vml")) else content
            for name, content in parts(data).items()
        }
    )


def typed(data: bytes, values: dict[tuple[str, int, int], object], *, over_formulas: bool = False) -> bytes:
    return set_values(Container(Path("x.xlsx"), data), values, allow_formulas=over_formulas)  # type: ignore[arg-type]


def formula_in(data: bytes, sheet: str, row: int, col: int, formula: str, result: str) -> bytes:
    """A formula typed into a cell, with its result."""
    part, name = sheet_part(data, sheet), cell_name(row, col)
    cell = rf'<c r="{name}"((?: s="[0-9]+")?)[^>]*?(?:/>|>.*?</c>)'
    new = rf'<c r="{name}"\1><f>{formula}</f><v>{result}</v></c>'
    return edited(data, lambda at, text: re.sub(cell, new, text, count=1) if at == part else text)


def stored(data: bytes, sheet: str, row: int, col: int, result: str) -> bytes:
    """Another result beside a formula."""
    part, name = sheet_part(data, sheet), cell_name(row, col)
    cell = rf'(<c r="{name}"[^>]*><f>[^<]*</f>)<v>[^<]*</v>'
    return edited(data, lambda at, text: re.sub(cell, rf"\1<v>{result}</v>", text, count=1) if at == part else text)


def renamed(data: bytes, sheet: str, name: str) -> bytes:
    old, new = escaped(f"'{sheet}'!"), escaped(f"'{name}'!")
    tab = re.compile(rf'(<sheet (?:[^>]* )?name="){sheet}"')

    def change(_: str, text: str) -> str:
        return tab.sub(rf'\1{name}"', text.replace(old, new).replace(f"'{sheet}'!", f"'{name}'!"))

    return edited(data, change)


def moved_last(data: bytes, sheet: str) -> bytes:
    """A sheet moved to the end; names of single sheets count tabs and are told apart no more, so they go."""

    def change(at: str, text: str) -> str:
        if at != "xl/workbook.xml":
            return text
        entry = re.search(rf'<sheet (?:[^>]* )?name="{sheet}"[^>]*/>', text)
        assert entry is not None
        text = re.sub(r"<definedName[^>]*localSheetId[^>]*>.*?</definedName>", "", text)
        return text.replace(entry[0], "").replace("</sheets>", f"{entry[0]}</sheets>")

    return edited(data, change)


def without_names(data: bytes) -> bytes:
    return edited(data, lambda _, text: re.sub(r'<definedName name="xlr_[^>]*>.*?</definedName>', "", text))


def without_properties(data: bytes) -> bytes:
    return packed(
        {
            name: re.sub(rb"<(Relationship|Override)[^>]*custom[^>]*/>", b"", content)
            for name, content in parts(data).items()
            if name != "docProps/custom.xml"
        }
    )


def without_sheet(data: bytes, sheet: str) -> bytes:
    part = sheet_part(data, sheet)
    end = part.rpartition("/")[2]
    entry = re.search(
        rf'<sheet (?:[^>]* )?name="{sheet}"[^>]*r:id="([^"]+)"[^>]*/>', parts(data)["xl/workbook.xml"].decode()
    )
    assert entry is not None

    def change(at: str, text: str) -> str:
        if at == "xl/workbook.xml":
            return text.replace(entry[0], "")
        if at == "xl/_rels/workbook.xml.rels":
            return re.sub(rf'<Relationship (?:[^>]* )?Id="{entry[1]}"[^>]*/>', "", text)
        return re.sub(rf'<Override PartName="[^"]*{end}"[^>]*/>', "", text) if at == "[Content_Types].xml" else text

    return packed({name: content for name, content in parts(edited(data, change)).items() if name != part})


# --- rows and columns put in and taken out -----------------------------------------------------------------


class _Shift:
    """References after rows or columns from `at` on were moved by one, in or out."""

    def __init__(self, at: int, by: int, *, rows: bool) -> None:
        self.at, self.by, self.rows = at, by, rows

    def cell(self, row: int, col: int) -> tuple[int, int] | None:
        """Where a cell stands now; None if it was taken out."""
        line = row if self.rows else col
        if self.by < 0 and line == self.at:
            return None
        moved = line + self.by if line >= self.at else line
        return (moved, col) if self.rows else (row, moved)

    def reference(self, text: str) -> str:
        """A reference, absolute or not; an area shrinks or grows."""
        first, _, last = text.partition(":")
        a, b = (parse_cell(end.replace("$", "")) for end in (first, last or first))
        lines = (a[0], b[0]) if self.rows else (a[1], b[1])
        if self.by < 0 and lines == (self.at, self.at):
            return "#REF!"
        start = lines[0] + self.by if lines[0] > self.at or (self.by > 0 and lines[0] == self.at) else lines[0]
        end = lines[1] + self.by if lines[1] >= self.at else lines[1]
        ends = [(start, a[1]), (end, b[1])] if self.rows else [(a[0], start), (b[0], end)]
        names = [self._like(old, *new) for old, new in zip((first, last or first), ends, strict=True)]
        return names[0] if not last else ":".join(names)

    @staticmethod
    def _like(old: str, row: int, col: int) -> str:
        column, line = ("$" if old.startswith("$") else ""), ("$" if "$" in old[1:] else "")
        return f"{column}{column_letters(col)}{line}{row + 1}"

    def formula(self, text: str, sheet: str, *, home: bool) -> str:
        """A formula; `home` is whether it stands on the sheet itself."""

        def moved(match: re.Match[str]) -> str:
            if (match[1] is None and not home) or (match[1] is not None and match[1] != f"'{sheet}'!"):
                return match[0]
            return (match[1] or "") + self.reference(match[2])

        pieces = re.split(r'("[^"]*")', text)
        return "".join(p if p.startswith('"') else _QUALIFIED.sub(moved, p) for p in pieces)


def _shifted(data: bytes, sheet: str, shift: _Shift, put: Iterable[tuple[int, int, str]]) -> bytes:
    part = sheet_part(data, sheet)
    quoted = ('"', "&quot;")

    def formulas(text: str, *, home: bool) -> str:
        def moved(match: re.Match[str]) -> str:
            bare = match[2].replace("&quot;", '"').replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
            new = escaped(shift.formula(bare, sheet, home=home))
            return match[1] + (new.replace(*quoted) if quoted[1] in match[2] else new) + match[3]

        pattern = r"(<(?:f|formula|formula1|formula2|definedName)(?: [^>]*)?>)([^<]*)(</)"
        return re.sub(pattern, moved, text)

    def change(at: str, text: str) -> str:
        if at == "xl/workbook.xml" or (at.startswith("xl/worksheets/sheet") and at != part):
            return formulas(text, home=False)
        return grid(formulas(text, home=True)) if at == part else text

    def grid(text: str) -> str:
        cells: dict[int, dict[int, str]] = {}
        tags: dict[int, str] = {}
        head, body, tail = re.split(r"<sheetData>|</sheetData>", text)
        for row in re.finditer(r'<row r="([0-9]+)"([^>]*?)(?:/>|>(.*?)</row>)', body, re.DOTALL):
            there = shift.cell(int(row[1]) - 1, -1)
            if there is None:
                continue
            tags[there[0]] = row[2]
            for cell in re.finditer(
                r'<c r="([A-Z]+[0-9]+)"((?:[^>/]|/(?!>))*(?:/>|>.*?</c>))', row[3] or "", re.DOTALL
            ):
                new = shift.cell(*parse_cell(cell[1]))
                if new is not None:
                    cells.setdefault(new[0], {})[new[1]] = f'<c r="{cell_name(*new)}"{cell[2]}'
        for row, col, word in put:
            inline = f'<c r="{cell_name(row, col)}" t="inlineStr"><is><t>{escaped(word)}</t></is></c>'
            cells.setdefault(row, {})[col] = inline
        rows = [
            f'<row r="{n + 1}"{tags.get(n, "")}>{"".join(cells.get(n, {})[c] for c in sorted(cells.get(n, {})))}</row>'
            for n in sorted({*tags, *cells})
        ]
        return areas(head) + "<sheetData>" + "".join(rows) + "</sheetData>" + areas(tail)

    def areas(text: str) -> str:
        def moved(match: re.Match[str]) -> str:
            refs = [shift.reference(ref) for ref in match[2].split()]
            left = " ".join(ref for ref in refs if "#REF!" not in ref)
            return f'{match[1]}="{left}"' if left else f'{match[1]}="gone"'

        text = re.sub(r"\b(ref|sqref|topLeftCell|activeCell)=\"([^\"]+)\"", moved, text)
        text = re.sub(r'<mergeCell ref="(?:gone|([A-Z]+[0-9]+):\1)"/>|<hyperlink ref="gone"[^>]*/>', "", text)
        for name in ("conditionalFormatting", "dataValidation"):
            text = re.sub(rf'<{name} [^>]*"gone".*?</{name}>', "", text, flags=re.DOTALL)
        text = text.replace('"gone"', '"A1"')  # the selected cell
        return re.sub(r'<dataValidations count="[0-9]+">', "<dataValidations>", text)

    changed = edited(data, change)
    count = changed and re.compile(r'<mergeCells count="[0-9]+">')
    return edited(changed, lambda at, text: count.sub("<mergeCells>", text) if at == part else text)


def row_inserted(data: bytes, sheet: str, row: int, words: Iterable[tuple[int, str]] = ()) -> bytes:
    return _shifted(data, sheet, _Shift(row, 1, rows=True), [(row, col, word) for col, word in words])


def row_deleted(data: bytes, sheet: str, row: int) -> bytes:
    return _shifted(data, sheet, _Shift(row, -1, rows=True), [])


def column_deleted(data: bytes, sheet: str, col: int) -> bytes:
    return _shifted(data, sheet, _Shift(col, -1, rows=False), [])


def column_inserted(data: bytes, sheet: str, col: int, words: Iterable[tuple[int, str]] = ()) -> bytes:
    return _shifted(data, sheet, _Shift(col, 1, rows=False), [(row, col, word) for row, word in words])
