"""K19: do all grids and streets, and those who rarely complain, get the same service?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.study.kpis.exact import HOUR, NAN, gini, group_means, ratio, spread
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import STANDARD, Kpi, Side, kpi

HONEST = "honest form of the KPI, defined here"
Times = Callable[[Facts], tuple[np.ndarray, np.ndarray]]
TERCILES = {"low": (0, "低", "lowest"), "mid": (1, "中", "middle"), "high": (2, "高", "highest")}


def _closed_cases(facts: Facts) -> tuple[np.ndarray, np.ndarray]:
    """The issues and the seconds from known to closed of the cases closed within the window."""
    closed = facts.closed_inside
    return facts.cases["issue"][closed], facts.cases["closed"][closed] - facts.cases["known"][closed]


def _all_issues(facts: Facts) -> tuple[np.ndarray, np.ndarray]:
    """The issues that came into being within the window, and the seconds from onset to their end or the horizon."""
    issue = np.flatnonzero(facts.occurred)
    return issue, facts.gone[issue] - facts.issues["onset"][issue]


def _means_over(place: str) -> tuple[Callable[[Facts], np.ndarray], Callable[[Facts], np.ndarray]]:
    """The means by grid or street, of those that have any, of the times of closed cases and of the lifetimes of issues."""

    def of_closed(facts: Facts) -> np.ndarray:
        return _by_place(facts, place, *facts.once(_closed_cases))

    def of_issues(facts: Facts) -> np.ndarray:
        return _by_place(facts, place, *facts.once(_all_issues))

    return of_closed, of_issues


def _by_place(facts: Facts, place: str, issue: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    grids = int(facts.log.plan["buildings"]["grid"].max(initial=-1)) + 1
    at, count = (facts.street_of, len(facts.street_ids)) if place == "street" else (facts.grid_of, grids)
    means = group_means(at[issue], seconds, count)
    return means[~np.isnan(means)]


def terciles(facts: Facts) -> np.ndarray | None:
    """For each community its third by propensity to report, 0 lowest … 2 highest; None if all are alike."""
    propensity = np.asarray(facts.log.plan.labels.get("propensity", ()))
    if np.unique(propensity).size < 3:
        return None
    rank = np.empty(propensity.size, dtype=np.int64)
    rank[np.argsort(propensity, kind="stable")] = np.arange(propensity.size)
    return rank * 3 // propensity.size


def _tercile_means(times: Times) -> Callable[[Facts], list[float]]:
    """What gives the mean of ``times`` in each third of the communities by propensity to report, in hours."""

    def of(facts: Facts) -> list[float]:
        third = terciles(facts)
        if third is None:
            return [NAN] * len(TERCILES)
        issue, seconds = facts.once(times)
        at = third[facts.community_of[issue]]
        sums = np.bincount(at, weights=seconds, minlength=len(TERCILES))  # exact: whole numbers below 2^53
        sizes = np.bincount(at, minlength=len(TERCILES))
        return [ratio(int(total), HOUR * size) for total, size in zip(sums, sizes.tolist(), strict=True)]

    return of


@dataclass(frozen=True)
class _Statistic:
    """A way to say how unequal the means of places are."""

    unit: str
    zh: str
    en: str
    formula: str
    of: Callable[[np.ndarray], float]


STATISTICS = {
    "worst": _Statistic(
        "h", "最差", "worst", "Largest of the means", lambda means: float(means.max()) / HOUR if means.size else NAN
    ),
    "spread": _Statistic("ratio", "差距（P90/P10）", "P90/P10", "90th over 10th percentile of the means", spread),
    "gini": _Statistic(
        "Gini", "基尼系数", "Gini", "Gini coefficient of the means", lambda means: gini(means) if means.size else NAN
    ),
}
PLACES = {"grid": ("网格间", "grids"), "street": ("街道间", "streets")}


def _unequal(place: str, name: str) -> tuple[Kpi, Kpi]:
    """How unequal grids or streets are, on paper and in truth."""
    statistic, (zh, en) = STATISTICS[name], PLACES[place]
    of_closed, of_issues = MEANS[place]
    official = Kpi(
        id=f"{place}_{name}",
        code="K19",
        side=Side.OFFICIAL,
        unit=statistic.unit,
        zh=f"{zh}办结时长{statistic.zh}",
        en=f"time to closure over {en}, {statistic.en}",
        formula=f"{statistic.formula} of closed - known over {en}.",
        counted=f"cases closed within the window; {en} without any are left out",
        unfinished="open cases are left out",
        source=STANDARD,
        measure=lambda facts: statistic.of(facts.once(of_closed)),
    )
    honest = Kpi(
        id=f"true_{place}_{name}",
        code="K19",
        side=Side.HONEST,
        unit=statistic.unit,
        zh=f"{zh}问题存续时长{statistic.zh}",
        en=f"lifetime of issues over {en}, {statistic.en}",
        formula=f"{statistic.formula} of truly resolved - onset over {en}.",
        counted=f"real issues that came into being within the window, recorded or not; {en} without any are left out",
        unfinished="an unresolved issue counts with its age at the horizon",
        source=HONEST,
        measure=lambda facts: statistic.of(facts.once(of_issues)),
        twin=f"{place}_{name}",
    )
    return official, honest


MEANS = {place: _means_over(place) for place in PLACES}
CLOSED_BY_TERCILE, LIFETIME_BY_TERCILE = _tercile_means(_closed_cases), _tercile_means(_all_issues)


def _official(name: str) -> Kpi:
    tercile, zh, en = TERCILES[name]
    return Kpi(
        id=f"time_in_system_{name}_reporting",
        code="K19",
        side=Side.OFFICIAL,
        unit="h",
        zh=f"办结时长：上报倾向{zh}的社区",
        en=f"time to closure, communities with the {en} propensity to report",
        formula=f"Mean of closed - known in the third of the communities with the {en} propensity to report.",
        counted="cases closed within the window; undefined where communities do not differ",
        unfinished="open cases are left out",
        source=STANDARD,
        measure=lambda facts: facts.once(CLOSED_BY_TERCILE)[tercile],
    )


def _honest(name: str) -> Kpi:
    tercile, zh, en = TERCILES[name]
    return Kpi(
        id=f"lifetime_{name}_reporting",
        code="K19",
        side=Side.HONEST,
        unit="h",
        zh=f"问题存续时长：上报倾向{zh}的社区",
        en=f"lifetime of issues, communities with the {en} propensity to report",
        formula=f"Mean of truly resolved - onset in the third of the communities with the {en} propensity to report.",
        counted="real issues that came into being within the window; undefined where communities do not differ",
        unfinished="an unresolved issue counts with its age at the horizon",
        source=HONEST,
        measure=lambda facts: facts.once(LIFETIME_BY_TERCILE)[tercile],
        twin=f"time_in_system_{name}_reporting",
    )


@kpi(
    "K19",
    unit="ratio",
    zh="低高上报倾向社区问题存续时长之比",
    en="lifetime of issues, lowest over highest propensity to report",
    side=Side.HONEST,
    counted="real issues that came into being within the window; undefined where communities do not differ",
    unfinished="an unresolved issue counts with its age at the horizon",
    source=HONEST,
)
def reporting_gap(facts: Facts) -> float:
    """Mean lifetime in the third of the communities that report least / in the third that reports most."""
    lowest, _, highest = facts.once(LIFETIME_BY_TERCILE)
    return ratio(lowest, highest)


KPIS = (
    *(kpi for place in PLACES for name in STATISTICS for kpi in _unequal(place, name)),
    *(make(name) for name in TERCILES for make in (_official, _honest)),
    reporting_gap,
)
