"""Conduct: which chances and marks behaviour under measurement comes to, and that it is off unless asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world
from pydantic import ValidationError

import sim
from scenarios import scenario
from sim.engine.events import NEVER, Action, Level, Role, State
from sim.engine.make_plan import make_plan
from sim.engine.plan import Plan
from sim.engine.simulate import simulate
from sim.model.policies import Measured, Policy
from sim.study.replication import plan_of

H = 3600
TIERS: dict[str, Any] = {"community": {}, "street": {}, "departments": [{"id": "urban", "title": "u"}]}
LIMITS = {"urgent": "2 h", "hard": "10 h"}
URGENT = 0
GRID, COMMUNITY, STREET, DEPARTMENT = range(4)
CATEGORY = category(
    settled_by={"grid": "50 %", "community": "20 %", "street": "10 %", "department": "20 %"}, department="urban"
)
RULES: dict[str, Any] = {"tiers": TIERS, "limits": LIMITS}


def planned(**policy: Any) -> Plan:
    """The Plan of a small place under ``policy``."""
    spec = made_spec(policy.pop("category", CATEGORY))
    rules = Policy.model_validate({**RULES, **policy})
    return make_plan(made_world(line(4, 4)), made_demand(spec, {}), rules, period=PERIOD)


def measured(**ways: Any) -> dict[str, Any]:
    return {"conduct": {"kind": "measured", **ways}}


def handling(plan: Plan) -> np.ndarray:
    """The hops of the levels, from the grid up."""
    return plan["hops"][plan["stages"]["role"] == Role.HANDLE]


def chances(plan: Plan, look: int) -> tuple[State, list[tuple[int, int]]]:
    row = plan["looks"][look]
    return State(row["state"]), plan["buckets"][row["first_bucket"] :][: row["buckets"]].tolist()


def faults(**policy: Any) -> list[tuple[str, str, object]]:
    rules = Policy.model_validate({**RULES, **policy})
    found = rules.contradictions(made_spec(category() if "tiers" in policy else CATEGORY))
    return [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in found]


@pytest.mark.parametrize("policy", [{}, measured()], ids=["off", "measured, in no way"])
def test_everybody_is_honest_unless_told_otherwise(policy: dict[str, Any]) -> None:
    plan = planned(**policy)
    assert not len(plan["looks"])
    assert not len(plan["marks"])
    for name in ("decline", "feign"):
        assert set(plan["hops"][name]) == {NEVER}


def test_levels_feign_by_the_share_of_the_limit_used() -> None:
    used = [{"at": 0, "chance": "2 %"}, {"at": "90 %", "chance": "10 %"}]
    plan = planned(**measured(feign={"used": used, "strength": "50 %", "work": "4 min", "levels": ["grid", "street"]}))
    hops = handling(plan)
    assert (hops["feign"] != NEVER).tolist() == [True, False, True, False]
    assert chances(plan, hops["feign"][GRID]) == (State.LIMIT, [(0, 10_000), (900_000, 50_000)])
    assert hops["feign_work"].tolist() == [240, 0, 240, 0]
    assert set(hops["decline"]) == {NEVER}


def test_tiers_that_set_limits_of_their_own_are_pressed_earlier_the_lower_they_stand() -> None:
    used = [{"at": 0, "chance": 0}, {"at": "100 %", "chance": "10 %"}]
    plan = planned(**{"limits": {**LIMITS, "kappa": "50 %"}, **measured(feign={"used": used})})
    least = [chances(plan, look)[1][1][0] for look in handling(plan)["feign"]]
    assert least == [125_000, 250_000, 500_000, 1_000_000]


def test_gridworkers_pass_up_by_their_backlog() -> None:
    plan = planned(**measured(passing={"backlog": [{"at": 0, "chance": 0}, {"at": "4 h", "chance": "40 %"}]}))
    hops = handling(plan)
    assert chances(plan, hops["decline"][GRID]) == (State.BACKLOG, [(0, 0), (4 * H, 400_000)])
    assert hops["decline"][COMMUNITY:].tolist() == [NEVER] * 3
    assert hops["declined"][GRID] == 0


def test_cases_that_nobody_above_handles_are_not_passed_up() -> None:
    alone = category(settled_by={"grid": "100 %"})
    plan = planned(**{"category": alone, "tiers": {"departments": TIERS["departments"]}, **measured(passing={})})
    assert handling(plan)["decline"].tolist() == [NEVER, NEVER]


def test_departments_refuse_by_their_queue_and_return_what_they_refuse() -> None:
    plan = planned(**measured(refuse={"queue": [{"at": 3, "chance": "40 %"}], "strength": "25 %"}))
    hops = handling(plan)
    assert chances(plan, hops["decline"][DEPARTMENT]) == (State.QUEUE, [(3, 100_000)])
    assert hops["declined"].tolist() == [0, 0, 0, 1]


def test_gridworkers_keep_quiet_by_the_cases_that_wait_in_the_grid() -> None:
    plan = planned(
        **measured(suppress={"queue": [{"at": 0, "chance": 0}, {"at": 2, "chance": "80 %"}], "strength": "50 %"})
    )
    servers = plan["servers"]
    quiet = servers["suppress"] != NEVER
    assert quiet.tolist() == (servers["level"] == Level.GRID).tolist()
    assert chances(plan, servers["suppress"][quiet][0]) == (State.QUEUE, [(0, 0), (2, 400_000)])


def test_limits_are_put_off_and_cases_hung_at_shares_of_the_limit() -> None:
    ways = {"hang": {"at": "50 %", "chance": "30 %", "extension": 2}, "postpone": {"at": "90 %", "chance": 1}}
    plan = planned(**measured(**ways))
    marks = plan["marks"][: plan["limits"]["marks"][URGENT]]
    assert marks["action"].tolist() == [Action.HANG, Action.POSTPONE]
    assert marks["seconds"].tolist() == [H, 0.4 * 2 * H]
    assert marks["extension"].tolist() == [4 * H, 2 * H]
    assert chances(plan, marks["look"][0]) == (State.ALWAYS, [(0, 300_000)])
    assert marks["look"][1] == NEVER


def test_supervision_and_conduct_are_laid_in_one_order() -> None:
    rules = {"supervision": {"shares": ["80 %", "100 %"]}, **measured(hang={"at": "50 %"}, postpone={"at": "80 %"})}
    plan = planned(**rules)
    marks = plan["marks"][: plan["limits"]["marks"][URGENT]]
    assert marks["action"].tolist() == [Action.HANG, Action.SUPERVISE, Action.POSTPONE, Action.SUPERVISE]
    assert marks["seconds"].tolist() == [3600, 2160, 0, 1440]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            {"limits": "off", **measured(hang={})},
            ("policy.conduct.hang", "nothing, as there are no time limits in policy.limits", "at 0.8"),
        ),
        (
            {"limits": "off", **measured(postpone={})},
            ("policy.conduct.postpone", "nothing, as there are no time limits in policy.limits", "at 0.9"),
        ),
        (
            {"tiers": {}, **measured(passing={})},
            ("policy.conduct.passing", "nothing, as there is no tier above the grid", "a chance to pass cases up"),
        ),
        (
            {"tiers": {}, **measured(refuse={})},
            ("policy.conduct.refuse", "nothing, as there are no departments", "a chance to refuse cases"),
        ),
        (
            measured(feign={"used": [{"at": 0, "chance": 0}, {"at": 1, "chance": 1}]}),
            ("policy.conduct.feign.used.1.chance", "less than 100 %, or cases would be sent back for ever", 1.0),
        ),
        (
            measured(refuse={"queue": [{"at": 0, "chance": 1}]}),
            ("policy.conduct.refuse.queue.0.chance", "less than 100 %, or cases would be sent back for ever", 1.0),
        ),
    ],
)
def test_contradictions(policy: dict[str, Any], expected: tuple[str, str, object]) -> None:
    assert faults(**policy) == [expected]


def test_a_certain_chance_of_half_the_strength_has_an_end() -> None:
    assert faults(**measured(refuse={"queue": [{"at": 0, "chance": 1}], "strength": "50 %"})) == []


@pytest.mark.parametrize(
    ("ways", "message"),
    [
        (
            {"feign": {"used": [{"at": 1, "chance": 0}, {"at": 0, "chance": 0}]}},
            "expected steps in ascending order of at, each once",
        ),
        ({"passing": {"backlog": []}}, "at least 1 item"),
        ({"passing": {"backlog": [{"at": 4, "chance": 0}]}}, "unit missing: write 4 min, 4 h or 4 d"),
        ({"refuse": {"queue": [{"at": 0.5, "chance": 0}]}}, "Input should be a valid integer"),
        ({"feign": {"work": 0}}, "expected a duration of at least 1 s, got 0"),
        ({"feign": {"levels": ["district"]}}, "Input should be 'grid', 'community', 'street', 'department' or 'city'"),
        ({"hang": {"extension": 0}}, "expected a share of the time limit above 0 %, at most 1000 %, got 0.0"),
        ({"padding": {}}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_no_conduct(ways: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Measured.model_validate(ways)
    assert message in str(caught.value)


def test_it_is_written_as_it_was_read() -> None:
    part = Measured.model_validate({"feign": {}, "passing": {}, "refuse": {}, "hang": {}, "postpone": {}})
    assert Policy.model_validate({"conduct": part.model_dump(mode="json")}).conduct == part


PRESSED = """\
extends: street
name: pressed
period: {days: 40, warm_up: 10 d, history: 30 d}
policy:
  rounds: {admin: {share: 60 %}}
  limits: {kappa: 80 %}
  verification: {trace: 10 min, audits: {begin: "mon at 09:00", lasts: 2 d, field: 100 %, papers: 1 h}}
  supervision: {shares: [50 %, 100 %], raise_to: first, notice: "tue at 09:00", kappa: 90 %}
  conduct: {feign: {}, passing: {}, refuse: {queue: [{at: 1, chance: 60 %}]}, hang: {at: 20 %}, postpone: {at: 30 %}}
"""


def test_both_engines_agree_where_everything_is_on_and_everything_happens() -> None:
    pressed = scenario(PRESSED)
    pressed.check()
    log = simulate(plan_of(pressed, sim.build_world(pressed.world), 0), engine="both")
    courses = log.raw["courses"]
    for name in ("paused", "supervised", "postponed", "hangs", "declines", "feigned"):
        assert courses[name].any(), name
    assert (courses["supervised"] > 2).any()  # shares and notices
