"""How cases come in, move and are checked does to a street what docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

import numpy as np
import pytest
from mechanisms import doses, paired, reach, settings, signs, slopes, steps

pytestmark = pytest.mark.slow


# M25: checks in the field


def test_field_checks_lower_false_closures_at_the_price_of_patrol() -> None:
    for kpi in ("false_closure_rate", "repeat_complaint_rate", "patrol_hours", "discoveries"):
        assert signs(steps(doses("field_checks", kpi))) == "----", kpi
    closed = doses("field_checks", "closing_rate")
    assert reach(closed[-1] - closed[0]) < 0.005


def test_field_checks_lengthen_the_lives_of_issues_as_they_take_the_time_of_those_who_find_them() -> None:
    assert signs(steps(doses("field_checks", "lifetime_mean"))) == "++++"


# M30: counters


def test_reports_at_the_counter_move_work_from_the_district_desk_to_the_community() -> None:
    assert signs(steps(doses("counters", "hops_mean"))) == "----"
    assert signs(steps(doses("counters", "utilisation_district"))) == "----"
    assert signs(steps(doses("counters", "utilisation_community"))) == "++++"
    closed = doses("counters", "time_in_system_mean[utilities]")
    assert signs(closed[-1:] - closed[:1]) == "-"
    assert signs(steps(doses("counters", "closed_grid_share"))) == "----"


# P4: wrong owners


def test_wrong_owners_add_hops_and_a_tail_that_the_closing_rate_does_not_show() -> None:
    assert signs(steps(doses("misroute", "return_rate"))) == "++++"
    assert signs(steps(doses("misroute", "hops_mean"))) == "++++"
    tail, closed = doses("misroute", "time_in_system_p95"), doses("misroute", "closing_rate")
    assert paired(tail[-1] - tail[0]).low > 20
    assert reach(closed[-1] - closed[0]) < 0.005


def test_returns_grow_faster_than_misroutes_since_a_case_may_go_wrong_again() -> None:
    growth = slopes(doses("misroute", "return_rate"), settings("misroute", "misroute"))
    assert signs(np.diff(growth, axis=0)) == "+++"


# M7 and P10: a hold at the grid


def test_a_hold_keeps_cases_in_the_grid_up_to_two_days_and_nothing_changes_beyond() -> None:
    kept = doses("hold", "closed_grid_share")
    assert signs(steps(kept))[:2] == "++"
    assert reach(kept[5] - kept[3]) < 0.002
    for kpi in ("resolution_time_mean", "lifetime_mean"):
        figure = doses("hold", kpi)
        assert signs(figure[3:4] - figure[:1]) == "+", kpi
        assert reach(figure[5] / figure[3] - 1) < 0.01, kpi


def test_a_hold_relieves_the_community_and_no_department() -> None:
    community = doses("hold", "utilisation_community")
    assert signs(community[-1:] - community[:1]) == "-"
    for kpi in ("closed_department_share", "utilisation_department"):
        figure = doses("hold", kpi)
        assert reach(figure[-1] / figure[0] - 1) < 0.01, kpi


# P20: unequal reporting


def test_unequal_reporting_lengthens_lives_where_few_report_and_the_record_shows_the_reverse() -> None:
    assert signs(steps(doses("propensity", "lifetime_low_reporting"))) == "++++"
    assert signs(steps(doses("propensity", "lifetime_high_reporting"))) == "----"
    assert signs(steps(doses("propensity", "true_grid_spread"))) == "++++"
    assert signs(steps(doses("propensity", "time_in_system_low_reporting"))) == "----"
