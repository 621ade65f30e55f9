"""Gates: what waits for a meeting, and is let go in batches."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from sim.model.demand_spec import DemandSpec
from sim.model.meetings import Meeting
from sim.model.policies.base import Part
from sim.model.policies.grids import Grids
from sim.model.policies.groups import Detours, Group, Stop
from sim.model.shifts import Shift
from sim.model.spec import Fault, Id, Whole
from sim.model.units import Duration
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

MEETING, CONSOLIDATION, COORDINATORS, DISPATCH = (
    "gates.meeting",
    "gates.consolidation",
    "gates.coordinators",
    "gates.dispatch",
)


class Gates(Part):
    """What cases for departments wait for before they are passed on."""

    usual = "meeting"

    @abstractmethod
    def ask(self, setting: Setting) -> Mapping[str, object]: ...


class NoGates(Gates):
    """Nothing: cases are passed on at once."""

    kind = "off"

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {}


class Gated(Gates):
    """What all gates have in common: which cases wait."""

    categories: tuple[Id, ...] | None = Field(
        None,
        min_length=1,
        description="categories whose cases wait, urgent ones too; default: all that departments are in charge of",
        json_schema_extra={"unit": "categories"},
    )

    @abstractmethod
    def stops(self, waiting: tuple[str, ...]) -> tuple[Stop, ...]:
        """Where cases of the categories ``waiting`` wait, one stop leading to the next."""

    def waiting(self, demand: DemandSpec) -> tuple[str, ...]:
        """The categories whose cases wait."""
        return _led(demand) if self.categories is None else self.categories

    def detours(self, policy: Policy, demand: DemandSpec) -> Detours:
        """Cases for departments come to the first of the stops instead, from whichever tier."""
        stops = self.stops(self.waiting(demand))
        led = next((category.department for category in demand.categories if category.department is not None), None)
        below = [name for name in policy.tiers.levels if led and policy.tiers.above(name, led) == "department"]
        return Detours(stops, up=dict.fromkeys(below, stops[0].name), before={"department": stops[0].name})

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        if not policy.tiers.departments:
            yield Fault((), "off, as policy.tiers has no departments to pass cases on to", self.kind)
        for k, name in enumerate(self.categories or ()):
            if name not in _led(demand):
                wanted = f"one of the categories that departments are in charge of ({', '.join(_led(demand))})"
                yield Fault(("categories", k), wanted, name)


class MeetingGate(Gated):
    """Cases for departments wait for the next joint meeting."""

    kind = "meeting"

    meeting: Meeting = Field(description="when they are passed on together", json_schema_extra={"unit": "meetings"})

    def stops(self, waiting: tuple[str, ...]) -> tuple[Stop, ...]:
        return (_gate(MEETING, self.meeting, "department", waiting),)

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {"waiting": self.waiting(setting.demand), "meeting": str(self.meeting)}


class FiveStep(Gated):
    """The five-step method: what streets cannot settle is brought together by meetings, split among departments by coordinators, and sent to them by the quarter, say."""

    kind = "five_step"

    consolidation: Meeting = Field(
        description="when unsettled cases are brought together", json_schema_extra={"unit": "meetings"}
    )
    coordinators: Whole = Field(
        1, ge=1, le=1000, description="who split them among departments", json_schema_extra={"unit": "persons"}
    )
    coordinator_work: Duration = Field(
        7200, description="time of a coordinator for a case", json_schema_extra={"unit": "s"}
    )
    shift: Shift = Field(description="hours of the coordinators", json_schema_extra={"unit": "shift"})
    dispatch: Meeting | None = Field(
        None,
        description="when what has been split is sent to departments; default: at once",
        json_schema_extra={"unit": "meetings"},
    )

    def most(self, world: World) -> int:
        return self.coordinators

    def groups(self, world: World, grids: Grids) -> tuple[Group, ...]:
        return (Group(COORDINATORS, "district", "district", self.coordinators, shift=self.shift),)

    def stops(self, waiting: tuple[str, ...]) -> tuple[Stop, ...]:
        last = DISPATCH if self.dispatch else "department"
        desk = Stop(COORDINATORS, "desk", "district", group=COORDINATORS, next=last, work=self.coordinator_work)
        dispatch = (_gate(DISPATCH, self.dispatch, "department", waiting),) if self.dispatch else ()
        return (_gate(CONSOLIDATION, self.consolidation, COORDINATORS, waiting), desk, *dispatch)

    def ask(self, setting: Setting) -> Mapping[str, object]:
        meetings = {"consolidation": str(self.consolidation), "dispatch": str(self.dispatch or "")}
        return {"waiting": self.waiting(setting.demand), **meetings, "coordinator_work": self.coordinator_work}


def _led(demand: DemandSpec) -> tuple[str, ...]:
    """The categories that departments are in charge of."""
    return tuple(category.id for category in demand.categories if category.department is not None)


def _gate(name: str, meeting: Meeting, onward: str, waiting: tuple[str, ...]) -> Stop:
    """A stop at which cases of the categories ``waiting`` wait for the next meeting, and go ``onward`` from there."""
    return Stop(name, "wait", "department", next=onward, categories=waiting, meeting=meeting)
