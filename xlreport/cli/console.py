"""What every command shares: the language, the streams, and stopping with one clear sentence."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import NoReturn

from xlreport.rules.sentence import Lang

WRONG_USE = 2


class Language(StrEnum):
    """The languages of everything that is printed and written."""

    zh = "zh"
    en = "en"


def prepare_streams() -> None:
    """A console or a pipe of any encoding takes everything we print: what it cannot show becomes `?`."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def language(chosen: Language | None) -> Lang:
    """The language asked for, else that of the locale, else Chinese."""
    if chosen is not None:
        return "zh" if chosen is Language.zh else "en"
    for name in ("XLREPORT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value.lower().startswith("zh"):
            return "zh"
        if value and value.partition(".")[0] not in {"C", "POSIX"}:
            return "en"
    if sys.platform == "win32":
        import ctypes

        # Primary language id: 4 is Chinese, as Windows' own menus are.
        return "zh" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 4 else "en"
    return "zh"


def say(text: str) -> None:
    """A line of result on standard output."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """A line about what went wrong, on standard error."""
    sys.stderr.write(text + "\n")


def stop(text: str, code: int = WRONG_USE) -> NoReturn:
    """End the command with one sentence."""
    complain(text)
    sys.stdout.flush()
    raise SystemExit(code)
