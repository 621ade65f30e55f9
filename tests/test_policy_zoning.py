"""Zoning: buildings of a community, one after the other, make grids of near-equal weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_worlds import category, line, made_spec, made_world

from sim.model.policies import ByCommunity, ByCount, ByHouseholds, ByWorkload, Fifo, Misfit, Policy, Zoning
from sim.model.policies.grids import Grids
from sim.model.policies.lines import apportion_within, cut
from sim.model.policies.setting import workload
from sim.model.world import World

NO_LOAD = np.zeros(0)


def grids_of(zoning: Zoning, world: World) -> Grids:
    return Grids.of(world, zoning.zones(world, workload(world, made_spec(), triage=-1)))


def test_by_community_is_one_grid_each_and_one_for_each_dedicated_place() -> None:
    grids = grids_of(ByCommunity(), made_world([*line(30, 20), (50, 50, 0)], line(10)))
    assert grids.of_building.tolist() == [0, 0, 2, 1]
    assert grids.community.tolist() == [0, 1, 0]
    assert grids.households.tolist() == [50, 10, 0]
    assert grids.dedicated.tolist() == [0, 0, 1]


def test_by_households_cuts_where_the_weight_is_even() -> None:
    # 240 households at a target of 100: 2 grids of 120
    grids = grids_of(ByHouseholds(target=100), made_world(line(40, 40, 40, 60, 60)))
    assert grids.of_building.tolist() == [0, 0, 0, 1, 1]
    assert grids.households.tolist() == [120, 120]


def test_number_of_grids_is_rounded_and_at_least_one() -> None:
    world = made_world(line(20), line(50, 50, 49), line(50, 50, 50))
    grids = grids_of(ByHouseholds(target=100), world)
    assert np.bincount(grids.community).tolist() == [1, 1, 2]  # 0.2 → 1, 1.49 → 1, 1.5 → 2


def test_no_more_grids_than_buildings() -> None:
    assert grids_of(ByHouseholds(target=1), made_world(line(40, 40))).households.tolist() == [40, 40]


def test_by_workload_follows_the_expected_rates() -> None:
    # an issue a day and an hour each: 365 h a year by households, and 365 h at the dedicated place
    world = made_world([*line(10, 10, 20, 40), (0, 500, 0)])
    spec = made_spec(category(dedicated="365 per place per year"))
    load = workload(world, spec, triage=-1)
    assert load.tolist() == pytest.approx([45.625, 45.625, 91.25, 182.5, 365])
    grids = Grids.of(world, ByWorkload(target=182.5).zones(world, load))
    # 730 h in all: 4 grids of buildings, where the dedicated one is counted in the community's load
    assert grids.of_building.tolist()[:4] == [0, 1, 2, 3]


def test_workload_counts_triage_where_the_grid_cannot_settle() -> None:
    spec = made_spec(category(settled_by={"grid": "25 %", "street": "75 %"}))
    load = workload(made_world(line(10)), spec, triage=1200)
    assert load.tolist() == pytest.approx([365 * (0.25 * 3600 + 0.75 * 1200) / 3600])


def test_by_count_divides_by_households_with_at_least_one_each() -> None:
    world = made_world(line(*[10] * 10), line(*[10] * 5), line(1, 1))
    grids = grids_of(ByCount(grids=8), world)
    assert np.bincount(grids.community).tolist() == [5, 2, 1]


def test_by_count_takes_urban_and_rural_communities_apart() -> None:
    world = made_world(line(*[40] * 5), line(*[10] * 5), line(*[10] * 5), rural=[1, 2])
    grids = grids_of(ByCount(urban=2, rural=4), world)
    assert np.bincount(grids.community).tolist() == [2, 2, 2]


@pytest.mark.parametrize(("count", "message"), [(1, "between 2"), (8, "and 7")])
def test_by_count_that_cannot_be_is_a_misfit(count: int, message: str) -> None:
    world = made_world(line(*[10] * 5), line(10, 10))
    with pytest.raises(Misfit, match=message):
        ByCount(grids=count).zones(world, NO_LOAD)
    (fault,) = Policy(zoning=ByCount(grids=count)).misfits(world, made_spec())
    assert fault.where == ("policy", "zoning", "grids")
    assert fault.got == count


class Alternate(Zoning):
    """Every second building makes a grid, in the order of their numbers."""

    def zones(self, world: World, workload: np.ndarray) -> np.ndarray:
        return 10 - np.arange(len(world.buildings)) % 2


class Everything(Zoning):
    """One grid for the whole district: not allowed."""

    def zones(self, world: World, workload: np.ndarray) -> np.ndarray:
        return np.zeros(len(world.buildings), int)


def test_zoning_of_a_users_own_may_use_any_numbers() -> None:
    grids = grids_of(Alternate(), made_world(line(10, 20, 30)))
    assert grids.of_building.tolist() == [1, 0, 1]
    assert grids.households.tolist() == [20, 40]


def test_grid_across_communities_is_a_misfit() -> None:
    (fault,) = Policy(zoning=Everything()).misfits(made_world(line(10), line(10)), made_spec())
    assert fault.where == ("policy", "zoning")
    assert (fault.expected, fault.got) == ("grids within one community", "one with building b1 of another")


def test_zones_of_the_wrong_shape_are_a_misfit() -> None:
    with pytest.raises(Misfit, match="one whole number for each of the 2 buildings"):
        Grids.of(made_world(line(10, 10)), np.zeros(3, int))
    with pytest.raises(Misfit, match="float64"):
        Grids.of(made_world(line(10, 10)), np.zeros(2))


lines_of_weights = st.lists(st.lists(st.integers(0, 100), min_size=1, max_size=12), min_size=1, max_size=4)


@given(lines_of_weights, st.data())
def test_cut_makes_consecutive_pieces_none_empty_and_near_equal(
    lines: Sequence[list[int]], data: st.DataObject
) -> None:
    lengths = np.array([len(weights) for weights in lines])
    pieces = np.array([data.draw(st.integers(1, length)) for length in lengths])
    weights = np.array([weight for line in lines for weight in line])
    piece = cut(lengths, weights, pieces)
    assert np.unique(piece).tolist() == list(range(pieces.sum()))
    assert set(np.diff(piece).tolist()) <= {0, 1}
    for row, (first, length) in enumerate(zip(np.cumsum(lengths) - lengths, lengths, strict=True)):
        own, mine = piece[first : first + length], weights[first : first + length]
        assert len(np.unique(own)) == pieces[row]
        if pieces[row] * 2 <= length and mine.min() > 0:  # enough buildings to choose from
            heaviest = max(mine[own == k].sum() for k in np.unique(own))
            assert heaviest <= mine.sum() / pieces[row] + 2 * mine.max()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3), st.integers(0, 6)), min_size=1, max_size=8), st.data())
def test_apportion_within_keeps_total_and_bounds(rows: list[tuple[int, int, int]], data: st.DataObject) -> None:
    weights, least = [weight for weight, _, _ in rows], [low for _, low, _ in rows]
    most = [low + room for _, low, room in rows]
    total = data.draw(st.integers(sum(least), sum(most)))
    parts = apportion_within(total, weights, least=least, most=most)
    assert sum(parts) == total
    assert all(low <= part <= high for low, part, high in zip(least, parts, most, strict=True))


def test_apportion_within_is_by_largest_remainder_where_nothing_binds() -> None:
    assert apportion_within(10, [55, 25, 20], least=[0] * 3, most=[10] * 3) == [6, 2, 2]
    assert apportion_within(10, [98, 1, 1], least=[1] * 3, most=[10] * 3) == [8, 1, 1]


def test_policy_without_a_world_to_serve_is_a_misfit() -> None:
    empty = made_world([], streets=[0])
    (fault,) = Policy(dispatch=Fifo()).misfits(empty, made_spec())
    assert fault.where == ("world", "households")
