"""Dates as people write them, from the numbers that workbooks keep."""

from __future__ import annotations

import datetime as dt


def day(raw: str, *, date1904: bool) -> str:
    """A date as people write it: its number alone would look like something reported."""
    first = dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001  (no time zone in a cell)
    try:
        moment = first + dt.timedelta(float(raw))
    except (ValueError, OverflowError):
        return f"{raw}（日期）"
    return str(moment.date()) if moment.time() == dt.time() else str(moment.replace(microsecond=0))
