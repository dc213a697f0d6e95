"""A form's structure for programs and people: tables, headings, items with their cells, rules with their faces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xlreport.arithmetic import rule_sentence
from xlreport.form.evaluate import computed_items, formula_sheet
from xlreport.form.layout import PANEL_SHEET, layout
from xlreport.form.model import Form, Rule
from xlreport.form.table import Axis, EntryType, Heading, Item, Table
from xlreport.rules.bound import linear
from xlreport.rules.formula import letters, status
from xlreport.rules.sentence import Lang, plain
from xlreport.wording import SEVERITY_SIGNS


def overview(form: Form) -> dict[str, Any]:
    """What a list of forms says of each."""
    return {
        "name": form.name,
        "form": form.id,
        "edition": form.edition,
        "title": {"zh": form.title, "en": form.title_en},
        "number": form.number,
        "periods": {"from": form.first_period, "to": form.last_period},
        "source": {"zh": form.source, "en": form.source_en},
    }


def structure(form: Form) -> dict[str, Any]:
    """Everything about one form."""
    return {
        "version": 1,
        **overview(form),
        "levels": [{"id": x.id, "en": x.en, "aliases": list(x.aliases)} for x in form.levels],
        "cover": [{"id": f.id, "label": f.label, "required": f.required} for f in form.cover],
        "sheets": [
            {"name": s.name, "title": s.plan.title, "tables": list(s.plan.tables), "sections": list(s.plan.sections)}
            for s in layout(form).sheets
        ],
        "tables": [_table(form, table) for table in form.tables.values()],
        "sections": [{"id": s.id, "title": s.title, "prompt": s.prompt} for s in form.sections.values()],
        "rules": [_rule(form, rule) for rule in form.rules],
        "checks": [{"check": name, "rule": p.rule, "severity": p.severity.value} for name, p in form.policies.items()],
    }


def _table(form: Form, table: Table) -> dict[str, Any]:
    cells = layout(form).cells
    computed = computed_items(form)
    return {
        "id": table.id,
        "alias": table.alias,
        "title": table.title,
        "caption": table.caption,
        "sheet": layout(form).sheet_of(table.id).name,
        "rows": _axis(table.rows),
        "columns": _axis(table.columns),
        "items": [
            {
                "table": item.table,
                "row": item.row,
                "column": item.column,
                "label": table.label(item),
                "path": {
                    "row": list(table.rows.by_id[item.row].path),
                    "column": list(table.columns.by_id[item.column].path),
                },
                "type": _type(table.entry_type(item)),
                "total": form.is_total(item),
                "computed": item in computed,
                "locked": item in computed,
                "sheet": cells[item].sheet,
                "cell": f"{letters(cells[item].col)}{cells[item].row + 1}",
            }
            for item in table.items
        ],
    }


def _axis(axis: Axis) -> list[dict[str, Any]]:
    return [_heading(axis, h) for h in axis.headings if h.parent is None]


def _heading(axis: Axis, heading: Heading) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": heading.id,
        "alias": heading.alias,
        "label": heading.label,
        "path": list(heading.path),
    }
    if heading.synonyms:
        found["synonyms"] = list(heading.synonyms)
    if heading.total:
        found["total_of"] = list(heading.parts)
        found["fill"] = heading.fill.value if heading.fill else None
    if heading.children:
        found["children"] = [_heading(axis, axis.by_id[child]) for child in heading.children]
    return found


def _type(kind: EntryType) -> dict[str, Any]:
    return {"quantity": kind.quantity.value, "unit": kind.unit, "decimals": kind.decimals}


def _rule(form: Form, rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "table": rule.table,
        "severity": rule.severity.value,
        "text": rule.text,
        "sentence": {"zh": rule_sentence(form, rule, "zh"), "en": rule_sentence(form, rule, "en")},
        "name": {"zh": rule.name, "en": rule.name_en},
        "why": {"zh": rule.why, "en": rule.why_en},
        "source": rule.source,
        "origin": rule.origin.value,
        "unless_level": sorted(rule.unless_level),
        "last_year": rule.prior,
        "instances": [_instance(form, rule, i) for i in range(len(rule.bound.keys))],
    }


def _instance(form: Form, rule: Rule, i: int) -> dict[str, Any]:
    row, column = rule.bound.keys[i]
    found: dict[str, Any] = {
        "row": row,
        "column": column,
        "items": [_name(form.item_at(k), last_year=k >= len(form.items)) for k in rule.bound.items(i)],
    }
    constraint = linear(rule.bound, i)
    if constraint is not None:
        found["linear"] = {
            "op": constraint.op.value,
            "factors": [
                [_name(form.item_at(k), last_year=k >= len(form.items)), plain(f)]
                for k, f in constraint.factors.items()
            ],
            "constant": plain(constraint.constant),
            "tolerance": plain(constraint.tolerance),
        }
    if not rule.prior:
        plan = layout(form)
        sheet = formula_sheet(form, plan, PANEL_SHEET, computed_items(form))
        level = None
        if rule.unless_level and "level" in plan.cover:
            cell = plan.cover["level"]
            level = (f"'{cell.sheet}'!{letters(cell.col)}{cell.row + 1}", sorted(rule.unless_level))
        found["excel"] = "=" + status(rule.bound, i, sheet, level)
    return found


def _name(item: Item, *, last_year: bool) -> str:
    return f"{item}@-1" if last_year else str(item)


def tree(form: Form, lang: Lang) -> Iterator[str]:
    """The form for a person: tables, rows and columns, then the rules as sentences."""
    zh = lang == "zh"
    for table in form.tables.values():
        yield ""
        yield f"{table.id}  {table.title}"
        yield ("  列: " if zh else "  columns: ") + "；".join("/".join(h.path) for h in table.columns.leaves)
        for heading in table.rows.headings:
            yield f"  {'  ' * (len(heading.path) - 1)}{heading.id}  {heading.label}"
    yield ""
    for rule in form.rules:
        sign = SEVERITY_SIGNS[rule.severity]
        yield f"{sign} {rule.id}  {rule.table}: {rule_sentence(form, rule, lang)}"


__all__ = ["overview", "structure", "tree"]
