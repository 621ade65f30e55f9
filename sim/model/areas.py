"""The streets, communities and buildings that a user names: numbered, or read from tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from sim.model.spec import Title
from sim.model.tables import Table, choice, number, read_table, text, whole_number

MAX_HOUSEHOLDS = 20_000_000
MAX_DEDICATED = 100_000
VILLAGE = ("村委会", "村民委员会")  # how names of villagers' committees end

_NAMES = ("street_code", "street", "community_code", "community")
_MORE = ("street_en", "community_en", "kind", "households", "area_km2", "dedicated")
_code = text(r"\w[\w.-]{0,79}", "a code of letters, digits, _, - or .")
_name = text(r".+", "a name")
_BUILDING = ("building", "community_code", "x", "y", "households")


class CommunityKind(IntEnum):
    """Kinds of communities."""

    URBAN = 0
    RURAL = 1


class BuildingKind(IntEnum):
    """Kinds of buildings. A dedicated one is an enterprise, a hospital or the like: it has no households."""

    RESIDENTIAL = 0
    RURAL = 1
    DEDICATED = 2


@dataclass(frozen=True)
class Street:
    """A street or town."""

    id: str
    title: Title


@dataclass(frozen=True)
class Community:
    """A community of the street in row ``street``; what is None is for the world's norms to say."""

    id: str
    title: Title
    street: int
    kind: CommunityKind
    households: int | None = None
    square_kilometres: float | None = None
    dedicated: int | None = None


@dataclass(frozen=True)
class Building:
    """A building of the user's: ``x``, ``y`` in metres; ``kind`` None: as its community is."""

    id: str
    community: str
    x: int
    y: int
    households: int
    kind: BuildingKind | None


@dataclass(frozen=True)
class Areas:
    """The streets and communities of a world, in the order in which they are named."""

    streets: tuple[Street, ...]
    communities: tuple[Community, ...]

    def with_rural(self, codes: Collection[str]) -> Areas:
        """The same areas, in which the communities of these codes are rural and all others urban."""
        kinds = [CommunityKind(community.id in codes) for community in self.communities]
        pairs = zip(self.communities, kinds, strict=True)
        return Areas(self.streets, tuple(replace(community, kind=kind) for community, kind in pairs))


def numbered_areas(streets: int, communities_per_street: int, *, rural: int) -> Areas:
    """So many streets of so many communities each; the first ``rural`` communities are rural."""
    names = [Street(f"s{i}", Title(zh=f"第{i}街道", en=f"Street {i}")) for i in range(1, streets + 1)]
    communities = [
        Community(
            f"s{i + 1}c{j}",
            Title(zh=f"第{i + 1}街道第{j}社区", en=f"Community {i + 1}.{j}"),
            i,
            CommunityKind(i * communities_per_street + j <= rural),
        )
        for i in range(streets)
        for j in range(1, communities_per_street + 1)
    ]
    return Areas(tuple(names), tuple(communities))


def read_areas(path: Path) -> Areas:
    """The streets and communities in the user's table. Raises TableError."""
    return _areas(read_table(path, _NAMES, _MORE))


@lru_cache(maxsize=4)
def _areas(table: Table) -> Areas:
    streets = _streets(table)
    rows = {street.id: row for row, street in enumerate(streets)}
    columns = zip(
        table.unique("community_code", _code),
        _titles(table, "community"),
        [rows[code] for code in table.texts("street_code")],
        _kinds(table),
        table.optional("households", whole_number(most=MAX_HOUSEHOLDS)),
        table.optional("area_km2", number(0, 1e6)),
        table.optional("dedicated", whole_number(most=MAX_DEDICATED)),
        strict=True,
    )
    return Areas(streets, tuple(Community(*values) for values in columns))


def _streets(table: Table) -> tuple[Street, ...]:
    """The streets in the order of their first communities, each under one name."""
    streets: dict[str, Street] = {}
    for row, (code, title) in enumerate(zip(table.values("street_code", _code), _titles(table, "street"), strict=True)):
        street = streets.setdefault(code, Street(code, title))
        if street.title != title:
            raise table.error("street", row, f"the name {street.title.zh} as before for street {code}")
    return tuple(streets.values())


def _titles(table: Table, column: str) -> list[Title]:
    names = table.values(column, _name)
    english = table.texts(f"{column}_en") if f"{column}_en" in table else [""] * len(names)
    return [Title(zh=name, en=other or name) for name, other in zip(names, english, strict=True)]


def _kinds(table: Table) -> list[CommunityKind]:
    if "kind" in table:
        return table.values("kind", choice({kind.name.lower(): kind for kind in CommunityKind}))
    return [CommunityKind(name.endswith(VILLAGE)) for name in table.texts("community")]


def read_buildings(path: Path) -> tuple[Building, ...]:
    """The buildings in the user's table, in its order. Raises TableError."""
    return _buildings(read_table(path, _BUILDING, ["kind"]))


@lru_cache(maxsize=4)
def _buildings(table: Table) -> tuple[Building, ...]:
    columns = zip(
        table.unique("building", _code),
        table.values("community_code", _code),
        table.values("x", whole_number(-(10**7), 10**7)),
        table.values("y", whole_number(-(10**7), 10**7)),
        table.values("households", whole_number(most=100_000)),
        table.optional("kind", choice({kind.name.lower(): kind for kind in BuildingKind})),
        strict=True,
    )
    buildings = tuple(Building(*values) for values in columns)
    for row, building in enumerate(buildings):
        if building.kind == BuildingKind.DEDICATED and building.households:
            raise table.error("households", row, "0 in a dedicated building")
    return buildings
