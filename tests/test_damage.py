"""Every damage of `damages`, alone and in pairs, on both editions: each value right or not read, and told."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import pytest
from damages import EDITIONS, UNREAD, Damage, Filled, filled, structure
from habits import typing

from xlreport.examine import Examined, examine
from xlreport.finding import Finding
from xlreport.form.evaluate import computed_items, parts_of
from xlreport.form.table import Item
from xlreport.rules.nodes import Number
from xlreport.submission import State, Submission

pytestmark = pytest.mark.no_cover  # by the hundred: tracing them is what a run waits for

STRUCTURE = structure()
TYPING = list(typing())
ALL = {damage.name: damage for damage in (*STRUCTURE, *TYPING)}
PAIRS = 160


def said(findings: Collection[Finding]) -> set[str]:
    """The codes told, and with the kind of change, the means or the owner where a code has several."""
    found = set()
    for finding in findings:
        code = finding.code.name
        found |= {code, *(f"{code}/{finding.facts[key]}" for key in ("kind", "means", "what") if key in finding.facts)}
    return found


def about_the_workbook(findings: Collection[Finding]) -> set[str]:
    return {code for code in said(findings) if code[0] in "SF" or code in {"E302", "E303", "E305", "E306", "E307"}}


def unread(submission: Submission, item: Item) -> bool:
    """Whether an item is left open: not found, words, an error, or a total of such."""
    return submission.entry(item).state in {State.NOT_FOUND, State.TEXT, State.ERROR} or (
        submission.entry(item).computed and submission.value(item) is None
    )


def wrong_values(
    made: Filled, submission: Submission, lost: Collection[Item], changed: Mapping[Item, Number | str | None]
) -> dict[str, tuple[object, object]]:
    """Items whose value is neither what the workbook says nor left open: the silent errors."""
    wrong: dict[str, tuple[object, object]] = {}
    for item in made.form.items:
        value = submission.value(item)
        if unread(submission, item):
            continue
        if item in lost:
            wrong[str(item)] = value, "lost"
            continue
        entry = submission.entry(item)
        if entry.computed:
            parts = [submission.value(part) for part in parts_of(made.form, item, computed=True)]
            known = sum(part for part in parts if part is not None)
            if value != known and not any(part is None for part in parts):
                wrong[str(item)] = value, known
            continue
        if entry.state is State.BLANK and item in computed_items(made.form):
            continue  # a formula whose result some program did not keep, pasted as a value
        expected = changed[item] if item in changed else made.values[item]
        if expected == UNREAD or value != expected:
            wrong[str(item)] = value, expected
    return wrong


def done(damage: Damage, made: Filled, data: bytes | None = None) -> Examined:
    return examine(Path(f"{damage.name}.xlsx"), data=damage.deed(made, made.data if data is None else data))


def complaint(damage: Damage, made: Filled, one: Examined) -> str:
    """What is not as it must be after one damage; nothing if all is well."""
    if one.reading is None:
        return f"refused: {one.trouble}"
    submission = one.reading.submission
    lost, changed = set(damage.lost(made)), dict(damage.changed(made))
    if wrong := wrong_values(made, submission, lost, changed):
        return f"wrong: {dict(list(wrong.items())[:5])} ({len(wrong)})"
    if damage.exact:
        gone = {item for item in made.form.items if submission.entry(item).state is State.NOT_FOUND}
        if gone != lost:
            return f"not read: {sorted(map(str, gone ^ lost))[:5]} ({len(gone)} for {len(lost)})"
        open_ = {
            item
            for item in made.form.items
            if submission.entry(item).state in {State.TEXT, State.ERROR} and not submission.entry(item).computed
        }
        if open_ != {item for item, value in changed.items() if value == UNREAD}:
            return f"words: {sorted(map(str, open_))[:5]}"
    elif lost and not any(unread(submission, item) for item in lost):
        return "nothing was left open"
    told = said(one.findings)
    if missing := set(damage.said) - told:
        return f"not told: {missing} of {sorted(told)}"
    stale = {"S207"} if changed else set()  # the package's totals still hold what they were before
    if not damage.said and (told := about_the_workbook(one.findings) - stale):
        return f"told for nothing: {sorted(told)}"
    return ""


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", ALL)
def test_a_damage(name: str, edition: str) -> None:
    damage, made = ALL[name], filled(edition)
    if damage.only not in {"", edition}:
        return
    one = done(damage, made)
    assert complaint(damage, made, one) == ""


@cache
def pairs() -> list[tuple[str, str, str]]:
    """Edition and two damages of different kinds: what was typed comes first, for the deeds go by places as issued."""
    rng = random.Random("pairs")
    found: list[tuple[str, str, str]] = []
    while len(found) < PAIRS:
        first = rng.choice(TYPING if len(found) % 2 else [d for d in STRUCTURE if d.name[0] not in "行列页名"])
        second = rng.choice(STRUCTURE)
        edition = rng.choice(EDITIONS)
        if {first.only, second.only} <= {"", edition} and first.name[0] != second.name[0]:
            if first.name[0] == "错" and second.name[0] == "割":
                continue  # the cut takes away what was pushed out, and with it all that could tell
            if any(mark in first.name for mark in ("划掉", "上标", "下标")):
                continue  # openpyxl, which does the second, forgets how the characters looked
            found.append((edition, first.name, second.name))
    return found


@pytest.mark.parametrize("number", range(PAIRS))
def test_two_damages(number: int) -> None:
    """Whatever two come together: nothing is read wrong, and something is told."""
    edition, *names = pairs()[number]
    made = filled(edition)
    data, changed = made.data, {}
    for name in names:
        damage = ALL[name]
        data = damage.deed(made, data)
        changed |= damage.changed(made)
    one = examine(Path("pair.xlsx"), data=data)
    if one.reading is None:
        assert one.trouble is not None
        return
    assert wrong_values(made, one.reading.submission, (), changed) == {}, names
    assert one.findings or not (ALL[names[0]].said or ALL[names[1]].said), names


if __name__ == "__main__":
    import sys
    import traceback

    wanted = sys.argv[1:]
    count = bad = 0
    for edition in EDITIONS:
        for name, damage in ALL.items():
            if damage.only not in {"", edition} or (wanted and not any(w in name for w in wanted)):
                continue
            count += 1
            try:
                text = complaint(damage, filled(edition), done(damage, filled(edition)))
            except Exception:  # noqa: BLE001  (whatever it is, the others are to be looked at too)
                text = traceback.format_exc()[-600:]
            if text:
                bad += 1
                print(edition, name, text)
    print(count, "variants", bad, "bad")
