"""Mistakes of a form's author: told at load, with file, line and a caret; and the compiled forms that save the YAML."""

import collections
import copy
import json
import pickle
import random
import unicodedata
import zlib
from pathlib import Path

import pytest
from submissions import form_of

from xlreport import catalog
from xlreport.catalog import UnknownForm, compiled_form, definitions, find_form, open_form
from xlreport.compiled import from_bytes
from xlreport.form.definition import DefinitionError, Map, Seq, read_yaml
from xlreport.form.layout import layout
from xlreport.form.load import load
from xlreport.form.model import Severity
from xlreport.form.table import Fill, Item, Quantity

TEMPLATES = Path(catalog.__file__).resolve().parent.parent / "templates"
GOOD = """\
form: try
edition: "1"
title: 试表
periods: {from: 2020}
cover:
  - unit: {label: 填报单位, required: true}
  - period: 报告年度
levels:
  - 市: {en: city, aliases: [市级]}
sheets:
  - {name: 一张, grid: 5, tables: [甲]}
sections:
  一: 一、情况
tables:
  甲:
    alias: t
    title: 甲表
    caption: 甲
    rows:
      - 收: {label: 收到, alias: r1}
      - 办:
          label: 办结
          rows: [同意, 不同意, {计: {label: 办结计, total: formula, rule: SUM}}]
      - 留: 转下年
    columns: [人, 企, {合: {label: 合计, total: typed}}]
    blocked: [留@企]
    rules:
      - 平: 收 = 办.计 + 留
      - warn 少: {rule: 留 ≤ 收, unless_level: [市]}
totals:
  SUM: {name: 相加, severity: error}
checks:
  jump: {rule: X, severity: info, factor: 2.5}
narrative:
  qualifiers: [备案]
  claims:
    - {rule: N1, pattern: '收到(\\d+)件', equals: [收@合]}
  phrases:
    - {rule: N2, of: year, pattern: '(\\d{4})年'}
"""


def mistake(text: str) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        load(read_yaml(text, "try.yaml"), "try.yaml", text)
    return caught.value


def under_caret(error: DefinitionError) -> str:
    """What stands above the caret, from it to the end of the line, columns counted as a console does."""
    _, line, pointer = str(error).split("\n")
    assert pointer.endswith("^")
    width = sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in pointer[:-1])
    at = 0
    for i, ch in enumerate(line):
        if at == width:
            return line[i:]
        at += 2 if unicodedata.east_asian_width(ch) in "WF" else 1
    return ""


def test_the_good_definition_is_good():
    form = form_of(GOOD)
    assert form.name == "try@1"
    assert [rule.id for rule in form.rules] == ["SUM", "甲.合", "甲.合", "平", "少"]
    assert form.policies["jump"].severity is Severity.INFO
    assert form.claims[0].sums == ((form.index[Item("甲", "收", "合")],),)


@pytest.mark.parametrize(
    ("old", "new", "line", "caret", "words"),
    [
        # keys
        ("title: 试表", "titel: 试表", 3, "titel", "a form has no 'titel'; did you mean 'title'?"),
        ("caption: 甲", "captoin: 甲", 18, "captoin", "did you mean 'caption'?"),
        ("grid: 5", "gird: 5", 11, "gird", "did you mean 'grid'?"),
        ("alias: r1", "allias: r1", 20, "allias", "heading '收' has no 'allias'; did you mean 'alias'?"),
        ("severity: error", "severty: error", 31, "severty", "did you mean 'severity'?"),
        ("unless_level: [市]", "unless: [市]", 29, "unless", "a rule has no 'unless'"),
        ("jump: {", "jmup: {", 33, "jmup", "did you mean 'jump'?"),
        ("factor: 2.5", "faktor: 2.5", 33, "faktor", "did you mean 'factor'?"),
        ("of: year", "for: year", 39, "for", "a phrase has no 'for'"),
        ("aliases: [市级]", "alias: [市级]", 9, "alias", "a level has no 'alias'; did you mean 'aliases'?"),
        ("from: 2020", "form: 2020", 4, "form", "did you mean 'from'?"),
        ("  SUM: {", "  SMU: {", 31, "SMU", "no total has the rule 'SMU'; did you mean 'SUM'?"),
        ("edition:", "form:", 2, "form", "'form' stands here twice"),
        # names in rules
        ("平: 收 = 办.计 + 留", "平: 收 = 办.记 + 留", 28, "办.记 + 留", "no row or column '办.记' in table 甲; did"),
        ("平: 收 = 办.计 + 留", "平: 收 = 甲!办.计 + 乙!留", 28, "乙!留", "no table '乙'"),
        ("平: 收 = 办.计 + 留", "平: 收@仁 = 0", 28, "仁 = 0", "no column '仁' in table 甲"),
        ("平: 收 = 办.计 + 留", "平: t!搜@人 = 0", 28, "搜@人", "no row '搜' in table 甲; it has 收"),
        ("平: 收 = 办.计 + 留", "平: 收 = 人", 28, "收 = 人", "write row@column"),
        ("平: 收 = 办.计 + 留", "平: 收 == 留", 28, "= 留", "expected a row, a column or a number"),
        ("平: 收 = 办.计 + 留", "平: sum(留:收) = 收", 28, "留:收", "the range ends before it begins"),
        ("平: 收 = 办.计 + 留", "平: sum(收:流) = 收", 28, "流)", "no rows or columns '收' to '流'"),
        ("平: 收 = 办.计 + 留", "平: sum(收@人:留@企) = 收@人", 28, "留@企", "both ends of a range"),
        ("平: 收 = 办.计 + 留", "平: 收 = 留 ± 2", 28, "± 2", "a tolerance is for amounts; counts are exact"),
        ("平: 收 = 办.计 + 留", "平: 收 = 留 ± auto", 28, "± auto", "counts are exact"),
        ("平: 收 = 办.计 + 留", "平: 1 = 1", 28, "1 = 1", "names at least one row or column"),
        ("平: 收 = 办.计 + 留", "平: '收 = 办.计 + 流'", 28, "流'", "no row or column '流'"),
        ("平: 收 = 办.计 + 留", "平: {name: 平}", 28, "{name", "a rule needs a statement"),
        ("- 平: 收 = 办.计 + 留", "- [收 = 留]", 28, "[收", "a rule must be a mapping"),
        ("warn 少: {rule", "warn 平: {rule", 29, "warn 平", "rule '平' stands here twice"),
        ("warn 少: {rule", "warn SUM: {rule", 29, "warn SUM", "rule 'SUM' stands here twice"),
        ("unless_level: [市]", "unless_level: [县]", 29, "县]", "no level '县'"),
        ("unless_level: [市]", "unless_level: 市", 29, "市}", "`unless_level` must be a list"),
        # severities and types
        ("severity: error", "severity: eror", 31, "eror", "no severity 'eror'; did you mean 'error'?"),
        ("severity: info", "severity: fatal", 33, "fatal", "no severity 'fatal'"),
        ("factor: 2.5", "factor: many", 33, "many", "`factor` is a number"),
        ("caption: 甲", "type: cuont", 18, "cuont", "no type 'cuont'; it is one of count, signed, amount"),
        ("caption: 甲", "type: {amount: 元, decimals: two}", 18, "two}", "`decimals` is a digit"),
        ("caption: 甲", "type: {amount: 元, count: 个}", 18, "{amount", "a type is one of"),
        ("caption: 甲", "type: {count: 件, decimals: 2}", 18, "2}", "`decimals` belong to a `type: amount`"),
        ("caption: 甲", "decimals: 2", 18, "decimals", "`decimals` belong to a `type: amount`"),
        ("alias: r1", "span: wide", 20, "wide", "`span` is a whole number"),
        ("alias: r1", "synonyms: 收件", 20, "收件", "`synonyms` must be a list"),
        ("caption: 甲", "unlabelled: yess", 18, "yess", "`unlabelled` is true or false"),
        ("required: true", "required: maybe", 6, "maybe", "`required` is true or false"),
        ("title: 甲表", "title: [甲表]", 17, "title", "`title` is a word or a text"),
        # trees and totals
        ("- 留: 转下年", "- 收: 转下年", 24, "收: 转", "heading '收' stands here twice"),
        ("[同意, 不同意, {计", "[同意, 同意, {计", 23, "同意, {计", "heading '办.同意' stands here twice"),
        ("[同意, 不同意, {计", "[{计", 23, "{计", "total '办.计' has nothing to add up"),
        ("total: formula", "total: sum", 23, "sum", "`total` is typed or formula, not 'sum'"),
        ("alias: r1", "rule: X", 20, "rule", "`rule` names the sum of a total"),
        ("alias: r1", "alias: 留", 20, "收:", "alias '留' is another heading's code"),
        ("- 留: 转下年", "- 留: {label: 转下年, alias: r1}", 24, "留:", "alias 'r1' stands for two headings"),
        ("- 留: 转下年", "- 留: []", 24, "留:", "'留' has no members"),
        ("- 留: 转下年", "- 留: {total: typed, rows: [甲]}", 24, "留:", "cannot be a total itself"),
        ("columns: [人, 企, {合: {label: 合计, total: typed}}]", "columns: []", 25, "columns", "lists nothing"),
        ("columns: [人, 企, {合: {label: 合计, total: typed}}]", "columns: 人", 25, "人", "`columns` must be a list"),
        ("blocked: [留@企]", "blocked: [留@其]", 26, "留@其", "no cell '留@其'; write row@column"),
        ("blocked: [留@企]", "cell_spans: [1, 2]", 26, "cell_spans", "one number per column"),
        ("blocked: [留@企]", "cell_spans: [1, 2, 1]", 26, "cell_spans", "as many grid columns as the headings"),
        # sheets, sections, cover, periods
        ("tables: [甲]", "tables: [乙]", 11, "乙]", "no table '乙'"),
        ("tables: [甲]", "tables: [甲, 甲]", 11, "甲]}", "table '甲' stands on two sheets"),
        ("tables: [甲]", "tables: 甲", 11, "甲}", "`tables` must be a list"),
        ("tables: [甲]}", "tables: [甲], sections: [一]}", 11, "{name", "either `tables:` or `sections:`"),
        ("name: 一张", "name: 一张/二张", 11, "一张/", "a sheet name has 1 to 31 characters"),
        ("name: 一张", "name: 封面", 11, "封面", "a sheet named '封面' is there already"),
        ("grid: 5", "grid: 4", 11, "4", "table '甲' needs 5 grid columns, not 4"),
        ("grid: 5", "grid: five", 11, "five", "`grid` is a whole number"),
        ("grid: 5", "widths: [a]", 11, "a]", "`widths` are numbers"),
        ("- period: 报告年度", "- unit: 单位", 7, "unit", "cover field 'unit' stands here twice"),
        ("from: 2020", "from: 20", 4, "20}", "a year of four digits"),
        ("from: 2020", "from: 2020, to: 2019", 4, "2019", "`to` is before `from`"),
        # text
        (r"'收到(\d+)件'", r"'收到\d+件'", 37, "pattern", "the pattern needs a group"),
        (r"'收到(\d+)件'", r"'收到(\d+件'", 37, "收到(", "not a regular expression"),
        ("equals: [收@合]", "equals: [收@何]", 37, "何]", "no column '何'"),
        ("equals: [收@合]", "equals: [收]", 37, "收]", "a claim names one sum"),
        ("equals: [收@合]", "equals: []", 37, "{rule: N1", "a claim needs `equals:`"),
        ("of: year", "of: month", 39, "of", "of: year or of: unit"),
        # YAML
        ("form: try", "form: @try", 1, None, "not valid YAML"),
        ("  - unit:", "  -unit:", 7, None, "not valid YAML"),
        ("form: try", "form: 试", 1, "试", "`form` is letters, digits, dots and hyphens"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_line_and_caret(old, new, line, caret, words):
    assert GOOD.count(old) == 1, old
    error = mistake(GOOD.replace(old, new))
    assert words in error.message
    assert str(error).startswith(f"try.yaml:{line}: ")
    if caret is not None:
        assert under_caret(error).startswith(caret)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begins with `form:`"),
        ("- a", "begins with `form:`"),
        ("form: a\nedition: '1'\ntitle: t", "a form needs `tables:`"),
        ("form: a\nedition: '1'\ntitle: t\ntables: {}", "at least one table"),
        ("form: a\nedition: '1'\ntitle: t\ntables: {t: {rows: [a]}}", "needs `rows:` and `columns:`"),
        ("form: a\nedition: '1'\ntitle: t\ntables: {t: x}", "must be a mapping"),
        ("? [a]\n: b", "a key must be a word"),
        ("form: " + "[" * 60 + "]" * 60, "nested too deeply"),
        ("form: \x00", "not valid YAML"),
    ],
)
def test_mistakes_of_the_whole(text, words):
    assert words in mistake(text).message


def test_an_ambiguous_name_is_told_with_what_it_may_be():
    text = """\
form: a
edition: '1'
title: t
tables:
  t:
    rows: [{甲: {rows: [其他, 一]}}, {乙: {rows: [其他, 二]}}]
    columns: [数]
    rules: [其他 = 一]
"""
    error = mistake(text)
    assert "'其他' may be 甲.其他、乙.其他; write one of them" in error.message
    assert under_caret(error).startswith("其他 = 一")


def test_a_rule_over_rows_of_one_column_needs_no_column():
    form = form_of(
        """
        form: a
        edition: "1"
        title: t
        tables:
          t: {rows: [甲, 乙], columns: [数], rules: [甲 ≥ 乙, "sum(甲:乙) ≥ 乙@数"]}
        """
    )
    assert [rule.bound.keys for rule in form.rules] == [[(None, None)], [(None, None)]]


def test_ranges_of_last_year_and_of_one_column():
    form = form_of(
        """
        form: a
        edition: "1"
        title: t
        tables:
          t:
            rows: [甲, 乙, 丙, {计: {total: typed}}, 丁]
            columns: [人, 企]
            rules:
              - X: "sum(甲@人 : 丁@人) = sum(甲@人@-1 : 丁@人@-1)"
        """
    )
    rule = form.rules[-1]
    (comparison,) = rule.bound.conclusion
    assert [str(form.items[i]) for i in comparison.left.places[0]] == ["t!甲@人", "t!乙@人", "t!丙@人", "t!丁@人"]
    assert [str(item) for item in form.priors] == ["t!甲@人", "t!乙@人", "t!丙@人", "t!丁@人"]
    assert rule.prior


def test_a_total_over_blocked_cells_sums_what_there_is():
    form = form_of(GOOD)
    sums = [rule for rule in form.rules if rule.id == "甲.合"]
    assert [(rule.text, [key[0] for key in rule.bound.keys]) for rule in sums] == [
        ("人 + 企 = 合", ["收", "办.同意", "办.不同意", "办.计"]),
        ("人 = 合", ["留"]),
    ]


def test_automatic_tolerance_is_half_a_unit_of_each_amount():
    form = form_of(
        """
        form: a
        edition: "1"
        title: t
        tables:
          t:
            rows: [甲, 乙]
            columns: [{钱: {type: {amount: 万元, decimals: 2}}}, {细: {type: {amount: 元, decimals: 4}}}, 件]
            rules:
              - A: 甲@钱 + 乙@钱 = 2 * 甲@细 ± auto
              - B: 甲 ≥ 乙 - 1 ± auto
              - C: 甲@钱 ≥ 甲@件 ± auto
        """
    )
    tolerances = {rule.id: str(rule.bound.tolerance) for rule in form.rules}
    assert tolerances == {"A": "0.01010", "B": "0.010", "C": "0.005"}


def test_a_small_form_needs_little():
    form = form_of("form: a\nedition: '1'\ntitle: t\ntables: {t: {rows: [甲], columns: [数]}}")
    assert [plan.name for plan in form.sheets] == ["t"]
    assert [line.id for line in form.cover] == ["unit", "unit_code", "period"]
    assert form.entry_type(form.items[0]).quantity is Quantity.COUNT
    assert form.covers(1990)
    assert form.covers(2100)


def test_sheets_named_by_tables_never_share_a_name():
    long = "各部门收到和处理政府信息公开申请情况以及行政复议行政诉讼情况统计表"
    tables = "\n".join(f"  t{i}: {{title: {long}{i}, rows: [甲], columns: [数]}}" for i in range(3))
    more = "  h: {title: History, rows: [甲], columns: [数]}\n  s: {title: 'a/b', rows: [甲], columns: [数]}"
    form = form_of(f"form: a\nedition: '1'\ntitle: t\nsections: {{一: 一}}\ntables:\n{tables}\n{more}")
    names = [plan.name for plan in form.sheets]
    assert len({name.casefold() for name in names}) == len(names) == 6
    assert all(len(name) <= 31 for name in names)
    assert names[3:] == ["History_2", "ab", "文字部分"]


@pytest.mark.parametrize(
    ("said", "quantity", "unit", "decimals"),
    [
        ("type: amount", Quantity.AMOUNT, None, 2),
        ("type: amount, unit: 元", Quantity.AMOUNT, "元", 2),
        ("type: amount, decimals: 3", Quantity.AMOUNT, None, 3),
        ("type: {amount: 万元}", Quantity.AMOUNT, "万元", 2),
        ("type: {amount: 万元, decimals: 0}", Quantity.AMOUNT, "万元", 0),
        ('type: {amount: "", decimals: 4}', Quantity.AMOUNT, None, 4),
        ("type: signed", Quantity.SIGNED, None, 0),
        ("type: {count: 件}", Quantity.COUNT, "件", 0),
        ("unit: 件", Quantity.COUNT, "件", 0),
        ("title: t", Quantity.COUNT, None, 0),
    ],
)
def test_types_of_a_table(said, quantity, unit, decimals):
    form = form_of(f"form: a\nedition: '1'\ntitle: t\ntables: {{t: {{{said}, rows: [甲], columns: [数]}}}}")
    kind = form.entry_type(form.items[0])
    assert (kind.quantity, kind.unit or None, kind.decimals) == (quantity, unit, decimals)


def test_totals_may_come_first():
    form = form_of(
        """
        form: a
        edition: "1"
        title: t
        tables:
          t:
            rows: [数]
            columns:
              - 合计: {total: typed}
              - 出国
              - 用车: [{小计: {total: formula}}, 购置, 运行]
              - 接待
        """
    )
    axis = form.tables["t"].columns
    assert axis.by_id["合计"].parts == ("出国", "用车.购置", "用车.运行", "接待")
    assert axis.by_id["用车.小计"].parts == ("用车.购置", "用车.运行")
    assert axis.by_id["用车.小计"].fill is Fill.FORMULA


# --- nothing later than at load


def _spoiled(node, chance):
    """The definition with one thing in it replaced by something of another shape, or left out."""
    places = []

    def walk(at):
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        for key in keys:
            places.append((at, key))
            walk(at[key])

    walk(node)
    at, key = chance.choice(places)
    if chance.random() < 0.3:
        at.pop(key)
    else:
        at[key] = chance.choice(
            ["", "x", "一 = 一 +", [], {}, ["x"], {"x": "y"}, [[]], [{}], {"rows": []}, "99999", "-1"]
        )


def test_no_spoiled_definition_gets_past_the_loader_or_breaks_it():
    chance = random.Random(20260322)
    text = (TEMPLATES / "zfxxgk-annual" / "2021.yaml").read_text(encoding="utf-8")
    small = json.loads(json.dumps(read_yaml(GOOD, "x")))
    large = json.loads(json.dumps(read_yaml(text, "x")))
    refused = 0
    for i in range(900):
        root = copy.deepcopy(large if i % 9 == 0 else small)
        _spoiled(root, chance)
        try:
            load(root, "spoiled.yaml", "")
        except DefinitionError:
            refused += 1
    assert refused > 300


def test_every_scalar_stays_the_text_it_was():
    plain = read_yaml("a: 0123\nb: no\nc: 1.0\nd: 2021-01-01\ne: ~\nf: [on, 1e3]", "x")
    assert plain == {"a": "0123", "b": "no", "c": "1.0", "d": "2021-01-01", "e": "~", "f": ["on", "1e3"]}
    assert isinstance(plain, Map)
    assert isinstance(plain["f"], Seq)


# --- compiled forms


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("XLREPORT_CACHE", str(folder))
    open_form.cache_clear()
    yield folder
    open_form.cache_clear()


def write(folder: Path, text: str, name: str = "try/1.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def same(one, other):
    """Whether two forms are the same in every field."""
    fields = vars(type(one)).get("__fields__") or one.__dict__
    return all(getattr(one, name) == getattr(other, name) for name in fields if not name.startswith("_"))


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_the_compiled_form_is_the_form(cache, edition, tmp_path):
    text = (TEMPLATES / "zfxxgk-annual" / f"{edition}.yaml").read_text(encoding="utf-8")
    path = write(tmp_path, text, f"zfxxgk-annual/{edition}.yaml")
    first = open_form(path)
    (kept,) = cache.glob("*.compiled")
    open_form.cache_clear()
    second = open_form(path)
    assert first is not second
    made_of_text = load(read_yaml(text, "x"), "x", text)
    shipped = compiled_form(text.encode(), "x")
    stamp = shipped.split(b" ")[1].decode()
    for form in (first, second, from_bytes(shipped, stamp)):
        assert same(form, made_of_text)
        assert layout(form).sheets == layout(made_of_text).sheets
        assert (form.items, form.index, form.beside) == (made_of_text.items, made_of_text.index, made_of_text.beside)
        assert form.totals_over == made_of_text.totals_over
    assert kept.read_bytes().partition(b"\n")[2]


def test_the_compiled_form_is_used_and_the_definition_is_not_read(cache, tmp_path, monkeypatch):
    path = write(tmp_path, GOOD)
    open_form(path)
    open_form.cache_clear()
    monkeypatch.setattr(catalog, "_from_text", lambda *_: pytest.fail("the definition was read again"))
    assert open_form(path).title == "试表"


def test_a_stale_compiled_form_is_never_used(cache, tmp_path):
    path = write(tmp_path, GOOD)
    shipped = path.with_suffix(".compiled")
    shipped.write_bytes(compiled_form(GOOD.encode(), "try.yaml"))
    assert open_form(path).title == "试表"
    assert not cache.exists()  # read as it was shipped
    open_form.cache_clear()
    write(tmp_path, GOOD.replace("title: 试表", "title: 新表"))
    assert open_form(path).title == "新表"
    assert len(list(cache.glob("*.compiled"))) == 1


def test_a_form_compiled_by_another_program_is_never_used(cache, tmp_path, monkeypatch):
    path = write(tmp_path, GOOD)
    open_form(path)
    open_form.cache_clear()
    read = []

    def from_text(data, name):
        read.append(name)
        return load(read_yaml(data.decode(), name), name)

    monkeypatch.setattr(catalog, "_from_text", from_text)
    monkeypatch.setattr(catalog, "_program", lambda: "another")
    assert open_form(path).title == "试表"
    assert read == ["try/1.yaml"]


@pytest.mark.parametrize("damage", ["", "{", "xlreport-form-2 ", "\xff\xfe", "cut", "changed", "one bit"])
def test_a_damaged_cache_is_made_anew(cache, tmp_path, damage):
    path = write(tmp_path, GOOD)
    open_form(path)
    (kept,) = cache.glob("*.compiled")
    good = kept.read_bytes()
    bad = {
        "cut": good[:-9],
        "changed": good.replace("试表".encode(), "新表".encode()),
        "one bit": good[:-5] + bytes([good[-5] ^ 1]) + good[-4:],
    }
    kept.write_bytes(bad.get(damage, damage.encode("latin-1")))
    open_form.cache_clear()
    assert open_form(path).title == "试表"
    assert kept.read_bytes() == good


class _Command:
    def __reduce__(self):
        return print, ("this was run",)


@pytest.mark.parametrize(
    "body", [_Command(), [_Command()], 3, {"form": 1}, collections.OrderedDict(a=1), Path("a"), load, vars, type]
)
def test_a_compiled_form_can_run_nothing(body, capsys):
    data = pickle.dumps(body)
    head = f"xlreport-form-2 s {zlib.crc32(data):08x}\n".encode()
    assert from_bytes(head + data, "s") is None
    assert not capsys.readouterr().out


def test_a_cache_that_cannot_be_written_is_only_slower(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    for folder in (blocked, blocked / "below"):
        monkeypatch.setenv("XLREPORT_CACHE", str(folder))
        open_form.cache_clear()
        assert open_form(write(tmp_path, GOOD)).title == "试表"
    assert blocked.read_bytes() == b""
    open_form.cache_clear()


def test_no_home_folder_is_only_slower(tmp_path, monkeypatch):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XLREPORT_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    open_form.cache_clear()
    assert open_form(write(tmp_path, GOOD)).title == "试表"
    open_form.cache_clear()


def test_a_mistake_is_not_kept(cache, tmp_path):
    path = write(tmp_path, GOOD.replace("办.计 + 留", "办.计 + 流"))
    for _ in range(2):
        with pytest.raises(DefinitionError) as caught:
            open_form(path)
        assert str(caught.value).startswith("try/1.yaml:28: ")
    assert not list(cache.glob("*"))


def test_a_definition_that_is_not_utf_8(cache, tmp_path):
    path = tmp_path / "1.yaml"
    path.write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(DefinitionError, match=r"1\.yaml: a definition is UTF-8 text"):
        open_form(path)
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert open_form(path).title == "试表"


# --- finding forms


def test_the_period_decides_the_edition():
    assert find_form("zfxxgk-annual", 2019).edition == "2019"
    assert find_form("zfxxgk-annual", 2020).edition == "2019"
    assert find_form("zfxxgk-annual", 2021).edition == "2021"
    assert find_form("zfxxgk-annual", 2026).edition == "2021"
    assert find_form("zfxxgk-annual").edition == "2021"
    assert find_form("zfxxgk-annual@2019").edition == "2019"
    assert find_form("zfxxgk-annual@2019", 2020).edition == "2019"


@pytest.mark.parametrize(
    ("name", "period", "words", "known"),
    [
        ("zfxxgk-annual@2019", 2023, "2019 版用于 2019—2020 年的报告，2023 年报告应使用 2021 版", "zfxxgk-annual@2021"),
        ("zfxxgk-annual@2021", 2020, "2021 版用于 2021 年起的报告，2020 年报告应使用 2019 版", "zfxxgk-annual@2019"),
        ("zfxxgk-annual", 2018, "没有用于 2018 年报告的版式", "zfxxgk-annual@2019"),
        ("zfxxgk-annual@2022", None, "没有 2022 版", "zfxxgk-annual@2021"),
        ("zfxxgk", None, "没有名为 zfxxgk 的报表", "zfxxgk-annual"),
        ("nowhere.yaml", None, "no definition nowhere.yaml", None),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(name, period, words, known):
    with pytest.raises(UnknownForm) as caught:
        find_form(name, period)
    assert words in str(caught.value)
    assert known is None or known in caught.value.known


def test_the_first_folder_wins(tmp_path, monkeypatch):
    one, two = tmp_path / "one", tmp_path / "two"
    write(one, GOOD.replace("title: 试表", "title: 甲"))
    write(two, GOOD.replace("title: 试表", "title: 乙"))
    monkeypatch.setenv("XLREPORT_TEMPLATES", str(two))
    assert find_form("try").title == "乙"
    assert find_form("try", extra=(one,)).title == "甲"
    assert [d.form for d in definitions()] == ["try", "zfxxgk-annual", "zfxxgk-annual"]
    open_form.cache_clear()


@pytest.mark.parametrize(("name", "words"), [("tyr/1.yaml", "belongs into try/1.yaml"), ("try/2.yaml", "`edition: 1`")])
def test_a_definition_stands_where_its_name_says(tmp_path, name, words):
    write(tmp_path, GOOD, name)
    form = name.partition("/")[0]
    with pytest.raises(DefinitionError, match=words):
        find_form(form, extra=(tmp_path,))
