"""Chapters 4 and 9 of docs/model.md: ways, stages that are skipped, waits outside all queues, limits that stand still."""

from __future__ import annotations

import numpy as np
import pytest
from plans import make
from rulebook import HALF, HANDLE, case, course, happened, luck_with, queues_of, reported, rows_of, run, stretches

from sim.engine.events import LEVELS, NEVER, Level, Outcome, Phase, Purpose, Role
from sim.engine.plan import MILLION, Plan

DESK, SECOND_DESK, LIST, GRID, COMMUNITY, PAPER = range(6)
TWO_SHIFTS = [(100, 200), (300, 400)]
MEETINGS = [(99, 100), (199, 200)]
ALWAYS, MEETING, SHIFTS = range(3)


def hall(issues, *, wait=None, hops=None, **more) -> Plan:
    """A desk (30 s), a second desk (20 s), a list that is opened at 100 and 200, grid, community (60 s), a paper check (10 s).

    Cases come to the list, and from there to the grid; queues 0, 1, 2, 3, 4 are those of all but the list, a server each.
    """
    stages = [
        {"role": Role.DESK, "level": Level.DISTRICT, "work": 30, "next": LIST},
        {"role": Role.DESK, "level": Level.CITY, "work": 20, "next": LIST},
        {"role": Role.WAIT, "level": Level.STREET, "next": GRID, "wait": 1, "wait_calendar": MEETING, **(wait or {})},
        {**HANDLE, "level": Level.GRID},
        {**HANDLE, "level": Level.COMMUNITY},
        {"role": Role.PAPER_CHECK, "level": Level.DEPARTMENT, "work": 10},
    ]
    own = (Level.DISTRICT, Level.CITY, Level.GRID, Level.COMMUNITY, Level.DEPARTMENT)
    return make(
        **{
            "issues": [{"report_stage": LIST, "report_target": GRID, "notice_stage": GRID, **row} for row in issues],
            "stages": stages,
            "hops": [(hops or {}).get(stage, {}) for stage in range(len(stages))],
            "queues": [{}] * 5,
            "routes": {level: queue for queue, level in enumerate(own)},
            "servers": [{}] * 5,
            "links": [{"server": queue, "queue": queue} for queue in range(5)],
            "shifts": [[], MEETINGS, TWO_SHIFTS],
            **more,
        }
    )


GRID_QUEUE, COMMUNITY_QUEUE, PAPER_QUEUE = 2, 3, 4


# Ways


def two_ways(issues, **more) -> Plan:
    """Two stages of the grid: by its own way (queue 0, work 60) and by way 6 (queue 1, work 11)."""
    return make(
        **{
            "issues": issues,
            "stages": [{**HANDLE, "level": Level.GRID}, {**HANDLE, "level": Level.GRID, "way": LEVELS, "content": 5}],
            "queues": [{}] * 2,
            "route": np.array([[0] * LEVELS + [1]] * len(issues)),
            "work": [[60] * 5 + [11]] * len(issues),
            "servers": [{}] * 2,
            "links": [{"server": queue, "queue": queue} for queue in range(2)],
            **more,
        }
    )


@pytest.mark.parametrize(("stage", "queue", "closed"), [(0, 0, 60), (1, 1, 11)])
def test_a_stage_has_the_queue_of_its_way_and_the_work_of_its_content(stage, queue, closed):
    log = run(two_ways([reported(0, report_stage=stage)]))
    assert queues_of(log, 0) == [(0, queue)]
    assert (case(log).closed, case(log).level) == (closed, Level.GRID)


def test_who_is_unable_spends_the_work_of_the_content_where_there_is_no_triage():
    plan = two_ways([reported(0, report_stage=1, difficulty=MILLION)], hops=[{}, {"capability": 0, "up": 0}])
    assert queues_of(run(plan), 0) == [(0, 1), (11, 0)]


def test_rework_comes_back_by_the_way_by_which_it_was_settled():
    """Settled at 11, seen through at 71 by a check that shares queue 0, settled again at 82."""
    plan = two_ways(
        [reported(0, report_stage=1, luck=luck_with({Purpose.FAIL: [True, False]}))],
        stages=[
            {"role": Role.PAPER_CHECK, "level": Level.GRID, "work": 60},
            {**HANDLE, "level": Level.GRID, "way": LEVELS, "content": 5},
        ],
        categories=[{"failure": HALF, "paper_detect": MILLION, "paper_stage": 0}],
    )
    log = run(plan)
    assert queues_of(log, 0) == [(0, 1), (11, 0), (71, 1), (82, 0)]
    assert (case(log).reworks, case(log).closed) == (1, 142)


@pytest.mark.parametrize(("ease", "order"), [(1, [0, 2, 1]), (0, [0, 1, 2]), (-1, [0, 1, 2])])
def test_a_queue_may_put_the_easiest_first(ease, order):
    """Cases 1 (40 s) and 2 (20 s) wait for the server; of age the queue takes no account."""
    log = run(
        two_ways(
            [reported(second, report_stage=1) for second in (0, 1, 2)],
            queues=[{}, {"slope": 0, "ease_slope": ease}],
            work=[[60] * 5 + [work] for work in (30, 40, 20)],
        )
    )
    assert [what for _, _, what in stretches(log, 1)] == order


def test_ease_counts_as_the_queue_weighs_it():
    """Of keys 5·40 + 1 and 5·20 + 102, and then 5·40 + 1 and 5·20 + 100, the smaller comes first."""
    for base, order in ((102, [0, 1, 2]), (100, [0, 2, 1])):
        issues = [reported(0, base=0), reported(0, base=1), reported(0, base=base)]
        queues = [{"slope": 0, "ease_slope": 5}]
        works = [[work] * 5 for work in (30, 40, 20)]
        log = run(make(issues=issues, queues=queues, work=works, servers=[{}], links=[{}]))
        assert [what for _, _, what in stretches(log)] == order


def test_at_a_desk_nothing_is_easy():
    """The work at the levels (40, then 20) says nothing of the desk's."""
    log = run(
        hall(
            [reported(second, report_stage=DESK) for second in (0, 1, 2)],
            queues=[{"slope": 0, "ease_slope": 1}] + [{}] * 4,
            work=[[30] * 5, [40] * 5, [20] * 5],
        )
    )
    assert [what for _, _, what in stretches(log, 0)] == [0, 1, 2]


# Stages that are skipped


def without(*levels: Level, count: int = 1) -> np.ndarray:
    """The queues of ``hall``, for issues that have none at some levels."""
    own = {Level.GRID: 2, Level.COMMUNITY: 3, Level.STREET: 3, Level.DEPARTMENT: 4, Level.CITY: 1, Level.DISTRICT: 0}
    return np.array([[NEVER if level in levels else own[level] for level in list(Level)[:LEVELS]]] * count)


UP = {GRID: {"up": COMMUNITY}}


def test_without_a_queue_a_case_enters_the_stage_above_in_the_same_second_and_without_a_hop():
    log = run(hall([reported(5, report_stage=GRID)], hops=UP, route=without(Level.GRID), limits={2: {"seconds": 100}}))
    assert queues_of(log, 0) == [(5, COMMUNITY_QUEUE)]
    record = case(log)
    assert (record.hops, record.filed, record.dispatched, record.limit) == (0, 5, 5, 105)
    assert (record.level, record.stage, record.closed) == (Level.COMMUNITY, COMMUNITY, 65)


def test_each_issue_skips_by_its_own_route():
    route = np.concatenate([without(), without(Level.GRID)])
    log = run(hall([reported(0, report_stage=GRID)] * 2, hops=UP, route=route))
    assert [queues_of(log, number) for number in (0, 1)] == [[(0, GRID_QUEUE)], [(0, COMMUNITY_QUEUE)]]


def test_stages_are_skipped_one_after_the_other():
    """Grid and community have no queue, the street (in place of the desk) has: queue 0."""
    plan = make(
        issues=[reported(0)],
        stages=[{**HANDLE, "level": level} for level in (Level.GRID, Level.COMMUNITY, Level.STREET)],
        hops=[{"up": 1}, {"up": 2}, {}],
        route=np.array([[NEVER, NEVER, 0, 0, 0, 0]]),
        servers=[{}],
        links=[{}],
    )
    log = run(plan)
    assert rows_of(log, "ENTER") == [(0, Phase.ARRIVAL, "ENTER", 0, 0, Level.STREET)]
    assert (case(log).hops, case(log).level) == (0, Level.STREET)


def test_a_case_that_is_passed_up_past_a_stage_has_made_one_hop():
    """The grid holds it 10 s; the community has no queue; the third stage is reached in the second of the escalation."""
    plan = make(
        issues=[reported(0)],
        stages=[{**HANDLE, "level": level} for level in (Level.GRID, Level.COMMUNITY, Level.STREET)],
        hops=[{"up": 1, "hold": 10}, {"up": 2, "hold": 3}, {}],
        queues=[{}] * 2,
        route=np.array([[0, NEVER, 1, 0, 0, 0]]),
        servers=[{}],
        links=[{"queue": 1}],
    )
    log = run(plan)
    assert queues_of(log, 0) == [(0, 0), (10, 1)]
    assert (case(log).hops, case(log).closed) == (1, 70)


def test_what_comes_back_through_the_desk_may_skip_as_well():
    """The desk passes the case to its target, the grid, which has no queue for it."""
    log = run(hall([reported(0, report_stage=DESK)], hops=UP, wait={"next": NEVER}, route=without(Level.GRID)))
    assert queues_of(log, 0) == [(0, 0), (30, NEVER), (100, COMMUNITY_QUEUE)]
    assert case(log).hops == 1


def test_a_skip_may_lead_to_a_wait_which_files_and_dispatches_nothing():
    hops = {GRID: {"up": LIST}}
    issues = [reported(5, report_stage=GRID)]
    log = run(hall(issues, hops=hops, wait={"next": COMMUNITY}, route=without(Level.GRID)))
    assert queues_of(log, 0) == [(5, NEVER), (100, COMMUNITY_QUEUE)]
    assert (case(log).hops, case(log).filed, case(log).dispatched) == (0, 100, 100)


def test_at_a_stage_that_is_skipped_nobody_is_asked_for_a_wrong_owner():
    """The first chance of MISROUTE (not) is the community's, though the grid would always misroute."""
    stages = [
        {**HANDLE, "level": Level.GRID, "misroute": MILLION},
        {**HANDLE, "level": Level.COMMUNITY, "misroute": HALF},
    ]
    plan = make(
        issues=[reported(0, luck=luck_with({Purpose.MISROUTE: [False, True]}))],
        stages=stages,
        hops=[{"up": 1}, {}],
        queues=[{"peers": 2}] * 2,
        route=np.array([[NEVER, 1, 1, 1, 1, 1]]),
        servers=[{}],
        links=[{"queue": 1}],
    )
    log = run(plan)
    assert queues_of(log, 0) == [(0, 1)]
    assert (case(log).returns, case(log).closed) == (0, 60)


# Waits


def test_a_case_waits_outside_all_queues_and_moves_on_without_a_hop():
    log = run(hall([reported(10)], wait={"wait": 50, "wait_calendar": ALWAYS}))
    assert rows_of(log, "REPORT ENTER RELEASE START") == [
        (10, Phase.ARRIVAL, "REPORT", 0, NEVER, NEVER),
        (10, Phase.ARRIVAL, "ENTER", 0, NEVER, Level.STREET),
        (60, Phase.GATE, "RELEASE", 0, NEVER, Level.STREET),
        (60, Phase.ARRIVAL, "ENTER", 0, GRID_QUEUE, Level.GRID),
        (60, Phase.DISPATCH, "START", 0, GRID_QUEUE, Level.GRID),
    ]
    record = case(log)
    assert (record.known, record.filed, record.dispatched, record.started, record.hops) == (10, 60, 60, 60, 0)
    assert (course(log).paused, course(log).accepted, course(log).hung) == (0, 60, 0)


def test_a_wait_that_names_no_next_stage_leads_to_the_target_of_the_case():
    issues = [reported(0, report_stage=DESK, report_target=stage) for stage in (GRID, COMMUNITY)]
    log = run(hall(issues, wait={"next": NEVER, "wait_calendar": ALWAYS}))
    assert [queues_of(log, number)[-1] for number in (0, 1)] == [(31, GRID_QUEUE), (61, COMMUNITY_QUEUE)]


def test_a_wait_that_names_the_next_stage_keeps_the_target():
    """The list leads to the second desk, which then passes the case to its target."""
    stages = [
        {"role": Role.WAIT, "next": 1, "wait": 5},
        {"role": Role.DESK, "level": Level.STREET, "work": 20},
        {**HANDLE, "level": Level.COMMUNITY},
        {**HANDLE, "level": Level.GRID},
    ]
    queues, routes = [{}] * 3, {Level.STREET: 0, Level.COMMUNITY: 1, Level.GRID: 2}
    issues = [{**reported(0), "report_target": 2, "notice_stage": 3}]
    log = run(make(issues=issues, stages=stages, queues=queues, routes=routes, servers=[{}], links=[{"queue": 0}]))
    assert queues_of(log, 0) == [(0, NEVER), (5, 0), (25, 1)]
    assert case(log).hops == 1


@pytest.mark.parametrize(("came", "leaves"), [(0, 100), (98, 100), (99, 100), (100, 200), (199, 200)])
def test_all_that_came_before_a_meeting_leaves_at_it(came, leaves):
    log = run(hall([reported(came)]))
    assert happened(log, "RELEASE") == [(leaves, "RELEASE", 0, NEVER)]
    assert queues_of(log, 0) == [(came, NEVER), (leaves, GRID_QUEUE)]


def test_what_comes_to_the_list_in_the_second_of_a_meeting_waits_for_the_next():
    """Case 0 from the desk and case 1 by report, both at 100, when case 2 is let go."""
    log = run(hall([reported(70, report_stage=DESK), reported(100), reported(99)]))
    assert [time for time, *_ in happened(log, "RELEASE")] == [100, 200, 200]
    assert happened(log, "RELEASE", case=1) == [(100, "RELEASE", 1, NEVER)]  # cases are numbered as they come


def test_after_the_last_meeting_a_case_stays_where_it_is():
    log = run(hall([reported(200, patience=50)]))
    assert queues_of(log, 0) == [(200, NEVER)]
    assert (case(log).outcome, case(log).stage, case(log).closed) == (Outcome.OPEN, LIST, NEVER)


def test_a_wait_of_nothing_lasts_a_second():
    log = run(hall([reported(10)], wait={"wait": 0, "wait_calendar": ALWAYS}))
    assert queues_of(log, 0) == [(10, NEVER), (11, GRID_QUEUE)]


def test_one_wait_may_follow_another():
    """The grid in place of the second desk; both lists open at 100 and at 200."""
    stages = [
        {"role": Role.WAIT, "next": 1, "wait": 1, "wait_calendar": 1},
        {"role": Role.WAIT, "next": 2, "wait": 1, "wait_calendar": 1},
        HANDLE,
    ]
    log = run(make(issues=[reported(0)], stages=stages, servers=[{}], links=[{}], shifts=[[], MEETINGS]))
    assert queues_of(log, 0) == [(0, NEVER), (100, NEVER), (200, 0)]


@pytest.mark.parametrize("pauses", [0, 1])
def test_between_settling_and_checking_a_case_may_wait(pauses):
    """Settled at 70; no mark comes any more, neither 65 s after filing at 10 nor 65 s after the release at 100."""
    plan = hall(
        [reported(10, report_stage=GRID)],
        categories=[{"paper_stage": LIST}],
        wait={"next": PAPER, "pauses": pauses},
        limits={2: {"seconds": 500, "marks": 1}},
        marks=[{"seconds": 65}],
        links=[{"server": GRID_QUEUE, "queue": GRID_QUEUE}],
    )
    log = run(plan)
    assert queues_of(log, 0) == [(10, GRID_QUEUE), (70, NEVER), (100, PAPER_QUEUE)]
    assert (case(log).finished, case(log).hops, course(log).supervised) == (70, 0, 0)


def test_a_duplicate_waits_too_and_is_merged_at_its_first_service():
    log = run(hall([reported(0, duplicate=50)]))
    assert queues_of(log, 1) == [(50, NEVER), (100, GRID_QUEUE)]
    assert (case(log, 1).outcome, case(log, 1).closed, case(log, 1).filed) == (Outcome.MERGED, 220, NEVER)


# Patience and holds


@pytest.mark.parametrize("patience", [49, 50, 51])
def test_patience_does_not_touch_a_case_that_waits_outside(patience):
    """It is let go at 60, the second in which patience 50 runs out, and is started then."""
    log = run(hall([reported(10, patience=patience)], wait={"wait": 50, "wait_calendar": ALWAYS}))
    assert (case(log).outcome, case(log).closed) == (Outcome.CLOSED, 120)


@pytest.mark.parametrize(("patience", "outcome"), [(30, Outcome.OPEN), (50, Outcome.OPEN), (70, Outcome.WITHDRAWN)])
def test_patience_that_has_run_out_in_a_wait_is_forgotten_and_later_it_counts(patience, outcome):
    """Nobody serves the grid; in its queue from 60 on it is withdrawn at 80."""
    log = run(hall([reported(10, patience=patience)], wait={"wait": 50, "wait_calendar": ALWAYS}, links=[]))
    assert case(log).outcome == outcome
    assert [time for time, *_ in happened(log, "WITHDRAW")] == ([80] if outcome == Outcome.WITHDRAWN else [])


def test_a_hold_begins_when_the_wait_is_over():
    hops = {LIST: {"up": COMMUNITY, "hold": 20}, GRID: {"up": COMMUNITY, "hold": 30}}
    log = run(hall([reported(0)], hops=hops, links=[]))
    assert queues_of(log, 0) == [(0, NEVER), (100, GRID_QUEUE), (130, COMMUNITY_QUEUE)]


@pytest.mark.parametrize("stage", [COMMUNITY, LIST])
def test_a_hold_of_a_level_that_has_passed_the_case_on_is_over(stage):
    """Passed up at 10, it waits at the community, or in the list and at the community from 100 on; nobody escalates it at 110."""
    hops = {GRID: {"capability": 0, "triage": 10, "up": stage, "hold": 110}, COMMUNITY: {"up": GRID}}
    issues = [reported(0, report_stage=GRID, difficulty=MILLION)]
    log = run(hall(issues, hops=hops, wait={"next": COMMUNITY}, links=[{"server": 0, "queue": GRID_QUEUE}]))
    assert happened(log, "ESCALATE") == []
    assert (queues_of(log, 0)[-1][1], case(log).stage) == (COMMUNITY_QUEUE, COMMUNITY)


# Everything in one second


def test_two_cases_let_go_in_the_second_of_a_report_and_of_a_hand_back():
    """At 100: case 0, laid down at 40 by a server that stays away, is handed back; cases 1 and 2 are let go; case 3 is reported.

    The second server comes then. Nobody's age counts: case 0 has 20 s left.
    """
    plan = hall(
        [reported(0, report_stage=GRID), reported(10), reported(20), reported(100, report_stage=GRID)],
        queues=[{}] * 2 + [{"slope": 0}] + [{}] * 2,
        servers=[{"calendar": 3}, {"calendar": 4}],
        links=[{"server": server, "queue": GRID_QUEUE} for server in (0, 1)],
        shifts=[[], MEETINGS, TWO_SHIFTS, [(0, 40)], [(100, 900)]],
        rules={"rebind_after": 60},
    )
    log = run(plan)
    rows = [row for row in rows_of(log, "REBIND RELEASE REPORT ENTER START") if row[0] == 100]
    assert rows == [
        (100, Phase.TIMER, "REBIND", 0, GRID_QUEUE, Level.GRID),
        (100, Phase.GATE, "RELEASE", 1, NEVER, Level.STREET),
        (100, Phase.GATE, "RELEASE", 2, NEVER, Level.STREET),
        (100, Phase.ARRIVAL, "REPORT", 3, NEVER, NEVER),
        (100, Phase.ARRIVAL, "ENTER", 1, GRID_QUEUE, Level.GRID),
        (100, Phase.ARRIVAL, "ENTER", 2, GRID_QUEUE, Level.GRID),
        (100, Phase.ARRIVAL, "ENTER", 3, GRID_QUEUE, Level.GRID),
        (100, Phase.DISPATCH, "START", 0, GRID_QUEUE, Level.GRID),
    ]
    assert stretches(log, 1) == [(100, 120, 0), (120, 180, 1), (180, 240, 2), (240, 300, 3)]


@pytest.mark.parametrize(("ups", "queues"), [([False, True], [1, 0]), ([True, False], [0, 1])])
def test_those_let_go_in_one_second_move_by_case(ups, queues):
    """A case and its duplicate are let go at 100: its is the first chance of MISROUTE, the duplicate's the second."""
    plan = make(
        issues=[{**reported(0, duplicate=10, luck=luck_with({Purpose.MISROUTE: ups})), "notice_stage": 1}],
        stages=[
            {"role": Role.WAIT, "next": 1, "wait": 1, "wait_calendar": 1},
            {**HANDLE, "level": Level.DEPARTMENT, "misroute": HALF, "return_work": 15},
        ],
        queues=[{"peers": 2}, {"peers": 2}],
        routes={Level.DEPARTMENT: 1},
        servers=[{}] * 2,
        links=[{"server": queue, "queue": queue} for queue in range(2)],
        shifts=[[], MEETINGS],
    )
    log = run(plan)
    assert [queues_of(log, number)[1] for number in (0, 1)] == [(100, queue) for queue in queues]


def test_a_case_is_let_go_before_who_comes_to_work_in_that_second_is_given_anything():
    servers = [{}] * 2 + [{"calendar": SHIFTS}] + [{}] * 2
    log = run(hall([reported(0)], servers=servers))
    assert stretches(log, GRID_QUEUE) == [(100, 160, 0)]


def test_a_case_let_go_in_the_second_of_a_shift_end_comes_too_late():
    """A meeting at 200, when the first shift ends."""
    servers = [{}] * 2 + [{"calendar": SHIFTS}] + [{}] * 2
    log = run(hall([reported(150)], servers=servers))
    assert queues_of(log, 0) == [(150, NEVER), (200, GRID_QUEUE)]
    assert stretches(log, GRID_QUEUE) == [(300, 360, 0)]


def test_what_is_not_over_by_the_horizon_is_not_let_go():
    log = run(hall([reported(0)], rules={"horizon": 100}))
    assert happened(log, "RELEASE") == []


# A limit that stands still


def paused(*, wait: int, seconds: int = 500, calendar: int = ALWAYS, **more):
    """Filed at 30 by the desk, then in a list that pauses for ``wait`` s: the records of the case."""
    plan = hall(
        [reported(0, report_stage=DESK)],
        wait={"wait": wait, "wait_calendar": ALWAYS, "pauses": 1},
        limits={2: {"seconds": seconds, "calendar": calendar}},
        **more,
    )
    log = run(plan)
    return case(log), course(log)


def test_in_a_wait_that_pauses_the_limit_stands_still():
    """500 s from 30 on, 100 s later."""
    record, way = paused(wait=100)
    assert (record.filed, record.limit_original, record.limit) == (30, 530, 630)
    assert way.paused == 100


def test_in_a_wait_that_does_not_pause_it_runs_on():
    log = run(hall([reported(0, report_stage=DESK)], limits={2: {"seconds": 500}}))
    assert (case(log).limit, course(log).paused) == (530, 0)


def test_what_was_left_on_its_clock_is_left_afterwards():
    """150 s of office time from 30 on are 350; from 250 on 100 s of them pass by 400, the rest by 550."""
    record, way = paused(wait=220, seconds=150, calendar=SHIFTS, shifts=[[], MEETINGS, [*TWO_SHIFTS, (500, 600)]])
    assert (record.limit_original, record.limit, way.paused) == (350, 550, 220)


def test_seconds_that_have_passed_before_the_wait_are_gone():
    """150 s of office time from 30 on; at 170, when the pause begins, 70 have passed; 80 from 310 on are 390."""
    stages = [
        {"role": Role.DESK, "level": Level.DISTRICT, "work": 30, "next": 1},
        {"role": Role.DESK, "level": Level.CITY, "work": 140, "next": LIST},
        {"role": Role.WAIT, "level": Level.STREET, "next": GRID, "wait": 140, "pauses": 1},
        {**HANDLE, "level": Level.GRID},
        {**HANDLE, "level": Level.COMMUNITY},
        {"role": Role.PAPER_CHECK, "level": Level.DEPARTMENT, "work": 10},
    ]
    issues = [reported(0, report_stage=DESK)]
    log = run(hall(issues, stages=stages, limits={2: {"seconds": 150, "calendar": SHIFTS}}))
    assert (case(log).limit_original, case(log).limit, course(log).paused) == (350, 390, 140)


@pytest.mark.parametrize(("seconds", "limit"), [(19, 49), (20, 50), (21, 151)])
def test_a_limit_that_has_passed_stays_where_it_is(seconds, limit):
    """Filed at 30, the limit stands still from 50 to 150: one of 50 has just passed."""
    stages = [
        {"role": Role.DESK, "level": Level.DISTRICT, "work": 30, "next": 1},
        {"role": Role.DESK, "level": Level.CITY, "work": 20, "next": LIST},
        {"role": Role.WAIT, "level": Level.STREET, "next": GRID, "wait": 100, "pauses": 1},
        {**HANDLE, "level": Level.GRID},
        {**HANDLE, "level": Level.COMMUNITY},
        {"role": Role.PAPER_CHECK, "level": Level.DEPARTMENT, "work": 10},
    ]
    log = run(hall([reported(0, report_stage=DESK)], stages=stages, limits={2: {"seconds": seconds}}))
    assert (case(log).limit, course(log).paused) == (limit, 100)


def test_a_limit_for_which_the_clock_has_no_time_left_is_none_any_more():
    """150 s from 30 on are 280 if the office closes at 400; at 330 no 150 s are left."""
    record, _ = paused(wait=300, seconds=150, calendar=SHIFTS)
    assert (record.limit_original, record.limit) == (350, NEVER)


def test_without_a_limit_nothing_runs_on_but_the_pause_is_counted():
    record, way = paused(wait=100, seconds=NEVER)
    assert (record.limit, way.paused) == (NEVER, 100)


def test_before_it_is_filed_a_case_has_no_limit_that_could_stand_still():
    log = run(hall([reported(0)], wait={"pauses": 1}, limits={2: {"seconds": 500}}))
    assert (case(log).filed, case(log).limit, course(log).paused) == (100, 600, 100)


def test_before_it_is_filed_no_mark_is_laid_either():
    """Let go at 100 to the desk, which files it at 130: the mark of 10 s comes at 140, not at 110."""
    plan = hall(
        [reported(0, report_target=GRID)],
        stages=[
            {"role": Role.DESK, "level": Level.DISTRICT, "work": 30},
            {"role": Role.DESK, "level": Level.CITY, "work": 20},
            {"role": Role.WAIT, "level": Level.STREET, "next": DESK, "wait": 100, "pauses": 1},
            {**HANDLE, "level": Level.GRID},
            {**HANDLE, "level": Level.COMMUNITY},
            {"role": Role.PAPER_CHECK, "level": Level.DEPARTMENT, "work": 10},
        ],
        limits={2: {"seconds": 500, "marks": 1}},
        marks=[{"seconds": 10}],
    )
    assert [time for time, *_ in happened(run(plan), "SUPERVISE")] == [140]


def test_each_pause_counts_once():
    """A list that pauses for 50 s, then one that does not, for 70 s, then the grid."""
    stages = [
        {"role": Role.WAIT, "next": 1, "wait": 50, "pauses": 1},
        {"role": Role.WAIT, "next": 2, "wait": 70},
        HANDLE,
    ]
    log = run(make(issues=[{**reported(0), "notice_stage": 2}], stages=stages, servers=[{}], links=[{}]))
    assert (course(log).paused, case(log).started) == (50, 120)


def test_what_still_stands_still_at_the_end_counts_from_its_release_only():
    log = run(hall([reported(200, report_stage=DESK)], wait={"pauses": 1}, limits={2: {"seconds": 500}}))
    assert (case(log).limit, course(log).paused, case(log).stage) == (730, 0, LIST)


def test_the_new_limit_counts_in_the_queue_behind_the_wait():
    """Cases 0 and 1 have the limits 30 + 500 and 60 + 450; case 1 does not pause. After 300 s of pause case 1 comes first."""
    stages = [
        {"role": Role.DESK, "level": Level.DISTRICT, "work": 30, "next": NEVER},
        {"role": Role.WAIT, "next": 3, "wait": 300, "pauses": 1},
        {"role": Role.WAIT, "next": 3, "wait": 270},
        {**HANDLE, "level": Level.GRID},
    ]
    plan = make(
        issues=[
            {**reported(0), "report_target": 1, "notice_stage": 3},
            {**reported(0), "report_target": 2, "notice_stage": 3, "severity": 3},
        ],
        stages=stages,
        queues=[{}, {"slope": 0, "due_slope": 1}],
        routes={Level.DISTRICT: 0, Level.GRID: 1},
        limits={2: {"seconds": 500}, 3: {"seconds": 450}},
        servers=[{}] * 2,
        links=[{"server": queue, "queue": queue} for queue in range(2)],
    )
    log = run(plan)
    assert log.raw["cases"]["limit"].tolist() == [830, 510]
    assert stretches(log, 1) == [(330, 390, 1), (390, 450, 0)]


def test_a_mark_that_was_to_come_is_laid_anew_when_the_limit_runs_on():
    """Filed at 30, mark after 50 s; the limit stands still from 30 to 100: the mark comes at 150, in the service."""
    plan = hall(
        [reported(0, report_stage=DESK)],
        wait={"pauses": 1},
        limits={2: {"seconds": 500, "marks": 2}},
        marks=[{"seconds": 50}, {"seconds": 9}],
    )
    log = run(plan)
    assert [time for time, *_ in happened(log, "SUPERVISE")] == [150, 159]


def test_a_mark_comes_due_in_a_wait_that_does_not_pause():
    plan = hall([reported(0, report_stage=DESK)], limits={2: {"seconds": 500, "marks": 1}}, marks=[{"seconds": 50}])
    assert rows_of(run(plan), "SUPERVISE") == [(80, Phase.TIMER, "SUPERVISE", 0, NEVER, Level.STREET)]


def test_plans_without_waits_marks_and_looks_have_no_courses():
    log = run(make(issues=[reported(0)], servers=[{}], links=[{}]))
    assert len(log.raw["courses"]) == 0
