"""Invented offices for tests of a round: a roster, reports that hold together, and the workbooks they send back."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from xlreport.form.layout import layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.round.folder import Round, new_round
from xlreport.round.issue import issue
from xlreport.round.register import Register
from xlreport.round.settings import Settings
from xlreport.rules.nodes import Number
from xlreport.workbook.container import Container
from xlreport.workbook.poke import set_values

NAMES = (
    "市发展和改革局", "市教育局", "市科学技术局", "市工业和信息化局", "市公安局", "市民政局", "市司法局", "市财政局",
    "市人力资源和社会保障局", "市自然资源和规划局", "市住房和城乡建设局", "市交通运输局",
)  # fmt: skip
APPLICANTS = ("自然人", "法人.商业企业", "法人.科研机构", "法人.社会公益组织", "法人.法律服务机构", "法人.其他")
FORM = "zfxxgk-annual"


def roster(count: int = 12, more: str = "", head: str = "") -> str:
    """A roster of departments under no parent, as CSV."""
    lines = ["单位代码,单位名称,单位层级,上级单位代码,邮箱,抄送,联系人,电话"]
    for n in range(count):
        name = NAMES[n] if n < len(NAMES) else f"第{n + 1}局"
        lines.append(f"{n + 1:04d},{name},市级部门,,dept{n + 1}@dept.test,,联系人{n + 1},0512-{n:04d}")
    return "\n".join([*lines, *([more] if more else [])]) + "\n" + head


def round_of(folder: Path, text: str | None = None, period: int = 2025, **settings: object) -> Round:
    """A fresh round of the real form."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = folder.parent / f"{folder.name}-roster.csv"
    source.write_text(text or roster(), encoding="utf-8")
    about = {"office": "示例市人民政府办公室", "total": "示例市", "level": "设区的市", **settings}
    return new_round(folder, Settings(FORM, period, **about), source)  # type: ignore[arg-type]


def report(form: Form, seed: object, carried: Mapping[str, int] | None = None) -> dict[Item, Number]:
    """A report that holds together: every relation of the 2021 edition, and 二 as it was carried over."""
    rng = random.Random(str(seed))
    values: dict[Item, Number] = {}
    rows = [row.id for row in form.tables["三"].rows.leaves if row.id.startswith("三.") and row.id != "三.7"]
    for applicant in APPLICANTS:
        settled = 0
        for row in rows:
            value = rng.choice((0, 0, 0, 1, 2, rng.randint(0, 40)))
            values[Item("三", row, applicant)] = value
            settled += value
        before = (carried or {}).get(applicant, 0)
        after = rng.choice((0, 0, 1, 3)) + max(0, before - settled)
        values[Item("三", "三.7", applicant)] = settled
        values[Item("三", "二", applicant)] = before
        values[Item("三", "四", applicant)] = after
        values[Item("三", "一", applicant)] = settled + after - before
    for row in ("一", "二", *rows, "三.7", "四"):
        values[Item("三", row, "总计")] = sum(values[Item("三", row, one)] for one in APPLICANTS)
    for group in ("行政复议", "行政诉讼.未经复议直接起诉", "行政诉讼.复议后起诉"):
        parts = [rng.choice((0, 0, 1, 2)) for _ in range(4)]
        for name, value in zip(("结果维持", "结果纠正", "其他结果", "尚未审结"), parts, strict=True):
            values[_four(form, f"{group}.{name}")] = value
        values[_four(form, f"{group}.总计")] = sum(parts)
    for column in ("本年制发件数", "本年废止件数", "现行有效件数"):
        values[Item("二.一", "规章", column)] = 0
    made = rng.randint(0, 5)
    values |= {
        Item("二.一", "行政规范性文件", "本年制发件数"): made,
        Item("二.一", "行政规范性文件", "本年废止件数"): 0,
        Item("二.一", "行政规范性文件", "现行有效件数"): made + rng.randint(0, 9),
        Item("二.五", "行政许可", "本年处理决定数量"): rng.randint(0, 500),
        Item("二.六", "行政处罚", "本年处理决定数量"): rng.randint(0, 90),
        Item("二.六", "行政强制", "本年处理决定数量"): rng.randint(0, 9),
        Item("二.八", "行政事业性收费", "本年收费金额"): Decimal(rng.randint(0, 10**6)) / 10_000,
    }
    return values


def _four(form: Form, name: str) -> Item:
    column = form.tables["四"].columns.find(name.replace(".", "/"))
    assert column is not None, name
    return Item("四", form.tables["四"].rows.leaves[0].id, column.id)


def filled(form: Form, blank: bytes, values: Mapping[Item, Number | str | None], **cover: str) -> bytes:
    """A workbook with these values typed into it, and nothing to report in its texts."""
    plan = layout(form)
    typed: dict[tuple[str, int, int], object] = {
        tuple(plan.cells[item]): value for item, value in values.items() if not form.computed(item)
    }
    typed |= {tuple(cell): "无" for cell in plan.sections.values()}
    typed |= {tuple(plan.cover[name]): text for name, text in cover.items()}
    return set_values(Container(Path("x.xlsx"), blank), typed)  # type: ignore[arg-type]


def answers(this: Round, seeds: Sequence[object] | None = None) -> dict[str, bytes]:
    """Every unit's workbook, filled in; by its code."""
    made = issue(this) or []
    paths = {one.unit.code: one.path for one in made}
    found = {}
    for n, unit in enumerate(this.reporting):
        path = paths.get(unit.code) or next((this.folder / "issued").glob(f"{unit.code}-*"))
        seed = seeds[n] if seeds else unit.code
        found[unit.code] = filled(this.form, path.read_bytes(), report(this.form, seed))
    return found


def put(folder: Path, books: Mapping[str, bytes], suffix: str = ".xlsx") -> Path:
    """Workbooks as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in books.items():
        (folder / f"{name}{suffix}").write_bytes(data)
    return folder


def reported(register: Register, period: int) -> frozenset[str]:
    """The codes of the units of which the register has a report for a year."""
    rows = register.db.execute(
        "SELECT unit FROM submission WHERE period = ? AND latest = 1 AND state <> 'total'", (period,)
    )
    return frozenset(row[0] for row in rows)
