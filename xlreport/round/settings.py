"""The one file of a round that the clerk edits: `xlreport.toml`. Everything wrong with it is told at once."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from xlreport.record import record
from xlreport.round.trouble import Problem, RoundProblems, refuse
from xlreport.round.unit import good_address

FILE = "xlreport.toml"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SECURITY = ("starttls", "ssl", "none")


@record
class Preset:
    """How a provider takes and gives mail, and how much it lets one account send."""

    host: str
    port: int
    security: str
    imap: str
    per_day: int
    per_minute: int


# QQ and 163 ask for an authorisation code instead of the password, and 163 and 126 for an ID before a folder opens.
PRESETS: Mapping[str, Preset] = {
    "qq": Preset("smtp.qq.com", 465, "ssl", "imap.qq.com", 100, 10),
    "163": Preset("smtp.163.com", 465, "ssl", "imap.163.com", 50, 10),
    "126": Preset("smtp.126.com", 465, "ssl", "imap.126.com", 50, 10),
    "exmail": Preset("smtp.exmail.qq.com", 465, "ssl", "imap.exmail.qq.com", 500, 20),
    "outlook": Preset("smtp.office365.com", 587, "starttls", "outlook.office365.com", 300, 30),
}


@record
class Mail:
    """The office's mail account, without its password."""

    address: str = ""  # From
    user: str = ""
    host: str = ""
    port: int = 465
    security: str = "ssl"
    imap: str = ""
    imap_port: int = 993
    folder: str = "INBOX"
    ca_file: str = ""  # certificates to trust besides the system's
    per_day: int = 100
    per_minute: int = 10
    retry_seconds: float = 60.0  # before the first try again; doubled each time
    tries: int = 6
    patience: float = 900.0  # seconds that one `send` waits for what is to be tried again


@record
class Settings:
    """What a round is about, as its file says."""

    form: str
    period: int
    office: str = ""
    total: str = ""  # the name under which the whole is published
    level: str = ""
    phone: str = ""
    deadline: dt.date | None = None
    previous: str = ""  # the folder of last year's round
    templates: tuple[str, ...] = ()
    mail: Mail = Mail()


_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "form": str, "period": int, "office": str, "total": str, "level": str, "phone": str, "deadline": dt.date,
    "previous": str, "templates": list, "mail": dict,
}  # fmt: skip
_MAIL_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "provider": str, "address": str, "user": str, "host": str, "port": int, "security": str, "imap": str,
    "imap_port": int, "folder": str, "ca_file": str, "per_day": int, "per_minute": int,
    "retry_seconds": (int, float), "tries": int, "patience": (int, float),
}  # fmt: skip
_SECRETS = frozenset({"password", "passwd", "secret", "auth_code", "密码", "授权码"})


def read_settings(text: str) -> Settings:
    """The settings; raises `RoundProblems` with every mistake in them."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line ([0-9]+)", str(error))
        if found is None:
            raise refuse("settings-toml", what=str(error)) from error
        number = int(found[1])
        raise refuse(
            "settings-line", line=number, text=text.splitlines()[number - 1].strip(), what=str(error)
        ) from error
    problems: list[Problem] = []
    if isinstance(given.get("deadline"), str):
        given["deadline"] = _date(given["deadline"])
    top = _known(given, _KEYS, "", problems)
    mail = _mail(_known(top.pop("mail", {}), _MAIL_KEYS, "mail.", problems), problems)
    problems += [Problem("settings-missing", {"key": key}) for key in ("form", "period") if key not in top]
    templates = tuple(str(folder) for folder in top.pop("templates", ()))
    if isinstance(top.get("deadline"), dt.datetime):
        top["deadline"] = top["deadline"].date()
    if problems:
        raise RoundProblems(problems)
    return Settings(**top, templates=templates, mail=mail)


def _known(
    given: Mapping[str, Any], keys: Mapping[str, type | tuple[type, ...]], prefix: str, problems: list[Problem]
) -> dict[str, Any]:
    found = {}
    for key, value in given.items():
        if key.casefold() in _SECRETS:
            problems.append(Problem("settings-password", {"key": prefix + key}))
        elif key not in keys:
            problems.append(Problem("settings-key", {"key": prefix + key, "known": ", ".join(keys)}))
        elif not isinstance(value, keys[key]) or (isinstance(value, bool) and keys[key] is not bool):
            problems.append(Problem("settings-value", {"key": prefix + key, "like": _like(keys[key])}))
        else:
            found[key] = value
    return found


def _like(kind: type | tuple[type, ...]) -> str:
    """What a value of a kind looks like."""
    return {str: '"…"', dt.date: "2026-01-20", list: '["…"]', dict: "[mail]"}.get(kind, "10")  # type: ignore[arg-type]


def _date(text: str) -> object:
    """A day that was written as people write it, in quotation marks; what is none stays a text."""
    found = re.fullmatch(r"\s*([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?\s*", text)
    try:
        return dt.date(*map(int, found.groups())) if found else text
    except ValueError:
        return text


def _mail(given: dict[str, Any], problems: list[Problem]) -> Mail:
    provider = given.pop("provider", "")
    preset = PRESETS.get(provider)
    if provider and preset is None:
        problems.append(Problem("settings-provider", {"value": provider, "known": list(PRESETS)}))
    if preset is not None:
        given = {
            "host": preset.host, "port": preset.port, "security": preset.security, "imap": preset.imap,
            "per_day": preset.per_day, "per_minute": preset.per_minute, **given,
        }  # fmt: skip
    mail = Mail(**given)
    if mail.address and not good_address(mail.address):
        problems.append(Problem("settings-address", {"value": mail.address}))
    if mail.security not in _SECURITY:
        problems.append(Problem("settings-security", {"value": mail.security, "known": list(_SECURITY)}))
    elif mail.security == "none" and mail.host not in _LOOPBACK:
        problems.append(Problem("settings-in-clear", {"host": mail.host}))
    for key in ("per_day", "per_minute", "tries"):
        if getattr(mail, key) < 1:
            problems.append(Problem("settings-value", {"key": f"mail.{key}", "like": 1}))
    return mail


def settings_text(settings: Settings) -> str:
    """A fresh file, with every setting that a clerk may want and what it means."""
    from xlreport.wording.mailing import SETTINGS

    deadline = settings.deadline.isoformat() if settings.deadline else ""
    return SETTINGS.format(
        form=_quoted(settings.form),
        period=settings.period,
        office=_quoted(settings.office),
        total=_quoted(settings.total),
        level=_quoted(settings.level),
        deadline=f"deadline = {deadline}" if deadline else f"# deadline = {settings.period + 1}-01-20",
        previous=f"previous = {_quoted(settings.previous)}" if settings.previous else '# previous = "../round-2024"',
        templates="[" + ", ".join(map(_quoted, settings.templates)) + "]",
    )


def _quoted(text: str) -> str:
    """A text as TOML takes it."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
