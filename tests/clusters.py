"""A cluster on this machine whose workers are programs of their own, replaced when they are killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import distributed


class Workforce:
    """Workers of the scheduler at ``address``, started again as a cluster's manager would."""

    def __init__(self, address: str, count: int) -> None:
        self.address = address
        self.workers = [self._start() for _ in range(count)]

    def kill_one(self, chance: random.Random) -> None:
        """kill -9 one of the workers, whatever it is at, and start another in its place."""
        victim = chance.randrange(len(self.workers))
        self.workers[victim].kill()
        self.workers[victim].wait()
        self.workers[victim] = self._start()

    def dismiss(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        options = ["--no-nanny", "--no-dashboard", "--nthreads", "1", "--death-timeout", "60"]
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *options],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def workforce(count: int) -> Iterator[Workforce]:
    """A scheduler with so many workers."""
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as scheduler:
        started = Workforce(scheduler.scheduler_address, count)
        try:
            yield started
        finally:
            started.dismiss()
