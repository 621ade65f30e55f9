"""Quantities as people write them: ``30 min``, ``3 working days``, ``35 %``, ``12 per 1000 residents per year``.

Each type below parses such text to a whole number in a stated unit (or a small frozen value), lets through what has
been parsed already, and writes itself as text that parses to the same value again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

MILLION = 1_000_000
DAY = 86_400
YEAR = 365 * DAY
MONTH = YEAR // 12
WORKING_DAY = 8 * 3600  # one working day of a time limit: eight hours of open time
MAX_SECONDS = 100 * YEAR

NUMBER = r"(\d+(?:\.\d+)?(?:[eE]-?\d{1,3})?)"


class Parsed(int):
    """A whole number in its final unit: parsers let it pass, where a bare number would lack its unit."""


def _units(*names: tuple[int, str]) -> dict[str, int]:
    return {name: size for size, words in names for name in words.split()}


TIME_UNITS = _units(
    (1, "s sec second seconds"),
    (60, "min minute minutes"),
    (3600, "h hour hours"),
    (DAY, "d day days"),
    (7 * DAY, "w week weeks"),
)
WORKING_UNITS = _units(
    (60, "minute minutes"),
    (3600, "hour hours"),
    (WORKING_DAY, "day days"),
)
RATE_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": DAY, "week": 7 * DAY, "month": MONTH, "year": YEAR}
LENGTH_UNITS = {"m": 1, "km": 1000}
AREA_UNITS = {"m2": 1, "m²": 1, "ha": 10_000, "km2": MILLION, "km²": MILLION}
SPEED_UNITS = {"m/s": Decimal(1000), "km/h": Decimal(10_000) / 36}


def _unfit(expected: str, value: object, hint: str = "") -> ValueError:
    return ValueError(f"expected {expected}, got {value!r}{hint and f' ({hint})'}")


@dataclass(frozen=True)
class _Quantity:
    """A kind of quantity: how it is written, its units in base units, and the largest that makes sense."""

    expected: str
    units: Mapping[str, int | Decimal]
    bare: str  # how to write a number that came without its unit
    most: int
    most_text: str

    def parse(self, value: object) -> Parsed:
        """The whole number of base units that ``value`` comes to; positive text never comes to nothing."""
        if isinstance(value, Parsed):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool) and value == 0:
            return Parsed(0)
        return self.whole(value, self._amount(value))

    def whole(self, value: object, amount: Decimal) -> Parsed:
        """``amount`` rounded to a whole number; ValueError if it is too small or too large."""
        whole = int(amount.to_integral_value("ROUND_HALF_UP"))
        if amount > 0 and whole == 0:
            raise _unfit(self.expected, value, "too small to count")
        if whole > self.most:
            raise _unfit(self.expected, value, f"at most {self.most_text}")
        return Parsed(whole)

    def _amount(self, value: object) -> Decimal:
        text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        if match := re.fullmatch(rf"{NUMBER}\s*([^\W\d_]+[2²]?(?:/[a-z]+)?)?", text):
            if match[2] is None:
                raise _unfit(self.expected, value, f"unit missing: write {self.bare.format(text)}")
            if match[2] in self.units:
                return Decimal(match[1]) * self.units[match[2]]
        raise _unfit(self.expected, value)


_DURATION = _Quantity(
    "a duration such as 30 min, 2 h or 3 d", TIME_UNITS, "{0} min, {0} h or {0} d", MAX_SECONDS, "36500 d"
)
_SPAN = replace(_DURATION, expected="a span such as 3 working days, 4 working hours, 2 h or 3 d")
_LENGTH = _Quantity("a length such as 200 m or 1.2 km", LENGTH_UNITS, "{0} m or {0} km", 10**6, "1000 km")
_AREA = _Quantity("an area such as 0.06 km2 or 6 ha", AREA_UNITS, "{0} km2 or {0} ha", 10**12, "1000000 km2")
_SPEED = _Quantity("a speed such as 4.5 km/h or 1.2 m/s", SPEED_UNITS, "{0} km/h or {0} m/s", 10**6, "1000 m/s")


def parse_duration(value: object) -> Parsed:
    """Seconds of a text such as ``30 min``, ``1.5 h``, ``2 weeks``; 0 may stand without a unit."""
    return _DURATION.parse(value)


def format_duration(seconds: int) -> str:
    """The duration in the largest unit in which it is a whole number."""
    for size, unit in ((DAY, "d"), (3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _plain(number: Decimal) -> str:
    """The number without exponent and trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _millionths(value: object, expected: str) -> Parsed:
    if isinstance(value, Parsed):
        return value
    if isinstance(value, str) and (match := re.fullmatch(rf"{NUMBER}\s*%", value.strip())):
        return Parsed((Decimal(match[1]) * 10_000).to_integral_value("ROUND_HALF_UP"))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise _unfit(expected, value)
    return Parsed(round(value * MILLION))


def parse_share(value: object) -> Parsed:
    """Millionths of a share such as ``35 %`` or 0.35, between 0 and 1."""
    expected = "a share between 0 and 1, such as 35 % or 0.35"
    share = _millionths(value, expected)
    if share > MILLION:
        raise _unfit(expected, value)
    return share


def format_share(millionths: int) -> str:
    """The share in per cent."""
    return f"{_plain(Decimal(millionths) / 10_000)} %"


def parse_factor(value: object) -> Parsed:
    """Millionths of a factor such as 1.15 or ``115 %``, at least 0."""
    return _millionths(value, "a factor of at least 0, such as 1.15")


def _format_factor(millionths: int) -> float:
    return millionths / MILLION


@dataclass(frozen=True)
class WorkingSpan:
    """A length of time on the clock that counts: office hours (``working``) or the natural clock. In seconds."""

    seconds: int
    working: bool


def parse_working_time(value: object) -> WorkingSpan:
    """A span such as ``3 working days`` (of 8 office hours), ``4 working hours`` or, on the natural clock, ``2 h``."""
    if isinstance(value, WorkingSpan):
        return value
    words = re.fullmatch(rf"{NUMBER}\s*working\s+(\w+)", value.strip()) if isinstance(value, str) else None
    if words is None:
        return WorkingSpan(_SPAN.parse(value), working=False)
    if words[2] not in WORKING_UNITS:
        raise _unfit(_SPAN.expected, value)
    return WorkingSpan(_SPAN.whole(value, Decimal(words[1]) * WORKING_UNITS[words[2]]), working=True)


def format_working_time(span: WorkingSpan) -> str:
    """The span in the largest unit in which it is a whole number."""
    if not span.working:
        return format_duration(span.seconds)
    for size, unit in ((WORKING_DAY, "days"), (3600, "hours")):
        if span.seconds % size == 0:
            return f"{span.seconds // size} working {unit}"
    return f"{_plain(Decimal(span.seconds) / 60)} working minutes"


Per = Literal["resident", "household", "place", "world"]


@dataclass(frozen=True)
class Frequency:
    """How often something comes up: ``amount`` times in ``seconds`` for each resident, household, place or in all."""

    amount: float
    per: Per
    seconds: int

    @property
    def per_day(self) -> float:
        """Expected number a day for each of what it is counted for."""
        return self.amount * DAY / self.seconds


NO_RATE = Frequency(0.0, "world", YEAR)
_RATE = re.compile(
    rf"{NUMBER}\s+(?:per\s+(?:{NUMBER}\s+)?(resident|household|place)s?\s+)?(?:per|an?)\s+({'|'.join(RATE_UNITS)})"
)


def parse_rate(value: object) -> Frequency:
    """A rate such as ``12 per 1000 residents per year`` (of 365 days) or, for the whole world, ``1.6 per hour``."""
    if isinstance(value, Frequency):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and value == 0:
        return NO_RATE
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    size = float(match[2] or 1) if match else 0.0
    if match is None or size == 0 or not float(match[1]) / size < 1e12:
        raise _unfit("a rate such as 12 per 1000 residents per year, 3 per place per year or 1.6 per hour", value)
    per: dict[str | None, Per] = {"resident": "resident", "household": "household", "place": "place", None: "world"}
    return Frequency(float(match[1]) / size, per[match[3]], RATE_UNITS[match[4]])


def format_rate(rate: Frequency) -> str:
    """The rate for one of what it is counted for."""
    unit = next(name for name, seconds in RATE_UNITS.items() if seconds == rate.seconds)
    return f"{rate.amount!r} {'' if rate.per == 'world' else f'per {rate.per} '}per {unit}"


def _text(parse: Callable[[Any], object], write: Callable[[Any], object], schema: dict[str, Any]) -> tuple[Any, ...]:
    """The validator, serialiser and JSON schema of a quantity."""
    return PlainValidator(parse), PlainSerializer(write), WithJsonSchema(schema)


def _schema(*examples: object, kinds: tuple[str, ...] = ("string",)) -> dict[str, Any]:
    return {"type": list(kinds) if len(kinds) > 1 else kinds[0], "examples": list(examples)}


_OR_ZERO = ("string", "number")

Duration = Annotated[int, *_text(parse_duration, format_duration, _schema("30 min", "2 h", "3 d", kinds=_OR_ZERO))]
WorkingTime = Annotated[
    WorkingSpan, *_text(parse_working_time, format_working_time, _schema("3 working days", "2 h", kinds=_OR_ZERO))
]
Share = Annotated[int, *_text(parse_share, format_share, _schema("35 %", 0.35, kinds=_OR_ZERO))]
Factor = Annotated[int, *_text(parse_factor, _format_factor, _schema(1.15, kinds=_OR_ZERO))]
Rate = Annotated[
    Frequency,
    *_text(parse_rate, format_rate, _schema("12 per 1000 residents per year", "1.6 per hour", kinds=_OR_ZERO)),
]
Length = Annotated[int, *_text(_LENGTH.parse, lambda metres: f"{metres} m", _schema("200 m", "1.2 km", kinds=_OR_ZERO))]
Area = Annotated[int, *_text(_AREA.parse, lambda area: f"{area} m2", _schema("0.06 km2", kinds=_OR_ZERO))]
Speed = Annotated[
    int,
    *_text(_SPEED.parse, lambda speed: f"{_plain(Decimal(speed) / 1000)} m/s", _schema("4.5 km/h", kinds=_OR_ZERO)),
]
