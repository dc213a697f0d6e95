"""Findings for the workbook itself: a mark on every cell that takes part, and the rows of the first sheet."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.examine import Examined
from xlreport.finding import Finding, Role
from xlreport.form.model import Severity
from xlreport.record import NamedTuple
from xlreport.report.facts import figures, same_figures, text
from xlreport.report.rounds import round_words, since_word
from xlreport.report.trouble import SIGNED
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import Lang, plain, several
from xlreport.since import Earlier, Round, Since, finding_keys
from xlreport.submission import Submission
from xlreport.wording import SEVERITY_SIGNS, SEVERITY_WORDS, WRITE_ANEW, listed, message, note, place, two
from xlreport.wording.teller import Teller
from xlreport.workbook.marks import TITLES, Mark, Summary, SummaryCell, SummaryRow, Tone, head_of

NOTES_A_CELL = 3  # as many findings are told in one note; the first sheet has them all
_TONES = {Severity.ERROR: Tone.ERROR, Severity.WARNING: Tone.WARNING, Severity.INFO: Tone.INFO}
_HOW = (
    "点“位置”跳到有问题的格，点各页左上角的标题回到这里；有颜色的格上停一下鼠标，可以看到说明。",
    "A click on a place leads to the cell, a sheet's title leads back; coloured cells carry notes.",
)
_KEYS = 400  # of a finding and what follows from it; a cell would take some thousand


class _Column(NamedTuple):
    """A column of the first sheet."""

    name: str
    zh: str
    en: str
    width: float


_COLUMNS = (
    _Column("number", "序号", "No.", 6),
    _Column("severity", "级别", "Severity", 8),
    _Column("since", "与上轮相比", "Since last round", 11),
    _Column("place", "位置", "Place", 22),
    _Column("item", "栏目", "Item", 30),
    _Column("message", "问题和改法", "What is wrong and what to do", 66),
    _Column("found", "现填", "Found", 11),
    _Column("expected", "应为", "Expected", 11),
    _Column("gap", "相差", "Gap", 9),
    _Column("code", "代码", "Code", 12),
    _Column("explanation", "情况说明（填报单位填写）", "Explanation", 26),
    _Column("keys", "", "", 0),
)


def marks(examined: Examined, lang: Lang, sheet: Summary | None = None) -> list[Mark]:
    """The notes and colours: for each cell what it is in each finding. `sheet` is the summary, if it is known."""
    if examined.reading is None:
        return []
    submission = examined.reading.submission
    teller = Teller(submission, lang, examined.prior)
    sheet = sheet or summary(examined, lang)
    found: list[Mark] = []
    told: dict[tuple[str, int, int], int] = {}
    for i, finding in enumerate(examined.findings):
        row = sheet.first_row + i
        lines: tuple[str, ...]
        if finding.place is not None and not finding.parts:
            sentence = f"{SEVERITY_SIGNS[finding.severity]} {message(finding, submission, lang, examined.prior)}"
            lines = (sentence, f"{_code(finding)}{two('，', '; ', lang)}{listed(i + 1, lang)}")
            found.append(_mark(finding, finding.place, lines, row))
        for part in finding.parts:
            if part.cell is None:
                continue
            told[part.cell] = told.get(part.cell, 0) + 1
            if told[part.cell] > NOTES_A_CELL:
                continue
            lines = note(finding, part, submission, lang, i + 1, examined.prior, teller)
            likely = part.role is Role.SUSPECT or part.role is Role.CANDIDATE
            found.append(_mark(finding, part.cell, lines, row, suspect=likely))
    return found


def _mark(
    finding: Finding, cell: tuple[str, int, int], lines: Sequence[str], row: int, *, suspect: bool = False
) -> Mark:
    sheet, at, col = cell
    return Mark(sheet, at, col, _TONES[finding.severity], tuple(lines), suspect, row)


def summary(examined: Examined, lang: Lang) -> Summary:
    """The first sheet: one row for each finding; in a later round what became of it, and those that are gone."""
    zh = lang == "zh"
    assert examined.reading is not None  # noqa: S101  (asked of readable files only)
    submission = examined.reading.submission
    columns = [column for column in _COLUMNS if column.name != "since" or examined.round is not None]
    told = [_row(i, finding, examined, lang) for i, finding in enumerate(examined.findings, 1)]
    told += [_gone(i, *one, lang) for i, one in enumerate(_gone_of(examined), len(told) + 1)]
    rows = tuple(SummaryRow(tone, tuple(cells[column.name] for column in columns)) for tone, cells in told)
    header = (*(column.zh if zh else column.en for column in columns[:-1]), head_of([c.name for c in columns[:-1]]))
    widths = tuple(column.width for column in columns)
    counts = ("，" if zh else ", ").join(
        f"{n} 个{SEVERITY_WORDS[s][0]}" if zh else several(n, SEVERITY_WORDS[s][1])
        for s in Severity
        if (n := sum(1 for f in examined.findings if f.severity is s))
    )
    counts = counts or ("0 个问题" if zh else "nothing")
    unit, period = submission.unit or "—", submission.period or "—"
    against = round_words(examined, lang)
    container = examined.reading.container
    if container is not None and container.signed:
        against = SIGNED[0 if zh else 1] + ("" if zh else " ") + against
    if zh:
        intro = (
            f"{unit}　{period} 年　{submission.form.title}（{submission.form.edition} 版）",
            f"共 {counts}。{against}{_HOW[0]}",
            "错误必须改正；警告请核对，确有原因的在最后一列写明情况；提示供参考。改好后把这份表交回即可，不必删除标注。",
        )
        return Summary(TITLES[0], TITLES[0], intro, header, widths, rows)
    intro = (
        f"{unit}  {period}  {submission.form.title_en} (edition {submission.form.edition})",
        f"{counts}. {against}{_HOW[1]}",
        "Errors must be put right; warnings may be explained in the last column. Return this workbook when done.",
    )
    return Summary(TITLES[1], TITLES[1], intro, header, widths, rows)


def _row(number: int, finding: Finding, examined: Examined, lang: Lang) -> tuple[Tone | None, dict[str, SummaryCell]]:
    assert examined.reading is not None  # noqa: S101
    submission, against = examined.reading.submission, examined.round
    word = SEVERITY_WORDS[finding.severity][0 if lang == "zh" else 1]
    cell = finding.cell
    said = figures(finding)
    return _TONES[finding.severity], {
        # The first cell takes the tone's colour; the word beside it says the same to who sees no colours.
        "number": SummaryCell(str(number), number=str(number)),
        "severity": SummaryCell(f"{SEVERITY_SIGNS[finding.severity]} {word}"),
        "since": SummaryCell(since_word(against.since[number - 1], lang) if against else ""),
        "place": SummaryCell(place(finding), (cell.sheet, cell.row, cell.col) if cell else None),
        "item": SummaryCell(_item_words(finding, submission, lang)),
        "message": SummaryCell(message(finding, submission, lang, examined.prior)),
        "found": _figure(said.found),
        "expected": _figure(said.expected),
        "gap": _figure(said.gap),
        "code": SummaryCell(_code(finding)),
        "explanation": SummaryCell(_explanation(against, number - 1, finding, examined, lang) if against else ""),
        "keys": SummaryCell(" ".join(finding_keys(finding, submission.form)[:_KEYS])),
    }


def _gone_of(examined: Examined) -> tuple[tuple[Since, Earlier], ...]:
    return examined.round.gone if examined.round is not None else ()


def _explanation(against: Round, place_: int, finding: Finding, examined: Examined, lang: Lang) -> str:
    """What the filler wrote beside it last time; where the figures have changed since, it is to be written anew."""
    assert examined.reading is not None  # noqa: S101
    written, earlier = against.explanations[place_], against.earlier[place_]
    if not written or not earlier or written.startswith(WRITE_ANEW):
        return written
    now = [message(finding, examined.reading.submission, one, examined.prior) for one in ("zh", "en")]
    return written if same_figures(earlier, *now) else f"{WRITE_ANEW[0 if lang == 'zh' else 1]}{written}"


def _gone(number: int, since: Since, one: Earlier, lang: Lang) -> tuple[Tone | None, dict[str, SummaryCell]]:
    """A row for what was told the last time and is not to be told again. It keeps its words, in no colour."""
    fixed = since is Since.FIXED
    nothing = SummaryCell("")
    return None, {
        "number": SummaryCell(str(number), number=str(number)),
        "severity": SummaryCell("√" if fixed else f"{SEVERITY_SIGNS[one.severity]}"),
        "since": SummaryCell(since_word(since, lang)),
        "place": SummaryCell(one.place),
        "item": SummaryCell(one.item),
        "message": SummaryCell(one.message),
        "found": nothing,
        "expected": nothing,
        "gap": nothing,
        "code": SummaryCell(one.code),
        "explanation": SummaryCell(one.explanation),
        # What is fixed is not told once more in the next round; what was not checked is still open then.
        "keys": SummaryCell(("-" if fixed else "") + " ".join(one.keys)),
    }


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
