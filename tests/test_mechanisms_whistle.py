"""What whistles, evaluations and demands that cannot be met do, as docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

import pytest
from mechanisms import doses, paired, reach, signs, steps
from mechanisms_runs import leads_and_partners, measured

pytestmark = pytest.mark.slow
NEVER, RETURNED, ALWAYS = range(3)
NONE, USUAL, MORE, MANY, HALF = range(5)  # misroutes: 0, 6, 15, 25, 50 %


# M13 and P4: together, or one after the other


def test_without_a_whistle_each_wrong_owner_adds_hands_and_with_one_none_does() -> None:
    hands = doses("chain", "joint_owners_mean")
    assert signs(steps(hands[NEVER])) == "++++"
    assert signs(hands[ALWAYS] - hands[NEVER]) == "-----"
    assert reach(hands[ALWAYS, HALF] - hands[ALWAYS, NONE]) < 0.02


def test_whistles_are_slower_where_cases_find_their_owners_and_faster_where_they_do_not() -> None:
    hours = doses("chain", "joint_time_mean")
    assert signs(hours[ALWAYS] - hours[NEVER]) == "++---"
    assert paired(hours[ALWAYS, HALF] / hours[NEVER, HALF]).high < 0.55


def test_to_whistle_for_what_was_returned_never_costs_and_brings_half_of_it() -> None:
    hours = doses("chain", "joint_time_mean")
    assert "+" not in signs(hours[RETURNED] - hours[NEVER])
    gain = (hours[NEVER] - hours[RETURNED])[HALF] / (hours[NEVER] - hours[ALWAYS])[HALF]
    assert paired(gain).low > 0.45


def test_no_rate_of_whistling_is_better_than_none_where_little_is_misrouted_and_the_highest_is_worse() -> None:
    hours = doses("whistle", "joint_time_mean")
    assert signs(hours[1:] - hours[0]) == "0000+"
    delay, signed = (doses("whistle", kpi)[1:] for kpi in ("attend_delay_mean", "signed_on_time_rate"))
    assert paired(delay[-1] / delay[0]).low > 1.3
    assert signs(steps(signed)) == "----"


# M28: partners who do not come


def test_the_lead_does_the_work_of_partners_who_stay_away() -> None:
    lead, partner, _ = measured("no_show", leads_and_partners)
    assert signs(steps(lead)) == "++++"
    assert signs(steps(partner)) == "----"


def test_and_nobody_waits_longer_for_it() -> None:
    hours, delay = (doses("no_show", kpi) for kpi in ("joint_time_mean", "attend_delay_mean"))
    assert signs(hours[1:] - hours[0]) == "----"
    assert signs(steps(delay)) == "----"
    *_, alone = measured("no_show", leads_and_partners)
    assert reach(alone[-1] - alone[0]) < 8


# P9: whistle fatigue


def test_needless_whistles_make_departments_later_and_all_cases_with_them() -> None:
    assert signs(steps(doses("fatigue", "attend_delay_mean"))) == "+++++"
    assert signs(steps(doses("fatigue", "joint_time_mean"))) == "+++++"
    assert signs(steps(doses("fatigue", "resolution_time_mean"))[1:]) == "++++"
    in_time = doses("fatigue", "attended_on_time_rate")
    assert (in_time[0].mean() > 0.95, in_time[-1].mean() < 0.05) == (True, True)


def test_crews_wait_for_each_other_while_they_are_busy_for_less_than_half_their_time() -> None:
    kept, busy = doses("fatigue", "reserved_hours"), doses("fatigue", "utilisation_department")
    assert signs(steps(kept)[1:4]) == "+++"
    assert busy.max() < 0.5


# M15: points and evaluation


def test_the_rarer_the_evaluation_the_less_is_claimed_and_the_more_waits_for_the_meeting() -> None:
    assert signs(steps(doses("feedback", "closed_neighbourhood_share"))) == "0---"
    assert signs(steps(doses("feedback", "time_in_system_p95"))) == "0+++"


# P17: demands that cannot be met


def test_the_score_falls_while_the_effort_rises() -> None:
    assert signs(steps(doses("unmet", "satisfaction_rate"))) == "----"
    assert signs(steps(doses("unmet", "three_rates"))) == "----"
    assert signs(steps(doses("unmet", "repeat_rate"))) == "++++"
    assert signs(steps(doses("unmet", "utilisation_department"))[:3]) == "+++"
    response = doses("unmet", "response_rate")
    assert reach(response[-1] - response[0]) < 0.01
