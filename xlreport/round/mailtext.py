"""The words of a message: the clerk's own letters, filled in for one unit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from xlreport.record import record
from xlreport.round.folder import TEXTS, Round
from xlreport.round.notepad import decoded
from xlreport.round.trouble import refuse
from xlreport.round.unit import Unit
from xlreport.rules.sentence import Lang
from xlreport.wording import SEVERITY_SIGNS
from xlreport.wording.mailing import DUE, FIELDS, LETTERS, STATES

_FIELD = re.compile(r"\{(\w+)\}")
_LISTED = 20  # findings told in a letter; the workbook has them all
_SIGNS = {severity.value: sign for severity, sign in SEVERITY_SIGNS.items()}


@record
class Letter:
    """A letter that is filled in."""

    subject: str
    body: str


def letter(
    this: Round,
    kind: str,
    unit: Unit,
    lang: Lang,
    *,
    state: str = "missing",
    findings: Sequence[Mapping[str, str]] = (),
    today: dt.date | None = None,
) -> Letter:
    """The letter of a kind to a unit as of a day; raises `RoundProblems` for a field that does not exist."""
    name = f"{kind}.{lang}.txt"
    path = this.folder / TEXTS / name
    try:
        text = decoded(path.read_bytes()) if path.is_file() else LETTERS[name]
    except UnicodeDecodeError as error:
        raise refuse("letter-encoding", name=name) from error
    if not text.strip():
        raise refuse("letter-empty", name=name)
    unknown = [field for field in _FIELD.findall(text) if field not in FIELDS]
    if unknown:
        raise refuse("letter-field", name=name, field=unknown[0], known=FIELDS)
    filled = _FIELD.sub(lambda found: _fields(this, unit, lang, state, findings, today)[found[1]], text)
    subject, _, body = filled.replace("\r\n", "\n").partition("\n")
    return Letter(_one_line(subject), body.rstrip() + "\n")


def _fields(
    this: Round, unit: Unit, lang: Lang, state: str, findings: Sequence[Mapping[str, str]], today: dt.date | None
) -> Mapping[str, str]:
    settings, deadline = this.settings, this.settings.deadline
    zh = lang == "zh"
    if deadline is None:
        day = "规定时间" if zh else "the day agreed"
    else:
        day = f"{deadline.year}年{deadline.month}月{deadline.day}日" if zh else deadline.isoformat()
    today = today or dt.datetime.now().astimezone().date()
    when = "open" if deadline is None else "after" if today > deadline else "before"
    told = [f"{_SIGNS[f['severity']]} {f['cell']}　{f[lang]}" for f in findings[:_LISTED]]
    if len(findings) > _LISTED:
        told.append(f"……共 {len(findings)} 处，见附件。" if zh else f"… {len(findings)} in all; see the workbook.")
    return {
        "unit": unit.name,
        "code": unit.code,
        "contact": unit.contact,
        "form": this.form.title if zh else this.form.title_en,
        "period": str(this.period),
        "deadline": day,
        "due": DUE[when][0 if zh else 1].format(day=day),
        "office": settings.office,
        "phone": settings.phone,
        "findings": "\n".join(told),
        "count": str(len(findings)),
        "state": STATES[state][0 if zh else 1],
    }


def _one_line(text: str) -> str:
    """A subject: nothing in it can begin another header."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())
