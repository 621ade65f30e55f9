"""Chapter 9: what happens to a case at set times after it was filed."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import cases, waits
from sim.engine.compiled.agenda import MARK_DUE, later
from sim.engine.compiled.chance import happens
from sim.engine.compiled.clocks import add
from sim.engine.compiled.looks import NOBODY, chance_of, limit_of
from sim.engine.compiled.memory import ASKED, CASE, COURSE, ISSUE, ITEM, LINE, MARK, UNDERWAY, World, handler
from sim.engine.compiled.queues import put, take
from sim.engine.compiled.records import tell
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER, Action, EventKind, Phase, Purpose


@handler
def lay(w: World, job: int, k: int) -> None:
    """The k-th mark of a case is to come, if there is one."""
    case, limit = at(w.underway, job, UNDERWAY), limit_of(w, job)
    case.mark, case.mark_due, case.mark_pending = k, NEVER, 0
    if k < limit.marks:
        mark = at(w.marks, limit.first_mark + k, MARK)
        due = add(w, mark.calendar, w.now, max(1, mark.seconds))
        if due != NEVER and due < w.horizon:
            case.mark_due = due
            later(w, due, MARK_DUE, at(w.items, job, ITEM).case, job)


@handler
def come_due(w: World, id: int, job: int) -> None:
    """A mark of a case comes due."""
    case = at(w.underway, job, UNDERWAY)
    if at(w.items, job, ITEM).case != id or case.mark_due != w.now:
        return
    case.mark_due = NEVER
    k, mark = np.int64(case.mark), at(w.marks, limit_of(w, job).first_mark + case.mark, MARK)
    if _applies(w, job, mark.action) and _happens(w, job, mark.look):
        if mark.action == Action.HANG:
            _hang(w, job, mark)
            case.mark, case.mark_pending = k + 1, 1
            return
        if mark.action == Action.SUPERVISE:
            _supervise(w, job, mark["class"])
        else:
            _postpone(w, job, mark.extension)
    lay(w, job, k + 1)


@handler
def _applies(w: World, job: int, action: int) -> bool:
    """Is there a limit to put off, is the case where it can be hung?"""
    row = at(w.items, job, ITEM)
    if action == Action.POSTPONE:
        return at(w.cases, row.case, CASE).limit != NEVER
    if action == Action.HANG:
        return row.waiting and row.remaining == NEVER
    return True


@handler
def _happens(w: World, job: int, look: int) -> bool:
    if look == NEVER:
        return True
    row = at(w.items, job, ITEM)
    asked, luck = at(w.asked, row.issue, ASKED), at(w.issues, row.issue, ISSUE).luck
    others = np.int64(at(w.lines, row.queue, LINE).waiting) - 1 if row.waiting else np.int64(0)
    asked.marks += 1
    return happens(chance_of(w, look, job, others, NOBODY), luck, Purpose.MARKED, asked.marks - 1)


@handler
def _supervise(w: World, job: int, klass: int) -> None:
    """Somebody above asks after a case: it is served as of a lower class."""
    row, case = at(w.items, job, ITEM), at(w.underway, job, UNDERWAY)
    at(w.courses, row.case, COURSE).supervised += 1
    case.raised = min(case.raised, klass)
    tell(w, Phase.TIMER, EventKind.SUPERVISE, job, row.queue if row.waiting else NEVER, NEVER)
    if row.waiting:
        if case.raised < row.klass:
            take(w, job)
            row.klass = case.raised
            put(w, job, row.queue)
        cases.touch(w, at(w.lines, row.queue, LINE).component)


@handler
def _postpone(w: World, job: int, extension: int) -> None:
    """The limit of a case is put off."""
    row = at(w.items, job, ITEM)
    record = at(w.cases, row.case, CASE)
    at(w.courses, row.case, COURSE).postponed += 1
    tell(w, Phase.TIMER, EventKind.POSTPONE, job, row.queue if row.waiting else NEVER, NEVER)
    record.limit = add(w, limit_of(w, job).calendar, max(w.now, record.limit), max(1, extension))


@handler
def _hang(w: World, job: int, mark: World) -> None:
    """A case that waits is hung: it leaves its queue, and its limit stands still."""
    row = at(w.items, job, ITEM)
    course = at(w.courses, row.case, COURSE)
    course.hangs += 1
    course.hung = 1
    tell(w, Phase.TIMER, EventKind.HANG, job, row.queue, NEVER)
    take(w, job)
    waits.pause(w, job)
    waits.let_go_at(w, job, add(w, mark.calendar, w.now, max(1, mark.extension)))
