"""What became of the findings of the last round, in words."""

from __future__ import annotations

from xlreport.examine import Examined
from xlreport.rules.sentence import Lang
from xlreport.since import Since

_WORDS = {
    Since.NEW: ("新发现", "new"),
    Since.OPEN: ("未改正", "still open"),
    Since.FIXED: ("已改正", "fixed"),
    Since.UNCHECKED: ("本次未核对", "not checked this time"),
}


def since_word(since: Since, lang: Lang) -> str:
    """What became of one finding."""
    return _WORDS[since][0 if lang == "zh" else 1]


def round_words(examined: Examined, lang: Lang) -> str:
    """How the round compares with the one before, as a sentence; nothing for a first round."""
    against = examined.round
    if against is None:
        return ""
    counts = [(since, against.count(since)) for since in Since]
    counts = [(since, count) for since, count in counts if count or since is not Since.UNCHECKED]
    if lang == "zh":
        return "与上一轮相比：" + "，".join(f"{since_word(since, lang)} {count}" for since, count in counts) + "。"
    return "Since the last round: " + ", ".join(f"{count} {since_word(since, lang)}" for since, count in counts) + ". "
