"""Tests of "no worse than": is a figure worse by less than a margin?"""

from __future__ import annotations

from collections.abc import Mapping

from sim.study.compare.paired import Difference, holm
from sim.study.kpis import Better

NO_WORSE_COLUMNS = (
    *("scenario", "kpi", "better", "margin", "difference", "ci_low", "ci_high", "ci_level"),
    *("p", "p_holm", "no_worse", "replications"),
)


def no_worse_rows(
    differences: Mapping[tuple[str, str], Difference],
    margins: Mapping[str, float],
    better: Mapping[str, Better],
    *,
    level: float,
) -> list[tuple[object, ...]]:
    """One row a scenario and margin, columns ``NO_WORSE_COLUMNS``; ``better``: which way each figure is better.

    ``p`` is one-sided, of "worse by the margin or more"; ``no_worse`` if, corrected over all margins and scenarios
    (Holm), it is at most half of 1 - ``level``: alone, that is the two-sided interval lying within the margin. Of a
    figure that is better neither way, "no worse" is "different by less than the margin" (two one-sided tests).
    """
    tested = [(at, it, margins[at[1]]) for at, it in differences.items() if at[1] in margins]
    p = [p_no_worse(it, better[id], margin) for (_, id), it, margin in tested]
    return [
        (
            *(name, id, better[id].name.lower(), margin, it.mean, *it.interval(level), level),
            *(alone, corrected, corrected <= (1 - level) / 2, it.replications),
        )
        for ((name, id), it, margin), alone, corrected in zip(tested, p, holm(p), strict=True)
    ]


def p_no_worse(difference: Difference, direction: Better, margin: float) -> float:
    """One-sided p of "worse by ``margin`` or more"; of a figure better neither way, of "different by ``margin`` or more"."""
    not_lower, not_higher = difference.p_above(-margin), difference.p_below(margin)
    if direction is Better.HIGHER:
        return not_lower
    return not_higher if direction is Better.LOWER else max(not_lower, not_higher)
