"""Supervision: who asks after cases that take long, and what follows from it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from sim.model.demand_spec import DemandSpec
from sim.model.meetings import Meeting
from sim.model.policies.base import Part
from sim.model.policies.courses import Kappa, Mark, compounded
from sim.model.policies.dispatch import SeverityFirst
from sim.model.spec import Fault
from sim.model.units import MILLION, Factor

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

MOST_LIMITS = 10 * MILLION


def _of_limit(share: int) -> int:
    """A share of a time limit that may exceed it. Raises ValueError for 0 and for more than ten times the limit."""
    if not 0 < share <= MOST_LIMITS:
        raise ValueError(f"expected a share of the time limit above 0 %, at most 1000 %, got {share / MILLION}")
    return share


#: A share of a time limit, up to ten times of it.
PartOfLimit = Annotated[Factor, AfterValidator(_of_limit)]


def _ascending(shares: tuple[int, ...]) -> tuple[int, ...]:
    if list(shares) != sorted(set(shares)):
        raise ValueError(f"expected shares in ascending order, got {[share / MILLION for share in shares]}")
    return shares


class Supervision(Part):
    """Who asks after cases that are not settled, and when."""

    usual = "at_shares"

    @abstractmethod
    def marks(self, policy: Policy) -> tuple[Mark, ...]:
        """When they are asked after, and what follows."""

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {}


class NoSupervision(Supervision):
    """Nobody asks."""

    kind = "off"

    def marks(self, policy: Policy) -> tuple[Mark, ...]:
        return ()


class AtShares(Supervision):
    """A case is asked after when set shares of its time limit have passed since filing, and then at every notice; from then on it is served before others.

    Shares count from filing (or from rework) by the limit as it was set: postponing does not put supervision off.
    """

    kind = "at_shares"

    shares: Annotated[tuple[PartOfLimit, ...], AfterValidator(_ascending)] = Field(
        (800_000, 1_000_000, 1_250_000, 1_500_000),
        max_length=20,
        description="shares of the time limit at which a case is asked after, in ascending order",
        json_schema_extra={"unit": "share of the time limit"},
    )
    raise_to: Literal["urgent", "first"] = Field(
        "urgent",
        description="how a case is served once it has been asked after: as an urgent one, or before all that are not urgent",
        json_schema_extra={"unit": ""},
    )
    notice: Meeting | None = Field(
        None,
        description="when notice is given of all cases that are not settled by then, and have passed the last of the shares; default: never",
        json_schema_extra={"unit": "meetings"},
    )
    kappa: Kappa = Field(
        MILLION,
        description="share of the pressure that each tier from the street down to the grid passes on: below 1 cases are asked after later and less often",
        json_schema_extra={"unit": "share"},
    )

    def marks(self, policy: Policy) -> tuple[Mark, ...]:
        tiers = policy.tiers.depth("grid")
        pressure, ahead = compounded(self.kappa, tiers), policy.limits.ahead(tiers)
        asked = Mark("supervise", chance=pressure, raise_to=self.raise_to)
        by_share = [replace(asked, at=at * ahead // pressure) for at in self.shares]
        return (*by_share, replace(asked, meetings=self.notice)) if self.notice else tuple(by_share)

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {"shares": self.shares, "kappa": self.kappa, "raise_to": self.raise_to, "notice": str(self.notice)}

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        if self.shares and policy.limits.kind == "off":
            yield Fault(("shares",), "time limits in policy.limits to go by", [at / MILLION for at in self.shares])
        ours = type(policy.dispatch).__module__ == SeverityFirst.__module__
        if self.raise_to == "first" and ours and not isinstance(policy.dispatch, SeverityFirst):
            wanted = f"urgent, as {policy.dispatch.kind} (policy.dispatch) makes no difference among cases that are not"
            yield Fault(("raise_to",), wanted, self.raise_to)
