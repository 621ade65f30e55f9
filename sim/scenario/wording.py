"""What pydantic found wrong, in the words of a scenario's author and at the place where it was written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from sim.model.spec import Fault
from sim.scenario.fields import Record, fields_at
from sim.scenario.problems import FieldPath, Problem, did_you_mean, listed
from sim.scenario.reading import Node, shortened
from sim.scenario.sources import field_name

MAX_MESSAGE = 400
REQUIRED = "expected a value, got nothing: this field is required"

#: pydantic's type of error, or the beginning of it → what was expected
EXPECTED: dict[str, str] = {
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "string_type": "text",
    "string_pattern_mismatch": "letters, digits, _ and - only",
    "date": "a date such as 2021-01-01",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping (field: value)",
    "model": "a mapping (field: value)",
    "is_instance_of": "a {class}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "greater_than": "more than {gt}",
    "less_than": "less than {lt}",
    "too_short": "a list of {min_length} or more items",
    "too_long": "a list of at most {max_length} items",
    "string_too_short": "text of {min_length} or more characters",
    "string_too_long": "text of at most {max_length} characters",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "union_tag_invalid": "one of {expected_tags}",
    "union_tag_not_found": "a mapping with kind",
}
#: types of errors that come from the model itself, in words already
OWN = ("fault", "kind")
WORD = re.compile(r"[\w.-]+")


def problems_of(error: ValidationError, tree: Node, record: Record) -> list[Problem]:
    """Each mistake of ``error``, raised by ``record`` for the values of ``tree``, at its place there."""
    errors = error.errors(include_url=False)
    return [_problem(details, tree, record) for details in errors if not _follows(details)]


def _follows(details: Mapping[str, Any]) -> bool:
    """Whether a list is called too short only because items of it are wrong, which is reported as well."""
    items = details["input"]
    return (
        details["type"] == "too_short"
        and isinstance(items, list | tuple)
        and len(items) >= details["ctx"]["min_length"]
    )


def problem_at(path: FieldPath, message: str, tree: Node) -> Problem:
    """A mistake in the field at ``path``, at the place in ``tree`` that comes nearest to it."""
    node, _ = tree.nearest(path)
    return Problem(node.place, field_name(tree, path), shortened(message, MAX_MESSAGE))


def fault_problem(fault: Fault, tree: Node) -> Problem:
    """A fault that the model found across sections, whose place counts from the top of the scenario."""
    node, reached = tree.nearest(fault.where)
    a_name = fault.got == fault.where[-1]  # not what stands under it
    plain = reached and not a_name and not isinstance(node.content, dict | list)
    got = node.describe() if plain else repr(fault.got)
    return problem_at(fault.where, _hinted(f"expected {fault.expected}, got {got}", fault.got), tree)


def _problem(details: Mapping[str, Any], tree: Node, record: Record) -> Problem:
    path = _path_in(tree, details["loc"])
    if details["type"] == "extra_forbidden":
        node, _ = tree.nearest(path)
        message = shortened(_unknown_field(path, tree, record), MAX_MESSAGE)
        return Problem(node.key, field_name(tree, path), message)
    node, reached = tree.nearest(path)
    return problem_at(path, _message(details, node if reached else None), tree)


def _path_in(tree: Node, location: FieldPath) -> FieldPath:
    """The path in ``tree`` of what pydantic calls ``location``.

    Steps that name a kind rather than a field are left out, and so is what lies below a plain value that stands for a
    mapping.
    """
    path: list[str | int] = []
    node: Node | None = tree
    for step in location:
        if node is not None and not isinstance(node.content, dict | list):
            break
        below = node.child(step) if node else None
        kind = node.child("kind") if node else None
        if below is None and kind and kind.content == step:
            continue
        path.append(step)
        node = below
    return tuple(path)


def _unknown_field(path: FieldPath, tree: Node, record: Record) -> str:
    name, known = str(path[-1]), fields_at(record, tree, path[:-1])
    if not known:
        return f"expected no such field, got {shortened(name)!r}"
    hint = did_you_mean(name, known)
    among = "a known field" if hint else listed(known)
    return f"expected {among}, got {shortened(name)!r}{hint}"


def _message(details: Mapping[str, Any], node: Node | None) -> str:
    kind, context, value = details["type"], details.get("ctx", {}), details["input"]
    if kind == "missing":
        return REQUIRED
    if kind == "value_error" or kind in OWN:
        return _hinted(str(context.get("error", details["msg"])), value)
    expected = next((words for name, words in EXPECTED.items() if kind == name or kind.startswith(name + "_")), None)
    if expected is None:
        return str(details["msg"])
    got = repr(context["tag"]) if "tag" in context else _got(value, node)
    return _hinted(f"expected {_filled(expected, context)}, got {got}", context.get("tag", value))


def _hinted(message: str, value: object) -> str:
    """``message`` with the word that was meant, if ``value`` is close to one of those that it says were expected."""
    expected, _, _ = message.partition(", got ")
    if value is None:
        return message.replace(", got None", ", got nothing")
    if not isinstance(value, str) or "did you mean" in message or "one of " not in expected:
        return message
    return message + did_you_mean(value, WORD.findall(expected.partition("one of ")[2]))


def _filled(expected: str, context: Mapping[str, Any]) -> str:
    return expected.format_map({name: str(value).replace("'", "") for name, value in context.items()})


def _got(value: object, node: Node | None) -> str:
    if node is not None:
        return node.describe()
    return shortened(repr(value)) if isinstance(value, str | int | float) else f"a {type(value).__name__}"
