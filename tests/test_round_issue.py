"""Issuing: each unit's own workbook, equal to one that is made for it alone, with last year's carry-over."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
import textwrap
import zipfile
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from offices import APPLICANTS, answers, filled, put, report, roster, round_of
from pens import parts
from submissions import form_of, item, official, submit

from xlreport.examine import examine
from xlreport.form.definition import DefinitionError
from xlreport.form.layout import layout
from xlreport.form.table import Item
from xlreport.round.carry import carried, carried_by_unit
from xlreport.round.export import lines
from xlreport.round.folder import Round, new_round, open_folder
from xlreport.round.history import past, take_over
from xlreport.round.intake import intake
from xlreport.round.issue import issue
from xlreport.round.mailbag import Arrival, arrivals
from xlreport.round.rollup import rollup
from xlreport.round.settings import Settings
from xlreport.round.total import total_bytes
from xlreport.round.trouble import RoundProblems
from xlreport.round.years import total_of
from xlreport.rules.nodes import Number
from xlreport.workbook import paper
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container
from xlreport.workbook.mould import KnownMould, Mould, blanks
from xlreport.workbook.template import Issue, make


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize(
    ("unit", "code"), [("市财政局", "0101"), ("A&B <局> \"x\" 'y'", "A&1"), ("𠮷局", "局01"), ("甲" * 90, "")]
)
def test_a_cast_is_what_would_be_made(edition: str, unit: str, code: str) -> None:
    form = official(edition)
    one = Issue(unit, code, "市级部门", int(edition), f"{edition}-1-ab")
    mould = Mould(make(form, blanks(one)))
    # Others of the same lengths, and of another, between: from the second on a cast is put into a frame.
    other = Issue(unit[::-1], code[::-1], one.level, one.period, one.issue[::-1])
    longer = Issue(unit + "等", code, one.level, one.period, one.issue)
    for each in (one, other, longer, one, other, longer):
        cast = mould.cast(each)
        with zipfile.ZipFile(io.BytesIO(cast)) as package:
            assert package.testzip() is None
        assert parts(cast) == parts(make(form, each))
        Container(Path("x.xlsx"), cast)


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("level", ["市级部门", ""])
def test_a_cast_with_known_numbers_is_what_would_be_made(edition: str, level: str) -> None:
    form = official(edition)
    row = [one for one in form.items if one[:2] == ("三", "二")]
    fee = next(one for one in form.items if not form.entry_type(one).whole)
    for items in (row, [row[0], row[3]], [row[6], fee]):
        mould = KnownMould(form, Issue("乙局", "99", level, int(edition), "b"), items, (items[0],))
        for seed in range(6):
            rng = random.Random(seed)
            numbers: list[Number] = [rng.choice((0, 0, 3, 12, 4000, 10**9)) for _ in items]
            if seed > 3 and len(items) == 7:
                numbers[6] = sum(numbers[:6])  # the row adds up
            if fee in items and seed:
                numbers[-1] = Decimal(seed) / 8
            one = Issue("甲&局", "01", level, int(edition), "a")
            made = make(form, one, values=dict(zip(items, numbers, strict=True)), locked=(items[0],))
            assert parts(mould.cast(one, numbers)) == parts(made), numbers


FOLLOWS = """
form: follows
edition: "1"
title: 结转
levels: [市级, 县级]
tables:
  三:
    title: 三表
    rows: [新, 转, {办: [{已: 已办}, {未: 未办}]}, {合计: {total: formula}}, 留]
    columns: [甲, {乙: {type: {amount: 元, decimals: 2}}}, {计: {total: TOTAL}}]
    rules:
      - 和: 新 + 转 = 办 + 留 ± 0.5
      - warn 不多: 转 ≤ 2 * 新 + 3
      - 有转有办: 转 > 0 => 已 > 0 且 留 ≥ 0
      - 同增: 转 > 100 <=> 新 > 100
      - 转不等: 转@甲 ≠ 转@乙
      - 转 = 留@-1
  四:
    title: 四表
    rows: [甲行, 乙行]
    columns: [数]
    rules:
      - warn 跨表: 甲行@数 ≥ 三!转@甲 - 2
"""


@pytest.mark.parametrize("total", ["formula", "typed"])
@pytest.mark.parametrize("level", ["县级", ""])
def test_what_follows_from_known_numbers_is_what_would_be_made_on_any_form(total: str, level: str) -> None:
    form = form_of(FOLLOWS.replace("TOTAL", total))
    known = [one for one in form.items if one[:2] == ("三", "转") and not form.computed(one)]
    assert len(known) == (2 if total == "formula" else 3)
    rng = random.Random(total + level)
    for items in (known, known[:1]):
        mould = KnownMould(form, Issue("乙局", "99", level, 2025, "b"), items, ())
        for _ in range(40):
            numbers: list[Number] = [
                rng.choice((0, 1, 2, 99, 101, Decimal("0.25"), Decimal("3.5"), Decimal("2.0"))) for _ in items
            ]
            one = Issue("甲&局", "01", level, 2025, "a")
            plain = [int(number) if number == int(number) else number for number in numbers]  # 2 and not 2.0
            made = make(form, one, values=dict(zip(items, plain, strict=True)))
            cast = mould.cast(one, numbers)
            assert parts(cast) == parts(made), numbers
            assert hashlib.sha256(cast).hexdigest() == mould.digest(cast)


def test_what_has_words_of_others_in_it_is_not_cast_wrong() -> None:
    form = official("2021")
    mould = Mould(make(form, blanks(Issue("x", "1", "", 2025, "n"))))
    first, second = mould.cast(Issue("甲局", "1", "", 2025, "a")), mould.cast(Issue("乙局", "22", "", 2025, "b"))
    for data, unit, code in ((first, "甲局", "1"), (second, "乙局", "22")):
        reading = examine(Path("x.xlsx"), data=data).reading
        assert reading is not None
        assert reading.identity is not None
        assert (reading.identity.unit, reading.identity.unit_code) == (unit, code)
        assert reading.submission.unit == unit
    assert "甲局".encode() not in b"".join(parts(second).values())


def test_every_unit_gets_its_own_once(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025")
    made = issue(this)
    assert [one.unit.code for one in made] == [unit.code for unit in this.units]
    assert len({one.number for one in made}) == 12
    before = {one.path: one.path.read_bytes() for one in made}
    assert issue(this) == []
    victim = made[3].path
    victim.unlink()
    assert [one.unit.code for one in issue(this)] == [made[3].unit.code]
    assert {
        path: path.read_bytes() for path in before
    } == before  # the same bytes, so the mail queued for it still fits
    assert [one.unit.code for one in issue(this, {"0002"}, again=True)] == ["0002"]
    this.close()


def test_other_processes_make_the_same(tmp_path: Path) -> None:
    one = round_of(tmp_path / "a", roster(260))
    alone = {i.path.name: i.path.read_bytes() for i in issue(one)}
    for path in (tmp_path / "a" / "issued").iterdir():
        path.unlink()
    with ProcessPoolExecutor(2) as pool:
        together = {i.path.name: i.path.read_bytes() for i in issue(one, executor=pool)}
    assert together == alone
    one.close()


def test_a_name_stays_in_the_folder(tmp_path: Path) -> None:
    text = "单位代码,单位名称\n../../x,../../../etc/局\nCON,a:b*c?\n"
    this = round_of(tmp_path / "2025", text)
    for one in issue(this):
        assert one.path.parent == tmp_path / "2025" / "issued"
        assert one.path.is_file()
    this.close()


CARRY = """
    form: c
    edition: "2"
    title: 结转表
    periods: {from: 2020}
    tables:
      三:
        title: 三
        rows: [新, 转, 办, 留]
        columns: [甲, 乙, {计: {total: typed}}]
        rules:
          - 结: {rule: 转 = 留@-1, severity: warn, carry: CARRY}
          - 和: 新 + 转 = 办 + 留
"""


@pytest.mark.parametrize("word", ["shown", "locked"])
def test_only_what_last_year_settles_is_carried(word: str) -> None:
    form = form_of(CARRY.replace("CARRY", word))
    prior = submit(form, {"三!留@甲": 3, "三!留@乙": None, "三!留@计": "三件"}, period=2024)
    found = carried(form, prior)
    assert {str(i): (c.value, c.locked) for i, c in found.items()} == {
        "三!转@甲": (3, word == "locked"),
        "三!转@乙": (0, word == "locked"),
    }  # 留@计 could not be read last year, so nothing is known of 转@计
    assert carried(form, None) == {}


def test_a_locked_number_cannot_be_typed_over_and_a_shown_one_can() -> None:
    form = form_of(CARRY.replace("CARRY", "locked"))
    at = layout(form).cells[item(form, "三!转@甲")]
    styles = {}
    for locked in ((), (item(form, "三!转@甲"),)):
        data = make(form, Issue("局", period=2025), values={item(form, "三!转@甲"): 3}, locked=locked)
        book = read_book(Container(Path("x.xlsx"), data))
        sheet = next(s for s in book.sheets if s.name == at.sheet)
        cell = sheet.cells[at.row, at.col]
        assert cell.text == "3"
        xf = parts(data)["xl/styles.xml"].decode().partition("<cellXfs")[2].split("<xf ")[1:][cell.style]
        styles[bool(locked)] = 'locked="0"' not in xf.partition("</xf>")[0]
    assert styles == {False: False, True: True}


def test_the_word_for_carrying_is_one_of_two() -> None:
    with pytest.raises(DefinitionError, match="no carry 'hidden'"):
        form_of(CARRY.replace("CARRY", "hidden"))


def test_charts_of_a_definition_are_checked() -> None:
    base = textwrap.dedent(CARRY.replace("CARRY", "shown"))
    good = form_of(base + "\ncharts:\n  - {title: 图, bars: {甲: 三!新@甲 + 三!转@甲}, years: true, shape: bar}\n")
    (chart,) = good.charts
    assert (chart.title, chart.years, chart.shape.value) == ("图", True, "bar")
    assert [good.items[i] for i in chart.bars[0].items] == [Item("三", "新", "甲"), Item("三", "转", "甲")]
    for bad in ("{title: 图}", "{title: 图, bars: {甲: 三!无@甲}}", "{title: 图, bars: {甲: 三!新@甲}, shape: round}"):
        with pytest.raises(DefinitionError):
            form_of(f"{base}\ncharts:\n  - {bad}\n")


def test_last_year_feeds_this_year_by_itself(tmp_path: Path) -> None:
    old = round_of(tmp_path / "2024", period=2024)
    list(intake(old, arrivals(put(tmp_path / "in", answers(old)))))
    last = {unit.code: {a: report(old.form, unit.code)[Item("三", "四", a)] for a in APPLICANTS} for unit in old.units}
    old.close()
    new = round_of(tmp_path / "2025", previous="../2024")
    assert take_over(new) == 12
    assert take_over(new) == 0
    for one in issue(new):
        reading = examine(one.path).reading
        assert reading is not None
        assert one.carried == 7
        for applicant, value in last[one.unit.code].items():
            assert reading.submission.value(Item("三", "二", applicant)) == value
    # A report that does not carry over is told so, without anybody naming last year's file.
    wrong = report(new.form, "wrong")
    right = report(new.form, "right", {a: int(v) for a, v in last["0001"].items()})
    wrong_books = {
        "w": filled(new.form, next((tmp_path / "2025/issued").glob("0002-*")).read_bytes(), wrong),
        "r": filled(new.form, next((tmp_path / "2025/issued").glob("0001-*")).read_bytes(), right),
    }
    taken = {t.unit.code: t for t in intake(new, arrivals(put(tmp_path / "in2", wrong_books))) if t.unit}
    assert {one.outcome for one in taken.values()} == {"accepted"}
    told = new.register.db.execute(
        "SELECT s.unit FROM finding f JOIN submission s ON s.id = f.submission "
        " WHERE s.period = 2025 AND f.rule = 'XY-1'"
    ).fetchall()
    assert any(last["0002"].values())
    assert {row[0] for row in told} == {"0002"}
    new.close()


def test_a_round_finds_last_years_beside_it(tmp_path: Path) -> None:
    from commands import xlreport

    round_of(tmp_path / "round-2024", period=2024).close()
    (tmp_path / "r.csv").write_text(roster(), encoding="utf-8")
    line = ("round", "new", "round-2025", "--form", "zfxxgk-annual", "--period", "2025", "--roster", "r.csv")
    assert "../round-2024" in xlreport(*line, at=tmp_path).out
    again = open_folder(tmp_path / "round-2025")
    assert again.settings.previous == "../round-2024"
    again.close()


def test_a_unit_that_was_renamed_gets_a_workbook_of_its_new_name(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(3))
    issue(this)
    this.close()
    path = tmp_path / "2025" / "roster.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("市教育局", "市教育和体育局"), encoding="utf-8")
    again = open_folder(tmp_path / "2025")
    (made,) = issue(again)
    assert made.path.name == "0002-市教育和体育局.xlsx"
    reading = examine(made.path).reading
    assert reading is not None
    assert reading.submission.unit == "市教育和体育局"
    assert issue(again) == []
    again.close()


def test_a_crash_in_the_middle_leaves_nothing_half_made(tmp_path: Path) -> None:
    """Killed while it writes: no workbook counts as ready, and the next run makes all and clears away the rest."""
    this = round_of(tmp_path / "2025", roster(30))
    this.close()
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from xlreport.round.folder import open_folder\n"
        "from xlreport.round.issue import issue\n"
        "issue(open_folder(Path(sys.argv[1])),"
        " progress=lambda done, of: done == 20 and os.kill(os.getpid(), signal.SIGKILL))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "2025")], check=False)
    assert done.returncode != 0
    assert not (tmp_path / "2025" / "issued").exists()
    again = open_folder(tmp_path / "2025")
    assert len(issue(again)) == 30
    assert len(list((tmp_path / "2025" / "issued").iterdir())) == 30
    assert not [path for path in (tmp_path / "2025").iterdir() if path.name.endswith(".new")]
    again.close()


def test_two_that_issue_at_once_take_turns(tmp_path: Path) -> None:
    round_of(tmp_path / "2025", roster(30)).close()
    command = [sys.executable, "-m", "xlreport", "issue", str(tmp_path / "2025"), "--format", "json"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    made = sorted(len(json.loads(one.communicate()[0])["made"]) for one in both)
    assert made == [0, 30]


def test_formulas_are_written_as_xlsxwriter_would_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    form, one = official("2021"), Issue("局", "1", "市级部门", 2025)
    ours = make(form, one)
    monkeypatch.setattr(paper, "add_sheet", lambda workbook, name: workbook.add_worksheet(name))
    assert make(form, one) == ours


def test_a_workbook_is_made_anew_once_what_it_is_made_of_was_corrected(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(3))
    issue(this)
    assert issue(this) == []
    books = {one.stem.partition("-")[0]: one.read_bytes() for one in (this.folder / "issued").iterdir()}
    this.close()
    path = tmp_path / "2025" / "roster.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("市教育局,市级部门", "市教育局,县级部门"), encoding="utf-8")
    this = open_folder(tmp_path / "2025")
    assert [one.unit.code for one in issue(this)] == ["0002"]
    assert issue(this) == []
    # Last year's report becomes known only now; then it is corrected.
    for seed in ("late", "corrected"):
        figures = report(this.form, seed)
        blank = make(this.form, Issue("市科学技术局", "0003", "市级部门", 2024))
        source = put(tmp_path / seed, {"0003": filled(this.form, blank, figures)})
        assert [one.outcome for one in intake(this, arrivals(source), last_year=True)] == ["accepted"]
        (made,) = issue(this)
        assert (made.unit.code, made.carried > 0) == ("0003", True)
    assert (this.folder / "issued" / "0001-市发展和改革局.xlsx").read_bytes() == books["0001"]
    assert issue(this) == []
    this.close()


def test_what_is_carried_of_all_units_at_once_is_what_each_report_settles(tmp_path: Path) -> None:
    """Whole numbers, totals left blank, words and dashes of last year, and units that did not report."""
    old = round_of(tmp_path / "2024", roster(6), period=2024)
    kinds: list[dict[str, Number | str | None]] = [
        {},
        {"三!四@自然人": 12},
        {"三!四@总计": None},
        {"三!四@自然人": "三件"},
        {"三!四@法人.其他": "—", "三!四@总计": None},
    ]
    blank = {one.unit.code: one.path.read_bytes() for one in issue(old)}
    for n, changes in enumerate(kinds):
        code = f"{n + 1:04d}"
        values: dict[Item, Number | str | None] = {**report(old.form, code)}
        values |= {item(old.form, name): value for name, value in changes.items()}
        list(intake(old, [Arrival(f"{code}.xlsx", filled(old.form, blank[code], values), "t")]))
    old.close()
    this = round_of(tmp_path / "2025", roster(6), previous="../2024")
    take_over(this)
    found = carried_by_unit(this)
    assert len(found) == len(kinds)
    for code in found:
        whole = past(this.register, code, 2024)
        assert whole is not None
        assert found[code] == carried(this.form, whole.submission())
    assert sorted(len(known) for known in found.values()) == [6, 7, 7, 7, 7]
    this.close()


_MONEY = """\
form: money
edition: "{year}"
title: 资金
periods: {{from: {year}, to: {year}}}
tables:
  一:
    type: {{amount: {unit}, decimals: {decimals}}}
    rows: [年初, 收入, 年末]
    columns: [金额]
    rules:
      - B1: {{rule: 年初 = 年末@-1, severity: error}}
charts:
  - {{title: 资金, years: true, bars: {{年末: 一!年末@金额}}}}
"""


def test_money_is_carried_over_in_the_unit_of_the_new_edition(tmp_path: Path) -> None:
    """Last year's edition was in 元, this year's is in 万元: the number alone would be ten thousand times too large."""
    (tmp_path / "forms" / "money").mkdir(parents=True)
    for year, unit, decimals in (("2024", "元", "2"), ("2025", "万元", "2")):
        definition = _MONEY.format(year=year, unit=unit, decimals=decimals)
        (tmp_path / "forms" / "money" / f"{year}.yaml").write_text(definition, encoding="utf-8")
    (tmp_path / "r.csv").write_text("单位代码,单位名称\nA,一局\n", encoding="utf-8")
    about = {"templates": ("../forms",), "total": "市"}

    def collected(period: int, values: tuple[str, str, str], previous: str = "") -> Round:
        settings = Settings("money", period, previous=previous, **about)  # type: ignore[arg-type]
        this = new_round(tmp_path / str(period), settings, tmp_path / "r.csv")
        (one,) = issue(this)
        named = zip(("年初", "收入", "年末"), map(Decimal, values), strict=True)
        book = filled(this.form, one.path.read_bytes(), {Item("一", row, "金额"): value for row, value in named})
        (taken,) = intake(this, arrivals(put(tmp_path / f"in{period}", {"A": book})))
        assert (taken.outcome, taken.errors) == ("accepted", 0)
        return this

    collected(2024, ("0", "1234567.8", "1234567.8")).close()
    this = collected(2025, ("123.46", "100", "124.46"), "../2024")
    (one,) = issue(this, again=True)
    reading = examine(one.path, extra=[tmp_path / "forms"]).reading
    assert reading is not None
    assert reading.submission.value(Item("一", "年初", "金额")) == Decimal("123.46")
    codes = [row[0] for row in this.register.db.execute("SELECT code FROM finding f JOIN submission s"
                                                       " ON s.id = f.submission WHERE s.period = 2025")]  # fmt: skip
    assert codes == []  # no jump either
    measured = {(line.period, line.row): line.measure for line in lines(this)}
    assert (measured[2024, "年末"], measured[2025, "年末"]) == ("元", "万元")
    made = rollup(this)
    book = read_book(Container(Path("t.xlsx"), total_bytes(this, made, "zh")))
    drawn = [cell.text for sheet in book.sheets if sheet.name == "图表" for cell in sheet.cells.values()]
    assert {"123.46", "124.46"} <= set(drawn)
    this.close()


def test_what_is_carried_over_has_no_more_decimals_than_the_new_edition_allows(tmp_path: Path) -> None:
    """Nor is it compared with them: whoever wrote less was wrong, and whoever kept them was asked to take them off."""
    (tmp_path / "forms" / "money").mkdir(parents=True)
    for year, decimals in (("2024", "4"), ("2025", "2")):
        definition = _MONEY.format(year=year, unit="万元", decimals=decimals)
        (tmp_path / "forms" / "money" / f"{year}.yaml").write_text(definition, encoding="utf-8")
    (tmp_path / "r.csv").write_text("单位代码,单位名称\nA,一局\nB,二局\n", encoding="utf-8")
    start, previous = Item("一", "年初", "金额"), ""
    for period, end in ((2024, "10.6437"), (2025, "11.64")):
        settings = Settings("money", period, previous=previous, templates=("../forms",), total="市")
        this = new_round(tmp_path / str(period), settings, tmp_path / "r.csv")
        typed: dict[Item, Number | str | None] = {start: 0} if period == 2024 else {}
        typed |= {Item("一", "收入", "金额"): 0, Item("一", "年末", "金额"): Decimal(end)}
        books = {one.unit.code: filled(this.form, one.path.read_bytes(), typed) for one in issue(this)}
        told = {(one.errors, one.warnings) for one in intake(this, arrivals(put(tmp_path / f"in{period}", books)))}
        assert told == {(0, 0)}
        previous = f"../{period}"
        made = rollup(this)
        assert made.over_years == []
        this.close()
    assert made.submission.value(start) == Decimal("21.28")  # 2 × 10.64; 21.2874 last year


def test_rounding_to_another_unit_of_money_is_no_difference_of_the_total(tmp_path: Path) -> None:
    """Each unit carries over what its workbook holds, rounded; the sums are apart by as much, and no more passes."""
    (tmp_path / "forms" / "money").mkdir(parents=True)
    for year, unit in (("2024", "元"), ("2025", "万元")):
        definition = _MONEY.format(year=year, unit=unit, decimals="2")
        (tmp_path / "forms" / "money" / f"{year}.yaml").write_text(definition, encoding="utf-8")
    (tmp_path / "r.csv").write_text("单位代码,单位名称\n" + "".join(f"{n},{n}局\n" for n in range(8)), encoding="utf-8")
    start, end = (Item("一", row, "金额") for row in ("年初", "年末"))
    previous = ""
    for period in (2024, 2025):
        settings = Settings("money", period, previous=previous, templates=("../forms",), total="市")
        this = new_round(tmp_path / str(period), settings, tmp_path / "r.csv")
        books = {}
        for one in issue(this):
            carried_in: dict[Item, Number | str | None] = {start: 0, end: 1060} if period == 2024 else {end: 1}
            books[one.unit.code] = filled(this.form, one.path.read_bytes(), carried_in)
        assert {one.errors for one in intake(this, arrivals(put(tmp_path / f"in{period}", books)))} == {0}
        previous = f"../{period}"
        if period == 2024:
            this.close()
    made = rollup(this)
    assert made.submission.value(start) == Decimal("0.88")  # 8 × 0.11, and 8 × 1060 元 are 0.848 万元
    assert [f.rule for f in made.over_years] == []
    # Nor where the total is handed in further up, and there is compared with last year's total.
    last = open_folder(tmp_path / "2024")
    before = total_of(last.form, rollup(last).submission.numbers, unit="市", period=2024)
    last.close()
    up = tmp_path / "total.xlsx"
    up.write_bytes(total_bytes(this, made, "zh"))
    assert not [f for f in examine(up, prior=before, extra=[tmp_path / "forms"]).findings if f.rule == "B1"]
    wrong = filled(this.form, books["3"], {start: Decimal("0.13")})
    list(intake(this, [Arrival("3.xlsx", wrong, "t")]))
    assert [f.rule for f in rollup(this, include_wrong=True).over_years] == ["B1"]
    this.close()


def test_a_round_of_another_form_is_not_last_years(tmp_path: Path) -> None:
    other = round_of(tmp_path / "other", roster(1), period=2024)
    list(intake(other, arrivals(put(tmp_path / "in", answers(other)))))
    other.register.db.execute("UPDATE submission SET form = 'park'")
    other.close()
    this = round_of(tmp_path / "2025", roster(1), previous="../other")
    with pytest.raises(RoundProblems) as caught:
        issue(this)
    assert [one.reason for one in caught.value.problems] == ["previous-form"]
    this.close()


def test_another_round_named_as_last_years_is_read_anew(tmp_path: Path) -> None:
    """Two rounds of as many reports and mistakes: the settings were corrected, and the figures are another's."""
    figures = {}
    for name in ("wrong", "right"):
        old = round_of(tmp_path / name, roster(1), period=2024)
        books = answers(old, [name])
        list(intake(old, arrivals(put(tmp_path / f"in-{name}", books))))
        figures[name] = old.register.db.execute("SELECT figures FROM submission").fetchone()[0]
        old.close()
    this = round_of(tmp_path / "2025", roster(1), previous="../wrong")
    issue(this)
    this.close()
    settings = tmp_path / "2025" / "xlreport.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("../wrong", "../right"), encoding="utf-8")
    this = open_folder(tmp_path / "2025")
    issue(this)
    assert this.register.db.execute("SELECT figures FROM submission").fetchall()[0][0] == figures["right"]
    this.close()


def test_a_round_of_two_years_ago_is_told_where_it_is_named_as_last_years(tmp_path: Path) -> None:
    from commands import xlreport

    round_of(tmp_path / "a", roster(1), period=2023).close()
    (tmp_path / "r.csv").write_text(roster(1), encoding="utf-8")
    line = ("round", "new", "b", "--form", "zfxxgk-annual", "--period", "2025", "--roster", "r.csv", "--previous", "a")
    done = xlreport(*line, at=tmp_path)
    assert (done.code, "是 2023 年的一轮，不是 2024 年的" in done.out) == (0, True)
