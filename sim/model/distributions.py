"""Laws of durations: how long something takes, when it does not always take equally long.

This file says what can be written; ``inversion`` says what comes of it (and needs numpy, which reading does not).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator
from pydantic.config import JsonDict

from sim.model.spec import Fault, Number, Spec, TableFile, reject
from sim.model.tables import Table, number, read_table
from sim.model.units import TIME_UNITS, Duration, format_duration

if TYPE_CHECKING:
    from sim.model.streams import Ints, Reals

LONGEST = 2**31 - 1  # s; longer values are cut, so that work fits 32 bits


def _positive(seconds: int) -> int:
    if seconds < 1:
        raise ValueError(f"expected a duration of at least 1 s, got {seconds} s")
    return seconds


PositiveDuration = Annotated[Duration, AfterValidator(_positive)]
_SECONDS: JsonDict = {"unit": "s"}
_RATIO: JsonDict = {"unit": "standard deviation / mean"}


def _mean() -> Any:
    return Field(description="mean duration", json_schema_extra=_SECONDS)


def _cv(most: int) -> Any:
    return Field(gt=0, le=most, description="coefficient of variation", json_schema_extra=_RATIO)


class Law(Spec):
    """A law of durations."""

    def quantile(self, u: Reals) -> Ints:
        """The durations at the chances ``u`` (float64, strictly between 0 and 1) in whole seconds, at least 1.

        They grow with ``u`` and with the law's mean.
        """
        from sim.model.inversion import quantile  # noqa: PLC0415 - numpy is slow to import

        return quantile(self, u)

    @property
    def mean_seconds(self) -> float:
        """The mean in seconds."""
        raise NotImplementedError


class Deterministic(Law):
    """Always equally long."""

    kind: Literal["deterministic"] = "deterministic"
    value: PositiveDuration = Field(description="duration", json_schema_extra=_SECONDS)

    @property
    def mean_seconds(self) -> float:
        return float(self.value)


class Exponential(Law):
    """Exponential: as likely to end in the next minute however long it has lasted."""

    kind: Literal["exponential"] = "exponential"
    mean: PositiveDuration = _mean()

    @property
    def mean_seconds(self) -> float:
        return float(self.mean)


class Lognormal(Law):
    """Lognormal: mostly short, now and then long; the usual law of handling times."""

    kind: Literal["lognormal"] = "lognormal"
    mean: PositiveDuration = _mean()
    cv: Number = _cv(20)

    @property
    def mean_seconds(self) -> float:
        return float(self.mean)


class Uniform(Law):
    """Uniform: anything between two durations, equally likely."""

    kind: Literal["uniform"] = "uniform"
    low: Duration = Field(description="shortest", json_schema_extra=_SECONDS)
    high: PositiveDuration = Field(description="longest", json_schema_extra=_SECONDS)

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low > self.high:
            expected = f"a duration of at least {format_duration(self.low)} (low)"
            reject("uniform", [Fault(("high",), expected, format_duration(self.high))])
        return self

    @property
    def mean_seconds(self) -> float:
        return (self.low + self.high) / 2


class Triangular(Law):
    """Triangular: between two durations, most often near a third; for expert guesses."""

    kind: Literal["triangular"] = "triangular"
    low: Duration = Field(description="shortest", json_schema_extra=_SECONDS)
    mode: Duration = Field(description="most frequent", json_schema_extra=_SECONDS)
    high: PositiveDuration = Field(description="longest", json_schema_extra=_SECONDS)

    @model_validator(mode="after")
    def _ordered(self) -> Triangular:
        if not self.low <= self.mode <= self.high or self.low == self.high:
            expected = f"a duration between {format_duration(self.low)} (low) and {format_duration(self.high)} (high)"
            reject("triangular", [Fault(("mode",), expected, format_duration(self.mode))])
        return self

    @property
    def mean_seconds(self) -> float:
        return (self.low + self.mode + self.high) / 3


class Gamma(Law):
    """Gamma: between exponential (cv 1) and nearly constant (small cv), by a table of its quantiles."""

    kind: Literal["gamma"] = "gamma"
    mean: PositiveDuration = _mean()
    cv: Number = _cv(10)

    @property
    def mean_seconds(self) -> float:
        return float(self.mean)


class Empirical(Law):
    """Empirical: the durations in a column of a CSV file, each as likely as the others."""

    kind: Literal["empirical"] = "empirical"
    file: TableFile = Field(description="CSV file with a header", json_schema_extra={"unit": "path"})
    column: str = Field(description="name of the column", min_length=1, json_schema_extra={"unit": ""})
    unit: str = Field(description="unit of the numbers in it", json_schema_extra={"unit": "s, min, h or d"})

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if unit not in TIME_UNITS:
            raise ValueError(f"expected a unit of time (s, min, h or d), got {unit!r}")
        return unit

    @model_validator(mode="after")
    def _readable(self) -> Empirical:
        self.durations()
        return self

    def durations(self) -> tuple[float, ...]:
        """The durations in the file in seconds, ascending. Raises TableError."""
        return _durations(read_table(self.file, [self.column]), self.column, TIME_UNITS[self.unit])

    @property
    def mean_seconds(self) -> float:
        return math.fsum(self.durations()) / len(self.durations())


def _from_duration(value: object) -> object:
    """A plain duration stands for a law without spread."""
    return value if isinstance(value, dict | Law) else {"kind": "deterministic", "value": value}


_AnyLaw = Annotated[
    Deterministic | Exponential | Lognormal | Uniform | Triangular | Gamma | Empirical, Field(discriminator="kind")
]

#: A law of durations as people write it: a mapping with ``kind``, or a plain duration for one without spread.
Distribution = Annotated[_AnyLaw, BeforeValidator(_from_duration, json_schema_input_type=str | _AnyLaw)]


@lru_cache(maxsize=64)
def _durations(table: Table, column: str, unit: int) -> tuple[float, ...]:
    return tuple(sorted(value * unit for value in table.values(column, number(0, LONGEST // unit))))
