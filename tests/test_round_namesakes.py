"""Last year's figures go to the unit that reported them, whatever codes the roster of today gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import xlreport
from offices import NAMES, answers, filled, put, report, reported, roster, round_of
from submissions import official

from xlreport.form.layout import layout
from xlreport.form.table import Item
from xlreport.round.folder import open_folder
from xlreport.round.history import past
from xlreport.round.intake import intake
from xlreport.round.issue import issue
from xlreport.round.mailbag import Arrival, arrivals
from xlreport.round.namesakes import codes_now
from xlreport.round.rollup import rollup
from xlreport.round.trouble import RoundProblems
from xlreport.round.unit import Unit
from xlreport.round.waivers import waive, waivers, withdraw
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container

FORM = official("2021")
BEFORE, NOW = Item("三", "四", "自然人"), Item("三", "二", "自然人")
HEAD = "单位代码,单位名称,单位层级,上级单位代码,邮箱\n"


def last_year(tmp_path: Path) -> dict[str, int]:
    """A round of last year; what each of its four units carries forward, by name."""
    last = round_of(tmp_path / "2024", roster(4), period=2024)
    figures = {unit.name: {**report(FORM, unit.code)} for unit in last.units}
    for n, one in enumerate(figures.values()):
        one[BEFORE], one[Item("三", "一", "自然人")] = 11 + n, one[Item("三", "三.7", "自然人")] + 11 + n
        for row in ("四", "一"):
            one[Item("三", row, "总计")] = sum(
                value for item, value in one.items() if item[:2] == ("三", row) and item.column != "总计"
            )
    blanks = {one.unit.name: one.path.read_bytes() for one in issue(last)}
    books = {last.unit(name).code: filled(FORM, blanks[name], one) for name, one in figures.items()}
    taken = list(intake(last, arrivals(put(tmp_path / "a", books))))
    assert {one.state for one in taken} == {"clean"}
    last.close()
    return {name: int(one[BEFORE]) for name, one in figures.items()}


def carried_in(path: Path) -> str:
    cell = layout(FORM).cells[NOW]
    (sheet,) = [one for one in read_book(Container(path, path.read_bytes())).sheets if one.name == cell.sheet]
    return sheet.cells[cell.row, cell.col].text if (cell.row, cell.col) in sheet.cells else ""


def test_a_unit_put_in_the_middle_of_a_numbered_roster_gives_nobody_anothers_figures(tmp_path: Path) -> None:
    was = last_year(tmp_path)
    names = [*was]
    names.insert(1, "市数据局")
    lines = [f"{n + 1:04d},{name},市级部门,,d{n}@dept.test" for n, name in enumerate(names)]
    this = round_of(tmp_path / "2025", HEAD + "\n".join(lines) + "\n", previous="../2024")
    made = {one.unit.name: one.path for one in issue(this)}
    assert {name: carried_in(path) for name, path in made.items()} == {
        "市数据局": "", **{name: str(number) for name, number in was.items()}
    }  # fmt: skip
    assert reported(this.register, 2024) == {this.unit(name).code for name in was}
    this.close()


def test_explanations_of_last_year_follow_their_unit(tmp_path: Path) -> None:
    last = round_of(tmp_path / "2024", roster(2), period=2024)
    odd = {
        Item("二.一", "行政规范性文件", "本年制发件数"): 5,
        Item("二.一", "行政规范性文件", "现行有效件数"): 4,
    }
    list(intake(last, arrivals(put(tmp_path / "a", {c: filled(FORM, d, odd) for c, d in answers(last).items()}))))
    waive(last, last.unit("0002"), "T2-1", "教育局的原因", "李华")
    last.close()
    lines = "0001,市教育局,市级部门,,a@dept.test\n0002,市发展和改革局,市级部门,,b@dept.test\n"
    this = round_of(tmp_path / "2025", HEAD + lines, previous="../2024")
    list(intake(this, arrivals(put(tmp_path / "b", {c: filled(FORM, d, odd) for c, d in answers(this).items()}))))
    rows = this.register.db.execute(
        "SELECT s.unit FROM finding f JOIN submission s ON s.id = f.submission JOIN waiver w ON w.id = f.waiver"
        " WHERE s.period = 2025 AND f.rule = 'T2-1'"
    ).fetchall()
    assert [row[0] for row in rows] == ["0001"]
    this.close()


def test_a_code_with_another_name_is_taken_for_the_same_unit_and_told(tmp_path: Path) -> None:
    last_year(tmp_path)
    text = roster(4).replace("市科学技术局", "市科学技术和数据局")
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    new = ("round", "new", "2025", "--form", "zfxxgk-annual", "--period", "2025", "--roster", "roster.csv")
    assert xlreport(*new, at=tmp_path).code == 0
    done = xlreport("issue", "2025", at=tmp_path)
    assert "1 个单位上年用的是别的名称" in done.out
    assert "0003 市科学技术局 → 市科学技术和数据局" in done.out
    assert "another name last year" in xlreport("issue", "2025", "--again", "--lang", "en", at=tmp_path).out


def test_last_years_workbook_taken_in_by_hand_is_known_by_its_name(tmp_path: Path) -> None:
    was = last_year(tmp_path)
    names = ["市数据局", *was]
    lines = [f"{n + 1:04d},{name},市级部门,,d{n}@dept.test" for n, name in enumerate(names)]
    this = round_of(tmp_path / "2025", HEAD + "\n".join(lines) + "\n")
    taken = list(intake(this, arrivals(tmp_path / "a"), last_year=True))
    assert [one.outcome for one in taken] == ["accepted"] * 4
    for name, number in was.items():
        found = past(this.register, this.unit(name).code, 2024)
        submission = found.submission() if found else None
        assert submission is not None
        assert submission.value(BEFORE) == number
    this.close()


def test_who_is_gone_leaves_its_figures_to_nobody() -> None:
    units = [Unit("1", "乙"), Unit("2", "丙"), Unit("3", "新")]
    now = codes_now([("1", "甲"), ("2", "乙"), ("3", "丁"), ("4", "戊")], units)
    assert now == {"2": "1", "1": "1 甲", "3": "3", "4": "4"}


def test_who_of_last_year_is_nobody_today_is_told_where_somebody_got_nothing(tmp_path: Path) -> None:
    """A unit with a new name and a new code is not known again; with last year's code it is."""
    last_year(tmp_path)
    lines = [f"{n + 1:04d},{name},市级部门,,d{n}@dept.test" for n, name in enumerate(NAMES[:4])]
    fewer = "\n".join(lines[:3]) + "\n"
    this = round_of(tmp_path / "2025", HEAD + fewer, previous="../2024")
    this.close()
    assert NAMES[3] not in xlreport("issue", "2025", at=tmp_path).out  # dissolved, and nobody waits for its figures
    path = tmp_path / "2025" / "roster.csv"
    path.write_text(HEAD + fewer + "0099,市大数据局,市级部门,,x@dept.test\n", encoding="utf-8")
    told = xlreport("issue", "2025", at=tmp_path).out
    assert f"0004 {NAMES[3]}" in told
    assert "仍用上年的代码" in told
    path.write_text(HEAD + fewer + "0004,市大数据局,市级部门,,x@dept.test\n", encoding="utf-8")
    assert f"0004 {NAMES[3]} → 市大数据局" in xlreport("issue", "2025", at=tmp_path).out
    (book,) = (tmp_path / "2025" / "issued").glob("0004-*")
    assert carried_in(book) == "14"


def test_what_is_withdrawn_this_year_does_not_come_again_from_the_year_before(tmp_path: Path) -> None:
    """The same figures were explained last year as well: the last word counts, and it was that this is no reason."""
    odd = {
        Item("二.一", "行政规范性文件", "本年制发件数"): 5,
        Item("二.一", "行政规范性文件", "现行有效件数"): 4,
    }
    for year, previous in ((2024, ""), (2025, "../2024"), (2026, "../2025")):
        this = round_of(tmp_path / str(year), roster(1), period=year, previous=previous)
        blank = answers(this)["0001"]
        list(intake(this, arrivals(put(tmp_path / f"in{year}", {"0001": filled(FORM, blank, odd, date=str(year))}))))
        before = {2024: [], 2025: ["原因2024"], 2026: []}[year]
        assert [one.reason for one in waivers(this.register, year)] == before
        unit = this.unit("0001")
        if year < 2026:
            assert waive(this, unit, "T2-1", f"原因{year}", "李华") == 1
        if year == 2025:
            assert withdraw(this, unit, "T2-1") == 1
            assert waivers(this.register, year) == ()
        this.close()


def test_what_last_year_explained_can_be_taken_back_for_this_year(tmp_path: Path) -> None:
    """Last year's round may be gone; there the explanation held, and still does."""
    odd = {
        Item("二.一", "行政规范性文件", "本年制发件数"): 5,
        Item("二.一", "行政规范性文件", "现行有效件数"): 4,
    }
    for year, previous in ((2024, ""), (2025, "../2024")):
        this = round_of(tmp_path / str(year), roster(1), period=year, previous=previous)
        book = filled(FORM, answers(this)["0001"], odd)
        list(intake(this, arrivals(put(tmp_path / f"in{year}", {"0001": book}))))
        if not previous:
            waive(this, this.unit("0001"), "T2-1", "原因", "李华")
            this.close()
    (tmp_path / "2024").rename(tmp_path / "gone")
    assert len(waivers(this.register, 2025)) == 1
    assert withdraw(this, this.unit("0001"), "T2-1") == 1
    assert waivers(this.register, 2025) == ()
    assert len(waivers(this.register, 2024)) == 1
    with pytest.raises(RoundProblems, match="waiver-not-there"):
        withdraw(this, this.unit("0001"), "T2-1")
    assert waive(this, this.unit("0001"), "T2-1", "新的原因", "李华") == 1
    assert [one.reason for one in waivers(this.register, 2025)] == ["新的原因"]
    this.close()


def test_last_years_round_restored_and_corrected_otherwise_is_taken_over_anew(tmp_path: Path) -> None:
    """A restored register gives the same numbers once more: what counts is what the reports say."""
    last = round_of(tmp_path / "2024", roster(1), period=2024)
    blank = answers(last)["0001"]
    last.close()

    def hand_in(number: int) -> None:
        with_it = {**report(FORM, "0001"), BEFORE: number}
        last = open_folder(tmp_path / "2024")
        books = {"0001": filled(FORM, blank, with_it)}
        list(intake(last, arrivals(put(tmp_path / f"in{number}", books))))
        last.close()

    hand_in(11)
    backup = (tmp_path / "2024" / "register.sqlite").read_bytes()
    hand_in(12)
    this = round_of(tmp_path / "2025", roster(1), previous="../2024")
    (made,) = issue(this)
    assert carried_in(made.path) == "12"
    (tmp_path / "2024" / "register.sqlite").write_bytes(backup)
    hand_in(13)
    assert [carried_in(one.path) for one in issue(this)] == ["13"]
    this.close()


def test_a_total_is_compared_with_last_year_as_it_is_now(tmp_path: Path) -> None:
    """Last year's report was corrected after all of this year's had come in: nothing else need be run before."""
    last_year(tmp_path)
    this = round_of(tmp_path / "2025", roster(4), previous="../2024")
    blanks = {one.unit.code: one.path.read_bytes() for one in issue(this)}
    books = {
        code: filled(FORM, data, report(FORM, code, {"自然人": 11 + n}))
        for n, (code, data) in enumerate(blanks.items())
    }
    list(intake(this, arrivals(put(tmp_path / "b", books))))

    def off() -> list[object]:
        """By how much the total does not begin with what was carried forward, of 自然人."""
        return [f.gap for f in rollup(this).over_years if f.rule == "XY-1" and f.parts[0].item == NOW]

    assert off() == []
    last = open_folder(tmp_path / "2024")
    book = filled(FORM, (tmp_path / "a" / "0002.xlsx").read_bytes(), {BEFORE: 20})
    list(intake(last, [Arrival("0002.xlsx", book, "t")]))
    last.register.db.execute("UPDATE submission SET state = 'clean'")  # its totals are of no concern here
    last.close()
    said = xlreport("rollup", "2025", "-o", "t.xlsx", "--include-wrong", at=tmp_path).out
    assert "重新核对了本年的 1 份报表" in said
    assert off() == [-8]  # 12 was carried over
    (tmp_path / "2024").rename(tmp_path / "gone")
    assert off() == [-8]
    this.close()
