"""What a law of durations comes to at a given chance: its quantiles, in whole seconds."""

from __future__ import annotations

import math
from functools import lru_cache, singledispatch

import numpy as np

from sim.model.distributions import (
    LONGEST,
    Deterministic,
    Empirical,
    Exponential,
    Gamma,
    Law,
    Lognormal,
    Triangular,
    Uniform,
)
from sim.model.normal import standard_normal
from sim.model.streams import Ints, Reals


def quantile(law: Law, u: Reals) -> Ints:
    """The durations of ``law`` at the chances ``u`` (strictly between 0 and 1): int64 seconds, 1 … 2^31 - 1.

    Rounding is part of the definition: the last bit of a logarithm on another machine changes nothing.
    """
    seconds = _inverse(law, u)
    np.clip(seconds, 1, LONGEST, out=seconds)
    return np.rint(seconds, out=seconds).astype(np.int64)


def lognormal(u: Reals, *, mean: float, cv: float) -> Reals:
    """Quantiles of the lognormal law of that mean and coefficient of variation (0: constant)."""
    if cv == 0:
        return np.full(u.shape, mean)
    variance = math.log1p(cv**2)
    scores = standard_normal(u)
    scores *= math.sqrt(variance)
    scores += math.log(mean) - variance / 2
    return np.exp(scores, out=scores)


@singledispatch
def _inverse(law: Law, u: Reals) -> Reals:
    """The durations in seconds, not rounded."""
    raise TypeError(f"expected a law of durations, got {law!r}")


@_inverse.register
def _(law: Deterministic, u: Reals) -> Reals:
    return np.full(u.shape, float(law.value))


@_inverse.register
def _(law: Exponential, u: Reals) -> Reals:
    return -law.mean * np.log1p(-u)


@_inverse.register
def _(law: Lognormal, u: Reals) -> Reals:
    return lognormal(u, mean=law.mean, cv=law.cv)


@_inverse.register
def _(law: Uniform, u: Reals) -> Reals:
    return law.low + u * (law.high - law.low)


@_inverse.register
def _(law: Triangular, u: Reals) -> Reals:
    span, rise, fall = law.high - law.low, law.mode - law.low, law.high - law.mode
    up, down = law.low + np.sqrt(u * span * rise), law.high - np.sqrt((1 - u) * span * fall)
    return np.where(u * span <= rise, up, down)


@_inverse.register
def _(law: Gamma, u: Reals) -> Reals:
    scores, quantiles = _gamma_table(law.cv)
    return law.mean * np.interp(standard_normal(u), scores, quantiles)


@_inverse.register
def _(law: Empirical, u: Reals) -> Reals:
    durations = np.array(law.durations())
    return durations[(u * len(durations)).astype(np.int64)]


@lru_cache(maxsize=64)
def _gamma_table(cv: float) -> tuple[Reals, Reals]:
    """Normal scores, and the quantiles of the gamma law of mean 1 at them: smooth enough to be linear in between."""
    from scipy.special import gammainccinv, gammaincinv, ndtr  # noqa: PLC0415 - slow to import

    scores, shape = np.linspace(-9, 9, 18 * 64 + 1), cv**-2
    lower, upper = gammaincinv(shape, ndtr(scores)), gammainccinv(shape, ndtr(-scores))
    return scores, np.where(scores < 0, lower, upper) / shape
