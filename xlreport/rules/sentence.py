"""A rule as a sentence, in Chinese and in English, in the words printed on the form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from xlreport.rules.nodes import Comparison, Condition, Link, Number, Op, Ref, Side, Span, Statement, Term

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Lang = Literal["zh", "en"]
else:
    Lang = str
Namer = Callable[[Ref, Lang], str]  # what the form prints where a rule names a place

MUST = {
    Op.EQ: ("应等于", "must equal"),
    Op.NE: ("不应等于", "must not equal"),
    Op.LE: ("不应大于", "must not exceed"),
    Op.GE: ("不应小于", "must not be less than"),
    Op.LT: ("应小于", "must be less than"),
    Op.GT: ("应大于", "must be greater than"),
}
IS = {
    Op.EQ: ("等于", "equals"),
    Op.NE: ("不等于", "differs from"),
    Op.LE: ("不大于", "does not exceed"),
    Op.GE: ("不小于", "is not less than"),
    Op.LT: ("小于", "is less than"),
    Op.GT: ("大于", "is greater than"),
}
LISTED = 4  # more addends than this are told as "from … to …"


def sentence(statement: Statement, name: Namer, lang: Lang) -> str:
    """The whole rule as one sentence without a full stop."""
    zh = lang == "zh"
    main = _condition(statement.conclusion, name, lang, MUST)
    if statement.premise and statement.link is Link.IFF:
        first = _condition(statement.premise, name, lang, IS)
        second = _condition(statement.conclusion, name, lang, IS)
        return f"{first}，当且仅当{second}" if zh else f"{first} exactly when {second}"
    if statement.premise:
        premise = _condition(statement.premise, name, lang, IS)
        space = " " if premise[-1].isdigit() else ""
        main = f"{premise}{space}时，{main}" if zh else f"where {premise}, {main}"
    if statement.tolerance is None:
        main += "（允许四舍五入的误差）" if zh else " (but for rounding)"
    elif statement.tolerance:
        main += f"（允许相差 {plain(statement.tolerance)}）" if zh else f" (within {plain(statement.tolerance)})"
    return main


def several(count: int, noun: str) -> str:
    """`1 cell`, `2 cells`: English has two words for it."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def plain(value: Number) -> str:
    """A number as a person writes it: exact, without exponent or trailing zeros."""
    if isinstance(value, int):
        return str(value)
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _condition(condition: Condition, name: Namer, lang: Lang, verbs: dict[Op, tuple[str, str]]) -> str:
    joint = "，且" if lang == "zh" else " and "
    return joint.join(_comparison(part, name, lang, verbs) for part in condition.parts)


def _comparison(part: Comparison, name: Namer, lang: Lang, verbs: dict[Op, tuple[str, str]]) -> str:
    verb = verbs[part.op][0 if lang == "zh" else 1]
    left, right = side(part.left, name, lang), side(part.right, name, lang)
    space = " " if lang == "en" or right[0] in "-0123456789" else ""  # a number stands by itself
    return f"{left}{' ' if lang == 'en' else ''}{verb}{space}{right}"


def side(side: Side, name: Namer, lang: Lang) -> str:
    """One side in words; a long sum is told by its ends."""
    zh = lang == "zh"
    terms = side.terms
    if len(terms) > LISTED and all(term.factor == 1 and isinstance(term.place, Ref) for term in terms):
        first, last = _term(terms[0], name, lang), _term(terms[-1], name, lang)
        count = len(terms)
        return f"{first}至{last}共 {count} 项之和" if zh else f"the sum of {count} items from {first} to {last}"
    words = _joined(terms, name, lang)
    if side.constant or not terms:
        distance = -side.constant if side.constant < 0 else side.constant
        size = plain(distance)
        sign = ("减" if zh else " minus ") if side.constant < 0 else ("加" if zh else " plus ")
        words = f"{words}{sign}{size}" if terms else plain(side.constant)
    return words


def _joined(terms: Sequence[Term], name: Namer, lang: Lang) -> str:
    words = ""
    for i, term in enumerate(terms):
        if term.factor < 0:
            words += "减" if lang == "zh" else (" minus " if i else "minus ")
        elif i:
            words += "加" if lang == "zh" else " plus "
        words += _term(term, name, lang)
    return words


def _term(term: Term, name: Namer, lang: Lang) -> str:
    size = -term.factor if term.factor < 0 else term.factor
    times = "" if size == 1 else (f"{plain(size)} 倍的" if lang == "zh" else f"{plain(size)} times ")
    place = term.place
    if isinstance(place, Span):
        first, last = name(place.first, lang), name(place.last, lang)
        words = f"{first}至{last}之和" if lang == "zh" else f"the sum from {first} to {last}"
    else:
        words = name(place, lang)
        if place.period:
            words = f"上年{words}" if lang == "zh" else f"last year's {words}"
    return times + words
