"""Workbooks as small as one may be, written by hand part by part."""

import io
import zipfile
from pathlib import Path

import pytest

from xlreport.workbook.book import Book, RawCell, cell_name, read_book
from xlreport.workbook.container import Container, Unreadable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def arrows(office: str, *targets: tuple[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


def pack(parts: dict[str, str]) -> Container:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return Container(Path("x.xlsx"), stream.getvalue())


def parts_of(sheet: str, strings: str | None = None, styles: str | None = None, **more: str) -> dict[str, str]:
    """A workbook around one worksheet's XML, as small as one may be."""
    parts = {
        "_rels/.rels": arrows(OFFICE, ("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="一" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": arrows(
            OFFICE,
            ("worksheet", "worksheets/sheet1.xml"),
            *([("sharedStrings", "sharedStrings.xml")] if strings is not None else []),
            *([("styles", "styles.xml")] if styles is not None else []),
        ),
        "xl/worksheets/sheet1.xml": sheet,
    }
    if strings is not None:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    if styles is not None:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    return parts | more


def worksheet(rows: str, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def book_of(rows: str, strings: str | None = None, **more: str) -> Book:
    return read_book(pack(parts_of(worksheet(rows), strings, **more)))


def cells_of(rows: str, strings: str | None = None) -> dict[str, RawCell]:
    return {cell_name(*at): cell for at, cell in book_of(rows, strings).sheets[0].cells.items()}


def one(content: str, strings: str | None = None) -> RawCell | None:
    return cells_of(f'<row r="1">{content}</row>', strings).get("A1")


def reason(parts: dict[str, str]) -> str:
    with pytest.raises(Unreadable) as caught:
        read_book(pack(parts))
    return caught.value.reason
