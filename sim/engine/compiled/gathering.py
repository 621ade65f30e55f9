"""Chapter 10: cases that wait for the members of their party, and who of these is free for them."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import dispatch, joint
from sim.engine.compiled.kept import keep, keep_nobody
from sim.engine.compiled.memory import (
    GATHERING,
    ISSUE,
    ITEM,
    LINE,
    LINK,
    MEMBER,
    PART,
    PARTY,
    SEATS,
    STAFF,
    UNDERWAY,
    WORD,
    World,
    handler,
)
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER


@handler
def party_of(w: World, job: int) -> World:
    """The row of ``parties`` of a case."""
    return at(w.parties, at(w.issues, at(w.items, job, ITEM).issue, ISSUE).party, PARTY)


@handler
def queue_of_member(w: World, job: int, member: int) -> int:
    """The queue whose servers come for a member of the party of a case."""
    return np.int64(at(w.party_members, party_of(w, job).first_member + member, MEMBER).queue)


@handler
def component_of(w: World, job: int) -> int:
    """The component in which a case waits for its members."""
    return np.int64(at(w.lines, queue_of_member(w, job, 0), LINE).component)


@handler
def enlist(w: World, job: int) -> None:
    """A case waits in its component: what is overdue by (due, case), then the others by (ENTER, case)."""
    row, here = at(w.items, job, ITEM), at(w.gatherings, component_of(w, job), GATHERING)
    before, after = np.int64(here.last), np.int64(NEVER)
    while before != NEVER and _comes_before(w, job, before):
        before, after = np.int64(at(w.items, before, ITEM).prev), before
    row.prev, row.next = before, after
    if before == NEVER:
        here.first = job
    else:
        at(w.items, before, ITEM).next = job
    if after == NEVER:
        here.last = job
    else:
        at(w.items, after, ITEM).prev = job
    at(w.underway, job, UNDERWAY).listed = 1


@handler
def _comes_before(w: World, a: int, b: int) -> bool:
    one, other = at(w.items, a, ITEM), at(w.items, b, ITEM)
    its, others = at(w.underway, a, UNDERWAY), at(w.underway, b, UNDERWAY)
    if its.overdue != others.overdue:
        return its.overdue > others.overdue
    since = one.since if not its.overdue else its.attend_due
    others_since = other.since if not its.overdue else others.attend_due
    return since < others_since or (since == others_since and one.case < other.case)


@handler
def strike_off(w: World, job: int) -> None:
    """A case waits for its members no longer."""
    row, here = at(w.items, job, ITEM), at(w.gatherings, component_of(w, job), GATHERING)
    if row.prev == NEVER:
        here.first = row.next
    else:
        at(w.items, row.prev, ITEM).next = row.next
    if row.next == NEVER:
        here.last = row.prev
    else:
        at(w.items, row.next, ITEM).prev = row.prev
    at(w.underway, job, UNDERWAY).listed = 0


@handler
def reserve(w: World, component: int) -> None:
    """Before anything is matched: servers are kept for what is overdue."""
    keep_nobody(w, component)
    job = np.int64(at(w.gatherings, component, GATHERING).first)
    while job != NEVER and at(w.underway, job, UNDERWAY).overdue:
        at(w.underway, job, UNDERWAY).complete = _gather(w, component, job)
        job = np.int64(at(w.items, job, ITEM).next)


@handler
def join(w: World, component: int) -> None:
    """After all is matched: what has all its members starts."""
    job = np.int64(at(w.gatherings, component, GATHERING).first)
    while job != NEVER and at(w.parts, component, PART).idle > 0:
        case, after = at(w.underway, job, UNDERWAY), np.int64(at(w.items, job, ITEM).next)
        if case.complete if case.overdue else _gather(w, component, job):
            joint.start(w, job)
        job = after


@handler
def _gather(w: World, component: int, job: int) -> bool:
    """Look for a free server for each member that is called: are they all there? Who is there for a case that is overdue is kept."""
    case, party = at(w.underway, job, UNDERWAY), party_of(w, job)
    if at(w.parts, component, PART).idle == 0 or (case.overdue and not _may_begin(w, job)):
        return False
    complete = True
    for member in range(party.members):
        link = np.int64(NEVER)
        if case.called & (1 << member):
            link = dispatch.idle_link(w, queue_of_member(w, job, member), job)
            if link != NEVER and case.overdue:
                keep(w, component, at(w.links, link, LINK).server, job)
            elif link == NEVER:
                complete = False
                if not case.overdue:
                    break
        at(w.seats, SEATS * job + member, WORD).value = link
    return complete


@handler
def _may_begin(w: World, job: int) -> bool:
    """Has each member that is called a server on shift?"""
    called = at(w.underway, job, UNDERWAY).called
    for member in range(party_of(w, job).members):
        if called & (1 << member) and not _is_staffed(w, queue_of_member(w, job, member)):
            return False
    return True


@handler
def _is_staffed(w: World, queue: int) -> bool:
    line = at(w.lines, queue, LINE)
    for k in range(line.first_link, line.first_link + line.links):
        if at(w.staff, at(w.links, k, LINK).server, STAFF).on_shift:
            return True
    return False
