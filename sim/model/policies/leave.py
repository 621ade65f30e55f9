"""Leave: how gridworkers go away for longer than a day — for good, for other work, or many at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from sim.model.period import MAX_DAYS
from sim.model.policies.groups import PositiveFactor
from sim.model.spec import Id, Spec, Whole
from sim.model.units import MILLION, Duration, Share
from sim.model.windows import First, whole_days


class TurnoverSpec(Spec):
    """Gridworkers who leave for good; after a gap a successor takes over, who does not know the grid."""

    per_year: Share = Field(description="share of gridworkers who leave in a year", json_schema_extra={"unit": "share"})
    gap: Annotated[Duration, AfterValidator(whole_days)] = Field(
        0, description="whole days until the successor begins", json_schema_extra={"unit": "s"}
    )
    novice: PositiveFactor = Field(
        MILLION,
        validate_default=True,
        description="factor on the successor's work and ways, for as long as the run lasts",
        json_schema_extra={"unit": "factor"},
    )

    @property
    def per_day(self) -> int:
        """The chance of a day that somebody leaves on it, in millionths."""
        return round(MILLION * (1 - (1 - self.per_year / MILLION) ** (1 / 365)))


class DiversionSpec(Spec):
    """Gridworkers taken away for other work, some days at a time."""

    share: Share = Field(description="share of the time for which each is away", json_schema_extra={"unit": "share"})
    days: Whole = Field(
        1, ge=1, le=MAX_DAYS, description="length of each time, at most", json_schema_extra={"unit": "d"}
    )


class AwaySpec(Spec):
    """A time in which a share of the gridworkers is away, the same ones throughout."""

    id: Id = Field(description="its name in files", json_schema_extra={"unit": "id"})
    start: First = Field(description="its first day, within the period", json_schema_extra={"unit": "date or d"})
    days: Whole = Field(ge=1, le=MAX_DAYS, description="how long it lasts", json_schema_extra={"unit": "d"})
    share: Share = Field(description="share of gridworkers who are away", json_schema_extra={"unit": "share"})
