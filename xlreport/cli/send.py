"""`xlreport send`, `remind` and `reply`: who gets what, drafts, and the sending itself."""

from __future__ import annotations

import getpass
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlreport.cli.console import complain, say, stop
from xlreport.cli.rounds import codes, counted, document, one_of, opened, workers
from xlreport.record import record
from xlreport.report.text import safe, width
from xlreport.round.folder import Round
from xlreport.round.plan import Passed, Planned, plan, size_of
from xlreport.round.status import undecided
from xlreport.round.trouble import refuse
from xlreport.rules.sentence import Lang, several
from xlreport.wording.rounds import DRAFTED, KINDS, NO_SENDER, PASSED, STOPPED, two

KEYS = ("issue", "remind", "reply")
_NAME = 1  # the column of the unit
_WIDEST = 48  # columns that a name is given, and twice as many any other cell; a longer one pushes only its own line


@record
class Wish:
    """What a command that sends is asked to do."""

    kind: str
    only: tuple[str, ...] = ()
    draft: Path | None = None
    send: bool = False
    yes: bool = False
    warnings: bool = False
    again: bool = False
    settle: str = ""  # "sent" or "again": what a person found out about unknown messages
    output: str = "text"
    jobs: int = 1


def post(folder: Path, wish: Wish, lang: Lang) -> int:
    """Show who gets what; write drafts or send where that is asked for. The exit code."""
    one_of(lang, {"--send": wish.send, "--draft": wish.draft is not None, "--settle": bool(wish.settle)})
    with opened(folder, lang) as this:
        only = codes(this, wish.only)
        if wish.settle:
            return _settle(this, wish, only, lang)
        with workers(wish.jobs) as executor:
            planned, passed = plan(
                this,
                wish.kind,
                lang,
                only,
                warnings=wish.warnings,
                again=wish.again,
                drafts=wish.draft is not None,
                executor=executor,
            )
        if wish.draft is not None:
            from xlreport.round.outbox import draft

            written = draft(this, planned, wish.draft)
            _show(this, planned, passed, wish, lang)
            # A program reads one document on standard output and nothing else.
            tell = complain if wish.output == "json" else say
            count = several(len(written), "draft")
            tell(_two(f"已写 {len(written)} 封草稿：{wish.draft}", f"Wrote {count}: {wish.draft}", lang))
            if written:
                tell(two(DRAFTED, lang))
            if written and not this.settings.mail.address:
                tell(two(NO_SENDER, lang))
            return 0
        if wish.send:
            return _send(this, planned, passed, wish, only, lang)
        _show(this, planned, passed, wish, lang)
        if wish.output != "json":
            say(
                _two(
                    "以上只是预览，没有发送。发送请加 --send，写成草稿请加 --draft 文件夹。",
                    "Nothing was sent. Use --send to send, --draft DIR to write drafts.",
                    lang,
                )
            )
        return 0


def _send(
    this: Round, planned: Sequence[Planned], passed: Sequence[Passed], wish: Wish, only: frozenset[str], lang: Lang
) -> int:
    from xlreport.round.behind import expect_everything_known
    from xlreport.round.outbox import deliver, queue
    from xlreport.round.smtp import Postman, password_of

    mail = this.settings.mail
    if not mail.address or not mail.host:
        raise refuse("mail-address")
    expect_everything_known(this)
    if wish.output != "json":
        _show(this, planned, passed, wish, lang)
    if not wish.yes:
        _confirm(len(planned), mail.address, lang)
    password = password_of(mail, os.environ.get("XLREPORT_MAIL_PASSWORD"), _ask(lang) if sys.stdin.isatty() else None)
    if not password and mail.security != "none":
        raise refuse("no-password")
    queue(this, planned, kind=wish.kind, only=only)
    with Postman(mail, password, this.folder).session() as postman:
        done = deliver(this, postman, [wish.kind], only, progress=counted("发送", "sending", lang))
    if wish.output == "json":
        document(
            kind=wish.kind, sent=done.sent, failed=done.failed, unknown=done.unknown, waiting=done.waiting,
            stopped=done.stopped, refused=done.refused,
            undone=[
                {"unit_code": row["unit"], "state": row["state"], "code": row["code"]}
                for row in _undone(this, wish.kind)
            ],
        )  # fmt: skip
    else:
        say(
            _two(
                f"发出 {done.sent} 封，失败 {done.failed} 封，不知是否发出 {done.unknown} 封，等待 {done.waiting} 封。",
                f"{done.sent} sent, {done.failed} failed, {done.unknown} unknown, {done.waiting} waiting.",
                lang,
            )
        )
        _troubled(this, wish.kind, lang)
    if done.stopped:
        complain(two(STOPPED[done.stopped], lang, told=done.told))
    return int(bool(done.failed or done.unknown or done.stopped or done.refused))


def _undone(this: Round, kind: str) -> Sequence[Any]:
    """The messages that need a person, of this run or an earlier one."""
    return this.register.db.execute(
        "SELECT unit, state, code, told FROM message WHERE kind = ? AND period = ?"
        " AND (state IN ('failed', 'unknown') OR state = 'sent' AND told LIKE 'refused=%') ORDER BY state, unit",
        (kind, this.period),
    ).fetchall()


def _troubled(this: Round, kind: str, lang: Lang) -> None:
    """Tell the messages that need a person."""
    rows = _undone(this, kind)
    for row in rows:
        unit = this.by_code.get(row["unit"])
        who = safe(unit.name) if unit else ""
        if row["state"] == "sent":
            count = row["told"].partition("=")[2]
            word = _two(
                f"已发出，但有 {count} 个地址被拒收，请核对花名册里的邮箱",
                f"sent, but {count} of its addresses were refused",
                lang,
            )
            say(f"  {safe(row['unit'])}  {who}  {word}")
            continue
        word = _two("失败", "failed", lang) if row["state"] == "failed" else _two("不知是否发出", "unknown", lang)
        say(f"  {safe(row['unit'])}  {who}  {word}  {row['code'] or ''} {safe(row['told'])}".rstrip())
    if any(row["state"] == "failed" for row in rows):
        say(
            _two(
                "失败的，请在花名册里改正邮箱后再运行一次；邮箱没有错的用 --settle again 再发。",
                "For what failed, correct the address on the roster and run it again; or --settle again.",
                lang,
            )
        )
    if any(row["state"] == "unknown" for row in rows):
        say(
            _two(
                "不知是否发出的，请查“已发送”或问对方；已发出的用 --settle sent --only 单位，没有的用 --settle again。",
                "Look into the Sent folder, or ask; then --settle sent --only UNIT, or --settle again.",
                lang,
            )
        )


def _settle(this: Round, wish: Wish, only: frozenset[str], lang: Lang) -> int:
    from xlreport.round.outbox import decide

    if wish.settle not in {"sent", "again"}:
        stop(_two("--settle 只能是 sent 或 again。", "--settle is sent or again.", lang))
    count = decide(this, wish.settle == "sent", only, wish.kind)
    if wish.output == "json":
        document(kind=wish.kind, settled=count)
        return 0
    say(_two(f"已确定 {count} 封。", f"{several(count, 'message')} settled.", lang))
    return 0


def _confirm(count: int, sender: str, lang: Lang) -> None:
    if not sys.stdin.isatty():
        stop(
            _two(
                "没有人可以确认，什么也没有发。确认要发请加 --yes。",
                "Nobody is there to confirm; nothing was sent. Use --yes.",
                lang,
            )
        )
    question = _two(
        f"从 {sender} 发出 {count} 封？[y/N] ", f"Send {several(count, 'message')} from {sender}? [y/N] ", lang
    )
    sys.stderr.write(question)
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes", "是"}:
        stop(_two("没有发送。", "Nothing was sent.", lang), 1)


def _ask(lang: Lang):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return lambda: getpass.getpass(_two("邮箱密码或授权码：", "Mail password: ", lang))


def _show(this: Round, planned: Sequence[Planned], passed: Sequence[Passed], wish: Wish, lang: Lang) -> None:
    aside = Counter(one.unit for one in undecided(this)) if wish.kind == "remind" else Counter()
    if wish.output == "json":
        document(
            kind=wish.kind,
            messages=[
                {"unit_code": p.unit.code, "unit": p.unit.name, "to": list(p.to), "cc": list(p.cc),
                 "subject": p.subject, "attachment": p.file_name, "file": p.file, "bytes": p.size,
                 "aside": aside[p.unit.code]}
                for p in planned
            ],
            passed=[{"unit_code": p.unit.code, "unit": p.unit.name, "reason": p.reason} for p in passed],
        )  # fmt: skip
        return
    kind = two(KINDS[wish.kind], lang)
    rows = [
        (p.unit.code, p.unit.name, ", ".join(p.to), ", ".join(p.cc), p.file_name, _kilobytes(p.size)) for p in planned
    ]
    heads = (
        ("代码", "单位", "收件人", "抄送", "附件", "大小")
        if lang == "zh"
        else ("Code", "Unit", "To", "Cc", "File", "Size")
    )
    for line in _table([heads, *rows] if rows else []):
        say(line)
    for one in passed:
        say(f"  － {safe(one.unit.code)}  {safe(one.unit.name)}  {two(PASSED[one.reason], lang)}")
    waiting = [p.unit for p in planned if aside[p.unit.code]]
    if waiting:
        names = ("、" if lang == "zh" else ", ").join(f"{safe(unit.code)} {safe(unit.name)}" for unit in waiting)
        say(
            _two(
                f"△ 其中 {len(waiting)} 个单位有留置的文件，可能就是它的报表，催之前请先看 status：{names}",
                f"△ Of {len(waiting)} of these a file is kept aside that may be its report; see `status`: {names}",
                lang,
            )
        )
    total = size_of(planned)
    size = f"{total / 1_000_000:.1f} MB" if total >= 1_000_000 else _kilobytes(total)
    say(
        _two(
            f"{kind}：{len(planned)} 封，共 {size}；{len(passed)} 个单位不发。",
            f"{kind}: {several(len(planned), 'message')}, {size}; without one: {several(len(passed), 'unit')}.",
            lang,
        )
    )


def _kilobytes(size: int) -> str:
    return f"{-(-size // 1000)} KB"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    clean = [[safe(cell) for cell in row] for row in rows]
    most = [_WIDEST if n == _NAME else 2 * _WIDEST for n in range(len(rows[0]))]
    wide = [min(max(width(row[n]) for row in clean), most[n]) for n in range(len(most))]
    return ["  ".join(c + " " * (wide[n] - width(c)) for n, c in enumerate(row)).rstrip() for row in clean]


def _two(zh: str, en: str, lang: Lang) -> str:
    return zh if lang == "zh" else en
