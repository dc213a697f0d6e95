"""Findings for a person at a console: place, code, sentence; a line of result for each file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from xlreport.examine import Examined
from xlreport.form.model import Severity
from xlreport.report.trouble import reading_trouble
from xlreport.rules.sentence import Lang
from xlreport.wording import SAFE_SIGN, SEVERITY_SIGNS, SEVERITY_WORDS, message, place, rewrite


def width(text: str) -> int:
    """Columns a text takes on a console; a CJK character takes two."""
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def safe(text: str) -> str:
    """Text without what a terminal would act on."""
    return "".join(ch if ch.isprintable() else " " for ch in text)


def lines(examined: Examined, lang: Lang) -> Iterator[str]:
    """What is printed of one file."""
    zh = lang == "zh"
    name = safe(str(examined.path))
    if examined.trouble is not None:
        yield f"× {name}: {reading_trouble(examined.trouble.reason, examined.trouble.facts, lang)}"
        return
    reading = examined.reading
    if reading is None:
        return
    submission = reading.submission
    unit = safe(submission.unit) or ("（未填单位）" if zh else "(no unit)")
    period = submission.period or ("（未填年度）" if zh else "(no year)")
    yield f"{name}  {unit}  {period}  {submission.form.title}（{submission.form.edition}）"
    for change in examined.rewrites:
        yield f"  {SAFE_SIGN} {rewrite(change, submission.form, lang)}"
    places = [place(finding) for finding in examined.findings]
    pad = min(max((width(p) for p in places), default=0), 28)
    for finding, where in zip(examined.findings, places, strict=True):
        sign = SEVERITY_SIGNS[finding.severity]
        code = finding.code.name + (f" {finding.rule}" if finding.rule else "")
        space = " " * max(0, pad - width(where))
        text = message(finding, submission, lang, examined.prior)
        yield f"  {sign} {where}{space}  {code}  {safe(text)}"
    yield f"  {result(examined, lang)}"


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


def report(files: Sequence[Examined], lang: Lang) -> str:
    """All files, and a closing line where there are several."""
    blocks = ["\n".join(lines(one, lang)) for one in files]
    if len(files) > 1:
        good = sum(1 for one in files if one.worst in {None, Severity.INFO})
        bad = sum(1 for one in files if one.trouble is not None)
        wrong = sum(1 for one in files if one.trouble is None and one.worst is Severity.ERROR)
        warned = len(files) - good - bad - wrong
        blocks.append(
            f"共 {len(files)} 份：{good} 份没有问题，{warned} 份有警告，{wrong} 份有错误，{bad} 份不能读取。"
            if lang == "zh"
            else f"{len(files)} files: {good} clean, {warned} with warnings, {wrong} with errors, {bad} not usable."
        )
    return "\n\n".join(blocks)
