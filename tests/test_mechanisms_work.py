"""What fills a gridworker's day does to a street what docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

import numpy as np
import pytest
from mechanisms import doses, paired, reach, settings, signs, slopes, steps

pytestmark = pytest.mark.slow
CASES_FIRST, ADMIN_FIRST = 0, 1
USUAL, SHORT = 0, 1


# M10: household visits


def test_each_visit_more_brings_less_beyond_four_a_day() -> None:
    visits = doses("visits", "household_visits")
    info, troubles = doses("visits", "visit_found_info"), doses("visits", "troubles_found_on_visits")
    assert signs(steps(info)) == signs(steps(troubles)) == "+++++"
    assert signs(steps(steps(info) / steps(visits))[1:]) == "---"
    a_visit = troubles[1:] / visits[1:]
    assert signs(a_visit[4:] - a_visit[1:2]) == "-"


def test_visits_take_their_time_from_patrol_and_finds_have_a_hump() -> None:
    assert signs(steps(doses("visits", "patrol_hours"))) == "-----"
    assert signs(steps(doses("visits", "discoveries"))) == "++---"
    unknown = signs(steps(doses("visits", "latent_stock_mean")))
    assert (unknown[:2], unknown[-1]) == ("--", "+")


# M18 and P1: admin


def test_admin_crowds_out_patrol_and_finds_ever_faster_while_the_official_closing_rate_stands_still() -> None:
    patrol, found = doses("admin", "patrol_hours"), doses("admin", "discoveries")
    assert signs(steps(patrol)) == signs(steps(found)) == "-----"
    assert signs(np.diff(slopes(found, settings("admin", "share")), axis=0)) == "----"
    assert signs(steps(doses("admin", "latent_stock_mean"))) == "+++++"
    closed, honest = (doses("admin", kpi) for kpi in ("closing_rate", "true_on_time_rate"))
    assert reach(closed[-1] - closed[0]) < 0.005
    assert paired(honest[-1] - honest[0]).high < -0.01


@pytest.mark.parametrize("kpi", ["patrol_hours", "discoveries"])
def test_cutting_admin_to_a_fifth_does_more_than_doing_away_with_what_else_takes_time(kpi: str) -> None:
    _today, admin, hired, *others = doses("admin_and_others", kpi)
    assert signs(np.array([admin - other for other in others])) == "++++++"
    assert paired(admin - hired).low > 0  # as many hours as are freed, but hired: with admin of their own


def test_admin_before_cases_makes_people_wait_the_more_of_it_there_is_and_changes_no_patrol() -> None:
    start, on_time, patrol = (
        doses("admin_first", kpi) for kpi in ("time_to_start_mean", "on_time_rate", "patrol_hours")
    )
    later = start[:, ADMIN_FIRST] - start[:, CASES_FIRST]
    assert signs(later) == "+++"
    assert signs(steps(later)) == "++"
    assert signs(on_time[:, ADMIN_FIRST] - on_time[:, CASES_FIRST]) == "---"
    assert max(reach(change) for change in patrol[:, ADMIN_FIRST] / patrol[:, CASES_FIRST] - 1) < 0.01
    assert signs(np.diff(patrol, axis=0)) == "----"
    assert signs(np.diff(doses("admin_first", "latent_stock_mean"), axis=0)) == "++++"


# M19: shorter ways


def test_faster_ways_gain_little() -> None:
    assert signs(steps(doses("speed", "time_share_travel"))) == "-" * 8
    usual, double = 2, 4
    start, found = (doses("speed", kpi)[USUAL] for kpi in ("time_to_start_mean", "discoveries"))
    sooner, more = paired(1 - start[double] / start[usual]), paired(found[double] / found[usual] - 1)
    assert 0 < sooner.low < sooner.high < 0.04
    assert 0 < more.low < more.high < 0.04


def test_shorter_handling_makes_faster_ways_no_more_worth() -> None:
    start, found = doses("speed", "time_to_start_mean"), doses("speed", "discoveries")
    sooner, more = 1 - start[:, -1] / start[:, 0], found[:, -1] / found[:, 0] - 1
    assert paired(sooner[SHORT] - sooner[USUAL]).high < 0.02
    assert paired(more[SHORT] - more[USUAL]).high < 0


def test_a_smaller_area_gains_much_more_than_faster_ways_since_patrols_pass_more_doors() -> None:
    found = doses("density", "discoveries")
    assert signs(steps(found)) == "++++"
    assert signs(steps(doses("density", "time_to_start_mean"))) == "----"
    usual, quartered = 2, 4  # of the area: half the way
    faster = doses("speed", "discoveries")[USUAL]
    assert paired(found[quartered] / found[usual] - faster[4] / faster[2]).low > 0.2


# M23: finding early


def test_an_hour_of_patrol_is_worth_less_the_more_there_is_and_more_where_issues_worsen() -> None:
    weighted, hours = doses("worsening", "latent_issue_days"), doses("worsening", "patrol_hours")
    saved = -steps(weighted) / steps(hours)
    assert signs(steps(saved)) == "-" * 8
    gain = weighted[:, 0] - weighted[:, -1]
    assert paired(gain[1] - gain[0]).low > 0
    assert paired(gain[1] / gain[0]).low > 1.2


def test_worsening_makes_overtime_and_late_cases_whatever_the_patrol() -> None:
    overtime, honest = (doses("worsening", kpi) for kpi in ("overtime_hours", "true_on_time_rate"))
    assert signs(overtime[1, 1:] - overtime[0, 1:]) == "+++++"
    assert signs(honest[1] - honest[0]) == "------"
