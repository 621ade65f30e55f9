"""Study files → Study: the scenario of each point, or every mistake at once."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.scenario import bundled
from sim.scenario.layers import Layer, is_file, locate, read_layers
from sim.scenario.problems import FieldPath, Place, Problem, ScenarioError, did_you_mean
from sim.scenario.reading import Node, read_file
from sim.scenario.schema import Scenario
from sim.scenario.wording import problems_of
from sim.study.kpis import KpiError, find, with_own
from sim.study.kpis.catalogue import OwnKpi
from sim.study.sweep.cells import Base, Cell, cells_of
from sim.study.sweep.changes import node_of
from sim.study.sweep.spec import Factor, StudySpec

MOST_CUTS = 3  # what is wrong may leave something without what it refers to, which is then left out too


@dataclass(frozen=True, eq=False)
class Study:
    """A study read: what it says, the scenario that it changes, and its cells: point by point, each with all draws.

    ``written``: the file itself, for the places of what is found wrong later.
    """

    spec: StudySpec
    base: Scenario
    cells: tuple[Cell, ...]
    written: Layer

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


def load_study(study: str | Path | Mapping[str, Any], *, kpis: Sequence[OwnKpi] = ()) -> Study:
    """The study in a YAML file, the bundled one of that name, or the one that a mapping says as a file would.

    In a mapping, ``scenario`` may be a Scenario too. ``kpis``: the user's own that the study may name beside those of gridgov. Raises
    ScenarioError with every mistake in it, each with file, line and column; FileNotFoundError if there is no such study; KpiError for a
    KPI of the user's that cannot be had.
    """
    if isinstance(study, Mapping):
        place = Place(str(study.get("name", "study")), 0, 0)
        return _study(Layer(Path(place.file), place.file, node_of(study, place)), kpis)
    path, file = _locate(study)
    tree, problems = read_file(path, file)
    if tree is None:
        raise ScenarioError(problems)
    return _study(Layer(path, file, tree), kpis, problems)


def is_study(name: str | Path) -> bool:
    """Does this file, or bundled scenario or study, say what a study says and a scenario does not?"""
    path = Path(name) if is_file(Path(name)) else bundled.find_study(str(name))
    tree = read_file(path, str(name))[0] if path else None
    return tree is not None and any(tree.child(field) is not None for field in ("levers", "scenario"))


def _locate(study: str | Path) -> tuple[Path, str]:
    """The file of a study given by path or bundled name, and what messages call it."""
    if is_file(Path(study)):
        return Path(study), str(study)
    if path := bundled.find_study(str(study)):
        relative = os.path.relpath(path)
        return path, str(path) if relative.startswith("..") else relative
    hint = did_you_mean(str(study), bundled.studies())
    raise FileNotFoundError(f"{study}: no such study file, and no bundled study of that name{hint}")


def _study(written: Layer, own: Sequence[OwnKpi], unread: Sequence[Problem] = ()) -> Study:
    """The study that is written. Raises ScenarioError with every mistake: what is sound is looked at without what is not."""
    spec, sound, problems = _spec(written)
    base, broken = _base(sound)
    problems += broken
    problems += unknown_kpis(spec, base.scenario if base else None, sound, own) if spec else ()
    cells: tuple[Cell, ...] = ()
    if base and spec:
        try:
            cells = cells_of(spec, base)
        except ScenarioError as error:
            problems += error.problems
    told = {problem.place for problem in unread}
    problems = [*unread, *(problem for problem in problems if problem.place not in told)]
    if problems or not (base and spec):
        raise ScenarioError(problems)
    return Study(spec, base.scenario, cells, written)


def _spec(written: Layer) -> tuple[StudySpec | None, Layer, list[Problem]]:
    """What a study says, where it says it, and what is wrong; what is wrong is left out of the first two."""
    sound, problems = written, list[Problem]()
    for _ in range(MOST_CUTS):
        try:
            return StudySpec.model_validate(sound.merged.plain()), sound, problems
        except ValidationError as error:
            problems = problems or problems_of(error, written.merged, StudySpec)
            wrong = {_part(details["loc"]) for details in error.errors(include_url=False)}
        sound = replace(sound, merged=_named(_without(sound.merged, wrong)))
    return None, sound, problems


def _part(path: FieldPath) -> FieldPath:
    """The factor or target that a mistake is in, or the field of the study."""
    depth = {"levers": 3 if path[1:2] == ("factors",) else 2, "targets": 2}
    depth["uncertainties"] = depth["levers"]
    return path[: depth.get(str(path[0]), 1) if path else 0]


def _without(node: Node, wrong: Collection[FieldPath], at: FieldPath = ()) -> Node:
    """The node, which stands ``at`` a path, without what stands at some paths."""
    if isinstance(node.content, dict):
        members = {name: _without(inner, wrong, (*at, name)) for name, inner in node.content.items()}
        return replace(node, content={name: inner for name, inner in members.items() if (*at, name) not in wrong})
    if isinstance(node.content, list):
        items = [_without(inner, wrong, (*at, i)) for i, inner in enumerate(node.content) if (*at, i) not in wrong]
        return replace(node, content=items)
    return node


def _named(tree: Node) -> Node:
    """The study with a name, so that the rest can be looked at if its own is wrong."""
    if not isinstance(tree.content, dict) or "name" in tree.content:
        return tree
    return replace(tree, content={"name": node_of("study", tree.place), **tree.content})


def _base(written: Layer) -> tuple[Base | None, Sequence[Problem]]:
    """The scenario that a study changes, and what is wrong with it; neither if the study names none."""
    try:
        layers = _layers(written)
        return (Base.of(written, layers) if layers else None), ()
    except ScenarioError as error:
        return None, error.problems


def _layers(written: Layer) -> list[Layer]:
    """The scenario that a study changes, with the files that it extends; none if it names none."""
    node = written.merged.child("scenario")
    named: object = node.content if node else None
    if isinstance(named, Scenario):
        place = Place(named.name, 0, 0)
        return [Layer(Path(place.file), place.file, node_of(named.resolved(), place))]
    if node is None or not isinstance(named, str) or not named.strip():
        return []
    layers, problems = read_layers(*_scenario_file(named, node, written))
    if problems:
        raise ScenarioError(problems)
    return layers


def unknown_kpis(spec: StudySpec, base: Scenario | None, written: Layer, own: Sequence[OwnKpi]) -> Iterator[Problem]:
    """The KPIs that a study names and that there are not, neither in gridgov nor among the user's ``own``.

    Raises KpiError for a KPI of the user's that cannot be had.
    """
    with_own(own)
    categories = [category.id for category in base.demand.categories] if base else None
    for path, figure in _figures(spec):
        try:
            find(figure, own, categories=categories)
        except KpiError as error:
            place = written.merged.nearest(path)[0].place
            yield Problem(place, ".".join(str(step) for step in path if isinstance(step, str)), str(error))


def _figures(spec: StudySpec) -> Iterator[tuple[FieldPath, str]]:
    """The figures that a study names, and where."""
    for part, figures in (("primary", spec.primary), ("kpis", spec.kpis)):
        yield from (((part, i), figure) for i, figure in enumerate(figures or ()))
    yield from ((("targets", i, "kpi"), target.kpi) for i, target in enumerate(spec.targets))


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
