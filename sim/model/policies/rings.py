"""Rings: helpers below the gridworker (property managers, party branches, lane wardens), who are asked one after the other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Part
from sim.model.policies.courses import unless
from sim.model.policies.grids import Grids
from sim.model.policies.groups import (
    Detours,
    Flags,
    Group,
    PositiveShare,
    Stop,
    most_units,
    units_of,
    unknown_categories,
)
from sim.model.policies.tiers import Span, Triage, written
from sim.model.shifts import Shift
from sim.model.spec import Fault, Id, Spec, Title, Whole
from sim.model.streams import millionth, mix
from sim.model.units import MILLION, Share, WorkingSpan
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

COVERAGE = 17  # purpose of a building's luck: is there such a ring in its unit? (k = ring)
MOST_MEMBERS = 1000
SHARE: JsonDict = {"unit": "share"}


class RingSpec(Spec):
    """A ring: helpers in each grid, community or street, with hours of their own."""

    id: Id = Field(description="its name in files", json_schema_extra={"unit": "id"})
    title: Title = Field(description="what people read", json_schema_extra={"unit": ""})
    per: Literal["grid", "community", "street"] = Field(
        "community", description="the unit that has so many helpers", json_schema_extra={"unit": "unit"}
    )
    members: Whole = Field(
        1, ge=1, le=MOST_MEMBERS, description="helpers in each unit", json_schema_extra={"unit": "persons"}
    )
    coverage: PositiveShare = Field(
        MILLION, description="share of the units that have such helpers, by chance", json_schema_extra=SHARE
    )
    shift: Shift = Field(description="the hours that they give", json_schema_extra={"unit": "shift"})
    skill: PositiveShare = Field(
        MILLION, description="their work takes the grid's work divided by skill", json_schema_extra=SHARE
    )
    willing: Share = Field(
        MILLION, description="chance that they take on a case that they could settle", json_schema_extra=SHARE
    )
    settles: dict[Id, Share] = Field(
        min_length=1,
        description="category: share of its issues that they can settle, the easiest ones; other categories do not come to them",
        json_schema_extra=SHARE,
    )
    triage: Triage = Field(
        900,
        description="time spent on a case that they cannot settle, or do not take on; full: the whole work",
        json_schema_extra={"unit": "s"},
    )


class Rings(Part):
    """Helpers below the gridworker."""

    usual = "nested"

    @abstractmethod
    def ask(self, setting: Setting) -> Mapping[str, object]: ...


class NoRings(Rings):
    """Nobody: reports for the grid go to the gridworker."""

    kind = "off"

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {}


class NestedRings(Rings):
    """Reports for the grid are offered to one ring after the other; the gridworker has what is left.

    A ring that cannot settle a case, does not take it on, or has not begun with it within ``timeout``, passes it to the next one. A
    ring that is not there (``coverage``), or whom cases of the category do not come to, is left out. What gridworkers notice themselves they keep.
    """

    kind = "nested"

    timeout: Span = Field(
        WorkingSpan(4 * 3600, working=False),
        description="a case that a ring has not begun with goes on to the next after so long",
        json_schema_extra={"unit": "s, on the working or the natural clock"},
    )
    rings: tuple[RingSpec, ...] = Field(
        min_length=1,
        max_length=10,
        description="the rings, in the order in which they are asked",
        json_schema_extra={"unit": ""},
    )

    def most(self, world: World) -> int:
        return sum(ring.members * most_units(ring.per, world) for ring in self.rings)

    def groups(self, world: World, grids: Grids) -> tuple[Group, ...]:
        return tuple(
            Group(
                _name(ring),
                "neighbourhood",
                ring.per,
                ring.members,
                shift=ring.shift,
                skill=ring.skill,
                covers=_covered(ring, k, world, grids),
            )
            for k, ring in enumerate(self.rings)
        )

    def detours(self, policy: Policy, demand: DemandSpec) -> Detours:
        names = [_name(ring) for ring in self.rings]
        onward = [*names[1:], "grid"]
        stops = [
            Stop(
                name,
                "handle",
                "neighbourhood",
                group=name,
                up=up,
                triage=ring.triage,
                capability=ring.settles,
                categories=tuple(ring.settles),
                hold=self.timeout,
                declines=unless(ring.willing),
            )
            for name, ring, up in zip(names, self.rings, onward, strict=True)
        ]
        return Detours(tuple(stops), before={"grid": names[0]})

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        ids = [ring.id for ring in self.rings]
        for k, ring in enumerate(self.rings):
            if ring.id in ids[:k]:
                yield Fault(("rings", k, "id"), "an id of its own", ring.id)
            yield from unknown_categories(ring.settles, demand, "rings", k, "settles")
        yield from policy.tiers.clockless(self.timeout, "timeout")

    def ask(self, setting: Setting) -> Mapping[str, object]:
        rings = [ring.model_dump_json() for ring in self.rings]
        covered = [group.covers for group in self.groups(setting.world, setting.grids) if group.covers is not None]
        return {
            "rings": rings,
            "covered": np.concatenate([np.zeros(0, bool), *covered]),
            "timeout": written(self.timeout),
        }


def _name(ring: RingSpec) -> str:
    """The name of its stop, and of its group."""
    return f"ring.{ring.id}"


def _covered(ring: RingSpec, k: int, world: World, grids: Grids) -> Flags | None:
    """By unit, whether it has the ring: chance of the place, by its first building, the same in all replications."""
    if ring.coverage == MILLION:
        return None
    unit, first = np.unique(units_of(ring.per, world, grids), return_index=True)
    covered = np.zeros(int(unit[-1]) + 1, np.bool_)
    covered[unit] = millionth(mix(world.buildings["luck"][first], COVERAGE, k)) < ring.coverage
    return covered
