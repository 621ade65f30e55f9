"""Chapters 4 and 7: what a service finds and takes, and what becomes of the case when it has come to its end."""

from __future__ import annotations

from sim.engine.events import NEVER, EventKind, Outcome, Phase, Purpose, Role
from sim.engine.reference import cases, issues, looks, marks, parties
from sim.engine.reference.chance import happens, mix, scaled
from sim.engine.reference.organisation import Server
from sim.engine.reference.run import Run
from sim.engine.reference.state import Case, Item


def start(run: Run, item: Item, server: Server) -> None:
    """Somebody takes a case out of its queue; who takes it over from another goes on with what that one had found."""
    case = item.case
    if item.remaining == NEVER:
        item.able = is_able(run, case)
        if item.able and cases.acceptable(case):
            hop = cases.hop_of(run, case)
            item.declined = looks.declines(run, case, server, look=hop.decline)
            settles = not item.declined and parties.is_last(run, case)
            item.feigned = settles and looks.feigns(run, case, server, look=hop.feign)
    case.served = True
    if run.stages[case.stage].role == Role.HANDLE:
        handled(run, case, item)
    assert case.queue is not None
    case.queue.take(item)


def handled(run: Run, case: Case, item: Item) -> None:
    """The first service at a handling stage, and the first one by a level that takes the case on."""
    if case.started == NEVER:
        case.started = run.now
    if case.accepted == NEVER and not case.wrong_owner and not item.declined:
        case.accepted = run.now


def work_content(run: Run, item: Item) -> int:
    """How much work its stage has with a case, in seconds of somebody of full skill who knows the ground."""
    case = item.case
    row = run.stages[case.stage]
    if row.role != Role.HANDLE:
        return int(row.work)
    if case.wrong_owner:
        return int(row.return_work)
    hop = cases.hop_of(run, case)
    if item.feigned:
        return int(hop.feign_work)
    settles = item.able and not item.declined and cases.acceptable(case)
    if not settles and hop.triage != NEVER:
        return int(hop.triage)
    return cases.work(run, case)


def is_able(run: Run, case: Case) -> bool:
    """Can this stage settle it now?"""
    if run.stages[case.stage].role not in (Role.HANDLE, Role.JOINT) or case.wrong_owner:
        return False
    hop, issue = cases.hop_of(run, case), case.issue
    difficulty = issue.worse_difficulty if issue.worsened(run.now) else issue.difficulty
    return bool(hop.up == NEVER or difficulty <= hop.capability)


def finish(run: Run, item: Item) -> None:
    """A service has come to its end: what becomes of the case."""
    case = item.case
    row = run.stages[case.stage]
    if not cases.acceptable(case):
        _reject(run, case)
    elif row.role == Role.DESK:
        cases.file(run, case)
        if row.stamp and case.whistled:
            parties.stamp(run, case, row.stamp)
        cases.hop(run, case, stage=cases.next_stage(run, case), target=case.target)
    elif case.wrong_owner:
        _return(run, case)
    elif row.role in (Role.FIELD_CHECK, Role.PAPER_CHECK):
        _checked(run, case, detect=_detect(run, case))
    elif item.declined:
        _decline(run, case)
    elif not item.able:
        cases.pass_up(run, case)
    elif parties.is_last(run, case):
        _settle(run, case, item)
    else:
        parties.refer(run, case)


def _reject(run: Run, case: Case) -> None:
    """There was nothing, or somebody else has reported it as well."""
    refused = not case.issue.valid
    run.tell(Phase.COMPLETION, EventKind.REFUSE if refused else EventKind.MERGE, case)
    cases.end(run, case, Outcome.REFUSED if refused else Outcome.MERGED)


def _return(run: Run, case: Case) -> None:
    """It is sent back to the desk, which dispatches it anew."""
    row, stage = run.stages[case.stage], case.stage
    run.tell(Phase.COMPLETION, EventKind.RETURN, case)
    case.returns += 1
    case.hops += 1
    back = stage if row.back == NEVER else row.back
    due = run.clocks[row.return_calendar].add(run.now, max(1, row.return_delay))
    if due != NEVER:
        cases.move(run, case, due, stage=back, target=stage)


def _decline(run: Run, case: Case) -> None:
    """The level could settle it and has not taken it on: back to the desk, or up."""
    run.tell(Phase.COMPLETION, EventKind.DECLINE, case)
    case.declines += 1
    if cases.hop_of(run, case).declined:
        _return(run, case)
    else:
        cases.pass_up(run, case)


def _settle(run: Run, case: Case, item: Item) -> None:
    """The level says that it has settled the case; the issue may know better."""
    issue, now, k = case.issue, run.now, case.issue.disposals
    issue.disposals += 1
    _resolve(run, case, item, k)
    case.finished, case.level, case.settled_stage = now, run.stages[case.stage].level, case.stage
    case.feigned += item.feigned
    parties.complete(run, case)
    run.tell(Phase.COMPLETION, EventKind.SETTLE, case)
    marks.stop(run, case)
    category = run.categories[issue.category]
    in_field = happens(looks.field_share(run, case), issue.luck, Purpose.CHECK_MODE, k)
    check = category.field_stage if in_field else category.paper_stage
    if check == NEVER:
        _close(run, case)
    else:
        cases.move(run, case, now, stage=check, target=check)


def _resolve(run: Run, case: Case, item: Item, k: int) -> None:
    """The k-th disposal of the issue: has it truly resolved it?"""
    issue, failure = case.issue, run.categories[case.issue.category].failure
    if issue.gone(run.now):
        if issue.resolved == NEVER:
            issue.resolved = issue.clear
    elif not item.feigned and not happens(failure, issue.luck, Purpose.FAIL, k):
        issue.resolved, issue.resolved_level = run.now, run.stages[case.stage].level


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
    cases.set_limit(run, case)
    cases.rework(run, case)


def _close(run: Run, case: Case) -> None:
    """Archived. If the issue is still there, somebody may report it again."""
    issue = case.issue
    run.tell(Phase.COMPLETION, EventKind.CLOSE, case)
    cases.end(run, case, Outcome.CLOSED)
    k = issue.closures
    issue.closures += 1
    category = run.categories[issue.category]
    if not issue.gone(run.now) and happens(category.recomplain, issue.luck, Purpose.RECOMPLAIN, k):
        quantile = run.exponential[mix(issue.luck, Purpose.RECOMPLAIN_DELAY, k) >> 54]
        issues.report_later(run, issue, max(1, scaled(category.recomplain_delay, quantile)))
