"""`xlreport status`: text, JSON, or the board."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from xlreport.cli.console import say, stop
from xlreport.cli.rounds import became, document, opened
from xlreport.finding import Code
from xlreport.report.text import safe, width
from xlreport.round.folder import Round
from xlreport.round.status import ACCEPTABLE, KEPT_ASIDE, STATES, RoundStatus, Standing, gone, status
from xlreport.rules.sentence import Lang, several
from xlreport.wording.board import WORDS
from xlreport.wording.rounds import ASIDE, GONE, SIGNS, two
from xlreport.wording.rounds import STATES as WORDS_OF
from xlreport.workbook.write import write_atomically

_RULES = 8
_WIDEST = 48  # columns that a name is given; a longer one pushes only its own line


def show_status(folder: Path, output: str, target: Path | None, today: str, lang: Lang) -> None:
    """Say where a round stands."""
    try:
        day = dt.date.fromisoformat(today) if today else None
    except ValueError:
        stop(f"“{today}”不是日期，请写成 2026-01-20。 Not a date; write it as 2026-01-20.")
    if target is not None and output != "html":
        stop("-o 要和 --format html 一起用。" if lang == "zh" else "-o goes with --format html.")
    with opened(folder, lang) as this:
        found = status(this, day)
        if output == "html":
            from xlreport.pages import page
            from xlreport.round.board import board

            titles = {code.name: page(code, lang).title for code in Code}

            path = this.output(target or folder / "board.html", ".html", ".htm")
            write_atomically(path, board(this, lang, found, titles).encode())
            path.chmod(0o600)  # whoever is to see it is sent it
            say(f"已生成：{path}" if lang == "zh" else f"Made: {path}")
        elif output == "json":
            _json(this, found)
        else:
            for line in _lines(this, found, lang):
                say(line)


def _lines(this: Round, found: RoundStatus, lang: Lang) -> Iterator[str]:
    title = this.form.title if lang == "zh" else this.form.title_en
    yield f"{title}  {found.period}"
    if found.deadline is not None and found.days_left is not None:
        key = "days-left" if found.days_left >= 0 else "overdue"
        yield two(WORDS[key], lang, day=found.deadline.isoformat(), days=abs(found.days_left))
    counts = (f"{SIGNS[state]} {two(WORDS_OF[state], lang)} {found.counts[state]}" for state in STATES)
    number = len(found.standings)
    yield f"{f'{number} 个单位' if lang == 'zh' else several(number, 'unit')}: " + "  ".join(counts)
    for state in STATES:
        those = [one for one in found.standings if one.state == state]
        if those and state != "clean":
            yield ""
            yield f"{SIGNS[state]} {two(WORDS_OF[state], lang)}"
            pad = min(max(width(one.unit.name) for one in those), _WIDEST)
            for one in those:
                yield "  " + _standing(one, pad, lang)
    if left := gone(this):
        names = [f"{safe(code)} {safe(name)}" for code, name in left]
        yield ""
        yield two(GONE, lang, count=len(left), names=names)
    yield from _aside(this, lang)
    now = [one for one in found.rules if one.period == found.period][:_RULES]
    if now:
        yield ""
        yield (
            WORDS["history"][0 if lang == "zh" else 1]
            + ": "
            + "  ".join(f"{one.code} {one.rule} ×{one.units}".replace("  ", " ") for one in now)
        )


def _standing(one: Standing, pad: int, lang: Lang) -> str:
    zh = lang == "zh"
    said = [
        (one.errors, "个错误", "error%s"),
        (one.warnings, "个警告", "warning%s"),
        (one.waived, "个已说明", "explained"),
        (one.version, "版", "version%s"),
        (one.sent.get("remind", 0), "次催报", "reminder%s"),
        (one.aside, "个文件留置", "file%s kept aside"),
        (one.failed, "封没有发出", "message%s failed"),
        (one.unknown, "封不知是否发出", "message%s unknown"),
    ]
    words = ("，" if zh else ", ").join(f"{n} {a if zh else b.replace('%s', 's' * (n > 1))}" for n, a, b in said if n)
    late = WORDS["late"][0 if zh else 1] if one.overdue else ""
    name = safe(one.unit.name)
    return f"{safe(one.unit.code)}  {name}{' ' * (pad - width(name))}  {(words + late).strip()}".rstrip()


def _aside(this: Round, lang: Lang) -> Iterator[str]:
    rows = this.register.db.execute(
        f"SELECT id, name, source, outcome, detail, unit, file FROM arrival WHERE {KEPT_ASIDE} ORDER BY id"  # noqa: S608
    ).fetchall()
    for heading, those in (
        ("fit", [row for row in rows if row["outcome"] in ACCEPTABLE]),
        ("unfit", [row for row in rows if row["outcome"] not in ACCEPTABLE]),
    ):
        if those:
            yield ""
            yield two(ASIDE[heading], lang)
        for row in those:
            unit = this.by_code.get(row["unit"])
            who = f"  {safe(unit.name)}" if unit else ""
            told = became(row["outcome"], row["detail"], lang, kept=bool(row["file"]))
            yield f"  {row['id']}  {safe(row['name'] or row['source'])}{who}  {told}"


def _json(this: Round, found: RoundStatus) -> None:
    document(
        form=found.form,
        edition=found.edition,
        period=found.period,
        deadline=found.deadline.isoformat() if found.deadline else None,
        days_left=found.days_left,
        counts=dict(found.counts),
        aside=found.aside,
        gone=[{"code": code, "name": name} for code, name in gone(this)],
        units=[
            {
                "code": one.unit.code,
                "name": one.unit.name,
                "parent": one.unit.parent or None,
                "state": one.state,
                "overdue": one.overdue,
                "errors": one.errors,
                "warnings": one.warnings,
                "waived": one.waived,
                "version": one.version,
                "received": one.taken_at or None,
                "issued": one.issued,
                "sent": dict(one.sent),
                "failed": one.failed,
                "unknown": one.unknown,
                "aside": one.aside,
            }
            for one in found.standings
        ],
        rules=[
            {
                "period": r.period,
                "code": r.code,
                "rule": r.rule,
                "severity": r.severity,
                "units": r.units,
                "waived": r.waived,
            }
            for r in found.rules
        ],
    )
