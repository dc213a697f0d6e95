"""The command line as people use it: a process of its own, and what it printed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from conftest import ROOT


class Ran(NamedTuple):
    """What a command left behind on the console."""

    code: int
    out: str
    err: str


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a fresh machine: our package, our cache, no language chosen but Chinese."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XLREPORT_", "LC_", "LANG", "PYTHONIO"))}
    path = os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])])
    cache = {"XLREPORT_CACHE": os.environ["XLREPORT_CACHE"]}
    return {**kept, "PYTHONPATH": path, "PYTHONUTF8": "1", "LC_ALL": "zh_CN.UTF-8", **cache, **(more or {})}


def xlreport(*arguments: object, at: Path, env: Mapping[str, str] | None = None, stdin: bytes | None = None) -> Ran:
    """Run `xlreport` in a folder. A traceback is never an answer."""
    done = subprocess.run(
        [sys.executable, "-m", "xlreport", *map(str, arguments)],
        cwd=at,
        env=environment(env),
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in out + err, err
    return Ran(done.returncode, out.replace("\r\n", "\n"), err.replace("\r\n", "\n"))
