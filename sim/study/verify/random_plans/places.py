"""Random places: buildings, and the rounds of visits and patrol through them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.rows import Row

BIG = 3000  # households of a big building


@dataclass(frozen=True)
class Places:
    """Rows of the tables of places."""

    buildings: Sequence[Row]
    homes: Sequence[Row]
    legs: Sequence[Row]
    stops: Sequence[Row]


def places(dice: Dice) -> Places:
    """Buildings near and far, a big one among them perhaps, and the rounds through them."""
    buildings = list(_buildings(dice))
    stops = [{"building": dice.whole(0, len(buildings) - 1)} for _ in range(dice.whole(1, 9))]
    return Places(buildings, list(_homes(dice, buildings)), list(_legs(dice, len(stops))), stops)


def _buildings(dice: Dice) -> Iterator[Row]:
    place, apart = 0, dice.one_of((0, 0, 1, dice.tick * 5 // 4, dice.tick * 5 // 4, 100, 30_000))
    for _ in range(dice.whole(1, 8)):
        households = BIG if dice.chance(0.04) else dice.whole(0, 4)
        yield {
            "x": dice.whole(-5, 5) * apart,
            "y": dice.whole(-5, 5) * apart,
            "first_place": place,
            "households": households,
            "luck": dice.luck(),
            "answer": dice.share(),
            "grid": dice.whole(0, 3),
        }
        place += households + 1


def _homes(dice: Dice, buildings: Sequence[Row]) -> Iterator[Row]:
    """Households in the order in which rounds come to them, some of them more than once."""
    for building in dice.shuffled(range(len(buildings))):
        households = buildings[building]["households"]
        for _ in range(min(households, 12)):
            yield {"building": building, "unit": dice.whole(1, households)}


def _legs(dice: Dice, stops: int) -> Iterator[Row]:
    """Legs of one stop or more; now and then one that takes no time."""
    for _ in range(dice.whole(1, 5)):
        first = dice.whole(0, stops - 1)
        yield {"first_stop": first, "stops": dice.whole(1, stops - first), "seconds": dice.span(4)}
