"""Whistle and report: which rows of the Plan partners and a whistle make, and what contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from lever_plans import OFFICE, SHARES, TIERS, faults, hop, open_at, plan_of, same_but_for
from made_worlds import category
from pydantic import ValidationError

from scenarios import scenario
from sim.engine.events import LEVELS, NEVER, Level, Role, Stamp
from sim.engine.plan import MILLION, Plan, has_courses
from sim.model.demand_spec import DemandSpec
from sim.model.policies import JointWhistle, Policy

DESK, GRID, COMMUNITY, STREET, DEPARTMENT, LEADERS, SIGNING, CONTACT, TOGETHER = range(9)  # stages
POLICE, URBAN, FIRE, JUSTICE = range(4)  # departments
HOUR, DAY = 3600, 86_400
PARTNERS: dict[str, Any] = {
    "a": {"share": "50 %", "work": {"urban": "50 %", "fire": "30 %"}},
    "b": {"share": "25 %", "work": {"fire": "100 %"}},
}


def led(id: str, department: str = "police", shares: Mapping[str, str] = SHARES) -> dict[str, Any]:
    """A category of which a department is in charge."""
    return category(id, settled_by=shares, department=department)


def demanded(partners: Mapping[str, Any], *categories: Mapping[str, Any]) -> DemandSpec:
    """The demand of these categories with partners; by default a and c of the police, b of urban management."""
    return DemandSpec.model_validate(
        {"categories": categories or (led("a"), led("b", "urban"), led("c")), "partners": partners}
    )


SPEC, ALONE = demanded(PARTNERS), demanded({})
ISSUES = [{"building": row, "category": row} for row in range(3)]


def tiers(fire: str | None = None, **more: object) -> dict[str, Any]:
    """The tiers with four departments; ``fire``: the hours of the fire brigade."""
    crews = {"police": 2, "urban": 1, "fire": 1, "justice": 1}
    rows = [{"id": id, "title": id, "crews": number} for id, number in crews.items()]
    rows[FIRE] |= {"shift": fire} if fire else {}
    return {"tiers": {**TIERS, "departments": rows, **more}}


def whistle(**fields: Any) -> dict[str, Any]:
    terms = {"shift": OFFICE, "sign": "1 h", "contact": "24 h", "attend": "3 working days", **fields}
    return {**tiers(), "whistle": {"kind": "joint", **terms}}


def planned(policy: Mapping[str, Any], *issues: Mapping[str, int], spec: DemandSpec = SPEC) -> Plan:
    return plan_of(policy, *(issues or ISSUES), spec=spec)


def queues_of(plan: Plan, level: Level) -> list[int]:
    """The queues of a tier, by unit."""
    return [row for row, queue in enumerate(plan["queues"]) if queue["level"] == level]


# partners


def test_the_department_in_charge_comes_first_and_does_all_its_work() -> None:
    plan = planned(whistle(no_show="15 %"))
    assert plan["parties"].tolist() == [(0, 3), (3, 2)]
    police, urban, fire, _ = queues_of(plan, Level.DEPARTMENT)
    assert plan["party_members"].tolist() == [
        (police, MILLION, 0),
        (urban, 500_000, 150_000),
        (fire, 300_000, 150_000),
        (urban, MILLION, 0),
        (fire, MILLION, 150_000),
    ]


def test_every_issue_has_the_party_of_its_category() -> None:
    assert planned(whistle())["issues"]["party"].tolist() == [0, 1, NEVER]


CITY = {"grid": "50 %", "community": "20 %", "street": "10 %", "department": "15 %", "city": "5 %"}


@pytest.mark.parametrize(
    ("row", "difficulty", "joint"),
    [
        (0, 0, 0),
        (0, 800_001, 0),  # the easiest that takes the police
        (0, 900_000, 0),  # half of 20 % are below
        (0, 900_001, 1),
        (0, MILLION, 1),
        (1, 950_000, 0),  # a quarter of 20 %
        (1, 950_001, 1),
        (2, MILLION, 0),  # no partners
        (3, 850_000, 0),  # one third of 15 %, rounded
        (3, 900_000, 0),
        (3, 900_001, 1),
        (3, 950_000, 1),
        (3, 950_001, 0),  # the city settles it
        (4, 800_000, 0),  # all that takes a department
        (4, 800_001, 1),
    ],
)
def test_the_most_difficult_of_those_that_take_a_department_take_several(row: int, difficulty: int, joint: int) -> None:
    some = {"share": "33.3333 %", "work": {"fire": "10 %"}}
    partners = {**PARTNERS, "d": some, "e": {**some, "share": "100 %"}}
    spec = demanded(partners, led("a"), led("b", "urban"), led("c"), led("d", shares=CITY), led("e"))
    policy = {**whistle(), **tiers(city={})}
    plan = planned(policy, {"category": row, "difficulty": difficulty}, spec=spec)
    assert plan["issues"]["joint"].tolist() == [joint]


def test_none_of_it_is_of_a_share_of_nothing() -> None:
    none = demanded({"a": {"share": 0, "work": {"urban": 1}}}, led("a"))
    plan = planned(whistle(), {"difficulty": MILLION}, spec=none)
    assert plan["issues"][["party", "joint"]].tolist() == [(0, 0)]


def test_without_a_whistle_departments_refer_cases_to_each_other() -> None:
    plan = planned(tiers())
    assert plan["stages"]["refers"].tolist() == [0, 0, 0, 0, 1]
    assert plan["stages"]["whistle"].tolist() == [NEVER] * 5
    assert len(plan["parties"]) == 2
    assert set(plan["party_members"]["no_show"]) == {0}
    assert has_courses(plan)
    assert plan.labels["whistle_limits"] == {}


def test_partners_change_only_who_takes_part_and_who_is_settled_with_whom() -> None:
    with_partners, without = planned(tiers()), planned(tiers(), spec=ALONE)
    changed = {"parties", "party_members", "issues", "stages", "queues", "servers"}
    assert same_but_for(with_partners, without) == changed
    for name, columns in {"issues": {"party", "joint"}, "stages": {"refers"}, "queues": {"component"}}.items():
        ours, theirs = with_partners[name], without[name]
        differ = {column for column in ours.dtype.names or () if (ours[column] != theirs[column]).any()}
        assert differ <= columns, name


def test_departments_that_may_come_together_are_settled_together_and_others_are_not() -> None:
    plan = planned(whistle())
    police, urban, fire, justice = plan["queues"]["component"][queues_of(plan, Level.DEPARTMENT)]
    assert police == urban == fire != justice
    apart = planned(tiers(), spec=ALONE)
    assert len(set(apart["queues"]["component"][queues_of(apart, Level.DEPARTMENT)])) == 4
    crews = plan["servers"][plan["servers"]["level"] == Level.DEPARTMENT]
    assert crews["component"].tolist() == [police, police, urban, fire, justice]


def test_what_takes_several_departments_passes_the_outposts_of_one_by() -> None:
    outposts = tiers()
    outposts["tiers"]["departments"][POLICE]["outposts"] = {"shift": "weekdays 08:30-12:00"}
    hard, easy = ({"category": 0, "difficulty": difficulty} for difficulty in (MILLION, 850_000))
    plan, apart = (planned(outposts, hard, easy, spec=spec) for spec in (SPEC, ALONE))
    [centre, outpost] = [Level.DEPARTMENT, LEVELS]
    assert (plan["route"][:, centre] == queues_of(plan, Level.DEPARTMENT)[POLICE]).all()
    assert (plan["route"][:, outpost] >= 0).tolist() == [False, True]
    assert (apart["route"][:, outpost] >= 0).tolist() == [True, True]


# a whistle


def test_a_whistle_leads_by_the_leaders_and_the_officers_to_the_joint_service() -> None:
    plan = planned(whistle(leader_work="20 min", sign_work="6 min", contact_work="40 min"))
    stages = plan["stages"]
    assert stages["role"][LEADERS:].tolist() == [Role.DESK, Role.DESK, Role.DESK, Role.JOINT]
    assert stages["level"][LEADERS:].tolist() == [Level.STREET, Level.DISTRICT, Level.DISTRICT, Level.DEPARTMENT]
    assert stages["next"][LEADERS:].tolist() == [SIGNING, CONTACT, TOGETHER, NEVER]
    assert stages["work"][LEADERS:].tolist() == [1200, 360, 2400, 0]
    assert stages["stamp"].tolist() == [Stamp.NONE] * 5 + [Stamp.CALLED, Stamp.SIGNED, Stamp.CONTACTED, Stamp.NONE]
    assert stages["whistle"].tolist() == [NEVER] * 4 + [LEADERS] + [NEVER] * 4
    assert stages["refers"].tolist() == [0] * 4 + [1] + [0] * 4


def test_the_joint_service_is_the_work_of_departments_with_their_triage() -> None:
    policy = whistle()
    for row in policy["tiers"]["departments"]:
        row["triage"] = "15 min"
    plan = planned(policy)
    assert plan["stages"][["way", "content"]][TOGETHER] == plan["stages"][["way", "content"]][DEPARTMENT]
    terms = "capability", "triage", "up", "hold", "decline", "feign"
    for row in range(3):
        assert hop(plan, TOGETHER, row, *terms) == (MILLION, 900, NEVER, NEVER, NEVER, NEVER)


def test_what_departments_together_cannot_settle_goes_to_the_city() -> None:
    spec = demanded({"a": PARTNERS["a"]}, led("a", shares=CITY))
    plan = planned({**whistle(), **tiers(city={})}, {"difficulty": 940_000}, spec=spec)
    assert hop(plan, TOGETHER + 1, 0, "capability", "up") == (950_000, DEPARTMENT + 1)


def test_they_are_waited_for_by_the_clock_of_the_limit() -> None:
    by_hours, by_days = planned(whistle(attend="36 h")), planned(whistle(attend="3 working days"))
    assert by_hours["stages"][["attend", "attend_calendar"]][TOGETHER].tolist() == (36 * HOUR, 0)
    attend, calendar = by_days["stages"][["attend", "attend_calendar"]][TOGETHER].tolist()
    assert attend == 3 * 8 * HOUR
    assert open_at(by_days, calendar)[0] == (3 * DAY + 8 * HOUR + 1800, 3 * DAY + 12 * HOUR)  # Monday, 4 January 2021
    assert set(by_days["stages"]["attend"][:TOGETHER]) == {NEVER}
    assert by_days.labels["whistle_limits"] == {
        "signed": (0, HOUR),
        "contacted": (0, DAY),
        "attended": (calendar, 24 * HOUR),
    }


def test_somebody_may_whistle_for_what_takes_several_departments_or_for_what_does_not() -> None:
    plan = planned(whistle(use="80 %", idle="5 %", after=2))
    for stage in range(9):
        chances = (800_000, 50_000) if stage == DEPARTMENT else (0, 0)
        assert {hop(plan, stage, row, "whistle", "whistle_idle") for row in range(3)} == {chances}, stage
    assert plan.rules["whistle_after"] == 2
    plain = planned(whistle())
    assert hop(plain, DEPARTMENT, 0, "whistle", "whistle_idle") == (MILLION, 0)
    assert plain.rules["whistle_after"] == 0


@pytest.mark.parametrize(
    ("per", "level", "units"),
    [("street", Level.STREET, [0, 0, 1, 1]), ("community", Level.COMMUNITY, [0, 0, 1, 1, 2, 2])],
)
def test_each_street_or_community_has_leaders_and_the_district_officers(
    per: str, level: Level, units: list[int]
) -> None:
    plan = planned(whistle(per=per, leaders=2, officers=3, officer_shift="daily 08:00-20:00"))
    leaders, officers = (dict(one) for one in plan.labels["groups"])  # type: ignore[attr-defined]
    assert (leaders["id"], officers["id"]) == ("whistle.leaders", "whistle.officers")
    assert (leaders["servers"], officers["servers"]) == (len(units), 3)
    first = leaders["first_server"]
    assert plan["servers"]["unit"][first : first + len(units)].tolist() == units
    assert set(plan["servers"]["level"][first : first + len(units)]) == {level}
    on_duty = plan["servers"][officers["first_server"] :]
    assert on_duty[["level", "unit"]].tolist() == [(Level.DISTRICT, 0)] * 3
    assert open_at(plan, int(on_duty["calendar"][0]))[0] == (8 * HOUR, 20 * HOUR)
    assert open_at(plan, int(plan["servers"]["calendar"][first]))[0] == (3 * DAY + 8 * HOUR + 1800, 3 * DAY + 12 * HOUR)


def test_whistles_go_to_the_leaders_of_the_place_and_the_officers_of_the_district() -> None:
    plan = planned(whistle(), {"building": 0}, {"building": 2}, {"building": 3})
    leading, signing = (plan["route"][:, plan["stages"]["way"][stage]] for stage in (LEADERS, SIGNING))
    assert plan["queues"]["unit"][leading].tolist() == [
        0,
        0,
        1,
    ]  # two communities of the first street, one of the second
    assert set(plan["queues"]["level"][leading]) == {Level.STREET}
    assert not set(leading.tolist()) & set(plan["route"][:, Level.STREET].tolist())
    assert plan["queues"][["level", "unit", "links"]][signing].tolist() == [(Level.DISTRICT, 0, 1)] * 3
    assert plan["stages"]["way"][SIGNING] == plan["stages"]["way"][CONTACT]


def test_no_whistle_changes_nothing() -> None:
    for spec in (SPEC, ALONE):
        assert not same_but_for(planned(tiers(), spec=spec), planned({**tiers(), "whistle": "off"}, spec=spec))


def test_what_nobody_whistles_for_is_as_without_partners() -> None:
    plan = planned(tiers(), spec=ALONE)
    assert (len(plan["parties"]), len(plan["party_members"])) == (0, 0)
    assert plan["issues"][["party", "joint"]].tolist() == [(NEVER, 0)] * 3
    assert set(plan["stages"]["refers"]) == {0}
    assert set(plan["stages"]["whistle"]) == {NEVER}
    assert not has_courses(plan)


# what cannot be

CLOCK = "a span on the natural clock, as policy.tiers.office_shift is always"
NIGHT = "daily 20:00-23:00"


@pytest.mark.parametrize(
    ("policy", "partners", "expected"),
    [
        (whistle(), {}, [("policy.whistle", "off, as demand.partners says nothing", "joint")]),
        (
            {**whistle(sign="1 working days", contact="2 working days"), **tiers(office_shift="always")},
            PARTNERS,
            [
                ("policy.whistle.sign", CLOCK, "1 working days"),
                ("policy.whistle.contact", CLOCK, "2 working days"),
                ("policy.whistle.attend", CLOCK, "3 working days"),
            ],
        ),
        (
            {**whistle(), **tiers(fire=NIGHT)},
            {"b": PARTNERS["b"]},
            [
                (
                    "policy.whistle",
                    "departments with hours in common for b",
                    f"urban {OFFICE}, fire {NIGHT}",
                )
            ],
        ),
        (
            tiers(),
            {"a": {"share": 1, "work": {"urban": 1, "tax": 1}}},
            [("demand.partners.a.work.tax", "one of the departments police, urban, fire, justice", "tax")],
        ),
        (
            {**whistle(), **tiers(fire="sat 08:30-12:00", office_shift=OFFICE)},
            {"a": {"share": 1, "work": {"urban": 1, "tax": 1}}},
            [("demand.partners.a.work.tax", "one of the departments police, urban, fire, justice", "tax")],
        ),
    ],
    ids=["no partners", "no clock", "no common hours", "unknown to the tiers", "unknown, with a whistle"],
)
def test_contradictions(
    policy: dict[str, Any], partners: dict[str, Any], expected: list[tuple[str, str, object]]
) -> None:
    assert faults(policy, demanded(partners)) == expected


def test_departments_without_common_hours_may_still_refer_cases_to_each_other() -> None:
    assert faults(tiers(fire=NIGHT), SPEC) == []


def test_where_there_are_no_departments_there_are_no_partners() -> None:
    without: dict[str, Any] = {"tiers": {"community": {}, "street": {}}}
    wanted = "nothing, as there are no departments"
    assert [fault for fault in faults(without, demanded(PARTNERS)) if "partners" in fault[0]] == [
        ("demand.partners.a.work.urban", wanted, "urban"),
        ("demand.partners.a.work.fire", wanted, "fire"),
        ("demand.partners.b.work.fire", wanted, "fire"),
    ]


def errors(error: ValidationError) -> list[str]:
    """What pydantic says, each with its place."""
    return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]


@pytest.mark.parametrize(
    ("partners", "categories", "message"),
    [
        ({"waste": PARTNERS["a"]}, (), "partners.waste: expected one of the categories a, b, c, got 'waste'"),
        (
            {"a": PARTNERS["a"]},
            (category("a"),),
            "partners.a: expected nothing, as no department is in charge of it, got ['urban', 'fire']",
        ),
        (
            {"a": {"share": 1, "work": {"police": "50 %"}}},
            (),
            "partners.a.work.police: expected departments other than its own, got 'police'",
        ),
        ({"a": {"share": 1, "work": {}}}, (), "partners.a.work: Dictionary should have at least 1 item"),
        (
            {"a": {"share": 1, "work": {f"d{k}": 1 for k in range(8)}}},
            (),
            "partners.a.work: Dictionary should have at most 7 items",
        ),
        ({"a": {"work": {"urban": 1}}}, (), "partners.a.share: Field required"),
    ],
)
def test_wrong_partners(partners: dict[str, Any], categories: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        demanded(partners, *categories)
    [found] = errors(raised.value)
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sign": "0 h"}, "sign: Value error, expected a span of at least 1 s, got 0"),
        ({"leaders": 0}, "leaders: Input should be greater than or equal to 1"),
        ({"officers": 1001}, "officers: Input should be less than or equal to 1000"),
        ({"after": -1}, "after: Input should be greater than or equal to 0"),
        ({"per": "district"}, "per: Input should be 'community' or 'street'"),
        ({"shift": "office"}, "shift: "),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Policy.model_validate(whistle(**fields))
    [found] = errors(raised.value)
    assert found.startswith(f"whistle.{message}")


def test_limits_and_hours_have_to_be_said() -> None:
    with pytest.raises(ValidationError) as raised:
        Policy.model_validate({"whistle": "joint"})
    missing = [f"whistle.{name}: Field required" for name in ("shift", "sign", "contact", "attend")]
    assert errors(raised.value) == missing


# writing


def test_it_is_written_as_it_was_read() -> None:
    fields = {"use": "80 %", "idle": "5 %", "after": 1, "per": "community", "leaders": 2, "officers": 3}
    rest = {"officer_shift": OFFICE, "leader_work": "20 min", "sign_work": "1 min", "no_show": "15 %"}
    part = Policy.model_validate(whistle(**fields, **rest, contact_work="45 min")).whistle
    assert isinstance(part, JointWhistle)
    assert Policy.model_validate({"whistle": part.model_dump(mode="json")}).whistle == part
    assert part.model_dump(mode="json")["attend"] == "3 working days"
    assert DemandSpec.model_validate(SPEC.model_dump(mode="json")) == SPEC


def test_a_scenario_file_says_all_of_it() -> None:
    text = """
name: called
extends: street
demand:
  partners: {utilities: {share: 20 %, work: {housing: 50 %}}}
policy:
  whistle: {kind: joint, shift: weekdays 09:00-12:00, sign: 1 h, contact: 24 h, attend: 3 d, no_show: 15 %}
"""
    called = scenario(text)
    assert type(called).model_validate(called.resolved()) == called
    assert called.resolved()["demand"]["partners"] == {"utilities": {"share": "20 %", "work": {"housing": "50 %"}}}
    said = called.resolved()["policy"]["whistle"]
    everybody_comes = called.with_policy(whistle={"no_show": 0}).resolved()["policy"]["whistle"]
    assert everybody_comes == {**said, "no_show": "0 %"} != said
