"""People: queues and servers, who may serve which queue, and which of them have to be settled together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.events import LEVELS, NEVER, Level
from sim.engine.make_plan.clocks import Clocks
from sim.engine.make_plan.fill import Ints, fill, firsts, joined
from sim.engine.make_plan.helpers import Helpers, tier_units
from sim.engine.make_plan.stages import level_of
from sim.engine.plan import MILLION, dtype_of
from sim.model.policies import Dispatch, Policy, Tiers
from sim.model.policies.grids import Grids
from sim.model.policies.groups import Reach
from sim.model.policies.staff import Staff
from sim.model.shifts import Shifts
from sim.model.world import World

#: columns of ``servers`` in which -1 says that there is none
NOT_ONE_OF_THEM = ("admin", "find_class", "suppress")


@dataclass(frozen=True)
class Queues:
    """One queue for each grid, office, department and desk: the ``first`` of each level, and how many it has; after them those of helpers,
    then one a grid for each of the ``disciplines`` of gridworkers."""

    first: Ints
    count: Ints
    helpers: Helpers
    disciplines: int

    @staticmethod
    def of(tiers: Tiers, world: World, grids: Grids, helpers: Helpers, *, disciplines: int) -> Queues:
        """The queues by level, then by group, then by discipline."""
        count = np.zeros(LEVELS, np.int64)
        count[Level.GRID] = len(grids)
        count[Level.COMMUNITY] = len(world.communities) if tiers.community else 0
        count[Level.STREET] = len(world.street_ids) if tiers.street else 0
        count[Level.DEPARTMENT] = len(tiers.departments)
        count[Level.CITY] = tiers.city is not None
        count[Level.DISTRICT] = tiers.desk is not None
        return Queues(firsts(count), count, helpers, disciplines)

    def __len__(self) -> int:
        return int(self.count.sum()) + sum(self._units) + self.disciplines * int(self.count[Level.GRID])

    @property
    def _units(self) -> list[int]:
        """How many queues each group has that has any."""
        return [self.helpers.units[self.helpers.index(id)] for id in self.helpers.queued]

    def of_group(self, id: str) -> int:
        """The first queue of a group."""
        return int(self.count.sum()) + sum(self._units[: self.helpers.queued.index(id)])

    def of_discipline(self, discipline: Ints | int, grid: Ints) -> Ints:
        """The queues of a discipline on these grids."""
        return int(self.count.sum()) + sum(self._units) + discipline * self.count[Level.GRID] + grid

    def row(self, level: Level, unit: Ints | int) -> Ints:
        """The queues of these units of a level; -1 where there is no unit, or nobody at that level."""
        return np.where((np.asarray(unit) < 0) | (self.count[level] == 0), NEVER, self.first[level] + unit)

    def table(self, links: Links, dispatch: Dispatch) -> np.ndarray:
        """The table ``queues``."""
        tiers = int(self.count.sum())
        units = [*self._units, *[int(self.count[Level.GRID])] * self.disciplines]
        groups = [self.helpers.groups[self.helpers.index(id)] for id in self.helpers.queued]
        names = [*(group.level for group in groups), *["grid"] * self.disciplines]
        eases = [*(group.ease for group in groups), *[0] * self.disciplines]
        level = np.repeat(np.arange(LEVELS), self.count)
        peers = self.count[level]
        own = np.arange(tiers, len(self))  # queues of helpers have no peers
        first = np.concatenate([self.first[level], np.repeat(tiers + firsts(np.array(units, np.int64)), units)])
        served = np.bincount(links.table["queue"], minlength=len(self))
        columns = {
            "level": np.concatenate([level, np.repeat([level_of(name) for name in names], units).astype(int)]),
            "unit": np.arange(len(self)) - first,
            "component": links.components[: len(self)],
            "slope": dispatch.slope,
            "due_slope": dispatch.due_slope,
            "ease_slope": np.concatenate([0 * level, np.repeat(eases, units).astype(int)]),
            "first_link": firsts(served),
            "links": served,
            "first_peer": np.concatenate([self.first[level], own]),
            "peers": np.concatenate([peers, 0 * own + 1]),
        }
        return fill("queues", len(self), columns)


@dataclass(frozen=True)
class Servers:
    """Everybody who works: gridworkers first, then offices from the community up. Arrays by server.

    ``start``: the building where each starts the day; the district's crews stand anywhere, as they do not travel.
    """

    workers: int
    helpers: int
    level: Ints
    unit: Ints
    calendar: Ints
    start: Ints
    speed: Ints
    skill: Ints

    @staticmethod
    def of(policy: Policy, world: World, grids: Grids, *, staff: Staff, clocks: Clocks, helpers: Helpers) -> Servers:
        """The servers of ``policy`` in ``world``."""
        first_of_grid = np.unique(grids.of_building, return_index=True)[1]
        at_home = (Level.GRID, staff.grid, policy.staffing.shift, first_of_grid[staff.grid])
        offices = [
            (level, units, shift, _start(world, level, units)) for level, units, shift in _offices(policy.tiers, world)
        ]
        helping = [
            (helpers.groups[k], units, _first_building(helpers.of_building[k])[units]) for k, units in helpers.servers()
        ]
        others = [(level_of(group.level), units, group.shift, start) for group, units, start in helping]
        groups = [at_home, *offices, *others]
        speeds = [policy.staffing.speed, *(0 for _ in offices), *(group.speed for group, _, _ in helping)]
        skills = [policy.staffing.skill, *(MILLION for _ in offices), *(group.skill for group, _, _ in helping)]
        sizes = [len(units) for _, units, _, _ in groups]
        return Servers(
            len(staff),
            sum(sizes) - sum(sizes[: 1 + len(offices)]),
            joined([np.full(len(units), level) for level, units, _, _ in groups]),
            joined([units for _, units, _, _ in groups]),
            joined([np.full(len(units), clocks.row(shift)) for _, units, shift, _ in groups]),
            joined([start for _, _, _, start in groups]),
            np.repeat(speeds, sizes),
            np.repeat(skills, sizes),
        )

    def __len__(self) -> int:
        return len(self.level)

    def table(
        self, links: Links, days: Mapping[str, Ints | int], *, away: Ints, visits: Mapping[str, Ints]
    ) -> np.ndarray:
        """The table ``servers``; ``days`` has the columns of the gridworkers' days, ``away`` how many absences each helper has, ``visits`` the columns of helpers' visits."""
        linked = np.bincount(links.table["server"], minlength=len(self))
        columns: dict[str, object] = {
            "level": self.level,
            "unit": self.unit,
            "calendar": self.calendar,
            "component": links.components[len(links.components) - len(self) :],
            "building": self.start,
            "speed": self.speed,
            "skill": self.skill,
            "first_link": firsts(linked),
            "links": linked,
        }
        names = (name for name in dtype_of("servers").names or () if name not in columns)
        table = fill("servers", len(self), {**columns, **{name: self._of_workers(name, days[name]) for name in names}})
        if self.helpers:
            table["absences"][-self.helpers :] = away
            table["first_absence"][-self.helpers :] = int(np.sum(days["absences"])) + firsts(away)
            for name, column in visits.items():
                table[name][-self.helpers :] = column
        return table

    def _of_workers(self, name: str, values: Ints | int) -> Ints:
        """A column that only gridworkers have: the others have no admin, no class of what they find, and 0 of everything else."""
        column = np.full(len(self), NEVER if name in NOT_ONE_OF_THEM else 0)
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
    def of(
        staff: Staff,
        queues: Queues,
        servers: Servers,
        *,
        world: World,
        grids: Grids,
        specialists: Sequence[np.ndarray],
        together: tuple[Ints, Ints],
    ) -> Links:
        """Gridworkers as staffing says, and ``specialists`` by discipline; offices serve their own queue; helpers their own, and those of the tiers that they reach.

        ``together``: pairs of queues whose servers may be called together, and so are settled together.
        """
        offices = np.arange(servers.workers, len(servers) - servers.helpers)
        own = queues.first[servers.level[offices]] + servers.unit[offices]
        helping = [*_helping(queues, world, grids, first=len(servers) - servers.helpers)]
        helping += [_of_discipline(queues, row, links) for row, links in enumerate(specialists)]
        columns = {
            "server": joined([staff.links["worker"], offices, *(row["server"] for row in helping)]),
            "queue": joined([queues.row(Level.GRID, staff.links["grid"]), own, *(row["queue"] for row in helping)]),
            "rank": joined([staff.links["rank"], 0 * offices, *(row["rank"] for row in helping)]),
            "travel_factor": joined(
                [staff.links["travel_factor"], 0 * offices + MILLION, *(row["travel_factor"] for row in helping)]
            ),
            "work_factor": joined(
                [staff.links["work_factor"], 0 * offices + MILLION, *(row["work_factor"] for row in helping)]
            ),
        }
        order = np.lexsort((columns["queue"], columns["rank"], columns["server"]))
        table = fill("server_links", len(order), {name: column[order] for name, column in columns.items()})
        ends = (joined([table["queue"], together[0]]), joined([table["server"] + len(queues), together[1]]))
        return Links(table, components(*ends, nodes=len(queues) + len(servers)))

    def by_queue(self) -> np.ndarray:
        """The table ``queue_links``."""
        order = np.lexsort((self.table["server"], self.table["rank"], self.table["queue"]))
        return fill("queue_links", len(order), {"link": order})


def _first_building(unit: Ints) -> Ints:
    """The first building of each unit; 0 for units that have none."""
    found, first = np.unique(unit, return_index=True)
    by_unit = np.zeros(max(int(unit.max(initial=-1)) + 1, 1), np.int64)
    by_unit[found[found >= 0]] = first[found >= 0]
    return by_unit


def _helping(queues: Queues, world: World, grids: Grids, *, first: int) -> Iterator[dict[str, Ints]]:
    """The links of helpers, whose servers begin at ``first``: to their own queue, and to the tiers that they reach."""
    helpers = queues.helpers
    for k, units in helpers.servers():
        group, servers = helpers.groups[k], np.arange(first, first + len(units))
        first += len(units)
        if group.id in helpers.queued:
            yield _links(servers, queues.of_group(group.id) + units, Reach(group.level, 0))
        for reach in group.reaches:
            level = level_of(reach.level)
            pairs = np.unique(np.stack([helpers.of_building[k], tier_units(level, world, grids)]), axis=1)
            member, pair = np.nonzero(units[:, None] == pairs[0])
            yield _links(servers[member], queues.row(level, pairs[1][pair]), reach)
            for row in range(queues.disciplines if level == Level.GRID else 0):
                yield _links(servers[member], queues.of_discipline(row, pairs[1][pair]), reach)


def _of_discipline(queues: Queues, discipline: int, links: np.ndarray) -> dict[str, Ints]:
    """The links of a discipline's gridworkers to its queues."""
    factors = {name: links[name].astype(np.int64) for name in ("rank", "travel_factor", "work_factor")}
    queue = queues.of_discipline(discipline, links["grid"].astype(np.int64))
    return {"server": links["worker"].astype(np.int64), "queue": queue, **factors}


def _links(servers: Ints, queues: Ints, reach: Reach) -> dict[str, Ints]:
    factors = {"rank": reach.rank, "travel_factor": reach.travel_factor, "work_factor": reach.work_factor}
    columns: dict[str, Ints] = {name: np.full(len(servers), value, np.int64) for name, value in factors.items()}
    return {"server": servers, "queue": np.asarray(queues, np.int64), **columns}


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
