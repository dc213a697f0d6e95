"""A round at full size, as ratios and figures of one run: `python tests/scale_rounds.py [--quick]`.

1. `issue` of 1,000 units, against writing the same bytes plus one `make`; of 3,000 with what last year carries over.
2. `intake` of 1,000 workbooks, against `check` of the same (without and with annotated copies of the wrong tenth).
3. A register of 3,000 units over six years: `status`, `rollup` with its workbook, and the memory they take.

Nothing is asserted but that everything is there: a machine may be busy.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from offices import answers, filled, report, roster, round_of

from xlreport.form.table import Item
from xlreport.round.folder import Round, now, open_folder
from xlreport.round.history import kept, put_entries, take_over
from xlreport.round.issue import issue
from xlreport.workbook.template import Issue, make

YEARS = range(2021, 2027)


def main() -> None:
    """Run everything."""
    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        one_thousand(Path(folder) / "a", 100 if quick else 1_000)
        six_years(Path(folder) / "b", 300 if quick else 3_000)


def one_thousand(folder: Path, count: int) -> None:
    """Issue and take in."""
    # In turn, each into a fresh folder, so that all meet the same load; the best of each counts.
    turns = [one_turn(folder / str(turn), count) for turn in range(3)]
    made, issued, written = (min(each) for each in zip(*turns, strict=True))
    this = open_folder(folder / "0" / "2025")
    say(f"issue of {count}: {issued:.2f} s; write {written:.2f} s, make {made:.2f} s; "
        f"ratio to 2 × write + make: {issued / (2 * written + made):.2f}")  # fmt: skip
    rng = random.Random(1)
    source = folder / "in"
    source.mkdir()
    for code, data in answers(this).items():
        if rng.random() < 0.1:
            data = filled(this.form, data, {Item("三", "三.1", "总计"): 999})
        (source / f"{code}.xlsx").write_bytes(data)
    command = [sys.executable, "-m", "xlreport", "check", "--format", "json"]
    checked = seconds(lambda: run([*command, "--no-annotate", str(source)]))
    annotated = seconds(lambda: run([*command, "--output-dir", str(folder / "checked"), str(source)]))
    took = seconds(lambda: run([sys.executable, "-m", "xlreport", "intake", str(this.folder), str(source)]))
    rows = open_folder(this.folder).register.db.execute("SELECT COUNT(*) FROM submission").fetchone()[0]
    if rows != count:
        raise SystemExit(f"{rows} reports of {count}")
    say(f"intake of {count}: {took:.2f} s; check {checked:.2f} s (ratio {took / checked:.2f}), "
        f"with annotated copies {annotated:.2f} s (ratio {took / annotated:.2f})")  # fmt: skip
    this.close()


def one_turn(folder: Path, count: int) -> tuple[float, float, float]:
    """Seconds of one `make`, of issuing to so many units, and of writing the same bytes."""
    this = round_of(folder / "2025", roster(count))
    made = seconds(lambda: make(this.form, Issue("x", "1", "市级部门", 2025)))
    issued = seconds(lambda: issue(this))
    written = write_again(this, folder / "same")
    this.close()
    return made, issued, written


def write_again(this: Round, folder: Path) -> float:
    """Seconds to write what was issued once more, elsewhere."""
    books = [path.read_bytes() for path in (this.folder / "issued").iterdir()]
    folder.mkdir()
    return seconds(lambda: [(folder / f"{n}.xlsx").write_bytes(data) for n, data in enumerate(books)])


def six_years(folder: Path, count: int) -> None:
    """A register of so many units over six years, and what is asked of it."""
    this = round_of(folder / "2026", roster(count), period=YEARS[-1])
    filled_in = seconds(lambda: _fill(this))
    size = (folder / "2026" / "register.sqlite").stat().st_size / 1e6
    entries = this.register.db.execute("SELECT COUNT(*) FROM entry").fetchone()[0]
    if entries != count * 200 * len(YEARS):
        raise SystemExit(f"{entries} entries")
    this.close()
    say(f"register: {count} units × {len(YEARS)} years, {entries} entries, {size:.0f} MB, filled in {filled_in:.0f} s")
    where = str(folder / "2026")
    for name, command in (
        ("status", ["status", where, "--format", "json"]),
        ("board", ["status", where, "--format", "html"]),
        ("rollup", ["rollup", where, "-o", str(folder / "total.xlsx")]),
        ("export", ["export", where, "--period", "2026", "-o", str(folder / "x.csv")]),
    ):
        took, memory = measured(command)
        say(f"{name:7} {took:6.2f} s {memory:6.0f} MB")
    say(f"total.xlsx: {(folder / 'total.xlsx').stat().st_size / 1e6:.1f} MB")
    after = round_of(folder / "2027", roster(count), period=YEARS[-1] + 1, previous="../2026")
    say(f"taking over {count * len(YEARS)} reports into the next round: {seconds(lambda: take_over(after)):.2f} s")
    made = seconds(lambda: make(after.form, Issue("x", "1", "市级部门", 2027)))
    issued = seconds(lambda: issue(after))
    written = write_again(after, folder / "same")
    say(f"issue of {count} with what they carry over: {issued:.2f} s; write {written:.2f} s, make {made:.2f} s; "
        f"ratio to 2 × write + make: {issued / (2 * written + made):.2f}")  # fmt: skip
    after.close()


def _fill(this: Round) -> None:
    form, db = this.form, this.register.db
    for year in YEARS:
        with this.register.transaction():
            for unit in this.units:
                figures = report(form, f"{year} {unit.code}")
                row = (year, unit.code, 1, "0" * 64, form.id, form.edition, unit.name, "", "", "", now(), "clean")
                ident = db.execute(
                    "INSERT INTO submission (period, unit, version, sha256, form, edition, unit_name, figures,"
                    " modified, sent_at, taken_at, state, errors, warnings, notes, waived, latest)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 1)",
                    row,
                ).lastrowid
                put_entries(this.register, int(ident or 0), [(*i, "number", kept(v), None) for i, v in figures.items()])


def measured(arguments: list[str]) -> tuple[float, float]:
    """Seconds and megabytes of one command, as a process."""
    code = (
        "import sys; from xlreport.cli.main import app\n"
        "try:\n app(sys.argv[1:])\n"
        "finally:\n"
        " lines = open('/proc/self/status').read().splitlines()\n"
        " sys.stderr.write(next(line.split()[1] for line in lines if line.startswith('VmHWM')))"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stdout}{done.stderr}")
    return time.perf_counter() - start, int(done.stderr.split()[-1]) / 1024


def run(command: list[str]) -> None:
    """A command that may find something."""
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr.decode())


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def say(text: str) -> None:
    """A line of result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
