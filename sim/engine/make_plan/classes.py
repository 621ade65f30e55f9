"""Classes of service: what comes first in a server's day, and what may interrupt what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.engine.events import Duty
from sim.engine.make_plan.fill import Ints, fill
from sim.model.policies import Day, Dispatch
from sim.model.policies.dispatch import RANKS

POSITIONS = 6  # in the order of a day; each has a class for every rank
CLASSES = POSITIONS * RANKS
URGENT = 0  # severity

DUTIES = {"urgent": Duty.CASE, "cases": Duty.CASE, "admin": Duty.ADMIN, "visits": Duty.VISIT, "patrol": Duty.PATROL}


def first_class(order: Sequence[str], duty: str) -> int:
    """The first of the classes of a duty, by its position in the order of a day."""
    return order.index(duty) * RANKS


def classes(day: Day) -> np.ndarray:
    """The table ``classes``."""
    names = [*day.order, *["cases"] * (POSITIONS - len(day.order))]
    columns = {
        "duty": np.repeat([DUTIES[name] for name in names], RANKS),
        "overtime": np.repeat([name in day.overtime for name in names], RANKS),
    }
    return fill("classes", CLASSES, columns)


def issue_classes(day: Day, severity: Ints, rank: Ints | int) -> Ints:
    """The class of the cases of issues of these severities and ranks."""
    urgent, others = first_class(day.order, "urgent"), first_class(day.order, "cases")
    return np.where(severity == URGENT, urgent, others) + np.asarray(rank)


def preempts(day: Day, dispatch: Dispatch) -> Ints:
    """The array ``preempts``: cases of the chosen classes interrupt the work of all later ones."""
    table = np.zeros((CLASSES, CLASSES), np.int8)
    number = np.arange(CLASSES)
    for duty in {"none": (), "urgent": ("urgent",), "all": ("urgent", "cases")}[dispatch.preempt]:
        first = first_class(day.order, duty)
        for rank in range(RANKS):
            # urgent cases do not interrupt each other, unless all interrupt all
            later = first + rank if dispatch.preempt == "all" else first + RANKS - 1
            table[first + rank] = number > later
    return table
