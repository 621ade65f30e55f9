"""Chapters 4 and 9 of docs/model.md: chances that depend on how the run stands; levels that decline, and that only pretend."""

from __future__ import annotations

import pytest
from plans import make
from rulebook import (
    HALF,
    HANDLE,
    case,
    course,
    day,
    happened,
    issue,
    luck_with,
    queues_of,
    reported,
    rows_of,
    run,
    stretches,
)

from sim.engine.events import NEVER, Action, Level, Outcome, Phase, Purpose, Role, State
from sim.engine.log import FATES, Log, fates
from sim.engine.plan import MILLION, Plan

GRID, COMMUNITY, DESK, PAPER = range(4)
TWO_SHIFTS = [(100, 200), (300, 400)]
ALWAYS, SHIFTS = range(2)
YES = 0  # look: a chance of one half
LOOK = 1  # the first look of a test's own


def levels(issues, *, grid=None, community=None, looks=(), buckets=(), handle=None, **more) -> Plan:
    """Grid, community (work 60, triage 10), a desk (20 s), a paper check (30 s): queues 0 … 3, a server each.

    The grid passes what it cannot settle, or declines, up to the community, which settles all; ``looks``, all of the same ``buckets``, come after that of one half.
    """
    return make(
        **{
            "issues": [{"notice_stage": GRID, "report_target": GRID, **row} for row in issues],
            "stages": [
                {**HANDLE, "level": Level.GRID, "return_delay": 50, "back": NEVER, **(handle or {})},
                {**HANDLE, "level": Level.COMMUNITY},
                {"role": Role.DESK, "level": Level.STREET, "work": 20},
                {"role": Role.PAPER_CHECK, "level": Level.DEPARTMENT, "work": 30},
            ],
            "hops": [{"up": COMMUNITY, "triage": 10, **(grid or {})}, {"triage": 10, **(community or {})}, {}, {}],
            "queues": [{}] * 4,
            "routes": {Level.GRID: 0, Level.COMMUNITY: 1, Level.STREET: 2, Level.DEPARTMENT: 3},
            "servers": [{}] * 4,
            "links": [{"server": queue, "queue": queue} for queue in range(4)],
            "shifts": [[], TWO_SHIFTS],
            "looks": [{"buckets": 1}, *({**look, "first_bucket": 1} for look in looks)],
            "buckets": [{"chance": HALF}, *buckets],
            **more,
        }
    )


def asked(purpose: Purpose, *ups: bool, **more: int) -> dict[str, int]:
    """An issue reported at 0 whose chances of this purpose come out so at one half."""
    return reported(0, luck=luck_with({purpose: list(ups)}), **more)


def declining(*ups: bool, **more) -> dict[str, int]:
    return asked(Purpose.DECLINE, *ups, **more)


def feigning(*ups: bool, **more) -> dict[str, int]:
    return asked(Purpose.FEIGN, *ups, **more)


# Declining


def test_a_level_that_declines_passes_the_case_up_after_triage():
    log = run(levels([declining(True)], grid={"decline": YES}))
    assert rows_of(log, "START FINISH DECLINE SETTLE") == [
        (0, Phase.DISPATCH, "START", 0, 0, Level.GRID),
        (10, Phase.COMPLETION, "FINISH", 0, 0, Level.GRID),
        (10, Phase.COMPLETION, "DECLINE", 0, NEVER, Level.GRID),
        (10, Phase.DISPATCH, "START", 0, 1, Level.COMMUNITY),
        (70, Phase.COMPLETION, "FINISH", 0, 1, Level.COMMUNITY),
        (70, Phase.COMPLETION, "SETTLE", 0, NEVER, Level.COMMUNITY),
    ]
    assert (case(log).hops, case(log).returns, case(log).started) == (1, 0, 0)
    assert (course(log).declines, course(log).accepted) == (1, 10)


def test_one_that_takes_it_on_settles_it():
    log = run(levels([declining(False)], grid={"decline": YES}))
    assert (case(log).level, case(log).closed) == (Level.GRID, 60)
    assert (course(log).declines, course(log).accepted) == (0, 0)


def test_where_there_is_no_triage_the_whole_work_is_spent():
    log = run(levels([declining(True)], grid={"decline": YES, "triage": NEVER}))
    assert queues_of(log, 0) == [(0, 0), (60, 1)]


def test_the_work_of_declining_is_as_fast_as_the_server():
    """10 · 1.5 / 0.5 = 30."""
    links = [{"server": 0, "queue": 0, "work_factor": 1_500_000}, {"server": 1, "queue": 1}]
    log = run(levels([declining(True)], grid={"decline": YES}, servers=[{"skill": HALF}, {}], links=links))
    assert queues_of(log, 0) == [(0, 0), (30, 1)]


def test_who_cannot_settle_it_is_not_asked():
    """The first chance is the community's, which returns it to itself and then takes it on."""
    plan = levels(
        [declining(True, False, difficulty=MILLION)],
        grid={"decline": YES, "capability": 0},
        community={"decline": YES, "declined": 1},
    )
    assert happened(run(plan), "DECLINE SETTLE") == [(20, "DECLINE", 0, NEVER), (81, "SETTLE", 0, NEVER)]


@pytest.mark.parametrize(("ups", "expected"), [([False, True], [100]), ([True, False], [])])
def test_chances_are_taken_even_if_there_is_none(ups, expected):
    """Asked at 0, with no chance at all; settled at 60 and sent back at 90, it is asked again: chance 1, of one half."""
    plan = levels(
        [reported(0, luck=luck_with({Purpose.DECLINE: ups, Purpose.FAIL: [True, False]}))],
        grid={"decline": LOOK},
        categories=[{"paper_stage": PAPER, "failure": HALF, "paper_detect": MILLION}],
        looks=[{"state": State.SINCE, "calendar": 2, "buckets": 2}],
        buckets=[{"least": 0, "chance": HALF}, {"least": 1000, "chance": 0}],
        shifts=[[], TWO_SHIFTS, [(80, 900)]],
    )
    assert [time for time, *_ in happened(run(plan), "DECLINE")] == expected


def test_a_case_is_asked_anew_at_each_service():
    """Settled at 60 (chance 0), sent back at 90, declined then (chance 1), settled by the community at 160."""
    rework = {"paper_stage": PAPER, "failure": HALF, "paper_detect": MILLION}
    row = reported(0, luck=luck_with({Purpose.DECLINE: [False, True], Purpose.FAIL: [True, False]}))
    log = run(levels([row], grid={"decline": YES}, categories=[rework]))
    assert happened(log, "SETTLE DECLINE") == [
        (60, "SETTLE", 0, NEVER),
        (100, "DECLINE", 0, NEVER),
        (160, "SETTLE", 0, NEVER),
    ]
    assert course(log).accepted == 0


def test_a_wrong_owner_is_not_asked():
    """At the wrong owner (queue 1) until 15; 50 s later the right one is asked, chance 0."""
    plan = levels(
        [reported(0, luck=luck_with({Purpose.MISROUTE: [True, False], Purpose.DECLINE: [True]}))],
        stages=[
            {**HANDLE, "level": Level.GRID, "return_delay": 50, "back": NEVER, "misroute": HALF, "return_work": 15},
            {**HANDLE, "level": Level.STREET},
        ],
        hops=[{"up": 1, "decline": YES, "triage": 10}, {}],
        queues=[{"first_peer": 0, "peers": 2}] * 2 + [{}] * 2,
    )
    log = run(plan)
    assert queues_of(log, 0) == [(0, 1), (65, 0), (75, 2)]
    assert (case(log).returns, course(log).declines, course(log).accepted) == (1, 1, 75)


def test_what_is_refused_or_merged_is_not_declined():
    """A report of nothing and a duplicate, after case 0 has been asked: triage, and the level has taken them on."""
    issues = [declining(False, True, True, duplicate=5), {**declining(True), "valid": 0}]
    log = run(levels(issues, grid={"decline": YES}))
    assert log.raw["cases"]["outcome"].tolist() == [Outcome.CLOSED, Outcome.REFUSED, Outcome.MERGED]
    assert [course(log, number).accepted for number in range(3)] == [0, 60, 70]
    assert log.raw["courses"]["declines"].tolist() == [0, 0, 0]


def test_a_level_that_is_unable_has_accepted_the_case_all_the_same():
    log = run(levels([reported(0, difficulty=MILLION)], grid={"capability": 0}))
    assert (course(log).accepted, case(log).level) == (0, Level.COMMUNITY)


def test_a_desk_accepts_nothing():
    log = run(levels([reported(0, report_stage=DESK)]))
    assert course(log).accepted == 20


# Declined and returned


def test_a_declined_case_may_be_returned_through_the_desk():
    """Declined at 10, at the desk 50 s later, at the grid again at 80, and taken on."""
    log = run(levels([declining(True, False)], grid={"decline": YES, "declined": 1}, handle={"back": DESK}))
    assert queues_of(log, 0) == [(0, 0), (60, 2), (80, 0)]
    assert rows_of(log, "DECLINE RETURN") == [
        (10, Phase.COMPLETION, "RETURN", 0, NEVER, Level.GRID),
        (10, Phase.COMPLETION, "DECLINE", 0, NEVER, Level.GRID),
    ]
    assert (case(log).returns, case(log).hops, case(log).closed) == (1, 2, 140)
    assert (course(log).declines, course(log).accepted) == (1, 80)


def test_without_a_desk_it_comes_straight_back_on_the_clock_of_returns():
    """Declined at 10; 50 s of office time later it is 150."""
    handle = {"return_calendar": SHIFTS}
    log = run(levels([declining(True, False)], grid={"decline": YES, "declined": 1}, handle=handle))
    assert queues_of(log, 0) == [(0, 0), (150, 0)]
    assert (case(log).returns, case(log).hops) == (1, 1)


def test_it_may_be_declined_again_and_again():
    log = run(levels([declining(True, True, True, False)], grid={"decline": YES, "declined": 1}))
    assert [time for time, _ in queues_of(log, 0)] == [0, 60, 120, 180]
    assert (course(log).declines, case(log).returns, course(log).accepted) == (3, 3, 180)


def test_the_level_above_all_may_return_a_case_too():
    issues = [declining(True, False, report_stage=COMMUNITY)]
    log = run(levels(issues, community={"decline": YES, "declined": 1}))
    assert queues_of(log, 0) == [(0, 1), (11, 1)]


# Feigning


FEIGNS = {"feign": YES, "feign_work": 7}


def test_a_level_that_pretends_settles_nothing_in_little_time():
    log = run(levels([feigning(True)], grid=FEIGNS))
    assert happened(log, "SETTLE CLOSE") == [(7, "SETTLE", 0, NEVER), (7, "CLOSE", 0, NEVER)]
    assert (case(log).level, case(log).finished, issue(log).resolved) == (Level.GRID, 7, NEVER)
    assert fates(log).tolist() == [FATES.index("falsely_closed")]
    assert (course(log).feigned, course(log).accepted) == (1, 0)


def test_one_that_does_not_pretend_works_and_settles():
    log = run(levels([feigning(False)], grid=FEIGNS))
    assert (case(log).finished, issue(log).resolved, course(log).feigned) == (60, 60, 0)


def test_pretending_takes_a_second_at_least():
    assert case(run(levels([feigning(True)], grid={"feign": YES, "feign_work": 0}))).finished == 1


@pytest.mark.parametrize(("clear", "resolved"), [(5, 5), (7, 7), (8, 8)])
def test_what_has_gone_by_itself_stays_resolved_by_no_level(clear, resolved):
    """The level pretends until 7. At 8 the issue goes by itself, after a false closure."""
    log = run(levels([feigning(True, clear=clear)], grid=FEIGNS))
    assert (issue(log).resolved, issue(log).resolved_level) == (resolved, NEVER)
    assert (case(log).level, course(log).feigned) == (Level.GRID, 1)


def test_a_feigned_disposal_takes_no_chance_of_failure_but_counts():
    """Feigned at 7, sent back at 37, settled at 97 by chance 1 of FAIL: chance 0 would have failed it."""
    rework = {"paper_stage": PAPER, "failure": HALF, "paper_detect": MILLION}
    luck = luck_with({Purpose.FEIGN: [True, False], Purpose.FAIL: [True, False]})
    log = run(levels([reported(0, luck=luck)], grid=FEIGNS, categories=[rework]))
    assert happened(log, "SETTLE REWORK CLOSE") == [
        (7, "SETTLE", 0, NEVER),
        (37, "REWORK", 0, NEVER),
        (97, "SETTLE", 0, NEVER),
        (127, "CLOSE", 0, NEVER),
    ]
    assert (issue(log).resolved, course(log).feigned) == (97, 1)


def test_who_declines_is_not_asked_whether_he_pretends():
    """The first chance of FEIGN is the community's, which takes the case on."""
    luck = luck_with({Purpose.DECLINE: [True], Purpose.FEIGN: [True]})
    log = run(levels([reported(0, luck=luck)], grid={"decline": YES, **FEIGNS}, community=FEIGNS))
    assert happened(log, "DECLINE SETTLE") == [(10, "DECLINE", 0, NEVER), (17, "SETTLE", 0, NEVER)]


def test_who_takes_it_on_may_pretend():
    luck = luck_with({Purpose.DECLINE: [False], Purpose.FEIGN: [True]})
    log = run(levels([reported(0, luck=luck)], grid={"decline": YES, **FEIGNS}))
    assert (course(log).declines, course(log).feigned, case(log).finished) == (0, 1, 7)


def test_who_cannot_settle_it_does_not_pretend():
    log = run(levels([feigning(True, difficulty=MILLION)], grid={**FEIGNS, "capability": 0}))
    assert happened(log, "SETTLE") == [(70, "SETTLE", 0, NEVER)]


# Handed back


def relay(issues, **grid) -> Log:
    """The first server of the grid leaves at 5, the second comes at 100; after 20 s work is handed back."""
    return run(
        levels(
            issues,
            grid=grid,
            servers=[{"calendar": 2}, {"calendar": 3}, {}],
            links=[{"server": 0}, {"server": 1}, {"server": 2, "queue": 1}],
            shifts=[[], TWO_SHIFTS, [(0, 5)], [(100, 900)]],
            rules={"rebind_after": 20},
        )
    )


def test_who_takes_a_declined_case_over_declines_it_too():
    """5 of 10 s are left; chance 1 (not) is nobody's but the community's, which is not asked."""
    log = relay([declining(True, False)], decline=YES)
    assert happened(log, "DECLINE") == [(105, "DECLINE", 0, NEVER)]
    assert (course(log).accepted, course(log).declines, case(log).started) == (105, 1, 0)


def test_who_takes_a_feigned_case_over_pretends_too():
    log = relay([feigning(True, False)], **FEIGNS)
    assert happened(log, "SETTLE") == [(102, "SETTLE", 0, NEVER)]
    assert (course(log).feigned, issue(log).resolved) == (1, NEVER)


def test_who_takes_over_a_case_that_was_taken_on_does_not_decline():
    log = relay([declining(False, True)], decline=YES)
    assert happened(log, "DECLINE SETTLE") == [(155, "SETTLE", 0, NEVER)]
    assert course(log).accepted == 0


# What they look at


def steps(state: State, *edges: int, **more: int):
    """A look that says no below the first of these edges, yes from there on, and no again from the second on."""
    least = [-(1 << 60), *edges]
    buckets = [{"least": edge, "chance": k % 2 * MILLION} for k, edge in enumerate(least)]
    return {"looks": [{"state": state, "buckets": len(buckets), **more}], "buckets": buckets}


def declined(log: Log) -> list[int]:
    """The cases that the grid has declined."""
    return [number for _, _, number, _ in happened(log, "DECLINE")]


def test_below_all_buckets_the_first_one_holds():
    looks = {"looks": [{"state": State.ALWAYS, "buckets": 2}]}
    buckets = [{"least": 5, "chance": MILLION}, {"least": 9, "chance": 0}]
    assert declined(run(levels([declining(False)], grid={"decline": LOOK}, **looks, buckets=buckets))) == [0]


@pytest.mark.parametrize(("least", "expected"), [(-1, [0]), (0, [0]), (1, [])])
def test_always_is_zero(least, expected):
    assert declined(run(levels([reported(0)], grid={"decline": LOOK}, **steps(State.ALWAYS, least)))) == expected


def test_the_queue_counts_who_waits_in_it_without_the_case_itself():
    """At 0 two others wait, at the next start one, at last nobody."""
    plan = levels([reported(0)] * 3, grid={"decline": LOOK}, **steps(State.QUEUE, 1, 2))
    assert declined(run(plan)) == [1]


def test_starts_of_one_second_see_each_other():
    """Two servers at 0: for the first case two others wait, for the second one."""
    links = [{"server": 0}, {"server": 1}, {"server": 2, "queue": 1}]
    plan = levels([reported(0)] * 3, grid={"decline": LOOK}, links=links, **steps(State.QUEUE, 1, 2))
    assert declined(run(plan)) == [1]


def test_other_queues_do_not_count():
    issues = [reported(0), reported(0, report_stage=COMMUNITY), reported(0, report_stage=COMMUNITY)]
    assert declined(run(levels(issues, grid={"decline": LOOK}, **steps(State.QUEUE, 1)))) == []


@pytest.mark.parametrize(("least", "expected"), [(2200, [0]), (2201, [])])
def test_the_backlog_is_the_admin_that_the_server_has_not_begun(least, expected):
    """4000 s come in at 100; a piece of 1800 s is in hand when the case of 200 interrupts it."""
    servers = [{"calendar": 2, "admin": 0, "admin_class": 12, "admin_piece": 1800}, {}]
    plan = levels(
        [reported(200)],
        grid={"decline": LOOK},
        servers=servers,
        links=[{"server": 0}, {"server": 1, "queue": 1}],
        admin=[[4000]],
        shifts=[[], TWO_SHIFTS, [(100, 9000)]],
        rules={"horizon": 86_400},
        preempts=[(0, k) for k in range(12, 16)],
        **steps(State.BACKLOG, least),
    )
    log = run(plan)
    assert declined(log) == expected
    assert day(log).admin == 4000


def test_who_has_no_admin_has_no_backlog():
    assert declined(run(levels([reported(0)], grid={"decline": LOOK}, **steps(State.BACKLOG, 1)))) == []


@pytest.mark.parametrize(
    ("second", "edges", "expected"),
    [
        (100, (0, 1), [0]),
        (150, (50, 51), [0]),
        (250, (150, 151), [0]),  # the interval may be over
        (299, (199, 200), [0]),
        (300, (0, 1), [0]),
        (99, (1 << 62,), [0]),  # none has started
        (99, (0, 1 << 62), []),
    ],
)
def test_seconds_since_an_interval_has_started(second, edges, expected):
    looks = steps(State.SINCE, *edges, calendar=SHIFTS)
    assert declined(run(levels([reported(second)], grid={"decline": LOOK}, **looks))) == expected


@pytest.mark.parametrize(("edges", "expected"), [((1 << 62,), [0]), ((0, 1 << 62), [])])
def test_a_clock_that_is_always_open_has_never_started(edges, expected):
    looks = steps(State.SINCE, *edges, calendar=ALWAYS)
    assert declined(run(levels([reported(5)], grid={"decline": LOOK}, **looks))) == expected


@pytest.mark.parametrize(("least", "expected"), [(600_000, [1]), (600_001, [])])
def test_the_share_of_the_limit_that_is_used(least, expected):
    """Case 1 is started at 60, its limit is at 100."""
    looks = steps(State.LIMIT, least)
    log = run(levels([reported(0), reported(0)], grid={"decline": LOOK}, limits={2: {"seconds": 100}}, **looks))
    assert declined(log) == expected


@pytest.mark.parametrize(
    ("seconds", "used"),
    [(90, 666_667), (61, 983_607), (60, 1_000_000), (59, 1_016_950), (7, 8_571_429), (1, 60_000_000)],
)
def test_it_is_more_than_the_whole_once_the_limit_has_passed_and_div_rounds_down(seconds, used):
    """Case 1 is started at 60. Of 90 s 30 are left: 10^6 − 333 333; of 59 −1: 10^6 + 16 950."""
    looks = steps(State.LIMIT, used, used + 1)
    limits = {2: {"seconds": seconds}}
    assert 1 in declined(run(levels([reported(0), reported(0)], grid={"decline": LOOK}, limits=limits, **looks)))


@pytest.mark.parametrize(
    ("second", "used"), [(0, 0), (100, 0), (150, 333_334), (199, 660_000), (250, 666_667), (310, 733_334)]
)
def test_it_is_used_on_its_own_clock(second, used):
    """150 s of office time from 0 on; the server comes at ``second``."""
    looks = steps(State.LIMIT, used, used + 1)
    plan = levels(
        [reported(0)],
        grid={"decline": LOOK},
        limits={2: {"seconds": 150, "calendar": SHIFTS}},
        servers=[{"calendar": 2}, {}],
        links=[{"server": 0}, {"server": 1, "queue": 1}],
        shifts=[[], TWO_SHIFTS, [(second, 900)]],
        **looks,
    )
    assert declined(run(plan)) == [0]


@pytest.mark.parametrize(("least", "expected"), [(0, [0]), (1, [])])
def test_without_a_limit_none_of_it_is_used(least, expected):
    """Below the edge 0, as it would be if it counted as far away, it is not."""
    assert declined(run(levels([reported(0)], grid={"decline": LOOK}, **steps(State.LIMIT, least)))) == expected


def test_a_limit_that_was_put_off_is_used_less():
    """100 s, put off by 50 at 10: of 150 − 60 = 90 s left, of 100."""
    looks = steps(State.LIMIT, 100_000, 100_001)
    plan = levels(
        [reported(0, severity=3), reported(0)],
        grid={"decline": LOOK},
        limits={2: {"seconds": 100, "marks": 1}},
        marks=[{"action": Action.POSTPONE, "seconds": 10, "extension": 50}],
        **looks,
    )
    assert declined(run(plan)) == [1]


# Marks that look


@pytest.mark.parametrize(("others", "expected"), [(0, []), (1, [20]), (2, [])])
def test_a_mark_looks_at_the_queue_the_case_waits_in(others, expected):
    plan = levels(
        [reported(0), *[reported(0, severity=3)] * others],
        links=[],
        limits={2: {"marks": 1}},
        marks=[{"seconds": 20, "look": LOOK}],
        **steps(State.QUEUE, 1, 2),
    )
    assert [time for time, *_ in happened(run(plan), "SUPERVISE")] == expected


def test_a_case_that_waits_nowhere_sees_nobody_waiting():
    """In service, with one more in its queue."""
    plan = levels(
        [reported(0), reported(0, severity=3)],
        limits={2: {"marks": 1}},
        marks=[{"seconds": 20, "look": LOOK}],
        **steps(State.QUEUE, 0, 1),
    )
    assert [time for time, *_ in happened(run(plan), "SUPERVISE")] == [20]


# The check


def test_a_look_decides_in_place_of_the_share_whether_it_is_checked_in_the_field():
    """By field_share never; by the look always within 50 s of a start of the clock."""
    categories = [{"field_share": 0, "field_look": LOOK, "field_stage": PAPER, "paper_stage": NEVER}]
    plan = levels(
        [reported(0), reported(0), reported(0)], categories=categories, **steps(State.SINCE, 0, 50, calendar=SHIFTS)
    )
    log = run(plan)
    assert [case(log, number).finished for number in range(3)] == [60, 120, 180]
    assert [len(queues_of(log, number)) for number in range(3)] == [1, 2, 1]


@pytest.mark.parametrize(("seconds", "checked"), [(119, False), (120, True), (121, False)])
def test_it_may_look_at_the_limit_in_the_second_of_settling(seconds, checked):
    """Settled at 60: of 120 s one half is used."""
    categories = [{"field_share": MILLION, "field_look": LOOK, "field_stage": PAPER, "paper_stage": NEVER}]
    looks = steps(State.LIMIT, 500_000, 500_001)
    log = run(levels([reported(0)], categories=categories, limits={2: {"seconds": seconds}}, **looks))
    assert len(queues_of(log, 0)) == 1 + checked


def test_the_chance_of_the_check_is_that_of_the_disposal():
    """CHECK_MODE 0 comes up, 1 does not: the first check is in the field, the second (of the second disposal) is none."""
    categories = [
        {"field_look": YES, "field_stage": PAPER, "paper_stage": NEVER, "failure": MILLION, "paper_detect": MILLION}
    ]
    log = run(levels([asked(Purpose.CHECK_MODE, True, False)], categories=categories))
    assert [time for time, *_ in happened(log, "SETTLE REWORK CLOSE")] == [60, 90, 150, 150]
    assert stretches(log, 3) == [(60, 90, 0)]
