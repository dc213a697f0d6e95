"""The register in long form, one line for each figure: CSV for every program, Parquet for analysis."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from xlreport.record import record
from xlreport.round.folder import Round
from xlreport.round.history import COMPUTED, number
from xlreport.round.trouble import refuse
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import plain
from xlreport.submission import State
from xlreport.workbook.write import write_atomically

COLUMNS = (
    "period", "unit_code", "unit", "parent", "form", "edition", "version", "state", "table", "row", "column", "entry",
    "value", "raw",
)  # fmt: skip
_LIVE = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would work out or run
_BATCH = 100_000


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

    def cells(self) -> tuple[object, ...]:
        """The line in the order of `COLUMNS`."""
        return tuple(getattr(self, name) for name in COLUMNS)


def lines(this: Round, periods: Sequence[int] = (), *, latest: bool = True) -> Iterator[Line]:
    """Every figure of every last report (or of all versions), of all years or some."""
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
    for row in rows:
        value = number(row[12]) if row[11] in {State.NUMBER.value, COMPUTED} else None
        yield Line(
            row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11], value,
            row[13] or "",
        )  # fmt: skip


def write_csv(this: Round, path: Path, periods: Sequence[int] = (), *, latest: bool = True) -> int:
    """Write CSV that Excel opens with the right characters; how many lines. No cell of it is ever a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for line in lines(this, periods, latest=latest):
        value = "" if line.value is None else plain(line.value)
        told = (value if name == "value" else _dead(c) for name, c in zip(COLUMNS, line.cells(), strict=True))
        writer.writerow(told)
        count += 1
    write_atomically(path, ("\ufeff" + out.getvalue()).encode())
    return count


def _dead(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_LIVE) else cell


def write_parquet(this: Round, path: Path, periods: Sequence[int] = (), *, latest: bool = True) -> int:
    """Write Parquet; values are exact decimals, and a raw text stays beside them."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise refuse("missing-extra", extra="parquet") from error
    from decimal import Decimal

    words = pa.dictionary(pa.int32(), pa.string())
    kinds = {"period": pa.int32(), "version": pa.int32(), "value": pa.decimal128(38, 10)}
    schema = pa.schema([(name, kinds.get(name, pa.string() if name == "raw" else words)) for name in COLUMNS])
    buffer = io.BytesIO()
    count = 0
    with pq.ParquetWriter(buffer, schema, compression="zstd") as writer:
        batch: list[tuple[object, ...]] = []

        def flush() -> None:
            columns: list[list[object]] = [[row[at] for row in batch] for at in range(len(COLUMNS))]
            values = COLUMNS.index("value")
            columns[values] = [Decimal(v) if isinstance(v, (int, Decimal)) else None for v in columns[values]]
            arrays = [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
            batch.clear()

        for line in lines(this, periods, latest=latest):
            batch.append(line.cells())
            count += 1
            if len(batch) == _BATCH:
                flush()
        if batch or not count:
            flush()
    write_atomically(path, buffer.getvalue())
    return count
