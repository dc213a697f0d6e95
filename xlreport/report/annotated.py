"""Findings for the workbook itself: a mark on every cell that takes part, and the rows of the first sheet."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.examine import Examined
from xlreport.finding import Finding, Role
from xlreport.form.model import Severity
from xlreport.report.facts import figures, text
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import Lang, plain
from xlreport.submission import Submission
from xlreport.wording import SEVERITY_SIGNS, SEVERITY_WORDS, message, note, place
from xlreport.workbook.marks import Mark, Summary, SummaryCell, SummaryRow, Tone

NOTES_A_CELL = 3  # as many findings are told in one note; the first sheet has them all
_TONES = {Severity.ERROR: Tone.ERROR, Severity.WARNING: Tone.WARNING, Severity.INFO: Tone.INFO}
_HEADER = {
    "zh": ("序号", "级别", "位置", "栏目", "问题和改法", "现填", "应为", "相差", "代码", "情况说明（填报单位填写）"),
    "en": (
        "No.",
        "Severity",
        "Place",
        "Item",
        "What is wrong and what to do",
        "Found",
        "Expected",
        "Gap",
        "Code",
        "Explanation",
    ),
}
_WIDTHS = (6, 8, 22, 30, 66, 11, 11, 9, 12, 26)


def marks(examined: Examined, lang: Lang) -> list[Mark]:
    """The notes and colours: for each cell what it is in each finding."""
    if examined.reading is None:
        return []
    submission = examined.reading.submission
    sheet = summary(examined, lang)
    found: list[Mark] = []
    told: dict[tuple[str, int, int], int] = {}
    for i, finding in enumerate(examined.findings):
        row = sheet.first_row + i
        lines: tuple[str, ...]
        if finding.place is not None and not finding.parts:
            sentence = f"{SEVERITY_SIGNS[finding.severity]} {message(finding, submission, lang, examined.prior)}"
            where = f"，见「检查结果」第 {row} 行" if lang == "zh" else f"; see “Check results”, row {row}"
            lines = (sentence, _code(finding) + where)
            found.append(_mark(finding, finding.place, lines, row))
        for part in finding.parts:
            if part.cell is None:
                continue
            told[part.cell] = told.get(part.cell, 0) + 1
            if told[part.cell] > NOTES_A_CELL:
                continue
            lines = note(finding, part, submission, lang, row, examined.prior)
            found.append(_mark(finding, part.cell, lines, row, suspect=part.role is Role.SUSPECT))
    return found


def _mark(
    finding: Finding, cell: tuple[str, int, int], lines: Sequence[str], row: int, *, suspect: bool = False
) -> Mark:
    sheet, at, col = cell
    return Mark(sheet, at, col, _TONES[finding.severity], tuple(lines), suspect, row)


def summary(examined: Examined, lang: Lang) -> Summary:
    """The first sheet: one row for each finding."""
    zh = lang == "zh"
    assert examined.reading is not None  # noqa: S101  (asked of readable files only)
    submission = examined.reading.submission
    rows = tuple(_row(i, finding, examined, lang) for i, finding in enumerate(examined.findings, 1))
    counts = "，".join(
        f"{n} 个{SEVERITY_WORDS[s][0]}" if zh else f"{n} {SEVERITY_WORDS[s][1]}"
        for s in Severity
        if (n := sum(1 for f in examined.findings if f.severity is s))
    )
    unit, period = submission.unit or "—", submission.period or "—"
    if zh:
        intro = (
            f"{unit}　{period} 年　{submission.form.title}（{submission.form.edition} 版）",
            f"共 {counts}。点“位置”跳到有问题的格，点各页左上角的标题回到这里；有颜色的格上停一下鼠标，可以看到说明。",
            "错误必须改正；警告请核对，确有原因的在最后一列写明情况；提示供参考。改好后把这份表交回即可，不必删除标注。",
        )
        return Summary("检查结果", "检查结果", intro, _HEADER["zh"], _WIDTHS, rows)
    intro = (
        f"{unit}  {period}  {submission.form.title_en} (edition {submission.form.edition})",
        f"{counts}. A click on a place leads to the cell, a sheet's title leads back; coloured cells carry notes.",
        "Errors must be put right; warnings may be explained in the last column. Return this workbook when done.",
    )
    return Summary("Check results", "Check results", intro, _HEADER["en"], _WIDTHS, rows)


def _row(number: int, finding: Finding, examined: Examined, lang: Lang) -> SummaryRow:
    assert examined.reading is not None  # noqa: S101
    submission = examined.reading.submission
    said = figures(finding)
    where = place(finding)
    cell = finding.cell
    word = SEVERITY_WORDS[finding.severity][0 if lang == "zh" else 1]
    return SummaryRow(
        _TONES[finding.severity],
        (
            # The first cell takes the tone's colour; the word beside it says the same to who sees no colours.
            SummaryCell(str(number), number=str(number)),
            SummaryCell(f"{SEVERITY_SIGNS[finding.severity]} {word}"),
            SummaryCell(where, (cell.sheet, cell.row, cell.col) if cell else None),
            SummaryCell(_item_words(finding, submission, lang)),
            SummaryCell(message(finding, submission, lang, examined.prior)),
            _figure(said.found),
            _figure(said.expected),
            _figure(said.gap),
            SummaryCell(_code(finding)),
            SummaryCell(""),
        ),
    )


def _code(finding: Finding) -> str:
    return finding.code.name + (f" {finding.rule}" if finding.rule else "")


def _item_words(finding: Finding, submission: Submission, lang: Lang) -> str:
    items = [part.item for part in finding.parts if part.item in submission.form.index]
    if not items:
        return ""
    first = submission.form.short(items[0])
    if len(items) == 1 or finding.parts[0].role is Role.SUSPECT:
        return first
    return f"{first} 等 {len(items)} 格" if lang == "zh" else f"{first} and {len(items) - 1} more"


def _figure(value: Number | str | None) -> SummaryCell:
    if value is None or isinstance(value, str):
        return SummaryCell(text(value))
    return SummaryCell(plain(value), number=plain(value))
