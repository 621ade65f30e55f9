"""The ladder as a Plan: one queue a station, each a component of its own, a handling stage a tier.

A case's difficulty is its depth: a tier settles it if it is as deep as that, and else does its whole work and passes it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from ladder import SERVERS, STATIONS, TIERS, Cases, in_seconds, sample

from sim.engine.events import HANDLING_LEVELS, LEVELS, NEVER, Duty, Role
from sim.engine.freeze import freeze
from sim.engine.plan import DAY, MILLION, Plan, dtype_of

UNUSED = ("shifts", "absences", "homes", "legs", "stops", "marks", "looks", "buckets", "parties", "party_members")
LAST_CASES = 30 * DAY  # to finish after the last arrival; the longest service of 10 million takes half of it
DIFFICULTY_STEP = MILLION // TIERS  # tier k settles difficulties up to (k + 1) steps


def ladder_plan(n: int, seed: int = 1) -> Plan:
    """The Plan of ``n`` cases of the ladder, in whole seconds: those of ``in_seconds(sample(n, seed))``.

    Row of ``issues`` = case, in the order of arrival. About 160 bytes a case, twice that while it is made.
    """
    return plan_of_cases(in_seconds(sample(n, seed)))


def plan_of_cases(cases: Cases) -> Plan:
    """The Plan of these cases, which are in whole seconds. All of them are closed well before its horizon."""
    arrivals = np.cumsum(cases.gap)
    horizon = int(arrivals[-1]) + LAST_CASES
    tables = {
        "issues": _issues(cases, arrivals),
        **_stages(),
        **_stations(),
        "classes": _rows("classes", 1, duty=Duty.CASE),
        "calendars": _rows("calendars", 1),
        "buildings": _rows("buildings", 1, households=1),
        **{name: _rows(name, 0) for name in UNUSED},
    }
    arrays = {
        "work": _by_level(cases.service, HANDLING_LEVELS, nobody=0),
        "route": _by_level(cases.station, LEVELS, nobody=NEVER),
        "admin": np.zeros((0, -(-horizon // DAY)), "i4"),
        "preempts": np.zeros((1, 1), "i1"),
        "exponential": np.full(1024, MILLION),
        "features": np.zeros((len(arrivals), 0), "i8"),
    }
    rules = {"horizon": horizon, "warm_up": 0, "rebind_after": NEVER, "handover_loss": 0, "whistle_after": 0}
    return freeze(tables, arrays, rules, date(2021, 1, 1), labels=_LABELS)


def _rows(table: str, count: int, **columns: int | np.ndarray | Sequence[int]) -> np.ndarray:
    """``count`` records of ``table``: these columns, else 0."""
    records = np.zeros(count, dtype_of(table))
    for name, values in columns.items():
        records[name] = values
    return records


def _issues(cases: Cases, arrivals: np.ndarray) -> np.ndarray:
    """An issue a case, which is reported the moment it arises, straight to the stage of tier 0."""
    records = _rows(
        "issues",
        len(arrivals),
        onset=arrivals,
        report=arrivals,
        luck=np.arange(len(arrivals), dtype="u8"),
        threshold=MILLION,
        channel=2,
        valid=1,
        severity=2,
        worse_severity=2,
        difficulty=(cases.depth + np.int32(1)) * np.int32(DIFFICULTY_STEP),
    )
    for name in ("duplicate", "clear", "worsen", "patience", "party"):
        records[name] = NEVER
    return records


def _stages() -> dict[str, np.ndarray]:
    """A tier is a handling stage that settles what is no deeper; nothing fails, nothing is checked, nothing has a limit."""
    tier = np.arange(TIERS)
    up = np.append(tier[1:], NEVER)
    return {
        "categories": _rows(
            "categories", 1, field_look=NEVER, field_stage=NEVER, paper_stage=NEVER, recomplain_delay=DAY
        ),
        "limits": _rows("limits", 4, seconds=NEVER, dispatch_seconds=NEVER),
        "stages": _rows(
            "stages",
            TIERS,
            role=Role.HANDLE,
            level=tier,
            way=tier,
            content=tier,
            next=NEVER,
            back=NEVER,
            whistle=NEVER,
            attend=NEVER,
        ),
        "hops": _rows(
            "hops",
            TIERS,
            capability=(tier + 1) * DIFFICULTY_STEP,
            triage=NEVER,
            up=up,
            hold=NEVER,
            decline=NEVER,
            feign=NEVER,
        ),
    }


def _stations() -> dict[str, np.ndarray]:
    """Queues, servers and their links, station by station; servers of a station are numbered one after the other."""
    queues, servers_of = sum(STATIONS), np.repeat(SERVERS, STATIONS)
    tier, unit = np.repeat(np.arange(TIERS), STATIONS), np.concatenate([np.arange(n) for n in STATIONS])
    station = np.arange(queues)
    first_server = np.cumsum(servers_of) - servers_of
    mine = np.repeat(station, servers_of)
    servers = np.arange(len(mine))
    return {
        "queues": _rows(
            "queues",
            queues,
            level=tier,
            unit=unit,
            component=station,
            slope=1,
            first_link=first_server,
            links=servers_of,
            first_peer=station,
            peers=1,
        ),
        "servers": _rows(
            "servers",
            len(servers),
            level=tier[mine],
            unit=unit[mine],
            component=mine,
            skill=MILLION,
            first_link=servers,
            links=1,
            admin=NEVER,
            find_class=NEVER,
            suppress=NEVER,
            admin_piece=1800,
        ),
        "server_links": _rows(
            "server_links", len(servers), server=servers, queue=mine, travel_factor=MILLION, work_factor=MILLION
        ),
        "queue_links": _rows("queue_links", len(servers), link=servers),
    }


def _by_level(by_tier: np.ndarray, levels: int, *, nobody: int) -> np.ndarray:
    """int32[4, n] as int32[n, levels], case by case; levels that ``nobody`` visits have that."""
    table = np.full((by_tier.shape[1], levels), nobody, np.int32)
    for tier, values in enumerate(by_tier):
        table[:, tier] = values
    return table


_LABELS: dict[str, object] = {
    "categories": ["case"],
    "channels": ["visit", "patrol", "direct"],
    "streets": ["ladder"],
    "communities": ["ladder"],
    "community_street": np.zeros(1, int),
    "building_community": np.zeros(1, int),
    "building_kind": np.zeros(1, int),
}
