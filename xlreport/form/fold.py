"""When two labels are the same label: folding of what people and programs change without meaning anything."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from xlreport.pattern import pattern

_NUMBERING = pattern(r"^(\d+)[.、,]")


@lru_cache(maxsize=8192)
def fold(label: str) -> str:
    """The label without width, brackets' shape, quotes, spaces, line breaks and the style of its `1.`."""
    text = unicodedata.normalize("NFKC", label)
    text = "".join(text.split()).translate(_PAIRS)
    if text[:1].isdecimal():
        text = _NUMBERING.sub(r"\1.", text)
    return text.rstrip(":").casefold()


_NOISE = "\"'“”‘’「」『』《》\ufeff" + "".join(
    map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)))
)
_PAIRS = str.maketrans("〔〕[]【】，．。", "()()(),..", _NOISE)
