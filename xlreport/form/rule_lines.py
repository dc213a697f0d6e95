"""The rules of a definition: the totals that its trees give, and the lines that somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from xlreport.form.bind import Binder
from xlreport.form.definition import Source, suggest
from xlreport.form.model import Carry, Level, Origin, Rule, Severity
from xlreport.form.table import Heading, Table
from xlreport.rules.nodes import Comparison, Condition, Op, Ref, Side, Span, Statement, Term
from xlreport.rules.parse import RuleSyntaxError, parse

E = TypeVar("E", bound=Enum)

_RULE = (
    "rule", "severity", "name", "name_en", "why", "why_en", "remedy", "remedy_en", "source", "unless_level",
    "carry",
)  # fmt: skip
_ABOUT_TOTAL = tuple(key for key in _RULE if key not in {"rule", "unless_level", "carry"})
_SEVERITIES = {
    "error": Severity.ERROR, "warn": Severity.WARNING, "warning": Severity.WARNING, "info": Severity.INFO,
}  # fmt: skip


class RuleLines:
    """What a definition says must hold, tied to its tables."""

    def __init__(
        self,
        source: Source,
        root: dict[str, Any],
        tables: Mapping[str, Table],
        levels: tuple[Level, ...],
        binder: Binder,
    ) -> None:
        self.source = source
        self.root = root
        self.tables = tables
        self.levels = levels
        self.binder = binder

    def rules(self) -> Iterator[Rule]:
        """Every rule, table by table; the totals first."""
        source = self.source
        totals = source.mapping_at(self.root, "totals")
        given = self.root["tables"]
        named: set[str] = set()
        for table in self.tables.values():
            seen: set[str] = set()
            for axis_name, axis in (("row", table.rows), ("column", table.columns)):
                for heading in axis.leaves:
                    if heading.total:
                        for rule in self._total_rules(table, heading, axis_name, totals):
                            seen.add(rule.id)
                            yield rule
            named |= seen
            lines = source.sequence_at(given[table.id], "rules")
            for i, entry in enumerate(lines):
                rule = self._line(entry, i, lines, table)
                if rule.id in seen:
                    source.fail(f"rule {rule.id!r} stands here twice", source.entry_place(lines, i))
                seen.add(rule.id)
                yield rule
        for name in totals:
            if name not in named:
                source.fail(f"no total has the rule {name!r}{suggest(name, named)}", source.key_place(totals, name))

    def _total_rules(self, table: Table, heading: Heading, axis: str, totals: dict[str, Any]) -> Iterator[Rule]:
        rule_id = self._total_ids(table, heading, axis)
        place = self.source.key_place(totals, rule_id)
        about = self.source.mapping(totals.get(rule_id, {}), f"total {rule_id!r}", place)
        self.source.check_keys(about, _ABOUT_TOTAL, f"total {rule_id!r}")
        for parts, bound in self.binder.totals(table, heading, axis):
            yield Rule(
                id=rule_id,
                severity=severity_of(self.source, about),
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

    def _line(self, entry: object, i: int, lines: list[Any], table: Table) -> Rule:
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
        statement, bound = self.bind(text, table, place)
        known = {name for level in self.levels for name in (level.id, *level.aliases)}
        for word in spec.get("unless_level", ()):
            if word not in known:
                at = spec["unless_level"].index(word)
                source.fail(f"no level {word!r}{suggest(word, known)}", source.entry_place(spec["unless_level"], at))
        return Rule(
            id=name or f"{table.id}.{i + 1}",
            severity=severity_of(self.source, spec, severity),
            text=text,
            table=table.id,
            statement=statement,
            bound=bound,
            source=spec.get("source", self.root.get("source", "")),
            unless_level=frozenset(spec.get("unless_level", ())),
            prior=of_last_year(statement),
            carry=one_of(self.source, spec, "carry", Carry, Carry.SHOWN),
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

    def bind(self, text: str, table: Table, place: Any) -> tuple[Statement, Any]:
        """A statement read and tied to the cells of a table."""
        try:
            statement = parse(text)
            return statement, self.binder.bind(statement, table)
        except RuleSyntaxError as error:
            at = place._replace(column=place.column + error.offset) if place else None
            self.source.fail(f"rule {text!r}: {error.message}", at)


def severity_of(source: Source, spec: dict[str, Any], default: Severity = Severity.ERROR) -> Severity:
    """How grave something is, where a definition says so."""
    word = spec.get("severity")
    if word is None:
        return default
    if word not in _SEVERITIES:
        source.fail(f"no severity {word!r}{suggest(word, _SEVERITIES)}", source.value_place(spec, "severity"))
    return _SEVERITIES[word]


def one_of(source: Source, spec: dict[str, Any], key: str, words: type[E], default: E) -> E:
    """The member of an enumeration that a key names."""
    word = spec.get(key, default.value)
    known = [member.value for member in words]
    if word not in known:
        source.fail(f"no {key} {word!r}{suggest(word, known)}", source.value_place(spec, key))
    return words(word)


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


def of_last_year(statement: Statement) -> bool:
    """Whether a statement names anything of last year's report."""
    conditions = [c for c in (statement.premise, statement.conclusion) if c]
    places = [t.place for c in conditions for p in c.parts for side in (p.left, p.right) for t in side.terms]
    return any((place.first if isinstance(place, Span) else place).period for place in places)
