"""What if: levers turned by hand come to the scenario one would write, and the panel shows what the comparison says."""

from __future__ import annotations

from dataclasses import replace

import pytest

import sim
from scenarios import scenario
from sim.model.policies import ByHouseholds, CommunityPool, Misfit
from sim.show.panel import Panel
from sim.show.what_if import LARGE, SHOWN, Levers, WhatIf

PLACE = """
extends: base
name: two-communities
title: {zh: 两个社区, en: Two communities}
lang: en
period: {start: 2021-03-01, days: 30, warm_up: 5 d, history: 30 d}
world: {communities_per_street: 2, households: 4000}
policy: {staffing: {kind: own_grids, workers: 6}}
sources: {}
"""


@pytest.fixture(scope="module")
def what_if() -> WhatIf:
    return WhatIf(scenario(PLACE), replications=3)


def test_levers_stand_as_in_the_scenario(what_if: WhatIf) -> None:
    assert what_if.today == Levers(workers=6, grid_size=500, staffing="own_grids", admin=0.35)
    assert what_if.today.applied_to(what_if.base) is what_if.base


def test_levers_of_other_zonings_are_about_what_their_grids_have() -> None:
    counted = scenario(PLACE).with_policy(
        zoning={"kind": "by_count", "grids": 13}, staffing={"workers": {"s1c1": 5, "s1c2": 4}}
    )
    assert Levers.of(counted) == Levers(workers=9, grid_size=300, staffing="own_grids", admin=0.35)
    assert Levers.of(counted).applied_to(counted) is counted


def test_turned_levers_change_what_they_say_and_nothing_else(what_if: WhatIf) -> None:
    base = what_if.base
    turned = Levers(workers=9, grid_size=1000, staffing="community_pool", admin=0.1).applied_to(base)
    policy = turned.policy
    assert policy.zoning == ByHouseholds(target=1000)
    assert isinstance(policy.staffing, CommunityPool)
    assert (policy.staffing.workers, policy.staffing.shift) == (9, base.policy.staffing.shift)
    assert policy.rounds.admin == base.policy.rounds.admin.model_copy(update={"share": 100_000})
    kept = {name for name, part in dict(policy).items() if part == getattr(base.policy, name)}
    assert set(dict(policy)) - kept == {"zoning", "staffing", "rounds"}
    assert turned.title.en == "9 gridworkers, 1000 households a grid, pooled by community, admin 10 %"
    assert turned.title.zh == "9 名网格员，每格 1000 户，社区人员共用，行政占用 10 %"


def test_without_rounds_there_is_no_admin_to_turn(what_if: WhatIf) -> None:
    idle = what_if.base.with_policy(rounds="off")
    levers = Levers.of(idle)
    assert levers.admin == 0
    with pytest.raises(ValueError, match="admin: expected rounds of the kind daily"):
        replace(levers, admin=0.2).applied_to(idle)


def test_the_quick_comparison_is_the_full_one_in_fewer_figures(what_if: WhatIf) -> None:
    levers = replace(what_if.today, workers=8, staffing="community_pool")
    quick, full = what_if.quick(levers), what_if.full(levers, replications=3, executor=sim.in_turn)
    ours, theirs = quick.table.set_index("kpi"), full.table.set_index("kpi")
    for kpi in SHOWN:
        for column in ("baseline_mean", "scenario_mean", "difference", "ci_low", "ci_high"):
            assert ours.loc[kpi, column] == theirs.loc[kpi, column], (kpi, column)
    assert quick.counterfactual.equals(full.counterfactual)
    assert len(full.table) > len(quick.table)
    assert quick.baseline is what_if.quick(what_if.today).baseline  # made once


def test_today_against_today_is_zero(what_if: WhatIf) -> None:
    comparison = what_if.quick(what_if.today)
    assert not comparison.table["difference"].any()
    assert comparison.titles("en") == {"what_if": "as today"}


def test_a_district_has_one_replication_and_no_interval() -> None:
    large = scenario(PLACE.replace("households: 4000", f"households: {LARGE}").replace("workers: 6", "workers: 60"))
    assert WhatIf(large).replications == 1
    assert WhatIf(scenario(PLACE)).replications == 10


def test_what_does_not_fit_the_place_is_an_error(what_if: WhatIf) -> None:
    with pytest.raises(Misfit, match="at least one for each of the 2 communities"):
        what_if.quick(replace(what_if.today, workers=1))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_panel_follows_its_controls(what_if: WhatIf, lang: str) -> None:
    panel = Panel(what_if, lang=lang)
    assert panel.levers == what_if.today
    before = bytes(panel.chart.value)
    panel.workers.value = 8
    assert bytes(panel.chart.value) != before
    assert bytes(panel.chart.value).startswith(b"\x89PNG")
    expected = what_if.quick(replace(what_if.today, workers=8))
    assert panel.comparison.table.equals(expected.table)
    assert "3" in panel.status.value
    panel.workers.value = 1
    assert panel.comparison is None
    assert "2 communities" in panel.status.value
    panel.staffing.value, panel.workers.value = "community_pool", 6
    assert panel.comparison.alternatives["what_if"].scenario.policy.staffing.kind == "community_pool"


def test_the_panel_says_where_there_is_no_interval() -> None:
    panel = Panel(WhatIf(scenario(PLACE), replications=1), lang="en")
    assert "one replication: no interval" in panel.status.value
    panel.admin.value = 0.2
    assert panel.comparison.table["ci_low"].isna().all()


def test_the_button_makes_the_full_comparison(what_if: WhatIf) -> None:
    panel = Panel(WhatIf(what_if.base, replications=1), lang="en")
    panel.workers.value = 8
    panel.full.click()
    assert panel.comparison.replications == 10
    assert "10 replications, paired intervals" in panel.status.value
