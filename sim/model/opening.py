"""How history is thinned, so that a run opens as a district stands: with latent issues and open cases."""

from __future__ import annotations

import math

import numpy as np

from sim.model.demand_spec import DemandSpec
from sim.model.streams import Ints
from sim.model.units import DAY, MILLION, YEAR
from sim.model.values import Columns, Flags, cleared, notice_threshold, report_channel, reported, valid
from sim.model.world import World


def still_there(spec: DemandSpec, row: int, world: World, arisen: Columns) -> Columns:
    """The issues of the category in ``row`` that are still there at second 0, and all later ones, with what decides it.

    Gone are those that have cleared, those reported so long ago that they count as dealt with, and those that visits
    and passes at the nominal rates would have shown. The others bring what has happened to them so far. Nothing of it
    depends on the policy. ``arisen``: columns luck, onset, community, building and unit. Added are report, channel, valid, clear and threshold; each
    is looked up only for those that are left.
    """
    category, issues = spec.categories[row], dict(arisen)
    issues["host"], issues["report"] = reported(category, world, issues)
    del issues["community"]
    issues = _but(issues["report"] < -spec.opening.open_cases, issues)
    issues["channel"] = report_channel(spec, category, issues)
    issues["valid"] = valid(spec, issues)
    issues["clear"] = cleared(category, issues)
    seen = np.where(issues["valid"], _exposure(spec, row, issues), 0)
    issues["threshold"] = notice_threshold(issues["luck"]) - seen
    return _but((issues["clear"] <= 0) | (issues["threshold"] <= 0), issues)


def _but(gone: Flags, issues: Columns) -> Columns:
    """The issues without those of history that are ``gone``."""
    rows = np.flatnonzero(~gone | (issues["onset"] >= 0))
    return issues if len(rows) == len(gone) else {name: column.take(rows) for name, column in issues.items()}


def _exposure(spec: DemandSpec, row: int, issues: Columns) -> Ints:
    """The notice hazard that each issue would have met by second 0, in millionths.

    Looks come at random at the nominal rates. Each shows the issue with the chance 1 − exp(−hazard), so that a second look adds nothing to one that is bound to show it.
    """
    notice, opening = spec.categories[row].notice, spec.opening
    visits = _shown(notice.visit) * opening.visits_per_year / YEAR
    passes = _shown(notice.patrol) * opening.passes_per_day / DAY
    age = np.maximum(-issues["onset"], 0)
    return np.rint(age * np.where(issues["unit"] > 0, visits, passes)).astype(np.int64)


def _shown(hazard: int) -> int:
    """The chance (millionths) that one look of a ``hazard`` (millionths) shows an issue."""
    return round(-MILLION * math.expm1(-hazard / MILLION))
