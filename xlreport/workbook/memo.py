"""What was made of bytes that come again: forms of one issue share their styles, their frames, their relationships."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, TypeVar

    Made = TypeVar("Made")
else:  # `typing` takes 3 ms to import
    Made = None

    class Generic:
        """What a generic class is for everybody but type checkers: a class."""

        def __class_getitem__(cls, _: object) -> type[Generic]:
            return cls


_LARGEST = 200_000  # bytes of one key
_KEPT = 48


class Memo(Generic[Made]):
    """The last few results by the exact bytes they were made of; whatever is kept must never be changed."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, Made] = {}

    def get(self, data: bytes) -> Made | None:
        """What was made of these very bytes."""
        return self._known.get(data)

    def keep(self, data: bytes, made: Made) -> Made:
        """Remember a result; the oldest gives way."""
        if len(data) <= _LARGEST:
            while len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            self._known[data] = made
        return made
