"""Dispatch: in which order waiting cases are taken up, and which work may be interrupted for them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field, field_validator

from sim.model.demand import HIDDEN, ISSUES, Known
from sim.model.demand_spec import SEVERITIES, DemandSpec
from sim.model.policies.base import Ints, Part
from sim.model.spec import Fault, Spec
from sim.model.units import DAY, Duration
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

Score = Callable[[int, int, Ints], int]

HOUR = 3600
RANKS = 16  # ranks within a service class
KNOWN = tuple(name for name in ISSUES if name not in HIDDEN)


@dataclass(frozen=True)
class Order:
    """Where each issue's cases stand in a queue: first by ``rank`` (0…15), then by ``base``, smallest first.

    To ``base`` the dispatch adds ``slope`` times the instant of entry and ``due_slope`` times the time limit, in
    seconds. One number stands for all issues.
    """

    rank: Ints | int = 0
    base: Ints | int = 0

    def __post_init__(self) -> None:
        rank = np.asarray(self.rank)
        if rank.size and not 0 <= rank.min() <= rank.max() < RANKS:
            outside = rank[(rank < 0) | (rank >= RANKS)]
            raise ValueError(f"expected ranks between 0 and {RANKS - 1}, got {outside.flat[0]}")


class Dispatch(Part):
    """The order in which waiting cases are taken up."""

    usual = "fifo"
    slope: ClassVar[int] = 1  # 1: the longest waiting first
    due_slope: ClassVar[int] = 0

    preempt: Literal["none", "urgent", "all"] = Field(
        "none",
        description="which cases interrupt work in hand: none; urgent ones any other work; all any work of a later class",
        json_schema_extra={"unit": ""},
    )

    @abstractmethod
    def order(self, known: Known, world: World) -> Order:
        """Where each of the issues ``known`` (one row each, nothing hidden) stands in the queues."""

    def scoring(self) -> Score | None:
        """A live score ``(now, since, features of the issue) → whole number``, smallest first; by default none."""
        return None

    def view(self, known: Known) -> Ints | None:
        """What the live score is given of each issue: int64 (issue × feature); None without one."""
        return None

    def ask(self, setting: Setting) -> Mapping[str, object]:
        answers = vars(self.order(setting.known, setting.world))
        score, view = self.scoring(), self.view(setting.known)
        if score is None or view is None:
            return answers
        view.flags.writeable = False
        return {**answers, "view": view, "score": [score(HOUR, 0, row) for row in view]}


class Fifo(Dispatch):
    """First come, first served, within a service class."""

    kind = "fifo"

    def order(self, known: Known, world: World) -> Order:
        return Order()


class SeverityFirst(Dispatch):
    """The more severe first; the longer waiting first among equally severe ones."""

    kind = "severity_first"

    def order(self, known: Known, world: World) -> Order:
        return Order(rank=known["severity"])


class EarliestDue(Dispatch):
    """The case whose time limit ends first is taken first."""

    kind = "earliest_due"
    slope = 0
    due_slope = 1

    def order(self, known: Known, world: World) -> Order:
        return Order()

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        if policy.limits.kind == "off":
            yield Fault(("kind",), "time limits in policy.limits to go by", self.kind)


class HeadStarts(Spec):
    """How much longer a case of each severity counts as having waited."""

    urgent: Duration = Field(2 * DAY, description="head start of urgent cases", json_schema_extra={"unit": "s"})
    quick: Duration = Field(DAY, description="head start of quick cases", json_schema_extra={"unit": "s"})
    ordinary: Duration = Field(0, description="head start of ordinary cases", json_schema_extra={"unit": "s"})
    hard: Duration = Field(0, description="head start of hard cases", json_schema_extra={"unit": "s"})


class Ageing(Dispatch):
    """Severe cases have a head start, but whoever waits long enough comes first in the end."""

    kind = "ageing"

    weights: HeadStarts = Field(
        HeadStarts(), description="waiting time that each severity is worth", json_schema_extra={"unit": "s"}
    )

    def order(self, known: Known, world: World) -> Order:
        starts = np.array([getattr(self.weights, name) for name in SEVERITIES])
        return Order(base=-starts[known["severity"]])


def _column(name: str) -> str:
    if name not in KNOWN:
        raise ValueError(f"expected one of {', '.join(KNOWN)}, got {name!r}")
    return name


class Live(Dispatch):
    """The case with the smallest score at the moment at which a server comes free; the score is a user's function."""

    kind = "live"
    slope = 0

    score: str = Field(
        description="import path of the function (now, since, features) → whole number; smallest first",
        json_schema_extra={"unit": "module:function"},
    )
    features: tuple[Annotated[str, AfterValidator(_column)], ...] = Field(
        ("severity", "category", "building"),
        min_length=1,
        description="what the function is given of an issue, in this order",
        json_schema_extra={"unit": "columns of known issues"},
    )

    @field_validator("score")
    @classmethod
    def _importable(cls, path: str) -> str:
        _function(path)
        return path

    def order(self, known: Known, world: World) -> Order:
        return Order()

    def scoring(self) -> Score:
        return _function(self.score)

    def view(self, known: Known) -> Ints:
        return np.stack([known[name].astype(np.int64) for name in self.features], axis=1)


def _function(path: str) -> Score:
    """The function at an import path; ValueError if there is none."""
    module, _, name = path.partition(":")
    try:
        function = getattr(import_module(module), name)
    except Exception as error:  # a user's module may fail in any way
        raise ValueError(
            f"expected the import path of a function such as my_rules:score, got {path!r} ({type(error).__name__}: {error})"
        ) from error
    if not callable(function):
        raise ValueError(
            f"expected the import path of a function such as my_rules:score, got {path!r} (not a function)"
        )
    return function
