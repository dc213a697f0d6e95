"""What the commands of a round share: opening it, its problems in sentences, its workers, its progress."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlreport.cli.console import WRONG_USE, finish, say_json, stop
from xlreport.cli.own_slips import use_slips
from xlreport.round.folder import REGISTER, Round, open_folder
from xlreport.round.register import Failure, trouble_of
from xlreport.round.trouble import RoundProblems
from xlreport.rules.sentence import Lang
from xlreport.workbook.write import CannotWrite

if TYPE_CHECKING:  # a worker of other processes: loaded by whom needs one
    from concurrent.futures import Executor

VERSION = 1  # of every JSON document about a round


@contextlib.contextmanager
def problems_told(lang: Lang) -> Iterator[None]:
    """What is wrong with a round ends the command with its sentences, all of them."""
    try:
        yield
    except RoundProblems as error:
        from xlreport.wording.rounds import problem

        stop("\n".join(dict.fromkeys(problem(one.reason, one.facts, lang) for one in error.problems)), WRONG_USE)
    except CannotWrite as error:
        from xlreport.report.trouble import writing_trouble

        stop(f"{error.path}: {writing_trouble(error.reason, lang)}")
    except Failure as error:
        from xlreport.wording.rounds import problem

        stop(problem(trouble_of(error), {"path": REGISTER}, lang))


def became(name: str, detail: str, lang: Lang, *, kept: bool = True) -> str:
    """What became of a file, in words; why it could not be read as well."""
    from xlreport.report.trouble import reading_trouble
    from xlreport.wording.rounds import outcome

    said = reading_trouble(detail, {}, lang, asks=False).rstrip("。.") if name == "unreadable" else detail
    return outcome(name, said, lang, kept=kept)


@contextlib.contextmanager
def opened(folder: Path, lang: Lang) -> Iterator[Round]:
    """The round in a folder."""
    use_slips()
    with problems_told(lang):
        this = open_folder(folder)
        try:
            yield this
        finally:
            this.close()


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[Executor | None]:
    """As many processes as asked for; 0 is one for each core, 1 is none besides this one."""
    count = jobs or os.cpu_count() or 1
    if count < 2:
        yield None
        return
    from concurrent.futures.process import BrokenProcessPool

    from xlreport.cli.workers import ENDED_EARLY, Pool

    with Pool(count) as executor:
        try:
            yield executor
        except BrokenProcessPool:
            stop(ENDED_EARLY)
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise


def counted(word_zh: str, word_en: str, lang: Lang) -> Callable[..., None] | None:
    """A line that counts, on a terminal only."""
    if not sys.stderr.isatty():
        return None
    word = word_zh if lang == "zh" else word_en

    def progress(done: int, of: int = 0) -> None:
        whole = f"/{of}" if of else ""
        sys.stderr.write(f"\r{word} {done}{whole}" + ("\n" if of and done == of else ""))
        sys.stderr.flush()

    return progress


def document(**body: Any) -> None:
    """Print a JSON document about a round."""
    say_json({"version": VERSION, **body})


def one_of(lang: Lang, given: Mapping[str, bool]) -> None:
    """End the command where options are given together of which it would do one and forget the others."""
    named = [name for name, there in given.items() if there]
    if len(named) > 1:
        stop(
            f"{'、'.join(named)} 一次只能用一个。"
            if lang == "zh"
            else f"{', '.join(named)}: only one of them at a time."
        )


def codes(this: Round, only: Sequence[str] | None) -> frozenset[str]:
    """The codes of the units that were named by code or name."""
    return frozenset(this.unit(name).code for name in only or ())


def ended(code: int) -> int:
    """The exit code once everything is printed."""
    return finish(code)
