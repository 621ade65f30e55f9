"""Random Plans over every primitive of the engines, most of them full of simultaneous events."""

from __future__ import annotations

import numpy as np
import plans

from sim.engine.events import NEVER, Role
from sim.engine.plan import DAY, MILLION, Plan

GRIDS, COMMUNITY, STREET, DEPARTMENTS = (0, 1, 2), 3, 4, (5, 6)
DESK_STAGE, STREET_DESK, GRID_STAGE, COMMUNITY_STAGE, STREET_STAGE, DEPARTMENT_STAGE, FIELD, PAPER = range(8)
CATEGORIES, BUILDINGS, HOUSEHOLDS = 3, 4, 3


def draw(seed: int) -> Plan:
    """The random Plan of ``seed``: three grids, a community, a street with a desk and two departments, ten days."""
    rng = np.random.default_rng(seed)
    horizon = int(rng.integers(2, 11)) * DAY - int(rng.integers(0, 2)) * 7
    tick = int(rng.choice([1, 60, 600, 1800]))  # coarse ticks make ties
    n = int(rng.integers(1, 120))
    return plans.make(
        issues=[_issue(rng, horizon, tick) for _ in range(n)],
        work=(rng.integers(1, 9, (n, 5)) * rng.choice([60, 600, 1800])).tolist(),
        routes=None,
        route=_routes(rng, n),
        stages=_stages(rng, tick),
        hops=_hops(rng, tick),
        categories=[_category(rng, tick) for _ in range(CATEGORIES)],
        limits={k: {"seconds": int(rng.integers(1, 40)) * tick, "calendar": int(rng.integers(0, 3))} for k in range(12) if rng.random() < 0.7},
        queues=_queues(rng),
        servers=_servers(rng, tick),
        links=_links(rng),
        shifts=[[], _office(horizon), _split_night(horizon)],
        buildings=[{"x": 100 * k, "y": 50 * (k % 2), "first_place": k * (HOUSEHOLDS + 1), "households": HOUSEHOLDS, "luck": int(rng.integers(1 << 62)), "answer": MILLION // 2, "grid": k % 3} for k in range(BUILDINGS)],
        homes=[{"building": b, "unit": u + 1} for b in range(BUILDINGS) for u in range(HOUSEHOLDS)],
        legs=[{"first_stop": 0, "stops": 2, "seconds": 1800}, {"first_stop": 2, "stops": 2, "seconds": 600}],
        stops=[{"building": k} for k in range(BUILDINGS)],
        admin=(rng.integers(0, 5, (3, -(-horizon // DAY))) * 1200).tolist(),
        absences=[{"start": DAY, "end": 2 * DAY}, {"start": 3 * DAY, "end": 5 * DAY}],
        preempts=[(a, b) for a in (0, 1) for b in range(int(rng.integers(a + 1, plans.CLASSES)), plans.CLASSES)],
        overtime=[0] if rng.random() < 0.5 else [],
        rules={"horizon": horizon, "rebind_after": int(rng.choice([NEVER, tick, DAY])), "handover_loss": int(rng.integers(0, MILLION))},
        score=_score if rng.random() < 0.2 else None,
        features=rng.integers(0, 9, (n, 2)).tolist(),
    )  # fmt: skip


def _score(now: int, since: int, features: np.ndarray) -> int:
    return int(features[0]) * 3600 - (now - since) * (1 + int(features[1]) % 2)


def _maybe(rng: np.random.Generator, chance: float, value: int) -> int:
    return value if rng.random() < chance else NEVER


def _issue(rng: np.random.Generator, horizon: int, tick: int) -> plans.Row:
    onset = int(rng.integers(-DAY // tick, horizon // tick)) * tick
    building, unit = int(rng.integers(BUILDINGS)), int(rng.integers(HOUSEHOLDS + 1))
    later = [max(0, onset + int(d) * tick) for d in rng.integers(0, 200, 4)]
    severity, urgent = int(rng.integers(0, 4)), int(rng.integers(0, 3))
    valid = int(rng.random() < 0.9)
    direct = bool(rng.random() < 0.5)
    return {
        "onset": onset, "report": _maybe(rng, 0.7 if valid else 1.0, later[0]), "duplicate": _maybe(rng, 0.2, later[1]) if valid else NEVER,
        "clear": _maybe(rng, 0.3, later[2]) if valid else NEVER, "worsen": _maybe(rng, 0.3, later[3]), "patience": _maybe(rng, 0.2, int(rng.integers(0, 50)) * tick),
        "luck": int(rng.integers(1 << 62)), "threshold": int(rng.integers(1, 3 * MILLION)), "building": building,
        "place": building * (HOUSEHOLDS + 1) + unit, "unit": unit, "category": int(rng.integers(CATEGORIES)), "channel": 2, "valid": valid,
        "severity": severity, "worse_severity": max(0, severity - 1), "difficulty": int(rng.integers(MILLION)), "worse_difficulty": MILLION,
        "class": urgent + 1, "worse_class": urgent, "base": int(rng.integers(0, 5)) * tick, "worse_base": 0,
        "report_stage": GRID_STAGE if direct else DESK_STAGE, "report_target": GRID_STAGE if direct or rng.random() < 0.7 else DEPARTMENT_STAGE, "notice_stage": GRID_STAGE,
    }  # fmt: skip


def _routes(rng: np.random.Generator, n: int) -> np.ndarray:
    route = np.empty((n, 6), "i4")
    route[:, 0] = rng.choice(GRIDS, n)
    route[:, 1], route[:, 2] = COMMUNITY, STREET
    route[:, 3] = rng.choice(DEPARTMENTS, n)
    route[:, 4] = route[:, 5] = STREET
    return route


def _stages(rng: np.random.Generator, tick: int) -> list[plans.Row]:
    wrong = {
        "misroute": 300_000,
        "return_work": tick,
        "return_delay": 2 * tick,
        "return_calendar": int(rng.integers(0, 3)),
    }
    return [
        {"role": Role.DESK, "level": 5, "work": 300, "next": STREET_DESK},
        {"role": Role.DESK, "level": 2, "work": 300},
        {"role": Role.HANDLE, "level": 0, **wrong, "back": int(rng.choice([NEVER, STREET_DESK]))},
        {"role": Role.HANDLE, "level": 1},
        {"role": Role.HANDLE, "level": 2},
        {"role": Role.HANDLE, "level": 3, **wrong, "back": STREET_DESK},
        {"role": Role.FIELD_CHECK, "level": 0, "work": 1800},
        {"role": Role.PAPER_CHECK, "level": 2, "work": 180},
    ]


def _hops(rng: np.random.Generator, tick: int) -> list[plans.Row]:
    up = {GRID_STAGE: COMMUNITY_STAGE, COMMUNITY_STAGE: STREET_STAGE, STREET_STAGE: DEPARTMENT_STAGE}
    return [
        {
            "up": up.get(stage, NEVER),
            "capability": int(rng.integers(0, MILLION)),
            "triage": _maybe(rng, 0.7, int(rng.integers(1, 5)) * tick),
            "hold": _maybe(rng, 0.5, int(rng.integers(1, 60)) * tick),
            "hold_calendar": int(rng.integers(0, 3)),
        }
        for stage in range(8)
        for _ in range(CATEGORIES)
    ]


def _category(rng: np.random.Generator, tick: int) -> plans.Row:
    checked = rng.random() < 0.7
    return {
        "visit_hazard": int(rng.integers(0, MILLION)), "patrol_hazard": int(rng.integers(0, MILLION)),
        "failure": int(rng.integers(0, MILLION)), "field_share": MILLION // 2, "field_detect": 800_000, "paper_detect": 50_000,
        "recomplain": int(rng.integers(0, MILLION)), "recomplain_delay": int(rng.integers(1, 50)) * tick,
        "field_stage": FIELD if checked else NEVER, "paper_stage": PAPER if checked else NEVER,
    }  # fmt: skip


def _queues(rng: np.random.Generator) -> list[plans.Row]:
    slope, due = int(rng.choice([-1, 0, 1])), int(rng.choice([0, 1]))
    level = {**dict.fromkeys(GRIDS, 0), COMMUNITY: 1, STREET: 2, **dict.fromkeys(DEPARTMENTS, 3)}
    first = {**dict.fromkeys(GRIDS, (0, 3)), COMMUNITY: (3, 1), STREET: (4, 1), **dict.fromkeys(DEPARTMENTS, (5, 2))}
    # own components only where links can never join them: the grids are one, each office and department its own
    part = {**dict.fromkeys(GRIDS, 0), COMMUNITY: 1, STREET: 2, 5: 3, 6: 4}
    return [
        {
            "level": level[q],
            "unit": q,
            "component": part[q],
            "slope": slope,
            "due_slope": due,
            "first_peer": first[q][0],
            "peers": first[q][1],
        }
        for q in range(7)
    ]


def _servers(rng: np.random.Generator, tick: int) -> list[plans.Row]:
    workers = [
        {
            "calendar": int(rng.choice([1, 2])), "building": k, "speed": int(rng.choice([0, 1250])), "skill": int(rng.choice([MILLION, 700_000])),
            "admin": int(rng.choice([NEVER, k])), "visit_quota": int(rng.integers(0, 6)), "visit_answered": 1200, "visit_unanswered": 180, "homes": 12,
            "home_offset": int(rng.integers(12)), "patrol_quota": int(rng.choice([0, 3600, 7200])), "legs": 2, "leg_offset": int(rng.integers(2)),
            "absences": int(k == 0) * 2, "admin_class": int(rng.choice([1, 12])), "component": 0,
        }
        for k in range(3)
    ]  # fmt: skip
    offices = [
        {"level": level, "calendar": int(rng.integers(0, 3)), "component": part}
        for level, part in ((1, 1), (2, 2), (3, 3), (3, 4))
    ]
    return workers + offices


def _links(rng: np.random.Generator) -> list[plans.Row]:
    grids = [
        {
            "server": s,
            "queue": q,
            "rank": int(s != q) * int(rng.integers(0, 2)),
            "travel_factor": 1_150_000,
            "work_factor": int(rng.choice([900_000, 1_000_000])),
        }
        for s in range(3)
        for q in GRIDS
        if s == q or rng.random() < 0.6
    ]
    return [*grids, *({"server": 3 + k, "queue": 3 + k} for k in range(4))]


def _office(horizon: int) -> list[tuple[int, int]]:
    days = range(horizon // DAY + 3)
    return [(d * DAY + a, d * DAY + b) for d in days for a, b in ((30_600, 43_200), (50_400, 64_800)) if d % 7 < 5]


def _split_night(horizon: int) -> list[tuple[int, int]]:
    """Around the clock in two shifts that touch: one ends in the second in which the next begins."""
    return [(d * DAY + a, d * DAY + b) for d in range(horizon // DAY + 3) for a, b in ((0, 43_200), (43_200, DAY))]
