"""Data as an office has them, JSON or CSV: values under names that are not looked up yet, and where each stood."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xlreport.record import record
from xlreport.rules.sentence import plain

_HEADINGS = {
    "table": ("table", "表", "表格", "报表"),
    "row": ("row", "行", "主栏", "行名", "指标"),
    "column": ("column", "col", "列", "宾栏", "列名"),
    "value": ("value", "值", "数值", "填报值", "数"),
}
META = {
    "unit": ("unit", "填报单位", "单位名称", "单位"),
    "unit_code": ("unit_code", "单位代码"),
    "level": ("level", "org_level", "单位层级"),
    "period": ("period", "year", "报告年度", "年度"),
}
_NOTHING = "没有可以填的内容；应是 表→行→列→值 (nothing to fill in; table → row → column → value is expected)"
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
    form: str = ""
    edition: str | None = None
    ignored: list[str] = field(default_factory=list)

    @property
    def period(self) -> int | None:
        """The report year that the data state, under whatever name."""
        given = dict(self.cover) | {
            line.row or line.column: scalar_text(line.value)
            for line in self.lines
            if line.table.strip().lower() in COVER_TABLES
        }
        found = [text for name, text in given.items() if name in META["period"]]
        return int(found[0]) if found and re.fullmatch(r"(19|20)[0-9]{2}", found[0].strip()) else None


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
        if not data.lines:
            raise DataProblems([_NOTHING])
        return data
    for key, value in body.items():
        meta = next((name for name, words in META.items() if key in words), None)
        if meta is not None:
            data.cover[meta] = scalar_text(value)
        elif key == "edition":
            data.edition = scalar_text(value)
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
        elif key == "form":
            data.form = scalar_text(value)
        elif _is_table(value):  # a table outside `tables`
            _nested(data, {key: value})
        else:
            data.ignored.append(key)
    if not (data.lines or data.sections or data.first_section or data.cover):
        raise DataProblems([_NOTHING])
    return data


def _is_table(value: object) -> bool:
    """Whether a mapping can be a table: numbers or further mappings, not texts about something."""
    return isinstance(value, dict) and any(
        isinstance(inner, (int, Decimal, dict)) and not isinstance(inner, bool) for inner in value.values()
    )


def scalar_text(value: object) -> str:
    """A single value as text; raises `DataProblems` for a list or a mapping."""
    if isinstance(value, (list, dict, bool)):
        raise DataProblems([f"{str(value)[:40]} 不是一个值 (not a value)"])
    return "" if value is None else plain(value) if isinstance(value, (int, Decimal)) else str(value)


def _text_map(value: object, what: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise DataProblems([f"{what} 应是“名称: 内容” (must be name: text)"])
    return {str(k): scalar_text(v) for k, v in value.items()}


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
        table, row_name, column = (scalar_text(found[n]) for n in ("table", "row", "column"))
        data.lines.append(Line(table, row_name, column, found["value"], at))
    if problems:
        raise DataProblems(problems)


def _nested(data: Data, tables: object) -> None:
    if not isinstance(tables, dict):
        raise DataProblems(["tables 应是 表→行→列→值 (must be table → row → column → value)"])
    for table, rows in tables.items():
        if not isinstance(rows, dict):
            raise DataProblems([f"tables.{table} 应是 行→列→值 (must be row → column → value)"])
        for path, value in _leaves(rows, ()):
            row, column = ("/".join(path[:-1]), path[-1]) if len(path) > 1 else (path[0], "")
            data.lines.append(Line(table, row, column, value, ".".join((table, *path))))


def _leaves(inside: dict[str, object], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every value with the names above it; groups of rows or columns may be levels of their own."""
    for name, value in inside.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


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
