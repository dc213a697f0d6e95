"""An office's own estimate of how people slip: the file that `xlreport learn -o` wrote, named by a variable.

Whoever makes findings asks once: the commands, a round opened by a program, and the processes that judge its files.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

VARIABLE = "XLREPORT_TYPING_ERRORS"
_USED: list[str] = []  # the file in use, in this process


class NoSlips(ValueError):  # noqa: N818  (the world's fault, not the program's)
    """The variable names a file that `learn` did not write."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{VARIABLE}={path}: 不是 xlreport learn 写出的文件。 Not a file that `xlreport learn` wrote.")


def use_own_slips() -> None:
    """Rank by the file that the variable names, if it names one; raises `NoSlips` if it is none."""
    path = os.environ.get(VARIABLE, "")
    if not path or [path] == _USED:
        return
    from xlreport.checks.culprit.slips import slip_data, use

    try:
        data = json.loads(Path(path).read_text("utf-8"))
        known = slip_data()["slips"].keys()
        fit = data["slips"].keys() == known and all(0 < float(share) <= 1 for share in data["slips"].values())
        fit = fit and all(isinstance(table, dict) for form in data["rows"].values() for table in form.values())
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        fit = False
    if not fit:
        raise NoSlips(path)
    use(data)
    _USED[:] = [path]
