"""Types into workbooks in a real LibreOffice, as a user would. Run by the Python that LibreOffice came with (`uno`).

    python3 typist.py JOB.json

A job names the program, a profile and a list of documents, each with its steps. What each step found is printed as
JSON. Imports nothing of ours.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException
from com.sun.star.uno import RuntimeException

START = 90  # seconds that LibreOffice may take to answer


def setting(name, value):
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


def connected(office, pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + START
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException as error:  # nobody listens yet
            if time.monotonic() > until or office.poll() not in {None, 0, 81}:
                raise SystemExit(f"LibreOffice does not answer: {error}") from None
            time.sleep(0.3)


def done(document, step):
    """One step; what the cell shows afterwards, or None."""
    deed, name, *rest = step
    sheet = document.Sheets.getByName(name)
    if deed == "unprotect":
        sheet.unprotect("")
        return sheet.isProtected()
    if deed == "rename":
        sheet.setName(rest[0])
        return sheet.getName()
    if deed == "insert row":
        sheet.Rows.insertByIndex(rest[0], 1)
        return None
    if deed == "insert column":
        sheet.Columns.insertByIndex(rest[0], 1)
        return None
    if deed == "delete row":
        sheet.Rows.removeByIndex(rest[0], 1)
        return None
    row, col, *value = rest
    cell = sheet.getCellByPosition(col, row)
    if deed == "enter":
        # As an area, since `setValue` and `setString` of a single cell do not ask whether it is locked.
        with contextlib.suppress(RuntimeException):
            sheet.getCellRangeByPosition(col, row, col, row).setDataArray(((value[0],),))
    elif deed != "look":
        raise SystemExit(f"no such step: {deed}")
    return cell.getString()


def main():
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    pipe = f"xlreport{os.getpid()}"
    command = [job["soffice"], "--headless", "--invisible", "--norestore", "--nologo", "--nofirststartwizard"]
    command += [f"-env:UserInstallation={job['profile']}", f"--accept=pipe,name={pipe};urp;"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as office:
        try:
            context = connected(office, pipe)
            desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            told = []
            for each in job["documents"]:
                source, target = (Path(each[key]).as_uri() for key in ("source", "target"))
                document = desktop.loadComponentFromURL(source, "_blank", 0, (setting("Hidden", True),))
                told.append([done(document, step) for step in each["steps"]])
                document.storeToURL(target, (setting("FilterName", "Calc MS Excel 2007 XML"),))
                document.close(True)
            sys.stdout.write(json.dumps(told))
            with contextlib.suppress(DisposedException):  # it hangs up before it has answered
                desktop.terminate()
            office.wait(30)
        finally:
            if office.poll() is None:
                office.kill()


main()
