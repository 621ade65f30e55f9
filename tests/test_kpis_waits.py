"""KPIs of waiting that policy makes, and of cases at the wrong tier: each against a figure worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from crews import FIRE, chore, leak, leaking, path
from lever_plans import OFFICE, plan_of
from rulebook import reported, run
from test_rules_waits import hall

from sim.engine.events import Role
from sim.engine.log import Log
from sim.engine.simulate import simulate
from sim.study.kpis import KPIS
from sim.study.kpis.facts import Facts
from sim.study.kpis.waits import gate_spells

HOUR = 3600
DAY = 24 * HOUR


def figure(id: str, log: Log) -> float:
    assert KPIS[id].occurs(log.plan)
    return KPIS[id](log)


def test_time_at_gates_and_what_is_left_there() -> None:
    log = run(hall([reported(10), reported(60), reported(150), reported(250)]))  # meetings at 100 and 200, none later
    assert figure("gate_wait_mean", log) == pytest.approx((90 + 40 + 50) / 3 / HOUR)
    assert figure("gate_stock", log) == 1


def test_who_waits_for_departments_to_come_waits_at_no_gate() -> None:
    """A gate of 30 s on the way of a whistle; then all crews but one are busy until 200, or the run is over before."""
    gate, busy = path({"role": Role.WAIT, "wait": 30}), [leaking(0), chore(0, FIRE, 200)]
    assert gate_spells(Facts.of(run(leak(busy, path=gate)))).tolist() == [[0, 30]]
    assert gate_spells(Facts.of(run(leak(busy, path=gate, rules={"horizon": 90})))).tolist() == [[0, 30]]
    assert gate_spells(Facts.of(run(leak(busy, path=gate, rules={"horizon": 20})))).tolist() == [[0, 20]]


def test_a_stock_that_falls_to_nothing_at_each_meeting_swings_as_a_saw_tooth_does() -> None:
    """A case a day, an hour after the meeting of every seventh day; stock at the end of days: 1, 2, … 7, 1, 2, …"""
    daily = [{"building": 0, "difficulty": 900_000, "report": day * DAY} for day in range(14)]
    plan = plan_of(
        {
            "tiers": {"office_shift": OFFICE, "departments": [{"id": "police", "title": "p"}]},
            "gates": {"meeting": "mon at 00:00"},
        },
        *daily,
    )
    log = simulate(plan, events=True)
    # 1 January 2021 is a Friday: 3 cases wait on Sunday's eve; Monday to Sunday 1 … 7; then Monday to Thursday 1 … 4
    stock = [1, 2, 3, *range(1, 8), *range(1, 5)]
    mean = sum(stock) / 14
    swing = math.sqrt(sum((n - mean) ** 2 for n in stock) / 14) / mean
    assert figure("gate_stock_cv", log) == pytest.approx(swing)
    assert figure("gate_stock", log) == 4


def test_without_events_the_swing_is_undefined() -> None:
    plan = plan_of({"gates": {"meeting": "mon at 09:00"}}, {"building": 0, "difficulty": 900_000})
    assert math.isnan(KPIS["gate_stock_cv"](simulate(plan)))
    assert math.isnan(KPIS["gate_wait_mean"](simulate(plan)))


def test_a_claim_in_time_and_one_too_late() -> None:
    """Two matters come on the list on Friday noon; the member has the first hour of Saturday, and takes 40 minutes for one of them."""
    claims = {"of": "reports", "shift": "sat 00:00-00:10", "limit": "1 d", "meeting": "mon at 09:00"}
    issues = [{"building": 0, "report": 12 * HOUR + k} for k in range(3)]
    log = simulate(plan_of({"claims": {**claims, "settles": {"a": "100 %"}}}, *issues), events=True)
    begun = 1  # ten minutes for a matter of ten minutes: the others are left
    assert figure("unclaimed_share", log) == pytest.approx((3 - begun) / 3)


def closed(policy: dict[str, Any], *difficulties: int) -> Log:
    issues = [{"building": 0, "report": 0, "difficulty": difficulty} for difficulty in difficulties]
    return simulate(plan_of(policy, *issues))


def test_over_escalated_is_what_the_grid_could_have_settled() -> None:
    to_the_community = {"channels": {"kind": "by_table", "direct": "community"}}
    assert figure("over_escalated_share", closed(to_the_community, 500_000, 400_000, 600_000, 900_000)) == 2 / 4
    assert figure("over_escalated_share", closed({}, 500_000, 400_000, 600_000, 900_000)) == 0


def test_under_escalated_is_what_was_kept_for_nothing() -> None:
    local = {"escalation": {"kind": "local_first", "local_hold": "4 h", "inquiry": "10 %"}}
    assert figure("under_escalated_share", closed(local, 500_000, 600_000, 600_001, 900_000)) == 2 / 4
    to_the_community = {**local, "channels": {"kind": "by_table", "direct": "community"}}
    assert figure("under_escalated_share", closed(to_the_community, 600_001, 900_000)) == 0
    spared = {"escalation": {**local["escalation"], "local": ["b"]}}
    assert figure("under_escalated_share", closed(spared, 600_001, 900_000)) == 0


def test_none_of_it_is_shown_where_it_does_not_occur() -> None:
    plan = plan_of({}, {"building": 0})
    ids = ("gate_stock", "gate_wait_mean", "gate_stock_cv", "unclaimed_share", "under_escalated_share")
    assert not any(KPIS[id].occurs(plan) for id in ids)
    assert not KPIS["under_escalated_share"].occurs(plan_of({"escalation": {"kind": "local_first", "local_hold": 0}}))
    assert KPIS["over_escalated_share"].occurs(plan)
