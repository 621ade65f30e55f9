"""Warm-up: MSER-5 and Welch on series whose answer is known, daily stocks against the data frames, the warning."""

from __future__ import annotations

import math

import made_logs
import numpy as np
import pytest

import sim
from scenarios import scenario
from sim.engine.plan import DAY
from sim.study.kpis import KPIS
from sim.study.verify import random_plans
from sim.study.warm_up import (
    WELCH_COLUMNS,
    check_warm_up,
    daily_stocks,
    judged,
    mean_stocks,
    mser,
    welch,
    welch_chart,
)


def noise(seed: int, count: int = 365, sd: float = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, sd, count)


# MSER


def naive_mser(series: np.ndarray, batch: int) -> int:
    """White's rule as it is written: the cut at which the squared error of the mean of the rest is least."""
    means = [series[k : k + batch].mean() for k in range(0, series.size // batch * batch, batch)]
    errors = [np.var(means[d:]) / (len(means) - d) for d in range(len(means) - 5)]
    return int(np.argmin(errors)) * batch


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tau", [0.1, 8, 30])
def test_mser_is_whites_rule(seed: int, tau: float) -> None:
    series = 20 * (1 - np.exp(-np.arange(300) / tau)) + noise(seed, 300)
    assert mser(series).length == naive_mser(series, 5)
    assert mser(series, batch=1).length == naive_mser(series, 1)


def test_a_step_is_cut_off_where_it_ends() -> None:
    series = np.concatenate([np.zeros(40), np.full(160, 10.0)])
    cut = mser(series)
    assert cut.length == 40
    assert cut.settled


def test_a_series_that_never_settles_is_said_to_be_too_short() -> None:
    cut = mser(np.arange(200.0) + noise(1, 200))
    assert not cut.settled
    assert cut.length > 100


def test_a_constant_series_is_not_cut() -> None:
    assert mser(np.full(100, 7.0)).length == 0


def test_mser_of_a_short_series_says_so() -> None:
    with pytest.raises(ValueError, match="expected at least 50 values, got 49"):
        mser(np.zeros(49))


# Welch


def test_welch_as_worked_out_by_hand() -> None:
    one, two = np.array([0.0, 2, 4, 6, 8, 10, 12, 14]), np.array([2.0, 4, 6, 8, 10, 12, 14, 30])
    mean = (one + two) / 2  # 1, 3, 5, 7, 9, 11, 13, 22
    expected = [mean[0], mean[0:3].mean(), mean[0:5].mean(), mean[1:6].mean(), mean[2:7].mean(), mean[3:8].mean()]
    np.testing.assert_allclose(welch([one, two], window=2), expected)


@pytest.mark.parametrize("window", [0, 3])
def test_the_window_of_welch_is_at_most_a_quarter(window: int) -> None:
    with pytest.raises(ValueError, match="expected a window of 1 to 2"):
        welch([np.zeros(8)], window=window)


# stocks


@pytest.mark.parametrize("seed", range(6))
def test_stocks_are_those_counted_one_by_one(seed: int) -> None:
    log = sim.simulate(random_plans.draw(seed))
    horizon, stocks = log.plan.rules["horizon"], daily_stocks(log)
    cases, issues, records = log.raw["cases"], log.plan["issues"], log.raw["issues"]
    for day in range(-(-horizon // DAY)):
        now = min((day + 1) * DAY, horizon) - 1
        is_open = (cases["known"] <= now) & ((cases["closed"] == -1) | (cases["closed"] > now))
        assert stocks["open"][day] == is_open.sum()
        there = (issues["valid"] == 1) & (issues["onset"] <= now)
        there &= (records["resolved"] == -1) | (records["resolved"] > now)
        listed = set(cases["issue"][is_open].tolist())
        assert stocks["latent"][day] == sum(row not in listed for row in np.flatnonzero(there).tolist())


def test_the_last_day_agrees_with_the_kpis() -> None:
    log = made_logs.district()
    stocks = daily_stocks(log)
    assert stocks["open"].size == made_logs.DAYS
    assert stocks["open"][-1] == KPIS["open_stock"](log)
    assert stocks["latent"][-1] == KPIS["latent_stock"](log)


def test_welchs_chart_is_tidy() -> None:
    log = made_logs.district()
    chart = welch_chart([log, log], window=10)
    assert tuple(chart.columns) == WELCH_COLUMNS
    assert set(chart["stock"]) == {"open", "latent"}
    latent = chart[chart["stock"] == "latent"]
    np.testing.assert_array_equal(latent["mean"], mean_stocks([log])["latent"])
    assert latent["smoothed"].isna().sum() == 10
    assert latent["smoothed"].iloc[0] == latent["mean"].iloc[0]


# the warning


def test_a_transient_longer_than_the_warm_up_is_warned_of() -> None:
    series = 100 * (1 - np.exp(-np.arange(365) / 25)) + noise(2, sd=2)
    short, long = judged("open", series, 10), judged("open", series, 150)
    assert short.too_short
    assert short.settled
    assert 40 < short.suggested < 180
    assert not long.too_short
    assert math.isnan(long.before)


def test_noise_and_holidays_are_not_warned_of() -> None:
    steady = [judged("open", 40 + noise(seed, sd=4), 30).too_short for seed in range(100)]
    assert sum(steady) <= 3
    festival = 40 + noise(3, sd=3)
    festival[200:214] += 120
    assert not judged("open", festival, 30).too_short


QUEUE = """
name: queue
lang: en
period: {days: 120, warm_up: 5 d}
demand:
  categories:
    - {id: a, title: A, rate: 40 per day, work: {grid: 1 h}, report: {delay: {kind: exponential, mean: 40 d}}}
policy:
  staffing: {kind: community_pool, workers: 2}
"""


def test_issues_that_take_long_to_be_known_need_a_long_warm_up() -> None:
    found = {one.stock: one for one in check_warm_up([sim.simulate_once(scenario(QUEUE))])}
    assert set(found) == {"open", "latent"}
    assert found["latent"].too_short
    assert found["latent"].given == 5
    assert found["latent"].suggested > 30


def test_of_a_run_below_50_days_nothing_is_said() -> None:
    assert check_warm_up([sim.simulate_once(scenario(QUEUE.replace("days: 120", "days: 49")))]) == []
    assert check_warm_up([]) == []
