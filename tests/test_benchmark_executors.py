"""The benchmark of executors: its parts at small sizes, and the README that explains their figures."""

from __future__ import annotations

import re
from pathlib import Path

import executors
import pytest

README = Path(executors.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_every_figure_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "find_spec", lambda name: None)  # a cluster takes long to start
    monkeypatch.setattr(executors, "SECONDS", 0.02)
    figures = executors.overheads(4) | executors.runs({"theory/mmc": 1})
    explained = re.findall(r"`(\w+)`", README)
    assert all(key.replace("theory/mmc", "street") in explained for key in figures)
    assert figures["tasks_ideal_s"] == 4 * 0.02 / 2
    assert figures["overhead_threads"] > -0.01
    assert all(rate > 0 for rate in figures["theory/mmc_runs_per_min"].values())


def test_a_task_takes_as_long_as_it_should() -> None:
    _, seconds = executors.measure.timed(lambda: executors.work(0.05), executors.measure.wall)
    assert 0.05 <= seconds < 0.5
