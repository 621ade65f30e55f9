"""Chapter 2: what happens when, and in which order within an instant.

Four sources: ``completions``, the ends of the stretches of work in hand, one a server, in a tournament tree; ``agenda``, a heap of what is due
later; and two streams that the Plan knows beforehand, ``reports`` and ``changes`` of calendars.
"""

from __future__ import annotations

import numpy as np

from sim.engine.compiled.memory import CHANGE, LATER, LONG, World, handler, inlined
from sim.engine.compiled.rows import at

NOTHING = np.int64(np.iinfo(np.int64).max)  # later than everything
SERVER_BITS = 24  # a completion is one number: time, then server
SERVER_MASK = (1 << SERVER_BITS) - 1

# kinds of what happens later, in their order within an instant: five timers, a gate, then arrivals
WITHDRAW, ESCALATE, HAND_BACK, MARK_DUE, OVERDUE, RELEASE, REPORT_AGAIN, MOVE = range(8)
ID_BITS, KIND_BITS = 29, 3  # of a key: time, then kind, then case, server or issue
ID_MASK, KIND_MASK = (1 << ID_BITS) - 1, (1 << KIND_BITS) - 1
TIME_SHIFT = ID_BITS + KIND_BITS
ROW_BITS = 30  # of what is known beforehand: time, then row; after the last comes NOTHING
ROW_MASK = (1 << ROW_BITS) - 1
CASE_BITS = 32  # of a move: case, then job
ARITY = 4  # a flat heap: few steps, and what is compared lies together


@inlined
def later(w: World, time: int, kind: int, id: int, payload: int) -> None:
    """Let something happen at ``time``, unless the run is over by then."""
    if time >= w.horizon:
        return
    if w.later_used == w.later_room:
        w.full = 1
        return
    hole = w.later_used
    w.later_used = hole + 1
    _rise(w, hole, _key(time, kind, id), payload)


@inlined
def _key(time: int, kind: int, id: int) -> int:
    return (
        (np.int64(time) << TIME_SHIFT) + (np.int64(kind) << ID_BITS) + id
    )  # after the last kind comes the next second


@inlined
def _rise(w: World, hole: int, key: int, payload: int) -> None:
    """Put something into a hole of the heap, or above it where that comes later."""
    while hole > 0:
        parent = (hole - 1) // ARITY
        above = at(w.agenda, parent, LATER)
        if above.key <= key:
            break
        row = at(w.agenda, hole, LATER)
        row.key, row.payload = above.key, above.payload
        hole = parent
    row = at(w.agenda, hole, LATER)
    row.key, row.payload = key, payload


@handler
def drop_first(w: World) -> None:
    """Take the first of what is due later off the agenda."""
    w.later_used -= 1
    count, hole = w.later_used, 0
    while True:
        child = ARITY * hole + 1
        if child >= count:
            break
        least = at(w.agenda, child, LATER)
        for k in range(child + 1, min(child + ARITY, count)):
            row = at(w.agenda, k, LATER)
            if row.key < least.key:
                child, least = k, row
        row = at(w.agenda, hole, LATER)
        row.key, row.payload = least.key, least.payload
        hole = child
    last = at(w.agenda, count, LATER)
    _rise(w, hole, last.key, last.payload)


@inlined
def due(w: World, kinds: int) -> bool:
    """Is something of one of the first ``kinds`` kinds due in this instant?"""
    return w.later_used > 0 and at(w.agenda, 0, LATER).key < _key(w.now, kinds, 0)


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
    """A tournament: each inner row k holds the smallest of its children, rows 4 k to 4 k + 3; row 1 the smallest of all."""
    node = w.leaves + server
    at(w.completions, node, LONG).value = key
    while node > 1:
        for other in range(1, 4):
            key = min(key, at(w.completions, node ^ other, LONG).value)
        node >>= 2
        inner = at(w.completions, node, LONG)
        if inner.value == key:
            break
        inner.value = key


@inlined
def next_instant(w: World) -> int:
    """The first instant at which something happens."""
    time = at(w.completions, 1, LONG).value >> SERVER_BITS
    if w.later_used > 0:
        time = min(time, at(w.agenda, 0, LATER).key >> TIME_SHIFT)
    time = min(time, at(w.changes, w.changes_next, CHANGE).time)
    return min(time, at(w.reports, w.reports_next, LONG).value >> ROW_BITS)


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
    at(w.moves, w.moves_used, LONG).value = (np.int64(case) << CASE_BITS) | job
    w.moves_used += 1


@inlined
def sort(rows: int, count: int) -> None:
    """Sort the numbers that lie at ``rows``; most often there is only one."""
    if count > 1:
        _sort(rows, count)


@handler
def _sort(rows: int, count: int) -> None:
    """Shell's way: most often there are two."""
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
