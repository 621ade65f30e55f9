"""What must be true of every Log, whatever the Plan: nobody in two places, nothing lost, tables equal to events.

Nothing here knows how an engine works: it reads the rows and the Plan.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np

from sim.engine.events import NEVER, EventKind, Outcome, Source
from sim.engine.log import Log, days_of, on_shift_seconds
from sim.engine.plan import DAY


class LogError(AssertionError):
    """A Log that contradicts itself or its Plan."""


def check_log(log: Log) -> None:
    """Raise LogError, naming the rule and the first row that breaks it, unless ``log`` keeps all the invariants.

    Checks on cases, issues and worker-days need no events; those on order, servers and queues are made if the run kept every event.
    """
    _check_times(log)
    _check_outcomes(log)
    _check_balance(log)
    _check_truth(log)
    _check_worker_days(log)
    if len(log.raw["events"]):
        _check_order(log)
        _check_cases_against_events(log)
        _check_case_paths(log)
        _check_servers(log)


def _fail(rule: str, row: object) -> None:
    raise LogError(f"{rule}: {row}")


def _require(holds: np.ndarray, rule: str, table: np.ndarray) -> None:
    broken = np.flatnonzero(~holds)
    if broken.size:
        at = int(broken[0])
        row = dict(zip(table.dtype.names or (), table[at].tolist(), strict=True))
        _fail(rule, f"row {at} of {broken.size} such: {row}")


_IN_ORDER = (
    ("known", "filed"),
    ("known", "dispatched"),
    ("filed", "finished"),
    ("dispatched", "started"),
    ("started", "finished"),
    ("finished", "closed"),
    ("known", "closed"),
)


def _check_times(log: Log) -> None:
    """A case's instants follow each other, and lie within the run."""
    cases, horizon = log.raw["cases"], log.plan.rules["horizon"]
    steps = ("known", "filed", "dispatched", "started", "finished", "closed")
    _require(cases["known"] >= 0, "a case is known from second 0 on", cases)
    for name in steps:
        _require(cases[name] < horizon, f"{name} lies before the horizon", cases)
    for earlier, later in _IN_ORDER:
        both = (cases[earlier] != NEVER) & (cases[later] != NEVER)
        _require(~both | (cases[earlier] <= cases[later]), f"{earlier} does not come after {later}", cases)
    onset = log.plan["issues"]["onset"][cases["issue"]]
    _require(onset <= cases["known"], "nothing is known before it is there", cases)


def _check_outcomes(log: Log) -> None:
    """How a case ended goes with what it was."""
    cases = log.raw["cases"]
    ended = cases["outcome"] != Outcome.OPEN
    _require(ended == (cases["closed"] != NEVER), "closed is set if and only if the case has ended", cases)
    _require((cases["outcome"] != Outcome.CLOSED) | (cases["finished"] != NEVER), "closed only after a disposal", cases)
    merged = cases["outcome"] == Outcome.MERGED
    _require(~merged | (cases["source"] == Source.DUPLICATE), "only duplicates are merged", cases)
    valid = log.plan["issues"]["valid"][cases["issue"]] == 1
    _require((cases["outcome"] != Outcome.REFUSED) | ~valid, "only a report of nothing is refused", cases)
    _require((cases["outcome"] != Outcome.CLOSED) | valid, "a report of nothing is not closed", cases)


def _check_balance(log: Log) -> None:
    """Nothing lost: reported = closed + rejected + open at every instant, as an issue has one open case at a time."""
    cases, records = log.raw["cases"], log.raw["issues"]
    own = cases[cases["source"] != Source.DUPLICATE]
    own = own[np.lexsort((own["known"], own["issue"]))]
    again = own["issue"][1:] == own["issue"][:-1]
    closed_before = (own["closed"][:-1] != NEVER) & (own["closed"][:-1] <= own["known"][1:])
    _require(~again | closed_before, "an issue has one open case at a time", own[:-1])
    counted = np.bincount(cases["issue"], minlength=len(records))
    _require(records["cases"] == counted, "issues.cases counts its cases", records)
    first = np.full(len(records), log.plan.rules["horizon"])
    np.minimum.at(first, cases["issue"], cases["known"])
    _require(
        records["known"] == np.where(counted > 0, first, NEVER), "an issue is known from its first case on", records
    )


def _check_truth(log: Log) -> None:
    """Every issue is latent, known or gone: gone at its own time, or by a disposal that the record has too."""
    cases, issues, records = log.raw["cases"], log.plan["issues"], log.raw["issues"]
    gone, horizon = records["resolved"] != NEVER, log.plan.rules["horizon"]
    _require(~gone | (records["resolved"] < horizon), "resolved lies before the horizon", records)
    _require(~gone | (records["resolved"] >= issues["onset"]), "nothing is resolved before it is there", records)
    by_itself = gone & (records["resolved_level"] == NEVER)
    _require(~by_itself | (records["resolved"] == issues["clear"]), "what goes by itself goes at its own time", records)
    due = (issues["valid"] == 1) & (issues["clear"] != NEVER) & (issues["clear"] < horizon)
    _require(~due | gone, "what was to go by itself has gone", records)
    disposals = set(cases[["issue", "finished", "level"]].tolist())
    for issue in np.flatnonzero(gone & ~by_itself).tolist():
        disposal = (issue, *records[["resolved", "resolved_level"]][issue].item())
        if disposal not in disposals:
            _fail("what a level resolved is a disposal of that level", f"issue, second, level {disposal}")


def _check_worker_days(log: Log) -> None:
    """Nobody works more seconds than there were on shift and in overtime together; counts agree with the cases."""
    days = log.raw["days"]
    on_shift = on_shift_seconds(log.plan).reshape(-1)
    crossing = _always_open(log)  # stretches across midnight are booked on the day on which they begin
    within = _booked(days) - days["overtime"] <= on_shift
    crossing |= days["overtime"] >= _nights(log)
    _require(within | crossing, "work fits into the shift and its overtime", days)
    for name in days.dtype.names or ():
        _require(days[name] >= 0, f"{name} is not negative", days)
    _require(days["answered"] <= days["visits"], "answered visits are visits", days)
    found = Counter(log.raw["cases"]["finder"][log.raw["cases"]["finder"] != NEVER].tolist())
    noticed = days["noticed"].reshape(-1, days_of(log.plan)).sum(axis=1) if len(days) else np.zeros(0, int)
    for server, count in enumerate(noticed.tolist()):
        if count != found[server]:
            _fail("noticed counts the cases a server found", f"server {server}: {count}, cases {found[server]}")


def _booked(days: np.ndarray) -> np.ndarray:
    """All seconds of a worker-day, whatever they went into."""
    return np.sum([days[name].astype("i8") for name in ("case", "admin", "visit", "patrol", "travel")], axis=0)


def _always_open(log: Log) -> np.ndarray:
    """Worker-days of servers whose shifts touch midnight, or who may be at work past it."""
    plan = log.plan
    overnight = np.zeros(len(plan["calendars"]), bool)
    for calendar, (first, count) in enumerate(plan["calendars"].tolist()):
        shifts = plan["shifts"][first : first + count]
        overnight[calendar] = (
            not count
            or bool(((shifts["end"] - 1) // DAY > shifts["start"] // DAY).any())
            or bool((shifts["start"][1:] == shifts["end"][:-1]).any())
        )
    return np.repeat(overnight[plan["servers"]["calendar"]], days_of(plan))


def _nights(log: Log) -> np.ndarray:
    """Seconds from the last shift before each midnight to the first one after it, by worker-day.

    With so much overtime work may have run on into a shift of a later day, and that is booked on the day on which it began too.
    """
    plan, midnights = log.plan, (np.arange(days_of(log.plan)) + 1) * DAY
    nights = np.full((len(plan["calendars"]), len(midnights)), np.iinfo("i8").max)
    for calendar, (first, count) in enumerate(plan["calendars"].tolist()):
        shifts = plan["shifts"][first : first + count]
        before = np.searchsorted(shifts["end"], midnights, side="right") - 1
        after = np.searchsorted(shifts["start"], midnights)
        both = (before >= 0) & (after < count)
        nights[calendar, both] = shifts["start"][after[both]] - shifts["end"][before[both]]
    return nights[plan["servers"]["calendar"]].reshape(-1)


def _check_order(log: Log) -> None:
    events = log.raw["events"]
    keys = list(
        zip(
            *(events[name].tolist() for name in ("time", "phase", "kind", "case", "issue", "server", "queue")),
            strict=True,
        )
    )
    for before, after in pairwise(keys):
        if before > after:
            _fail("events stand in the order of time, phase and ids", f"{before} before {after}")
    within = (events["time"] >= 0) & (events["time"] < log.plan.rules["horizon"])
    _require(within, "events lie within the run", events)


def _check_cases_against_events(log: Log) -> None:
    """The instants in the table are those of the events."""
    cases, events = log.raw["cases"], log.raw["events"]
    opened = events[np.isin(events["kind"], (EventKind.NOTICE, EventKind.REPORT))]
    if len(opened) != len(cases):
        _fail("each case is opened once", f"{len(opened)} openings of {len(cases)} cases")
    _same(opened, cases["known"], "known")
    ended = events[np.isin(events["kind"], _ENDS)]
    if len(ended) != int((cases["outcome"] != Outcome.OPEN).sum()):
        _fail("each case that has ended ended once", f"{len(ended)} ends")
    _same(ended, cases["closed"], "closed")
    settled = events[events["kind"] == EventKind.SETTLE]
    last = np.full(len(cases), NEVER)
    last[settled["case"]] = settled["time"]  # rows are in order: the last settlement stays
    _require(last == cases["finished"], "finished is the last settlement", cases)
    for kind, column in ((EventKind.RETURN, "returns"), (EventKind.REWORK, "reworks")):
        counted = np.bincount(events["case"][events["kind"] == kind], minlength=len(cases))
        _require(counted == cases[column], f"{column} counts {kind.name}", cases)


def _same(rows: np.ndarray, column: np.ndarray, name: str) -> None:
    _require(rows["time"] == column[rows["case"]], f"{name} is the time of its event", rows)


_ENDS = (EventKind.CLOSE, EventKind.REFUSE, EventKind.MERGE, EventKind.WITHDRAW)
_WAITING_NEXT = {EventKind.START, EventKind.ESCALATE, EventKind.WITHDRAW}
_SERVED_NEXT = {EventKind.FINISH, EventKind.SUSPEND}
_LAID_DOWN_NEXT = {EventKind.RESUME, EventKind.REBIND}
_AFTER: dict[EventKind, set[EventKind] | frozenset[EventKind]] = {
    EventKind.ENTER: _WAITING_NEXT,
    EventKind.REBIND: {EventKind.START},
    EventKind.START: _SERVED_NEXT,
    EventKind.RESUME: _SERVED_NEXT,
    EventKind.SUSPEND: _LAID_DOWN_NEXT,
    EventKind.ESCALATE: {EventKind.ENTER},
    EventKind.FINISH: {EventKind.ENTER, EventKind.CLOSE, EventKind.REFUSE, EventKind.MERGE},
    **dict.fromkeys(_ENDS, frozenset()),
}


def _check_case_paths(log: Log) -> None:
    """A case waits, is served, is laid down and goes on only in this order; it is at one place at a time."""
    events = log.raw["events"]
    rows = events[np.isin(events["kind"], list(_AFTER)) & (events["case"] != NEVER)]
    last: dict[int, int] = {}
    for time, kind, case in zip(rows["time"].tolist(), rows["kind"].tolist(), rows["case"].tolist(), strict=True):
        before = last.get(case)
        allowed = {EventKind.ENTER} if before is None else _AFTER[EventKind(before)]
        if kind not in allowed:
            after = "nothing" if before is None else EventKind(before).name
            _fail(
                "a case is in one place at a time", f"case {case}, second {time}: {EventKind(kind).name} after {after}"
            )
        last[case] = kind


_BEGIN = {EventKind.START, EventKind.RESUME, EventKind.PIECE_START}
_END = {EventKind.FINISH, EventKind.SUSPEND, EventKind.PIECE_END}


def _check_servers(log: Log) -> None:
    """Nobody does two things at once or works off shift, unless what is in hand runs over; days are what events say."""
    plan, events = log.plan, log.raw["events"]
    mine = events[events["server"] != NEVER]
    mine = mine[np.lexsort((np.arange(len(mine)), mine["server"]))]
    on_shift = np.array([plan["calendars"]["count"][c] == 0 for c in plan["servers"]["calendar"]], bool)
    in_hand: dict[int, tuple[int, tuple[int, int]]] = {}  # server → since when, and what: case and duty
    worked = np.zeros((len(plan["servers"]), days_of(plan)), "i8")
    for time, kind, server, case, level in mine[["time", "kind", "server", "case", "level"]].tolist():
        what = (case, level)
        if kind in _BEGIN:
            if server in in_hand:
                _fail("nobody does two things at once", f"server {server} at second {time}")
            if not on_shift[server]:
                _fail("nobody takes up work off shift", f"server {server} at second {time}")
            in_hand[server] = time, what
        elif kind in _END:
            begun, had = in_hand.pop(server, (NEVER, (NEVER, NEVER)))
            if had != what:
                _fail("what ends is what was in hand", f"server {server} at second {time}")
            worked[server, begun // DAY] += time - begun
        elif kind in (EventKind.SHIFT_START, EventKind.SHIFT_END):
            on_shift[server] = kind == EventKind.SHIFT_START
    for server, (begun, _) in in_hand.items():
        worked[server, begun // DAY] += plan.rules["horizon"] - begun
    _require(_booked(log.raw["days"]) == worked.reshape(-1), "worker-days are what the events say", log.raw["days"])
    _check_bonds(events)


def _check_bonds(events: np.ndarray) -> None:
    """What was laid down goes on with the server that laid it down."""
    rows = events[
        np.isin(events["kind"], (EventKind.SUSPEND, EventKind.RESUME, EventKind.REBIND)) & (events["case"] != NEVER)
    ]
    bound: dict[int, int] = {}
    for time, kind, case, server in rows[["time", "kind", "case", "server"]].tolist():
        if kind == EventKind.SUSPEND:
            bound[case] = server
        elif bound.pop(case, NEVER) != server:
            _fail("suspended work goes on with its server", f"case {case}, server {server} at second {time}")
