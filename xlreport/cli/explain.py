"""`xlreport explain`: what a code, a rule or an item is, why it is there, and how to put right what is told of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from xlreport.catalog import UnknownForm, definitions, find_form
from xlreport.cli.console import say, say_json, stop
from xlreport.cli.item_page import Place, item_facts, item_text
from xlreport.cli.named import items_named
from xlreport.cli.rule_example import rule_example
from xlreport.finding import Code
from xlreport.form.fold import fold
from xlreport.form.model import Form
from xlreport.form.table import Heading
from xlreport.pages import (
    LANGUAGES,
    TEXTS,
    Listed,
    codes_named,
    ids_on,
    listed_rules,
    page,
    printable,
    reason,
    severities_on,
    severity_word,
    statement,
)
from xlreport.rules.sentence import Lang
from xlreport.wording import SEVERITY_SIGNS, two

VERSION = 1
HEADINGS = {
    "checked": ("查什么", "What is checked"),
    "why": ("为什么", "Why"),
    "example": ("举例", "Example"),
    "remedy": ("怎样改", "How to put it right"),
    "waive": ("什么时候可以不改", "When it may be waived"),
}


def explain_it(what: str | None, name: str | None, output: str, lang: Lang, templates: Sequence[Path]) -> None:
    """Print what there is to say about a code, a rule or an item; all codes if nothing is asked for."""
    forms = _forms(name, templates)
    if what is None:
        every = [_code_facts(one, forms) for one in Code]
        _print(output, {"kind": "codes", "codes": every}, lambda: _all_codes(forms, lang))
    elif (code := _code(what)) is not None:
        _print(output, {"kind": "code", **_code_facts(code, forms)}, lambda: _code_text(code, forms, lang))
    elif rules := _rules(what, forms):
        facts = [_rule_facts(r) if isinstance(r, Listed) else _check_facts(what, r, forms) for r in rules]
        _print(output, {"kind": "rule", "rules": facts}, lambda: _rules_text(what, rules, forms, lang))
    elif places := [Place(form, item) for form in forms for item in items_named(form, what)]:
        _print(output, {"kind": "item", "items": [item_facts(p) for p in places]}, lambda: _items_text(places, lang))
    else:
        _unknown(what, forms, lang)


def _print(output: str, facts: dict[str, Any], text: Callable[[], Iterator[str]]) -> None:
    if output == "json":
        say_json({"version": VERSION, **facts})
        return
    for line in text():
        say(line)


def _forms(name: str | None, templates: Sequence[Path]) -> list[Form]:
    """The forms to look in, the newest edition first; a name without an edition means all of them."""
    if name is None or name in {d.form for d in definitions(templates)}:
        found = [d.open() for d in definitions(templates) if name in {None, d.form}]
        return sorted(found, key=lambda form: (form.id, -form.first_period))
    try:
        return [find_form(name, extra=templates)]
    except UnknownForm as error:
        known = f"。现有 (known): {'、'.join(error.known)}" if error.known else ""
        stop(f"{error}{known}")


# --- what is meant


def _code(what: str) -> Code | None:
    wanted = what.strip().casefold()
    return next((code for code in Code if wanted in {code.name.casefold(), code.value}), None)


def _rules(what: str, forms: Sequence[Form]) -> list[Listed | Code]:
    """The rules of that id, then the checks that the forms' lists give it."""
    wanted = what.strip().casefold()
    rules: list[Listed | Code] = [one for one in listed_rules(forms) if one.rule.id.casefold() == wanted]
    checks = {code: None for form in forms for code in codes_named(form, _same_id(form, what))}
    return [*rules, *checks]


def _same_id(form: Form, what: str) -> str:
    """The id as the form writes it: TY-3 for ty-3."""
    wanted = what.strip().casefold()
    return next((name for code in Code for name in ids_on(form, code) if name.casefold() == wanted), wanted)


def _cells_under(what: str, forms: Sequence[Form]) -> list[str]:
    """Some items whose row or column is printed so, or has it in its name: a heading alone tells which is meant.

    `予以公开 / 自然人` asks for both.
    """
    parts = [wanted for part in what.split("/") if (wanted := fold(part))]
    for whole in (True, False):
        for form in forms:
            found = []
            for table in form.tables.values():
                items = set(table.items)
                for wanted in parts:
                    rows = {h.id for h in table.rows.leaves if _called(h, wanted, whole=whole)}
                    columns = {h.id for h in table.columns.leaves if _called(h, wanted, whole=whole)}
                    items &= {item for item in items if item.row in rows or item.column in columns}
                found += [f"{table.id}/{table.short(item)}" for item in table.items if parts and item in items]
            if found:
                return found[:: max(1, len(found) // 3)][:3]
    return []


def _called(heading: Heading, wanted: str, *, whole: bool) -> bool:
    """Whether a heading has that name, or in part."""
    return wanted in heading.folded if whole else len(wanted) > 1 and any(wanted in name for name in heading.folded)


def _unknown(what: str, forms: Sequence[Form], lang: Lang) -> None:
    """Say what is nearest to a name that means nothing here."""
    names = [name for code in Code for name in (code.name, code.value)]
    names += [name for form in forms for code in Code for name in ids_on(form, code)]
    for form in forms:
        for item in form.items:
            table = form.tables[item.table]
            names += [str(item), f"{item.table}/{table.label(item).replace(' / ', '/')}"]
    folded = {name.casefold(): name for name in names}
    wanted = what.strip().casefold().replace("！", "!").replace("／", "/")
    inside = [key for key in folded if key.startswith(wanted)] if wanted else []
    near = list(dict.fromkeys([*inside, *difflib.get_close_matches(wanted, folded, 3, 0.6)]))[:3]
    said = two("、", ", ", lang).join(_cells_under(what, forms) or [folded[key] for key in near])
    near = near or [said] * bool(said)
    shown = "".join(ch if ch.isprintable() else " " for ch in what)
    stop(
        two(
            f"没有“{shown}”这个代码、规则或指标项。"
            + (f"相近的有：{said}。" if near else "全部代码见 xlreport explain。"),
            f"There is no code, rule or item “{shown}”. "
            + (f"Near it: {said}." if near else "xlreport explain lists all codes."),
            lang,
        )
    )


def _items_text(places: Sequence[Place], lang: Lang) -> Iterator[str]:
    for number, place in enumerate(places):
        if number:
            yield ""
        yield from item_text(place, lang)


# --- codes


def _all_codes(forms: Sequence[Form], lang: Lang) -> Iterator[str]:
    for code in Code:
        told = page(code, lang)
        ids = two("、", ", ", lang).join(dict.fromkeys(name for form in forms for name in ids_on(form, code)))
        also = two(f"（{ids}）", f" ({ids})", lang) if ids else ""
        yield f"{SEVERITY_SIGNS[told.severities[0]]} {code.name}  {code.value}  {told.title}{also}"


def _code_text(code: Code, forms: Sequence[Form], lang: Lang) -> Iterator[str]:
    told = page(code, lang)
    yield f"{code.name}  {code.value}  {told.title}"
    groups: dict[tuple[str, str], list[str]] = {}
    joint = two("、", ", ", lang)
    for form in forms:
        words = joint.join(severity_word(s, lang) for s in severities_on(form, code))
        groups.setdefault((words, joint.join(ids_on(form, code))), []).append(form.name)
    for (words, ids), names in groups.items():
        line = two(f"级别：{words}", f"Severity: {words}", lang)
        if ids:
            line += two(f"；编号：{ids}", f"; rules: {ids}", lang)
        yield line + two(f"（{joint.join(names)}）", f" ({joint.join(names)})", lang)
    yield from _five({key: getattr(told, key) for key in HEADINGS}, lang)


def _five(texts: dict[str, str], lang: Lang) -> Iterator[str]:
    """The five headings of a page, each with its text."""
    for key, words in HEADINGS.items():
        yield from ("", two(*words, lang), texts[key])


def _code_facts(code: Code, forms: Sequence[Form]) -> dict[str, Any]:
    pages = {lang: page(code, lang) for lang in LANGUAGES}
    return {
        "code": code.name,
        "name": code.value,
        "severity": [severity.value for severity in pages["zh"].severities],
        "forms": [
            {
                "form": form.name,
                "severity": [severity.value for severity in severities_on(form, code)],
                "rules": list(ids_on(form, code)),
            }
            for form in forms
        ],
        **{key: {lang: getattr(pages[lang], key) for lang in LANGUAGES} for key in TEXTS},
    }


# --- rules


def _rules_text(what: str, rules: Sequence[Listed | Code], forms: Sequence[Form], lang: Lang) -> Iterator[str]:
    for number, one in enumerate(rules):
        if number:
            yield ""
        if isinstance(one, Listed):
            yield from _rule_text(one, lang)
            continue
        own = [form for form in forms if form.name in _naming(what, one, forms)]
        yield f"{_same_id(own[0], what)} → {one.name}"
        yield from _code_text(one, own, lang)


def _naming(what: str, code: Code, forms: Sequence[Form]) -> list[str]:
    """The forms whose list gives a check this id."""
    return [form.name for form in forms if code in codes_named(form, _same_id(form, what))]


def _rule_text(one: Listed, lang: Lang) -> Iterator[str]:
    rule, form = one.rule, one.form
    joint = two("、", ", ", lang)
    name = two(rule.name, rule.name_en or rule.name, lang)
    yield f"{rule.id}  {name}".rstrip()
    forms, tables = joint.join(f.name for f in one.forms), joint.join(form.tables[t].title for t in one.tables)
    word = severity_word(rule.severity, lang)
    yield two(
        f"级别：{word}；代码：{one.code.name}（{forms}）", f"Severity: {word}; code: {one.code.name} ({forms})", lang
    )
    yield two(f"表：{tables}", f"Table: {tables}", lang)
    yield two("规则：", "Rule: ", lang) + rule.text
    texts = {key: text[lang] for key, text in _rule_words(one).items()}
    for source in _sources(one):
        texts["why"] += "\n" + two("依据：", "Source: ", lang) + source[lang]
    yield from _five(texts, lang)


def _rule_words(one: Listed) -> dict[str, dict[Lang, str]]:
    """The five texts of a rule; the waiver is that of its code, as is the example of a rule that nothing breaks."""
    rule, kinds = one.rule, {lang: page(one.code, lang) for lang in LANGUAGES}
    remedy: dict[Lang, str] = {"zh": rule.remedy or kinds["zh"].remedy, "en": rule.remedy_en or kinds["en"].remedy}
    return {
        "checked": {lang: statement(one.form, rule, lang) for lang in LANGUAGES},
        "why": {lang: reason(rule, lang) for lang in LANGUAGES},
        "example": {
            "zh": rule_example(one.form, rule, "zh") or f"{one.code.name} 的例子：{kinds['zh'].example}",
            "en": rule_example(one.form, rule, "en") or f"That of {one.code.name}: {kinds['en'].example}",
        },
        "remedy": {lang: printable(remedy[lang]) for lang in LANGUAGES},
        "waive": {lang: kinds[lang].waive for lang in LANGUAGES},
    }


def _sources(one: Listed) -> list[dict[Lang, str]]:
    """Where the rule comes from in law, edition by edition."""
    found = []
    for form, rule in {(f.name, r.source): (f, r) for f, r in one.places}.values():
        english = form.source_en if rule.source == form.source else rule.source
        if rule.source:
            said: dict[Lang, str] = {
                "zh": f"{form.edition} 版，{rule.source}",
                "en": f"edition {form.edition}, {english}",
            }
            found.append(said)
    return found


def _rule_facts(one: Listed) -> dict[str, Any]:
    rule = one.rule
    words = _rule_words(one)
    return {
        "id": rule.id,
        "name": {"zh": rule.name, "en": rule.name_en},
        "severity": rule.severity.value,
        "code": one.code.name,
        "forms": [form.name for form in one.forms],
        "tables": list(one.tables),
        "text": rule.text,
        "sentence": words["checked"],
        "why": words["why"],
        "example": words["example"],
        "remedy": words["remedy"],
        "waive": words["waive"],
        "sources": _sources(one),
        "last_year": rule.prior,
        "unless_level": sorted(rule.unless_level),
    }


def _check_facts(what: str, code: Code, forms: Sequence[Form]) -> dict[str, Any]:
    """A check that every form has, under the id the forms' lists give it; the same keys as those of a rule."""
    own = [form for form in forms if form.name in _naming(what, code, forms)]
    pages = {lang: page(code, lang) for lang in LANGUAGES}
    said = {key: {lang: getattr(pages[lang], key) for lang in LANGUAGES} for key in TEXTS}
    return {
        "id": _same_id(own[0], what),
        "name": said["title"],
        "severity": severities_on(own[0], code)[0].value,
        "code": code.name,
        "forms": [form.name for form in own],
        "tables": [],
        "text": None,
        "sentence": said["checked"],
        "why": said["why"],
        "example": said["example"],
        "remedy": said["remedy"],
        "waive": said["waive"],
        "sources": [],
        "last_year": code.name.startswith("C"),
        "unless_level": [],
    }
