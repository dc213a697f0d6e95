"""A definition read into a `Form`. Mistakes are told with file, line and a caret, never later as somebody's data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from xlreport.form.axis import load_axis, load_type
from xlreport.form.bind import Binder
from xlreport.form.definition import Source, suggest
from xlreport.form.model import (
    Claim,
    CoverField,
    EntryType,
    Form,
    Heading,
    Item,
    Level,
    Origin,
    Phrase,
    Policy,
    Rule,
    Section,
    Severity,
    SheetPlan,
    Table,
)
from xlreport.rules.nodes import Comparison, Condition, Number, Op, Ref, Side, Span, Statement, Term
from xlreport.rules.parse import RuleSyntaxError, parse, parse_cached

_TOP = (
    "form", "edition", "title", "title_en", "number", "source", "source_en", "periods", "cover", "levels", "sheets",
    "sections", "tables", "totals", "checks", "narrative",
)  # fmt: skip
_TABLE = (
    "alias", "title", "caption", "stub", "corner", "banner", "unit", "type", "decimals", "unlabelled", "rows",
    "columns", "cell_spans", "blocked", "rules",
)  # fmt: skip
_SHEET = ("name", "title", "grid", "label_columns", "widths", "landscape", "tables", "sections")
_RULE = (
    "rule", "severity", "name", "name_en", "why", "why_en", "remedy", "remedy_en", "source", "unless_level",
)  # fmt: skip
_ABOUT_TOTAL = tuple(key for key in _RULE if key not in {"rule", "unless_level"})
_SEVERITIES = {
    "error": Severity.ERROR, "warn": Severity.WARNING, "warning": Severity.WARNING, "info": Severity.INFO,
}  # fmt: skip
_SHEET_NAME = re.compile(r"[^\[\]:*?/\\']{1,31}")

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
        source.check_keys(root, _TOP, "a form")
        for key in ("form", "edition", "title", "tables"):
            if key not in root:
                source.fail(f"a form needs `{key}:`")
        for key in ("form", "edition"):
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}", str(root[key])):
                source.fail(f"`{key}` is letters, digits, dots and hyphens", source.value_place(root, key))
        tables = {table.id: table for table in self._tables()}
        index = {item: i for i, item in enumerate(item for t in tables.values() for item in t.items)}
        levels = self._levels()
        binder = Binder(tables, index)
        rules = tuple(self._rules(tables, binder, levels))
        sections = self._sections()
        claims, phrases, qualifiers = self._narrative(binder, tables)
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
            sheets=self._sheets(tables, sections),
            sections=sections,
            cover=self._cover(),
            levels=levels,
            rules=rules,
            policies=self._policies(),
            claims=claims,
            phrases=phrases,
            qualifiers=qualifiers,
            priors=tuple(binder.priors),
        )

    def _periods(self) -> tuple[int, int | None]:
        periods = self.source.mapping(self.root.get("periods", {}), "`periods`")
        self.source.check_keys(periods, ("from", "to"), "`periods`")
        years = []
        for key in ("from", "to"):
            value = periods.get(key)
            if value is not None and not re.fullmatch(r"\d{4}", value):
                self.source.fail("a period is a year of four digits", self.source.value_place(periods, key))
            years.append(int(value) if value is not None else None)
        return years[0] or 0, years[1]

    def _cover(self) -> tuple[CoverField, ...]:
        fields = [CoverField("unit", "填报单位", required=True), CoverField("period", "报告年度", required=True)]
        if "cover" not in self.root:
            return (fields[0], CoverField("unit_code", "单位代码"), fields[1])
        found = []
        for key, value in self._named(self.root["cover"], "`cover`"):
            if not isinstance(value, dict):
                value = {"label": value or key}
            self.source.check_keys(value, ("label", "en", "required"), "a cover field")
            found.append(CoverField(key, value.get("label", key), _true(value.get("required")), value.get("en", "")))
        missing = [f for f in fields if f.id not in {f.id for f in found}]
        return tuple(missing + found)

    def _levels(self) -> tuple[Level, ...]:
        levels = []
        for key, value in self._named(self.root.get("levels", []), "`levels`"):
            value = value if isinstance(value, dict) else {}
            self.source.check_keys(value, ("en", "aliases"), "a level")
            levels.append(Level(key, value.get("en", ""), tuple(value.get("aliases", ()))))
        return tuple(levels)

    def _sections(self) -> dict[str, Section]:
        sections = {}
        given = self.source.mapping(self.root.get("sections", {}), "`sections`")
        for key, value in given.items():
            value = value if isinstance(value, dict) else {"title": value}
            self.source.check_keys(value, ("title", "prompt", "required"), "a section")
            sections[key] = Section(
                key, value.get("title", key), value.get("prompt", ""), _true(value.get("required"))
            )
        return sections

    def _named(self, value: object, what: str) -> Iterator[tuple[str, Any]]:
        """The entries of a list of words or of one-key mappings."""
        for entry in self.source.sequence(value, what):
            if isinstance(entry, dict):
                yield from entry.items()
            else:
                yield entry, None

    def _tables(self) -> Iterator[Table]:
        source = self.source
        given = source.mapping(self.root["tables"], "`tables`", source.value_place(self.root, "tables"))
        if not given:
            source.fail("a form needs at least one table", source.key_place(self.root, "tables"))
        for key, value in given.items():
            place = source.key_place(given, key)
            spec = source.mapping(value, f"table {key!r}", place)
            source.check_keys(spec, _TABLE, f"table {key!r}")
            kind = load_type(source, spec, None) or EntryType(unit=spec.get("unit"))
            if "columns" not in spec or "rows" not in spec:
                source.fail(f"table {key!r} needs `rows:` and `columns:`", place)
            rows = load_axis(source, spec, "rows")
            columns = load_axis(source, spec, "columns")
            spans = tuple(int(span) for span in spec.get("cell_spans", ()))
            if spans and len(spans) != len(columns.leaves):
                source.fail("`cell_spans` needs one number per column", source.key_place(spec, "cell_spans"))
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
                unlabelled=_true(spec.get("unlabelled")),
                cell_spans=spans,
                blocked=frozenset(self._blocked(spec, rows, columns)),
            )

    def _blocked(self, spec: dict[str, Any], rows: Any, columns: Any) -> Iterator[tuple[str, str]]:
        for i, entry in enumerate(spec.get("blocked", ())):
            row, _, column = entry.partition("@")
            found = rows.find(row.strip()), columns.find(column.strip())
            if not all(found):
                self.source.fail(f"no cell {entry!r}; write row@column", self.source.entry_place(spec["blocked"], i))
            yield found[0].id, found[1].id

    def _sheets(self, tables: Mapping[str, Table], sections: Mapping[str, Section]) -> tuple[SheetPlan, ...]:
        source = self.source
        given = source.sequence(self.root.get("sheets", []), "`sheets`")
        plans = []
        for i, value in enumerate(given):
            spec = source.mapping(value, "a sheet", source.entry_place(given, i))
            source.check_keys(spec, _SHEET, "a sheet")
            for what, known in (("tables", tables), ("sections", sections)):
                for k, name in enumerate(spec.get(what, ())):
                    if name not in known:
                        message = f"no {what[:-1]} {name!r}{suggest(name, known)}"
                        source.fail(message, source.entry_place(spec[what], k))
            sheet_name = spec.get("name", spec.get("title", f"表{i + 1}"))
            if not _SHEET_NAME.fullmatch(sheet_name):
                source.fail("a sheet name has 1 to 31 characters, none of []:*?/\\'", source.value_place(spec, "name"))
            plans.append(
                SheetPlan(
                    sheet_name,
                    spec.get("title", sheet_name),
                    tuple(spec.get("tables", ())),
                    tuple(spec.get("sections", ())),
                    self._int(spec, "grid"),
                    self._int(spec, "label_columns") or 1,
                    tuple(float(width) for width in spec.get("widths", ())),
                    _true(spec.get("landscape")),
                )
            )
        placed = [table for plan in plans for table in plan.tables]
        for table in placed:
            if placed.count(table) > 1:
                source.fail(f"table {table!r} stands on two sheets", source.key_place(self.root, "sheets"))
        # What no sheet names gets a sheet of its own, so that a small form needs no `sheets:`.
        for table in tables.values():
            if table.id not in placed:
                depth = 1 if table.unlabelled else table.rows.depth()
                name = re.sub(r"[\[\]:*?/\\']", "", table.title)[:31] or table.id
                plans.append(SheetPlan(name, table.title, (table.id,), label_columns=depth))
        texts = tuple(s for s in sections if s not in {s for plan in plans for s in plan.sections})
        if texts:
            plans.append(SheetPlan("文字部分", "文字部分", (), texts))
        return tuple(plans)

    def _int(self, spec: dict[str, Any], key: str) -> int | None:
        if key not in spec:
            return None
        if not re.fullmatch(r"\d{1,3}", str(spec[key])):
            self.source.fail(f"`{key}` is a whole number", self.source.value_place(spec, key))
        return int(spec[key])

    def _policies(self) -> dict[str, Policy]:
        policies = dict(POLICIES)
        given = self.source.mapping(self.root.get("checks", {}), "`checks`")
        self.source.check_keys(given, POLICIES, "`checks`")
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
        try:
            value = Decimal(spec[key])
        except InvalidOperation:
            self.source.fail(f"`{key}` is a number", self.source.value_place(spec, key))
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
        totals = self.source.mapping(self.root.get("totals", {}), "`totals`")
        given = self.source.mapping(self.root["tables"], "`tables`")
        seen: set[tuple[str, str]] = set()
        for table in tables.values():
            for axis_name, axis in (("row", table.rows), ("column", table.columns)):
                for heading in axis.leaves:
                    if heading.total:
                        yield from self._total_rules(table, heading, axis_name, totals, binder)
            lines = given[table.id].get("rules", [])
            for i, entry in enumerate(self.source.sequence(lines, "`rules`")):
                rule = self._line(entry, i, lines, table, binder, levels)
                if (table.id, rule.id) in seen:
                    self.source.fail(f"rule {rule.id!r} stands here twice", self.source.entry_place(lines, i))
                seen.add((table.id, rule.id))
                yield rule

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
                **{key: about.get(key, "") for key in ("name", "name_en", "why", "why_en", "remedy", "remedy_en")},
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
            spec = value if isinstance(value, dict) else {"rule": value}
            place = source.value_place(mapping, key)
            if isinstance(value, dict):
                source.check_keys(value, _RULE, "a rule")
                place = source.value_place(value, "rule") or place
        if not isinstance(spec.get("rule"), str):
            source.fail("a rule needs a statement: `rule: …`", place)
        text = spec["rule"]
        # A definition known to be good is parsed once for equal texts; one with places is being written.
        statement, bound = self._bind(text, table, binder, place)
        known = {name for level in levels for name in (level.id, *level.aliases)}
        for word in spec.get("unless_level", ()):
            if word not in known:
                source.fail(f"no level {word!r}{suggest(word, known)}", source.key_place(spec, "unless_level"))
        return Rule(
            id=name or f"{table.id}.{i + 1}",
            severity=self._severity(spec, severity),
            text=text,
            table=table.id,
            statement=statement,
            bound=bound,
            source=spec.get("source", self.root.get("source", "")),
            unless_level=frozenset(spec.get("unless_level", ())),
            prior="@-" in text.replace(" ", ""),
            **{key: spec.get(key, "") for key in ("name", "name_en", "why", "why_en", "remedy", "remedy_en")},
        )

    def _bind(self, text: str, table: Table, binder: Binder, place: Any) -> tuple[Statement, Any]:
        try:
            statement = parse_cached(text) if self.source.text is None else parse(text)
            return statement, binder.bind(statement, table)
        except RuleSyntaxError as error:
            at = place._replace(column=place.column + error.offset) if place else None
            self.source.fail(f"rule {text!r}: {error.message}", at)

    def _narrative(
        self, binder: Binder, tables: Mapping[str, Table]
    ) -> tuple[tuple[Claim, ...], tuple[Phrase, ...], tuple[str, ...]]:
        source = self.source
        given = source.mapping(self.root.get("narrative", {}), "`narrative`")
        source.check_keys(given, ("qualifiers", "claims", "phrases"), "`narrative`")
        home = next(iter(tables.values()))
        claims, phrases = [], []
        for spec in given.get("claims", ()):
            source.check_keys(spec, ("rule", "severity", "pattern", "equals"), "a claim")
            self._pattern(spec)
            sums = []
            for i, text in enumerate(spec["equals"]):
                place = source.entry_place(spec["equals"], i)
                _, bound = self._bind(f"{text} = 0", home, binder, place)
                if len(bound.keys) != 1 or not bound.conclusion[0].left.plain:
                    source.fail("a claim names one sum of single items", place)
                sums.append(bound.conclusion[0].left.places[0])
            claims.append(
                Claim(
                    spec.get("rule", ""),
                    self._severity(spec, Severity.WARNING),
                    spec["pattern"],
                    tuple(sums),
                    tuple(spec["equals"]),
                )
            )
        for spec in given.get("phrases", ()):
            source.check_keys(spec, ("rule", "severity", "pattern", "of"), "a phrase")
            self._pattern(spec)
            if spec.get("of") not in {"year", "unit"}:
                source.fail("a phrase is of: year or of: unit", source.key_place(spec, "of"))
            phrases.append(
                Phrase(spec.get("rule", ""), self._severity(spec, Severity.WARNING), spec["pattern"], spec["of"])
            )
        return tuple(claims), tuple(phrases), tuple(given.get("qualifiers", ()))

    def _pattern(self, spec: dict[str, Any]) -> None:
        if self.source.text is None:
            return  # a definition known to be good: compiled when a text is there to be read
        try:
            if re.compile(spec.get("pattern", "")).groups < 1:
                self.source.fail("the pattern needs a group ( ) around what it finds", self.source.key_place(spec, "pattern"))
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


def _true(value: object) -> bool:
    return value in {"true", "yes", "True", True}


def item_at(form: Form, index: int) -> Item:
    """The item that a rule's number stands for; last year's follow this year's."""
    return form.items[index] if index < len(form.items) else form.priors[index - len(form.items)]
