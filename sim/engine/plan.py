"""The Plan: everything an engine needs, as flat read-only tables of integers.

``TABLES`` is the contract between what is decided before the run (world, demand, policy) and the engines: table by
table, each field with its type, unit and meaning. An engine reads nothing else and draws nothing.
Times are whole seconds since midnight of the first day of the period (negative: history); shares and chances are
millionths; distances are metres; ids are row numbers; ``NEVER`` (-1) means "does not happen" or "there is none".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import numpy as np

from sim.engine.events import HANDLING_LEVELS, LEVELS, NEVER

MILLION = 1_000_000
DAY = 86_400
SEVERITIES = 4
BLOCK = 8192  # rows of a table that are read and written together, as long as they are at hand

#: table → field → (type, unit, meaning)
TABLES: dict[str, dict[str, tuple[str, str, str]]] = {
    "issues": {
        "onset": ("i8", "s", "when it comes into being; negative: before the run"),
        "report": ("i8", "s", "instant at which residents or the host report it; -1 never"),
        "duplicate": ("i8", "s", "instant of the same report on another platform; -1 none"),
        "clear": ("i8", "s", "instant at which it goes away by itself, if nobody has settled it; -1 never"),
        "worsen": ("i8", "s", "instant at which it worsens, if nobody has settled it; -1 never"),
        "patience": (
            "i8",
            "s",
            "a case still waiting for its first service so long after it was known is withdrawn; -1 never",
        ),
        "luck": ("u8", "bits", "its identity and the root of its chances"),
        "threshold": ("i8", "millionths", "accumulated notice hazard at which it is noticed; at least 1"),
        "building": ("i4", "row", "buildings"),
        "place": ("i4", "id", "flat id of building and unit: buildings.first_place + unit"),
        "unit": ("i4", "", "0 shared space, else household 1…n of the building"),
        "category": ("i2", "row", "categories"),
        "channel": ("i2", "row", "channel by which it is reported"),
        "valid": ("i1", "bool", "0: the report is of nothing; refused at its first service"),
        "severity": ("i1", "class", "0 urgent, 1 quick, 2 ordinary, 3 hard"),
        "worse_severity": ("i1", "class", "severity once worsened"),
        "difficulty": ("i4", "millionths", "a level settles it if difficulty <= capability"),
        "worse_difficulty": ("i4", "millionths", "difficulty once worsened"),
        "class": ("i1", "row", "classes: service class of its cases; lower is served first"),
        "worse_class": ("i1", "row", "service class once worsened"),
        "base": ("i8", "s", "its key in a queue is base + slope * since + due_slope * limit; smallest first"),
        "worse_base": ("i8", "s", "base once worsened"),
        "report_stage": ("i2", "row", "stages: where a reported case enters"),
        "report_target": ("i2", "row", "stages: where desks pass a reported case to"),
        "notice_stage": ("i2", "row", "stages: where a case noticed by a gridworker enters"),
    },
    "categories": {
        "visit_hazard": ("i8", "millionths", "notice hazard added by an answered visit to the unit"),
        "patrol_hazard": ("i8", "millionths", "notice hazard added by a patrol pass of the shared space"),
        "failure": ("i4", "millionths", "chance that a disposal does not truly resolve the issue"),
        "field_share": ("i4", "millionths", "chance that a check is made in the field, else on paper"),
        "field_detect": ("i4", "millionths", "chance that a field check sees a failure"),
        "paper_detect": ("i4", "millionths", "chance that a paper check sees a failure"),
        "recomplain": ("i4", "millionths", "chance that a false closure brings a repeat report"),
        "recomplain_delay": ("i8", "s", "mean (exponential) delay of a repeat report after closure"),
        "field_stage": ("i2", "row", "stages: the field check; -1: closed unchecked"),
        "paper_stage": ("i2", "row", "stages: the paper check; -1: closed unchecked"),
    },
    "limits": {  # row = category * 4 + severity
        "calendar": ("i4", "row", "clock of the time limit"),
        "seconds": ("i8", "s", "time limit from filing to the end of disposal; -1 none"),
        "dispatch_calendar": ("i4", "row", "clock of the dispatch limit"),
        "dispatch_seconds": ("i8", "s", "limit from known to dispatched; -1 none"),
    },
    "stages": {
        "role": ("i1", "Role", "desk, handle, field check or paper check"),
        "level": ("i1", "Level", "column of route that names its queue, and of work"),
        "work": ("i8", "s", "service of a desk or a check; unused by handling stages"),
        "next": ("i2", "row", "desk: the next stage; -1: the case's target"),
        "misroute": ("i4", "millionths", "chance that a case entering here goes to a wrong owner of the level"),
        "return_work": ("i8", "s", "service of a wrong owner until it sends the case back"),
        "return_delay": ("i8", "s", "time until the returned case is at the desk again"),
        "return_calendar": ("i4", "row", "clock of that delay"),
        "back": ("i2", "row", "stages: the desk that dispatches a returned case anew; -1: straight back here"),
    },
    "hops": {  # row = stage * categories + category; handling stages only
        "capability": ("i4", "millionths", "share of difficulties that this level can settle"),
        "triage": ("i8", "s", "service when it cannot settle; -1: the whole work"),
        "up": ("i2", "row", "stages: where an unsettled case goes; -1: nowhere, the level settles all"),
        "hold": ("i8", "s", "a case waiting here so long moves up; -1 never"),
        "hold_calendar": ("i4", "row", "clock of hold"),
    },
    "queues": {
        "level": ("i1", "Level", "tier"),
        "unit": ("i4", "row", "grid, community, street or department of that tier"),
        "component": ("i4", "id", "queues and servers linked with each other share it; settled in its order"),
        "slope": ("i8", "", "weight of the time of entry in the key (1: older first, -1: newer first)"),
        "due_slope": ("i8", "", "weight of the case's time limit in the key"),
        "first_link": ("i4", "row", "queue_links: its servers"),
        "links": ("i4", "rows", ""),
        "first_peer": ("i4", "row", "first queue of its level; misrouted cases go to one of the peers"),
        "peers": ("i4", "queues", "queues of its level among which cases may be misrouted (itself included)"),
    },
    "servers": {
        "level": ("i1", "Level", "tier"),
        "unit": ("i4", "row", "grid, community, street or department it belongs to"),
        "calendar": ("i4", "row", "shifts"),
        "component": ("i4", "id", "see queues"),
        "building": ("i4", "row", "where it starts the day"),
        "speed": ("i4", "mm/s", "0: does not travel"),
        "skill": ("i4", "millionths", "work takes work / skill"),
        "first_link": ("i4", "row", "server_links: its queues"),
        "links": ("i4", "rows", ""),
        "first_absence": ("i4", "row", "absences"),
        "absences": ("i4", "rows", ""),
        "admin": ("i4", "row", "admin: its inflow; -1 none"),
        "admin_piece": ("i8", "s", "longest piece of admin"),
        "admin_class": ("i1", "row", "classes"),
        "visit_quota": ("i4", "visits", "attempts a day"),
        "visit_answered": ("i8", "s", "length of an answered visit"),
        "visit_unanswered": ("i8", "s", "length of an unanswered one"),
        "visit_class": ("i1", "row", "classes"),
        "first_home": ("i4", "row", "homes: the cyclic round of its visits"),
        "homes": ("i4", "rows", ""),
        "home_offset": ("i4", "", "where in the round it starts"),
        "patrol_quota": ("i8", "s", "patrol a day"),
        "patrol_class": ("i1", "row", "classes"),
        "first_leg": ("i4", "row", "legs: the cyclic round of its patrol"),
        "legs": ("i4", "rows", ""),
        "leg_offset": ("i4", "", "where in the round it starts"),
    },
    "server_links": {  # by server, then rank, then queue
        "server": ("i4", "row", "servers"),
        "queue": ("i4", "row", "queues"),
        "rank": ("i2", "", "own before neighbours; equal ranks are one pool"),
        "travel_factor": ("i4", "millionths", "of travel (unfamiliar ground)"),
        "work_factor": ("i4", "millionths", "of work (ownership, unfamiliar ground)"),
    },
    "queue_links": {  # the same links by queue, then rank, then server
        "link": ("i4", "row", "server_links"),
    },
    "classes": {
        "duty": ("i1", "Duty", "case, admin, visit or patrol"),
        "overtime": ("i1", "bool", "runs on after the end of the shift"),
    },
    "shifts": {  # by calendar, then start; [start, end)
        "start": ("i8", "s", ""),
        "end": ("i8", "s", ""),
    },
    "calendars": {
        "first": ("i4", "row", "shifts"),
        "count": ("i4", "rows", "0: always open"),
    },
    "absences": {  # by server, then start; whole days
        "start": ("i8", "s", ""),
        "end": ("i8", "s", ""),
    },
    "buildings": {
        "x": ("i4", "m", ""),
        "y": ("i4", "m", ""),
        "first_place": ("i4", "id", "flat id of its shared space"),
        "households": ("i4", "", "its places are first_place … first_place + households"),
        "luck": ("u8", "bits", "the root of its chances"),
        "answer": ("i4", "millionths", "chance that a visit is answered"),
        "grid": ("i4", "row", "grid by the zoning in force"),
    },
    "homes": {  # cyclic rounds of visits: households
        "building": ("i4", "row", "buildings"),
        "unit": ("i4", "", "household 1…n"),
    },
    "legs": {  # cyclic rounds of patrol, cut into pieces
        "first_stop": ("i4", "row", "stops"),
        "stops": ("i4", "rows", ""),
        "seconds": ("i8", "s", "length of the leg"),
    },
    "stops": {
        "building": ("i4", "row", "buildings: its shared space is passed"),
    },
}

#: plain arrays: name → (type, axes, unit, meaning)
ARRAYS: dict[str, tuple[str, str, str, str]] = {
    "work": ("i4", "issue × level", "s", f"work content at each of the {HANDLING_LEVELS} handling levels"),
    "route": ("i4", "issue × level", "row", f"queue of the issue at each of the {LEVELS} levels; -1 none"),
    "admin": ("i4", "row × day", "s", "admin that comes in at the start of the day"),
    "preempts": ("i1", "class × class", "bool", "may the first class interrupt the second? from some higher number on"),
    "exponential": ("i8", "1024", "millionths", "quantiles (k + 1/2) / 1024 of the unit exponential"),
    "features": ("i8", "issue × feature", "", "what a live score may see of an issue; no columns without one"),
}

#: numbers that hold for the whole run: name → (unit, meaning)
RULES: dict[str, tuple[str, str]] = {
    "horizon": ("s", "the run ends here; nothing at or after this instant happens"),
    "warm_up": ("s", "KPIs are taken from here on"),
    "rebind_after": ("s", "suspended work whose server stays away longer goes back to its queue; -1 never"),
    "handover_loss": ("millionths", "of the remaining work, added when another server takes it over"),
}

Score = Callable[[int, int, np.ndarray], int]


class ScoreError(ValueError):
    """A live score that the compiled engine cannot compile, or that has failed in it."""


def dtype_of(table: str) -> np.dtype:
    """The record type of ``table``, fields in the order of ``TABLES``."""
    return np.dtype([(name, kind) for name, (kind, _, _) in TABLES[table].items()])


@dataclass(frozen=True)
class Plan:
    """Everything an engine needs, and beside it the names that people read.

    ``tables``: name → read-only record array as in ``TABLES``; ``arrays``: name → read-only array as in ``ARRAYS``;
    ``rules``: name → int as in ``RULES``; ``score``: the live score ``(now, since, features) → int64`` (smallest
    first), or None; ``start``: the date of second 0; ``labels``: what rows are called, for the Log (not for engines).
    """

    tables: Mapping[str, np.ndarray]
    arrays: Mapping[str, np.ndarray]
    rules: Mapping[str, int]
    start: date
    score: Score | None = None
    labels: Mapping[str, object] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        """A table or array by name; KeyError if there is none such."""
        return self.tables[name] if name in self.tables else self.arrays[name]


def freeze(
    tables: Mapping[str, np.ndarray],
    arrays: Mapping[str, np.ndarray],
    rules: Mapping[str, int],
    start: date,
    score: Score | None = None,
    labels: Mapping[str, object] | None = None,
) -> Plan:
    """A Plan of these parts, checked against the contract and made read-only.

    Raises ValueError naming the table, field and first row that break it (missing, wrong type, not an id of a row).
    """
    for given, expected, kind in ((tables, TABLES, "table"), (arrays, ARRAYS, "array"), (rules, RULES, "rule")):
        for name in expected:
            if name not in given:
                raise ValueError(f"plan.{name}: this {kind} is missing")
    plan = Plan(
        MappingProxyType({name: _locked(tables[name], name, dtype_of(name)) for name in TABLES}),
        MappingProxyType(
            {name: _locked(arrays[name], name, np.dtype(kind), axes) for name, (kind, axes, _, _) in ARRAYS.items()}
        ),
        MappingProxyType({name: int(rules[name]) for name in RULES}),
        start,
        score,
        MappingProxyType(dict(labels or {})),
    )
    check_references(plan)
    preempts = np.triu(plan["preempts"], k=1)
    if (preempts != plan["preempts"]).any() or (np.maximum.accumulate(preempts, axis=1) != preempts).any():
        raise ValueError(
            "plan.preempts: expected each class to interrupt all classes from some higher number on, or none"
        )
    return plan


def _locked(values: np.ndarray, name: str, expected: np.dtype, axes: str = "row") -> np.ndarray:
    flags = np.asarray(values).flags
    given_away = flags.owndata and flags.c_contiguous and not flags.writeable
    array = values if given_away else np.array(values, order="C")  # a copy: nobody else can write to it
    if array.ndim != axes.count("×") + 1:
        raise ValueError(f"plan.{name}: expected the axes {axes}, got an array of {array.ndim} axes")
    if array.dtype != expected:
        raise ValueError(f"plan.{name}: expected records of {expected}, got {array.dtype}")
    array.flags.writeable = False
    return array


#: field → the table whose rows it names
REFERENCES: dict[tuple[str, str], str] = {
    ("issues", "building"): "buildings",
    ("issues", "category"): "categories",
    ("issues", "class"): "classes",
    ("issues", "worse_class"): "classes",
    ("issues", "report_stage"): "stages",
    ("issues", "report_target"): "stages",
    ("issues", "notice_stage"): "stages",
    ("categories", "field_stage"): "stages",
    ("categories", "paper_stage"): "stages",
    ("limits", "calendar"): "calendars",
    ("limits", "dispatch_calendar"): "calendars",
    ("stages", "next"): "stages",
    ("stages", "back"): "stages",
    ("stages", "return_calendar"): "calendars",
    ("hops", "up"): "stages",
    ("hops", "hold_calendar"): "calendars",
    ("servers", "calendar"): "calendars",
    ("servers", "building"): "buildings",
    ("servers", "admin_class"): "classes",
    ("servers", "visit_class"): "classes",
    ("servers", "patrol_class"): "classes",
    ("server_links", "server"): "servers",
    ("server_links", "queue"): "queues",
    ("queue_links", "link"): "server_links",
    ("homes", "building"): "buildings",
    ("stops", "building"): "buildings",
}


#: of these, those that may be -1: there is none
OPTIONAL = {
    ("categories", "field_stage"),
    ("categories", "paper_stage"),
    ("stages", "next"),
    ("stages", "back"),
    ("hops", "up"),
}

#: (table, field of the first row, field of how many rows) → the table whose rows they are
RANGES: dict[tuple[str, str, str], str] = {
    ("queues", "first_link", "links"): "queue_links",
    ("queues", "first_peer", "peers"): "queues",
    ("servers", "first_link", "links"): "server_links",
    ("servers", "first_absence", "absences"): "absences",
    ("servers", "first_home", "homes"): "homes",
    ("servers", "first_leg", "legs"): "legs",
    ("calendars", "first", "count"): "shifts",
    ("legs", "first_stop", "stops"): "stops",
}


def check_references(plan: Plan) -> None:
    """Raise ValueError at the first id that names no row, or that has to name one and does not."""
    _check_shapes(plan)
    for table, columns in _bounds(plan).items():
        for first in range(0, len(plan[table]), BLOCK):
            rows = plan[table][first : first + BLOCK]
            for column, (least, end, target) in columns.items():
                _check_ids((table, column), rows[column], (least, end), target, first=first)
    for (table, start, count), target in RANGES.items():
        rows = plan[table][plan[table][count] > 0]
        _check_ids((table, start), rows[start], (0, len(plan[target])), target)
        _check_ids((table, count), rows[start] + rows[count] - 1, (0, len(plan[target])), f"{target}, to the last")
    _check_places(plan)


def _bounds(plan: Plan) -> dict[str, dict[str, tuple[int, int | None, str]]]:
    """Table → column → the least number in it, the one at which they end, and what they are."""
    bounds: dict[str, dict[str, tuple[int, int | None, str]]] = {}
    for (table, column), target in REFERENCES.items():
        least = NEVER if (table, column) in OPTIONAL else 0
        bounds.setdefault(table, {})[column] = (least, len(plan[target]), target)
    for table, column, least, end in (
        ("stages", "level", 0, plan["route"].shape[1]),
        ("issues", "severity", 0, SEVERITIES),
        ("issues", "worse_severity", 0, SEVERITIES),
        ("issues", "place", 0, None),
        ("buildings", "first_place", 0, None),
        ("homes", "unit", 0, None),
        ("legs", "stops", 1, None),
        ("servers", "admin", NEVER, len(plan["admin"])),
    ):
        bounds.setdefault(table, {})[column] = (least, end, "its range")
    return bounds


def _check_ids(
    where: tuple[str, str], ids: np.ndarray, bounds: tuple[int, int | None], target: str, *, first: int = 0
) -> None:
    """Raise ValueError at the first of ``ids``, of row ``first`` and those after it, that is not in [least, end)."""
    least, end = bounds
    if not ids.size or (ids.min() >= least and (end is None or ids.max() < end)):
        return
    at = int(np.argmax((ids < least) | (ids >= end if end is not None else False)))
    last = "" if end is None else end - 1
    raise ValueError(f"plan.{where[0]}[{first + at}].{where[1]}: expected a row of {target} (0…{last}), got {ids[at]}")


def _check_places(plan: Plan) -> None:
    """Raise ValueError at the first issue whose place is not that of its building and unit."""
    first_place = plan["buildings"]["first_place"].copy()
    for first in range(0, len(plan["issues"]), BLOCK):
        rows = plan["issues"][first : first + BLOCK]
        bad = np.flatnonzero(rows["place"] != first_place[rows["building"]] + rows["unit"])
        if bad.size:
            row = rows[bad[0]]
            expected = f"first_place of building {row['building']} + unit {row['unit']}"
            raise ValueError(f"plan.issues[{first + bad[0]}].place: expected {expected}, got {row['place']}")


def _check_shapes(plan: Plan) -> None:
    """Raise ValueError for an array that has not a row for each row of its table."""
    days = -(-plan.rules["horizon"] // DAY)
    classes, categories = len(plan["classes"]), len(plan["categories"])
    for name, axis, expected in (
        ("work", 0, len(plan["issues"])),
        ("work", 1, HANDLING_LEVELS),
        ("route", 0, len(plan["issues"])),
        ("route", 1, LEVELS),
        ("features", 0, len(plan["issues"])),
        ("preempts", 0, classes),
        ("preempts", 1, classes),
        ("exponential", 0, 1024),
        ("limits", 0, SEVERITIES * categories),
        ("hops", 0, categories * len(plan["stages"])),
    ):
        if plan[name].shape[axis] != expected:
            raise ValueError(f"plan.{name}: expected {expected} along axis {axis}, got {plan[name].shape[axis]}")
    if len(plan["admin"]) and plan["admin"].shape[1] < days:
        raise ValueError(f"plan.admin: expected {days} along axis 1, got {plan['admin'].shape[1]}")
    if (plan["route"] < NEVER).any() or (plan["route"] >= len(plan["queues"])).any():
        raise ValueError(f"plan.route: expected rows of queues (0…{len(plan['queues']) - 1}) or -1")
