"""What a compiled run holds: tables of rows, found through one record, the world ``w``.

A *job* is what a server can have in hand: a piece of one of its duties (row ``piece(server, duty)``) or an open case (the rows after all
pieces). It has a row in ``works`` and, if it is a case, one in ``items``. Who has a part in a joint service has a job of its own as well.

Handlers get ``w`` alone and read and write rows in place: ``at(w.cases, k, CASE).closed = w.now``. So a handler has one argument
for everything, compiles in a moment, and costs a pointer to call. ``w`` holds addresses; ``Memory`` keeps what lies there alive.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sim.engine.log import record_type
from sim.engine.plan import LAST_HORIZON, dtype_of

World = Any  # one row of WORLD

_njit: Any = njit  # takes more options than its types say

# Functions that only the kernel calls; those that run all the time are compiled into their callers.
handler: Any = _njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
inlined: Any = _njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)

# rows of the Plan and of the Log
ISSUE, CATEGORY, LIMIT, STAGE, HOP = (dtype_of(name) for name in ("issues", "categories", "limits", "stages", "hops"))
SERVER, CLASS, SHIFT, CALENDAR = (dtype_of(name) for name in ("servers", "classes", "shifts", "calendars"))
ABSENCE, BUILDING, HOME, LEG, STOP = (dtype_of(name) for name in ("absences", "buildings", "homes", "legs", "stops"))
MARK, LOOK, BUCKET = (dtype_of(name) for name in ("marks", "looks", "buckets"))
PARTY, MEMBER = (dtype_of(name) for name in ("parties", "party_members"))
CASE, RESULT, DAYS, EVENT = (record_type(name) for name in ("cases", "issues", "days", "events"))
COURSE = record_type("courses")

# plain arrays, one value a row
BYTE, HALF, WORD, LONG = (np.dtype([("value", kind)]) for kind in ("i1", "i2", "i4", "i8"))


def padded(size: int, fields: list[tuple[str, str]]) -> np.dtype:
    """A row of ``size`` bytes, so that rows lie evenly in cache lines of 64."""
    names, kinds = zip(*fields, strict=True)
    return np.dtype({"names": names, "formats": kinds, "itemsize": size})


#: what becomes of an issue while it runs, beside its RESULT
STANDING = np.dtype(
    [("open", "i1"), ("misroutes", "i2"), ("disposals", "i2"), ("closures", "i2")],
)

#: an issue that gridworkers may notice, gathered by place in the order of onset
WATCH = np.dtype(
    [
        ("missing", "i8"),  # exposure until it is noticed; FAR while a case is open on it
        ("hazard", "i8"),
        ("clear", "i4"),  # 0 once it is resolved
        ("issue", "i4"),
    ]
)

#: rows [first, arisen) of ``watch`` can be noticed at a place, [arisen, end) are still to arise, the next at ``next_onset``
PLACE = np.dtype([("next_onset", "i8"), ("first", "i4"), ("arisen", "i4"), ("end", "i4"), ("attempts", "i4")])

#: a stretch of work that a server has in hand or has laid down: so much travel, then so much work
WORK = np.dtype(
    [
        ("travel", "i4"),
        ("seconds", "i4"),
        ("begun", "i4"),
        ("overtime", "i4"),
        ("building", "i4"),
        ("about", "i4"),  # case: the link by which it was taken up; visit: the place; patrol: the leg
        ("next", "i4"),  # the next that its server has laid down
        ("klass", "i1"),
        ("duty", "i1"),
        ("able", "i1"),
        ("answered", "i1"),
    ],
    align=True,
)

#: a case that is open
ITEM = np.dtype(
    [
        ("key", "i8"),
        ("since", "i4"),
        ("hold_due", "i4"),
        ("remaining", "i4"),  # work left over from a server that did not come back; NEVER: not begun
        ("case", "i4"),
        ("issue", "i4"),
        ("queue", "i4"),
        ("child", "i4"),  # in its queue, a heap of linked rows
        ("next", "i4"),  # likewise; or the next free row
        ("prev", "i4"),
        ("stage", "i2"),
        ("target", "i2"),
        ("settled_stage", "i2"),
        ("next_stage", "i2"),  # where it is moving to
        ("next_target", "i2"),
        ("category", "i2"),
        ("klass", "i1"),
        ("wrong_owner", "i1"),
        ("served", "i1"),
        ("waiting", "i1"),
        ("duplicate", "i1"),
        ("acceptable", "i1"),  # there is an issue behind it, and no other case is open on it
        ("again", "i1"),  # it is moving back into the queue where it was: not, or as one of AGAIN
    ],
    align=True,
)
NOT_AGAIN, REWORKED, UNHUNG = range(3)  # AGAIN

#: what else there is to an open case, if the Plan has anything of the kind (``has_courses``)
UNDERWAY = np.dtype(
    [
        ("limit_left", "i8"),  # of its limit when that was stopped, open seconds; 0: none, or past
        ("paused_since", "i4"),
        ("mark", "i4"),  # the next mark
        ("mark_due", "i4"),
        ("attend_due", "i4"),  # joint stage: it is overdue from then on; NEVER: it never is
        ("begun", "i4"),  # joint service: when
        ("travel", "i4"),  # of the member that has the longest way
        ("work_left", "i4"),  # of all together; NEVER: not begun
        ("called", "i2"),  # the members called, one bit each
        ("crew", "i1"),  # how many they are
        ("at_work", "i1"),  # how many of them are still at it
        ("listed", "i1"),  # it waits for its members
        ("overdue", "i1"),
        ("complete", "i1"),  # a server is kept for each member
        ("whistled", "i1"),
        ("mark_pending", "i1"),  # it is to be laid at the release
        ("raised", "i1"),
        ("declined", "i1"),
        ("feigned", "i1"),
    ],
    align=True,
)

#: how often an issue was asked for a chance that depends on how the run stands
ASKED = np.dtype([(name, "i4") for name in ("declines", "feigns", "marks", "whistles", "joints", "suppressions")])

#: a server as it stands, and what of its row in the Plan is asked for all the time
STAFF = np.dtype(
    [
        ("backlog", "i8"),
        ("patrol_left", "i8"),
        ("work", "i4"),  # the job in hand
        ("suspended", "i4"),  # first of the jobs laid down
        ("building", "i4"),
        ("component", "i4"),
        ("visits_left", "i4"),
        ("overtime_since", "i4"),
        ("speed", "i4"),
        ("skill", "i4"),
        ("day", "i4"),
        ("away_since", "i4"),
        ("on_shift", "i1"),
        ("has_rounds", "i1"),
        ("admin_class", "i1"),
        ("visit_class", "i1"),
        ("patrol_class", "i1"),
    ],
    align=True,
)

#: the rounds of a server, and how far it has come
ROUND = padded(
    64,
    [
        ("first_home", "i4"),
        ("homes", "i4"),
        ("next_home", "i4"),
        ("first_leg", "i4"),
        ("legs", "i4"),
        ("next_leg", "i4"),
        ("admin_piece", "i4"),
        ("visit_answered", "i4"),
        ("visit_unanswered", "i4"),
        ("next_absence", "i4"),
        ("kept_for", "i4"),  # the case for which the server is kept free; NEVER: none
        ("reserved_since", "i4"),
        ("next_kept", "i4"),  # in the list of its component
        ("in_list", "i4"),
    ],
)

#: a link of a queue, in the order of queue, rank, server
LINK = np.dtype([("server", "i4"), ("rank", "i4"), ("travel_factor", "i4"), ("work_factor", "i4")])

#: a queue as it stands: its first job, its neighbours among the filled queues of the component, and its row in the Plan
LINE = padded(
    64,
    [
        ("slope", "i8"),
        ("due_slope", "i8"),
        ("ease_slope", "i8"),
        ("first", "i4"),
        ("next", "i4"),
        ("prev", "i4"),
        ("component", "i4"),
        ("first_link", "i4"),
        ("links", "i4"),
        ("first_peer", "i4"),
        ("peers", "i4"),
        ("waiting", "i4"),  # how many
    ],
)

#: a component as it stands: its servers, the first of its filled queues, how many of the servers are idle
PART = padded(
    32,
    [
        ("first_server", "i4"),
        ("servers", "i4"),
        ("filled", "i4"),
        ("idle", "i4"),
        ("own", "i4"),  # how many servers have rounds, and how many jobs are laid down
        ("dirty", "i4"),
    ],
)

#: what a component has to do with parties: the cases that wait for their members, those that are overdue first, and the servers kept for them
GATHERING = np.dtype([("first", "i4"), ("last", "i4"), ("kept", "i4")])

#: something that happens later: ``key`` is its time and its place among what happens in the same second
LATER = np.dtype([("key", "i8"), ("payload", "i8")])

#: a change of a calendar, in the order of time, ends before starts, calendar
CHANGE = np.dtype([("time", "i8"), ("calendar", "i4"), ("starts", "i4")])

NUMBERS = (
    "now", "horizon", "places_count", "buildings_count", "rebind_after", "handover_loss", "categories_count", "issues_count", "servers_count", "days_count",
    "ways", "contents", "has_courses", "has_parties", "has_preempts", "whistle_after", "classes_count", "features_count", "score",
    "wants_events", "unseen_next", "events_used", "events_room", "full",
    "cases_used", "cases_room", "jobs_used", "free_job", "later_used", "later_room", "arrivals_used", "arrivals_room",
    "moves_used", "dirty_used", "reports_next", "reports_count", "changes_next", "leaves", "watched",
)  # fmt: skip
ADDRESSES = (
    "issues", "categories", "limits", "marks", "looks", "buckets", "stages", "hops", "servers", "classes", "shifts", "calendars", "absences",
    "buildings", "homes", "legs", "stops", "work", "route", "admin", "preempts", "exponential", "features",
    "cases", "courses", "underway", "asked", "parties", "party_members", "gatherings", "seats", "results", "days", "events", "standing", "watch", "watch_of", "places", "spaces", "works", "items", "staff", "links", "lines", "parts", "rounds",
    "members", "interrupts", "open_before", "agenda", "completions", "reports", "noticeable", "changes", "crew_first", "crew", "arrivals", "moves", "dirty", "unseen",
)  # fmt: skip
WORLD = np.dtype([(name, "i8") for name in (*NUMBERS, *ADDRESSES)])


LONG_TIME = LAST_HORIZON + 1  # s; runs are shorter, so work that takes longer is never done
JOINT = -1  # in place of a Duty: a server's part in a joint service
SEATS = 8  # of a party at most
FAR = 1 << 62  # after every class, rank and key; more than is ever missing


@inlined
def piece(server: int, duty: int) -> int:
    """The job of a piece of work of ``server``."""
    return 3 * server + duty - 1


@inlined
def part_of(w: World, server: int) -> int:
    """The job of ``server`` in a joint service: after all pieces, and only if the Plan has parties."""
    return 3 * w.servers_count + server
