"""Runs for tests of comparisons: simulated one after the other, or made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import sim
from sim.engine.log import fates
from sim.engine.simulate import simulate
from sim.model.world import build_world
from sim.study.kpis import KPIS, Figure, evaluate, figures
from sim.study.records import lifetimes_by_building
from sim.study.replication import plan_of
from sim.study.runs import IssueKeys, Run, Runs

NOWHERE = np.zeros(0, np.int64), np.zeros(0, np.int32)  # sums by building of runs that have none


def simulated(scenario: sim.Scenario, replications: Sequence[int], kpis: Sequence[str] | None = None) -> Runs:
    """Some replications of a scenario, one after the other; of all KPIs, or of some."""
    world, wanted = build_world(scenario.world), [KPIS[id] for id in kpis or KPIS]
    runs, rows = [], []
    for replication in replications:
        log = simulate(plan_of(scenario, world, replication))
        rows = figures(log.plan, wanted)
        runs.append(summed_up(log, wanted))
    return Runs(scenario, rows, runs)


def summed_up(log: sim.Log, kpis: Sequence[sim.Kpi]) -> Run:
    """What is kept of a run."""
    issues, records = log.plan["issues"], log.raw["issues"]
    resolved = np.where(records["resolved"] >= 0, records["resolved"] - issues["onset"], -1).astype(np.int32)
    keys = IssueKeys(issues["luck"], issues["category"], tuple(log.plan.labels["categories"]))
    return Run(np.array(evaluate(log, kpis)), fates(log), resolved, keys, *lifetimes_by_building(log))


def made_up(scenario: sim.Scenario, values: np.ndarray, ids: Sequence[str], runs: Sequence[Run] | None = None) -> Runs:
    """Runs with these values, float64[replications, figures], and no issues unless given."""
    known = {id: KPIS[id] for id in ids if id in KPIS}
    rows = [
        Figure(id, it.zh, it.en, it.unit, it.better) if (it := known.get(id)) else Figure(id, id, id, "") for id in ids
    ]
    nothing = IssueKeys(np.zeros(0, np.uint64), np.zeros(0, np.int16), ())
    blank = Run(np.zeros(0), np.zeros(0, np.int8), np.zeros(0, np.int32), nothing, *NOWHERE)
    made = [replace(run, values=row) for row, run in zip(values, runs or [blank] * len(values), strict=True)]
    return Runs(scenario, rows, made)
