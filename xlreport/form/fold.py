"""When two labels are the same label: folding of what people and programs change without meaning anything."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from xlreport.pattern import pattern

_NOISE = pattern(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\"'“”‘’「」『』《》]+")
_NUMBERING = pattern(r"^(\d+)[.、,]")


@lru_cache(maxsize=8192)
def fold(label: str) -> str:
    """The label without width, brackets' shape, quotes, spaces, line breaks and the style of its `1.`."""
    text = unicodedata.normalize("NFKC", label)
    text = _NOISE.sub("", text)
    text = text.translate(_PAIRS)
    return _NUMBERING.sub(r"\1.", text).rstrip(":").casefold()


_PAIRS = str.maketrans("〔〕[]【】，．。", "()()(),..")
