"""Channels: where reports enter, and to whom desks pass them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import ConfigDict, Field

from sim.model.demand import Known
from sim.model.demand_spec import LEVELS, CategorySpec, DemandSpec
from sim.model.policies.base import Ints, Part
from sim.model.policies.intake import Cameras, Counters, Platforms, SortingErrors
from sim.model.policies.tiers import DISTRICT
from sim.model.spec import Fault, Id

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

ENTRIES = (*LEVELS, DISTRICT)  # by number: 0 grid … 4 city, 5 the district's desk

Target = Literal["grid", "community", "street", "department", "city"]
Entry = Literal["grid", "community", "street", "department", "city", "district"]


@dataclass(frozen=True)
class Entries:
    """Where the report of each issue enters and, if at a desk, which level the desk passes it to (numbers of ENTRIES).

    A report that enters at the district or the street goes through the desks there; elsewhere it is handled at once.
    """

    at: Ints
    target: Ints

    def __post_init__(self) -> None:
        for name, levels, end in (("at", self.at, len(ENTRIES)), ("target", self.target, len(LEVELS))):
            if levels.size and not 0 <= levels.min() <= levels.max() < end:
                raise ValueError(f"expected {name} between 0 and {end - 1}, got {levels.min()} … {levels.max()}")


class Channels(Part):
    """Where reports enter, and to whom desks pass them."""

    usual = "by_table"

    platforms: Platforms = Field(
        Platforms(), description="what comes of second reports on other platforms", json_schema_extra={"unit": ""}
    )
    cameras: Cameras = Field(
        Cameras(), description="what cameras report; by default nothing", json_schema_extra={"unit": ""}
    )
    counters: Counters = Field(
        Counters(), description="which reports come to a counter instead", json_schema_extra={"unit": ""}
    )
    errors: SortingErrors = Field(
        SortingErrors(), description="how often desks pass reports to a wrong level", json_schema_extra={"unit": ""}
    )

    @abstractmethod
    def entries(self, known: Known, demand: DemandSpec) -> Entries:
        """Where the report of each of the issues ``known`` enters, and to which level desks pass it."""

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return vars(self.entries(setting.known, setting.demand))

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        found = {
            "platforms": self.platforms.faults(policy),
            "cameras": self.cameras.faults(demand),
            "counters": self.counters.faults(demand),
            "errors": self.errors.faults(policy),
        }
        for name, faults in found.items():
            yield from (Fault((name, *fault.where), fault.expected, fault.got) for fault in faults)

    def comes_by(self, channel: str, category: CategorySpec, demand: DemandSpec) -> bool:
        """Whether issues of ``category`` may be reported by ``channel``, be it by a counter or a camera."""
        by, counters = _channels(category, demand), self.counters
        by |= {counters.channel} if counters.share and counters.instead_of in by else set()
        by |= {self.cameras.channel} if category.id in self.cameras.reporting else set()
        return channel in by


class ByTable(Channels):
    """Each channel has its entrance, each category the level to which desks pass it; the grid, where nothing is said."""

    kind = "by_table"
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Entry] = Field(init=False)

    targets: dict[Id, Target] = Field(
        {},
        description="category: level to which desks pass it; default: grid. Fields of other names are channel: level at which "
        "its reports enter (grid, community, street, department, city or district); default: grid",
        json_schema_extra={"unit": "level"},
    )

    @property
    def entrances(self) -> dict[str, Entry]:
        """Channel → where its reports enter, as far as said."""
        return self.__pydantic_extra__ or {}

    def entries(self, known: Known, demand: DemandSpec) -> Entries:
        at = [ENTRIES.index(self.entrances.get(channel.id, "grid")) for channel in demand.all_channels]
        target = [ENTRIES.index(self.targets.get(category.id, "grid")) for category in demand.categories]
        return Entries(np.array(at)[known["channel"]], np.array(target)[known["category"]])

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        yield from super().faults(policy, demand)
        tiers, channels = policy.tiers, [channel.id for channel in demand.reporting_channels]
        for name, level in self.entrances.items():
            if name not in channels:
                yield Fault((name,), f"one of the channels {', '.join(channels)}", name)
            elif tiers.missing(level):
                yield Fault((name,), f"an entrance that policy.tiers has ({', '.join(tiers.levels)})", level)
            elif level == "department":
                yield from self._without_department(name, demand)
        categories = {category.id: category for category in demand.categories}
        for name, level in self.targets.items():
            if name not in categories:
                yield Fault(("targets", name), f"one of the categories {', '.join(categories)}", name)
            elif tiers.missing(level):
                yield Fault(("targets", name), f"a level that policy.tiers has ({', '.join(tiers.levels)})", level)
            elif level == "department" and categories[name].department is None:
                yield Fault(("targets", name), "another level, as no department is in charge of it", level)

    def _without_department(self, channel: str, demand: DemandSpec) -> Iterator[Fault]:
        """Categories whose reports come by ``channel`` though no department is in charge of them."""
        for category in demand.categories:
            if category.department is None and self.comes_by(channel, category, demand):
                yield Fault(
                    (channel,), f"another entrance, as no department is in charge of {category.id}", "department"
                )


def _channels(category: CategorySpec, demand: DemandSpec) -> set[str]:
    """The channels by which issues of ``category`` may be reported."""
    report = category.report
    named = set(report.channels or {channel.id for channel in demand.reporting_channels})
    return named | ({report.host} if report.host else set())
