"""One replication of a scenario: what may happen, what happens, and its KPIs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.log import Log
from sim.engine.make_plan import make_plan
from sim.engine.plan import Plan
from sim.engine.simulate import Engine, simulate
from sim.model.draw import draw_demand
from sim.model.world import World, build_world
from sim.study.kpis.catalogue import OwnKpi, evaluate, with_own

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def simulate_once(
    scenario: Scenario, *, replication: int = 0, engine: Engine = "reference", events: bool = False
) -> Log:
    """What happens in one replication of a scenario: its Log, with every event if asked for.

    The same scenario, replication and version give the same Log on every machine.
    """
    return simulate(plan_of(scenario, build_world(scenario.world), replication), engine, events=events)


def plan_of(scenario: Scenario, world: World, replication: int) -> Plan:
    """The Plan of one replication of a scenario in its world, with the names that its Log shows."""
    demand = draw_demand(scenario.demand, world, scenario.period, seed=scenario.seed, replication=replication)
    plan = make_plan(world, demand, scenario.policy, period=scenario.period)
    labels = {"scenario": scenario.name, "title": scenario.title.model_dump(), "costs": scenario.costs.model_dump()}
    return replace(plan, labels=MappingProxyType({**plan.labels, **labels}))


@dataclass(frozen=True)
class ReplicationResult:
    """What is kept of a replication: the values of its KPIs, and of replication 0 the records."""

    values: list[float]
    records: Mapping[str, np.ndarray] | None


@dataclass(frozen=True)
class Replicate:
    """The task of running replications, as it is sent to another process: call it with the number of one."""

    scenario: Scenario
    world: World
    engine: Engine
    events: bool
    own_kpis: tuple[OwnKpi, ...]

    def __call__(self, replication: int) -> ReplicationResult:
        log = self.log_of(replication)
        return ReplicationResult(evaluate(log, with_own(self.own_kpis)), dict(log.raw) if replication == 0 else None)

    def log_of(self, replication: int) -> Log:
        """What happens in a replication; with every event in replication 0, if events were asked for."""
        plan = plan_of(self.scenario, self.world, replication)
        return simulate(plan, self.engine, events=self.events and replication == 0)
