"""Working time: which seconds count, by shifts, public holidays and make-up workdays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.model.shifts import ALWAYS, Shift, Shifts, parse_shifts
from sim.model.units import DAY

__all__ = [
    "ALWAYS",
    "BEYOND",
    "NEVER",
    "Calendar",
    "Shift",
    "Shifts",
    "build_calendar",
    "covered_years",
    "is_public_holiday",
    "is_workday",
    "parse_shifts",
]

Ints = np.ndarray[Any, np.dtype[np.int64]]

NEVER = -1
BEYOND = 400  # days after the run that a calendar covers, so that limits set in it can be computed


@dataclass(frozen=True)
class Calendar:
    """When it is open: disjoint intervals ``[start, end)`` in ascending order, in seconds; without any, always.

    ``starts``, ``ends``: int64, read-only; ``opened[i]``: open seconds up to the end of interval i.
    """

    starts: Ints
    ends: Ints
    opened: Ints

    @staticmethod
    def of(starts: Ints, ends: Ints) -> Calendar:
        """The calendar of these intervals. Raises ValueError if they overlap, are empty or out of order."""
        starts, ends = np.array(starts, np.int64), np.array(ends, np.int64)
        if starts.shape != ends.shape or (starts >= ends).any() or (starts[1:] < ends[:-1]).any():
            raise ValueError("expected intervals that are not empty, do not overlap and ascend")
        opened = np.cumsum(ends - starts)
        for array in (starts, ends, opened):
            array.flags.writeable = False
        return Calendar(starts, ends, opened)

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return not self.starts.size

    def __len__(self) -> int:
        return self.starts.size

    def add(self, t: ArrayLike, seconds: ArrayLike) -> Ints:
        """The first instants at which so many open seconds have passed since ``t``; -1 (never) beyond the last interval.

        ``t`` and ``seconds`` (0 or more) broadcast. An end of an interval comes before the start of the next one.
        """
        t, seconds = np.broadcast_arrays(np.asarray(t, np.int64), np.asarray(seconds, np.int64))
        if self.always:
            return t + seconds
        wanted = self._until(t) + seconds
        row = np.searchsorted(self.opened, wanted)
        inside = np.minimum(row, len(self) - 1)
        instant = self.ends[inside] - (self.opened[inside] - wanted)
        return np.where(seconds == 0, t, np.where(row < len(self), instant, NEVER))

    def elapsed(self, a: ArrayLike, b: ArrayLike) -> Ints:
        """The open seconds between the instants ``a`` and ``b`` (they broadcast; negative if ``b`` is earlier)."""
        a, b = np.asarray(a, np.int64), np.asarray(b, np.int64)
        return b - a if self.always else self._until(b) - self._until(a)

    def is_open(self, t: ArrayLike) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether the second that begins at ``t`` counts."""
        return self.elapsed(t, np.asarray(t) + 1) == 1

    def _until(self, t: Ints) -> Ints:
        """Open seconds before ``t``."""
        row = np.searchsorted(self.starts, t, side="right") - 1
        inside = np.maximum(row, 0)
        closing = np.maximum(self.ends[inside] - np.maximum(t, self.starts[inside]), 0)
        return np.where(row < 0, 0, self.opened[inside] - closing)


@lru_cache(maxsize=64)
def build_calendar(shifts: Shifts, start: date, *, days: int, beyond: int = BEYOND) -> Calendar:
    """The calendar of ``shifts`` from midnight of ``start`` (second 0) over ``days`` and ``beyond``.

    Raises ValueError if the holidays of the ``days`` are needed and not known (beyond them, Monday to Friday count as
    weekdays where they are not), and if it would never open: no intervals would mean always.
    """
    intervals = [(max(a, 0), b) for a, b in sorted(_intervals(shifts, start, days, days + beyond)) if b > 0]
    if shifts.hours and not intervals:
        raise ValueError(f"expected hours of the shift {shifts} within {days + beyond} d from {start}, got none")
    starts, ends = np.array(intervals, np.int64).reshape(-1, 2).T
    return Calendar.of(starts, ends)


def _intervals(shifts: Shifts, start: date, known: int, days: int) -> Iterator[tuple[int, int]]:
    """The open intervals from the day before on, so that a night shift reaches into the first day."""
    if shifts.uses_holidays:
        check_holidays(start, known)
    for i in range(-1 if shifts.hours else 0, days):
        day = start + timedelta(days=i)
        workday = _workday_or_guess(day) if shifts.uses_holidays else None
        for part in shifts.hours:
            if part.holds(day, workday):
                yield from ((i * DAY + first, i * DAY + last) for first, last in part.spans)


@cache
def covered_years() -> tuple[int, int]:
    """The first and the last year whose public holidays are known (package ``chinesecalendar``)."""
    from chinese_calendar.constants import holidays  # noqa: PLC0415 - not needed by who asks for no holidays

    return min(holidays).year, max(holidays).year


def check_holidays(start: date, days: int) -> None:
    """Raise ValueError, with the years covered, if a holiday of the ``days`` from ``start`` is not known."""
    first, last = covered_years()
    end = start + timedelta(days=days - 1)
    if not first <= start.year <= end.year <= last:
        years = str(start.year) if start.year == end.year else f"{start.year} to {end.year}"
        raise ValueError(f"expected days in the years {first} to {last}, whose public holidays are known, got {years}")


def is_workday(day: date) -> bool:
    """Whether people go to work: not on weekends and public holidays, but on make-up workdays. ``day`` is covered."""
    from chinese_calendar.constants import holidays, workdays  # noqa: PLC0415 - see covered_years

    return day in workdays or (day.weekday() < 5 and day not in holidays)


def is_public_holiday(day: date) -> bool:
    """Whether it is a day of a public holiday, weekend days within it included. ``day`` is in a covered year."""
    from chinese_calendar.constants import holidays  # noqa: PLC0415 - see covered_years

    return day in holidays


def _workday_or_guess(day: date) -> bool:
    first, last = covered_years()
    return is_workday(day) if first <= day.year <= last else day.weekday() < 5
