"""Shifts as people write them: on which days, from when to when.

``weekdays 08:30-12:00 14:00-18:00``, ``daily 20:00-08:00`` (past midnight), ``mon-fri 09:00-17:00; sat 09:00-12:00``,
``always``. *Weekdays* are the working days of the People's Republic, make-up workdays included, and *weekends* all
other days, public holidays included; ``mon`` … ``sun`` know no holidays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from sim.model.units import DAY

EXPECTED = "a shift such as weekdays 08:30-12:00 14:00-18:00, daily 08:00-20:00 or always"
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS, WEEKENDS, DAILY = "weekdays", "weekends", "daily"

_SPAN = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")


@dataclass(frozen=True)
class DayHours:
    """The hours of some days: ``days`` as written, ``spans`` in seconds of the day (past 86400: of the next day)."""

    days: str
    spans: tuple[tuple[int, int], ...]

    def holds(self, day: date, workday: bool | None) -> bool:
        """Whether they are the hours of ``day``; ``workday``: whether it is one, None if that need not be known."""
        if self.days in (WEEKDAYS, WEEKENDS):
            return workday == (self.days == WEEKDAYS)
        return self.days == DAILY or day.weekday() in _weekdays(self.days)


@dataclass(frozen=True)
class Shifts:
    """Hours of work by the day; none at all: always open."""

    hours: tuple[DayHours, ...] = ()

    def __str__(self) -> str:
        return "; ".join(" ".join([part.days, *map(_format_span, part.spans)]) for part in self.hours) or "always"

    @property
    def uses_holidays(self) -> bool:
        """Whether one has to know which days are public holidays."""
        return any(part.days in (WEEKDAYS, WEEKENDS) for part in self.hours)


ALWAYS = Shifts()


def parse_shifts(value: object) -> Shifts:
    """The shifts that a text says. Raises ValueError with what was expected."""
    if isinstance(value, Shifts):
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected {EXPECTED}, got {value!r}")
    if value.strip() == "always":
        return ALWAYS
    try:
        shifts = Shifts(tuple(_parse_part(part) for part in value.split(";")))
        _check_overlaps(shifts)
    except ValueError as error:
        raise ValueError(f"expected {EXPECTED}, got {value!r} ({error})") from None
    return shifts


def _parse_part(text: str) -> DayHours:
    days, *spans = text.split() or [""]
    if days not in (WEEKDAYS, WEEKENDS, DAILY):
        _weekdays(days)
    if not spans:
        raise ValueError(f"no hours after {days}")
    return DayHours(days, tuple(_parse_span(span) for span in spans))


def _weekdays(days: str) -> set[int]:
    """The weekdays that ``mon-wed,sat`` names; Monday is 0."""
    found: set[int] = set()
    for part in days.split(","):
        first, _, last = part.partition("-")
        if first not in NAMES or (last or first) not in NAMES:
            raise ValueError(f"unknown days {days!r}: write weekdays, weekends, daily, mon-fri or sat,sun")
        length = (NAMES.index(last or first) - NAMES.index(first)) % 7
        found |= {(NAMES.index(first) + i) % 7 for i in range(length + 1)}
    return found


def _parse_span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    clock = [int(number) for number in match.groups()] if match else []
    if not clock or clock[1] > 59 or clock[3] > 59 or clock[0] > 23 or clock[2] * 60 + clock[3] > 24 * 60:
        raise ValueError(f"unknown hours {text!r}: write 08:30-12:00")
    start, end = clock[0] * 3600 + clock[1] * 60, clock[2] * 3600 + clock[3] * 60
    return start, end if end > start else end + DAY


def _format_span(span: tuple[int, int]) -> str:
    start, end = (f"{second // 3600:02}:{second // 60 % 60:02}" for second in (span[0], (span[1] - 1) % DAY + 1))
    return f"{start}-{end}"


def _check_overlaps(shifts: Shifts) -> None:
    """Raise ValueError if hours overlap in any week, whatever the holidays in it."""
    for workdays in (range(7), range(5), ()):
        if any(end > start for (_, end), (start, _) in pairwise(_fortnight(shifts, workdays))):
            raise ValueError("hours overlap")


def _fortnight(shifts: Shifts, workdays: Collection[int]) -> list[tuple[int, int]]:
    """The hours of two weeks that begin on a Monday, in order; ``workdays``: which weekdays are working days."""
    return sorted(
        (start + day * DAY, end + day * DAY)
        for day in range(14)
        for part in shifts.hours
        if part.holds(date(2001, 1, 1 + day), day % 7 in workdays)  # 2001-01-01 was a Monday
        for start, end in part.spans
    )


def never_together(shifts: Sequence[Shifts]) -> bool:
    """Whether people of these shifts are never at work at the same time in a week without holidays."""
    common = [(0, 14 * DAY)]
    for one in shifts:
        hours = _fortnight(one, range(5)) if one.hours else common
        both = [(max(a, c), min(b, d)) for a, b in common for c, d in hours]
        common = [(start, end) for start, end in both if start < end]
    return not common


Shift = Annotated[
    Shifts,
    PlainValidator(parse_shifts, json_schema_input_type=str),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["weekdays 08:30-12:00 14:00-18:00", "always"]}),
]
