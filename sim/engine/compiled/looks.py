"""Chapter 9: chances that depend on how the run stands."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import cases, parties
from sim.engine.compiled.chance import happens
from sim.engine.compiled.clocks import elapsed, since_start
from sim.engine.compiled.memory import (
    ASKED,
    BUCKET,
    CASE,
    HOP,
    ISSUE,
    ITEM,
    LIMIT,
    LINE,
    LOOK,
    SERVER,
    STAFF,
    STAGE,
    UNDERWAY,
    World,
    handler,
)
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER, Purpose, State
from sim.engine.plan import MILLION

NOBODY, NO_JOB = NEVER, NEVER  # in place of a server, of a case


@handler
def chance_of(w: World, look: int, job: int, others: int, server: int) -> int:
    """The chance that a look gives; ``others``: how many cases wait where this one waits, or is being taken from."""
    row, state = at(w.looks, look, LOOK), _state(w, look, job, others, server)
    chance = at(w.buckets, row.first_bucket, BUCKET).chance
    for k in range(row.first_bucket, row.first_bucket + row.buckets):
        bucket = at(w.buckets, k, BUCKET)
        if bucket.least > state:
            break
        chance = bucket.chance
    return np.int64(chance)


@handler
def _state(w: World, look: int, job: int, others: int, server: int) -> int:
    row = at(w.looks, look, LOOK)
    if row.state == State.LIMIT:
        return _limit_used(w, job)
    if row.state == State.QUEUE:
        return others
    if row.state == State.BACKLOG:
        return at(w.staff, server, STAFF).backlog
    if row.state == State.SINCE:
        return since_start(w, row.calendar, w.now)
    return np.int64(0)


@handler
def _limit_used(w: World, job: int) -> int:
    """The share of a case's limit that is used up."""
    record = at(w.cases, at(w.items, job, ITEM).case, CASE)
    if record.limit == NEVER:
        return np.int64(0)
    row = limit_of(w, job)
    return MILLION - elapsed(w, row.calendar, w.now, record.limit) * MILLION // max(1, row.seconds)


@handler
def limit_of(w: World, job: int) -> World:
    """The row of ``limits`` of a case."""
    row = at(w.items, job, ITEM)
    return at(w.limits, row.category * 4 + at(w.cases, row.case, CASE).severity, LIMIT)


@handler
def take_on(w: World, job: int, server: int, able: bool) -> None:
    """Whether a level takes a case on that it could settle, and whether it only pretends to settle it."""
    row, case, hop = at(w.items, job, ITEM), at(w.underway, job, UNDERWAY), at(w.hops, cases.hop_of(w, job), HOP)
    case.declined = case.feigned = 0
    if not able or not row.acceptable:
        return
    luck, asked = at(w.issues, row.issue, ISSUE).luck, at(w.asked, row.issue, ASKED)
    others = np.int64(at(w.lines, row.queue, LINE).waiting)
    if hop.decline != NEVER:
        case.declined = happens(chance_of(w, hop.decline, job, others, server), luck, Purpose.DECLINE, asked.declines)
        asked.declines += 1
    if hop.feign != NEVER and not case.declined and parties.is_last(w, job):
        case.feigned = happens(chance_of(w, hop.feign, job, others, server), luck, Purpose.FEIGN, asked.feigns)
        asked.feigns += 1


@handler
def suppresses(w: World, issue: int, server: int) -> bool:
    """Whether a server keeps to itself an issue that it has noticed."""
    look = at(w.servers, server, SERVER).suppress
    if look == NEVER:
        return False
    row, asked = at(w.issues, issue, ISSUE), at(w.asked, issue, ASKED)
    queue = cases.route(w, issue, at(w.stages, row.notice_stage, STAGE).way)
    waiting = np.int64(0) if queue == NEVER else np.int64(at(w.lines, queue, LINE).waiting)
    asked.suppressions += 1
    return happens(chance_of(w, look, NO_JOB, waiting, server), row.luck, Purpose.SUPPRESS, asked.suppressions - 1)
