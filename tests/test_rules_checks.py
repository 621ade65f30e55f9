"""Chapters 4 (settling, checking, rework) and 7 (false closures, repeat reports) of docs/model.md."""

from __future__ import annotations

from math import log as ln

import pytest
from plans import make
from rulebook import HALF, HANDLE, case, happened, issue, luck_with, queues_of, reported, run, stretches, word

from sim.engine.events import NEVER, Level, Outcome, Purpose, Role, Source
from sim.engine.log import FATES, fates
from sim.engine.plan import DAY, MILLION, Plan

GRID, FIELD, PAPER, COMMUNITY = range(4)
FAILED = {Purpose.FAIL: [True]}


def checked(issues, *, luck=None, hops=None, stages=None, **category) -> Plan:
    """Grid (60 s, queue 0), field check (30 s, queue 1), paper check (10 s, queue 2), community (60 s, queue 3).

    One server each; all chances one half, unless ``category`` says otherwise; time limit 1000 s.
    """
    even = {
        "failure": HALF,
        "field_share": HALF,
        "field_detect": HALF,
        "paper_detect": HALF,
        "field_stage": FIELD,
        "paper_stage": PAPER,
    }
    return make(
        issues=[{**row, "luck": luck or 0} for row in issues],
        stages=[
            {**HANDLE, "level": Level.GRID},
            {"role": Role.FIELD_CHECK, "level": Level.STREET, "work": 30},
            {"role": Role.PAPER_CHECK, "level": Level.CITY, "work": 10},
            {**HANDLE, "level": Level.COMMUNITY},
        ],
        hops=[(hops or {}).get(stage, {}) for stage in range(4)],
        categories=[{**even, **category}],
        limits={2: {"seconds": 1000}, 0: {"seconds": 100}},
        queues=[{}] * 4,
        routes={Level.GRID: 0, Level.STREET: 1, Level.CITY: 2, Level.COMMUNITY: 3},
        servers=[{}] * 4,
        links=[{"server": q, "queue": q} for q in range(4)],
    )  # fmt: skip


# Which check


@pytest.mark.parametrize(("field", "queue", "closed"), [(True, 1, 90), (False, 2, 70)])
def test_the_check_is_made_in_the_field_or_on_paper_by_chance(field, queue, closed):
    log = run(checked([reported(0)], luck=luck_with({Purpose.CHECK_MODE: [field]}), failure=0))
    assert queues_of(log, 0) == [(0, 0), (60, queue)]
    record = case(log)
    assert (record.finished, record.closed, record.hops, record.level) == (60, closed, 0, Level.GRID)
    assert (record.stage, record.reworks, issue(log).resolved) == (FIELD if field else PAPER, 0, 60)


@pytest.mark.parametrize(("share", "queue"), [(0, 2), (MILLION, 1)])
def test_a_share_of_none_or_all_knows_no_chance(share, queue):
    for luck in range(20):
        assert queues_of(run(checked([reported(0)], luck=luck, failure=0, field_share=share)), 0)[1] == (60, queue)


@pytest.mark.parametrize(("field", "closed"), [(True, 60), (False, 70)])
def test_a_check_of_a_kind_that_does_not_exist_is_left_out(field, closed):
    luck = luck_with({Purpose.CHECK_MODE: [field]})
    log = run(checked([reported(0)], luck=luck, failure=0, field_stage=NEVER))
    assert (case(log).closed, case(log).stage) == (closed, GRID if field else PAPER)


# What it sees


@pytest.mark.parametrize(
    ("failed", "seen", "kind"), [(True, True, "REWORK"), (True, False, "CLOSE"), (False, True, "CLOSE")]
)
@pytest.mark.parametrize(("field", "second"), [(True, 90), (False, 70)])
def test_a_check_sends_back_what_it_sees_to_be_unsolved(failed, seen, kind, field, second):
    luck = luck_with({Purpose.FAIL: [failed], Purpose.DETECT: [seen], Purpose.CHECK_MODE: [field]})
    log = run(checked([reported(0)], luck=luck))
    assert happened(log, "REWORK CLOSE")[0] == (second, kind, 0, -1)


@pytest.mark.parametrize(
    ("field", "chance", "kind"),
    [
        (True, {"field_detect": MILLION, "paper_detect": 0}, "REWORK"),
        (True, {"field_detect": 0, "paper_detect": MILLION}, "CLOSE"),
        (False, {"field_detect": MILLION, "paper_detect": 0}, "CLOSE"),
        (False, {"field_detect": 0, "paper_detect": MILLION}, "REWORK"),
    ],
)
def test_field_and_paper_checks_see_with_their_own_chance(field, chance, kind):
    luck = luck_with({**FAILED, Purpose.CHECK_MODE: [field]})
    assert happened(run(checked([reported(0)], luck=luck, **chance)), "REWORK CLOSE")[0][1] == kind


@pytest.mark.parametrize(("clear", "kind"), [(89, "CLOSE"), (90, "CLOSE"), (91, "REWORK")])
def test_a_check_finds_nothing_where_the_issue_has_gone_by_itself(clear, kind):
    """The disposal at 60 fails; the field check ends at 90."""
    luck = luck_with({**FAILED, Purpose.DETECT: [True], Purpose.CHECK_MODE: [True]})
    log = run(checked([reported(0, clear=clear)], luck=luck))
    assert happened(log, "REWORK CLOSE")[0] == (90, kind, 0, -1)
    assert issue(log).resolved == clear


# Rework


def test_each_disposal_has_its_own_chances_and_each_rework_its_own_limit():
    """0 grid … 60 (fails) field … 90 back … 150 (fails) paper … 160 back … 220 (works) field … 250."""
    luck = luck_with(
        {
            Purpose.FAIL: [True, True, False],
            Purpose.CHECK_MODE: [True, False, True],
            Purpose.DETECT: [True, True, True],
        }
    )
    log = run(checked([reported(0)], luck=luck))
    assert queues_of(log, 0) == [(0, 0), (60, 1), (90, 0), (150, 2), (160, 0), (220, 1)]
    record = case(log)
    assert (record.reworks, record.hops, record.finished, record.closed) == (2, 0, 220, 250)
    assert (record.limit_original, record.limit, record.filed, record.dispatched, record.started) == (
        1000,
        1160,
        0,
        0,
        0,
    )
    assert (issue(log).resolved, issue(log).resolved_level) == (220, Level.GRID)


def test_the_second_check_looks_up_its_own_chance():
    """Both disposals fail; the second check (paper, 160) does not see it: closed falsely."""
    luck = luck_with(
        {Purpose.FAIL: [True, True], Purpose.CHECK_MODE: [True, False], Purpose.DETECT: [True, False]},
    )
    log = run(checked([reported(0)], luck=luck))
    assert (case(log).outcome, case(log).closed, issue(log).resolved) == (Outcome.CLOSED, 160, NEVER)
    assert fates(log).tolist() == [FATES.index("falsely_closed")]


def test_rework_goes_back_to_the_level_that_settled_it():
    """The grid cannot (60 s), the community settles at 120 (fails); from the field check it comes back to the community."""
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.CHECK_MODE: [True], Purpose.DETECT: [True]})
    hops = {GRID: {"capability": -1, "up": COMMUNITY}}
    log = run(checked([reported(0)], luck=luck, hops=hops))
    assert queues_of(log, 0)[:4] == [(0, 0), (60, 3), (120, 1), (150, 3)]
    assert (case(log).level, case(log).hops) == (Level.COMMUNITY, 1)


def test_rework_that_has_become_too_hard_moves_up():
    """Worse at 70: back at the grid at 90, which cannot any more; the community settles at 210."""
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.CHECK_MODE: [True, False], Purpose.DETECT: [True]})
    hops = {GRID: {"capability": HALF, "up": COMMUNITY}}
    row = reported(0, worsen=70, worse_difficulty=MILLION)
    log = run(checked([row], luck=luck, hops=hops))
    assert queues_of(log, 0) == [(0, 0), (60, 1), (90, 0), (150, 3), (210, 2)]
    assert (case(log).level, case(log).finished, case(log).hops) == (Level.COMMUNITY, 210, 1)


def test_the_limit_of_a_rework_is_that_of_the_severity_at_filing():
    """Severity 2 (1000 s) at filing, 0 (100 s) from 70 on; reworked at 90."""
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.CHECK_MODE: [True], Purpose.DETECT: [True]})
    log = run(checked([reported(0, worsen=70, worse_severity=0, severity=2)], luck=luck))
    assert (case(log).severity, case(log).limit_original, case(log).limit) == (2, 1000, 1090)


def test_rework_is_ordered_by_its_new_class():
    """Case 0, reworked at 90, is of class 2 since it worsened: it goes before case 1 of class 3, waiting since 70."""
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.CHECK_MODE: [True], Purpose.DETECT: [True]})
    rows = [
        reported(0, worsen=70, worse_class=2, **{"class": 4}),
        reported(61, **{"class": 3}),
        reported(62, **{"class": 3}),
    ]
    assert stretches(run(checked(rows, luck=luck)))[:3] == [(0, 60, 0), (61, 121, 1), (121, 181, 0)]


def test_rework_is_held_from_its_own_entry_on():
    """Entered at 0 (hold till 100, but started), back at 90, when case 1 is served till 160; held until 190, started 160."""
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.CHECK_MODE: [True, True], Purpose.DETECT: [True]})
    hops = {GRID: {"up": COMMUNITY, "hold": 100}}
    log = run(checked([reported(0), reported(89)], luck=luck, hops=hops))
    assert happened(log, "ESCALATE", case=0) == []
    assert happened(log, "START", case=0) == [
        (0, "START", 0, 0),
        (60, "START", 0, 1),
        (149, "START", 0, 0),
        (209, "START", 0, 1),
    ]


def test_rework_that_waits_too_long_moves_up():
    """As above with a hold of 50: at 140 case 0 escalates, not at 50."""
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.CHECK_MODE: [True, True], Purpose.DETECT: [True]})
    hops = {GRID: {"up": COMMUNITY, "hold": 50}}
    log = run(checked([reported(0), reported(89)], luck=luck, hops=hops))
    assert happened(log, "ESCALATE", case=0) == [(140, "ESCALATE", 0, -1)]


def test_rework_goes_to_the_owner_that_settled_it_not_to_a_wrong_one():
    """MISROUTE 0 no, 1 yes: coming back from a check is no entry that could be misrouted; case 0 stays with queue 0."""
    luck = luck_with({**FAILED, Purpose.DETECT: [True], Purpose.MISROUTE: [False, True]})
    plan = make(
        issues=[reported(0, luck=luck)],
        stages=[{**HANDLE, "misroute": HALF, "return_work": 5}, {"role": Role.PAPER_CHECK, "level": 1, "work": 10}],
        categories=[{"failure": HALF, "paper_detect": HALF, "paper_stage": 1}],
        queues=[{"peers": 2}, {"peers": 2}, {}],
        routes={1: 2},
        servers=[{}],
        links=[{"queue": 0}, {"queue": 1}, {"queue": 2}],
    )
    log = run(plan)
    assert queues_of(log, 0)[:3] == [(0, 0), (60, 2), (70, 0)]


# False closures and repeat reports


def unchecked(issues, **category) -> Plan:
    """One server that needs 60 s and checks nothing; all chances one half unless ``category`` says otherwise."""
    return make(
        issues=issues,
        categories=[{"failure": HALF, "recomplain": HALF, "recomplain_delay": 1000, **category}],
        servers=[{}],
        links=[{}],
    )


def delay(luck: int, k: int, mean: int = 1000) -> int:
    """The k-th delay: ``mean`` times the exponential quantile of the top ten bits, in millionths, rounded."""
    quantile = round(-ln(1 - ((word(luck, Purpose.RECOMPLAIN_DELAY, k) >> 54) + 0.5) / 1024) * MILLION)
    return max(1, (mean * quantile + HALF) // MILLION)


def test_a_false_closure_may_bring_a_repeat_report():
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.RECOMPLAIN: [True]})
    log = run(unchecked([reported(0, luck=luck, channel=2)]))
    first, second = case(log, 0), case(log, 1)
    assert (first.outcome, first.closed) == (Outcome.CLOSED, 60)
    assert (second.source, second.channel, second.known) == (Source.REPEAT, 2, 60 + delay(luck, 0))
    assert (issue(log).resolved, issue(log).cases) == (second.known + 60, 2)


def test_a_false_closure_may_bring_none():
    luck = luck_with({**FAILED, Purpose.RECOMPLAIN: [False]})
    assert len(run(unchecked([reported(0, luck=luck)])).raw["cases"]) == 1


def test_a_true_closure_brings_none():
    luck = luck_with({Purpose.FAIL: [False], Purpose.RECOMPLAIN: [True]})
    assert len(run(unchecked([reported(0, luck=luck)])).raw["cases"]) == 1


def test_each_closure_and_each_disposal_has_its_own_chances_over_all_cases_of_an_issue():
    """Two false closures, each with its report, then a true one."""
    luck = luck_with({Purpose.FAIL: [True, True, False], Purpose.RECOMPLAIN: [True, True]})
    log = run(unchecked([reported(0, luck=luck)]))
    second = 60 + delay(luck, 0)
    third = second + 60 + delay(luck, 1)
    assert log.raw["cases"]["known"].tolist() == [0, second, third]
    assert issue(log).resolved == third + 60


def test_the_second_closure_may_bring_none():
    luck = luck_with({Purpose.FAIL: [True, True], Purpose.RECOMPLAIN: [True, False]})
    assert len(run(unchecked([reported(0, luck=luck)])).raw["cases"]) == 2


def test_a_repeat_report_takes_at_least_a_second():
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.RECOMPLAIN: [True]})
    log = run(unchecked([reported(0, luck=luck)], recomplain_delay=0))
    assert log.raw["cases"]["known"].tolist() == [0, 61]


def test_a_repeat_report_is_a_duplicate_if_a_case_is_open_by_then():
    """Closed falsely at 60; a report on another platform at 61 opens a repeat, the one of ``delay`` later meets it."""
    luck = luck_with(
        {Purpose.FAIL: [True, False], Purpose.RECOMPLAIN: [True]}, lambda luck: 1 < delay(luck, 0, 30) < 60
    )
    log = run(unchecked([reported(0, luck=luck, duplicate=61)], recomplain_delay=30))
    assert log.raw["cases"][["source", "known"]].tolist() == [(2, 0), (4, 61), (3, 60 + delay(luck, 0, 30))]


@pytest.mark.parametrize("early", [0, 1])
def test_what_has_gone_meanwhile_is_not_reported_again(early):
    luck = luck_with({**FAILED, Purpose.RECOMPLAIN: [True]}, lambda luck: delay(luck, 0) > 1)
    again = 60 + delay(luck, 0)
    assert len(run(unchecked([reported(0, luck=luck, clear=again - early)])).raw["cases"]) == 1
    assert len(run(unchecked([reported(0, luck=luck, clear=again + 1)])).raw["cases"]) == 2


def test_a_withdrawal_is_no_closure():
    """Issue 1: withdrawn at 10, reported again at 55, closed falsely at 120: closure 0 of the issue, with its chance."""
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.RECOMPLAIN: [True, False]})
    works = luck_with({Purpose.FAIL: [False]})
    log = run(unchecked([reported(0, luck=works), reported(0, luck=luck, duplicate=55, patience=10)]))
    assert log.raw["cases"]["outcome"].tolist() == [Outcome.CLOSED, Outcome.WITHDRAWN, Outcome.CLOSED, Outcome.CLOSED]
    assert log.raw["cases"]["known"].tolist() == [0, 0, 55, 120 + delay(luck, 0)]


def test_rework_that_moves_up_can_be_misrouted_there():
    """The check finds case 0 unsolved; by then it has worsened, moves up, and lands at a wrong owner first."""
    luck = luck_with({Purpose.FAIL: [True, False], Purpose.DETECT: [True], Purpose.MISROUTE: [True, False]})
    plan = make(
        issues=[reported(0, luck=luck, worsen=70, worse_difficulty=MILLION)],
        stages=[
            {**HANDLE, "level": Level.GRID},
            {"role": Role.PAPER_CHECK, "level": Level.CITY, "work": 30},
            {**HANDLE, "level": Level.DEPARTMENT, "misroute": HALF, "return_work": 15},
        ],
        hops=[{"capability": HALF, "up": 2}, {}, {}],
        categories=[{"failure": HALF, "paper_detect": HALF, "paper_stage": 1}],
        queues=[{}, {}, {"first_peer": 2, "peers": 2}, {"first_peer": 2, "peers": 2}],
        routes={Level.GRID: 0, Level.CITY: 1, Level.DEPARTMENT: 2},
        servers=[{}] * 4,
        links=[{"server": q, "queue": q} for q in range(4)],
        rules={"horizon": DAY},
    )
    assert queues_of(run(plan), 0) == [(0, 0), (60, 1), (90, 0), (150, 3), (166, 2), (226, 1)]


def test_a_run_may_need_more_room_than_the_plan_foresees():
    """One issue that is never truly solved and reported again at once: thousands of cases."""
    plan = make(
        issues=[reported(0)],
        work=[[1] * 5],
        servers=[{}],
        links=[{}],
        categories=[{"failure": MILLION, "recomplain": MILLION, "recomplain_delay": 1}],
        rules={"horizon": 6000},
    )
    assert len(run(plan).raw["cases"]) == 2566
