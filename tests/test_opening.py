"""The opening of a run: it begins with as many latent issues as its own policy keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd

import sim
from sim.model.units import DAY

MONTH = 30 * DAY


def latent(issues: pd.DataFrame, start: pd.Timestamp, *, since: int, until: int) -> float:
    """How many of ``issues`` are neither known nor gone, on average between two seconds of the run."""
    onset, known, gone = (
        (issues[name] - start).dt.total_seconds().fillna(np.inf) for name in ("onset", "known", "truly_resolved_at")
    )
    spans = np.minimum(np.minimum(known, gone), until) - np.maximum(onset, since)
    return float(spans.clip(lower=0).sum()) / (until - since)


def test_the_stock_of_changed_records_does_not_drift() -> None:
    """Nearly every answered visit shows one, and half of them go by themselves within eight months: the stock that is slowest to settle."""
    year = {"start": "2021-01-01", "days": 360, "warm_up": "0 d", "history": "730 d"}
    street = sim.load("street").replace(period=year)
    drifts = []
    for replication in range(6):
        issues = sim.simulate_once(street, replication=replication).issues()
        records, start = issues[issues["category"] == "info"], pd.Timestamp(street.period.start)
        first = latent(records, start, since=0, until=MONTH)
        drifts.append(first / latent(records, start, since=6 * MONTH, until=12 * MONTH) - 1)
    assert abs(np.mean(drifts)) < 0.09  # rounds go in turn and find a little more than looks at random would
    assert np.std(drifts, ddof=1) < 0.05
