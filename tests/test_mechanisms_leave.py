"""Admin from above, and gridworkers who go, do to a street what docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from mechanisms import doses, paired, reach, settings, signs, slopes, steps

import sim
from sim.engine.plan import DAY

pytestmark = pytest.mark.slow
SEEDS = range(10)
OWN, POOL = 0, 1
SHORT, LONG = 0, 1


# M18: admission of tasks


def test_what_the_gate_lets_in_is_paid_for_in_patrol_and_finds() -> None:
    admitted = slice(None), 0
    assert signs(steps(doses("admission", "patrol_hours")[admitted])) == "-----"
    assert signs(steps(doses("admission", "discoveries")[admitted])) == "-----"
    assert signs(steps(doses("admission", "latent_stock_mean")[admitted])) == "+++++"
    assert signs(steps(doses("admission", "time_to_start_mean")[admitted])) == "+++++"


def test_each_further_task_costs_more_patrol_than_the_one_before() -> None:
    patrol = slopes(doses("admission", "patrol_hours")[:, 0], settings("admission", "admit"))
    assert set(signs(np.diff(patrol, axis=0))) == {"-"}


def test_a_task_that_comes_with_money_is_as_good_as_none() -> None:
    patrol = doses("admission", "patrol_hours")
    assert (patrol[4, 1] == patrol[2, 0]).all()  # 80 % admitted, half of it with money: as 40 % without


def test_the_closing_rate_does_not_see_what_the_gate_lets_in() -> None:
    closed = doses("admission", "closing_rate")[:, 0]
    assert reach(closed[-1] - closed[0]) < 0.003


# M24 and P2, as far as tasks go: what swells on its way down


def test_tasks_that_swell_at_each_tier_take_patrol_finds_and_time_from_the_grid() -> None:
    assert signs(steps(doses("kappa_tasks", "patrol_hours"))) == "-----"
    assert signs(steps(doses("kappa_tasks", "discoveries"))) == "-----"
    assert signs(steps(doses("kappa_tasks", "time_to_start_mean"))) == "+++++"
    for kpi in ("on_time_rate", "true_on_time_rate"):
        assert signs(steps(doses("kappa_tasks", kpi)))[1:] == "----", kpi


def test_swelling_hurts_ever_faster_until_patrol_is_gone() -> None:
    start = slopes(doses("kappa_tasks", "time_to_start_mean"), settings("kappa_tasks", "kappa"))
    assert set(signs(np.diff(start, axis=0))) == {"+"}
    assert doses("kappa_tasks", "patrol_hours")[-1].mean() < 0.2 * doses("kappa_tasks", "patrol_hours")[2].mean()


# M27 and P19: turnover and diversion


def test_turnover_costs_patrol_and_finds_and_lets_issues_live_longer() -> None:
    assert signs(steps(doses("turnover", "patrol_hours"))) == "--------"
    assert signs(steps(doses("turnover", "discoveries"))) == "--------"
    assert signs(steps(doses("turnover", "lifetime_mean"))) == "++++++++"


def test_turnover_delays_starts_where_cases_wait_for_their_own_and_hardly_in_pools() -> None:
    start = doses("turnover", "time_to_start_mean")
    later = start[:, 1:] - start[:, :1]
    assert signs(later[OWN]) == "++++"
    assert signs(later[OWN] - later[POOL])[1:] == "+++"


def test_a_longer_gap_and_slower_novices_both_cost() -> None:
    for kpi, sign in (("time_to_start_mean", "+"), ("patrol_hours", "-"), ("lifetime_mean", "+")):
        cost = doses("turnover_cost", kpi)
        assert set(signs(np.diff(cost, axis=0))) == {sign}, kpi
        assert set(signs(steps(cost))) == {sign}, kpi


@cache
def turned_over(seed: int, kind: str, per_year: str) -> sim.Log:
    turnover = {"per_year": per_year, "gap": "14 d", "novice": 1.2}
    return sim.simulate_once(
        sim.load("street").replace(seed=seed).with_policy(staffing={"kind": kind, "turnover": turnover})
    )


def hours_to_start(log: sim.Log, successions: list[list[int]], first: int, end: int) -> float:
    """Mean hours from known to started in the home grids of leavers, of cases known in some days after somebody left."""
    cases, unit = log.raw["cases"], log.plan["servers"]["unit"]
    grid = log.plan["buildings"]["grid"][log.plan["issues"]["building"][cases["issue"]]]
    hours = (cases["started"] - cases["known"]) / (DAY / 24)
    after = [
        hours[(grid == unit[worker]) & (cases["started"] >= 0) & (first <= since) & (since < end)]
        for worker, _, day, _ in successions
        if 70 <= day <= 130
        for since in [cases["known"] // DAY - day]
    ]
    return float(np.concatenate(after).mean())


def lost(kind: str, first: int, end: int) -> np.ndarray:
    """What leaving adds to those hours, by seed: the same grids and days with turnover and without."""
    hours = []
    for seed in SEEDS:
        left, stayed = (turned_over(seed, kind, per_year) for per_year in ("60 %", "0 %"))
        successions: list[list[int]] = left.plan.labels["successions"]  # type: ignore[assignment]
        hours.append(hours_to_start(left, successions, first, end) - hours_to_start(stayed, successions, first, end))
    return np.array(hours)


def test_the_grid_of_a_leaver_waits_in_the_gap_catches_up_and_is_then_as_before() -> None:
    assert paired(lost("own_grids", 0, 14)).low > 30
    assert 1 < paired(lost("own_grids", 14, 28)).low < 10
    assert reach(lost("own_grids", 28, 49)) < 2


def test_a_pool_bridges_most_of_the_gap() -> None:
    assert paired(lost("community_pool", 0, 14) / lost("own_grids", 0, 14)).high < 0.3


def test_diversion_costs_more_than_in_proportion_and_more_in_long_pieces() -> None:
    start = doses("diversion", "time_to_start_mean")
    assert signs(steps(start)) == "++++++++"
    assert set(signs(np.diff(slopes(start, settings("diversion", "share")), axis=1))) <= {"+", "0"}
    assert signs(start[LONG, 1:] - start[SHORT, 1:]) == "++++"
    assert signs(steps(doses("diversion", "patrol_hours"))) == "--------"
    assert signs(steps(doses("diversion", "true_on_time_rate"))) == "--------"
