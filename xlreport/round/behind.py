"""Whether the register knows less than the log beside it: then it was restored from an older backup.

What was sent since would be sent once more. The log is written at the end of every run that sent something, with a
mark that the register keeps as well.
"""

from __future__ import annotations

import re
import secrets

from xlreport.round.folder import LOG, Round, now
from xlreport.round.trouble import refuse

_FACT = "last-send"  # when the last run that sent something ended, and its mark
_LINE = re.compile(r"(\S+) send run=([0-9a-f]+) sent=([0-9]+) ")


def sent_some(this: Round) -> str:
    """The mark of a run that sent something, kept in the register; it belongs into the log."""
    mark = secrets.token_hex(4)
    with this.register.transaction():
        this.register.remember(_FACT, f"{now()} {mark}")
    return mark


def expect_everything_known(this: Round) -> None:
    """Raise `RoundProblems` where the log tells of messages sent that the register does not know."""
    since, _, mark = this.register.fact(_FACT).partition(" ")
    lost: list[tuple[str, int]] = []
    for moment, run, count in reversed(_LINE.findall(_log(this))):
        if run == mark or moment < since:
            break
        lost.append((moment, int(count)))
    if lost:
        raise refuse("register-behind", count=sum(count for _, count in lost), since=lost[-1][0])


def looked_into(this: Round) -> None:
    """A person has found out what had been sent: what the log tells up to now is known."""
    found = _LINE.findall(_log(this))
    if found:
        this.register.remember(_FACT, f"{found[-1][0]} {found[-1][1]}")


def _log(this: Round) -> str:
    try:
        return (this.folder / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
