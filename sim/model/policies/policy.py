"""Policy: one part for each lever, and the offices above the grid."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.policies.admission import Admission, NoAdmission
from sim.model.policies.base import Misfit, Part
from sim.model.policies.channels import ByTable, Channels
from sim.model.policies.claims import Claims, NoClaims
from sim.model.policies.conduct import Conduct, Honest
from sim.model.policies.courses import Mark
from sim.model.policies.dispatch import Dispatch, Fifo
from sim.model.policies.escalation import Escalation, NoEscalation
from sim.model.policies.gates import Gates, NoGates
from sim.model.policies.grids import Grids
from sim.model.policies.groups import Detours, Group
from sim.model.policies.limits import Limits, NoLimits
from sim.model.policies.reinforcement import NoReinforcement, Reinforcement
from sim.model.policies.rings import NoRings, Rings
from sim.model.policies.rounds import NoRounds, Rounds
from sim.model.policies.setting import settle_in
from sim.model.policies.skills import EqualSkills, Skills
from sim.model.policies.staffing import CommunityPool, Staffing
from sim.model.policies.supervision import NoSupervision, Supervision
from sim.model.policies.tiers import Tiers
from sim.model.policies.verification import NoVerification, Verification
from sim.model.policies.whistle import NoWhistle, Whistle
from sim.model.policies.zoning import ByCommunity, Zoning
from sim.model.spec import Fault, Spec
from sim.model.world import World

PART: JsonDict = {"unit": "part"}


class Policy(Spec):
    """The rules in force. What is left out is plain or off."""

    zoning: Zoning = Field(ByCommunity(), description="how buildings are grouped into grids", json_schema_extra=PART)
    staffing: Staffing = Field(
        CommunityPool(), description="how many gridworkers there are, and who serves whose grid", json_schema_extra=PART
    )
    tiers: Tiers = Field(Tiers(), description="the offices above the grid", json_schema_extra={"unit": ""})
    channels: Channels = Field(
        ByTable(), description="where reports enter, and to whom desks pass them", json_schema_extra=PART
    )
    dispatch: Dispatch = Field(Fifo(), description="in which order cases are taken up", json_schema_extra=PART)
    limits: Limits = Field(NoLimits(), description="how soon cases must be settled", json_schema_extra=PART)
    escalation: Escalation = Field(
        NoEscalation(), description="how long a level may keep a case waiting", json_schema_extra=PART
    )
    rounds: Rounds = Field(NoRounds(), description="what a gridworker's day is made of", json_schema_extra=PART)
    verification: Verification = Field(
        NoVerification(), description="who looks whether a case is settled in truth", json_schema_extra=PART
    )

    rings: Rings = Field(
        NoRings(), description="who helps below the gridworker, and is asked before", json_schema_extra=PART
    )
    claims: Claims = Field(NoClaims(), description="what members may claim from an open list", json_schema_extra=PART)
    gates: Gates = Field(
        NoGates(), description="what cases for departments wait for before they are passed on", json_schema_extra=PART
    )

    whistle: Whistle = Field(
        NoWhistle(),
        description="who may call departments together for a case that takes several",
        json_schema_extra=PART,
    )

    reinforcement: Reinforcement = Field(
        NoReinforcement(), description="who comes to help for a time", json_schema_extra=PART
    )
    admission: Admission = Field(
        NoAdmission(), description="which admin tasks from above are let through", json_schema_extra=PART
    )
    supervision: Supervision = Field(
        NoSupervision(), description="who asks after cases that are not settled", json_schema_extra=PART
    )
    conduct: Conduct = Field(Honest(), description="what people do once they are measured", json_schema_extra=PART)

    skills: Skills = Field(EqualSkills(), description="which gridworker can do what", json_schema_extra=PART)

    @property
    def parts(self) -> dict[str, Part]:
        """The parts by lever."""
        chosen = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: part for name, part in chosen.items() if isinstance(part, Part)}

    def groups(self, world: World, grids: Grids) -> tuple[Group, ...]:
        """The helpers of all parts."""
        return (*(group for part in self.parts.values() for group in part.groups(world, grids)), *self.tiers.groups())

    def detours(self, demand: DemandSpec) -> Detours:
        """The detours of all parts together. Raises ValueError if two of them lead from the same tier."""
        return sum((part.detours(self, demand) for part in self.parts.values()), self.tiers.detours(demand))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What happens to cases at set shares of their time limit, or at meetings."""
        return tuple(mark for part in self.parts.values() for mark in part.marks(self))

    def contradictions(self, demand: DemandSpec) -> list[Fault]:
        """What in the policy contradicts the demand or itself; places count from the top of the scenario."""
        faults = [
            Fault(("policy", lever, *fault.where), fault.expected, fault.got)
            for lever, part in self.parts.items()
            for fault in part.faults(self, demand)
        ]
        return [*faults, *self.tiers.faults(demand), *self._collisions(demand)]

    def _collisions(self, demand: DemandSpec) -> Iterator[Fault]:
        """Two parts that lead cases from the same tier, or reports for it."""
        led = dict.fromkeys(_ways(self.tiers.detours(demand)), "tiers.departments (outposts)")
        for lever, part in self.parts.items():
            for way in _ways(part.detours(self, demand)):
                if way in led:
                    yield Fault(("policy", lever), f"a kind that leaves {way} to policy.{led[way]}", part.kind)
                led.setdefault(way, lever)

    def misfits(self, world: World, demand: DemandSpec) -> list[Fault]:
        """What in the policy does not fit the world, such as fewer gridworkers than communities; places as above.

        At most one fault: what follows from a misfit is not looked at.
        """
        try:
            settle_in(self, world, demand)
        except Misfit as misfit:
            return [misfit.fault]
        return []


def _ways(detours: Detours) -> tuple[str, ...]:
    """What the detours lead elsewhere, in words."""
    return (
        *(f"the unsettled cases of the {tier}" for tier in detours.up),
        *(f"the reports for the {tier}" for tier in detours.before),
    )
