"""Demand drawn by chance, as a scenario's spec says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.model.arrivals import Arrivals, draw_arrivals
from sim.model.demand import ISSUE, Demand, assemble, date_words, day_factors
from sim.model.demand_spec import LEVELS, CategorySpec, DemandSpec
from sim.model.opening import open_history
from sim.model.period import PeriodSpec
from sim.model.rates import MOST_ISSUES, daily_rates, expected_issues, hour_ends, weights_by_profile
from sim.model.streams import Ints, Reals, Value, Words, below, millionth, mix, uniform, words
from sim.model.units import DAY, MILLION
from sim.model.values import NOT_EVER, issue_values
from sim.model.world import World

HOMES, DEDICATED = "homes", "dedicated"


def draw_demand(spec: DemandSpec, world: World, period: PeriodSpec, *, seed: int, replication: int) -> Demand:
    """The demand of one replication: the same for the same arguments, on every machine.

    What another spec, world or period leaves alone stays as it was, bit for bit; an issue is known again by its luck.
    Raises ValueError if a profile needs public holidays of years in which they are not known, and for absurd sizes.
    """
    expected = expected_issues(spec, world, period)
    if expected > MOST_ISSUES:
        raise ValueError(f"expected a demand of at most {MOST_ISSUES:,} issues, got one of about {expected:,.0f}")
    dates = date_words(period.first_day, period.drawn_days, seed, replication)
    factors = day_factors(dates, spec.day_factor_cv) / MILLION
    weights = {name: factors * days for name, days in weights_by_profile(spec, period).items()}
    batches = [
        open_history(category, spec.opening, issues=issues, work=work)
        for row, category in enumerate(spec.categories)
        for issues, work in _category(
            spec, row, world, period, weights=weights[category.profile], chance=(seed, replication)
        )
    ]
    issues = np.concatenate([np.empty(0, ISSUE), *(issues for issues, _ in batches)])
    work = np.concatenate([np.empty((0, len(LEVELS)), np.int32), *(work for _, work in batches)])
    for name in ("report", "duplicate", "clear", "worsen"):
        issues[name][issues[name] >= NOT_EVER] = -1
    return assemble(spec, period.start, period.days, seed=seed, replication=replication, issues=issues, work=work)


def _category(
    spec: DemandSpec, row: int, world: World, period: PeriodSpec, *, weights: Reals, chance: tuple[int, int]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The issues and their work of the category in ``row``: at homes, then at dedicated places."""
    category = spec.categories[row]
    rates = daily_rates(category, world)
    for place, rate in ((HOMES, rates.homes), (DEDICATED, rates.dedicated)):
        if not rate.any():
            continue
        dates = words(["issues", *chance, category.id, place], period.first_day.toordinal(), len(weights))
        arrivals = draw_arrivals(dates, world.fingerprints(), rate, weights)
        building, unit = _at_homes(category, world, arrivals) if place == HOMES else _at_dedicated(world, arrivals)
        second = second_of_day(hour_ends(spec.all_profiles[category.profile]), arrivals.luck)
        onset = (arrivals.day - period.history_days) * DAY + second
        yield issue_values(spec, row, world, luck=arrivals.luck, onset=onset, building=building, unit=unit)


def second_of_day(ends: Reals, luck: Words) -> Ints:
    """When in the day issues arise; ``ends``: share of a day's issues up to the end of each hour."""
    chance = uniform(mix(luck, Value.ONSET, 0))
    hour = np.searchsorted(ends, chance, side="right")
    begins = np.concatenate([[0.0], ends[:-1]])
    within = (chance - begins[hour]) / (ends - begins)[hour]
    return hour * 3600 + np.minimum((within * 3600).astype(np.int64), 3599)


def _at_homes(category: CategorySpec, world: World, arrivals: Arrivals) -> tuple[Ints, Ints]:
    """Building and unit: any household of the community, or the shared space of its building."""
    households = world.communities["households"].astype(np.int64)
    ends = np.cumsum(world.buildings["households"], dtype=np.int64)
    begin = np.cumsum(households) - households
    number = begin[arrivals.community] + below(mix(arrivals.luck, Value.PLACE, 0), households[arrivals.community])
    building = np.searchsorted(ends, number, side="right")
    unit = number - (ends - world.buildings["households"])[building] + 1
    shared = millionth(mix(arrivals.luck, Value.SHARED, 0)) < category.shared
    return building, np.where(shared, 0, unit)


def _at_dedicated(world: World, arrivals: Arrivals) -> tuple[Ints, Ints]:
    """Building and unit: the shared space of any dedicated place of the community."""
    communities = world.communities[["first_building", "buildings", "dedicated"]][arrivals.community]
    first = communities["first_building"].astype(np.int64) + communities["buildings"] - communities["dedicated"]
    number = below(mix(arrivals.luck, Value.PLACE, 0), communities["dedicated"].astype(np.int64))
    return first + number, np.zeros(len(arrivals), np.int64)
