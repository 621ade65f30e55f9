"""Chapter 10: the members of a party are called for a case, and settle it side by side."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import cases, dispatch, issues
from sim.engine.compiled.agenda import OVERDUE, later
from sim.engine.compiled.chance import happens, scaled
from sim.engine.compiled.clocks import add
from sim.engine.compiled.gathering import component_of, enlist, party_of, queue_of_member, strike_off
from sim.engine.compiled.memory import (
    ASKED,
    CASE,
    COURSE,
    HOP,
    ISSUE,
    ITEM,
    LINK,
    LONG_TIME,
    MEMBER,
    ROUND,
    SEATS,
    STAGE,
    UNDERWAY,
    WORD,
    WORK,
    World,
    handler,
    part_of,
)
from sim.engine.compiled.records import tell
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER, EventKind, Phase, Purpose


@handler
def enter(w: World, job: int) -> None:
    """A case has come to a joint stage: its members are called, and it waits for them."""
    row, case = at(w.items, job, ITEM), at(w.underway, job, UNDERWAY)
    stage = at(w.stages, row.stage, STAGE)
    _call(w, job)
    row.klass, row.since = cases.class_now(w, job, issues.worsened(w, row.issue)), w.now
    case.attend_due, case.work_left, case.overdue, case.complete = NEVER, NEVER, 0, 0
    _tell(w, Phase.ARRIVAL, EventKind.ENTER, job, NEVER)
    due = NEVER if stage.attend == NEVER else add(w, stage.attend_calendar, w.now, max(1, stage.attend))
    if due != NEVER and due < w.horizon:
        case.attend_due = due
        later(w, due, OVERDUE, row.case, job)
    enlist(w, job)
    _touch(w, job)


@handler
def _call(w: World, job: int) -> None:
    """Who is called: all but those who stay away."""
    row, case, party = at(w.items, job, ITEM), at(w.underway, job, UNDERWAY), party_of(w, job)
    luck, asked = at(w.issues, row.issue, ISSUE).luck, at(w.asked, row.issue, ASKED)
    case.called = case.crew = 1
    for member in range(1, party.members):
        chance = at(w.party_members, party.first_member + member, MEMBER).no_show
        if happens(chance, luck, Purpose.NO_SHOW, SEATS * np.int64(asked.joints) + member):
            at(w.courses, row.case, COURSE).no_shows += 1
        else:
            case.called |= 1 << member
            case.crew += 1
    asked.joints += 1


@handler
def overdue(w: World, id: int, job: int) -> None:
    """The time to attend is over: crews are reserved from now on."""
    case = at(w.underway, job, UNDERWAY)
    if at(w.items, job, ITEM).case == id and case.listed and not case.overdue and case.attend_due == w.now:
        strike_off(w, job)
        case.overdue = 1
        enlist(w, job)
        _touch(w, job)


@handler
def _touch(w: World, job: int) -> None:
    cases.touch(w, component_of(w, job))


@handler
def _tell(w: World, phase: int, kind: int, job: int, seat: int) -> None:
    """Remember something that happened to a case, or to who has one of its seats."""
    if w.wants_events:
        queue, server = np.int64(NEVER), np.int64(NEVER)
        if seat != NEVER:
            queue, server = queue_of_member(w, job, seat % SEATS), _server(w, seat)
        tell(w, phase, kind, job, queue, server)


@handler
def start(w: World, job: int) -> None:
    """All members are there: they set out, and work together when the last one has come."""
    case = at(w.underway, job, UNDERWAY)
    strike_off(w, job)
    _take_on(w, job)
    case.begun, case.travel, case.at_work = w.now, 0, case.crew
    for seat in range(SEATS * job, SEATS * job + party_of(w, job).members):
        if at(w.seats, seat, WORD).value != NEVER:
            case.travel = max(case.travel, _way_of(w, job, seat))
    for seat in range(SEATS * job, SEATS * job + party_of(w, job).members):
        if at(w.seats, seat, WORD).value != NEVER:
            _set_out(w, job, seat)


@handler
def _take_on(w: World, job: int) -> None:
    """What is remembered of the beginning, and how much there is to do."""
    row, case = at(w.items, job, ITEM), at(w.underway, job, UNDERWAY)
    record, course = at(w.cases, row.case, CASE), at(w.courses, row.case, COURSE)
    case.declined = case.feigned = 0
    row.served = 1
    cases.accept(w, job)
    if record.started == NEVER:
        record.started = w.now
    if course.attended == NEVER:
        course.attended = w.now
    if case.work_left == NEVER:
        able, triage = cases.is_able(w, job), at(w.hops, cases.hop_of(w, job), HOP).triage
        at(w.works, job, WORK).able = able
        case.work_left = min(max(1, _work(w, job) if able or triage == NEVER else triage), LONG_TIME)


@handler
def _work(w: World, job: int) -> int:
    """The largest of the works of the members called; the leader has the shares of those who stay away besides its own."""
    case, party, whole = at(w.underway, job, UNDERWAY), party_of(w, job), cases.whole_work(w, job)
    leaders, most = np.int64(0), np.int64(0)
    for member in range(party.members):
        share = np.int64(at(w.party_members, party.first_member + member, MEMBER).share)
        if member > 0 and case.called & (1 << member):
            most = max(most, scaled(whole, share))
        else:
            leaders += share
    return max(most, scaled(whole, leaders))


@handler
def _way_of(w: World, job: int, seat: int) -> int:
    """The travel of a member to the place of the case."""
    link = at(w.links, at(w.seats, seat, WORD).value, LINK)
    building = at(w.issues, at(w.items, job, ITEM).issue, ISSUE).building
    work = at(w.works, part_of(w, link.server), WORK)
    work.building, work.travel = building, dispatch.travel_time(w, link.server, building, link.travel_factor)
    return np.int64(work.travel)


@handler
def _set_out(w: World, job: int, seat: int) -> None:
    row, case, server = at(w.items, job, ITEM), at(w.underway, job, UNDERWAY), _server(w, seat)
    work = at(w.works, part_of(w, server), WORK)
    work.klass, work.about = row.klass, seat
    work.seconds = min(np.int64(case.travel) - work.travel + case.work_left, LONG_TIME)
    at(w.rounds, server, ROUND).kept_for = NEVER
    dispatch.begin(w, server, part_of(w, server))
    _tell(w, Phase.DISPATCH, EventKind.START, job, seat)


@handler
def _server(w: World, seat: int) -> int:
    return np.int64(at(w.links, at(w.seats, seat, WORD).value, LINK).server)


@handler
def finish(w: World, part: int) -> int:
    """One member has done its part. Returns the case if it is the last one, NEVER if others are still at it."""
    seat = np.int64(at(w.works, part, WORK).about)
    job = seat // SEATS
    case = at(w.underway, job, UNDERWAY)
    _tell(w, Phase.COMPLETION, EventKind.FINISH, job, seat)
    case.at_work -= 1
    if case.at_work:
        return np.int64(NEVER)
    if at(w.works, job, WORK).able:
        at(w.courses, at(w.items, job, ITEM).case, COURSE).parts = case.crew
    return job


@handler
def suspend(w: World, part: int, phase: int) -> None:
    """One member has to go, so all lay it down: the case waits for them anew, with the work that is left."""
    job = np.int64(at(w.works, part, WORK).about) // SEATS
    case = at(w.underway, job, UNDERWAY)
    for seat in range(SEATS * job, SEATS * job + party_of(w, job).members):
        if at(w.seats, seat, WORD).value != NEVER:
            dispatch.break_off(w, _server(w, seat))
            _tell(w, phase, EventKind.SUSPEND, job, seat)
    case.work_left -= max(0, w.now - case.begun - case.travel)
    case.attend_due, case.overdue = w.now, 1
    enlist(w, job)
    if phase != Phase.DISPATCH:  # there it is being settled
        _touch(w, job)
