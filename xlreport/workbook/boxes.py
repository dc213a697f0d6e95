"""The boxes that show notes: shapes in a sheet's old-style (VML) drawing, which buttons and others' notes share."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from xlreport.pattern import pattern
from xlreport.record import record
from xlreport.workbook.address import Range
from xlreport.workbook.container import Relationship
from xlreport.workbook.geometry import Geometry
from xlreport.workbook.highlight import SHADES
from xlreport.workbook.marks import Tone
from xlreport.workbook.measure import display_width, wrapped_lines
from xlreport.workbook.package import Package
from xlreport.workbook.schema import DRAWING_TYPE, SHEET_ORDER, Namespaces
from xlreport.workbook.splice import Edit, Element, child, elements, place
from xlreport.workbook.unreadable import Unreadable


@record
class Box:
    """What a box shows, and beside which cell."""

    area: Range
    tone: Tone
    lines: tuple[str, ...]


_POINTS_PER_COLUMN = 4.8  # half a Chinese character of 9 points, and a little for Latin letters
_LINE = 14.0
_MARGIN = 14.0
_WIDEST, _NARROWEST, _HIGHEST = 260.0, 110.0, 420.0


def _size(box: Box) -> tuple[float, float]:
    """Width and height of a box in points."""
    columns = (_WIDEST - _MARGIN) / _POINTS_PER_COLUMN
    width = max(display_width(line) for line in box.lines) * _POINTS_PER_COLUMN + _MARGIN
    height = sum(wrapped_lines(line, columns) for line in box.lines) * _LINE + _MARGIN / 2
    return min(max(width, _NARROWEST), _WIDEST), min(height, _HIGHEST)


_EMPTY_DRAWING = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel">'
    '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{blocks}"/></o:shapelayout></xml>'
)
_SHAPE_TYPE = (
    '<v:shapetype{names} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = (
    '<v:shape{names} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;'
    'margin-top:2pt;width:{width:.0f}pt;height:{height:.0f}pt;z-index:{level};visibility:hidden"'
    ' fillcolor="#{fill}" strokecolor="#{line}" o:insetmode="auto">'
    '<v:fill color2="#{fill}"/><v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{col}</x:Column></x:ClientData></v:shape>"
)
_SHAPE_NUMBER = pattern(rb"_x0000_s(\d+)")
_VML = {"v": "urn:schemas-microsoft-com:vml", "o": "urn:schemas-microsoft-com:office:office"}
_VML["x"] = "urn:schemas-microsoft-com:office:excel"


def draw_boxes(package: Package, part: str, boxes: Sequence[Box], geometry: Geometry, names: Namespaces) -> None:
    """Add a box for each new note to the sheet's old-style drawing, whatever else is drawn there."""
    drawing = _drawing(package, part, names, len(boxes))
    data = package.get(drawing)
    # Excel writes HTML into these parts that is no XML, so they are searched and not parsed.
    end = data.rfind(b"</")
    if end < 0:
        raise Unreadable("bad-xml", part=drawing)
    root = data[: data.find(b">", data.find(b"<xml") if b"<xml" in data else 0)].decode("utf-8", "replace")
    spaces = "".join(f' xmlns:{p}="{uri}"' for p, uri in _VML.items() if f'xmlns:{p}="{uri}"' not in root)
    number = max((int(found) for found in _SHAPE_NUMBER.findall(data) if len(found) < 10), default=1024)
    shapes = "" if b'"_x0000_t202"' in data[:end] and b"shapetype" in data else _SHAPE_TYPE.format(names=spaces)
    for index, box in enumerate(boxes, 1):
        width, height = _size(box)
        anchor = geometry.beside(box.area, round(width * 4 / 3), round(height * 4 / 3))
        shade = SHADES[box.tone]
        shapes += _SHAPE.format(
            names=spaces,
            number=number + index,
            width=width,
            height=height,
            level=index,
            fill=shade.note.lower(),
            line=shade.border.lower(),
            anchor=", ".join(map(str, anchor)),
            row=box.area.first_row,
            col=box.area.first_col,
        )
    package.splice(drawing, [Edit(end, end, shapes.encode())])


def widen_boxes(package: Package, part: str, boxes: Sequence[Box], geometry: Geometry) -> None:
    """Make others' boxes as large as what they show now; a larger one stays as it is."""
    _, arrow = _old_drawing(package, part) if boxes else (None, None)
    if arrow is None:
        return
    data = package.get(arrow.target)
    wanted = {(box.area.first_row, box.area.first_col): box for box in boxes}
    edits: list[Edit] = []
    for shape in _ANY_SHAPE.finditer(data):
        box = wanted.get(_cell(shape[0]) or (-1, -1))
        if box is not None:
            edits += [
                Edit(shape.start() + start, shape.start() + end, new)
                for start, end, new in _wider(shape[0], box, geometry)
            ]
    package.splice(arrow.target, edits)


def _wider(shape: bytes, box: Box, geometry: Geometry) -> Iterator[tuple[int, int, bytes]]:
    """What changes in a shape that is too small: width and height in its style, and where its corners lie."""
    opening = shape[: shape.find(b">")]
    found = {match[1]: match for match in _LENGTH.finditer(opening)}
    if len(found) < 2:
        return
    now = {name: float(match[2]) * _POINTS.get(match[3], 1.0) for name, match in found.items()}
    width, height = _size(box)
    if now[b"width"] >= width and now[b"height"] >= height:
        return
    width, height = max(width, now[b"width"]), max(height, now[b"height"])
    for name, size in ((b"width", width), (b"height", height)):
        yield (*found[name].span(2), b"%.0f" % size)
        yield (*found[name].span(3), b"pt")
    anchor = _CORNERS.search(shape)
    if anchor is not None:
        corners = geometry.beside(box.area, round(width * 4 / 3), round(height * 4 / 3))
        yield (*anchor.span(1), ", ".join(map(str, corners)).encode())


_LENGTH = pattern(rb"[;\"'\s](width|height):\s*([0-9]+(?:\.[0-9]+)?)(pt|px|in|cm|mm)?")
_POINTS = {b"px": 0.75, b"in": 72.0, b"cm": 28.35, b"mm": 2.835}
_CORNERS = pattern(rb"<(?:\w+:)?Anchor>([^<]*)<")


def _old_drawing(package: Package, part: str) -> tuple[Element | None, Relationship | None]:
    """The element that names a sheet's old-style drawing, and the arrow to it if it is there."""
    there = child(elements(package.get(part)), "legacyDrawing")
    arrow = package.relationships(part).get(there.attribute("id") or "") if there else None
    return there, arrow if arrow is not None and package.has(arrow.target) else None


def _drawing(package: Package, part: str, names: Namespaces, count: int) -> str:
    """The old-style drawing of a sheet, made if there is none."""
    data = package.get(part)
    found = elements(data)
    there, arrow = _old_drawing(package, part)
    if arrow is not None:
        return arrow.target
    drawing = package.fresh("xl/drawings/vmlDrawingXlr%d.vml")
    blocks = ",".join(str(block) for block in range(1, 2 + count // 1023))  # of 1,024 shape numbers each
    package.put(drawing, _EMPTY_DRAWING.format(blocks=blocks).encode())
    package.declare(drawing, DRAWING_TYPE)
    ident = package.relate(part, f"{names.relationships}/vmlDrawing", drawing)
    tag = f'<{found[0].prefix}legacyDrawing xmlns:r="{names.relationships}" r:id="{ident}"/>'.encode()
    at = place(found, "legacyDrawing", SHEET_ORDER)
    package.splice(part, [Edit(there.start, there.end, tag) if there else Edit(at, at, tag)])
    return drawing


_ANY_SHAPE = pattern(rb"<((?:[\w.-]+:)?)shape\s.*?</\1shape\s*>", re.DOTALL)


def erase_boxes(package: Package, part: str, cells: Collection[tuple[int, int]]) -> None:
    """Take the boxes of removed comments out of the sheet's drawing, and the drawing if nothing else is in it."""
    there, arrow = _old_drawing(package, part)
    if there is None or arrow is None:
        return
    drawing = package.get(arrow.target)
    shapes = list(_ANY_SHAPE.finditer(drawing))
    mine = [shape for shape in shapes if _cell(shape[0]) in cells]
    if shapes and len(mine) == len(shapes) and b"ClientData" not in _ANY_SHAPE.sub(b"", drawing):
        package.drop(arrow.target)
        package.undeclare(arrow.target)
        package.unrelate(part, arrow.id)
        package.splice(part, [Edit(there.start, there.end, b"")])
    else:
        package.splice(arrow.target, [Edit(*shape.span(), b"") for shape in mine])


def _cell(shape: bytes) -> tuple[int, int] | None:
    """The cell a box belongs to; None when it is no note."""
    row, col = (re.search(rb"<(?:\w+:)?%s>\s*(\d+)\s*<" % name, shape) for name in (b"Row", b"Column"))
    return (int(row[1]), int(col[1])) if row and col and b"Note" in shape else None
