"""Calendars: the shifts that a policy names, one calendar for each different one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.engine.make_plan.fill import Ints, fill, firsts, joined
from sim.engine.plan import DAY
from sim.model.calendars import Calendar, build_calendar
from sim.model.meetings import Meetings, meeting_calendar
from sim.model.policies import Policy, Tiers
from sim.model.shifts import ALWAYS, Shifts
from sim.model.units import WorkingSpan

NATURAL = 0  # the calendar that is always open


@dataclass(frozen=True)
class Clocks:
    """Calendars by row; row 0 is always open. ``office``: the row of the clock of working time."""

    shifts: tuple[Shifts | Meetings, ...]
    calendars: tuple[Calendar, ...]
    office: int

    @staticmethod
    def of(policy: Policy, start: date, *, days: int, others: Iterable[Shifts | Meetings] = ()) -> Clocks:
        """The calendars that ``policy`` names, and ``others``. Raises ValueError if public holidays are needed and not known."""
        own = [ALWAYS, policy.tiers.office_shift, policy.staffing.shift, *_own(policy.tiers), *others]
        shifts = tuple(dict.fromkeys(own))
        calendars = tuple(
            meeting_calendar(one, start, days=days)
            if isinstance(one, Meetings)
            else build_calendar(one, start, days=days)
            for one in shifts
        )
        return Clocks(shifts, calendars, shifts.index(policy.tiers.office_shift))

    def row(self, shifts: Shifts | None) -> int:
        """The calendar of these shifts; of the office if there are none of one's own."""
        return self.office if shifts is None else self.shifts.index(shifts)

    def of_meetings(self, meetings: Meetings) -> int:
        """The calendar of these meetings: a second of it is open before each."""
        return self.shifts.index(meetings)

    def of_span(self, span: WorkingSpan | None) -> int:
        """The calendar on which the span counts."""
        return self.office if span is not None and span.working else NATURAL

    def open_by_day(self, shifts: Shifts, *, days: int) -> Ints:
        """Open seconds of each day."""
        calendar, edges = self.calendars[self.row(shifts)], np.arange(days + 1) * DAY
        return calendar.elapsed(edges[:-1], edges[1:])

    def tables(self) -> dict[str, np.ndarray]:
        """The tables ``calendars`` and ``shifts``."""
        counts = np.array([len(calendar) for calendar in self.calendars])
        columns = {
            "start": joined([calendar.starts for calendar in self.calendars]),
            "end": joined([calendar.ends for calendar in self.calendars]),
        }
        return {
            "calendars": fill("calendars", len(counts), {"first": firsts(counts), "count": counts}),
            "shifts": fill("shifts", int(counts.sum()), columns),
        }


def _own(tiers: Tiers) -> Iterator[Shifts]:
    """The shifts of offices that have hours of their own."""
    offices = (tiers.desk, tiers.community, tiers.street, *tiers.departments, tiers.city)
    return (office.shift for office in offices if office is not None and office.shift is not None)
