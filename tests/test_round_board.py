"""The board in a real browser: nothing loaded from elsewhere, no error, filters without script, safe against names."""

from __future__ import annotations

import datetime as dt
import html
import html.parser
import json
import os
import re
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest
from commands import xlreport
from offices import answers, filled, put, roster, round_of

from xlreport.form.table import Item
from xlreport.round.board import board
from xlreport.round.folder import here
from xlreport.round.intake import intake
from xlreport.round.issue import issue
from xlreport.round.mailbag import arrivals
from xlreport.round.status import status

pytestmark = pytest.mark.chromium
HOSTILE = "<script>alert(1)</script>&局"


def browser() -> str:
    """The program; without it the test fails if XLREPORT_REQUIRE_ALL is set, else it is skipped."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    reason = "Chromium is not installed: the board was NOT opened in a browser"
    if os.environ.get("XLREPORT_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board")
    this = round_of(folder / "2025", roster(8, f'0099,"{HOSTILE}",,,h@x.test,,,\n'))
    books = answers(this)
    books["0002"] = filled(this.form, books["0002"], {Item("三", "三.1", "总计"): 999})
    books["0003"] = filled(
        this.form,
        books["0003"],
        {Item("二.一", "行政规范性文件", "本年制发件数"): 9, Item("二.一", "行政规范性文件", "现行有效件数"): 1},
    )
    books["0099"] = filled(this.form, books["0099"], {Item("三", "一", "自然人"): HOSTILE})
    del books["0005"]
    list(intake(this, arrivals(put(folder / "in", books))))
    this.close()
    done = xlreport("status", "2025", "--format", "html", at=folder)
    assert done.code == 0
    return folder / "2025" / "board.html"


def opened(page: Path, *more: str, width: int = 1100) -> subprocess.CompletedProcess[str]:
    command = [
        browser(), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
        f"--user-data-dir={page.parent / 'profile'}", f"--window-size={width},1400", "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND", *more, page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            if name in {"href", "src", "action", "data", "srcset"} and value:
                self.targets.append(value)
            if name == "id" and value:
                self.ids.add(value)
            assert not name.startswith("on")


def test_one_file_without_anything_from_elsewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = _Links()
    links.feed(text)
    assert links.tags.count("script") == 1  # ours, named by its digest; every other is forbidden
    assert "script-src 'sha256-" in text
    assert all(target.startswith(("#", "data:,")) for target in links.targets)
    assert {target[1:] for target in links.targets if target.startswith("#")} <= links.ids
    assert "url(" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_a_browser_has_nothing_to_complain_of_and_shows_everything(page: Path) -> None:
    done = opened(page, "--dump-dom")
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert console == []
    assert not re.search(r"ERR_|Refused to|net_error", done.stderr)
    dom = done.stdout
    assert dom.count('<tr class="row-') == 9
    for words in ("未报送", "有错误", "有警告", "市教育局", "T3-ROW", "T2-1"):
        assert words in dom
    assert '<td class="num error">×999</td>' in dom or re.search(r'class="num error"[^>]*>×999', dom)


def test_a_click_on_a_heading_sorts(page: Path) -> None:
    """In the page as it is, its own policy in force: each heading clicked, and clicked again."""
    script = """
    const inner = document.querySelector('iframe');
    inner.onload = () => {
      const page = inner.contentDocument, found = {}, heads = [...page.querySelectorAll('.units thead th')];
      const column = n => [...page.querySelectorAll('.units tbody tr')].map(row => row.cells[n].textContent.trim());
      found.before = column(0);
      heads.forEach((head, n) => {
        const button = head.querySelector('button');
        button.focus();
        found['focus' + n] = page.activeElement === button;
        for (const turn of [1, 2]) {
          button.click();
          found[n + '.' + turn] = [head.getAttribute('aria-sort'), column(n)];
        }
      });
      const link = page.querySelector('.row-warning a'), unit = page.getElementById(link.hash.slice(1));
      found.closed = !unit.open;
      link.click();
      found.opened = unit.open;
      found.sorted = page.querySelectorAll('[aria-sort]').length;
      document.body.dataset.found = JSON.stringify(found);
    };
    """
    probe = page.parent / "probe.html"
    probe.write_text(
        f'<body><iframe src="{page.name}" width="1100"></iframe><script>{script}</script></body>', encoding="utf-8"
    )
    done = opened(probe, "--dump-dom", "--allow-file-access-from-files", "--virtual-time-budget=3000")
    probe.unlink()
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    told = re.search(r'data-found="([^"]+)"', done.stdout)
    assert told, done.stdout[:500]
    found = json.loads(html.unescape(told[1]))
    assert found["sorted"] == 1
    assert all(found[f"focus{n}"] for n in range(10))
    codes = [f"{n:04d}" for n in (*range(1, 9), 99)]
    assert found["before"] != codes
    assert found["0.1"] == ["ascending", codes]
    assert found["0.2"] == ["descending", codes[::-1]]
    assert found["closed"]
    assert found["opened"]  # a unit's name leads to its findings, not to a closed box
    assert found["1.1"][1] != found["1.2"][1]
    states = [state.partition(" ")[2] for state in found["2.1"][1]]
    order = ["未报送", "有错误", "有警告", "已说明", "无问题"]
    assert states == sorted(states, key=order.index)
    assert states[0] == "未报送"
    errors = found["3.1"]
    assert errors[0] == "descending"
    numbers = [int(text or -1) for text in errors[1]]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] > 0
    assert found["3.2"][1][-1] == ""  # nothing is not the smallest number


def test_the_buttons_choose_without_script(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    chosen = tmp_path / "chosen.html"
    chosen.write_text(
        text.replace('id="show-all" checked', 'id="show-all"').replace('id="show-error"', 'id="show-error" checked'),
        encoding="utf-8",
    )
    # What is shown is counted by the browser itself: rows that are not displayed do not get into a printed page.
    pdf = tmp_path / "chosen.pdf"
    opened(chosen, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    printed = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    table = printed.partition("历年最常见的问题")[0]
    assert "市教育局" in table
    assert "市公安局" not in table
    assert "市科学技术局" not in table


def test_no_column_is_lost_on_paper(tmp_path: Path) -> None:
    """On a sheet of paper nothing scrolls: every column is within the page, and headed on each page anew."""
    this = round_of(tmp_path / "2025", roster(70), deadline=dt.date(2026, 1, 20))
    shown = tmp_path / "board.html"
    shown.write_text(board(this, "en", status(this, dt.date(2026, 2, 1))), encoding="utf-8")
    this.close()
    pdf = tmp_path / "board.pdf"
    opened(shown, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    printed = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    pages = [text for text in printed.split("\f") if "missing (late)" in text]
    assert len(pages) > 1
    assert all("Code" in text and "Remarks" in text for text in pages)


def test_a_telephone_shows_the_day_a_report_came_though_all_are_late(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(3), deadline=dt.date(2026, 1, 20))
    books = answers(this)
    books["0002"] = filled(this.form, books["0002"], {Item("三", "一", "自然人"): "约三件"})
    list(intake(this, arrivals(put(tmp_path / "in", books))))
    (tmp_path / "board.html").write_text(board(this, "zh", status(this, dt.date(2026, 2, 1))), encoding="utf-8")
    this.close()
    script = """
    document.querySelector('iframe').onload = event => {
      const page = event.target.contentDocument, head = page.querySelectorAll('.units thead th')[7];
      document.body.dataset.found = [head.textContent, head.getBoundingClientRect().right].join(' ');
    };
    """
    probe = tmp_path / "probe.html"
    probe.write_text(f'<body><iframe src="board.html" width="390"></iframe><script>{script}</script></body>', "utf-8")
    done = opened(probe, "--dump-dom", "--allow-file-access-from-files", "--virtual-time-budget=3000")
    found = re.search(r'data-found="收到 ([0-9.]+)"', done.stdout)
    assert found
    assert float(found[1]) <= 390 - 16


@pytest.mark.parametrize("width", [1100, 390])
def test_it_fits_a_desk_and_a_telephone(page: Path, tmp_path: Path, width: int) -> None:
    picture = tmp_path / "board.png"
    opened(page, f"--screenshot={picture}", width=width)
    data = picture.read_bytes()
    assert data[:4] == b"\x89PNG"
    assert int.from_bytes(data[16:20], "big") == width
    assert len(data) > 30_000  # something is drawn


def test_names_can_be_read_on_a_telephone(page: Path, tmp_path: Path) -> None:
    # A frame of a telephone's width: a window of the headless browser is never as narrow.
    probe = tmp_path / "probe.html"
    text = page.read_text(encoding="utf-8").replace(
        "default-src 'none';", "default-src 'none'; script-src 'unsafe-inline';"
    )
    script = (
        "<script>const w=[...document.querySelectorAll('.units tbody td:nth-child(2)')].map(c=>c.offsetWidth);"
        "document.title='narrow='+Math.min(...w)+' page='+document.documentElement.scrollWidth;"
        "parent.document.title=document.title</script>"
    )
    inner = tmp_path / "inner.html"
    inner.write_text(text.replace("</main>", f"</main>{script}"), encoding="utf-8")
    probe.write_text(
        '<title>-</title><iframe src="inner.html" style="width:390px;height:800px"></iframe>', encoding="utf-8"
    )
    done = opened(probe, "--dump-dom", "--allow-file-access-from-files", "--virtual-time-budget=3000")
    found = re.search(r"narrow=(\d+) page=(\d+)", done.stdout)
    assert found, done.stdout[:300]
    assert int(found[1]) >= 110  # eight characters
    assert int(found[2]) <= 390  # the page itself does not scroll sideways


def test_times_are_those_of_the_clerks_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert here("2026-01-19T17:30:00Z") == "2026-01-20 01:30:00"
        assert here("") == ""
        this = round_of(tmp_path / "2025")
        assert "UTC" not in board(this, "zh")
        this.close()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_nobody_else_reads_what_lies_in_a_round(tmp_path: Path, page: Path) -> None:
    folder = page.parent
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    names = ("2025", "received", "issued", "texts")
    assert {name: modes[name] for name in names} == dict.fromkeys(names, 0o700)
    assert {name: modes[name] for name in ("roster.csv", "board.html", "register.sqlite")} == dict.fromkeys(
        ("roster.csv", "board.html", "register.sqlite"), 0o600
    )


def test_english_and_empty(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025")
    for lang in ("zh", "en"):
        text = board(this, lang)  # type: ignore[arg-type]
        assert text.count("<h1>") == 1
        assert text.count('class="row-missing"') == 12
    this.close()


def test_forms_that_came_back_empty_are_on_the_board(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(3))
    issue(this)
    list(intake(this, arrivals(this.folder / "issued")))
    this.close()
    done = xlreport("status", "2025", "--format", "html", at=tmp_path)
    assert (done.code, done.err) == (0, "")
    shown = (tmp_path / "2025" / "board.html").read_text(encoding="utf-8")
    assert shown.count("S209") >= 3  # nothing is filled in
