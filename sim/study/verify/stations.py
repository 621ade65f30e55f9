"""Models of queueing theory as scenarios: one hour is the unit of time."""

from __future__ import annotations

from typing import Any

from sim.scenario.schema import Scenario
from sim.study.verify.answers import Answer, Parameters

LEVELS = ("grid", "community", "street", "department")

#: what comes before is left out: many times what a station needs to forget that it began empty
WARM_UP = 0.05
MOST_DAYS = 20_000  # of one run


def most_customers(answer: Answer) -> int:
    """How many come to the model of an answer in the longest run."""
    return int(MOST_DAYS * 24 * (1 - WARM_UP) * sum(answer.parameters["lambda"]))


def scenario_of(answer: Answer, *, customers: int) -> Scenario:
    """The model of an answer as a scenario, so long that about ``customers`` come after its warm-up."""
    given = answer.parameters
    days = int(customers / (1 - WARM_UP) / sum(given["lambda"]) / 24) + 2
    model = _chain(given) if "settled" in given else _station(answer.model, given)
    return Scenario.model_validate(
        {
            "name": "theory",
            "seed": answer.row,
            "period": {"days": days, "warm_up": f"{max(1, int(days * WARM_UP))} d"},
            **model,
        }
    )


def _station(model: str, given: Parameters) -> dict[str, Any]:
    """One queue: a category for each class of customers, the first of several classes urgent."""
    rates, means = given["lambda"], [1 / mu for mu in given["mu"]]
    spreads = given["cv"] if "cv" in given else (1.0,) * len(rates)
    several = len(rates) > 1
    patience = {"patience": _law(1 / given["theta"][0], 1)} if "theta" in given else {}
    categories = [
        {
            "id": f"class{k + 1}",
            "title": f"class {k + 1}",
            "rate": f"{rate} per hour",
            "severity": "urgent" if several and k == 0 else "ordinary",
            "work": {"grid": _law(mean, spread)},
            **patience,
        }
        for k, (rate, mean, spread) in enumerate(zip(rates, means, spreads, strict=True))
    ]
    workers = int(given["c"][0]) if "c" in given else 1
    preempt = "urgent" if "preemptive-resume" in model else "none"
    return {
        "demand": {"categories": categories},
        "policy": {
            "staffing": {"kind": "community_pool", "workers": workers},
            "dispatch": {"kind": "fifo", "preempt": preempt},
        },
    }


def _law(mean: float, cv: float) -> dict[str, Any]:
    """A law of this mean, in hours, and coefficient of variation; formulas of M/G/1 know no more of it."""
    if cv == 0:
        return {"kind": "deterministic", "value": f"{mean} h"}
    if cv == 1:
        return {"kind": "exponential", "mean": f"{mean} h"}
    return {"kind": "gamma", "mean": f"{mean} h", "cv": cv}


def _chain(given: Parameters) -> dict[str, Any]:
    """Levels as stations in a row: what a level cannot settle moves up, after a whole service."""
    staff = dict(zip(LEVELS, map(int, given["c"]), strict=True))
    category = {
        "id": "customer",
        "title": "customer",
        "rate": f"{given['lambda'][0]} per hour",
        "settled_by": dict(zip(LEVELS, given["settled"], strict=True)),
        "department": "last",
        "work": {level: _law(mean, 1) for level, mean in zip(LEVELS, given["mean"], strict=True)},
    }
    return {
        "demand": {"categories": [category]},
        "policy": {
            "staffing": {"kind": "community_pool", "workers": staff["grid"]},
            "tiers": {
                "community": {"staff": staff["community"]},
                "street": {"staff": staff["street"]},
                "departments": [{"id": "last", "title": "last", "crews": staff["department"]}],
            },
        },
    }
