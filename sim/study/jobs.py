"""Jobs: runs to be made, each with the key by which it is found again, and how one is made."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4
from weakref import WeakKeyDictionary

from sim.engine.engines import Engine
from sim.engine.simulate import simulate
from sim.model.demand import Demand
from sim.model.draw import draw_demand
from sim.model.policies import Policy
from sim.model.spec import Title
from sim.model.world import World, build_world
from sim.scenario.own_parts import own_parts
from sim.scenario.schema import Costs
from sim.study.executors import Executor, Threads, in_turn
from sim.study.kpis.catalogue import OwnKpi, import_path, with_own
from sim.study.kpis.kpi import Kpi
from sim.study.records import Record
from sim.study.replication import plan_under, replayable
from sim.study.version import code_digest

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

T = TypeVar("T")

#: replications whose issues are kept for the next scenario; a district's are some 100 MB each
DEMANDS_KEPT = 2

#: what a scenario is called and where its numbers come from changes nothing in a run
NAMELESS: dict[str, Any] = {"name": "run", "title": Title(zh="run", en="run"), "lang": "zh", "sources": {}}
#: neither do policy and costs change which issues arise
NO_POLICY: dict[str, Any] = {**NAMELESS, "policy": Policy(), "costs": Costs()}


@dataclass(frozen=True, eq=False)
class Job:
    """One replication of a scenario, to be simulated and summed up by the KPIs of gridgov and the user's own.

    ``key``: the hash of all that determines what comes out; ``demand``: the hash of all that determines the issues of the
    scenario.
    """

    scenario: Scenario
    replication: int
    engine: Engine
    own_kpis: tuple[OwnKpi, ...]
    key: str
    demand: str


def jobs_of(scenario: Scenario, replications: int, *, engine: Engine, own_kpis: Sequence[OwnKpi]) -> list[Job]:
    """The jobs of a scenario's replications, in order. Raises KpiError for KPIs of the user's that cannot be had."""
    with_own(own_kpis)  # imports what is named
    content = scenario.model_copy(update=NAMELESS).hash
    demand = scenario.model_copy(update=NO_POLICY).hash
    kpis = [_source_digest(kpi) for kpi in own_kpis]
    return [
        Job(
            scenario,
            replication,
            engine,
            tuple(own_kpis),
            key=_digest(json.dumps([code_digest(), content, replication, engine, kpis]).encode()),
            demand=demand,
        )
        for replication in range(replications)
    ]


def sendable(own_kpis: Sequence[OwnKpi], executor: Executor) -> tuple[OwnKpi, ...]:
    """The user's KPIs as they may go to the workers of an executor. Raises KpiError for one that another process cannot find."""
    if executor is in_turn or isinstance(executor, Threads):
        return tuple(own_kpis)
    return tuple(import_path(kpi) for kpi in own_kpis)


def modules_of(jobs: Iterable[Job]) -> list[Path]:
    """The files of the user's own modules that jobs need."""
    policies = {id(job.scenario.policy): job.scenario.policy for job in jobs}
    names = {module for policy in policies.values() for _, module, _ in own_parts(policy)}
    names |= {_module(kpi) for job in jobs for kpi in job.own_kpis}
    return sorted({file for name in names if (file := _file(name)) is not None})


def _source_digest(kpi: OwnKpi) -> str:
    """What says whether a KPI of the user's is still the same: its name and the code of its module.

    One without a module file (of a notebook, say) is the same only as long as it is the same object.
    """
    file = _file(_module(kpi))
    if file is None and not isinstance(kpi, str):
        return _tokens.setdefault(kpi, uuid4().hex)
    return f"{_name(kpi)} {_digest(file.read_bytes() if file else b'')}"


_tokens: WeakKeyDictionary[object, str] = WeakKeyDictionary()


def _name(kpi: OwnKpi) -> str:
    if isinstance(kpi, str):
        return kpi
    return kpi.source if isinstance(kpi, Kpi) else f"{kpi.__module__}:{kpi.__qualname__}"


def _module(kpi: OwnKpi) -> str:
    return _name(kpi).partition(":")[0]


def _file(module: str) -> Path | None:
    found = getattr(sys.modules.get(module), "__file__", None)
    return Path(found) if found else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def perform(job: Job) -> Record:
    """Make a run: draw its issues, simulate, sum up. Neighbouring jobs of the same issues share them."""
    scenario = job.scenario
    world: World = _worlds.get(job.demand, lambda: build_world(scenario.world))
    demand: Demand = _demands.get(
        (job.demand, job.replication),
        lambda: draw_demand(scenario.demand, world, scenario.period, seed=scenario.seed, replication=job.replication),
    )
    with replayable(scenario, job.replication):
        log = simulate(plan_under(scenario, world, demand), job.engine)
    return Record.of(log, with_own(job.own_kpis))


@dataclass
class _Slot(Generic[T]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    made: T | None = None


class _Latest(Generic[T]):
    """The values used last, by key; threads that want the same one wait for the first of them to make it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._slots: dict[object, _Slot[T]] = {}

    def get(self, key: object, make: Callable[[], T]) -> T:
        with self._lock:
            slot = self._slots.pop(key) if key in self._slots else _Slot()
            self._slots[key] = slot  # the last one used is the last
            while len(self._slots) > self._most:
                del self._slots[next(iter(self._slots))]
        with slot.lock:
            if slot.made is None:
                slot.made = make()
            return slot.made


_worlds: _Latest[World] = _Latest(2)
_demands: _Latest[Demand] = _Latest(DEMANDS_KEPT)
