"""Chapter 4 of docs/model.md: a case goes from stage to stage."""

from __future__ import annotations

import pytest
from plans import make
from rulebook import HALF, HANDLE, case, happened, issue, luck_with, queues_of, reported, run, stretches, word

from sim.engine.events import NEVER, EventKind, Level, Outcome, Purpose, Role, Source
from sim.engine.plan import MILLION, Plan

DISTRICT_DESK, STREET_DESK, GRID, COMMUNITY, STREET = range(5)
TWO_SHIFTS = [(100, 200), (300, 400)]


def tower(issues, *, hops=None, **more) -> Plan:
    """A desk (30 s), a street with its desk (20 s), a grid and a community: queues 0, 1, 2, 3, each with its server.

    Where ``hops`` says no more, the grid settles half of the difficulties, after triage of 10 s passes the rest up to
    the community, which settles all; work is 60 s.
    """
    stages = [
        {"role": Role.DESK, "level": Level.DISTRICT, "work": 30, "next": STREET_DESK},
        {"role": Role.DESK, "level": Level.STREET, "work": 20},
        {**HANDLE, "level": Level.GRID},
        {**HANDLE, "level": Level.COMMUNITY},
        {**HANDLE, "level": Level.STREET},
    ]
    can = {GRID: {"capability": HALF, "triage": 10, "up": COMMUNITY}, **(hops or {})}
    return make(
        **{
            "issues": [{"report_stage": GRID, "report_target": GRID, "notice_stage": GRID, **row} for row in issues],
            "stages": stages,
            "hops": [can.get(stage, {}) for stage in range(5)],
            "queues": [{}] * 4,
            "routes": {Level.DISTRICT: 0, Level.STREET: 1, Level.GRID: 2, Level.COMMUNITY: 3},
            "servers": [{}] * 4,
            "links": [{"server": q, "queue": q} for q in range(4)],
            **more,
        }
    )


# From desk to desk, and up


def test_the_large_loop_goes_down_desk_by_desk_and_up_again():
    """100 district desk … 130 street desk … 150 grid: cannot, triage … 160 community … 220."""
    log = run(tower([reported(100, report_stage=DISTRICT_DESK, difficulty=HALF + 1)], limits={2: {"seconds": 500}}))
    assert queues_of(log, 0) == [(100, 0), (130, 1), (150, 2), (160, 3)]
    record = case(log)
    assert (record.known, record.filed, record.dispatched, record.started) == (100, 130, 150, 150)
    assert (record.finished, record.closed, record.limit, record.hops) == (220, 220, 630, 3)
    assert (record.level, record.stage, record.outcome) == (Level.COMMUNITY, COMMUNITY, Outcome.CLOSED)
    assert (issue(log).resolved, issue(log).resolved_level) == (220, Level.COMMUNITY)


def test_the_small_loop_is_filed_and_dispatched_at_once():
    log = run(tower([reported(100)], limits={2: {"seconds": 500}}))
    record = case(log)
    assert (record.filed, record.dispatched, record.started, record.closed) == (100, 100, 100, 160)
    assert (record.limit, record.hops, record.level) == (600, 0, Level.GRID)


def test_dispatched_is_the_first_entry_and_started_the_first_service_at_a_handling_stage():
    """The grid's server is busy until 60 (case 0), so case 1 is passed on at 20, started at 60, and again at 70."""
    log = run(tower([reported(0), reported(0, report_stage=STREET_DESK, difficulty=MILLION)]))
    record = case(log, 1)
    assert (record.filed, record.dispatched, record.started, record.finished) == (20, 20, 60, 130)


@pytest.mark.parametrize(("difficulty", "level", "closed"), [(HALF, 0, 60), (HALF + 1, 1, 70)])
def test_a_level_is_able_up_to_its_capability(difficulty, level, closed):
    record = case(run(tower([reported(0, difficulty=difficulty)])))
    assert (record.level, record.closed, record.hops) == (level, closed, level)


def test_without_a_stage_above_a_level_settles_all():
    record = case(run(tower([reported(0, difficulty=MILLION)], hops={GRID: {"capability": 0, "triage": 10}})))
    assert (record.level, record.closed) == (Level.GRID, 60)


def test_where_there_is_no_triage_the_whole_work_is_spent_before_it_turns_out():
    record = case(run(tower([reported(0, difficulty=MILLION)], hops={GRID: {"capability": 0, "up": COMMUNITY}})))
    assert (record.level, record.closed) == (Level.COMMUNITY, 120)


def test_a_triage_of_nothing_takes_a_second():
    plan = tower([reported(0, difficulty=MILLION)], hops={GRID: {"capability": 0, "up": COMMUNITY, "triage": 0}})
    assert queues_of(run(plan), 0) == [(0, 2), (1, 3)]


@pytest.mark.parametrize(("stage", "closed"), [(GRID, 11), (COMMUNITY, 22), (STREET, 33)])
def test_each_level_has_its_own_work(stage, closed):
    assert case(run(tower([reported(0, report_stage=stage)], work=[[11, 22, 33, 44, 55]]))).closed == closed


def test_each_category_has_its_own_capabilities_and_limits():
    """Row of hops: stage · categories + category; of limits: category · 4 + severity."""
    hops = [{}] * 10
    hops[2 * GRID + 0] = {"capability": MILLION, "up": COMMUNITY}
    hops[2 * GRID + 1] = {"capability": 0, "triage": 10, "up": COMMUNITY}
    plan = make(
        issues=[
            reported(0, difficulty=HALF, severity=3, report_stage=GRID),
            reported(0, difficulty=HALF, severity=3, report_stage=GRID, category=1),
        ],
        stages=[{**HANDLE, "level": level} for level in (0, 0, 0, 1, 2)],
        hops=hops,
        categories=[{}, {}],
        limits={3: {"seconds": 300}, 7: {"seconds": 700}},
        servers=[{}],
        links=[{}],
    )
    log = run(plan)
    assert log.raw["cases"]["level"].tolist() == [0, 1]
    assert log.raw["cases"]["limit"].tolist() == [300, 700]


def test_what_a_level_could_not_do_at_the_start_it_cannot_at_the_end():
    """Case 0 is worse from 30 on, in the middle of a service: able stays able."""
    row = reported(0, worsen=30, worse_difficulty=MILLION)
    assert case(run(tower([row]))).level == Level.GRID


def test_skill_and_familiarity_count_at_desks_as_well():
    """30 · 1.5 = 45; 45 / 0.5 = 90."""
    plan = tower(
        [reported(0, report_stage=DISTRICT_DESK)],
        servers=[{"skill": HALF}, {}, {}, {}],
        links=[{"server": 0, "queue": 0, "work_factor": 1_500_000}],
    )
    assert case(run(plan)).filed == 90


# Wrong owners


RETURNS = {"misroute": HALF, "return_work": 15, "return_delay": 50, "return_calendar": 1, "back": 0}


def owners(issues, *, links=None, returns=RETURNS, hops=None, **more) -> Plan:
    """Queue 0 is the desk's (30 s); queues 1, 2, 3 are peers, one server each; cases belong to queue 2.

    Wrong owners need 15 s until they send a case back; it is at the desk 50 s of office time later, and starts anew.
    """
    return make(
        **{
            "issues": [{"report_stage": 1, "report_target": 1, **row} for row in issues],
            "stages": [
                {"role": Role.DESK, "level": Level.STREET, "work": 30},
                {**HANDLE, "level": Level.DEPARTMENT, **returns},
            ],
            "hops": hops or [{}, {}],
            "queues": [{}] + [{"first_peer": 1, "peers": 3}] * 3,
            "routes": {Level.STREET: 0, Level.DEPARTMENT: 2},
            "servers": [{}] * 4,
            "links": links or [{"server": q, "queue": q} for q in range(4)],
            "shifts": [[], TWO_SHIFTS],
            **more,
        }
    )


def misrouted(*ups: bool, step: int = 1) -> int:
    """A luck whose MISROUTE chances come out so, with the first wrong owner ``step`` queues on."""
    return luck_with({Purpose.MISROUTE: list(ups)}, lambda luck: 1 + word(luck, Purpose.WRONG_OWNER, 0) % 2 == step)


@pytest.mark.parametrize(("step", "wrong"), [(1, 3), (2, 1)])
def test_a_misrouted_case_lands_at_another_of_the_peers(step, wrong):
    """Peers 1, 2, 3: one on from 2 is 3, two on is 1."""
    log = run(owners([reported(0, luck=misrouted(True, False, step=step))]))
    assert queues_of(log, 0)[0] == (0, wrong)


def test_a_wrong_owner_sends_it_back_to_the_desk_on_the_working_clock():
    """0 wrong owner … 15; 50 s of office time from 100 on: 150 desk … 180 right owner … 240."""
    log = run(owners([reported(0, luck=misrouted(True, False))]))
    assert queues_of(log, 0) == [(0, 3), (150, 0), (180, 2)]
    assert happened(log, "RETURN") == [(15, "RETURN", 0, -1)]
    record = case(log)
    assert (record.returns, record.hops, record.closed, record.started, record.dispatched) == (1, 2, 240, 0, 0)


def test_the_next_wrong_owner_is_found_by_the_next_chances():
    """Both times wrong, the second time by WRONG_OWNER 1; 195 is past the second owner: 50 s from 195 on are 345."""
    luck = luck_with(
        {Purpose.MISROUTE: [True, True, False]},
        lambda luck: [word(luck, Purpose.WRONG_OWNER, k) % 2 for k in (0, 1)] == [0, 1],
    )
    log = run(owners([reported(0, luck=luck)]))
    assert queues_of(log, 0) == [(0, 3), (150, 0), (180, 1), (345, 0), (375, 2)]
    assert (case(log).returns, case(log).hops) == (2, 4)


def test_without_a_desk_behind_it_a_wrong_owner_sends_it_straight_to_the_right_one():
    log = run(owners([reported(0, luck=misrouted(True, False))], returns={**RETURNS, "back": NEVER}))
    assert queues_of(log, 0) == [(0, 3), (150, 2)]
    assert (case(log).returns, case(log).hops) == (1, 1)


def test_a_return_takes_at_least_a_second():
    returns = {**RETURNS, "return_delay": 0}
    log = run(owners([reported(0, luck=misrouted(True, False))], returns=returns, shifts=[[], []]))
    assert queues_of(log, 0)[:2] == [(0, 3), (16, 0)]


def test_a_return_for_which_the_clock_has_no_time_left_never_arrives():
    """Between 400 and the end of time the office is not open."""
    log = run(owners([reported(390, luck=misrouted(True, False))]))
    assert queues_of(log, 0) == [(390, 3)]
    assert (case(log).outcome, case(log).returns) == (Outcome.OPEN, 1)


def test_where_there_is_one_owner_only_no_case_goes_to_a_wrong_one():
    queues = [{}, {}, {"first_peer": 2, "peers": 1}, {}]
    log = run(owners([reported(0, luck=misrouted(True))], queues=queues))
    assert queues_of(log, 0) == [(0, 2)]


def test_two_peers_are_enough_for_a_wrong_one():
    queues = [{}, {}, {"first_peer": 2, "peers": 2}, {"first_peer": 2, "peers": 2}]
    log = run(owners([reported(0, luck=misrouted(True, False))], queues=queues))
    assert queues_of(log, 0) == [(0, 3), (150, 0), (180, 2)]


@pytest.mark.parametrize(("luck", "escalated"), [(misrouted(True), []), (misrouted(False), [(40, "ESCALATE", 0, -1)])])
def test_there_is_no_hold_at_a_wrong_owner(luck, escalated):
    """Nobody serves; a hold of 40 s, then back to the desk."""
    stages = [{"role": Role.DESK, "level": Level.STREET, "next": 1}, {**HANDLE, "level": Level.DEPARTMENT, **RETURNS}]
    hops, links = [{}, {"up": 0, "hold": 40}], [{"server": 0, "queue": 1}]
    plan = owners([reported(0, luck=luck)], stages=stages, hops=hops, links=links)
    assert happened(run(plan), "ESCALATE")[:1] == escalated


def test_a_wrong_owner_never_settles_and_takes_its_own_time():
    """15 · 2 = 30 for the owner of queue 3, who works half as fast there."""
    links = [{"server": q, "queue": q, "work_factor": 2 * MILLION if q == 3 else MILLION} for q in range(4)]
    log = run(owners([reported(0, luck=misrouted(True, False))], links=links))
    assert happened(log, "RETURN SETTLE") == [(30, "RETURN", 0, -1), (240, "SETTLE", 0, -1)]


def test_what_is_nothing_is_refused_by_a_wrong_owner_too():
    record = case(run(owners([reported(0, luck=misrouted(True), valid=0)])))
    assert (record.outcome, record.closed, record.returns) == (Outcome.REFUSED, 15, 0)


def test_each_entry_of_a_duplicate_takes_a_chance_as_well():
    """Entries: case 0 at 0 (right), duplicate at 5 (wrong): merged there after 15 s."""
    luck = luck_with({Purpose.MISROUTE: [False, True]}, lambda luck: word(luck, Purpose.WRONG_OWNER, 1) % 2 == 0)
    log = run(owners([reported(0, luck=luck, duplicate=5)]))
    assert queues_of(log, 0) == [(0, 2)]
    assert queues_of(log, 1) == [(5, 3)]
    assert (case(log, 1).outcome, case(log, 1).closed) == (Outcome.MERGED, 20)


# Duplicates and reports of nothing


def test_a_duplicate_is_merged_at_its_first_service():
    """The desk takes case 0 from 0 to 30, the duplicate from 30 to 60: never filed, never passed on."""
    log = run(tower([reported(0, report_stage=DISTRICT_DESK, duplicate=5)], limits={2: {"seconds": 500}}))
    record = case(log, 1)
    assert record.source == Source.DUPLICATE
    assert (record.outcome, record.closed, record.filed, record.limit) == (Outcome.MERGED, 60, NEVER, NEVER)
    assert (record.hops, record.level, record.finished, record.dispatched) == (0, NEVER, NEVER, NEVER)


@pytest.mark.parametrize(("triage", "closed"), [(10, 70), (NEVER, 120)])
def test_a_duplicate_costs_a_handling_level_its_triage_or_the_whole_work(triage, closed):
    """Case 0 is served 0 … 60, the duplicate after it, although the level could settle it."""
    log = run(tower([reported(0, duplicate=5)], hops={GRID: {"triage": triage, "up": COMMUNITY}}))
    record = case(log, 1)
    assert (record.outcome, record.closed, record.dispatched, record.started) == (Outcome.MERGED, closed, 5, 60)
    assert (record.filed, record.limit, record.finished) == (NEVER, NEVER, NEVER)


@pytest.mark.parametrize(("triage", "closed"), [(10, 10), (NEVER, 60)])
def test_nothing_costs_a_handling_level_its_triage_or_the_whole_work(triage, closed):
    log = run(
        tower([reported(0, valid=0)], hops={GRID: {"triage": triage, "up": COMMUNITY}}, limits={2: {"seconds": 9}})
    )
    record = case(log)
    assert (record.outcome, record.closed, record.filed, record.limit) == (Outcome.REFUSED, closed, NEVER, NEVER)
    assert (record.dispatched, record.started, record.level) == (0, 0, NEVER)
    assert happened(log, "REFUSE MERGE CLOSE SETTLE") == [(closed, "REFUSE", 0, -1)]


def test_nothing_is_refused_at_the_desk():
    record = case(run(tower([reported(0, valid=0, report_stage=DISTRICT_DESK)])))
    assert (record.outcome, record.closed, record.filed, record.hops) == (Outcome.REFUSED, 30, NEVER, 0)


def test_a_duplicate_of_nothing_is_refused():
    log = run(tower([reported(0, valid=0, duplicate=0)]))
    assert log.raw["cases"]["outcome"].tolist() == [Outcome.REFUSED, Outcome.REFUSED]


# Withdrawal


def test_a_case_nobody_has_started_is_withdrawn_and_leaves_its_queue():
    """Case 1 (patience 30) is gone when the server comes free at 60."""
    log = run(tower([reported(0), reported(10, patience=30), reported(20)]))
    assert (case(log, 1).outcome, case(log, 1).closed) == (Outcome.WITHDRAWN, 40)
    assert stretches(log, GRID) == [(0, 60, 0), (60, 120, 2)]
    assert (issue(log, 1).known, issue(log, 1).resolved) == (10, NEVER)


def test_patience_of_nothing_lasts_a_second():
    log = run(tower([reported(0), reported(10, patience=0)]))
    assert (case(log, 1).outcome, case(log, 1).closed) == (Outcome.WITHDRAWN, 11)


def test_a_case_started_at_once_is_not_withdrawn():
    assert case(run(tower([reported(0, patience=0)]))).outcome == Outcome.CLOSED


def test_a_case_once_started_at_a_desk_is_not_withdrawn_any_more():
    """Through the desk at 20, it waits for the grid behind case 0 until 60."""
    log = run(tower([reported(0), reported(0, patience=40, report_stage=STREET_DESK)]))
    assert (case(log, 1).outcome, case(log, 1).closed) == (Outcome.CLOSED, 120)


def test_a_suspended_case_is_not_withdrawn():
    plan = make(issues=[reported(0, patience=80)], servers=[{}], links=[{}], shifts=[[(0, 50), (100, 200)]])
    assert case(run(plan)).closed == 110


def test_a_duplicate_loses_patience_by_its_own_clock():
    log = run(tower([reported(0, duplicate=10, patience=30)]))
    assert log.raw["cases"]["outcome"].tolist() == [Outcome.CLOSED, Outcome.WITHDRAWN]
    assert case(log, 1).closed == 40


# Hold


def test_a_hold_runs_on_its_working_clock():
    """150 s of office time from 50 on: 100 in 100 … 200, 50 more by 350."""
    plan = tower(
        [reported(50)],
        hops={GRID: {"up": COMMUNITY, "hold": 150, "hold_calendar": 1}},
        links=[{"server": 3, "queue": 3}],
        shifts=[[], TWO_SHIFTS],
    )
    log = run(plan)
    assert queues_of(log, 0) == [(50, 2), (350, 3)]
    assert happened(log, "ESCALATE") == [(350, "ESCALATE", 0, -1)]
    assert (case(log).hops, case(log).level, case(log).dispatched, case(log).started) == (1, Level.COMMUNITY, 50, 350)


def test_each_level_has_its_own_hold():
    hops = {GRID: {"up": COMMUNITY, "hold": 10}, COMMUNITY: {"up": STREET, "hold": 7}, STREET: {"hold": 5}}
    log = run(tower([reported(0)], hops=hops, links=[]))
    assert queues_of(log, 0) == [(0, 2), (10, 3), (17, 1)]  # the street has nowhere to pass it to
    assert (case(log).hops, case(log).outcome, case(log).stage) == (2, Outcome.OPEN, STREET)


def test_there_is_no_hold_at_a_desk():
    """Nobody serves; what the table of hops may say of a desk counts for nothing."""
    hops = {STREET_DESK: {"up": COMMUNITY, "hold": 10}}
    log = run(tower([reported(0, report_stage=STREET_DESK)], hops=hops, links=[]))
    assert queues_of(log, 0) == [(0, 1)]


def test_a_hold_of_nothing_lasts_a_second():
    log = run(tower([reported(5)], hops={GRID: {"up": COMMUNITY, "hold": 0}}, links=[]))
    assert queues_of(log, 0) == [(5, 2), (6, 3)]


def test_a_hold_for_which_the_clock_has_no_time_left_never_runs_out():
    hops = {GRID: {"up": COMMUNITY, "hold": 201, "hold_calendar": 1}}
    log = run(tower([reported(0)], hops=hops, links=[], shifts=[[], TWO_SHIFTS]))
    assert queues_of(log, 0) == [(0, 2)]


def test_a_case_once_started_is_not_escalated_even_while_it_is_suspended():
    plan = make(
        issues=[reported(0)],
        stages=[{**HANDLE, "level": 0}, {**HANDLE, "level": 1}],
        hops=[{"up": 1, "hold": 70}, {}],
        servers=[{}],
        links=[{}],
        shifts=[[(0, 50), (100, 200)]],
    )
    assert (case(run(plan)).closed, case(run(plan)).hops) == (110, 0)


def test_a_case_handed_back_is_not_escalated_by_the_hold_of_its_first_wait():
    """Suspended at 50, handed back at 60, taken up again at 100; the hold of its entry would have run out at 70."""
    plan = make(
        issues=[reported(0)],
        stages=[{**HANDLE, "level": 0}, {**HANDLE, "level": 1}],
        hops=[{"up": 1, "hold": 70}, {}],
        servers=[{}],
        links=[{}],
        shifts=[[(0, 50), (100, 200)]],
        rules={"rebind_after": 10},
    )
    log = run(plan)
    assert happened(log, "REBIND ESCALATE FINISH") == [(60, "REBIND", 0, 0), (110, "FINISH", 0, 0)]


# The event log of a case


def test_every_row_of_a_case_says_where_it_happens():
    """Desk of level 2 (queue 1, server 1), then the grid (queue 2, server 2), which cannot, then the community."""
    log = run(tower([reported(0, report_stage=STREET_DESK, difficulty=MILLION)]))
    rows = log.raw["events"][["time", "phase", "kind", "case", "issue", "queue", "server", "level"]].tolist()
    names = [(time, phase, EventKind(kind).name, *rest) for time, phase, kind, *rest in rows]
    assert names == [
        (0, 5, "ONSET", -1, 0, -1, -1, -1),
        (0, 5, "REPORT", 0, 0, -1, -1, -1),
        (0, 5, "ENTER", 0, 0, 1, -1, 2),
        (0, 6, "START", 0, 0, 1, 1, 2),
        (20, 0, "FINISH", 0, 0, 1, 1, 2),
        (20, 5, "ENTER", 0, 0, 2, -1, 0),
        (20, 6, "START", 0, 0, 2, 2, 0),
        (30, 0, "FINISH", 0, 0, 2, 2, 0),
        (30, 5, "ENTER", 0, 0, 3, -1, 1),
        (30, 6, "START", 0, 0, 3, 3, 1),
        (90, 0, "FINISH", 0, 0, 3, 3, 1),
        (90, 0, "SETTLE", 0, 0, -1, -1, 1),
        (90, 0, "CLOSE", 0, 0, -1, -1, 1),
    ]
