"""The known answers of queueing theory, one a row of ``oracles.csv``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("oracles.csv")

Parameters = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Answer:
    """One metric of one model, and what theory says it is.

    ``row``: its number in the table, from 1, and the seed with which it is simulated; ``params``: as written; ``customers``: how many are
    simulated, 0 if the model has no place in gridgov. Rates are per hour, times in hours.
    """

    row: int
    model: str
    params: str
    metric: str
    value: float
    customers: int

    @property
    def parameters(self) -> Parameters:
        """The parameters by name; those of several classes or stations have as many values."""
        pairs = (pair.split("=") for pair in self.params.split(";"))
        return {name: tuple(float(part) for part in text.strip("[]").split(",")) for name, text in pairs}


def answers() -> tuple[Answer, ...]:
    """The known answers that gridgov is held against."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [_answer(number, row) for number, row in enumerate(csv.DictReader(file), start=1)]
    return tuple(row for row in rows if row.customers)


def _answer(number: int, row: Mapping[str, str]) -> Answer:
    names = (row["model"], row["params"], row["metric"])
    return Answer(number, *names, float(row["value"]), int(row["customers"]))
