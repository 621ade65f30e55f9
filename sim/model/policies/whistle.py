"""Whistle and report (吹哨报到): a street calls the departments that a case takes, and they come together."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Part
from sim.model.policies.grids import Grids
from sim.model.policies.groups import DESK, JOINT, Call, Detours, Group, Stop, most_units
from sim.model.policies.tiers import Span, written
from sim.model.shifts import ALWAYS, Shift, never_together
from sim.model.spec import Fault, Whole
from sim.model.units import MILLION, Duration, Share, WorkingSpan
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

SHARE: JsonDict = {"unit": "share"}
SECONDS: JsonDict = {"unit": "s"}
CLOCKED: JsonDict = {"unit": "s, on the working or the natural clock"}
PERSONS: JsonDict = {"unit": "persons"}
LEADERS, OFFICERS = "whistle.leaders", "whistle.officers"
SIGNING, CONTACT, TOGETHER = "whistle.signing", "whistle.contact", "whistle.joint"


class Whistle(Part):
    """Whether anybody may call departments together."""

    usual = "joint"

    @abstractmethod
    def call(self) -> Call | None:
        """When somebody whistles; None: nobody ever does."""

    @abstractmethod
    def limits(self) -> Mapping[str, WorkingSpan]:
        """How soon after the whistle departments must have ``signed``, ``contacted`` and ``attended``."""


class NoWhistle(Whistle):
    """Nobody may: cases that take several departments go from one to the next."""

    kind = "off"

    def call(self) -> Call | None:
        return None

    def limits(self) -> Mapping[str, WorkingSpan]:
        return {}

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {}


class JointWhistle(Whistle):
    """A leader whistles for a case; duty officers sign for the departments and bring them into contact; then one crew of each comes, and they settle it together.

    Departments whose time to attend is over keep crews free as they come in, the oldest whistle first, until all are there.
    """

    kind = "joint"

    use: Share = Field(
        MILLION,
        description="chance that somebody whistles for a case that takes several departments, each time it comes to one",
        json_schema_extra=SHARE,
    )
    idle: Share = Field(0, description="the same for other cases of categories with partners", json_schema_extra=SHARE)
    after: Whole = Field(
        0,
        ge=0,
        le=100,
        description="how often a case must have been returned or declined before",
        json_schema_extra={"unit": "times"},
    )
    per: Literal["community", "street"] = Field(
        "street", description="the unit whose leaders may whistle", json_schema_extra={"unit": "unit"}
    )
    leaders: Whole = Field(
        1, ge=1, le=1000, description="leaders of each unit who may whistle", json_schema_extra=PERSONS
    )
    shift: Shift = Field(description="hours in which they do", json_schema_extra={"unit": "shift"})
    leader_work: Duration = Field(900, description="time of a leader for a whistle", json_schema_extra=SECONDS)
    officers: Whole = Field(
        1, ge=1, le=1000, description="officers on duty who sign for the departments", json_schema_extra=PERSONS
    )
    officer_shift: Shift = Field(ALWAYS, description="hours of the officers", json_schema_extra={"unit": "shift"})
    sign_work: Duration = Field(300, description="time of an officer to sign for it", json_schema_extra=SECONDS)
    contact_work: Duration = Field(
        1800, description="time of an officer to bring the departments into contact", json_schema_extra=SECONDS
    )
    sign: Span = Field(description="within what time of the whistle it must be signed for", json_schema_extra=CLOCKED)
    contact: Span = Field(
        description="within what time of the whistle the departments must be in contact", json_schema_extra=CLOCKED
    )
    attend: Span = Field(
        description="within what time of the whistle all must be there; after so long on the list, crews are kept free",
        json_schema_extra=CLOCKED,
    )
    no_show: Share = Field(
        0,
        description="chance that a partner stays away; the department in charge then does its part",
        json_schema_extra=SHARE,
    )

    def call(self) -> Call | None:
        return Call(LEADERS, self.use, self.idle, self.after, self.no_show)

    def limits(self) -> Mapping[str, WorkingSpan]:
        return {"signed": self.sign, "contacted": self.contact, "attended": self.attend}

    def most(self, world: World) -> int:
        return self.leaders * most_units(self.per, world) + self.officers

    def groups(self, world: World, grids: Grids) -> tuple[Group, ...]:
        return (
            Group(LEADERS, self.per, self.per, self.leaders, shift=self.shift),
            Group(OFFICERS, "district", "district", self.officers, shift=self.officer_shift),
        )

    def detours(self, policy: Policy, demand: DemandSpec) -> Detours:
        return Detours(
            (
                Stop(LEADERS, DESK, self.per, group=LEADERS, next=SIGNING, work=self.leader_work, stamp="called"),
                Stop(SIGNING, DESK, "district", group=OFFICERS, next=CONTACT, work=self.sign_work, stamp="signed"),
                Stop(
                    CONTACT, DESK, "district", group=OFFICERS, next=TOGETHER, work=self.contact_work, stamp="contacted"
                ),
                Stop(TOGETHER, JOINT, "department", attend=self.attend),
            )
        )

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        if not demand.partners:
            yield Fault((), "off, as demand.partners says nothing", self.kind)
        for name in ("sign", "contact", "attend"):
            yield from policy.tiers.clockless(getattr(self, name), name)
        hours = {one.id: one.shift or policy.tiers.office_shift for one in policy.tiers.departments}
        for category in demand.categories:
            if category.id in demand.partners:
                together = (category.department, *demand.partners[category.id].work)
                members = {name: hours[name] for name in together if name in hours}
                if never_together([*members.values()]):
                    got = ", ".join(f"{name} {shift}" for name, shift in members.items())
                    yield Fault((), f"departments with hours in common for {category.id}", got)

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {
            "call": [self.use, self.idle, self.after, self.no_show],
            **{k: written(v) for k, v in self.limits().items()},
        }
