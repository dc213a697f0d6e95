"""Sentences about single cells."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.arithmetic import quoted
from xlreport.finding import Finding
from xlreport.rules.sentence import Lang
from xlreport.wording.relations import mending
from xlreport.wording.teller import Teller, clip, strings

LANGUAGES: tuple[Lang, Lang] = ("zh", "en")
_NOTATIONS = {
    "text-number": ("文本格式的数字", "a number stored as text"),
    "full-width": ("全角或特殊字符", "full-width or special characters"),
    "thousands-separators": ("千位分隔符", "thousands separators"),
    "spaces": ("多余的空格或不可见字符", "spaces or invisible characters"),
    "counting-word": ("数字后的量词", "a counting word"),
    "sign-word": ("用文字表示的增减", "a sign in words"),
    "plus-sign": ("加号", "a plus sign"),
}


def notations(names: Sequence[str], lang: Lang) -> str:
    """How a number is written, in words."""
    zh = lang == "zh"
    return ("、" if zh else ", ").join(_NOTATIONS[name][0 if zh else 1] for name in names)


def blank(t: Teller, f: Finding) -> str:
    """Cells of a table are blank."""
    count, of = f.facts["count"], f.facts["of"]
    title = quoted(t.title(f.facts["table"]), t.lang)
    if count == of:
        return t.two(
            f"{title}全部 {count} 格都没有填。没有发生的请填 0。",
            f"{title}: none of the cells is filled in ({count}). Where nothing happened, enter 0.",
        )
    names = t.some([part.item for part in f.parts])
    verb = "is" if count == 1 else "are"
    return t.two(
        f"{title}有 {count} 格没有填：{names}。没有发生的请填 0。",
        f"{title}: {count} of {of} cells {verb} blank: {names}. Where nothing happened, enter 0.",
    )


def placeholder(t: Teller, f: Finding) -> str:
    """A dash or 无 stands for a number."""
    title, count = quoted(t.title(f.facts["table"]), t.lang), f.facts["count"]
    said = t.two("、", ", ").join(f"“{clip(raw)}”" for raw in strings(f.facts["raws"])[:3])
    names = t.some([part.item for part in f.parts])
    return t.two(
        f"{title}有 {count} 格填的是{said}，不是数字，按 0 核对：{names}。没有发生请填 0；有数请填数字。",
        f"{title}: {said} instead of a number, counted as 0: {names}. Enter 0 where nothing happened.",
    )


def text(t: Teller, f: Finding) -> str:
    """Words stand in a number cell."""
    item, proposal = f.parts[0].item, f.facts["proposal"]
    raw = clip(f.facts.get("shown") or f.facts["raw"])
    unit = f.facts["unit"] or ""
    should = _should(t, f)
    match f.facts["oddity"]:
        case "no-result":
            names = t.name(item) if len(f.parts) == 1 else t.some([part.item for part in f.parts])
            return t.two(
                f"{names}是公式，文件里没有{'它的' if len(f.parts) == 1 else '它们的'}结果，读不到数。"
                f"请在 Excel 或 WPS 中打开、保存一次，或直接填{should}。",
                f"{names}: {'a formula' if len(f.parts) == 1 else 'formulas'} without a stored result. Open and save "
                f"the workbook once, or enter {should}.",
            )
        case "percent" | "scaled" as how:
            stored = clip(f.facts["raw"])
            what = t.two(*(("百分数", "a percentage") if how == "percent" else ("按千、万折算的数", "in thousands")))
            return t.two(
                f"{t.name(item)}显示成{what}，存的是 {stored}，看不出填的是哪个数，没有读取。"
                f"请把单元格格式改为“常规”，再填{should}。",
                f"{t.name(item)} is shown as {what} while {stored} is stored; which is meant cannot be told, so "
                f"neither was read. Format the cell as General and enter {should}.",
            )
        case "disguised":
            stored = clip(f.facts["raw"])
            return t.two(
                f"{t.name(item)}存的是 {stored}，单元格格式却让它显示成别的样子（多出数字、符号，或者不显示），"
                f"没有读取。请把单元格格式改为“常规”，再填{should}。",
                f"{t.name(item)} holds {stored}, but its number format shows something else (other digits, a sign, or "
                f"nothing), so it was not read. Format the cell as General and enter {should}.",
            )
        case "patched":
            left = (
                t.two(
                    f"不看这些字是 {t.number(proposal)}；", f"Without those characters it says {t.number(proposal)}. "
                )
                if proposal is not None
                else ""
            )
            return t.two(
                f"{t.name(item)}填的“{raw}”里有划掉的或上标、下标的字，看不出填的是哪个数，没有读取。{left}"
                f"请删掉这些字，只填{should}。",
                f"{t.name(item)}: in “{raw}” characters are struck out, raised or lowered; which number is meant "
                f"cannot be told, so none was read. {left}Remove them and enter {should}.",
            )
        case "doubled":
            return t.two(
                f"{t.name(item)}在文件里存了不止一份内容（“{raw}”），各个程序显示的不一样，没有读取。"
                f"请在 Excel 或 WPS 中打开，重新填{should}，再保存。",
                f"{t.name(item)}: the file holds its content more than once (“{raw}”) and programs differ in what they "
                f"show, so it was not read. Open the file, enter {should} and save it.",
            )
        case "struck":
            return t.two(
                f"{t.name(item)}填的“{raw}”划掉了，看不出是不是要报的数，没有读取。作废的请删掉，"
                f"要报的请去掉删除线，填{should}。",
                f"{t.name(item)}: “{raw}” is struck out; whether it is to be reported cannot be told, so it was not "
                f"read. Delete it, or take the line away and enter {should}.",
            )
        case "money-unit" if proposal is not None:
            per = f"（单位：{unit}）" if unit else ""
            within = f" (in {unit})" if unit else ""
            number = t.number(proposal)
            advice = t.two(f"请去掉文字，只填数字{per}：{number}。", f"Enter the number alone{within}: {number}.")
            if number not in raw.replace(",", ""):
                advice = t.two(
                    f"请换算成{unit or '本表的单位'}，只填数字：{number}。",
                    f"Convert it{f' to {unit}' if unit else ''} and enter the number alone: {number}.",
                )
        case "date":
            advice = t.two(
                f"这一格被当成了日期。请把单元格格式改为“常规”，再填{should}。",
                f"The cell became a date. Format it as General and enter {should}.",
            )
        case "too-large":
            advice = t.two("数字太大，表格存不准。请核对。", "The number is too large to be kept exactly; check it.")
        case _:
            advice = t.two(
                f"请填{should}"
                + (f"；如果是 {t.number(proposal)}，就填 {t.number(proposal)}。" if proposal is not None else "。"),
                f"Enter {should}"
                + (f"; if {t.number(proposal)} is meant, enter {t.number(proposal)}." if proposal is not None else "."),
            )
    return t.two(f"{t.name(item)}填的“{raw}”不是数字。{advice}", f"{t.name(item)}: “{raw}” is not a number. {advice}")


def _should(t: Teller, f: Finding) -> str:
    match f.facts["quantity"]:
        case "signed":
            return t.two("整数，减少填负数，例如 -2", "an integer, negative for a decrease, such as -2")
        case "amount":
            unit = f"，单位{f.facts['unit']}" if f.facts["unit"] else ""
            return t.two(f"数字{unit}，例如 2.5", "a number such as 2.5")
        case _:
            return t.two("0 或正整数，例如 2", "0 or a positive integer such as 2")


def fraction(t: Teller, f: Finding) -> str:
    """A count is not whole."""
    return t.two(
        f"{t.name(f.parts[0].item)}填的是 {t.number(f.facts['value'])}，应该是整数。{mending(t, f)}",
        f"{t.name(f.parts[0].item)} is {t.number(f.facts['value'])} but must be a whole number. {mending(t, f)}",
    )


def decimals(t: Teller, f: Finding) -> str:
    """An amount has more decimals than the form takes."""
    name, value, most = t.name(f.parts[0].item), t.number(f.facts["value"]), f.facts["decimals"]
    return t.two(
        f"{name}填的是 {value}，小数多于 {most} 位，请保留 {most} 位。{mending(t, f)}",
        f"{name} is {value}, with more than {most} decimals; keep {most}. {mending(t, f)}",
    )


def negative(t: Teller, f: Finding) -> str:
    """A number is below zero."""
    return t.two(
        f"{t.name(f.parts[0].item)}填的是 {t.number(f.facts['value'])}，不能是负数。{mending(t, f)}",
        f"{t.name(f.parts[0].item)} is {t.number(f.facts['value'])} but cannot be negative. {mending(t, f)}",
    )


def notation(t: Teller, f: Finding) -> str:
    """A number is written oddly."""
    words, words_en = (notations(strings(f.facts["notation"]), lang) for lang in LANGUAGES)
    return t.two(
        f"{t.name(f.parts[0].item)}填的“{clip(f.facts['raw'])}”含有{words}，按 {t.number(f.facts['value'])} 读取。",
        f"{t.name(f.parts[0].item)}: “{clip(f.facts['raw'])}” has {words_en}; read as {t.number(f.facts['value'])}.",
    )


def error(t: Teller, f: Finding) -> str:
    """A cell holds an error value."""
    return t.two(
        f"{t.name(f.parts[0].item)}是错误值 {f.facts['raw']}，读不到数。请重新填写数字。",
        f"{t.name(f.parts[0].item)} holds the error {f.facts['raw']}. Enter the number again.",
    )


def section(t: Teller, f: Finding) -> str:
    """A text section is not written."""
    return t.two(
        f"“{f.facts['title']}”没有写。没有内容的请写“无”。",
        f"“{f.facts['title']}” is not written. Where there is nothing to say, write 无.",
    )
