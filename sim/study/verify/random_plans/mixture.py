"""Which of the newer primitives a random Plan has: the others are off, and a third of the Plans have each off."""

from __future__ import annotations

from enum import Enum, auto

from sim.study.verify.random_plans.dice import Dice

PLAIN = 0.2  # of the Plans have none of them


class Primitive(Enum):
    """What a Plan may have or not."""

    COLUMNS = auto()  # ways and contents beside those of the levels
    SKIPS = auto()  # issues without a queue at some levels
    WAITS = auto()  # waiting stages
    MARKS = auto()  # what happens at set times after filing
    LOOKS = auto()  # chances that depend on how the run stands
    FINDS = auto()  # finders who raise what they notice
    EASE = auto()  # queues that look at the work
    NEIGHBOURHOOD = auto()  # a level below the gridworker
    PARTIES = auto()  # issues that take several crews, together or one after the other


#: chance of each in a Plan that is not plain, and the most that there is of it then
SHARE_AND_MOST = {
    Primitive.COLUMNS: (0.4, 3),
    Primitive.SKIPS: (0.5, 300_000),  # in millionths: chance that an issue has no queue where it may have none
    Primitive.WAITS: (0.8, 3),
    Primitive.MARKS: (0.8, 4),
    Primitive.LOOKS: (0.8, 5),
    Primitive.FINDS: (0.5, 8),
    Primitive.EASE: (0.7, 1),
    Primitive.NEIGHBOURHOOD: (0.4, 3),
    Primitive.PARTIES: (0.85, 3),
}


def mixture(dice: Dice) -> dict[Primitive, int]:
    """The most that one Plan has of each primitive; 0: it is off."""
    plain = dice.chance(PLAIN)
    return {
        primitive: 0 if plain or not dice.chance(share) else most for primitive, (share, most) in SHARE_AND_MOST.items()
    }
