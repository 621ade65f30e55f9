"""K12: how late issues are discovered, and what visits and patrols find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.events import NEVER, Level, Source
from sim.study.kpis.exact import HOUR, NAN, mean, quantile, ratio
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import Kpi, Side, kpi

if TYPE_CHECKING:
    from sim.engine.plan import Plan

HONEST = "honest form of the KPI, defined here"
DISTRICT = "governance report of Xinghualing district, Taiyuan (2021)"


def _recorded(facts: Facts) -> np.ndarray:
    return facts.real & facts.inside(facts.issues["known"])


def _delay(facts: Facts) -> np.ndarray:
    recorded = np.flatnonzero(facts.once(_recorded))
    return facts.issues["known"][recorded] - facts.issues["onset"][recorded]


@kpi(
    "K12",
    unit="h",
    zh="发现滞后（平均）",
    en="discovery delay of recorded issues",
    side=Side.HONEST,
    counted="real issues first recorded within the window",
    unfinished="issues that nobody has recorded are left out: see time_unknown_mean",
)
def discovery_delay_mean(facts: Facts) -> float:
    """Mean of first known - onset."""
    return mean(facts.once(_delay), HOUR)


@kpi(
    "K12",
    unit="h",
    zh="发现滞后（中位数）",
    en="discovery delay of recorded issues, median",
    side=Side.HONEST,
    counted="real issues first recorded within the window",
    unfinished="issues that nobody has recorded are left out: see time_unknown_mean",
)
def discovery_delay_p50(facts: Facts) -> float:
    """Median of first known - onset."""
    return quantile(facts.once(_delay), 50, HOUR)


@kpi(
    "K12",
    unit="h",
    zh="无人知晓时长（平均）",
    en="time unknown of all issues",
    side=Side.HONEST,
    counted="real issues that came into being within the window, recorded or not",
    unfinished="an issue that nobody has recorded counts until it went away by itself, or with its age at the horizon",
    source=HONEST,
)
def time_unknown_mean(facts: Facts) -> float:
    """Mean time from onset to the first record, or to the issue's end without one."""
    issue = np.flatnonzero(facts.occurred)
    known = facts.issues["known"][issue]
    first = np.where(known == NEVER, facts.gone[issue], known)
    return mean(first - facts.issues["onset"][issue], HOUR)


@kpi(
    "K12",
    unit="share",
    zh="网格先于居民发现比例",
    en="share found by the grid before any complaint",
    side=Side.HONEST,
    counted="real issues first recorded within the window",
    unfinished="issues that nobody has recorded are left out",
)
def found_first_share(facts: Facts) -> float:
    """Issues whose first case a gridworker opened / issues recorded."""
    recorded = np.flatnonzero(facts.once(_recorded))
    return mean(facts.found_by_grid[facts.first_case[recorded]])


@kpi(
    "K12",
    unit="cases",
    zh="网格员发现问题数",
    en="issues found by gridworkers",
    counted="cases opened on a visit or a patrol within the window, of all categories",
    unfinished="counted when opened, whatever becomes of them",
)
def discoveries(facts: Facts) -> float:
    """Cases that gridworkers opened."""
    return int(np.count_nonzero(facts.found_by_grid & facts.reported))


@kpi(
    "K12",
    unit="cases",
    zh="巡查发现问题数",
    en="issues found on patrol",
    counted="cases opened on a patrol within the window, of all categories",
    unfinished="counted when opened, whatever becomes of them",
)
def patrol_found(facts: Facts) -> float:
    """Cases that gridworkers opened on patrol."""
    return _found(facts, Source.PATROL)


@kpi(
    "K12",
    unit="visits",
    zh="入户走访数",
    en="household visits",
    counted="visits answered on days within the window",
    unfinished="a visit counts when it has ended",
    source=DISTRICT,
)
def household_visits(facts: Facts) -> float:
    """Visits at which somebody opened the door."""
    return int(facts.days("answered")[:, facts.days_inside].sum(dtype=np.int64))


@kpi(
    "K12",
    unit="visits",
    zh="上门次数（含无人应门）",
    en="visits attempted",
    counted="visits ended on days within the window",
    unfinished="a visit counts when it has ended",
)
def visits_attempted(facts: Facts) -> float:
    """Visits made, answered or not."""
    return int(facts.days("visits")[:, facts.days_inside].sum(dtype=np.int64))


@kpi(
    "K12",
    unit="h",
    zh="巡查小时数",
    en="hours of patrol",
    counted="patrol on days within the window, travel to it left out",
    unfinished="a leg under way counts as far as it has gone",
)
def patrol_hours(facts: Facts) -> float:
    """Hours that gridworkers patrolled."""
    return int(facts.days("patrol")[:, facts.days_inside].sum(dtype=np.int64)) / HOUR


def _found(facts: Facts, source: Source) -> int:
    return int(np.count_nonzero((facts.cases["source"] == source) & facts.reported))


def _found_on_visits(category: str) -> Callable[[Facts], float]:
    def found(facts: Facts) -> float:
        if category not in facts.category_ids:
            return NAN
        here = facts.behind["category"] == facts.category_ids.index(category)
        on_visit = facts.cases["source"] == Source.VISIT
        return int(np.count_nonzero(here & on_visit & facts.reported))

    return found


def _visit_found(category: str, *, zh: str, en: str) -> Kpi:
    return Kpi(
        id=f"visit_found_{category}",
        code="K12",
        side=Side.PLAIN,
        unit="cases",
        zh=f"走访采集{zh}数",
        en=f"{en} recorded on visits",
        formula=f"Cases of category {category} that gridworkers opened on household visits.",
        counted="cases opened within the window; undefined in a scenario without that category",
        unfinished="counted when opened, whatever becomes of them",
        source=DISTRICT,
        measure=_found_on_visits(category),
    )


VISIT_FOUND = (
    _visit_found("info", zh="信息更新", en="information updates"),
    _visit_found("dispute", zh="矛盾纠纷", en="disputes"),
    _visit_found("security", zh="治安问题", en="public-security problems"),
    _visit_found("hazard", zh="安全隐患", en="hazards"),
)


@kpi(
    "K12",
    unit="share",
    zh="隐瞒不报占比",
    en="share of finds kept quiet",
    side=Side.HONEST,
    counted="finds of gridworkers within the window",
    unfinished="an issue kept quiet counts each time it is found",
    source=HONEST,
)
def suppressed_share(facts: Facts) -> float:
    """Finds that gridworkers kept to themselves / all their finds."""
    opened, quiet = (int(facts.worked(name, Level.GRID).sum(dtype=np.int64)) for name in ("noticed", "suppressed"))
    return ratio(quiet, opened + quiet)


def _keeps_quiet(plan: Plan) -> bool:
    """May anybody keep to himself what he finds?"""
    return bool((plan["servers"]["suppress"] != NEVER).any())


KPIS = (
    discovery_delay_mean,
    discovery_delay_p50,
    time_unknown_mean,
    found_first_share,
    discoveries,
    patrol_found,
    household_visits,
    visits_attempted,
    patrol_hours,
    *VISIT_FOUND,
    replace(suppressed_share, occurs=_keeps_quiet),
)
