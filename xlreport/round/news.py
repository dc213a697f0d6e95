"""Whether a file says anything new: against the versions that are registered, and what came with it."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.record import fresh, record
from xlreport.round.folder import Round
from xlreport.round.judge import Judged
from xlreport.round.mailbag import Arrival
from xlreport.round.status import DISMISSED
from xlreport.round.submissions import Version
from xlreport.round.unit import Unit


@record
class Lot:
    """What one run took in so far that came as files and not by mail: nothing but their clocks tells an order."""

    names: dict[str, str] = fresh(default_factory=dict)  # by unit: the file that is registered

    def twice(self, arrival: Arrival, unit: Unit) -> str:
        """The file of the same lot that is the unit's report already; "" if there is none."""
        return "" if arrival.sender or arrival.sent_at else self.names.get(unit.code, "")

    def add(self, arrival: Arrival, unit: Unit) -> None:
        """A file that was registered."""
        if not (arrival.sender or arrival.sent_at):
            self.names[unit.code] = arrival.name


def newer(one: Judged, last: Version) -> bool:
    """Whether a workbook says itself that it was saved after another that did not come by mail."""
    return bool(one.modified and last.modified and one.modified > last.modified)


def twice(this: Round, arrival: Arrival, unit: Unit) -> bool:
    """Whether the same message brought a report of the unit already: nobody knows which of the two counts."""
    if not arrival.sender:
        return False
    # A register of an earlier version knows a message only by its identity and date.
    known = bool(arrival.message_id or arrival.sent_at)
    row = this.register.db.execute(
        "SELECT 1 FROM arrival WHERE unit = ?1 AND outcome = 'accepted' AND (letter <> '' AND letter = ?2 OR"
        " ?3 AND letter = '' AND source = ?4 AND sender = ?5 AND sent_at = ?6 AND message_id = ?7)",
        (
            unit.code, arrival.letter, known, arrival.source, arrival.sender, arrival.sent_at, arrival.message_id,
        ),
    ).fetchone()  # fmt: skip
    return row is not None


def answers_us(this: Round, arrival: Arrival, unit: Unit, known: Sequence[Version]) -> bool:
    """Whether a message answers our reply to the last report: then it is the newest, whatever its clock says."""
    row = this.register.db.execute(
        "SELECT message_id FROM message WHERE period = ? AND unit = ? AND kind = 'reply' AND number = ?",
        (this.period, unit.code, known[-1].version if known else 0),
    ).fetchone()
    return row is not None and row["message_id"] in arrival.thread


def as_issued(this: Round, unit: Unit, sha256: str) -> bool:
    """Whether a file is a unit's workbook as we made it: letters are answered with all that was attached to ours."""
    where = (
        "SELECT 1 FROM issue WHERE period = ?1 AND unit = ?2 AND sha256 = ?3 UNION ALL"
        " SELECT 1 FROM message WHERE period = ?1 AND unit = ?2 AND kind = 'issue' AND sha256 = ?3"
    )
    return this.register.db.execute(where, (this.period, unit.code, sha256)).fetchone() is not None


def news(
    arrival: Arrival, one: Judged, known: Sequence[Version], *, answered: bool, issued: bool = False
) -> tuple[str, str]:
    """Whether a file says anything new, against what is there already."""
    if not known:
        return "accepted", ""
    last = known[-1]
    if (issued or one.empty) and one.figures != last.figures:
        return "older", str(last.version)  # a form in which nothing was filled in takes no report's place
    if one.sha256 == last.sha256 or one.figures == last.figures:
        # Explanations are not figures, but they are news.
        return ("accepted" if one.sha256 != last.sha256 and one.explained else "duplicate"), str(last.version)
    if answered:
        return "accepted", ""
    if same := next((v for v in known if one.sha256 == v.sha256 or one.figures == v.figures), None):
        return "older", str(same.version)
    sent = modified = ""
    for version in known:
        # No clock is believed that is ahead of ours; one that went back says nothing, and our own counts.
        said = min(version.sent_at, version.taken_at)
        sent = max(sent, said if said >= sent else version.taken_at) if version.sent_at else sent
        modified = max(modified, min(version.modified, version.taken_at))
    if arrival.sent_at and sent and arrival.sent_at < sent:
        return "older", str(last.version)
    if one.modified and modified and one.modified < modified:
        return "older", str(last.version)
    return "accepted", ""


@record
class Registered:
    """A file that is the last report of a unit."""

    unit: str
    version: int


def registered_already(this: Round, sha256: str, period: int) -> Registered | None:
    """Whose last report a file is that does not say so itself: a person did."""
    row = this.register.db.execute(
        "SELECT unit, version FROM submission WHERE sha256 = ? AND period = ? AND latest = 1", (sha256, period)
    ).fetchone()
    return Registered(row["unit"], row["version"]) if row else None


@record
class Aside:
    """A file that was kept aside before."""

    number: int
    dismissed: bool  # a person has said that it is needed no more


def aside_already(this: Round, arrival: Arrival, one: Judged, outcome: str) -> Aside | None:
    """Where the same file was kept aside before: looked at again, it is not one more."""
    row = this.register.db.execute(
        "SELECT id, outcome FROM arrival WHERE sha256 = ?1 AND (outcome = ?2 OR outcome = ?6 AND detail = ?2)"
        " AND name = ?3"
        " AND (letter <> '' AND letter = ?4 OR source = ?5 AND message_id = ?7)",
        (one.sha256, outcome, arrival.name, arrival.letter, arrival.source, DISMISSED, arrival.message_id),
    ).fetchone()
    return Aside(row["id"], row["outcome"] == DISMISSED) if row else None
