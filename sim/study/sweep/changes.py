"""Changes to the tree of a scenario: a value at a path, numbers multiplied, a piece of scenario laid over it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sim.scenario.layers import merged
from sim.scenario.problems import FieldPath, Place, Problem, ScenarioError, did_you_mean, listed
from sim.scenario.reading import Node
from sim.scenario.sources import covers, field_name, numbers, steps_of

#: what one setting does to a scenario
Change = Callable[[Node], Node]

#: a number and what stands behind it: 35 %, 3 working days, 12 per 1000 residents per year; no date and no hour of the day
AMOUNT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(\s*(?:[^\d\s:/.-].*)?)")
DIGITS = 12  # of a number multiplied


def node_of(value: Any, place: Place) -> Node:
    """The tree of a value given in Python."""
    if isinstance(value, Mapping):
        return Node({str(name): node_of(inner, place) for name, inner in value.items()}, place, place)
    if isinstance(value, list | tuple):
        return Node([node_of(inner, place) for inner in value], place, place)
    return Node(value, place, place, "" if value is None else str(value))


def amount(text: str) -> tuple[float, str] | None:
    """The number at the start of a text and what stands behind it; None if it is no amount."""
    found = AMOUNT.fullmatch(text)
    return (float(found[1]), found[2].strip()) if found else None


def amount_node(number: float, unit: str, place: Place) -> Node:
    """A number with its unit, as a file would say it."""
    plain: int | float = int(number) if number == int(number) and abs(number) < 1e15 else number
    return node_of(f"{plain} {unit}" if unit else plain, place)


def node_at(tree: Node, path: str) -> Node | None:
    """The node at a path in which items of lists go by their ids; None if nothing is written there."""
    node: Node | None = tree
    for step in path.split("."):
        if node is not None and isinstance(node.content, list):
            node = next((item for item in node.content if (named := item.child("id")) and named.text == step), None)
        else:
            node = node.child(step) if node else None
    return node


def laid_over(overlay: Node) -> Change:
    """The change that a piece of scenario makes, as if its file extended the scenario."""
    return lambda tree: merged(tree, overlay)


def put(path: Node, value: Node) -> Change:
    """The change that puts ``value`` at the path that stands in the node ``path``.

    It raises ScenarioError at the place of ``path`` for an item that there is not.
    """
    leaf = Node(value.content, value.place, path.place, value.text)
    return lambda tree: merged(tree, _overlay(tree, path.text.split("."), leaf, path))


def _overlay(base: Node | None, steps: Sequence[str], leaf: Node, path: Node) -> Node:
    """The piece of scenario that says ``leaf`` at ``steps`` below ``base``; lists are written out, with one item changed."""
    if not steps:
        return leaf
    if base is None or not isinstance(base.content, list):
        below = base.child(steps[0]) if base else None
        return Node({steps[0]: _overlay(below, steps[1:], leaf, path)}, path.place, path.place)
    items, at = list(base.content), _item(base.content, steps[0], path)
    items[at] = merged(items[at], _overlay(items[at], steps[1:], leaf, path))
    return Node(items, base.place, base.key)


def _item(items: Sequence[Node], step: str, path: Node) -> int:
    """The position of the item whose id is ``step``."""
    ids = [named.text if (named := item.child("id")) else "" for item in items]
    if step in ids:
        return ids.index(step)
    expected = f"the id of an item ({listed(ids)})" if any(ids) else "no further step (items of this list have no ids)"
    message = f"expected {expected}, got {step!r}{did_you_mean(step, ids)}"
    raise ScenarioError([Problem(path.place, path.text, message)])


def scaled(pattern: Node, factor: float, *, whole: frozenset[str] = frozenset()) -> Change:
    """The change that multiplies the numbers that ``pattern`` names; those of the fields ``whole`` are rounded.

    It raises ScenarioError at the place of the pattern if that names none.
    """

    def change(tree: Node) -> Node:
        found = dict(scalable(tree, pattern.text))
        if not found:
            known = [field_name(tree, path) for path, _ in numbers(tree)]
            message = f"expected the path of numbers that are written, got {pattern.text!r}: it matches none"
            raise ScenarioError([Problem(pattern.place, "scale", message + did_you_mean(pattern.text, known))])
        new = {}
        for path, (number, unit) in found.items():
            product = float(f"{number * factor:.{DIGITS}g}")
            product = float(round(product)) if field_name(tree, path) in whole else product
            new[path] = amount_node(product, unit, pattern.place)
        return replaced(tree, new)

    return change


def scalable(tree: Node, pattern: str) -> Iterator[tuple[FieldPath, tuple[float, str]]]:
    """The amounts written in ``tree`` that ``pattern`` names, or that lie below what it names."""
    for path, node in numbers(tree):
        found = None if isinstance(node.content, list) else amount(node.text)
        if found and covers(pattern, steps_of(tree, path)):
            yield path, found


def replaced(node: Node, new: Mapping[FieldPath, Node], at: FieldPath = ()) -> Node:
    """``node``, which stands ``at`` a path, with other nodes at some paths."""
    if at in new:
        return new[at]
    if isinstance(node.content, dict):
        members = {name: replaced(inner, new, (*at, name)) for name, inner in node.content.items()}
        return Node(members, node.place, node.key)
    if isinstance(node.content, list):
        return Node([replaced(inner, new, (*at, i)) for i, inner in enumerate(node.content)], node.place, node.key)
    return node
