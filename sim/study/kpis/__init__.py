"""KPIs: figures that sum up a run, official and honest side by side, each a named function of Log."""

from sim.study.kpis.better import Better
from sim.study.kpis.catalogue import HEADLINE, KPIS, Figure, evaluate, figures, find, with_own
from sim.study.kpis.kpi import Kpi, KpiError, Side, log_kpi, unit_in

__all__ = [
    "HEADLINE",
    "KPIS",
    "Better",
    "Figure",
    "Kpi",
    "KpiError",
    "Side",
    "evaluate",
    "figures",
    "find",
    "log_kpi",
    "unit_in",
    "with_own",
]
