"""Fairness place by place, and its differences: against the data frames and the KPIs."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sim
from scenarios import scenario
from sim.study.compare.paired import paired
from sim.study.fairness import PLACE_COLUMNS, PLACE_DIFFERENCE_COLUMNS, Place, by_place, difference_by_place
from sim.study.intervals import interval
from sim.study.kpis import KPIS, evaluate, figures

DISTRICT = """
name: district
lang: en
seed: 3
period: {start: 2021-03-01, days: 12, warm_up: 2 d}
world: {streets: 2, communities_per_street: 2, households: 1200, propensity_p90_p10: 3}
demand:
  categories:
    - {id: noise, title: Noise, rate: 40 per day, work: {grid: {kind: exponential, mean: 90 min}},
       clear: {share: 40 %, after: {kind: exponential, mean: 1 d}}, report: {share: 60 %}}
policy:
  zoning: {kind: by_households, target: 100}
  staffing: {kind: own_grids, workers: 8}
"""


@pytest.fixture(scope="module")
def district() -> sim.Scenario:
    return scenario(DISTRICT)


def logs_of(one: sim.Scenario, count: int = 3) -> list[sim.Log]:
    return [sim.simulate_once(one, replication=k) for k in range(count)]


@pytest.fixture(scope="module")
def before(district: sim.Scenario) -> list[sim.Log]:
    return logs_of(district)


@pytest.fixture(scope="module")
def after(district: sim.Scenario) -> list[sim.Log]:
    return logs_of(district.with_policy(staffing={"kind": "community_pool"}))


def lifetimes(log: sim.Log, place: str) -> dict[object, float]:
    """Hours that issues of the window last, by place, from the data frame."""
    issues = log.issues()
    start = np.datetime64(log.plan.start, "s")
    first, end = (
        start + np.timedelta64(log.plan.rules["warm_up"], "s"),
        start + np.timedelta64(log.plan.rules["horizon"], "s"),
    )
    issues = issues[(issues["onset"] >= first) & (issues["fate"] != "refused")]
    hours = (issues["truly_resolved_at"].fillna(end) - issues["onset"]).dt.total_seconds() / 3600
    found: dict[object, float] = hours.groupby(issues[place]).mean().to_dict()
    return found


@pytest.mark.parametrize("place", ["grid", "community", "street"])
def test_means_by_place_are_those_of_the_data_frames(before: list[sim.Log], place: Place) -> None:
    table = by_place(before, place, level=0.9)
    assert tuple(table.columns) == PLACE_COLUMNS
    means = [lifetimes(log, place) for log in before]
    for row in table.to_dict("records"):
        it = interval([mean.get(row["place"], math.nan) for mean in means], 0.9)
        found = [row[name] for name in ("lifetime_mean", "ci_low", "ci_high", "replications")]
        np.testing.assert_allclose(found, [it.mean, it.low, it.high, it.replications])
    total = np.mean([KPIS["issues_occurred"](log) for log in before])
    assert table["issues"].sum() == pytest.approx(total)


def test_places_lie_where_they_lie(before: list[sim.Log]) -> None:
    issues = before[0].issues()
    grids = by_place(before, "grid").set_index("place")
    for row in issues.head(50).to_dict("records"):
        assert tuple(grids.loc[row["grid"], ["community", "street"]]) == (row["community"], row["street"])
    communities = by_place(before, "community").set_index("place")
    assert communities.loc[issues["community"][0], "street"] == issues["street"][0]


def test_street_figures_and_their_statistics_agree(before: list[sim.Log]) -> None:
    streets = by_place(before[:1], "street").set_index("place")["lifetime_mean"]
    rows = figures(before[0].plan, KPIS.values())
    values = dict(zip([row.id for row in rows], evaluate(before[0], KPIS.values()), strict=True))
    for street, mean in streets.items():
        assert values[f"lifetime_mean[street:{street}]"] == pytest.approx(mean)
    assert values["true_street_worst"] == pytest.approx(streets.max())
    assert values["true_street_spread"] == pytest.approx(streets.max() / streets.min())
    grids = by_place(before[:1], "grid")["lifetime_mean"]
    assert values["true_grid_worst"] == pytest.approx(grids.max())


def test_differences_by_place_are_paired(before: list[sim.Log], after: list[sim.Log]) -> None:
    table = difference_by_place(before, after, "grid").set_index("place")
    assert tuple(table.reset_index().columns) == PLACE_DIFFERENCE_COLUMNS
    old, new = [lifetimes(log, "grid") for log in before], [lifetimes(log, "grid") for log in after]
    for grid in table.index:
        it = paired([mean.get(grid, math.nan) for mean in old], [mean.get(grid, math.nan) for mean in new])
        row = table.loc[grid]
        np.testing.assert_allclose(row["difference"], it.mean)
        np.testing.assert_allclose((row["ci_low"], row["ci_high"]), it.interval(0.95))
    assert (difference_by_place(before, before)["difference"].dropna() == 0).all()


def test_other_zonings_are_compared_by_community(before: list[sim.Log], district: sim.Scenario) -> None:
    coarse = logs_of(district.with_policy(zoning={"target": 300}))
    with pytest.raises(sim.ComparisonError, match="expected the same buildings in each grid under both policies"):
        difference_by_place(before, coarse)
    assert len(difference_by_place(before, coarse, "community")) == 4
