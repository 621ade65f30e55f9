"""One after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from sim.study.executors.base import Failed, I, T, attempt


def in_turn(
    task: Callable[[I], T], items: Sequence[I], *, modules: Sequence[Path] = ()
) -> Generator[tuple[int, T | Failed], None, None]:
    """One item after the other, in this process."""
    for index, item in enumerate(items):
        yield index, attempt(task, item)
