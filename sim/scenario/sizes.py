"""How large a run is going to be, in issues and memory, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.demand_spec import DemandSpec
from sim.model.period import PeriodSpec
from sim.model.policies.policy import Policy
from sim.model.rates import expected_issues
from sim.model.world import World

MOST_BYTES = 16 * 10**9  # a run that needs more is refused
BYTES_PER_ISSUE = 2000  # demand, plan, state of the engine, log and KPIs, measured
BYTES_PER_PLACE = 40
BYTES_PER_SERVER_DAY = 100


@dataclass(frozen=True)
class Size:
    """What one replication comes to: issues to be expected, places, and days of all who work.

    ``drawn``: issues with those of history, most of which are gone by the start; ``issues``: those of the run.
    """

    drawn: float
    issues: float
    places: int
    server_days: int

    @property
    def bytes(self) -> float:
        """Memory that it needs, about."""
        return self.drawn * BYTES_PER_ISSUE + self.places * BYTES_PER_PLACE + self.server_days * BYTES_PER_SERVER_DAY

    @property
    def too_large(self) -> str:
        """Why it cannot be run; nothing if it can."""
        if self.bytes <= MOST_BYTES:
            return ""
        parts = f"{self.drawn:,.0f} issues, {self.places:,} households and buildings, {self.server_days:,} days of work"
        needed = f"this would need about {self.bytes / 1e9:,.0f} GB: {parts}"
        return f"expected a run of at most {MOST_BYTES / 1e9:.0f} GB, got a larger one ({needed})"


def size_of(world: World, demand: DemandSpec, policy: Policy, *, period: PeriodSpec) -> Size:
    """The size of one replication. Raises ValueError if public holidays are needed and not known."""
    drawn = expected_issues(demand, world, period)
    issues = expected_issues(demand, world, period.model_copy(update={"history": 0}))
    return Size(drawn, issues, world.places, _servers(policy, world) * period.days)


def _servers(policy: Policy, world: World) -> int:
    """How many people and crews work under ``policy``."""
    workers, tiers = policy.staffing.workers, policy.tiers
    return (
        (sum(workers.values()) if isinstance(workers, dict) else workers)
        + (tiers.desk.clerks if tiers.desk else 0)
        + (tiers.community.staff * len(world.community_ids) if tiers.community else 0)
        + (tiers.street.staff * len(world.street_ids) if tiers.street else 0)
        + sum(department.crews for department in tiers.departments)
        + (tiers.city.staff if tiers.city else 0)
        + sum(part.most(world) for part in policy.parts.values())
        + tiers.most_at_communities(world)
    )
