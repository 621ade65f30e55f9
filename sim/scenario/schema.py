"""Scenario: what the place is like, and which policy is in force. The whole of what a user writes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from sim.model.demand_spec import DemandSpec
from sim.model.period import PeriodSpec
from sim.model.policies import (
    Admission,
    Channels,
    Claims,
    Conduct,
    Dispatch,
    Escalation,
    Gates,
    Limits,
    Part,
    Policy,
    Reinforcement,
    Rings,
    Rounds,
    Skills,
    Staffing,
    Supervision,
    Tiers,
    Verification,
    Whistle,
    Zoning,
)
from sim.model.spec import Id, Number, Spec, Title, Whole
from sim.model.units import Parsed
from sim.model.world_spec import WorldSpec
from sim.scenario.fields import LEVERS

Lang = Literal["zh", "en"]
AsWritten = str | Mapping[str, Any] | None  # a part as YAML says it; None: not given
Yuan = Annotated[Number, Field(ge=0, le=1e9)]


Weight = Annotated[Whole, Field(ge=0, le=1000)]


class SeverityWeights(Spec):
    """What an issue weighs by its severity; only their ratios matter."""

    urgent: Weight = Field(4, description="weight of an urgent issue", json_schema_extra={"unit": "weight"})
    quick: Weight = Field(
        2, description="weight of an issue that wants a quick answer", json_schema_extra={"unit": "weight"}
    )
    ordinary: Weight = Field(1, description="weight of an ordinary issue", json_schema_extra={"unit": "weight"})
    hard: Weight = Field(2, description="weight of a hard issue", json_schema_extra={"unit": "weight"})


class Costs(Spec):
    """What work costs and issues weigh, for the KPIs of cost and of the latent stock."""

    worker_month: Yuan = Field(
        0, description="a gridworker for a month, all charges included", json_schema_extra={"unit": "yuan/month"}
    )
    crew_hour: Yuan = Field(
        0, description="an hour of work of a department's crew", json_schema_extra={"unit": "yuan/h"}
    )
    helper_hour: Yuan = Field(
        0, description="an hour of a helper beside the tiers, each person counted", json_schema_extra={"unit": "yuan/h"}
    )
    severity_weights: SeverityWeights = Field(
        SeverityWeights(),
        description="what an issue weighs by severity, where issues are added up; only ratios matter",
        json_schema_extra={"unit": "weight"},
    )


class Assumed(Spec):
    """A number that nobody has published, and why it was set as it is."""

    assumed: str = Field(min_length=1, description="why it was set as it is", json_schema_extra={"unit": ""})


def _source(value: object) -> object:
    if isinstance(value, str | Assumed) and value:
        return value
    if isinstance(value, Mapping) and set(value) == {"assumed"}:
        return Assumed.model_validate(value)
    comma = (
        " (a comma ends a text within braces: quote it)" if isinstance(value, Mapping) and "assumed" in value else ""
    )
    raise ValueError(f"expected where the number comes from, or {{assumed: why}}, got {str(value)!r:.60}{comma}")


Source = Annotated[str | Assumed, BeforeValidator(_source)]


class Scenario(Spec):
    """What the place is like, and which policy is in force there."""

    name: Id = Field(description="its name in files and tables", json_schema_extra={"unit": "id"})
    title: Title = Field(description="what people read; default: the name", json_schema_extra={"unit": ""})
    lang: Lang = Field("zh", description="language of tables and charts: zh or en", json_schema_extra={"unit": ""})
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] = Field(
        1, description="seed of everything that chance decides but the world", json_schema_extra={"unit": ""}
    )
    period: PeriodSpec = Field(PeriodSpec(), description="which days are simulated", json_schema_extra={"unit": ""})
    world: WorldSpec = Field(WorldSpec(), description="what the place is like", json_schema_extra={"unit": ""})
    demand: DemandSpec = Field(description="which issues arise", json_schema_extra={"unit": ""})
    policy: Policy = Field(Policy(), description="which policy is in force", json_schema_extra={"unit": ""})
    costs: Costs = Field(Costs(), description="what work costs and issues weigh", json_schema_extra={"unit": ""})
    sources: dict[str, Source] = Field(
        {},
        description="path of a field, or glob of paths: where its number comes from, or {assumed: why}",
        json_schema_extra={"unit": ""},
    )

    @model_validator(mode="before")
    @classmethod
    def _title_is_name(cls, value: object) -> object:
        if isinstance(value, Mapping) and "title" not in value and value.get("name"):
            return {**value, "title": str(value["name"])}
        return value

    def replace(
        self,
        *,
        name: str | None = None,
        title: Title | str | None = None,
        lang: Lang | None = None,
        seed: int | None = None,
        period: PeriodSpec | None = None,
        world: WorldSpec | None = None,
        demand: DemandSpec | None = None,
        policy: Policy | None = None,
        costs: Costs | None = None,
    ) -> Scenario:
        """The same scenario but for what is given.

        Raises pydantic's ValidationError for values that do not fit; what contradicts across fields is for ``check``.
        """
        given = {
            "name": name,
            "title": title,
            "lang": lang,
            "seed": seed,
            "period": period,
            "world": world,
            "demand": demand,
            "policy": policy,
            "costs": costs,
        }
        return Scenario.model_validate({**dict(self), **_only_given(given)})

    def with_policy(
        self,
        *,
        zoning: Zoning | AsWritten = None,
        staffing: Staffing | AsWritten = None,
        tiers: Tiers | AsWritten = None,
        channels: Channels | AsWritten = None,
        dispatch: Dispatch | AsWritten = None,
        limits: Limits | AsWritten = None,
        escalation: Escalation | AsWritten = None,
        rounds: Rounds | AsWritten = None,
        verification: Verification | AsWritten = None,
        rings: Rings | AsWritten = None,
        claims: Claims | AsWritten = None,
        gates: Gates | AsWritten = None,
        whistle: Whistle | AsWritten = None,
        skills: Skills | AsWritten = None,
        supervision: Supervision | AsWritten = None,
        conduct: Conduct | AsWritten = None,
        reinforcement: Reinforcement | AsWritten = None,
        admission: Admission | AsWritten = None,
    ) -> Scenario:
        """The same scenario with other parts of policy: ``with_policy(dispatch="fifo", staffing=CommunityPool(workers=60))``.

        A part may be an object, or a mapping or a kind as in YAML. What all kinds of its lever have in common (gridworkers'
        shift, say) stays as it is unless given; a mapping that names no other kind changes only what it says. Raises pydantic's ValidationError for what does not fit; what contradicts
        across fields is for ``check``.
        """
        given = {
            "zoning": zoning,
            "staffing": staffing,
            "tiers": tiers,
            "channels": channels,
            "dispatch": dispatch,
            "limits": limits,
            "escalation": escalation,
            "rounds": rounds,
            "verification": verification,
            "rings": rings,
            "claims": claims,
            "gates": gates,
            "whistle": whistle,
            "skills": skills,
            "supervision": supervision,
            "conduct": conduct,
            "reinforcement": reinforcement,
            "admission": admission,
        }
        parts = {
            name: _changed(getattr(self.policy, name), part, LEVERS[name].model_fields if name in LEVERS else ())
            for name, part in _only_given(given).items()
        }
        return self.replace(policy=Policy.model_validate({**dict(self.policy), **parts}))

    def check(self) -> None:
        """Raise ScenarioError if something contradicts across fields, or if the run would not fit into memory.

        A scenario read from a file has passed this check already.
        """
        from sim.scenario.checks import contradictions  # noqa: PLC0415  # only scenarios changed in Python need it
        from sim.scenario.problems import Place, ScenarioError  # noqa: PLC0415
        from sim.scenario.reading import Node  # noqa: PLC0415

        here = Place(self.name, 0, 0)
        if problems := contradictions(dict(self), Node(None, here, here)):
            raise ScenarioError(problems)

    def resolved(self) -> dict[str, Any]:
        """Every field with its default, as a file would say it; loading it gives the same scenario again."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def hash(self) -> str:
        """What the scenario says, in 64 hexadecimal digits: equal for equal content, wherever its files lie.

        The content of data files counts, and so does the code of modules of the user's own.
        """
        from sim.scenario.own_parts import own_code  # noqa: PLC0415  # parts know scenarios by their policies alone

        named = {str(path): path.read_bytes() for path in data_files(self)} | own_code(self.policy)
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in named.items()}
        content = _with(self.resolved(), digests)
        text = json.dumps(content, sort_keys=True, ensure_ascii=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _changed(old: object, new: object, common: Iterable[str]) -> object:
    """What a part ``new`` comes to on top of ``old``; ``common`` are the fields that all kinds of the lever have."""
    if not isinstance(old, Part) or not isinstance(new, Part | str | Mapping):
        return new
    given = {"kind": new} if isinstance(new, str) else _said(new) if isinstance(new, Part) else dict(new)
    same_kind = given.get("kind", old.kind) == old.kind and not isinstance(new, Part)
    kept = {name: _final(value) for name, value in old if same_kind or name in common}
    return {"kind": old.kind, **kept, **given}


def _final(value: object) -> object:
    """A whole number that is in its final unit already, marked so that it is not read as one that lacks its unit."""
    return Parsed(value) if type(value) is int else value


def _said(part: Part) -> dict[str, object]:
    """The kind of a part and the fields that were given to it."""
    return {"kind": part.kind, **{name: getattr(part, name) for name in part.model_fields_set}}


def _only_given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def data_files(value: object) -> Iterator[Path]:
    """The user's own tables that a scenario, or a part of it, names."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, BaseModel | Mapping):
        for _, inner in value if isinstance(value, BaseModel) else value.items():
            yield from data_files(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from data_files(inner)


def _with(value: Any, digests: Mapping[str, str]) -> Any:
    """``value`` with the digests of files in place of what names them."""
    if isinstance(value, dict):
        return {key: _with(inner, digests) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with(inner, digests) for inner in value]
    return digests.get(value, value) if isinstance(value, str) else value
