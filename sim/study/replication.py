"""One replication of a scenario: what may happen, what happens, and its KPIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.both import EnginesDiffer
from sim.engine.engines import DEFAULT_ENGINE, Engine
from sim.engine.log import Log
from sim.engine.make_plan import make_plan
from sim.engine.plan import Plan
from sim.engine.simulate import simulate
from sim.model.demand import Demand
from sim.model.draw import draw_demand
from sim.model.world import World, build_world
from sim.study.kpis.catalogue import OwnKpi, evaluate, with_own

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def simulate_once(
    scenario: Scenario, *, replication: int = 0, engine: Engine = DEFAULT_ENGINE, events: bool = False
) -> Log:
    """What happens in one replication of a scenario: its Log, with every event if asked for.

    The same scenario, replication and version give the same Log on every machine. Raises EnginesDiffer if "both" engines were asked for
    and do not agree.
    """
    with replayable(scenario, replication):
        return simulate(plan_of(scenario, build_world(scenario.world), replication), engine, events=events)


@contextmanager
def replayable(scenario: Scenario, replication: int) -> Iterator[None]:
    """Say of engines that differ how to see it again."""
    try:
        yield
    except EnginesDiffer as error:
        error.add_note(
            f"Again, for the scenario {scenario.name}: gridgov run FILE --engine both --seed {scenario.seed} "
            f"--replications {replication + 1}\n"
            f"In Python: sim.simulate_once(sim.load(FILE).replace(seed={scenario.seed}), replication={replication}, engine='both')"
        )
        raise


def plan_of(scenario: Scenario, world: World, replication: int) -> Plan:
    """The Plan of one replication of a scenario in its world, with the names that its Log shows."""
    demand = draw_demand(scenario.demand, world, scenario.period, seed=scenario.seed, replication=replication)
    return plan_under(scenario, world, demand)


def plan_under(scenario: Scenario, world: World, demand: Demand) -> Plan:
    """The Plan of a scenario in its world for a demand that has been drawn, with the names that its Log shows."""
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
        with replayable(self.scenario, replication):
            return simulate(plan, self.engine, events=self.events and replication == 0)
