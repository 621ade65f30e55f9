"""When it plays: the first day, the length, the warm-up and the history before it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from sim.model.spec import Fault, Spec, Whole, reject
from sim.model.units import DAY, Duration, format_duration

MAX_DAYS = 24_855  # 68 years: instants of a run fit into 32 bits
FIRST, LAST = date(1950, 1, 1), date(2150, 1, 1)


def parse_date(value: object) -> date:
    """The date that a text such as 2021-01-01 says. Raises ValueError with what was expected."""
    try:
        day = value if type(value) is date else date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(f"expected a date such as 2021-01-01, got {value!r}") from None
    if not FIRST <= day <= LAST:
        raise ValueError(f"expected a date between {FIRST} and {LAST}, got {day}")
    return day


Date = Annotated[date, BeforeValidator(parse_date, json_schema_input_type=str)]


class PeriodSpec(Spec):
    """The days that are simulated. KPIs are taken from ``start + warm_up`` to ``start + days``."""

    start: Date = Field(date(2021, 1, 1), description="first day of the run", json_schema_extra={"unit": "date"})
    days: Whole = Field(365, ge=1, le=MAX_DAYS, description="length of the run", json_schema_extra={"unit": "d"})
    warm_up: Duration = Field(
        0, description="time at the start of the run that KPIs leave out", json_schema_extra={"unit": "s"}
    )
    history: Duration = Field(
        0,
        description="whole days before the run in which issues arise already, so that the run does not start empty",
        json_schema_extra={"unit": "s"},
    )

    @model_validator(mode="after")
    def _consistent(self) -> PeriodSpec:
        faults = []
        if self.warm_up >= self.horizon:
            faults.append(Fault(("warm_up",), f"less than the {self.days} d of the run", format_duration(self.warm_up)))
        if self.history % DAY or self.history > MAX_DAYS * DAY:
            faults.append(Fault(("history",), "whole days, such as 365 d", format_duration(self.history)))
        reject("period", faults)
        return self

    @property
    def horizon(self) -> int:
        """Second at which the run ends."""
        return self.days * DAY

    @property
    def history_days(self) -> int:
        """Days before the run in which issues arise."""
        return self.history // DAY

    @property
    def first_day(self) -> date:
        """First day on which issues arise."""
        return self.start - timedelta(days=self.history_days)

    @property
    def drawn_days(self) -> int:
        """Days on which issues arise: history and run."""
        return self.history_days + self.days
