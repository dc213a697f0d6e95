"""Headings of another edition in place of ours: which of a table's headings then mean what is anybody's guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xlreport.finding import Code, Finding
from xlreport.form.fold import fold
from xlreport.form.layout import Cell
from xlreport.form.model import Form
from xlreport.workbook.texts import Located, Texts, labels_of


def foreign(
    form: Form, forms: Callable[[], Sequence[Form]], texts: Mapping[str, Texts], located: Mapping[str, Located]
) -> tuple[set[str], list[Finding]]:
    """Tables with headings of another edition in place of ours: told once as a mixed form."""
    suspicious = [
        (table, change, found)
        for table, found in located.items()
        for change in found.changes
        if change.kind in {"missing", "inserted", "variant"}
    ]
    absent = [table for table in form.tables if table not in located]
    if not suspicious and not absent:
        return set(), []
    here = {text for one in texts.values() for text in one.at.values()}
    own = {w for t in form.tables.values() for a in (t.rows, t.columns) for h in a.headings for w in labels_of(h)}
    result: set[str] = set()
    told: list[Finding] = []
    for other in forms():
        if other.id != form.id or other.edition == form.edition:
            continue
        strange: dict[str, str] = {}
        for table in (*dict.fromkeys(t for t, _, _ in suspicious), *absent):
            theirs = other.tables.get(table)
            if theirs is None:
                continue
            for axis in (theirs.rows, theirs.columns):
                for heading in axis.headings:
                    word = fold(heading.label)
                    if word in here and word not in own:
                        strange[word] = heading.label
                        result.add(table)
        if strange:
            policy = form.policy("mixed-edition")
            place = _find_word(texts, next(iter(strange)))
            facts = {"labels": list(strange.values()), "edition": form.edition, "other": other.edition}
            told.append(Finding(Code.S202, policy.severity, policy.rule, place=place, facts=facts))
    return result, told


def _find_word(texts: Mapping[str, Texts], word: str) -> Cell | None:
    for name, one in texts.items():
        for (row, col), text in one.at.items():
            if text == word:
                return Cell(name, row, col)
    return None
