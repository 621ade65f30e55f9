"""Where a case is: in a queue, outside all queues, with a server or several, laid down, on its way; never in two places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto
from itertools import groupby

import numpy as np

from sim.engine.check_log.rows import ENDS
from sim.engine.check_log.rules import fail
from sim.engine.events import NEVER, EventKind, Phase
from sim.engine.log import Log


class Place(Enum):
    """Where a case may be."""

    NOWHERE = auto()  # just opened
    WAITING = auto()  # in a queue
    HANDED_BACK = auto()  # in a queue, with work done on it
    OUTSIDE = auto()  # it waits, or hangs, or has been called for, outside all queues
    SERVED = auto()
    TOGETHER = auto()  # served by all members of a party that have come
    LAID_DOWN = auto()  # suspended, with the server that has begun it
    BROKEN_OFF = auto()  # suspended, outside all queues: the members have left
    FINISHED = auto()  # a service has ended
    SETTLED = auto()  # and the level says that it has settled it
    MOVING = auto()  # it has left a queue or a wait for another
    ENDED = auto()


#: kind → from where, and where to; an ENTER without a queue leads outside
_MOVES: dict[EventKind, tuple[tuple[Place, ...], Place]] = {
    EventKind.ENTER: ((Place.NOWHERE, Place.MOVING, Place.FINISHED, Place.SETTLED), Place.WAITING),
    EventKind.START: ((Place.WAITING, Place.HANDED_BACK), Place.SERVED),
    EventKind.SUSPEND: ((Place.SERVED,), Place.LAID_DOWN),
    EventKind.RESUME: ((Place.LAID_DOWN,), Place.SERVED),
    EventKind.REBIND: ((Place.LAID_DOWN,), Place.HANDED_BACK),
    EventKind.FINISH: ((Place.SERVED,), Place.FINISHED),
    EventKind.SETTLE: ((Place.FINISHED,), Place.SETTLED),
    EventKind.REFER: ((Place.FINISHED,), Place.MOVING),
    EventKind.ESCALATE: ((Place.WAITING,), Place.MOVING),
    EventKind.HANG: ((Place.WAITING,), Place.OUTSIDE),
    EventKind.RELEASE: ((Place.OUTSIDE,), Place.MOVING),
    **dict.fromkeys(ENDS, ((Place.FINISHED,), Place.ENDED)),
    EventKind.CLOSE: ((Place.FINISHED, Place.SETTLED), Place.ENDED),
    EventKind.WITHDRAW: ((Place.WAITING,), Place.ENDED),
}
#: services of several servers, a row each: begun where the case waits outside all queues
_JOINT = {EventKind.START, EventKind.SUSPEND, EventKind.FINISH}

Row = tuple[int, int, int, int, int]  # case, time, phase, kind, queue


def check_paths(log: Log) -> None:
    """A case waits, is served, is laid down and goes on only in this order; it is at one place at a time."""
    events = log.raw["events"][["case", "time", "phase", "kind", "queue"]]
    rows = events[(events["case"] != NEVER) & np.isin(events["kind"], [*_MOVES])]
    by_case = rows[np.argsort(rows["case"], kind="stable")].tolist()
    places: dict[int, Place] = {}
    for (case, _, phase), now in groupby(by_case, key=lambda row: row[:3]):
        rest, before = list(now), places.get(case, Place.NOWHERE)
        if _together(before, phase, rest):
            joint = [row for row in rest if row[3] in _JOINT]
            before = _after_joint(before, joint)
            rest = [row for row in rest if row[3] not in _JOINT]
        for row in rest:
            before = _after(before, row)
        places[case] = before


def _together(before: Place, phase: int, rows: Sequence[Row]) -> bool:
    """Are these rows of a service by several?"""
    begins = phase == Phase.DISPATCH and any(row[3] == EventKind.START for row in rows)
    return before == Place.TOGETHER or (begins and before in (Place.OUTSIDE, Place.BROKEN_OFF))


def _after_joint(before: Place, rows: Sequence[Row]) -> Place:
    """Where a case is after the joint rows of a phase: any number of turns, each with a row a member."""
    members = len({queue for *_, queue in rows})
    turns = {EventKind(kind): count / members for kind, count in Counter(row[3] for row in rows).items()}
    there = (before == Place.TOGETHER) + turns.get(EventKind.START, 0)
    there -= turns.get(EventKind.SUSPEND, 0) + turns.get(EventKind.FINISH, 0)
    if there not in (0, 1):
        case, time, *_ = rows[0]
        what = ", ".join(f"{kind.name} {count:g} times" for kind, count in sorted(turns.items()))
        fail("a case is in one place at a time", f"case {case}, second {time}: {what} while {before.name}")
    if there:
        return Place.TOGETHER
    return Place.FINISHED if EventKind.FINISH in turns else Place.BROKEN_OFF


def _after(before: Place, row: Row) -> Place:
    case, time, _, kind, queue = row
    allowed, after = _MOVES[EventKind(kind)]
    if before not in allowed:
        fail(
            "a case is in one place at a time",
            f"case {case}, second {time}: {EventKind(kind).name} while {before.name}",
        )
    return Place.OUTSIDE if kind == EventKind.ENTER and queue == NEVER else after
