"""Workbooks of many makers, for the pen: each with something that an editor has been seen to lose or to trip over."""

# ruff: noqa: E501  (markup stands on one line, as programs write it)

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache

import openpyxl
import xlsxwriter
from openpyxl.chart import PieChart, Reference
from openpyxl.worksheet.protection import SheetProtection
from openpyxl.worksheet.scenario import InputCells, Scenario, ScenarioList
from openpyxl.worksheet.table import Table
from pens import ARROWS, MAIN, OFFICE, STRICT_MAIN, STRICT_OFFICE, by_hand, form, office_form, packed, parts, png

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml."
MS = "http://schemas.microsoft.com/office"
X14 = f"{MS}/spreadsheetml/2009/9/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def _by_xlsxwriter(work: Callable[[xlsxwriter.Workbook], None], **options: object) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, **options})
    work(book)
    book.close()
    return stream.getvalue()


def _tables(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("表格")
    for row in range(1, 6):
        sheet.write_row(row, 0, [row, row * 2, row * 3])
    sheet.add_table("A1:C6", {"total_row": False, "columns": [{"header": h} for h in "甲乙丙"]})
    other = book.add_worksheet("两张")
    other.add_table("A1:B3")
    other.add_table("D1:E3")
    other.write_comment("B2", "在表格里")


def _conditional(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("条件")
    for row in range(20):
        sheet.write_row(row, 0, [row, -row, row % 3])
    sheet.conditional_format("A1:A20", {"type": "data_bar", "data_bar_2010": True, "bar_negative_color": "#FF0000"})
    sheet.conditional_format("B1:B20", {"type": "icon_set", "icon_style": "3_traffic_lights", "icons_only": True})
    sheet.conditional_format("A1:C20", {"type": "3_color_scale", "multi_range": "A1:B9 C3:C20"})
    stop = {"type": "cell", "criteria": "<", "value": 99, "format": book.add_format({"bg_color": "black"})}
    sheet.conditional_format("A1:C20", {**stop, "stop_if_true": True})


def _pictures(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("图")
    image = {"image_data": io.BytesIO(png())}
    sheet.insert_image("B2", "a.png", image)
    sheet.set_header("&L&G&C标题", {"image_left": "h.png", "image_data_left": io.BytesIO(png())})
    sheet.set_background(io.BytesIO(png()))
    sheet.embed_image("C3", "e.png", {"image_data": io.BytesIO(png())})
    sheet.insert_textbox("D4", "骑缝章", {"textlink": "=$A$1"})
    sheet.insert_button("F2", {"caption": "按钮", "macro": "X"})
    sheet.insert_checkbox("A9", boolean=True)
    sheet.write_url("A5", "https://example.invalid/?a=1&b=2", string="网址")
    sheet.write_url("A6", "internal:'图'!B2")
    sheet.write_url("A7", "external:..\\其他.xlsx#表!A1")


def _names(book: xlsxwriter.Workbook) -> None:
    for name in ("一", "二 '引号' 页", "三"):
        sheet = book.add_worksheet(name)
        sheet.print_area("A1:C9")
        sheet.repeat_rows(0, 1)
        sheet.autofilter("A1:C9")
    book.define_name("全局", "='三'!$A$1")
    book.define_name("'三'!局部", "='三'!$B$2")
    book.worksheets()[2].activate()
    book.worksheets()[1].set_first_sheet()
    book.worksheets()[0].hide()
    chart = book.add_chart({"type": "pie"})
    chart.add_series({"values": "='一'!$A$1:$A$3"})
    book.add_chartsheet("图表页").set_chart(chart)


def _arrays(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("公式")
    sheet.write_dynamic_array_formula("A1", "=SEQUENCE(3)", None, 1)
    sheet.write_array_formula("B1:B3", "{=A1:A3*2}", None, 2)
    sheet.write_formula("C1", '=LET(x,1,x&"<>&")', None, "1<>&")
    sheet.write_rich_string("D1", book.add_format({"bold": True}), "粗", "细")
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD9"})
    sheet.set_row(5, None, None, {"level": 1, "hidden": True})
    sheet.outline_settings(visible=False)
    sheet.unprotect_range("A1:B2", "名")
    sheet.protect("密码", {"objects": True})


def _by_openpyxl(**parts_of: bool) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "表"
    sheet.append(["名", "数", "方"])
    for row in range(1, 11):
        sheet.append([f"行{row}", row, row * row])
    if parts_of.get("table"):
        sheet.add_table(Table(displayName="T1", ref="A1:C11"))
    if parts_of.get("scenario"):
        sheet.scenarios = ScenarioList([Scenario(name="甲", inputCells=[InputCells(r="B2", val="9")])])
        sheet.protection = SheetProtection(sheet=True, password="x")  # noqa: S106
    if parts_of.get("chart"):
        chart = PieChart()
        chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=11))
        sheet.add_chart(chart, "E2")
        book.create_chartsheet("图")
    if parts_of.get("views"):
        book.create_sheet("后")
        book.active = 1
        book.security.lockStructure = True
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# --- made by hand out of others


def changed(data: bytes, more: Mapping[str, bytes], *edits: tuple[str, str, str]) -> bytes:
    """A package with more parts, and texts of some parts put behind a pattern's match."""
    made = parts(data) | dict(more)
    for name, pattern, new in edits:
        text = made[name].decode()
        assert re.search(pattern, text), (name, pattern)
        made[name] = re.sub(pattern, lambda match, new=new: match[0] + new, text, count=1).encode()
    return packed(made)


_OUTSIDE = ' TargetMode="External"'
_TYPES, _BOOK, _BOOK_ARROWS = "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def _arrow(ident: str, kind: str, target: str, more: str = "") -> str:
    return f'<Relationship Id="{ident}" Type="{kind}" Target="{target}"{more}/>'


def _override(part: str, kind: str) -> str:
    return f'<Override PartName="/{part}" ContentType="{kind}"/>'


def signed(data: bytes) -> bytes:
    """The workbook with a digital signature."""
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature"
    signature = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
    return changed(
        data,
        {
            "_xmlsignatures/origin.sigs": b"",
            "_xmlsignatures/_rels/origin.sigs.rels": f'<Relationships xmlns="{ARROWS}">'
            f"{_arrow('rId1', f'{kind}/signature', 'sig1.xml')}</Relationships>".encode(),
            "_xmlsignatures/sig1.xml": signature,
        },
        (_TYPES, "<Types[^>]*>", '<Default Extension="sigs" ContentType="application/vnd.openxmlformats-package.digital-signature-origin"/>'),
        (_TYPES, "<Types[^>]*>", _override("_xmlsignatures/sig1.xml", "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml")),
        ("_rels/.rels", "<Relationships[^>]*>", _arrow("rIdS", f"{kind}/origin", "_xmlsignatures/origin.sigs")),
    )  # fmt: skip


def _linked() -> bytes:
    """A link to another workbook, a data connection, a query and a DDE link: all to be kept, none to be followed."""
    link = f"{OFFICE}/externalLink"
    return changed(
        form(),
        {
            "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1"><sheetNames><sheetName val="S"/></sheetNames></externalBook></externalLink>'.encode(),
            "xl/externalLinks/_rels/externalLink1.xml.rels": f'<Relationships xmlns="{ARROWS}">{_arrow("rId1", f"{OFFICE}/externalLinkPath", "http://198.51.100.9/secret.xlsx", _OUTSIDE)}</Relationships>'.encode(),
            "xl/externalLinks/externalLink2.xml": f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/C calc"><ddeItems><ddeItem name="x"/></ddeItems></ddeLink></externalLink>'.encode(),
            "xl/connections.xml": f'<connections xmlns="{MAIN}"><connection id="1" name="c" type="4" refreshedVersion="6" refreshOnLoad="1"><webPr url="http://198.51.100.9/q"/></connection></connections>'.encode(),
        },
        (_TYPES, "<Types[^>]*>", _override("xl/externalLinks/externalLink1.xml", f"{SPREADSHEET}externalLink+xml") + _override("xl/externalLinks/externalLink2.xml", f"{SPREADSHEET}externalLink+xml") + _override("xl/connections.xml", f"{SPREADSHEET}connections+xml")),
        (_BOOK_ARROWS, "<Relationships[^>]*>", _arrow("rIdE1", link, "externalLinks/externalLink1.xml") + _arrow("rIdE2", link, "externalLinks/externalLink2.xml") + _arrow("rIdC", f"{OFFICE}/connections", "connections.xml")),
        (_BOOK, "</sheets>", '<externalReferences><externalReference r:id="rIdE1"/><externalReference r:id="rIdE2"/></externalReferences>'),
    )  # fmt: skip


def _threaded() -> bytes:
    """A thread on B3 and an old comment on C9, as Excel 365 writes them."""
    made = parts(form())
    comments = made["xl/comments1.xml"].decode()
    comments = comments.replace("某某", "tc={1DA0A0E5-0000-4000-8000-000000000001}")
    return changed(
        packed(made | {"xl/comments1.xml": comments.encode()}),
        {
            "xl/threadedComments/threadedComment1.xml": b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="B3" dT="2024-01-01T00:00:00.00" personId="{2}" id="{1DA0A0E5-0000-4000-8000-000000000001}"><text>x</text></threadedComment></ThreadedComments>',
            "xl/persons/person.xml": b'<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><person displayName="a" id="{2}" userId="a" providerId="None"/></personList>',
        },
        (_TYPES, "<Types[^>]*>", _override("xl/threadedComments/threadedComment1.xml", "application/vnd.ms-excel.threadedcomments+xml") + _override("xl/persons/person.xml", "application/vnd.ms-excel.person+xml")),
        ("xl/worksheets/_rels/sheet1.xml.rels", "<Relationships[^>]*>", _arrow("rIdT", f"{MS}/2017/10/relationships/threadedComment", "../threadedComments/threadedComment1.xml")),
        (_BOOK_ARROWS, "<Relationships[^>]*>", _arrow("rIdP", f"{MS}/2017/10/relationships/person", "persons/person.xml")),
    )  # fmt: skip


def _pivoted() -> bytes:
    """A pivot cache, a slicer cache in the extension list, calculation chain and custom views."""
    return changed(
        form(),
        {
            "xl/pivotCache/pivotCacheDefinition1.xml": f'<pivotCacheDefinition xmlns="{MAIN}" refreshOnLoad="1" recordCount="0"><cacheSource type="worksheet"><worksheetSource ref="A2:H14" sheet="三、依申请公开"/></cacheSource><cacheFields count="1"><cacheField name="x"/></cacheFields></pivotCacheDefinition>'.encode(),
            "xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"><c r="H3" i="1"/><c r="H4" i="1"/></calcChain>'.encode(),
            "customXml/item1.xml": b"<a/>",
        },
        (_TYPES, "<Types[^>]*>", _override("xl/pivotCache/pivotCacheDefinition1.xml", f"{SPREADSHEET}pivotCacheDefinition+xml") + _override("xl/calcChain.xml", f"{SPREADSHEET}calcChain+xml")),
        (_BOOK_ARROWS, "<Relationships[^>]*>", _arrow("rIdV", f"{OFFICE}/pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml") + _arrow("rIdCC", f"{OFFICE}/calcChain", "/xl/calcChain.xml")),
        (_BOOK, "<calcPr[^>]*>", '<customWorkbookViews><customWorkbookView name="v" guid="{A1B2C3D4-0000-0000-0000-000000000000}" windowWidth="1" windowHeight="1" activeSheetId="1"/></customWorkbookViews><pivotCaches><pivotCache cacheId="7" r:id="rIdV"/></pivotCaches><extLst><ext uri="{BBE1A952-AA13-448e-AADC-164F8A28A991}" xmlns:x14="' + X14 + '"><x14:slicerCaches/></ext></extLst>'),
    )  # fmt: skip


def _controls() -> bytes:
    """Form controls and an OLE object in alternate content, behind a drawing of the old kind."""
    sheet = (
        f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}" xmlns:mc="{MC}" xmlns:x14="{X14}" mc:Ignorable="x14 x14ac"'
        f' xmlns:x14ac="{MS}/spreadsheetml/2009/9/ac"><dimension ref="A1"/><sheetViews><sheetView tabSelected="1"'
        ' workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/><sheetData>'
        '<row r="1" spans="1:1" x14ac:dyDescent="0.25"><c r="A1"><v>1</v></c></row></sheetData><pageMargins left="0.7"'
        ' right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><legacyDrawing r:id="rId1"/>'
        '<mc:AlternateContent><mc:Choice Requires="x14"><controls><mc:AlternateContent><mc:Choice Requires="x14">'
        '<control shapeId="1025" r:id="rId2" name="复选框"><controlPr defaultSize="0"><anchor moveWithCells="1"><from>'
        '<xdr:col xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing">1</xdr:col></from>'
        "</anchor></controlPr></control></mc:Choice></mc:AlternateContent></controls></mc:Choice>"
        "</mc:AlternateContent><extLst><ext/></extLst></worksheet>"
    )
    vml = (
        b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"\n'
        b' xmlns:x="urn:schemas-microsoft-com:office:excel">\n<o:shapelayout v:ext="edit"><o:idmap v:ext="edit"'
        b' data="1"/></o:shapelayout><v:shape id="_x0000_s1025" type="#_x0000_t201" style=\'position:absolute\'>'
        b"<v:textbox><div style='text-align:left'><font face=x size=160>a<br>b</font></div></v:textbox>"
        b'<x:ClientData ObjectType="Checkbox"><x:Anchor>1, 2, 3, 4, 5, 6, 7, 8</x:Anchor></x:ClientData></v:shape></xml>'
    )
    return by_hand(
        sheet.encode(),
        styles=f'<styleSheet xmlns="{MAIN}"/>'.encode(),
        sheet_arrows=_arrow("rId1", f"{OFFICE}/vmlDrawing", "../drawings/vmlDrawing1.vml")
        + _arrow("rId2", f"{OFFICE}/ctrlProp", "../ctrlProps/ctrlProp1.xml"),
        more={
            "xl/drawings/vmlDrawing1.vml": vml,
            "xl/ctrlProps/ctrlProp1.xml": f'<formControlPr xmlns="{X14}" objectType="CheckBox"/>'.encode(),
        },
    )


def _other_sheets() -> bytes:
    """A dialog sheet and a macro sheet beside the only sheet with cells."""
    empty = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode()
    return changed(
        by_hand(empty),
        {
            "xl/dialogsheets/d.xml": f'<dialogsheet xmlns="{MAIN}"><sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews></dialogsheet>'.encode(),
            "xl/macrosheets/m.xml": f'<xm:macrosheet xmlns="{MAIN}" xmlns:xm="{MS}/excel/2006/main"><sheetData/></xm:macrosheet>'.encode(),
        },
        (_TYPES, "<Types[^>]*>", _override("xl/dialogsheets/d.xml", f"{SPREADSHEET}dialogsheet+xml") + _override("xl/macrosheets/m.xml", "application/vnd.ms-excel.macrosheet+xml")),
        (_BOOK_ARROWS, "<Relationships[^>]*>", _arrow("d", f"{OFFICE}/dialogsheet", "dialogsheets/d.xml") + _arrow("m", f"{MS}/2006/relationships/xlMacrosheet", "macrosheets/m.xml")),
        (_BOOK, "<sheets>", '<sheet name="对话" sheetId="8" rel:id="d"/><sheet name="宏" sheetId="9" state="veryHidden" rel:id="m"/>'),
    )  # fmt: skip


def _with_macros() -> bytes:
    data = form()
    kind = f"{SPREADSHEET}sheet.main+xml"
    made = parts(data)
    made[_TYPES] = made[_TYPES].replace(kind.encode(), b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    return changed(
        packed(made),
        {"xl/vbaProject.bin": bytes(range(256)) * 8},
        (_TYPES, "<Types[^>]*>", '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'),
        (_BOOK_ARROWS, "<Relationships[^>]*>", _arrow("vba", f"{MS}/2006/relationships/vbaProject", "vbaProject.bin")),
    )


def _as_strict(data: bytes) -> bytes:
    made = parts(data)
    for name in made:
        if name.endswith((".xml", ".rels")):
            made[name] = (
                made[name].replace(MAIN.encode(), STRICT_MAIN.encode()).replace(OFFICE.encode(), STRICT_OFFICE.encode())
            )
    return packed(made)


def _prefixed(data: bytes) -> bytes:
    """Every element of the main namespace under a prefix, as some Java libraries write."""
    made = parts(data)
    for name, part in made.items():
        if re.match(r"xl/(workbook|styles|sharedStrings|worksheets/sheet\d+|comments\d+)\.xml", name):
            text = part.decode().replace(f'xmlns="{MAIN}"', f'xmlns:ss="{MAIN}"')
            made[name] = re.sub(r"<(/?)(?=[A-Za-z]+[\s/>])", r"<\1ss:", text).encode()
    return packed(made)


def _in_utf16(data: bytes) -> bytes:
    made = parts(data)
    for name, part in made.items():
        if name.endswith(".xml"):
            made[name] = part.decode().replace("UTF-8", "UTF-16", 1).encode("utf-16")
    return packed(made)


def _less(data: bytes, *gone: str) -> bytes:
    made = parts(data)
    for name in gone:
        made.pop(name, None)
        for where in (_TYPES, _BOOK_ARROWS):
            last = name.rpartition("/")[2]
            made[where] = re.sub(rf'<[^<>]*="[^"]*{re.escape(last)}"[^<>]*/>'.encode(), b"", made[where])
    return packed(made)


# --- strange zip files


def zip_of(data: bytes, **odd: object) -> bytes:
    """The parts as another packer would pack them."""
    stream = io.BytesIO()
    rename = odd.get("rename", lambda name: name)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for folder in odd.get("folders", ()):
            package.writestr(zipfile.ZipInfo(folder, (2020, 1, 1, 0, 0, 0)), b"")
        for name, content in parts(data).items():
            entry = zipfile.ZipInfo(rename(name), (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if odd.get("stored") else zipfile.ZIP_DEFLATED
            entry.extra = odd.get("extra", b"")
            entry.comment = odd.get("comment", b"")
            if odd.get("zip64"):
                with package.open(entry, "w", force_zip64=True) as part:
                    part.write(content)
            else:
                package.writestr(entry, content)
        package.comment = odd.get("comment", b"")
    return stream.getvalue()


def streamed(data: bytes) -> bytes:
    """Sizes behind the content, as packers write that cannot go back: Java's, Google's, browsers'."""
    body, directory, count = b"", b"", 0
    for name, content in parts(data).items():
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        deflated = packer.compress(content) + packer.flush()
        raw = name.encode()
        sizes = struct.pack("<3L", zlib.crc32(content), len(deflated), len(content))
        directory += struct.pack("<4s6H", b"PK\1\2", 20, 20, 0x808, 8, 0, 0x5821) + sizes
        directory += struct.pack("<5H2L", len(raw), 0, 0, 0, 0, 0, len(body)) + raw
        body += struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0x808, 8, 0, 0x5821, 0, 0, 0, len(raw), 0) + raw + deflated
        body += (b"PK\7\10" if count % 2 else b"") + sizes  # the signature is optional
        count += 1
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)


@cache
def zoo() -> Mapping[str, bytes]:
    """Every animal by its name. All are workbooks that LibreOffice opens."""
    plain = form()
    macros = _with_macros()
    return {
        "everything": plain,
        "second sheet active": form(active=1),
        "openpyxl": office_form(),
        "tables": _by_xlsxwriter(_tables),
        "conditional formats of 2010": _by_xlsxwriter(_conditional),
        "pictures": _by_xlsxwriter(_pictures),
        "names of sheets": _by_xlsxwriter(_names),
        "arrays": _by_xlsxwriter(_arrays),
        "1904 and constant memory": _by_xlsxwriter(_names, date_1904=True, use_zip64=True),
        "openpyxl table": _by_openpyxl(table=True),
        "openpyxl scenario": _by_openpyxl(scenario=True),
        "openpyxl chart sheet": _by_openpyxl(chart=True),
        "openpyxl locked": _by_openpyxl(views=True),
        "signed": signed(form()),
        "linked": _linked(),
        "threaded": _threaded(),
        "pivot and chain": _pivoted(),
        "controls": _controls(),
        "other kinds of sheets": _other_sheets(),
        "macros": macros,
        "strict": _as_strict(office_form()),
        "prefixed": _prefixed(form(comments=True)),
        "UTF-16": _in_utf16(office_form()),
        "no styles": _less(_by_openpyxl(), "xl/styles.xml", "xl/theme/theme1.xml"),
        "no properties": _less(plain, "docProps/app.xml", "docProps/core.xml"),
        "empty sheet": by_hand(f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode()),
        "backslashes": zip_of(plain, rename=lambda name: name.replace("/", "\\") if name.startswith("xl/w") else name),
        "folders": zip_of(plain, folders=("_rels/", "xl/", "xl/worksheets/")),
        "stored": zip_of(plain, stored=True),
        "zip64": zip_of(plain, zip64=True),
        "extras and comments": zip_of(plain, extra=b"UT\5\0\3abcd", comment="说明".encode()),
        "streamed": streamed(plain),
    }  # fmt: skip
