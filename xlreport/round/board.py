"""The board: one HTML file that shows where the round stands. Nothing from elsewhere, good on paper.

Every text from outside is escaped; the page forbids itself to load anything, and to run anything but the few lines that
sort its table, which it names by their digest. Without them everything is there but the sorting.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterator, Mapping, Sequence

from xlreport.form.layout import Placed, layout
from xlreport.form.table import Item
from xlreport.round.folder import Round, here, now
from xlreport.round.history import past
from xlreport.round.status import STATES, Fired, RoundStatus, Standing, gone, status
from xlreport.rules.sentence import Lang, plain
from xlreport.submission import State, Submission
from xlreport.wording import SEVERITY_SIGNS
from xlreport.wording.board import COLUMNS, SCRIPT, STYLE, WORDS
from xlreport.wording.rounds import GONE, SIGNS, two
from xlreport.wording.rounds import STATES as STATE_WORDS

_TOLD = 40  # findings that one unit is told with; every cell of the others is marked all the same
_SIGNS = {severity.value: sign for severity, sign in SEVERITY_SIGNS.items()}
_RULES = 15
_STATE = 2  # the column of the state
_NUMBERS = frozenset({3, 4, 5, 6, 8})  # columns in which the largest is of most interest
_LARGEST_FIRST = ' data-first="descending"'


def board(this: Round, lang: Lang, found: RoundStatus | None = None, titles: Mapping[str, str] | None = None) -> str:
    """The page, with each unit's findings and the tables they are in. `titles` say what the codes are."""
    found = found or status(this)
    return "".join(_page(this, found, lang, titles or {}))


def _page(this: Round, found: RoundStatus, lang: Lang, titles: Mapping[str, str]) -> Iterator[str]:
    title = _say("title", lang, form=this.form.title if lang == "zh" else this.form.title_en, period=found.period)
    total = this.settings.office or this.settings.total
    yield (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{_digest(SCRIPT)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'\">"
        '<link rel="icon" href="data:,">'
        f"<title>{_text(title)}</title><style>{STYLE}</style></head><body>"
    )
    yield f"<header><h1>{_text(title)}</h1><p>{_text(total)}　{_text(_when(found, lang))}</p></header><main>"
    yield from _counts(found, lang)
    yield from _units(found, lang)
    if found.aside:
        yield f"<p>{_text(_say('nobodys', lang, count=found.aside))}</p>"
    if left := gone(this):
        named = [f"{code} {name}" for code, name in left]
        yield f"<p>{_text(two(GONE, lang, count=len(left), names=named))}</p>"
    names = {rule.id: rule.name if lang == "zh" else rule.name_en for rule in this.form.rules}
    yield from _history(found.rules, {**titles, **names}, lang)
    yield f"<h2>{_text(_say('findings', lang))}</h2>"
    shown = [one for one in found.standings if one.submission and (one.errors or one.warnings or one.waived)]
    if not shown:
        yield f"<p>{_text(_say('nothing', lang))}</p>"
    for one in shown:
        yield from _unit(this, one, lang)
    yield f"</main><script>{SCRIPT}</script></body></html>\n"


def _when(found: RoundStatus, lang: Lang) -> str:
    said = _say("made", lang, when=here(now()))
    if found.deadline is None or found.days_left is None:
        return said
    key = "days-left" if found.days_left >= 0 else "overdue"
    return f"{said}　{_say(key, lang, day=found.deadline.isoformat(), days=abs(found.days_left))}"


def _counts(found: RoundStatus, lang: Lang) -> Iterator[str]:
    """How many stand how: figures, and a bar of their shares. Each has its sign and word, never colour alone."""
    every = max(len(found.standings), 1)
    yield '<section class="counts" aria-label="summary"><ul>'
    for state in STATES:
        count = found.counts[state]
        word = _text(two(STATE_WORDS[state], lang))
        yield f'<li class="{state}"><b>{count}</b> <span>{SIGNS[state]} {word}</span></li>'
    yield '</ul><div class="bar" aria-hidden="true">'
    for state in reversed(STATES):
        if found.counts[state]:
            yield f'<i class="{state}" style="flex-grow:{found.counts[state] / every:.4f}"></i>'
    yield "</div></section>"


def _units(found: RoundStatus, lang: Lang) -> Iterator[str]:
    """The table of units: what needs the clerk first; buttons without script choose which are shown."""
    yield f"<h2>{_text(_say('units', lang))}</h2>"
    yield '<section class="units">'
    choices = ("all", *STATES)
    for choice in choices:
        words = _say("all", lang) if choice == "all" else two(STATE_WORDS[choice], lang)
        checked = " checked" if choice == "all" else ""
        count = len(found.standings) if choice == "all" else found.counts[choice]
        yield f'<input type="radio" name="show" id="show-{choice}"{checked}>'
        yield f'<label for="show-{choice}">{_text(words)} {count}</label>'
    heads = "".join(
        f"<th scope=col{_LARGEST_FIRST if n in _NUMBERS else ''}>{_text(word)}</th>"
        for n, word in enumerate(COLUMNS[0 if lang == "zh" else 1])
    )
    yield f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>'
    order = {state: n for n, state in enumerate(STATES)}
    for one in sorted(found.standings, key=lambda s: order[s.state]):
        yield _line(one, lang)
    yield "</tbody></table></div></section>"


def _line(one: Standing, lang: Lang) -> str:
    state = f"{SIGNS[one.state]} {two(STATE_WORDS[one.state], lang)}"
    if one.overdue:
        state += _say("late", lang)
    name = _text(one.unit.name)
    if one.submission and (one.errors or one.warnings or one.waived):
        name = f'<a href="#u{one.submission}">{name}</a>'
    trouble = [
        _say(key, lang, count=count)
        for key, count in (("aside", one.aside), ("unknown", one.unknown), ("failed", one.failed))
        if count
    ]
    cells = (
        ("num", _text(one.unit.code)),
        ("", name),
        (one.state, _text(state)),
        ("num", str(one.errors or "")),
        ("num", str(one.warnings or "")),
        ("num", str(one.waived or "")),
        ("num", str(one.version or "")),
        ("num", _text(here(one.taken_at)[:10])),
        ("num", str(one.sent.get("remind", "") or "")),
        ("", _text("；".join(trouble) if lang == "zh" else "; ".join(trouble))),
    )
    # States sort by how much they need the clerk, who is late first among equals.
    order = f' data-key="{STATES.index(one.state)}{int(not one.overdue)}"'
    inside = "".join(
        f"<td{_class(kind)}{order if n == _STATE else ''}>{content}</td>" for n, (kind, content) in enumerate(cells)
    )
    return f'<tr class="row-{one.state}">{inside}</tr>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _history(rules: Sequence[Fired], names: Mapping[str, str], lang: Lang) -> Iterator[str]:
    """The rules that are told most, year by year."""
    if not rules:
        return
    periods = sorted({one.period for one in rules}, reverse=True)[:6]
    units: dict[tuple[str, str], dict[int, int]] = {}
    for one in rules:
        units.setdefault((one.code, one.rule), {})[one.period] = one.units
    heads = "".join(f"<th scope=col>{period}</th>" for period in periods)
    yield f"<h2>{_text(_say('history', lang))}</h2><p>{_text(_say('history-note', lang))}</p>"
    head = f"<th scope=col>{_text(_say('rule', lang))}</th>{heads}"
    yield f'<div class="wide"><table class="small"><thead><tr>{head}</tr></thead><tbody>'
    for (code, rule), by_year in sorted(units.items(), key=lambda each: -max(each[1].values()))[:_RULES]:
        cells = "".join(f'<td class="num">{by_year.get(period, "")}</td>' for period in periods)
        words = " ".join(part for part in (code, rule, names.get(rule) or names.get(code, "")) if part)
        yield f"<tr><td>{_text(words)}</td>{cells}</tr>"
    yield "</tbody></table></div>"


def _unit(this: Round, one: Standing, lang: Lang) -> Iterator[str]:
    rows = this.register.db.execute(
        "SELECT f.*, w.reason, w.who FROM finding f LEFT JOIN waiver w ON w.id = f.waiver WHERE f.submission = ?"
        " ORDER BY f.waiver IS NOT NULL, f.seq",
        (one.submission,),
    ).fetchall()
    words = f"{SIGNS[one.state]} {one.unit.name}　{two(STATE_WORDS[one.state], lang)}"
    opened = " open" if one.state == "error" else ""
    yield f'<details id="u{one.submission}"{opened}><summary>{_text(words)}</summary><ol>'
    marked: dict[Item, str] = {}
    for n, row in enumerate(rows):
        reason = _say("explained", lang, reason=row["reason"], who=row["who"]) if row["reason"] else ""
        rule = f"{row['code']} {row['rule']}".strip()
        kind = "waived" if row["reason"] else row["severity"]
        if n < _TOLD:
            yield (
                f'<li class="{kind}"><b>{_SIGNS[row["severity"]]} {_text(row["cell"])}</b> <code>{_text(rule)}</code> '
                f"{_text(row[lang])}" + (f" <em>{_text(reason)}</em>" if reason else "") + "</li>"
            )
        if row["severity"] != "info":
            for name in row["items"].split("\n"):
                table, _, rest = name.partition("!")
                place, _, column = rest.rpartition("@")
                marked.setdefault(Item(table, place, column), kind)
    yield "</ol>"
    if len(rows) > _TOLD:
        yield f"<p>{_text(_say('more', lang, count=len(rows) - _TOLD))}</p>"
    found = past(this.register, one.unit.code, this.period)
    submission = found.submission(this.templates) if found else None
    if submission is not None and marked:
        yield from _tables(submission, marked)
    yield "</details>"


def _tables(submission: Submission, marked: Mapping[Item, str]) -> Iterator[str]:
    """The tables of the form that a finding is in, as they are printed, with the cells marked."""
    form = submission.form
    wanted = {item.table for item in marked if item in form.index}
    for sheet in layout(form).sheets:
        last = {item.table: p.row for p in sheet.placed if (item := p.item) is not None}
        placed = [p for p in sheet.placed if _belongs(p, wanted, last)]
        if not placed:
            continue
        yield f'<div class="wide"><table class="form"><caption>{_text(sheet.plan.title)}</caption>'
        taken = {(p.row + n, p.col + m) for p in placed for n in range(p.rowspan) for m in range(p.colspan)}
        first = min(p.col for p in placed)
        for row in sorted({p.row for p in placed}):
            yield "<tr>"
            at = first
            for one in sorted((p for p in placed if p.row == row), key=lambda p: p.col):
                # What is printed nowhere, such as a corner without a word, keeps its place all the same.
                if empty := sum(1 for col in range(at, one.col) if (row, col) not in taken):
                    yield f'<th colspan="{empty}"></th>'
                at = one.col + one.colspan
                span = f' rowspan="{one.rowspan}"' if one.rowspan > 1 else ""
                span += f' colspan="{one.colspan}"' if one.colspan > 1 else ""
                if one.item is None:
                    yield f"<th{span}>{_text(one.text)}</th>"
                else:
                    kind = marked.get(one.item, "")
                    sign = _SIGNS.get(kind, SIGNS["waived"] if kind == "waived" else "")
                    yield f'<td{span} class="num {kind}">{_text(sign)}{_text(_shown(submission, one.item))}</td>'
            yield "</tr>"
        yield "</table></div>"


def _belongs(placed: Placed, wanted: set[str], last: Mapping[str, int]) -> bool:
    """Whether a cell is one of these tables; they stand below each other, and two may print the same words."""
    if placed.item is not None:
        return placed.item.table in wanted
    if placed.heading is not None:
        return placed.heading[0] in wanted
    return next((table for table, row in last.items() if placed.row <= row), "") in wanted


def _shown(submission: Submission, item: Item) -> str:
    entry = submission.entry(item)
    value = submission.value(item)
    if entry.state is State.NUMBER or entry.computed:
        return "" if value is None else plain(value)
    return entry.raw[:20]


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _say(name: str, lang: Lang, **facts: object) -> str:
    return two(WORDS[name], lang, **facts) if facts else WORDS[name][0 if lang == "zh" else 1]


def _text(text: str) -> str:
    """Somebody's text on the page: nothing in it is markup, and nothing turns the direction of writing."""
    return html.escape("".join(ch if ch.isprintable() or ch in "\n　" else " " for ch in text))
