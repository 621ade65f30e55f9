"""Rounds: how a gridworker's day is divided among cases, admin, household visits and patrol."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, field_validator
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Ints, Part
from sim.model.policies.staff import Staff
from sim.model.shifts import ALWAYS
from sim.model.spec import Fault, Number, Spec, Whole
from sim.model.units import Duration, Share, Speed
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

Duty = Literal["urgent", "cases", "admin", "visits", "patrol"]
ORDER: tuple[Duty, ...] = ("urgent", "cases", "admin", "visits", "patrol")

SECONDS: JsonDict = {"unit": "s"}


@dataclass(frozen=True)
class Day:
    """What a gridworker's day is made of; without arguments, of cases alone. One number stands for all workers.

    ``order``: what comes first; ``overtime``: what is finished after the end of a shift. ``admin_share``: millionths of
    the time on shift that come in as admin, varying over days and communities by ``admin_cv``, done in pieces of
    ``admin_piece`` seconds. ``visits``: attempts a day, of ``answered`` or ``unanswered`` seconds. ``patrol``: seconds a
    day, in legs of at most ``leg`` seconds at ``pace`` mm/s; whether ``dedicated`` places are on the round.
    """

    order: tuple[Duty, ...] = ORDER
    overtime: tuple[Duty, ...] = ()
    admin_share: Ints | int = 0
    admin_cv: float = 0
    admin_piece: int = 1
    visits: Ints | int = 0
    answered: int = 1
    unanswered: int = 1
    patrol: Ints | int = 0
    leg: int = 1
    pace: int = 1
    dedicated: bool = True

    def __post_init__(self) -> None:
        if sorted(self.order) != sorted(ORDER):
            raise ValueError(f"expected each of {', '.join(ORDER)} once, got {list(self.order)}")


class Rounds(Part):
    """How a gridworker's day is divided among cases, admin, household visits and patrol."""

    usual = "daily"

    @abstractmethod
    def day(self, world: World, staff: Staff) -> Day:
        """What the days of the gridworkers are made of."""

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return vars(self.day(setting.world, setting.staff))


class NoRounds(Rounds):
    """Gridworkers do nothing but cases."""

    kind = "off"

    def day(self, world: World, staff: Staff) -> Day:
        return Day()


def _at_least_a_second(seconds: int) -> int:
    if seconds < 1:
        raise ValueError("expected a duration of at least 1 s, got 0")
    return seconds


Lasting = Annotated[Duration, AfterValidator(_at_least_a_second)]


def _above_zero(speed: int) -> int:
    if speed < 1:
        raise ValueError("expected a speed above 0, got 0")
    return speed


class AdminSpec(Spec):
    """Paperwork that comes down upon gridworkers every working day; what is not done stays."""

    share: Share = Field(
        0, description="admin that comes in, as a share of the time on shift", json_schema_extra={"unit": "share"}
    )
    piece: Lasting = Field(
        1800, description="admin is done in pieces of at most this length", json_schema_extra=SECONDS
    )
    cv: Number = Field(
        0, ge=0, le=3, description="spread of a factor on admin over communities and days (lognormal, mean 1)",
        json_schema_extra={"unit": "standard deviation / mean"},
    )  # fmt: skip


class VisitsSpec(Spec):
    """Household visits; the quota of a day lapses at its end."""

    quota: Whole = Field(0, ge=0, le=1000, description="attempts a day", json_schema_extra={"unit": "visits per day"})
    answered: Lasting = Field(1200, description="length of a visit at which somebody opens", json_schema_extra=SECONDS)
    unanswered: Lasting = Field(180, description="length of a visit at which nobody does", json_schema_extra=SECONDS)


class PatrolSpec(Spec):
    """Patrol along the buildings of the own grids; the quota of a day lapses at its end."""

    quota: Duration = Field(0, description="patrol a day", json_schema_extra=SECONDS)
    leg: Lasting = Field(1800, description="patrol is walked in legs of at most this length", json_schema_extra=SECONDS)
    pace: Annotated[Speed, AfterValidator(_above_zero)] = Field(
        414, description="pace, stops included", json_schema_extra={"unit": "mm/s"}
    )
    dedicated: bool = Field(
        True, description="whether dedicated places are on the round", json_schema_extra={"unit": ""}
    )


class Daily(Rounds):
    """Each day brings its admin, a quota of visits and a quota of patrol; what comes first is policy."""

    kind = "daily"

    order: tuple[Duty, ...] = Field(ORDER, description="what comes first, each once", json_schema_extra={"unit": ""})
    admin: AdminSpec = Field(AdminSpec(), description="paperwork", json_schema_extra={"unit": ""})
    visits: VisitsSpec = Field(VisitsSpec(), description="household visits", json_schema_extra={"unit": ""})
    patrol: PatrolSpec = Field(PatrolSpec(), description="patrol", json_schema_extra={"unit": ""})
    overtime: tuple[Duty, ...] = Field(
        (), description="what runs on to its end after the end of a shift", json_schema_extra={"unit": ""}
    )

    @field_validator("order")
    @classmethod
    def _each_once(cls, order: tuple[Duty, ...]) -> tuple[Duty, ...]:
        if sorted(order) != sorted(ORDER):
            raise ValueError(f"expected each of {', '.join(ORDER)} once, got {list(order)}")
        return order

    def day(self, world: World, staff: Staff) -> Day:
        admin, visits, patrol = self.admin, self.visits, self.patrol
        return Day(
            order=self.order,
            overtime=self.overtime,
            admin_share=admin.share,
            admin_cv=admin.cv,
            admin_piece=admin.piece,
            visits=visits.quota,
            answered=visits.answered,
            unanswered=visits.unanswered,
            patrol=patrol.quota,
            leg=patrol.leg,
            pace=patrol.pace,
            dedicated=patrol.dedicated,
        )

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        if policy.staffing.shift == ALWAYS:
            yield Fault(
                ("kind",), "off, as a day without shifts has no rounds (policy.staffing.shift is always)", self.kind
            )
