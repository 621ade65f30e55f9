"""Servers: each at one thing at a time, and only while there."""

from __future__ import annotations

import numpy as np

from sim.engine.check_log.days import booked
from sim.engine.check_log.rules import fail, require
from sim.engine.events import NEVER, EventKind
from sim.engine.log import Log, days_of
from sim.engine.plan import DAY

_BEGIN = {EventKind.START, EventKind.RESUME, EventKind.PIECE_START}
_END = {EventKind.FINISH, EventKind.SUSPEND, EventKind.PIECE_END}


def check_servers(log: Log) -> None:
    """Nobody does two things at once or works off shift, unless what is in hand runs over; days are what events say."""
    plan, events = log.plan, log.raw["events"]
    mine = events[events["server"] != NEVER]
    mine = mine[np.lexsort((np.arange(len(mine)), mine["server"]))]
    on_shift = np.array([plan["calendars"]["count"][c] == 0 for c in plan["servers"]["calendar"]], bool)
    in_hand: dict[int, tuple[int, tuple[int, int]]] = {}  # server → since when, and what: case and duty
    worked = np.zeros((len(plan["servers"]), days_of(plan)), "i8")
    for time, kind, server, case, level in mine[["time", "kind", "server", "case", "level"]].tolist():
        what = (case, level)
        if kind in _BEGIN:
            if server in in_hand:
                fail("nobody does two things at once", f"server {server} at second {time}")
            if not on_shift[server]:
                fail("nobody takes up work off shift", f"server {server} at second {time}")
            in_hand[server] = time, what
        elif kind in _END:
            begun, had = in_hand.pop(server, (NEVER, (NEVER, NEVER)))
            if had != what:
                fail("what ends is what was in hand", f"server {server} at second {time}")
            worked[server, begun // DAY] += time - begun
        elif kind in (EventKind.SHIFT_START, EventKind.SHIFT_END):
            on_shift[server] = kind == EventKind.SHIFT_START
    for server, (begun, _) in in_hand.items():
        worked[server, begun // DAY] += plan.rules["horizon"] - begun
    require(booked(log.raw["days"]) == worked.reshape(-1), "worker-days are what the events say", log.raw["days"])
    _check_bonds(events)


def _check_bonds(events: np.ndarray) -> None:
    """What was laid down goes on with the server that laid it down."""
    rows = events[
        np.isin(events["kind"], (EventKind.SUSPEND, EventKind.RESUME, EventKind.REBIND)) & (events["case"] != NEVER)
    ]
    bound: dict[int, int] = {}
    for time, kind, case, server in rows[["time", "kind", "case", "server"]].tolist():
        if kind == EventKind.SUSPEND:
            bound[case] = server
        elif bound.pop(case, NEVER) != server:
            fail("suspended work goes on with its server", f"case {case}, server {server} at second {time}")
