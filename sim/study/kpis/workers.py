"""K16: what working time goes into, overtime, and how evenly the load is spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from sim.engine.events import Level
from sim.study.kpis.exact import HOUR, NAN, gini, quantile, ratio
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import STANDARD, Kpi, Side, kpi

DUTIES = {
    "case": ("办理事件", "cases"),
    "visit": ("入户走访", "household visits"),
    "patrol": ("巡查", "patrol"),
    "admin": ("行政台账", "admin"),
    "travel": ("路途", "travel"),
}
DAYS = "gridworkers, days within the window; work is booked on the day on which a stretch of it began"
BOOKED = "work under way at the horizon counts as far as it has gone"


def _shifts(facts: Facts) -> np.ndarray:
    from sim.engine.log import on_shift_seconds  # noqa: PLC0415  # with the Log comes pandas, which takes time to load

    return on_shift_seconds(facts.log.plan)


def posts(facts: Facts) -> int:
    """How many gridworkers there are at a time: those who come when others have left fill the same posts."""
    successions: Sequence[object] = facts.log.plan.labels.get("successions", ())  # type: ignore[assignment]
    return int(np.count_nonzero(facts.servers(Level.GRID))) - len(successions)


def on_shift(facts: Facts, level: Level) -> np.ndarray:
    """Seconds on shift within the window of each server of a level."""
    seconds = facts.once(_shifts)
    return seconds[facts.servers(level)][:, facts.days_inside].sum(axis=1, dtype=np.int64)


def busy(facts: Facts, level: Level) -> np.ndarray:
    """Seconds of work of any kind within the window of each server of a level, overtime included."""
    return np.stack([facts.worked(duty, level) for duty in DUTIES]).sum(axis=0, dtype=np.int64)


def paid_seconds(facts: Facts) -> int:
    """Seconds of gridworkers on shift and in overtime within the window."""
    paid = on_shift(facts, Level.GRID) + facts.worked("overtime", Level.GRID)
    return int(paid.sum(dtype=np.int64))


def _time_share(duty: str) -> Kpi:
    zh, en = DUTIES[duty]

    def measure(facts: Facts) -> float:
        return ratio(int(facts.worked(duty, Level.GRID).sum(dtype=np.int64)), paid_seconds(facts))

    return Kpi(
        id=f"time_share_{duty}",
        code="K16",
        side=Side.PLAIN,
        unit="share",
        zh=f"工作时间占比：{zh}",
        en=f"share of working time: {en}",
        formula=f"Time on {en} / time on shift and in overtime.",
        counted=DAYS,
        unfinished=BOOKED,
        source=STANDARD,
        measure=measure,
    )


TIME_SHARES = tuple(_time_share(duty) for duty in DUTIES)


@kpi(
    "K16",
    unit="share",
    zh="工作时间占比：空闲",
    en="share of working time: idle",
    counted=DAYS,
    unfinished=BOOKED,
)
def time_share_idle(facts: Facts) -> float:
    """Time on shift with nothing to do / time on shift and in overtime: what the other shares leave of 1."""
    paid = paid_seconds(facts)
    return ratio(paid - int(busy(facts, Level.GRID).sum(dtype=np.int64)), paid)


@kpi(
    "K16",
    unit="people",
    zh="网格员人数",
    en="gridworkers",
    counted="gridworkers of the scenario",
    unfinished="as set by the policy: absences do not change it",
)
def gridworkers(facts: Facts) -> float:
    """Number of gridworkers; successors of those who leave are not counted beside them."""
    return posts(facts)


@kpi("K16", unit="h", zh="加班小时数", en="overtime", counted=DAYS, unfinished=BOOKED)
def overtime_hours(facts: Facts) -> float:
    """Hours that gridworkers worked past the end of a shift."""
    return int(facts.worked("overtime", Level.GRID).sum(dtype=np.int64)) / HOUR


def _utilisation(facts: Facts, level: Level) -> float:
    """Time busy on shift / time on shift of all servers of a level."""
    worked = busy(facts, level) - facts.worked("overtime", level)
    return ratio(int(worked.sum(dtype=np.int64)), int(on_shift(facts, level).sum(dtype=np.int64)))


def utilisation_by_unit(facts: Facts) -> np.ndarray:
    """Time busy on shift / time on shift of the gridworkers of each home grid, or pool; float64."""
    unit = facts.log.plan["servers"]["unit"][facts.servers(Level.GRID)]
    _, unit = np.unique(unit, return_inverse=True)
    worked = busy(facts, Level.GRID) - facts.worked("overtime", Level.GRID)
    spent = np.bincount(unit, weights=worked)
    available = np.bincount(unit, weights=on_shift(facts, Level.GRID))
    return spent[available > 0] / available[available > 0]


@kpi("K16", unit="share", zh="网格员利用率", en="utilisation of gridworkers", counted=DAYS, unfinished=BOOKED)
def utilisation(facts: Facts) -> float:
    """Time busy on shift / time on shift, of all gridworkers together."""
    return _utilisation(facts, Level.GRID)


@kpi("K16", unit="share", zh="网格利用率（平均）", en="utilisation over grids, mean", counted=DAYS, unfinished=BOOKED)
def utilisation_mean(facts: Facts) -> float:
    """The mean of utilisation over grids (the home grids of workers, or their pools), each counting once."""
    by_unit = facts.once(utilisation_by_unit)
    return ratio(math.fsum(by_unit.tolist()), by_unit.size)


@kpi(
    "K16",
    unit="share",
    zh="网格利用率（第90百分位）",
    en="utilisation over grids, 90th percentile",
    counted=DAYS,
    unfinished=BOOKED,
)
def utilisation_p90(facts: Facts) -> float:
    """The 90th percentile of utilisation over grids (the home grids of workers, or their pools)."""
    return quantile(facts.once(utilisation_by_unit), 90)


@kpi("K16", unit="Gini", zh="网格利用率基尼系数", en="utilisation over grids, Gini", counted=DAYS, unfinished=BOOKED)
def utilisation_gini(facts: Facts) -> float:
    """Gini coefficient of utilisation over grids (the home grids of workers, or their pools)."""
    by_unit = facts.once(utilisation_by_unit)
    return gini(by_unit) if by_unit.size else NAN


def _measured_at(level: Level) -> Callable[[Facts], float]:
    return lambda facts: _utilisation(facts, level)


def _upper(level: Level, zh: str, en: str) -> Kpi:
    return Kpi(
        id=f"utilisation_{level.name.lower()}",
        code="K16",
        side=Side.PLAIN,
        unit="share",
        zh=f"{zh}利用率",
        en=f"utilisation of {en}",
        formula="Time busy on shift / time on shift.",
        counted=f"{en}, days within the window; work is booked on the day on which a stretch of it began",
        unfinished=BOOKED,
        source=STANDARD,
        measure=_measured_at(level),
    )


UPPER = (
    _upper(Level.COMMUNITY, "社区人员", "community staff"),
    _upper(Level.STREET, "街道中心人员", "street centre staff"),
    _upper(Level.DEPARTMENT, "部门班组", "department crews"),
    _upper(Level.CITY, "市级人员", "city staff"),
    _upper(Level.DISTRICT, "区派遣席", "district desk clerks"),
)
KPIS = (
    gridworkers,
    *TIME_SHARES,
    time_share_idle,
    overtime_hours,
    utilisation,
    utilisation_mean,
    utilisation_p90,
    utilisation_gini,
    *UPPER,
)
