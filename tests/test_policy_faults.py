"""Contradictions between the parts of a policy, or with the demand: found before anything is run."""

from __future__ import annotations

from typing import Any

import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world

from sim.engine.make_plan import make_plan
from sim.model.policies import Misfit, Policy
from sim.model.policies.groups import Detours, Stop

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
TIERS: dict[str, Any] = {
    "office_shift": OFFICE,
    "community": {},
    "street": {},
    "departments": [{"id": "urban", "title": "u"}, {"id": "police", "title": "p"}],
}
UPPER = category(
    settled_by={"grid": "50 %", "community": "20 %", "street": "10 %", "department": "20 %"}, department="urban"
)
LEVELS = "grid, community, street, department"


def faults(
    policy: dict[str, Any], *categories: dict[str, Any], channels: tuple[str, ...] = ()
) -> list[tuple[str, str, object]]:
    found = Policy.model_validate(policy).contradictions(made_spec(*categories, channels=channels))
    return [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in found]


@pytest.mark.parametrize(
    ("policy", "categories", "expected"),
    [
        (
            {},
            [UPPER],
            ("demand.categories.0.department", "nothing, as there are no departments", "urban"),
        ),
        (
            {"tiers": {"departments": [{"id": "police", "title": "p"}]}},
            [UPPER],
            ("demand.categories.0.department", "one of the departments police", "urban"),
        ),
        (
            {"tiers": {"community": {}}},
            [category(settled_by={"grid": "50 %", "community": "20 %", "city": "30 %"})],
            (
                "demand.categories.0.settled_by",
                "shares of existing tiers only (grid, community)",
                "30 % above community",
            ),
        ),
        (
            {"staffing": {"absence": "5 %"}},
            [],
            ("policy.staffing.absence", "0, as there are no shifts to be away from (shift: always)", 0.05),
        ),
        (
            {"rounds": "daily"},
            [],
            (
                "policy.rounds.kind",
                "off, as a day without shifts has no rounds (policy.staffing.shift is always)",
                "daily",
            ),
        ),
        (
            {"dispatch": "earliest_due"},
            [],
            ("policy.dispatch.kind", "time limits in policy.limits to go by", "earliest_due"),
        ),
        (
            {"limits": {"quick": "3 working days"}},
            [],
            (
                "policy.limits.quick",
                "a span on the natural clock, as policy.tiers.office_shift is always",
                "3 working days",
            ),
        ),
        (
            {"limits": {"categories": {"a": {"hard": "2 working hours"}}}},
            [],
            (
                "policy.limits.categories.a.hard",
                "a span on the natural clock, as policy.tiers.office_shift is always",
                "2 working hours",
            ),
        ),
        (
            {"limits": {"categories": {"noise": {"hard": "2 h"}}}},
            [],
            ("policy.limits.categories.noise", "one of the categories a", "noise"),
        ),
        (
            {"escalation": {"grid": "2 d"}},
            [],
            ("policy.escalation.grid", "nothing, as there is no tier above to move up to", "2 d"),
        ),
        (
            {"tiers": TIERS, "escalation": {"department": "2 d"}},
            [],
            ("policy.escalation.department", "nothing, as there is no tier above to move up to", "2 d"),
        ),
        (
            {"tiers": {"street": {}}, "escalation": {"community": "2 d"}},
            [],
            ("policy.escalation.community", "nothing, as policy.tiers has no community", "2 d"),
        ),
        (
            {"escalation": {"misroute": "6 %"}},
            [],
            ("policy.escalation.misroute", "nothing, as there are not two departments", 0.06),
        ),
        (
            {"tiers": TIERS, "escalation": {"misroute": 1}},
            [],
            ("policy.escalation.misroute", "less than 100 %, or cases would be sent back for ever", 1.0),
        ),
        (
            {"escalation": {"return_delay": "4 working hours"}},
            [],
            (
                "policy.escalation.return_delay",
                "a span on the natural clock, as policy.tiers.office_shift is always",
                "4 working hours",
            ),
        ),
        (
            {"channels": {"hotline": "grid"}},
            [],
            ("policy.channels.hotline", "one of the channels direct", "hotline"),
        ),
        (
            {"channels": {"direct": "district"}},
            [],
            ("policy.channels.direct", "an entrance that policy.tiers has (grid)", "district"),
        ),
        (
            {"tiers": TIERS, "channels": {"direct": "department"}},
            [],
            ("policy.channels.direct", "another entrance, as no department is in charge of a", "department"),
        ),
        (
            {"channels": {"targets": {"noise": "grid"}}},
            [],
            ("policy.channels.targets.noise", "one of the categories a", "noise"),
        ),
        (
            {"channels": {"targets": {"a": "street"}}},
            [],
            ("policy.channels.targets.a", "a level that policy.tiers has (grid)", "street"),
        ),
        (
            {"tiers": TIERS, "channels": {"targets": {"a": "department"}}},
            [],
            ("policy.channels.targets.a", "another level, as no department is in charge of it", "department"),
        ),
        (
            {"verification": {"kind": "sampled", "field": "30 %"}},
            [],
            ("policy.verification.field", "100 %, as there is no street or community to check papers", 0.3),
        ),
        (
            {"verification": {"kind": "sampled", "field": 1, "failure": 1, "field_detect": 1}},
            [],
            ("policy.verification.failure", "less than 100 %, or checks would send cases back for ever", 1.0),
        ),
    ],
)
def test_contradiction(
    policy: dict[str, Any], categories: list[dict[str, Any]], expected: tuple[str, str, object]
) -> None:
    assert faults(policy, *categories) == [expected]


def test_everything_in_place_is_no_contradiction() -> None:
    policy = {
        "staffing": {"absence": "5 %", "shift": OFFICE},
        "tiers": {**TIERS, "desk": {}, "city": {}},
        "channels": {"hotline": "district", "walk_in": "department", "targets": {"a": "department"}},
        "dispatch": "earliest_due",
        "limits": {"ordinary": "3 working days"},
        "escalation": {"grid": "1 working day", "department": "2 d", "misroute": "99 %"},
        "rounds": "daily",
        "verification": {"kind": "sampled", "failure": 1, "field": "50 %", "field_detect": 1},
    }
    reported = {**UPPER, "report": {"channels": {"hotline": "50 %", "walk_in": "50 %"}}}
    assert faults(policy, reported, channels=("hotline", "walk_in")) == []


def test_highest_tier_without_a_department_in_charge_is_the_one_below() -> None:
    tiers = {"tiers": {**TIERS, "city": None}}
    assert faults(tiers, category(settled_by={"grid": "50 %", "street": "50 %"})) == []
    (fault,) = faults(tiers, category(settled_by={"grid": "50 %", "city": "50 %"}))
    assert fault[2] == "50 % above street"


def test_all_contradictions_are_found_at_once() -> None:
    policy = {"dispatch": "earliest_due", "rounds": "daily", "escalation": {"misroute": 0.1}}
    assert [where for where, _, _ in faults(policy, UPPER)] == [
        "policy.dispatch.kind",
        "policy.escalation.misroute",
        "policy.rounds.kind",
        "demand.categories.0.department",
    ]


def test_two_detours_from_one_tier_are_refused() -> None:
    one, other = (Detours((Stop(name, "wait", "grid", next="grid"),), up={"grid": name}) for name in ("a", "b"))
    with pytest.raises(ValueError, match="two parts of the policy lead cases from grid"):
        one + other
    assert (one + Detours()).up == {"grid": "a"}


def test_no_plan_is_made_of_a_contradiction() -> None:
    policy = Policy.model_validate({"escalation": {"grid": "2 d"}})
    with pytest.raises(Misfit, match=r"policy.escalation.grid: expected nothing, .*, got '2 d'"):
        make_plan(made_world(line(10)), made_demand(made_spec()), policy, period=PERIOD)
