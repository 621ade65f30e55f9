"""Sharing out: lines of buildings or grids cut into pieces of near-equal weight, numbers divided within bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.model.apportion import apportion
from sim.model.policies.base import Ints


def cut(lengths: Ints, weights: Ints, pieces: Ints) -> Ints:
    """The piece of each item when line k, of ``lengths[k]`` items, is cut into ``pieces[k]`` runs of near-equal weight.

    ``weights`` (whole, at least 0) has the items of all lines in a row; a line without any weight is cut by number.
    Pieces are numbered on from line to line and hold at least one item each, so ``pieces`` must not be above
    ``lengths``, nor 0 where there are items.
    """
    line = np.repeat(np.arange(len(lengths)), lengths)
    at = np.arange(len(line)) - _firsts(lengths)[line]
    wanted = _share_of_line(line, weights, pieces)
    # no piece may be skipped: the number may rise by one from item to item, from 0 to the last piece
    lag = np.minimum(wanted - at, 0) - line * (len(line) + 1)
    risen = np.minimum.accumulate(lag) + line * (len(line) + 1) + at
    within = np.maximum(risen, (pieces - lengths)[line] + at)
    return within + _firsts(pieces)[line]


def _share_of_line(line: Ints, weights: Ints, pieces: Ints) -> Ints:
    """The piece in which the middle of each item falls when its line is cut into pieces of exactly equal weight."""
    weights = np.asarray(weights, np.int64)
    total = _sums(line, weights, len(pieces))
    weights = np.where(total[line] > 0, weights, 1)
    total = _sums(line, weights, len(pieces))
    before = np.cumsum(weights) - weights - _firsts(total)[line]
    return np.minimum((2 * before + weights) * pieces[line] // (2 * total[line]), pieces[line] - 1)


def _sums(group: Ints, values: Ints, groups: int) -> Ints:
    sums = np.zeros(groups, np.int64)
    np.add.at(sums, group, values)
    return sums


def _firsts(lengths: Ints) -> Ints:
    """Where each of several consecutive runs begins."""
    return np.cumsum(lengths) - lengths


def apportion_within(total: int, weights: Sequence[int], *, least: Sequence[int], most: Sequence[int]) -> list[int]:
    """``total`` divided in proportion to ``weights`` by largest remainder, each part between its ``least`` and ``most``.

    Parts that would fall outside get their bound, and the others share what is left. The bounds must allow ``total``.
    """
    parts = list(least)
    open_to = list(range(len(weights)))
    while open_to:
        free = total - sum(part for i, part in enumerate(parts) if i not in set(open_to))
        asked = dict(zip(open_to, apportion(free, [weights[i] for i in open_to]), strict=True))
        lacking = {i: least[i] for i, part in asked.items() if part < least[i]}
        excess = {i: most[i] for i, part in asked.items() if part > most[i]}
        parts = [asked.get(i, part) for i, part in enumerate(parts)]
        if not lacking and not excess:
            break
        shortfall = sum(bound - asked[i] for i, bound in lacking.items())
        surplus = sum(asked[i] - bound for i, bound in excess.items())
        fixed = lacking if shortfall >= surplus else excess
        parts = [fixed.get(i, part) for i, part in enumerate(parts)]
        open_to = [i for i in open_to if i not in fixed]
    return parts
