"""Meetings as people write them: instants at which what has waited is decided together.

``every 14 d at 09:00`` (the first one so many days after the start of the period), ``mon at 09:00``, ``mon,thu at 14:30``. Where public holidays are known, a
meeting on a day that is not a working day is held on the next working day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated

import numpy as np
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from sim.model.calendars import BEYOND, Calendar, covered_years, is_workday
from sim.model.shifts import NAMES
from sim.model.units import DAY

LONGEST = 366  # days from one meeting to the next: less than a calendar covers beyond the run
EXPECTED = f"meetings such as every 14 d at 09:00 (at most {LONGEST} d) or mon,thu at 09:00"
_TEXT = re.compile(r"(?:every (\d+) d|([a-z,]+)) at (\d{1,2}):(\d\d)")


@dataclass(frozen=True)
class Meetings:
    """Every so many days, or on these days of the week (0 = Monday), at a second of the day."""

    at: int
    every: int | None = None
    weekdays: tuple[int, ...] = ()

    def __str__(self) -> str:
        days = f"every {self.every} d" if self.every else ",".join(NAMES[day] for day in self.weekdays)
        return f"{days} at {self.at // 3600:02}:{self.at // 60 % 60:02}"

    def falls_on(self, day: int, weekday: int) -> bool:
        """Whether one is planned for the day of that number from the start of the period."""
        return day > 0 and day % self.every == 0 if self.every else weekday in self.weekdays


def parse_meetings(value: object) -> Meetings:
    """The meetings that a text says. Raises ValueError with what was expected."""
    if isinstance(value, Meetings):
        return value
    match = _TEXT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"expected {EXPECTED}, got {value!r}")
    every, days, hours, minutes = match.groups()
    names = days.split(",") if days else []
    if int(hours) > 23 or int(minutes) > 59 or (every and not 1 <= int(every) <= LONGEST) or set(names) - set(NAMES):
        raise ValueError(f"expected {EXPECTED}, got {value!r}")
    at = int(hours) * 3600 + int(minutes) * 60
    return Meetings(at, int(every) if every else None, tuple(sorted({NAMES.index(name) for name in names})))


@lru_cache(maxsize=64)
def meeting_calendar(meetings: Meetings, start: date, *, days: int, beyond: int = BEYOND) -> Calendar:
    """The calendar that is open for the last second before each meeting: one second of open time from now ends at the next one.

    Raises ValueError if there is no meeting within the ``days`` and ``beyond``: no intervals would mean always.
    """
    held = days_held(meetings, start, days=days + beyond)
    instants = np.array([day * DAY + meetings.at for day in held if day * DAY + meetings.at > 0], np.int64)
    if not instants.size:
        raise ValueError(f"expected a meeting ({meetings}) within {days + beyond} d from {start}, got none")
    return Calendar.of(instants - 1, instants)


def days_held(meetings: Meetings, start: date, *, days: int) -> list[int]:
    """The days on which meetings planned within the ``days`` from ``start`` are held, counted from there."""
    return sorted({_day_held(start, day) for day in _planned(meetings, start, days)})


def _planned(meetings: Meetings, start: date, days: int) -> Iterator[int]:
    return (day for day in range(days) if meetings.falls_on(day, (start + timedelta(days=day)).weekday()))


def _day_held(start: date, day: int) -> int:
    """The day itself, or the next working day."""
    first, last = covered_years()
    while first <= (held := start + timedelta(days=day)).year <= last and not is_workday(held):
        day += 1
    return day


Meeting = Annotated[
    Meetings,
    PlainValidator(parse_meetings, json_schema_input_type=str),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["every 14 d at 09:00", "mon at 09:00"]}),
]
