"""Surges and campaigns: how high the stock of open cases rises, how long it takes to come down, and what the helpers cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.plan import DAY
from sim.study.kpis.exact import HOUR, NAN
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import Side, kpi
from sim.study.kpis.prices import costs_of

if TYPE_CHECKING:
    from sim.engine.plan import Plan

BEFORE = 14  # days before a surge whose mean stock is the usual one
RECOVERED = 1.1  # of the usual stock
OWN = "gridgov: no published list has it"
HELPERS = "helpers of all groups (reinforcement, rings, claims and others), days within the window"


def stock_by_day(facts: Facts) -> np.ndarray:
    """Cases known and not yet ended at the end of each day of the run, int64[days]."""
    days = np.arange(facts.days("case").shape[1], dtype=np.int64)
    ends = np.minimum((days + 1) * DAY, facts.horizon) - 1
    known, ended = np.sort(facts.cases["known"]), np.sort(facts.ended)
    return np.searchsorted(known, ends, side="right") - np.searchsorted(ended, ends, side="right")


def _windows(plan: Plan) -> Mapping[str, tuple[int, int]]:
    return plan.labels.get("surges", {})  # type: ignore[return-value]


def has_surges(plan: Plan) -> bool:
    """Is there a surge in the run?"""
    return bool(_windows(plan))


def _groups(plan: Plan) -> list[Mapping[str, int]]:
    return plan.labels.get("groups", [])  # type: ignore[return-value]


def has_helpers(plan: Plan) -> bool:
    """Does anybody help beside the tiers?"""
    return bool(_groups(plan))


@kpi(
    "",
    unit="cases",
    zh="在办存量峰值",
    en="peak of the open stock",
    side=Side.OFFICIAL,
    counted="cases open at the end of each day within the window",
    unfinished="open cases are what is counted",
    source=OWN,
)
def open_stock_peak(facts: Facts) -> float:
    """The largest number of cases known and not yet ended at the end of a day."""
    return int(stock_by_day(facts)[facts.days_inside].max(initial=0))


@kpi(
    "",
    unit="d",
    zh="恢复天数",
    en="days to recover",
    side=Side.OFFICIAL,
    counted="cases open at the end of each day, whenever they became known; of several surges the longest recovery",
    unfinished="a stock that has not come down by the horizon counts the days up to it",
    source=OWN,
)
def recovery_days(facts: Facts) -> float:
    """Days from the end of a surge to the first day at whose end the open stock is at most 1.1 times its mean over the 14 days before the surge."""
    stock = stock_by_day(facts)
    return max((_days_until_usual(stock, first, end) for first, end in _windows(facts.log.plan).values()), default=NAN)


def _days_until_usual(stock: np.ndarray, first: int, end: int) -> float:
    before = stock[max(first - BEFORE, 0) : first]
    if not before.size:
        return NAN
    usual = stock[end:] * before.size <= RECOVERED * int(before.sum())
    return float(usual.argmax() if usual.any() else usual.size)


def _persons(facts: Facts) -> np.ndarray:
    """Persons in each server of a group, 0 for all others; int64[servers]."""
    persons = np.zeros(len(facts.log.plan["servers"]), np.int64)
    for group in _groups(facts.log.plan):
        first = group["first_server"]
        persons[first : first + group["servers"]] = group["persons"]
    return persons


def helper_seconds(facts: Facts) -> int:
    """Seconds on shift within the window of all helpers, each person counted."""
    from sim.engine.log import on_shift_seconds  # noqa: PLC0415  # with the Log comes pandas, which takes time to load

    if not has_helpers(facts.log.plan):
        return 0
    on_shift = on_shift_seconds(facts.log.plan)[:, facts.days_inside].sum(axis=1, dtype=np.int64)
    return int((on_shift * _persons(facts)).sum())


@kpi(
    "",
    unit="people",
    zh="支援人员人数",
    en="helpers",
    counted="persons of all groups beside the tiers, whenever they come",
    unfinished="as set by the policy",
    source=OWN,
)
def helpers(facts: Facts) -> float:
    """Number of persons who help beside the tiers."""
    return int(_persons(facts).sum())


@kpi(
    "",
    unit="h",
    zh="支援人员小时数",
    en="hours of helpers",
    counted=HELPERS,
    unfinished="as their shifts say",
    source=OWN,
)
def helper_hours(facts: Facts) -> float:
    """Hours on shift of helpers, each person of a team counted."""
    return helper_seconds(facts) / HOUR


@kpi(
    "K20",
    unit="yuan",
    zh="支援人员成本",
    en="cost of helpers",
    counted=HELPERS,
    unfinished="as their shifts say",
    source="price of the scenario: costs.helper_hour",
)
def helper_cost(facts: Facts) -> float:
    """Hours of helpers (helper_hours) times the price of an hour; undefined where the scenario gives none."""
    price = facts.once(costs_of).helper_hour
    return helper_hours.of(facts) * price if price else NAN


KPIS = (
    open_stock_peak,
    replace(recovery_days, occurs=has_surges),
    *(replace(of_helpers, occurs=has_helpers) for of_helpers in (helpers, helper_hours, helper_cost)),
)
