"""Conduct: what people do once they are measured. Off unless asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Part
from sim.model.policies.courses import Action, Look, Mark, State
from sim.model.policies.rounds import Lasting
from sim.model.policies.supervision import PartOfLimit
from sim.model.spec import Fault, Spec, Whole
from sim.model.units import MILLION, Duration, Factor, Parsed, Share

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

SHARE: JsonDict = {"unit": "share"}
OF_LIMIT: JsonDict = {"unit": "share of the time limit"}
Settling = Literal["grid", "community", "street", "department", "city"]


@dataclass(frozen=True)
class Decline:
    """That a level does not take on every case that it could settle: with what chance, and whether it returns it (else it passes it up)."""

    look: Look
    returned: bool


class Conduct(Part):
    """What people do once they are measured."""

    usual = "measured"

    @abstractmethod
    def declines(self, level: str) -> Decline | None:
        """Which cases that it could settle ``level`` does not take on; None: it takes on all."""

    @abstractmethod
    def feigns(self, level: str, policy: Policy) -> Look | None:
        """With what chance ``level`` only pretends to settle a case; None: never."""

    @abstractmethod
    def suppresses(self) -> Look | None:
        """With what chance gridworkers keep to themselves what they find; None: never."""

    @abstractmethod
    def feign_work(self) -> int:
        """Seconds that it takes to pretend."""

    @abstractmethod
    def marks(self, policy: Policy) -> tuple[Mark, ...]:
        """When limits are put off, or cases hung."""

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {"feign_work": self.feign_work()}


class Honest(Conduct):
    """Everybody does what can be done, and says what has been done."""

    kind = "off"

    def declines(self, level: str) -> None:
        return None

    def feigns(self, level: str, policy: Policy) -> None:
        return None

    def suppresses(self) -> None:
        return None

    def feign_work(self) -> int:
        return 0

    def marks(self, policy: Policy) -> tuple[Mark, ...]:
        return ()


def _chance() -> Any:
    return Field(description="chance from there on", json_schema_extra=SHARE)


class AtUse(Spec):
    """A chance from a share of the time limit used up on."""

    at: Factor = Field(description="share of the time limit used up; above 100 %: too late", json_schema_extra=OF_LIMIT)
    chance: Share = _chance()


class AtBacklog(Spec):
    """A chance from a backlog on."""

    at: Duration = Field(description="admin that the gridworker has not begun", json_schema_extra={"unit": "s"})
    chance: Share = _chance()


class AtQueue(Spec):
    """A chance from a length of a queue on."""

    at: Whole = Field(
        ge=0, le=10**6, description="cases waiting in the queue besides", json_schema_extra={"unit": "cases"}
    )
    chance: Share = _chance()


Step = AtUse | AtBacklog | AtQueue
Steps = TypeVar("Steps", tuple[AtUse, ...], tuple[AtBacklog, ...], tuple[AtQueue, ...])


def _ascending(steps: Steps) -> Steps:
    at = [step.at for step in steps]
    if at != sorted(set(at)):
        raise ValueError("expected steps in ascending order of at, each once")
    return steps


def _steps(*steps: Step, state: str) -> Any:
    return Field(
        steps,
        min_length=1,
        max_length=20,
        description=f"chance by {state}, in ascending order; the first one holds below as well",
        json_schema_extra={"unit": ""},
    )


def _strength() -> Any:
    return Field(MILLION, description="factor on these chances; 0: never", json_schema_extra=SHARE)


class Feign(Spec):
    """A level says that it has settled a case and has not: more often, the less time is left."""

    used: Annotated[tuple[AtUse, ...], AfterValidator(_ascending)] = _steps(
        AtUse(at=Parsed(0), chance=Parsed(20_000)), AtUse(at=Parsed(800_000), chance=Parsed(50_000)), AtUse(at=Parsed(MILLION), chance=Parsed(150_000)),
        state="the share of the time limit used up",
    )  # fmt: skip
    strength: Share = _strength()
    work: Lasting = Field(300, description="time that it takes to pretend", json_schema_extra={"unit": "s"})
    levels: tuple[Settling, ...] = Field(
        ("grid", "community", "street", "department"), description="levels that pretend", json_schema_extra={"unit": ""}
    )


class Passing(Spec):
    """Gridworkers pass up cases that they could settle: more often, the more admin is left to do."""

    backlog: Annotated[tuple[AtBacklog, ...], AfterValidator(_ascending)] = _steps(
        AtBacklog(at=Parsed(0), chance=Parsed(0)), AtBacklog(at=Parsed(4 * 3600), chance=Parsed(100_000)), AtBacklog(at=Parsed(16 * 3600), chance=Parsed(400_000)),
        state="admin not begun",
    )  # fmt: skip
    strength: Share = _strength()


class Refuse(Spec):
    """Departments send back cases that are theirs: more often, the longer their queue."""

    queue: Annotated[tuple[AtQueue, ...], AfterValidator(_ascending)] = _steps(
        AtQueue(at=0, chance=Parsed(0)), AtQueue(at=5, chance=Parsed(100_000)), AtQueue(at=20, chance=Parsed(300_000)),
        state="the number of other cases that wait",
    )  # fmt: skip
    strength: Share = _strength()


class Suppress(Spec):
    """Gridworkers keep to themselves what they find, as it would count against their grid: more often, the more cases wait there."""

    queue: Annotated[tuple[AtQueue, ...], AfterValidator(_ascending)] = _steps(
        AtQueue(at=0, chance=Parsed(0)), AtQueue(at=1, chance=Parsed(200_000)), AtQueue(at=3, chance=Parsed(500_000)),
        state="the number of cases that wait in the grid",
    )  # fmt: skip
    strength: Share = _strength()


class Hang(Spec):
    """A case that waits is hung: nobody works on it, and its time limit stands still."""

    at: PartOfLimit = Field(
        800_000, description="share of the time limit since filing at which it may be hung", json_schema_extra=OF_LIMIT
    )
    chance: Share = Field(200_000, description="chance that it is hung then", json_schema_extra=SHARE)
    extension: PartOfLimit = Field(MILLION, description="how long it hangs", json_schema_extra=OF_LIMIT)


class Postpone(Spec):
    """A time limit is put off."""

    at: PartOfLimit = Field(
        900_000,
        description="share of the time limit since filing at which it may be put off",
        json_schema_extra=OF_LIMIT,
    )
    chance: Share = Field(200_000, description="chance that it is put off then", json_schema_extra=SHARE)
    extension: PartOfLimit = Field(MILLION, description="how far it is put off", json_schema_extra=OF_LIMIT)


def _way(what: str) -> Any:
    return Field(None, description=f"{what}; default: never", json_schema_extra={"unit": ""})


class Measured(Conduct):
    """People mind what is measured: each way to do so is off unless it is stated."""

    kind = "measured"

    feign: Feign | None = _way("levels only pretend to settle cases")
    passing: Passing | None = _way("gridworkers pass up what they could settle")
    refuse: Refuse | None = _way("departments send back what is theirs")
    suppress: Suppress | None = _way("gridworkers keep to themselves what they find")
    hang: Hang | None = _way("waiting cases are hung")
    postpone: Postpone | None = _way("time limits are put off")

    def declines(self, level: str) -> Decline | None:
        if level == "grid" and self.passing:
            return Decline(_look("backlog", self.passing.backlog, self.passing.strength), returned=False)
        if level == "department" and self.refuse:
            return Decline(_look("queue", self.refuse.queue, self.refuse.strength), returned=True)
        return None

    def feigns(self, level: str, policy: Policy) -> Look | None:
        if self.feign is None or level not in self.feign.levels:
            return None
        return _look(
            "limit", self.feign.used, self.feign.strength, ahead=policy.limits.ahead(policy.tiers.depth(level))
        )

    def suppresses(self) -> Look | None:
        return _look("queue", self.suppress.queue, self.suppress.strength) if self.suppress else None

    def feign_work(self) -> int:
        return self.feign.work if self.feign else 0

    def marks(self, policy: Policy) -> tuple[Mark, ...]:
        ahead = policy.limits.ahead(policy.tiers.depth("grid"))
        ways: tuple[tuple[Action, Hang | Postpone | None], ...] = (("postpone", self.postpone), ("hang", self.hang))
        return tuple(
            Mark(action, at=way.at * ahead // MILLION, chance=way.chance, extension=way.extension)
            for action, way in ways
            if way is not None
        )

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {name: str(way) for name, way in self}

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        limitless = policy.limits.kind == "off"
        for name, way in (("hang", self.hang), ("postpone", self.postpone)):
            if way is not None and limitless:
                yield Fault((name,), "nothing, as there are no time limits in policy.limits", f"at {way.at / MILLION}")
        if self.passing and len(policy.tiers.levels) < 2:
            yield Fault(("passing",), "nothing, as there is no tier above the grid", "a chance to pass cases up")
        if self.refuse and not policy.tiers.departments:
            yield Fault(("refuse",), "nothing, as there are no departments", "a chance to refuse cases")
        if self.feign:
            yield from self._forever("feign", "used", self.feign.used, self.feign.strength)
        if self.refuse:
            yield from self._forever("refuse", "queue", self.refuse.queue, self.refuse.strength)

    def _forever(self, way: str, table: str, steps: Sequence[Step], strength: int) -> Iterator[Fault]:
        """The chances that would send cases back again and again."""
        for i, step in enumerate(steps):
            if _times(step.chance, strength) == MILLION:
                yield Fault((way, table, i, "chance"), "less than 100 %, or cases would be sent back for ever", 1.0)


def _times(chance: int, strength: int) -> int:
    return (chance * strength + MILLION // 2) // MILLION


def _look(state: State, steps: Sequence[Step], strength: int, *, ahead: int = MILLION) -> Look:
    """The chances of ``steps``, where tiers are ``ahead`` (millionths) of a time limit."""
    buckets = {step.at * ahead // MILLION: _times(step.chance, strength) for step in steps}
    return Look(state, tuple(sorted(buckets.items())))
