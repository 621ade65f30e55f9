"""What can happen, and in which order it is settled within one second.

An instant is settled phase by phase; within a phase, in the order of stated ids; never in the order in which
something happened to be scheduled. Activities and limits last at least one second, so no phase makes work for an
earlier one. ``docs/model.md`` says in words what each kind of event does.
"""

from __future__ import annotations

from enum import IntEnum


class Phase(IntEnum):
    """The order within an instant."""

    COMPLETION = 0  # services and pieces of background work end
    CALENDAR_END = 1  # shifts end
    CALENDAR_START = 2  # shifts start, a new day brings its quotas
    TIMER = 3  # limits run out
    GATE = 4  # meetings release what waited for them
    ARRIVAL = 5  # notices, reports and moves, in the order of issue, then case
    DISPATCH = 6  # waiting items and idle servers are matched, component by component


class EventKind(IntEnum):
    """One row of the event log. Numbers follow the order of cause within a phase."""

    ONSET = 0  # an issue comes into being (nobody knows)
    CLEAR = 1  # an issue goes away by itself
    NOTICE = 2  # a gridworker notices an issue: a case is opened
    REPORT = 3  # a resident or host reports an issue: a case is opened
    ENTER = 4  # a case enters a queue
    FINISH = 5  # a service ends
    SUSPEND = 6  # a service is interrupted: pre-empted, or the shift has ended
    START = 7  # a server starts on a case (travel first, where there is any)
    RESUME = 8  # a suspended service goes on
    REBIND = 9  # a suspended service is handed back to its queue
    SETTLE = 10  # a level says that it has settled the case
    ESCALATE = 11  # a waiting case has used up its level's limit and moves up
    RETURN = 12  # a wrong owner returns a case
    REWORK = 13  # a check has found the case unsolved: back to the same unit
    CLOSE = 14  # the case is archived
    REFUSE = 15  # nothing was there: the report is not accepted
    MERGE = 16  # the report repeats an open case: merged with it
    WITHDRAW = 17  # the reporter has lost patience
    SHIFT_START = 18
    SHIFT_END = 19
    PIECE_START = 20  # a piece of admin, visiting or patrol starts (``level`` holds the Duty)
    PIECE_END = 21
    RELEASE = 22  # a wait outside all queues is over: a meeting, a hold, a case that had been hung
    SUPERVISE = 23  # somebody above asks after a case: its class is raised
    POSTPONE = 24  # its time limit is put off
    HANG = 25  # a waiting case is hung: it waits outside, and its limit stands still
    DECLINE = 26  # a level that could settle a case has not taken it on
    REFER = 27  # a member of a party has done its part and refers the case to the next


class Duty(IntEnum):
    """What a worker's time goes into."""

    CASE = 0
    ADMIN = 1
    VISIT = 2
    PATROL = 3


class Role(IntEnum):
    """What a stage does with a case."""

    DESK = 0  # accepts it and passes it on
    HANDLE = 1  # settles it if able, otherwise passes it up
    FIELD_CHECK = 2  # a gridworker looks whether it is settled
    PAPER_CHECK = 3  # an office looks whether the papers say so
    WAIT = 4  # nobody works on it: a case waits here for a set time, or for a meeting
    JOINT = 5  # the members of a party settle it together, if able, otherwise it moves up


class Level(IntEnum):
    """The tiers of grid governance; the first six are also the first columns of route, the first five of work."""

    GRID = 0
    COMMUNITY = 1
    STREET = 2
    DEPARTMENT = 3
    CITY = 4
    DISTRICT = 5  # the district's desk: it dispatches, it never settles
    NEIGHBOURHOOD = 6  # below the gridworker: property managers, building heads, volunteers


LEVELS = 6  # tiers with a queue of their own for every issue: GRID … DISTRICT
HANDLING_LEVELS = 5  # levels that may settle a case: GRID … CITY


class Outcome(IntEnum):
    """How a case stands when the run ends."""

    OPEN = 0
    CLOSED = 1
    REFUSED = 2
    MERGED = 3
    WITHDRAWN = 4


class Source(IntEnum):
    """How a case came to be known; the first two are the gridworker's own finds."""

    VISIT = 0
    PATROL = 1
    REPORT = 2  # first report by a resident or host; which channel it came by stands in ``channel``
    DUPLICATE = 3  # a second report of the same issue on another platform
    REPEAT = 4  # a report of an issue whose case had been closed


class Purpose(IntEnum):
    """What a chance is for: the second argument of ``mix``. Numbers are never reused."""

    ANSWER = 1  # is somebody home? (building's luck, k = unit and attempt)
    MISROUTE = 2  # does the case go to a wrong owner? (issue's luck, k-th time)
    WRONG_OWNER = 3  # to which one? (issue's luck, k-th time)
    FAIL = 4  # is the disposal a failure? (issue's luck, k-th disposal)
    CHECK_MODE = 5  # is it checked in the field? (issue's luck, k-th check)
    DETECT = 6  # does the check see a failure? (issue's luck, k-th check)
    RECOMPLAIN = 7  # does a false closure bring a repeat report? (issue's luck, k-th closure)
    RECOMPLAIN_DELAY = 8  # after how long? (issue's luck, k-th closure)
    DECLINE = 9  # does a level that could settle it decline? (issue's luck, k-th time asked)
    FEIGN = 10  # does a level only pretend to settle it? (issue's luck, k-th time asked)
    MARKED = 11  # does a mark happen? (issue's luck, k-th time asked)
    NO_SHOW = 12  # does a member of a party stay away? (issue's luck, k = 8 times joint stages entered, plus member)
    WHISTLE = 13  # is a party whistled for? (issue's luck, k-th time asked)
    SUPPRESS = 14  # does who notices an issue keep it to himself? (issue's luck, k-th time asked)


class Stamp(IntEnum):
    """What of a whistle is over when a desk is done with it."""

    NONE = 0
    CALLED = 1
    SIGNED = 2
    CONTACTED = 3


class Action(IntEnum):
    """What a mark does: what happens at a set time after filing."""

    SUPERVISE = 0
    POSTPONE = 1
    HANG = 2


class State(IntEnum):
    """What a look looks at: how the run stands when a chance is asked for."""

    ALWAYS = 0
    LIMIT = 1  # share of the case's time limit that is used up, in millionths
    QUEUE = 2  # cases waiting in its queue, itself not counted
    BACKLOG = 3  # admin that the server has not begun, s
    SINCE = 4  # since the last start of an interval of a calendar, s


NEVER = -1  # "does not happen", in every column of instants and delays
