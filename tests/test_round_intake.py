"""Taking in: matched by what is inside, nothing dropped, nothing leaves the folder, nothing private in the log."""

from __future__ import annotations

import base64
import email
import email.policy
import io
import json
import mailbox
import zipfile
from pathlib import Path

import pytest
from commands import xlreport
from hypothesis import given, settings
from hypothesis import strategies as st
from letters_in import forwarded, letter, shapes
from offices import answers, filled, put, report, reported, roster, round_of
from submissions import item, official

from xlreport.examine import examine
from xlreport.form.layout import layout
from xlreport.form.table import Item
from xlreport.report.annotated import marks, summary
from xlreport.round.again import check_again
from xlreport.round.by_hand import accept_by_hand
from xlreport.round.folder import Round, open_folder
from xlreport.round.history import past
from xlreport.round.intake import Taken, intake
from xlreport.round.mailbag import Arrival, arrivals, in_message
from xlreport.round.names import attachment_name, written_name
from xlreport.round.outbox import queue
from xlreport.round.plan import plan
from xlreport.round.status import status
from xlreport.round.trouble import RoundProblems
from xlreport.round.waivers import settle, waive, waivers, withdraw
from xlreport.workbook.annotate import annotate
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container
from xlreport.workbook.poke import set_values
from xlreport.workbook.template import Issue, make

NAME = "附件1：市工信局2025年政府信息公开统计报表（定稿）.xlsx"
XLSX_HEAD = (
    b'Content-Type: application/octet-stream; name="x.xlsx"\r\nContent-Disposition: attachment; filename="x.xlsx"'
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """Twelve departments' answers, made once; the tests take them into rounds of their own with the same issue."""
    folder = tmp_path_factory.mktemp("office") / "2025"
    this = round_of(folder)
    books = answers(this)
    this.close()
    return folder, books


def fresh(tmp_path: Path, text: str | None = None) -> Round:
    return round_of(tmp_path / "2025", text)


def took(this: Round, *found: Arrival) -> list[Taken]:
    return list(intake(this, found))


def book(data: bytes, name: str = "x.xlsx", sender: str = "", sent_at: str = "") -> Arrival:
    return Arrival(name, data, "test", sender, sent_at=sent_at)


# --- names of attachments ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", shapes(NAME))
def test_every_shape_of_a_name_is_read(shape: str) -> None:
    raw = letter(b"PK\x03\x04book", shapes(NAME)[shape])
    (found,) = in_message(raw, "m.eml")
    assert found.name == NAME
    assert found.data == b"PK\x03\x04book"
    assert found.sender == "a@dept.test"


def test_a_name_of_ours_is_read_by_the_standard_library_and_by_old_programs() -> None:
    typed, disposed = written_name(NAME)
    raw = f"Content-Type: a/b;\r\n {typed}\r\nContent-Disposition: attachment;\r\n {disposed}\r\n\r\n"
    assert "filename*=UTF-8''" in disposed
    assert 'filename="=?utf-8?' in disposed.lower()
    message = email.message_from_string(raw)
    assert attachment_name(message) == NAME
    modern = email.message_from_string(raw, policy=email.policy.default)
    assert modern.get_filename() == NAME
    assert all(len(line) < 998 for line in raw.split("\r\n"))


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_name_goes_out_and_comes_back(name: str) -> None:
    typed, disposed = written_name(name or "x")
    raw = f"Content-Type: a/b; {typed}\r\nContent-Disposition: attachment; {disposed}\r\n\r\n"
    assert raw.count("\r\n\r\n") == 1  # no name begins a header of its own
    clean = "".join(ch if ch.isprintable() and ch not in '"\\' else "_" for ch in name or "x")
    assert attachment_name(email.message_from_bytes(raw.encode("utf-8", "surrogateescape"))).strip() == clean.strip()


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_rubbish_in_a_header_raises_nothing(raw: bytes) -> None:
    list(in_message(b"Content-Disposition: attachment; filename=" + raw + b"\r\n\r\nbody", "m.eml"))
    list(in_message(raw, "m.eml"))


# --- matching ----------------------------------------------------------------------------------------------


def test_what_is_inside_decides_and_names_do_not(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    _, books = office
    this = fresh(tmp_path)
    one, two, three = took(
        this,
        book(books["0004"], "市财政局.xlsx"),
        book(books["0008"], "0004-市工业和信息化局.xlsx", "someone@elsewhere.test"),
        book(books["0001"], "x", "dept1@dept.test"),
    )
    assert [(t.outcome, t.unit.code if t.unit else "", t.state) for t in (one, two, three)] == [
        ("accepted", "0004", "clean"), ("stranger", "0008", ""), ("accepted", "0001", "clean"),
    ]  # fmt: skip
    this.close()


def test_a_form_without_any_mark_is_known_by_its_sender(tmp_path: Path) -> None:
    form = official("2021")
    bare = filled(form, make(form, Issue(period=2025)), report(form, 1))
    this = fresh(tmp_path)
    stranger, known = took(this, book(bare, sender="x@y.test"), book(bare, sender="dept3@dept.test"))
    assert (stranger.outcome, stranger.unit) == ("unknown-sender", None)
    assert (known.outcome, known.unit.code if known.unit else "") == ("accepted", "0003")
    assert known.state == "error"  # it does not say its unit
    this.close()


def test_what_does_not_fit_is_told_and_kept_aside(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    _, books = office
    form = official("2021")
    other = filled(form, make(form, Issue("别市某局", "9999", "", 2025)), report(form, 1))
    year = filled(form, make(form, Issue("市财政局", "0008", "市级部门", 2024)), report(form, 1))
    place = layout(form).cover["unit"]
    swapped = set_values(Container(Path("x"), books["0002"]), {tuple(place): "市民政局"})  # type: ignore[dict-item]
    code = layout(form).cover["unit_code"]
    swapped = set_values(Container(Path("x"), swapped), {tuple(code): "0006"})  # type: ignore[dict-item]
    this = fresh(tmp_path, roster(12, "0D,东区,县级政府,,,,,\n"))
    cases = [
        (book(other), "unknown-unit"),
        (book(year), "other-period"),
        (book(swapped), "wrong-unit"),
        (book(books["0001"], sender="dept2@dept.test"), "wrong-unit"),
        (book(b"rubbish", "x.xlsx"), "unreadable"),
        (book(b"", "gone.xlsx"), "unreadable"),
        (book(_plain_workbook()), "not-a-form"),
    ]
    outcomes = [t.outcome for t in took(this, *(one for one, _ in cases))]
    assert outcomes == [expected for _, expected in cases]
    kept = {path.read_bytes() for path in (tmp_path / "2025" / "received").iterdir()}
    assert {one.data for one, _ in cases if one.data} <= kept
    assert status(this).counts["missing"] == len(this.reporting)
    this.close()


def _plain_workbook() -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        made.add_worksheet().write_string(0, 0, "会议通知")
    return out.getvalue()


def test_versions_duplicates_and_what_is_older(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    _, books = office
    form = official("2021")
    first = books["0001"]
    second = filled(form, first, {Item("二.五", "行政许可", "本年处理决定数量"): 7})
    resaved = set_values(Container(Path("x"), first), {tuple(layout(form).sections["六"]): "无"})  # type: ignore[dict-item]
    this = fresh(tmp_path)
    got = took(
        this,
        book(first, sent_at="2026-01-05T00:00:00Z"),
        book(first),
        book(resaved),
        book(second, sent_at="2026-01-07T00:00:00Z"),
        book(first),  # sent once more by mistake: it does not take the place of the corrected one
        book(filled(form, first, {Item("二.五", "行政许可", "本年处理决定数量"): 9}), sent_at="2026-01-06T00:00:00Z"),
    )
    assert [(t.outcome, t.version) for t in got] == [
        ("accepted", 1), ("duplicate", 0), ("duplicate", 0), ("accepted", 2), ("older", 0), ("older", 0),
    ]  # fmt: skip
    rows = this.register.db.execute("SELECT version, latest FROM submission ORDER BY version").fetchall()
    assert [tuple(row) for row in rows] == [(1, 0), (2, 1)]
    taken = accept_by_hand(this, got[5].number, this.unit("0001"))
    assert (taken.version, taken.accepted) == (3, True)
    with pytest.raises(RoundProblems, match="no-such-arrival"):
        accept_by_hand(this, got[5].number, this.unit("0001"))
    this.close()


def test_a_wrong_report_is_registered_as_wrong(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    _, books = office
    form = official("2021")
    wrong = filled(form, books["0001"], {Item("三", "三.1", "总计"): 999, Item("三", "一", "自然人"): "三件"})
    this = fresh(tmp_path)
    (taken,) = took(this, book(wrong))
    assert (taken.outcome, taken.state) == ("accepted", "error")
    told = this.register.db.execute("SELECT code, zh, en FROM finding WHERE severity = 'error'").fetchall()
    seen = examine(Path("x.xlsx"), data=wrong)
    assert {row["code"] for row in told} == {f.code.name for f in seen.findings if f.severity.value == "error"}
    assert taken.errors == len(told)
    entry = this.register.db.execute(
        "SELECT state, value, raw FROM entry JOIN item i ON i.id = item WHERE i.row = '一' AND i.col = '自然人'"
    ).fetchone()
    assert tuple(entry) == ("text", None, "三件")
    this.close()


# --- sources -----------------------------------------------------------------------------------------------


def test_folder_zip_message_forward_and_mailbox(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    _, books = office
    source = put(tmp_path / "in" / "deep" / "deeper", {"一": books["0001"]})
    top = tmp_path / "in"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../../evil.xlsx", books["0002"])
        archive.writestr("C:\\Windows\\x.xlsx", books["0003"])
    (top / "报送.zip").write_bytes(packed.getvalue())
    (top / "m.eml").write_bytes(letter(books["0004"], shapes(NAME)["raw GBK"], sender="dept4@dept.test"))
    inner = letter(books["0005"], XLSX_HEAD, sender="dept5@dept.test")
    (top / "fw1.eml").write_bytes(forwarded(inner, "dept5@dept.test", as_file=False))
    inner = letter(books["0006"], XLSX_HEAD, sender="dept6@dept.test")
    (top / "fw2.eml").write_bytes(forwarded(inner, "dept6@dept.test", as_file=True))
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("表.xlsx", books["0007"])
    head = b'Content-Type: application/zip\r\nContent-Disposition: attachment; filename="x.zip"'
    (top / "z.eml").write_bytes(letter(zipped.getvalue(), head, sender="dept7@dept.test"))
    box = mailbox.mbox(top / "box.mbox")
    box.add(letter(books["0008"], XLSX_HEAD, sender="dept8@dept.test"))
    box.add(letter(books["0009"], XLSX_HEAD, sender="dept9@dept.test"))
    box.close()
    (top / "note.txt").write_text("nothing", encoding="utf-8")
    this = fresh(tmp_path)
    before = set(tmp_path.rglob("*"))
    got = list(intake(this, arrivals(top)))
    assert sorted((t.outcome, t.unit.code if t.unit else "") for t in got) == [
        *(("accepted", f"{n:04d}") for n in range(1, 10)),
        ("unreadable", ""),  # the note
    ]
    new = set(tmp_path.rglob("*")) - before
    assert all((tmp_path / "2025" / "received") in path.parents or path.name == "received" for path in new)
    assert source.exists()
    this.close()


def test_nothing_in_a_folder_is_dropped_whatever_it_is_called(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    _, books = office
    top = tmp_path / "in"
    names = ["无后缀", "b.xlsx.bak", "c.xlsx.download", "d.wps", "e.txt", ".f.xlsx"]
    put(top, {name: books[f"{n:04d}"] for n, name in enumerate(names, 1)}, suffix="")
    for name in ("g.txt", "h.msg", "i.gz", "j.tar.gz", "k.pdf"):
        (top / name).write_bytes(b"not a workbook")
    (top / "l.xlsx").symlink_to(top / "无后缀")
    with zipfile.ZipFile(top / "m.zip", "w") as archive:
        archive.writestr("x", books["0007"])
        archive.writestr("y.bak", books["0008"])
        archive.writestr("z.pdf", b"%PDF")
        archive.writestr("0.eml", letter(books["0009"], XLSX_HEAD, sender="dept9@dept.test"))
    (top / "Thumbs.db").write_bytes(b"litter")
    corrected = filled(official("2021"), books["0010"], {Item("二.五", "行政许可", "本年处理决定数量"): 90_001})
    put(top, {"n": books["0010"], "n.checked": corrected})
    this = fresh(tmp_path)
    got = list(intake(this, arrivals(top)))
    assert sorted(t.unit.code for t in got if t.accepted and t.unit) == sorted(
        [*(f"{n:04d}" for n in range(1, 11)), "0010"]
    )
    aside = {t.arrival.name: t for t in got if not t.accepted}
    assert set(aside) == {"g.txt", "h.msg", "i.gz", "j.tar.gz", "k.pdf", "l.xlsx", "m.zip/z.pdf"}
    assert {name for name, t in aside.items() if not t.kept} == {"l.xlsx"}
    assert next(one for one in status(this).standings if one.unit.code == "0010").version == 2
    again = list(intake(this, arrivals(top)))
    assert {t.arrival.name: t.number for t in again if t.arrival.name in aside} == {
        n: t.number for n, t in aside.items()
    }
    assert status(this).aside == 7
    this.close()


def test_what_is_kept_aside_is_kept(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    _, books = office
    top = put(tmp_path / "in", {})
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.xlsx", books["0001"])
    with zipfile.ZipFile(top / "outer.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("a.xlsx", books["0002"])
    plain = b"From: dept3@dept.test\r\nSubject: later\r\nMessage-ID: <1@d>\r\n\r\nwe will send it\r\n"
    (top / "m.eml").write_bytes(plain)
    this = fresh(tmp_path)
    aside = {t.outcome: t for t in intake(this, arrivals(top)) if not t.accepted}
    assert set(aside) == {"unreadable", "no-attachment"}
    kept = [
        (this.folder / row[0]).read_bytes()
        for row in this.register.db.execute("SELECT file FROM arrival WHERE outcome <> 'accepted' ORDER BY id")
    ]
    assert sorted(kept) == sorted([plain, (top / "outer.zip").read_bytes()])
    for taken in aside.values():
        with pytest.raises(RoundProblems, match="arrival-unfit"):
            accept_by_hand(this, taken.number, this.unit("0001"))
    shown = xlreport("status", "2025", at=tmp_path).out
    assert "不能接收的文件" in shown
    assert "--accept" not in shown
    assert "压缩包里的压缩包没有打开" in shown
    this.close()


EVIL = b"=?utf-8?B?" + base64.b64encode(b"dept1@dept.test") + b"?= <evil@elsewhere.test>"


@pytest.mark.parametrize(
    ("sender", "read"),
    [
        ("Stranger <stranger@evil.test>", "stranger@evil.test"),
        (EVIL.decode(), "evil@elsewhere.test"),
        ("=?utf-8?B?" + base64.b64encode(b"a <dept1@dept.test>").decode() + "?=", "-"),
        ("x@evil.test\r\nFrom: dept1@dept.test", "-"),
        ("\r\nReply-To: dept1@dept.test", "-"),
    ],
)
def test_a_stranger_with_the_right_workbook_replaces_nothing(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]], sender: str, read: str
) -> None:
    _, books = office
    this = fresh(tmp_path)
    other = filled(this.form, books["0001"], {Item("二.五", "行政许可", "本年处理决定数量"): 99_999})
    (first,) = took(this, *in_message(letter(books["0001"], XLSX_HEAD, sender="dept1@dept.test"), "1.eml"))
    late = "Tue, 20 Jan 2026 10:00:00 +0800"
    (second,) = took(this, *in_message(letter(other, XLSX_HEAD, sender=sender, date=late), "2.eml"))
    assert (first.outcome, second.outcome) == ("accepted", "stranger")
    assert second.arrival.sender == read
    assert status(this).standings[0].version == 1
    assert status(this).standings[0].aside == 1
    assert accept_by_hand(this, second.number, this.unit("0001")).version == 2
    this.close()


def test_a_report_of_last_year_is_not_accepted_for_this_year(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    this = fresh(tmp_path)
    form = official("2021")
    unit = this.unit("0001")
    old = filled(form, make(form, Issue(unit.name, unit.code, unit.level, 2024)), report(form, 1))
    (taken,) = took(this, book(old))
    assert (taken.outcome, taken.detail) == ("other-period", "2024")
    with pytest.raises(RoundProblems) as refused:
        accept_by_hand(this, taken.number, unit)
    assert refused.value.problems[0].reason == "arrival-year"
    assert status(this).standings[0].state == "missing"
    this.close()


def test_another_units_name_typed_over_the_cover_is_no_report_of_either(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    _, books = office
    this = fresh(tmp_path)
    (name,) = [key for key in layout(this.form).cover if key in {"unit", "填报单位"}]
    typed = filled(this.form, books["0001"], {}, **{name: "市教育局"})
    (taken,) = took(this, book(typed))
    assert (taken.outcome, taken.unit.code if taken.unit else "", taken.detail) == ("wrong-unit", "0001", "0002")
    this.close()


def test_a_wrong_clock_does_not_bring_an_older_report_back(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    _, books = office
    this = fresh(tmp_path)
    cell = Item("二.五", "行政许可", "本年处理决定数量")
    one, two, three = (filled(this.form, books["0001"], {cell: n}) for n in (90_001, 90_002, 90_003))
    (first,) = took(this, book(one, sender="dept1@dept.test", sent_at="2026-01-12T09:00:00Z"))
    (slow,) = took(this, book(two, sender="dept1@dept.test", sent_at="2019-01-01T00:00:00Z"))
    assert (first.outcome, slow.outcome) == ("accepted", "older")
    accept_by_hand(this, slow.number, this.unit("0001"))
    for sent_at in ("2026-01-11T09:00:00Z", "2026-01-13T09:00:00Z"):
        (old,) = took(this, book(three, sender="dept1@dept.test", sent_at=sent_at))
        assert old.outcome == "older"
    # A clock ahead of ours does not shut the door.
    (ahead,) = took(this, book(books["0002"], sender="dept2@dept.test", sent_at="2999-01-01T00:00:00Z"))
    other = filled(this.form, books["0002"], {cell: 90_004})
    (after,) = took(this, book(other, sender="dept2@dept.test", sent_at="2998-01-01T00:00:00Z"))
    assert (ahead.outcome, after.outcome) == ("accepted", "accepted")
    this.close()


def test_an_answer_to_our_reply_may_return_to_an_earlier_report(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    _, books = office
    this = fresh(tmp_path)
    wrong = filled(this.form, books["0001"], {Item("三", "一", "自然人"): 77_777})
    took(this, book(books["0001"], "1", "dept1@dept.test"), book(wrong, "2", "dept1@dept.test"))
    queue(this, plan(this, "reply", "zh")[0])
    (ours,) = this.register.db.execute("SELECT message_id FROM message").fetchone()
    again = Arrival("x.xlsx", books["0001"], "3.eml", "dept1@dept.test", thread=ours)
    assert [t.outcome for t in took(this, book(books["0001"], "4", "dept1@dept.test"), again)] == ["older", "accepted"]
    # What answers a reply to an earlier report than the last is not the newest for that.
    late = Arrival("y.xlsx", wrong, "4.eml", "dept1@dept.test", thread=ours)
    assert [t.outcome for t in took(this, late)] == ["older"]
    # From an address that nobody knows, who answers us is known.
    private = Arrival("y.xlsx", books["0001"], "5.eml", "me@home.test", thread=ours)
    assert [t.outcome for t in took(this, private)] == ["duplicate"]
    this.close()


def test_two_reports_of_a_unit_in_one_message_are_told(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    _, books = office
    this = fresh(tmp_path)
    other = filled(this.form, books["0001"], {Item("二.五", "行政许可", "本年处理决定数量"): 90_001})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("一.xlsx", books["0001"])
        archive.writestr("二.xlsx", other)
    head = b'Content-Type: application/zip\r\nContent-Disposition: attachment; filename="x.zip"'
    got = took(this, *in_message(letter(packed.getvalue(), head, sender="dept1@dept.test"), "1.eml"))
    assert [(t.outcome, t.version) for t in got] == [("accepted", 1), ("two-in-one", 0)]
    this.close()


@pytest.mark.parametrize(
    "name",
    ["../../../etc/cron.d/x.xlsx", "/abs.xlsx", "a\\..\\..\\b.xlsx", "\u202exslx.exe", "x" * 400, "a\nb.xlsx", ""],
)
def test_hostile_names_stay_inside(tmp_path: Path, name: str, office: tuple[Path, dict[str, bytes]]) -> None:
    this = fresh(tmp_path)
    before = set(tmp_path.rglob("*"))
    (taken,) = took(this, book(office[1]["0001"], name))
    assert taken.accepted
    (stored,) = {p for p in set(tmp_path.rglob("*")) - before if p.is_file() and p.suffix != ".sqlite-journal"}
    assert stored.parent == tmp_path / "2025" / "received"
    assert "\u202e" not in stored.name
    this.close()


def test_a_bomb_in_an_archive_is_told(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.xlsx", b"PK\x03\x04" + b"0" * 400_000_000)
    (tmp_path / "b.zip").write_bytes(bomb.getvalue())
    this = fresh(tmp_path)
    got = list(intake(this, arrivals(tmp_path / "b.zip")))
    assert [t.outcome for t in got] == ["unreadable"]
    this.close()


def test_a_message_without_a_workbook_is_told(tmp_path: Path) -> None:
    this = fresh(tmp_path)
    raw = b"From: dept1@dept.test\r\nMessage-ID: <q@x>\r\nSubject: hello\r\n\r\nWe will send it tomorrow.\r\n"
    (tmp_path / "q.eml").write_bytes(raw)
    (taken,) = intake(this, arrivals(tmp_path / "q.eml"))
    assert (taken.outcome, taken.unit.code if taken.unit else "") == ("no-attachment", "0001")
    this.close()


# --- explanations ------------------------------------------------------------------------------------------


def soft(office_books: dict[str, bytes], code: str = "0001") -> bytes:
    """A report with one warning: fewer documents in force than were issued."""
    form = official("2021")
    values = {
        item(form, "二.一!行政规范性文件@本年制发件数"): 5,
        item(form, "二.一!行政规范性文件@现行有效件数"): 4,
    }
    return filled(form, office_books[code], values)


def explained(data: bytes, words: str) -> bytes:
    """The annotated copy with the unit's explanation in the last column of its first finding."""
    one = examine(Path("x.xlsx"), data=data)
    assert one.reading is not None
    assert one.reading.container is not None
    sheet = summary(one, "zh")
    copy = annotate(one.reading.container, marks(one, "zh"), sheet)
    tab = read_book(Container(Path("x"), copy)).sheets[0]
    head = next((row, col) for (row, col), c in tab.cells.items() if c.text.startswith("情况说明"))
    values: dict[tuple[str, int, int], object] = {(tab.name, head[0] + 1, head[1]): words}
    return set_values(Container(Path("x"), copy), values)  # type: ignore[arg-type]


def test_a_unit_explains_in_its_workbook(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    this = fresh(tmp_path)
    data = soft(office[1])
    (first,) = took(this, book(data))
    assert (first.state, first.warnings) == ("warning", 1)
    (second,) = took(this, book(explained(data, "当年制发当年废止")))
    assert (second.outcome, second.state, second.version) == ("accepted", "waived", 2)
    (one,) = waivers(this.register, 2025)
    assert (one.rule, one.reason, one.who, one.source) == ("T2-1", "当年制发当年废止", "联系人1", "unit")
    # It holds for what comes next, until the finding is another.
    changed = filled(official("2021"), data, {Item("二.五", "行政许可", "本年处理决定数量"): 3})
    (third,) = took(this, book(changed))
    assert (third.state, third.version) == ("waived", 3)
    this.close()


def test_an_error_is_never_explained_away(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    this = fresh(tmp_path)
    wrong = filled(official("2021"), office[1]["0001"], {Item("三", "三.1", "总计"): 999})
    (taken,) = took(this, book(explained(wrong, "确实如此")))
    assert taken.state == "error"
    assert waivers(this.register, 2025) == ()
    with pytest.raises(RoundProblems, match="waiver-hard"):
        waive(this, this.unit("0001"), "T3-ROW", "确实如此", "李华")
    with pytest.raises(RoundProblems, match="waiver-no-finding"):
        waive(this, this.unit("0001"), "T2-1", "x", "y")
    with pytest.raises(RoundProblems, match="waiver-no-report"):
        waive(this, this.unit("0002"), "T2-1", "x", "y")
    for nothing in (" ", "\udcff", "\u202e\x07"):
        with pytest.raises(RoundProblems, match="waiver-incomplete"):
            waive(this, this.unit("0001"), "T2-1", nothing, "y")
    with pytest.raises(RoundProblems, match="waiver-no-finding"):
        waive(this, this.unit("0001"), "\udcff", "x", "y", "\udcff")
    this.close()


def test_a_reason_holds_for_the_figures_it_was_given_for(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    this, form = fresh(tmp_path), official("2021")
    made, there = item(form, "二.一!行政规范性文件@本年制发件数"), item(form, "二.一!行政规范性文件@现行有效件数")
    data = soft(office[1])
    took(this, book(data))
    waive(this, this.unit("0001"), "T2-1", "当年制发\n\x07当年\u202e废止\udcff", "李\x00华")
    assert [(w.reason, w.who) for w in waivers(this.register, 2025)] == [("当年制发 当年 废止", "李 华")]
    (other,) = took(this, book(filled(form, data, {made: 500})))
    assert (other.accepted, other.state, other.warnings) == (True, "warning", 1)
    assert waivers(this.register, 2025) == ()
    (again,) = took(this, book(filled(form, data, {item(form, "二.五!行政许可@本年处理决定数量"): 3})))
    assert again.state == "waived"
    # What stands in the unit's copy was written of 5 and 4 as well, and no new figure makes it a reason for that.
    copy = explained(data, "当年制发当年废止")
    (changed,) = took(this, book(filled(form, copy, {there: 1})))
    assert (changed.state, changed.remarks) == ("warning", ("explained-before",))
    (as_told,) = took(this, book(filled(form, copy, {item(form, "二.五!行政许可@本年处理决定数量"): 7})))
    assert (as_told.state, as_told.remarks) == ("waived", ())
    this.close()


def _told(folder: Path, version: int) -> dict[str, tuple[str, str]]:
    """What a returned copy says of each code: what became of it, and the explanation beside it."""
    (path,) = (folder / "returned").glob(f"0001-*-v{version}.xlsx")
    sheet = read_book(Container(path, path.read_bytes())).sheets[0]
    top, last = next(at for at, cell in sheet.cells.items() if cell.text.startswith("情况说明"))
    code = next(col for (row, col), cell in sheet.cells.items() if row == top and cell.text == "代码")
    since = next((col for (row, col), cell in sheet.cells.items() if row == top and cell.text == "与上轮相比"), code)
    rows = sorted({row for row, col in sheet.cells if row > top and col == code})
    text = {at: cell.text for at, cell in sheet.cells.items()}
    return {text[row, code]: (text[row, since], text.get((row, last), "")) for row in rows}


def _explain(path: Path, code: str, words: str) -> bytes:
    data = path.read_bytes()
    sheet = read_book(Container(path, data)).sheets[0]
    (last,) = (col for (_, col), cell in sheet.cells.items() if cell.text.startswith("情况说明"))
    (row,) = (row for (row, _), cell in sheet.cells.items() if cell.text == code)
    return set_values(Container(path, data), {(sheet.name, row, last): words})


def test_an_explanation_stays_beside_its_own_finding(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    """What was explained is not listed again; the rows below it keep their own words and no other's."""
    this, form = fresh(tmp_path), official("2021")
    there = item(form, "二.一!行政规范性文件@现行有效件数")
    wrong = {Item("三", "三.1", "总计"): 999, item(form, "二.六!行政强制@本年处理决定数量"): "无"}
    data = filled(form, soft(office[1]), wrong)
    took(this, book(data))
    assert xlreport("reply", "2025", "--draft", "d1", at=tmp_path).code == 0
    (copy,) = (this.folder / "returned").iterdir()
    took(this, book(_explain(copy, "B403 T2-1", "当年制发当年废止")))
    assert [w.rule for w in waivers(this.register, 2025)] == ["T2-1"]
    assert xlreport("reply", "2025", "--draft", "d2", at=tmp_path).code == 0
    told = _told(this.folder, 2)
    assert told.keys() == {"B401 T3-ROW", "E302 TY-2"}
    assert told["E302 TY-2"] == ("未改正", "")
    # Where its figures have changed since, the words stand there to be written anew, and are none till then.
    (second,) = (this.folder / "returned").glob("*-v2.xlsx")
    kept = filled(form, _explain(copy, "B403 T2-1", "当年制发当年废止"), {there: 2})
    took(this, book(kept, second.name))
    assert xlreport("reply", "2025", "--draft", "d3", at=tmp_path).code == 0
    words = _told(this.folder, 3)["B403 T2-1"][1]
    assert words.startswith("（数已改")
    assert words.endswith("当年制发当年废止")
    (third,) = (this.folder / "returned").glob("*-v3.xlsx")
    (taken,) = took(this, book(filled(form, third.read_bytes(), {Item("三", "三.2", "自然人"): 1})))
    assert taken.accepted
    assert waivers(this.register, 2025) == ()
    rewritten = filled(form, _explain(third, "B403 T2-1", "又废止两件"), {Item("三", "三.2", "自然人"): 2})
    (anew,) = took(this, book(rewritten))
    assert anew.accepted
    assert [w.reason for w in waivers(this.register, 2025)] == ["又废止两件"]
    # The clerk has the last word, whatever still stands in the unit's workbook.
    waive(this, this.unit("0001"), "T2-1", "电话核实", "李华")
    took(this, book(filled(form, rewritten, {Item("三", "三.2", "自然人"): 3})))
    assert [(w.reason, w.who) for w in waivers(this.register, 2025)] == [("电话核实", "李华")]
    this.close()


def test_the_clerk_explains_and_next_year_knows(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    this = fresh(tmp_path)
    took(this, book(soft(office[1])))
    done = xlreport("waive", "2025", "0001", "T2-1", "--reason", "清理", "--who", "李华", at=tmp_path)
    assert (done.code, done.out) == (0, "已说明 1 个问题。\n")
    assert status(this).counts["waived"] == 1
    # A later version of the program may say the same figures in other words: the explanation still holds.
    this.register.db.execute("UPDATE finding SET zh = '另一种说法：' || zh")
    settle(this.register, 1)
    assert status(this).counts["waived"] == 1
    this.register.db.execute("UPDATE finding SET zh = replace(zh, '5', '6')")
    settle(this.register, 1)
    assert status(this).counts["waived"] == 0
    this.register.db.execute("UPDATE finding SET zh = replace(zh, '6', '5')")
    settle(this.register, 1)
    this.close()
    later = round_of(tmp_path / "2026", period=2026, previous="../2025")
    form = official("2021")
    blank = make(form, Issue("市发展和改革局", "0001", "市级部门", 2026))
    figures = report(form, "next")
    document = item(form, "二.一!行政规范性文件@本年制发件数"), item(form, "二.一!行政规范性文件@现行有效件数")
    (same,) = took(later, book(filled(form, blank, {**figures, document[0]: 5, document[1]: 4})))
    rows = later.register.db.execute(
        "SELECT rule, waiver IS NOT NULL FROM finding f JOIN submission s ON s.id = f.submission WHERE s.period = 2026"
    ).fetchall()
    assert ("T2-1", 1) in [tuple(row) for row in rows]  # the same figures, so the same reason
    (other,) = took(later, book(filled(form, blank, {**figures, document[0]: 9, document[1]: 2})))
    rows = later.register.db.execute(
        "SELECT rule, waiver IS NOT NULL FROM finding f JOIN submission s ON s.id = f.submission"
        " WHERE s.period = 2026 AND s.latest = 1"
    ).fetchall()
    assert ("T2-1", 0) in [tuple(row) for row in rows]
    assert same.accepted
    assert other.accepted
    later.close()


def test_last_years_report_that_comes_later_counts_all_the_same(tmp_path: Path) -> None:
    form = official("2021")
    this = round_of(tmp_path / "2025", roster(2))
    list(intake(this, arrivals(put(tmp_path / "in", answers(this)))))
    assert status(this).counts["clean"] == 2
    this.close()
    values = report(form, "last") | {Item("三", "四", one): 9 for one in ("自然人", "总计")}
    values |= {Item("三", "一", one): values[Item("三", "三.7", one)] + 9 for one in ("自然人",)}
    blank = make(form, Issue("市发展和改革局", "0001", "市级部门", 2024))
    put(tmp_path / "past", {"a": filled(form, blank, values)})
    done = xlreport("intake", "2025", "past", "--last-year", at=tmp_path)
    assert "重新核对了本年的 1 份报表" in done.out
    again = open_folder(tmp_path / "2025")
    standings = {one.unit.code: (one.state, one.version) for one in status(again).standings}
    assert standings == {"0001": ("warning", 1), "0002": ("clean", 1)}
    again.close()


def test_last_years_report_taken_in_by_hand_stays_when_last_years_round_goes_on(tmp_path: Path) -> None:
    last = round_of(tmp_path / "2024", roster(3), period=2024)
    books = answers(last)
    list(intake(last, arrivals(put(tmp_path / "a", {"1": books["0001"]}))))
    this = round_of(tmp_path / "2025", roster(3), previous="../2024")
    by_hand = put(tmp_path / "b", {code: books[code] for code in ("0002", "0003")})
    list(intake(this, arrivals(by_hand), last_year=True))
    assert reported(this.register, 2024) == {"0001", "0002", "0003"}
    changed = filled(last.form, books["0002"], {Item("二.五", "行政许可", "本年处理决定数量"): 12_345})
    list(intake(last, arrivals(put(tmp_path / "c", {"2": changed}))))
    last.close()
    list(intake(this, ()))
    assert reported(this.register, 2024) == {"0001", "0002", "0003"}
    found = past(this.register, "0002", 2024)
    submission = found.submission() if found else None
    assert submission is not None
    assert submission.value(Item("二.五", "行政许可", "本年处理决定数量")) == 12_345
    this.close()


def test_explanations_of_last_year_stay_with_their_findings(tmp_path: Path) -> None:
    form = official("2021")
    document = {
        item(form, "二.一!行政规范性文件@本年制发件数"): 5,
        item(form, "二.一!行政规范性文件@现行有效件数"): 4,
    }
    last = round_of(tmp_path / "2024", roster(3), period=2024)
    list(intake(last, arrivals(put(tmp_path / "a", {c: filled(form, d, document) for c, d in answers(last).items()}))))
    for code in ("0002", "0003"):
        waive(last, last.unit(code), "T2-1", f"{code}的原因", "李华")
    this = round_of(tmp_path / "2025", roster(3), previous="../2024")
    list(intake(this, arrivals(put(tmp_path / "b", {c: filled(form, d, document) for c, d in answers(this).items()}))))
    assert [(w.unit, w.reason) for w in waivers(this.register, 2025)] == [
        ("0002", "0002的原因"),
        ("0003", "0003的原因"),
    ]
    waive(last, last.unit("0001"), "T2-1", "0001的原因", "李华")
    waive(last, last.unit("0003"), "T2-1", "另一个原因", "李华")
    last.close()
    list(intake(this, ()))
    assert [(w.unit, w.reason) for w in waivers(this.register, 2025)] == [
        ("0001", "0001的原因"), ("0002", "0002的原因"), ("0003", "另一个原因"),
    ]  # fmt: skip
    rows = this.register.db.execute(
        "SELECT s.unit, w.unit FROM finding f JOIN submission s ON s.id = f.submission JOIN waiver w ON w.id = f.waiver"
    ).fetchall()
    assert rows
    assert all(row[0] == row[1] for row in rows)
    this.close()


# --- the command, and what it leaves behind ----------------------------------------------------------------


def test_the_command_tells_what_became_of_each(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    fresh(tmp_path).close()
    _, books = office
    put(tmp_path / "in", {"a": books["0001"], "b": books["0002"]})
    (tmp_path / "in" / "c.xlsx").write_bytes(b"rubbish")
    done = xlreport("intake", "2025", "in", "--jobs", "2", at=tmp_path)
    assert done.code == 1
    assert done.out.splitlines()[-1] == "共 3 个文件：接收 2 份，其中 0 份有错误；重复 0 份；留置 1 份。"
    again = xlreport("intake", "2025", "in", "--format", "json", "--lang", "en", at=tmp_path)
    files = json.loads(again.out)["files"]
    assert [f["outcome"] for f in files] == ["duplicate", "duplicate", "unreadable"]
    shown = json.loads(xlreport("status", "2025", "--format", "json", at=tmp_path).out)
    assert shown["version"] == 1
    assert shown["counts"] == {"missing": 10, "error": 0, "warning": 0, "waived": 0, "clean": 2}
    assert xlreport("intake", "2025", "nowhere", at=tmp_path).code == 2
    text = xlreport("status", "2025", "--today", "2026-01-10", at=tmp_path).out
    assert "○ 未报送 10" in text
    assert "不能接收的文件" in text
    assert "这不是 Excel 表格" in text


def test_the_log_has_no_names_addresses_or_figures(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    this = fresh(tmp_path)
    wrong = filled(official("2021"), office[1]["0001"], {Item("三", "一", "自然人"): "机密三件"})
    took(this, book(wrong, "机密.xlsx", "dept1@dept.test"), book(b"x", "私人.xlsx", "boss@dept.test"))
    log = (tmp_path / "2025" / "round.log").read_text(encoding="utf-8")
    assert log.count("\n") >= 2
    assert "@" not in log
    assert log.isascii()
    this.close()


# --- two at once, messages without an identity, what lies beside a workbook ------------------------------------


def saved(data: bytes, when: str) -> bytes:
    """The workbook as if it had been saved at that moment."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            text = old.read(entry)
            if entry.filename == "docProps/core.xml":
                text = text.replace(b"2000-01-01T00:00:00Z</dcterms:modified>", when.encode() + b"</dcterms:modified>")
            new.writestr(entry, text)
    return out.getvalue()


@pytest.mark.parametrize("packed", [False, True])
def test_two_different_reports_of_a_unit_at_once_are_told_and_both_kept(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]], packed: bool
) -> None:
    _, books = office
    other = filled(official("2021"), books["0001"], {Item("二.五", "行政许可", "本年处理决定数量"): 90_001})
    source = put(tmp_path / "in", {"a": books["0001"], "b": other})
    if packed:
        source = tmp_path / "in.zip"
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("a.xlsx", books["0001"])
            archive.writestr("b.xlsx", other)
    this = fresh(tmp_path)
    first, second = intake(this, arrivals(source))
    assert (first.outcome, second.outcome, second.kept) == ("accepted", "two-at-once", True)
    assert status(this).standings[0].version == 1
    done = xlreport("intake", "2025", str(source), "--lang", "zh", at=tmp_path)
    assert done.code == 1
    # Taken in once more, it is told again that nothing says which is newer.
    assert "两份不同报表，分不出先后" in done.out
    assert "H805" in done.out
    taken = accept_by_hand(this, second.number, this.unit("0001"))
    assert taken.version == 2
    this.close()


def test_of_two_at_once_the_one_saved_later_counts_and_that_is_said(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    _, books = office
    other = filled(official("2021"), books["0001"], {Item("二.五", "行政许可", "本年处理决定数量"): 90_001})
    early, late = saved(books["0001"], "2026-01-05T08:00:00Z"), saved(other, "2026-01-06T08:00:00Z")
    for names in (("a", "b"), ("b", "a")):
        folder = tmp_path / names[0]
        this = round_of(folder / "2025")
        source = put(folder / "in", dict(zip(names, (early, late), strict=True)))
        done = xlreport("intake", "2025", "in", "--lang", "zh", at=folder)
        assert done.code == 1
        value = this.register.db.execute(
            "SELECT e.value FROM entry e JOIN submission s ON s.id = e.submission JOIN item i ON i.id = e.item"
            " WHERE s.latest = 1 AND i.place = '二.五'"
        ).fetchone()[0]
        assert value == 90_001
        told = "以这一份为准" if names == ("a", "b") else "比已收的版本旧"
        assert told in done.out
        assert len(list((folder / "2025" / "received").iterdir())) == len(list(source.iterdir())) == 2
        this.close()


def test_a_message_without_identity_and_date_is_known_by_its_bytes(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    _, books = office
    other = filled(official("2021"), books["0001"], {Item("二.五", "行政许可", "本年处理决定数量"): 90_001})
    whole = email.message_from_bytes(letter(books["0001"], XLSX_HEAD, sender="dept1@dept.test"))
    second = email.message_from_bytes(letter(other, XLSX_HEAD.replace(b"x.xlsx", b"y.xlsx")))
    whole.attach(next(part for part in second.walk() if "y.xlsx" in str(part.get("Content-Type", ""))))
    for name in ("Message-ID", "Date"):
        del whole[name]
    raw = whole.as_bytes()
    this = fresh(tmp_path)
    one, two = took(this, *in_message(raw, "m.eml"))
    assert (one.outcome, two.outcome) == ("accepted", "two-in-one")
    again = took(this, *in_message(raw, "the same, saved once more.eml"))
    assert [(t.outcome, t.number) for t in again][1] == ("two-in-one", two.number)
    assert again[0].outcome == "duplicate"
    rows = this.register.db.execute("SELECT COUNT(*) FROM submission").fetchone()[0]
    assert rows == 1
    this.close()


def test_what_lies_beside_a_workbook_is_told_and_kept(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    _, books = office
    whole = email.message_from_bytes(letter(books["0001"], XLSX_HEAD, sender="dept1@dept.test"))
    for kind, name, data in (
        ("image/png", "扫描件.png", b"\x89PNG"),
        ("text/plain", "说明.txt", "补报".encode()),
        ("image/gif", "", b"GIF89a"),
    ):
        part = email.message.Message()
        part["Content-Type"] = kind
        if name:
            part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
        part["Content-Transfer-Encoding"] = "base64"
        part.set_payload(base64.b64encode(data).decode())
        whole.attach(part)
    (tmp_path / "m.eml").write_bytes(whole.as_bytes())
    this = fresh(tmp_path)
    got = list(intake(this, arrivals(tmp_path / "m.eml")))
    assert [(t.outcome, t.arrival.name, t.kept) for t in got] == [
        ("accepted", "x.xlsx", True), ("beside", "扫描件.png", True), ("beside", "说明.txt", True),
        ("beside", "attachment.gif", True),
    ]  # fmt: skip
    kept = {p.read_bytes() for p in (tmp_path / "2025" / "received").iterdir()}
    assert {b"\x89PNG", "补报".encode(), b"GIF89a"} < kept
    assert status(this).standings[0].aside == 0  # nobody needs to do anything about them
    done = xlreport("intake", "2025", "m.eml", "--lang", "zh", at=tmp_path)
    assert done.code == 0
    assert "○ 扫描件.png  市发展和改革局  随信附来的图片或文字，已留存（H806" in done.out
    this.close()


def test_a_winmail_is_told_as_what_it_is(tmp_path: Path) -> None:
    head = b'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Disposition: attachment'
    this = fresh(tmp_path)
    (got,) = took(this, *in_message(letter(b"\x78\x9f\x3e\x22rest", head, sender="dept1@dept.test"), "m.eml"))
    assert (got.outcome, got.kept, got.unit and got.unit.code) == ("tnef", True, "0001")
    this.close()


def test_what_a_person_accepted_is_not_kept_aside_again(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    this = fresh(tmp_path)
    stranger = book(office[1]["0003"], sender="who@else.test", sent_at="2026-01-10T08:00:00Z")
    (kept,) = took(this, stranger)
    assert kept.outcome == "stranger"
    accept_by_hand(this, kept.number, this.unit("0003"))
    again = Arrival(stranger.name, stranger.data, "again.eml", stranger.sender, "", "", "", stranger.sent_at)
    (done,) = took(this, again)
    assert (done.outcome, done.detail, done.unit) == ("duplicate", "1", this.unit("0003"))
    this.close()


def test_a_unit_renamed_on_the_roster_may_put_its_new_name_on_the_old_workbook(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    this = fresh(tmp_path)
    new = "市教育和体育局"
    renamed = filled(this.form, office[1]["0002"], {}, unit=new)
    this.close()
    path = tmp_path / "2025" / "roster.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("市教育局", new), encoding="utf-8")
    this = open_folder(tmp_path / "2025")
    (done,) = took(this, book(renamed))
    assert (done.outcome, done.unit, done.state) == ("accepted", this.unit("0002"), "clean")
    # A wrong name is still wrong, and the copy that goes back tells of the error that is one.
    spoilt = {**report(this.form, "0002"), Item("三", "三.1", "总计"): 9_999}
    (again,) = took(this, book(filled(this.form, renamed, spoilt, unit=new)))
    assert again.state == "error"
    planned, _ = plan(this, "reply", "zh")
    assert "B401" not in planned[0].body
    copy = read_book(Container(Path("x.xlsx"), (this.folder / planned[0].file).read_bytes()))
    codes = {cell.text for sheet in copy.sheets if sheet.name == "检查结果" for cell in sheet.cells.values()}
    assert any(code.startswith("B401") for code in codes)
    assert not any(code.startswith("S204") for code in codes)
    this.close()


def test_what_waits_for_a_decision_is_told_before_it_matters(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    this = fresh(tmp_path, roster(3))
    took(this, book(office[1]["0001"]), book(office[1]["0002"]))
    newer = filled(this.form, office[1]["0001"], {Item("二.五", "行政许可", "本年处理决定数量"): 777})
    kept = took(this, book(newer, sender="who@else.test"), book(office[1]["0003"], "b.xlsx", sender="who@else.test"))
    assert {one.outcome for one in kept} == {"stranger"}
    numbers = [one.number for one in kept]
    this.close()
    shown = xlreport("remind", "2025", at=tmp_path).out
    assert "1 个单位有留置的文件，可能就是它的报表" in shown
    assert "：0003 市科学技术局" in shown
    for lang, words in (
        ("zh", "还有 2 个留置的文件可能是这些单位的报表（编号 3、4）"),
        ("en", "not in it: 2 files (no. 3"),
    ):
        done = xlreport("rollup", "2025", "-o", "t.xlsx", "--allow-missing", "--force", "--lang", lang, at=tmp_path)
        assert words in done.out
    document = json.loads(
        xlreport("rollup", "2025", "-o", "t.xlsx", "--allow-missing", "--force", "--format", "json", at=tmp_path).out
    )
    assert document["undecided"] == [
        {"number": numbers[0], "unit_code": "0001"}, {"number": numbers[1], "unit_code": "0003"},
    ]  # fmt: skip
    notes = read_book(Container(Path("t.xlsx"), (tmp_path / "t.xlsx").read_bytes()))
    assert any("2 个留置的文件" in c.text for s in notes.sheets if s.name == "汇总说明" for c in s.cells.values())
    # One is nothing, the other is what it seems to be.
    assert xlreport("intake", "2025", "--dismiss", "99", "--dismiss", str(numbers[0]), at=tmp_path).code == 2
    assert "不需要：1 个文件" in xlreport("intake", "2025", "--dismiss", str(numbers[0]), at=tmp_path).out
    done = xlreport("intake", "2025", "--accept", str(numbers[1]), at=tmp_path)
    assert "市科学技术局  第 1 版" in done.out
    assert "留置" not in xlreport("status", "2025", at=tmp_path).out
    assert "留置" not in xlreport("rollup", "2025", "-o", "t.xlsx", "--force", at=tmp_path).out
    # Looked at again it is still nothing; and the clerk may think better of it.
    this = open_folder(tmp_path / "2025")
    (again,) = took(this, book(newer, sender="who@else.test"))
    assert (again.outcome, again.number) == ("dismissed", numbers[0])
    assert accept_by_hand(this, numbers[0], this.unit("0001")).version == 2
    this.close()


def test_a_file_is_accepted_only_where_it_counts(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    text = roster(2).replace("联系人,电话", "联系人,电话,是否填报").replace("0512-0001", "0512-0001,否")
    this = fresh(tmp_path, text)
    (kept,) = took(this, book(office[1]["0002"]))
    assert kept.outcome == "not-reporting"
    (nobodys,) = took(this, book(office[1]["0009"]))
    assert nobodys.outcome == "unknown-unit"
    this.close()
    done = xlreport("intake", "2025", "--accept", str(kept.number), at=tmp_path)
    assert (done.code, "接收了也不会计入汇总" in done.err) == (2, True)
    done = xlreport("intake", "2025", "--accept", str(nobodys.number), at=tmp_path)
    assert (done.code, "请加 --unit 单位" in done.err) == (2, True)


def test_an_explanation_can_be_taken_back(tmp_path: Path, office: tuple[Path, dict[str, bytes]]) -> None:
    this = fresh(tmp_path)
    took(this, book(soft(office[1])))
    this.close()
    waived = xlreport("waive", "2025", "0001", "T2-1", "--reason", "张冠李戴", "--who", "李", at=tmp_path)
    assert "已说明 1 个问题" in waived.out
    assert xlreport("waive", "2025", "0001", "T2-1", at=tmp_path).code == 2  # without a reason nothing is explained
    assert "已撤回 1 个问题的说明" in xlreport("waive", "2025", "0001", "T2-1", "--withdraw", at=tmp_path).out
    this = open_folder(tmp_path / "2025")
    assert [one.state for one in status(this).standings if one.version] == ["warning"]
    assert not waivers(this.register, 2025)
    this.close()
    again = xlreport("waive", "2025", "0001", "T2-1", "--withdraw", "--lang", "en", at=tmp_path)
    assert (again.code, "Nothing of T2-1 is explained" in again.err) == (2, True)


def test_what_the_clerk_withdrew_stays_so_until_the_unit_says_something_else(
    tmp_path: Path, office: tuple[Path, dict[str, bytes]]
) -> None:
    this = fresh(tmp_path)
    data = soft(office[1])
    (first,) = took(this, book(explained(data, "当年制发当年废止")))
    assert first.state == "waived"
    assert withdraw(this, this.unit("0001"), "T2-1") == 1
    check_again(this, {"0001"})
    assert status(this).standings[0].state == "warning"
    other = filled(this.form, data, {Item("二.五", "行政许可", "本年处理决定数量"): 12_345})
    (same_words,) = took(this, book(explained(other, "当年制发当年废止")))
    assert (same_words.outcome, same_words.state) == ("accepted", "warning")
    third = filled(this.form, data, {Item("二.五", "行政许可", "本年处理决定数量"): 12_346})
    (new_words,) = took(this, book(explained(third, "其中一件年内废止，一件转为规章")))
    assert (new_words.outcome, new_words.state) == ("accepted", "waived")
    assert withdraw(this, this.unit("0001"), "T2-1") == 1
    assert waive(this, this.unit("0001"), "T2-1", "已电话核实", "李") == 1
    assert [(one.reason, one.source) for one in waivers(this.register, 2025)] == [("已电话核实", "clerk")]
    this.close()
