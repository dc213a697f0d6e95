"""Reading a rule's text: `一 + 二 = 三.7 + 四`, `warn`-style prefixes are the loader's business.

Grammar (signs may be full-width; names in 「」 or "" may hold any character):

    statement  = condition [ ("=>" | "<=>") condition ] [ "±" ( number | "auto" ) ]
    condition  = comparison { ("且" | "and") comparison }
    comparison = side ("=" | "!=" | "<=" | ">=" | "<" | ">") side
    side       = [ "-" ] term { ("+" | "-") term }
    term       = number [ "*" place ] | place [ ("*" | "/") number ]
    place      = name-in-table | "sum" "(" ref ":" ref ")" | "(" side ")"
    ref        = [ table "!" ] name [ "@" name ] [ "@" "-" "1" ]
"""

from __future__ import annotations

import re
from decimal import Decimal, DivisionByZero, Inexact, InvalidOperation, localcontext

from xlreport.record import NamedTuple
from xlreport.rules.nodes import Comparison, Condition, Link, Number, Op, Ref, Side, Span, Statement, Term


class RuleSyntaxError(ValueError):
    """A rule that cannot be read; `offset` is the 0-based place of the mistake in its text."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Token(NamedTuple):
    """One word of a rule: its kind, its text in the one inner notation, and where it began."""

    kind: str
    text: str
    offset: int


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>「[^」]*」|"[^"]*")
      | (?P<link><=>|⇔|=>|⇒)
      | (?P<op><=|>=|!=|≤|≥|≠|＝|=|<|>|＜|＞)
      | (?P<sign>[-+*/()（）!！@:：±＋－×÷])
      | (?P<word>[^\s「」"=＝<>＜＞≤≥≠!！+＋\-－*/×÷()（）@:：±⇒⇔]+)
    )""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
DEEPEST = 50  # brackets within brackets
_SIGNS = {"（": "(", "）": ")", "！": "!", "：": ":", "＋": "+", "－": "-", "×": "*", "÷": "/"}
_OPS = {
    "=": Op.EQ, "＝": Op.EQ, "!=": Op.NE, "≠": Op.NE, "<=": Op.LE, "≤": Op.LE, ">=": Op.GE, "≥": Op.GE,
    "<": Op.LT, "＜": Op.LT, ">": Op.GT, "＞": Op.GT,
}  # fmt: skip
_END = Token("end", "", -1)


def _tokens(text: str) -> list[Token]:
    tokens = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].lstrip()
            raise RuleSyntaxError(f"cannot read {rest[:8]!r}", len(text) - len(rest))
        kind = str(match.lastgroup)
        word = match[kind]
        start = match.start(kind)
        if kind == "quoted":
            kind, word = "name", word[1:-1]
        elif kind == "sign":
            word = _SIGNS.get(word, word)
            kind = word
        elif kind == "word":
            if _NUMBER.fullmatch(word):
                kind = "number"
            elif word in {"且", "and"}:
                kind = "and"
            else:
                kind = "name"
        tokens.append(Token(kind, word, start))
        at = match.end()
    return tokens


def number(text: str) -> Number:
    """The exact value of a decimal literal."""
    return Decimal(text) if "." in text else int(text)


class _Reader:
    """The tokens of one rule and how far they have been read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0  # open brackets

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    def next(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, kind: str) -> Token | None:
        if self.peek().kind != kind:
            return None
        return self.next()

    def expect(self, kind: str, what: str) -> Token:
        token = self.peek()
        if token.kind != kind:
            found = "the end of the rule" if token is _END else repr(token.text)
            raise self.error(f"expected {what}, found {found}")
        return self.next()

    def error(self, message: str) -> RuleSyntaxError:
        token = self.peek()
        return RuleSyntaxError(message, len(self.text.rstrip()) if token is _END else token.offset)


def parse(text: str) -> Statement:
    """The statement that a rule's text makes; raises `RuleSyntaxError` at the mistake."""
    reader = _Reader(text)
    first = _condition(reader)
    premise, link = None, None
    if token := reader.accept("link"):
        link = Link.IFF if token.text in {"<=>", "⇔"} else Link.IMPLIES
        premise, first = first, _condition(reader)
    tolerance: Number | None = 0
    mark = reader.accept("±")
    if mark:
        word = reader.next()
        if word.kind == "number":
            tolerance = number(word.text)
        elif word.text == "auto":
            tolerance = None
        else:
            reader.at -= 1
            raise reader.error("a tolerance is a number or `auto`")
    if reader.peek() is not _END:
        raise reader.error(f"unexpected {reader.peek().text!r}")
    return Statement(first, premise, link, tolerance, mark.offset if mark else 0)


def _condition(reader: _Reader) -> Condition:
    parts = [_comparison(reader)]
    while reader.accept("and"):
        parts.append(_comparison(reader))
    return Condition(tuple(parts))


def _comparison(reader: _Reader) -> Comparison:
    left = _side(reader)
    sign = reader.expect("op", "a comparison such as = or ≥")
    return Comparison(_OPS[sign.text], left, _side(reader))


def _side(reader: _Reader) -> Side:
    terms: list[Term] = []
    constant: Number = 0
    sign = -1 if reader.accept("-") else 1
    while True:
        more, value = _term(reader, sign)
        terms += more
        constant += value
        if reader.accept("+"):
            sign = 1
        elif reader.accept("-"):
            sign = -1
        else:
            return Side(tuple(terms), constant)


def _term(reader: _Reader, sign: int) -> tuple[list[Term], Number]:
    """The terms and the constant that one signed term contributes."""
    factor: Number = sign
    if token := reader.accept("number"):
        factor = sign * number(token.text)
        if not reader.accept("*"):
            return [], factor
    terms, constant = _place(reader)
    while reader.peek().kind in {"*", "/"}:
        sign_token = reader.next()
        value = number(reader.expect("number", "a number (a rule multiplies and divides by constants only)").text)
        factor = factor * value if sign_token.kind == "*" else _quotient(reader, factor, value)
    return [Term(term.factor * factor, term.place) for term in terms], constant * factor


def _quotient(reader: _Reader, factor: Number, value: Number) -> Number:
    """The factor divided exactly: a third has no decimal, and a rule that is nearly right is wrong."""
    with localcontext() as context:
        context.traps[Inexact] = True
        try:
            return Decimal(factor) / Decimal(value)
        except (DivisionByZero, InvalidOperation):
            message = "division by zero"
        except Inexact:
            message = "this division does not come out even; multiply the other side instead"
    reader.at -= 1
    raise reader.error(message)


def _place(reader: _Reader) -> tuple[list[Term], Number]:
    if reader.depth >= DEEPEST and reader.peek().kind == "(":
        raise reader.error("too many brackets")
    if reader.accept("("):
        reader.depth += 1
        side = _side(reader)
        reader.expect(")", "a closing bracket")
        reader.depth -= 1
        return list(side.terms), side.constant
    token = reader.expect("name", "a row, a column or a number")
    if token.text in {"sum", "合计数"} and reader.accept("("):
        first = _ref(reader, reader.expect("name", "the first heading of the range"))
        reader.expect(":", "`:` between the first and the last heading")
        last = _ref(reader, reader.expect("name", "the last heading of the range"))
        reader.expect(")", "a closing bracket")
        return [Term(1, Span(first, last))], 0
    return [Term(1, _ref(reader, token))], 0


def _ref(reader: _Reader, token: Token) -> Ref:
    name, table, column, period = token.text, None, None, 0
    offset, column_offset, table_offset = token.offset, 0, 0
    if reader.accept("!"):
        table, table_offset = name, offset
        found = _name(reader, "a row or column after `!`")
        name, offset = found.text, found.offset
    while reader.accept("@"):
        if reader.accept("-"):
            if period or reader.peek().text != "1":
                raise reader.error("`@-1` names last year's report; nothing else can be named so")
            reader.next()
            period = -1
        elif column is None:
            found = _name(reader, "a column after `@`")
            column, column_offset = found.text, found.offset
        else:
            raise reader.error("a place has one row and one column")
    return Ref(name, column, table, period, offset, column_offset, table_offset)


def _name(reader: _Reader, what: str) -> Token:
    token = reader.peek()
    if token.kind not in {"name", "number"}:
        raise reader.error(f"expected {what}")
    return reader.next()
