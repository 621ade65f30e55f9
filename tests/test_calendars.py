"""Working time: shifts, Chinese holidays, and adding and counting open seconds."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.calendars import (
    ALWAYS,
    NEVER,
    Calendar,
    build_calendar,
    covered_years,
    is_public_holiday,
    is_workday,
    parse_shifts,
)
from sim.model.shifts import never_together
from sim.model.units import DAY

HOUR = 3600
OFFICE = "weekdays 08:30-12:00 14:00-18:00"


def calendar(shifts: str, start: date = date(2021, 1, 1), days: int = 60, beyond: int = 0) -> Calendar:
    return build_calendar(parse_shifts(shifts), start, days=days, beyond=beyond)


def intervals(of: Calendar) -> list[tuple[int, int]]:
    return list(zip(of.starts.tolist(), of.ends.tolist(), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        OFFICE,
        "always",
        "daily 20:00-08:00",
        "daily 00:00-24:00",
        "mon-fri 09:00-17:00; sat 09:00-12:00",
        "weekends 10:00-12:00; weekdays 08:00-09:00",
        "sat-mon,wed 20:00-08:00",
    ],
)
def test_shifts_are_written_as_they_were_read(text: str) -> None:
    assert str(parse_shifts(text)) == text
    assert parse_shifts(parse_shifts(text)) == parse_shifts(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("weekdays", "no hours after weekdays"),
        ("foo 08:00-09:00", "unknown days 'foo': write weekdays, weekends, daily, mon-fri or sat,sun"),
        ("weekdays 8-9", "unknown hours '8-9': write 08:30-12:00"),
        ("daily 25:00-26:00", "unknown hours '25:00-26:00': write 08:30-12:00"),
        ("daily 08:00-24:01", "unknown hours '08:00-24:01': write 08:30-12:00"),
        ("daily 08:00-10:00 09:00-11:00", "hours overlap"),
        ("daily 20:00-08:00 07:00-09:00", "hours overlap"),
        ("weekdays 20:00-08:00; weekends 07:00-09:00", "hours overlap"),
        ("sat 08:00-09:00; weekends 08:30-09:30", "hours overlap"),
        ("mon 08:00-09:00; weekdays 08:30-09:30", "hours overlap"),
    ],
)
def test_bad_shifts_say_what_was_expected(text: str, hint: str) -> None:
    expected = "a shift such as weekdays 08:30-12:00 14:00-18:00, daily 08:00-20:00 or always"
    with pytest.raises(ValueError, match=f"^{re.escape(f'expected {expected}, got {text!r} ({hint})')}$"):
        parse_shifts(text)


def test_weekdays_keep_public_holidays_and_make_up_workdays() -> None:
    """Spring Festival 2021: off from 11 to 17 February, worked on Sunday the 7th and Saturday the 20th."""
    days = {second // DAY for second, _ in intervals(calendar("weekdays 08:00-12:00", date(2021, 2, 1), 28))}
    assert [day + 1 for day in sorted(days)] == [*range(1, 6), *range(7, 11), *range(18, 21), *range(22, 27)]


def test_weekends_are_all_other_days() -> None:
    both = calendar("weekdays 08:00-12:00; weekends 08:00-12:00", date(2021, 2, 1), 28)
    assert intervals(both) == intervals(calendar("daily 08:00-12:00", date(2021, 2, 1), 28))


def test_named_weekdays_know_no_holidays() -> None:
    days = [second // DAY for second, _ in intervals(calendar("fri,mon 08:00-12:00", date(2030, 1, 4), 8))]
    assert days == [0, 3, 7]  # 2030-01-04 is a Friday; the year is not covered


def test_a_night_shift_reaches_into_the_first_day_and_past_midnight() -> None:
    assert intervals(calendar("daily 20:00-08:00", days=2)) == [
        (0, 8 * HOUR),
        (20 * HOUR, 32 * HOUR),
        (44 * HOUR, 56 * HOUR),
    ]


def test_a_shift_round_the_clock_is_still_a_shift_a_day() -> None:
    assert intervals(calendar("daily 00:00-24:00", days=3)) == [(0, DAY), (DAY, 2 * DAY), (2 * DAY, 3 * DAY)]


def test_the_calendar_goes_on_beyond_the_run() -> None:
    assert build_calendar(parse_shifts(OFFICE), date(2021, 1, 1), days=365).ends[-1] > (365 + 390) * DAY


@pytest.mark.parametrize(
    ("start", "days", "years"),
    [(date(2003, 12, 31), 1, "2003"), (date(2003, 12, 31), 2, "2003 to 2004"), (date(2100, 1, 1), 9, "2100")],
)
def test_years_without_known_holidays_are_refused_and_the_covered_ones_named(
    start: date, days: int, years: str
) -> None:
    first, last = covered_years()
    message = f"expected days in the years {first} to {last}, whose public holidays are known, got {years}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        calendar(OFFICE, start, days)


def test_a_calendar_that_never_opens_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^expected hours of the shift sat 09:00-12:00 within 2 d from 2021-01-03, got none$"
    ):
        calendar("sat 09:00-12:00", date(2021, 1, 3), days=2)


def test_beyond_the_run_unknown_holidays_are_guessed() -> None:
    _, last = covered_years()
    longer = calendar("weekdays 08:00-12:00", date(last, 12, 1), 31, beyond=60)
    after = [date.fromordinal(date(last, 12, 1).toordinal() + s // DAY) for s in longer.starts.tolist()]
    assert all(day.weekday() < 5 for day in after if day.year > last)
    assert any(day.year > last for day in after)


def test_holidays_are_not_asked_for_by_who_needs_none() -> None:
    program = (
        "import sys; from datetime import date; from sim.model.calendars import *;"
        "build_calendar(parse_shifts('always'), date(2100, 1, 1), days=9);"
        "build_calendar(parse_shifts('daily 08:00-20:00'), date(2100, 1, 1), days=9);"
        "sys.exit('chinese_calendar' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_workdays_and_holidays() -> None:
    assert is_workday(date(2021, 2, 7))
    assert not is_workday(date(2021, 2, 11))
    assert is_public_holiday(date(2021, 10, 2))
    assert not is_public_holiday(date(2021, 2, 6))


@pytest.mark.parametrize(
    ("shifts", "apart"),
    [
        ([], False),
        (["always", "always"], False),
        (["always", "sat 09:00-11:00"], False),
        (["weekdays 09:00-12:00"], False),
        (["weekdays 09:00-12:00", "daily 11:59-13:00"], False),
        (["weekdays 09:00-12:00", "daily 12:00-13:00"], True),
        (["mon-fri 09:00-17:00", "weekends 09:00-17:00"], True),
        (["mon-fri 09:00-12:00", "weekdays 09:00-12:00"], False),
        (["sat 09:00-17:00", "weekdays 09:00-17:00"], True),  # though some Saturdays are working days
        (["fri 20:00-08:00", "sat 07:00-09:00"], False),  # the night of Friday
        (["sun 20:00-08:00", "mon 07:00-09:00"], False),  # that into the next week
        (["sun 20:00-08:00", "mon 08:00-09:00"], True),
        (["daily 09:00-12:00", "daily 11:00-14:00", "daily 13:00-16:00"], True),  # each two, but not all three
        (["daily 09:00-14:00", "daily 11:00-15:00", "daily 13:00-16:00", "always"], False),
        (["daily 09:00-10:00 14:00-15:00", "daily 08:00-09:00 14:59-16:00"], False),
    ],
)
def test_whether_people_are_ever_at_work_at_the_same_time(shifts: list[str], apart: bool) -> None:
    assert never_together([parse_shifts(text) for text in shifts]) == apart
    assert never_together([parse_shifts(text) for text in shifts[::-1]]) == apart


def slow_add(of: list[tuple[int, int]], t: int, seconds: int) -> int:
    """Second by second."""
    open_seconds = {second for start, end in of for second in range(start, end)}
    last = max(open_seconds)
    while seconds:
        if t > last:
            return NEVER
        seconds -= t in open_seconds
        t += 1
    return t


few_intervals = st.lists(st.integers(-5, 40), min_size=2, max_size=8, unique=True).map(
    lambda cuts: list(zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False))
)


@given(few_intervals, st.integers(-10, 50), st.integers(0, 30))
def test_add_is_what_counting_second_by_second_gives(of: list[tuple[int, int]], t: int, seconds: int) -> None:
    starts, ends = np.array(of).T
    assert Calendar.of(starts, ends).add(t, seconds) == slow_add(of, t, seconds)


@given(few_intervals, st.integers(-10, 50), st.integers(-10, 50))
def test_elapsed_counts_open_seconds(of: list[tuple[int, int]], a: int, b: int) -> None:
    starts, ends = np.array(of).T
    a, b = sorted([a, b])
    between = sum(start <= second < end for start, end in of for second in range(a, b))
    it = Calendar.of(starts, ends)
    assert (it.elapsed(a, b), it.elapsed(b, a)) == (between, -between)


def test_add_and_elapsed_take_whole_columns() -> None:
    office = calendar(OFFICE, date(2021, 1, 4))
    nine, noon, two = 9 * HOUR, 12 * HOUR, 14 * HOUR
    assert office.add([nine, noon, noon + 1, 0], [3 * HOUR, 0, 1, 3 * HOUR + 1800]).tolist() == [
        noon,
        noon,
        two + 1,
        noon,
    ]
    assert office.add(0, [7 * HOUR + 1800, 10**9]).tolist() == [18 * HOUR, NEVER]
    assert office.elapsed(nine, [noon, two, two + 60, DAY]).tolist() == [3 * HOUR, 3 * HOUR, 3 * HOUR + 60, 7 * HOUR]
    assert office.is_open([nine, noon, two - 1, two]).tolist() == [True, False, False, True]


def test_always_is_the_natural_clock() -> None:
    always = build_calendar(ALWAYS, date(2021, 1, 1), days=3)
    assert always.always
    assert always.add([-5, 7], 10**7).tolist() == [10**7 - 5, 10**7 + 7]
    assert always.elapsed(-5, 7) == 12


@pytest.mark.parametrize(("starts", "ends"), [([0, 5], [6, 9]), ([3], [3]), ([5, 0], [6, 1]), ([0, 1], [1])])
def test_a_calendar_of_anything_else_is_refused(starts: list[int], ends: list[int]) -> None:
    with pytest.raises(ValueError, match="not empty, do not overlap and ascend"):
        Calendar.of(np.array(starts), np.array(ends))
