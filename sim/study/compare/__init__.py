"""Comparing policies over the same issues: by how much, how sure, for whom."""

from sim.study.compare.comparing import compare
from sim.study.compare.comparison import COMPARISON_COLUMNS, PRIMARY_KPIS, Comparison, ComparisonError
from sim.study.compare.counterfactual import FLOW_COLUMNS, OUTCOMES
from sim.study.compare.stories import extremes, stories

__all__ = [
    "COMPARISON_COLUMNS",
    "FLOW_COLUMNS",
    "OUTCOMES",
    "PRIMARY_KPIS",
    "Comparison",
    "ComparisonError",
    "compare",
    "extremes",
    "stories",
]
