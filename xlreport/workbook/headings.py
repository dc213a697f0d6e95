"""Headings matched to the lines of a sheet: in order, moved, retyped, cut short; what is not certain is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from xlreport.form.layout import Cell, Placed
from xlreport.form.table import Axis, Heading
from xlreport.workbook.address import column_letters
from xlreport.workbook.groups import (
    of_doubtful_groups,
    of_lost_groups,
    of_renamed_groups,
    renamed_groups,
    standing_groups,
    under_others,
)
from xlreport.workbook.spelling import place_of, spelled
from xlreport.workbook.texts import ENOUGH, Change, Texts, labels_of


def match(
    axis: Axis,
    lines: Sequence[tuple[int, str]],
    placed: Sequence[Placed],
    along: str,
    texts: Texts,
    around: Mapping[tuple[int, int], str],
    changes: list[Change],
    doubtful: list[int],
) -> dict[str, int] | None:
    """The line of each leaf heading that is certain; what is not as issued goes to `changes`.

    None where headings stand there, but of none it is certain what it means; the lines of such go to `doubtful`.
    `around` are the texts of all headings of this side.
    """
    sheet = texts.sheet.name
    leaves = axis.leaves
    words = [labels_of(leaf) for leaf in leaves]
    pairs = _unambiguous(words, lines, _in_order(words, lines))
    taken = {j for _, j in pairs}
    found = {leaves[i].id: lines[j][0] for i, j in pairs}
    missing = [i for i in range(len(leaves)) if leaves[i].id not in found]
    free = [j for j in range(len(lines)) if j not in taken]
    for i in list(missing):
        # Moved: its words stand once, elsewhere.
        here = [j for j in free if lines[j][1] in words[i]]
        rivals = [k for k in missing if k != i and set(words[k]) & set(words[i])]
        if len(here) == 1 and not rivals:
            found[leaves[i].id] = lines[here[0]][0]
            free.remove(here[0])
            missing.remove(i)
            change = _moved(leaves[i], placed, along, lines[here[0]][0], sheet)
            if change.was != change.now:  # else it is the others that moved
                changes.append(change)
    for i in list(missing):
        line = _between(i, leaves, found, lines, free, missing)
        if line is None:
            continue
        text = lines[line][1]
        if any(spelled(text, word) for word in words[i]):
            found[leaves[i].id] = lines[line][0]
            free.remove(line)
            missing.remove(i)
            place = place_of(along, lines[line][0], texts, text, sheet)
            changes.append(Change("variant", leaves[i].label, place, now=texts.raw(place.row, place.col)))
    for i, line in _cut_short(leaves, words, found, lines, free, missing):
        found[leaves[i].id] = lines[line][0]
        free.remove(line)
        missing.remove(i)
        place = place_of(along, lines[line][0], texts, lines[line][1], sheet)
        changes.append(Change("variant", leaves[i].label, place, now=texts.raw(place.row, place.col)))
    groups = [(place[0] if along == "row" else place[1], text) for place, text in standing_groups(axis, around)]
    astray = under_others(axis, found, groups) | of_lost_groups(axis, found, {text for _, text in groups})
    renamed = renamed_groups(axis, found, placed, along, around)
    told = of_renamed_groups(axis, found, renamed, texts, changes)
    astray |= told | of_doubtful_groups(axis, found, lines, around, sheet, along, texts, changes, renamed)
    doubtful += [found[key] for key in astray if key in found]
    missing += [i for i in range(len(leaves)) if leaves[i].id in astray - told]
    for i in sorted(missing):
        rivals = [j for j in free if lines[j][1] in words[i]]
        instead = rivals[0] if rivals else _between(i, leaves, found, lines, free, missing)
        spot = found.get(leaves[i].id, lines[instead][0] if instead is not None else None)
        where = None
        if spot is not None:
            said = lines[instead][1] if instead is not None else next(iter(words[i]))
            where = place_of(along, spot, texts, said, sheet)
        said = "" if where is None or instead is None else texts.raw(where.row, where.col)
        changes.append(Change("missing", "/".join(leaves[i].path), where, now=said))
    if astray.issuperset(found) and len(found) >= ENOUGH * len(leaves):
        return None
    found = {key: line for key, line in found.items() if key not in astray}
    low, high = min(found.values(), default=0), max(found.values(), default=-1)
    for j in free:
        if low < lines[j][0] < high:
            place = place_of(along, lines[j][0], texts, lines[j][1], sheet)
            changes.append(Change("inserted", texts.raw(place.row, place.col), place))
    return found


def _unambiguous(
    words: Sequence[Sequence[str]], lines: Sequence[tuple[int, str]], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The pairs without those where another line between the same neighbours has the same words."""
    taken = {j for _, j in pairs}
    ends = [-1, *(j for _, j in pairs), len(lines)]
    return [
        (i, j)
        for n, (i, j) in enumerate(pairs, 1)
        if not any(k not in taken and lines[k][1] in words[i] for k in range(ends[n - 1] + 1, ends[n + 1]))
    ]


def _in_order(words: Sequence[Sequence[str]], lines: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
    """The longest run of headings found in order (a longest common subsequence)."""
    rows, cols = len(words), len(lines)
    best = [[0] * (cols + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(cols - 1, -1, -1):
            same = best[i + 1][j + 1] + 1 if lines[j][1] in words[i] else 0
            best[i][j] = max(same, best[i + 1][j], best[i][j + 1])
    pairs = []
    i = j = 0
    while i < rows and j < cols:
        if lines[j][1] in words[i] and best[i][j] == best[i + 1][j + 1] + 1:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def _between(
    i: int,
    leaves: Sequence[Heading],
    found: Mapping[str, int],
    lines: Sequence[tuple[int, str]],
    free: Sequence[int],
    missing: Sequence[int],
) -> int | None:
    """The one unclaimed line between the neighbours of a missing heading, if it alone is missing there."""
    before = [found[leaf.id] for leaf in leaves[:i] if leaf.id in found]
    after = [found[leaf.id] for leaf in leaves[i + 1 :] if leaf.id in found]
    low, high = max(before, default=-1), min(after, default=1 << 30)
    previous = next((k for k in range(i - 1, -1, -1) if leaves[k].id in found), -1)
    following = next((k for k in range(i + 1, len(leaves)) if leaves[k].id in found), len(leaves))
    alike = [k for k in missing if previous < k < following]
    inside = [j for j in free if low < lines[j][0] < high]
    return inside[0] if len(alike) == 1 and len(inside) == 1 else None


def _cut_short(
    leaves: Sequence[Heading],
    words: Sequence[Sequence[str]],
    found: Mapping[str, int],
    lines: Sequence[tuple[int, str]],
    free: Sequence[int],
    missing: Sequence[int],
) -> list[tuple[int, int]]:
    """Neighbouring headings of which only the beginning is left, as many as there are lines between those around them.

    What is left may be the same of each (本年新, 本年新): the order says which is which.
    """
    pairs: list[tuple[int, int]] = []
    for first in (i for i in missing if i - 1 not in missing):
        run = list(takewhile(missing.__contains__, range(first, len(leaves))))
        low = max((found[leaf.id] for leaf in leaves[:first] if leaf.id in found), default=-1)
        high = min((found[leaf.id] for leaf in leaves[run[-1] + 1 :] if leaf.id in found), default=1 << 30)
        between = [j for j in free if low < lines[j][0] < high]
        if 1 < len(run) == len(between) and all(
            any(word.startswith(lines[j][1]) and spelled(lines[j][1], word) for word in words[i])
            for i, j in zip(run, between, strict=True)
        ):
            pairs += zip(run, between, strict=True)
    return pairs


def _moved(leaf: Heading, placed: Sequence[Placed], along: str, line: int, sheet: str) -> Change:
    own = next(p for p in placed if p.heading is not None and p.heading[1:] == (along, leaf.id))
    if along == "row":
        return Change("moved", leaf.label, Cell(sheet, line, own.col), f"{own.row + 1}", f"{line + 1}")
    return Change("moved", leaf.label, Cell(sheet, own.row, line), column_letters(own.col), column_letters(line))
