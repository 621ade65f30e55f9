"""The charts that a run writes into its directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.engine.log import Log
from sim.show.plots.backlog import plot_backlog
from sim.show.plots.files import write_charts
from sim.show.plots.flow import plot_flow
from sim.show.plots.official_honest import plot_official_honest
from sim.show.plots.time_to_resolve import plot_time_to_resolve
from sim.show.plots.utilisation import plot_utilisation
from sim.show.plots.words import Lang
from sim.show.plots.worker_day import plot_worker_day

if TYPE_CHECKING:
    from sim.study.experiment import Result


def draw_run_charts(log: Log, result: Result, directory: str | Path, lang: Lang) -> list[Path]:
    """Draw the charts of a run and write each as PNG and SVG into ``directory``; returns the files written.

    The directory is made if need be, and a file appears whole or not at all. The same run gives the same bytes with the
    same matplotlib. Raises OutputError (an OSError) for a file that cannot be written.
    """
    return write_charts(run_charts(log, result, lang=lang), directory)


def run_charts(log: Log, result: Result, *, lang: Lang) -> Iterator[tuple[str, Figure]]:
    """The charts of a run by name, each drawn when its turn comes."""
    of_log: dict[str, Callable[..., Figure]] = {
        "flow": plot_flow,
        "time_to_resolve": plot_time_to_resolve,
        "backlog": plot_backlog,
        "worker_day": plot_worker_day,
        "utilisation": plot_utilisation,
    }
    for name, plot in of_log.items():
        yield name, plot(log, lang=lang)
    yield "official_honest", plot_official_honest(log, result.kpis, lang=lang)
