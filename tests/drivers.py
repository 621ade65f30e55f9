"""Programs that sweep a study, to be killed in the middle: each is forked from one that has loaded everything.

Run as a script it reads "EXECUTOR FOLDER RUNS" lines, starts a program for each and says its number; at a line with a number
it waits for that program and says how it ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

from studies import ENGINE

from sim.study.executors import Cluster, Executor, Processes, Threads
from sim.study.sweep import sweep, write_sweep


def executor_called(name: str) -> Executor:
    return {"threads": Threads(2), "processes": Processes(2)}.get(name) or Cluster(name)


def drive(executor: str, folder: str, runs: int) -> None:
    """Sweep the study in a folder, as a user would who starts again whatever was cut short; after so many ``runs`` wait to be killed."""

    def told(done: int, total: int) -> None:
        if 0 < runs == done:
            signal.pause()  # however fast the machine is, there is something left to do

    result = sweep(
        Path(folder) / "study.yaml",
        executor=executor_called(executor),
        store=Path(folder) / "runs.sqlite",
        engine=ENGINE,
        progress=told,
    )
    write_sweep(result, Path(folder) / "out")


class Drivers:
    """Starts such programs and kills them."""

    def __enter__(self) -> Drivers:
        self.program = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        return self

    def __exit__(self, *error: object) -> None:
        self.program.communicate()

    def start(self, executor: str, folder: Path, *, runs: int = 0) -> int:
        """The number of the process that now sweeps the study in ``folder``, and waits after so many ``runs``; 0: never."""
        return int(self._ask(f"{executor} {folder} {runs}"))

    def end(self, process: int) -> int:
        """How a program ends: its exit code, or the signal that killed it as a negative number."""
        return int(self._ask(str(process)))

    def kill(self, process: int) -> int:
        os.kill(process, signal.SIGKILL)
        return self.end(process)

    def _ask(self, line: str) -> str:
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(line + "\n")
        self.program.stdin.flush()
        return self.program.stdout.readline()


def main() -> None:
    import distributed  # noqa: F401, PLC0415  # loaded once for all
    import pandas  # noqa: F401, PLC0415
    import scipy.interpolate  # noqa: F401, PLC0415

    for line in sys.stdin:
        words = line.split()
        if len(words) == 1:
            print(os.waitstatus_to_exitcode(os.waitpid(int(words[0]), 0)[1]), flush=True)
        elif process := os.fork():
            print(process, flush=True)
        else:
            _become(*words)


def _become(executor: str, folder: str, runs: str) -> None:
    try:
        drive(executor, folder, int(runs))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
