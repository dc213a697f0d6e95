"""The way back from a marked sheet to the summary: a link on the sheet's first cell, where the title stands.

Not on the marked cells themselves: a link there would get in the way of whoever corrects them.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.workbook.address import parse_range
from xlreport.workbook.package import Package
from xlreport.workbook.schema import SHEET_ORDER
from xlreport.workbook.splice import Edit, Element, appended, child, elements, place, quoted
from xlreport.workbook.styles import prefixed
from xlreport.workbook.summary import quoted_sheet

WHERE = "A1"


def link_back(package: Package, part: str, summary: str) -> None:
    """Link a sheet's first cell to the summary sheet, unless it is a link already."""
    data = package.get(part)
    found = elements(data, 3)
    if any(_covers_first(link) for link in _links(found)):
        return
    location = quoted(f"{quoted_sheet(summary)}!A1")
    markup = prefixed(
        f"<hyperlink ref={quoted(WHERE)} location={location} tooltip={quoted(summary)}/>", found[0].prefix
    )
    there = child(found, "hyperlinks")
    if there is not None:
        package.splice(part, appended(data, there, markup.encode()))
        return
    at = place(found, "hyperlinks", SHEET_ORDER)
    name = f"{found[0].prefix}hyperlinks"
    package.splice(part, [Edit(at, at, f"<{name}>{markup}</{name}>".encode())])


def remove_links(package: Package, part: str, summary: str) -> None:
    """Take the links to our summary out of a sheet, whoever saved it last."""
    data = package.get(part)
    found = elements(data, 3)
    links = _links(found)
    ours = [link for link in links if _leads_to(link, summary)]
    if not ours:
        return
    there = child(found, "hyperlinks")
    gone = [there] if there is not None and len(ours) == len(links) else ours
    package.splice(part, [Edit(element.start, element.end, b"") for element in gone])


def _links(found: Sequence[Element]) -> list[Element]:
    return [element for element in found if element.local == "hyperlink"]


def _covers_first(link: Element) -> bool:
    area = parse_range(link.attributes.get("ref", ""))
    return area is not None and (area[1].first_row, area[1].first_col) == (0, 0)


def _leads_to(link: Element, summary: str) -> bool:
    target = parse_range(link.attributes.get("location", "").lstrip("#"))
    return target is not None and target[0] == summary and _covers_first(link)
