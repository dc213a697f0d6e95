"""What the copies of a check are called, and which files they may be written over: never what somebody worked in."""

from __future__ import annotations

import re
from pathlib import Path

from xlreport.cli.console import complain, visible
from xlreport.pattern import pattern
from xlreport.rules.sentence import Lang
from xlreport.workbook.container import Container, Unreadable
from xlreport.workbook.read import Reading
from xlreport.workbook.write import short_name

_WRITTEN = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm"})  # what an annotated copy may be called
_WORKED_IN = ("：不是原样的标注副本（可能有人改过），没有覆盖。", ": may have been worked in; left as it is.")
_EXISTS = (
    " 已存在，里面是别的表格；要覆盖请加 --force。",
    ": is a workbook that is there already; use --force to overwrite it.",
)
_OUTDATED = (
    "：是以前核对时标注的副本；现在没有要说的问题了，可以删除。",
    ": the annotated copy of an earlier check; there is nothing to tell any more.",
)
CHECKED = pattern(r"(.*?)\.checked(?:\.(\d+))?", re.DOTALL)


def copy_name(
    name: Path | None, folder: Path | None, reading: Reading, taken: set[str], lang: Lang, word: str = ".checked"
) -> Path | None:
    """`NAME.checked.xlsx`; a copy that comes back and is checked again gets the next number.

    So does one beside a copy that somebody has worked in: what was put right there is nowhere else. None where there
    is no name to make it of.
    """
    if name is None or folder is None:
        return None
    stem, number, suffix = _pieces(name, reading)
    # Two files of one name from different folders; on many disks `A` and `a` are one name, too.
    while True:
        target = folder / short_name(stem, _numbered(word, number) + suffix)
        known = str(target.resolve()).casefold()
        worked_in = word == ".checked" and known not in taken and target.exists() and not _ours(target)
        if worked_in:
            complain(f"{target}{_WORKED_IN[0 if lang == 'zh' else 1]}")
        if known not in taken and not worked_in:
            break
        number += 1
    taken.add(known)
    return target


def _pieces(name: Path, reading: Reading) -> tuple[str, int, str]:
    """The stem of a copy's name, its first number and its suffix."""
    again = CHECKED.fullmatch(name.stem) if ".checked" in name.stem else None
    return visible(again[1] if again else name.stem), int(again[2] or 1) + 1 if again else 1, _suffix(name, reading)


def _numbered(word: str, number: int) -> str:
    return word if number == 1 else f"{word}.{number}"


def _suffix(name: Path, reading: Reading) -> str:
    """The file's own if it is true: Excel does not open an .xls that is none."""
    if reading.container is None:
        return ".xlsx"
    if name.suffix.lower() in _WRITTEN:
        return name.suffix
    return ".xlsm" if reading.container.has("xl/vbaProject.bin") else ".xlsx"


def tell_outdated(name: Path | None, folder: Path | None, reading: Reading, lang: Lang) -> None:
    """Tell of the copy that an earlier check left beside a file of which there is nothing to be said any more."""
    if name is None or folder is None:
        return
    stem, number, suffix = _pieces(name, reading)
    target = folder / short_name(stem, _numbered(".checked", number) + suffix)
    if target.exists() and _ours(target):
        complain(f"{target}{_OUTDATED[0 if lang == 'zh' else 1]}")


def would_lose(target: Path, lang: Lang) -> str:
    """The sentence for a name that is a workbook's other than an untouched copy of ours; nothing for any other.

    One wrong letter, and the copy of one unit's report would take the place of another unit's.
    """
    try:
        if not target.is_file():  # a pipe is waited for until somebody writes into it
            return ""
        with target.open("rb") as stream:
            workbook = stream.read(8).startswith((b"PK", b"\xd0\xcf\x11\xe0"))
    except (OSError, ValueError):
        return ""
    return f"{target}{_EXISTS[0 if lang == 'zh' else 1]}" if workbook and not _ours(target) else ""


def _ours(target: Path) -> bool:
    """Whether a file is a copy that a check wrote and nobody has changed since: only that may be written over."""
    from xlreport.workbook.annotate import is_untouched
    from xlreport.workbook.unreadable import told_as_damaged

    try:
        with told_as_damaged():
            return is_untouched(Container.open(target))
    except Unreadable:
        return False
