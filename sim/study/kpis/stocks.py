"""How many cases and issues there were, and where they stand: the accounts that must balance."""

from __future__ import annotations

import numpy as np

from sim.engine.events import NEVER, Outcome
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import Side, kpi

ACCOUNTS = "accounting identity: reported = closed + rejected + open"
TRUE_ACCOUNTS = "accounting identity: occurred = recorded + gone unrecorded + latent"
REPORTED = "cases known within the window, as they stand at the horizon"
OCCURRED = "real issues that came into being within the window, as they stand at the horizon"


def _count(mask: np.ndarray) -> int:
    return int(np.count_nonzero(mask))


def _reported(facts: Facts) -> np.ndarray:
    return facts.reported


@kpi(
    "",
    unit="cases",
    zh="上报件数",
    en="cases reported",
    side=Side.OFFICIAL,
    counted=REPORTED,
    unfinished="open cases are included",
    source=ACCOUNTS,
)
def cases_reported(facts: Facts) -> float:
    """Cases reported by residents and hosts, or noticed by gridworkers."""
    return _count(facts.reported)


@kpi(
    "",
    unit="cases",
    zh="其中已结案",
    en="of these closed",
    side=Side.OFFICIAL,
    counted=REPORTED,
    unfinished="open cases are left out",
    source=ACCOUNTS,
)
def cases_closed(facts: Facts) -> float:
    """Cases reported that are archived as settled."""
    return _count(facts.reported & facts.closed)


@kpi(
    "",
    unit="cases",
    zh="其中不予受理、合并或撤回",
    en="of these refused, merged or withdrawn",
    side=Side.OFFICIAL,
    counted=REPORTED,
    unfinished="open cases are left out",
    source=ACCOUNTS,
)
def cases_rejected(facts: Facts) -> float:
    """Cases reported that ended without a disposal: refused as groundless, merged as duplicates, or withdrawn."""
    ended = ~facts.outcome(Outcome.OPEN) & ~facts.closed
    return _count(facts.reported & ended)


@kpi(
    "",
    unit="cases",
    zh="其中在办",
    en="of these open",
    side=Side.OFFICIAL,
    counted=REPORTED,
    unfinished="this is their number",
    source=ACCOUNTS,
)
def cases_open(facts: Facts) -> float:
    """Cases reported that have not ended."""
    return _count(facts.reported & facts.outcome(Outcome.OPEN))


@kpi(
    "",
    unit="issues",
    zh="发生问题数",
    en="issues occurred",
    side=Side.HONEST,
    twin="cases_reported",
    counted=OCCURRED,
    unfinished="unresolved issues are included",
    source=TRUE_ACCOUNTS,
)
def issues_occurred(facts: Facts) -> float:
    """Issues that came into being, whether or not anybody recorded them."""
    return _count(facts.occurred)


@kpi(
    "",
    unit="issues",
    zh="其中入账",
    en="of these recorded",
    side=Side.HONEST,
    counted=OCCURRED,
    unfinished="recorded issues count whether or not they are resolved",
    source=TRUE_ACCOUNTS,
)
def issues_recorded(facts: Facts) -> float:
    """Issues occurred with at least one case."""
    return _count(facts.occurred & (facts.issues["known"] != NEVER))


@kpi(
    "",
    unit="issues",
    zh="其中未入账自行消失",
    en="of these gone unrecorded",
    side=Side.HONEST,
    counted=OCCURRED,
    unfinished="issues still there are left out",
    source=TRUE_ACCOUNTS,
)
def issues_gone_unrecorded(facts: Facts) -> float:
    """Issues occurred that went away by themselves before anybody recorded them."""
    gone = facts.issues["resolved"] != NEVER
    return _count(facts.occurred & (facts.issues["known"] == NEVER) & gone)


@kpi(
    "",
    unit="issues",
    zh="其中未入账仍存在",
    en="of these latent",
    side=Side.HONEST,
    counted=OCCURRED,
    unfinished="this is their number; latent_stock adds older ones and the falsely closed",
    source=TRUE_ACCOUNTS,
)
def issues_latent(facts: Facts) -> float:
    """Issues occurred that are there and that nobody has recorded."""
    there = facts.issues["resolved"] == NEVER
    return _count(facts.occurred & (facts.issues["known"] == NEVER) & there)


KPIS = (
    cases_reported,
    cases_closed,
    cases_rejected,
    cases_open,
    issues_occurred,
    issues_recorded,
    issues_gone_unrecorded,
    issues_latent,
)
