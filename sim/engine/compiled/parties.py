"""Chapter 10: cases that go from member to member of their party, and cases that somebody whistles for."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import cases
from sim.engine.compiled.chance import happens, scaled
from sim.engine.compiled.memory import (
    ASKED,
    CASE,
    COURSE,
    HOP,
    ISSUE,
    ITEM,
    MEMBER,
    PARTY,
    STAGE,
    UNDERWAY,
    World,
    handler,
)
from sim.engine.compiled.records import tell
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER, EventKind, Phase, Purpose, Role, Stamp


@handler
def way(w: World, job: int, queue: int) -> int:
    """The queue that a case enters in place of that of its route; whistled for, it comes to another stage."""
    row = at(w.items, job, ITEM)
    stage = at(w.stages, row.stage, STAGE)
    if stage.role != Role.HANDLE:
        return queue
    if stage.whistle != NEVER and _is_whistled_for(w, job):
        row.stage = stage.whistle
        return cases.route(w, row.issue, at(w.stages, row.stage, STAGE).way)
    return queue_of(w, job, queue)


@handler
def queue_of(w: World, job: int, queue: int) -> int:
    """The queue of the member whose turn it is with a case; ``queue`` where cases do not go from member to member."""
    member = _member(w, job)
    return queue if member == NEVER else np.int64(at(w.party_members, member, MEMBER).queue)


@handler
def share_of(w: World, job: int, content: int) -> int:
    """How much of a work content falls to the member whose turn it is."""
    member = _member(w, job)
    return content if member == NEVER else scaled(content, at(w.party_members, member, MEMBER).share)


@handler
def is_last(w: World, job: int) -> bool:
    """Is nobody's turn after this one's?"""
    member = _member(w, job)
    if member == NEVER:
        return True
    party = at(w.parties, at(w.issues, at(w.items, job, ITEM).issue, ISSUE).party, PARTY)
    return member == party.first_member + party.members - 1


@handler
def refers(w: World, job: int) -> bool:
    """A member has done its part: does it refer the case to another one? The last one settles it."""
    member, row = _member(w, job), at(w.items, job, ITEM)
    if member == NEVER:
        return False
    party, course = at(w.parties, at(w.issues, row.issue, ISSUE).party, PARTY), at(w.courses, row.case, COURSE)
    course.parts = member - party.first_member + 1
    if course.parts == party.members:
        return False
    tell(w, Phase.COMPLETION, EventKind.REFER, job, NEVER, NEVER)
    return True


@handler
def _member(w: World, job: int) -> int:
    """Whose turn it is, as a row of ``party_members``; NEVER: the issue is not joint, or its stage does not refer."""
    row = at(w.items, job, ITEM)
    issue, stage = at(w.issues, row.issue, ISSUE), at(w.stages, row.stage, STAGE)
    if not issue.joint or not stage.refers or stage.role != Role.HANDLE:
        return np.int64(NEVER)
    party = at(w.parties, issue.party, PARTY)
    return party.first_member + min(np.int64(at(w.courses, row.case, COURSE).parts), np.int64(party.members - 1))


@handler
def _is_whistled_for(w: World, job: int) -> bool:
    """Does somebody whistle for a case that is to come to its stage?"""
    row, case = at(w.items, job, ITEM), at(w.underway, job, UNDERWAY)
    issue, course = at(w.issues, row.issue, ISSUE), at(w.courses, row.case, COURSE)
    if not row.acceptable or issue.party == NEVER or case.whistled or course.parts:
        return False
    if at(w.cases, row.case, CASE).returns + course.declines < w.whistle_after:
        return False
    hop, asked = at(w.hops, cases.hop_of(w, job), HOP), at(w.asked, row.issue, ASKED)
    asked.whistles += 1
    chance = hop.whistle if issue.joint else hop.whistle_idle
    case.whistled = happens(chance, issue.luck, Purpose.WHISTLE, asked.whistles - 1)
    return case.whistled != 0


@handler
def stamp(w: World, job: int, what: int) -> None:
    """A desk has done what a whistle waits for."""
    course = at(w.courses, at(w.items, job, ITEM).case, COURSE)
    if not at(w.underway, job, UNDERWAY).whistled:
        return
    if what == Stamp.CALLED and course.called == NEVER:
        course.called = w.now
    elif what == Stamp.SIGNED and course.signed == NEVER:
        course.signed = w.now
    elif what == Stamp.CONTACTED and course.contacted == NEVER:
        course.contacted = w.now
