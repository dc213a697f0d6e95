"""Taking in what lies in the mailbox: a message is marked as taken once all it brought is stored and registered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor

from xlreport.round.folder import Round
from xlreport.round.imap import Mailbox
from xlreport.round.intake import Taken, intake
from xlreport.round.mailbag import Arrival
from xlreport.round.trouble import RoundProblems


def fetch(
    this: Round,
    password: str,
    *,
    everything: bool = False,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Taken]:
    """Take in what is new in the mailbox, or `everything` in it.

    Raises `RoundProblems`; where the line was lost, only after all that had come by then was registered and given.
    """
    box = Mailbox(this, password)
    lost: list[RoundProblems] = []
    letters: deque[tuple[str, int]] = deque()  # those under way, and how many files of each are still to come back

    def arriving() -> Iterator[Arrival]:
        try:
            for letter in box.letters(everything=everything):
                letters.append((letter[0].source, len(letter)))
                yield from letter
                if lost:
                    return
        except RoundProblems as error:
            lost.append(error)

    try:
        for one in intake(this, arriving(), executor=executor, lasting=True, progress=progress):
            source, files = letters.popleft()
            if files > 1:
                letters.appendleft((source, files - 1))
            elif not lost:
                try:
                    box.done(source)
                except RoundProblems as error:
                    lost.append(error)
            yield one
    finally:
        box.close()
    if lost:
        raise lost[0]
