"""Cells: the scenario of each point of the levers under each draw of the uncertainties."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sim.model.spec import Title
from sim.scenario.layers import Layer, merged
from sim.scenario.loading import Findings, findings_of
from sim.scenario.problems import Place, Problem, ScenarioError
from sim.scenario.reading import Node
from sim.scenario.schema import Scenario
from sim.scenario.sources import SOURCES
from sim.study.sweep.axes import Axis, Label, Setting, axis_of
from sim.study.sweep.changes import node_of
from sim.study.sweep.counts import with_counts
from sim.study.sweep.designs import Point, points_of
from sim.study.sweep.spec import Design, Factor, StudySpec

MOST_CELLS = 100_000
LONGEST_TITLE = 200
NO_SETTING = "–"  # of a point whose factors are all wrong: only what else is wrong is looked for


@dataclass(frozen=True, eq=False)
class Cell:
    """A point of the levers under a draw of the uncertainties, and the scenario that this is.

    ``point``, ``draw``: count from 1; ``labels``: factor → its setting as tables show it; ``at``: factor → where that stands on its
    axis (NaN: nowhere).
    """

    point: int
    draw: int
    labels: Mapping[str, Label]
    at: Mapping[str, float]
    scenario: Scenario


@dataclass(frozen=True, eq=False)
class Base:
    """The scenario that a study changes, with what the study says of all points.

    ``written``: the study's own file; ``layers``: the scenario's files, without their content; ``tree``: what they come to, without
    sources, which say nothing of the numbers that a study puts in; ``before``: what they come to before the study says anything.
    """

    written: Layer
    layers: Sequence[Layer]
    tree: Node
    before: Node
    scenario: Scenario

    @classmethod
    def of(cls, written: Layer, layers: Sequence[Layer]) -> Base:
        """Raises ScenarioError if it is not sound."""
        overlay = written.merged.child("set")
        mapped = overlay is not None and isinstance(overlay.content, dict)
        tree = merged(layers[0].merged, overlay) if overlay and mapped else layers[0].merged
        findings = _examined(tree, layers[0].merged, written, layers)
        if findings.scenario is None:
            raise ScenarioError(findings.problems)
        content: dict[str, Node] = dict(tree.content)  # type: ignore[arg-type]  # it is a mapping
        content.pop(SOURCES, None)
        bare = [Layer(layer.path, layer.file, Node({}, layer.merged.place, layer.merged.key)) for layer in layers]
        return cls(written, bare, Node(content, tree.place, tree.key), layers[0].merged, findings.scenario)

    def examine(self, tree: Node) -> Findings:
        """What comes of a change of it."""
        return _examined(tree, self.before, self.written, self.layers)


def _examined(tree: Node, before: Node, written: Layer, layers: Sequence[Layer]) -> Findings:
    """What comes of the scenario in ``tree``, as if the study were one more file that extends the others."""

    def examine(tree: Node) -> Findings:
        return findings_of([Layer(written.path, written.file, tree), *layers])

    return with_counts(tree, before, written.file, examine)


def cells_of(spec: StudySpec, base: Base) -> tuple[Cell, ...]:
    """The cells of a study, point by point. Raises ScenarioError with all that is wrong with any of them."""
    problems = dict[tuple[Place, str], Problem]()
    levers, points = _axes(spec.levers, "levers", base, problems)
    uncertainties, draws = list[Axis](), list[Point]([()])
    if spec.uncertainties:
        uncertainties, draws = _axes(spec.uncertainties, "uncertainties", base, problems)
    if len(points) * len(draws) > MOST_CELLS:
        message = f"expected at most {MOST_CELLS:,} points × draws, got {len(points):,} × {len(draws):,}"
        raise ScenarioError([*problems.values(), Problem(base.written.merged.place, "levers", message)])
    problems |= {(problem.place, problem.field): problem for problem in _blind_targets(spec, levers, base)}
    factors = [axis.factor for axis in (*levers, *uncertainties)]
    cells = list[Cell]()
    for (p, point), (d, draw) in product(enumerate(points, 1), enumerate(draws, 1)):
        settings = dict(zip([factor.id for factor in factors], (*point, *draw), strict=True))
        name = f"{spec.name}-{p}-{d}" if draw else f"{spec.name}-{p}"
        try:
            cells.append(Cell(p, d, *_places(settings), _scenario(base, settings, name, _title(levers, point))))
        except ScenarioError as error:
            for problem in error.problems:
                problems.setdefault((problem.place, problem.field), _explained(problem, settings, base))
    if problems:
        raise ScenarioError(problems.values())
    return tuple(cells)


def _axes(
    design: Design, part: str, base: Base, problems: dict[tuple[Place, str], Problem]
) -> tuple[list[Axis], list[Point]]:
    """The axes of a design and its points; what is wrong with a factor joins ``problems``, and the factor has no axis."""
    nodes = [base.written.merged.nearest((part, "factors", i))[0] for i in range(len(design.factors))]
    resolved = node_of(base.scenario.resolved(), base.written.merged.place)
    axes = []
    for factor, node in zip(design.factors, nodes, strict=True):
        try:
            axes.append(axis_of(factor, node, base.tree, resolved, base.examine))
        except ScenarioError as error:
            problems |= {(problem.place, problem.field): problem for problem in error.problems}
    return axes, points_of(design, axes) if axes else [()]


def _blind_targets(spec: StudySpec, levers: Sequence[Axis], base: Base) -> Iterator[Problem]:
    """Targets on levers along which nothing can be read off."""
    places = {axis.factor.id: {s.at for s in axis.settings if not math.isnan(s.at)} for axis in levers}
    for i, target in enumerate(spec.targets):
        if target.factor in places and len(places[target.factor]) < 2:
            node, _ = base.written.merged.nearest(("targets", i, "factor"))
            message = "expected a lever with two or more amounts of one unit (alternatives: with at), to read off between them"
            yield Problem(node.place, "targets.factor", f"{message}, got {target.factor!r}")


def _places(settings: Mapping[str, Setting]) -> tuple[dict[str, Label], dict[str, float]]:
    labels = {factor: setting.label for factor, setting in settings.items()}
    return labels, {factor: setting.at for factor, setting in settings.items()}


def _scenario(base: Base, settings: Mapping[str, Setting], name: str, title: Title) -> Scenario:
    """The scenario of a cell. Raises ScenarioError if it is not sound."""
    tree = base.tree
    for setting in settings.values():
        tree = setting.change(tree)
    findings = base.examine(tree)
    if findings.scenario is None:
        raise ScenarioError(findings.problems)
    return findings.scenario.model_copy(update={"name": name, "title": title})


def _title(levers: Sequence[Axis], point: Sequence[Setting]) -> Title:
    """What people call a point: its settings, one after the other."""
    pairs = [(axis.factor, setting) for axis, setting in zip(levers, point, strict=True)]
    zh = "，".join(f"{factor.title.zh} {_shown(factor, setting.title.zh, setting)}" for factor, setting in pairs)
    en = ", ".join(f"{factor.title.en} {_shown(factor, setting.title.en, setting)}" for factor, setting in pairs)
    return Title(zh=zh[:LONGEST_TITLE] or NO_SETTING, en=en[:LONGEST_TITLE] or NO_SETTING)


def _shown(factor: Factor, title: str, setting: Setting) -> str:
    return f"{title} {factor.unit}" if factor.unit and not factor.alternatives else title


def _explained(problem: Problem, settings: Mapping[str, Setting], base: Base) -> Problem:
    """The problem; where the study's own file does not show it, with the settings under which it arises."""
    if problem.place.file == base.written.file:
        return problem
    where = ", ".join(f"{factor} = {setting.label}" for factor, setting in settings.items())
    return Problem(problem.place, problem.field, f"{problem.message} (in {base.written.file}, with {where})")
