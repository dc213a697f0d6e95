"""`xlreport strip`, `xlreport annotate` and `xlreport upgrade`: commands that turn one workbook into another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from xlreport.catalog import UnknownForm, find_form
from xlreport.cli.console import complain, say, stop
from xlreport.cli.make import save
from xlreport.data import DataProblems, decode
from xlreport.examine import open_reading
from xlreport.report.trouble import SIGNED, reading_trouble
from xlreport.rules.sentence import Lang
from xlreport.workbook.annotate import annotate, strip
from xlreport.workbook.book import parse_cell
from xlreport.workbook.container import Container, Unreadable, file_bytes
from xlreport.workbook.marks import Mark, Summary, SummaryCell, SummaryRow, Tone
from xlreport.workbook.read import NotAForm

TONES = {"error": Tone.ERROR, "warning": Tone.WARNING, "warn": Tone.WARNING, "info": Tone.INFO}
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
        rows = _rows(json.loads(decode(file_bytes(findings))), lang)
    except Unreadable as error:
        stop(f"{findings}: {reading_trouble(error.reason, error.facts, lang)}")
    except (DataProblems, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        stop(f"{findings}: 不是可用的审核结果 (not usable findings): {error}")
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
    name = "检查结果" if lang == "zh" else "Check results"
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
        body = body["files"][0]["findings"] if "files" in body else body["findings"]
    return [_row(entry, lang) for entry in body]


def _row(entry: dict[str, Any], lang: Lang) -> tuple[Tone, list[Place], str, str]:
    message = entry["message"]
    text = str(message[lang] if isinstance(message, dict) else message)
    code = " ".join(str(entry[key]) for key in ("code", "rule") if entry.get(key))
    places: list[Place] = []
    for item in [entry, entry.get("place") or {}, *entry.get("items", ())]:
        if item.get("sheet") and item.get("cell"):
            row, col = parse_cell(str(item["cell"]))
            place = (str(item["sheet"]), row, col, str(item["cell"]))
            if place not in [p[:4] for p in places]:
                places.append((*place, "", item.get("role") == "suspect"))
    return TONES[str(entry.get("severity", "error"))], places, text, code


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


def _unreadable(source: Path, error: Unreadable, lang: Lang) -> NoReturn:
    stop(f"{source}: {reading_trouble(error.reason, error.facts, lang)}", 1)


def upgrade(
    source: Path, target: Path, form: str | None, templates: tuple[Path, ...], *, force: bool, lang: Lang
) -> None:
    """Pour a filled workbook into a fresh form and list what had no home there."""
    from xlreport.form.model import Fill
    from xlreport.upgrade import pour
    from xlreport.workbook.template import Issue, make

    try:
        submission = open_reading(source, templates).submission
    except Unreadable as error:
        _unreadable(source, error, lang)
    except NotAForm as error:
        facts = {"closest": error.closest, "said": error.said}
        stop(f"{source}: {reading_trouble('not-a-form', facts, lang)}", 1)
    try:
        fresh = find_form(form or submission.form.id, submission.period, templates)
    except UnknownForm as error:
        stop(str(error))
    poured = pour(submission, fresh)
    cover = dict(poured.cover)
    issue = Issue(
        unit=cover.pop("unit", ""),
        unit_code=cover.pop("unit_code", ""),
        level=cover.pop("level", ""),
        period=submission.period,
        cover={key: text for key, text in cover.items() if key != "period"},
    )
    totals = Fill.TYPED if not any(e.computed for e in submission.entries.values()) else None
    data = make(fresh, issue, totals=totals, values=poured.values, sections=poured.sections)
    save(target, data, lang, force=force, sources=(source,))
    zh = lang == "zh"
    say(
        f"已填入 {fresh.name}：{target}（{len(poured.values)} 格）"
        if zh
        else f"Poured into {fresh.name}: {target} ({len(poured.values)} cells)"
    )
    for item, entry in poured.homeless:
        label = submission.form.short(item)
        say(
            f"  没有对应的格：{item.table} {label}（{entry.raw}）"
            if zh
            else f"  no home: {item.table} {label} ({entry.raw})"
        )
