"""How history is thinned, so that a run opens as a district stands: with latent issues and open cases."""

from __future__ import annotations

import numpy as np

from sim.model.demand_spec import CategorySpec, OpeningSpec
from sim.model.streams import Ints
from sim.model.units import DAY, YEAR
from sim.model.values import NOT_EVER


def open_history(
    category: CategorySpec, opening: OpeningSpec, *, issues: np.ndarray, work: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The issues of ``category`` that are still there at second 0, and all later ones; with their work.

    Gone are those that have cleared, those reported so long ago that they count as dealt with, and those that visits
    and passes at the nominal rates would have shown. The others bring what has happened to them so far. Nothing of it
    depends on the policy. ``issues``: records with ``NOT_EVER``; they are changed.
    """
    old = issues["onset"] < 0
    seen = np.where(old & (issues["valid"] == 1), _exposure(category, opening, issues), 0)
    gone = (issues["clear"] <= 0) | (issues["report"] < -opening.open_cases) | (seen >= issues["threshold"])
    issues["threshold"] -= seen
    issues["report"] = np.maximum(issues["report"], 0)
    issues["duplicate"] = np.maximum(issues["duplicate"], 1)
    _worsen(issues)
    keep = ~(old & gone)
    return issues[keep], work[keep]


def _exposure(category: CategorySpec, opening: OpeningSpec, issues: np.ndarray) -> Ints:
    """The notice hazard that each issue would have met by second 0, in millionths."""
    visits = category.notice.visit * opening.visits_per_year / YEAR
    passes = category.notice.patrol * opening.passes_per_day / DAY
    age = -issues["onset"]
    return np.rint(age * np.where(issues["unit"] > 0, visits, passes)).astype(np.int64)


def _worsen(issues: np.ndarray) -> None:
    """Let what has worsened by second 0 be so from the first."""
    worse = issues["worsen"] <= 0
    for name in ("severity", "difficulty"):
        issues[name][worse] = issues[f"worse_{name}"][worse]
    issues["worsen"][worse] = NOT_EVER
