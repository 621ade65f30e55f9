"""Crews that are kept free: only while they are there, idle, and a joint case that calls them is overdue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from sim.engine.check_log.parties import members
from sim.engine.check_log.rules import fail
from sim.engine.check_log.stays import Stay, stays
from sim.engine.events import NEVER, EventKind, Role
from sim.engine.log import Log, days_of
from sim.engine.plan import DAY

#: what a server has in hand more, or less; in the second in which it takes something up and lays it down again the rows
#: do not stand in the order in which that happened
_IN_HAND = {
    **dict.fromkeys((EventKind.START, EventKind.RESUME, EventKind.PIECE_START), 1),
    **dict.fromkeys((EventKind.FINISH, EventKind.SUSPEND, EventKind.PIECE_END), -1),
}
_SHIFT = {EventKind.SHIFT_START: True, EventKind.SHIFT_END: False}

Span = tuple[int, int]


def check_reserved(log: Log) -> None:
    """From each midnight on, no server is reserved for longer than it is idle while an overdue case may call it."""
    if not log.raw["days"]["reserved"].any():
        return
    days = days_of(log.plan)
    reserved = log.raw["days"]["reserved"].astype("i8").reshape(-1, days)
    wanted = _wanted(log)
    for server in np.flatnonzero(reserved.any(axis=1)).tolist():
        links = log.plan["server_links"]
        queues = links["queue"][links["server"] == server].tolist()
        spans = _common(_at_work(log, server)[1], _union([span for queue in queues for span in wanted.get(queue, ())]))
        for day in range(days):
            most = sum(max(0, end - max(start, day * DAY)) for start, end in spans)
            if reserved[server, day:].sum() > most:
                what = f"server {server}, from day {day} on: {reserved[server, day:].sum()} s of {most} s"
                fail("reserved is time in which an overdue case calls for an idle server", what)


def _wanted(log: Log) -> dict[int, list[Span]]:
    """By queue: when a joint case that may call it is overdue, not being served, and could begin."""
    overdue: dict[int, list[Span]] = {}  # by party; NEVER: at waits
    for stay in stays(log):
        party = int(log.plan["issues"]["party"][log.raw["cases"]["issue"][stay.case]])
        overdue.setdefault(party, []).extend(_overdue(log, stay))
    found: dict[int, list[Span]] = {}
    for party in overdue.keys() - {NEVER}:
        queues, silent, sure = members(log.plan, party)
        spans = _union(overdue[party])
        for queue in sure:
            on_shift = [span for server in _servers(log, queue) for span in _at_work(log, server)[0]]
            spans = _common(spans, _union(on_shift))
        for queue in {*queues} - silent:
            found.setdefault(queue, []).extend(spans)
    return found


def _servers(log: Log, queue: int) -> list[int]:
    links = log.plan["server_links"]
    served: list[int] = links["server"][links["queue"] == queue].tolist()
    return served


def _overdue(log: Log, stay: Stay) -> Iterator[Span]:
    """From its attend limit at the earliest, or once it has been broken off, to the next start."""
    stages, horizon = log.plan["stages"], log.plan.rules["horizon"]
    attend = stages["attend"][(stages["role"] == Role.JOINT) & (stages["attend"] != NEVER)]
    since = stay.since + max(1, int(attend.min())) if attend.size else horizon
    for row in stay.rows:
        if row.kind == EventKind.START:
            yield since, row.time
            since = horizon
        elif row.kind == EventKind.SUSPEND:
            since = row.time
    yield since, horizon


def _at_work(log: Log, server: int) -> tuple[list[Span], list[Span]]:
    """When a server is on shift, and when it does nothing then."""
    events, horizon = log.raw["events"], log.plan.rules["horizon"]
    there = log.plan["calendars"]["count"][log.plan["servers"]["calendar"][server]] == 0
    in_hand, since, on_shift, idle = 0, 0, list[Span](), list[Span]()
    mine = events[(events["server"] == server) & np.isin(events["kind"], [*_IN_HAND, *_SHIFT])]
    for time, kind in [*mine[["time", "kind"]].tolist(), (horizon, NEVER)]:
        if there:
            on_shift.append((since, time))
        if there and not in_hand:
            idle.append((since, time))
        there = _SHIFT.get(kind, there)
        in_hand += _IN_HAND.get(kind, 0)
        since = time
    return on_shift, idle


def _union(spans: Sequence[Span]) -> list[Span]:
    """The same time, in order and without overlaps."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        elif start < end:
            found.append((start, end))
    return found


def _common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """The time in both, which stand in order and do not overlap."""
    both, k = list[Span](), 0
    for start, end in one:
        while k < len(other) and other[k][1] <= start:
            k += 1
        for since, until in islice(other, k, None):
            if since >= end:
                break
            both.append((max(start, since), min(end, until)))
    return both
