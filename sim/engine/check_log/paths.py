"""Where a case is: in a queue, outside all queues, with a server, laid down, on its way; never in two places."""

from __future__ import annotations

from enum import Enum, auto

from sim.engine.check_log.rows import ENDS
from sim.engine.check_log.rules import fail
from sim.engine.events import NEVER, EventKind
from sim.engine.log import Log


class Place(Enum):
    """Where a case may be."""

    NOWHERE = auto()  # just opened
    WAITING = auto()  # in a queue
    HANDED_BACK = auto()  # in a queue, with work done on it
    OUTSIDE = auto()  # it waits, or hangs, outside all queues
    SERVED = auto()
    LAID_DOWN = auto()  # suspended, with the server that has begun it
    FINISHED = auto()  # a service has ended
    MOVING = auto()  # it has left a queue or a wait for another
    ENDED = auto()


#: kind → from where, and where to; an ENTER without a queue leads outside
_MOVES: dict[EventKind, tuple[tuple[Place, ...], Place]] = {
    EventKind.ENTER: ((Place.NOWHERE, Place.MOVING, Place.FINISHED), Place.WAITING),
    EventKind.START: ((Place.WAITING, Place.HANDED_BACK), Place.SERVED),
    EventKind.SUSPEND: ((Place.SERVED,), Place.LAID_DOWN),
    EventKind.RESUME: ((Place.LAID_DOWN,), Place.SERVED),
    EventKind.REBIND: ((Place.LAID_DOWN,), Place.HANDED_BACK),
    EventKind.FINISH: ((Place.SERVED,), Place.FINISHED),
    EventKind.ESCALATE: ((Place.WAITING,), Place.MOVING),
    EventKind.HANG: ((Place.WAITING,), Place.OUTSIDE),
    EventKind.RELEASE: ((Place.OUTSIDE,), Place.MOVING),
    **dict.fromkeys(ENDS, ((Place.FINISHED,), Place.ENDED)),
    EventKind.WITHDRAW: ((Place.WAITING,), Place.ENDED),
}


def check_paths(log: Log) -> None:
    """A case waits, is served, is laid down and goes on only in this order; it is at one place at a time."""
    places: dict[int, Place] = {}
    for time, kind, case, queue in log.raw["events"][["time", "kind", "case", "queue"]].tolist():
        if case == NEVER or kind not in _MOVES:
            continue
        before = places.get(case, Place.NOWHERE)
        allowed, after = _MOVES[EventKind(kind)]
        if before not in allowed:
            what = f"case {case}, second {time}: {EventKind(kind).name} while {before.name}"
            fail("a case is in one place at a time", what)
        places[case] = Place.OUTSIDE if kind == EventKind.ENTER and queue == NEVER else after
