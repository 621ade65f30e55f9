"""Reinforcement: helpers who come for a time — teams in a surge, campaigns of visits, leaders on their yearly visits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.period import MAX_DAYS
from sim.model.policies.base import Part
from sim.model.policies.grids import Grids
from sim.model.policies.groups import Group, PositiveFactor, Reach, VisitRounds
from sim.model.policies.rounds import Lasting
from sim.model.shifts import ALWAYS, Shift, parse_shifts
from sim.model.spec import Fault, Id, Spec, Whole
from sim.model.units import DAY, MILLION, Duration, Speed
from sim.model.windows import AT_START, First, whole_days
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

Tier = Literal["grid", "community", "street"]
Unit = Literal["grid", "community", "street", "district"]

ROUND_THE_CLOCK = parse_shifts("daily 00:00-24:00")
MAX_SERVERS = 1000
SECONDS: JsonDict = {"unit": "s"}
FACTOR: JsonDict = {"unit": "factor"}


WholeDays = Annotated[Duration, AfterValidator(whole_days)]


class HelperVisits(Spec):
    """Visits to all households of the unit in turn; the quota of a day lapses at its end."""

    quota: Whole = Field(ge=1, le=1000, description="attempts a day", json_schema_extra={"unit": "visits per day"})
    answered: Lasting = Field(1200, description="length of a visit at which somebody opens", json_schema_extra=SECONDS)
    unanswered: Lasting = Field(180, description="length of a visit at which nobody does", json_schema_extra=SECONDS)
    finds: Literal["usual", "urgent"] = Field(
        "usual",
        description="how what they find is served: like other cases, or as urgent",
        json_schema_extra={"unit": ""},
    )


class WaveSpec(Spec):
    """Helpers who come together: from when to when, how many, and what they do."""

    id: Id = Field(description="its name in files", json_schema_extra={"unit": "id"})
    start: First = Field(
        AT_START,
        description="day on which they are called, within the period",
        json_schema_extra={"unit": "date or d"},
    )
    days: Whole | None = Field(
        None, ge=1, le=MAX_DAYS, description="they leave so long after the start; default: they stay",
        json_schema_extra={"unit": "d"},
    )  # fmt: skip
    lag: WholeDays = Field(0, description="whole days until the first of them is there", json_schema_extra=SECONDS)
    ramp: WholeDays = Field(
        0, description="whole days over which they come, one after the other in each unit", json_schema_extra=SECONDS
    )
    per: Unit = Field("community", description="the unit that has so many", json_schema_extra={"unit": "unit"})
    servers: Whole = Field(
        1,
        ge=1,
        le=MAX_SERVERS,
        description="teams, or single persons, in each unit",
        json_schema_extra={"unit": "teams"},
    )
    persons: Whole = Field(
        1, ge=1, le=1000, description="persons in each team, who go together", json_schema_extra={"unit": "persons"}
    )
    shift: Shift = Field(ROUND_THE_CLOCK, description="when they work", json_schema_extra={"unit": "shift"})
    every: WholeDays = Field(
        "1 d", validate_default=True, description="each works one day in so many, in turn", json_schema_extra=SECONDS
    )
    skill: PositiveFactor = Field(
        MILLION, description="their work takes its content divided by skill, and they notice skill times as readily",
        json_schema_extra=FACTOR,
    )  # fmt: skip
    speed: Speed = Field(
        0, description="pace on the way to cases and visits; 0: ways take no time", json_schema_extra={"unit": "mm/s"}
    )
    unfamiliar: PositiveFactor = Field(MILLION, description="factor on their work and ways", json_schema_extra=FACTOR)
    handles: tuple[Tier, ...] = Field(
        (),
        description="tiers whose cases they take on, after the tier's own staff; default: none",
        json_schema_extra={"unit": ""},
    )
    visits: HelperVisits | None = Field(
        None, description="households that they visit; default: none", json_schema_extra={"unit": ""}
    )

    def group(self) -> Group:
        """The wave as a group of helpers."""
        step, lag = self.ramp // DAY, self.lag // DAY
        rounds = self.visits and VisitRounds(
            self.visits.quota, self.visits.answered, self.visits.unanswered, urgent=self.visits.finds == "urgent"
        )
        return Group(
            f"wave.{self.id}",
            "neighbourhood",
            self.per,
            self.servers,
            shift=self.shift,
            skill=self.skill,
            speed=self.speed,
            reaches=tuple(
                Reach(tier, work_factor=self.unfamiliar, travel_factor=self.unfamiliar) for tier in self.handles
            ),
            start=tuple(lag + k * step // self.servers for k in range(self.servers)),
            until=self.days,
            since=self.start,
            every=self.every // DAY,
            persons=self.persons,
            rounds=rounds or None,
        )

    def faults(self, policy: Policy) -> Iterator[Fault]:
        """What contradicts in the wave, or with the tiers; places count from the wave."""
        if self.shift == ALWAYS:
            wanted = f"a shift such as {ROUND_THE_CLOCK}, as helpers come and go with their shifts"
            yield Fault(("shift",), wanted, str(self.shift))
        if not self.handles and self.visits is None:
            yield Fault(("handles",), "a tier whose cases they take on, or visits: they would have nothing to do", [])
        for k, tier in enumerate(self.handles):
            if tier not in policy.tiers.levels:
                yield Fault(("handles", k), f"one of the tiers {', '.join(policy.tiers.levels)}", tier)
            elif tier in self.handles[:k]:
                yield Fault(("handles", k), "each tier once", tier)
        if self.every < DAY:
            yield Fault(("every",), "at least 1 d", "0 d")
        if self.days is not None and self.days <= self.lag // DAY:
            yield Fault(("days",), f"more than the lag of {self.lag // DAY} d, or nobody would ever come", self.days)


class Reinforcement(Part):
    """Who comes to help for a time, to handle cases or to visit households."""

    usual = "waves"

    @abstractmethod
    def called(self) -> tuple[WaveSpec, ...]:
        """The waves of helpers."""

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {"waves": [wave.model_dump_json() for wave in self.called()]}

    def most(self, world: World) -> int:
        """How many servers there are at most."""
        units = {"grid": len(world.buildings), "community": len(world.communities), "street": len(world.street_ids)}
        return sum(wave.servers * units.get(wave.per, 1) for wave in self.called())

    def groups(self, world: World, grids: Grids) -> tuple[Group, ...]:
        return tuple(wave.group() for wave in self.called())


class NoReinforcement(Reinforcement):
    """Nobody comes."""

    kind = "off"

    def called(self) -> tuple[WaveSpec, ...]:
        return ()


class Waves(Reinforcement):
    """Waves of helpers, each with a window, hours, size, skill and task of its own."""

    kind = "waves"

    waves: tuple[WaveSpec, ...] = Field(
        min_length=1, description="who comes, wave by wave", json_schema_extra={"unit": ""}
    )

    def called(self) -> tuple[WaveSpec, ...]:
        return self.waves

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        ids = [wave.id for wave in self.waves]
        for i, wave in enumerate(self.waves):
            if wave.id in ids[:i]:
                yield Fault(("waves", i, "id"), "an id of its own", wave.id)
            for fault in wave.faults(policy):
                yield Fault(("waves", i, *fault.where), fault.expected, fault.got)
