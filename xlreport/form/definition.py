"""A definition's text as plain mappings, lists and strings that remember where they stood in the file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NoReturn

from xlreport.record import NamedTuple


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
                wide = [unicodedata.east_asian_width(ch) in "WF" for ch in line[: place.column]]
                ahead = "".join("　" if each else " " for each in wide)
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

    def check_keys(
        self, mapping: dict[str, Any], allowed: Iterable[str], what: str, lists: Iterable[str] = (),
        nested: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Refuse keys that mean nothing here, and values of another shape: a word, unless listed or nested."""
        known = list(allowed)
        for key, value in mapping.items():
            if key not in known:
                self.fail(f"{what} has no {key!r}{suggest(key, known)}", self.key_place(mapping, key))
            if key in lists:
                self.words(value, f"`{key}`", self.value_place(mapping, key))
            elif key not in nested and not isinstance(value, str):
                self.fail(f"`{key}` is a word or a text", self.key_place(mapping, key))

    def words(self, value: object, what: str, place: Place | None = None) -> list[str]:
        """The value, which must be a list of words."""
        found = self.sequence(value, what, place)
        for i, word in enumerate(found):
            if not isinstance(word, str):
                self.fail(f"{what} is a list of words", self.entry_place(found, i) or place)
        return found

    def whole(self, mapping: dict[str, Any], key: str) -> int | None:
        """The whole number under a key; None where there is none."""
        if key not in mapping:
            return None
        if not re.fullmatch(r"[0-9]{1,3}", mapping[key]):
            self.fail(f"`{key}` is a whole number", self.value_place(mapping, key))
        return int(mapping[key])

    def truth(self, mapping: dict[str, Any], key: str) -> bool:
        """Whether a key says true; absent is no."""
        word = mapping.get(key, "false")
        if word not in {"true", "false"}:
            self.fail(f"`{key}` is true or false, not {word!r}", self.value_place(mapping, key))
        return bool(word == "true")

    def mapping(self, value: object, what: str, place: Place | None = None) -> dict[str, Any]:
        """The value, which must be a mapping."""
        if not isinstance(value, dict):
            self.fail(f"{what} must be a mapping (key: value)", place)
        return value

    def mapping_at(self, mapping: dict[str, Any], key: str) -> dict[str, Any]:
        """The mapping under a key; an empty one where the key is missing."""
        return self.mapping(mapping.get(key, {}), f"`{key}`", self.value_place(mapping, key))

    def sequence_at(self, mapping: dict[str, Any], key: str) -> list[Any]:
        """The list under a key; an empty one where the key is missing."""
        return self.sequence(mapping.get(key, []), f"`{key}`", self.value_place(mapping, key))

    def sequence(self, value: object, what: str, place: Place | None = None) -> list[Any]:
        """The value, which must be a list."""
        if not isinstance(value, list):
            self.fail(f"{what} must be a list", place)
        return value


def suggest(name: str, known: Iterable[str]) -> str:
    """`; did you mean '…'?` where something near is known, else what is."""
    import difflib

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
        line = text.splitlines()[place.line - 1] if place and place.line <= len(text.splitlines()) else ""
        advice = '; put the rule in quotes: - "… sum(一 : 三) …"' if re.search(r"\([^()]* :\s", line) else ""
        source.fail(f"not valid YAML: {error.problem or error.context}{advice}", place)
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
