"""Arithmetic of KPIs that gives the same bits on every machine.

Seconds and counts stay whole numbers until one last division; sums of reals go through ``math.fsum``, and quantiles
are values that occur. An empty selection gives NaN: the KPI is undefined.
"""

from __future__ import annotations

import math

import numpy as np

NAN = math.nan
HOUR = 3600


def ratio(part: float, whole: float) -> float:
    """``part / whole``; NaN if ``whole`` is 0."""
    return part / whole if whole else NAN


def share(part: np.ndarray, whole: np.ndarray) -> float:
    """How many of the rows in mask ``whole`` are in mask ``part`` as well, as a share."""
    return ratio(int(np.count_nonzero(part & whole)), int(np.count_nonzero(whole)))


def mean(values: np.ndarray, unit: int = 1) -> float:
    """The mean of whole numbers, in units of ``unit``."""
    return ratio(int(values.sum(dtype=np.int64)), unit * values.size)


def quantile(values: np.ndarray, percent: int, unit: int = 1) -> float:
    """The smallest value that at least ``percent`` of the values do not exceed, in units of ``unit``."""
    if not values.size:
        return NAN
    rank = -(-values.size * percent // 100) - 1
    return float(np.partition(values, rank)[rank]) / unit


def spread(values: np.ndarray) -> float:
    """The 90th percentile over the 10th."""
    return ratio(quantile(values, 90), quantile(values, 10))


def gini(values: np.ndarray) -> float:
    """Gini's coefficient: 0 if all values are equal, towards 1 if one has all."""
    ordered = np.sort(values).tolist()
    total, count = math.fsum(ordered), len(ordered)
    ranked = math.fsum((2 * k - count - 1) * value for k, value in enumerate(ordered, start=1))
    return ratio(ranked, count * total)


def group_means(groups: np.ndarray, seconds: np.ndarray, count: int) -> np.ndarray:
    """The mean of whole numbers in each of the groups 0…count-1, NaN in those that have none; float64."""
    sums = np.bincount(groups, weights=seconds, minlength=count)  # exact: whole numbers below 2^53
    sizes = np.bincount(groups, minlength=count)
    return np.divide(sums, sizes, out=np.full(count, NAN), where=sizes > 0)


def overlap(start: np.ndarray, end: np.ndarray, low: np.ndarray | int, high: np.ndarray | int) -> np.ndarray:
    """How long each ``[start, end)`` lies within ``[low, high)``."""
    return np.maximum(0, np.minimum(end, high) - np.maximum(start, low))
