"""Giving one message to an SMTP server, and saying exactly how far it came."""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from xlreport.record import record
from xlreport.round.settings import Mail
from xlreport.round.trouble import refuse

SENT, AGAIN, FAILED, UNKNOWN = "sent", "again", "failed", "unknown"
_WAIT = 60.0  # seconds for an answer
_ADDRESS = re.compile(r"\S+@\S+")
_DOT = re.compile(rb"(?m)^\.")


@record
class Answer:
    """What became of one message at the server."""

    state: str  # sent, again (surely not taken, try later), failed (for good), unknown
    code: int = 0
    told: str = ""  # the server's words without addresses
    lost: bool = False  # the connection is of no more use
    refused: int = 0  # recipients that were not taken while others were


class CannotConnect(Exception):  # noqa: N818  (a state of the network or of the account)
    """There is no session: `final` where trying again would not help."""

    def __init__(self, code: int, told: str, *, final: bool) -> None:
        super().__init__(told)
        self.code, self.told, self.final = code, told, final


class Postman:
    """A session with the office's mail server, opened when it is first needed."""

    def __init__(self, mail: Mail, password: str, folder: Path) -> None:
        self._mail, self._password, self._folder = mail, password, folder
        self._server: smtplib.SMTP | None = None

    def connect(self) -> None:
        """Open the session if there is none; raises `CannotConnect`."""
        if self._server is not None:
            return
        mail = self._mail
        name = mail.address.partition("@")[2] or "localhost"  # never this machine's own name
        server: smtplib.SMTP | None = None
        try:
            context = tls(mail, self._folder) if mail.security != "none" else None
            if mail.security == "ssl":
                server = smtplib.SMTP_SSL(mail.host, mail.port, local_hostname=name, timeout=_WAIT, context=context)
            else:
                server = smtplib.SMTP(mail.host, mail.port, local_hostname=name, timeout=_WAIT)
            if mail.security == "starttls":
                server.starttls(context=context)
            if self._password:
                server.login(mail.user or mail.address, self._password)
        except smtplib.SMTPAuthenticationError as error:
            raise CannotConnect(
                error.smtp_code, words(error.smtp_error, self._password), final=error.smtp_code >= 500
            ) from error
        except smtplib.SMTPResponseException as error:
            raise CannotConnect(
                error.smtp_code, words(error.smtp_error, self._password), final=error.smtp_code >= 500
            ) from error
        except smtplib.SMTPNotSupportedError as error:  # no STARTTLS, or no login: never go on without
            raise CannotConnect(0, words(str(error), self._password), final=True) from error
        except UnicodeEncodeError as error:
            raise CannotConnect(0, "non-ASCII password", final=True) from error
        except ssl.SSLCertVerificationError as error:
            raise CannotConnect(0, words(error.verify_message), final=True) from error
        except (smtplib.SMTPException, OSError) as error:
            unknown = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME  # nobody has that name
            raise CannotConnect(0, words(str(error), self._password), final=unknown) from error
        self._server = server

    def give(
        self, sender: str, to: Sequence[str], cc: Sequence[str], content: bytes, begin: Callable[[], None],
        *, patient: bool = False,
    ) -> Answer:  # fmt: skip
        """Give one message to the server. `begin` is called before its first byte leaves, to put that on record.

        `patient` waits until every address is taken or refused for good: many servers take a stranger's mail only when
        it comes a second time.
        """
        server = self._server
        assert server is not None  # noqa: S101  (connected first)
        finished = False
        try:
            code, said = server.mail(sender)
            if code != 250:
                return self._refused(server, code, said)
            answers = [(address, *server.rcpt(address)) for address in (*to, *cc)]
            bad = [(code, said) for _, code, said in answers if code not in {250, 251}]
            if not any(code in {250, 251} for address, code, _ in answers if address in to):
                # One that may be taken later is tried later; the others are told then.
                code, said = next(((c, s) for c, s in bad if c < 500), bad[0])
                return self._refused(server, code, said)
            later = next(((c, s) for c, s in bad if c < 500), None)
            if patient and later is not None:
                return self._refused(server, *later)
            begin()
            code, said = server.docmd("data")
            if code != 354:
                return self._refused(server, code, said)
            server.send(_DOT.sub(b"..", content if content.endswith(b"\r\n") else content + b"\r\n"))
            finished = True  # once the last dot is on its way, only an answer can tell
            server.send(b".\r\n")
            code, said = server.getreply()
        except smtplib.SMTPResponseException as error:
            if not finished:
                return self._refused(server, error.smtp_code, error.smtp_error)
            code, said = -1, b"an answer without end"  # nobody can say what it meant
        except (smtplib.SMTPException, OSError) as error:
            self.close(quit_=False)
            return Answer(UNKNOWN if finished else AGAIN, 0, words(str(error)), lost=True)
        if 200 <= code < 300:
            return Answer(SENT, code, "", refused=len(bad))
        if not 400 <= code < 600:
            # The whole message was there, and what was said of it is neither yes nor no.
            self.close(quit_=False)
            return Answer(UNKNOWN, max(code, 0), words(said), lost=True)
        return self._refused(server, code, said)

    def _refused(self, server: smtplib.SMTP, code: int, said: bytes | str) -> Answer:
        # -1: the connection ended instead of an answer, before the message was complete.
        lost = code in {-1, 421}
        if not lost:
            try:
                lost = server.rset()[0] != 250
            except (smtplib.SMTPException, OSError):
                lost = True
        if lost:
            self.close(quit_=False)
        return Answer(FAILED if code >= 500 else AGAIN, max(code, 0), words(said), lost=lost)

    def close(self, *, quit_: bool = True) -> None:
        """End the session."""
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                if quit_:
                    server.quit()
            with contextlib.suppress(OSError):
                server.close()

    @contextlib.contextmanager
    def session(self) -> Iterator[Postman]:
        """The postman himself, his session ended afterwards."""
        try:
            yield self
        finally:
            self.close()


def tls(mail: Mail, folder: Path) -> ssl.SSLContext:
    """Encryption with a certificate that is checked, always."""
    context = ssl.create_default_context()
    if mail.ca_file:
        try:
            context.load_verify_locations(folder / mail.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise refuse("ca-file", path=mail.ca_file) from error
    return context


def words(said: bytes | str, secret: str = "") -> str:
    """A server's words on one line; Chinese providers answer in GBK. Addresses are left out: this is kept and shown.

    So is a `secret`: some servers repeat what was said to them.
    """
    if isinstance(said, str):
        text = said
    else:
        try:
            text = said.decode()
        except UnicodeDecodeError:
            text = said.decode("gb18030", "replace")
    for one in _shapes(secret) if secret else ():
        text = text.replace(one, "…")
    return _ADDRESS.sub("<…>", " ".join(text.split()))[:300]


def _shapes(secret: str) -> Iterator[str]:
    """How a password may come back: as it is, quoted, and as logins pack it; behind a name its place shifts."""
    yield secret
    yield secret.replace("\\", "\\\\").replace('"', '\\"')
    for before in range(3):
        packed = base64.b64encode(bytes(before) + secret.encode()).decode().rstrip("=")
        # The first and the last characters hold bits of what stands beside it.
        yield packed[-(-before * 8 // 6) :][: -1 if len(packed) > 8 else None]


def password_of(mail: Mail, environment: str | None, ask: Callable[[], str] | None) -> str:
    """The password: from the environment, the system's keyring, or whoever can be asked; "" if there is none."""
    if environment:
        return environment
    try:
        import keyring
    except ImportError:
        found = None
    else:
        try:
            found = keyring.get_password("xlreport", mail.user or mail.address)
        except Exception:  # noqa: BLE001 - a keyring without a desktop raises whatever it likes
            found = None
    return found or (ask() if ask else "")
