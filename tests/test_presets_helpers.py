"""The shipped places: each keeps the identities of a log, and in those with rings, lists, gates, holds and whistles what they are about takes place."""

from __future__ import annotations

import pytest

import sim
from sim.engine.check_log import check_log
from sim.engine.events import NEVER, EventKind, Level, Role
from sim.model.period import PeriodSpec
from sim.scenario import bundled

pytestmark = pytest.mark.slow

MONTH = PeriodSpec(days=45, warm_up=0)
#: days of each shipped place: all its windows begin within them; a district has a shorter time, and a whole city is left to mixtures
DAYS = {name: 100 for name in bundled.names() if not name.startswith("theory/")} | {"xinghualing": 20}
del DAYS["taiyuan"]


@pytest.mark.parametrize(
    ("name", "helped", "waited", "together"),
    [
        ("qinxian_rings", True, False, False),
        ("fuli_local_first", False, True, False),
        ("yantai_five_step", True, True, False),
        ("yilong_dual_report", True, True, False),
        ("xingcheng_whistle_claim", True, True, True),
    ],
)
def test_a_month_of_it(name: str, helped: bool, waited: bool, together: bool) -> None:
    log = sim.simulate_once(sim.load(name).replace(period=MONTH), replication=0, engine="both", events=True)
    check_log(log)
    assert (log.raw["cases"]["level"] == Level.NEIGHBOURHOOD).any() == helped
    assert (log.plan["stages"]["role"] == Role.WAIT).any() == waited
    assert (log.raw["courses"]["attended"] != NEVER).any() == together


def test_in_xingcheng_departments_come_at_a_whistle_and_refer_no_case_to_each_other() -> None:
    log = sim.simulate_once(sim.load("xingcheng_whistle_claim").replace(period=MONTH), replication=0, events=True)
    courses, joint = log.raw["courses"], log.plan["issues"]["joint"][log.raw["cases"]["issue"]] != 0
    assert (courses["called"][~joint] == NEVER).all()
    assert (courses["attended"][joint] != NEVER).any()
    assert not (log.raw["events"]["kind"] == EventKind.REFER).any()
    late = courses["attended"] != NEVER
    assert (courses["signed"][late] <= courses["contacted"][late]).all()
    assert (courses["contacted"][late] <= courses["attended"][late]).all()


@pytest.mark.parametrize("name", DAYS)
def test_it_keeps_the_identities_of_a_log(name: str) -> None:
    place = sim.load(name)
    period = PeriodSpec(start=place.period.start, days=DAYS[name], history="60 d")
    check_log(sim.simulate_once(place.replace(period=period), events=True))


def test_two_months_of_the_whole_city() -> None:
    """Taiyuan with all its communities and grids, with neither events nor the other engine: memory for minutes."""
    place = sim.load("taiyuan")
    log = sim.simulate_once(place)
    check_log(log)
    plan = log.plan
    assert (len(plan.labels["communities"]), place.period.days) == (758, 61)
    assert len(plan.labels["grid_community"]) == pytest.approx(5910, rel=0.01)
    assert len(log.raw["cases"]) > 100_000
