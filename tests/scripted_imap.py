"""An IMAP server on loopback that does what a script says: keeps no marks, like 163, loses the line, withholds."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Collection, Sequence
from typing import Any


class Mailbox(socketserver.ThreadingTCPServer):
    """The server and its one mailbox."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, messages: Sequence[bytes], *, marks: bool = True, withheld: Collection[int] = ()) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.messages = list(messages)
        self.flags: dict[int, set[str]] = {}
        self.marks, self.withheld = marks, withheld
        self.validity, self.first = 1, 1  # the number of the first message: another once the mailbox was built anew
        self.lost_at = ""  # a word in a command at which the line is dropped
        self.fetched: list[int] = []
        self.said: list[str] = []  # every command
        threading.Thread(target=self.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: Any) -> None:
        """A client that hung up is nothing to report."""


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: Mailbox
    timeout = 20

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        self.say("* OK ready")
        while line := self.rfile.readline(4000).decode("utf-8", "replace").strip():
            tag, _, asked = line.partition(" ")
            self.server.said.append(asked)
            if self.server.lost_at and self.server.lost_at in asked:
                return
            verb = asked.removeprefix("UID ").split()[0].upper()
            if verb == "LOGIN" and "wrong" in asked:
                self.say(f"{tag} NO not with {asked}")
                continue
            if verb == "CAPABILITY":
                self.say("* CAPABILITY IMAP4rev1 ID")
            elif verb == "SELECT":
                self.say(f"* {len(self.server.messages)} EXISTS")
                kept = r"\Seen \*" if self.server.marks else r"\Answered \Seen \Deleted \Draft \Flagged"
                self.say(f"* OK [PERMANENTFLAGS ({kept})] limited")
                self.say(f"* OK [UIDVALIDITY {self.server.validity}] ok")
            elif verb == "SEARCH":
                every = range(self.server.first, self.server.first + len(self.server.messages))
                self.say("* SEARCH " + " ".join(map(str, every)))
            elif verb == "FETCH" and not self._fetch(int(asked.split()[2])):
                self.say(f"{tag} NO not now")
                continue
            elif verb == "STORE":
                number, flags = int(asked.split()[2]), re.findall(r"[\\$][A-Za-z0-9]+", asked)
                self.server.flags.setdefault(number, set()).update(
                    one for one in flags if self.server.marks or one == r"\Seen"
                )
            self.say(f"{tag} OK done")
            if verb == "LOGOUT":
                return

    def _fetch(self, number: int) -> bool:
        if number in self.server.withheld:
            return False
        self.server.fetched.append(number)
        raw = self.server.messages[number - self.server.first]
        self.wfile.write(f"* {number} FETCH (UID {number} BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
        return True
