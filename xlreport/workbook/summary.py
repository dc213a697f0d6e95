"""The first sheet of an annotated workbook: one row for each finding, filterable, with links into the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xlreport.record import record
from xlreport.workbook.address import cell_name, column_letters
from xlreport.workbook.highlight import SHADES
from xlreport.workbook.marks import Summary, SummaryRow, Tone
from xlreport.workbook.measure import wrapped_lines
from xlreport.workbook.schema import Namespaces
from xlreport.workbook.splice import escaped, quoted
from xlreport.workbook.styles import StyleSheet

TopLeft = Callable[[str, int, int], tuple[int, int] | None]
"""For a link: the first cell of the merged area a cell is in; None when the workbook has no such sheet."""

HIDDEN = ' hidden="1"'
_LINE = 15.0  # of 10-point Chinese text
_HIGHEST = 400.0  # Excel takes no row beyond 409
_FROZEN = 180.0  # a taller head would leave no room to scroll in


@record
class SummaryStyles:
    """Numbers of cell formats."""

    title: int
    intro: int
    header: int
    text: int
    number: int
    link: int
    tones: Mapping[Tone, int]


def summary_styles(styles: StyleSheet) -> SummaryStyles:
    """Add the formats of the summary to the styles of a workbook."""
    base = ' xfId="0"' if styles.based else ""

    def font(color: str, size: int = 10, more: str = "") -> int:
        return styles.add(
            "fonts", f'<font>{more}<sz val="{size}"/><color rgb="FF{color}"/><name val="Microsoft YaHei"/></font>'
        )

    def fill(color: str) -> int:
        solid = f'<patternFill patternType="solid"><fgColor rgb="FF{color}"/><bgColor indexed="64"/></patternFill>'
        return styles.add("fills", f"<fill>{solid}</fill>")

    def look(font: int, fill: int = 0, border: int = 0, horizontal: str = "left", vertical: str = "center") -> int:
        # quotePrefix: text stays text even when somebody opens the cell and presses Enter.
        indent = "" if horizontal == "center" else ' indent="1"'
        return styles.add(
            "cellXfs",
            f'<xf numFmtId="0" fontId="{font}" fillId="{fill}" borderId="{border}"{base} quotePrefix="1" applyFont="1"'
            ' applyFill="1" applyBorder="1" applyAlignment="1">'
            f'<alignment horizontal="{horizontal}" vertical="{vertical}" wrapText="1"{indent}/></xf>',
        )

    line = '<{0} style="thin"><color rgb="FFC8CDD3"/></{0}>'
    border = styles.add(
        "borders", "<border>" + "".join(map(line.format, ("left", "right", "top", "bottom"))) + "<diagonal/></border>"
    )
    body = font("222222")
    number = look(body, 0, border, "right")
    return SummaryStyles(
        title=look(font("1F2D3D", 16, "<b/>")),
        intro=look(font("444444")),
        header=look(font("FFFFFF", 10, "<b/>"), fill("34495E"), border, "center"),
        text=look(body, 0, border),
        number=number,
        link=look(font("0B5394", 10, "<u/>"), 0, border),
        tones={
            tone: look(font(shade.ink, 10, "<b/>"), fill(shade.fill), border, "center")
            for tone, shade in SHADES.items()
        },
    )


def summary_sheet(summary: Summary, styles: SummaryStyles, names: Namespaces, top_left: TopLeft) -> bytes:
    """The whole sheet part. Text stands in the cells themselves, so the shared strings are not touched."""
    last = column_letters(summary.shown - 1)
    total = sum(summary.widths)
    head = [(summary.title, styles.title, 2 * _LINE)]
    head += [(line, styles.intro, wrapped_lines(line, total) * _LINE + 2) for line in summary.intro]
    rows = [
        _row(number, height, f'<c r="A{number}" s="{style}"{_text(text)}')
        for number, (text, style, height) in enumerate(head, 1)
    ]
    header = summary.first_row - 1
    heads = zip(summary.header, summary.widths, strict=True)
    lines = max(wrapped_lines(text, width - 3) for text, width in heads if width)
    height = lines * _LINE + 8
    labels = (
        f'<c r="{column_letters(col)}{header}" s="{styles.header}"{_text(text)}'
        for col, text in enumerate(summary.header)
    )
    rows.append(_row(header, height, "".join(labels)))
    rows += [_finding(summary, number, row, styles) for number, row in enumerate(summary.rows, summary.first_row)]
    frozen = sum(height for *_, height in head) + height <= _FROZEN
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
            f'<worksheet xmlns="{names.main}">',
            '<sheetPr><tabColor rgb="FFC0391B"/><pageSetUpPr fitToPage="1"/></sheetPr>',
            f'<dimension ref="A1:{column_letters(len(summary.header) - 1)}{header + len(summary.rows)}"/>',
            _view(summary.first_row, frozen=frozen),
            '<sheetFormatPr defaultRowHeight="15"/>',
            _columns(summary),
            f"<sheetData>{''.join(rows)}</sheetData>",
            f'<autoFilter ref="A{header}:{last}{header + len(summary.rows)}"/>' if summary.rows else "",
            _merges(len(head), last),
            _links(summary, top_left),
            '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>',
            '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>',
            "<headerFooter><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter>",
            "</worksheet>",
        )
    ).encode()


def _finding(summary: Summary, number: int, row: SummaryRow, styles: SummaryStyles) -> str:
    cells: list[str] = []
    lines = 1
    for col, (cell, width) in enumerate(zip(row.cells, summary.widths, strict=False)):
        style = styles.link if cell.link else styles.number if cell.number is not None else styles.text
        style = styles.tones[row.tone] if col == 0 and row.tone is not None else style
        start = f'<c r="{column_letters(col)}{number}" s="{style}"'
        cells.append(start + (f"><v>{cell.number}</v></c>" if cell.number is not None else _text(cell.text)))
        lines = max(lines, wrapped_lines(cell.text, width - 3)) if width else lines
    return _row(number, lines * _LINE + 5, "".join(cells))


def _row(number: int, height: float, cells: str) -> str:
    return f'<row r="{number}" ht="{min(height, _HIGHEST):g}" customHeight="1">{cells}</row>'


def _text(text: str) -> str:
    """The rest of a cell with text, behind its reference and style. Excel takes 32,767 characters."""
    return f' t="inlineStr"><is><t xml:space="preserve">{escaped(text[:32_000])}</t></is></c>'


def _view(first_row: int, *, frozen: bool) -> str:
    pane = (
        f'<pane ySplit="{first_row - 1}" topLeftCell="A{first_row}" activePane="bottomLeft" state="frozen"/>'
        f'<selection pane="bottomLeft" activeCell="A{first_row}" sqref="A{first_row}"/>'
    )
    view = '<sheetView showGridLines="0" tabSelected="1" workbookViewId="0">'
    return f"<sheetViews>{view}{pane if frozen else ''}</sheetView></sheetViews>"


def _columns(summary: Summary) -> str:
    return (
        "<cols>"
        + "".join(
            f'<col min="{n}" max="{n}" width="{w or 9:g}"{"" if w else HIDDEN} customWidth="1"/>'
            for n, w in enumerate(summary.widths, 1)
        )
        + "</cols>"
    )


def _merges(count: int, last: str) -> str:
    """Title and introduction run over the whole width."""
    if last == "A":
        return ""
    areas = "".join(f'<mergeCell ref="A{number}:{last}{number}"/>' for number in range(1, count + 1))
    return f'<mergeCells count="{count}">{areas}</mergeCells>'


def _links(summary: Summary, top_left: TopLeft) -> str:
    links: list[str] = []
    for number, row in enumerate(summary.rows, summary.first_row):
        for col, cell in enumerate(row.cells):
            target = top_left(*cell.link) if cell.link else None
            if cell.link and target:
                place = f"{quoted_sheet(cell.link[0])}!{cell_name(*target)}"
                links.append(f'<hyperlink ref="{column_letters(col)}{number}" location={quoted(place)}/>')
    return f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""


def quoted_sheet(name: str) -> str:
    """A sheet's name as formulas and links write it."""
    return "'" + name.replace("'", "''") + "'"
