"""Zoning: how the buildings of each community are grouped into grids."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, model_validator
from pydantic.config import JsonDict

from sim.model.policies.base import Ints, Misfit, Part, Reals
from sim.model.policies.grids import Grids, divide, ordinary_buildings
from sim.model.policies.lines import apportion_within
from sim.model.spec import Fault, Number, Whole, reject
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.setting import Setting

MAX_GRIDS = 1_000_000
GRIDS: JsonDict = {"unit": "grids"}
HOURS = 3600


class Zoning(Part):
    """How the buildings of each community are grouped into grids.

    A grid lies within one community. Dedicated places (enterprises, hospitals) are a grid each.
    """

    usual = "by_community"

    @abstractmethod
    def zones(self, world: World, workload: Reals) -> Ints:
        """The grid of each building, int[buildings]: any whole numbers; grids are ordered by them.

        ``workload``: expected hours of gridworkers' work a year that arise in each building, float64[buildings].
        """

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return vars(Grids.of(setting.world, self.zones(setting.world, setting.workload)))


class ByCommunity(Zoning):
    """Each community is one grid."""

    kind = "by_community"

    def zones(self, world: World, workload: Reals) -> Ints:
        return divide(world, world.buildings["households"], np.ones_like(world.communities["households"]))


class ByHouseholds(Zoning):
    """Neighbouring buildings make grids of about so many households."""

    kind = "by_households"

    target: Whole = Field(
        500, ge=1, description="households of a grid, about", json_schema_extra={"unit": "households"}
    )

    def zones(self, world: World, workload: Reals) -> Ints:
        households = world.communities["households"].astype(int)
        return divide(world, world.buildings["households"], (2 * households + self.target) // (2 * self.target))


class ByWorkload(Zoning):
    """Neighbouring buildings make grids in which about so much work is to be expected, by the rates of demand."""

    kind = "by_workload"

    target: Number = Field(
        300,
        gt=0,
        description="hours of work a year to be expected in a grid, about",
        json_schema_extra={"unit": "h per year"},
    )

    def zones(self, world: World, workload: Reals) -> Ints:
        of_community = np.bincount(world.buildings["community"], workload, len(world.communities))
        return divide(world, np.rint(workload * HOURS).astype(int), np.rint(of_community / self.target).astype(int))


class ByCount(Zoning):
    """So many grids in all, divided among communities by households, each at least one."""

    kind = "by_count"

    grids: Whole | None = Field(None, ge=1, le=MAX_GRIDS, description="grids in all", json_schema_extra=GRIDS)
    urban: Whole | None = Field(
        None, ge=1, le=MAX_GRIDS, description="grids of urban communities", json_schema_extra=GRIDS
    )
    rural: Whole | None = Field(
        None, ge=1, le=MAX_GRIDS, description="grids of rural communities", json_schema_extra=GRIDS
    )

    @model_validator(mode="after")
    def _either(self) -> ByCount:
        apart = (self.urban is not None) + (self.rural is not None)
        if apart != (2 if self.grids is None else 0):
            got = {name: getattr(self, name) for name in ("grids", "urban", "rural") if getattr(self, name) is not None}
            reject("by_count", [Fault((), "grids, or both urban and rural", got)])
        return self

    def zones(self, world: World, workload: Reals) -> Ints:
        pieces = np.zeros(len(world.communities), int)
        for name, kinds in {"grids": (0, 1), "urban": (0,), "rural": (1,)}.items():
            if getattr(self, name) is not None:
                rows = np.flatnonzero(np.isin(world.communities["kind"], kinds))
                pieces[rows] = self._pieces(world, rows, name)
        return divide(world, world.buildings["households"], pieces)

    def _pieces(self, world: World, rows: Ints, name: str) -> list[int]:
        """How many of the grids that the field ``name`` counts each of the communities ``rows`` gets."""
        total, most = getattr(self, name), ordinary_buildings(world)[rows].tolist()
        least = [min(buildings, 1) for buildings in most]
        if not sum(least) <= total <= sum(most):
            expected = f"between {sum(least)} (a grid for each community) and {sum(most)} (for each building)"
            raise Misfit(Fault((name,), expected, total))
        return apportion_within(total, world.communities["households"][rows].tolist(), least=least, most=most)
