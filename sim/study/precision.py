"""How many replications: as many as it takes for figures to be as precise as wanted, with a look ahead.

Source: Hoad, Robinson and Davies 2010, Automated selection of the number of replications for a discrete-event
simulation, Journal of the Operational Research Society 61: replications are added until the half-width of the interval
is small enough and stays so while a further few are added, so that it is not met by luck once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.study.intervals import CONFIDENCE, t_quantile

if TYPE_CHECKING:
    import pandas as pd

FIRST = 3  # replications before the precision is looked at
LOOK_AHEAD = 5  # further replications over which it has to hold, up to 100 replications; in proportion beyond
MOST = 1000

PRECISION_COLUMNS = ("scenario", "kpi", "quantile", "replications", "estimate", "half_width", "allowed")


class PrecisionError(ValueError):
    """A precision that makes no sense, or that cannot be judged."""


@dataclass(frozen=True)
class Precision:
    """How precise a figure is to be: the half-width of its interval, in its unit (``within``) or as a share (``relative``).

    ``relative`` is of the size of the figure itself, in a comparison of its mean under the baseline. ``quantile``: of
    the replications' values, 0.9 for what is exceeded in one of ten; None for their mean. PrecisionError unless exactly
    one of ``within`` and ``relative`` is given, and above 0.
    """

    kpi: str
    within: float | None = None
    relative: float | None = None
    quantile: float | None = None

    def __post_init__(self) -> None:
        given = [width for width in (self.within, self.relative) if width is not None]
        if len(given) != 1 or not 0 < given[0] < math.inf:
            raise PrecisionError(
                f"precision of {self.kpi}: expected either within (in its unit) or relative (a share), above 0, "
                f"got within={self.within}, relative={self.relative}"
            )
        if self.quantile is not None and not 0 < self.quantile < 1:
            raise PrecisionError(f"precision of {self.kpi}: expected a quantile between 0 and 1, got {self.quantile}")


@dataclass(frozen=True, eq=False)
class Series:
    """Values of a figure by replication, and those of which ``relative`` is a share; float64, NaN where undefined.

    ``scenario``: whose they are.
    """

    wanted: Precision
    values: np.ndarray
    scale: np.ndarray
    scenario: str = ""

    def first(self, count: int) -> Series:
        """Its first ``count`` replications."""
        return Series(self.wanted, self.values[:count], self.scale[:count], self.scenario)

    def estimate(self) -> float:
        """The mean or quantile so far."""
        defined = _defined(self.values)
        if not defined.size:
            return math.nan
        wanted = self.wanted.quantile
        return math.fsum(defined) / defined.size if wanted is None else _quantile(np.sort(defined), wanted)

    def half_width(self, level: float) -> float:
        """Half the width of the interval so far; infinite while there is none."""
        defined = _defined(self.values)
        if self.wanted.quantile is None:
            return _half_width_of_mean(defined, level)
        return _half_width_of_quantile(np.sort(defined), self.wanted.quantile, level)

    def allowed(self) -> float:
        """The half-width that is precise enough."""
        if self.wanted.within is not None:
            return self.wanted.within
        scale = _defined(self.scale)
        return abs(math.fsum(scale) / scale.size) * (self.wanted.relative or 0.0) if scale.size else 0.0

    def met(self, level: float) -> bool:
        """Is it precise enough so far?"""
        return self.half_width(level) <= self.allowed()


#: gives the series of all that is wanted over at least so many replications, always the same ones
Supply = Callable[[int], Sequence[Series]]


@dataclass(frozen=True, eq=False)
class Achieved:
    """How many replications were needed and made.

    ``needed``: the first number at which everything was precise enough and stayed so over the look-ahead; None if that
    did not happen within the most that were allowed. ``made``: with the look-ahead. ``table``: columns
    ``PRECISION_COLUMNS``, at ``made``.
    """

    needed: int | None
    made: int
    table: pd.DataFrame


def look_ahead(replications: int, least: int = LOOK_AHEAD) -> int:
    """Over how many further replications precision has to hold that was met after ``replications``."""
    return least if replications <= 100 else least * replications // 100


def replicate_to(
    supply: Supply,
    *,
    level: float = CONFIDENCE,
    first: int = FIRST,
    least_ahead: int = LOOK_AHEAD,
    most: int = MOST,
) -> Achieved:
    """Ask ``supply`` for more replications until all series are precise enough, and stay so over the look-ahead.

    ``supply`` is asked for growing numbers of replications, each time just as many as the answer certainly takes, so
    that the answer does not depend on how they are run. PrecisionError if ``most`` is below ``first``, and for a figure
    that is undefined in all replications.
    """
    if not 2 <= first <= most:
        raise PrecisionError(f"replications: expected at least {max(2, first)} to judge a precision by, got {most}")
    candidate, looked_at = first, first - 1
    while True:
        total = min(candidate + look_ahead(candidate, least_ahead), most)
        series = supply(total)
        _see_defined(series, total)
        for count in range(looked_at + 1, total + 1):
            if not all(one.first(count).met(level) for one in series):
                candidate = count + 1
        looked_at = total
        if candidate + look_ahead(candidate, least_ahead) <= total:
            return Achieved(candidate, total, _table(series, total, level))
        if total == most:
            return Achieved(None, total, _table(series, total, level))


def _see_defined(series: Sequence[Series], total: int) -> None:
    """Raise PrecisionError for a figure of which more replications would tell nothing either."""
    for one in series:
        if np.isnan(one.values[:total]).all():
            raise PrecisionError(
                f"precision of {one.wanted.kpi}: it is undefined in all of the first {total} replications"
            )


def _table(series: Sequence[Series], total: int, level: float) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  # takes time to load

    rows = [
        (one.scenario, one.wanted.kpi, one.wanted.quantile, total, one.estimate(), one.half_width(level), one.allowed())
        for one in (each.first(total) for each in series)
    ]
    return pd.DataFrame(rows, columns=PRECISION_COLUMNS)


def _defined(values: np.ndarray) -> np.ndarray:
    return values[~np.isnan(values)]


def _half_width_of_mean(values: np.ndarray, level: float) -> float:
    if values.size < 2:
        return math.inf
    mean = math.fsum(values) / values.size
    variance = math.fsum((values - mean) ** 2) / (values.size - 1)
    return t_quantile(values.size - 1, level) * math.sqrt(variance / values.size)


def _quantile(ordered: np.ndarray, share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed."""
    return float(ordered[math.ceil(ordered.size * share) - 1])


def _half_width_of_quantile(ordered: np.ndarray, share: float, level: float) -> float:
    """Half the width of the interval between two order statistics that holds the quantile, whatever the law of the values."""
    low, high = order_statistics(ordered.size, share, level)
    if low < 1 or high > ordered.size:
        return math.inf
    return float(ordered[high - 1] - ordered[low - 1]) / 2


@lru_cache(maxsize=4096)
def order_statistics(count: int, share: float, level: float) -> tuple[int, int]:
    """The ranks (1 … ``count``) between which the quantile ``share`` lies with at least ``level``, each tail at most half of the rest.

    Rank 0 or ``count + 1`` where there are too few values to say. Source: Conover, Practical Nonparametric Statistics,
    section 3.2.
    """
    from scipy.special import bdtr  # noqa: PLC0415  # takes time to load

    tail = (1 - level) / 2
    below = bdtr(np.arange(count + 1), count, share)  # the chance that at most so many values lie below the quantile
    return int(np.searchsorted(below, tail, side="right")), int(np.searchsorted(below, 1 - tail, side="left")) + 1
