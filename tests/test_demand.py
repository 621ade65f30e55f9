"""Demand: what is drawn follows what is written, in number, time, place and kind."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats
from small_demand import PERIOD, WORLD, category, drawn, lognormal, plain, written

from sim.model.areas import BuildingKind
from sim.model.demand import HIDDEN, ISSUES, Demand
from sim.model.demand_spec import DemandSpec
from sim.model.period import PeriodSpec
from sim.model.rates import day_weights, expected_issues
from sim.model.units import DAY, MILLION
from sim.model.world import World, WorldSpec, build_world

YEAR = {"start": "2021-01-01", "days": 365}
THOUSAND = build_world(WorldSpec(streets=1, communities_per_street=4, households=1000, household_cv=0.5))


def share_is(hits: np.ndarray, share: float) -> bool:
    """Whether the share of hits is the stated one, by four standard errors."""
    return abs(hits.mean() - share) <= 4 * np.sqrt(share * (1 - share) / len(hits)) + 1e-9


# --- how many -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "per_day"),
    [
        ("7300 per 1000 residents per year", 1000 * 2.6 * 7.3 / 365),
        ("20 per household per year", 1000 * 20 / 365),
        ("3 per hour", 72),
    ],
)
def test_counts_are_poisson_of_the_stated_rate(rate: str, per_day: float) -> None:
    counts = np.bincount(drawn(plain(rate), THOUSAND, {"days": 2000}).issues["onset"] // DAY, minlength=2000)
    assert counts.mean() == pytest.approx(per_day, abs=4 * np.sqrt(per_day / 2000))
    assert counts.var() / counts.mean() == pytest.approx(1, abs=4 * np.sqrt(2 / 2000))
    assert abs(np.corrcoef(counts[1:], counts[:-1])[0, 1]) < 0.1


def test_counts_of_communities_and_strips_are_independent() -> None:
    """72 a day in four communities of more than one strip each: were strips or communities alike, counts would spread."""
    demand = drawn(plain("12 per hour"), THOUSAND, {"days": 1500})
    community = THOUSAND.buildings["community"][demand.issues["building"]]
    counts = np.zeros((4, 1500))
    np.add.at(counts, (community, demand.issues["onset"] // DAY), 1)
    expected = 288 * THOUSAND.communities["households"] / 1000
    assert np.allclose(counts.mean(axis=1), expected, rtol=0.02)
    assert np.allclose(counts.var(axis=1) / expected, 1, atol=0.16)
    assert np.abs(np.corrcoef(counts) - np.eye(4)).max() < 0.1


def test_a_steady_flow_has_exponential_gaps() -> None:
    demand = drawn(plain("2 per hour"), build_world(WorldSpec()), {"days": 1000})
    gaps = np.diff(demand.issues["onset"])
    assert stats.kstest(gaps, stats.expon(scale=1800).cdf).pvalue > 1e-4


def test_twenty_thousand_days_of_theory_are_drawn() -> None:
    demand = drawn(plain("1.6 per hour"), build_world(WorldSpec()), {"days": 20_000})
    assert len(demand) == pytest.approx(768_000, rel=0.01)


def test_as_many_are_drawn_as_are_expected() -> None:
    spec, world = DemandSpec.model_validate(written()), build_world(WorldSpec.model_validate(WORLD))
    period = PeriodSpec.model_validate({**YEAR, "days": 400})
    demand = drawn(written(day_factor_cv=0), world, {**YEAR, "days": 400})
    expected = expected_issues(spec, world, period)
    assert len(demand) == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_rural_and_dedicated_rates() -> None:
    world = build_world(WorldSpec.model_validate({**WORLD, "household_cv": 0}))
    spec = plain("2 per household per year", rural=3.0, dedicated="100 per place per year")
    issues = drawn(spec, world, YEAR).issues
    building = world.buildings[issues["building"]]
    at_places = building["kind"] == BuildingKind.DEDICATED
    assert at_places.sum() == pytest.approx(12 * 100, abs=4 * np.sqrt(1200))
    homes = np.bincount(building["community"][~at_places])
    assert homes[0] == pytest.approx(6000, abs=4 * np.sqrt(6000))
    assert homes[1:].sum() == pytest.approx(10_000, abs=4 * np.sqrt(10_000))


# --- when -----------------------------------------------------------------------------------------------------------


def test_hours_follow_their_weights() -> None:
    hours = [0, 0, 1, 5, *([2] * 20)]
    profile = {"profiles": {"p": {"hours": hours}}}
    demand = drawn({**plain("500 per hour", profile="p"), **profile}, THOUSAND, {"days": 10})
    counts = np.bincount(demand.issues["onset"] % DAY // 3600, minlength=24)
    assert not counts[:2].any()
    assert stats.chisquare(counts[2:], counts.sum() * np.array(hours[2:]) / sum(hours)).pvalue > 1e-4
    within = demand.issues["onset"][demand.issues["onset"] % DAY // 3600 == 3] % 3600
    assert stats.kstest(within, stats.uniform(0, 3600).cdf).pvalue > 1e-4


def test_a_year_without_holidays_comes_to_the_rate() -> None:
    spec = DemandSpec.model_validate(written())
    home = spec.all_profiles["home"].model_copy(update={"holiday": None})
    year = day_weights(home, date(2021, 1, 1), days=364)
    assert year.mean() == pytest.approx(1, abs=0.002)
    assert day_weights(spec.all_profiles["flat"], date(2100, 1, 1), days=9).tolist() == [1] * 9


def test_days_are_weighed_by_weekday_month_and_holiday() -> None:
    profile = DemandSpec.model_validate(written()).all_profiles["home"]
    weight = dict(enumerate(day_weights(profile, date(2021, 1, 1), days=365)))

    def on(month: int, day: int) -> float:
        return weight[(date(2021, month, day) - date(2021, 1, 1)).days]

    assert on(3, 6) / on(3, 5) == pytest.approx(0.8)  # Saturday
    assert on(7, 5) / on(3, 1) == pytest.approx(1.2)  # July
    assert on(2, 7) == pytest.approx(on(2, 8))  # a Sunday made up for
    assert on(2, 12) / on(2, 5) == pytest.approx(0.8)  # Spring Festival, a Friday
    assert on(2, 13) / on(2, 6) == pytest.approx(0.8)  # and the Saturday in it


def test_holidays_that_are_not_known_are_refused_only_where_a_profile_needs_them() -> None:
    assert len(drawn(plain("1 per hour"), THOUSAND, {"start": "2100-01-01", "days": 3}))
    with pytest.raises(
        ValueError, match=r"^expected days in the years 2004 to \d+, whose public holidays are known, got 2100"
    ):
        drawn(written(), None, {"start": "2100-01-01", "days": 3})


def test_a_plain_demand_is_drawn_without_the_slow_libraries() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests'); from small_demand import *; drawn(plain('1 per hour'), None, {'days': 3});"
        "sys.exit(any(name in sys.modules for name in ('chinese_calendar', 'scipy', 'pandas', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_day_factor_has_the_stated_spread() -> None:
    demand = drawn({**plain("1 per day"), "day_factor_cv": 0.2}, THOUSAND, {"days": 5000})
    factor = demand.day_factor / MILLION
    assert factor.mean() == pytest.approx(1, abs=4 * 0.2 / np.sqrt(5000))
    assert factor.std() == pytest.approx(0.2, rel=0.05)
    assert np.all(drawn(plain("1 per day"), THOUSAND, {"days": 50}).day_factor == MILLION)


def test_the_day_factor_moves_all_categories_together() -> None:
    both = {"categories": [plain("30 per hour")["categories"][0] | {"id": id} for id in ("a", "b")]}
    demand = drawn({**both, "day_factor_cv": 0.2}, THOUSAND, {"days": 200})
    a, b = (
        np.bincount(demand.issues["onset"][demand.issues["category"] == row] // DAY, minlength=200) for row in (0, 1)
    )
    assert np.corrcoef(a, b)[0, 1] > 0.9
    assert np.corrcoef(a, demand.day_factor)[0, 1] > 0.9


# --- where and what -------------------------------------------------------------------------------------------------


def test_places_are_shared_space_or_any_household() -> None:
    demand = drawn(plain("200 per hour", shared="30 %"), THOUSAND, {"days": 10})
    buildings = THOUSAND.buildings[demand.issues["building"]]
    assert share_is(demand.issues["unit"] == 0, 0.3)
    assert np.all(demand.issues["unit"] <= buildings["households"])
    at_home = demand.issues["unit"] > 0
    place = (buildings["first_place"] + demand.issues["unit"])[at_home]
    homes = np.setdiff1d(np.arange(THOUSAND.places), THOUSAND.buildings["first_place"])
    counts = np.bincount(place, minlength=THOUSAND.places)[homes]
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.fixture(scope="module")
def many() -> tuple[Demand, World]:
    """About 100,000 issues of one category with everything switched on, without history."""
    world = build_world(WorldSpec.model_validate(WORLD))
    spec = written(categories=[category("dispute", rate="150 per hour")])
    return drawn(spec, world, {"start": "2021-03-01", "days": 30}), world


def test_severity_difficulty_and_what_worsens(many: tuple[Demand, World]) -> None:
    issues = many[0].issues
    for severity, share in enumerate([0.05, 0.15, 0.6, 0.2]):
        assert share_is(issues["severity"] == severity, share)
    assert (issues["difficulty"].min() >= 1, issues["difficulty"].max() <= MILLION) == (True, True)
    for capability in (500_000, 850_000, 930_000):
        assert share_is(issues["difficulty"] <= capability, capability / MILLION)
    valid = issues[issues["valid"] == 1]
    worsens = valid["worsen"] >= 0
    assert share_is(worsens, 0.2)
    assert np.array_equal(valid["worse_severity"], np.maximum(valid["severity"] - worsens, 0))
    assert np.array_equal(valid["worse_difficulty"], np.minimum(valid["difficulty"] + worsens * 150_000, MILLION))
    assert (valid["worsen"] - valid["onset"])[worsens].mean() == pytest.approx(30 * DAY, rel=0.05)


def test_reports_channels_and_duplicates(many: tuple[Demand, World]) -> None:
    issues, world = many[0].issues, many[1]
    buildings = world.buildings[issues["building"]]
    host = buildings["kind"] == BuildingKind.DEDICATED
    reported = issues["report"] >= 0
    assert share_is(reported[host], 0.4)
    for row, propensity in enumerate(world.communities["propensity"] / MILLION):
        assert share_is(reported[~host & (buildings["community"] == row)], min(1, 0.4 * propensity))
    assert (issues["report"] - issues["onset"])[reported].mean() == pytest.approx(2 * DAY, rel=0.05)
    assert np.all(issues["channel"][host] == 4)
    assert share_is(issues["channel"][~host] == 2, 0.6)
    assert share_is(issues["channel"][~host] == 3, 0.4)
    by_hotline = reported & (issues["channel"] == 2)
    assert share_is(issues["valid"][by_hotline] == 0, 0.107)
    assert np.all(issues["valid"][~by_hotline] == 1)
    assert np.all(issues[["clear", "worsen"]][issues["valid"] == 0].tolist() == np.array([-1, -1]))
    duplicate = issues["duplicate"] >= 0
    assert share_is(duplicate[reported], 0.15)
    assert not duplicate[~reported].any()
    assert np.all((issues["duplicate"] > issues["report"])[duplicate])


def test_clearing_patience_and_threshold_are_exponential(many: tuple[Demand, World]) -> None:
    issues = many[0].issues
    clears = (issues["clear"] >= 0)[issues["valid"] == 1]
    assert share_is(clears, 0.3)
    for values, mean in (
        ((issues["clear"] - issues["onset"])[issues["clear"] >= 0], 60 * DAY),
        (issues["patience"], 5 * DAY),
        (issues["threshold"], MILLION),
    ):
        assert stats.kstest(values, stats.expon(scale=mean).cdf).pvalue > 1e-4


def test_each_level_has_work_of_its_own_chance(many: tuple[Demand, World]) -> None:
    work = many[0].work
    hours = np.array([40 / 60, 40 / 60, 2, 2, 2])
    assert np.allclose(work.mean(axis=0) / 3600, hours, rtol=0.03)
    assert work.min() >= 1
    assert np.abs(np.corrcoef(work.T) - np.eye(5)).max() < 0.02


def test_attributes_are_independent_of_each_other(many: tuple[Demand, World]) -> None:
    issues = many[0].issues
    names = ["building", "unit", "severity", "difficulty", "patience", "threshold"]
    columns = [issues["onset"] % DAY, *(issues[name] for name in names), issues["report"] >= 0, issues["clear"] >= 0]
    off_diagonal = np.corrcoef(np.array(columns, float)) - np.eye(len(columns))
    off_diagonal[1, 2] = off_diagonal[2, 1] = 0  # larger buildings have higher units
    assert np.abs(off_diagonal).max() < 0.025


def test_issues_come_in_the_order_of_onset_and_luck(many: tuple[Demand, World]) -> None:
    issues = many[0].issues
    assert np.array_equal(np.lexsort((issues["luck"], issues["onset"])), np.arange(len(issues)))
    assert len(set(issues["luck"].tolist())) == len(issues)
    with pytest.raises(ValueError, match="read-only"):
        issues["onset"][0] = 0


def test_policies_see_nothing_hidden(many: tuple[Demand, World]) -> None:
    demand = many[0]
    known = demand.known()
    assert set(known.dtype.names or ()) == set(ISSUES) - set(HIDDEN)
    assert known.base is None
    assert known.dtype.itemsize == sum(np.dtype(ISSUES[name][0]).itemsize for name in known.dtype.names or ())
    assert np.array_equal(known["severity"], demand.issues["severity"])


# --- the chances of days, workers, communities and buildings --------------------------------------------------------


def test_absence_and_admin_are_looked_up_by_date() -> None:
    short, long = (drawn(plain("1 per day"), THOUSAND, {"start": "2021-03-01", "days": days}) for days in (100, 2000))
    later = drawn(plain("1 per day"), THOUSAND, {"start": "2021-03-11", "days": 90})
    assert np.array_equal(long.absence_chance(7)[:100], short.absence_chance(7))
    assert np.array_equal(short.absence_chance(7)[10:], later.absence_chance(7))
    assert not np.array_equal(short.absence_chance(7), short.absence_chance(8))
    assert share_is(np.concatenate([long.absence_chance(worker) < 50_000 for worker in range(20)]), 0.05)
    admin = long.admin_factor(("a", "b"), cv=0.3)
    assert np.array_equal(admin[1:, :100], short.admin_factor(("b",), cv=0.3))
    assert admin.mean() == pytest.approx(MILLION, rel=0.02)
    assert admin.std(axis=1) == pytest.approx(0.3 * MILLION, rel=0.1)
    assert np.all(short.admin_factor(("a",), cv=0) == MILLION)


def test_buildings_have_another_luck_in_every_replication() -> None:
    one, two = (drawn(plain("1 per day"), THOUSAND, {"days": 3}, replication=r) for r in (0, 1))
    luck = THOUSAND.buildings["luck"]
    assert not np.isin(one.building_luck(luck), np.concatenate([luck, two.building_luck(luck)])).any()
    assert np.array_equal(one.building_luck(luck[5:6]), one.building_luck(luck)[5:6])


# --- reproducibility ------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_demand_and_another_one_another() -> None:
    one, again = drawn(written()), drawn(written())
    assert one.issues.tobytes() == again.issues.tobytes()
    assert one.work.tobytes() == again.work.tobytes()
    for other in (drawn(written(), seed=2), drawn(written(), replication=1)):
        assert not np.isin(one.issues["luck"], other.issues["luck"]).any()


def test_a_draw_is_pinned() -> None:
    """The same bytes on every machine and with every numpy: a change here changes every user's results."""
    demand = drawn(written())
    digest = hashlib.blake2b(demand.issues.tobytes() + demand.work.tobytes(), digest_size=8).hexdigest()
    assert (len(demand), digest) == (4510, "0c0494efb4362cb8")


# --- slips ----------------------------------------------------------------------------------------------------------

BAD = [
    ({"categories": []}, "categories", "expected 1 to 500 categories, got 0"),
    ({"categories": [category("a"), category("a")]}, "categories.1.id", "expected an id of its own, got 'a'"),
    (
        {"categories": [category("a", profile="work")]},
        "categories.0.profile",
        "expected one of the profiles flat, home, got 'work'",
    ),
    (
        {"categories": [category("a", settled_by={"grid": "50 %", "city": "45 %"})]},
        "categories.0.settled_by",
        "expected shares that sum to 100 %, got '95 %'",
    ),
    (
        {"categories": [category("a", severity="bad")]},
        "categories.0.severity",
        "Value error, expected one of urgent, quick, ordinary, hard, or the share of each, got 'bad'",
    ),
    (
        {"categories": [category("a", work={})]},
        "categories.0.work",
        "expected the work of at least one of grid, community, street, department, city, got {}",
    ),
    (
        {"categories": [category("a", department=None)]},
        "categories.0.department",
        "expected the department that settles 7 %, got None",
    ),
    (
        {"categories": [category("a", rate="3 per place per year")]},
        "categories.0.rate",
        "expected a rate per residents, per household or in all, got 'per place'",
    ),
    (
        {"categories": [category("a", dedicated="3 per year")]},
        "categories.0.dedicated",
        "expected a rate per place, such as 3 per place per year, got 'world'",
    ),
    (
        {"categories": [category("a", report={"channels": {"phone": 1}})]},
        "categories.0.report.channels.phone",
        "expected one of the channels host, hotline, walk_in, got 'phone'",
    ),
    (
        {"categories": [category("a", report={})]},
        "categories.0.report",
        "expected the share of each of the channels host, hotline, walk_in, got None",
    ),
    (
        {"categories": [category("a", report={"channels": {"hotline": 0.5, "host": 0.4}})]},
        "categories.0.report.channels",
        "expected shares that sum to 100 %, got '90 %'",
    ),
    (
        {"channels": [{"id": "visit", "title": "x"}], "categories": [category("a", report={})]},
        "channels.0.id",
        "expected an id other than visit and patrol, which are built in, got 'visit'",
    ),
    (
        {"profiles": {"home": {"hours": [0] * 24}}},
        "profiles.home.hours",
        f"Value error, expected weights of which at least one is above 0, got {[0.0] * 24}",
    ),
]


@pytest.mark.parametrize(("fields", "place", "message"), BAD)
def test_bad_demands_say_where_and_what(fields: dict[str, object], place: str, message: str) -> None:
    with pytest.raises(ValidationError) as error:
        DemandSpec.model_validate(written(**fields))
    assert [(".".join(map(str, e["loc"])), e["msg"]) for e in error.value.errors()] == [(place, message)]


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"start": "2021-02-30"}, "start", "Value error, expected a date such as 2021-01-01, got '2021-02-30'"),
        ({"start": 2021}, "start", "Value error, expected a date such as 2021-01-01, got 2021"),
        ({"days": 0}, "days", "Input should be greater than or equal to 1"),
        ({"days": True}, "days", "Input should be a valid integer"),
        ({"days": 30, "warm_up": "30 d"}, "warm_up", "expected less than the 30 d of the run, got '30 d'"),
        ({"history": "36 h"}, "history", "expected whole days, such as 365 d, got '36 h'"),
    ],
)
def test_bad_periods_say_where_and_what(fields: dict[str, object], place: str, message: str) -> None:
    with pytest.raises(ValidationError) as error:
        PeriodSpec.model_validate(fields)
    assert [(".".join(map(str, e["loc"])), e["msg"]) for e in error.value.errors()] == [(place, message)]


def test_specs_are_written_as_text_that_says_the_same() -> None:
    spec = DemandSpec.model_validate(written())
    assert DemandSpec.model_validate(spec.model_dump(mode="json")) == spec
    period = PeriodSpec.model_validate(PERIOD)
    assert PeriodSpec.model_validate(period.model_dump(mode="json")) == period
    assert lognormal("40 min") == spec.categories[0].work.model_dump(mode="json")["grid"]


def test_absurd_sizes_are_refused_before_they_are_drawn() -> None:
    with pytest.raises(
        ValueError, match=r"^expected a demand of at most 100,000,000 issues, got one of about 31,536,000,000$"
    ):
        drawn(plain("1000 per second"), THOUSAND, {"days": 365})
