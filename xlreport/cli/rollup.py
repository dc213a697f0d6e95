"""`xlreport rollup` and `xlreport export`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlreport.cli.console import say, stop
from xlreport.cli.rounds import counted, document, opened, workers
from xlreport.finding import Finding
from xlreport.form.model import Severity
from xlreport.report.text import safe
from xlreport.round.codes import LEFT_OUT
from xlreport.round.filing import unit_file
from xlreport.round.rollup import IN, Rollup, rollup
from xlreport.round.total import total_bytes
from xlreport.rules.sentence import Lang, plain, several
from xlreport.submission import Submission
from xlreport.wording import SEVERITY_SIGNS, message
from xlreport.wording.rounds import CHECKED_AGAIN, GONE, STATES, two
from xlreport.workbook.write import write_atomically

_NUMBERED = 12  # numbers of files kept aside that the console names
_TOLD = 40  # findings that the console shows


def roll_up(
    folder: Path, target: Path | None, root: str, *, allow_missing: bool, include_wrong: bool, force: bool, jobs: int,
    output: str, lang: Lang,
) -> int:  # fmt: skip
    """Make the total, write it, and say what it is made of; 1 where it is itself wrong."""
    with opened(folder, lang) as this:
        # The total of a part takes no other name than its own: `--force` is not to put it in the place of the whole.
        part = f"-{unit_file(this.unit(root), '.xlsx')}" if root else ".xlsx"
        path = this.output(target or folder / f"total-{this.period}{part}", ".xlsx")
        if path.exists() and not force:
            stop(f"{path} 已存在；要覆盖请加 --force。 It exists already; use --force to overwrite it.")
        made = rollup(
            this, root, allow_missing=allow_missing, include_wrong=include_wrong,
            progress=counted("汇总", "adding up", lang),
        )  # fmt: skip
        with workers(jobs) as executor:
            write_atomically(path, total_bytes(this, made, lang, executor))
        this.log("rollup", included=len(made.of(IN)), left_out=len(made.incomplete), findings=len(made.findings))
        if output == "json":
            _json(made, path, lang, this.checked_again)
        else:
            if count := this.checked_again:
                say(two(CHECKED_AGAIN, lang, count=count))
            _say(made, path, lang)
        return int(any(f.severity is Severity.ERROR for f, _, _ in made.told))


def _say(made: Rollup, path: Path, lang: Lang) -> None:
    zh = lang == "zh"
    included, left = len(made.of(IN)), made.incomplete
    say(f"已汇总 {included} 个单位：{path}" if zh else f"Added up {several(included, 'unit')}: {path}")
    if left:
        say(
            f"未计入 {len(left)} 个单位（汇总说明中列出）："
            if zh
            else f"Left out (and listed in it): {several(len(left), 'unit')}"
        )
        for one in left:
            why = f"{two(STATES[one.outcome], lang)}  {LEFT_OUT[one.outcome].name}"
            say(f"  － {safe(one.unit.code)}  {safe(one.unit.name)}  {why}")
    if made.gone:
        names = [f"{safe(code)} {safe(name)}" for code, name in made.gone]
        say(two(GONE, lang, count=len(made.gone), names=names))
    if made.undecided:
        numbers = ("、" if zh else ", ").join(str(one.number) for one in made.undecided[:_NUMBERED])
        rest = "…" if len(made.undecided) > _NUMBERED else ""
        say(
            f"△ 还有 {len(made.undecided)} 个留置的文件可能是这些单位的报表（编号 {numbers}{rest}），没有计入；"
            "见 status，接收用 intake --accept，不需要的用 intake --dismiss。"
            if zh
            else f"△ Kept aside, maybe of these units, and not in it: {several(len(made.undecided), 'file')}"
            f" (no. {numbers}{rest}); see `status`, then intake --accept or --dismiss."
        )
    if made.wrong_but_in:
        count = len(made.wrong_but_in)
        say(
            f"按要求计入了 {count} 个有错误的单位："
            if zh
            else f"Included with errors, as asked for: {several(count, 'unit')}"
        )
        for one in made.wrong_but_in:
            errors = one.standing.errors if one.standing else 0
            tail = f"{errors} 个错误" if zh else several(errors, "error")
            say(f"  × {safe(one.unit.code)}  {safe(one.unit.name)}  {tail}")
    if made.with_gaps:
        units, cells = len(made.with_gaps), sum(one.gaps for one in made.with_gaps)
        say(
            f"△ {units} 个单位共 {cells} 格没有填数（空着、填“无”或读不出数），没有数可加；汇总说明中列出。"
            if zh
            else f"△ {several(cells, 'cell')} without a number ({several(units, 'unit')}) add nothing; listed in it."
        )
    for finding, submission, prior in made.told[:_TOLD]:
        say(f"  {_finding(finding, submission, prior, lang)}")
    if more := len(made.told[_TOLD:]):
        say(f"  …… 还有 {more} 个问题，见“汇总说明”。" if zh else f"  … and {more} more, listed in it.")
    if made.over_years:
        say(
            f"  （与上年比较的是两年都有报告的 {made.compared} 个单位之和。）"
            if zh
            else f"  (Compared with last year: the sums of the {made.compared} units that reported both years.)"
        )
    if not made.told:
        say("√ 汇总表的勾稽关系全部成立。" if zh else "√ All relations of the total hold.")


def _finding(finding: Finding, submission: Submission, prior: Submission | None, lang: Lang) -> str:
    code = finding.code.name + (f" {finding.rule}" if finding.rule else "")
    return f"{SEVERITY_SIGNS[finding.severity]} {code}  {safe(message(finding, submission, lang, prior))}"


def _json(made: Rollup, path: Path, lang: Lang, checked_again: int) -> None:
    form = made.submission.form
    values = {str(item): made.submission.value(item) for item in form.items}
    document(
        file=str(path),
        checked_again=checked_again,
        form=form.id,
        edition=form.edition,
        period=made.submission.period,
        unit=made.submission.unit,
        included=[one.unit.code for one in made.of(IN)],
        left_out=[
            {"unit_code": one.unit.code, "unit": one.unit.name, "reason": one.outcome,
             "code": LEFT_OUT[one.outcome].name}
            for one in made.incomplete
        ],
        undecided=[{"number": one.number, "unit_code": one.unit or None} for one in made.undecided],
        not_on_roster=[code for code, _ in made.gone],
        wrong_but_included=[one.unit.code for one in made.wrong_but_in],
        without_number=[
            {"unit_code": one.unit.code, "cells": one.gaps, "first": [[str(i), text] for i, text in one.some_gaps]}
            for one in made.with_gaps
        ],
        values={name: plain(value) if value is not None else None for name, value in values.items()},
        findings=[
            {"code": f.code.name, "rule": f.rule, "severity": f.severity.value,
             "message": message(f, submission, lang, prior)}
            for f, submission, prior in made.told
        ],
    )  # fmt: skip


def export_register(
    folder: Path, target: Path, periods: Sequence[int], *, every: bool, force: bool, jobs: int, output: str, lang: Lang
) -> None:
    """Write the register in long form."""
    from xlreport.round.export import write_csv, write_parquet

    if target.exists() and not force:
        stop(f"{target} 已存在；要覆盖请加 --force。 It exists already; use --force to overwrite it.")
    with opened(folder, lang) as this:
        this.output(target, ".csv", ".parquet")
        write = write_parquet if target.suffix.lower() == ".parquet" else write_csv
        with workers(jobs) as executor:
            count = write(this, target, periods, latest=not every, executor=executor)
        if output == "json":
            document(file=str(target), lines=count)
        else:
            say(f"已导出 {count} 行：{target}" if lang == "zh" else f"Exported {several(count, 'line')}: {target}")
