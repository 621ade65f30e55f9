"""Many runs of many scenarios: what a store has is taken from there, the rest is made and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sim.engine.engines import DEFAULT_ENGINE, Engine
from sim.engine.simulate import make_ready
from sim.study.executors import Executor, Failed, executor_named
from sim.study.jobs import DEMANDS_KEPT, Job, jobs_of, modules_of, perform, sendable
from sim.study.kpis.catalogue import OwnKpi
from sim.study.progress import Progress, notebook_bar
from sim.study.run_store import RunStore
from sim.study.runs import Runs

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def simulate_all(
    scenarios: Sequence[Scenario],
    *,
    replications: int,
    executor: Executor | None = None,
    store: RunStore | str | Path | None = None,
    engine: Engine = DEFAULT_ENGINE,
    kpis: Sequence[OwnKpi] = (),
    progress: Progress | None = None,
) -> list[Runs]:
    """The replications 0 … ``replications`` - 1 of each scenario, in order.

    ``executor``: who makes the runs, by default one worker a processor (see ``executor_named``); what comes out does not depend on it. ``store``: where finished
    runs are kept and found again, a RunStore or the path of its file; by default nowhere. ``progress``: called with (done, total) of the
    runs that were still to be made. Scenarios that differ in nothing but their names share their runs, and runs that have
    the same issues share them. Raises the first error of a run, noting which; OutputError for a store that cannot be written; ClusterError.
    """
    if replications < 1:
        raise ValueError(f"replications: expected at least 1, got {replications}")
    for scenario in scenarios:
        scenario.check()
    executor = executor or executor_named(engine=engine)
    own = sendable(kpis, executor)
    jobs = [jobs_of(scenario, replications, engine=engine, own_kpis=own) for scenario in scenarios]
    with opened(store) as kept:
        complete([job for row in jobs for job in row], kept, executor=executor, progress=progress, failed=_raise)
        return [kept.runs(row[0].scenario, [job.key for job in row]) for row in jobs]


def _raise(job: Job, failure: Failed) -> NoReturn:
    failure.reraise(f"in replication {job.replication} of {job.scenario.name}")


@contextmanager
def opened(store: RunStore | str | Path | None) -> Iterator[RunStore]:
    """The store itself, or the one in that file (None: a temporary one), closed at the end. Raises OutputError."""
    if isinstance(store, RunStore):
        yield store
        return
    with closing(RunStore(store)) as kept:
        yield kept


def missing(jobs: Sequence[Job], store: RunStore) -> list[Job]:
    """The jobs that ``store`` has no run of, each key once, those of the same issues near each other.

    ``DEMANDS_KEPT`` replications go side by side, scenario by scenario, so that two workers that begin draw issues of two, and
    neither waits for the other.
    """
    unique = {job.key: job for job in jobs}
    there, demands, scenarios = store.known(unique), dict[str, int](), dict[int, int]()
    for job in unique.values():
        demands.setdefault(job.demand, len(demands))
        scenarios.setdefault(id(job.scenario), len(scenarios))

    def turn(job: Job) -> tuple[int, ...]:
        together = job.replication // DEMANDS_KEPT
        return together, demands[job.demand], scenarios[id(job.scenario)], job.replication

    return sorted((job for key, job in unique.items() if key not in there), key=turn)


def complete(
    jobs: Sequence[Job],
    store: RunStore,
    *,
    executor: Executor,
    progress: Progress | None,
    failed: Callable[[Job, Failed], object],
) -> None:
    """Make the runs that ``store`` lacks and keep each as it comes; ``failed`` is told of those that cannot be made."""
    todo, told = missing(jobs, store), progress or notebook_bar()
    told(0, len(todo))
    if not todo:
        return
    for engine in sorted({job.engine for job in todo}):
        make_ready(engine)
    with closing(executor(perform, todo, modules=modules_of(todo))) as answers:
        for done, (index, answer) in enumerate(answers, 1):
            job = todo[index]
            if isinstance(answer, Failed):
                failed(job, answer)
            else:
                store.add(job.key, job.replication, answer)
            told(done, len(todo))
