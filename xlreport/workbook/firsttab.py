"""Putting a sheet before all others and taking it away again: everything in a workbook that counts tabs moves along."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlreport.workbook.address import column_letters, parse_range
from xlreport.workbook.leavings import empty_strings, says
from xlreport.workbook.marks import Summary
from xlreport.workbook.package import Package
from xlreport.workbook.results import RESULTS, SAID, named_sheets
from xlreport.workbook.schema import BOOK_ORDER, WORKSHEET_TYPE
from xlreport.workbook.splice import Edit, Element, appended, child, elements, escaped, place, quoted, with_attribute
from xlreport.workbook.styles import prefixed
from xlreport.workbook.summary import quoted_sheet
from xlreport.workbook.tabs import Tab, Workbook

_TRUE = {"1", "true"}
_LAST_ID = 65_534


def free_name(wanted: str, workbook: Workbook) -> str:
    """A sheet name Excel accepts and the workbook does not have."""
    taken = {tab.name.casefold() for tab in workbook.tabs}
    base = re.sub(r"[\[\]:*?/\\\n\t]", " ", wanted).strip().strip("'") or "xlreport"
    name, number = base[:31], 1
    while name.casefold() in taken:
        number += 1
        ending = f" ({number})"
        name = base[: 31 - len(ending)] + ending
    return name


def add_first_tab(package: Package, workbook: Workbook, summary: Summary, name: str, sheet: bytes) -> None:
    """Put a sheet first and let the workbook open on it, with no other sheet selected.

    Two selected sheets would be a group: what is typed into one goes into both.
    """
    for tab in workbook.tabs:
        _deselect(package, tab)
    part = package.fresh("xl/worksheets/sheetXlr%d.xml")
    package.put(part, sheet)
    package.declare(part, WORKSHEET_TYPE)
    arrow = package.relate(workbook.part, f"{workbook.namespaces.relationships}/worksheet", part)
    data = package.get(workbook.part)
    found = elements(data, 3)
    listing = child(found, "sheets")
    if listing is None:
        raise AssertionError(workbook.part)
    # Behind all others: a number that was free may still stand in a list of formulas (calcChain) that was left behind.
    number = max((tab.sheet_id for tab in workbook.tabs), default=0) + 1
    if number > _LAST_ID:
        number = next(n for n in range(1, len(workbook.tabs) + 2) if n not in {tab.sheet_id for tab in workbook.tabs})
    entry = (
        f'<{found[0].prefix}sheet xmlns:r="{workbook.namespaces.relationships}" name={quoted(name)}'
        f' sheetId="{number}" r:id="{arrow}"/>'
    )
    edits = [Edit(listing.tag_end, listing.tag_end, entry.encode())]
    edits += _moved_names(data, found, _names(summary, name))
    for view in (element for element in found if element.local == "workbookView"):
        tag = data[view.start : view.tag_end]
        shown = tag
        for attribute in ("activeTab", "firstSheet"):
            if attribute in view.attributes:
                shown = with_attribute(shown, attribute, "0")
        edits.append(Edit(view.start, view.tag_end, shown))
    package.splice(workbook.part, edits)


def _deselect(package: Package, tab: Tab) -> None:
    data = package.get(tab.part)
    if b"tabSelected" not in data:
        return
    edits = [
        Edit(view.start, view.tag_end, with_attribute(data[view.start : view.tag_end], "tabSelected", "0"))
        for view in elements(data, 3)
        if view.local == "sheetView" and view.attributes.get("tabSelected") in _TRUE
    ]
    package.splice(tab.part, edits)


def _names(summary: Summary, name: str) -> str:
    """What Excel keeps as names, beside our own: the filtered range and the head that is repeated in print."""
    sheet = quoted_sheet(name)
    header = summary.first_row - 1
    last = f"${column_letters(summary.shown - 1)}${header + len(summary.rows)}"
    names = f'<definedName name="{RESULTS}" hidden="1">{escaped(sheet)}!$A$1</definedName>'
    if summary.rows:
        names += (
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">{escaped(sheet)}!$A${header}:{last}'
            "</definedName>"
        )
    return names + (
        f'<definedName name="_xlnm.Print_Titles" localSheetId="0">{escaped(sheet)}!${header}:${header}</definedName>'
    )


def _moved_names(data: bytes, found: Sequence[Element], new: str) -> list[Edit]:
    """Names of single sheets count tabs: all move one up; ours come behind them."""
    edits: list[Edit] = []
    for entry in _names_of_sheets(found):
        number = int(entry.attributes["localSheetId"]) + 1
        edits.append(_renumbered(data, entry, number))
    there = child(found, "definedNames")
    markup = prefixed(new, found[0].prefix).encode()
    if there is not None:
        return edits + appended(data, there, markup)
    at = place(found, "definedNames", BOOK_ORDER)
    whole = f"{found[0].prefix}definedNames".encode()
    return [*edits, Edit(at, at, b"<" + whole + b">" + markup + b"</" + whole + b">")]


def _names_of_sheets(found: Sequence[Element]) -> list[Element]:
    return [
        element
        for element in found
        if element.local == "definedName" and element.attributes.get("localSheetId", "").isdecimal()
    ]


def _renumbered(data: bytes, entry: Element, number: int) -> Edit:
    tag = data[entry.start : entry.tag_end]
    return Edit(entry.start, entry.tag_end, with_attribute(tag, "localSheetId", str(number)))


def marked_tab(package: Package, part: str) -> tuple[Element, str] | None:
    """The name that tells our sheet, and what it refers to."""
    data = package.get(part)
    if RESULTS.encode() not in data:
        return None
    for element in elements(data, 3):
        if element.local == "definedName" and element.attributes.get("name") == RESULTS:
            return element, data[element.tag_end : element.close].decode()
    return None


def remove_marked_tab(package: Package, part: str) -> str:
    """Take our sheet out of a workbook that another program saved, whatever it is called now and wherever it stands.

    Returns what it was called; nothing if there was none. A sheet that is not like ours stays, whatever points at it.
    """
    marked = marked_tab(package, part)
    if marked is None:
        return ""
    workbook = Workbook.of(package, part)
    reference = parse_range(_characters(marked[1]))
    data = package.get(part)
    found = elements(data, 3)
    tab = _own_tab(package, workbook, found, reference[0]) if reference else None
    edits: list[Edit] = []
    gone = [marked[0].start]
    if tab is not None:
        for entry in _names_of_sheets(found):
            number = int(entry.attributes["localSheetId"])
            if number == tab.position:
                gone.append(entry.start)
            elif number > tab.position:
                edits.append(_renumbered(data, entry, number - 1))
        edits += [Edit(e.start, e.end, b"") for e in found if e.local == "sheet" and e.attribute("id") == tab.arrow]
        edits += _without_tab(data, found, tab.position)
        empty_strings(package, part, package.get(tab.part), [other.part for other in workbook.tabs if other is not tab])
        _drop_sheet(package, workbook, tab)
    edits += _without_names(found, gone)
    package.splice(part, edits)
    return tab.name if tab is not None else ""


def _own_tab(package: Package, workbook: Workbook, found: Sequence[Element], name: str) -> Tab | None:
    """The sheet of this name, if there are others, if it is like ours, and if no name of a form points at it."""
    data = package.get(workbook.part)
    names = {
        element.attributes.get("name", ""): _characters(data[element.tag_end : element.close].decode())
        for element in found
        if element.local == "definedName"
    }
    tab = next((tab for tab in workbook.tabs if tab.name == name and tab.kind == "worksheet"), None)
    if tab is None or len(workbook.tabs) < 2 or name in named_sheets(names):
        return None
    return tab if says(package, workbook.part, tab.part, SAID) else None


def _without_names(found: Sequence[Element], gone: Sequence[int]) -> list[Edit]:
    """Take names out, and their list with the last of them: an empty one is not allowed."""
    names = [element for element in found if element.local == "definedName"]
    whole = child(found, "definedNames")
    if whole is not None and len(names) == len(gone):
        return [Edit(whole.start, whole.end, b"")]
    return [Edit(name.start, name.end, b"") for name in names if name.start in gone]


def _without_tab(data: bytes, found: Sequence[Element], index: int) -> list[Edit]:
    """Let each window open on the sheet it would have shown; on the first visible one if that was ours."""
    states = [sheet.attributes.get("state", "visible") for sheet in found if sheet.local == "sheet"]
    visible = [number for number, state in enumerate(states) if number != index and state == "visible"]
    edits: list[Edit] = []
    for view in (element for element in found if element.local == "workbookView"):
        tag = data[view.start : view.tag_end]
        for attribute in ("activeTab", "firstSheet"):
            text = view.attributes.get(attribute, "0")
            number = int(text) if text.isdecimal() else 0
            number = number if number in visible else min(visible, default=0)
            number -= number > index
            if attribute in view.attributes or number:
                tag = with_attribute(tag, attribute, str(number))
        edits.append(Edit(view.start, view.tag_end, tag))
    return edits


def _drop_sheet(package: Package, workbook: Workbook, tab: Tab) -> None:
    """A sheet's part with what only it leads to: a program may have added printer settings."""
    others = [workbook.part, *(other.part for other in workbook.tabs if other is not tab)]
    kept = {arrow.target for other in others for arrow in package.relationships(other).values() if not arrow.external}
    for arrow in package.relationships(tab.part).values():
        if not arrow.external and package.has(arrow.target) and arrow.target not in {*kept, *others}:
            package.drop(arrow.target)
            package.undeclare(arrow.target)
    package.drop(tab.part)
    package.undeclare(tab.part)
    package.unrelate(workbook.part, tab.arrow)


def _characters(markup: str) -> str:
    for entity, mark in (("&apos;", "'"), ("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        markup = markup.replace(entity, mark)
    return markup
