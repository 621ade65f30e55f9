"""Frontier: what each policy costs, and how much of the work it truly gets done on time."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show.plots.amounts import PERCENT, plain_tick
from sim.show.plots.axes import write_beside
from sim.show.plots.scenarios import comparison_caption, legend, mark, sides_of
from sim.show.plots.sheet import empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text
from sim.show.style import FAINT, INK, chart_style

if TYPE_CHECKING:
    from sim.show.plots.scenarios import Side
    from sim.study.compare import Comparison

TITLE: Text = {
    "zh": "成本（万元）与真实按期解决率（%）",
    "en": "Cost (10,000 yuan) against the true on-time rate (%)",
}
SUBTITLE: Text = {
    "zh": "左上更好；线段为与基准之差（同样的问题）的区间，画在方案处；虚线连接没有被其他方案全面胜过的方案",
    "en": "Up and left is better. Bars: intervals of the difference from the baseline. Dashed: what nothing else beats in both",
}
COST_AXIS: Text = {"zh": "总成本（万元）", "en": "Cost (10,000 yuan)"}
SERVICE_AXIS: Text = {"zh": "真实按期解决率（%）", "en": "True on-time rate (%)"}
BASELINE_MARK: Text = {"zh": "基准", "en": "Baseline"}
WHY: Text = {"zh": "情景没有给出价格，或没有到期的问题", "en": "no prices are given, or no issue fell due"}
COST, SERVICE = "cost_total", "true_on_time_rate"
TEN_THOUSAND = 10_000.0


@dataclass(frozen=True)
class Stand:
    """Where a scenario stands: value, low and high end of its interval; cost in 10,000 yuan, service in per cent."""

    cost: tuple[float, float, float]
    service: tuple[float, float, float]

    def beaten_by(self, other: Stand) -> bool:
        """Does the other cost no more and serve no worse, and not the same?"""
        mine, its = (self.cost[0], self.service[0]), (other.cost[0], other.service[0])
        return its[0] <= mine[0] and its[1] >= mine[1] and its != mine


@chart_style()
def plot_frontier(comparison: Comparison, *, lang: Lang = "zh") -> Figure:
    """Cost and honest service of the baseline and each scenario, with the intervals of their differences."""
    stands, caption = stands_of(comparison, lang), comparison_caption(comparison, lang)
    if not stands:
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    figure = new_sheet(TITLE[lang], SUBTITLE[lang], caption, height=6.2)
    axes = figure.add_subplot()
    _line(axes, list(stands.values()))
    _baseline(axes, stands[""], lang)
    sides = sides_of(comparison, lang)
    for side in sides:
        _stand(axes, stands[side.name], side)
    legend(axes, sides)
    axes.set_xlabel(COST_AXIS[lang])
    axes.set_ylabel(SERVICE_AXIS[lang])
    axes.margins(x=0.12, y=0.12)
    axes.grid()
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(plain_tick)
    return figure


def stands_of(comparison: Comparison, lang: Lang) -> dict[str, Stand]:
    """Where the baseline ("") and each scenario that is shown stand; none if a figure is missing or undefined."""
    table = comparison.table
    rows = {(row["scenario"], row["kpi"]): row for row in table[table["kpi"].isin((COST, SERVICE))].to_dict("records")}
    found: dict[str, Stand] = {}
    for side in sides_of(comparison, lang):
        pair = [rows.get((side.name, kpi)) for kpi in (COST, SERVICE)]
        if any(row is None or math.isnan(row["difference"]) for row in pair):
            return {}
        (base, cost), (usual, service) = (_ends(row) for row in pair if row)
        found |= {"": Stand((base,) * 3, (usual,) * 3), side.name: Stand(cost, service)}
    return found


def _ends(row: Mapping[Hashable, Any]) -> tuple[float, tuple[float, float, float]]:
    """The baseline, and the scenario with the ends of its interval, as shown."""
    factor = PERCENT if row["kpi"] == SERVICE else 1 / TEN_THOUSAND
    base = float(row["baseline_mean"])
    mean, low, high = (factor * (base + float(row[name])) for name in ("difference", "ci_low", "ci_high"))
    return factor * base, (mean, low, high)


def _line(axes: Axes, stands: Sequence[Stand]) -> None:
    """The scenarios that no other beats in both, by cost."""
    best = sorted((s.cost[0], s.service[0]) for s in stands if not any(s.beaten_by(other) for other in stands))
    axes.plot(*zip(*best, strict=True), color=FAINT, linewidth=1, linestyle="--", zorder=1)


def _baseline(axes: Axes, stand: Stand, lang: Lang) -> None:
    at = stand.cost[0], stand.service[0]
    axes.plot(*at, "*", markersize=13, color=INK, zorder=4)
    write_beside(axes, BASELINE_MARK[lang], at, (9, -9), va="top")


def _stand(axes: Axes, stand: Stand, side: Side) -> None:
    (cost, *costs), (service, *services) = stand.cost, stand.service
    axes.plot(costs, [service] * 2, color=side.colour, linewidth=2, solid_capstyle="butt", zorder=3)
    axes.plot([cost] * 2, services, color=side.colour, linewidth=2, solid_capstyle="butt", zorder=3)
    mark(axes, side, (cost, service), hollow=False, size=9)
