"""Right tables of a form with a grid like table 三, and slips of the pen put into them; all from a seed.

Own invention, on purpose unlike the weights that the search ranks by: what it reaches here it did not learn here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

from submissions import official

from xlreport.form.layout import layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.submission import Entry, State, Submission

Values = dict[tuple[str, str], int]
"""A table as (row, column) → number."""

NEW, OLD = official("2021"), official("2019")
STYLES = ("uniform", "sparse", "county", "city", "totals")


class Slip(NamedTuple):
    """What somebody did: how it is called, and the numbers that came of it."""

    kind: str
    typed: Values


def right_table(form: Form, style: str, chance: random.Random) -> Values:
    """Table 三 filled in as it should be."""
    table = form.tables["三"]
    rows = [r.id for r in table.rows.leaves if r.id.startswith("三.") and not r.total]
    columns = [c.id for c in table.columns.leaves if not c.total]
    low, high = {"sparse": (1, 8), "county": (30, 400), "city": (2000, 20000)}.get(style, (10, 3000))
    cases = round(math.exp(chance.uniform(math.log(low), math.log(high))))
    if style == "uniform":
        row_weights = [chance.uniform(0.3, 1) for _ in rows]
        column_weights = [chance.uniform(0.2, 1) for _ in columns]
    else:
        # A few outcomes take nearly all: which ones differs from place to place, the first row most often among them.
        row_weights = [chance.paretovariate(0.7) * (6 if r == "三.1" else 1) for r in rows]
        column_weights = [20.0, *(chance.paretovariate(1.0) * 0.3 for _ in columns[1:])]
    values = {(row.id, column.id): 0 for row in table.rows.leaves for column in table.columns.leaves}
    carried = chance.uniform(0, 0.15)
    for column in chance.choices(columns, column_weights, k=cases):
        values["二" if chance.random() < carried else "一", column] += 1
        values["四" if chance.random() < carried else chance.choices(rows, row_weights)[0], column] += 1
    return with_totals(form, values)


def with_totals(form: Form, values: Mapping[tuple[str, str], int]) -> Values:
    """The table with its totals added up."""
    table, done = form.tables["三"], dict(values)
    for row in (r for r in table.rows.leaves if r.total):
        for column in table.columns.leaves:
            done[row.id, column.id] = sum(done[part, column.id] for part in row.parts)
    for column in (c for c in table.columns.leaves if c.total):
        for row in table.rows.leaves:
            done[row.id, column.id] = sum(done[row.id, part] for part in column.parts)
    return done


def _digit(v: int, chance: random.Random) -> int:
    text = str(v)
    at = chance.randrange(len(text))
    return int(text[:at] + chance.choice("0123456789") + text[at + 1 :])


def _transposed(v: int, chance: random.Random) -> int:
    text = str(v)
    at = chance.randrange(max(1, len(text) - 1))
    return int(text[:at] + text[at : at + 2][::-1] + text[at + 2 :])


def _dropped(v: int, chance: random.Random) -> int:
    text = str(v)
    at = chance.randrange(len(text))
    return int(text[:at] + text[at + 1 :] or "0")


def _doubled(v: int, chance: random.Random) -> int:
    text = str(v)
    at = chance.randrange(len(text))
    return int(text[: at + 1] + text[at:])


TYPING: Mapping[str, tuple[float, Callable[[int, random.Random], int]]] = {
    "digit": (0.16, _digit),
    "transposed": (0.09, _transposed),
    "dropped": (0.06, _dropped),
    "doubled": (0.06, _doubled),
    "power": (0.06, lambda v, chance: v * chance.choice([10, 10, 100, 10000])),
    "omitted": (0.13, lambda _, __: 0),
    "off by one": (0.06, lambda v, chance: v + chance.choice([-1, 1])),
    "sign": (0.02, lambda v, _: -v),
}
OTHER = {"moved": 0.11, "swapped": 0.05, "stale": 0.12, "carried": 0.07, "copied": 0.04}


def slip(form: Form, values: Values, style: str, chance: random.Random) -> Slip | None:
    """One slip somewhere in the table; None if nothing came of it."""
    table = form.tables["三"]
    rows, columns = [r.id for r in table.rows.leaves], [c.id for c in table.columns.leaves]
    kinds = {**{name: share for name, (share, _) in TYPING.items()}, **OTHER}
    if style == "totals":
        kinds["stale"] *= 4
    kind = chance.choices(list(kinds), list(kinds.values()))[0]
    r, c = chance.randrange(len(rows)), chance.randrange(len(columns))
    here = rows[r], columns[c]
    held = values[here]
    total_row, total_column = table.rows.by_id[here[0]].total, table.columns.by_id[here[1]].total
    down, right = chance.choice([(0, 1), (0, -1), (1, 0), (-1, 0)])
    near = None
    if 0 <= r + down < len(rows) and 0 <= c + right < len(columns):
        near = rows[r + down], columns[c + right]
    typed: Values = {}
    if kind in TYPING:
        if held or (kind == "off by one" and chance.random() < 0.3):
            typed[here] = TYPING[kind][1](held, chance)
    elif kind == "stale":
        if total_row or total_column:
            parts = [values[here[0], p] for p in table.columns.by_id[here[1]].parts]
            parts += [values[p, here[1]] for p in table.rows.by_id[here[0]].parts]
            some = [p for p in parts if p] or [1]
            typed[here] = held - chance.choice(some) if chance.random() < 0.6 else held + chance.randint(-9, 9)
    elif kind == "carried":
        if not total_column:
            how = chance.choice([name for name in TYPING if name not in {"sign", "off by one"}])
            wrong = TYPING[how][1](held, chance) if held else chance.randint(1, 4)
            typed[here] = wrong
            typed[here[0], "总计"] = values[here[0], "总计"] + wrong - held
    elif near is not None:
        if kind == "moved" and held and not values[near]:
            typed = {here: 0, near: held}
        elif kind == "swapped" and held and values[near]:
            typed = {here: values[near], near: held}
        elif kind == "copied" and not held and values[near]:
            typed = {here: values[near]}
    if any(value < 0 for value in typed.values()) and kind != "sign":
        return None
    return Slip(kind, typed) if any(values[place] != value for place, value in typed.items()) else None


def damaged(form: Form, values: Values, style: str, count: int, chance: random.Random) -> tuple[Values, list[Slip]]:
    """The table with so many slips on cells of their own."""
    done, slips, used = dict(values), list[Slip](), set[tuple[str, str]]()
    while len(slips) < count:
        one = slip(form, values, style, chance)
        if one is not None and not used & one.typed.keys():
            slips.append(one)
            used |= one.typed.keys()
            done |= one.typed
    return done, slips


def report(form: Form, values: Mapping[tuple[str, str], int], **about: object) -> Submission:
    """The table as a report, with 0 in all others."""
    cells = layout(form).cells
    entries = {item: Entry(State.NUMBER, 0, "0", cells[item]) for item in form.items}
    for (row, column), value in values.items():
        item = Item("三", row, column)
        entries[item] = Entry(State.NUMBER, value, str(value), cells[item])
    known = {"unit": "某单位", "period": form.last_period or form.first_period + 3, **about}
    return Submission(form, entries=entries, **known)  # type: ignore[arg-type]
