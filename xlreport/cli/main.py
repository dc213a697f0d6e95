"""The commands and their options. Each body reads its arguments, calls one function, and returns a code."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xlreport.cli.console import expect_definitions, language
from xlreport.cli.options import ForceOption, Format, FormatOption, LangOption, OutputOption
from xlreport.cli.round_commands import add_round_commands

app = typer.Typer(
    name="xlreport",
    help="填报表的生成、填写、核对与标注。 Make, fill, check and annotate official statistical forms.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Totals(StrEnum):
    """How totals get their numbers."""

    formula = "formula"
    typed = "typed"


class Bar(StrEnum):
    """The severity from which on the exit code is 1."""

    error = "error"
    warning = "warning"
    info = "info"


def _templates(folders: list[Path] | None) -> list[Path] | None:
    for folder in folders or ():
        expect_definitions(folder)
    return folders


TemplatesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--templates",
        help="另外的报表定义文件夹。 A further folder of form definitions.",
        show_default=False,
        callback=_templates,
    ),
]
PeriodOption = Annotated[int | None, typer.Option("--period", help="报告年度。 Report year.", min=1900, max=2199)]
UnitOption = Annotated[str, typer.Option("--unit", help="填报单位名称。 Name of the reporting unit.")]
CodeOption = Annotated[str, typer.Option("--unit-code", help="单位代码。 Code of the unit.")]
LevelOption = Annotated[str, typer.Option("--level", help="单位层级。 Level of the unit.")]
TotalsOption = Annotated[
    Totals | None,
    typer.Option(
        "--totals",
        help="总计由公式计算还是填写；默认按报表定义。 Totals by formula or typed; by default as the form says.",
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        from xlreport import __version__

        typer.echo(f"xlreport {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="版本。 Print the version.")
    ] = False,
) -> None:
    """填报表的生成、填写、核对与标注。 Make, fill, check and annotate official statistical forms."""


@app.command()
def forms(
    name: Annotated[str | None, typer.Argument(help="报表名，如 zfxxgk-annual@2021。 A form.")] = None,
    output: FormatOption = Format.text,
    lint: Annotated[
        bool, typer.Option("--lint", help="核对定义本身，同 audit --lint。 Check the definition itself.")
    ] = False,
    lang: LangOption = None,
    templates: TemplatesOption = None,
) -> None:
    """列出报表和版式，或一张表的全部结构。 List forms and editions, or the whole structure of one.

    例 Example: xlreport forms zfxxgk-annual@2021 --format json
    """
    from xlreport.cli.forms import print_form, print_forms

    if name is not None and lint:
        from xlreport.cli.audit import audit_form

        raise typer.Exit(audit_form(name, output.value, language(lang), templates or (), lint=True))
    if name is None:
        print_forms(output.value, language(lang), templates or ())
    else:
        print_form(name, output.value, language(lang), templates or ())


@app.command()
def make(
    form: Annotated[str, typer.Argument(help="报表名，如 zfxxgk-annual。 A form.")],
    period: PeriodOption = None,
    unit: UnitOption = "",
    unit_code: CodeOption = "",
    level: LevelOption = "",
    totals: TotalsOption = None,
    target: Annotated[
        Path | None, typer.Option("-o", "--output", help="输出文件。 The workbook to write.", show_default=False)
    ] = None,
    force: ForceOption = False,
    lang: LangOption = None,
    templates: TemplatesOption = None,
) -> None:
    """生成一份待填的报表。 Make a workbook to be filled in.

    例 Example: xlreport make zfxxgk-annual --period 2025 --unit 市财政局 -o 市财政局.xlsx
    """
    from xlreport.cli.make import Options, make_form

    options = Options(period, unit, unit_code, level, totals.value if totals else None, tuple(templates or ()))
    make_form(form, options, target, force=force, lang=language(lang))


@app.command()
def fill(
    form: Annotated[str, typer.Argument(help="报表名，或已有的表格文件。 A form, or an existing workbook.")],
    data: Annotated[Path, typer.Argument(help="数据，JSON 或 CSV。 The data, JSON or CSV.")],
    target: Annotated[
        Path, typer.Option("-o", "--output", help="输出文件。 The workbook to write.", show_default=False)
    ],
    period: PeriodOption = None,
    unit: UnitOption = "",
    unit_code: CodeOption = "",
    level: LevelOption = "",
    totals: TotalsOption = None,
    as_printed: Annotated[
        bool,
        typer.Option(
            "--as-printed", help="照原样填写，不合要求的值也填。 Enter values as printed, even those that do not fit."
        ),
    ] = False,
    force: ForceOption = False,
    lang: LangOption = None,
    templates: TemplatesOption = None,
) -> None:
    """把数据填入新表或已有的表。 Put data into a fresh or an existing workbook.

    例 Example: xlreport fill zfxxgk-annual data.csv --period 2024 --unit 市财政局 -o 市财政局.xlsx
    """
    from xlreport.cli.fill import fill_form
    from xlreport.cli.make import Options

    options = Options(period, unit, unit_code, level, totals.value if totals else None, tuple(templates or ()))
    fill_form(form, data, target, options, as_printed=as_printed, force=force, lang=language(lang))


PasswordOption = Annotated[
    str,
    typer.Option(
        "--password",
        help="有打开密码的表格用它打开。 Opens workbooks that have a password.",
        envvar="XLREPORT_PASSWORD",
        show_default=False,
    ),
]


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="表格文件或文件夹；- 为标准输入。 Workbooks or folders.")],
    prior: Annotated[
        Path | None,
        typer.Option("--prior", help="上年的表格，用来核对结转。 Last year's workbook.", show_default=False),
    ] = None,
    output: FormatOption = Format.text,
    target: Annotated[
        Path | None, typer.Option("-o", "--output", help="标注副本的文件名。 The annotated copy.", show_default=False)
    ] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", help="标注副本放到这个文件夹。 Folder for annotated copies.", show_default=False),
    ] = None,
    no_annotate: Annotated[
        bool, typer.Option("--no-annotate", help="只核对，不写标注副本。 Do not write annotated copies.")
    ] = False,
    fix_notation: Annotated[
        bool,
        typer.Option(
            "--fix-notation",
            help="副本里把写法改成数字（１２、3件 → 12、3），逐格列出；不改数值。"
            " Write oddly written numbers plainly in the copy, and list each.",
        ),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="空格也算错误。 Blank cells are errors.")] = False,
    fail_on: Annotated[
        Bar, typer.Option("--fail-on", help="从哪一级起退出码为 1。 Severity from which on the exit code is 1.")
    ] = Bar.error,
    form: Annotated[
        str | None, typer.Option("--form", help="按这张报表读取，不自动识别。 Read as this form.", show_default=False)
    ] = None,
    password: PasswordOption = "",
    jobs: Annotated[
        int,
        typer.Option("--jobs", "-j", min=1, help="同时核对几份（多个进程）。 Files to check at a time."),
    ] = 1,
    apply: Annotated[
        list[str] | None,
        typer.Option(
            "--apply",
            help="把这个编号的改法改在 -o 的副本里，可以多次。 Make this fix in the copy named by -o; may be repeated.",
            metavar="FINDING_ID",
            show_default=False,
        ),
    ] = None,
    force: ForceOption = False,
    lang: LangOption = None,
    templates: TemplatesOption = None,
) -> None:
    """核对填好的表，在副本的格子里标出问题。 Check filled workbooks and mark what is wrong in copies of them.

    退出码 0：没有错误；1：有错误或不能读取；2：用法不对。
    Exit code 0: no errors; 1: errors or unreadable; 2: wrong use.

    例 Example: xlreport check 市财政局.xlsx
    """
    from xlreport.cli.check import Request, check_files

    request = Request(
        files=tuple(files), lang=language(lang), prior=prior, format=output.value, target=target,
        output_dir=output_dir, form=form, templates=tuple(templates or ()), annotate=not no_annotate,
        strict=strict, fail_on=fail_on.value, password=password, fix_notation=fix_notation, jobs=jobs,
        apply=tuple(apply or ()), force=force,
    )  # fmt: skip
    raise typer.Exit(check_files(request))


@app.command()
def explain(
    what: Annotated[str | None, typer.Argument(help="代码、规则或指标项。 A code, a rule or an item.")] = None,
    output: FormatOption = Format.text,
    form: Annotated[
        str | None, typer.Option("--form", help="在这张报表里找。 The form to look in.", show_default=False)
    ] = None,
    lang: LangOption = None,
    templates: TemplatesOption = None,
) -> None:
    """说明一个代码、规则或指标项：查什么、为什么、怎样改。 What is checked, why, an example, how to put it right.

    例 Example: xlreport explain B401
    """
    from xlreport.cli.explain import explain_it

    explain_it(what, form, output.value, language(lang), templates or ())


@app.command()
def audit(
    form: Annotated[str, typer.Argument(help="报表名，或定义文件。 A form, or a definition.")],
    output: FormatOption = Format.text,
    lint: Annotated[
        bool, typer.Option("--lint", help="只列出定义里要改的；有则退出码为 1。 Only what the definition must mend.")
    ] = False,
    lang: LangOption = None,
    templates: TemplatesOption = None,
) -> None:
    """一张报表的规则查得出什么、查不出什么。 What a form's rules can detect and locate, and what they cannot.

    例 Example: xlreport audit zfxxgk-annual@2021
    """
    from xlreport.cli.audit import audit_form

    raise typer.Exit(audit_form(form, output.value, language(lang), templates or (), lint=lint))


SourceArgument = Annotated[Path, typer.Argument(help="表格文件。 A workbook.")]
TargetOption = Annotated[
    Path, typer.Option("-o", "--output", help="输出文件。 The workbook to write.", show_default=False)
]


@app.command()
def strip(source: SourceArgument, target: TargetOption, force: ForceOption = False, lang: LangOption = None) -> None:
    """去掉核对时加的全部标注。 Remove every mark that a check put in.

    例 Example: xlreport strip 市财政局.checked.xlsx -o 市财政局.clean.xlsx
    """
    from xlreport.cli.copies import strip_marks

    strip_marks(source, target, force=force, lang=language(lang))


@app.command()
def annotate(
    source: SourceArgument,
    findings: Annotated[Path, typer.Argument(help="审核结果，JSON。 Findings, JSON.")],
    target: TargetOption,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """把审核结果写进任何一份表格的副本。 Write findings into a copy of any workbook.

    FINDINGS 是 `check --format json` 的输出，或 [{"sheet", "cell", "severity", "message"}] 的列表。
    FINDINGS is what `check --format json` prints, or a list of sheet, cell, severity and message.

    例 Example: xlreport annotate 市财政局.xlsx findings.json -o 市财政局.noted.xlsx
    """
    from xlreport.cli.copies import annotate_with

    annotate_with(source, findings, target, force=force, lang=language(lang))


@app.command()
def upgrade(
    source: SourceArgument,
    target: TargetOption,
    form: Annotated[
        str | None,
        typer.Option("--form", help="新表；默认是报告年度适用的版式。 The fresh form.", show_default=False),
    ] = None,
    password: PasswordOption = "",
    force: ForceOption = False,
    lang: LangOption = None,
    templates: TemplatesOption = None,
) -> None:
    """把填好的表（损坏的或版式不对的）倒进一份新表。 Pour a filled workbook into a fresh form.

    例 Example: xlreport upgrade 市财政局.xlsx -o 市财政局.new.xlsx
    """
    from xlreport.cli.copies import upgrade as pour_over

    pour_over(source, target, form, tuple(templates or ()), password, force=force, lang=language(lang))


@app.command()
def learn(
    folder: Annotated[
        Path, typer.Argument(help="有 returned 和 corrected 两个子文件夹。 With folders `returned` and `corrected`.")
    ],
    target: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
    templates: TemplatesOption = None,
) -> None:
    """从退回和改正的成对表格重新估计填错的习惯。 Estimate anew how people slip, from pairs of workbooks.

    结果就是 xlreport/checks/culprit/typing_errors.json 的内容。
    What comes out is the content of that file.

    例 Example: xlreport learn 去年的表 -o typing_errors.json
    """
    from xlreport.cli.learn import learn_from

    learn_from(folder, target, language(lang), templates or (), force=force)


add_round_commands(app)
