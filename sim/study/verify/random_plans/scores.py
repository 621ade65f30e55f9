"""Live scores for random Plans, such as a user might write: smallest first."""

from __future__ import annotations

import numpy as np

FEATURES = 2


def in_turn(now: int, since: int, features: np.ndarray) -> int:
    """Who has waited longest."""
    return since


def ageing(now: int, since: int, features: np.ndarray) -> int:
    """What weighs little first, unless the rest has waited for long."""
    return features[0] * 3600 - (now - since) * (1 + features[1] % 2)


def coarse(now: int, since: int, features: np.ndarray) -> int:
    """Whole days of waiting: nearly all are equal."""
    return -((now - since) // 86_400)


def by_phase(now: int, since: int, features: np.ndarray) -> int:
    """An order that turns round every hour."""
    if (now // 3600) % 2 == 0:
        return features[0] - features[1]
    return features[1] - features[0]


SCORES = (in_turn, ageing, coarse, by_phase)
