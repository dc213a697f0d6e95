"""Makes everything that is committed and generated: blank forms, sample workbooks, the README's tables and pictures.

Run `python tests/make_samples.py` after a change to a definition or to the look of the workbook; with `--pictures` it
also renders the README's pictures (LibreOffice and pdftoppm). A test makes all but the pictures again and compares.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from clerk import typed
from libreoffice import convert
from offices import filled, report
from typer.testing import CliRunner

from xlreport.catalog import definitions, find_form, open_form
from xlreport.cli.main import app
from xlreport.examine import all_forms
from xlreport.form.table import Item
from xlreport.pages import rules_table
from xlreport.workbook.template import Issue, make

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = {
    "zhangjiagang-gxj-2020": ["zfxxgk-annual@2019", "--totals", "typed"],
    "shanghai-bgt-2019": ["zfxxgk-annual@2019", "--totals", "typed"],
    "suqian-2024": ["zfxxgk-annual@2021", "--totals", "typed"],
    "shili-czj-2023": ["zfxxgk-annual@2021"],
    "shili-czj-2024": ["zfxxgk-annual@2021"],
}
ANNOTATED = "zhangjiagang-gxj-2020"
# For the pictures of culprits: digits transposed, a number one row off, a sum that any of its cells may spoil.
MISTAKES = {
    ("三、依申请公开", 7, 3): 1480,
    ("三、依申请公开", 21, 3): 0,
    ("三、依申请公开", 22, 3): 26,
    ("四、复议诉讼", 5, 4): 171,
}


def blanks() -> dict[str, bytes]:
    """The blank workbook of every definition, by its path below the root."""
    made = {}
    for definition in definitions([ROOT / "templates"]):
        path = f"templates/{definition.form}/{definition.edition}.xlsx"
        made[path] = make(open_form(definition.path))
    return made


def samples(folder: Path) -> None:
    """Fill every sample into a folder, and annotate one."""
    for name, (form, *options) in SAMPLES.items():
        run(
            "fill", form, str(ROOT / "samples" / f"{name}.csv"), *options, "-o", str(folder / f"{name}.xlsx"), "--force"
        )
    run("check", str(folder / f"{ANNOTATED}.xlsx"), "--lang", "zh", expect=1)


# A small round: two departments of the city, a district with two of its own. Invented, the form is the real one.
ROSTER = """\
单位代码,单位名称,单位层级,上级单位代码,邮箱,抄送,联系人,电话,是否填报
0101,示例市发展和改革局,市级部门,,fgj@example.gov.cn,,王芳,0512-0101,是
0102,示例市财政局,市级部门,,czj@example.gov.cn,,李娜,0512-0102,是
0103,示例市公安局,市级部门,,gaj@example.gov.cn,,张伟,0512-0103,是
02,东区人民政府,县级政府,,dq@example.gov.cn,,刘洋,0512-0200,是
0201,东区教育局,县级部门,02,jyj@example.gov.cn,dq@example.gov.cn,陈静,0512-0201,是
0202,东区城市管理局,县级部门,02,cgj@example.gov.cn,dq@example.gov.cn,杨磊,0512-0202,是
"""
_DOCUMENTS = [Item("二.一", "行政规范性文件", column) for column in ("本年制发件数", "现行有效件数")]
ROUND_CHANGES: dict[str, dict[Item, int]] = {
    "0102": dict(zip(_DOCUMENTS, (6, 5), strict=True)),  # fewer in force than issued: to be explained
    "0201": {Item("三", "三.1", "总计"): 99},  # a total that is no sum: to be corrected
}
ROUND_FILES = {
    "0101": "表.xlsx",
    "0102": "财政局报送.xlsx",
    "02": "东区.xlsx",
    "0201": "报表(1).xlsx",
    "0202": "新建工作表.xlsx",
}


def round_samples() -> dict[str, bytes]:
    """The files of samples/round-2025: the roster, what came in first, and the one that was corrected."""
    form = find_form("zfxxgk-annual@2021")
    units = {line.split(",")[0]: line.split(",") for line in ROSTER.splitlines()[1:]}
    made = {"roster.csv": ROSTER.encode("gb18030")}
    for code, name in ROUND_FILES.items():
        _, unit, level, *_ = units[code]
        blank, figures = make(form, Issue(unit, code, level, 2025)), report(form, f"sample {code}")
        made[f"received/{name}"] = filled(form, blank, figures | ROUND_CHANGES.get(code, {}))
        if code == "0201":
            made[f"corrected/{name}"] = filled(form, blank, figures)
    return made


def readme(text: str) -> str:
    """The README with what is generated in it made anew."""
    seed = "samples/zhangjiagang-gxj-2020.xlsx"
    found = run("check", "--no-annotate", "--lang", "en", str(ROOT / seed), expect=1)
    shown = found.replace(str(ROOT / seed), seed).rstrip()
    shown += f"; annotated: {seed.replace('.xlsx', '.checked.xlsx')}"
    text = _between(text, "check", f"```text\n{shown}\n```")
    return _between(text, "rules", rules_table(all_forms([ROOT / "templates"]), "en").strip())


def _between(text: str, name: str, content: str) -> str:
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    head, _, rest = text.partition(begin)
    _, found, tail = rest.partition(end)
    if not found:
        raise SystemExit(f"README.md has no {begin} … {end}")
    return f"{head}{begin}\n{content}\n{end}{tail}"


def pictures() -> None:
    """The README's pictures: the form, its annotated copy and the first sheet of that, as LibreOffice prints them."""
    folder = ROOT / "samples" / "pictures"
    folder.mkdir(exist_ok=True)
    blank, marked = ROOT / "templates/zfxxgk-annual/2021.xlsx", ROOT / "samples" / f"{ANNOTATED}.checked.xlsx"
    with tempfile.TemporaryDirectory() as scratch:
        culprit = Path(scratch) / "culprit.xlsx"
        run(
            "fill",
            "zfxxgk-annual@2021",
            str(ROOT / "samples" / "suqian-2024.csv"),
            "--totals",
            "typed",
            "-o",
            str(culprit),
        )
        culprit.write_bytes(typed(culprit.read_bytes(), MISTAKES))
        run("check", str(culprit), "--lang", "zh", expect=1)
        checked = culprit.with_name("culprit.checked.xlsx")
        for name, source, page, size in (
            ("culprit", checked, 1, "-x 30 -y 55 -W 1230 -H 330"),
            ("culprit-cells", checked, 4, "-x 45 -y 70 -W 760 -H 620"),
            ("form", blank, 3, "-x 45 -y 70 -W 760 -H 620"),
            ("annotated", marked, 4, "-x 45 -y 70 -W 760 -H 620"),
            ("results", marked, 1, "-x 30 -y 55 -W 1230 -H 250"),
        ):
            pdf = convert(source, "pdf", Path(scratch))
            command = ["pdftoppm", "-r", "100", "-f", str(page), "-l", str(page), *size.split(), "-singlefile", "-png"]
            subprocess.run([*command, str(pdf), str(folder / name)], check=True)
        board(Path(scratch), folder / "board.png")


def board(scratch: Path, picture: Path) -> None:
    """The board of the sample round, as a browser shows it."""
    where = str(scratch / "round-2025")
    source = ROOT / "samples" / "round-2025"
    run(
        "round", "new", where, "--form", "zfxxgk-annual", "--period", "2025", "--roster", str(source / "roster.csv"),
        "--office", "示例市人民政府办公室", "--deadline", "2026-01-20", "--lang", "zh",
    )  # fmt: skip
    run("intake", where, str(source / "received"), "--lang", "zh", expect=1)
    run("status", where, "--format", "html", "--today", "2026-01-12", "--lang", "zh")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,760"]
    page = (scratch / "round-2025" / "board.html").as_uri()
    subprocess.run([*command, f"--screenshot={picture}", page], check=True, capture_output=True)


def run(*arguments: str, expect: int = 0) -> str:
    """One command, which must end as expected."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exit_code != expect:
        raise SystemExit(f"{arguments}: exit {result.exit_code}\n{result.output}{result.exception or ''}")
    return result.output


def main() -> None:
    """Write everything in its place."""
    for path, data in blanks().items():
        (ROOT / path).write_bytes(data)
    for path, data in round_samples().items():
        target = ROOT / "samples" / "round-2025" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    with tempfile.TemporaryDirectory() as folder:
        samples(Path(folder))
        for path in Path(folder).iterdir():
            (ROOT / "samples" / path.name).write_bytes(path.read_bytes())
    (ROOT / "README.md").write_text(readme((ROOT / "README.md").read_text(encoding="utf-8")), encoding="utf-8")
    if "--pictures" in sys.argv:
        pictures()
    sys.stdout.write("made\n")


if __name__ == "__main__":
    main()
