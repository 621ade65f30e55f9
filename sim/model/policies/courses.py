"""Looks and marks: chances that depend on how the run stands, and what happens to a case at set shares of its time limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator

from sim.model.meetings import Meetings
from sim.model.units import MILLION, Share

State = Literal["always", "limit", "queue", "backlog", "since"]
Action = Literal["supervise", "postpone", "hang"]
LEAST_KAPPA = MILLION // 10


def _not_too_weak(kappa: int) -> int:
    if kappa < LEAST_KAPPA:
        raise ValueError(f"expected a share of at least 10 %, got {kappa / MILLION}")
    return kappa


#: What each tier passes on to the one below it, at least a tenth.
Kappa = Annotated[Share, AfterValidator(_not_too_weak)]


@dataclass(frozen=True)
class Look:
    """A chance (millionths) by the state in which it is asked for: that of the last of ``buckets`` (least state, chance) reached, or of the first.

    ``state``: always; limit: millionths of the time limit used up; queue: cases waiting there besides; backlog: seconds of admin not begun;
    since: seconds since the last of ``meetings``.
    """

    state: State
    buckets: tuple[tuple[int, int], ...]
    meetings: Meetings | None = None


def unless(willing: int) -> Look | None:
    """The chance that somebody does not do what is done with the chance ``willing`` (millionths); None: it is always done."""
    return None if willing == MILLION else Look("always", ((0, MILLION - willing),))


@dataclass(frozen=True)
class Mark:
    """What happens, with a ``chance``, to a case that is not settled ``at`` so much (millionths) of its time limit, or at each of ``meetings`` after all such marks.

    ``raise_to``: how a supervised case is served: ``urgent``, or ``first`` (before all that are not urgent); ``extension``: how much a limit is put off,
    or a case hung, in millionths of its time limit.
    """

    action: Action
    at: int = 0
    meetings: Meetings | None = None
    chance: int = MILLION
    raise_to: str = ""
    extension: int = 0


def compounded(share: int, tiers: int) -> int:
    """What is left (millionths) after so many tiers have each passed on a ``share`` (millionths)."""
    left = MILLION
    for _ in range(tiers):
        left = (left * share + MILLION // 2) // MILLION
    return left
