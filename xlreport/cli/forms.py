"""`xlreport forms`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlreport.catalog import UnknownForm, find_form
from xlreport.cli.console import say, say_json, stop
from xlreport.examine import all_forms
from xlreport.form.model import Form
from xlreport.report.structure import overview, structure, tree
from xlreport.rules.sentence import Lang


def print_forms(output: str, lang: Lang, templates: Sequence[Path]) -> None:
    """All forms and editions."""
    forms = sorted(all_forms(templates), key=lambda f: (f.id, f.first_period))
    if output == "json":
        say_json({"version": 1, "forms": [overview(form) for form in forms]})
        return
    for form in forms:
        say(_line(form, lang))


def _line(form: Form, lang: Lang) -> str:
    if lang == "zh":
        years = (
            f"{form.first_period}—{form.last_period} 年报告" if form.last_period else f"{form.first_period} 年起的报告"
        )
        return f"{form.name}  {form.title}  {years}  {form.source}"
    years = f"{form.first_period}–{form.last_period}" if form.last_period else f"{form.first_period} on"
    return f"{form.name}  {form.title_en}  reports {years}  {form.source_en}"


def print_form(name: str, output: str, lang: Lang, templates: Sequence[Path]) -> None:
    """One form's whole structure."""
    try:
        form = find_form(name, extra=templates)
    except UnknownForm as error:
        known = f"。现有 (known): {'、'.join(error.known)}" if error.known else ""
        stop(f"{error}{known}")
    if output == "json":
        say_json(structure(form))
        return
    say(_line(form, lang))
    for line in tree(form, lang):
        say(line)
