"""What stands in the single cells: blanks, placeholders, text, fractions, signs, notation, totals left empty."""

from __future__ import annotations

from collections.abc import Iterator

from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.model import Severity
from xlreport.form.table import Item, Table
from xlreport.record import replace
from xlreport.submission import BLANK, Entry, Oddity, State, Submission

NOTHING = frozenset({State.BLANK, State.PLACEHOLDER})  # told once for each table; both count as 0


def entries(submission: Submission, prior: Submission | None = None) -> list[Finding]:  # noqa: ARG001
    """Findings about single cells; blanks once per table."""
    form = submission.form
    found: list[Finding] = []
    if submission.empty:
        found.append(Finding(Code.S209, Severity.ERROR, facts={"items": len(form.items)}))
    for table in form.tables.values():
        found += _blanks(submission, table)
        bare: list[Item] = []  # formulas without results: one program left them all
        for item in table.items:
            if not _plain(entry := submission.entries.get(item, BLANK)):
                if entry.oddity is Oddity.NO_RESULT:
                    bare.append(item)
                else:
                    found += _single(submission, item)
        if bare:
            told = _about(submission, bare[0], submission.entry(bare[0]), Code.E303, "text")
            found.append(replace(told, parts=tuple(part(submission, item) for item in bare)))
    found += _sections(submission)
    return found


def part(submission: Submission, item: Item, role: Role = Role.CELL, **more: object) -> Part:
    """An item of a submission as part of a finding."""
    entry = submission.entry(item)
    return Part(item, role, submission.value(item), entry.raw, entry.cell, **more)  # type: ignore[arg-type]


def _blanks(submission: Submission, table: Table) -> Iterator[Finding]:
    form, values = submission.form, submission.values
    blank: list[Item] = []
    dashed: list[Item] = []
    for item in table.items:
        entry = submission.entries.get(item, BLANK)
        if entry.state is State.NUMBER or entry.state not in NOTHING or entry.computed:
            continue
        parts = form.total_parts(item)
        known = not any(form.index[p] in values.unreadable for p in parts)
        if known and any(values.numbers[form.index[p]] for p in parts):
            policy = form.policy("total-not-filled")
            number = values.numbers[form.index[item]]
            whole = Part(item, Role.TOTAL, None, entry.raw, entry.cell, expected=number)
            addends = tuple(part(submission, p, Role.ADDEND) for p in parts)
            facts = {"expected": number}
            yield Finding(Code.B402, policy.severity, policy.rule, None, (whole, *addends), left=number, facts=facts)
        elif entry.state is State.BLANK:
            blank.append(item)
        else:
            dashed.append(item)
    if dashed:
        policy = form.policy("placeholder")
        raws = list(dict.fromkeys(submission.entry(item).raw.strip() for item in dashed))
        about = {"table": table.id, "count": len(dashed), "of": len(table.items), "raws": raws}
        cells = tuple(part(submission, item) for item in dashed)
        yield Finding(Code.E302, policy.severity, policy.rule, None, cells, facts=about)
    if blank:
        policy = form.policy("blank")
        told = {"table": table.id, "count": len(blank), "of": len(table.items)}
        parts_ = tuple(part(submission, item) for item in blank)
        yield Finding(Code.E301, policy.severity, policy.rule, None, parts_, facts=told)


def _plain(entry: Entry) -> bool:
    """Whether a cell holds a count as it should be: nine in ten do, and nothing is to be told of them."""
    value = entry.value
    return entry.state is State.NUMBER and isinstance(value, int) and value >= 0 and not entry.notation


def _single(submission: Submission, item: Item) -> Iterator[Finding]:
    entry = submission.entry(item)
    if entry.computed:
        return
    match entry.state:
        case State.TEXT:
            yield _about(submission, item, entry, Code.E303, "text")
        case State.ERROR:
            yield _about(submission, item, entry, Code.E307, "text")
        case State.NUMBER:
            yield from _number(submission, item, entry)
        case State.BLANK | State.PLACEHOLDER | State.NOT_FOUND:
            return


def _number(submission: Submission, item: Item, entry: Entry) -> Iterator[Finding]:
    kind = submission.form.entry_type(item)
    value = entry.value
    if value is None:
        return
    if kind.whole and value != int(value):
        yield _about(submission, item, entry, Code.E304, "not-integer")
    if not kind.whole and round(value, kind.decimals) != value:
        yield replace(_about(submission, item, entry, Code.E309, "not-integer"), severity=Severity.WARNING, rule=None)
    if value < 0 and not kind.signed:
        yield _about(submission, item, entry, Code.E305, "negative")
    if entry.notation:
        yield _about(submission, item, entry, Code.E306, "notation")


def _about(submission: Submission, item: Item, entry: Entry, code: Code, check: str) -> Finding:
    form = submission.form
    policy = form.policy(check)
    kind = form.entry_type(item)
    facts: dict[str, object] = {
        "raw": entry.raw,
        "shown": entry.shown,
        "quantity": kind.quantity.value,
        "unit": kind.unit,
        "decimals": kind.decimals,
        "oddity": entry.oddity.value if entry.oddity else None,
        "notation": [n.value for n in entry.notation],
        "value": entry.value,
        "proposal": entry.proposal,
    }
    expected = entry.proposal if entry.state is State.TEXT else entry.value if entry.notation else None
    told = Part(item, Role.CELL, entry.value, entry.raw, entry.cell, expected)
    return Finding(code, policy.severity, policy.rule, None, (told,), facts=facts)


def _sections(submission: Submission) -> Iterator[Finding]:
    for section in submission.form.sections.values():
        if not submission.sections.get(section.id, "").strip():
            severity = Severity.WARNING if section.required else Severity.INFO
            place = submission.section_cells.get(section.id)
            yield Finding(Code.E308, severity, None, facts={"title": section.title}, place=place)
