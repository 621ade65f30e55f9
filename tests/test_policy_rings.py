"""Rings: which rows of the Plan they are, and what contradicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lever_plans import OFFICE, TIERS, chance, faults, hop, open_at, plan_of, same_but_for
from made_worlds import line, made_world
from pydantic import ValidationError

from scenarios import scenario
from sim.engine.events import LEVELS, NEVER, Level, Role
from sim.engine.plan import MILLION
from sim.model.policies import Policy
from sim.scenario.problems import ScenarioError

DESK, GRID, COMMUNITY, STREET, DEPARTMENT, PROPERTY, BRANCH = range(7)  # stages
BOTH = {"building": 0, "category": 0}, {"building": 3, "category": 1}
HOUR = 3600


def ring(id: str = "property", **fields: Any) -> dict[str, Any]:
    return {"id": id, "title": id, "shift": "daily 08:00-20:00", "settles": {"a": "30 %"}, **fields}


def two_rings(**fields: Any) -> dict[str, Any]:
    rings = [
        ring(members=2, skill=0.8, willing="60 %"),
        ring("branch", per="grid", settles={"b": "40 %"}, triage="full"),
    ]
    return {"rings": {"timeout": "4 h", "rings": rings, **fields}}


def test_each_ring_is_a_stage_below_the_grid_that_leads_to_the_next() -> None:
    plan = plan_of(two_rings(), *BOTH)
    stages = plan["stages"][[PROPERTY, BRANCH]]
    assert stages["role"].tolist() == [Role.HANDLE] * 2
    assert stages["level"].tolist() == [Level.NEIGHBOURHOOD] * 2
    assert stages["way"].tolist() == [LEVELS, LEVELS + 1]
    assert stages["content"].tolist() == [Level.GRID] * 2  # the work of the grid
    for stage, category, expected in [
        (PROPERTY, 0, (300_000, 900, BRANCH, 4 * HOUR, 0)),
        (PROPERTY, 1, (0, 900, BRANCH, 4 * HOUR, 0)),
        (BRANCH, 0, (0, NEVER, GRID, 4 * HOUR, 0)),
        (BRANCH, 1, (400_000, NEVER, GRID, 4 * HOUR, 0)),
    ]:
        assert hop(plan, stage, category, "capability", "triage", "up", "hold", "hold_calendar") == expected


def test_who_is_willing_in_six_of_ten_cases_declines_four_which_go_up() -> None:
    plan = plan_of(two_rings(), *BOTH)
    look, declined = hop(plan, PROPERTY, 0, "decline", "declined")
    assert (chance(plan, look), declined) == (400_000, 0)
    assert hop(plan, BRANCH, 0, "decline") == (NEVER,)


def test_reports_for_the_grid_come_to_the_first_ring_and_finds_to_the_grid() -> None:
    issues = plan_of(two_rings(), *BOTH)["issues"]
    assert issues["report_stage"].tolist() == issues["report_target"].tolist() == [PROPERTY] * 2
    assert issues["notice_stage"].tolist() == [GRID] * 2


def test_only_the_categories_that_a_ring_settles_have_a_queue_in_it() -> None:
    plan = plan_of(two_rings(), *BOTH)
    property_queue, branch_queue = plan["route"][:, [LEVELS, LEVELS + 1]].T.tolist()
    assert property_queue[1] == branch_queue[0] == NEVER
    queues = plan["queues"][[property_queue[0], branch_queue[1]]]
    assert queues[["level", "unit", "peers"]].tolist() == [(Level.NEIGHBOURHOOD, 0, 1), (Level.NEIGHBOURHOOD, 3, 1)]


def test_members_serve_their_own_unit_in_their_own_hours() -> None:
    plan = plan_of(two_rings(), *BOTH)
    helpers = plan["servers"][plan["servers"]["level"] == Level.NEIGHBOURHOOD]
    assert helpers["unit"].tolist() == [0, 0, 1, 1, 2, 2, 0, 1, 2, 3]
    assert helpers["skill"].tolist() == [800_000] * 6 + [MILLION] * 4
    assert open_at(plan, helpers["calendar"][0])[0] == (8 * HOUR, 20 * HOUR)
    assert (helpers["links"] == 1).all()


def test_coverage_is_chance_of_the_place_the_same_for_all_rings_of_that_share_under_one_name() -> None:
    world = made_world(*[line(*[10] * 10)] * 40)
    grids = {"zoning": {"kind": "by_households", "target": 10}, "staffing": {"workers": 400}}
    issues = [{"building": building} for building in range(400)]
    covered = {
        share: plan_of({**grids, **rings_of(share)}, *issues, world=world)["route"][:, LEVELS] != NEVER
        for share in ("30 %", "71 %", "100 %")
    }
    assert covered["100 %"].all()
    assert abs(covered["71 %"].mean() - 0.71) < 0.08
    assert abs(covered["30 %"].mean() - 0.30) < 0.08
    assert not (covered["30 %"] & ~covered["71 %"]).any()  # more coverage only adds


def rings_of(coverage: str) -> dict[str, Any]:
    return {"rings": {"rings": [ring(per="grid", coverage=coverage)]}}


def test_whom_nobody_covers_has_no_servers_and_no_empty_queue_to_wait_in() -> None:
    world = made_world(*[line(10)] * 60)
    plan = plan_of(
        {"staffing": {"workers": 60}, "rings": {"rings": [ring(coverage="20 %")]}},
        *({"building": building} for building in range(60)),
        world=world,
    )
    queues = plan["route"][:, LEVELS]
    served = plan["queues"]["links"][queues[queues != NEVER]]
    helpers = np.count_nonzero(plan["servers"]["level"] == Level.NEIGHBOURHOOD)
    assert (served == 1).all()
    assert helpers == len(served) < 60


def test_no_rings_change_nothing() -> None:
    assert not same_but_for(plan_of({}, *BOTH), plan_of({"rings": "off"}, *BOTH))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            {"rings": {"rings": [ring(), ring()]}},
            ("policy.rings.rings.1.id", "an id of its own", "property"),
        ),
        (
            {"rings": {"rings": [ring(settles={"a": "10 %", "waste": "10 %"})]}},
            ("policy.rings.rings.0.settles.waste", "one of the categories a, b", "waste"),
        ),
        (
            {"tiers": {**TIERS, "office_shift": "always"}, "rings": {"timeout": "4 working hours", "rings": [ring()]}},
            (
                "policy.rings.timeout",
                "a span on the natural clock, as policy.tiers.office_shift is always",
                "4 working hours",
            ),
        ),
        (
            {
                "rings": {"rings": [ring()]},
                "claims": {
                    "of": "reports",
                    "shift": OFFICE,
                    "limit": "7 d",
                    "meeting": "mon at 09:00",
                    "settles": {"a": "10 %"},
                },
            },
            ("policy.claims", "a kind that leaves the reports for the grid to policy.rings", "open_list"),
        ),
    ],
)
def test_contradictions(policy: dict[str, Any], expected: tuple[str, str, object]) -> None:
    assert faults(policy) == [expected]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rings": []}, "rings: Tuple should have at least 1 item after validation, not 0"),
        ({"timeout": "0 h", "rings": [ring()]}, "timeout: Value error, expected a span of at least 1 s, got 0"),
        (
            {"rings": [ring(settles={})]},
            "rings.0.settles: Dictionary should have at least 1 item after validation, not 0",
        ),
        ({"rings": [ring(coverage="0 %")]}, "rings.0.coverage: Value error, expected more than 0, got 0"),
        ({"rings": [ring(skill="0 %")]}, "rings.0.skill: Value error, expected more than 0, got 0"),
        ({"rings": [ring(members=0)]}, "rings.0.members: Input should be greater than or equal to 1"),
        ({"rings": [ring(per="city")]}, "rings.0.per: Input should be 'grid', 'community' or 'street'"),
        ({"rings": [ring(hours="daily 08:00-20:00")]}, "rings.0.hours: Extra inputs are not permitted"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Policy.model_validate({"rings": fields})
    found = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in raised.value.errors()]
    assert f"rings.{message}" in found


def test_a_wrong_ring_is_one_mistake_where_it_stands() -> None:
    with pytest.raises(ScenarioError) as raised:
        scenario(
            "name: one\nextends: street\npolicy:\n"
            "  rings: {rings: [{id: a, title: a, shift: always, skill: 0 %, settles: {aid: 20 %}}]}\n"
        )
    assert [problem.message for problem in raised.value.problems] == ["expected more than 0, got 0"]
