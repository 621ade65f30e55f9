"""Crossings: read off where they are known, with intervals that hold them as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.study.sweep.crossing import ALL, NONE, TURNS, UNDEFINED, Crossing, crossing


def isnan(*values: float) -> bool:
    return all(map(math.isnan, values))


def test_between_two_settings_it_is_read_off_the_line() -> None:
    found = crossing([10, 20], np.array([[0.5, 1.0], [0.5, 1.0]]), 0.9, at_least=True)
    assert found.estimate == pytest.approx(18)
    assert (found.low, found.high) == pytest.approx((18, 18))
    assert found.note == ""


def test_a_straight_line_is_read_off_exactly_over_many_settings() -> None:
    at = np.array([10.0, 13, 30, 80])
    values = np.array([0.01 * at + shift for shift in (-0.05, 0.0, 0.05)])
    found = crossing(at, values, 0.4, at_least=True)
    assert found.estimate == pytest.approx(40, abs=1e-6)
    half = 4.302652729911275 * 5 / math.sqrt(3)  # t(2, 0.975), the shifts of ±0.05 are ±5 along the lever
    assert (found.low, found.high) == pytest.approx((40 - half, 40 + half), abs=1e-6)


@pytest.mark.parametrize(("at_least", "sign"), [(True, 1), (False, -1)])
@pytest.mark.parametrize("rises", [True, False])
def test_floors_and_ceilings_rising_and_falling(at_least: bool, sign: int, rises: bool) -> None:
    at = np.array([1.0, 2, 3, 4])
    curve = (at if rises else 5 - at) * sign
    found = crossing(at, np.array([curve, curve + 0.01 * sign]), 2.5 * sign, at_least=at_least)
    assert found.estimate == pytest.approx(2.5, abs=0.01)
    assert found.low < 2.5 < found.high


def test_one_curve_gives_no_interval() -> None:
    found = crossing([1, 2], np.array([[0.0, 1.0]]), 0.25, at_least=True)
    assert found.estimate == pytest.approx(1.25)
    assert isnan(found.low, found.high)


def test_a_goal_that_no_setting_meets() -> None:
    found = crossing([1, 2, 3], np.array([[0.2, 0.3, 0.4], [0.2, 0.31, 0.4]]), 0.5, at_least=True)
    assert found.note == NONE
    assert isnan(found.estimate, found.low, found.high)


def test_a_goal_that_all_settings_meet() -> None:
    found = crossing([1, 2, 3], np.array([[0.2, 0.3, 0.4], [0.2, 0.31, 0.4]]), 0.5, at_least=False)
    assert found.note == ALL
    assert isnan(found.estimate, found.low, found.high)


def test_an_interval_that_reaches_past_the_settings_is_open() -> None:
    noisy = np.array([[0.0, 0.5, 0.8], [0.2, 0.7, 1.0]])
    found = crossing([1, 2, 3], noisy, 0.85, at_least=True)
    assert 2 < found.estimate < 3
    assert isnan(found.high)


def test_a_goal_met_and_missed_again_is_not_read_off() -> None:
    turning = np.array([[0.0, 1.0, 0.0], [0, 1.1, 0.05], [0.01, 0.9, 0]])
    assert crossing([1, 2, 3], turning, 0.5, at_least=True).note == TURNS


def test_a_turn_within_the_noise_or_far_from_the_goal_is_no_hindrance() -> None:
    values = np.array([[0.1, 0.5, 0.96, 0.95], [0.1, 0.52, 0.97, 0.96], [0.1, 0.48, 0.95, 0.94]])
    found = crossing([1, 2, 3, 4], values, 0.8, at_least=True)
    assert found.note == ""
    assert 2 < found.estimate < 3


def test_curves_with_holes_do_not_count() -> None:
    values = np.array([[0.0, 1.0], [math.nan, 5.0], [0.0, 1.0]])
    assert crossing([0, 1], values, 0.5, at_least=True).estimate == pytest.approx(0.5)
    assert crossing([0, 1], values[1:2], 0.5, at_least=True) == Crossing(
        pytest.approx(math.nan, nan_ok=True),
        pytest.approx(math.nan, nan_ok=True),
        pytest.approx(math.nan, nan_ok=True),
        UNDEFINED,
    )


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    at, rng, held = np.arange(20.0, 81, 5), np.random.default_rng(1), 0
    truth = 45 + 8 * math.log(0.6 / 0.4)  # where a logistic curve is 0.6
    for _ in range(400):
        common = rng.normal(0, 0.02, (10, 1)) + rng.normal(0, 0.015, (10, 1)) * np.linspace(0, 1, len(at))
        values = 1 / (1 + np.exp(-(at - 45) / 8)) + common + rng.normal(0, 0.006, (10, len(at)))
        found = crossing(at, values, 0.6, at_least=True)
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 400 <= 0.98
