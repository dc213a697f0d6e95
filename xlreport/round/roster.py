"""The roster: who reports, under whom, and where mail for them goes. CSV in any Chinese encoding, or a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from unicodedata import category, normalize

from xlreport.form.fold import fold
from xlreport.form.model import Form
from xlreport.record import replace
from xlreport.round.listing import Row, Shown, listings
from xlreport.round.trouble import Problem, RoundProblems, refuse
from xlreport.round.unit import Unit, good_address
from xlreport.submission import find_level

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": (
        *(
            "code",
            "unit_code",
            "unit code",
            "单位代码",
            "代码",
            "编码",
            "单位编码",
            "填报单位代码",
            "机构代码",
            "部门代码",
        ),
        *("组织机构代码", "统一社会信用代码"),
    ),
    "name": (
        *("name", "unit", "unit name", "单位名称", "填报单位", "填报单位名称", "名称", "单位", "单位全称", "机构名称"),
        *("部门名称", "报送单位", "部门"),
    ),
    "level": ("level", "单位层级", "层级", "单位级别"),
    "parent": (
        *("parent", "parent unit", "上级单位", "上级单位代码", "上级单位名称", "上级", "上级代码"),
        *("主管单位代码", "主管单位", "主管部门"),
    ),
    "to": (
        *("to", "email", "e-mail", "mail", "email address", "收件人", "邮箱", "电子邮箱", "邮件地址", "邮箱地址"),
        *("电子邮件", "收件邮箱", "联系邮箱", "e-mail地址", "email地址"),
    ),
    "cc": ("cc", "抄送", "抄送邮箱", "抄送人"),
    "contact": ("contact", "联系人", "填表人", "填报人", "经办人"),
    "phone": ("phone", "telephone", "tel", "电话", "联系电话", "办公电话", "手机", "联系方式"),
    "reports": ("reports", "是否填报", "填报"),
}
_KNOWN = {fold(word): key for key, words in _HEADINGS.items() for word in words}
_NEEDED = ("code", "name")
_SEPARATORS = re.compile(r"[;,；，、\s]+")
_NO = frozenset({"否", "不", "不填", "不填报", "不报", "无需", "×", "x", "✗", "no", "n", "0", "false"})
_YES = frozenset({"", "是", "填", "填报", "报", "√", "✓", "yes", "y", "1", "true"})
_NAMED = re.compile(r"(?:(?<=[;,、])|^)[^<>@;,、\r\n]*<\s*([^<>\s]+)\s*>")  # 张三 <a@b.cn>
_LONGEST = 200
_HEADED = 30  # rows in which the headings stand


def read_roster(data: bytes, name: str, form: Form | None = None) -> tuple[Unit, ...]:
    """The units of a roster in its own order; raises `RoundProblems` with everything that is wrong with it."""
    header, rows = _table(data, name)
    columns = _columns(header.cells)
    problems: list[Problem] = list(_headings_twice(header.cells))
    units: list[tuple[int, Unit]] = []
    for row in rows:
        problems += _overflow(header, row)
        units.append((row.line, _unit(row.line, row.cells, columns, form, problems)))
    if not units:
        problems.append(Problem("roster-empty"))
    problems += _duplicates(units)
    units = _under(units)
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


def _table(data: bytes, name: str) -> tuple[Row, list[Row]]:
    """The row of headings and what stands below it: on the first sheet that has one, maybe under a title."""
    closest: tuple[int, list[Row]] = 0, []
    for rows in listings(data, name):
        filled = [row for row in rows if row.filled]
        for n, row in enumerate(filled[:_HEADED]):
            known = set(map(_meant, row.cells)) - {""}
            if known.issuperset(_NEEDED):
                return row, filled[n + 1 :]
            if len(known) > closest[0] or not closest[1]:
                closest = len(known), filled[n:]
    if not closest[1]:
        raise refuse("roster-empty")
    return closest[1][0], closest[1][1:]


def _heading(cell: str) -> str:
    """A heading without its star and what is said in brackets behind it: *单位代码（必填）."""
    return fold(re.sub(r"[(（\[【].*?[)）\]】]", "", cell).strip("*＊※ \u3000").lower())


def _meant(cell: str) -> str:
    """What a heading means; empty for one that is not known."""
    return _KNOWN.get(fold(cell.strip().lower())) or _KNOWN.get(_heading(cell), "")


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for col, text in enumerate(header):
        if key := _meant(text):
            found.setdefault(key, col)
    missing = [key for key in _NEEDED if key not in found]
    if missing:
        raise RoundProblems(Problem("roster-column", {"column": key}) for key in missing)
    return found


def _headings_twice(header: Sequence[str]) -> Iterator[Problem]:
    """Columns that are called the same: nobody knows which of them counts."""
    seen: set[str] = set()
    for text in header:
        key, name = _meant(text), _heading(text)
        if key and name in seen:
            yield Problem("roster-heading-twice", {"column": key})
        seen.add(name)


def _overflow(header: Row, row: Row) -> Iterator[Problem]:
    """What stands to the right of all headings: most often the rest of a text with a comma in it."""
    more = [cell.strip() for cell in row.cells[len(header.cells) :] if cell.strip() and not isinstance(cell, Shown)]
    if more:
        yield Problem("roster-overflow", {"line": row.line, "value": more[0][:40]})


def _unit(
    line: int, cells: Sequence[str], columns: Mapping[str, int], form: Form | None, problems: list[Problem]
) -> Unit:
    def cell(key: str) -> str:
        col = columns.get(key)
        text = cells[col] if col is not None and col < len(cells) else ""
        trouble = text.trouble if isinstance(text, Shown) else ""
        # Long numbers matter only where they are to be exact: a telephone number is nobody's code.
        if trouble and (trouble != "digits" or key in {"code", "parent"}):
            problems.append(Problem(f"roster-{trouble}", {"line": line, "column": key, "value": text}))
            return Shown.of("", trouble)
        # What nobody can see is nothing, a line's end or a control character a space.
        clean = "".join(ch if ch.isprintable() else "" if category(ch) == "Cf" else " " for ch in text).strip()
        if len(clean) > _LONGEST:
            problems.append(Problem("roster-long", {"line": line, "column": key}))
        return clean[:_LONGEST]

    code, name, level = cell("code"), cell("name"), cell("level")
    for key, text in (("code", code), ("name", name)):
        if not text and not isinstance(text, Shown):
            problems.append(Problem("roster-blank", {"line": line, "column": key}))
    if form is not None and level and form.levels:
        found = find_level(form, level)
        if found is None:
            levels = [one.id for one in form.levels]
            problems.append(Problem("roster-level", {"line": line, "level": level, "known": levels}))
        level = found or level
    to, cc = (_addresses(line, cell(key), problems) for key in ("to", "cc"))
    said = cell("reports").casefold()
    reports = said not in _NO
    if reports and said not in _YES:
        problems.append(Problem("roster-reports", {"line": line, "value": said}))
    return Unit(code, name, level, cell("parent"), to, cc, cell("contact"), cell("phone"), reports)


def _addresses(line: int, text: str, problems: list[Problem]) -> tuple[str, ...]:
    plain = normalize("NFKC", text)  # ＠ and ． as well
    plain = _NAMED.sub(r" \1 ", plain)
    found = [part.removeprefix("mailto:") for part in _SEPARATORS.split(plain) if part]
    for one in found:
        if not good_address(one):
            problems.append(Problem("roster-address", {"line": line, "address": one}))
    return tuple(dict.fromkeys(found))


def _duplicates(units: Iterable[tuple[int, Unit]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for line, unit in units:
        for key, text in (("code", fold(unit.code)), ("name", fold(unit.name))):
            first = seen.setdefault((key, text), line)
            if text and first != line:
                value = unit.code if key == "code" else unit.name
                yield Problem(f"roster-twice-{key}", {"line": line, "value": value, "first": first})


def _under(units: Sequence[tuple[int, Unit]]) -> list[tuple[int, Unit]]:
    """The units with the codes of those above them, where these are called by name or in another width or case."""
    codes = {unit.code for _, unit in units} | {""}
    known = {fold(unit.name): unit.code for _, unit in units} | {fold(unit.code): unit.code for _, unit in units}
    return [
        (line, unit if unit.parent in codes else replace(unit, parent=known.get(fold(unit.parent), unit.parent)))
        for line, unit in units
    ]


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
