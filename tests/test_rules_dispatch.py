"""Chapter 5 of docs/model.md: which server takes which case, what interrupts what, travel, suspension and hand-back."""

from __future__ import annotations

import numpy as np
import pytest
from plans import make
from rulebook import HALF, HANDLE, case, day, happened, queues_of, reported, run, stretches

from sim.engine.events import EventKind, Level, Outcome, Role
from sim.engine.plan import DAY, MILLION

AFTER_60 = reported(0)  # keeps server 0 busy from 0 to 60


def classed(at: int, klass: int, **more: int) -> dict[str, int]:
    return reported(at, **{"class": klass, **more})


def routed(*queues: int) -> np.ndarray:
    """The k-th issue belongs to queue ``queues[k]``, at every level."""
    return np.repeat(np.array(queues, "i4")[:, None], 6, axis=1)


def order(log, server: int = 0) -> list[int | str]:
    """What a server had in hand, one after the other."""
    return [what for _, _, what in stretches(log, server)]


# Matching: (class, rank, key, case, travel, server)


def two_queues(issues, queues, ranks=(0, 0), **more):
    return run(
        make(
            issues=issues,
            queues=[{}, {}],
            route=routed(*queues),
            servers=[{}],
            links=[{"queue": 0, "rank": ranks[0]}, {"queue": 1, "rank": ranks[1]}],
            **more,
        )
    )


def test_class_goes_before_rank():
    assert order(two_queues([AFTER_60, classed(1, 3), classed(2, 2)], (0, 0, 1), ranks=(0, 1))) == [0, 2, 1]


def test_rank_goes_before_key():
    assert order(two_queues([AFTER_60, reported(1), reported(2)], (0, 1, 0), ranks=(0, 1))) == [0, 2, 1]


def test_key_goes_before_case():
    assert order(two_queues([AFTER_60, reported(1, base=50), reported(1)], (0, 0, 1))) == [0, 2, 1]


def test_case_decides_where_all_else_is_equal():
    assert order(two_queues([AFTER_60, reported(1), reported(1)], (0, 1, 0))) == [0, 1, 2]


def test_within_a_queue_class_goes_before_key_and_key_before_case():
    rows = [AFTER_60, classed(1, 3), classed(2, 2, base=9), classed(3, 2), classed(11, 2)]
    assert order(run(make(issues=rows, servers=[{}], links=[{}]))) == [0, 3, 2, 4, 1]  # keys 1, 11, 3, 11


BUILDINGS = [{"x": 0}, {"x": 100}, {"x": 300, "y": -200}]


def spread(issues, servers, links, **more):
    """Buildings at (0, 0), (100, 0) and (300, −200); everybody walks one metre a second unless it is said."""
    rows = [{"speed": 1000, **row} for row in servers]
    return run(make(issues=issues, servers=rows, links=links, buildings=BUILDINGS, **more))


POOL = [{"server": 0}, {"server": 1}]


@pytest.mark.parametrize(
    ("servers", "links", "taken_by"),
    [
        ([{"building": 2}, {"building": 1}], POOL, 1),  # the nearer
        ([{"building": 1}, {"building": 1}], POOL, 0),  # equally near: the lower number
        ([{"building": 2}, {"building": 1}], [{"server": 0}, {"server": 1, "rank": 1}], 0),  # rank before travel
        ([{"building": 1}, {"building": 2, "speed": 0}], POOL, 1),  # who does not travel is there
        ([{"building": 1}, {"building": 1}], [{"server": 0, "travel_factor": 1_150_000}, {"server": 1}], 1),
        ([{"building": 1, "speed": 400}, {"building": 2, "speed": 2100}], POOL, 1),  # 250 s, 500/2.1 = 238 s
    ],
)
def test_rank_then_travel_then_number_decide_who_takes_a_case(servers, links, taken_by):
    log = spread([reported(5)], servers, links)
    assert [server for *_, server in happened(log, "START")] == [taken_by]


def test_key_goes_before_travel():
    """When server 0 comes free in building 0, the older case in building 2 goes before the newer one around the corner."""
    log = spread([reported(0), reported(1, building=2), reported(2, building=1)], [{}], [{}])
    assert order(log) == [0, 1, 2]


def test_the_first_case_chooses_first_and_the_next_takes_who_is_left():
    """Both cases are in building 0; server 1 (100 m) takes case 0, server 0 (500 m) what is left."""
    log = spread([reported(5), reported(5)], [{"building": 2}, {"building": 1}], POOL)
    assert happened(log, "START") == [(5, "START", 0, 1), (5, "START", 1, 0)]


def test_a_server_takes_one_case_after_the_other():
    rows = [reported(0), reported(0), reported(0)]
    log = run(make(issues=rows, servers=[{}, {}], links=POOL))
    assert happened(log, "START") == [(0, "START", 0, 0), (0, "START", 1, 1), (60, "START", 2, 0)]


def test_nobody_serves_a_queue_without_a_link():
    log = run(make(issues=[reported(0)], queues=[{}, {}], servers=[{}], links=[{"queue": 1}]))
    assert case(log).outcome == Outcome.OPEN


def test_own_queue_first_and_then_the_neighbours():
    """Server 0 owns queue 0 and helps out in queue 1; its owner is away."""
    rows = [reported(0), reported(1), reported(2), reported(3)]
    log = run(
        make(
            issues=rows,
            queues=[{}, {}],
            route=routed(0, 1, 0, 1),
            servers=[{}, {"calendar": 1}],
            links=[
                {"server": 0, "queue": 0},
                {"server": 0, "queue": 1, "rank": 1},
                {"server": 1, "queue": 1},
                {"server": 1, "queue": 0, "rank": 1},
            ],
            shifts=[[], [(500, 900)]],
        )
    )
    assert order(log) == [0, 2, 1, 3]


# Keys


@pytest.mark.parametrize(
    ("slope", "bases", "expected"),
    [
        (1, (0, 0, 0), [1, 2, 3]),
        (-1, (0, 0, 0), [3, 2, 1]),
        (0, (0, 0, 0), [1, 2, 3]),
        (1, (15, 0, 0), [2, 1, 3]),  # keys 25, 20, 30
        (1, (20, 10, 0), [1, 2, 3]),  # keys 30, 30, 30
        (-1, (0, 10, 21), [1, 2, 3]),  # keys −10, −10, −9
        (0, (5, 4, 6), [2, 1, 3]),
        (2, (21, 0, 0), [2, 1, 3]),  # keys 41, 40, 60
    ],
)
def test_the_key_is_base_and_slope_times_the_second_of_entry(slope, bases, expected):
    """Cases 1, 2, 3 enter at 10, 20, 30 while case 0 is in hand."""
    rows = [AFTER_60, *(reported(10 * k, base=base) for k, base in enumerate(bases, 1))]
    log = run(make(issues=rows, queues=[{"slope": slope}], servers=[{}], links=[{}]))
    assert order(log)[1:] == expected


@pytest.mark.parametrize(
    ("slope", "due_slope", "expected"),
    [
        (0, 1, [2, 3, 1]),  # limits 510, 320, horizon 400 (without a limit)
        (0, -1, [1, 3, 2]),
        (1, 1, [2, 3, 1]),  # 10 + 510, 20 + 320, 30 + 400
        (-10, 1, [3, 2, 1]),  # 510 − 100, 320 − 200, 400 − 300
        (1, 0, [1, 2, 3]),
    ],
)
def test_the_key_may_count_the_time_limit(slope, due_slope, expected):
    rows = [AFTER_60, reported(10, severity=0), reported(20, severity=1), reported(30)]
    log = run(
        make(
            issues=rows,
            queues=[{"slope": slope, "due_slope": due_slope}],
            servers=[{}],
            links=[{}],
            limits={0: {"seconds": 500}, 1: {"seconds": 300}},
            rules={"horizon": 400},
        )
    )
    assert order(log)[1:] == expected


def test_the_second_of_entry_counts_anew_at_each_stage():
    """Case 0 is known first, but comes to queue 1 (served till 100) at 60, case 1 at 50: case 1 goes first."""
    rows = [reported(0, difficulty=MILLION), reported(50, report_stage=1), reported(0, report_stage=1)]
    log = run(
        make(
            issues=rows,
            stages=[{**HANDLE, "level": 0}, {**HANDLE, "level": 1}],
            hops=[{"capability": 0, "up": 1}, {}],
            queues=[{}, {}],
            routes={1: 1},
            servers=[{}, {}],
            links=[{}, {"server": 1, "queue": 1}],
            work=[[60] * 5, [60] * 5, [100] * 5],
        )
    )
    assert order(log, 1) == [1, 2, 0]


# Live score


def scored(issues, score, features, *, engine="both", **more):
    return run(make(issues=issues, servers=[{}], links=[{}], score=score, features=features, **more), engine)


def test_a_live_score_takes_the_place_of_the_key():
    rows = [AFTER_60, reported(1), reported(2), reported(3)]
    log = scored(rows, lambda now, since, features: int(features[0]), [[0], [7], [5], [7]])
    assert order(log) == [0, 2, 1, 3]


def test_class_goes_before_the_live_score():
    rows = [AFTER_60, classed(1, 2), classed(2, 1)]
    assert order(scored(rows, lambda now, since, features: int(features[0]), [[0], [1], [9]])) == [0, 2, 1]


def test_a_live_score_goes_before_travel_and_case_but_after_rank():
    rows = [AFTER_60, reported(1), reported(2), reported(3)]
    log = run(
        make(
            issues=rows,
            queues=[{}, {}],
            route=routed(0, 0, 1, 1),
            servers=[{}],
            links=[{"queue": 0, "rank": 1}, {"queue": 1}],
            score=lambda now, since, features: int(features[0]),
            features=[[0], [1], [9], [8]],
        )
    )
    assert order(log) == [0, 3, 2, 1]


def test_a_live_score_changes_with_the_time_waited():
    """Weight times seconds waited, largest first: at 60 case 1 50, case 2 3; at 120 case 2 183, case 3 200."""
    rows = [AFTER_60, reported(10), reported(59), reported(119)]
    log = scored(rows, lambda now, since, features: -int(features[0]) * (now - since), [[0], [1], [3], [200]])
    assert order(log) == [0, 1, 3, 2]


def test_a_live_score_is_asked_with_the_second_of_entry_also_after_a_hand_back():
    asked = []

    def score(now, since, features):
        asked.append((now, since, int(features[0])))
        return 0

    scored([reported(3)], score, [[42]], engine="reference", shifts=[[(0, 50), (100, 200)]], rules={"rebind_after": 10})
    assert {(3, 3, 42), (100, 3, 42)} <= set(asked)
    assert {(since, feature) for _, since, feature in asked} == {(3, 42)}


# Own work first


def lunch(issues, **more):
    """One server, there 0 … 50 and 100 … 900, with case 0 in hand at 50."""
    return run(make(issues=issues, servers=[{}], links=[{}], shifts=[[(0, 50), (100, 900)]], **more))


@pytest.mark.parametrize(("klass", "expected"), [(2, [0, 1, 0]), (3, [0, 0, 1]), (4, [0, 0, 1])])
def test_suspended_work_goes_before_cases_of_its_class(klass, expected):
    """Case 0 is of class 3; case 1 came first by its key (base −99)."""
    assert order(lunch([classed(0, 3), classed(60, klass, base=-99)])) == expected


def test_what_one_leaves_to_its_own_work_another_takes():
    log = run(
        make(
            issues=[classed(0, 3), classed(60, 3)],
            servers=[{}, {"calendar": 1}],
            links=[{"server": 0}, {"server": 1, "rank": 1}],
            shifts=[[(0, 50), (100, 900)], [(100, 900)]],
        )
    )
    assert stretches(log, 0) == [(0, 50, 0), (100, 110, 0)]
    assert stretches(log, 1) == [(100, 160, 1)]


def test_better_cases_go_before_suspended_work_as_long_as_they_come():
    """Class 1 at 60 and at 110; case 0 (class 3) goes on at 220."""
    log = lunch([classed(0, 3), classed(60, 1), classed(110, 1)])
    assert stretches(log) == [(0, 50, 0), (100, 160, 1), (160, 220, 2), (220, 230, 0)]


# Pre-emption: (class, rank, key, case, −class of work, travel, server)

URGENT = [(0, b) for b in range(2, 16)]
LADDER = [(a, b) for a in range(3) for b in range(a + 1, 16)]


def interrupted(issues, servers=1, links=None, **more):
    return run(
        make(
            **{
                "issues": issues,
                "servers": [{}] * servers,
                "links": links or [{"server": s} for s in range(servers)],
                "preempts": URGENT,
                "work": [[100] * 5] * len(issues),
                **more,
            }
        )
    )


def test_an_urgent_case_interrupts_and_the_rest_is_done_after_it():
    log = interrupted([classed(0, 2), classed(30, 0)])
    assert stretches(log) == [(0, 30, 0), (30, 130, 1), (130, 200, 0)]
    assert happened(log, "SUSPEND START RESUME", server=0) == [
        (0, "START", 0, 0),
        (30, "SUSPEND", 0, 0),
        (30, "START", 1, 0),
        (130, "RESUME", 0, 0),
    ]
    assert day(log).case == 200


@pytest.mark.parametrize(("urgent", "working", "count"), [(0, 2, 3), (0, 15, 3), (0, 1, 2), (0, 0, 2), (1, 3, 2)])
def test_the_table_says_which_class_interrupts_which(urgent, working, count):
    """Class 0 interrupts all from class 2 on, class 1 none: three stretches of work, or two."""
    log = interrupted([classed(0, working), classed(30, urgent)])
    assert [what for _, _, what in stretches(log)] == [0, 1, 0][:count]


def test_interruptions_may_be_interrupted():
    """0 … 10 class 3, … 25 class 2, … 40 class 1, 40 … 140 class 0; then 85, 85 and 90 s are left, best class first."""
    rows = [classed(0, 3), classed(10, 2), classed(25, 1), classed(40, 0)]
    log = interrupted(rows, preempts=LADDER)
    assert stretches(log) == [
        (0, 10, 0),
        (10, 25, 1),
        (25, 40, 2),
        (40, 140, 3),
        (140, 225, 2),
        (225, 310, 1),
        (310, 400, 0),
    ]


def test_an_idle_server_is_asked_before_anybody_is_interrupted():
    """Server 1 is idle, of a worse rank and far away."""
    log = spread(
        [classed(0, 2), classed(30, 0)],
        [{}, {"building": 2}],
        [{"server": 0}, {"server": 1, "rank": 1}],
        preempts=URGENT,
    )
    assert happened(log, "START SUSPEND") == [(0, "START", 0, 0), (30, "START", 1, 1)]


@pytest.mark.parametrize(
    ("classes", "ranks", "buildings", "loser"),
    [
        ((2, 3), (0, 0), (0, 2), 1),  # the less important work, however far
        ((3, 2), (0, 0), (2, 0), 0),
        ((3, 3), (0, 0), (2, 1), 1),  # then the nearer
        ((3, 3), (0, 0), (1, 1), 0),  # then the lower number
        ((3, 2), (1, 0), (0, 2), 1),  # but rank before all
    ],
)
def test_whose_work_is_interrupted(classes, ranks, buildings, loser):
    """Queue 0 and 1 keep server 0 and 1 busy where they stand; the urgent case of queue 2 is in building 0."""
    log = spread(
        [classed(0, classes[0], building=buildings[0]), classed(0, classes[1], building=buildings[1]), classed(30, 0)],
        [{"building": buildings[0]}, {"building": buildings[1]}],
        [
            {"server": 0, "queue": 0},
            {"server": 1, "queue": 1},
            {"server": 0, "queue": 2, "rank": ranks[0]},
            {"server": 1, "queue": 2, "rank": ranks[1]},
        ],
        queues=[{}] * 3,
        route=routed(0, 1, 2),
        preempts=URGENT,
    )
    assert happened(log, "SUSPEND") == [(30, "SUSPEND", loser, loser)]
    assert happened(log, "START", case=2) == [(30, "START", 2, loser)]


def test_the_nearer_is_interrupted_as_far_as_he_knows_the_ground():
    """Both are 100 m away with work of class 3; server 0 does not know the way: 150 s against 100 s."""
    log = spread(
        [classed(0, 3, building=1), classed(0, 3, building=1), classed(30, 0)],
        [{"building": 1}] * 2,
        [{"server": s, "queue": s} for s in (0, 1)]
        + [{"server": 0, "queue": 2, "travel_factor": 1_500_000}, {"server": 1, "queue": 2}],
        queues=[{}] * 3,
        route=routed(0, 1, 2),
        preempts=URGENT,
    )
    assert happened(log, "SUSPEND") == [(30, "SUSPEND", 1, 1)]


def test_the_best_waiting_case_interrupts_first():
    """Both urgent at 30; class 0 takes the worse work (of server 1), class 1 what is left."""
    rows = [classed(0, 3), classed(0, 4), classed(30, 1), classed(30, 0)]
    log = interrupted(rows, servers=2, preempts=LADDER)
    assert happened(log, "START")[2:] == [(30, "START", 2, 0), (30, "START", 3, 1)]


def test_rank_then_key_then_case_decide_among_urgent_cases():
    """One server in hand of case 0. Case 1 (rank 1) is older; of cases 2 and 3 (rank 0) case 3 has the smaller key."""
    rows = [classed(0, 3), classed(30, 0), classed(30, 0, base=5), classed(30, 0)]
    log = interrupted(
        rows,
        queues=[{}, {}],
        route=routed(0, 0, 1, 1),
        links=[{"queue": 0, "rank": 1}, {"queue": 1}],
    )
    assert order(log) == [0, 3, 2, 1, 0]
    tied = interrupted(
        [classed(0, 3), classed(30, 0), classed(30, 0)],
        queues=[{}, {}],
        route=routed(0, 1, 0),
        links=[{"queue": 0}, {"queue": 1}],
    )
    assert order(tied) == [0, 1, 2, 0]


def test_what_interrupts_by_live_score_is_first_by_live_score():
    rows = [classed(0, 3), classed(30, 0), classed(30, 0)]
    log = interrupted(rows, score=lambda now, since, features: int(features[0]), features=[[0], [2], [1]])
    assert order(log) == [0, 2, 1, 0]


def test_two_interrupt_two_in_one_second():
    rows = [classed(0, 3), classed(0, 3), classed(30, 0), classed(30, 0)]
    log = interrupted(rows, servers=2)
    assert stretches(log, 0) == [(0, 30, 0), (30, 130, 2), (130, 200, 0)]
    assert stretches(log, 1) == [(0, 30, 1), (30, 130, 3), (130, 200, 1)]


def test_one_urgent_case_does_not_interrupt_another():
    assert order(interrupted([classed(0, 2), classed(30, 0), classed(40, 0)])) == [0, 1, 2, 0]


# Travel


@pytest.mark.parametrize(
    ("x", "y", "speed", "factor", "seconds"),
    [
        (333, 0, 1250, MILLION, 266),  # 266.4, downwards
        (-200, 133, 1250, MILLION, 266),  # along the streets, not through the houses
        (333, 0, 1250, 1_150_000, 306),  # 382.95 → 383 m; 306.4 s
        (12_500, 0, 1250, MILLION, 10_000),
        (333, 0, 0, MILLION, 0),
        (1, 0, 1250, MILLION, 0),
        (0, 0, 1250, MILLION, 0),
    ],
)
def test_travel_is_distance_times_familiarity_over_speed(x, y, speed, factor, seconds):
    plan = make(
        issues=[reported(0, building=1)],
        servers=[{"speed": speed}],
        links=[{"travel_factor": factor}],
        buildings=[{"x": 1000, "y": 2000}, {"x": 1000 + x, "y": 2000 + y}],
    )
    log = run(plan)
    assert (case(log).started, case(log).finished) == (0, seconds + 60)
    assert (day(log).travel, day(log).case) == (seconds, 60)


def test_who_has_been_somewhere_starts_from_there():
    """0 → 100: 100 s; 100 → (300, −200): 400 s; back to 0: 500 s."""
    log = spread([reported(0, building=1), reported(0, building=2), reported(0, building=0)], [{}], [{}])
    assert stretches(log) == [(0, 160, 0), (160, 620, 1), (620, 1180, 2)]
    assert (day(log).travel, day(log).case) == (1000, 180)


@pytest.mark.parametrize(
    ("field_share", "closed", "travels"), [(MILLION, 380, [0, 100, 100, 0]), (0, 280, [0, 100, 0, 0])]
)
def test_desks_and_paper_checks_need_no_travel(field_share, closed, travels):
    """The building is 100 m away: desk … 60, handled … 220, checked in the field … 380 or on paper … 280."""
    roles = (Role.DESK, Role.HANDLE, Role.FIELD_CHECK, Role.PAPER_CHECK)
    log = spread(
        [reported(0, building=1, report_target=1)],
        [{}] * 4,
        [{"server": q, "queue": q} for q in range(4)],
        stages=[{"role": role, "level": level, "work": 60} for level, role in enumerate(roles)],
        categories=[{"field_share": field_share, "field_stage": 2, "paper_stage": 3}],
        queues=[{}] * 4,
        routes={1: 1, 2: 2, 3: 3},
    )
    assert case(log).closed == closed
    assert [day(log, server).travel for server in range(4)] == travels


def test_a_desk_does_not_move_who_sits_at_it():
    """After the desk (case 0, building 2) the server starts to building 1 from building 0: 100 s."""
    log = spread(
        [reported(0, building=2, report_target=2), reported(0, building=1, report_stage=1)],
        [{}],
        [{"queue": 0}, {"queue": 1}],
        stages=[{"role": Role.DESK, "work": 60}, {**HANDLE, "level": 1}, {**HANDLE, "level": 2}],
        queues=[{}] * 3,
        routes={1: 1, 2: 2},
    )
    assert stretches(log) == [(0, 60, 0), (60, 220, 1)]


def test_suspended_on_the_way_the_rest_of_the_way_is_left():
    """100 s of way and 60 s of work; shift ends at 30: 70 s of way and the work are left."""
    log = spread([reported(0, building=1)], [{}], [{}], shifts=[[(0, 30), (100, 900)]])
    assert stretches(log) == [(0, 30, 0), (100, 230, 0)]
    assert (day(log).travel, day(log).case) == (100, 60)


def test_suspended_at_work_no_way_is_left():
    log = spread([reported(0, building=1)], [{}], [{}], shifts=[[(0, 130), (200, 900)]])
    assert stretches(log) == [(0, 130, 0), (200, 230, 0)]


def test_suspended_on_arrival_all_the_work_is_left():
    log = spread([reported(0, building=1)], [{}], [{}], shifts=[[(0, 100), (200, 900)]])
    assert stretches(log) == [(0, 100, 0), (200, 260, 0)]
    assert (day(log).travel, day(log).case) == (100, 60)


@pytest.mark.parametrize("begun", [30, 130])
def test_who_has_been_elsewhere_travels_the_whole_way_anew(begun):
    """To building 1 (100 s, 60 s); at 30 on the way or at 130 at work called to building 2: 400 s there and 400 s back."""
    log = spread([classed(0, 3, building=1), classed(begun, 0, building=2)], [{}], [{}], preempts=URGENT)
    left = 60 if begun == 30 else 30
    assert stretches(log) == [(0, begun, 0), (begun, begun + 460, 1), (begun + 460, begun + 460 + 400 + left, 0)]


def test_the_whole_way_anew_is_as_unfamiliar_as_the_first():
    """A factor of 1.5 on the way to case 0 only: 150 s; back from building 2 600 s."""
    log = spread(
        [classed(0, 3, building=1), classed(30, 0, building=2)],
        [{}],
        [{"queue": 0, "travel_factor": 1_500_000}, {"queue": 1}],
        queues=[{}, {}],
        route=routed(0, 1),
        preempts=URGENT,
    )
    assert stretches(log) == [(0, 30, 0), (30, 490, 1), (490, 490 + 600 + 60, 0)]


def test_who_was_called_to_the_same_building_has_only_the_rest_of_the_way_left():
    """At 30, on the way to building 1, he counts as being there; 70 s of way are left for case 0."""
    log = spread([classed(0, 3, building=1), classed(30, 0, building=1)], [{}], [{}], preempts=URGENT)
    assert stretches(log) == [(0, 30, 0), (30, 90, 1), (90, 90 + 70 + 60, 0)]


def test_who_is_back_in_the_building_has_only_the_rest_of_the_way_left():
    """Called to building 2 (400 s, 60 s) and from there to building 1 (400 s, 60 s), where case 0 is."""
    rows = [classed(0, 3, building=1), classed(30, 0, building=2), classed(31, 0, building=1)]
    log = spread(rows, [{}], [{}], preempts=URGENT)
    assert stretches(log) == [(0, 30, 0), (30, 490, 1), (490, 950, 2), (950, 950 + 70 + 60, 0)]


# Overtime


def late(issues, *, shifts=((0, 100), (300, 900)), **more):
    return run(
        make(**{"issues": issues, "servers": [{}], "links": [{}], "shifts": [list(shifts)], "overtime": [0], **more})
    )


def test_urgent_work_runs_on_after_the_shift_and_then_the_server_leaves():
    """50 … 150 with 50 s of overtime; what waits since 60 is taken up in the next shift."""
    log = late([reported(50), reported(60)], work=[[100] * 5] * 2)
    assert stretches(log) == [(50, 150, 0), (300, 400, 1)]
    assert (day(log).overtime, day(log).case) == (50, 200)
    assert happened(log, "SHIFT_END SUSPEND")[0] == (100, "SHIFT_END", -1, 0)


def test_other_work_does_not():
    log = late([classed(50, 1)], work=[[100] * 5])
    assert stretches(log) == [(50, 100, 0), (300, 350, 0)]
    assert day(log).overtime == 0


def test_travel_counts_as_overtime_too():
    log = spread([reported(50, building=1)], [{}], [{}], shifts=[[(0, 100), (300, 900)]], overtime=[0])
    assert (day(log).travel, day(log).case, day(log).overtime) == (100, 60, 110)


def test_overtime_ends_where_the_next_shift_starts():
    """50 … 450; off from 100 to 300; on again and taken until the end of the service."""
    log = late([reported(50), reported(310)], work=[[400] * 5, [10] * 5])
    assert stretches(log) == [(50, 450, 0), (450, 460, 1)]
    assert (day(log).overtime, day(log).case) == (200, 410)


def test_overtime_may_begin_again_at_the_end_of_the_next_shift():
    """Off 100 … 300 and 400 … 450."""
    log = late([reported(50)], work=[[400] * 5], shifts=((0, 100), (300, 400), (800, 900)))
    assert stretches(log) == [(50, 450, 0)]
    assert day(log).overtime == 250


def test_shifts_that_touch_make_no_overtime():
    log = late([reported(50)], work=[[100] * 5], shifts=((0, 100), (100, 900)))
    assert (stretches(log), day(log).overtime) == ([(50, 150, 0)], 0)


def test_overtime_runs_until_the_horizon_at_most():
    log = late([reported(50)], work=[[1000] * 5], rules={"horizon": 250})
    assert (day(log).overtime, day(log).case) == (150, 200)


def test_nobody_is_interrupted_in_overtime():
    """Class 0 interrupts class 1, but not after the shift."""
    log = late([classed(50, 1), classed(110, 0)], overtime=[1], preempts=LADDER, work=[[100] * 5] * 2)
    assert stretches(log) == [(50, 150, 0), (300, 400, 1)]


def test_overtime_of_one_stretch_is_not_that_of_the_next():
    log = late([reported(50), reported(350)], work=[[100] * 5] * 2)
    assert day(log).overtime == 50


# Hand-back


def handed_back(issues, *, links=None, **more):
    """Server 0 is there 0 … 50 and 1000 … 2000, server 1 from 55 on; work is handed back after 10 s (at 60), a quarter is lost."""
    plan = {
        "servers": [{}, {"calendar": 1}],
        "links": links or [{"server": 0}, {"server": 1, "rank": 1}],
        "shifts": [[(0, 50), (1000, 2000)], [(55, 2000)]],
        "rules": {"rebind_after": 10, "handover_loss": 250_000, **more.pop("rules", {})},
        **more,
    }
    return run(make(issues=issues, **plan))


def test_work_of_a_server_that_stays_away_is_handed_back():
    """50 of 100 s are left, and 12.5 → 13 are lost: 63 s from 60 on."""
    log = handed_back([reported(0)], work=[[100] * 5])
    assert happened(log, "SUSPEND REBIND START FINISH") == [
        (0, "START", 0, 0),
        (50, "SUSPEND", 0, 0),
        (60, "REBIND", 0, 0),
        (60, "START", 0, 1),
        (123, "FINISH", 0, 1),
    ]
    assert (day(log, 0).case, day(log, 1).case, case(log).started) == (50, 63, 0)


def test_what_is_left_is_left_whoever_takes_it():
    """Server 1 has half the skill and does not know the ground; it needs 63 s all the same."""
    log = handed_back(
        [reported(0)],
        work=[[100] * 5],
        servers=[{}, {"calendar": 1, "skill": HALF}],
        links=[{"server": 0}, {"server": 1, "work_factor": 3 * MILLION}],
    )
    assert case(log).finished == 123


def test_without_a_loss_nothing_is_lost():
    assert case(handed_back([reported(0)], work=[[100] * 5], rules={"handover_loss": 0})).finished == 110


def test_work_may_never_be_handed_back():
    log = handed_back([reported(0)], work=[[100] * 5], rules={"rebind_after": -1})
    assert stretches(log, 0) == [(0, 50, 0), (1000, 1050, 0)]


def test_work_is_handed_back_after_a_second_at_least():
    log = handed_back([reported(0)], work=[[100] * 5], rules={"rebind_after": 0})
    assert happened(log, "REBIND") == [(51, "REBIND", 0, 0)]


def test_it_waits_with_its_old_class_and_key():
    """At 60 server 1 is busy with case 2 (55 … 115); at 115 case 0 (class 3, key 0) goes before case 1 (class 3, key 1)."""
    log = handed_back([classed(0, 3), classed(1, 3), classed(2, 2)], work=[[100] * 5, [10] * 5, [60] * 5])
    assert order(log, 1) == [2, 0, 1]


def test_the_way_is_travelled_anew_by_whoever_takes_it():
    """Suspended on the way with 50 s of 100 left; all 60 s of work and 15 s are left for server 1, 400 s away."""
    log = handed_back(
        [reported(0, building=1)],
        buildings=BUILDINGS,
        servers=[{"speed": 1000}, {"speed": 1000, "building": 2, "calendar": 1}],
    )
    assert stretches(log, 1) == [(60, 60 + 400 + 75, 0)]


@pytest.mark.parametrize(("difficulty", "level"), [(0, 0), (MILLION, 1)])
def test_it_is_as_able_as_before(difficulty, level):
    """Worse since 55: what was able stays able, and what was not able would pass it up whatever server 1 could do."""
    log = handed_back(
        [reported(0, difficulty=difficulty, worsen=55, worse_difficulty=MILLION - difficulty)],
        stages=[{**HANDLE, "level": 0}, {**HANDLE, "level": 1}],
        hops=[{"capability": HALF, "up": 1, "triage": 100}, {}],
        work=[[100] * 5],
    )
    assert happened(log, "SETTLE")[0][0] == (123 if level == 0 else 223)
    assert case(log).level == level


def test_the_first_server_may_take_it_up_again():
    """Nobody else is there; 63 s from 1000 on."""
    log = handed_back([reported(0)], work=[[100] * 5], links=[{"server": 0}])
    assert stretches(log) == [(0, 50, 0), (1000, 1063, 0)]
    assert happened(log, "RESUME") == []


def test_it_may_be_handed_back_again_with_another_loss():
    """50 + 13 = 63 s left at 60; 63 − 50 = 13 left at 110, 16 with the loss (3.25 → 3)."""
    plan = make(
        issues=[reported(0)],
        servers=[{}],
        links=[{}],
        work=[[100] * 5],
        shifts=[[(0, 50), (100, 150), (200, 300)]],
        rules={"rebind_after": 10, "handover_loss": 250_000},
    )
    assert stretches(run(plan)) == [(0, 50, 0), (100, 150, 0), (200, 216, 0)]


def test_each_absence_counts_anew():
    """Away 50 … 59 (9 s), back, away again from 70 on: handed back at 80, not at 60."""
    plan = make(
        issues=[reported(0)],
        servers=[{}],
        links=[{}],
        work=[[100] * 5],
        shifts=[[(0, 50), (59, 70), (500, 900)]],
        rules={"rebind_after": 10},
    )
    assert happened(run(plan), "REBIND") == [(80, "REBIND", 0, 0)]


def test_who_is_back_only_briefly_keeps_the_old_timer_from_doing_anything():
    """Away from 50, back 52 … 55, away again: at 60 it is 5 s; handed back at 65."""
    plan = make(
        issues=[reported(0)],
        servers=[{}],
        links=[{}],
        work=[[100] * 5],
        shifts=[[(0, 50), (52, 55), (500, 900)]],
        rules={"rebind_after": 10},
    )
    assert happened(run(plan), "REBIND") == [(65, "REBIND", 0, 0)]


def test_all_suspended_cases_are_handed_back():
    """Case 0 was interrupted by case 1; both are suspended at 50 and handed back at 60."""
    log = handed_back([classed(0, 3), classed(20, 0)], work=[[100] * 5] * 2, preempts=URGENT)
    assert happened(log, "REBIND") == [(60, "REBIND", 0, 0), (60, "REBIND", 1, 0)]
    assert order(log, 1) == [1, 0]


def test_a_server_in_overtime_hands_back_what_it_has_laid_down():
    """Case 1 runs on from 20 to 120; case 0, interrupted at 20, is handed back at 60."""
    log = handed_back([classed(0, 3), classed(20, 0)], work=[[100] * 5] * 2, preempts=URGENT, overtime=[0])
    assert happened(log, "REBIND") == [(60, "REBIND", 0, 0)]
    assert stretches(log, 0) == [(0, 20, 0), (20, 120, 1)]
    assert stretches(log, 1) == [(60, 160, 0)]  # 80 s and a quarter of it


# Absence

OFFICE = [(d * DAY + 100, d * DAY + 200) for d in range(6)]


def absent(absences, *shifts, **more):
    plan = {
        "issues": [reported(0)],
        "servers": [{"absences": len(absences)}],
        "links": [{}],
        "shifts": shifts or [OFFICE],
        "absences": [{"start": start * DAY, "end": end * DAY} for start, end in absences],
        **more,
    }
    return run(make(**plan))


def test_on_a_day_of_absence_no_shift_starts():
    log = absent([(0, 1), (2, 4)])
    assert [second // DAY for second, *_ in happened(log, "SHIFT_START")] == [1, 4, 5]
    assert [second // DAY for second, *_ in happened(log, "SHIFT_END")] == [1, 4, 5]
    assert case(log).started == DAY + 100


def test_absences_that_touch_are_one():
    log = absent([(0, 1), (1, 2)])
    assert case(log).started == 2 * DAY + 100


def test_an_absence_over_before_the_run_counts_for_nothing():
    assert case(absent([(-3, -1)])).started == 100


def test_a_shift_that_has_begun_runs_into_an_absence():
    """A night shift from 23:00 to 01:00; absent from midnight on: until 01:00 there, the next night not."""
    nights = [(d * DAY + 82_800, d * DAY + 90_000) for d in range(3)]
    log = absent([(1, 2)], nights)
    assert happened(log, "SHIFT_START SHIFT_END") == [
        (82_800, "SHIFT_START", -1, 0),
        (90_000, "SHIFT_END", -1, 0),
        (2 * DAY + 82_800, "SHIFT_START", -1, 0),
        (2 * DAY + 90_000, "SHIFT_END", -1, 0),
    ]


def test_a_shift_that_starts_in_the_second_in_which_an_absence_ends_starts():
    log = absent([(0, 1)], [(0, 50), (DAY, DAY + 50)])
    assert case(log).started == DAY


def test_each_server_has_its_own_absences():
    log = absent(
        [(0, 1), (1, 2)],
        servers=[{"absences": 1}, {"first_absence": 1, "absences": 1}],
        links=POOL,
    )
    assert [(second // DAY, server) for second, _, _, server in happened(log, "SHIFT_START")][:3] == [
        (0, 1),
        (1, 0),
        (2, 0),
    ]
    assert happened(log, "START") == [(100, "START", 0, 1)]


def test_suspended_work_of_who_is_absent_waits_or_is_handed_back():
    """Suspended at 200; absent on day 1: kept until day 2, unless handed back after a day."""
    waits = absent([(1, 2)], work=[[150] * 5])
    assert stretches(waits) == [(100, 200, 0), (2 * DAY + 100, 2 * DAY + 150, 0)]
    two = absent(
        [(1, 2)],
        OFFICE,
        [(DAY, 2 * DAY)],
        work=[[150] * 5],
        servers=[{"absences": 1}, {"calendar": 1}],
        links=POOL,
        rules={"rebind_after": DAY},
    )
    assert happened(two, "REBIND") == [(DAY + 200, "REBIND", 0, 0)]
    assert stretches(two, 1) == [(DAY + 200, DAY + 250, 0)]


# Shifts at the edges of the run


def test_a_shift_that_is_on_at_second_0_starts_then():
    log = run(make(issues=[reported(0)], servers=[{}], links=[{}], shifts=[[(-500, -300), (-100, 40), (90, 200)]]))
    assert happened(log, "SHIFT_START SHIFT_END")[:3] == [
        (0, "SHIFT_START", -1, 0),
        (40, "SHIFT_END", -1, 0),
        (90, "SHIFT_START", -1, 0),
    ]
    assert stretches(log) == [(0, 40, 0), (90, 110, 0)]


def test_a_shift_that_ends_at_second_0_is_over():
    log = run(make(issues=[reported(0)], servers=[{}], links=[{}], shifts=[[(-100, 0), (90, 200)]]))
    assert happened(log, "SHIFT_START SHIFT_END START") == [
        (90, "SHIFT_START", -1, 0),
        (90, "START", 0, 0),
        (200, "SHIFT_END", -1, 0),
    ]


def test_always_open_means_no_shifts():
    log = run(make(issues=[reported(0)], servers=[{}], links=[{}]))
    assert happened(log, "SHIFT_START SHIFT_END") == []


def test_components_do_not_see_each_other():
    """Server 1 of component 1 is idle while component 0 is short of hands."""
    log = run(
        make(
            issues=[reported(0), reported(0), reported(0)],
            queues=[{"component": 3}, {"component": 1}],
            route=routed(0, 0, 1),
            servers=[{"component": 3}, {"component": 1}],
            links=[{}, {"server": 1, "queue": 1}],
        )
    )
    assert order(log, 0) == [0, 1]
    assert order(log, 1) == [2]
    assert queues_of(log, 2, EventKind.START) == [(0, 1)]
    assert log.raw["cases"]["level"].tolist() == [Level.GRID] * 3


# What is laid down may be taken from below


def test_a_patrol_lapses_from_under_two_cases():
    """Patrol, case 0 and case 1 interrupt one another; the next day both cases go on and the patrol begins anew."""
    plan = make(
        issues=[classed(1100, 3), classed(1200, 0)],
        work=[[2000] * 5] * 2,
        preempts=[(0, b) for b in range(1, 16)] + [(3, b) for b in range(4, 16)],
        servers=[{"patrol_quota": 800, "legs": 1}],
        links=[{}],
        legs=[{"first_stop": 0, "stops": 1, "seconds": 800}],
        stops=[{"building": 0}],
        shifts=[[(1000, 3000), (DAY + 1000, DAY + 9000)]],
        rules={"horizon": 2 * DAY},
    )
    assert stretches(run(plan)) == [
        (1000, 1100, "PATROL"),
        (1100, 1200, 0),
        (1200, 3000, 1),
        (DAY + 1000, DAY + 1200, 1),
        (DAY + 1200, DAY + 3100, 0),
        (DAY + 3100, DAY + 3900, "PATROL"),
    ]


def test_a_case_is_handed_back_from_under_admin():
    plan = make(
        issues=[classed(1500, 13)],
        work=[[2000] * 5],
        servers=[{"admin": 0, "admin_class": 5, "admin_piece": 5000}],
        links=[{}],
        admin=[[0, 5000, 0, 0]],
        shifts=[[(1000, 3000), (DAY + 1000, DAY + 3000)]],
        rules={"horizon": 4 * DAY, "rebind_after": DAY},
    )
    assert happened(run(plan), "REBIND") == [(2 * DAY + 3000, "REBIND", 0, 0)]
