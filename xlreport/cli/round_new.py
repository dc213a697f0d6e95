"""`xlreport round new` and `xlreport issue`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from xlreport.cli.console import say, stop
from xlreport.cli.rounds import codes, counted, document, opened, problems_told, workers
from xlreport.round.folder import Round, new_round
from xlreport.round.history import previous_of
from xlreport.round.notepad import decoded
from xlreport.round.settings import FILE, Settings, read_settings
from xlreport.round.trouble import refuse
from xlreport.rules.sentence import Lang, several


def make_round(
    folder: Path, form: str, period: int, roster: Path, *, office: str, total: str, level: str, deadline: str,
    previous: Path | None, templates: Sequence[Path], lang: Lang,
) -> None:  # fmt: skip
    """Make a round and say what is in it."""
    try:
        day = dt.date.fromisoformat(deadline) if deadline else None
    except ValueError:
        stop(f"“{deadline}”不是日期，请写成 {period + 1}-01-20。 Not a date; write it as {period + 1}-01-20.")
    if previous and not (previous / FILE).is_file():
        with problems_told(lang):
            raise refuse("no-round", folder=str(previous))
    before = _from(folder, previous) if previous else previous_of(folder, form, period)
    folders = tuple(_from(folder, one) for one in templates)
    settings = Settings(form, period, office, total, level, "", day, before, folders)
    with problems_told(lang):
        made = new_round(folder, settings, roster)
        mailed = sum(1 for unit in made.units if unit.to)
        say(
            f"已建立：{folder}，{len(made.units)} 个单位（{len(made.reporting)} 个填报，{mailed} 个有邮箱）"
            + (f"，上年一轮：{before}" if before else "")
            if lang == "zh"
            else f"Made: {folder}, {several(len(made.units), 'unit')} "
            f"({len(made.reporting)} report, {mailed} with an address)"
            + (f"; last year's round: {before}" if before else "")
        )
        _expect_last_year(made, lang)
        made.close()


_LISTED = 12  # units that the console names


def _expect_last_year(made: Round, lang: Lang) -> None:
    """Say where the round that is to be last year's is another year's: nothing would be carried over from it."""
    if not made.settings.previous:
        return
    settings = read_settings(decoded((made.folder / made.settings.previous / FILE).read_bytes()))
    if settings.period != made.period - 1:
        there, year = made.settings.previous, made.period - 1
        say(
            f"△ {there} 是 {settings.period} 年的一轮，不是 {year} 年的；其中没有 {year} 年的报表，就没有可以结转的数。"
            if lang == "zh"
            else f"△ {there} is the round of {settings.period} and not of {year}; unless it holds reports of {year}, "
            "nothing is carried over."
        )


def _from(folder: Path, other: Path) -> str:
    """A folder as the round's settings name it: what lies beside the round may be moved together with it."""
    home, there = folder.resolve().parent, other.resolve()
    return f"../{there.relative_to(home).as_posix()}" if there.is_relative_to(home) else str(there)


def issue_workbooks(
    folder: Path, only: Sequence[str] | None, *, again: bool, jobs: int, output: str, lang: Lang
) -> None:
    """Make the workbooks and say what was made."""
    from xlreport.round.history import names_before, not_continued
    from xlreport.round.issue import issue, sent_before

    with opened(folder, lang) as this, workers(jobs) as executor:
        made = issue(this, codes(this, only), again=again, executor=executor, progress=counted("生成", "making", lang))
        ready = this.register.db.execute(
            "SELECT COUNT(*) FROM issue JOIN unit ON code = unit WHERE period = ? AND reports", (this.period,)
        ).fetchone()[0]
        renamed = names_before(this, [one.unit for one in made if one.carried])
        # Of interest where somebody got nothing: a unit that is new, or one of these under another name and code.
        nobodys = not_continued(this) if any(not one.carried for one in made) else []
        if output == "json":
            document(
                made=[
                    {"unit_code": one.unit.code, "unit": one.unit.name, "file": str(one.path), "issue": one.number,
                     "carried": one.carried}
                    for one in made
                ],
                ready=ready,
                renamed=[{"unit_code": unit.code, "unit": unit.name, "last_year": was} for unit, was in renamed],
                not_continued=[{"unit_code": code, "unit": name} for code, name in nobodys],
            )  # fmt: skip
            return
        carried = sum(1 for one in made if one.carried)
        if lang == "zh":
            say(f"生成 {len(made)} 份，共备好 {ready} 份：{folder / 'issued'}")
            if carried:
                say(f"其中 {carried} 份已填入上年报告的结转数。")
        else:
            say(f"Made {several(len(made), 'workbook')}; ready in {folder / 'issued'}: {ready}")
            if carried:
                say(f"{carried} of them hold what last year's report carries over.")
        if made and (old := sent_before(this, [one.unit for one in made])):
            say(
                f"△ 其中 {old} 个单位已经收到过以前的表；要把新表再发给它们，运行 send --again。"
                if lang == "zh"
                else f"△ {old} of these units were sent the workbook before; `send --again` sends them the new one."
            )
        if nobodys:
            from xlreport.report.text import safe

            listed = ("、" if lang == "zh" else ", ").join(
                f"{safe(code)} {safe(name)}" for code, name in nobodys[:_LISTED]
            )
            listed += "…" if len(nobodys) > _LISTED else ""
            say(
                f"△ 上年报告过的 {len(nobodys)} 个单位不在今年的花名册里，没有人接它们的结转数：{listed}。"
                "撤并的不用管；改了名又换了代码的，请在花名册里仍用上年的代码，再运行一次 issue。"
                if lang == "zh"
                else f"△ {several(len(nobodys), 'unit')} of last year not on this roster; nobody takes over their"
                f" figures: {listed}. Nothing need be done for one that is gone; one that got another name and another"
                " code keeps last year's code on the roster: then issue again."
            )
        if renamed:
            from xlreport.report.text import safe

            listed = ("、" if lang == "zh" else ", ").join(
                f"{safe(unit.code)} {safe(was)} → {safe(unit.name)}" for unit, was in renamed
            )
            say(
                f"△ {len(renamed)} 个单位上年用的是别的名称，代码相同，按同一单位填入了上年的数：{listed}。"
                "不是同一单位的，请在花名册里给它一个没有用过的代码，再运行一次 issue。"
                if lang == "zh"
                else f"△ {len(renamed)} units had another name last year and the same code; they are taken for the same"
                f" unit and hold its figures: {listed}. Where one is not, give it a code never used, and issue again."
            )
