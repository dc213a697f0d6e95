"""Data to be filled into a form: JSON or CSV by printed names, resolved to items; everything wrong told at once."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xlreport.form.definition import suggest
from xlreport.form.evaluate import evaluate
from xlreport.form.fold import fold
from xlreport.form.model import Ambiguous, Axis, Form, Heading, Item, Table
from xlreport.notation import LARGEST, Held, simple, understand
from xlreport.record import record
from xlreport.rules.nodes import Number, size
from xlreport.rules.sentence import plain
from xlreport.submission import State, find_level

LONGEST_TEXT = 32_767  # characters an Excel cell holds
_HEADINGS = {
    "table": ("table", "表", "表格", "报表"),
    "row": ("row", "行", "主栏", "行名", "指标"),
    "column": ("column", "col", "列", "宾栏", "列名"),
    "value": ("value", "值", "数值", "填报值", "数"),
}
_META = {
    "unit": ("unit", "填报单位", "单位名称", "单位"),
    "unit_code": ("unit_code", "单位代码"),
    "level": ("level", "org_level", "单位层级"),
    "period": ("period", "year", "报告年度", "年度"),
}
_KNOWN_KEYS = {"form", "edition", "tables", "values", "items", "sections", "narrative", "cover"}
COVER_TABLES = {"cover", "封面"}
SECTION_TABLES = {"sections", "section", "文字部分", "文字"}


class DataProblems(Exception):  # noqa: N818  (a state of somebody's data, not an error of the program)
    """The data cannot be filled in; every problem is listed."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@record
class Line:
    """One value as given: names not yet looked up, and where it stood."""

    table: str
    row: str
    column: str
    value: object
    where: str


@dataclass
class Data:
    """What a data file says."""

    lines: list[Line] = field(default_factory=list)
    cover: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    first_section: str = ""  # text without a section of its own
    edition: str | None = None
    ignored: list[str] = field(default_factory=list)

    @property
    def period(self) -> int | None:
        """The report year that the data state, under whatever name."""
        given = dict(self.cover) | {
            line.row or line.column: _scalar_text(line.value)
            for line in self.lines
            if line.table.strip().lower() in COVER_TABLES
        }
        found = [text for name, text in given.items() if name in _META["period"]]
        return int(found[0]) if found and re.fullmatch(r"(19|20)[0-9]{2}", found[0].strip()) else None


@record
class Filling:
    """Data resolved for one form: what to put where. None clears a cell."""

    values: Mapping[Item, Number | str | None]
    cover: Mapping[str, str]
    sections: Mapping[str, str]
    period: int | None


def decode(data: bytes) -> str:
    """Text as offices save it: UTF-8 with or without a mark, else GB18030."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise DataProblems(["数据文件既不是 UTF-8 也不是 GB18030 编码 (neither UTF-8 nor GB18030)"])


def read_data(data: bytes, name: str) -> Data:
    """The values in a data file, JSON or CSV by its content; raises `DataProblems`."""
    text = decode(data)
    if text.lstrip().startswith(("{", "[")):
        return _json(text)
    if name.lower().endswith(".json"):
        raise DataProblems([f"{name} 不是 JSON (not JSON)"])
    return _csv(text)


# --- JSON


def _json(text: str) -> Data:
    def no_constant(word: str) -> object:
        raise ValueError(f"{word} is no number")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = "、".join(sorted({name for name in names if names.count(name) > 1}))
            raise ValueError(f"{twice} 给了两次 (given twice)")
        return found

    try:
        body = json.loads(text, parse_float=Decimal, parse_constant=no_constant, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise DataProblems([f"不是可用的 JSON (not usable JSON): {error}"]) from None
    data = Data()
    if isinstance(body, list):
        _records(data, body, "")
        return data
    for key, value in body.items():
        meta = next((name for name, words in _META.items() if key in words), None)
        if meta is not None:
            data.cover[meta] = _scalar_text(value)
        elif key == "edition":
            data.edition = _scalar_text(value)
        elif key == "cover":
            data.cover.update(_text_map(value, "cover"))
        elif key == "sections":
            data.sections.update(_text_map(value, "sections"))
        elif key == "narrative":
            data.first_section = _narrative(value)
        elif key == "tables":
            _nested(data, value)
        elif key in {"values", "items"}:
            _records(data, value, f"{key}")
        elif key not in _KNOWN_KEYS:
            data.ignored.append(key)
    return data


def _scalar_text(value: object) -> str:
    if isinstance(value, (list, dict, bool)):
        raise DataProblems([f"{str(value)[:40]} 不是一个值 (not a value)"])
    return "" if value is None else plain(value) if isinstance(value, (int, Decimal)) else str(value)


def _text_map(value: object, what: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise DataProblems([f"{what} 应是“名称: 内容” (must be name: text)"])
    return {str(k): _scalar_text(v) for k, v in value.items()}


def _narrative(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(str(v.get("text", "")) if isinstance(v, dict) else str(v) for v in value)
    return str(value or "")


def _records(data: Data, rows: object, where: str) -> None:
    if not isinstance(rows, list):
        raise DataProblems([f"{where} 应是列表 (must be a list)"])
    problems = []
    for i, row in enumerate(rows):
        at = f"{where}[{i}]"
        if not isinstance(row, dict):
            problems.append(f"{at}: 应有 table、row、column、value (an object with table, row, column, value)")
            continue
        found = {name: next((row[w] for w in words if w in row), None) for name, words in _HEADINGS.items()}
        if found["table"] is None or "value" not in {_heading(k) for k in row}:
            problems.append(f"{at}: 缺 table 或 value (table or value is missing)")
            continue
        table, row_name, column = (_scalar_text(found[n]) for n in ("table", "row", "column"))
        data.lines.append(Line(table, row_name, column, found["value"], at))
    if problems:
        raise DataProblems(problems)


def _nested(data: Data, tables: object) -> None:
    if not isinstance(tables, dict):
        raise DataProblems(["tables 应是 表→行→列→值 (must be table → row → column → value)"])
    for table, rows in tables.items():
        if not isinstance(rows, dict):
            raise DataProblems([f"tables.{table} 应是 行→列→值 (must be row → column → value)"])
        for row, columns in rows.items():
            if isinstance(columns, dict):
                for column, value in columns.items():
                    data.lines.append(Line(table, row, column, value, f"{table}.{row}.{column}"))
            else:
                data.lines.append(Line(table, row, "", columns, f"{table}.{row}"))


# --- CSV


def _heading(word: object) -> str | None:
    text = str(word).strip().lower()
    return next((name for name, words in _HEADINGS.items() if text in words), None)


def _csv(text: str) -> Data:
    if not text.strip():
        raise DataProblems(["数据文件是空的 (the data file is empty)"])
    text = text.lstrip("\r\n")
    first = text.splitlines()[0]
    delimiter = max(",;\t，；", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DataProblems([f"不是可用的 CSV (not usable CSV): {error}"]) from None
    names = [_heading(cell) for cell in rows[0]]
    if "table" not in names or "value" not in names:
        raise DataProblems(["第一行应是 table,row,column,value 或 表,行,列,值 (the first line must name the columns)"])
    data = Data()
    problems = []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(names):
            problems.append(f"第 {number} 行多出一列；含逗号的内容要加引号 (line {number} has an extra column)")
            continue
        found = dict.fromkeys(_HEADINGS, "")
        for name, cell in zip(names, row, strict=False):
            if name:
                found[name] = cell.strip() if name != "value" else cell
        data.lines.append(
            Line(found["table"], found["row"], found["column"], found["value"], f"第 {number} 行 (line {number})")
        )
    if problems:
        raise DataProblems(problems)
    return data


# --- names to items


def resolve(form: Form, data: Data, *, computed: frozenset[Item] = frozenset(), as_printed: bool = False) -> Filling:
    """The data tied to a form's items; raises `DataProblems` with every problem.

    A value for a computed item must be what the workbook computes. `as_printed` takes values that do not fit their
    cell, as published reports have them.
    """
    problems: list[str] = []
    values: dict[Item, Number | str | None] = {}
    asked: dict[Item, tuple[str, object]] = {}
    cover, sections = dict(data.cover), dict(data.sections)
    for line in data.lines:
        if line.table.strip().lower() in COVER_TABLES:
            _put(cover, line, problems)
            continue
        if line.table.strip().lower() in SECTION_TABLES:
            _put(sections, line, problems)
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
    problems += _check_computed(form, values, asked, computed)
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
        text = _scalar_text(line.value)
    except DataProblems as error:
        problems += [f"{line.where}: {problem}" for problem in error.problems]
        return
    if texts.setdefault(name, text) != text:
        problems.append(f"{line.where}: {name} 已给过另一个值 (given twice)")


def _item(form: Form, line: Line) -> Item:
    table = form.find_table(line.table)
    if table is None:
        names = [t.id for t in form.tables.values()]
        raise DataProblems([f"没有表“{line.table}” (no table{suggest(line.table, names)})"])
    row, column = line.row, line.column
    if len(table.rows.leaves) == 1:
        joined = "/".join(part for part in (row, column) if part)
        only = table.rows.leaves[0]
        if not row or _find(table.rows, row, table, quiet=True) is None:
            if _find(table.columns, joined, table, quiet=True) is None:
                joined = "/".join(part for part in re.split(r"[/_.]", joined) if part)
            return Item(table.id, only.id, _leaf(table.columns, joined, table, "列 (column)").id)
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
        return _fitting(simple(exact), name, whole=kind.whole, signed=kind.signed, as_printed=as_printed)
    text = str(raw)
    if len(text) > LONGEST_TEXT:
        raise DataProblems([f"{name}: 内容超过 {LONGEST_TEXT} 字 (too long for a cell)"])
    entry = understand(Held.TEXT, text, kind)
    if entry.state is State.BLANK:
        return None
    if entry.state is State.NUMBER and entry.value is not None:
        # A number that is only written oddly stays as written, so that the check can tell it.
        value = _fitting(entry.value, name, whole=kind.whole, signed=kind.signed, as_printed=as_printed)
        return value if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text.strip()) else text
    if entry.state is State.TEXT and entry.proposal is None and not as_printed:
        raise DataProblems([f"{name}: “{text[:40]}”不是数字 (not a number)"])
    return text


def _fitting(value: Number, name: str, *, whole: bool, signed: bool, as_printed: bool) -> Number:
    if as_printed:
        return value
    if whole and value != int(value):
        raise DataProblems([f"{name}: {plain(value)} 应为整数 (must be a whole number)"])
    if value < 0 and not signed:
        raise DataProblems([f"{name}: {plain(value)} 不能是负数 (cannot be negative)"])
    return value


def _check_computed(
    form: Form,
    values: Mapping[Item, Number | str | None],
    asked: Mapping[Item, tuple[str, object]],
    computed: frozenset[Item],
) -> Iterator[str]:
    """Values given for cells that the workbook computes, where they are not what it will compute."""
    given = [item for item in values if item in computed]
    if not given:
        return
    meant = {i: _meant(form, i, v) for i, v in values.items() if v is not None}
    numbers = {i: v for i, v in meant.items() if v is not None and i not in computed}
    texts = [i for i, v in meant.items() if v is None and i not in computed]
    results = evaluate(form, numbers, texts, computed)
    for item in given:
        index = form.index[item]
        result = None if index in results.blank else results.numbers[index]
        if values[item] is not None and meant[item] != result:
            said = _scalar_text(values[item])
            is_ = "空" if result is None else plain(result)
            yield (
                f"{asked[item][0]}: {item.table} {form.label(item)} 由表格自动计算，计算结果是 {is_}，不能填 {said}；"
                "要照原样填写，请用 --totals typed (computed as "
                f"{is_}; use --totals typed to enter {said})"
            )


def _meant(form: Form, item: Item, value: Number | str) -> Number | None:
    """The number that a value will be read as."""
    return understand(Held.TEXT, value, form.entry_type(item)).value if isinstance(value, str) else value


def _cover(form: Form, given: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    known = {fold(word): line.id for line in form.cover for word in (line.id, line.label)}
    known |= {fold(word): name for name, words in _META.items() for word in words if name in known.values()}
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


__all__ = ["Data", "DataProblems", "Filling", "Line", "decode", "read_data", "resolve"]
