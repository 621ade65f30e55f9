"""Study files → Study: the scenario of each point, or every mistake at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.scenario import bundled
from sim.scenario.layers import Layer, is_file, locate, read_layers
from sim.scenario.problems import Place, Problem, ScenarioError, did_you_mean
from sim.scenario.reading import Node, read_file
from sim.scenario.schema import Scenario
from sim.scenario.wording import problems_of
from sim.study.sweep.cells import Base, Cell, cells_of
from sim.study.sweep.changes import node_of
from sim.study.sweep.spec import Factor, StudySpec


@dataclass(frozen=True, eq=False)
class Study:
    """A study read: what it says, the scenario that it changes, and its cells: point by point, each with all draws."""

    spec: StudySpec
    base: Scenario
    cells: tuple[Cell, ...]

    @property
    def levers(self) -> tuple[Factor, ...]:
        """What policy decides."""
        return self.spec.levers.factors

    @property
    def uncertainties(self) -> tuple[Factor, ...]:
        """What nobody knows."""
        return self.spec.uncertainties.factors if self.spec.uncertainties else ()

    @property
    def scenarios(self) -> list[Scenario]:
        """The scenario of each cell."""
        return [cell.scenario for cell in self.cells]


def load_study(study: str | Path | Mapping[str, Any]) -> Study:
    """The study in a YAML file, the bundled one of that name, or the one that a mapping says as a file would.

    In a mapping, ``scenario`` may be a Scenario too. Raises ScenarioError with every mistake in it, each with file, line and column;
    FileNotFoundError if there is no such study.
    """
    if isinstance(study, Mapping):
        place = Place(str(study.get("name", "study")), 0, 0)
        return _study(Layer(Path(place.file), place.file, node_of(study, place)))
    path, file = _locate(study)
    tree, problems = read_file(path, file)
    if tree is None or problems:
        raise ScenarioError(problems)
    return _study(Layer(path, file, tree))


def _locate(study: str | Path) -> tuple[Path, str]:
    """The file of a study given by path or bundled name, and what messages call it."""
    if is_file(Path(study)):
        return Path(study), str(study)
    if path := bundled.find_study(str(study)):
        relative = os.path.relpath(path)
        return path, str(path) if relative.startswith("..") else relative
    hint = did_you_mean(str(study), bundled.studies())
    raise FileNotFoundError(f"{study}: no such study file, and no bundled study of that name{hint}")


def _study(written: Layer) -> Study:
    tree = written.merged
    try:
        spec = StudySpec.model_validate(tree.plain())
    except ValidationError as error:
        raise ScenarioError(problems_of(error, tree, StudySpec)) from None
    base = Base.of(written, _layers(spec, written))
    return Study(spec, base.scenario, cells_of(spec, base))


def _layers(spec: StudySpec, written: Layer) -> list[Layer]:
    """The scenario that a study changes, with the files that it extends."""
    if isinstance(spec.scenario, Scenario):
        place = Place(spec.scenario.name, 0, 0)
        return [Layer(Path(place.file), place.file, node_of(spec.scenario.resolved(), place))]
    node = written.merged.nearest(("scenario",))[0]
    layers, problems = read_layers(*_scenario_file(spec.scenario, node, written))
    if problems:
        raise ScenarioError(problems)
    return layers


def _scenario_file(name: str, node: Node, written: Layer) -> tuple[Path, str]:
    """The file of the scenario: beside the study, or bundled."""
    beside = written.path.parent / name
    if is_file(beside):
        return beside, os.path.normpath(os.path.join(os.path.dirname(written.file), name))
    try:
        return locate(name)
    except FileNotFoundError:
        hint = did_you_mean(name, bundled.names())
        message = f"expected a scenario file or a bundled scenario, got {name!r}{hint}"
        raise ScenarioError([Problem(node.place, "scenario", message)]) from None
