"""A definition read into a `Form`. Mistakes are told with file, line and a caret, never later as somebody's data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from xlreport.form.axis import load_axis, load_type
from xlreport.form.bind import Binder
from xlreport.form.definition import Place, Source
from xlreport.form.model import CoverField, Form, Level, Policy, Section, Severity
from xlreport.form.narrative import Narrative
from xlreport.form.rule_lines import RuleLines, severity_of
from xlreport.form.sheets import load_sheets
from xlreport.form.table import Ambiguous, Axis, EntryType, Table
from xlreport.rules.nodes import Number

_TOP = (
    "form", "edition", "title", "title_en", "number", "source", "source_en", "periods", "cover", "levels", "sheets",
    "sections", "tables", "totals", "checks", "narrative", "charts",
)  # fmt: skip
_TABLE = (
    "alias", "title", "caption", "stub", "corner", "banner", "unit", "type", "decimals", "unlabelled", "rows",
    "columns", "cell_spans", "blocked", "rules",
)  # fmt: skip
_TABLE_LISTS, _TABLE_NESTED = ("cell_spans", "blocked"), ("type", "rows", "columns", "rules")
_TOP_NESTED = ("periods", "cover", "levels", "sheets", "sections", "tables", "totals", "checks", "narrative", "charts")

# How grave the checks that every form has are where a definition does not say.
POLICIES: Mapping[str, Policy] = {
    "wrong-edition": Policy(Severity.ERROR),
    "mixed-edition": Policy(Severity.ERROR),
    "structure": Policy(Severity.ERROR),
    "label-variant": Policy(Severity.INFO),
    "identity": Policy(Severity.ERROR),
    "formula-overwritten": Policy(Severity.WARNING),
    "blank": Policy(Severity.WARNING),
    "total-not-filled": Policy(Severity.ERROR),
    "placeholder": Policy(Severity.WARNING),
    "text": Policy(Severity.ERROR),
    "not-integer": Policy(Severity.ERROR),
    "negative": Policy(Severity.ERROR),
    "notation": Policy(Severity.INFO),
    "not-comparable": Policy(Severity.INFO),
    "same-as-last-year": Policy(Severity.WARNING),
    "jump": Policy(Severity.WARNING, factor=10, at_least=100),
}


def load(definition: dict[str, Any], name: str, text: str | None = None) -> Form:
    """The form that a definition describes; raises `DefinitionError`."""
    return _Loader(Source(name, text), definition).form()


class _Loader:
    """One definition on its way to a form."""

    def __init__(self, source: Source, root: dict[str, Any]) -> None:
        self.source = source
        self.root = root

    def form(self) -> Form:
        source, root = self.source, self.root
        source.check_keys(root, _TOP, "a form", nested=_TOP_NESTED)
        for key in ("form", "edition", "title", "tables"):
            if key not in root:
                source.fail(f"a form needs `{key}:`")
        for key in ("form", "edition"):
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}", root[key]):
                source.fail(f"`{key}` is letters, digits, dots and hyphens", source.value_place(root, key))
        tables: dict[str, Table] = {}
        for table in self._tables():
            self._check_alias(table, tables)
            tables[table.id] = table
        index = {item: i for i, item in enumerate(item for t in tables.values() for item in t.items)}
        levels = self._levels()
        binder = Binder(tables, index)
        lines = RuleLines(source, root, tables, levels, binder)
        rules = tuple(lines.rules())
        sections = self._sections()
        narrative = Narrative(source, root, lines)
        claims, phrases, qualifiers = narrative.said()
        charts = tuple(narrative.charts())
        first, last = self._periods()
        return Form(
            id=root["form"],
            edition=root["edition"],
            title=root["title"],
            title_en=root.get("title_en", root["title"]),
            number=root.get("number", f"{root['form']} {root['edition']}"),
            source=root.get("source", ""),
            source_en=root.get("source_en", root.get("source", "")),
            first_period=first,
            last_period=last,
            tables=tables,
            sheets=load_sheets(source, root, tables, sections),
            sections=sections,
            cover=self._cover(),
            levels=levels,
            rules=rules,
            policies=self._policies(),
            claims=claims,
            phrases=phrases,
            qualifiers=qualifiers,
            priors=tuple(binder.priors),
            charts=charts,
        )

    def _check_alias(self, table: Table, tables: Mapping[str, Table]) -> None:
        taken = {name for other in tables.values() for name in (other.id, other.alias) if name}
        for name in (table.id, table.alias):
            if name in taken:
                spec = self.root["tables"][table.id]
                place = self.source.value_place(spec, "alias") or self.source.key_place(self.root["tables"], table.id)
                self.source.fail(f"table {name!r} stands here twice", place)

    def _periods(self) -> tuple[int, int | None]:
        periods = self.source.mapping_at(self.root, "periods")
        self.source.check_keys(periods, ("from", "to"), "`periods`")
        years: list[int | None] = []
        for key in ("from", "to"):
            value = periods.get(key)
            if value is not None and not re.fullmatch(r"(19|20)[0-9]{2}", value):
                self.source.fail("a period is a year of four digits", self.source.value_place(periods, key))
            years.append(int(value) if value is not None else None)
        first, last = years[0] or 0, years[1]
        if last is not None and last < first:
            self.source.fail("`to` is before `from`", self.source.value_place(periods, "to"))
        return first, last

    def _cover(self) -> tuple[CoverField, ...]:
        fields = [CoverField("unit", "填报单位", required=True), CoverField("period", "报告年度", required=True)]
        if "cover" not in self.root:
            return (fields[0], CoverField("unit_code", "单位代码"), fields[1])
        found: list[CoverField] = []
        for key, value, place in self._named("cover"):
            spec = value if isinstance(value, dict) else {"label": value or key}
            self.source.check_keys(spec, ("label", "en", "required"), "a cover field")
            if any(f.id == key for f in found):
                self.source.fail(f"cover field {key!r} stands here twice", place)
            label, required = spec.get("label", key), self.source.truth(spec, "required")
            found.append(CoverField(key, label, required, spec.get("en", "")))
        missing = [f for f in fields if f.id not in {f.id for f in found}]
        return tuple(missing + found)

    def _levels(self) -> tuple[Level, ...]:
        levels: list[Level] = []
        for key, value, place in self._named("levels"):
            spec = self.source.mapping(value or {}, f"level {key!r}", place)
            self.source.check_keys(spec, ("en", "aliases"), "a level", ("aliases",))
            if any(level.id == key for level in levels):
                self.source.fail(f"level {key!r} stands here twice", place)
            levels.append(Level(key, spec.get("en", ""), tuple(spec.get("aliases", ()))))
        return tuple(levels)

    def _sections(self) -> dict[str, Section]:
        source = self.source
        given = source.mapping_at(self.root, "sections")
        sections = {}
        for key, value in given.items():
            spec = {"title": value} if isinstance(value, str) else value
            spec = source.mapping(spec, f"section {key!r}", source.key_place(given, key))
            source.check_keys(spec, ("title", "prompt", "required"), "a section")
            title = spec.get("title") or key
            sections[key] = Section(key, title, spec.get("prompt", ""), source.truth(spec, "required"))
        return sections

    def _named(self, key: str) -> Iterator[tuple[str, Any, Place | None]]:
        """The entries of a list of words or of one-key mappings: name, what is said of it, where."""
        given = self.source.sequence_at(self.root, key)
        for i, entry in enumerate(given):
            place = self.source.entry_place(given, i)
            if isinstance(entry, dict):
                for name, value in entry.items():
                    yield name, value, self.source.key_place(entry, name)
            elif isinstance(entry, str):
                yield entry, None, place
            else:
                self.source.fail(f"`{key}` lists names", place)

    def _tables(self) -> Iterator[Table]:
        source = self.source
        given = source.mapping(self.root["tables"], "`tables`", source.value_place(self.root, "tables"))
        if not given:
            source.fail("a form needs at least one table", source.key_place(self.root, "tables"))
        for key, value in given.items():
            place = source.key_place(given, key)
            spec = source.mapping(value, f"table {key!r}", place)
            source.check_keys(spec, _TABLE, f"table {key!r}", _TABLE_LISTS, _TABLE_NESTED)
            kind = load_type(source, spec, None) or EntryType(unit=spec.get("unit"))
            if "columns" not in spec or "rows" not in spec:
                source.fail(f"table {key!r} needs `rows:` and `columns:`", place)
            rows = load_axis(source, spec, "rows")
            columns = load_axis(source, spec, "columns")
            spans = self._cell_spans(spec, columns)
            yield Table(
                id=key,
                title=spec.get("title", key),
                rows=rows,
                columns=columns,
                type=kind,
                alias=spec.get("alias"),
                caption=spec.get("caption"),
                stub=spec.get("stub"),
                corner=spec.get("corner"),
                banner=spec.get("banner"),
                unlabelled=source.truth(spec, "unlabelled"),
                cell_spans=spans,
                blocked=frozenset(self._blocked(spec, rows, columns)),
            )

    def _cell_spans(self, spec: dict[str, Any], columns: Axis) -> tuple[int, ...]:
        place = self.source.key_place(spec, "cell_spans")
        words = spec.get("cell_spans", ())
        if not all(re.fullmatch(r"[1-9][0-9]?", word) for word in words):
            self.source.fail("`cell_spans` are whole numbers", place)
        spans = tuple(int(word) for word in words)
        if spans and len(spans) != len(columns.leaves):
            self.source.fail("`cell_spans` needs one number per column", place)
        if spans and sum(spans) != sum(h.span or 1 for h in columns.leaves):
            self.source.fail("`cell_spans` needs as many grid columns as the headings have", place)
        return spans

    def _blocked(self, spec: dict[str, Any], rows: Axis, columns: Axis) -> Iterator[tuple[str, str]]:
        for i, entry in enumerate(spec.get("blocked", ())):
            row, _, column = entry.partition("@")
            try:
                found = rows.find(row.strip()), columns.find(column.strip())
            except Ambiguous:
                found = None, None
            if not found[0] or not found[1] or not found[0].leaf or not found[1].leaf:
                self.source.fail(f"no cell {entry!r}; write row@column", self.source.entry_place(spec["blocked"], i))
            yield found[0].id, found[1].id

    def _policies(self) -> dict[str, Policy]:
        policies = dict(POLICIES)
        given = self.source.mapping_at(self.root, "checks")
        self.source.check_keys(given, POLICIES, "`checks`", nested=POLICIES)
        for key, value in given.items():
            spec = self.source.mapping(value, f"check {key!r}", self.source.key_place(given, key))
            self.source.check_keys(spec, ("rule", "severity", "factor", "at_least"), f"check {key!r}")
            default = POLICIES[key]
            policies[key] = Policy(
                severity_of(self.source, spec, default.severity),
                spec.get("rule"),
                self._number(spec, "factor", default.factor),
                self._number(spec, "at_least", default.at_least),
            )
        return policies

    def _number(self, spec: dict[str, Any], key: str, default: Number | None) -> Number | None:
        if key not in spec:
            return default
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", spec[key]):
            self.source.fail(f"`{key}` is a number", self.source.value_place(spec, key))
        value = Decimal(spec[key])
        return int(value) if value == value.to_integral_value() else value
