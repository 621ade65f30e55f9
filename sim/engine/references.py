"""Which columns of a Plan name rows of which tables, and whether they do."""

from __future__ import annotations

import numpy as np

from sim.engine.events import NEVER, Action, Level, Role, Stamp, State
from sim.engine.plan import BLOCK, SEVERITIES, Plan

#: field → the table whose rows it names
REFERENCES: dict[tuple[str, str], str] = {
    ("issues", "building"): "buildings",
    ("issues", "category"): "categories",
    ("issues", "class"): "classes",
    ("issues", "worse_class"): "classes",
    ("issues", "report_stage"): "stages",
    ("issues", "report_target"): "stages",
    ("issues", "notice_stage"): "stages",
    ("issues", "party"): "parties",
    ("categories", "field_stage"): "stages",
    ("categories", "paper_stage"): "stages",
    ("limits", "calendar"): "calendars",
    ("limits", "dispatch_calendar"): "calendars",
    ("stages", "next"): "stages",
    ("stages", "back"): "stages",
    ("stages", "return_calendar"): "calendars",
    ("hops", "up"): "stages",
    ("hops", "hold_calendar"): "calendars",
    ("hops", "decline"): "looks",
    ("hops", "feign"): "looks",
    ("categories", "field_look"): "looks",
    ("stages", "wait_calendar"): "calendars",
    ("stages", "whistle"): "stages",
    ("stages", "attend_calendar"): "calendars",
    ("party_members", "queue"): "queues",
    ("marks", "calendar"): "calendars",
    ("marks", "class"): "classes",
    ("marks", "look"): "looks",
    ("looks", "calendar"): "calendars",
    ("servers", "find_class"): "classes",
    ("servers", "suppress"): "looks",
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
    ("hops", "decline"),
    ("hops", "feign"),
    ("categories", "field_look"),
    ("marks", "look"),
    ("servers", "find_class"),
    ("servers", "suppress"),
    ("issues", "party"),
    ("stages", "whistle"),
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
    ("limits", "first_mark", "marks"): "marks",
    ("looks", "first_bucket", "buckets"): "buckets",
    ("parties", "first_member", "members"): "party_members",
    ("legs", "first_stop", "stops"): "stops",
}


def check_references(plan: Plan) -> None:
    """Raise ValueError at the first id that names no row, or that has to name one and does not."""
    for table, columns in _bounds(plan).items():
        for first in range(0, len(plan[table]), BLOCK):
            rows = plan[table][first : first + BLOCK]
            for column, (least, end, target) in columns.items():
                _check_ids((table, column), rows[column], (least, end), target, first=first)
    for (table, start, count), target in RANGES.items():
        rows = plan[table][plan[table][count] > 0]
        _check_ids((table, start), rows[start], (0, len(plan[target])), target)
        _check_ids((table, count), rows[start] + rows[count] - 1, (0, len(plan[target])), f"{target}, to the last")


def _bounds(plan: Plan) -> dict[str, dict[str, tuple[int, int | None, str]]]:
    """Table → column → the least number in it, the one at which they end, and what they are."""
    bounds: dict[str, dict[str, tuple[int, int | None, str]]] = {}
    for (table, column), target in REFERENCES.items():
        least = NEVER if (table, column) in OPTIONAL else 0
        bounds.setdefault(table, {})[column] = (least, len(plan[target]), target)
    for table, column, least, end in (
        ("stages", "level", 0, len(Level)),
        ("stages", "role", 0, len(Role)),
        ("stages", "way", 0, plan["route"].shape[1]),
        ("stages", "content", 0, plan["work"].shape[1]),
        ("stages", "stamp", 0, len(Stamp)),
        ("parties", "members", 2, 9),
        ("marks", "action", 0, len(Action)),
        ("looks", "state", 0, len(State)),
        ("looks", "buckets", 1, None),
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
    raise ValueError(
        f"plan.{where[0]}[{first + at}].{where[1]}: expected a row of {target} ({max(0, least)}…{last}), got {ids[at]}"
    )
