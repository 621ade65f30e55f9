"""Utilisation: how evenly work is spread over the grids."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.engine.log import Log
from sim.show.plots.axes import count_axis, share_axis
from sim.show.plots.sheet import caption_of, empty_sheet, join, new_sheet
from sim.show.plots.words import Lang, Text, count, share
from sim.show.style import FAINT, HONEST, INK, chart_style
from sim.study.kpis.exact import gini, quantile
from sim.study.kpis.facts import Facts
from sim.study.kpis.workers import utilisation_by_unit

TITLE: Text = {"zh": "网格之间忙闲是否均衡（网格数）", "en": "How evenly work is spread over grids (number of grids)"}
SUBTITLE: Text = {
    "zh": "左：网格员在岗时间中忙碌的比例（人员共用时按共用池计）；右：统计时段内每个网格的案件",
    "en": "Left: share of time on shift that gridworkers are busy (by pool where they are pooled). Right: cases by grid",
}
BUSY: Text = {"zh": "利用率", "en": "Utilisation"}
CASES: Text = {"zh": "每个网格的案件数", "en": "Cases per grid"}
MEAN: Text = {"zh": "平均", "en": "mean"}
GINI: Text = {"zh": "基尼系数", "en": "Gini"}
UNITS: Text = {"zh": "共 {count} 个", "en": "{count} in all"}
NONE: Text = {"zh": "没有人员在岗", "en": "nobody on shift"}
WHY: Text = {"zh": "统计时段内没有网格员在岗，也没有案件", "en": "no gridworker was on shift and no case known"}
MOST_BARS = 20


@chart_style()
def plot_utilisation(log: Log, *, lang: Lang = "zh") -> Figure:
    """How utilisation of gridworkers and cases are spread over grids: histograms with mean, P90 and Gini."""
    facts = Facts.of(log)
    busy, cases = utilisation_by_unit(facts), cases_by_grid(facts)
    caption = caption_of(log, lang)
    if not busy.size and not cases.sum():
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    figure = new_sheet(TITLE[lang], SUBTITLE[lang], caption, height=5.2)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.08})
    share_axis(left)
    _spread(left, BUSY[lang], busy, edges=np.linspace(0, 1, 21), written=lambda value: share(value, 1), lang=lang)
    _spread(right, CASES[lang], cases, edges=_whole_edges(cases), written=count, lang=lang)
    right.set_xlim(left=0)
    count_axis(right.xaxis)
    return figure


def cases_by_grid(facts: Facts) -> np.ndarray:
    """Cases known within the window in each grid, int64[grids]."""
    grids = int(facts.log.plan["buildings"]["grid"].max(initial=-1)) + 1
    mine = facts.inside(facts.cases["known"])
    return np.bincount(facts.grid_of[facts.cases["issue"][mine]], minlength=grids)


def _whole_edges(values: np.ndarray) -> np.ndarray:
    """Edges of at most about 20 bars of equal whole width."""
    width = int(values.max(initial=0)) // MOST_BARS + 1
    return np.arange(0, values.max(initial=0) + 2 * width, width)


def _spread(
    axes: Axes, name: str, values: np.ndarray, *, edges: np.ndarray, written: Callable[[float], str], lang: Lang
) -> None:
    """A histogram with the mean and the 90th percentile marked; their values and Gini's stand above it."""
    axes.set_title(f"{name}\n{NONE[lang]}" if not values.size else name, color=INK)
    axes.grid(axis="y")
    if not values.size:
        return
    axes.set_title(f"{name}\n{_summary(values, written, lang)}", color=INK)
    axes.hist(values, bins=edges.tolist(), color=HONEST, alpha=0.75, edgecolor="white", linewidth=0.8)
    count_axis(axes.yaxis)
    if values.min() < values.max():
        _mark(axes, float(values.mean()), quantile(values, 90), lang)


def _summary(values: np.ndarray, written: Callable[[float], str], lang: Lang) -> str:
    uneven = gini(values)
    return join(
        f"{MEAN[lang]} {written(float(values.mean()))}",
        f"P90 {written(quantile(values, 90))}",
        "" if math.isnan(uneven) else f"{GINI[lang]} {uneven:.2f}",
        UNITS[lang].format(count=count(values.size)),
    )


def _mark(axes: Axes, mean: float, p90: float, lang: Lang) -> None:
    """Lines at the mean and the 90th percentile, named on their outer sides."""
    texts = {True: (f"{MEAN[lang]} ", " P90"), False: (f" {MEAN[lang]}", "P90 ")}[mean <= p90]
    for value, text, line in ((mean, texts[0], "-"), (p90, texts[1], "--")):
        axes.axvline(value, color=INK, linewidth=1, linestyle=line)
        side = "left" if text.startswith(" ") else "right"
        axes.text(value, 0.99, text, transform=axes.get_xaxis_transform(), size=8.5, color=FAINT, ha=side, va="top")
