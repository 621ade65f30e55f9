"""Which executor: by name, or the one that suits this machine and engine."""

from __future__ import annotations

import os
from typing import Literal, get_args

from sim.engine.engines import DEFAULT_ENGINE, Engine
from sim.study.executors.base import Executor
from sim.study.executors.processes import Processes
from sim.study.executors.serial import in_turn
from sim.study.executors.threads import Threads

ExecutorName = Literal["serial", "threads", "processes"]
EXECUTORS: tuple[ExecutorName, ...] = get_args(ExecutorName)

#: threads that do not get into each other's way much: a run holds Python's lock for a tenth (district) to a half (street) of
#: its time; processes take seconds to start and draw the issues of a replication each for itself
MOST_THREADS = 4


def usable_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def executor_named(
    name: ExecutorName | None = None, *, jobs: int | None = None, engine: Engine = DEFAULT_ENGINE
) -> Executor:
    """The executor of that name with ``jobs`` workers, by default one a processor.

    Without a name: threads for the compiled engine, as long as they are few; processes for more, and for engines that hold Python's
    lock. ValueError for a name or a number that there is not.
    """
    jobs = usable_cores() if jobs is None else jobs
    if jobs < 1 or (name is not None and name not in EXECUTORS):
        raise ValueError(f"expected one of {', '.join(EXECUTORS)} and at least one job, got {name!r} and {jobs}")
    if name is None:
        name = "serial" if jobs == 1 else "threads" if engine == "compiled" and jobs <= MOST_THREADS else "processes"
    named: dict[str, Executor] = {"serial": in_turn, "threads": Threads(jobs), "processes": Processes(jobs)}
    return named[name]
