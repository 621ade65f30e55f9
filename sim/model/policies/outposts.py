"""Outposts: specialists of a department who come to communities for half a day now and then; hard cases stay with the senior ones at the centre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from sim.model.demand_spec import LEVELS, CategorySpec
from sim.model.policies.groups import HANDLE, Detours, Group, Stop
from sim.model.shifts import ALWAYS, Shift
from sim.model.spec import Fault, Spec, Whole

Severity = Literal["urgent", "quick", "ordinary", "hard"]

DEPARTMENT = "department"
CREWS: JsonDict = {"unit": "crews"}


class OutpostSpec(Spec):
    """Crews of a department at each community, on some days; they serve its cases there before the centre does."""

    crews: Whole = Field(
        1, ge=1, le=1000, description="crews that come to a community together", json_schema_extra=CREWS
    )
    every: Whole = Field(
        5,
        ge=1,
        le=250,
        description="they come to a community on one weekday (Monday to Friday) in so many, to one community after the other",
        json_schema_extra={"unit": "weekdays"},
    )
    shift: Shift = Field(description="hours of such a day, half a day say", json_schema_extra={"unit": "shift"})
    seniors: tuple[Severity, ...] = Field(
        ("hard",), description="severities of cases that go to the centre at once", json_schema_extra={"unit": ""}
    )

    @property
    def severities(self) -> tuple[str, ...]:
        """The severities of cases that come to the outposts."""
        return tuple(name for name in ("urgent", "quick", "ordinary", "hard") if name not in self.seniors)

    def faults(self, department: str, led: Mapping[str, CategorySpec]) -> Iterator[Fault]:
        """What could never work; places count from these fields; ``led``: category → spec of those it is in charge of."""
        if self.shift == ALWAYS:
            yield Fault(("shift",), "hours of a day such as weekdays 09:00-12:00", "always")
        if not self.severities:
            yield Fault(("seniors",), "fewer severities, so that some cases come to the outposts", list(self.seniors))
        if not led:
            yield Fault((), f"nothing, as {department} is in charge of no category", "outposts")


def outpost_groups(outposts: Mapping[str, OutpostSpec]) -> tuple[Group, ...]:
    """The crews at communities, by department."""
    return tuple(
        Group(_name(id), DEPARTMENT, "community", one.crews, shift=one.shift, every=one.every, workdays=True)
        for id, one in outposts.items()
    )


def outpost_detours(
    outposts: Mapping[str, OutpostSpec],
    led: Mapping[str, Mapping[str, CategorySpec]],
    *,
    triage: Mapping[str, int],
    below: tuple[str, ...],
) -> Detours:
    """The way over the outposts to the centre: what they cannot settle, and what is not theirs, goes on.

    ``led``: department → category → spec; ``triage``: of departments; ``below``: the tiers from which cases go to departments.
    """
    names = [_name(id) for id in outposts]
    if not names:
        return Detours()
    stops = [
        Stop(
            name,
            HANDLE,
            DEPARTMENT,
            group=name,
            up=onward,
            triage=triage[id],
            capability={
                category.id: category.settled_by.cumulative[LEVELS.index(DEPARTMENT)] for category in led[id].values()
            },
            categories=tuple(led[id]),
            severities=one.severities,
        )
        for (id, one), name, onward in zip(outposts.items(), names, [*names[1:], DEPARTMENT], strict=True)
    ]
    return Detours(tuple(stops), up=dict.fromkeys(below, names[0]), before={DEPARTMENT: names[0]})


def _name(department: str) -> str:
    return f"outpost.{department}"
