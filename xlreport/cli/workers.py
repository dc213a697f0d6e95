"""Work on many files in several processes: the same results in the same order, and the same bytes written."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from xlreport.cli.console import stop

Result = TypeVar("Result")
ENDED_EARLY = "一个进程意外结束（多半是内存不足），请减小 --jobs 再试。 A process ended early; try a smaller --jobs."
_AHEAD = 16  # files for each process that may be finished before they are told
_shared: Any = None  # of this process: what all its files are worked on with


def work(
    paths: Sequence[Path], count: int, prepare: Callable[[], Any], one: Callable[[Path, Any], Result]
) -> Iterator[Result]:
    """The result of `one(path, prepare())` for each path, in their order; each process prepares once."""
    count = min(count, len(paths))
    try:
        with ProcessPoolExecutor(count, initializer=_begin, initargs=(prepare,)) as pool:
            for first in range(0, len(paths), count * _AHEAD):
                yield from pool.map(partial(_do, one), paths[first : first + count * _AHEAD])
    except BrokenProcessPool:
        stop(ENDED_EARLY)


class Pool(ProcessPoolExecutor):
    """The processes of a command. Each starts at its first work; `spawn`: a forked one would share the register."""

    def __init__(self, count: int) -> None:
        super().__init__(count, mp_context=multiprocessing.get_context("spawn"), initializer=belong)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Give work; a process that this starts is deaf to Ctrl-C before it can say that it wants to be."""
        if not hasattr(signal, "pthread_sigmask"):
            return super().submit(fn, *args, **kwargs)
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def belong() -> None:
    """Make this process of a pool one that ends with the command: however that ends, and without a word of its own."""
    # Ctrl-C reaches every process at the console; the command alone says that it was broken off.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    """End when the parent does: one that was killed tells nobody, and its pool would wait for work for ever."""
    parent.join()
    os._exit(1)


def _begin(prepare: Callable[[], Any]) -> None:
    global _shared  # noqa: PLW0603  (a process of the pool has no other place for it)
    belong()
    _shared = prepare()


def _do(one: Callable[[Path, Any], Result], path: Path) -> Result:
    return one(path, _shared)
