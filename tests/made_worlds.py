"""Small worlds and demands made by hand, so that what policies make of them can be worked out on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.model.demand import ISSUE, Demand, assemble
from sim.model.demand_spec import LEVELS, DemandSpec
from sim.model.period import PeriodSpec
from sim.model.spec import Title
from sim.model.world import BUILDINGS, COMMUNITIES, BuildingKind, World

PERIOD = PeriodSpec(days=14)  # 2021-01-01 (a holiday) to 2021-01-14

Place = tuple[int, int, int]  # x, y, households; no households: a dedicated place


def line(*households: int, y: int = 0, apart: int = 100) -> list[Place]:
    """Buildings side by side, so many metres apart."""
    return [(i * apart, y, homes) for i, homes in enumerate(households)]


def made_world(*communities: Sequence[Place], streets: Sequence[int] | None = None, rural: Sequence[int] = ()) -> World:
    """Communities c0, c1, … of these buildings, in the streets (rows) given, by default one.

    Dedicated places must come last in a community.
    """
    streets = streets or [0] * len(communities)
    table = np.zeros(len(communities), [(name, kind) for name, (kind, _, _) in COMMUNITIES.items()])
    sizes = np.array([len(places) for places in communities])
    table["street"], table["buildings"], table["first_building"] = streets, sizes, np.cumsum(sizes) - sizes
    table["households"] = [sum(homes for _, _, homes in places) for places in communities]
    table["dedicated"] = [sum(homes == 0 for _, _, homes in places) for places in communities]
    table["kind"][list(rural)] = 1
    table["propensity"] = 1_000_000
    buildings = np.zeros(sizes.sum(), [(name, kind) for name, (kind, _, _) in BUILDINGS.items()])
    places = [place for community in communities for place in community]
    buildings["community"] = np.repeat(np.arange(len(communities)), sizes)
    for axis, name in enumerate(("x", "y", "households")):
        buildings[name] = [place[axis] for place in places]
    buildings["kind"] = np.where(buildings["households"] == 0, BuildingKind.DEDICATED, BuildingKind.RESIDENTIAL)
    buildings["first_place"] = np.cumsum(buildings["households"] + 1) - (buildings["households"] + 1)
    buildings["luck"] = np.arange(1, len(buildings) + 1)
    buildings["answer"] = 500_000
    table.flags.writeable = buildings.flags.writeable = False
    names = [f"c{i}" for i in range(len(communities))]
    street_names = [f"s{i}" for i in range(max(streets) + 1)]
    return World(
        street_ids=tuple(street_names),
        street_titles=tuple(Title(zh=name, en=name) for name in street_names),
        community_ids=tuple(names),
        community_titles=tuple(Title(zh=name, en=name) for name in names),
        building_ids=tuple(f"b{i}" for i in range(len(buildings))),
        communities=table,
        buildings=buildings,
        residents_per_household=2.5,
    )


def category(id: str = "a", **fields: object) -> dict[str, Any]:
    """A category as one would write it: an issue a day, an hour of work."""
    return {"id": id, "title": id, "rate": "1 per day", "work": {"grid": "1 h"}, **fields}


def made_spec(*categories: dict[str, Any], channels: Sequence[str] = ()) -> DemandSpec:
    """The demand of these categories (by default one) and channels, all reported by the first one if they say nothing."""
    named = [{"id": name, "title": name} for name in channels]
    report = {"report": {"channels": dict.fromkeys(channels[:1], 1)}} if channels else {}
    rows = [{**report, **row} for row in categories or (category(),)]
    return DemandSpec.model_validate({"categories": rows, "channels": named})


_PLAIN: Mapping[str, int] = {
    "report": 0, "duplicate": -1, "clear": -1, "worsen": -1, "patience": -1, "valid": 1, "channel": 2,
    "severity": 2, "worse_severity": 2, "difficulty": 1, "worse_difficulty": 1, "threshold": 1_000_000,
}  # fmt: skip


def made_demand(spec: DemandSpec, *issues: Mapping[str, int], period: PeriodSpec = PERIOD) -> Demand:
    """These issues, one an hour: what they leave out is plain (reported at 0 by the first channel, ordinary, easy)."""
    records = np.zeros(len(issues), ISSUE)
    for row, issue in enumerate(issues):
        for name, value in {**_PLAIN, "onset": 3600 * row, "luck": row + 1, **issue}.items():
            records[row][name] = value
    work = np.full((len(issues), len(LEVELS)), 600, np.int32)
    return assemble(spec, period.start, period.days, seed=1, replication=0, issues=records, work=work)
