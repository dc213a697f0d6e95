"""How much of a stranger's file is taken in. Safe as they stand; an office with larger forms may raise them.

`XLREPORT_LIMITS="file=100M, cells=1M"` in the environment changes some for one machine. The measure of the defaults:
no file costs more than five seconds of processor time or 300 MB, and of 1,631 honest files none was refused.
"""

from __future__ import annotations

import os
import re

from xlreport.pattern import pattern
from xlreport.record import FIELDS, record, replace
from xlreport.workbook.unreadable import Unreadable, WrongLimits

VARIABLE = "XLREPORT_LIMITS"
_SETTING = pattern(r"\s*(\w+)\s*=\s*([0-9]{1,12})\s*([kKmMgG]?)\s*")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


@record
class Limits:
    """The caps, each told by its name when it refuses a file."""

    file: int = 50_000_000  # bytes of the file
    entries: int = 2_000  # of the package; marking a sheet adds four
    total: int = 64_000_000  # bytes inflated, all parts together
    part: int = 48_000_000  # bytes inflated, one part
    ratio: int = 400  # inflated to packed, of parts beyond 10 MB: a ratio alone says nothing, blank sheets reach it
    depth: int = 256  # XML elements inside one another
    attributes: int = 1_000  # of one element
    run: int = 1_000_000  # bytes of one tag or one text: nothing that is read has a long one
    tags: int = 5_000_000  # of the XML parts that are read, all together
    frame: int = 300_000  # tags around the cells of the sheets that are marked
    cells: int = 500_000  # with content, in one workbook; a form has hundreds
    members: int = 20_000_000  # bytes unpacked of the workbooks of an archive, all that goes beyond a megabyte each


def limits_from(text: str) -> Limits:
    """The limits with those changed that a text names; raises `WrongLimits`."""
    changes: dict[str, int] = {}
    for setting in filter(str.strip, re.split(r"[,;]", text)):
        found = _SETTING.fullmatch(setting)
        if found is None or found[1] not in getattr(Limits, FIELDS):
            raise WrongLimits(setting.strip())
        changes[found[1]] = int(found[2]) * _UNITS[found[3].lower()]
    return replace(Limits(), **changes)


LIMITS = limits_from(os.environ.get(VARIABLE, ""))


def beyond(what: str, limits: Limits = LIMITS, **facts: object) -> Unreadable:
    """What is raised for a file that goes beyond one of the limits."""
    return Unreadable(_REASONS.get(what, "too-big"), what=what, limit=getattr(limits, what), **facts)


_REASONS = {"entries": "too-many-entries", "depth": "too-deep", "ratio": "ratio", "members": "too-much-packed"}


def calm(data: bytes, part: str, limits: Limits = LIMITS) -> None:
    """Refuse XML whose one tag or one text would fill the memory before anybody is asked about it.

    Looks for the next tag at every step of half the limit, so that it costs nothing to speak of.
    """
    step = max(limits.run // 2, 1)
    for start in range(0, len(data) - step + 1, step):
        if data.find(b"<", start, start + step) < 0 and _long(data, start, limits.run):
            raise beyond("run", limits, part=part)


def _long(data: bytes, inside: int, run: int) -> bool:
    """Whether the stretch without a tag around a place is longer than allowed."""
    start, end = data.rfind(b"<", 0, inside), data.find(b"<", inside)
    return (len(data) if end < 0 else end) - start > run
