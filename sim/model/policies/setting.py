"""Setting: what parts are told of the place, its demand and each other's answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING

import numpy as np

from sim.model.areas import BuildingKind
from sim.model.demand import DemandSpec, Known
from sim.model.demand_spec import CategorySpec
from sim.model.policies.base import Ints, Misfit, Reals
from sim.model.policies.grids import Grids
from sim.model.policies.skills import disciplines_of, specialist_links
from sim.model.policies.staff import Staff, check_staff
from sim.model.policies.tiers import FULL
from sim.model.rates import daily_rates
from sim.model.spec import Fault
from sim.model.units import MILLION
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy

DAYS_PER_YEAR = 365
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class Setting:
    """All that parts may know: nothing in it is hidden from people, and none of it may be changed.

    ``workload``: see ``workload``; ``known``: the issues, without their hidden fields; ``grids`` and ``staff``: what zoning
    and staffing have come to.
    """

    world: World
    demand: DemandSpec
    known: Known
    workload: Reals
    grids: Grids
    staff: Staff


def settle_in(policy: Policy, world: World, demand: DemandSpec) -> tuple[Grids, Staff]:
    """The grids and the gridworkers that ``policy`` comes to in ``world``, worked out once for the replications of a scenario.

    Raises Misfit, with a place that counts from the top of the scenario, if a part does not fit the world.
    """
    asked = (policy, world, demand)
    for before, settled in tuple(_settled):
        if all(map(is_, before, asked)):
            return settled
    settled = _settle_in(policy, world, demand)
    _settled.append((asked, settled))
    return settled


_settled: deque[tuple[tuple[Policy, World, DemandSpec], tuple[Grids, Staff]]] = deque(maxlen=8)  # the latest answers


def _settle_in(policy: Policy, world: World, demand: DemandSpec) -> tuple[Grids, Staff]:
    if not len(world.buildings):
        raise Misfit(Fault(("world", "households"), "at least one household or dedicated place", 0))
    load = workload(world, demand, triage=policy.tiers.grid_triage)
    with _placed("zoning"):
        grids = Grids.of(world, policy.zoning.zones(world, load))
    with _placed("staffing"):
        staff = policy.staffing.staff(world, grids)
        check_staff(staff, world, grids)
    with _placed("skills"):
        of_worker = disciplines_of(policy.skills, grids, staff)
        specialist_links(policy.skills, world, grids, staff, of_worker=of_worker, unfamiliar=policy.staffing.unfamiliar)
    return grids, staff


@contextmanager
def _placed(lever: str) -> Iterator[None]:
    """Give a misfit its place from the top of the scenario."""
    try:
        yield
    except Misfit as misfit:
        fault = misfit.fault
        raise Misfit(Fault(("policy", lever, *fault.where), fault.expected, fault.got)) from misfit


def workload(world: World, demand: DemandSpec, *, triage: int) -> Reals:
    """Hours of gridworkers' work a year to be expected in each building, by the rates of demand: float64[buildings].

    Every issue counts, reported or not: the whole work if the grid can settle it, else ``triage`` (seconds; -1: the
    whole work).
    """
    kind, community = world.buildings["kind"], world.buildings["community"]
    dedicated = kind == BuildingKind.DEDICATED
    households = world.buildings["households"]
    home_share = _ratio(households, world.communities["households"][community])
    place_share = _ratio(dedicated * 1, world.communities["dedicated"][community])
    hours = np.zeros(len(kind))
    for category in demand.categories:
        rates, each = daily_rates(category, world), _seconds(category, triage) * DAYS_PER_YEAR / SECONDS_PER_HOUR
        hours += each * (rates.homes[community] * home_share + rates.dedicated[community] * place_share)
    return hours


def _ratio(part: Ints, whole: Ints) -> Reals:
    return part / np.maximum(whole, 1)


def _seconds(category: CategorySpec, triage: int) -> float:
    """Work of a gridworker to be expected from an issue."""
    able, work = category.settled_by.grid / MILLION, category.work.by_level[0].mean_seconds
    return able * work + (1 - able) * (work if triage == FULL else triage)
