"""Filling data into a form: names resolved to items, values to what a cell may hold; everything wrong told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from xlreport.data import COVER_TABLES, META, SECTION_TABLES, Data, DataProblems, Line, scalar_text
from xlreport.form.definition import suggest
from xlreport.form.evaluate import evaluate
from xlreport.form.fold import fold
from xlreport.form.model import Form
from xlreport.form.table import Ambiguous, Axis, EntryType, Heading, Item, Table
from xlreport.notation import LARGEST, Held, simple, understand
from xlreport.record import record
from xlreport.rules.nodes import Number, size
from xlreport.rules.sentence import plain
from xlreport.submission import State, find_level

LONGEST_TEXT = 32_767  # characters an Excel cell holds


@record
class Filling:
    """Data resolved for one form: what to put where. None clears a cell."""

    values: Mapping[Item, Number | str | None]
    cover: Mapping[str, str]
    sections: Mapping[str, str]
    period: int | None


def resolve(
    form: Form,
    data: Data,
    *,
    computed: frozenset[Item] = frozenset(),
    as_printed: bool = False,
    known: Mapping[Item, Number | str] | None = None,
) -> Filling:
    """The data tied to a form's items; raises `DataProblems` with every problem.

    A value for a computed item must be what the workbook computes. `known` is what stands in an existing workbook,
    None for a fresh one. `as_printed` takes values that do not fit their cell, as published reports have them.
    """
    problems: list[str] = []
    values: dict[Item, Number | str | None] = {}
    asked: dict[Item, tuple[str, object]] = {}
    cover, sections = dict(data.cover), dict(data.sections)
    strange: dict[str, list[Line]] = {}
    for line in data.lines:
        if line.table.strip().lower() in COVER_TABLES:
            _put(cover, line, problems)
            continue
        if line.table.strip().lower() in SECTION_TABLES:
            _put(sections, line, problems)
            continue
        if form.find_table(line.table) is None:
            if line.table not in strange:
                problems.append(line.table)  # for the sentence about all its lines
            strange.setdefault(line.table, []).append(line)
            continue
        try:
            item = _item(form, line)
            value = _value(form, item, line, as_printed=as_printed)
        except DataProblems as error:
            problems += [f"{line.where}: {problem}" for problem in error.problems]
            continue
        if item in asked and asked[item][1] != value:
            problems.append(f"{line.where}: {form.label(item)} 已在 {asked[item][0]} 给过另一个值 (given twice)")
        asked[item] = (line.where, value)
        values[item] = value
    for name, lines in strange.items():
        problems[problems.index(name)] = _no_table(form, lines)
    problems += _check_computed(form, values, asked, computed, known)
    meta = _cover(form, cover, problems)
    texts = _sections(form, sections, problems)
    if data.first_section and form.sections:
        texts.setdefault(next(iter(form.sections)), data.first_section)
    if problems:
        raise DataProblems(problems)
    typed = {item: value for item, value in values.items() if item not in computed}
    return Filling(typed, meta, texts, _period(meta))


def _put(texts: dict[str, str], line: Line, problems: list[str]) -> None:
    """A line of the cover or a section of text among those given."""
    name = line.row or line.column
    try:
        text = scalar_text(line.value)
    except DataProblems as error:
        problems += [f"{line.where}: {problem}" for problem in error.problems]
        return
    if texts.setdefault(name, text) != text:
        problems.append(f"{line.where}: {name} 已给过另一个值 (given twice)")


def _no_table(form: Form, lines: Sequence[Line]) -> str:
    """The lines of a table that the form does not have: with another form's data that is all of them."""
    name = lines[0].table
    more = f"，共 {len(lines)} 行 (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return f"{lines[0].where}{more}: 没有表“{name}” (no table{suggest(name, [t.id for t in form.tables.values()])})"


def _item(form: Form, line: Line) -> Item:
    table = form.find_table(line.table)
    assert table is not None  # noqa: S101  (the caller has looked)
    row, column = line.row, line.column
    if len(table.rows.leaves) == 1:
        joined = "/".join(part for part in (row, column) if part)
        only = table.rows.leaves[0]
        if not row or _find(table.rows, row, table, quiet=True) is None:
            if _find(table.columns, joined, table, quiet=True) is None:
                joined = "/".join(part for part in re.split(r"[/_.]", joined) if part)
            return Item(table.id, only.id, _leaf(table.columns, joined, table, "列 (column)").id)
    words = row.split("/")
    for k in range(len(words) - 1, 0, -1):  # names level by level, where a group of columns was one of them
        if _find(table.rows, row, table, quiet=True) is not None:
            break
        above, below = "/".join(words[:k]), "/".join([*words[k:], column])
        if all(_find(axis, name, table, quiet=True) for axis, name in ((table.rows, above), (table.columns, below))):
            row, column = above, below
    if not column and len(table.columns.leaves) == 1:
        column = table.columns.leaves[0].id
    found = _leaf(table.rows, row, table, "行 (row)"), _leaf(table.columns, column, table, "列 (column)")
    item = Item(table.id, found[0].id, found[1].id)
    if item not in form.index:
        raise DataProblems([f"{table.id} 的“{row}”“{column}”没有可填的格 (no such cell)"])
    return item


def _find(axis: Axis, name: str, table: Table, *, quiet: bool = False) -> Heading | None:
    try:
        return axis.find(name.strip())
    except Ambiguous as error:
        if quiet:
            return None
        options = "、".join("/".join(h.path) for h in error.candidates)
        raise DataProblems([f"表 {table.id} 里“{name}”不止一处，请写明：{options} (ambiguous)"]) from None


def _leaf(axis: Axis, name: str, table: Table, what: str) -> Heading:
    found = _find(axis, name, table)
    if found is None:
        labels = [h.label for h in axis.leaves]
        raise DataProblems([f"表 {table.id} 没有{what}“{name}”{suggest(name, labels)}"])
    if not found.leaf:
        members = "、".join("/".join(h.path) for h in axis.leaves_under(found)[:6])
        raise DataProblems([f"表 {table.id} 的“{name}”是一组，请写明其中一项：{members} (a group, not a cell)"])
    return found


def _value(form: Form, item: Item, line: Line, *, as_printed: bool) -> Number | str | None:
    raw, kind = line.value, form.entry_type(item)
    name = f"{form.tables[item.table].id} {form.label(item)}"
    if raw is None or raw == "":
        return None
    if isinstance(raw, (bool, list, dict)):
        raise DataProblems([f"{name}: {raw!r} 不是一个值 (not a value)"])
    if isinstance(raw, (int, Decimal)):
        exact = Decimal(raw)
        if size(exact) >= LARGEST or len(exact.normalize().as_tuple().digits) > 15 or exact.adjusted() < -15:
            raise DataProblems([f"{name}: {str(raw)[:40]} 超过 15 位，表格存不准 (more than 15 digits)"])
        return _fitting(simple(exact), name, kind, as_printed=as_printed)
    text = str(raw)
    if len(text) > LONGEST_TEXT:
        raise DataProblems([f"{name}: 内容超过 {LONGEST_TEXT} 字 (too long for a cell)"])
    entry = understand(Held.TEXT, text, kind)
    if entry.state is State.BLANK:
        return None
    if entry.state is State.NUMBER and entry.value is not None:
        # A number that is only written oddly stays as written, so that the check can tell it.
        value = _fitting(entry.value, name, kind, as_printed=as_printed)
        return value if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text.strip()) else text
    if entry.state is State.TEXT and entry.proposal is None and not as_printed:
        raise DataProblems([f"{name}: “{text[:40]}”不是数字 (not a number)"])
    return text


def _fitting(value: Number, name: str, kind: EntryType, *, as_printed: bool) -> Number:
    if as_printed:
        return value
    if kind.whole and value != int(value):
        raise DataProblems([f"{name}: {plain(value)} 应为整数 (must be a whole number)"])
    if not kind.whole and round(value, kind.decimals) != value:
        raise DataProblems([f"{name}: {plain(value)} 小数多于 {kind.decimals} 位 (more than {kind.decimals} decimals)"])
    if value < 0 and not kind.signed:
        raise DataProblems([f"{name}: {plain(value)} 不能是负数 (cannot be negative)"])
    return value


def _check_computed(
    form: Form,
    values: Mapping[Item, Number | str | None],
    asked: Mapping[Item, tuple[str, object]],
    computed: frozenset[Item],
    known: Mapping[Item, Number | str] | None,
) -> Iterator[str]:
    """Values given for cells that the workbook computes, where they are not what it will compute."""
    given = [item for item in values if item in computed]
    if not given:
        return
    every = {**(known or {}), **values}
    meant = {i: _meant(form, i, v) for i, v in every.items() if v is not None}
    numbers = {i: v for i, v in meant.items() if v is not None and i not in computed}
    texts = [i for i, v in meant.items() if v is None and i not in computed]
    results = evaluate(form, numbers, texts, computed)
    for item in given:
        index = form.index[item]
        result = None if index in results.blank else results.numbers[index]
        if values[item] is not None and meant[item] != result:
            said = scalar_text(values[item])
            is_ = "空" if result is None else plain(result)
            way = ("要照原样填写，请用 --totals typed", f"use --totals typed to enter {said}")
            if known is not None:
                way = ("请核对各分项，或重新生成总计手填的表", "check its parts, or make a workbook with typed totals")
            yield (
                f"{asked[item][0]}: {item.table} {form.label(item)} 由表格自动计算，计算结果是 {is_}，不能填 {said}；"
                f"{way[0]} (computed as {is_}; {way[1]})"
            )


def _meant(form: Form, item: Item, value: Number | str) -> Number | None:
    """The number that a value will be read as."""
    return understand(Held.TEXT, value, form.entry_type(item)).value if isinstance(value, str) else value


def _cover(form: Form, given: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    known = {fold(word): line.id for line in form.cover for word in (line.id, line.label)}
    known |= {fold(word): name for name, words in META.items() for word in words if name in known.values()}
    found: dict[str, str] = {}
    for name, value in given.items():
        if fold(name) not in known:
            problems.append(f"封面没有“{name}” (no such line on the cover{suggest(name, known)})")
        elif found.setdefault(known[fold(name)], value) != value:
            problems.append(f"封面的“{name}”已给过另一个值 (given twice)")
    if "period" in found and found["period"] and not re.fullmatch(r"(19|20)\d\d", found["period"]):
        problems.append(f"报告年度“{found['period']}”应是四位年份 (a year of four digits)")
    if found.get("level"):
        found["level"] = find_level(form, found["level"]) or found["level"]
    return found


def _sections(form: Form, given: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    known = {fold(word): s.id for s in form.sections.values() for word in (s.id, s.title)}
    found = {}
    for name, text in given.items():
        if fold(name) not in known:
            problems.append(
                f"没有文字部分“{name}” (no such section{suggest(name, [s.title for s in form.sections.values()])})"
            )
        elif len(text) > LONGEST_TEXT:
            problems.append(f"“{name}”超过 {LONGEST_TEXT} 字 (too long for a cell)")
        else:
            found[known[fold(name)]] = text
    return found


def _period(cover: Mapping[str, str]) -> int | None:
    text = cover.get("period", "")
    return int(text) if re.fullmatch(r"(19|20)\d\d", text) else None
