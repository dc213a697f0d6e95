"""Numbers that a sheet shows with zeros before them: a code 1 in the format 0000 is 0001 to everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xlreport.workbook.container import Container
from xlreport.workbook.sheet_xml import NAMES

_ZEROS = re.compile(r'0{2,30}(?:_[ )]|;.*|\\[ -]|"")*')


def padded_styles(container: Container) -> Mapping[int, int]:
    """The cell styles that show at least so many digits."""
    part = container.related(container.document(), "styles")
    if part is None:
        return {}
    formats: dict[str, str] = {}
    styles: list[str] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag == "x:numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "x:cellXfs":
            inside = True
        elif tag == "x:xf" and inside:
            styles.append(attributes.get("numFmtId", "0"))

    def end(tag: str) -> None:
        nonlocal inside
        if tag == "x:cellXfs":
            inside = False

    container.parse(part, start, end, names=NAMES)
    digits = {number: re.match("0*", code) for number, code in formats.items() if _ZEROS.fullmatch(code)}
    return {n: len(found[0]) for n, number in enumerate(styles) if (found := digits.get(number)) is not None}
