"""Fairness map: how long issues last grid by grid, and what a policy changes there. A schematic map, no geography."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from sim.show.plots.amounts import decimals, number, signed
from sim.show.plots.scenarios import COUNT, comparison_caption
from sim.show.plots.sheet import empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text, shorten
from sim.show.style import FAINT, INK, RULE, chart_style
from sim.study.compare.places import PlaceDifferences, difference_by_place

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.compare import Comparison

TITLES: dict[str, Text] = {
    "grid": {"zh": "各网格问题存续时长（小时）：示意图", "en": "Lifetime of issues grid by grid (h): schematic map"},
    "community": {
        "zh": "各社区问题存续时长（小时）：示意图",
        "en": "Lifetime of issues by community (h): schematic map",
    },
}
SUBTITLE: Text = {
    "zh": "示意图：位置由模型排布，不是真实地理。左：基准下的平均存续时长；右：方案带来的变化，大小表示幅度",
    "en": "Schematic: the model lays places out, this is no geography. Left: mean under the baseline. Right: change, by size",
}
BASELINE: Text = {"zh": "基准\n平均存续时长", "en": "Baseline\nmean lifetime"}
CHANGE: Text = {"zh": "{title}\n变化的中位数 {median} 小时", "en": "{title}\nmedian change {median} h"}
KEYS: dict[str, Text] = {
    "v": {"zh": "缩短（{n} 处有把握）", "en": "shorter (sure in {n})"},
    "^": {"zh": "延长（{n} 处有把握）", "en": "longer (sure in {n})"},
    "o": {"zh": "空心：区间含 0（各自 {percent:g} %）", "en": "hollow: interval contains 0 ({percent:g} % each)"},
}
LARGEST_MARK: Text = {"zh": "最大的标记：{size} 小时或更多", "en": "largest mark: {size} h or more"}
WHY: Text = {
    "zh": "两个方案的世界不同，或时段内没有问题",
    "en": "the two scenarios are of different places, or nothing arose",
}
SHORTER, LONGER = "#1F4E79", "#D9783A"
SHADES = LinearSegmentedColormap.from_list("lifetime", ["#F1EEE6", "#C9B79C", "#8A6D4F", "#3B2A20"])
OUTLIERS = 3  # per cent of grids at either end that shades and sizes do not tell apart
LARGEST = 260.0  # points², of the largest triangle where there are few places


@chart_style()
def plot_fairness_map(
    comparison: Comparison, scenario: str, *, places: PlaceDifferences | None = None, lang: Lang = "zh"
) -> Figure:
    """Two schematic maps: mean lifetime of issues under the baseline by grid, and what ``scenario`` changes there.

    ``places``: the differences, where they are known already. By community where the two policies have other grids.
    """
    places = places or places_of(comparison, scenario)
    if places is None or places.table["difference"].isna().all():
        return empty_sheet(TITLES["grid"][lang], WHY, comparison_caption(comparison, lang), lang)
    caption = comparison_caption(comparison, lang, COUNT[lang].format(n=comparison.replications))
    figure = new_sheet(TITLES[places.kind][lang], SUBTITLE[lang], caption, height=6.4)
    ratios = {"wspace": 0.04, "height_ratios": (22, 1)}
    (left, right), (bar, keys) = figure.subplots(2, 2, gridspec_kw=ratios)
    for axes in (left, right):
        _ground(axes, places)
    _means(figure, left, bar, places)
    _changes(right, places.table)
    left.set_title(BASELINE[lang], color=INK)
    right.set_title(_change_title(comparison, scenario, places.table, lang), color=INK)
    _keys(keys, places.table, 100 * comparison.level, lang)
    return figure


def places_of(comparison: Comparison, scenario: str) -> PlaceDifferences | None:
    """Lifetimes place by place under the baseline and ``scenario``; None if they are not of the same world."""
    runs = {scenario: comparison.alternatives[scenario]}
    return difference_by_place(comparison.baseline, runs, level=comparison.level).get(scenario)


def _change_title(comparison: Comparison, scenario: str, table: pd.DataFrame, lang: Lang) -> str:
    """The scenario, and the median difference of places."""
    median = float(table["difference"].median())
    title = shorten(comparison.titles(lang)[scenario], 34)
    return CHANGE[lang].format(title=title, median=signed(median, decimals(0, median)))


def _ground(axes: Axes, places: PlaceDifferences) -> None:
    """The extent of each community, faintly."""
    buildings = places.world.buildings
    pad = 0.006 * max(np.ptp(buildings["x"]), np.ptp(buildings["y"]), 1)
    for community in np.unique(buildings["community"]):
        mine = buildings[buildings["community"] == community]
        corner = mine["x"].min() - pad, mine["y"].min() - pad
        size = np.ptp(mine["x"]) + 2 * pad, np.ptp(mine["y"]) + 2 * pad
        axes.add_patch(Rectangle(corner, *size, facecolor="none", edgecolor=RULE, linewidth=0.8, zorder=1))
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_axis_off()


def _means(figure: Figure, axes: Axes, bar: Axes, places: PlaceDifferences) -> None:
    """Every building in the shade of its grid's mean, and what the shades mean."""
    buildings, means = places.world.buildings, places.table["baseline_mean"].to_numpy()
    size = float(np.clip(26_000 / len(buildings), 1.5, 40))
    shade = means[places.of_building]
    low, high = np.nanpercentile(means, (OUTLIERS, 100 - OUTLIERS))  # grids of few issues would take all the shades
    looks = {"cmap": SHADES, "vmin": low, "vmax": high if high > low else low + 1}
    dots = axes.scatter(buildings["x"], buildings["y"], size, shade, marker="s", linewidths=0, zorder=2, **looks)
    scale = figure.colorbar(dots, cax=bar, orientation="horizontal", extend="both")
    scale.outline.set_linewidth(0)
    bar.xaxis.set_major_locator(MaxNLocator(6))


def _changes(axes: Axes, table: pd.DataFrame) -> None:
    """A triangle in the middle of each place: down for shorter, up for longer, hollow where the interval contains 0."""
    change = table["difference"].to_numpy()
    sizes = min(LARGEST, 40_000 / len(table)) * np.minimum(1.0, np.abs(change) / (largest(table) or 1.0))
    sure = is_sure(table)
    for marker, colour, mine in (("v", SHORTER, change < 0), ("^", LONGER, change > 0)):
        for filled in (False, True):
            rows = mine & (sure == filled)
            inside = colour if filled else "none"
            axes.scatter(
                table["x"][rows],
                table["y"][rows],
                sizes[rows],
                marker=marker,
                facecolors=inside,
                edgecolors=colour,
                linewidths=0.9,
                zorder=3,
            )


def largest(table: pd.DataFrame) -> float:
    """The difference from which on marks are of the same, largest size."""
    return float(np.nanpercentile(table["difference"].abs(), 100 - OUTLIERS))


def is_sure(table: pd.DataFrame) -> np.ndarray:
    """Where the interval of the difference does not contain 0."""
    return ((table["ci_low"] > 0) | (table["ci_high"] < 0)).to_numpy()


def _keys(axes: Axes, table: pd.DataFrame, percent: float, lang: Lang) -> None:
    """What the marks mean, and how large the largest is."""
    change, sure = table["difference"].to_numpy(), is_sure(table)
    counts = {"v": int((sure & (change < 0)).sum()), "^": int((sure & (change > 0)).sum()), "o": 0}
    for marker, colour in (("v", SHORTER), ("^", LONGER), ("o", FAINT)):
        inside = "white" if marker == "o" else colour
        label = KEYS[marker][lang].format(n=counts[marker], percent=percent)
        axes.plot([], [], marker, color=colour, markerfacecolor=inside, label=label, markersize=7)
    size = number(largest(table), decimals(0, largest(table)))
    axes.plot([], [], "D", color=RULE, label=LARGEST_MARK[lang].format(size=size), markersize=7)
    axes.set_axis_off()
    axes.legend(loc="upper left", ncols=2, fontsize=8.5, handletextpad=0.1, columnspacing=0.9, borderaxespad=0)
