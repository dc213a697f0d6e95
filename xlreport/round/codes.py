"""Under which code, and so on which page, it is told what became of a file or why a unit is left out of a total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlreport.finding import Code

_OUTCOMES: Mapping[str, Code] = {
    "wrong-unit": Code.H801,
    "unknown-unit": Code.H802,
    "unknown-sender": Code.H802,
    "stranger": Code.H802,
    "other-form": Code.H803,
    "other-period": Code.H803,
    "not-a-form": Code.H803,
    "not-reporting": Code.H803,
    "own-total": Code.H803,
    "duplicate": Code.H804,
    "older": Code.H804,
    "two-in-one": Code.H805,
    "two-at-once": Code.H805,
    "unreadable": Code.H806,
    "no-attachment": Code.H806,
    "tnef": Code.H806,
    "beside": Code.H806,
    "bounced": Code.H806,
    "notice": Code.H806,
    "own-mail": Code.H806,
    "packed": Code.H806,
    "outlook-msg": Code.H806,
}
LEFT_OUT: Mapping[str, Code] = {
    "missing": Code.R702,
    "wrong": Code.R702,
    "blank": Code.R702,
    "edition": Code.R703,
    "money": Code.R703,
}


def code_of(outcome: str, remarks: Sequence[str] = ()) -> Code | None:
    """The code of what became of a file; None of one that was accepted as it should be."""
    return _OUTCOMES.get(outcome) or next((_OUTCOMES[one] for one in remarks if one == "two-at-once"), None)
