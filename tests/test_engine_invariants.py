"""What holds for every Plan: random ones, renumbered ones, and small ones computed again in the plainest way."""

from __future__ import annotations

import gc
from collections import defaultdict
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import CLASSES, make, table
from rulebook import reported

from sim.engine.check_log import check_log
from sim.engine.events import NEVER, Action, Duty, EventKind, Level, Phase, Role
from sim.engine.freeze import freeze
from sim.engine.log import Log, sort_events
from sim.engine.plan import Plan
from sim.engine.simulate import simulate
from sim.study.verify import random_plans

SEEDS = st.integers(0, 2**32 - 1)
TABLES = ("cases", "courses", "issues", "days", "events")
RECORDED = TABLES[:-1]


def examples(count: int):
    """So many seeds, the same ones every time."""
    return settings(max_examples=count, deadline=None, derandomize=True, database=None)


def same(one: Log, other: Log, tables: tuple[str, ...] = TABLES) -> bool:
    return all(one.raw[name].tobytes() == other.raw[name].tobytes() for name in tables)


def content(plan: Plan) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in {**plan.tables, **plan.arrays}.items()}


# Random plans


DUTY_CLASS = {Duty.ADMIN: "admin_class", Duty.VISIT: "visit_class", Duty.PATROL: "patrol_class"}
BEGIN = {EventKind.START, EventKind.RESUME, EventKind.PIECE_START}
END = {EventKind.FINISH, EventKind.SUSPEND, EventKind.PIECE_END}


class Floor:
    """Who waits where and who has what in hand, told by the rows of the event log one after the other."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        always = plan["calendars"]["count"][plan["servers"]["calendar"]] == 0
        self.on_shift = set(np.flatnonzero(always).tolist())
        self.waiting: dict[int, dict[int, int]] = defaultdict(dict)  # queue → case → class
        self.in_hand: dict[int, int] = {}  # server → class
        self.classes: dict[int, int] = {}  # case → class at its last entry
        self.raised: dict[int, int] = {}  # case → class to which its finder has raised it
        links, called = plan["server_links"], np.isin(plan["server_links"]["queue"], plan["party_members"]["queue"])
        self.crews = set(links["server"][called].tolist())  # may be kept free for a joint service, or leave one at once

    def tell(self, row: tuple[int, ...]) -> None:
        time, kind, case, issue, queue, server, level = row
        if kind == EventKind.NOTICE and (find := int(self.plan["servers"]["find_class"][server])) != NEVER:
            self.raised[case] = find
        if kind == EventKind.ENTER:
            row = self.plan["issues"][issue]
            own = int(row["worse_class"] if 0 <= row["worsen"] <= time else row["class"])
            self.classes[case] = min(own, self.raised.get(case, own))
        if kind in (EventKind.ENTER, EventKind.REBIND) and queue != NEVER:
            self.waiting[queue][case] = self.classes[case]
        elif kind == EventKind.START and server in self.crews:
            self.waiting[queue].pop(case, None)  # those of a joint service wait in no queue
        elif kind in (EventKind.ESCALATE, EventKind.WITHDRAW, EventKind.START, EventKind.HANG):
            del self.waiting[queue][case]
        if server in self.crews:
            return
        if kind in BEGIN:
            own = case == NEVER
            self.in_hand[server] = (
                int(self.plan["servers"][DUTY_CLASS[Duty(level)]][server]) if own else self.classes[case]
            )
        elif kind in END:
            del self.in_hand[server]
        elif kind == EventKind.SHIFT_START:
            self.on_shift.add(server)
        elif kind == EventKind.SHIFT_END:
            self.on_shift.discard(server)


def nobody_idles_while_somebody_waits(log: Log) -> None:
    """At the end of every second an idle server's queues are empty, and the first of no queue may interrupt it.

    Who is supervised is raised to a class that no row names: where that may happen, only the queues are looked at. Crews
    that may be called together are left out: some are kept free.
    """
    preempts = log.plan["preempts"] & (log.plan["marks"]["action"] != Action.SUPERVISE).all()
    floor, links = Floor(log.plan), log.plan["server_links"][["server", "queue"]].tolist()
    rows = log.raw["events"][["time", "kind", "case", "issue", "queue", "server", "level"]].tolist()
    for second, instant in groupby(rows, key=lambda row: row[0]):
        for row in instant:
            floor.tell(row)
        for server, queue in links:
            if server in floor.on_shift - floor.crews and floor.waiting[queue]:
                assert server in floor.in_hand, f"second {second}: server {server} is idle, queue {queue} is not empty"
                first = min(floor.waiting[queue].values())
                assert not preempts[first, floor.in_hand[server]], f"second {second}: {server} is to be interrupted"


@examples(80)
@given(SEEDS)
def test_every_log_keeps_the_invariants(seed):
    log = simulate(random_plans.draw(seed), events=True)
    check_log(log)
    nobody_idles_while_somebody_waits(log)


@examples(15)
@given(SEEDS)
def test_the_same_plan_gives_the_same_log_with_events_or_without_and_stays_as_it_is(seed):
    plan = random_plans.draw(seed)
    before = content(plan)
    first = simulate(plan, events=True)
    assert same(first, simulate(plan, events=True))
    assert same(first, simulate(plan), RECORDED)
    assert content(plan) == before


PHASES = {
    EventKind.ONSET: {Phase.ARRIVAL},
    EventKind.CLEAR: {Phase.ARRIVAL},
    EventKind.NOTICE: {Phase.ARRIVAL},
    EventKind.REPORT: {Phase.ARRIVAL},
    EventKind.ENTER: {Phase.ARRIVAL},
    EventKind.FINISH: {Phase.COMPLETION},
    EventKind.SUSPEND: {Phase.CALENDAR_END, Phase.DISPATCH},
    EventKind.START: {Phase.DISPATCH},
    EventKind.RESUME: {Phase.DISPATCH},
    EventKind.REBIND: {Phase.TIMER},
    EventKind.SETTLE: {Phase.COMPLETION},
    EventKind.ESCALATE: {Phase.TIMER},
    EventKind.RETURN: {Phase.COMPLETION},
    EventKind.REWORK: {Phase.COMPLETION},
    EventKind.CLOSE: {Phase.COMPLETION},
    EventKind.REFUSE: {Phase.COMPLETION},
    EventKind.MERGE: {Phase.COMPLETION},
    EventKind.WITHDRAW: {Phase.TIMER},
    EventKind.SHIFT_START: {Phase.CALENDAR_START},
    EventKind.SHIFT_END: {Phase.CALENDAR_END},
    EventKind.PIECE_START: {Phase.DISPATCH},
    EventKind.PIECE_END: {Phase.COMPLETION},
    EventKind.RELEASE: {Phase.GATE},
    EventKind.SUPERVISE: {Phase.TIMER},
    EventKind.POSTPONE: {Phase.TIMER},
    EventKind.HANG: {Phase.TIMER},
    EventKind.DECLINE: {Phase.COMPLETION},
    EventKind.REFER: {Phase.COMPLETION},
}

_CASE, _QUEUE, _SERVER = ("case", "issue"), ("case", "issue", "queue"), ("case", "issue", "queue", "server")
_OWN = ("server",)

#: kind → which of case, issue, queue and server its rows name (if a piece is suspended or resumed: the server only)
NAMES = {
    EventKind.ONSET: ("issue",),
    EventKind.CLEAR: ("issue",),
    EventKind.NOTICE: ("case", "issue", "server"),
    EventKind.REPORT: _CASE,
    EventKind.ENTER: _QUEUE,
    EventKind.FINISH: _SERVER,
    EventKind.SUSPEND: _SERVER,
    EventKind.START: _SERVER,
    EventKind.RESUME: _SERVER,
    EventKind.REBIND: _SERVER,
    EventKind.SETTLE: _CASE,
    EventKind.ESCALATE: _QUEUE,
    EventKind.RETURN: _CASE,
    EventKind.REWORK: _CASE,
    EventKind.CLOSE: _CASE,
    EventKind.REFUSE: _CASE,
    EventKind.MERGE: _CASE,
    EventKind.WITHDRAW: _QUEUE,
    EventKind.SHIFT_START: _OWN,
    EventKind.SHIFT_END: _OWN,
    EventKind.PIECE_START: _OWN,
    EventKind.PIECE_END: _OWN,
    EventKind.RELEASE: _CASE,
    EventKind.SUPERVISE: _QUEUE,
    EventKind.POSTPONE: _QUEUE,
    EventKind.HANG: _QUEUE,
    EventKind.DECLINE: _CASE,
    EventKind.REFER: _CASE,
}
OUTSIDE = {EventKind.ENTER, EventKind.SUPERVISE, EventKind.POSTPONE}  # name no queue if the case waits in none
NO_LEVEL = {
    EventKind.ONSET, EventKind.CLEAR, EventKind.NOTICE, EventKind.REPORT, EventKind.SHIFT_START, EventKind.SHIFT_END
}  # fmt: skip


def test_every_kind_of_event_comes_up_in_its_phase_and_names_what_it_should():
    """The table of chapter 8; twenty random plans bring every kind."""
    kinds = set()
    for seed in range(20):
        log = simulate(random_plans.draw(seed), events=True)
        events, issue = log.raw["events"], log.raw["cases"]["issue"]
        assert (sort_events(events) == events).all()
        on_case = events["case"] != NEVER
        assert (events["issue"][on_case] == issue[events["case"][on_case]]).all()
        for phase, kind, *ids, level in events[["phase", "kind", "case", "issue", "queue", "server", "level"]].tolist():
            kinds.add(kind)
            names = tuple(name for name, id in zip(_SERVER, ids, strict=True) if id != NEVER)
            piece = names == _OWN and kind in (EventKind.SUSPEND, EventKind.RESUME)
            assert phase in PHASES[kind]
            assert piece or names == NAMES[kind] or (kind in OUTSIDE and names == _CASE)
            assert (level == NEVER) == (kind in NO_LEVEL)
    assert kinds == set(EventKind)


@pytest.mark.parametrize("enabled", [True, False])
def test_a_run_leaves_the_garbage_collector_as_it_was_even_when_a_score_fails(enabled):
    def fails(now: int, since: int, features: np.ndarray) -> int:
        raise ZeroDivisionError

    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        simulate(make(issues=[reported(0)], servers=[{}], links=[{}]), "reference")
        assert gc.isenabled() == enabled
        with pytest.raises(ZeroDivisionError):
            simulate(make(issues=[reported(0)], servers=[{}], links=[{}], score=fails), "reference")
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()


# What has no order has none


def renumbered(plan: Plan, rng: np.random.Generator) -> tuple[Plan, np.ndarray]:
    """The same Plan with its queues, categories, buildings, calendars and components numbered anew.

    Queues of a level stay side by side, in the order of their peers. Also returns the new number of each queue.
    """
    tables = {name: values.copy() for name, values in plan.tables.items()}
    arrays = dict(plan.arrays)

    def move(name: str, new: np.ndarray) -> None:
        moved = np.empty_like(tables[name])
        moved[new] = tables[name]
        tables[name] = moved

    def rename(new: np.ndarray, *columns: tuple[str, str]) -> None:
        for name, column in columns:
            ids = tables[name][column]
            tables[name][column] = np.where(ids == NEVER, NEVER, new[ids])

    level = plan["queues"]["level"]
    queue = np.empty(len(level), int)
    queue[np.lexsort((np.arange(len(level)), rng.permutation(len(Level))[level]))] = np.arange(len(level))
    move("queues", queue)
    rename(queue, ("queues", "first_peer"), ("server_links", "queue"), ("party_members", "queue"))
    arrays["route"] = np.where(plan["route"] == NEVER, NEVER, queue[plan["route"]]).astype("i4")

    category = rng.permutation(len(plan["categories"]))
    move("categories", category)
    move("limits", (category[:, None] * 4 + np.arange(4)).reshape(-1))
    stages = np.arange(len(plan["stages"]))
    move("hops", (stages[:, None] * len(category) + category).reshape(-1))
    rename(category, ("issues", "category"))

    building = rng.permutation(len(plan["buildings"]))
    move("buildings", building)
    rename(building, ("issues", "building"), ("servers", "building"), ("homes", "building"), ("stops", "building"))

    calendar = rng.permutation(len(plan["calendars"]))
    move("calendars", calendar)
    rename(
        calendar,
        ("servers", "calendar"), ("limits", "calendar"), ("limits", "dispatch_calendar"),
        ("stages", "return_calendar"), ("hops", "hold_calendar"),
        ("stages", "wait_calendar"), ("stages", "attend_calendar"), ("marks", "calendar"), ("looks", "calendar"),
    )  # fmt: skip

    component = np.sort(rng.permutation(5000)[:1000])  # in their order: components may share a round of visits
    rename(component, ("queues", "component"), ("servers", "component"))

    links = tables["server_links"] = np.sort(tables["server_links"], order=("server", "rank", "queue"))
    tables["queue_links"]["link"] = np.lexsort((links["server"], links["rank"], links["queue"]))
    counts = np.bincount(links["queue"], minlength=len(queue))
    tables["queues"]["first_link"], tables["queues"]["links"] = np.cumsum(counts) - counts, counts
    return freeze(tables, arrays, plan.rules, plan.start, plan.score, plan.labels), queue


@examples(20)
@given(SEEDS)
def test_numbers_that_only_name_and_rows_without_order_change_nothing(seed):
    plan = random_plans.draw(seed)
    again, queue = renumbered(plan, np.random.default_rng(seed))
    expected, found = simulate(plan, events=True), simulate(again, events=True)
    assert same(expected, found, RECORDED)
    events = expected.raw["events"].copy()
    events["queue"] = np.where(events["queue"] == NEVER, NEVER, queue[events["queue"]])
    assert sort_events(events).tobytes() == found.raw["events"].tobytes()


@examples(10)
@given(SEEDS)
def test_an_issue_nobody_ever_meets_changes_nothing(seed):
    """It is in everybody's way, but its threshold is never reached."""
    plan = random_plans.draw(seed)
    level = int(np.flatnonzero(plan["stages"]["role"] == Role.HANDLE)[0])
    way = dict.fromkeys(("report_stage", "report_target", "notice_stage"), level)
    hidden = table("issues", [{"threshold": 1 << 60, "unit": 1, "place": 1, **way}])
    tables = {**plan.tables, "issues": np.concatenate([plan["issues"], hidden])}
    arrays = dict(plan.arrays)
    for name in ("work", "route", "features"):
        arrays[name] = np.pad(plan[name], ((0, 1), (0, 0)))
    more = simulate(freeze(tables, arrays, plan.rules, plan.start, plan.score, plan.labels))
    less = simulate(plan)
    assert same(more, less, ("cases", "courses", "days"))
    assert more.raw["issues"][:-1].tobytes() == less.raw["issues"].tobytes()


# Little's law, by exact accounting


def station(
    rng: np.random.Generator, *, servers: int, customers: int = 400, load: float = 0.8, classes: int = 3, **more
) -> Plan:
    """Exponential arrivals and services at one queue that is always open."""
    arrivals = np.cumsum(rng.exponential(100 / servers / load, customers)).astype(int)
    work = np.maximum(1, rng.exponential(100, customers)).astype(int)
    classed = zip(arrivals.tolist(), rng.integers(0, classes, customers).tolist(), strict=True)
    return make(
        issues=[reported(at, **{"class": klass}) for at, klass in classed],
        work=[[int(w)] * 5 for w in work],
        servers=[{}] * servers,
        links=[{"server": s} for s in range(servers)],
        **more,
    )


def area(log: Log, enter: set[EventKind], leave: set[EventKind]) -> int:
    """The integral over time, up to the horizon, of how many have entered and not left."""
    total, number, since = 0, 0, 0
    for time, kind in log.raw["events"][["time", "kind"]].tolist():
        total += number * (time - since)
        since = time
        number += (kind in enter) - (kind in leave)
    return total + number * (log.plan.rules["horizon"] - since)


@pytest.mark.parametrize("servers", [1, 3])
@pytest.mark.parametrize("horizon", [10_000, 10**6])
def test_the_number_in_the_queue_adds_up_to_the_waits(servers, horizon):
    """Little's law without its limit: ∫ L dt = Σ W, those still waiting or in service at the horizon included."""
    plan = station(np.random.default_rng(servers), servers=servers, rules={"horizon": horizon})
    log = simulate(plan, events=True)
    cases = log.raw["cases"]
    started = np.where(cases["started"] == NEVER, horizon, cases["started"])
    closed = np.where(cases["closed"] == NEVER, horizon, cases["closed"])
    assert area(log, {EventKind.ENTER}, {EventKind.START}) == (started - cases["known"]).sum()
    assert area(log, {EventKind.REPORT}, {EventKind.CLOSE}) == (closed - cases["known"]).sum()
    assert area(log, {EventKind.START}, {EventKind.FINISH}) == log.raw["days"]["case"].sum()


# Computed again, in the plainest way: second by second


def second_by_second(plan: Plan) -> list[int]:
    """When each case of a ``station`` is closed, from a loop over all seconds."""
    known, klass = plan["issues"]["report"].tolist(), plan["issues"]["class"].tolist()
    left, interrupts = plan["work"][:, 0].tolist(), plan["preempts"]
    closed = [NEVER] * len(known)
    hands: list[int | None] = [None] * len(plan["servers"])
    laid_down: list[list[int]] = [[] for _ in hands]
    waiting: list[int] = []

    def first(case: int) -> tuple[int, int, int]:
        return klass[case], known[case], case

    for now in range(plan.rules["horizon"]):
        for server, case in enumerate(hands):
            if case is not None:
                left[case] -= 1
                if left[case] == 0:
                    closed[case], hands[server] = now, None
        waiting += [case for case, at in enumerate(known) if at == now]
        for case in sorted(waiting, key=first):
            free = [
                s for s, held in enumerate(hands) if held is None and all(klass[c] > klass[case] for c in laid_down[s])
            ]
            if free:
                hands[free[0]] = case
                waiting.remove(case)
        for case in sorted(waiting, key=first):
            weaker = [
                (-klass[held], s)
                for s, held in enumerate(hands)
                if held is not None and interrupts[klass[case], klass[held]]
            ]
            if weaker:
                server = min(weaker)[1]
                laid_down[server].append(hands[server])
                hands[server] = case
                waiting.remove(case)
        for server, own in enumerate(laid_down):
            if hands[server] is None and own:
                hands[server] = min(own, key=first)
                own.remove(hands[server])
    return closed


@pytest.mark.parametrize("interrupting", [0, 1, 2])
@pytest.mark.parametrize("servers", [1, 2, 3])
def test_a_station_computed_second_by_second_gives_the_same(servers, interrupting):
    """Three classes; none of them, class 0, or classes 0 and 1 may interrupt what is below them."""
    plan = station(
        np.random.default_rng(10 * servers + interrupting),
        servers=servers,
        customers=150,
        load=1.0,
        preempts=[(a, b) for a in range(interrupting) for b in range(a + 1, CLASSES)],
        rules={"horizon": 12_000},
    )
    arrived = plan["issues"]["report"] < 12_000
    assert simulate(plan).raw["cases"]["closed"].tolist() == np.array(second_by_second(plan))[arrived].tolist()


@pytest.mark.parametrize("servers", [1, 2, 5])
def test_a_queue_in_the_order_of_arrival_follows_its_recursion(servers):
    """Who comes k-th starts when he is there and the first server is free."""
    plan = station(np.random.default_rng(servers), servers=servers, customers=1000, load=0.95, classes=1)
    free, expected = [0] * servers, []
    for at, work in zip(plan["issues"]["report"].tolist(), plan["work"][:, 0].tolist(), strict=True):
        start = max(at, min(free))
        free[free.index(min(free))] = start + work
        expected.append(start)
    assert simulate(plan).raw["cases"]["started"].tolist() == expected
