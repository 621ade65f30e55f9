"""Random organisations: queues of any levels, and who serves which of them in which rank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.engine.events import LEVELS, Level
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.random_plans.mixture import Primitive
from sim.study.verify.random_plans.parties import Parties, parties
from sim.study.verify.random_plans.staffing import STAFFINGS, Server, crews, helpers
from sim.study.verify.rows import Row

#: most queues that a level may have, if it has any
MOST: Mapping[Level, int] = {
    Level.GRID: 6,
    Level.COMMUNITY: 3,
    Level.STREET: 2,
    Level.DEPARTMENT: 4,
    Level.CITY: 1,
    Level.DISTRICT: 1,
}
LIKELY = {Level.GRID: 0.95, Level.COMMUNITY: 0.7, Level.STREET: 0.7, Level.DEPARTMENT: 0.6, Level.CITY: 0.3}


@dataclass(frozen=True)
class Organisation:
    """Rows of the tables of queues, servers and links; ``of_level``: the queues of each level that has any."""

    queues: Sequence[Row]
    servers: Sequence[Row]
    links: Sequence[Row]
    of_level: Mapping[Level, range]
    parties: Parties


def organisation(dice: Dice, worker: Callable[[Level, int], Server], most: Mapping[Primitive, int]) -> Organisation:
    """Levels in any order, each staffed in a way of its own; ``worker`` makes somebody of a level and unit."""
    crewed = dice.one_of((Level.DEPARTMENT, Level.DEPARTMENT, Level.GRID)) if most[Primitive.PARTIES] else None
    of_level = _levels(dice, most[Primitive.NEIGHBOURHOOD], crewed)
    queues = list(_queues(dice, of_level, ease=most[Primitive.EASE]))
    hands = [
        hand
        for level, own in of_level.items()
        for hand in (crews if level == crewed else dice.one_of(STAFFINGS))(dice, worker, level, own)
    ]
    hands += list(helpers(dice, worker, len(queues)))
    hands = [] if dice.chance(0.02) else dice.shuffled(hands)
    if dice.chance(0.02):
        hands = [(server, ()) for server, _ in hands]
    links = [{**link, "server": s} for s, (_, own) in enumerate(hands) for link in own]
    found = parties(
        dice, links, of_level[crewed] if crewed is not None else range(0), len(queues), most=most[Primitive.PARTIES]
    )
    part = _components(dice, links, found.together, len(hands), len(queues))
    servers = [{**server, "component": part[s]} for s, (server, _) in enumerate(hands)]
    numbered = [{**queue, "component": part[len(hands) + q]} for q, queue in enumerate(queues)]
    return Organisation(numbered, servers, links, of_level, found)


def _levels(dice: Dice, below: int, crewed: Level | None) -> dict[Level, range]:
    """Which levels have queues, and how many; the one with the crews has some for a party."""
    levels = [level for level in MOST if level == crewed or dice.chance(LIKELY.get(level, 0.5))]
    if not set(levels) & LIKELY.keys():
        levels = [Level.GRID]
    if below:
        levels.append(Level.NEIGHBOURHOOD)
    most = {**MOST, Level.NEIGHBOURHOOD: below}
    counts = {level: dice.whole(1, most[level]) for level in dice.shuffled(levels)}
    if crewed is not None:
        counts[crewed] = dice.one_of((2, 3, 4, 4, 5, 9))
    past, found = 0, dict[Level, range]()
    for level, count in counts.items():
        found[level] = range(past, past + count)
        past += count
    return found


def _queues(dice: Dice, of_level: Mapping[Level, range], *, ease: int) -> Iterator[Row]:
    """In the order of age, of due dates, of ease or of none; all alike, or each in its own way."""
    eases = (0, 0, ease, -ease)
    alike, order = dice.chance(0.7), _order(dice, eases)
    for level, own in of_level.items():
        peers = dice.one_of((len(own), len(own), 1))
        for queue in own:
            place = {"level": level, "unit": queue - own.start}
            first = own.start if peers > 1 else queue
            yield {**place, **(order if alike else _order(dice, eases)), "first_peer": first, "peers": peers}


def _order(dice: Dice, eases: Sequence[int]) -> Row:
    return {
        "slope": dice.one_of((1, 1, 0, -1, 5)),
        "due_slope": dice.one_of((0, 0, 1, -1)),
        "ease_slope": dice.one_of(eases),
    }


def _components(
    dice: Dice, links: Sequence[Row], together: Sequence[Sequence[int]], servers: int, queues: int
) -> list[int]:
    """The component of each server, then of each queue: what is linked, or called together, shares one; numbered in any order."""
    label = list(range(servers + queues))
    linked = [(link["server"], servers + link["queue"]) for link in links]
    called = [(servers + party[0], servers + queue) for party in together for queue in party]
    for one_end, other_end in linked + called:
        old, new = label[other_end], label[one_end]
        label = [new if one == old else one for one in label]
    apart = sorted(set(label))
    numbers = dice.shuffled(range(len(apart) * dice.one_of((1, 1, 10))))
    if dice.chance(0.1):
        numbers = [0] * len(apart)  # what is not linked may share one too
    return [numbers[apart.index(one)] for one in label]


assert len(MOST) == LEVELS
