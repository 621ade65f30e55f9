"""What happens when: SimPy's agenda, with content instead of insertion deciding the order within an instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import simpy

Rank = tuple[int, ...]


class Happening(simpy.Event):
    """Something that happens at ``time``; ``rank`` (phase first) is its place among what happens in the same second.

    SimPy orders its agenda by (time, priority, order of scheduling); a rank given as the priority leaves nothing to
    the last. Ranks are tuples of ids, so two happenings of equal rank are the same thing.
    """

    def __init__(self, env: simpy.Environment, time: int, rank: Rank, act: Callable[[Any], None]) -> None:
        self.env = env
        self.callbacks = [act]
        self._value = None
        self._ok = True
        env.schedule(self, priority=rank, delay=time - env.now)  # type: ignore[arg-type]  # any ordered value will do

    def cancel(self) -> None:
        """Let it pass without effect."""
        self.callbacks = []
