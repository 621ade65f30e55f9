"""Surges: inside their window and place issues are only added; everything else stays bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from small_demand import PERIOD, WORLD, drawn, written

from sim.model.demand import Demand
from sim.model.demand_spec import DemandSpec
from sim.model.period import PeriodSpec
from sim.model.rates import expected_issues
from sim.model.surges import windows
from sim.model.units import DAY
from sim.model.world import WorldSpec, build_world

WORLD_BUILT = build_world(WorldSpec.model_validate(WORLD))
PERIOD_BUILT = PeriodSpec.model_validate(PERIOD)


def surge(**fields: object) -> dict[str, Any]:
    return {"id": "outbreak", "start": "20 d", "days": 10, "factors": {"waste": 3}, **fields}


def surged(*surges: dict[str, Any]) -> Demand:
    return drawn(written(surges=list(surges)), WORLD_BUILT)


def added(before: Demand, after: Demand) -> np.ndarray:
    """The issues that ``after`` has on top of ``before``, all of whose issues must be there as they were."""
    kept = np.isin(after.issues["luck"], before.issues["luck"])
    assert (after.issues[kept] == before.issues).all()
    assert (after.work[kept] == before.work).all()
    return after.issues[~kept]


def test_issues_are_added_in_the_window_and_of_the_category_alone() -> None:
    before, after = drawn(written(), WORLD_BUILT), surged(surge())
    new = added(before, after)
    assert set(new["category"].tolist()) == {1}
    assert 20 * DAY <= new["onset"].min() < new["onset"].max() < 30 * DAY
    usual = (
        (before.issues["category"] == 1) & (before.issues["onset"] // DAY >= 20) & (before.issues["onset"] < 30 * DAY)
    )
    assert len(new) / usual.sum() == pytest.approx(2, rel=0.2)


def test_a_higher_factor_only_adds_to_a_lower_one() -> None:
    assert len(added(surged(surge()), surged(surge(factors={"waste": 8})))) > 0


def test_a_surge_comes_to_the_streets_that_it_names() -> None:
    new = added(drawn(written(), WORLD_BUILT), surged(surge(streets=[WORLD_BUILT.street_ids[1]])))
    community = WORLD_BUILT.buildings["community"][new["building"]]
    assert set(WORLD_BUILT.communities["street"][community].tolist()) == {1}


def test_surges_that_overlap_multiply() -> None:
    both = surged(surge(factors={"waste": 2}), surge(id="storm", factors={"waste": 1.5}))
    assert (both.issues == surged(surge()).issues).all()


def test_a_factor_below_one_takes_away() -> None:
    fewer = surged(surge(factors={"waste": 0}))
    inside = (fewer.issues["onset"] >= 20 * DAY) & (fewer.issues["onset"] < 30 * DAY)
    assert not (inside & (fewer.issues["category"] == 1)).any()
    added(fewer, drawn(written(), WORLD_BUILT))


def test_a_date_says_the_same_as_the_days_from_the_start() -> None:
    assert (surged(surge(start="2021-03-21")).issues == surged(surge()).issues).all()


def test_history_is_left_alone_whatever_the_window() -> None:
    new = added(drawn(written(), WORLD_BUILT), surged(surge(start="2021-02-25")))
    assert 0 <= new["onset"].min() < new["onset"].max() < 6 * DAY  # of the ten days, four lie before the period


def test_how_many_issues_are_expected_counts_the_surge() -> None:
    usual, more = (
        expected_issues(DemandSpec.model_validate(written(**fields)), WORLD_BUILT, PERIOD_BUILT)
        for fields in ({}, {"surges": [surge(factors={"dispute": 3, "waste": 3, "hazard": 3})]})
    )
    assert more / usual == pytest.approx(1 + 2 * 10 / 100, rel=0.02)  # 10 of 40 + 60 days


def test_windows_are_cut_to_the_period() -> None:
    spec = DemandSpec.model_validate(
        written(surges=[surge(), surge(id="late", start="55 d"), surge(id="out", start="70 d")])
    )
    assert windows(spec.surges, PERIOD_BUILT) == {"outbreak": (20, 30), "late": (55, 60)}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"factors": {"noise": 3}}, "expected one of the categories dispute, waste, hazard, got 'noise'"),
        ({"factors": {}}, "at least 1 item"),
        ({"factors": {"waste": -1}}, "expected a factor of at least 0, such as 1.15, got -1"),
        ({"start": "12 h"}, "whole days from the start of the period such as 90 d, got '12 h'"),
        ({"start": "soon"}, "expected a date such as 2021-04-01"),
        ({"days": 0}, "greater than or equal to 1"),
    ],
)
def test_faults(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        DemandSpec.model_validate(written(surges=[surge(**fields)]))
    assert message in str(error.value)


def test_ids_are_used_once() -> None:
    with pytest.raises(ValidationError, match="expected an id of its own, got 'outbreak'"):
        DemandSpec.model_validate(written(surges=[surge(), surge()]))


def test_an_unknown_street_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match=r"demand.surges.0.streets.0: expected one of the streets .*, got 'elsewhere'"):
        surged(surge(streets=["elsewhere"]))
