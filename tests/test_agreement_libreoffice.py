"""Every rule in every situation: the sign LibreOffice works out is the verdict that the check gives.

`test_live_libreoffice` compares what is stored with what LibreOffice finds; here each sign is compared with the judge
itself, they are counted, and no situation that a rule can be in may be missing.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest
from libreoffice import convert
from submissions import official
from test_live_libreoffice import random_values, without_results

from xlreport.form.evaluate import computed_items, evaluate, is_placeholder, judge_rule
from xlreport.form.layout import PANEL_SHEET, layout
from xlreport.form.model import Form, Rule
from xlreport.form.table import Fill, Item
from xlreport.rules.formula import SIGNS
from xlreport.rules.judge import Judgement, Values, Verdict
from xlreport.rules.nodes import Link, Number
from xlreport.workbook import panel as at
from xlreport.workbook.book import RawCell, read_book
from xlreport.workbook.container import Container
from xlreport.workbook.panel import panel
from xlreport.workbook.poke import set_values
from xlreport.workbook.template import Issue, make

pytestmark = [pytest.mark.libreoffice, pytest.mark.no_cover]  # by the hundred: tracing them is what a run waits for

EDITIONS = ("2019", "2021")
BOOKS = 30  # of each edition, a third with each choice of totals
TOTALS = (None, Fill.FORMULA, Fill.TYPED)
WORDS = (
    "无",
    "—",
    "n/a",
    "251000元",
    "两件",
    "3.5.1",
    "12",
    " ",
    "　",
    "无 ",
    " 不适用　",
    "－",
    "?",
    "*",
    "|",
    "——",
    "暂无",
)


def consistent(form: Form, rng: random.Random) -> dict[Item, Number | str]:
    """A report in which most relations hold, with a few numbers and totals that are missing, wrong or words."""
    empty = rng.choice(["", "", "三", "四"])  # no requests at all, which lawsuits contradict; or no lawsuits
    values: dict[Item, Number | str] = {}
    for item in form.items:
        if not form.is_total(item):
            few = [0, 3, -5] if form.entry_type(item).signed else [0, 0, 1, 2, 7]
            values[item] = 0 if item.table == empty else rng.choice(few)
    for column in (leaf.id for leaf in form.tables["三"].columns.leaves if not leaf.total):
        settled = sum(int(values[part]) for part in form.total_parts(Item("三", "三.7", column)))
        values |= {Item("三", row, column): n for row, n in (("一", settled), ("二", 0), ("四", 0))}
    for _ in range(2):
        for item in form.items:
            if form.is_total(item):
                values[item] = sum(int(values.get(part, 0)) for part in form.total_parts(item))
    for item in form.items:
        dice = rng.random()
        if dice < 0.03:
            del values[item]
        elif dice < 0.06:
            values[item] = rng.choice(WORDS)
        elif dice < 0.09:
            values[item] = int(values[item]) + rng.choice([1, -1])
    for table in rng.sample([*form.tables], 2):  # small tables, where words would be rare otherwise
        values[rng.choice(form.tables[table].items)] = rng.choice(["两件", "251000元"])
    return values


def situations(
    form: Form, rule: Rule, judgement: Judgement, values: Values, computed: Collection[Item], level: str
) -> Iterator[str]:
    """What is to be said of the cells of one instance."""
    items = rule.bound.items(judgement.instance)
    blank = [i for i in items if i in values.blank and form.items[i] not in computed]
    if any(i in values.unreadable for i in items):
        yield "unreadable"
    elif any(not form.is_total(form.items[i]) for i in blank):
        yield "blank part"
    elif blank:
        yield "blank total"
    elif judgement.verdict in {Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE} and not rule.unless_level:
        yield judgement.verdict.value
    if rule.unless_level and not any(i in values.unreadable or i in values.blank for i in items):
        where = "level unknown" if not level else "level exempt" if level in rule.unless_level else "level bound"
        yield f"{where}: {judgement.verdict.value}"


def possible(form: Form, rule: Rule) -> set[str]:
    """The situations that a rule can be in."""
    found = {"unreadable"}
    items = {form.items[i] for instance in range(len(rule.bound.keys)) for i in rule.bound.items(instance)}
    found |= {"blank part"} if any(not form.is_total(item) for item in items) else set()
    found |= {"blank total"} if any(form.is_total(item) for item in items) else set()
    if rule.unless_level:
        return found | {
            "level unknown: pass", "level unknown: incomplete", "level exempt: not_applicable",
            "level bound: pass", "level bound: fail",
        }  # fmt: skip
    found |= {"not_applicable"} if rule.bound.link is Link.IMPLIES else set()
    return found | {"pass", "fail"}


def sign(cells: Mapping[tuple[int, int], RawCell], row: int) -> str:
    cell = cells.get((row, at.RESULT))
    return cell.text if cell else ""


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_rule_agrees_with_libreoffice_in_every_situation(edition: str, tmp_path: Path) -> None:
    form = official(edition)
    rng = random.Random(f"agreement {edition}")
    checks = panel(form, layout(form)).checks
    levels = ["", *(level.id for level in form.levels)]
    books = []
    for n in range(BOOKS):
        totals, level = TOTALS[n % 3], rng.choice(levels) if n % 2 else ""
        values = (random_values, consistent)[n % 4 > 0](form, rng)
        made, path = tmp_path / f"made-{n}.xlsx", tmp_path / f"{n}.xlsx"
        made.write_bytes(make(form, Issue("某某局", level=level, period=2024), totals=totals, values=values))
        without_results(made, path)
        gone = (
            rng.sample(sorted(computed_items(form, totals)), 3) if n % 5 == 1 and computed_items(form, totals) else []
        )
        if gone:  # formulas that somebody deleted
            cells = {tuple(layout(form).cells[item]): None for item in gone}
            path.write_bytes(set_values(Container(path, path.read_bytes()), cells, allow_formulas=True))
            values = {item: value for item, value in values.items() if item not in gone}
        books.append((path, totals, level, values))
    convert(books[0][0], "xlsx", tmp_path / "out", *(path for path, *_ in books[1:]))

    seen: dict[str, Counter[str]] = {check.rule.id: Counter() for check in checks}
    compared, wrong = 0, []
    for path, totals, level, values in books:
        sheets = {sheet.name: sheet for sheet in read_book(Container.open(tmp_path / "out" / path.name)).sheets}
        # A total for which another number was given is typed, whatever the choice of totals.
        ours = {s.name: s for s in read_book(Container.open(path)).sheets}
        computed = {
            item
            for item in computed_items(form, totals)
            if (cell := ours[layout(form).cells[item].sheet].cells.get(layout(form).cells[item][1:])) and cell.formula
        }
        numbers = {i: v for i, v in values.items() if not isinstance(v, str) and i not in computed}
        words = [i for i, v in values.items() if isinstance(v, str) and not is_placeholder(v)]
        state = evaluate(form, numbers, words, computed)
        for check in checks:
            judgement = judge_rule(check.rule, check.instance, state, level)
            found = sign(sheets[PANEL_SHEET].cells, check.row)
            compared += 1
            seen[check.rule.id].update(situations(form, check.rule, judgement, state, computed, level))
            if found != SIGNS[judgement.verdict]:
                wrong.append((path.name, totals, check.rule.id, check.place, judgement.verdict, found))
    missing = {rule.id: possible(form, rule) - seen[rule.id].keys() for rule in form.rules if rule.id in seen}
    assert wrong == []
    assert {rule: lacking for rule, lacking in missing.items() if lacking} == {}
    assert {rule.id for rule in form.rules if not rule.prior} == seen.keys()
    assert compared == BOOKS * len(checks) >= 1_000  # of each edition; 3,120 in both
