"""KPIs of cases that take several departments, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import plans
import pytest
from lever_plans import OFFICE, SHARES, TIERS, plan_of
from made_worlds import category
from test_kpis import HORIZON, WARM_UP, H, Row, case, in_seconds, issue, records

from sim.engine.events import NEVER, Level, Outcome, Role, Source, Stamp
from sim.engine.log import Log, record_type
from sim.model.demand_spec import DemandSpec
from sim.study.kpis import KPIS
from sim.study.kpis.courses import owners
from sim.study.kpis.facts import INSTANTS, Facts

DESK, STREET, DEPARTMENT, LEADERS, SIGNING, CONTACT, TOGETHER, CHECK = range(8)
STAGES: tuple[Row, ...] = (
    {"role": Role.DESK, "level": Level.DISTRICT},
    {"role": Role.HANDLE, "level": Level.STREET},
    {"role": Role.HANDLE, "level": Level.DEPARTMENT, "whistle": LEADERS, "refers": 1, "back": DESK},
    {"role": Role.DESK, "level": Level.STREET, "next": SIGNING, "stamp": Stamp.CALLED},
    {"role": Role.DESK, "level": Level.DISTRICT, "next": CONTACT, "stamp": Stamp.SIGNED},
    {"role": Role.DESK, "level": Level.DISTRICT, "next": TOGETHER, "stamp": Stamp.CONTACTED},
    {"role": Role.JOINT, "level": Level.DEPARTMENT},
    {"role": Role.PAPER_CHECK, "level": Level.STREET},
)
THREE, TWO = range(2)  # parties, by their members
WORKING = 1  # the calendar of 8:00 to 16:00
LIMITS = {"signed": (0, 2 * H), "contacted": (0, 24 * H), "attended": (WORKING, 12 * H)}
CLOSED = {"outcome": Outcome.CLOSED, "stage": CHECK}

#: what each case is about, the case, and its course; it enters at the desk, the leaders take the place of the department
HAPPENED: tuple[tuple[Row, Row, Row], ...] = (
    # joint: attended after 12 working hours (32 to 40, 56 to 60); one of two partners came
    (
        {"party": THREE, "joint": 1},
        {"known": 18, "closed": 70, "hops": 5, **CLOSED},
        {"called": 20, "signed": 22, "contacted": 45, "attended": 60, "no_shows": 1},
    ),
    # joint, from one department to the other
    ({"party": TWO, "joint": 1}, {"known": 20, "closed": 50, "hops": 3, **CLOSED}, {}),
    # one department could have settled it; nobody else came, and the leader late
    (
        {"party": THREE},
        {"known": 28, "closed": 65, "hops": 5, **CLOSED},
        {"called": 30, "signed": 33, "contacted": 54, "attended": 62, "no_shows": 2},
    ),
    # not signed for, and not late yet
    ({"party": THREE, "joint": 1}, {"known": 107, "hops": 2, "stage": SIGNING}, {"called": 108}),
    # not signed for, and late; its 12 working hours go on after the horizon
    ({"party": TWO, "joint": 1}, {"known": 99, "hops": 2, "stage": SIGNING}, {"called": 100}),
    # whistled for before the window, and closed in it
    (
        {"party": THREE, "joint": 1},
        {"known": 4, "closed": 40, "hops": 5, **CLOSED},
        {"called": 5, "signed": 6, "contacted": 7, "attended": 9, "no_shows": 2},
    ),
    # closed before the window
    ({"party": TWO, "joint": 1}, {"known": 2, "closed": 8, "hops": 4, **CLOSED}, {}),
    # nothing of the kind
    ({}, {"known": 20, "closed": 40, "hops": 2, **CLOSED}, {}),
    # under way
    (
        {"party": TWO, "joint": 1},
        {"known": 38, "hops": 5, "stage": TOGETHER},
        {"called": 40, "signed": 41, "contacted": 42, "attended": 50},
    ),
)  # fmt: skip
RESERVED = {(0, 0): 9 * H, (1, 1): 2 * H, (2, 3): 5400}  # of server and day; the first day begins before the window


def whistled(
    happened: tuple[tuple[Row, Row, Row], ...] = HAPPENED, limits: Mapping[str, tuple[int, int]] = LIMITS
) -> Log:
    """A run of these cases, each on an issue of its own."""
    issues = [
        issue(1, row, report_stage=DESK, report_target=STREET, **about) for row, (about, _, _) in enumerate(happened)
    ]
    cases = [case(row, **done) for row, (_, done, _) in enumerate(happened)]
    plan = plans.make(
        issues=[in_seconds(row, ("onset",)) for row in issues],
        servers=[{"level": Level.DEPARTMENT, "unit": k, "calendar": WORKING} for k in range(3)],
        queues=[{"level": Level.DEPARTMENT, "unit": k} for k in range(3)],
        links=[{"server": k, "queue": k} for k in range(3)],
        stages=STAGES,
        categories=[{}, {}],
        shifts=[(), [(d * 24 * H + 8 * H, d * 24 * H + 16 * H) for d in range(5)]],
        buildings=[{}] * 3,
        parties=[{"first_member": 0, "members": 3}, {"first_member": 3, "members": 2}],
        party_members=[{"queue": queue} for queue in (0, 1, 2, 0, 2)],
        rules={"horizon": HORIZON * H, "warm_up": WARM_UP * H},
    )
    raw = records(issues, cases, {at: {"reserved": seconds} for at, seconds in RESERVED.items()})
    named = replace(plan, labels=MappingProxyType({**plan.labels, "whistle_limits": limits}))
    return Log(named, {**raw, "courses": courses([course for _, _, course in happened])})


def courses(rows: list[Row]) -> np.ndarray:
    table = np.zeros(len(rows), record_type("courses"))
    for record, row in zip(table, rows, strict=True):
        for name, value in {**dict.fromkeys(INSTANTS, NEVER), **in_seconds(row, INSTANTS)}.items():
            record[name] = value
    return table


@pytest.mark.parametrize(
    ("kpi", "value"),
    [
        ("joint_time_mean", (52 + 30 + 36) / 3),
        ("joint_owners_mean", (2 + 3 + 2) / 3),  # the street and all together; the street and two; as the first
        ("whistles", 5),
        ("idle_whistle_share", 1 / 5),
        ("signed_on_time_rate", 2 / 4),  # at the last moment, late, not yet due, late, in time
        ("contacted_on_time_rate", 2 / 3),  # late, at the last moment, in time
        ("attended_on_time_rate", 2 / 3),  # at the last moment, late by two hours, in time
        ("attend_delay_mean", (40 + 32 + 10) / 3),
        ("no_show_rate", 2 / 3),
        ("reserved_hours", 3.5),
    ],
)
def test_as_worked_out_by_hand(kpi: str, value: float) -> None:
    log = whistled()
    assert KPIS[kpi].occurs(log.plan)
    assert KPIS[kpi](log) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("way", "seen"),
    [
        ({"hops": 5}, 2),  # desk, street, leaders, signing, contact, all together
        ({"hops": 7, "returns": 1}, 3),  # desk, street, a wrong department, desk, and by the leaders all together
        ({"hops": 4, "source": Source.VISIT}, 2),  # found by the street itself, so that no desk had it
        ({"hops": 6}, 3),  # from all together up to the city
    ],
)
def test_desks_of_a_whistle_own_nothing(way: Row, seen: int) -> None:
    course = {"called": 20, "signed": 21, "contacted": 22, "attended": 30}
    log = whistled((({"party": TWO, "joint": 1, "notice_stage": STREET}, {"known": 18, **way}, course),))
    assert owners(Facts.of(log)).tolist() == [seen]


def test_a_case_that_waits_for_departments_again_is_in_disposal() -> None:
    back = {"known": 18, "finished": 40, "reworks": 1}
    both = {"party": TWO, "joint": 1}
    log = whistled(((both, {**back, "stage": TOGETHER}, {}), (both, {**back, "stage": CHECK}, {})))
    assert Facts.of(log).disposed.tolist() == [False, True]


def test_a_limit_that_nobody_has_set_is_not_kept() -> None:
    log = whistled(limits={"signed": LIMITS["signed"]})
    assert KPIS["signed_on_time_rate"](log) == 2 / 4
    assert math.isnan(KPIS["contacted_on_time_rate"](log))
    assert math.isnan(KPIS["attended_on_time_rate"](log))


def test_where_nothing_has_happened_there_is_no_whistle() -> None:
    log = whistled()
    blank = Log(log.plan, {**log.raw, "courses": log.raw["courses"][:0]})
    assert KPIS["whistles"](blank) == 0
    assert owners(Facts.of(blank))[0] == 5  # those that the case of a whistle would have had
    assert math.isnan(KPIS["attend_delay_mean"](blank))
    assert math.isnan(KPIS["no_show_rate"](blank))


def test_they_are_figures_of_runs_alone_in_which_any_of_it_can_happen() -> None:
    shared = {"joint_time_mean", "joint_owners_mean"}
    blown = {"whistles", "idle_whistle_share", "attend_delay_mean", "no_show_rate", "reserved_hours"}
    blown |= {f"{step}_on_time_rate" for step in ("signed", "contacted", "attended")}
    terms = {"kind": "joint", "shift": OFFICE, "sign": "1 h", "contact": "24 h", "attend": "3 d"}
    for partners, policy, figures in [
        ({}, {}, set()),
        (PARTNERS, {}, shared),
        (PARTNERS, {"whistle": terms}, shared | blown),
    ]:
        demand = DemandSpec.model_validate({"categories": [LED], "partners": partners})
        plan = plan_of({"tiers": {**TIERS, "departments": BOTH}, **policy}, {}, spec=demand)
        assert {id for id in shared | blown if KPIS[id].occurs(plan)} == figures


LED = category("a", settled_by=SHARES, department="police")
BOTH = [{"id": id, "title": id} for id in ("police", "urban")]
PARTNERS = {"a": {"share": "50 %", "work": {"urban": "50 %"}}}
