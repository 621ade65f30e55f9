"""A scenario file and the files it extends, merged, with every value's place kept.

Mappings merge key by key; anything else is replaced. A part that names another ``kind`` keeps only what all kinds of its
lever have in common (gridworkers' shift, say): the other settings mean nothing to it. ``null`` takes a value of the extended
file back.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.scenario import bundled
from sim.scenario.fields import LEVERS
from sim.scenario.problems import Place, Problem, did_you_mean
from sim.scenario.reading import Node, read_file

EXTENDS, POLICY, KIND = "extends", "policy", "kind"


@dataclass(frozen=True)
class Layer:
    """One file of a chain of ``extends``.

    ``path`` is where it is, ``file`` what messages call it, ``merged`` what it comes to on top of the files it extends.
    """

    path: Path
    file: str
    merged: Node


@dataclass(frozen=True)
class _Source:
    """A file on the way up the chain."""

    path: Path
    file: str


def locate(scenario: str | Path) -> tuple[Path, str]:
    """The file of a scenario given by path or bundled name, and what messages call it.

    Raises FileNotFoundError saying which names there are.
    """
    if is_file(Path(scenario)):
        return Path(scenario), str(scenario)
    if path := bundled.find(str(scenario)):
        return path, _short(path)
    hint = did_you_mean(str(scenario), [*_scenarios_in(Path()), *bundled.names()])
    raise FileNotFoundError(f"{scenario}: no such scenario file, and no bundled scenario of that name{hint}")


def is_file(path: Path) -> bool:
    """Whether ``path`` names a file; impossible names do not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _short(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _scenarios_in(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.glob("*.yaml"))
    except OSError:
        return []


def read_layers(path: Path, file: str) -> tuple[list[Layer], list[Problem]]:
    """The chain of files from ``path`` up, the file itself first, and every problem of reading them.

    The list is empty if any of them cannot be read.
    """
    trees: list[tuple[_Source, Node]] = []
    problems: list[Problem] = []
    source: _Source | None = _Source(path, file)
    while source is not None:
        tree, found = read_file(source.path, source.file)
        problems += found
        if tree is None:
            return [], problems
        trees.append((source, tree))
        source, found = _parent(source, tree, [seen for seen, _ in trees])
        problems += found
    return _merged_upwards(trees), problems


def _merged_upwards(trees: Sequence[tuple[_Source, Node]]) -> list[Layer]:
    layers: list[Layer] = []
    below: Node | None = None
    for source, tree in reversed(trees):
        below = merged(below, tree) if below else tree
        layers.insert(0, Layer(source.path, source.file, below))
    return layers


def _parent(source: _Source, tree: Node, seen: Sequence[_Source]) -> tuple[_Source | None, list[Problem]]:
    asked = tree.child(EXTENDS)
    if asked is None:
        return None, []
    if not isinstance(asked.content, str) or not asked.content.strip():
        return None, [Problem(asked.place, EXTENDS, f"expected the name of a file, got {asked.describe()}")]
    found = _parent_file(source, asked.content)
    if found is None:
        return None, [_missing_parent(source, asked)]
    parent = _Source(*found)
    if any(parent.path.resolve() == earlier.path.resolve() for earlier in seen):
        return None, [_cycle(parent, asked.place, seen)]
    return parent, []


def _parent_file(source: _Source, name: str) -> tuple[Path, str] | None:
    beside = source.path.parent / name
    if is_file(beside):
        return beside, os.path.normpath(os.path.join(os.path.dirname(source.file), name))
    path = bundled.find(name)
    return (path, _short(path)) if path else None


def _missing_parent(source: _Source, asked: Node) -> Problem:
    known = [*_scenarios_in(source.path.parent), *bundled.names()]
    hint = did_you_mean(str(asked.content), known)
    return Problem(
        asked.place, EXTENDS, f"expected a scenario file or a bundled scenario, got {asked.describe()}{hint}"
    )


def _cycle(parent: _Source, place: Place, seen: Sequence[_Source]) -> Problem:
    chain = " → ".join([*(earlier.file for earlier in seen), parent.file])
    return Problem(place, EXTENDS, f"expected a chain that ends, got a cycle: {chain}")


def merged(parent: Node, child: Node, path: tuple[str, ...] = ()) -> Node:
    """What ``child``, at ``path``, comes to on top of ``parent``; places stay those of where each value was written."""
    lever = LEVERS.get(path[1]) if len(path) == 2 and path[0] == POLICY else None
    if lever is not None:
        parent, child = _written_out(parent), _written_out(child)
    if not isinstance(parent.content, dict) or not isinstance(child.content, dict):
        return child
    content = dict(parent.content)
    if KIND in child.content and _kind(parent) != _kind(child):
        content = {name: node for name, node in content.items() if lever and name in lever.model_fields}
    for name, node in child.content.items():
        if name in content and node.content is None:
            del content[name]
        else:
            content[name] = merged(content[name], node, (*path, name)) if name in content else node
    return Node(content, child.place, child.key)


def _written_out(part: Node) -> Node:
    """A part of policy as a mapping, where it was given by its kind alone."""
    return Node({KIND: part}, part.place, part.key) if isinstance(part.content, str) else part


def _kind(node: Node) -> object:
    kind = node.child(KIND)
    return kind.content if kind else None
