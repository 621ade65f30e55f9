"""K11: how long cases take on paper, and how long issues last in truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.study.kpis.exact import HOUR, group_means, mean, quantile, ratio
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import STANDARD, Kpi, Side, kpi

HONEST = "honest form of the KPI, defined here"


def _case_seconds(facts: Facts) -> np.ndarray:
    """Seconds from known to closed of each case closed within the window."""
    closed = facts.once(_closed_rows)
    return facts.cases["closed"][closed] - facts.cases["known"][closed]


def _resolution_seconds(facts: Facts) -> np.ndarray:
    counted = facts.once(_recorded_rows)
    return facts.gone[counted] - facts.issues["known"][counted]


def _lifetime_seconds(facts: Facts) -> np.ndarray:
    counted = facts.once(_occurred_rows)
    return facts.gone[counted] - facts.issues["onset"][counted]


def _closed_rows(facts: Facts) -> np.ndarray:
    return np.flatnonzero(facts.closed_inside)


def _closed_issues(facts: Facts) -> np.ndarray:
    return facts.cases["issue"][facts.once(_closed_rows)]


def _recorded_rows(facts: Facts) -> np.ndarray:
    return np.flatnonzero(facts.real & facts.inside(facts.issues["known"]))


def _occurred_rows(facts: Facts) -> np.ndarray:
    return np.flatnonzero(facts.occurred)


def _street_means(
    seconds: Callable[[Facts], np.ndarray], issues: Callable[[Facts], np.ndarray]
) -> Callable[[Facts], np.ndarray]:
    """What gives the mean of a length of time by street, in hours; ``issues``: the issue of each ``seconds``."""

    def by_street(facts: Facts) -> np.ndarray:
        streets = facts.street_of[facts.once(issues)]
        return group_means(streets, facts.once(seconds), len(facts.street_ids)) / HOUR

    return by_street


def _statistics(
    stem: str,
    seconds: Callable[[Facts], np.ndarray],
    issues: Callable[[Facts], np.ndarray],
    *,
    zh: str,
    en: str,
    formula: str,
    counted: str,
    unfinished: str,
    source: str,
    side: Side,
    twin: str = "",
) -> tuple[Kpi, ...]:
    """The mean and the 50th, 90th and 95th percentile of a length of time, in all and by category; the mean by street too."""

    def statistic(suffix: str, zh_name: str, en_name: str, measure: Callable[[Facts], float]) -> Kpi:
        return Kpi(
            id=f"{stem}_{suffix}",
            code="K11",
            side=side,
            unit="h",
            zh=f"{zh}{zh_name}",
            en=f"{en}, {en_name}",
            formula=f"{en_name[0].upper()}{en_name[1:]} of {formula}.",
            counted=counted,
            unfinished=unfinished,
            source=source,
            measure=measure,
            twin=f"{twin}_{suffix}" if twin else "",
            by_category=True,
            by_street=_street_means(seconds, issues) if suffix == "mean" else None,
        )

    def percentile(percent: int) -> Kpi:
        name = "the median" if percent == 50 else f"the {percent}th percentile"
        return statistic(
            f"p{percent}",
            "（中位数）" if percent == 50 else f"（第{percent}百分位）",
            name.removeprefix("the "),
            lambda facts: quantile(facts.once(seconds), percent, HOUR),
        )

    average = statistic("mean", "（平均）", "mean", lambda facts: mean(facts.once(seconds), HOUR))
    return (average, *(percentile(p) for p in (50, 90, 95)))


TIME_IN_SYSTEM = _statistics(
    "time_in_system",
    _case_seconds,
    _closed_issues,
    zh="办结时长",
    en="time from report to closure",
    formula="closed - known",
    counted="cases closed within the window, whenever they were reported",
    unfinished="open cases are left out, as platforms do: a policy that never closes hard cases looks quick",
    source=STANDARD,
    side=Side.OFFICIAL,
)
RESOLUTION_TIME = _statistics(
    "resolution_time",
    _resolution_seconds,
    _recorded_rows,
    zh="真实解决时长",
    en="time from first report to true resolution",
    formula="truly resolved - first known",
    counted="real issues first recorded within the window; one that goes away by itself ends there",
    unfinished="an unresolved issue counts with its age at the horizon: a lower bound, the same issues under every policy",
    source=HONEST,
    side=Side.HONEST,
    twin="time_in_system",
)
LIFETIME = _statistics(
    "lifetime",
    _lifetime_seconds,
    _occurred_rows,
    zh="问题存续时长",
    en="lifetime of issues",
    formula="truly resolved - onset",
    counted="real issues that came into being within the window, recorded or not; one that goes away by itself ends there",
    unfinished="an unresolved issue counts with its age at the horizon: a lower bound, the same issues under every policy",
    source=HONEST,
    side=Side.HONEST,
    twin="time_in_system",
)


def _step(id: str, first: str, last: str, *, zh: str, en: str) -> Kpi:
    """The mean time between two instants of the cases closed within the window."""

    def measure(facts: Facts) -> float:
        closed = np.flatnonzero(facts.closed_inside)
        return mean(facts.cases[last][closed] - facts.cases[first][closed], HOUR)

    return Kpi(
        id=id,
        code="K11",
        side=Side.OFFICIAL,
        unit="h",
        zh=zh,
        en=en,
        formula=f"Mean of {last} - {first}; the five steps add up to time_in_system_mean.",
        counted="cases closed within the window",
        unfinished="open cases are left out",
        source=STANDARD,
        measure=measure,
    )


STEPS = (
    _step("time_to_file_mean", "known", "filed", zh="受理立案用时（平均）", en="time to filing"),
    _step("time_to_dispatch_mean", "filed", "dispatched", zh="派遣用时（平均）", en="time to dispatch"),
    _step("time_to_start_mean", "dispatched", "started", zh="待处置用时（平均）", en="time to first service"),
    _step("time_in_disposal_mean", "started", "finished", zh="处置用时（平均）", en="time in disposal"),
    _step("time_in_check_mean", "finished", "closed", zh="核查结案用时（平均）", en="time in check"),
)


@kpi(
    "K11",
    unit="h",
    zh="件均实际作业时间",
    en="hands-on work per case closed",
    counted="work of all servers on days within the window; cases closed within the window",
    unfinished="work on open cases is included",
    source=STANDARD,
)
def hands_on_mean(facts: Facts) -> float:
    """Hours of work on cases, desks and checks included, travel not / cases closed; the rest of K11 is waiting."""
    worked = int(facts.days("case")[:, facts.days_inside].sum(dtype=np.int64))
    closed = int(np.count_nonzero(facts.closed_inside))
    return ratio(worked, HOUR * closed)


KPIS = (*TIME_IN_SYSTEM, *RESOLUTION_TIME, *LIFETIME, *STEPS, hands_on_mean)
