"""What happened to cases while they were under way: limits put off or standing still, hanging, supervision, declining."""

from __future__ import annotations

import numpy as np

from sim.engine.check_log.rules import fail, require
from sim.engine.events import NEVER, EventKind, Outcome, Role
from sim.engine.log import Log
from sim.engine.plan import has_courses

_COUNTED = {
    EventKind.SUPERVISE: "supervised",
    EventKind.POSTPONE: "postponed",
    EventKind.HANG: "hangs",
    EventKind.DECLINE: "declines",
}


def check_courses(log: Log) -> None:
    """A row a case where the Plan has anything of the kind, and nothing in it that the case contradicts."""
    cases, courses = log.raw["cases"], log.raw["courses"]
    if len(courses) != (len(cases) if has_courses(log.plan) else 0):
        fail("courses has a row a case if the Plan needs it, else none", f"{len(courses)} rows, {len(cases)} cases")
    _check_limits(log)
    if len(courses):
        _check_counts(cases, courses)
        _check_instants(log)


def _check_limits(log: Log) -> None:
    """A limit is put off by a postponement, by standing still, or because it starts anew; never brought forward."""
    cases, courses = log.raw["cases"], log.raw["courses"]
    moved = cases["limit"] != cases["limit_original"]
    cause = cases["reworks"] > 0
    if len(courses):
        cause |= (courses["postponed"] > 0) | (courses["paused"] > 0)
    require(~moved | (cases["limit_original"] != NEVER), "only a limit that there was changes", cases)
    require(~moved | cause, "a limit changes only by postponing, pausing or rework", cases)
    later = (cases["limit"] == NEVER) | (cases["limit"] >= cases["limit_original"])
    require(later, "no limit comes before the first one", cases)


def _check_counts(cases: np.ndarray, courses: np.ndarray) -> None:
    for name in ("paused", "supervised", "postponed", "hangs", "declines", "feigned"):
        require(courses[name] >= 0, f"{name} is not negative", courses)
    require(np.isin(courses["hung"], (0, 1)), "a case hangs or not", courses)
    hung = courses["hung"] == 1
    require(~hung | (courses["hangs"] > 0), "what hangs has been hung", courses)
    require(~hung | (cases["outcome"] == Outcome.OPEN), "what hangs has not ended", courses)
    filed = cases["filed"] != NEVER
    for name in ("supervised", "postponed", "hangs"):
        require(filed | (courses[name] == 0), f"only what has been filed is {_PARTICIPLES[name]}", courses)


_PARTICIPLES = {"supervised": "supervised", "postponed": "postponed", "hangs": "hung"}


def _check_instants(log: Log) -> None:
    cases, courses, horizon = log.raw["cases"], log.raw["courses"], log.plan.rules["horizon"]
    accepted = courses["accepted"]
    require((accepted == NEVER) | (accepted < horizon), "accepted lies before the horizon", courses)
    started = (accepted == NEVER) | ((cases["started"] != NEVER) & (cases["started"] <= accepted))
    require(started, "started does not come after accepted", courses)
    settled = (cases["finished"] == NEVER) | ((accepted != NEVER) & (accepted <= cases["finished"]))
    require(settled, "what has been settled had been accepted", courses)
    end = np.where(cases["closed"] == NEVER, horizon, cases["closed"])
    require(courses["paused"] <= end - cases["known"], "no limit stands still longer than the case is known", courses)


def check_courses_against_events(log: Log) -> None:
    """The counts are those of the events, and what had hung waits again where it was."""
    cases, courses, events = log.raw["cases"], log.raw["courses"], log.raw["events"]
    if not len(courses):
        rows = events[np.isin(events["kind"], [*_COUNTED, EventKind.RELEASE])]
        require(np.zeros(len(rows), bool), "nothing happens under way where the Plan has nothing of the kind", rows)
        return
    for kind, column in _COUNTED.items():
        counted = np.bincount(events["case"][events["kind"] == kind], minlength=len(cases))
        require(counted == courses[column], f"{column} counts {kind.name}", courses)
    settled = np.bincount(events["case"][events["kind"] == EventKind.SETTLE], minlength=len(cases))
    require(courses["feigned"] <= settled, "what is feigned is a settlement", courses)
    starts = set(events[["case", "time"]][events["kind"] == EventKind.START].tolist())
    for case in np.flatnonzero(courses["accepted"] != NEVER).tolist():
        if (case, int(courses["accepted"][case])) not in starts:
            fail("accepted is the time of a START", f"case {case}: {courses['accepted'][case]}")
    _check_waits(log)


def _check_waits(log: Log) -> None:
    """Who hangs comes back to its queue; limits stand still while a case hangs, and at stages that pause."""
    courses, stages = log.raw["courses"], log.plan["stages"]
    pauses = stages["pauses"][stages["role"] == Role.WAIT] != 0
    hanging, waited, hung = _seconds_outside(log)
    least = hanging + (waited if pauses.all() else 0)
    most = hanging + (waited if pauses.any() else 0)
    require((least <= courses["paused"]) & (courses["paused"] <= most), "paused is the time spent outside", courses)
    require(hung == (courses["hung"] == 1), "hung is said of what has not been released", courses)


def _seconds_outside(log: Log) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By case: seconds up to a release of hanging, and of waiting; and whether it still hangs."""
    hanging, waited = np.zeros((2, len(log.raw["cases"])), "i8")
    since: dict[int, tuple[int, int]] = {}  # case → since when, and in which queue it hangs; none: it waits
    left: dict[int, int] = {}  # case → the queue to which it must come back
    events = log.raw["events"]
    rows = events[np.isin(events["kind"], (EventKind.ENTER, EventKind.HANG, EventKind.RELEASE))]
    for time, kind, case, queue in rows[["time", "kind", "case", "queue"]].tolist():
        if kind == EventKind.RELEASE:
            begun, where = since.pop(case)
            (waited if where == NEVER else hanging)[case] += time - begun
            left[case] = where
        elif kind == EventKind.HANG or queue == NEVER:
            since[case] = time, queue
        elif left.pop(case, NEVER) not in (NEVER, queue):
            fail("what had hung waits again where it was", f"case {case}, queue {queue} at second {time}")
    hung = np.zeros(len(hanging), bool)
    hung[[case for case, (_, where) in since.items() if where != NEVER]] = True
    return hanging, waited, hung
