"""Each known answer of queueing theory beside what a run of the model gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.engines import DEFAULT_ENGINE, Engine
from sim.engine.events import NEVER, EventKind, Level, Outcome
from sim.engine.log import Log
from sim.study.intervals import CONFIDENCE, Interval, interval, t_quantile
from sim.study.replication import simulate_once
from sim.study.verify.answers import Answer
from sim.study.verify.stations import most_customers, scenario_of

HOUR = 3600
MOST_CUSTOMERS = 500_000  # of one replication: more would need much memory
BATCHES = 40  # of one answer, at least
LATE = 0.01  # share of the run at whose end nobody is counted any more, so that all who are counted have left

#: how wide the interval may be on each side, as a share of the answer; and how many standard errors it may miss by
PRECISION = 0.03
MOST_Z = 4


@dataclass(frozen=True)
class TheoryCheck:
    """An answer of theory, and the mean of a simulation with its 95 % interval."""

    answer: Answer
    found: Interval

    @property
    def precision(self) -> float:
        """The half-width of the interval as a share of the answer."""
        return (self.found.high - self.found.mean) / self.answer.value

    @property
    def z(self) -> float:
        """By how many standard errors the mean misses the answer."""
        error = (self.found.high - self.found.mean) / t_quantile(self.found.replications - 1, CONFIDENCE)
        return (self.found.mean - self.answer.value) / error if error else math.inf

    @property
    def holds(self) -> bool:
        """Is the interval narrow enough, and the answer near enough?"""
        return self.precision <= PRECISION and abs(self.z) <= MOST_Z


@dataclass(frozen=True)
class Part:
    """One of the replications in which an answer is simulated."""

    answer: Answer
    replication: int
    replications: int
    engine: Engine = DEFAULT_ENGINE

    def __str__(self) -> str:
        return f"{self.answer.row} ({self.answer.model} {self.answer.params} {self.answer.metric})"


def parts_of(answer: Answer, *, engine: Engine = DEFAULT_ENGINE) -> list[Part]:
    """The replications that an answer takes: none of too many customers, none too long."""
    most = min(MOST_CUSTOMERS, most_customers(answer))
    count = math.ceil(answer.customers / most)
    return [Part(answer, k, count, engine) for k in range(count)]


def batches_of(part: Part) -> list[float]:
    """Simulate a part: the metric in each of its batches of customers, or stretches of time, that follow each other."""
    answer = part.answer
    scenario = scenario_of(answer, customers=answer.customers // part.replications)
    metric = METRICS[answer.metric]
    log = simulate_once(scenario, replication=part.replication, engine=part.engine, events=metric in NEED_EVENTS)
    return metric(Seen(log, math.ceil(BATCHES / part.replications))).tolist()


def check_answer(answer: Answer, batches: Iterable[Sequence[float]]) -> TheoryCheck:
    """An answer beside the mean of the batches of all its parts."""
    return TheoryCheck(answer, interval(value for part in batches for value in part))


class Seen:
    """What was seen of a run: by customer, in hours, and over time; in so many batches."""

    def __init__(self, log: Log, batches: int) -> None:
        self.log, self.batches = log, batches
        self.warm_up, self.horizon = log.plan.rules["warm_up"], log.plan.rules["horizon"]
        cases = log.raw["cases"]
        self.category = log.plan["issues"]["category"][cases["issue"]]
        self.withdrawn = cases["outcome"] == Outcome.WITHDRAWN
        self.known, self.closed = cases["known"], cases["closed"]
        self.begun = np.where(self.withdrawn, cases["closed"], cases["started"])

    def waited(self) -> np.ndarray:
        """Share of customers that waited, by batch."""
        return self.means(self.known, self.begun > self.known)

    def wait(self, among: np.ndarray | None = None) -> np.ndarray:
        """Mean wait, by batch; of those ``among`` the customers."""
        return self.means(self.known, (self.begun - self.known) / HOUR, among)

    def stay(self, among: np.ndarray | None = None) -> np.ndarray:
        """Mean time from arrival to departure, by batch; of those ``among`` the customers."""
        return self.means(self.known, (self.closed - self.known) / HOUR, among)

    def gave_up(self) -> np.ndarray:
        """Share of customers that gave up, by batch."""
        return self.means(self.known, self.withdrawn)

    def means(self, came: np.ndarray, values: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
        """The mean of ``values`` by batch of those who ``came`` in the time that counts."""
        end = self.horizon - LATE * (self.horizon - self.warm_up)
        counted = (came >= self.warm_up) & (came < end) & (True if among is None else among)
        return np.array([batch.mean() for batch in np.array_split(values[counted], self.batches)])

    def present(self, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """The time average of how many are between ``begin`` and ``end``, by stretch of time."""
        edges = np.linspace(self.warm_up, self.horizon, self.batches + 1)
        begins = np.where(begin == NEVER, self.horizon, begin)
        ends = np.where(end == NEVER, self.horizon, end)
        until = [np.clip(edge - begins, 0, ends - begins).sum() for edge in edges]
        return np.diff(until) / np.diff(edges)

    def wait_at(self, level: Level) -> np.ndarray:
        """Mean wait at a level, by batch of those who came to it."""
        events = self.log.raw["events"]
        here = events[events["level"] == level]
        came, began = (_by_case(here[here["kind"] == kind]) for kind in (EventKind.ENTER, EventKind.START))
        came = came[np.isin(came["case"], began["case"])]
        return self.means(came["time"], (began["time"] - came["time"]) / HOUR)


def _by_case(events: np.ndarray) -> np.ndarray:
    return events[np.argsort(events["case"])]


Metric = Callable[[Seen], np.ndarray]

_AT_LEVELS: dict[str, Metric] = {
    "Wq(grid)": lambda seen: seen.wait_at(Level.GRID),
    "Wq(community)": lambda seen: seen.wait_at(Level.COMMUNITY),
    "Wq(street)": lambda seen: seen.wait_at(Level.STREET),
    "Wq(department)": lambda seen: seen.wait_at(Level.DEPARTMENT),
}

METRICS: Mapping[str, Metric] = {
    "P_wait(ErlangC)": Seen.waited,
    "P_wait": Seen.waited,
    "P_abandon": Seen.gave_up,
    "Wq": Seen.wait,
    "E[wait] all": Seen.wait,
    "E[wait | served]": lambda seen: seen.wait(~seen.withdrawn),
    "W": Seen.stay,
    "W(class 1)": lambda seen: seen.stay(seen.category == 0),
    "W(class 2)": lambda seen: seen.stay(seen.category == 1),
    "Lq": lambda seen: seen.present(seen.known, seen.begun),
    "L": lambda seen: seen.present(seen.known, seen.closed),
    **_AT_LEVELS,
}
NEED_EVENTS = frozenset(_AT_LEVELS.values())
