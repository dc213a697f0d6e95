"""The README says what is so: its tables, its printed check, its commands, and every example in the commands' help."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import make_samples
import pytest
from conftest import ROOT
from typer.testing import CliRunner

from xlreport.cli.main import app
from xlreport.cli.round_commands import rounds

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
    names |= {group.name for group in app.registered_groups}
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


COMMANDS = [*app.registered_commands, *rounds.registered_commands]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample round after its first day, for the examples of the commands that need one."""
    folder = tmp_path_factory.mktemp("round")
    source = ROOT / "samples" / "round-2025"
    here = str(folder / "round-2025")
    make_samples.run(
        "round", "new", here, "--form", "zfxxgk-annual", "--period", "2025", "--roster", str(source / "roster.csv")
    )
    make_samples.run("issue", here)
    make_samples.run("intake", here, str(source / "received"), expect=1)
    return folder / "round-2025"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.callback.__name__)
def test_the_example_in_the_help_runs(
    command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collected: Path
) -> None:
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
    shutil.copytree(collected, tmp_path / "round-2025")
    shutil.copytree(ROOT / "samples" / "round-2025" / "corrected", tmp_path / "received")
    shutil.copy(ROOT / "samples" / "round-2025" / "roster.csv", tmp_path / "roster.csv")
    remark = [{"sheet": "封面", "cell": "C5", "severity": "warning", "message": "请核对单位名称。"}]
    (tmp_path / "findings.json").write_text(json.dumps(remark), encoding="utf-8")
    arguments = shlex.split(example[1])
    if "-o" in arguments:
        (tmp_path / arguments[arguments.index("-o") + 1]).unlink(missing_ok=True)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.strip()


def test_the_section_on_a_round_can_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of it, in its order; nothing is mailed."""
    section = README.partition("## 一轮汇总")[2].partition("\n## ")[0]
    lines = [line for block in re.findall(r"```text\n(.+?)```", section, re.DOTALL) for line in block.splitlines()]
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "samples" / "round-2025", tmp_path / "samples" / "round-2025")
    for line in lines:
        words = shlex.split(re.sub(r"（.*?）", "", line))
        if "--send" in words:
            continue
        wrong = 1 if words[-1] == "samples/round-2025/received" else 0  # one of them is wrong, and told so
        done = CliRunner().invoke(app, words[1:])
        assert done.exit_code == wrong, f"{line}\n{done.output}"
    assert (tmp_path / "total.xlsx").is_file()


def test_the_program_it_shows_does_what_it_says(tmp_path: Path, collected: Path) -> None:
    program = re.search(r"```python\n(.+?)```", README, re.DOTALL)
    assert program
    shutil.copytree(ROOT / "samples" / "round-2025", tmp_path / "samples" / "round-2025")
    shutil.copytree(collected, tmp_path / "round-2025")
    done = subprocess.run(
        [sys.executable, "-c", program[1]], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "units are not in the total: [" in done.stdout.splitlines()[-1]
    assert (tmp_path / "total.xlsx").is_file()
    assert (tmp_path / "2025.csv").is_file()


def test_the_sample_round_is_fresh() -> None:
    committed = ROOT / "samples" / "round-2025"
    fresh = make_samples.round_samples()
    assert {str(p.relative_to(committed)) for p in committed.rglob("*") if p.is_file()} == fresh.keys()
    assert [name for name, data in fresh.items() if (committed / name).read_bytes() != data] == []


def test_the_top_level_holds_what_it_is_to_hold() -> None:
    """A trial run in the checkout leaves workbooks behind that nobody wants to have committed."""
    made = {"build", "dist", "xlreport.egg-info"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - made
    assert found == {"README.md", "pyproject.toml", "samples", "templates", "tests", "xlreport"}
