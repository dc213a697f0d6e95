"""Under what name a unit's files lie: one file name that any system takes, and never two units under one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from xlreport.round.trouble import refuse
from xlreport.round.unit import Unit
from xlreport.workbook.bundle import safe_parts

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.]{0,39}")  # a code that stands in a file name as it is
_LONGEST = 120  # bytes of a name: room for what is put before and behind it
_SHORT = _LONGEST // 4  # characters that are no more bytes than that
_APART = re.compile(r"[/\\]")


def unit_file(unit: Unit, end: str) -> str:
    """The name of a unit's file, `end` behind it: its code, and its name for people to read.

    A slash never makes a folder of it, and a code that cannot stand as it is brings its fingerprint.
    """
    if unit.name.isalnum() and unit.code.isalnum() and unit.code.isascii() and len(unit.code + unit.name) < _SHORT:
        return f"{unit.code}-{unit.name}{end}"  # most are like this, and safe as they are
    code, name = (_APART.sub("_", text) for text in (unit.code, unit.name))
    mark = "" if _PLAIN.fullmatch(unit.code) else f"{hashlib.sha256(unit.code.encode()).hexdigest()[:10]}-"
    words = f"{mark}{code[:40]}-{name}".encode()[:_LONGEST].decode("utf-8", "ignore").rstrip(" .")
    (one,) = safe_parts(f"{words}{end}")
    return one


def own_names(units: Iterable[Unit], end: str = "") -> Mapping[str, str]:
    """The units' file names by code. None is another's, made sure of before anything is written."""
    seen: dict[str, Unit] = {}
    names: dict[str, str] = {}
    for unit in units:
        name = names[unit.code] = unit_file(unit, end)
        other = seen.setdefault(name.casefold(), unit)
        if other is not unit:
            raise refuse("same-file", unit=unit.name, other=other.name)
    return names
