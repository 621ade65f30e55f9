"""What a field of a scenario means: its unit, default, choices, and what the bundled base scenario says there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticUndefined

from sim.model.policies.base import Part
from sim.scenario import bundled
from sim.scenario.fields import ANY, LEVERS, Field, every_field, records
from sim.scenario.layers import Layer, read_layers
from sim.scenario.reading import Node, shortened
from sim.scenario.schema import Scenario
from sim.scenario.sources import SOURCES, covers, steps_of


@dataclass(frozen=True)
class Entry:
    """What is to be said of a field; ``example`` is what base.yaml says there and ``source`` where that comes from."""

    field: str
    meaning: str
    unit: str
    default: str
    choices: tuple[str, ...]
    example: str
    source: str


def field_entries(asked: str) -> list[Entry]:
    """What there is to say of the fields that ``asked`` may mean; none if there is no such field.

    ``asked`` is a path (``policy.zoning.target``) or the end of one (``target``); ``*`` or an id stands for an item.
    """
    steps = tuple(asked.replace("[", ".").replace("]", "").split("."))
    exact = [field for field in _every() if _same(field.path, steps)]
    found = exact or [field for field in _every() if _same(field.path[-len(steps) :], steps)]
    base = _base()
    return [_entry(field, steps, base) for field in _distinct(found)]


def field_names() -> list[str]:
    """The paths of all fields."""
    return [field.name for field in _every()]


@cache
def _every() -> tuple[Field, ...]:
    return tuple(every_field(Scenario))


def lever_kinds() -> dict[str, list[str]]:
    """The levers of policy, each with the kinds there are to choose from."""
    return {name: list(lever.kinds()) for name, lever in LEVERS.items()}


def _same(path: Sequence[str], steps: Sequence[str]) -> bool:
    return len(path) == len(steps) and all(known in (ANY, step) for known, step in zip(path, steps, strict=True))


def _distinct(fields: Sequence[Field]) -> list[Field]:
    """Each path with each meaning once; kinds of a part may share a field."""
    return list({(field.path, field.info.description): field for field in fields}.values())


def _entry(field: Field, steps: Sequence[str], base: Layer | None) -> Entry:
    wanted = (*field.path[: -len(steps)], *steps)
    example, source = _in_base(wanted, base) if base else ("", "")
    extra = field.info.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    kinds = dict(records(field.info.annotation))
    choices = tuple(f"{kind}: {_sentence(record)}" for kind, record in kinds.items()) if len(kinds) > 1 else ()
    owner = f"{field.record.kind}: " if issubclass(field.record, Part) else ""
    meaning = owner + (field.info.description or "")
    return Entry(field.name, meaning, unit, _default(field), choices, example, source)


def _sentence(record: type[BaseModel]) -> str:
    return (record.__doc__ or "").strip().partition("\n")[0]


def _default(field: Field) -> str:
    value = field.info.get_default(call_default_factory=False)
    if field.info.is_required() or value is PydanticUndefined:
        return "required" if field.info.is_required() else ""
    return _plain(field.record, field.path[-1], value)


def _plain(record: type[BaseModel], name: str, value: Any) -> str:
    """The default as one would write it."""
    if value is None:
        return "none"
    if isinstance(value, Part):
        return value.kind
    if isinstance(value, str):
        return value
    if isinstance(value, BaseModel):
        return "see the fields below it"
    adapter: TypeAdapter[Any] = TypeAdapter(record.model_fields[name].rebuild_annotation())
    written = adapter.dump_python(value, mode="json")
    return "none" if written in ({}, [], ()) else shortened(str(written))


@cache
def _base() -> Layer | None:
    """The base scenario, from which examples and sources are taken."""
    path = bundled.find("base")
    layers, _ = read_layers(path, "base.yaml") if path else ([], [])
    return layers[0] if layers else None


def _in_base(wanted: Sequence[str], base: Layer) -> tuple[str, str]:
    """What base.yaml says at ``wanted`` (the first such place), and where that comes from."""
    for path, node in base.merged.walk():
        steps = steps_of(base.merged, path)
        if _same(wanted, steps) and not isinstance(node.content, dict):
            return _written(node), _source(steps, base)
    return "", ""


def _written(node: Node) -> str:
    if isinstance(node.content, list):
        plain = all(item.text for item in node.content)
        return f"[{', '.join(item.text for item in node.content)}]" if plain else node.describe()
    return node.text


def _source(steps: Sequence[str], base: Layer) -> str:
    block = base.merged.child(SOURCES)
    given = block.content if block and isinstance(block.content, dict) else {}
    fitting = {pattern: node for pattern, node in given.items() if covers(pattern, steps)}
    if not fitting:
        return ""
    node = fitting[max(fitting, key=len)]  # the closest one
    assumed = node.child("assumed")
    return f"assumed: {assumed.text}" if assumed else node.text
