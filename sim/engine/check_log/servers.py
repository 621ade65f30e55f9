"""Servers: each at one thing at a time, and only while there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from sim.engine.check_log.days import booked
from sim.engine.check_log.rules import fail, require
from sim.engine.check_log.stays import stays
from sim.engine.events import NEVER, EventKind, Phase
from sim.engine.log import Log, days_of
from sim.engine.plan import DAY

_BEGIN = {EventKind.START, EventKind.RESUME, EventKind.PIECE_START}
_END = {EventKind.FINISH, EventKind.SUSPEND, EventKind.PIECE_END}

What = tuple[int, int]  # case and level, or NEVER and duty
Row = tuple[int, int, int, int, What]  # server, time, phase, kind, what


def check_servers(log: Log) -> None:
    """Nobody does two things at once or works off shift, unless what is in hand runs over; days are what events say."""
    plan = log.plan
    on_shift = np.array([plan["calendars"]["count"][c] == 0 for c in plan["servers"]["calendar"]], bool)
    in_hand: dict[int, tuple[int, What]] = {}  # server → since when, and what
    worked = np.zeros((len(plan["servers"]), days_of(plan)), "i8")
    momentary = {(row.time, stay.case) for stay in stays(log) for row in stay.rows}
    for (server, time, phase), group in groupby(_by_server(log), key=lambda row: row[:3]):
        had = in_hand[server][1] if server in in_hand else None
        for *_, kind, what in _in_turn(list(group), had) if phase == Phase.DISPATCH else group:
            if kind in _BEGIN:
                if server in in_hand:
                    fail("nobody does two things at once", f"server {server} at second {time}")
                if not on_shift[server]:
                    fail("nobody takes up work off shift", f"server {server} at second {time}")
                in_hand[server] = time, what
            elif kind in _END:
                begun, had = in_hand.pop(server, (NEVER, None))
                if had != what:
                    fail("what ends is what was in hand", f"server {server} at second {time}")
                if begun == time and (time, what[0]) not in momentary:
                    fail("only a joint service is broken off at once", f"server {server} at second {time}")
                worked[server, begun // DAY] += time - begun
            else:
                on_shift[server] = kind == EventKind.SHIFT_START
    for server, (begun, _) in in_hand.items():
        worked[server, begun // DAY] += plan.rules["horizon"] - begun
    require(booked(log.raw["days"]) == worked.reshape(-1), "worker-days are what the events say", log.raw["days"])
    _check_bonds(log.raw["events"])


def _by_server(log: Log) -> Iterator[Row]:
    """What servers do and when they come and go, one server after the other."""
    events = log.raw["events"]
    kinds = (*_BEGIN, *_END, EventKind.SHIFT_START, EventKind.SHIFT_END)
    mine = events[(events["server"] != NEVER) & np.isin(events["kind"], kinds)]
    mine = mine[np.argsort(mine["server"], kind="stable")]
    for *row, case, level in mine[["server", "time", "phase", "kind", "case", "level"]].tolist():
        yield *row, (case, level)


def _in_turn(rows: Sequence[Row], had: What | None) -> list[Row]:
    """Rows of one dispatch in the order in which they happened: what was in hand is laid down; then what is taken up and
    laid down at once; then what is taken up."""
    ends = sorted((row for row in rows if row[3] in _END), key=lambda row: row[4] != had)
    begins, order = [row for row in rows if row[3] in _BEGIN], []
    for end in ends:
        begun = next((row for row in begins if row[4] == end[4]), None) if end[4] != had else None
        if begun is not None:
            begins.remove(begun)
            order.append(begun)
        else:
            had = None
        order.append(end)
    return order + begins


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
