"""What a scenario says about the place: how large, how dense, how it is divided."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator
from pydantic.config import JsonDict

from sim.model.areas import MAX_DEDICATED, MAX_HOUSEHOLDS, Areas, Building, numbered_areas, read_areas, read_buildings
from sim.model.spec import Fault, Id, Number, Spec, TableFile, Whole, reject
from sim.model.units import Factor, Share

MAX_COMMUNITIES = 20_000
MAX_BUILDINGS = 1_000_000

HOUSEHOLDS: JsonDict = {"unit": "households"}
COMMUNITIES: JsonDict = {"unit": "communities"}
PATH: JsonDict = {"unit": "path of a CSV file"}


class WorldSpec(Spec):
    """A district: streets, communities, buildings and households, laid out synthetically or from the user's tables."""

    communities: TableFile | None = Field(
        None,
        description="table of communities: street_code, street, community_code, community, and perhaps "
        "street_en, community_en, kind (urban or rural), households, area_km2, dedicated",
        json_schema_extra=PATH,
    )
    buildings: TableFile | None = Field(
        None,
        description="table of buildings: building, community_code, x, y (metres), households, and perhaps kind "
        "(residential, rural or dedicated)",
        json_schema_extra=PATH,
    )
    streets: Annotated[Whole, Field(ge=1, le=5_000)] | None = Field(
        None, description="number of streets, if there is no table; default 1", json_schema_extra={"unit": "streets"}
    )
    communities_per_street: Annotated[Whole, Field(ge=1, le=1_000)] | None = Field(
        None, description="communities of each street, if there is no table; default 1", json_schema_extra=COMMUNITIES
    )
    rural: Annotated[Whole, Field(ge=0)] | None = Field(
        None,
        description="how many communities are rural, if there is no table: the first ones; default none",
        json_schema_extra=COMMUNITIES,
    )
    rural_communities: tuple[Id, ...] | None = Field(
        None,
        description="codes of the rural communities; default: the table's column kind, without one those named 村委会",
        json_schema_extra={"unit": "codes"},
    )
    households: Annotated[Whole, Field(ge=0, le=MAX_HOUSEHOLDS)] | None = Field(
        None,
        description="households in all, divided among streets by their communities and then with household_cv; "
        "default: the table's, without a column one per community",
        json_schema_extra=HOUSEHOLDS,
    )
    household_cv: Number = Field(
        0.3, ge=0, le=3, description="spread of households over the communities of a street (lognormal)",
        json_schema_extra={"unit": "standard deviation / mean"},
    )  # fmt: skip
    rural_size: Factor = Field(
        1,
        validate_default=True,
        description="households of a rural community relative to an urban one",
        json_schema_extra={"unit": "factor"},
    )
    residents_per_household: Number = Field(
        2.6, gt=0, le=100, description="residents of a household", json_schema_extra={"unit": "residents"}
    )
    households_per_building: Whole = Field(
        40, ge=1, le=10_000, description="households of a building, at most", json_schema_extra=HOUSEHOLDS
    )
    density: Number = Field(
        8333, gt=0, le=1e6, description="households per square kilometre in urban communities",
        json_schema_extra={"unit": "households/km2"},
    )  # fmt: skip
    rural_density: Number = Field(
        417, gt=0, le=1e6, description="households per square kilometre in rural communities",
        json_schema_extra={"unit": "households/km2"},
    )  # fmt: skip
    dedicated: Annotated[Whole, Field(ge=0, le=MAX_DEDICATED)] | None = Field(
        None,
        description="dedicated places (enterprises, hospitals), spread over communities by households; "
        "default: the table's, without a column none",
        json_schema_extra={"unit": "places"},
    )
    propensity_p90_p10: Number = Field(
        1, ge=1, le=100, description="how many times as readily residents report in the 90th as in the 10th percentile "
        "of communities (lognormal, mean 1)", json_schema_extra={"unit": "ratio"},
    )  # fmt: skip
    answer: Share = Field(
        "50 %",
        validate_default=True,
        description="chance that somebody opens at a visit",
        json_schema_extra={"unit": "share"},
    )
    seed: Whole = Field(
        1, ge=0, lt=2**63, description="seed of the world's own chance; the same world in all replications",
        json_schema_extra={"unit": ""},
    )  # fmt: skip

    @field_validator("communities")
    @classmethod
    def _readable_communities(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_areas(path)
        return path

    @field_validator("buildings")
    @classmethod
    def _readable_buildings(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_buildings(path)
        return path

    @model_validator(mode="after")
    def _consistent(self) -> WorldSpec:
        reject("world", self._too_many_communities())
        reject("world", [*self._said_twice(), *self._unknown_codes(), *self._too_many_buildings()])
        return self

    def _too_many_communities(self) -> list[Fault]:
        numbered = (self.streets or 1) * (self.communities_per_street or 1)
        if numbered > MAX_COMMUNITIES:
            return [Fault(("streets",), f"at most {MAX_COMMUNITIES} communities in all", numbered)]
        if self.communities is None and (self.rural or 0) > numbered:
            return [Fault(("rural",), f"at most the number of communities, {numbered}", self.rural)]
        return []

    def _too_many_buildings(self) -> list[Fault]:
        """Sizes that would not fit into memory."""
        communities = self.areas.communities
        households = sum(community.households or 0 for community in communities) + (self.households or 0)
        buildings = households // self.households_per_building + sum(c.dedicated or 0 for c in communities)
        buildings = max(buildings, len(self.listed_buildings))
        faults = []
        if households > MAX_HOUSEHOLDS or len(communities) > MAX_COMMUNITIES:
            expected = f"at most {MAX_COMMUNITIES} communities with {MAX_HOUSEHOLDS} households in all"
            faults.append(Fault(("communities",), expected, f"{len(communities)} with {households}"))
        if buildings > MAX_BUILDINGS:
            faults.append(Fault(("households_per_building",), f"at most {MAX_BUILDINGS} buildings in all", buildings))
        return faults

    def _said_twice(self) -> list[Fault]:
        """Fields that say what a table says, and a table that says what another one does."""
        given = [
            name
            for name in ("households", "dedicated")
            if any(getattr(c, name) is not None for c in self.areas.communities)
        ]
        by_table = dict.fromkeys(["streets", "communities_per_street", "rural", *given], "communities")
        if self.buildings is not None:
            by_table |= dict.fromkeys(["households", "dedicated"], "buildings")
        faults = [
            Fault((field,), f"nothing, as the table of {table} says it", getattr(self, field))
            for field, table in by_table.items()
            if getattr(self, table) is not None and getattr(self, field) is not None
        ]
        if self.buildings is not None and given:
            expected = "a table without households and dedicated, as the table of buildings says them"
            faults.append(Fault(("communities",), expected, ", ".join(given)))
        return faults

    def _unknown_codes(self) -> list[Fault]:
        known = {community.id for community in self.areas.communities}
        faults = [
            Fault(("rural_communities", i), "the code of a community", code)
            for i, code in enumerate(self.rural_communities or ())
            if code not in known
        ]
        stray = [building for building in self.listed_buildings if building.community not in known]
        if stray:
            expected = f"codes of communities in the column community_code (see building {stray[0].id})"
            faults.append(Fault(("buildings",), expected, stray[0].community))
        return faults

    @property
    def areas(self) -> Areas:
        """The streets and communities. Raises TableError if the table has changed for the worse."""
        areas = (
            numbered_areas(self.streets or 1, self.communities_per_street or 1, rural=self.rural or 0)
            if self.communities is None
            else read_areas(self.communities)
        )
        return areas if self.rural_communities is None else areas.with_rural(self.rural_communities)

    @property
    def listed_buildings(self) -> tuple[Building, ...]:
        """The buildings of the user's table; none without one."""
        return () if self.buildings is None else read_buildings(self.buildings)
