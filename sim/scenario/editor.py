"""A JSON Schema of scenario files, for editors that complete and check YAML while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.scenario.schema import Scenario

DRAFT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = "#/$defs/"

Schema = dict[str, Any]


def json_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of scenario files.

    A file that extends another may leave out what that one says: ``required`` holds at the top only for files that
    extend none, and below it only within items of lists, which are replaced as a whole.
    """
    schema = Scenario.model_json_schema(mode="validation")
    for record in list(_mergeable(schema, schema, set())):
        record.pop("required", None)
    _allow_short_forms(schema)
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "file of the scenario that this one changes (beside this file), or the name of a bundled one",
        "examples": ["base.yaml", "street"],
    }
    required = [name for name, info in Scenario.model_fields.items() if info.is_required() and name != "title"]
    return {
        "$schema": DRAFT,
        **schema,
        "title": "gridgov scenario",
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": required},
    }


def _allow_short_forms(schema: Schema) -> None:
    """A plain text may stand for a title, and a plain duration for a law of durations."""
    definitions = schema["$defs"]
    definitions["Title"] = {"anyOf": [{"type": "string"}, definitions["Title"]]}
    for law in list(_laws(schema)):
        law["anyOf"] = [{"type": "string", "examples": ["30 min"]}, {"oneOf": law.pop("oneOf")}]
        del law["discriminator"]


def _laws(schema: Any) -> Iterator[Schema]:
    """The places where one of the laws of durations is wanted."""
    if isinstance(schema, dict):
        if "discriminator" in schema:
            yield schema
        for inner in schema.values():
            yield from _laws(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _laws(inner)


def _mergeable(schema: Schema, top: Schema, seen: set[str]) -> Iterator[Schema]:
    """The records that a file may complete rather than replace: those reached without passing through a list."""
    if name := schema.get("$ref", "").removeprefix(REFERENCE):
        if name not in seen:
            seen.add(name)
            yield from _mergeable(top["$defs"][name], top, seen)
        return
    if schema.get("type") == "object":
        yield schema
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    for branch in [*branches, *schema.get("properties", {}).values(), schema.get("additionalProperties")]:
        if isinstance(branch, dict):
            yield from _mergeable(branch, top, seen)
