"""The register where the world is against it: full, read-only, in use, damaged, or made by an earlier version."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from commands import xlreport
from offices import answers, put, roster, round_of

from xlreport.round import register as module
from xlreport.round.folder import open_folder
from xlreport.round.intake import intake
from xlreport.round.mailbag import arrivals
from xlreport.round.schema import MIGRATIONS
from xlreport.round.trouble import RoundProblems


def reasons(error: pytest.ExceptionInfo[RoundProblems]) -> list[str]:
    return [one.reason for one in error.value.problems]


def test_a_full_disk_undoes_what_was_begun_and_nothing_else(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(40))
    source = put(tmp_path / "in", answers(this))
    pages = this.register.db.execute("PRAGMA page_count").fetchone()[0]
    this.register.db.execute(f"PRAGMA max_page_count = {pages + 40}")  # SQLite then says what it says of a full disk
    with pytest.raises(RoundProblems) as refused:
        list(intake(this, arrivals(source)))
    assert reasons(refused) == ["register-full"]
    assert not this.register.db.in_transaction
    there = this.register.db.execute("SELECT COUNT(*) FROM submission").fetchone()[0]
    assert 0 < there < 40
    this.register.db.execute("PRAGMA max_page_count = 100000")
    list(intake(this, arrivals(source)))
    rows = this.register.db.execute("SELECT COUNT(*), COUNT(DISTINCT unit), MAX(version) FROM submission").fetchone()
    assert tuple(rows) == (40, 40, 1)
    assert this.register.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    this.close()


def test_a_register_in_use_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    this = round_of(tmp_path / "2025")
    other = sqlite3.connect(tmp_path / "2025" / "register.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    this.register.db.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(RoundProblems) as refused, this.register.transaction():
        pass
    assert reasons(refused) == ["register-busy"]
    other.execute("ROLLBACK")
    with this.register.transaction():
        pass
    other.close()
    this.close()


def test_what_can_only_be_read_can_be_looked_at() -> None:
    """A share or a disc without the right to write: everything is shown and added up, and what writes says so."""
    folder = Path(tempfile.mkdtemp())
    try:
        this = round_of(folder / "2025", roster(3))
        list(intake(this, arrivals(put(folder / "in", answers(this)))))
        this.close()
        out = folder / "out"
        out.mkdir()
        out.chmod(0o777)
        for path in (folder, *folder.rglob("*")):
            if path != out:
                path.chmod(0o555 if path.is_dir() else 0o444)
        told = {
            name: alone(*words)
            for name, words in {
                "status": ("status", str(folder / "2025")),
                "rollup": ("rollup", str(folder / "2025"), "-o", str(out / "t.xlsx")),
                "export": ("export", str(folder / "2025"), "-o", str(out / "x.csv")),
                "intake": ("intake", str(folder / "2025"), str(folder / "in")),
                "issue": ("issue", str(folder / "2025"), "--again"),
                "board": ("status", str(folder / "2025"), "--format", "html"),
                "draft": ("remind", str(folder / "2025"), "--draft", str(out / "d")),
            }.items()
        }
        assert all("Traceback" not in done.stderr for done in told.values()), told
        assert {name: told[name].returncode for name in ("status", "rollup", "export")} == dict.fromkeys(
            ("status", "rollup", "export"), 0
        ), told
        for name in ("intake", "issue", "board"):
            assert told[name].returncode == 2, told[name]
            assert any(word in told[name].stderr for word in ("只能读", "只读", "权限")), told[name]
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IRWXU)
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def alone(*words: str) -> subprocess.CompletedProcess[str]:
    """A command by somebody who has no right to write: root would have every right, and gives it up here.

    Once with it, on a copy: whoever may not read Python's own folder could import nothing afterwards.
    """
    code = (
        "import os, shutil, sys, tempfile\n"
        "from xlreport.cli.main import app\n"
        "words = sys.argv[1:] + ['--lang', 'zh']\n"
        "if os.geteuid() == 0:\n"
        "    copy = tempfile.mkdtemp()\n"
        "    shutil.copytree(os.path.dirname(words[1]), copy + '/x')\n"
        "    warm = [w.replace(os.path.dirname(words[1]), copy + '/x') for w in words]\n"
        "    out, sys.stdout = sys.stdout, open(os.devnull, 'w')\n"
        "    app(warm, standalone_mode=False)\n"
        "    sys.stdout = out\n"
        "    shutil.rmtree(copy)\n"
        "    os.setuid(65534)\n"
        "app(words)"
    )
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


def test_a_register_of_an_earlier_version_becomes_one_of_today(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(3))
    source = put(tmp_path / "in", answers(this))
    list(intake(this, arrivals(source)))
    this.close()
    path = tmp_path / "2025" / "register.sqlite"
    db = sqlite3.connect(path)
    db.execute("DROP INDEX arrival_letter")
    db.execute("ALTER TABLE arrival DROP COLUMN letter")
    db.execute("DROP TABLE taken")
    db.execute("ALTER TABLE issue DROP COLUMN made_of")
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    again = open_folder(tmp_path / "2025")
    assert again.register.db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS) == 4
    assert [one.outcome for one in intake(again, arrivals(source))] == ["duplicate"] * 3
    again.close()


def test_several_open_an_earlier_register_at_once(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    db = sqlite3.connect(path)
    db.executescript(MIGRATIONS[0])
    db.execute("PRAGMA user_version = 1")
    db.close()
    found: list[object] = []

    def work() -> None:
        try:
            with module.Register(path) as opened:
                found.append(opened.db.execute("PRAGMA user_version").fetchone()[0])
        except RoundProblems as error:
            found.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [len(MIGRATIONS)] * 6


def test_rubbish_in_place_of_a_register_is_told(tmp_path: Path) -> None:
    round_of(tmp_path / "2025").close()
    (tmp_path / "2025" / "register.sqlite").write_bytes(os.urandom(9000))
    done = xlreport("status", "2025", "--lang", "zh", at=tmp_path)
    assert done.code == 2
    assert done.err.strip() == "登记簿 register.sqlite 打不开或已损坏。请用备份恢复。"
