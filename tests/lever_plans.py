"""Plans of a small place under levers that lead cases elsewhere than up the tiers: rings, claims, gates, whistles, local first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world

from sim.engine.events import NEVER
from sim.engine.make_plan import make_plan
from sim.engine.plan import Plan
from sim.model.demand_spec import DemandSpec
from sim.model.policies import Policy
from sim.model.world import World

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
SHARES = {"grid": "50 %", "community": "20 %", "street": "10 %", "department": "20 %"}
#: a: the police may have to settle it; b: nobody above the grid needs to
SPEC = made_spec(category("a", settled_by=SHARES, department="police"), category("b"))
TIERS: dict[str, Any] = {
    "office_shift": OFFICE,
    "grid_triage": "25 min",
    "community": {"triage": "15 min"},
    "street": {"triage": "10 min"},
    "departments": [{"id": "police", "title": "p"}],
}
#: two streets: one of two communities, one of one; four grids, as a building is one
WORLD = made_world(line(50, 50), line(30), line(20), streets=[0, 0, 1])
GRIDS = {"zoning": {"kind": "by_households", "target": 50}, "staffing": {"workers": 4}}


def plan_of(
    policy: Mapping[str, Any], *issues: Mapping[str, int], world: World = WORLD, spec: DemandSpec = SPEC
) -> Plan:
    """The plan of four gridworkers on four grids."""
    rules = Policy.model_validate({"tiers": TIERS, **GRIDS, **policy})
    return make_plan(world, made_demand(spec, *issues), rules, period=PERIOD)


def faults(policy: Mapping[str, Any], spec: DemandSpec = SPEC) -> list[tuple[str, str, object]]:
    """What contradicts in a policy: where, what was expected, what came."""
    found = Policy.model_validate({"tiers": TIERS, **policy}).contradictions(spec)
    return [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in found]


def hop(plan: Plan, stage: int, category: int, *names: str) -> tuple[int, ...]:
    """Fields of what a stage can do with a category."""
    return tuple(plan["hops"][list(names)][stage * len(plan["categories"]) + category].tolist())


def open_at(plan: Plan, calendar: int) -> list[tuple[int, int]]:
    """The intervals of a calendar."""
    first, count = plan["calendars"][calendar].tolist()
    return plan["shifts"][first : first + count].tolist()


def chance(plan: Plan, look: int) -> int:
    """The chance of a look that has but one; 0 without a look."""
    return 0 if look == NEVER else int(plan["buckets"]["chance"][plan["looks"]["first_bucket"][look]])


def same_but_for(plan: Plan, other: Plan) -> set[str]:
    """The tables and arrays in which two plans differ."""
    parts = [{**one.tables, **one.arrays} for one in (plan, other)]
    return {name for name in parts[0] if parts[0][name].tobytes() != parts[1][name].tobytes()}
