"""Quantities as people write them: what they come to, how they are written back, and what is said of slips."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.model.spec import Id, Spec, Title
from sim.model.units import (
    DAY,
    MONTH,
    YEAR,
    Area,
    Duration,
    Factor,
    Frequency,
    Length,
    Rate,
    Share,
    Speed,
    WorkingSpan,
    WorkingTime,
    format_duration,
    format_rate,
    format_share,
    format_working_time,
    parse_duration,
    parse_rate,
    parse_share,
    parse_working_time,
)


class Quantities(Spec):
    duration: Duration = 0
    working: WorkingTime = WorkingSpan(0, working=False)
    share: Share = 0
    factor: Factor = 0
    rate: Rate = Frequency(0.0, "world", YEAR)
    length: Length = 0
    area: Area = 0
    speed: Speed = 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30 min", 1800),
        ("2h", 7200),
        ("1 d", DAY),
        ("1.5 h", 5400),
        ("45 s", 45),
        ("2 weeks", 14 * DAY),
        ("  3   days ", 3 * DAY),
        ("0.35 h", 1260),
        ("1e2 s", 100),
        (0, 0),
        (0.0, 0),
        ("0 d", 0),
    ],
)
def test_duration(text: object, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("3 hh", "expected a duration such as 30 min, 2 h or 3 d, got '3 hh'"),
        (5, "expected a duration such as 30 min, 2 h or 3 d, got 5 (unit missing: write 5 min, 5 h or 5 d)"),
        ("5", "expected a duration such as 30 min, 2 h or 3 d, got '5' (unit missing: write 5 min, 5 h or 5 d)"),
        ("0.1 s", "expected a duration such as 30 min, 2 h or 3 d, got '0.1 s' (too small to count)"),
        ("1e300 d", "expected a duration such as 30 min, 2 h or 3 d, got '1e300 d' (at most 36500 d)"),
        ("-3 h", "expected a duration such as 30 min, 2 h or 3 d, got '-3 h'"),
        ("3 m", "expected a duration such as 30 min, 2 h or 3 d, got '3 m'"),
        (True, "expected a duration such as 30 min, 2 h or 3 d, got True"),
        (None, "expected a duration such as 30 min, 2 h or 3 d, got None"),
        ([], "expected a duration such as 30 min, 2 h or 3 d, got []"),
    ],
)
def test_bad_durations_say_what_was_expected(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_duration(value)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("3 working days", WorkingSpan(3 * 8 * 3600, working=True)),
        ("1 working day", WorkingSpan(8 * 3600, working=True)),
        ("4 working hours", WorkingSpan(4 * 3600, working=True)),
        ("90 working minutes", WorkingSpan(90 * 60, working=True)),
        ("2 h", WorkingSpan(7200, working=False)),
        (0, WorkingSpan(0, working=False)),
    ],
)
def test_working_time(text: object, span: WorkingSpan) -> None:
    assert parse_working_time(text) == span


@pytest.mark.parametrize("value", ["3 workdays", "3 working weeks", 5, "working days", "0.00001 working minutes"])
def test_bad_working_times(value: object) -> None:
    with pytest.raises(ValueError, match=r"^expected a span such as 3 working days, 4 working hours, 2 h or 3 d, got "):
        parse_working_time(value)


@pytest.mark.parametrize(
    ("value", "millionths"), [("35 %", 350_000), ("10.7%", 107_000), (0.35, 350_000), (1, 10**6), (0, 0), ("0 %", 0)]
)
def test_share(value: object, millionths: int) -> None:
    assert parse_share(value) == millionths


@pytest.mark.parametrize("value", ["35", "101 %", 1.01, -0.1, 2, True, "x %", float("nan"), float("inf"), None])
def test_bad_shares(value: object) -> None:
    with pytest.raises(ValueError, match=r"^expected a share between 0 and 1, such as 35 % or 0\.35, got "):
        parse_share(value)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("12 per 1000 residents per year", Frequency(0.012, "resident", YEAR)),
        ("0.4 per household per year", Frequency(0.4, "household", YEAR)),
        ("3 per place per month", Frequency(3.0, "place", MONTH)),
        ("1.6 per hour", Frequency(1.6, "world", 3600)),
        ("1 a day", Frequency(1.0, "world", DAY)),
    ],
)
def test_rate(text: str, rate: Frequency) -> None:
    assert parse_rate(text) == rate


def test_rate_per_day() -> None:
    assert parse_rate("1.6 per hour").per_day == pytest.approx(38.4)
    assert parse_rate("365 per 1000 residents per year").per_day == pytest.approx(0.001)


@pytest.mark.parametrize(
    "value", [5, "5", "5 per resident", "per year", "5 per 0 residents per year", "5 per dog per year"]
)
def test_bad_rates(value: object) -> None:
    with pytest.raises(ValueError, match="expected a rate such as 12 per 1000 residents per year, "):
        parse_rate(value)


def test_lengths_areas_and_speeds() -> None:
    given_ = Quantities.model_validate({"length": "1.2 km", "area": "0.06 km2", "speed": "4.5 km/h", "factor": 1.15})
    assert (given_.length, given_.area, given_.speed, given_.factor) == (1200, 60_000, 1250, 1_150_000)


@given(st.integers(0, 36_500 * DAY))
def test_durations_are_written_as_text_that_says_the_same(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.integers(0, 10**6))
def test_shares_are_written_as_text_that_says_the_same(millionths: int) -> None:
    assert parse_share(format_share(millionths)) == millionths


@given(st.integers(0, 10**7), st.booleans())
def test_working_times_are_written_as_text_that_says_the_same(minutes: int, working: bool) -> None:
    span = WorkingSpan(60 * minutes, working)
    assert parse_working_time(format_working_time(span)) == span


@given(
    st.floats(0, 1e9, allow_subnormal=False),
    st.sampled_from(["resident", "household", "place", "world"]),
    st.sampled_from([1, 60, 3600, DAY, 7 * DAY, MONTH, YEAR]),
)
def test_rates_are_written_as_text_that_says_the_same(amount: float, per: str, seconds: int) -> None:
    rate = Frequency(amount, per, seconds)  # type: ignore[arg-type]
    assert parse_rate(format_rate(rate)) == rate


def test_what_is_parsed_is_let_through_and_serialises_to_text() -> None:
    texts = {
        "duration": "90 min",
        "working": "3 working days",
        "share": "10.7 %",
        "factor": 1.15,
        "rate": "0.012 per resident per year",
        "length": "200 m",
        "area": "60000 m2",
        "speed": "1.25 m/s",
    }
    parsed = Quantities.model_validate(texts)
    assert parsed.model_dump(mode="json") == texts
    assert Quantities.model_validate({name: getattr(parsed, name) for name in texts}) == parsed


def test_a_plain_title_stands_for_both_languages() -> None:
    assert Title.model_validate("矛盾纠纷") == Title(zh="矛盾纠纷", en="矛盾纠纷")
    assert Title.model_validate({"zh": "矛", "en": "d"}).en == "d"


def test_ids_may_be_written_as_numbers_and_not_as_sentences() -> None:
    class Named(Spec):
        id: Id

    assert Named.model_validate({"id": 140107001}).id == "140107001"
    for bad in ("a b", "", "-x", True, None, 1.5):
        with pytest.raises(ValidationError):
            Named.model_validate({"id": bad})
