"""Local first: the hold and the second inquiry of the grid as rows of the Plan, and what contradicts."""

from __future__ import annotations

from typing import Any

import pytest
from lever_plans import TIERS, faults, hop, plan_of, same_but_for
from pydantic import ValidationError

from sim.engine.events import HANDLING_LEVELS, Level, Role
from sim.model.policies import Policy

DESK, GRID, COMMUNITY, STREET, DEPARTMENT, HOLD, INQUIRY = range(7)  # stages
ISSUES = {"building": 0, "category": 0}, {"building": 3, "category": 1}
HOUR = 3600


def local(**fields: Any) -> dict[str, Any]:
    return {"escalation": {"kind": "local_first", **fields}}


def test_what_the_grid_cannot_settle_is_kept_and_looked_into_once_more() -> None:
    plan = plan_of(local(local_hold="4 h", inquiry="10 %", inquiry_work=2), *ISSUES)
    stages = plan["stages"]
    assert stages["role"][[HOLD, INQUIRY]].tolist() == [Role.WAIT, Role.HANDLE]
    assert stages["level"][[HOLD, INQUIRY]].tolist() == [Level.GRID] * 2
    assert (stages["wait"][HOLD], stages["next"][HOLD]) == (4 * HOUR, INQUIRY)
    assert hop(plan, GRID, 0, "up", "capability") == (HOLD, 500_000)
    assert hop(plan, INQUIRY, 0, "up", "capability", "triage") == (COMMUNITY, 600_000, 1500)
    assert hop(plan, INQUIRY, 1, "capability") == (1_000_000,)  # the grid settles all of b already
    assert stages["way"][INQUIRY] == Level.GRID
    assert stages["content"][INQUIRY] == HANDLING_LEVELS
    assert (plan["work"][:, HANDLING_LEVELS] == 2 * plan["work"][:, Level.GRID]).all()


def test_the_hold_may_count_working_time() -> None:
    stages = plan_of(local(local_hold="1 working days"), *ISSUES)["stages"]
    office = plan_of(local(grid="1 working days"), *ISSUES)["hops"]["hold_calendar"][2 * GRID]
    assert (stages["wait"][HOLD], stages["wait_calendar"][HOLD]) == (8 * HOUR, office)


def test_only_the_categories_named_are_kept() -> None:
    plan = plan_of(local(local=["b"]), *ISSUES)
    assert [hop(plan, GRID, category, "up") for category in (0, 1)] == [(COMMUNITY,), (HOLD,)]


def test_it_has_the_limits_too() -> None:
    terms = {"grid": "2 working days", "community": "30 h", "rebind_after": "2 d"}
    plans = [plan_of({"escalation": {"kind": kind, **terms}}, *ISSUES) for kind in ("limits", "local_first")]
    own = [hop(plan, stage, 0, "hold", "hold_calendar") for plan in plans for stage in (GRID, COMMUNITY)]
    assert own[:2] == own[2:]
    assert plans[0].rules == plans[1].rules


def test_the_inquiry_settles_beside_what_skills_add() -> None:
    skills = {"skills": {"kind": "generalists", "scope": {"a": "20 %"}}}
    assert hop(plan_of({**skills, **local(inquiry="10 %")}, *ISSUES), INQUIRY, 0, "capability") == (800_000,)


def test_without_it_nothing_changes() -> None:
    plans = [plan_of({"escalation": kind}, *ISSUES) for kind in ("off", "limits")]
    assert not same_but_for(*plans)
    assert len(plans[0]["stages"]) == HOLD


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (local(local=["a", "waste"]), ("policy.escalation.local.1", "one of the categories a, b", "waste")),
        (
            {"tiers": {**TIERS, "office_shift": "always"}, **local(local_hold="4 working hours")},
            (
                "policy.escalation.local_hold",
                "a span on the natural clock, as policy.tiers.office_shift is always",
                "4 working hours",
            ),
        ),
        (
            {"tiers": {"departments": TIERS["departments"]}, **local()},
            ("policy.escalation.kind", "limits, as no tier above the grid serves all categories", "local_first"),
        ),
        (local(misroute="5 %"), ("policy.escalation.misroute", "nothing, as there are not two departments", 0.05)),
    ],
)
def test_contradictions(policy: dict[str, Any], expected: tuple[str, str, object]) -> None:
    assert expected in faults(policy)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"inquiry_work": 0}, "inquiry_work: Value error, expected more than 0, got 0"),
        ({"local": []}, "local: Tuple should have at least 1 item after validation, not 0"),
        ({"hold": "1 d"}, "hold: Extra inputs are not permitted"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Policy.model_validate(local(**fields))
    [found] = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in raised.value.errors()]
    assert found == f"escalation.{message}"
