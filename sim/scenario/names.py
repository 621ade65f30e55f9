"""Names that nothing answers to and ids given twice, found in the tree itself.

The model finds them too, but only once everything else is sound; this is for scenarios that have other mistakes beside.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.model.demand_spec import FLAT
from sim.scenario.problems import FieldPath, Problem, did_you_mean, listed
from sim.scenario.reading import Node
from sim.scenario.sources import field_name

DEPARTMENTS: FieldPath = ("policy", "tiers", "departments")
CHANNELS: FieldPath = ("demand", "channels")
CATEGORIES: FieldPath = ("demand", "categories")
PROFILES: FieldPath = ("demand", "profiles")

ITEM = -1  # in a path below: any item of a list
NAME = "*"  # in a path below: any key; at its end the key is the name itself

#: where names are used → where they are given
USES: dict[FieldPath, FieldPath] = {
    (*CATEGORIES, ITEM, "department"): DEPARTMENTS,
    (*CATEGORIES, ITEM, "profile"): PROFILES,
    (*CATEGORIES, ITEM, "report", "host"): CHANNELS,
    (*CATEGORIES, ITEM, "report", "channels", NAME): CHANNELS,
    ("demand", "partners", NAME): CATEGORIES,
    ("demand", "partners", NAME, "work", NAME): DEPARTMENTS,
    ("policy", "limits", "categories", NAME): CATEGORIES,
    ("policy", "channels", "targets", NAME): CATEGORIES,
}


def stray_names(tree: Node) -> Iterator[Problem]:
    """Names that are used in ``tree`` but given nowhere, and ids of lists that are given twice."""
    for given in (DEPARTMENTS, CHANNELS, CATEGORIES):
        yield from _repeated(tree, given)
    for used, given in USES.items():
        known = _given(tree, given)
        for path, node in _at(tree, used) if known else ():
            name = str(path[-1]) if used[-1] == NAME else node.text
            if name and name not in known:
                message = f"expected one of the {given[-1]} {listed(known)}, got {name!r}{did_you_mean(name, known)}"
                yield Problem(node.place, field_name(tree, path), message)


def _given(tree: Node, given: FieldPath) -> list[str]:
    node, reached = tree.nearest(given)
    if reached and given == PROFILES and isinstance(node.content, dict):
        return [FLAT, *node.content]
    return list(dict.fromkeys(node.text for _, node in _ids(tree, given)))


def _ids(tree: Node, given: FieldPath) -> Iterator[tuple[FieldPath, Node]]:
    return _at(tree, (*given, ITEM, "id"))


def _repeated(tree: Node, given: FieldPath) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, node in _ids(tree, given):
        if node.text in seen:
            yield Problem(node.place, field_name(tree, path), f"expected an id of its own, got {node.text!r}")
        seen.add(node.text)


def _at(tree: Node, wanted: FieldPath, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Node]]:
    """The nodes of ``tree`` at the paths that ``wanted`` stands for."""
    if not wanted:
        yield path, tree
        return
    step, rest = wanted[0], wanted[1:]
    if step == ITEM:
        items = enumerate(tree.content) if isinstance(tree.content, list) else ()
        for position, node in items:
            yield from _at(node, rest, (*path, position))
    elif step == NAME:
        for name, node in tree.content.items() if isinstance(tree.content, dict) else ():
            yield from _at(node, rest, (*path, name))
    elif (below := tree.child(step)) is not None:
        yield from _at(below, rest, (*path, step))
