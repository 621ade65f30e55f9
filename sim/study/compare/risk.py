"""Risk: what a single replication, one possible year, may bring; not to be mistaken for the error of a mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist

from sim.study.compare.paired import NAN, variance
from sim.study.kpis import Better

RISK_COLUMNS = (
    *("scenario", "kpi", "baseline_sd", "baseline_p10", "baseline_p90", "scenario_sd", "scenario_p10", "scenario_p90"),
    *("difference_sd", "difference_p10", "difference_p50", "difference_p90"),
    *("chance_worse", "chance_low", "chance_high", "replications"),
)


def risk_rows(
    baseline: Mapping[str, Sequence[float]],
    scenario: Mapping[str, Sequence[float]],
    better: Mapping[str, Better],
    *,
    level: float,
) -> Iterator[tuple[object, ...]]:
    """The columns of ``RISK_COLUMNS`` but the first, of all figures; ``better``: which way each is better.

    Standard deviations and quantiles are those of replications; ``chance_worse`` is the share of replications in which
    the scenario did worse on the same issues, with its interval at ``level`` (NaN of figures better neither way).
    """
    for id, old_values in baseline.items():
        pairs = [(a, b) for a, b in zip(old_values, scenario[id], strict=True) if not (math.isnan(a) or math.isnan(b))]
        old, new, change = [a for a, _ in pairs], [b for _, b in pairs], [b - a for a, b in pairs]
        sign = better[id]
        worse = sum(sign * step < 0 for step in change) if sign is not Better.NEITHER else NAN
        yield (
            *(id, variance(old) ** 0.5, *_quantiles(old, 10, 90), variance(new) ** 0.5, *_quantiles(new, 10, 90)),
            *(variance(change) ** 0.5, *_quantiles(change, 10, 50, 90)),
            *(worse / len(pairs) if pairs else NAN, *chance_interval(worse, len(pairs), level), len(pairs)),
        )


def _quantiles(values: Sequence[float], *percents: int) -> list[float]:
    """For each percent the smallest value that at least so many of the values do not exceed."""
    ordered = sorted(values)
    return [ordered[-(-len(ordered) * percent // 100) - 1] if ordered else NAN for percent in percents]


def chance_interval(happened: float, count: int, level: float) -> tuple[float, float]:
    """The interval of a chance of which ``happened`` of ``count`` trials were seen (Wilson 1927); NaN of no trial."""
    if not count or math.isnan(happened):
        return NAN, NAN
    z, share = NormalDist().inv_cdf((1 + level) / 2), happened / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - half), min(1.0, middle + half)
