"""`xlreport fill`."""

from __future__ import annotations

from pathlib import Path

from xlreport.cli.console import complain, say, stop
from xlreport.cli.make import Options, save, the_form, the_level
from xlreport.data import Data, DataProblems, read_data
from xlreport.examine import all_forms, open_reading
from xlreport.filling import Filling, resolve
from xlreport.form.evaluate import computed_items, evaluate, is_placeholder
from xlreport.form.layout import layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.report.trouble import reading_trouble
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import Lang
from xlreport.submission import State
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container, Unreadable, file_bytes
from xlreport.workbook.poke import CannotSet, set_values
from xlreport.workbook.read import Reading
from xlreport.workbook.recognise import NotAForm
from xlreport.workbook.template import Issue, make
from xlreport.workbook.unreadable import told_as_damaged

SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xls", ".et", ".ods", ".xlsb")


def fill_form(
    name: str, data: Path, target: Path, options: Options, *, as_printed: bool, force: bool, lang: Lang
) -> None:
    """Put data into a fresh workbook of a form, or into an existing workbook."""
    try:
        given = read_data(file_bytes(data), data.name)
        if given.ignored:
            complain(f"未使用的内容 (not used): {'、'.join(given.ignored)}")
        existing = Path(name)
        if existing.is_file() and not name.endswith((".yaml", ".yml")):
            content = _into_existing(existing, given, options, lang, as_printed=as_printed)
        elif name.lower().endswith(SUFFIXES):
            stop(f"{name}: {reading_trouble('missing', {}, lang)}")
        else:
            content = _into_fresh(name, given, options, as_printed=as_printed)
            existing = data
    except Unreadable as error:
        stop(f"{data}: {reading_trouble(error.reason, error.facts, lang)}")
    except DataProblems as error:
        head = f"{data}: {len(error.problems)} 处不能填入，什么也没有写 (nothing was written):"
        stop("\n".join([head, *(f"  {problem}" for problem in error.problems)]))
    save(target, content, lang, force=force, sources=(existing, data))
    say(f"已填写：{target}" if lang == "zh" else f"Filled: {target}")


def _into_fresh(name: str, given: Data, options: Options, *, as_printed: bool) -> bytes:
    period = options.period or given.period
    if "@" not in name and given.edition and period is None:
        name = f"{name}@{given.edition}"
    # A report published on the wrong edition can be keyed in as it was printed, to be told so by the check.
    form = the_form(name, None if as_printed and "@" in name else period, options.templates)
    _same_form(form, given, options)
    computed = computed_items(form, options.fill)
    filling = resolve(form, given, computed=computed, as_printed=as_printed)
    cover = dict(filling.cover)
    issue = Issue(
        unit=options.unit or cover.pop("unit", ""),
        unit_code=options.unit_code or cover.pop("unit_code", ""),
        level=the_level(form, options.level) or cover.pop("level", ""),
        period=period,
        cover={k: v for k, v in cover.items() if k not in {"unit", "unit_code", "level", "period"}},
    )
    values = {item: value for item, value in filling.values.items() if value is not None}
    return make(form, issue, totals=options.fill, values=values, sections=filling.sections)


def _same_form(form: Form, given: Data, options: Options) -> None:
    """End the command where the data say that they are another form's, or another edition's."""
    said, _, edition = given.form.partition("@")
    if said.isascii() and said not in {"", form.id}:
        raise DataProblems([f"数据写明是 {given.form}，不是 {form.name} (the data say they are of another form)"])
    edition = edition or given.edition or ""
    if edition == form.edition or f"{form.id}@{edition}" not in {f.name for f in all_forms(options.templates)}:
        return  # what is no edition of ours says nothing
    advice = f"要照原样录入，请写 {form.id}@{edition} --as-printed"
    raise DataProblems(
        [f"数据写明是 {edition} 版，这里用的是 {form.edition} 版；{advice} (the data are of another edition)"]
    )


def _into_existing(path: Path, given: Data, options: Options, lang: Lang, *, as_printed: bool) -> bytes:
    if options.totals:
        stop("--totals 只用于新表。 --totals is for fresh workbooks.")
    try:
        reading = open_reading(path, options.templates)
    except Unreadable as error:
        stop(f"{path}: {reading_trouble(error.reason, error.facts, lang, asks=False)}", 1)
    except NotAForm as error:
        stop(f"{path}: {reading_trouble('not-a-form', {'closest': error.closest, 'said': error.said}, lang)}", 1)
    if reading.container is None:
        stop(f"{path}: {reading_trouble('not-writable', {}, lang)}", 1)
    form = reading.submission.form
    _same_form(form, given, options)
    for key, value in (("unit", options.unit), ("unit_code", options.unit_code), ("level", options.level)):
        if value:
            given.cover[key] = value
    if options.period:
        given.cover["period"] = str(options.period)
    entries = reading.submission.entries
    computed = frozenset(item for item, entry in entries.items() if entry.computed)
    known = {i: e.raw if e.value is None else e.value for i, e in entries.items() if e.raw and i not in computed}
    filling = resolve(form, given, computed=computed, as_printed=as_printed, known=known)
    lost = [item for item in filling.values if item not in reading.places]
    if lost:
        raise DataProblems([f"{form.label(item)}: 在表中找不到它的格 (its cell was not found)" for item in lost])
    try:
        return put_values(reading, reading.container, form, filling, computed)
    except Unreadable as error:  # what reading passes over, writing may not
        stop(f"{path}: {reading_trouble(error.reason, error.facts, lang, asks=False)}", 1)


def put_values(
    reading: Reading, container: Container, form: Form, filling: Filling, computed: frozenset[Item]
) -> bytes:
    """The workbook with the values in their cells, computed totals and live checks brought up to date."""
    from xlreport.workbook.live import live_cells

    submission = reading.submission
    values: dict[tuple[str, int, int], str | Number | None] = {}
    for item, value in filling.values.items():
        values[reading.places[item]] = value
    for name, text in filling.cover.items():
        cell = submission.cover_cells.get(name)
        if cell is not None:
            values[cell] = int(text) if name == "period" and text else text or None
    for name, text in filling.sections.items():
        cell = submission.section_cells.get(name)
        if cell is not None:
            values[cell] = text or None  # an empty text would count as something written
    # What the check reads as a number although it is text, the workbook's own formulas do not.
    numbers = {item: number for item, number in submission.numbers.items() if not submission.entry(item).notation}
    words = {i: e.raw for i, e in submission.entries.items() if e.notation or (e.state is not State.NUMBER and e.raw)}
    words |= {i: "?" for i, e in submission.entries.items() if e.state is State.NOT_FOUND}
    for item, value in filling.values.items():
        numbers.pop(item, None)
        words.pop(item, None)
        if isinstance(value, str):
            words[item] = value
        elif value is not None:
            numbers[item] = value
    cached: dict[tuple[str, int, int], str | Number] = {}
    results = evaluate(form, numbers, [i for i, text in words.items() if not is_placeholder(text)], computed)
    for item in computed:
        index = form.index[item]
        empty = index in results.blank
        cached[reading.places[item]] = "" if empty else results.numbers[index]
    cover = {**submission.cover, **filling.cover}
    sections = {**submission.sections, **filling.sections}
    sheets = {sheet.name: sheet for sheet in read_book(container).sheets}
    for live in live_cells(
        form, layout(form), computed, numbers, cover,
        words=words, sections={name for name, text in sections.items() if text},
    ):  # fmt: skip
        sheet = sheets.get(live.cell.sheet)
        raw = sheet.cells.get((live.cell.row, live.cell.col)) if sheet else None
        if raw is not None and raw.formula == live.formula:
            cached.setdefault(live.cell, live.result)
    with told_as_damaged():
        try:
            return set_values(container, values, cached=cached)
        except CannotSet as error:
            problems = [_in_words(problem) for problem in error.problems]
    raise DataProblems(problems)


_REFUSED = {
    "is part of an array formula": "是数组公式的一部分，不能单独填写",
    "holds a formula that other cells share": "里是与别的格共用的公式，不能填写",
    "holds a formula": "里是公式，不能填写",
}


def _in_words(problem: str) -> str:
    """What the pen says of a cell, for the reader of either language."""
    place, _, why = problem.partition(": ")
    return f"{place}: {_REFUSED[why]} ({why})" if why in _REFUSED else problem
