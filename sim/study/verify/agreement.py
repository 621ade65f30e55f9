"""One random Plan: do the engines agree on it, and does its Log keep the invariants?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from traceback import format_exception

import numpy as np

from sim.engine import both
from sim.engine.check_log import LogError, check_log
from sim.engine.events import NEVER
from sim.engine.log import Log
from sim.engine.simulate import simulate
from sim.study.verify.random_plans import draw


@dataclass(frozen=True)
class PlanCheck:
    """What the random Plan of ``seed`` has shown.

    ``rows``: table → rows compared; ``simultaneous``: rows of the event log that share their second with something else; ``difference``: where
    the engines part, and ``broken``: the rule that the Log breaks, for people; empty if all is well.
    """

    seed: int
    rows: Mapping[str, int]
    simultaneous: int
    difference: str
    broken: str


def check_plan(seed: int) -> PlanCheck:
    """Run the random Plan of ``seed`` by both engines, compare every row, and check the Log."""
    plan, difference = draw(seed), ""
    try:
        log = simulate(plan, "both", events=True)
    except Exception as error:  # where one engine fails, the other may not
        difference, log = _told(error), simulate(plan, "reference", events=True)
    rows = {table: len(log.raw[table]) for table in both.TABLES}
    return PlanCheck(seed, rows, simultaneous(log.raw["events"]), difference, _broken(log))


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, both.EnginesDiffer) else "".join(format_exception(error, limit=-1)).rstrip()


def _broken(log: Log) -> str:
    try:
        check_log(log)
    except LogError as error:
        return str(error)
    return ""


def simultaneous(events: np.ndarray) -> int:
    """How many rows share their second with a row about another case, server or issue."""
    if not len(events):
        return 0
    first = np.flatnonzero(np.concatenate([[True], np.diff(events["time"]) != 0]))
    subject = _subject(events)
    several = np.minimum.reduceat(subject, first) != np.maximum.reduceat(subject, first)
    return int(np.diff([*first, len(events)])[several].sum())


def _subject(events: np.ndarray) -> np.ndarray:
    """What each row is about, as a number: its case, or else its server, or else its issue."""
    case, server, issue = (events[name].astype("i8") for name in ("case", "server", "issue"))
    return np.where(case != NEVER, case, np.where(server != NEVER, (1 << 32) + server, (1 << 33) + issue))
