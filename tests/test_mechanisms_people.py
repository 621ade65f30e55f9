"""Grids, gridworkers and pools do to a street what docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

import numpy as np
import pytest
from mechanisms import cases_by_grid, doses, paired, reach, settings, signs, slopes, steps

import sim

pytestmark = pytest.mark.slow
TOTAL_47, PER_GRID = 0, 1
OWN, POOL = 0, 1


# M1: grids


def test_larger_grids_with_gridworkers_per_grid_mean_less_patrol_fewer_finds_and_later_starts() -> None:
    assert signs(steps(doses("grid_size", "patrol_hours")[PER_GRID])) == "----"
    assert signs(steps(doses("grid_size", "discoveries")[PER_GRID])) == "----"
    assert signs(steps(doses("grid_size", "time_to_start_mean")[PER_GRID])) == "++++"
    assert signs(steps(doses("grid_size", "time_share_travel")[PER_GRID])) == "++++"


def test_larger_grids_with_the_same_gridworkers_change_little_and_in_no_one_direction() -> None:
    patrol, found = (doses("grid_size", kpi)[TOTAL_47] for kpi in ("patrol_hours", "discoveries"))
    assert max(reach(change) for change in patrol / patrol[0] - 1) < 0.02
    assert {"+", "-"} <= set(signs(steps(found)))


def test_finds_follow_how_much_of_the_day_is_under_way_when_grids_are_cut_anew_among_the_same_gridworkers() -> None:
    found, travel = (doses("grid_size", kpi)[TOTAL_47] for kpi in ("discoveries", "time_share_travel"))
    by_seed = [np.corrcoef(found[:, seed], travel[:, seed])[0, 1] for seed in range(found.shape[-1])]
    assert paired(np.array(by_seed)).high < -0.8


def test_larger_grids_have_more_cases_each_and_differ_more_in_number_but_less_in_proportion() -> None:
    assert signs(steps(doses("grid_size", "cases_per_grid"))) == "++++++++"
    assert signs(steps(doses("grid_size", "cases_per_grid_sd"))) == "++++++++"
    ratio = doses("grid_size", "true_grid_spread")
    assert signs(ratio[:, -1] - ratio[:, 0]) == "--"
    assert signs(steps(doses("grid_size", "utilisation_gini")[PER_GRID])) == "----"


def test_dedicated_places_have_few_cases_and_more_that_press() -> None:
    street = sim.load("street")
    world = street.world.model_copy(update={"dedicated": 8})
    fewer, pressing = [], []
    for seed in range(10):
        log = sim.simulate_once(street.replace(world=world, seed=seed))
        households = np.asarray(log.plan.labels["grid_households"])
        fewer.append(cases_by_grid(log)[households > 0].mean() - cases_by_grid(log)[households == 0].mean())
        issues, grid = log.plan["issues"], log.plan["buildings"]["grid"][log.plan["issues"]["building"]]
        quick = (issues["severity"] <= 1) & (issues["valid"] != 0)
        there = (households == 0)[grid]
        pressing.append(quick[there].mean() - quick[~there].mean())
    assert paired(np.array(fewer)).low > 0
    assert paired(np.array(pressing)).low > 0


# M2: fewer gridworkers than grids


def test_patrol_gives_way_first_when_gridworkers_are_few_and_starts_are_late_ever_faster() -> None:
    patrol, start = (doses("gridworkers", kpi) for kpi in ("patrol_hours", "time_to_start_mean"))
    assert signs(steps(patrol)) == signs(steps(doses("gridworkers", "discoveries"))) == "+++++"
    assert signs(steps(start)) == "-----"
    bends = np.diff(slopes(start, settings("gridworkers", "workers")), axis=0)
    assert set(signs(bends)) <= {"+", "0"}
    assert signs(bends.sum(axis=0, keepdims=True)) == "+"
    few, today = 0, 2
    assert paired(1 - patrol[few] / patrol[today] - (start[few] / start[today] - 1)).low > 0.2


def test_the_official_closing_rate_does_not_see_that_gridworkers_are_few() -> None:
    closed, honest = (doses("gridworkers", kpi) for kpi in ("closing_rate", "true_on_time_rate"))
    assert reach(closed[-1] - closed[0]) < 0.005
    assert paired(honest[-1] - honest[0]).low > 0.005


# M27: absence


def test_absence_hurts_own_grids_more_than_pools() -> None:
    start, resolution = doses("absence", "time_to_start_mean"), doses("absence", "resolution_time_mean")
    assert signs(steps(start)) == "++++++++"
    assert signs((start[OWN, 1:] - start[OWN, 0]) - (start[POOL, 1:] - start[POOL, 0])) == "++++"
    added = resolution[:, -1] - resolution[:, 0]
    assert signs(added) == "++"
    assert paired(added[OWN] - added[POOL]).low > 0
    assert signs(steps(doses("absence", "patrol_hours"))) == "--------"


def test_absence_is_worse_than_as_many_gridworkers_less_where_cases_wait_for_their_own() -> None:
    away, fewer = doses("absence", "time_to_start_mean"), doses("gridworkers", "time_to_start_mean")[0]
    assert 47 * (1 - 0.30) > 32 * (1 - 0.05)  # there are more of them on a day
    assert paired(away[OWN, -1] - fewer).low > 4
    assert paired(away[POOL, -1] - fewer).high < 1


# P14 and P15: idle here and overloaded there; nobody's grid


def test_pools_even_out_the_load_start_sooner_and_pay_with_patrol() -> None:
    gini, start, patrol = (doses("pools", kpi) for kpi in ("utilisation_gini", "time_to_start_mean", "patrol_hours"))
    assert signs(gini[1:] - gini[0]) == "---"
    assert signs(start[1:] - start[0]) == "---"
    assert signs(steps(patrol)) == "---"
    assert signs(steps(doses("pools", "time_share_travel"))) == "+++"


def test_a_pool_of_the_whole_street_starts_no_sooner_than_one_of_the_community() -> None:
    start, gini = doses("pools", "time_to_start_mean"), doses("pools", "utilisation_gini")
    assert paired(start[3] - start[2]).low > -0.1
    assert paired(gini[3] - gini[2]).low > 0


def test_the_more_knowing_ones_grid_is_worth_the_less_a_pool_wins() -> None:
    for kpi in ("hands_on_mean", "lifetime_mean"):
        pooled = steps(doses("ownership", kpi))[:, 0]
        assert signs(pooled) == "+++++", kpi
        assert paired(pooled[-1] - pooled[0]).low > 0, kpi
    assert signs(steps(doses("ownership", "time_to_start_mean"))) == "-----"


def test_a_pool_resolves_sooner_only_where_knowing_ones_grid_is_worth_nothing() -> None:
    resolution = doses("ownership", "resolution_time_mean")
    sooner = resolution[:, OWN] - resolution[:, POOL]
    trend = np.polyfit(settings("ownership", "ownership"), sooner, 1)[0]  # by seed, an hour for each 1 of the factor
    assert paired(trend).low > 0
    assert reach(sooner[-1]) < 1
