"""Everything that a compiled run needs, laid out in memory: the tables of the Plan as they are, and room for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sim.engine.compiled.agenda import NOTHING, ROW_BITS, ROW_MASK, SERVER_BITS
from sim.engine.compiled.memory import (
    ASKED,
    CASE,
    CHANGE,
    COURSE,
    DAYS,
    EVENT,
    GATHERING,
    ITEM,
    JOINT,
    LATER,
    LINE,
    LINK,
    LONG,
    LONG_TIME,
    PART,
    PLACE,
    RESULT,
    ROUND,
    SEATS,
    STAFF,
    STANDING,
    UNDERWAY,
    WATCH,
    WORD,
    WORK,
    WORLD,
)  # fmt: skip
from sim.engine.events import NEVER, Duty
from sim.engine.plan import ARRAYS, DAY, TABLES, Plan, has_courses

CACHE_LINE = 64  # bytes
ROOM_TO_BEGIN = 1.5  # times what the Plan foresees; untouched memory costs nothing


class Memory:
    """The memory of one run: ``world``, one row of WORLD, and the tables it points to, by name.

    ``events``: room for every event; ``room``: how much, in times of what the Plan foresees; ``score``: address of the live score, 0 without.
    """

    def __init__(self, plan: Plan, *, events: bool, room: float, score: int) -> None:
        self.plan, self.room = plan, room
        self.world = np.zeros(1, WORLD)
        self.tables: dict[str, np.ndarray] = {}
        _check_size(plan)
        for name in (*TABLES, *ARRAYS):
            if name in (WORLD.names or ()):
                self.place(name, plan[name])
        self._numbers(events, score)
        self._organisation()
        self._calendars()
        self._known_beforehand()
        self._noticeable()
        self._make_room()

    def place(self, name: str, table: np.ndarray) -> np.ndarray:
        """Let the world point to ``table``."""
        self.tables[name] = table
        self.world[name] = table.ctypes.data
        return table

    def number(self, name: str, value: int) -> None:
        """Let the world hold ``value``."""
        self.world[name] = value

    def _numbers(self, events: bool, score: int) -> None:
        plan = self.plan
        numbers = {
            "horizon": plan.rules["horizon"],
            "rebind_after": plan.rules["rebind_after"],
            "handover_loss": plan.rules["handover_loss"],
            "categories_count": len(plan["categories"]),
            "issues_count": len(plan["issues"]),
            "servers_count": len(plan["servers"]),
            "days_count": -(-plan.rules["horizon"] // DAY),
            "ways": plan["route"].shape[1],
            "contents": plan["work"].shape[1],
            "has_courses": has_courses(plan),
            "has_parties": len(plan["parties"]) > 0,
            "has_preempts": plan["preempts"].any(),
            "whistle_after": plan.rules["whistle_after"],
            "classes_count": len(plan["classes"]),
            "features_count": plan["features"].shape[1],
            "wants_events": events,
            "score": score,
            "free_job": NEVER,
        }
        for name, value in numbers.items():
            self.number(name, value)

    def _organisation(self) -> None:
        """Servers, queues and links as they stand at the beginning, components numbered without gaps."""
        plan, queues, servers = self.plan, self.plan["queues"], self.plan["servers"]
        found = np.unique(np.concatenate([queues["component"], servers["component"]]), return_inverse=True)[1]
        of_queue, of_server = found[: len(queues)], found[len(queues) :]
        count = int(found.max(initial=-1)) + 1
        staff = self.place("staff", _rows(len(servers), STAFF))
        for field in ("work", "suspended", "overtime_since", "day"):
            staff[field] = NEVER
        staff["component"] = of_server
        for field in ("building", "speed", "skill", "admin_class", "visit_class", "patrol_class"):
            staff[field] = servers[field]
        staff["has_rounds"] = (
            (servers["admin"] != NEVER) | (servers["visit_quota"] != 0) | (servers["patrol_quota"] != 0)
        )
        staff["on_shift"] = plan["calendars"]["count"][servers["calendar"]] == 0
        self._rounds()
        lines = self.place("lines", _rows(len(queues), LINE))
        for field in ("first", "next", "prev"):
            lines[field] = NEVER
        for field in ("slope", "due_slope", "ease_slope", "first_link", "links", "first_peer", "peers"):
            lines[field] = queues[field]
        lines["component"] = of_queue
        parts = self.place("parts", _rows(count, PART))
        parts["servers"] = np.bincount(of_server, minlength=count)
        parts["first_server"] = np.cumsum(parts["servers"]) - parts["servers"]
        parts["filled"] = NEVER
        parts["idle"] = np.bincount(of_server, weights=staff["on_shift"], minlength=count)
        parts["own"] = np.bincount(of_server, weights=staff["has_rounds"], minlength=count)
        self.place("gatherings", np.full(3 * count if len(plan["parties"]) else 0, NEVER, np.int32).view(GATHERING))
        self.place("members", np.argsort(of_server, kind="stable").astype(np.int32))
        links = plan["server_links"][plan["queue_links"]["link"]]
        here = self.place("links", np.empty(len(links), LINK))
        for field in LINK.names or ():
            here[field] = links[field]
        self.place("interrupts", np.asarray(plan["preempts"].any(axis=1), np.int8))

    def _rounds(self) -> None:
        """Admin, visits and patrol of each server; offsets count round the round, pieces last at least a second."""
        servers = self.plan["servers"]
        rounds = self.place("rounds", _rows(len(servers), ROUND))
        for field in ("first_home", "homes", "first_leg", "legs"):
            rounds[field] = servers[field]
        rounds["kept_for"] = rounds["reserved_since"] = NEVER
        rounds["next_home"] = servers["home_offset"] % np.maximum(1, servers["homes"])
        rounds["next_leg"] = servers["leg_offset"] % np.maximum(1, servers["legs"])
        for field in ("admin_piece", "visit_answered", "visit_unanswered"):
            rounds[field] = np.clip(servers[field], 1, LONG_TIME)

    def _calendars(self) -> None:
        """The changes of all calendars that servers keep, in order, and who keeps which."""
        plan, horizon = self.plan, self.plan.rules["horizon"]
        calendars, shifts, kept_by = plan["calendars"], plan["shifts"], plan["servers"]["calendar"]
        length = shifts["end"] - shifts["start"]
        before = np.cumsum(length) - length
        calendar_of = np.repeat(np.arange(len(calendars)), calendars["count"])
        row_of = np.concatenate([np.arange(0), *(np.arange(f, f + n) for f, n in calendars.tolist())])
        open_before = self.place("open_before", np.zeros(len(shifts), LONG))
        first_of = np.repeat(calendars["first"], calendars["count"])
        open_before["value"][row_of] = before[row_of] - before[first_of]
        kept = np.isin(calendar_of, kept_by) & (shifts["end"][row_of] > 0)
        row_of, calendar_of = row_of[kept], calendar_of[kept]
        times = np.concatenate([shifts["end"][row_of], np.maximum(0, shifts["start"][row_of])])
        starts = np.repeat([0, 1], len(row_of))
        which = np.tile(calendar_of, 2)
        order = np.lexsort((which, starts, times))
        order = order[times[order] < horizon]
        changes = self.place("changes", np.zeros(len(order) + 1, CHANGE))
        changes["time"][-1] = NOTHING
        for field, values in {"time": times, "calendar": which, "starts": starts}.items():
            changes[field][:-1] = values[order]
        self.place("crew", np.argsort(kept_by, kind="stable").astype(np.int32))
        crew = np.bincount(kept_by, minlength=len(calendars))
        self.place("crew_first", np.concatenate([[0], np.cumsum(crew)]).astype(np.int32))

    def _known_beforehand(self) -> None:
        """What the Plan says will happen by itself, in order: reports, and what the log tells though nobody sees it."""
        horizon = self.plan.rules["horizon"]
        reports, unseen = (map(self._column, names) for names in (("report", "duplicate"), ("onset", "clear")))
        reported = ((times, (times != NEVER) & (times < horizon)) for times in reports)
        self.number("reports_count", len(self.place("reports", _in_order(reported))) - 1)
        if self.world["wants_events"][0]:
            valid = self._column("valid") != 0
            self.place("unseen", _in_order((times, valid & (times >= 0) & (times < horizon)) for times in unseen))

    def _column(self, name: str) -> np.ndarray:
        """A column of the issues, taken out of their rows: they are long, and every look at one of its fields goes through all."""
        return np.ascontiguousarray(self.plan["issues"][name])

    def _noticeable(self) -> None:
        """The issues that somebody who comes by may notice, in the order of their onset, and room for them by place."""
        plan, issues = self.plan, self.plan["issues"]
        hazards = np.stack([plan["categories"]["visit_hazard"], plan["categories"]["patrol_hazard"]])
        noticeable = []
        if hazards.any():
            can_be = hazards[(issues["unit"] == 0).view(np.int8), issues["category"]] != 0
            can_be &= (issues["valid"] != 0) & (issues["onset"] < plan.rules["horizon"])
            noticeable.append((np.maximum(self._column("onset"), -LONG_TIME), can_be))
        rows = self.place("noticeable", _in_order(noticeable))[:-1] & ROW_MASK
        self.place("watch", _room(len(rows), WATCH))
        self.place("watch_of", np.empty(len(issues) if len(rows) else 0, WORD))
        places, nothing_there = _places(plan, rows), np.array((NOTHING, 0, 0, 0, 0), PLACE)
        self.place("places", np.full(places, nothing_there))
        self.place("spaces", np.full(len(plan["buildings"]), nothing_there))
        self.number("watched", len(rows))
        self.number("places_count", places)
        self.number("buildings_count", len(plan["buildings"]))

    def _make_room(self) -> None:
        """Room for all that a run fills."""
        issues, servers = self.plan["issues"], self.plan["servers"]
        cases = 1024 + int(self.room * (len(self.tables["reports"]) + len(self.tables["noticeable"])))
        days = int(self.world["days_count"][0])
        leaves = 4
        while leaves < len(servers):
            leaves *= 4
        later = 1024 + 6 * cases + 8 * len(servers)
        parties = bool(self.world["has_parties"][0])
        rows = (24 + SEATS * parties) * cases + 24 * len(servers) * days
        events = 1024 + int(self.room * rows) if self.world["wants_events"][0] else 0
        self.place("cases", np.empty(cases, CASE))
        duties = [duty for duty in Duty if duty != Duty.CASE]
        pieces = (len(duties) + parties) * len(servers)
        self.place("items", _room(pieces + cases + 8, ITEM))
        works = self.place("works", _room(pieces + cases + 8, WORK))
        works["duty"][:pieces] = JOINT
        works["duty"][: len(duties) * len(servers)] = np.tile(duties, len(servers))
        self.place("results", np.empty(len(issues), RESULT))
        courses = bool(self.world["has_courses"][0])
        self.place("courses", np.empty(cases if courses else 0, COURSE))
        self.place("underway", _room(pieces + cases + 8 if courses else 0, UNDERWAY))
        self.place("seats", np.empty(SEATS * (pieces + cases + 8) if parties else 0, WORD))
        self.place("asked", np.zeros(len(issues) if courses else 0, ASKED))
        self.place("standing", np.empty(len(issues), STANDING))
        self.place("days", np.zeros(len(servers) * days, DAYS))
        self.place("events", np.empty(events, EVENT))
        self.place("agenda", _room(later, LATER))
        self.place("completions", _rows(2 * leaves, LONG))["value"] = NOTHING
        self.place("arrivals", np.empty(cases, LONG))
        self.place("moves", np.empty(cases + 8, LONG))
        self.place("dirty", np.empty(len(self.tables["parts"]), LONG))
        for name, value in {
            "leaves": leaves, "cases_room": cases, "later_room": later, "events_room": events, "arrivals_room": cases,
            "jobs_used": pieces,
        }.items():  # fmt: skip
            self.number(name, value)


def _in_order(columns: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """What is true in the masks of columns of times, as keys of time and row, rows counted on from column to column; then NOTHING.

    (One number is sorted fastest; and often, as in theory, they lie in order.)
    """
    parts, before = [], 0
    for times, mask in columns:
        rows = np.flatnonzero(mask)
        rows += before
        part = times[mask]
        part <<= ROW_BITS
        part |= rows
        parts.append(part)
        before += len(times)
    keys = np.concatenate([*parts, [NOTHING]])
    if (keys[1:] < keys[:-1]).any():
        keys.sort()
    return keys


def _room(rows: int, kind: np.dtype) -> np.ndarray:
    """Memory for rows, from the beginning of a cache line on: rows of 16, 32 or 64 bytes then never lie across two."""
    memory = np.empty(rows * kind.itemsize + CACHE_LINE, np.uint8)
    first = -memory.ctypes.data % CACHE_LINE
    return memory[first : first + rows * kind.itemsize].view(kind)


def _rows(rows: int, kind: np.dtype) -> np.ndarray:
    """The same, full of zeros."""
    room = _room(rows, kind)
    room.view(np.uint8)[:] = 0
    return room


def _by_server(days: np.ndarray, servers: int) -> np.ndarray:
    """Worker-days in the order of server, then day. (As so many bytes a row they are moved ten times faster than field by field.)"""
    rows = days.view(f"V{days.itemsize}").reshape(-1, servers) if servers else days
    return rows.T.reshape(-1).view(days.dtype)


def _places(plan: Plan, noticeable: np.ndarray) -> int:
    """How many places there are at which somebody may look, or some of these issues may be noticed."""
    buildings, homes = plan["buildings"], plan["homes"]
    visited = buildings["first_place"][homes["building"]] + homes["unit"]
    known = (buildings["first_place"] + buildings["households"], plan["issues"]["place"][noticeable], visited)
    return 1 + max(int(places.max(initial=-1)) for places in known)


def _check_size(plan: Plan) -> None:
    """Raise ValueError for a Plan whose numbers do not fit into those that the engine packs."""
    servers = len(plan["servers"])
    if servers >= 1 << SERVER_BITS:
        raise ValueError(f"plan.servers: the compiled engine takes fewer than {1 << SERVER_BITS} rows, got {servers}")
    if len(plan["issues"]) >= 1 << 29:
        raise ValueError(f"plan.issues: the compiled engine takes fewer than {1 << 29} rows, got {len(plan['issues'])}")


def outputs(memory: Memory) -> Mapping[str, np.ndarray]:
    """What a run has filled, as in ``sim.engine.log.RECORDS``."""
    world, tables = memory.world[0], memory.tables
    return {
        "cases": tables["cases"][: int(world["cases_used"])],
        "courses": tables["courses"][: int(world["cases_used"])],
        "issues": tables["results"],
        "days": _by_server(tables["days"], int(world["servers_count"])),
        "events": tables["events"][: int(world["events_used"])],
    }
