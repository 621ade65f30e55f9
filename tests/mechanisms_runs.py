"""Figures of single runs for studies of docs/mechanisms.md: what only the events, or two groups within a run, can show."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from mechanisms import SEEDS, studies

import sim
from sim.engine.events import LEVELS, NEVER, EventKind, Level, Outcome, Role, Source
from sim.engine.plan import DAY
from sim.study.kpis.facts import Facts
from sim.study.kpis.waits import gate_spells, has_gates
from sim.study.sweep.study import load_study

Figures = Callable[[sim.Log], tuple[float, ...]]
HOUR = 3600


@cache
def measured(name: str, figures: Figures) -> np.ndarray:
    """Figures of replication 0 of each seed at all settings of a study with one lever, float64[figures, settings, seeds]."""
    study = load_study({**studies()[name], "uncertainties": SEEDS})
    rows = [figures(sim.simulate_once(cell.scenario, replication=0, events=True)) for cell in study.cells]
    seeds = len(SEEDS["factors"][0]["values"])
    return np.array(rows).reshape(-1, seeds, len(rows[0])).transpose(2, 0, 1)


def with_and_without_ring(log: sim.Log) -> tuple[float, ...]:
    """Of the cases reported for the grid, of categories that come to the first ring, where that ring is and where it is not: share settled
    below the grid, mean hours to closure, then in either group the share of those closed latest (a tenth of all)."""
    plan, cases = log.plan, log.raw["cases"]
    issues = plan["issues"][cases["issue"]]
    come = np.unique(plan["issues"]["category"][plan["route"][:, LEVELS] != NEVER])
    target = plan["stages"]["level"][issues["report_target"]] == Level.NEIGHBOURHOOD
    offered = (cases["source"] >= 2) & target & np.isin(issues["category"], come)
    closed = offered & (cases["outcome"] == Outcome.CLOSED) & (cases["closed"] >= plan.rules["warm_up"])
    hours = (cases["closed"] - cases["known"]) / HOUR
    late = hours >= np.quantile(hours[closed], 0.9)
    there = plan["route"][cases["issue"], LEVELS] != NEVER
    groups = closed & there, closed & ~there
    low = cases["level"] == Level.NEIGHBOURHOOD
    return tuple(float(of[group].mean()) if group.any() else np.nan for of in (low, hours, late) for group in groups)


def out_of_hours(log: sim.Log) -> tuple[float, ...]:
    """Share of cases first taken up in the evening, at night or on a day off; share settled below the community."""
    cases = log.raw["cases"]
    cases = cases[cases["known"] >= log.plan.rules["warm_up"]]
    started = cases["started"][cases["started"] != NEVER]
    office = next(c for c in range(1, len(log.plan["calendars"])) if _starts_of_day(log, c) == {17 * 1800, 28 * 1800})
    first, count = log.plan["calendars"][office].tolist()
    shifts = log.plan["shifts"][first : first + count]
    k = np.searchsorted(shifts["end"], started, side="right")
    within = shifts["start"][np.minimum(k, count - 1)] <= started
    closed = cases["outcome"] == Outcome.CLOSED
    low = np.isin(cases["level"], (Level.GRID, Level.NEIGHBOURHOOD))
    return 1 - float(within.mean()), float(low[closed].mean())


def _starts_of_day(log: sim.Log, calendar: int) -> set[int]:
    first, count = log.plan["calendars"][calendar].tolist()
    return set((log.plan["shifts"]["start"][first : first + count] % DAY).tolist())


def matters_a_member(log: sim.Log) -> tuple[float, ...]:
    """Matters settled below the grid for each member and year; members."""
    settled = log.raw["cases"]["level"] == Level.NEIGHBOURHOOD
    members = int(np.count_nonzero(log.plan["servers"]["level"] == Level.NEIGHBOURHOOD))
    return np.count_nonzero(settled) / max(members, 1) * 365 * DAY / log.plan.rules["horizon"], members


def on_the_list(log: sim.Log) -> tuple[float, ...]:
    """Of what came on the list: share claimed of its easiest, middle and hardest third by work; then their mean hours until settled."""
    events, cases = log.raw["events"], log.raw["cases"]
    here = (events["kind"] == EventKind.ENTER) & (events["level"] == Level.NEIGHBOURHOOD)
    case = np.unique(events["case"][here])
    case = case[cases["closed"][case] != NEVER]
    work = log.plan["work"][cases["issue"][case], Level.GRID]
    third = np.searchsorted(np.quantile(work, [1 / 3, 2 / 3]), work, side="right")
    claimed = cases["level"][case] == Level.NEIGHBOURHOOD
    hours = (cases["closed"] - cases["known"])[case] / HOUR
    return tuple(float(of[third == k].mean()) for of in (claimed, hours) for k in range(3))


def at_gates(log: sim.Log) -> tuple[float, ...]:
    """Over whole intervals of the first gate: mean hours at it, mean hours between meetings; share of the stock that a meeting lets go; stock on
    the eve of a meeting over that in the middle between two; hours from the gate to settlement."""
    facts, plan = Facts.of(log), log.plan
    if not has_gates(plan):
        return (float("nan"),) * 5
    gate = int(np.flatnonzero(plan["stages"]["role"] == Role.WAIT)[0])
    first, count = plan["calendars"][plan["stages"]["wait_calendar"][gate]].tolist()
    held = plan["shifts"]["end"][first : first + count]
    held = held[held < plan.rules["horizon"]]
    spells = gate_spells(facts)
    inside = (spells[:, 0] >= held[0]) & (spells[:, 0] < held[-1]) & np.isin(spells[:, 1], held)
    wait = (spells[inside, 1] - spells[inside, 0]).mean() / HOUR

    def stock(at: np.ndarray) -> np.ndarray:
        return np.array([np.count_nonzero((spells[:, 0] < t) & (spells[:, 1] >= t)) for t in at.tolist()])

    eve, after, middle = stock(held[1:]), stock(held[1:] + 1), stock((held[1:] + held[:-1]) // 2)
    fall = 1 - after.sum() / eve.sum()
    return wait, float(np.diff(held).mean()) / HOUR, fall, eve.sum() / middle.sum(), _after_gate(log)


def _after_gate(log: sim.Log) -> float:
    """Mean hours from a case's last release to its settlement, of those settled since."""
    events, cases = log.raw["events"], log.raw["cases"]
    released = events[events["kind"] == EventKind.RELEASE]
    at = np.full(len(cases), NEVER, np.int64)
    at[released["case"]] = released["time"]
    done = (at != NEVER) & (cases["finished"] > at)
    return float((cases["finished"] - at)[done].mean()) / HOUR


def leads_and_partners(log: sim.Log) -> tuple[float, ...]:
    """Hours of work of the crews that lead in enforcement, and of those of urban management, who come along; mean hours to closure of
    enforcement cases that take nobody else."""
    plan, cases, departments = log.plan, log.raw["cases"], list(log.plan.labels["departments"])
    worked = Facts.of(log).worked("case", Level.DEPARTMENT)
    unit = plan["servers"]["unit"][plan["servers"]["level"] == Level.DEPARTMENT]
    crews = (worked[unit[: len(worked)] == departments.index(id)].sum() / HOUR for id in ("enforcement", "urban"))
    issues = plan["issues"][cases["issue"]]
    alone = (issues["category"] == list(plan.labels["categories"]).index("enforcement")) & (issues["joint"] == 0)
    alone &= (cases["level"] == Level.DEPARTMENT) & (cases["closed"] >= plan.rules["warm_up"])
    return (*map(float, crews), float((cases["closed"] - cases["known"])[alone].mean()) / HOUR)


def found_by(log: sim.Log) -> tuple[float, ...]:
    """Troubles found on visits or patrols after the warm-up, changed household records left out: by the street's own gridworkers, and by
    inspectors from elsewhere."""
    plan, cases = log.plan, log.raw["cases"]
    info = list(plan.labels["categories"]).index("info")
    found = (cases["source"] <= Source.PATROL) & (cases["known"] >= plan.rules["warm_up"])
    found &= plan["issues"]["category"][cases["issue"]] != info
    level = plan["servers"]["level"][cases["finder"][found]]
    return tuple(float(np.count_nonzero(level == one)) for one in (Level.GRID, Level.NEIGHBOURHOOD))
