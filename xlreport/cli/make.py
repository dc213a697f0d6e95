"""`xlreport make`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from xlreport.catalog import UnknownForm, find_form
from xlreport.cli.console import say, stop
from xlreport.form.model import Form
from xlreport.form.table import Fill
from xlreport.record import record
from xlreport.report.trouble import writing_trouble
from xlreport.rules.sentence import Lang
from xlreport.submission import find_level
from xlreport.workbook.template import Issue, make
from xlreport.workbook.write import CannotWrite, same_file, short_name, write_atomically


@record
class Options:
    """What `make` and `fill` are told of a fresh workbook."""

    period: int | None
    unit: str
    unit_code: str
    level: str
    totals: str | None
    templates: tuple[Path, ...]

    @property
    def fill(self) -> Fill | None:
        """The choice of totals, None for what the form says."""
        return Fill(self.totals) if self.totals else None


def the_form(name: str, period: int | None, templates: tuple[Path, ...]) -> Form:
    """The form asked for, or the end with the reason."""
    try:
        return find_form(name, period, templates)
    except UnknownForm as error:
        known = f"。现有 (known): {'、'.join(error.known)}" if error.known else ""
        stop(f"{error}{known}")


def the_level(form: Form, level: str) -> str:
    """The level under the form's own name for it, or the end with what there is."""
    if not level:
        return ""
    found = find_level(form, level)
    if found is None and form.levels:
        stop(f"没有单位层级“{level}” (no such level)。可选 (choose from): {'、'.join(x.id for x in form.levels)}")
    return found or level


def save(target: Path, data: bytes, lang: Lang, *, force: bool, sources: tuple[Path, ...] = ()) -> None:
    """Write a workbook whole or not at all; never over an input, over another file only when asked."""
    if any(same_file(source, target) for source in sources):
        stop("不能覆盖输入的文件，请换一个输出文件名。 The output would overwrite an input.")
    if os.path.lexists(target) and not force and not os.path.isdir(target):  # noqa: PTH112  (pathlib's may raise)
        stop(f"{target} 已存在；要覆盖请加 --force。 It exists already; use --force to overwrite it.")
    try:
        write_atomically(target, data)
    except CannotWrite as error:
        stop(f"{target}: {writing_trouble(error.reason, lang)}")


def make_form(name: str, options: Options, target: Path | None, *, force: bool, lang: Lang) -> None:
    """Make a workbook to be filled in and save it."""
    form = the_form(name, options.period, options.templates)
    level = the_level(form, options.level)
    issue = Issue(unit=options.unit, unit_code=options.unit_code, level=level, period=options.period)
    target = target or Path(_file_name(form, options))
    save(target, make(form, issue, totals=options.fill), lang, force=force)
    say(f"已生成：{target}" if lang == "zh" else f"Made: {target}")


def _file_name(form: Form, options: Options) -> str:
    """A name from a safe set: nothing that a unit is called can leave the folder or upset Windows."""
    parts = [form.id, str(options.period or form.edition), options.unit]
    name = "-".join(part for part in parts if part)
    return short_name(re.sub(r"[^\w.\-（）()]+", "_", name)[:120].strip("._"), ".xlsx")
