"""The days of gridworkers in the Plan: visits, patrol legs, admin and absences, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_worlds import PERIOD, Place, category, line, made_demand, made_spec, made_world

from sim.engine.events import NEVER
from sim.engine.make_plan import make_plan
from sim.engine.make_plan.days import patrol_tours, visit_tours
from sim.engine.plan import DAY, Plan
from sim.model.period import PeriodSpec
from sim.model.policies import Day, NoRounds, Policy
from sim.model.policies.staff import Staff
from sim.model.world import World

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
SECONDS = 27_000  # of a shift: 7.5 h
SPEC = made_spec(category())


def plan_of(
    rounds: dict[str, Any] | str, *places: list[Place], period: PeriodSpec = PERIOD, **staffing: object
) -> Plan:
    policy = {"staffing": {"kind": "own_grids", "shift": OFFICE, **staffing}, "rounds": rounds}
    return make_plan(
        made_world(*places), made_demand(SPEC, period=period), Policy.model_validate(policy), period=period
    )


def legs_of(plan: Plan) -> list[tuple[list[int], int]]:
    """The buildings and the seconds of each leg."""
    stops = plan["stops"]["building"]
    return [(stops[first : first + count].tolist(), seconds) for first, count, seconds in plan["legs"].tolist()]


def patrol(quota: str = "2 h", **fields: object) -> dict[str, Any]:
    """Rounds of patrol alone, at a metre a second."""
    return {"patrol": {"quota": quota, "pace": "1 m/s", "leg": "10 min", **fields}}


def test_without_rounds_there_is_nothing_but_cases() -> None:
    plan = plan_of("off", line(10, 10))
    assert [len(plan[name]) for name in ("homes", "legs", "stops", "absences", "admin")] == [0] * 5
    row = plan["servers"][0]
    assert (row["admin"], row["visit_quota"], row["patrol_quota"]) == (NEVER, 0, 0)


def test_visits_go_from_household_to_household() -> None:
    plan = plan_of({"visits": {"quota": 4, "answered": "20 min", "unanswered": "3 min"}}, [*line(2, 3), (50, 50, 0)])
    assert plan["homes"].tolist() == [(0, 1), (0, 2), (1, 1), (1, 2), (1, 3)]
    row = plan["servers"][0]
    assert (row["first_home"], row["homes"], row["visit_quota"]) == (0, 5, 4)
    assert (row["visit_answered"], row["visit_unanswered"]) == (1200, 180)
    assert 0 <= row["home_offset"] < 5


def test_each_worker_visits_the_own_households() -> None:
    plan = plan_of({"visits": {"quota": 4}}, line(20, 30), line(40), workers=2)
    assert plan["servers"][["first_home", "homes"]].tolist() == [(0, 50), (50, 40)]
    assert set(plan["homes"]["building"][50:]) == {2}


def test_worker_without_households_has_no_visits_to_make() -> None:
    plan = plan_of({"visits": {"quota": 4}, "patrol": {"quota": "1 h"}}, line(20), line(0), workers=2)
    assert plan["servers"]["visit_quota"].tolist() == [4, 0]
    assert plan["servers"]["patrol_quota"].tolist() == [3600, 3600]


def test_round_of_patrol_is_cut_where_the_next_stop_does_not_fit() -> None:
    # six buildings 250 m apart, at 1 m/s: 250 s each, and 1250 m back, counted as a whole leg of 600 s
    plan = plan_of(patrol(), line(*[10] * 6, apart=250))
    assert legs_of(plan) == [([0, 1], 500), ([2, 3], 500), ([4], 250), ([5], 600)]
    row = plan["servers"][0]
    assert (row["first_leg"], row["legs"], row["patrol_quota"]) == (0, 4, 7200)


def test_round_that_fits_into_one_leg_takes_a_whole_one() -> None:
    assert legs_of(plan_of(patrol(), line(10, 10, 10, apart=50))) == [([0, 1, 2], 600)]
    assert legs_of(plan_of(patrol(), line(10))) == [([0], 600)]


def test_ways_are_walked_along_the_streets_at_the_pace() -> None:
    plan = plan_of(patrol(pace="0.5 m/s"), [(0, 0, 10), (100, 0, 10), (100, 100, 10)])
    # 100 m, 100 m and 200 m back, at 2 s a metre
    assert legs_of(plan) == [([0, 1], 400), ([2], 400)]


@pytest.mark.parametrize(("dedicated", "stops"), [(True, [0, 2, 1]), (False, [0, 1])])
def test_dedicated_places_may_be_on_the_round(dedicated: bool, stops: list[int]) -> None:
    plan = plan_of(patrol(leg="1 h", dedicated=dedicated), [*line(10, 10), (10, 10, 0)])
    assert plan["stops"]["building"].tolist() == stops


def test_several_workers_may_walk_the_same_round() -> None:
    plan = plan_of({"visits": {"quota": 4}, **patrol()}, line(200), workers=3)
    assert set(plan["servers"]["first_home"].tolist()) == {0}
    assert set(plan["servers"]["homes"].tolist()) == {200}
    assert set(plan["servers"]["legs"].tolist()) == {1}
    assert len(set(plan["servers"]["home_offset"].tolist())) > 1


def test_floaters_walk_no_rounds() -> None:
    plan = plan_of({"visits": {"quota": 4}, **patrol()}, line(20, 20), workers=2, kind="street_float", floaters="50 %")
    assert plan["servers"]["visit_quota"].tolist() == [4, 0]
    assert plan["servers"]["patrol_quota"].tolist() == [7200, 0]


def test_admin_comes_in_on_working_days() -> None:
    plan = plan_of({"admin": {"share": "40 %", "piece": "20 min"}}, line(10), line(10), workers=2)
    # 2021-01-01 is a holiday, the 2nd and 3rd and the 9th and 10th are weekends
    working = [0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1]
    assert plan["admin"].tolist() == [[int(0.4 * SECONDS) * on for on in working]] * 2
    assert plan["servers"]["admin"].tolist() == [0, 1]
    assert set(plan["servers"]["admin_piece"].tolist()) == {1200}


def test_admin_varies_by_community_and_day_around_its_mean() -> None:
    period = PeriodSpec(days=365)
    plan = plan_of(
        {"admin": {"share": "40 %", "cv": 0.3}}, line(10), line(10), workers={"c0": 2, "c1": 1}, period=period
    )
    first, colleague, other = plan["admin"]
    assert (first == colleague).all()
    assert (first != other).sum() > 200
    assert first[first > 0].mean() == pytest.approx(0.4 * SECONDS, rel=0.06)


def test_absences_are_whole_days_as_chance_has_it() -> None:
    period = PeriodSpec(days=365)
    plan = plan_of("off", line(*[10] * 20), workers=20, absence="10 %", period=period)
    absences, servers = plan["absences"], plan["servers"]
    assert (absences["end"] - absences["start"] == DAY).all()
    assert (absences["start"] % DAY == 0).all()
    assert servers["absences"].sum() == len(absences) == pytest.approx(0.1 * 365 * 20, rel=0.12)
    for first, count in servers[["first_absence", "absences"]].tolist():
        assert (np.diff(absences["start"][first : first + count]) > 0).all()


def test_more_absence_only_adds_days() -> None:
    days = {
        absence: set(plan_of("off", line(10), absence=absence)["absences"]["start"].tolist()) for absence in (0.1, 0.4)
    }
    assert days[0.1] < days[0.4]


def test_another_colleague_leaves_the_days_of_the_others() -> None:
    communities = (line(10, 10), line(10, 10))
    fewer = plan_of("off", *communities, workers={"c0": 1, "c1": 1}, absence="30 %")
    more = plan_of("off", *communities, workers={"c0": 2, "c1": 1}, absence="30 %")

    def days(plan: Plan, server: int) -> list[int]:
        row = plan["servers"][server]
        return plan["absences"]["start"][row["first_absence"] : row["first_absence"] + row["absences"]].tolist()

    assert days(fewer, 0) == days(more, 0)
    assert days(fewer, 1) == days(more, 2)


class MoreVisitsInTheFirst(NoRounds):
    """A part of a user's own, with a quota for each worker."""

    def day(self, world: World, staff: Staff) -> Day:
        return Day(visits=np.where(staff.grid == 0, 6, 2), admin_share=np.where(staff.grid == 0, 0, 100_000))


def test_rounds_of_a_users_own_may_differ_by_worker() -> None:
    policy = Policy.model_validate(
        {"staffing": {"kind": "own_grids", "workers": 2, "shift": OFFICE}, "rounds": MoreVisitsInTheFirst()}
    )
    plan = make_plan(made_world(line(10), line(10)), made_demand(SPEC), policy, period=PERIOD)
    assert plan["servers"]["visit_quota"].tolist() == [6, 2]
    assert plan["admin"].max(axis=1).tolist() == [0, SECONDS // 10]


places = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 5)), min_size=1, max_size=12)


@given(st.lists(places, min_size=1, max_size=4), st.integers(60, 3000), st.integers(100, 2000))
@settings(max_examples=60)
def test_legs_pass_every_stop_once_and_never_last_too_long(rounds: list[list[Place]], leg: int, pace: int) -> None:
    world = made_world([(x, y, homes + 1) for round in rounds for x, y, homes in round])
    ends = np.cumsum([len(round) for round in rounds])
    buildings = np.split(np.arange(ends[-1]), ends[:-1])
    tours = patrol_tours(world, buildings, Day(leg=leg, pace=pace))
    legs, stops = tours.tables["legs"], tours.tables["stops"]
    assert stops["building"].tolist() == list(range(ends[-1]))
    assert (legs["first_stop"] == np.cumsum(legs["stops"]) - legs["stops"]).all()
    assert legs["stops"].min() >= 1
    assert 1 <= legs["seconds"].min() <= legs["seconds"].max() <= leg
    owner = np.repeat(np.arange(len(rounds)), tours.counts)
    assert (np.bincount(owner, legs["stops"]) == [len(round) for round in rounds]).all()
    visits = visit_tours(world, buildings)
    assert visits.counts.tolist() == [sum(homes + 1 for _, _, homes in round) for round in rounds]
