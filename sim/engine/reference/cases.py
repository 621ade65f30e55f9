"""Chapter 4: a case goes from stage to stage until it ends."""

from __future__ import annotations

from types import SimpleNamespace

from sim.engine.events import NEVER, EventKind, Outcome, Phase, Purpose, Role, Source
from sim.engine.reference import joint, marks, parties, waits
from sim.engine.reference.agenda import Rank
from sim.engine.reference.chance import happens, mix, scaled
from sim.engine.reference.organisation import Queue
from sim.engine.reference.run import Run
from sim.engine.reference.state import Case, Issue, Item

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
    """A case comes to a stage, or above it if it has no queue there; with some chance to a wrong owner."""
    case.stage, case.target = stage, target
    case.wrong_owner = False
    while _is_skipped(run, case):
        case.stage = case.target = hop_of(run, case).up
    row = run.stages[case.stage]
    if row.whistle != NEVER and parties.somebody_whistles(run, case):
        case.stage = row.whistle
        row = run.stages[case.stage]
    if row.role == Role.WAIT:
        waits.enter(run, case)
    elif row.role == Role.JOINT:
        joint.enter(run, case)
    else:
        _enter_queue(run, case, row)


def _enter_queue(run: Run, case: Case, row: SimpleNamespace) -> None:
    queue = queue_of(run, case)
    if row.role == Role.HANDLE:
        receive(run, case)
        if row.misroute and queue.peers > 1:
            queue = _misroute(run, case, queue, chance=row.misroute)
    _wait(run, case, queue)


def receive(run: Run, case: Case) -> None:
    """It has come to where cases are settled: filed at the latest now."""
    file(run, case)
    if case.dispatched == NEVER:
        case.dispatched = run.now


def _is_skipped(run: Run, case: Case) -> bool:
    """Is it to be handled where its issue has no queue, and is there a stage above?"""
    row = run.stages[case.stage]
    no_queue = row.role == Role.HANDLE and run.route[case.issue.id, row.way] == NEVER
    return bool(no_queue and hop_of(run, case).up != NEVER)


def queue_of(run: Run, case: Case) -> Queue:
    """The queue of its issue at its stage, or of the member of its party whose turn it is."""
    row = run.stages[case.stage]
    if row.refers and (member := parties.member_in_turn(run, case)):
        return run.queues[member.queue]
    return run.queues[int(run.route[case.issue.id, row.way])]


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
    case.queue, case.hold_due = queue, NEVER
    queue.put(Item(klass_of(run, case), _key(run, case, queue), run.now, case))
    run.tell(Phase.ARRIVAL, EventKind.ENTER, case, queue=queue.id)
    run.touch(queue.component)
    if run.stages[case.stage].role == Role.HANDLE and not case.wrong_owner:
        _hold(run, case)


def klass_of(run: Run, case: Case) -> int:
    """The class with which it waits from now on: that of its issue, or the lower one to which it has been raised."""
    klass = case.issue.worse_klass if case.issue.worsened(run.now) else case.issue.klass
    return min(klass, case.raised)


def _key(run: Run, case: Case, queue: Queue) -> int:
    """Smallest first: by base, age, time limit and ease, as the queue weighs them."""
    base = case.issue.worse_base if case.issue.worsened(run.now) else case.issue.base
    limit = run.horizon if case.limit == NEVER else case.limit
    key = base + queue.slope * run.now + queue.due_slope * limit
    return key + queue.ease_slope * work(run, case) if queue.ease_slope else key


def work(run: Run, case: Case) -> int:
    """The work to be done to settle it here, or for the part of the member whose turn it is; 0 where cases are not settled."""
    row = run.stages[case.stage]
    if row.role != Role.HANDLE:
        return 0
    content = int(run.work[case.issue.id, row.content])
    if row.refers and (member := parties.member_in_turn(run, case)):
        return scaled(content, member.share)
    return content


def _hold(run: Run, case: Case) -> None:
    hop = hop_of(run, case)
    if hop.hold == NEVER or hop.up == NEVER:
        return
    case.hold_due = run.clocks[hop.hold_calendar].add(run.now, max(1, hop.hold))
    if case.hold_due != NEVER:
        run.at(case.hold_due, (Phase.TIMER, 1, case.id), lambda _: escalate(run, case))


def hop_of(run: Run, case: Case) -> SimpleNamespace:
    """What the stage of ``case`` can do with its category."""
    return run.hops[case.stage * len(run.categories) + case.issue.category]


def escalate(run: Run, case: Case) -> None:
    """A case that has waited at a level for all the time allowed moves up."""
    item = case.item
    if item is not None and item.remaining == NEVER and case.hold_due == run.now:
        _leave(run, case, item, EventKind.ESCALATE)
        pass_up(run, case)


def withdraw(run: Run, case: Case) -> None:
    """Whoever reported it has lost patience before anybody had begun; not while it waits outside all queues."""
    if not case.served and case.item is not None:
        _leave(run, case, case.item, EventKind.WITHDRAW)
        end(run, case, Outcome.WITHDRAWN)


def pass_up(run: Run, case: Case) -> None:
    """One hop to the stage above."""
    up = hop_of(run, case).up
    hop(run, case, stage=up, target=up)


def _leave(run: Run, case: Case, item: Item, kind: EventKind) -> None:
    assert case.queue is not None
    case.queue.take(item)
    run.tell(Phase.TIMER, kind, case, queue=case.queue.id)


def hop(run: Run, case: Case, *, stage: int, target: int) -> None:
    """One hop on, in this second."""
    case.hops += 1
    move(run, case, run.now, stage=stage, target=target)


def move(run: Run, case: Case, time: int, *, stage: int, target: int) -> None:
    """Moves come after the notices and reports of their second, by case."""
    run.at(time, _move_rank(case), lambda _: enter(run, case, stage=stage, target=target))


def wait_anew(run: Run, case: Case, queue: Queue) -> None:
    """Back in a queue of its stage in this second, when moves come; not a hop."""
    run.at(run.now, _move_rank(case), lambda _: _wait(run, case, queue))


def rework(run: Run, case: Case) -> None:
    """Back in this second to the stage that settled it last; not a hop."""
    case.stage = case.target = case.settled_stage
    if run.stages[case.stage].role == Role.JOINT:
        run.at(run.now, _move_rank(case), lambda _: joint.enter(run, case))
    else:
        wait_anew(run, case, queue_of(run, case))


def _move_rank(case: Case) -> Rank:
    return (Phase.ARRIVAL, AFTER_ISSUES, case.id)


def next_stage(run: Run, case: Case) -> int:
    """Where a desk or a waiting stage lets a case go to."""
    row = run.stages[case.stage]
    return int(row.next) if row.next != NEVER else case.target


def file(run: Run, case: Case) -> None:
    """It is accepted, unless it has been already or there is nothing to accept."""
    if case.filed == NEVER and acceptable(case):
        case.filed = run.now
        case.severity = severity(run, case.issue)
        set_limit(run, case)
        case.limit_original = case.limit


def set_limit(run: Run, case: Case) -> None:
    """Its limit starts now, and with it its marks."""
    row = run.limit_of(case)
    if row.seconds != NEVER:
        case.limit = run.clocks[row.calendar].add(run.now, max(1, row.seconds))
    marks.start_anew(run, case)


def end(run: Run, case: Case, outcome: Outcome) -> None:
    """Nothing happens to the case any more; its issue may be noticed anew."""
    case.closed, case.outcome = run.now, int(outcome)
    marks.stop(run, case)
    if case.issue.open_case is case:
        case.issue.open_case = None
        case.issue.exposure = 0
