"""Chapter 9, marks: what happens to a case at set times after it was filed, until it is settled."""

from __future__ import annotations

from types import SimpleNamespace

from sim.engine.events import NEVER, Action, EventKind, Phase
from sim.engine.reference import looks, waits
from sim.engine.reference.run import Run
from sim.engine.reference.state import Case


def start_anew(run: Run, case: Case) -> None:
    """It is filed, or its limit starts anew: the first of its marks is the next."""
    case.mark = 0
    lay(run, case)


def stop(run: Run, case: Case) -> None:
    """It is settled, or has ended: no mark is left."""
    case.mark = run.limit_of(case).marks
    case.mark_due = NEVER


def lay(run: Run, case: Case) -> None:
    """The next mark comes due so long from now; what was laid before is void."""
    case.mark_due = NEVER
    row = run.limit_of(case)
    if case.mark < row.marks:
        mark = run.marks[row.first_mark + case.mark]
        case.mark_due = run.clocks[mark.calendar].add(run.now, max(1, mark.seconds))
    if case.mark_due != NEVER:
        run.at(case.mark_due, (Phase.TIMER, 3, case.id), lambda _: come_due(run, case))


def come_due(run: Run, case: Case) -> None:
    """A mark comes due, unless it is void by now; it may happen, and the next is laid."""
    if case.mark_due != run.now:
        return
    mark = run.marks[run.limit_of(case).first_mark + case.mark]
    case.mark += 1
    if _may_happen(case, Action(mark.action)) and looks.marked(run, case, look=mark.look):
        _HAPPEN[mark.action](run, case, mark)
    if case.hung:
        case.mark_due = NEVER
    else:
        lay(run, case)


def _may_happen(case: Case, action: Action) -> bool:
    """Is there what the mark would change: a limit, a place in a queue?"""
    if action == Action.POSTPONE:
        return case.limit != NEVER
    if action == Action.HANG:
        return case.item is not None and case.item.remaining == NEVER
    return True


def supervise(run: Run, case: Case, mark: SimpleNamespace) -> None:
    """Somebody above asks after it: it is raised to a class, and waits as one of that class from now on."""
    case.supervised += 1
    case.raised = min(case.raised, getattr(mark, "class"))
    _tell(run, case, EventKind.SUPERVISE)
    if case.queue is not None and case.item is not None:
        case.queue.raise_class(case.item, case.raised)
        run.touch(case.queue.component)


def postpone(run: Run, case: Case, mark: SimpleNamespace) -> None:
    """Its limit is put off, from the limit or, if that has passed, from now."""
    case.postponed += 1
    clock = run.clocks[run.limit_of(case).calendar]
    case.limit = clock.add(max(run.now, case.limit), max(1, mark.extension))
    _tell(run, case, EventKind.POSTPONE)


def hang(run: Run, case: Case, mark: SimpleNamespace) -> None:
    """It leaves its queue and waits outside, its limit standing still, until it comes back to the same queue."""
    assert case.queue is not None
    assert case.item is not None
    _tell(run, case, EventKind.HANG)
    case.queue.take(case.item)
    case.hangs += 1
    case.hung = True
    waits.stand_still(run, case)
    waits.expect_release(run, case, calendar=mark.calendar, seconds=mark.extension)


_HAPPEN = {Action.SUPERVISE: supervise, Action.POSTPONE: postpone, Action.HANG: hang}


def _tell(run: Run, case: Case, kind: EventKind) -> None:
    waits_in = case.queue.id if case.queue is not None and case.item is not None else NEVER
    run.tell(Phase.TIMER, kind, case, queue=waits_in)
