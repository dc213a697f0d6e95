"""Putting a finished file in its place, so that there is always a whole one: the old or the new."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_REASONS = {
    **dict.fromkeys(("ENOSPC", "EDQUOT", "EFBIG"), "no-space"),
    **dict.fromkeys(("EROFS",), "read-only"),
    **dict.fromkeys(("EBUSY", "ETXTBSY"), "in-use"),
    **dict.fromkeys(("ENOENT", "ENOTDIR"), "no-folder"),
    **dict.fromkeys(("ENAMETOOLONG",), "long-name"),
    **dict.fromkeys(("EACCES", "EPERM"), "permission"),
}
_LONGEST_NAME = 255  # bytes on Linux; Windows and macOS count characters
_SHARING_VIOLATION = {32, 33}  # Windows, when Excel or WPS holds the file open


class CannotWrite(Exception):  # noqa: N818 - a state of the disk, not an error of the program
    """A file could not be written; what stood there before still does.

    `reason` is one of no-space, read-only, in-use, no-folder, long-name, folder, no-file, permission,
    other.
    """

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def same_file(one: Path, other: Path) -> bool:
    """Whether two names are one file; a file that is not there, or cannot be named, is no other's."""
    with contextlib.suppress(OSError, ValueError):
        if one.samefile(other):
            return True
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # x/../a is a to some, nothing to others
        return one.resolve().samefile(other.resolve())
    return False


def short_name(stem: str, suffix: str) -> str:
    """A file name that a disk takes: the stem loses its end where both are too long together."""
    while len(os.fsencode(stem + suffix)) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + suffix


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a crash, a full disk or a pulled plug leaves the old file or the new, never half of one.

    A link is followed and stays a link. Raises `CannotWrite`.
    """
    try:
        path.parent.stat()  # the system's own answer: `nosuch/..` is no folder
        target = path.resolve()
        if target.is_dir():
            raise CannotWrite("folder", path)
        if target.exists() and not target.is_file():
            raise CannotWrite("no-file", path)
        _replace(target, data)
    except OSError as error:
        raise CannotWrite(reason_of(error, path), path) from error


def write_quickly(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, without waiting for the disk: for what can be made again, by the thousand.

    A power cut may lose it, a crash of ours cannot. Raises `CannotWrite`.
    """
    target = os.fspath(path)
    temporary = f"{target}.{os.getpid()}.tmp"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.replace(temporary, target)  # noqa: PTH105  (pathlib's takes as long as the writing)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
    except OSError as error:
        raise CannotWrite(reason_of(error, path), path) from error


@contextlib.contextmanager
def written_together(folder: Path) -> Iterator[Callable[[str, bytes], None]]:
    """Write files by the thousand that can be made again: aside first, and then all put in their places.

    A new folder is there whole or not at all; in one that has files each takes the place of its old one. What a crash
    left aside is cleared away by the next who writes, so nobody else may at the same time. Raises `CannotWrite`.
    """
    aside = folder.with_name(f".{folder.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    prefix = os.path.join(os.fspath(aside), "")  # noqa: PTH118  (pathlib would take as long as the writing)

    def put(name: str, data: bytes) -> None:
        handle = os.open(prefix + name, flags, 0o666)
        try:
            at = os.write(handle, data)
            while at < len(data):
                at += os.write(handle, data[at:])
        finally:
            os.close(handle)

    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        try:
            yield put
            _put_in_place(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise CannotWrite(reason_of(error, folder), folder) from error


def _put_in_place(aside: Path, folder: Path) -> None:
    if not folder.is_dir() or not any(folder.iterdir()):
        with contextlib.suppress(OSError):  # Windows replaces no folder, not even an empty one
            aside.rename(folder)
            return
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in aside.iterdir():
        path.replace(folder / path.name)


def _replace(target: Path, data: bytes) -> None:
    _sweep(target.parent)
    handle, temporary = _aside(target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            with contextlib.suppress(FileNotFoundError):
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            if os.name == "posix":  # held until it has its name; Windows renames no open file
                temporary.replace(target)
        if os.name != "posix":
            temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


_ASIDE = ".xlreport-"
_MINUTE = 60  # seconds
_swept: set[Path] = set()


def _aside(folder: Path) -> tuple[int, Path]:
    """A new file beside the one to be written, open and held."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        path = folder / f"{_ASIDE}{os.urandom(8).hex()}.tmp"
        handle = os.open(path, flags, 0o666)  # not mkstemp: its 0600 would lock colleagues out of a shared folder
        # Whoever sweeps at this very moment may have held it first, and then it is gone.
        if not _hold(handle) or path.exists():
            return handle, path
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Take away what runs that were killed left half-written in a folder, once for each folder."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for path in [one.path for one in found if one.name.startswith(_ASIDE) and one.name.endswith(".tmp")]:
            with contextlib.suppress(OSError):
                _take_away(path)


def _take_away(path: str) -> None:
    """Take a file away that nobody holds; where files cannot be held, one that is open cannot be taken away."""
    if os.name != "posix":
        if time.time() - os.lstat(path).st_mtime > _MINUTE:
            os.unlink(path)  # noqa: PTH108
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if _hold(handle):
            os.unlink(path)  # noqa: PTH108
    finally:
        os.close(handle)


def _hold(handle: int) -> bool:
    """Hold an open file until it is closed; False if somebody else does, or nobody can."""
    if os.name != "posix":
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last through a power cut, where the system can; the file is whole in any case."""
    with contextlib.suppress(OSError):  # Windows cannot open a folder, some network disks cannot sync one
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def reason_of(error: OSError, path: Path) -> str:
    """Why the system refused, in one of the words of `CannotWrite`."""
    if getattr(error, "winerror", None) in _SHARING_VIOLATION:
        return "in-use"
    reason = _REASONS.get(errno.errorcode.get(error.errno or 0, ""), "other")
    # Windows says "permission" of an open workbook as well: Excel leaves its lock file beside it.
    if reason == "permission" and path.with_name(f"~${path.name}").exists():
        return "in-use"
    return reason
