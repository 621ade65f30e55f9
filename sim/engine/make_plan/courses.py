"""Courses: the looks and marks of a policy, what levels decline and feign, and audits, as rows of the Plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.events import NEVER, Action, Role, State
from sim.engine.make_plan.classes import first_class
from sim.engine.make_plan.clocks import NATURAL, Clocks
from sim.engine.make_plan.fill import Ints, fill, firsts
from sim.engine.make_plan.stages import Stage, Stages
from sim.engine.plan import DAY, MILLION
from sim.model.demand_spec import LEVELS, SEVERITIES, DemandSpec
from sim.model.meetings import Meetings
from sim.model.policies import Day, Decline, Look, Mark, Policy
from sim.model.units import WorkingSpan

MarkRow = tuple[int, int, int, int, int, int]  # the fields of the table ``marks``


@dataclass(frozen=True)
class Courses:
    """What happens to cases under way, by ``policy``. ``looks``, ``marks``: what is in those tables, each once; ``by_limit``: first mark and number of marks, by row of ``limits``."""

    policy: Policy
    clocks: Clocks
    looks: tuple[Look, ...]
    marks: tuple[MarkRow, ...]
    by_limit: tuple[tuple[int, int], ...]

    @staticmethod
    def of(policy: Policy, demand: DemandSpec, stages: Stages, *, clocks: Clocks, day: Day, horizon: int) -> Courses:
        """The courses of cases under ``policy``: those of equal limits share their marks."""
        looks = tuple(dict.fromkeys(_looks(policy, demand, stages)))
        laid = [
            tuple(_laid(policy, policy.limits.settling(category.id, severity), looks, clocks, day, horizon))
            for category in demand.categories
            for severity in SEVERITIES
        ]
        first = dict.fromkeys(laid)
        starts = dict(zip(first, firsts(np.array([len(rows) for rows in first])).tolist(), strict=True))
        marks = tuple(row for rows in first for row in rows)
        return Courses(policy, clocks, looks, marks, tuple((starts[rows], len(rows)) for rows in laid))

    def row(self, look: Look | None) -> int:
        """The row of a look; -1 without one."""
        return _row(self.looks, look)

    def tables(self) -> dict[str, np.ndarray]:
        """The tables ``marks``, ``looks`` and ``buckets``."""
        counts = np.array([len(look.buckets) for look in self.looks], np.int64)
        looks = {
            "state": [State[look.state.upper()] for look in self.looks],
            "calendar": [_calendar(self.clocks, look.meetings) for look in self.looks],
            "first_bucket": firsts(counts),
            "buckets": counts,
        }
        buckets = _columns(("least", "chance"), [bucket for look in self.looks for bucket in look.buckets])
        marks = _columns(("calendar", "seconds", "action", "look", "class", "extension"), self.marks)
        return {
            "marks": fill("marks", len(self.marks), marks),
            "looks": fill("looks", len(self.looks), looks),
            "buckets": fill("buckets", int(counts.sum()), buckets),
        }

    def limits(self, table: np.ndarray) -> np.ndarray:
        """The table ``limits`` with its marks."""
        for name, column in _columns(("first_mark", "marks"), self.by_limit).items():
            table[name] = column
        return table

    def categories(self, table: np.ndarray, demand: DemandSpec) -> np.ndarray:
        """The table ``categories`` with its looks."""
        table["field_look"] = [self.row(self.policy.verification.field_look(one.id)) for one in demand.categories]
        return table

    def hops(self, table: np.ndarray, stages: Stages) -> np.ndarray:
        """The table ``hops`` with what each stage declines and feigns; none declines to pass up where there is no way up."""
        for stage, hops in zip(stages.rows, table.reshape(len(stages.rows), -1), strict=True):
            if decline := _decline(self.policy, stage):
                possible = decline.returned | (hops["up"] != NEVER)
                hops["decline"] = np.where(possible, self.row(decline.look), NEVER)
                hops["declined"] = decline.returned
            if feign := _feign(self.policy, stage):
                hops["feign"] = self.row(feign)
                hops["feign_work"] = self.policy.conduct.feign_work() + self.policy.verification.trace
        return table


def traced(work: Ints, policy: Policy) -> Ints:
    """The work of issues with what it takes to leave a trace of it."""
    trace = policy.verification.trace
    return work + np.array(trace, work.dtype) if trace else work


def meetings(policy: Policy) -> Iterator[Meetings]:
    """The meetings at which something happens to cases, or by which chances go (those of stops are with the stages)."""
    audit = policy.verification.audit()
    yield from (mark.meetings for mark in policy.marks if mark.meetings is not None)
    yield from () if audit is None else (audit.begin,)


def with_papers(others: Ints, policy: Policy, clocks: Clocks, *, workers: int, days: int) -> Ints:
    """Admin that comes in, in seconds, worker × day (or no rows), and on top of it what audits want on paper on days with a shift."""
    audit = policy.verification.audit()
    if audit is None or not audit.papers:
        return others
    begin, day = clocks.calendars[clocks.of_meetings(audit.begin)].ends, np.arange(days)
    begun = np.searchsorted(begin, (day + 1) * DAY) - 1
    on = (begun >= 0) & (begin[np.maximum(begun, 0)] + audit.lasts > day * DAY)
    on &= clocks.open_by_day(policy.staffing.shift, days=days) > 0
    papers = np.tile(np.where(on, audit.papers, 0).astype(np.int32), (workers, 1))
    return papers + others if len(others) else papers


def _looks(policy: Policy, demand: DemandSpec, stages: Stages) -> Iterator[Look]:
    """All that is asked for, with repetitions."""
    declines = [_decline(policy, stage) for stage in stages.rows]
    asked = [_look(mark) for mark in policy.marks]
    asked += [decline.look for decline in declines if decline is not None]
    asked += [_feign(policy, stage) for stage in stages.rows]
    asked += [policy.verification.field_look(category.id) for category in demand.categories]
    asked += [policy.conduct.suppresses()]
    return (look for look in asked if look is not None)


def _look(mark: Mark) -> Look | None:
    """What a mark depends on; None: it always happens."""
    return None if mark.chance == MILLION else Look("always", ((0, mark.chance),))


def _decline(policy: Policy, stage: Stage) -> Decline | None:
    """Which cases that it could settle a stage does not take on."""
    if stage.stop is not None:
        return None if stage.stop.declines is None else Decline(stage.stop.declines, returned=False)
    return policy.conduct.declines(LEVELS[stage.level]) if stage.role == Role.HANDLE else None


def _feign(policy: Policy, stage: Stage) -> Look | None:
    """With what chance a stage of a tier only pretends."""
    if stage.stop is not None or stage.role != Role.HANDLE:
        return None
    return policy.conduct.feigns(LEVELS[stage.level], policy)


def _laid(
    policy: Policy, span: WorkingSpan | None, looks: Sequence[Look], clocks: Clocks, day: Day, horizon: int
) -> Iterator[MarkRow]:
    """The marks of cases with a time limit, in order: those by shares of it, then those at meetings, to the end of the run."""
    limit, clock = 0 if span is None else span.seconds, clocks.of_span(span)
    by_share = sorted((mark for mark in policy.marks if mark.meetings is None), key=lambda mark: mark.at)
    before = 0
    for mark in by_share if span is not None else ():
        at = -(-mark.at * limit // MILLION)
        yield clock, at - before, *_effect(mark, looks, day, limit)
        before = at
    for mark in policy.marks:
        if mark.meetings is not None:
            calendar = clocks.of_meetings(mark.meetings)
            held = int(np.count_nonzero(clocks.calendars[calendar].ends < horizon))
            yield from [(calendar, 1, *_effect(mark, looks, day, limit))] * held


def _effect(mark: Mark, looks: Sequence[Look], day: Day, limit: int) -> tuple[int, int, int, int]:
    """The fields ``action``, ``look``, ``class`` and ``extension`` of a mark."""
    duty = "cases" if mark.raise_to == "first" else "urgent"
    extension = -(-mark.extension * limit // MILLION)
    return Action[mark.action.upper()], _row(looks, _look(mark)), first_class(day.order, duty), extension


def _row(looks: Sequence[Look], look: Look | None) -> int:
    return NEVER if look is None else looks.index(look)


def _calendar(clocks: Clocks, meetings: Meetings | None) -> int:
    return NATURAL if meetings is None else clocks.of_meetings(meetings)


def _columns(names: Sequence[str], rows: Sequence[tuple[int, ...]]) -> dict[str, object]:
    """Rows as columns by name."""
    return dict(zip(names, np.array(rows, np.int64).reshape(-1, len(names)).T, strict=True))
