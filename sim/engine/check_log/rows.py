"""Rows of the event log: in order, and the same as the table of cases says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sim.engine.check_log.rules import fail, require
from sim.engine.events import NEVER, EventKind, Outcome
from sim.engine.log import Log

ENDS = (EventKind.CLOSE, EventKind.REFUSE, EventKind.MERGE, EventKind.WITHDRAW)


def check_order(log: Log) -> None:
    events = log.raw["events"]
    keys = list(
        zip(
            *(events[name].tolist() for name in ("time", "phase", "kind", "case", "issue", "server", "queue")),
            strict=True,
        )
    )
    for before, after in pairwise(keys):
        if before > after:
            fail("events stand in the order of time, phase and ids", f"{before} before {after}")
    within = (events["time"] >= 0) & (events["time"] < log.plan.rules["horizon"])
    require(within, "events lie within the run", events)


def check_cases(log: Log) -> None:
    """The instants in the table are those of the events."""
    cases, events = log.raw["cases"], log.raw["events"]
    opened = events[np.isin(events["kind"], (EventKind.NOTICE, EventKind.REPORT))]
    if len(opened) != len(cases):
        fail("each case is opened once", f"{len(opened)} openings of {len(cases)} cases")
    _same(opened, cases["known"], "known")
    ended = events[np.isin(events["kind"], ENDS)]
    if len(ended) != int((cases["outcome"] != Outcome.OPEN).sum()):
        fail("each case that has ended ended once", f"{len(ended)} ends")
    _same(ended, cases["closed"], "closed")
    settled = events[events["kind"] == EventKind.SETTLE]
    last = np.full(len(cases), NEVER)
    last[settled["case"]] = settled["time"]  # rows are in order: the last settlement stays
    require(last == cases["finished"], "finished is the last settlement", cases)
    for kind, column in ((EventKind.RETURN, "returns"), (EventKind.REWORK, "reworks")):
        counted = np.bincount(events["case"][events["kind"] == kind], minlength=len(cases))
        require(counted == cases[column], f"{column} counts {kind.name}", cases)


def _same(rows: np.ndarray, column: np.ndarray, name: str) -> None:
    require(rows["time"] == column[rows["case"]], f"{name} is the time of its event", rows)
