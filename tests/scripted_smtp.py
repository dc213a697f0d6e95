"""An SMTP server that does what its script says: 421, 451, 550, dropped lines; what it took, it wrote down.

It runs in a thread and speaks just enough of the protocol. A message counts as taken the moment the server decides to
say 250, whether or not that answer arrives.
"""

from __future__ import annotations

import random
import re
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

ACTS = (
    "ok", "ok", "ok", "451 at rcpt", "421 at rcpt", "421 at mail", "451 at data", "451 after data", "421 after data",
    "drop at rcpt", "drop at data", "drop in data", "drop after data", "drop before answer",
)  # fmt: skip


class Server(socketserver.ThreadingTCPServer):
    """The server; `acts` says for each transaction what is to happen."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, record: Path, act: Callable[[str], str]) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.record, self.act = record, act
        self.lock = threading.Lock()
        self.seen: set[str] = set()
        self.taken: list[tuple[str, str]] = []  # recipient, Message-ID
        threading.Thread(target=self.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: Any) -> None:
        """A client that was killed is nothing to report."""


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server
    timeout = 20

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        self.say("220 script")
        to, act = "", "ok"
        while line := self.rfile.readline(2000):
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say("250-script\r\n250 SIZE 20000000")
            elif verb == b"MAIL":
                to, act = "", self.server.act("")
                if act == "421 at mail":
                    self.say("421 4.7.0 too many connections")
                    return
                self.say("250 ok")
            elif verb == b"RCPT":
                found = re.search(rb"<([^>]*)>", line)
                to = found[1].decode() if found else ""
                if to.startswith("nobody"):
                    self.say("550 5.1.1 <" + to + "> unknown")
                elif to.startswith("grey") and to not in self.server.seen:
                    self.server.seen.add(to)
                    self.say("451 4.7.1 greylisted, come again")
                elif act == "drop at rcpt":
                    return
                elif act.endswith("at rcpt"):
                    self.say(f"{act[:3]} 4.7.1 <{to}> greylisted")
                    if act[:3] == "421":
                        return
                else:
                    self.say("250 ok")
            elif verb == b"DATA":
                if act == "drop at data":
                    return
                if act == "451 at data":
                    self.say("451 later")
                    continue
                self.say("354 go on")
                if not self.data(to, act):
                    return
            elif verb == b"RSET":
                self.say("250 ok")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def data(self, to: str, act: str) -> bool:
        ident = ""
        for count, line in enumerate(iter(lambda: self.rfile.readline(2000), b"")):
            if line.lower().startswith(b"message-id:"):
                ident = line.split(b":", 1)[1].strip().decode()
            if act == "drop in data" and count == 20:
                return False
            if line == b".\r\n":
                break
        else:
            return False  # the client is gone: an unfinished message is never taken
        if act == "drop after data":
            return False
        if act.endswith("after data"):
            self.say(f"{act[:3]} 4.3.0 no")
            return act[:3] != "421"
        with self.server.lock:
            self.server.taken.append((to, ident))
            with self.server.record.open("a", encoding="utf-8") as stream:
                stream.write(f"{to}\t{ident}\n")
        if act == "drop before answer":
            return False
        if act.startswith("answers "):
            self.say(act.removeprefix("answers "))
            return True
        self.say("250 taken")
        return True


def scripted(record: Path, seed: int = 1, *, good: bool = False) -> Server:
    """A server whose acts are drawn at random; a good one takes everything."""
    rng = random.Random(seed)
    return Server(record, lambda _: "ok" if good else rng.choice(ACTS))
