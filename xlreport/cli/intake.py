"""`xlreport intake` and `xlreport waive`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from xlreport.cli.console import say, stop
from xlreport.cli.rounds import became, codes, counted, document, one_of, opened, workers
from xlreport.report.text import safe
from xlreport.round.by_hand import accept_by_hand, dismiss_files, whose
from xlreport.round.codes import code_of
from xlreport.round.folder import Round
from xlreport.round.intake import Taken, intake
from xlreport.round.mailbag import arrivals
from xlreport.round.status import DISMISSED
from xlreport.round.trouble import RoundProblems, refuse
from xlreport.rules.sentence import Lang, several
from xlreport.wording.rounds import CHECKED_AGAIN, REMARKS, SIGNS, STATES, two

_NOTHING_TO_DO = frozenset({"duplicate", "beside", "notice", "own-mail", DISMISSED})


def take_in(
    folder: Path, sources: Sequence[Path], *, imap: bool, accept: int | None, unit: str, last_year: bool,
    everything: bool, dismiss: Sequence[int] = (), jobs: int, output: str, lang: Lang,
) -> int:  # fmt: skip
    """Take in what came and say what became of it; 1 where something needs a person."""
    taking = bool(sources) or imap
    words = "来源" if lang == "zh" else "sources"
    one_of(lang, {words: taking, "--accept": accept is not None, "--dismiss": bool(dismiss)})
    one_of(lang, {"--imap": imap, "--last-year": last_year})
    if everything and not imap:
        stop("--all 要和 --imap 一起用。" if lang == "zh" else "--all goes with --imap.")
    if unit and accept is None:
        stop("--unit 要和 --accept 编号 一起用。" if lang == "zh" else "--unit goes with --accept NO.")
    with opened(folder, lang) as this, workers(jobs) as executor:
        taken: list[Taken] = []
        trouble: RoundProblems | None = None
        if dismiss:
            count = dismiss_files(this, dismiss)
            if output == "json":
                document(dismissed=count)
            else:
                say(f"已定为不需要：{count} 个文件。" if lang == "zh" else f"Needed no more: {several(count, 'file')}.")
            return 0
        if accept is not None:
            taken = [accept_by_hand(this, accept, this.unit(unit) if unit else whose(this, accept))]
        else:
            if not taking:
                raise refuse("nothing-named")
            for source in sources:
                if not source.exists():
                    raise refuse("no-source", path=str(source))
                this.source(source)
            progress = counted("接收", "taking in", lang)
            found = (one for source in sources for one in arrivals(source))
            taken += intake(this, found, executor=executor, last_year=last_year, progress=progress)
            try:
                if imap:
                    from xlreport.round.fetch import fetch

                    # One by one: what came before the line was lost stays.
                    for one in fetch(
                        this, _password(this), everything=everything, executor=executor, progress=progress
                    ):
                        taken.append(one)
            except RoundProblems as error:
                trouble = error  # what came before the mailbox hung up is registered, and told now or never
                if not taken:
                    raise
        if output == "json":
            document(files=[_plain(one, lang) for one in taken], checked_again=this.checked_again)
        else:
            for one in taken:
                say(_line(one, lang))
            say(_closing(taken, lang))
            if count := this.checked_again:
                say(two(CHECKED_AGAIN, lang, count=count))
        if trouble is not None:
            raise trouble
    return int(any(_needs_somebody(one) for one in taken))


def _needs_somebody(one: Taken) -> bool:
    if one.accepted:
        return one.state == "error" or one.errors > 0 or "two-at-once" in one.remarks
    return one.outcome not in _NOTHING_TO_DO


def _password(this: Round) -> str:
    """The mailbox's password: from where it is kept, or asked for."""
    import getpass

    from xlreport.round.smtp import password_of

    mail = this.settings.mail
    if not mail.imap:
        raise refuse("mail-address")
    ask = (lambda: getpass.getpass("IMAP: ")) if sys.stdin.isatty() else None
    password = password_of(mail, os.environ.get("XLREPORT_MAIL_PASSWORD"), ask)
    if not password:
        raise refuse("no-password")
    return password


def _line(one: Taken, lang: Lang) -> str:
    name = safe(one.arrival.name or one.arrival.source)
    who = safe(one.unit.name) if one.unit else ""
    if one.accepted:
        state = f"{SIGNS[one.state]} {two(STATES[one.state], lang)}"
        counts = _counts(one, lang)
        remarks = "；".join(two(REMARKS[remark], lang, detail=one.detail) for remark in one.remarks)
        version = f"第 {one.version} 版" if lang == "zh" else f"version {one.version}"
        return "  ".join(part for part in (state, who, version, counts, f"({name})", remarks) if part)
    told = code_of(one.outcome)
    code = told.name if told else ""
    number = f"编号 {one.number}" if lang == "zh" else f"no. {one.number}"
    words = ("，" if lang == "zh" else ", ").join(part for part in (code, number) if part)
    number = f"（{words}）" if lang == "zh" else f" ({words})"
    sign = "○" if one.outcome in _NOTHING_TO_DO else "－"
    return f"{sign} {name}  {who}  {became(one.outcome, one.detail, lang, kept=one.kept)}{number}"


def _counts(one: Taken, lang: Lang) -> str:
    found = [(one.errors, "个错误", "error"), (one.warnings, "个警告", "warning")]
    if lang == "zh":
        return "，".join(f"{n} {word}" for n, word, _ in found if n)
    return ", ".join(several(n, word) for n, _, word in found if n)


def _closing(taken: Sequence[Taken], lang: Lang) -> str:
    accepted = [one for one in taken if one.accepted]
    wrong = sum(1 for one in accepted if one.state == "error")
    again = sum(1 for one in taken if one.outcome == "duplicate")
    beside = sum(1 for one in taken if one.outcome == "beside")
    notices = sum(1 for one in taken if one.outcome == "notice")
    own = sum(1 for one in taken if one.outcome == "own-mail")
    dismissed = sum(1 for one in taken if one.outcome == DISMISSED)
    aside = len(taken) - len(accepted) - again - beside - notices - own - dismissed
    more = [(beside, f"随信附来的其他文件 {beside} 个", f"{several(beside, 'other')} beside them")]
    more += [(notices, f"自动回复、回执 {notices} 封", several(notices, "automatic answer"))]
    more += [(own, f"自己发出的信 {own} 封", several(own, "own letter"))]
    rest = [(zh, en) for count, zh, en in more if count]
    if lang == "zh":
        said = f"共 {len(taken)} 个文件：接收 {len(accepted)} 份，其中 {wrong} 份有错误；"
        return said + f"重复 {again} 份；留置 {aside} 份" + "".join(f"；{zh}" for zh, _ in rest) + "。"
    return (
        f"{several(len(taken), 'file')}: {len(accepted)} accepted, {wrong} of them wrong; "
        f"{several(again, 'duplicate')}; {aside} kept aside" + "".join(f"; {en}" for _, en in rest) + "."
    )


def _plain(one: Taken, lang: Lang) -> dict[str, object]:
    return {
        "number": one.number,
        "name": one.arrival.name,
        "source": one.arrival.source,
        "outcome": one.outcome,
        "unit_code": one.unit.code if one.unit else None,
        "unit": one.unit.name if one.unit else None,
        "state": one.state or None,
        "version": one.version or None,
        "errors": one.errors,
        "warnings": one.warnings,
        "remarks": list(one.remarks),
        "code": code.name if (code := code_of(one.outcome, one.remarks)) else None,
        "message": "" if one.accepted else became(one.outcome, one.detail, lang, kept=one.kept),
    }


def waive_findings(
    folder: Path, unit: str, rule: str, reason: str, who: str, cell: str, *, withdrawn: bool, output: str, lang: Lang
) -> None:
    """Explain soft findings of a unit, or take that back."""
    from xlreport.round.waivers import waive, withdraw

    with opened(folder, lang) as this:
        (code,) = codes(this, [unit])
        if withdrawn:
            count = withdraw(this, this.unit(code), rule, cell)
        else:
            count = waive(this, this.unit(code), rule, reason, who, cell)
        if output == "json":
            document(unit_code=code, rule=rule, **{"withdrawn" if withdrawn else "explained": count})
        elif withdrawn:
            say(f"已撤回 {count} 个问题的说明。" if lang == "zh" else f"{several(count, 'explanation')} withdrawn.")
        else:
            say(f"已说明 {count} 个问题。" if lang == "zh" else f"{several(count, 'finding')} explained.")
