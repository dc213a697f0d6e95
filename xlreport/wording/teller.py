"""What every sentence needs: the submission it is about, the language, names and numbers as people write them."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.arithmetic import quoted
from xlreport.finding import Finding
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import Lang, plain
from xlreport.submission import Submission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LISTED_CELLS = 6


class Teller:
    """The words for one submission in one language."""

    def __init__(self, submission: Submission, lang: Lang, prior: Submission | None = None) -> None:
        self.submission = submission
        self.form: Form = submission.form
        self.lang: Lang = lang
        self.prior = prior
        self.zh = lang == "zh"
        self.equations: dict[int, tuple[Finding, str]] = {}  # by the finding's identity; kept with it, so that it lasts

    def two(self, zh: str, en: str) -> str:
        """The one of two texts that the language asks for."""
        return zh if self.zh else en

    def name(self, item: Item) -> str:
        """An item in printed words, quoted."""
        return quoted(self.form.short(item), self.lang)

    def title(self, table: object) -> str:
        """A table's printed title."""
        return self.form.tables[str(table)].title

    def some(self, items: Sequence[Item]) -> str:
        """The first few items, and how many there are."""
        names = self.two("、", ", ").join(self.form.short(item) for item in items[:LISTED_CELLS])
        more = self.two(f"等 {len(items)} 格", f" and {len(items) - LISTED_CELLS} more")
        return names + (more if len(items) > LISTED_CELLS else "")

    def number(self, value: Number | str | None) -> str:
        """A number as a person writes it; a text stands as it is."""
        return value if isinstance(value, str) else "" if value is None else plain(value)


def strings(value: object) -> list[str]:
    """A list in a finding's facts as texts."""
    return [str(x) for x in value] if isinstance(value, (list, tuple)) else []


def pairs(value: object) -> list[tuple[Any, Any]]:
    """A list of pairs in a finding's facts."""
    return [(a, b) for a, b in value] if isinstance(value, (list, tuple)) else []


def clip(text: object, limit: int = 40) -> str:
    """Somebody's text inside a sentence: one line, without what a terminal would act on, not too long."""
    clean = "".join(ch if ch.isprintable() else " " for ch in str(text))
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
