"""What if: a few levers of a policy turned by hand, and the paired difference from today at once.

The issues of each replication are drawn once and kept, and so are the runs of today; a turn of a lever costs only the runs
of the policy that it comes to.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.engine.log import Log, fates
from sim.engine.simulate import simulate
from sim.model.demand import Demand
from sim.model.draw import draw_demand
from sim.model.policies import ByHouseholds, Daily
from sim.model.policies.setting import settle_in
from sim.model.spec import Title
from sim.model.units import MILLION
from sim.model.world import World, build_world
from sim.study.compare import PRIMARY_KPIS, Comparison, compare
from sim.study.kpis import KPIS, evaluate, figures
from sim.study.records import lifetimes_by_building
from sim.study.replication import plan_under
from sim.study.run_store import RunStore
from sim.study.runs import IssueKeys, Run, Runs

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.executors import Executor
    from sim.study.progress import Progress

Pooling = Literal["own_grids", "community_pool"]
OWN: Pooling = "own_grids"
POOL: Pooling = "community_pool"
QUICK_REPLICATIONS = 10
LARGE = 150_000  # households from which on one replication has to do
NEAREST = 50  # grids are spoken of in so many households
#: figures of the headline that can be had in a moment and say most about these levers
SHOWN = (
    *PRIMARY_KPIS,
    *("on_time_rate", "resolution_time_mean", "found_first_share", "latent_stock", "patrol_hours", "utilisation"),
)
STAFFING = {OWN: ("各管自己的网格", "own grids only"), POOL: ("社区人员共用", "pooled by community")}


@dataclass(frozen=True)
class Levers:
    """What can be turned: gridworkers in all, households of a grid (about), who serves whose grid, and admin's share of the time."""

    workers: int
    grid_size: int
    staffing: Pooling
    admin: float

    @classmethod
    def of(cls, scenario: Scenario) -> Levers:
        """Where the levers stand in a scenario."""
        policy, world = scenario.policy, build_world(scenario.world)
        grids, staff = settle_in(policy, world, scenario.demand)
        size = world.households / max(1, int((grids.dedicated == 0).sum()))
        by_size = isinstance(policy.zoning, ByHouseholds)
        share = policy.rounds.admin.share / MILLION if isinstance(policy.rounds, Daily) else 0.0
        return cls(
            workers=len(staff),
            grid_size=policy.zoning.target if by_size else NEAREST * max(1, round(size / NEAREST)),  # type: ignore[attr-defined]
            staffing=POOL if policy.staffing.kind == POOL else OWN,
            admin=share,
        )

    def applied_to(self, scenario: Scenario) -> Scenario:
        """The scenario with the levers that do not stand as in it turned; itself if none is."""
        today = Levers.of(scenario)
        changed = scenario
        if self.grid_size != today.grid_size:
            changed = changed.with_policy(zoning=ByHouseholds(target=self.grid_size))
        if self.workers != today.workers:
            changed = changed.with_policy(staffing={"workers": self.workers})
        if self.staffing != today.staffing:
            changed = changed.with_policy(staffing=self.staffing)
        if self.admin != today.admin:
            changed = _with_admin(changed, self.admin)
        return changed if changed is scenario else changed.replace(name="what_if", title=self.title(today))

    def title(self, today: Levers) -> Title:
        """What is other than today, in words."""
        said = [
            (self.workers != today.workers, f"{self.workers} 名网格员", f"{self.workers} gridworkers"),
            (self.grid_size != today.grid_size, f"每格 {self.grid_size} 户", f"{self.grid_size} households a grid"),
            (self.staffing != today.staffing, *STAFFING[self.staffing]),
            (self.admin != today.admin, f"行政占用 {100 * self.admin:g} %", f"admin {100 * self.admin:g} %"),
        ]
        changes = [(zh, en) for changed, zh, en in said if changed] or [("与现状相同", "as today")]
        return Title(zh="，".join(zh for zh, _ in changes), en=", ".join(en for _, en in changes))


def _with_admin(scenario: Scenario, share: float) -> Scenario:
    rounds = scenario.policy.rounds
    if not isinstance(rounds, Daily):
        raise ValueError(f"admin: expected rounds of the kind daily, which have admin, got {rounds.kind}")
    admin = rounds.admin.model_copy(update={"share": round(share * MILLION)})
    policy = scenario.policy.model_copy(update={"rounds": rounds.model_copy(update={"admin": admin})})
    return scenario.replace(policy=policy)


@dataclass(eq=False)
class WhatIf:
    """A scenario, as it is today, against itself with levers turned.

    ``replications``: of the quick comparison, by default ten, and one of a whole district, which then has no intervals.
    """

    base: Scenario
    replications: int = 0
    _store: RunStore = field(default_factory=lambda: RunStore(None), repr=False)

    def __post_init__(self) -> None:
        if self.replications < 1:
            self.replications = 1 if self._world.households >= LARGE else QUICK_REPLICATIONS

    @cached_property
    def today(self) -> Levers:
        """Where the levers stand today."""
        return Levers.of(self.base)

    @cached_property
    def baseline(self) -> Runs:
        """The runs of today, made once."""
        return self._runs(self.base)

    def quick(self, levers: Levers) -> Comparison:
        """The paired difference from today over the kept issues, of the figures ``SHOWN``.

        Raises what the scenario raises: Misfit for levers that do not fit the place, as fewer gridworkers than communities.
        """
        baseline, scenario = self.baseline, self.scenario(levers)
        begun = time.perf_counter()
        runs = self._runs(scenario) if levers != self.today else replace(baseline, scenario=scenario)
        return Comparison(baseline, {"what_if": runs}, seconds=time.perf_counter() - begun)

    def full(
        self,
        levers: Levers,
        *,
        replications: int = QUICK_REPLICATIONS,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> Comparison:
        """The full comparison with today: all KPIs, with intervals; the runs of today are kept for the next one."""
        return compare(
            self.base,
            self.scenario(levers),
            replications=replications,
            executor=executor,
            store=self._store,
            progress=progress,
        )

    def scenario(self, levers: Levers) -> Scenario:
        """What the levers come to."""
        changed = levers.applied_to(self.base)
        return changed.replace(name="what_if", title=levers.title(self.today))

    @cached_property
    def _world(self) -> World:
        return build_world(self.base.world)

    @cached_property
    def _demands(self) -> list[tuple[Demand, IssueKeys]]:
        """The issues of each replication."""
        base, drawn = self.base, []
        for replication in range(self.replications):
            demand = draw_demand(base.demand, self._world, base.period, seed=base.seed, replication=replication)
            ids = tuple(category.id for category in base.demand.categories)
            luck, category = (np.ascontiguousarray(demand.issues[name]) for name in ("luck", "category"))
            drawn.append((demand, IssueKeys(luck, category, ids)))
        return drawn

    def _runs(self, scenario: Scenario) -> Runs:
        kpis = [KPIS[id] for id in SHOWN]

        def made(drawn: tuple[Demand, IssueKeys]) -> tuple[Log, Run]:
            log = simulate(plan_under(scenario, self._world, drawn[0]))
            ended, onset = log.raw["issues"]["resolved"], log.plan["issues"]["onset"]
            lives = np.where(ended < 0, -1, ended - onset).astype(np.int32)
            return log, Run(np.array(evaluate(log, kpis)), fates(log), lives, drawn[1], *lifetimes_by_building(log))

        with ThreadPoolExecutor(os.cpu_count()) as threads:  # the compiled engine lets other threads run
            logs, runs = zip(*threads.map(made, self._demands), strict=True)
        return Runs(scenario, figures(logs[0].plan, kpis), runs)
