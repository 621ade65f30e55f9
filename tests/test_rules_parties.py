"""Chapter 10 of docs/model.md, one after the other and whistles: a leaking pipe in a stairwell, reported by hotline."""

from __future__ import annotations

import pytest
from crews import (
    CHORE,
    CITY,
    DESK,
    FIRE,
    HOUSING,
    OFFICE,
    TOGETHER,
    WATER,
    chore,
    leak,
    leaking,
    path,
)
from rulebook import HALF, case, course, happened, luck_with, queues_of, rows_of, run

from sim.engine.events import NEVER, Action, Level, Outcome, Phase, Purpose, Role, Stamp, State
from sim.engine.plan import MILLION

IN_TURN = {"refers": 1, "whistle": NEVER}
LOOK = {"looks": [{"state": State.ALWAYS, "buckets": 1}], "buckets": [{"chance": HALF}]}
SURE = {"looks": [{"state": State.ALWAYS, "buckets": 1}], "buckets": [{"chance": MILLION}]}


# One after the other


def test_a_joint_case_goes_from_member_to_member_and_the_last_one_settles_it():
    """Work of 100 s at the department; shares of 1, 1/2 and 1/5."""
    log = run(leak([leaking(0)], office=IN_TURN))
    assert queues_of(log, 0) == [(0, HOUSING), (100, WATER), (150, FIRE)]
    assert rows_of(log, "REFER SETTLE CLOSE") == [
        (100, Phase.COMPLETION, "REFER", 0, NEVER, Level.DEPARTMENT),
        (150, Phase.COMPLETION, "REFER", 0, NEVER, Level.DEPARTMENT),
        (170, Phase.COMPLETION, "SETTLE", 0, NEVER, Level.DEPARTMENT),
        (170, Phase.COMPLETION, "CLOSE", 0, NEVER, Level.DEPARTMENT),
    ]
    assert happened(log, "FINISH") == [(100, "FINISH", 0, 0), (150, "FINISH", 0, 1), (170, "FINISH", 0, 2)]
    record, way = case(log), course(log)
    assert (record.hops, record.finished, record.level, record.stage) == (2, 170, Level.DEPARTMENT, OFFICE)
    assert (way.parts, way.no_shows, way.attended, way.accepted) == (3, 0, NEVER, 0)


@pytest.mark.parametrize(
    ("issue", "office"), [({"joint": 0}, IN_TURN), ({}, {"whistle": NEVER}), ({"party": NEVER, "joint": 0}, IN_TURN)]
)
def test_others_and_elsewhere_a_case_has_the_queue_of_its_route(issue, office):
    log = run(leak([leaking(0, queue=FIRE, **issue)], office={**office, "way": 6}))
    assert queues_of(log, 0) == [(0, FIRE)]
    assert (case(log).closed, case(log).hops, course(log).parts) == (100, 0, 0)


def test_the_members_stand_in_for_the_route():
    assert queues_of(run(leak([leaking(0, queue=FIRE)], office={**IN_TURN, "way": 6})), 0)[0] == (0, HOUSING)


def test_the_route_says_whether_the_stage_is_passed_over():
    log = run(leak([leaking(0, queue=NEVER)], office={**IN_TURN, "way": 6}, hops={OFFICE: {"up": CITY}}))
    assert [stage for stage, _ in queues_of(log, 0)] == [0]
    assert (case(log).level, case(log).hops, course(log).parts) == (Level.CITY, 0, 0)


def test_only_at_handling_stages_do_cases_go_round_the_members():
    """The desk, which is the city's, refers too: nobody looks at that."""
    desk = {"role": Role.DESK, "level": Level.CITY, "work": 7, "next": OFFICE, "refers": 1}
    log = run(leak([leaking(0, report_stage=DESK)], office=IN_TURN, path=[desk]))
    assert queues_of(log, 0)[:2] == [(0, 3), (7, HOUSING)]


def test_a_case_that_is_misrouted_lands_at_a_peer_of_the_member_whose_turn_it_is():
    """Water (peers: water and fire) is missed the first time, and met the second; nobody is asked at housing and fire."""
    queues = [{}, {"first_peer": WATER, "peers": 2}, {}, {}, {}, {}]
    luck = luck_with({Purpose.MISROUTE: [True, False]})
    office = {**IN_TURN, "misroute": HALF, "return_work": 5, "return_delay": 3}
    log = run(leak([leaking(0, luck=luck)], office=office, queues=queues))
    assert queues_of(log, 0) == [(0, HOUSING), (100, FIRE), (108, WATER), (158, FIRE)]
    assert (case(log).returns, case(log).hops, course(log).parts) == (1, 3, 3)


def test_a_part_is_the_share_of_the_member_of_the_work_of_the_stage():
    """Half of 101 s is 51 s (halves up); a share of nothing takes a second; who knows the ground still is faster."""
    links = [
        {"server": queue, "queue": queue, "work_factor": 2 * MILLION if queue == FIRE else MILLION}
        for queue in range(6)
    ]
    log = run(leak([leaking(0, work=101)], office=IN_TURN, shares=(HALF, 0, MILLION), links=links))
    assert [time for time, *_ in happened(log, "FINISH")] == [51, 52, 254]


def test_the_share_counts_where_an_unable_member_has_no_triage():
    """Difficult from 120 on: water, which takes it up at 130, spends its whole share of 50 s on finding out."""
    issues = [leaking(0, worsen=120, worse_difficulty=MILLION), chore(0, WATER, 130)]
    log = run(leak(issues, office=IN_TURN, hops={OFFICE: {"capability": HALF, "up": CITY}}))
    assert queues_of(log, 0) == [(0, HOUSING), (100, WATER), (180, 3)]
    assert (course(log).parts, case(log).level) == (1, Level.CITY)


def test_the_share_counts_where_a_queue_puts_the_easiest_first():
    """Water has half of 100 s, and a fifth of the chores that are 60 s: 50 s come first."""
    queues = [{"slope": 0, "ease_slope": 1}] * 6
    issues = [leaking(0), chore(0, WATER, 110), chore(90, WATER, 60)]
    log = run(leak(issues, office=IN_TURN, queues=queues))
    assert happened(log, "START", server=WATER) == [(0, "START", 1, 1), (110, "START", 0, 1), (160, "START", 2, 1)]


def test_every_member_may_decline():
    """Water declines the first time it is asked (the second chance), and takes it on when it comes back."""
    luck = luck_with({Purpose.DECLINE: [False, True, False, False]})
    hops = {OFFICE: {"decline": 0, "declined": 1}}
    log = run(leak([leaking(0, luck=luck)], office={**IN_TURN, "return_delay": 10}, hops=hops, **LOOK))
    assert rows_of(log, "DECLINE RETURN REFER")[0][:3] == (100, Phase.COMPLETION, "REFER")
    assert queues_of(log, 0) == [(0, HOUSING), (100, WATER), (160, WATER), (210, FIRE)]
    assert (case(log).returns, course(log).declines, course(log).parts) == (1, 1, 3)


def test_who_declines_may_pass_it_up_and_the_parts_stay():
    luck = luck_with({Purpose.DECLINE: [False, True]})
    log = run(leak([leaking(0, luck=luck)], office=IN_TURN, hops={OFFICE: {"decline": 0, "up": CITY}}, **LOOK))
    assert queues_of(log, 0) == [(0, HOUSING), (100, WATER), (150, 3)]
    assert (course(log).parts, course(log).declines, case(log).hops) == (1, 1, 2)


def test_only_the_last_member_may_pretend():
    """All that are asked pretend, in 3 s; housing and water are not asked."""
    log = run(leak([leaking(0)], office=IN_TURN, hops={OFFICE: {"feign": 0, "feign_work": 3}}, **SURE))
    assert [time for time, *_ in happened(log, "FINISH")] == [100, 150, 153]
    assert course(log).feigned == 1


def test_the_first_chance_to_pretend_is_that_of_the_last_member():
    luck = luck_with({Purpose.FEIGN: [True, False, False]})
    log = run(leak([leaking(0, luck=luck)], office=IN_TURN, hops={OFFICE: {"feign": 0, "feign_work": 3}}, **LOOK))
    assert case(log).finished == 153


def test_a_case_that_comes_to_another_stage_that_refers_goes_on_with_the_next_member():
    """Housing is done at 100 s; water passes it up; the second office, with other work, begins with water again."""
    second = {
        "role": Role.HANDLE,
        "level": Level.STREET,
        "way": Level.DEPARTMENT,
        "content": Level.COMMUNITY,
        "refers": 1,
    }
    issues = [leaking(0, worsen=99, worse_difficulty=MILLION)]
    hops = {OFFICE: {"capability": HALF, "triage": 9, "up": DESK}}
    log = run(leak(issues, office=IN_TURN, hops=hops, path=[second]))
    assert queues_of(log, 0) == [(0, HOUSING), (100, WATER), (109, WATER), (139, FIRE)]
    assert (case(log).level, course(log).parts, case(log).closed) == (Level.STREET, 3, 151)


@pytest.mark.parametrize(("more", "outcome"), [({"valid": 0}, Outcome.REFUSED), ({"duplicate": 101}, Outcome.MERGED)])
def test_what_is_not_acceptable_is_the_first_members(more, outcome):
    """The duplicate comes at 101, when housing has done its part; it takes all of housing's share."""
    log = run(leak([leaking(0, **more)], office=IN_TURN))
    number, at = (1, 101) if "duplicate" in more else (0, 0)
    assert queues_of(log, number) == [(at, HOUSING)]
    assert (case(log, number).outcome, case(log, number).closed, course(log, number).parts) == (outcome, at + 100, 0)


def test_rework_comes_back_to_the_last_member():
    """Settled at 170, found out at 180, settled again by fire alone."""
    luck = luck_with({Purpose.FAIL: [True, False]})
    log = run(leak([leaking(0, luck=luck)], office=IN_TURN, failure=HALF))
    assert queues_of(log, 0) == [(0, HOUSING), (100, WATER), (150, FIRE), (170, 4), (180, FIRE), (200, 4)]
    assert (course(log).parts, case(log).reworks, case(log).closed) == (3, 1, 210)


# Whistles


def test_a_whistle_calls_all_members_instead_of_the_office():
    log = run(leak([leaking(5)]))
    assert rows_of(log, "ENTER") == [(5, Phase.ARRIVAL, "ENTER", 0, NEVER, Level.STREET)]
    record = case(log)
    assert (record.filed, record.dispatched, record.started, record.hops, record.stage) == (5, 5, 5, 0, TOGETHER)


@pytest.mark.parametrize("joint", [0, 1])
def test_the_chance_is_another_for_what_does_not_take_all_of_them(joint):
    for chance, asked in (("whistle", 1), ("whistle_idle", 0)):
        hops = {OFFICE: {"whistle": 0, "whistle_idle": 0, chance: MILLION}}
        log = run(leak([leaking(0, joint=joint)], hops=hops))
        assert (course(log).attended == 0) == (joint == asked)


NOT_YET = {OFFICE: {"whistle": HALF, "decline": NEVER}}


def whistled_at(log) -> int:
    """The second at which the case came to the joint stage."""
    return next((time for time, queue in queues_of(log, 0) if queue == NEVER), NEVER)


def test_it_is_asked_anew_whenever_a_case_comes_to_such_a_stage_by_a_move():
    """Misrouted twice: at 0 and at 16 nobody whistles; at 32 somebody does."""
    luck = luck_with({Purpose.WHISTLE: [False, False, True], Purpose.MISROUTE: [True, True]})
    office = {"misroute": HALF, "return_work": 6, "return_delay": 10}
    queues = [{"peers": 2}, {"peers": 2}, {}, {}, {}, {}]
    log = run(leak([leaking(0, luck=luck)], office=office, hops=NOT_YET, queues=queues))
    assert whistled_at(log) == 32


def test_a_chance_of_nothing_is_asked_too():
    """A level that never whistles takes the first chance, the city the second."""
    luck = luck_with({Purpose.WHISTLE: [True, False, True]})
    hops = {OFFICE: {"whistle": 0, "capability": 0, "up": CITY, "triage": 8}, CITY: {"whistle": HALF}}
    log = run(leak([leaking(0, luck=luck, difficulty=1)], hops=hops, city={"whistle": TOGETHER}))
    assert queues_of(log, 0) == [(0, HOUSING), (8, 3)]


def test_after_stages_are_passed_over_it_is_the_stage_above_that_is_asked():
    hops = {OFFICE: {"whistle": MILLION, "up": CITY}, CITY: {"whistle": 0}}
    log = run(leak([leaking(0, queue=NEVER)], office={"way": 6}, hops=hops, city={"whistle": TOGETHER}))
    assert queues_of(log, 0) == [(0, 3)]


def test_neither_rework_nor_release_asks():
    """Nobody whistles at 0. Hung from 10 to 20, settled at 120, reworked at 130: the next chances, which would be taken, are not."""
    luck = luck_with({Purpose.WHISTLE: [False, True, True, True], Purpose.FAIL: [True, False]})
    issues = [chore(0, HOUSING, 20), leaking(0, luck=luck)]
    marks = {"limits": {2: {"marks": 1}}, "marks": [{"seconds": 10, "action": Action.HANG, "extension": 10}]}
    log = run(leak(issues, hops=NOT_YET, failure=HALF, **marks))
    assert queues_of(log, 1) == [(0, HOUSING), (20, HOUSING), (120, 4), (130, HOUSING), (230, 4)]


def test_nor_does_being_handed_back():
    luck = luck_with({Purpose.WHISTLE: [False, True]})
    servers = [{"calendar": 1}, *[{}] * 5]
    log = run(
        leak(
            [leaking(0, luck=luck)],
            hops=NOT_YET,
            servers=servers,
            shifts=[[], [(0, 40), (90, 900)]],
            rules={"rebind_after": 5},
        )
    )
    assert happened(log, "REBIND START") == [(0, "START", 0, 0), (45, "REBIND", 0, 0), (90, "START", 0, 0)]


def test_nobody_whistles_at_a_desk():
    desk = {"role": Role.DESK, "level": Level.DISTRICT, "work": 10, "next": CITY, "whistle": TOGETHER}
    log = run(leak([leaking(0, report_stage=DESK)], path=[desk], hops={DESK: {"whistle": MILLION}}))
    assert queues_of(log, 0) == [(0, 5), (10, 3)]


@pytest.mark.parametrize("more", [{"party": NEVER, "joint": 0}, {"valid": 0}])
def test_nobody_whistles_for_what_has_no_party_or_is_nothing(more):
    log = run(leak([leaking(0, **more)], hops={OFFICE: {"whistle": MILLION, "whistle_idle": MILLION}}))
    assert queues_of(log, 0)[0] == (0, HOUSING)


def test_nobody_whistles_for_a_duplicate():
    log = run(leak([leaking(0, duplicate=10)]))
    assert queues_of(log, 1) == [(10, HOUSING)]


def test_nobody_whistles_once_a_part_is_done():
    """Not at 0; the first part is done at 100; whoever would whistle then (the chance comes up) does not."""
    luck = luck_with({Purpose.WHISTLE: [False, True, True]})
    log = run(leak([leaking(0, luck=luck)], office={"refers": 1}, hops=NOT_YET))
    assert queues_of(log, 0) == [(0, HOUSING), (100, WATER), (150, FIRE)]


def test_somebody_whistles_once_for_a_case():
    """All come at 0, cannot settle it, and pass it to the office, which is asked no more."""
    log = run(leak([leaking(0, difficulty=1)], hops={TOGETHER: {"capability": 0, "triage": 7, "up": OFFICE}}))
    assert queues_of(log, 0) == [(0, NEVER), (7, HOUSING)]
    assert (case(log).hops, course(log).parts, course(log).attended) == (1, 0, 0)


@pytest.mark.parametrize(("after", "whistled"), [(0, 0), (1, 16), (2, 82), (3, 82), (4, NEVER)])
def test_returns_and_declines_come_first(after, whistled):
    """Misrouted at 0, returned at 6, back at 16; declined at 72, which counts, and so does its return; back at 82."""
    luck = luck_with({Purpose.MISROUTE: [True, False, False], Purpose.DECLINE: [True, False]})
    office = {"misroute": HALF, "return_work": 6, "return_delay": 10}
    hops = {OFFICE: {"decline": 0, "declined": 1, "triage": 56}}
    queues = [{"peers": 2}, {"peers": 2}, {}, {}, {}, {}]
    plan = leak(
        [leaking(0, luck=luck)], office=office, hops=hops, queues=queues, rules={"whistle_after": after}, **LOOK
    )
    assert whistled_at(run(plan)) == whistled


def test_the_way_there_is_neither_filed_nor_dispatched_by_the_office():
    """A wait of 30 s, and then the joint stage: it is filed there."""
    log = run(leak([leaking(4)], path=path({"role": Role.WAIT, "wait": 30})))
    assert queues_of(log, 0) == [(4, NEVER), (34, NEVER)]
    assert (case(log).filed, case(log).dispatched, case(log).hops, course(log).attended) == (34, 34, 0, 34)


DESKS = [{"role": Role.DESK, "work": 10, "stamp": stamp} for stamp in (Stamp.CALLED, Stamp.SIGNED, Stamp.CONTACTED)]


def test_desks_on_the_way_stamp_it():
    log = run(leak([leaking(0)], path=path(*DESKS)))
    way = course(log)
    assert (way.called, way.signed, way.contacted, way.attended) == (10, 20, 30, 30)
    assert (case(log).filed, case(log).dispatched, case(log).hops) == (10, 30, 3)


def test_what_is_stamped_stays():
    """The first and the third desk stamp the same; one stamps nothing."""
    log = run(leak([leaking(0)], path=path(DESKS[1], {**DESKS[0], "stamp": Stamp.NONE}, DESKS[1])))
    assert (course(log).called, course(log).signed, course(log).contacted) == (NEVER, 10, NEVER)


def test_only_what_has_been_whistled_for_is_stamped():
    """The desk that reports come to stamps nothing before the whistle; if it comes up to it afterwards, it does."""
    desk = {**DESKS[0], "next": NEVER}
    for difficulty, stamped in ((0, NEVER), (1, 27)):
        issues = [leaking(0, report_stage=DESK, report_target=OFFICE, difficulty=difficulty)]
        hops = {TOGETHER: {"capability": 0, "triage": 7, "up": DESK + 1}}
        log = run(leak(issues, hops=hops, path=[desk, {**DESKS[0], "next": CITY}]))
        assert course(log).called == stamped


def test_other_stages_do_not_stamp():
    wait = {"role": Role.WAIT, "wait": 30, "stamp": Stamp.CALLED}
    log = run(leak([leaking(0)], path=path(wait), together={"stamp": Stamp.SIGNED}))
    assert (course(log).called, course(log).signed, course(log).attended) == (NEVER, NEVER, 30)


def test_a_path_leads_on_from_wherever_the_whistle_comes():
    """From the office through a desk; from the city straight to the crews."""
    hops = {CITY: {"whistle": MILLION}, OFFICE: {"whistle": MILLION}}
    plan = leak(
        [leaking(0), leaking(0, report_stage=CITY), leaking(0, report_stage=CHORE)],
        hops=hops, city={"whistle": TOGETHER}, path=path(DESKS[0]),
    )  # fmt: skip
    log = run(plan)
    assert [queues_of(log, number)[0] for number in range(3)] == [(0, 5), (0, NEVER), (0, HOUSING)]
