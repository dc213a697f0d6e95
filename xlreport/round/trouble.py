"""What is wrong with a round, as reasons and facts. The sentences are made in `wording.rounds`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xlreport.record import fresh, record


@record
class Problem:
    """One thing that is wrong: a stable reason and what its sentence needs."""

    reason: str
    facts: Mapping[str, object] = fresh(default_factory=dict)


class RoundProblems(Exception):  # noqa: N818  (a state of somebody's roster, settings or mail; not of the program)
    """Something cannot be done; every reason is listed, so that all can be mended at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.reason for problem in self.problems))


def refuse(reason: str, **facts: object) -> RoundProblems:
    """One reason, to be raised."""
    return RoundProblems((Problem(reason, facts),))
