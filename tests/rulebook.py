"""Runs of hand-made Plans, and what happened in them, in the form in which a test states it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from types import SimpleNamespace

from sim.engine.check_log import check_log
from sim.engine.events import Duty, EventKind, Purpose, Role
from sim.engine.log import Log, days_of
from sim.engine.plan import MILLION, Plan
from sim.engine.simulate import Engine, simulate

HALF = MILLION // 2
HANDLE = {"role": Role.HANDLE}
_WORD = (1 << 64) - 1


def run(plan: Plan, engine: Engine = "both") -> Log:
    """The Log of ``plan`` with every event, by both engines alike; it keeps all invariants."""
    log = simulate(plan, engine, events=True)
    check_log(log)
    return log


def reported(at: int, **more: int) -> dict[str, int]:
    """A row of an issue that arises and is reported at second ``at``."""
    return {"onset": at, "report": at, **more}


def happened(
    log: Log, kinds: str, *, case: int | None = None, server: int | None = None
) -> list[tuple[int, str, int, int]]:
    """(second, kind, case, server) of the events of these kinds, in order; -1 stands for none."""
    wanted = {EventKind[kind] for kind in kinds.split()}
    rows = log.raw["events"][["time", "kind", "case", "server"]].tolist()
    return [
        (time, EventKind(kind).name, c, s)
        for time, kind, c, s in rows
        if kind in wanted and case in (None, c) and server in (None, s)
    ]


def stretches(log: Log, server: int = 0) -> list[tuple[int, int, int | str]]:
    """What a server had in hand: (from, to, case number or duty); ``to`` is the horizon if it never ended."""
    begin, end = {"START", "RESUME", "PIECE_START"}, {"FINISH", "SUSPEND", "PIECE_END"}
    found: list[tuple[int, int, int | str]] = []
    since, horizon = None, log.plan.rules["horizon"]
    for time, kind, case, who, level in log.raw["events"][["time", "kind", "case", "server", "level"]].tolist():
        name = EventKind(kind).name
        if who == server and name in begin | end:
            what = case if case >= 0 else Duty(level).name
            if name in begin:
                since = (time, what)
            else:
                assert since is not None
                assert since[1] == what
                found.append((since[0], time, what))
                since = None
    return found + ([(since[0], horizon, since[1])] if since else [])


def queues_of(log: Log, case: int, kind: EventKind = EventKind.ENTER) -> list[tuple[int, int]]:
    """(second, queue) of each ENTER of a case."""
    events = log.raw["events"]
    return events[["time", "queue"]][(events["case"] == case) & (events["kind"] == kind)].tolist()


def rows_of(log: Log, kinds: str) -> list[tuple[int, int, str, int, int, int]]:
    """(second, phase, kind, case, queue, level) of the events of these kinds, in order."""
    wanted = {EventKind[kind] for kind in kinds.split()}
    rows = log.raw["events"][["time", "phase", "kind", "case", "queue", "level"]].tolist()
    return [(time, phase, EventKind(kind).name, *rest) for time, phase, kind, *rest in rows if kind in wanted]


def record(log: Log, table: str, row: int) -> SimpleNamespace:
    """One record of a raw table by its fields."""
    values = log.raw[table][row]
    return SimpleNamespace(**dict(zip(values.dtype.names, values.item(), strict=True)))


def case(log: Log, number: int = 0) -> SimpleNamespace:
    """The record of a case."""
    return record(log, "cases", number)


def course(log: Log, number: int = 0) -> SimpleNamespace:
    """What else is recorded of a case: waits, marks and looks."""
    return record(log, "courses", number)


def issue(log: Log, row: int = 0) -> SimpleNamespace:
    """What became of an issue."""
    return record(log, "issues", row)


def day(log: Log, server: int = 0, number: int = 0) -> SimpleNamespace:
    """The record of a server's day."""
    return record(log, "days", server * days_of(log.plan) + number)


def word(luck: int, purpose: Purpose, k: int) -> int:
    """``mix`` of the rulebook."""
    z = luck + purpose * 0x9E3779B97F4A7C15 + k * 0xD1B54A32D192ED03 & _WORD
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _WORD
    return z ^ z >> 31


def chances(luck: int, purpose: Purpose, numbers: range | list[int]) -> list[bool]:
    """Which of these chances come up at one half."""
    return [(word(luck, purpose, k) >> 32) * MILLION >> 32 < HALF for k in numbers]


def luck_with(wanted: dict[Purpose, list[bool]], also: Callable[[int], bool] = lambda _: True) -> int:
    """The first luck whose chances 0, 1, … of each purpose come out as wanted at one half."""
    return next(
        luck
        for luck in count()
        if all(chances(luck, purpose, range(len(ups))) == ups for purpose, ups in wanted.items()) and also(luck)
    )
