"""Reinforcement: what waves of helpers are in the Plan, worked out by hand, and what contradicts in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world
from pydantic import ValidationError

from sim.engine.check_log import check_log
from sim.engine.events import NEVER, Level
from sim.engine.make_plan import make_plan
from sim.engine.plan import DAY, Plan
from sim.engine.simulate import simulate
from sim.model.policies import Policy
from sim.model.policies.conformance import check_policy

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
SPEC = made_spec(category())
WORLD = made_world(line(2, 3), line(4, 1), streets=[0, 1])
STAFF = {"kind": "own_grids", "workers": 2, "shift": OFFICE}
ROUND_THE_CLOCK = [(day * DAY, (day + 1) * DAY) for day in range(3)]


def wave(**fields: object) -> dict[str, Any]:
    return {"id": "teams", "handles": ["grid"], **fields}


def policy_of(*waves: dict[str, Any], **levers: Any) -> dict[str, Any]:
    reinforcement = {"kind": "waves", "waves": list(waves)} if waves else "off"
    return {"staffing": STAFF, "reinforcement": reinforcement, **levers}


def plan_of(*waves: dict[str, Any], **levers: Any) -> Plan:
    policy = Policy.model_validate(policy_of(*waves, **levers))
    return make_plan(WORLD, made_demand(SPEC, *[{"building": b, "onset": 0} for b in range(4)]), policy, period=PERIOD)


def helpers(plan: Plan) -> np.ndarray:
    return plan["servers"][plan["servers"]["level"] == Level.NEIGHBOURHOOD]


def away(plan: Plan, helper: int) -> list[tuple[float, float]]:
    """The days, from and to, on which a helper is away."""
    row = helpers(plan)[helper]
    rows = plan["absences"][row["first_absence"] : row["first_absence"] + row["absences"]]
    return [(start / DAY, end / DAY) for start, end in rows.tolist()]


def links(plan: Plan, helper: int) -> list[tuple[int, ...]]:
    row = helpers(plan)[helper]
    return [link[1:] for link in plan["server_links"][row["first_link"] : row["first_link"] + row["links"]].tolist()]


def test_off_changes_nothing() -> None:
    plain = Policy.model_validate({"staffing": STAFF})
    assert plain == Policy.model_validate(policy_of())
    assert len(helpers(plan_of())) == 0
    assert plan_of().labels["groups"] == []


def test_helpers_come_behind_all_others_and_change_none_of_them() -> None:
    before, after = plan_of(), plan_of(wave(visits={"quota": 3}), rounds={"kind": "daily", "visits": {"quota": 2}})
    plain = plan_of(rounds={"kind": "daily", "visits": {"quota": 2}})
    assert len(after["servers"]) == len(before["servers"]) + 2
    own = [name for name in plain["servers"].dtype.names or () if name != "component"]
    assert (after["servers"][own][:2] == plain["servers"][own]).all()
    assert (after["homes"][: len(plain["homes"])] == plain["homes"]).all()


def test_each_unit_has_so_many_and_they_serve_its_grids_after_the_own_gridworker() -> None:
    plan = plan_of(wave(servers=2, skill="70 %", speed="4.5 km/h", unfamiliar=1.2))
    assert helpers(plan)["unit"].tolist() == [0, 0, 1, 1]
    assert set(helpers(plan)["skill"].tolist()) == {700_000}
    assert set(helpers(plan)["speed"].tolist()) == {1250}
    assert [links(plan, k) for k in range(4)] == [[(0, 1, 1_200_000, 1_200_000)]] * 2 + [
        [(1, 1, 1_200_000, 1_200_000)]
    ] * 2
    assert plan.labels["groups"] == [{"id": "wave.teams", "first_server": 2, "servers": 4, "persons": 1}]


@pytest.mark.parametrize(("per", "queues"), [("grid", [[0], [1]]), ("street", [[0], [1]]), ("district", [[0, 1]])])
def test_a_wave_may_be_of_any_unit(per: str, queues: list[list[int]]) -> None:
    plan = plan_of(wave(per=per))
    assert [[queue for queue, *_ in links(plan, k)] for k in range(len(helpers(plan)))] == queues


def test_they_are_there_from_lag_and_ramp_on_until_the_wave_is_over() -> None:
    plan = plan_of(wave(start="2 d", days=8, lag="1 d", ramp="4 d", servers=2))
    assert away(plan, 0) == [(0, 3), (10, 15)]
    assert away(plan, 1) == [(0, 5), (10, 15)]
    assert away(plan, 2) == away(plan, 0)


def test_a_wave_without_an_end_stays() -> None:
    assert away(plan_of(wave(start="2021-01-03")), 0) == [(0, 2)]
    assert away(plan_of(wave()), 0) == []


def test_who_works_one_day_in_so_many_takes_turns() -> None:
    plan = plan_of(wave(every="7 d", servers=1))
    assert away(plan, 0) == [(1, 7), (8, 14)]
    assert away(plan, 1) == [(0, 3), (4, 10), (11, 15)]


def test_they_work_round_the_clock_unless_their_shift_says_otherwise() -> None:
    plan = plan_of(wave())
    first = plan["calendars"][helpers(plan)["calendar"][0]]["first"]
    assert plan["shifts"][first : first + 3].tolist() == ROUND_THE_CLOCK


def test_visitors_go_to_all_households_of_the_unit_and_begin_at_different_ones() -> None:
    plan = plan_of(wave(handles=[], servers=2, visits={"quota": 5, "answered": "30 min", "unanswered": "2 min"}))
    rows = helpers(plan)
    assert plan["homes"].tolist() == [(0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1)]
    assert rows["first_home"].tolist() == [0, 0, 5, 5]
    assert rows["homes"].tolist() == [5] * 4
    assert rows["home_offset"].tolist() == [0, 2, 0, 2]
    assert set(rows[["visit_quota", "visit_answered", "visit_unanswered"]].tolist()) == {(5, 1800, 120)}
    assert set(rows["links"].tolist()) == {0}
    assert set(rows["find_class"].tolist()) == {NEVER}


def test_what_is_found_may_be_served_as_urgent() -> None:
    plan = plan_of(wave(handles=[], visits={"quota": 5, "finds": "urgent"}))
    assert set(helpers(plan)["find_class"].tolist()) == {0}


def test_two_waves_are_counted_one_after_the_other() -> None:
    plan = plan_of(wave(servers=2, persons=3), wave(id="visitors", per="street", visits={"quota": 1}))
    assert plan.labels["groups"] == [
        {"id": "wave.teams", "first_server": 2, "servers": 4, "persons": 3},
        {"id": "wave.visitors", "first_server": 6, "servers": 2, "persons": 1},
    ]
    assert helpers(plan)["visit_quota"].tolist() == [0] * 4 + [1] * 2


def test_a_wave_runs_on_both_engines() -> None:
    waves = [wave(servers=2, start="3 d", days=5), wave(id="visitors", visits={"quota": 4, "finds": "urgent"})]
    check_log(simulate(plan_of(*waves), engine="both", events=True))


def test_the_part_keeps_what_parts_must_keep() -> None:
    waves = [wave(start="2021-01-05", visits={"quota": 4}), wave(id="b", start="3 d", every="7 d")]
    check_policy(Policy.model_validate(policy_of(*waves)).reinforcement)


@pytest.mark.parametrize(
    ("fields", "where", "expected", "got"),
    [
        (
            {"shift": "always"},
            "shift",
            "a shift such as daily 00:00-24:00, as helpers come and go with their shifts",
            "always",
        ),
        ({"handles": []}, "handles", "a tier whose cases they take on, or visits: they would have nothing to do", []),
        ({"handles": ["grid", "street"]}, "handles.1", "one of the tiers grid", "street"),
        ({"handles": ["grid", "grid"]}, "handles.1", "each tier once", "grid"),
        ({"every": 0}, "every", "at least 1 d", "0 d"),
        ({"days": 3, "lag": "3 d"}, "days", "more than the lag of 3 d, or nobody would ever come", 3),
    ],
)
def test_contradictions(fields: dict[str, Any], where: str, expected: str, got: object) -> None:
    faults = Policy.model_validate(policy_of(wave(**fields))).contradictions(SPEC)
    assert [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in faults] == [
        (f"policy.reinforcement.waves.0.{where}", expected, got)
    ]


def test_ids_are_used_once() -> None:
    (fault,) = Policy.model_validate(policy_of(wave(), wave())).contradictions(SPEC)
    assert (fault.where, fault.expected) == (("policy", "reinforcement", "waves", 1, "id"), "an id of its own")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lag": "12 h"}, "expected whole days, such as 7 d"),
        ({"start": "1.5 d"}, "whole days from the start of the period such as 90 d, got '1.5 d'"),
        ({"skill": 0}, "expected more than 0, got 0"),
        ({"handles": ["city"]}, "Input should be 'grid', 'community' or 'street'"),
        ({"visits": {"quota": 0}}, "greater than or equal to 1"),
        ({"servers": 1001}, "less than or equal to 1000"),
    ],
)
def test_what_cannot_be_written(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        Policy.model_validate(policy_of(wave(**fields)))
    assert message in str(error.value)
