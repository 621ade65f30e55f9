"""Chapter 8: what is remembered of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.events import NEVER, EventKind, Phase
from sim.engine.log import RECORDS, record_type, sort_events
from sim.engine.plan import DAY, has_courses
from sim.engine.reference.state import Case

if TYPE_CHECKING:
    from sim.engine.reference.run import Run

_BLANK_DAY = dict.fromkeys(RECORDS["days"], 0)


class Recorder:
    """Worker-days as they fill, and events if somebody wants them."""

    def __init__(self, wants_events: bool) -> None:
        self.wants_events = wants_events
        self.days: dict[tuple[int, int], dict[str, int]] = {}
        self.events: list[tuple[int, ...]] = []

    def day(self, server: int, time: int) -> dict[str, int]:
        """The record of ``server`` on the day of ``time``."""
        key = server, time // DAY
        record = self.days.get(key)
        if record is None:
            record = self.days[key] = _BLANK_DAY.copy()
        return record

    def event(
        self, time: int, phase: Phase, kind: EventKind, case: int, issue: int, queue: int, server: int, level: int
    ) -> None:
        """One row of the event log."""
        self.events.append((time, phase, kind, case, issue, queue, server, level))

    def tell_server(self, time: int, phase: Phase, kind: EventKind, server: int, duty: int = NEVER) -> None:
        """Something that happened to a server and to no case, if events are asked for."""
        if self.wants_events:
            self.event(time, phase, kind, NEVER, NEVER, NEVER, server, duty)


def collect(run: Run) -> Mapping[str, np.ndarray]:
    """The raw arrays of a run that has reached its horizon."""
    issues = _issue_records(run)
    events = np.array(run.recorder.events, record_type("events"))
    if run.recorder.wants_events:
        events = np.concatenate([events, _unseen_events(run, issues)])
    courses = run.cases if has_courses(run.plan) else []
    return {
        "cases": np.array([_case_row(case) for case in run.cases], record_type("cases")),
        "issues": issues,
        "courses": np.array([_course_row(case) for case in courses], record_type("courses")),
        "days": _day_records(run),
        "events": sort_events(events),
    }


def _unseen_events(run: Run, issues: np.ndarray) -> np.ndarray:
    """Issues that arise, and issues that go away by themselves: nobody sees it, the log does."""
    table = run.plan["issues"]
    arisen = (table["valid"] == 1) & (table["onset"] >= 0) & (table["onset"] < run.horizon)
    by_itself = (issues["resolved"] >= 0) & (issues["resolved_level"] == NEVER)
    return np.concatenate(
        [
            _unseen(EventKind.ONSET, np.flatnonzero(arisen), table["onset"][arisen]),
            _unseen(EventKind.CLEAR, np.flatnonzero(by_itself), issues["resolved"][by_itself]),
        ]
    )


def _unseen(kind: EventKind, issues: np.ndarray, times: np.ndarray) -> np.ndarray:
    rows = np.full(len(issues), NEVER, record_type("events"))
    rows["time"], rows["phase"], rows["kind"], rows["issue"] = times, Phase.ARRIVAL, kind, issues
    return rows


_case_row: Callable[[Case], tuple[int, ...]] = attrgetter(
    *("issue.id" if f == "issue" else f for f in RECORDS["cases"])
)

_course_row: Callable[[Case], tuple[int, ...]] = attrgetter(*RECORDS["courses"])


def _issue_records(run: Run) -> np.ndarray:
    """All issues of the Plan; those nobody had to do with may have gone by themselves."""
    table = run.plan["issues"]
    records = np.zeros(len(table), record_type("issues"))
    gone = (table["valid"] == 1) & (table["clear"] != NEVER) & (table["clear"] < run.horizon)
    records["known"] = NEVER
    records["resolved"] = np.where(gone, table["clear"], NEVER)
    records["resolved_level"] = NEVER
    for issue in run.issues.values():
        if issue.cases:
            row = records[issue.id]
            row["known"], row["cases"] = issue.known, issue.cases
            if issue.resolved != NEVER:
                row["resolved"], row["resolved_level"] = issue.resolved, issue.resolved_level
    return records


def _day_records(run: Run) -> np.ndarray:
    days = -(-run.horizon // DAY)
    records = np.zeros(len(run.servers) * days, record_type("days"))
    for (server, day), values in run.recorder.days.items():
        records[server * days + day] = tuple(values.values())
    return records
