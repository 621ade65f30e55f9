"""What running many things at once costs over the ideal, and which executor makes most runs of a scenario.

    python benchmarks/executors.py [--json] [--quick]      some minutes; --quick: about one

What each figure means stands in ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import measure

import sim
from sim.study.executors import Cluster, Executor, Processes, Threads, in_turn

JOBS = 2
SECONDS = 0.2  # of a task
PIECE = bytes(1_000_000)  # hashing it takes about a millisecond and needs no lock of Python


@dataclass(frozen=True)
class Sizes:
    """How many tasks, and how many replications of each of two scenarios."""

    tasks: int
    replications: dict[str, int]


FULL = Sizes(200, {"street": 40, "xinghualing": 3})
QUICK = Sizes(40, {"street": 6})


def work(seconds: float) -> None:
    """Keep a processor busy for so long, as the compiled engine does: without Python's lock."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        hashlib.sha256(PIECE)


def overheads(tasks: int) -> dict[str, Any]:
    """Seconds on the wall for tasks of equal length over their ideal, by executor, less 1; its start included."""
    ideal = tasks * SECONDS / JOBS
    figures: dict[str, Any] = {"tasks": tasks, "tasks_ideal_s": ideal}
    for name, executor in {"threads": Threads(JOBS), "processes": Processes(JOBS)}.items():
        figures[f"overhead_{name}"] = seconds_of(executor, tasks) / ideal - 1
    if find_spec("distributed"):
        with local_cluster() as cluster:
            figures["overhead_cluster"] = seconds_of(cluster, tasks) / ideal - 1
    return figures


def seconds_of(executor: Executor, tasks: int) -> float:
    return measure.timed(lambda: list(executor(work, [SECONDS] * tasks)), measure.wall)[1]


@contextmanager
def local_cluster() -> Iterator[Cluster]:
    """Dask on this machine: workers of one thread each, started before the clock is."""
    from distributed import LocalCluster  # noqa: PLC0415

    with LocalCluster(n_workers=JOBS, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as started:
        started.wait_for_workers(JOBS)
        yield Cluster(started.scheduler_address)


def runs(replications: dict[str, int]) -> dict[str, Any]:
    """Runs a minute of two policies of a scenario on the default engine, by executor, on the wall."""
    figures: dict[str, Any] = {}
    for name, count in replications.items():
        base = sim.load(name)
        scenarios = [base, base.with_policy(staffing="community_pool")]
        sim.simulate_all(scenarios[:1], replications=1, executor=in_turn)  # the kernel is compiled from here on
        by_executor = {"serial": in_turn, "threads": Threads(JOBS), "processes": Processes(JOBS)}
        figures[f"{name}_runs_per_min"] = {
            called: 2 * count * 60 / _seconds_of_all(scenarios, count, executor)
            for called, executor in by_executor.items()
        }
    return figures


def _seconds_of_all(scenarios: list[sim.Scenario], count: int, executor: Executor) -> float:
    return measure.timed(lambda: sim.simulate_all(scenarios, replications=count, executor=executor), measure.wall)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quick", action="store_true", help="small sizes: for a look, not for the record")
    asked = parser.parse_args()
    sizes = QUICK if asked.quick else FULL
    print(measure.show({**overheads(sizes.tasks), **runs(sizes.replications)}, as_json=asked.json))


if __name__ == "__main__":
    main()
