"""How far many runs have come, and how long the rest will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from html import escape

#: told how many replications are done, of how many: once at the start, then after each
Progress = Callable[[int, int], object]


def silent(done: int, total: int) -> None:
    """Says nothing."""


def notebook_bar() -> Progress:
    """A bar below the cell if this runs in a notebook, else nothing."""
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell else None
    if running is None or not hasattr(running, "kernel"):
        return silent
    from IPython.display import HTML, display  # noqa: PLC0415  # there in notebooks only

    shown, pace = display(HTML(_bar(0, 1, "")), display_id=True), Pace()

    def progress(done: int, total: int) -> None:
        shown.update(HTML(_bar(done, total, pace.left(done, total))))

    return progress


class Pace:
    """How long the rest will take, if it goes on as since the start."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._begun = clock, clock()

    def left(self, done: int, total: int) -> str:
        """The time left in words that every language has, "≈ 4 min"; nothing while it is unknown or a few seconds."""
        if not done:
            return ""
        seconds = (self._clock() - self._begun) / done * (total - done)
        if seconds < 10:
            return ""
        unit, size = next((unit, size) for unit, size in (("h", 3600), ("min", 60), ("s", 1)) if seconds >= size * 0.95)
        return f"≈ {seconds / size:.1f} {unit}" if unit == "h" else f"≈ {seconds / size:.0f} {unit}"


def _bar(done: int, total: int, left: str) -> str:
    words = escape(" ".join(filter(None, (f"{done} / {total}", left))))
    return f'<progress value="{done}" max="{total}" style="width: 20em"></progress> {words}'
