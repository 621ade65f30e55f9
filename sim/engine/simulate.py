"""simulate = engine ∘ Plan."""

from __future__ import annotations

from typing import Literal

from sim.engine import reference
from sim.engine.log import Log
from sim.engine.plan import Plan

Engine = Literal["reference"]


def simulate(plan: Plan, engine: Engine = "reference", *, events: bool = False) -> Log:
    """The Log of ``plan``, run by ``engine``; with every event if asked for.

    The same Plan gives the same Log, on every machine. ValueError for an engine that there is not.
    """
    if engine != "reference":
        raise ValueError(f"engine: expected 'reference', got {engine!r}")
    return Log(plan, reference.simulate(plan, events=events))
