"""The function that is called from outside, kept compiled between processes."""

from __future__ import annotations

from numba import njit, types

from sim.engine.compiled import cache, kernel

with cache.kept():
    run = njit(nogil=True, cache=True)(kernel.run)


def load() -> None:
    """Have it at hand: fetched from where it is kept, or else compiled and kept."""
    if run.signatures:
        return
    cache.announce(run.stats.cache_path or "")
    with cache.heeding_interrupts():
        run.compile((types.int64,))
