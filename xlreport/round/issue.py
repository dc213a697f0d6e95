"""Issuing: one workbook for each unit, cast from a mould, with what last year's report settles filled in."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xlreport.catalog import find_form
from xlreport.form.table import Item
from xlreport.record import record
from xlreport.round.again import bring_over
from xlreport.round.carry import carried_by_unit
from xlreport.round.filing import own_names
from xlreport.round.folder import ISSUED, Round, now
from xlreport.round.lock import alone
from xlreport.round.unit import Unit
from xlreport.rules.nodes import Number
from xlreport.workbook.mould import KnownMould, Mould, blanks
from xlreport.workbook.template import Issue, make
from xlreport.workbook.write import written_together

if TYPE_CHECKING:  # with its log machinery it takes longer to load than a hundred workbooks to make
    from concurrent.futures import Executor

ISSUE = "issue"  # the kind of the messages that bring the workbooks
_BATCH = 250  # workbooks that one worker casts at a time: its mould takes as long as some hundred of them
_ODD = re.compile(r"[^A-Za-z0-9.-]")  # what no issue number holds
Cast = tuple[bytes, str]  # a workbook and its SHA-256
_FOOTER_ROOM = 60  # characters of a code that a footer surely has room for


@record
class Issued:
    """A workbook that lies ready for its unit."""

    unit: Unit
    folder: Path
    name: str  # of the file in it
    number: str
    carried: int  # cells filled in from last year's report

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder / self.name


@record
class Order:
    """Workbooks that differ only in their units' words and known numbers; fit to be sent to another process."""

    form: str
    templates: tuple[str, ...]
    items: tuple[Item, ...]
    locked: tuple[Item, ...]
    pieces: tuple[tuple[Issue, tuple[Number, ...]], ...]


def issue(
    this: Round,
    only: Collection[str] = (),
    *,
    again: bool = False,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Issued]:
    """Make the workbooks of all units that have none yet, or of those asked for; what lies ready is left alone."""
    bring_over(this, executor)
    # The second of two waits for the first, and finds all ready.
    with alone(this.folder / ".issuing", "issuing-already", wait=True):
        return _issue(this, only, again=again, executor=executor, progress=progress)


def _issue(
    this: Round,
    only: Collection[str],
    *,
    again: bool,
    executor: Executor | None,
    progress: Callable[[int, int], None] | None,
) -> list[Issued]:
    have = {
        row["unit"]: row for row in this.register.db.execute("SELECT * FROM issue WHERE period = ?", (this.period,))
    }
    units = [unit for unit in this.reporting if not only or unit.code in only]
    names = own_names(this.reporting, ".xlsx")
    sources = _sources(this, units)
    wanted = [
        unit for unit in units if again or not _ready(this, have.get(unit.code), names[unit.code], sources[unit.code])
    ]
    if not wanted:
        return []
    secret = this.register.fact("secret") or os.urandom(32).hex()
    numbers = _numbers(this, secret, wanted)
    folder, made_at = this.folder / ISSUED, now()
    made: list[Issued] = []
    rows = []
    # Not forced to the disk one by one: `send` compares with the register and makes again what was lost.
    with written_together(folder) as put:
        for unit, order, (data, digest) in _made(this, wanted, numbers, executor):
            code, name, known = unit.code, names[unit.code], len(order.items)
            put(name, data)
            made.append(Issued(unit, folder, name, numbers[code], known))
            rows.append((this.period, code, numbers[code], f"{ISSUED}/{name}", digest, known, made_at, sources[code]))
            if progress is not None:
                progress(len(made), len(wanted))
    with this.register.transaction() as db:
        this.register.remember("secret", secret)
        db.executemany("INSERT OR REPLACE INTO issue VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    this.log("issue", units=len(made), carried=sum(1 for one in made if one.carried))
    return made


def _sources(this: Round, units: Iterable[Unit]) -> Mapping[str, str]:
    """What each unit's workbook is made of besides its name: its level, and which report of last year."""
    rows = this.register.db.execute(
        "SELECT unit, figures FROM submission WHERE period = ? AND latest = 1 AND state <> 'total'", (this.period - 1,)
    )
    before = {row["unit"]: row["figures"] for row in rows}
    return {unit.code: f"{unit.level} {before.get(unit.code, '')}" for unit in units}


def _ready(this: Round, row: Mapping[str, str] | None, name: str, source: str) -> bool:
    """Whether a unit's workbook lies there. Once the roster or last year's report was corrected it is not that one."""
    if row is None or row["made_of"] not in {"", source} or row["file"] != f"{ISSUED}/{name}":
        return False
    return (this.folder / row["file"]).is_file()


def _made(
    this: Round, units: Sequence[Unit], numbers: Mapping[str, str], executor: Executor | None
) -> Iterator[tuple[Unit, Order, Cast]]:
    """The workbooks, units that share a mould together."""
    groups: dict[tuple[str, bool, tuple[Item, ...], tuple[Item, ...]], list[tuple[Unit, tuple[Number, ...]]]] = {}
    carried = carried_by_unit(this)
    for unit in units:
        known = carried.get(unit.code, {})
        locked = tuple(item for item, one in known.items() if one.locked)
        key = (unit.level, bool(unit.code), tuple(known), locked)
        groups.setdefault(key, []).append((unit, tuple(one.value for one in known.values())))
    orders: list[tuple[Order, list[Unit]]] = []
    folders = tuple(map(str, this.templates))
    for (_, _, items, locked), members in groups.items():
        size = _BATCH if executor else len(members)
        for at in range(0, len(members), size):
            some = members[at : at + size]
            pieces = tuple(
                (Issue(unit.name, unit.code, unit.level, this.period, numbers[unit.code]), values)
                for unit, values in some
            )
            orders.append((Order(this.form.name, folders, items, locked, pieces), [unit for unit, _ in some]))
    answers = executor.map(cast_all, [order for order, _ in orders]) if executor else (cast(o) for o, _ in orders)
    for (order, receivers), books in zip(orders, answers, strict=True):
        for unit, book in zip(receivers, books, strict=True):
            yield unit, order, book


def cast_all(order: Order) -> list[Cast]:
    """The workbooks of one order, in another process."""
    return list(cast(order))


def cast(order: Order) -> Iterator[Cast]:
    """The workbooks of one order with their SHA-256, in its order: the first is made, all are cast from it.

    One alone is cast as well: made again, a workbook must have the very bytes that mail was queued for.
    """
    form = find_form(order.form, extra=[Path(folder) for folder in order.templates])
    mould: Mould | None = None
    known: KnownMould | None = None
    for issue_, numbers in order.pieces:
        if len(issue_.unit_code or issue_.unit) > _FOOTER_ROOM:
            values: dict[Item, Number | str] = dict(zip(order.items, numbers, strict=True))
            data = make(form, issue_, values=values, locked=order.locked)
            yield data, hashlib.sha256(data).hexdigest()
        elif order.items:
            known = known or KnownMould(form, issue_, order.items, order.locked)
            data = known.cast(issue_, numbers)
            yield data, known.digest(data)
        else:
            mould = mould or Mould(make(form, blanks(issue_)))
            data = mould.cast(issue_)
            yield data, mould.digest(data)


def _numbers(this: Round, secret: str, units: Iterable[Unit]) -> Mapping[str, str]:
    """The numbers of units' workbooks: the code, and a few letters that nobody else can work out."""
    key, period = bytes.fromhex(secret), this.period
    about = f"{this.form.name}\t{period}\t"
    found = {}
    for unit in units:
        words = f"{about}{unit.code}"
        mark = hmac.digest(key, words.encode(), "sha256").hex()[:8]
        code = unit.code if unit.code.isascii() and unit.code.isalnum() else _ODD.sub("_", unit.code)
        found[unit.code] = f"{period}-{code[:40]}-{mark}"
    return found


def sent_before(this: Round, units: Collection[Unit]) -> int:
    """How many of these units were sent another workbook than the one that lies ready."""
    made, sent = digests(this), {}
    for row in this.register.db.execute(
        "SELECT unit, sha256 FROM message WHERE period = ? AND kind = ? AND state = 'sent' ORDER BY number",
        (this.period, ISSUE),
    ):
        sent[row["unit"]] = row["sha256"]
    return sum(1 for unit in units if sent.get(unit.code, made.get(unit.code)) != made.get(unit.code))


def digests(this: Round) -> dict[str, str]:
    """The workbooks that lie ready, by unit."""
    rows = this.register.db.execute("SELECT unit, sha256 FROM issue WHERE period = ?", (this.period,))
    return {row["unit"]: row["sha256"] for row in rows}
