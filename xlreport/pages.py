"""What there is to read about every code and rule: the source of `explain`, of the README's table and of the JSON.

The words about codes are in `pages.toml`; those about rules in the forms' definitions.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from xlreport.arithmetic import rule_sentence
from xlreport.finding import Code
from xlreport.form.load import POLICIES
from xlreport.form.model import Claim, Form, Phrase, Rule, Severity
from xlreport.record import record
from xlreport.rules.sentence import Lang
from xlreport.wording import SEVERITY_WORDS

LANGUAGES: tuple[Lang, Lang] = ("zh", "en")
TEXTS = ("title", "checked", "why", "example", "remedy", "waive")
_JOINTS: Mapping[Lang, str] = {"zh": "、", "en": ", "}


@record
class Page:
    """What is told of one code in one language; `severities` is how grave it can be, the usual first."""

    code: Code
    severities: tuple[Severity, ...]
    title: str
    checked: str
    why: str
    example: str
    remedy: str
    waive: str


@record
class Listed:
    """A rule as it is listed: once for all the tables and editions in which it says the same."""

    rule: Rule  # the first of them, and its form
    form: Form
    code: Code  # under which it is told when it does not hold
    places: tuple[tuple[Form, Rule], ...]

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms that have it, each once."""
        return tuple({form.name: form for form, _ in self.places}.values())

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables it is read in."""
        return tuple(dict.fromkeys(rule.table for _, rule in self.places))


@lru_cache(maxsize=1)
def _source() -> Mapping[str, Any]:
    return tomllib.loads(files("xlreport").joinpath("pages.toml").read_text(encoding="utf-8"))


def page(code: Code, lang: Lang) -> Page:
    """The page of a code."""
    entry = _source()[code.name]
    texts = {key: str(entry[lang][key]) for key in TEXTS}
    return Page(code, tuple(Severity(word) for word in entry["severity"]), **texts)


def rule_code(rule: Rule) -> Code:
    """The code under which a rule is told when it does not hold."""
    if rule.prior:
        return Code.C501
    return Code.B401 if rule.bound.balance and not rule.unless_level else Code.B403


def ids_on(form: Form, code: Code) -> tuple[str, ...]:
    """What a form's own list calls a code: the ids of its rules and of its checks that are told under it."""
    return tuple(dict.fromkeys([*(rule.id for rule in form.rules if rule_code(rule) is code), *_check_ids(form, code)]))


def _check_ids(form: Form, code: Code) -> Iterator[str]:
    """The ids that a form gives the checks of a code, rules aside."""
    spec = _source()[code.name]
    yield from spec.get("ids", ())  # the same for every form: what concerns several reports
    if check := spec.get("check") or spec.get("rule_of"):
        yield from filter(None, [form.policy(check).rule])
    yield from filter(None, [line.rule for line in _narrative(form, code)])


def _narrative(form: Form, code: Code) -> Iterator[Claim | Phrase]:
    if code is Code.N601:
        yield from form.claims
    yield from (phrase for phrase in form.phrases if code is _PHRASES.get(phrase.of))


_PHRASES = {"year": Code.N602, "unit": Code.N603}


def severities_on(form: Form, code: Code) -> tuple[Severity, ...]:
    """How grave a code can be on a form, the gravest first."""
    spec = _source()[code.name]
    found = {Severity(word) for word in spec["severity"]}
    if check := spec.get("check"):
        found = found - {POLICIES[check].severity} | {form.policy(check).severity}
    else:
        lines = {rule.severity for rule in form.rules if rule_code(rule) is code}
        found = lines | {line.severity for line in _narrative(form, code)} or found
    return tuple(severity for severity in Severity if severity in found)


def codes_named(form: Form, name: str) -> tuple[Code, ...]:
    """The codes of the checks that a form's list gives this id, TY-3 for instance; not those of its rules."""
    return tuple(code for code in Code if name in _check_ids(form, code))


def listed_rules(forms: Sequence[Form]) -> tuple[Listed, ...]:
    """Every rule of the forms by table and id, once where tables or editions of one form say the same."""
    groups: dict[tuple[object, ...], list[tuple[Form, Rule]]] = {}
    for form in forms:
        for rule in form.rules:
            said = rule_sentence(form, rule, "zh")
            key = (form.id, rule.id, rule.severity, said, rule.text, rule.why, rule.remedy, rule.unless_level)
            groups.setdefault(key, []).append((form, rule))
    found = [Listed(places[0][1], places[0][0], rule_code(places[0][1]), tuple(places)) for places in groups.values()]
    tables = list(dict.fromkeys(table for form in forms for table in form.tables))
    ids = list(dict.fromkeys(one.rule.id for one in found))
    return tuple(sorted(found, key=lambda one: (tables.index(one.rule.table), ids.index(one.rule.id))))


def statement(form: Form, rule: Rule, lang: Lang) -> str:
    """A rule in printed words, with where it holds and for whom."""
    zh = lang == "zh"
    text = rule_sentence(form, rule, lang)
    along = {row is None for row, column in rule.bound.keys if row or column}
    if len(rule.bound.keys) > 1 and along:
        each = ("列", "column") if along.pop() else ("行", "row")
        text = f"每{each[0]}：{text}" if zh else f"In each {each[1]}: {text}"
    if rule.unless_level:
        levels = [level for level in form.levels if level.id in rule.unless_level]
        names = _JOINTS[lang].join(level.id if zh else level.en or level.id for level in levels)
        text += f"（{names}除外）" if zh else f" (but for: {names})"
    if text.startswith(("where ", "the sum ")):  # our own words, no heading
        text = text[0].upper() + text[1:]
    return text + ("。" if zh else ".")


def reason(rule: Rule, lang: Lang) -> str:
    """Why a rule is there, as the definition says it."""
    return printable(rule.why if lang == "zh" else rule.why_en or rule.why)


def printable(text: str) -> str:
    """A definition's text with a minus sign that a GBK console has."""
    return text.replace("\u2212", "-")


def rules_table(forms: Sequence[Form], lang: Lang) -> str:
    """The README's tables in Markdown: the rules of every form, then the checks that every form has."""
    zh = lang == "zh"
    blocks = []
    for name in dict.fromkeys(form.id for form in forms):
        editions = sorted((form for form in forms if form.id == name), key=lambda form: form.first_period)
        title = editions[0].title if zh else editions[0].title_en
        blocks.append(f"**{title}** (`{name}`)")
        blocks.append(_rules(editions, lang))
        sources = [
            f"- {form.edition}{' 版：' if zh else ': '}{form.source if zh else form.source_en}" for form in editions
        ]
        blocks.append("\n".join(sources))
    blocks += ["**各报表通用的审核**" if zh else "**Checks that every form has**", _checks(forms, lang)]
    return "\n\n".join(blocks) + "\n"


def _rules(editions: Sequence[Form], lang: Lang) -> str:
    zh = lang == "zh"
    head = ("编号", "级别", "代码", "表", "版式", "规则", "来由") if zh else (
        "Rule", "Severity", "Code", "Table", "Edition", "What it says", "Why"
    )  # fmt: skip
    joint = _JOINTS[lang]
    rows = [
        (
            one.rule.id,
            severity_word(one.rule.severity, lang),
            one.code.name,
            joint.join(one.tables),
            joint.join(form.edition for form in one.forms),
            statement(one.form, one.rule, lang),
            _own_source(one, lang),
        )
        for one in listed_rules(editions)
    ]
    return _markdown(head, rows)


def _own_source(one: Listed, lang: Lang) -> str:
    """Why the rule is there, and its legal source where that is not the form's own."""
    own = one.rule.source if one.rule.source != one.form.source else ""
    return " ".join(text for text in (reason(one.rule, lang), own) if text)


def _checks(forms: Sequence[Form], lang: Lang) -> str:
    zh = lang == "zh"
    head = ("代码", "名称", "级别", "编号", "问题", "怎样改") if zh else (
        "Code", "Name", "Severity", "Rule", "Fault", "How to put it right"
    )  # fmt: skip
    rows = []
    for code in Code:
        told = page(code, lang)
        ids = dict.fromkeys(name for form in forms for name in ids_on(form, code))
        grave = [s for s in Severity if any(s in severities_on(form, code) for form in forms)] or told.severities
        words = _JOINTS[lang].join(severity_word(s, lang) for s in grave)
        rows.append((code.name, f"`{code.value}`", words, _JOINTS[lang].join(ids), told.title, told.remedy))
    return _markdown(head, rows)


def severity_word(severity: Severity, lang: Lang) -> str:
    """A severity in words."""
    return SEVERITY_WORDS[severity][0 if lang == "zh" else 1]


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar or a line break inside a cell would end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()
