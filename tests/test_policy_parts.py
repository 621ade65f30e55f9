"""Parts of a policy: found by kind or import path, written back as they were, with errors that say what there is."""

from __future__ import annotations

import json
import pickle
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from sim.model.policies import (
    Ageing,
    BySeverity,
    Dispatch,
    EarliestDue,
    Fifo,
    Order,
    OwnGrids,
    Part,
    Policy,
    SeverityFirst,
    Tiers,
    Zoning,
)
from sim.model.units import WorkingSpan

FULL: dict[str, Any] = {
    "zoning": {"kind": "by_count", "urban": 743, "rural": 40},
    "staffing": {
        "kind": "street_float",
        "workers": {"c0": 3, "c1": 4},
        "shift": "weekdays 08:30-12:00 14:00-18:00",
        "absence": "5 %",
        "skill": 1.1,
        "speed": "4.5 km/h",
        "ownership": 0.9,
        "floaters": "20 %",
    },
    "tiers": {
        "office_shift": "weekdays 08:30-12:00 14:00-18:00",
        "grid_triage": "25 min",
        "desk": {"clerks": 6, "shift": "daily 08:00-20:00", "work": "4 min"},
        "community": {"triage": "15 min"},
        "street": {"staff": 2, "triage": "full", "desk_work": "5 min"},
        "departments": [{"id": "urban", "title": {"zh": "城管", "en": "Urban"}, "crews": 12}],
        "city": {"staff": 4, "triage": "30 min"},
    },
    "channels": {"hotline": "district", "walk_in": "community", "targets": {"waste": "street"}},
    "dispatch": {"kind": "ageing", "preempt": "urgent", "weights": {"quick": "36 h"}},
    "limits": {"urgent": "2 h", "ordinary": "3 working days", "categories": {"waste": {"ordinary": "4 working hours"}}},
    "escalation": {"kind": "limits", "grid": "2 working days", "misroute": "6 %", "rebind_after": "2 d"},
    "rounds": {
        "kind": "daily",
        "order": ["urgent", "admin", "cases", "visits", "patrol"],
        "admin": {"share": "35 %", "cv": 0.3},
        "visits": {"quota": 4},
        "patrol": {"quota": "2 h", "pace": "1.49 km/h"},
        "overtime": ["urgent"],
    },
    "verification": {"kind": "sampled", "failure": "8 %", "field": "30 %", "field_work": "30 min"},
}


class ElderlyFirst(Fifo):
    """A part of a user's own."""

    age: int = 65


def problems(value: object) -> list[tuple[tuple[object, ...], str]]:
    """Where and why ``value`` is no policy."""
    with pytest.raises(ValidationError) as caught:
        Policy.model_validate(value)
    return [(error["loc"], error["msg"]) for error in caught.value.errors()]


def test_defaults_are_plain_or_off() -> None:
    kinds = {lever: part.kind for lever, part in Policy().parts.items()}
    assert kinds == {
        "zoning": "by_community",
        "staffing": "community_pool",
        "channels": "by_table",
        "dispatch": "fifo",
        "limits": "off",
        "escalation": "off",
        "rounds": "off",
        "verification": "none",
        **dict.fromkeys(
            ("rings", "claims", "gates", "whistle", "reinforcement", "admission", "supervision", "conduct"), "off"
        ),
        "skills": "equal",
    }
    assert Policy().tiers == Tiers()
    assert Tiers().levels == ("grid",)


def test_bare_string_is_the_kind() -> None:
    policy = Policy.model_validate({"dispatch": "severity_first", "rounds": "off"})
    assert policy.dispatch == SeverityFirst()
    assert policy == Policy.model_validate({"dispatch": {"kind": "severity_first"}})


def test_mapping_without_kind_is_of_the_usual_kind() -> None:
    policy = Policy.model_validate({"limits": {"urgent": "2 h"}, "dispatch": {"preempt": "all"}})
    assert policy.limits == BySeverity(urgent=WorkingSpan(7200, working=False))
    assert policy.dispatch == Fifo(preempt="all")


def test_import_path_names_a_class_of_the_users() -> None:
    policy = Policy.model_validate({"dispatch": {"kind": "test_policy_parts:ElderlyFirst", "age": 70}})
    assert policy.dispatch == ElderlyFirst(age=70)
    assert policy.model_dump(mode="json")["dispatch"] == {
        "kind": "test_policy_parts:ElderlyFirst",
        "preempt": "none",
        "age": 70,
    }


@pytest.mark.parametrize(
    ("value", "where", "message"),
    [
        (
            {"dispatch": "severty_first"},
            ("dispatch",),
            "expected fifo, severity_first, earliest_due, ageing, live or an import path such as my_rules:MyDispatch, "
            "got 'severty_first' (did you mean severity_first?)",
        ),
        (
            {"zoning": {"kind": "by_houses"}},
            ("zoning", "kind"),
            "expected by_community, by_households, by_workload, by_count or an import path such as my_rules:MyZoning, "
            "got 'by_houses' (did you mean by_households?)",
        ),
        (
            {"rounds": 3},
            ("rounds",),
            "Value error, expected off, daily or an import path such as my_rules:MyRounds, or a mapping with kind, got 3",
        ),
        (
            {"dispatch": "nowhere:Rule"},
            ("dispatch",),
            "expected the import path of a subclass of Dispatch, got 'nowhere:Rule' "
            "(ModuleNotFoundError: No module named 'nowhere')",
        ),
        (
            {"dispatch": {"kind": "json:dumps"}},
            ("dispatch", "kind"),
            "expected the import path of a subclass of Dispatch, got 'json:dumps' (it is something else)",
        ),
        (
            {"zoning": {"kind": "test_policy_parts:ElderlyFirst"}},
            ("zoning", "kind"),
            "expected the import path of a subclass of Zoning, got 'test_policy_parts:ElderlyFirst' (it is something else)",
        ),
        (
            {"zoning": {"kind": "by_count", "urban": 3}},
            ("zoning",),
            "expected grids, or both urban and rural, got {'urban': 3}",
        ),
        (
            {"staffing": {"workers": 0}},
            ("staffing", "workers"),
            "Value error, expected a number of gridworkers between 1 and 100000, or one for each community, got 0",
        ),
        ({"staffing": {"skill": 0}}, ("staffing", "skill"), "Value error, expected a factor above 0, got 0"),
        ({"limits": {"urgent": 0}}, ("limits", "urgent"), "Value error, expected a span of at least 1 s, got 0"),
        (
            {"tiers": {"community": {"triage": "some"}}},
            ("tiers", "community", "triage"),
            "Value error, expected a duration such as 30 min, 2 h or 3 d, got 'some'; or the word full",
        ),
        (
            {"rounds": {"order": ["cases", "cases"]}},
            ("rounds", "order"),
            "Value error, expected each of urgent, cases, admin, visits, patrol once, got ['cases', 'cases']",
        ),
        (
            {"rounds": {"patrol": {"pace": 0}}},
            ("rounds", "patrol", "pace"),
            "Value error, expected a speed above 0, got 0",
        ),
        (
            {"dispatch": {"kind": "live", "score": "nowhere:score"}},
            ("dispatch", "score"),
            "Value error, expected the import path of a function such as my_rules:score, got 'nowhere:score' "
            "(ModuleNotFoundError: No module named 'nowhere')",
        ),
        (
            {"dispatch": {"kind": "live", "score": "operator:add", "features": ["severity", "onset"]}},
            ("dispatch", "features", 1),
            "Value error, expected one of building, unit, category, channel, severity, report, duplicate, patience, "
            "got 'onset'",
        ),
        (
            {"tiers": {"departments": [{"id": "a", "title": "a"}, {"id": "a", "title": "b"}]}},
            ("tiers", "departments", 1, "id"),
            "expected an id of its own, got 'a'",
        ),
        ({"dispatch": {"kind": "fifo", "weight": 2}}, ("dispatch", "weight"), "Extra inputs are not permitted"),
        (
            {"channels": {"hotline": "districts"}},
            ("channels", "hotline"),
            "Input should be 'grid', 'community', 'street', 'department', 'city' or 'district'",
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(
    value: dict[str, object], where: tuple[object, ...], message: str
) -> None:
    assert problems(value) == [(where, message)]


def test_several_mistakes_are_all_reported() -> None:
    found = problems({"zoning": "by_hand", "staffing": {"workers": "two", "absence": "120 %"}})
    assert [where for where, _ in found] == [("zoning",), ("staffing", "workers"), ("staffing", "absence")]


def test_abstract_class_of_the_users_is_refused() -> None:
    class Unfinished(Dispatch):
        kind = "unfinished:Unfinished"

    with pytest.raises(TypeError, match="order"):
        Unfinished()


def test_policy_comes_back_as_it_was_written() -> None:
    policy = Policy.model_validate(FULL)
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy
    assert Policy.model_validate(json.loads(policy.model_dump_json(exclude_none=True))) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert policy.channels.model_dump()["hotline"] == "district"


def test_parts_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Fifo().preempt = "all"  # type: ignore[misc]


def test_json_schema_knows_every_kind() -> None:
    schema = Policy.model_json_schema()
    written = json.loads(Policy.model_validate(FULL).model_dump_json(exclude_none=True))
    jsonschema.validate(written, schema)
    jsonschema.validate({"dispatch": "fifo", "zoning": {"kind": "my_rules:ByRiver", "bends": 3}}, schema)
    for wrong in (
        {"dispatch": "fifi"},
        {"dispatch": {"kind": "fifo", "weights": 3}},
        {"rounds": {"kind": "daily", "admin": 3}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_every_field_says_what_it_means_and_its_unit() -> None:
    for lever in Part.__subclasses__():
        for kind, part in lever.kinds().items():
            for name, field in part.model_fields.items():
                assert field.description, (kind, name)
                assert isinstance(field.json_schema_extra, dict), (kind, name)
                assert "unit" in field.json_schema_extra, (kind, name)


def test_kinds_are_those_of_the_lever() -> None:
    assert list(Zoning.kinds()) == ["by_community", "by_households", "by_workload", "by_count"]
    assert OwnGrids.kind == "own_grids"
    assert ElderlyFirst.kind == "test_policy_parts:ElderlyFirst"


def test_ranks_outside_the_class_are_refused() -> None:
    with pytest.raises(ValueError, match="expected ranks between 0 and 15, got 16"):
        Order(rank=16)


def test_dispatch_goes_by_what_its_name_says() -> None:
    assert (Fifo().slope, Fifo().due_slope) == (1, 0)
    assert (EarliestDue().slope, EarliestDue().due_slope) == (0, 1)
    weights = Ageing().weights
    assert (weights.urgent, weights.quick, weights.ordinary, weights.hard) == (2 * 86400, 86400, 0, 0)
