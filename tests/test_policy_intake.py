"""Intake: platforms, cameras, counters and errors of triage — what they make of the reports of a Plan, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world

from sim.engine.check_log import check_log
from sim.engine.events import NEVER
from sim.engine.make_plan import make_plan
from sim.engine.make_plan.intake import received
from sim.engine.plan import Plan
from sim.engine.simulate import simulate
from sim.model.demand import Demand
from sim.model.policies import ByTable, Policy

DAY = 86_400
OFFICE = "weekdays 08:30-12:00 14:00-18:00"
SHARES = {"grid": "50 %", "community": "20 %", "street": "10 %", "department": "20 %"}
SPEC = made_spec(
    category("a", settled_by=SHARES, department="urban"),
    category("b"),
    channels=("hotline", "walk_in"),
)
TIERS: dict[str, Any] = {
    "office_shift": OFFICE,
    "desk": {"shift": "always"},
    "community": {},
    "street": {},
    "departments": [{"id": "urban", "title": "u"}],
}
WORLD = made_world(line(50, 50), line(30))
MANY = 4000


def many(**issue: int) -> Demand:
    """As many alike issues as are needed to see a share, each with a luck of its own."""
    demand = made_demand(SPEC, *[{"onset": 0, "building": row % 3, **issue} for row in range(MANY)])
    issues = demand.issues.copy()
    issues["luck"] = np.arange(MANY, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return replace(demand, issues=issues)


def planned(demand: Demand, **policy: Any) -> Plan:
    rules = {"tiers": TIERS, "staffing": {"workers": 3, "shift": OFFICE}, **policy}
    return make_plan(WORLD, demand, Policy.model_validate(rules), period=PERIOD)


def channels(**fields: Any) -> dict[str, Any]:
    return {"hotline": "district", "walk_in": "community", **fields}


def targets(plan: Plan) -> list[tuple[str, float]]:
    """To which level desks pass reports, and what share of them, to the nearest 5 %."""
    level = plan["stages"]["level"][plan["issues"]["report_target"]]
    names = ("grid", "community", "street", "department")
    return [
        (name, round(20 * float((level == row).mean())) / 20) for row, name in enumerate(names) if (level == row).any()
    ]


def test_nothing_said_changes_nothing() -> None:
    demand = many(duplicate=DAY)
    assert received(demand, ByTable()) is demand


def test_integrated_platforms_report_nothing_twice() -> None:
    kept = [
        planned(many(duplicate=DAY), channels=channels(platforms={"integrated": share}))["issues"]["duplicate"] >= 0
        for share in ("0 %", "29 %", "60 %", "100 %")
    ]
    assert [round(float(some.mean()), 2) for some in kept] == pytest.approx([1, 0.71, 0.4, 0], abs=0.02)
    assert all((more <= fewer).all() for fewer, more in pairwise(kept))


def test_what_is_not_integrated_is_entered_by_hand_the_day_after() -> None:
    demand = many(duplicate=3 * DAY + 5)
    plan = planned(demand, channels=channels(platforms={"reentry": "8 min"}), rounds={"kind": "daily"})
    by_day = plan["admin"].sum(axis=0)
    assert by_day[4] == MANY * 480
    assert by_day.sum() == by_day[4]
    of_worker = (
        plan["admin"].sum(axis=1) / by_day.sum()
    )  # the second community has one worker, and a third of the issues
    assert of_worker.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3], abs=0.02)
    gone = planned(
        many(duplicate=3 * DAY, clear=2 * DAY), channels=channels(platforms={"reentry": "8 min"}), rounds="daily"
    )
    assert gone["admin"].sum() == 0


def test_entering_comes_on_top_of_other_admin() -> None:
    rounds = {"kind": "daily", "admin": {"share": "35 %"}}
    without = planned(many(duplicate=3 * DAY), rounds=rounds, channels=channels())
    with_it = planned(many(duplicate=3 * DAY), rounds=rounds, channels=channels(platforms={"reentry": "8 min"}))
    assert (with_it["admin"] - without["admin"]).sum() == MANY * 480


def test_counters_take_reports_from_the_desk() -> None:
    plan = planned(many(), channels=channels(counters={"share": "30 %"}))
    moved = plan["issues"]["channel"] == [channel.id for channel in SPEC.all_channels].index("walk_in")
    assert moved.mean() == pytest.approx(0.3, abs=0.02)
    level = plan["stages"]["level"][plan["issues"]["report_stage"]]
    assert set(level[moved]) == {1}
    assert set(level[~moved]) == {5}


def test_cameras_report_what_they_see_in_shared_space_before_others_do() -> None:
    cameras = {"integrated": "50 %", "sees": {"a": "60 %"}, "delay": "10 min"}
    policy = channels(cameras=cameras)
    seen = planned(many(report=NEVER), channels=policy)["issues"]["report"]
    assert (seen == 600).mean() == pytest.approx(0.3, abs=0.02)
    assert set(seen) == {600, NEVER}
    assert set(planned(many(report=300), channels=policy)["issues"]["report"]) == {300}
    for unseen in ({"unit": 1}, {"onset": -5}, {"category": 1}, {"valid": 0}):
        assert set(planned(many(report=NEVER, **unseen), channels=policy)["issues"]["report"]) == {NEVER}


def test_desks_pass_reports_one_level_too_high_or_too_low() -> None:
    errors = {"over": "20 %", "under": "10 %"}
    assert targets(planned(many(), channels=channels(errors=errors))) == [("grid", 0.8), ("community", 0.2)]
    to_street = channels(errors=errors, targets={"a": "street"})
    assert targets(planned(many(), channels=to_street)) == [("community", 0.1), ("street", 0.7), ("department", 0.2)]


def test_errors_go_as_far_as_there_are_levels_that_serve_the_category() -> None:
    errors = {"over": "20 %", "tiers": 4}
    assert targets(planned(many(), channels=channels(errors=errors))) == [("grid", 0.8), ("department", 0.2)]
    assert targets(planned(many(category=1), channels=channels(errors=errors))) == [("grid", 0.8), ("street", 0.2)]


def test_reports_that_enter_elsewhere_are_not_sorted() -> None:
    plan = planned(many(), channels=channels(hotline="community", errors={"over": "100 %"}))
    assert targets(plan) == [("community", 1.0)]


def test_engines_agree_on_all_of_it() -> None:
    policy = channels(
        platforms={"integrated": "40 %", "reentry": "8 min"},
        counters={"share": "30 %"},
        cameras={"integrated": "50 %", "sees": {"a": "50 %"}, "delay": "10 min"},
        errors={"over": "20 %", "under": "20 %", "tiers": 2},
    )
    demand = made_demand(
        SPEC, *[{"building": row % 3, "report": 3600 * row + 7200, "duplicate": 3600 * row + 9000} for row in range(40)]
    )
    check_log(simulate(planned(demand, channels=policy, rounds="daily"), engine="both", events=True))


@pytest.mark.parametrize(
    ("fields", "more", "expected"),
    [
        (
            {"platforms": {"reentry": "8 min"}},
            {"rounds": "off"},
            ("platforms.reentry", "0, as gridworkers have no admin without policy.rounds and shifts", "8 min"),
        ),
        (
            {"counters": {"share": "30 %", "channel": "window"}},
            {},
            ("counters.channel", "one of the channels hotline, walk_in", "window"),
        ),
        (
            {"counters": {"share": "30 %", "channel": "hotline"}},
            {},
            ("counters.channel", "another channel than hotline", "hotline"),
        ),
        (
            {"cameras": {"sees": {"c": "10 %"}}},
            {},
            ("cameras.sees.c", "one of the categories a, b", "c"),
        ),
        (
            {"cameras": {"integrated": "29 %", "sees": {"a": "10 %"}, "channel": "video"}},
            {},
            ("cameras.channel", "one of the channels hotline, walk_in", "video"),
        ),
        (
            {"errors": {"over": "70 %", "under": "40 %"}},
            {},
            ("errors.over", "at most 60 %, the rest of under", "70 %"),
        ),
        (
            {"hotline": "grid", "errors": {"under": "40 %"}},
            {"tiers": {**TIERS, "desk": None, "street": None, "office_shift": OFFICE}},
            ("errors.under", "0, as policy.tiers has no desk and no street to sort reports", "40 %"),
        ),
        (
            {"walk_in": "department", "counters": {"share": "30 %"}},
            {},
            ("walk_in", "another entrance, as no department is in charge of b", "department"),
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], more: dict[str, Any], expected: tuple[str, ...]) -> None:
    policy = Policy.model_validate(
        {"tiers": TIERS, "staffing": {"shift": OFFICE}, "rounds": "daily", **more, "channels": channels(**fields)}
    )
    found = [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in policy.contradictions(SPEC)]
    place, text, got = expected
    assert (f"policy.channels.{place}", text, got) in found


def test_successors_enter_what_those_who_left_would_have_entered() -> None:
    turnover = {"per_year": "100 %", "gap": "0 d"}
    staffing = {"workers": 3, "shift": OFFICE, "turnover": turnover}
    period = PERIOD.model_copy(update={"days": 120})
    issues = [{"building": row % 3, "duplicate": 86_400 * (row % 110)} for row in range(330)]
    rules = {"tiers": TIERS, "rounds": "daily", "staffing": staffing}
    policy = Policy.model_validate({**rules, "channels": channels(platforms={"reentry": "8 min"})})
    plan = make_plan(WORLD, made_demand(SPEC, *issues, period=period), policy, period=period)
    successions = plan.labels["successions"]
    assert isinstance(successions, list)
    assert successions
    done = plan["admin"].astype(np.int64)
    for worker, successor, day, _ in successions:
        assert (done[successor, day:] == done[worker, day:]).all()
        assert not done[successor, :day].any()
        done[worker, day:] = 0
    assert done.sum() == 330 * 480
