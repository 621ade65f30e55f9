"""KPIs of what happens to cases under way, worked out by hand, and what hung cases do to the record."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from test_kpis import CHECK, H, case, happened, issue

from sim.engine.events import NEVER, Outcome, Source
from sim.engine.log import Log, record_type
from sim.study.kpis import KPIS
from sim.study.kpis.facts import INSTANTS

CLOSED = {"outcome": Outcome.CLOSED, "stage": CHECK, "finished": 40, "closed": 42}
FILED = {"filed": 20, "dispatched": 20, "started": 21, "limit_original": 30}
CASES = (
    case(0, 18, hops=1, limit=30, **FILED, **CLOSED),  # late
    case(1, 18, hops=4, returns=1, limit=45, **FILED, **CLOSED),  # postponed, so in time
    case(2, 18, limit=30, **FILED),  # hangs, and is past its limit
    case(3, 18, limit=30, **FILED),  # past its limit
    case(4, 19, source=Source.PATROL, limit=45, **FILED, **CLOSED),  # had been hung
    case(5, 18, filed=20, outcome=Outcome.WITHDRAWN, closed=25),
)
COURSES: tuple[Mapping[str, int], ...] = (
    {"accepted": 24, "supervised": 3},
    {"accepted": 30, "postponed": 2, "declines": 1},
    {"hangs": 1, "hung": 1, "supervised": 1},
    {"accepted": 22},
    {"accepted": 20, "hangs": 2, "feigned": 1},
    {},
)


def pressed() -> Log:
    """A run of these cases, each on an issue of its own that is gone by the 40th hour."""
    log = happened([issue(12, 2 + i, resolved=40) for i in range(6)], CASES)
    courses = np.zeros(len(CASES), record_type("courses"))
    for name in INSTANTS:
        courses[name] = [row[name] * H if name in row else NEVER for row in COURSES]
    for name in set().union(*COURSES) - {*INSTANTS}:
        courses[name] = [row.get(name, 0) for row in COURSES]
    return Log(log.plan, {**log.raw, "courses": courses})


@pytest.mark.parametrize(
    ("kpi", "value"),
    [
        ("supervised_rate", 2 / 6),
        ("supervisions_per_case", 4 / 6),
        ("postponed_rate", 1 / 6),
        ("hung_rate", 2 / 6),
        ("hung_stock", 1),
        ("declined_rate", 1 / 5),  # the withdrawn one was not dispatched
        ("feigned_share", 1 / 3),
        ("time_to_acceptance_mean", (6 + 12 + 4 + 1) / 4),
        ("owners_mean", (1 + 4 + 1) / 3),
        ("aged_stock", 2),  # open for 90 h with limits of 10
    ],
)
def test_as_worked_out_by_hand(kpi: str, value: float) -> None:
    assert KPIS[kpi](pressed()) == pytest.approx(value, rel=1e-12)


def test_hung_cases_are_not_due_by_the_record_and_are_in_truth() -> None:
    log = pressed()
    assert KPIS["due_cases"](log) == 4
    assert KPIS["closing_rate"](log) == 3 / 4
    assert KPIS["on_time_rate"](log) == 2 / 4
    assert KPIS["disposal_rate"](log) == 3 / 4
    assert KPIS["true_due_cases"](log) == 5
    assert KPIS["true_on_time_rate"](log) == 0
    assert KPIS["true_disposal_rate"](log) == 3 / 5


def test_they_are_figures_of_runs_alone_in_which_any_of_it_can_happen() -> None:
    assert not KPIS["hung_stock"].occurs(pressed().plan)
    assert KPIS["owners_mean"].occurs(pressed().plan)
