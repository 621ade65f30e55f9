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
_AT_ONCE = 65_536  # cells or issues: few enough to stay in the cache of the processor, enough to be worth a round


@dataclass(frozen=True)
class Arrivals:
    """Issues as they arise, one row each: ``community`` (row), ``day`` (counted from the first one drawn), ``luck``."""

    community: Ints
    day: Ints
    luck: Words

    def __len__(self) -> int:
        return self.luck.size

    def blocks(self) -> Iterator[Arrivals]:
        """The issues some at a time."""
        for first in range(0, len(self), _AT_ONCE):
            block = slice(first, first + _AT_ONCE)
            yield Arrivals(self.community[block], self.day[block], self.luck[block])


def draw_arrivals(dates: Words, communities: Words, rates: Reals, weights: Reals) -> Arrivals:
    """The issues of one category at one kind of place.

    ``dates``: a word for each day; ``communities``: the fingerprint of each; ``rates``: issues a day to be expected
    by community; ``weights``: the factor of each day, the same everywhere or by community (community × day).
    """
    rows = max(1, _AT_ONCE // len(dates))
    everywhere = weights.ndim == 1
    parts = [
        part
        for first in range(0, len(communities), rows)
        for some in [slice(first, first + rows)]
        for part in _strips(dates, communities[some], rates[some], weights if everywhere else weights[some], first)
    ]
    empty = np.empty(0, np.int64)
    columns = zip(*parts, strict=True) if parts else [(empty,), (empty,), (empty.astype(np.uint64),)]
    return Arrivals(*(np.concatenate(column) for column in columns))


def _strips(
    dates: Words, communities: Words, rates: Reals, weights: Reals, first: int
) -> Iterator[tuple[Ints, Ints, Words]]:
    """Community, day and luck of the issues of some communities, strip by strip."""
    mean = (rates[:, np.newaxis] * weights).ravel()
    words = (communities[:, np.newaxis] ^ dates).ravel()
    strip, most = 0, mean.max(initial=0.0)
    while strip * STRIP < most:
        cell = np.flatnonzero(mean > strip * STRIP)
        word = mix(words[cell], Value.CELL, strip)
        count = poisson(uniform(word), np.minimum(mean[cell] - strip * STRIP, STRIP))
        some = np.flatnonzero(count)
        cell, word, count = cell[some], word[some], count[some]
        row = np.repeat(np.arange(len(some)), count)
        slot = np.arange(len(row)) - (np.cumsum(count) - count)[row]
        community, day = np.divmod(cell, len(dates))
        yield (community + first)[row], day[row], mix(word[row], Value.SLOT, slot.astype(np.uint64))
        strip += 1
