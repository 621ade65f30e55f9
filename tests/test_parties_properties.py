"""What holds of every run with parties, whatever arises when: all are attended in the end, in order, and nobody locks anybody."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from plans import make
from rulebook import HANDLE, reported

from sim.engine.check_log import check_log
from sim.engine.events import HANDLING_LEVELS, LEVELS, NEVER, EventKind, Level, Outcome, Role
from sim.engine.log import Log
from sim.engine.plan import DAY, MILLION, Plan
from sim.engine.reference import dispatch
from sim.engine.reference.run import Run
from sim.engine.simulate import simulate
from sim.study.verify.random_plans import draw

OFFICE, TOGETHER = range(2)
HORIZON = 30 * DAY
DAILY = [(day * DAY + 8 * 3600, day * DAY + 18 * 3600) for day in range(31)]


def busy(seed: int, *, shifts: bool, refers: bool = False) -> Plan:
    """Four queues with a server each, three parties in any order, sixty issues in two days: a third take a party, the rest a queue."""
    rng = np.random.default_rng(seed)
    queues = 4
    parties = [rng.permutation(queues)[: rng.integers(2, queues + 1)].tolist() for _ in range(3)]
    firsts = np.cumsum([0, *map(len, parties)]).tolist()
    issues = [
        reported(
            int(at) * 600,
            party=(party := int(rng.integers(-1, 3))),
            joint=int(party >= 0),
            luck=int(rng.integers(1 << 60)),
        )
        for at in np.sort(rng.integers(0, 288, 60))
    ]
    route = np.repeat(rng.integers(0, queues, (len(issues), 1)), LEVELS, axis=1)
    return make(
        issues=issues,
        stages=[
            {**HANDLE, "level": Level.DEPARTMENT, "whistle": NEVER if refers else TOGETHER, "refers": int(refers)},
            {"role": Role.JOINT, "level": Level.STREET, "attend": 3600, "attend_calendar": 0},
        ],
        hops=[{"whistle": MILLION}, {}],
        queues=[{}] * queues,
        servers=[{"calendar": int(shifts)}] * queues,
        links=[{"server": queue, "queue": queue} for queue in range(queues)],
        parties=[{"first_member": first, "members": len(party)} for first, party in zip(firsts, parties, strict=False)],
        party_members=[
            {
                "queue": queue,
                "share": int(rng.integers(0, 2 * MILLION)),
                "no_show": int(place and rng.integers(0, 400_000)),
            }
            for party in parties
            for place, queue in enumerate(party)
        ],
        route=route,
        work=rng.integers(1, 7, (len(issues), HANDLING_LEVELS)) * 600,
        shifts=[[], DAILY],
        rules={"horizon": HORIZON},
    )


def done(plan: Plan) -> Log:
    log = simulate(plan, events=True)
    check_log(log)
    return log


def joint(log: Log) -> np.ndarray:
    """The cases that take a party."""
    return np.flatnonzero(log.plan["issues"]["joint"][log.raw["cases"]["issue"]])


@pytest.mark.parametrize("shifts", [False, True])
def test_every_case_that_takes_a_party_is_attended_and_settled_by_all_who_came(shifts):
    for seed in range(6):
        log = done(busy(seed, shifts=shifts))
        cases, courses, issues = log.raw["cases"], log.raw["courses"], log.plan["issues"]
        assert (cases["outcome"] == Outcome.CLOSED).all()
        assert (courses["attended"][joint(log)] != NEVER).all()
        members = log.plan["parties"]["members"][issues["party"][cases["issue"][joint(log)]]]
        assert (courses["parts"] + courses["no_shows"])[joint(log)].tolist() == members.tolist()


@pytest.mark.parametrize("shifts", [False, True])
def test_one_after_the_other_each_member_does_its_part(shifts):
    for seed in range(5):
        log = done(busy(seed, shifts=shifts, refers=True))
        cases = log.raw["cases"]
        members = log.plan["parties"]["members"][log.plan["issues"]["party"][cases["issue"][joint(log)]]]
        assert (cases["outcome"] == Outcome.CLOSED).all()
        assert log.raw["courses"]["parts"][joint(log)].tolist() == members.tolist()
        assert cases["hops"][joint(log)].tolist() == (members - 1).tolist()


@pytest.mark.parametrize("shifts", [False, True])
def test_nobody_passes_an_overdue_case_that_needs_the_same_crew(shifts):
    """Of two that call the same queue, of one server: while the one is overdue and waits, the other begins only if it comes before it."""
    for seed in range(6):
        log = done(busy(seed, shifts=shifts))
        events, attended = log.raw["events"], log.raw["courses"]["attended"]
        due = {case: int(log.raw["cases"]["known"][case]) + 3600 for case in joint(log).tolist()}
        called = {
            case: set(events["queue"][(events["case"] == case) & (events["kind"] == EventKind.START)]) for case in due
        }
        for one, other in permutations(due, 2):
            passed = due[one] <= attended[other] < attended[one]
            if passed and called[one] & called[other]:
                assert (due[other], other) < (due[one], one), (seed, one, other)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 60))])
def test_settling_everything_in_every_second_and_twice_changes_nothing(seed, monkeypatch):
    """A component is to be settled when something has changed; more often does no harm."""
    plan = draw(seed + 300)
    once = simulate(plan, "reference", events=True)

    def settle_all(run: Run) -> None:
        for _ in range(2):
            run.dirty.update({server.component.id: server.component for server in run.servers})
            dispatch_settle(run)

    dispatch_settle = dispatch.settle
    monkeypatch.setattr(dispatch, "settle", settle_all)
    often = simulate(plan, "reference", events=True)
    assert all(once.raw[name].tobytes() == often.raw[name].tobytes() for name in once.raw)
