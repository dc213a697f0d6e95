"""Every formula of ours against a real LibreOffice: what we store is what it works out."""

from __future__ import annotations

import os
import random
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from libreoffice import convert

from xlreport.catalog import find_form
from xlreport.form.definition import read_yaml
from xlreport.form.layout import layout
from xlreport.form.load import load
from xlreport.form.model import Form
from xlreport.form.table import Fill, Item, Quantity
from xlreport.rules.nodes import Number
from xlreport.workbook.address import cell_name, parse_range
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container
from xlreport.workbook.identity import MARKER_SHEET, identities, names
from xlreport.workbook.sheet import Visibility
from xlreport.workbook.template import Issue, make

pytestmark = pytest.mark.libreoffice

EDITIONS = ("2019", "2021")
TOTALS = (None, Fill.FORMULA, Fill.TYPED)
ROUNDS = int(os.environ.get("XLREPORT_ROUNDS", "6"))
# What the two editions do not have: several conclusions, tolerance, factors, blocked cells, totals of amounts.
ODD = """
form: odd
edition: "1"
title: 杂表
cover: [unit, period, {level: {label: 单位层级}}]
levels: [省, 市]
sheets: [{name: 其 一, tables: [甲, 乙]}, {name: 其二, tables: [丙]}]
tables:
  甲:
    title: 甲表
    rows: [{a: 一}, {b: 二}, {合计: {total: formula}}]
    columns: [数, {额: {type: {amount: 元, decimals: 2}}}]
    blocked: [a@额]
    rules:
      - a@数 > 0 => b@数 > 0 且 b@额 > 0
      - warn 两面: a@数 > 0 <=> b@数 > 0
      - 三不等: a@数 ≠ 3
      - info 余: 2 * a@数 - b@数 ≤ 5
  乙:
    title: 乙表
    unlabelled: true
    rows: [数]
    columns: [子, 丑, {合计: {total: typed}}]
  丙:
    title: 丙表
    type: {amount: 元, decimals: 2}
    rows: [{a: 一}, {b: 二}, {合计: {total: formula}}]
    columns: [{c: 东}, {d: 西}, {合计: {total: formula}}]
    rules:
      - 约: {rule: a = b ± 0.02, severity: warn, unless_level: [省]}
      - 跨: a@c ≥ 甲!b@额
"""
TEXTS = ("251000元", "无", "两件", "12", " ", "—", "=1+1", "3.5.1")


def random_values(form: Form, rng: random.Random) -> dict[Item, Number | str]:
    """A report as people send them: mostly consistent, with blanks, slips, blank totals and words among it."""
    blank = rng.choice([0, 0.02, 0.3, 0.95, 1])
    odd = rng.choice([0, 0, 0.02, 0.2])
    values: dict[Item, Number | str] = {}
    for item in form.items:
        if not form.is_total(item):
            values[item] = _number(form, item, rng)
    for _ in range(2):
        for item in form.items:
            if form.is_total(item):
                values[item] = sum(values.get(part, 0) for part in form.total_parts(item))
    for item in form.items:
        dice = rng.random()
        if dice < blank:
            del values[item]
        elif dice < blank + odd:
            values[item] = rng.choice(TEXTS)
        elif dice > 0.97 and isinstance(values[item], int):
            values[item] += rng.choice([1, -1, 10])
    for item in form.items:
        # A computed total is mostly left to its formula; sometimes somebody typed over it.
        if form.is_total(item) and rng.random() < 0.8:
            values.pop(item, None)
    return values


def _number(form: Form, item: Item, rng: random.Random) -> Number:
    match form.entry_type(item).quantity:
        case Quantity.AMOUNT:
            return rng.choice([0, 52, Decimal("52.15"), Decimal("59237.2449"), Decimal("0.1")])
        case Quantity.SIGNED:
            return rng.choice([0, 3, -4, 1036])
        case _:
            return rng.choice([0, 0, 0, 1, 2, 7, 13, 11398889])


def stored_results(path: Path) -> dict[tuple[str, str], str]:
    """What each formula of a workbook is stored to have found, by sheet and address."""
    book = read_book(Container.open(path))
    return {
        (sheet.name, cell_name(*at)): cell.text
        for sheet in book.sheets
        for at, cell in sheet.cells.items()
        if cell.formula is not None
    }


def without_results(source: Path, target: Path) -> None:
    """The workbook with no result stored beside any formula, so that LibreOffice has to work each one out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.startswith("xl/worksheets/"):
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
            new.writestr(entry, data)


def same(ours: str, theirs: str) -> bool:
    try:
        return abs(float(ours) - float(theirs)) <= 1e-9 * max(1, abs(float(ours)))
    except ValueError:
        return ours == theirs


def form_of(name: str) -> Form:
    if name == "odd":
        return load(read_yaml(ODD, "odd.yaml"), "odd.yaml", ODD)
    return find_form(f"zfxxgk-annual@{name}")


@pytest.mark.parametrize("name", [*EDITIONS, "odd"])
@pytest.mark.parametrize("totals", TOTALS, ids=["form", "formula", "typed"])
def test_stored_results_are_what_libreoffice_finds(name: str, totals: Fill | None, tmp_path: Path) -> None:
    form = form_of(name)
    rng = random.Random(f"{name} {totals}")
    levels = ["", *(level.id for level in form.levels)]
    expected, paths = [], []
    for i in range(ROUNDS):
        values = random_values(form, rng) if i else {}
        issue = Issue("某某局", "0101", rng.choice(levels), rng.choice([None, 2019, 2024]))
        texts = {name: "文字" for name in form.sections if rng.random() < 0.5}
        made, path = tmp_path / f"made-{i}.xlsx", tmp_path / f"{i}.xlsx"
        made.write_bytes(make(form, issue, totals=totals, values=values, sections=texts))
        without_results(made, path)
        expected.append(stored_results(made))
        assert not any(stored_results(path).values())
        paths.append(path)
    convert(paths[0], "xlsx", tmp_path / "out", *paths[1:])
    wrong = []
    for path, results in zip(paths, expected, strict=True):
        assert len(results) > (200 if name in EDITIONS else 20)
        found = stored_results(tmp_path / "out" / path.name)
        assert found.keys() == results.keys()
        wrong += [(path.name, *at, ours, found[at]) for at, ours in results.items() if not same(ours, found[at])]
    assert wrong == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_libreoffice_keeps_what_a_workbook_says_of_itself(edition: str, tmp_path: Path) -> None:
    form = find_form(f"zfxxgk-annual@{edition}")
    source = tmp_path / "form.xlsx"
    source.write_bytes(make(form, Issue("某某局", "0101", "县级部门", 2024, "7")))
    before = read_book(Container.open(source))
    after = read_book(Container.open(convert(source, "xlsx", tmp_path / "out")))
    assert dict(identities(after)) == dict(identities(before))
    assert [where for where, _ in identities(after)] == ["properties", "sheet", "names"]
    for name, target in names(form, layout(form)).items():
        assert parse_range(after.names[name]) == parse_range(target)
    assert next(s for s in after.sheets if s.name == MARKER_SHEET).visible is Visibility.HIDDEN


def test_the_helper_recalculates_what_is_stored_wrong(tmp_path: Path) -> None:
    path = tmp_path / "stale.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet().write_formula("A1", "=1+1", None, 5)
    book.close()
    assert stored_results(convert(path, "xlsx", tmp_path / "out")) == {("Sheet1", "A1"): "2"}
