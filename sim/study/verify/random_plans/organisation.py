"""Random organisations: queues of any levels, and who serves which of them in which rank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.engine.events import LEVELS, Level
from sim.engine.plan import MILLION
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.random_plans.mixture import Primitive
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

Server = Row
Hands = Sequence[tuple[Server, Sequence[Row]]]  # servers, each with its links, which do not name it yet


@dataclass(frozen=True)
class Organisation:
    """Rows of the tables of queues, servers and links; ``of_level``: the queues of each level that has any."""

    queues: Sequence[Row]
    servers: Sequence[Row]
    links: Sequence[Row]
    of_level: Mapping[Level, range]


def organisation(dice: Dice, worker: Callable[[Level, int], Server], most: Mapping[Primitive, int]) -> Organisation:
    """Levels in any order, each staffed in a way of its own; ``worker`` makes somebody of a level and unit."""
    of_level = _levels(dice, most[Primitive.NEIGHBOURHOOD])
    queues = list(_queues(dice, of_level, ease=most[Primitive.EASE]))
    hands = [hand for level, own in of_level.items() for hand in dice.one_of(STAFFINGS)(dice, worker, level, own)]
    hands += list(_helpers(dice, worker, len(queues)))
    hands = [] if dice.chance(0.02) else dice.shuffled(hands)
    if dice.chance(0.02):
        hands = [(server, ()) for server, _ in hands]
    links = [{**link, "server": s} for s, (_, own) in enumerate(hands) for link in own]
    part = _components(dice, links, len(hands), len(queues))
    servers = [{**server, "component": part[s]} for s, (server, _) in enumerate(hands)]
    numbered = [{**queue, "component": part[len(hands) + q]} for q, queue in enumerate(queues)]
    return Organisation(numbered, servers, links, of_level)


def _levels(dice: Dice, below: int) -> dict[Level, range]:
    levels = [level for level in MOST if dice.chance(LIKELY.get(level, 0.5))]
    if not set(levels) & LIKELY.keys():
        levels = [Level.GRID]
    if below:
        levels.append(Level.NEIGHBOURHOOD)
    most = {**MOST, Level.NEIGHBOURHOOD: below}
    counts = {level: dice.whole(1, most[level]) for level in dice.shuffled(levels)}
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


def _link(dice: Dice, queue: int, rank: int = 0) -> Row:
    return {
        "queue": queue,
        "rank": rank,
        "travel_factor": dice.one_of((MILLION, MILLION, MILLION, 1_150_000, 0)),
        "work_factor": dice.one_of((MILLION, MILLION, MILLION, 2 * MILLION, 900_000, 0)),
    }


def _own(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """Everybody a queue; some queues have two, some nobody."""
    units = [unit for unit in range(len(queues)) for _ in range(dice.one_of((0, 1, 1, 1, 2)))]
    return [(worker(level, unit), [_link(dice, queues[unit])]) for unit in units]


def _pool(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """Everybody serves all queues alike."""
    units = range(dice.whole(1, 5))
    return [(worker(level, unit % len(queues)), [_link(dice, queue) for queue in queues]) for unit in units]


def _neighbours(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """Everybody a queue first, and those of some neighbours after it."""
    return [
        (
            worker(level, unit),
            [
                _link(dice, queue, 0 if queue == own else dice.whole(0, 2))
                for queue in queues
                if queue == own or dice.chance(0.6)
            ],
        )
        for unit, own in enumerate(queues)
    ]


def _crowd(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """A great many servers at one queue, nobody at the others."""
    unit = dice.whole(0, len(queues) - 1)
    return [(worker(level, unit), [_link(dice, queues[unit], dice.whole(0, 1))]) for _ in range(dice.whole(3, 15))]


STAFFINGS = (_own, _own, _pool, _neighbours, _neighbours, _crowd)


def _helpers(dice: Dice, worker: Callable[[Level, int], Server], queues: int) -> Iterator[tuple[Server, list[Row]]]:
    """Some who serve queues of any levels, or only do their rounds."""
    for _ in range(dice.one_of((0, 0, 1, 2, 3))):
        served = dice.some_of(range(queues), 4)
        yield worker(Level.GRID, 0), [_link(dice, queue, dice.whole(0, 2)) for queue in served]


def _components(dice: Dice, links: Sequence[Row], servers: int, queues: int) -> list[int]:
    """The component of each server, then of each queue: what is linked shares one; numbered in any order."""
    label = list(range(servers + queues))
    for link in links:
        old, new = label[servers + link["queue"]], label[link["server"]]
        label = [new if one == old else one for one in label]
    apart = sorted(set(label))
    numbers = dice.shuffled(range(len(apart) * dice.one_of((1, 1, 10))))
    if dice.chance(0.1):
        numbers = [0] * len(apart)  # what is not linked may share one too
    return [numbers[apart.index(one)] for one in label]


assert len(MOST) == LEVELS
