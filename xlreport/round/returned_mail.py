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
        # Mail that is passed on comes back from an address that we never wrote to.
        if failed.issuperset(to) or not (lost or len(to) > 1):
            db.execute("UPDATE message SET state = 'failed', told = 'bounced' WHERE id = ?", (row["id"],))
        else:
            db.execute("UPDATE message SET told = ? WHERE id = ?", (f"refused={max(len(lost), 1)}", row["id"]))
