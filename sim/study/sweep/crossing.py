"""Crossings: where on a lever a KPI meets a goal, and how sure that is.

Each unit of observation (a replication, or a draw of the uncertainties) has met all settings of the lever, so it has a
curve of its own: monotone between neighbouring settings (Fritsch and Carlson 1980). The estimate is where the mean of
the curves meets the goal. The interval holds every place at which a t test over the curves would not refuse that their
mean is at the goal (Fieller's method, Fieller 1954); so it is open where the settings do not reach far enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.study.intervals import CONFIDENCE, t_quantile

FINE = 2000  # places looked at between the first and the last setting

ALL, NONE = "met at all settings", "met at no setting"
TURNS = "no reading: the goal is met, and then missed again, along the lever"
UNDEFINED = "no reading: the KPI is undefined"


@dataclass(frozen=True)
class Crossing:
    """Where a goal is met: ``estimate``, and the interval, NaN where it is open or there is none; ``note`` says why."""

    estimate: float
    low: float
    high: float
    note: str = ""


def crossing(
    at: Sequence[float], values: np.ndarray, goal: float, *, at_least: bool, confidence: float = CONFIDENCE
) -> Crossing:
    """Where the mean of curves meets ``goal``.

    ``at``: places of the settings on the axis, ascending; ``values``: float64[units, settings], NaN where undefined; ``at_least``: the goal
    is a floor, else a ceiling. Of a KPI that rises with the lever it is the least place, of one that falls the last, at which a floor is held.
    """
    gap = (values - goal) * (1 if at_least else -1)  # ≥ 0: the goal is met
    gap = gap[np.isfinite(gap).all(axis=1)]
    places = np.asarray(at, np.float64)
    if not len(gap) or len(places) < 2:
        return Crossing(math.nan, math.nan, math.nan, UNDEFINED)
    falls = gap[:, -1].mean() < gap[:, 0].mean()
    if falls:  # look at it in a mirror, where it rises
        places, gap = -places[::-1], gap[:, ::-1]
    found = _rising(places, gap, confidence)
    return Crossing(-found.estimate, -found.high, -found.low, found.note) if falls else found


def _rising(places: np.ndarray, gap: np.ndarray, confidence: float) -> Crossing:
    """The first place at which the mean of rising curves is at least 0."""
    if _turns(gap, confidence):
        return Crossing(math.nan, math.nan, math.nan, TURNS)
    x, curves = _curves(places, gap)
    mean = _never_falling(curves.mean(axis=0))
    note = NONE if mean[-1] < 0 else ALL if mean[0] >= 0 else ""
    estimate = math.nan if note else _first_zero(x, mean)
    if len(gap) < 2:
        return Crossing(estimate, math.nan, math.nan, note)
    half = t_quantile(len(gap) - 1, confidence) * _standard_error(curves)
    return Crossing(
        estimate, _first_zero(x, curves.mean(axis=0) + half), _last_zero(x, curves.mean(axis=0) - half), note
    )


def _turns(gap: np.ndarray, confidence: float) -> bool:
    """Is the goal clearly met at one setting and clearly missed at a later one?"""
    if len(gap) < 2:
        return False
    one_sided = 1 - (1 - confidence) / gap.shape[1]  # over all settings together; each looks to one side
    half = t_quantile(len(gap) - 1, one_sided) * _standard_error(gap)
    met, missed = gap.mean(axis=0) > half, gap.mean(axis=0) < -half
    return bool((np.maximum.accumulate(met) & missed).any())


def _standard_error(values: np.ndarray) -> np.ndarray:
    return values.std(axis=0, ddof=1) / math.sqrt(len(values))


def _curves(places: np.ndarray, gap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each unit's curve at many places."""
    from scipy.interpolate import PchipInterpolator  # noqa: PLC0415  # takes time to load

    x = np.union1d(np.linspace(places[0], places[-1], FINE), places)
    return x, PchipInterpolator(places, gap, axis=1)(x)


def _never_falling(mean: np.ndarray) -> np.ndarray:
    """The rising curve that is nearest to a mean (pool adjacent violators)."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415  # takes time to load

    return np.asarray(isotonic_regression(mean).x)


def _first_zero(x: np.ndarray, y: np.ndarray) -> float:
    """Where ``y`` first comes up to 0; NaN if it begins above or never does."""
    up = int(np.argmax(y >= 0))
    return math.nan if up == 0 else _between(x, y, up)


def _last_zero(x: np.ndarray, y: np.ndarray) -> float:
    """From where on ``y`` is never again below 0; NaN if it always is at least 0, or ends below."""
    below = np.flatnonzero(y < 0)
    return math.nan if not below.size or below[-1] == len(y) - 1 else _between(x, y, int(below[-1]) + 1)


def _between(x: np.ndarray, y: np.ndarray, up: int) -> float:
    """Where the line from the point before ``up`` to ``up`` passes 0."""
    share = -y[up - 1] / (y[up] - y[up - 1])
    return float(x[up - 1] + share * (x[up] - x[up - 1]))
