"""Chapters 4 and 7: a case goes from stage to stage until it is closed, on paper at least."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import issues, joint, marks, parties, waits
from sim.engine.compiled.agenda import ESCALATE, MOVE, WITHDRAW, add_move, later
from sim.engine.compiled.chance import happens, mix, scaled
from sim.engine.compiled.clocks import add
from sim.engine.compiled.looks import NOBODY, chance_of
from sim.engine.compiled.memory import (
    CASE,
    CATEGORY,
    COURSE,
    HOP,
    ISSUE,
    ITEM,
    LIMIT,
    LINE,
    LONG,
    NOT_AGAIN,
    PART,
    RESULT,
    REWORKED,
    SERVER,
    STAGE,
    STANDING,
    UNDERWAY,
    UNHUNG,
    WORD,
    WORK,
    World,
    handler,
    inlined,
)
from sim.engine.compiled.queues import put, take
from sim.engine.compiled.records import tell
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER, Duty, EventKind, Outcome, Phase, Purpose, Role, Source
from sim.engine.plan import MILLION

_54 = np.uint64(54)
NOT_RAISED = 127  # after every class


@inlined
def open_case(w: World, issue: int, source: int, channel: int, finder: int) -> int:
    """The next case, of ``issue``; a duplicate stays beside the case that is open already. Returns its job."""
    case, result = _new_case(w), at(w.results, issue, RESULT)
    record = at(w.cases, case, CASE)
    record.issue, record.source, record.channel, record.finder = issue, source, channel, finder
    record.known, record.severity = w.now, severity(w, issue)
    result.cases += 1
    if result.known == NEVER:
        result.known = w.now
    job = _new_job(w)
    row = at(w.items, job, ITEM)
    its = at(w.issues, issue, ISSUE)
    row.case, row.issue, row.category, row.duplicate = case, issue, its.category, source == Source.DUPLICATE
    row.acceptable = its.valid and not row.duplicate
    row.served = row.waiting = row.again = 0
    at(w.works, job, WORK).duty = Duty.CASE
    row.stage = row.target = row.settled_stage = NEVER
    if source != Source.DUPLICATE:
        at(w.standing, issue, STANDING).open = 1
        issues.overlook(w, issue)
    if w.has_courses:
        _new_course(w, job)
    if its.patience != NEVER:
        later(w, w.now + max(1, its.patience), WITHDRAW, case, job)
    return job


@inlined
def _new_case(w: World) -> int:
    case = w.cases_used
    if case == w.cases_room - 1:
        w.full = 1
    else:
        w.cases_used = case + 1
    record = at(w.cases, case, CASE)
    record.filed = record.dispatched = record.started = record.finished = record.closed = NEVER
    record.limit = record.limit_original = NEVER
    record.level, record.stage, record.outcome = NEVER, NEVER, Outcome.OPEN
    record.hops = record.returns = record.reworks = 0
    return case


@handler
def _new_course(w: World, job: int) -> None:
    """What else there is to a case that begins."""
    course, case = at(w.courses, at(w.items, job, ITEM).case, COURSE), at(w.underway, job, UNDERWAY)
    course.accepted, course.paused = NEVER, 0
    course.called = course.signed = course.contacted = course.attended = NEVER
    course.parts = course.no_shows = 0
    course.supervised = course.postponed = course.hangs = course.hung = course.declines = course.feigned = 0
    case.paused_since = case.mark_due = NEVER
    case.mark_pending = case.declined = case.feigned = case.whistled = case.listed = 0
    case.raised = NOT_RAISED


@handler
def found_by(w: World, job: int, server: int) -> None:
    """What somebody finds may be served as of a lower class."""
    klass = at(w.servers, server, SERVER).find_class
    if klass != NEVER:
        at(w.underway, job, UNDERWAY).raised = klass


@inlined
def _new_job(w: World) -> int:
    job = w.free_job
    if job == NEVER:
        job = w.jobs_used
        w.jobs_used = job + 1  # never more of them than cases and pieces
    else:
        w.free_job = at(w.items, job, ITEM).next
    return job


@inlined
def severity(w: World, issue: int) -> int:
    """The severity of an issue now."""
    row = at(w.issues, issue, ISSUE)
    return row.worse_severity if issues.worsened(w, issue) else row.severity


@inlined
def enter(w: World, job: int, stage: int, target: int) -> None:
    """A case comes to a stage; with some chance to a wrong owner there."""
    row = at(w.items, job, ITEM)
    row.stage, row.target, row.wrong_owner = stage, target, 0
    queue = route(w, row.issue, at(w.stages, stage, STAGE).way)
    if queue == NEVER:
        queue = _skip(w, job)
    if w.has_parties:
        queue = parties.way(w, job, queue)
    place, record = at(w.stages, row.stage, STAGE), at(w.cases, row.case, CASE)
    record.stage = row.stage
    if place.role == Role.WAIT:
        waits.wait(w, job)
        return
    if place.role == Role.HANDLE or place.role == Role.JOINT:
        _file(w, job)
        if record.dispatched == NEVER:
            record.dispatched = w.now
        if place.role == Role.JOINT:
            joint.enter(w, job)
            return
        if place.misroute and at(w.lines, queue, LINE).peers > 1:
            queue = _misroute(w, job, queue, place.misroute)
    _wait(w, job, queue)


@handler
def _skip(w: World, job: int) -> int:
    """Go up past handling stages at which the issue has no queue; returns the queue at the stage come to."""
    row, queue = at(w.items, job, ITEM), NEVER
    while queue == NEVER and at(w.stages, row.stage, STAGE).role == Role.HANDLE:
        up = at(w.hops, hop_of(w, job), HOP).up
        if up == NEVER:
            break
        row.stage = row.target = up
        queue = route(w, row.issue, at(w.stages, up, STAGE).way)
    return queue


@inlined
def route(w: World, issue: int, way: int) -> int:
    """The queue of an issue on a way; NEVER: it has none there."""
    return np.int64(at(w.route, issue * w.ways + way, WORD).value)


@handler
def _misroute(w: World, job: int, queue: int, chance: int) -> int:
    row = at(w.items, job, ITEM)
    luck, standing = at(w.issues, row.issue, ISSUE).luck, at(w.standing, row.issue, STANDING)
    k = standing.misroutes
    standing.misroutes = k + 1
    if not happens(chance, luck, Purpose.MISROUTE, k):
        return queue
    row.wrong_owner = 1
    line = at(w.lines, queue, LINE)
    step = 1 + np.int64(mix(luck, Purpose.WRONG_OWNER, k) % np.uint64(line.peers - 1))
    return line.first_peer + (queue - line.first_peer + step) % line.peers


@inlined
def _wait(w: World, job: int, queue: int) -> None:
    """The case waits in ``queue``, ordered by class, key, case, and may be held there only so long."""
    row, line, now = at(w.items, job, ITEM), at(w.lines, queue, LINE), w.now
    issue, limit = at(w.issues, row.issue, ISSUE), at(w.cases, row.case, CASE).limit
    worse = issues.worsened(w, row.issue)
    base = issue.worse_base if worse else issue.base
    row.klass = class_now(w, job, worse)
    row.key = base + line.slope * now + line.due_slope * (w.horizon if limit == NEVER else limit)
    if line.ease_slope != 0 and at(w.stages, row.stage, STAGE).role == Role.HANDLE:
        row.key += line.ease_slope * whole_work(w, job)
    row.since, row.remaining, row.hold_due = now, NEVER, NEVER
    put(w, job, queue)
    tell(w, Phase.ARRIVAL, EventKind.ENTER, job, queue, NEVER)
    touch(w, line.component)
    if not row.wrong_owner and at(w.stages, row.stage, STAGE).role == Role.HANDLE:
        _hold(w, job)


@inlined
def class_now(w: World, job: int, worse: bool) -> int:
    """The class of a case that begins to wait, its issue worsened or not."""
    issue = at(w.issues, at(w.items, job, ITEM).issue, ISSUE)
    klass = issue["worse_class"] if worse else issue["class"]
    if w.has_courses:
        klass = min(klass, at(w.underway, job, UNDERWAY).raised)
    return klass


@inlined
def touch(w: World, component: int) -> None:
    """Something changed in a component: it is settled before the instant is over."""
    part = at(w.parts, component, PART)
    if not part.dirty:
        part.dirty = 1
        at(w.dirty, w.dirty_used, LONG).value = component
        w.dirty_used += 1


@inlined
def _hold(w: World, job: int) -> None:
    row, hop = at(w.items, job, ITEM), at(w.hops, hop_of(w, job), HOP)
    if hop.hold == NEVER or hop.up == NEVER:
        return
    due = add(w, hop.hold_calendar, w.now, max(1, hop.hold))
    if due != NEVER and due < w.horizon:
        row.hold_due = due
        later(w, due, ESCALATE, row.case, job)


@inlined
def hop_of(w: World, job: int) -> int:
    """The row of ``hops`` that says what the stage of a case can do with its category."""
    row = at(w.items, job, ITEM)
    return row.stage * w.categories_count + row.category


@handler
def escalate(w: World, case: int, job: int) -> None:
    """A case that has waited at a level for all the time allowed moves up."""
    row = at(w.items, job, ITEM)
    if row.case == case and row.waiting and row.remaining == NEVER and row.hold_due == w.now:
        _leave(w, job, EventKind.ESCALATE)
        _pass_up(w, job)


@handler
def withdraw(w: World, case: int, job: int) -> None:
    """Whoever reported it has lost patience before anybody had begun."""
    row = at(w.items, job, ITEM)
    if row.case == case and row.waiting and not row.served:
        _leave(w, job, EventKind.WITHDRAW)
        _end(w, job, Outcome.WITHDRAWN)


@inlined
def _pass_up(w: World, job: int) -> None:
    up = at(w.hops, hop_of(w, job), HOP).up
    _hop(w, job, up, up)


@inlined
def _leave(w: World, job: int, kind: int) -> None:
    take(w, job)
    tell(w, Phase.TIMER, kind, job, at(w.items, job, ITEM).queue, NEVER)


@inlined
def _hop(w: World, job: int, stage: int, target: int) -> None:
    """One hop on, in this second."""
    at(w.cases, at(w.items, job, ITEM).case, CASE).hops += 1
    _move(w, job, w.now, stage, target)


@inlined
def _move(w: World, job: int, time: int, stage: int, target: int) -> None:
    """Moves come after the notices and reports of their second, by case."""
    row = at(w.items, job, ITEM)
    row.next_stage, row.next_target = stage, target
    if time == w.now:
        add_move(w, row.case, job)
    else:
        later(w, time, MOVE, row.case, job)


@inlined
def move(w: World, job: int) -> None:
    """A case arrives where it was moving to: at a stage; reworked, in the queue that settled it last; unhung, in the one where it hung."""
    row = at(w.items, job, ITEM)
    if row.again == UNHUNG:
        row.again = NOT_AGAIN
        _wait(w, job, row.queue)
    elif row.again == REWORKED:
        row.again, row.wrong_owner = NOT_AGAIN, 0
        row.stage = row.target = row.next_stage
        at(w.cases, row.case, CASE).stage = row.stage
        queue = route(w, row.issue, at(w.stages, row.stage, STAGE).way)
        if w.has_parties:
            if at(w.stages, row.stage, STAGE).role == Role.JOINT:
                joint.enter(w, job)
                return
            queue = parties.queue_of(w, job, queue)
        _wait(w, job, queue)
    else:
        enter(w, job, row.next_stage, row.next_target)


@inlined
def work_content(w: World, job: int, able: bool) -> int:
    """How much work the stage of a case has with it, in seconds of somebody of full skill who knows the ground."""
    row = at(w.items, job, ITEM)
    stage = at(w.stages, row.stage, STAGE)
    if stage.role != Role.HANDLE:
        return stage.work
    if row.wrong_owner:
        return stage.return_work
    triage = at(w.hops, hop_of(w, job), HOP).triage
    if triage != NEVER and not (able and row.acceptable):
        return triage
    return whole_work(w, job)


@inlined
def whole_work(w: World, job: int) -> int:
    """The work content of a case at its handling stage."""
    row = at(w.items, job, ITEM)
    content = np.int64(at(w.work, row.issue * w.contents + at(w.stages, row.stage, STAGE).content, WORD).value)
    return parties.share_of(w, job, content) if w.has_parties else content


@handler
def work_taken_on(w: World, job: int, content: int) -> int:
    """The work of a case that its level declines, only pretends to settle, or takes on as it is."""
    case, hop = at(w.underway, job, UNDERWAY), at(w.hops, hop_of(w, job), HOP)
    if case.declined and hop.triage != NEVER:
        return hop.triage
    return hop.feign_work if case.feigned else content


@handler
def accept(w: World, job: int) -> None:
    """A level takes a case on: it is not a wrong owner, and does not decline."""
    row = at(w.items, job, ITEM)
    course = at(w.courses, row.case, COURSE)
    role = at(w.stages, row.stage, STAGE).role
    handles = (role == Role.HANDLE or role == Role.JOINT) and not row.wrong_owner
    if course.accepted == NEVER and handles and not at(w.underway, job, UNDERWAY).declined:
        course.accepted = w.now


@inlined
def is_able(w: World, job: int) -> bool:
    """Can this stage settle it now?"""
    row = at(w.items, job, ITEM)
    role = at(w.stages, row.stage, STAGE).role
    if row.wrong_owner or not (role == Role.HANDLE or role == Role.JOINT):
        return False
    hop = at(w.hops, hop_of(w, job), HOP)
    if hop.up == NEVER:
        return True
    issue = at(w.issues, row.issue, ISSUE)
    difficulty = issue.worse_difficulty if issues.worsened(w, row.issue) else issue.difficulty
    return difficulty <= hop.capability


@inlined
def finish(w: World, job: int) -> None:
    """A service has come to its end: what becomes of the case."""
    row = at(w.items, job, ITEM)
    stage = at(w.stages, row.stage, STAGE)
    if not row.acceptable:
        _turn_away(w, job)
    elif stage.role == Role.DESK:
        _file(w, job)
        if w.has_parties and stage.stamp:
            parties.stamp(w, job, stage.stamp)
        _hop(w, job, stage.next if stage.next != NEVER else row.target, row.target)
    elif row.wrong_owner:
        _return(w, job)
    elif stage.role != Role.HANDLE and stage.role != Role.JOINT:
        _checked(w, job)
    elif not at(w.works, job, WORK).able:
        _pass_up(w, job)
    elif w.has_courses and at(w.underway, job, UNDERWAY).declined:
        _declined(w, job)
    elif w.has_parties and parties.refers(w, job):
        _hop(w, job, row.stage, row.target)
    else:
        _settle(w, job)


@handler
def _declined(w: World, job: int) -> None:
    """A level that could have settled it has not taken it on: back to the desk, or up."""
    tell(w, Phase.COMPLETION, EventKind.DECLINE, job, NEVER, NEVER)
    at(w.courses, at(w.items, job, ITEM).case, COURSE).declines += 1
    if at(w.hops, hop_of(w, job), HOP).declined:
        _return(w, job)
    else:
        _pass_up(w, job)


@handler
def _turn_away(w: World, job: int) -> None:
    """Nothing was there, or another case is open on it."""
    valid = at(w.issues, at(w.items, job, ITEM).issue, ISSUE).valid
    tell(w, Phase.COMPLETION, EventKind.MERGE if valid else EventKind.REFUSE, job, NEVER, NEVER)
    _end(w, job, Outcome.MERGED if valid else Outcome.REFUSED)


@inlined
def _file(w: World, job: int) -> None:
    row = at(w.items, job, ITEM)
    record = at(w.cases, row.case, CASE)
    if record.filed == NEVER and row.acceptable:
        record.filed, record.severity = w.now, severity(w, row.issue)
        _set_limit(w, job)
        record.limit_original = record.limit


@inlined
def _set_limit(w: World, job: int) -> None:
    row = at(w.items, job, ITEM)
    record = at(w.cases, row.case, CASE)
    limit = at(w.limits, row.category * 4 + record.severity, LIMIT)
    if limit.seconds != NEVER:
        record.limit = add(w, limit.calendar, w.now, max(1, limit.seconds))
    if w.has_courses:
        marks.lay(w, job, 0)


@handler
def _return(w: World, job: int) -> None:
    """The wrong owner sends it back to the desk, which dispatches it anew."""
    row = at(w.items, job, ITEM)
    record, stage = at(w.cases, row.case, CASE), at(w.stages, row.stage, STAGE)
    tell(w, Phase.COMPLETION, EventKind.RETURN, job, NEVER, NEVER)
    record.returns += 1
    record.hops += 1
    due = add(w, stage.return_calendar, w.now, max(1, stage.return_delay))
    if due != NEVER:
        _move(w, job, due, row.stage if stage.back == NEVER else stage.back, row.stage)


@inlined
def _settle(w: World, job: int) -> None:
    """The level says that it has settled the case; the issue may know better."""
    row = at(w.items, job, ITEM)
    issue, standing = at(w.issues, row.issue, ISSUE), at(w.standing, row.issue, STANDING)
    category, record = at(w.categories, row.category, CATEGORY), at(w.cases, row.case, CASE)
    k, level = standing.disposals, at(w.stages, row.stage, STAGE).level
    standing.disposals = k + 1
    failure, field_share = np.int64(category.failure), np.int64(category.field_share)
    if w.has_courses:
        failure, field_share = _on_paper(w, job, failure), _field_share(w, job, field_share)
    _resolve(w, row.issue, level, failure, k)
    record.finished, record.level, row.settled_stage = w.now, level, row.stage
    tell(w, Phase.COMPLETION, EventKind.SETTLE, job, NEVER, NEVER)
    in_field = happens(field_share, issue.luck, Purpose.CHECK_MODE, k)
    check = category.field_stage if in_field else category.paper_stage
    if check == NEVER:
        _close(w, job)
    else:
        _move(w, job, w.now, check, check)


@handler
def _on_paper(w: World, job: int, failure: int) -> int:
    """The chance that a disposal does not resolve the issue: certain if it is feigned. No mark comes due any more."""
    case = at(w.underway, job, UNDERWAY)
    case.mark_due = NEVER
    if not case.feigned:
        return failure
    at(w.courses, at(w.items, job, ITEM).case, COURSE).feigned += 1
    return np.int64(MILLION)


@handler
def _field_share(w: World, job: int, share: int) -> int:
    look = at(w.categories, at(w.items, job, ITEM).category, CATEGORY).field_look
    return share if look == NEVER else chance_of(w, look, job, 0, NOBODY)


@inlined
def _resolve(w: World, issue: int, level: int, failure: int, k: int) -> None:
    """The k-th disposal truly resolves the issue, unless it fails or the issue has gone by itself before."""
    row, result = at(w.issues, issue, ISSUE), at(w.results, issue, RESULT)
    if not issues.gone(w, issue):
        if happens(failure, row.luck, Purpose.FAIL, k):
            return
        result.resolved, result.resolved_level = w.now, level
    elif result.resolved == NEVER:
        result.resolved = row.clear
    issues.forget(w, issue)


@handler
def _checked(w: World, job: int) -> None:
    """A check has looked whether the issue is settled."""
    row = at(w.items, job, ITEM)
    if not _detected(w, job):
        _close(w, job)
        return
    tell(w, Phase.COMPLETION, EventKind.REWORK, job, NEVER, NEVER)
    at(w.cases, row.case, CASE).reworks += 1
    _set_limit(w, job)
    row.again = REWORKED
    _move(w, job, w.now, row.settled_stage, row.settled_stage)


@handler
def _detected(w: World, job: int) -> bool:
    row = at(w.items, job, ITEM)
    issue, disposals = at(w.issues, row.issue, ISSUE), at(w.standing, row.issue, STANDING).disposals
    category = at(w.categories, row.category, CATEGORY)
    in_field = at(w.stages, row.stage, STAGE).role == Role.FIELD_CHECK
    chance = category.field_detect if in_field else category.paper_detect
    return not issues.gone(w, row.issue) and happens(chance, issue.luck, Purpose.DETECT, disposals - 1)


@inlined
def _close(w: World, job: int) -> None:
    """Archived. If the issue is still there, somebody may report it again."""
    id = at(w.items, job, ITEM).issue
    issue, standing = at(w.issues, id, ISSUE), at(w.standing, id, STANDING)
    tell(w, Phase.COMPLETION, EventKind.CLOSE, job, NEVER, NEVER)
    _end(w, job, Outcome.CLOSED)
    k = standing.closures
    standing.closures = k + 1
    category = at(w.categories, issue.category, CATEGORY)
    if not issues.gone(w, id) and happens(category.recomplain, issue.luck, Purpose.RECOMPLAIN, k):
        quantile = at(w.exponential, np.int64(mix(issue.luck, Purpose.RECOMPLAIN_DELAY, k) >> _54), LONG).value
        issues.report_later(w, id, max(1, scaled(category.recomplain_delay, quantile)))


@inlined
def _end(w: World, job: int, outcome: int) -> None:
    row = at(w.items, job, ITEM)
    record = at(w.cases, row.case, CASE)
    record.closed, record.outcome = w.now, outcome
    if not row.duplicate:
        at(w.standing, row.issue, STANDING).open = 0
        issues.watch_again(w, row.issue)
    row.case = NEVER
    row.next, w.free_job = w.free_job, job
