"""Risk against error: what single replications may bring, beside how well their mean is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.show.plots.amounts import change_unit, factor_of, plain_tick
from sim.show.plots.scenarios import Side, comparison_caption, mark, sides_of
from sim.show.plots.sheet import FOOTER, HEADER, empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text, text_of
from sim.show.style import FAINT, INK, RULE, chart_style

if TYPE_CHECKING:
    from sim.study.compare import Comparison

TITLE: Text = {
    "zh": "风险与误差：各次重复与基准的差异（指标单位）",
    "en": "Risk and error: differences of single replications (in the unit of each KPI)",
}
SUBTITLE: Text = {
    "zh": "小点：每次重复（一种可能的情形）；↑ ↓ 哪个方向更好；宽带：第 10 至第 90 百分位（风险）；粗线与标记：均值及其区间（误差，重复越多越窄）",
    "en": "Dots: replications, each what may happen. Band: P10 – P90 (risk). Line and mark: mean and interval (error). ↑ ↓: better",
}
WORSE: Text = {"zh": "{worse} / {all} 次比基准差", "en": "worse in {worse} of {all}"}
WHY: Text = {
    "zh": "没有有定义的主要指标，或重复不足两次",
    "en": "it takes two replications and a primary figure that is defined",
}
MOST_FIGURES = 6
ROW = 0.42  # inches


@dataclass(frozen=True)
class Spread:
    """The differences of a figure by replication under a scenario, as shown: with their 10th and 90th percentile, mean and interval."""

    side: Side
    values: np.ndarray
    p10: float
    p90: float
    mean: float
    low: float
    high: float
    worse: float


@chart_style()
def plot_risk(comparison: Comparison, *, lang: Lang = "zh") -> Figure:
    """For each primary figure the differences of single replications beside the interval of their mean."""
    figures = {id: rows for id in comparison.primary[:MOST_FIGURES] if (rows := spreads(comparison, id, lang))}
    caption = comparison_caption(comparison, lang)
    if comparison.replications < 2 or not figures:
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    lanes = len(next(iter(figures.values())))
    height = HEADER + FOOTER + len(figures) * (ROW * lanes + 0.85)
    figure = new_sheet(TITLE[lang], SUBTITLE[lang], caption, height=height)
    panels = figure.subplots(len(figures), 1, squeeze=False, gridspec_kw={"hspace": 0.12})[:, 0]
    for axes, (id, rows) in zip(panels, figures.items(), strict=True):
        shown = next(figure for figure in comparison.figures if figure.id == id)
        unit = change_unit(shown.unit, lang)
        name = text_of(shown.zh, shown.en)[lang] + (f" ({unit})" if unit else "")
        axes.set_title(name + shown.better.arrow, color=INK)
        _panel(axes, rows, lang)
    return figure


def spreads(comparison: Comparison, figure: str, lang: Lang) -> list[Spread]:
    """The spread of a figure under each scenario in which it is defined."""
    risk = {row["scenario"]: row for row in comparison.risk[comparison.risk["kpi"] == figure].to_dict("records")}
    table = comparison.table[comparison.table["kpi"] == figure]
    found = []
    for side, row in ((side, row) for side in sides_of(comparison, lang) for row in table.to_dict("records")):
        if row["scenario"] != side.name or math.isnan(row["difference"]):
            continue
        factor, own = factor_of(str(row["unit"])), risk[side.name]
        values = factor * (comparison.values_of(figure, side.name) - comparison.values_of(figure))
        p10, p90 = (factor * float(own[name]) for name in ("difference_p10", "difference_p90"))
        mean, low, high = (factor * float(row[name]) for name in ("difference", "ci_low", "ci_high"))
        found.append(Spread(side, values[~np.isnan(values)], p10, p90, mean, low, high, float(own["chance_worse"])))
    return found


def _panel(axes: Axes, rows: Sequence[Spread], lang: Lang) -> None:
    axes.axvline(0, color=INK, linewidth=0.9, zorder=1)
    aside = axes.get_yaxis_transform()
    for y, row in enumerate(rows):
        colour = row.side.colour
        axes.add_patch(Rectangle((row.p10, y - 0.3), row.p90 - row.p10, 0.36, color=RULE, zorder=1))
        axes.plot(row.values, np.full(row.values.size, y - 0.12), ".", color=FAINT, markersize=4.5, zorder=2)
        axes.plot([row.low, row.high], [y + 0.2] * 2, color=colour, linewidth=3, solid_capstyle="butt", zorder=3)
        mark(axes, row.side, (row.mean, y + 0.2), hollow=not (row.low > 0 or row.high < 0), size=6.5)
        if not math.isnan(row.worse):
            worse = WORSE[lang].format(worse=round(row.worse * row.values.size), all=row.values.size)
            axes.text(1.01, y, worse, transform=aside, size=8.5, color=FAINT, va="center")
    axes.set_yticks(range(len(rows)), [row.side.title for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.5)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(plain_tick)
    axes.margins(x=0.05)
