"""Working time by the calendars of a Plan, for whole columns at once."""

from __future__ import annotations

import numpy as np

from sim.engine.events import NEVER
from sim.engine.plan import Plan


def intervals(plan: Plan, calendar: int) -> tuple[np.ndarray, np.ndarray]:
    """The open intervals ``[start, end)`` of a calendar; none if it is always open."""
    row = plan["calendars"][calendar]
    shifts = plan["shifts"][row["first"] : row["first"] + row["count"]]
    return shifts["start"].copy(), shifts["end"].copy()


def after_open_time(plan: Plan, calendar: int, times: np.ndarray, seconds: int) -> np.ndarray:
    """The first instants at which ``seconds`` > 0 of open time have passed since ``times``; NEVER if there are not so many."""
    starts, ends = intervals(plan, calendar)
    if not starts.size:
        return times + seconds
    open_before = np.concatenate(([0], np.cumsum(ends - starts)))
    k = np.searchsorted(ends, times, side="right")  # the first interval that ends after the time
    started = np.concatenate((starts, [np.iinfo(np.int64).max]))[k]
    target = open_before[k] + np.maximum(0, times - started) + seconds
    due = np.searchsorted(open_before, target, side="left") - 1
    reached = (k < starts.size) & (due < starts.size)
    due = np.minimum(due, starts.size - 1)
    return np.where(reached, starts[due] + target - open_before[due], NEVER)
