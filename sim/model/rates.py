"""How often issues are to be expected: by category, community and day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import fsum

import numpy as np

from sim.model.areas import CommunityKind
from sim.model.calendars import check_holidays, is_public_holiday, is_workday
from sim.model.demand_spec import CategorySpec, DemandSpec, ProfileSpec
from sim.model.period import PeriodSpec
from sim.model.streams import Reals
from sim.model.surges import surge_factors
from sim.model.units import MILLION
from sim.model.world import World

_MONTH_LENGTHS = tuple(monthrange(2001, month)[1] for month in range(1, 13))
MOST_ISSUES = 100_000_000  # of one draw, which takes about 350 bytes an issue


@dataclass(frozen=True)
class DailyRates:
    """Issues of one category to be expected a day, by community: at ``homes`` and at ``dedicated`` places."""

    homes: Reals
    dedicated: Reals


def daily_rates(category: CategorySpec, world: World) -> DailyRates:
    """The rates of ``category`` on a day of average weight."""
    communities, rate = world.communities, category.rate
    counted = {
        "resident": communities["households"] * world.residents_per_household,
        "household": communities["households"] * 1.0,
        "world": communities["households"] / max(1, world.households),
    }
    kind = np.where(communities["kind"] == CommunityKind.RURAL, category.rural / MILLION, 1.0)
    per_place = 0.0 if category.dedicated is None else category.dedicated.per_day
    return DailyRates(counted[rate.per] * rate.per_day * kind, communities["dedicated"] * per_place)


@lru_cache(maxsize=64)
def day_weights(profile: ProfileSpec, first: date, *, days: int) -> Reals:
    """The weight of each day from ``first`` on, read-only; a year of 365 days without holidays has a mean of 1.

    Raises ValueError if the profile needs public holidays of years in which they are not known.
    """
    weekdays = _normalised(profile.weekdays, [1] * 7)
    months = _normalised(profile.months, _MONTH_LENGTHS)
    dates = [first + timedelta(days=i) for i in range(days)]
    weights = np.array([weekdays[day.weekday()] * months[day.month - 1] for day in dates])
    if profile.holiday is not None:
        check_holidays(first, days)
        workday = fsum(weekdays[:5]) / 5
        for i, day in enumerate(dates):
            if is_public_holiday(day):
                weights[i] *= profile.holiday / MILLION
            elif day.weekday() >= 5 and is_workday(day):
                weights[i] = workday * months[day.month - 1]
    weights.flags.writeable = False
    return weights


def weights_by_profile(spec: DemandSpec, period: PeriodSpec) -> dict[str, Reals]:
    """The weight of each day drawn, by the names of the profiles that a category follows. Raises as ``day_weights``."""
    used = sorted({category.profile for category in spec.categories})
    return {name: day_weights(spec.all_profiles[name], period.first_day, days=period.drawn_days) for name in used}


def _normalised(weights: Sequence[float], lengths: Sequence[int]) -> list[float]:
    mean = fsum(weight * length for weight, length in zip(weights, lengths, strict=True)) / sum(lengths)
    return [weight / mean for weight in weights]


def hour_ends(profile: ProfileSpec) -> Reals:
    """The share of a day's issues that arise before the end of each hour; the last one is 1."""
    total = fsum(profile.hours)
    return np.array([fsum(profile.hours[: hour + 1]) / total for hour in range(24)])


def expected_issues(spec: DemandSpec, world: World, period: PeriodSpec) -> float:
    """How many issues a draw is expected to make, history included (before it is thinned). Raises as ``day_weights``."""
    weights = weights_by_profile(spec, period)
    return fsum(
        float((rates.homes + rates.dedicated) @ days)
        for category in spec.categories
        for rates in [daily_rates(category, world)]
        for days in [_days_by_community(spec, category, world, period, weights[category.profile])]
    )


def _days_by_community(
    spec: DemandSpec, category: CategorySpec, world: World, period: PeriodSpec, weights: Reals
) -> Reals:
    """The weights of all days drawn together, by community."""
    factors = surge_factors(spec.surges, category.id, world, period)
    if factors is None:
        return np.full(len(world.communities), fsum(weights))
    return factors @ weights
