"""K1–K7: how many reports are accepted, disposed of, closed, in time, and without being sent back."""

from __future__ import annotations

import numpy as np

from sim.engine.events import NEVER, Outcome
from sim.study.kpis.exact import mean, ratio, share
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import Side, kpi
from sim.study.kpis.opening_hours import after_open_time

COLLECTOR = "statistics collector of the eGova city-management platform, Ningbo version (source code)"
BULLETINS = f"{COLLECTOR}; the formula gives the published figures of Tianmen 2016, Gucheng 2019 and Fengcheng 2025"
HONEST = "honest form of the KPI, defined here"


def _filed(facts: Facts) -> np.ndarray:
    return facts.inside(facts.cases["filed"])


def _filed_in_truth(facts: Facts) -> np.ndarray:
    """Filed cases with a real issue behind them, once each: duplicates are merged, not filed."""
    return facts.once(_filed) & facts.genuine & ~facts.outcome(Outcome.MERGED)


def _late_in_disposal(facts: Facts) -> np.ndarray:
    limit = facts.cases["limit"]
    return facts.outcome(Outcome.OPEN) & ~facts.disposed & (limit != NEVER) & (limit < facts.horizon)


def _due(facts: Facts) -> np.ndarray:
    dispatched = facts.cases["dispatched"] != NEVER
    return facts.once(_filed) & dispatched & ~facts.hung & (facts.disposed | _late_in_disposal(facts))


def _needing_disposal(facts: Facts) -> np.ndarray:
    dispatched = facts.cases["dispatched"] != NEVER
    return facts.once(_filed) & dispatched & (facts.outcome(Outcome.OPEN) | facts.closed)


def _due_in_truth(facts: Facts) -> np.ndarray:
    original = facts.cases["limit_original"]
    return facts.once(_filed_in_truth) & (original != NEVER) & (original <= facts.horizon)


@kpi(
    "K1",
    unit="share",
    zh="受理率",
    en="acceptance rate",
    side=Side.OFFICIAL,
    counted="cases reported or noticed within the window",
    unfinished="a report still at a desk at the horizon counts as not accepted",
)
def acceptance_rate(facts: Facts) -> float:
    """Cases accepted / cases reported; accepted: filed, or merged with an open case of the same issue."""
    accepted = (facts.cases["filed"] != NEVER) | facts.outcome(Outcome.MERGED)
    return share(accepted, facts.reported)


@kpi(
    "K1",
    unit="share",
    zh="立案率",
    en="filing rate",
    side=Side.OFFICIAL,
    counted="cases reported or noticed within the window",
    unfinished="a report still at a desk at the horizon counts as not filed",
    source="Tianmen bulletin, December 2016: 996 filed of 1,054 reported",
)
def filing_rate(facts: Facts) -> float:
    """Cases filed / cases reported."""
    return share(facts.cases["filed"] != NEVER, facts.reported)


@kpi(
    "K1",
    unit="share",
    zh="问题入账率（真实）",
    en="share of issues ever recorded",
    side=Side.HONEST,
    twin="filing_rate",
    counted="real issues that came into being within the window",
    unfinished="an issue that nobody has recorded by the horizon counts as not recorded",
    source=HONEST,
)
def recorded_share(facts: Facts) -> float:
    """Issues with at least one case / issues that occurred."""
    return share(facts.issues["known"] != NEVER, facts.occurred)


@kpi(
    "K2",
    unit="cases",
    zh="应结案数",
    en="cases due",
    side=Side.OFFICIAL,
    counted="cases filed within the window",
    unfinished="open cases are due only if in disposal past their limit: those within it, and those not yet dispatched, are not",
    source=BULLETINS,
)
def due_cases(facts: Facts) -> float:
    """Cases dispatched, not hung, whose disposal has ended, or is still going on after the time limit in force."""
    return int(np.count_nonzero(facts.once(_due)))


@kpi(
    "K2",
    unit="cases",
    zh="应结案数（真实）",
    en="cases due, honestly",
    side=Side.HONEST,
    twin="due_cases",
    counted="cases of real issues filed within the window",
    unfinished="open cases count once their first limit has passed, wherever they stand",
    source=HONEST,
)
def true_due_cases(facts: Facts) -> float:
    """Filed cases whose first time limit has passed by the horizon."""
    return int(np.count_nonzero(facts.once(_due_in_truth)))


@kpi(
    "K3",
    unit="share",
    zh="结案率",
    en="closing rate",
    side=Side.OFFICIAL,
    counted="cases filed within the window",
    unfinished="open cases are in the denominator only if in disposal past their limit, or disposed of and awaiting the check",
    source=BULLETINS,
)
def closing_rate(facts: Facts) -> float:
    """Archived cases among those due (K2) / cases due."""
    return share(facts.closed, facts.once(_due))


@kpi(
    "K3",
    unit="share",
    zh="真实办结率",
    en="true closing rate",
    side=Side.HONEST,
    twin="closing_rate",
    counted="cases of real issues filed within the window",
    unfinished="every open case is in the denominator",
    source=HONEST,
)
def true_closing_rate(facts: Facts) -> float:
    """Filed cases whose issue is gone by the horizon (resolved, or by itself) / filed cases."""
    return share(facts.gone_by(facts.horizon), facts.once(_filed_in_truth))


@kpi(
    "K4",
    unit="share",
    zh="按期结案率",
    en="on-time closing rate",
    side=Side.OFFICIAL,
    counted="cases filed within the window",
    unfinished="as in K3; the clock stops when the disposal ends, starts anew on rework, and a case without a limit is in time",
    source=BULLETINS,
)
def on_time_rate(facts: Facts) -> float:
    """Archived cases among those due (K2) whose last disposal ended by the time limit in force / cases due."""
    limit = facts.cases["limit"]
    in_time = (limit == NEVER) | (facts.cases["finished"] <= limit)
    return share(facts.closed & in_time, facts.once(_due))


@kpi(
    "K4",
    unit="share",
    zh="真实按期解决率",
    en="true on-time rate (K4')",
    side=Side.HONEST,
    twin="on_time_rate",
    counted="cases of real issues filed within the window whose first limit has passed by the horizon",
    unfinished="open, withdrawn and undispatched cases are in the denominator and not in time unless the issue is gone",
    source=HONEST,
)
def true_on_time_rate(facts: Facts) -> float:
    """Filed cases whose issue was truly gone by the first time limit / filed cases whose first time limit has passed."""
    return share(facts.gone_by(facts.cases["limit_original"]), facts.once(_due_in_truth))


@kpi(
    "K5",
    unit="share",
    zh="处置率",
    en="disposal rate",
    side=Side.OFFICIAL,
    counted="cases filed within the window and dispatched, other than withdrawn ones",
    unfinished="open cases are in the denominator; one sent back by a check is in disposal again",
    source=COLLECTOR,
)
def disposal_rate(facts: Facts) -> float:
    """Cases whose last disposal has ended / cases that need disposal and are not hung."""
    return share(facts.disposed, facts.once(_needing_disposal) & ~facts.hung)


@kpi(
    "K5",
    unit="share",
    zh="真实处置率",
    en="true disposal rate",
    side=Side.HONEST,
    twin="disposal_rate",
    counted="cases of real issues filed within the window and dispatched, other than withdrawn ones",
    unfinished="open cases are in the denominator",
    source=HONEST,
)
def true_disposal_rate(facts: Facts) -> float:
    """Cases whose last disposal has ended and whose issue is gone by the horizon / cases that need disposal."""
    return share(facts.disposed & facts.gone_by(facts.horizon), facts.once(_needing_disposal) & facts.genuine)


@kpi(
    "K5",
    unit="share",
    zh="按时派遣率",
    en="on-time dispatch rate",
    side=Side.OFFICIAL,
    counted="cases with a dispatch limit, dispatched within the window",
    unfinished="cases not yet dispatched are left out",
    source=COLLECTOR,
)
def dispatch_on_time_rate(facts: Facts) -> float:
    """Cases dispatched by the dispatch limit / cases dispatched."""
    dispatched, limit = facts.cases["dispatched"], facts.once(_dispatch_limit)
    return share(dispatched <= limit, facts.inside(dispatched) & (limit != NEVER))


@kpi(
    "K5",
    unit="share",
    zh="真实按时派遣率",
    en="true on-time dispatch rate",
    side=Side.HONEST,
    twin="dispatch_on_time_rate",
    counted="cases known within the window, not refused, whose dispatch limit has passed by the horizon",
    unfinished="cases not yet dispatched are in the denominator",
    source=HONEST,
)
def true_dispatch_on_time_rate(facts: Facts) -> float:
    """Cases dispatched by the dispatch limit / cases whose dispatch limit has passed."""
    dispatched, limit = facts.cases["dispatched"], facts.once(_dispatch_limit)
    passed = (limit != NEVER) & (limit <= facts.horizon) & facts.genuine & ~facts.outcome(Outcome.MERGED)
    return share((dispatched != NEVER) & (dispatched <= limit), facts.reported & passed)


def _dispatch_limit(facts: Facts) -> np.ndarray:
    """The instant by which each case was to be dispatched; NEVER if there is no such limit."""
    limits, known = facts.log.plan["limits"][["dispatch_calendar", "dispatch_seconds"]], facts.cases["known"]
    kinds, kind_of = np.unique(limits, return_inverse=True)
    kind = kind_of[facts.behind["category"] * 4 + facts.cases["severity"]]
    due = np.full(known.size, NEVER, dtype=np.int64)
    for row, (calendar, seconds) in enumerate(kinds.tolist()):
        if seconds != NEVER:
            here = np.flatnonzero(kind == row)
            due[here] = after_open_time(facts.log.plan, calendar, known[here], seconds)
    return due


@kpi(
    "K6",
    unit="share",
    zh="返工率",
    en="rework rate",
    side=Side.OFFICIAL,
    counted="cases filed within the window with a disposal that has ended",
    unfinished="cases never disposed of are left out; one being reworked counts",
    source=COLLECTOR,
)
def rework_rate(facts: Facts) -> float:
    """Cases sent back by a check at least once / cases disposed of."""
    return share(facts.cases["reworks"] > 0, facts.once(_filed) & (facts.cases["finished"] != NEVER))


@kpi(
    "K6",
    unit="per case",
    zh="件均返工次数",
    en="reworks per case",
    side=Side.OFFICIAL,
    counted="cases filed within the window with a disposal that has ended",
    unfinished="cases never disposed of are left out; one being reworked counts",
    source=COLLECTOR,
)
def reworks_per_case(facts: Facts) -> float:
    """Times that checks sent a case back / cases disposed of."""
    return mean(facts.cases["reworks"][facts.once(_filed) & (facts.cases["finished"] != NEVER)])


@kpi(
    "K6",
    unit="share",
    zh="应返工率（真实）",
    en="share of cases in need of rework",
    side=Side.HONEST,
    twin="rework_rate",
    counted="cases of real issues filed within the window with a disposal that has ended",
    unfinished="cases never disposed of are left out",
    source=HONEST,
)
def true_rework_rate(facts: Facts) -> float:
    """Cases sent back by a check, or whose issue was still there when the last disposal ended / cases disposed of."""
    finished = facts.cases["finished"]
    needed = (facts.cases["reworks"] > 0) | ~facts.gone_by(finished)
    return share(needed, facts.once(_filed_in_truth) & (finished != NEVER))


@kpi(
    "K7",
    unit="share",
    zh="退单率",
    en="return rate",
    counted="cases filed within the window and dispatched",
    unfinished="open cases count with the returns they have had",
    source="Sanmenxia bulletin, one week: 3 of 48 tickets returned",
)
def return_rate(facts: Facts) -> float:
    """Dispatches returned by a wrong owner / dispatches, each return being followed by a new dispatch."""
    counted = facts.once(_filed) & (facts.cases["dispatched"] != NEVER)
    returns = int(facts.cases["returns"][counted].sum(dtype=np.int64))
    return ratio(returns, int(np.count_nonzero(counted)) + returns)


@kpi(
    "K7",
    unit="per case",
    zh="件均流转次数",
    en="hops per case",
    counted="cases closed within the window",
    unfinished="open cases are left out",
)
def hops_mean(facts: Facts) -> float:
    """Times handed on to another queue / cases closed; the number of owners is one more."""
    return mean(facts.cases["hops"][facts.closed_inside])


KPIS = (
    acceptance_rate,
    filing_rate,
    recorded_share,
    due_cases,
    true_due_cases,
    closing_rate,
    true_closing_rate,
    on_time_rate,
    true_on_time_rate,
    disposal_rate,
    true_disposal_rate,
    dispatch_on_time_rate,
    true_dispatch_on_time_rate,
    rework_rate,
    reworks_per_case,
    true_rework_rate,
    return_rate,
    hops_mean,
)
