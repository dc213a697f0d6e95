"""What `check` tells of each file as it goes, so that a thousand files take no more memory than one."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType

from xlreport.catalog import find_form
from xlreport.cli.console import WRONG_USE, say, say_json
from xlreport.examine import Examined
from xlreport.finding import Finding
from xlreport.form.model import Severity
from xlreport.record import record
from xlreport.rules.sentence import Lang
from xlreport.submission import Submission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, Self

    # One file has no twin: the everyday check does without.
    from xlreport.handed_in import Seen, Twins
else:
    Protocol = object

_BARS = {"error": (Severity.ERROR,), "warning": (Severity.ERROR, Severity.WARNING), "info": tuple(Severity)}
_LONG = 20  # files
_EVERY = 0.1  # seconds
_WIDTH = 30


@record
class Outcome:
    """What is left of a file once it was checked: what is to be told of it. Goes from one process to another."""

    text: str
    body: dict[str, Any] | None  # for JSON
    worst: Severity | None
    unusable: bool
    wrote: bool  # False: its copy could not be written, or there was no such file
    seen: Seen | None = None  # for comparing it with the other files of the run


class Asked(Protocol):
    """What is asked of the telling."""

    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def lang(self) -> Lang: ...  # noqa: D102
    @property
    def fail_on(self) -> str: ...  # noqa: D102
    @property
    def templates(self) -> tuple[Path, ...]: ...  # noqa: D102


def outcome(one: Examined, asked: Asked, *, wrote: bool, several: bool = False) -> Outcome:
    """What is to be told of a file, in the format asked for; `several` if it is not the only one of the run."""
    kept = None
    if several:
        from xlreport.handed_in import seen

        kept = seen(one)
    if asked.format == "json":
        from xlreport.report.json import file

        return Outcome("", file(one), one.worst, one.trouble is not None, wrote, kept)
    from xlreport.report.text import lines

    return Outcome("\n".join(lines(one, asked.lang)), None, one.worst, one.trouble is not None, wrote, kept)


class Told:
    """All that was told, file by file: printed at once, or collected for JSON; in the end what it comes to."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._bodies: list[dict[str, Any]] = []
        self._worst: list[Severity | None] = []
        self._unusable = 0
        self._failed = False
        self._twins: Twins | None = None
        self._about_twins: list[tuple[int, Seen, Finding]] = []

    def add(self, one: Outcome) -> None:
        """Tell of one more file."""
        if one.body is not None:
            self._bodies.append(one.body)
        else:
            say(f"\n{one.text}" if self._worst else one.text)
        self._worst.append(one.worst)
        if one.seen is not None:
            self._meet(one.seen)
        self._unusable += one.unusable
        self._failed |= not one.wrote

    def _meet(self, one: Seen) -> None:
        if self._twins is None:
            from xlreport.handed_in import Twins

            self._twins = Twins()
        self._about_twins += self._twins.meet(len(self._worst) - 1, one)

    def _tell_twins(self) -> None:
        """What only all files together show: printed behind them, as the others of the run came later."""
        grave = list(Severity)
        for number, one, finding in sorted(self._about_twins, key=lambda told: told[0]):
            worst = self._worst[number]
            self._worst[number] = min((finding.severity, worst or finding.severity), key=grave.index)
            form = find_form(one.form, extra=self._asked.templates)
            if self._bodies:
                from xlreport.report.json import add_finding

                add_finding(self._bodies[number], finding, Submission(form))
            else:
                from xlreport.report.text import later

                say(f"\n{later(one.path, finding, Submission(form), self._asked.lang)}")

    def end(self) -> int:
        """Tell what it all comes to; the exit code."""
        self._tell_twins()
        if self._asked.format == "json":
            from xlreport.report.json import collected

            say_json(collected(self._bodies))
        elif len(self._worst) > 1:
            from xlreport.report.text import closing

            say("\n" + closing(self._worst, self._unusable, self._asked.lang))
        if self._failed:
            return WRONG_USE
        return int(any(worst in _BARS[self._asked.fail_on] for worst in self._worst) or self._unusable > 0)


class Progress:
    """A bar on standard error, for long work on a terminal only."""

    def __init__(self, total: int, lang: Lang) -> None:
        self._total = total
        self._word = "核对" if lang == "zh" else "checking"
        self._done = 0
        self._last = 0.0
        self._shown = total >= _LONG and sys.stderr.isatty()

    def __enter__(self) -> Self:
        self._draw()
        return self

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._done == self._total or time.monotonic() - self._last >= _EVERY:
            self._draw()

    def _draw(self) -> None:
        if not self._shown:
            return
        self._last = time.monotonic()
        full = _WIDTH * self._done // self._total
        bar = "#" * full + "." * (_WIDTH - full)
        sys.stderr.write(f"\r{self._word} [{bar}] {self._done}/{self._total}")
        sys.stderr.flush()

    def wipe(self) -> None:
        """Clear the line for what is to be printed where the bar stands."""
        if self._shown and sys.stdout.isatty():
            sys.stderr.write("\r" + " " * (len(self._word) * 2 + _WIDTH + 20) + "\r")
            sys.stderr.flush()
            self._last = 0.0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:  # the line is wiped: what was told stands above and below
            sys.stderr.write("\r" + " " * (len(self._word) * 2 + _WIDTH + 20) + "\r")
            sys.stderr.flush()
