"""Chapter 10: servers that are kept free for a case that waits for several, and the time that it costs."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import cases
from sim.engine.compiled.memory import BYTE, GATHERING, ITEM, ROUND, STAFF, World, handler
from sim.engine.compiled.records import day_at
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER


@handler
def is_kept_from(w: World, server: int, job: int) -> bool:
    """Is a server kept for a case that ``job`` may not interrupt? (A case that waits for several servers itself may interrupt none.)"""
    kept_for, row = at(w.rounds, server, ROUND).kept_for, at(w.items, job, ITEM)
    if kept_for == NEVER:
        return False
    klass = at(w.items, kept_for, ITEM).klass
    return not row.waiting or not at(w.preempts, row.klass * w.classes_count + klass, BYTE).value


@handler
def is_kept(w: World, server: int) -> bool:
    """Is a server kept free?"""
    return at(w.rounds, server, ROUND).kept_for != NEVER


@handler
def keep(w: World, component: int, server: int, job: int) -> None:
    """From now on a server is kept free for a case."""
    its, here = at(w.rounds, server, ROUND), at(w.gatherings, component, GATHERING)
    its.kept_for = job
    if not its.in_list:
        its.in_list, its.next_kept, here.kept = 1, here.kept, server


@handler
def keep_nobody(w: World, component: int) -> None:
    """Nobody is kept free any more, unless the settling keeps him anew."""
    server = np.int64(at(w.gatherings, component, GATHERING).kept)
    while server != NEVER:
        its = at(w.rounds, server, ROUND)
        its.kept_for = NEVER
        server = np.int64(its.next_kept)


@handler
def keep_books(w: World, component: int) -> None:
    """A component is settled: note who is kept free from now on, and book the time of who is so no longer."""
    here = at(w.gatherings, component, GATHERING)
    server, here.kept = np.int64(here.kept), NEVER
    while server != NEVER:
        its = at(w.rounds, server, ROUND)
        after = np.int64(its.next_kept)
        if its.kept_for == NEVER:
            end_reserve(w, server)
            its.in_list = 0
        else:
            if its.reserved_since == NEVER:
                its.reserved_since = w.now
            its.next_kept, here.kept = here.kept, server
        server = after


@handler
def end_reserve(w: World, server: int) -> None:
    """The time that a server was kept free is booked on the day on which that began."""
    its = at(w.rounds, server, ROUND)
    if its.reserved_since != NEVER:
        day_at(w, server, its.reserved_since).reserved += w.now - its.reserved_since
        its.reserved_since = NEVER


@handler
def let_go(w: World, server: int) -> None:
    """Whose shift ends is kept no longer; what waits in his component may be able to do without him, or not."""
    component = at(w.staff, server, STAFF).component
    at(w.rounds, server, ROUND).kept_for = NEVER
    end_reserve(w, server)
    if at(w.gatherings, component, GATHERING).first != NEVER:
        cases.touch(w, component)
