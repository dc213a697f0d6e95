"""Adding to a workbook's styles: always behind what is there, so that every number in use keeps its meaning."""

from __future__ import annotations

import re

from xlreport.workbook.package import Package
from xlreport.workbook.schema import STYLE_ORDER, STYLES_TYPE, Namespaces
from xlreport.workbook.splice import Edit, appended, child, elements, place

# A list that is missing is made with the entry that its number 0 stands for: cells without a style use it.
_FIRST = {
    "fonts": ('<font><sz val="11"/><name val="Calibri"/></font>',),
    "fills": ('<fill><patternFill patternType="none"/></fill>', '<fill><patternFill patternType="gray125"/></fill>'),
    "borders": ("<border/>",),
    "cellStyleXfs": ('<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',),
    "cellXfs": ('<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',),
    "cellStyles": ('<cellStyle name="Normal" xfId="0" builtinId="0"/>',),
    "dxfs": (),
}
_BASIC = ("fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles")


class StyleSheet:
    """The styles part and what is to be added to it; written by `commit`."""

    __slots__ = ("_added", "_counts", "_data", "_found", "_package", "_part")

    def __init__(self, package: Package, part: str) -> None:
        self._package = package
        self._part = part
        self._data = package.get(part)
        self._found = elements(self._data, 3)
        self._added: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        for entry in self._found:
            if entry.depth == 1:
                parent = entry
                self._counts[entry.local] = 0
            elif entry.depth == 2:
                self._counts[parent.local] += 1
        if "cellXfs" not in self._counts:  # openpyxl opens no workbook that has formats and no base for them
            for listing in _BASIC:
                self._begin(listing)

    def add(self, listing: str, entry: str) -> int:
        """Add an entry to fonts, fills, borders, cellXfs or dxfs, the same one only once; its number."""
        self._begin(listing)
        known = self._added.setdefault(listing, [])
        if entry not in known:
            known.append(entry)
        return self._counts[listing] + known.index(entry)

    def _begin(self, listing: str) -> None:
        if listing not in self._counts:
            self._counts[listing] = 0
            self._added[listing] = list(_FIRST[listing])

    @property
    def based(self) -> bool:
        """Whether there are base formats (cellStyleXfs) for a cell format to build on."""
        return self._counts.get("cellStyleXfs", 0) > 0 or "cellStyleXfs" in self._added

    def commit(self) -> None:
        """Write the additions into the package."""
        edits: list[Edit] = []
        missing = ""
        root = self._found[0]
        for listing in (name for name in STYLE_ORDER if name in self._added):
            entries = self._added[listing]
            markup = prefixed("".join(entries), root.prefix)
            parent = child(self._found, listing)
            count = str(self._counts[listing] + len(entries))
            if parent is None:
                at = place(self._found, listing, STYLE_ORDER)
                whole = f"{root.prefix}{listing}"
                made = f'<{whole} count="{count}">{markup}</{whole}>'
                missing += made
                edits.append(Edit(at, at, made.encode()))
            elif "count" in parent.attributes:
                edits += appended(self._data, parent, markup.encode(), count=count)
            else:
                edits += appended(self._data, parent, markup.encode())
        if root.empty:
            edits = appended(self._data, root, missing.encode())
        self._package.splice(self._part, edits)


def styles_part(package: Package, workbook: str, namespaces: Namespaces) -> str:
    """The name of the styles part, made if the workbook has none."""
    arrow = package.related(workbook, "styles")
    if arrow is not None:
        return arrow.target
    # By the name all others use, where it is free: openpyxl looks for no other.
    part = "xl/styles.xml" if not package.has("xl/styles.xml") else package.fresh("xl/stylesXlr%d.xml")
    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    lists = "".join(f'<{name} count="{len(_FIRST[name])}">{"".join(_FIRST[name])}</{name}>' for name in _BASIC)
    package.put(part, f'{declaration}<styleSheet xmlns="{namespaces.main}">{lists}</styleSheet>'.encode())
    package.declare(part, STYLES_TYPE)
    package.relate(workbook, f"{namespaces.relationships}/styles", part)
    return part


def prefixed(markup: str, prefix: str) -> str:
    """Markup of ours with the prefix its new surroundings use for the main namespace."""
    return re.sub(r"(</?)(?=\w)", rf"\g<1>{prefix}", markup) if prefix else markup
