"""What becomes of an issue: all its values, looked up from its luck by inversion, each with a word of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.areas import BuildingKind
from sim.model.demand import ISSUE
from sim.model.demand_spec import CategorySpec, DelayedSpec, DemandSpec
from sim.model.distributions import Law
from sim.model.streams import Ints, Value, Words, millionth, mix, uniform
from sim.model.units import MILLION
from sim.model.world import World

Flags = np.ndarray[Any, np.dtype[np.bool_]]

NOT_EVER = 2**62  # an instant that never comes, as long as instants are compared


def issue_values(
    spec: DemandSpec, row: int, world: World, *, luck: Words, onset: Ints, building: Ints, unit: Ints
) -> tuple[np.ndarray, np.ndarray]:
    """The issues of the category in ``row`` at these places: records as ``ISSUES`` with ``NOT_EVER``, and their work."""
    category = spec.categories[row]
    host = world.buildings["kind"][building] == BuildingKind.DEDICATED
    community = world.buildings["community"][building]
    propensity = np.where(host, MILLION, world.communities["propensity"][community].astype(np.int64))
    report = _report(category, luck, onset, propensity)
    channel = _channel(spec, category, luck, host)
    valid = _valid(spec, luck, report, channel)
    columns = {
        "onset": onset,
        "luck": luck,
        "building": building,
        "unit": unit,
        "category": row,
        "channel": channel,
        "valid": valid,
        "report": report,
        "duplicate": _later(category.duplicate, luck, Value.DUPLICATED, Value.DUPLICATED_AFTER, report),
        "clear": np.where(valid, _later(category.clear, luck, Value.CLEARS, Value.CLEARS_AFTER, onset), NOT_EVER),
        "patience": -1 if category.patience is None else _duration(category.patience, luck, Value.PATIENCE),
        "threshold": np.maximum(np.rint(-MILLION * np.log1p(-uniform(mix(luck, Value.THRESHOLD, 0)))), 1),
        **_hardness(category, luck, onset, valid),
    }
    issues = np.empty(len(luck), ISSUE)
    for name in ISSUE.names or ():
        issues[name] = columns[name]
    return issues, _work(category, luck)


def _happens(luck: Words, purpose: Value, chance: Ints | int) -> Flags:
    return millionth(mix(luck, purpose, 0)) < chance


def _duration(law: Law, luck: Words, purpose: Value, k: int = 0) -> Ints:
    return law.quantile(uniform(mix(luck, purpose, k)))


def _later(spec: DelayedSpec | None, luck: Words, purpose: Value, after: Value, since: Ints) -> Ints:
    """When something comes that happens to a share of issues some time after ``since``."""
    instants = np.full(luck.shape, NOT_EVER)
    if spec is not None:
        rows = np.flatnonzero(_happens(luck, purpose, spec.share) & (since < NOT_EVER))
        instants[rows] = since[rows] + _duration(spec.after, luck[rows], after)
    return instants


def _report(category: CategorySpec, luck: Words, onset: Ints, propensity: Ints) -> Ints:
    """When it is reported: more likely where people report more readily."""
    chance = (category.report.share * propensity + MILLION // 2) // MILLION
    rows = np.flatnonzero(_happens(luck, Value.REPORTED, chance))
    instants = np.full(luck.shape, NOT_EVER)
    instants[rows] = onset[rows]
    if category.report.delay is not None:
        instants[rows] += _duration(category.report.delay, luck[rows], Value.REPORT_DELAY)
    return instants


def _channel(spec: DemandSpec, category: CategorySpec, luck: Words, host: Flags) -> Ints:
    """The row of the channel by which it is reported, if it is. Shares are laid end to end in the order of ids."""
    rows = {channel.id: row for row, channel in enumerate(spec.all_channels)}
    shares = sorted((category.report.channels or {spec.reporting_channels[0].id: MILLION}).items())
    ends = np.cumsum([share for _, share in shares])
    chosen = np.searchsorted(ends, millionth(mix(luck, Value.CHANNEL, 0)), side="right")
    channel = np.array([rows[id] for id, _ in shares])[chosen]
    return channel if category.report.host is None else np.where(host, rows[category.report.host], channel)


def _valid(spec: DemandSpec, luck: Words, report: Ints, channel: Ints) -> Flags:
    """Whether there is an issue at all: behind a share of the reports of a channel there is none."""
    invalid = np.array([channel.invalid for channel in spec.all_channels])
    return (report == NOT_EVER) | ~_happens(luck, Value.INVALID, invalid[channel])


def _hardness(category: CategorySpec, luck: Words, onset: Ints, valid: Flags) -> dict[str, Ints]:
    """Severity and difficulty, at first and once worsened, and when it worsens."""
    ends = np.array(category.severity.cumulative)
    severity = np.searchsorted(ends, millionth(mix(luck, Value.SEVERITY, 0)), side="right")
    difficulty = millionth(mix(luck, Value.DIFFICULTY, 0)) + 1
    worsen = np.where(valid, _later(category.worsen, luck, Value.WORSENS, Value.WORSENS_AFTER, onset), NOT_EVER)
    worsens = worsen < NOT_EVER
    more = 0 if category.worsen is None else category.worsen.difficulty
    return {
        "severity": severity,
        "difficulty": difficulty,
        "worsen": worsen,
        "worse_severity": np.maximum(severity - worsens, 0),
        "worse_difficulty": np.minimum(difficulty + worsens * more, MILLION),
    }


def _work(category: CategorySpec, luck: Words) -> np.ndarray:
    """Seconds of work at each level: int32[issue, 5]."""
    laws = category.work.by_level
    work = np.empty((len(luck), len(laws)), np.int32)
    for level, law in enumerate(laws):
        work[:, level] = _duration(law, luck, Value.WORK, level)
    return work
