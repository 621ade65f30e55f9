"""Chapter 8: rows of worker-days, and of the event log if anybody wants it.

Events are written instant by instant and phase by phase; what is left to do in the end is to sort those of one phase of one instant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine.compiled.agenda import ROW_BITS, ROW_MASK
from sim.engine.compiled.memory import DAYS, EVENT, ITEM, LONG, RESULT, STAGE, World, handler, inlined
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER, EventKind, Phase
from sim.engine.plan import DAY


@inlined
def day_at(w: World, server: int, time: int) -> Any:
    """The row of ``days`` of a server on the day of an instant. (While a run lasts, those of a day lie together.)"""
    return at(w.days, time // DAY * w.servers_count + server, DAYS)


@inlined
def tell(w: World, phase: int, kind: int, job: int, queue: int, server: int) -> None:
    """Remember something that happened to a case."""
    if w.wants_events:
        row = at(w.items, job, ITEM)
        level = at(w.stages, row.stage, STAGE).level if row.stage != NEVER else NEVER
        event(w, phase, kind, row.case, row.issue, queue, server, level)


@inlined
def tell_server(w: World, phase: int, kind: int, server: int, duty: int) -> None:
    """Remember something that happened to a server and to no case."""
    if w.wants_events:
        event(w, phase, kind, NEVER, NEVER, NEVER, server, duty)


@handler
def event(w: World, phase: int, kind: int, case: int, issue: int, queue: int, server: int, level: int) -> None:
    """One row of the event log."""
    if w.events_used == w.events_room:
        w.full = 1
        return
    row = at(w.events, w.events_used, EVENT)
    row.time, row.phase, row.kind = w.now, phase, kind
    row.case, row.issue, row.queue, row.server, row.level = case, issue, queue, server, level
    w.events_used += 1


@inlined
def tell_unseen(w: World, before: int) -> None:
    """Issues that arise or go away by themselves before an instant: nobody sees it, the log does."""
    if at(w.unseen, w.unseen_next, LONG).value >> ROW_BITS < before:
        _tell_unseen(w, before)


@handler
def _tell_unseen(w: World, before: int) -> None:
    now = w.now
    key = at(w.unseen, w.unseen_next, LONG).value
    while key >> ROW_BITS < before:
        w.now, k = key >> ROW_BITS, key & ROW_MASK
        if k < w.issues_count:
            event(w, Phase.ARRIVAL, EventKind.ONSET, NEVER, k, NEVER, NEVER, NEVER)
        elif at(w.results, k - w.issues_count, RESULT).resolved_level == NEVER:
            event(w, Phase.ARRIVAL, EventKind.CLEAR, NEVER, k - w.issues_count, NEVER, NEVER, NEVER)
        w.unseen_next += 1
        key = at(w.unseen, w.unseen_next, LONG).value
    w.now = now


@handler
def put_in_order(w: World) -> None:
    """Sort the rows of each phase of each instant by their content."""
    first, time, phase = 0, np.int64(NEVER), np.int64(NEVER)
    for k in range(w.events_used):
        row = at(w.events, k, EVENT)
        if row.time != time or row.phase != phase:
            _sort_rows(w, first, k)
            first, time, phase = k, np.int64(row.time), np.int64(row.phase)
    _sort_rows(w, first, w.events_used)


@inlined
def _sort_rows(w: World, first: int, end: int) -> None:
    if end - first > 1:
        _sort(w, first, end)


@handler
def _sort(w: World, first: int, end: int) -> None:
    gap = 1
    while gap < (end - first) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(first + gap, end):
            hole = k
            while hole >= first + gap and _comes_before(w, hole, hole - gap):
                _swap(w, hole, hole - gap)
                hole -= gap
        gap //= 3


@inlined
def _comes_before(w: World, a: int, b: int) -> bool:
    one, other = at(w.events, a, EVENT), at(w.events, b, EVENT)
    if one.kind != other.kind:
        return one.kind < other.kind
    if one.case != other.case:
        return one.case < other.case
    if one.issue != other.issue:
        return one.issue < other.issue
    if one.server != other.server:
        return one.server < other.server
    return one.queue < other.queue


@inlined
def _swap(w: World, a: int, b: int) -> None:
    """Swap two rows of the same time and phase."""
    one, other = at(w.events, a, EVENT), at(w.events, b, EVENT)
    one.kind, other.kind = other.kind, one.kind
    one.case, other.case = other.case, one.case
    one.issue, other.issue = other.issue, one.issue
    one.queue, other.queue = other.queue, one.queue
    one.server, other.server = other.server, one.server
    one.level, other.level = other.level, one.level
