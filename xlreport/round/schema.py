"""The tables of a register and how an older register becomes one of today. Only additions, each under its number."""

from __future__ import annotations

# The place of a script is the version it leads to (PRAGMA user_version); a script that went out is never changed.
MIGRATIONS: tuple[str, ...] = (
    """
CREATE TABLE unit (
  code TEXT PRIMARY KEY, name TEXT NOT NULL, level TEXT NOT NULL, parent TEXT NOT NULL, mail_to TEXT NOT NULL,
  cc TEXT NOT NULL, contact TEXT NOT NULL, phone TEXT NOT NULL, reports INTEGER NOT NULL, place INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE issue (
  period INTEGER NOT NULL, unit TEXT NOT NULL, number TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
  carried INTEGER NOT NULL, made_at TEXT NOT NULL, PRIMARY KEY (period, unit)
) WITHOUT ROWID;
CREATE TABLE arrival (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
  sender TEXT NOT NULL, message_id TEXT NOT NULL, thread TEXT NOT NULL, subject TEXT NOT NULL, sent_at TEXT NOT NULL,
  taken_at TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL, unit TEXT NOT NULL, submission INTEGER
);
CREATE INDEX arrival_sha256 ON arrival (sha256);
CREATE TABLE submission (
  id INTEGER PRIMARY KEY, period INTEGER NOT NULL, unit TEXT NOT NULL, version INTEGER NOT NULL, arrival INTEGER,
  sha256 TEXT NOT NULL, form TEXT NOT NULL, edition TEXT NOT NULL, unit_name TEXT NOT NULL, figures TEXT NOT NULL,
  modified TEXT NOT NULL, sent_at TEXT NOT NULL, taken_at TEXT NOT NULL, state TEXT NOT NULL,
  errors INTEGER NOT NULL, warnings INTEGER NOT NULL, notes INTEGER NOT NULL, waived INTEGER NOT NULL,
  latest INTEGER NOT NULL, UNIQUE (period, unit, version)
);
CREATE UNIQUE INDEX submission_latest ON submission (period, unit) WHERE latest = 1;
CREATE TABLE item (
  id INTEGER PRIMARY KEY, place TEXT NOT NULL, row TEXT NOT NULL, col TEXT NOT NULL, UNIQUE (place, row, col)
);
CREATE TABLE entry (
  submission INTEGER NOT NULL, item INTEGER NOT NULL, state TEXT NOT NULL, value, raw TEXT,
  PRIMARY KEY (submission, item)
) WITHOUT ROWID;
CREATE TABLE finding (
  submission INTEGER NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL,
  cell TEXT NOT NULL, items TEXT NOT NULL, label TEXT NOT NULL, found TEXT NOT NULL, expected TEXT NOT NULL,
  zh TEXT NOT NULL, en TEXT NOT NULL, waiver INTEGER, PRIMARY KEY (submission, seq)
) WITHOUT ROWID;
CREATE TABLE waiver (
  id INTEGER PRIMARY KEY, period INTEGER NOT NULL, unit TEXT NOT NULL, code TEXT NOT NULL, rule TEXT NOT NULL,
  items TEXT NOT NULL, found TEXT NOT NULL, expected TEXT NOT NULL, reason TEXT NOT NULL, who TEXT NOT NULL,
  source TEXT NOT NULL, made_at TEXT NOT NULL, UNIQUE (period, unit, code, rule, items)
);
CREATE TABLE message (
  id INTEGER PRIMARY KEY, period INTEGER NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL,
  message_id TEXT NOT NULL UNIQUE, mail_to TEXT NOT NULL, cc TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
  file TEXT NOT NULL, file_name TEXT NOT NULL, sha256 TEXT NOT NULL, answers TEXT NOT NULL, thread TEXT NOT NULL,
  state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL DEFAULT 0, code INTEGER,
  told TEXT NOT NULL DEFAULT '', queued_at TEXT NOT NULL, sent_at TEXT NOT NULL DEFAULT '',
  sent_on REAL NOT NULL DEFAULT 0, UNIQUE (period, unit, kind, number)
);
CREATE INDEX message_state ON message (state);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
""",
    # Which message a file came in, by the message's own bytes: not every one has an identity, or a date.
    """
ALTER TABLE arrival ADD COLUMN letter TEXT NOT NULL DEFAULT '';
CREATE INDEX arrival_letter ON arrival (letter);
""",
    # Which messages of a mailbox were taken: not every mailbox keeps a mark of ours.
    """
CREATE TABLE taken (
  mailbox TEXT NOT NULL, validity TEXT NOT NULL, uid INTEGER NOT NULL, letter TEXT NOT NULL,
  PRIMARY KEY (mailbox, validity, uid)
) WITHOUT ROWID;
CREATE INDEX taken_letter ON taken (letter);
""",
    # What a unit's workbook was made of: a level corrected since, or another report of last year, makes another one.
    """
ALTER TABLE issue ADD COLUMN made_of TEXT NOT NULL DEFAULT '';
""",
)
