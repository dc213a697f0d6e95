"""Killed, out of space, read-only, two at a time: the output is absent, old or whole, and the input never changes."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import environment, xlreport
from conftest import ROOT
from pens import opened, parts
from submissions import returned

from xlreport.cli.check import Request, check_files
from xlreport.cli.copies import _row
from xlreport.workbook.annotate import is_annotated
from xlreport.workbook.poke import set_values

WRONG = returned("01_seed_zhangjiagang_gxj_2020", "2019")
RIGHT = returned("04_suqian_2024", "2021")


def require(reason: str) -> None:
    """What cannot run here is told; with XLREPORT_REQUIRE_ALL it is a failure."""
    if os.environ.get("XLREPORT_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 at a random moment needs fork")
def test_killed_at_any_moment(tmp_path: Path):
    """80 times on every run, 500 in CI: a child checks a file and writes its copy, and is killed on its way."""
    times = 500 if os.environ.get("XLREPORT_REQUIRE_ALL") else 80
    source, copy = tmp_path / "表.xlsx", tmp_path / "表.checked.xlsx"
    source.write_bytes(WRONG)
    first = set_values(opened(WRONG), {("三、依申请公开", 17, 3): 9})
    request = Request(files=(source,), lang="zh")
    source.write_bytes(first)
    quiet(request)
    old = copy.read_bytes()
    source.write_bytes(WRONG)
    copy.unlink()
    whole = max(lifetime(request) for _ in range(3))
    new = copy.read_bytes()
    assert old != new
    rng = random.Random(7)
    seen = {"absent": 0, "old": 0, "new": 0}
    for number in range(times):
        copy.unlink(missing_ok=True)
        if number % 2:
            copy.write_bytes(old)
        child = born(request)
        time.sleep(rng.uniform(0, whole * 1.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert source.read_bytes() == WRONG
        found = copy.read_bytes() if copy.exists() else b""
        assert found in {b"", old, new}, f"a torn file of {len(found)} bytes"
        seen["absent" if not found else "old" if found == old else "new"] += 1
        for stray in tmp_path.glob(".xlreport-*.tmp"):  # all that a killed writer may leave
            stray.unlink()
        assert {path.name for path in tmp_path.iterdir()} <= {source.name, copy.name}
    assert all(seen.values()), seen


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps them for a minute")
def test_what_a_killed_run_left_is_swept_and_what_is_being_written_is_not(tmp_path: Path):
    import fcntl

    (tmp_path / "表.xlsx").write_bytes(WRONG)
    dead, alive, foreign = (tmp_path / name for name in (".xlreport-00.tmp", ".xlreport-11.tmp", ".xlreport-note.txt"))
    for path in (dead, alive, foreign):
        path.write_bytes(b"half of a workbook")
    with alive.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert xlreport("check", "表.xlsx", at=tmp_path).code == 1
    assert {path.name for path in tmp_path.iterdir()} == {"表.xlsx", "表.checked.xlsx", alive.name, foreign.name}


def born(request: Request) -> int:
    """A child that checks as asked."""
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            quiet(request)
        os._exit(0)
    return child


def lifetime(request: Request) -> float:
    """How long such a child lives if nobody kills it."""
    started = time.monotonic()
    os.waitpid(born(request), 0)
    return time.monotonic() - started


def quiet(request: Request) -> int:
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        return check_files(request)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if done.returncode:
        require("no small disk could be mounted (needs root): what happens when a disk is full was NOT tried")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False, capture_output=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_a_full_disk(small_disk: Path, tmp_path: Path):
    (tmp_path / "表.xlsx").write_bytes(WRONG)
    (small_disk / "表.checked.xlsx").write_bytes(b"the old one")
    (small_disk / "filling").write_bytes(bytes(48_000))
    before = sorted(path.name for path in small_disk.iterdir())
    for command in (
        ["check", "表.xlsx", "-o", "disk/表.checked.xlsx"],
        ["strip", "表.xlsx", "-o", "disk/表.checked.xlsx", "--force"],
        ["make", "zfxxgk-annual", "--period", "2024", "-o", "disk/表.checked.xlsx", "--force"],
    ):
        done = xlreport(*command, at=tmp_path)
        assert done.code == 2, command
        assert done.err == "disk/表.checked.xlsx: 磁盘空间不足，没有写入。\n"
        assert (small_disk / "表.checked.xlsx").read_bytes() == b"the old one"
        assert sorted(path.name for path in small_disk.iterdir()) == before
    assert (tmp_path / "表.xlsx").read_bytes() == WRONG


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_a_read_only_disk(small_disk: Path, tmp_path: Path):
    (tmp_path / "表.xlsx").write_bytes(WRONG)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = xlreport("check", "表.xlsx", "--output-dir", "disk", at=tmp_path)
    assert (done.code, done.err) == (2, "disk/表.checked.xlsx: 文件夹是只读的，没有写入。\n")
    assert "B401" in done.out  # what was found is told all the same
    assert not list(small_disk.iterdir())


def test_two_runs_in_one_folder_do_not_spoil_each_other(tmp_path: Path):
    for number in range(6):
        (tmp_path / f"{number}.xlsx").write_bytes(WRONG if number % 2 else RIGHT)
    command = [sys.executable, "-m", "xlreport", "check", "."]
    runs = [
        subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    told = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [1, 1, 1]
    assert len({out for out, _ in told}) == 1
    assert all(not err for _, err in told)
    copies = sorted(tmp_path.glob("*.checked.xlsx"))
    assert [path.name for path in copies] == ["1.checked.xlsx", "3.checked.xlsx", "5.checked.xlsx"]
    assert len({tuple(parts(path.read_bytes()).items()) for path in copies}) == 1
    assert all(is_annotated(opened(path.read_bytes())) for path in copies)
    assert len(list(tmp_path.iterdir())) == 9


def test_no_copy_takes_the_place_of_another_input(tmp_path: Path):
    (tmp_path / "表.xlsx").write_bytes(WRONG)
    (tmp_path / "表.checked.xlsx").write_bytes(RIGHT)
    done = xlreport("check", "表.xlsx", "表.checked.xlsx", at=tmp_path)
    assert done.code == 1
    assert (tmp_path / "表.checked.xlsx").read_bytes() == RIGHT
    assert is_annotated(opened((tmp_path / "表.checked.2.xlsx").read_bytes()))
    done = xlreport("check", "表.xlsx", "--prior", "表.checked.xlsx", "-o", "表.checked.xlsx", at=tmp_path)
    assert done.code == 2
    assert "不能覆盖输入的文件" in done.err
    assert (tmp_path / "表.checked.xlsx").read_bytes() == RIGHT


# --- many at a time


def test_several_processes_say_and_write_the_same(tmp_path: Path):
    files = tmp_path / "in"
    files.mkdir()
    for number in range(11):
        (files / f"{number}.xlsx").write_bytes(WRONG if number % 3 == 0 else RIGHT)
    (files / "坏.xlsx").write_bytes(WRONG[:900])
    (files / "别.xlsx").write_bytes((ROOT / "samples" / "shili-czj-2023.xlsx").read_bytes())
    for more in ([], ["--format", "json"], ["--strict", "--fail-on", "info", "--lang", "en"]):
        told = [xlreport("check", "in", "--output-dir", f"o{n}", "--jobs", n, *more, at=tmp_path) for n in (1, 3)]
        assert told[0].code == told[1].code == 1
        assert told[0].out == told[1].out.replace("o3/", "o1/")
        assert told[0].err == told[1].err == ""
        made = [{p.name: p.read_bytes() for p in (tmp_path / f"o{n}").iterdir()} for n in (1, 3)]
        assert made[0] == made[1]
        assert len(made[0]) >= 4


def test_names_that_collide_are_given_out_in_order(tmp_path: Path):
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "表.xlsx").write_bytes(WRONG)
    done = xlreport("check", "a", "b", "c", "--output-dir", "out", "--jobs", "3", at=tmp_path)
    assert done.code == 1
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "表.checked.2.xlsx",
        "表.checked.3.xlsx",
        "表.checked.xlsx",
    ]


def test_what_is_told_of_a_file_is_all_that_is_kept_of_it(tmp_path: Path):
    """Nothing of a workbook is alive any more once the next is read."""
    import gc

    from xlreport.workbook.container import Container

    for number in range(5):
        (tmp_path / f"{number}.xlsx").write_bytes(WRONG)
    gc.collect()
    before = sum(isinstance(thing, Container) for thing in gc.get_objects())
    quiet(Request(files=(tmp_path,), lang="zh"))
    gc.collect()
    assert sum(isinstance(thing, Container) for thing in gc.get_objects()) <= before


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_a_bar_is_drawn_on_a_terminal_only(tmp_path: Path):
    import pty

    for number in range(25):
        (tmp_path / f"{number:02}.xlsx").write_bytes(b"")
    assert xlreport("check", ".", at=tmp_path).err == ""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "xlreport", "check", "."]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=follower, check=False, timeout=60
    )
    os.close(follower)
    shown = b""
    with contextlib.suppress(OSError):
        while more := os.read(leader, 4096):
            shown += more
    os.close(leader)
    assert done.returncode == 1
    assert "核对 [" in shown.decode()
    assert "25/25" in shown.decode()
    assert b"[" not in done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    "command",
    [
        ["check", "表.xlsx", "-o", "nosuch/../表.xlsx"],
        ["strip", "表.xlsx", "-o", "nosuch/../表.xlsx", "--force"],
        ["annotate", "表.xlsx", "f.json", "-o", "nosuch/../f.json", "--force"],
        ["fill", "表.xlsx", "d.csv", "-o", "nosuch/../表.xlsx", "--force"],
        ["upgrade", "表.xlsx", "-o", "nosuch/../表.xlsx", "--force"],
        ["check", "表.xlsx", "--apply", "B401-D18", "-o", "nosuch/../表.xlsx"],
    ],
)
def test_a_detour_through_a_folder_that_is_not_there_leads_to_no_input(tmp_path: Path, command: list[str]):
    (tmp_path / "表.xlsx").write_bytes(WRONG)
    (tmp_path / "f.json").write_text('{"findings": []}', encoding="utf-8")
    (tmp_path / "d.csv").write_text("表,行,列,值\n三,一,自然人,5\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = xlreport(*command, at=tmp_path)
    assert done.code == 2, done.out
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes among its files")
@pytest.mark.parametrize("command", [["check", "表.xlsx"], ["strip", "表.xlsx", "--force"]])
def test_a_pipe_is_never_replaced_by_a_file(tmp_path: Path, command: list[str]):
    (tmp_path / "表.xlsx").write_bytes(WRONG)
    os.mkfifo(tmp_path / "pipe.xlsx")
    done = xlreport(*command, "-o", "pipe.xlsx", at=tmp_path)
    assert (done.code, done.err) == (2, "pipe.xlsx: 这是设备或管道，不是文件，没有写入。请写明文件名。\n")
    assert (tmp_path / "pipe.xlsx").is_fifo()


def test_the_copy_takes_no_other_workbooks_place(tmp_path: Path):
    """One wrong letter in the name after -o, and another unit's report would be gone."""
    (tmp_path / "甲.xlsx").write_bytes(WRONG)
    (tmp_path / "乙.xlsx").write_bytes(RIGHT)
    refused = xlreport("check", "甲.xlsx", "-o", "乙.xlsx", at=tmp_path)
    assert (refused.code, refused.err) == (2, "乙.xlsx 已存在，里面是别的表格；要覆盖请加 --force。\n")
    assert "B401" in refused.out
    assert (tmp_path / "乙.xlsx").read_bytes() == RIGHT
    assert xlreport("check", "甲.xlsx", "-o", "乙.xlsx", "--force", at=tmp_path).code == 1
    copy = (tmp_path / "乙.xlsx").read_bytes()
    assert is_annotated(opened(copy))
    # A copy of ours that nobody has touched may go.
    assert xlreport("check", "甲.xlsx", "-o", "乙.xlsx", "--lang", "en", at=tmp_path).code == 1
    assert (tmp_path / "乙.xlsx").read_bytes() != copy


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
def test_names_that_a_terminal_acts_on_are_not_handed_on(tmp_path: Path):
    for name in ("\x1b]0;x\x07.xlsx", "一\n二.xlsx", "\N{RIGHT-TO-LEFT OVERRIDE}xslx.xlsx"):
        (tmp_path / name).write_bytes(WRONG)
    assert xlreport("check", ".", at=tmp_path).code == 1
    made = {"_]0;x_.checked.xlsx", "一_二.checked.xlsx", "_xslx.checked.xlsx"}
    assert made < {path.name for path in tmp_path.iterdir()}
    assert xlreport("check", ".", at=tmp_path).code == 1  # and no copy is taken for a workbook to check
    assert len(list(tmp_path.iterdir())) == 6


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such name")
def test_json_is_what_strict_readers_take_whatever_a_file_is_called(tmp_path: Path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xd2\xbb\xff.xlsx")).write_bytes(b"")
    for encoding in ("utf-8", "gbk"):
        told = xlreport("check", ".", "--format", "json", at=tmp_path, env={"PYTHONIOENCODING": encoding})
        assert "\\ud" not in told.out
        assert json.loads(told.out)["files"][0]["path"] == "һ\N{REPLACEMENT CHARACTER}.xlsx"


def test_a_finding_of_many_cells_takes_no_time_in_the_square():
    """20,000 cells took 25 seconds of looking whether one of them was named before."""

    def spent(count: int) -> float:
        cells = [{"sheet": "封面", "cell": f"A{row + 1}"} for row in range(count)]
        started = time.process_time()
        _, places, _, _ = _row(1, {"message": "x", "items": [*cells, *cells]}, "zh")
        assert len(places) == count
        return time.process_time() - started

    assert spent(8_000) < 40 * max(spent(800) for _ in range(3))
