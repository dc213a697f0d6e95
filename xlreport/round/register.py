"""The register of a round: one SQLite file, opened only by its owner, whole after every crash."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from xlreport.round.closing import Closing
from xlreport.round.schema import MIGRATIONS
from xlreport.round.trouble import refuse
from xlreport.round.unit import Unit

_REASONS = {
    sqlite3.SQLITE_BUSY: "register-busy",
    sqlite3.SQLITE_LOCKED: "register-busy",
    sqlite3.SQLITE_READONLY: "register-read-only",
    sqlite3.SQLITE_PERM: "register-read-only",
    sqlite3.SQLITE_CANTOPEN: "register-read-only",  # its journal cannot be made beside it
    sqlite3.SQLITE_FULL: "register-full",
    sqlite3.SQLITE_IOERR: "register-full",
}
Failure = sqlite3.Error  # what reading a register may end with
_PATIENCE = 30.0  # seconds to wait for another command that is writing


class Register(Closing):
    """A register that is open. What changes together is changed inside one `transaction`."""

    def __init__(self, path: Path) -> None:
        """Open a register, making it where there is none; an older one is brought up to date."""
        self.path = path
        self.items: dict[tuple[str, str, str], int] = {}  # the ids of items, as far as they were asked for
        # On a disk or a share that can only be read there is all to be looked at, and nothing to be written.
        where = f"{path.resolve().as_uri()}?mode={'rw' if _private(path) else 'ro'}"
        try:
            # Transactions are begun by hand: sqlite3's own would begin them late and leave DDL outside.
            self.db = sqlite3.connect(where, timeout=_PATIENCE, isolation_level=None, uri=True)
            self.db.row_factory = sqlite3.Row
            # The journal beside the file and not a WAL: a round may lie on a network disk.
            self.db.execute("PRAGMA synchronous = FULL")
            self.db.execute("PRAGMA foreign_keys = ON")
            self._migrate()
        except sqlite3.DatabaseError as error:
            raise refuse(trouble_of(error), path=path.name) from error

    def _migrate(self) -> None:
        version = self._version()
        if version > len(MIGRATIONS):
            raise refuse("register-newer", path=self.path.name)
        if version == len(MIGRATIONS):
            return
        with self.transaction():
            for number in range(self._version(), len(MIGRATIONS)):  # another command may have been quicker
                for statement in MIGRATIONS[number].split(";\n"):
                    if statement.strip():
                        self.db.execute(statement)
                self.db.execute(f"PRAGMA user_version = {number + 1}")

    def _version(self) -> int:
        return int(self.db.execute("PRAGMA user_version").fetchone()[0])

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; another writer is waited for."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                self.items.clear()  # ids given inside are gone with it
                if self.db.in_transaction:  # a full disk has rolled it back already
                    self.db.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise refuse(trouble_of(error), path=self.path.name) from error

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    # --- small things that everybody needs ------------------------------------------------------------------

    def fact(self, name: str) -> str:
        """A remembered fact; empty if there is none."""
        row = self.db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def remember(self, name: str, value: str) -> None:
        """Keep a fact under a name."""
        self.db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    def set_roster(self, units: tuple[Unit, ...]) -> None:
        """The roster as it now is; answers of units that left it stay."""
        self.db.execute("DELETE FROM unit")
        self.db.executemany(
            "INSERT INTO unit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    u.code,
                    u.name,
                    u.level,
                    u.parent,
                    " ".join(u.to),
                    " ".join(u.cc),
                    u.contact,
                    u.phone,
                    int(u.reports),
                    n,
                )
                for n, u in enumerate(units)
            ],
        )

    def units(self) -> tuple[Unit, ...]:
        """The roster, in its order."""
        return tuple(
            Unit(code, name, level, parent, tuple(to.split()), tuple(cc.split()), contact, phone, bool(reports))
            for code, name, level, parent, to, cc, contact, phone, reports in self.db.execute(
                "SELECT code, name, level, parent, mail_to, cc, contact, phone, reports FROM unit ORDER BY place"
            )
        )

    def item_id(self, item: tuple[str, str, str]) -> int:
        """The number of an item in this register; given when it is first met."""
        if not self.items:
            rows = self.db.execute("SELECT place, row, col, id FROM item")
            self.items = {(place, row, col): number for place, row, col, number in rows}
        found = self.items.get(item)
        if found is None:
            found = self.db.execute("INSERT INTO item (place, row, col) VALUES (?, ?, ?)", item).lastrowid
            self.items[item] = int(found or 0)
        return int(found or 0)


def trouble_of(error: sqlite3.Error) -> str:
    """Why the register refused, as the reason of a problem."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what SQLite adds to its codes
    return _REASONS.get(code, "register-unreadable")


def _private(path: Path) -> bool:
    """The file exists, and only its owner can read it: it holds addresses and figures that are not published yet.

    False where it can be read and not written.
    """
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        if path.is_file() and os.access(path, os.R_OK):
            return False
        raise refuse("register-unreadable", path=path.name) from error
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)
    return True
