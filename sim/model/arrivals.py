"""When and in which community issues arise: Poisson counts by community and date, made so that a higher rate only adds.

The rate of a day is cut into strips of height ``STRIP``: each strip of each community and date is a cell with a
count and lucks of its own, so that what is there stays there, whatever the rate, the period or the other communities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.model.streams import Ints, Reals, Value, Words, mix, poisson, uniform

STRIP = 32.0  # expected issues of a cell, at most
_CELLS_AT_ONCE = 500_000


@dataclass(frozen=True)
class Arrivals:
    """Issues as they arise, one row each: ``community`` (row), ``day`` (counted from the first one drawn), ``luck``."""

    community: Ints
    day: Ints
    luck: Words

    def __len__(self) -> int:
        return self.luck.size


def draw_arrivals(dates: Words, communities: Words, rates: Reals, weights: Reals) -> Arrivals:
    """The issues of one category at one kind of place.

    ``dates``: a word for each day; ``communities``: the fingerprint of each; ``rates``: issues a day to be expected
    by community; ``weights``: the factor of each day.
    """
    rows = max(1, _CELLS_AT_ONCE // len(dates))
    parts = [
        part
        for first in range(0, len(communities), rows)
        for part in _strips(dates, communities[first : first + rows], rates[first : first + rows], weights, first)
    ]
    empty = np.empty(0, np.int64)
    columns = zip(*parts, strict=True) if parts else [(empty,), (empty,), (empty.astype(np.uint64),)]
    return Arrivals(*(np.concatenate(column) for column in columns))


def _strips(
    dates: Words, communities: Words, rates: Reals, weights: Reals, first: int
) -> Iterator[tuple[Ints, Ints, Words]]:
    """Community, day and luck of the issues of some communities, strip by strip."""
    mean = rates[:, np.newaxis] * weights
    words = communities[:, np.newaxis] ^ dates
    strip, most = 0, mean.max(initial=0.0)
    while strip * STRIP < most:
        community, day = np.nonzero(mean > strip * STRIP)
        word = mix(words[community, day], Value.CELL, strip)
        count = poisson(uniform(word), np.minimum(mean[community, day] - strip * STRIP, STRIP))
        ends = np.cumsum(count)
        slot = np.arange(ends[-1]) - np.repeat(ends - count, count)
        luck = mix(np.repeat(word, count), Value.SLOT, slot.astype(np.uint64))
        yield np.repeat(community + first, count), np.repeat(day, count), luck
        strip += 1
