"""Staffing: gridworkers to communities, grids to gridworkers, and who may serve whose grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_worlds import Place, line, made_spec, made_world

from sim.model.policies import (
    ByHouseholds,
    CommunityPool,
    Misfit,
    NeighbourBackup,
    OwnGrids,
    Policy,
    Staffing,
    StreetFloat,
)
from sim.model.policies.grids import Grids
from sim.model.policies.staff import LINK, Staff, check_staff
from sim.model.world import World

OWN, ELSEWHERE, PLAIN = 900_000, 1_150_000, 1_000_000

#: four grids of 100 households in one community
FOUR = line(50, 50, 50, 50, 50, 50, 50, 50)


def staffed(staffing: Staffing, *communities: list[Place], streets: list[int] | None = None) -> tuple[Staff, World]:
    world = made_world(*communities, streets=streets)
    zones = ByHouseholds(target=100).zones(world, np.zeros(len(world.buildings)))
    return staffing.staff(world, Grids.of(world, zones)), world


def links_of(staff: Staff) -> dict[tuple[int, int], tuple[int, int, int]]:
    """(worker, grid) → rank, travel factor, work factor."""
    return {(link[0], link[1]): (link[2], link[3], link[4]) for link in staff.links.tolist()}


def test_workers_go_to_communities_by_households_at_least_one_each() -> None:
    staff, _ = staffed(CommunityPool(workers=10), line(98 * 5), line(5), line(5))
    assert [id.partition("-")[0] for id in staff.ids] == ["c0"] * 8 + ["c1", "c2"]


def test_workers_may_be_given_by_community() -> None:
    staff, _ = staffed(CommunityPool(workers={"c1": 2, "c0": 1}), line(98), line(5))
    assert staff.ids == ("c0-1", "c1-1", "c1-2")


@pytest.mark.parametrize(
    ("workers", "where", "expected"),
    [
        (1, ("workers",), "at least one for each of the 2 communities"),
        ({"c0": 3}, ("workers",), "at least one gridworker for community c1"),
        ({"c0": 3, "c1": 1, "c9": 2}, ("workers", "c9"), "the code of a community"),
    ],
)
def test_too_few_or_stray_workers_are_a_misfit(
    workers: int | dict[str, int], where: tuple[str, ...], expected: str
) -> None:
    world = made_world(line(10), line(10))
    (fault,) = Policy(staffing=OwnGrids(workers=workers)).misfits(world, made_spec())
    assert fault.where == ("policy", "staffing", *where)
    assert fault.expected == expected


def test_too_many_pairs_are_a_misfit_before_they_fill_the_memory() -> None:
    world = made_world(line(*[1] * 1000))
    policy = Policy(zoning=ByHouseholds(target=1), staffing=CommunityPool(workers=100_000))
    (fault,) = policy.misfits(world, made_spec())
    assert (fault.where, fault.got) == (("policy", "staffing", "workers"), 100_000_000)


def test_few_workers_have_consecutive_grids_each() -> None:
    staff, _ = staffed(OwnGrids(workers=2, ownership=0.9, unfamiliar=1.15), FOUR)
    assert links_of(staff).keys() == {(0, 0), (0, 1), (1, 2), (1, 3)}
    assert [stops.tolist() for stops in staff.rounds] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert (staff.grid.tolist(), staff.round.tolist()) == ([0, 2], [0, 1])


def test_homes_are_balanced_by_households() -> None:
    staff, _ = staffed(OwnGrids(workers=2), line(90, 90, 90, 270))  # grids: 90, 90, 90, 270 → cut in the middle
    assert [stops.tolist() for stops in staff.rounds] == [[0, 1, 2], [3]]


def test_many_workers_share_the_buildings_of_a_grid() -> None:
    staff, _ = staffed(OwnGrids(workers=4), line(50, 50, 50, 50))  # two grids, two workers each
    assert [stops.tolist() for stops in staff.rounds] == [[0], [1], [2], [3]]
    assert staff.grid.tolist() == [0, 0, 1, 1]
    assert links_of(staff).keys() == {(0, 0), (1, 0), (2, 1), (3, 1)}


def test_workers_beyond_the_buildings_walk_a_round_together() -> None:
    staff, _ = staffed(CommunityPool(workers=5), line(50, 50))  # one grid of two buildings
    assert staff.round.tolist() == [0, 1, 0, 1, 0]
    assert staff.grid.tolist() == [0] * 5


def test_links_of_own_grids() -> None:
    staff, _ = staffed(OwnGrids(workers=4, ownership=0.9, unfamiliar=1.15), FOUR)
    assert links_of(staff) == {(k, k): (0, PLAIN, OWN) for k in range(4)}


def test_links_of_neighbour_backup() -> None:
    staff, _ = staffed(NeighbourBackup(workers=2, ownership=0.9, unfamiliar=1.15), line(100, 100), line(100))
    own, other = (0, PLAIN, OWN), (1, ELSEWHERE, ELSEWHERE)
    assert links_of(staff) == {(0, 0): own, (0, 1): own, (1, 2): own}
    staff, _ = staffed(NeighbourBackup(workers=3, ownership=0.9, unfamiliar=1.15), line(100, 100), line(100))
    assert links_of(staff) == {(0, 0): own, (0, 1): other, (1, 1): own, (1, 0): other, (2, 2): own}


def test_links_of_a_community_pool() -> None:
    staff, _ = staffed(CommunityPool(workers=2, ownership=0.9, unfamiliar=1.15), line(100, 100))
    own, other = (0, PLAIN, OWN), (0, ELSEWHERE, ELSEWHERE)
    assert links_of(staff) == {(0, 0): own, (0, 1): other, (1, 0): other, (1, 1): own}


def test_dedicated_places_are_everybodys_at_rank_0() -> None:
    places = [*line(100, 100), (110, 10, 0)]
    staff, _ = staffed(OwnGrids(workers=2, ownership=0.9, unfamiliar=1.15), places)
    assert {pair: links_of(staff)[pair] for pair in ((0, 2), (1, 2))} == {
        (0, 2): (0, PLAIN, PLAIN),
        (1, 2): (0, PLAIN, PLAIN),
    }


def test_dedicated_place_is_passed_on_the_round_nearest_to_it() -> None:
    places = [*line(50, 50, 50, 50), (110, 10, 0), (290, 0, 0)]  # near buildings 1 and 3
    staff, _ = staffed(OwnGrids(workers=2), places)
    assert [stops.tolist() for stops in staff.rounds] == [[0, 1, 4], [2, 3, 5]]


def test_community_of_dedicated_places_alone_is_shared_out_like_grids() -> None:
    staff, _ = staffed(OwnGrids(workers=2, ownership=0.9), line(0, 0, 0))
    assert links_of(staff) == {(0, 0): (0, PLAIN, OWN), (1, 1): (0, PLAIN, OWN), (1, 2): (0, PLAIN, OWN)}


def test_floaters_serve_the_whole_street_at_rank_1() -> None:
    staffing = StreetFloat(workers=5, floaters=0.4, ownership=0.9, unfamiliar=1.15)
    staff, _ = staffed(staffing, line(100, 100, 100, 100), line(100), line(100), streets=[0, 0, 1])
    # 5 workers: 3 + 1 in street 0, 1 in street 1; 40 % of 4 float there, of 1 in street 1 nobody can
    assert staff.ids == ("c0-1", "c1-1", "c2-1", "s0-float-1", "s0-float-2")
    links = links_of(staff)
    assert {grid for worker, grid in links if worker == 3} == {0, 1, 2, 3, 4}
    assert {links[3, grid] for grid in range(5)} == {(1, ELSEWHERE, ELSEWHERE)}
    assert {grid for worker, grid in links if worker == 0} == {0, 1, 2, 3}
    assert staff.round.tolist() == [0, 1, 2, -1, -1]


def test_every_building_is_on_one_round() -> None:
    staff, world = staffed(NeighbourBackup(workers=7), [*FOUR, (0, 0, 0)], line(30, 20, 400), line(5, 5, 0))
    assert sorted(np.concatenate(staff.rounds).tolist()) == list(range(len(world.buildings)))


def test_another_worker_leaves_the_ids_of_the_others() -> None:
    fewer, _ = staffed(OwnGrids(workers={"c0": 2, "c1": 1}), line(50, 50), line(50))
    more, _ = staffed(OwnGrids(workers={"c0": 3, "c1": 1}), line(50, 50), line(50))
    assert set(fewer.ids) < set(more.ids)


class Absentees(Staffing):
    """Nobody serves the last grid."""

    def staff(self, world: World, grids: Grids) -> Staff:
        links = np.zeros(len(grids) - 1, LINK)
        links["grid"] = np.arange(len(grids) - 1)
        return Staff(("w",), np.zeros(1, int), links, (), np.full(1, -1))


def test_grid_that_nobody_serves_is_a_misfit() -> None:
    (fault,) = Policy(staffing=Absentees()).misfits(made_world(line(10), line(10)), made_spec())
    assert fault.where == ("policy", "staffing")
    assert fault.expected == "somebody to serve each grid (there is nobody for one of community c1)"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"grid": np.array([7])}, "a grid of the 1"),
        ({"round": np.array([0])}, "a round of the 0, or -1"),
        ({"links": np.zeros(2, LINK)}, "at most one link"),
        ({"rounds": (np.array([9]),)}, "rounds past the 1 buildings"),
        ({"links": np.array([(3, 0, 0, 1, 1)], LINK)}, "links of the 1 workers"),
    ],
)
def test_staff_that_does_not_hang_together_is_a_misfit(change: dict[str, np.ndarray], expected: str) -> None:
    world = made_world(line(10))
    grids = Grids.of(world, np.zeros(1, int))
    sound = Staff(("w",), np.zeros(1, int), np.array([(0, 0, 0, 1, 1)], LINK), (), np.full(1, -1))
    check_staff(sound, world, grids)
    with pytest.raises(Misfit, match=expected):
        check_staff(replace(sound, **change), world, grids)
