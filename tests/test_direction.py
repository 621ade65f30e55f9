"""Policies pull in the direction in which they must, on the same issues: paired over 10 seeds, a 99 % interval off zero.

A small place (two communities of four grids) under the numbers of ``base``. Nothing here is put into the model as a result: it has to come out of
queues, clocks and chances.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import stats

import sim
from scenarios import scenario
from sim.study.kpis import KPIS

SEEDS = range(20)

PLACE = """
extends: base
name: two-communities
title: two communities
period: {{start: 2021-03-01, days: 90, warm_up: 20 d, history: 120 d}}
world: {{communities_per_street: 2, households: 4000}}
policy:
  staffing: {{kind: {staffing}, workers: {workers}}}
  rounds: {{admin: {{share: {admin} %}}}}
demand:
  profiles: {{home: {{holiday: null}}}}
"""


@cache
def kpis(
    workers: int = 6, admin: int = 35, staffing: str = "own_grids", hotline: bool = False
) -> dict[str, np.ndarray]:
    """Each KPI over the seeds."""
    place = scenario(PLACE.format(workers=workers, admin=admin, staffing=staffing))
    if hotline:
        place = place.replace(demand=_all_by_hotline(place.demand))
    logs = [sim.simulate_once(place.replace(seed=seed)) for seed in SEEDS]
    names = (
        "resolution_time_mean", "lifetime_mean", "wait_mean", "patrol_hours", "discoveries", "closing_rate", "hops_mean",
        "latent_stock_mean", "true_on_time_rate",
    )  # fmt: skip
    return {name: np.array([KPIS[name](log) for log in logs]) for name in names}


def _all_by_hotline(demand: sim.DemandSpec) -> sim.DemandSpec:
    """The same demand, but whoever reports calls the hotline."""
    fields = demand.model_dump(mode="json", exclude_none=True)
    for category in fields["categories"]:
        category["report"].pop("host", None)
        category["report"]["channels"] = {"hotline": 1}
    return type(demand).model_validate(fields)


def interval(difference: np.ndarray) -> tuple[float, float]:
    """The 99 % interval of the mean of paired differences."""
    low, high = stats.t.interval(0.99, len(difference) - 1, difference.mean(), stats.sem(difference))
    return float(low), float(high)


def test_more_workers_shorter_honest_times() -> None:
    few, many = kpis(workers=4), kpis(workers=8)
    for kpi in ("resolution_time_mean", "lifetime_mean"):
        assert interval(many[kpi] - few[kpi])[1] < 0, kpi


def test_more_admin_less_patrol_and_fewer_finds_while_the_official_rate_hardly_moves() -> None:
    usual, much = kpis(workers=6, admin=35), kpis(workers=6, admin=55)
    assert interval(much["patrol_hours"] - usual["patrol_hours"])[1] < 0
    assert interval(much["discoveries"] - usual["discoveries"])[1] < 0
    assert interval(much["latent_stock_mean"] - usual["latent_stock_mean"])[0] > 0
    low, high = interval(much["closing_rate"] - usual["closing_rate"])
    lost = 1 - much["discoveries"].mean() / usual["discoveries"].mean()
    assert max(abs(low), abs(high)) < 0.03 < lost


def test_smaller_pools_longer_waits_at_the_same_load() -> None:
    own, pooled = kpis(workers=4), kpis(workers=4, staffing="community_pool")
    assert interval(own["wait_mean"] - pooled["wait_mean"])[0] > 0


def test_more_hotline_more_hops() -> None:
    usual, hotline = kpis(workers=6), kpis(workers=6, hotline=True)
    assert interval(hotline["hops_mean"] - usual["hops_mean"])[0] > 0
