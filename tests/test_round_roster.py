"""The roster and the settings of a round: every encoding, and everything wrong with them told at once."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from commands import xlreport
from offices import NAMES, answers, put, roster, round_of
from submissions import official

from xlreport.round.folder import REGISTER, open_folder
from xlreport.round.register import Register
from xlreport.round.roster import read_roster
from xlreport.round.settings import PRESETS, read_settings
from xlreport.round.trouble import RoundProblems
from xlreport.round.unit import Unit
from xlreport.wording.rounds import PROBLEMS, problem

GOOD = "单位代码,单位名称,单位层级,上级单位代码,邮箱,抄送\n"
GOOD += "01,市财政局,市级部门,,a@b.test；c@b.test,d@b.test\n02,局二,,01,,\n"


def told(data: bytes) -> list[str]:
    with pytest.raises(RoundProblems) as caught:
        read_roster(data, "roster.csv", official("2021"))
    for one in caught.value.problems:
        for lang in ("zh", "en"):
            assert problem(one.reason, one.facts, lang)  # type: ignore[arg-type]
    return [one.reason for one in caught.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_any_encoding_line_end_and_delimiter(encoding: str, ends: str, delimiter: str) -> None:
    text = GOOD.replace(",", delimiter).replace("\n", ends)
    units = read_roster(text.encode(encoding), "r.csv")
    assert units[0] == Unit("01", "市财政局", "市级部门", "", ("a@b.test", "c@b.test"), ("d@b.test",))
    assert units[1].parent == "01"


def test_a_workbook_keeps_leading_zeros_of_text(tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(roster(3).strip().split("\n")):
            for col, cell in enumerate(line.split(",")):
                sheet.write_string(row, col, cell)
    assert [(u.code, u.name) for u in read_roster(path.read_bytes(), path.name)] == [
        (f"{n + 1:04d}", NAMES[n]) for n in range(3)
    ]


def test_everything_wrong_is_told_at_once() -> None:
    text = (
        "单位代码,单位名称,单位层级,上级单位代码,邮箱\n"
        "01,局一,没有这级,,not an address\n"
        "01,局一,,99,a@b.test\n"
        ",局三,,,\n"
        "04,局四,,05,\n05,局五,,04,\n"
    )
    assert sorted(told(text.encode())) == [
        "roster-address", "roster-address", "roster-address", "roster-blank", "roster-circle", "roster-circle",
        "roster-level", "roster-parent", "roster-twice-code", "roster-twice-name",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "roster-empty"),
        ("单位代码,单位名称\n".encode(), "roster-empty"),
        ("代码\n01\n".encode(), "roster-column"),
        (b"PK\x03\x04rubbish", "roster-unreadable"),
        (b"\xff\x00\x80\xff\xff", "roster-encoding"),
    ],
)
def test_what_is_no_roster(data: bytes, reason: str) -> None:
    assert reason in told(data)


@pytest.mark.parametrize("bad", ["a@b\r\nBcc: x@y", "<a@b.test>", "a b@c", "@b", "a@", "局@b.test", "a@b..c"])
def test_an_address_cannot_begin_another_header(bad: str) -> None:
    line = f'单位代码,单位名称,邮箱\n01,局,"{bad}"\n'
    try:
        units = read_roster(line.encode(), "r.csv")
    except RoundProblems:
        return
    # What separates addresses separates them; what is left of it is addresses.
    assert all("\n" not in a and " " not in a for u in units for a in u.to)
    assert "Bcc:" not in str(units)


def test_a_unit_for_others_only_does_not_report() -> None:
    units = read_roster("code,name,parent,to\nD,区,,\n1,局,D,a@b.test\n".encode(), "r.csv")
    assert [u.reports for u in units] == [False, True]
    units = read_roster("code,name,parent,to,reports\nD,区,,,是\n1,局,D,a@b.test,否\n".encode(), "r.csv")
    assert [u.reports for u in units] == [True, False]


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ('[mail]\npassword = "x"', ["settings-password"]),
        ('[mail]\n授权码 = "x"', ["settings-line"]),  # a bare key is ASCII
        ('[mail]\n"授权码" = "x"', ["settings-password"]),
        (
            'surprise = 1\n[mail]\nprovider = "gmail"\nport = "x"',
            ["settings-key", "settings-value", "settings-provider"],
        ),
        ('[mail]\nhost = "smtp.example.com"\nsecurity = "none"', ["settings-in-clear"]),
        ('[mail]\nsecurity = "tls"', ["settings-security"]),
        ('[mail]\naddress = "x"', ["settings-address"]),
        ("[mail]\nper_day = 0", ["settings-value"]),
        ("deadline = 5", ["settings-value"]),
        ("= 5", ["settings-line"]),
    ],
)
def test_settings_that_are_wrong(more: str, reasons: list[str]) -> None:
    with pytest.raises(RoundProblems) as caught:
        read_settings(f'form = "x"\nperiod = 2025\n{more}\n')
    assert [one.reason for one in caught.value.problems] == reasons
    assert all(problem(p.reason, p.facts, "zh") for p in caught.value.problems)


@pytest.mark.parametrize("provider", PRESETS)
def test_a_provider_says_where_its_servers_are(provider: str) -> None:
    mail = read_settings(f'form = "x"\nperiod = 2025\n[mail]\nprovider = "{provider}"\nper_day = 7\n').mail
    assert mail.host == PRESETS[provider].host
    assert mail.imap == PRESETS[provider].imap
    assert mail.per_day == 7


def test_a_fresh_round_can_be_opened_and_is_private(tmp_path: Path) -> None:
    made = round_of(tmp_path / "2025", office='a "quoted"\\ name')
    made.close()
    again = open_folder(tmp_path / "2025")
    assert again.settings.office == 'a "quoted"\\ name'
    assert len(again.units) == 12
    for name in (REGISTER, "round.log"):
        assert stat.S_IMODE((tmp_path / "2025" / name).stat().st_mode) == 0o600
    again.close()


def test_a_register_stays_private_and_refuses_one_from_the_future(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    path.touch(0o644)
    with Register(path) as register:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        register.db.execute("PRAGMA user_version = 99")
    with pytest.raises(RoundProblems, match="register-newer"):
        Register(path)
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(RoundProblems, match="register-unreadable"):
        Register(path)


def test_what_fails_inside_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    register = Register(tmp_path / "r.sqlite")
    register.remember("a", "1")
    number = 0

    def broken() -> None:
        nonlocal number
        with register.transaction():
            register.remember("a", "2")
            number = register.item_id(("t", "r", "c"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert register.fact("a") == "1"
    with register.transaction():
        assert register.item_id(("t", "r", "c")) == number
    assert register.db.execute("SELECT COUNT(*) FROM item").fetchone()[0] == 1
    register.close()


def test_an_edited_roster_counts_from_the_next_command_on(tmp_path: Path) -> None:
    round_of(tmp_path / "2025").close()
    text = (tmp_path / "2025" / "roster.csv").read_text(encoding="utf-8")
    (tmp_path / "2025" / "roster.csv").write_text(text + "0099,新设局,市级部门,,x@dept.test,,,\n", encoding="gb18030")
    done = xlreport("status", "2025", at=tmp_path)
    assert "13 个单位" in done.out
    assert "新设局" in done.out


def test_the_command_makes_a_round_and_refuses_a_second(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(roster(), encoding="gb18030")
    line = ("round", "new", "a", "--form", "zfxxgk-annual", "--period", "2025", "--roster", "r.csv")
    assert xlreport(*line, at=tmp_path).code == 0
    again = xlreport(*line, at=tmp_path)
    assert (again.code, again.err.count("\n")) == (2, 1)
    (tmp_path / "bad.csv").write_text("单位代码,单位名称,邮箱\n1,局,x\n1,局,y\n", encoding="utf-8")
    bad = xlreport(*line[:2], "b", *line[3:-1], "bad.csv", at=tmp_path)
    assert (bad.code, bad.err.count("\n")) == (2, 4)
    assert not (tmp_path / "b").exists()
    assert xlreport("status", "nowhere", at=tmp_path).code == 2


def test_every_problem_has_both_languages() -> None:
    for zh, en in PROBLEMS.values():
        assert zh
        assert en
        assert zh.count("{") == en.count("{")


@pytest.mark.parametrize(
    "text",
    [
        '单位代码,单位名称,邮箱\n01,"局一,a@b.test\n02,局二,b@b.test\n03,局三,c@b.test\n',
        '单位代码,单位名称,邮箱\n01,"局一,a@b.test\n02,"局二,b@b.test\n03,局三,c@b.test\n',
        '单位代码,单位名称,邮箱\n01,"局一,a@b.test\n02,局二",b@b.test\n03,局三,c@b.test\n',
    ],
)
def test_an_open_quotation_mark_swallows_no_unit(text: str) -> None:
    with pytest.raises(RoundProblems) as caught:
        read_roster(text.encode(), "roster.csv")
    (one,) = caught.value.problems
    assert (one.reason, one.facts["line"]) == ("roster-csv", 2)


def test_a_line_break_inside_a_cell_is_no_mistake() -> None:
    text = '单位代码,单位名称,邮箱,联系人\n01,局一,"a@b.test\nb@b.test","甲\n乙"\n02,局二,c@b.test,丙\n'
    assert [len(unit.to) for unit in read_roster(text.encode(), "roster.csv")] == [2, 1]


@pytest.mark.parametrize(
    ("word", "reports"),
    [
        ("不填报", False),
        ("×", False),
        ("否", False),
        ("是", True),
        ("√", True),
        ("", True),
        ("待定", None),
        ("2", None),
    ],
)
def test_whether_a_unit_reports_is_never_guessed(word: str, reports: bool | None) -> None:
    text = f"单位代码,单位名称,是否填报\n01,局一,{word}\n".encode()
    if reports is None:
        assert told(text) == ["roster-reports"]
    else:
        assert read_roster(text, "r.csv")[0].reports is reports


@pytest.mark.parametrize("bad", ["a@x", ".a@x.cn", "a.@x.cn", "a@x-.cn", "a@-x.cn", "a@x..cn", "a@x.cn.", "a..b@x.cn"])
def test_an_address_no_server_would_take_is_told(bad: str) -> None:
    assert told(f"单位代码,单位名称,邮箱\n01,局,{bad}\n".encode()) == ["roster-address"]


@pytest.mark.parametrize("good", ["a@x.cn", "a.b-c+d@mail.x-y.gov.cn", "1@2.cn"])
def test_a_good_address_is_taken(good: str) -> None:
    assert read_roster(f"单位代码,单位名称,邮箱\n01,局,{good}\n".encode(), "r.csv")[0].to == (good,)


def test_two_rosters_in_a_round_are_told(tmp_path: Path) -> None:
    round_of(tmp_path / "2025", roster(2)).close()
    with xlsxwriter.Workbook(tmp_path / "2025" / "roster.xlsx") as book:
        book.add_worksheet().write_string(0, 0, "单位代码")
    with pytest.raises(RoundProblems) as caught:
        open_folder(tmp_path / "2025")
    (one,) = caught.value.problems
    assert problem(one.reason, one.facts, "zh").count("roster.") == 2


def test_columns_are_called_in_the_language_of_the_sentence() -> None:
    with pytest.raises(RoundProblems) as caught:
        read_roster("单位代码,单位名称\n01,\n".encode(), "r.csv")
    (one,) = caught.value.problems
    assert problem(one.reason, one.facts, "zh") == "花名册第 2 行没有单位名称。"
    assert problem(one.reason, one.facts, "en") == "Roster line 2: no unit name."


HEADED = "单位代码,单位名称,邮箱\n01,局,a@b.cn\n"
ONE = [Unit("01", "局", to=("a@b.cn",))]


@pytest.mark.parametrize(
    "data",
    [
        HEADED.encode("utf-16-le"),
        HEADED.encode("utf-16-be"),
        ("sep=;\r\n" + HEADED.replace(",", ";")).encode(),
        ("\r\n\r\n" + HEADED).encode("gbk"),
        (",,\n示例市2025年花名册,,\n" + HEADED).encode(),
        HEADED.replace(",", "|").encode(),
        HEADED.replace(",", "；").encode(),
        HEADED.replace(",", "，").encode(),
        HEADED.replace("单位代码", "*单位代码（必填）").replace("邮箱", "邮箱(多个用分号隔开)").encode(),
        HEADED.replace("单位代码", "机构代码").replace("单位名称", "部门名称").replace("邮箱", "Email").encode(),
        HEADED.replace("01", '="01"').encode(),
        HEADED.replace("01", "'01").encode(),
        HEADED.replace("a@b.cn", "张三 <a@b.cn>").encode(),
        HEADED.replace("a@b.cn", "mailto:a＠b．cn").encode(),
        HEADED.replace("局", "\u200b局\ufeff").replace("b.cn", "b\u200b.cn\u202c").encode(),
    ],
)
def test_a_list_is_read_as_offices_keep_it(data: bytes) -> None:
    assert list(read_roster(data, "r.csv")) == ONE


def test_parents_by_name_or_in_another_width_are_found() -> None:
    text = "单位代码,单位名称,上级单位\nA0,市政府,\n1,局一,市政府\n2,局二,ａ0\n3,局三,A0\n"
    assert [unit.parent for unit in read_roster(text.encode(), "r.csv")] == ["", "A0", "A0", "A0"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("单位代码,单位名称\n01,甲\n０１,乙\n", "roster-twice-code"),
        ("单位代码,单位名称\na1,甲\nA1,乙\n", "roster-twice-code"),
        ("单位代码,单位名称,单位代码\n01,甲,02\n", "roster-heading-twice"),
        ("单位代码,单位名称\n01,甲局,乙处\n", "roster-overflow"),
    ],
)
def test_what_is_not_certain_is_told(text: str, reason: str) -> None:
    assert reason in told(text.encode())


def _sheet(tmp_path: Path, fill) -> bytes:
    path = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(path) as book:
        fill(book, book.add_worksheet("说明"), book.add_worksheet("名单"))
    return path.read_bytes()


def test_a_workbook_says_what_it_shows(tmp_path: Path) -> None:
    def fill(book, notes, sheet) -> None:
        notes.write_string(0, 0, "请勿改动")
        sheet.merge_range("A1:D1", "示例市单位名单")
        sheet.write_row(1, 0, ["单位代码", "单位名称", "上级单位", "邮箱"])
        zeros = book.add_format({"num_format": "0000"})
        for n, name in enumerate(("市政府", "局一", "局二", "局三")):
            sheet.write_number(n + 2, 0, n, zeros)
            sheet.write_string(n + 2, 1, name)
        sheet.merge_range("C4:C6", "0000")
        sheet.write_formula("D4", '=LOWER("A@B.CN")', None, "a@b.cn")

    units = read_roster(_sheet(tmp_path, fill), "roster.xlsx")
    assert [(unit.code, unit.parent, unit.to) for unit in units] == [
        ("0000", "", ()), ("0001", "0000", ("a@b.cn",)), ("0002", "0000", ()), ("0003", "0000", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "reason"), [("number", "roster-digits"), ("blank", "roster-formula"), ("#N/A", "roster-error")]
)
def test_what_a_workbook_does_not_really_say_is_told(tmp_path: Path, cell: str, reason: str) -> None:
    def fill(book, notes, sheet) -> None:
        sheet.write_row(0, 0, ["单位代码", "单位名称"])
        sheet.write_row(1, 0, ["01", "局"])
        if cell == "number":
            sheet.write_number(1, 0, 113205000141497651)
        else:
            sheet.write_formula(1, 0, "=A9", None, "" if cell == "blank" else cell)

    data = _sheet(tmp_path, fill)
    if cell == "blank":  # as openpyxl and many exports leave it
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
            for entry in source.infolist():
                target.writestr(entry, source.read(entry).replace(b"<v></v>", b""))
        data = packed.getvalue()
    assert told(data) == [reason]


def test_a_roster_of_another_suffix_can_be_edited_as_well(tmp_path: Path) -> None:
    (tmp_path / "名单").write_text(HEADED, encoding="utf-8")
    new = ["round", "new", "r", "--form", "zfxxgk-annual", "--period", "2025", "--roster", "名单"]
    assert xlreport(*new, at=tmp_path).code == 0
    path = tmp_path / "r" / "roster.csv"
    path.write_text(path.read_text(encoding="utf-8") + "02,局二,\n", encoding="utf-8")
    opened = open_folder(tmp_path / "r")
    assert [unit.code for unit in opened.units] == ["01", "02"]
    opened.close()


def test_a_code_stays_once_something_is_kept_under_it(tmp_path: Path) -> None:
    this = round_of(tmp_path / "r", roster(3))
    books = answers(this)
    this.close()
    path = tmp_path / "r" / "roster.csv"
    kept = path.read_text(encoding="utf-8")
    swapped = kept.replace("0001,", "x,").replace("0002,", "0001,").replace("x,", "0002,")
    # Nothing has come in or gone out yet: codes may be given anew.
    path.write_text(swapped, encoding="utf-8")
    open_folder(tmp_path / "r").close()
    path.write_text(kept, encoding="utf-8")
    put(tmp_path / "in", {code: books[code] for code in ("0001", "0002")})
    assert xlreport("intake", "r", "in", at=tmp_path).code == 0
    for text, units in (
        (swapped, ("市发展和改革局", "市教育局")),
        (kept.replace("\n000", "\n"), ("市发展和改革局", "市教育局")),
    ):
        path.write_text(text, encoding="utf-8")
        for command in (("status", "r"), ("remind", "r"), ("reply", "r", "--lang", "en")):
            done = xlreport(*command, at=tmp_path)
            assert done.code == 2
            assert all(unit in done.err for unit in units)
            assert "市科学技术局" not in done.err  # it has neither reported nor been written to
    assert "原来是 0001，现在是 1" in xlreport("status", "r", at=tmp_path).err
    # A new name under the same code is a unit that was renamed.
    path.write_text(kept.replace("市教育局", "市教育和体育局"), encoding="utf-8")
    assert xlreport("status", "r", at=tmp_path).code == 0


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_what_notepad_makes_of_settings_and_letters_is_read(tmp_path: Path, encoding: str) -> None:
    round_of(tmp_path / "r", roster(2)).close()
    for name in ("xlreport.toml", "texts/issue.zh.txt"):
        path = tmp_path / "r" / name
        path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    this = open_folder(tmp_path / "r")
    assert this.settings.office == "示例市人民政府办公室"
    this.close()
    done = xlreport("send", "r", "--draft", "d", at=tmp_path)
    assert (done.code, "已写 2 封草稿" in done.out) == (0, True)


def test_settings_that_are_no_text_are_not_a_missing_round(tmp_path: Path) -> None:
    round_of(tmp_path / "r", roster(2)).close()
    (tmp_path / "r" / "xlreport.toml").write_bytes(b"\x81\xff\xff\x00")
    done = xlreport("status", "r", at=tmp_path)
    assert (done.code, "编码认不出来" in done.err) == (2, True)


@pytest.mark.parametrize("said", ['"2026-01-05"', '"2026-1-5"', '"2026年1月5日"', "2026-01-05"])
def test_a_day_as_people_write_it(said: str) -> None:
    assert str(read_settings(f'form = "x"\nperiod = 2025\ndeadline = {said}\n').deadline) == "2026-01-05"


def test_a_wrong_line_of_the_settings_is_shown_with_the_remedy() -> None:
    for said, words in (
        ("2026-1-5", "第 3 行写法有误：deadline = 2026-1-5（"),
        ('"一月"', "deadline 不是合适的值，应写成 2026-01-20"),
    ):
        with pytest.raises(RoundProblems) as caught:
            read_settings(f'form = "x"\nperiod = 2025\ndeadline = {said}\n')
        (one,) = caught.value.problems
        assert words in problem(one.reason, one.facts, "zh")
        assert "2026-01-20" in problem(one.reason, one.facts, "en")


def test_an_emptied_letter_is_not_sent(tmp_path: Path) -> None:
    round_of(tmp_path / "r", roster(2)).close()
    (tmp_path / "r" / "texts" / "issue.zh.txt").write_bytes(b"\r\n ")
    done = xlreport("send", "r", "--draft", "d", at=tmp_path)
    assert (done.code, "issue.zh.txt 是空的" in done.err) == (2, True)


PARK = """\
form: park
edition: "2025"
title: 公园统计表
tables:
  一:
    title: 一、游客
    rows: [成人, 儿童]
    columns: [上半年, 下半年]
"""


def test_a_round_moves_together_with_what_lies_beside_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "forms" / "park").mkdir(parents=True)
    (here / "forms" / "park" / "2025.yaml").write_text(PARK, encoding="utf-8")
    (here / "forms" / "park" / "2024.yaml").write_text(PARK.replace("2025", "2024"), encoding="utf-8")
    (here / "roster.csv").write_text("单位代码,单位名称\n1,东园\n", encoding="utf-8")
    new = ("round", "new", "--form", "park", "--roster", "roster.csv", "--templates", "forms", "--period")
    assert xlreport(*new, "2024", "a", at=here).code == 0
    done = xlreport(*new, "2025", "b", "--previous", "a", at=here)
    assert (done.code, "../a" in done.out) == (0, True)
    assert str(tmp_path) not in (here / "b" / "xlreport.toml").read_text(encoding="utf-8")
    here.rename(there)
    assert xlreport("issue", "b", at=there).code == 0
    (there / "forms").rename(there / "elsewhere")
    done = xlreport("status", "b", at=there)
    assert (done.code, "templates 写的文件夹 ../forms 不在" in done.err) == (2, True)


def test_last_years_round_that_is_named_and_not_there_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("单位代码,单位名称\nA,一局\n", encoding="utf-8")
    options = ["--form", "zfxxgk-annual", "--period", "2025", "--roster", "r.csv", "--previous", "nowhere"]
    done = xlreport("round", "new", "2025", *options, at=tmp_path)
    assert (done.code, "nowhere" in done.err, (tmp_path / "2025").exists()) == (2, True, False)


def test_the_level_of_the_total_is_one_of_the_form(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("单位代码,单位名称\n1,甲局\n", encoding="utf-8")
    about = ("--form", "zfxxgk-annual", "--period", "2025", "--roster", "r.csv", "--level")
    for lang, said in (
        ("zh", "报表没有单位层级“城”。可选：国务院部门、"),
        ("en", "The form has no level '城'; choose from "),
    ):
        bad = xlreport("round", "new", "2025", *about, "城", "--lang", lang, at=tmp_path)
        assert (bad.code, said in bad.err, (tmp_path / "2025").exists()) == (2, True, False)
    assert xlreport("round", "new", "2025", *about, "地级市", at=tmp_path).code == 0
    assert open_folder(tmp_path / "2025").settings.level == "设区的市"  # as the form says it
