"""Random calendars: every shape that shifts may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from sim.engine.plan import DAY
from sim.study.verify.random_plans.dice import Dice

HOUR = 3600
MOMENT = 3
Intervals = Sequence[tuple[int, int]]


def calendars(dice: Dice, horizon: int) -> list[Intervals]:
    """The intervals of each calendar; the first has none, so that it is always open."""
    return [[], *(list(dice.one_of(SHAPES)(dice, horizon)) for _ in range(dice.whole(1, 5)))]


def span_on(dice: Dice, intervals: Intervals, most: int) -> int:
    """A delay on this clock: up to ``most`` ticks, or some seconds where it is open for seconds only."""
    if intervals and max(end - start for start, end in intervals) <= MOMENT:
        return dice.one_of((0, 1, 1, 2, 3))
    return dice.span(most)


def _days(horizon: int) -> range:
    """From the day before the run to some days after it."""
    return range(-1, horizon // DAY + 3)


def _office(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """Weekdays, with a break at noon."""
    first = dice.whole(0, 6)
    for day in _days(horizon):
        if (day + first) % 7 < 5:
            yield day * DAY + 9 * HOUR, day * DAY + 12 * HOUR
            yield day * DAY + 14 * HOUR, day * DAY + 18 * HOUR


def _daily(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """One shift a day, somewhere in it."""
    start = dice.whole(0, 20)
    end = dice.whole(start + 1, 24)
    return ((day * DAY + start * HOUR, day * DAY + end * HOUR) for day in _days(horizon))


def _whole_days(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """Round the clock, relieved at midnight."""
    return ((day * DAY, (day + 1) * DAY) for day in _days(horizon))


def _touching(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """Round the clock in several shifts: one ends in the second in which the next begins."""
    cuts = sorted({dice.whole(0, 23) * HOUR for _ in range(dice.whole(2, 4))})
    starts = [day * DAY + cut for day in _days(horizon) for cut in cuts]
    return pairwise(starts)


def _nights(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """Across midnight: one is on when the run begins."""
    start, hours = dice.whole(18, 23), dice.whole(7, 10)
    return ((day * DAY + start * HOUR, day * DAY + (start + hours) * HOUR) for day in _days(horizon))


def _long(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """Shifts of more than a day."""
    return ((day * DAY + 8 * HOUR, day * DAY + 40 * HOUR) for day in _days(horizon)[:: dice.whole(2, 3)])


def _moments(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """Shifts of seconds, hardly time for anything."""
    for day in _days(horizon):
        for hour in (0, 8, 12, 20):
            yield day * DAY + hour * HOUR, day * DAY + hour * HOUR + dice.whole(1, MOMENT)


def _meetings(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """Meetings, each a single second that ends on a tick: what waits for them leaves together."""
    every = max(1, dice.one_of((1800, HOUR, 6 * HOUR, DAY, 3 * DAY)) // dice.tick) * dice.tick
    first = dice.whole(-2, 2) * every
    end = dice.one_of((horizon + DAY, horizon // 2))  # some are over before the run is
    return ((time - 1, time) for time in range(first, end, every))


def _anyhow(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """Now and then, without any order in it; some touch."""
    step = max(dice.tick, 900)
    time = -dice.whole(0, 50) * step
    while time < horizon + DAY:
        length = dice.whole(1, 20) * step
        yield time, time + length
        time += length + dice.whole(0, 20) * step


def _once(dice: Dice, horizon: int) -> Iterator[tuple[int, int]]:
    """A single shift: perhaps over before the run, perhaps longer than it, perhaps after it."""
    start = dice.whole(-DAY, horizon + DAY) // dice.tick * dice.tick
    return iter([(start, start + dice.whole(1, 3 * DAY // dice.tick) * dice.tick)])


SHAPES: tuple[Callable[[Dice, int], Iterator[tuple[int, int]]], ...] = (
    *(_office, _office, _daily, _daily, _touching, _touching),  # where most happens
    *(_whole_days, _nights, _long, _moments, _anyhow, _once, _meetings, _meetings),
)
