"""A round for programs: `xlreport.open_round(folder)`. What the commands do, with types and without words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path

from xlreport.form.model import Form
from xlreport.own_slips import use_own_slips
from xlreport.round.by_hand import accept_by_hand, dismiss_files
from xlreport.round.closing import Closing
from xlreport.round.export import Line, lines, write_csv, write_parquet
from xlreport.round.folder import open_folder
from xlreport.round.history import past
from xlreport.round.intake import Taken, intake
from xlreport.round.issue import Issued, issue
from xlreport.round.mailbag import arrivals
from xlreport.round.rollup import Rollup, rollup
from xlreport.round.settings import Settings
from xlreport.round.status import RoundStatus, status
from xlreport.round.total import total_bytes
from xlreport.round.unit import Unit
from xlreport.round.waivers import Waiver, waive, waivers, withdraw
from xlreport.rules.sentence import Lang
from xlreport.submission import Submission
from xlreport.workbook.write import write_atomically


class OpenRound(Closing):
    """A round that is open. Use it in a `with` block, or close it; and in the thread that opened it."""

    def __init__(self, folder: Path | str) -> None:
        """Open the round in a folder; raises `RoundProblems`, or `NoSlips` if the variable names none."""
        use_own_slips()
        self._round = open_folder(Path(folder))

    @property
    def form(self) -> Form:
        """The form that is collected."""
        return self._round.form

    @property
    def settings(self) -> Settings:
        """What the round's file says."""
        return self._round.settings

    @property
    def units(self) -> Sequence[Unit]:
        """The roster."""
        return self._round.units

    def status(self) -> RoundStatus:
        """Where the round stands."""
        return status(self._round)

    def issue(
        self, only: Collection[str] = (), *, again: bool = False, executor: Executor | None = None
    ) -> list[Issued]:
        """Make the workbooks that are still to be made, or those of some units, by code or name.

        Any executor does the work in its own processes.
        """
        named = (only,) if isinstance(only, str) else only
        return issue(self._round, {self._round.unit(one).code for one in named}, again=again, executor=executor)

    def intake(self, *sources: Path | str, executor: Executor | None = None, last_year: bool = False) -> list[Taken]:
        """Take in folders, archives, messages and workbooks."""
        paths = [self._round.source(Path(source)) for source in sources]
        found = (one for path in paths for one in arrivals(path))
        return list(intake(self._round, found, executor=executor, last_year=last_year))

    def fetch(self, password: str, *, everything: bool = False, executor: Executor | None = None) -> list[Taken]:
        """Take in what is new in the mailbox.

        Raises `RoundProblems` where it cannot be reached; where the line was lost, after all that came is registered.
        """
        from xlreport.round.fetch import fetch

        return list(fetch(self._round, password, everything=everything, executor=executor))

    def accept(self, number: int, unit: str) -> Taken:
        """Accept a file that was kept aside as a unit's report."""
        return accept_by_hand(self._round, number, self._round.unit(unit))

    def dismiss(self, *numbers: int) -> int:
        """Say of files kept aside that they are needed no more; how many."""
        return dismiss_files(self._round, numbers)

    def waive(self, unit: str, rule: str, reason: str, who: str, cell: str = "") -> int:
        """Explain a soft finding; how many were explained."""
        return waive(self._round, self._round.unit(unit), rule, reason, who, cell)

    def withdraw(self, unit: str, rule: str, cell: str = "") -> int:
        """Take back what was explained, this year or before; of how many findings."""
        return withdraw(self._round, self._round.unit(unit), rule, cell)

    def waivers(self) -> Sequence[Waiver]:
        """The explanations that hold."""
        return waivers(self._round.register, self._round.period)

    def submission(self, unit: str, period: int | None = None) -> Submission | None:
        """A unit's last report, of this year or another."""
        code = self._round.unit(unit).code
        found = past(self._round.register, code, self._round.period if period is None else period)
        return found.submission(self._round.templates) if found else None

    def rollup(self, root: str = "", *, allow_missing: bool = False, include_wrong: bool = False) -> Rollup:
        """The total of a unit and all below it, or of everything."""
        return rollup(self._round, root, allow_missing=allow_missing, include_wrong=include_wrong)

    def write_total(
        self, made: Rollup, path: Path | str, lang: Lang = "zh", *, executor: Executor | None = None
    ) -> None:
        """Write a total as a workbook."""
        write_atomically(self._round.output(Path(path), ".xlsx"), total_bytes(self._round, made, lang, executor))

    def lines(self, periods: Sequence[int] = (), *, latest: bool = True) -> Iterator[Line]:
        """Every figure in long form."""
        return lines(self._round, periods, latest=latest)

    def export(
        self,
        path: Path | str,
        periods: Sequence[int] = (),
        *,
        latest: bool = True,
        executor: Executor | None = None,
    ) -> int:
        """Write the long form as CSV or Parquet, by the file's ending; how many lines."""
        target = self._round.output(Path(path), ".csv", ".parquet")
        write = write_parquet if target.suffix.lower() == ".parquet" else write_csv
        return write(self._round, target, periods, latest=latest, executor=executor)

    def close(self) -> None:
        """Let go of the register."""
        self._round.close()
