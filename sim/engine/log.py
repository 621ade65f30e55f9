"""The Log: everything that happened, as tables, and the Plan it happened under.

Engines return the raw arrays below; ``Log`` gives them to people as data frames with names and dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.events import NEVER, Duty, EventKind, Level, Outcome, Phase, Source
from sim.engine.plan import DAY, Plan, has_courses

if TYPE_CHECKING:
    import pandas as pd

SEVERITIES = ("urgent", "quick", "ordinary", "hard")
LEVEL_NAMES = tuple(level.name.lower() for level in Level)

#: how an issue stands at the end of a run; the first five are the levels that truly resolved it
FATES = (
    "settled_grid",
    "settled_community",
    "settled_street",
    "settled_department",
    "settled_city",
    "cleared",  # gone by itself
    "falsely_closed",  # closed on paper, still there
    "open",  # a case is open
    "latent",  # nobody knows of it
    "withdrawn",  # its reporter gave up
    "refused",  # there was nothing behind the report
    "settled_neighbourhood",  # truly resolved below the gridworker
)

#: level → index of FATES
FATE_OF_LEVEL = np.array([*range(5), FATES.index("open"), FATES.index("settled_neighbourhood")], np.int8)

#: what an engine returns: table → field → (type, unit, meaning)
RECORDS: dict[str, dict[str, tuple[str, str, str]]] = {
    "cases": {  # row = case
        "issue": ("i4", "row", ""),
        "source": ("i1", "Source", ""),
        "channel": ("i2", "row", "0 visit, 1 patrol, else the reporting channel"),
        "finder": ("i4", "row", "server that noticed it; -1 reported"),
        "known": ("i4", "s", "reported or noticed"),
        "filed": ("i4", "s", "accepted; -1 not yet"),
        "dispatched": ("i4", "s", "first at a handling stage; -1 not yet"),
        "started": ("i4", "s", "first service at a handling stage; -1 not yet"),
        "finished": ("i4", "s", "end of the last disposal; -1 not yet"),
        "closed": ("i4", "s", "end of the case, whatever its outcome; -1 open"),
        "limit": ("i8", "s", "time limit in force; -1 none"),
        "limit_original": ("i8", "s", "first time limit; -1 none"),
        "severity": ("i1", "class", "at filing"),
        "level": ("i1", "Level", "that settled it last; -1 none"),
        "hops": ("i2", "", "times handed on to another queue"),
        "returns": ("i2", "", "times returned by a wrong owner"),
        "reworks": ("i2", "", "times sent back by a check"),
        "outcome": ("i1", "Outcome", ""),
        "stage": ("i2", "row", "where it stands or ended"),
    },
    "issues": {  # row = issue
        "known": ("i4", "s", "first case opened; -1 never"),
        "resolved": ("i4", "s", "truly resolved or gone by itself; -1 not by the horizon"),
        "resolved_level": ("i1", "Level", "that truly resolved it; -1 none (by itself, or not resolved)"),
        "cases": ("i2", "", "cases opened on it"),
    },
    "courses": {  # row = case; no rows if the Plan has nothing of the kind (``plan.has_courses``)
        "accepted": (
            "i8",
            "s",
            "first service by a handling level that was neither a wrong owner nor declined; -1 not yet",
        ),
        "paused": ("i8", "s", "its limit stood still, up to the last release"),
        "supervised": ("i2", "", "times asked after from above"),
        "postponed": ("i2", "", "times its limit was put off"),
        "hangs": ("i2", "", "times hung"),
        "hung": ("i1", "bool", "hanging when the run ends, or when it ended"),
        "declines": ("i2", "", "times a level that could settle it did not take it on"),
        "feigned": ("i2", "", "times a level only pretended to settle it"),
        "parts": ("i1", "", "members of its party that have done their part, one after the other or together"),
        "no_shows": ("i2", "", "members that were called and did not come"),
        "called": ("i8", "s", "somebody has whistled for it; -1 not yet, or never"),
        "signed": ("i8", "s", "the whistle was signed for; -1 not yet"),
        "contacted": ("i8", "s", "the departments were in contact; -1 not yet"),
        "attended": ("i8", "s", "all members were there: first joint START; -1 not yet"),
    },
    "days": {  # row = server * days + day
        "case": ("i4", "s", "work on cases (desks and checks too)"),
        "admin": ("i4", "s", ""),
        "visit": ("i4", "s", ""),
        "patrol": ("i4", "s", ""),
        "travel": ("i4", "s", "of all duties"),
        "overtime": ("i4", "s", "past the end of a shift; contained in the above"),
        "reserved": ("i4", "s", "idle, kept free for a joint service"),
        "visits": ("i4", "", "attempts that ended"),
        "answered": ("i4", "", "of these answered"),
        "legs": ("i4", "", "patrol legs that ended"),
        "noticed": ("i4", "", "issues noticed (cases opened)"),
        "suppressed": ("i4", "", "issues noticed and kept to itself (no case opened)"),
        "backlog": ("i4", "s", "admin not yet begun at the last shift end of the day; 0 if away"),
    },
    "events": {  # only on request
        "time": ("i8", "s", ""),
        "phase": ("i1", "Phase", ""),
        "kind": ("i1", "EventKind", ""),
        "case": ("i4", "row", "-1 none"),
        "issue": ("i4", "row", "-1 none"),
        "queue": ("i4", "row", "-1 none"),
        "server": ("i4", "row", "-1 none"),
        "level": ("i1", "", "Level; for pieces the Duty; -1 none"),
    },
}


def record_type(table: str) -> np.dtype:
    """The record type of ``table``, fields in the order of ``RECORDS``."""
    return np.dtype([(name, kind) for name, (kind, _, _) in RECORDS[table].items()])


def sort_events(events: np.ndarray) -> np.ndarray:
    """Event rows in the order of their content: time, phase, kind, case, issue, server, queue."""
    keys = ("queue", "server", "issue", "case", "kind", "phase", "time")  # lexsort: the last is the first
    return events[np.lexsort([events[key] for key in keys])]


def days_of(plan: Plan) -> int:
    """The number of days of the run, the last one perhaps not whole."""
    return -(-plan.rules["horizon"] // DAY)


def on_shift_seconds(plan: Plan) -> np.ndarray:
    """Seconds on shift by server and day, int64[servers, days]: the calendar less the days of absence."""
    days = days_of(plan)
    by_calendar = [_open_by_day(plan, calendar, days) for calendar in range(len(plan["calendars"]))]
    on_shift = np.array([by_calendar[c] for c in plan["servers"]["calendar"]]).reshape(-1, days)
    for server, row in enumerate(plan["servers"]):
        first = row["first_absence"]
        for start, end in plan["absences"][first : first + row["absences"]].tolist():
            on_shift[server, max(0, start // DAY) : max(0, -(-end // DAY))] = 0
    return on_shift


def _open_by_day(plan: Plan, calendar: int, days: int) -> np.ndarray:
    first, count = plan["calendars"][calendar].tolist()
    edges = np.minimum(np.arange(days + 1) * DAY, plan.rules["horizon"])
    if not count:
        return np.diff(edges)
    shifts = plan["shifts"][first : first + count]
    open_before = np.concatenate([[0], np.cumsum(shifts["end"] - shifts["start"])])
    k = np.searchsorted(shifts["end"], edges, side="right")
    begun = np.where(k < count, np.maximum(0, edges - shifts["start"][np.minimum(k, count - 1)]), 0)
    return np.diff(open_before[k] + begun)


class Log:
    """Everything that happened in a run, and the Plan it happened under.

    ``raw`` holds the record arrays of ``RECORDS`` (whole seconds, row numbers); the methods give data frames with
    names and dates for people. Both say the same.
    """

    def __init__(self, plan: Plan, raw: Mapping[str, np.ndarray]) -> None:
        self.plan = plan
        self.raw = MappingProxyType(dict(raw))

    def cases(self) -> pd.DataFrame:
        """One row a case: where, what, when, by whom settled, and when it was truly resolved.

        If the run had anything of the kind, also what happened to it under way: when it was accepted, for how many seconds its
        limit stood still, how often it was supervised, postponed, hung, declined, and settled in pretence only; and of cases for
        several departments how many have done their part or stayed away, and when all were called and there.
        """
        cases, issues = self.raw["cases"], self.plan["issues"][self.raw["cases"]["issue"]]
        frame = _frame({"case": np.arange(len(cases)), "issue": cases["issue"]})
        frame["category"] = self._named("categories", issues["category"])
        frame["severity"] = _names(SEVERITIES, cases["severity"])
        frame = frame.assign(**self._place(issues["building"]))
        frame.insert(5, "unit", issues["unit"])
        frame["channel"] = self._named("channels", cases["channel"])
        frame["onset"] = self._date(issues["onset"], never=None)
        for name in ("known", "filed", "dispatched", "started", "finished", "closed", "limit", "limit_original"):
            frame[name] = self._date(cases[name])
        frame["level"] = _names(LEVEL_NAMES, cases["level"])
        for name in ("hops", "returns", "reworks"):
            frame[name] = cases[name]
        frame = frame.assign(**self._courses())
        frame["source"] = _names([s.name.lower() for s in Source], cases["source"])
        frame["outcome"] = _names([o.name.lower() for o in Outcome], cases["outcome"])
        frame["truly_resolved_at"] = self._date(self.raw["issues"]["resolved"][cases["issue"]])
        frame["valid"] = issues["valid"].astype(bool)
        return frame

    def _courses(self) -> dict[str, np.ndarray]:
        """The columns of ``courses``, if cases have any."""
        if not has_courses(self.plan):
            return {}
        courses = self.raw["courses"]
        columns = {name: courses[name] for name in courses.dtype.names or ()}
        dates = {name: self._date(courses[name]) for name in ("accepted", "called", "signed", "contacted", "attended")}
        return {**columns, **dates, "hung": courses["hung"] != 0}

    def issues(self) -> pd.DataFrame:
        """One row an issue, known or not: where, what, since when, and its fate by the end of the run."""
        issues, records = self.plan["issues"], self.raw["issues"]
        frame = _frame({"issue": np.arange(len(issues))})
        frame["category"] = self._named("categories", issues["category"])
        frame["severity"] = _names(SEVERITIES, issues["severity"])
        frame = frame.assign(**self._place(issues["building"]))
        frame.insert(4, "unit", issues["unit"])
        frame["onset"] = self._date(issues["onset"], never=None)
        frame["known"] = self._date(records["known"])
        frame["truly_resolved_at"] = self._date(records["resolved"])
        level = _names(LEVEL_NAMES, records["resolved_level"])
        frame["resolved_level"] = np.where((records["resolved"] != NEVER) & (level == ""), "self", level)
        frame["cases"] = records["cases"]
        frame["fate"] = _names(FATES, fates(self))
        return frame

    def workers(self) -> pd.DataFrame:
        """One row a server and day: seconds on shift and on what, and the counts of visits, legs and finds."""
        days, servers = days_of(self.plan), self.plan["servers"]
        row = np.repeat(np.arange(len(servers)), days)
        frame = _frame({"server": row})
        frame["date"] = self._date(np.tile(np.arange(days), len(servers)) * DAY)
        frame["level"] = _names(LEVEL_NAMES, servers["level"][row])
        frame["unit"] = servers["unit"][row]
        near = np.isin(servers["level"], (Level.NEIGHBOURHOOD, Level.GRID, Level.COMMUNITY))
        community = np.where(near, self._label("building_community")[servers["building"]], NEVER)
        street = np.where(near, self._label("community_street")[community], NEVER)
        street = np.where(servers["level"] == Level.STREET, servers["unit"], street)
        frame["community"] = self._named("communities", community[row])
        frame["street"] = self._named("streets", street[row])
        frame["on_shift"] = on_shift_seconds(self.plan).reshape(-1)
        for name in self.raw["days"].dtype.names or ():
            frame[name] = self.raw["days"][name]
        busy = frame[["case", "admin", "visit", "patrol", "travel"]].sum(axis=1) - frame["overtime"]
        frame.insert(list(frame).index("visits"), "idle", frame["on_shift"] - busy)
        return frame

    def events(self) -> pd.DataFrame:
        """Every event, in order, if the run was asked for them (``events=True``); else no row."""
        events = self.raw["events"]
        frame = _frame({name: events[name] for name in events.dtype.names or ()})
        frame["time"] = self._date(events["time"])
        frame["phase"] = _names([p.name.lower() for p in Phase], events["phase"])
        frame["kind"] = _names([k.name.lower() for k in EventKind], events["kind"])
        piece = (events["case"] == NEVER) & (events["server"] != NEVER)
        duty = _names([d.name.lower() for d in Duty], np.where(piece, events["level"], NEVER))
        frame["level"] = np.where(piece, duty, _names(LEVEL_NAMES, np.where(piece, NEVER, events["level"])))
        return frame

    def story(self, issue: int) -> pd.DataFrame:
        """What happened to one issue, event by event. ValueError unless the run was asked for events."""
        self._need_events("story")
        return self.events().loc[self.raw["events"]["issue"] == issue].reset_index(drop=True)

    def day(self, worker: int, date: str) -> pd.DataFrame:
        """What one worker did on one date ("2021-03-01"). ValueError unless the run was asked for events."""
        self._need_events("day")
        second = int((np.datetime64(date, "D") - np.datetime64(self.plan.start, "D")).astype(int)) * DAY
        events = self.raw["events"]
        mine = (events["server"] == worker) & (events["time"] >= second) & (events["time"] < second + DAY)
        return self.events().loc[mine].reset_index(drop=True)

    def _need_events(self, asked: str) -> None:
        if not len(self.raw["events"]):
            raise ValueError(f"Log.{asked} needs every event: run with events=True")

    def _label(self, name: str) -> np.ndarray:
        return np.asarray(self.plan.labels[name])

    def _named(self, label: str, ids: np.ndarray) -> np.ndarray:
        return _names(list(self._label(label)), ids)

    def _place(self, building: np.ndarray) -> dict[str, np.ndarray]:
        community = self._label("building_community")[building]
        return {
            "building": building,
            "grid": self.plan["buildings"]["grid"][building],
            "community": self._named("communities", community),
            "street": self._named("streets", self._label("community_street")[community]),
        }

    def _date(self, seconds: np.ndarray, *, never: int | None = NEVER) -> np.ndarray:
        dates = np.datetime64(self.plan.start, "s") + seconds.astype("timedelta64[s]")
        return dates if never is None else np.where(seconds == never, np.datetime64("NaT", "s"), dates)


def _frame(columns: Mapping[str, object]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  # takes time to load, and runs without people need no frames

    return pd.DataFrame(columns)


def _names(names: Sequence[str], ids: np.ndarray) -> np.ndarray:
    """The name of each id; NEVER (-1) has the empty name."""
    return np.array([*names, ""], dtype=object)[ids]


def fates(log: Log) -> np.ndarray:
    """Where each issue stands at the end of the run, as an index of ``FATES``, int8[issues]."""
    issues, records, cases = log.plan["issues"], log.raw["issues"], log.raw["cases"]
    fate = np.full(len(issues), FATES.index("latent"), np.int8)
    own = cases[cases["source"] != Source.DUPLICATE]
    by_outcome = {
        Outcome.OPEN: "open",
        Outcome.CLOSED: "falsely_closed",
        Outcome.REFUSED: "refused",
        Outcome.WITHDRAWN: "withdrawn",
    }
    named = np.array([FATES.index(by_outcome.get(outcome, "open")) for outcome in Outcome], np.int8)
    fate[own["issue"]] = named[own["outcome"]]  # cases are in order: the last one of an issue has the last word
    resolved = (records["resolved"] != NEVER) & (issues["valid"] == 1)
    by_itself = resolved & (records["resolved_level"] == NEVER)
    fate[resolved] = FATE_OF_LEVEL[records["resolved_level"][resolved]]
    fate[by_itself] = FATES.index("cleared")
    return fate
