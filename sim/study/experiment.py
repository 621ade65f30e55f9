"""Running a scenario several times, for its KPIs with intervals."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from sim.engine.engines import DEFAULT_ENGINE, Engine
from sim.engine.log import Log
from sim.engine.simulate import make_ready
from sim.model.world import build_world
from sim.study.executors import Executor, answered, executor_named
from sim.study.jobs import sendable
from sim.study.kpis.catalogue import OwnKpi, figures, with_own
from sim.study.progress import Progress, notebook_bar
from sim.study.replication import Replicate, ReplicationResult, plan_of
from sim.study.result import Result, kpi_table, replication_table

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def run(
    scenario: Scenario,
    *,
    replications: int = 5,
    jobs: int = 1,
    seed: int | None = None,
    engine: Engine = DEFAULT_ENGINE,
    kpis: Sequence[OwnKpi] | None = None,
    events: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Run a scenario ``replications`` times, ``jobs`` at a time, and sum up its KPIs with 95 % intervals.

    ``seed``: instead of the scenario's; ``kpis``: the user's own, beside those of gridgov (functions of a Log, or import paths such
    as "my_kpis:late_disputes"); ``events``: keep every event of replication 0; ``progress``: called with (done, total), by default a
    bar in a notebook. The KPIs do not depend on ``jobs``; who does them: see ``executor_named``. Raises KpiError for a KPI of the user's that fails, WorkerError for a
    process that dies, and whatever a part of the scenario raises, with the replication as a note.
    """
    begun = time.perf_counter()
    if seed is not None:
        scenario = scenario.replace(seed=seed)
    scenario.check()
    if replications < 1 or jobs < 1:
        raise ValueError(f"replications and jobs: expected at least 1, got {replications} and {jobs}")
    executor, own = executor_named(jobs=min(jobs, replications), engine=engine), tuple(kpis or ())
    all_kpis = with_own(own)
    make_ready(engine)
    task = Replicate(scenario, build_world(scenario.world), engine, events, sendable(own, executor))
    outcomes = _collect(executor, task, replications, progress or notebook_bar())
    log0 = Log(plan_of(scenario, task.world, 0), outcomes[0].records or {})
    rows, values = figures(log0.plan, all_kpis), [outcome.values for outcome in outcomes]
    tables = kpi_table(rows, values), replication_table(rows, values)
    return Result(scenario, engine, replications, *tables, log0, time.perf_counter() - begun)


def _collect(executor: Executor, task: Replicate, replications: int, progress: Progress) -> list[ReplicationResult]:
    """The outcome of each replication, in order."""
    outcomes: dict[int, ReplicationResult] = {}
    progress(0, replications)
    with closing(answered(executor, task, range(replications), called="replication")) as results:
        for replication, outcome in results:
            outcomes[replication] = outcome
            progress(len(outcomes), replications)
    return [outcomes[replication] for replication in range(replications)]
