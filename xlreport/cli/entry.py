"""The console entry point, and the shortest way to the everyday command.

`xlreport check FILE…` without options does not wait for typer: importing it takes as long as the whole check. Every
other line goes through the commands in `main`.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from xlreport.cli.console import WRONG_USE, complain, finish, language, prepare_streams, stop, swallow_output

_BROKEN_OFF, _INTERRUPTED = 130, "已中断。 Interrupted."

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run() -> None:
    """Nobody ever sees a traceback for what is wrong with a file or a definition."""
    prepare_streams()
    gc.set_threshold(20_000)  # what is done with goes by itself; looking for rings of it at every turn costs 3 %
    try:
        code = everyday(sys.argv[1:])
        code = _command() if code is None else finish(code)
        # Everything is printed, closed and joined. The system takes our memory back faster than the interpreter can: 9
        # of 135 ms.
        os._exit(code)
    except MemoryError:
        swallow_output()
        stop("内存不足。 Out of memory.")
    except KeyboardInterrupt:
        stop(_INTERRUPTED, _BROKEN_OFF)
    except OSError as error:  # of the output itself, or of what nobody thought of
        swallow_output()
        complain(f"读写出错 (cannot read or write): {error}")
        code = WRONG_USE
    except Exception as error:
        words = _told(error)
        if words is None:
            raise
        stop(words)
    raise SystemExit(code)


def _told(error: Exception) -> str | None:
    """The sentence for what is wrong with a definition or the environment; None for a mistake of the program."""
    from xlreport.form.definition import DefinitionError
    from xlreport.workbook.unreadable import WrongLimits

    if isinstance(error, DefinitionError):
        return f"报表定义有误 (mistake in a definition): {error}"
    if isinstance(error, WrongLimits):
        return f"XLREPORT_LIMITS：看不懂“{error}” (not understood)。例 (example): XLREPORT_LIMITS=file=100M,cells=1M"
    return None


def _command() -> int:
    """The exit code of any command line, once everything is printed."""
    from xlreport.cli.main import app

    try:
        app()
    except SystemExit as ended:
        code = ended.code
        if code == _BROKEN_OFF:  # typer has taken the interruption for itself, and says nothing
            complain(_INTERRUPTED)
    else:
        code = 0
    return finish(code if isinstance(code, int) else 0 if code is None else 1)


# The options of `check` that people use every day: the field of the request, and what may follow (None: nothing does).
_OPTIONS: dict[str, tuple[str, frozenset[str] | None]] = {
    "--no-annotate": ("annotate", None),
    "--strict": ("strict", None),
    "--format": ("format", frozenset({"text", "json"})),
    "--lang": ("lang", frozenset({"zh", "en"})),
    "-o": ("target", frozenset()),
    "--output": ("target", frozenset()),
    "--output-dir": ("output_dir", frozenset()),
    "--prior": ("prior", frozenset()),
}


def everyday(arguments: Sequence[str]) -> int | None:
    """The exit code of `check FILE…` with at most its everyday options; None for any other command line."""
    if len(arguments) < 2 or arguments[0] != "check":
        return None
    files: list[Path] = []
    given: dict[str, Any] = {}
    words = iter(arguments[1:])
    for word in words:
        if word in _OPTIONS:
            field, values = _OPTIONS[word]
            value = next(words, "") if values is not None else ""
            if field in given or (values is not None and (not value or value.startswith("-"))):
                return None  # given twice, or incomplete: typer knows what to say
            if values and value not in values:
                return None
            given[field] = (field == "strict") if values is None else value if values else Path(value)
        elif word.startswith("-") or not word:
            return None
        else:
            files.append(Path(word))
    if not files:
        return None
    if len(files) == 1:
        gc.disable()  # one file leaves nothing worth collecting: 4 of 135 ms
    from xlreport.cli.check import Request, check_files

    given.setdefault("lang", language(None))
    return check_files(Request(files=tuple(files), password=os.environ.get("XLREPORT_PASSWORD", ""), **given))
