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

import numpy as np

from sim.engine.events import HANDLING_LEVELS, LEVELS, NEVER, Role

MILLION = 1_000_000
DAY = 86_400
LAST_HORIZON = (1 << 31) - 2  # s; 68 years: instants of a run fit into 32 bits
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
        "party": ("i2", "row", "parties: who is called if somebody whistles for it; -1: nobody ever does"),
        "joint": ("i1", "bool", "departments have to settle it together, or one after the other: all of its party"),
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
        "field_look": ("i4", "row", "looks: chance of a field check instead of field_share; -1: field_share"),
        "field_stage": ("i2", "row", "stages: the field check; -1: closed unchecked"),
        "paper_stage": ("i2", "row", "stages: the paper check; -1: closed unchecked"),
    },
    "limits": {  # row = category * 4 + severity
        "calendar": ("i4", "row", "clock of the time limit"),
        "seconds": ("i8", "s", "time limit from filing to the end of disposal; -1 none"),
        "dispatch_calendar": ("i4", "row", "clock of the dispatch limit"),
        "dispatch_seconds": ("i8", "s", "limit from known to dispatched; -1 none"),
        "first_mark": ("i4", "row", "marks: what happens at set times after filing"),
        "marks": ("i4", "rows", ""),
    },
    "marks": {  # by limit, then order
        "calendar": ("i4", "row", "clock of seconds and of extension"),
        "seconds": ("i8", "s", "after filing, after the limit starts anew, or after the mark before"),
        "action": ("i1", "Action", "supervise, postpone or hang"),
        "look": ("i4", "row", "looks: the chance that it happens; -1: always"),
        "class": ("i1", "row", "classes: supervise: the case is served as one of this class at the latest"),
        "extension": ("i8", "s", "postpone: of the limit, on its own clock; hang: how long"),
    },
    "looks": {
        "state": ("i1", "State", "what decides"),
        "calendar": ("i4", "row", "SINCE: the calendar"),
        "first_bucket": ("i4", "row", "buckets, at least one"),
        "buckets": ("i4", "rows", ""),
    },
    "buckets": {  # by look, then least
        "least": ("i8", "", "smallest state for which the chance holds; the first bucket also holds below"),
        "chance": ("i4", "millionths", ""),
    },
    "stages": {
        "role": ("i1", "Role", "desk, handle, field check or paper check"),
        "level": ("i1", "Level", "tier, as the record has it"),
        "way": ("i2", "column", "of route: its queue"),
        "content": ("i1", "column", "of work: handling stages only"),
        "work": ("i8", "s", "service of a desk or a check; unused by handling stages"),
        "next": ("i2", "row", "desk: the next stage; -1: the case's target"),
        "misroute": ("i4", "millionths", "chance that a case entering here goes to a wrong owner of the level"),
        "return_work": ("i8", "s", "service of a wrong owner until it sends the case back"),
        "return_delay": ("i8", "s", "time until the returned case is at the desk again"),
        "return_calendar": ("i4", "row", "clock of that delay"),
        "back": ("i2", "row", "stages: the desk that dispatches a returned case anew; -1: straight back here"),
        "wait": ("i8", "s", "WAIT: how long"),
        "wait_calendar": ("i4", "row", "clock of wait"),
        "pauses": ("i1", "bool", "WAIT: the time limit stands still meanwhile"),
        "refers": ("i1", "bool", "handle: joint cases go from member to member of their party here"),
        "whistle": ("i2", "row", "handle: the stage that a case comes to if somebody whistles; -1: nobody does here"),
        "attend": ("i8", "s", "JOINT: after so long crews are reserved as they come free; -1 never"),
        "attend_calendar": ("i4", "row", "clock of attend"),
        "stamp": ("i1", "Stamp", "desk: what of the case's courses is set to the end of its service; 0 none"),
    },
    "hops": {  # row = stage * categories + category; handling stages only
        "capability": ("i4", "millionths", "share of difficulties that this level can settle"),
        "triage": ("i8", "s", "service when it cannot settle; -1: the whole work"),
        "up": ("i2", "row", "stages: where an unsettled case goes; -1: nowhere, the level settles all"),
        "hold": ("i8", "s", "a case waiting here so long moves up; -1 never"),
        "hold_calendar": ("i4", "row", "clock of hold"),
        "decline": ("i4", "row", "looks: chance that a level that could settle it declines; -1: never"),
        "declined": ("i1", "bool", "what then: 0 it moves up, 1 it is returned as by a wrong owner"),
        "feign": ("i4", "row", "looks: chance that the level only pretends to settle it; -1: never"),
        "feign_work": ("i8", "s", "service when it pretends"),
        "whistle": ("i4", "millionths", "chance that somebody whistles for a joint case that comes here"),
        "whistle_idle": ("i4", "millionths", "the same for one that is not joint"),
    },
    "queues": {
        "level": ("i1", "Level", "tier"),
        "unit": ("i4", "row", "grid, community, street or department of that tier"),
        "component": ("i4", "id", "queues and servers linked with each other share it; settled in its order"),
        "slope": ("i8", "", "weight of the time of entry in the key (1: older first, -1: newer first)"),
        "due_slope": ("i8", "", "weight of the case's time limit in the key"),
        "ease_slope": ("i8", "", "weight of its work here in the key (1: the easiest first)"),
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
        "find_class": ("i1", "row", "classes: what it notices is served as of this class at the latest; -1: as it is"),
        "suppress": ("i4", "row", "looks: chance that it keeps to itself what it notices; -1: never"),
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
    "parties": {
        "first_member": ("i4", "row", "party_members; the first one leads"),
        "members": ("i4", "rows", "two to eight"),
    },
    "party_members": {  # by party, then order
        "queue": (
            "i4",
            "row",
            "queues: whose server comes; those of a party are of one component, and no server has two of them",
        ),
        "share": ("i4", "millionths", "of the work of the stage"),
        "no_show": ("i4", "millionths", "chance that nobody comes; 0 for the one that leads"),
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
    "work": (
        "i4",
        "issue × content",
        "s",
        f"work content: at the {HANDLING_LEVELS} handling levels, then what else stages ask for",
    ),
    "route": (
        "i4",
        "issue × way",
        "row",
        f"queue of the issue: at the {LEVELS} levels, then what else stages ask for; -1 none",
    ),
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
    "whistle_after": ("times", "a case is whistled for once it has been returned or declined so often"),
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


def has_courses(plan: Plan) -> bool:
    """Does anything in ``plan`` wait outside queues, happen at marks, depend on a look, or take several? Only then do cases have ``courses``."""
    return bool(
        len(plan["marks"])
        or len(plan["parties"])
        or len(plan["looks"])
        or (plan["stages"]["role"] == Role.WAIT).any()
        or (plan["servers"]["find_class"] != NEVER).any()
    )
