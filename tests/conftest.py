"""What all tests share: a cache of their own, and a loud word about what was left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx"


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compiled forms of test definitions do not go into the user's cache."""
    os.environ.setdefault("XLREPORT_CACHE", str(tmp_path_factory.mktemp("cache")))
    os.environ.pop("XLREPORT_LANG", None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what did not run: a test left out has proved nothing."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    reasons: dict[str, int] = {}
    for report in skipped:
        longrepr = report.longrepr
        reason = str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    terminalreporter.section("LEFT OUT", red=True, bold=True)
    for reason, count in reasons.items():
        terminalreporter.line(f"{count} tests: {reason}", red=True)
