"""How long issues last place by place, under one policy and under another: what maps of fairness are drawn from.

The figures that sum this up over a district (worst grid, P90/P10, Gini, by street, by readiness to report) are KPIs; a
comparison has their differences with intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.study.compare.comparison import ComparisonError
from sim.study.compare.paired import paired
from sim.study.intervals import CONFIDENCE, interval
from sim.study.kpis.exact import HOUR
from sim.study.kpis.facts import Facts

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.log import Log

Place = Literal["grid", "community", "street"]

PLACE_COLUMNS = ("place", "community", "street", "issues", "lifetime_mean", "ci_low", "ci_high", "replications")
PLACE_DIFFERENCE_COLUMNS = (
    *("place", "community", "street", "issues", "baseline_mean", "scenario_mean", "difference"),
    *("ci_low", "ci_high", "replications"),
)


def by_place(logs: Sequence[Log], place: Place = "grid", *, level: float = CONFIDENCE) -> pd.DataFrame:
    """The mean lifetime of issues (hours from onset to the true end, or the horizon) in each grid, community or street.

    ``logs``: replications of one scenario. Columns ``PLACE_COLUMNS``: ``place`` is the number of the grid, else the id;
    ``issues`` the mean number of real issues that came into being within the window. Places without any have no mean.
    """
    import pandas as pd  # noqa: PLC0415  # takes time to load

    means, counts = _over(logs, place)
    rows = []
    for names, values, count in zip(_names(logs[0], place), means.T.tolist(), counts.mean(axis=0), strict=True):
        it = interval(values, level)
        rows.append((*names, float(count), it.mean, it.low, it.high, it.replications))
    return pd.DataFrame(rows, columns=PLACE_COLUMNS)


def difference_by_place(
    baseline: Sequence[Log], scenario: Sequence[Log], place: Place = "grid", *, level: float = CONFIDENCE
) -> pd.DataFrame:
    """The paired difference of the mean lifetime of issues in each place, columns ``PLACE_DIFFERENCE_COLUMNS``.

    ``baseline[k]`` and ``scenario[k]`` are replication k of each. ComparisonError if the places are not the same under
    both: compare zonings by community.
    """
    import pandas as pd  # noqa: PLC0415

    here, there = _of_building(baseline[0], place), _of_building(scenario[0], place)
    if not np.array_equal(here, there):
        raise ComparisonError(f"expected the same buildings in each {place} under both policies; compare by community")
    (old, counts), (new, _) = _over(baseline, place), _over(scenario, place)
    rows = []
    for at, names in enumerate(_names(baseline[0], place)):
        it = paired(old[:, at].tolist(), new[:, at].tolist())
        numbers = (it.baseline, it.scenario, it.mean, *it.interval(level), it.replications)
        rows.append((*names, float(counts[:, at].mean()), *numbers))
    return pd.DataFrame(rows, columns=PLACE_DIFFERENCE_COLUMNS)


def _over(logs: Sequence[Log], place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Mean lifetime in hours (NaN without issues) and number of issues: float64[replications, places] each."""
    size = _size(logs[0], place)
    found = [_lifetimes(log, place, size) for log in logs]
    return np.array([means for means, _ in found]), np.array([counts for _, counts in found])


def _lifetimes(log: Log, place: Place, size: int) -> tuple[np.ndarray, np.ndarray]:
    facts = Facts.of(log)
    issue = np.flatnonzero(facts.occurred)
    at = _of_building(log, place)[facts.issues["building"][issue]]
    seconds = np.bincount(at, weights=facts.gone[issue] - facts.issues["onset"][issue], minlength=size)  # exact
    counts = np.bincount(at, minlength=size).astype(float)
    return np.divide(seconds, HOUR * counts, out=np.full(size, math.nan), where=counts > 0), counts


def _of_building(log: Log, place: Place) -> np.ndarray:
    """The grid, community or street of each building."""
    if place == "grid":
        grids: np.ndarray = log.plan["buildings"]["grid"]
        return grids
    community = np.asarray(log.plan.labels["building_community"])
    return community if place == "community" else np.asarray(log.plan.labels["community_street"])[community]


def _size(log: Log, place: Place) -> int:
    if place == "grid":
        return int(log.plan["buildings"]["grid"].max(initial=-1)) + 1
    labels: Sequence[str] = log.plan.labels["communities" if place == "community" else "streets"]  # type: ignore[assignment]
    return len(labels)


def _names(log: Log, place: Place) -> list[tuple[object, str, str]]:
    """What each place is called, its community and its street."""
    labels = log.plan.labels
    communities: Sequence[str] = labels["communities"]  # type: ignore[assignment]
    streets: Sequence[str] = labels["streets"]  # type: ignore[assignment]
    street_of = np.asarray(labels["community_street"])
    if place == "street":
        return [(id, "", id) for id in streets]
    if place == "community":
        return [(id, id, streets[street_of[row]]) for row, id in enumerate(communities)]
    home = np.full(_size(log, place), -1)
    home[log.plan["buildings"]["grid"]] = np.asarray(labels["building_community"])
    return [(grid, communities[row], streets[street_of[row]]) for grid, row in enumerate(home.tolist())]
