"""Local first: what the grid could not settle stays in the grid for a while, and is looked into once more, before it may go up (难事不往上级推)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from sim.model.demand_spec import CategorySpec, DemandSpec
from sim.model.policies.escalation import EscalationLimits
from sim.model.policies.groups import Detours, PositiveFactor, Stop
from sim.model.policies.tiers import written
from sim.model.spec import Fault, Id
from sim.model.units import MILLION, Share, WorkingSpan, WorkingTime

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

HOLD, INQUIRY = "local.hold", "local.inquiry"


class LocalFirst(EscalationLimits):
    """As ``limits``; and what the grid could not settle waits for ``local_hold``, then the grid looks into it more deeply, and only what is still unsettled goes up."""

    kind = "local_first"

    local_hold: WorkingTime = Field(
        WorkingSpan(86_400, working=False),
        description="how long what the grid could not settle stays there before it is looked into again; no one works on it meanwhile",
        json_schema_extra={"unit": "s, on the working or the natural clock"},
    )
    inquiry: Share = Field(
        100_000,
        description="share of the issues of each category that the grid settles at the second, deeper inquiry, beside those it settles anyway",
        json_schema_extra={"unit": "share"},
    )
    inquiry_work: PositiveFactor = Field(
        1_500_000,
        description="work of that inquiry, in proportion to the grid's work",
        json_schema_extra={"unit": "factor"},
    )
    local: tuple[Id, ...] | None = Field(
        None,
        min_length=1,
        description="categories that are kept, urgent cases too; the others go up at once; default: all",
        json_schema_extra={"unit": "categories"},
    )

    def detours(self, policy: Policy, demand: DemandSpec) -> Detours:
        above = policy.tiers.above("grid", None)
        if above is None:
            return Detours()
        inquiry = Stop(
            INQUIRY,
            "handle",
            "grid",
            up=above,
            triage=policy.tiers.grid_triage,
            capability={category.id: self._capability(category, policy) for category in demand.categories},
            content=self.inquiry_work,
        )
        hold = Stop(HOLD, "wait", "grid", next=INQUIRY, wait=self.local_hold, categories=self.local)
        return Detours((hold, inquiry), up={"grid": HOLD})

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        yield from super().faults(policy, demand)
        yield from policy.tiers.clockless(self.local_hold, "local_hold")
        known = [category.id for category in demand.categories]
        for k, name in enumerate(self.local or ()):
            if name not in known:
                yield Fault(("local", k), f"one of the categories {', '.join(known)}", name)
        if policy.tiers.above("grid", None) is None:
            yield Fault(("kind",), "limits, as no tier above the grid serves all categories", self.kind)

    def ask(self, setting: Setting) -> Mapping[str, object]:
        own = {"local_hold": written(self.local_hold), "inquiry": [self.inquiry, self.inquiry_work]}
        return {**super().ask(setting), **own, "local": list(self.local or ())}

    def _capability(self, category: CategorySpec, policy: Policy) -> int:
        """What the grid can settle at the inquiry, in millionths of difficulty."""
        anyway = category.settled_by.cumulative[0] + policy.skills.added(category.id)
        return min(anyway + self.inquiry, MILLION)
