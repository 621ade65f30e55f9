"""The charts that comparisons and sweeps write into their directories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.show.plots.counterfactual import plot_counterfactual
from sim.show.plots.differences import plot_differences
from sim.show.plots.fairness_map import plot_fairness_map
from sim.show.plots.files import write_charts
from sim.show.plots.frontier import plot_frontier
from sim.show.plots.response import plot_response
from sim.show.plots.risk import plot_risk
from sim.show.plots.scenarios import sides_of
from sim.show.plots.words import Lang
from sim.study.compare.places import difference_by_place

if TYPE_CHECKING:
    from sim.study.compare import Comparison
    from sim.study.sweep import Sweep


def draw_comparison_charts(comparison: Comparison, directory: str | Path, lang: Lang) -> list[Path]:
    """Draw the charts of a comparison and write each as PNG and SVG into ``directory``; the files written.

    The directory is made if need be, and a file appears whole or not at all. Raises OutputError (an OSError) for a file
    that cannot be written.
    """
    return write_charts(comparison_charts(comparison, lang=lang), directory)


def comparison_charts(comparison: Comparison, *, lang: Lang) -> Iterator[tuple[str, Figure]]:
    """The charts of a comparison by name, each drawn when its turn comes; flows and maps one a scenario."""
    yield "differences", plot_differences(comparison, lang=lang)
    yield "frontier", plot_frontier(comparison, lang=lang)
    yield "risk", plot_risk(comparison, lang=lang)
    names = [side.name for side in sides_of(comparison, lang)]
    for name in names:
        yield f"counterfactual_{name}", plot_counterfactual(comparison, name, lang=lang)
    shown = {name: comparison.alternatives[name] for name in names}
    places = difference_by_place(comparison.baseline, shown, level=comparison.level)
    for name in names:
        yield f"fairness_{name}", plot_fairness_map(comparison, name, places=places.get(name), lang=lang)


def draw_sweep_charts(sweep: Sweep, directory: str | Path, lang: Lang) -> list[Path]:
    """Draw the charts of a sweep and write each as PNG and SVG into ``directory``; the files written.

    Raises OutputError (an OSError) for a file that cannot be written.
    """
    return write_charts(sweep_charts(sweep, lang=lang), directory)


def sweep_charts(sweep: Sweep, *, lang: Lang) -> Iterator[tuple[str, Figure]]:
    """The response of each primary figure over the first two levers; none of a sweep with a single lever."""
    levers = [factor.id for factor in sweep.study.levers]
    if len(levers) < 2:
        return
    shown = set(sweep.summary["kpi"])
    for kpi in sweep.primary:
        if kpi in shown:
            yield f"response_{kpi}", plot_response(sweep, kpi, factors=(levers[0], levers[1]), lang=lang)
