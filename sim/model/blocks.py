"""The buildings of each community: laid out by the world's norms, or as the user lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil, sqrt

import numpy as np

from sim.model.apportion import apportion
from sim.model.areas import Areas, Building, BuildingKind, Community, CommunityKind
from sim.model.inversion import lognormal
from sim.model.layout import lattice, pack, scatter, serpentine
from sim.model.streams import Ints, Value, Words, fingerprints, mix, uniform
from sim.model.units import MILLION
from sim.model.world_spec import WorldSpec


@dataclass(frozen=True)
class Block:
    """The buildings of one community in the order of a walk, dedicated ones last; lengths in metres."""

    ids: tuple[str, ...]
    x: Ints
    y: Ints
    households: Ints
    kind: Ints
    luck: Words
    area: int
    middle: tuple[int, int]

    @property
    def side(self) -> int:
        """Side of the square that it would fill."""
        return ceil(sqrt(self.area))

    def moved(self, x: int, y: int) -> Block:
        """The same block so much further to the right and up."""
        return replace(self, x=self.x + x, y=self.y + y, middle=(self.middle[0] + x, self.middle[1] + y))


def laid_out_blocks(spec: WorldSpec, areas: Areas, luck: Words) -> list[Block]:
    """A block for each community (its luck in ``luck``), side by side on a schematic map."""
    households = _households(spec, areas, luck)
    dedicated = _dedicated(spec, areas, households)
    rows = zip(areas.communities, households, dedicated, luck, strict=True)
    blocks = [_lay_out(spec, community, homes, places, word) for community, homes, places, word in rows]
    return [block.moved(*corner) for block, corner in zip(blocks, _corners(areas, blocks), strict=True)]


def _households(spec: WorldSpec, areas: Areas, luck: Words) -> list[int]:
    """Households by community: the table's, or laid out so that one street changes nothing in the others.

    Streets share the total by number and size of their communities, and these their street's with a lognormal spread.
    """
    given = [community.households for community in areas.communities]
    if None not in given:
        return [households or 0 for households in given]
    spread = np.rint(lognormal(uniform(mix(luck, Value.HOUSEHOLDS, 0)), mean=MILLION, cv=spec.household_cv)).tolist()
    size = [spec.rural_size if c.kind == CommunityKind.RURAL else MILLION for c in areas.communities]
    total = len(size) if spec.households is None else spec.households
    streets: list[list[int]] = [[] for _ in areas.streets]
    for row, community in enumerate(areas.communities):
        streets[community.street].append(row)
    result = [0] * len(size)
    shares = apportion(total, [sum(size[row] for row in street) for street in streets])
    for street, share in zip(streets, shares, strict=True):
        for row, part in zip(street, apportion(share, [size[row] * int(spread[row]) for row in street]), strict=True):
            result[row] = part
    return result


def _dedicated(spec: WorldSpec, areas: Areas, households: Sequence[int]) -> list[int]:
    """Dedicated places by community: the table's, or in proportion to households."""
    given = [community.dedicated for community in areas.communities]
    if None not in given:
        return [places or 0 for places in given]
    return apportion(spec.dedicated or 0, households)


def _lay_out(spec: WorldSpec, community: Community, households: int, dedicated: int, luck: np.uint64) -> Block:
    """One community: residential buildings on a lattice, as dense as its kind is, and dedicated places among them."""
    area = _area(spec, community, households)
    homes = ceil(households / spec.households_per_building)
    home_luck, place_luck = _lucks(luck, Value.BUILDING, homes), _lucks(luck, Value.DEDICATED, dedicated)
    x, y = np.concatenate([lattice(home_luck, sqrt(area)), scatter(place_luck, sqrt(area))], axis=1)
    numbers = [*range(1, homes + 1), *(f"d{i}" for i in range(1, dedicated + 1))]
    return Block(
        ids=tuple(f"{community.id}-{number}" for number in numbers),
        x=x,
        y=y,
        households=np.array(apportion(households, [1] * homes) + [0] * dedicated, np.int64),
        kind=np.array([_usual(community)] * homes + [BuildingKind.DEDICATED] * dedicated, np.int64),
        luck=np.concatenate([home_luck, place_luck]),
        area=area,
        middle=(round(sqrt(area) / 2), round(sqrt(area) / 2)),
    )


def _area(spec: WorldSpec, community: Community, households: int) -> int:
    """Square metres: the table's, or by the density of the community's kind; at least 1."""
    density = spec.rural_density if community.kind == CommunityKind.RURAL else spec.density
    return max(1, round((community.square_kilometres or households / density) * MILLION))


def _usual(community: Community) -> BuildingKind:
    return BuildingKind.RURAL if community.kind == CommunityKind.RURAL else BuildingKind.RESIDENTIAL


def _lucks(luck: np.uint64, purpose: Value, count: int) -> Words:
    return mix(np.full(count, luck), purpose, np.arange(count, dtype=np.uint64))


def _corners(areas: Areas, blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """Lower left corners of the blocks: packed street by street, and the streets side by side, in the order of ids."""

    def street_id(row: int) -> str:
        return areas.streets[areas.communities[row].street].id

    order = sorted(range(len(blocks)), key=lambda row: (street_id(row), areas.communities[row].id))
    streets = [list(rows) for _, rows in groupby(order, key=street_id)]
    packed = [pack([(blocks[row].side,) * 2 for row in street]) for street in streets]
    origins, _ = pack([size for _, size in packed])
    corners = [(0, 0)] * len(blocks)
    for street, (places, _), (x, y) in zip(streets, packed, origins, strict=True):
        for row, (dx, dy) in zip(street, places, strict=True):
            corners[row] = (x + dx, y + dy)
    return corners


def listed_blocks(spec: WorldSpec, areas: Areas, root: Words) -> list[Block]:
    """A block for each community, of the buildings in the user's table; ``root``: the world's word."""
    by_community: dict[str, list[Building]] = {community.id: [] for community in areas.communities}
    for building in spec.listed_buildings:
        by_community[building.community].append(building)
    return [_list(spec, community, by_community[community.id], root) for community in areas.communities]


def _list(spec: WorldSpec, community: Community, buildings: Sequence[Building], root: Words) -> Block:
    """One community: its buildings in the order of a walk in serpentines, dedicated ones last."""
    kinds = [_usual(community) if building.kind is None else building.kind for building in buildings]
    columns = [(b.x, b.y, b.households, kind) for b, kind in zip(buildings, kinds, strict=True)]
    x, y, households, kind = np.array(columns, np.int64).reshape(-1, 4).T
    order = serpentine(x, y)
    order = order[np.argsort(kind[order] == BuildingKind.DEDICATED, kind="stable")]
    return Block(
        ids=tuple(buildings[i].id for i in order),
        x=x[order],
        y=y[order],
        households=households[order],
        kind=kind[order],
        luck=mix(root ^ fingerprints(buildings[i].id for i in order), Value.BUILDING, 0),
        area=_area(spec, community, int(households.sum())),
        middle=(round(float(x.mean())), round(float(y.mean()))) if buildings else (0, 0),
    )
