"""What a definition says beside its rules: sentences that must agree with the tables, and what is drawn of a total."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from xlreport.form.definition import Source
from xlreport.form.model import Bar, Chart, Claim, Phrase, Severity, Shape
from xlreport.form.rule_lines import RuleLines, of_last_year, one_of, severity_of

_NARRATIVE = ("qualifiers", "claims", "phrases")
_CLAIM = ("rule", "severity", "word", "pattern", "equals")
_PHRASE = ("rule", "severity", "word", "pattern", "of")
_CHART = ("title", "title_en", "shape", "years", "bars")


class Narrative:
    """The sections of text and the charts of a form, with the sums of items they speak of."""

    def __init__(self, source: Source, root: dict[str, Any], lines: RuleLines) -> None:
        self.source = source
        self.root = root
        self.lines = lines
        self.home = next(iter(lines.tables.values()))  # names without a table are of the first one

    def said(self) -> tuple[tuple[Claim, ...], tuple[Phrase, ...], tuple[str, ...]]:
        """Claims and phrases to look for in the text, and the words that qualify a number there."""
        source = self.source
        given = source.mapping_at(self.root, "narrative")
        source.check_keys(given, _NARRATIVE, "`narrative`", _NARRATIVE[:1], _NARRATIVE[1:])
        claims = [self._claim(spec) for spec in self._specs(given, "claims", _CLAIM)]
        phrases = []
        for spec in self._specs(given, "phrases", _PHRASE):
            if spec.get("of") not in {"year", "unit"}:
                source.fail("a phrase is of: year or of: unit", source.key_place(spec, "of"))
            severity = severity_of(self.source, spec, Severity.WARNING)
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

    def _sum(self, text: str, place: Any, what: str) -> tuple[int, ...]:
        """The items of a sum as it is written in the definition: `三!一@总计 + 三!二@总计`."""
        statement, bound = self.lines.bind(f"{text} = 0", self.home, place)
        if len(bound.keys) != 1 or not bound.conclusion[0].left.plain or of_last_year(statement):
            self.source.fail(f"{what} names one sum of single items", place)
        return tuple(bound.conclusion[0].left.places[0])

    def charts(self) -> Iterator[Chart]:
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
                drawn.append(Bar(name, self._sum(text, place, "a bar"), en))
            shape, years = one_of(self.source, spec, "shape", Shape, Shape.COLUMN), source.truth(spec, "years")
            yield Chart(spec["title"], tuple(drawn), spec.get("title_en", ""), shape, years)

    def _claim(self, spec: dict[str, Any]) -> Claim:
        sums = []
        for i, text in enumerate(spec["equals"]):
            place = self.source.entry_place(spec["equals"], i)
            sums.append(self._sum(text, place, "a claim"))
        severity = severity_of(self.source, spec, Severity.WARNING)
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
