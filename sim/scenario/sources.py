"""Where the numbers of a scenario come from: the ``sources:`` block against what is written.

A source is given for a path (``world.households``) or a glob (``demand.categories.*.rate``; ``*`` stands for one step or
part of one, ``**`` for any number); it covers everything below. Items of lists go by their ``id``. A block speaks for
the numbers of its own file and of the files that this one extends, so that a number changed by a scenario
does not inherit the source of the number it replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from sim.scenario.layers import EXTENDS, Layer
from sim.scenario.problems import FieldPath, Problem, did_you_mean
from sim.scenario.reading import Node, written

SOURCES = "sources"

#: fields that hold names, texts or files, where a figure is no number
NAMES = frozenset(
    {"id", "zh", "en", "title", "name", "lang", "kind", "department", "profile", "host", "score", "features"}
    | {"file", "column", "communities", "buildings", "rural_communities", "seed"}
)
#: a figure at the start of a word of a text: "30 min", "weekdays 08:30-12:00", "2021-01-01"
FIGURE = re.compile(r"(^|\s)[-+]?\.?[0-9]")


def by_id(tree: Node, path: FieldPath) -> FieldPath:
    """``path`` with the ids of items of lists, as far as they have one, in place of their positions."""
    steps: list[str | int] = []
    node: Node | None = tree
    for step in path:
        node = node.child(step) if node else None
        name = node.child("id") if node and isinstance(step, int) else None
        steps.append(name.text if name and name.text else step)
    return tuple(steps)


def field_name(tree: Node, path: FieldPath) -> str:
    """``path`` as people write it: ``demand.categories.dispute.rate``."""
    return written(by_id(tree, path))


def steps_of(tree: Node, path: FieldPath) -> tuple[str, ...]:
    """The steps of ``path`` that patterns are matched with."""
    return tuple(map(str, by_id(tree, path)))


def numbers(tree: Node, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Node]]:
    """Every number written in ``tree``; a list of plain values counts as one."""
    if path and (path[0] in (SOURCES, EXTENDS) or path[-1] in NAMES):
        return
    if isinstance(tree.content, dict):
        for name, node in tree.content.items():
            yield from numbers(node, (*path, name))
    elif isinstance(tree.content, list) and any(isinstance(item.content, dict | list) for item in tree.content):
        for position, node in enumerate(tree.content):
            yield from numbers(node, (*path, position))
    elif _is_number(tree):
        yield path, tree


def _is_number(node: Node) -> bool:
    if isinstance(node.content, list):
        return any(_is_number(item) for item in node.content)
    if isinstance(node.content, str):
        return FIGURE.search(node.content) is not None
    return isinstance(node.content, int | float) and not isinstance(node.content, bool)


def covers(pattern: str, steps: Sequence[str]) -> bool:
    """Whether ``pattern`` names the field of these steps or something above it."""
    parts = pattern.split(".")
    if "**" not in parts:
        return len(parts) <= len(steps) and all(map(_fits, parts, steps))
    at = _past_any(parts, {0})  # how much of the pattern has been matched, in every possible way
    for step in steps:
        if len(parts) in at:
            return True
        at = _past_any(parts, {i if parts[i] == "**" else i + 1 for i in at if _fits(parts[i], step)})
    return len(parts) in at


def _past_any(parts: Sequence[str], at: set[int]) -> set[int]:
    """``at``, and what it comes to where ``**`` stands for no step at all."""
    for i in range(min(at, default=len(parts)), len(parts)):
        if i in at and parts[i] == "**":
            at = at | {i + 1}
    return at


def _fits(part: str, step: str) -> bool:
    return part in {step, "**"} or ("*" in part and fnmatchcase(step, part))


def _patterns(layer: Layer) -> list[tuple[str, Node]]:
    """The patterns that stand in the file of ``layer`` itself."""
    block = layer.merged.child(SOURCES)
    if block is None or not isinstance(block.content, dict):
        return []
    return [(name, node) for name, node in block.content.items() if node.key.file == layer.file]


def field_steps(tree: Node) -> list[tuple[str, ...]]:
    """The steps of every field that is written in ``tree``."""
    return [steps_of(tree, path) for path, _ in tree.walk() if path and path[0] not in (SOURCES, EXTENDS)]


def names_any(pattern: str, fields: Iterable[Sequence[str]]) -> bool:
    """Whether ``pattern`` names any of the fields of these steps."""
    return any(covers(pattern, steps) for steps in fields)


def idle_patterns(layers: Sequence[Layer]) -> list[Problem]:
    """Patterns that name nothing written in their file or the files that it extends."""
    problems = []
    for layer in layers:
        fields = field_steps(layer.merged)
        for pattern, node in _patterns(layer):
            if not names_any(pattern, fields):
                hint = did_you_mean(pattern, [".".join(steps) for steps in fields])
                message = f"expected the path of a field that is written, got {pattern!r}: it matches nothing{hint}"
                problems.append(Problem(node.key, SOURCES, message))
    return problems


def uncovered(layers: Sequence[Layer]) -> list[Problem]:
    """Numbers for which no source is given."""
    tree = layers[0].merged
    reach = {layer.file: index for index, layer in enumerate(layers)}
    patterns = [(pattern, index) for index, layer in enumerate(layers) for pattern, _ in _patterns(layer)]
    problems = []
    for path, node in numbers(tree):
        steps = steps_of(tree, path)
        if not any(index <= reach[node.place.file] and covers(pattern, steps) for pattern, index in patterns):
            message = f"expected a source for {_shown(node)} in sources:, got none"
            problems.append(Problem(node.place, field_name(tree, path), message))
    return problems


def _shown(node: Node) -> str:
    return node.describe() if isinstance(node.content, list) else node.text
