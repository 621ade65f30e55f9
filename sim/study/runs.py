"""Runs: what is kept of many simulated replications, for comparisons and studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.study.kpis import Figure

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class IssueKeys:
    """Which issues a replication has: the same objects for all policies that meet the same demand.

    ``luck``: uint64[issues], the identity of each issue, the same under every scenario in which it arises;
    ``category``: int16[issues], index of ``categories``; ``categories``: their ids.
    """

    luck: np.ndarray
    category: np.ndarray
    categories: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Run:
    """What is kept of one replication of a scenario.

    ``values``: float64[figures], the KPIs in the order of ``Runs.figures``, NaN where undefined; ``fates``: int8[issues], index of
    ``sim.engine.log.FATES``; ``resolved``: int32[issues], seconds from onset to the true end of the issue, -1 if it has none by the horizon;
    ``issues``: which issues these are; ``lifetimes``: int64[buildings], how many seconds the real issues of each building lasted
    that came into being within the window (to the horizon, if they have not ended), and ``arisen``: int32[buildings], how many they are.
    """

    values: np.ndarray
    fates: np.ndarray
    resolved: np.ndarray
    issues: IssueKeys
    lifetimes: np.ndarray
    arisen: np.ndarray


@dataclass(frozen=True, eq=False)
class Runs:
    """The replications of one scenario, by number: ``runs[k]`` is replication k."""

    scenario: Scenario
    figures: Sequence[Figure]
    runs: Sequence[Run]

    def values(self) -> np.ndarray:
        """The KPIs by replication, float64[replications, figures]."""
        return np.array([run.values for run in self.runs]).reshape(len(self.runs), len(self.figures))
