"""`xlreport audit`, and `--lint` where a definition is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlreport.cli.console import say, say_json
from xlreport.cli.make import the_form
from xlreport.form.audit import audit
from xlreport.report.audit import audit_document
from xlreport.rules.sentence import Lang
from xlreport.wording.audit import audit_lines, lint_lines


def audit_form(name: str, output: str, lang: Lang, templates: Sequence[Path], *, lint: bool) -> int:
    """Print what a form's rules can and cannot see; with `lint` 1 if the definition has to be looked at again."""
    form = the_form(name, None, tuple(templates))
    found = audit(form)
    if output == "json":
        say_json(audit_document(found))
    else:
        for line in lint_lines(form, found, lang) if lint else audit_lines(form, found, lang):
            say(line)
    return int(lint and found.faults)
