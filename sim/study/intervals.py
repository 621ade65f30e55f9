"""Intervals over replications."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean over replications and its confidence interval; NaN where there is none."""

    mean: float
    low: float
    high: float
    replications: int


def interval(values: Iterable[float], confidence: float = CONFIDENCE) -> Interval:
    """Student's t interval of the mean of the values that are defined (not NaN).

    The bounds are NaN with fewer than two values, and the mean too with none. The same values give the same bits
    whatever their order and the machine (sums by ``math.fsum``).
    """
    defined = [value for value in values if not math.isnan(value)]
    count = len(defined)
    if not count:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = math.fsum(defined) / count
    if count == 1:
        return Interval(mean, math.nan, math.nan, 1)
    variance = math.fsum((value - mean) ** 2 for value in defined) / (count - 1)
    half = t_quantile(count - 1, confidence) * math.sqrt(variance / count)
    return Interval(mean, mean - half, mean + half, count)


@cache
def t_quantile(degrees: int, confidence: float) -> float:
    """How many standard errors lie on each side of a mean: Student's t with ``degrees`` of freedom, to twelve digits.

    Written out for whole degrees, so that no digit depends on the version of a library. Source: Abramowitz and Stegun, 26.7.3-4.
    """
    low, high = 0.0, math.pi / 2  # angles: t = sqrt(degrees) * tan(angle)
    for _ in range(64):
        middle = (low + high) / 2
        if _t_within(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return float(f"{math.sqrt(degrees) * math.tan(low):.12g}")


def _t_within(angle: float, degrees: int) -> float:
    """The chance that |T| is at most ``sqrt(degrees) * tan(angle)``."""
    odd, squared = degrees % 2, math.cos(angle) ** 2
    term = total = math.cos(angle) if odd else 1.0
    for k in range(2 + odd, degrees, 2):
        term *= squared * (k - 1) / k
        total += term
    if not odd:
        return math.sin(angle) * total
    return (angle + (math.sin(angle) * total if degrees > 1 else 0.0)) * 2 / math.pi
