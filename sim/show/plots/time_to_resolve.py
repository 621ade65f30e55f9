"""Time to resolve: by category, as the record has it and as it truly was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.engine.events import NEVER
from sim.engine.log import Log
from sim.show.plots.axes import length_axis, write_beside
from sim.show.plots.sheet import caption_of, empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text, count, length, share, shorten, titles_of
from sim.show.style import FAINT, HONEST, OFFICIAL, chart_style
from sim.study.kpis.exact import quantile
from sim.study.kpis.facts import Facts

TITLE: Text = {"zh": "各类问题的解决时长（对数时间轴）", "en": "Time to resolve by category (log time axis)"}
SUBTITLE: Text = {
    "zh": "点为中位数，条为第 10 至第 90 百分位",
    "en": "Dots: median; bars: 10th to 90th percentile",
}
PAPER: Text = {"zh": "台账：从知晓到结案（仅已结案件）", "en": "On record: from known to closed (closed cases only)"}
TRUTH: Text = {
    "zh": "真实：从发生到真正解决或自行消失（未解决的按期末时长计）",
    "en": "In truth: from onset to true resolution or gone by itself (unsolved: age at the end)",
}
OF_ALL: Text = {"zh": "{share}（共 {count}）", "en": "{share} of {count}"}
UNSOLVED: Text = {"zh": "期末未解决", "en": "unsolved at the end"}
WHY: Text = {"zh": "统计时段内没有问题发生，也没有结案", "en": "no issue arose and no case was closed"}
PERCENTILES = (10, 50, 90)
MOST_ROWS = 18
GAP = 0.12  # from the middle of a row to each of its two bars


@dataclass(frozen=True)
class Row:
    """A category: percentiles in seconds on record and in truth (none without cases), issues, and those unsolved."""

    name: str
    paper: tuple[float, ...]
    truth: tuple[float, ...]
    issues: int
    unsolved: int


@chart_style()
def plot_time_to_resolve(log: Log, *, lang: Lang = "zh") -> Figure:
    """How long cases take on record and issues last in truth, by category: median, 10th to 90th percentile."""
    rows = [row for row in category_times(log, lang) if row.paper or row.truth]
    caption = caption_of(log, lang)
    if not rows:
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    rows = sorted(rows, key=lambda row: -row.issues)[:MOST_ROWS]
    rows.sort(key=lambda row: row.truth[1] if row.truth else row.paper[1], reverse=True)
    figure = new_sheet(TITLE[lang], SUBTITLE[lang], caption, height=2.5 + 0.58 * len(rows))
    axes = figure.add_subplot()
    for y, row in enumerate(rows):
        _interval(axes, y + GAP, row.paper, OFFICIAL, marker="s", lang=lang)
        _interval(axes, y - GAP, row.truth, HONEST, marker="o", lang=lang)
    shown = [value for row in rows for value in (*row.paper, *row.truth)]
    length_axis(axes, max(1, min(shown)), max(shown), lang)
    axes.set_yticks(range(len(rows)), [shorten(row.name, 30) for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.spines["left"].set_visible(False)
    _legend(axes, lang)
    _unsolved_column(axes, rows, lang)
    return figure


def category_times(log: Log, lang: Lang) -> list[Row]:
    """A row a category, in the order of the scenario."""
    names = titles_of(log, "category", lang)
    return [_row(name, facts) for name, facts in zip(names, Facts.of(log).by_category(), strict=True)]


def _row(name: str, facts: Facts) -> Row:
    occurred = facts.occurred
    unsolved = occurred & (facts.issues["resolved"] == NEVER)
    closed = facts.closed_inside
    paper = (facts.cases["closed"] - facts.cases["known"])[closed]
    truth = (facts.gone - facts.issues["onset"])[occurred]
    return Row(name, _percentiles(paper), _percentiles(truth), int(occurred.sum()), int(unsolved.sum()))


def _percentiles(seconds: np.ndarray) -> tuple[float, ...]:
    return tuple(max(1.0, quantile(seconds, percent)) for percent in PERCENTILES) if seconds.size else ()


def _interval(axes: Axes, y: float, percentiles: tuple[float, ...], colour: str, *, marker: str, lang: Lang) -> None:
    """A bar from P10 to P90 and the median with its value, above the upper bar of a row and below the lower one."""
    if percentiles:
        low, median, high = percentiles
        axes.plot([low, high], [y, y], color=colour, linewidth=4, alpha=0.45, solid_capstyle="butt")
        axes.plot(median, y, marker, color=colour, markersize=7, markeredgecolor="white", markeredgewidth=0.8)
        if marker == "s":
            write_beside(axes, length(median, lang), (median, y), (0, 5), size=8, ha="center", va="bottom")
        else:
            write_beside(axes, length(median, lang), (median, y), (0, -5), size=8, ha="center", va="top")


def _legend(axes: Axes, lang: Lang) -> None:
    for text, colour, marker in ((PAPER, OFFICIAL, "s"), (TRUTH, HONEST, "o")):
        axes.plot([], [], marker, color=colour, label=text[lang], markersize=7)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), fontsize=9.5, handletextpad=0.3, borderaxespad=0.2)


def _unsolved_column(axes: Axes, rows: list[Row], lang: Lang) -> None:
    aside = axes.get_yaxis_transform()
    axes.text(1.02, len(rows) - 0.45, UNSOLVED[lang], transform=aside, size=8.5, color=FAINT, va="bottom")
    for y, row in enumerate(rows):
        text = OF_ALL[lang].format(share=share(row.unsolved, row.issues), count=count(row.issues))
        axes.text(1.02, y, text, transform=aside, size=8.5, color=FAINT, va="center")
