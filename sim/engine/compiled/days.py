"""Chapter 6: shifts begin and end, and between cases the day goes into admin, visits and patrol."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import cases, dispatch, issues, kept
from sim.engine.compiled.agenda import HAND_BACK, later
from sim.engine.compiled.chance import happens
from sim.engine.compiled.memory import (
    ABSENCE,
    BUILDING,
    CLASS,
    HOME,
    LEG,
    LONG_TIME,
    PART,
    PLACE,
    ROUND,
    SERVER,
    STAFF,
    STOP,
    WORD,
    WORK,
    World,
    handler,
    inlined,
    piece,
)
from sim.engine.compiled.records import day_at, tell_server
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER, Duty, EventKind, Phase, Purpose, Source
from sim.engine.plan import DAY, MILLION

NO_CLASS = 1 << 62  # after every class


@handler
def start_shifts(w: World, calendar: int) -> None:
    """A shift of a calendar begins, for all its servers that are not absent."""
    for k in range(at(w.crew_first, calendar, WORD).value, at(w.crew_first, calendar + 1, WORD).value):
        server = at(w.crew, k, WORD).value
        if not _absent(w, server):
            start_shift(w, server)


@handler
def end_shifts(w: World, calendar: int) -> None:
    """A shift of a calendar ends, for all its servers that are there."""
    for k in range(at(w.crew_first, calendar, WORD).value, at(w.crew_first, calendar + 1, WORD).value):
        server = at(w.crew, k, WORD).value
        if at(w.staff, server, STAFF).on_shift:
            end_shift(w, server)


@handler
def _absent(w: World, server: int) -> bool:
    """Is this shift in one of the server's absences? (They are forgotten as time passes them.)"""
    row, plan = at(w.servers, server, SERVER), at(w.rounds, server, ROUND)
    while plan.next_absence < row.absences:
        absence = at(w.absences, row.first_absence + plan.next_absence, ABSENCE)
        if absence.end > w.now:
            return absence.start <= w.now
        plan.next_absence += 1
    return False


@handler
def start_shift(w: World, server: int) -> None:
    """Somebody comes to work; the first shift of a day brings its quotas and the admin that has come in."""
    staff = at(w.staff, server, STAFF)
    staff.on_shift = 1
    if staff.work == NEVER:
        at(w.parts, staff.component, PART).idle += 1
    elif staff.overtime_since != NEVER:
        at(w.works, staff.work, WORK).overtime += w.now - staff.overtime_since
    staff.overtime_since = NEVER
    tell_server(w, Phase.CALENDAR_START, EventKind.SHIFT_START, server, NEVER)
    if w.now // DAY > staff.day:
        _new_day(w, server, w.now // DAY)
    cases.touch(w, staff.component)


@handler
def _new_day(w: World, server: int, today: int) -> None:
    row, staff = at(w.servers, server, SERVER), at(w.staff, server, STAFF)
    if row.admin != NEVER:
        for day in range(staff.day + 1, today + 1):
            staff.backlog += at(w.admin, row.admin * w.days_count + day, WORD).value
    staff.day = today
    if staff.work == NEVER:
        staff.building = row.building
    staff.visits_left = row.visit_quota if row.homes > 0 else 0
    staff.patrol_left = row.patrol_quota if row.legs > 0 else 0
    _lapse(w, server, piece(server, Duty.VISIT))
    _lapse(w, server, piece(server, Duty.PATROL))


@handler
def _lapse(w: World, server: int, lapsed: int) -> None:
    """A piece that was laid down on an earlier day is forgotten."""
    job = at(w.staff, server, STAFF).suspended
    while job != NEVER and job != lapsed:
        job = at(w.works, job, WORK).next
    if job == lapsed:
        dispatch.forget_suspended(w, server, lapsed)


@handler
def end_shift(w: World, server: int) -> None:
    """Somebody goes home, unless what is in hand is to be finished first."""
    staff = at(w.staff, server, STAFF)
    staff.on_shift = 0
    tell_server(w, Phase.CALENDAR_END, EventKind.SHIFT_END, server, NEVER)
    day_at(w, server, w.now - 1).backlog = staff.backlog
    staff.away_since = w.now
    if w.has_parties:
        kept.let_go(w, server)
    if staff.work == NEVER:
        at(w.parts, staff.component, PART).idle -= 1
    elif at(w.classes, at(w.works, staff.work, WORK).klass, CLASS).overtime:
        staff.overtime_since = w.now
    else:
        dispatch.suspend(w, server, Phase.CALENDAR_END)
    if w.rebind_after != NEVER and _first_case(w, server) != NEVER:
        later(w, w.now + max(1, w.rebind_after), HAND_BACK, server, w.now)


@handler
def _first_case(w: World, server: int) -> int:
    """A case that a server has laid down; NEVER: none."""
    job = at(w.staff, server, STAFF).suspended
    while job != NEVER and at(w.works, job, WORK).duty != Duty.CASE:
        job = at(w.works, job, WORK).next
    return job


@handler
def hand_back(w: World, server: int, since: int) -> None:
    """A server has stayed away too long since a shift's end: its cases wait for others."""
    staff = at(w.staff, server, STAFF)
    if staff.on_shift or staff.away_since != since:
        return
    job = _first_case(w, server)
    while job != NEVER:
        dispatch.hand_back(w, server, job)
        job = _first_case(w, server)


@inlined
def next_duty(w: World, server: int) -> tuple[int, int]:
    """Class and duty of what comes first of today's work besides cases; NO_CLASS, NEVER: it is all done."""
    staff = at(w.staff, server, STAFF)
    klass, duty = np.int64(NO_CLASS), np.int64(NEVER)
    if staff.backlog > 0:
        klass, duty = np.int64(staff.admin_class), np.int64(Duty.ADMIN)
    if staff.visits_left > 0 and staff.visit_class < klass:
        klass, duty = np.int64(staff.visit_class), np.int64(Duty.VISIT)
    if staff.patrol_left > 0 and staff.patrol_class < klass:
        klass, duty = np.int64(staff.patrol_class), np.int64(Duty.PATROL)
    return klass, duty


@inlined
def start_piece(w: World, server: int, klass: int, duty: int) -> None:
    """The next piece of a duty."""
    job = piece(server, duty)
    row = at(w.works, job, WORK)
    row.klass = klass
    if duty == Duty.ADMIN:
        _admin(w, server, job)
    elif duty == Duty.VISIT:
        _visit(w, server, job)
    else:
        _patrol(w, server, job)
    row.travel = dispatch.travel_time(w, server, row.building, MILLION)
    dispatch.begin(w, server, job)
    tell_server(w, Phase.DISPATCH, EventKind.PIECE_START, server, duty)


@inlined
def _admin(w: World, server: int, job: int) -> None:
    row, staff = at(w.works, job, WORK), at(w.staff, server, STAFF)
    seconds = min(np.int64(at(w.rounds, server, ROUND).admin_piece), staff.backlog)
    row.building, row.seconds = NEVER, min(seconds, LONG_TIME)
    staff.backlog -= seconds


@inlined
def _visit(w: World, server: int, job: int) -> None:
    row, staff, plan = at(w.works, job, WORK), at(w.staff, server, STAFF), at(w.rounds, server, ROUND)
    home = at(w.homes, plan.first_home + plan.next_home, HOME)
    building = at(w.buildings, home.building, BUILDING)
    plan.next_home = plan.next_home + 1 if plan.next_home + 1 < plan.homes else 0
    staff.visits_left -= 1
    row.building, row.about = home.building, building.first_place + home.unit
    place = at(w.places, row.about, PLACE)
    k = np.int64(place.attempts)
    place.attempts += 1
    row.answered = happens(building.answer, building.luck, Purpose.ANSWER, (k << 20) + home.unit)
    row.seconds = plan.visit_answered if row.answered else plan.visit_unanswered


@inlined
def _patrol(w: World, server: int, job: int) -> None:
    row, staff, plan = at(w.works, job, WORK), at(w.staff, server, STAFF), at(w.rounds, server, ROUND)
    row.about = plan.first_leg + plan.next_leg
    leg = at(w.legs, row.about, LEG)
    plan.next_leg = plan.next_leg + 1 if plan.next_leg + 1 < plan.legs else 0
    row.building, row.seconds = at(w.stops, leg.first_stop, STOP).building, min(max(1, leg.seconds), LONG_TIME)
    staff.patrol_left -= max(1, leg.seconds)


@inlined
def finish_piece(w: World, server: int, job: int) -> None:
    """A piece has come to its end: a household was visited, buildings were passed."""
    row = at(w.works, job, WORK)
    tell_server(w, Phase.COMPLETION, EventKind.PIECE_END, server, row.duty)
    if row.duty == Duty.VISIT:
        _visited(w, server, job)
    elif row.duty == Duty.PATROL:
        _patrolled(w, server, job)


@inlined
def _visited(w: World, server: int, job: int) -> None:
    row = at(w.works, job, WORK)
    day = day_at(w, server, row.begun)
    day.visits += 1
    if row.answered:
        day.answered += 1
        issues.look(w, server, w.places, row.about, Source.VISIT)


@inlined
def _patrolled(w: World, server: int, job: int) -> None:
    row = at(w.works, job, WORK)
    leg = at(w.legs, row.about, LEG)
    day_at(w, server, row.begun).legs += 1
    end = leg.first_stop + leg.stops
    for k in range(leg.first_stop, end):
        issues.look_ahead(w, at(w.stops, k, STOP).building)
    for k in range(leg.first_stop, end):
        building = at(w.stops, k, STOP).building
        issues.look(w, server, w.spaces, building, Source.PATROL)
        at(w.staff, server, STAFF).building = building
