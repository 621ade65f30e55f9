"""Charts: each a function of a Log, a Comparison or a Sweep that returns a matplotlib Figure, in Chinese or English."""

from sim.show.plots.backlog import plot_backlog
from sim.show.plots.comparison_charts import draw_comparison_charts, draw_sweep_charts
from sim.show.plots.counterfactual import plot_counterfactual
from sim.show.plots.differences import plot_differences
from sim.show.plots.fairness_map import plot_fairness_map
from sim.show.plots.flow import plot_flow
from sim.show.plots.frontier import plot_frontier
from sim.show.plots.official_honest import plot_official_honest
from sim.show.plots.response import plot_response
from sim.show.plots.risk import plot_risk
from sim.show.plots.run_charts import draw_run_charts
from sim.show.plots.time_to_resolve import plot_time_to_resolve
from sim.show.plots.utilisation import plot_utilisation
from sim.show.plots.worker_day import plot_worker_day

__all__ = [
    "draw_comparison_charts",
    "draw_run_charts",
    "draw_sweep_charts",
    "plot_backlog",
    "plot_counterfactual",
    "plot_differences",
    "plot_fairness_map",
    "plot_flow",
    "plot_frontier",
    "plot_official_honest",
    "plot_response",
    "plot_risk",
    "plot_time_to_resolve",
    "plot_utilisation",
    "plot_worker_day",
]
