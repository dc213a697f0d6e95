"""Running a real LibreOffice in tests: convert a file, with every formula worked out again on loading."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

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
        reason = "LibreOffice (soffice) is not installed: formulas and looks were NOT compared with a real spreadsheet"
        if os.environ.get("XLREPORT_REQUIRE_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@cache
def profile() -> Path:
    """The settings of this test run; its own folder, so that a LibreOffice open on the desktop does not matter."""
    folder = Path(tempfile.mkdtemp(prefix="xlreport-lo-"))
    (folder / "user").mkdir()
    (folder / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    return folder


def convert(path: Path, fmt: str, outdir: Path, *more: Path) -> Path:
    """The file in another format (`pdf`, `xlsx`, `ods`), recalculated; `more` go through the same start."""
    outdir.mkdir(parents=True, exist_ok=True)
    if path.parent.resolve() == outdir.resolve() and path.suffix == f".{fmt}":
        raise ValueError("LibreOffice would overwrite its own input")
    command = [
        soffice(),
        f"-env:UserInstallation={profile().as_uri()}",
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
