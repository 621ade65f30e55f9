"""Chapter 5: waiting cases and idle servers are matched, urgent cases interrupt, and the rest go on with their own."""

from __future__ import annotations

from sim.engine.events import NEVER, Duty, EventKind, Phase, Role
from sim.engine.plan import MILLION
from sim.engine.reference import days, joint, services
from sim.engine.reference.chance import scaled
from sim.engine.reference.organisation import Component, Link, Queue, Server
from sim.engine.reference.run import Run
from sim.engine.reference.state import Item, Work

_IN_THE_FIELD = (Role.HANDLE, Role.FIELD_CHECK)
_COLUMN = {duty: duty.name.lower() for duty in Duty}  # of the worker-day

#: class, rank, key, case, −class of the work it interrupts, travel, server: what comes first is the smallest
Offer = tuple[int, int, int, int, int, int, int, Link, Item]


def settle(run: Run) -> None:
    """The last phase of an instant: each component in which something changed, in the order of its number."""
    for id in sorted(run.dirty):
        component = run.dirty[id]
        joint_cases = bool(component.gatherings)
        while _match(run, component) or _pre_empt(run, component):
            pass
        for server in component.servers:
            if server.work is None and server.on_shift and (server.suspended or server.has_rounds) and not server.kept:
                _own_work(run, server)
        if joint_cases or component.gatherings:
            joint.note_reserved(run, component)
    run.dirty.clear()


def _match(run: Run, component: Component) -> bool:
    """Idle servers take up waiting cases, alone or together; True if that is to begin anew, as one that was kept has been taken."""
    if component.gatherings:
        joint.reserve(run, component)
    while component.filled and (offer := _best_match(run, component)):
        _start(run, offer[-2], offer[-1])
        if offer[-2].server.kept is not None:
            return True
    if component.gatherings:
        joint.join(run, component)
    return False


def _pre_empt(run: Run, component: Component) -> bool:
    """Urgent cases interrupt; True if others are to be matched anew after it, as cases wait for several servers."""
    while component.filled and (offer := _best_interruption(run, component)):
        suspend(run, offer[-2].server, Phase.DISPATCH)
        _start(run, offer[-2], offer[-1])
        if component.gatherings:
            return True
    return False


def _best_match(run: Run, component: Component) -> Offer | None:
    """The first pair of an idle server and the first item of a queue that it would take up now."""
    best = None
    for id in component.filled:
        queue = component.queues[id]
        klass, key, item = _first(run, queue)
        building = _building(run, item)
        for link in queue.links:
            server = link.server
            if server.work is None and server.on_shift and _would_take(run, server, klass):
                travel = travel_time(run, server, building=building, factor=link.travel_factor)
                offer = (klass, link.rank, key, item.case.id, 0, travel, server.id, link, item)
                if best is None or offer < best:
                    best = offer
    return best


def _best_interruption(run: Run, component: Component) -> Offer | None:
    """The first pair of a busy server and the first item of a queue that may interrupt it."""
    best = None
    for id in component.filled:
        queue = component.queues[id]
        klass, key, item = _first(run, queue)
        if not run.interrupts[klass]:
            continue
        building = _building(run, item)
        for link in queue.links:
            server = link.server
            if server.work and server.on_shift and run.preempts[klass][server.work.klass]:
                travel = travel_time(run, server, building=building, factor=link.travel_factor)
                offer = (klass, link.rank, key, item.case.id, -server.work.klass, travel, server.id, link, item)
                if best is None or offer < best:
                    best = offer
    return best


def _first(run: Run, queue: Queue) -> tuple[int, int, Item]:
    """Class, key and item of the case that is to leave ``queue`` first."""
    score = run.plan.score
    if score is None:
        item = queue.first()
        return item.klass, item.key, item
    features, now = run.plan["features"], run.now
    keyed = ((i.klass, int(score(now, i.since, features[i.case.issue.id])), i.case.id) for i in queue.waiting.values())
    klass, key, case = min(keyed)
    return klass, key, queue.waiting[case]


def _would_take(run: Run, server: Server, klass: int) -> bool:
    """Is an item of ``klass`` urgent enough for it, kept for something else or not?"""
    kept = server.kept
    return (kept is None or bool(run.preempts[klass][kept.item.klass])) and not prefers_own(server, klass)


def prefers_own(server: Server, klass: int) -> bool:
    """Would it rather go on with work of its own than take up an item of ``klass``?"""
    for work in server.suspended:
        if work.klass <= klass:
            return True
    duty = days.next_duty(server) if server.has_rounds else None
    return duty is not None and duty[0] < klass


def _building(run: Run, item: Item) -> int:
    """Where the item is to be served; NEVER: at a desk."""
    role = run.stages[item.case.stage].role
    return item.case.issue.building if role in _IN_THE_FIELD else NEVER


def travel_time(run: Run, server: Server, *, building: int, factor: int = MILLION) -> int:
    """Seconds for ``server`` from where it stands to ``building``."""
    if server.row.speed == 0 or building in (NEVER, server.building):
        return 0
    here, there = run.buildings[server.building], run.buildings[building]
    metres = abs(here.x - there.x) + abs(here.y - there.y)
    return scaled(metres, factor) * 1000 // server.row.speed


def _start(run: Run, link: Link, item: Item) -> None:
    """A server takes up a case."""
    server, queue = link.server, link.queue
    services.start(run, item, server)
    building = _building(run, item)
    travel = travel_time(run, server, building=building, factor=link.travel_factor)
    seconds = _work_time(run, link, item) if item.remaining == NEVER else item.remaining
    work = Work(Duty.CASE, item.klass, building, travel, seconds, item, queue, travel_factor=link.travel_factor)
    begin(run, server, work)
    run.tell(Phase.DISPATCH, EventKind.START, item.case, queue=queue.id, server=server.id)


def _work_time(run: Run, link: Link, item: Item) -> int:
    """What is to be done, as familiar as the server is with it, and as fast as its skill."""
    skill = link.server.row.skill
    content = scaled(services.work_content(run, item), link.work_factor)
    return max(1, (content * MILLION + skill // 2) // skill)


def begin(run: Run, server: Server, work: Work) -> None:
    """A stretch of work begins; if nothing interrupts it, it ends after its travel and its work."""
    server.work = work
    if work.building != NEVER:
        server.building = work.building
    work.begun, work.overtime = run.now, 0
    work.day = run.recorder.day(server.id, run.now)
    work.end = run.at(
        run.now + work.travel + work.seconds, (Phase.COMPLETION, server.id), lambda _: _finish(run, server)
    )


def _finish(run: Run, server: Server) -> None:
    work = server.work
    assert work is not None
    book(run, server, work)
    server.work = None
    if server.on_shift:
        run.touch(server.component)
    if work.item is not None:
        assert work.queue is not None
        run.tell(Phase.COMPLETION, EventKind.FINISH, work.item.case, queue=work.queue.id, server=server.id)
        if work.gathering is None:
            services.finish(run, work.item)
        else:
            joint.finish(run, work.gathering, server)
    else:
        days.finish_piece(run, server, work)


def book(run: Run, server: Server, work: Work) -> tuple[int, int]:
    """Write the stretch that ends now into the day on which it began; returns its seconds of travel and of work."""
    elapsed = run.now - work.begun
    travel = min(elapsed, work.travel)
    if server.overtime_since != NEVER:
        work.overtime += run.now - server.overtime_since
        server.overtime_since = NEVER
    day = work.day
    day["travel"] += travel
    day[_COLUMN[work.duty]] += elapsed - travel
    day["overtime"] += work.overtime
    return travel, elapsed - travel


def suspend(run: Run, server: Server, phase: Phase) -> None:
    """Lay the present work down; it stays with the server, unless others are at it as well."""
    work = server.work
    assert work is not None
    if work.gathering is not None:
        joint.break_off(run, work.gathering, phase)
        return
    travel, seconds = lay_down(run, server, work, phase)
    work.travel -= travel
    work.seconds -= seconds
    server.suspended.append(work)


def lay_down(run: Run, server: Server, work: Work, phase: Phase) -> tuple[int, int]:
    """The stretch ends now, before its time; returns its seconds of travel and of work."""
    assert work.end is not None
    work.end.cancel()
    server.work = None
    _tell_work(run, phase, EventKind.SUSPEND, server, work)
    return book(run, server, work)


def _own_work(run: Run, server: Server) -> None:
    """Go on with what was laid down, or do the next piece of the day's duties."""
    laid_down = min(server.suspended, key=lambda work: (work.klass, work.case_id)) if server.suspended else None
    duty = days.next_duty(server)
    if laid_down is not None and (duty is None or laid_down.klass <= duty[0]):
        _resume(run, server, laid_down)
    elif duty is not None:
        days.start_piece(run, server, *duty)


def _resume(run: Run, server: Server, work: Work) -> None:
    server.suspended.remove(work)
    if work.building not in (NEVER, server.building):
        work.travel = travel_time(run, server, building=work.building, factor=work.travel_factor)
    begin(run, server, work)
    _tell_work(run, Phase.DISPATCH, EventKind.RESUME, server, work)


def hand_back(run: Run, server: Server, work: Work) -> None:
    """Suspended work of a server that stays away waits in its queue again, with something lost."""
    item, queue = work.item, work.queue
    assert item is not None
    assert queue is not None
    server.suspended.remove(work)
    item.remaining = work.seconds + scaled(work.seconds, run.plan.rules["handover_loss"])
    queue.put(item)
    run.touch(queue.component)
    run.tell(Phase.TIMER, EventKind.REBIND, item.case, queue=queue.id, server=server.id)


def _tell_work(run: Run, phase: Phase, kind: EventKind, server: Server, work: Work) -> None:
    if work.item is not None and work.queue is not None:
        run.tell(phase, kind, work.item.case, queue=work.queue.id, server=server.id)
    else:
        run.recorder.tell_server(run.now, phase, kind, server.id, work.duty)
