"""simulate = engine ∘ Plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sim.engine.engines import DEFAULT_ENGINE, ENGINES, Engine
from sim.engine.log import Log
from sim.engine.plan import Plan

__all__ = ["Engine", "make_ready", "simulate"]


def simulate(plan: Plan, engine: Engine = DEFAULT_ENGINE, *, events: bool = False) -> Log:
    """The Log of ``plan``, run by ``engine``; with every event if asked for.

    The same Plan gives the same Log, on every machine and by every engine. ValueError for an engine that there is not;
    EnginesDiffer if "both" were asked and do not agree.
    """
    return Log(plan, _run_of(engine)(plan, events=events))


def make_ready(engine: Engine) -> None:
    """Have ``engine`` at hand: compiled and kept, so that processes among which work is shared out need not do it each."""
    if engine != "reference":
        from sim.engine import compiled  # noqa: PLC0415

        compiled.load()


def _run_of(engine: Engine) -> Callable[..., Mapping[str, np.ndarray]]:
    """What runs a Plan by that engine; loaded when first asked for, as each brings a library of its own."""
    if engine == "compiled":
        from sim.engine import compiled  # noqa: PLC0415

        return compiled.simulate
    if engine == "reference":
        from sim.engine import reference  # noqa: PLC0415

        return reference.simulate
    if engine == "both":
        from sim.engine import both  # noqa: PLC0415

        return both.simulate
    raise ValueError(f"engine: expected one of {', '.join(map(repr, ENGINES))}, got {engine!r}")
