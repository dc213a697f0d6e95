"""One command at a time, where two would undo each other's work; the system lets go when the holder dies, however."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from xlreport.round.trouble import refuse
from xlreport.workbook.write import CannotWrite, reason_of

_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


@contextlib.contextmanager
def alone(path: Path, otherwise: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a lock; where another command has it, `wait` for it or raise `RoundProblems` with a reason."""
    try:
        stream = path.open("a+b")
    except OSError as error:
        raise CannotWrite(reason_of(error, path), path) from error
    with stream:
        try:
            _lock(stream.fileno(), wait=wait)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise CannotWrite(reason_of(error, path), path) from error
            raise refuse(otherwise) from error
        try:
            yield
        finally:
            # By hand: a process that was forked meanwhile has the file as well, and closing ours would not let go.
            _let_go(stream.fileno())


def _let_go(handle: int) -> None:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _lock(handle: int, *, wait: bool) -> None:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        # Windows waits ten seconds at most.
        msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
