"""Scenario files → Scenario, or every mistake in them at once."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim.model.spec import Written
from sim.scenario.checks import contradictions
from sim.scenario.layers import EXTENDS, Layer, locate, read_layers
from sim.scenario.names import stray_names
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.reading import Node
from sim.scenario.schema import Scenario
from sim.scenario.sources import SOURCES, field_steps, idle_patterns, names_any, uncovered
from sim.scenario.wording import REQUIRED, problems_of

IMPORT_PATH = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True)
class Findings:
    """What came of reading a scenario: the Scenario, unless ``problems`` says why not; and the files it was read from."""

    scenario: Scenario | None
    problems: tuple[Problem, ...]
    layers: tuple[Layer, ...]


def load(scenario: str | Path) -> Scenario:
    """The scenario in a YAML file, or the bundled one of that name.

    Raises ScenarioError with every mistake in it, each with file, line and column; FileNotFoundError if there is no such
    scenario.
    """
    findings = examine(scenario)
    if findings.scenario is None:
        raise ScenarioError(findings.problems)
    return findings.scenario


def examine(scenario: str | Path) -> Findings:
    """What comes of reading a scenario file or bundled scenario. FileNotFoundError if there is none such."""
    return findings_of(*read_layers(*locate(scenario)))


def findings_of(layers: Sequence[Layer], unread: Sequence[Problem] = ()) -> Findings:
    """What comes of a chain of files that has been read, the file itself first; ``unread``: problems of reading it."""
    if not layers:
        return Findings(None, _sorted(unread), ())
    told = {problem.place for problem in unread}
    cut_off = any(problem.field == EXTENDS for problem in unread)
    found, broken = _alone(layers) if cut_off else _validated(layers)
    problems = [*unread, *(problem for problem in broken if problem.place not in told)]
    return Findings(None if problems else found, _sorted(problems), tuple(layers))


def without_source(findings: Findings) -> tuple[Problem, ...]:
    """The numbers of a scenario for which no source is given."""
    return _sorted(uncovered(findings.layers)) if findings.layers else ()


def _sorted(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(set(problems)))


def _validated(layers: Sequence[Layer]) -> tuple[Scenario | None, list[Problem]]:
    """The Scenario that ``layers`` come to, and its problems."""
    tree, idle = layers[0].merged, idle_patterns(layers)
    values = _values_of(layers)
    try:
        scenario = Scenario.model_validate(values)
    except ValidationError as error:
        problems = problems_of(error, tree, Scenario)
        problems += contradictions(_sound_sections(values, problems), tree)
        told = {problem.place for problem in problems}
        return None, [*problems, *idle, *(stray for stray in stray_names(tree) if stray.place not in told)]
    return scenario, [*contradictions(dict(scenario), tree), *idle]


def _alone(layers: Sequence[Layer]) -> tuple[None, list[Problem]]:
    """The problems of a file whose parent cannot be had: only what is wrong whatever the parent says."""
    try:
        Scenario.model_validate(_values_of(layers))
    except ValidationError as error:
        problems = problems_of(error, layers[0].merged, Scenario)
        return None, [problem for problem in problems if problem.message != REQUIRED]
    return None, []


def _values_of(layers: Sequence[Layer]) -> dict[str, Any]:
    """The values that ``layers`` come to; modules of the user's that they name can be imported from now on."""
    tree = layers[0].merged
    if any(_names_module(node) for _, node in tree.walk()):
        folders = [str(folder.resolve()) for folder in (*(layer.path.parent for layer in layers), Path())]
        sys.path.extend(folder for folder in dict.fromkeys(folders) if folder not in sys.path)
    values: dict[str, Any] = _values(tree, {layer.file: layer.path.parent for layer in layers})
    values.pop(EXTENDS, None)
    if isinstance(sources := values.get(SOURCES), dict):
        fields = field_steps(tree)
        values[SOURCES] = {name: source for name, source in sources.items() if names_any(name, fields)}
    return values


def _names_module(node: Node) -> bool:
    return isinstance(node.content, str) and IMPORT_PATH.fullmatch(node.content) is not None


def _values(node: Node, folders: Mapping[str, Path]) -> Any:
    """The values of ``node``; each text knows the folder of its file, so that paths of data files start there."""
    if isinstance(node.content, dict):
        return {name: _values(member, folders) for name, member in node.content.items()}
    if isinstance(node.content, list):
        return [_values(item, folders) for item in node.content]
    return Written(node.content, folders[node.place.file]) if isinstance(node.content, str) else node.content


def _sound_sections(values: Mapping[str, Any], problems: Sequence[Problem]) -> dict[str, Any]:
    """The sections of a scenario without problems of their own, so that what contradicts between them is found too."""
    broken = {problem.field.partition(".")[0] for problem in problems}
    sound = {name: info for name, info in Scenario.model_fields.items() if name not in broken}
    return {
        name: TypeAdapter(info.rebuild_annotation()).validate_python(values[name]) if name in values else info.default
        for name, info in sound.items()
        if name in values or not info.is_required()
    }
