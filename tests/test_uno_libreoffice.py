"""A form filled in by a user of a real LibreOffice: what the check says of it is what it says of the same data."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from libreoffice import type_into
from make_samples import run
from pens import parts
from submissions import official
from test_agreement_libreoffice import consistent

from xlreport.examine import examine
from xlreport.form.evaluate import computed_items
from xlreport.form.layout import Part, layout
from xlreport.form.table import Item
from xlreport.report.json import document
from xlreport.rules.nodes import Number
from xlreport.submission import State
from xlreport.workbook.annotate import strip
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container
from xlreport.workbook.identity import identities
from xlreport.workbook.template import Issue, make

pytestmark = pytest.mark.libreoffice

EDITIONS = ("2019", "2021")
YEARS = {"2019": 2020, "2021": 2024}
SECTIONS = {"一": "　　本年收到申请 3 件。\n　　=1+1", "五": "  问题", "六": "无"}


THREE, FOUR = "三、依申请公开", "四、复议诉讼"


class Case(NamedTuple):
    """One form, blank, filled by `fill`, typed in LibreOffice, and that taken apart there by a user."""

    edition: str
    blank: Path
    filled: Path
    typed: Path
    apart: Path
    values: dict[Item, Number | str]
    steps: list[list[Any]]
    seen: list[object]  # what the cells showed after each step


def prepared(edition: str, folder: Path) -> Case:
    form = official(edition)
    computed = computed_items(form)
    values = consistent(form, random.Random(f"typed {edition}"))
    values = {item: value for item, value in values.items() if str(value).strip()}  # a space is a blank
    values = {i: v for i, v in values.items() if i not in computed and v not in {"12", " "}}
    (money, *_) = [item for item in form.items if not form.entry_type(item).whole]
    values[money] = Decimal("59237.2449")
    values[Item("三", "一", "自然人")] = "１２"
    values[Item("三", "三.1", "法人.其他")] = "251000元"
    values[Item("四", "数", "行政复议.结果维持")] = "无"
    blank, data, filled = (folder / f"{edition}{end}" for end in (".xlsx", ".json", "-filled.xlsx"))
    blank.write_bytes(make(form, Issue("某某局", "0101", "县级部门", YEARS[edition], "7")))
    rows = [
        {"table": i.table, "row": i.row, "column": i.column, "value": float(v) if isinstance(v, Decimal) else v}
        for i, v in values.items()
    ]
    cover = {"filled_by": "张三", "telephone": "0512"}
    data.write_text(json.dumps({"values": rows, "sections": SECTIONS, "cover": cover}), "utf-8")
    run("fill", str(blank), str(data), "-o", str(filled), "--as-printed")
    places = layout(form)
    steps: list[list[Any]] = [["look", *next(iter(places.cover.values()))]]
    for item, value in values.items():
        steps.append(["enter", *places.cells[item], value if isinstance(value, str) else float(value)])
    steps += [["enter", *places.cover[name], text] for name, text in cover.items()]
    steps += [["enter", *places.sections[name], text] for name, text in SECTIONS.items()]
    typed, apart = folder / f"{edition}-typed.xlsx", folder / f"{edition}-apart.xlsx"
    return Case(edition, blank, filled, typed, apart, values, steps, [])


def locked(edition: str) -> list[list[Any]]:
    """Attempts to write where nobody should: a heading, a computed total."""
    form = official(edition)
    total = min(computed_items(form))
    sheet = next(s for s in layout(form).sheets if s.placed)
    heading = next(p for p in sheet.placed if p.part is Part.LABEL and p.text)
    return [["enter", *layout(form).cells[total], 777], ["enter", sheet.name, heading.row, heading.col, "改了"]]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    folder = tmp_path_factory.mktemp("typed")
    cases = [prepared(edition, folder) for edition in EDITIONS]
    jobs = [{"source": str(c.blank), "target": str(c.typed), "steps": [*locked(c.edition), *c.steps]} for c in cases]
    # A protection without password is taken off with two clicks; then rows and columns can be put in.
    apart = [["unprotect", THREE], ["unprotect", FOUR], ["insert row", THREE, 2], ["insert row", THREE, 13]]
    apart += [["insert column", THREE, 5], ["delete row", THREE, 10], ["insert row", FOUR, 5], ["rename", FOUR, "表四"]]
    jobs += [{"source": str(c.typed), "target": str(c.apart), "steps": apart} for c in cases]
    done = type_into(folder, jobs)
    return {c.edition: c._replace(seen=seen) for c, seen in zip(cases, done[: len(cases)], strict=True)}


@pytest.fixture(params=EDITIONS)
def case(request: pytest.FixtureRequest, cases: dict[str, Case]) -> Case:
    return cases[request.param]


def told(path: Path) -> list[dict[str, Any]]:
    """The findings of a file as JSON has them."""
    (file,) = document([examine(path)])["files"]
    assert file["status"] == "findings"
    findings: list[dict[str, Any]] = file["findings"]
    return [{key: of[key] for key in of if key not in {"since", "explanation"}} for of in findings]


def test_locked_cells_refuse_and_the_others_take_what_is_typed(case: Case) -> None:
    refused, shown = case.seen[: len(locked(case.edition))], case.seen[len(locked(case.edition)) :]
    assert "777" not in refused
    assert "改了" not in refused
    asked = [(step[-1], seen) for step, seen in zip(case.steps, shown, strict=True) if isinstance(step[-1], str)]
    assert [(a, b) for a, b in asked if a != b] == []


def test_the_check_says_the_same_as_of_the_filled_file(case: Case) -> None:
    typed, filled = told(case.typed), told(case.filled)
    assert typed == filled
    assert {f["code"] for f in typed} >= {"B401", "E301", "E302", "E303", "E306"}


def test_what_was_typed_is_what_is_read(case: Case) -> None:
    reading = examine(case.typed).reading
    assert reading is not None
    submission = reading.submission
    for item, value in case.values.items():
        entry = submission.entry(item)
        assert (entry.raw if isinstance(value, str) else entry.value) == value, item
    assert {i for i in submission.form.items if submission.entry(i).computed} == computed_items(submission.form)
    assert {i for i in submission.form.items if submission.entry(i).state is not State.BLANK} == (
        case.values.keys() | computed_items(submission.form)
    )
    assert submission.sections == SECTIONS
    assert submission.cover["telephone"] == "0512"


def test_its_identity_is_still_found(case: Case) -> None:
    before, after = (dict(identities(read_book(Container.open(path)))) for path in (case.blank, case.typed))
    assert after == before
    assert list(after) == ["properties", "sheet", "names"]


def test_its_annotated_copy_says_the_same_and_strips_back(case: Case, tmp_path: Path) -> None:
    target = tmp_path / "annotated.xlsx"
    run("check", str(case.typed), "-o", str(target), expect=1)
    assert told(target) == told(case.typed)
    assert parts(strip(Container.open(target))) == parts(case.typed.read_bytes())


def test_rows_and_columns_put_in_and_taken_out_there_shift_nothing(case: Case) -> None:
    before, after = (examine(path).reading for path in (case.typed, case.apart))
    assert before is not None
    assert after is not None
    was, now = before.submission, after.submission
    deleted = {item for item in was.form.items if (c := was.entry(item).cell) and (c.sheet, c.row) == (THREE, 9)}
    assert len({item.row for item in deleted}) == 1
    for item in was.form.items:
        if item in deleted:
            assert now.entry(item).state is State.NOT_FOUND
        elif not now.entry(item).computed:
            assert now.entry(item).raw == was.entry(item).raw, item
            assert (now.entry(item).state, now.value(item)) == (was.entry(item).state, was.value(item)), item
    found = [(f.code.name, f.severity.value) for f in after.findings]
    assert sorted(one for one in found if one[1] != "info") == [("S203", "error")]
    assert {code for code, severity in found if severity == "info"} == {"S203", "S211"}
    kinds = {f.facts.get("kind") for f in after.findings if f.code.name == "S203"}
    assert kinds >= {"shifted-row", "shifted-column", "renamed", "missing"}


def test_fill_goes_into_what_libreoffice_saved(case: Case, tmp_path: Path) -> None:
    first = next(i for i in case.values if isinstance(case.values[i], int))
    data, target = tmp_path / "more.csv", tmp_path / "more.xlsx"
    data.write_text(f"table,row,column,value\n{first.table},{first.row},{first.column},77\n", "utf-8")
    run("fill", str(case.typed), str(data), "-o", str(target))
    before, after = (examine(path).reading for path in (case.typed, target))
    assert before is not None
    assert after is not None
    for item in before.submission.form.items:
        expected = 77 if item == first else before.submission.value(item)
        if not after.submission.entry(item).computed:
            assert after.submission.value(item) == expected, item
    assert not [f for f in after.findings if f.code.name in {"S206", "S207"}]
