"""Worker-days: nobody works longer than there was time."""

from __future__ import annotations

from collections import Counter

import numpy as np

from sim.engine.check_log.rules import fail, require
from sim.engine.events import NEVER
from sim.engine.log import Log, days_of, on_shift_seconds
from sim.engine.plan import DAY


def check_worker_days(log: Log) -> None:
    """Nobody works more seconds than there were on shift and in overtime together; counts agree with the cases."""
    days = log.raw["days"]
    on_shift = on_shift_seconds(log.plan).reshape(-1)
    crossing = _always_open(log)  # stretches across midnight are booked on the day on which they begin
    within = booked(days) + days["reserved"] - days["overtime"] <= on_shift
    crossing |= days["overtime"] >= _nights(log)
    require(within | crossing, "work fits into the shift and its overtime", days)
    for name in days.dtype.names or ():
        require(days[name] >= 0, f"{name} is not negative", days)
    require(days["answered"] <= days["visits"], "answered visits are visits", days)
    found = Counter(log.raw["cases"]["finder"][log.raw["cases"]["finder"] != NEVER].tolist())
    noticed = days["noticed"].reshape(-1, days_of(log.plan)).sum(axis=1) if len(days) else np.zeros(0, int)
    for server, count in enumerate(noticed.tolist()):
        if count != found[server]:
            fail("noticed counts the cases a server found", f"server {server}: {count}, cases {found[server]}")


def booked(days: np.ndarray) -> np.ndarray:
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
