"""Demand drawn by chance, as a scenario's spec says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sim.model.arrivals import Arrivals, draw_arrivals
from sim.model.demand import ISSUE, Demand, assemble, date_words, day_factors
from sim.model.demand_spec import LEVELS, CategorySpec, DemandSpec
from sim.model.opening import still_there
from sim.model.period import PeriodSpec
from sim.model.rates import MOST_ISSUES, daily_rates, expected_issues, hour_ends, weights_by_profile
from sim.model.streams import Ints, Reals, Value, Words, below, ends_reached, millionth, mix, uniform, words
from sim.model.surges import surge_factors
from sim.model.units import DAY, MILLION
from sim.model.values import issue_values
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
    homes = Homes.of(world)
    issues, work = _joined(
        batch
        for row, category in enumerate(spec.categories)
        for batch in _category(
            spec, row, world, period, homes=homes, weights=weights[category.profile], chance=(seed, replication)
        )
    )
    return assemble(spec, period.start, period.days, seed=seed, replication=replication, issues=issues, work=work)


def _joined(batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The issues of all batches, and their work."""
    nothing = np.empty(0, ISSUE), np.empty((0, len(LEVELS)), np.int32)
    issues, work = zip(nothing, *batches, strict=True)
    raw = np.dtype((np.void, ISSUE.itemsize))  # numpy copies records field by field, bytes at once
    return np.concatenate([batch.view(raw) for batch in issues]).view(ISSUE), np.concatenate(work)


def _category(
    spec: DemandSpec,
    row: int,
    world: World,
    period: PeriodSpec,
    *,
    homes: Homes,
    weights: Reals,
    chance: tuple[int, int],
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The issues and their work of the category in ``row``, some at a time: at homes, then at dedicated places."""
    category = spec.categories[row]
    rates, ends = daily_rates(category, world), hour_ends(spec.all_profiles[category.profile])
    surging = surge_factors(spec.surges, category.id, world, period)
    weights = weights if surging is None else surging * weights
    for place, rate in ((HOMES, rates.homes), (DEDICATED, rates.dedicated)):
        if not rate.any():
            continue
        dates = words(["issues", *chance, category.id, place], period.first_day.toordinal(), weights.shape[-1])
        for some in draw_arrivals(dates, world.fingerprints(), rate, weights).blocks():
            building, unit = homes.any_of(category, some) if place == HOMES else _at_dedicated(world, some)
            onset = (some.day - period.history_days) * DAY + second_of_day(ends, some.luck)
            where = {"community": some.community, "building": building, "unit": unit}
            there = still_there(spec, row, world, {"luck": some.luck, "onset": onset, **where})
            yield issue_values(category, row, there)


def second_of_day(ends: Reals, luck: Words) -> Ints:
    """When in the day issues arise; ``ends``: share of a day's issues up to the end of each hour."""
    chance = uniform(mix(luck, Value.ONSET, 0))
    hour = ends_reached(ends, chance)
    begins = np.concatenate([[0.0], ends[:-1]])
    within = (chance - begins[hour]) / (ends - begins)[hour]
    return hour * np.int64(3600) + np.minimum((within * 3600).astype(np.int64), 3599)


@dataclass(frozen=True)
class Homes:
    """The households of a world, numbered building by building.

    ``building``: of each household; ``first``: household of each building; ``begin``, ``count``: the first household of
    each community, and how many it has.
    """

    building: Ints
    first: Ints
    begin: Ints
    count: Ints

    @staticmethod
    def of(world: World) -> Homes:
        """The households of ``world``."""
        here, count = (table["households"].astype(np.int64) for table in (world.buildings, world.communities))
        building = np.repeat(np.arange(len(here)), here)
        return Homes(building, np.cumsum(here) - here, np.cumsum(count) - count, count)

    def any_of(self, category: CategorySpec, arrivals: Arrivals) -> tuple[Ints, Ints]:
        """Building and unit: any household of the community, or the shared space of its building."""
        chosen = below(mix(arrivals.luck, Value.PLACE, 0), self.count[arrivals.community])
        number = self.begin[arrivals.community] + chosen
        building = self.building[number]
        shared = millionth(mix(arrivals.luck, Value.SHARED, 0)) < category.shared
        return building, np.where(shared, 0, number - self.first[building] + 1)


def _at_dedicated(world: World, arrivals: Arrivals) -> tuple[Ints, Ints]:
    """Building and unit: the shared space of any dedicated place of the community."""
    communities = world.communities[["first_building", "buildings", "dedicated"]][arrivals.community]
    first = communities["first_building"].astype(np.int64) + communities["buildings"] - communities["dedicated"]
    number = below(mix(arrivals.luck, Value.PLACE, 0), communities["dedicated"].astype(np.int64))
    return first + number, np.zeros(len(arrivals), np.int64)
