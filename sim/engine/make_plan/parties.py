"""Parties: which departments have to come together for an issue, and who whistles for them, as rows of the Plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.events import NEVER, Level, Role
from sim.engine.make_plan.fill import Ints, fill, firsts
from sim.engine.make_plan.stages import Stages
from sim.engine.plan import MILLION
from sim.model.demand import Demand
from sim.model.demand_spec import LEVELS, CategorySpec, DemandSpec, PartnersSpec
from sim.model.policies import Policy
from sim.model.policies.base import Flags
from sim.model.policies.groups import Call

DEPARTMENT = LEVELS.index("department")


@dataclass(frozen=True)
class Parties:
    """A party for each category that has partners, its own department first.

    ``rows``: the party of each category, NEVER for those without; ``members``: by party, (department, share of the work in millionths); ``call``: when
    somebody whistles for them.
    """

    rows: tuple[int, ...]
    members: tuple[tuple[tuple[int, int], ...], ...]
    call: Call | None

    @staticmethod
    def of(policy: Policy, demand: DemandSpec) -> Parties:
        """The parties of ``demand`` among the departments of ``policy``."""
        ids = policy.tiers.department_ids
        leading = {one.id: one.department for one in demand.categories if one.id in demand.partners}
        rows = [[*leading].index(one.id) if one.id in leading else NEVER for one in demand.categories]
        members = [_members(str(leader), demand.partners[id], ids) for id, leader in leading.items()]
        return Parties(tuple(rows), tuple(members), policy.whistle.call())

    def joint(self, demand: Demand) -> Flags:
        """Which issues take all members: the most difficult of those that it takes a department for, bool[issues]."""
        bounds = np.array([_bounds(one, demand.spec.partners.get(one.id)) for one in demand.spec.categories])
        least, most = bounds[demand.issues["category"]].T
        found: Flags = (demand.issues["difficulty"] > least) & (demand.issues["difficulty"] <= most)
        return found

    def together(self, first: int) -> tuple[Ints, Ints]:
        """Pairs of queues, those of departments beginning at ``first``, whose servers may be called together."""
        pairs = [(members[0][0], department) for members in self.members for department, _ in members[1:]]
        leader, partner = np.array(pairs, np.int64).reshape(-1, 2).T + first
        return leader, partner

    def tables(self, first: int) -> dict[str, np.ndarray]:
        """The tables ``parties`` and ``party_members``; the queues of departments begin at ``first``."""
        counts = np.array([len(members) for members in self.members], np.int64)
        rows = [
            (department + first, share, k) for members in self.members for k, (department, share) in enumerate(members)
        ]
        queue, share, place = np.array(rows, np.int64).reshape(-1, 3).T
        stays_away = np.where(place > 0, self.call.no_show if self.call else 0, 0)
        return {
            "parties": fill("parties", len(counts), {"first_member": firsts(counts), "members": counts}),
            "party_members": fill("party_members", len(rows), {"queue": queue, "share": share, "no_show": stays_away}),
        }

    def issues(self, table: np.ndarray, demand: Demand) -> np.ndarray:
        """The table ``issues`` with the party of each."""
        if self.members:
            table["party"] = np.array(self.rows)[demand.issues["category"]]
            table["joint"] = self.joint(demand)
        return table

    def stages(self, table: np.ndarray, stages: Stages) -> np.ndarray:
        """The table ``stages`` with what departments refer to each other, and where whistles lead."""
        department = stages.row(Role.HANDLE, Level.DEPARTMENT)
        if self.members:
            table["refers"][department] = 1
        if self.call:
            table["whistle"][department] = stages.named(self.call.stop)
        return table

    def hops(self, table: np.ndarray, stages: Stages) -> np.ndarray:
        """The table ``hops`` with the chances that somebody whistles."""
        if self.call:
            hops = table.reshape(len(stages.rows), -1)[stages.row(Role.HANDLE, Level.DEPARTMENT)]
            hops["whistle"], hops["whistle_idle"] = self.call.chance, self.call.idle
        return table


def _members(leader: str, partners: PartnersSpec, departments: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The departments that a category takes, the one in charge first, each with its share of the work."""
    shares = {leader: MILLION, **partners.work}
    return tuple((departments.index(id), share) for id, share in shares.items())


def _bounds(category: CategorySpec, partners: PartnersSpec | None) -> tuple[int, int]:
    """Between which difficulties issues take several departments: above the first, up to the second."""
    most = category.settled_by.cumulative[DEPARTMENT]
    share = 0 if partners is None else partners.share
    return most - (category.settled_by.department * share + MILLION // 2) // MILLION, most
