"""Grids: what a zoning comes to, and how communities are divided into grids of neighbouring buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.model.areas import BuildingKind
from sim.model.policies.base import Ints, Misfit
from sim.model.policies.lines import cut
from sim.model.spec import Fault
from sim.model.world import World


@dataclass(frozen=True)
class Grids:
    """The grids of a world, in the order of their numbers: read-only int arrays.

    ``of_building``: the grid of each building; ``community``, ``households``, ``dedicated`` (0 or 1: an enterprise,
    hospital or the like, without households): of each grid.
    """

    of_building: Ints
    community: Ints
    households: Ints
    dedicated: Ints

    @staticmethod
    def of(world: World, zones: Ints) -> Grids:
        """The grids that ``zones``, a number for each building, come to.

        Raises Misfit if there is not one whole number for each building, or a grid lies in two communities.
        """
        zones, buildings = np.asarray(zones), world.buildings
        if zones.shape != buildings.shape or zones.dtype.kind not in "iu":
            expected = f"one whole number for each of the {len(buildings)} buildings"
            raise Misfit(Fault((), expected, f"{zones.dtype} of shape {zones.shape}"))
        _, first, of_building = np.unique(zones, return_index=True, return_inverse=True)
        community = buildings["community"][first]
        astray = np.flatnonzero(buildings["community"] != community[of_building])
        if astray.size:
            name = world.building_ids[astray[0]]
            raise Misfit(Fault((), "grids within one community", f"one with building {name} of another"))
        households = np.bincount(of_building, buildings["households"], len(first))
        homes = np.bincount(of_building, buildings["kind"] != BuildingKind.DEDICATED, len(first))
        columns = (of_building, community, households.astype(np.int64), homes == 0)
        return Grids(*(_locked(column.astype(np.int64)) for column in columns))

    def __len__(self) -> int:
        return len(self.community)


def _locked(array: Ints) -> Ints:
    array.flags.writeable = False
    return array


def ordinary_buildings(world: World) -> Ints:
    """How many buildings that are not dedicated places each community has."""
    homes = world.buildings["kind"] != BuildingKind.DEDICATED
    return np.bincount(world.buildings["community"][homes], minlength=len(world.communities))


def divide(world: World, weights: Ints, pieces: Ints) -> Ints:
    """The grid of each building if each community's buildings, one after the other, make ``pieces`` grids of like weight.

    ``weights``: of each building, whole numbers; ``pieces``: of each community, cut to what its buildings allow (0 … all
    of them). Dedicated places follow as grids of their own.
    """
    homes = world.buildings["kind"] != BuildingKind.DEDICATED
    lengths = ordinary_buildings(world)
    pieces = np.clip(pieces, np.minimum(lengths, 1), lengths)
    zones = np.empty(len(homes), np.int64)
    zones[homes] = cut(lengths, np.asarray(weights)[homes], pieces)
    zones[~homes] = pieces.sum() + np.arange(np.count_nonzero(~homes))
    return zones
