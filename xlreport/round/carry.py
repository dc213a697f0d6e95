"""What this year's report takes over from last year's: numbers that a rule of the form settles entirely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xlreport.catalog import UnknownForm, find_form
from xlreport.form.model import Carry, Form
from xlreport.form.table import Item
from xlreport.record import NamedTuple, record
from xlreport.round.folder import Round
from xlreport.round.history import COMPUTED, number, past
from xlreport.rules.nodes import Number, Op
from xlreport.submission import State, Submission, of_last_year, prior_leaves, prior_numbers


@record
class Carried:
    """A number that is known before the unit fills anything in."""

    value: Number
    locked: bool


class _Settled(NamedTuple):
    """A rule that says: one item of this year is this sum of last year's."""

    item: Item
    terms: Sequence[tuple[Number, Item]]
    constant: Number
    locked: bool


def carried(form: Form, prior: Submission | None) -> Mapping[Item, Carried]:
    """Every item that equals something of last year's report (`二 = 四@-1`), as far as that is known."""
    return _carried(_settled(form), prior_numbers(form, prior)) if prior else {}


def carried_by_unit(this: Round) -> Mapping[str, Mapping[Item, Carried]]:
    """What each unit's last report of the year before settles, by its code; of all at once."""
    form, settled = this.form, _settled(this.form)
    if not settled:
        return {}
    wanted = {was for one in settled for _, was in one.terms}
    reports = this.register.db.execute(
        "SELECT id, unit, form, edition FROM submission WHERE period = ? AND latest = 1 AND state <> 'total'",
        (this.period - 1,),
    ).fetchall()
    numbered = this.register.db.execute("SELECT place, row, col, id FROM item")
    ids = {Item(table, row, column): ident for table, row, column, ident in numbered}
    found: dict[str, Mapping[Item, Carried]] = {}
    for name in dict.fromkeys(f"{row['form']}@{row['edition']}" for row in reports):
        try:
            before = find_form(name, extra=this.templates)
        except UnknownForm:
            continue
        leaves = {was: these for was, these in prior_leaves(form, before).items() if was in wanted}
        entries = _entries(this, [ids[leaf] for these in leaves.values() for leaf in these if leaf in ids])
        for row in reports:
            if f"{row['form']}@{row['edition']}" == name:
                held = entries.get(row["id"], {})
                known: dict[Item, Number] = {}
                for was, these in leaves.items():
                    value = _sum(before, these, ids, held)
                    if value is None:
                        break
                    known[was] = of_last_year(form, was, before, these, value)
                else:
                    found[row["unit"]] = _carried(settled, known)
                    continue
                # A blank total, a word: what it comes to only the whole report says.
                report = past(this.register, row["unit"], this.period - 1)
                found[row["unit"]] = carried(form, report.submission(this.templates) if report else None)
    return found


def _entries(this: Round, items: Sequence[int]) -> Mapping[int, Mapping[int, tuple[str, int | str | None]]]:
    """The state and value of these items in every last report of the year before, by report and item."""
    found: dict[int, dict[int, tuple[str, int | str | None]]] = {}
    rows = this.register.db.execute(
        "SELECT e.submission, e.item, e.state, e.value FROM submission s JOIN entry e ON e.submission = s.id"
        " WHERE s.period = ? AND s.latest = 1 AND s.state <> 'total' AND e.item IN (SELECT value FROM json_each(?))",
        (this.period - 1, str(list(items))),
    )
    for submission, item, state, value in rows:
        found.setdefault(submission, {})[item] = state, value
    return found


def _sum(
    form: Form, items: Sequence[Item], ids: Mapping[Item, int], held: Mapping[int, tuple[str, int | str | None]]
) -> Number | None:
    """What these items of a report come to; None where one of them is not simply a number or a blank detail."""
    total: Number = 0
    for item in items:
        state, value = held.get(ids.get(item, 0), (State.BLANK.value, None))
        if state in {State.NUMBER.value, COMPUTED} and value is not None:
            total += number(value) or 0
        elif state != State.BLANK.value or form.is_total(item):
            return None
    return total


def _carried(settled: Sequence[_Settled], known: Mapping[Item, Number]) -> Mapping[Item, Carried]:
    found: dict[Item, Carried] = {}
    for item, terms, constant, locked in settled:
        if item not in found and all(was in known for _, was in terms):
            value = sum((factor * known[was] for factor, was in terms), constant)
            found[item] = Carried(value, locked)
    return found


def _settled(form: Form) -> Sequence[_Settled]:
    """The numbers that the form's rules settle; worked out once per form, and kept with it."""
    return form.kept("_settled", lambda: tuple(_of_rules(form)))


def _of_rules(form: Form) -> Iterator[_Settled]:
    size = len(form.items)
    for rule in form.rules:
        if not rule.prior or not rule.bound.balance or rule.bound.tolerance:
            continue
        (comparison,) = rule.bound.conclusion
        assert comparison.op is Op.EQ  # noqa: S101  (a balance)
        for instance in range(len(rule.bound.keys)):
            for one, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
                mine, theirs = one.places[instance], other.places[instance]
                single = len(mine) == 1 and mine[0] < size and one.factors == (1,) and not one.constant
                if single and theirs and all(place >= size for place in theirs):
                    item = form.items[mine[0]]
                    if not form.computed(item):
                        was = [form.priors[place - size] for place in theirs]
                        terms = tuple(zip(other.factors, was, strict=True))
                        yield _Settled(item, terms, other.constant, rule.carry is Carry.LOCKED)
