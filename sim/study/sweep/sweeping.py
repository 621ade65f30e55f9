"""sweep: run a study."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.engines import DEFAULT_ENGINE, Engine
from sim.scenario.problems import ScenarioError
from sim.study.collect import complete, opened
from sim.study.executors import Executor, executor_named
from sim.study.jobs import Job, jobs_of, sendable
from sim.study.kpis.catalogue import OwnKpi
from sim.study.progress import Progress
from sim.study.run_store import RunStore
from sim.study.sweep.cells import Cell
from sim.study.sweep.result import CellRuns, Sweep
from sim.study.sweep.study import Study, load_study, unknown_kpis


def sweep(
    study: Study | str | Path | Mapping[str, Any],
    *,
    replications: int | None = None,
    executor: Executor | None = None,
    store: RunStore | str | Path | None = None,
    engine: Engine = DEFAULT_ENGINE,
    kpis: Sequence[OwnKpi] = (),
    progress: Progress | None = None,
) -> Sweep:
    """Run every cell of a study, each as many times as it says or as ``replications`` says, over the same chance.

    ``study``: a file, the name of a bundled study, a mapping that says what a file would, or one read before. ``executor``,
    ``store``, ``engine``, ``kpis``, ``progress``: see ``simulate_all``. A run that fails is told of in the tables while the rest
    goes on; runs that the store has are not made again, so that a sweep that was cut short is finished by starting it again.

    Raises ScenarioError for a study with mistakes, KpiError for KPIs of yours that cannot be had, OutputError for a store that cannot be
    written, ClusterError.
    """
    begun = time.perf_counter()
    study = study if isinstance(study, Study) else load_study(study, kpis=kpis)
    count = study.spec.replications if replications is None else replications
    if count < 1:
        raise ValueError(f"replications: expected at least 1, got {count}")
    executor = executor or executor_named(engine=engine)
    own, primary = sendable(kpis, executor), _primary(study)
    if strays := list(unknown_kpis(study.spec, study.base, study.written, own)):
        raise ScenarioError(strays)
    jobs = [jobs_of(scenario, count, engine=engine, own_kpis=own) for scenario in study.scenarios]
    errors: dict[str, str] = {}
    with opened(store) as kept:
        complete(
            [job for row in jobs for job in row],
            kept,
            executor=executor,
            progress=progress,
            failed=lambda job, failure: errors.update({job.key: failure.trace}),
        )
        cells = [_cell_runs(cell, row, kept, errors) for cell, row in zip(study.cells, jobs, strict=True)]
    return Sweep(study, engine, count, cells, primary, time.perf_counter() - begun)


def _primary(study: Study) -> tuple[str, ...]:
    from sim.study.compare.comparison import PRIMARY_KPIS  # noqa: PLC0415

    return PRIMARY_KPIS if study.spec.primary is None else study.spec.primary


def _cell_runs(cell: Cell, jobs: Sequence[Job], store: RunStore, errors: Mapping[str, str]) -> CellRuns:
    """The runs of a cell as the store has them."""
    done = [job for job in jobs if job.key not in errors]
    figures = store.figures(done[0].key) if done else ()
    values = np.full((len(jobs), len(figures)), np.nan)
    for job in done:
        values[job.replication] = store.values(job.key)
    return CellRuns(cell, figures, values, {job.replication: errors[job.key] for job in jobs if job.key in errors})
