"""K10, the three rates: what residents who reported say when they are called back after closure."""

from __future__ import annotations

import numpy as np

from sim.engine.events import NEVER, Source
from sim.engine.plan import DAY
from sim.study.kpis.exact import share
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import Side, kpi

CALLED_BACK = "cases of real issues that residents or hosts reported, closed within the window; each is called back"
BEIJING = "three rates of Beijing's citizen-first hotline reform; what makes a resident satisfied is assumed, the weights are one county's"
WEIGHTS = (0.30, 0.35, 0.35)  # response, solution, satisfaction


def _reported(facts: Facts) -> np.ndarray:
    """Cases that came from residents or hosts."""
    return (facts.cases["source"] > Source.PATROL) & facts.genuine


def _called_back(facts: Facts) -> np.ndarray:
    return facts.closed_inside & facts.once(_reported)


def _solved(facts: Facts) -> np.ndarray:
    return facts.gone_by(facts.cases["closed"])


def _satisfied(facts: Facts) -> np.ndarray:
    limit = facts.cases["limit_original"]
    return facts.once(_solved) & ((limit == NEVER) | (facts.cases["finished"] <= limit))


@kpi(
    "K10",
    unit="share",
    zh="响应率",
    en="response rate",
    side=Side.OFFICIAL,
    counted="cases of real issues that residents or hosts reported, dispatched within the window at least 24 hours before the horizon",
    unfinished="not begun with yet: no response",
    source=BEIJING,
)
def response_rate(facts: Facts) -> float:
    """Cases begun with by a level within 24 hours of dispatch / cases dispatched."""
    dispatched, started = facts.cases["dispatched"], facts.cases["started"]
    over = facts.inside(dispatched) & (dispatched + DAY <= facts.horizon) & facts.once(_reported)
    return share((started != NEVER) & (started <= dispatched + DAY), over)


@kpi(
    "K10",
    unit="share",
    zh="解决率",
    en="solution rate",
    counted=CALLED_BACK,
    unfinished="open cases are left out",
    source=BEIJING,
)
def solution_rate(facts: Facts) -> float:
    """Cases whose issue was truly gone when they were closed / cases called back."""
    return share(facts.once(_solved), facts.once(_called_back))


@kpi(
    "K10",
    unit="share",
    zh="满意率",
    en="satisfaction rate",
    counted=CALLED_BACK,
    unfinished="open cases are left out",
    source=BEIJING,
)
def satisfaction_rate(facts: Facts) -> float:
    """Cases whose issue was truly gone when they were closed, and that were disposed of within their first time limit / cases called back."""
    return share(_satisfied(facts), facts.once(_called_back))


@kpi(
    "K10",
    unit="share",
    zh="三率综合得分",
    en="composite of the three rates",
    counted="as the three rates",
    unfinished="as the three rates",
    source=BEIJING,
)
def three_rates(facts: Facts) -> float:
    """0.30 response rate + 0.35 solution rate + 0.35 satisfaction rate."""
    rates = (response_rate, solution_rate, satisfaction_rate)
    return sum(weight * rate.of(facts) for weight, rate in zip(WEIGHTS, rates, strict=True))


KPIS = (response_rate, solution_rate, satisfaction_rate, three_rates)
