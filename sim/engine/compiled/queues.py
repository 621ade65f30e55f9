"""Cases that wait, first by (class, key, case): a heap of linked rows (a pairing heap) for each queue.

Any row can be taken out, wherever it stands, and nothing has to be set aside for queues that grow.
"""

from __future__ import annotations

from typing import Any

from sim.engine.compiled.memory import ITEM, LINE, PART, World, handler, inlined
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER


@inlined
def put(w: World, job: int, queue: int) -> None:
    """A case waits in ``queue``."""
    row, line = at(w.items, job, ITEM), at(w.lines, queue, LINE)
    row.child = row.next = row.prev = NEVER
    row.queue, row.waiting = queue, 1
    line.waiting += 1
    if line.first == NEVER:
        line.first = job
        _list_filled(w, queue, line)
    else:
        line.first = _joined(w, line.first, job)


@inlined
def take(w: World, job: int) -> None:
    """Take a case out of its queue, wherever it stands."""
    row = at(w.items, job, ITEM)
    line = at(w.lines, row.queue, LINE)
    row.waiting = 0
    line.waiting -= 1
    rest = _joined_children(w, row.child)
    if line.first == job:
        line.first = rest
        if rest == NEVER:
            _unlist_filled(w, row.queue, line)
        return
    before = at(w.items, row.prev, ITEM)
    if before.child == job:
        before.child = row.next
    else:
        before.next = row.next
    if row.next != NEVER:
        at(w.items, row.next, ITEM).prev = row.prev
    if rest != NEVER:
        line.first = _joined(w, line.first, rest)


@inlined
def comes_before(w: World, a: int, b: int) -> bool:
    """Is case ``a`` before case ``b`` in a queue?"""
    one, other = at(w.items, a, ITEM), at(w.items, b, ITEM)
    if one.klass != other.klass:
        return one.klass < other.klass
    if one.key != other.key:
        return one.key < other.key
    return one.case < other.case


@inlined
def _joined(w: World, a: int, b: int) -> int:
    """Of two heaps one: the later root becomes the first child of the earlier."""
    if comes_before(w, b, a):
        a, b = b, a
    parent, child = at(w.items, a, ITEM), at(w.items, b, ITEM)
    child.prev, child.next = a, parent.child
    if parent.child != NEVER:
        at(w.items, parent.child, ITEM).prev = b
    parent.child = b
    parent.prev = parent.next = NEVER
    return a


@handler
def _joined_children(w: World, first: int) -> int:
    """Of a row of heaps one: pair by pair, then the pairs from the last to the first."""
    pairs = NEVER
    while first != NEVER:
        second = at(w.items, first, ITEM).next
        if second == NEVER:
            at(w.items, first, ITEM).next = pairs
            at(w.items, first, ITEM).prev = NEVER
            pairs = first
            break
        after = at(w.items, second, ITEM).next
        pair = _joined(w, first, second)
        at(w.items, pair, ITEM).next = pairs
        pairs, first = pair, after
    if pairs == NEVER:
        return NEVER
    heap, pairs = pairs, at(w.items, pairs, ITEM).next
    at(w.items, heap, ITEM).next = NEVER
    while pairs != NEVER:
        after = at(w.items, pairs, ITEM).next
        heap, pairs = _joined(w, heap, pairs), after
    return heap


@handler
def following(w: World, job: int) -> int:
    """The case after ``job`` when all of a queue are gone through, in no order that matters; NEVER after the last."""
    row = at(w.items, job, ITEM)
    if row.child != NEVER:
        return row.child
    while row.next == NEVER:
        while row.prev != NEVER and at(w.items, row.prev, ITEM).child != job:
            job = row.prev  # the one to the left, until the first child
            row = at(w.items, job, ITEM)
        job = row.prev
        if job == NEVER:
            return NEVER
        row = at(w.items, job, ITEM)
    return row.next


@inlined
def _list_filled(w: World, queue: int, line: Any) -> None:
    part = at(w.parts, line.component, PART)
    line.prev, line.next = NEVER, part.filled
    if part.filled != NEVER:
        at(w.lines, part.filled, LINE).prev = queue
    part.filled = queue


@inlined
def _unlist_filled(w: World, queue: int, line: Any) -> None:
    if line.prev == NEVER:
        at(w.parts, line.component, PART).filled = line.next
    else:
        at(w.lines, line.prev, LINE).next = line.next
    if line.next != NEVER:
        at(w.lines, line.next, LINE).prev = line.prev
