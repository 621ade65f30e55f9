"""Axes: the settings of each factor of a study."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from sim.model.spec import Title
from sim.scenario.loading import Findings
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.reading import Node
from sim.study.sweep.changes import Change, amount, amount_node, laid_over, node_at, node_of, put, scaled
from sim.study.sweep.spec import Factor

STEPS = 4  # digits of a value drawn from a range, relative to the range
ODD = 0.04371  # of the way: makes hardly any number whole

Label = str | int | float
Examine = Callable[[Node], Findings]


@dataclass(frozen=True, eq=False)
class Setting:
    """One setting of a factor: what tables and people call it, where it stands on the axis (NaN: nowhere), what it changes."""

    label: Label
    title: Title
    at: float
    change: Change


@dataclass(frozen=True, eq=False)
class Axis:
    """A factor with its settings: those listed, or the ends of a range.

    ``as_is``: what the scenario says by itself; ``drawn``: the setting that a number in [0, 1) comes to.
    """

    factor: Factor
    settings: tuple[Setting, ...]
    as_is: Setting
    drawn: Callable[[float], Setting]


def axis_of(factor: Factor, node: Node, base: Node, resolved: Node, examine: Examine) -> Axis:
    """The axis of a factor that is written at ``node``.

    ``base``: the scenario as written; ``resolved``: with all its defaults; ``examine`` says what is wrong with a change of it. Raises
    ScenarioError for settings that cannot be.
    """
    as_is = _as_is(node, base, resolved)
    if factor.between is not None:
        drawn = _range(node, base, examine)
        return Axis(factor, (drawn(0.0), drawn(1.0)), as_is, drawn)
    settings = tuple(_alternatives(factor, node) if factor.alternatives else _values(node, base, examine))
    return Axis(factor, settings, as_is, lambda chance: settings[int(chance * len(settings))])


def _as_is(node: Node, base: Node, resolved: Node) -> Setting:
    """The scenario's own value of the field; 1 for a multiplier; no label where several fields are set at once."""
    path = node.child("field")
    found = (node_at(base, path.text) or node_at(resolved, path.text)) if path else None
    return _setting(found or node_of(1 if node.child("scale") else "", node.place), lambda tree: tree)


def _alternatives(factor: Factor, node: Node) -> list[Setting]:
    found = []
    for i, alternative in enumerate(factor.alternatives or ()):
        change = laid_over(node.nearest(("alternatives", i, "set"))[0])
        found.append(Setting(alternative.id, alternative.title, _or_nan(alternative.at), change))
    return found


def _or_nan(number: float | None) -> float:
    return math.nan if number is None else number


def _values(node: Node, base: Node, examine: Examine) -> list[Setting]:
    values: list[Node] = node.nearest(("values",))[0].content  # type: ignore[assignment]  # the spec has seen to it
    whole = _whole_if_scaled(node, base, examine)
    settings = [_setting(value, _change(node, value, whole)) for value in values]
    units = {found[1] if (found := amount(value.text)) else None for value in values}
    return settings if len(units) == 1 else [replace(setting, at=math.nan) for setting in settings]


def _setting(value: Node, change: Change) -> Setting:
    """The setting of a plain value."""
    plain, found = value.plain(), amount(value.text)
    label: Label = plain if isinstance(plain, str | int | float) else json.dumps(plain, ensure_ascii=False)
    shown = (value.text or str(label))[:200] or "–"
    return Setting(label, Title(zh=shown, en=shown), found[0] if found else math.nan, change)


def _change(node: Node, value: Node, whole: Collection[str] = ()) -> Change:
    """What a value of the factor at ``node`` changes: the field that it is put in, or the numbers that it multiplies."""
    path, pattern, found = node.child("field"), node.child("scale"), amount(value.text)
    if path is not None:
        return put(path, value)
    assert pattern is not None  # the spec has seen to it
    if found is None or found[1]:
        raise _problem(node, value, f"expected a number to multiply with, got {value.describe()}")
    return scaled(pattern, found[0], whole=frozenset(whole))


def _range(node: Node, base: Node, examine: Examine) -> Callable[[float], Setting]:
    """The setting of each number in [0, 1] between two ends; whole numbers where a field takes no others."""
    written = node.nearest(("between",))[0]
    low, high, unit = _ends(node, written)
    whole = _whole_if_scaled(node, base, examine)
    digits = STEPS - math.ceil(math.log10(high - low))
    if node.child("field") and not unit:
        some = low + ODD * (high - low)
        fraction, rounded = (_change(node, amount_node(number, "", written.place)) for number in (some, round(some)))
        digits = 0 if _complaints(fraction, base, examine) - _complaints(rounded, base, examine) else digits

    def drawn(chance: float) -> Setting:
        value = amount_node(round(low + chance * (high - low), digits), unit, written.place)
        return _setting(value, _change(node, value, whole))

    return drawn


def _ends(factor: Node, written: Node) -> tuple[float, float, str]:
    """The ends of a range and their unit."""
    nodes: list[Node] = written.content  # type: ignore[assignment]  # the spec has seen to it
    low, high = (amount(node.text) for node in nodes)
    if low is None or high is None or low[1] != high[1]:
        got = " and ".join(node.describe() for node in nodes)
        raise _problem(factor, written, f"expected two amounts of the same unit, got {got}")
    if not low[0] < high[0]:
        raise _problem(factor, written, f"expected the lower end first, got {nodes[0].text} and {nodes[1].text}")
    return low[0], high[0], low[1]


def _whole_if_scaled(node: Node, base: Node, examine: Examine) -> frozenset[str]:
    """The fields that take whole numbers only, among those that the factor at ``node`` multiplies."""
    pattern = node.child("scale")
    if pattern is None:
        return frozenset()
    touched = _complaints(scaled(pattern, 1 + ODD), base, examine)
    return touched - _complaints(scaled(pattern, 1 + ODD, whole=touched), base, examine)


def _complaints(change: Change, base: Node, examine: Examine) -> frozenset[str]:
    """The fields in which a change makes something wrong."""
    return frozenset(problem.field for problem in examine(change(base)).problems)


def _problem(factor: Node, at: Node, message: str) -> ScenarioError:
    """What is wrong ``at`` a place within a factor."""
    named = factor.child("id")
    return ScenarioError([Problem(at.place, f"factors.{named.text}" if named else "factors", message)])
