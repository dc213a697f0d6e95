"""`xlreport explain`: what a code, a rule or an item is, why it is there, and how to put right what is told of it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from xlreport.arithmetic import rule_sentence
from xlreport.catalog import UnknownForm, definitions, find_form, open_form
from xlreport.checks.relations import roles
from xlreport.cli.console import say, stop
from xlreport.finding import Code, Role
from xlreport.form.evaluate import computed_items
from xlreport.form.fold import fold
from xlreport.form.layout import Placed, layout
from xlreport.form.model import Ambiguous, Axis, Form, Heading, Item, Quantity, Rule, Table
from xlreport.pages import (
    TEXTS,
    Listed,
    codes_named,
    ids_on,
    listed_rules,
    page,
    printable,
    reason,
    rule_code,
    severities_on,
    severity_word,
    statement,
)
from xlreport.rules.formula import letters
from xlreport.rules.sentence import Lang
from xlreport.wording import ROLE_WORDS, SEVERITY_SIGNS, two
from xlreport.workbook.address import parse_cell

VERSION = 1
HEADINGS = {
    "checked": ("查什么", "What is checked"),
    "why": ("为什么", "Why"),
    "example": ("举例", "Example"),
    "remedy": ("怎样改", "How to put it right"),
    "waive": ("什么时候可以不改", "When it may be waived"),
}
LANGUAGES: tuple[Lang, Lang] = ("zh", "en")


class Place(NamedTuple):
    """An item of a form."""

    form: Form
    item: Item


def explain_it(what: str | None, name: str | None, output: str, lang: Lang, templates: Sequence[Path]) -> None:
    """Print what there is to say about a code, a rule or an item; all codes if nothing is asked for."""
    forms = _forms(name, templates)
    if what is None:
        _print(
            output, {"kind": "codes", "codes": [_code_facts(c, forms) for c in Code]}, lambda: _all_codes(forms, lang)
        )
    elif (code := _code(what)) is not None:
        _print(output, {"kind": "code", **_code_facts(code, forms)}, lambda: _code_text(code, forms, lang))
    elif rules := _rules(what, forms):
        facts = [_rule_facts(r) if isinstance(r, Listed) else _check_facts(what, r, forms) for r in rules]
        _print(output, {"kind": "rule", "rules": facts}, lambda: _rules_text(what, rules, forms, lang))
    elif places := [Place(form, item) for form in forms for item in _items(form, what)]:
        _print(output, {"kind": "item", "items": [_item_facts(p) for p in places]}, lambda: _items_text(places, lang))
    else:
        _unknown(what, forms, lang)


def _print(output: str, facts: dict[str, Any], text: Callable[[], Iterator[str]]) -> None:
    if output == "json":
        say(json.dumps({"version": VERSION, **facts}, ensure_ascii=False, indent=2))
        return
    for line in text():
        say(line)


def _forms(name: str | None, templates: Sequence[Path]) -> list[Form]:
    """The forms to look in, the newest edition first; a name without an edition means all of them."""
    if name is None or name in {d.form for d in definitions(templates)}:
        found = [open_form(d.path) for d in definitions(templates) if name in {None, d.form}]
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
    checks = {code: None for form in forms for code in codes_named(form, _same_id(form, wanted))}
    return [*rules, *checks]


def _same_id(form: Form, wanted: str) -> str:
    """The id as the form writes it."""
    return next((name for code in Code for name in ids_on(form, code) if name.casefold() == wanted), wanted)


def _items(form: Form, what: str) -> list[Item]:
    """The items that a name can mean: a cell address, `table!row@column`, or a path of printed labels."""
    found = _at_cell(form, what)
    return found or list(dict.fromkeys(item for table, rest in _tables(form, what) for item in _in_table(table, rest)))


def _at_cell(form: Form, what: str) -> list[Item]:
    """The item at an address such as `三、依申请公开!D28`, in a workbook as issued."""
    sheet, _, address = what.strip().replace("！", "!").rpartition("!")
    try:
        row, col = parse_cell(address.strip())
    except ValueError:
        return []
    wanted = fold(sheet.strip().strip("'"))
    placed = [p for s in layout(form).sheets if fold(s.name) == wanted for p in s.placed]
    return [p.item for p in placed if p.item is not None and _covers(p, row, col)]


def _covers(placed: Placed, row: int, col: int) -> bool:
    return 0 <= row - placed.row < placed.rowspan and 0 <= col - placed.col < placed.colspan


def _tables(form: Form, what: str) -> Iterator[tuple[Table, str]]:
    """Every way to take a name apart into a table and the rest."""
    text = what.strip().replace("！", "!").replace("／", "/")
    for match in re.finditer("[!/]", text):
        name = text[: match.start()].strip()
        table = form.find_table(name) or form.find_table(name.removeprefix("表")) or _sole_table(form, name)
        if table is not None:
            yield table, text[match.end() :]


def _sole_table(form: Form, sheet: str) -> Table | None:
    """The table of a sheet that has only one."""
    found = [plan.tables for plan in form.sheets if fold(plan.name) == fold(sheet) or fold(plan.title) == fold(sheet)]
    return form.tables[found[0][0]] if len(found) == 1 and len(found[0]) == 1 else None


def _in_table(table: Table, rest: str) -> Iterator[Item]:
    """The items that `row@column`, `row/column` or a single name mean in a table."""
    if "@" in rest:
        row, _, column = rest.partition("@")
        cuts = [(row, column)]
    else:
        words = [word.strip() for word in rest.split("/")]
        cuts = [("/".join(words[:i]), "/".join(words[i:])) for i in range(len(words) + 1)]
    for row, column in cuts:
        rows, columns = _leaf(table.rows, row), _leaf(table.columns, column)
        if rows and columns and (item := Item(table.id, rows.id, columns.id)) in table.items:
            yield item


def _leaf(axis: Axis, name: str) -> Heading | None:
    """The one heading with cells that a name means; nothing need be named where there is only one."""
    if not name.strip():
        return axis.leaves[0] if len(axis.leaves) == 1 else None
    try:
        found = axis.find(name.strip())
    except Ambiguous:
        return None
    return found if found is not None and found.leaf else None


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
    said = "、".join(folded[key] for key in near)
    shown = "".join(ch if ch.isprintable() else " " for ch in what)
    stop(
        two(
            f"没有“{shown}”这个代码、规则或指标项。"
            + (f"相近的有：{said}。" if near else "全部代码见 xlreport explain。"),
            f"There is no code, rule or item “{shown}”. "
            + (f"Near it: {said.replace('、', ', ')}." if near else "xlreport explain lists all codes."),
            lang,
        )
    )


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
        names = two("、", ", ", lang).join(_naming(what, one, forms))
        yield f"{_same_id(forms[0], what.strip().casefold())} = {one.name}" + two(f"（{names}）", f" ({names})", lang)
        yield from _code_text(one, [form for form in forms if form.name in _naming(what, one, forms)], lang)


def _naming(what: str, code: Code, forms: Sequence[Form]) -> list[str]:
    """The forms whose list gives a check this id."""
    wanted = what.strip().casefold()
    return [form.name for form in forms if code in codes_named(form, _same_id(form, wanted))]


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
    """The five texts of a rule; the example and the waiver are those of its code."""
    rule, kinds = one.rule, {lang: page(one.code, lang) for lang in LANGUAGES}
    remedy: dict[Lang, str] = {"zh": rule.remedy or kinds["zh"].remedy, "en": rule.remedy_en or kinds["en"].remedy}
    return {
        "checked": {lang: statement(one.form, rule, lang) for lang in LANGUAGES},
        "why": {lang: reason(rule, lang) for lang in LANGUAGES},
        "example": {
            "zh": f"{one.code.name} 的例子：{kinds['zh'].example}",
            "en": f"That of {one.code.name}: {kinds['en'].example}",
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
        "remedy": words["remedy"],
        "waive": words["waive"],
        "sources": _sources(one),
        "last_year": rule.prior,
        "unless_level": sorted(rule.unless_level),
    }


def _check_facts(what: str, code: Code, forms: Sequence[Form]) -> dict[str, Any]:
    """A check that every form has, under the id the forms' lists give it."""
    names = _naming(what, code, forms)
    own = [form for form in forms if form.name in names]
    return {"id": _same_id(own[0], what.strip().casefold()), **_code_facts(code, own), "forms": names}


# --- items


class Part(NamedTuple):
    """A rule that an item takes part in, and as what."""

    rule: Rule
    roles: tuple[Role, ...]


def _taking_part(place: Place) -> list[Part]:
    form, item = place
    own = {form.index[item]} | {len(form.items) + k for k, prior in enumerate(form.priors) if prior == item}
    found = []
    for rule in form.rules:
        here: dict[Role, None] = {}
        for instance in range(len(rule.bound.keys)):
            if own.isdisjoint(rule.bound.items(instance)):
                continue
            for i, role in roles(rule, instance):
                if i in own:
                    here[role if i < len(form.items) else Role.PRIOR] = None
        if here:
            found.append(Part(rule, tuple(here)))
    return found


def _role_words(part: Part, lang: Lang) -> str:
    """What an item is in a rule; a side of what is no equation is only a side."""
    words = []
    for role in part.roles:
        word = two(*ROLE_WORDS[role], lang)
        if role is Role.PRIOR:
            word = two("下一年核对时的上年数", "last year's number in next year's check", lang)
        words.append(word if part.rule.bound.balance else word.removeprefix("等式"))
    return two("、", ", ", lang).join(words)


def _filled(place: Place) -> dict[Lang, str]:
    """What may stand in an item, and how it gets there."""
    kind = place.form.entry_type(place.item)
    zh, en = {
        Quantity.COUNT: ("0 或正整数", "0 or a positive integer"),
        Quantity.SIGNED: ("整数，减少填负数", "an integer, negative for a decrease"),
        Quantity.AMOUNT: (f"0 或正数，最多 {kind.decimals} 位小数", f"0 or more, at most {kind.decimals} decimals"),
    }[kind.quantity]
    if kind.unit:
        zh, en = f"{zh}，单位：{kind.unit}", f"{en}, in {kind.unit}"
    if place.item in computed_items(place.form):
        zh, en = f"{zh}。由公式计算，不用填", f"{en}. Computed by a formula"
    elif place.form.is_total(place.item):
        zh, en = f"{zh}。由填报人填写，应等于各项之和", f"{en}. A typed total: the sum of its parts"
    else:
        zh, en = f"{zh}。由填报人填写", f"{en}. Typed"
    return {"zh": f"{zh}。", "en": f"{en}."}


def _blank(place: Place) -> dict[Lang, str]:
    """What it means if nothing stands in an item."""
    form, item = place
    grave = {code: severities_on(form, code)[0] for code in (Code.E301, Code.B402)}
    words = {lang: {code: severity_word(s, lang) for code, s in grave.items()} for lang in LANGUAGES}
    if not form.is_total(item):
        return {
            "zh": f"按 0 参加求和，另作为没有填告知（E301，{words['zh'][Code.E301]}）。没有发生请填 0。",
            "en": f"Counts as 0 in sums and is told as blank (E301, {words['en'][Code.E301]}). Enter 0 if nothing happened.",
        }
    zh, en = ("公式被清除的，", "Where the formula was cleared: ") if item in computed_items(form) else ("", "")
    return {
        "zh": f"{zh}各项有不为 0 的数时，是总计没有填（B402，{words['zh'][Code.B402]}），其他核对按各项之和计算；"
        f"否则作为没有填告知（E301，{words['zh'][Code.E301]}）。",
        "en": f"{en}beside a part that is not 0 the total is not filled in (B402, {words['en'][Code.B402]}) and the other "
        f"checks take the sum of its parts; else it is told as blank (E301, {words['en'][Code.E301]}).",
    }


def _address(place: Place) -> tuple[str, str]:
    cell = layout(place.form).cells[place.item]
    return cell.sheet, f"{letters(cell.col)}{cell.row + 1}"


def _alias(place: Place) -> str | None:
    """The item's name with the ASCII aliases of the definition, if it has any."""
    table = place.form.tables[place.item.table]
    row, column = table.rows.by_id[place.item.row], table.columns.by_id[place.item.column]
    name = f"{table.alias or table.id}!{row.alias or row.id}@{column.alias or column.id}"
    return None if name == str(place.item) else name


def _items_text(places: Sequence[Place], lang: Lang) -> Iterator[str]:
    yield from _item_text(places[0], lang)
    for _, place in pairwise(places):
        yield ""
        yield from _item_text(place, lang)


def _item_text(place: Place, lang: Lang) -> Iterator[str]:
    form, item = place
    table = form.tables[item.table]
    alias = _alias(place)
    also = two(f"（{alias}）", f" ({alias})", lang) if alias else ""
    yield f"{form.name}  {item}{also}"
    sheet, cell = _address(place)
    yield two("栏目：", "Label: ", lang) + table.label(item)
    yield two("表：", "Table: ", lang) + table.title
    yield two("位置：", "Cell: ", lang) + f"{sheet}!{cell}"
    yield two("填什么：", "Holds: ", lang) + _filled(place)[lang]
    yield two("空着：", "If blank: ", lang) + _blank(place)[lang]
    parts = _taking_part(place)
    if not parts:
        yield two("规则：没有规则用到这一格。", "Rules: none uses this cell.", lang)
        return
    yield two("规则：", "Rules:", lang)
    for part in parts:
        sign, code = SEVERITY_SIGNS[part.rule.severity], rule_code(part.rule).name
        said = rule_sentence(form, part.rule, lang)
        role = _role_words(part, lang)
        yield f"  {sign} {part.rule.id} {code}  " + two(f"作为{role}：{said}。", f"as {role}: {said}.", lang)


def _item_facts(place: Place) -> dict[str, Any]:
    form, item = place
    table, kind = form.tables[item.table], form.entry_type(item)
    sheet, cell = _address(place)
    return {
        "form": form.name,
        "item": str(item),
        "alias": _alias(place),
        "table": {"id": table.id, "title": table.title},
        "row": {"id": item.row, "path": list(table.rows.by_id[item.row].path)},
        "column": {"id": item.column, "path": list(table.columns.by_id[item.column].path)},
        "label": table.label(item),
        "sheet": sheet,
        "cell": cell,
        "type": {"quantity": kind.quantity.value, "unit": kind.unit, "decimals": kind.decimals},
        "total": form.is_total(item),
        "computed": item in computed_items(form),
        "holds": _filled(place),
        "blank": _blank(place),
        "rules": [
            {
                "id": part.rule.id,
                "severity": part.rule.severity.value,
                "code": rule_code(part.rule).name,
                "roles": [role.value for role in part.roles],
                "sentence": {lang: rule_sentence(form, part.rule, lang) for lang in LANGUAGES},
            }
            for part in _taking_part(place)
        ],
    }
