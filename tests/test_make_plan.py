"""make_plan: the tables of the Plan, worked out by hand for small places."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world
from small_demand import PERIOD as DRAWN_PERIOD
from small_demand import WORLD as DRAWN_WORLD
from small_demand import drawn, written

from sim.engine.check_log import check_log
from sim.engine.events import NEVER, Duty, Level, Role
from sim.engine.make_plan import make_plan
from sim.engine.make_plan.people import components
from sim.engine.plan import TABLES, Plan
from sim.engine.simulate import simulate
from sim.model.demand import Known
from sim.model.demand_spec import DemandSpec
from sim.model.period import PeriodSpec
from sim.model.policies import Channels, Entries, Fifo, Order, Policy
from sim.model.world import World, WorldSpec, build_world

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
DAY = 86_400
HOUR = 3600

SHARES = {"grid": "50 %", "community": "20 %", "street": "10 %", "department": "20 %"}
SPEC = made_spec(
    category("a", settled_by=SHARES, department="urban", notice={"visit": 0.5, "patrol": 0.01}),
    category("b"),
    channels=("hotline", "walk_in"),
)
PLAIN = made_spec(category("a"), category("b"), channels=("hotline", "walk_in"))
TIERS: dict[str, Any] = {
    "office_shift": OFFICE,
    "grid_triage": "25 min",
    "desk": {"clerks": 2, "work": "4 min", "shift": "daily 08:00-20:00"},
    "community": {"triage": "15 min"},
    "street": {"staff": 2, "triage": "10 min", "desk_work": "5 min"},
    "departments": [
        {"id": "police", "title": "p", "crews": 2, "triage": "full"},
        {"id": "urban", "title": "u", "crews": 1, "triage": "20 min"},
    ],
    "city": {"staff": 1},
}
#: two streets: one of two communities, one of one
WORLD = made_world(line(50, 50), line(30), line(20), streets=[0, 0, 1])


def plan_of(policy: dict[str, Any], *issues: dict[str, int], world: World = WORLD, spec: DemandSpec = SPEC) -> Plan:
    """The plan of three gridworkers, if the policy does not say otherwise."""
    rules = Policy.model_validate({"staffing": {"workers": 3}, **policy})
    return make_plan(world, made_demand(spec, *issues), rules, period=PERIOD)


def stage_rows(plan: Plan) -> dict[tuple[Role, Level], int]:
    return {(Role(row["role"]), Level(row["level"])): i for i, row in enumerate(plan["stages"])}


def test_plainest_policy_is_one_stage_and_one_queue() -> None:
    plan = plan_of({}, {"building": 1}, world=made_world(line(5, 5)), spec=PLAIN)
    only = dict(zip(TABLES["stages"], plan["stages"].item(), strict=True))
    nowhere = dict.fromkeys(("next", "back", "whistle", "attend"), NEVER)
    assert only == {**dict.fromkeys(TABLES["stages"], 0), "role": Role.HANDLE, **nowhere}
    assert len(plan["queues"]) == 1
    assert plan["queue_links"]["link"].tolist() == [0, 1, 2]
    assert plan["route"].tolist() == [[0, NEVER, NEVER, NEVER, NEVER, NEVER]]
    off = {"warm_up": 0, "rebind_after": NEVER, "whistle_after": 0, "handover_loss": 0}
    assert plan.rules == {"horizon": 14 * DAY, **off}
    assert plan["features"].shape == (1, 0)
    assert plan["admin"].shape == (0, 14)


def test_stages_lead_from_desk_to_desk_and_up_the_tiers() -> None:
    plan = plan_of({"tiers": TIERS, "verification": {"kind": "sampled", "field_work": "30 min", "paper_work": "3 min"}})
    rows = stage_rows(plan)
    assert list(rows) == [
        (Role.DESK, Level.DISTRICT),
        (Role.DESK, Level.STREET),
        (Role.HANDLE, Level.GRID),
        (Role.HANDLE, Level.COMMUNITY),
        (Role.HANDLE, Level.STREET),
        (Role.HANDLE, Level.DEPARTMENT),
        (Role.HANDLE, Level.CITY),
        (Role.FIELD_CHECK, Level.GRID),
        (Role.PAPER_CHECK, Level.STREET),
    ]
    stages = plan["stages"]
    assert stages["work"].tolist() == [240, 300, 0, 0, 0, 0, 0, 1800, 180]
    assert stages["next"].tolist() == [1, *[NEVER] * 8]
    assert set(stages["back"].tolist()) == {1}  # the street's desk dispatches what a wrong department sends back
    assert plan["categories"]["field_stage"].tolist() == [7, 7]
    assert plan["categories"]["paper_stage"].tolist() == [8, 8]


def test_hops_of_each_level_and_category() -> None:
    plan = plan_of({"tiers": TIERS})
    up = plan["hops"]["up"].reshape(-1, 2)
    handling = [row for (role, _), row in stage_rows(plan).items() if role == Role.HANDLE]
    assert up[handling, 0].tolist() == [3, 4, 5, 6, NEVER]
    assert up[handling, 1].tolist() == [3, 4, 6, 6, NEVER]  # no department is in charge of b: it goes past them
    capability = plan["hops"]["capability"].reshape(-1, 2)
    assert capability[handling, 0].tolist() == [500_000, 700_000, 800_000, 1_000_000, 1_000_000]
    assert capability[handling, 1].tolist() == [1_000_000] * 5
    triage = plan["hops"]["triage"].reshape(-1, 2)
    assert triage[handling, 0].tolist() == [1500, 900, 600, 1200, NEVER]
    assert triage[handling, 1].tolist() == [1500, 900, 600, NEVER, NEVER]


def test_missing_tiers_are_skipped_and_the_last_one_settles_all() -> None:
    tiers = {"departments": TIERS["departments"], "office_shift": OFFICE}
    spec = made_spec(
        category("a", department="urban", settled_by={"grid": "50 %", "department": "50 %"}), category("b")
    )
    plan = plan_of({"tiers": tiers}, spec=spec)
    assert plan["hops"]["up"].reshape(-1, 2).tolist() == [[1, NEVER], [NEVER, NEVER]]


@pytest.mark.parametrize(
    "present", list(product((False, True), repeat=5)), ids=lambda flags: "".join("01"[flag] for flag in flags)
)
def test_way_through_desks_and_up_the_tiers_always_ends(present: tuple[bool, ...]) -> None:
    names = ("desk", "community", "street", "departments", "city")
    tiers = {name: TIERS[name] for name, there in zip(names, present, strict=True) if there}
    plan = plan_of({"tiers": tiers}, spec=PLAIN)
    role, next = plan["stages"]["role"], plan["stages"]["next"]
    handling = np.flatnonzero(role == Role.HANDLE)
    ways = {
        stage: set(up.tolist()) if role[stage] == Role.HANDLE else {next[stage]} if next[stage] >= 0 else set(handling)
        for stage, up in enumerate(plan["hops"]["up"].reshape(len(role), -1))
    }
    left = {stage: targets - {NEVER} for stage, targets in ways.items()}
    while left:  # take away where a case may come to rest, again and again
        ends = {stage for stage, targets in left.items() if not targets & left.keys()}
        assert ends, f"a case may go round for ever in {left}"
        left = {stage: targets for stage, targets in left.items() if stage not in ends}


def test_holds_count_on_their_own_clock_where_there_is_a_level_above() -> None:
    escalation = {"kind": "limits", "grid": "2 working days", "community": "30 h", "street": "1 working hours"}
    plan = plan_of({"tiers": TIERS, "escalation": escalation})
    rows = stage_rows(plan)
    office, natural = 1, 0
    hold = {
        level.name: tuple(plan["hops"][["hold", "hold_calendar"]][2 * rows[Role.HANDLE, level]])
        for level in (Level.GRID, Level.COMMUNITY, Level.STREET, Level.DEPARTMENT)
    }
    assert hold == {
        "GRID": (16 * HOUR, office),
        "COMMUNITY": (30 * HOUR, natural),
        "STREET": (HOUR, office),
        "DEPARTMENT": (NEVER, natural),
    }
    assert set(plan["hops"]["hold"][: 2 * rows[Role.HANDLE, Level.GRID]]) == {NEVER}


def test_handover_reaches_departments_and_rules() -> None:
    escalation = {
        "kind": "limits",
        "misroute": "6 %",
        "return_work": "15 min",
        "return_delay": "4 working hours",
        "rebind_after": "2 d",
        "handover_loss": "25 %",
    }
    plan = plan_of({"tiers": TIERS, "escalation": escalation})
    departments = stage_rows(plan)[Role.HANDLE, Level.DEPARTMENT]
    expected = [60_000 if row == departments else 0 for row in range(len(plan["stages"]))]
    assert plan["stages"]["misroute"].tolist() == expected
    assert plan["stages"][["return_work", "return_delay", "return_calendar"]][departments].tolist() == (
        900,
        4 * HOUR,
        1,
    )
    assert (plan.rules["rebind_after"], plan.rules["handover_loss"]) == (2 * DAY, 250_000)
    assert plan["queues"]["peers"].tolist() == [3] * 3 + [3] * 3 + [2] * 2 + [2] * 2 + [1, 1]


def test_returned_cases_go_to_the_desk_that_there_is() -> None:
    tiers = {"departments": TIERS["departments"], "desk": TIERS["desk"]}
    assert set(plan_of({"tiers": tiers})["stages"]["back"].tolist()) == {0}
    assert set(plan_of({"tiers": {"departments": TIERS["departments"]}})["stages"]["back"].tolist()) == {NEVER}


def test_paper_is_checked_by_the_community_where_there_is_no_street() -> None:
    policy = {
        "tiers": {"community": {}, "departments": TIERS["departments"]},
        "verification": {
            "kind": "sampled",
            "failure": "8 %",
            "field": "30 %",
            "field_detect": "80 %",
            "recomplain": "50 %",
        },
    }
    plan = plan_of(policy)
    assert plan["categories"]["paper_stage"][0] == stage_rows(plan)[Role.PAPER_CHECK, Level.COMMUNITY]
    row = plan["categories"][0]
    assert (row["failure"], row["field_share"], row["field_detect"], row["paper_detect"]) == (
        80_000,
        300_000,
        800_000,
        0,
    )
    assert (row["recomplain"], row["recomplain_delay"]) == (500_000, 7 * DAY)
    assert (row["visit_hazard"], row["patrol_hazard"]) == (500_000, 10_000)


def test_limits_by_category_and_severity() -> None:
    limits = {
        "urgent": "2 h",
        "ordinary": "3 working days",
        "dispatch": "30 min",
        "categories": {"b": {"ordinary": "4 working hours"}},
    }
    table = plan_of({"tiers": TIERS, "limits": limits})["limits"]
    assert table["seconds"].tolist() == [7200, NEVER, 24 * HOUR, NEVER, 7200, NEVER, 4 * HOUR, NEVER]
    assert table["calendar"].tolist() == [0, 0, 1, 0, 0, 0, 1, 0]
    assert set(table["dispatch_seconds"].tolist()) == {1800}


def test_queues_and_routes_by_level() -> None:
    plan = plan_of({"tiers": TIERS}, {"building": 1}, {"building": 3, "category": 1})
    queues = plan["queues"]
    assert queues["level"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5]
    assert queues["unit"].tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 0, 0]
    assert queues["first_peer"].tolist() == [0] * 3 + [3] * 3 + [6] * 2 + [8] * 2 + [10, 11]
    assert plan["route"].tolist() == [[0, 3, 6, 9, 10, 11], [2, 5, 7, NEVER, 10, 11]]


def test_servers_and_links_of_every_tier() -> None:
    plan = plan_of({"tiers": TIERS, "staffing": {"workers": 3, "speed": "1 m/s", "skill": 1.2}})
    servers = plan["servers"]
    assert servers["level"].tolist() == [0] * 3 + [1] * 3 + [2] * 4 + [3] * 3 + [4] + [5] * 2
    assert servers["unit"].tolist() == [0, 1, 2, 0, 1, 2, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0]
    assert servers["speed"].tolist() == [1000] * 3 + [0] * 13
    assert servers["skill"].tolist() == [1_200_000] * 3 + [1_000_000] * 13
    assert servers["building"].tolist()[:10] == [0, 2, 3, 0, 2, 3, 0, 0, 3, 3]
    linked = [(link["server"], link["queue"]) for link in plan["server_links"]]
    assert linked == [(k, queue) for k, queue in enumerate([0, 1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9, 10, 11, 11])]
    by_queue = plan["server_links"][plan["queue_links"]["link"]]
    for row, queue in enumerate(plan["queues"]):
        own = by_queue[queue["first_link"] : queue["first_link"] + queue["links"]]
        assert set(own["queue"].tolist()) <= {row}
        assert queue["links"] > 0


def test_links_are_in_the_order_of_rank_on_both_sides() -> None:
    world = made_world(line(*[100] * 6))
    policy = {
        "zoning": {"kind": "by_households", "target": 100},
        "staffing": {"kind": "neighbour_backup", "workers": 4},
    }
    plan = plan_of(policy, world=world, spec=PLAIN)
    links = plan["server_links"]
    assert links[["server", "rank", "queue"]].tolist() == sorted(links[["server", "rank", "queue"]].tolist())
    by_queue = links[plan["queue_links"]["link"]][["queue", "rank", "server"]].tolist()
    assert by_queue == sorted(by_queue)
    for server, row in enumerate(plan["servers"]):
        assert set(links["server"][row["first_link"] : row["first_link"] + row["links"]]) == {server}


def test_components_are_what_hangs_together() -> None:
    plan = plan_of({"tiers": TIERS, "staffing": {"workers": 4}})
    component = plan["queues"]["component"]
    assert component.tolist() == list(range(12))
    for link in plan["server_links"]:
        assert plan["servers"]["component"][link["server"]] == component[link["queue"]]


def test_components_of_a_graph() -> None:
    # 0-1, 1-2 and 3-4; 5 alone; a chain that runs against the numbers
    assert components(np.array([0, 1, 3]), np.array([1, 2, 4]), nodes=6).tolist() == [0, 0, 0, 1, 1, 2]
    assert components(np.array([5, 1, 4, 2]), np.array([4, 5, 3, 3]), nodes=6).tolist() == [0, 1, 1, 1, 1, 1]
    assert components(np.zeros(0, int), np.zeros(0, int), nodes=2).tolist() == [0, 1]


def test_reports_enter_by_channel_and_desks_pass_them_on() -> None:
    channels = {"hotline": "district", "walk_in": "community", "targets": {"a": "street"}}
    issues = [{"channel": 2}, {"channel": 3}, {"channel": 2, "category": 1}]
    plan = plan_of({"tiers": TIERS, "channels": channels}, *issues)
    rows = stage_rows(plan)
    desk, community = rows[Role.DESK, Level.DISTRICT], rows[Role.HANDLE, Level.COMMUNITY]
    street, grid = rows[Role.HANDLE, Level.STREET], rows[Role.HANDLE, Level.GRID]
    assert plan["issues"]["report_stage"].tolist() == [desk, community, desk]
    assert plan["issues"]["report_target"].tolist() == [street, community, grid]
    assert set(plan["issues"]["notice_stage"].tolist()) == {grid}


def test_entrance_at_the_street_is_its_desk() -> None:
    plan = plan_of({"tiers": TIERS, "channels": {"hotline": "street"}}, {"channel": 2})
    rows = stage_rows(plan)
    assert plan["issues"]["report_stage"].tolist() == [rows[Role.DESK, Level.STREET]]
    assert plan["issues"]["report_target"].tolist() == [rows[Role.HANDLE, Level.GRID]]


class Nowhere(Channels):
    """All reports go to the city."""

    def entries(self, known: Known, demand: object) -> Entries:
        at = np.full(len(known), Level.CITY)
        return Entries(at, at)


def test_entrance_where_nobody_works_is_refused() -> None:
    policy = Policy.model_validate(
        {"channels": Nowhere(), "tiers": {**TIERS, "city": None}, "staffing": {"workers": 3}}
    )
    with pytest.raises(ValueError, match="somebody is in charge, got city and city for issue 0"):
        make_plan(WORLD, made_demand(SPEC, {}), policy, period=PERIOD)


def test_classes_follow_the_order_of_the_day() -> None:
    rounds = {"order": ["urgent", "admin", "cases", "visits", "patrol"], "overtime": ["urgent", "admin"]}
    policy = {
        "tiers": TIERS,
        "staffing": {"shift": OFFICE, "workers": 3},
        "rounds": rounds,
        "dispatch": "severity_first",
    }
    issues = [{"severity": 0, "worse_severity": 0}, {"severity": 2, "worse_severity": 1, "worsen": 5}, {"severity": 3}]
    plan = plan_of(policy, *issues)
    assert plan["issues"]["class"].tolist() == [0, 34, 35]
    assert plan["issues"]["worse_class"].tolist() == [0, 33, 34]
    assert (plan["servers"]["admin_class"][0], plan["servers"]["visit_class"][0], plan["servers"]["patrol_class"][0]) == (
        16, 48, 64,
    )  # fmt: skip
    assert plan["classes"]["duty"][::16].tolist() == [
        Duty.CASE,
        Duty.ADMIN,
        Duty.CASE,
        Duty.VISIT,
        Duty.PATROL,
        Duty.CASE,
    ]
    assert plan["classes"]["overtime"][::16].tolist() == [1, 1, 0, 0, 0, 0]


def test_without_rounds_urgent_comes_first() -> None:
    plan = plan_of({"tiers": TIERS}, {"severity": 0}, {"severity": 1}, {"severity": 3})
    assert plan["issues"]["class"].tolist() == [0, 16, 16]


def test_urgent_cases_interrupt_all_but_urgent_ones() -> None:
    table = plan_of({"tiers": TIERS, "dispatch": {"preempt": "urgent"}})["preempts"]
    assert table[:16, :16].sum() == 0
    assert table[:16, 16:].all()
    assert table[16:].sum() == 0


def test_all_cases_interrupt_later_classes() -> None:
    table = plan_of({"tiers": TIERS, "dispatch": {"preempt": "all"}})["preempts"]
    assert (table[:32] == np.triu(np.ones((96, 96)), k=1)[:32]).all()
    assert table[32:].sum() == 0


def test_nothing_interrupts_without_pre_emption() -> None:
    assert plan_of({"tiers": TIERS})["preempts"].sum() == 0


def test_keys_by_dispatch() -> None:
    issues = [{"severity": 0}, {"severity": 1}, {"severity": 2}]
    tiers = {"tiers": TIERS}
    ageing = plan_of({**tiers, "dispatch": {"kind": "ageing", "weights": {"urgent": "1 h", "quick": "1 min"}}}, *issues)
    assert ageing["issues"]["base"].tolist() == [-3600, -60, 0]
    assert ageing["queues"][["slope", "due_slope"]].tolist()[0] == (1, 0)
    due = plan_of({**tiers, "dispatch": "earliest_due", "limits": {"urgent": "1 h"}}, *issues)
    assert due["issues"]["base"].tolist() == [0, 0, 0]
    assert due["queues"][["slope", "due_slope"]].tolist()[0] == (0, 1)


def latest(now: int, since: int, features: np.ndarray) -> int:
    """A live score: last come, first served."""
    return -since


def test_live_score_sees_the_features_it_asks_for() -> None:
    dispatch = {"kind": "live", "score": "test_make_plan:latest", "features": ["severity", "building"]}
    plan = plan_of({"tiers": TIERS, "dispatch": dispatch}, {"severity": 1, "building": 2}, {"severity": 3})
    assert plan.score is latest
    assert plan["features"].tolist() == [[1, 2], [3, 0]]


class LateBuildingsFirst(Fifo):
    """A user's own: some base for each issue."""

    def order(self, known: Known, world: World) -> Order:
        return Order(rank=1, base=-known["building"].astype(np.int64))


def test_dispatch_of_a_users_own() -> None:
    plan = plan_of({"tiers": TIERS, "dispatch": LateBuildingsFirst()}, {"building": 1}, {"building": 3})
    assert plan["issues"]["base"].tolist() == [-1, -3]
    assert plan["issues"]["class"].tolist() == [17, 17]


def test_issues_keep_what_chance_has_given_them() -> None:
    plan = plan_of({"tiers": TIERS}, {"building": 2, "unit": 7, "report": 99, "duplicate": 120, "patience": 5})
    issue = plan["issues"][0]
    assert (issue["report"], issue["duplicate"], issue["clear"], issue["patience"]) == (99, 120, NEVER, 5)
    assert issue["place"] == 51 + 51 + 7
    assert plan["work"].tolist() == [[600] * 5]


def test_exponential_quantiles() -> None:
    table = plan_of({"tiers": TIERS})["exponential"]
    assert table[:2].tolist() == [488, 1466]
    assert table[-1] == 7_624_619
    assert table.mean() == pytest.approx(1_000_000, rel=1e-3)


def test_labels_name_every_row() -> None:
    labels = plan_of({"tiers": TIERS}).labels
    assert labels["categories"] == ["a", "b"]
    assert labels["channels"] == ["visit", "patrol", "hotline", "walk_in"]
    assert labels["channel_titles"][0] == {"zh": "入户走访", "en": "household visit"}  # type: ignore[index]
    assert labels["departments"] == ["police", "urban"]
    assert labels["department_titles"] == [{"zh": "p", "en": "p"}, {"zh": "u", "en": "u"}]
    assert labels["communities"] == ["c0", "c1", "c2"]
    assert np.asarray(labels["community_street"]).tolist() == [0, 0, 1]
    assert np.asarray(labels["grid_community"]).tolist() == [0, 1, 2]
    assert np.asarray(labels["grid_households"]).tolist() == [100, 30, 20]
    assert np.asarray(labels["building_community"]).tolist() == [0, 0, 1, 2]
    assert np.asarray(labels["propensity"]).tolist() == [1_000_000] * 3


def test_demand_of_another_period_is_refused() -> None:
    with pytest.raises(ValueError, match="demand: expected 15 days from 2021-01-01, got 14 days from 2021-01-01"):
        make_plan(WORLD, made_demand(SPEC), Policy(), period=PeriodSpec(days=15))


RICH: dict[str, Any] = {
    "zoning": {"kind": "by_households", "target": 300},
    "staffing": {"kind": "street_float", "workers": 18, "shift": OFFICE, "absence": "5 %", "speed": "4.5 km/h"},
    "tiers": TIERS,
    "channels": {"hotline": "district", "walk_in": "community"},
    "dispatch": {"kind": "severity_first", "preempt": "urgent"},
    "limits": {"urgent": "2 h", "ordinary": "3 working days"},
    "escalation": {"kind": "limits", "grid": "2 working days", "misroute": "6 %", "rebind_after": "2 d"},
    "rounds": {
        "kind": "daily",
        "admin": {"share": "30 %", "cv": 0.3},
        "visits": {"quota": 4},
        "patrol": {"quota": "2 h"},
        "overtime": ["urgent"],
    },
    "verification": {
        "kind": "sampled",
        "failure": "8 %",
        "field": "30 %",
        "field_work": "30 min",
        "recomplain": "50 %",
    },
}


def test_same_plan_twice_and_a_log_that_holds() -> None:
    demand, world = drawn(written()), build_world(WorldSpec.model_validate(DRAWN_WORLD))
    policy, period = Policy.model_validate(RICH), PeriodSpec.model_validate(DRAWN_PERIOD)
    plan, again = (make_plan(world, demand, policy, period=period) for _ in range(2))
    for name in plan.tables:
        assert plan[name].tobytes() == again[name].tobytes(), name
    for name in plan.arrays:
        assert plan[name].tobytes() == again[name].tobytes(), name
    check_log(simulate(plan, events=True))


def test_later_issues_change_nothing_for_earlier_ones() -> None:
    demand, world = drawn(written()), build_world(WorldSpec.model_validate(DRAWN_WORLD))
    policy, period = Policy.model_validate(RICH), PeriodSpec.model_validate(DRAWN_PERIOD)
    half = len(demand) // 2
    whole = make_plan(world, demand, policy, period=period)
    early = make_plan(
        world, replace(demand, issues=demand.issues[:half], work=demand.work[:half]), policy, period=period
    )
    for name in ("issues", "route", "work", "features"):
        assert (whole[name][:half] == early[name]).all(), name
    for name in set(whole.tables) - {"issues"}:
        assert whole[name].tobytes() == early[name].tobytes(), name
