"""The headings of one side of a table, as the definition lists them."""

from __future__ import annotations

import re
from typing import Any

from xlreport.form.definition import Map, Place, Source
from xlreport.form.table import Axis, EntryType, Fill, Heading, Quantity
from xlreport.record import NamedTuple, replace

_ATTRIBUTES = (
    "label", "alias", "synonyms", "span", "type", "unit", "decimals", "total", "rule", "rows", "columns",
)  # fmt: skip
_LISTS, _NESTED = ("synonyms",), ("type", "rows", "columns")
_QUANTITIES = {quantity.value: quantity for quantity in Quantity}


def load_type(source: Source, spec: dict[str, Any], default: EntryType | None) -> EntryType | None:
    """What `type:`, `unit:` and `decimals:` say of an item; the default where they say nothing."""
    if "type" not in spec:
        if "decimals" in spec:
            source.fail("`decimals` belong to a `type: amount`", source.key_place(spec, "decimals"))
        return default
    value, place = spec["type"], source.value_place(spec, "type")
    unit, decimals = spec.get("unit"), spec.get("decimals")
    if isinstance(value, dict):
        source.check_keys(value, (*_QUANTITIES, "decimals"), "a type")
        named = [key for key in value if key in _QUANTITIES]
        if len(named) != 1:
            source.fail(f"a type is one of {', '.join(_QUANTITIES)}", place)
        word = named[0]
        unit, decimals = value[word] or unit, value.get("decimals", decimals)
        place = source.value_place(value, "decimals") if "decimals" in value else place
    else:
        word = value
    if not isinstance(word, str) or word not in _QUANTITIES:
        source.fail(f"no type {word!r}; it is one of {', '.join(_QUANTITIES)}", place)
    quantity = _QUANTITIES[word]
    if decimals is None:
        decimals = "2" if quantity is Quantity.AMOUNT else "0"
    if not re.fullmatch(r"[0-9]", decimals):
        source.fail("`decimals` is a digit", place)
    if quantity is not Quantity.AMOUNT and decimals != "0":
        source.fail(f"`decimals` belong to a `type: amount`, not to {word!r}", place)
    return EntryType(quantity, unit, int(decimals))


class _Walk(NamedTuple):
    """What one walk down a list of headings collects."""

    headings: list[Heading]
    totals: dict[str, tuple[str, Place | None]]  # heading id: how it is filled, where it says so
    aliases: dict[str, Place | None]


def load_axis(source: Source, spec: dict[str, Any], key: str) -> Axis:
    """The tree under `rows:` or `columns:` with its totals' parts found."""
    walk = _Walk([], {}, {})
    entries = source.sequence(spec[key], f"`{key}`", source.value_place(spec, key))
    _walk(source, entries, None, walk)
    if not walk.headings:
        source.fail(f"`{key}` lists nothing", source.key_place(spec, key))
    axis = Axis(tuple(walk.headings))
    summed = []
    for heading in walk.headings:
        if heading.alias and heading.alias != heading.id and heading.alias in axis.by_id:
            source.fail(f"alias {heading.alias!r} is another heading's code", walk.aliases[heading.alias])
        if heading.id in walk.totals:
            word, place = walk.totals[heading.id]
            parts = _parts(axis, heading, set(walk.totals))
            if not parts:
                source.fail(f"total {heading.id!r} has nothing to add up", place)
            fill = Fill.FORMULA if word == "formula" else Fill.TYPED
            heading = replace(heading, parts=parts, fill=fill)
        summed.append(heading)
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


def _walk(source: Source, entries: list[Any], parent: Heading | None, walk: _Walk) -> tuple[str, ...]:
    """Add the headings of one list, depth first; returns their ids."""
    ids = []
    for i, entry in enumerate(entries):
        place = source.entry_place(entries, i)
        key, attributes = _entry(source, entry, place)
        heading_id = f"{parent.id}.{key}" if parent else key
        if any(h.id == heading_id for h in walk.headings):
            source.fail(f"heading {heading_id!r} stands here twice", place)
        label, alias = attributes.get("label", key), attributes.get("alias")
        if alias is not None:
            if alias in walk.aliases:
                source.fail(f"alias {alias!r} stands for two headings", place)
            walk.aliases[alias] = place
        heading = Heading(
            id=heading_id,
            label=label,
            path=(*parent.path, label) if parent else (label,),
            parent=parent.id if parent else None,
            alias=alias,
            synonyms=tuple(attributes.get("synonyms", ())),
            span=source.whole(attributes, "span") or None,
            type=load_type(source, attributes, None),
        )
        at = len(walk.headings)
        walk.headings.append(heading)
        nested = attributes.get("rows", attributes.get("columns"))
        if nested is not None:
            children = _walk(source, source.sequence(nested, f"the members of {key!r}", place), heading, walk)
            if not children:
                source.fail(f"{key!r} has no members", place)
            walk.headings[at] = replace(heading, children=children)
        if "total" in attributes:
            word = attributes["total"]
            if word not in {"true", "typed", "formula"}:
                wrong = source.value_place(attributes, "total") or place
                source.fail(f"`total` is typed or formula, not {word!r}", wrong)
            if nested is not None:
                source.fail(f"{key!r} has members and cannot be a total itself", place)
            walk.totals[heading_id] = word, place
        elif "rule" in attributes:
            source.fail("`rule` names the sum of a total", source.key_place(attributes, "rule") or place)
        ids.append(heading_id)
    return tuple(ids)


def _entry(source: Source, entry: Any, place: Place | None) -> tuple[str, dict[str, Any]]:
    """The code and the attributes of one heading: a label, `code: label`, `code: {…}` or `code: […]`."""
    if isinstance(entry, str):
        key, value, outside = entry, entry, Map()
    elif isinstance(entry, dict) and entry:
        key = next(iter(entry))
        value = entry[key]
        outside = _without(entry, key)
        source.check_keys(outside, _ATTRIBUTES, f"heading {key!r}", _LISTS, _NESTED)
    else:
        source.fail("a heading is a label, or `code: label`", place)
    if not key.strip():
        source.fail("a heading is a label, or `code: label`", place)
    if isinstance(value, dict):
        source.check_keys(value, _ATTRIBUTES, f"heading {key!r}", _LISTS, _NESTED)
        return key, {**value, **outside} if outside else value
    if isinstance(value, list):
        outside["rows"] = value
    else:
        outside["label"] = value or key
    return key, outside


def _without(mapping: dict[str, Any], key: str) -> Map:
    """A mapping without one key, places kept."""
    rest = Map()
    for name, value in mapping.items():
        if name != key:
            rest[name] = value
            if isinstance(mapping, Map):
                rest.key_at[name], rest.value_at[name] = mapping.key_at[name], mapping.value_at[name]
    return rest
