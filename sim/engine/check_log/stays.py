"""Stays of cases at joint stages: who came when, and left when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sim.engine.events import NEVER, EventKind, Role
from sim.engine.log import Log

_SERVICE = (EventKind.START, EventKind.SUSPEND, EventKind.FINISH)


@dataclass(frozen=True)
class Row:
    """One server starts, lays down or finishes its part of a joint service."""

    time: int
    kind: EventKind
    queue: int
    server: int


@dataclass
class Stay:
    """A case outside all queues, until its next ENTER: with services at a joint stage, without any perhaps at a wait."""

    case: int
    since: int
    released: bool = False  # a wait: it has been let go
    rows: list[Row] = field(default_factory=list)


def stays(log: Log) -> list[Stay]:
    """The stays of ``log`` at joint stages, and those that nobody has come to yet, by case and second."""
    if not (log.plan["stages"]["role"] == Role.JOINT).any():
        return []
    events = log.raw["events"]
    rows = events[np.isin(events["kind"], (*_SERVICE, EventKind.ENTER, EventKind.RELEASE))]
    return [stay for stay in _outside(rows[np.argsort(rows["case"], kind="stable")]) if not stay.released]


def _outside(rows: np.ndarray) -> Iterator[Stay]:
    """All stays outside queues; ``rows``: by case, then in the order of events."""
    stay = None
    for time, kind, case, queue, server in rows[["time", "kind", "case", "queue", "server"]].tolist():
        if kind == EventKind.ENTER:
            stay = Stay(case, time) if queue == NEVER else None
            if stay is not None:
                yield stay
        elif stay is not None and stay.case == case:
            if kind == EventKind.RELEASE:
                stay.released = True
            else:
                stay.rows.append(Row(time, EventKind(kind), queue, server))
