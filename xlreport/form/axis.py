"""The headings of one side of a table, as the definition lists them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from xlreport.form.definition import Source
from xlreport.form.model import Axis, EntryType, Fill, Heading, Quantity

_ATTRIBUTES = (
    "label", "alias", "synonyms", "span", "type", "unit", "decimals", "total", "rule", "rows", "columns",
)  # fmt: skip
_QUANTITIES = {quantity.value: quantity for quantity in Quantity}


def load_type(source: Source, spec: dict[str, Any], default: EntryType | None) -> EntryType | None:
    """What `type:`, `unit:` and `decimals:` say of an item; the default where they say nothing."""
    if "type" not in spec:
        return default
    value, place = spec["type"], source.value_place(spec, "type")
    unit, decimals = spec.get("unit"), spec.get("decimals", "0")
    if isinstance(value, dict):
        source.check_keys(value, (*_QUANTITIES, "decimals"), "a type")
        word = next((key for key in value if key in _QUANTITIES), "count")
        unit, decimals = value.get(word) or unit, value.get("decimals", decimals)
    else:
        word = value
    if word not in _QUANTITIES:
        source.fail(f"no type {word!r}; it is one of {', '.join(_QUANTITIES)}", place)
    if not re.fullmatch(r"\d", str(decimals)):
        source.fail("`decimals` is a digit", place)
    quantity = _QUANTITIES[word]
    if quantity is Quantity.AMOUNT and "decimals" not in spec and not isinstance(value, dict):
        decimals = "2"
    return EntryType(quantity, unit, int(decimals))


def load_axis(source: Source, spec: dict[str, Any], key: str) -> Axis:
    """The tree under `rows:` or `columns:` with its totals' parts found."""
    headings: list[Heading] = []
    entries = source.sequence(spec[key], f"`{key}`", source.value_place(spec, key))
    totals: dict[str, str] = {}
    _walk(source, entries, None, headings, totals)
    if not any(h.leaf for h in headings):
        source.fail(f"`{key}` lists nothing", source.key_place(spec, key))
    axis = Axis(tuple(headings))
    summed = []
    for heading in headings:
        if heading.id in totals:
            parts = _parts(axis, heading, set(totals))
            if not parts:
                source.fail(f"total {heading.id!r} has nothing to add up", source.key_place(spec, key))
            fill = Fill.FORMULA if totals[heading.id] == "formula" else Fill.TYPED
            heading = replace(heading, parts=parts, fill=fill)
        summed.append(heading)
    aliases = [h.alias for h in headings if h.alias]
    for alias in aliases:
        if aliases.count(alias) > 1:
            source.fail(f"alias {alias!r} stands for two headings", source.key_place(spec, key))
    return Axis(tuple(summed))


def _parts(axis: Axis, total: Heading, totals: set[str]) -> tuple[str, ...]:
    """The leaves a total sums: those before it in its group, or, where it comes first, those after it."""
    family = axis.by_id[total.parent].children if total.parent else tuple(h.id for h in axis.headings if not h.parent)
    at = family.index(total.id)

    def leaves(ids: tuple[str, ...]) -> tuple[str, ...]:
        found = [leaf for i in ids for leaf in _leaves(axis, axis.by_id[i])]
        return tuple(leaf for leaf in found if leaf not in totals)

    return leaves(family[:at]) or leaves(family[at + 1 :])


def _leaves(axis: Axis, heading: Heading) -> list[str]:
    if heading.leaf:
        return [heading.id]
    return [leaf for child in heading.children for leaf in _leaves(axis, axis.by_id[child])]


def _walk(
    source: Source, entries: list[Any], parent: Heading | None, headings: list[Heading], totals: dict[str, str]
) -> tuple[str, ...]:
    """Add the headings of one list, depth first; returns their ids."""
    ids = []
    for i, entry in enumerate(entries):
        place = source.entry_place(entries, i)
        if isinstance(entry, dict):
            key = next(iter(entry), "")
            value: Any = entry[key] if entry else ""
            outside = {k: v for k, v in entry.items() if k != key}
            source.check_keys(outside, _ATTRIBUTES, f"heading {key!r}")
        else:
            key, value, outside = entry, entry, {}
        if not isinstance(key, str) or not key.strip():
            source.fail("a heading is a label, or `code: label`", place)
        attributes: dict[str, Any] = dict(outside)
        if isinstance(value, dict):
            source.check_keys(value, _ATTRIBUTES, f"heading {key!r}")
            attributes = {**value, **outside}
        elif isinstance(value, list):
            attributes["rows"] = value
        else:
            attributes["label"] = value or key
        heading_id = f"{parent.id}.{key}" if parent else key
        if any(h.id == heading_id for h in headings):
            source.fail(f"heading {heading_id!r} stands here twice", place)
        label = attributes.get("label", key)
        span = attributes.get("span")
        heading = Heading(
            id=heading_id,
            label=label,
            path=(*parent.path, label) if parent else (label,),
            parent=parent.id if parent else None,
            alias=attributes.get("alias"),
            synonyms=tuple(attributes.get("synonyms", ())),
            span=int(span) if span else None,
            type=load_type(source, attributes, None),
        )
        at = len(headings)
        headings.append(heading)
        nested = attributes.get("rows") or attributes.get("columns")
        if nested is not None:
            children = _walk(source, source.sequence(nested, f"the members of {key!r}", place), heading, headings, totals)
            headings[at] = replace(heading, children=children)
        if "total" in attributes:
            word = attributes["total"]
            if word not in {"true", "typed", "formula"}:
                source.fail(f"`total` is typed or formula, not {word!r}", place)
            totals[heading_id] = word
        ids.append(heading_id)
    return tuple(ids)
