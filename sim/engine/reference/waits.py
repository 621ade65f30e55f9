"""Chapters 4 and 9: cases that wait outside all queues until they are let go, and limits that stand still meanwhile."""

from __future__ import annotations

from sim.engine.events import NEVER, EventKind, Phase
from sim.engine.reference import cases, marks
from sim.engine.reference.run import Run
from sim.engine.reference.state import Case


def enter(run: Run, case: Case) -> None:
    """A case comes to a waiting stage."""
    row = run.stages[case.stage]
    run.tell(Phase.ARRIVAL, EventKind.ENTER, case)
    if row.pauses:
        stand_still(run, case)
    expect_release(run, case, calendar=row.wait_calendar, seconds=row.wait)


def expect_release(run: Run, case: Case, *, calendar: int, seconds: int) -> None:
    """It waits outside for so long; for good, if the calendar has no time left."""
    due = run.clocks[calendar].add(run.now, max(1, seconds))
    if due != NEVER:
        run.at(due, (Phase.GATE, case.id), lambda _: release(run, case))


def release(run: Run, case: Case) -> None:
    """It is let go: back to the queue in which it was hung, or on to the stage behind this one."""
    run.tell(Phase.GATE, EventKind.RELEASE, case)
    if case.stands_since != NEVER:
        run_on(run, case)
    if case.hung:
        case.hung = False
        assert case.queue is not None
        cases.wait_anew(run, case, case.queue)
    else:
        cases.move(run, case, run.now, stage=cases.next_stage(run, case), target=case.target)


def stand_still(run: Run, case: Case) -> None:
    """Its limit stands still from now on, and the mark that was to come is void."""
    case.stands_since = run.now
    case.left = 0
    if case.limit != NEVER:
        case.left = run.clocks[run.limit_of(case).calendar].elapsed(run.now, case.limit)
    case.mark_due = NEVER


def run_on(run: Run, case: Case) -> None:
    """Its limit runs on with what was left of it, if it had not passed; its next mark is laid anew, whole."""
    case.paused += run.now - case.stands_since
    case.stands_since = NEVER
    if case.left > 0:
        case.limit = run.clocks[run.limit_of(case).calendar].add(run.now, case.left)
    if case.filed != NEVER:
        marks.lay(run, case)
