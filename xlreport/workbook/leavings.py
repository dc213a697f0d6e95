"""What a sheet leaves behind when it is taken out: its texts, which other programs keep in a list for all sheets."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable
from xml.parsers import expat

from xlreport.pattern import pattern
from xlreport.workbook.limits import LIMITS
from xlreport.workbook.package import Package
from xlreport.workbook.splice import Edit, elements
from xlreport.workbook.unreadable import Unreadable

_STRING = pattern(rb"<(?:[\w.-]+:)?si(?=[\s/>])")


def empty_strings(package: Package, workbook: str, gone: bytes, left: Iterable[str]) -> None:
    """Empty the shared strings that only the sheet that is `gone` refers to; `left` are the parts of the others.

    Their places stay, as cells count them. A list too long to be looked through stays as it is.
    """
    strings = package.related(workbook, "sharedStrings")
    mine = _shared(gone) if strings is not None else set()
    if strings is None or not mine:
        return
    for part in left:
        mine -= _shared(package.get(part))
    data = package.get(strings.target)
    if data.count(b"<") > LIMITS.frame:
        return
    found = [element for element in elements(data) if element.depth == 1 and element.local == "si"]
    package.splice(
        strings.target,
        [
            Edit(string.tag_end, string.close, f"<{string.prefix}t/>".encode())
            for number, string in enumerate(found)
            if str(number) in mine and not string.empty
        ],
    )


def says(package: Package, workbook: str, part: str, said: re.Pattern[bytes]) -> bool:
    """Whether some text of a sheet is what is looked for, in its own part or among the texts that sheets share."""
    sheet = package.get(part)
    if said.search(sheet):
        return True
    strings = package.related(workbook, "sharedStrings")
    if strings is None:
        return False
    data = package.get(strings.target)
    hits = [match.start() for match in said.finditer(data)]
    if not hits:
        return False
    starts = [match.start() for match in _STRING.finditer(data)]
    return not _shared(sheet).isdisjoint(str(bisect(starts, hit) - 1) for hit in hits)


def _shared(sheet: bytes) -> set[str]:
    """The numbers of the shared strings that a sheet's cells refer to."""
    numbers: set[str] = set()
    pieces: list[str] = []
    shared = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal shared
        local = name.rpartition(":")[2]
        if local == "c":
            shared = attributes.get("t") == "s"
        elif local == "v":
            pieces.clear()

    def end(name: str) -> None:
        if shared and name.rpartition(":")[2] == "v":
            numbers.add("".join(pieces).strip())

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = pieces.append
    try:
        parser.Parse(sheet, True)
    except expat.ExpatError as error:
        raise Unreadable("bad-xml", line=error.lineno, what=expat.ErrorString(error.code)) from error
    return numbers
