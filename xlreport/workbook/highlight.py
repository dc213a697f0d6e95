"""Colouring cells without touching them: conditional formats of ours that always hold, first among those of a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from xlreport.pattern import pattern
from xlreport.record import NamedTuple
from xlreport.workbook.marks import Tone
from xlreport.workbook.package import Package
from xlreport.workbook.schema import SHEET_ORDER
from xlreport.workbook.splice import Edit, Element, elements, place, with_attribute
from xlreport.workbook.styles import StyleSheet, prefixed

FORMULA = 'N("xlreport")=0'
_OURS = pattern(rb"""N\s*\(\s*(?:"|&quot;|&\#34;)xlreport(?:"|&quot;|&\#34;)\s*\)\s*=\s*0""", re.IGNORECASE)


class Look(NamedTuple):
    """How a cell is coloured."""

    tone: Tone
    suspect: bool


class Shade(NamedTuple):
    """The colours of one tone, RRGGBB. Apart in lightness and in blue against orange, so not only by hue."""

    fill: str
    strong: str  # of the cell that most probably is wrong
    ink: str
    border: str
    line: str  # the border's style: a second sign beside the colour
    note: str


SHADES: Mapping[Tone, Shade] = {
    Tone.ERROR: Shade("FFD3C2", "FF8A5C", "8B1A00", "C0391B", "thin", "FFF3EE"),
    Tone.WARNING: Shade("FFF1B8", "FFCB3D", "5C4300", "B8860B", "dashed", "FFFBE8"),
    Tone.INFO: Shade("DCEBF9", "8DBDEB", "0F3D6B", "3B78B5", "dotted", "F1F7FD"),
}


def look_styles(styles: StyleSheet, looks: Iterable[Look]) -> Mapping[Look, int]:
    """Add the looks in use to the styles; the number of each, in the order of strength."""
    wanted = set(looks)
    every = (Look(tone, suspect) for tone in Tone for suspect in (True, False))
    return {look: styles.add("dxfs", _format(look)) for look in every if look in wanted}


def _format(look: Look) -> str:
    shade = SHADES[look.tone]
    bold = "<b/>" if look.suspect or look.tone is Tone.ERROR else ""
    color = f'<color rgb="FF{shade.border}"/>'
    line = "thin" if look.suspect else shade.line
    sides = "".join(f'<{side} style="{line}">{color}</{side}>' for side in ("left", "right", "top", "bottom"))
    ground = f'rgb="FF{shade.strong if look.suspect else shade.fill}"'
    fill = f'<fill><patternFill patternType="solid"><fgColor {ground}/><bgColor {ground}/></patternFill></fill>'
    return f'<dxf><font>{bold}<color rgb="FF{shade.ink}"/></font>{fill}<border>{sides}</border></dxf>'


def highlight(package: Package, part: str, areas: Mapping[Look, Sequence[str]], numbers: Mapping[Look, int]) -> None:
    """Colour areas (A1 or A1:B2) of a sheet.

    Ours stand first in the sheet and have the first priorities: Excel goes by priority, LibreOffice (7.4) by
    whichever overlapping block it read first.
    """
    data = package.get(part)
    found = elements(data, 2, {"cfRule"})
    blocks = [
        f'<conditionalFormatting sqref="{" ".join(areas[look])}">'
        f'<cfRule type="expression" dxfId="{number}" priority="{priority}"><formula>{FORMULA}</formula></cfRule>'
        f"</conditionalFormatting>"
        for priority, (look, number) in enumerate(
            ((look, number) for look, number in numbers.items() if look in areas), 1
        )
    ]
    at = place(found, "conditionalFormatting", SHEET_ORDER, first=True)
    markup = prefixed("".join(blocks), found[0].prefix)
    package.splice(part, [Edit(at, at, markup.encode()), *_shifted(data, found, len(blocks))])


def is_highlighted(data: bytes) -> bool:
    """Whether a sheet has colours of ours, in whatever way the last program wrote them."""
    return b"xlreport" in data and _OURS.search(data) is not None


def remove_highlight(package: Package, part: str) -> None:
    """Take our rules out of a sheet, whoever saved it last; priorities of the others move up again."""
    data = package.get(part)
    if not is_highlighted(data):
        return
    found = elements(data, 2, {"cfRule", "conditionalFormatting"})
    ours: list[Element] = []
    others: list[Element] = []
    edits: list[Edit] = []
    for block, rules in _blocks(found):
        mine = [rule for rule in rules if _OURS.search(data, rule.start, rule.end)]
        ours += mine
        others += [rule for rule in rules if rule not in mine]
        gone = [block] if mine and len(mine) == len(rules) else mine
        edits += [Edit(element.start, element.end, b"") for element in gone]
    package.splice(part, [*edits, *_shifted(data, others, -len(ours))])


def _blocks(found: Iterable[Element]) -> Iterable[tuple[Element, list[Element]]]:
    """Each block of rules with its rules."""
    block: Element | None = None
    rules: list[Element] = []
    for element in found:
        if element.local == "conditionalFormatting":
            if block is not None:
                yield block, rules
            block, rules = element, []
        elif element.local == "cfRule":
            rules.append(element)
    if block is not None:
        yield block, rules


def _shifted(data: bytes, found: Iterable[Element], by: int) -> list[Edit]:
    """Move the priorities of rules, Excel 2010's among them; what is no plain number stays."""
    edits: list[Edit] = []
    for rule in found:
        number = rule.attributes.get("priority", "")
        if rule.local == "cfRule" and number.isdecimal() and int(number) + by > 0:
            tag = data[rule.start : rule.tag_end]
            edits.append(Edit(rule.start, rule.tag_end, with_attribute(tag, "priority", str(int(number) + by))))
    return edits
