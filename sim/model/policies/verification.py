"""Verification: who looks whether a case that a level calls settled is settled in truth."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.meetings import Meeting, Meetings
from sim.model.policies.base import Part
from sim.model.policies.courses import Look
from sim.model.policies.groups import unknown_categories
from sim.model.policies.rounds import Lasting
from sim.model.spec import Fault, Id, Spec
from sim.model.units import DAY, MILLION, Duration, Share, format_duration

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

SHARE: JsonDict = {"unit": "share"}
SECONDS: JsonDict = {"unit": "s"}
MOST_PAPERS = 8 * 3600


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


@dataclass(frozen=True)
class Audit:
    """Auditors come at each ``begin`` and stay ``lasts`` seconds; on these days each gridworker has ``papers`` seconds of paperwork more."""

    begin: Meetings
    lasts: int
    papers: int


def _within_a_shift(seconds: int) -> int:
    if seconds > MOST_PAPERS:
        raise ValueError(
            f"expected a duration of at most {format_duration(MOST_PAPERS)}, got {format_duration(seconds)}"
        )
    return seconds


#: Paperwork: at most a day's.
Papers = Annotated[Duration, AfterValidator(_within_a_shift)]


class Verification(Part):
    """What is done before a case is closed."""

    usual = "none"

    failure: Share = Field(
        0, description="chance that a disposal does not truly resolve the issue", json_schema_extra=SHARE
    )
    failures: dict[Id, Share] = Field(
        {},
        description="category: chance that a disposal does not truly resolve the issue, where it is another than failure; "
        "100 %: what is demanded cannot be done",
        json_schema_extra=SHARE,
    )
    recomplain: Share = Field(
        0, description="chance that a case closed with its issue unsolved is reported again", json_schema_extra=SHARE
    )
    recomplain_delay: Duration = Field(
        7 * DAY, description="mean time from closure to that report (exponential)", json_schema_extra=SECONDS
    )
    trace: Papers = Field(
        0,
        description="time that each case settled takes in addition, at every level, to leave a trace of the work in writing and pictures",
        json_schema_extra=SECONDS,
    )

    @abstractmethod
    def checks(self, category: str) -> Checks:
        """How cases of ``category`` are checked."""

    @abstractmethod
    def work(self) -> CheckWork | None:
        """How long checks take; None: cases are closed unchecked."""

    def field_look(self, category: str) -> Look | None:
        """The chance of a field check, where it depends on how the run stands; None: as ``checks`` says."""
        return None

    def audit(self) -> Audit | None:
        """When auditors come; None: never."""
        return None

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        yield from unknown_categories(self.failures, demand, "failures")

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
        failure = self.failures.get(category, self.failure)
        return Checks(failure=failure, recomplain=self.recomplain, recomplain_delay=self.recomplain_delay)

    def work(self) -> None:
        return None


class AuditSpec(Spec):
    """Auditors who come at set times: they look at more cases in the field, or have more papers written."""

    begin: Meeting = Field(description="when auditors come", json_schema_extra={"unit": "meetings"})
    lasts: Lasting = Field(5 * DAY, description="how long they stay", json_schema_extra=SECONDS)
    field: Share | None = Field(
        None,
        description="share checked in the field of the cases settled meanwhile; default: as at other times",
        json_schema_extra=SHARE,
    )
    papers: Papers = Field(
        0,
        description="paperwork of each gridworker for the audit, on each of its working days",
        json_schema_extra=SECONDS,
    )


class Sampled(Verification):
    """Every case is checked: a share of them in the field, the others on paper."""

    kind = "sampled"

    field: Share = Field(0, description="share checked in the field, the rest on paper", json_schema_extra=SHARE)
    field_work: Duration = Field(0, description="time of a field check", json_schema_extra=SECONDS)
    paper_work: Duration = Field(0, description="time of a paper check", json_schema_extra=SECONDS)
    field_detect: Share = Field(0, description="chance that a field check sees a failure", json_schema_extra=SHARE)
    paper_detect: Share = Field(0, description="chance that a paper check sees a failure", json_schema_extra=SHARE)
    audits: AuditSpec | None = Field(
        None, description="audits at set times; default: none", json_schema_extra={"unit": ""}
    )

    def checks(self, category: str) -> Checks:
        return Checks(
            self.failures.get(category, self.failure),
            self.field,
            self.field_detect,
            self.paper_detect,
            self.recomplain,
            self.recomplain_delay,
        )

    def work(self) -> CheckWork:
        return CheckWork(self.field_work, self.paper_work)

    def field_look(self, category: str) -> Look | None:
        if self.audits is None or self.audits.field is None:
            return None
        buckets = ((0, self.audits.field), (self.audits.lasts, self.field))
        return Look("since", buckets, self.audits.begin)

    def audit(self) -> Audit | None:
        audits = self.audits
        return None if audits is None else Audit(audits.begin, audits.lasts, audits.papers)

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        office = {"street", "community"} & set(policy.tiers.levels)
        for where, share in self._field_shares().items():
            if share < MILLION and not office:
                yield Fault(where, "100 %, as there is no street or community to check papers", share / MILLION)
        yield from super().faults(policy, demand)
        yield from self._forever()
        if self.audits and self.audits.papers and policy.rounds.kind == "off":
            wanted = "0, as gridworkers do nothing but cases (policy.rounds is off)"
            yield Fault(("audits", "papers"), wanted, format_duration(self.audits.papers))

    def _field_shares(self) -> dict[tuple[str, ...], int]:
        """The shares checked in the field, at all times."""
        in_audits = self.audits.field if self.audits else None
        return {("field",): self.field} | ({} if in_audits is None else {("audits", "field"): in_audits})

    def _forever(self) -> Iterator[Fault]:
        """Nothing is ever settled, and all that is checked for a time, or always, is found out."""
        certain = [
            all(detect == MILLION for used, detect in self._modes(share) if used)
            for share in self._field_shares().values()
        ]
        bound = [("failure",)] * (self.failure == MILLION) + [
            ("failures", id) for id, share in self.failures.items() if share == MILLION
        ]
        for where in bound if any(certain) else ():
            yield Fault(where, "less than 100 %, or checks would send cases back for ever", 1.0)

    def _modes(self, field: int) -> tuple[tuple[bool, int], ...]:
        """In the field and on paper: is it used, and how likely does it see a failure?"""
        return (field > 0, self.field_detect), (field < MILLION, self.paper_detect)
