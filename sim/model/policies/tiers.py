"""Tiers: which offices stand above the grid, how they are staffed, and when they are open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator
from pydantic.config import JsonDict

from sim.model.demand_spec import LEVELS, CategorySpec, DemandSpec
from sim.model.policies.groups import Detours, Group
from sim.model.policies.outposts import OutpostSpec, outpost_detours, outpost_groups
from sim.model.shifts import ALWAYS, Shift
from sim.model.spec import Fault, Id, Spec, Title, Whole, reject
from sim.model.units import (
    Duration,
    WorkingSpan,
    WorkingTime,
    format_duration,
    format_share,
    format_working_time,
    parse_duration,
)
from sim.model.world import World

FULL = -1  # triage: the whole work is spent before it turns out that the level cannot settle the case
DISTRICT = "district"
MAX_STAFF = 100_000

SECONDS: JsonDict = {"unit": "s"}
PERSONS: JsonDict = {"unit": "persons"}
HOURS: JsonDict = {"unit": "shift"}


def _at_least_a_second(span: WorkingSpan) -> WorkingSpan:
    if span.seconds < 1:
        raise ValueError("expected a span of at least 1 s, got 0")
    return span


#: A time limit: on the working or the natural clock, at least a second.
Span = Annotated[WorkingTime, AfterValidator(_at_least_a_second)]


def written(span: WorkingSpan | None) -> str:
    """The span as text; empty if there is none."""
    return format_working_time(span) if span else ""


def _parse_triage(value: object) -> int:
    if value in ("full", FULL):
        return FULL
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f"{error}; or the word full") from None


Triage = Annotated[
    int,
    PlainValidator(_parse_triage, json_schema_input_type=str | float),
    PlainSerializer(lambda triage: "full" if triage == FULL else format_duration(triage)),
    WithJsonSchema({"type": ["string", "number"], "examples": ["full", "15 min"]}),
]


def _triage(default: int = FULL) -> Any:
    return Field(
        default,
        description="time spent on a case until it turns out that this level cannot settle it; full: the whole work",
        json_schema_extra=SECONDS,
    )


def _shift() -> Any:
    return Field(None, description="opening hours; default: the office shift", json_schema_extra=HOURS)


def _staff(description: str) -> Any:
    return Field(1, ge=1, le=MAX_STAFF, description=description, json_schema_extra=PERSONS)


class DeskSpec(Spec):
    """The district's desk: it accepts reports and dispatches them; it settles nothing."""

    clerks: Whole = _staff("clerks at the desk")
    work: Duration = Field(0, description="time to accept and dispatch a case", json_schema_extra=SECONDS)
    shift: Shift | None = _shift()


class CommunitySpec(Spec):
    """The office of each community."""

    staff: Whole = _staff("staff of each community's office")
    triage: Triage = _triage()
    shift: Shift | None = _shift()


class StreetSpec(Spec):
    """The centre of each street: it dispatches reports and handles what communities could not, with the same staff."""

    staff: Whole = _staff("staff of each street's centre")
    triage: Triage = _triage()
    desk_work: Duration = Field(0, description="time to dispatch a case", json_schema_extra=SECONDS)
    shift: Shift | None = _shift()


class DepartmentSpec(Spec):
    """A department of the district, with crews for the whole district."""

    id: Id = Field(description="its name in files", json_schema_extra={"unit": "id"})
    title: Title = Field(description="what people read", json_schema_extra={"unit": ""})
    crews: Whole = Field(1, ge=1, le=MAX_STAFF, description="crews", json_schema_extra={"unit": "crews"})
    triage: Triage = _triage()
    shift: Shift | None = _shift()
    outposts: OutpostSpec | None = Field(
        None, description="its crews at communities; default: none", json_schema_extra={"unit": ""}
    )


class CitySpec(Spec):
    """The city, which settles what the district could not."""

    staff: Whole = _staff("staff for cases of this district")
    triage: Triage = _triage()
    shift: Shift | None = _shift()


class Tiers(Spec):
    """The offices above the grid. What is left out does not exist; the highest one settles all that reaches it."""

    office_shift: Shift = Field(
        ALWAYS, description="office hours; also the clock of limits in working time", json_schema_extra=HOURS
    )
    grid_triage: Triage = _triage()
    desk: DeskSpec | None = Field(
        None, description="the district's desk; default: none", json_schema_extra={"unit": ""}
    )
    community: CommunitySpec | None = Field(
        None, description="the office of each community; default: none", json_schema_extra={"unit": ""}
    )
    street: StreetSpec | None = Field(
        None, description="the centre of each street; default: none", json_schema_extra={"unit": ""}
    )
    departments: tuple[DepartmentSpec, ...] = Field(
        (), max_length=100, description="departments of the district; default: none", json_schema_extra={"unit": ""}
    )
    city: CitySpec | None = Field(None, description="the city; default: none", json_schema_extra={"unit": ""})

    @model_validator(mode="after")
    def _own_ids(self) -> Tiers:
        ids = self.department_ids
        faults = [
            Fault(("departments", i, "id"), "an id of its own", name) for i, name in enumerate(ids) if name in ids[:i]
        ]
        reject("tiers", faults)
        return self

    @property
    def department_ids(self) -> tuple[str, ...]:
        """The departments by row."""
        return tuple(department.id for department in self.departments)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that exist, grid first."""
        exists = (True, self.community, self.street, self.departments, self.city)
        return tuple(level for level, there in zip(LEVELS, exists, strict=True) if there)

    def above(self, level: str, department: str | None) -> str | None:
        """The next existing level above ``level`` for cases that ``department`` (None: nobody) is in charge of."""
        higher = LEVELS[LEVELS.index(level) + 1 :]
        open_to = (name for name in higher if name in self.levels and (name != "department" or department is not None))
        return next(open_to, None)

    def depth(self, level: str) -> int:
        """How many tiers there are from the street down to ``level``: what comes from the district is passed on so often."""
        return sum(name in self.levels for name in LEVELS[LEVELS.index(level) : LEVELS.index("department")])

    def places(self, level: str) -> tuple[str, ...]:
        """Where in ``policy.tiers`` that level would be set up."""
        return ("departments",) if level == "department" else ("desk",) if level == DISTRICT else (level,)

    def missing(self, level: str) -> bool:
        """Whether nobody works at ``level`` (the district's desk included)."""
        return self.desk is None if level == DISTRICT else level not in self.levels

    @property
    def outposts(self) -> dict[str, OutpostSpec]:
        """The departments that come to communities, and how."""
        return {one.id: one.outposts for one in self.departments if one.outposts is not None}

    def most_at_communities(self, world: World) -> int:
        """How many crews come to communities, at most."""
        return sum(one.crews for one in self.outposts.values()) * len(world.communities)

    def groups(self) -> tuple[Group, ...]:
        """Crews of departments at communities."""
        return outpost_groups(self.outposts)

    def detours(self, demand: DemandSpec) -> Detours:
        """The way of cases to departments that come to communities."""
        triage = {one.id: one.triage for one in self.departments}
        below = tuple(name for name in self.levels if self.departments and self.above(name, DISTRICT) == "department")
        return outpost_detours(self.outposts, self._led(demand), triage=triage, below=below)

    def _led(self, demand: DemandSpec) -> dict[str, dict[str, CategorySpec]]:
        """The categories of which each department is in charge."""
        return {
            id: {category.id: category for category in demand.categories if category.department == id}
            for id in self.department_ids
        }

    def clockless(self, span: WorkingSpan | None, *where: str) -> Iterator[Fault]:
        """The fault of a span in working time at a place where there is no office shift to count it by."""
        if span is not None and span.working and self.office_shift == ALWAYS:
            wanted = "a span on the natural clock, as policy.tiers.office_shift is always"
            yield Fault(where, wanted, format_working_time(span))

    def faults(self, demand: DemandSpec) -> Iterator[Fault]:
        """Categories that these tiers could not serve; places count from the top of the scenario."""
        for i, department in enumerate(self.departments):
            if department.outposts is not None:
                for fault in department.outposts.faults(department.id, self._led(demand)[department.id]):
                    yield Fault(
                        ("policy", "tiers", "departments", i, "outposts", *fault.where), fault.expected, fault.got
                    )
        for id, partners in demand.partners.items():
            for partner in partners.work:
                if partner not in self.department_ids:
                    yield Fault(("demand", "partners", id, "work", partner), _one_of(self.department_ids), partner)
        for i, category in enumerate(demand.categories):
            where = ("demand", "categories", i)
            if category.department is not None and category.department not in self.department_ids:
                yield Fault((*where, "department"), _one_of(self.department_ids), category.department)
                continue
            top = [level for level in self.levels if level != "department" or category.department is not None][-1]
            left = 1_000_000 - category.settled_by.cumulative[LEVELS.index(top)]
            if left:
                got = f"{format_share(left)} above {top}"
                yield Fault((*where, "settled_by"), f"shares of existing tiers only ({', '.join(self.levels)})", got)


def _one_of(departments: Sequence[str]) -> str:
    return f"one of the departments {', '.join(departments)}" if departments else "nothing, as there are no departments"
