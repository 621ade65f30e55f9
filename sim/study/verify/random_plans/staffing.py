"""Random staffs: who serves which queues of a level, in which rank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sim.engine.events import Level
from sim.engine.plan import MILLION
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.rows import Row

ALWAYS_OPEN = 0  # the calendar without intervals

Server = Row
Hands = Sequence[tuple[Server, Sequence[Row]]]  # servers, each with its links, which do not name it yet


def link(dice: Dice, queue: int, rank: int = 0) -> Row:
    """A link that does not name its server yet."""
    return {
        "queue": queue,
        "rank": rank,
        "travel_factor": dice.one_of((MILLION, MILLION, MILLION, 1_150_000, 0)),
        "work_factor": dice.one_of((MILLION, MILLION, MILLION, 2 * MILLION, 900_000, 0)),
    }


def crews(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """Everybody a queue and every queue somebody; mostly of one calendar, so that they can come together."""
    units = [unit for unit in range(len(queues)) for _ in range(dice.one_of((1, 1, 1, 2, 3)))]
    hands = [(worker(level, unit), [link(dice, queues[unit], dice.whole(0, 1))]) for unit in units]
    if dice.chance(0.85):
        common = dice.one_of((ALWAYS_OPEN, *(server["calendar"] for server, _ in hands[:2])))
        hands = [({**server, "calendar": common}, own) for server, own in hands]
    return hands


def _own(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """Everybody a queue; some queues have two, some nobody."""
    units = [unit for unit in range(len(queues)) for _ in range(dice.one_of((0, 1, 1, 1, 2)))]
    return [(worker(level, unit), [link(dice, queues[unit])]) for unit in units]


def _pool(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """Everybody serves all queues alike."""
    units = range(dice.whole(1, 5))
    return [(worker(level, unit % len(queues)), [link(dice, queue) for queue in queues]) for unit in units]


def _neighbours(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """Everybody a queue first, and those of some neighbours after it."""
    return [
        (
            worker(level, unit),
            [
                link(dice, queue, 0 if queue == own else dice.whole(0, 2))
                for queue in queues
                if queue == own or dice.chance(0.6)
            ],
        )
        for unit, own in enumerate(queues)
    ]


def _crowd(dice: Dice, worker: Callable[[Level, int], Server], level: Level, queues: range) -> Hands:
    """A great many servers at one queue, nobody at the others."""
    unit = dice.whole(0, len(queues) - 1)
    return [(worker(level, unit), [link(dice, queues[unit], dice.whole(0, 1))]) for _ in range(dice.whole(3, 15))]


STAFFINGS = (_own, _own, _pool, _neighbours, _neighbours, _crowd)


def helpers(dice: Dice, worker: Callable[[Level, int], Server], queues: int) -> Iterator[tuple[Server, list[Row]]]:
    """Some who serve queues of any levels, or only do their rounds."""
    for _ in range(dice.one_of((0, 0, 1, 2, 3))):
        served = dice.some_of(range(queues), 4)
        yield worker(Level.GRID, 0), [link(dice, queue, dice.whole(0, 2)) for queue in served]
