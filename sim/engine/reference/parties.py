"""Chapter 10, one after the other: a case goes from member to member of its party, until somebody whistles for all."""

from __future__ import annotations

from types import SimpleNamespace

from sim.engine.events import NEVER, EventKind, Phase, Purpose, Role, Stamp
from sim.engine.reference import cases
from sim.engine.reference.chance import happens
from sim.engine.reference.run import Run
from sim.engine.reference.state import Case


def member_in_turn(run: Run, case: Case) -> SimpleNamespace | None:
    """The member that is to do its part now, or the last one if all have; None where a case does not go from one to the next."""
    row = run.stages[case.stage]
    if not row.refers or row.role != Role.HANDLE or not case.issue.joint:
        return None
    party = run.parties[case.issue.party]
    return party[min(case.parts, len(party) - 1)]


def is_last(run: Run, case: Case) -> bool:
    """Is no other member to do its part after this one?"""
    member = member_in_turn(run, case)
    return member is None or member is run.parties[case.issue.party][-1]


def refer(run: Run, case: Case) -> None:
    """A member has done its part: one hop on, to the queue of the next one at the same stage."""
    run.tell(Phase.COMPLETION, EventKind.REFER, case)
    case.parts += 1
    cases.hop(run, case, stage=case.stage, target=case.target)


def complete(run: Run, case: Case) -> None:
    """It is settled: where cases go from member to member, all have done their part now."""
    if member_in_turn(run, case):
        case.parts = len(run.parties[case.issue.party])


def somebody_whistles(run: Run, case: Case) -> bool:
    """Is the whole party called, by a whistle, instead of what ``case`` has come to?"""
    if not _may_be_whistled_for(run, case):
        return False
    issue, hop = case.issue, cases.hop_of(run, case)
    k = issue.whistles_asked
    issue.whistles_asked += 1
    case.whistled = happens(hop.whistle if issue.joint else hop.whistle_idle, issue.luck, Purpose.WHISTLE, k)
    return case.whistled


def _may_be_whistled_for(run: Run, case: Case) -> bool:
    return (
        run.stages[case.stage].role == Role.HANDLE
        and case.issue.party != NEVER
        and cases.acceptable(case)
        and not case.whistled
        and case.parts == 0
        and case.returns + case.declines >= run.plan.rules["whistle_after"]
    )


def stamp(run: Run, case: Case, what: int) -> None:
    """A desk is done with a whistle: called, signed for, or in contact; the first time counts."""
    name = Stamp(what).name.lower()
    if getattr(case, name) == NEVER:
        setattr(case, name, run.now)
