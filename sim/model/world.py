"""The world: streets, communities, buildings and households. It is the same in all replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import expm1, log, sqrt

import numpy as np

from sim.model.areas import Areas, BuildingKind, CommunityKind
from sim.model.blocks import Block, laid_out_blocks, listed_blocks
from sim.model.inversion import lognormal
from sim.model.spec import Title
from sim.model.streams import Ints, Value, Words, fingerprints, mix, uniform, words
from sim.model.units import MILLION
from sim.model.world_spec import WorldSpec

__all__ = ["BUILDINGS", "COMMUNITIES", "BuildingKind", "CommunityKind", "World", "WorldSpec", "build_world"]

#: field → (type, unit, meaning)
COMMUNITIES: dict[str, tuple[str, str, str]] = {
    "street": ("i4", "row", "streets"),
    "kind": ("i1", "CommunityKind", "0 urban, 1 rural"),
    "x": ("i4", "m", "middle"),
    "y": ("i4", "m", "middle"),
    "households": ("i4", "", ""),
    "dedicated": ("i4", "", "dedicated places"),
    "area": ("i8", "m2", ""),
    "propensity": ("i4", "millionths", "how readily residents report, relative to the mean"),
    "first_building": ("i4", "row", "buildings: its own stand together, dedicated ones last"),
    "buildings": ("i4", "rows", ""),
}
BUILDINGS: dict[str, tuple[str, str, str]] = {
    "community": ("i4", "row", "communities"),
    "kind": ("i1", "BuildingKind", "0 residential, 1 rural, 2 dedicated"),
    "x": ("i4", "m", ""),
    "y": ("i4", "m", ""),
    "households": ("i4", "", "units 1 … households; unit 0 is the shared space"),
    "first_place": ("i4", "id", "flat id of its shared space; a unit's is first_place + unit"),
    "answer": ("i4", "millionths", "chance that a visit is answered"),
    "luck": ("u8", "bits", "its identity and the root of its chances"),
}


P90 = 1.2815515655446004  # 90th percentile of the standard normal law


@dataclass(frozen=True)
class World:
    """A district as it stands, whatever the policy: names, and read-only tables of whole numbers.

    ``communities``, ``buildings``: record arrays as in ``COMMUNITIES`` and ``BUILDINGS``, row by row with their ids.
    Ids are what identifies: rows may shift when something is added, ids and lucks do not.
    """

    street_ids: tuple[str, ...]
    street_titles: tuple[Title, ...]
    community_ids: tuple[str, ...]
    community_titles: tuple[Title, ...]
    building_ids: tuple[str, ...]
    communities: np.ndarray
    buildings: np.ndarray
    residents_per_household: float

    @property
    def households(self) -> int:
        """Households in all."""
        return int(self.communities["households"].sum())

    @property
    def places(self) -> int:
        """Places in all: shared spaces and households."""
        return self.households + len(self.buildings)

    def fingerprints(self) -> Words:
        """A word for each community, by its id."""
        return fingerprints(self.community_ids)


def build_world(spec: WorldSpec) -> World:
    """The world that ``spec`` describes: the same for the same spec, and for another one in what that leaves alone.

    Raises TableError if a table of the user's has changed for the worse since ``spec`` was read.
    """
    areas = spec.areas
    root = words(["world", spec.seed], 1, 1)
    luck = mix(root ^ fingerprints(community.id for community in areas.communities), Value.COMMUNITY, 0)
    listed = spec.buildings is not None
    blocks = listed_blocks(spec, areas, root) if listed else laid_out_blocks(spec, areas, luck)
    return World(
        street_ids=tuple(street.id for street in areas.streets),
        street_titles=tuple(street.title for street in areas.streets),
        community_ids=tuple(community.id for community in areas.communities),
        community_titles=tuple(community.title for community in areas.communities),
        building_ids=tuple(id for block in blocks for id in block.ids),
        communities=_table(
            len(blocks), COMMUNITIES, _communities(areas, blocks, _propensity(spec.propensity_p90_p10, luck))
        ),
        buildings=_table(sum(len(block.ids) for block in blocks), BUILDINGS, _buildings(blocks, spec.answer)),
        residents_per_household=spec.residents_per_household,
    )


def _communities(areas: Areas, blocks: Sequence[Block], propensity: Ints) -> dict[str, object]:
    sizes = np.array([len(block.ids) for block in blocks])
    return {
        "street": [community.street for community in areas.communities],
        "kind": [community.kind for community in areas.communities],
        "x": [block.middle[0] for block in blocks],
        "y": [block.middle[1] for block in blocks],
        "households": [block.households.sum() for block in blocks],
        "dedicated": [(block.kind == BuildingKind.DEDICATED).sum() for block in blocks],
        "area": [block.area for block in blocks],
        "propensity": propensity,
        "first_building": np.cumsum(sizes) - sizes,
        "buildings": sizes,
    }


def _propensity(p90_p10: float, luck: Words) -> Ints:
    """How readily communities report: lognormal of mean 1, in millionths."""
    sigma = log(p90_p10) / (2 * P90)
    chances = uniform(mix(luck, Value.PROPENSITY, 0))
    return np.rint(lognormal(chances, mean=MILLION, cv=sqrt(expm1(sigma**2)))).astype(np.int64)


def _buildings(blocks: Sequence[Block], answer: int) -> dict[str, object]:
    joined = {
        name: np.concatenate([getattr(block, name) for block in blocks])
        for name in ("kind", "x", "y", "households", "luck")
    }
    places = joined["households"] + 1
    community = np.repeat(np.arange(len(blocks)), [len(block.ids) for block in blocks])
    return {**joined, "community": community, "first_place": np.cumsum(places) - places, "answer": answer}


def _table(rows: int, fields: Mapping[str, tuple[str, str, str]], columns: Mapping[str, object]) -> np.ndarray:
    """The columns as one read-only record array."""
    table = np.zeros(rows, [(name, kind) for name, (kind, _, _) in fields.items()])
    for name in fields:
        table[name] = columns[name]
    table.flags.writeable = False
    return table
