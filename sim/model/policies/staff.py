"""Staff: what a staffing comes to, and how a community's gridworkers share its grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.model.policies.base import Flags, Ints, Misfit
from sim.model.policies.grids import Grids
from sim.model.policies.lines import apportion_within, cut
from sim.model.spec import Fault
from sim.model.units import MILLION
from sim.model.world import World

#: a gridworker may serve a grid: the lower the rank, the sooner; factors in millionths
LINK = np.dtype([("worker", "i4"), ("grid", "i4"), ("rank", "i2"), ("travel_factor", "i4"), ("work_factor", "i4")])

NO_ROUND = -1
MOST_PAIRS = 20_000_000


@dataclass(frozen=True)
class Staff:
    """Gridworkers, where each is at home, and who may serve whose grid.

    ``ids``: of the workers; the k-th of a community keeps its id, and with it its chances, whatever else changes.
    ``grid``: where each worker starts the day. ``links``: records of ``LINK``. ``rounds``: the buildings of each round in
    the order of the walk; ``round``: which of them each worker walks (-1 none; several may walk the same).
    """

    ids: tuple[str, ...]
    grid: Ints
    links: np.ndarray
    rounds: tuple[Ints, ...]
    round: Ints

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Familiarity:
    """How ranks and factors of links depend on whose grid it is.

    ``ownership``: factor on work on the own grid; ``unfamiliar``: on work and way on other grids (millionths);
    ``others``: rank of the other grids of the community, None: they are not served.
    """

    ownership: int = MILLION
    unfamiliar: int = MILLION
    others: int | None = None


def settle(world: World, grids: Grids, headcount: Sequence[int], *, familiarity: Familiarity) -> Staff:
    """``headcount`` workers at home in each community: consecutive grids each, or, where there are more workers than
    grids, a part of a grid each.

    Dedicated places belong to nobody in particular: all workers of the community serve them at rank 0, and the round
    that comes nearest passes them.
    """
    grids_of_community = np.bincount(grids.community, minlength=len(headcount))
    _check_size(int((grids_of_community * np.array(headcount)).sum()))
    teams = [_team(world, grids, community, workers) for community, workers in enumerate(headcount) if workers]
    links: list[np.ndarray] = []
    rounds: list[Ints] = []
    worker_round: list[Ints] = []
    workers = 0
    for team in teams:
        links.append(team.links(familiarity, first=workers))
        worker_round.append(team.round + len(rounds))
        rounds += team.rounds
        workers += len(team.ids)
    return Staff(
        tuple(id for team in teams for id in team.ids),
        _joined([team.grid for team in teams]),
        np.concatenate([np.zeros(0, LINK), *links]),
        tuple(rounds),
        _joined(worker_round),
    )


def _check_size(pairs: int) -> None:
    """Raise Misfit if there are too many pairs of a gridworker and a grid to hold in memory."""
    if pairs > MOST_PAIRS:
        raise Misfit(Fault(("workers",), f"at most {MOST_PAIRS} pairs of a gridworker and a grid to serve", pairs))


def add_floaters(staff: Staff, world: World, grids: Grids, *, floaters: Sequence[int], unfamiliar: int) -> Staff:
    """``staff`` and beside it so many ``floaters`` in each street, who walk no round and serve all its grids at rank 1.

    They start the day here and there in the street; on every grid they are ``unfamiliar`` (factor, millionths).
    """
    street = world.communities["street"][grids.community]
    _check_size(int((np.bincount(street, minlength=len(floaters)) * np.array(floaters)).sum()))
    starts, links, ids = [], [], list(staff.ids)
    for row, count in enumerate(floaters):
        here = np.flatnonzero(street == row)
        new = np.zeros((count, len(here)), LINK)
        new["worker"], new["grid"] = len(ids) + np.arange(count)[:, None], here
        new["rank"], new["travel_factor"], new["work_factor"] = 1, unfamiliar, unfamiliar
        links.append(new.ravel())
        starts.append(here[np.arange(count) * len(here) // max(count, 1)])
        ids += [f"{world.street_ids[row]}-float-{k + 1}" for k in range(count)]
    return Staff(
        tuple(ids),
        _joined([staff.grid, *starts]),
        np.concatenate([staff.links, *links]),
        staff.rounds,
        _joined([staff.round, np.full(sum(floaters), NO_ROUND)]),
    )


def check_staff(staff: Staff, world: World, grids: Grids) -> None:
    """Raise Misfit if ``staff`` does not hang together: rows that are none, a link twice, a grid that nobody serves."""
    workers, links = len(staff), staff.links
    if len(staff.grid) != workers or not _within(staff.grid, 0, len(grids)):
        raise _loose(f"a grid of the {len(grids)} for each of the {workers} workers", staff.grid)
    if len(staff.round) != workers or not _within(staff.round, NO_ROUND, len(staff.rounds)):
        raise _loose(f"a round of the {len(staff.rounds)}, or -1, for each of the {workers} workers", staff.round)
    if staff.rounds and not _within(np.concatenate(staff.rounds), 0, len(world.buildings)):
        raise _loose(f"rounds past the {len(world.buildings)} buildings", np.concatenate(staff.rounds))
    if links.dtype != LINK or not _within(links["worker"], 0, workers) or not _within(links["grid"], 0, len(grids)):
        raise _loose(f"links of the {workers} workers with the {len(grids)} grids, as {LINK}", links)
    pairs = links["worker"].astype(np.int64) * len(grids) + links["grid"]
    if len(np.unique(pairs)) < len(pairs):
        raise _loose("at most one link of a worker with a grid", links)
    unserved = np.flatnonzero(np.bincount(links["grid"], minlength=len(grids)) == 0)
    if unserved.size:
        community = world.community_ids[grids.community[unserved[0]]]
        raise _loose(f"somebody to serve each grid (there is nobody for one of community {community})", links)


def _loose(expected: str, got: np.ndarray) -> Misfit:
    return Misfit(Fault((), expected, f"{len(got)} × {got.dtype}" if got.dtype.names else got[:8].tolist()))


def _within(rows: Ints, first: int, end: int) -> bool:
    return not rows.size or (first <= rows.min() and rows.max() < end)


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *parts])


@dataclass(frozen=True)
class _Team:
    """The gridworkers of one community; workers and rounds are numbered from 0, grids and buildings as in the world.

    ``own``, ``near``: bool (worker × grid of ``grids``), grids that are a worker's own, or everybody's.
    """

    ids: tuple[str, ...]
    grids: Ints
    own: Flags
    near: Flags
    rounds: list[Ints]
    round: Ints

    @property
    def grid(self) -> Ints:
        """Where each worker starts the day: its first own grid."""
        return self.grids[self.own.argmax(axis=1)]

    def links(self, familiarity: Familiarity, *, first: int) -> np.ndarray:
        """The links of these workers, the first of whom is worker ``first`` of the staff."""
        served = self.near if familiarity.others is None else np.ones_like(self.near)
        worker, at = np.nonzero(served)
        own, near = self.own[worker, at], self.near[worker, at]
        links = np.zeros(len(worker), LINK)
        links["worker"], links["grid"] = worker + first, self.grids[at]
        links["rank"] = np.where(near, 0, familiarity.others or 0)
        links["travel_factor"] = np.where(near, MILLION, familiarity.unfamiliar)
        links["work_factor"] = np.where(own, familiarity.ownership, links["travel_factor"])
        return links


def _team(world: World, grids: Grids, community: int, workers: int) -> _Team:
    row = world.communities[community]
    buildings = np.arange(row["first_building"], row["first_building"] + row["buildings"])
    rows, grid = np.unique(grids.of_building[buildings], return_inverse=True)
    common = grids.dedicated[rows] == 1
    common &= not common.all()  # where there are none but dedicated places, they are shared out like other grids
    homes, at_home = np.flatnonzero(~common), ~common[grid]
    home, households = np.searchsorted(homes, grid[at_home]), world.buildings["households"][buildings[at_home]]
    shares = _share_out(home, households, workers=workers)
    own = np.zeros((workers, len(rows)), bool)
    own[:, homes] = shares.own
    ids = tuple(f"{world.community_ids[community]}-{k + 1}" for k in range(workers))
    rounds = _rounds(world, buildings[at_home], shares.round_of_building, passed=buildings[~at_home])
    return _Team(ids, rows, own, own | common, rounds, shares.round)


def _rounds(world: World, buildings: Ints, round: Ints, *, passed: Ints) -> list[Ints]:
    """The buildings of each round in the order of the world, each of those ``passed`` after the one it is nearest to."""
    x, y = world.buildings["x"], world.buildings["y"]
    nearest = [int((abs(x[buildings] - x[b]) + abs(y[buildings] - y[b])).argmin()) for b in passed]
    order = np.argsort([*range(len(buildings)), *nearest], kind="stable")
    walk = np.concatenate([buildings, passed])[order]
    of_round = np.concatenate([round, round[np.array(nearest, int)]])[order]
    by_round = np.argsort(of_round, kind="stable")
    return np.split(walk[by_round], np.cumsum(np.bincount(of_round))[:-1])


@dataclass(frozen=True)
class _Shares:
    """How workers share home grids: ``own``: bool (worker × home grid), and the rounds, numbered from 0."""

    own: Flags
    round: Ints
    round_of_building: Ints


def _share_out(home: Ints, households: Ints, *, workers: int) -> _Shares:
    """The home grids of one community (``home`` of each building, with ``households``) among its workers."""
    homes = int(home.max()) + 1
    weights = np.bincount(home, households, homes).astype(np.int64)
    return _whole_grids(home, weights, workers) if workers <= homes else _parts(home, households, weights, workers)


def _whole_grids(home: Ints, weights: Ints, workers: int) -> _Shares:
    """Consecutive grids for each worker, who walks them as one round."""
    worker = cut(np.array([len(weights)]), weights, np.array([workers]))
    return _Shares(worker == np.arange(workers)[:, None], np.arange(workers), worker[home])


def _parts(home: Ints, households: Ints, weights: Ints, workers: int) -> _Shares:
    """Several workers for each grid, each with a part of its buildings as a round, as far as it has so many."""
    homes = len(weights)
    team = np.array(apportion_within(workers, weights.tolist(), least=[1] * homes, most=[workers] * homes))
    own_home = np.repeat(np.arange(homes), team)
    lengths = np.bincount(home, minlength=homes)
    parts = np.minimum(team, lengths)
    order = np.argsort(home, kind="stable")
    round_of_building = np.empty(len(home), np.int64)
    round_of_building[order] = cut(lengths, households[order], parts)
    place_in_team = np.arange(workers) - (np.cumsum(team) - team)[own_home]
    round_of_worker = (np.cumsum(parts) - parts)[own_home] + place_in_team % parts[own_home]
    return _Shares(own_home[:, None] == np.arange(homes), round_of_worker, round_of_building)
