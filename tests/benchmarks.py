"""Speed and memory, as ratios within one run of this script: `python tests/benchmarks.py [--quick]`.

1. `xlreport check` of the seed sample as a whole process, against `import openpyxl; load_workbook` of the same file.
2. Read + check of one form inside a running process.
3. 10,000 rules over 100,000 cells (100 tables of 40 × 25): parsed, tied to their cells and judged.
4. Memory of one `check`.
5. A thousand filled forms, a tenth of them wrong and annotated, in one process: against unzipping and parsing the same
   bytes (zlib + expat without handlers), and against a program that loads them with openpyxl, reads the cells and
   saves those that are wrong. The memory it takes, after a hundred files and after all.
6. A workbook of 100,000 cells: read, and annotated, against the same.

Nothing is asserted but what must be exact (the number of failing instances): a machine may be busy.
"""

from __future__ import annotations

import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from xml.parsers import expat

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx"
FAILING = 123


def processes(rounds: int) -> None:
    """The two processes in turn, so that both meet the same load."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / SEED.name
        copy.write_bytes(SEED.read_bytes())
        ours = [sys.executable, "-m", "xlreport", "check", str(copy)]
        plain = [sys.executable, "-m", "xlreport", "check", "--no-annotate", str(copy)]
        theirs = [sys.executable, "-c", "import openpyxl, sys; openpyxl.load_workbook(sys.argv[1])", str(copy)]
        times: dict[str, list[float]] = {"check": [], "check --no-annotate": [], "openpyxl": []}
        for turn in range(rounds + 1):
            for name, command in zip(times, (ours, plain, theirs), strict=True):
                taken = _seconds(command)
                if turn:  # the first round fills caches
                    times[name].append(taken)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        _say(f"process {name:22} {value * 1000:7.1f} ms   ratio {value / medians['openpyxl']:.2f}")


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=_environment())
    return time.perf_counter() - start


@cache
def _environment() -> dict[str, str]:
    """Both programs compiled beforehand, as an installation has them, whatever this shell forbids."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp(prefix="xlreport-bench-")
    return {**environment, "PYTHONIOENCODING": "utf-8"}


def one_form(rounds: int) -> None:
    """Read + check of one form in a process that is already running."""
    from xlreport.examine import examine

    for path in (SEED, ROOT / "samples" / "suqian-2024.xlsx"):
        _say(f"in-process read + check {path.stem:24} {_best(lambda p=path: examine(p), rounds):6.2f} ms (best)")


def _best(work: Callable[[], object], rounds: int) -> float:
    for _ in range(3):
        work()
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best * 1000


Tables = tuple[list[list[list[int]]], list[list[str]]]


def large(tables: int = 100, rows: int = 40, columns: int = 25, rules: int = 100, seed: int = 1) -> Tables:
    """Tables of four groups with subtotals, a total row and a total column; rules as text; 50 cells made wrong."""
    rng = random.Random(seed)
    grids: list[list[list[int]]] = []
    texts: list[list[str]] = []
    for _ in range(tables):
        grid = [[0] * columns for _ in range(rows)]
        groups = [list(range(g * 9, g * 9 + 8)) for g in range(4)]
        for group in groups:
            for i in group:
                for c in range(columns - 1):
                    grid[i][c] = rng.choice([0, 0, 0, rng.randint(0, 50), rng.randint(0, 5000)])
            for c in range(columns - 1):
                grid[group[-1] + 1][c] = sum(grid[i][c] for i in group)
        for c in range(columns - 1):
            grid[36][c] = sum(grid[group[-1] + 1][c] for group in groups)
        for i in (37, 38, 39):
            for c in range(columns - 1):
                grid[i][c] = rng.randint(0, 9)
        for line in grid:
            line[-1] = sum(line[:-1])
        subtotals = [group[-1] + 1 for group in groups]
        own = [_text("r", "=", [total], group) for total, group in zip(subtotals, groups, strict=True)]
        own += [_text("r", "=", [36], subtotals), _text("c", "=", [columns - 1], list(range(columns - 1)))]
        while len(own) < rules:
            group = rng.choice(groups)
            some = sorted(rng.sample(group, rng.randint(1, 4)))
            own.append(_text("r", "<=", some, [rng.choice([group[-1] + 1, 36])]))
        grids.append(grid)
        texts.append(own)
    for _ in range(50):
        t, r, c = rng.randrange(tables), rng.randrange(rows), rng.randrange(columns)
        grids[t][r][c] += rng.randint(1, 9)
    return grids, texts


def _text(axis: str, op: str, left: list[int], right: list[int]) -> str:
    return f"{' + '.join(_code(axis, i) for i in left)} {op} {' + '.join(_code(axis, i) for i in right)}"


def _code(axis: str, i: int) -> str:
    return f"{axis}{10 * (i + 1):04d}"


def scale() -> int:
    """Parse, bind and judge the large rule set; how many instances fail."""
    from xlreport.form.bind import Binder
    from xlreport.form.table import Axis, EntryType, Heading, Item, Table
    from xlreport.rules.judge import failing
    from xlreport.rules.parse import parse

    grids, texts = large()
    size = len(grids[0]), len(grids[0][0])
    axes = [
        Axis(tuple(Heading(_code(axis, i), _code(axis, i), (_code(axis, i),), None) for i in range(n)))
        for axis, n in zip("rc", size, strict=True)
    ]
    tables = {f"t{t}": Table(f"t{t}", f"t{t}", axes[0], axes[1], EntryType()) for t in range(len(grids))}
    index = {Item(*item): i for i, item in enumerate(item for table in tables.values() for item in table.items)}
    numbers = [value for grid in grids for line in grid for value in line]
    start = time.perf_counter()
    statements = [[parse(text) for text in own] for own in texts]
    parsed = time.perf_counter()
    binder = Binder(tables, index)
    bound = [
        binder.bind(statement, table)
        for table, own in zip(tables.values(), statements, strict=True)
        for statement in own
    ]
    tied = time.perf_counter()
    found = sum(1 for rule in bound for _ in failing(rule, numbers))
    end = time.perf_counter()
    instances = sum(len(rule.keys) for rule in bound)
    _say(
        f"{len(bound)} rules, {len(numbers)} cells, {instances} instances: parse {parsed - start:.2f} s, "
        f"bind {tied - parsed:.2f} s, judge {end - tied:.2f} s, total {end - start:.2f} s; {found} failing"
    )
    return found


def memory() -> None:
    """The most memory that one check takes."""
    if not Path("/proc/self/status").exists():
        return
    # ru_maxrss would remember this script's own size from before the program was started.
    code = (
        "import sys; from xlreport.cli.entry import everyday\n"
        "everyday(['check', sys.argv[1]])\n"
        "lines = open('/proc/self/status').read().splitlines()\n"
        "sys.stderr.write(next(line.split()[1] for line in lines if line.startswith('VmHWM')))"
    )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / SEED.name
        copy.write_bytes(SEED.read_bytes())
        command = [sys.executable, "-c", code, str(copy)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=_environment())
    _say(f"memory of one check: {int(done.stderr.split()[-1]) / 1024:.0f} MB")


def forms(count: int, folder: Path) -> list[Path]:
    """So many filled forms, every tenth of them wrong."""
    from submissions import returned

    from xlreport.workbook.container import Container
    from xlreport.workbook.poke import set_values

    right = returned("04_suqian_2024", "2021")
    wrong = set_values(Container(Path("a.xlsx"), right), {("三、依申请公开", 9, 4): 77})
    paths = []
    for number in range(count):
        paths.append(folder / f"{number:04}.xlsx")
        paths[-1].write_bytes(right if number % 10 else wrong)
    return paths


def unzip_and_parse(paths: Sequence[Path]) -> None:
    """The least that any reader has to do."""
    for path in paths:
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                data = package.read(name)
                if name.endswith((".xml", ".rels", ".vml")):
                    expat.ParserCreate().Parse(data, True)


def by_openpyxl(paths: Sequence[Path], out: Path) -> None:
    """What an office's own script does: load, read every cell, save the wrong ones."""
    import openpyxl

    for number, path in enumerate(paths):
        book = openpyxl.load_workbook(path)
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    _ = cell.value
        if not number % 10:
            book.save(out / path.name)


def resident() -> float:
    """Memory of this process now, MB."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE") / 1e6


def batch(count: int) -> None:
    """Many forms in one process."""
    from xlreport.cli.check import Request, check_files

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        (folder / "theirs").mkdir()
        paths = forms(count, folder / "in")
        few = max(count // 10, 1)

        def ours(some: Sequence[Path]) -> None:
            with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
                check_files(Request(files=tuple(some), lang="zh", output_dir=folder / "out"))

        ours(paths[:few])
        before = resident()
        taken = _processor(lambda: ours(paths))
        grown = resident() - before
        least = min(_processor(lambda: unzip_and_parse(paths)) for _ in range(3))
        theirs = _processor(lambda: by_openpyxl(paths[:few], folder / "theirs")) * count / few
        copies = len(list((folder / "out").iterdir()))
    _say(
        f"{count} forms, {copies} annotated: {taken / count * 1000:.2f} ms each; {taken / least:.2f} x unzip + expat; "
        f"1/{theirs / taken:.1f} of openpyxl; memory grew by {grown:.1f} MB from {few} files to {count}"
    )


def large_workbook(path: Path, rows: int = 2_000, columns: int = 50) -> None:
    """100,000 cells: numbers, texts, a column of formulas."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("大表")
        for row in range(rows):
            sheet.write_string(row, 0, f"单位{row}")
            sheet.write_row(row, 1, [row * col % 997 for col in range(1, columns - 1)])
            sheet.write_formula(row, columns - 1, f"=SUM(B{row + 1}:AW{row + 1})", None, row)


def large_one(rounds: int) -> None:
    """One large workbook read, and annotated."""
    import openpyxl

    from xlreport.workbook.annotate import annotate
    from xlreport.workbook.book import read_book
    from xlreport.workbook.container import Container
    from xlreport.workbook.marks import Mark, Summary, Tone

    with tempfile.TemporaryDirectory() as name:
        path, copy = Path(name) / "large.xlsx", Path(name) / "copy.xlsx"
        large_workbook(path)
        marks = [Mark("大表", row, 3, Tone.ERROR, ("不符",)) for row in range(0, 2000, 40)]
        summary = Summary("检查结果", "检查结果", (), ("问题",), (40,), ())
        least = min(_processor(lambda: unzip_and_parse([path])) for _ in range(rounds))
        read = min(_processor(lambda: read_book(Container.open(path))) for _ in range(rounds))
        ours = min(
            _processor(lambda: copy.write_bytes(annotate(Container.open(path), marks, summary))) for _ in range(rounds)
        )
        theirs = _processor(lambda: openpyxl.load_workbook(path).save(copy))
    _say(
        f"100,000 cells: read {read * 1000:.0f} ms, {read / least:.2f} x unzip + expat; "
        f"annotated {ours * 1000:.0f} ms, 1/{theirs / ours:.1f} of openpyxl's load and save"
    )


def _processor(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run everything."""
    quick = "--quick" in sys.argv
    processes(5 if quick else 20)
    one_form(20 if quick else 100)
    found = scale()
    memory()
    batch(200 if quick else 1_000)
    large_one(3)
    if found != FAILING:
        raise SystemExit(f"{found} failing instances instead of {FAILING}")


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
    main()
