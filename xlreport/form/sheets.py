"""Which tables stand together on which sheet, as the definition lists them; a small form need not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from xlreport.form.definition import Source, suggest
from xlreport.form.layout import COVER_SHEET, PANEL_SHEET
from xlreport.form.model import Section, SheetPlan
from xlreport.form.table import Table
from xlreport.pattern import pattern

_SHEET = ("name", "title", "grid", "label_columns", "widths", "landscape", "tables", "sections")
_LISTS = ("widths", "tables", "sections")
_NAME = pattern(r"[^\[\]:*?/\\']{1,31}")
_TAKEN = {COVER_SHEET, PANEL_SHEET, "检查结果", "check results", "history"}  # the last by Excel itself
TEXT_SHEET = "文字部分"


def load_sheets(
    source: Source, root: dict[str, Any], tables: Mapping[str, Table], sections: Mapping[str, Section]
) -> tuple[SheetPlan, ...]:
    """The sheets in order; what no sheet names gets one of its own."""
    given = source.sequence_at(root, "sheets")
    placed: set[str] = set()
    plans: list[SheetPlan] = []
    for i, value in enumerate(given):
        place = source.entry_place(given, i)
        spec = source.mapping(value, "a sheet", place)
        source.check_keys(spec, _SHEET, "a sheet", _LISTS)
        _members(source, spec, "tables", tables, placed)
        _members(source, spec, "sections", sections, placed)
        if bool(spec.get("tables")) == bool(spec.get("sections")):
            source.fail("a sheet has either `tables:` or `sections:`", place)
        name = spec.get("name", spec.get("title", f"表{i + 1}"))
        wrong = source.value_place(spec, "name" if "name" in spec else "title") or place
        if not _NAME.fullmatch(name):
            source.fail("a sheet name has 1 to 31 characters, none of []:*?/\\'", wrong)
        if not _free(name, plans):
            source.fail(f"a sheet named {name!r} is there already", wrong)
        plan = SheetPlan(
            name,
            spec.get("title", name),
            tuple(spec.get("tables", ())),
            tuple(spec.get("sections", ())),
            source.whole(spec, "grid"),
            source.whole(spec, "label_columns") or 1,
            _widths(source, spec),
            source.truth(spec, "landscape"),
        )
        _wide_enough(source, spec, plan, tables)
        plans.append(plan)
    for table in tables.values():
        if table.id not in placed:
            depth = 1 if table.unlabelled else table.rows.depth()
            name = _fresh(table.title or table.id, plans)
            plans.append(SheetPlan(name, table.title, (table.id,), label_columns=depth))
    texts = tuple(s for s in sections if s not in placed)
    if texts:
        plans.append(SheetPlan(_fresh(TEXT_SHEET, plans), TEXT_SHEET, (), texts))
    return tuple(plans)


def _members(source: Source, spec: dict[str, Any], what: str, known: Mapping[str, object], placed: set[str]) -> None:
    for k, name in enumerate(spec.get(what, ())):
        place = source.entry_place(spec[what], k)
        if name not in known:
            source.fail(f"no {what[:-1]} {name!r}{suggest(name, known)}", place)
        if name in placed:
            source.fail(f"{what[:-1]} {name!r} stands on two sheets", place)
        placed.add(name)


def _widths(source: Source, spec: dict[str, Any]) -> tuple[float, ...]:
    for i, word in enumerate(spec.get("widths", ())):
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", word):
            source.fail("`widths` are numbers of characters", source.entry_place(spec["widths"], i))
    return tuple(float(word) for word in spec.get("widths", ()))


def _wide_enough(source: Source, spec: dict[str, Any], plan: SheetPlan, tables: Mapping[str, Table]) -> None:
    for name in plan.tables:
        table = tables[name]
        labels = 0 if table.unlabelled else max(plan.label_columns, table.rows.depth())
        needed = labels + sum(h.span or 1 for h in table.columns.leaves)
        if plan.grid is not None and needed > plan.grid:
            place = source.value_place(spec, "grid")
            source.fail(f"table {name!r} needs {needed} grid columns, not {plan.grid}", place)


def _free(name: str, plans: Sequence[SheetPlan]) -> bool:
    """Whether a sheet may have the name: Excel compares them without case, and some are ours."""
    taken = {plan.name.casefold() for plan in plans}
    return name.casefold() not in taken | _TAKEN and not name.startswith("_")


def _fresh(title: str, plans: Sequence[SheetPlan]) -> str:
    """A sheet name from a title, another one if it is taken."""
    stem = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", "", title).strip()[:31].lstrip("_") or "表"
    name, number = stem, 2
    while not _free(name, plans):
        name, number = f"{stem[: 31 - len(str(number)) - 1]}_{number}", number + 1
    return name
