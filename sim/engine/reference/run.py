"""One run: what there is, what time it is, and what is to be settled before the instant is over."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import simpy

from sim.engine.events import NEVER, EventKind, Phase, Source
from sim.engine.plan import SEVERITIES, Plan
from sim.engine.reference.agenda import Happening, Rank
from sim.engine.reference.organisation import Component, organisation
from sim.engine.reference.records import Recorder
from sim.engine.reference.state import Case, Issue

LONG_AGO = 1 << 62  # s: longer than any run


class Clock:
    """A calendar of a Plan: open intervals, or always open."""

    def __init__(self, starts: list[int], ends: list[int]) -> None:
        self.starts, self.ends = starts, ends
        self._open_before = [0]  # open seconds before each interval, and in all
        for start, end in zip(starts, ends, strict=True):
            self._open_before.append(self._open_before[-1] + end - start)

    def add(self, time: int, seconds: int) -> int:
        """The first instant at which ``seconds`` > 0 of open time have passed since ``time``; NEVER if there is none."""
        if not self.starts:
            return time + seconds
        k = bisect_right(self.ends, time)  # the first interval that ends after ``time``
        if k == len(self.ends):
            return NEVER
        target = self._open_until(time) + seconds
        k = bisect_left(self._open_before, target) - 1
        return NEVER if k == len(self.ends) else self.starts[k] + target - self._open_before[k]

    def elapsed(self, begin: int, end: int) -> int:
        """Open seconds from ``begin`` to ``end``; negative if ``end`` comes first."""
        return self._open_until(end) - self._open_until(begin) if self.starts else end - begin

    def since_start(self, time: int) -> int:
        """Seconds at ``time`` since an interval last started; LONG_AGO if none has."""
        k = bisect_right(self.starts, time)
        return time - self.starts[k - 1] if k else LONG_AGO

    def _open_until(self, time: int) -> int:
        k = bisect_right(self.ends, time)
        begun = max(0, time - self.starts[k]) if k < len(self.ends) else 0
        return self._open_before[k] + begun


class Run:
    """The state of one run."""

    def __init__(self, plan: Plan, recorder: Recorder) -> None:
        self.plan = plan
        self.recorder = recorder
        self.env = simpy.Environment()
        self.now = 0
        self.horizon = plan.rules["horizon"]
        self.clocks = _clocks(plan)
        self.queues, self.servers = organisation(plan)
        self.cases: list[Case] = []
        self.issues: dict[int, Issue] = {}  # those that somebody has had to do with
        self.visit_attempts: Counter[int] = Counter()  # place → visits so far
        self.arising: dict[int, list[Issue]] = {}  # place → issues still to arise there, the next one last
        self.watched: dict[int, list[Issue]] = {}  # place → issues that have arisen there
        self.dirty: dict[int, Component] = {}  # components to be settled in this instant
        self.stages = _rows(plan, "stages")
        self.hops = _rows(plan, "hops")
        self.limits = _rows(plan, "limits")
        self.marks = _rows(plan, "marks")
        self.looks = _rows(plan, "looks")
        self.least: list[int] = plan["buckets"]["least"].tolist()
        self.chance: list[int] = plan["buckets"]["chance"].tolist()
        self.categories = _rows(plan, "categories")
        self.parties = _parties(plan)
        self.hazards: dict[Source, list[int]] = {
            Source.VISIT: plan["categories"]["visit_hazard"].tolist(),
            Source.PATROL: plan["categories"]["patrol_hazard"].tolist(),
        }
        self.buildings = _rows(plan, "buildings")
        self.overtime: list[int] = plan["classes"]["overtime"].tolist()
        self.preempts: list[list[int]] = plan["preempts"].tolist()
        self.interrupts: list[bool] = [any(row) for row in self.preempts]
        self.homes: list[tuple[int, int]] = plan["homes"].tolist()
        self.legs: list[tuple[int, int, int]] = plan["legs"].tolist()
        self.stops: list[int] = plan["stops"]["building"].tolist()
        self.route, self.work = plan["route"], plan["work"]
        self.exponential: list[int] = plan["exponential"].tolist()
        self._by_place = np.lexsort((plan["issues"]["onset"], plan["issues"]["place"]))
        found = np.unique(plan["issues"]["place"][self._by_place], return_index=True, return_counts=True)
        places, firsts, counts = (column.tolist() for column in found)
        self._rows_of_place = {
            place: (first, first + n) for place, first, n in zip(places, firsts, counts, strict=True)
        }

    def at(self, time: int, rank: Rank, act: Callable[[Any], None]) -> Happening:
        """Let ``act`` happen at ``time``, in the place among others that ``rank`` gives it."""
        return Happening(self.env, time, rank, act)

    def until(self, horizon: int, *, settle: Callable[[], None], close: Callable[[], None]) -> None:
        """Let everything happen that is due before ``horizon``, then ``close``.

        Each instant ends with ``settle``, the dispatch phase, if anything that matters for it has changed.
        """
        env = self.env
        while True:
            time = env.peek()
            if time > self.now and self.dirty:
                settle()
            elif time < horizon:
                self.now = int(time)
                env.step()
            else:
                break
        self.now = horizon
        close()

    def touch(self, component: Component) -> None:
        """Something changed in ``component``: it is settled before the instant is over."""
        self.dirty[component.id] = component

    def limit_of(self, case: Case) -> SimpleNamespace:
        """The row of limits of the category and severity of ``case``."""
        return self.limits[case.issue.category * SEVERITIES + case.severity]

    def issue(self, id: int) -> Issue:
        """The issue of row ``id``."""
        found = self.issues.get(id)
        if found is None:
            found = self.issues[id] = Issue(id, self.plan["issues"][id].item())
        return found

    def issues_of(self, place: int) -> list[Issue]:
        """All issues of a place that ever arise, the next one last."""
        first, end = self._rows_of_place.get(place, (0, 0))
        return [self.issue(id) for id in self._by_place[first:end][::-1].tolist()]

    def tell(self, phase: Phase, kind: EventKind, case: Case, *, queue: int = NEVER, server: int = NEVER) -> None:
        """Remember something that happened to ``case``, if events are asked for."""
        if self.recorder.wants_events:
            level = self.stages[case.stage].level if case.stage != NEVER else NEVER
            self.recorder.event(self.now, phase, kind, case.id, case.issue.id, queue, server, level)


def _rows(plan: Plan, table: str) -> list[SimpleNamespace]:
    names = plan[table].dtype.names or ()
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in plan[table].tolist()]


def _parties(plan: Plan) -> list[list[SimpleNamespace]]:
    """The members of each party, the one that leads first."""
    members = _rows(plan, "party_members")
    return [members[first : first + count] for first, count in plan["parties"].tolist()]


def _clocks(plan: Plan) -> list[Clock]:
    starts, ends = plan["shifts"]["start"].tolist(), plan["shifts"]["end"].tolist()
    return [
        Clock(starts[first : first + count], ends[first : first + count]) for first, count in plan["calendars"].tolist()
    ]
