"""Paired differences: how a KPI differs between two policies that met the same issues, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.study.intervals import t_quantile

NAN = math.nan


@dataclass(frozen=True)
class Difference:
    """Scenario less baseline over the replications in which both are defined; NaN for what cannot be said.

    ``baseline``, ``scenario``, ``mean``: means over those replications, and of the difference; ``error``: standard
    error of ``mean``; ``variance_ratio``: variance of the difference over the sum of the variances, 1 where pairing
    gains nothing.
    """

    baseline: float
    scenario: float
    mean: float
    error: float
    variance_ratio: float
    replications: int

    def interval(self, level: float) -> tuple[float, float]:
        """Student's t interval of the mean difference; NaN with fewer than two replications."""
        if math.isnan(self.error):
            return NAN, NAN
        half = t_quantile(self.replications - 1, level) * self.error
        return self.mean - half, self.mean + half

    @property
    def p(self) -> float:
        """Two-sided p of "no difference"; 1 if the difference is identically zero, 0 if it is a constant other than that."""
        if math.isnan(self.error):
            return NAN
        return min(1.0, 2 * min(self.p_above(0.0), self.p_below(0.0)))

    def p_above(self, bound: float) -> float:
        """One-sided p of "the difference is at most ``bound``": small where it surely lies above."""
        return self._tail(bound - self.mean)

    def p_below(self, bound: float) -> float:
        """One-sided p of "the difference is at least ``bound``": small where it surely lies below."""
        return self._tail(self.mean - bound)

    def _tail(self, distance: float) -> float:
        """The chance that a t variable lies at or below ``distance`` standard errors."""
        if math.isnan(self.error):
            return NAN
        if self.error == 0:
            return 0.0 if distance < 0 else 1.0
        from scipy.special import stdtr  # noqa: PLC0415  # takes time to load

        return float(stdtr(self.replications - 1, distance / self.error))


def paired(baseline: Sequence[float], scenario: Sequence[float]) -> Difference:
    """The paired difference of a KPI; ``baseline[k]`` and ``scenario[k]`` are its values in replication k, NaN if undefined.

    The same values give the same bits on every machine (sums by ``math.fsum``). ValueError unless there are equally
    many.
    """
    pairs = [(a, b) for a, b in zip(baseline, scenario, strict=True) if not (math.isnan(a) or math.isnan(b))]
    count = len(pairs)
    if not count:
        return Difference(NAN, NAN, NAN, NAN, NAN, 0)
    old, new = [a for a, _ in pairs], [b for _, b in pairs]
    change = [b - a for a, b in pairs]
    apart = variance(old) + variance(new)
    spread = variance(change)
    return Difference(
        baseline=mean(old),
        scenario=mean(new),
        mean=mean(change),
        error=math.sqrt(spread / count),
        variance_ratio=spread / apart if apart > 0 and any(change) else NAN,
        replications=count,
    )


def mean(values: Sequence[float]) -> float:
    """The mean; the values are there and defined."""
    return math.fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """The variance between values, with n - 1; NaN of fewer than two."""
    if len(values) < 2:
        return NAN
    middle = mean(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1)


def holm(p: Sequence[float]) -> list[float]:
    """P-values corrected for being a family: the chance of any false claim stays below each (Holm's step-down method).

    Undefined ones (NaN) are no members of the family and stay NaN. Source: Holm 1979, Scandinavian Journal of
    Statistics 6.
    """
    members = sorted((value, at) for at, value in enumerate(p) if not math.isnan(value))
    corrected, reached = [NAN] * len(p), 0.0
    for rank, (value, at) in enumerate(members):
        reached = max(reached, min(1.0, (len(members) - rank) * value))
        corrected[at] = reached
    return corrected
