"""Admission: how much of the admin that comes from above reaches gridworkers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world
from pydantic import ValidationError

from sim.engine.make_plan import make_plan
from sim.engine.make_plan.admin import admitted
from sim.model.policies import AdmissionGate, Day, Policy
from sim.model.policies.conformance import check_policy

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
SPEC = made_spec(category())
SECONDS = 27_000  # of a shift: 7.5 h


def admin(admission: object, *, tiers: dict[str, Any] | None = None) -> int:
    """Seconds of admin of the first gridworker on a working day, of which 40 % of the shift would come in."""
    policy = {
        "staffing": {"shift": OFFICE},
        "rounds": {"kind": "daily", "admin": {"share": "40 %"}},
        "admission": admission,
        "tiers": tiers or {},
    }
    plan = make_plan(made_world(line(5)), made_demand(SPEC), Policy.model_validate(policy), period=PERIOD)
    return int(plan["admin"].max(initial=0))


def gate(**fields: object) -> dict[str, object]:
    return {"kind": "gate", **fields}


def test_off_lets_all_through() -> None:
    assert admin("off") == admin(gate()) == 0.4 * SECONDS


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"admit": "60 %"}, 0.6),
        ({"admit": "60 %", "funded": "50 %"}, 0.3),
        ({"admit": 0}, 0),
        ({"admit": "60 %", "from_above": "50 %"}, 0.8),
        ({"funded": "100 %", "from_above": "25 %"}, 0.75),
    ],
)
def test_the_gate_leaves_what_is_admitted_without_money(fields: dict[str, Any], left: float) -> None:
    assert admin(gate(**fields)) == round(left * 0.4 * SECONDS)


@pytest.mark.parametrize(
    ("tiers", "power"), [({}, 1), ({"community": {}}, 2), ({"community": {}, "street": {}}, 3), ({"city": {}}, 1)]
)
def test_tasks_swell_at_each_tier_from_the_street_down(tiers: dict[str, Any], power: int) -> None:
    assert admin(gate(kappa=1.2), tiers=tiers) == pytest.approx(1.2**power * 0.4 * SECONDS, abs=1)
    assert admin(gate(kappa=0.8, from_above="50 %"), tiers=tiers) == pytest.approx(
        (0.5 + 0.5 * 0.8**power) * 0.4 * SECONDS, abs=1
    )


def test_rounds_with_a_share_for_each_gridworker_are_scaled_too() -> None:
    policy = Policy.model_validate({"admission": gate(admit="50 %")})
    assert np.array_equal(
        admitted(Day(admin_share=np.array([400_000, 100_001])), policy).admin_share, [200_000, 50_001]
    )


def test_the_part_keeps_what_parts_must_keep() -> None:
    check_policy(AdmissionGate.model_validate({"admit": "50 %", "funded": "10 %", "kappa": 1.1}))


def test_without_rounds_there_is_nothing_to_admit() -> None:
    (fault,) = Policy.model_validate({"admission": gate()}).contradictions(SPEC)
    assert (fault.where, fault.expected, fault.got) == (
        ("policy", "admission", "kind"), "off, as there is no admin to admit (policy.rounds is off)", "gate",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kappa": 2.5}, "expected a factor between 0.1 and 2, got 2.5"),
        ({"kappa": 0}, "expected a factor between 0.1 and 2, got 0.0"),
        ({"admit": 1.2}, "expected a share between 0 and 1"),
    ],
)
def test_what_cannot_be_written(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        AdmissionGate.model_validate(fields)
    assert message in str(error.value)
