"""K20: what it costs, and what a case closed on paper and an issue resolved in truth cost."""

from __future__ import annotations

import numpy as np

from sim.engine.events import NEVER, Level
from sim.engine.plan import DAY
from sim.study.kpis.exact import HOUR, NAN, ratio
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import STANDARD, Side, kpi
from sim.study.kpis.prices import PRICES, WEIGHTS, costs_of, severity_weights
from sim.study.kpis.surges import helper_seconds
from sim.study.kpis.workers import posts

MONTH = 365 * DAY / 12


def total_cost(facts: Facts) -> float:
    """Yuan for gridworkers, department crews and helpers within the window; NaN where the scenario gives no prices."""
    costs = facts.once(costs_of)
    if not (costs.worker_month or costs.crew_hour or costs.helper_hour):
        return NAN
    months = posts(facts) * (facts.horizon - facts.warm_up) / MONTH
    worked = facts.worked("case", Level.DEPARTMENT) + facts.worked("travel", Level.DEPARTMENT)
    crew_hours = int(worked.sum(dtype=np.int64)) / HOUR
    helped = helper_seconds(facts) / HOUR * costs.helper_hour
    return months * costs.worker_month + crew_hours * costs.crew_hour + helped


@kpi(
    "K20",
    unit="yuan",
    zh="总成本",
    en="cost",
    counted="gridworkers for the length of the window; work and travel of department crews, and shifts of helpers, on days within it",
    unfinished="work on open cases is included",
    source=f"{STANDARD}; {PRICES}",
)
def cost_total(facts: Facts) -> float:
    """Worker-months times their loaded cost + hours of department crews times theirs + hours of helpers times theirs."""
    return total_cost(facts)


@kpi(
    "K20",
    unit="yuan per case",
    zh="每结案一件成本",
    en="cost per case closed",
    side=Side.OFFICIAL,
    counted="cases closed within the window",
    unfinished="open cases are left out, the work on them is not",
    source=f"{STANDARD}; {PRICES}",
)
def cost_per_closed(facts: Facts) -> float:
    """Cost (cost_total) / cases closed."""
    closed = facts.closed_inside
    return ratio(total_cost(facts), int(np.count_nonzero(closed)))


@kpi(
    "K20",
    unit="yuan per weighted issue",
    zh="每真实解决一个加权问题成本",
    en="cost per weighted issue truly resolved",
    side=Side.HONEST,
    twin="cost_per_closed",
    counted="real issues truly resolved within the window; those that went away by themselves are left out",
    unfinished="unresolved issues are left out, the work on them is not",
    source=f"{STANDARD}; {PRICES}; {WEIGHTS}",
)
def cost_per_resolved(facts: Facts) -> float:
    """Cost (cost_total) / sum of the severity weights of the issues truly resolved by a level."""
    by = facts.issues["resolved_level"]
    resolved = facts.real & (by != NEVER) & facts.inside(facts.issues["resolved"])
    weights = severity_weights(facts)[_severity_when_resolved(facts)[resolved]]
    return ratio(total_cost(facts), int(weights.sum(dtype=np.int64)))


def _severity_when_resolved(facts: Facts) -> np.ndarray:
    worsen = facts.issues["worsen"]
    worse = (worsen >= 0) & (worsen <= facts.issues["resolved"])
    return np.where(worse, facts.issues["worse_severity"], facts.issues["severity"])


KPIS = (cost_total, cost_per_closed, cost_per_resolved)
