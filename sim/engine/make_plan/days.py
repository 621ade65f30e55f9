"""Days: what gridworkers do beside cases, and on which days they are away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.events import NEVER
from sim.engine.make_plan.classes import first_class
from sim.engine.make_plan.fill import Ints, fill, firsts, joined, scaled
from sim.engine.plan import DAY
from sim.model.areas import BuildingKind
from sim.model.demand import Demand
from sim.model.policies import Day
from sim.model.policies.base import Flags
from sim.model.policies.staff import Staff
from sim.model.streams import Words, below, fingerprints, mix
from sim.model.world import World

HOME_OFFSET, LEG_OFFSET = 1, 2  # purposes of a worker's luck


@dataclass(frozen=True)
class Tours:
    """Cyclic tours of visits or of patrol: their records one after the other, and how many each tour has."""

    tables: dict[str, np.ndarray]
    counts: Ints

    def of_workers(self, round: Ints, luck: Words, purpose: int) -> tuple[Ints, Ints, Ints]:
        """First record, number of records and offset of the tour of each worker's round; 0 without one."""
        row = np.where(round < len(self.counts), round, NEVER)  # -1 takes the last entry, a 0
        first, count = np.append(firsts(self.counts), 0)[row], np.append(self.counts, 0)[row]
        return first, count, below(mix(luck, purpose, 0), np.maximum(count, 1))


def visit_tours(world: World, rounds: Sequence[Ints]) -> Tours:
    """The table ``homes``: the households of each round, building by building."""
    stops, round = joined(rounds), _numbers(rounds)
    households = world.buildings["households"][stops].astype(np.int64)
    unit = np.arange(households.sum()) - np.repeat(firsts(households), households) + 1
    homes = fill("homes", len(unit), {"building": np.repeat(stops, households), "unit": unit})
    return Tours({"homes": homes}, np.bincount(round, households, len(rounds)).astype(np.int64))


def patrol_tours(world: World, rounds: Sequence[Ints], day: Day) -> Tours:
    """The tables ``legs`` and ``stops``: the buildings of each round, cut into legs of at most ``day.leg`` seconds.

    Each stop takes as long as the way on to the next one at ``day.pace``, from the last one back to the first. A round
    that would be over sooner than one leg takes a whole leg: the time is spent there all the same.
    """
    if not day.dedicated:
        rounds = [round[world.buildings["kind"][round] != BuildingKind.DEDICATED] for round in rounds]
    stops, round = joined(rounds), _numbers(rounds)
    ends = np.cumsum([0, *map(len, rounds)])[1:]
    seconds = _way_on(world, stops, ends[round], day)
    short = np.bincount(round, seconds, len(rounds)) <= day.leg
    first_stop = _cut(seconds, round, ends, short=short, leg=day.leg)
    counts = np.diff(np.append(first_stop, len(stops)))
    length = np.add.reduceat(seconds, first_stop) if len(stops) else first_stop
    length = np.where(short[round[first_stop]], day.leg, np.maximum(length, 1))
    legs = fill("legs", len(first_stop), {"first_stop": first_stop, "stops": counts, "seconds": length})
    tables = {"legs": legs, "stops": fill("stops", len(stops), {"building": stops})}
    return Tours(tables, np.bincount(round[first_stop], minlength=len(rounds)))


def _numbers(rounds: Sequence[Ints]) -> Ints:
    """The number of the round of each stop."""
    return np.repeat(np.arange(len(rounds)), [len(round) for round in rounds])


def _way_on(world: World, stops: Ints, ends: Ints, day: Day) -> Ints:
    """Seconds from each stop to the next one of its round, which ends before the row in ``ends``; at most a leg."""
    rows = np.arange(len(stops))
    start = np.searchsorted(ends, ends)  # the first stop of the round
    onward = stops[np.where(rows + 1 < ends, np.minimum(rows + 1, len(stops) - 1), start)]
    x, y = (world.buildings[axis].astype(np.int64) for axis in "xy")
    metres = abs(x[onward] - x[stops]) + abs(y[onward] - y[stops])
    return np.minimum((metres * 1000 + day.pace // 2) // day.pace, day.leg)


def _cut(seconds: Ints, round: Ints, ends: Ints, *, short: Flags, leg: int) -> Ints:
    """The first stop of each leg: a leg takes as many stops as fit; a ``short`` round is one leg."""
    until = np.cumsum(seconds)
    at = np.unique(round, return_index=True)[1]
    starts = []
    while at.size:
        starts.append(at)
        end = ends[round[at]]
        after = np.searchsorted(until, until[at] - seconds[at] + leg, side="right")
        after = np.where(short[round[at]], end, np.minimum(after, end))
        at = after[after < end]
    return np.sort(joined(starts))


@dataclass(frozen=True)
class Days:
    """What gridworkers do beside cases: tables of the Plan, the array ``admin``, and their columns of ``servers``."""

    tables: dict[str, np.ndarray]
    admin: Ints
    columns: dict[str, Ints | int]

    @staticmethod
    def of(
        world: World, demand: Demand, staff: Staff, *, community: Ints, day: Day, open_seconds: Ints, away: Flags,
        others: Ints,
    ) -> Days:  # fmt: skip
        """The days of ``staff``, as ``day`` says.

        ``community``: of each worker; ``open_seconds``: of their shift, by day of the run; ``away``: on which days each is away; ``others``: seconds of other
        admin that comes in, worker × day, or no rows.
        """
        luck = worker_luck(world, staff, community)
        visits = visit_tours(world, staff.rounds if np.any(day.visits) else ())
        patrol = patrol_tours(world, staff.rounds if np.any(day.patrol) else (), day)
        first_home, homes, home_offset = visits.of_workers(staff.round, luck, HOME_OFFSET)
        first_leg, legs, leg_offset = patrol.of_workers(staff.round, luck, LEG_OFFSET)
        absences = np.nonzero(away)[1] * DAY
        absent = away.sum(axis=1)
        own = _admin(world, demand, community, day=day, open_seconds=open_seconds)
        admin = own + others if len(own) and len(others) else own if len(own) else others
        columns = {
            "first_absence": firsts(absent),
            "absences": absent,
            "admin": np.arange(len(staff)) if len(admin) else NEVER,
            "admin_piece": day.admin_piece,
            "admin_class": first_class(day.order, "admin"),
            "visit_quota": np.where(homes > 0, day.visits, 0),
            "visit_answered": day.answered,
            "visit_unanswered": day.unanswered,
            "visit_class": first_class(day.order, "visits"),
            "first_home": first_home,
            "homes": homes,
            "home_offset": home_offset,
            "patrol_quota": np.where(legs > 0, day.patrol, 0),
            "patrol_class": first_class(day.order, "patrol"),
            "first_leg": first_leg,
            "legs": legs,
            "leg_offset": leg_offset,
            "find_class": NEVER,
        }
        return Days(
            {
                **visits.tables,
                **patrol.tables,
                "absences": fill("absences", len(absences), {"start": absences, "end": absences + DAY}),
            },
            admin,
            columns,
        )


def worker_luck(world: World, staff: Staff, community: Ints) -> Words:
    """A word for each worker: of its id, and of the world through the first building of its community."""
    return fingerprints(staff.ids) ^ world.buildings["luck"][world.communities["first_building"][community]]


def _admin(world: World, demand: Demand, community: Ints, *, day: Day, open_seconds: Ints) -> Ints:
    """Seconds of admin that come in: worker × day; no rows without admin."""
    if not np.any(day.admin_share):
        return np.zeros((0, len(open_seconds)), np.int32)
    factor = demand.admin_factor(world.community_ids, cv=day.admin_cv)[community]
    share = np.broadcast_to(day.admin_share, len(community)).astype(np.int64)
    return scaled(scaled(share[:, None], open_seconds), factor).astype(np.int32)
