"""Limits: how soon a case must be dispatched and settled."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field
from pydantic.config import JsonDict

from sim.model.demand_spec import SEVERITIES, DemandSpec
from sim.model.policies.base import Part
from sim.model.policies.courses import Kappa, compounded
from sim.model.policies.tiers import Span, written
from sim.model.spec import Fault, Id, Spec
from sim.model.units import MILLION, WorkingSpan

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

SPAN: JsonDict = {"unit": "s, on the working or the natural clock"}


class Limits(Part):
    """How soon a case must be dispatched and settled."""

    usual = "by_severity"

    @abstractmethod
    def settling(self, category: str, severity: str) -> WorkingSpan | None:
        """Time from filing to the end of disposal; None: no limit."""

    @abstractmethod
    def dispatching(self, category: str, severity: str) -> WorkingSpan | None:
        """Time from becoming known to being dispatched; None: no limit."""

    def ahead(self, tiers: int) -> int:
        """Which share (millionths) of a time limit is set so many tiers below the district. By default the whole."""
        return MILLION

    def ask(self, setting: Setting) -> Mapping[str, object]:
        names = [(category.id, severity) for category in setting.demand.categories for severity in SEVERITIES]
        return {
            "settling": [written(self.settling(*name)) for name in names],
            "dispatching": [written(self.dispatching(*name)) for name in names],
        }


class NoLimits(Limits):
    """No time limits."""

    kind = "off"

    def settling(self, category: str, severity: str) -> None:
        return None

    def dispatching(self, category: str, severity: str) -> None:
        return None


def _limit(severity: str) -> Any:
    return Field(None, description=f"time limit of {severity} cases; default: none", json_schema_extra=SPAN)


class SeverityLimits(Spec):
    """A time limit for each severity."""

    urgent: Span | None = _limit("urgent")
    quick: Span | None = _limit("quick")
    ordinary: Span | None = _limit("ordinary")
    hard: Span | None = _limit("hard")


class BySeverity(Limits):
    """A time limit for each severity, and other ones for some categories."""

    kind = "by_severity"

    urgent: Span | None = _limit("urgent")
    quick: Span | None = _limit("quick")
    ordinary: Span | None = _limit("ordinary")
    hard: Span | None = _limit("hard")
    dispatch: Span | None = Field(
        None, description="time from becoming known to being dispatched; default: no limit", json_schema_extra=SPAN
    )
    kappa: Kappa = Field(
        MILLION,
        description="share of its own time limit that each tier from the street down sets the next one: supervision and conduct go by it, the record does not",
        json_schema_extra={"unit": "share"},
    )
    categories: dict[Id, SeverityLimits] = Field(
        {}, description="limits of single categories; what they leave out is as for the others", json_schema_extra=SPAN
    )

    def settling(self, category: str, severity: str) -> WorkingSpan | None:
        own = getattr(self.categories.get(category), severity, None)
        return own or getattr(self, severity)

    def dispatching(self, category: str, severity: str) -> WorkingSpan | None:
        return self.dispatch

    def ahead(self, tiers: int) -> int:
        return compounded(self.kappa, tiers)

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        known = [category.id for category in demand.categories]
        for name in self.categories:
            if name not in known:
                yield Fault(("categories", name), f"one of the categories {', '.join(known)}", name)
        for name in (*SEVERITIES, "dispatch"):
            yield from policy.tiers.clockless(getattr(self, name), name)
        for category, limits in self.categories.items():
            for name in SEVERITIES:
                yield from policy.tiers.clockless(getattr(limits, name), "categories", category, name)
