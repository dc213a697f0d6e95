"""The sheets of a package in the order of their tabs, and the part that lists them."""

from __future__ import annotations

from collections.abc import Mapping

from xlreport.record import record
from xlreport.workbook.package import Package
from xlreport.workbook.schema import STRICT, TRANSITIONAL, Namespaces
from xlreport.workbook.splice import Element, child, elements
from xlreport.workbook.unreadable import Unreadable


@record
class Tab:
    """One sheet of whatever kind."""

    name: str
    part: str
    kind: str  # worksheet, chartsheet, dialogsheet, …: the last step of the relationship's type
    arrow: str  # the relationship's id
    sheet_id: int
    position: int  # among all entries, as names and windows count them


@record
class Workbook:
    """The part that lists the sheets, as it stands when it was read."""

    part: str
    tabs: tuple[Tab, ...]
    namespaces: Namespaces

    @classmethod
    def of(cls, package: Package, part: str) -> Workbook:
        """Read the list of sheets; entries that lead nowhere are no sheets."""
        found = elements(package.get(part), 3)
        listing = child(found, "sheets")
        arrows = package.relationships(part)
        tabs: list[Tab] = []
        entries = (entry for entry in found if entry.local == "sheet" and listing is not None and listing.holds(entry))
        for position, entry in enumerate(entries):
            arrow = arrows.get(entry.attribute("id") or "")
            if arrow is None or arrow.external or not package.has(arrow.target):
                continue
            if any(tab.part == arrow.target for tab in tabs):  # no two sheets are one part
                raise Unreadable("damaged", part=arrow.target)
            kind = arrow.type.rpartition("/")[2]
            text = entry.attributes.get("sheetId", "")
            number = int(text) if text.isdecimal() else 0
            tabs.append(Tab(entry.attributes.get("name", ""), arrow.target, kind, arrow.id, number, position))
        return cls(part, tuple(tabs), _namespaces(found[0]))

    def worksheets(self) -> Mapping[str, Tab]:
        """The sheets that have cells, by name."""
        return {tab.name: tab for tab in reversed(self.tabs) if tab.kind == "worksheet"}


def _namespaces(root: Element) -> Namespaces:
    declared = root.attributes.get(f"xmlns:{root.prefix[:-1]}" if root.prefix else "xmlns", "")
    return STRICT if declared == STRICT.main else TRANSITIONAL
