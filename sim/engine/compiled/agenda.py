"""Chapter 2: what happens when, and in which order within an instant.

Four sources: ``completions``, the ends of the stretches of work in hand, one a server, in a tournament tree; ``agenda``, a heap of what is due
later; and two streams that the Plan knows beforehand, ``reports`` and ``changes`` of calendars.
"""

from __future__ import annotations

import numpy as np

from sim.engine.compiled.memory import CHANGE, ISSUE, LATER, LONG, WORD, World, at, handler, inlined

NOTHING = np.int64(np.iinfo(np.int64).max)  # later than everything
SERVER_BITS = 24  # a completion is one number: time, then server
SERVER_MASK = (1 << SERVER_BITS) - 1

# kinds of what happens later, in their order within an instant: three timers, then arrivals
WITHDRAW, ESCALATE, HAND_BACK, REPORT_AGAIN, MOVE = range(5)
KIND_BITS = 32  # of a rank: kind, then case, server or issue
ARRIVALS_FROM = REPORT_AGAIN << KIND_BITS


@inlined
def later(w: World, time: int, kind: int, id: int, payload: int) -> None:
    """Let something happen at ``time``, unless the run is over by then."""
    if time >= w.horizon:
        return
    if w.later_used == w.later_room:
        w.full = 1
        return
    rank = (np.int64(kind) << KIND_BITS) | id
    hole = w.later_used
    w.later_used = hole + 1
    while hole > 0:
        parent = (hole - 1) // 2
        above = at(w.agenda, parent, LATER)
        if above.time < time or (above.time == time and above.rank <= rank):
            break
        _put(w, hole, above.time, above.rank, above.payload)
        hole = parent
    _put(w, hole, time, rank, payload)


@inlined
def _put(w: World, k: int, time: int, rank: int, payload: int) -> None:
    row = at(w.agenda, k, LATER)
    row.time, row.rank, row.payload = time, rank, payload


@handler
def drop_first(w: World) -> None:
    """Take the first of what is due later off the agenda."""
    w.later_used -= 1
    count, hole = w.later_used, 0
    last = at(w.agenda, count, LATER)
    time, rank = last.time, last.rank
    while True:
        child = 2 * hole + 1
        if child >= count:
            break
        row = at(w.agenda, child, LATER)
        if child + 1 < count:
            right = at(w.agenda, child + 1, LATER)
            if right.time < row.time or (right.time == row.time and right.rank < row.rank):
                child, row = child + 1, right
        if time < row.time or (time == row.time and rank <= row.rank):
            break
        _put(w, hole, row.time, row.rank, row.payload)
        hole = child
    _put(w, hole, time, rank, last.payload)


@inlined
def due(w: World, before: int) -> bool:
    """Is something of a rank below ``before`` due in this instant?"""
    if w.later_used == 0:
        return False
    first = at(w.agenda, 0, LATER)
    return first.time == w.now and first.rank < before


@inlined
def complete_at(w: World, server: int, time: int) -> None:
    """The work in hand of ``server`` ends at ``time``."""
    _set_completion(w, server, (np.int64(min(time, w.horizon)) << SERVER_BITS) | server)


@inlined
def no_completion(w: World, server: int) -> None:
    """Nothing in hand of ``server`` ends any more."""
    _set_completion(w, server, NOTHING)


@inlined
def _set_completion(w: World, server: int, key: int) -> None:
    """A tournament: each inner row holds the smaller of its two children, row 1 the smallest of all."""
    node = w.leaves + server
    at(w.completions, node, LONG).value = key
    while node > 1:
        key = min(key, at(w.completions, node ^ 1, LONG).value)
        node >>= 1
        inner = at(w.completions, node, LONG)
        if inner.value == key:
            break
        inner.value = key


@inlined
def next_instant(w: World) -> int:
    """The first instant at which something happens."""
    time = at(w.completions, 1, LONG).value >> SERVER_BITS
    if w.later_used > 0:
        time = min(time, at(w.agenda, 0, LATER).time)
    if w.changes_next < w.changes_count:
        time = min(time, at(w.changes, w.changes_next, CHANGE).time)
    if w.reports_next < w.reports_count:
        time = min(time, report_time(w, at(w.reports, w.reports_next, WORD).value))
    return time


@handler
def report_time(w: World, k: int) -> int:
    """When the k-th report of the Plan comes: k of the first reports, or of the duplicates after them."""
    if k < w.issues_count:
        return at(w.issues, k, ISSUE).report
    return at(w.issues, k - w.issues_count, ISSUE).duplicate


@inlined
def add_arrival(w: World, key: int) -> None:
    """An arrival of this instant, in the order of ``key``."""
    if w.arrivals_used == w.arrivals_room:
        w.full = 1
        return
    at(w.arrivals, w.arrivals_used, LONG).value = key
    w.arrivals_used += 1


@inlined
def add_move(w: World, case: int, job: int) -> None:
    """A case moves on in this instant."""
    at(w.moves, w.moves_used, LONG).value = (np.int64(case) << KIND_BITS) | job
    w.moves_used += 1


@handler
def sort(rows: int, count: int) -> None:
    """Sort the numbers that lie at ``rows`` (Shell's way: most often there are one or two)."""
    if count < 2:
        return
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(gap, count):
            value, hole = at(rows, k, LONG).value, k
            while hole >= gap and at(rows, hole - gap, LONG).value > value:
                at(rows, hole, LONG).value = at(rows, hole - gap, LONG).value
                hole -= gap
            at(rows, hole, LONG).value = value
        gap //= 3
