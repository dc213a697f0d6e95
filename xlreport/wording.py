"""Every sentence about a finding: place, arithmetic, remedy, in the words printed on the form. The only such place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from xlreport.arithmetic import OP_WORDS, quoted, scope, sides
from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.model import Form, Item, Severity
from xlreport.rules.formula import letters
from xlreport.rules.nodes import Number, Op
from xlreport.rules.sentence import Lang, plain
from xlreport.submission import Submission

SEVERITY_WORDS = {
    Severity.ERROR: ("错误", "error"),
    Severity.WARNING: ("警告", "warning"),
    Severity.INFO: ("提示", "note"),
}
# GBK has these signs; ✓ ✗ ⚠ it has not.
SEVERITY_SIGNS = {Severity.ERROR: "×", Severity.WARNING: "△", Severity.INFO: "○"}
ROLE_WORDS = {
    Role.CELL: ("本格", "this cell"),
    Role.TOTAL: ("总计", "total"),
    Role.ADDEND: ("相加的一项", "addend"),
    Role.LEFT: ("左边", "left side"),
    Role.RIGHT: ("右边", "right side"),
    Role.PREMISE: ("前提", "premise"),
    Role.PRIOR: ("上年数", "last year's"),
    Role.SUSPECT: ("最可能填错", "most probably wrong"),
}
LISTED_CELLS = 6
_NOTATIONS = {
    "text-number": ("文本格式的数字", "a number stored as text"),
    "full-width": ("全角字符", "full-width characters"),
    "thousands-separators": ("千位分隔符", "thousands separators"),
    "spaces": ("多余的空格或不可见字符", "spaces or invisible characters"),
    "counting-word": ("数字后的量词", "a counting word"),
    "sign-word": ("用文字表示的增减", "a sign in words"),
    "plus-sign": ("加号", "a plus sign"),
}


def two(zh: str, en: str, lang: Lang) -> str:
    """The one of two texts that the language asks for."""
    return zh if lang == "zh" else en


def message(finding: Finding, submission: Submission, lang: Lang, prior: Submission | None = None) -> str:
    """The finding as one or two sentences."""
    return _Teller(submission, lang, prior).tell(finding)


def place(finding: Finding) -> str:
    """Where a finding is, as sheet and cell; empty for the workbook as a whole."""
    cell = finding.cell
    if cell is None:
        return ""
    cells = [part.cell for part in finding.parts if part.cell is not None]
    if finding.code is Code.E301 and len(cells) > 1 and _line(cells):
        last = cells[-1]
        return f"{cell.sheet}!{letters(cell.col)}{cell.row + 1}:{letters(last.col)}{last.row + 1}"
    return f"{cell.sheet}!{letters(cell.col)}{cell.row + 1}"


def _line(cells: Sequence[tuple[str, int, int]]) -> bool:
    """Whether cells are one stretch of a row or of a column."""
    rows, cols = {c[1] for c in cells}, {c[2] for c in cells}
    return len({c[0] for c in cells}) == 1 and (
        (len(rows) == 1 and max(cols) - min(cols) + 1 == len(cells))
        or (len(cols) == 1 and max(rows) - min(rows) + 1 == len(cells))
    )


def _cell_name(cell: tuple[str, int, int] | None) -> str:
    return f"{letters(cell[2])}{cell[1] + 1}" if cell else ""


class _Teller:
    """The words for one submission in one language."""

    def __init__(self, submission: Submission, lang: Lang, prior: Submission | None) -> None:
        self.submission = submission
        self.form: Form = submission.form
        self.lang: Lang = lang
        self.prior = prior
        self.zh = lang == "zh"

    def tell(self, finding: Finding) -> str:
        tellers: dict[Code, Callable[[Finding], str]] = {
            Code.S201: self._wrong_edition, Code.S202: self._mixed_edition, Code.S203: self._structure,
            Code.S204: self._identity, Code.S205: self._cover, Code.S206: self._overwritten, Code.S207: self._stale,
            Code.S208: self._variant, Code.S209: self._empty, Code.S210: self._outside, Code.S211: self._means,
            Code.S212: self._formula,
            Code.E301: self._blank, Code.E302: self._placeholder, Code.E303: self._text, Code.E304: self._fraction,
            Code.E305: self._negative, Code.E306: self._notation, Code.E307: self._error, Code.E308: self._section,
            Code.B401: self._balance, Code.B402: self._total, Code.B403: self._relation, Code.B404: self._undecided,
            Code.C501: self._relation, Code.C502: self._copied, Code.C503: self._jump, Code.C504: self._incomparable,
            Code.C505: self._prior, Code.N601: self._claim, Code.N602: self._year, Code.N603: self._unit,
        }  # fmt: skip
        return tellers[finding.code](finding)

    def two(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    def name(self, item: Item) -> str:
        return quoted(self.form.short(item), self.lang)

    def title(self, table: object) -> str:
        return self.form.tables[str(table)].title

    # --- the workbook as a form

    def _wrong_edition(self, f: Finding) -> str:
        last = f"—{f.facts['last']} 年" if f.facts["last"] else " 年起"
        until = f"–{f.facts['last']}" if f.facts["last"] else " on"
        return self.two(
            f"这是 {f.facts['edition']} 版的表，用于 {f.facts['first']}{last}的报告；{f.facts['period']} 年的报告"
            "要用当年适用的版式。请换用正确版式的表格重新填报。",
            f"This is edition {f.facts['edition']}, for reports {f.facts['first']}{until}; the {f.facts['period']} "
            "report takes the edition in force for that year. Fill in the right edition.",
        )

    def _mixed_edition(self, f: Finding) -> str:
        words = "、".join(quoted(str(x), self.lang) for x in _strings(f.facts["labels"]))
        return self.two(
            f"表中混有另一版式（{f.facts['other']}）的栏目：{words}。一份报告只能用一个版式，请换用"
            f" {f.facts['edition']} 版的表格。",
            f"The form mixes in headings of edition {f.facts['other']}: {words}. Use edition {f.facts['edition']} alone.",
        )

    def _structure(self, f: Finding) -> str:
        label_ = quoted(str(f.facts.get("label", "")), self.lang)
        match f.facts["kind"]:
            case "missing":
                return self.two(
                    f"找不到栏目{label_}，它的数据没有读到。请恢复这一栏，或换用下发的表格。",
                    f"The heading {label_} is missing; its figures were not read. Restore it or use the issued form.",
                )
            case "moved":
                return self.two(
                    f"栏目{label_}不在原来的位置（原 {f.facts['was']}，现 {f.facts['now']}）；已按栏目名称读取，请核对。",
                    f"The heading {label_} has moved ({f.facts['was']} to {f.facts['now']}); it was read by its name.",
                )
            case "inserted":
                return self.two(
                    f"多出一行或一列{label_}，不在表中，没有读取。请移到表外或删除。",
                    f"An extra row or column {label_} is not part of the form and was not read. Remove it.",
                )
            case _:
                return self.two(
                    f"找不到{label_}，没有读取。请换用下发的表格。", f"{label_} was not found and not read."
                )

    def _identity(self, f: Finding) -> str:
        what = self.two(*_IDENTITY_WORDS[str(f.facts["what"])])
        return self.two(
            f"{what}：表格下发时是“{f.facts['issued']}”，现在填的是“{f.facts['found']}”。请核对是不是拿错了表。",
            f"{what}: issued as “{f.facts['issued']}”, now “{f.facts['found']}”. Check that this is the right workbook.",
        )

    def _cover(self, f: Finding) -> str:
        if "level" in f.facts:
            return self.two(
                f"单位层级“{f.facts['level']}”不在可选范围内。请从下拉列表中选：{f.facts['known']}。",
                f"Level “{f.facts['level']}” is not one of the form's: {f.facts['known']}.",
            )
        return self.two(
            f"封面“{f.facts['label']}”没有填写。请填写后再报送。", f"“{f.facts['en']}” on the cover is not filled in."
        )

    def _overwritten(self, f: Finding) -> str:
        part = f.parts[0]
        return self.two(
            f"{self.name(part.item)}的公式被改成了数字 {self._n(part.value)}。已按填写的数字核对；请恢复公式或核对这个数。",
            f"The formula of {self.name(part.item)} was overwritten by {self._n(part.value)}; it was checked as typed.",
        )

    def _stale(self, f: Finding) -> str:
        part = f.parts[0]
        return self.two(
            f"{self.name(part.item)}表中存的结果是 {f.facts['stored']}，按各项重新计算是 {self._n(part.value)}。"
            "以重新计算的为准；请在 Excel 或 WPS 中打开并保存一次。",
            f"{self.name(part.item)}: the stored result is {f.facts['stored']}, recomputed {self._n(part.value)}. "
            "The recomputed value counts; open and save the workbook once.",
        )

    def _formula(self, f: Finding) -> str:
        part = f.parts[0]
        return self.two(
            f"{self.name(part.item)}填的是公式，按它存的结果 {self._n(part.value)} 读取。请改为直接填写数字。",
            f"{self.name(part.item)} holds a formula; its stored result {self._n(part.value)} was read. Type the number.",
        )

    def _variant(self, f: Finding) -> str:
        pairs = "；".join(f"“{a}”应为“{b}”" for a, b in _pairs(f.facts["labels"]))
        pairs_en = "; ".join(f"“{a}” for “{b}”" for a, b in _pairs(f.facts["labels"]))
        return self.two(
            f"栏目名称与下发的表格写法不同：{pairs}。不影响读取，请尽量使用原表。",
            f"Headings are written differently: {pairs_en}. They were read all the same.",
        )

    def _empty(self, f: Finding) -> str:
        return self.two(
            f"整份表一个数也没有填（共 {f.facts['items']} 格）。没有发生的请填 0，然后再报送。",
            f"Nothing is filled in ({f.facts['items']} cells). Where there is nothing to report, enter 0.",
        )

    def _outside(self, f: Finding) -> str:
        words = "、".join(str(x) for x in _strings(f.facts["cells"]))
        return self.two(
            f"表外有内容，没有读取：{words}。需要说明的请写在文字部分。",
            f"There is content outside the form that was not read: {words}.",
        )

    def _means(self, f: Finding) -> str:
        words = self.two(*_MEANS_WORDS[str(f.facts["means"])])
        return self.two(f"本表是{words}读取的。", f"The form was read {words}.")

    # --- entries

    def _blank(self, f: Finding) -> str:
        count, of = f.facts["count"], f.facts["of"]
        title = quoted(self.title(f.facts["table"]), self.lang)
        if count == of:
            return self.two(
                f"{title}全部 {count} 格都没有填。没有发生的请填 0。",
                f"{title}: none of the {count} cells is filled in. Where nothing happened, enter 0.",
            )
        names = self._some([part.item for part in f.parts])
        return self.two(
            f"{title}有 {count} 格没有填：{names}。没有发生的请填 0。",
            f"{title}: {count} of {of} cells are blank: {names}. Where nothing happened, enter 0.",
        )

    def _placeholder(self, f: Finding) -> str:
        return self.two(
            f"{self.name(f.parts[0].item)}填的是“{f.facts['raw']}”，不是数字。没有发生请填 0；有数请填数字。",
            f"{self.name(f.parts[0].item)} holds “{f.facts['raw']}”, not a number. Enter 0 or the number.",
        )

    def _text(self, f: Finding) -> str:
        item, raw, proposal = f.parts[0].item, _clip(str(f.facts["raw"])), f.facts["proposal"]
        unit = f.facts["unit"] or ""
        should = self._should(f)
        match f.facts["oddity"]:
            case "money-unit":
                per = f"（单位：{unit}）" if unit else ""
                advice = self.two(
                    f"请去掉文字，只填数字{per}：{self._n(proposal)}。",
                    f"Enter the number alone{f' (in {unit})' if unit else ''}: {self._n(proposal)}.",
                )
            case "date":
                advice = self.two(
                    f"这一格被当成了日期。请把单元格格式改为“常规”，再填{should}。",
                    f"The cell became a date. Format it as General and enter {should}.",
                )
            case "too-large":
                advice = self.two("数字太大，表格存不准。请核对。", "The number is too large to be kept exactly; check it.")
            case _:
                advice = self.two(
                    f"请填{should}" + (f"；如果是 {self._n(proposal)}，就填 {self._n(proposal)}。" if proposal is not None else "。"),
                    f"Enter {should}" + (f"; if {self._n(proposal)} is meant, enter {self._n(proposal)}." if proposal is not None else "."),
                )
        return self.two(
            f"{self.name(item)}填的“{raw}”不是数字。{advice}", f"{self.name(item)}: “{raw}” is not a number. {advice}"
        )

    def _should(self, f: Finding) -> str:
        match f.facts["quantity"]:
            case "signed":
                return self.two("整数，减少填负数，例如 -2", "an integer, negative for a decrease, such as -2")
            case "amount":
                unit = f"，单位{f.facts['unit']}" if f.facts["unit"] else ""
                return self.two(f"数字{unit}，例如 2.5", "a number such as 2.5")
            case _:
                return self.two("0 或正整数，例如 2", "0 or a positive integer such as 2")

    def _fraction(self, f: Finding) -> str:
        return self.two(
            f"{self.name(f.parts[0].item)}填的是 {self._n(f.facts['value'])}，应该是整数。请核对后改正。",
            f"{self.name(f.parts[0].item)} is {self._n(f.facts['value'])} but must be a whole number.",
        )

    def _negative(self, f: Finding) -> str:
        return self.two(
            f"{self.name(f.parts[0].item)}填的是 {self._n(f.facts['value'])}，不能是负数。请核对后改正。",
            f"{self.name(f.parts[0].item)} is {self._n(f.facts['value'])} but cannot be negative.",
        )

    def _notation(self, f: Finding) -> str:
        words = "、".join(_NOTATIONS[str(n)][0] for n in _strings(f.facts["notation"]))
        words_en = ", ".join(_NOTATIONS[str(n)][1] for n in _strings(f.facts["notation"]))
        return self.two(
            f"{self.name(f.parts[0].item)}填的“{_clip(str(f.facts['raw']))}”含有{words}，按 {self._n(f.facts['value'])} 读取。",
            f"{self.name(f.parts[0].item)}: “{_clip(str(f.facts['raw']))}” has {words_en}; read as {self._n(f.facts['value'])}.",
        )

    def _error(self, f: Finding) -> str:
        return self.two(
            f"{self.name(f.parts[0].item)}是错误值 {f.facts['raw']}，读不到数。请重新填写数字。",
            f"{self.name(f.parts[0].item)} holds the error {f.facts['raw']}. Enter the number again.",
        )

    def _section(self, f: Finding) -> str:
        return self.two(
            f"“{f.facts['title']}”没有写。没有内容的请写“无”。", f"“{f.facts['title']}” is not written."
        )

    # --- relations

    def _equation(self, f: Finding) -> str:
        """Scope, both sides with their arithmetic, and the difference."""
        if f.relation is None:
            return ""
        number, instance = f.relation
        rule = self.form.rules[number]
        comparison = rule.bound.conclusion[0]
        values = self.submission.values_with(self.prior)
        left, right = sides(self.form, rule, comparison, instance, values.numbers, self.lang)
        where = scope(self.form, rule, instance)
        where = f"{where}：" if where and self.zh else f"{where}: " if where else ""
        verb = OP_WORDS[comparison.op][0 if self.zh else 1]
        gap = plain(abs(f.gap or 0))
        if self.zh:
            return f"{where}{left}{verb}{right}" + (f"，差 {gap}" if f.gap else "")
        return f"{where}{left} {verb} {right}" + (f"; off by {gap}" if f.gap else "")

    def _balance(self, f: Finding) -> str:
        text = self._equation(f)
        if f.follows:
            text += self.two("；", "; ") + self._followers(f)
        text += self.two("。", ".")
        changes = _changes(f.facts.get("changes"))
        others = [_changes(a) for a in _list(f.facts.get("alternatives"))]
        if changes:
            return text + self._suspicion(f, changes)
        if others:
            ways = self.two("；或", "; or ").join(self._way(way) for way in others)
            return text + self.two(f"可能是其中一处填错：{ways}。请核对这几格。", f" One of these may be wrong: {ways}.")
        return text + self._remedy(f)

    def _followers(self, f: Finding) -> str:
        """The other broken equations of the same cause, in short."""
        words = []
        for other in f.follows:
            if other.relation is None:
                continue
            number, instance = other.relation
            rule = self.form.rules[number]
            where = scope(self.form, rule, instance) or rule.id
            op = _NOT[rule.bound.conclusion[0].op]
            found = f"{plain(other.left or 0)} {op} {plain(other.right or 0)}"
            column = "列" if rule.bound.keys[instance][1] else ""
            words.append(self.two(f"{where}{column}（{found}）", f"{where} ({found})"))
        return self.two(f"{'、'.join(words)}同样不符", f"likewise {', '.join(words)}")

    def _way(self, changes: Sequence[tuple[Item, Number, Number]]) -> str:
        return self.two("，", ", ").join(f"{self.name(i)} {plain(a)}→{plain(b)}" for i, a, b in changes)

    def _suspicion(self, f: Finding, changes: Sequence[tuple[Item, Number, Number]]) -> str:
        item, found, expected = changes[0]
        rest = changes[1:]
        also = self.two("，", ", ").join(f"{self.name(i)} {plain(a)}→{plain(b)}" for i, a, b in rest)
        also = self.two(f"（相应地{also}）", f" (and with it {also})") if also else ""
        count = 1 + len(f.follows)
        return self.two(
            f"最可能填错的是{self.name(item)}：现为 {plain(found)}，改为 {plain(expected)}{also or ' '}"
            f"后{'这个关系' if count == 1 else f'这 {count} 个关系'}就成立。请先核对这一格。",
            f" Most probably {self.name(item)} is wrong: it holds {plain(found)}; with {plain(expected)}{also} "
            f"{'the relation holds' if count == 1 else f'all {count} relations hold'}. Check that cell first.",
        )

    def _remedy(self, f: Finding) -> str:
        if f.relation is None:
            return ""
        rule = self.form.rules[f.relation[0]]
        remedy = self.two(rule.remedy, rule.remedy_en)
        return remedy if self.zh or not remedy else f" {remedy}"

    def _relation(self, f: Finding) -> str:
        text = self._equation(f)
        if f.follows:
            text += self.two("；", "; ") + self._followers(f)
        return text + self.two("。", ".") + self._remedy(f)

    def _total(self, f: Finding) -> str:
        addends = [plain(p.value) for p in f.parts[1:] if p.value]
        total = plain(f.left or 0)
        arithmetic = f"{' + '.join(addends[:8])}{' + …' if len(addends) > 8 else ''} = {total}"
        how = self.two(f"（{arithmetic}）", f" ({arithmetic})") if len(addends) > 1 else ""
        return self.two(
            f"{self.name(f.parts[0].item)}没有填，应为 {total}{how}。请填上。",
            f"{self.name(f.parts[0].item)} is not filled; it should be {total}{how}. Fill it in.",
        )

    def _undecided(self, f: Finding) -> str:
        if f.facts["reason"] == "level":
            name = self.form.rules[f.relation[0]] if f.relation else None
            about = self.two(name.name, name.name_en) if name else ""
            return self.two(
                f"没有填（或填的不是可选的）单位层级，不能判断“{about}”（{self.name(f.parts[0].item)}为 {self._n(f.parts[0].value)}）。请在封面选择单位层级。",
                f"The unit's level is not stated (or not a known one), so “{about}” cannot be judged "
                f"({self.name(f.parts[0].item)} is {self._n(f.parts[0].value)}). Choose it on the cover.",
            )
        rules = "、".join(_strings(f.facts["rules"]))
        return self.two(
            f"{self.title(f.facts['table'])}有 {f.facts['count']} 个关系（{rules}）因有的格读不出数字，还不能核对：{self._some([p.item for p in f.parts])}。",
            f"{self.title(f.facts['table'])}: {f.facts['count']} relations ({rules}) cannot be checked until these are "
            f"numbers: {self._some([p.item for p in f.parts])}.",
        )

    # --- last year

    def _copied(self, f: Finding) -> str:
        return self.two(
            f"{self.title(f.facts['table'])}与上年报告完全相同（{f.facts['count']} 个非零数）。请核对是不是误用了上年的数。",
            f"{self.title(f.facts['table'])} is identical to last year's ({f.facts['count']} numbers). Check that it is not a copy.",
        )

    def _jump(self, f: Finding) -> str:
        return self.two(
            f"{self.name(f.parts[0].item)}由上年的 {self._n(f.right)} 变为 {self._n(f.left)}，相差十倍以上。请核对数字和单位。",
            f"{self.name(f.parts[0].item)} went from {self._n(f.right)} to {self._n(f.left)}, more than tenfold. Check it.",
        )

    def _incomparable(self, f: Finding) -> str:
        return self.two(
            f"{self.title(f.facts['table'])}：上年报告是 {f.facts['prior']} 版，栏目不同，不作上下年比较。",
            f"{self.title(f.facts['table'])}: last year's edition {f.facts['prior']} has other columns; not compared.",
        )

    def _prior(self, f: Finding) -> str:
        if f.facts["reason"] == "period":
            return self.two(
                f"用来对照的是 {f.facts['prior']} 年的报告，不是 {f.facts['period']} 年的上一年。请核对文件。",
                f"The report compared with is of {f.facts['prior']}, not of the year before {f.facts['period']}.",
            )
        return self.two(
            f"用来对照的上年报告是“{f.facts['prior']}”的，本报告是“{f.facts['unit']}”的。请核对文件。",
            f"Last year's report is of “{f.facts['prior']}”, this one of “{f.facts['unit']}”.",
        )

    # --- the text

    def _claim(self, f: Finding) -> str:
        sums = [(items, value) for items, value in _pairs(f.facts["sums"])]
        says = self.two("，或", ", or ").join(
            f"{' + '.join(self.name(i) for i in items)}{self.two('是', ' is ')}{plain(value)}" for items, value in sums
        )
        return self.two(
            f"文字部分写“{_clip(str(f.facts['quote']))}”，表中{says}。请核对哪一处对。",
            f"The text says “{_clip(str(f.facts['quote']))}”, but {says}. Find out which is right.",
        )

    def _year(self, f: Finding) -> str:
        return self.two(
            f"文字部分写的是 {f.facts['stated']} 年（“{_clip(str(f.facts['quote']))}”），本报告是 {f.facts['period']} 年的。请改正。",
            f"The text speaks of {f.facts['stated']} (“{_clip(str(f.facts['quote']))}”); this report is for {f.facts['period']}.",
        )

    def _unit(self, f: Finding) -> str:
        return self.two(
            f"文字部分写的单位是“{_clip(str(f.facts['stated']))}”，本报告是“{f.facts['unit']}”的。请核对是不是抄自别处。",
            f"The text names “{_clip(str(f.facts['stated']))}”; this report is of “{f.facts['unit']}”.",
        )

    def _some(self, items: Sequence[Item]) -> str:
        names = self.two("、", ", ").join(self.form.short(item) for item in items[:LISTED_CELLS])
        more = self.two(f"等 {len(items)} 格", f" and {len(items) - LISTED_CELLS} more")
        return names + (more if len(items) > LISTED_CELLS else "")

    def _n(self, value: object) -> str:
        return plain(value) if not isinstance(value, (str, type(None))) else str(value or "")  # type: ignore[arg-type]


_NOT = {Op.EQ: "≠", Op.NE: "=", Op.LE: ">", Op.GE: "<", Op.LT: "≥", Op.GT: "≤"}
_IDENTITY_WORDS = {
    "unit": ("填报单位不符", "Another unit"),
    "unit_code": ("单位代码不符", "Another unit code"),
    "period": ("报告年度不符", "Another year"),
}
_MEANS_WORDS = {
    "names": ("按单元格名称", "by its cell names"),
    "sheet": ("按隐藏工作表的记录", "by its hidden sheet"),
    "labels": ("按栏目名称（栏目不在下发时的位置）", "by its headings (they are not where they were issued)"),
    "positions": ("按单元格位置", "by cell positions"),
}


def _strings(value: object) -> Iterable[str]:
    return [str(x) for x in value] if isinstance(value, (list, tuple)) else []


def _pairs(value: object) -> list[tuple[object, object]]:
    return [(a, b) for a, b in value] if isinstance(value, (list, tuple)) else []


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _changes(value: object) -> list[tuple[Item, Number, Number]]:
    return [(i, a, b) for i, a, b in value] if isinstance(value, (list, tuple)) else []


def _clip(text: str, limit: int = 40) -> str:
    """Somebody's text inside a sentence: one line, without what a terminal would act on, not too long."""
    clean = "".join(ch if ch.isprintable() else " " for ch in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def note(finding: Finding, part: Part, submission: Submission, lang: Lang, row: int | None) -> tuple[str, ...]:
    """The note for one cell of a finding: what the cell is in it, the arithmetic, where the whole is told."""
    teller = _Teller(submission, lang, None)
    zh = lang == "zh"
    role = ROLE_WORDS[part.role][0 if zh else 1]
    sign = SEVERITY_SIGNS[finding.severity]
    code = finding.code.name + (f" {finding.rule}" if finding.rule else "")
    lines = []
    if part.role is Role.SUSPECT and part.expected is not None:
        found = plain(part.value or 0)
        lines.append(f"{sign} {role}：现为 {found}，应为 {plain(part.expected)}" if zh else f"{sign} {role}: holds {found}, should be {plain(part.expected)}")
        lines.append(teller._equation(finding) + ("。" if zh else "."))
        if finding.follows:
            lines.append(teller._followers(finding) + ("。" if zh else "."))
    elif finding.code is Code.E301:
        lines.append(f"{sign} 没有填。没有发生请填 0。" if zh else f"{sign} Blank. Where nothing happened, enter 0.")
    elif part.role is Role.CELL or (finding.code is Code.B402 and part.role is Role.TOTAL):
        lines.append(f"{sign} {teller.tell(finding)}")
    else:
        lines.append(f"{sign} {role}：{_own(teller, finding, part)}" if zh else f"{sign} {role}: {_own(teller, finding, part)}")
        suspect = next((p for p in finding.parts if p.role is Role.SUSPECT and p.item != part.item), None)
        if suspect is not None and suspect.cell is not None:
            where = _cell_name(suspect.cell)
            lines.append(f"请先核对 {where}（{submission.form.short(suspect.item)}）。" if zh else f"Check {where} ({submission.form.short(suspect.item)}) first.")
    where = f"见「检查结果」第 {row} 行" if zh else f"see “Check results”, row {row}"
    lines.append(f"{code}" + (f"，{where}" if zh and row else f"; {where}" if row else ""))
    return tuple(lines)


def _own(teller: _Teller, finding: Finding, part: Part) -> str:
    """The relation that this very cell stands in."""
    for one in (finding, *finding.follows):
        if one.relation is None:
            continue
        rule = teller.form.rules[one.relation[0]]
        items = rule.bound.items(one.relation[1])
        index = teller.form.index.get(part.item)
        if index in items:
            return teller._equation(one) + teller.two("。", ".")
    return teller.tell(finding)
