"""Chapters 6 and 8 of docs/model.md: admin, visits and patrol between the cases, and what is booked on which day."""

from __future__ import annotations

import pytest
from plans import make
from rulebook import HALF, case, chances, day, happened, luck_with, reported, run, stretches

from sim.engine.events import Duty, EventKind, Phase, Purpose
from sim.engine.plan import DAY, MILLION
from sim.engine.simulate import simulate

# Every day 1000 … 5000 and 6000 … 10000
OFFICE = [(d * DAY + a, d * DAY + b) for d in range(9) for a, b in ((1000, 5000), (6000, 10_000))]


def worker(**more: int) -> dict[str, int]:
    return {"visit_answered": 1000, "visit_unanswered": 300, **more}


def days(servers, issues=(), **more):
    """Workers on OFFICE hours; queue 0 is served by the first of them unless ``links`` say otherwise."""
    return run(make(**{"issues": issues, "servers": servers, "links": [{}], "shifts": [OFFICE], **more}))


def with_admin(*inflow: int, issues=(), **more):
    """One worker with admin of so much on day 0, 1, …"""
    row = worker(**{"admin": 0, "admin_piece": 1800, **more.pop("row", {})})
    return days(
        [row], issues, admin=[list(inflow)], rules={"horizon": len(inflow) * DAY, **more.pop("rules", {})}, **more
    )


# Admin


def test_admin_comes_in_pieces_and_the_last_is_what_is_left():
    """4000 s: 1800, 1800, 400, which ends with the shift."""
    log = with_admin(4000)
    assert stretches(log) == [(1000, 2800, "ADMIN"), (2800, 4600, "ADMIN"), (4600, 5000, "ADMIN")]
    assert (day(log).admin, day(log).backlog) == (4000, 0)


def test_admin_that_is_not_done_stays():
    """10 000 s in a day of 8000: five pieces are begun, the fifth lacks 1000 s, and 1000 s are not begun."""
    log = with_admin(10_000, 0)
    assert stretches(log)[2:] == [
        (4600, 5000, "ADMIN"),
        (6000, 7400, "ADMIN"),
        (7400, 9200, "ADMIN"),
        (9200, 10_000, "ADMIN"),
        (DAY + 1000, DAY + 2000, "ADMIN"),  # the rest of the fifth
        (DAY + 2000, DAY + 3000, "ADMIN"),
    ]
    assert [(day(log, 0, d).admin, day(log, 0, d).backlog) for d in (0, 1)] == [(8000, 1000), (2000, 0)]


def test_admin_of_all_days_of_absence_waits_for_the_return():
    """500 + 0, then absent on days 1 and 2: 600 + 700 + 800 on day 3."""
    log = with_admin(500, 600, 700, 800, row={"absences": 1}, absences=[{"start": DAY, "end": 3 * DAY}])
    assert [day(log, 0, d).admin for d in range(4)] == [500, 0, 0, 2100]


def test_admin_of_the_days_before_the_first_shift_waits_for_it():
    log = with_admin(500, 600, 700, shifts=[[(2 * DAY + 1000, 2 * DAY + 5000)]])
    assert [day(log, 0, d).admin for d in range(3)] == [0, 0, 1800]


def test_admin_comes_in_once_a_day():
    """2000 s are done by 3000; the afternoon brings nothing."""
    log = with_admin(2000)
    assert stretches(log) == [(1000, 2800, "ADMIN"), (2800, 3000, "ADMIN")]


def test_a_piece_of_admin_of_no_length_takes_a_second():
    log = with_admin(3, row={"admin_piece": 0})
    assert stretches(log) == [(1000, 1001, "ADMIN"), (1001, 1002, "ADMIN"), (1002, 1003, "ADMIN")]


def test_each_worker_has_its_own_inflow():
    rows = [worker(admin=1, admin_piece=1800), worker(admin=0, admin_piece=600), worker()]
    log = days(rows, admin=[[500], [800]], rules={"horizon": DAY})
    assert [day(log, server).admin for server in range(3)] == [800, 500, 0]


def test_the_backlog_is_that_of_the_last_shift_end_of_the_day():
    """Pieces of 3600 s: two have begun by 5000 (4800 are left), three by 10 000 (1200)."""
    log = with_admin(12_000, row={"admin_piece": 3600})
    assert day(log).backlog == 1200
    assert stretches(log) == [
        (1000, 4600, "ADMIN"),
        (4600, 5000, "ADMIN"),
        (6000, 9200, "ADMIN"),
        (9200, 10_000, "ADMIN"),
    ]


# Cases and pieces


@pytest.mark.parametrize(
    ("admin_class", "klass", "served"),
    [
        (12, 5, 2800),  # waits for the piece to end
        (5, 5, 2800),  # equal classes: the case first
        (4, 5, 4600),  # admin first, all of it
    ],
)
def test_a_case_waits_for_the_piece_or_for_all_admin_that_goes_before_it(admin_class, klass, served):
    log = with_admin(3600, issues=[reported(1500, **{"class": klass})], row={"admin_class": admin_class})
    assert case(log).started == served


def test_an_urgent_case_interrupts_a_piece():
    log = with_admin(1800, issues=[reported(1500)], preempts=[(0, b) for b in range(1, 16)])
    assert stretches(log) == [(1000, 1500, "ADMIN"), (1500, 1560, 0), (1560, 2860, "ADMIN")]
    rows = log.raw["events"][["time", "phase", "kind", "case", "issue", "queue", "server", "level"]].tolist()
    admin = int(Duty.ADMIN)
    assert [row for row in rows if row[3] == -1 and row[6] == 0] == [
        (1000, Phase.CALENDAR_START, EventKind.SHIFT_START, -1, -1, -1, 0, -1),
        (1000, Phase.DISPATCH, EventKind.PIECE_START, -1, -1, -1, 0, admin),
        (1500, Phase.DISPATCH, EventKind.SUSPEND, -1, -1, -1, 0, admin),
        (1560, Phase.DISPATCH, EventKind.RESUME, -1, -1, -1, 0, admin),
        (2860, Phase.COMPLETION, EventKind.PIECE_END, -1, -1, -1, 0, admin),
        (5000, Phase.CALENDAR_END, EventKind.SHIFT_END, -1, -1, -1, 0, -1),
        (6000, Phase.CALENDAR_START, EventKind.SHIFT_START, -1, -1, -1, 0, -1),
        (10_000, Phase.CALENDAR_END, EventKind.SHIFT_END, -1, -1, -1, 0, -1),
    ]


def test_a_piece_cut_by_the_shift_end_is_told_as_such():
    log = with_admin(5000, row={"admin_piece": 5000})
    rows = log.raw["events"][["time", "phase", "kind", "level"]].tolist()
    assert (5000, Phase.CALENDAR_END, EventKind.SUSPEND, Duty.ADMIN) in rows
    assert (6000, Phase.DISPATCH, EventKind.RESUME, Duty.ADMIN) in rows


def test_a_neighbour_without_duties_takes_the_case_at_once():
    rows = [worker(admin=0, admin_piece=1800, admin_class=4), worker()]
    links = [{"server": 0}, {"server": 1, "rank": 1}]
    log = days(rows, [reported(1500, **{"class": 5})], admin=[[3600]], links=links, rules={"horizon": DAY})
    assert happened(log, "START") == [(1500, "START", 0, 1)]


@pytest.mark.parametrize(
    ("admin_class", "expected"),
    [
        (13, [0, "ADMIN"]),  # suspended work before a duty of its class
        (12, ["ADMIN", 0]),
    ],
)
def test_suspended_work_goes_before_duties_of_its_class(admin_class, expected):
    """A case of class 13 is suspended by the end of day 0; day 1 brings admin."""
    issues = [reported(9990, **{"class": 13})]
    log = with_admin(0, 500, issues=issues, row={"admin_class": admin_class})
    assert [what for since, _, what in stretches(log) if since > DAY] == expected


def test_a_noticed_case_is_taken_up_by_its_finder_before_the_next_visit():
    log = days(
        [worker(visit_quota=3, homes=1)],
        [{"onset": 0, "place": 1, "unit": 1, "threshold": HALF}],
        categories=[{"visit_hazard": HALF}],
        homes=[{"building": 0, "unit": 1}],
        rules={"horizon": DAY},
    )
    assert stretches(log) == [(1000, 2000, "VISIT"), (2000, 2060, 0), (2060, 3060, "VISIT"), (3060, 4060, "VISIT")]
    assert day(log).noticed == 1


# The order of duties


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ((12, 13, 14), ["ADMIN", "VISIT", "PATROL"]),
        ((13, 13, 13), ["ADMIN", "VISIT", "PATROL"]),
        ((14, 13, 12), ["PATROL", "VISIT", "ADMIN"]),
        ((14, 12, 12), ["VISIT", "PATROL", "ADMIN"]),
    ],
)
def test_duties_come_by_class_and_then_by_kind(classes, expected):
    admin, visit, patrol = classes
    log = with_admin(
        500,
        row={"admin_class": admin, "visit_class": visit, "patrol_class": patrol, "visit_quota": 1, "homes": 1, "patrol_quota": 9, "legs": 1},
        homes=[{"building": 0, "unit": 1}],
        legs=[{"stops": 1, "seconds": 100}],
        stops=[{"building": 0}],
    )  # fmt: skip
    assert [what for _, _, what in stretches(log)] == expected


# Visits

HOMES = [{"building": 0, "unit": unit} for unit in (1, 2, 3)]
SEEN = [{"onset": 0, "place": unit, "unit": unit, "threshold": 1} for unit in (1, 2, 3)]


def rounds(row, issues=SEEN, **more):
    """One worker on rounds of three homes; whoever is visited has something to be noticed (issue = unit − 1)."""
    return days(
        [worker(**row)],
        issues,
        **{
            "homes": HOMES,
            "buildings": [{"households": 3}],
            "categories": [{"visit_hazard": MILLION}],
            "links": [],
            "rules": {"horizon": 3 * DAY},
            **more,
        },
    )


def found(log) -> list[tuple[int, int]]:
    """(second, issue) of each notice."""
    events = log.raw["events"]
    return events[["time", "issue"]][events["kind"] == EventKind.NOTICE].tolist()


def test_the_round_starts_at_its_offset_and_goes_on_the_next_day():
    """Two a day from home 2 on: 2, 0; 1, 2 (known by then); 0, 1."""
    log = rounds({"visit_quota": 2, "homes": 3, "home_offset": 2})
    assert found(log) == [(2000, 2), (3000, 0), (DAY + 2000, 1)]
    assert [day(log, 0, d).visits for d in range(3)] == [2, 2, 2]
    assert [day(log, 0, d).visit for d in range(3)] == [2000, 2000, 2000]


def test_the_quota_is_for_the_day_not_for_the_shift():
    log = rounds({"visit_quota": 2, "homes": 3})
    assert stretches(log)[:3] == [(1000, 2000, "VISIT"), (2000, 3000, "VISIT"), (DAY + 1000, DAY + 2000, "VISIT")]


def test_a_round_may_begin_in_the_middle_of_the_table():
    """Homes 1 and 2 of the table are this worker's: units 2 and 3."""
    log = rounds({"visit_quota": 2, "first_home": 1, "homes": 2, "home_offset": 1})
    assert found(log) == [(2000, 2), (3000, 1)]


def test_without_homes_there_are_no_visits():
    assert stretches(rounds({"visit_quota": 2})) == []


def test_a_visit_goes_on_after_lunch_and_lapses_overnight():
    """3000 s each: 1000 … 4000; 4000 … 5000 and 6000 … 8000; 8000 … 10 000, where 1000 s are left: home 3 lapses.

    The next day starts with the home after it.
    """
    log = rounds({"visit_quota": 3, "homes": 3, "visit_answered": 3000})
    assert stretches(log)[:5] == [
        (1000, 4000, "VISIT"),
        (4000, 5000, "VISIT"),
        (6000, 8000, "VISIT"),
        (8000, 10_000, "VISIT"),
        (DAY + 1000, DAY + 4000, "VISIT"),
    ]
    assert found(log) == [(4000, 0), (8000, 1)]  # unit 3 lapses on day 0, 1 and 2
    assert [(day(log, 0, d).visits, day(log, 0, d).visit) for d in range(3)] == [(2, 8000)] * 3


def test_answered_and_unanswered_visits_have_their_own_length():
    """One home three times a day; the k-th attempt is answered by the chance k·2^20 + unit of the building's luck."""
    numbers = [(k << 20) + 2 for k in range(4)]
    luck = luck_with({}, lambda luck: chances(luck, Purpose.ANSWER, numbers) == [True, False, False, True])
    log = rounds(
        {"visit_quota": 3, "first_home": 1, "homes": 1},
        buildings=[{"households": 3, "answer": HALF, "luck": luck}],
    )
    assert stretches(log)[:4] == [
        (1000, 2000, "VISIT"),
        (2000, 2300, "VISIT"),
        (2300, 2600, "VISIT"),
        (DAY + 1000, DAY + 2000, "VISIT"),
    ]
    assert (day(log).visits, day(log).answered, day(log).visit) == (3, 1, 1600)


def test_attempts_are_counted_by_household_over_all_who_visit_it():
    """Both visit household 1 at 1000: attempt 0 (nobody home) is server 0's, attempt 1 (somebody) server 1's.

    Server 1 goes on to household 2: its own attempt 0.
    """
    numbers = [1, (1 << 20) + 1, 2]
    luck = luck_with({}, lambda luck: chances(luck, Purpose.ANSWER, numbers) == [False, True, False])
    log = days(
        [worker(visit_quota=1, homes=1), worker(visit_quota=2, homes=2)],
        homes=HOMES,
        links=[],
        buildings=[{"households": 3, "answer": HALF, "luck": luck}],
        rules={"horizon": DAY},
    )
    assert stretches(log, 0) == [(1000, 1300, "VISIT")]
    assert stretches(log, 1) == [(1000, 2000, "VISIT"), (2000, 2300, "VISIT")]


def test_a_visit_that_lapses_was_an_attempt():
    """Attempt 0 lapses overnight; the next day's is attempt 1."""
    numbers = [1, (1 << 20) + 1]
    luck = luck_with({}, lambda luck: chances(luck, Purpose.ANSWER, numbers) == [True, False])
    log = rounds(
        {"visit_quota": 1, "homes": 1, "visit_answered": 9000},
        buildings=[{"households": 3, "answer": HALF, "luck": luck}],
        rules={"horizon": DAY + 3000},
    )
    assert stretches(log) == [(1000, 5000, "VISIT"), (6000, 10_000, "VISIT"), (DAY + 1000, DAY + 1300, "VISIT")]


PLACES = [{"x": 0, "first_place": 0, "households": 3}, {"x": 100, "first_place": 4}, {"x": 300, "first_place": 8}]


def test_a_visit_has_its_way_before_it():
    """0 → 100: 100 s; 100 → 300: 200 s; the next morning at home again, in building 0."""
    log = rounds(
        {"visit_quota": 2, "homes": 3, "speed": 1000},
        issues=[],
        buildings=PLACES,
        homes=[{"building": 1, "unit": 1}, {"building": 2, "unit": 1}, {"building": 0, "unit": 1}],
    )
    assert stretches(log)[:3] == [(1000, 2100, "VISIT"), (2100, 3300, "VISIT"), (DAY + 1000, DAY + 2000, "VISIT")]
    assert (day(log).travel, day(log).visit) == (300, 2000)


def test_a_visit_interrupted_from_elsewhere_is_travelled_to_anew():
    """On the way to building 2 (300 s) called to building 1 at 1100: counted as there, 200 s; then 200 s back."""
    log = days(
        [worker(visit_quota=1, homes=1, speed=1000)],
        [reported(1100, building=1)],
        buildings=PLACES,
        homes=[{"building": 2, "unit": 1}],
        preempts=[(0, b) for b in range(1, 16)],
        rules={"horizon": DAY},
    )
    assert stretches(log) == [(1000, 1100, "VISIT"), (1100, 1360, 0), (1360, 1360 + 200 + 1000, "VISIT")]


def test_a_visit_of_no_length_takes_a_second():
    log = rounds({"visit_quota": 2, "homes": 1, "visit_answered": 0}, issues=[])
    assert stretches(log)[:2] == [(1000, 1001, "VISIT"), (1001, 1002, "VISIT")]


# Patrol

LEGS = [{"first_stop": 0, "stops": 2, "seconds": 2000}, {"first_stop": 2, "stops": 1, "seconds": 1500}]
STOPS = [{"building": 1}, {"building": 2}, {"building": 0}]


def patrol(row, issues=(), **more):
    return days(
        [worker(**{"legs": 2, **row})],
        issues,
        **{
            "legs": LEGS,
            "stops": STOPS,
            "buildings": PLACES,
            "categories": [{"patrol_hazard": MILLION}],
            "links": [],
            "rules": {"horizon": 3 * DAY},
            **more,
        },
    )


@pytest.mark.parametrize(("quota", "legs"), [(1, 1), (2000, 1), (2001, 2), (3500, 2), (3501, 3)])
def test_legs_begin_while_their_sum_is_below_the_quota(quota, legs):
    """2000, 1500, 2000 …"""
    log = patrol({"patrol_quota": quota})
    assert (day(log).legs, day(log).patrol) == (legs, (0, 2000, 3500, 5500)[legs])


def test_the_round_of_legs_goes_on_the_next_day():
    """Offset 1: 1500; then 2000 on day 1; 1500 on day 2."""
    log = patrol({"patrol_quota": 1000, "leg_offset": 1})
    assert [day(log, 0, d).patrol for d in range(3)] == [1500, 2000, 1500]
    assert [day(log, 0, d).legs for d in range(3)] == [1, 1, 1]


def test_a_round_of_legs_may_begin_in_the_middle_of_the_table():
    log = patrol({"patrol_quota": 2000, "first_leg": 1, "legs": 1})
    assert stretches(log)[:2] == [(1000, 2500, "PATROL"), (2500, 4000, "PATROL")]


def test_a_round_of_several_legs_may_begin_in_the_middle_of_the_table():
    """Legs 1 and 2 of the table, from the second of them on: 700, 1500; 700."""
    legs = [*LEGS, {"first_stop": 1, "stops": 1, "seconds": 700}]
    log = patrol({"patrol_quota": 701, "first_leg": 1, "leg_offset": 1}, legs=legs)
    assert stretches(log)[:3] == [(1000, 1700, "PATROL"), (1700, 3200, "PATROL"), (DAY + 1000, DAY + 1700, "PATROL")]


def test_a_leg_passes_all_its_stops_at_its_end():
    issues = [{"place": first, "building": k, "threshold": 1} for k, first in enumerate((0, 4, 8))]
    assert found(patrol({"patrol_quota": 2001}, issues)) == [(3000, 1), (3000, 2), (4500, 0)]


def test_a_leg_starts_at_its_first_stop_and_ends_at_its_last():
    """0 → 100: 100 s, 2000 s to building 2; 300 → 0: 300 s, 1500 s; the next day 100 s again."""
    log = patrol({"patrol_quota": 2001, "speed": 1000})
    assert stretches(log)[:3] == [(1000, 3100, "PATROL"), (3100, 4900, "PATROL"), (DAY + 1000, DAY + 3100, "PATROL")]
    assert (day(log).travel, day(log).patrol) == (400, 3500)


def test_a_leg_goes_on_after_lunch_and_lapses_overnight():
    """7000 s: 4000 before lunch, 3000 after it; the second lapses: nothing was passed."""
    legs = [{"first_stop": 0, "stops": 1, "seconds": 7000}, {"first_stop": 2, "stops": 1, "seconds": 9000}]
    issues = [{"place": 4, "building": 1, "threshold": 1}, {"place": 0, "threshold": 1}]
    log = patrol({"patrol_quota": 7001}, issues, legs=legs, rules={"horizon": 2 * DAY})
    assert stretches(log)[:4] == [
        (1000, 5000, "PATROL"),
        (6000, 9000, "PATROL"),
        (9000, 10_000, "PATROL"),
        (DAY + 1000, DAY + 5000, "PATROL"),
    ]
    assert found(log) == [(9000, 0)]
    assert (day(log).legs, day(log, 0, 1).legs) == (1, 1)  # day 1: leg 0 again, with 7000 s


def test_without_legs_there_is_no_patrol():
    assert stretches(patrol({"patrol_quota": 2000, "legs": 0})) == []


def test_a_leg_of_no_length_takes_a_second_of_the_quota():
    log = patrol({"patrol_quota": 3, "legs": 1}, legs=[{"stops": 1}])
    assert stretches(log)[:4] == [
        (1000, 1001, "PATROL"),
        (1001, 1002, "PATROL"),
        (1002, 1003, "PATROL"),
        (DAY + 1000, DAY + 1001, "PATROL"),
    ]


# The start of a day


def overnight(reported_at: int, seconds: int, building: int, **more):
    """A walker at home in building 0; a case 100 m or 300 m away that is not done by 10 000."""
    issues = [reported(reported_at, building=building)]
    return days(
        [worker(speed=1000)], issues, buildings=PLACES, work=[[seconds] * 5], rules={"horizon": 2 * DAY}, **more
    )


def test_each_day_starts_at_home():
    """9000 … 9100 on the way, at work until 10 000; the next morning 100 s of way again and the 600 s that are left."""
    log = overnight(9000, 1500, 1)
    assert stretches(log) == [(9000, 10_000, 0), (DAY + 1000, DAY + 1700, 0)]
    assert [(day(log, 0, d).travel, day(log, 0, d).case) for d in (0, 1)] == [(100, 900), (100, 600)]


def test_lunch_is_no_start_of_a_day():
    log = overnight(4000, 1500, 1)
    assert stretches(log) == [(4000, 5000, 0), (6000, 6600, 0)]


def test_at_home_the_rest_of_the_way_is_left():
    """Seen from building 0, his home, the case is where he starts."""
    log = overnight(9000, 1500, 0)
    assert stretches(log) == [(9000, 10_000, 0), (DAY + 1000, DAY + 1500, 0)]


def test_who_works_through_the_night_starts_the_day_where_he_works():
    """In overtime from 10 000 of day 0 to DAY + 1500 in building 1; from there 200 s to building 2, not 300."""
    log = days(
        [worker(speed=1000)],
        [reported(9900, building=1), reported(DAY, building=2)],
        buildings=PLACES,
        work=[[DAY - 8500] * 5, [50] * 5],
        overtime=[0],
        rules={"horizon": 2 * DAY},
    )
    assert stretches(log) == [(9900, DAY + 1500, 0), (DAY + 1500, DAY + 1750, 1)]


# Who has a day


def test_suspended_admin_and_cases_do_not_lapse():
    """At 10 000 of day 0 a case of class 13 lacks 10 s; at the end of day 0 nothing else is left."""
    log = with_admin(0, 0, issues=[reported(9950)])
    assert stretches(log) == [(9950, 10_000, 0), (DAY + 1000, DAY + 1010, 0)]


def test_who_is_always_there_has_no_first_shift_of_a_day_and_so_no_rounds():
    row = worker(admin=0, visit_quota=1, homes=3, patrol_quota=100, legs=2)
    log = days(
        [row], admin=[[500]], homes=HOMES, legs=LEGS, stops=STOPS, buildings=PLACES, shifts=[[]], rules={"horizon": DAY}
    )
    assert stretches(log) == []


def test_a_night_shift_belongs_to_the_day_on_which_it_starts():
    """22:00 … 02:00: quotas come at 22:00 only; a visit after midnight counts for the day on which it began."""
    nights = [(d * DAY + 79_200, d * DAY + 93_600) for d in range(3)]
    log = rounds({"visit_quota": 2, "homes": 1, "visit_answered": 5000}, shifts=[nights], rules={"horizon": 2 * DAY})
    assert stretches(log)[:3] == [
        (79_200, 84_200, "VISIT"),
        (84_200, 89_200, "VISIT"),
        (DAY + 79_200, DAY + 84_200, "VISIT"),
    ]
    assert (day(log, 0, 0).visits, day(log, 0, 0).visit) == (2, 10_000)


def test_overtime_holds_for_pieces_of_its_class():
    log = rounds({"visit_quota": 9, "homes": 1, "visit_answered": 1500}, overtime=[13], rules={"horizon": DAY})
    assert stretches(log)[:4] == [
        (1000, 2500, "VISIT"),
        (2500, 4000, "VISIT"),
        (4000, 5500, "VISIT"),
        (6000, 7500, "VISIT"),
    ]
    assert day(log).overtime == 500 + 500  # 5000 … 5500, and 9000 … 10 500


# What is booked on which day


def test_a_stretch_is_booked_on_the_day_on_which_it_began():
    """Ten seconds before midnight, for 60 s; the next at 50 s past midnight."""
    log = run(make(issues=[reported(DAY - 10)] * 2, servers=[{}], links=[{}], rules={"horizon": 2 * DAY}))
    assert [day(log, 0, d).case for d in (0, 1)] == [60, 60]


def test_a_find_counts_on_the_day_of_the_notice_and_the_visit_on_that_of_its_last_stretch():
    nights = [(79_200, 93_600)]
    log = rounds({"visit_quota": 1, "homes": 1, "visit_answered": 10_000}, shifts=[nights], rules={"horizon": 2 * DAY})
    assert found(log) == [(89_200, 0)]
    assert [(day(log, 0, d).visits, day(log, 0, d).noticed) for d in (0, 1)] == [(1, 0), (0, 1)]


def test_a_service_of_two_days_is_booked_in_two_stretches():
    log = days([worker()], [reported(9000)], work=[[1500] * 5], rules={"horizon": 2 * DAY})
    assert [day(log, 0, d).case for d in (0, 1)] == [1000, 500]


def test_the_backlog_of_a_shift_that_ends_at_midnight_belongs_to_the_day_before():
    log = with_admin(90_000, 0, shifts=[[(50_000, DAY)]])
    assert [day(log, 0, d).backlog for d in (0, 1)] == [90_000 - 21 * 1800, 0]  # 20.2 pieces in 36 400 s: 21 are begun


def test_the_backlog_of_a_shift_that_ends_a_second_later_belongs_to_the_next_day():
    log = with_admin(90_000, 0, shifts=[[(50_000, DAY + 1)]])
    assert [day(log, 0, d).backlog for d in (0, 1)] == [0, 90_000 - 21 * 1800]


def test_the_last_day_may_be_cut():
    log = with_admin(4000, rules={"horizon": 3000})
    assert stretches(log) == [(1000, 2800, "ADMIN"), (2800, 3000, "ADMIN")]
    assert (day(log).admin, day(log).backlog) == (2000, 0)  # no shift has ended
    assert len(log.raw["days"]) == 1


def test_travel_cut_by_the_horizon_is_travel():
    log = rounds(
        {"visit_quota": 1, "homes": 1, "speed": 1000},
        buildings=PLACES,
        homes=[{"building": 2, "unit": 1}],
        rules={"horizon": 1250},
    )
    assert (day(log).travel, day(log).visit, day(log).visits) == (250, 0, 0)


def test_without_being_asked_no_events_are_kept_and_all_else_is_the_same():
    """ONSET REPORT ENTER START FINISH SETTLE CLOSE of the case, REPORT ENTER START FINISH MERGE of its duplicate."""
    plan = make(issues=[reported(0, duplicate=5)], servers=[{}], links=[{}])
    bare, full = simulate(plan), simulate(plan, events=True)
    assert (len(bare.raw["events"]), len(full.raw["events"])) == (0, 12)
    for table in ("cases", "issues", "days"):
        assert bare.raw[table].tobytes() == full.raw[table].tobytes()
