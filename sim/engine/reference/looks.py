"""Chapter 9, looks: chances that depend on how the run stands when they are asked for."""

from __future__ import annotations

from bisect import bisect_right

from sim.engine.events import NEVER, Purpose, State
from sim.engine.plan import MILLION
from sim.engine.reference.chance import happens
from sim.engine.reference.organisation import Server
from sim.engine.reference.run import Run
from sim.engine.reference.state import Case, Issue


def declines(run: Run, case: Case, server: Server, *, look: int) -> bool:
    """At START: does a level that could settle ``case`` not take it on?"""
    if look == NEVER:
        return False
    issue, k = case.issue, case.issue.declines_asked
    issue.declines_asked += 1
    return happens(chance(run, look, case, server=server), issue.luck, Purpose.DECLINE, k)


def feigns(run: Run, case: Case, server: Server, *, look: int) -> bool:
    """At START: does a level that takes ``case`` on only pretend to settle it?"""
    if look == NEVER:
        return False
    issue, k = case.issue, case.issue.feigns_asked
    issue.feigns_asked += 1
    return happens(chance(run, look, case, server=server), issue.luck, Purpose.FEIGN, k)


def suppresses(run: Run, issue: Issue, server: Server) -> bool:
    """At NOTICE: does ``server`` keep to itself what it has noticed?"""
    look = server.row.suppress
    if look == NEVER:
        return False
    k = issue.suppressions_asked
    issue.suppressions_asked += 1
    queue = run.route[issue.id, run.stages[issue.notice_stage].way]
    waiting = 0 if queue == NEVER else len(run.queues[queue].waiting)
    row = run.looks[look]
    state = _state(run, State(row.state), row.calendar, server, waiting)
    return happens(_chance(run, look, state), issue.luck, Purpose.SUPPRESS, k)


def marked(run: Run, case: Case, *, look: int) -> bool:
    """Does a mark of ``case`` that has come due happen? Without a look it always does."""
    if look == NEVER:
        return True
    issue, k = case.issue, case.issue.marks_asked
    issue.marks_asked += 1
    return happens(chance(run, look, case), issue.luck, Purpose.MARKED, k)


def field_share(run: Run, case: Case) -> int:
    """At SETTLE: the chance that ``case`` is checked in the field."""
    category = run.categories[case.issue.category]
    return category.field_share if category.field_look == NEVER else chance(run, category.field_look, case)


def chance(run: Run, look: int, case: Case, *, server: Server | None = None) -> int:
    """The chance that a look gives ``case``."""
    row = run.looks[look]
    if row.state == State.LIMIT:
        return _chance(run, look, _limit_used(run, case))
    return _chance(run, look, _state(run, State(row.state), row.calendar, server, _others_waiting(case)))


def _chance(run: Run, look: int, state: int) -> int:
    """That of the last bucket with ``least`` <= state; of the first one if there is none."""
    row = run.looks[look]
    first, end = row.first_bucket, row.first_bucket + row.buckets
    return run.chance[bisect_right(run.least, state, first + 1, end) - 1]


def _state(run: Run, state: State, calendar: int, server: Server | None, waiting: int) -> int:
    """A state other than the time limit; ``waiting``: cases in the queue."""
    if state == State.QUEUE:
        return waiting
    if state == State.BACKLOG:
        assert server is not None
        return server.backlog
    if state == State.SINCE:
        return run.clocks[calendar].since_start(run.now)
    return 0


def _limit_used(run: Run, case: Case) -> int:
    """Millionths of its time limit that ``case`` has used up; 0 if it has none."""
    if case.limit == NEVER:
        return 0
    row = run.limit_of(case)
    left = run.clocks[row.calendar].elapsed(run.now, case.limit)
    return MILLION - left * MILLION // max(1, row.seconds)


def _others_waiting(case: Case) -> int:
    """How many wait in the queue besides ``case``; 0 if it waits in none."""
    return len(case.queue.waiting) - 1 if case.item is not None and case.queue is not None else 0
