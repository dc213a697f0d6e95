"""What every command shares: the language, the streams, and stopping with one clear sentence."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import sys
from enum import StrEnum
from pathlib import Path

from xlreport.rules.sentence import Lang

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

WRONG_USE = 2


class Language(StrEnum):
    """The languages of everything that is printed and written."""

    zh = "zh"
    en = "en"


def prepare_streams() -> None:
    """A console or a pipe of any encoding takes everything we print: what it cannot show becomes `?`.

    A stream that was closed before we started (`>&-`) swallows it.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  (a stream for as long as we live)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
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


def expect_definitions(folder: Path) -> None:
    """End the command where `--templates` names a folder in which no definition would be found."""
    if not folder.is_dir():
        stop(f"--templates {folder}: 没有这个文件夹。 There is no such folder.")
    if not any(folder.glob("*/*.yaml")):
        loose = sorted(path.name for path in folder.glob("*.yaml"))
        found = f"，不是 {folder / loose[0]}" if loose else ""
        stop(
            f"--templates {folder}: 里面没有报表定义；应是 {folder / '报表名' / '版式.yaml'}{found}。"
            f" It holds no definitions; they are expected as {folder / 'FORM' / 'EDITION.yaml'}."
        )


# What a terminal acts on or hides: control characters, directions of writing, and what has no width.
_UNSEEN = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    """Text whose every character is seen as what it is; names of files and sheets may hold anything."""
    seen = text.replace("\n", "").replace("\N{IDEOGRAPHIC SPACE}", "").isprintable()
    return text if seen else re.sub(_UNSEEN, "\N{REPLACEMENT CHARACTER}", text)


def visible(name: str) -> str:
    """A file name without what a terminal acts on or hides; bytes that are no text in the system's encoding stay."""
    if name.isprintable():
        return name
    return re.sub(f"{_UNSEEN}|[\t\n]", lambda at: at[0] if at[0] in _BYTES else "_", name)


_BYTES = frozenset(map(chr, range(0xDC80, 0xDD00)))


def say(text: str) -> None:
    """A line of result on standard output; nothing once its reader has gone."""
    try:
        sys.stdout.write(printable(text) + "\n")
    except BrokenPipeError:
        swallow_output()


def say_json(body: object) -> None:
    """A result for programs: JSON, which is the same in every encoding."""
    text = json.dumps(body, ensure_ascii=False, indent=2)
    # Half of a surrogate pair (a byte of a file's name that is no text): strict readers of JSON refuse the whole.
    text = re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)
    ascii_only = codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8"
    say(re.sub("[\x7f-\U0010ffff]" if ascii_only else _UNSEEN, lambda at: json.dumps(at[0])[1:-1], text))


def complain(text: str) -> None:
    """A line about what went wrong, on standard error."""
    with contextlib.suppress(OSError):
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()


def finish(code: int) -> int:
    """The exit code once everything is really printed; that of the result even if nobody has read it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        swallow_output()
    except OSError as error:
        swallow_output()
        complain(f"结果没有全部输出 (the output could not be written): {error.strerror or error}")
        return WRONG_USE
    return code


def swallow_output() -> None:
    """Let what is still to be printed go nowhere; Python would complain of it once more at the end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def stop(text: str, code: int = WRONG_USE) -> NoReturn:
    """End the command with one sentence."""
    complain(text)
    raise SystemExit(finish(code))
