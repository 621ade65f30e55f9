"""Chapter 9 of docs/model.md: marks (supervise, postpone, hang), and finds that are raised from the beginning."""

from __future__ import annotations

import pytest
from plans import make
from rulebook import HALF, HANDLE, case, course, happened, luck_with, queues_of, reported, rows_of, run, stretches

from sim.engine.events import NEVER, Action, Level, Outcome, Phase, Purpose, Role, State
from sim.engine.log import Log
from sim.engine.plan import MILLION, Plan

TWO_SHIFTS = [(100, 200), (300, 400)]
ALWAYS, SHIFTS = range(2)
LOW, HIGH = 2, 5  # classes: what is lower is served first
ACTIONS = "SUPERVISE POSTPONE HANG"


def supervise(seconds: int, **more: int) -> dict[str, int]:
    return {"action": Action.SUPERVISE, "seconds": seconds, "class": LOW, **more}


def postpone(seconds: int, extension: int, **more: int) -> dict[str, int]:
    return {"action": Action.POSTPONE, "seconds": seconds, "extension": extension, **more}


def hang(seconds: int, extension: int, **more: int) -> dict[str, int]:
    return {"action": Action.HANG, "seconds": seconds, "extension": extension, **more}


def marked(issues, marks, *, limit=None, **more) -> Plan:
    """Two levels (queues 0 and 1, work 60); nobody serves, unless ``links`` say otherwise.

    Cases of severity 2 are of class 5 and have a limit of 1000 s and the marks.
    """
    return make(
        **{
            "issues": [{"class": HIGH, "worse_class": HIGH, **row} for row in issues],
            "stages": [{**HANDLE, "level": Level.GRID}, {**HANDLE, "level": Level.COMMUNITY}],
            "hops": [{"up": 1}, {}],
            "queues": [{}] * 2,
            "routes": {Level.GRID: 0, Level.COMMUNITY: 1},
            "servers": [{}],
            "links": [],
            "limits": {2: {"seconds": 1000, "marks": len(marks), **(limit or {})}},
            "marks": marks,
            "shifts": [[], TWO_SHIFTS],
            **more,
        }
    )


def when(log: Log, kinds: str = ACTIONS) -> list[tuple[int, str]]:
    """Second and kind of the events of these kinds."""
    return [(time, kind) for time, kind, *_ in happened(log, kinds)]


SERVED = [{"queue": 0}]
EVEN_LOOK = {"looks": [{"buckets": 1}], "buckets": [{"chance": HALF}]}


# When marks come due


def test_marks_come_one_after_the_other_from_filing_on():
    """Reported at 5: 10 s later, and 20 s after that."""
    log = run(marked([reported(5)], [supervise(10), supervise(20)]))
    assert rows_of(log, "SUPERVISE") == [
        (15, Phase.TIMER, "SUPERVISE", 0, 0, Level.GRID),
        (35, Phase.TIMER, "SUPERVISE", 0, 0, Level.GRID),
    ]
    assert (course(log).supervised, course(log).postponed, course(log).hangs) == (2, 0, 0)


def test_they_count_from_filing_not_from_the_report():
    """The desk files the case at 30; from then on it waits for the grid."""
    plan = marked(
        [reported(0, report_target=1, notice_stage=1)],
        [supervise(10)],
        stages=[{"role": Role.DESK, "level": Level.COMMUNITY, "work": 30}, {**HANDLE, "level": Level.GRID}],
        hops=[{}, {}],
        links=[{"queue": 1}],
    )
    assert rows_of(run(plan), "SUPERVISE") == [(40, Phase.TIMER, "SUPERVISE", 0, 0, Level.GRID)]


@pytest.mark.parametrize(("seconds", "second"), [(0, 6), (1, 6), (2, 7)])
def test_a_mark_comes_a_second_later_at_the_earliest(seconds, second):
    assert when(run(marked([reported(5)], [supervise(seconds)]))) == [(second, "SUPERVISE")]


def test_each_mark_has_its_own_clock():
    """150 s of office time from 50 on are 350; 10 s after that, of all seconds."""
    log = run(marked([reported(50)], [supervise(150, calendar=SHIFTS), supervise(10)]))
    assert when(log) == [(350, "SUPERVISE"), (360, "SUPERVISE")]


def test_behind_a_mark_that_never_comes_there_is_none():
    log = run(marked([reported(50)], [supervise(10), supervise(201, calendar=SHIFTS), supervise(10)]))
    assert when(log) == [(60, "SUPERVISE")]


def test_marks_go_by_category_and_by_severity_at_filing():
    """Worse from 8 on: at 10 the case is filed as urgent, and stays so."""
    plan = marked(
        [reported(10, worsen=8, worse_severity=0), reported(10, severity=3, worsen=12, worse_severity=0)],
        [supervise(1), supervise(2), supervise(3)],
        limits={0: {"first_mark": 1, "marks": 1}, 3: {"first_mark": 2, "marks": 1}, 2: {"marks": 1}},
    )
    assert happened(run(plan), "SUPERVISE") == [(12, "SUPERVISE", 0, NEVER), (13, "SUPERVISE", 1, NEVER)]


@pytest.mark.parametrize(("seconds", "expected"), [(59, [(59, "SUPERVISE")]), (60, []), (61, [])])
def test_none_comes_in_the_second_of_settling_or_after_it(seconds, expected):
    """Served from 0 to 60; then it waits for a check for ever."""
    plan = marked(
        [reported(0)],
        [supervise(seconds)],
        stages=[{**HANDLE, "level": Level.GRID}, {"role": Role.PAPER_CHECK, "level": Level.COMMUNITY}],
        hops=[{}, {}],
        categories=[{"paper_stage": 1}],
        links=SERVED,
    )
    log = run(plan)
    assert when(log) == expected
    assert (case(log).finished, case(log).closed) == (60, NEVER)


def test_with_rework_they_begin_anew():
    """Settled at 60, sent back at 70: marks of the first limit at 40, of the second at 110 (settled for good at 130)."""
    plan = marked(
        [reported(0, luck=luck_with({Purpose.FAIL: [True, False]}))],
        [supervise(40), supervise(25)],
        stages=[{**HANDLE, "level": Level.GRID}, {"role": Role.PAPER_CHECK, "level": Level.COMMUNITY, "work": 10}],
        hops=[{}, {}],
        categories=[{"paper_stage": 1, "failure": HALF, "paper_detect": MILLION}],
        servers=[{}] * 2,
        links=[{"server": queue, "queue": queue} for queue in range(2)],
    )
    log = run(plan)
    assert when(log) == [(40, "SUPERVISE"), (110, "SUPERVISE")]
    assert (case(log).reworks, case(log).finished) == (1, 130)


@pytest.mark.parametrize(("seconds", "expected"), [(29, [(29, "SUPERVISE")]), (30, []), (31, [])])
def test_none_comes_in_the_second_of_a_withdrawal_or_after_it(seconds, expected):
    log = run(marked([reported(0, patience=30)], [supervise(seconds)]))
    assert when(log) == expected
    assert (case(log).outcome, case(log).closed) == (Outcome.WITHDRAWN, 30)


def test_what_is_never_filed_has_no_marks():
    """A duplicate, and a report of nothing."""
    log = run(marked([reported(0, duplicate=5), reported(0, valid=0)], [supervise(10)]))
    assert happened(log, "SUPERVISE") == [(10, "SUPERVISE", 0, NEVER)]


def test_none_comes_at_the_horizon():
    log = run(marked([reported(0)], [supervise(9), supervise(1)], rules={"horizon": 10}))
    assert when(log) == [(9, "SUPERVISE")]


def test_a_case_that_is_on_its_way_back_to_the_desk_is_reached_too():
    """Declined at 60, it is at the grid again at 160."""
    plan = marked(
        [reported(0, luck=luck_with({Purpose.DECLINE: [True, False]}))],
        [supervise(100)],
        stages=[{**HANDLE, "level": Level.GRID, "return_delay": 100, "back": NEVER}, HANDLE],
        hops=[{"up": 1, "decline": 0, "declined": 1}, {}],
        links=SERVED,
        **EVEN_LOOK,
    )
    log = run(plan)
    assert rows_of(log, "SUPERVISE") == [(100, Phase.TIMER, "SUPERVISE", 0, NEVER, Level.GRID)]
    assert case(log).closed == 220


# Whether they happen


def test_a_mark_that_does_not_happen_leaves_no_row_and_the_next_is_laid():
    marks = [supervise(10, look=0), supervise(10, look=0), supervise(10, look=0)]
    luck = luck_with({Purpose.MARKED: [False, True, False]})
    log = run(marked([reported(0, luck=luck)], marks, **EVEN_LOOK))
    assert when(log) == [(20, "SUPERVISE")]
    assert course(log).supervised == 1


def test_marks_without_a_look_take_no_chance():
    """The first chance is that of the second mark."""
    marks = [supervise(10), supervise(10, look=0)]
    log = run(marked([reported(0, luck=luck_with({Purpose.MARKED: [False, True]}))], marks, **EVEN_LOOK))
    assert when(log) == [(10, "SUPERVISE")]


def test_chances_are_taken_even_if_there_is_none():
    """The first mark has no chance; the second takes that of number 1."""
    plan = marked(
        [reported(0, luck=luck_with({Purpose.MARKED: [False, True]}))],
        [supervise(10, look=1), supervise(10, look=0)],
        looks=[{"buckets": 1}, {"first_bucket": 1, "buckets": 1}],
        buckets=[{"chance": HALF}, {"chance": 0}],
    )
    assert when(run(plan)) == [(20, "SUPERVISE")]


def test_chances_are_counted_over_the_cases_of_an_issue():
    """Case 0 is withdrawn at 15; case 1 of the same issue takes chance 1."""
    plan = marked(
        [reported(0, duplicate=50, patience=15, luck=luck_with({Purpose.MARKED: [False, True]}))],
        [supervise(10, look=0)],
        **EVEN_LOOK,
    )
    assert happened(run(plan), "SUPERVISE") == [(60, "SUPERVISE", 1, NEVER)]


@pytest.mark.parametrize("useless", [postpone(10, 5, look=0), hang(10, 5, look=0)])
def test_what_would_change_nothing_is_not_asked(useless):
    """A case in service, without a limit: the first chance is that of the second mark."""
    plan = marked(
        [reported(0, luck=luck_with({Purpose.MARKED: [True, False]}))],
        [useless, supervise(10, look=0)],
        limit={"seconds": NEVER},
        links=SERVED,
        **EVEN_LOOK,
    )
    assert when(run(plan)) == [(20, "SUPERVISE")]


# Supervise


def three(marks, **more) -> Plan:
    """Case 0 is served from 0 to 60; case 1, without marks (severity 3), and case 2 wait from 1 and 2 on."""
    issues = [reported(0, severity=3), reported(1, severity=3), reported(2)]
    return marked(issues, marks, links=SERVED, **more)


@pytest.mark.parametrize(
    ("marks", "order"), [([], [0, 1, 2]), ([supervise(58)], [0, 2, 1]), ([supervise(59)], [0, 1, 2])]
)
def test_a_supervised_case_is_served_as_one_of_its_new_class(marks, order):
    """At 60 the server comes free: raised in that second is soon enough, at 61 it is too late."""
    looks = {"looks": [{"buckets": 1}], "buckets": [{}]}  # so that there are courses without marks
    assert [what for _, _, what in stretches(run(three(marks, **looks)))] == order


def test_the_class_of_the_issue_counts_where_it_is_the_lower_one():
    """Raised to 9, case 1 of class 5 stays what it is, and comes before case 2; the row is written."""
    issues = [reported(0, severity=3), reported(1), reported(2, severity=3)]
    log = run(marked(issues, [supervise(10, **{"class": 9})], links=SERVED))
    assert [what for _, _, what in stretches(log)] == [0, 1, 2]
    assert (when(log), course(log, 1).supervised) == ([(11, "SUPERVISE")], 1)


def test_a_case_is_raised_by_no_mark_to_a_class_above_its_own():
    """Raised to 2, then to 4: it is one of class 2 and comes before case 1, of class 3."""
    marks = [supervise(10), supervise(10, **{"class": 4})]
    issues = [reported(0, severity=3), {**reported(1, severity=3), "class": 3}, reported(2)]
    log = run(marked(issues, marks, links=SERVED))
    assert [what for _, _, what in stretches(log)] == [0, 2, 1]


def test_the_component_is_settled_in_the_second_of_the_mark():
    """Classes below 3 interrupt class 5: case 0 is laid down at 12, when case 1 is raised."""
    issues = [reported(0, severity=3), reported(2)]
    log = run(marked(issues, [supervise(10)], links=SERVED, preempts=[(LOW, k) for k in range(3, 16)]))
    assert stretches(log) == [(0, 12, 0), (12, 72, 1), (72, 120, 0)]


def test_a_raised_case_keeps_its_key():
    """Case 2 is raised at 12, case 1, older, at 31: it comes first nevertheless."""
    issues = [reported(0, severity=3), reported(1), reported(2, severity=1)]
    marks = [supervise(30), supervise(10)]
    limits = {2: {"marks": 1}, 1: {"first_mark": 1, "marks": 1}}
    log = run(marked(issues, marks, limits=limits, links=SERVED))
    assert happened(log, "SUPERVISE") == [(12, "SUPERVISE", 2, NEVER), (31, "SUPERVISE", 1, NEVER)]
    assert [what for _, _, what in stretches(log)] == [0, 1, 2]


def test_a_raised_case_is_held_no_longer():
    log = run(marked([reported(0)], [supervise(20)], hops=[{"up": 1, "hold": 50}, {}]))
    assert when(log, "SUPERVISE ESCALATE") == [(20, "SUPERVISE"), (50, "ESCALATE")]


def test_a_case_stays_raised_at_the_levels_above():
    """Raised at 10, it escalates at 50 and comes before case 1, which waits there from 1 on."""
    plan = marked(
        [reported(0), reported(1, severity=3, report_stage=1), reported(2, severity=3, report_stage=1)],
        [supervise(10)],
        hops=[{"up": 1, "hold": 50}, {}],
        links=[{"queue": 1}],
    )
    assert [what for _, _, what in stretches(run(plan))] == [1, 0, 2]


def test_a_worse_class_lower_than_the_raised_one_counts():
    """Raised to 2 at 10; at 50, when it escalates, the issue is of class 1, before case 1 of class 2."""
    plan = marked(
        [
            {**reported(0, worsen=30), "worse_class": 1},
            reported(1, severity=3, report_stage=1),
            {**reported(2, severity=3, report_stage=1), "class": LOW},
        ],
        [supervise(10)],
        hops=[{"up": 1, "hold": 50}, {}],
        links=[{"queue": 1}],
    )
    assert [what for _, _, what in stretches(run(plan))] == [1, 0, 2]


def test_a_mark_in_the_second_of_an_escalation_finds_the_case_between_two_queues():
    """It has left the grid, and enters the community as one of class 2."""
    plan = marked(
        [reported(0), reported(1, severity=3, report_stage=1), reported(2, severity=3, report_stage=1)],
        [supervise(50)],
        hops=[{"up": 1, "hold": 50}, {}],
        links=[{"queue": 1}],
    )
    log = run(plan)
    assert rows_of(log, "ESCALATE SUPERVISE") == [
        (50, Phase.TIMER, "ESCALATE", 0, 0, Level.GRID),
        (50, Phase.TIMER, "SUPERVISE", 0, NEVER, Level.GRID),
    ]
    assert [what for _, _, what in stretches(log)] == [1, 0, 2]


def test_work_in_hand_keeps_its_class():
    """Case 0 is raised at 20; at 30 case 1, of class 3, interrupts it all the same: it was begun as one of class 5."""
    issues = [reported(0), {**reported(30, severity=3), "class": 3}]
    log = run(marked(issues, [supervise(20)], links=SERVED, preempts=[(k, j) for k in (2, 3) for j in range(5, 16)]))
    assert rows_of(log, "SUPERVISE") == [(20, Phase.TIMER, "SUPERVISE", 0, NEVER, Level.GRID)]
    assert stretches(log) == [(0, 30, 0), (30, 90, 1), (90, 120, 0)]


def away(marks, **more) -> Plan:
    """The first server leaves at 50 for good, the second comes at 70; work is handed back after 10 s. Case 1 waits from 1 on."""
    return marked(
        [reported(0), reported(1, severity=3)],
        marks,
        servers=[{"calendar": 1}, {"calendar": 2}],
        links=[{"server": 0}, {"server": 1}],
        shifts=[[], [(0, 50)], [(70, 900)]],
        rules={"rebind_after": 10},
        **more,
    )


def test_a_mark_in_the_second_of_a_shift_end_finds_the_case_laid_down():
    log = run(away([supervise(50), hang(5, 9)]))
    assert rows_of(log, "SUSPEND SUPERVISE") == [
        (50, Phase.CALENDAR_END, "SUSPEND", 0, 0, Level.GRID),
        (50, Phase.TIMER, "SUPERVISE", 0, NEVER, Level.GRID),
    ]
    assert course(log).hangs == 0


def test_a_mark_in_the_second_of_a_hand_back_finds_the_case_in_its_queue():
    """It waits there with work left (so it cannot be hung), and is raised."""
    log = run(away([supervise(60)]))
    assert rows_of(log, "REBIND SUPERVISE") == [
        (60, Phase.TIMER, "REBIND", 0, 0, Level.GRID),
        (60, Phase.TIMER, "SUPERVISE", 0, 0, Level.GRID),
    ]
    assert stretches(log, 1) == [(70, 80, 0), (80, 140, 1)]
    assert when(run(away([hang(60, 5), hang(5, 5)]))) == []


def handed_back(marks) -> Log:
    """As ``away``, with the case that is handed back younger than the one that waits: its class alone can bring it first."""
    plan = marked(
        [reported(1, report_stage=0), {**reported(2, severity=3), "base": -1000}],
        marks,
        servers=[{"calendar": 1}, {"calendar": 2}],
        links=[{"server": 0}, {"server": 1}],
        shifts=[[], [(0, 50)], [(70, 900)]],
        rules={"rebind_after": 10},
    )
    return run(plan)


@pytest.mark.parametrize(
    ("marks", "order"),
    [([supervise(20)], [1, 0]), ([supervise(64)], [0, 1]), ([supervise(20), supervise(44, **{"class": 9})], [0, 1])],
)
def test_a_case_is_handed_back_with_its_old_class_until_it_is_supervised_in_the_queue(marks, order):
    """Raised at 21, in service, it waits from 60 on as one of class 5; at 65 it becomes what it had been raised to."""
    assert [what for _, _, what in stretches(handed_back(marks), 1)] == order


# Postpone


def test_a_limit_is_put_off_from_itself():
    log = run(marked([reported(0)], [postpone(20, 50), postpone(5, 7)], limit={"seconds": 100}))
    assert rows_of(log, "POSTPONE")[0] == (20, Phase.TIMER, "POSTPONE", 0, 0, Level.GRID)
    assert (case(log).limit, case(log).limit_original, course(log).postponed) == (157, 100, 2)


@pytest.mark.parametrize(("seconds", "limit"), [(9, 60), (10, 60), (11, 61), (30, 80)])
def test_one_that_has_passed_is_put_off_from_now(seconds, limit):
    assert case(run(marked([reported(0)], [postpone(seconds, 50)], limit={"seconds": 10}))).limit == limit


def test_it_is_put_off_on_its_own_clock_not_on_that_of_the_mark():
    """Limit 50 s of office time from 0 on: 150; 100 s more are 350."""
    log = run(marked([reported(0)], [postpone(20, 100)], limit={"seconds": 50, "calendar": SHIFTS}))
    assert (case(log).limit_original, case(log).limit) == (150, 350)


def test_put_off_past_the_end_of_its_clock_it_is_no_limit_any_more():
    """150 s of office time from 0 on are 350; 51 s more never come, and then there is nothing to put off."""
    log = run(marked([reported(0)], [postpone(20, 51), postpone(20, 1)], limit={"seconds": 150, "calendar": SHIFTS}))
    assert when(log) == [(20, "POSTPONE")]
    assert (case(log).limit_original, case(log).limit, course(log).postponed) == (350, NEVER, 1)


@pytest.mark.parametrize("extension", [0, 1])
def test_it_is_put_off_a_second_at_least(extension):
    assert case(run(marked([reported(0)], [postpone(20, extension)], limit={"seconds": 100}))).limit == 101


@pytest.mark.parametrize(("queue", "shift", "first"), [(0, (30, 150), 0), (1, (60, 180), 1)])
def test_a_case_waits_on_with_the_key_it_had_and_has_a_new_one_at_the_next_level(queue, shift, first):
    """By limits at both levels: 100, put off to 600 at 20, of case 0, and 400 of case 1; both escalate at 50."""
    plan = marked(
        [reported(0), reported(0, severity=3)],
        [postpone(20, 500)],
        hops=[{"up": 1, "hold": 50}, {}],
        limits={2: {"seconds": 100, "marks": 1}, 3: {"seconds": 400}},
        queues=[{"slope": 0, "due_slope": 1}] * 2,
        servers=[{"calendar": 2}],
        links=[{"queue": queue}],
        shifts=[[], TWO_SHIFTS, [shift]],
    )
    assert stretches(run(plan))[0] == (shift[0], shift[0] + 60, first)


# Hang


def test_a_waiting_case_is_hung_and_comes_back_to_its_queue():
    log = run(marked([reported(0)], [hang(20, 100)]))
    assert rows_of(log, "ENTER HANG RELEASE") == [
        (0, Phase.ARRIVAL, "ENTER", 0, 0, Level.GRID),
        (20, Phase.TIMER, "HANG", 0, 0, Level.GRID),
        (120, Phase.GATE, "RELEASE", 0, NEVER, Level.GRID),
        (120, Phase.ARRIVAL, "ENTER", 0, 0, Level.GRID),
    ]
    record, way = case(log), course(log)
    assert (record.hops, record.dispatched, record.limit, record.limit_original) == (0, 0, 1100, 1000)
    assert (way.hangs, way.hung, way.paused) == (1, 0, 100)


def test_the_next_mark_is_laid_when_it_comes_back():
    log = run(marked([reported(0)], [hang(20, 100), supervise(30), hang(10, 5)]))
    assert when(log) == [(20, "HANG"), (150, "SUPERVISE"), (160, "HANG")]


def test_it_hangs_on_the_clock_of_the_mark():
    """20 s of office time from 0 on, then 100: 120, and 320."""
    log = run(marked([reported(0)], [hang(20, 100, calendar=SHIFTS)]))
    assert when(log, "HANG RELEASE") == [(120, "HANG"), (320, "RELEASE")]


@pytest.mark.parametrize("extension", [0, 1])
def test_it_hangs_for_a_second_at_least(extension):
    assert when(run(marked([reported(0)], [hang(20, extension)])), "HANG RELEASE") == [(20, "HANG"), (21, "RELEASE")]


def test_on_a_clock_that_has_no_time_left_it_hangs_for_good():
    log = run(marked([reported(0)], [hang(150, 51, calendar=SHIFTS), supervise(5)]))
    assert when(log, "HANG RELEASE SUPERVISE") == [(350, "HANG")]
    assert (case(log).outcome, case(log).limit) == (Outcome.OPEN, 1000)
    assert (course(log).hung, course(log).paused) == (1, 0)


def test_at_the_horizon_it_hangs_still():
    log = run(marked([reported(0)], [hang(20, 100)], rules={"horizon": 120}))
    assert (course(log).hung, course(log).hangs, course(log).paused) == (1, 1, 0)


def test_nobody_takes_up_a_case_that_hangs_and_it_comes_back_as_the_last():
    """Case 1 is hung from 10 to 50; case 2 has waited since 2 when it comes back."""
    issues = [reported(0, severity=3), reported(0), reported(2, severity=3)]
    log = run(marked(issues, [hang(10, 40)], links=SERVED))
    assert [what for _, _, what in stretches(log)] == [0, 2, 1]
    log = run(marked(issues[:2], [hang(10, 90)], links=SERVED))
    assert stretches(log) == [(0, 60, 0), (100, 160, 1)]


def test_it_is_hung_in_the_second_in_which_a_server_comes_free():
    """Case 0 ends at 60, before the marks of that second: case 1 hangs before anybody is given it."""
    log = run(marked([reported(0, severity=3), reported(0)], [hang(60, 30)], links=SERVED))
    assert stretches(log) == [(0, 60, 0), (90, 150, 1)]


def test_it_may_interrupt_in_the_second_in_which_it_comes_back():
    """Hung from 10 to 50, of class 1 from 30 on, which interrupts class 5."""
    issues = [reported(0, severity=3), {**reported(0, worsen=30), "worse_class": 1}]
    log = run(marked(issues, [hang(10, 40)], links=SERVED, preempts=[(1, k) for k in range(5, 16)]))
    assert stretches(log) == [(0, 50, 0), (50, 110, 1), (110, 120, 0)]


def test_it_comes_back_as_what_its_issue_is_by_then():
    """Worse from 30 on: of class 1 it comes before case 2 at 60."""
    issues = [reported(0, severity=3), {**reported(0, worsen=30), "worse_class": 1}, reported(2, severity=3)]
    log = run(marked(issues, [hang(10, 30)], links=SERVED))
    assert [what for _, _, what in stretches(log)] == [0, 1, 2]


def test_a_case_that_is_held_is_held_anew_when_it_comes_back():
    """Held for 50 s from 0 on, hung from 20 to 120: not at 50, not before 170."""
    log = run(marked([reported(0)], [hang(20, 100)], hops=[{"up": 1, "hold": 50}, {}]))
    assert when(log, "HANG RELEASE ESCALATE") == [(20, "HANG"), (120, "RELEASE"), (170, "ESCALATE")]


def test_a_hold_that_runs_out_while_it_is_back_already_was_that_of_the_first_wait():
    """Held for 50 s from 0 on, hung from 20 to 30: the first hold would end at 50, the second ends at 80."""
    log = run(marked([reported(0)], [hang(20, 10)], hops=[{"up": 1, "hold": 50}, {}]))
    assert when(log, "RELEASE ESCALATE") == [(30, "RELEASE"), (80, "ESCALATE")]


def test_in_the_second_of_its_escalation_it_is_not_hung():
    log = run(marked([reported(0)], [hang(50, 10), hang(10, 10)], hops=[{"up": 1, "hold": 50}, {}]))
    assert rows_of(log, "ESCALATE HANG") == [
        (50, Phase.TIMER, "ESCALATE", 0, 0, Level.GRID),
        (60, Phase.TIMER, "HANG", 0, 1, Level.COMMUNITY),
    ]
    assert queues_of(log, 0) == [(0, 0), (50, 1), (70, 1)]


@pytest.mark.parametrize(
    ("patience", "outcome"),
    [(20, Outcome.WITHDRAWN), (21, Outcome.OPEN), (120, Outcome.OPEN), (121, Outcome.WITHDRAWN)],
)
def test_patience_does_not_touch_a_case_that_hangs(patience, outcome):
    """Hung from 20 to 120: in the second in which it would be hung it is withdrawn, in that of its release it is not."""
    log = run(marked([reported(0, patience=patience)], [hang(20, 100)]))
    assert case(log).outcome == outcome
    assert course(log).hangs == (patience > 20)


def test_a_case_hung_at_a_wrong_owner_comes_back_to_the_wrong_owner():
    """Nobody else is asked for: the chance of MISROUTE after it would send it to the right one."""
    plan = marked(
        [reported(0, luck=luck_with({Purpose.MISROUTE: [True, False]}))],
        [hang(20, 100)],
        stages=[{**HANDLE, "level": Level.DEPARTMENT, "misroute": HALF, "return_work": 15}, HANDLE],
        hops=[{"up": 1, "hold": 150}, {}],
        queues=[{"peers": 2}] * 2,
        routes={Level.DEPARTMENT: 0},
        servers=[{"calendar": 2}],
        links=[{"queue": 1}],
        shifts=[[], TWO_SHIFTS, [(500, 900)]],
    )
    log = run(plan)
    assert queues_of(log, 0)[:2] == [(0, 1), (120, 1)]
    assert rows_of(log, "RETURN ESCALATE")[0] == (515, Phase.COMPLETION, "RETURN", 0, NEVER, Level.DEPARTMENT)


def test_a_case_is_hung_at_the_desk_to_which_it_was_returned():
    """Declined at 60, at the desk (queue 1, nobody) from 61 on, hung there at 70 for 10 s."""
    plan = marked(
        [reported(0, luck=luck_with({Purpose.DECLINE: [True]}), notice_stage=0)],
        [hang(70, 10)],
        stages=[
            {**HANDLE, "level": Level.GRID, "return_delay": 1, "back": 1},
            {"role": Role.DESK, "level": Level.COMMUNITY},
        ],
        hops=[{"decline": 0, "declined": 1}, {}],
        links=SERVED,
        **EVEN_LOOK,
    )
    log = run(plan)
    assert queues_of(log, 0) == [(0, 0), (61, 1), (80, 1)]
    assert rows_of(log, "HANG RELEASE") == [
        (70, Phase.TIMER, "HANG", 0, 1, Level.COMMUNITY),
        (80, Phase.GATE, "RELEASE", 0, NEVER, Level.COMMUNITY),
    ]


@pytest.mark.parametrize("wait", [{}, {"pauses": 1}])
def test_a_case_in_a_waiting_stage_is_not_hung(wait):
    """The desk files it at 30; the list keeps it for 50 s."""
    plan = marked(
        [reported(0, report_target=2, notice_stage=2)],
        [hang(20, 100), supervise(5)],
        stages=[
            {"role": Role.DESK, "level": Level.COMMUNITY, "work": 30, "next": 1},
            {"role": Role.WAIT, "next": 2, "wait": 50, **wait},
            {**HANDLE, "level": Level.GRID},
        ],
        hops=[{}] * 3,
        links=[{"queue": 1}],
    )
    expected = [(55, "SUPERVISE")] if not wait else [(100, "HANG"), (205, "SUPERVISE")]
    assert when(run(plan)) == expected


def test_a_postponed_limit_stands_still_as_it_is():
    """100, put off to 150 at 10, hung with 130 left at 20 until 120: 250."""
    log = run(marked([reported(0)], [postpone(10, 50), hang(10, 100)], limit={"seconds": 100}))
    assert (case(log).limit, case(log).limit_original) == (250, 100)


def test_without_a_limit_none_runs_on():
    """350, and after 10 s of hanging 350 again; put off for good at 35, it is none when the case is hung once more."""
    marks = [hang(20, 10), postpone(5, 51), hang(5, 10)]
    log = run(marked([reported(0)], marks, limit={"seconds": 150, "calendar": SHIFTS}))
    assert when(log) == [(20, "HANG"), (35, "POSTPONE"), (40, "HANG")]
    assert (case(log).limit, course(log).paused) == (NEVER, 20)


def test_marks_of_one_second_come_by_case():
    """Cases 0 and 1 are hung at 20 and let go at 120 together; they come back in the order of their numbers."""
    log = run(marked([reported(0), reported(0)], [hang(20, 100)], queues=[{"slope": 0}] * 2))
    assert happened(log, "HANG RELEASE") == [
        (20, "HANG", 0, NEVER),
        (20, "HANG", 1, NEVER),
        (120, "RELEASE", 0, NEVER),
        (120, "RELEASE", 1, NEVER),
    ]


def test_the_earlier_case_of_a_second_is_hung_before_the_other_looks_at_the_queue():
    """The mark happens where another waits: for case 0, which is hung, and then not for case 1."""
    plan = marked(
        [reported(0), reported(0)],
        [hang(20, 100, look=0)],
        looks=[{"state": State.QUEUE, "buckets": 2}],
        buckets=[{"least": 0, "chance": 0}, {"least": 1, "chance": MILLION}],
    )
    assert happened(run(plan), "HANG") == [(20, "HANG", 0, NEVER)]


# Finds


@pytest.mark.parametrize(("find_class", "order"), [(NEVER, [0, 1, 2]), (LOW, [0, 2, 1]), (9, [0, 1, 2])])
def test_what_a_server_notices_may_be_served_as_of_a_lower_class(find_class, order):
    """Case 0 is served until 120, case 1 waits from 90 on, case 2 is noticed at 100."""
    plan = make(
        issues=[
            {**reported(60), "class": HIGH},
            {**reported(90), "class": HIGH},
            {"onset": 0, "threshold": 1, "class": HIGH, "worse_class": HIGH, "report": NEVER},
        ],
        categories=[{"patrol_hazard": HALF}],
        servers=[{"calendar": 1, "patrol_quota": 100, "legs": 1, "patrol_class": 14, "find_class": find_class}, {}],
        links=[{"server": 1}],
        shifts=[[], [(0, 1000)]],
        legs=[{"first_stop": 0, "stops": 1, "seconds": 100}],
        stops=[{"building": 0}],
        looks=[{"buckets": 1}],
        buckets=[{}],
    )
    log = run(plan)
    assert [what for _, _, what in stretches(log, 1)] == order
