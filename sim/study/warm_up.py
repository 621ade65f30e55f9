"""Has a run forgotten how it began when its KPIs are taken? MSER-5 and Welch's chart over daily stocks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.plan import DAY
from sim.study.kpis.facts import Facts
from sim.study.kpis.truth import open_spells

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.log import Log

BATCH = 5  # the 5 of MSER-5
FEWEST_BATCHES = 10  # of a shorter series nothing is said
BATCHES_LOOKED_AT = 4  # after the warm-up
TOLERANCE = 0.1  # a stock may differ by so much from season to season
WELCH_COLUMNS = ("day", "stock", "mean", "smoothed")


@dataclass(frozen=True)
class Truncation:
    """Where MSER cuts a series: ``length`` values from its start are still under the influence of how it began.

    ``settled``: False if the cut lies in the second half, which is to say that the series is too short to tell.
    """

    length: int
    settled: bool


@dataclass(frozen=True)
class WarmUp:
    """What MSER-5 says about one daily stock ("open" cases, "latent" issues) against the warm-up of the scenario.

    ``suggested``, ``given``: warm-up in days; ``settled``: see ``Truncation``; ``before``: median of the stock in the
    20 days after ``given``; ``after``: from ``suggested`` on; ``error``: standard error of their difference. NaN if the
    warm-up reaches that far.
    """

    stock: str
    suggested: int
    given: float
    settled: bool
    before: float
    after: float
    error: float

    @property
    def too_short(self) -> bool:
        """Does the stock right after the warm-up differ from what it is later by more than a season's change?

        MSER alone also cuts at holidays and seasons; so the difference has to be a tenth at least, and three standard
        errors.
        """
        moved = abs(self.before - self.after)
        return moved > max(TOLERANCE * abs(self.after), 3 * self.error)


def check_warm_up(logs: Iterable[Log]) -> list[WarmUp]:
    """What MSER-5 says about the warm-up of runs of one scenario, stock by stock; nothing of runs below 50 days.

    The stocks are averaged over the Logs first: the more of them, the surer.
    """
    logs = list(logs)
    given = logs[0].plan.rules["warm_up"] / DAY if logs else 0.0
    long_enough = {name: series for name, series in mean_stocks(logs).items() if series.size >= BATCH * FEWEST_BATCHES}
    return [judged(name, series, given) for name, series in long_enough.items()]


def judged(stock: str, series: np.ndarray, given: float) -> WarmUp:
    """What MSER-5 says about a daily stock when ``given`` days are left out."""
    cut = mser(series)
    means = _batch_means(series, BATCH)
    first, last = math.ceil(given / BATCH), cut.length // BATCH
    before, after = means[first : min(first + BATCHES_LOOKED_AT, last)], means[last:]
    if not before.size:
        return WarmUp(stock, cut.length, given, cut.settled, math.nan, math.nan, math.nan)
    error = float(after.std(ddof=1)) * math.sqrt(1 / before.size + 1 / after.size)
    return WarmUp(stock, cut.length, given, cut.settled, float(np.median(before)), float(np.median(after)), error)


def mser(series: np.ndarray, *, batch: int = BATCH) -> Truncation:
    """Where to cut a series so that the mean of the rest is surest: the marginal standard error rule over batch means.

    The last five batches are no candidates, since of a few values left the error is small by chance. ValueError for
    fewer than ``FEWEST_BATCHES`` batches. Source: White 1997, An effective truncation heuristic for bias reduction in
    simulation output; Hoad, Robinson and Davies 2010, Automating warm-up length estimation.
    """
    count = series.size // batch
    if count < FEWEST_BATCHES:
        raise ValueError(f"MSER: expected at least {FEWEST_BATCHES * batch} values, got {series.size}")
    means = _batch_means(series, batch)
    left = np.arange(count, 0, -1)  # values left when cut here
    centred = means - means.mean()  # sums of squares lose fewer digits
    total, squares = np.cumsum(centred[::-1])[::-1], np.cumsum(centred[::-1] ** 2)[::-1]
    error = np.maximum(0, squares - total**2 / left) / left.astype(float) ** 2
    cut = int(np.argmin(error[: count - 5]))
    return Truncation(cut * batch, cut <= count // 2)


def _batch_means(series: np.ndarray, batch: int) -> np.ndarray:
    count = series.size // batch
    means: np.ndarray = series[: count * batch].reshape(count, batch).mean(axis=1)
    return means


def welch(series: Sequence[np.ndarray], *, window: int) -> np.ndarray:
    """Welch's moving average of the mean over replications, to be looked at: float64[length - window].

    Each value is the mean of the ``window`` values on both sides, of fewer at the start. ValueError for a window that
    is not at least 1 and at most a quarter of the length. Source: Welch 1983; Law, Simulation Modeling and Analysis,
    section 9.5.1.
    """
    mean = np.mean(series, axis=0)
    if not 1 <= window <= mean.size // 4:
        raise ValueError(f"Welch: expected a window of 1 to {mean.size // 4} (a quarter of the series), got {window}")
    sums = np.concatenate([[0.0], np.cumsum(mean)])
    at = np.arange(mean.size - window)
    half = np.minimum(at, window)
    return (sums[at + half + 1] - sums[at - half]) / (2 * half + 1)


def welch_chart(logs: Iterable[Log], *, window: int = 14) -> pd.DataFrame:
    """The daily stocks of runs of one scenario, their mean and Welch's moving average: tidy, columns ``WELCH_COLUMNS``."""
    import pandas as pd  # noqa: PLC0415  # takes time to load

    by_stock = _by_stock([daily_stocks(log) for log in logs])
    rows = []
    for stock, series in by_stock.items():
        mean = np.mean(series, axis=0)
        smoothed = np.concatenate([welch(series, window=window), np.full(window, math.nan)])
        rows += [(day, stock, a, b) for day, (a, b) in enumerate(zip(mean.tolist(), smoothed.tolist(), strict=True))]
    return pd.DataFrame(rows, columns=WELCH_COLUMNS)


def mean_stocks(logs: Iterable[Log]) -> dict[str, np.ndarray]:
    """The daily stocks, averaged over runs of one scenario."""
    return {name: np.mean(series, axis=0) for name, series in _by_stock([daily_stocks(log) for log in logs]).items()}


def _by_stock(runs: Sequence[Mapping[str, np.ndarray]]) -> dict[str, list[np.ndarray]]:
    return {name: [run[name] for run in runs] for name in (runs[0] if runs else ())}


def daily_stocks(log: Log) -> dict[str, np.ndarray]:
    """At the last second of each day, how many cases are open, and how many issues are there and on nobody's list: int64[days]."""
    facts = Facts.of(log)
    ends = np.minimum(np.arange(1, -(-facts.horizon // DAY) + 1) * DAY, facts.horizon) - 1
    issue, start, end = facts.once(open_spells)
    there = np.where(facts.real, facts.gone, facts.issues["onset"])  # reports of nothing are nowhere
    listed = np.maximum(start, facts.issues["onset"][issue]), np.minimum(end, there[issue])
    return {
        "open": _present(ends, facts.cases["known"], facts.ended),
        "latent": _present(ends, facts.issues["onset"], there) - _present(ends, *listed),
    }


def _present(instants: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """How many ``[start, end)`` hold each of the ascending instants."""
    real = end > start
    begun = np.bincount(np.searchsorted(instants, start[real]), minlength=instants.size + 1)
    ended = np.bincount(np.searchsorted(instants, end[real]), minlength=instants.size + 1)
    return np.cumsum(begun - ended)[: instants.size]
