"""What became of each issue under one policy and under another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.log import FATES
from sim.study.intervals import t_quantile

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.runs import IssueKeys, Run, Runs

#: what can have become of an issue; the last: it does not arise in that scenario
OUTCOMES = (*FATES, "absent")
ABSENT = OUTCOMES.index("absent")
FLOW_COLUMNS = ("scenario", "category", "outcome_baseline", "outcome_scenario", "issues_mean", "ci_low", "ci_high")
ALL = "(all)"  # stands for all categories together; no category can be called so


def flow_table(baseline: Runs, alternatives: Mapping[str, Runs], *, level: float) -> pd.DataFrame:
    """How many issues end one way under the baseline and another way under each scenario, columns ``FLOW_COLUMNS``.

    Means over replications with t intervals; flows that occur in no replication have no row. All issues of the run
    count, those of the warm-up too. Rows by scenario, category (``ALL`` first), outcomes in the order of ``OUTCOMES``.
    """
    import pandas as pd  # noqa: PLC0415  # takes time to load

    rows = [
        (name, *row)
        for name, runs in alternatives.items()
        for row in _flow_rows(list(zip(baseline.runs, runs.runs, strict=True)), level)
    ]
    return pd.DataFrame(rows, columns=FLOW_COLUMNS)


def _flow_rows(pairs: Sequence[tuple[Run, Run]], level: float) -> Iterator[tuple[object, ...]]:
    """The columns of ``FLOW_COLUMNS`` but the first."""
    names = list(dict.fromkeys(id for pair in pairs for run in pair for id in run.issues.categories))
    counts = np.stack([flows(old, new, names) for old, new in pairs]) if pairs else np.zeros((0, 1, 1, 1), np.int64)
    counts = np.concatenate([counts.sum(axis=1, keepdims=True), counts], axis=1)
    mean, half = _mean_and_half_width(counts, level)
    for at in zip(*np.nonzero(counts.any(axis=0)), strict=True):
        category, old, new = at
        low, high = mean[at] - half[at], mean[at] + half[at]
        ends = OUTCOMES[old], OUTCOMES[new]
        yield [ALL, *names][category], *ends, float(mean[at]), float(np.maximum(low, 0)), float(high)


def _mean_and_half_width(counts: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the first axis and half the width of its t interval (NaN of one replication); from exact whole sums."""
    n = len(counts)
    total = counts.sum(axis=0)
    if n < 2:
        return total / n, np.full(total.shape, np.nan)
    squares = (n * (counts**2).sum(axis=0) - total**2) / (n * n * (n - 1))
    return total / n, t_quantile(n - 1, level) * np.sqrt(squares)


def flows(baseline: Run, scenario: Run, categories: Sequence[str]) -> np.ndarray:
    """How many issues of each category have each pair of outcomes: int64[categories, baseline outcome, scenario outcome].

    Issues are the same if their luck is; the category of one is that of the baseline, or of the scenario if it arises
    there alone. ``categories``: the ids of all categories of both.
    """
    number = {id: at for at, id in enumerate(categories)}
    size = len(OUTCOMES)
    shape = (len(categories), size, size)
    rows = matched(baseline.issues, scenario.issues)
    if rows is None:
        return _count(baseline.issues, number, baseline.fates, scenario.fates, shape)
    there = np.full(baseline.fates.size, ABSENT, np.int8)
    there[rows[0]] = scenario.fates[rows[1]]
    found = _count(baseline.issues, number, baseline.fates, there, shape)
    here = np.full(scenario.fates.size, ABSENT, np.int8)
    here[rows[1]] = baseline.fates[rows[0]]
    only = _count(scenario.issues, number, here, scenario.fates, shape)
    found[:, ABSENT, :] = only[:, ABSENT, :]
    return found


def matched(baseline: IssueKeys, scenario: IssueKeys) -> tuple[np.ndarray, np.ndarray] | None:
    """The rows of the issues that arise on both sides, pair by pair; None if all do, in the same order."""
    if baseline.luck is scenario.luck or np.array_equal(baseline.luck, scenario.luck):
        return None
    old, new = _in_order(baseline.luck), _in_order(scenario.luck)
    ordered, sought = baseline.luck[old], scenario.luck[new]
    at = np.searchsorted(ordered, sought)
    there = np.flatnonzero(at < ordered.size)
    there = there[ordered[at[there]] == sought[there]]
    return old[at[there]], new[there]


def _in_order(luck: np.ndarray) -> np.ndarray:
    """The rows by luck. Sorting words that end in their row is faster than sorting rows; it is right but for freak ties."""
    bits = np.uint64(luck.size.bit_length())
    packed = np.sort(luck >> bits << bits | np.arange(luck.size, dtype=np.uint64))
    rows = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    ordered = luck[rows]
    return np.argsort(luck) if (ordered[1:] < ordered[:-1]).any() else rows


def _count(
    issues: IssueKeys, number: Mapping[str, int], old: np.ndarray, new: np.ndarray, shape: tuple[int, int, int]
) -> np.ndarray:
    """Issues by category, outcome ``old`` and outcome ``new``."""
    row = np.array([number[id] for id in issues.categories], np.int32)
    size = shape[1]
    flat = (row * (size * size))[issues.category] + old * np.int32(size) + new
    return np.bincount(flat, minlength=shape[0] * size * size).reshape(shape)
