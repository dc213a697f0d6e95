"""How often the culprit is found, and in what time: `python tests/culprit_figures.py [TABLES] [SEED]`.

For each style of table and 1, 2 or 3 slips: whether the first fixes put the whole table right, whether one of the
three best ways does, the median and the longest time for all relations of a report (of this process, in ms).
"""

from __future__ import annotations

import itertools
import random
import sys
import time

from damage import NEW, STYLES, Values, damaged, report, right_table

from xlreport.checks.relations import relations
from xlreport.finding import Finding

TARGETS = {1: (0.96, 0.995), 2: (0.91, 0.985), 3: (0.86, 0.94)}


def mended(values: Values, findings: list[Finding]) -> list[Values]:
    """The table with the findings' fixes made: the first everywhere, then with every choice among those shown."""
    choices = [finding.facts.get("fixes") or [[]] for finding in findings]
    return [
        values | {(item.row, item.column): expected for item, _, expected in itertools.chain(*pick)}
        for pick in itertools.islice(itertools.product(*choices), 100)
    ]


def figures(style: str, count: int, tables: int, seed: int) -> tuple[float, float, float, float]:
    """The share put right at once, the share among the best three, and the median and longest time in ms."""
    chance = random.Random(f"{seed} {style} {count}")
    first = three = 0
    times = []
    for _ in range(tables):
        right = right_table(NEW, style, chance)
        wrong, _ = damaged(NEW, right, style, count, chance)
        submission = report(NEW, wrong)
        submission.values  # noqa: B018  (worked out once for all checks, not part of the search)
        start = time.process_time()
        found = relations(submission)
        times.append((time.process_time() - start) * 1000)
        ways = mended(wrong, found)
        first += ways[0] == right
        three += right in ways
    times.sort()
    return first / tables, three / tables, times[tables // 2], times[-1]


def main() -> None:
    """Print the table."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    sys.stdout.write("style     slips  first  best 3  median ms  longest ms\n")
    for count in TARGETS:
        for style in STYLES:
            one, three, median, longest = figures(style, count, tables, seed)
            sys.stdout.write(f"{style:9} {count:5}  {one:.3f}  {three:.3f}   {median:8.1f}   {longest:9.0f}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
