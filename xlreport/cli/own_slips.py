"""How people slip, as an office has estimated it from its own workbooks."""

from __future__ import annotations

import json
from pathlib import Path

from xlreport.checks.culprit.slips import slip_data, use
from xlreport.cli.console import stop


def use_slips(variable: str, path: Path) -> None:
    """Rank by the file that `learn -o` wrote; ends the command if it is none."""
    try:
        data = json.loads(path.read_text("utf-8"))
        known = slip_data()["slips"].keys()
        fit = data["slips"].keys() == known and all(0 < float(share) <= 1 for share in data["slips"].values())
        fit = fit and all(isinstance(table, dict) for form in data["rows"].values() for table in form.values())
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        fit = False
    if not fit:
        stop(f"{variable}={path}: 不是 xlreport learn 写出的文件。 Not a file that `xlreport learn` wrote.")
    use(data)
