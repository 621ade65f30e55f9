"""Claims: which rows of the Plan an open list is, and what contradicts."""

from __future__ import annotations

from typing import Any

import pytest
from lever_plans import OFFICE, SHARES, TIERS, chance, faults, hop, open_at, plan_of, same_but_for
from pydantic import ValidationError

from sim.engine.events import LEVELS, NEVER, Level, Role, State
from sim.model.policies import OpenList, Policy

DESK, GRID, COMMUNITY, STREET, DEPARTMENT, LIST, MEETING = range(7)  # stages
BOTH = {"building": 0, "category": 0}, {"building": 3, "category": 1}
DAY, HOUR = 86_400, 3600


def listed(**fields: Any) -> dict[str, Any]:
    terms = {"shift": "sat,sun 09:00-11:00", "limit": "7 d", "meeting": "every 5 d at 09:00", "settles": {"a": "50 %"}}
    return {"claims": {"members": 3, **terms, **fields}}


def test_what_the_community_cannot_settle_is_put_on_the_list_and_then_waits_for_the_meeting() -> None:
    plan = plan_of(listed(), *BOTH)
    stages = plan["stages"]
    assert stages["role"][[LIST, MEETING]].tolist() == [Role.HANDLE, Role.WAIT]
    assert stages["level"][[LIST, MEETING]].tolist() == [Level.NEIGHBOURHOOD, Level.STREET]
    assert hop(plan, COMMUNITY, 0, "up") == (LIST,)
    assert hop(plan, LIST, 0, "up", "hold", "hold_calendar", "triage") == (MEETING, 7 * DAY, 0, 900)
    assert stages["next"][MEETING] == STREET
    assert stages["wait"][MEETING] == 1


def test_a_meeting_is_a_second_and_on_a_working_day() -> None:
    plan = plan_of(listed(), *BOTH)
    held = [end for _, end in open_at(plan, plan["stages"]["wait_calendar"][MEETING])]
    assert held[:2] == [5 * DAY + 9 * HOUR, 10 * DAY + 9 * HOUR]  # Wednesday 6 and Monday 11 January 2021
    assert all(end - start == 1 for start, end in open_at(plan, plan["stages"]["wait_calendar"][MEETING]))


def test_other_categories_pass_the_list_by() -> None:
    plan = plan_of(listed(), *BOTH)
    assert hop(plan, COMMUNITY, 1, "up") == (LIST,)
    assert plan["route"][1, LEVELS] == NEVER
    assert hop(plan, LIST, 1, "up") == (STREET,)  # where a case without a queue goes at once


@pytest.mark.parametrize(
    ("of", "share", "capability"),
    [
        ("reports", "50 %", 500_000),
        ("grid", "50 %", 750_000),  # half of what is above the grid's 50 %
        ("community", "50 %", 850_000),
        ("community", "0 %", 700_000),
        ("community", "100 %", 1_000_000),
    ],
)
def test_members_settle_a_share_of_what_comes_on_the_list(of: str, share: str, capability: int) -> None:
    plan = plan_of(listed(of=of, settles={"a": share}), *BOTH)
    assert hop(plan, LIST, 0, "capability") == (capability,)


def test_reports_may_come_on_the_list_before_the_grid_has_them() -> None:
    plan = plan_of(listed(of="reports"), *BOTH)
    assert plan["issues"]["report_stage"].tolist() == [LIST] * 2
    assert plan["issues"]["notice_stage"].tolist() == [GRID] * 2
    assert plan["stages"]["next"][MEETING] == GRID
    assert [hop(plan, LIST, category, "up") for category in (0, 1)] == [(MEETING,), (GRID,)]
    assert hop(plan, GRID, 0, "up") == (COMMUNITY,)


def test_members_come_in_their_own_hours_and_may_like_easy_matters() -> None:
    plan = plan_of(listed(ease=24, willing="75 %"), *BOTH)
    queue = plan["queues"][plan["route"][0, LEVELS]]
    assert (queue["ease_slope"], queue["links"]) == (24, 3)
    members = plan["servers"][plan["servers"]["level"] == Level.NEIGHBOURHOOD]
    assert members["unit"].tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert open_at(plan, members["calendar"][0])[:2] == [
        (DAY + 9 * HOUR, DAY + 11 * HOUR),
        (2 * DAY + 9 * HOUR, 2 * DAY + 11 * HOUR),
    ]
    assert chance(plan, hop(plan, LIST, 0, "decline")[0]) == 250_000


def test_a_street_may_have_one_list() -> None:
    plan = plan_of(listed(per="street"), *BOTH)
    members = plan["servers"][plan["servers"]["level"] == Level.NEIGHBOURHOOD]
    assert members["unit"].tolist() == [0] * 3 + [1] * 3


FADING = [{"after": 0, "willing": "90 %"}, {"after": "3 d", "willing": "60 %"}, {"after": "10 d", "willing": "25 %"}]


def test_members_who_hear_of_their_work_are_more_willing_for_a_time() -> None:
    plan = plan_of(listed(feedback={"at": "every 5 d at 09:00", "steps": FADING}), *BOTH)
    [row] = {hop(plan, LIST, category, "decline", "declined") for category in (0, 1)}
    look, returned = row
    assert (plan["looks"]["state"][look], returned) == (State.SINCE, 0)
    first, count = plan["looks"][["first_bucket", "buckets"]][look]
    assert plan["buckets"][first : first + count].tolist() == [(0, 100_000), (3 * DAY, 400_000), (10 * DAY, 750_000)]
    told = [end for _, end in open_at(plan, plan["looks"]["calendar"][look])]
    assert told[:2] == [5 * DAY + 9 * HOUR, 10 * DAY + 9 * HOUR]  # Wednesday 6 and Monday 11 January 2021


def test_feedback_stands_in_place_of_willing() -> None:
    always = {"at": "mon at 09:00", "steps": [{"after": 0, "willing": "70 %"}]}
    plan = plan_of(listed(willing="10 %", feedback=always), *BOTH)
    assert chance(plan, hop(plan, LIST, 0, "decline")[0]) == 300_000
    assert len(plan["looks"]) == 1


def test_members_who_are_always_willing_decline_nothing() -> None:
    plan = plan_of(listed(), *BOTH)
    assert hop(plan, LIST, 0, "decline") == (NEVER,)
    assert not len(plan["looks"])


def test_it_is_written_as_it_was_read() -> None:
    part = Policy.model_validate(listed(feedback={"at": "mon,thu at 14:30", "steps": FADING}, ease=3)).claims
    assert isinstance(part, OpenList)
    written = part.model_dump(mode="json")
    assert Policy.model_validate({"claims": written}).claims == part
    assert written["feedback"] == {
        "at": "mon,thu at 14:30",
        "steps": [
            {"after": "0 s", "willing": "90 %"},
            {"after": "3 d", "willing": "60 %"},
            {"after": "10 d", "willing": "25 %"},
        ],
    }


def test_no_list_changes_nothing() -> None:
    assert not same_but_for(plan_of({}, *BOTH), plan_of({"claims": "off"}, *BOTH))


IN_ORDER = "expected steps in ascending order of after, the first with after: 0 s"
NO_TIER = "reports, or a tier that policy.tiers has, with one above it that serves all categories"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (listed(settles={"waste": "10 %"}), ("policy.claims.settles.waste", "one of the categories a, b", "waste")),
        (listed(of="street"), ("policy.claims.of", NO_TIER, "street")),
        (
            {"tiers": {**TIERS, "office_shift": "always"}, **listed(limit="3 working days")},
            (
                "policy.claims.limit",
                "a span on the natural clock, as policy.tiers.office_shift is always",
                "3 working days",
            ),
        ),
        (
            {"escalation": "local_first", **listed(of="grid")},
            ("policy.claims", "a kind that leaves the unsettled cases of the grid to policy.escalation", "open_list"),
        ),
    ],
)
def test_contradictions(policy: dict[str, Any], expected: tuple[str, str, object]) -> None:
    assert faults(policy) == [expected]


def test_a_list_needs_the_tier_whose_cases_come_on_it() -> None:
    without = {name: tier for name, tier in TIERS.items() if name != "community"}
    assert faults({"tiers": without, **listed()}) == [("policy.claims.of", NO_TIER, "community")]
    assert SHARES["community"] == "20 %"  # which street and department settle as well: nothing else is wrong


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"limit": "0 d"}, "limit: Value error, expected a span of at least 1 s, got 0"),
        (
            {"meeting": "monthly"},
            "meeting: Value error, expected meetings such as every 14 d at 09:00 (at most 366 d) or mon,thu at 09:00, got 'monthly'",
        ),
        ({"ease": -1}, "ease: Input should be greater than or equal to 0"),
        ({"members": 0}, "members: Input should be greater than or equal to 1"),
        ({"of": "city"}, "of: Input should be 'reports', 'grid', 'community' or 'street'"),
        ({"shift": OFFICE + "?"}, "shift: "),
        ({"feedback": {"steps": FADING}}, "feedback.at: Field required"),
        (
            {"feedback": {"at": "mon at 09:00", "steps": []}},
            "feedback.steps: Tuple should have at least 1 item after validation, not 0",
        ),
        ({"feedback": {"at": "mon at 09:00", "steps": FADING[1:]}}, f"feedback.steps: Value error, {IN_ORDER}"),
        (
            {"feedback": {"at": "mon at 09:00", "steps": [FADING[0], FADING[2], FADING[1]]}},
            f"feedback.steps: Value error, {IN_ORDER}",
        ),
        (
            {"feedback": {"at": "mon at 09:00", "steps": [FADING[0], FADING[0]]}},
            f"feedback.steps: Value error, {IN_ORDER}",
        ),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Policy.model_validate(listed(**fields))
    [found] = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in raised.value.errors()]
    assert found.startswith(f"claims.{message}")
