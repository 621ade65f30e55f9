"""Groups and stops: who else helps, and where else a case can stand, besides the tiers of grid governance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import AfterValidator

from sim.model.meetings import Meetings
from sim.model.policies.courses import Look
from sim.model.shifts import ALWAYS, Shifts
from sim.model.spec import Fault
from sim.model.units import MILLION, Factor, Share, WorkingSpan
from sim.model.windows import AT_START, FirstDay

if TYPE_CHECKING:
    from sim.model.demand_spec import DemandSpec
    from sim.model.policies.grids import Grids
    from sim.model.world import World

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]

DESK, HANDLE, WAIT, JOINT = "desk", "handle", "wait", "joint"
AT_ONCE = WorkingSpan(0, working=False)


def _above_zero(value: int) -> int:
    if value == 0:
        raise ValueError("expected more than 0, got 0")
    return value


#: Shares and factors by which something is divided, or that say nothing at 0.
PositiveShare = Annotated[Share, AfterValidator(_above_zero)]
PositiveFactor = Annotated[Factor, AfterValidator(_above_zero)]


def most_units(per: str, world: World) -> int:
    """How many units of a kind (grid, community, street or district) there are, at most: grids may be as small as a building."""
    units = {"grid": len(world.buildings), "community": len(world.communities), "street": len(world.street_ids)}
    return units.get(per, 1)


def unknown_categories(names: Iterable[str], demand: DemandSpec, *where: str | int) -> Iterator[Fault]:
    """The faults of categories that ``demand`` does not have, at ``where`` by name."""
    known = [category.id for category in demand.categories]
    for name in names:
        if name not in known:
            yield Fault((*where, name), f"one of the categories {', '.join(known)}", name)


@dataclass(frozen=True)
class Reach:
    """That a group also serves the queues of a tier: after those of ``rank`` below, with these factors (millionths)."""

    level: str
    rank: int = 1
    work_factor: int = MILLION
    travel_factor: int = MILLION


@dataclass(frozen=True)
class VisitRounds:
    """Visits to all households of a unit in turn: attempts a day (``quota``) of ``answered`` or ``unanswered`` seconds; ``urgent``: what they find is served as urgent."""

    quota: int
    answered: int
    unanswered: int
    urgent: bool = False


@dataclass(frozen=True, eq=False)
class Group:
    """Helpers beside the tiers: so many servers for each unit (``per``: grid, community, street or district), with a queue a unit of their own.

    ``level``: the tier in whose name they act (neighbourhood, grid, community, street, department); ``since``: the day from which ``start`` and ``until`` are counted; ``start``: days after it on which each
    server begins, of one server after the other, repeated from unit to unit (empty: from the beginning); ``until``: day after which none works (None: for good); ``every``: each works one day in so many, in turn (``workdays``: of Mondays to Fridays);
    ``persons`` in each server, who go together; ``skill`` in millionths, ``speed`` in mm/s (0: does not travel); ``covers``: by unit, whether it has such a group at all (None: all); ``ease``: what a second of work
    weighs against one of waiting in the order of their queue (0: nothing); ``rounds``: their visits to the households of the unit (None: none).
    """

    id: str
    level: str
    per: str
    members: int
    shift: Shifts = ALWAYS
    skill: int = MILLION
    speed: int = 0
    covers: Flags | None = None
    ease: int = 0
    reaches: tuple[Reach, ...] = ()
    start: tuple[int, ...] = ()
    until: int | None = None
    since: FirstDay = AT_START
    every: int = 1
    workdays: bool = False
    persons: int = 1
    rounds: VisitRounds | None = None


@dataclass(frozen=True, eq=False)
class Stop:
    """A stage of a case beside those of the tiers, by name; ``next`` and ``up`` name stops, or tiers (``grid`` … ``city``).

    ``role``: desk, handle, wait (nobody works on it) or joint (departments settle it together); ``group``: whose queue it has (none: that of its level); ``capability``: category → millionths of difficulty that can be settled there; ``categories``: those of
    which issues come here (None: all; others go ``otherwise``, or ``up`` where that is not said; at a waiting stop they go on as if it were not there); ``work``: seconds at a desk; ``wait``: how long at a waiting stop, on the clock of ``meeting`` if that is given;
    ``hold``: a case that waits so long without being begun goes ``up``; ``content``: work in millionths of that of its level; ``declines``: with what chance it does not take on what it could settle (None: it takes on all);
    ``severities``: likewise of issues (None: all); ``stamp``: what of a whistle is over when a desk is done (called, signed, contacted; nothing without one); ``attend``: a case that waits so long for its departments has
    crews kept free for it (None: never).
    """

    name: str
    role: str
    level: str
    group: str = ""
    next: str = ""
    up: str = ""
    work: int = 0
    triage: int = -1
    capability: Mapping[str, int] = field(default_factory=dict)
    categories: tuple[str, ...] | None = None
    content: int = MILLION
    hold: WorkingSpan | None = None
    wait: WorkingSpan = AT_ONCE
    meeting: Meetings | None = None
    pauses: bool = False
    otherwise: str = ""
    declines: Look | None = None
    severities: tuple[str, ...] | None = None
    stamp: str = ""
    attend: WorkingSpan | None = None


@dataclass(frozen=True)
class Call:
    """When somebody whistles for cases that come to departments; they go to ``stop`` then.

    ``chance``: for joint cases, ``idle``: for others (millionths, each time one comes); ``after``: returns and declines that it takes before; ``no_show``: chance that
    a partner stays away.
    """

    stop: str
    chance: int
    idle: int
    after: int
    no_show: int


@dataclass(frozen=True, eq=False)
class Detours:
    """What a part of policy adds to the way of a case: ``stops``; ``up``: tier → stop to which what it cannot settle goes; ``before``: tier → stop where reports for it go first."""

    stops: tuple[Stop, ...] = ()
    up: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Detours) -> Detours:
        """Both. Raises ValueError where both lead from the same tier, or have a stop of the same name."""
        names = [stop.name for stop in (*self.stops, *other.stops)]
        twice = {name for name in names if names.count(name) > 1} | self.up.keys() & other.up.keys()
        twice |= self.before.keys() & other.before.keys()
        if twice:
            raise ValueError(f"two parts of the policy lead cases from {', '.join(sorted(twice))}")
        return Detours((*self.stops, *other.stops), {**self.up, **other.up}, {**self.before, **other.before})


def units_of(per: str, world: World, grids: Grids) -> Ints:
    """The unit of each building: its grid, community or street, or the one district."""
    community = world.buildings["community"].astype(np.int64)
    if per == "grid":
        return grids.of_building
    if per == "community":
        return community
    return world.communities["street"][community].astype(np.int64) if per == "street" else 0 * community
