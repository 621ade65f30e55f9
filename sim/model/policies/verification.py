"""Verification: who looks whether a case that a level calls settled is settled in truth."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Part
from sim.model.spec import Fault
from sim.model.units import DAY, MILLION, Duration, Share

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

SHARE: JsonDict = {"unit": "share"}
SECONDS: JsonDict = {"unit": "s"}


@dataclass(frozen=True)
class Checks:
    """How cases of a category are checked; shares and chances in millionths, times in seconds.

    ``failure``: chance that a disposal does not truly resolve the issue; ``field_share``: share checked in the field
    rather than on paper; ``field_detect``, ``paper_detect``: chance that the check sees a failure; ``recomplain``: chance
    that a false closure is reported again, after ``recomplain_delay`` on average.
    """

    failure: int = 0
    field_share: int = 0
    field_detect: int = 0
    paper_detect: int = 0
    recomplain: int = 0
    recomplain_delay: int = DAY


@dataclass(frozen=True)
class CheckWork:
    """Seconds that a check takes a gridworker in the field, and the street (or community) on paper."""

    field: int
    paper: int


class Verification(Part):
    """What is done before a case is closed."""

    usual = "none"

    failure: Share = Field(
        0, description="chance that a disposal does not truly resolve the issue", json_schema_extra=SHARE
    )
    recomplain: Share = Field(
        0, description="chance that a case closed with its issue unsolved is reported again", json_schema_extra=SHARE
    )
    recomplain_delay: Duration = Field(
        7 * DAY, description="mean time from closure to that report (exponential)", json_schema_extra=SECONDS
    )

    @abstractmethod
    def checks(self, category: str) -> Checks:
        """How cases of ``category`` are checked."""

    @abstractmethod
    def work(self) -> CheckWork | None:
        """How long checks take; None: cases are closed unchecked."""

    def ask(self, setting: Setting) -> Mapping[str, object]:
        work = self.work()
        return {
            "checks": [astuple(self.checks(category.id)) for category in setting.demand.categories],
            "work": astuple(work) if work else (),
        }


class NoVerification(Verification):
    """Cases are closed unchecked."""

    kind = "none"

    def checks(self, category: str) -> Checks:
        return Checks(failure=self.failure, recomplain=self.recomplain, recomplain_delay=self.recomplain_delay)

    def work(self) -> None:
        return None


class Sampled(Verification):
    """Every case is checked: a share of them in the field, the others on paper."""

    kind = "sampled"

    field: Share = Field(0, description="share checked in the field, the rest on paper", json_schema_extra=SHARE)
    field_work: Duration = Field(0, description="time of a field check", json_schema_extra=SECONDS)
    paper_work: Duration = Field(0, description="time of a paper check", json_schema_extra=SECONDS)
    field_detect: Share = Field(0, description="chance that a field check sees a failure", json_schema_extra=SHARE)
    paper_detect: Share = Field(0, description="chance that a paper check sees a failure", json_schema_extra=SHARE)

    def checks(self, category: str) -> Checks:
        return Checks(
            self.failure, self.field, self.field_detect, self.paper_detect, self.recomplain, self.recomplain_delay
        )

    def work(self) -> CheckWork:
        return CheckWork(self.field_work, self.paper_work)

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        if self.field < MILLION and not {"street", "community"} & set(policy.tiers.levels):
            yield Fault(("field",), "100 %, as there is no street or community to check papers", self.field / MILLION)
        modes = ((self.field > 0, self.field_detect), (self.field < MILLION, self.paper_detect))
        if self.failure == MILLION and all(detect == MILLION for used, detect in modes if used):
            yield Fault(("failure",), "less than 100 %, or checks would send cases back for ever", 1.0)
