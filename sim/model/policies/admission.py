"""Admission: which tasks from above come down upon gridworkers, and how much they swell on the way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Part
from sim.model.spec import Fault
from sim.model.units import MILLION, Factor, Share

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

LEAST_KAPPA, MOST_KAPPA = MILLION // 10, 2 * MILLION


def _not_absurd(kappa: int) -> int:
    if not LEAST_KAPPA <= kappa <= MOST_KAPPA:
        raise ValueError(f"expected a factor between 0.1 and 2, got {kappa / MILLION}")
    return kappa


class Admission(Part):
    """Which admin tasks from above are let through to the grid."""

    usual = "gate"

    @abstractmethod
    def admitted(self, tiers: int) -> int:
        """What is left of the admin of gridworkers (millionths), with so many tiers above them."""

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {"admitted": [self.admitted(tiers) for tiers in range(4)]}


class NoAdmission(Admission):
    """All tasks from above come through."""

    kind = "off"

    def admitted(self, tiers: int) -> int:
        return MILLION


class AdmissionGate(Admission):
    """A list says which tasks may be put upon the grid; of those, some come with money for hands of their own."""

    kind = "gate"

    from_above: Share = Field(
        "100 %",
        validate_default=True,
        description="share of admin that consists of tasks from above; the rest is the grid's own",
        json_schema_extra={"unit": "share"},
    )
    admit: Share = Field(
        "100 %", validate_default=True, description="share of tasks from above that are admitted",
        json_schema_extra={"unit": "share"},
    )  # fmt: skip
    funded: Share = Field(
        0,
        description="share of admitted tasks that come with money: hands hired with it do them, not gridworkers",
        json_schema_extra={"unit": "share"},
    )

    kappa: Annotated[Factor, AfterValidator(_not_absurd)] = Field(
        MILLION,
        description="factor on tasks from above at each tier from the street down to the grid: above 1 each adds some of its own, below 1 each lets some drop",
        json_schema_extra={"unit": "factor"},
    )

    def admitted(self, tiers: int) -> int:
        by_hand = self.admit / MILLION * (1 - self.funded / MILLION) * (self.kappa / MILLION) ** tiers
        return round(MILLION - self.from_above + self.from_above * by_hand)

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        if policy.rounds.kind == "off":
            yield Fault(("kind",), "off, as there is no admin to admit (policy.rounds is off)", self.kind)
