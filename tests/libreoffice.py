"""Running a real LibreOffice in tests: convert a file, with every formula worked out again, or type into one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

TIMEOUT = 180
# LibreOffice shows the stored results of an .xlsx made by another program; 0 is "always recalculate".
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="ODFRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def soffice() -> str:
    """The program; without it the test fails if XLREPORT_REQUIRE_ALL is set, else it is skipped."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        _left_out(
            "LibreOffice (soffice) is not installed: formulas and looks were NOT compared with a real spreadsheet"
        )
    return found


def _left_out(reason: str) -> NoReturn:
    if os.environ.get("XLREPORT_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


@cache
def _office_pythons() -> tuple[str, ...]:
    """Every Python here that can talk to LibreOffice."""
    asked = ("/usr/bin/python3", "/usr/lib/libreoffice/program/python", sys.executable)
    can = [subprocess.run([p, "-c", "import uno"], capture_output=True, check=False) for p in asked if Path(p).exists()]
    return tuple(done.args[0] for done in can if not done.returncode)


def type_into(folder: Path, documents: Sequence[Mapping[str, Any]]) -> list[list[object]]:
    """Have a user type into workbooks (see typist.py): for each document what its steps found."""
    program = soffice()
    if not _office_pythons():
        _left_out("python3-uno is not installed: no workbook was filled in by a real LibreOffice")
    job = folder / "job.json"
    own = folder / "profile"
    job.write_text(json.dumps({"soffice": program, "profile": own.as_uri(), "documents": list(documents)}), "utf-8")
    command = [_office_pythons()[0], str(Path(__file__).with_name("typist.py")), str(job)]
    bare = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    # In a session of its own, so that LibreOffice, which leaves a child of a child behind, ends with it.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=bare, start_new_session=True
    ) as typist:
        try:
            told, complaint = typist.communicate(timeout=TIMEOUT)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(typist.pid, signal.SIGKILL)
    if typist.returncode:
        raise AssertionError(f"the typist gave up: {complaint}")
    found: list[list[object]] = json.loads(told)
    return found


@cache
def profile(*, anew: bool = True) -> Path:
    """The settings of this test run; its own folder, so that a LibreOffice open on the desktop does not matter."""
    folder = Path(tempfile.mkdtemp(prefix="xlreport-lo-"))
    (folder / "user").mkdir()
    if anew:
        (folder / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    return folder


def convert(path: Path, fmt: str, outdir: Path, *more: Path, anew: bool = True) -> Path:
    """The file in another format (`pdf`, `xlsx`, `ods`), recalculated; `more` go through the same start.

    Not `anew` is LibreOffice as it is installed: it keeps the results it finds, in an .xls 0 for those that are texts.
    """
    outdir.mkdir(parents=True, exist_ok=True)
    if path.parent.resolve() == outdir.resolve() and path.suffix == f".{fmt}":
        raise ValueError("LibreOffice would overwrite its own input")
    command = [
        soffice(),
        f"-env:UserInstallation={profile(anew=anew).as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        fmt,
        "--outdir",
        str(outdir),
        *(str(p) for p in (path, *more)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    result = outdir / f"{path.stem}.{fmt.partition(':')[0]}"
    for source in (path, *more):
        made = outdir / f"{source.stem}.{fmt.partition(':')[0]}"
        if not made.exists():
            raise AssertionError(f"LibreOffice made no {made.name}: {done.stdout}{done.stderr}")
    return result
