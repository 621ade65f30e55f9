"""Surges, campaigns and those who come to help do to a street what docs/mechanisms.md says, over ten seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from mechanisms import doses, paired, reach, settings, signs, slopes, steps

import sim
from sim.engine.plan import DAY
from sim.study.kpis.facts import Facts
from sim.study.kpis.surges import stock_by_day

pytestmark = pytest.mark.slow
SEEDS = range(10)
NONE, FINDS, HANDLES = range(3)
LAST_LAG = 3  # the settings before "no help"
CAMPAIGN = {
    "id": "members",
    "start": "75 d",
    "days": 20,
    "servers": 25,
    "shift": "daily 18:30-21:00",
    "visits": {"quota": 4},
}


# M12 and P13: a surge, and help that comes late or never


def test_the_later_help_comes_the_longer_cases_take_and_the_higher_the_stock_rises() -> None:
    assert signs(steps(doses("surge_lag", "time_to_start_mean"))) == "++++"
    assert signs(steps(doses("surge_lag", "resolution_time_mean")))[1:] == "+++"
    assert signs(steps(doses("surge_lag", "open_stock_peak")))[2:] == "++"
    assert signs(steps(doses("surge_lag", "patrol_hours"))) == "----"


def test_each_day_of_lag_costs_more_than_the_one_before() -> None:
    lags = np.array([1.0, 3.0, 7.0, 14.0])
    taken = doses("surge_lag", "time_in_system_mean[aid]")[: LAST_LAG + 1]
    assert signs(np.diff(slopes(taken, lags), axis=0)) == "++"


def test_help_that_comes_within_a_week_leaves_nothing_to_recover_from() -> None:
    recovery = doses("surge_lag", "recovery_days")
    assert max(reach(days) for days in recovery[:LAST_LAG]) < 4
    assert paired(recovery[-1]).low > 8
    assert signs(recovery[-1:] - recovery[LAST_LAG : LAST_LAG + 1]) == "+"


def test_what_does_not_surge_suffers_too() -> None:
    for category in ("appearance", "utilities", "enforcement"):
        lifetime = doses("surge_lag", f"lifetime_mean[{category}]")
        assert signs(steps(lifetime))[1:] == "+++", category
    usual, surge = doses("surge_and_absence", "lifetime_mean[appearance]")
    assert signs(surge - usual) == "+++"


def test_a_surge_is_the_worse_the_more_are_away() -> None:
    for kpi in ("time_to_start_mean", "resolution_time_mean"):
        assert signs(steps(doses("surge_and_absence", kpi))) == "++++", kpi
    peak = doses("surge_and_absence", "open_stock_peak")[1]
    assert signs(steps(peak)) == "++"


def test_those_who_come_back_with_the_end_of_the_surge_do_not_lengthen_the_recovery() -> None:
    recovery = doses("surge_and_absence", "recovery_days")[1]
    assert signs((recovery[2] - recovery[0])[np.newaxis]) == "0"


# M11: a campaign of visits


@cache
def stock(seed: int, handles: tuple[str, ...] | None) -> np.ndarray:
    """Open cases at the end of each day, with a campaign whose visitors handle so, or without one."""
    street = sim.load("street").replace(seed=seed)
    wave = {**CAMPAIGN, "handles": list(handles or ()), "unfamiliar": 1.15}
    scenario = street if handles is None else street.with_policy(reinforcement={"kind": "waves", "waves": [wave]})
    return stock_by_day(Facts.of(sim.simulate_once(scenario)))


def added(handles: tuple[str, ...], first: int, end: int) -> np.ndarray:
    """How many more cases are open over some days with the campaign than without, by seed."""
    return np.array([(stock(seed, handles) - stock(seed, None))[first:end].mean() for seed in SEEDS])


def test_visits_that_only_find_raise_a_hump_of_open_cases_that_is_gone_soon_after() -> None:
    assert (added((), 60, 75) == 0).all()
    assert paired(added((), 75, 80)).low > 40
    assert paired(added((), 80, 95) - added((), 95, 105)).low > 40
    assert reach(added((), 105, 115)) < 5
    assert reach(added((), 150, 180)) < 5


def test_the_hump_vanishes_when_visitors_handle_what_they_find() -> None:
    assert paired(added(("grid", "community"), 80, 95)).high < 0
    only_grid = added(("grid",), 80, 95)
    assert paired(only_grid - added((), 80, 95) / 4).high < 0


def test_a_campaign_delays_the_others_unless_it_handles() -> None:
    for kpi in ("time_to_start_mean", "resolution_time_mean", "open_stock_peak"):
        change = doses("campaign", kpi)
        assert signs(change[FINDS : FINDS + 1] - change[NONE]) == "+", kpi
        assert paired(change[HANDLES] - change[NONE] - (change[FINDS] - change[NONE]) / 2).high < 0, kpi
    official, honest = (doses("campaign", kpi) for kpi in ("on_time_rate", "true_on_time_rate"))
    assert signs(official[1:] - official[0]) == signs(honest[1:] - honest[0]) == "-+"


def test_the_larger_the_campaign_the_more_is_found_and_the_later_work_starts_but_issues_live_shorter() -> None:
    assert signs(steps(doses("campaign_size", "discoveries"))) == "++++"
    assert signs(steps(doses("campaign_size", "time_to_start_mean"))) == "++++"
    assert signs(steps(doses("campaign_size", "open_stock_peak")))[1:] == "+++"
    assert signs(steps(doses("campaign_size", "lifetime_mean"))) == "----"


def test_each_further_member_finds_less() -> None:
    by_member = slopes(doses("campaign_size", "discoveries"), settings("campaign_size", "members"))
    assert signs(by_member[-1:] - by_member[:1]) == "-"


# M22: visits of leaders


@cache
def served(seed: int, finds: str, servers: int) -> tuple[float, float, float]:
    """Hours to a disposal of what leaders found (records left out), the mean of all others but urgent ones, and its 95th percentile."""
    visits = {"quota": 10, "finds": finds}
    wave = {
        "id": "leaders",
        "per": "street",
        "servers": servers,
        "every": "1 d",
        "shift": "daily 09:00-17:00",
        "visits": visits,
    }
    scenario = sim.load("street").replace(seed=seed).with_policy(reinforcement={"kind": "waves", "waves": [wave]})
    log = sim.simulate_once(scenario)
    cases, issues = log.raw["cases"], log.plan["issues"]
    category = issues["category"][cases["issue"]]
    records = list(log.plan.labels["categories"]).index("info")  # type: ignore[call-overload]
    counted = (cases["known"] >= log.plan.rules["warm_up"]) & (cases["finished"] >= 0) & (category != records)
    theirs = cases["finder"] >= log.plan.labels["groups"][0]["first_server"]  # type: ignore[index]
    hours = (cases["finished"] - cases["known"]) / (DAY / 24)
    others = hours[counted & ~theirs & (issues["severity"][cases["issue"]] > 0)]
    return float(hours[counted & theirs].mean()), float(others.mean()), float(np.quantile(others, 0.95))


def first_served(servers: int) -> np.ndarray:
    """What it changes that finds of so many leaders go first: the three figures of ``served``, by seed."""
    return np.array([np.subtract(served(seed, "urgent", servers), served(seed, "usual", servers)) for seed in SEEDS]).T


@pytest.mark.parametrize("leaders", [20, 60])
def test_what_leaders_find_is_settled_a_little_sooner_if_it_goes_first(leaders: int) -> None:
    theirs, _, _ = first_served(leaders)
    assert paired(theirs).high < -1
    assert paired(theirs).low > -5  # hours, of about 18: most of the time is nights, weekends and work


def test_others_hardly_notice_that_finds_of_leaders_go_first() -> None:
    _, mean, tail = first_served(20)
    assert reach(mean) < 0.5
    assert reach(tail) < 3


def test_once_leaders_find_a_few_in_a_hundred_the_others_notice() -> None:
    _, mean, tail = first_served(60)
    assert paired(mean).low > 0
    assert paired(tail).low > 0
