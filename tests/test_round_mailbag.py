"""Messages and mailbox files as programs really write them: every workbook is found, nothing else is one."""

from __future__ import annotations

import base64
import binascii
import io
import os
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from commands import xlreport
from letters_in import XLSX, bounce, forwarded, letter, winmail
from offices import answers, roster, round_of

from xlreport.round import tnef
from xlreport.round.intake import Taken, intake
from xlreport.round.mailbag import arrivals, in_message
from xlreport.round.message import Outgoing, message_bytes
from xlreport.round.outbox import decide, queue
from xlreport.round.plan import plan
from xlreport.round.status import status
from xlreport.wording.rounds import OUTCOMES

BOOK = b"PK\x03\x04" + bytes(range(256)) * 40
PACKED = base64.encodebytes(BOOK).replace(b"\n", b"\r\n")
HEAD = f'Content-Type: {XLSX}\r\nContent-Disposition: attachment; filename="a.xlsx"'.encode()
FROM = (
    b"From: dept1@dept.test\r\nTo: office@city.test\r\nDate: Mon, 05 Jan 2026 09:00:00 +0800\r\nMIME-Version: 1.0\r\n"
)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    this = round_of(tmp_path_factory.mktemp("office") / "2025")
    found = answers(this)
    this.close()
    return found


def whole(*parts: bytes, boundary: bytes = b"B", said: bytes | None = None, head: bytes = FROM) -> bytes:
    between = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    said = b'; boundary="' + boundary + b'"' if said is None else said
    return head + b"Content-Type: multipart/mixed" + said + b"\r\n\r\n" + between + b"--" + boundary + b"--\r\n"


def part(coding: bytes, body: bytes = PACKED, head: bytes = HEAD) -> bytes:
    return head + b"\r\n" + coding + b"\r\n" + body


TEXT = b"Content-Type: text/plain\r\n\r\nhello\r\n"
B64 = b"Content-Transfer-Encoding: base64\r\n"
LETTER = whole(TEXT, part(B64))


def file_part(data: bytes, name: str, kind: str = "application/octet-stream") -> bytes:
    head = f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"'.encode()
    return part(B64, base64.encodebytes(data), head)


def nested(times: int, *, as_file: bool) -> bytes:
    found = LETTER
    for n in range(times):
        found = forwarded(found, "dept1@dept.test", as_file=as_file)
        found = found if as_file else found.replace(b"b0", b"n%d" % n)
    return found


PACKED_FORWARD = b"Content-Type: message/rfc822\r\n" + B64 + b"\r\n" + base64.encodebytes(LETTER)


@pytest.mark.parametrize(
    "raw",
    [
        whole(TEXT, part(b"Content-Transfer-Encoding:  BASE64 \r\n")),
        whole(TEXT, part(b"Content-Transfer-Encoding: base64; charset=gbk\r\n")),
        whole(TEXT, part(b"Content-Transfer-Encoding: (packed) base64\r\n")),
        whole(TEXT, part(b"")),
        whole(TEXT, part(b"Content-Transfer-Encoding: 8bit\r\n")),
        whole(TEXT, part(b"Content-Transfer-Encoding: 8bit\r\n", BOOK)),
        whole(TEXT, part(b"Content-Transfer-Encoding: quoted-printable\r\n", binascii.b2a_qp(BOOK, istext=False))),
        whole(TEXT, part(B64), said=b""),
        whole(TEXT, part(B64), said=b'; boundary="other"'),
        b"\r\n" + LETTER,
        b"\xef\xbb\xbf" + LETTER,
        LETTER.replace(b"\r\n", b"\n"),
        whole(TEXT, PACKED_FORWARD),
        whole(TEXT, PACKED_FORWARD.replace(b"\r\n", b'; name="fw"\r\nContent-Disposition: attachment\r\n', 1)),
        whole(TEXT, file_part(LETTER, "转发的邮件")),
        nested(6, as_file=False),
        nested(6, as_file=True),
        whole(TEXT, file_part(winmail(("报表.xlsx", BOOK)), "winmail.dat", "application/ms-tnef")),
        whole(TEXT, file_part(winmail(("报表.xlsx", BOOK)), "ATT00001.dat")),
        whole(TEXT, file_part(winmail(("", winmail(("报表.xlsx", BOOK)))), "winmail.dat")),
    ],
)
def test_a_workbook_is_found_however_it_was_packed(raw: bytes) -> None:
    (found,) = in_message(raw, "m.eml")
    assert (found.data, found.trouble, found.sender) == (BOOK, "", "dept1@dept.test")


def test_a_damaged_winmail_raises_nothing() -> None:
    good = winmail(("报表.xlsx", BOOK), ("b.pdf", b"%PDF-1"))
    assert tnef.files(good) == [("报表.xlsx", BOOK), ("b.pdf", b"%PDF-1")]
    for at in range(0, len(good), 37):
        tnef.files(good[:at])
        tnef.files(good[:at] + b"\xff\xff\xff\xff" + good[at + 4 :])


@pytest.mark.parametrize(
    ("sender", "read"),
    [
        ("甲局, 办公室 <dept1@dept.test>".encode(), "dept1@dept.test"),
        ("市发改局（办公室），某处<dept1@dept.test>".encode("gbk"), "dept1@dept.test"),
        (b"other@x.test <dept1@dept.test>", "dept1@dept.test"),
        (b'"other <other@x.test>" <Dept1@Dept.Test>', "dept1@dept.test"),
        (b"<other@x.test> <dept1@dept.test>", "-"),
        (b"dept1@dept.test (office)", "dept1@dept.test"),
    ],
)
def test_the_address_is_what_stands_in_brackets(sender: bytes, read: str) -> None:
    (found,) = in_message(LETTER.replace(b"dept1@dept.test", sender, 1), "m.eml")
    assert found.sender == read


def test_what_is_sent_with_a_workbook_is_beside_it(books: dict[str, bytes], tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "x")
    more = [
        file_part(b"%PDF-1.7 ...", "盖章扫描件.pdf", "application/pdf"),
        file_part(packed.getvalue(), "说明.docx"),
        file_part(b"\0\0\0\x18ftypmp42....", "a.mp4", "video/mp4"),
        file_part(b"\x00\x05\x16\x07" + bytes(80), "a.xlsx", "application/applefile"),
        file_part(b"whatever it is", "b.mp4", "video/mp4"),
    ]
    found = list(in_message(whole(TEXT, *more, part(B64, base64.encodebytes(books["0001"]))), "m.eml"))
    assert [(one.trouble, one.data == books["0001"]) for one in found] == [("", True)] + [("beside", False)] * 5
    alone = [one.trouble for one in in_message(whole(TEXT, more[0]), "m.eml")]
    assert alone == [""]  # with no workbook it is what was sent, and told as no table
    this = round_of(tmp_path / "2025")
    assert [one.outcome for one in intake(this, found)] == ["accepted"] + ["beside"] * 5
    this.close()


def test_an_archive_in_a_message_lends_nobody_a_sender() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("m.eml", LETTER)
    (found,) = in_message(whole(file_part(packed.getvalue(), "a.zip"), head=FROM.replace(b"dept1", b"evil")), "m.eml")
    assert (found.data, found.sender) == (BOOK, "evil@dept.test")


# --- mailbox files, and names on the disk -------------------------------------------------------------------

MARK = b"From - Mon Jan  5 09:00:00 2026\n"


def lf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("name", "data", "count"),
    [
        ("a.mbox", MARK + lf(LETTER.replace(b"hello", b"hello\r\n\r\nFrom here on we report\r\n")) + b"\n", 1),
        ("Inbox", (MARK + lf(LETTER) + b"\n") * 3, 3),
        ("crlf.mbox", (MARK.replace(b"\n", b"\r\n") + LETTER + b"\r\n") * 2, 2),
        ("1767600000.M1P2.host,S=9:2,S", LETTER, 1),
        ("mail.txt", LETTER, 1),
        ("A.EML", LETTER, 1),
        ("7.emlx", b"%d\n" % len(lf(LETTER)) + lf(LETTER) + b'<?xml version="1.0"?><plist/>', 1),
    ],
)
def test_mailboxes_of_all_programs(tmp_path: Path, name: str, data: bytes, count: int) -> None:
    (tmp_path / name).write_bytes(data)
    found = list(arrivals(tmp_path))
    assert [(one.data, one.trouble, one.sender) for one in found] == [(BOOK, "", "dept1@dept.test")] * count


@pytest.mark.parametrize("data", [b"", b"rubbish\n", b"Subject: no mail\n\nx"])
def test_a_mailbox_file_that_is_none_is_not_dropped(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mbox").write_bytes(data)
    this = round_of(tmp_path / "2025")
    assert [one.outcome for one in intake(this, arrivals(tmp_path / "a.mbox"))] == ["unreadable"]
    this.close()


def test_names_in_another_encoding_than_the_systems_stop_nothing(tmp_path: Path, books: dict[str, bytes]) -> None:
    round_of(tmp_path / "2025").close()
    folder = os.fsencode(tmp_path) + b"/" + "报送".encode("gbk")
    try:
        os.mkdir(folder)  # noqa: PTH102
    except OSError:
        pytest.skip("this disk takes no such name")
    for n, name in enumerate(("甲.xlsx", "乙.eml", "丙.zip"), 1):
        data = books[f"{n:04d}"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("x.xlsx", data)
        content = {"甲.xlsx": data, "乙.eml": letter(data, HEAD, sender="dept2@dept.test"), "丙.zip": packed.getvalue()}
        Path(os.fsdecode(folder + b"/" + name.encode("gbk"))).write_bytes(content[name])
    done = xlreport("intake", "2025", os.fsdecode(folder), at=tmp_path)
    assert (done.code, done.out.count("√ 无问题")) == (0, 3)
    assert "(甲.xlsx)" in done.out


@pytest.mark.parametrize("word", ["utf-16?B?2AA=", "unicode_escape?Q?=5cud800", "utf-7?Q?+2AA-", "idna?Q?xn--=80"])
def test_no_encoding_of_a_subject_or_a_name_stops_a_run(tmp_path: Path, books: dict[str, bytes], word: str) -> None:
    said = f"=?{word}?=".encode()
    head = HEAD.replace(b"a.xlsx", said + b".xlsx")
    raw = letter(books["0001"], head, sender="dept1@dept.test", subject=said).replace(b"<1@", b"<\xff@")
    this = round_of(tmp_path / "2025")
    assert [one.outcome for one in intake(this, in_message(raw, "m.eml"))] == ["accepted"]
    this.close()


@pytest.mark.parametrize(
    ("name", "data", "outcome"),
    [
        ("报表.rar", b"Rar!\x1a\x07\x01\x00" + bytes(90), "packed"),
        ("报表.7z", b"7z\xbc\xaf\x27\x1c" + bytes(90), "packed"),
        ("报表.xlsx", b"Rar!\x1a\x07\x01\x00" + bytes(90), "packed"),
        ("信.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__nameid_version1.0".encode("utf-16-le"), "outlook-msg"),
    ],
)
@pytest.mark.parametrize("mailed", [True, False])
def test_what_is_not_opened_here_is_told_as_what_it_is(
    tmp_path: Path, name: str, data: bytes, outcome: str, mailed: bool
) -> None:
    round_of(tmp_path / "2025").close()
    (tmp_path / "in").mkdir()
    if mailed:
        (tmp_path / "in" / "m.eml").write_bytes(whole(TEXT, file_part(data, name)))
    else:
        (tmp_path / "in" / name).write_bytes(data)
    done = xlreport("intake", "2025", "in", at=tmp_path)
    assert done.code == 1
    assert OUTCOMES[outcome][0] in done.out
    assert next((tmp_path / "2025" / "received").iterdir()).read_bytes() == data


# --- bounces and notices ------------------------------------------------------------------------------------


def outgoing(this, one) -> bytes:
    content = (this.folder / one.file).read_bytes()
    about = (one.subject, one.body, one.file_name, content, "2026-01-05T01:00:00Z")
    return message_bytes(Outgoing(one.message_id, "office@city.test", "", one.to, one.cc, *about))


@pytest.mark.parametrize("way", ["inside", "thread"])
def test_a_bounce_is_no_report_and_says_who_got_nothing(tmp_path: Path, way: str) -> None:
    this = round_of(tmp_path / "2025")
    planned, _ = plan(this, "issue", "zh")
    queue(this, planned)
    decide(this, sent=True)
    with this.register.transaction() as db:
        db.execute("UPDATE message SET state = 'sent'")
    ours = outgoing(this, planned[1])
    answers_ = planned[1].message_id if way == "thread" else ""
    raw = bounce(ours if way == "inside" else lf(LETTER), "dept2@dept.test", answers=answers_)
    (taken,) = intake(this, in_message(raw, "m.eml"))
    assert (taken.outcome, taken.unit.code if taken.unit else "", taken.kept) == ("bounced", "0002", True)
    assert status(this).counts["missing"] == 12
    assert [s.failed for s in status(this).standings][:3] == [0, 1, 0]
    assert [p.reason for p in plan(this, "issue", "zh")[1]].count("message-failed") == 1
    this.close()


def test_a_bounce_of_some_addresses_or_for_now_leaves_a_message_sent(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", "单位代码,单位名称,邮箱\n1,甲局,a@dept.test;b@dept.test\n")
    planned, _ = plan(this, "issue", "zh")
    queue(this, planned)
    with this.register.transaction() as db:
        db.execute("UPDATE message SET state = 'sent'")
    ours = outgoing(this, planned[0])
    later = list(intake(this, in_message(bounce(ours, "a@dept.test", action="delayed"), "1.eml")))
    some = list(intake(this, in_message(bounce(ours, "b@dept.test"), "2.eml")))
    assert [one.outcome for one in (*later, *some)] == ["notice", "bounced"]
    row = this.register.db.execute("SELECT state, told FROM message").fetchone()
    assert tuple(row) == ("sent", "refused=1")
    this.close()


def test_a_bounce_in_a_providers_own_words_is_known_by_who_is_named(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025")
    text = base64.encodebytes("您发送给 dept3@dept.test 的邮件未能送达。".encode("gb18030"))
    head = b"From: PostMaster@qq.com\r\nTo: office@city.test\r\nMIME-Version: 1.0\r\n"
    raw = head + b"Content-Type: text/plain; charset=gb18030\r\nContent-Transfer-Encoding: base64\r\n\r\n" + text
    (taken,) = intake(this, in_message(raw, "m.eml"))
    assert (taken.outcome, taken.detail) == ("bounced", "dept3@dept.test")
    assert taken.unit == this.unit("0003")
    this.close()


RECEIPT = FROM + (
    b'Content-Type: multipart/report; report-type=disposition-notification; boundary="R"\r\n\r\n--R\r\n\r\nread\r\n'
    b"--R\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: x; displayed\r\n\r\n--R--\r\n"
)


@pytest.mark.parametrize(
    "raw",
    [RECEIPT, FROM + b"Auto-Submitted: auto-replied (vacation)\r\n\r\naway", FROM + b"X-Autoreply: yes\r\n\r\naway"],
)
def test_a_notice_needs_nobody(tmp_path: Path, raw: bytes) -> None:
    round_of(tmp_path / "2025").close()
    (tmp_path / "m.eml").write_bytes(raw)
    done = xlreport("intake", "2025", "m.eml", at=tmp_path)
    assert (done.code, "自动回复" in done.out) == (0, True)
    assert "不能接收" not in xlreport("status", "2025", at=tmp_path).out
    assert len(list((tmp_path / "2025" / "received").iterdir())) == 1


def test_a_bounce_that_somebody_forwards_with_a_report_hides_nothing(books: dict[str, bytes]) -> None:
    inside = b"Content-Type: message/rfc822\r\n\r\n" + bounce(lf(LETTER), "x@dept.test")
    found = list(in_message(whole(TEXT, part(B64, base64.encodebytes(books["0001"])), inside), "m.eml"))
    assert books["0001"] in [one.data for one in found]


@pytest.mark.parametrize("turn", ["blank first", "blank last", "blank later"])
def test_our_own_form_untouched_takes_no_reports_place(tmp_path: Path, turn: str) -> None:
    """A letter is answered with everything that was attached to ours; some answer a reminder that way."""
    this = round_of(tmp_path / "2025", roster(1))
    book = answers(this)["0001"]
    blank = next((this.folder / "issued").glob("0001-*")).read_bytes()

    def mail(*books: bytes, ident: str) -> list[Taken]:
        return list(intake(this, in_message(_with(*books, ident=ident), f"{ident}.eml")))

    if turn == "blank later":
        mail(book, ident="<1@d>")
        (again,) = mail(blank, ident="<2@d>")
        assert again.outcome == "older"
    else:
        mail(*((blank, book) if turn == "blank first" else (book, blank)), ident="<1@d>")
    (one,) = status(this).standings
    assert (one.state, one.aside) == ("clean", 0)
    this.close()


def test_one_letter_brings_the_reports_of_both_years(tmp_path: Path) -> None:
    books = []
    for year in (2024, 2025):
        this = round_of(tmp_path / str(year), roster(1), period=year)
        books.append(answers(this)["0001"])
    raw = _with(*books, ident="<both@d>")
    taken = [[one.outcome for one in intake(this, in_message(raw, "m.eml"), last_year=last)] for last in (False, True)]
    assert taken == [["other-period", "accepted"], ["accepted", "other-period"]]
    this.close()


def _with(*books: bytes, ident: str) -> bytes:
    message = EmailMessage()
    message["From"], message["Message-ID"] = "dept1@dept.test", ident
    message.set_content("见附件")
    for n, data in enumerate(books):
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=f"{n}.xlsx")
    return message.as_bytes()
