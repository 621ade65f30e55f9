"""What queueing theory speaks of: waiting, loss of patience, and numbers in queue and system."""

from __future__ import annotations

import numpy as np

from sim.engine.events import NEVER, Outcome
from sim.study.kpis.exact import HOUR, mean, overlap, ratio, share
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import kpi

THEORY = "queueing theory (Kleinrock, Queueing Systems I)"


def _wait_over(facts: Facts) -> np.ndarray:
    """When each case stopped waiting: at its first service at a handling stage, or its end without one; the horizon not yet."""
    started = facts.cases["started"]
    return np.where(started == NEVER, facts.ended, started)


@kpi(
    "",
    unit="h",
    zh="等待时间（平均）",
    en="waiting time of cases served",
    counted="cases first served at a handling stage within the window",
    unfinished="cases not started are left out",
    by_category=True,
    source=THEORY,
)
def wait_mean(facts: Facts) -> float:
    """Mean of started - known: Wq of those served."""
    begun = facts.inside(facts.cases["started"])
    return mean(facts.cases["started"][begun] - facts.cases["known"][begun], HOUR)


@kpi(
    "",
    unit="h",
    zh="等待时间（含撤回，平均）",
    en="waiting time of all cases",
    counted="cases that stopped waiting within the window: first served, withdrawn or otherwise ended",
    unfinished="cases still waiting are left out",
    source=THEORY,
)
def wait_all_mean(facts: Facts) -> float:
    """Mean of the time from known to the first service or, without one, to the end of the case: Wq of all."""
    over = facts.once(_wait_over)
    counted = facts.inside(over)
    return mean(over[counted] - facts.cases["known"][counted], HOUR)


@kpi(
    "",
    unit="share",
    zh="须等待比例",
    en="share of cases that wait",
    counted="cases known within the window",
    unfinished="cases still waiting at the horizon have waited",
    source=THEORY,
)
def waited_share(facts: Facts) -> float:
    """Cases not served in the very second in which they became known / cases known: P(wait > 0)."""
    known = facts.cases["known"]
    return share(facts.cases["started"] != known, facts.inside(known))


@kpi(
    "",
    unit="share",
    zh="撤回比例",
    en="share of cases withdrawn",
    counted="cases known within the window that have been started or have ended by the horizon",
    unfinished="cases still waiting are left out: their fate is open",
    source=THEORY,
)
def withdrawn_share(facts: Facts) -> float:
    """Cases whose reporter lost patience before anybody had begun / cases whose wait is over: P(abandon)."""
    counted = facts.reported & (facts.once(_wait_over) < facts.horizon)
    return share(facts.outcome(Outcome.WITHDRAWN), counted)


@kpi(
    "",
    unit="h",
    zh="在系统时间（平均）",
    en="time in system, whatever the outcome",
    counted="cases ended within the window, refused, merged and withdrawn ones included",
    unfinished="open cases are left out",
    source=THEORY,
)
def cycle_time_mean(facts: Facts) -> float:
    """Mean of closed - known: W."""
    ended = facts.inside(facts.cases["closed"])
    return mean(facts.cases["closed"][ended] - facts.cases["known"][ended], HOUR)


@kpi(
    "",
    unit="cases",
    zh="平均排队件数",
    en="mean number waiting",
    counted="all cases, for the part of their wait that lies within the window",
    unfinished="cases still waiting count up to the horizon",
    source=THEORY,
)
def queue_length_mean(facts: Facts) -> float:
    """Time average of the cases between known and first service, withdrawn ones included: Lq."""
    return _mean_number(facts, facts.cases["known"], facts.once(_wait_over))


@kpi(
    "",
    unit="cases",
    zh="平均在办件数",
    en="mean number in system",
    counted="all cases, for the part of their life that lies within the window",
    unfinished="open cases count up to the horizon",
    source=THEORY,
)
def in_system_mean(facts: Facts) -> float:
    """Time average of the cases between known and closed, whatever their outcome: L."""
    return _mean_number(facts, facts.cases["known"], facts.ended)


def _mean_number(facts: Facts, start: np.ndarray, end: np.ndarray) -> float:
    spent = overlap(start, end, facts.warm_up, facts.horizon)
    return ratio(int(spent.sum(dtype=np.int64)), facts.horizon - facts.warm_up)


KPIS = (wait_mean, wait_all_mean, waited_share, withdrawn_share, cycle_time_mean, queue_length_mean, in_system_mean)
