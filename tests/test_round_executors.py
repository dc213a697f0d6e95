"""Batches on other people's executors: processes of this machine, and a dask cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import pytest
from commands import environment
from commands import xlreport as xlreport_
from offices import answers, filled, put, roster, round_of
from pens import parts

import xlreport
from xlreport.form.table import Item

COUNT = 40


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Executor]:
    """Two workers in processes of their own, on loopback only, without a dashboard."""
    distributed = pytest.importorskip(
        "distributed", reason="distributed is not installed: NO batch ran on a dask cluster"
    )
    import dask

    options = {"temporary-directory": str(tmp_path), "distributed.worker.daemon": False}
    with (
        dask.config.set(options),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client.get_executor()


def whole_round(folder: Path, executor: Executor | None) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Issue, take in and add up; what the register then holds."""
    round_of(folder / "2025", roster(COUNT)).close()
    with xlreport.open_round(folder / "2025") as opened:
        made = opened.issue(executor=executor)
        assert len(made) == COUNT
        this = opened._round
        books = answers(this)
        books["0002"] = filled(opened.form, books["0002"], {Item("三", "三.1", "总计"): 999})
        taken = opened.intake(put(folder / "in", books), executor=executor)
        assert [t.outcome for t in taken] == ["accepted"] * COUNT
        entries = this.register.db.execute(
            "SELECT s.unit, i.place, i.row, i.col, e.state, e.value FROM entry e"
            " JOIN submission s ON s.id = e.submission JOIN item i ON i.id = e.item ORDER BY 1, 2, 3, 4"
        ).fetchall()
        findings = this.register.db.execute(
            "SELECT s.unit, f.code, f.rule, f.cell, f.zh, f.en FROM finding f JOIN submission s ON s.id = f.submission"
            " ORDER BY s.unit, f.seq"
        ).fetchall()
        return [tuple(r) for r in entries], [tuple(r) for r in findings]


def test_a_dask_cluster_finds_what_one_process_finds(cluster: Executor, tmp_path: Path) -> None:
    alone = whole_round(tmp_path / "alone", None)
    assert whole_round(tmp_path / "dask", cluster) == alone
    assert len(alone[0]) == COUNT * 200
    assert alone[1]


def test_processes_find_the_same(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2) as pool:
        assert whole_round(tmp_path / "pool", pool) == whole_round(tmp_path / "alone", None)


def test_work_really_leaves_this_process(cluster: Executor) -> None:
    assert os.getpid() not in set(cluster.map(_where, range(4)))


def _where(_: int) -> int:
    return os.getpid()


def test_other_processes_add_up_and_export_the_same(tmp_path: Path) -> None:
    whole_round(tmp_path, None)
    names = {}
    for jobs in ("1", "2"):
        line = ("rollup", "2025", "--include-wrong", "-o", f"{jobs}.xlsx", "--jobs", jobs, "--lang", "en")
        assert xlreport_("export", "2025", "-o", f"{jobs}.csv", "--jobs", jobs, at=tmp_path).code == 0
        assert xlreport_(*line, at=tmp_path).code == 0
        names[jobs] = parts((tmp_path / f"{jobs}.xlsx").read_bytes())
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    # But for the moment it was made at.
    different = {name for name, data in names["1"].items() if names["2"][name] != data}
    assert different <= {"xl/sharedStrings.xml"}
    assert sum(b"inlineStr" in data for data in names["1"].values()) >= 3  # the ledgers, the work of the others


_POOL = """
import os, signal, sys, time
from xlreport.cli.workers import Pool
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
with Pool(2) as pool:
    work = [pool.submit(time.sleep, 0.2) for _ in range(2)]
    work[0].result()
    print(*pool._processes, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="no signal can be sent to one process there")
@pytest.mark.parametrize("sent", ["SIGINT", "SIGKILL"])
def test_the_processes_of_a_command_end_with_it_and_say_nothing(sent: str) -> None:
    """Ctrl-C reaches them all; of a command that is killed nobody tells them."""
    with subprocess.Popen(
        [sys.executable, "-c", _POOL], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(), start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        pids = [int(word) for word in running.stdout.readline().split()]
        assert len(pids) == 2
        if sent == "SIGINT":
            os.killpg(running.pid, signal.SIGINT)
        else:
            running.kill()
        _, said = running.communicate(timeout=60)  # until the last of them has let go of the stream
    assert "Traceback" not in said
    assert not [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z")


def test_a_process_that_is_killed_for_memory_is_told_in_a_sentence(tmp_path: Path) -> None:
    """The worker ends at the workbook that is no workbook to it: as if the system had taken it."""
    this = round_of(tmp_path / "2025", roster(2))
    put(tmp_path / "in", answers(this))
    this.close()
    script = (
        "import os, sys\nfrom xlreport.cli import entry\nfrom xlreport.round import intake\n"
        "def judge_all(jobs):\n    os._exit(9)\n"
        "judge_all.__module__ = '__mp_main__'\n"
        "intake.judge_all = judge_all\n"
        "if __name__ == '__main__':\n"
        "    sys.argv = ['xlreport', 'intake', '2025', 'in', '--jobs', '2']\n    entry.run()\n"
    )
    (tmp_path / "killed.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "killed.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "--jobs" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
