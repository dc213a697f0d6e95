"""A unit of a roster, and what an address looks like that mail can go to."""

from __future__ import annotations

import re

from xlreport.record import record

_ATOM, _HOST = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@.{{1,250}}$){_ATOM}(?:\.{_ATOM})*@{_HOST}(?:\.{_HOST})+")


@record
class Unit:
    """One reporting unit of a roster."""

    code: str
    name: str
    level: str = ""
    parent: str = ""  # the code of the unit it is added up under; "" for the top
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    contact: str = ""
    phone: str = ""
    reports: bool = True  # False: only its members report


def good_address(text: str) -> bool:
    """Whether a text is one mail address that can be written into a header as it is."""
    return _ADDRESS.fullmatch(text) is not None
