"""Every sentence about a finding: place, arithmetic, remedy, in the words printed on the form. The only such place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xlreport.arithmetic import quoted
from xlreport.finding import Code, Finding, Part, Role, fixes
from xlreport.form.model import Form, Severity
from xlreport.form.table import Item
from xlreport.rewrites import Rewrite
from xlreport.rules.formula import letters
from xlreport.rules.sentence import Lang, plain
from xlreport.submission import State, Submission
from xlreport.wording import comparisons, entries, formulas, relations, structure, workbook
from xlreport.wording.changes import change_words
from xlreport.wording.relations import equation, followers
from xlreport.wording.teller import Teller, clip

# Put before what a filler wrote of figures that have changed since; whoever writes anew takes it away.
WRITE_ANEW = ("（数已改，确有原因的请重写，并删去这几个字）", "(figures changed: if there is a reason, write it anew) ")
SEVERITY_WORDS = {
    Severity.ERROR: ("错误", "error"),
    Severity.WARNING: ("警告", "warning"),
    Severity.INFO: ("提示", "note"),
}
# GBK has these signs; ✓ ✗ ⚠ it has not.
SEVERITY_SIGNS = {Severity.ERROR: "×", Severity.WARNING: "△", Severity.INFO: "○"}
ROLE_WORDS = {
    Role.CELL: ("本格", "this cell"),
    Role.TOTAL: ("总计", "total"),
    Role.ADDEND: ("相加的一项", "addend"),
    Role.LEFT: ("左边", "left side"),
    Role.RIGHT: ("右边", "right side"),
    Role.PREMISE: ("前提", "premise"),
    Role.PRIOR: ("上年数", "last year's"),
    Role.SUSPECT: ("最可能填错", "most probably wrong"),
    Role.CANDIDATE: ("可能填错", "may be wrong"),
}

SAFE_SIGN = "＝"  # the same number, written plainly

_SENTENCES: dict[Code, Callable[[Teller, Finding], str]] = {
    Code.S201: workbook.wrong_edition,
    Code.S202: workbook.mixed_edition,
    Code.S203: structure.damage,
    Code.S204: workbook.identity,
    Code.S205: workbook.cover,
    Code.S206: formulas.overwritten,
    Code.S207: workbook.stale,
    Code.S208: workbook.variant,
    Code.S209: workbook.empty,
    Code.S210: workbook.outside,
    Code.S211: workbook.means,
    Code.S212: workbook.formula,
    Code.S213: workbook.values,
    Code.S214: workbook.twice,
    Code.S215: workbook.money,
    Code.E301: entries.blank,
    Code.E302: entries.placeholder,
    Code.E303: entries.text,
    Code.E304: entries.fraction,
    Code.E305: entries.negative,
    Code.E306: entries.notation,
    Code.E307: entries.error,
    Code.E308: entries.section,
    Code.E309: entries.decimals,
    Code.B401: relations.balance,
    Code.B402: relations.total,
    Code.B403: relations.relation,
    Code.B404: relations.undecided,
    Code.C501: relations.relation,
    Code.C502: comparisons.copied,
    Code.C503: comparisons.jump,
    Code.C504: comparisons.incomparable,
    Code.C505: comparisons.prior,
    Code.N601: comparisons.claim,
    Code.N602: comparisons.year,
    Code.N603: comparisons.unit,
    Code.R701: comparisons.sums,
    Code.R704: relations.relation,
    Code.R705: comparisons.counted_twice,
}


def two(zh: str, en: str, lang: Lang) -> str:
    """The one of two texts that the language asks for."""
    return zh if lang == "zh" else en


def message(finding: Finding, submission: Submission, lang: Lang, prior: Submission | None = None) -> str:
    """The finding as one or two sentences."""
    return sentence(Teller(submission, lang, prior), finding)


def sentence(teller: Teller, finding: Finding) -> str:
    """The finding in the teller's language."""
    return _SENTENCES[finding.code](teller, finding)


def rewrite(change: Rewrite, form: Form, lang: Lang) -> str:
    """A change of notation that was made in the copy."""
    cell = change.cell
    where = f"{cell.sheet}!{letters(cell.col)}{cell.row + 1}  " if cell else ""
    words = entries.notations([n.value for n in change.notation], lang)
    named, raw, value = quoted(form.short(change.item), lang), clip(change.raw), plain(change.value)
    if lang == "zh":
        return f"{where}{named}：副本里“{raw}”改写为 {value}（{words}）。"
    return f"{where}{named}: in the copy “{raw}” is written {value} ({words})."


def place(finding: Finding) -> str:
    """Where a finding is, as sheet and cell; empty for the workbook as a whole."""
    cell = finding.cell
    if cell is None:
        return ""
    cells = [part.cell for part in finding.parts if part.cell is not None]
    if finding.code is Code.E301 and len(cells) > 1 and _line(cells):
        last = cells[-1]
        return f"{cell.sheet}!{letters(cell.col)}{cell.row + 1}:{letters(last.col)}{last.row + 1}"
    return f"{cell.sheet}!{letters(cell.col)}{cell.row + 1}"


def _line(cells: Sequence[tuple[str, int, int]]) -> bool:
    """Whether cells are one stretch of a row or of a column."""
    rows, cols = {c[1] for c in cells}, {c[2] for c in cells}
    return len({c[0] for c in cells}) == 1 and (
        (len(rows) == 1 and max(cols) - min(cols) + 1 == len(cells))
        or (len(cols) == 1 and max(rows) - min(rows) + 1 == len(cells))
    )


def _cell_name(cell: tuple[str, int, int] | None) -> str:
    return f"{letters(cell[2])}{cell[1] + 1}" if cell else ""


def note(
    finding: Finding,
    part: Part,
    submission: Submission,
    lang: Lang,
    number: int | None,
    prior: Submission | None = None,
    teller: Teller | None = None,
) -> tuple[str, ...]:
    """The note for one cell of a finding: what the cell is in it, the arithmetic, where the whole is told.

    One `teller` for the notes of a whole workbook says the same relation without working it out anew.
    """
    teller = teller or Teller(submission, lang, prior)
    zh = lang == "zh"
    role = ROLE_WORDS[part.role][0 if zh else 1]
    sign = SEVERITY_SIGNS[finding.severity]
    code = finding.code.name + (f" {finding.rule}" if finding.rule else "")
    lines = []
    if part.role in {Role.SUSPECT, Role.CANDIDATE} and part.expected is not None:
        lines += _suspected(teller, finding, part, f"{sign} {role}")
    elif finding.code is Code.E302:
        raw = clip(part.raw)
        advice = (
            f"“{raw}”不是数字，按 0 核对。没有发生请填 0。" if zh else f"“{raw}” counts as 0. Enter 0 or the number."
        )
        lines.append(f"{sign} {advice}")
    elif finding.code is Code.E301:
        lines.append(f"{sign} 没有填。没有发生请填 0。" if zh else f"{sign} Blank. Where nothing happened, enter 0.")
    elif part.role is Role.CELL or (finding.code is Code.B402 and part.role is Role.TOTAL):
        lines.append(f"{sign} {sentence(teller, finding)}")
    else:
        lines.append(
            f"{sign} {role}：{_own(teller, finding, part)}" if zh else f"{sign} {role}: {_own(teller, finding, part)}"
        )
        likely = Role.SUSPECT, Role.CANDIDATE  # a set would ask each role for its hash
        suspects = [p for p in finding.parts if p.role in likely and p.cell is not None]
        if suspects and suspects[0].role is Role.SUSPECT:
            where = f"{_cell_name(suspects[0].cell)}{'（' if zh else ' ('}{submission.form.short(suspects[0].item)}"
            lines.append(f"请先核对 {where}）。" if zh else f"Check {where}) first.")
        elif suspects:
            where = ("、" if zh else ", ").join(_cell_name(p.cell) for p in suspects)
            lines.append(f"请先核对 {where}。" if zh else f"Check {where} first.")
    where = f"{'，' if zh else '; '}{listed(number, lang)}" if number else ""
    lines.append(f"{code}{where}")
    return tuple(lines)


def listed(number: int, lang: Lang) -> str:
    """Where the first sheet tells a finding, by the number printed there."""
    return two(f"见「检查结果」序号 {number}", f"see “Check results”, No. {number}", lang)


def _suspected(teller: Teller, finding: Finding, part: Part, head: str) -> list[str]:
    """What the cell holds, what it should be, what goes with it, and which relations then hold."""
    zh = teller.zh
    ways = fixes(finding)
    own = next((one for one in ways if any(change.item == part.item for change in one)), ())
    entry = teller.submission.entry(part.item)
    found, now = plain(part.value or 0), "现为 "
    if entry.state is State.BLANK:
        found, now = ("没有填" if zh else "blank"), ""
    elif entry.state is State.PLACEHOLDER:
        found, now = f"“{clip(entry.raw.strip())}”", "填的是"
    expected = plain(part.expected or 0)
    others = [c for c in own if c.item != part.item]
    rest = ("，" if zh else ", ").join(change_words(teller, c, _named(teller, c.item)) for c in others)
    if part.role is Role.SUSPECT:
        first = f"{head}：{now}{found}，应为 {expected}" if zh else (
            f"{head}: holds {found}, should be {expected}"
        )  # fmt: skip
    else:
        first = (
            f"{head}（{len(ways)} 种改法之一）：{now}{found}，若改为 {expected} 就都平"
            if zh
            else f"{head} (one of {len(ways)} ways): holds {found}; with {expected} everything agrees"
        )
    lines = [first + (f"（连同 {rest}）。" if rest and zh else f" (with {rest})." if rest else "。" if zh else ".")]
    if part.role is Role.CANDIDATE:
        elsewhere = [one for one in ways if one is not own]
        words = ("；或 " if zh else "; or ").join(
            ("，" if zh else ", ").join(change_words(teller, c, _named(teller, c.item)) for c in one)
            for one in elsewhere
        )
        if words:
            lines.append(f"也可能是 {words}。" if zh else f"It may also be {words}.")
    if said := _own(teller, finding, part):
        lines.append(said)
    if finding.follows and part is finding.parts[0]:
        told = _own_relation(teller, finding, part) or finding
        likewise = [one for one in (finding, *finding.follows) if one is not told]
        also = followers(teller, told, likewise)
        lines.append(f"{also}。" if zh else f"{also[:1].upper()}{also[1:]}.")
    if part.role is Role.SUSPECT and finding.facts.get("alone", True):
        count = (finding.relation is not None) + len(finding.follows)
        if zh:
            lines.append("改好后这个关系就成立。" if count == 1 else f"改好后这 {count} 个关系都成立。")
        else:
            many = "both relations hold" if count == 2 else f"all {count} relations hold"
            lines.append("Then the relation holds." if count == 1 else f"Then {many}.")
    return lines


def _named(teller: Teller, item: Item) -> str:
    """An item by its cell, as a note does it; by its printed words where it has none."""
    cell = teller.submission.entry(item).cell
    return _cell_name(cell) if cell else teller.form.short(item)


def fix_lines(finding: Finding, name: str, submission: Submission, lang: Lang) -> list[str]:
    """The ways to put a balance right, each under the name that `check --apply` takes."""
    ways = fixes(finding)
    if not ways:
        return []
    teller = Teller(submission, lang)
    shown = ways if finding.facts.get("tie") else ways[:1]
    lines = []
    for n, one in enumerate(shown, 1):
        asked = f"{name}:{n}" if finding.facts.get("tie") else name
        words = ("，" if lang == "zh" else ", ").join(change_words(teller, c, _named(teller, c.item)) for c in one)
        lines.append(f"{'改法' if lang == 'zh' else 'fix'} {asked}: {words}")
    return lines


def _own(teller: Teller, finding: Finding, part: Part) -> str:
    """What the relation says that this very cell stands in."""
    one = _own_relation(teller, finding, part)
    if one is None:
        return ""
    return _equation(teller, one) if one.relation is not None else sentence(teller, one)


def _own_relation(teller: Teller, finding: Finding, part: Part) -> Finding | None:
    """The relation that this very cell stands in: the finding's own or one that follows from it."""
    for one in (finding, *finding.follows):
        if one.relation is None:
            continue
        rule = teller.form.rules[one.relation[0]]
        items = rule.bound.items(one.relation[1])
        index = teller.form.index.get(part.item)
        if index in items:
            return one
    if finding.relation is None:
        return finding
    # A part of a total that the workbook works out stands in a relation through it.
    index = teller.form.index.get(part.item)
    totals = {t for those in teller.form.totals_over[index] for t in those} if index is not None else set()
    for one in (finding, *finding.follows):
        if one.relation is not None:
            items = teller.form.rules[one.relation[0]].bound.items(one.relation[1])
            if any(t in items and _worked_out(teller, t) for t in totals):
                return one
    # One of the cells of another way to put it right, whose own relations hold.
    return None if part.role is Role.CANDIDATE else finding


def _worked_out(teller: Teller, i: int) -> bool:
    entry = teller.submission.entry(teller.form.items[i])
    return entry.computed or entry.state is State.BLANK


def _equation(teller: Teller, finding: Finding) -> str:
    known = teller.equations.get(id(finding))
    if known is None:
        known = teller.equations[id(finding)] = finding, equation(teller, finding) + teller.two("。", ".")
    return known[1]
