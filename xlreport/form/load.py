"""A definition read into a `Form`. Mistakes are told with file, line and a caret, never later as somebody's data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from xlreport.form.axis import load_axis, load_type
from xlreport.form.bind import Binder
from xlreport.form.definition import Place, Source, suggest
from xlreport.form.model import (
    Bar,
    Carry,
    Chart,
    Claim,
    CoverField,
    Form,
    Level,
    Origin,
    Phrase,
    Policy,
    Rule,
    Section,
    Severity,
    Shape,
)
from xlreport.form.sheets import load_sheets
from xlreport.form.table import Ambiguous, Axis, EntryType, Heading, Table
from xlreport.rules.nodes import Comparison, Condition, Number, Op, Ref, Side, Span, Statement, Term
from xlreport.rules.parse import RuleSyntaxError, parse

E = TypeVar("E", bound=Enum)

_TOP = (
    "form", "edition", "title", "title_en", "number", "source", "source_en", "periods", "cover", "levels", "sheets",
    "sections", "tables", "totals", "checks", "narrative", "charts",
)  # fmt: skip
_TABLE = (
    "alias", "title", "caption", "stub", "corner", "banner", "unit", "type", "decimals", "unlabelled", "rows",
    "columns", "cell_spans", "blocked", "rules",
)  # fmt: skip
_RULE = (
    "rule", "severity", "name", "name_en", "why", "why_en", "remedy", "remedy_en", "source", "unless_level",
    "carry",
)  # fmt: skip
_ABOUT_TOTAL = tuple(key for key in _RULE if key not in {"rule", "unless_level", "carry"})
_SEVERITIES = {
    "error": Severity.ERROR, "warn": Severity.WARNING, "warning": Severity.WARNING, "info": Severity.INFO,
}  # fmt: skip
_NARRATIVE = ("qualifiers", "claims", "phrases")
_CLAIM = ("rule", "severity", "word", "pattern", "equals")
_PHRASE = ("rule", "severity", "word", "pattern", "of")
_TABLE_LISTS, _TABLE_NESTED = ("cell_spans", "blocked"), ("type", "rows", "columns", "rules")
_TOP_NESTED = ("periods", "cover", "levels", "sheets", "sections", "tables", "totals", "checks", "narrative", "charts")
_CHART = ("title", "title_en", "shape", "years", "bars")

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
        rules = tuple(self._rules(tables, binder, levels))
        sections = self._sections()
        claims, phrases, qualifiers = self._narrative(binder, tables)
        charts = tuple(self._charts(binder, next(iter(tables.values()))))
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
                self._severity(spec, default.severity),
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

    def _severity(self, spec: dict[str, Any], default: Severity = Severity.ERROR) -> Severity:
        word = spec.get("severity")
        if word is None:
            return default
        if word not in _SEVERITIES:
            self.source.fail(
                f"no severity {word!r}{suggest(word, _SEVERITIES)}", self.source.value_place(spec, "severity")
            )
        return _SEVERITIES[word]

    def _rules(self, tables: Mapping[str, Table], binder: Binder, levels: tuple[Level, ...]) -> Iterator[Rule]:
        source = self.source
        totals = source.mapping_at(self.root, "totals")
        given = self.root["tables"]
        named: set[str] = set()
        for table in tables.values():
            seen: set[str] = set()
            for axis_name, axis in (("row", table.rows), ("column", table.columns)):
                for heading in axis.leaves:
                    if heading.total:
                        for rule in self._total_rules(table, heading, axis_name, totals, binder):
                            seen.add(rule.id)
                            yield rule
            named |= seen
            lines = source.sequence_at(given[table.id], "rules")
            for i, entry in enumerate(lines):
                rule = self._line(entry, i, lines, table, binder, levels)
                if rule.id in seen:
                    source.fail(f"rule {rule.id!r} stands here twice", source.entry_place(lines, i))
                seen.add(rule.id)
                yield rule
        for name in totals:
            if name not in named:
                source.fail(f"no total has the rule {name!r}{suggest(name, named)}", source.key_place(totals, name))

    def _total_rules(
        self, table: Table, heading: Heading, axis: str, totals: dict[str, Any], binder: Binder
    ) -> Iterator[Rule]:
        rule_id = self._total_ids(table, heading, axis)
        place = self.source.key_place(totals, rule_id)
        about = self.source.mapping(totals.get(rule_id, {}), f"total {rule_id!r}", place)
        self.source.check_keys(about, _ABOUT_TOTAL, f"total {rule_id!r}")
        for parts, bound in binder.totals(table, heading, axis):
            yield Rule(
                id=rule_id,
                severity=self._severity(about),
                text=f"{' + '.join(_quote(part) for part in parts)} = {_quote(heading.id)}",
                table=table.id,
                statement=_sum_statement(heading.id, parts),
                bound=bound,
                origin=Origin.TREE,
                source=about.get("source", self.root.get("source", "")),
                name=about.get("name", f"{heading.label}等于各项之和"),
                name_en=about.get("name_en", f"{heading.label} equals the sum of its parts"),
                **{key: about.get(key, "") for key in ("why", "why_en", "remedy", "remedy_en")},
            )

    def _total_ids(self, table: Table, heading: Heading, axis: str) -> str:
        named = self.root["tables"][table.id]
        found = _rule_name(named["rows" if axis == "row" else "columns"], heading.id.split("."))
        return found or f"{table.id}.{heading.id}"

    def _line(
        self, entry: object, i: int, lines: list[Any], table: Table, binder: Binder, levels: tuple[Level, ...]
    ) -> Rule:
        source = self.source
        if isinstance(entry, str):
            spec: dict[str, Any] = {"rule": entry}
            name, severity, place = "", Severity.ERROR, source.entry_place(lines, i)
        else:
            mapping = source.mapping(entry, "a rule", source.entry_place(lines, i))
            if len(mapping) != 1:
                source.fail("a rule is `[severity] [name]: statement`", source.entry_place(lines, i))
            ((key, value),) = mapping.items()
            severity, name = _prefix(key)
            self._no_severity(key, source.key_place(mapping, key))
            spec = value if isinstance(value, dict) else {"rule": value}
            place = source.value_place(mapping, key)
            if isinstance(value, dict):
                source.check_keys(value, _RULE, "a rule", ("unless_level",))
                place = source.value_place(value, "rule") or place
        if not isinstance(spec.get("rule"), str):
            source.fail("a rule needs a statement: `rule: …`", place)
        text = spec["rule"]
        statement, bound = self._bind(text, table, binder, place)
        known = {name for level in levels for name in (level.id, *level.aliases)}
        for word in spec.get("unless_level", ()):
            if word not in known:
                at = spec["unless_level"].index(word)
                source.fail(f"no level {word!r}{suggest(word, known)}", source.entry_place(spec["unless_level"], at))
        return Rule(
            id=name or f"{table.id}.{i + 1}",
            severity=self._severity(spec, severity),
            text=text,
            table=table.id,
            statement=statement,
            bound=bound,
            source=spec.get("source", self.root.get("source", "")),
            unless_level=frozenset(spec.get("unless_level", ())),
            prior=_of_last_year(statement),
            carry=self._one_of(spec, "carry", Carry, Carry.SHOWN),
            **{key: spec.get(key, "") for key in ("name", "name_en", "why", "why_en", "remedy", "remedy_en")},
        )

    def _no_severity(self, key: str, place: Any) -> None:
        """Fail for a first word that was meant as a severity: `wran 结转` would be an error named so."""
        if any(sign in key for sign in "()=<>≤≥≠+⇒⇔"):
            self.source.fail(f"{key!r} is no name of a rule; a statement with a colon in it stands in quotes", place)
        first, _, rest = key.partition(" ")
        near = suggest(first, _SEVERITIES) if rest and first.isascii() and first not in _SEVERITIES else ""
        if "did you mean" in near:
            self.source.fail(f"no severity {first!r}{near}", place)

    def _bind(self, text: str, table: Table, binder: Binder, place: Any) -> tuple[Statement, Any]:
        try:
            statement = parse(text)
            return statement, binder.bind(statement, table)
        except RuleSyntaxError as error:
            at = place._replace(column=place.column + error.offset) if place else None
            self.source.fail(f"rule {text!r}: {error.message}", at)

    def _narrative(
        self, binder: Binder, tables: Mapping[str, Table]
    ) -> tuple[tuple[Claim, ...], tuple[Phrase, ...], tuple[str, ...]]:
        source = self.source
        given = source.mapping_at(self.root, "narrative")
        source.check_keys(given, _NARRATIVE, "`narrative`", _NARRATIVE[:1], _NARRATIVE[1:])
        home = next(iter(tables.values()))
        claims = [self._claim(spec, binder, home) for spec in self._specs(given, "claims", _CLAIM)]
        phrases = []
        for spec in self._specs(given, "phrases", _PHRASE):
            if spec.get("of") not in {"year", "unit"}:
                source.fail("a phrase is of: year or of: unit", source.key_place(spec, "of"))
            severity = self._severity(spec, Severity.WARNING)
            phrases.append(Phrase(spec.get("rule", ""), severity, spec["pattern"], spec["of"], spec.get("word", "")))
        return tuple(claims), tuple(phrases), tuple(given.get("qualifiers", ()))

    def _specs(self, given: dict[str, Any], key: str, allowed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """The mappings under `claims:` or `phrases:`, each with a pattern that can be used."""
        source = self.source
        entries = source.sequence_at(given, key)
        for i, entry in enumerate(entries):
            place = source.entry_place(entries, i)
            spec = source.mapping(entry, f"a {key[:-1]}", place)
            source.check_keys(spec, allowed, f"a {key[:-1]}", ("equals",))
            for needed in ("pattern", *(("equals",) if "equals" in allowed else ())):
                if not spec.get(needed):
                    source.fail(f"a {key[:-1]} needs `{needed}:`", place)
            self._pattern(spec)
            if spec.get("word", "") not in spec["pattern"]:
                source.fail("`word` must stand in the pattern", source.value_place(spec, "word"))
            yield spec

    def _sum(self, text: str, binder: Binder, home: Table, place: Any, what: str) -> tuple[int, ...]:
        """The items of a sum as it is written in the definition: `三!一@总计 + 三!二@总计`."""
        statement, bound = self._bind(f"{text} = 0", home, binder, place)
        if len(bound.keys) != 1 or not bound.conclusion[0].left.plain or _of_last_year(statement):
            self.source.fail(f"{what} names one sum of single items", place)
        return tuple(bound.conclusion[0].left.places[0])

    def _charts(self, binder: Binder, home: Table) -> Iterator[Chart]:
        """What is drawn beside a total: each bar is a name and a sum."""
        source = self.source
        entries = source.sequence_at(self.root, "charts")
        for i, entry in enumerate(entries):
            spec = source.mapping(entry, "a chart", source.entry_place(entries, i))
            source.check_keys(spec, _CHART, "a chart", nested=("bars",))
            bars = source.mapping_at(spec, "bars")
            if not spec.get("title") or not bars:
                source.fail("a chart needs `title:` and `bars:`", source.entry_place(entries, i))
            drawn = []
            for name, about in bars.items():
                place = source.value_place(bars, name)
                if isinstance(about, dict):
                    source.check_keys(about, ("sum", "en"), "a bar")
                elif not isinstance(about, str):
                    source.fail("a bar is a sum, or its `sum:` and `en:`", place)
                text, en = (about, "") if isinstance(about, str) else (about.get("sum", ""), about.get("en", ""))
                drawn.append(Bar(name, self._sum(text, binder, home, place, "a bar"), en))
            shape, years = self._one_of(spec, "shape", Shape, Shape.COLUMN), source.truth(spec, "years")
            yield Chart(spec["title"], tuple(drawn), spec.get("title_en", ""), shape, years)

    def _one_of(self, spec: dict[str, Any], key: str, words: type[E], default: E) -> E:
        """The member of an enumeration that a key names."""
        word = spec.get(key, default.value)
        known = [member.value for member in words]
        if word not in known:
            self.source.fail(f"no {key} {word!r}{suggest(word, known)}", self.source.value_place(spec, key))
        return words(word)

    def _claim(self, spec: dict[str, Any], binder: Binder, home: Table) -> Claim:
        sums = []
        for i, text in enumerate(spec["equals"]):
            place = self.source.entry_place(spec["equals"], i)
            sums.append(self._sum(text, binder, home, place, "a claim"))
        severity = self._severity(spec, Severity.WARNING)
        return Claim(
            spec.get("rule", ""), severity, spec["pattern"], tuple(sums), tuple(spec["equals"]), spec.get("word", "")
        )

    def _pattern(self, spec: dict[str, Any]) -> None:
        try:
            if re.compile(spec.get("pattern", "")).groups < 1:
                place = self.source.key_place(spec, "pattern")
                self.source.fail("the pattern needs a group ( ) around what it finds", place)
        except re.error as error:
            self.source.fail(f"not a regular expression: {error}", self.source.value_place(spec, "pattern"))


def _rule_name(entries: object, path: list[str]) -> str | None:
    """The rule id that the tree gives a total, found by walking the definition down its codes."""
    if not isinstance(entries, list):
        return None
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        key = next(iter(entry))
        if key != path[0]:
            continue
        value = entry[key]
        if len(path) == 1:
            return value.get("rule") if isinstance(value, dict) else entry.get("rule")
        nested = entry.get("rows") or entry.get("columns") or (value if isinstance(value, list) else None)
        if nested is None and isinstance(value, dict):
            nested = value.get("rows") or value.get("columns")
        return _rule_name(nested, path[1:])
    return None


def _sum_statement(total: str, parts: Sequence[str]) -> Statement:
    left = Side(tuple(Term(1, Ref(part)) for part in parts))
    return Statement(Condition((Comparison(Op.EQ, left, Side((Term(1, Ref(total)),))),)))


def _prefix(key: str) -> tuple[Severity, str]:
    """`warn 结转衔接` taken apart: a severity, if the first word is one, and a name."""
    first, _, rest = key.partition(" ")
    if first in _SEVERITIES:
        return _SEVERITIES[first], rest.strip()
    return Severity.ERROR, key.strip()


def _quote(name: str) -> str:
    return name if re.fullmatch(r"[^\s「」\"=<>≤≥≠!+\-*/×÷()@:±⇒⇔]+", name) and not name[0].isdigit() else f"「{name}」"


def _of_last_year(statement: Statement) -> bool:
    """Whether a statement names anything of last year's report."""
    conditions = [c for c in (statement.premise, statement.conclusion) if c]
    places = [t.place for c in conditions for p in c.parts for side in (p.left, p.right) for t in side.terms]
    return any((place.first if isinstance(place, Span) else place).period for place in places)
