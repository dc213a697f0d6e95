"""Sentences about totals whose formulas are not the issued ones any more."""

from __future__ import annotations

from xlreport.finding import Finding
from xlreport.wording.teller import LISTED_CELLS, Teller, clip


def overwritten(t: Teller, f: Finding) -> str:
    """A total's formula gave way to a number."""
    part = f.parts[0]
    if len(f.parts) > 1:
        return _several_overwritten(t, f)
    if f.facts.get("kind") == "altered":
        return t.two(
            f"{t.name(part.item)}的公式不是下发时的公式，算出的是 {t.number(part.value)}，各项相加是 "
            f"{t.number(f.facts['expected'])}。已按公式算出的数核对；请恢复公式。",
            f"The formula of {t.name(part.item)} is not the one it was issued with: it gives {t.number(part.value)}, "
            f"the parts add up to {t.number(f.facts['expected'])}. The former was checked; put the formula back.",
        )
    if f.facts.get("kind") == "broken":
        return t.two(
            f"{t.name(part.item)}的公式坏了（={clip(f.facts['formula'])}，结果是 {f.facts['stored']}）。"
            f"已按各项相加的 {t.number(part.value)} 核对；请恢复下发时的公式。",
            f"The formula of {t.name(part.item)} is broken (={clip(f.facts['formula'])}, giving {f.facts['stored']}); "
            f"the sum of its parts, {t.number(part.value)}, was checked. Put the issued formula back.",
        )
    if f.facts.get("kind") == "replaced":
        return t.two(
            f"{t.name(part.item)}的公式不是下发时的公式（现在是 ={clip(f.facts['formula'])}）。"
            "眼下结果与各项之和相同，改了别的格它就不会跟着变；请恢复下发时的公式。",
            f"The formula of {t.name(part.item)} is not the issued one (now ={clip(f.facts['formula'])}). It gives the "
            "sum of its parts today but will not follow them; put the issued formula back.",
        )
    return t.two(
        f"{t.name(part.item)}的公式被改成了数字 {t.number(part.value)}。已按填写的数字核对；请恢复公式或核对这个数。",
        f"The formula of {t.name(part.item)} was overwritten by {t.number(part.value)}; it was checked as typed.",
    )


def _several_overwritten(t: Teller, f: Finding) -> str:
    """The formulas of a row of totals, all of them gone the same way."""
    names, first = t.some([part.item for part in f.parts]), f.parts[0]
    match f.facts.get("kind"):
        case "altered":
            return t.two(
                f"{names}的公式不是下发时的公式，算出的不是各项之和（如{t.name(first.item)}算出 "
                f"{t.number(first.value)}，各项相加是 {t.number(f.facts['expected'])}）。已按公式算出的数核对；"
                "请恢复公式。",
                f"The formulas of {names} are not those they were issued with and do not give the sum of the parts "
                f"({t.name(first.item)}: {t.number(first.value)} instead of {t.number(f.facts['expected'])}). What "
                "they give was checked; put the formulas back.",
            )
        case "broken":
            return t.two(
                f"{names}的公式坏了（如 ={clip(f.facts['formula'])}，结果是 {f.facts['stored']}）。已按各项之和核对；"
                "请恢复下发时的公式。",
                f"The formulas of {names} are broken (as ={clip(f.facts['formula'])}, giving {f.facts['stored']}); the "
                "sums of their parts were checked. Put the issued formulas back.",
            )
        case "replaced":
            return t.two(
                f"{names}的公式不是下发时的公式（如 ={clip(f.facts['formula'])}）。眼下结果与各项之和相同，"
                "改了别的格它们就不会跟着变；请恢复下发时的公式。",
                f"The formulas of {names} are not the issued ones (as ={clip(f.facts['formula'])}). They give the sums "
                "of their parts today but will not follow them; put the issued formulas back.",
            )
    numbers = "、".join(t.number(part.value) for part in f.parts[:LISTED_CELLS])
    return t.two(
        f"{names}的公式被改成了数字（{numbers}{' 等' if f.parts[LISTED_CELLS:] else ''}）。已按填写的数字核对；"
        "请恢复公式或核对这些数。",
        f"The formulas of {names} were overwritten by numbers; they were checked as typed.",
    )
