"""Records and named tuples made without `dataclasses` and `collections.namedtuple` behave as those do."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections import namedtuple
from dataclasses import dataclass, field

import pytest

from xlreport.record import NamedTuple, fresh, record, replace


@record
class Ours:
    """A record of ours."""

    name: str
    size: int = 3
    more: list[int] = fresh(default_factory=list)

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("a size is not negative")

    @property
    def double(self) -> int:
        """Twice the size."""
        return 2 * self.size


@dataclass(frozen=True)
class Theirs:
    """The same of the standard library."""

    name: str
    size: int = 3
    more: list[int] = field(default_factory=list)


class Point(NamedTuple):
    """A named tuple of ours."""

    row: int
    col: int
    sheet: str = "一"

    @property
    def sum(self) -> int:
        """Both numbers."""
        return self.row + self.col


Plain = namedtuple("Plain", ["row", "col", "sheet"], defaults=["一"])  # noqa: PYI024


class Empty(NamedTuple):
    """No field at all."""


@pytest.mark.parametrize("arguments", [("a",), ("a", 4), ("a", 4, [1])])
def test_records_are_made_as_dataclasses_are(arguments):
    ours, theirs = Ours(*arguments), Theirs(*arguments)
    assert vars(ours) == vars(theirs)
    assert list(vars(ours)) == ["name", "size", "more"]
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert Ours(name="a", size=1, more=[]) == Ours("a", 1) != Ours("a", 2)


@pytest.mark.parametrize(
    ("arguments", "named"), [((), {}), (("a", 1, [], 2), {}), (("a",), {"name": "b"}), (("a",), {"no": 1})]
)
def test_what_is_missing_too_many_or_unknown_is_refused(arguments, named):
    with pytest.raises(TypeError):
        Ours(*arguments, **named)
    with pytest.raises(TypeError):
        Theirs(*arguments, **named)


def test_a_record_is_frozen_checked_and_hashable():
    one = Ours("a")
    with pytest.raises(AttributeError, match="frozen"):
        one.size = 4
    with pytest.raises(AttributeError, match="frozen"):
        del one.size
    with pytest.raises(ValueError, match="not negative"):
        Ours("a", -1)
    assert one.double == 6
    assert hash(Ours("a", 1, ())) == hash(Ours("a", 1, ()))


def test_a_fresh_default_is_each_records_own():
    one, other = Ours("a"), Ours("a")
    one.more.append(1)
    assert other.more == []


def test_a_record_changed_copied_and_pickled():
    one = Ours("a", 5)
    assert replace(one, size=6) == Ours("a", 6)
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one  # noqa: S301  (our own bytes)
    with pytest.raises(ValueError, match="not negative"):
        replace(one, size=-1)


def test_the_parameters_are_the_fields():
    assert list(inspect.signature(Ours).parameters) == ["name", "size", "more"]
    assert inspect.signature(Point) == inspect.signature(Plain)


@pytest.mark.parametrize("arguments", [(1, 2), (1, 2, "二")])
def test_named_tuples_are_as_those_of_the_library(arguments):
    ours, theirs = Point(*arguments), Plain(*arguments)
    assert ours == theirs == tuple(ours)
    assert hash(ours) == hash(theirs)
    assert repr(ours) == repr(theirs).replace("Plain", "Point")
    assert ours._asdict() == theirs._asdict()
    assert ours._replace(col=9) == theirs._replace(col=9)
    assert Point._make([1, 2, "三"]) == Plain._make([1, 2, "三"])
    assert (Point._fields, Point.__match_args__) == (Plain._fields, Plain.__match_args__)
    assert type(pickle.loads(pickle.dumps(ours))) is Point  # noqa: S301
    assert copy.copy(ours) == ours
    assert ours.sum == 3
    assert Point(sheet="二", col=1, row=0) == (0, 1, "二")
    match ours:
        case Point(row, _, sheet):
            assert (row, sheet) == (1, ours.sheet)


@pytest.mark.parametrize("made", [Point, Plain])
def test_a_named_tuple_refuses_what_it_has_no_field_for(made):
    for arguments, named in (((1,), {}), ((1, 2, "一", 4), {}), ((1, 2), {"no": 1})):
        with pytest.raises(TypeError):
            made(*arguments, **named)
    with pytest.raises((TypeError, ValueError)):
        made(1, 2)._replace(no=1)
    with pytest.raises(AttributeError):
        made(1, 2).row = 3


def test_a_named_tuple_without_fields():
    assert Empty() == ()
    assert repr(Empty()) == "Empty()"
