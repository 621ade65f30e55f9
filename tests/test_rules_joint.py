"""Chapter 10 of docs/model.md, joint stages: crews that are called, kept free, come, work and leave together."""

from __future__ import annotations

import pytest
from crews import CITY, DESK, FIRE, HOUSING, OFFICE, TOGETHER, WATER, chore, leak, leaking
from rulebook import HALF, HANDLE, case, course, day, happened, luck_with, queues_of, rows_of, run, stretches

from sim.engine.events import NEVER, Action, Level, Outcome, Phase, Purpose, Role, State
from sim.engine.plan import DAY, MILLION

ALL = (HOUSING, WATER, FIRE)
OVERDUE = {"attend": 1}  # from the second after it comes on
INTERRUPT = {"preempts": [(0, other) for other in range(2, 16)]}  # class 0 interrupts classes 2, 3, …
ONE_SHIFT = {"servers": [{}, {}, {"calendar": 1}, {}, {}, {}]}  # of fire
SURE = {"looks": [{"state": State.ALWAYS, "buckets": 1}], "buckets": [{"chance": MILLION}]}


def crews(log, number: int = 0) -> list[tuple[int, str, int, int]]:
    """(second, kind, case, server) of the joint service of a case."""
    return happened(log, "START SUSPEND FINISH", case=number)


def all_of(second: int, kind: str, number: int = 0, servers=ALL) -> list[tuple[int, str, int, int]]:
    return [(second, kind, number, server) for server in servers]


def reserved(log, server: int, number: int = 0) -> int:
    return day(log, server, number).reserved


# What a joint stage is


def test_all_members_start_work_and_end_together():
    """The largest part, housing's, takes 100 s."""
    log = run(leak([leaking(5)]))
    assert crews(log) == all_of(5, "START") + all_of(105, "FINISH")
    rows = rows_of(log, "START FINISH SETTLE")
    assert [row[4] for row in rows] == [*ALL, *ALL, NEVER]
    assert {row[5] for row in rows} == {Level.STREET}
    record, way = case(log), course(log)
    assert (record.filed, record.dispatched, record.started, record.finished, record.closed) == (5, 5, 5, 105, 105)
    assert (record.level, record.hops, record.stage, record.outcome) == (Level.STREET, 0, TOGETHER, Outcome.CLOSED)
    assert (way.accepted, way.attended, way.parts, way.no_shows) == (5, 5, 3, 0)
    assert [day(log, server).case for server in ALL] == [100] * 3


@pytest.mark.parametrize(("shares", "work"), [((0, 0, 0), 1), ((0, 1, HALF), 50), ((HALF, 0, 2 * MILLION), 200)])
def test_the_work_is_that_of_the_largest_share_and_at_least_a_second(shares, work):
    assert case(run(leak([leaking(0)], shares=shares))).closed == work


def test_skill_and_work_factors_do_not_count():
    links = [{"server": queue, "queue": queue, "work_factor": 3 * MILLION} for queue in range(6)]
    assert case(run(leak([leaking(0)], servers=[{"skill": HALF}] * 6, links=links))).closed == 100


@pytest.mark.parametrize(("triage", "done"), [(9, 9), (0, 1), (NEVER, 100)])
def test_a_joint_stage_that_is_not_able_takes_its_triage_and_passes_the_case_up(triage, done):
    log = run(
        leak([leaking(0, difficulty=HALF)], hops={TOGETHER: {"capability": HALF - 1, "triage": triage, "up": CITY}})
    )
    assert crews(log)[:6] == all_of(0, "START") + all_of(done, "FINISH")
    assert queues_of(log, 0) == [(0, NEVER), (done, 3)]
    record, way = case(log), course(log)
    assert (record.hops, record.level, record.started, record.finished) == (1, Level.CITY, 0, done + 40)
    assert (way.accepted, way.parts) == (0, 0)


def test_it_is_able_at_its_capability_or_if_nobody_is_above():
    for hop in ({"capability": HALF, "up": CITY}, {"capability": 0}):
        log = run(leak([leaking(0, difficulty=HALF)], hops={TOGETHER: {"triage": 9, **hop}}))
        assert (case(log).level, case(log).closed) == (Level.STREET, 100)


def test_nobody_is_asked_there_to_misroute_hold_decline_feign_or_whistle():
    hop = {"hold": 1, "decline": 0, "declined": 0, "up": CITY, "feign": 0, "feign_work": 1, "whistle": MILLION}
    stage = {"misroute": MILLION, "return_work": 1, "whistle": DESK, "refers": 1}
    wait = {"role": Role.WAIT, "wait": 500, "next": TOGETHER}
    issues = [chore(0, WATER, 20), leaking(0)]
    plan = leak(
        issues,
        together=stage,
        hops={TOGETHER: hop},
        queues=[{"peers": 3}] * 6,
        path=[wait],
        office={"whistle": TOGETHER},
        **SURE,
    )
    log = run(plan)
    assert crews(log, 1) == all_of(20, "START", 1) + all_of(120, "FINISH", 1)
    assert (course(log, 1).feigned, course(log, 1).declines, case(log, 1).returns) == (0, 0, 0)


def test_the_limit_begins_where_it_is_filed():
    log = run(leak([leaking(7)], limits={2: {"seconds": 50}}))
    assert (case(log).limit, case(log).limit_original) == (57, 57)


# Who is called


def test_who_stays_away_is_not_called_and_the_leader_does_its_share():
    """Water, member 1, does not come; fire, member 2, does: 1 + 1/2 of 100 s."""
    luck = luck_with({Purpose.NO_SHOW: [False, True, False]})
    log = run(leak([leaking(0, luck=luck)], no_show=(0, HALF, HALF)))
    assert crews(log) == all_of(0, "START", servers=(HOUSING, FIRE)) + all_of(150, "FINISH", servers=(HOUSING, FIRE))
    assert (course(log).no_shows, course(log).parts) == (1, 2)


def test_the_leader_may_be_left_alone_and_is_never_away():
    log = run(leak([leaking(0)], no_show=(0, MILLION, MILLION), shares=(0, 333_333, 333_333)))
    assert crews(log) == [(0, "START", 0, 0), (67, "FINISH", 0, 0)]
    assert (course(log).no_shows, course(log).parts) == (2, 1)


def test_each_time_it_comes_there_they_are_called_anew():
    """Water stays away the first time (chance 1) and fire the second (chance 10); found out at 160."""
    wanted = [False, True, False, *[False] * 6, False, True]
    luck = luck_with({Purpose.NO_SHOW: wanted, Purpose.FAIL: [True, False]})
    log = run(leak([leaking(0, luck=luck)], no_show=(0, HALF, HALF), failure=HALF))
    assert queues_of(log, 0) == [(0, NEVER), (150, 4), (160, NEVER), (280, 4)]
    assert crews(log)[6:10] == all_of(160, "START", servers=(HOUSING, WATER)) + all_of(
        280, "FINISH", servers=(HOUSING, WATER)
    )
    assert (course(log).no_shows, course(log).parts, case(log).reworks, course(log).attended) == (2, 2, 1, 0)


def test_entries_count_for_the_issue():
    """The first case is settled, not truly; for the second, reported at 500, member 1 has the chance 8 + 1."""
    wanted = [False, False, False, *[False] * 6, True, False]
    luck = luck_with({Purpose.NO_SHOW: wanted, Purpose.FAIL: [True, False]})
    log = run(leak([leaking(0, luck=luck, duplicate=500)], no_show=(0, HALF, HALF), categories=[{"failure": HALF}]))
    assert [course(log, number).no_shows for number in (0, 1)] == [0, 1]


# Waiting


def test_a_case_waits_until_all_are_free_and_keeps_nobody_until_it_is_overdue():
    """Water is busy until 50; a chore for fire, at 20, goes first, and is done at 60."""
    log = run(leak([chore(0, WATER, 50), leaking(10), chore(20, FIRE, 40)]))
    assert crews(log, 1)[:3] == all_of(60, "START", 1)
    assert [reserved(log, server) for server in ALL] == [0, 0, 0]


def test_an_overdue_case_keeps_who_is_free():
    """From 15 on housing and fire are kept; fire's chore, at 20, waits for the end."""
    log = run(leak([chore(0, WATER, 50), leaking(10), chore(20, FIRE, 40)], together={"attend": 5}))
    assert crews(log, 1) == all_of(50, "START", 1) + all_of(150, "FINISH", 1)
    assert happened(log, "START", server=FIRE)[1] == (150, "START", 2, FIRE)
    assert [reserved(log, server) for server in ALL] == [35, 0, 35]


@pytest.mark.parametrize(("attend", "calendar", "since"), [(0, 0, 11), (8, 1, 108), (9, 2, NEVER), (NEVER, 0, NEVER)])
def test_how_long_that_takes_is_told_by_a_calendar(attend, calendar, since):
    """Calendar 1 is open from 100 on, calendar 2 closes too early. Water has work until 500."""
    shifts = [[], [(100, 5000)], [(0, 18)]]
    plan = leak(
        [chore(0, WATER, 500), leaking(10)], together={"attend": attend, "attend_calendar": calendar}, shifts=shifts
    )
    assert reserved(run(plan), FIRE) == (0 if since == NEVER else 500 - since)


def test_in_the_second_in_which_it_becomes_overdue_the_rest_is_matched_first():
    """A chore comes to fire as the case becomes overdue: fire is kept, as that comes before Match."""
    log = run(leak([chore(0, WATER, 50), leaking(10), chore(15, FIRE, 40)], together={"attend": 5}))
    assert crews(log, 1)[:3] == all_of(50, "START", 1)


def test_patience_holds_and_hanging_do_not_touch_it():
    """The mark that hangs and the patience of 5 s pass it by; it waits until 500."""
    issues = [chore(0, WATER, 500), leaking(10, patience=5)]
    marks = {"limits": {2: {"marks": 1}}, "marks": [{"seconds": 10, "action": Action.HANG, "extension": 10}]}
    log = run(leak(issues, hops={TOGETHER: {"hold": 7, "up": CITY}}, **marks))
    assert (course(log, 1).hangs, case(log, 1).outcome, course(log, 1).attended) == (0, Outcome.CLOSED, 500)
    assert happened(log, "HANG WITHDRAW ESCALATE") == []


def test_who_has_been_attended_is_not_withdrawn_later():
    """Passed up to the city at 9, where the mayor is busy until 500."""
    hops = {TOGETHER: {"capability": 0, "triage": 9, "up": CITY}}
    log = run(leak([chore(0, 3, 500), leaking(0, patience=200, difficulty=1)], hops=hops))
    assert (case(log, 1).outcome, case(log, 1).closed) == (Outcome.CLOSED, 540)


def test_supervision_counts_but_its_class_comes_too_late_for_the_list():
    """Raised to class 0 at 20, the case has class 5 still: the chore of class 1 interrupts it; after REWORK it has class 0."""
    luck = luck_with({Purpose.FAIL: [True, False]})
    issues = [
        chore(0, WATER, 50),
        leaking(10, luck=luck, **{"class": 5}),
        chore(60, FIRE, 10, **{"class": 1}),
        chore(220, FIRE, 10, **{"class": 1}),
    ]
    marks = {"limits": {2: {"marks": 1}}, "marks": [{"seconds": 10, "action": Action.SUPERVISE, "class": 0}]}
    preempts = [(a, b) for a in (0, 1) for b in range(a + 1, 16)]
    log = run(leak(issues, failure=HALF, preempts=preempts, **marks))
    assert (20, Phase.TIMER, "SUPERVISE", 1, NEVER, Level.STREET) in rows_of(log, "SUPERVISE")
    assert [row for row in crews(log, 1) if row[1] == "SUSPEND"] == all_of(60, "SUSPEND", 1)
    assert (course(log, 1).supervised, case(log, 1).reworks) == (2, 1)


def test_it_waits_with_the_class_that_it_would_have_in_a_queue():
    """Worse from 40 on, the case came at 10: class 5 still counts when it is started at 50, and interrupted at 60."""
    issues = [
        chore(0, WATER, 50),
        leaking(10, worsen=40, worse_class=0, **{"class": 5}),
        chore(60, FIRE, 10, **{"class": 0}),
    ]
    log = run(leak(issues, **INTERRUPT))
    assert (60, "SUSPEND", 1, FIRE) in crews(log, 1)


# Reserve


def two_at_fire(**second):
    """Fire has two servers, 2 and 6, the second with a link and a row of its own."""
    link, row = second.pop("link", {}), second
    links = [{"server": queue, "queue": queue} for queue in range(6)]
    return {"servers": [*[{}] * 6, row], "links": [*links, {"server": 6, "queue": FIRE, **link}]}


def test_of_several_the_one_of_the_best_rank_comes_then_the_nearest_then_the_first():
    far = [{"x": 0}, {"x": 10, "first_place": 1}]
    for more, comes in (
        ({}, 2),
        ({"link": {"rank": 1}}, 2),
        ({"link": {"rank": -1}}, 6),
        ({"building": 0, "speed": 1000}, 6),
    ):
        plan = two_at_fire(**more)
        if "speed" in more:
            plan["servers"][2] = {"building": 1, "speed": 1000}
        log = run(leak([leaking(0)], buildings=far, **plan))
        assert [server for _, _, _, server in crews(log)[:3]] == [HOUSING, WATER, comes]


def test_rank_goes_before_travel():
    far = [{"x": 0}, {"x": 10, "first_place": 1}]
    plan = two_at_fire(building=1, speed=1000, link={"rank": -1})
    log = run(leak([leaking(0)], buildings=far, **plan))
    assert crews(log)[:3] == all_of(0, "START", 0, (HOUSING, WATER, 6))
    assert case(log).closed == 110


def test_one_server_of_each_is_enough():
    """Two cases share the two at fire: the second is kept for the second case."""
    plan = two_at_fire()
    log = run(leak([chore(0, WATER, 50), leaking(10), leaking(10)], together=OVERDUE, **plan))
    assert [reserved(log, server) for server in (FIRE, 6)] == [39, 139]
    assert crews(log, 2)[0][0] == 150


def test_overdue_cases_come_in_the_order_of_their_due_times():
    """Case 1 comes first, at 10, to a stage where it is overdue late; case 2, at 20, to one where it is overdue at once."""
    late = {"role": Role.JOINT, "level": Level.STREET, "content": Level.DEPARTMENT, "attend": 25}
    issues = [chore(0, WATER, 50), leaking(10, report_stage=CITY), leaking(20)]
    plan = leak(
        issues,
        together=OVERDUE,
        city={"whistle": DESK},
        hops={CITY: {"whistle": MILLION}},
        path=[late],
        office={"whistle": TOGETHER},
    )
    log = run(plan)
    assert (course(log, 2).attended, course(log, 1).attended) == (50, 150)


def test_cases_overdue_since_the_same_second_come_by_number():
    log = run(leak([chore(0, WATER, 50), leaking(10), leaking(10)], together=OVERDUE))
    assert [course(log, number).attended for number in (1, 2)] == [50, 150]


def test_others_come_after_the_overdue_in_the_order_in_which_they_came():
    """At 50 cases 1 and 2 wait, since 10 (by way of a wait) and 9; case 3, since 20 at another stage, is overdue from 30 on."""
    wait = {"role": Role.WAIT, "wait": 5, "next": TOGETHER}
    soon = {"role": Role.JOINT, "level": Level.STREET, "content": Level.DEPARTMENT, "attend": 10}
    third = {**HANDLE, "level": Level.CITY, "whistle": DESK + 1}
    issues = [chore(0, WATER, 50), leaking(5), leaking(9, report_stage=CITY), leaking(20, report_stage=DESK + 2)]
    log = run(
        leak(
            issues,
            office={"whistle": DESK}, city={"whistle": TOGETHER}, path=[wait, soon, third],
            hops={CITY: {"whistle": MILLION}, DESK + 2: {"whistle": MILLION}},
        )
    )  # fmt: skip
    assert [course(log, number).attended for number in (3, 2, 1)] == [50, 150, 250]


def test_the_class_has_no_say_in_that_order():
    log = run(leak([chore(0, WATER, 50), leaking(10, **{"class": 5}), leaking(20, **{"class": 1})]))
    assert [course(log, number).attended for number in (1, 2)] == [50, 150]


def test_who_would_rather_go_on_with_work_of_its_own_is_not_kept():
    """Fire has laid down a chore of class 2 at its shift's end and prefers that to the case, of class 2 too, not of class 1."""
    servers = [{}, {}, {"calendar": 1}, {}, {}, {}]
    shifts = [[], [(0, 50), (60, 900)]]
    for klass, first in ((2, "RESUME"), (1, "START")):
        issues = [chore(40, FIRE, 30, **{"class": 2}), leaking(41, **{"class": klass})]
        log = run(leak(issues, together=OVERDUE, servers=servers, shifts=shifts))
        assert happened(log, "START RESUME", server=FIRE)[1][:2] == (60, first)


def test_who_has_a_duty_that_comes_first_is_not_kept():
    """Fire's admin, 100 s from 0 on in pieces of 20, is of class 3; the case of class 4 has to wait for it, that of class 3 not."""
    servers = [{}, {}, {"calendar": 1, "admin": 0, "admin_piece": 20, "admin_class": 3}, {}, {}, {}]
    for klass, attended in ((4, 100), (3, 20)):
        plan = leak(
            [leaking(5, **{"class": klass})],
            together=OVERDUE,
            servers=servers,
            shifts=[[], [(0, 900)]],
            admin=[[100] + [0] * 29],
        )
        assert course(run(plan)).attended == attended


def test_nobody_is_kept_while_a_member_has_nobody_on_shift():
    """Fire is there from 100 to 200 and from 300 on; water has work until 250. Housing is kept while fire is there."""
    servers = [{}, {}, {"calendar": 1}, {}, {}, {}]
    log = run(
        leak(
            [chore(0, WATER, 250), leaking(10)],
            together=OVERDUE,
            servers=servers,
            shifts=[[], [(100, 200), (300, 900)]],
        )
    )
    assert course(log, 1).attended == 300
    assert [reserved(log, server) for server in ALL] == [100, 0, 100]


def test_a_case_that_keeps_nobody_leaves_them_to_the_cases_after_it():
    """The first party needs fire, who is away; the second, of housing and water, is overdue later and begins at 50."""
    servers = [{}, {}, {"calendar": 1}, {}, {}, {}]
    parties = [{"first_member": 0, "members": 3}, {"first_member": 0, "members": 2}]
    issues = [chore(0, WATER, 50), leaking(10), leaking(20, party=1)]
    log = run(leak(issues, together=OVERDUE, servers=servers, shifts=[[], [(500, 900)]], parties=parties))
    assert [course(log, number).attended for number in (1, 2)] == [500, 50]
    assert reserved(log, HOUSING) == 29


def test_busy_is_there():
    """Fire is on shift and busy until 80: housing is kept."""
    log = run(leak([chore(0, FIRE, 80), leaking(10)], together=OVERDUE))
    assert [reserved(log, server) for server in ALL] == [69, 69, 0]


def test_overtime_is_not():
    """Fire's shift ends at 40, its chore runs on to 100; it is back at 190."""
    issues = [chore(0, FIRE, 100, **{"class": 3}), leaking(10)]
    plan = leak(issues, together=OVERDUE, **ONE_SHIFT, shifts=[[], [(0, 40), (190, 900)]], overtime=[3])
    log = run(plan)
    assert course(log, 1).attended == 190
    assert [reserved(log, server) for server in ALL] == [29, 29, 0]


def test_a_member_whose_queue_nobody_serves_keeps_nobody():
    links = [{"server": queue, "queue": queue} for queue in range(6) if queue != FIRE]
    log = run(leak([leaking(10), chore(20, HOUSING, 30)], together=OVERDUE, links=links))
    assert (course(log).attended, reserved(log, HOUSING), case(log, 1).closed) == (NEVER, 0, 50)


# Match: what those who are kept take up


def test_a_kept_server_takes_up_what_may_interrupt_the_case_and_nothing_else():
    """A chore of class 1, at 20, has to wait; one of class 0, at 30, is started at once, and fire is kept again after it."""
    issues = [chore(0, WATER, 50), leaking(10, **{"class": 2}), chore(20, FIRE, 5, **{"class": 1}), chore(30, FIRE, 5)]
    log = run(leak(issues, together=OVERDUE, **INTERRUPT))
    assert happened(log, "START", server=FIRE)[:2] == [(30, "START", 3, FIRE), (50, "START", 1, FIRE)]
    assert reserved(log, FIRE) == (30 - 11) + (50 - 35)


def test_an_urgent_chore_that_takes_a_kept_server_lets_another_be_kept_at_once():
    """Server 2 is kept for the case, as the first; the chore takes it, and 6 is kept in its stead."""
    issues = [chore(0, WATER, 50), leaking(10, **{"class": 2}), chore(30, FIRE, 100)]
    log = run(leak(issues, together=OVERDUE, **INTERRUPT, **two_at_fire(link={"rank": 1})))
    assert happened(log, "START", server=2) == [(30, "START", 2, 2)]
    assert [reserved(log, server) for server in (FIRE, 6)] == [19, 20]
    assert crews(log, 1)[:3] == all_of(50, "START", 1, (HOUSING, WATER, 6))


def test_who_was_kept_for_another_case_is_free_for_what_may_interrupt_that():
    """Fire's 2 and 6 are kept for cases 1 (class 8) and 2 (class 2). An item of class 0 takes 2; 6 goes over to case 1, and in
    the same second takes up the item of class 1, which may interrupt class 8 but not class 2."""
    preempts = [(0, b) for b in range(1, 16)] + [(1, b) for b in range(5, 16)]
    issues = [
        chore(0, WATER, 90), leaking(10, **{"class": 8}), leaking(11, **{"class": 2}),
        chore(30, FIRE, 10, **{"class": 0}), chore(30, FIRE, 10, **{"class": 1}),
    ]  # fmt: skip
    log = run(leak(issues, together=OVERDUE, preempts=preempts, **two_at_fire()))
    assert happened(log, "START", case=3) == [(30, "START", 3, 2)]
    assert happened(log, "START", case=4) == [(30, "START", 4, 6)]


# Own work


def test_who_is_kept_does_nothing_else_meanwhile():
    """Fire has admin of class 15 all day, in pieces of 10 s; from 11 on it does none until it is finished with the case."""
    servers = [{}, {}, {"calendar": 1, "admin": 0, "admin_piece": 10, "admin_class": 15}, {}, {}, {}]
    plan = leak(
        [chore(0, WATER, 50), leaking(5)],
        together=OVERDUE,
        servers=servers,
        shifts=[[], [(0, 900)]],
        admin=[[100] + [0] * 29],
    )
    log = run(plan)
    assert stretches(log, FIRE)[:3] == [(0, 10, "ADMIN"), (50, 150, 1), (150, 160, "ADMIN")]
    assert reserved(log, FIRE) == 40


# Travel


def ride(**more):
    """Buildings at 0, 10 and 30 m; all ride at a metre a second: housing from the first, water and fire from 10 and 30 m."""
    buildings = [{"x": x, "first_place": k} for k, x in enumerate((0, 10, 30))]
    servers = [{"speed": 1000, "building": building} for building in (0, 1, 2)] + [{}] * 3
    return {"buildings": buildings, "servers": servers, **more}


def test_each_travels_and_work_begins_when_the_last_is_there():
    log = run(leak([leaking(0)], **ride()))
    assert crews(log) == all_of(0, "START") + all_of(130, "FINISH")
    assert [(day(log, server).travel, day(log, server).case) for server in ALL] == [(0, 130), (10, 120), (30, 100)]


def test_travel_is_that_of_the_link_and_everybody_is_there_then():
    """Fire's link makes it 60 s. The next case is where they are: nobody travels."""
    links = [
        {"server": queue, "queue": queue, "travel_factor": 2 * MILLION if queue == FIRE else MILLION}
        for queue in range(6)
    ]
    log = run(leak([leaking(0), leaking(0)], **ride(links=links)))
    assert [time for time, kind, *_ in crews(log) + crews(log, 1) if kind == "FINISH"] == [160] * 3 + [260] * 3
    assert [day(log, server).travel for server in ALL] == [0, 10, 60]


# Broken off: interrupted


def test_an_interruption_breaks_the_service_off_for_all():
    """At 40 fire is called away for 25 s. Then all start anew, with the 60 s that are left."""
    log = run(leak([leaking(0, **{"class": 3}), chore(40, FIRE, 25)], **INTERRUPT))
    assert crews(log) == all_of(0, "START") + all_of(40, "SUSPEND") + all_of(65, "START") + all_of(125, "FINISH")
    assert [row[1] for row in rows_of(log, "SUSPEND")] == [Phase.DISPATCH] * 3
    assert happened(log, "START", server=FIRE)[1] == (40, "START", 1, FIRE)
    assert happened(log, "RESUME REBIND") == []
    assert (course(log).attended, course(log).parts, course(log).no_shows) == (0, 3, 0)


def test_it_waits_overdue_from_then_on_whatever_its_stage_says():
    """Housing and water are kept from 40 to 65: the chore for housing, at 50, comes after the case."""
    log = run(
        leak([leaking(0, **{"class": 3}), chore(40, FIRE, 25), chore(50, HOUSING, 9, **{"class": 4})], **INTERRUPT)
    )
    assert [reserved(log, server) for server in ALL] == [25, 25, 0]
    assert happened(log, "START", case=2) == [(125, "START", 2, HOUSING)]


def test_its_due_time_is_that_second_even_if_it_was_overdue_before():
    """Case 1 (overdue since 3) is broken off at 40; case 2, overdue since 21, comes before it then."""
    issues = [leaking(2, **{"class": 3}), leaking(20, **{"class": 3}), chore(40, FIRE, 25)]
    log = run(leak(issues, together=OVERDUE, **INTERRUPT))
    assert crews(log)[6:9] == all_of(165, "START")
    assert course(log, 1).attended == 65


def test_those_who_are_set_free_are_matched_before_more_is_interrupted():
    """Housing's 0 has a chore of class 5, its 6 is with the case. At 40 fire is called away: 6 takes housing's urgent chore, 0 goes on."""
    plan = {
        "servers": [{}] * 7,
        "links": [{"server": server, "queue": queue} for server, queue in enumerate((*range(6), HOUSING))],
    }
    issues = [
        chore(0, HOUSING, 500, **{"class": 5}), leaking(0, **{"class": 3}), chore(40, FIRE, 25), chore(40, HOUSING, 5),
    ]  # fmt: skip
    log = run(leak(issues, **INTERRUPT, **plan))
    assert crews(log, 1)[:6] == all_of(0, "START", 1, (WATER, FIRE, 6)) + all_of(40, "SUSPEND", 1, (WATER, FIRE, 6))
    assert happened(log, "START", case=3) == [(40, "START", 3, 6)]
    assert happened(log, "SUSPEND", case=0) == []


def test_another_server_may_take_the_place_of_the_one_that_is_called_away():
    """Server 2 is the mayor's as well, who is busy: it is called away there at 40. All start anew at once, with 6 in its place."""
    plan = two_at_fire()
    plan["links"].append({"server": 2, "queue": 3, "rank": 1})
    log = run(leak([chore(0, 3, 500), leaking(0, **{"class": 3}), chore(40, 3, 25)], **INTERRUPT, **plan))
    anew = (HOUSING, WATER, 6)
    assert crews(log, 1)[:9] == all_of(0, "START", 1) + all_of(40, "SUSPEND", 1) + all_of(40, "START", 1, anew)
    assert crews(log, 1)[9:] == all_of(100, "FINISH", 1, anew)


def test_the_class_of_the_case_decides_whether_it_is_interrupted():
    log = run(leak([leaking(0, **{"class": 1}), chore(40, FIRE, 25)], **INTERRUPT))
    assert happened(log, "SUSPEND") == []


def test_whether_it_is_able_stays_as_it_was_found():
    """Too difficult from 30 on; it was found easy at 0, and is broken off at 40."""
    issues = [leaking(0, worsen=30, worse_difficulty=MILLION, **{"class": 3, "worse_class": 3}), chore(40, FIRE, 25)]
    log = run(leak(issues, hops={TOGETHER: {"capability": HALF, "triage": 5, "up": CITY}}, **INTERRUPT))
    assert (case(log).level, case(log).finished) == (Level.STREET, 125)


def test_what_lies_before_the_last_arrival_is_lost_and_travel_is_paid_anew():
    """Fire would be there at 30. At 20 water is called away for 5 s, to the building at 30 m; from there it is 30 s back to 0."""
    issues = [leaking(0, **{"class": 3}), chore(20, WATER, 5, building=2, place=2)]
    log = run(leak(issues, **ride(), **INTERRUPT))
    assert crews(log)[3:6] == all_of(20, "SUSPEND")
    assert crews(log)[6:] == all_of(55, "START") + all_of(55 + 30 + 100, "FINISH")
    assert [day(log, server).travel for server in ALL] == [0, 10 + 30 + 30, 20]


def test_work_done_since_the_last_arrival_counts():
    """All are there at 30; 15 s are done at 45."""
    log = run(leak([leaking(0, **{"class": 3}), chore(45, WATER, 5, building=0)], **ride(), **INTERRUPT))
    assert crews(log)[6:] == all_of(50, "START") + all_of(50 + 85, "FINISH")


# Broken off: the end of a shift


def test_the_end_of_one_shift_suspends_all():
    """Fire leaves at 40 and is back at 90."""
    log = run(leak([leaking(0)], **ONE_SHIFT, shifts=[[], [(0, 40), (90, 900)]]))
    assert crews(log) == all_of(0, "START") + all_of(40, "SUSPEND") + all_of(90, "START") + all_of(150, "FINISH")
    assert [row[1] for row in rows_of(log, "SUSPEND")] == [Phase.CALENDAR_END] * 3


def test_who_is_free_then_does_other_things_in_that_second():
    """Fire is away from 40 to 90: nobody is kept, and the chores of housing and water begin at once."""
    issues = [leaking(0), chore(10, HOUSING, 5), chore(10, WATER, 55)]
    log = run(leak(issues, **ONE_SHIFT, shifts=[[], [(0, 40), (90, 900)]]))
    assert happened(log, "START", case=1) + happened(log, "START", case=2) == [(40, "START", 1, 0), (40, "START", 2, 1)]
    assert crews(log)[6:9] == all_of(95, "START")
    assert [reserved(log, server) for server in ALL] == [5, 0, 5]


def test_shifts_that_end_together_suspend_it_once():
    servers = [{"calendar": 1}, {"calendar": 1}, {"calendar": 2}, {}, {}, {}]
    log = run(leak([leaking(0)], servers=servers, shifts=[[], [(0, 40), (90, 900)], [(0, 40), (80, 900)]]))
    assert crews(log) == all_of(0, "START") + all_of(40, "SUSPEND") + all_of(90, "START") + all_of(150, "FINISH")


def test_it_goes_on_in_the_same_second_if_the_next_shift_starts_then():
    log = run(leak([leaking(0)], **ONE_SHIFT, shifts=[[], [(0, 40), (40, 900)]]))
    assert crews(log) == all_of(0, "START") + all_of(40, "SUSPEND") + all_of(40, "START") + all_of(100, "FINISH")


def test_with_overtime_it_runs_to_its_end():
    log = run(leak([leaking(0)], **ONE_SHIFT, shifts=[[], [(0, 40), (190, 900)]], overtime=[0]))
    assert crews(log) == all_of(0, "START") + all_of(100, "FINISH")
    assert [day(log, server).overtime for server in ALL] == [0, 0, 60]


def test_who_works_overtime_leaves_when_another_is_called_away():
    """Fire's shift ends at 40, its class runs on; at 60 water is called away, and fire goes home. It is back at 190."""
    issues = [leaking(0, **{"class": 3}), chore(60, WATER, 5)]
    log = run(leak(issues, **ONE_SHIFT, shifts=[[], [(0, 40), (190, 900)]], overtime=[3], **INTERRUPT))
    assert crews(log)[3:9] == all_of(60, "SUSPEND") + all_of(190, "START")
    assert day(log, FIRE).overtime == 20


def test_it_is_handed_back_to_nobody_and_loses_nothing():
    rules = {"rebind_after": 5, "handover_loss": MILLION}
    log = run(leak([leaking(0)], **ONE_SHIFT, shifts=[[], [(0, 40), (90, 900)]], rules=rules))
    assert case(log).closed == 150
    assert happened(log, "REBIND") == []


def test_at_the_horizon_it_is_booked_up_to_it():
    log = run(leak([leaking(0)], rules={"horizon": 70}))
    assert [day(log, server).case for server in ALL] == [70] * 3
    assert (case(log).outcome, course(log).attended, course(log).parts) == (Outcome.OPEN, 0, 0)


# What becomes of the case: with the last of them


@pytest.mark.parametrize(("patroller", "noticed"), [(1, False), (3, True)])
def test_the_case_is_settled_with_the_last_of_them_by_number(patroller, noticed):
    """Closed at 100, not truly: who passes at 100 finds it if that comes after the last member, which is server 2."""
    members = [server for server in range(4) if server != patroller][:3]
    patrol = {"patrol_quota": 100, "legs": 1, "find_class": 0, "calendar": 1, "patrol_class": 9}
    servers = [{**(patrol if server == patroller else {})} for server in range(7)]
    links = [{"server": server, "queue": queue} for queue, server in enumerate(members)]
    plan = leak(
        [leaking(0, threshold=1)], servers=servers, links=links, shifts=[[], [(0, 900)]],
        categories=[{"failure": MILLION, "patrol_hazard": MILLION}], legs=[{"stops": 1, "seconds": 100}], stops=[{}],
    )  # fmt: skip
    log = run(plan)
    assert case(log).closed == 100
    assert bool(happened(log, "NOTICE")) == noticed


def test_rework_comes_back_to_the_joint_stage():
    """Found out at 110: all are called anew; the limit starts anew."""
    luck = luck_with({Purpose.FAIL: [True, False]})
    log = run(leak([leaking(0, luck=luck)], failure=HALF, limits={2: {"seconds": 50}}))
    assert queues_of(log, 0) == [(0, NEVER), (100, 4), (110, NEVER), (210, 4)]
    assert (case(log).reworks, case(log).limit, course(log).attended, course(log).parts) == (1, 160, 0, 3)


def test_parts_stay_when_it_goes_on_elsewhere():
    """Settled together by two (water stays away), found out, too difficult by then: the office, which refers, goes on with fire."""
    luck = luck_with({Purpose.NO_SHOW: [False, True, False, *[False] * 7, False], Purpose.FAIL: [True, False]})
    issues = [leaking(0, luck=luck, worsen=155, worse_difficulty=MILLION)]
    hops = {TOGETHER: {"capability": HALF, "triage": 7, "up": OFFICE}}
    log = run(leak(issues, office={"refers": 1}, hops=hops, no_show=(0, HALF, HALF), failure=HALF))
    assert queues_of(log, 0) == [(0, NEVER), (150, 4), (160, NEVER), (167, FIRE), (187, 4)]
    assert (course(log).parts, course(log).no_shows) == (3, 1)


# Reserved


def test_reserved_is_booked_on_the_day_on_which_it_begins():
    """From half an hour before midnight to half an hour after it."""
    issues = [chore(DAY - 3600, WATER, 5400), leaking(DAY - 1801)]
    log = run(leak(issues, together=OVERDUE))
    assert [reserved(log, HOUSING, number) for number in (0, 1)] == [3600, 0]


def test_reserved_ends_with_the_shift():
    """Fire is kept from 11 to 40 and from 60 to 90; in between nobody is, as there is nobody of fire."""
    log = run(
        leak([chore(0, WATER, 90), leaking(10)], together=OVERDUE, **ONE_SHIFT, shifts=[[], [(0, 40), (60, 900)]])
    )
    assert [reserved(log, server) for server in ALL] == [59, 0, 59]


def test_another_is_kept_when_the_shift_of_one_ends():
    plan = two_at_fire()
    plan["servers"][2] = {"calendar": 1}
    log = run(leak([chore(0, WATER, 90), leaking(10)], together=OVERDUE, **plan, shifts=[[], [(0, 40)]]))
    assert [reserved(log, server) for server in (HOUSING, FIRE, 6)] == [79, 29, 50]


def test_reserved_ends_and_begins_where_shifts_touch():
    """The second shift begins at midnight: what is reserved from then on is the next day's."""
    issues = [chore(DAY - 3600, WATER, 5400), leaking(DAY - 1801)]
    log = run(leak(issues, together=OVERDUE, **ONE_SHIFT, shifts=[[], [(0, DAY), (DAY, 2 * DAY)]]))
    assert [reserved(log, FIRE, number) for number in (0, 1)] == [1800, 1800]


def test_reserved_ends_with_the_run():
    log = run(leak([chore(0, WATER, 90), leaking(10)], together=OVERDUE, rules={"horizon": 50}))
    assert [reserved(log, server) for server in ALL] == [39, 0, 39]


def test_going_over_to_another_case_is_no_end():
    """Fire's 2 is kept for case 1, its 6 for case 2 from a minute before midnight on; 2 leaves at 10 s after it, and 6 goes over."""
    plan = two_at_fire()
    plan["servers"][2] = {"calendar": 1}
    issues = [chore(DAY - 200, WATER, 400), leaking(DAY - 91), leaking(DAY - 61)]
    log = run(leak(issues, together=OVERDUE, **plan, shifts=[[], [(0, DAY + 10)]]))
    assert crews(log, 1)[:3] == all_of(DAY + 200, "START", 1, (HOUSING, WATER, 6))
    assert [[reserved(log, server, number) for number in (0, 1)] for server in (FIRE, 6)] == [[100, 0], [260, 0]]


def test_reserved_is_judged_when_all_is_settled():
    """An urgent chore takes server 2 for 5 s at 30, while it is kept; in the same second 6 is."""
    issues = [chore(0, WATER, 50), leaking(10, **{"class": 2}), chore(30, FIRE, 5)]
    log = run(leak(issues, together=OVERDUE, **INTERRUPT, **two_at_fire()))
    # at 35 the first comes back to be kept again in place of 6
    assert [reserved(log, server) for server in (FIRE, 6)] == [19 + 15, 5]


# Between cases


def test_two_cases_that_need_the_same_crews_in_opposite_order_do_not_lock_each_other():
    parties = [{"first_member": 0, "members": 2}, {"first_member": 2, "members": 2}]
    members = [{"queue": queue, "share": MILLION} for queue in (HOUSING, FIRE, FIRE, HOUSING)]
    issues = [chore(0, HOUSING, 50), chore(0, FIRE, 40), leaking(10), leaking(10, party=1)]
    log = run(leak(issues, together=OVERDUE, parties=parties, party_members=members))
    assert [course(log, number).attended for number in (2, 3)] == [50, 150]


def test_an_overdue_case_is_not_passed_by_an_endless_stream_of_chores():
    """Each crew has a chore of 30 s every 20 s, each at another time: without being overdue they never meet."""
    chores = [chore(at + 7 * queue, queue, 30) for queue in ALL for at in range(0, 2000, 20)]
    stream = sorted(chores, key=lambda row: row["report"])
    never = run(leak([leaking(1), *stream], rules={"horizon": 2000}))
    assert max(course(never, number).attended for number in range(len(never.raw["cases"]))) == NEVER
    log = run(leak([leaking(1), *stream], together={"attend": 100}, rules={"horizon": 2000}))
    attended = max(course(log, number).attended for number in range(len(log.raw["cases"])))
    assert 101 < attended < 101 + 30 * 2


def test_the_component_is_that_of_the_leader_and_all_are_settled_in_it():
    """Two parties in components 5 and 2: the one with the smaller number is settled first, with no effect on the other."""
    parties = [{"first_member": 0, "members": 2}, {"first_member": 2, "members": 2}]
    members = [{"queue": queue, "share": MILLION} for queue in (HOUSING, WATER, FIRE, 3)]
    rows = [{"component": 5 if queue < 2 else 2} for queue in range(6)]
    issues = [leaking(0), leaking(0, party=1), chore(90, FIRE, 10)]
    log = run(leak(issues, parties=parties, party_members=members, queues=rows, servers=rows))
    assert [case(log, number).closed for number in range(3)] == [100, 100, 110]


def test_an_idle_case_may_be_whistled_for_too():
    """It does not take all of them, but somebody called: all come."""
    log = run(leak([leaking(0, joint=0)], hops={OFFICE: {"whistle_idle": MILLION}}))
    assert (course(log).parts, crews(log)[:3]) == (3, all_of(0, "START"))
