"""Skills: what all-round gridworkers and specialists make of a Plan, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world

from sim.engine.check_log import check_log
from sim.engine.events import Level, Role
from sim.engine.make_plan import make_plan
from sim.engine.plan import MILLION, Plan
from sim.engine.simulate import simulate
from sim.model.policies import EqualSkills, Generalists, Policy, Specialists
from sim.model.policies.conformance import check_policy

SHARES = {"grid": "50 %", "community": "50 %"}
SPEC = made_spec(category("a", settled_by=SHARES), category("b"), category("c"), channels=("hotline",))
#: a community of two grids, another of one
WORLD = made_world(line(50, 50), line(30), streets=[0, 0])
ISSUES = [{"building": building, "category": row} for building in range(3) for row in range(3)]
POLICY: dict[str, Any] = {
    "tiers": {"community": {}},
    "zoning": {"kind": "by_households", "target": 50},
    "staffing": {"kind": "own_grids", "workers": {"c0": 4, "c1": 2}, "ownership": 0.9, "unfamiliar": 1.15},
}
SPLIT: dict[str, Any] = {"kind": "specialists", "split": [{"categories": ["a"], "weight": 2}, {"categories": ["b"]}]}


def planned(skills: object) -> Plan:
    policy = Policy.model_validate({**POLICY, "skills": skills})
    return make_plan(WORLD, made_demand(SPEC, *ISSUES), policy, period=PERIOD)


def test_equal_skills_are_the_default() -> None:
    plain, equal = planned("equal"), planned({"kind": "generalists"})
    assert Policy().skills == EqualSkills()
    assert all((plain[name] == equal[name]).all() for name in (*plain.tables, *plain.arrays))


def test_generalists_are_slower_at_the_grid_and_settle_more_there() -> None:
    plain = planned("equal")
    plan = planned({"kind": "generalists", "slowdown": {"b": 1.3}, "scope": {"a": "10 %"}})
    assert plan["work"][:, Level.GRID].tolist() == [600, 780, 600] * 3
    assert (plan["work"][:, 1:] == plain["work"][:, 1:]).all()
    grid = int(np.flatnonzero((plan["stages"]["role"] == Role.HANDLE) & (plan["stages"]["level"] == Level.GRID))[0])
    assert plan["hops"]["capability"].reshape(-1, 3)[grid].tolist() == [600_000, MILLION, MILLION]


def test_specialists_have_queues_of_their_own_on_every_grid() -> None:
    plan, plain = planned(SPLIT), planned("equal")
    assert len(plan["queues"]) == len(plain["queues"]) + 2 * 3
    assert plan["queues"]["level"][-6:].tolist() == [Level.GRID] * 6
    assert plan["queues"]["unit"][-6:].tolist() == [0, 1, 2] * 2
    first = len(plain["queues"])
    assert plan["route"][:, Level.GRID].tolist() == [
        first, first + 3, 0,
        first + 1, first + 4, 1,
        first + 2, first + 5, 2,
    ]  # fmt: skip


def test_specialists_serve_their_discipline_all_over_the_community_and_the_rest_as_before() -> None:
    plan = planned(SPLIT)
    first = len(planned("equal")["queues"])
    links = plan["server_links"]
    by_queue = [sorted(links["server"][links["queue"] == queue].tolist()) for queue in range(first, first + 6)]
    assert by_queue[0] == by_queue[1]  # both grids of the first community
    assert set(by_queue[0]) | set(by_queue[3]) | set(by_queue[2]) | set(by_queue[5]) == set(range(6))
    assert not set(by_queue[0]) & set(by_queue[3])
    assert [len(servers) for servers in by_queue] == [3, 3, 1, 1, 1, 1]
    plain = planned("equal")["server_links"]
    assert (links[links["queue"] < 3][["server", "queue"]] == plain[plain["queue"] < 3][["server", "queue"]]).all()
    home = {(int(row["server"]), int(row["queue"])) for row in plain if row["queue"] < 3}
    for row in links[links["queue"] >= first]:
        own = (int(row["server"]), (int(row["queue"]) - first) % 3) in home
        assert row["work_factor"] == (900_000 if own else 1_150_000)


def test_engines_agree_on_specialists() -> None:
    issues = [
        {"building": row % 3, "category": row % 3, "difficulty": 1 + 90_000 * (row % 11), "report": 3600 * row}
        for row in range(60)
    ]
    policy = Policy.model_validate({**POLICY, "skills": SPLIT})
    plan = make_plan(WORLD, made_demand(SPEC, *issues), policy, period=PERIOD)
    check_log(simulate(plan, engine="both", events=True))


@pytest.mark.parametrize("skills", [EqualSkills(), Generalists.model_validate({"slowdown": {"dispute": 1.3}}), Specialists.model_validate({"split": SPLIT["split"]})], ids=lambda part: part.kind)  # fmt: skip
def test_every_kind_is_a_sound_part(skills: EqualSkills | Generalists | Specialists) -> None:
    check_policy(skills)


def test_communities_need_a_gridworker_for_each_discipline() -> None:
    policy = Policy.model_validate({**POLICY, "staffing": {"workers": {"c0": 2, "c1": 1}}, "skills": SPLIT})
    (fault,) = policy.misfits(WORLD, SPEC)
    assert fault.where == ("policy", "skills", "split", 1)
    assert fault.expected == "gridworkers enough for 2 disciplines in each community (see policy.staffing.workers)"
    assert fault.got == "nobody in community c1"


@pytest.mark.parametrize(
    ("skills", "expected"),
    [
        (
            {"kind": "generalists", "slowdown": {"d": 1.3}},
            ("slowdown.d", "one of the categories a, b, c", "d"),
        ),
        (
            {"kind": "generalists", "scope": {"a": "60 %"}},
            ("scope.a", "at most 50 %, as the grid settles the others anyway", "60 %"),
        ),
        (
            {"kind": "specialists", "split": [{"categories": ["a"]}, {"categories": ["b", "a"]}]},
            ("split.1.categories.1", "a category of no other discipline", "a"),
        ),
        (
            {"kind": "specialists", "split": [{"categories": ["a"]}, {"categories": ["d"]}]},
            ("split.1.categories.0", "one of the categories a, b, c", "d"),
        ),
    ],
    ids=["slowdown", "scope", "twice", "unknown"],
)
def test_what_cannot_be_is_refused(skills: dict[str, Any], expected: tuple[str, ...]) -> None:
    policy = Policy.model_validate({**POLICY, "skills": skills})
    found = [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in policy.contradictions(SPEC)]
    place, text, got = expected
    assert found == [(f"policy.skills.{place}", text, got)]


def test_successors_take_on_the_discipline_of_those_who_leave() -> None:
    turnover = {"per_year": "100 %", "gap": "2 d"}
    staffing = {**POLICY["staffing"], "shift": "daily 08:00-20:00", "turnover": turnover}
    period = PERIOD.model_copy(update={"days": 120})
    demand = made_demand(SPEC, *ISSUES, period=period)
    plan = make_plan(
        WORLD, demand, Policy.model_validate({**POLICY, "staffing": staffing, "skills": SPLIT}), period=period
    )
    successions, links = plan.labels["successions"], plan["server_links"]
    assert isinstance(successions, list)
    assert successions
    for worker, successor, _, _ in successions:
        served = [set(links["queue"][links["server"] == server].tolist()) for server in (worker, successor)]
        assert served[0] == served[1]
