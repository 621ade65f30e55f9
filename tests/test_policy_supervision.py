"""Supervision: which marks cases get by their time limits, and what each tier passes on of the pressure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world
from pydantic import ValidationError

from sim.engine.events import Action, State
from sim.engine.make_plan import make_plan
from sim.engine.plan import MILLION, Plan
from sim.model.policies import AtShares, Policy

H = 3600
OFFICE = "weekdays 08:00-12:00 14:00-18:00"
TIERS: dict[str, Any] = {"office_shift": OFFICE, "community": {}, "street": {}}
LIMITS = {"urgent": "2 h", "ordinary": "1 working day", "hard": "2 working days"}
URGENT, QUICK, ORDINARY, HARD = range(4)
FIRST_OF_OTHERS = 16  # ranks within a class of service


def planned(**policy: Any) -> Plan:
    """The Plan of a small place under ``policy``."""
    spec = made_spec(category())
    rules = Policy.model_validate({"tiers": TIERS, "limits": LIMITS, **policy})
    return make_plan(made_world(line(4, 4)), made_demand(spec, {}), rules, period=PERIOD)


def marks_of(plan: Plan, severity: int) -> np.ndarray:
    row = plan["limits"][severity]
    return plan["marks"][row["first_mark"] : row["first_mark"] + row["marks"]]


def supervised(**fields: Any) -> dict[str, Any]:
    return {"supervision": {"kind": "at_shares", **fields}}


def faults(**policy: Any) -> list[tuple[str, str, object]]:
    rules = Policy.model_validate({"tiers": TIERS, "limits": LIMITS, **policy})
    found = rules.contradictions(made_spec(category()))
    return [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in found]


def test_nobody_asks_unless_told_to() -> None:
    plan = planned()
    assert not len(plan["marks"])
    assert not len(plan["looks"])
    assert not plan["limits"]["marks"].any()


def test_marks_are_steps_between_shares_of_the_limit_on_its_clock() -> None:
    plan = planned(**supervised(shares=["80 %", "100 %", "150 %"]))
    assert marks_of(plan, URGENT)["seconds"].tolist() == [5760, 1440, 3600]
    assert marks_of(plan, ORDINARY)["seconds"].tolist() == [23040, 5760, 14400]
    assert set(marks_of(plan, URGENT)["calendar"]) == {0}
    assert set(marks_of(plan, ORDINARY)["calendar"]) == {plan["limits"]["calendar"][ORDINARY]} != {0}
    assert set(plan["marks"]["action"]) == {Action.SUPERVISE}
    assert set(plan["marks"]["look"]) == {-1}
    assert not len(marks_of(plan, QUICK))


def test_a_share_of_a_second_is_rounded_up_so_that_the_share_has_been_used_by_then() -> None:
    plan = planned(**supervised(shares=["33.3333 %", "66.6667 %"]))
    assert marks_of(plan, URGENT)["seconds"].tolist() == [2400, 2401]


def test_equal_limits_share_their_marks() -> None:
    limits = {"limits": {"urgent": "2 h", "quick": "2 h", "hard": "2 h"}}
    plan = planned(**{**limits, **supervised(shares=["80 %"])})
    assert len(plan["marks"]) == 1
    assert plan["limits"]["first_mark"][[URGENT, QUICK, HARD]].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("raise_to", "order", "expected"),
    [
        ("urgent", ["urgent", "cases", "admin", "visits", "patrol"], 0),
        ("first", ["urgent", "cases", "admin", "visits", "patrol"], FIRST_OF_OTHERS),
        ("first", ["urgent", "admin", "cases", "visits", "patrol"], 2 * FIRST_OF_OTHERS),
    ],
)
def test_a_supervised_case_is_raised_to_a_class(raise_to: str, order: list[str], expected: int) -> None:
    rules = {"rounds": {"order": order}, "staffing": {"shift": OFFICE}, "dispatch": "severity_first"}
    plan = planned(**rules, **supervised(raise_to=raise_to))
    assert set(plan["marks"]["class"]) == {expected}


def test_notices_come_after_the_shares_and_go_on_to_the_end_of_the_run() -> None:
    plan = planned(**supervised(shares=["100 %"], notice="mon at 09:00"))
    marks = marks_of(plan, URGENT)
    assert marks["seconds"].tolist() == [2 * H, 1, 1]  # 4 and 11 January
    calendar = plan["calendars"][marks["calendar"][1]]
    held = plan["shifts"][calendar["first"] : calendar["first"] + 2]
    assert held["end"].tolist() == [3 * 86400 + 9 * H, 10 * 86400 + 9 * H]
    assert marks_of(plan, QUICK)["seconds"].tolist() == [1, 1]  # without a limit there is nothing but notices


def test_each_tier_passes_on_a_share_of_the_pressure() -> None:
    plan = planned(**supervised(shares=["80 %"], kappa="50 %"))  # street, community, grid
    assert marks_of(plan, URGENT)["seconds"].tolist() == [5760 * 8]
    look = plan["looks"][plan["marks"]["look"][0]]
    assert (look["state"], look["buckets"]) == (State.ALWAYS, 1)
    assert plan["buckets"][look["first_bucket"]].tolist() == (0, MILLION // 8)


def test_tiers_set_limits_of_their_own_that_the_record_does_not_know() -> None:
    plan = planned(**{**supervised(shares=["100 %"]), "limits": {**LIMITS, "kappa": "50 %"}})
    assert marks_of(plan, URGENT)["seconds"].tolist() == [2 * H // 8]
    assert plan["limits"]["seconds"][URGENT] == 2 * H


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            {"limits": "off", **supervised()},
            ("policy.supervision.shares", "time limits in policy.limits to go by", [0.8, 1.0, 1.25, 1.5]),
        ),
        (
            supervised(raise_to="first"),
            (
                "policy.supervision.raise_to",
                "urgent, as fifo (policy.dispatch) makes no difference among cases that are not",
                "first",
            ),
        ),
    ],
)
def test_contradictions(policy: dict[str, Any], expected: tuple[str, str, object]) -> None:
    assert faults(**policy) == [expected]


def test_notices_need_no_limits() -> None:
    assert faults(limits="off", **supervised(shares=[], notice="mon at 09:00")) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"shares": [1, 0.8]}, "expected shares in ascending order, got [1.0, 0.8]"),
        ({"shares": [1, 1]}, "expected shares in ascending order, got [1.0, 1.0]"),
        ({"shares": [0]}, "expected a share of the time limit above 0 %, at most 1000 %, got 0.0"),
        ({"shares": [11]}, "expected a share of the time limit above 0 %, at most 1000 %, got 11.0"),
        ({"kappa": "5 %"}, "expected a share of at least 10 %, got 0.05"),
        ({"notice": "every 400 d at 09:00"}, "expected meetings such as every 14 d at 09:00 (at most 366 d)"),
        ({"raise_to": "quick"}, "Input should be 'urgent' or 'first'"),
    ],
)
def test_what_is_no_supervision(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        AtShares.model_validate(fields)
    assert message in str(caught.value)


def test_it_is_written_as_it_was_read() -> None:
    part = AtShares.model_validate({"shares": ["80 %", 1.25], "notice": "every 30 d at 09:00", "kappa": "80 %"})
    written = part.model_dump(mode="json")
    assert written["shares"] == [0.8, 1.25]
    assert (written["notice"], written["kappa"]) == ("every 30 d at 09:00", "80 %")
    assert Policy.model_validate({"supervision": written}).supervision == part
