"""A bar in a notebook that says how far a run has come."""

from __future__ import annotations

import sys
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

    shown = display(HTML(_bar(0, 1)), display_id=True)

    def progress(done: int, total: int) -> None:
        shown.update(HTML(_bar(done, total)))

    return progress


def _bar(done: int, total: int) -> str:
    words = escape(f"{done} / {total}")
    return f'<progress value="{done}" max="{total}" style="width: 20em"></progress> {words}'
