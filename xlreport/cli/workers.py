"""Work on many files in several processes: the same results in the same order, and the same bytes written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from xlreport.cli.console import stop

Result = TypeVar("Result")
_AHEAD = 16  # files for each process that may be finished before they are told
_shared: Any = None  # of this process: what all its files are worked on with


def work(
    paths: Sequence[Path], count: int, prepare: Callable[[], Any], one: Callable[[Path, Any], Result]
) -> Iterator[Result]:
    """The result of `one(path, prepare())` for each path, in their order; each process prepares once."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    count = min(count, len(paths))
    try:
        with ProcessPoolExecutor(count, initializer=_begin, initargs=(prepare,)) as pool:
            for first in range(0, len(paths), count * _AHEAD):
                yield from pool.map(partial(_do, one), paths[first : first + count * _AHEAD])
    except BrokenProcessPool:
        stop("核对进程意外结束（多半是内存不足），请减小 --jobs 再试。 A process ended early; try a smaller --jobs.")


def _begin(prepare: Callable[[], Any]) -> None:
    global _shared  # noqa: PLW0603  (a process of the pool has no other place for it)
    _shared = prepare()


def _do(one: Callable[[Path, Any], Result], path: Path) -> Result:
    return one(path, _shared)
