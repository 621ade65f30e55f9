"""Helpers: the groups of a policy as servers of the Plan, and which units they help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.engine.events import NEVER, Level
from sim.engine.make_plan.classes import first_class
from sim.engine.make_plan.days import Tours, visit_tours
from sim.engine.make_plan.fill import Ints, fill, firsts, joined, nothing
from sim.engine.plan import DAY
from sim.model.policies import Day
from sim.model.policies.grids import Grids
from sim.model.policies.groups import Group, VisitRounds, units_of
from sim.model.shifts import Shifts
from sim.model.world import World

#: columns of ``servers`` that are about visits
VISITING = (
    "visit_quota", "visit_answered", "visit_unanswered", "visit_class", "first_home", "homes", "home_offset",
    "find_class",
)  # fmt: skip

NO_ROUNDS = VisitRounds(0, 0, 0)


@dataclass(frozen=True)
class Helpers:
    """The groups of a policy in a world.

    ``units``: how many units each group has; ``of_building``: by group, the unit that helps in each building, -1 where there is none; ``queued``: the groups that have queues of
    their own, in the order of their columns of ``route``.
    """

    groups: tuple[Group, ...]
    units: tuple[int, ...]
    of_building: tuple[Ints, ...]
    queued: tuple[str, ...]

    @staticmethod
    def of(groups: Sequence[Group], world: World, grids: Grids, *, queued: Sequence[str]) -> Helpers:
        """The ``groups`` in ``world``. Raises ValueError for a queue of a group that there is not."""
        if unknown := set(queued) - {group.id for group in groups}:
            raise ValueError(f"policy: expected groups that some part has, got {', '.join(sorted(unknown))}")
        units = [units_of(group.per, world, grids) for group in groups]
        counts = [int(unit.max(initial=-1)) + 1 for unit in units]
        found = [
            unit if group.covers is None else np.where(group.covers[unit], unit, NEVER)
            for group, unit in zip(groups, units, strict=True)
        ]
        return Helpers(tuple(groups), tuple(counts), tuple(found), tuple(queued))

    def index(self, id: str) -> int:
        """The place of a group among the groups."""
        return [group.id for group in self.groups].index(id)

    def servers(self) -> Iterator[tuple[int, Ints]]:
        """By group that has members: its place, and the unit of each of its servers."""
        for k, group in enumerate(self.groups):
            covered = np.unique(self.of_building[k][self.of_building[k] != NEVER])
            yield k, np.repeat(covered, group.members)

    def shifts(self) -> Iterator[Shifts]:
        """The hours of the groups."""
        return (group.shift for group in self.groups)

    def absences(self, start: date, horizon_days: int) -> list[list[tuple[int, int]]]:
        """When each server of a group does not work (not yet, no more, or not its turn), from the day ``start`` on; whole days, server by server."""
        return [
            _away(self.groups[k], server, of=len(units), days=horizon_days, start=start)
            for k, units in self.servers()
            for server in range(len(units))
        ]

    def named(self, first: int) -> list[dict[str, object]]:
        """By group: its id, its servers, the first of whom is ``first`` for the first group, and how many persons each is."""
        counts = [len(units) for _, units in self.servers()]
        starts = (first + firsts(np.array(counts, np.int64))).tolist()
        return [
            {"id": group.id, "first_server": start, "servers": count, "persons": group.persons}
            for group, start, count in zip(self.groups, starts, counts, strict=True)
        ]


def absences(away: Sequence[Sequence[tuple[int, int]]]) -> np.ndarray:
    """Rows of the table ``absences``, server by server."""
    spans = np.array([span for rows in away for span in rows], np.int64).reshape(-1, 2)
    return fill("absences", len(spans), {"start": spans[:, 0], "end": spans[:, 1]})


def tier_units(level: Level, world: World, grids: Grids) -> Ints:
    """The unit of each building at a tier up to the street."""
    return units_of(("grid", "community", "street")[level], world, grids)


def _away(group: Group, server: int, *, of: int, days: int, start: date) -> list[tuple[int, int]]:
    """When one of the ``of`` servers of a group is away, within the ``days`` from ``start``."""
    since = group.since.number(start)
    begin = max(since + (group.start[server % len(group.start)] if group.start else 0), 0)
    end = days if group.until is None else min(since + group.until, days)
    turn = server * group.every // of
    turns = [day for day in range(begin, end) if not group.workdays or (start + timedelta(days=day)).weekday() < 5]
    there = [(begin, end)] if group.every == 1 else [(day, day + 1) for day in turns[turn :: group.every]]
    edges = [0, *(edge for first, last in there if first < last for edge in (first, last)), days]
    return [(a * DAY, b * DAY) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def visit_columns(helpers: Helpers, world: World, day: Day, *, begun: int) -> tuple[np.ndarray, dict[str, Ints]]:
    """What helpers visit: rows of ``homes`` that come after the ``begun`` ones, and by helper the columns of ``servers`` about visits."""
    homes = [nothing("homes")]
    columns: dict[str, list[Ints]] = {name: [] for name in VISITING}
    for k, units in helpers.servers():
        group = helpers.groups[k]
        rounds, tours = group.rounds or NO_ROUNDS, _tours(helpers, k, world)
        count = tours.counts[units]
        visiting = (count > 0).astype(np.int64)
        values = {
            "visit_quota": rounds.quota * visiting,
            "visit_answered": rounds.answered * visiting,
            "visit_unanswered": rounds.unanswered * visiting,
            "visit_class": first_class(day.order, "visits") * visiting,
            "first_home": (begun + sum(map(len, homes)) + firsts(tours.counts)[units]) * visiting,
            "homes": count,
            "home_offset": np.arange(len(units)) % max(group.members, 1) * count // max(group.members, 1),
            "find_class": np.full(len(units), first_class(day.order, "urgent") if rounds.urgent else NEVER),
        }
        for name, column in values.items():
            columns[name].append(column)
        homes.append(tours.tables["homes"])
    return np.concatenate(homes), {name: joined(parts) for name, parts in columns.items()}


def _tours(helpers: Helpers, k: int, world: World) -> Tours:
    """The visits of a group by unit: all households of it, or none if it does not visit."""
    unit, units = helpers.of_building[k], helpers.units[k]
    visited = range(units) if helpers.groups[k].rounds else ()
    by_unit = [np.flatnonzero(unit == number) for number in visited]
    tours = visit_tours(world, by_unit)
    return tours if by_unit else Tours(tours.tables, np.zeros(units, np.int64))
