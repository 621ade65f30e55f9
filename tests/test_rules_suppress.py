"""Chapter 9 of docs/model.md: who notices an issue may keep it to himself."""

from __future__ import annotations

import pytest
from plans import make
from rulebook import HALF, day, happened, luck_with, reported, run

from sim.engine.events import NEVER, Purpose, State
from sim.engine.plan import MILLION, Plan

PATROL = {"calendar": 1, "patrol_quota": 1000, "legs": 1}  # passes the shared space at 100, 200, … 1000
QUIET = {**PATROL, "suppress": 0}


def passed(*servers, issues, state=State.ALWAYS, chances=((0, HALF),), **more) -> Plan:
    """Issues of one building, of which a pass finds half, in one queue that nobody serves."""
    return make(
        issues=[{"onset": 0, "threshold": 1, "report": NEVER, **issue} for issue in issues],
        categories=[{"patrol_hazard": HALF}],
        servers=servers,
        links=[],
        shifts=[[], [(0, 1000)]],
        legs=[{"first_stop": 0, "stops": 1, "seconds": 100}],
        stops=[{"building": 0}],
        looks=[{"state": state, "buckets": len(chances)}],
        buckets=[{"least": least, "chance": chance} for least, chance in chances],
        **more,
    )


def test_the_kth_find_is_kept_quiet_by_the_kth_chance_of_the_issue():
    log = run(passed(QUIET, issues=[{"luck": luck_with({Purpose.SUPPRESS: [True, True, False]})}]))
    assert happened(log, "NOTICE") == [(300, "NOTICE", 0, 0)]
    assert (day(log).suppressed, day(log).noticed) == (2, 1)


def test_what_is_kept_quiet_is_exposed_anew():
    luck = luck_with({Purpose.SUPPRESS: [True, False]})
    log = run(passed(QUIET, issues=[{"luck": luck, "threshold": MILLION}]))  # two passes at a time
    assert happened(log, "NOTICE") == [(400, "NOTICE", 0, 0)]


def test_who_passes_in_the_same_second_may_speak_up():
    log = run(passed(QUIET, PATROL, issues=[{}], chances=[(0, MILLION)]))
    assert happened(log, "NOTICE") == [(100, "NOTICE", 0, 1)]
    assert [day(log, server).suppressed for server in (0, 1)] == [1, 0]


def test_who_comes_second_in_a_second_is_asked_as_well():
    luck = luck_with({Purpose.SUPPRESS: [True, True, True, False]})
    log = run(passed(QUIET, QUIET, issues=[{"luck": luck}]))
    assert happened(log, "NOTICE") == [(200, "NOTICE", 0, 1)]
    assert [day(log, server).suppressed for server in (0, 1)] == [2, 1]


def test_nobody_is_asked_while_a_case_is_open():
    log = run(passed(QUIET, issues=[reported(50)], chances=[(0, MILLION)]))
    assert day(log).suppressed == 0


def test_the_queue_is_that_in_which_the_case_would_wait_and_all_who_wait_there_count():
    """Two troubles: the first fills the queue as it is noticed at 100, and so silences the finder of the second, which arises later."""
    later = {"onset": 150, "worse_class": 1}
    log = run(passed(QUIET, issues=[{}, later], state=State.QUEUE, chances=[(0, 0), (1, MILLION)]))
    assert happened(log, "NOTICE") == [(100, "NOTICE", 0, 0)]
    assert day(log).suppressed == 9  # at 200, 300, … 1000
    log = run(passed(QUIET, issues=[{}, later], state=State.QUEUE, chances=[(1, 0), (2, MILLION)]))
    assert happened(log, "NOTICE") == [(100, "NOTICE", 0, 0), (200, "NOTICE", 1, 0)]


@pytest.mark.parametrize(("least", "opened"), [(1200, []), (1201, [(100, "NOTICE", 0, 0)])])
def test_the_backlog_is_that_of_the_finder(least, opened):
    """Patrol comes before 1,200 s of admin, none of which is begun in this shift."""
    busy = {**QUIET, "admin": 0, "admin_piece": 600, "admin_class": 14, "patrol_class": 13}
    plan = passed(busy, issues=[{}], state=State.BACKLOG, chances=[(0, 0), (least, MILLION)], admin=[[1200] + 29 * [0]])
    assert happened(run(plan), "NOTICE") == opened
