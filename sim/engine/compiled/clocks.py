"""Chapter 1: calendars."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled.memory import CALENDAR, FAR, LONG, SHIFT, World, handler, inlined
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER


@handler
def add(w: World, calendar: int, time: int, seconds: int) -> int:
    """The first instant at which ``seconds`` > 0 of open time have passed since ``time``; NEVER if there is none."""
    row = at(w.calendars, calendar, CALENDAR)
    if row.count == 0:
        return time + seconds
    end = row.first + row.count
    k = _open_after(w, row.first, end, time)
    if k == end:
        return NEVER
    shift = at(w.shifts, k, SHIFT)
    target = at(w.open_before, k, LONG).value + max(0, time - shift.start) + seconds
    k = _reaching(w, k, end, target)
    shift, before = at(w.shifts, k, SHIFT), at(w.open_before, k, LONG).value
    due = shift.start + target - before
    return due if due <= shift.end else NEVER


@handler
def elapsed(w: World, calendar: int, a: int, b: int) -> int:
    """The open seconds from ``a`` to ``b``; negative if ``b`` is the earlier."""
    return _opened(w, calendar, b) - _opened(w, calendar, a)


@handler
def _opened(w: World, calendar: int, time: int) -> int:
    """The open seconds before ``time``."""
    row = at(w.calendars, calendar, CALENDAR)
    if row.count == 0:
        return np.int64(time)
    end = row.first + row.count
    k = _open_after(w, row.first, end, time)
    if k == end:
        last = at(w.shifts, end - 1, SHIFT)
        return at(w.open_before, end - 1, LONG).value + last.end - last.start
    return at(w.open_before, k, LONG).value + max(0, time - at(w.shifts, k, SHIFT).start)


@handler
def since_start(w: World, calendar: int, time: int) -> int:
    """Seconds since the last interval that has started by ``time``; FAR: there is none."""
    row = at(w.calendars, calendar, CALENDAR)
    first, end = np.int64(row.first), np.int64(row.first + row.count)
    while first < end:
        middle = (first + end) // 2
        if at(w.shifts, middle, SHIFT).start > time:
            end = middle
        else:
            first = middle + 1
    return time - at(w.shifts, first - 1, SHIFT).start if first > row.first else FAR


@inlined
def _open_after(w: World, first: int, end: int, time: int) -> int:
    """The first interval that ends after ``time``; ``end`` if there is none."""
    while first < end:
        middle = (first + end) // 2
        if at(w.shifts, middle, SHIFT).end > time:
            end = middle
        else:
            first = middle + 1
    return first


@inlined
def _reaching(w: World, first: int, end: int, target: int) -> int:
    """The last interval from ``first`` on before which less than ``target`` seconds were open."""
    while end - first > 1:
        middle = (first + end) // 2
        if at(w.open_before, middle, LONG).value < target:
            first = middle
        else:
            end = middle
    return first
