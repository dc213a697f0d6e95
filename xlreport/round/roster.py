"""The roster: who reports, under whom, and where mail for them goes. CSV in any Chinese encoding, or a workbook."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from xlreport.form.fold import fold
from xlreport.form.model import Form
from xlreport.record import record, replace
from xlreport.round.trouble import Problem, RoundProblems, refuse
from xlreport.submission import find_level

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "unit_code", "unit code", "单位代码", "代码", "编码"),
    "name": ("name", "unit", "unit name", "单位名称", "填报单位", "名称", "单位"),
    "level": ("level", "单位层级", "层级"),
    "parent": ("parent", "parent unit", "上级单位", "上级单位代码", "上级", "主管单位代码"),
    "to": ("to", "email", "e-mail", "mail", "收件人", "邮箱", "电子邮箱", "邮件地址"),
    "cc": ("cc", "抄送"),
    "contact": ("contact", "联系人", "填表人"),
    "phone": ("phone", "telephone", "电话", "联系电话"),
    "reports": ("reports", "是否填报", "填报"),
}
_NEEDED = ("code", "name")
_ATOM, _HOST = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@.{{1,250}}$){_ATOM}(?:\.{_ATOM})*@{_HOST}(?:\.{_HOST})+")
_SEPARATORS = re.compile(r"[;,；，、\s]+")
_NO = frozenset({"否", "不", "不填", "不填报", "不报", "无需", "×", "x", "✗", "no", "n", "0", "false"})
_YES = frozenset({"", "是", "填", "填报", "报", "√", "✓", "yes", "y", "1", "true"})
_LONGEST = 200


@record
class Unit:
    """One reporting unit of a roster."""

    code: str
    name: str
    level: str = ""
    parent: str = ""  # the code of the unit it is added up under; "" for the top
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    contact: str = ""
    phone: str = ""
    reports: bool = True  # False: only its members report


def read_roster(data: bytes, name: str, form: Form | None = None) -> tuple[Unit, ...]:
    """The units of a roster in its own order; raises `RoundProblems` with everything that is wrong with it."""
    rows = list(_workbook_rows(data, name) if data[:2] in {b"PK", b"\xd0\xcf"} else _csv_rows(data))
    if not rows:
        raise refuse("roster-empty")
    columns = _columns(rows[0][1])
    problems: list[Problem] = []
    units: list[tuple[int, Unit]] = []
    for line, cells in rows[1:]:
        if any(cell.strip() for cell in cells):
            units.append((line, _unit(line, cells, columns, form, problems)))
    if not units:
        problems.append(Problem("roster-empty"))
    problems += _duplicates(units)
    problems += _parents(units)
    if problems:
        raise RoundProblems(problems)
    parents = {unit.parent for _, unit in units}
    said = columns.get("reports")
    return tuple(
        # A unit that only others are added up under, and that nobody can write to, does not report itself.
        replace(unit, reports=False) if said is None and unit.code in parents and not unit.to else unit
        for _, unit in units
    )


def _csv_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = decoded(data)
    first = text.partition("\n")[0]
    delimiter = max(",;\t，", key=first.count)
    if delimiter == "，":
        text, delimiter = text.replace("，", ","), ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first_line = 1
    try:
        for row in reader:
            # A quotation mark that nobody closed takes whole lines into its cell.
            if any(delimiter in part for cell in row for part in cell.splitlines()[1:]):
                raise refuse("roster-csv", line=first_line)
            yield reader.line_num, row
            first_line = reader.line_num + 1
    except csv.Error as error:
        raise refuse("roster-csv", line=first_line) from error


def decoded(data: bytes) -> str:
    """Text as Chinese offices save it: UTF-8 with or without a byte order mark, UTF-16 with one, else GB18030."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse("roster-encoding")


def _workbook_rows(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet that holds something."""
    from xlreport.workbook.book import read_book
    from xlreport.workbook.container import Container, Unreadable

    try:
        if data[:2] == b"PK":
            book = read_book(Container(Path(name), data))
        else:
            from xlreport.workbook.foreign import read_foreign

            book = read_foreign(Path(name), data, "old-excel")
    except Unreadable as error:
        raise refuse("roster-unreadable", trouble=error.reason, facts=dict(error.facts)) from error
    for sheet in book.sheets:
        if sheet.cells:
            rows: dict[int, dict[int, str]] = {}
            for (row, col), cell in sheet.cells.items():
                if col < 50:
                    rows.setdefault(row, {})[col] = cell.text.strip()
            for row, cells in sorted(rows.items()):
                yield row + 1, [cells.get(col, "") for col in range(max(cells) + 1)]
            return


def _columns(header: Sequence[str]) -> dict[str, int]:
    known = {fold(word): key for key, words in _HEADINGS.items() for word in words}
    found: dict[str, int] = {}
    for col, text in enumerate(header):
        key = known.get(fold(text.strip().lower()))
        if key is not None:
            found.setdefault(key, col)
    missing = [key for key in _NEEDED if key not in found]
    if missing:
        raise RoundProblems(Problem("roster-column", {"column": key}) for key in missing)
    return found


def _unit(
    line: int, cells: Sequence[str], columns: Mapping[str, int], form: Form | None, problems: list[Problem]
) -> Unit:
    def cell(key: str) -> str:
        col = columns.get(key)
        text = cells[col] if col is not None and col < len(cells) else ""
        clean = "".join(ch if ch.isprintable() else " " for ch in text).strip()
        if len(clean) > _LONGEST:
            problems.append(Problem("roster-long", {"line": line, "column": key}))
        return clean[:_LONGEST]

    code, name, level = cell("code"), cell("name"), cell("level")
    for key, text in (("code", code), ("name", name)):
        if not text:
            problems.append(Problem("roster-blank", {"line": line, "column": key}))
    if form is not None and level and form.levels:
        found = find_level(form, level)
        if found is None:
            levels = "、".join(one.id for one in form.levels)
            problems.append(Problem("roster-level", {"line": line, "level": level, "known": levels}))
        level = found or level
    to, cc = (_addresses(line, cell(key), problems) for key in ("to", "cc"))
    said = cell("reports").casefold()
    reports = said not in _NO
    if reports and said not in _YES:
        problems.append(Problem("roster-reports", {"line": line, "value": said}))
    return Unit(code, name, level, cell("parent"), to, cc, cell("contact"), cell("phone"), reports)


def _addresses(line: int, text: str, problems: list[Problem]) -> tuple[str, ...]:
    found = [part for part in _SEPARATORS.split(text) if part]
    for one in found:
        if not good_address(one):
            problems.append(Problem("roster-address", {"line": line, "address": one}))
    return tuple(dict.fromkeys(found))


def good_address(text: str) -> bool:
    """Whether a text is one mail address that can be written into a header as it is."""
    return _ADDRESS.fullmatch(text) is not None


def _duplicates(units: Iterable[tuple[int, Unit]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for line, unit in units:
        for key, text in (("code", unit.code.casefold()), ("name", fold(unit.name))):
            first = seen.setdefault((key, text), line)
            if text and first != line:
                value = unit.code if key == "code" else unit.name
                yield Problem(f"roster-twice-{key}", {"line": line, "value": value, "first": first})


def _parents(units: Sequence[tuple[int, Unit]]) -> Iterator[Problem]:
    above = {unit.code: unit.parent for _, unit in units}
    for line, unit in units:
        if unit.parent and unit.parent not in above:
            yield Problem("roster-parent", {"line": line, "value": unit.parent, "unit": unit.name})
            continue
        seen, at = {unit.code}, unit.parent
        while at and at not in seen:
            seen.add(at)
            at = above.get(at, "")
        if at and at == unit.code:
            yield Problem("roster-circle", {"line": line, "unit": unit.name})
