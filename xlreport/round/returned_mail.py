"""Mail of ours that came back: what a bounce says puts right what the register believed to be sent."""

from __future__ import annotations

from xlreport.round.folder import Round
from xlreport.round.mailbag import Arrival


def undelivered(this: Round, bounce: Arrival) -> None:
    """Put on record that a message was not delivered, to anybody or to some. Inside a transaction.

    Only a bounce that knows a message's identity counts: nobody but who was written to can have it.
    """
    db, failed = this.register.db, set(bounce.failed)
    for ident in dict.fromkeys(bounce.answers):
        row = db.execute(
            "SELECT id, mail_to, cc FROM message WHERE message_id = ? AND state IN ('sent', 'unknown')", (ident,)
        ).fetchone()
        if row is None:
            continue
        to = [address.lower() for address in row["mail_to"].split()]
        lost = failed.intersection([*to, *row["cc"].lower().split()])
        if failed.issuperset(to) or not failed:
            db.execute("UPDATE message SET state = 'failed', told = 'bounced' WHERE id = ?", (row["id"],))
        elif lost:
            db.execute("UPDATE message SET told = ? WHERE id = ?", (f"refused={len(lost)}", row["id"]))
