"""What gates do to a street, as docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

import numpy as np
import pytest
from mechanisms import doses, paired, reach, signs, steps
from mechanisms_runs import at_gates, measured

pytestmark = pytest.mark.slow
WEEK = 3  # from which setting of ``meeting`` on a meeting comes once a week or less often


# M16 and P12: consolidation


def test_cases_wait_half_an_interval_at_the_gate() -> None:
    wait, interval, *_ = measured("consolidation", at_gates)
    assert all(paired(share).low > 0.45 and paired(share).high < 0.55 for share in wait / interval)


def test_the_stock_at_the_gate_is_a_saw_tooth() -> None:
    _, _, fall, eve, _ = measured("consolidation", at_gates)
    assert (fall > 0.99).all()  # a meeting lets all go
    assert all(
        1.7 < paired(height).low < paired(height).high < 2.5 for height in eve
    )  # in even growth: twice that of half-time


def test_the_batch_waits_again_behind_the_gate() -> None:
    *_, after = measured("consolidation", at_gates)
    assert signs(steps(after)) == "++++"
    assert paired(after[-1] - after[0]).low > 500


def test_issues_last_longer_the_rarer_the_meetings_and_other_cases_notice_nothing() -> None:
    for category in ("enforcement", "dispute"):
        assert signs(steps(doses("consolidation", f"resolution_time_mean[{category}]"))) == "++++"
    emergency = doses("consolidation", "time_in_system_mean[emergency]")
    assert max(reach(more / emergency[0] - 1) for more in emergency[1:]) < 0.02


def test_too_few_coordinators_cost_as_much_as_rare_meetings() -> None:
    assert signs(steps(doses("coordinators", "resolution_time_mean[enforcement]")))[:2] == "--"


# M20: meeting days


def test_a_meeting_costs_half_its_period_from_a_week_on_and_more_where_days_off_make_the_rhythm() -> None:
    wait, period, *_ = measured("meeting", at_gates)
    share = wait / period
    assert all(paired(one).low > 0.45 and paired(one).high < 0.55 for one in share[WEEK:])
    assert all(paired(one).low > 0.6 for one in share[1:WEEK])


def test_what_a_meeting_adds_is_more_than_the_wait_for_it() -> None:
    assert signs(steps(doses("meeting", "time_in_system_mean[enforcement]"))) == "+++++"
    *_, after = measured("meeting", at_gates)
    assert signs(steps(after[1:])) == "++++"


def test_categories_that_pass_the_gate_by_are_not_delayed() -> None:
    appearance = doses("meeting", "time_in_system_mean[appearance]")
    assert max(reach(change / appearance[0]) for change in appearance[1:] - appearance[0]) < 0.05
    assert np.isfinite(appearance).all()
