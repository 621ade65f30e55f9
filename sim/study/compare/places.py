"""What a policy changes place by place, from the runs of a comparison: for maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.model.draw import draw_demand
from sim.model.policies.setting import settle_in
from sim.model.world import World, build_world
from sim.study.compare.paired import paired
from sim.study.kpis.exact import HOUR

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario
    from sim.study.runs import Runs

Kind = Literal["grid", "community"]

PLACE_COLUMNS = (
    *("place", "x", "y", "issues", "baseline_mean", "scenario_mean", "difference"),
    *("ci_low", "ci_high", "replications"),
)
MOST_REPLICATIONS = 5  # the demand of each has to be drawn again, to say where issues arose


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
    replications: int


def difference_by_place(
    baseline: Runs, alternatives: Mapping[str, Runs], *, level: float
) -> dict[str, PlaceDifferences]:
    """How long issues last place by place under the baseline and each scenario, over the first replications (at most five).

    Nothing is simulated again; the demand is drawn again to say where issues arose. Scenarios of another world are left
    out: their places cannot be set against those of the baseline.
    """
    alike = {name: runs for name, runs in alternatives.items() if runs.scenario.world == baseline.scenario.world}
    world, count = build_world(baseline.scenario.world), min(MOST_REPLICATIONS, len(baseline.runs))
    zones = {name: _places(world, baseline.scenario, runs.scenario) for name, runs in alike.items()}
    means: dict[str, list[np.ndarray]] = {name: [] for name in alike}
    for replication in range(count if alike else 0):
        issues = _issues(baseline.scenario, world, replication)
        for name, runs in alike.items():
            same = runs.scenario.demand == baseline.scenario.demand
            others = issues if same else _issues(runs.scenario, world, replication)
            sides = (baseline, issues), (runs, others)
            found = [_of_replication(side, drawn, zones[name][1], replication) for side, drawn in sides]
            means[name].append(np.stack(found))
    return {name: _differences(world, zones[name], np.stack(means[name]), level) for name in alike}


def _differences(world: World, zones: tuple[Kind, np.ndarray], means: np.ndarray, level: float) -> PlaceDifferences:
    """The table, from means and counts: float64[replication, scenario, 2, place]."""
    import pandas as pd  # noqa: PLC0415  # takes time to load

    rows = []
    for place, (x, y) in enumerate(_middles(world, zones[1])):
        it = paired(*means[:, :, 0, place].T.tolist())
        numbers = (it.baseline, it.scenario, it.mean, *it.interval(level), it.replications)
        rows.append((place, x, y, float(means[:, 0, 1, place].mean()), *numbers))
    return PlaceDifferences(zones[0], world, zones[1], pd.DataFrame(rows, columns=PLACE_COLUMNS), len(means))


def _issues(scenario: Scenario, world: World, replication: int) -> np.ndarray:
    return draw_demand(scenario.demand, world, scenario.period, seed=scenario.seed, replication=replication).issues


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


def _of_replication(runs: Runs, issues: np.ndarray, of_building: np.ndarray, replication: int) -> np.ndarray:
    """Mean lifetime (h, NaN without issues) and number of issues: float64[2, places]."""
    period, onset, resolved = runs.scenario.period, issues["onset"], runs.runs[replication].resolved
    places = int(of_building.max(initial=-1)) + 1
    mine = (issues["valid"] != 0) & (onset >= period.warm_up) & (onset < period.horizon)
    lives = np.where(resolved >= 0, resolved, period.horizon - onset)[mine]
    at = of_building[issues["building"][mine]]
    seconds, counts = np.bincount(at, lives, places), np.bincount(at, minlength=places)
    means = np.divide(seconds, HOUR * counts, out=np.full(places, np.nan), where=counts > 0)
    return np.stack([means, counts])
