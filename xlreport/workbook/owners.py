"""Whose workbook it is: what it was issued as, what it says of itself, and what its cover and its sheets say."""

from __future__ import annotations

from collections.abc import Iterator

from xlreport.finding import Code, Finding
from xlreport.form.fold import fold
from xlreport.form.layout import INFO_ROW, Cell
from xlreport.form.model import Severity
from xlreport.pattern import pattern
from xlreport.workbook.identity import identities, issued
from xlreport.workbook.seen import Seen

_OWNER = pattern(r"填报单位：(.*?)(?:\s+报告年度：((?:19|20)[0-9]{2})?年?)?")


def owners(seen: Seen) -> Iterator[Finding]:
    """Another unit's, another year's, another edition's, two put together, or sheets that are somebody else's."""
    yield from _cover(seen)
    yield from _owners(seen)


def _cover(seen: Seen) -> Iterator[Finding]:
    """What the workbook was issued as against what its cover says now."""
    if seen.identity is None:
        return
    said = {"unit": seen.identity.unit, "unit_code": seen.identity.unit_code, "period": seen.identity.period or ""}
    now = {"unit": seen.submission.unit, "unit_code": seen.submission.unit_code, "period": seen.submission.period or ""}
    policy = seen.form.policy("identity")
    for what, told in said.items():
        if str(told) and str(now[what]) and fold(str(told)) != fold(str(now[what])):
            facts = {"what": what, "issued": str(told), "found": str(now[what])}
            place = seen.submission.cover_cells.get(what)
            yield (Finding(Code.S204, policy.severity, policy.rule, place=place, facts=facts))


def _owners(seen: Seen) -> Iterator[Finding]:
    """What the workbook says of itself in several places, and each sheet of whose it is, where they differ."""
    policy = seen.form.policy("identity")
    said = [(where, one) for where, one in identities(seen.book) if where in {"properties", "sheet"}]
    first = said[0][1] if said else None
    for where, one in said[1:]:
        pairs = [
            (getattr(first, what), getattr(one, what)) for what in ("form", "edition", "unit", "unit_code", "period")
        ]
        if any(a and b and fold(str(a)) != fold(str(b)) for a, b in pairs):
            one_, other = (" ".join(str(p[n]) for p in pairs[1:] if p[n]) for n in (0, 1))
            facts = {"what": "two-identities", "issued": one_, "found": other, "where": where}
            yield (Finding(Code.S204, policy.severity, policy.rule, facts=facts))
            return  # what it was issued as is then anybody's guess
    if seen.identity is not None and (seen.identity.form, seen.identity.edition) != (
        seen.form.id,
        seen.form.edition,
    ):
        facts = {"what": "edition", "issued": seen.identity.edition, "found": seen.form.edition}
        yield (Finding(Code.S204, policy.severity, policy.rule, facts=facts))
    elif seen.identity is not None and seen.identity.digest not in {"", issued(seen.form, seen.layout).digest}:
        facts = {"what": "digest", "issued": seen.identity.digest, "found": issued(seen.form, seen.layout).digest}
        yield (Finding(Code.S204, Severity.INFO, policy.rule, facts=facts))
    now = {"unit": seen.submission.unit, "period": str(seen.submission.period or "")}
    for sheet in dict.fromkeys(found.sheet for found in seen.located.values()):
        for (row, col), cell in seen.sheets[sheet].cells.items():
            if col or row > INFO_ROW + 2 or (cell.formula is not None and "[" not in cell.formula):
                continue  # our own formula repeats the cover, if only its last result
            match = _OWNER.fullmatch(cell.text.strip())
            if match is None:
                continue
            for what, told in (("unit", match[1].strip()), ("period", match[2] or "")):
                if told and now[what] and fold(told) != fold(now[what]):
                    facts = {"what": f"sheet-{what}", "issued": told, "found": now[what], "sheet": sheet}
                    place = Cell(sheet, row, col)
                    yield (Finding(Code.S204, policy.severity, policy.rule, place=place, facts=facts))
