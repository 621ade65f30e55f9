"""Outposts of departments, and first-contact ownership: what they make of a Plan, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from made_worlds import PERIOD, category, line, made_demand, made_spec, made_world

from sim.engine.check_log import check_log
from sim.engine.events import LEVELS, NEVER, EventKind, Level, Role
from sim.engine.make_plan import make_plan
from sim.engine.plan import MILLION, Plan
from sim.engine.simulate import simulate
from sim.model.policies import Policy

DAY = 86_400
HALF_DAY = "weekdays 08:30-12:00"
SHARES = {"grid": "50 %", "department": "50 %"}
SPEC = made_spec(
    category("a", settled_by=SHARES, department="justice"),
    category("b", settled_by=SHARES, department="police"),
    category("c", settled_by=SHARES, department="urban"),
    category("d"),
    channels=("hotline",),
)
WORLD = made_world(line(50), line(30), line(20))
HARD = [
    {"building": building, "category": row, "difficulty": MILLION, "severity": severity}
    for severity in (2, 3)
    for building in range(3)
    for row in range(3)
]


def tiers(**outposts: object) -> dict[str, Any]:
    departments = [
        {"id": id, "title": id, "triage": "15 min", **({"outposts": outposts[id]} if id in outposts else {})}
        for id in ("urban", "justice", "police")
    ]
    return {"street": {}, "departments": departments, "office_shift": "weekdays 08:30-12:00 14:00-18:00"}


def planned(policy: dict[str, Any], *issues: dict[str, int]) -> Plan:
    rules = Policy.model_validate({"staffing": {"workers": 3}, **policy})
    return make_plan(WORLD, made_demand(SPEC, *(issues or HARD)), rules, period=PERIOD)


BOTH = tiers(justice={"every": 5, "shift": HALF_DAY}, police={"crews": 2, "every": 2, "shift": HALF_DAY, "seniors": []})


def test_cases_pass_the_outposts_one_after_the_other_on_their_way_to_departments() -> None:
    plan = planned({"tiers": BOTH})
    names = [(Role(row["role"]).name, Level(row["level"]).name) for row in plan["stages"]]
    assert names[-2:] == [("HANDLE", "DEPARTMENT")] * 2
    street, centre, justice, police = (len(names) - row for row in (4, 3, 2, 1))
    up = plan["hops"]["up"].reshape(-1, 4)
    assert up[street].tolist() == [justice, justice, justice, NEVER]
    assert up[justice].tolist() == [police, police, police, police]
    assert up[police, :3].tolist() == [centre] * 3
    assert plan["hops"]["capability"].reshape(-1, 4)[justice].tolist() == [MILLION, 0, 0, 0]
    assert plan["hops"]["triage"].reshape(-1, 4)[justice].tolist() == [900] * 4


def test_only_cases_of_the_department_that_are_not_for_seniors_come_to_an_outpost() -> None:
    plan = planned({"tiers": BOTH})
    justice, police = plan["route"][:, LEVELS].reshape(2, 3, 3), plan["route"][:, LEVELS + 1].reshape(2, 3, 3)
    assert (justice[0, :, 0] >= 0).all()
    assert len(set(justice[0, :, 0])) == 3  # one for each community
    assert (justice[1] == NEVER).all()  # hard cases go to the centre
    assert (justice[0, :, 1:] == NEVER).all()
    assert (police[:, :, 1] >= 0).all()


def test_crews_come_on_one_weekday_in_so_many_to_one_community_after_the_other() -> None:
    plan = planned({"tiers": BOTH})
    servers, absences = plan["servers"], plan["absences"]
    crews = servers[servers["level"] == Level.DEPARTMENT][3:]
    assert len(crews) == 3 + 6

    def there(row: Any) -> list[int]:
        away = absences[row["first_absence"] : row["first_absence"] + row["absences"]]
        return [day for day in range(14) if not ((away["start"] <= day * DAY) & (day * DAY < away["end"])).any()]

    # 1 January 2021 was a Friday: weekdays are 0, 3 … 7, 10 … 13
    assert [there(row) for row in crews[:3]] == [[0, 7], [3, 10], [5, 12]]
    assert [there(row) for row in crews[3:]] == [[0, 4, 6, 10, 12]] * 3 + [[3, 5, 7, 11, 13]] * 3


def test_a_case_waits_for_the_next_visit_and_a_hard_one_is_served_at_the_centre() -> None:
    reported = [{**issue, "report": 3600 * row} for row, issue in enumerate(HARD)]
    log = simulate(planned({"tiers": BOTH}, *reported), engine="both", events=True)
    check_log(log)
    events = log.raw["events"]
    starts = events[(events["kind"] == EventKind.START) & (events["level"] == Level.DEPARTMENT)]
    issue, day = starts["issue"], starts["time"] // DAY
    central = log.plan["route"][issue, Level.DEPARTMENT] == starts["queue"]
    ordinary, justice = issue < 9, issue % 3 == 0
    assert central[~ordinary & justice].all()
    assert not central[ordinary & justice].any()
    visits = dict(zip(issue[ordinary & justice].tolist(), day[ordinary & justice].tolist(), strict=True))
    assert visits == {0: 7, 3: 3, 6: 5}  # of communities 0, 1 and 2; the first of January is a holiday


def test_without_outposts_the_plan_is_as_before() -> None:
    plan = planned({"tiers": tiers()})
    assert plan["route"].shape[1] == LEVELS
    assert len(plan["stages"]) == 4


def test_whoever_a_case_comes_to_by_mistake_takes_it_on_himself() -> None:
    wrong = {"misroute": "50 %", "return_work": "15 min", "return_delay": "4 h"}
    sent = planned({"tiers": tiers(), "escalation": {"kind": "limits", **wrong}})["stages"]
    kept = planned({"tiers": tiers(), "escalation": {"kind": "limits", **wrong, "first_contact": "30 min"}})["stages"]
    assert (sent["back"][0], sent["return_work"][0], sent["return_delay"][0]) == (0, 900, 4 * 3600)
    assert (kept["back"][0], kept["return_work"][0], kept["return_delay"][0]) == (NEVER, 1800, 0)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            {"tiers": tiers(justice={"shift": "always"})},
            ("tiers.departments.1.outposts.shift", "hours of a day such as weekdays 09:00-12:00", "always"),
        ),
        (
            {"tiers": tiers(justice={"shift": HALF_DAY, "seniors": ["urgent", "quick", "ordinary", "hard"]})},
            (
                "tiers.departments.1.outposts.seniors",
                "fewer severities, so that some cases come to the outposts",
                ["urgent", "quick", "ordinary", "hard"],
            ),
        ),
        (
            {
                "tiers": {
                    **tiers(),
                    "departments": [
                        *tiers()["departments"],
                        {"id": "tax", "title": "t", "outposts": {"shift": HALF_DAY}},
                    ],
                }
            },
            ("tiers.departments.3.outposts", "nothing, as tax is in charge of no category", "outposts"),
        ),
        (
            {"tiers": BOTH, "gates": {"kind": "meeting", "meeting": "mon at 09:00"}},
            (
                "gates",
                "a kind that leaves the unsettled cases of the street to policy.tiers.departments (outposts)",
                "meeting",
            ),
        ),
    ],
    ids=["always", "nobody", "no category", "gates"],
)
def test_what_cannot_be_is_refused(policy: dict[str, Any], expected: tuple[object, ...]) -> None:
    faults = Policy.model_validate(policy).contradictions(SPEC)
    found = [(".".join(map(str, fault.where)), fault.expected, fault.got) for fault in faults]
    place, text, got = expected
    assert (f"policy.{place}", text, got) in found
