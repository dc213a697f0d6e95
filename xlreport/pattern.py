"""Regular expressions that are compiled when they are first used.

`xlreport check` is started for every file, and of seventy patterns an everyday check uses forty: the others took 3 ms.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AnyStr


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, as far as its methods are called; compiled by the first call."""
    return _Waiting(text, flags)  # type: ignore[return-value]


class _Waiting:
    """A pattern not compiled yet; each method is taken over from the compiled one as it is first asked for."""

    def __init__(self, text: Any, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._text, self._flags), name)  # `re` keeps what it compiled
        self.__dict__[name] = found
        return found
