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
from typer.testing import CliRunner

from xlreport.catalog import definitions, open_form
from xlreport.cli.main import app
from xlreport.examine import all_forms
from xlreport.pages import rules_table
from xlreport.workbook.template import make

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
