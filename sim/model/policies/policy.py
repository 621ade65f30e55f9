"""Policy: one part for each lever, and the offices above the grid."""

from __future__ import annotations

from pydantic import Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Misfit, Part
from sim.model.policies.channels import ByTable, Channels
from sim.model.policies.dispatch import Dispatch, Fifo
from sim.model.policies.escalation import Escalation, NoEscalation
from sim.model.policies.limits import Limits, NoLimits
from sim.model.policies.rounds import NoRounds, Rounds
from sim.model.policies.setting import settle_in
from sim.model.policies.staffing import CommunityPool, Staffing
from sim.model.policies.tiers import Tiers
from sim.model.policies.verification import NoVerification, Verification
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

    @property
    def parts(self) -> dict[str, Part]:
        """The parts by lever."""
        chosen = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: part for name, part in chosen.items() if isinstance(part, Part)}

    def contradictions(self, demand: DemandSpec) -> list[Fault]:
        """What in the policy contradicts the demand or itself; places count from the top of the scenario."""
        faults = [
            Fault(("policy", lever, *fault.where), fault.expected, fault.got)
            for lever, part in self.parts.items()
            for fault in part.faults(self, demand)
        ]
        return [*faults, *self.tiers.faults(demand)]

    def misfits(self, world: World, demand: DemandSpec) -> list[Fault]:
        """What in the policy does not fit the world, such as fewer gridworkers than communities; places as above.

        At most one fault: what follows from a misfit is not looked at.
        """
        try:
            settle_in(self, world, demand)
        except Misfit as misfit:
            return [misfit.fault]
        return []
