"""Targets: where on its lever each is met, for every setting of the other levers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.study.intervals import CONFIDENCE
from sim.study.sweep.crossing import crossing
from sim.study.sweep.result import CellRuns
from sim.study.sweep.spec import Target
from sim.study.sweep.study import Study

if TYPE_CHECKING:
    import pandas as pd

TARGET_COLUMNS = ("target", "kpi", "bound", "goal", "factor")
CROSSING_COLUMNS = ("draw", "estimate", "ci_low", "ci_high", "ci_level", "observations", "note")
ALL_DRAWS = "all"

Group = dict[float, dict[int, CellRuns]]  # place on the lever → draw → runs


def crossing_table(study: Study, cells: Sequence[CellRuns]) -> pd.DataFrame:
    """One row a target, setting of the other levers, and draw; over several draws also one for all of them.

    The observations are the replications; over all draws they are the draws, each the mean of its replications. An end of an interval
    that is NaN is open: it lies beyond the settings.
    """
    import pandas as pd  # noqa: PLC0415  # takes time to load

    levers = [factor.id for factor in study.levers]
    rows = [row for target in study.spec.targets for row in _rows(target, levers, cells)]
    return pd.DataFrame(rows, columns=[*TARGET_COLUMNS, *levers, *CROSSING_COLUMNS])


def _rows(target: Target, levers: Sequence[str], cells: Sequence[CellRuns]) -> Iterator[tuple[object, ...]]:
    goal = target.at_most if target.at_least is None else target.at_least
    assert goal is not None  # the spec has seen to it
    bound = "at_most" if target.at_least is None else "at_least"
    for others, group in _groups(target.factor, levers, cells).items():
        if len(group) < 2:
            continue  # one at a time: another lever is being varied
        for draw, values in _by_draw(target.kpi, group):
            it = crossing(sorted(group), values, goal, at_least=bound == "at_least")
            settings = ["" if lever == target.factor else others[i] for i, lever in enumerate(levers)]
            found = (draw, it.estimate, it.low, it.high, CONFIDENCE, len(values), it.note)
            yield (target.id, target.kpi, bound, goal, target.factor, *settings, *found)


def _groups(factor: str, levers: Sequence[str], cells: Sequence[CellRuns]) -> dict[tuple[object, ...], Group]:
    """The cells along the lever ``factor``, by the settings of the other levers; those that have no place on it are left out."""
    groups: dict[tuple[object, ...], Group] = {}
    for runs in cells:
        place = runs.cell.at[factor]
        if not np.isnan(place):
            others = tuple("" if lever == factor else runs.cell.labels[lever] for lever in levers)
            groups.setdefault(others, {}).setdefault(place, {})[runs.cell.draw] = runs
    return groups


def _by_draw(kpi: str, group: Group) -> Iterator[tuple[object, np.ndarray]]:
    """The KPI by observation and place along the lever, float64[observations, places], of each draw and over all draws."""
    draws = sorted({draw for runs in group.values() for draw in runs})
    means = []
    for draw in draws:
        values = np.column_stack([group[place][draw].column(kpi) for place in sorted(group)])
        whole = values[np.isfinite(values).all(axis=1)]
        yield draw, whole
        if len(whole):
            means.append(whole.mean(axis=0))
    if len(draws) > 1:
        yield ALL_DRAWS, np.array(means).reshape(len(means), len(group))
