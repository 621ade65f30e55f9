"""Peak of the open stock, days to recover from a surge, and what helpers come to: by hand on Logs made up for it."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from made_worlds import category, line, made_demand, made_spec, made_world

from sim.engine.log import Log
from sim.engine.make_plan import make_plan
from sim.engine.plan import DAY
from sim.engine.simulate import simulate
from sim.model.period import PeriodSpec
from sim.model.policies import Policy
from sim.study.kpis import KPIS, evaluate
from sim.study.kpis.facts import Facts
from sim.study.kpis.surges import stock_by_day

PERIOD = PeriodSpec(days=40)
OFFICE = "weekdays 08:30-12:00 14:00-18:00"


def logged(stock: dict[int, int], *, surges: dict[str, tuple[int, int]] | None = None) -> Log:
    """A run in which so many cases become known on a day (first hour) and end so many days later: day → how many; all end on day 30."""
    rows = [{"onset": day * DAY, "report": day * DAY} for day, cases in stock.items() for _ in range(cases)]
    plan = make_plan(
        made_world(line(5)), made_demand(made_spec(category()), *rows, period=PERIOD), Policy(), period=PERIOD
    )
    labels: dict[str, Any] = dict(plan.labels)
    if surges is not None:
        labels["surges"] = surges
    plan = replace(plan, labels=MappingProxyType(labels))
    log = simulate(plan)
    cases = log.raw["cases"].copy()
    cases["closed"] = np.where(cases["known"] < 30 * DAY, 30 * DAY, -1)
    return Log(plan, {**log.raw, "cases": cases})


def value(log: Log, kpi: str) -> float:
    (found,) = evaluate(log, [KPIS[kpi]]) or [math.nan]
    return found


def test_stock_is_counted_at_the_end_of_each_day() -> None:
    stock = stock_by_day(Facts.of(logged({3: 2, 5: 4})))
    assert stock.tolist() == [0] * 3 + [2] * 2 + [6] * 25 + [0] * 10


def test_the_peak_is_the_highest_end_of_a_day() -> None:
    assert value(logged({3: 2, 5: 4}), "open_stock_peak") == 6


@pytest.mark.parametrize(
    ("stock", "end", "days"),
    [
        ({0: 10, 15: 20}, 20, 10),  # 10 open before, 30 until day 30, then none
        ({0: 10, 15: 1}, 20, 0),  # 11 is 1.1 times 10
        ({0: 10, 15: 2}, 20, 10),
        ({0: 10, 31: 20}, 35, 5),  # never by the horizon
    ],
)
def test_days_to_recover(stock: dict[int, int], end: int, days: int) -> None:
    assert value(logged(stock, surges={"outbreak": (15, end)}), "recovery_days") == days


def test_of_several_surges_the_longest_recovery_counts() -> None:
    log = logged({0: 10, 15: 20}, surges={"short": (15, 28), "long": (15, 18)})
    assert value(log, "recovery_days") == 12


def test_without_days_before_the_surge_recovery_is_undefined() -> None:
    assert math.isnan(value(logged({0: 3}, surges={"outbreak": (0, 5)}), "recovery_days"))


def test_runs_without_surges_or_helpers_have_no_such_figures() -> None:
    log = logged({3: 2})
    assert not any(KPIS[name].occurs(log.plan) for name in ("recovery_days", "helpers", "helper_hours", "helper_cost"))
    assert KPIS["helper_hours"](log) == 0


def helped(**costs: float) -> Log:
    wave = {"id": "teams", "start": "10 d", "days": 5, "servers": 2, "persons": 3, "handles": ["grid"]}
    wave["shift"] = "daily 08:00-20:00"
    policy = Policy.model_validate({"staffing": {"shift": OFFICE}, "reinforcement": {"kind": "waves", "waves": [wave]}})
    plan = make_plan(made_world(line(5)), made_demand(made_spec(category()), {}, period=PERIOD), policy, period=PERIOD)
    return simulate(replace(plan, labels=MappingProxyType({**plan.labels, "costs": costs})))


def test_helpers_are_counted_by_persons_and_hours_on_shift() -> None:
    assert value(helped(), "helpers") == 6
    assert value(helped(), "helper_hours") == 6 * 5 * 12


def test_helpers_cost_what_an_hour_of_theirs_costs() -> None:
    assert math.isnan(value(helped(), "helper_cost"))
    assert value(helped(helper_hour=40), "helper_cost") == 360 * 40
    assert value(helped(helper_hour=40), "cost_total") == 360 * 40
    assert value(helped(helper_hour=40, worker_month=100), "cost_total") == pytest.approx(
        360 * 40 + 100 * 40 / 365 * 12
    )


def test_successors_fill_posts_that_there_are_already() -> None:
    policy = Policy.model_validate({"staffing": {"shift": OFFICE, "workers": 2, "turnover": {"per_year": "100 %"}}})
    demand = made_demand(made_spec(category()), {}, period=PERIOD)
    log = simulate(make_plan(made_world(line(5, 5)), demand, policy, period=PERIOD))
    assert len(log.plan["servers"]) == 4
    assert value(log, "gridworkers") == 2
