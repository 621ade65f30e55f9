"""What may stand in a scenario: the records behind its mappings, and their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.model.policies import Part, Policy
from sim.scenario.problems import FieldPath
from sim.scenario.reading import Node

Record = type[BaseModel]
ANY = "*"  # the step that stands for any item of a list and any name

#: the levers of policy by name; their fields are what all kinds of a lever have in common
LEVERS: dict[str, type[Part]] = {
    name: info.annotation
    for name, info in Policy.model_fields.items()
    if isinstance(info.annotation, type) and issubclass(info.annotation, Part)
}


@dataclass(frozen=True)
class Field:
    """A field of a scenario: its path with ``*`` for items and names, the record that has it, what is said of it."""

    path: tuple[str, ...]
    record: Record
    info: FieldInfo

    @property
    def name(self) -> str:
        """The path as people write it."""
        return ".".join(self.path)


def fields_at(top: Record, tree: Node, path: FieldPath) -> Sequence[str]:
    """The names that the mapping at ``path`` of ``tree`` may have; none if that is not known."""
    annotation: Any = top
    node: Node | None = tree
    for step in path:
        annotation = _below(annotation, node, step)
        node = node.child(step) if node else None
    record = _record(annotation, node)
    if record is None:
        return ()
    return [*(("kind",) if issubclass(record, Part) else ()), *record.model_fields]


def _below(annotation: Any, node: Node | None, step: str | int) -> Any:
    """The type of what stands at ``step`` of a value of type ``annotation``."""
    record = _record(annotation, node)
    if record is not None:
        info = record.model_fields.get(str(step))
        return info.annotation if info else None
    return _item(annotation)


def _record(annotation: Any, node: Node | None) -> Record | None:
    """The record that ``node`` is to be: the only one, or the one of its ``kind``."""
    known = dict(records(annotation))
    if len(known) == 1:
        return next(iter(known.values()))
    kind = node.child("kind") if node else None
    return known.get(str(kind.content)) if kind else None


def records(annotation: Any) -> Iterator[tuple[str, Record]]:
    """The records that a value of this type may be, each with its kind (or the name of its class)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if issubclass(annotation, Part):
            yield from annotation.kinds().items()
        else:
            kind = annotation.model_fields.get("kind")
            yield (str(kind.default) if kind else annotation.__name__), annotation
    elif get_origin(annotation) is Annotated:
        yield from records(get_args(annotation)[0])
    elif not _is_container(annotation):
        for choice in get_args(annotation):
            yield from records(choice)


def _is_container(annotation: Any) -> bool:
    return get_origin(annotation) in (list, tuple, dict, Mapping, AbstractMapping)


def _item(annotation: Any) -> Any:
    """The type of the items of a list, or of the values of a mapping of names; None for anything else."""
    if get_origin(annotation) is Annotated:
        return _item(get_args(annotation)[0])
    arguments = get_args(annotation)
    if get_origin(annotation) in (list, tuple):
        return arguments[0]
    if _is_container(annotation):
        return arguments[1]
    return next((item for choice in arguments if (item := _item(choice)) is not None), None)


def every_field(record: Record, path: tuple[str, ...] = ()) -> Iterator[Field]:
    """Every field of ``record`` and of the records below it, those of every kind of policy included."""
    for name, info in record.model_fields.items():
        here = (*path, name)
        yield Field(here, record, info)
        annotation, below = info.annotation, here
        while not (found := dict(records(annotation))) and (item := _item(annotation)) is not None:
            annotation, below = item, (*below, ANY)
        for inner in found.values():
            yield from every_field(inner, below)
