"""Chapter 8: rows of the event log, if anybody wants them.

They are written instant by instant and phase by phase; what is left to do in the end is to sort those of one phase of one instant.
"""

from __future__ import annotations

from sim.engine.compiled.memory import EVENT, ISSUE, ITEM, RESULT, STAGE, WORD, World, at, handler, inlined
from sim.engine.events import NEVER, EventKind, Phase


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


@handler
def tell_unseen(w: World, before: int) -> None:
    """Issues that arise or go away by themselves before an instant: nobody sees it, the log does."""
    now = w.now
    while w.unseen_next < w.unseen_count:
        k = at(w.unseen, w.unseen_next, WORD).value
        time = unseen_time(w, k)
        if time >= before:
            break
        w.unseen_next += 1
        w.now = time
        if k < w.issues_count:
            event(w, Phase.ARRIVAL, EventKind.ONSET, NEVER, k, NEVER, NEVER, NEVER)
        elif at(w.results, k - w.issues_count, RESULT).resolved_level == NEVER:
            event(w, Phase.ARRIVAL, EventKind.CLEAR, NEVER, k - w.issues_count, NEVER, NEVER, NEVER)
    w.now = now


@inlined
def unseen_time(w: World, k: int) -> int:
    """When the k-th of what nobody sees happens: k of the onsets, or of the goings away after them."""
    if k < w.issues_count:
        return at(w.issues, k, ISSUE).onset
    return at(w.issues, k - w.issues_count, ISSUE).clear


@handler
def put_in_order(w: World) -> None:
    """Sort the rows of each phase of each instant by their content."""
    first = 0
    for k in range(1, w.events_used + 1):
        if k == w.events_used or not _same_phase(w, first, k):
            _sort(w, first, k - first)
            first = k


@inlined
def _same_phase(w: World, a: int, b: int) -> bool:
    one, other = at(w.events, a, EVENT), at(w.events, b, EVENT)
    return one.time == other.time and one.phase == other.phase


@inlined
def _sort(w: World, first: int, count: int) -> None:
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(first + gap, first + count):
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
