"""A whole round through real servers: Postfix and Dovecot, twelve offices, odd mail, wrong reports, a city total."""

from __future__ import annotations

import email
import email.policy
import imaplib
import io
import json
import smtplib
import ssl
import time
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest
from commands import Ran, xlreport
from letters_in import forwarded, letter, shapes
from libreoffice import convert, type_into
from mailservers import OFFICE, PASSWORD, Servers, servers
from offices import NAMES, filled, report, roster
from submissions import official

from xlreport.form.layout import layout
from xlreport.form.table import Item
from xlreport.round.imap import modified_utf7
from xlreport.rules.nodes import Number

pytestmark = [pytest.mark.mail, pytest.mark.libreoffice]
DEPARTMENTS = {f"dept{n}@dept.test": f"word{n}" for n in range(1, 13)}
FIRST, WRONG, LATE = range(1, 9), (2, 5, 7), (9, 10, 11)  # 12 never answers


@pytest.fixture(scope="module")
def mail() -> Iterator[Servers]:
    with servers({OFFICE: PASSWORD, **DEPARTMENTS}) as running:
        yield running


class Department:
    """One office with its mailbox."""

    def __init__(self, mail: Servers, number: int) -> None:
        self.mail, self.number = mail, number
        self.address = f"dept{number}@dept.test"
        self.context = ssl.create_default_context(cafile=str(mail.certificate))
        self.figures = report(official("2021"), f"e2e {number}")

    def inbox(self, count: int) -> list[EmailMessage]:
        """Its messages, once there are so many."""
        until = time.monotonic() + 60
        while True:
            with imaplib.IMAP4_SSL("localhost", self.mail.imaps, ssl_context=self.context) as box:
                box.login(self.address, DEPARTMENTS[self.address])
                box.select()
                numbers = box.search(None, "ALL")[1][0].split()
                if len(numbers) >= count or time.monotonic() > until:
                    raw = [box.fetch(n.decode(), "(BODY.PEEK[])")[1][0][1] for n in numbers]  # type: ignore[index]
                    found = [email.message_from_bytes(one, policy=email.policy.default) for one in raw]
                    assert len(found) == count
                    return found  # type: ignore[return-value]
            time.sleep(0.3)

    def post(self, raw: bytes) -> None:
        with smtplib.SMTP_SSL("localhost", self.mail.smtps, context=self.context) as server:
            server.login(self.address, DEPARTMENTS[self.address])
            server.sendmail(self.address, [OFFICE], raw)


def attachment(message: EmailMessage) -> bytes:
    (part,) = message.iter_attachments()
    return bytes(part.get_content())


@pytest.fixture(scope="module")
def departments(mail: Servers) -> dict[int, Department]:
    return {n: Department(mail, n) for n in range(1, 13)}


def spoiled(figures: Mapping[Item, Number]) -> dict[Item, Number]:
    """The same with a total that is no sum."""
    wrong = Item("三", "三.1", "总计")
    return {**figures, wrong: figures[wrong] + 7}


def odd(n: int, one: Department, book: bytes, folder: Path) -> bytes:
    """The answer of a department in the way that its mail program has."""
    name = f"我单位的报表（定稿{n}）.xlsx"
    heads = shapes(name)
    about = {"sender": one.address, "ident": f"<answer-{n}@dept.test>"}
    if n == 1:
        return letter(book, heads["raw GBK"], subject="报表".encode("gbk"), **about)
    if n == 2:
        return letter(book, heads["RFC 2231 continued"], **about)
    if n == 3:
        return letter(book, heads["a character cut in two words"], **about)
    if n == 4:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("报送/表.xlsx", book)
        return letter(packed.getvalue(), heads["RFC 2231 in GBK"].replace(b"xlsx", b"zip"), **about)
    if n == 5:
        (folder / "old.xlsx").write_bytes(book)
        old = convert(folder / "old.xlsx", "xls", folder / "xls").read_bytes()
        return letter(
            old, b'Content-Type: application/vnd.ms-excel\r\nContent-Disposition: attachment; filename="5.xls"', **about
        )
    if n == 6:
        return forwarded(letter(book, heads["both"], **about), one.address, as_file=False)
    if n == 7:
        return forwarded(letter(book, heads["raw UTF-8"], **about), one.address, as_file=True)
    return letter(book, heads["only as the type's name"], subject=b"", **about)


def run(tmp: Path, *arguments: str, code: int = 0) -> Ran:
    done = xlreport(*arguments, at=tmp, env={"XLREPORT_MAIL_PASSWORD": PASSWORD})
    assert done.code == code, done.out + done.err
    return done


def test_a_round_from_roster_to_city_total(mail: Servers, departments: dict[int, Department], tmp_path: Path) -> None:
    form = official("2021")
    (tmp_path / "roster.csv").write_text(roster(12), encoding="gb18030")
    run(
        tmp_path, "round", "new", "r", "--form", "zfxxgk-annual", "--period", "2025", "--roster", "roster.csv",
        "--office", "示例市人民政府办公室", "--total", "示例市", "--level", "设区的市",
    )  # fmt: skip
    _settings(tmp_path / "r", mail)
    assert "生成 12 份" in run(tmp_path, "issue", "r").out
    assert "发出 12 封" in run(tmp_path, "send", "r", "--send", "--yes").out
    assert "发出 0 封" in run(tmp_path, "send", "r", "--send", "--yes").out

    # Each department finds its own workbook, under a name that can be read, and fills it in.
    blank = {}
    for n, one in departments.items():
        (message,) = one.inbox(1)
        (part,) = message.iter_attachments()
        assert part.get_filename() == f"{NAMES[n - 1]}-2025-政府信息公开工作年度报告.xlsx"
        assert message["From"].endswith(f"<{OFFICE}>")
        blank[n] = attachment(message)
    books = {n: filled(form, blank[n], departments[n].figures) for n in (*FIRST, *LATE)}
    books |= {n: filled(form, blank[n], spoiled(departments[n].figures)) for n in WRONG}
    books[3] = _typed(form, blank[3], departments[3].figures, tmp_path / "lo")
    for n in FIRST:
        departments[n].post(odd(n, departments[n], books[n], tmp_path))
    _arrived(mail, 8)

    taken = json.loads(run(tmp_path, "intake", "r", "--imap", "--jobs", "2", "--format", "json", code=1).out)["files"]
    assert sorted((f["unit_code"], f["outcome"], f["state"]) for f in taken) == [
        (f"{n:04d}", "accepted", "error" if n in WRONG else "clean") for n in FIRST
    ]
    assert json.loads(run(tmp_path, "intake", "r", "--imap", "--format", "json").out)["files"] == []

    # The wrong ones go back with marks, under the departments' own messages, and are corrected there.
    assert "发出 3 封" in run(tmp_path, "reply", "r", "--send", "--yes").out
    for n in WRONG:
        returned = departments[n].inbox(2)[-1]
        assert returned["In-Reply-To"] in {f"<answer-{n}@dept.test>", "<fw@x>"}
        copy = attachment(returned)
        sheets = openpyxl.load_workbook(io.BytesIO(copy)).sheetnames
        assert sheets[0] == "检查结果"
        assert "T3-ROW" in returned.get_body().get_content() or "J8" in returned.get_body().get_content()  # type: ignore[union-attr]
        departments[n].post(
            letter(filled(form, copy, departments[n].figures), shapes("改好了.xlsx")["encoded word, GBK"],
                   sender=departments[n].address, ident=f"<again-{n}@dept.test>",
                   more=f"In-Reply-To: {returned['Message-ID']}\r\n".encode())
        )  # fmt: skip
    _arrived(mail, 11)
    taken = json.loads(run(tmp_path, "intake", "r", "--imap", "--format", "json").out)["files"]
    assert sorted((f["unit_code"], f["state"], f["version"]) for f in taken) == [
        (f"{n:04d}", "clean", 2) for n in WRONG
    ]

    # Reminders go to the rest; one still does not answer and is stated, not taken as zero.
    assert "发出 4 封" in run(tmp_path, "remind", "r", "--send", "--yes").out
    for n in LATE:
        assert "催报" in departments[n].inbox(2)[-1]["Subject"]
        departments[n].post(
            letter(books[n], shapes("补报.xlsx")["both"], sender=departments[n].address, ident=f"<l{n}@d>")
        )
    _arrived(mail, 14)
    run(tmp_path, "intake", "r", "--imap")
    assert "未报送 市交通运输局" in run(tmp_path, "rollup", "r", "-o", "total.xlsx", code=2).err
    done = run(tmp_path, "rollup", "r", "-o", "total.xlsx", "--allow-missing", "--format", "json")
    document = json.loads(done.out)
    assert document["left_out"] == [{"unit_code": "0012", "unit": "市交通运输局", "reason": "missing", "code": "R702"}]
    for item in form.items:
        independent = sum((departments[n].figures[item] for n in (*FIRST, *LATE)), Decimal(0))
        assert Decimal(document["values"][str(item)]) == independent, item
    checked = json.loads(run(tmp_path, "check", "total.xlsx", "--format", "json").out)
    assert checked["files"][0]["findings"] == []
    log = (tmp_path / "r" / "round.log").read_text(encoding="utf-8")
    assert "@" not in log
    assert PASSWORD not in log
    assert PASSWORD.encode() not in (tmp_path / "r" / "register.sqlite").read_bytes()


def _settings(folder: Path, mail: Servers) -> None:
    path = folder / "xlreport.toml"
    text = path.read_text(encoding="utf-8").partition("[mail]")[0]
    path.write_text(
        f'{text}[mail]\naddress = "{OFFICE}"\nhost = "localhost"\nport = {mail.smtp}\nsecurity = "starttls"\n'
        f'imap = "localhost"\nimap_port = {mail.imaps}\nca_file = "{mail.certificate}"\nper_minute = 100000\n'
        "retry_seconds = 0.2\n",
        encoding="utf-8",
    )


def _arrived(mail: Servers, count: int) -> None:
    """Wait until the office's mailbox holds so many messages."""
    context = ssl.create_default_context(cafile=str(mail.certificate))
    until = time.monotonic() + 60
    with imaplib.IMAP4_SSL("localhost", mail.imaps, ssl_context=context) as box:
        box.login(OFFICE, PASSWORD)
        while int(box.select(readonly=True)[1][0] or 0) < count:
            assert time.monotonic() < until
            time.sleep(0.2)


def _typed(form: object, blank: bytes, figures: Mapping[Item, Number], folder: Path) -> bytes:
    """The workbook typed in a real LibreOffice and saved there."""
    folder.mkdir()
    source, target = folder / "in.xlsx", folder / "out.xlsx"
    source.write_bytes(blank)
    plan = layout(official("2021"))
    steps = [
        ["enter", *plan.cells[item], float(value)]
        for item, value in figures.items()
        if not official("2021").computed(item)
    ]
    steps += [["enter", *cell, "无"] for cell in plan.sections.values()]
    type_into(folder, [{"source": str(source), "target": str(target), "steps": steps}])
    return target.read_bytes()


def test_a_wrong_password_and_a_stranger_certificate_end_the_command(mail: Servers, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(roster(1), encoding="utf-8")
    run(tmp_path, "round", "new", "r", "--form", "zfxxgk-annual", "--period", "2025", "--roster", "roster.csv")
    _settings(tmp_path / "r", mail)
    bad = xlreport("send", "r", "--send", "--yes", at=tmp_path, env={"XLREPORT_MAIL_PASSWORD": "wrong"})
    assert bad.code == 1
    assert "535" in bad.err
    assert "wrong" not in bad.err.replace("wrong password", "")
    bad = xlreport("intake", "r", "--imap", at=tmp_path, env={"XLREPORT_MAIL_PASSWORD": "wrong"})
    assert (bad.code, bad.err.count("\n")) == (2, 1)
    none = xlreport("send", "r", "--send", "--yes", at=tmp_path)
    assert none.code == 2
    path = tmp_path / "r" / "xlreport.toml"
    path.write_text(path.read_text("utf-8").replace("ca_file", "# ca_file"), encoding="utf-8")
    bad = xlreport("send", "r", "--send", "--yes", at=tmp_path, env={"XLREPORT_MAIL_PASSWORD": PASSWORD})
    assert bad.code == 1
    assert "certificate" in bad.err


def test_folder_names_as_imap_writes_them() -> None:
    assert modified_utf7("已处理") == "&XfJZBHQG-"
    assert modified_utf7("A&B") == "A&-B"
