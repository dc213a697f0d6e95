"""Speed and memory, as ratios within one run of this script: `python tests/benchmarks.py [--quick]`.

1. `xlreport check` of the seed sample as a whole process, against `import openpyxl; load_workbook` of the same file.
2. Read + check of one form inside a running process.
3. 10,000 rules over 100,000 cells (100 tables of 40 × 25): parsed, tied to their cells and judged.
4. Memory of one `check`.

Nothing is asserted but what must be exact (the number of failing instances): a machine may be busy.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

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
    from xlreport.form.model import Axis, EntryType, Heading, Item, Table
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
    if found != FAILING:
        raise SystemExit(f"{found} failing instances instead of {FAILING}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
