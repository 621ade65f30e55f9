"""What a study file says: which fields of a scenario vary, over which values, and what is to be read off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator
from pydantic.config import JsonDict

from sim.model.spec import Fault, Id, Number, Spec, Title, Whole, reject
from sim.scenario.schema import Scenario

PLAIN: JsonDict = {"unit": ""}
PATH: JsonDict = {"unit": "path of a field"}
COUNT: JsonDict = {"unit": "count"}

#: what columns of the tables are called beside the factors
COLUMNS = ("point", "draw", "replication", "kpi", "value", "error", "name_zh", "name_en", "unit", "role", "mean",
           "ci_low", "ci_high", "replications", "failed", "target", "factor", "goal", "level", "estimate", "ci_level", "note")  # fmt: skip


def _id_as_title(value: object) -> object:
    if isinstance(value, Mapping) and "title" not in value and value.get("id"):
        return {**value, "title": str(value["id"])}
    return value


def _parse_goal(value: object) -> float:
    if isinstance(value, str) and value.rstrip().endswith("%"):
        try:
            return float(value.rstrip().removesuffix("%")) / 100
        except ValueError:
            pass
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"expected a number such as 90 % or 0.9, got {value!r}")


def _parse_scenario(value: object) -> str | Scenario:
    if isinstance(value, Scenario) or (isinstance(value, str) and value.strip()):
        return value
    raise ValueError(f"expected the name of a scenario file or of a bundled scenario, got {value!r:.60}")


Base = Annotated[str | Scenario, PlainValidator(_parse_scenario, json_schema_input_type=str)]
Goal = Annotated[float, PlainValidator(_parse_goal, json_schema_input_type=float | str)]
Changes = dict[str, Any]  # part of a scenario, as a scenario file says it


class Alternative(Spec):
    """One setting of several fields at once."""

    id: Id = Field(description="its name in tables", json_schema_extra=PLAIN)
    title: Title = Field(description="what people read; default: the id", json_schema_extra=PLAIN)
    at: Number | None = Field(None, description="where it stands on the axis of the factor", json_schema_extra=PLAIN)
    set: Changes = Field(description="what it changes, as in a scenario file", json_schema_extra=PLAIN)

    _titled = model_validator(mode="before")(_id_as_title)


class Factor(Spec):
    """What varies: a field over values or a range, fields multiplied by factors, or several fields at once."""

    id: Id = Field(description="its name in tables", json_schema_extra=PLAIN)
    title: Title = Field(description="what people read; default: the id", json_schema_extra=PLAIN)
    unit: str = Field("", description="unit of its values, for tables and charts", json_schema_extra=PLAIN)
    field: str | None = Field(
        None, description="path of the field that takes the values; items of lists by id", json_schema_extra=PATH
    )
    scale: str | None = Field(
        None, description="path or glob of numbers that are multiplied by the values", json_schema_extra=PATH
    )
    values: tuple[Any, ...] | None = Field(
        None, min_length=1, max_length=1000, description="its values", json_schema_extra=PLAIN
    )
    between: tuple[Any, Any] | None = Field(
        None, description="the lowest and the highest of a range of values", json_schema_extra=PLAIN
    )
    alternatives: tuple[Alternative, ...] | None = Field(
        None, description="its settings, of several fields at once", json_schema_extra=PLAIN
    )

    _titled = model_validator(mode="before")(_id_as_title)

    @model_validator(mode="after")
    def _one_of_each(self) -> Factor:
        reject("factor", self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        settings = [name for name in ("values", "between", "alternatives") if getattr(self, name) is not None]
        fields = [name for name in ("field", "scale") if getattr(self, name) is not None]
        if len(settings) != 1:
            yield Fault((), "one of values, between and alternatives", " and ".join(settings) or "none")
        elif self.alternatives == ():
            yield Fault(("alternatives",), "one alternative or more", "none")
        elif len(fields) != (0 if self.alternatives else 1):
            need = "neither field nor scale beside alternatives" if self.alternatives else "either field or scale"
            yield Fault((), need, " and ".join(fields) or "none")
        ids = [alternative.id for alternative in self.alternatives or ()]
        for i, id in enumerate(ids):
            if id in ids[:i]:
                yield Fault(("alternatives", i, "id"), "an id of its own", id)


class Design(Spec):
    """Which combinations of the settings of some factors are looked at."""

    design: Literal["grid", "one_at_a_time", "latin_hypercube"] = Field(
        "grid",
        description="grid: all combinations; one_at_a_time: the scenario as it is, then each setting of each factor alone; "
        "latin_hypercube: so many points, evenly over all factors",
        json_schema_extra=PLAIN,
    )
    points: Annotated[Whole, Field(ge=1, le=100_000)] | None = Field(
        None, description="how many points a Latin hypercube has", json_schema_extra=COUNT
    )
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] = Field(
        1, description="seed of a Latin hypercube", json_schema_extra=PLAIN
    )
    factors: tuple[Factor, ...] = Field(description="what varies", json_schema_extra=PLAIN)

    @model_validator(mode="after")
    def _points_where_needed(self) -> Design:
        if not self.factors:
            reject("design", [Fault(("factors",), "one factor or more", "none")])
        hypercube = self.design == "latin_hypercube"
        if hypercube and self.points is None:
            reject("design", [Fault((), "points, how many the Latin hypercube has", "none")])
        if not hypercube and self.points is not None:
            reject("design", [Fault(("points",), f"nothing, as a {self.design} has the points it has", self.points)])
        ranges = [i for i, factor in enumerate(self.factors) if factor.between] if self.design == "grid" else []
        reject("design", [Fault(("factors", i, "between"), "values, as a grid needs them", "a range") for i in ranges])
        return self


class Target(Spec):
    """Where on a factor a KPI meets a goal."""

    id: Id = Field(description="its name in tables", json_schema_extra=PLAIN)
    kpi: str = Field(description="the KPI, or one of a category: wait_mean[dispute]", json_schema_extra=PLAIN)
    at_least: Goal | None = Field(
        None, description="the goal, if more is better", json_schema_extra={"unit": "as the KPI"}
    )
    at_most: Goal | None = Field(
        None, description="the goal, if less is better", json_schema_extra={"unit": "as the KPI"}
    )
    factor: Id = Field(description="the lever on which it is read off", json_schema_extra={"unit": "id"})

    @model_validator(mode="after")
    def _one_goal(self) -> Target:
        if (self.at_least is None) == (self.at_most is None):
            got = "none" if self.at_least is None else "both"
            reject("target", [Fault((), "either at_least or at_most", got)])
        return self


class StudySpec(Spec):
    """A study: a scenario, the levers whose settings are compared, and the uncertainties that all of them meet alike."""

    name: Id = Field(description="its name in files and tables", json_schema_extra=PLAIN)
    title: Title = Field(description="what people read; default: the name", json_schema_extra=PLAIN)
    scenario: Base = Field(
        description="what is changed: a file beside this one, or a bundled scenario", json_schema_extra=PLAIN
    )
    replications: Annotated[Whole, Field(ge=1, le=100_000)] = Field(
        10, description="how often each point is run", json_schema_extra=COUNT
    )
    set: Changes = Field(
        {}, description="changes to the scenario at all points, as in a scenario file", json_schema_extra=PLAIN
    )
    levers: Design = Field(description="what policy decides", json_schema_extra=PLAIN)
    uncertainties: Design | None = Field(
        None,
        description="what nobody knows: each point of the levers meets all draws of these",
        json_schema_extra=PLAIN,
    )
    kpis: tuple[str, ...] | None = Field(
        None, description="the KPIs in the tables; default: all", json_schema_extra=PLAIN
    )
    primary: tuple[str, ...] | None = Field(
        None,
        description="the KPIs about which claims are made, named before looking; default: those of gridgov compare",
        json_schema_extra=PLAIN,
    )
    targets: tuple[Target, ...] = Field((), description="what is to be read off a lever", json_schema_extra=PLAIN)

    @model_validator(mode="before")
    @classmethod
    def _title_is_name(cls, value: object) -> object:
        if isinstance(value, Mapping) and "title" not in value and value.get("name"):
            return {**value, "title": str(value["name"])}
        return value

    @model_validator(mode="after")
    def _names_apart(self) -> StudySpec:
        reject("study", [*self._doubled_factors(), *self._unread_targets()])
        return self

    def _doubled_factors(self) -> Iterator[Fault]:
        seen: set[str] = set()
        for part, factors in (("levers", self.levers), ("uncertainties", self.uncertainties)):
            for i, factor in enumerate(factors.factors if factors else ()):
                if factor.id in COLUMNS:
                    yield Fault((part, "factors", i, "id"), "an id that is no column of the tables", factor.id)
                if factor.id in seen:
                    yield Fault((part, "factors", i, "id"), "an id of its own", factor.id)
                seen.add(factor.id)

    def _unread_targets(self) -> Iterator[Fault]:
        levers = [factor.id for factor in self.levers.factors]
        for i, target in enumerate(self.targets):
            if self.levers.design == "latin_hypercube":
                yield Fault(("targets", i), "levers in a grid or one at a time, to read along one", "a Latin hypercube")
            elif target.factor not in levers:
                yield Fault(("targets", i, "factor"), f"one of the levers {', '.join(levers)}", target.factor)
        ids = [target.id for target in self.targets]
        for i, id in enumerate(ids):
            if id in ids[:i]:
                yield Fault(("targets", i, "id"), "an id of its own", id)
