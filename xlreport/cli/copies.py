"""`xlreport strip`, `xlreport annotate` and `xlreport upgrade`: commands that turn one workbook into another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from xlreport.catalog import UnknownForm, find_form
from xlreport.cli.console import complain, say, stop
from xlreport.cli.make import save
from xlreport.data import DataProblems, decode
from xlreport.examine import open_reading
from xlreport.finding import Code
from xlreport.report.trouble import SIGNED, reading_trouble
from xlreport.rules.sentence import Lang, several
from xlreport.upgrade import Poured
from xlreport.wording import message, two
from xlreport.wording.teller import clip
from xlreport.workbook.annotate import annotate, strip
from xlreport.workbook.book import parse_cell
from xlreport.workbook.container import Container, Unreadable, file_bytes
from xlreport.workbook.marks import TITLES, Mark, Summary, SummaryCell, SummaryRow, Tone
from xlreport.workbook.read import Reading
from xlreport.workbook.recognise import NotAForm

TONES = {"error": Tone.ERROR, "warning": Tone.WARNING, "warn": Tone.WARNING, "info": Tone.INFO}
_USABLE = (
    "要的是 xlreport check --format json 的输出，或写明 sheet、cell、severity、message 的列表。",
    "Give what `xlreport check --format json` printed, or a list of sheet, cell, severity and message.",
)
_HEADER = {"zh": ("级别", "位置", "问题", "代码"), "en": ("Severity", "Place", "What is wrong", "Code")}


def strip_marks(source: Path, target: Path, *, force: bool, lang: Lang) -> None:
    """Write a workbook without any marks of ours."""
    container = _open(source, lang)
    try:
        data = strip(container)
    except Unreadable as error:
        _unreadable(source, error, lang)
    save(target, data, lang, force=force, sources=(source,))
    say(f"已去掉标注：{target}" if lang == "zh" else f"Marks removed: {target}")
    if container.signed and data != container.data:
        complain(SIGNED[0 if lang == "zh" else 1])


def annotate_with(source: Path, findings: Path, target: Path, *, force: bool, lang: Lang) -> None:
    """Write the findings of a JSON file into a copy of any workbook."""
    container = _open(source, lang)
    try:
        body = json.loads(decode(file_bytes(findings)))
    except Unreadable as error:
        stop(f"{findings}: {reading_trouble(error.reason, error.facts, lang)}")
    except (DataProblems, ValueError, RecursionError):
        stop(two(f"{findings}: 这不是 JSON。{_USABLE[0]}", f"{findings}: this is no JSON. {_USABLE[1]}", lang))
    try:
        rows = _rows(body, lang)
    except (ValueError, TypeError) as error:  # told in our words, with the number of the entry
        stop(
            two(
                f"{findings}: 里面没有能用的审核结果。{error}。{_USABLE[0]}",
                f"{findings}: no usable findings. {error}. {_USABLE[1]}",
                lang,
            )
        )
    marks, lines = [], []
    for number, (tone, places, text, code) in enumerate(rows):
        row = 4 + number
        cells = [SummaryCell(_word(tone, lang))]
        cells.append(SummaryCell(f"{places[0][0]}!{places[0][3]}" if places else "", places[0][:3] if places else None))
        lines.append(SummaryRow(tone, (*cells, SummaryCell(text), SummaryCell(code))))
        marks += [
            Mark(sheet, at, col, tone, (note or text, code), suspect, row)
            for sheet, at, col, _, note, suspect in places
        ]
    name = TITLES[0 if lang == "zh" else 1]
    summary = Summary(name, name, (), _HEADER[lang], (8, 24, 80, 14), tuple(lines))
    try:
        data = annotate(container, marks, summary)
    except ValueError as error:
        stop(f"{findings}: {error}")
    except Unreadable as error:
        _unreadable(source, error, lang)
    save(target, data, lang, force=force, sources=(source, findings))
    say(f"已标注：{target}" if lang == "zh" else f"Annotated: {target}")
    if container.signed:
        complain(SIGNED[0 if lang == "zh" else 1])


Place = tuple[str, int, int, str, str, bool]  # sheet, row, column, cell as written, note, suspect


def _rows(body: Any, lang: Lang) -> list[tuple[Tone, list[Place], str, str]]:
    """The findings of `check --format json` (its first file), or of a plain list of sheet, cell, severity, message."""
    if isinstance(body, dict):
        files = body.get("files")
        first = files[0] if isinstance(files, list) and files else body
        body = first.get("findings") if isinstance(first, dict) else None
    if not isinstance(body, list):
        raise TypeError("没有审核结果的列表" if lang == "zh" else "no list of findings")
    return [_row(number, entry, lang) for number, entry in enumerate(body, 1)]


def _row(number: int, entry: Any, lang: Lang) -> tuple[Tone, list[Place], str, str]:
    zh = lang == "zh"
    message = entry.get("message") if isinstance(entry, dict) else None
    said = message.get(lang) if isinstance(message, dict) else message
    if said is None:
        raise ValueError(f"第 {number} 项没有 message" if zh else f"entry {number} has no message")
    severity = str(entry.get("severity", "error"))
    if severity not in TONES:
        asked = " / ".join(TONES)
        raise ValueError(
            f"第 {number} 项的 severity 应为 {asked}" if zh else f"entry {number}: severity must be {asked}"
        )
    code = " ".join(str(entry[key]) for key in ("code", "rule") if entry.get(key))
    places: dict[tuple[str, int, int, str], Place] = {}
    items = entry.get("items") or []
    for item in [entry, entry.get("place") or {}, *(items if isinstance(items, list) else [items])]:
        if not isinstance(item, dict):
            words = f"第 {number} 项的位置写法不对" if zh else f"entry {number}: not a place"
            raise ValueError(f"{words}: {clip(item)}")  # noqa: TRY004  (somebody's file, not a wrong call)
        if item.get("sheet") and item.get("cell"):
            cell = str(item["cell"])
            try:
                row, col = parse_cell(cell)
            except ValueError:
                words = f"第 {number} 项的 cell 不是一个单元格" if zh else f"entry {number}: not a cell"
                raise ValueError(f"{words}: {clip(cell)}") from None
            place = (str(item["sheet"]), row, col, cell)
            places.setdefault(place, (*place, "", item.get("role") in {"suspect", "candidate"}))
    return TONES[severity], list(places.values()), str(said), code


def _word(tone: Tone, lang: Lang) -> str:
    words = {Tone.ERROR: ("× 错误", "× error"), Tone.WARNING: ("△ 警告", "△ warning"), Tone.INFO: ("○ 提示", "○ note")}
    return words[tone][0 if lang == "zh" else 1]


def _open(source: Path, lang: Lang) -> Container:
    try:
        container = Container.open(source)
        container.document()
    except Unreadable as error:
        _unreadable(source, error, lang)
    return container


def _unreadable(source: Path, error: Unreadable, lang: Lang, *, asks: bool = False) -> NoReturn:
    stop(
        f"{source}: {reading_trouble(error.reason, error.facts, lang, asks=asks)}",
        2 if error.reason == "missing" else 1,
    )


def upgrade(
    source: Path, target: Path, form: str | None, templates: tuple[Path, ...], password: str, *, force: bool, lang: Lang
) -> None:
    """Pour a filled workbook into a fresh form and list what had no home there."""
    from xlreport.form.evaluate import computed_items
    from xlreport.form.table import Fill
    from xlreport.upgrade import pour
    from xlreport.workbook.refill import LONGEST, cell_text
    from xlreport.workbook.template import Issue, make

    try:
        reading = open_reading(source, templates, password=password)
    except Unreadable as error:
        _unreadable(source, error, lang, asks=True)
    except NotAForm as error:
        facts = {"closest": error.closest, "said": error.said}
        stop(f"{source}: {reading_trouble('not-a-form', facts, lang)}", 1)
    submission = reading.submission
    try:
        fresh = find_form(form or submission.form.id, submission.period, templates)
    except UnknownForm as error:
        stop(str(error))
    totals = Fill.TYPED if not any(e.computed for e in submission.entries.values()) else None
    poured = pour(submission, fresh, computed_items(fresh, totals))
    cover = {key: cell_text(text) for key, text in poured.cover.items()}
    values = {item: cell_text(value) if isinstance(value, str) else value for item, value in poured.values.items()}
    sections = {key: cell_text(text) for key, text in poured.sections.items()}
    issue = Issue(
        unit=cover.pop("unit", ""),
        unit_code=cover.pop("unit_code", ""),
        level=cover.pop("level", ""),
        period=submission.period,
        issue=reading.identity.issue if reading.identity else "",
        cover={key: text for key, text in cover.items() if key != "period" or submission.period is None},
    )
    data = make(fresh, issue, totals=totals, values=values, sections=sections)
    save(target, data, lang, force=force, sources=(source,))
    zh, count = lang == "zh", len(poured.values)
    say(
        f"已填入 {fresh.name}：{target}（{count} 格）"
        if zh
        else f"Poured into {fresh.name}: {target} ({several(count, 'cell')})"
    )
    for line in _left_behind(reading, poured, lang):
        say(f"  {line}")
    for text in (*poured.cover.values(), *poured.sections.values(), *map(str, poured.values.values())):
        if len(text) > LONGEST:
            words = (
                f"过长，只留前 {LONGEST:,} 字："
                if zh
                else f"too long, only its first {LONGEST:,} characters are kept: "
            )
            say(f"  {words}{clip(text)}")


def _left_behind(reading: Reading, poured: Poured, lang: Lang) -> Iterator[str]:
    """What the fresh form has no home for, what was not read, and what stood outside the form."""
    zh, form = lang == "zh", reading.submission.form
    for item, entry in poured.homeless:
        label, raw = form.short(item), clip(entry.words)
        yield f"没有对应的格：{item.table} {label}（{raw}）" if zh else f"no home: {item.table} {label} ({raw})"
    for item in poured.unread:
        label = form.short(item)
        yield f"原表里找不到，没有读取：{item.table} {label}" if zh else f"not found, not read: {item.table} {label}"
    for key in poured.lost_sections:
        yield f"没有对应的文字部分：{form.sections[key].title}" if zh else f"no home: text {form.sections[key].title}"
    for key in poured.lost_lines:
        text = clip(reading.submission.cover[key])
        yield f"没有对应的封面项：{key}（{text}）" if zh else f"no home: cover {key} ({text})"
    for finding in reading.findings:
        if finding.code in {Code.S210, Code.S202} or finding.facts.get("kind") in {"copies", "merged", "pushed-out"}:
            yield clip(message(finding, reading.submission, lang), 200)
