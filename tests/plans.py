"""Small Plans made by hand, for tests of the engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from sim.engine.events import HANDLING_LEVELS, LEVELS, NEVER, Duty, Level, Role
from sim.engine.plan import ARRAYS, DAY, MILLION, Plan, dtype_of, freeze

CLASSES = 16
ADMIN_CLASS, VISIT_CLASS, PATROL_CLASS = 12, 13, 14

Row = Mapping[str, int]

_DEFAULTS: dict[str, Row] = {
    "issues": {
        "report": NEVER, "duplicate": NEVER, "clear": NEVER, "worsen": NEVER, "patience": NEVER, "valid": 1,
        "threshold": MILLION, "severity": 2, "worse_severity": 2,
    },
    "categories": {"field_stage": NEVER, "paper_stage": NEVER, "recomplain_delay": DAY},
    "limits": {"seconds": NEVER, "dispatch_seconds": NEVER},
    "stages": {"next": NEVER, "back": NEVER},
    "hops": {"capability": MILLION, "triage": NEVER, "up": NEVER, "hold": NEVER},
    "queues": {"slope": 1, "peers": 1},
    "servers": {"skill": MILLION, "admin": NEVER, "admin_class": ADMIN_CLASS, "visit_class": VISIT_CLASS,
                "patrol_class": PATROL_CLASS, "admin_piece": 1800},
    "server_links": {"travel_factor": MILLION, "work_factor": MILLION},
    "buildings": {"answer": MILLION},
}  # fmt: skip


def table(name: str, rows: Sequence[Row]) -> np.ndarray:
    """Records of ``name``: what a row leaves out has its default, or 0."""
    records = np.zeros(len(rows), dtype_of(name))
    for record, row in zip(records, rows, strict=True):
        for field, value in {**_DEFAULTS.get(name, {}), **row}.items():
            record[field] = value
    return records


def make(
    *,
    issues: Sequence[Row],
    servers: Sequence[Row],
    links: Sequence[Row],
    queues: Sequence[Row] = ({},),
    stages: Sequence[Row] = ({"role": Role.HANDLE},),
    hops: Sequence[Row] | None = None,
    categories: Sequence[Row] = ({},),
    shifts: Sequence[Sequence[tuple[int, int]]] = ((),),
    buildings: Sequence[Row] = ({"households": 1},),
    work: Sequence[Sequence[int]] | None = None,
    routes: Mapping[int, int] | None = None,
    route: np.ndarray | None = None,
    absences: Sequence[Row] = (),
    homes: Sequence[Row] = (),
    legs: Sequence[Row] = (),
    stops: Sequence[Row] = (),
    admin: Sequence[Sequence[int]] | None = None,
    preempts: Sequence[tuple[int, int]] = (),
    overtime: Sequence[int] = (),
    limits: Mapping[int, Row] | None = None,
    rules: Mapping[str, int] | None = None,
    score=None,
    features: Sequence[Sequence[int]] | None = None,
) -> Plan:
    """A Plan of these rows. By default: one queue, one handling stage that settles all, always open, one building.

    ``routes``: level → queue (the same for all issues), default queue 0 for all, or ``route``: issue × level; ``work``: issue × seconds at each level, default
    60; one component. Queue links follow from ``links``, in the order of rank and server.
    """
    horizon = (rules or {}).get("horizon", 30 * DAY)
    days = -(-horizon // DAY)
    links = sorted(links, key=lambda row: (row.get("server", 0), row.get("rank", 0), row.get("queue", 0)))
    by_queue = sorted(
        range(len(links)),
        key=lambda k: (links[k].get("queue", 0), links[k].get("rank", 0), links[k].get("server", 0)),
    )
    calendars, flat = [], []
    for intervals in shifts:
        calendars.append({"first": len(flat), "count": len(intervals)})
        flat.extend({"start": start, "end": end} for start, end in intervals)
    classes = [{"duty": Duty.CASE, "overtime": int(k in overtime)} for k in range(CLASSES)]
    if route is None:
        route = np.zeros((len(issues), LEVELS), "i4")
        for level, queue in (routes or {}).items():
            route[:, level] = queue
    preempting = np.zeros((CLASSES, CLASSES), "i1")
    for pair in preempts:
        preempting[pair] = 1
    tables = {
        "issues": table("issues", issues),
        "categories": table("categories", categories),
        "limits": table("limits", [(limits or {}).get(k, {}) for k in range(4 * len(categories))]),
        "stages": table("stages", stages),
        "hops": table("hops", hops or [{}] * (len(stages) * len(categories))),
        "queues": table("queues", queues),
        "servers": table("servers", servers),
        "server_links": table("server_links", links),
        "queue_links": table("queue_links", [{"link": k} for k in by_queue]),
        "classes": table("classes", classes),
        "shifts": table("shifts", flat),
        "calendars": table("calendars", calendars),
        "absences": table("absences", absences),
        "buildings": table("buildings", buildings),
        "homes": table("homes", homes),
        "legs": table("legs", legs),
        "stops": table("stops", stops),
    }
    quantiles = np.round(-np.log(1 - (np.arange(1024) + 0.5) / 1024) * MILLION).astype("i8")
    arrays = {
        "work": np.array(work if work is not None else [[60] * HANDLING_LEVELS] * len(issues), "i4").reshape(
            -1, HANDLING_LEVELS
        ),
        "route": route,
        "admin": np.array(admin if admin is not None else np.zeros((0, days)), "i4"),
        "preempts": preempting,
        "exponential": quantiles,
        "features": np.array(features if features is not None else np.zeros((len(issues), 0)), "i8"),
    }
    assert set(arrays) == set(ARRAYS)
    all_rules = {"horizon": horizon, "warm_up": 0, "rebind_after": NEVER, "handover_loss": 0, **(rules or {})}
    labels = {
        "categories": [f"c{k}" for k in range(len(categories))],
        "channels": ["visit", "patrol", "direct"],
        "streets": ["s0"],
        "communities": ["m0"],
        "community_street": np.zeros(1, int),
        "building_community": np.zeros(len(buildings), int),
        "building_kind": np.zeros(len(buildings), int),
    }
    return freeze(tables, arrays, all_rules, date(2021, 1, 1), score, labels)


def grid_queue(server: int = 0, queue: int = 0, **more: int) -> Row:
    """A link of ``server`` to ``queue``."""
    return {"server": server, "queue": queue, **more}


__all__ = ["CLASSES", "Level", "grid_queue", "make", "table"]
