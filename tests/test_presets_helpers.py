"""The shipped places with rings, lists, gates and holds: each keeps the identities of a log, and what it is about takes place."""

from __future__ import annotations

import pytest

import sim
from sim.engine.check_log import check_log
from sim.engine.events import Level, Role
from sim.model.period import PeriodSpec

MONTH = PeriodSpec(days=45, warm_up=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "helped", "waited"),
    [
        ("qinxian_rings", True, False),
        ("fuli_local_first", False, True),
        ("yantai_five_step", True, True),
        ("yilong_dual_report", True, True),
    ],
)
def test_a_month_of_it(name: str, helped: bool, waited: bool) -> None:
    log = sim.simulate_once(sim.load(name).replace(period=MONTH), replication=0, engine="both", events=True)
    check_log(log)
    assert (log.raw["cases"]["level"] == Level.NEIGHBOURHOOD).any() == helped
    assert (log.plan["stages"]["role"] == Role.WAIT).any() == waited
