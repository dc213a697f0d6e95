"""Groups of headings: what stands under one that was renamed, lost or put elsewhere is uncertain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from xlreport.form.layout import GRID_TOP, Cell, Placed
from xlreport.form.table import Axis, Heading
from xlreport.workbook.spelling import place_of, spelled
from xlreport.workbook.texts import Change, Texts, labels_of


def standing_groups(axis: Axis, around: Mapping[tuple[int, int], str]) -> Iterator[tuple[tuple[int, int], str]]:
    """The labels of groups that stand exactly once, and where."""
    words = group_words(axis)
    counted = Counter(around.values())
    return ((place, text) for place, text in around.items() if text in words and counted[text] == 1)


def under_others(axis: Axis, found: Mapping[str, int], groups: Sequence[tuple[int, str]]) -> set[str]:
    """The leaves that stand under the label of another group than their own: same words, other meaning."""
    levels = {word: len(h.path) for h in axis.headings if not h.leaf for word in labels_of(h)}
    shared = Counter(word for leaf in axis.leaves for word in labels_of(leaf))
    astray: set[str] = set()
    for leaf in axis.leaves:
        if all(shared[word] == 1 for word in labels_of(leaf)):
            continue  # its words mean it alone, wherever they stand
        parent = axis.by_id.get(leaf.parent or "")
        while leaf.id in found and parent is not None:
            own, level = labels_of(parent), len(parent.path)
            alike = [(line, word) for line, word in groups if levels[word] == level]
            nearest = max(((line, word) for line, word in alike if line <= found[leaf.id]), default=(-1, ""))
            if any(word in own for _, word in alike) and nearest[1] not in own:
                astray.add(leaf.id)
            parent = axis.by_id.get(parent.parent or "")
    return astray


def of_lost_groups(axis: Axis, found: Mapping[str, int], standing: set[str]) -> set[str]:
    """The leaves that another leaf, which is missing, may stand for: same words, and no label of their group."""
    missing = {word for leaf in axis.leaves if leaf.id not in found for word in labels_of(leaf)}
    return {
        leaf.id
        for leaf in axis.leaves
        if leaf.id in found
        and missing.intersection(labels_of(leaf))
        and not (leaf.parent and standing.intersection(labels_of(axis.by_id[leaf.parent])))
    }


def renamed_groups(
    axis: Axis,
    found: Mapping[str, int],
    placed: Sequence[Placed],
    along: str,
    around: Mapping[tuple[int, int], str],
) -> Mapping[str, tuple[int, int]]:
    """The groups of which some heading stands, but not their label, or two that changed labels; and its place."""
    issued = {p.heading[2]: p for p in placed if p.heading is not None and p.heading[1] == along}
    known = {word for heading in axis.headings for word in labels_of(heading)}
    spots: dict[str, tuple[int, int]] = {}
    for group in axis.headings:
        for n, leaf in enumerate(() if group.leaf else _inside(axis, group)):
            own = [at for at, text in around.items() if text in labels_of(leaf)]
            own = [at for at in own if leaf.id in found and at[0 if along == "row" else 1] == found[leaf.id]]
            if own:
                home, first = issued[group.id], issued[leaf.id]
                spot = own[0][0] + home.row - first.row, own[0][1] + home.col - first.col
                # The label may have gone with the first of its lines, or with the lines above the others.
                if spot[0] >= GRID_TOP and (not n or around.get(spot, "") not in known | {""}):
                    spots[group.id] = spot
                break
    standing = set(around.values())
    gone = {key for key in spots if standing.isdisjoint(labels_of(axis.by_id[key]))}
    there = {key: labels_of(axis.by_id[key]) for key in spots.keys() - gone}
    exchanged = {
        key
        for key in there
        for other in there
        if around.get(spots[key]) in there[other]
        and around.get(spots[other]) in there[key]
        and set(there[key]).isdisjoint(there[other])
    }
    return {key: at for key, at in spots.items() if key in gone or key in exchanged}


def _inside(axis: Axis, group: Heading) -> list[Heading]:
    """The leaves of a group, totals among them."""
    children = [axis.by_id[child] for child in group.children]
    return [leaf for child in children for leaf in ([child] if child.leaf else _inside(axis, child))]


def of_renamed_groups(
    axis: Axis,
    found: Mapping[str, int],
    renamed: Mapping[str, tuple[int, int]],
    texts: Texts,
    changes: list[Change],
) -> set[str]:
    """The leaves of groups that are called something else now; a label lost or spelt differently is told and no more.

    Where others have the same words, a label that was lost is another matter: see `_of_doubtful_groups`.
    """
    shared = Counter(word for leaf in axis.leaves for word in labels_of(leaf))
    astray: set[str] = set()
    for key, at in renamed.items():
        group = axis.by_id[key]
        said = texts.at.get(at, "")
        under = [leaf for leaf in _inside(axis, group) if leaf.id in found]
        place = Cell(texts.sheet.name, max(at[0], 0), max(at[1], 0))
        if said and not any(spelled(said, word) for word in labels_of(group)):
            if not astray.issuperset(leaf.id for leaf in under):
                changes.append(Change("missing", "/".join(group.path), place, now=texts.raw(*at)))
            astray.update(leaf.id for leaf in under)
        elif all(shared[word] == 1 for leaf in under for word in labels_of(leaf)):
            changes.append(Change("variant", "/".join(group.path), place, now=texts.raw(*at) if said else ""))
    return astray


def of_doubtful_groups(
    axis: Axis,
    found: Mapping[str, int],
    lines: Sequence[tuple[int, str]],
    around: Mapping[tuple[int, int], str],
    sheet: str,
    along: str,
    texts: Texts,
    changes: list[Change],
    renamed: Mapping[str, tuple[int, int]],
) -> set[str]:
    """The leaves that share their words with others' and whose group's label was lost, retyped or stands twice."""
    shared = Counter(word for leaf in axis.leaves for word in labels_of(leaf))
    alike = [leaf for leaf in axis.leaves if leaf.id in found and any(shared[word] > 1 for word in labels_of(leaf))]
    if not alike:
        return set()
    known = {word for heading in axis.headings for word in labels_of(heading)}
    level = {word: len(h.path) for h in axis.headings if not h.leaf for word in labels_of(h)}
    retyped = {
        at: word
        for at, text in around.items()
        if text not in known
        for word in level
        if word not in around.values() and spelled(text, word)
    }
    labels = {at: text for at, text in around.items() if text in level} | retyped
    for key, at in renamed.items():  # a group of another name: what stands under it stands under no other
        if at in around and labels.setdefault(at, around[at]) not in level:
            level[labels[at]] = len(axis.by_id[key].path)
    standing = sorted((at[0] if along == "row" else at[1], text, at) for at, text in labels.items())
    astray: set[str] = set()
    told: set[str] = set()
    for leaf in alike:
        parent = axis.by_id.get(leaf.parent or "")
        home = renamed.get(parent.id) if parent is not None else None
        if parent is None or (home in around and home not in retyped):
            continue  # told already
        own = labels_of(parent)
        heads = [(line, at) for line, text, at in standing if text in own]
        if not heads:
            astray.add(leaf.id)
            if parent.id not in told:
                said = next((t for t in labels_of(leaf) if t in around.values()), "")
                spot = place_of(along, found[leaf.id], texts, said, sheet)
                changes.append(Change("missing", "/".join(parent.path), spot))
        elif heads[0][1] in retyped:
            if parent.id not in told:
                spot = Cell(sheet, *heads[0][1])
                changes.append(Change("variant", "/".join(parent.path), spot, now=texts.raw(spot.row, spot.col)))
        else:
            under = 0
            for line, text in lines:
                same = [w for at, w, _ in standing if level[w] == level[own[0]] and at <= line]
                under += text in labels_of(leaf) and bool(same) and same[-1] in own
            if under > 1:
                astray.add(leaf.id)
                if parent.id not in told:
                    again = Cell(sheet, *heads[-1][1])
                    changes.append(Change("missing", "/".join(parent.path), again, now=texts.raw(again.row, again.col)))
        told.add(parent.id)
    return astray


def group_words(axis: Axis) -> set[str]:
    """The labels that are groups' alone: where one stands, no line of data has its heading."""
    leaves = {word for heading in axis.leaves for word in labels_of(heading)}
    return {word for heading in axis.headings if not heading.leaf for word in labels_of(heading)} - leaves
