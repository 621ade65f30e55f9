"""Charts: each a function of a Log that returns a matplotlib Figure, in Chinese or English."""

from sim.show.plots.backlog import plot_backlog
from sim.show.plots.flow import plot_flow
from sim.show.plots.official_honest import plot_official_honest
from sim.show.plots.run_charts import draw_run_charts
from sim.show.plots.time_to_resolve import plot_time_to_resolve
from sim.show.plots.utilisation import plot_utilisation
from sim.show.plots.worker_day import plot_worker_day

__all__ = [
    "draw_run_charts",
    "plot_backlog",
    "plot_flow",
    "plot_official_honest",
    "plot_time_to_resolve",
    "plot_utilisation",
    "plot_worker_day",
]
