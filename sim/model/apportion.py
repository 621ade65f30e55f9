"""Dividing a whole number among several in proportion to weights, so that the parts come to the whole."""

from __future__ import annotations

from collections.abc import Sequence


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` divided in proportion to ``weights`` by largest remainder; equal remainders: the earlier first.

    The parts sum to ``total`` exactly. Weights are whole and at least 0; if all are 0, they count as equal.
    """
    if not weights:
        return []
    weights = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(weights)
    parts, remainders = zip(*(divmod(total * weight, whole) for weight in weights), strict=True)
    largest = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[: total - sum(parts)]
    return [part + (i in set_) for set_ in [set(largest)] for i, part in enumerate(parts)]
