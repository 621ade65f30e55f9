"""Ways to do many things at once: one after the other, in threads, in processes, on a cluster.

An executor is asked for ``task(item)`` for each of some items and yields the answers as they come. It decides where and
when, never what: results do not depend on it.
"""

from sim.study.executors.base import Executor, Failed, WorkerError, answered
from sim.study.executors.choice import EXECUTORS, executor_named, usable_cores
from sim.study.executors.cluster import Cluster, ClusterError
from sim.study.executors.processes import Processes
from sim.study.executors.serial import in_turn
from sim.study.executors.threads import Threads

__all__ = [
    "EXECUTORS",
    "Cluster",
    "ClusterError",
    "Executor",
    "Failed",
    "Processes",
    "Threads",
    "WorkerError",
    "answered",
    "executor_named",
    "in_turn",
    "usable_cores",
]
