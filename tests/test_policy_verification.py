"""Verification: audits at set times, and the work of leaving a trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world
from pydantic import ValidationError

from sim.engine.events import NEVER, Role, State
from sim.engine.make_plan import make_plan
from sim.engine.plan import Plan
from sim.model.policies import Policy, Sampled

H = 3600
OFFICE = "weekdays 08:00-12:00 14:00-18:00"
TIERS: dict[str, Any] = {"office_shift": OFFICE, "community": {}}
DAILY: dict[str, Any] = {"staffing": {"shift": OFFICE, "workers": 2}, "rounds": {"admin": {"share": "50 %"}}}
MONDAYS = {"begin": "mon at 09:00", "lasts": "2 d"}  # 4 and 11 January


def planned(*others: str, **policy: Any) -> Plan:
    """The Plan of a small place under ``policy``, with the category a and ``others``."""
    spec = made_spec(*(category(id, settled_by={"grid": "50 %", "community": "50 %"}) for id in ("a", *others)))
    rules = Policy.model_validate({"tiers": TIERS, **policy})
    return make_plan(made_world(line(4, 4)), made_demand(spec, {}), rules, period=PERIOD)


def sampled(**fields: Any) -> dict[str, Any]:
    return {"verification": {"kind": "sampled", **fields}}


def faults(**policy: Any) -> list[tuple[str, str, object]]:
    found = Policy.model_validate({"tiers": TIERS, **policy}).contradictions(made_spec(category()))
    return [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in found]


def test_without_audits_the_share_of_field_checks_is_always_the_same() -> None:
    plan = planned(**sampled(field="30 %"))
    assert plan["categories"]["field_look"].tolist() == [NEVER]
    assert not len(plan["looks"])


def test_audits_look_in_the_field_from_when_they_begin_for_as_long_as_they_last() -> None:
    plan = planned(**sampled(field="30 %", audits={**MONDAYS, "field": "100 %"}))
    look = plan["looks"][plan["categories"]["field_look"][0]]
    assert look["state"] == State.SINCE
    assert plan["buckets"].tolist() == [(0, 1_000_000), (2 * 86400, 300_000)]
    row = plan["calendars"][look["calendar"]]
    begins = plan["shifts"]["start"][row["first"] :][:2]
    assert (begins + 1).tolist() == [3 * 86400 + 9 * H, 10 * 86400 + 9 * H]


def test_audits_on_paper_are_admin_on_the_working_days_while_they_last() -> None:
    usual = planned(**DAILY, **sampled())
    audited = planned(**DAILY, **sampled(audits={**MONDAYS, "papers": "1 h"}))
    more = audited["admin"] - usual["admin"]
    assert [sorted(set(row)) for row in more] == [[0, H], [0, H]]
    assert np.flatnonzero(more[0]).tolist() == [3, 4, 5, 10, 11, 12]  # from Monday to Wednesday at 09:00
    assert not len(audited["looks"])


def test_audits_on_paper_are_not_written_on_days_without_a_shift() -> None:
    audited = planned(**DAILY, **sampled(audits={"begin": "thu at 09:00", "lasts": "4 d", "papers": "1 h"}))
    usual = planned(**DAILY, **sampled())
    # 7 January is a Thursday; its audit ends on Monday morning, and the weekend is free; 14 January is the next
    assert np.flatnonzero((audited["admin"] - usual["admin"])[0]).tolist() == [6, 7, 10, 13]


def test_audits_bring_admin_to_those_who_have_none() -> None:
    plan = planned(**{**DAILY, "rounds": {}}, **sampled(audits={**MONDAYS, "papers": "1 h"}))
    assert plan["admin"].sum() == 2 * 6 * H
    assert plan["servers"]["admin"][:2].tolist() == [0, 1]


def test_a_trace_is_left_at_every_level_of_what_is_settled() -> None:
    usual, traced = planned(), planned(verification={"trace": "10 min"})
    assert set((traced["work"] - usual["work"]).ravel()) == {600}
    assert (traced["hops"]["triage"] == usual["hops"]["triage"]).all()


def test_a_trace_is_left_of_what_is_only_pretended_too() -> None:
    plan = planned(verification={"trace": "10 min"}, conduct={"feign": {"work": "5 min"}})
    handling = plan["hops"][plan["stages"]["role"] == Role.HANDLE]
    assert set(handling["feign_work"]) == {900}


@pytest.mark.parametrize("kind", ["none", "sampled"])
def test_a_category_may_fail_more_often_than_the_others(kind: str) -> None:
    terms = {"kind": kind, "failure": "10 %", "failures": {"b": "100 %", "c": 0}}
    plan = planned("b", "c", verification=terms)
    assert plan["categories"]["failure"].tolist() == [100_000, 1_000_000, 0]
    same = planned("b", "c", verification={"kind": kind, "failure": "10 %"})
    assert same["categories"]["failure"].tolist() == [100_000] * 3
    others = [name for name in plan["categories"].dtype.names or () if name != "failure"]
    assert (plan["categories"][others] == same["categories"][others]).all()


NO_END = "less than 100 %, or checks would send cases back for ever"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            {"tiers": {}, **sampled(field=1, audits={**MONDAYS, "field": "50 %"})},
            (
                "policy.verification.audits.field",
                "100 %, as there is no street or community to check papers",
                0.5,
            ),
        ),
        (
            sampled(audits={**MONDAYS, "papers": "1 h"}),
            (
                "policy.verification.audits.papers",
                "0, as gridworkers do nothing but cases (policy.rounds is off)",
                "1 h",
            ),
        ),
        (
            sampled(failure=1, field_detect=1, audits={**MONDAYS, "field": 1}),
            ("policy.verification.failure", NO_END, 1.0),
        ),
        (
            sampled(failures={"a": 1}, paper_detect=1),
            ("policy.verification.failures.a", NO_END, 1.0),
        ),
        (
            sampled(failures={"waste": "10 %"}),
            ("policy.verification.failures.waste", "one of the categories a", "waste"),
        ),
        (
            {"verification": {"failures": {"waste": "10 %"}}},
            ("policy.verification.failures.waste", "one of the categories a", "waste"),
        ),
    ],
)
def test_contradictions(policy: dict[str, Any], expected: tuple[str, str, object]) -> None:
    assert faults(**{"rounds": "off", **policy}) == [expected]


def test_what_can_never_be_done_may_be_demanded_where_no_check_finds_out_for_certain() -> None:
    half = {"field": "50 %", "field_detect": "90 %", "paper_detect": "20 %"}
    assert faults(rounds="off", **sampled(failures={"a": 1}, **half)) == []
    assert faults(rounds="off", verification={"failures": {"a": 1}}) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"trace": "9 h"}, "expected a duration of at most 8 h, got 9 h"),
        ({"failures": {"a": "120 %"}}, "expected a share"),
        ({"audits": {}}, "Field required"),
        ({"audits": {"begin": "monthly"}}, "expected meetings such as every 14 d at 09:00 (at most 366 d)"),
        ({"audits": {**MONDAYS, "lasts": 0}}, "expected a duration of at least 1 s, got 0"),
    ],
)
def test_what_is_no_verification(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Sampled.model_validate(fields)
    assert message in str(caught.value)


def test_it_is_written_as_it_was_read() -> None:
    audits = {**MONDAYS, "field": "80 %", "papers": "30 min"}
    part = Sampled.model_validate({"trace": "10 min", "failures": {"a": "30 %"}, "audits": audits})
    assert Policy.model_validate({"verification": part.model_dump(mode="json")}).verification == part
