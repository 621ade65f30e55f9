"""A small Plan with a party: housing (leads), water and fire, their office, the crews together, the city, a check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from plans import make
from rulebook import HANDLE, reported

from sim.engine.events import NEVER, Level, Role
from sim.engine.plan import MILLION, Plan

#: stages; those of a path begin at DESK
OFFICE, TOGETHER, CITY, PAPER, CHORE, DESK = range(6)
#: queues, each with a server of the same number; CLERK is at the desks of paths
HOUSING, WATER, FIRE, MAYOR, CHECKER, CLERK = range(6)
SHARES = (MILLION, MILLION // 2, MILLION // 5)

Row = dict[str, int]


def leaking(at: int, **more: int) -> Row:
    """An issue for all three, reported at this second to the office; ``work``: seconds at the office and together, 100;
    ``queue``: that of its route in column 6."""
    return reported(at, **{"party": 0, "joint": 1, "work": 100, "queue": HOUSING, **more})


def chore(at: int, queue: int, seconds: int, **more: int) -> Row:
    """An issue that takes a server of one queue."""
    return reported(at, **{"report_stage": CHORE, "work": seconds, "queue": queue, **more})


def path(*stages: Mapping[str, int]) -> list[Row]:
    """Stages one after the other, the last of them before the crews; a whistle at the office leads there."""
    following = [*range(DESK + 1, DESK + len(stages)), TOGETHER]
    return [{"level": Level.DISTRICT, **stage, "next": next} for stage, next in zip(stages, following, strict=True)]


def leak(
    issues: Sequence[Row],
    *,
    office: Mapping[str, int] | None = None,
    together: Mapping[str, int] | None = None,
    city: Mapping[str, int] | None = None,
    hops: Mapping[int, Row] | None = None,
    path: Sequence[Row] = (),
    shares: Sequence[int] = SHARES,
    no_show: Sequence[int] = (0, 0, 0),
    failure: int = 0,
    **more: object,
) -> Plan:
    """The office whistles for every joint case, and all come together; unless something else is said.

    Work is that of the issue at the office, together, and at chores (which take column 6 of route); 30 s in the column of
    communities; 40 s in the city; checks, of what fails with the chance ``failure``, see everything and take 10 s.
    """
    whistle = (
        {}
        if office and "whistle" in office
        else {"whistle": DESK if path and path[-1]["next"] == TOGETHER else TOGETHER}
    )
    stages = [
        {**HANDLE, "level": Level.DEPARTMENT, **whistle, **(office or {})},
        {"role": Role.JOINT, "level": Level.STREET, "content": Level.DEPARTMENT, **(together or {})},
        {**HANDLE, "level": Level.CITY, **(city or {})},
        {"role": Role.PAPER_CHECK, "level": Level.DISTRICT, "way": 7, "work": 10},
        {**HANDLE, "level": Level.STREET, "way": 6, "content": Level.DEPARTMENT},
        *path,
    ]
    at = {OFFICE: {"whistle": MILLION}, **(hops or {})}
    if hops and OFFICE in hops:
        at[OFFICE] = {"whistle": MILLION, **hops[OFFICE]}
    return make(
        **{
            "issues": [{k: v for k, v in row.items() if k not in ("work", "queue")} for row in issues],
            "stages": stages,
            "hops": [at.get(stage, {}) for stage in range(len(stages))],
            "categories": [{"failure": failure, "paper_stage": PAPER if failure else NEVER, "paper_detect": MILLION}],
            "queues": [{}] * 6,
            "route": [[HOUSING, HOUSING, HOUSING, HOUSING, MAYOR, CLERK, row["queue"], CHECKER] for row in issues],
            "work": np.array([[row["work"], 60, row["work"], row["work"], 40] for row in issues], "i4"),
            "servers": [{}] * 6,
            "links": [{"server": queue, "queue": queue} for queue in range(6)],
            "parties": [{"first_member": 0, "members": 3}],
            "party_members": [
                {"queue": queue, "share": share, "no_show": chance}
                for queue, share, chance in zip((HOUSING, WATER, FIRE), shares, no_show, strict=True)
            ],
            **more,
        }
    )
