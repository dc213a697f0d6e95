"""Reports as the register keeps them: put in, taken out again, and brought over from last year's round."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from xlreport.catalog import UnknownForm, find_form
from xlreport.form.fold import fold
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.record import record
from xlreport.round.folder import REGISTER, Round, open_folder
from xlreport.round.namesakes import codes_now
from xlreport.round.register import Register
from xlreport.round.trouble import refuse
from xlreport.round.unit import Unit
from xlreport.rules.nodes import Number
from xlreport.submission import Entry, State, Submission

_LARGEST = 2**62  # what SQLite keeps as an integer
COMPUTED = "computed"  # the state of a total that the workbook works out
Stored = tuple[str, str, str, str, int | str | None, str | None]  # table, row, column, state, value, raw


@record
class Past:
    """A report of the year before in few words, ready to be sent to another process."""

    form: str  # with its edition
    period: int
    unit: str
    entries: tuple[Stored, ...]

    def submission(self, templates: Iterable[Path] = ()) -> Submission | None:
        """The report; None where its form is no longer known."""
        try:
            form = find_form(self.form, extra=tuple(templates))
        except UnknownForm:
            return None
        return Submission(form, unit=self.unit, period=self.period, entries=dict(_entries(form, self.entries)))


def stored(submission: Submission) -> tuple[Stored, ...]:
    """The entries of a report as they are kept."""
    found: list[Stored] = []
    for item, entry in submission.entries.items():
        if entry.computed:
            value = submission.value(item)
            found.append((*item, COMPUTED, kept(value), None))
        elif entry.state is State.NUMBER:
            found.append((*item, State.NUMBER.value, kept(entry.value), entry.raw if entry.notation else None))
        else:
            found.append((*item, entry.state.value, None, entry.raw or None))
    return tuple(found)


def kept(value: Number | None) -> int | str | None:
    """A number as SQLite keeps it exactly: whole ones as integers, others as their digits."""
    if value is None:
        return None
    whole = int(value)
    if value == whole and -_LARGEST < whole < _LARGEST:
        return whole
    return format(Decimal(value), "f")


def number(value: int | str | None) -> Number | None:
    """A number that was kept."""
    return value if value is None or isinstance(value, int) else Decimal(value)


def _entries(form: Form, rows: Iterable[Stored]) -> Iterator[tuple[Item, Entry]]:
    for table, row, column, state, value, raw in rows:
        item = Item(table, row, column)
        if item not in form.index:
            continue
        if state == COMPUTED:
            yield item, Entry(State.NUMBER, None, computed=True)
        else:
            yield item, Entry(State(state), number(value), raw or "")


def past(register: Register, unit: str, period: int) -> Past | None:
    """A unit's last report for a year, if the register has it."""
    head = register.db.execute(
        "SELECT id, form, edition, unit_name FROM submission WHERE period = ? AND unit = ?"
        " AND latest = 1 AND state <> 'total'",
        (period, unit),
    ).fetchone()
    if head is None:
        return None
    rows = register.db.execute(
        "SELECT place, row, col, state, value, raw FROM entry JOIN item ON item.id = entry.item WHERE submission = ?",
        (head["id"],),
    )
    entries = tuple((r[0], r[1], r[2], r[3], r[4], r[5]) for r in rows)
    return Past(f"{head['form']}@{head['edition']}", period, head["unit_name"], entries)


def names_before(this: Round, units: Iterable[Unit]) -> list[tuple[Unit, str]]:
    """Of these units, those whose report of last year bears another name, with that name."""
    rows = this.register.db.execute(
        "SELECT unit, unit_name FROM submission WHERE period = ? AND latest = 1 AND state <> 'total'",
        (this.period - 1,),
    )
    names = {row["unit"]: row["unit_name"] for row in rows}
    return [(unit, was) for unit in units if (was := names.get(unit.code)) and fold(was) != fold(unit.name)]


def not_continued(this: Round) -> list[tuple[str, str]]:
    """Code and name of those whose report of last year is no unit's of today: gone, or renamed with another code."""
    rows = this.register.db.execute(
        "SELECT unit, unit_name FROM submission WHERE period = ? AND latest = 1 AND state <> 'total' ORDER BY id",
        (this.period - 1,),
    )
    return [(row["unit"].partition(" ")[0], row["unit_name"]) for row in rows if row["unit"] not in this.by_code]


def put_entries(register: Register, submission: int, entries: Iterable[Stored]) -> None:
    """Keep the entries of a report."""
    rows = [(submission, register.item_id((t, r, c)), state, value, raw) for t, r, c, state, value, raw in entries]
    register.db.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)


def take_over(this: Round) -> int:
    """Bring the reports of earlier years over from the round before, if it has changed; how many there are."""
    if not this.settings.previous:
        return 0
    folder = this.folder / this.settings.previous
    if not (folder / REGISTER).is_file():
        raise refuse("no-previous", folder=str(folder))
    with contextlib.closing(Register(folder / REGISTER)) as old:
        row = _state(old)
        other = old.db.execute("SELECT form FROM submission WHERE form <> ? LIMIT 1", (this.form.id,)).fetchone()
        if other is not None:
            # Tables of two forms may bear the same names; what stands in them is nothing to be carried over.
            raise refuse("previous-form", folder=str(folder), form=other["form"], wanted=this.form.id)
        # Whose a report of last year is may change with either roster; and the settings may name another round.
        about = (old.fact("roster"), this.register.fact("roster"), this.settings.previous.replace(" ", "_"))
        stamp = " ".join(map(str, (*row, *about)))
    if this.register.fact("previous") == stamp:
        return 0
    db = this.register.db
    db.execute("ATTACH DATABASE ? AS old", (str(folder / REGISTER),))
    try:
        with this.register.transaction():
            count = _copy(this)
            this.register.remember("previous", stamp)
    finally:
        db.execute("DETACH DATABASE old")
    this.register.items.clear()
    this.log("previous", reports=count)
    return count


def _state(old: Register) -> tuple[str, ...]:
    """What the reports and explanations of a register are, in few words.

    Numbers of its own would not do: a register restored from a backup gives the same ones once more to others.
    """
    reports = (
        "SELECT id, period, unit, unit_name, form, edition, figures, state, errors, warnings, waived FROM submission"
        " WHERE latest = 1 ORDER BY id"
    )
    reasons = "SELECT period, unit, code, rule, items, found, reason, who, source, made_at FROM waiver ORDER BY id"
    found = []
    for what in (reports, reasons):
        digest = 0
        for row in old.db.execute(what):
            digest = zlib.crc32("\t".join(map(str, row)).encode(), digest)
        found.append(f"{digest:08x}")
    return tuple(found)


def _same_units(this: Round) -> None:
    """Last year's reports and explanations as those of the units of today, as the views `before` and `explained`."""
    db = this.register.db
    rows = db.execute(
        "SELECT code, name FROM old.unit UNION ALL SELECT unit, MAX(unit_name) FROM old.submission"
        " WHERE unit NOT IN (SELECT code FROM old.unit) GROUP BY unit"
    ).fetchall()
    db.execute("CREATE TEMP TABLE same_unit (was TEXT PRIMARY KEY, now TEXT NOT NULL) WITHOUT ROWID")
    db.executemany("INSERT INTO same_unit VALUES (?, ?)", codes_now(map(tuple, rows), this.units).items())
    for view, table in (("before", "submission"), ("explained", "waiver")):
        columns = [row["name"] for row in db.execute(f"PRAGMA old.table_info({table})") if row["name"] != "unit"]
        said = ", ".join(f"t.{column}" for column in columns)
        db.execute(
            f"CREATE TEMP VIEW {view} AS SELECT {said}, n.now AS unit FROM old.{table} t"  # noqa: S608
            " JOIN same_unit n ON n.was = t.unit"
        )


def _copy(this: Round) -> int:
    db, period = this.register.db, (this.period,)
    _same_units(this)
    # What was taken in here by hand (`--last-year`) stays, unless the round before has that unit's report as well.
    db.execute(
        "CREATE TEMP TABLE over AS SELECT id FROM main.submission WHERE period < ?"
        " AND (id NOT IN (SELECT submission FROM main.arrival WHERE submission IS NOT NULL)"
        " OR (period, unit) IN (SELECT period, unit FROM before WHERE latest = 1))",
        period,
    )
    db.execute("DELETE FROM main.entry WHERE submission IN (SELECT id FROM over)")
    db.execute("DELETE FROM main.finding WHERE submission IN (SELECT id FROM over)")
    db.execute("UPDATE main.arrival SET submission = NULL WHERE submission IN (SELECT id FROM over)")
    db.execute("DELETE FROM main.submission WHERE id IN (SELECT id FROM over)")
    db.execute("DROP TABLE temp.over")
    columns = (
        "period, unit, version, arrival, sha256, form, edition, unit_name, figures, modified, sent_at, taken_at, state,"
        " errors, warnings, notes, waived, latest"
    )
    taken = "latest = 1 AND period < ?"
    db.execute(
        f"INSERT INTO main.submission ({columns}) SELECT {columns} FROM before WHERE {taken}",  # noqa: S608
        period,
    )
    db.execute("INSERT OR IGNORE INTO main.item (place, row, col) SELECT place, row, col FROM old.item")
    same = (
        "JOIN main.submission m ON m.period = s.period AND m.unit = s.unit AND m.latest = 1"
        " WHERE s.latest = 1 AND s.period < ?"
    )
    db.execute(
        "INSERT INTO main.entry SELECT m.id, n.id, e.state, e.value, e.raw FROM old.entry e"  # noqa: S608
        " JOIN old.item i ON i.id = e.item JOIN main.item n ON n.place = i.place AND n.row = i.row AND n.col = i.col"
        f" JOIN before s ON s.id = e.submission {same}",
        period,
    )
    # Explanations keep their numbers here: findings of this year's reports are tied to them.
    db.execute(
        "INSERT INTO main.waiver (period, unit, code, rule, items, found, expected, reason, who, source, made_at)"
        " SELECT period, unit, code, rule, items, found, expected, reason, who, source, made_at FROM explained"
        " WHERE period < ? ON CONFLICT (period, unit, code, rule, items) DO UPDATE SET found = excluded.found,"
        " expected = excluded.expected, reason = excluded.reason, who = excluded.who, source = excluded.source,"
        " made_at = excluded.made_at",
        period,
    )
    db.execute(
        "DELETE FROM main.waiver WHERE period < ? AND (period, unit, code, rule, items) NOT IN"
        " (SELECT period, unit, code, rule, items FROM explained)",
        period,
    )
    db.execute("UPDATE main.finding SET waiver = NULL WHERE waiver NOT IN (SELECT id FROM main.waiver)")
    db.execute(
        "INSERT INTO main.finding SELECT m.id, f.seq, f.code, f.rule, f.severity, f.cell, f.items, f.label, f.found,"  # noqa: S608
        " f.expected, f.zh, f.en, (SELECT h.id FROM explained w JOIN main.waiver h"
        " USING (period, unit, code, rule, items) WHERE w.id = f.waiver)"
        f" FROM old.finding f JOIN before s ON s.id = f.submission {same}",
        period,
    )
    for what in ("VIEW temp.before", "VIEW temp.explained", "TABLE temp.same_unit"):
        db.execute(f"DROP {what}")
    return int(db.execute("SELECT COUNT(*) FROM submission WHERE period < ?", period).fetchone()[0])


def previous_of(folder: Path, form: str, period: int) -> str:
    """The folder of last year's round beside a new one, as its settings will name it; "" if there is none."""
    parent = folder.resolve().parent
    for path in sorted(parent.glob("*/xlreport.toml")):
        if path.parent == folder.resolve():
            continue
        try:
            with contextlib.closing(open_folder(path.parent)) as other:
                if other.form.id == form.partition("@")[0] and other.period == period - 1:
                    return f"../{path.parent.name}"
        except Exception as error:  # noqa: BLE001 - somebody else's folder, of no concern to this round
            del error
    return ""
