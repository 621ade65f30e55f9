"""The engine against queueing theory: the known answers of ``data/oracles.csv`` with utilisation up to 0.8.

One run a model, of 200,000 customers or more, through scenario files; its seed is the number of the model's first row. The error of a mean is that
of 40 batch means; each answer has to lie within 4 of them. Loss and finite-queue rows have no place in the model (nobody is
turned away at a grid), rows of higher utilisation would take longer than a test may.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import sim
from scenarios import scenario
from sim.engine.events import NEVER, Outcome

CUSTOMERS = 204_000
WARM_UP = 0.02
BATCHES = 40
HOUR = 3600
MODELS = ("M/M/c", "M/M/c+M (Erlang-A)", "M/G/1", "M/G/1 non-preemptive priority", "M/M/1 preemptive-resume priority")


def _list(text: str) -> list[float]:
    return [float(part) for part in text.strip("[]").split(",")]


def _parameters(text: str) -> dict[str, list[float]]:
    return {name: _list(value) for name, value in (pair.split("=") for pair in text.split(";"))}


def _utilisation(model: str, given: Mapping[str, list[float]]) -> float:
    return sum(a / m for a, m in zip(given["lambda"], given["mu"], strict=True)) / given.get("c", [1])[0]


def _rows() -> list[tuple[int, str, str, str, float]]:
    with open(Path(__file__).parent / "data" / "oracles.csv", encoding="utf-8") as file:
        rows = [
            (number, row["model"], row["params"], row["metric"], float(row["value"]))
            for number, row in enumerate(csv.DictReader(file), start=1)
        ]
    return [row for row in rows if row[1] in MODELS and _utilisation(row[1], _parameters(row[2])) <= 0.8 + 1e-9]


def _groups() -> dict[tuple[str, str], tuple[int, list[tuple[str, float]]]]:
    groups: dict[tuple[str, str], tuple[int, list[tuple[str, float]]]] = {}
    for number, model, params, metric, value in _rows():
        groups.setdefault((model, params), (number, []))[1].append((metric, value))
    return groups


def scenario_text(model: str, params: str, seed: int) -> str:
    """The model as a scenario file: one hour is the unit of time."""
    given = _parameters(params)
    rates, means = given["lambda"], [1 / mu for mu in given["mu"]]
    spread = given.get("cv", [1.0] * len(rates))
    days = int(CUSTOMERS / sum(rates) / 24) + 1
    law = "deterministic, value: {m} h" if spread[0] == 0 else "lognormal, mean: {m} h, cv: {cv}"
    markov = model.startswith("M/M")
    categories = "".join(
        f"    - id: class{k + 1}\n"
        f"      title: class {k + 1}\n"
        f"      rate: {rate} per hour\n"
        f"      severity: {'urgent' if k == 0 and len(rates) > 1 else 'ordinary'}\n"
        f"      work: {{grid: {{kind: {('exponential, mean: {m} h' if markov else law).format(m=mean, cv=cv)}}}}}\n"
        + (f"      patience: {{kind: exponential, mean: {1 / given['theta'][0]} h}}\n" if "theta" in given else "")
        for k, (rate, mean, cv) in enumerate(zip(rates, means, spread, strict=True))
    )
    preempt = "urgent" if "preemptive-resume" in model else "none"
    return (
        f"name: theory\nseed: {seed}\nperiod: {{days: {days}, warm_up: {int(days * WARM_UP)} d}}\n"
        f"demand:\n  categories:\n{categories}"
        f"policy:\n  staffing: {{kind: community_pool, workers: {int(given.get('c', [1])[0])}}}\n"
        f"  dispatch: {{kind: fifo, preempt: {preempt}}}\n"
    )


class Station:
    """What was seen of a run: series by customer and integrals over time, in hours."""

    def __init__(self, text: str) -> None:
        log = sim.simulate_once(scenario(text))
        cases, self.warm_up, self.horizon = log.raw["cases"], log.plan.rules["warm_up"], log.plan.rules["horizon"]
        self.category = log.plan["issues"]["category"][cases["issue"]]
        self.withdrawn = cases["outcome"] == Outcome.WITHDRAWN
        self.known = cases["known"]
        self.begun = np.where(self.withdrawn, cases["closed"], cases["started"])
        self.closed = cases["closed"]
        self.done = (cases["closed"] != NEVER) & (cases["known"] >= self.warm_up)

    def mean(self, series: np.ndarray, among: np.ndarray | None = None) -> tuple[float, float]:
        """Mean and standard error of a series by customer, from batch means."""
        kept = series[self.done if among is None else self.done & among]
        return _mean_of([batch.mean() for batch in np.array_split(kept, BATCHES)])

    def time_average(self, begin: np.ndarray, end: np.ndarray) -> tuple[float, float]:
        """Mean and standard error over time of how many are between ``begin`` and ``end``."""
        edges = np.linspace(self.warm_up, self.horizon, BATCHES + 1)
        ends = np.where(end == NEVER, self.horizon, end)
        inside = [np.clip(edge - begin, 0, ends - begin).sum() for edge in edges]
        return _mean_of(np.diff(inside) / np.diff(edges))


def _mean_of(batches: np.ndarray | list[float]) -> tuple[float, float]:
    return float(np.mean(batches)), float(np.std(batches, ddof=1) / np.sqrt(len(batches)))


METRICS: dict[str, Callable[[Station], tuple[float, float]]] = {
    "P_wait(ErlangC)": lambda s: s.mean(s.begun > s.known),
    "P_wait": lambda s: s.mean(s.begun > s.known),
    "Wq": lambda s: s.mean((s.begun - s.known) / HOUR),
    "W": lambda s: s.mean((s.closed - s.known) / HOUR),
    "Lq": lambda s: s.time_average(s.known, s.begun),
    "L": lambda s: s.time_average(s.known, s.closed),
    "P_abandon": lambda s: s.mean(s.withdrawn),
    "E[wait | served]": lambda s: s.mean((s.begun - s.known) / HOUR, ~s.withdrawn),
    "E[wait] all": lambda s: s.mean((s.begun - s.known) / HOUR),
    "W(class 1)": lambda s: s.mean((s.closed - s.known) / HOUR, s.category == 0),
    "W(class 2)": lambda s: s.mean((s.closed - s.known) / HOUR, s.category == 1),
}


@pytest.mark.slow
@pytest.mark.parametrize(("model", "params"), list(_groups()))
def test_known_answers(model: str, params: str) -> None:
    seed, answers = _groups()[model, params]
    station = Station(scenario_text(model, params, seed))
    assert station.done.sum() >= 0.98 * 200_000
    misses = []
    for metric, answer in answers:
        mean, error = METRICS[metric](station)
        if abs(mean - answer) > 4 * error:
            misses.append(f"{metric}: expected {answer:.4f}, got {mean:.4f} ± {error:.4f}")
    assert not misses


def test_all_models_of_the_table_are_tried() -> None:
    assert len(_groups()) == 12
    assert {model for model, _ in _groups()} == set(MODELS)


@cache
def _busy_station() -> Station:
    return Station(scenario_text("M/M/c", "lambda=2.4;mu=1;c=3", 1).replace("days: 3542", "days: 500"))


def test_littles_law() -> None:
    """The mean number in the station is the arrival rate times the mean time in it."""
    station = _busy_station()
    present, _ = station.time_average(station.known, station.closed)
    after = station.known >= station.warm_up
    rate = after.sum() / ((station.horizon - station.warm_up) / HOUR)
    stay, error = station.mean((station.closed - station.known) / HOUR)
    assert present == pytest.approx(rate * stay, rel=0.02)
    assert error > 0


def test_jackson_chain() -> None:
    """Each station of a Jackson network is an M/M/c of its own: its share of the arrivals, and their mean wait."""
    text = (Path(__file__).parents[1] / "scenarios" / "theory" / "jackson.yaml").read_text(encoding="utf-8")
    log = sim.simulate_once(scenario(text.replace("days: 400", "days: 4000")), events=True)
    events = log.raw["events"]
    enters = events[events["kind"] == 4]
    starts = events[events["kind"] == 7]
    for level, wait in {0: 3.0, 1: 3.11538, 2: 3.375}.items():
        came, went = enters[enters["level"] == level], starts[starts["level"] == level]
        came, went = came[np.argsort(came["case"])], went[np.argsort(went["case"])]
        came = came[np.isin(came["case"], went["case"])]
        waits = (went["time"] - came["time"]) / HOUR
        mean, error = _mean_of([batch.mean() for batch in np.array_split(waits, BATCHES)])
        assert abs(mean - wait) <= 4 * error, (level, mean, error)
