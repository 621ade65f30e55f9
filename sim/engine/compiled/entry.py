"""The two functions that are called from outside, kept compiled between processes."""

from __future__ import annotations

import numpy as np
from numba import njit, typeof

from sim.engine.compiled import cache, kernel, prepare
from sim.engine.compiled.memory import WORLD


def _count_noticeable(world: np.ndarray) -> int:
    """How many issues of a Plan can be noticed."""
    return prepare.count_noticeable(world[0])


def _run(world: np.ndarray, reports: np.ndarray, noticeable: np.ndarray, unseen: np.ndarray) -> None:
    """Lay out what is known beforehand, and run."""
    prepare.prepare(world[0], reports, noticeable, unseen)
    kernel.run(world[0])


with cache.kept():
    count_noticeable = njit(nogil=True, cache=True)(_count_noticeable)
    run = njit(nogil=True, cache=True)(_run)


def load() -> None:
    """Have both at hand: fetched from where they are kept, or else compiled and kept."""
    if run.signatures:
        return
    cache.announce(run.stats.cache_path or "")
    world, rows = typeof(np.zeros(1, WORLD)), typeof(np.empty(0, np.int32))
    with cache.heeding_interrupts():
        count_noticeable.compile((world,))
        run.compile((world, rows, rows, rows))
