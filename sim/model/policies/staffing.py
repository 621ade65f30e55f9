"""Staffing: how many gridworkers there are, where each is at home, and who may serve whose grid."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import AfterValidator, Field, PlainValidator
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Misfit, Part
from sim.model.policies.grids import Grids
from sim.model.policies.leave import AwaySpec, DiversionSpec, TurnoverSpec
from sim.model.policies.lines import apportion_within
from sim.model.policies.staff import Familiarity, Staff, add_floaters, check_staff, settle
from sim.model.shifts import ALWAYS, Shift
from sim.model.spec import Fault
from sim.model.units import MILLION, Factor, Share, Speed
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

MAX_WORKERS = 100_000
FACTOR: JsonDict = {"unit": "factor"}


def _parse_workers(value: object) -> int | dict[str, int]:
    if _is_count(value, least=1):
        return value  # type: ignore[return-value]  # a whole number
    if isinstance(value, Mapping) and value and all(_is_count(number, least=0) for number in value.values()):
        return {str(community): number for community, number in value.items()}
    expected = f"a number of gridworkers between 1 and {MAX_WORKERS}, or one for each community"
    raise ValueError(f"expected {expected}, got {value!r}")


def _is_count(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MAX_WORKERS


Workers = Annotated[int | dict[str, int], PlainValidator(_parse_workers, json_schema_input_type=int | dict[str, int])]


def _above_zero(factor: int) -> int:
    if factor == 0:
        raise ValueError("expected a factor above 0, got 0")
    return factor


class Staffing(Part):
    """How many gridworkers there are, where each is at home, and who may serve whose grid."""

    usual = "community_pool"

    workers: Workers = Field(
        1,
        description="gridworkers in all, divided among communities by households, each at least one; or community: number",
        json_schema_extra={"unit": "persons"},
    )
    shift: Shift = Field(ALWAYS, description="when gridworkers work", json_schema_extra={"unit": "shift"})
    absence: Share = Field(
        0, description="chance that a gridworker is away on a day (leave, illness)", json_schema_extra={"unit": "share"}
    )
    turnover: TurnoverSpec | None = Field(
        None, description="how gridworkers leave for good; default: they stay", json_schema_extra={"unit": ""}
    )
    diversion: DiversionSpec | None = Field(
        None,
        description="how gridworkers are taken away for other work; default: never",
        json_schema_extra={"unit": ""},
    )
    away: tuple[AwaySpec, ...] = Field(
        (), description="times in which many are away at once", json_schema_extra={"unit": ""}
    )
    skill: Annotated[Factor, AfterValidator(_above_zero)] = Field(
        MILLION,
        description="work takes its content divided by skill, and issues are noticed skill times as readily",
        json_schema_extra=FACTOR,
    )
    speed: Speed = Field(
        0, description="pace on the way to cases and rounds; 0: ways take no time", json_schema_extra={"unit": "mm/s"}
    )
    ownership: Factor = Field(MILLION, description="factor on work on the own grid", json_schema_extra=FACTOR)
    unfamiliar: Factor = Field(
        MILLION, description="factor on work and ways on grids that are not the own", json_schema_extra=FACTOR
    )

    @abstractmethod
    def staff(self, world: World, grids: Grids) -> Staff:
        """The gridworkers, where each is at home, and who may serve whose grid."""

    def ask(self, setting: Setting) -> Mapping[str, object]:
        staff = self.staff(setting.world, setting.grids)
        check_staff(staff, setting.world, setting.grids)
        return vars(staff)

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        if self.absence and self.shift == ALWAYS:
            yield Fault(
                ("absence",), "0, as there are no shifts to be away from (shift: always)", self.absence / MILLION
            )
        ids = [window.id for window in self.away]
        for i, window in enumerate(self.away):
            if window.id in ids[:i]:
                yield Fault(("away", i, "id"), "an id of its own", window.id)
        for name in ("turnover", "diversion", "away"):
            if self.shift == ALWAYS and getattr(self, name):
                wanted = "nothing, as there are no shifts to be away from (shift: always)"
                yield Fault((name,), wanted, getattr(self, name))

    def headcount(self, world: World) -> list[int]:
        """How many gridworkers each community gets; Misfit if there are not enough, or a community is forgotten."""
        inhabited = [int(buildings > 0) for buildings in world.communities["buildings"]]
        if isinstance(self.workers, dict):
            return self._listed(world, inhabited)
        if self.workers < sum(inhabited):
            raise Misfit(
                Fault(("workers",), f"at least one for each of the {sum(inhabited)} communities", self.workers)
            )
        most = [self.workers * there for there in inhabited]
        households = world.communities["households"].tolist()
        return apportion_within(self.workers, households, least=inhabited, most=most)

    def _listed(self, world: World, inhabited: list[int]) -> list[int]:
        """The numbers that the author gave community by community."""
        assert isinstance(self.workers, dict)
        for community in self.workers:
            if community not in world.community_ids:
                raise Misfit(Fault(("workers", community), "the code of a community", community))
        for community, there in zip(world.community_ids, inhabited, strict=True):
            if there and not self.workers.get(community):
                raise Misfit(Fault(("workers",), f"at least one gridworker for community {community}", None))
        return [
            self.workers.get(community, 0) * there
            for community, there in zip(world.community_ids, inhabited, strict=True)
        ]


class _AtHome(Staffing):
    """Gridworkers who stay in their community."""

    others: ClassVar[int | None]  # rank of the other grids of the community; None: not served

    def staff(self, world: World, grids: Grids) -> Staff:
        familiarity = Familiarity(self.ownership, self.unfamiliar, self.others)
        return settle(world, grids, self.headcount(world), familiarity=familiarity)


class OwnGrids(_AtHome):
    """Each gridworker serves the own grids only."""

    kind = "own_grids"
    others = None


class NeighbourBackup(_AtHome):
    """Each gridworker serves the own grids first, and helps out on the other ones of the community."""

    kind = "neighbour_backup"
    others = 1


class CommunityPool(_AtHome):
    """The gridworkers of a community serve all its grids alike; each still walks a round of the own."""

    kind = "community_pool"
    others = 0


class StreetFloat(Staffing):
    """Most gridworkers serve their own grids only; the others help out wherever the street needs them."""

    kind = "street_float"

    floaters: Share = Field(
        200_000, description="share of each street's gridworkers who help out", json_schema_extra={"unit": "share"}
    )

    def staff(self, world: World, grids: Grids) -> Staff:
        headcount, street, floaters = np.array(self.headcount(world)), world.communities["street"], []
        for row in range(len(world.street_ids)):
            manned = np.flatnonzero((street == row) & (headcount > 0))
            staying = self._staying(headcount[manned].tolist())
            floaters.append(int(headcount[manned].sum()) - sum(staying))
            headcount[manned] = staying
        familiarity = Familiarity(self.ownership, self.unfamiliar)
        at_home = settle(world, grids, headcount.tolist(), familiarity=familiarity)
        return add_floaters(at_home, world, grids, floaters=floaters, unfamiliar=self.unfamiliar)

    def _staying(self, workers: list[int]) -> list[int]:
        """How many of the workers of each community of a street stay there, at least one each; the others float."""
        total = sum(workers)
        floating = min((total * self.floaters + MILLION // 2) // MILLION, total - len(workers))
        return apportion_within(total - floating, workers, least=[1] * len(workers), most=workers)
