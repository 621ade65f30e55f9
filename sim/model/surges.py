"""Surges: demand beyond the usual rate, by category, street and window of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from pydantic import Field

from sim.model.period import MAX_DAYS, PeriodSpec
from sim.model.spec import Fault, Id, Spec, Whole
from sim.model.streams import Reals
from sim.model.units import MILLION, Factor
from sim.model.windows import First
from sim.model.world import World


class SurgeSpec(Spec):
    """A time in which issues of some categories arise more often (or, below 1, less often) than usual."""

    id: Id = Field(description="its name in files", json_schema_extra={"unit": "id"})
    start: First = Field(description="its first day, within the period", json_schema_extra={"unit": "date or d"})
    days: Whole = Field(ge=1, le=MAX_DAYS, description="how long it lasts", json_schema_extra={"unit": "d"})
    streets: tuple[Id, ...] | None = Field(
        None, min_length=1, description="codes of the streets that it comes to; default: all",
        json_schema_extra={"unit": "id"},
    )  # fmt: skip
    factors: dict[Id, Factor] = Field(
        min_length=1, description="category: factor on its rate", json_schema_extra={"unit": "factor"}
    )

    def days_of(self, period: PeriodSpec) -> range:
        """The days of the period on which it is on, counted from its start."""
        first = self.start.number(period.start)
        return range(max(first, 0), min(first + self.days, period.days))


def surge_factors(surges: Sequence[SurgeSpec], category: str, world: World, period: PeriodSpec) -> Reals | None:
    """What the surges multiply the rate of ``category`` by: float64[community, day drawn]; None if they leave it alone.

    Where several are on, their factors multiply. Raises ValueError for a street that the world has not.
    """
    for fault in unknown_streets(surges, world):
        raise ValueError(f"demand.{'.'.join(map(str, fault.where))}: expected {fault.expected}, got {fault.got!r}")
    here = [surge for surge in surges if category in surge.factors]
    if not here:
        return None
    factors = np.ones((len(world.communities), period.drawn_days))
    for surge in here:
        days = surge.days_of(period)
        window = slice(period.history_days + days.start, period.history_days + max(days.stop, days.start))
        factors[_communities(surge, world), window] *= surge.factors[category] / MILLION
    return factors


def _communities(surge: SurgeSpec, world: World) -> np.ndarray:
    """The rows of the communities that the surge comes to."""
    street = world.communities["street"]
    if surge.streets is None:
        return np.arange(len(street))
    return np.flatnonzero(np.isin(street, [world.street_ids.index(id) for id in surge.streets]))


def unknown_streets(surges: Sequence[SurgeSpec], world: World) -> Iterator[Fault]:
    """Streets that the world has not; places count from the demand."""
    known = world.street_ids
    shown = ", ".join(known) if len(known) <= 12 else f"{known[0]} … {known[-1]}"
    for i, surge in enumerate(surges):
        for k, street in enumerate(surge.streets or ()):
            if street not in known:
                yield Fault(("surges", i, "streets", k), f"one of the streets {shown}", street)


def unknown_categories(surges: Sequence[SurgeSpec], categories: Sequence[str]) -> Iterator[Fault]:
    """Factors of categories that the demand has not; places count from the demand."""
    for i, surge in enumerate(surges):
        for category in surge.factors:
            if category not in categories:
                yield Fault(
                    ("surges", i, "factors", category), f"one of the categories {', '.join(categories)}", category
                )


def windows(surges: Sequence[SurgeSpec], period: PeriodSpec) -> dict[str, tuple[int, int]]:
    """Surge → the day on which it begins and that after which it is over, as far as they lie in the period."""
    found: Mapping[str, range] = {surge.id: surge.days_of(period) for surge in surges}
    return {id: (days.start, days.stop) for id, days in found.items() if len(days)}
