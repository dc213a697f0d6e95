"""A round as it lies on the disk: its folder, its settings, its form and its register, opened together."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from xlreport.catalog import UnknownForm, find_form
from xlreport.form.fold import fold
from xlreport.form.model import Form
from xlreport.record import replace
from xlreport.round.notepad import decoded
from xlreport.round.register import Register
from xlreport.round.settings import FILE, Settings, read_settings, settings_text
from xlreport.round.trouble import Problem, RoundProblems, refuse
from xlreport.round.unit import Unit
from xlreport.submission import find_level
from xlreport.workbook.write import write_atomically

REGISTER, LOG = "register.sqlite", "round.log"
_ROSTERS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".et", ".ods"})
ISSUED, RECEIVED, RETURNED, TEXTS, MAIL = "issued", "received", "returned", "texts", "mail"


_OWN = (REGISTER, FILE, LOG, "roster.")  # how the names of the round's own files begin


class Round:
    """One collection round that is open."""

    def __init__(self, folder: Path, settings: Settings, form: Form, register: Register) -> None:
        self.folder = folder
        self.settings = settings
        self.form = form
        self.register = register
        self.checked_again = 0  # reports that last year's made to be checked once more

    @property
    def period(self) -> int:
        """The report year."""
        return self.settings.period

    @property
    def templates(self) -> tuple[Path, ...]:
        """Further folders of definitions, below the round's folder unless they say otherwise."""
        return _templates(self.settings, self.folder)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The roster."""
        return self.register.units()

    @cached_property
    def by_code(self) -> Mapping[str, Unit]:
        """The units by code."""
        return {unit.code: unit for unit in self.units}

    @property
    def reporting(self) -> tuple[Unit, ...]:
        """The units that hand in a form."""
        return tuple(unit for unit in self.units if unit.reports)

    def unit(self, name: str) -> Unit:
        """The unit of a code or a name; raises `RoundProblems` if there is none."""
        found = self.by_code.get(name) or next((unit for unit in self.units if unit.name == name), None)
        if found is None:
            raise refuse("no-such-unit", value=name)
        return found

    def place(self, *names: str) -> Path:
        """A file of the round; its folder is made."""
        path = self.folder.joinpath(*names)
        if not path.parent.is_dir():
            _private_folder(path.parent)
        return path

    def output(self, path: Path, *endings: str) -> Path:
        """A file that is about to be written, if its name ends as it should and it is none of the round's own."""
        if path.suffix.lower() not in endings:
            raise refuse("bad-ending", file=path.name, endings=endings)
        home, target = self.folder.resolve(), path.resolve()
        # What stands below are others' workbooks and letters; beside the register, what the round is made of.
        below = home in target.parents and target.parent != home
        if below or (target.parent == home and target.name.startswith(_OWN)):
            raise refuse("own-file", path=str(path))
        return path

    def source(self, path: Path) -> Path:
        """What is to be taken in: never the round's own folder, where every unit's blank form lies."""
        home, there = self.folder.resolve(), path.resolve()
        if there == home or there in home.parents:
            raise refuse("own-folder", path=str(path))
        return path

    def log(self, deed: str, **facts: object) -> None:
        """A line in the log: time, what was done, unit codes, hashes, counts. Never names, addresses or contents."""
        words = " ".join(f"{key}={str(value).replace(' ', '_')}" for key, value in facts.items())
        # A log that cannot be written, on a full or a read-only disk, undoes nothing of what was done.
        with contextlib.suppress(OSError):
            handle = os.open(self.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as stream:
                stream.write(f"{now()} {deed} {words}\n")

    def close(self) -> None:
        """Let go of the register."""
        self.register.close()


def now() -> str:
    """The time, to the second, as the register keeps it."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def here(moment: str) -> str:
    """A time of the register as the clerk's own clock shows it; empty for none."""
    return dt.datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _private_folder(folder: Path) -> None:
    """The folder, for its owner alone: addresses and figures lie in it. One with other things in it stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        folder.chmod(0o700)


def new_round(folder: Path, settings: Settings, roster: Path) -> Round:
    """Make a round: the folder, its settings, its letters and a register with the roster."""
    if (folder / FILE).exists():
        raise refuse("round-exists", folder=str(folder))
    form = _form(settings, folder)
    try:
        data = roster.read_bytes()
    except OSError as error:
        raise refuse("roster-missing", path=str(roster)) from error
    from xlreport.round.roster import read_roster
    from xlreport.wording.mailing import LETTERS

    units = read_roster(data, roster.name, form)
    if settings.level and form.levels:
        level = find_level(form, settings.level)
        if level is None:
            raise refuse("level", level=settings.level, known=[one.id for one in form.levels])
        settings = replace(settings, level=level)

    _private_folder(folder)
    _private_folder(folder / TEXTS)
    for name, text in LETTERS.items():
        write_atomically(folder / TEXTS / name, text.encode())
    suffix = roster.suffix.lower()
    if suffix not in _ROSTERS:
        suffix = ".xlsx" if data[:2] == b"PK" else ".xls" if data[:2] == b"\xd0\xcf" else ".csv"
    kept = folder / f"roster{suffix}"
    write_atomically(kept, data)
    kept.chmod(0o600)
    register = Register(folder / REGISTER)
    with register.transaction():
        register.set_roster(units)
        register.remember("roster", _stamp(kept, data))
    # Last, so that a folder with this file is a whole round.
    write_atomically(folder / FILE, settings_text(settings).encode())
    made = Round(folder, settings, form, register)
    made.units = units
    made.log("new", form=form.id, edition=form.edition, period=settings.period, units=len(units))
    return made


def open_folder(folder: Path) -> Round:
    """The round in a folder; a roster or settings that were edited count from now on."""
    try:
        text = decoded((folder / FILE).read_bytes())
    except OSError as error:
        raise refuse("no-round", folder=str(folder)) from error
    except UnicodeDecodeError as error:
        raise refuse("settings-encoding") from error
    settings = read_settings(text)
    form = _form(settings, folder)
    register = Register(folder / REGISTER)
    opened = Round(folder, settings, form, register)
    _refresh_roster(opened)
    return opened


def _refresh_roster(opened: Round) -> None:
    """Read the roster again if it was edited since."""
    paths = [path for path in sorted(opened.folder.glob("roster.*")) if path.suffix.lower() in _ROSTERS]
    if len(paths) > 1:
        opened.close()
        raise refuse("roster-two", files=[path.name for path in paths])
    for path in paths:
        data = path.read_bytes()
        stamp = _stamp(path, data)
        if stamp != opened.register.fact("roster"):
            from xlreport.round.roster import read_roster

            units = read_roster(data, path.name, opened.form)
            try:
                _keep_codes(opened, units)
            except RoundProblems:
                opened.close()
                raise
            with opened.register.transaction():
                opened.register.set_roster(units)
                opened.register.remember("roster", stamp)


def _keep_codes(opened: Round, units: tuple[Unit, ...]) -> None:
    """A unit that has reported, or was written to, keeps its code: under it lies all that is known of it."""
    before = {fold(unit.name): unit for unit in opened.register.units()}
    rows = opened.register.db.execute(
        "SELECT unit FROM submission WHERE period = ?1 UNION SELECT unit FROM message WHERE period = ?1"
        " AND state IN ('sending', 'sent', 'unknown')",
        (opened.period,),
    )
    known = {row[0] for row in rows}
    changed = [
        (was, unit)
        for unit in units
        if (was := before.get(fold(unit.name))) and was.code != unit.code and was.code in known
    ]
    if changed:
        raise RoundProblems(
            Problem("roster-code-changed", {"unit": unit.name, "was": was.code, "now": unit.code})
            for was, unit in changed
        )


def _stamp(path: Path, data: bytes) -> str:
    """By which a roster that was edited is known."""
    import zlib

    return f"{path.name}:{len(data)}:{zlib.crc32(data)}"


def _templates(settings: Settings, folder: Path) -> tuple[Path, ...]:
    """The further folders of definitions; `..` is taken out, for a round that is only being made is no folder yet."""
    return tuple(Path(os.path.normpath(folder.resolve() / name)) for name in settings.templates)


def _form(settings: Settings, folder: Path) -> Form:
    places = _templates(settings, folder)
    gone = [name for name, place in zip(settings.templates, places, strict=True) if not place.is_dir()]
    try:
        return find_form(settings.form, settings.period, places)
    except UnknownForm as error:
        if gone:
            raise refuse("templates-missing", form=settings.form, folders=gone) from error
        raise refuse("form", what=str(error)) from error
