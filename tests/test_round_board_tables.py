"""The tables on the board: every figure under its own heading, whatever the form prints in the corner."""

from __future__ import annotations

import html.parser
from pathlib import Path

from commands import xlreport
from offices import answers, filled, put, roster, round_of

from xlreport.form.table import Item
from xlreport.round.board import board
from xlreport.round.folder import new_round
from xlreport.round.intake import intake
from xlreport.round.issue import issue
from xlreport.round.mailbag import arrivals
from xlreport.round.settings import Settings

PARK = """form: park
edition: "2025"
title: 公园统计表
tables:
  一:
    title: 一、游客
    unit: 人次
    rows: [成人, {儿童: {label: 儿童, rows: [学生, 幼儿]}}, {合计: {total: typed}}]
    columns: [上半年, 下半年]
"""


class _Cells(html.parser.HTMLParser):
    """Where each cell of the page's last form stands, spans and all."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, int] = {}
        self._taken: set[tuple[int, int]] = set()
        self._row, self._col, self._inside = -1, 0, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "table":
            self._inside = about.get("class") == "form"
        if tag == "tr":
            self._row += 1
        if tag in {"td", "th"} and self._inside:
            self._col = next(col for col in range(99) if (self._row, col) not in self._taken)
            size = int(about.get("rowspan") or 1), int(about.get("colspan") or 1)
            self._taken |= {(self._row + n, self._col + m) for n in range(size[0]) for m in range(size[1])}

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.places[data.strip("×△○◇")] = self._col


def test_a_corner_without_a_word_shifts_no_heading(tmp_path: Path) -> None:
    (tmp_path / "forms" / "park").mkdir(parents=True)
    (tmp_path / "forms" / "park" / "2025.yaml").write_text(PARK, encoding="utf-8")
    (tmp_path / "r.csv").write_text(roster(1), encoding="utf-8")
    about = Settings("park", 2025, total="市", templates=(str(tmp_path / "forms"),))
    this = new_round(tmp_path / "2025", about, tmp_path / "r.csv")
    values = {
        Item("一", row, col): 0 for row in ("成人", "儿童.学生", "儿童.幼儿", "合计") for col in ("上半年", "下半年")
    }
    values |= {Item("一", "成人", "上半年"): 111, Item("一", "成人", "下半年"): 222, Item("一", "合计", "上半年"): 333}
    (blank,) = (one.path.read_bytes() for one in issue(this))
    list(intake(this, arrivals(put(tmp_path / "in", {"a": filled(this.form, blank, values)}))))
    cells = _Cells()
    cells.feed(board(this, "zh"))
    assert cells.places["上半年"] == cells.places["111"] == cells.places["333"]
    assert cells.places["下半年"] == cells.places["222"] == cells.places["上半年"] + 1
    this.close()


def test_codes_have_words_and_nobodys_files_are_on_the_board(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(1))
    books = answers(this)
    books["0001"] = filled(this.form, books["0001"], {Item("三", "一", "自然人"): "约三件"})
    source = put(tmp_path / "in", books)
    (source / "x.xlsx").write_bytes(b"rubbish")
    list(intake(this, arrivals(source)))
    this.close()
    assert xlreport("status", "2025", "--format", "html", at=tmp_path).code == 0
    page = (tmp_path / "2025" / "board.html").read_text(encoding="utf-8")
    assert "E303 TY-3 不是数字" in page
    assert "另有 1 个留置的文件" in page


def test_tables_without_findings_leave_nothing_on_the_board(tmp_path: Path) -> None:
    """On the official form four tables of a sheet print 信息内容 in their corner."""
    this = round_of(tmp_path / "2025", roster(1))
    books = answers(this)
    issued_more = {"本年制发件数": 9, "现行有效件数": 1}
    books["0001"] = filled(
        this.form,
        books["0001"],
        {Item("二.一", "行政规范性文件", column): value for column, value in issued_more.items()},
    )
    list(intake(this, arrivals(put(tmp_path / "in", books))))
    page = board(this, "zh")
    this.close()
    assert page.count("<th>信息内容</th>") == 1
    assert page.count('<table class="form">') == 1
    assert page.partition('<table class="form">')[2].count("<tr>") == 4  # caption of the table, heads, two rows


def test_every_wrong_cell_is_marked_however_many_findings_are_told(tmp_path: Path) -> None:
    """Only the first 40 are told one by one; a cell without a mark would pass for a right one."""
    this = round_of(tmp_path / "2025", roster(1))
    books = answers(this)
    wrong = [item for item in this.form.index if not this.form.computed(item)][::3][:60]
    books["0001"] = filled(this.form, books["0001"], dict.fromkeys(wrong, "约三件"))
    list(intake(this, arrivals(put(tmp_path / "in", books))))
    page = board(this, "zh")
    told = int(this.register.db.execute("SELECT COUNT(*) FROM finding").fetchone()[0])
    this.close()
    assert page.count("×约三件") == len(wrong)
    assert page.count('<li class="error"><b>') == 41  # one of them the count of units
    assert f"还有 {told - 40} 个问题" in page
