"""A mailbox over IMAP as mailboxes are: no marks kept, lines lost, messages numbered anew, two rounds waiting."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Ran, environment, xlreport
from letters_in import letter, shapes
from offices import answers, round_of
from scripted_imap import Mailbox

from xlreport import open_round
from xlreport.round.smtp import words


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    this = round_of(tmp_path_factory.mktemp("office") / "2025")
    books = answers(this)
    this.close()
    return books


@pytest.fixture(scope="module")
def messages(office: dict[str, bytes]) -> list[bytes]:
    head = shapes("表.xlsx")["both"]
    return [
        letter(office[f"{n:04d}"], head, sender=f"dept{n}@dept.test", ident=f"<a{n}@dept.test>") for n in range(1, 4)
    ]


@pytest.fixture
def box(messages: list[bytes]) -> Iterator[Mailbox]:
    with Mailbox(messages) as server:
        yield server
        server.shutdown()


def ready(tmp_path: Path, server: Mailbox, name: str = "2025") -> None:
    round_of(tmp_path / name).close()
    path = tmp_path / name / "xlreport.toml"
    text = path.read_text(encoding="utf-8").partition("[mail]")[0]
    path.write_text(
        f'{text}[mail]\naddress = "office@city.test"\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n'
        f'imap = "127.0.0.1"\nimap_port = {server.port}\n',
        encoding="utf-8",
    )


def fetch(tmp_path: Path, *more: str, name: str = "2025", word: str = "geheim 1") -> Ran:
    return xlreport("intake", name, "--imap", *more, at=tmp_path, env={"XLREPORT_MAIL_PASSWORD": word})


def taken(done: Ran) -> list[tuple[str, str]]:
    return [(one["unit_code"], one["outcome"]) for one in json.loads(done.out)["files"]]


THREE = [(f"{n:04d}", "accepted") for n in range(1, 4)]


@pytest.mark.parametrize("marks", [True, False])
def test_what_was_taken_is_not_taken_again_whatever_the_mailbox_keeps(
    tmp_path: Path, box: Mailbox, marks: bool
) -> None:
    box.marks = marks
    ready(tmp_path, box)
    assert taken(fetch(tmp_path, "--format", "json")) == THREE
    assert all(r"\Seen" in box.flags[n] for n in (1, 2, 3))
    again = fetch(tmp_path, "--format", "json")
    assert (again.code, taken(again), box.fetched) == (0, [], [1, 2, 3])
    assert len(taken(fetch(tmp_path, "--all", "--format", "json"))) == 3


def test_messages_that_are_numbered_anew_are_known(tmp_path: Path, box: Mailbox) -> None:
    ready(tmp_path, box)
    fetch(tmp_path)
    box.validity, box.first, box.flags = 2, 7, {}
    again = fetch(tmp_path, "--format", "json")
    assert (again.code, taken(again)) == (0, [])
    assert box.fetched == [1, 2, 3, 7, 8, 9]
    fetch(tmp_path)
    assert len(box.fetched) == 6


def test_two_rounds_wait_at_one_mailbox(tmp_path: Path, box: Mailbox) -> None:
    ready(tmp_path, box)
    ready(tmp_path, box, "other")
    assert taken(fetch(tmp_path, "--format", "json")) == THREE
    assert taken(fetch(tmp_path, "--format", "json", name="other")) == THREE


def test_a_message_that_is_not_given_is_told_and_asked_for_again(tmp_path: Path, box: Mailbox) -> None:
    box.withheld = {2}
    ready(tmp_path, box)
    for _ in range(2):
        done = fetch(tmp_path, "--format", "json")
        assert done.code == 1
        assert [one for one in taken(done) if one[1] != "accepted"] == [(None, "unreadable")]
    box.withheld = set()
    assert taken(fetch(tmp_path, "--format", "json")) == [("0002", "accepted")]


@pytest.mark.parametrize("at", ["LOGIN", "SELECT", "SEARCH", "FETCH 2", "STORE 2"])
def test_a_line_that_is_lost_loses_nothing(tmp_path: Path, box: Mailbox, at: str) -> None:
    ready(tmp_path, box)
    box.lost_at = at
    done = fetch(tmp_path)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert done.out.count("√") == {"FETCH 2": 1, "STORE 2": 3}.get(at, 0)  # what had come is told
    box.lost_at = ""
    rest = fetch(tmp_path, "--format", "json")
    assert [one for one in taken(rest) if one[1] == "accepted"] == THREE[done.out.count("√") :]


def test_no_password_comes_back_on_the_screen(tmp_path: Path, box: Mailbox) -> None:
    ready(tmp_path, box)
    bad = fetch(tmp_path, word='wrong "word')
    assert (bad.code, "wrong" in bad.err, "b'" in bad.err) == (2, False, False)
    assert fetch(tmp_path, word="密码").code == 2
    assert "geheim" not in words("535 no AGEAZ2VoZWltIDE= AGdlaGVpbSAx geheim 1", "geheim 1")
    assert words("535 AGEAZ2VoZWltIDE=", "geheim 1") == "535 AGEA…E="


def test_a_register_restored_from_a_backup_gets_what_came_since(tmp_path: Path, box: Mailbox) -> None:
    ready(tmp_path, box)
    letters, box.messages = box.messages, box.messages[:1]
    assert taken(fetch(tmp_path, "--format", "json")) == THREE[:1]
    register = tmp_path / "2025" / "register.sqlite"
    backup = register.read_bytes()
    box.messages = letters
    assert taken(fetch(tmp_path, "--format", "json")) == THREE[1:]
    register.write_bytes(backup)
    assert taken(fetch(tmp_path, "--format", "json")) == THREE[1:]
    assert taken(fetch(tmp_path, "--format", "json")) == []


def test_a_mailbox_is_taken_in_by_several_processes_as_by_one(tmp_path: Path, office: dict[str, bytes]) -> None:
    head = shapes("表.xlsx")["both"]
    letters = [
        letter(office[f"{n % 12 + 1:04d}"], head, sender=f"dept{n % 12 + 1}@dept.test", ident=f"<b{n}@dept.test>")
        for n in range(70)  # more than one worker judges at a time
    ]
    with Mailbox(letters) as server:
        for name, jobs in (("2025", "1"), ("other", "2")):
            ready(tmp_path, server, name)
            got = taken(fetch(tmp_path, "--format", "json", "--jobs", jobs, name=name))
            assert got == [(f"{n % 12 + 1:04d}", "accepted" if n < 12 else "duplicate") for n in range(70)]
        assert all(r"\Seen" in server.flags[n] for n in range(1, 71))
        server.shutdown()


def test_the_api_fetches_what_the_command_does(tmp_path: Path, box: Mailbox) -> None:
    ready(tmp_path, box)
    with open_round(tmp_path / "2025") as this:
        assert [one.unit and one.unit.code for one in this.fetch("geheim 1")] == [code for code, _ in THREE]
        assert this.fetch("geheim 1") == []


@pytest.mark.skipif(os.name == "nt", reason="no signal can be sent to one process there")
def test_a_command_that_was_broken_off_says_so(tmp_path: Path, box: Mailbox) -> None:
    ready(tmp_path, box)
    settings = tmp_path / "2025" / "xlreport.toml"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = settings.read_text(encoding="utf-8").replace(str(box.port), str(silent.getsockname()[1]))
        settings.write_text(text, encoding="utf-8")
        # Run in the background a suite is deaf to Ctrl-C, and whatever it starts would be as well.
        heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        command = [
            sys.executable,
            "-c",
            f"{heard}from xlreport.cli.entry import run; run()",
            "intake",
            "2025",
            "--imap",
        ]
        env = environment({"XLREPORT_MAIL_PASSWORD": "geheim 1"})
        with subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as running:
            line, _ = silent.accept()
            # A signal just before the system waits for the line is heard when it is done waiting: people press again.
            for _ in range(10):
                running.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    running.wait(timeout=6)
                    break
            _, said = running.communicate(timeout=60)
            line.close()
    assert (running.returncode, said.strip()) == (130, "已中断。 Interrupted.")
