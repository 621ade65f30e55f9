"""Windows of surges, helpers and absences: how their first day is written, and that it lies within the period."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from scenarios import scenario
from sim.model.windows import First, FirstDay, standing_in
from sim.scenario.problems import ScenarioError

DAYS: TypeAdapter[FirstDay] = TypeAdapter(First)
BASE = """\
extends: street
name: windows
period: {start: 2021-04-01, days: 60, warm_up: 20 d, history: 0 d}
"""
OUTSIDE = "expected a day of the period, from 2021-04-01 (0 d) to 2021-05-30 (59 d), got"


@pytest.mark.parametrize("text", ["2021-04-01", "90 d", "2 weeks", 0, date(2021, 4, 1)])
def test_a_day_comes_back_as_it_was_written(text: object) -> None:
    day = DAYS.validate_python(text)
    assert DAYS.validate_python(DAYS.dump_python(day)) == DAYS.validate_python(day) == day


def test_days_count_from_the_start_of_the_period() -> None:
    assert DAYS.validate_python("2021-04-11").number(date(2021, 4, 1)) == 10
    assert DAYS.validate_python("2021-03-31").number(date(2021, 4, 1)) == -1
    assert DAYS.validate_python("1 week").number(date(2021, 4, 1)) == 7


@pytest.mark.parametrize("text", ["36 h", "soon", -1, None, "2021-02-30", True])
def test_what_is_no_day(text: object) -> None:
    with pytest.raises(
        ValidationError, match="expected a date such as 2021-04-01, or whole days from the start of the period"
    ):
        DAYS.validate_python(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "demand: {surges: [{id: a, start: 60 d, days: 3, factors: {aid: 2}}]}",
            f"demand.surges.a.start: {OUTSIDE} '60 d'",
        ),
        (
            "demand: {surges: [{id: a, start: 2021-03-31, days: 3, factors: {aid: 2}}]}",
            f"demand.surges.a.start: {OUTSIDE} '2021-03-31'",
        ),
        (
            "policy: {staffing: {away: [{id: a, start: 70 d, days: 3, share: 10 %}]}}",
            f"policy.staffing.away.a.start: {OUTSIDE} '70 d'",
        ),
        (
            "policy: {reinforcement: {kind: waves, waves: [{id: a, start: 2022-01-01, handles: [grid]}]}}",
            f"policy.reinforcement.waves.a.start: {OUTSIDE} '2022-01-01'",
        ),
        (
            "demand: {surges: [{id: a, start: 1 d, days: 3, streets: [nowhere], factors: {aid: 2}}]}",
            "demand.surges.a.streets[0]: expected one of the streets 140107001, got 'nowhere'",
        ),
    ],
)
def test_check_finds_what_does_not_fit_the_period_or_the_place(text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as error:
        scenario(BASE + text + "\n")
    assert message in str(error.value)


def test_all_first_days_of_a_policy_are_found_with_their_places() -> None:
    text = "policy: {reinforcement: {kind: waves, waves: [{id: a, handles: [grid]}, {id: b, start: 9 d, handles: [grid]}]}}"
    found = standing_in(FirstDay, scenario(BASE + text + "\n").policy, ("policy",))
    assert found == [
        (("policy", "reinforcement", "waves", 0, "start"), FirstDay()),
        (("policy", "reinforcement", "waves", 1, "start"), FirstDay(9)),
    ]
