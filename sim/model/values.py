"""What becomes of an issue: all its values, looked up from its luck by inversion, each with a word of its own.

They are looked up column by column for some issues of one category at a time; ``opening`` says which values come first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.areas import BuildingKind
from sim.model.demand import ISSUE
from sim.model.demand_spec import CategorySpec, DelayedSpec, DemandSpec
from sim.model.distributions import Law
from sim.model.streams import Ints, Value, Words, ends_reached, millionth, mix, uniform
from sim.model.units import MILLION
from sim.model.world import World

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Columns = dict[str, Any]  # name → array: columns of the same issues

NOT_EVER = 2**62  # an instant that never comes, as long as instants are compared


def issue_values(category: CategorySpec, row: int, there: Columns) -> tuple[np.ndarray, np.ndarray]:
    """The issues of the category in ``row``, of which ``still_there`` has said the rest: records as ``ISSUES``, and their work."""
    luck, report = there["luck"], there["report"]
    duplicate = _later(category.duplicate, luck, Value.DUPLICATED, Value.DUPLICATED_AFTER, report)
    columns = {
        **there,
        "category": row,
        "report": _or_never(np.maximum(report, 0)),  # what was to come before second 0 comes then
        "duplicate": _or_never(np.maximum(duplicate, 1)),
        "clear": _or_never(there["clear"]),
        "patience": -1 if category.patience is None else _duration(category.patience, luck, Value.PATIENCE),
        **_hardness(category, there),
    }
    issues = np.empty(len(luck), ISSUE)
    for name in ISSUE.names or ():
        issues[name] = columns[name]
    return issues, _work(category, luck)


def _or_never(instants: Ints) -> Ints:
    return np.where(instants == NOT_EVER, -1, instants)


def reported(category: CategorySpec, world: World, issues: Columns) -> tuple[Flags, Ints]:
    """Whether the host has to report it, and when it is reported: more likely where people report more readily."""
    luck, onset = issues["luck"], issues["onset"]
    host = (world.buildings["kind"] == BuildingKind.DEDICATED)[issues["building"]]
    propensity = world.communities["propensity"].astype(np.int64)
    chances = (category.report.share * propensity + MILLION // 2) // MILLION
    chance = np.where(host, category.report.share, chances[issues["community"]])
    rows = np.flatnonzero(_happens(luck, Value.REPORTED, chance))
    instants = np.full(luck.shape, NOT_EVER)
    instants[rows] = onset[rows]
    if category.report.delay is not None:
        instants[rows] += _duration(category.report.delay, luck[rows], Value.REPORT_DELAY)
    return host, instants


def report_channel(spec: DemandSpec, category: CategorySpec, issues: Columns) -> Ints:
    """The row of the channel by which it is reported, if it is. Shares are laid end to end in the order of ids."""
    rows = {channel.id: row for row, channel in enumerate(spec.all_channels)}
    shares = sorted((category.report.channels or {spec.reporting_channels[0].id: MILLION}).items())
    ends = np.cumsum([share for _, share in shares])
    chosen = ends_reached(ends, millionth(mix(issues["luck"], Value.CHANNEL, 0)))
    channel = np.array([rows[id] for id, _ in shares])[chosen]
    return channel if category.report.host is None else np.where(issues["host"], rows[category.report.host], channel)


def valid(spec: DemandSpec, issues: Columns) -> Flags:
    """Whether there is an issue at all: behind a share of the reports of a channel there is none."""
    invalid = np.array([channel.invalid for channel in spec.all_channels])
    real = np.ones(len(issues["luck"]), bool)
    rows = np.flatnonzero(issues["report"] < NOT_EVER)
    real[rows] = ~_happens(issues["luck"][rows], Value.INVALID, invalid[issues["channel"][rows]])
    return real


def cleared(category: CategorySpec, issues: Columns) -> Ints:
    """When it goes away by itself."""
    instants = _later(category.clear, issues["luck"], Value.CLEARS, Value.CLEARS_AFTER, issues["onset"])
    return np.where(issues["valid"], instants, NOT_EVER)


def notice_threshold(luck: Words) -> Ints:
    """The notice hazard at which it is noticed, from the beginning: exponential, in millionths, at least 1."""
    return np.maximum(np.rint(-MILLION * np.log1p(-uniform(mix(luck, Value.THRESHOLD, 0)))), 1).astype(np.int64)


def _happens(luck: Words, purpose: Value, chance: Ints | int) -> Flags:
    if isinstance(chance, int) and chance == MILLION:
        return np.ones(luck.shape, bool)
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


def _hardness(category: CategorySpec, issues: Columns) -> dict[str, Ints]:
    """Severity and difficulty, at first and once worsened, and when it worsens."""
    luck = issues["luck"]
    severity = ends_reached(category.severity.cumulative, millionth(mix(luck, Value.SEVERITY, 0)))
    difficulty = millionth(mix(luck, Value.DIFFICULTY, 0)) + 1
    worsen = _later(category.worsen, luck, Value.WORSENS, Value.WORSENS_AFTER, issues["onset"])
    worsens = (worsen < NOT_EVER) & issues["valid"]
    more = 0 if category.worsen is None else category.worsen.difficulty
    worse_severity = np.maximum(severity - worsens, 0)
    worse_difficulty = np.minimum(difficulty + worsens * more, MILLION)
    already = worsens & (worsen <= 0)  # it is worse from the first
    return {
        "severity": np.where(already, worse_severity, severity),
        "difficulty": np.where(already, worse_difficulty, difficulty),
        "worsen": np.where(worsens & ~already, worsen, -1),
        "worse_severity": worse_severity,
        "worse_difficulty": worse_difficulty,
    }


def _work(category: CategorySpec, luck: Words) -> np.ndarray:
    """Seconds of work at each level: int32[issue, 5]."""
    laws = category.work.by_level
    work = np.empty((len(luck), len(laws)), np.int32)
    for level, law in enumerate(laws):
        work[:, level] = _duration(law, luck, Value.WORK, level)
    return work
