"""Chapter 2: the run, instant by instant and phase by phase."""

from __future__ import annotations

from sim.engine.compiled import cases, days, dispatch, issues, joint, marks, prepare, records, waits
from sim.engine.compiled.agenda import (
    CASE_BITS,
    ESCALATE,
    HAND_BACK,
    ID_BITS,
    ID_MASK,
    KIND_MASK,
    MARK_DUE,
    MOVE,
    OVERDUE,
    REPORT_AGAIN,
    ROW_BITS,
    ROW_MASK,
    SERVER_BITS,
    SERVER_MASK,
    WITHDRAW,
    add_move,
    drop_first,
    due,
    next_instant,
    sort,
)
from sim.engine.compiled.memory import (
    CHANGE,
    ISSUE,
    ITEM,
    LATER,
    LONG,
    RESULT,
    ROUND,
    STAFF,
    STANDING,
    WORK,
    WORLD,
    World,
    handler,
    inlined,
)
from sim.engine.compiled.rows import at, prefetch
from sim.engine.events import NEVER, Source

ISSUE_SIZE, RESULT_SIZE, STANDING_SIZE = ISSUE.itemsize, RESULT.itemsize, STANDING.itemsize
STAFF_SIZE, ROUND_SIZE, WORK_SIZE, ITEM_SIZE = STAFF.itemsize, ROUND.itemsize, WORK.itemsize, ITEM.itemsize
AHEAD = 6  # reports
CACHE_LINE = 64
JOB_MASK = (1 << CASE_BITS) - 1


def run(world: int) -> None:
    """Let everything happen that is due before the horizon; ``full`` if there was not room for it. ``world``: its address.

    It is the function that ``entry`` compiles: one more around it would have all that it is made of optimised once more.
    """
    w = at(world, 0, WORLD)
    prepare.prepare(w)
    while not w.full:
        time = next_instant(w)
        if time >= w.horizon:
            break
        w.now = time
        if w.wants_events:
            records.tell_unseen(w, time)
        completions(w)
        changes_of_calendars(w)
        timers(w)
        if w.wants_events:
            records.tell_unseen(w, time + 1)
        arrivals(w)
        settlements(w)
    w.now = w.horizon
    dispatch.close_books(w)
    ends_by_themselves(w)
    if w.wants_events:
        records.tell_unseen(w, w.horizon)
        records.put_in_order(w)


@inlined
def completions(w: World) -> None:
    """Services and pieces end, in the order of servers."""
    first = at(w.completions, 1, LONG)
    while first.value >> SERVER_BITS == w.now:
        dispatch.finish(w, first.value & SERVER_MASK)
    _fetch_server(w, first.value & SERVER_MASK)


@inlined
def _fetch_server(w: World, server: int) -> None:
    """Rows of the server that most likely finishes next are far away: ask for them now."""
    if server < w.servers_count:
        prefetch(w.staff, server, STAFF_SIZE)
        prefetch(w.rounds, server, ROUND_SIZE)


@inlined
def _fetch_job(w: World, server: int) -> None:
    """And then for those of what it has in hand."""
    if server < w.servers_count:
        job = at(w.staff, server, STAFF).work
        prefetch(w.works, job, WORK_SIZE)
        prefetch(w.items, job, ITEM_SIZE)


@inlined
def changes_of_calendars(w: World) -> None:
    """Shifts end, then shifts start, in the order of calendars."""
    change = at(w.changes, w.changes_next, CHANGE)
    while change.time == w.now:
        if change.starts:
            days.start_shifts(w, change.calendar)
        else:
            days.end_shifts(w, change.calendar)
        w.changes_next += 1
        change = at(w.changes, w.changes_next, CHANGE)


@inlined
def timers(w: World) -> None:
    """Patience and holds run out, suspended cases are handed back, marks and attend limits come due; then meetings let cases go."""
    if due(w, REPORT_AGAIN):
        _timers(w)


@handler
def _timers(w: World) -> None:
    while due(w, REPORT_AGAIN):
        first = at(w.agenda, 0, LATER)
        kind, id, payload = (first.key >> ID_BITS) & KIND_MASK, first.key & ID_MASK, first.payload
        drop_first(w)
        if kind == WITHDRAW:
            cases.withdraw(w, id, payload)
        elif kind == ESCALATE:
            cases.escalate(w, id, payload)
        elif kind == HAND_BACK:
            days.hand_back(w, id, payload)
        elif kind == MARK_DUE:
            marks.come_due(w, id, payload)
        elif kind == OVERDUE:
            joint.overdue(w, id, payload)
        else:
            waits.release(w, id, payload)


@inlined
def arrivals(w: World) -> None:
    """Notices and reports by issue, then moves by case."""
    _gather(w)
    sort(w.arrivals, w.arrivals_used)
    for k in range(w.arrivals_used):
        if w.full:
            return
        issues.arrive(w, at(w.arrivals, k, LONG).value)
    w.arrivals_used = 0
    sort(w.moves, w.moves_used)
    for k in range(w.moves_used):
        cases.move(w, at(w.moves, k, LONG).value & JOB_MASK)
    w.moves_used = 0


@inlined
def _gather(w: World) -> None:
    """Bring what arrives in this instant together, from the Plan's reports and from the agenda."""
    key = at(w.reports, w.reports_next, LONG).value
    while key >> ROW_BITS == w.now:
        issues.expect(w, _issue_of(w, key), Source.REPORT, 0)
        _fetch_ahead(w)
        w.reports_next += 1
        key = at(w.reports, w.reports_next, LONG).value
    while due(w, MOVE + 1):
        first = at(w.agenda, 0, LATER)
        if (first.key >> ID_BITS) & KIND_MASK == REPORT_AGAIN:
            issues.expect(w, first.payload, Source.REPORT, 0)
        else:
            add_move(w, first.key & ID_MASK, first.payload)
        drop_first(w)


@inlined
def _issue_of(w: World, key: int) -> int:
    """The issue of what is known beforehand: the rows of a second column follow those of a first."""
    k = key & ROW_MASK
    return k if k < w.issues_count else k - w.issues_count


@inlined
def _fetch_ahead(w: World) -> None:
    """Rows of an issue that is to be reported soon are far away: ask for them now."""
    if w.reports_next + AHEAD < w.reports_count:
        issue = _issue_of(w, at(w.reports, w.reports_next + AHEAD, LONG).value)
        prefetch(w.issues, issue, ISSUE_SIZE)
        prefetch(w.issues + CACHE_LINE, issue, ISSUE_SIZE)
        prefetch(w.route, issue, 4 * w.ways)
        prefetch(w.work, issue, 4 * w.contents)
        prefetch(w.results, issue, RESULT_SIZE)
        prefetch(w.standing, issue, STANDING_SIZE)


@inlined
def settlements(w: World) -> None:
    """The components in which something changed, in their order."""
    _fetch_job(w, at(w.completions, 1, LONG).value & SERVER_MASK)
    sort(w.dirty, w.dirty_used)
    for k in range(w.dirty_used):
        dispatch.settle(w, at(w.dirty, k, LONG).value)
    w.dirty_used = 0


@handler
def ends_by_themselves(w: World) -> None:
    """Issues that nobody settled and that went away by themselves before the horizon."""
    for k in range(w.issues_count):
        result, issue = at(w.results, k, RESULT), at(w.issues, k, ISSUE)
        if result.resolved == NEVER and issue.valid and issue.clear != NEVER and issue.clear < w.horizon:
            result.resolved = issue.clear
