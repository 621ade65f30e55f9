"""What a scenario says about demand: which issues arise, how often, when, and what becomes of them untended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic.config import JsonDict

from sim.model.distributions import Distribution
from sim.model.spec import Fault, Id, Number, Spec, Title, reject
from sim.model.surges import SurgeSpec, unknown_categories
from sim.model.units import MILLION, Duration, Factor, Rate, Share, format_share

LEVELS = ("grid", "community", "street", "department", "city")
SEVERITIES = ("urgent", "quick", "ordinary", "hard")
FLAT = "flat"
MAX_CATEGORIES = 500

SHARE: JsonDict = {"unit": "share"}
HAZARD: JsonDict = {"unit": "hazard"}
WEIGHTS: JsonDict = {"unit": "relative weights"}

Weight = Annotated[Number, Field(ge=0, le=1e6)]


def _weights(weights: tuple[float, ...]) -> tuple[float, ...]:
    if sum(weights) <= 0:
        raise ValueError(f"expected weights of which at least one is above 0, got {list(weights)}")
    return weights


class ProfileSpec(Spec):
    """When issues arise: relative weights over the day, the week and the year.

    Weights are normalised so that a year of 365 days without holidays comes to the category's rate.
    """

    hours: tuple[Weight, ...] = Field(
        (1.0,) * 24, min_length=24, max_length=24, description="weights of the hours", json_schema_extra=WEIGHTS
    )
    weekdays: tuple[Weight, ...] = Field(
        (1.0,) * 7, min_length=7, max_length=7, description="weights of the weekdays, Monday first",
        json_schema_extra=WEIGHTS,
    )  # fmt: skip
    months: tuple[Weight, ...] = Field(
        (1.0,) * 12, min_length=12, max_length=12, description="weights of the months", json_schema_extra=WEIGHTS
    )
    holiday: Factor | None = Field(
        None,
        description="factor on public holidays; make-up workdays then count as the mean workday. "
        "Default: holidays are like any other day",
        json_schema_extra={"unit": "factor"},
    )

    _some = field_validator("hours", "weekdays", "months")(_weights)


class ChannelSpec(Spec):
    """A way in which residents or hosts report: hotline, walk-in and so on."""

    id: Id = Field(description="its name in files; never rename it", json_schema_extra={"unit": "id"})
    title: Title = Field(description="what people read", json_schema_extra={"unit": ""})
    invalid: Share = Field(
        0, description="share of its reports behind which there is no issue", json_schema_extra=SHARE
    )


VISIT = ChannelSpec(id="visit", title=Title(zh="入户走访", en="household visit"))
PATROL = ChannelSpec(id="patrol", title=Title(zh="日常巡查", en="patrol"))
DIRECT = ChannelSpec(id="direct", title=Title(zh="直接上报", en="direct report"))


def _sums_to_one(part: str, shares: Mapping[str, int]) -> None:
    total = sum(shares.values())
    if total != MILLION:
        reject(part, [Fault((), "shares that sum to 100 %", format_share(total))])


class SeveritySpec(Spec):
    """How severe issues of a category are: the share of each class."""

    urgent: Share = Field(0, description="share of urgent ones", json_schema_extra=SHARE)
    quick: Share = Field(0, description="share of those that want a quick answer", json_schema_extra=SHARE)
    ordinary: Share = Field(0, description="share of ordinary ones", json_schema_extra=SHARE)
    hard: Share = Field(0, description="share of hard ones", json_schema_extra=SHARE)

    @model_validator(mode="after")
    def _complete(self) -> SeveritySpec:
        _sums_to_one("severity", {name: getattr(self, name) for name in SEVERITIES})
        return self

    @property
    def cumulative(self) -> tuple[int, ...]:
        """Millionths up to and including each class, urgent first."""
        return tuple(accumulate(getattr(self, name) for name in SEVERITIES))


def _one_severity(value: object) -> object:
    if isinstance(value, str):
        if value not in SEVERITIES:
            raise ValueError(f"expected one of {', '.join(SEVERITIES)}, or the share of each, got {value!r}")
        return {value: 1}
    return value


class SettledBySpec(Spec):
    """Which level can settle issues of a category: the share of each."""

    grid: Share = Field(0, description="share that a gridworker can settle", json_schema_extra=SHARE)
    community: Share = Field(0, description="share that it takes the community for", json_schema_extra=SHARE)
    street: Share = Field(0, description="share that it takes the street for", json_schema_extra=SHARE)
    department: Share = Field(0, description="share that it takes a department for", json_schema_extra=SHARE)
    city: Share = Field(0, description="share that it takes the city for", json_schema_extra=SHARE)

    @model_validator(mode="after")
    def _complete(self) -> SettledBySpec:
        _sums_to_one("settled_by", {name: getattr(self, name) for name in LEVELS})
        return self

    @property
    def cumulative(self) -> tuple[int, ...]:
        """Millionths that each level or one below it can settle: its capability, grid first."""
        return tuple(accumulate(getattr(self, name) for name in LEVELS))


def _level(description: str) -> Any:
    return Field(None, description=description, json_schema_extra={"unit": "s"})


class WorkSpec(Spec):
    """How long the work takes at each level. A level left out works as long as the nearest level below it."""

    grid: Distribution | None = _level("work of a gridworker")
    community: Distribution | None = _level("work of the community")
    street: Distribution | None = _level("work of the street")
    department: Distribution | None = _level("work of the department")
    city: Distribution | None = _level("work of the city")

    @model_validator(mode="after")
    def _some(self) -> WorkSpec:
        if not any(getattr(self, name) for name in LEVELS):
            reject("work", [Fault((), f"the work of at least one of {', '.join(LEVELS)}", {})])
        return self

    @property
    def by_level(self) -> tuple[Distribution, ...]:
        """The law of each of the five levels, grid first."""
        given = [getattr(self, name) for name in LEVELS]
        first = next(law for law in given if law is not None)
        return tuple(accumulate(given, lambda below, law: law or below, initial=first))[1:]


def _at_once(value: object) -> object:
    return None if value == 0 and not isinstance(value, bool) else value


class ReportSpec(Spec):
    """Whether, when and how residents (at dedicated places the host) report an issue."""

    share: Share = Field(
        "100 %",
        validate_default=True,
        description="share that is ever reported, at mean propensity",
        json_schema_extra=SHARE,
    )
    delay: Annotated[
        Distribution | None, BeforeValidator(_at_once, json_schema_input_type=float | Distribution | None)
    ] = Field(None, description="time from onset to report; default: at once", json_schema_extra={"unit": "s"})
    channels: dict[Id, Share] | None = Field(
        None, description="share of each channel; default: the only channel", json_schema_extra=SHARE
    )
    host: Id | None = Field(
        None,
        description="channel by which dedicated places report; default: the same as others",
        json_schema_extra={"unit": "id"},
    )

    @field_validator("channels")
    @classmethod
    def _complete(cls, channels: dict[str, int] | None) -> dict[str, int] | None:
        if channels is not None:
            _sums_to_one("channels", channels)
        return channels


class NoticeSpec(Spec):
    """How easily a gridworker notices an issue: the hazard that each pass adds (0.1: about 1 in 10 passes)."""

    visit: Factor = Field(0, description="hazard added by an answered visit to the household", json_schema_extra=HAZARD)
    patrol: Factor = Field(0, description="hazard added by a patrol pass of the shared space", json_schema_extra=HAZARD)


class DelayedSpec(Spec):
    """Something that happens to a share of issues, some time after onset (or, to a duplicate, after the report)."""

    share: Share = Field(description="share to which it happens", json_schema_extra=SHARE)
    after: Distribution = Field(description="after how long", json_schema_extra={"unit": "s"})


class WorsenSpec(DelayedSpec):
    """How issues worsen while untended: one severity class more urgent, and more difficult."""

    difficulty: Share = Field(0, description="difficulty added", json_schema_extra=SHARE)


MOST_PARTNERS = 7


class PartnersSpec(Spec):
    """Issues of a category that one department cannot settle alone, and which others they take."""

    share: Share = Field(
        description="share of the issues that it takes a department for, the most difficult of them",
        json_schema_extra=SHARE,
    )
    work: dict[Id, Share] = Field(
        min_length=1,
        max_length=MOST_PARTNERS,
        description="department: its part of the work, as a share of that of the department in charge",
        json_schema_extra=SHARE,
    )


class CategorySpec(Spec):
    """One kind of issue: how often and where it arises, what it takes, who learns of it."""

    id: Id = Field(description="its name in files; never rename it", json_schema_extra={"unit": "id"})
    title: Title = Field(description="what people read", json_schema_extra={"unit": ""})
    rate: Rate = Field(description="how often it arises", json_schema_extra={"unit": "issues per … per …"})
    rural: Factor = Field(
        1,
        validate_default=True,
        description="factor on the rate in rural communities",
        json_schema_extra={"unit": "factor"},
    )
    dedicated: Rate | None = Field(
        None, description="rate at dedicated places", json_schema_extra={"unit": "issues per place per …"}
    )
    profile: Id = Field(
        FLAT, description="when it arises: a name from demand.profiles", json_schema_extra={"unit": "id"}
    )
    shared: Share = Field(
        "100 %",
        validate_default=True,
        description="share arising in the shared space of a building, not in a household",
        json_schema_extra=SHARE,
    )
    severity: Annotated[
        SeveritySpec, BeforeValidator(_one_severity, json_schema_input_type=str | dict[str, str | float])
    ] = Field(
        SeveritySpec(ordinary="100 %"), description="share of each severity, or one of them for all",
        json_schema_extra=SHARE,
    )  # fmt: skip
    settled_by: SettledBySpec = Field(
        SettledBySpec(grid="100 %"), description="share that each level can settle", json_schema_extra=SHARE
    )
    department: Id | None = Field(
        None, description="department in charge", json_schema_extra={"unit": "id in policy.tiers.departments"}
    )
    work: WorkSpec = Field(description="how long the work takes at each level", json_schema_extra={"unit": "s"})
    report: ReportSpec = Field(ReportSpec(), description="how it is reported", json_schema_extra={"unit": ""})
    notice: NoticeSpec = Field(NoticeSpec(), description="how gridworkers notice it", json_schema_extra=HAZARD)
    worsen: WorsenSpec | None = Field(None, description="default: it never worsens", json_schema_extra={"unit": ""})
    clear: DelayedSpec | None = Field(
        None, description="how it goes away by itself; default: never", json_schema_extra={"unit": ""}
    )
    patience: Distribution | None = Field(
        None,
        description="how long a reporter waits for the first service; default: for ever",
        json_schema_extra={"unit": "s"},
    )
    duplicate: DelayedSpec | None = Field(
        None, description="how it is reported again on another platform; default: never", json_schema_extra={"unit": ""}
    )

    @model_validator(mode="after")
    def _consistent(self) -> CategorySpec:
        faults = []
        if self.rate.per == "place":
            faults.append(Fault(("rate",), "a rate per residents, per household or in all", "per place"))
        if self.dedicated is not None and self.dedicated.amount and self.dedicated.per != "place":
            faults.append(Fault(("dedicated",), "a rate per place, such as 3 per place per year", self.dedicated.per))
        if self.settled_by.department and self.department is None:
            share = format_share(self.settled_by.department)
            faults.append(Fault(("department",), f"the department that settles {share}", None))
        reject(self.id, faults)
        return self


class OpeningSpec(Spec):
    """How the history before the run is thinned, whatever the policy, so that the run opens as a district stands."""

    open_cases: Duration = Field(
        "5 d",
        validate_default=True,
        description="reports older than this at the start count as dealt with; younger ones are made at the start",
        json_schema_extra={"unit": "s"},
    )
    visits_per_year: Number = Field(
        0.8, ge=0, le=1000, description="answered visits to a household in the years before",
        json_schema_extra={"unit": "visits per year"},
    )  # fmt: skip
    passes_per_day: Number = Field(
        0.5, ge=0, le=1000, description="patrol passes of a building in the years before",
        json_schema_extra={"unit": "passes per day"},
    )  # fmt: skip


class DemandSpec(Spec):
    """The issues of a scenario, by category."""

    day_factor_cv: Number = Field(
        0, ge=0, le=3, description="spread of a factor on all rates that varies from day to day (lognormal, mean 1)",
        json_schema_extra={"unit": "standard deviation / mean"},
    )  # fmt: skip
    opening: OpeningSpec = Field(OpeningSpec(), description="how history is thinned", json_schema_extra={"unit": ""})
    profiles: dict[Id, ProfileSpec] = Field(
        {}, description="named patterns of time; `flat` always exists", json_schema_extra=WEIGHTS
    )
    channels: tuple[ChannelSpec, ...] = Field(
        (), description="channels of reports; default: one, direct", json_schema_extra={"unit": ""}
    )
    categories: tuple[CategorySpec, ...] = Field(description="kinds of issues", json_schema_extra={"unit": ""})
    surges: tuple[SurgeSpec, ...] = Field(
        (), description="times in which issues arise more often than usual", json_schema_extra={"unit": ""}
    )
    partners: dict[Id, PartnersSpec] = Field(
        {},
        description="category: which departments some of its issues take besides its own",
        json_schema_extra={"unit": ""},
    )

    @model_validator(mode="after")
    def _consistent(self) -> DemandSpec:
        if not 0 < len(self.categories) <= MAX_CATEGORIES:
            faults = [Fault(("categories",), f"1 to {MAX_CATEGORIES} categories", len(self.categories))]
            reject("demand", faults)
        faults = [*_repeated("categories", self.categories), *_repeated("channels", self.channels)]
        faults += _repeated("surges", self.surges)
        faults += unknown_categories(self.surges, [category.id for category in self.categories])
        faults += [
            Fault(("channels", i, "id"), "an id other than visit and patrol, which are built in", channel.id)
            for i, channel in enumerate(self.channels)
            if channel.id in (VISIT.id, PATROL.id)
        ]
        faults += self._bad_partners()
        for i, category in enumerate(self.categories):
            faults += [Fault(("categories", i, *f.where), f.expected, f.got) for f in self._unknown_names(category)]
        reject("demand", faults)
        return self

    def _bad_partners(self) -> Iterator[Fault]:
        """Partners of categories that there are not, that no department is in charge of, or that are their own."""
        departments = {category.id: category.department for category in self.categories}
        for id, partners in self.partners.items():
            own = departments.get(id)
            if id not in departments:
                yield Fault(("partners", id), f"one of the categories {', '.join(departments)}", id)
            elif own is None:
                yield Fault(("partners", id), "nothing, as no department is in charge of it", list(partners.work))
            elif own in partners.work:
                yield Fault(("partners", id, "work", own), "departments other than its own", own)

    def _unknown_names(self, category: CategorySpec) -> list[Fault]:
        report, reporting = category.report, {channel.id for channel in self.reporting_channels}
        choice = f"one of the channels {', '.join(sorted(reporting))}"
        named: dict[tuple[str | int, ...], str] = {("report", "channels", name): name for name in report.channels or ()}
        if report.host is not None:
            named["report", "host"] = report.host
        faults = [Fault(where, choice, name) for where, name in named.items() if name not in reporting]
        if report.channels is None and report.share and len(reporting) > 1:
            faults.append(Fault(("report",), f"the share of each of the channels {', '.join(sorted(reporting))}", None))
        if category.profile not in self.all_profiles:
            known = ", ".join(sorted(self.all_profiles))
            faults.append(Fault(("profile",), f"one of the profiles {known}", category.profile))
        return faults

    @property
    def reporting_channels(self) -> tuple[ChannelSpec, ...]:
        """The channels of reports; `direct` if the scenario names none."""
        return self.channels or (DIRECT,)

    @property
    def all_channels(self) -> tuple[ChannelSpec, ...]:
        """The channels by row: visit, patrol, then the channels of reports."""
        return (VISIT, PATROL, *self.reporting_channels)

    @property
    def all_profiles(self) -> dict[str, ProfileSpec]:
        """The profiles by name; `flat` is among them."""
        return {FLAT: ProfileSpec(), **self.profiles}


def _repeated(
    field: str, items: tuple[CategorySpec, ...] | tuple[ChannelSpec, ...] | tuple[SurgeSpec, ...]
) -> list[Fault]:
    ids = [item.id for item in items]
    return [Fault((field, i, "id"), "an id of its own", name) for i, name in enumerate(ids) if name in ids[:i]]
