"""People: queues and servers, who may serve which queue, and which of them have to be settled together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sim.engine.events import LEVELS, NEVER, Level
from sim.engine.make_plan.clocks import Clocks
from sim.engine.make_plan.fill import Ints, fill, firsts, joined
from sim.engine.plan import MILLION, dtype_of
from sim.model.policies import Dispatch, Policy, Tiers
from sim.model.policies.grids import Grids
from sim.model.policies.staff import Staff
from sim.model.shifts import Shifts
from sim.model.world import World


@dataclass(frozen=True)
class Queues:
    """One queue for each grid, office, department and desk: the ``first`` of each level, and how many it has."""

    first: Ints
    count: Ints

    @staticmethod
    def of(tiers: Tiers, world: World, grids: Grids) -> Queues:
        """The queues by level."""
        count = np.zeros(LEVELS, np.int64)
        count[Level.GRID] = len(grids)
        count[Level.COMMUNITY] = len(world.communities) if tiers.community else 0
        count[Level.STREET] = len(world.street_ids) if tiers.street else 0
        count[Level.DEPARTMENT] = len(tiers.departments)
        count[Level.CITY] = tiers.city is not None
        count[Level.DISTRICT] = tiers.desk is not None
        return Queues(firsts(count), count)

    def __len__(self) -> int:
        return int(self.count.sum())

    def row(self, level: Level, unit: Ints | int) -> Ints:
        """The queues of these units of a level; -1 where there is no unit, or nobody at that level."""
        return np.where((np.asarray(unit) < 0) | (self.count[level] == 0), NEVER, self.first[level] + unit)

    def table(self, links: Links, dispatch: Dispatch) -> np.ndarray:
        """The table ``queues``."""
        level = np.repeat(np.arange(LEVELS), self.count)
        served = np.bincount(links.table["queue"], minlength=len(self))
        columns = {
            "level": level,
            "unit": np.arange(len(self)) - self.first[level],
            "component": links.components[: len(self)],
            "slope": dispatch.slope,
            "due_slope": dispatch.due_slope,
            "first_link": firsts(served),
            "links": served,
            "first_peer": self.first[level],
            "peers": self.count[level],
        }
        return fill("queues", len(self), columns)


@dataclass(frozen=True)
class Servers:
    """Everybody who works: gridworkers first, then offices from the community up. Arrays by server.

    ``start``: the building where each starts the day; the district's crews stand anywhere, as they do not travel.
    """

    workers: int
    level: Ints
    unit: Ints
    calendar: Ints
    start: Ints

    @staticmethod
    def of(policy: Policy, world: World, grids: Grids, *, staff: Staff, clocks: Clocks) -> Servers:
        """The servers of ``policy`` in ``world``."""
        first_of_grid = np.unique(grids.of_building, return_index=True)[1]
        at_home = (Level.GRID, staff.grid, policy.staffing.shift, first_of_grid[staff.grid])
        offices = [
            (level, units, shift, _start(world, level, units)) for level, units, shift in _offices(policy.tiers, world)
        ]
        groups = [at_home, *offices]
        return Servers(
            len(staff),
            joined([np.full(len(units), level) for level, units, _, _ in groups]),
            joined([units for _, units, _, _ in groups]),
            joined([np.full(len(units), clocks.row(shift)) for _, units, shift, _ in groups]),
            joined([start for _, _, _, start in groups]),
        )

    def __len__(self) -> int:
        return len(self.level)

    def table(self, policy: Policy, links: Links, days: Mapping[str, Ints | int]) -> np.ndarray:
        """The table ``servers``; ``days`` has the columns of the gridworkers' days."""
        linked = np.bincount(links.table["server"], minlength=len(self))
        is_worker = np.arange(len(self)) < self.workers
        columns: dict[str, object] = {
            "level": self.level,
            "unit": self.unit,
            "calendar": self.calendar,
            "component": links.components[len(links.components) - len(self) :],
            "building": self.start,
            "speed": np.where(is_worker, policy.staffing.speed, 0),
            "skill": np.where(is_worker, policy.staffing.skill, MILLION),
            "first_link": firsts(linked),
            "links": linked,
        }
        names = (name for name in dtype_of("servers").names or () if name not in columns)
        return fill("servers", len(self), {**columns, **{name: self._of_workers(name, days[name]) for name in names}})

    def _of_workers(self, name: str, values: Ints | int) -> Ints:
        """A column that only gridworkers have: the others have no admin, and 0 of everything else."""
        column = np.full(len(self), NEVER if name == "admin" else 0)
        column[: self.workers] = values
        return column


def _offices(tiers: Tiers, world: World) -> Iterator[tuple[Level, Ints, Shifts | None]]:
    """The offices above the grid: level, unit of each member of the staff, shift."""
    if tiers.community:
        yield (
            Level.COMMUNITY,
            np.repeat(np.arange(len(world.communities)), tiers.community.staff),
            tiers.community.shift,
        )
    if tiers.street:
        yield Level.STREET, np.repeat(np.arange(len(world.street_ids)), tiers.street.staff), tiers.street.shift
    for row, department in enumerate(tiers.departments):
        yield Level.DEPARTMENT, np.full(department.crews, row), department.shift
    if tiers.city:
        yield Level.CITY, np.zeros(tiers.city.staff, np.int64), tiers.city.shift
    if tiers.desk:
        yield Level.DISTRICT, np.zeros(tiers.desk.clerks, np.int64), tiers.desk.shift


def _start(world: World, level: Level, units: Ints) -> Ints:
    """A building of each of these units; any, for units of the whole district."""
    first = np.minimum(world.communities["first_building"], len(world.buildings) - 1)
    if level == Level.COMMUNITY:
        return first[units]
    if level == Level.STREET:
        return first[np.unique(world.communities["street"], return_index=True)[1]][units]
    return 0 * units


@dataclass(frozen=True)
class Links:
    """Who may serve which queue: the table ``server_links``, and the component of each queue, then of each server."""

    table: np.ndarray
    components: Ints

    @staticmethod
    def of(staff: Staff, queues: Queues, servers: Servers) -> Links:
        """Gridworkers as staffing says; everybody else serves the queue of the own office."""
        offices = np.arange(servers.workers, len(servers))
        own = queues.first[servers.level[offices]] + servers.unit[offices]
        columns = {
            "server": joined([staff.links["worker"], offices]),
            "queue": joined([queues.row(Level.GRID, staff.links["grid"]), own]),
            "rank": joined([staff.links["rank"], 0 * offices]),
            "travel_factor": joined([staff.links["travel_factor"], 0 * offices + MILLION]),
            "work_factor": joined([staff.links["work_factor"], 0 * offices + MILLION]),
        }
        order = np.lexsort((columns["queue"], columns["rank"], columns["server"]))
        table = fill("server_links", len(order), {name: column[order] for name, column in columns.items()})
        return Links(table, components(table["queue"], table["server"] + len(queues), nodes=len(queues) + len(servers)))

    def by_queue(self) -> np.ndarray:
        """The table ``queue_links``."""
        order = np.lexsort((self.table["server"], self.table["rank"], self.table["queue"]))
        return fill("queue_links", len(order), {"link": order})


def components(a: Ints, b: Ints, *, nodes: int) -> Ints:
    """The connected component of each of ``nodes``, if edges join ``a[i]`` and ``b[i]``; numbered by their first nodes."""
    label = np.arange(nodes)
    while True:
        least = np.minimum(label[a], label[b])
        lower = label.copy()
        np.minimum.at(lower, a, least)
        np.minimum.at(lower, b, least)
        lower = lower[lower]  # a label is itself a node, and may know better by now
        if (lower == label).all():
            return np.unique(label, return_inverse=True)[1]
        label = lower
