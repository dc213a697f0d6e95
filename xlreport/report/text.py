"""Findings for a person at a console: place, code, sentence; a line of result for each file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from xlreport.examine import Examined
from xlreport.finding import Finding, identifiers
from xlreport.form.model import Severity
from xlreport.report.rounds import round_words, since_word
from xlreport.report.trouble import SIGNED, reading_trouble
from xlreport.rules.sentence import Lang, several
from xlreport.since import Since
from xlreport.submission import Submission
from xlreport.wording import SAFE_SIGN, SEVERITY_SIGNS, SEVERITY_WORDS, fix_lines, message, place, rewrite


def width(text: str) -> int:
    """Columns a text takes on a console; a CJK character takes two."""
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def safe(text: str) -> str:
    """Text without what a terminal would act on."""
    return "".join(ch if ch.isprintable() else " " for ch in text)


def lines(examined: Examined, lang: Lang) -> Iterator[str]:
    """What is printed of one file."""
    zh = lang == "zh"
    path = safe(str(examined.path))
    if examined.trouble is not None:
        yield f"× {path}: {safe(reading_trouble(examined.trouble.reason, examined.trouble.facts, lang))}"
        return
    reading = examined.reading
    if reading is None:
        return
    submission = reading.submission
    unit = safe(submission.unit) or ("（未填单位）" if zh else "(no unit)")
    period = submission.period or ("（未填年度）" if zh else "(no year)")
    yield f"{path}  {unit}  {period}  {submission.form.title}（{submission.form.edition}）"
    for change in examined.rewrites:
        yield f"  {SAFE_SIGN} {rewrite(change, submission.form, lang)}"
    places = [safe(place(finding)) for finding in examined.findings]
    pad = min(max((width(p) for p in places), default=0), 28)
    against = examined.round
    names = identifiers(examined.findings)
    for number, (finding, where, name) in enumerate(zip(examined.findings, places, names, strict=True)):
        sign = SEVERITY_SIGNS[finding.severity]
        code = finding.code.name + (f" {finding.rule}" if finding.rule else "")
        space = " " * max(0, pad - width(where))
        text = message(finding, submission, lang, examined.prior)
        became = f"[{since_word(against.since[number], lang)}] " if against else ""
        yield f"  {sign} {where}{space}  {code}  {became}{safe(text)}"
        yield from (f"      {safe(line)}" for line in fix_lines(finding, name, submission, lang))
    for since, one in against.gone if against else ():
        sign = "√" if since is Since.FIXED else SEVERITY_SIGNS[one.severity]
        became = since_word(since, lang)
        yield f"  {sign} {safe(one.place)}  {safe(one.code)}  [{became}] {safe(one.message)}"
    yield f"  {result(examined, lang)}"
    container = reading.container
    if examined.annotated is not None and container is not None and container.signed:
        yield f"  {SIGNED[0 if zh else 1]}"
    if against is not None:
        yield f"  {round_words(examined, lang).strip()}"


def later(path: str, finding: Finding, submission: Submission, lang: Lang) -> str:
    """A finding about a file that came to light after it was told."""
    told = safe(message(finding, submission, lang))
    return f"{safe(path)}\n  {SEVERITY_SIGNS[finding.severity]} {safe(place(finding))}  {finding.code.name}  {told}"


def result(examined: Examined, lang: Lang) -> str:
    """The counts of one file and where its annotated copy is."""
    zh = lang == "zh"
    counts = [
        (sum(1 for f in examined.findings if f.severity is severity), SEVERITY_WORDS[severity][0 if zh else 1])
        for severity in Severity
    ]
    copied = "".join(
        f"；{word}：{safe(str(path))}" if zh else f"; {word}: {safe(str(path))}"
        for path, word in (
            (examined.annotated, "已标注" if zh else "annotated"), (examined.fixed, "已改写法" if zh else "fixed"),
        )
        if path is not None
    )  # fmt: skip
    if not examined.findings:
        return ("√ 没有发现问题。" if zh else "√ Nothing to report.") + copied
    joint = "，" if zh else ", "
    said = joint.join(f"{n} 个{word}" if zh else f"{n} {word}{'s' if n != 1 else ''}" for n, word in counts if n)
    sign = "√" if all(f.severity is Severity.INFO for f in examined.findings) else "→"
    text = f"{sign} {said}"
    text += copied
    if copied and examined.reading is not None and examined.reading.unlocked:
        text += "（副本没有密码）" if zh else " (the copy has no password)"
    return text


def closing(worst: Sequence[Severity | None], unusable: int, lang: Lang) -> str:
    """How many files are how bad; `worst` is of each, that of the unusable ones included."""
    good = sum(1 for one in worst if one in {None, Severity.INFO})
    wrong = sum(1 for one in worst if one is Severity.ERROR) - unusable
    warned = len(worst) - good - unusable - wrong
    return (
        f"共 {len(worst)} 份：{good} 份没有问题，{warned} 份有警告，{wrong} 份有错误，{unusable} 份不能读取。"
        if lang == "zh"
        else f"{several(len(worst), 'file')}: {good} clean, {warned} with warnings, {wrong} with errors, "
        f"{unusable} not usable."
    )


def report(files: Sequence[Examined], lang: Lang) -> str:
    """All files, and a closing line where there are several."""
    blocks = ["\n".join(lines(one, lang)) for one in files]
    if len(files) > 1:
        unusable = sum(1 for one in files if one.trouble is not None)
        blocks.append(closing([one.worst for one in files], unusable, lang))
    return "\n\n".join(blocks)
