"""Chapters 1 and 2 of docs/model.md: time, chance and numbers, and the order within an instant."""

from __future__ import annotations

import pytest
from plans import make
from rulebook import HALF, HANDLE, case, day, happened, issue, luck_with, queues_of, reported, run, stretches

from sim.engine.events import EventKind, Outcome, Purpose, Role, Source
from sim.engine.plan import DAY, MILLION
from sim.engine.reference.chance import happens, mix

GOLDEN = 0x9E3779B97F4A7C15
TWO_SHIFTS = [(100, 200), (300, 400)]


# Chance and rounding


def test_the_chances_of_luck_zero_are_the_published_stream_of_splitmix64():
    stream = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [mix(0, purpose, 0) for purpose in (1, 2, 3)] == stream
    assert mix(GOLDEN, 0, 0) == mix((1 << 64) - GOLDEN, 2, 0) == stream[0]  # luck + purpose · golden, modulo 2^64


def test_the_kth_chance_adds_its_own_constant():
    assert mix(5, 0, 3) == mix(5 + 3 * 0xD1B54A32D192ED03, 0, 0)


def test_a_chance_happens_if_its_millionth_lies_below():
    """0xE220A839 / 2^32 = 0.88331…: the word of (0, 1, 0) is millionth 883310."""
    assert not happens(883_310, 0, 1, 0)
    assert happens(883_311, 0, 1, 0)
    assert happens(1, -GOLDEN % (1 << 64), 1, 0)  # word 0
    assert not happens(0, -GOLDEN % (1 << 64), 1, 0)


@pytest.mark.parametrize(("failure", "resolved"), [(883_310, 60), (883_311, -1)])
def test_the_first_disposal_fails_by_the_first_chance_of_fail(failure, resolved):
    """FAIL is purpose 4: luck −3·golden makes its word 0 the first of the published stream."""
    luck = -3 * GOLDEN % (1 << 64)
    log = run(make(issues=[reported(0, luck=luck)], servers=[{}], links=[{}], categories=[{"failure": failure}]))
    assert issue(log).resolved == resolved


@pytest.mark.parametrize(
    ("work", "factor", "skill", "seconds"),
    [
        (3, 500_000, MILLION, 2),  # 1.5: halves up
        (5, 500_000, MILLION, 3),  # 2.5: halves up, not to even
        (5, 499_999, MILLION, 2),
        (1, 499_999, MILLION, 1),  # 0, but a service is at least a second
        (100, MILLION, 800_000, 125),
        (100, MILLION, 700_000, 143),  # 142.86
        (1, MILLION, 666_666, 2),  # 1.5000015
        (1, MILLION, 666_667, 1),  # 1.4999993
        (101, 1_150_000, 700_000, 166),  # 116.15 → 116, then 165.7
    ],
)
def test_work_takes_work_times_factor_over_skill(work, factor, skill, seconds):
    plan = make(
        issues=[reported(0)],
        servers=[{"skill": skill}],
        links=[{"work_factor": factor}],
        work=[[work] * 5],
    )
    assert case(run(plan)).finished == seconds


# Calendars


@pytest.mark.parametrize(
    ("since", "seconds", "until"),
    [
        (0, 1, 101),
        (50, 100, 200),  # the end of an interval rather than the start of the next
        (50, 101, 301),
        (99, 1, 101),
        (100, 1, 101),
        (150, 50, 200),
        (150, 51, 301),
        (199, 1, 200),
        (200, 1, 301),
        (250, 100, 400),
        (0, 200, 400),
        (0, 201, -1),  # the calendar has not so much left
        (300, 101, -1),
        (399, 1, 400),
        (400, 1, -1),
    ],
)
def test_a_clock_counts_open_time_only(since, seconds, until):
    """Seen in the limit of a case filed at ``since``."""
    plan = make(
        issues=[reported(since, severity=3)],
        servers=[{}],
        links=[{}],
        shifts=[[], TWO_SHIFTS],
        limits={3: {"calendar": 1, "seconds": seconds}},
    )
    record = case(run(plan))
    assert (record.filed, record.limit, record.limit_original) == (since, until, until)


def test_a_clock_without_intervals_is_always_open():
    plan = make(issues=[reported(7)], servers=[{}], links=[{}], limits={2: {"seconds": 5 * DAY}})
    assert case(run(plan)).limit == 7 + 5 * DAY


def test_nothing_happens_at_the_horizon_or_after_it():
    """Reports at 99, 100 and 101 of a run of 100 s; the service of the first would end at 159."""
    plan = make(
        issues=[reported(at) for at in (99, 100, 101)],
        servers=[{}],
        links=[{}],
        rules={"horizon": 100},
    )
    log = run(plan)
    assert happened(log, "REPORT START FINISH") == [(99, "REPORT", 0, -1), (99, "START", 0, 0)]
    assert len(log.raw["cases"]) == 1
    assert case(log).outcome == Outcome.OPEN
    assert day(log).case == 1


def test_a_service_that_would_end_at_the_horizon_is_still_in_hand():
    one = {"servers": [{}], "links": [{}]}
    assert case(run(make(issues=[reported(39)], rules={"horizon": 100}, **one))).finished == 99
    assert case(run(make(issues=[reported(40)], rules={"horizon": 100}, **one))).finished == -1


# The order within an instant


def test_a_service_that_ends_with_the_shift_is_finished():
    """Work 60 in a shift of 60: finished, not suspended; the next case waits for the next shift."""
    plan = make(issues=[reported(0), reported(0)], servers=[{}], links=[{}], shifts=[[(0, 60), (100, 200)]])
    log = run(plan)
    assert happened(log, "START FINISH SUSPEND SHIFT_START SHIFT_END") == [
        (0, "SHIFT_START", -1, 0),
        (0, "START", 0, 0),
        (60, "FINISH", 0, 0),
        (60, "SHIFT_END", -1, 0),
        (100, "SHIFT_START", -1, 0),
        (100, "START", 1, 0),
        (160, "FINISH", 1, 0),
        (200, "SHIFT_END", -1, 0),
    ]


def test_shifts_that_touch_suspend_and_resume_in_the_same_second():
    """The old shift ends before the new one starts; no second of work is lost."""
    plan = make(issues=[reported(0)], servers=[{}], links=[{}], shifts=[[(0, 60), (60, 200)]], work=[[100] * 5])
    log = run(plan)
    assert happened(log, "SUSPEND SHIFT_END SHIFT_START RESUME FINISH") == [
        (0, "SHIFT_START", -1, 0),
        (60, "SUSPEND", 0, 0),
        (60, "SHIFT_END", -1, 0),
        (60, "SHIFT_START", -1, 0),
        (60, "RESUME", 0, 0),
        (100, "FINISH", 0, 0),
        (200, "SHIFT_END", -1, 0),
    ]
    assert (day(log).case, day(log).overtime) == (100, 0)


def test_between_shifts_that_touch_a_better_case_may_come_first():
    """The class-0 case reported at 60 is taken at 60, the suspended one of class 3 after it."""
    plan = make(
        issues=[reported(0, **{"class": 3}), reported(60)],
        servers=[{}],
        links=[{}],
        shifts=[[(0, 60), (60, 300)]],
        work=[[100] * 5, [10] * 5],
    )
    assert stretches(run(plan)) == [(0, 60, 0), (60, 70, 1), (70, 110, 0)]


def test_one_goes_home_in_the_second_in_which_another_comes():
    """Server 1 leaves at 60 with half of case 0 done; server 0 comes at 60 and takes case 1, not case 0."""
    plan = make(
        issues=[reported(0), reported(10)],
        servers=[{"calendar": 0}, {"calendar": 1}],
        links=[{"server": 0}, {"server": 1}],
        shifts=[[(60, 200)], [(0, 60), (300, 400)]],
        work=[[120] * 5, [30] * 5],
    )
    log = run(plan)
    assert stretches(log, 0) == [(60, 90, 1)]
    assert stretches(log, 1) == [(0, 60, 0), (300, 360, 0)]


HELD = {
    "stages": [{**HANDLE, "level": 0}, {**HANDLE, "level": 1}],
    "queues": [{}, {}],
    "routes": {1: 1},
    "servers": [{"calendar": 1}, {}],
    "links": [{}, {"server": 1, "queue": 1}],
}


@pytest.mark.parametrize(("hold", "server", "hops"), [(60, 1, 1), (61, 0, 0)])
def test_a_hold_runs_out_before_a_server_comes_free_in_the_same_second(hold, server, hops):
    """Server 0 is busy with case 0 until 60; case 1 waits from 0."""
    plan = make(
        issues=[reported(0), reported(0)],
        shifts=[[], []],
        hops=[{"up": 1, "hold": hold}, {}],
        **HELD,
    )
    log = run(plan)
    assert happened(log, "START", case=1) == [(60, "START", 1, server)]
    assert case(log, 1).hops == hops


@pytest.mark.parametrize(("hold", "server"), [(59, 1), (60, 1), (61, 0)])
def test_a_hold_runs_out_before_the_shift_that_starts_in_the_same_second_serves(hold, server):
    plan = make(issues=[reported(0)], shifts=[[], [(60, 500)]], hops=[{"up": 1, "hold": hold}, {}], **HELD)
    log = run(plan)
    assert happened(log, "START") == [(min(hold, 60), "START", 0, server)]


@pytest.mark.parametrize(("patience", "outcome"), [(60, Outcome.WITHDRAWN), (61, Outcome.CLOSED)])
def test_patience_runs_out_before_a_server_comes_free_in_the_same_second(patience, outcome):
    plan = make(issues=[reported(0), reported(0, patience=patience)], servers=[{}], links=[{}])
    log = run(plan)
    assert case(log, 1).outcome == outcome
    assert case(log, 1).closed == (60 if outcome == Outcome.WITHDRAWN else 120)


def test_a_case_is_withdrawn_rather_than_escalated_in_the_same_second():
    plan = make(
        issues=[reported(0), reported(0, patience=30)],
        shifts=[[], []],
        hops=[{"up": 1, "hold": 30}, {}],
        **HELD,
    )
    log = run(plan)
    assert happened(log, "WITHDRAW ESCALATE") == [(30, "WITHDRAW", 1, -1)]
    assert case(log, 1).hops == 0


@pytest.mark.parametrize(("rebind_after", "server"), [(29, 1), (30, 0)])
def test_whoever_comes_back_in_the_second_in_which_work_would_be_handed_back_keeps_it(rebind_after, server):
    """Server 0 is away from 50 to 80, with 10 s of case 0 left; server 1 is there from 60 on."""
    plan = make(
        issues=[reported(0)],
        servers=[{"calendar": 0}, {"calendar": 1}],
        links=[{"server": 0}, {"server": 1}],
        shifts=[[(0, 50), (80, 500)], [(60, 500)]],
        rules={"rebind_after": rebind_after},
    )
    log = run(plan)
    assert happened(log, "FINISH") == [(89 if server else 90, "FINISH", 0, server)]
    assert happened(log, "REBIND") == ([(79, "REBIND", 0, 0)] if server else [])


def test_a_hold_that_runs_out_in_the_second_of_a_hand_back_comes_first():
    """Case 0 is handed back at 60, case 1 has waited until 60: it has left before anybody could take it."""
    plan = make(
        issues=[reported(0), reported(0)],
        shifts=[[], [(0, 50), (200, 500)]],
        hops=[{"up": 1, "hold": 60}, {}],
        rules={"rebind_after": 10},
        work=[[100] * 5] * 2,
        **HELD,
    )
    log = run(plan)
    assert happened(log, "REBIND ESCALATE") == [(60, "REBIND", 0, 0), (60, "ESCALATE", 1, -1)]  # sorted by kind
    assert happened(log, "START", case=0) == [(0, "START", 0, 0), (200, "START", 0, 0)]
    assert happened(log, "START", case=1) == [(60, "START", 1, 1)]


def test_cases_are_numbered_by_second_and_then_by_issue():
    plan = make(issues=[reported(10), reported(10), reported(5)], servers=[{}], links=[{}])
    assert run(plan).raw["cases"]["issue"].tolist() == [2, 0, 1]


def test_a_notice_and_reports_of_one_second_come_in_the_order_of_issues():
    """The patrol leg ends at 100 and notices issue 1; issues 0 and 2 are reported at 100."""
    plan = make(
        issues=[reported(100, place=1, unit=1), {"onset": 0}, reported(100, place=1, unit=1)],
        categories=[{"patrol_hazard": MILLION}],
        servers=[{"calendar": 1, "patrol_quota": 100, "legs": 1, "patrol_class": 14}],
        links=[{}],
        shifts=[[], [(0, 1000)]],
        legs=[{"first_stop": 0, "stops": 1, "seconds": 100}],
        stops=[{"building": 0}],
    )
    log = run(plan)
    assert log.raw["cases"]["issue"].tolist() == [0, 1, 2]
    assert log.raw["cases"]["source"].tolist() == [Source.REPORT, Source.PATROL, Source.REPORT]


def test_moves_come_after_the_reports_of_the_same_second():
    """Case 0 (noticed at 10, stage 0, unable) moves to stage 1 at 70; the duplicate report arrives there at 70 too.

    At stage 1 cases may be misrouted. The report comes first and takes chance 0 (no), the move chance 1 (yes), so the
    case goes to queue 2 and the duplicate to queue 1.
    """
    luck = luck_with({Purpose.MISROUTE: [False, True]})
    plan = make(
        issues=[{"onset": 0, "duplicate": 70, "report_stage": 1, "notice_stage": 0, "luck": luck}],
        categories=[{"patrol_hazard": MILLION}],
        stages=[{**HANDLE, "level": 0}, {**HANDLE, "level": 1, "misroute": HALF, "return_work": 5}],
        hops=[{"capability": -1, "up": 1}, {}],
        queues=[{}, {"first_peer": 1, "peers": 2}, {"first_peer": 1, "peers": 2}],
        routes={1: 1},
        servers=[{"calendar": 1, "patrol_quota": 10, "legs": 1, "patrol_class": 14}, {}],
        links=[{"server": 0, "queue": 0}, {"server": 1, "queue": 1}, {"server": 1, "queue": 2}],
        shifts=[[], [(0, 1000)]],
        legs=[{"first_stop": 0, "stops": 1, "seconds": 10}],
        stops=[{"building": 0}],
    )
    log = run(plan)
    assert queues_of(log, 0)[:2] == [(10, 0), (70, 2)]
    assert queues_of(log, 1) == [(70, 1)]


def test_two_moves_of_one_second_come_in_the_order_of_cases():
    """Case 1, a duplicate left over from case 0, and case 3, a repeat, both move to stage 1 in second 129.

    The queue serves the newest first. Case 0 is settled at 60 (a failure, closed falsely), case 2 (of issue 1) at 69,
    then case 3, reported in 61…68: the issue is worse since 65, so it moves up at 129. Case 1 has waited from 30 on
    and escalates after 99 s. MISROUTE 0 (no) is for case 1, MISROUTE 1 (yes) for case 3.
    """
    luck = luck_with({Purpose.FAIL: [True], Purpose.MISROUTE: [False, True]})
    plan = make(
        issues=[
            {**reported(0), "luck": luck, "duplicate": 30, "worsen": 65, "worse_difficulty": MILLION},
            reported(31),
        ],
        categories=[{"failure": HALF, "recomplain": MILLION, "recomplain_delay": 1}],
        stages=[{**HANDLE, "level": 0}, {**HANDLE, "level": 1, "misroute": HALF, "return_work": 5}],
        hops=[{"capability": HALF, "up": 1, "hold": 99}, {}],
        queues=[{"slope": -1}, {"first_peer": 1, "peers": 2}, {"first_peer": 1, "peers": 2}],
        routes={1: 1},
        servers=[{}, {}],
        links=[{"server": 0}, {"server": 1, "queue": 1}, {"server": 1, "queue": 2}],
        work=[[60] * 5, [9] * 5],
    )
    log = run(plan)
    assert log.raw["cases"]["source"].tolist()[:4] == [Source.REPORT, Source.DUPLICATE, Source.REPORT, Source.REPEAT]
    assert queues_of(log, 1) == [(30, 0), (129, 1)]
    assert queues_of(log, 3)[1:2] == [(129, 2)]


def test_a_case_that_comes_free_by_a_move_competes_in_the_same_second():
    """Case 0 moves up at 60 to the stage whose server comes free at 60; class 0 goes before class 1 waiting there."""
    plan = make(
        issues=[reported(0), reported(0, report_stage=1, **{"class": 1}), reported(1, report_stage=1, **{"class": 1})],
        shifts=[[], []],
        hops=[{"capability": -1, "up": 1}, {}],
        **HELD,
    )
    assert stretches(run(plan), 1) == [(0, 60, 1), (60, 120, 0), (120, 180, 2)]


def test_of_two_reports_of_one_second_the_better_class_is_served_first():
    plan = make(issues=[reported(5, **{"class": 1}), reported(5)], servers=[{}], links=[{}])
    assert stretches(run(plan)) == [(5, 65, 1), (65, 125, 0)]


def test_a_closed_case_is_closed_before_the_report_of_the_same_second():
    """The disposal of 60 fails: the duplicate report at 60 meets no open case and opens a repeat."""
    luck = luck_with({Purpose.FAIL: [True]})
    plan = make(
        issues=[{**reported(0), "luck": luck, "duplicate": 60}],
        categories=[{"failure": HALF}],
        servers=[{}],
        links=[{}],
    )
    log = run(plan)
    assert log.raw["cases"]["source"].tolist() == [Source.REPORT, Source.REPEAT]
    assert case(log, 1).known == 60


def test_every_stated_phase_in_one_second():
    """Second 60, phase by phase: a service ends; shifts end and start; patience, hold; a notice, a report, moves; starts."""
    stages = [{**HANDLE, "level": 0}, {**HANDLE, "level": 1}, {"role": Role.PAPER_CHECK, "level": 2, "work": 10}]
    plan = make(
        issues=[
            reported(0, place=1, unit=1),  # case 0: in hand of server 0 until 60, then to the paper check
            reported(0, place=1, unit=1, patience=60),  # case 1: withdrawn at 60
            reported(0, place=1, unit=1),  # case 2: escalates at 60
            {"onset": 30},  # case 4: noticed at 60 by server 1's patrol of place 0
            reported(60, place=1, unit=1),  # case 5
            reported(0, place=1, unit=1, report_stage=1),  # case 3: suspended at 60 by the end of server 2's shift
        ],
        categories=[{"patrol_hazard": MILLION, "paper_stage": 2}],
        stages=stages,
        hops=[{"up": 1, "hold": 60}, {}, {}],
        queues=[{}, {}, {}],
        routes={1: 1, 2: 2},
        servers=[
            {},
            {"calendar": 1, "patrol_quota": 60, "legs": 1, "patrol_class": 14},
            {"calendar": 2},
            {"calendar": 3},
        ],
        links=[{}, {"server": 2, "queue": 1}, {"server": 3, "queue": 2}],
        shifts=[[], [(0, 900)], [(0, 60), (500, 900)], [(60, 900)]],
        legs=[{"first_stop": 0, "stops": 1, "seconds": 60}],
        stops=[{"building": 0}],
        work=[[60] * 5] * 5 + [[100] * 5],
    )
    events = run(plan).raw["events"]
    then = events[events["time"] == 60]
    assert [(EventKind(kind).name, c, s) for kind, c, s in then[["kind", "case", "server"]].tolist()] == [
        ("FINISH", 0, 0),
        ("SETTLE", 0, -1),
        ("PIECE_END", -1, 1),
        ("SUSPEND", 3, 2),
        ("SHIFT_END", -1, 2),
        ("SHIFT_START", -1, 3),
        ("ESCALATE", 2, -1),
        ("WITHDRAW", 1, -1),
        ("ONSET", -1, -1),
        ("NOTICE", 4, 1),
        ("REPORT", 5, -1),
        ("ENTER", 0, -1),
        ("ENTER", 2, -1),
        ("ENTER", 4, -1),
        ("ENTER", 5, -1),
        ("START", 0, 3),
        ("START", 4, 0),
    ]
    assert then["phase"].tolist() == [0] * 3 + [1] * 2 + [2] + [3] * 2 + [5] * 7 + [6] * 2
