"""How the benchmarks measure: a clock, runs that take turns, the peak of memory, and processes of their own."""

from __future__ import annotations

import ctypes
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")
Clock = Callable[[], float]

cpu: Clock = time.process_time  # of all threads of this process; another process on the machine does not add to it
wall: Clock = time.perf_counter


def timed(run: Callable[[], Result], clock: Clock = cpu) -> tuple[Result, float]:
    """What ``run`` returns, and its seconds; throwing the result away is not among them."""
    gc.collect()
    begin = clock()
    result = run()
    return result, clock() - begin


def take_turns(rounds: int, runs: Mapping[str, Callable[[], object]], clock: Clock = cpu) -> dict[str, list[float]]:
    """Seconds of each run in each round. All run once a round, so that what slows the machine slows them all."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            seconds[name].append(timed(run, clock)[1])
    return seconds


def median_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median over the rounds of the ratio of two runs of the same round."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def resident_bytes() -> int:
    """Memory of this process now. OSError where there is no /proc (only Linux has one)."""
    return _status("VmRSS")


def peak_bytes() -> int:
    """Most memory of this process since its start, or since ``forget_peak``. OSError where there is no /proc.

    Not ``ru_maxrss``: there a process starts with the peak of the one that started it.
    """
    return _status("VmHWM")


def forget_peak() -> None:
    """Give memory that is free back to the system, and count the peak from now on. Needs Linux with glibc."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return 1024 * int(kilobytes)


def in_own_process(script: str, *arguments: str) -> dict[str, Any]:
    """The JSON object that ``script`` prints, run in a new process."""
    figures: dict[str, Any] = json.loads(subprocess.check_output([sys.executable, script, *arguments]))
    return figures


def show(figures: Mapping[str, Any], *, as_json: bool) -> str:
    """The figures as one JSON object, or as lines for people."""
    if as_json:
        return json.dumps(figures)
    return "\n".join(f"{name:28} {_plain(value)}" for name, value in figures.items())


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:14.4g}" if abs(value) < 1000 else f"{value:14,.0f}"
    if isinstance(value, dict):
        return "  ".join(f"{key}: {_plain(of).strip()}" for key, of in value.items())
    return f"{value!s:>14}"
