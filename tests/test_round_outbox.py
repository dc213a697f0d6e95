"""The outbox: who gets what, drafts, every answer a server can give, and a sender that is killed again and again."""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import email.policy
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from commands import environment, xlreport
from letters_in import letter, shapes
from offices import NAMES, answers, filled, put, roster, round_of
from scripted_smtp import ACTS, Server, scripted

from xlreport import open_round
from xlreport.form.table import Item
from xlreport.round.folder import Round, open_folder
from xlreport.round.intake import intake
from xlreport.round.issue import issue
from xlreport.round.judge import peek
from xlreport.round.mailbag import Arrival, arrivals
from xlreport.round.outbox import decide, deliver, draft, queue
from xlreport.round.plan import plan
from xlreport.round.smtp import Answer, CannotConnect, Postman
from xlreport.round.status import status
from xlreport.round.trouble import RoundProblems

MAIL = """
[mail]
address = "office@city.test"
host = "127.0.0.1"
port = {port}
security = "none"
per_day = 100000
per_minute = 1000000
retry_seconds = 0.01
tries = 40
patience = 60
"""
KILLS = 200


def with_server(tmp_path: Path, server: Server, count: int = 12, more: str = "") -> Round:
    round_of(tmp_path / "2025", roster(count, more)).close()
    settings_of(tmp_path, server)
    return open_folder(tmp_path / "2025")


def settings_of(tmp_path: Path, server: Server) -> None:
    settings = tmp_path / "2025" / "xlreport.toml"
    text = settings.read_text(encoding="utf-8").partition("[mail]")[0]
    settings.write_text(text + MAIL.format(port=server.port), encoding="utf-8")


def sent_by(this: Round, kind: str = "issue"):
    planned, _ = plan(this, kind, "zh")
    queue(this, planned)
    with Postman(this.settings.mail, "", this.folder).session() as postman:
        return deliver(this, postman, [kind])


def states(this: Round) -> Counter[str]:
    return Counter(row[0] for row in this.register.db.execute("SELECT state FROM message"))


def test_nothing_is_sent_unasked(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        with_server(tmp_path, server).close()
        shown = xlreport("send", "2025", at=tmp_path)
        assert shown.code == 0
        assert "dept1@dept.test" in shown.out
        assert "没有发送" in shown.out
        refused = xlreport("send", "2025", "--send", at=tmp_path)
        assert refused.code == 2
        assert "--yes" in refused.err
        assert server.taken == []
        document = json.loads(xlreport("send", "2025", "--format", "json", at=tmp_path).out)
        assert len(document["messages"]) == 12
        done = xlreport("send", "2025", "--send", "--yes", at=tmp_path)
        assert (done.code, len(server.taken)) == (0, 12)
        again = xlreport("send", "2025", "--send", "--yes", at=tmp_path)
        assert (again.code, len(server.taken)) == (0, 12)
        server.shutdown()


def test_each_message_has_its_own_workbook(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(3, "0009,无邮箱局,,,,,,\n"))
    planned, passed = plan(this, "issue", "zh")
    assert [p.reason for p in passed] == ["no-address"]
    done = xlreport("send", "2025", "--draft", "drafts", at=tmp_path)
    assert done.code == 0
    drafts = sorted((tmp_path / "drafts").glob("*.eml"))
    assert len(drafts) == 3
    for path, one in zip(drafts, planned, strict=True):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert message["X-Unsent"] == "1"
        assert message["To"] == one.to[0]
        (part,) = message.iter_attachments()
        assert part.get_content() == (this.folder / one.file).read_bytes()
        assert part.get_filename() == one.file_name
        assert one.unit.name in message["Subject"]
        assert one.unit.name in message.get_body().get_content()
    this.close()


def test_a_slash_in_a_name_gives_nobody_anothers_report(tmp_path: Path) -> None:
    lines = [
        "单位代码,单位名称,邮箱",
        "01,甲县文旅局/体育局,a@dept.test",
        "02,乙县文旅局/体育局,b@dept.test",
        "A/1,丙县文旅局\\\\体育局,c@dept.test",
        "A_1,丙县文旅局_体育局,d@dept.test",
        "B/1,丁县/体育局,e@dept.test",
        "B:1,丁县:体育局,f@dept.test",
    ]
    this = round_of(tmp_path / "2025", "\n".join(lines).replace("\\\\", "\\") + "\n")
    blank = {one.unit.code: one for one in issue(this)}
    files = [one.path for one in blank.values()]
    assert len({path.name.casefold() for path in files}) == 6
    assert all(path.parent == this.folder / "issued" and path.is_file() for path in files)
    assert files[0].name == "01-甲县文旅局_体育局.xlsx"
    wrong = {
        code: filled(this.form, one.path.read_bytes(), {Item("三", "一", "自然人"): n + 7})
        for n, (code, one) in enumerate(blank.items())
    }
    list(intake(this, (Arrival(f"{n}.xlsx", data, "t") for n, data in enumerate(wrong.values()))))
    for kind in ("issue", "reply"):
        planned, _ = plan(this, kind, "zh")
        assert len(planned) == len({one.file for one in planned}) == 6
        drafts = draft(this, planned, tmp_path / "drafts")
        assert len(set(drafts)) == 6
        for path, one in zip(drafts, planned, strict=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            (part,) = message.iter_attachments()
            assert message["To"] == one.to[0]
            assert peek(part.get_content()) == one.unit.code
    this.close()


def test_letters_are_the_clerks_own(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025")
    path = tmp_path / "2025" / "texts" / "issue.zh.txt"
    path.write_text("\ufeff给{unit}的表\n您好 {contact}\n{deadline}\n", encoding="utf-8")
    planned, _ = plan(this, "issue", "zh", {"0002"})
    assert (planned[0].subject, planned[0].body) == ("给市教育局的表", "您好 联系人2\n规定时间\n")
    path.write_text("给{unit}的{表}\n{nonsense}", encoding="utf-8")
    with pytest.raises(RoundProblems, match="letter-field"):
        plan(this, "issue", "zh")
    for lang in ("zh", "en"):
        for kind in ("remind", "reply"):
            plan(this, kind, lang)  # type: ignore[arg-type]
    this.close()


@pytest.mark.parametrize(
    ("deadline", "zh", "en"),
    [
        ("2026-01-20", "请于2026年1月20日前报送。", "Please send it by 2026-01-20."),
        ("2026-01-19", "报送期限（2026年1月19日）已过，请尽快报送。", "It was due by 2026-01-19; please send it"),
        ("", "请尽快报送。", "Please send it soon."),
    ],
)
def test_a_reminder_names_no_day_that_has_passed_as_one_to_come(
    tmp_path: Path, deadline: str, zh: str, en: str
) -> None:
    day = dt.date(2026, 1, 20)
    this = round_of(tmp_path / "2025", roster(1), deadline=dt.date.fromisoformat(deadline) if deadline else None)
    for lang, said in (("zh", zh), ("en", en)):
        for kind in ("issue", "remind"):
            planned, _ = plan(this, kind, lang, today=day)
            assert said in planned[0].body
    this.close()


def test_a_copy_of_our_own_letter_is_no_report_and_nobodys_trouble(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 2)
        sent_by(this)
        book, head = next((this.folder / "issued").glob("0001-*")).read_bytes(), shapes("表.xlsx")["both"]
        ident = dict(server.taken)["dept1@dept.test"]
        for name, sender in (("ours", "Office <office@city.test>"), ("forged", "x@evil.test")):
            (tmp_path / f"{name}.eml").write_bytes(letter(book, head, sender=sender, ident=ident))
        done = xlreport("intake", "2025", "ours.eml", at=tmp_path)
        assert (done.code, done.out.count("我们自己发出的信")) == (0, 1)
        assert [one.aside for one in status(this).standings] == [0, 0]
        assert "H802" in xlreport("intake", "2025", "forged.eml", at=tmp_path).out
        this.close()
        server.shutdown()


def test_a_long_name_takes_no_room_from_others(tmp_path: Path) -> None:
    """Of an attachment the end stays, which tells a marked copy from the blank form; of a table its columns."""
    long = "关于推进高质量发展综合服务管理与数据资源统筹协调领导小组办公室" * 3
    this = round_of(tmp_path / "2025", roster(2, f"0003,{long},市级部门,,c@x.test,,,"))
    books = answers(this)
    books["0003"] = filled(this.form, books["0003"], {Item("三", "一", "自然人"): "约三件"})
    list(intake(this, arrivals(put(tmp_path / "in", books))))
    (back,), _ = plan(this, "reply", "zh")
    issued = {one.unit.code: one.file_name for one in plan(this, "issue", "zh")[0]}
    this.close()
    assert back.file_name.endswith("-2025-政府信息公开工作年度报告-核对结果.xlsx")
    assert issued["0003"].endswith("-2025-政府信息公开工作年度报告.xlsx")
    assert len(back.file_name) == len(issued["0003"]) == 80
    lines = xlreport("send", "2025", "--lang", "zh", at=tmp_path).out.splitlines()
    assert max(map(len, lines[:3])) < 190
    sizes = [int(line.split()[-2]) for line in lines[1:4]]
    assert int(lines[4].split("共 ")[1].split(" KB")[0]) in range(sum(sizes) - 2, sum(sizes) + 1)


def test_no_encoded_word_is_longer_than_mail_programs_take(tmp_path: Path) -> None:
    """RFC 2047 allows 75 characters; the library fills its lines to 76."""
    office = "示例市人民政府办公室政务公开工作领导小组办公室" * 2
    this = round_of(
        tmp_path / "2025", roster(0, f"0001,{'统筹协调领导小组办公室' * 5},市级部门,,a@x.test,,,"), office=office
    )
    issue(this)
    planned, _ = plan(this, "issue", "zh")
    this.close()
    path = tmp_path / "2025" / "xlreport.toml"
    path.write_text(path.read_text(encoding="utf-8").partition("[mail]")[0] + MAIL.format(port=25), encoding="utf-8")
    this = open_folder(tmp_path / "2025")
    (path,) = draft(this, planned, tmp_path / "drafts")
    this.close()
    head = path.read_bytes().partition(b"\r\n\r\n")[0]
    words = re.findall(rb"=\?utf-8\?b\?[^?]*\?=", head)
    assert len(words) > 6
    assert max(map(len, words)) <= 75


def test_a_draft_that_went_out_under_another_identity_is_our_own_letter_still(tmp_path: Path) -> None:
    """Outlook gives a draft an identity of its own; the office's copy of it is not the blank report of the unit."""
    text = roster(2).replace("dept1@dept.test,,", "dept1@dept.test,office@city.test,")
    this = round_of(tmp_path / "2025", text)
    settings = this.folder / "xlreport.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").partition("[mail]")[0] + '[mail]\naddress = "office@city.test"\n',
        encoding="utf-8",
    )
    this.close()
    assert xlreport("send", "2025", "--draft", "drafts", at=tmp_path).code == 0
    book, head = next((tmp_path / "2025" / "issued").glob("0001-*")).read_bytes(), shapes("表.xlsx")["both"]
    for sender, outcome in (("office@city.test", "own-mail"), ("dept1@dept.test", "accepted")):
        (tmp_path / "m.eml").write_bytes(letter(book, head, sender=sender, ident=f"<{outcome}@outlook>"))
        done = xlreport("intake", "2025", "m.eml", "--format", "json", at=tmp_path)
        assert [one["outcome"] for one in json.loads(done.out)["files"]] == [outcome]


def test_a_program_reads_one_document_of_drafts_and_of_what_was_settled(tmp_path: Path) -> None:
    round_of(tmp_path / "2025", roster(2)).close()
    drafted = xlreport("send", "2025", "--draft", "drafts", "--format", "json", at=tmp_path)
    assert (len(json.loads(drafted.out)["messages"]), "2 封草稿" in drafted.err) == (2, True)
    settled = xlreport("send", "2025", "--settle", "sent", "--format", "json", at=tmp_path)
    assert json.loads(settled.out)["settled"] == 2


def test_a_program_is_told_of_messages_that_an_earlier_run_left_unknown(tmp_path: Path) -> None:
    with Server(tmp_path / "taken", lambda _: "drop before answer") as server:
        this = with_server(tmp_path, server, 1)
        this.close()
        for _ in range(2):
            done = xlreport("send", "2025", "--send", "--yes", "--format", "json", at=tmp_path)
            assert [one["state"] for one in json.loads(done.out)["undone"]] == ["unknown"]
        server.shutdown()


def test_the_rounds_own_folder_is_not_taken_in(tmp_path: Path) -> None:
    """Each unit's blank form lies in it: all would have answered, wrongly."""
    this = round_of(tmp_path / "2025", roster(2))
    issue(this)
    this.close()
    for source in (tmp_path, tmp_path / "2025"):
        done = xlreport("intake", "2025", source, at=tmp_path)
        assert (done.code, done.out, "自己的文件夹" in done.err) == (2, "", True)
        with open_round(tmp_path / "2025") as there, pytest.raises(RoundProblems):
            there.intake(source)
    with open_round(tmp_path / "2025") as there:
        assert [one.state for one in there.status().standings] == ["missing", "missing"]


def test_a_unit_that_is_named_and_gets_nothing_is_told(tmp_path: Path) -> None:
    this = round_of(
        tmp_path / "2025", roster(2).replace("联系人,电话", "联系人,电话,是否填报").replace("0512-0001", "0512-0001,否")
    )
    (book,) = answers(this).values()
    list(intake(this, [Arrival("1.xlsx", book, "t")]))
    for kind, reason in (("issue", "not-reporting"), ("remind", "not-reporting"), ("reply", "not-reporting")):
        planned, passed = plan(this, kind, "zh", {"0002"})
        assert (planned, [(one.unit.code, one.reason) for one in passed]) == ([], [("0002", reason)])
    assert [one.reason for one in plan(this, "remind", "zh", {"0001"})[1]] == ["nothing-open"]
    assert plan(this, "remind", "zh")[1] == []
    this.close()
    said = xlreport("remind", "2025", "--only", "市教育局", at=tmp_path)
    assert (said.code, "市教育局" in said.out, "该单位不填报" in said.out) == (0, True, True)


def test_nothing_named_to_take_in_is_told(tmp_path: Path) -> None:
    round_of(tmp_path / "2025", roster(1)).close()
    done = xlreport("intake", "2025", at=tmp_path)
    assert (done.code, done.out, "--imap" in done.err) == (2, "", True)


@pytest.mark.parametrize("act", sorted(set(ACTS)))
def test_every_act_of_a_server(tmp_path: Path, act: str) -> None:
    """What is surely not taken is tried again; what may have been taken is never sent a second time."""
    script = iter([act])
    with Server(tmp_path / "taken", lambda _: next(script, "ok")) as server:
        this = with_server(tmp_path, server, 2)
        done = sent_by(this)
        # A small message lies in the system's buffers before the line drops: only these three leave it open.
        if act in {"drop after data", "drop before answer"}:
            assert done.unknown == 1
        elif act != "drop in data":
            assert done.unknown == 0
        assert states(this) == Counter({"sent": 2 - done.unknown} | ({"unknown": 1} if done.unknown else {}))
        both = {"dept1@dept.test": 1, "dept2@dept.test": 1}
        not_taken = done.unknown and act != "drop before answer"
        assert Counter(to for to, _ in server.taken) == ({"dept2@dept.test": 1} if not_taken else both)
        if done.unknown:
            assert sent_by(this).sent == 0  # nobody but a person decides
            assert decide(this, act == "drop before answer") == 1
            sent_by(this)
            assert states(this) == Counter(sent=2)
            assert Counter(to for to, _ in server.taken) == both
        this.close()
        server.shutdown()


def test_an_address_that_does_not_exist_fails_for_good(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(
            tmp_path, server, 1, "0009,没有的局,,,nobody@dept.test,,,\n0010,两个,,,nobody@a.test;b@a.test,,,\n"
        )
        done = sent_by(this)
        assert (done.sent, done.failed, done.waiting) == (2, 1, 0)
        row = this.register.db.execute("SELECT code, told FROM message WHERE state = 'failed'").fetchone()
        assert row["code"] == 550
        assert "@" not in row["told"]
        shown = xlreport("send", "2025", "--send", "--yes", at=tmp_path)
        assert "没有的局" in shown.out
        this.close()
        server.shutdown()


def test_pace_and_daily_limit(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server)
        settings = tmp_path / "2025" / "xlreport.toml"
        text = settings.read_text(encoding="utf-8").replace("per_day = 100000", "per_day = 5")
        settings.write_text(text.replace("per_minute = 1000000", "per_minute = 60"), encoding="utf-8")
        this.close()
        this = open_folder(tmp_path / "2025")
        moment = [1_800_000_000.0]
        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            moment[0] += seconds

        queue(this, plan(this, "issue", "zh")[0])
        with Postman(this.settings.mail, "", this.folder).session() as postman:
            first = deliver(this, postman, ["issue"], clock=lambda: moment[0], sleep=sleep)
            assert (first.sent, first.waiting, first.stopped) == (5, 7, "daily-limit")
            assert [round(s, 3) for s in slept] == [1.0] * 4
            moment[0] += 86_401
            second = deliver(this, postman, ["issue"], clock=lambda: moment[0], sleep=sleep)
            assert (second.sent, second.waiting) == (5, 2)
        this.close()
        server.shutdown()


def test_a_server_that_never_answers_ends_the_command(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 2)
        server.shutdown()
        port = server.port
    settings = (tmp_path / "2025" / "xlreport.toml").read_text(encoding="utf-8")
    assert str(port) in settings
    (tmp_path / "2025" / "xlreport.toml").write_text(settings.replace("tries = 40", "tries = 3"), encoding="utf-8")
    this.close()
    this = open_folder(tmp_path / "2025")
    done = sent_by(this)
    assert (done.stopped, done.waiting, states(this)["queued"]) == ("cannot-connect", 2, 2)
    with pytest.raises(CannotConnect):
        Postman(this.settings.mail, "", this.folder).connect()
    this.close()


def test_nobody_waits_longer_for_a_server_than_the_settings_say(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025")
    queue(this, plan(this, "issue", "zh")[0])
    moment, waits = [0.0], []

    class Away:
        def connect(self) -> None:
            raise CannotConnect(0, "no route", final=False)

        def give(self, *_: object) -> Answer:
            raise AssertionError

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        moment[0] += seconds

    done = deliver(this, Away(), ["issue"], clock=lambda: moment[0], sleep=sleep)
    assert (done.stopped, done.waiting) == ("cannot-connect", 12)
    assert waits
    assert sum(waits) <= this.settings.mail.patience
    this.close()


def test_two_commands_do_not_send_at_once(tmp_path: Path) -> None:
    import fcntl

    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 1)
        with (tmp_path / "2025" / ".sending").open("a+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            with pytest.raises(RoundProblems, match="sending-already"):
                sent_by(this)
        this.close()
        server.shutdown()


def test_a_lost_workbook_is_made_again_before_it_is_sent(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 3)
        queue(this, plan(this, "issue", "zh")[0])
        next((tmp_path / "2025" / "issued").glob("0001-*")).unlink()
        next((tmp_path / "2025" / "issued").glob("0002-*")).write_bytes(b"half")
        with Postman(this.settings.mail, "", this.folder).session() as postman:
            assert deliver(this, postman, ["issue"]).sent == 3
        this.close()
        server.shutdown()


# --- reminders and replies ---------------------------------------------------------------------------------


def test_reminders_go_to_who_has_not_answered_or_is_wrong(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 4)
        books = answers(this)
        books["0002"] = filled(this.form, books["0002"], {Item("三", "三.1", "总计"): 999})
        list(intake(this, arrivals(put(tmp_path / "in", {"a": books["0001"], "b": books["0002"]}))))
        planned, _ = plan(this, "remind", "zh")
        assert [p.unit.code for p in planned] == ["0002", "0003", "0004"]
        assert planned[0].file.startswith("returned/")
        assert planned[1].file.startswith("issued/")
        assert sent_by(this, "remind").sent == 3
        again, passed = plan(this, "remind", "zh")
        assert again == []
        assert {p.reason for p in passed} == {"reminded-already"}
        more, _ = plan(this, "remind", "zh", again=True)
        assert [p.number for p in more] == [2, 2, 2]
        this.close()
        server.shutdown()


def test_other_processes_mark_the_same(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(3))
    books = answers(this)
    wrong = {code: filled(this.form, data, {Item("三", "三.1", "总计"): 999}) for code, data in books.items()}
    list(intake(this, arrivals(put(tmp_path / "in", wrong))))
    alone = {p.unit.code: p.sha256 for p in plan(this, "reply", "zh")[0]}
    done = xlreport("reply", "2025", "--jobs", "2", "--format", "json", at=tmp_path)
    assert len(json.loads(done.out)["messages"]) == 3
    assert {p.unit.code: p.sha256 for p in plan(this, "reply", "zh")[0]} == alone
    this.close()


def test_a_reply_is_threaded_and_marked(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025")
    books = answers(this)
    wrong = filled(this.form, books["0002"], {Item("三", "三.1", "总计"): 999})
    head = shapes("表.xlsx")["RFC 2231"]
    raw = letter(wrong, head, sender="dept2@dept.test", ident="<their@dept.test>", more=b"References: <a@x> <b@x>\r\n")
    (tmp_path / "m.eml").write_bytes(raw)
    list(intake(this, arrivals(tmp_path / "m.eml")))
    done = xlreport("reply", "2025", "--draft", "drafts", at=tmp_path)
    assert done.code == 0
    (path,) = (tmp_path / "drafts").glob("*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["In-Reply-To"] == "<their@dept.test>"
    assert message["References"].split() == ["<a@x>", "<b@x>", "<their@dept.test>"]
    assert "T3-ROW" not in message["Subject"]
    body = message.get_body().get_content()
    assert "三、依申请公开!J8" in body
    (part,) = message.iter_attachments()
    copy = part.get_content()
    assert copy != wrong
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "again.xlsx").write_bytes(copy)
    (again,) = intake(this, arrivals(tmp_path / "back"))
    assert again.outcome == "duplicate"  # marks are no figures
    this.close()


# --- kill -9 -----------------------------------------------------------------------------------------------


# Everything is imported once; each sender is a fresh process forked from that, as real to `kill -9` as any other.
_SENDERS = """
import os, sys
from pathlib import Path
from xlreport.round.folder import open_folder
from xlreport.round.outbox import deliver
from xlreport.round.smtp import Postman
for line in sys.stdin:
    child = os.fork()
    if not child:
        this = open_folder(Path(line.strip()))
        with Postman(this.settings.mail, '', this.folder).session() as postman:
            deliver(this, postman, ['issue'])
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_killed_two_hundred_times_nobody_gets_it_twice(tmp_path: Path) -> None:
    """A sender killed at any moment, a server with moods: one message for each unit, or it is told as unknown."""
    rng = random.Random(9)
    record = tmp_path / "taken"
    record.touch()
    kills = rounds = unknown = 0
    command = [sys.executable, "-c", _SENDERS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as senders:
        while kills < KILLS:
            rounds += 1
            folder = tmp_path / f"r{rounds}"
            with scripted(record, rounds) as server:
                this = with_server(folder, server, 40, "0099,没有的局,,,nobody@dept.test,,,\n")
                queue(this, plan(this, "issue", "zh")[0])
                this.close()
                kills += _killed_until_done(senders, folder, rng, KILLS - kills)
                unknown += _exactly_once(folder, server)
                server.shutdown()
        assert senders.stdin is not None
        senders.stdin.close()
    assert kills == KILLS
    assert unknown  # some were killed or cut off where only a person can find out


def _killed_until_done(senders: subprocess.Popen[bytes], folder: Path, rng: random.Random, most: int) -> int:
    assert senders.stdin is not None
    assert senders.stdout is not None
    kills = 0
    while True:
        senders.stdin.write(f"{folder / '2025'}\n".encode())
        senders.stdin.flush()
        child = int(senders.stdout.readline())
        if kills < most:
            time.sleep(rng.random() * 0.1)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        # It may have been quicker than we: only what died of it counts.
        kills += os.WIFSIGNALED(int(senders.stdout.readline()))
        register = sqlite3.connect(folder / "2025" / "register.sqlite")
        assert register.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        left = register.execute("SELECT COUNT(*) FROM message WHERE state IN ('queued', 'sending')").fetchone()[0]
        register.close()
        if not left:
            return kills


def _exactly_once(folder: Path, server: Server) -> int:
    """Hold the register against what the server took; how many messages are unknown."""
    register = sqlite3.connect(folder / "2025" / "register.sqlite")
    taken = Counter(ident for _, ident in server.taken)
    rows = register.execute("SELECT mail_to, message_id, state FROM message").fetchall()
    register.close()
    assert len(rows) == 41
    for address, ident, state in rows:
        if address.startswith("nobody"):
            assert (state, taken[ident]) == ("failed", 0)
        elif state == "sent":
            assert taken[ident] == 1, address
        else:
            assert state == "unknown", (address, state)
            assert taken[ident] <= 1
    assert set(taken) <= {ident for _, ident, _ in rows}
    return sum(1 for _, _, state in rows if state == "unknown")


def test_drafts_are_on_record_and_not_sent_again(tmp_path: Path) -> None:
    round_of(tmp_path / "2025", roster(2)).close()
    shown = xlreport("send", "2025", "--draft", "d", at=tmp_path)
    assert "没有发件人" in shown.out
    for path in (tmp_path / "d").glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert (message["From"], message["Message-ID"], message["X-Unsent"]) == (None, None, "1")
        assert b"xlreport.invalid" not in path.read_bytes()
    with scripted(tmp_path / "taken", good=True) as server:
        settings_of(tmp_path, server)
        told = xlreport("send", "2025", "--send", "--yes", at=tmp_path)
        assert (server.taken, told.out.count("--settle again")) == ([], 2)
        assert xlreport("send", "2025", "--settle", "sent", "--only", "0001", at=tmp_path).code == 0
        assert xlreport("send", "2025", "--draft", "e", at=tmp_path).code == 0
        (again,) = (tmp_path / "e").glob("*.eml")
        assert b"From: " in again.read_bytes()
        assert xlreport("send", "2025", "--settle", "again", at=tmp_path).code == 0
        assert xlreport("send", "2025", "--send", "--yes", at=tmp_path).code == 0
        assert len(server.taken) == 1
        server.shutdown()


def test_a_corrected_address_gets_the_form(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 1, "0009,没有的局,,,nobody@dept.test,,,\n")
        done = sent_by(this)
        assert (done.sent, done.failed) == (1, 1)
        assert sorted(one.reason for one in plan(this, "issue", "zh")[1]) == ["message-failed", "message-sent"]
        this.close()
        path = tmp_path / "2025" / "roster.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("nobody@", "new@"), encoding="utf-8")
        this = open_folder(tmp_path / "2025")
        done = sent_by(this)
        assert (done.sent, done.failed, len(server.taken)) == (1, 0, 2)
        row = this.register.db.execute("SELECT mail_to, state FROM message WHERE unit = '0009'").fetchone()
        assert tuple(row) == ("new@dept.test", "sent")
        this.close()
        server.shutdown()


def test_what_failed_is_sent_again_where_somebody_says_so(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 1, "0009,没有的局,,,nobody@dept.test,,,\n")
        assert sent_by(this).failed == 1
        assert decide(this, sent=True, kind="issue") == 0
        assert decide(this, sent=False, kind="remind") == 0
        with this.register.transaction() as db:
            db.execute("UPDATE unit SET mail_to = 'new@dept.test' WHERE code = '0009'")
        assert decide(this, sent=False, kind="issue") == 1
        assert states(this) == Counter(sent=1, queued=1)
        with Postman(this.settings.mail, "", this.folder).session() as postman:
            assert deliver(this, postman, ["issue"]).sent == 1
        this.close()
        server.shutdown()


@pytest.mark.parametrize(
    ("said", "sent"),
    [("200 fine", 1), ("252 fine", 1), ("354 what", 0), ("OK queued", 0), ("", 0), ("250 " + "y" * 9000, 0)],
)
def test_an_answer_that_is_neither_yes_nor_no_sends_nothing_twice(tmp_path: Path, said: str, sent: int) -> None:
    script = iter([f"answers {said}"])
    with Server(tmp_path / "taken", lambda _: next(script, "ok")) as server:
        this = with_server(tmp_path, server, 2)
        done = sent_by(this)
        assert (done.sent, done.unknown, done.failed) == (1 + sent, 1 - sent, 0)
        sent_by(this)
        assert Counter(to for to, _ in server.taken) == {"dept1@dept.test": 1, "dept2@dept.test": 1}
        this.close()
        server.shutdown()


def test_what_waits_goes_out_as_the_roster_is_by_then(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 4)
        planned, _ = plan(this, "issue", "zh")
        queue(this, planned)
        before = dict(this.register.db.execute("SELECT unit, message_id FROM message").fetchall())
        this.close()
        path = tmp_path / "2025" / "roster.csv"
        lines = (
            path.read_text(encoding="utf-8").replace("dept2@", "right@").replace(NAMES[2], "市新科技局").splitlines()
        )
        path.write_text("\n".join(line for line in lines if "dept4@" not in line), encoding="utf-8")
        shown = xlreport("send", "2025", at=tmp_path)
        assert "right@dept.test" in shown.out
        assert xlreport("send", "2025", "--send", "--yes", at=tmp_path).code == 0
        assert [to for to, _ in server.taken] == ["dept1@dept.test", "right@dept.test", "dept3@dept.test"]
        this = open_folder(tmp_path / "2025")
        rows = {row["unit"]: row for row in this.register.db.execute("SELECT * FROM message")}
        assert {unit: row["message_id"] for unit, row in rows.items()} == {
            unit: before[unit] for unit in ("0001", "0002", "0003")
        }
        assert "市新科技局" in rows["0003"]["subject"]
        this.close()
        server.shutdown()


def test_a_reminder_that_waits_is_withdrawn_once_the_unit_has_answered(tmp_path: Path) -> None:
    with scripted(tmp_path / "taken", good=True) as server:
        this = with_server(tmp_path, server, 3)
        books = answers(this)
        planned, _ = plan(this, "remind", "zh")
        assert queue(this, planned) == 3
        list(intake(this, [Arrival("x.xlsx", books["0002"], "t")]))
        this.close()
        assert xlreport("remind", "2025", "--send", "--yes", "--only", "0001", at=tmp_path).code == 0
        assert [to for to, _ in server.taken] == ["dept1@dept.test"]
        assert xlreport("remind", "2025", "--send", "--yes", at=tmp_path).code == 0
        assert [to for to, _ in server.taken] == ["dept1@dept.test", "dept3@dept.test"]
        server.shutdown()


def test_addresses_that_were_refused_beside_others_are_told(tmp_path: Path) -> None:
    more = "0009,部分局,,,ok@dept.test;nobody@dept.test,,,\n"
    with scripted(tmp_path / "taken", good=True) as server:
        with_server(tmp_path, server, 1, more).close()
        done = xlreport("send", "2025", "--send", "--yes", at=tmp_path)
        assert (done.code, "1 个地址被拒收" in done.out) == (1, True)
        assert xlreport("send", "2025", "--send", "--yes", at=tmp_path).code == 0
        server.shutdown()


def test_a_message_waits_for_an_address_that_is_taken_only_the_second_time(tmp_path: Path) -> None:
    lines = "单位代码,单位名称,邮箱,抄送\n1,甲局,a@dept.test;grey@dept.test,grey2@dept.test\n"
    with scripted(tmp_path / "taken", good=True) as server:
        round_of(tmp_path / "2025", lines).close()
        settings_of(tmp_path, server)
        this = open_folder(tmp_path / "2025")
        done = sent_by(this)
        assert (done.sent, done.refused, len(server.taken)) == (1, 0, 1)
        row = this.register.db.execute("SELECT state, told, tries FROM message").fetchone()
        assert (row["state"], row["told"]) == ("sent", "")
        assert row["tries"] > 1
        this.close()
        server.shutdown()


def test_a_register_restored_from_a_backup_sends_nothing_twice(tmp_path: Path) -> None:
    with scripted(tmp_path / "seen", good=True) as server:
        with_server(tmp_path, server, 3).close()
        settings_of(tmp_path, server)
        send = ("send", "2025", "--send", "--yes")
        assert xlreport("issue", "2025", at=tmp_path).code == 0
        register = tmp_path / "2025" / "register.sqlite"
        before = register.read_bytes()
        assert "发出 3 封" in xlreport(*send, at=tmp_path).out
        after = register.read_bytes()
        register.write_bytes(before)
        done = xlreport(*send, at=tmp_path)
        assert done.code == 2
        assert "发出过 3 封信，登记簿里没有" in done.err
        assert "restored" in xlreport(*send, "--lang", "en", at=tmp_path).err
        # Two had gone out: a person says so, and the third is sent.
        sent = ("--only", "0001", "--only", "0002")
        assert xlreport("send", "2025", *sent, "--draft", "d", at=tmp_path).code == 0
        assert xlreport("send", "2025", "--settle", "sent", at=tmp_path).code == 0
        assert "发出 1 封" in xlreport(*send, at=tmp_path).out
        assert xlreport(*send, at=tmp_path).code == 0
        # What is not older is believed, also where the log could not be written.
        register.write_bytes(after)
        (tmp_path / "2025" / "round.log").unlink()
        assert xlreport(*send, at=tmp_path).code == 0


def test_a_workbook_made_anew_is_sent_once_more_where_somebody_says_so(tmp_path: Path) -> None:
    with scripted(tmp_path / "seen", good=True) as server:
        with_server(tmp_path, server, 3).close()
        send = ("send", "2025", "--send", "--yes")
        assert "发出 3 封" in xlreport(*send, at=tmp_path).out
        assert "△" not in xlreport("issue", "2025", "--again", at=tmp_path).out  # the very same workbooks
        assert "已发，但" not in xlreport("send", "2025", at=tmp_path).out
        assert "发出 0 封" in xlreport(*send, "--again", at=tmp_path).out
        path = tmp_path / "2025" / "roster.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("市教育局", "市教育和体育局"), encoding="utf-8")
        assert "1 个单位已经收到过以前的表" in xlreport("issue", "2025", at=tmp_path).out
        shown = xlreport("send", "2025", at=tmp_path).out
        assert "0002  市教育和体育局  已发，但此后表重新生成过" in shown
        assert "0001  市发展和改革局  已发\n" in shown
        assert "发出 0 封" in xlreport(*send, at=tmp_path).out
        assert "发出 1 封" in xlreport(*send, "--again", at=tmp_path).out
        assert "发出 0 封" in xlreport(*send, "--again", at=tmp_path).out
        # Somebody lost the message: named, it goes out once more though nothing has changed.
        assert "发出 1 封" in xlreport(*send, "--again", "--only", "0003", at=tmp_path).out
        this = open_folder(tmp_path / "2025")
        rows = this.register.db.execute(
            "SELECT unit, number, state, file FROM message ORDER BY unit, number"
        ).fetchall()
        assert [tuple(row)[:3] for row in rows] == [
            ("0001", 1, "sent"), ("0002", 1, "sent"), ("0002", 2, "sent"), ("0003", 1, "sent"), ("0003", 2, "sent"),
        ]  # fmt: skip
        assert rows[2]["file"] == "issued/0002-市教育和体育局.xlsx"
        this.close()


def test_a_second_message_that_waits_is_not_forgotten(tmp_path: Path) -> None:
    with scripted(tmp_path / "seen", good=True) as server:
        this = with_server(tmp_path, server, 2)
        sent_by(this)
        again, _ = plan(this, "issue", "zh", {"0001"}, again=True)
        assert [one.number for one in again] == [2]
        queue(this, again)
        planned, passed = plan(this, "issue", "zh")
        assert [(one.unit.code, one.number) for one in planned] == [("0001", 2)]
        assert [(one.unit.code, one.reason) for one in passed] == [("0002", "message-sent")]
        this.close()


def test_a_run_that_is_broken_off_is_in_the_log_as_well(tmp_path: Path) -> None:
    with scripted(tmp_path / "seen", good=True) as server:
        this = with_server(tmp_path, server, 3)
        planned, _ = plan(this, "issue", "zh")
        queue(this, planned)

        def enough(done: int, _: int) -> None:
            if done == 2:
                raise KeyboardInterrupt

        with Postman(this.settings.mail, "", this.folder).session() as postman, pytest.raises(KeyboardInterrupt):
            deliver(this, postman, ["issue"], progress=enough)
        log = (this.folder / "round.log").read_text(encoding="utf-8")
        assert " sent=2 failed=0 unknown=0 waiting=1" in log
        this.close()
