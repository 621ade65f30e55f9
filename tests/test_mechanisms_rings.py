"""What rings below the gridworker, and keeping cases in the grid, do to a street, as docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

import numpy as np
import pytest
from mechanisms import doses, paired, reach, signs, steps
from mechanisms_runs import measured, out_of_hours, with_and_without_ring

pytestmark = pytest.mark.slow
NONE, FOUR = 0, 1


# M5: branches and building groups


def test_the_more_grids_have_branches_the_more_is_settled_below_the_grid_and_the_less_waits_for_gridworkers() -> None:
    assert signs(steps(doses("coverage", "closed_neighbourhood_share"))) == "++++"
    assert signs(steps(doses("coverage", "closed_grid_share"))) == "----"
    assert signs(steps(doses("coverage", "time_to_start_mean"))) == "----"


def test_small_matters_last_longer_where_a_branch_is_asked_first_since_it_meets_in_the_evening() -> None:
    time = doses("coverage", "time_in_system_mean")
    assert signs(time[1:] - time[0]) == "++++"
    low, _, there, elsewhere, late, late_elsewhere = measured("coverage", with_and_without_ring)
    assert (low > 0.2).all()  # of what is offered to a branch it settles about a quarter
    some = slice(0, 4)  # where some grids have a branch and others not
    assert signs(there[some] - elsewhere[some]) == "++++"
    assert (
        signs(late[some] - late_elsewhere[some]) == "++++"
    )  # the slowest tenth is theirs, not that of grids without a branch


# M6: four nested rings


def test_rings_settle_more_below_the_community_sooner_and_more_of_it_out_of_hours() -> None:
    below, without = (doses("rings", kpi) for kpi in ("closed_community_share", "time_in_system_mean"))
    assert signs(below[FOUR] - below[NONE]) == "-"
    assert signs(without[FOUR] - without[NONE]) == "-"
    evenings, low = measured("rings", out_of_hours)
    assert paired(evenings[FOUR] - evenings[NONE]).low > 0.1
    assert paired(low[FOUR] - low[NONE]).low > 0.015


def test_a_longer_time_out_settles_more_below_the_grid_until_it_outlasts_the_night() -> None:
    low, time = (doses("ring_timeout", kpi) for kpi in ("closed_neighbourhood_share", "time_in_system_mean"))
    assert signs(steps(low)) == "++00"
    assert signs(steps(time)) == "++00"
    assert (
        low[3] == low[4]
    ).all()  # nobody waits for a day: what comes from 8 to 20 o'clock finds each ring back within 12 hours


def test_one_property_manager_for_a_street_is_nearly_enough() -> None:
    assert signs(steps(doses("property", "time_in_system_mean[housing]"))) == "-000"
    assert max(reach(change) for change in steps(doses("property", "closed_neighbourhood_share"))) < 0.001


# M7 and P10: local first


def test_a_closer_look_spares_the_community_not_the_departments() -> None:
    community, department, grid = (
        doses("local_first", f"closed_{tier}_share") for tier in ("community", "department", "grid")
    )
    assert paired(community[1] - community[0]).high < -0.05
    assert paired(grid[1] - grid[0]).low > 0.05
    assert reach(department[1] - department[0]) < 0.01


def test_every_hour_that_cases_are_kept_costs_time_and_spares_no_one() -> None:
    for kpi, sign in (
        ("resolution_time_mean", "+"),
        ("time_in_system_mean", "+"),
        ("lifetime_mean", "+"),
        ("true_on_time_rate", "-"),
    ):
        assert signs(steps(doses("local_hold", kpi))) == 15 * sign, kpi
    for inquiry in range(3):
        share = doses("local_hold", "closed_department_share")[inquiry]
        assert max(reach(kept - share[0]) for kept in share[1:]) < 0.004


def test_how_much_the_grid_settles_at_the_inquiry_does_what_holding_does_not() -> None:
    department, time = (doses("local_hold", kpi) for kpi in ("closed_department_share", "resolution_time_mean"))
    assert signs(department[2] - department[0]) == "------"
    assert paired(department[2, 0] - department[0, 0]).high < -0.05
    assert signs(time[2] - time[0]) == "-" * 6


def test_nearly_all_that_goes_up_has_been_kept_for_nothing() -> None:
    kept = doses("local_hold", "under_escalated_share")
    assert np.isnan(kept[:, 0]).all()  # without a hold nothing is kept
    assert kept[0, 1:].mean() > 0.3
    assert signs(kept[2, 1:] - kept[0, 1:]) == "-----"
