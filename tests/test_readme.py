"""The README says what is so: its tables, its printed check, its commands, and every example in the commands' help."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import make_samples
import pytest
from conftest import ROOT
from typer.testing import CliRunner

from xlreport.cli.main import app

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_is_generated_is_fresh() -> None:
    assert make_samples.readme(README) == README


def test_it_opens_with_the_two_commands() -> None:
    commands = re.findall(r"<!-- (\w+)-command -->\n```bash\n(.+)\n```", README)
    assert [name for name, _ in commands] == ["main", "test"]
    assert README.index("<!-- test-command -->") < README.index("![")
    assert commands[0][1].endswith("xlreport check samples/zhangjiagang-gxj-2020.xlsx")
    assert commands[1][1].endswith("python -m pytest")


def test_every_picture_and_sample_it_names_is_there() -> None:
    for path in re.findall(r"\]\(([\w./-]+\.png)\)", README):
        assert (ROOT / path).is_file(), path
        assert (ROOT / path).stat().st_size < 150_000, path
    for name in re.findall(r"^\| `([\w-]+-\d{4})`", README, re.MULTILINE):
        assert (ROOT / "samples" / f"{name}.xlsx").is_file(), name
        assert (ROOT / "samples" / f"{name}.csv").is_file(), name


def test_every_command_it_names_exists() -> None:
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert set(re.findall(r"^\| `xlreport (\w+)", README, re.MULTILINE)) == names


def test_the_form_it_shows_can_be_loaded(tmp_path: Path) -> None:
    definition = re.search(r"```yaml\n(.+?)```", README, re.DOTALL)
    assert definition
    path = tmp_path / "park.yaml"
    path.write_text(definition[1], encoding="utf-8")
    made = CliRunner().invoke(app, ["make", str(path), "--unit", "某公园", "-o", str(tmp_path / "park.xlsx")])
    assert made.exit_code == 0, made.output
    shown = CliRunner().invoke(app, ["forms", str(path), "--lang", "zh"])
    assert "「儿童」不应大于「成人」" in shown.output


@pytest.mark.parametrize("command", app.registered_commands, ids=lambda c: c.callback.__name__)
def test_the_example_in_the_help_runs(command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    help_text = command.callback.__doc__
    example = re.search(r"例 Example: xlreport (.+)", help_text)
    assert example, f"no example: {help_text}"
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "samples" / "shili-czj-2024.csv", tmp_path / "data.csv")
    shutil.copy(ROOT / "samples" / "shili-czj-2024.xlsx", tmp_path / "市财政局.xlsx")
    shutil.copy(ROOT / "samples" / "zhangjiagang-gxj-2020.checked.xlsx", tmp_path / "市财政局.checked.xlsx")
    for state in ("returned", "corrected"):
        (tmp_path / "去年的表" / state).mkdir(parents=True)
        shutil.copy(ROOT / "samples" / "shili-czj-2024.xlsx", tmp_path / "去年的表" / state)
    remark = [{"sheet": "封面", "cell": "C5", "severity": "warning", "message": "请核对单位名称。"}]
    (tmp_path / "findings.json").write_text(json.dumps(remark), encoding="utf-8")
    arguments = shlex.split(example[1])
    if "-o" in arguments:
        (tmp_path / arguments[arguments.index("-o") + 1]).unlink(missing_ok=True)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.strip()
