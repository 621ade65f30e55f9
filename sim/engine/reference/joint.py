"""Chapter 10, all together: servers of all members of a party are called, kept free, and work on a case side by side."""

from __future__ import annotations

from collections.abc import Sequence

from sim.engine.events import NEVER, Duty, EventKind, Phase, Purpose
from sim.engine.reference import cases, dispatch, services
from sim.engine.reference.chance import happens, scaled
from sim.engine.reference.organisation import Component, Link, Queue, Server
from sim.engine.reference.run import Run
from sim.engine.reference.state import Case, Gathering, Item, Work

MEMBERS = 8  # of a party at most: chances of NO_SHOW by entry and member


def enter(run: Run, case: Case) -> None:
    """A case comes to a joint stage: the members of its party are called, and it waits for their servers outside all queues."""
    cases.receive(run, case)
    run.tell(Phase.ARRIVAL, EventKind.ENTER, case)
    gathering = Gathering(Item(cases.klass_of(run, case), 0, run.now, case), _called(run, case), _due(run, case))
    gathering.component.gatherings.append(gathering)
    run.touch(gathering.component)
    if gathering.due != NEVER:
        run.at(gathering.due, (Phase.TIMER, 4, case.id), lambda _: _come_due(run, gathering))


def _called(run: Run, case: Case) -> list[tuple[Queue, int]]:
    """Queue and share of the members that come: the leader's share grows by those of the others."""
    issue, first = case.issue, MEMBERS * case.issue.joint_entries
    issue.joint_entries += 1
    lead, *others = run.parties[issue.party]
    share, called = lead.share, []
    for k, member in enumerate(others, first + 1):
        if happens(member.no_show, issue.luck, Purpose.NO_SHOW, k):
            case.no_shows += 1
            share += member.share
        else:
            called.append((run.queues[member.queue], member.share))
    return [(run.queues[lead.queue], share), *called]


def _due(run: Run, case: Case) -> int:
    row = run.stages[case.stage]
    return NEVER if row.attend == NEVER else run.clocks[row.attend_calendar].add(run.now, max(1, row.attend))


def _come_due(run: Run, gathering: Gathering) -> None:
    """From now on servers are kept for it, if it still waits."""
    if gathering in gathering.component.gatherings:
        run.touch(gathering.component)


def reserve(run: Run, component: Component) -> None:
    """Keep, for each overdue case, what servers there are for it."""
    _keep_none(component)
    for gathering in _overdue(run, component):
        _keep(gathering, _find(run, gathering))


def join(run: Run, component: Component) -> None:
    """Start each case for which there is a server of every member called; overdue ones first, which keep what there is."""
    _keep_none(component)
    overdue = _overdue(run, component)
    others = sorted((g for g in component.gatherings if g not in overdue), key=lambda g: (g.item.since, g.item.case.id))
    for gathering in overdue + others:
        found = _find(run, gathering)
        if len(found) == len(gathering.called):
            _start(run, gathering, found)
        elif gathering in overdue:
            _keep(gathering, found)


def _overdue(run: Run, component: Component) -> list[Gathering]:
    overdue = [gathering for gathering in component.gatherings if NEVER != gathering.due <= run.now]
    return sorted(overdue, key=lambda gathering: (gathering.due, gathering.item.case.id))


def _find(run: Run, gathering: Gathering) -> list[Link]:
    """The first server for each member called, as far as there is one that is idle, not kept, and would come; none while a member has nobody on shift."""
    building, found = gathering.item.case.issue.building, list[Link]()
    if not all(any(link.server.on_shift for link in queue.links) for queue, _ in gathering.called):
        return found
    for queue, _ in gathering.called:
        free = [link for link in queue.links if _would_come(link.server, gathering)]
        if free:
            found.append(min(free, key=lambda link: (link.rank, _travel(run, link, building), link.server.id)))
    return found


def _would_come(server: Server, gathering: Gathering) -> bool:
    idle = server.work is None and server.on_shift and server.kept is None
    return idle and not dispatch.prefers_own(server, gathering.item.klass)


def _travel(run: Run, link: Link, building: int) -> int:
    return dispatch.travel_time(run, link.server, building=building, factor=link.travel_factor)


def _keep(gathering: Gathering, links: Sequence[Link]) -> None:
    for link in links:
        link.server.kept = gathering


def _keep_none(component: Component) -> None:
    for server in component.servers:
        server.kept = None


def _start(run: Run, gathering: Gathering, links: Sequence[Link]) -> None:
    """All start: each travels, and works until all are done."""
    item, case = gathering.item, gathering.item.case
    gathering.component.gatherings.remove(gathering)
    if item.remaining == NEVER:
        item.able = services.is_able(run, case)
        item.remaining = _work(run, gathering)
    case.served = True
    services.handled(run, case, item)
    if case.attended == NEVER:
        case.attended = run.now
    building = case.issue.building
    travels = [_travel(run, link, building) for link in links]
    gathering.servers = [link.server for link in links]
    gathering.begun, gathering.longest = run.now, max(travels)
    for link, travel in zip(links, travels, strict=True):
        seconds = gathering.longest - travel + item.remaining
        work = Work(Duty.CASE, item.klass, building, travel, seconds, item, link.queue, gathering=gathering)
        dispatch.begin(run, link.server, work)
        run.tell(Phase.DISPATCH, EventKind.START, case, queue=link.queue.id, server=link.server.id)


def _work(run: Run, gathering: Gathering) -> int:
    """What is to be done once all are there, in seconds; the largest part takes longest."""
    case = gathering.item.case
    triage = cases.hop_of(run, case).triage
    if not gathering.item.able and triage != NEVER:
        return max(1, int(triage))
    content = int(run.work[case.issue.id, run.stages[case.stage].content])
    return max(1, *(scaled(content, share) for _, share in gathering.called))


def finish(run: Run, gathering: Gathering, server: Server) -> None:
    """One of them is done; with the last one, it is said what becomes of the case."""
    gathering.servers.remove(server)
    if gathering.servers:
        return
    if gathering.item.able:
        gathering.item.case.parts = len(gathering.called)
    services.finish(run, gathering.item)


def break_off(run: Run, gathering: Gathering, phase: Phase) -> None:
    """One of them has to leave: all are free, and the case waits for servers of the same members, overdue at once."""
    for server in gathering.servers:
        assert server.work is not None
        dispatch.lay_down(run, server, server.work, phase)
    gathering.item.remaining -= max(0, run.now - gathering.begun - gathering.longest)
    gathering.servers, gathering.due = [], run.now
    gathering.component.gatherings.append(gathering)
    run.touch(gathering.component)


def note_reserved(run: Run, component: Component) -> None:
    """A component is settled: since when is somebody kept, and who is not any more?"""
    for server in component.servers:
        if server.kept is None:
            book_reserved(run, server)
        elif server.reserved_since == NEVER:
            server.reserved_since = run.now


def leave(run: Run, server: Server) -> None:
    """A shift ends where cases wait for several servers: perhaps others can be kept, or are kept for nothing."""
    server.kept = None
    book_reserved(run, server)
    run.touch(server.component)


def book_reserved(run: Run, server: Server) -> None:
    """Write the time for which it was kept into the day on which that began."""
    if server.reserved_since != NEVER:
        run.recorder.day(server.id, server.reserved_since)["reserved"] += run.now - server.reserved_since
        server.reserved_since = NEVER
