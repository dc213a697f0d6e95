"""What the text sections say against what the tables say: numbers, the year, the unit's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlreport.checks.entries import part
from xlreport.finding import Code, Finding
from xlreport.form.model import Claim, Phrase
from xlreport.pattern import pattern
from xlreport.submission import Submission

_ENDS = str.maketrans("。；;！？", "\n\n\n\n\n")  # of a sentence
_YEAR = pattern(r"((?:19|20)[0-9]{2})\s*年")
_REFERRING = (
    "参照",
    "参考",
    "对照",
    "按照",
    "依照",
    "根据",
    "相比",
    "上年",
    "上一年",
    "去年",
    "往年",
)  # to another report
_COMMAS = "，,、（）()"
_WIDE = str.maketrans("０１２３４５６７８９，．", "0123456789,.")
LONGEST = 100_000  # characters of a section that are looked at


def narrative(submission: Submission, prior: Submission | None = None) -> list[Finding]:  # noqa: ARG001
    """Findings about the text; none where it says nothing that the form knows how to compare."""
    found: list[Finding] = []
    for section, text in submission.sections.items():
        text = text[:LONGEST].translate(_WIDE)
        for claim in submission.form.claims:
            if claim.word in text:
                found += _claims(submission, section, text, claim)
        for phrase in submission.form.phrases:
            if phrase.word in text:
                found += _phrases(submission, section, text, phrase)
    return found


def _claims(submission: Submission, section: str, text: str, claim: Claim) -> Iterator[Finding]:
    """A stated number that agrees with none of the sums it may mean."""
    form, values = submission.form, submission.values
    for stated, quote in _stated(submission, text, claim):
        sums = []
        for indices in claim.sums:
            # A blank total has the value of its parts; where those are blank, too, there is nothing to compare.
            nothing = all(i in values.blank and not values.numbers[i] for i in indices)
            if nothing or any(i in values.unreadable for i in indices):
                continue
            sums.append((indices, sum((values.numbers[i] for i in indices), 0)))
        if not sums or any(total == stated for _, total in sums):
            continue
        indices, total = sums[0]
        facts = {
            "section": section,
            "quote": quote,
            "stated": stated,
            "sums": [([form.items[i] for i in places], value) for places, value in sums],
        }
        parts = tuple(part(submission, form.items[i]) for i in indices)
        yield Finding(
            Code.N601,
            claim.severity,
            claim.rule,
            None,
            parts,
            stated,
            total,
            stated - total,
            place=submission.section_cells.get(section),
            facts=facts,
        )


def _stated(submission: Submission, text: str, claim: Claim) -> Iterator[tuple[int, str]]:
    """The numbers that a text states in the way of a claim, each with its words."""
    for sentence in text.translate(_ENDS).split("\n"):
        for match in re.finditer(claim.pattern, sentence) if claim.word in sentence else ():
            if _qualified(submission.form.qualifiers, sentence, match.start(), match.end(), submission.period):
                continue
            stated = _number(match[1])
            if stated is not None:
                yield stated, match[0].strip()


def stated_sums(submission: Submission) -> Iterator[tuple[tuple[tuple[int, ...], ...], int]]:
    """Every number that the text states, with the sums of items any of which it may mean."""
    for text in submission.sections.values():
        text = text[:LONGEST].translate(_WIDE)
        for claim in submission.form.claims:
            if claim.word in text:
                yield from ((claim.sums, stated) for stated, _ in _stated(submission, text, claim))


def _number(text: str | None) -> int | None:
    """A whole number as a text states it; None for anything else that a pattern's group may find."""
    digits = (text or "").replace(",", "").strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 15 else None


def _qualified(qualifiers: tuple[str, ...], sentence: str, start: int, end: int, period: int | None) -> bool:
    """Whether a word nearby, or another year, says that another measure is meant: in the same stretch between commas.

    宿迁 2024: "备案…行政复议案件134件" is not table 四's 170.
    """
    begin = 1 + max(sentence.rfind(comma, 0, start) for comma in _COMMAS)
    stretch = sentence[begin:end]
    years = {int(year) for year in _YEAR.findall(stretch)} if "年" in stretch else set()
    other_year = bool(years) and period is not None and period not in years
    return other_year or any(word in stretch for word in qualifiers)


def _phrases(submission: Submission, section: str, text: str, phrase: Phrase) -> Iterator[Finding]:
    place = submission.section_cells.get(section)
    for match in re.finditer(phrase.pattern, text):
        before = text[max(0, match.start() - 8) : match.start()]
        if phrase.of == "year" and any(word in before for word in _REFERRING):
            continue
        facts = {"section": section, "quote": match[0].strip(), "stated": match[1]}
        if phrase.of == "year" and submission.period is not None and _number(match[1]) != submission.period:
            facts["period"] = submission.period
            yield Finding(Code.N602, phrase.severity, phrase.rule, facts=facts, place=place)
        elif phrase.of == "unit" and submission.unit.strip() and not _same_unit(match[1], submission.unit):
            facts["unit"] = submission.unit
            yield Finding(Code.N603, phrase.severity, phrase.rule, facts=facts, place=place)


_OWN = pattern(r"^(?:我|本)(?:局|委|办|厅|市|县|区|省|镇|乡|街道|单位|机关|部门|院|中心)?")


def _same_unit(named: str, unit: str) -> bool:
    """Whether a name in the text can be the unit's own: itself, a short form of it (市工信局), or "我局"."""
    named, unit = re.sub(r"\s", "", named), re.sub(r"\s", "", unit)
    if _OWN.match(named) or named in unit or unit in named:
        return True
    rest = iter(unit)
    return all(ch in rest for ch in named)
