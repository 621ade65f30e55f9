"""YAML text → a tree of nodes that know where they were written.

Only plain YAML is taken: no anchors, aliases, merge keys, tags, directives or second documents; bounded in bytes, nodes
and depth. Scalars follow the core schema of YAML 1.2, so ``18:30`` and ``no`` are text. The tree is built from
parser events rather than composed, so that no alias is ever expanded and depth is bounded before it hurts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sim.scenario.problems import FieldPath, Place, Problem

MAX_BYTES = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 30
MAX_DIGITS = 18

CORE_TAG = "tag:yaml.org,2002:"
NOT_WORDS: dict[type[Event], str] = {
    SequenceStartEvent: "a list",
    MappingStartEvent: "a mapping",
    AliasEvent: "an alias",
}

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Node:
    """One value as written: a mapping of nodes, a list of nodes, or a scalar.

    ``text`` is how a scalar stands in the file; ``key`` is where the key stands that names the node (its own place for
    items of lists).
    """

    content: dict[str, Node] | list[Node] | Scalar
    place: Place
    key: Place
    text: str = ""

    def plain(self) -> Any:
        """The value without its places: dicts, lists and scalars."""
        if isinstance(self.content, dict):
            return {name: node.plain() for name, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content

    def child(self, step: str | int) -> Node | None:
        """The member or item named ``step``, if there is one."""
        if isinstance(self.content, dict):
            return self.content.get(str(step))
        if isinstance(self.content, list) and isinstance(step, int) and 0 <= step < len(self.content):
            return self.content[step]
        return None

    def nearest(self, path: FieldPath) -> tuple[Node, bool]:
        """The node at ``path``, or the last one on the way to it; and whether it was reached."""
        node = self
        for step in path:
            below = node.child(step)
            if below is None:
                return node, False
            node = below
        return node, True

    def walk(self, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Node]]:
        """This node and every node below it, each with its path."""
        yield path, self
        if isinstance(self.content, dict):
            for name, node in self.content.items():
                yield from node.walk((*path, name))
        elif isinstance(self.content, list):
            for position, node in enumerate(self.content):
                yield from node.walk((*path, position))

    def describe(self) -> str:
        """What came, for the end of a message."""
        if isinstance(self.content, dict):
            return f"a mapping of {len(self.content)}" if self.content else "an empty mapping"
        if isinstance(self.content, list):
            return f"a list of {len(self.content)}" if self.content else "an empty list"
        if self.content is None:
            return "nothing"
        return repr(shortened(self.text)) if isinstance(self.content, str) else self.text


def shortened(text: str, limit: int = 60) -> str:
    """``text`` in at most ``limit`` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def read_file(path: Path, file: str) -> tuple[Node | None, list[Problem]]:
    """The tree of the file at ``path``, called ``file`` in messages, and every problem of reading it.

    The tree is None if the file cannot be read as a mapping at all.
    """
    start = Place(file, 1, 1)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return None, [Problem(start, "", f"expected a file that can be read, got: {error.strerror or error}")]
    if len(raw) > MAX_BYTES:
        return None, [Problem(start, "", f"expected a scenario of at most {MAX_BYTES:,} bytes, got a larger file")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [_not_utf8(raw, error, file)]
    return read_text(text, file)


def _not_utf8(raw: bytes, error: UnicodeDecodeError, file: str) -> Problem:
    before = raw[: error.start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    hint = " (it looks like UTF-16)" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else " (save the file as UTF-8, not GBK)"
    return Problem(Place(file, line, column), "", f"expected UTF-8 text, got the byte 0x{raw[error.start]:02x}{hint}")


#: characters that YAML does not allow anywhere
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_text(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """The tree of YAML ``text``, called ``file`` in messages, and every problem of reading it."""
    if bad := UNPRINTABLE.search(text):
        return None, [_unprintable(text, bad.start(), file)]
    reader = _Reader(file)
    try:
        return reader.document(YAML(typ="safe", pure=True).parse(text)), reader.problems
    except _ReadingError as refusal:
        return None, [*reader.problems, refusal.problem]
    except MarkedYAMLError as error:
        return None, [*reader.problems, _syntax_problem(error, file)]
    except (YAMLError, ValueError, RecursionError, AttributeError, IndexError) as error:
        # ruamel's scanner gives up on some broken text with other errors than its own
        return None, [
            *reader.problems,
            Problem(Place(file, 1, 1), "", f"expected valid YAML, got: {_first_line(error)}"),
        ]


def _unprintable(text: str, at: int, file: str) -> Problem:
    line = text.count("\n", 0, at) + 1
    place = Place(file, line, at - text.rfind("\n", 0, at))
    return Problem(place, "", f"expected printable text, got the character U+{ord(text[at]):04X}")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


UNCLOSED = "found unexpected end of stream"
#: what the parser says → what the writer of the file should look for
SYNTAX_HINTS = {
    "mapping values are not allowed here": "check the indentation, and quote text that contains ': '",
    r"found character '\t' that cannot start any token": "indent with spaces, not with tabs",
    UNCLOSED: "a quotation mark is not closed",
    "could not find expected ':'": "a key needs a colon and a space after it",
}


def _syntax_problem(error: MarkedYAMLError, file: str) -> Problem:
    problem = shortened(" ".join(str(error.problem or error.context or "syntax error").split()), 120)
    marks = [error.problem_mark, error.context_mark]
    mark = next(filter(None, reversed(marks) if problem == UNCLOSED else marks), None)  # where an open quotation starts
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    hint = SYNTAX_HINTS.get(problem.replace("\t", r"\t"), "")
    return Problem(place, "", f"expected valid YAML, got: {problem}" + (f" ({hint})" if hint else ""))


class _ReadingError(Exception):
    """What makes it useless to read on."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Reader:
    """Builds the tree of one document from its events and collects what is not allowed in it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.nodes = 0

    def document(self, events: Iterator[Event]) -> Node | None:
        """The mapping at the top of the only document, or None and a problem."""
        content = (event for event in events if not isinstance(event, DocumentEndEvent))
        next(content, None)  # the start of the stream
        start = next(content, None)
        if not isinstance(start, DocumentStartEvent):
            self.problems.append(Problem(Place(self.file, 1, 1), "", "expected a scenario, got an empty file"))
            return None
        if start.version or start.tags:
            self._problem(Place(self.file, 1, 1), (), "expected a scenario, got a directive (%)")
        top = self._node(content, next(content), None, ())
        if isinstance(after := next(content, None), DocumentStartEvent):
            self._problem(self._place(after), (), "expected one document, got a second one")
        if isinstance(top.content, dict):
            return top
        self._problem(top.place, (), f"expected a mapping (field: value) at the top, got {top.describe()}")
        return None

    def _node(self, events: Iterator[Event], event: Event, key: Place | None, path: FieldPath) -> Node:
        place = self._place(event)
        self._bound(place, path)
        if isinstance(event, AliasEvent):
            self._problem(place, path, f"expected a value written out, got an alias (*{event.anchor})")
            return Node(None, place, key or place)
        self._plain_yaml(event, place, path)
        if isinstance(event, MappingStartEvent):
            return Node(self._mapping(events, path), place, key or place)
        if isinstance(event, SequenceStartEvent):
            return Node(self._sequence(events, path), place, key or place)
        assert isinstance(event, ScalarEvent)
        return Node(self._scalar(event, place, path), place, key or place, event.value)

    def _bound(self, place: Place, path: FieldPath) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _ReadingError(Problem(place, "", f"expected at most {MAX_NODES:,} values in a file, got more"))
        if len(path) > MAX_DEPTH:
            raise _ReadingError(Problem(place, "", f"expected at most {MAX_DEPTH} levels of nesting, got more"))

    def _plain_yaml(self, event: Any, place: Place, path: FieldPath) -> None:
        if event.anchor is not None:
            self._problem(place, path, f"expected a value written out, got an anchor (&{event.anchor})")
        if event.tag is not None:
            self._problem(place, path, f"expected a plain value, got a tag ({event.tag.replace(CORE_TAG, '!!')})")

    def _mapping(self, events: Iterator[Event], path: FieldPath) -> dict[str, Node]:
        members: dict[str, Node] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            place = self._place(event)
            name = self._key(events, event, place, path)
            node = self._node(events, next(events), place, (*path, name))
            if name in members:
                first = members[name].key
                self._problem(
                    place,
                    (*path, name),
                    f"expected each key once, got it a second time (the first is in line {first.line})",
                )
            else:
                members[name] = node
        return members

    def _key(self, events: Iterator[Event], event: Event, place: Place, path: FieldPath) -> str:
        if not isinstance(event, ScalarEvent):
            self._node(events, event, None, path)  # read past it
            self._problem(place, path, f"expected a word as key, got {NOT_WORDS[type(event)]}")
            return "?"
        self._plain_yaml(event, place, path)
        if event.value == "<<" and event.style is None:
            self._problem(place, path, "expected fields written out, got a merge key (<<)")
        return str(event.value)

    def _sequence(self, events: Iterator[Event], path: FieldPath) -> list[Node]:
        items: list[Node] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(events, event, None, (*path, len(items))))
        return items

    def _scalar(self, event: ScalarEvent, place: Place, path: FieldPath) -> Scalar:
        if bad := UNPRINTABLE.search(event.value):
            self._problem(place, path, f"expected printable text, got the character U+{ord(bad.group()):04X}")
            return None
        if event.style is not None:
            return str(event.value)
        try:
            return core_scalar(event.value)
        except ValueError as error:
            self._problem(place, path, str(error))
            return None

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _problem(self, place: Place, path: FieldPath, message: str) -> None:
        self.problems.append(Problem(place, written(path), message))


INTEGER = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def core_scalar(text: str) -> Scalar:
    """What an unquoted scalar stands for by the core schema of YAML 1.2; ValueError if it is no number one can use."""
    if text in WORDS:
        return WORDS[text]
    if NOT_FINITE.fullmatch(text):
        raise ValueError(f"expected a finite number, got {text}")
    if INTEGER.fullmatch(text) or BASED.fullmatch(text):
        if len(text) > MAX_DIGITS + 2:
            raise ValueError(f"expected a number of at most {MAX_DIGITS} digits, got {shortened(text)}")
        return int(text, 0) if BASED.fullmatch(text) else int(text)
    if REAL.fullmatch(text):
        value = float(text)
        if abs(value) > 1e300:
            raise ValueError(f"expected a number below 1e300, got {shortened(text)}")
        return value
    return text


PLAIN_KEY = re.compile(r"[\w:/-]{1,60}")


def written(path: FieldPath) -> str:
    """A path as people write it: ``demand.categories[3].rate``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if PLAIN_KEY.fullmatch(step) else ascii(shortened(step))
            text += f".{name}" if text else name
    return text
