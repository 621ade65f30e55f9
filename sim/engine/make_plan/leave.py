"""Leave: on which days each gridworker is away, who leaves for good, and who comes instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.engine.make_plan.days import worker_luck
from sim.engine.make_plan.fill import Ints, scaled
from sim.model.demand import Demand
from sim.model.policies.base import Flags
from sim.model.policies.grids import Grids
from sim.model.policies.leave import AwaySpec, DiversionSpec, TurnoverSpec
from sim.model.policies.staff import Staff
from sim.model.policies.staffing import Staffing
from sim.model.streams import Words, below, mix
from sim.model.world import World

BLOCK_OFFSET = 3  # a purpose of a worker's luck


@dataclass(frozen=True)
class Successions:
    """Who left for good in the run and who came instead, by row of the servers: ``day``: the first day without the ``worker``; ``back``: the first one with the ``successor``."""

    worker: Ints
    successor: Ints
    day: Ints
    back: Ints

    def rows(self) -> list[list[int]]:
        """Worker, successor, day and back of each."""
        return np.stack([self.worker, self.successor, self.day, self.back], axis=1).tolist()


def succeeded(
    staff: Staff, turnover: TurnoverSpec | None, *, world: World, demand: Demand, grids: Grids
) -> tuple[Staff, Successions]:
    """The ``staff`` and after it the successors of those who leave within the run, on the same grids and rounds."""
    luck = worker_luck(world, staff, grids.community[staff.grid])
    leaves = demand.leaving_chance(luck[:, None]) < turnover.per_day if turnover else np.zeros((len(staff), 1), bool)
    worker = np.flatnonzero(leaves.any(axis=1))
    successor = len(staff) + np.arange(len(worker))
    day = leaves.argmax(axis=1)[worker]
    successions = Successions(worker, successor, day, day + (turnover.gap // 86_400 if turnover else 0))
    return _with_successors(staff, successions, novice=turnover.novice) if turnover else staff, successions


def _with_successors(staff: Staff, successions: Successions, *, novice: int) -> Staff:
    row = np.full(len(staff), -1)
    row[successions.worker] = successions.successor
    links = staff.links[row[staff.links["worker"]] >= 0]
    links["worker"] = row[links["worker"]]
    for factor in ("travel_factor", "work_factor"):
        links[factor] = scaled(links[factor], novice)
    return Staff(
        (*staff.ids, *(f"{staff.ids[worker]}-next" for worker in successions.worker)),
        np.concatenate([staff.grid, staff.grid[successions.worker]]),
        np.concatenate([staff.links, links]),
        staff.rounds,
        np.concatenate([staff.round, staff.round[successions.worker]]),
    )


def away_days(
    staffing: Staffing, staff: Staff, successions: Successions, *, world: World, demand: Demand, grids: Grids
) -> Flags:
    """On which days of the run each of the ``staff`` is away, whatever the reason: bool[worker, day]."""
    luck = worker_luck(world, staff, grids.community[staff.grid])
    if not (staffing.absence or staffing.diversion or staffing.away or len(successions.worker)):
        return np.zeros((len(staff), demand.days), bool)
    chance = demand.absence_chance(luck[:, None])
    away = (chance < staffing.absence) | _at_once(staffing.away, chance, start=demand.start)
    if staffing.diversion:
        away |= _diverted(staffing.diversion, demand.diversion_chance(luck[:, None]), luck)
    days = np.arange(demand.days)
    away[successions.worker] |= days >= successions.day[:, None]
    away[successions.successor] |= days < successions.back[:, None]
    return away


def _at_once(windows: Sequence[AwaySpec], chance: Ints, *, start: date) -> Flags:
    """Those away in windows: whom the chance of the first day of the window meets."""
    away = np.zeros(chance.shape, bool)
    for window in windows:
        first = max(window.start.number(start), 0)
        if first < chance.shape[1]:
            away[:, first : window.start.number(start) + window.days] |= chance[:, first : first + 1] < window.share
    return away


def _diverted(diversion: DiversionSpec, chance: Ints, luck: Words) -> Flags:
    """Those away for other work: time is cut into pieces of its length, at another place for each worker."""
    days = np.arange(chance.shape[1])
    offset = below(mix(luck, BLOCK_OFFSET, 0), diversion.days)[:, None]
    first = np.maximum(days - (days + offset) % diversion.days, 0)
    return np.take_along_axis(chance, first, axis=1) < diversion.share


def handed_on(admin: Ints, successions: Successions) -> Ints:
    """``admin`` (worker × day), of which that of the days before their predecessors left does not come to successors."""
    if not len(admin) or not len(successions.worker):
        return admin
    admin = admin.copy()
    admin[successions.successor] *= np.arange(admin.shape[1]) >= successions.day[:, None]
    return admin
