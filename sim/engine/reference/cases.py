"""Chapters 4 and 7: a case goes from stage to stage until it is closed, on paper at least."""

from __future__ import annotations

from sim.engine.events import NEVER, EventKind, Outcome, Phase, Purpose, Role, Source
from sim.engine.reference import issues
from sim.engine.reference.agenda import Rank
from sim.engine.reference.chance import happens, mix, scaled
from sim.engine.reference.run import Run
from sim.engine.reference.state import Case, Issue, Item, Queue, Work

AFTER_ISSUES = 1 << 62  # moves come after the notices and reports of all issues


def open_case(run: Run, issue: Issue, *, source: Source, channel: int, finder: int) -> Case:
    """The next case, of ``issue``; a duplicate stays beside the case that is open already."""
    case = Case(len(run.cases), issue, source=source, channel=channel, finder=finder, known=run.now)
    case.severity = severity(run, issue)
    run.cases.append(case)
    issue.cases += 1
    if issue.known == NEVER:
        issue.known = run.now
    if source != Source.DUPLICATE:
        issue.open_case = case
    if issue.patience != NEVER:
        run.at(run.now + max(1, issue.patience), (Phase.TIMER, 0, case.id), lambda _: withdraw(run, case))
    return case


def severity(run: Run, issue: Issue) -> int:
    """The severity of ``issue`` now."""
    return issue.worse_severity if issue.worsened(run.now) else issue.severity


def acceptable(case: Case) -> bool:
    """Is there an issue behind it that no other case is open on?"""
    return bool(case.issue.valid) and case.source != Source.DUPLICATE


def enter(run: Run, case: Case, *, stage: int, target: int) -> None:
    """A case comes to a stage; with some chance to a wrong owner there."""
    case.stage, case.target = stage, target
    row = run.stages[stage]
    queue = run.queues[int(run.route[case.issue.id, row.level])]
    case.wrong_owner = False
    if row.role == Role.HANDLE:
        _file(run, case)
        if case.dispatched == NEVER:
            case.dispatched = run.now
        if row.misroute and queue.peers > 1:
            queue = _misroute(run, case, queue, chance=row.misroute)
    _wait(run, case, queue)


def _misroute(run: Run, case: Case, queue: Queue, *, chance: int) -> Queue:
    issue, k = case.issue, case.issue.misroutes
    issue.misroutes += 1
    if not happens(chance, issue.luck, Purpose.MISROUTE, k):
        return queue
    case.wrong_owner = True
    step = 1 + mix(issue.luck, Purpose.WRONG_OWNER, k) % (queue.peers - 1)
    return run.queues[queue.first_peer + (queue.id - queue.first_peer + step) % queue.peers]


def _wait(run: Run, case: Case, queue: Queue) -> None:
    """The case waits in ``queue``, ordered by class, key, case, and may be held there only so long."""
    issue, now = case.issue, run.now
    worse = issue.worsened(now)
    limit = run.horizon if case.limit == NEVER else case.limit
    key = (issue.worse_base if worse else issue.base) + queue.slope * now + queue.due_slope * limit
    item = Item(issue.worse_klass if worse else issue.klass, key, now, case)
    case.queue = queue
    queue.put(item)
    run.tell(Phase.ARRIVAL, EventKind.ENTER, case, queue=queue.id)
    run.touch(queue.component)
    if run.stages[case.stage].role == Role.HANDLE and not case.wrong_owner:
        _hold(run, case, item)


def _hold(run: Run, case: Case, item: Item) -> None:
    hop = hop_of(run, case)
    if hop.hold == NEVER or hop.up == NEVER:
        return
    due = run.clocks[hop.hold_calendar].add(run.now, max(1, hop.hold))
    if due != NEVER:
        run.at(due, (Phase.TIMER, 1, case.id), lambda _: escalate(run, case, item))


def hop_of(run: Run, case: Case):  # type: ignore[no-untyped-def]  # a row of plan.hops
    """What the stage of ``case`` can do with its category."""
    return run.hops[case.stage * len(run.categories) + case.issue.category]


def escalate(run: Run, case: Case, item: Item) -> None:
    """A case that has waited at a level for all the time allowed moves up."""
    if case.item is item and item.remaining == NEVER:
        _leave(run, case, item, EventKind.ESCALATE)
        _pass_up(run, case)


def withdraw(run: Run, case: Case) -> None:
    """Whoever reported it has lost patience before anybody had begun."""
    if not case.served and case.item is not None:
        _leave(run, case, case.item, EventKind.WITHDRAW)
        _end(run, case, Outcome.WITHDRAWN)


def _pass_up(run: Run, case: Case) -> None:
    up = hop_of(run, case).up
    _hop(run, case, stage=up, target=up)


def _leave(run: Run, case: Case, item: Item, kind: EventKind) -> None:
    assert case.queue is not None
    case.queue.take(item)
    run.tell(Phase.TIMER, kind, case, queue=case.queue.id)


def _hop(run: Run, case: Case, *, stage: int, target: int) -> None:
    """One hop on, in this second."""
    case.hops += 1
    _move(run, case, run.now, stage=stage, target=target)


def _move(run: Run, case: Case, time: int, *, stage: int, target: int) -> None:
    """Moves come after the notices and reports of their second, by case."""
    run.at(time, _move_rank(case), lambda _: enter(run, case, stage=stage, target=target))


def _move_rank(case: Case) -> Rank:
    return (Phase.ARRIVAL, AFTER_ISSUES, case.id)


def work_content(run: Run, case: Case, *, able: bool) -> int:
    """How much work the stage of ``case`` has with it, in seconds of somebody of full skill who knows the ground."""
    row = run.stages[case.stage]
    if row.role != Role.HANDLE:
        return int(row.work)
    if case.wrong_owner:
        return int(row.return_work)
    triage = hop_of(run, case).triage
    if triage != NEVER and not (able and acceptable(case)):
        return int(triage)
    return int(run.work[case.issue.id, row.level])


def is_able(run: Run, case: Case) -> bool:
    """Can this stage settle it now?"""
    if run.stages[case.stage].role != Role.HANDLE or case.wrong_owner:
        return False
    hop, issue = hop_of(run, case), case.issue
    difficulty = issue.worse_difficulty if issue.worsened(run.now) else issue.difficulty
    return bool(hop.up == NEVER or difficulty <= hop.capability)


def finish(run: Run, case: Case, work: Work) -> None:
    """A service has come to its end: what becomes of the case."""
    row = run.stages[case.stage]
    if not acceptable(case):
        refused = not case.issue.valid
        run.tell(Phase.COMPLETION, EventKind.REFUSE if refused else EventKind.MERGE, case)
        _end(run, case, Outcome.REFUSED if refused else Outcome.MERGED)
    elif row.role == Role.DESK:
        _file(run, case)
        _hop(run, case, stage=row.next if row.next != NEVER else case.target, target=case.target)
    elif case.wrong_owner:
        _return(run, case)
    elif row.role != Role.HANDLE:
        _checked(run, case, detect=_detect(run, case))
    elif work.able:
        _settle(run, case)
    else:
        _pass_up(run, case)


def _file(run: Run, case: Case) -> None:
    if case.filed == NEVER and acceptable(case):
        case.filed = run.now
        case.severity = severity(run, case.issue)
        _set_limit(run, case)
        case.limit_original = case.limit


def _set_limit(run: Run, case: Case) -> None:
    row = run.limits[case.issue.category * 4 + case.severity]
    if row.seconds != NEVER:
        case.limit = run.clocks[row.calendar].add(run.now, max(1, row.seconds))


def _return(run: Run, case: Case) -> None:
    """The wrong owner sends it back to the desk, which dispatches it anew."""
    row, stage = run.stages[case.stage], case.stage
    run.tell(Phase.COMPLETION, EventKind.RETURN, case)
    case.returns += 1
    case.hops += 1
    back = stage if row.back == NEVER else row.back
    due = run.clocks[row.return_calendar].add(run.now, max(1, row.return_delay))
    if due != NEVER:
        _move(run, case, due, stage=back, target=stage)


def _settle(run: Run, case: Case) -> None:
    """The level says that it has settled the case; the issue may know better."""
    issue, now, level = case.issue, run.now, run.stages[case.stage].level
    category = run.categories[issue.category]
    k = issue.disposals
    issue.disposals += 1
    if not issue.gone(now):
        if not happens(category.failure, issue.luck, Purpose.FAIL, k):
            issue.resolved, issue.resolved_level = now, level
    elif issue.resolved == NEVER:
        issue.resolved = issue.clear
    case.finished, case.level, case.settled_stage = now, level, case.stage
    run.tell(Phase.COMPLETION, EventKind.SETTLE, case)
    in_field = happens(category.field_share, issue.luck, Purpose.CHECK_MODE, k)
    check = category.field_stage if in_field else category.paper_stage
    if check == NEVER:
        _close(run, case)
    else:
        _move(run, case, now, stage=check, target=check)


def _detect(run: Run, case: Case) -> bool:
    issue, category = case.issue, run.categories[case.issue.category]
    in_field = run.stages[case.stage].role == Role.FIELD_CHECK
    chance = category.field_detect if in_field else category.paper_detect
    return not issue.gone(run.now) and happens(chance, issue.luck, Purpose.DETECT, issue.disposals - 1)


def _checked(run: Run, case: Case, *, detect: bool) -> None:
    if not detect:
        _close(run, case)
        return
    run.tell(Phase.COMPLETION, EventKind.REWORK, case)
    case.reworks += 1
    _set_limit(run, case)
    case.stage = case.target = case.settled_stage
    level = run.stages[case.stage].level
    queue = run.queues[int(run.route[case.issue.id, level])]
    run.at(run.now, _move_rank(case), lambda _: _wait(run, case, queue))


def _close(run: Run, case: Case) -> None:
    """Archived. If the issue is still there, somebody may report it again."""
    issue = case.issue
    run.tell(Phase.COMPLETION, EventKind.CLOSE, case)
    _end(run, case, Outcome.CLOSED)
    k = issue.closures
    issue.closures += 1
    category = run.categories[issue.category]
    if not issue.gone(run.now) and happens(category.recomplain, issue.luck, Purpose.RECOMPLAIN, k):
        quantile = run.exponential[mix(issue.luck, Purpose.RECOMPLAIN_DELAY, k) >> 54]
        issues.report_later(run, issue, max(1, scaled(category.recomplain_delay, quantile)))


def _end(run: Run, case: Case, outcome: Outcome) -> None:
    case.closed, case.outcome = run.now, int(outcome)
    if case.issue.open_case is case:
        case.issue.open_case = None
        case.issue.exposure = 0
