"""What is put into a workbook is what is read out of it: made filled, filled afterwards, cleared again."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from make_samples import ROOT, SAMPLES, blanks, run, samples
from pens import parts
from submissions import official

from xlreport.examine import open_reading
from xlreport.form.evaluate import computed_items, evaluate
from xlreport.form.layout import layout
from xlreport.form.model import Form
from xlreport.form.table import Fill, Item, Quantity
from xlreport.notation import Held, exact, simple, understand
from xlreport.rules.nodes import Number
from xlreport.submission import State, Submission
from xlreport.workbook.address import parse_cell
from xlreport.workbook.book import CellKind, read_book
from xlreport.workbook.container import Container
from xlreport.workbook.identity import MARKER_SHEET
from xlreport.workbook.template import Issue, make

EDITIONS = ("2019", "2021")
TOTALS = (None, Fill.FORMULA, Fill.TYPED)
LARGEST = 10**15 - 1  # a spreadsheet keeps 15 digits
# As people write them: numbers that are odd, words that are none; the first and the last look like nothing at all.
TEXTS = (" ", "无", "—", "/", "１２", "251000元", "两件", "3件", "1,234", " 7 ", "约5", "不适用", "0.1.2", "\u3000")
PROSE = (
    "", "无", "一、总体情况\n　　2020年，本机关……\n\n二、", "  前有空格", "末有空格 ", "=1+1", "@SUM(A1)", "'引号",
    "a\tb", "<b>&amp;</b> & \"引\" 'q'", "𠮷野家 😀", "长" * 3000, "0512", "１２", "2020",
)  # fmt: skip
FAST = settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # shrinking a workbook of 175 cells takes minutes; the differences say enough
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Filled(NamedTuple):
    """A report as somebody keeps it before it is in any workbook."""

    values: dict[Item, Number | str]
    cover: dict[str, str]
    sections: dict[str, str]


def numbers(form: Form, item: Item) -> st.SearchStrategy[Number]:
    match form.entry_type(item).quantity:
        case Quantity.AMOUNT:
            whole = st.integers(0, 10**11 - 1)
            return st.one_of(
                st.just(0), whole, st.builds(lambda n, d: simple(Decimal(n).scaleb(-d)), whole, st.integers(1, 4))
            )
        case Quantity.SIGNED:
            return st.integers(-LARGEST, LARGEST) | st.integers(-20, 20)
        case Quantity.COUNT:
            return st.just(0) | st.integers(0, 20) | st.integers(0, LARGEST)


def prose() -> st.SearchStrategy[str]:
    # Invisible characters (Cf) are left out: `fill` takes them out of what it writes into somebody's workbook.
    free = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn"], include_characters="\n\t"), max_size=30)
    return st.sampled_from(PROSE) | free


@cache
def reports(edition: str, *, texts: bool) -> st.SearchStrategy[Filled]:
    """Reports on a form; with `texts`, words stand in some number cells."""
    form = official(edition)
    words = st.sampled_from(TEXTS)

    @st.composite
    def drawn(draw: st.DrawFn) -> Filled:
        # One dice for the whole report: drawing 175 cells one by one leaves hypothesis nothing to shrink.
        rng, blank = draw(st.randoms(use_true_random=False)), draw(st.sampled_from([0, 0.1, 0.9, 1]))
        pools = {kind: draw(st.lists(numbers(form, one), min_size=3, max_size=8)) for kind, one in _kinds(form)}
        odd = draw(st.lists(words, min_size=1, max_size=4)) if texts else []
        values: dict[Item, Number | str] = {}
        for item in form.items:
            dice = rng.random()
            if odd and dice > 0.9:
                values[item] = rng.choice(odd)
            elif dice >= blank:
                values[item] = rng.choice(pools[form.entry_type(item).quantity])
        cover = {line.id: draw(prose()).strip() for line in form.cover}
        cover["period"] = draw(st.sampled_from(["", "2019", "2024"]))
        cover["level"] = draw(st.sampled_from(["", *(level.id for level in form.levels)]))
        sections = {name: draw(prose() | st.just("_x000D_ 与 _x0041_")) for name in form.sections}
        return Filled(values, cover, sections)

    return drawn()


def _kinds(form: Form) -> list[tuple[Quantity, Item]]:
    return list({form.entry_type(item).quantity: item for item in form.items}.items())


def made(form: Form, filled: Filled, totals: Fill | None) -> bytes:
    cover = dict(filled.cover)
    issue = Issue(
        unit=cover.pop("unit"),
        unit_code=cover.pop("unit_code"),
        level=cover.pop("level"),
        period=int(cover.pop("period") or 0) or None,
        cover=cover,
    )
    return make(form, issue, totals=totals, values=filled.values, sections=filled.sections)


def reading(data: bytes) -> Submission:
    return open_reading(Path("back.xlsx"), data=data).submission


def differences(filled: Filled, back: Submission, computed: frozenset[Item]) -> list[object]:
    """Everything that was read other than it was filled in; `computed` may be left to the workbook."""
    form, cells = back.form, layout(back.form).cells
    wrong: list[object] = []
    for item in form.items:
        entry, value = back.entry(item), filled.values.get(item)
        if entry.cell != cells[item]:
            wrong.append((item, "cell", entry.cell))
        if entry.computed:
            if item not in computed or (value is not None and back.value(item) != value):
                wrong.append((item, "computed", value, back.value(item)))
        elif value is None:
            if entry.state is not State.BLANK or entry.raw or item in computed:
                wrong.append((item, "blank", entry))
        elif isinstance(value, str):
            if entry != understand(Held.TEXT, value, form.entry_type(item), cells[item]) or entry.raw != value:
                wrong.append((item, "text", value, entry))
        elif (entry.state, entry.value, entry.notation) != (State.NUMBER, value, ()):
            wrong.append((item, "number", value, entry))
    wrong += [(n, text, back.cover.get(n)) for n, text in filled.cover.items() if back.cover.get(n) != text]
    wrong += [(n, text, back.sections.get(n)) for n, text in filled.sections.items() if back.sections.get(n) != text]
    return wrong


def certain(form: Form, filled: Filled, computed: frozenset[Item]) -> Filled:
    """The report without totals that are given although a word stands among their parts; see the test below."""
    while True:
        lost = {
            item
            for item in computed & filled.values.keys()
            if any(isinstance(filled.values.get(part), str) for part in form.total_parts(item))
        }
        if not lost:
            return filled
        filled = filled._replace(values={item: v for item, v in filled.values.items() if item not in lost})


def test_a_total_given_beside_a_part_that_is_a_word_stays_as_given() -> None:
    """A total whose part cannot be read is not known: the formula that passes over the words may not replace it."""
    form = official("2021")
    values: dict[Item, Number | str] = dict.fromkeys((i for i in form.items if i.row == "三.1"), 0)
    values[Item("三", "三.1", "法人.其他")] = "两件"
    filled = Filled(values, {"period": ""}, {})
    back = reading(make(form, totals=Fill.FORMULA, values=values))
    assert differences(filled, back, computed_items(form, Fill.FORMULA)) == []


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("totals", TOTALS, ids=["form", "formula", "typed"])
def test_read_make_filled_is_filled(edition: str, totals: Fill | None) -> None:
    form = official(edition)

    @FAST
    @given(reports(edition, texts=True))
    def check(filled: Filled) -> None:
        filled = certain(form, filled, computed_items(form, totals))
        back = reading(made(form, filled, totals))
        assert differences(filled, back, computed_items(form, totals)) == []
        assert (back.unit, back.unit_code, back.level) == tuple(filled.cover[n] for n in ("unit", "unit_code", "level"))
        assert back.period == (int(filled.cover["period"]) if filled.cover["period"] else None)

    check()


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("totals", TOTALS[:2], ids=["form", "formula"])
def test_every_computed_total_is_read_as_what_its_parts_add_up_to(edition: str, totals: Fill | None) -> None:
    form = official(edition)
    computed = computed_items(form, totals)

    @FAST
    @given(reports(edition, texts=True))
    def check(filled: Filled) -> None:
        filled = filled._replace(values={item: v for item, v in filled.values.items() if item not in computed})
        said = {i: understand(Held.TEXT, v, form.entry_type(i)) for i, v in filled.values.items() if isinstance(v, str)}
        typed = {item: v for item, v in filled.values.items() if not isinstance(v, str)}
        typed |= {i: e.value for i, e in said.items() if e.state is State.NUMBER and e.value is not None}
        odd = [i for i, e in said.items() if e.state is State.TEXT]
        expected = evaluate(form, typed, odd, computed)
        back = reading(made(form, filled, totals))
        assert {item for item in form.items if back.entry(item).computed} == computed
        for item in computed:
            i = form.index[item]
            told = None if i in expected.blank or i in expected.unreadable else expected.numbers[i]
            assert back.value(item) == told, item

    check()


# --- the same through `fill` -------------------------------------------------------------------------------


def written(folder: Path, filled: Filled, form: Form) -> Path:
    """A data file that names every item: what is blank is cleared."""
    rows = []
    for item in form.items:
        value = filled.values.get(item)
        shown = float(value) if isinstance(value, Decimal) else value
        rows.append({"table": item.table, "row": item.row, "column": item.column, "value": shown})
    path = folder / "data.json"
    path.write_text(
        json.dumps({"cover": filled.cover, "sections": filled.sections, "values": rows}, ensure_ascii=False), "utf-8"
    )
    return path


def fillable(form: Form, filled: Filled, computed: frozenset[Item]) -> Filled:
    """The report as `fill` takes it: no figure over a formula, no text that is blank, and ` 7 ` is 7."""
    values = {item: v for item, v in filled.values.items() if item not in computed}
    values = {item: v for item, v in values.items() if not isinstance(v, str) or v.strip()}
    return filled._replace(values={item: 7 if v == " 7 " else v for item, v in values.items()})


def cells(data: bytes) -> dict[tuple[str, int, int], tuple[object, ...]]:
    """Every cell's content and formula, but for our own name of the workbook: that stays what it was issued as.

    Not its looks, nor whether an empty result is stored as an empty text or not at all.
    """
    book = read_book(Container(Path("x.xlsx"), data))
    return {
        (s.name, *at): (c.kind if c.text else None, exact(c.text) if c.kind is CellKind.NUMBER else c.text, c.formula)
        for s in book.sheets
        for at, c in s.cells.items()
        if s.name != MARKER_SHEET
    }


_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"(?: [^>/]*)?(?:/>|>.*?</c>)', re.DOTALL)
_FORMULA = re.compile(rb"<f[^>]*>.*?</f>", re.DOTALL)


def outside(sheet: bytes, touched: set[tuple[int, int]]) -> bytes:
    """A sheet part with what may change taken out: the touched cells, and the results beside formulas."""

    def bare(match: re.Match[bytes]) -> bytes:
        formula = _FORMULA.search(match[0])
        if parse_cell(match[1].decode()) in touched:
            return b"<touched/>"
        return b"<formula>" + formula[0] + b"</formula>" if formula else match[0]

    return _CELL.sub(bare, sheet)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("totals", TOTALS, ids=["form", "formula", "typed"])
def test_fill_changes_the_named_cells_and_nothing_else(edition: str, totals: Fill | None, tmp_path: Path) -> None:
    """A workbook filled afterwards is, cell by cell, the one that is made filled; cleared again it is the blank one.

    What may differ, part by part: in sheet parts the named cells and the results stored beside formulas; in
    xl/workbook.xml the order to calculate on opening.
    """
    form = official(edition)
    computed = computed_items(form, totals)
    blank = make(form, totals=totals)
    source = tmp_path / "blank.xlsx"
    source.write_bytes(blank)
    before = parts(blank)
    sheets = {s.name: s.part for s in read_book(Container(source, blank)).sheets}
    places = [*layout(form).cells.values(), *layout(form).cover.values(), *layout(form).sections.values()]

    @settings(FAST, max_examples=4)
    @given(reports(edition, texts=True))
    def check(filled: Filled) -> None:
        filled = fillable(form, filled, computed)
        data = written(tmp_path, filled, form)
        target = tmp_path / "filled.xlsx"
        run("fill", str(source), str(data), "-o", str(target), "--as-printed", "--force")
        result = target.read_bytes()
        assert differences(filled, reading(result), computed) == []
        after = parts(result)
        assert after.keys() == before.keys()
        for name, content in before.items():
            if name == "xl/workbook.xml":
                assert re.sub(rb"<calcPr[^>]*>", b"", after[name]) == re.sub(rb"<calcPr[^>]*>", b"", content)
            elif name in sheets.values():
                touched = {(c.row, c.col) for c in places if sheets[c.sheet] == name}
                assert outside(after[name], touched) == outside(content, touched)
            else:
                assert after[name] == content, name
        assert cells(result) == cells(made(form, filled, totals))
        nothing = Filled({}, dict.fromkeys(filled.cover, ""), dict.fromkeys(filled.sections, ""))
        cleared = tmp_path / "cleared.xlsx"
        run("fill", str(target), str(written(tmp_path, nothing, form)), "-o", str(cleared), "--force")
        assert cells(cleared.read_bytes()) == cells(blank)
        assert differences(nothing, reading(cleared.read_bytes()), computed) == []

    check()


@pytest.mark.parametrize("edition", EDITIONS)
def test_fill_of_some_cells_leaves_the_others_as_they_are(edition: str, tmp_path: Path) -> None:
    form = official(edition)
    source, target = tmp_path / "source.xlsx", tmp_path / "target.xlsx"

    @settings(FAST, max_examples=4)
    @given(reports(edition, texts=True), st.integers(2, 9))
    def check(filled: Filled, step: int) -> None:
        filled = filled._replace(values={i: v for i, v in filled.values.items() if i not in computed_items(form)})
        source.write_bytes(made(form, filled, None))
        chosen = [item for item in form.items if item not in computed_items(form)][::step]
        rows = [{"table": i.table, "row": i.row, "column": i.column, "value": n} for n, i in enumerate(chosen)]
        data = tmp_path / "some.json"
        data.write_text(json.dumps(rows), "utf-8")
        run("fill", str(source), str(data), "-o", str(target), "--force")
        expected = filled._replace(values=filled.values | {item: n for n, item in enumerate(chosen)})
        assert differences(expected, reading(target.read_bytes()), computed_items(form)) == []
        assert cells(target.read_bytes()) == cells(made(form, expected, None))

    check()


# --- what is committed is what is made now -----------------------------------------------------------------


def test_committed_blanks_are_fresh() -> None:
    """`python tests/make_samples.py` makes them again."""
    fresh = blanks()
    committed = {str(p.relative_to(ROOT)) for p in (ROOT / "templates").rglob("*.xlsx")}
    assert committed == fresh.keys()
    assert [path for path, data in fresh.items() if (ROOT / path).read_bytes() != data] == []


def test_committed_samples_are_fresh(tmp_path: Path) -> None:
    samples(tmp_path)
    committed = {p.name: p.read_bytes() for p in (ROOT / "samples").glob("*.xlsx")}
    fresh = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert committed.keys() == fresh.keys()
    assert {Path(name).stem for name in SAMPLES} <= {Path(name).stem for name in fresh}
    assert [name for name, data in fresh.items() if committed[name] != data] == []
