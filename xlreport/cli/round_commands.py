"""The commands of a collection round and their options. `main` takes them in with one line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xlreport.cli.console import expect_definitions, language
from xlreport.cli.options import ForceOption, Format, FormatOption, LangOption, OutputOption

FolderArgument = Annotated[Path, typer.Argument(help="这一轮的文件夹。 The folder of the round.")]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", help="只对这些单位（代码或名称），可以多次。 Only these units.", show_default=False),
]
JobsOption = Annotated[
    int, typer.Option("--jobs", help="用几个进程，0 为每个核一个。 Processes; 0 is one for each core.", min=0)
]
DraftOption = Annotated[
    Path | None,
    typer.Option("--draft", help="写成草稿 .eml，放到这个文件夹。 Write drafts into this folder.", show_default=False),
]
SendOption = Annotated[bool, typer.Option("--send", help="真的发送；不加只是预览。 Really send; else only show.")]
YesOption = Annotated[bool, typer.Option("--yes", help="不再询问。 Do not ask.")]


class StatusFormat(StrEnum):
    """How the status is given."""

    text = "text"
    json = "json"
    html = "html"


rounds = typer.Typer(help="一轮收表。 A collection round.", no_args_is_help=True, rich_markup_mode=None)


def add_round_commands(app: typer.Typer) -> None:
    """Put the commands among the others."""
    app.add_typer(rounds, name="round")
    for command in (issue, send, remind, reply, intake, status, waive, rollup, export):
        app.command()(command)


@rounds.callback()
def group() -> None:
    """一轮收表。 A collection round."""


@rounds.command("new")
def new(
    folder: FolderArgument,
    form: Annotated[str, typer.Option("--form", help="报表名，如 zfxxgk-annual。 A form.")],
    period: Annotated[int, typer.Option("--period", help="报告年度。 Report year.", min=1900, max=2199)],
    roster: Annotated[Path, typer.Option("--roster", help="花名册，CSV 或 .xlsx。 The roster.")],
    office: Annotated[str, typer.Option("--office", help="收表单位。 Who collects.")] = "",
    total: Annotated[str, typer.Option("--total", help="汇总表的填报单位。 The unit's name on the total.")] = "",
    level: Annotated[str, typer.Option("--level", help="汇总单位的层级。 The level of the total.")] = "",
    deadline: Annotated[str, typer.Option("--deadline", help="截止日期，如 2026-01-20。 The last day.")] = "",
    previous: Annotated[
        Path | None, typer.Option("--previous", help="上年一轮的文件夹。 Last year's round.", show_default=False)
    ] = None,
    templates: Annotated[
        list[Path] | None,
        typer.Option("--templates", help="另外的报表定义文件夹。 A further folder of definitions.", show_default=False),
    ] = None,
    lang: LangOption = None,
) -> None:
    """建立一轮收表：设置、花名册、登记簿。 Make a round: settings, roster, register.

    例 Example: xlreport round new round-2026 --form zfxxgk-annual --period 2026 --roster roster.csv
    """
    from xlreport.cli.round_new import make_round

    for one in templates or ():
        expect_definitions(one)
    make_round(
        folder, form, period, roster, office=office, total=total, level=level, deadline=deadline, previous=previous,
        templates=templates or (), lang=language(lang),
    )  # fmt: skip


def issue(
    folder: FolderArgument,
    only: OnlyOption = None,
    again: Annotated[bool, typer.Option("--again", help="已有的也重新生成。 Make those that exist as well.")] = False,
    jobs: JobsOption = 1,
    output: FormatOption = Format.text,
    lang: LangOption = None,
) -> None:
    """给每个单位生成表格，填入上年结转。 Make a workbook for each unit, with what last year carries over.

    例 Example: xlreport issue round-2025
    """
    from xlreport.cli.round_new import issue_workbooks

    issue_workbooks(folder, only, again=again, jobs=jobs, output=output.value, lang=language(lang))


def send(
    folder: FolderArgument,
    only: OnlyOption = None,
    draft: DraftOption = None,
    really: SendOption = False,
    yes: YesOption = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="表重新生成过的再发一次；加 --only 的没改过也发。 Once more to whose workbook was made anew.",
        ),
    ] = False,
    settle: Annotated[
        str,
        typer.Option("--settle", help="不知是否发出的邮件，查明后定为 sent 或 again。 Settle unknown messages."),
    ] = "",
    jobs: JobsOption = 1,
    output: FormatOption = Format.text,
    lang: LangOption = None,
) -> None:
    """把表格寄给各单位；不加 --send 只是预览。 Mail the workbooks; without --send only show who gets what.

    例 Example: xlreport send round-2025
    """
    from xlreport.cli.send import Wish, post

    wish = Wish(
        "issue", tuple(only or ()), draft, really, yes, again=again, settle=settle, output=output.value, jobs=jobs
    )
    raise typer.Exit(post(folder, wish, language(lang)))


def remind(
    folder: FolderArgument,
    only: OnlyOption = None,
    draft: DraftOption = None,
    really: SendOption = False,
    yes: YesOption = False,
    again: Annotated[bool, typer.Option("--again", help="今天催过的再催。 Remind once more.")] = False,
    settle: Annotated[str, typer.Option("--settle", help="sent 或 again。 Settle unknown messages.")] = "",
    jobs: JobsOption = 1,
    output: FormatOption = Format.text,
    lang: LangOption = None,
) -> None:
    """催没有报送或还有错误的单位。 Remind who has not answered or is still wrong.

    例 Example: xlreport remind round-2025
    """
    from xlreport.cli.send import Wish, post

    wish = Wish(
        "remind", tuple(only or ()), draft, really, yes, again=again, settle=settle, output=output.value, jobs=jobs
    )
    raise typer.Exit(post(folder, wish, language(lang)))


def reply(
    folder: FolderArgument,
    only: OnlyOption = None,
    draft: DraftOption = None,
    really: SendOption = False,
    yes: YesOption = False,
    warnings: Annotated[
        bool, typer.Option("--warnings", help="只有警告的也退回。 Also those with warnings only.")
    ] = False,
    settle: Annotated[str, typer.Option("--settle", help="sent 或 again。 Settle unknown messages.")] = "",
    jobs: JobsOption = 1,
    output: FormatOption = Format.text,
    lang: LangOption = None,
) -> None:
    """把标注好的表退回有错误的单位，接在对方来信之后。 Return the annotated copies, under the units' own messages.

    例 Example: xlreport reply round-2025 --warnings
    """
    from xlreport.cli.send import Wish, post

    wish = Wish("reply", tuple(only or ()), draft, really, yes, warnings, settle=settle, output=output.value, jobs=jobs)
    raise typer.Exit(post(folder, wish, language(lang)))


def intake(
    folder: FolderArgument,
    sources: Annotated[
        list[Path] | None,
        typer.Argument(help="文件夹、表格、.zip、.eml、.mbox。 Folders, workbooks, archives, messages."),
    ] = None,
    imap: Annotated[bool, typer.Option("--imap", help="收取邮箱。 Fetch the mailbox.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="邮箱里收过的也再看一遍。 Look at messages taken before, too.")
    ] = False,
    accept: Annotated[
        int | None,
        typer.Option("--accept", help="接收留置的文件（编号）。 Accept a file kept aside.", show_default=False),
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="留置文件是谁的。 Whose it is.")] = "",
    dismiss: Annotated[
        list[int] | None,
        typer.Option(
            "--dismiss",
            help="不需要的留置文件（编号），可以多次；文件仍留着。 Kept aside and not needed; the file stays.",
            show_default=False,
        ),
    ] = None,
    last_year: Annotated[
        bool, typer.Option("--last-year", help="收的是上年的报告，用来核对结转。 Reports of the year before.")
    ] = False,
    jobs: JobsOption = 1,
    output: FormatOption = Format.text,
    lang: LangOption = None,
) -> None:
    """接收各单位报来的表：认单位、核对、登记。 Take in what the units sent: matched, checked, registered.

    退出码 1：有错误或留置的文件。 Exit code 1: something is wrong or was kept aside.

    例 Example: xlreport intake round-2025 received
    """
    from xlreport.cli.intake import take_in

    code = take_in(
        folder, sources or (), imap=imap, accept=accept, unit=unit, last_year=last_year, everything=everything,
        dismiss=dismiss or (), jobs=jobs, output=output.value, lang=language(lang),
    )  # fmt: skip
    raise typer.Exit(code)


def status(
    folder: FolderArgument,
    output: Annotated[StatusFormat, typer.Option("--format", help="输出格式。 Output format.")] = StatusFormat.text,
    target: OutputOption = None,
    today: Annotated[
        str, typer.Option("--today", help="按这一天算逾期。 Count from this day.", show_default=False)
    ] = "",
    lang: LangOption = None,
) -> None:
    """谁没有报、谁有错、谁已说明、谁没有问题。 Who has not answered, is wrong, explained, clean.

    例 Example: xlreport status round-2025
    """
    from xlreport.cli.round_status import show_status

    show_status(folder, output.value, target, today, language(lang))


def waive(
    folder: FolderArgument,
    unit: Annotated[str, typer.Argument(help="单位代码或名称。 The unit.")],
    rule: Annotated[str, typer.Argument(help="规则或代码，如 T2-1。 A rule or a code.")],
    reason: Annotated[str, typer.Option("--reason", help="原因。 Why.")] = "",
    who: Annotated[str, typer.Option("--who", help="谁说明的。 Who says so.")] = "",
    cell: Annotated[str, typer.Option("--cell", help="只说明这一格的。 Only the one at this cell.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="撤回说明。 Take an explanation back.")] = False,
    output: FormatOption = Format.text,
    lang: LangOption = None,
) -> None:
    """登记对警告的说明；错误不能说明。 Explain a warning; an error cannot be explained away.

    例 Example: xlreport waive round-2025 0102 T2-1 --reason 当年制发当年废止 --who 李娜
    """
    from xlreport.cli.intake import waive_findings

    waive_findings(folder, unit, rule, reason, who, cell, withdrawn=withdraw, output=output.value, lang=language(lang))


def rollup(
    folder: FolderArgument,
    target: OutputOption = None,
    root: Annotated[
        str, typer.Option("--unit", help="只汇总这个单位和它下面的。 Only this unit and those below.")
    ] = "",
    allow_missing: Annotated[
        bool,
        typer.Option("--allow-missing", help="不全也汇总，缺的单位列明。 Even if units are missing; they are listed."),
    ] = False,
    include_wrong: Annotated[
        bool, typer.Option("--include-wrong", help="有错误的表也计入。 Include reports with errors.")
    ] = False,
    force: ForceOption = False,
    jobs: JobsOption = 1,
    output: FormatOption = Format.text,
    lang: LangOption = None,
) -> None:
    """汇总成同样的正式报表，每个数都可追到单位。 The total as the same form, each figure traceable to the units.

    例 Example: xlreport rollup round-2025 -o total.xlsx --allow-missing
    """
    from xlreport.cli.rollup import roll_up

    code = roll_up(
        folder, target, root, allow_missing=allow_missing, include_wrong=include_wrong, force=force,
        jobs=jobs, output=output.value, lang=language(lang),
    )  # fmt: skip
    raise typer.Exit(code)


def export(
    folder: FolderArgument,
    target: Annotated[Path, typer.Option("-o", "--output", help=".csv 或 .parquet。 The file.", show_default=False)],
    period: Annotated[
        list[int] | None, typer.Option("--period", help="只要这些年。 Only these years.", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all-versions", help="所有版次。 Every version.")] = False,
    force: ForceOption = False,
    jobs: JobsOption = 1,
    output: FormatOption = Format.text,
    lang: LangOption = None,
) -> None:
    """登记簿的全部数据，一行一个数。 Everything in the register, a line for each figure.

    例 Example: xlreport export round-2025 -o round.csv
    """
    from xlreport.cli.rollup import export_register

    export_register(
        folder, target, period or (), every=every, force=force, jobs=jobs, output=output.value, lang=language(lang)
    )
