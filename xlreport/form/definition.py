"""A definition's text as plain mappings, lists and strings that remember where they stood in the file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NamedTuple, NoReturn


class Place(NamedTuple):
    """Where something stands in a definition: 1-based line, 0-based column."""

    line: int
    column: int


class DefinitionError(Exception):
    """A mistake of the form's author, told with file, line and a caret under it."""

    def __init__(self, name: str, place: Place | None, message: str, text: str | None = None) -> None:
        where = f"{name}:{place.line}" if place else name
        caret = ""
        if place and text is not None:
            lines = text.splitlines()
            if 0 < place.line <= len(lines):
                line = lines[place.line - 1]
                # A wide character takes two columns of a console; the caret has to follow.
                ahead = "".join("　" if ord(ch) > 0x2E80 else " " for ch in line[: place.column])
                caret = f"\n  {line}\n  {ahead}^"
        super().__init__(f"{where}: {message}{caret}")
        self.name, self.place, self.message = name, place, message


class Map(dict[str, Any]):
    """A mapping with the place of each key and of each value."""

    __slots__ = ("key_at", "value_at")

    def __init__(self) -> None:
        super().__init__()
        self.key_at: dict[str, Place] = {}
        self.value_at: dict[str, Place] = {}


class Seq(list[Any]):
    """A list with the place of each entry."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        super().__init__()
        self.at: list[Place] = []


class Source:
    """One definition being read: its name and text, to point at mistakes."""

    def __init__(self, name: str, text: str | None) -> None:
        self.name = name
        self.text = text

    def fail(self, message: str, place: Place | None = None) -> NoReturn:
        """Tell a mistake at a place."""
        raise DefinitionError(self.name, place, message, self.text)

    def key_place(self, mapping: dict[str, Any], key: str) -> Place | None:
        """Where a key stands, if the definition was read from YAML."""
        return mapping.key_at.get(key) if isinstance(mapping, Map) else None

    def value_place(self, mapping: dict[str, Any], key: str) -> Place | None:
        """Where a value stands, if the definition was read from YAML."""
        return mapping.value_at.get(key) if isinstance(mapping, Map) else None

    def entry_place(self, sequence: list[Any], index: int) -> Place | None:
        """Where a list entry stands."""
        return sequence.at[index] if isinstance(sequence, Seq) else None

    def check_keys(self, mapping: dict[str, Any], allowed: Iterable[str], what: str) -> None:
        """Refuse keys that mean nothing here."""
        known = list(allowed)
        for key in mapping:
            if key not in known:
                self.fail(f"{what} has no {key!r}{suggest(key, known)}", self.key_place(mapping, key))

    def mapping(self, value: object, what: str, place: Place | None = None) -> dict[str, Any]:
        """The value, which must be a mapping."""
        if not isinstance(value, dict):
            self.fail(f"{what} must be a mapping (key: value)", place)
        return value

    def sequence(self, value: object, what: str, place: Place | None = None) -> list[Any]:
        """The value, which must be a list."""
        if not isinstance(value, list):
            self.fail(f"{what} must be a list", place)
        return value


def suggest(name: str, known: Iterable[str]) -> str:
    """`; did you mean '…'?` where something near is known, else what is."""
    options = list(known)
    near = difflib.get_close_matches(name, options, 1, 0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; it has {', '.join(options[:12])}" if options else ""


def read_yaml(text: str, name: str) -> Map:
    """The definition as plain data; every scalar stays the text it was written as."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    source = Source(name, text)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column) if mark else None
        source.fail(f"not valid YAML: {error.problem or error.context}", place)
    except yaml.YAMLError as error:
        source.fail(f"not valid YAML: {error}")
    if root is None or not isinstance(root, yaml.MappingNode):
        source.fail("a definition is a mapping that begins with `form:`", Place(1, 0))
    plain = _plain(root, source, 0)
    assert isinstance(plain, Map)  # noqa: S101  (a MappingNode always gives a Map)
    return plain


def _plain(node: Any, source: Source, depth: int) -> Map | Seq | str:
    import yaml

    if depth > 40:
        source.fail("nested too deeply", _place(node))
    if isinstance(node, yaml.MappingNode):
        mapping = Map()
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                source.fail("a key must be a word", _place(key_node))
            key = str(key_node.value)
            if key in mapping:
                source.fail(f"{key!r} stands here twice", _place(key_node))
            mapping[key] = _plain(value_node, source, depth + 1)
            mapping.key_at[key] = _place(key_node)
            mapping.value_at[key] = _place(value_node)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        sequence = Seq()
        for entry in node.value:
            sequence.append(_plain(entry, source, depth + 1))
            sequence.at.append(_place(entry))
        return sequence
    return str(node.value)


def _place(node: Any) -> Place:
    quoted = 1 if getattr(node, "style", None) in {"'", '"'} else 0
    return Place(node.start_mark.line + 1, node.start_mark.column + quoted)
