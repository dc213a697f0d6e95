"""Makes everything that is committed and generated: the blank forms in templates/, the workbooks in samples/.

Run `python tests/make_samples.py` after a change to a definition or to the look of the workbook. A test makes them
again and compares.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from xlreport.catalog import definitions, open_form
from xlreport.cli.main import app
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
        run("fill", form, str(ROOT / "samples" / f"{name}.csv"), *options, "-o", str(folder / f"{name}.xlsx"), "--force")
    run("check", str(folder / f"{ANNOTATED}.xlsx"), "--lang", "zh", expect=1)


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
    sys.stdout.write("made\n")


if __name__ == "__main__":
    main()
