"""What open lists do to a street, as docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

import numpy as np
import pytest
from mechanisms import doses, paired, reach, signs, steps
from mechanisms_runs import matters_a_member, measured, on_the_list

pytestmark = pytest.mark.slow
NONE, EVENINGS, WEEKENDS = range(3)
EASY, MIDDLE, HARD = range(3)
TWENTY = 3  # members: 1, 5, 10, 20, 40


# M14: a list from which members claim


def test_a_list_makes_the_tail_long_and_the_median_longer_too() -> None:
    for kpi in ("time_in_system_p50[dispute]", "time_in_system_mean[dispute]", "time_in_system_p95[dispute]"):
        assert signs(steps(doses("claims", kpi))) == "++", kpi
    p50, p95 = (doses("claims", f"time_in_system_{part}[dispute]") for part in ("p50", "p95"))
    assert paired((p95[WEEKENDS] - p95[NONE]) / (p50[WEEKENDS] - p50[NONE])).low > 5


# P11: cherry-picking


def test_who_likes_easy_matters_leaves_the_hard_ones_behind() -> None:
    found = measured("ease", on_the_list)
    claimed, hours = found[:3], found[3:]
    assert signs(steps(claimed[EASY])) == "+++0"
    gap = hours[HARD] - hours[EASY]
    assert signs(steps(gap))[:3] == "+++"
    assert paired(gap[-1] - gap[0]).low > 100


def test_but_more_is_claimed_in_all_and_the_tail_is_no_longer_as_it_ends_at_the_meeting() -> None:
    assert signs(steps(doses("ease", "closed_neighbourhood_share"))) == "+++0"
    p95 = doses("ease", "time_in_system_p95")
    assert signs(p95[1:] - p95[0]) == "----"
    hard = measured("ease", on_the_list)[3:][HARD]
    assert paired(hard[-1] - hard[0]).high < 0


# M21: members who report where they live


def test_members_take_small_matters_and_departments_notice_nothing() -> None:
    assert (doses("members", "closed_neighbourhood_share")[1:] > 0.01).all()
    for kpi, bound in (("closed_department_share", 0.01), ("time_in_system_mean[utilities]", 0.04)):
        figure = doses("members", kpi)
        assert max(reach(some / figure[0] - 1) for some in figure[1:]) < bound, kpi


def test_what_nobody_could_settle_comes_to_the_grid_in_a_batch_and_is_late() -> None:
    start, time = (doses("members", kpi) for kpi in ("time_to_start_mean", "resolution_time_mean"))
    assert signs(start[1:] - start[0]) == "+++++"
    assert all(paired(some - time[0]).low > 5 for some in time[1:])


def test_twice_the_members_each_have_half_as_much_to_do() -> None:
    matters, members = (figure[1:] for figure in measured("members", matters_a_member))
    total = matters * members
    assert np.abs(total[1:] / total[0] - 1).max() < 0.02
    assert 1 < matters[TWENTY].mean() < 4
