"""How supervision and what people do about it work on a street as docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from mechanisms import SEEDS, doses, paired, reach, settings, signs, slopes, steps
from mechanisms_runs import found_by, measured

import sim
from sim.engine.events import NEVER
from sim.engine.simulate import simulate
from sim.study.kpis.facts import Facts
from sim.study.replication import plan_of

pytestmark = pytest.mark.slow

TWO_CREWS, ONE_CREW = 0, 1
HONEST, FEIGNING = 0, 1


# M17: limits and supervision


def test_supervision_before_the_limit_brings_more_in_time_and_at_the_limit_no_more() -> None:
    for kpi in ("on_time_rate", "true_on_time_rate"):
        for figure in doses("supervision", kpi):
            assert signs(figure[[3]] - figure[[0]]) == "+", kpi
            gained = paired(figure[3] - figure[0]).mean
            assert all(paired(late - figure[0]).high < gained / 2 for late in figure[1:3]), kpi


def test_supervision_takes_from_others_what_it_gives_unless_a_queue_is_long() -> None:
    lives = doses("supervision", "resolution_time_mean")
    assert reach(lives[TWO_CREWS, 3] / lives[TWO_CREWS, 0] - 1) < 0.02
    assert signs(lives[ONE_CREW, 1:] - lives[ONE_CREW, :1]) == "----"


def test_supervised_cases_bring_overtime() -> None:
    for figure in doses("supervision", "overtime_hours"):
        assert signs(figure[[4]] - figure[[0]]) == "+"


# P3: follow-up that fades


def test_follow_up_that_fades_asks_less_at_each_step_and_loses_what_supervision_had_brought() -> None:
    assert signs(steps(doses("follow_up", "supervisions_per_case"))) == "--------"
    for figure in doses("follow_up", "true_on_time_rate"):
        assert signs(figure[[-1]] - figure[[0]]) == "-"


def test_where_a_queue_is_long_cases_wait_longer_the_weaker_the_follow_up() -> None:
    waits = doses("follow_up", "resolution_time_mean")
    assert signs(steps(waits[ONE_CREW])) == "+++0"
    assert reach(waits[TWO_CREWS, -1] / waits[TWO_CREWS, 0] - 1) < 0.03


# P2: limits advanced, tasks added


def test_limits_set_earlier_bring_more_in_time_on_paper() -> None:
    for figure in doses("limits_ahead", "on_time_rate"):
        assert signs(figure[1:] - figure[:1]) == "+++++"
        assert reach(figure[-1] - figure[2]) < 0.004  # what there is to win is won with the first steps


def test_where_people_feign_most_of_it_is_not_true() -> None:
    gained = doses("limits_ahead", "on_time_rate")[:, -1] - doses("limits_ahead", "on_time_rate")[:, 0]
    truly = doses("limits_ahead", "true_on_time_rate")[:, -1] - doses("limits_ahead", "true_on_time_rate")[:, 0]
    assert signs((gained - truly)[[FEIGNING]]) == "+"
    assert reach((gained - truly)[HONEST]) < 0.003
    assert signs(steps(doses("limits_ahead", "false_closure_rate")[FEIGNING])[3:]) == "++"
    assert reach(np.diff(doses("limits_ahead", "false_closure_rate")[HONEST][[0, -1]], axis=0)[0]) < 0.002


def test_limits_set_earlier_triple_overtime() -> None:
    for figure in doses("limits_ahead", "overtime_hours"):
        assert paired(figure[-1] / figure[0]).low > 2


def test_tasks_added_on_the_way_down_cost_more_than_earlier_limits_bring() -> None:
    for kpi in ("on_time_rate", "true_on_time_rate"):
        figure = doses("tasks_ahead", kpi)
        assert signs(figure[1] - figure[0]) == "+++++", kpi
        assert signs((figure[1, -1] - figure[0, 0])[None]) == "-", kpi
    assert signs(steps(doses("tasks_ahead", "patrol_hours"))) == "--------"
    assert signs(steps(doses("tasks_ahead", "lifetime_mean"))) == "++++++++"


# M25: audits


def test_audits_in_the_field_lower_false_closures_by_their_length_at_the_price_of_patrol() -> None:
    for kpi in ("false_closure_rate", "patrol_hours"):
        assert signs(steps(doses("field_audits", kpi))) == "----", kpi
    closed = doses("field_audits", "closing_rate")
    assert reach(closed[-1] - closed[0]) < 0.003


def test_audits_on_paper_take_time_and_change_no_truth() -> None:
    false = doses("paper_audits", "false_closure_rate")
    assert reach(false[-1] - false[0]) < 0.003
    assert signs(steps(doses("paper_audits", "time_share_admin"))) == "++++"
    assert signs(steps(doses("paper_audits", "patrol_hours"))) == "----"
    assert signs(steps(doses("paper_audits", "lifetime_mean"))) == "++++"


@cache
def false_shares(days: int) -> np.ndarray:
    """The share of false closures among cases settled within the audits of so many days a month and between them, float64[2, seeds]."""
    verification = {"field": "10 %", "audits": {"begin": "every 30 d at 09:00", "lasts": f"{days} d", "field": "100 %"}}
    street = sim.load("street").with_policy(verification=verification)
    world, seeds = sim.build_world(street.world), SEEDS["factors"][0]["values"]
    logs = [simulate(plan_of(street.replace(seed=seed), world, 0)) for seed in seeds]  # type: ignore[attr-defined]
    return np.array([_false_shares(Facts.of(log)) for log in logs]).T


def _false_shares(facts: Facts) -> tuple[float, float]:
    plan = facts.log.plan
    look = plan["looks"][plan["categories"]["field_look"][0]]
    row = plan["calendars"][look["calendar"]]
    begins = plan["shifts"]["start"][row["first"] : row["first"] + row["count"]]
    lasts = int(plan["buckets"]["least"][look["first_bucket"] + 1])
    counted = facts.closed_inside & facts.genuine & (facts.cases["finished"] != NEVER)
    at = np.searchsorted(begins, facts.cases["finished"], side="right") - 1
    within = (at >= 0) & (facts.cases["finished"] - begins[np.maximum(at, 0)] < lasts)
    false = ~facts.gone_by(facts.cases["closed"])
    return tuple(float(false[counted & part].mean()) for part in (within, ~within))  # type: ignore[return-value]


def test_false_closures_saw_between_audits_and_are_as_many_as_ever_from_the_day_on_which_auditors_leave() -> None:
    shares = np.array([false_shares(days) for days in (1, 3, 5, 10, 20)])
    assert signs(shares[:, 1] - shares[:, 0]) == "+++++"
    between = shares[:, 1]
    assert max(reach(later - between[0]) for later in between[1:]) < 0.008


# M26: traces


def test_traces_take_time_and_make_nothing_truer() -> None:
    for figure in doses("traces", "patrol_hours"):
        assert signs(steps(figure)) == "----"
    for figure in doses("traces", "closing_rate"):
        assert reach(figure[-1] - figure[0]) < 0.01
    for figure in doses("traces", "false_closure_rate"):
        assert reach(figure[-1] - figure[0]) < 0.005
    for figure in doses("traces", "true_closing_rate"):
        assert signs(figure[[-1]] - figure[[0]]) == "-"


# P4: refusals


def test_refusals_bring_returns_and_owners_ever_faster_the_longer_the_queue() -> None:
    for kpi in ("return_rate", "owners_mean"):
        assert signs(steps(doses("refusals", kpi)[ONE_CREW])) == "++++", kpi
        rises = doses("refusals", kpi)[:, -1] - doses("refusals", kpi)[:, 0]
        assert signs((rises[ONE_CREW] - rises[TWO_CREWS])[None]) == "+", kpi
    growth = slopes(doses("refusals", "return_rate")[ONE_CREW], settings("refusals", "strength"))
    assert signs(np.diff(growth, axis=0)) == "+++"


def test_refused_cases_pile_up_and_the_time_of_closed_ones_does_not_show_it() -> None:
    aged = doses("refusals", "aged_stock")[ONE_CREW]
    assert signs(steps(aged)) == "++++"
    assert paired(aged[-1] - aged[0]).low > 80
    closed = doses("refusals", "time_in_system_mean")[ONE_CREW]
    assert paired(closed[-1] - closed[0]).low < 0
    true = doses("refusals", "resolution_time_mean")[ONE_CREW]
    assert signs(steps(true)) == "++++"


# P5: feigned disposals


def test_feigning_lowers_the_truth_and_not_the_record() -> None:
    assert signs(steps(doses("feigning", "false_closure_rate"))) == "++++"
    for kpi in ("closing_rate", "on_time_rate"):
        figure = doses("feigning", kpi)
        assert reach(figure[-1] - figure[0]) < 0.007, kpi
    for kpi in ("true_on_time_rate", "true_closing_rate"):
        figure = doses("feigning", kpi)
        assert signs(figure[[-1]] - figure[[0]]) == "-", kpi


def test_feigning_grows_with_load_and_widens_the_gap_between_record_and_truth() -> None:
    feigned = doses("slack", "feigned_share")[FEIGNING]
    assert signs(steps(feigned)) == "0+++"
    gap = doses("slack", "on_time_rate") - doses("slack", "true_on_time_rate")
    widened = gap[FEIGNING] - gap[HONEST]
    assert signs(widened) == "+++++"
    assert signs(widened[[-1]] - widened[[0]]) == "+"


# P8: hanging and postponing


def test_hung_cases_raise_the_record_and_lower_the_truth() -> None:
    assert signs(steps(doses("hanging", "on_time_rate"))) == "++++"
    assert signs(steps(doses("hanging", "true_on_time_rate"))) == "----"
    assert signs(steps(doses("hanging", "hung_rate"))) == "++++"
    true = doses("hanging", "resolution_time_mean")
    assert signs(true[[-1]] - true[[0]]) == "+"


def test_postponing_changes_nothing_but_the_record() -> None:
    assert signs(steps(doses("postponing", "on_time_rate"))) == "++++"
    for kpi in ("true_on_time_rate", "resolution_time_mean", "time_in_system_mean", "lifetime_mean"):
        assert not steps(doses("postponing", kpi)).any(), kpi


# P21: passing up


def test_gridworkers_pass_up_the_more_the_more_admin_they_have_ever_faster() -> None:
    declined = doses("passing_up", "declined_rate")[1]
    assert signs(steps(declined)) == "++++"
    assert signs(np.diff(slopes(declined, settings("passing_up", "share")), axis=0)) == "+++"
    passed = doses("passing_up", "over_escalated_share")
    assert signs(passed[1] - passed[0])[1:] == "++++"
    assert signs(steps(passed[1] - passed[0])) == "++++"


def test_what_is_passed_up_fills_the_community() -> None:
    busy = doses("passing_up", "utilisation_community")
    assert signs((busy[1] - busy[0])[2:]) == "+++"
    kept = doses("passing_up", "closed_grid_share")
    assert signs((kept[1] - kept[0])[1:]) == "----"


# P7 and M31: finds kept quiet


def test_the_unit_finds_less_and_inspectors_as_much_as_before() -> None:
    for figure in doses("quiet", "discoveries"):
        assert signs(steps(figure)) == "----"
    for figure in doses("quiet", "latent_stock"):
        assert signs(steps(figure)) == "++++"
    own, inspectors = measured("quiet", found_by).reshape(2, 2, 5, -1)[:, 1]
    assert paired(own[-1] / own[0]).high < 0.85
    assert reach(inspectors[-1] / inspectors[0] - 1) < 0.1


def test_what_is_on_record_was_found_sooner_and_is_on_time_as_ever() -> None:
    for figure in doses("quiet", "discovery_delay_mean"):
        assert signs(steps(figure)) == "----"
    for figure in doses("quiet", "on_time_rate"):
        assert reach(figure[-1] - figure[0]) < 0.01
    for figure in doses("quiet", "lifetime_mean"):
        assert signs(steps(figure)) == "++++"


def test_inspectors_lower_the_stock_and_change_nobodys_mind() -> None:
    stock = doses("quiet", "latent_stock")
    assert signs(stock[1] - stock[0]) == "-----"
    growth = (stock[:, -1] - stock[:, 0]).mean(axis=-1)
    assert 0.85 < growth[1] / growth[0] < 1


def test_a_threshold_hides_finds_only_within_reach() -> None:
    quiet = doses("threshold", "suppressed_share")
    assert quiet[1].max() == 0
    assert signs(steps(quiet)[1:]) == "+++"
    assert signs(steps(doses("threshold", "latent_stock"))[[-1]]) == "+"
