"""How reports come in, who is able to do what, and where specialists sit does to a street what docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from mechanisms import doses, paired, reach, settings, signs, slopes, steps

import sim
from sim.engine.events import Level
from sim.engine.simulate import simulate
from sim.study.replication import plan_of

pytestmark = pytest.mark.slow


def first_and_last(study: str, kpi: str) -> np.ndarray:
    """What the last setting of the last lever changes against the first, seed by seed."""
    figure = doses(study, kpi)
    return figure[..., -1, :] - figure[..., 0, :]


# M30: counters


def test_counters_take_work_from_the_district_to_the_community() -> None:
    assert signs(steps(doses("to_counters", "hops_mean"))) == "----"
    assert signs(steps(doses("to_counters", "utilisation_district"))) == "----"
    assert signs(steps(doses("to_counters", "utilisation_community"))) == "++++"
    assert signs(steps(doses("to_counters", "closed_grid_share"))) == "----"


def test_counters_are_served_later_but_settle_more() -> None:
    assert signs(steps(doses("to_counters", "time_to_start_mean"))) == "++++"
    assert signs(steps(doses("to_counters", "resolved_share"))) == "++++"


# M9 and P18: platforms


def test_integrated_platforms_spare_reports_that_would_be_merged() -> None:
    for kpi in ("cases_reported", "cases_rejected"):
        assert signs(steps(doses("platforms", kpi))) == "--------", kpi
    assert reach(first_and_last("platforms", "cases_closed")[0]) < 0.005 * doses("platforms", "cases_closed").mean()


def test_entering_reports_twice_takes_patrol_and_integration_gives_it_back() -> None:
    assert signs(steps(doses("platforms", "time_share_admin"))[1]) == "----"
    patrol = doses("platforms", "patrol_hours")
    assert signs(patrol[1] - patrol[0])[:3] == "---"
    assert signs(patrol[1] - patrol[0])[-1] == "0"  # nothing is left to be entered once all platforms are integrated
    assert signs(patrol[1, 1:] - patrol[1, :1])[1:] == "+++"
    assert signs(steps(doses("platforms", "time_share_admin"))[0]) == "0000"


def test_a_second_report_is_a_second_chance_so_issues_are_resolved_later_without_it() -> None:
    assert signs(first_and_last("platforms", "resolution_time_mean")) == "++"


# M9: cameras


def test_cameras_find_sooner_what_patrol_would_have_found() -> None:
    assert signs(steps(doses("cameras", "cases_reported"))) == "++++"
    for kpi in (
        "discovery_delay_mean",
        "lifetime_mean[appearance]",
        "discoveries",
        "found_first_share",
        "patrol_hours",
    ):
        assert signs(steps(doses("cameras", kpi))) == "----", kpi


def test_what_cameras_report_makes_others_wait() -> None:
    assert signs(steps(doses("cameras", "time_to_start_mean"))) == "++++"
    assert signs(steps(doses("cameras", "resolution_time_mean[appearance]"))) == "++++"


# M8: errors of triage


def test_reports_passed_too_high_keep_departments_busy_only_if_they_go_all_the_way() -> None:
    department = doses("triage_errors", "utilisation_department")
    assert signs(steps(department)[1]) == "++++"
    assert reach(department[0, -1] - department[0, 0]) < 0.01  # one level up is the community, which settles more
    community = doses("triage_errors", "utilisation_community")
    assert signs(steps(community)) == "++++----"


def test_reports_passed_too_high_leave_the_grid() -> None:
    for kpi in ("closed_grid_share", "hops_mean", "time_share_case"):
        assert signs(steps(doses("triage_errors", kpi))) == "--------", kpi
    assert signs(steps(doses("triage_errors", "patrol_hours"))) == "++++++++"


def test_urgent_matters_passed_too_low_are_resolved_later() -> None:
    for kpi in ("resolution_time_mean[emergency]", "time_in_system_mean[emergency]"):
        delay = doses("under_triage", kpi)
        assert signs(delay[1:] - delay[0]) == "++++", kpi
    others = first_and_last("under_triage", "resolution_time_mean[appearance]")
    assert reach(others) < 0.03 * doses("under_triage", "resolution_time_mean[appearance]").mean()


# M4: all-round gridworkers

SPECIALISTS, EQUAL, GENERALISTS, SLOW, POOLED = range(5)  # settings of the study


def against_specialists(kpi: str) -> np.ndarray:
    """What generalists change against as many specialists, seed by seed."""
    figure = doses("all_round", kpi)
    return figure[GENERALISTS] - figure[SPECIALISTS]


def test_generalists_pass_on_less_and_are_sooner_but_not_at_disputes() -> None:
    for kpi in ("hops_mean", "time_in_system_mean", "resolution_time_mean"):
        assert signs(against_specialists(kpi)[np.newaxis]) == "-", kpi
    assert signs(against_specialists("closed_grid_share")[np.newaxis]) == "+"
    dispute = doses("all_round", "resolution_time_mean[dispute]")
    assert "-" not in signs(dispute[GENERALISTS : SLOW + 1] - dispute[SPECIALISTS])


def test_specialists_begin_sooner_only_because_they_share_the_grids_of_a_community() -> None:
    figure = doses("all_round", "time_to_start_mean")
    assert signs(figure[[GENERALISTS, POOLED]] - figure[SPECIALISTS]) == "+-"


def test_specialists_pay_with_ways_and_so_with_patrol() -> None:
    travel, patrol = doses("all_round", "time_share_travel"), doses("all_round", "patrol_hours")
    assert signs(travel[EQUAL:] - travel[SPECIALISTS]) == "----"
    assert signs(patrol[EQUAL:] - patrol[SPECIALISTS]) == "++++"


def test_generalists_who_share_grids_are_no_slower_at_disputes_than_specialists() -> None:
    dispute = doses("all_round", "resolution_time_mean[dispute]")
    assert reach(dispute[POOLED] - dispute[SPECIALISTS]) < 0.03 * dispute[SPECIALISTS].mean()


def test_scope_not_slowness_keeps_cases_in_the_grid() -> None:
    figure = doses("all_round", "closed_grid_share")
    assert signs(figure[[GENERALISTS, SLOW]] - figure[EQUAL]) == "+0"


# M29: outposts

ONE_CREW, TWO_CREWS = range(2)  # settings of the study; after them visits every 20, 10, 5, 2 weekdays and every weekday


def test_outposts_bring_help_sooner_the_oftener_they_come() -> None:
    for kpi in ("resolution_time_mean[housing]", "time_in_system_mean"):
        figure = doses("outposts", kpi)[TWO_CREWS + 1 :]
        assert signs(figure[:-1] - figure[1:])[1:] == "+++", kpi


def test_rare_visits_are_worse_than_a_strained_centre_and_frequent_ones_better() -> None:
    figure = doses("outposts", "resolution_time_mean[housing]")
    assert signs(figure[TWO_CREWS + 1 :] - figure[ONE_CREW]) == "++0--"


def test_a_second_crew_at_the_centre_is_worth_more_than_as_many_hours_in_twelve_places() -> None:
    figure = doses("outposts", "resolution_time_mean[housing]")
    every_5 = figure[4]  # 12 communities, 3.5 h every fifth weekday: 8.4 h a weekday; a crew has 7.5 h
    assert paired(every_5 - figure[TWO_CREWS]).low > 40


@cache
def hours_at_the_centre(*seniors: str) -> np.ndarray:
    """Case hours of the centre's one housing crew after the warm-up, if cases of these severities are for seniors, by seed."""
    street = sim.load("street")
    tiers: dict[str, Any] = street.policy.tiers.model_dump(mode="json", exclude_none=True)
    outposts = {"every": 2, "shift": "weekdays 08:30-12:00", "seniors": list(seniors)}
    ids = [department["id"] for department in tiers["departments"]]
    row = ids.index("housing")
    tiers["departments"][row] |= {"crews": 1, "outposts": outposts}
    before = sum(department["crews"] for department in tiers["departments"][:row])
    scenario, world = street.with_policy(tiers=tiers), sim.build_world(street.world)
    hours = []
    for seed in range(10):
        log = simulate(plan_of(scenario.replace(seed=seed), world, 0))
        servers = log.plan["servers"]
        crew = int(np.flatnonzero(servers["level"] == Level.DEPARTMENT)[0]) + before
        days = log.raw["days"]["case"].reshape(len(servers), -1)
        hours.append(days[crew, log.plan.rules["warm_up"] // 86_400 :].sum() / 3600)
    return np.array(hours)


def test_the_more_is_left_to_seniors_the_busier_they_are() -> None:
    hours = np.array([hours_at_the_centre(), hours_at_the_centre("hard"), hours_at_the_centre("ordinary", "hard")])
    assert signs(np.diff(hours, axis=0)) == "++"


# M17: first-contact ownership

RETURNS, KEEPS = range(2)  # settings of the study


def test_first_contact_ownership_saves_hops_and_time_the_more_the_more_goes_wrong() -> None:
    for kpi in ("hops_mean", "time_in_system_mean", "resolution_time_mean"):
        figure = doses("first_contact", kpi)
        saved = figure[RETURNS] - figure[KEEPS]
        assert signs(saved[1:]) == "++++", kpi
        assert signs(saved[-1:] - saved[:1]) == "+", kpi


def test_the_first_owner_pays_with_working_time() -> None:
    figure = doses("first_contact", "utilisation_department")
    assert signs(figure[KEEPS] - figure[RETURNS])[1:] == "++++"


def test_ownership_keeps_what_is_solved_in_time() -> None:
    figure = doses("first_contact", "true_on_time_rate")
    assert signs(figure[KEEPS] - figure[RETURNS])[2:] == "+++"
    growth = slopes(figure, settings("first_contact", "misroute"))
    assert paired(growth[RETURNS].mean(axis=0) - growth[KEEPS].mean(axis=0)).high < 0
