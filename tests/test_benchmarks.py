"""The benchmarks: the parts that are quick enough, and what measures them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import engines
import measure
import pytest

README = Path(engines.__file__).with_name("README.md").read_text(encoding="utf-8")
STATION = """
name: station
period: {days: 10}
demand: {categories: [{id: job, title: job, rate: 0.7 per hour, work: {grid: {kind: exponential, mean: 1 h}}}]}
"""


@pytest.mark.parametrize("part", ["district", "ladder", "growth", "threads"])
def test_part_gives_figures_that_the_readme_explains(part, tmp_path):
    station = tmp_path / "station.yaml"
    station.write_text(STATION, encoding="utf-8")
    figures = engines.PARTS[part](engines.Task("reference", engines.TINY, str(station), str(station)))
    explained = re.findall(r"`(\w+)`", README)
    for key, value in figures.items():
        assert key in explained
        for number in value.values() if isinstance(value, dict) else [value]:
            assert isinstance(number, str) or number > 0, key


def test_runs_take_turns():
    seen = []
    runs = {"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}
    seconds = measure.take_turns(2, runs, clock=iter(range(100)).__next__)
    assert seen == ["a", "b", "a", "b"]
    assert seconds == {"a": [1, 1], "b": [1, 1]}


def test_ratio_is_of_runs_of_the_same_round():
    assert measure.median_ratio([2, 20, 9], [1, 10, 3]) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_peak_is_of_what_comes_after_forgetting_it():
    block = bytearray(100_000_000)
    del block
    measure.forget_peak()
    before = measure.peak_bytes()
    block = bytearray(20_000_000)
    assert 19_000_000 < measure.peak_bytes() - before < 40_000_000
    assert measure.resident_bytes() <= measure.peak_bytes()
    assert len(block) == 20_000_000  # still there
