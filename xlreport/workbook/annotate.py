"""Writing findings into a copy of the filler's own workbook, and taking them out again.

Nothing is parsed and rewritten: bytes are put in between, untouched entries of the package are copied as they lie,
<sheetData> stays as it is. What was marked before goes first, so that annotating twice is annotating once.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.record import record
from xlreport.workbook.address import Range, cell_name
from xlreport.workbook.container import Container
from xlreport.workbook.firsttab import add_first_tab, free_name, marked_tab, remove_marked_tab
from xlreport.workbook.geometry import Geometry
from xlreport.workbook.highlight import Look, highlight, is_highlighted, look_styles, remove_highlight
from xlreport.workbook.links import link_back, remove_links
from xlreport.workbook.marks import Mark, Summary, SummaryCell, SummaryRow, Tone
from xlreport.workbook.notes import Note, add_notes, has_notes, remove_notes
from xlreport.workbook.package import TYPES, Package
from xlreport.workbook.splice import elements
from xlreport.workbook.styles import StyleSheet, styles_part
from xlreport.workbook.summary import summary_sheet, summary_styles
from xlreport.workbook.tabs import Workbook
from xlreport.workbook.undo import as_written, forget, has_record, remember, undo
from xlreport.workbook.unreadable import Unreadable, told_as_damaged

__all__ = ["Mark", "Summary", "SummaryCell", "SummaryRow", "Tone", "annotate", "is_annotated", "strip"]


@record
class _Spot:
    """All that is said of one cell."""

    area: Range
    look: Look
    lines: tuple[str, ...]

    @property
    def reference(self) -> str:
        """The cell, or the merged area it stands for: a colour on the first cell alone would end at its border."""
        first = cell_name(self.area.first_row, self.area.first_col)
        last = cell_name(self.area.last_row, self.area.last_col)
        return first if first == last else f"{first}:{last}"


class _Grids:
    """The grids of a workbook's sheets, each read when it is first asked for."""

    __slots__ = ("_known", "_package", "_sheets")

    def __init__(self, package: Package, workbook: Workbook) -> None:
        self._package = package
        self._sheets = workbook.worksheets()
        self._known: dict[str, Geometry] = {}

    def of(self, sheet: str) -> Geometry:
        if sheet not in self._known:
            self._known[sheet] = Geometry(self._package.get(self._sheets[sheet].part))
        return self._known[sheet]

    def top_left(self, sheet: str, row: int, col: int) -> tuple[int, int] | None:
        if sheet not in self._sheets:
            return None
        area = self.of(sheet).area(row, col)
        return area.first_row, area.first_col


def annotate(container: Container, marks: Sequence[Mark], summary: Summary | None) -> bytes:
    """The workbook with notes and colours on its cells and, if there is one, the summary as its first sheet.

    Raises `ValueError` for a mark on a sheet the workbook does not have, `Unreadable` for a broken part.
    """
    with told_as_damaged():
        package = _stripped(container)
        if not marks and summary is None:
            return package.to_bytes()
        package.history.clear()
        workbook = Workbook.of(package, container.document())
    unknown = {mark.sheet for mark in marks} - set(workbook.worksheets())
    if unknown:
        # What a check put in before is gone now, and what is said of it goes with it.
        unknown -= set(Workbook.of(Package(container), container.document()).worksheets())
        if unknown:
            raise ValueError(f"no such sheet: {', '.join(sorted(unknown))}")
        marks = [mark for mark in marks if mark.sheet in workbook.worksheets()]
    with told_as_damaged():
        return _annotated(package, workbook, marks, summary)


def _annotated(package: Package, workbook: Workbook, marks: Sequence[Mark], summary: Summary | None) -> bytes:
    sheets = workbook.worksheets()
    grids = _Grids(package, workbook)
    marked = [sheet for sheet in sheets if any(mark.sheet == sheet for mark in marks)]
    spots = {sheet: _spots([mark for mark in marks if mark.sheet == sheet], grids.of(sheet)) for sheet in marked}
    stylesheet = styles_part(package, workbook.part, workbook.namespaces)
    styles = StyleSheet(package, stylesheet)
    numbers = look_styles(styles, {spot.look for found in spots.values() for spot in found})
    formats = summary_styles(styles) if summary else None
    styles.commit()
    for sheet, found in spots.items():
        part = sheets[sheet].part
        areas: dict[Look, list[str]] = {}
        for spot in found:
            areas.setdefault(spot.look, []).append(spot.reference)
        highlight(package, part, areas, numbers)
        notes = [Note(spot.area, spot.look.tone, spot.lines) for spot in found if spot.lines]
        add_notes(package, part, notes, grids.of(sheet), workbook.namespaces)
    if summary and formats:
        content = summary_sheet(summary, formats, workbook.namespaces, grids.top_left)
        name = free_name(summary.name, workbook)
        for sheet in spots:
            link_back(package, sheets[sheet].part, name)
        add_first_tab(package, workbook, summary, name, content)
    remember(package, stylesheet)
    return package.to_bytes()


def strip(container: Container) -> bytes:
    """The workbook without any marks of ours: every part as it was, byte by byte, if no other program saved it since.

    After LibreOffice, Excel or WPS saved it, notes, colours and the summary are recognised and taken out; what a
    reader wrote into our notes stays.
    """
    with told_as_damaged():
        return _stripped(container).to_bytes()


def is_annotated(container: Container) -> bool:
    """Whether a workbook carries marks of ours."""
    package = Package(container)
    workbook = Workbook.of(package, container.document())
    styles = package.related(workbook.part, "styles")
    if styles and has_record(package.get(styles.target)):
        return True
    return marked_tab(package, workbook.part) is not None or any(
        is_highlighted(package.get(tab.part)) or has_notes(package, tab.part)
        for tab in workbook.tabs
        if tab.kind == "worksheet"
    )


def is_untouched(container: Container) -> bool:
    """Whether a workbook is an annotated copy exactly as this version of ours wrote it."""
    package = Package(container)
    styles = package.related(container.document(), "styles")
    return styles is not None and as_written(package, styles.target)


def _stripped(container: Container) -> Package:
    package = Package(container)
    part = container.document()
    styles = package.related(part, "styles")
    if styles:
        before = _listed(package, part)
        if undo(package, styles.target):
            if not _lost(before, _listed(package, part), package):
                return package
            package = Package(container)  # the record is only bytes in a stranger's file: this one would lose a sheet
        forget(package, styles.target)
    summary = remove_marked_tab(package, part)
    for tab in Workbook.of(package, part).tabs:
        if tab.kind == "worksheet":
            if summary:
                remove_links(package, tab.part, summary)
            remove_highlight(package, tab.part)
            remove_notes(package, tab.part)
    return package


def _listed(package: Package, part: str) -> set[tuple[str, str, str]]:
    """The sheets with their parts, and what the package says its parts are; nothing where that cannot be."""
    try:
        tabs = Workbook.of(package, part).tabs
        types = elements(package.get(TYPES))
    except (Unreadable, UnicodeError):
        return set()
    said = ((e.attributes.get("PartName", "").lstrip("/"), e.attributes.get("Extension", ""), e) for e in types)
    listed = {(part, ending, e.attributes.get("ContentType", "")) for part, ending, e in said}
    return listed | {(tab.part, tab.name, "") for tab in tabs}


def _lost(before: set[tuple[str, str, str]], after: set[tuple[str, str, str]], package: Package) -> bool:
    """Whether something else was taken out than parts that are there no more, or something was made of it."""
    return not after <= before or any(not part or package.has(part) for part, *_ in before - after)


def _spots(marks: Sequence[Mark], grid: Geometry) -> list[_Spot]:
    """The marks of one sheet, cell by cell, in the order of rows."""
    by_area: dict[Range, list[Mark]] = {}
    for mark in marks:
        by_area.setdefault(grid.area(mark.row, mark.col), []).append(mark)
    order = list(Tone)
    spots: list[_Spot] = []
    for area, here in sorted(by_area.items()):
        tone = min((mark.tone for mark in here), key=order.index)
        lines: list[str] = []
        for mark in here:
            lines += ["", *mark.lines] if lines and mark.lines else mark.lines
        spots.append(_Spot(area, Look(tone, any(mark.suspect for mark in here)), tuple(lines)))
    return spots
