"""Chapter 5: waiting cases and idle servers are matched, urgent cases interrupt, and the rest go on with their own."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import cases, days, gathering, joint, kept, looks
from sim.engine.compiled.agenda import complete_at, no_completion
from sim.engine.compiled.chance import scaled
from sim.engine.compiled.memory import (
    BUILDING,
    BYTE,
    CASE,
    FAR,
    ISSUE,
    ITEM,
    JOINT,
    LINE,
    LINK,
    LONG_TIME,
    PART,
    STAFF,
    STAGE,
    WORD,
    WORK,
    World,
    handler,
    inlined,
)
from sim.engine.compiled.queues import following, put, take
from sim.engine.compiled.records import day_at, tell, tell_server
from sim.engine.compiled.rows import at
from sim.engine.compiled.score import FAILED, score
from sim.engine.events import NEVER, Duty, EventKind, Phase, Role
from sim.engine.plan import MILLION

SCORE_FAILED = 2  # in place of ``w.full``


@inlined
def settle(w: World, component: int) -> None:
    """The last phase of an instant, in a component in which something changed."""
    part = at(w.parts, component, PART)
    part.dirty = 0
    while True:
        if w.has_parties:
            gathering.reserve(w, component)
        job, link = NEVER, NEVER
        if part.filled != NEVER and part.idle > 0:
            job, link = _first_pair(w, component, False)
        if job == NEVER:
            if w.has_parties:
                gathering.join(w, component)
            if part.filled != NEVER and w.has_preempts:
                job, link = _first_pair(w, component, True)
            if job == NEVER:
                break
            suspend(w, at(w.links, link, LINK).server, Phase.DISPATCH)
        _start(w, link, job)
    if w.has_parties:
        kept.keep_books(w, component)
    if part.idle > 0 and part.own > 0:
        for k in range(part.first_server, part.first_server + part.servers):
            server = at(w.members, k, WORD).value
            row = at(w.staff, server, STAFF)
            if row.on_shift and row.work == NEVER and (row.has_rounds or row.suspended != NEVER):
                _own_work(w, server)


@inlined
def _first_pair(w: World, component: int, busy: bool) -> tuple[int, int]:
    """The first pair of the first item of a queue and the link to a server that would take it up now; NEVER: there is none.

    ``busy``: to a server that it may interrupt.
    """
    first, first_link, first_key = np.int64(NEVER), np.int64(NEVER), np.int64(0)
    queue = at(w.parts, component, PART).filled
    while queue != NEVER:
        job, key = _first(w, queue)
        if first == NEVER or at(w.items, job, ITEM).klass <= at(w.items, first, ITEM).klass:
            link = _busy_link(w, queue, job) if busy else idle_link(w, queue, job)
            if link != NEVER and (first == NEVER or _before(w, job, link, key, first, first_link, first_key)):
                first, first_link, first_key = job, link, key
        queue = at(w.lines, queue, LINE).next
    return first, first_link


@inlined
def _before(w: World, job: int, link: int, key: int, other: int, other_link: int, other_key: int) -> bool:
    """Is the first pair before the second, by (class, rank, key, case)?"""
    one, two = at(w.items, job, ITEM), at(w.items, other, ITEM)
    if one.klass != two.klass:
        return one.klass < two.klass
    rank, other_rank = at(w.links, link, LINK).rank, at(w.links, other_link, LINK).rank
    if rank != other_rank:
        return rank < other_rank
    if key != other_key:
        return key < other_key
    return one.case < two.case


@inlined
def idle_link(w: World, queue: int, job: int) -> int:
    """The link of the first idle server of ``queue``, by (rank, travel, server), that would take up a case; NEVER: nobody."""
    row, line = at(w.items, job, ITEM), at(w.lines, queue, LINE)
    building = _building(w, job)
    best, rank, least = NEVER, FAR, FAR
    for k in range(line.first_link, line.first_link + line.links):
        link = at(w.links, k, LINK)
        if link.rank > rank:
            break
        server = at(w.staff, link.server, STAFF)
        if server.on_shift and server.work == NEVER and not _prefers_own(w, link.server, row.klass):
            if w.has_parties and kept.is_kept_from(w, link.server, job):
                continue
            travel = travel_time(w, link.server, building, link.travel_factor)
            if travel < least:  # equal ranks come in the order of servers
                best, rank, least = k, np.int64(link.rank), travel
                if travel == 0:
                    break
    return best


@handler
def _busy_link(w: World, queue: int, job: int) -> int:
    """The link of the first server, by (rank, −class in hand, travel, server), that the first item of ``queue`` may interrupt."""
    row, line = at(w.items, job, ITEM), at(w.lines, queue, LINE)
    if not at(w.interrupts, row.klass, BYTE).value:
        return NEVER
    building = _building(w, job)
    best, rank, highest, least = NEVER, FAR, -1, FAR
    for k in range(line.first_link, line.first_link + line.links):
        link = at(w.links, k, LINK)
        if link.rank > rank:
            break
        server = at(w.staff, link.server, STAFF)
        if not server.on_shift or server.work == NEVER:
            continue
        klass = at(w.works, server.work, WORK).klass
        if at(w.preempts, row.klass * w.classes_count + klass, BYTE).value:
            travel = travel_time(w, link.server, building, link.travel_factor)
            if klass > highest or (klass == highest and travel < least):
                best, rank, highest, least = k, np.int64(link.rank), np.int64(klass), travel
    return best


@inlined
def _first(w: World, queue: int) -> tuple[int, int]:
    """The case that is to leave ``queue`` first, and its key."""
    job = at(w.lines, queue, LINE).first
    if w.score == 0:
        return np.int64(job), at(w.items, job, ITEM).key
    best, key = np.int64(job), _live_key(w, job)
    job = following(w, job)
    while job != NEVER:
        one, other = at(w.items, job, ITEM), at(w.items, best, ITEM)
        its_key = _live_key(w, job)
        if (one.klass, its_key, one.case) < (other.klass, key, other.case):
            best, key = np.int64(job), its_key
        job = following(w, job)
    return best, key


@handler
def _live_key(w: World, job: int) -> int:
    row = at(w.items, job, ITEM)
    key = score(w.score, w.now, row.since, w.features + 8 * w.features_count * row.issue, w.features_count)
    if key == FAILED:
        w.full = SCORE_FAILED
    return key


@inlined
def _prefers_own(w: World, server: int, klass: int) -> bool:
    """Would it rather go on with work of its own than take up an item of ``klass``?"""
    row = at(w.staff, server, STAFF)
    job = row.suspended
    while job != NEVER:
        laid_down = at(w.works, job, WORK)
        if laid_down.klass <= klass:
            return True
        job = laid_down.next
    return row.has_rounds and days.next_duty(w, server)[0] < klass


@inlined
def _building(w: World, job: int) -> int:
    """Where a case is to be served; NEVER: at a desk."""
    row = at(w.items, job, ITEM)
    role = at(w.stages, row.stage, STAGE).role
    if role == Role.HANDLE or role == Role.FIELD_CHECK or role == Role.JOINT:
        return at(w.issues, row.issue, ISSUE).building
    return NEVER


@inlined
def travel_time(w: World, server: int, building: int, factor: int) -> int:
    """Seconds for a server from where it stands to ``building``."""
    row = at(w.staff, server, STAFF)
    speed, from_building = row.speed, row.building
    if speed == 0 or building == NEVER or building == from_building:  # noqa: SIM109  # numba takes no tuple here
        return 0
    here, there = at(w.buildings, from_building, BUILDING), at(w.buildings, building, BUILDING)
    metres = abs(np.int64(here.x) - there.x) + abs(np.int64(here.y) - there.y)
    return min(scaled(metres, factor) * 1000 // speed, LONG_TIME)


@inlined
def _start(w: World, link: int, job: int) -> None:
    """A server takes up a case."""
    row, work, its_link = at(w.items, job, ITEM), at(w.works, job, WORK), at(w.links, link, LINK)
    server, skill = its_link.server, at(w.staff, its_link.server, STAFF).skill
    take(w, job)
    work.klass, work.seconds = row.klass, row.remaining
    if row.remaining == NEVER:
        work.able = cases.is_able(w, job)
        content = cases.work_content(w, job, work.able)
        if w.has_courses:
            looks.take_on(w, job, server, work.able)
            content = cases.work_taken_on(w, job, content)
        content = scaled(content, its_link.work_factor)
        work.seconds = min(max(1, _by_skill(content, skill)), LONG_TIME)
    row.served = 1
    if w.has_courses:
        cases.accept(w, job)
    record = at(w.cases, row.case, CASE)
    if record.started == NEVER and at(w.stages, row.stage, STAGE).role == Role.HANDLE:
        record.started = w.now
    work.building, work.about = _building(w, job), link
    work.travel = travel_time(w, server, work.building, its_link.travel_factor)
    begin(w, server, job)
    tell(w, Phase.DISPATCH, EventKind.START, job, row.queue, server)


@inlined
def _by_skill(content: int, skill: int) -> int:
    """How long somebody of ``skill`` millionths takes for so many seconds of work, halves up. (To divide takes long.)"""
    return content if skill == MILLION else (content * MILLION + skill // 2) // skill


@inlined
def begin(w: World, server: int, job: int) -> None:
    """A stretch of work begins; if nothing interrupts it, it ends after its travel and its work."""
    staff, row = at(w.staff, server, STAFF), at(w.works, job, WORK)
    staff.work = job
    at(w.parts, staff.component, PART).idle -= 1
    if row.building != NEVER:
        staff.building = row.building
    row.begun, row.overtime = w.now, 0
    complete_at(w, server, w.now + row.travel + row.seconds)


@inlined
def finish(w: World, server: int) -> None:
    """A stretch of work has come to its end."""
    staff = at(w.staff, server, STAFF)
    job = staff.work
    row = at(w.works, job, WORK)
    no_completion(w, server)
    book(w, server, job)
    staff.work = NEVER
    if staff.on_shift:
        at(w.parts, staff.component, PART).idle += 1
        cases.touch(w, staff.component)
    if row.duty > Duty.CASE:
        days.finish_piece(w, server, job)
        return
    if row.duty == JOINT:
        job = joint.finish(w, job)
        if job == NEVER:
            return
    else:
        tell(w, Phase.COMPLETION, EventKind.FINISH, job, at(w.items, job, ITEM).queue, server)
    cases.finish(w, job)


@inlined
def book(w: World, server: int, job: int) -> int:
    """Write the stretch that ends now into the day on which it began; returns how much of it was travel."""
    staff, row = at(w.staff, server, STAFF), at(w.works, job, WORK)
    elapsed = w.now - row.begun
    travel = min(elapsed, row.travel)
    if staff.overtime_since != NEVER:
        row.overtime += w.now - staff.overtime_since
        staff.overtime_since = NEVER
    day = day_at(w, server, row.begun)
    day.travel += travel
    day.overtime += row.overtime
    if row.duty <= Duty.CASE:
        day.case += elapsed - travel
    elif row.duty == Duty.ADMIN:
        day.admin += elapsed - travel
    elif row.duty == Duty.VISIT:
        day.visit += elapsed - travel
    else:
        day.patrol += elapsed - travel
    return travel


@handler
def suspend(w: World, server: int, phase: int) -> None:
    """Lay the present work down; it stays with the server."""
    staff = at(w.staff, server, STAFF)
    job = staff.work
    row = at(w.works, job, WORK)
    if row.duty == JOINT:
        joint.suspend(w, job, phase)
        return
    travel = break_off(w, server)
    row.travel -= travel
    row.seconds -= w.now - row.begun - travel
    row.next, staff.suspended = staff.suspended, job
    at(w.parts, staff.component, PART).own += 1
    _tell_work(w, phase, EventKind.SUSPEND, server, job)


@handler
def break_off(w: World, server: int) -> int:
    """The present stretch of work ends before its time; returns how much of it was travel."""
    staff = at(w.staff, server, STAFF)
    no_completion(w, server)
    travel = book(w, server, staff.work)
    staff.work = NEVER
    at(w.parts, staff.component, PART).idle += staff.on_shift
    return travel


@inlined
def _own_work(w: World, server: int) -> None:
    """Go on with what was laid down, or do the next piece of the day's duties, unless it is kept for a joint service."""
    if w.has_parties and kept.is_kept(w, server):
        return
    laid_down = _first_suspended(w, server)
    klass, duty = days.next_duty(w, server)
    if laid_down != NEVER and at(w.works, laid_down, WORK).klass <= klass:
        _resume(w, server, laid_down)
    elif duty != NEVER:
        days.start_piece(w, server, klass, duty)


@handler
def _first_suspended(w: World, server: int) -> int:
    """What was laid down, first by (class, case); pieces count as case -1. NEVER: nothing."""
    best = at(w.staff, server, STAFF).suspended
    if best == NEVER:
        return NEVER
    job = at(w.works, best, WORK).next
    while job != NEVER:
        one, other = at(w.works, job, WORK), at(w.works, best, WORK)
        if one.klass < other.klass or (one.klass == other.klass and _case(w, job) < _case(w, best)):
            best = job
        job = one.next
    return best


@handler
def _case(w: World, job: int) -> int:
    return at(w.items, job, ITEM).case if at(w.works, job, WORK).duty == Duty.CASE else NEVER


@handler
def _resume(w: World, server: int, job: int) -> None:
    row = at(w.works, job, WORK)
    forget_suspended(w, server, job)
    if row.building != NEVER and row.building != at(w.staff, server, STAFF).building:
        factor = at(w.links, row.about, LINK).travel_factor if row.duty == Duty.CASE else np.int64(MILLION)
        row.travel = travel_time(w, server, row.building, factor)
    begin(w, server, job)
    _tell_work(w, Phase.DISPATCH, EventKind.RESUME, server, job)


@handler
def forget_suspended(w: World, server: int, job: int) -> None:
    """Take a job out of those that a server has laid down."""
    staff, after = at(w.staff, server, STAFF), at(w.works, job, WORK).next
    at(w.parts, staff.component, PART).own -= 1
    if staff.suspended == job:
        staff.suspended = after
        return
    k = staff.suspended
    while at(w.works, k, WORK).next != job:
        k = at(w.works, k, WORK).next
    at(w.works, k, WORK).next = after


@handler
def hand_back(w: World, server: int, job: int) -> None:
    """Suspended work of a server that stays away waits in its queue again, with something lost."""
    row, left = at(w.items, job, ITEM), at(w.works, job, WORK).seconds
    forget_suspended(w, server, job)
    row.remaining = min(left + scaled(left, w.handover_loss), LONG_TIME)
    put(w, job, row.queue)
    cases.touch(w, at(w.lines, row.queue, LINE).component)
    tell(w, Phase.TIMER, EventKind.REBIND, job, row.queue, server)


@handler
def _tell_work(w: World, phase: int, kind: int, server: int, job: int) -> None:
    duty = at(w.works, job, WORK).duty
    if duty == Duty.CASE:
        tell(w, phase, kind, job, at(w.items, job, ITEM).queue, server)
    else:
        tell_server(w, phase, kind, server, duty)


@handler
def close_books(w: World) -> None:
    """The horizon is reached: what is in hand is booked up to it."""
    for server in range(w.servers_count):
        if at(w.staff, server, STAFF).work != NEVER:
            book(w, server, at(w.staff, server, STAFF).work)
        if w.has_parties:
            kept.end_reserve(w, server)
