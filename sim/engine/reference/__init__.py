"""The readable engine: the rules of ``docs/model.md``, chapter by chapter, on SimPy.

``chance`` chapter 1 · ``agenda`` chapter 2 · ``issues`` chapter 3 · ``cases`` and ``services`` chapters 4
and 7 · ``dispatch`` chapter 5 · ``days`` chapter 6 · ``records`` chapter 8 · ``waits``, ``marks`` and ``looks`` chapter 9 · ``parties`` and
``joint`` chapter 10;
``state`` and ``organisation`` are what there is, ``run`` what time it is. The chapters call each other as the rules do.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from sim.engine.plan import Plan
from sim.engine.reference import days, dispatch, issues, records
from sim.engine.reference.run import Run

__all__ = ["simulate"]


def simulate(plan: Plan, *, events: bool = False) -> Mapping[str, np.ndarray]:
    """Run ``plan`` by the rules of ``docs/model.md``.

    Returns the raw arrays of ``sim.engine.log.RECORDS``: cases, issues, courses and days, and events, empty unless asked for.
    """
    with _without_cycle_collection():
        run = Run(plan, records.Recorder(events))
        days.open_calendars(run)
        issues.expect_reports(run)
        run.until(run.horizon, settle=lambda: dispatch.settle(run), close=lambda: days.close_books(run))
        return records.collect(run)


@contextmanager
def _without_cycle_collection() -> Iterator[None]:
    """A run keeps all it makes until its end: looking for cyclic garbage meanwhile would double its time."""
    was_enabled = gc.isenabled()
    gc.collect(1)  # what an earlier run has left, which is all young: nothing has been collected while it went on
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
