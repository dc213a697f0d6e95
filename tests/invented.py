"""Invented forms of a few small tables tied by rules, right reports on them, and numbers mistyped in these; by seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal

from submissions import form_of

from xlreport.form.layout import layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.rules.nodes import Number
from xlreport.submission import Entry, State, Submission

CENT = Decimal("0.01")


def invented(chance: random.Random) -> Form:
    """One to three tables with totals, a balance within each, and rules between them: exact, tolerant, conditional."""
    amounts, tolerant = chance.random() < 0.35, chance.random() < 0.4
    columns = [f"c{i}" for i in range(chance.randint(1, 4))]
    total = ", {合: {total: typed}}" if len(columns) > 1 and chance.random() < 0.6 else ""
    within = " ±0.02" if tolerant and amounts else ""
    lines = ["form: invented", 'edition: "1"', "title: t", "tables:"]
    for n in range(chance.randint(1, 3)):
        rows = [f"r{i}" for i in range(chance.randint(2, 6))]
        first = ", ".join(rows)
        if chance.random() < 0.3:
            half = len(rows) // 2
            first = f"{{g: {{rows: [{', '.join(rows[:half])}, {{小计: {{total: typed}}}}]}}}}, {', '.join(rows[half:])}"
        rules = [f"计 = x + y{within}"]
        rules += [f"计 = t0!计{within}"] * (n > 0 and chance.random() < 0.8)
        rules += [rule for rule in ("r0 <= 计", "x > 0 => 计 > 0", "y <= x") if chance.random() < 0.4]
        lines += [f"  t{n}:"] + ["    type: {amount: 万元, decimals: 2}"] * amounts
        lines += [f"    rows: [{first}, {{计: {{total: typed}}}}, x, y]", f"    columns: [{', '.join(columns)}{total}]"]
        lines += [f"    rules: [{', '.join(chr(34) + rule + chr(34) for rule in rules)}]"]
    return form_of("\n".join(lines))


def filled(form: Form, chance: random.Random) -> dict[Item, int]:
    """A right report, in smallest units."""
    most = chance.choice([3, 30, 500, 20000])
    values: dict[Item, int] = {}
    for name, table in form.tables.items():
        tied = any("t0!计" in rule.text for rule in form.rules_of(name))
        details = [r.id for r in table.rows.leaves if not r.total and r.id not in {"x", "y"}]
        for column in (c.id for c in table.columns.leaves if not c.total):
            numbers = [chance.choice([0, chance.randint(0, most)]) for _ in details]
            if tied:
                whole = values[Item("t0", "计", column)]
                cuts = sorted(chance.randint(0, whole) for _ in details[1:])
                numbers = [b - a for a, b in zip([0, *cuts], [*cuts, whole], strict=True)]
            values |= {Item(name, row, column): number for row, number in zip(details, numbers, strict=True)}
            rest = chance.randint(0, sum(numbers) // 2)
            values |= {Item(name, "x", column): sum(numbers) - rest, Item(name, "y", column): rest}
            for row in (r for r in table.rows.leaves if r.total):
                values[Item(name, row.id, column)] = sum(values[Item(name, part, column)] for part in row.parts)
        for column_total in (c for c in table.columns.leaves if c.total):
            for row in table.rows.leaves:
                parts = [values[Item(name, row.id, part)] for part in column_total.parts]
                values[Item(name, row.id, column_total.id)] = sum(parts)
    return values


def mistyped(values: Mapping[Item, int], count: int, chance: random.Random) -> dict[Item, int]:
    """The same with so many cells mistyped, each in a way of its own."""
    wrong = dict(values)
    for item in chance.sample(list(values), count):
        text, held = str(values[item]), values[item]
        at = chance.randrange(len(text))
        others = [
            int(text[:at] + chance.choice("0123456789") + text[at + 1 :]),
            int(text[: at + 1] + text[at:]),
            int(text[:-2] + text[-2:][::-1]),
            held * 10,
            max(0, held + chance.randint(-9, 9)),
            0,
        ]
        wrong[item] = chance.choice([other for other in others if other != held] or [held + 1])
    return wrong


def submission(form: Form, values: Mapping[Item, int], blanks: int, chance: random.Random) -> Submission:
    """The report, some of its cells left blank."""
    cells = layout(form).cells
    entries = {}
    for item, value in values.items():
        number: Number = value
        if not form.entry_type(item).whole:
            number = value // 100 if not value % 100 else value * CENT
        entries[item] = Entry(State.NUMBER, number, str(number), cells[item])
    for item in chance.sample(list(values), blanks):
        entries[item] = Entry(State.BLANK, None, "", cells[item])
    return Submission(form, unit="某单位", period=form.first_period, entries=entries)
