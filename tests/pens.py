"""Workbooks for the tests of the pen: made by libraries, or by hand where no library makes such a thing."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import cache
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import ColorScaleRule, FormulaRule
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from xlreport.workbook.annotate import Mark, Summary, SummaryCell, SummaryRow, Tone
from xlreport.workbook.container import Container

SHEET = "三、依申请公开"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ARROWS = "http://schemas.openxmlformats.org/package/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"


def opened(data: bytes) -> Container:
    return Container(Path("book.xlsx"), data)


def parts(data: bytes) -> dict[str, bytes]:
    container = opened(data)
    return {name: container.read(name) for name in container.names()}


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    )


@cache  # they carry the time they were made at
def form(*, comments: bool = True, active: int = 0) -> bytes:
    """A form with about everything a pen could damage, by xlsxwriter."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet, other, hidden = book.add_worksheet(SHEET), book.add_worksheet("O'Brien & <Co>"), book.add_worksheet("藏")
    green = book.add_format({"bg_color": "#00FF00"})
    cell = book.add_format({"border": 1, "text_wrap": 1, "align": "center", "locked": False})
    sheet.set_column(0, 0, 30)
    sheet.set_column(9, 9, None, None, {"hidden": True})
    sheet.set_row(1, 40)
    sheet.merge_range("A1:H1", "收到和处理政府信息公开申请情况", cell)
    for col, label in enumerate(["", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]):
        sheet.write(1, col, label, cell)
    for row in range(2, 14):
        sheet.write_string(row, 0, f"第{row - 1}项", cell)
        for col in range(1, 7):
            sheet.write_number(row, col, row * col % 7, cell)
        sheet.write_formula(row, 7, f"=SUM(B{row + 1}:G{row + 1})", cell, sum(row * c % 7 for c in range(1, 7)))
    sheet.conditional_format("B3:H10", {"type": "cell", "criteria": ">", "value": 2, "format": green})
    sheet.conditional_format("B3:B9", {"type": "data_bar", "data_bar_2010": True})
    sheet.data_validation("B3:G14", {"validate": "integer", "criteria": ">=", "value": 0})
    sheet.insert_textbox("J3", "文本框")
    sheet.insert_image("J9", "dot.png", {"image_data": io.BytesIO(png())})
    sheet.insert_button("J20", {"caption": "按钮"})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": f"='{SHEET}'!$B$3:$B$9"})
    sheet.insert_chart("L3", chart)
    sheet.add_sparkline("I3", {"range": f"'{SHEET}'!B3:G3"})
    sheet.print_area("A1:H14")
    sheet.autofilter("A2:H14")
    sheet.protect("", {"format_cells": True})
    if comments:
        sheet.write_comment("B3", "原有批注 _x000D_", {"author": "某某"})
        sheet.write_comment("C9", "另一个", {"visible": True})
    other.write(0, 0, "x")
    other.repeat_rows(0)
    book.define_name("总计", f"='{SHEET}'!$H$3")
    hidden.hide()
    (sheet, other)[active].activate()
    if active:
        other.set_first_sheet()
    book.close()
    return stream.getvalue()


@cache
def office_form() -> bytes:
    """Another, by openpyxl, which writes XML in another hand."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    for row in range(1, 9):
        for col in range(1, 6):
            sheet.cell(row, col, row * col)
    sheet["F1"] = "=SUM(A1:E1)"
    sheet.merge_cells("B3:C4")
    sheet["A1"].comment = Comment("旧批注", "某某")
    sheet.conditional_formatting.add("A1:E8", ColorScaleRule("min", None, "FFFFFF", "max", None, "00FF00"))
    sheet.conditional_formatting.add("B2", FormulaRule(["TRUE"], fill=PatternFill(bgColor="FF0000")))
    validation = DataValidation("whole", operator="greaterThan", formula1="0")
    validation.add("A1:A8")
    sheet.add_data_validation(validation)
    book.create_sheet("检查结果")["A1"] = "我的"
    book.defined_names["合计"] = DefinedName("合计", attr_text=f"'{SHEET}'!$F$1")
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=8))
    book.create_chartsheet("图").add_chart(chart)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_hand(
    sheet: bytes,
    *,
    main: str = MAIN,
    office: str = OFFICE,
    prefix: str = "",
    styles: bytes | None = None,
    book: bytes = b"",
    more: dict[str, bytes] | None = None,
    sheet_arrows: str = "",
) -> bytes:
    """The least package: one sheet called 表 with these bytes; `book` stands behind its list of sheets."""
    p = f"{prefix}:" if prefix else ""
    space = f'xmlns:{prefix}="{main}"' if prefix else f'xmlns="{main}"'
    listing = f'<{p}sheets><{p}sheet name="表" sheetId="7" rel:id="r1"/></{p}sheets>'
    workbook = f'<{p}workbook {space} xmlns:rel="{office}">{listing}'.encode() + book
    arrows = f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/a.xml"/>'
    if styles is not None:
        arrows += f'<Relationship Id="r2" Type="{office}/styles" Target="/xl/s.xml"/>'
    made = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="xml" ContentType="application/xml"/>'
        b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        b'<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        b'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/a.xml" ContentType="application/'
        b'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        + (
            b'<Override PartName="/xl/s.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            b'spreadsheetml.styles+xml"/>'
            if styles is not None
            else b""
        )
        + b"</Types>",
        "_rels/.rels": _arrows(f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'),
        "xl/workbook.xml": workbook + f"</{p}workbook>".encode(),
        "xl/_rels/workbook.xml.rels": _arrows(arrows),
        "xl/worksheets/a.xml": sheet,
    }
    if styles is not None:
        made["xl/s.xml"] = styles
    if sheet_arrows:
        made["xl/worksheets/_rels/a.xml.rels"] = _arrows(sheet_arrows)
    return packed(made | (more or {}))


def _arrows(inner: str) -> bytes:
    return f'<Relationships xmlns="{ARROWS}">{inner}</Relationships>'.encode()


def packed(made: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in made.items():
            package.writestr(zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def marks(sheet: str = SHEET) -> list[Mark]:
    """One of each kind, one on a cell that has a comment, one inside merged cells, two on one cell."""
    return [
        Mark(sheet, 2, 1, Tone.ERROR, ("自然人：1 + 0 = 1 应等于 3 + 0 = 3，差 2。", "见「检查结果」第 5 行"), True, 5),
        Mark(sheet, 2, 2, Tone.ERROR, ('另一边 <b>&"x"',)),
        Mark(sheet, 4, 3, Tone.WARNING, ("上年结转填 3",)),
        Mark(sheet, 4, 3, Tone.INFO, ("第二条",)),
        Mark(sheet, 5, 3, Tone.INFO, ("２ 已按 2 处理",)),
        Mark(sheet, 3, 2, Tone.WARNING, ()),
        Mark(sheet, 0, 4, Tone.INFO, ("标题",)),
    ]


def summary(name: str = "检查结果", sheet: str = SHEET) -> Summary:
    rows = (
        SummaryRow(
            Tone.ERROR,
            (
                SummaryCell("错误"),
                SummaryCell("B3", (sheet, 2, 1)),
                SummaryCell("=1+1"),
                SummaryCell("-2", number="-2.50"),
            ),
        ),
        SummaryRow(
            Tone.INFO,
            (
                SummaryCell("提示"),
                SummaryCell("E1", (sheet, 0, 4)),
                SummaryCell("a\x07b\u202ec_x000D_"),
                SummaryCell(""),
            ),
        ),
    )
    return Summary(name, "检查结果：2 个问题", ("某某局",), ("级别", "位置", "问题", "差"), (8, 10, 60, 8), rows)
