"""Data to be filled in: JSON and CSV as offices save them, by the names people use; all that is wrong told at once."""

import json
from decimal import Decimal

import pytest
from commands import xlreport
from submissions import DATA, form_of, item, official

from xlreport.data import DataProblems, decode, read_data
from xlreport.filling import resolve
from xlreport.form.evaluate import computed_items
from xlreport.form.table import Fill

NEW, OLD = official("2021"), official("2019")


def given(text, name="data.csv", form=NEW, **more):
    """The values of a data file, by `table!row@column`."""
    data = text if isinstance(text, bytes) else text.encode()
    return resolve(form, read_data(data, name), **more)


def values(text, name="data.csv", form=NEW, **more):
    return {str(where): value for where, value in given(text, name, form, **more).values.items()}


def problems(text, name="data.csv", form=NEW, **more):
    with pytest.raises(DataProblems) as caught:
        given(text, name, form, **more)
    return list(caught.value.problems)


def csv(*lines):
    return "\n".join(["table,row,column,value", *lines])


# --- CSV

ONE = {"三!一@自然人": 3}


@pytest.mark.parametrize(
    "head",
    [
        "table,row,column,value", "表,行,列,值", "表格,主栏,宾栏,数值", "TABLE,Row,Column,VALUE",
        " table , row , column , value ",
        "报表,指标,列名,填报值",
    ],
)  # fmt: skip
def test_headings_of_csv(head):
    assert values(f"{head}\n三,一,自然人,3\n") == ONE


@pytest.mark.parametrize("joint", [",", ";", "\t", "，", "；"])
def test_separators(joint):
    assert values(f"表{joint}行{joint}列{joint}值\n三{joint}一{joint}自然人{joint}3\n") == ONE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings(encoding):
    text = "表,行,列,值\n三,一、本年新收政府信息公开申请数量,自然人,3\n"
    assert values(text.encode(encoding)) == ONE


def test_what_is_no_text_at_all():
    assert problems(b"\xff\xfe\x00") == ["数据文件既不是 UTF-8 也不是 GB18030 编码 (neither UTF-8 nor GB18030)"]
    assert problems(b"table\xff\xff\xff") == ["数据文件既不是 UTF-8 也不是 GB18030 编码 (neither UTF-8 nor GB18030)"]
    assert decode("甲".encode("utf-16-be").join([b"\xfe\xff", b""])) == "甲"


def test_line_ends_blank_lines_and_short_lines():
    assert values("\r\n表,行,列,值\r\n三,一,自然人,3\r\n,,,\r\n\r\n三,二,自然人\r\n") == {**ONE, "三!二@自然人": None}


def test_columns_in_any_order_and_columns_of_no_concern():
    assert values("值,备注,列,行,表\n3,x,自然人,一,三") == ONE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "数据文件是空的"),
        ("\n\n", "数据文件是空的"),
        ("a,b\n1,2", "第一行应是 table,row,column,value"),
        (csv("三,一,自然人,1,234"), "第 2 行多出一列"),
        ("table,value\n" + "x" * 200_000 + ",1", "不是可用的 CSV"),
    ],
)
def test_csv_that_is_none(text, words):
    (problem,) = problems(text)
    assert words in problem


# --- JSON


@pytest.mark.parametrize(
    "body",
    [
        [{"table": "三", "row": "一", "column": "自然人", "value": 3}],
        [{"表": "三", "行": "一", "列": "自然人", "值": 3}],
        {"values": [{"table": "t3", "row": "r1", "column": "自然人", "value": 3}]},
        {"items": [{"table": "t3", "row": "r1", "column": "自然人", "value": "3"}]},
        {"tables": {"三": {"一": {"自然人": 3}}}},
        {"form": "zfxxgk-annual", "edition": "2021", "tables": {"t3": {"r1": {"自然人": 3}}}},
    ],
)
def test_shapes_of_json(body):
    assert values(json.dumps(body), "data.json") == ONE


def test_json_with_meta_cover_and_sections():
    body = {
        "unit": "某局", "unit_code": 320582, "org_level": "设区的市", "year": 2024, "edition": "2021",
        "cover": {"填表人": "张", "telephone": "0512"}, "sections": {"一": "甲", "六、其他需要报告的事项": "无"},
        "tables": {}, "notes": ["x"], "source": "y",
    }  # fmt: skip
    data = read_data(json.dumps(body).encode(), "x.json")
    assert sorted(data.ignored) == ["notes", "source"]
    assert data.edition == "2021"
    filling = resolve(NEW, data)
    assert filling.period == 2024
    assert filling.cover == {
        "unit": "某局", "unit_code": "320582", "level": "设区的市", "period": "2024", "filled_by": "张",
        "telephone": "0512",
    }  # fmt: skip
    assert filling.sections == {"一": "甲", "六": "无"}


def test_narrative_becomes_the_first_section():
    body = {"narrative": [{"text": "收到 3 件。"}, {"text": "办结 2 件。"}], "tables": {}}
    assert given(json.dumps(body), "x.json").sections == {"一": "收到 3 件。\n办结 2 件。"}


def test_cover_and_sections_in_csv():
    filling = given(csv("封面,填报单位,,某局", "封面,报告年度,,2024", "文字部分,一,,总的情况", "cover,unit_code,,A1"))
    assert filling.cover == {"unit": "某局", "period": "2024", "unit_code": "A1"}
    assert filling.sections == {"一": "总的情况"}
    assert read_data(csv("封面,报告年度,,2024").encode(), "x.csv").period == 2024


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "不是可用的 JSON"),
        ("[" * 100_000, "不是可用的 JSON"),
        ('{"tables": {"三": {"一": {"自然人": NaN}}}}', "NaN is no number"),
        ('{"tables": {"三": {"一": {"自然人": 1, "自然人": 2}}}}', "自然人 给了两次"),
        ('{"tables": []}', "tables 应是 表→行→列→值"),
        ('{"tables": {"三": 3}}', "tables.三 应是 行→列→值"),
        ('{"values": {}}', "values 应是列表"),
        ('[{"row": "一"}]', "[0]: 缺 table 或 value"),
        ("[3]", "[0]: 应有 table、row、column、value"),
        ('{"cover": []}', "cover 应是"),
        ('{"unit": ["某局"]}', "不是一个值"),
        ('{"cover": {"unit": {}}}', "不是一个值"),
    ],
)
def test_json_that_is_none(text, words):
    (problem,) = problems(text, "data.json")
    assert words in problem


def test_a_json_name_with_other_content():
    assert problems(csv(), "data.json") == ["data.json 不是 JSON (not JSON)"]


# --- names


@pytest.mark.parametrize(
    ("table", "row", "column", "found"),
    [
        ("三", "三.3.1", "自然人", "三!三.3.1@自然人"),
        ("t3", "r3_3_1", "商业企业", "三!三.3.1@法人.商业企业"),
        ("三、收到和处理政府信息公开申请情况", "1.属于国家秘密", "自然人", "三!三.3.1@自然人"),
        ("三", "１、属于国家秘密", "自然人", "三!三.3.1@自然人"),
        ("三", "三、本年度办理结果/（三）不予公开/1.属于国家秘密", "总计", "三!三.3.1@总计"),
        ("三", "（三）不予公开/1.属于国家秘密", "法人或其他组织/其他", "三!三.3.1@法人.其他"),
        ("三", "3.危及'三安全一稳定'", "其他", "三!三.3.3@法人.其他"),
        ("三", "(七)总计", "总计", "三!三.7@总计"),
        ("三", "（六）其他处理/3.其他", "自然人", "三!三.6.3@自然人"),
        ("第二十条第（一）项", "规范性文件", "现行有效件数", "二.一!行政规范性文件@现行有效件数"),
        ("二.八", "行政事业性收费", "本年收费金额(单位:万元)", "二.八!行政事业性收费@本年收费金额"),
        ("二.八", "行政事业性收费", "", "二.八!行政事业性收费@本年收费金额"),
        ("二.五", "行政许可", "", "二.五!行政许可@本年处理决定数量"),
        ("四", "行政复议", "总计", "四!数@行政复议.总计"),
        ("四", "", "行政复议/总计", "四!数@行政复议.总计"),
        ("四", "行政诉讼/复议后起诉/总计", "", "四!数@行政诉讼.复议后起诉.总计"),
        ("四", "行政诉讼_未经复议直接起诉", "结果维持", "四!数@行政诉讼.未经复议直接起诉.结果维持"),
        ("四", "未经复议直接起诉", "总计", "四!数@行政诉讼.未经复议直接起诉.总计"),
        ("四", "件数", "行政复议.尚未审结", "四!数@行政复议.尚未审结"),
        ("t4", "r1", "行政复议/尚未审结", "四!数@行政复议.尚未审结"),
    ],
)
def test_names_of_items(table, row, column, found):
    body = [{"table": table, "row": row, "column": column, "value": 3}]
    assert values(json.dumps(body), "x.json") == {found: 3}


def test_a_one_row_table_whose_labels_have_dots():
    form = form_of(
        "form: a\nedition: '1'\ntitle: t\n"
        "tables: {t: {rows: [数], columns: ['3.其他', 'No._2', {甲: ['1.一', '1.二']}]}}"
    )
    assert values("表,行,列,值\nt,,3.其他,1\nt,No._2,,2\nt,甲,1.一,3", form=form) == {
        "t!数@3.其他": 1, "t!数@No._2": 2, "t!数@甲.1.一": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("五,一,自然人,1", "没有表“五”"),
        (",一,自然人,1", "没有表“”"),
        ("三,八,自然人,1", "表 三 没有行 (row)“八”"),
        ("三,一,自燃人,1", "表 三 没有列 (column)“自燃人”; did you mean '自然人'?"),
        ("三,三,自然人,1", "表 三 的“三”是一组，请写明其中一项"),
        ("三,（三）不予公开,自然人,1", "是一组，请写明其中一项：三、本年度办理结果/（三）不予公开/1.属于国家秘密"),
        ("三,一,法人或其他组织,1", "表 三 的“法人或其他组织”是一组，请写明其中一项：法人或其他组织/商业企业"),
        ("四,,总计,1", "表 四 里“总计”不止一处，请写明：行政复议/总计、行政诉讼/未经复议直接起诉/总计"),
        ("四,行政诉讼,总计,1", "表 四 没有列"),
        ("三,一,自然人,两件多", "“两件多”不是数字"),
        ("三,一,自然人,2.5", "三 一、本年新收政府信息公开申请数量 / 自然人: 2.5 应为整数"),
        ("三,一,自然人,-1", "-1 不能是负数"),
        ("二.八,行政事业性收费,,-0.5", "-0.5 不能是负数"),
        ("三,一,自然人,1000000000000000", "不是数字"),
        ("封面,局长,,张三", "封面没有“局长”"),
        ("封面,报告年度,,24", "报告年度“24”应是四位年份"),
        ("文字部分,七,,无", "没有文字部分“七”"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(line, words):
    (problem,) = problems(csv(line))
    assert words in problem
    if not line.startswith(("封面", "文字")):
        assert problem.startswith("第 2 行 (line 2): ")


def test_everything_is_told_at_once():
    told = problems(
        csv(
            "三,一,自然人,1", "五,一,自然人,1", "三,八,自然人,1", "四,,总计,1", "三,三,自然人,1", "三,二,自然人,很多",
            "三,一,自然人,2", "封面,局长,,张", "文字部分,七,,无",
        )
    )  # fmt: skip
    assert len(told) == 8
    assert [problem.partition(":")[0] for problem in told[:6]] == [f"第 {n} 行 (line {n})" for n in range(3, 9)]


def test_the_same_twice():
    assert values(csv("三,一,自然人,3", "t3,r1,自然人,3")) == ONE
    (problem,) = problems(csv("三,一,自然人,3", "t3,r1,自然人,4"))
    assert "已在 第 2 行 (line 2) 给过另一个值" in problem
    (problem,) = problems(csv("封面,填报单位,,甲", "封面,填报单位,,乙"))
    assert "填报单位 已给过另一个值" in problem
    (problem,) = problems(csv("封面,填报单位,,甲", "封面,unit,,乙"))
    assert "已给过另一个值" in problem


# --- values


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("3", 3), (" 3 ", 3), ("3.0", 3), ("", None), ("  ", None), ("007", 7),
        # numbers written oddly, placeholders and texts that mean a number stay as written for the check to tell
        ("１２", "１２"), ('"1,234"', "1,234"), ("3件", "3件"), ("—", "—"), ("无", "无"),
    ],
)  # fmt: skip
def test_values_of_csv(typed, kept):
    assert values(csv(f"三,一,自然人,{typed}")) == {"三!一@自然人": kept}


def test_money_in_words_stays_as_written_where_money_is_meant_and_fits_no_count():
    amount = "二.九,政府集中采购,采购总金额,251000元"
    assert list(values(csv(amount), form=OLD).values()) == ["251000元"]
    (problem,) = problems(csv("三,一,自然人,251000元"))
    assert "“251000元”不是数字" in problem


@pytest.mark.parametrize(
    ("raw", "kept"), [("3", 3), ("3.0", 3), ("null", None), ('""', None), ('"12"', 12), ('"—"', "—"), ("1e2", 100)]
)
def test_values_of_json(raw, kept):
    assert values(f'{{"tables": {{"三": {{"一": {{"自然人": {raw}}}}}}}}}', "x.json") == {"三!一@自然人": kept}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("true", "True 不是一个值"), ("[1]", "不是一个值"), ("{}", None), ("2.5", "应为整数"), ("-1", "不能是负数"),
        ("1e15", "超过 15 位"), ("1e999999999", "超过 15 位"), ("1e-999999999", "超过 15 位"),
        ("0.1234567890123456", "超过 15 位"), ("9" * 400, "超过 15 位"), ('"' + "x" * 40_000 + '"', "内容超过"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit(raw, words):
    text = f'[{{"table": "三", "row": "一", "column": "自然人", "value": {raw}}}]'
    if words is None:
        words = "不是一个值"
    (problem,) = problems(text, "x.json")
    assert words in problem
    assert len(problem) < 200


def test_exact_amounts():
    assert values(csv("二.八,行政事业性收费,,72701.2578")) == {
        "二.八!行政事业性收费@本年收费金额": Decimal("72701.2578")
    }
    text = '{"tables": {"二.八": {"行政事业性收费": {"本年收费金额": 72701.2578}}}}'
    assert list(values(text, "x.json").values()) == [Decimal("72701.2578")]


def test_as_printed_takes_what_was_published():
    lines = csv("三,一,自然人,两件多", "三,二,自然人,2.5", "三,四,自然人,-1")
    assert len(problems(lines)) == 3
    assert list(values(lines, as_printed=True).values()) == ["两件多", Decimal("2.5"), -1]


# --- computed totals


def test_a_computed_total_is_accepted_only_as_it_is_computed():
    computed = computed_items(NEW)
    lines = ["三,三.1,自然人,2", "三,三.2,自然人,1"]
    assert "三!三.7@自然人" not in values(csv(*lines, "三,三.7,自然人,3"), computed=computed)
    (problem,) = problems(csv(*lines, "三,三.7,自然人,4"), computed=computed)
    assert problem.startswith("第 4 行 (line 4): 三 ")
    assert "（七）总计 / 自然人 由表格自动计算，计算结果是 3，不能填 4" in problem
    assert "--totals typed" in problem
    assert values(csv(*lines, "三,三.7,自然人,4"))["三!三.7@自然人"] == 4
    (problem,) = problems(csv("三,三.7,自然人,4"), computed=computed)
    assert "计算结果是 空" in problem
    assert values(csv("三,三.7,自然人,"), computed=computed) == {}


def test_computed_totals_of_numbers_written_oddly():
    computed = computed_items(NEW)
    lines = csv('三,三.1,自然人,"1,234"', "三,三.2,自然人,１", '三,三.7,自然人,"1,235"')
    assert set(values(lines, computed=computed)) == {"三!三.1@自然人", "三!三.2@自然人"}
    assert len(problems(csv("三,三.1,自然人,—", "三,三.7,自然人,3"), computed=computed)) == 1


def test_all_totals_computed():
    computed = computed_items(NEW, Fill.FORMULA)
    assert item(NEW, "三!一@总计") in computed
    assert values(csv("三,一,自然人,3", "三,一,总计,3"), computed=computed) == {"三!一@自然人": 3}
    assert len(problems(csv("三,一,自然人,3", "三,一,总计,5", "三,二,总计,1"), computed=computed)) == 2


# --- the reports' own files


@pytest.mark.parametrize(
    ("name", "form", "count"),
    [
        ("01_seed_zhangjiagang_gxj_2020", OLD, 198),
        ("04_suqian_2024", NEW, 200),
        ("02_shanghai_gov_office_2019", OLD, 198),
    ],
)
def test_published_reports_are_understood_whole(name, form, count):
    data = read_data((DATA / "reports" / f"{name}.json").read_bytes(), f"{name}.json")
    filling = resolve(form, data, as_printed=True)
    assert len(filling.values) == count == len(form.items)


def test_a_computed_value_is_compared_with_what_the_workbook_holds():
    total = item(NEW, "三!三.7@自然人")
    about = {
        "computed": frozenset({total}),
        "known": {item(NEW, "三!三.1@自然人"): 3, item(NEW, "三!三.2@自然人"): "４"},
    }
    assert values(csv("三,（七）总计,自然人,7"), **about) == {}
    (problem,) = problems(csv("三,（七）总计,自然人,8"), **about)
    assert "计算结果是 7，不能填 8；请核对各分项" in problem


def test_the_lines_of_a_table_that_is_not_there_are_one_problem():
    told = problems(csv("五,a,b,1", "三,一,自然人,很多", "五,a,c,2"))
    assert len(told) == 2
    assert told[0].startswith("第 2 行 (line 2)，共 2 行 (and 1 more): 没有表“五”")


def test_more_decimals_than_the_form_takes():
    (problem,) = problems(csv("二.八,行政事业性收费,,12.34567"))
    assert "小数多于 4 位" in problem
    assert list(values(csv("二.八,行政事业性收费,,12.34567"), as_printed=True).values()) == [Decimal("12.34567")]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"三": {"一": {"自然人": 5}}}, {"三!一@自然人": 5}),
        ({"unit": "甲", "三": {"一": {"自然人": 5}}, "row_labels": {"r1": "一、新收"}}, {"三!一@自然人": 5}),
        (
            {"tables": {"四": {"行政诉讼": {"复议后起诉": {"总计": 1}}}}},
            {"四!四@行政诉讼.复议后起诉.总计": 1},
        ),
        (
            {"三": {"三、本年度办理结果": {"（三）不予公开": {"1.属于国家秘密": {"法人或其他组织": {"商业企业": 4}}}}}},
            {"三!三.3.1@法人.商业企业": 4},
        ),
    ],
)
def test_tables_at_the_top_and_groups_as_levels_of_their_own(body, wanted):
    found = values(json.dumps(body), "a.json")
    assert list(found.values()) == list(wanted.values())
    assert [key.rpartition("@")[2].rpartition(".")[2] for key in found] == [
        key.rpartition("@")[2].rpartition(".")[2] for key in wanted
    ]


@pytest.mark.parametrize(
    "body", ["{}", "[]", '{"三/一/自然人": 5}', '{"notes": ["a"], "source": "b"}', '{"tables": {}}']
)
def test_json_with_nothing_to_fill_in_is_no_data(body):
    with pytest.raises(DataProblems, match="没有可以填的内容"):
        read_data(body.encode(), "a.json")


def test_a_table_that_the_form_does_not_have_is_told_wherever_it_stands():
    (problem,) = problems(json.dumps({"三": {"一": {"自然人": 5}}, "五": {"一": {"自然人": 5}}}), "a.json")
    assert "没有表“五”" in problem


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"form": "foia"}, "数据写明是 foia，不是 zfxxgk-annual@2021"),
        (
            {"edition": "2019"},
            "数据写明是 2019 版，这里用的是 2021 版；要照原样录入，请写 zfxxgk-annual@2019 --as-printed",
        ),
        ({"form": "zfxxgk-annual@2019"}, "数据写明是 2019 版"),
    ],
)
def test_data_of_another_form_or_edition_are_not_filled_in(tmp_path, about, words):
    body = {**about, "tables": {"三": {"一": {"自然人": 5}}}}
    (tmp_path / "a.json").write_text(json.dumps(body), encoding="utf-8")
    done = xlreport("fill", "zfxxgk-annual", "a.json", "--period", "2024", "--unit", "甲", "-o", "a.xlsx", at=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert not (tmp_path / "a.xlsx").exists()


@pytest.mark.parametrize(
    "about", [{"form": "行政执法统计年报"}, {"edition": "hybrid"}, {"form": "zfxxgk-annual", "edition": "2021"}]
)
def test_what_names_no_form_or_edition_of_ours_says_nothing(tmp_path, about):
    body = {**about, "tables": {"三": {"一": {"自然人": 5}}}}
    (tmp_path / "a.json").write_text(json.dumps(body), encoding="utf-8")
    done = xlreport("fill", "zfxxgk-annual", "a.json", "--period", "2024", "--unit", "甲", "-o", "a.xlsx", at=tmp_path)
    assert (done.code, done.err) == (0, "")
