"""Escalation: how long a level may keep a case waiting, and what wrong owners and absent workers do with it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from sim.model.demand_spec import LEVELS, DemandSpec
from sim.model.policies.base import Part
from sim.model.policies.tiers import Span, written
from sim.model.spec import Fault
from sim.model.units import MILLION, Duration, Share, WorkingSpan, WorkingTime, format_working_time

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

AT_ONCE = WorkingSpan(0, working=False)


@dataclass(frozen=True)
class Handover:
    """What happens to a case that is with the wrong one.

    ``misroute``: chance (millionths) that a case for a department goes to another one; that one sends it back after
    ``return_work`` seconds of its own and ``return_delay``. ``rebind_after``: seconds after which suspended work is
    handed to another server (None: never), which costs ``loss`` (millionths) of what remains. ``desk``: whether it goes back to
    the desk that dispatched it; otherwise the wrong one takes it to another itself.
    """

    misroute: int = 0
    return_work: int = 0
    return_delay: WorkingSpan = AT_ONCE
    rebind_after: int | None = None
    loss: int = 0
    desk: bool = True


class Escalation(Part):
    """How long a level may keep a case waiting before it moves up."""

    usual = "limits"

    @abstractmethod
    def hold(self, level: str, category: str) -> WorkingSpan | None:
        """How long a case may wait at ``level`` (grid … city) without being started; None: for ever."""

    def handover(self) -> Handover:
        """What happens to a case that is with the wrong one. By default it never is."""
        return Handover()

    def ask(self, setting: Setting) -> Mapping[str, object]:
        names = [(level, category.id) for level in LEVELS for category in setting.demand.categories]
        return {"hold": [written(self.hold(*name)) for name in names], "handover": str(self.handover())}


class NoEscalation(Escalation):
    """A case stays where it is until its turn comes."""

    kind = "off"

    def hold(self, level: str, category: str) -> None:
        return None


def _hold(level: str) -> Any:
    return Field(
        None,
        description=f"a case that has waited at the {level} so long without being started moves up; default: never",
        json_schema_extra={"unit": "s, on the working or the natural clock"},
    )


class EscalationLimits(Escalation):
    """A case that has waited too long at a level moves up; wrong owners send cases back; absent workers hand over."""

    kind = "limits"

    grid: Span | None = _hold("grid")
    community: Span | None = _hold("community")
    street: Span | None = _hold("street")
    department: Span | None = _hold("department")
    misroute: Share = Field(
        0, description="chance that a case for a department goes to a wrong one", json_schema_extra={"unit": "share"}
    )
    return_work: Duration = Field(
        0, description="time a wrong department spends until it sends a case back", json_schema_extra={"unit": "s"}
    )
    return_delay: WorkingTime = Field(
        AT_ONCE,
        description="time until a returned case is at the desk again",
        json_schema_extra={"unit": "s, on the working or the natural clock"},
    )
    first_contact: Duration | None = Field(
        None,
        description="whoever a case comes to by mistake keeps it, and takes it to another one with so much work (return_work and return_delay do not apply); default: sends it back",
        json_schema_extra={"unit": "s"},
    )
    rebind_after: Duration | None = Field(
        None,
        description="suspended work of somebody away so long after the end of a shift is handed to others; default: never",
        json_schema_extra={"unit": "s"},
    )
    handover_loss: Share = Field(
        0, description="share of the remaining work that is added at a hand-over", json_schema_extra={"unit": "share"}
    )

    def hold(self, level: str, category: str) -> WorkingSpan | None:
        return getattr(self, level, None)

    def handover(self) -> Handover:
        handover = Handover(self.misroute, self.return_work, self.return_delay, self.rebind_after, self.handover_loss)
        if self.first_contact is None:
            return handover
        return replace(handover, return_work=self.first_contact, return_delay=AT_ONCE, desk=False)

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        tiers = policy.tiers
        holds = {level: getattr(self, level) for level in LEVELS[:-1]}
        for level, span in holds.items():
            if span is not None and level not in tiers.levels:
                yield Fault((level,), f"nothing, as policy.tiers has no {level}", format_working_time(span))
            elif span is not None and level == tiers.levels[-1]:
                yield Fault((level,), "nothing, as there is no tier above to move up to", format_working_time(span))
        if self.misroute and len(tiers.departments) < 2:
            yield Fault(("misroute",), "nothing, as there are not two departments", self.misroute / MILLION)
        elif self.misroute == MILLION:
            yield Fault(("misroute",), "less than 100 %, or cases would be sent back for ever", self.misroute / MILLION)
        for name in (*holds, "return_delay"):
            yield from tiers.clockless(getattr(self, name), name)
