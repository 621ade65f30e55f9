"""Gates: which rows of the Plan they are, who waits at them, and what contradicts."""

from __future__ import annotations

from typing import Any

import pytest
from lever_plans import OFFICE, TIERS, faults, hop, open_at, plan_of, same_but_for

from scenarios import scenario
from sim.engine.events import LEVELS, Level, Role
from sim.model.world import build_world
from sim.scenario.problems import ScenarioError
from sim.study.replication import plan_of as plan_of_scenario

DESK, GRID, COMMUNITY, STREET, DEPARTMENT, FIRST, SECOND, THIRD = range(8)  # stages
ISSUES = {"building": 0, "category": 0}, {"building": 3, "category": 1}
DAY, HOUR = 86_400, 3600
MEETING = {"gates": {"meeting": "mon at 14:30"}}
FIVE_STEP = {"gates": {"kind": "five_step", "consolidation": "every 7 d at 09:00", "coordinators": 2, "shift": OFFICE}}


def test_what_the_street_cannot_settle_waits_for_the_meeting() -> None:
    plan = plan_of(MEETING, *ISSUES)
    gate = plan["stages"][FIRST]
    assert gate[["role", "level", "next", "wait"]].tolist() == (Role.WAIT, Level.DEPARTMENT, DEPARTMENT, 1)
    assert hop(plan, STREET, 0, "up") == (FIRST,)
    assert [hop(plan, stage, 0, "up") for stage in (GRID, COMMUNITY)] == [(COMMUNITY,), (STREET,)]
    assert open_at(plan, gate["wait_calendar"])[0][1] == 3 * DAY + 14 * HOUR + 1800  # Monday 4 January 2021


def test_five_steps_are_a_gate_the_coordinators_and_if_asked_for_a_second_gate() -> None:
    plan = plan_of(FIVE_STEP, *ISSUES)
    stages = plan["stages"]
    assert stages["role"][FIRST:].tolist() == [Role.WAIT, Role.DESK]
    assert stages["next"][FIRST:].tolist() == [SECOND, DEPARTMENT]
    assert (stages["work"][SECOND], stages["way"][SECOND]) == (2 * HOUR, LEVELS)
    coordinators = plan["servers"][plan["servers"]["level"] == Level.DISTRICT]
    assert coordinators["unit"].tolist() == [0, 0]
    quarterly = {"gates": {**FIVE_STEP["gates"], "dispatch": "every 10 d at 09:00"}}
    stages = plan_of(quarterly, *ISSUES)["stages"]
    assert stages["role"][FIRST:].tolist() == [Role.WAIT, Role.DESK, Role.WAIT]
    assert stages["next"][FIRST:].tolist() == [SECOND, THIRD, DEPARTMENT]


def test_only_the_categories_named_wait_whether_passed_up_or_reported_to_the_department() -> None:
    led = "settled_by: {grid: 50 %, department: 50 %}, department: police, rate: 1 per day, work: {grid: 1 h}"
    two = scenario(
        f"""
name: two
demand: {{categories: [{{id: a, title: a, {led}}}, {{id: b, title: b, {led}}}]}}
policy:
  tiers: {{desk: {{}}, departments: [{{id: police, title: p}}]}}
  channels: {{kind: by_table, direct: district, targets: {{a: department, b: department}}}}
  gates: {{meeting: mon at 09:00, categories: [b]}}
"""
    )
    plan = plan_of_scenario(two, build_world(two.world), 0)
    desk, grid, department, gate = range(4)
    assert [hop(plan, grid, category, "up") for category in (0, 1)] == [(department,), (gate,)]
    issues = plan["issues"]
    assert set(issues["report_stage"].tolist()) == {desk}
    assert set(issues[["category", "report_target"]].tolist()) == {(0, department), (1, gate)}


def test_no_gate_changes_nothing() -> None:
    assert not same_but_for(plan_of({}, *ISSUES), plan_of({"gates": "off"}, *ISSUES))


LED = "one of the categories that departments are in charge of (a)"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            {"gates": {"meeting": "mon at 14:30", "categories": ["a", "b"]}},
            ("policy.gates.categories.1", LED, "b"),
        ),
        (
            {"gates": {"meeting": "mon at 14:30", "categories": ["waste"]}},
            ("policy.gates.categories.0", LED, "waste"),
        ),
        (
            {
                "tiers": {**TIERS, "city": {}},
                "claims": {
                    "of": "street",
                    "shift": OFFICE,
                    "limit": "7 d",
                    "meeting": "mon at 09:00",
                    "settles": {"a": "10 %"},
                },
                **MEETING,
            },
            ("policy.gates", "a kind that leaves the unsettled cases of the street to policy.claims", "meeting"),
        ),
    ],
)
def test_contradictions(policy: dict[str, Any], expected: tuple[str, str, object]) -> None:
    assert faults(policy) == [expected]


def test_without_departments_there_is_nothing_to_wait_for() -> None:
    found = faults({"tiers": {"community": {}, "street": {}}, **MEETING})
    assert ("policy.gates", "off, as policy.tiers has no departments to pass cases on to", "meeting") in found


def test_a_meeting_that_is_never_held_within_the_period_is_refused_at_its_place() -> None:
    text = """
name: late
extends: street
period: {days: 31, warm_up: 7 d}
policy: {gates: {kind: meeting, meeting: every 31 d at 09:00}}
"""
    with pytest.raises(ScenarioError) as raised:
        scenario(text)
    [problem] = raised.value.problems
    wanted = "meetings of which one at least is held within the 31 d of the period"
    assert (problem.field, problem.message) == ("policy.gates.meeting", f"expected {wanted}, got 'every 31 d at 09:00'")
    assert scenario(text.replace("every 31 d", "every 28 d"))
