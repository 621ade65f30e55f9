"""check_policy: it passes every part that is shipped, and catches each way of breaking the rules."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import PrivateAttr, field_serializer

from sim.model.demand import Known
from sim.model.policies import (
    Checks,
    Day,
    Dispatch,
    EscalationLimits,
    Fifo,
    Handover,
    Live,
    NoRounds,
    NoVerification,
    Order,
    OwnGrids,
    Part,
    Zoning,
)
from sim.model.policies.conformance import PolicyError, check_policy, lever_of
from sim.model.policies.grids import Grids
from sim.model.policies.staff import Staff
from sim.model.world import World

HELPERS: dict[str, Any] = {"shift": "daily 18:30-21:00", "settles": {"dispute": "30 %"}}
FIELDS: dict[str, dict[str, Any]] = {
    "by_count": {"grids": 9},
    "waves": {"waves": ({"id": "teams", "handles": ("grid",)},)},
    "specialists": {"split": ({"categories": ("dispute",)}, {"categories": ("hazard",)})},
    "nested": {"rings": ({**HELPERS, "id": "branch", "title": "branch", "per": "grid", "coverage": "71 %"},)},
    "open_list": {**HELPERS, "limit": "7 d", "meeting": "every 14 d at 09:00"},
    "meeting": {"meeting": "mon at 09:00"},
    "joint": {"shift": "weekdays 09:00-11:00", "sign": "1 h", "contact": "24 h", "attend": "3 d"},
    "five_step": {"consolidation": "every 30 d at 09:00", "shift": "weekdays 09:00-17:00"},
    "live": {"score": "test_policy_conformance:oldest_first"},
    **{kind: {"workers": 11} for kind in ("own_grids", "neighbour_backup", "community_pool", "street_float")},
}


def oldest_first(now: int, since: int, features: np.ndarray) -> int:
    """A live score."""
    return since


SHIPPED = [part(**FIELDS.get(kind, {})) for lever in Part.__subclasses__() for kind, part in lever.kinds().items()]


@pytest.mark.parametrize("part", SHIPPED, ids=lambda part: f"{lever_of(part).__name__}-{part.kind}")
def test_every_part_that_is_shipped_conforms(part: Part) -> None:
    check_policy(part)


class ElderlyFirst(Fifo):
    """A user's own rule in a few lines: some communities come first."""

    communities: tuple[str, ...] = ()

    def order(self, known: Known, world: World) -> Order:
        rows = [world.community_ids.index(name) for name in self.communities]
        community = world.buildings["community"][known["building"]]
        return Order(rank=np.where(np.isin(community, rows), 0, 1))


def test_part_of_a_users_own_conforms() -> None:
    check_policy(ElderlyFirst(communities=("s1c1", "s2c2")))


class Whimsical(Fifo):
    """Another answer every time."""

    tosses: ClassVar[Callable[[], int]] = itertools.count().__next__

    def order(self, known: Known, world: World) -> Order:
        return Order(base=type(self).tosses())


def whim(now: int, since: int, features: np.ndarray) -> int:
    """A live score that cannot make up its mind."""
    return Whimsical.tosses()


class Growing(Zoning):
    """More grids every time."""

    times: ClassVar[list[int]] = []

    def zones(self, world: World, workload: np.ndarray) -> np.ndarray:
        self.times.append(1)
        return 10 * world.buildings["community"] + np.arange(len(world.buildings)) % len(self.times)


class Scribbler(Dispatch):
    """Writes into what it is given."""

    def order(self, known: Known, world: World) -> Order:
        known["severity"][:] = 0
        return Order()


class StubbornScribbler(Dispatch):
    """Writes into what it is given, even if it has to force it."""

    def order(self, known: Known, world: World) -> Order:
        known.flags.writeable = True
        known["severity"][-1] += 1
        return Order()


class Clairvoyant(Dispatch):
    """Counts the issues that are still to come."""

    def order(self, known: Known, world: World) -> Order:
        return Order(base=np.arange(len(known))[::-1])


class Average(Dispatch):
    """Compares with the mean of all issues, later ones included."""

    def order(self, known: Known, world: World) -> Order:
        return Order(rank=(known["severity"] > known["severity"].mean()).astype(int))


class Unpicklable(Dispatch):
    """Holds something that no other process can have."""

    _hook: Any = PrivateAttr(default_factory=lambda: lambda: 0)

    def order(self, known: Known, world: World) -> Order:
        return Order(base=self._hook())


class Forgetful(Dispatch):
    """Does not write down all that it goes by."""

    head_start: int = 0

    @field_serializer("head_start")
    def _nothing(self, value: int) -> int:
        return 0

    def order(self, known: Known, world: World) -> Order:
        return Order(base=-self.head_start)


class Secretive(Dispatch):
    """Goes by something that is not among its fields."""

    _bonus: int = PrivateAttr(default=0)

    @classmethod
    def with_bonus(cls, bonus: int) -> Secretive:
        part = cls()
        part._bonus = bonus
        return part

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secretive)

    __hash__ = None  # type: ignore[assignment]

    def order(self, known: Known, world: World) -> Order:
        return Order(base=self._bonus)


class Overranked(Dispatch):
    """Knows more ranks than there are."""

    def order(self, known: Known, world: World) -> Order:
        return Order(rank=known["severity"] * 10)


class Borderless(Zoning):
    """One grid for all communities."""

    def zones(self, world: World, workload: np.ndarray) -> np.ndarray:
        return np.zeros(len(world.buildings), int)


class Deserted(OwnGrids):
    """Leaves a grid to itself."""

    def staff(self, world: World, grids: Grids) -> Staff:
        staff = super().staff(world, grids)
        return Staff(staff.ids, staff.grid, staff.links[staff.links["grid"] > 0], staff.rounds, staff.round)


class Disorderly(NoRounds):
    """Leaves patrol out of the order of the day."""

    def day(self, world: World, staff: Staff) -> Day:
        return Day(order=("urgent", "cases", "admin", "visits"))


class Moody(NoVerification):
    """Checks differently every time."""

    tosses: ClassVar[Callable[[], int]] = itertools.count().__next__

    def checks(self, category: str) -> Checks:
        return Checks(failure=type(self).tosses())


class Drifting(EscalationLimits):
    """Hands over later every time."""

    tosses: ClassVar[Callable[[], int]] = itertools.count().__next__

    def handover(self) -> Handover:
        return Handover(rebind_after=type(self).tosses())


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Whimsical(), r"Whimsical: same answer twice: base\[0\] was 0, then 1"),
        (Live(score="test_policy_conformance:whim"), r"live: same answer twice: score\[0\]"),
        (Growing(), r"Growing: same answer twice: of_building"),
        (Moody(), r"Moody: same answer twice: checks\[0\]"),
        (Drifting(), r"Drifting: same answer twice: handover"),
        (Scribbler(), r"Scribbler: inputs untouched: ValueError: assignment destination is read-only"),
        (StubbornScribbler(), r"StubbornScribbler: inputs untouched: something in its inputs has changed"),
        (Clairvoyant(), r"Clairvoyant: causal \(issues from row \d+ on taken away\): base\[0\] was \d+, then \d+"),
        (Average(), r"Average: causal \(issues from row \d+ on all \w+\): rank"),
        (Unpicklable(), r"Unpicklable: picklable: .*lambda"),
        (Forgetful(head_start=60), r"Forgetful: YAML round trip: Forgetful\(.*60\) came back as Forgetful\(.*0\)"),
        (Secretive.with_bonus(5), r"Secretive: YAML round trip: base\[0\] was 5, then 0"),
        (Overranked(), r"Overranked: sound answer: ValueError: expected ranks between 0 and 15, got 20"),
        (Borderless(), r"Borderless: sound answer: Misfit: .*grids within one community"),
        (Deserted(workers=11), r"Deserted: sound answer: Misfit: .*somebody to serve each grid"),
        (Disorderly(), r"Disorderly: sound answer: ValueError: expected each of urgent"),
    ],
    ids=lambda value: value.kind.partition(":")[2] if isinstance(value, Part) else "",
)
def test_each_breach_is_caught_and_named(part: Part, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        check_policy(part)


def test_part_that_nobody_can_import_is_caught() -> None:
    class Local(Fifo):
        """A class inside a function."""

    with pytest.raises(PolicyError, match="picklable"):
        check_policy(Local())


def test_errors_are_assertions() -> None:
    assert issubclass(PolicyError, AssertionError)
