"""Intake: what becomes of a report before anybody works on it — platforms, cameras, counters, and the errors of those who sort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.shifts import ALWAYS
from sim.model.spec import Fault, Id, Spec, Whole
from sim.model.units import MILLION, Duration, Share, format_duration, format_share

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy

SHARE: JsonDict = {"unit": "share"}
SECONDS: JsonDict = {"unit": "s"}
CHANNEL: JsonDict = {"unit": "id"}


class Platforms(Spec):
    """Other platforms, on which the same matter is reported a second time."""

    integrated: Share = Field(
        0,
        description="share of second reports that never come about, as their platform shares its data",
        json_schema_extra=SHARE,
    )
    reentry: Duration = Field(
        0,
        description="admin of a gridworker, on the day after, for entering a second report by hand",
        json_schema_extra=SECONDS,
    )

    def faults(self, policy: Policy) -> Iterator[Fault]:
        """Work of entering that nobody could do; places count from these fields."""
        idle = policy.rounds.kind == "off" or policy.staffing.shift == ALWAYS
        if self.reentry and idle:
            wanted = "0, as gridworkers have no admin without policy.rounds and shifts"
            yield Fault(("reentry",), wanted, format_duration(self.reentry))


class SortingErrors(Spec):
    """How often a desk passes a report to a wrong level. Reports that enter elsewhere than at a desk are not sorted."""

    over: Share = Field(
        0, description="share of reports that a desk passes to too high a level", json_schema_extra=SHARE
    )
    under: Share = Field(
        0, description="share of reports that a desk passes to too low a level", json_schema_extra=SHARE
    )
    tiers: Whole = Field(
        1, ge=1, le=4, description="how many levels too high or too low, as far as there are so many",
        json_schema_extra={"unit": "levels"},
    )  # fmt: skip

    def faults(self, policy: Policy) -> Iterator[Fault]:
        """Errors that cannot all happen, or that nobody could make; places count from these fields."""
        if self.over + self.under > MILLION:
            yield Fault(
                ("over",), f"at most {format_share(MILLION - self.under)}, the rest of under", format_share(self.over)
            )
        desks = policy.tiers.desk or policy.tiers.street
        if (self.over or self.under) and not desks:
            name = "over" if self.over else "under"
            yield Fault(
                (name,),
                "0, as policy.tiers has no desk and no street to sort reports",
                format_share(getattr(self, name)),
            )


class Counters(Spec):
    """Counters nearby to which residents bring what they would have reported otherwise."""

    share: Share = Field(
        0, description="share of these reports that come to the counter instead", json_schema_extra=SHARE
    )
    instead_of: Id = Field("hotline", description="the channel that they leave", json_schema_extra=CHANNEL)
    channel: Id = Field("walk_in", description="the channel by which they come", json_schema_extra=CHANNEL)

    def faults(self, demand: DemandSpec) -> Iterator[Fault]:
        """Channels that there are not; places count from these fields."""
        if not self.share:
            return
        for name in ("instead_of", "channel"):
            yield from _unknown(name, getattr(self, name), demand)
        if self.instead_of == self.channel:
            yield Fault(("channel",), f"another channel than {self.instead_of}", self.channel)


class Cameras(Spec):
    """Cameras that see what happens in shared space; only what integrated ones see becomes a report."""

    integrated: Share = Field(
        0, description="share of cameras whose pictures reach the platform", json_schema_extra=SHARE
    )
    sees: dict[Id, Share] = Field(
        {},
        description="category: share of its issues in shared space that stand before a camera",
        json_schema_extra=SHARE,
    )
    delay: Duration = Field(0, description="time from their beginning to the report", json_schema_extra=SECONDS)
    channel: Id = Field("hotline", description="the channel by which these reports come", json_schema_extra=CHANNEL)

    @property
    def reporting(self) -> tuple[str, ...]:
        """The categories of which cameras report anything."""
        return tuple(category for category, share in self.sees.items() if share and self.integrated)

    def faults(self, demand: DemandSpec) -> Iterator[Fault]:
        """Categories and channels that there are not; places count from these fields."""
        known = [category.id for category in demand.categories]
        for name in self.sees:
            if name not in known:
                yield Fault(("sees", name), f"one of the categories {', '.join(known)}", name)
        if self.reporting:
            yield from _unknown("channel", self.channel, demand)


def _unknown(field: str, channel: str, demand: DemandSpec) -> Iterator[Fault]:
    channels: Sequence[str] = [channel.id for channel in demand.reporting_channels]
    if channel not in channels:
        yield Fault((field,), f"one of the channels {', '.join(channels)}", channel)
