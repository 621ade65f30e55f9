"""The ladder of the benchmarks: its Plan is the network that the plain programs simulate, visit by visit."""

from __future__ import annotations

from typing import get_args

import ladder
import numpy as np
import pytest
from ladder_plan import ladder_plan

from sim.engine.events import EventKind, Outcome
from sim.engine.simulate import Engine, simulate

CASES = 4000


def visits(log) -> np.ndarray:
    """case, tier, arrive, start, end of each visit, by case and tier, from the events of a log."""
    events = log.raw["events"]
    rows = [events[events["kind"] == kind] for kind in (EventKind.ENTER, EventKind.START, EventKind.FINISH)]
    enter, start, finish = (row[np.lexsort([row["level"], row["issue"]])] for row in rows)
    assert (enter["issue"] == start["issue"]).all()
    assert (enter["issue"] == finish["issue"]).all()
    return np.stack([enter["issue"], enter["level"], enter["time"], start["time"], finish["time"]], axis=1)


def by_case_and_tier(rows) -> np.ndarray:
    table = np.array(rows)
    return table[np.lexsort([table[:, 1], table[:, 0]])]


def stations_entered(cases, rows) -> np.ndarray:
    return cases.station[rows[:, 1], rows[:, 0]]


@pytest.mark.parametrize("engine", get_args(Engine))
@pytest.mark.parametrize("seed", [1, 2])
def test_plan_has_the_visits_of_the_plain_program(engine, seed):
    cases = ladder.in_seconds(ladder.sample(CASES, seed))
    expected = by_case_and_tier(ladder.run_heapq(*ladder.as_lists(cases)))
    moved = expected[expected[:, 1] > 0]
    places = np.stack([stations_entered(cases, moved), moved[:, 2]], axis=1)
    assert len(np.unique(places, axis=0)) == len(moved), "two moves to a station in one second: take another seed"
    log = simulate(ladder_plan(CASES, seed), engine, events=True)
    np.testing.assert_array_equal(visits(log), expected)
    assert (log.raw["cases"]["outcome"] == Outcome.CLOSED).all()
    assert (expected[:, 3] > expected[:, 2]).mean() > 0.2  # there were queues


def test_plain_programs_agree():
    arguments = ladder.as_lists(ladder.in_seconds(ladder.sample(CASES)))
    np.testing.assert_array_equal(
        by_case_and_tier(ladder.run_simpy(*arguments)), by_case_and_tier(ladder.run_heapq(*arguments))
    )


def test_whole_seconds_keep_the_times():
    exact, rounded = ladder.sample(CASES), ladder.in_seconds(ladder.sample(CASES))
    np.testing.assert_allclose(np.cumsum(rounded.gap), np.cumsum(exact.gap) * ladder.SECONDS, atol=0.5)
    visited = ~np.isnan(exact.service)
    np.testing.assert_allclose(rounded.service[visited], exact.service[visited] * ladder.SECONDS, atol=0.5)
    assert (rounded.service[~visited] == 0).all()
    assert (rounded.service[visited] >= 1).all()


def test_plan_has_the_load_of_the_network():
    n = 200_000
    plan = ladder_plan(n)
    duration = plan["issues"]["report"][-1]
    for tier in range(ladder.TIERS):
        here = plan["route"][:, tier] >= 0
        assert here.mean() == pytest.approx(np.prod(ladder.ESCALATE[:tier]), rel=0.05)
        servers = ladder.CAPACITY[plan["queues"]["level"] == tier].sum()
        assert plan["work"][here, tier].sum() / (servers * duration) == pytest.approx(0.7, rel=0.1)
        assert len(np.unique(plan["route"][here, tier])) == ladder.STATIONS[tier]
    assert n / duration * ladder.SECONDS == pytest.approx(ladder.RATE[0], rel=0.02)


def test_every_station_is_a_component_of_its_own():
    plan = ladder_plan(10)
    assert len(np.unique(plan["queues"]["component"])) == sum(ladder.STATIONS)
    links = plan["server_links"]
    assert (plan["queues"]["component"][links["queue"]] == plan["servers"]["component"][links["server"]]).all()
    np.testing.assert_array_equal(np.bincount(links["queue"]), ladder.CAPACITY)
    for queue, (first, count) in enumerate(zip(plan["queues"]["first_link"], plan["queues"]["links"], strict=True)):
        of_queue = plan["queue_links"]["link"][first : first + count]
        assert (links["queue"][of_queue] == queue).all()
