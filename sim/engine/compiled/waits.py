"""Chapters 4 and 9: cases that wait outside all queues, and limits that stand still."""

from __future__ import annotations

from sim.engine.compiled import marks
from sim.engine.compiled.agenda import RELEASE, add_move, later
from sim.engine.compiled.clocks import add, elapsed
from sim.engine.compiled.looks import limit_of
from sim.engine.compiled.memory import CASE, COURSE, ITEM, STAGE, UNDERWAY, UNHUNG, World, handler
from sim.engine.compiled.records import tell
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER, EventKind, Phase


@handler
def wait(w: World, job: int) -> None:
    """A case has come to a waiting stage."""
    stage = at(w.stages, at(w.items, job, ITEM).stage, STAGE)
    tell(w, Phase.ARRIVAL, EventKind.ENTER, job, NEVER, NEVER)
    if stage.pauses:
        pause(w, job)
    let_go_at(w, job, add(w, stage.wait_calendar, w.now, max(1, stage.wait)))


@handler
def let_go_at(w: World, job: int, due: int) -> None:
    """A case waits outside until ``due``; NEVER: for good. Nothing else can happen to it until then."""
    if due != NEVER:
        later(w, due, RELEASE, at(w.items, job, ITEM).case, job)


@handler
def release(w: World, case: int, job: int) -> None:
    """The wait is over: the case moves on, or back into its queue if it had been hung."""
    row, course = at(w.items, job, ITEM), at(w.courses, case, COURSE)
    tell(w, Phase.GATE, EventKind.RELEASE, job, NEVER, NEVER)
    _go_on(w, job)
    if course.hung:
        course.hung, row.again = 0, UNHUNG
    else:
        stage = at(w.stages, row.stage, STAGE)
        row.next_stage, row.next_target = stage.next if stage.next != NEVER else row.target, row.target
    add_move(w, case, job)


@handler
def pause(w: World, job: int) -> None:
    """The limit of a case stands still, and no mark comes due."""
    case, limit = at(w.underway, job, UNDERWAY), at(w.cases, at(w.items, job, ITEM).case, CASE).limit
    case.paused_since, case.limit_left = w.now, 0
    if limit != NEVER:
        case.limit_left = max(0, elapsed(w, limit_of(w, job).calendar, w.now, limit))
    case.mark_pending = case.mark_due != NEVER
    case.mark_due = NEVER


@handler
def _go_on(w: World, job: int) -> None:
    """The limit runs on if it had been stopped."""
    case, id = at(w.underway, job, UNDERWAY), at(w.items, job, ITEM).case
    if case.paused_since == NEVER:
        return
    at(w.courses, id, COURSE).paused += w.now - case.paused_since
    case.paused_since = NEVER
    if case.limit_left > 0:
        at(w.cases, id, CASE).limit = add(w, limit_of(w, job).calendar, w.now, case.limit_left)
    if case.mark_pending:
        marks.lay(w, job, case.mark)
