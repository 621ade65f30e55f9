"""The fast engine: the rules of ``docs/model.md``, chapter by chapter, compiled by numba.

``chance`` and ``clocks`` chapter 1 · ``agenda`` and ``kernel`` chapter 2 · ``issues`` chapter 3 · ``cases`` chapters 4 and 7 · ``queues`` and
``dispatch`` chapter 5 · ``days`` chapter 6 · ``records`` chapter 8 · ``looks``, ``marks`` and ``waits`` chapter 9 · ``parties``, ``joint``,
``gathering`` and ``kept`` chapter 10; ``memory`` says how it all lies in memory, ``rows`` how it is read and written, ``layout`` lays it out, ``cache``
where it is kept. Handlers have the names they have in the readable engine, with which this one shares data and no code.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.engine.compiled import entry
from sim.engine.compiled.dispatch import SCORE_FAILED
from sim.engine.compiled.layout import ROOM_TO_BEGIN, Memory, outputs
from sim.engine.compiled.score import compiled_score
from sim.engine.plan import Plan, ScoreError

__all__ = ["load", "simulate"]

load = entry.load


def simulate(plan: Plan, *, events: bool = False) -> Mapping[str, np.ndarray]:
    """Run ``plan`` by the rules of ``docs/model.md``.

    Returns the raw arrays of ``sim.engine.log.RECORDS``: cases, issues and days, and events, empty unless asked for. Raises ScoreError for
    a live score that cannot be compiled or fails, ValueError for a Plan too large for the numbers of this engine.
    """
    load()
    score = compiled_score(plan.score) if plan.score is not None else None
    room = ROOM_TO_BEGIN
    while True:
        memory = Memory(plan, events=events, room=room, score=score.address if score else 0)
        entry.run(memory.world.ctypes.data)
        full = int(memory.world["full"][0])
        if full == SCORE_FAILED:
            raise ScoreError(
                "the live score has failed: run with the reference engine to see how (engine='reference', --engine reference)"
            )
        if not full:
            return outputs(memory)
        room *= 2
