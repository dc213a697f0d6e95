"""A round as a program of somebody else has it: its types under mypy's strictest rules, and what it raises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from offices import roster, round_of

import xlreport as package

CLIENT = '''\
"""What the README shows, and what a program does where it fails."""

from pathlib import Path

import xlreport


def collect(folder: Path) -> list[str]:
    try:
        with xlreport.open_round(folder) as this:
            this.issue({"0001"})
            for one in this.intake(folder / "in"):
                print(one.arrival.name, one.outcome, one.state, one.errors)
            total = this.rollup(allow_missing=True)
            this.write_total(total, "total.xlsx", "en")
            return [one.unit.name for one in this.status().standings if one.state in {"missing", "error"}]
    except xlreport.RoundProblems as error:
        return [problem.reason for problem in error.problems]
'''


def test_a_client_passes_the_strictest_check_of_types(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text(CLIENT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "kept"), "client.py"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_what_is_raised_has_its_name_in_the_package(tmp_path: Path) -> None:
    with pytest.raises(package.RoundProblems) as told:
        package.open_round(tmp_path)
    assert [one.reason for one in told.value.problems] == ["no-round"]
    assert not hasattr(package, "Nothing")
    ours = "[name for name in sys.modules if name.startswith('xlreport.')]"
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, xlreport; print({ours})"], capture_output=True, text=True, check=True
    ).stdout
    assert loaded.strip() == "[]"  # a check starts without what a round needs


def test_a_unit_that_nobody_knows_is_told_and_one_is_named_as_the_commands_name_it(tmp_path: Path) -> None:
    """A code mistyped made nothing and said nothing; so did a single code that was not put into a list."""
    round_of(tmp_path / "2025", roster(3)).close()
    with package.open_round(tmp_path / "2025") as this:
        with pytest.raises(package.RoundProblems, match="no-such-unit"):
            this.issue({"9999"})
        assert [one.unit.code for one in this.issue("0002")] == ["0002"]
        assert [one.unit.code for one in this.issue(["市发展和改革局"])] == ["0001"]
        assert [one.unit.code for one in this.issue()] == ["0003"]
