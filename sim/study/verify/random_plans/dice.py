"""Chance for random Plans: in whole ticks, so that much falls on one second, and with a liking for the edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from sim.engine.events import NEVER
from sim.engine.plan import MILLION

T = TypeVar("T")


class Dice:
    """Draws for one random Plan; ``tick``: seconds of which its instants and delays are whole multiples."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.tick = self.one_of((1, 600, 600, 1800, 1800, 3600, 3600))

    def chance(self, share: float) -> bool:
        """Does it happen?"""
        return bool(self.rng.random() < share)

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.rng.random() * (high - low + 1))  # five times as fast as Generator.integers

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.whole(0, len(options) - 1)]

    def some_of(self, options: Sequence[T], most: int) -> list[T]:
        """Up to ``most`` of the options, perhaps none, in any order."""
        count = self.whole(0, min(most, len(options)))
        return [options[k] for k in self.rng.permutation(len(options))[:count].tolist()]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All of the options in any order."""
        return [options[k] for k in self.rng.permutation(len(options)).tolist()]

    def span(self, most: int) -> int:
        """A delay of up to ``most`` ticks; one in thirty takes no time at all."""
        return 0 if self.chance(1 / 30) else self.whole(1, most) * self.tick

    def maybe(self, share: float, value: int) -> int:
        """The value with this chance, else NEVER."""
        return value if self.chance(share) else NEVER

    def share(self) -> int:
        """Millionths: nothing, all, or something in between."""
        return self.one_of((0, MILLION, *(self.whole(0, MILLION) for _ in range(4))))

    def luck(self) -> int:
        """Any 64 bits."""
        return int(self.rng.integers(0, 2**64 - 1, dtype=np.uint64, endpoint=True))
