"""Waiting that policy makes: at gates, on lists and with helpers below the grid, and K18, cases at the wrong tier."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.events import NEVER, EventKind, Level, Outcome, Role
from sim.engine.plan import DAY
from sim.study.kpis.exact import HOUR, NAN, mean, ratio, share
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import Side, kpi

if TYPE_CHECKING:
    from sim.engine.plan import Plan

MISMATCH = "escalation mismatch, defined here"
WAITS = "waiting outside all queues, defined here"
EVENTS = "needs the events of the run; without them it is undefined"


def has_gates(plan: Plan) -> bool:
    """Is there a stage at which cases wait and nobody works on them?"""
    return bool((plan["stages"]["role"] == Role.WAIT).any())


def has_neighbours(plan: Plan) -> bool:
    """Does anybody below the grid handle cases?"""
    stages = plan["stages"]
    return bool(((stages["role"] == Role.HANDLE) & (stages["level"] == Level.NEIGHBOURHOOD)).any())


def holds_in_grid(plan: Plan) -> bool:
    """Are cases kept in the grid for longer than a second before they may go up?"""
    return bool(_holds(plan).any())


def _holds(plan: Plan) -> np.ndarray:
    stages = plan["stages"]
    return (stages["role"] == Role.WAIT) & (stages["level"] == Level.GRID) & (stages["wait"] > 1)


def gate_spells(facts: Facts) -> np.ndarray:
    """Begin and end of each stay at a gate, by the run's events, int64[stays, 2]; one that is not over ends at the horizon.

    Cases that wait for several departments wait outside all queues too, but nothing releases them.
    """
    events = facts.log.raw["events"]
    at_gate = (events["kind"] == EventKind.ENTER) & (events["queue"] == NEVER)
    rows = events[at_gate | np.isin(events["kind"], (EventKind.HANG, EventKind.RELEASE))]
    rows = rows[np.argsort(rows["case"], kind="stable")]  # events are in the order of time
    begun = np.flatnonzero(rows["kind"] == EventKind.ENTER)
    follows = np.minimum(begun + 1, len(rows) - 1)
    goes_on = (follows > begun) & (rows["case"][follows] == rows["case"][begun])
    over = goes_on & (rows["kind"][follows] == EventKind.RELEASE)
    role = facts.log.plan["stages"]["role"][facts.log.raw["cases"]["stage"][rows["case"][begun]]]
    stays = over | (~goes_on & (role == Role.WAIT))
    return np.column_stack([rows["time"][begun], np.where(over, rows["time"][follows], facts.horizon)])[stays]


def stock_at_gates(facts: Facts) -> np.ndarray:
    """Cases at gates at the end of each day of the run, by its events, int64[days]."""
    spells = facts.once(gate_spells)
    ends = (np.arange(facts.days("case").shape[1], dtype=np.int64) + 1) * DAY - 1
    begun, over = (np.sort(column) for column in spells.T)
    return np.searchsorted(begun, ends, side="right") - np.searchsorted(over, ends, side="right")


@kpi(
    "",
    unit="cases",
    zh="待议存量",
    en="cases waiting at gates",
    counted="cases open at the horizon that wait for a meeting, or are being kept, and nobody works on",
    unfinished="open cases are what is counted",
    source=WAITS,
)
def gate_stock(facts: Facts) -> float:
    """Open cases that stand at a waiting stage at the horizon."""
    role = facts.log.plan["stages"]["role"][facts.cases["stage"]]
    return int(np.count_nonzero(facts.outcome(Outcome.OPEN) & (role == Role.WAIT)))


@kpi(
    "",
    unit="h",
    zh="待议用时（平均）",
    en="time at gates",
    counted="stays at waiting stages that began within the window and are over",
    unfinished=f"stays that are not over are left out; {EVENTS}",
    source=WAITS,
)
def gate_wait_mean(facts: Facts) -> float:
    """Mean of release - arrival at a waiting stage."""
    spells = facts.once(gate_spells)
    over = facts.inside(spells[:, 0]) & (spells[:, 1] < facts.horizon)
    return mean(spells[over, 1] - spells[over, 0], HOUR)


@kpi(
    "",
    unit="ratio",
    zh="待议存量波动系数",
    en="swing of the stock at gates",
    counted="cases at waiting stages at the end of each day within the window",
    unfinished=f"open cases are what is counted; {EVENTS}",
    source=WAITS,
)
def gate_stock_cv(facts: Facts) -> float:
    """Standard deviation / mean of the stock; a saw-tooth that falls to nothing at each meeting has 0.58, a steady stock nearly 0."""
    if not len(facts.log.raw["events"]):
        return NAN
    stock = facts.once(stock_at_gates)[facts.days_inside]
    return ratio(float(stock.std()), float(stock.mean()))


@kpi(
    "",
    unit="share",
    zh="无人认领占比",
    en="not begun with in time by helpers below the grid",
    counted="arrivals in queues of rings and on open lists within the window",
    unfinished=f"those still waiting count as begun with; {EVENTS}",
    source=WAITS,
)
def unclaimed_share(facts: Facts) -> float:
    """Cases that left such a queue because nobody had begun with them in time / cases that came into it."""
    events = facts.log.raw["events"]
    here = (events["level"] == Level.NEIGHBOURHOOD) & facts.inside(events["time"])
    came, left = (
        int(np.count_nonzero(here & (events["kind"] == kind))) for kind in (EventKind.ENTER, EventKind.ESCALATE)
    )
    return ratio(left, came)


@kpi(
    "K18",
    unit="share",
    zh="过度上交占比",
    en="closed above the grid, though the grid could have settled them",
    side=Side.HONEST,
    counted="cases closed within the window",
    unfinished="open cases are left out",
    by_category=True,
    source=MISMATCH,
)
def over_escalated_share(facts: Facts) -> float:
    """Cases settled by a tier above the grid whose difficulty was within what the grid settles / cases closed."""
    easy = facts.once(_difficulty) <= _capability(facts, deepest=False)
    return share(facts.once(_above_grid) & easy, facts.closed_inside)


@kpi(
    "K18",
    unit="share",
    zh="误留网格占比",
    en="kept in the grid for nothing before they went up",
    side=Side.HONEST,
    counted="cases closed within the window",
    unfinished="open cases are left out",
    by_category=True,
    source=MISMATCH,
)
def under_escalated_share(facts: Facts) -> float:
    """Cases settled by a tier above, kept in the grid before, which the grid could not have settled on a closer look either / cases closed."""
    hard = facts.once(_difficulty) > _capability(facts, deepest=True)
    return share(facts.once(_above_grid) & facts.once(_kept) & hard, facts.closed_inside)


def _above_grid(facts: Facts) -> np.ndarray:
    """Cases that a tier above the grid settled last."""
    return (facts.cases["level"] > Level.GRID) & (facts.cases["level"] != Level.NEIGHBOURHOOD)


def _difficulty(facts: Facts) -> np.ndarray:
    """Of each case when it was settled last; of one that has not been, as it was at first."""
    worsen = facts.behind["worsen"]
    worse = (worsen != NEVER) & (worsen <= facts.cases["finished"])
    return np.where(worse, facts.behind["worse_difficulty"], facts.behind["difficulty"])


def _capability(facts: Facts, *, deepest: bool) -> np.ndarray:
    """What the grid can settle of each case's category: at first, or at best."""
    plan = facts.log.plan
    stages, hops = plan["stages"], plan["hops"]["capability"].reshape(len(plan["stages"]), -1)
    grid = np.flatnonzero((stages["role"] == Role.HANDLE) & (stages["level"] == Level.GRID))
    able = hops[grid].max(axis=0, initial=0) if deepest else hops[grid[:1]].max(axis=0, initial=0)
    return able[facts.behind["category"]]


def _kept(facts: Facts) -> np.ndarray:
    """Cases that began below the community and, if the grid could not settle them, were kept there."""
    plan = facts.log.plan
    stages, up = plan["stages"], plan["hops"]["up"].reshape(len(plan["stages"]), -1)
    grid = np.flatnonzero((stages["role"] == Role.HANDLE) & (stages["level"] == Level.GRID))[:1]
    keeps = np.zeros(up.shape[1], np.bool_) if not grid.size else _holds(plan)[up[grid[0]]] & (up[grid[0]] != NEVER)
    begun_at = np.where(facts.found_by_grid, facts.behind["notice_stage"], facts.behind["report_target"])
    low = np.isin(stages["level"], (Level.GRID, Level.NEIGHBOURHOOD))
    return keeps[facts.behind["category"]] & low[begun_at]


KPIS = (
    *(replace(at_gates, occurs=has_gates) for at_gates in (gate_stock, gate_wait_mean, gate_stock_cv)),
    replace(unclaimed_share, occurs=has_neighbours),
    over_escalated_share,
    replace(under_escalated_share, occurs=holds_in_grid),
)
