"""What a policy changes place by place, from the runs of a comparison: for maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.model.policies.setting import settle_in
from sim.model.world import World, build_world
from sim.study.compare.paired import paired
from sim.study.kpis.exact import HOUR

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario
    from sim.study.runs import Run, Runs

Kind = Literal["grid", "community"]

PLACE_COLUMNS = (
    *("place", "x", "y", "issues", "baseline_mean", "scenario_mean", "difference"),
    *("ci_low", "ci_high", "replications"),
)


@dataclass(frozen=True, eq=False)
class PlaceDifferences:
    """The mean lifetime of issues place by place.

    ``table``: one row a place, columns ``PLACE_COLUMNS``: its number, its middle (m), the mean number of issues, hours under
    both policies and the paired difference. ``of_building``: the place of each building of ``world``. ``kind``: grids, or
    communities where the two policies have other grids.
    """

    kind: Kind
    world: World
    of_building: np.ndarray
    table: pd.DataFrame


def difference_by_place(
    baseline: Runs, alternatives: Mapping[str, Runs], *, level: float
) -> dict[str, PlaceDifferences]:
    """How long issues last place by place under the baseline and each scenario; nothing is drawn or simulated again.

    Scenarios of another world are left out: their places cannot be set against those of the baseline.
    """
    alike = {name: runs for name, runs in alternatives.items() if runs.scenario.world == baseline.scenario.world}
    world = build_world(baseline.scenario.world)
    return {name: _differences(world, baseline, runs, level) for name, runs in alike.items()}


def _differences(world: World, baseline: Runs, scenario: Runs, level: float) -> PlaceDifferences:
    import pandas as pd  # noqa: PLC0415  # takes time to load

    kind, of_building = _places(world, baseline.scenario, scenario.scenario)
    old, counts = _over(baseline.runs, of_building)
    new, _ = _over(scenario.runs, of_building)
    rows = []
    for place, (x, y) in enumerate(_middles(world, of_building)):
        it = paired(old[:, place].tolist(), new[:, place].tolist())
        numbers = (it.baseline, it.scenario, it.mean, *it.interval(level), it.replications)
        rows.append((place, x, y, float(counts[:, place].mean()), *numbers))
    return PlaceDifferences(kind, world, of_building, pd.DataFrame(rows, columns=PLACE_COLUMNS))


def _places(world: World, baseline: Scenario, scenario: Scenario) -> tuple[Kind, np.ndarray]:
    """The grid of each building, or its community where zoning differs."""
    here, there = (settle_in(one.policy, world, one.demand)[0].of_building for one in (baseline, scenario))
    if np.array_equal(here, there):
        return "grid", here
    return "community", world.buildings["community"].astype(np.int64)


def _middles(world: World, of_building: np.ndarray) -> list[tuple[float, float]]:
    counts = np.bincount(of_building)
    x, y = (np.bincount(of_building, world.buildings[axis]) / np.maximum(counts, 1) for axis in ("x", "y"))
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _over(runs: Sequence[Run], of_building: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean lifetime (h, NaN without issues) and number of issues: float64[replications, places] each."""
    size = int(of_building.max(initial=-1)) + 1
    seconds = np.stack([np.bincount(of_building, run.lifetimes, size) for run in runs])  # exact: below 2^53
    counts = np.stack([np.bincount(of_building, run.arisen, size) for run in runs])
    return np.divide(seconds, HOUR * counts, out=np.full(counts.shape, np.nan), where=counts > 0), counts
