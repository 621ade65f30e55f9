"""The Plan: whole, of the right types, read-only, its ids naming rows."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date

import numpy as np
import pytest
from plans import CLASSES, make
from rulebook import reported

from sim.engine.plan import ARRAYS, OPTIONAL, RANGES, REFERENCES, RULES, TABLES, Plan, dtype_of, freeze
from sim.study.verify import random_plans


def parts(plan: Plan) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, int]]:
    """Copies of the tables, arrays and rules of a Plan, to be damaged."""
    tables = {name: values.copy() for name, values in plan.tables.items()}
    return tables, {name: values.copy() for name, values in plan.arrays.items()}, dict(plan.rules)


def frozen(tables, arrays, rules) -> Plan:
    return freeze(tables, arrays, rules, date(2021, 1, 1))


@pytest.fixture
def whole():
    """The parts of a random Plan in which no table is empty."""
    return next(parts(plan) for plan in map(random_plans.draw, range(999)) if all(map(len, plan.tables.values())))


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


@pytest.mark.parametrize(
    ("name", "axis"), [("work", 0), ("work", 1), ("route", 0), ("route", 1), ("features", 0), ("exponential", 0)]
)
def test_an_array_has_a_row_for_each_row_of_its_table(whole, name, axis):
    tables, arrays, rules = whole
    short = np.take(arrays[name], range(arrays[name].shape[axis] - 1), axis=axis)
    with pytest.raises(ValueError, match=rf"^plan.{name}: expected \d+ along axis {axis}, got {short.shape[axis]}$"):
        frozen(tables, {**arrays, name: short}, rules)


def test_a_flat_array_is_refused(whole):
    tables, arrays, rules = whole
    with pytest.raises(ValueError, match=r"^plan.work: expected the axes issue × level, got an array of 1 axes$"):
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


def test_labels_are_for_people_and_may_be_left_out(whole):
    assert dict(frozen(*whole).labels) == {}
    assert frozen(*whole).score is None
