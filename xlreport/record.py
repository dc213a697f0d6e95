"""Frozen records, as `dataclasses` makes them, at a tenth of the start-up cost.

`xlreport check` is started for every file; sixty frozen dataclasses took 45 of its 140 ms, and `inspect`, which
`dataclasses` imports, 9 more. Type checkers see a dataclass (`dataclass_transform`). The same for named tuples: forty
of `typing`'s compile each of their annotations, 2 ms in all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

__all__ = ["FIELDS", "NamedTuple", "fresh", "record", "replace"]

T = TypeVar("T")
FIELDS = "__fields__"  # the class attribute with a record's field names, in order


if not TYPE_CHECKING:

    class _Named(type):
        """Makes a named tuple of a class body with annotated fields, without looking at what they are annotated as."""

        def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, space)
            fields = space.pop("__annotations__", {})
            defaults = [space.pop(field) for field in fields if field in space]
            made = namedtuple(name, fields, defaults=defaults, module=space.pop("__module__"))  # noqa: PYI024
            made.__annotations__ = fields
            for key, value in space.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Named):
        """A tuple whose fields have names: `typing.NamedTuple` to all who read, and to type checkers."""


class _Fresh:
    """A default that is made anew for each record."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def fresh(*, default_factory: Callable[[], T]) -> T:
    """A field whose default is made by a call: `fresh(default_factory=dict)`."""
    return _Fresh(default_factory)  # type: ignore[return-value]


@dataclass_transform(frozen_default=True, field_specifiers=(fresh,))
def record(cls: type[T]) -> type[T]:
    """A class with annotated fields as a frozen record: made by keyword or position, equal by content, hashable."""
    fields = tuple(cls.__dict__.get("__annotations__", {}))  # noqa: RUF063  (inspect is what is being spared)
    space: dict[str, Any] = {"_d": {}, "_f": {}}
    parameters, body = [], []
    for name in fields:
        if name not in cls.__dict__:
            parameters.append(name)
            body.append(f" d[{name!r}] = {name}\n")
            continue
        default = cls.__dict__[name]
        if isinstance(default, _Fresh):
            space["_f"][name] = default.make
            parameters.append(f"{name}=_f")
            body.append(f" d[{name!r}] = _f[{name!r}]() if {name} is _f else {name}\n")
            delattr(cls, name)
        else:
            space["_d"][name] = default
            parameters.append(f"{name}=_d[{name!r}]")
            body.append(f" d[{name!r}] = {name}\n")
    after = " self.__post_init__()\n" if hasattr(cls, "__post_init__") else ""
    # The names come from our own class bodies, never from data.
    exec(f"def __init__(self, {', '.join(parameters)}):\n d = self.__dict__\n{''.join(body)}{after}", space)  # noqa: S102
    made: Any = cls
    made.__init__ = space["__init__"]
    setattr(made, FIELDS, fields)
    for method in (__eq__, __hash__, __repr__, __setattr__, __delattr__):
        setattr(made, method.__name__, method)
    return cls


def replace(one: T, **changes: Any) -> T:
    """A copy of a record with some fields changed."""
    values: Mapping[str, Any] = one.__dict__
    names: tuple[str, ...] = getattr(type(one), FIELDS)
    return type(one)(**{name: values[name] for name in names} | changes)


def __eq__(self: Any, other: object) -> Any:  # noqa: N807  (a method in waiting)
    if type(other) is not type(self):
        return NotImplemented
    mine, theirs = self.__dict__, other.__dict__
    return all(mine[name] == theirs[name] for name in getattr(self, FIELDS))


def __hash__(self: Any) -> int:  # noqa: N807
    values = self.__dict__
    return hash(tuple(values[name] for name in getattr(self, FIELDS)))


def __repr__(self: Any) -> str:  # noqa: N807
    inside = ", ".join(f"{name}={self.__dict__[name]!r}" for name in getattr(self, FIELDS))
    return f"{type(self).__name__}({inside})"


def __setattr__(self: Any, name: str, value: object) -> None:  # noqa: ARG001, N807
    raise AttributeError(f"{type(self).__name__} is frozen: {name}")


def __delattr__(self: Any, name: str) -> None:  # noqa: N807
    raise AttributeError(f"{type(self).__name__} is frozen: {name}")
