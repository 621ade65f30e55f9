"""The Plan: whole, of the right types, read-only, its ids naming rows."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from datetime import date

import numpy as np
import pytest
from plans import CLASSES, make
from rulebook import reported

from sim.engine.events import Role, State
from sim.engine.freeze import freeze
from sim.engine.plan import ARRAYS, MILLION, RULES, TABLES, Plan, dtype_of, has_courses
from sim.engine.references import OPTIONAL, RANGES, REFERENCES
from sim.study.verify import random_plans


def parts(plan: Plan) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, int]]:
    """Copies of the tables, arrays and rules of a Plan, to be damaged."""
    tables = {name: values.copy() for name, values in plan.tables.items()}
    return tables, {name: values.copy() for name, values in plan.arrays.items()}, dict(plan.rules)


def frozen(tables, arrays, rules) -> Plan:
    return freeze(tables, arrays, rules, date(2021, 1, 1))


@pytest.fixture
def whole():
    """The parts of a random Plan in which no table is empty, and whose first stage is a level."""
    plans = (plan for plan in map(random_plans.draw, range(999)) if all(map(len, plan.tables.values())))
    return next(parts(plan) for plan in plans if plan["stages"]["role"][0] == Role.HANDLE)


def test_every_field_says_what_it_is():
    for name, fields in TABLES.items():
        for field, (kind, unit, _) in fields.items():
            assert np.dtype(kind).kind in "iu", (name, field)
            assert isinstance(unit, str)
    assert all(np.dtype(kind).kind == "i" and axes and meaning for kind, axes, _, meaning in ARRAYS.values())
    assert all(unit and meaning for unit, meaning in RULES.values())


def test_records_have_the_fields_of_the_contract_in_its_order():
    assert dtype_of("stops") == np.dtype([("building", "i4")])
    assert dtype_of("shifts").names == ("start", "end")
    for name in TABLES:
        assert dtype_of(name).names == tuple(TABLES[name])


def test_tables_arrays_and_rules_are_found_by_name(whole):
    plan = frozen(*whole)
    assert plan["issues"] is plan.tables["issues"]
    assert plan["route"] is plan.arrays["route"]
    assert plan.rules["horizon"] > 0
    with pytest.raises(KeyError):
        plan["weather"]


def test_a_plan_cannot_be_written_to(whole):
    plan = frozen(*whole)
    for name in (*TABLES, *ARRAYS):
        assert not plan[name].flags.writeable, name
    with pytest.raises(ValueError, match="read-only"):
        plan["issues"]["onset"][0] = 1
    with pytest.raises(TypeError):
        plan.tables["issues"] = plan["issues"]
    with pytest.raises(TypeError):
        plan.rules["horizon"] = 1
    with pytest.raises(FrozenInstanceError):
        plan.start = date(2022, 1, 1)


def test_a_plan_keeps_its_own_copy(whole):
    """Also of arrays that are views of others, as record arrays and slices are."""
    tables, arrays, rules = whole
    tables["issues"] = tables["issues"].view(np.recarray)
    arrays["route"] = np.concatenate([arrays["route"]] * 2)[: len(arrays["route"])]
    plan = frozen(tables, arrays, rules)
    for name, given in {**tables, **arrays}.items():
        assert not np.shares_memory(plan[name], given), name
    onset = plan["issues"]["onset"][0]
    tables["issues"]["onset"] += 1
    assert plan["issues"]["onset"][0] == onset


@pytest.mark.parametrize(
    ("part", "name", "message"),
    [
        (0, "legs", "plan.legs: this table is missing"),
        (1, "admin", "plan.admin: this array is missing"),
        (2, "horizon", "plan.horizon: this rule is missing"),
    ],
)
def test_a_missing_part_is_named(whole, part, name, message):
    del whole[part][name]
    with pytest.raises(ValueError, match=f"^{message}$"):
        frozen(*whole)


def test_a_run_that_is_too_long_is_refused(whole):
    tables, arrays, rules = whole
    with pytest.raises(ValueError, match=r"^plan.horizon: expected at most 2147483646 s, got 2147483647$"):
        frozen(tables, arrays, {**rules, "horizon": 2**31 - 1})


def test_a_wrong_type_is_named(whole):
    tables, arrays, rules = whole
    with pytest.raises(ValueError, match=r"^plan.admin: expected records of int32, got float64$"):
        frozen(tables, {**arrays, "admin": arrays["admin"].astype(float)}, rules)
    with pytest.raises(ValueError, match=r"^plan.stops: expected records of .*building.*, got .*house"):
        frozen({**tables, "stops": np.zeros(1, [("house", "i4")])}, arrays, rules)


@pytest.mark.parametrize(("table", "column"), list(REFERENCES))
@pytest.mark.parametrize("step", [0, 1])
def test_an_id_that_names_no_row_is_named(whole, table, column, step):
    """The last row of each column gets the first number too high, or −2."""
    tables, arrays, rules = whole
    rows, last = len(tables[REFERENCES[table, column]]), len(tables[table]) - 1
    bad = (rows, -2)[step]
    tables[table][column][last] = bad
    message = (
        rf"^plan.{table}\[{last}\].{column}: expected a row of {REFERENCES[table, column]} \(0…{rows - 1}\), got {bad}$"
    )
    with pytest.raises(ValueError, match=message):
        frozen(tables, arrays, rules)


@pytest.mark.parametrize(("table", "column"), list(REFERENCES))
def test_none_is_a_row_only_where_there_may_be_none(whole, table, column):
    tables, arrays, rules = whole
    tables["hops"]["decline"][0] = -1  # who has nobody above could not decline
    tables["issues"]["joint"][0] = 0  # who has no party could not need all of it
    tables[table][column][0] = -1
    if (table, column) in OPTIONAL:
        assert frozen(tables, arrays, rules)[table][column][0] == -1
    else:
        with pytest.raises(ValueError, match=rf"^plan.{table}\[0\].{column}: expected a row of .*, got -1$"):
            frozen(tables, arrays, rules)


@pytest.mark.parametrize(("table", "first", "count"), list(RANGES))
def test_a_range_ends_within_its_table(whole, table, first, count):
    tables, arrays, rules = whole
    row = int(np.argmax(tables[table][count]))
    if tables[table][count][row] == 0:
        pytest.skip("no such rows in this Plan")
    tables[table][count][row] = len(tables[RANGES[table, first, count]]) + 1
    with pytest.raises(ValueError, match=rf"^plan.{table}\[\d+\].{count}: expected a row of "):
        frozen(tables, arrays, rules)


def test_an_issue_is_where_its_building_and_unit_are(whole):
    tables, arrays, rules = whole
    tables["issues"]["place"][0] += 1
    with pytest.raises(
        ValueError, match=r"^plan.issues\[0\].place: expected first_place of building \d+ \+ unit \d+, got "
    ):
        frozen(tables, arrays, rules)


@pytest.mark.parametrize(("name", "axis"), [("work", 0), ("route", 0), ("features", 0), ("exponential", 0)])
def test_an_array_has_a_row_for_each_row_of_its_table(whole, name, axis):
    tables, arrays, rules = whole
    short = np.take(arrays[name], range(arrays[name].shape[axis] - 1), axis=axis)
    with pytest.raises(ValueError, match=rf"^plan.{name}: expected \d+ along axis {axis}, got {short.shape[axis]}$"):
        frozen(tables, {**arrays, name: short}, rules)


@pytest.mark.parametrize(("name", "least"), [("work", 5), ("route", 6)])
def test_each_level_has_a_column(whole, name, least):
    tables, arrays, rules = whole
    narrow = np.ascontiguousarray(arrays[name][:, : least - 1])
    with pytest.raises(ValueError, match=rf"^plan.{name}: expected at least {least} along axis 1, got {least - 1}$"):
        frozen(tables, {**arrays, name: narrow}, rules)


def test_a_queue_that_there_is_not_is_no_way(whole):
    tables, arrays, rules = whole
    arrays["route"][0, 0] = len(tables["queues"])
    last = len(tables["queues"]) - 1
    with pytest.raises(ValueError, match=rf"^plan.route: expected rows of queues \(0…{last}\) or -1$"):
        frozen(tables, arrays, rules)


@pytest.mark.parametrize(
    ("table", "column", "last"),
    [
        ("stages", "level", 6),
        ("stages", "role", 5),
        ("stages", "stamp", 3),
        ("marks", "action", 2),
        ("looks", "state", 4),
    ],
)
def test_a_name_that_there_is_not_is_refused(whole, table, column, last):
    tables, arrays, rules = whole
    tables[table][column][0] = last + 1
    message = rf"^plan.{table}\[0\].{column}: expected a row of its range \(0…{last}\), got {last + 1}$"
    with pytest.raises(ValueError, match=message):
        frozen(tables, arrays, rules)


@pytest.mark.parametrize(("column", "array"), [("way", "route"), ("content", "work")])
def test_a_stage_asks_for_columns_that_there_are(whole, column, array):
    tables, arrays, rules = whole
    end = arrays[array].shape[1]
    tables["stages"][column][0] = end
    message = rf"^plan.stages\[0\].{column}: expected a row of its range \(0…{end - 1}\), got {end}$"
    with pytest.raises(ValueError, match=message):
        frozen(tables, arrays, rules)


def test_a_look_has_a_bucket(whole):
    tables, arrays, rules = whole
    tables["looks"]["buckets"][0] = 0
    with pytest.raises(ValueError, match=r"^plan.looks\[0\].buckets: expected a row of its range \(1…\), got 0$"):
        frozen(tables, arrays, rules)


def test_a_flat_array_is_refused(whole):
    tables, arrays, rules = whole
    with pytest.raises(ValueError, match=r"^plan.work: expected the axes issue × content, got an array of 1 axes$"):
        frozen(tables, {**arrays, "work": arrays["work"].reshape(-1)}, rules)


@pytest.mark.parametrize(
    "pairs",
    [
        [(1, 1)],  # itself
        [(2, 1)],  # a better class
        [(0, 3)],  # class 3, but not class 4
        [(0, b) for b in range(3, CLASSES) if b != 7],  # with a gap
    ],
)
def test_a_class_interrupts_all_from_some_higher_number_on(pairs):
    with pytest.raises(
        ValueError, match=r"^plan.preempts: expected each class to interrupt all classes from some higher"
    ):
        make(issues=[reported(0)], servers=[{}], links=[{}], preempts=pairs)


@pytest.mark.parametrize("first", [1, 3, CLASSES - 1])
def test_such_a_table_is_taken(first):
    plan = make(issues=[reported(0)], servers=[{}], links=[{}], preempts=[(0, b) for b in range(first, CLASSES)])
    assert plan["preempts"][0].sum() == CLASSES - first


# Courses

DESK, WAIT = {"role": Role.DESK}, {"role": Role.WAIT}
CHECK = {"role": Role.PAPER_CHECK}


def staged(*stages: dict[str, int], **more: object) -> Plan:
    """Row 0 handles; these stages follow it."""
    return make(
        **{"issues": [reported(0)], "servers": [{}], "links": [{}], "stages": [{"role": Role.HANDLE}, *stages], **more}
    )


def refused(message: str, *stages: dict[str, int], **more: object) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        staged(*stages, **more)


ON = "expected a stage from which cases come to a level or a check, got"


@pytest.mark.parametrize("passing", [DESK, WAIT])
def test_whoever_enters_at_a_desk_or_wait_comes_to_a_level_or_a_check(passing):
    """Row 1 passes to its target, which is row 1 for all but reported and returned cases."""
    refused(f"plan.hops[0].up: {ON} 1", passing, hops=[{"up": 1}, {}])
    refused(f"plan.categories[0].field_stage: {ON} 1", passing, categories=[{"field_stage": 1}])
    refused(f"plan.categories[0].paper_stage: {ON} 1", passing, categories=[{"paper_stage": 1}])
    refused(f"plan.issues[1].notice_stage: {ON} 1", passing, issues=[reported(0), {"notice_stage": 1}])
    entering = [reported(0), reported(0, report_stage=1, report_target=1)]
    refused(f"plan.issues[1].report_stage: {ON} 1", passing, issues=entering)
    staged(passing, issues=[reported(0, report_stage=1)])
    staged({"role": Role.HANDLE, "back": 1}, passing)


def test_neither_two_of_them_nor_a_wait_for_itself_go_round():
    ring = [{**DESK, "next": 2}, {**WAIT, "next": 1}]
    refused(f"plan.issues[0].report_stage: {ON} 1", *ring, issues=[reported(0, report_stage=1)])
    refused(f"plan.hops[0].up: {ON} 2", *ring, hops=[{"up": 2}, {}, {}])
    refused(f"plan.stages[0].back: {ON} 1", *ring, stages=[{"role": Role.HANDLE, "back": 1}, *ring])
    refused(f"plan.hops[0].up: {ON} 1", {**WAIT, "next": 1}, hops=[{"up": 1}, {}])
    assert staged(*ring)["stages"]["next"].tolist() == [-1, 2, 1]  # nobody comes there


def test_a_wait_may_lead_on_to_a_check_and_by_way_of_a_desk():
    plan = staged({**WAIT, "next": 2}, {**DESK, "next": 3}, CHECK, categories=[{"paper_stage": 1}])
    assert plan["categories"]["paper_stage"].tolist() == [1]


def test_an_issue_has_a_queue_somewhere_in_a_ring_of_levels():
    stages = [{"role": Role.HANDLE, "level": level} for level in (1, 2)]
    hops = [{}, {"up": 2}, {"up": 1}]
    route = np.zeros((2, 6), int)
    route[1, 1:3] = -1
    issues = [reported(0), reported(0)]
    refused(
        "plan.route[1]: expected a queue at one of the stages [1, 2], got none",
        *stages, hops=hops, route=route, issues=issues,
    )  # fmt: skip
    assert staged(*stages, hops=[{}, {"up": 2}, {"up": 0}], route=route, issues=issues)["route"][1, 1] == -1
    route[1, 2] = 0
    assert staged(*stages, hops=hops, route=route, issues=issues)["route"][1, 1] == -1


@pytest.mark.parametrize("least", [[0, 0], [3, 1, 2], [2**62, -(2**62)]])
def test_buckets_stand_in_ascending_order(least):
    refused(
        f"plan.looks[1]: expected buckets in ascending order, got {least}",
        looks=[{"buckets": 1}, {"first_bucket": 1, "buckets": len(least)}],
        buckets=[{"least": 9}, *({"least": value} for value in least)],
    )


def test_far_apart_buckets_stand_in_order_too():
    buckets = [{"least": -(2**62)}, {"least": 2**62}]
    assert len(staged(looks=[{"buckets": 2}], buckets=buckets)["buckets"]) == 2


def looking(state: State) -> dict[str, object]:
    return {"looks": [{"state": State.ALWAYS, "buckets": 1}, {"state": state, "buckets": 1}], "buckets": [{}]}


def test_a_mark_has_no_server_and_so_no_backlog():
    refused(
        "plan.marks[1].look: expected a look at ALWAYS, LIMIT, QUEUE, SINCE, got BACKLOG",
        marks=[{}, {"look": 1}], **looking(State.BACKLOG),
    )  # fmt: skip
    assert len(staged(marks=[{"look": 1}], **looking(State.QUEUE))["marks"]) == 1


@pytest.mark.parametrize("state", [State.QUEUE, State.BACKLOG])
def test_a_case_that_is_settled_waits_nowhere(state):
    refused(
        f"plan.categories[0].field_look: expected a look at ALWAYS, LIMIT, SINCE, got {state.name}",
        categories=[{"field_look": 1}], **looking(state),
    )  # fmt: skip
    assert len(staged(categories=[{"field_look": 1}], **looking(State.LIMIT))["looks"]) == 2


def test_what_nobody_knows_has_no_limit_yet():
    refused(
        "plan.servers[0].suppress: expected a look at ALWAYS, QUEUE, BACKLOG, SINCE, got LIMIT",
        servers=[{"suppress": 1}], **looking(State.LIMIT),
    )  # fmt: skip
    assert staged(servers=[{"suppress": 1}], **looking(State.BACKLOG))["servers"]["suppress"].tolist() == [1]


def test_who_has_nobody_above_cannot_pass_up_what_it_declines():
    look = looking(State.BACKLOG)
    refused(
        "plan.hops[0].decline: expected a level above to pass the case to, got up = -1", hops=[{"decline": 1}], **look
    )
    assert staged(hops=[{"decline": 1, "declined": 1}], **look)["hops"]["declined"].tolist() == [1]


def test_nobody_returns_cases_for_ever():
    looks, hops = [{"buckets": 2}], [{"decline": 0, "declined": 1}]
    buckets = [{"chance": 5}, {"least": 1, "chance": MILLION}]
    refused(
        "plan.hops[0].decline: expected chances below 1000000, got [5, 1000000]",
        looks=looks,
        buckets=buckets,
        hops=hops,
    )
    above = {"role": Role.HANDLE}
    assert staged(above, looks=looks, buckets=buckets, hops=[{"decline": 0, "up": 1}, {}])["hops"]["up"][0] == 1


@pytest.mark.parametrize(
    "more",
    [
        {"stages": [{"role": Role.HANDLE}, {**WAIT, "next": 0}]},
        {"marks": [{}]},
        {"looks": [{"buckets": 1}], "buckets": [{}]},
        {"servers": [{"find_class": 0}]},
        {"parties": [{"members": 2}], "party_members": [{"queue": 0}, {"queue": 1}], "queues": [{}] * 2},
    ],
)
def test_cases_have_courses_where_anything_of_the_kind_is(more):
    assert has_courses(staged(**more))
    assert not has_courses(staged(DESK, CHECK))


# Parties

JOINT = {"role": Role.JOINT}


def called(*stages: dict[str, int], **more: object) -> Plan:
    """Row 0 handles and row 1 is a joint stage; these stages follow. A party of queues 0 and 1, each with a server."""
    return make(
        **{
            "issues": [reported(0, party=0)],
            "stages": [{"role": Role.HANDLE}, JOINT, *stages],
            "queues": [{}] * 3,
            "servers": [{}] * 2,
            "links": [{"server": 0, "queue": 0}, {"server": 1, "queue": 1}],
            "parties": [{"members": 2}],
            "party_members": [{"queue": 0}, {"queue": 1}],
            **more,
        }
    )


def not_called(message: str, *stages: dict[str, int], **more: object) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        called(*stages, **more)


@pytest.mark.parametrize("members", [0, 1, 9])
def test_a_party_has_two_to_eight_members(members):
    rows = [{"queue": queue} for queue in range(9)]
    more = {"party_members": rows, "queues": [{}] * 9}
    not_called(
        f"plan.parties[0].members: expected a row of its range (2…8), got {members}",
        parties=[{"members": members}], **more,
    )  # fmt: skip
    assert called(parties=[{"members": 8}], **more)["parties"]["members"].tolist() == [8]


def test_the_queues_of_a_party_are_of_one_component():
    apart = [{"component": 4}, {"component": 2}]
    not_called("plan.parties[0]: expected queues of one component, got [0, 1]", queues=[*apart, {}], servers=apart)
    assert called(queues=[*apart[:1] * 2, {}], servers=apart[:1] * 2).tables


def test_who_leads_comes():
    rows = [{"queue": 0}, {"queue": 1}, {"queue": 1, "no_show": 5}, {"queue": 0, "no_show": MILLION}]
    parties = [{"members": 2}, {"first_member": 2, "members": 2}]
    not_called("plan.parties[1]: expected a leader who comes, got no_show = 5", parties=parties, party_members=rows)
    rows[1]["no_show"] = MILLION
    assert called(party_members=rows[:2])["party_members"]["no_show"].tolist() == [0, MILLION]


@pytest.mark.parametrize("links", [[(0, 0), (0, 1), (1, 1)], [(0, 0), (1, 1), (1, 0)]])
def test_nobody_stands_in_for_two_members(links):
    links = [{"server": server, "queue": queue} for server, queue in links]
    not_called("plan.parties[0]: expected servers of one of its queues only, got one that serves two", links=links)
    assert called(links=[*links[:1], {"server": 1, "queue": 1}, {"server": 0, "queue": 2}]).tables


def test_a_queue_is_not_two_members():
    not_called(
        "plan.parties[0]: expected servers of one of its queues only, got one that serves two",
        party_members=[{"queue": 1}, {"queue": 1}],
    )


def test_nobody_has_to_serve_a_queue():
    """As elsewhere: its cases wait for good."""
    assert called(links=[{"server": 0, "queue": 0}]).tables


def test_what_takes_all_of_a_party_has_one():
    issues = [reported(0, party=0, joint=1), reported(0, joint=1)]
    not_called("plan.issues[1].joint: expected a party that it takes, got none", issues=issues)
    not_called("plan.issues[0].party: expected a row of parties (0…0), got 1", issues=[reported(0, party=1)])


LEADS = "expected desks that lead to a joint stage, got"


@pytest.mark.parametrize("passing", [DESK, WAIT])
def test_a_whistle_leads_through_desks_and_waits_to_a_joint_stage(passing):
    whistle = [{"role": Role.HANDLE, "whistle": 2}, JOINT]
    for rows in (
        [{**passing, "next": 0}],
        [{**passing, "next": -1}],
        [{**passing, "next": 3}, {**passing, "next": 2}],
        [CHECK],
    ):
        not_called(f"plan.stages[0].whistle: {LEADS} 2", stages=[*whistle, *rows])
    assert called(stages=[*whistle, {**passing, "next": 3}, {**passing, "next": 1}]).tables
    assert called(stages=[{"role": Role.HANDLE, "whistle": 1}, JOINT]).tables
    not_called(f"plan.stages[0].whistle: {LEADS} 0", stages=[{"role": Role.HANDLE, "whistle": 0}, JOINT])


OTHER = "expected a stage other than a joint one, to which only a whistle leads"


def test_only_a_whistle_leads_to_a_joint_stage():
    """Not even by way of the desk, row 2."""
    desk = {**DESK, "next": 1}
    for stage in (1, 2):
        not_called(f"plan.hops[0].up: {OTHER}", desk, hops=[{"up": stage}, {}, {}])
        not_called(f"plan.hops[1].up: {OTHER}", desk, hops=[{}, {"up": stage}, {}])
        not_called(f"plan.categories[0].field_stage: {OTHER}", desk, categories=[{"field_stage": stage}])
        not_called(f"plan.categories[0].paper_stage: {OTHER}", desk, categories=[{"paper_stage": stage}])
        not_called(f"plan.stages[0].back: {OTHER}", stages=[{"role": Role.HANDLE, "back": stage}, JOINT, desk])
        not_called(f"plan.issues[1].report_stage: {OTHER}", desk, issues=[reported(0), reported(0, report_stage=stage)])
        not_called(f"plan.issues[0].notice_stage: {OTHER}", desk, issues=[reported(0, notice_stage=stage)])
    target = [reported(0, report_stage=2, report_target=1)]
    not_called(f"plan.issues[0].report_stage: {OTHER}", DESK, issues=target)
    assert called(desk, hops=[{}, {"up": 0}, {}]).tables


def test_from_a_joint_stage_desks_lead_on_as_from_levels():
    not_called(f"plan.hops[1].up: {ON} 2", {**DESK, "next": 2}, hops=[{}, {"up": 2}, {}])


def test_labels_are_for_people_and_may_be_left_out(whole):
    assert dict(frozen(*whole).labels) == {}
    assert frozen(*whole).score is None
