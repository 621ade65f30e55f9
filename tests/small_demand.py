"""A small scenario's demand for tests: a world of two streets, three categories with everything switched on."""

from __future__ import annotations

from typing import Any

from sim.model.demand import Demand
from sim.model.demand_spec import DemandSpec
from sim.model.draw import draw_demand
from sim.model.period import PeriodSpec
from sim.model.world import World, WorldSpec, build_world

WORLD: dict[str, Any] = {
    "streets": 2,
    "communities_per_street": 3,
    "households": 6000,
    "dedicated": 12,
    "rural": 1,
    "propensity_p90_p10": 3,
}
PERIOD: dict[str, Any] = {"start": "2021-03-01", "days": 60, "history": "40 d"}


def lognormal(mean: str, cv: float = 1.2) -> dict[str, Any]:
    return {"kind": "lognormal", "mean": mean, "cv": cv}


def category(id: str, **fields: object) -> dict[str, Any]:
    """A category as one would write it, everything switched on."""
    return {
        "id": id,
        "title": id,
        "rate": "400 per 1000 residents per year",
        "rural": 1.5,
        "dedicated": "20 per place per year",
        "profile": "home",
        "shared": "30 %",
        "severity": {"urgent": "5 %", "quick": "15 %", "ordinary": "60 %", "hard": "20 %"},
        "settled_by": {"grid": "50 %", "community": "35 %", "street": "8 %", "department": "7 %"},
        "department": "urban",
        "work": {"grid": lognormal("40 min"), "street": {"kind": "exponential", "mean": "2 h"}},
        "report": {
            "share": "40 %",
            "delay": lognormal("2 d"),
            "channels": {"hotline": "60 %", "walk_in": "40 %"},
            "host": "host",
        },
        "notice": {"visit": 0.5, "patrol": 0.01},
        "worsen": {"share": "20 %", "after": lognormal("30 d"), "difficulty": 0.15},
        "clear": {"share": "30 %", "after": {"kind": "exponential", "mean": "60 d"}},
        "patience": {"kind": "exponential", "mean": "5 d"},
        "duplicate": {"share": "15 %", "after": lognormal("5 d")},
        **fields,
    }


def written(**fields: object) -> dict[str, Any]:
    """The demand of a scenario as one would write it."""
    return {
        "day_factor_cv": 0.1,
        "profiles": {
            "home": {
                "hours": [1] * 8 + [3] * 12 + [2] * 4,
                "weekdays": [1, 1, 1, 1, 1, 0.8, 0.7],
                "months": [1] * 5 + [1.2] * 3 + [1] * 4,
                "holiday": 0.8,
            }
        },
        "channels": [
            {"id": "hotline", "title": {"zh": "热线", "en": "Hotline"}, "invalid": "10.7 %"},
            {"id": "walk_in", "title": "walk-in"},
            {"id": "host", "title": "host"},
        ],
        "categories": [category("dispute"), category("waste", shared="80 %"), category("hazard")],
        **fields,
    }


def drawn(
    demand: dict[str, Any],
    world: World | None = None,
    period: dict[str, Any] = PERIOD,
    *,
    seed: int = 1,
    replication: int = 0,
) -> Demand:
    """The demand of ``demand`` as written."""
    place = build_world(WorldSpec.model_validate(WORLD)) if world is None else world
    return draw_demand(
        DemandSpec.model_validate(demand), place, PeriodSpec.model_validate(period), seed=seed, replication=replication
    )


def plain(rate: str, **fields: object) -> dict[str, Any]:
    """The demand of a single plain category, as one would write it."""
    return {"categories": [{"id": "job", "title": "job", "rate": rate, "work": {"grid": "1 h"}, **fields}]}
