"""Chapter 6: shifts begin and end, and between cases the day goes into admin, visits and patrol."""

from __future__ import annotations

from sim.engine.events import NEVER, Duty, EventKind, Phase, Purpose, Source
from sim.engine.plan import DAY
from sim.engine.reference import dispatch, issues, joint
from sim.engine.reference.chance import happens
from sim.engine.reference.organisation import Server
from sim.engine.reference.run import Run
from sim.engine.reference.state import Work


def open_calendars(run: Run) -> None:
    """Lay the first shift of every calendar on the agenda; who is always on shift is so from the first second."""
    by_calendar: dict[int, list[Server]] = {}
    for server in run.servers:
        by_calendar.setdefault(server.row.calendar, []).append(server)
    for calendar, servers in by_calendar.items():
        clock = run.clocks[calendar]
        if not clock.starts:
            for server in servers:
                server.on_shift = True
            continue
        k = next((k for k, end in enumerate(clock.ends) if end > 0), len(clock.ends))
        _expect_shift(run, calendar, servers, k)


def _expect_shift(run: Run, calendar: int, servers: list[Server], k: int) -> None:
    clock = run.clocks[calendar]
    if k < len(clock.starts):
        start = max(0, clock.starts[k])
        run.at(start, (Phase.CALENDAR_START, calendar), lambda _: _start_shifts(run, calendar, servers, k))


def _start_shifts(run: Run, calendar: int, servers: list[Server], k: int) -> None:
    end = run.clocks[calendar].ends[k]
    run.at(end, (Phase.CALENDAR_END, calendar), lambda _: _end_shifts(run, calendar, servers, k))
    for server in servers:
        if not _absent(run, server):
            start_shift(run, server)


def _end_shifts(run: Run, calendar: int, servers: list[Server], k: int) -> None:
    _expect_shift(run, calendar, servers, k + 1)
    for server in servers:
        if server.on_shift:
            end_shift(run, server)


def _absent(run: Run, server: Server) -> bool:
    """Is this shift in one of the server's absences? (They are forgotten as time passes them.)"""
    while server.absences and server.absences[0][1] <= run.now:
        server.absences.pop(0)
    return bool(server.absences) and server.absences[0][0] <= run.now


def start_shift(run: Run, server: Server) -> None:
    """Somebody comes to work; the first shift of a day brings its quotas and the admin that has come in."""
    server.on_shift = True
    if server.overtime_since != NEVER and server.work is not None:
        server.work.overtime += run.now - server.overtime_since
    server.overtime_since = NEVER
    run.recorder.tell_server(run.now, Phase.CALENDAR_START, EventKind.SHIFT_START, server.id)
    today = run.now // DAY
    if today > server.day:
        _new_day(run, server, today)
    run.touch(server.component)


def _new_day(run: Run, server: Server, today: int) -> None:
    row = server.row
    if row.admin != NEVER:
        server.backlog += int(run.plan["admin"][row.admin, server.day + 1 : today + 1].sum())
    server.day = today
    if server.work is None:
        server.building = row.building
    server.visits_left, server.patrol_left = row.visit_quota, row.patrol_quota
    server.suspended = [work for work in server.suspended if work.duty in (Duty.CASE, Duty.ADMIN)]


def end_shift(run: Run, server: Server) -> None:
    """Somebody goes home, unless what is in hand is to be finished first."""
    server.on_shift = False
    run.recorder.tell_server(run.now, Phase.CALENDAR_END, EventKind.SHIFT_END, server.id)
    run.recorder.day(server.id, run.now - 1)["backlog"] = server.backlog
    server.away_since = run.now
    if server.component.gatherings:
        joint.leave(run, server)
    if server.work is not None:
        if run.overtime[server.work.klass]:
            server.overtime_since = run.now
        else:
            dispatch.suspend(run, server, Phase.CALENDAR_END)
    patience = run.plan.rules["rebind_after"]
    if patience != NEVER and any(work.duty == Duty.CASE for work in server.suspended):
        rank = (Phase.TIMER, 2, server.id)
        run.at(run.now + max(1, patience), rank, lambda _, since=run.now: _hand_back(run, server, since))  # type: ignore[misc]


def _hand_back(run: Run, server: Server, since: int) -> None:
    if server.on_shift or server.away_since != since:
        return
    own = [work for work in server.suspended if work.duty == Duty.CASE]
    for work in sorted(own, key=lambda work: work.case_id):
        dispatch.hand_back(run, server, work)


def next_duty(server: Server) -> tuple[int, Duty] | None:
    """Class and duty of what comes first of today's work besides cases; None: it is all done."""
    row = server.row
    first = (row.admin_class, Duty.ADMIN) if server.backlog > 0 else None
    if server.visits_left > 0 and row.homes and (first is None or row.visit_class < first[0]):
        first = (row.visit_class, Duty.VISIT)
    if server.patrol_left > 0 and row.legs and (first is None or row.patrol_class < first[0]):
        first = (row.patrol_class, Duty.PATROL)
    return first


def start_piece(run: Run, server: Server, klass: int, duty: Duty) -> None:
    """The next piece of a duty."""
    work = _PIECES[duty](run, server, klass)
    work.travel = dispatch.travel_time(run, server, building=work.building)
    dispatch.begin(run, server, work)
    run.recorder.tell_server(run.now, Phase.DISPATCH, EventKind.PIECE_START, server.id, duty)


def _admin(run: Run, server: Server, klass: int) -> Work:
    seconds = min(max(1, server.row.admin_piece), server.backlog)
    server.backlog -= seconds
    return Work(Duty.ADMIN, klass, NEVER, 0, seconds)


def _visit(run: Run, server: Server, klass: int) -> Work:
    row = server.row
    building_id, unit = run.homes[row.first_home + server.next_home]
    server.next_home = (server.next_home + 1) % row.homes
    server.visits_left -= 1
    building = run.buildings[building_id]
    place = building.first_place + unit
    k = run.visit_attempts[place]
    run.visit_attempts[place] += 1
    answered = happens(building.answer, building.luck, Purpose.ANSWER, (k << 20) + unit)
    seconds = row.visit_answered if answered else row.visit_unanswered
    return Work(Duty.VISIT, klass, building_id, 0, max(1, seconds), answered=answered, place=place)


def _patrol(run: Run, server: Server, klass: int) -> Work:
    row = server.row
    leg = row.first_leg + server.next_leg
    first_stop, _, seconds = run.legs[leg]
    server.next_leg = (server.next_leg + 1) % row.legs
    seconds = max(1, seconds)
    server.patrol_left -= seconds
    return Work(Duty.PATROL, klass, run.stops[first_stop], 0, seconds, leg=leg)


_PIECES = {Duty.ADMIN: _admin, Duty.VISIT: _visit, Duty.PATROL: _patrol}


def finish_piece(run: Run, server: Server, work: Work) -> None:
    """A piece has come to its end: a household was visited, buildings were passed."""
    run.recorder.tell_server(run.now, Phase.COMPLETION, EventKind.PIECE_END, server.id, work.duty)
    day = work.day
    if work.duty == Duty.VISIT:
        day["visits"] += 1
        if work.answered:
            day["answered"] += 1
            issues.look(run, server, place=work.place, source=Source.VISIT)
    elif work.duty == Duty.PATROL:
        day["legs"] += 1
        first, count, _ = run.legs[work.leg]
        stops = run.stops[first : first + count]
        for building in stops:
            issues.look(run, server, place=run.buildings[building].first_place, source=Source.PATROL)
        server.building = stops[-1]


def close_books(run: Run) -> None:
    """The horizon is reached: what is in hand is booked up to it."""
    for server in run.servers:
        if server.work is not None:
            dispatch.book(run, server, server.work)
        joint.book_reserved(run, server)
