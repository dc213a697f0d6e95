"""Frozen records, as `dataclasses` makes them, and named tuples, at a hundredth of the start-up cost.

`xlreport check` is started for every file; sixty frozen dataclasses took 45 of its 140 ms, and `inspect`, which
`dataclasses` imports, 9 more. Here nothing is compiled: a function made once is given the names of the fields as those
of its parameters. Type checkers see a dataclass (`dataclass_transform`) and `typing.NamedTuple`.
"""

from __future__ import annotations

from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, NamedTuple, TypeVar, dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_: object) -> Any:
        """Nothing but what type checkers read in it."""
        return lambda decorated: decorated


__all__ = ["FIELDS", "NamedTuple", "fresh", "record", "replace"]

FIELDS = "__fields__"  # the class attribute with a record's field names, in order


def _taking(template: Any, names: Sequence[str], defaults: Sequence[Any], name: str) -> Any:
    """A function as the template, but with parameters of these names behind its first."""
    code = template.__code__.replace(
        co_argcount=1 + len(names),
        co_nlocals=1 + len(names),
        co_varnames=(*template.__code__.co_varnames[:1], *names),
        co_name=name,
        co_qualname=name,
    )
    return FunctionType(code, globals(), name, tuple(defaults) or None)


if not TYPE_CHECKING:
    from _collections import _tuplegetter

    _new = tuple.__new__
    _news: dict[int, Any] = {}  # by number of fields

    def _new_of(fields: tuple[str, ...], defaults: list[Any]) -> Any:
        size = len(fields)
        if size not in _news:
            values = "".join(f"_{i}," for i in range(size))
            _news[size] = eval(f"lambda _cls, {values}: _new(_cls, ({values}))")  # noqa: S307  (made of a number)
        return _taking(_news[size], fields, defaults, "__new__")

    class _Tuple(tuple):
        """What named tuples have in common."""

        __slots__ = ()
        _fields = ()

        @classmethod
        def _make(cls, values: Sequence[Any]) -> Any:
            return cls(*values)

        def _replace(self, /, **changes: Any) -> Any:
            kept = {name: value for name, value in zip(self._fields, self, strict=True) if name not in changes}
            return type(self)(**kept, **changes)

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            inside = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({inside})"

    class _Named(type):
        """Makes a named tuple of a class body with annotated fields, without looking at what they are annotated as."""

        def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, space)
            fields = tuple(space.get("__annotations__", ()))
            space["__new__"] = _new_of(fields, [space.pop(field) for field in fields if field in space])
            space |= {field: _tuplegetter(i, "") for i, field in enumerate(fields)}
            return type(name, (_Tuple,), {"__slots__": (), "_fields": fields, "__match_args__": fields} | space)

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


def _init(self: Any) -> None:
    self.__dict__.update(locals())
    del self.__dict__["self"]


def _init_and_more(self: Any) -> None:
    self.__dict__.update(locals())
    _complete(self)


def _complete(made: Any) -> None:
    values = made.__dict__
    del values["self"]
    for name, value in values.items():
        if isinstance(value, _Fresh):
            values[name] = value.make()
    if hasattr(made, "__post_init__"):
        made.__post_init__()


@dataclass_transform(frozen_default=True, field_specifiers=(fresh,))
def record(cls: type[T]) -> type[T]:
    """A class with annotated fields as a frozen record: made by keyword or position, equal by content, hashable."""
    fields = tuple(cls.__dict__.get("__annotations__", {}))  # noqa: RUF063  (inspect is what is being spared)
    defaults = [cls.__dict__[name] for name in fields if name in cls.__dict__]
    for name in fields:
        if isinstance(cls.__dict__.get(name), _Fresh):
            delattr(cls, name)
    made: Any = cls
    known = any(isinstance(default, _Fresh) for default in defaults) or hasattr(cls, "__post_init__")
    made.__init__ = _taking(_init_and_more if known else _init, fields, defaults, "__init__")
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
