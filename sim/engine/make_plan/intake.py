"""Intake: reports as the channels in force let them in. What is chosen here goes by the issue's luck, whatever else is chosen."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

import numpy as np

from sim.engine.events import Level
from sim.engine.make_plan.fill import Ints
from sim.engine.plan import DAY, MILLION
from sim.model.demand import Demand, DemandSpec
from sim.model.demand_spec import LEVELS
from sim.model.policies import Channels, Entries, Tiers
from sim.model.policies.base import Flags
from sim.model.policies.intake import Cameras, Counters, SortingErrors
from sim.model.streams import Words, below, millionth, mix


class Sorting(IntEnum):
    """What an issue's luck decides in make_plan; numbers apart from those of ``Value`` and of ``Purpose``."""

    PLATFORM = 200  # whether its second report comes from an integrated platform
    CAMERA = 201  # whether it stands before a camera
    CAMERA_INTEGRATED = 202  # whether that camera's pictures are seen
    COUNTER = 203  # whether it is brought to a counter
    TRIAGE = 204  # whether a desk passes it to a wrong level
    CLERK = 205  # which gridworker enters its second report


def received(demand: Demand, channels: Channels) -> Demand:
    """``demand`` with the reports that come in under ``channels``, each by its channel and at its time."""
    if not (channels.platforms.integrated or channels.counters.share or channels.cameras.reporting):
        return demand
    issues = demand.issues.copy()
    _by_counter(issues, channels.counters, demand.spec)
    _by_camera(issues, channels.cameras, demand.spec)
    issues["duplicate"][_happens(issues["luck"], Sorting.PLATFORM, channels.platforms.integrated)] = -1
    issues.flags.writeable = False
    return replace(demand, issues=issues)


def _happens(luck: Words, purpose: Sorting, chance: Ints | int) -> Flags:
    if isinstance(chance, int) and not chance:
        return np.zeros(len(luck), bool)
    return millionth(mix(luck, purpose, 0)) < chance


def _row(channel: str, spec: DemandSpec) -> int:
    return [known.id for known in spec.all_channels].index(channel)


def _by_counter(issues: np.ndarray, counters: Counters, spec: DemandSpec) -> None:
    """Let the reports that residents bring to a counter come by its channel."""
    if counters.share:
        leaving = issues["channel"] == _row(counters.instead_of, spec)
        leaving &= _happens(issues["luck"], Sorting.COUNTER, counters.share)
        issues["channel"][leaving] = _row(counters.channel, spec)


def _by_camera(issues: np.ndarray, cameras: Cameras, spec: DemandSpec) -> None:
    """Let what an integrated camera sees from the start of the run on be reported by its channel, unless that has been done by then."""
    if not cameras.reporting:
        return
    sees = np.array([cameras.sees.get(category.id, 0) for category in spec.categories])
    seen = (issues["unit"] == 0) & (issues["onset"] >= 0) & (issues["valid"] == 1)
    seen &= _happens(issues["luck"], Sorting.CAMERA, sees[issues["category"]])
    seen &= _happens(issues["luck"], Sorting.CAMERA_INTEGRATED, cameras.integrated)
    instant = issues["onset"] + cameras.delay
    seen &= (issues["report"] < 0) | (instant < issues["report"])
    issues["report"][seen] = instant[seen]
    issues["channel"][seen] = _row(cameras.channel, spec)


def misjudged(
    entries: Entries, errors: SortingErrors, *, luck: Words, category: Ints, tiers: Tiers, spec: DemandSpec
) -> Entries:
    """``entries`` with the targets that desks get wrong; more errors of a kind leave those that there were."""
    if not (errors.over or errors.under):
        return entries
    sorted_at_desk = np.isin(entries.at, (Level.STREET, Level.DISTRICT))
    chance = millionth(mix(luck, Sorting.TRIAGE, 0))
    wrong = 1 * (chance < errors.over) - (chance >= MILLION - errors.under)
    steps = np.where(sorted_at_desk, wrong, 0) * errors.tiers
    target = entries.target.astype(np.int64)
    for row, one in enumerate(spec.categories):
        serving = [LEVELS.index(name) for name in tiers.levels if name != "department" or one.department is not None]
        here = np.flatnonzero((category == row) & (steps != 0) & np.isin(target, serving))
        at = np.searchsorted(serving, target[here]) + steps[here]
        target[here] = np.array(serving)[np.clip(at, 0, len(serving) - 1)]
    return Entries(entries.at, target)


def entered_by_hand(seconds: int, demand: Demand, *, community_of_building: Ints, community: Ints) -> Ints:
    """Admin that entering second reports comes to, the day after each: int32[worker, day]; no rows if it takes no time.

    ``community``: of each worker; any of those of the issue's community does it. What has gone by itself is not entered.
    """
    if not seconds:
        return np.zeros((0, demand.days), np.int32)
    issues = demand.issues
    day = issues["duplicate"] // DAY + 1
    comes = (issues["duplicate"] >= 0) & (day < demand.days)
    comes &= (issues["clear"] < 0) | (issues["duplicate"] < issues["clear"])
    issues, day = issues[comes], day[comes]
    order, here = np.argsort(community, kind="stable"), community_of_building[issues["building"]]
    team = np.bincount(community, minlength=int(community_of_building.max()) + 1)
    clerk = (np.cumsum(team) - team)[here] + below(mix(issues["luck"], Sorting.CLERK, 0), np.maximum(team[here], 1))
    done = team[here] > 0
    work = np.zeros((len(community), demand.days), np.int32)
    np.add.at(work, (order[clerk[done]], day[done]), seconds)
    return work
