"""Windows as people write them: the day on which something begins, by date or counted from the start of the period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, TypeVar

from pydantic import BaseModel, PlainSerializer, PlainValidator, WithJsonSchema

from sim.model.period import parse_date
from sim.model.units import DAY, parse_duration

Place = tuple[str | int, ...]
T = TypeVar("T")

EXPECTED = "a date such as 2021-04-01, or whole days from the start of the period such as 90 d"


@dataclass(frozen=True)
class FirstDay:
    """A day: ``on`` a date, or so many ``days`` after the start of the period."""

    days: int = 0
    on: date | None = None

    def __str__(self) -> str:
        return str(self.on) if self.on else f"{self.days} d"

    def number(self, start: date) -> int:
        """Its number, where the period begins on ``start`` (day 0); negative before it."""
        return (self.on - start).days if self.on else self.days


AT_START = FirstDay()


def _parse_first_day(value: object) -> FirstDay:
    if isinstance(value, FirstDay):
        return value
    try:
        seconds = parse_duration(value)
    except ValueError:
        try:
            return FirstDay(on=parse_date(value))
        except ValueError:
            raise ValueError(f"expected {EXPECTED}, got {str(value)!r}") from None
    if seconds % DAY:
        raise ValueError(f"expected {EXPECTED}, got {value!r}")
    return FirstDay(seconds // DAY)


First = Annotated[
    FirstDay,
    PlainValidator(_parse_first_day, json_schema_input_type=str),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2021-04-01", "90 d"]}),
]


def whole_days(seconds: int) -> int:
    """A duration that has to be whole days. Raises ValueError if it is not."""
    if seconds % DAY:
        raise ValueError("expected whole days, such as 7 d")
    return seconds


def standing_in(kind: type[T], value: object, where: Place = ()) -> list[tuple[Place, T]]:
    """What of that kind (first days, meetings) stands anywhere in ``value``, each with its place."""
    if isinstance(value, kind):
        return [(where, value)]
    items: list[tuple[str | int, object]] = []
    if isinstance(value, BaseModel):
        items = list(value)
    elif isinstance(value, tuple):
        items = list(enumerate(value))
    return [found for name, inner in items for found in standing_in(kind, inner, (*where, name))]
