"""Whose report a file is: by what is inside it, then by its sender; never by its name or a subject."""

from __future__ import annotations

from xlreport.form.fold import fold
from xlreport.record import record
from xlreport.round.folder import Round
from xlreport.round.judge import Judged
from xlreport.round.mailbag import Arrival
from xlreport.round.unit import Unit

# Troubles that are told in words of their own.
_OUTCOMES = frozenset({"no-attachment", "not-a-form", "beside", "tnef", "notice", "packed", "outlook-msg"})


@record
class Match:
    """What is known of whose report a file is, before it is compared with what is registered."""

    outcome: str  # "accepted", or why it is kept aside
    unit: Unit | None
    remarks: tuple[str, ...] = ()
    detail: str = ""


class Index:
    """The roster by everything that a workbook or a message can say of a unit."""

    def __init__(self, this: Round) -> None:
        self.by_code = {unit.code: unit for unit in this.units}
        self.by_name = {fold(unit.name): unit for unit in this.units}  # the roster has no name twice
        self.parents = {unit.parent for unit in this.units}
        self.by_address: dict[str, list[Unit]] = {}
        for unit in this.units:
            for address in (*unit.to, *unit.cc):
                self.by_address.setdefault(address.lower(), []).append(unit)
        self.issues = {
            row["unit"]: row["number"]
            for row in this.register.db.execute("SELECT unit, number FROM issue WHERE period = ?", (this.period,))
        }

    def above(self, unit: Unit) -> set[str]:
        """The codes of the units that a unit is added up under, and its own."""
        found = {unit.code}
        at = unit.parent
        while at and at not in found:
            found.add(at)
            at = self.by_code[at].parent if at in self.by_code else ""
        return found


def matched(this: Round, index: Index, arrival: Arrival, one: Judged, *, last_year: bool) -> Match:
    """Whose report a file is, and whether it is one of this round."""
    senders = index.by_address.get(arrival.sender, []) if arrival.sender else []
    sent_by = senders[0] if len(senders) == 1 else None
    if _our_own(this, arrival, one):
        return Match("own-mail", None)
    if arrival.trouble == "bounced":
        return _undelivered(index, arrival)
    if arrival.trouble or one.trouble:
        reason = arrival.trouble or one.trouble
        outcome = reason if reason in _OUTCOMES else "unreadable"
        return Match(outcome, sent_by, detail=reason)
    by_code, by_name = index.by_code.get(one.identity_code), index.by_name.get(fold(one.identity_unit))
    # The code stands locked on the cover; the name may be another's that was typed over it.
    named = [found for found in (index.by_name.get(fold(one.unit)), index.by_code.get(one.unit_code)) if found]
    issued = by_code or by_name
    if last_year:
        # A code may have been given to another unit since; a name says whose it was.
        issued, named = by_name or by_code, named[:1]
    cover = next((found for found in named if found != issued), issued) if named else None
    unit = issued or cover or (sent_by if not (one.identity_code or one.unit) else None)
    if unit is None:
        # It names somebody who is not on the roster, or nobody at all.
        return Match("unknown-unit" if one.unit or one.identity_unit else "unknown-sender", sent_by, detail=one.unit)
    if one.form != this.form.id:
        return Match("other-form", unit, detail=f"{one.form}@{one.edition}")
    period = this.period - 1 if last_year else this.period
    said = one.period or one.identity_period
    if said is not None and said != period:
        return Match("other-period", unit, detail=str(said))
    if cover and any(found != cover for found in (issued, *named) if found):
        return Match("wrong-unit", unit, detail=cover.code)
    if senders and not any(sender.code in index.above(unit) for sender in senders):
        return Match("wrong-unit", unit, detail=senders[0].code)
    if not unit.reports and (last_year or unit.code not in index.parents):
        return Match("not-reporting", unit)
    if unit.reports and one.reports > 1 and unit.code in index.parents:
        # Its own figures are wanted: those below it report themselves, and would count twice.
        return Match("own-total", unit, detail=str(one.reports))
    remarks = []
    if arrival.sender and not senders:
        # Only who was written to knows the message that is answered; anybody may have the workbook.
        if not _answers_any(this, arrival, unit):
            return Match("stranger", unit, detail=arrival.sender)
        remarks.append("unknown-sender")
    if one.issue and not last_year and one.issue != index.issues.get(unit.code, one.issue):
        remarks.append("other-issue")
    return Match("accepted", unit, tuple(remarks))


def _undelivered(index: Index, arrival: Arrival) -> Match:
    known = [address for address in arrival.failed if address in index.by_address]
    said = "、".join((known or list(arrival.failed))[:3]) or "?"
    return Match("bounced", index.by_address[known[0]][0] if known else None, detail=said)


def _our_own(this: Round, arrival: Arrival, one: Judged) -> bool:
    """Whether a message is a copy of one we sent: the office may stand on the roster's Cc, or keep what it sends.

    A draft goes out under an identity that the mail program gave it; what it carries is still what we attached.
    """
    own = this.settings.mail.address.lower()
    if not own or arrival.sender != own:
        return False
    where = "SELECT 1 FROM message WHERE message_id = ? OR sha256 = ?"
    asked = (arrival.message_id or "-", one.sha256 if arrival.data else "-")
    return this.register.db.execute(where, asked).fetchone() is not None


def _answers_any(this: Round, arrival: Arrival, unit: Unit) -> bool:
    """Whether a message answers one of ours to the unit."""
    rows = this.register.db.execute("SELECT message_id FROM message WHERE unit = ?", (unit.code,))
    return any(row["message_id"] in arrival.thread for row in rows)
