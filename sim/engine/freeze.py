"""From tables to a Plan: whole, of the right types and shapes, every id naming a row, and read-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import numpy as np

from sim.engine.check_courses import check_courses
from sim.engine.check_parties import check_parties
from sim.engine.events import HANDLING_LEVELS, LEVELS, NEVER
from sim.engine.plan import ARRAYS, BLOCK, DAY, LAST_HORIZON, RULES, SEVERITIES, TABLES, Plan, Score, dtype_of
from sim.engine.references import check_references


def freeze(
    tables: Mapping[str, np.ndarray],
    arrays: Mapping[str, np.ndarray],
    rules: Mapping[str, int],
    start: date,
    score: Score | None = None,
    labels: Mapping[str, object] | None = None,
) -> Plan:
    """A Plan of these parts, checked against the contract and made read-only.

    Raises ValueError naming the table, field and first row that break it (missing, wrong type, not an id of a row).
    """
    for given, expected, kind in ((tables, TABLES, "table"), (arrays, ARRAYS, "array"), (rules, RULES, "rule")):
        for name in expected:
            if name not in given:
                raise ValueError(f"plan.{name}: this {kind} is missing")
    plan = Plan(
        MappingProxyType({name: _locked(tables[name], name, dtype_of(name)) for name in TABLES}),
        MappingProxyType(
            {name: _locked(arrays[name], name, np.dtype(kind), axes) for name, (kind, axes, _, _) in ARRAYS.items()}
        ),
        MappingProxyType({name: int(rules[name]) for name in RULES}),
        start,
        score,
        MappingProxyType(dict(labels or {})),
    )
    _check_horizon(plan)
    _check_shapes(plan)
    check_references(plan)
    _check_places(plan)
    check_courses(plan)
    check_parties(plan)
    _check_preempts(plan)
    return plan


def _locked(values: np.ndarray, name: str, expected: np.dtype, axes: str = "row") -> np.ndarray:
    flags = np.asarray(values).flags
    given_away = flags.owndata and flags.c_contiguous and not flags.writeable
    array = values if given_away else np.array(values, order="C")  # a copy: nobody else can write to it
    if array.ndim != axes.count("×") + 1:
        raise ValueError(f"plan.{name}: expected the axes {axes}, got an array of {array.ndim} axes")
    if array.dtype != expected:
        raise ValueError(f"plan.{name}: expected records of {expected}, got {array.dtype}")
    array.flags.writeable = False
    return array


def _check_horizon(plan: Plan) -> None:
    """Raise ValueError for a run so long that its instants do not fit into the records of the Log."""
    if plan.rules["horizon"] > LAST_HORIZON:
        raise ValueError(f"plan.horizon: expected at most {LAST_HORIZON} s, got {plan.rules['horizon']}")


def _check_shapes(plan: Plan) -> None:
    """Raise ValueError for an array that has not a row for each row of its table."""
    days = -(-plan.rules["horizon"] // DAY)
    classes, categories = len(plan["classes"]), len(plan["categories"])
    for name, axis, expected in (
        ("work", 0, len(plan["issues"])),
        ("route", 0, len(plan["issues"])),
        ("features", 0, len(plan["issues"])),
        ("preempts", 0, classes),
        ("preempts", 1, classes),
        ("exponential", 0, 1024),
        ("limits", 0, SEVERITIES * categories),
        ("hops", 0, categories * len(plan["stages"])),
    ):
        if plan[name].shape[axis] != expected:
            raise ValueError(f"plan.{name}: expected {expected} along axis {axis}, got {plan[name].shape[axis]}")
    for name, least in (("work", HANDLING_LEVELS), ("route", LEVELS)):
        if plan[name].shape[1] < least:
            raise ValueError(f"plan.{name}: expected at least {least} along axis 1, got {plan[name].shape[1]}")
    if len(plan["admin"]) and plan["admin"].shape[1] < days:
        raise ValueError(f"plan.admin: expected {days} along axis 1, got {plan['admin'].shape[1]}")
    if (plan["route"] < NEVER).any() or (plan["route"] >= len(plan["queues"])).any():
        raise ValueError(f"plan.route: expected rows of queues (0…{len(plan['queues']) - 1}) or -1")


def _check_places(plan: Plan) -> None:
    """Raise ValueError at the first issue whose place is not that of its building and unit."""
    first_place = plan["buildings"]["first_place"].copy()
    for first in range(0, len(plan["issues"]), BLOCK):
        rows = plan["issues"][first : first + BLOCK]
        bad = np.flatnonzero(rows["place"] != first_place[rows["building"]] + rows["unit"])
        if bad.size:
            row = rows[bad[0]]
            expected = f"first_place of building {row['building']} + unit {row['unit']}"
            raise ValueError(f"plan.issues[{first + bad[0]}].place: expected {expected}, got {row['place']}")


def _check_preempts(plan: Plan) -> None:
    """Raise ValueError for a class that interrupts itself, a lower number, or numbers with gaps between them."""
    preempts = np.triu(plan["preempts"], k=1)
    if (preempts != plan["preempts"]).any() or (np.maximum.accumulate(preempts, axis=1) != preempts).any():
        raise ValueError(
            "plan.preempts: expected each class to interrupt all classes from some higher number on, or none"
        )
