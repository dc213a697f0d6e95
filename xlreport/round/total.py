"""The workbook of a total: from the sums and their members to the form, its lists, its charts and its ledgers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from xlreport.finding import Finding
from xlreport.form.model import Form, Shape
from xlreport.form.table import Item, Table
from xlreport.round.codes import LEFT_OUT as LEFT_OUT_CODES
from xlreport.round.folder import Round, here, now
from xlreport.round.rollup import IN, LEFT_OUT, NOT_REPORTING, Member, Rollup
from xlreport.round.status import STATES as STATE_NAMES
from xlreport.round.waivers import waivers
from xlreport.round.years import total_of, year_sums
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import Lang
from xlreport.submission import Submission
from xlreport.wording import SEVERITY_WORDS, message, place
from xlreport.wording.rounds import STATES, two
from xlreport.wording.totals import HEADS, LEDGER, WORDS
from xlreport.workbook.ledger import Ledger, LedgerLine, LedgerWords
from xlreport.workbook.template import Issue
from xlreport.workbook.total_book import Block, Drawn, TotalBook, total_workbook

_YEARS = 6  # years that a chart compares at most


def total_bytes(this: Round, made: Rollup, lang: Lang, executor: Executor | None = None) -> bytes:
    """The workbook of a total, which `check` finds clean where the total is."""
    submission = made.submission
    form = submission.form
    values = {item: value for item in form.items if (value := submission.value(item)) is not None}
    words = _Words(lang)
    facts = {"included": len(made.of(IN))}
    sections = {name: words.say("section", **facts) for name in form.sections}
    issue = Issue(unit=submission.unit, level=submission.level, period=this.period, reports=made.reports)
    book = TotalBook(
        notes=words.say("notes"),
        charts_name=words.say("charts"),
        title=words.say("title", unit=submission.unit, period=this.period, form=words.one(form.title, form.title_en)),
        intro=list(_intro(made, words)),
        blocks=list(_blocks(this, made, words)),
        charts=list(_charts(this, made, words)),
        ledgers=[_ledger(table, made, values, lang) for table in form.tables.values()],
        words=_ledger_words(lang),
    )
    return total_workbook(form, issue, values, sections, book, executor)


class _Words:
    """The texts in one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.comma = "、" if lang == "zh" else ", "

    def say(self, name: str, **facts: Any) -> str:
        return two(WORDS[name], self.lang, **facts) if facts else self.one(*WORDS[name])

    def one(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def heads(self, name: str) -> Sequence[str]:
        return HEADS[name][0 if self.lang == "zh" else 1]


def _intro(made: Rollup, words: _Words) -> Iterator[str]:
    reporting = [one for one in made.members if one.outcome != NOT_REPORTING]
    counts = {name: len(made.of(name)) for name in LEFT_OUT}
    yield words.say("made", when=here(now()))
    yield words.say("counts", all=len(reporting), included=len(made.of(IN)), left=len(made.incomplete), **counts)
    yield words.say("incomplete" if made.incomplete else "complete")
    if made.gone:
        yield words.say("gone", names=words.comma.join(f"{code} {name}" for code, name in made.gone))
    if made.undecided:
        yield words.say("undecided", count=len(made.undecided))
    if made.wrong_but_in:
        yield words.say("wrong-in-line", count=len(made.wrong_but_in))
    if made.with_gaps:
        yield words.say("gaps-line", units=len(made.with_gaps), count=sum(one.gaps for one in made.with_gaps))
    yield words.say("how")
    if any(rule.bound.tolerance for rule in made.submission.form.rules):
        yield words.say("tolerance", included=made.reports)
    yield words.say("years", compared=made.compared) if made.prior else words.say("no-prior")


def _blocks(this: Round, made: Rollup, words: _Words) -> Iterator[Block]:
    lang = words.lang
    if made.incomplete:
        rows = [
            (
                one.unit.code, one.unit.name, f"{two(STATES[one.outcome], lang)} {LEFT_OUT_CODES[one.outcome].name}",
                one.standing.errors if one.standing else 0,
                words.comma.join(part for part in (one.unit.contact, one.unit.phone) if part),
            )
            for one in made.incomplete
        ]  # fmt: skip
        yield Block(words.say("left-out"), words.heads("left-out"), rows)
    if made.wrong_but_in:
        wrong = [
            (one.unit.code, one.unit.name, two(STATES["error"], lang), one.standing.errors if one.standing else 0, "")
            for one in made.wrong_but_in
        ]
        yield Block(words.say("wrong-in"), words.heads("left-out"), wrong)
    if made.with_gaps:
        form = this.form
        gaps = [(one.unit.code, one.unit.name, one.gaps, "", _listed(form, one, lang)) for one in made.with_gaps]
        yield Block(words.say("gaps"), words.heads("gaps"), gaps)
    nothing = [("", "", "", "", words.say("nothing"))]
    of_total = [_finding(f, made.submission, None, lang) for f in made.findings]
    yield Block(words.say("of-total"), words.heads("findings"), of_total or nothing)
    if made.of_units:
        of_units = [_finding(f, made.submission, None, lang) for f in made.of_units]
        yield Block(words.say("of-units"), words.heads("findings"), of_units)
    if made.prior is not None:
        rows_ = [_finding(f, made.both or made.submission, made.prior, lang) for f in made.over_years]
        yield Block(words.say("over-years"), words.heads("findings"), rows_ or nothing)
    names = {one.unit.code: one.unit.name for one in made.members}
    explained = [
        (w.unit, names[w.unit], w.code, w.rule, w.reason, w.who, here(w.made_at)[:10])
        for w in waivers(this.register, this.period)
        if w.unit in names
    ]
    if explained:
        yield Block(words.say("explained"), words.heads("explained"), explained)
    units = [
        (
            one.unit.code, "　" * one.depth + one.unit.name, two(STATES[_word(one)], lang),
            one.standing.version if one.standing else 0, here(one.standing.taken_at)[:10] if one.standing else "",
            one.standing.warnings if one.standing else 0, one.standing.waived if one.standing else 0,
        )
        for one in made.members
    ]  # fmt: skip
    yield Block(words.say("units"), words.heads("units"), units)


def _listed(form: Form, one: Member, lang: Lang) -> str:
    """The cells of a unit without a number, as the form calls them."""
    blank = "空" if lang == "zh" else "blank"
    said = [f"{form.short(item)}：{f'“{text[:20]}”' if text else blank}" for item, text in one.some_gaps]
    return "；".join(said) + ("；……" if one.gaps > len(said) else "")


def _word(one: Member) -> str:
    if one.outcome == NOT_REPORTING and not one.members:
        return "idle"  # nothing stands below it that a subtotal could be of
    return one.standing.state if one.outcome == IN and one.standing else one.outcome


def _finding(finding: Finding, submission: Submission, prior: Submission | None, lang: Lang) -> tuple[str, ...]:
    severity = SEVERITY_WORDS[finding.severity][0 if lang == "zh" else 1]
    where = place(finding) or next((submission.form.short(p.item) for p in finding.parts), "")
    return severity, where, finding.code.name, finding.rule or "", message(finding, submission, lang, prior)


def _ledger_words(lang: Lang) -> LedgerWords:
    at = 0 if lang == "zh" else 1
    prefix, title, remark = (str(LEDGER[name][at]) for name in ("prefix", "title", "remark"))
    heads, sums = LEDGER["heads"][at], LEDGER["sums"][at]
    return LedgerWords(prefix, title, remark, (heads[0], heads[1], heads[2]), (sums[0], sums[1], sums[2]))


def _ledger(table: Table, made: Rollup, values: Mapping[Item, Number], lang: Lang) -> Ledger:
    """A line for each unit; a group's line has the sums of those below it, and its own report stands there first."""
    lines: list[LedgerLine] = []
    for place_, one in enumerate(made.members):
        state = two(STATES[_word(one)], lang)
        own = [one.reported.get(item) if one.reported else None for item in table.items]
        if not one.members:
            lines.append(LedgerLine(one.unit.code, one.unit.name, state, own, one.depth, counts=one.outcome == IN))
            continue
        below = made.members[place_ : place_ + one.members + 1]
        sums = [_sum(below, item) for item in table.items]
        itself = one.outcome != NOT_REPORTING
        size = sum(2 if m.members and m.outcome != NOT_REPORTING else 1 for m in below[1:]) + itself
        group = two(STATES["group" if any(m.outcome == IN for m in below) else "group-empty"], lang)
        lines.append(LedgerLine(one.unit.code, one.unit.name, group, sums, one.depth, members=size))
        if itself:
            name = f"{one.unit.name}（本级）" if lang == "zh" else f"{one.unit.name} (itself)"
            lines.append(LedgerLine(one.unit.code, name, state, own, one.depth + 1, counts=one.outcome == IN))
    return Ledger(table, lines, [values.get(item, 0) for item in table.items])


def _sum(members: Sequence[Member], item: Item) -> Number:
    total: Number = 0
    for one in members:
        value = one.reported.get(item) if one.reported else None
        if value is not None and not isinstance(value, str):
            total += value
    return total


def _charts(this: Round, made: Rollup, words: _Words) -> Iterator[Drawn]:
    """How the units stand, and what the form's definition says is worth drawing."""
    counts = [sum(1 for m in made.members if m.standing and m.standing.state == name) for name in STATE_NAMES]
    names = [two(STATES[name], words.lang) for name in STATE_NAMES]
    yield Drawn(words.say("status-chart"), Shape.PIE, names, [(words.say("number"), counts)])
    units = frozenset(one.unit.code for one in made.members)
    years: dict[int, Submission] = {}
    reports: dict[int, int] = {}
    periods = this.register.db.execute("SELECT DISTINCT period FROM submission WHERE period < ?", (this.period,))
    for period in sorted(row[0] for row in periods)[-_YEARS:]:
        found = year_sums(this, period, units)
        if found is not None:
            years[period], reports[period] = total_of(found.form, found.sums), found.reports
    years[this.period], reports[this.period] = made.submission, len(made.of(IN))
    alike = len(set(reports.values())) == 1
    for chart in this.form.charts:
        series = []
        for period, submission in years.items() if chart.years else [(this.period, made.submission)]:
            sums = [_bar(this, submission, bar.items) for bar in chart.bars]
            if all(one is not None for one in sums):
                named = (
                    str(period) if alike or not chart.years else words.say("year", year=period, units=reports[period])
                )
                series.append((named, [one or 0 for one in sums]))
        bars = [words.one(bar.name, bar.name_en or bar.name) for bar in chart.bars]
        yield Drawn(words.one(chart.title, chart.title_en or chart.title), chart.shape, bars, series)


def _bar(this: Round, submission: Submission, items: Sequence[int]) -> Number | None:
    """The sum of a bar's items in a report; None where its edition does not have them all."""
    total: Number = 0
    for place_ in items:
        item = this.form.items[place_]
        if item not in submission.form.index:
            return None
        value, was = submission.value(item) or 0, submission.form.entry_type(item)
        total += this.form.entry_type(item).of_edition(value, was)
    return total
