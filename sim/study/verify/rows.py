"""Plans written row by row, without a world or a policy: what a row leaves out is plain or off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate

import numpy as np

from sim.engine.events import HANDLING_LEVELS, LEVELS, NEVER, Duty, Level, Role
from sim.engine.freeze import freeze
from sim.engine.plan import DAY, MILLION, Plan, Score, dtype_of

CLASSES = 16
ADMIN_CLASS, VISIT_CLASS, PATROL_CLASS = 12, 13, 14

Row = Mapping[str, int]
Intervals = Sequence[tuple[int, int]]

_DEFAULTS: dict[str, Row] = {
    "issues": {
        "report": NEVER, "duplicate": NEVER, "clear": NEVER, "worsen": NEVER, "patience": NEVER, "valid": 1,
        "threshold": MILLION, "severity": 2, "worse_severity": 2, "party": NEVER,
    },
    "categories": {"field_look": NEVER, "field_stage": NEVER, "paper_stage": NEVER, "recomplain_delay": DAY},
    "limits": {"seconds": NEVER, "dispatch_seconds": NEVER},
    "stages": {"next": NEVER, "back": NEVER, "whistle": NEVER, "attend": NEVER},
    "hops": {"capability": MILLION, "triage": NEVER, "up": NEVER, "hold": NEVER, "decline": NEVER, "feign": NEVER},
    "marks": {"look": NEVER},
    "queues": {"slope": 1, "peers": 1},
    "servers": {"skill": MILLION, "admin": NEVER, "admin_class": ADMIN_CLASS, "visit_class": VISIT_CLASS,
                "patrol_class": PATROL_CLASS, "admin_piece": 1800, "find_class": NEVER, "suppress": NEVER},
    "server_links": {"travel_factor": MILLION, "work_factor": MILLION},
    "buildings": {"answer": MILLION},
}  # fmt: skip


def table(name: str, rows: Sequence[Row]) -> np.ndarray:
    """Records of ``name``: what a row leaves out has its default, or 0. ValueError for a field that there is not."""
    kind = dtype_of(name)
    blank = {**dict.fromkeys(kind.names or (), 0), **_DEFAULTS.get(name, {})}
    whole = [{**blank, **row} for row in rows]
    if unknown := {field for row in whole for field in row} - blank.keys():
        raise ValueError(f"plan.{name}: there is no field {', '.join(sorted(unknown))}")
    return np.array([tuple(row.values()) for row in whole], kind)


def plan_of_rows(
    *,
    issues: Sequence[Row],
    servers: Sequence[Row],
    links: Sequence[Row],
    queues: Sequence[Row] = ({},),
    stages: Sequence[Row] = ({"role": Role.HANDLE},),
    hops: Sequence[Row] | None = None,
    categories: Sequence[Row] = ({},),
    shifts: Sequence[Intervals] = ((),),
    buildings: Sequence[Row] = ({"households": 1},),
    work: Sequence[Sequence[int]] | np.ndarray | None = None,
    routes: Mapping[int, int] | None = None,
    route: np.ndarray | None = None,
    absences: Sequence[Row] = (),
    homes: Sequence[Row] = (),
    legs: Sequence[Row] = (),
    stops: Sequence[Row] = (),
    admin: Sequence[Sequence[int]] | np.ndarray | None = None,
    preempts: Sequence[tuple[int, int]] = (),
    overtime: Sequence[int] = (),
    limits: Mapping[int, Row] | None = None,
    marks: Sequence[Row] = (),
    looks: Sequence[Row] = (),
    buckets: Sequence[Row] = (),
    parties: Sequence[Row] = (),
    party_members: Sequence[Row] = (),
    rules: Mapping[str, int] | None = None,
    score: Score | None = None,
    features: Sequence[Sequence[int]] | np.ndarray | None = None,
) -> Plan:
    """A Plan of these rows. By default: one queue, one handling stage that settles all, always open, one building.

    ``shifts``: of each calendar; ``routes``: level → queue (the same for all issues), default queue 0 for all, or ``route``: issue × level;
    ``work``: issue × seconds at each level (and what else stages ask for), default 60; a stage has the queue and the work of its level unless it
    says otherwise; ``limits``: by row, default none; ``preempts``: pairs of classes, the first may interrupt the second;
    ``overtime``: classes. One component, unless queues and servers say otherwise. Links are put in order.
    """
    all_rules = {
        "horizon": 30 * DAY,
        "warm_up": 0,
        "rebind_after": NEVER,
        "handover_loss": 0,
        "whistle_after": 0,
        **(rules or {}),
    }
    given = {
        "issues": [{"place": _place(row, buildings), "notice_stage": _first_level(stages), **row} for row in issues],
        "categories": categories,
        "limits": [(limits or {}).get(k, {}) for k in range(4 * len(categories))],
        "stages": [{**_columns(row), **row} for row in stages],
        "marks": marks,
        "looks": looks,
        "buckets": buckets,
        "parties": parties,
        "party_members": party_members,
        "hops": hops or [{}] * (len(stages) * len(categories)),
        "classes": [{"duty": Duty.CASE, "overtime": int(k in overtime)} for k in range(CLASSES)],
        "absences": absences,
        "buildings": buildings,
        "homes": homes,
        "legs": legs,
        "stops": stops,
        **_linked(queues, servers, links),
        **_calendars(shifts),
    }
    arrays = {
        "work": _work(work, len(issues)),
        "route": _route(len(issues), routes or {}) if route is None else np.asarray(route, "i4"),
        "admin": _grid(admin, (), -(-all_rules["horizon"] // DAY), "i4"),
        "preempts": _preempting(preempts),
        "exponential": np.round(-np.log(1 - (np.arange(1024) + 0.5) / 1024) * MILLION).astype("i8"),
        "features": np.zeros((len(issues), 0), "i8")
        if features is None
        else np.array(features, "i8").reshape(len(issues), -1 if len(issues) else 0),
    }
    tables = {name: table(name, rows) for name, rows in given.items()}
    streets = 1 + max([row.get("unit", 0) for row in servers if row.get("level") == Level.STREET], default=0)
    labels = _labels(len(categories), streets, len(buildings))
    return freeze(tables, arrays, all_rules, date(2021, 1, 1), score, labels)


def _place(issue: Row, buildings: Sequence[Row]) -> int:
    """Where an issue is, if its row does not say so."""
    return buildings[issue.get("building", 0)].get("first_place", 0) + issue.get("unit", 0)


def _first_level(stages: Sequence[Row]) -> int:
    """The stage that a case which is noticed enters, if its row does not say so."""
    return next((k for k, row in enumerate(stages) if row.get("role") == Role.HANDLE), 0)


def _columns(stage: Row) -> Row:
    """The columns of route and of work that a stage has by its level."""
    level = stage.get("level", 0)
    return {"way": level, "content": min(level, HANDLING_LEVELS - 1)}


def _work(rows: Sequence[Sequence[int]] | np.ndarray | None, issues: int) -> np.ndarray:
    """The array ``work``: at least a column a level."""
    given = np.array([] if rows is None else rows, "i4")
    return given if given.ndim == 2 else np.full((issues, HANDLING_LEVELS), 60, "i4")


def _linked(queues: Sequence[Row], servers: Sequence[Row], links: Sequence[Row]) -> dict[str, Sequence[Row]]:
    """Queues, servers, and their links in the order of the contract."""
    links = sorted(links, key=lambda row: _ids(row, "server", "rank", "queue"))
    by_queue = sorted(range(len(links)), key=lambda k: _ids(links[k], "queue", "rank", "server"))
    return {
        "queues": list(_with_links(queues, [row.get("queue", 0) for row in links])),
        "servers": list(_with_links(servers, [row.get("server", 0) for row in links])),
        "server_links": links,
        "queue_links": [{"link": k} for k in by_queue],
    }


def _ids(row: Row, *names: str) -> tuple[int, ...]:
    return tuple(row.get(name, 0) for name in names)


def _with_links(rows: Sequence[Row], ends: Sequence[int]) -> Iterator[Row]:
    """The rows, each with the first of its links and how many it has; ``ends``: the row each link belongs to."""
    counts = [ends.count(k) for k in range(len(rows))]
    for row, count, past in zip(rows, counts, accumulate(counts), strict=True):
        yield {"first_link": past - count, "links": count, **row}


def _calendars(shifts: Sequence[Intervals]) -> dict[str, Sequence[Row]]:
    """Calendars and their shifts, one calendar after the other."""
    counts = [len(intervals) for intervals in shifts]
    firsts = [past - count for count, past in zip(counts, accumulate(counts), strict=True)]
    return {
        "calendars": [{"first": first, "count": count} for first, count in zip(firsts, counts, strict=True)],
        "shifts": [{"start": start, "end": end} for intervals in shifts for start, end in intervals],
    }


def _route(issues: int, routes: Mapping[int, int]) -> np.ndarray:
    """All issues go through the same queues."""
    return np.tile(np.array([routes.get(level, 0) for level in range(LEVELS)], "i4"), (issues, 1))


def _grid(
    rows: Sequence[Sequence[int]] | np.ndarray | None, default: Sequence[Sequence[int]], columns: int, kind: str
) -> np.ndarray:
    """The rows, or the default, as an array of so many columns."""
    return np.array(default if rows is None else rows, kind).reshape(-1, columns)


def _preempting(pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """The array ``preempts``."""
    array = np.zeros((CLASSES, CLASSES), "i1")
    for pair in pairs:
        array[pair] = 1
    return array


def _labels(categories: int, streets: int, buildings: int) -> dict[str, object]:
    """Names for the Log: all buildings are of one community."""
    return {
        "categories": [f"c{k}" for k in range(categories)],
        "channels": ["visit", "patrol", "direct"],
        "streets": [f"s{k}" for k in range(streets)],
        "communities": ["m0"],
        "community_street": np.zeros(1, int),
        "building_community": np.zeros(buildings, int),
        "building_kind": np.zeros(buildings, int),
    }
