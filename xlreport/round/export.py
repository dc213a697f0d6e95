"""The register in long form, one line for each figure: CSV for every program, Parquet for analysis."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from xlreport.catalog import UnknownForm, find_form
from xlreport.record import record
from xlreport.round.ahead import in_order
from xlreport.round.folder import Round
from xlreport.round.history import COMPUTED, number
from xlreport.round.trouble import refuse
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import plain
from xlreport.submission import State
from xlreport.workbook.write import write_atomically

COLUMNS = (
    "period", "unit_code", "unit", "parent", "form", "edition", "version", "state", "table", "row", "column", "entry",
    "value", "raw", "measure",
)  # fmt: skip
_LIVE = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # what a spreadsheet would work out or run
_DIGITS, _DECIMALS, _MOST_DECIMALS = (
    38,
    10,
    18,
)  # of a figure in Parquet: all, usually after the point, at most
_BATCH = 20_000  # figures that are worked on at a time


@record
class Line:
    """One figure of one report."""

    period: int
    unit_code: str
    unit: str
    parent: str
    form: str
    edition: str
    version: int
    state: str  # of the report: clean, warning, waived, error
    table: str
    row: str
    column: str
    entry: str  # of the figure: number, computed, blank, placeholder, text, error, not_found
    value: Number | None
    raw: str  # what stands there where it is no plain number
    measure: str = ""  # what it counts in, as the form prints it: 件, 万元; editions may differ


def lines(this: Round, periods: Sequence[int] = (), *, latest: bool = True) -> Iterator[Line]:
    """Every figure of every last report (or of all versions), of all years or some."""
    for batch in _batches(this, periods, latest=latest):
        for row in batch:
            yield Line(
                row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11],
                _value(row), row[13] or "", row[14],
            )  # fmt: skip


def _batches(this: Round, periods: Sequence[int], *, latest: bool) -> Iterator[list[tuple[Any, ...]]]:
    """The figures as the register keeps them, some thousands at a time."""
    where = ["s.state <> 'total'"]  # the figures in it are those of the units below, once more
    if latest:
        where.append("s.latest = 1")
    if periods:
        where.append(f"s.period IN ({', '.join('?' * len(periods))})")
    rows = this.register.db.execute(
        "SELECT s.period, s.unit, COALESCE(u.name, s.unit_name), COALESCE(u.parent, ''), s.form, s.edition, s.version,"  # noqa: S608
        " s.state, i.place, i.row, i.col, e.state, e.value, e.raw FROM submission s"
        " JOIN entry e ON e.submission = s.id JOIN item i ON i.id = e.item LEFT JOIN unit u ON u.code = s.unit"
        f" WHERE {' AND '.join(where)} ORDER BY s.period, s.unit, s.version, i.id",
        tuple(periods),
    )
    measures = _Measures(this)
    while batch := [(*row, measures.of(*row[4:6], *row[8:11])) for row in rows.fetchmany(_BATCH)]:
        yield batch


class _Measures:
    """What the figures of a register count in, by form, edition and item; nothing where a form is no longer known."""

    def __init__(self, this: Round) -> None:
        self._templates = this.templates
        self._known: dict[tuple[str, str], Mapping[tuple[str, str, str], str]] = {}

    def of(self, form: str, edition: str, table: str, row: str, column: str) -> str:
        """The unit that is printed on the form for an item."""
        known = self._known.get((form, edition))
        if known is None:
            known = self._known[form, edition] = self._printed(f"{form}@{edition}")
        return known.get((table, row, column), "")

    def _printed(self, name: str) -> Mapping[tuple[str, str, str], str]:
        try:
            form = find_form(name, extra=self._templates)
        except UnknownForm:
            return {}
        return {(item.table, item.row, item.column): form.entry_type(item).unit or "" for item in form.items}


def _value(row: tuple[Any, ...]) -> Number | None:
    return number(row[12]) if row[11] in {State.NUMBER.value, COMPUTED} else None


def write_csv(
    this: Round, path: Path, periods: Sequence[int] = (), *, latest: bool = True, executor: Executor | None = None
) -> int:
    """Write CSV that Excel opens with the right characters; how many lines. No cell of it is ever a formula."""
    count = 0

    def counted() -> Iterator[list[tuple[Any, ...]]]:
        nonlocal count
        for batch in _batches(this, periods, latest=latest):
            count += len(batch)
            yield batch

    head = "\ufeff" + ",".join(COLUMNS) + "\r\n"
    write_atomically(path, b"".join([head.encode(), *in_order(executor, csv_lines, counted())]))
    return count


def csv_lines(rows: Sequence[tuple[Any, ...]]) -> bytes:
    """Some lines of the CSV, perhaps in another process."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        value = _value(row)
        said = "" if value is None else plain(value)
        writer.writerow([*map(_dead, row[:12]), said, _dead(row[13] or ""), _dead(row[14])])
    return out.getvalue().encode()


def _dead(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_LIVE) else cell


def write_parquet(
    this: Round, path: Path, periods: Sequence[int] = (), *, latest: bool = True, executor: Executor | None = None
) -> int:
    """Write Parquet; values are exact decimals, and a raw text stays beside them."""
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise refuse("missing-extra", extra="parquet") from error
    buffer = io.BytesIO()
    count, scale = 0, _decimals(this)
    with pq.ParquetWriter(buffer, _schema(scale), compression="zstd") as writer:
        for table in in_order(executor, partial(parquet_lines, scale=scale), _batches(this, periods, latest=latest)):
            writer.write_table(table)
            count += table.num_rows
        if not count:
            writer.write_table(parquet_lines([], scale))
    write_atomically(path, buffer.getvalue())
    return count


def _decimals(this: Round) -> int:
    """How many decimals the register's figures have at most: more than the form takes may stand in a report."""
    longest = this.register.db.execute(
        "SELECT MAX(LENGTH(value) - INSTR(value, '.')) FROM entry WHERE TYPEOF(value) = 'text' AND INSTR(value, '.')"
    ).fetchone()[0]
    return min(max(_DECIMALS, longest or 0), _MOST_DECIMALS)


def parquet_lines(rows: Sequence[tuple[Any, ...]], scale: int = _DECIMALS) -> Any:
    """Some lines as a table of Arrow, perhaps in another process.

    A figure with more decimals than the column can have stands beside it as text, with all its digits.
    """
    import pyarrow as pa

    columns: list[list[object]] = [[row[at] for row in rows] for at in range(len(COLUMNS))]
    values = [None if (value := _value(row)) is None else Decimal(value) for row in rows]
    kept = [value if value is None or _fits(value, scale) else None for value in values]
    columns[COLUMNS.index("value")] = list(kept)
    columns[COLUMNS.index("raw")] = [
        row[13] or ("" if fits is value or value is None else format(value, "f"))
        for row, value, fits in zip(rows, values, kept, strict=True)
    ]
    schema = _schema(scale)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _fits(value: Decimal, scale: int) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= scale and value.adjusted() < _DIGITS - scale


def _schema(scale: int = _DECIMALS) -> Any:
    import pyarrow as pa

    words = pa.dictionary(pa.int32(), pa.string())
    kinds = {"period": pa.int32(), "version": pa.int32(), "value": pa.decimal128(_DIGITS, scale)}
    return pa.schema([(name, kinds.get(name, pa.string() if name == "raw" else words)) for name in COLUMNS])
