"""The worker's day: what the working time of gridworkers goes into, in all, by month and by street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.engine.events import Level
from sim.engine.log import Log, on_shift_seconds
from sim.engine.plan import DAY
from sim.show.plots.axes import month_name, share_axis
from sim.show.plots.sheet import caption_of, empty_sheet, join, new_sheet
from sim.show.plots.words import Lang, Text, count, day_of, share, shorten, text_of, titles_of
from sim.show.style import DARK_DUTIES, DUTY_COLOURS, INK, chart_style
from sim.study.kpis.facts import Facts
from sim.study.kpis.workers import DUTIES

TITLE: Text = {"zh": "网格员的一天（占工作时间比例）", "en": "The worker's day (share of working time)"}
WORKERS: Text = {"zh": "网格员 {count} 名", "en": "gridworkers: {count}"}
BASIS: Text = {
    "zh": "工作时间包括在岗和加班，加班占 {share}",
    "en": "working time: on shift and in overtime, which is {share} of it",
}
OVERALL: Text = {"zh": "总体", "en": "Overall"}
BY_MONTH: Text = {"zh": "按月", "en": "By month"}
BY_YEAR: Text = {"zh": "按年", "en": "By year"}
BY_STREET: Text = {"zh": "按街道", "en": "By street"}
BUSIEST: Text = {
    "zh": "按街道（办理事件占比最高的 {shown} 个，共 {all} 个）",
    "en": "By street (the {shown} of {all} with most case work)",
}
WHY: Text = {"zh": "统计时段内没有网格员在岗", "en": "no gridworker was on shift within the window"}
NAMES = {duty: text_of(*names) for duty, names in {**DUTIES, "idle": ("空闲", "idle")}.items()}
COLOURS = tuple(DUTY_COLOURS[duty] for duty in NAMES)
MOST_ROWS = 24
LEAST_WRITTEN = 0.045  # a smaller share has no room in the bar for its number


@dataclass(frozen=True)
class Budget:
    """Working time of gridworkers in seconds, for the days within the window.

    ``paid`` (on shift and overtime) and ``overtime``: int64[workers, days]; ``spent``: int64[duties, workers, days];
    ``days``: which days of the run those are.
    """

    paid: np.ndarray
    overtime: np.ndarray
    spent: np.ndarray
    days: np.ndarray

    def shares(self, groups: np.ndarray, count: int, *, axis: int) -> np.ndarray:
        """Shares of duties and idling by group of workers (axis 0) or days (axis 1), float64[groups, duties + 1]."""
        paid = np.bincount(groups, self.paid.sum(axis=1 - axis), count)
        spent = [np.bincount(groups, duty.sum(axis=1 - axis), count) for duty in self.spent]
        every = np.array([*spent, paid - np.sum(spent, axis=0)]).T
        return np.divide(every, paid[:, np.newaxis], out=np.full(every.shape, np.nan), where=paid[:, np.newaxis] > 0)


@dataclass(frozen=True)
class Rows:
    """A group of bars under a heading: their names, and their shares, float64[bars, duties + 1]."""

    heading: str
    names: Sequence[str]
    shares: np.ndarray


@chart_style()
def plot_worker_day(log: Log, *, lang: Lang = "zh") -> Figure:
    """What gridworkers' time goes into, cases, visits, patrol, admin, travel or nothing, by month and by street."""
    budget = time_budget(log)
    caption = caption_of(log, lang)
    if not budget.paid.sum():
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    panels = [rows for rows in (_by_time(log, budget, lang), _by_street(log, budget, lang)) if len(rows.names) > 1]
    most = max((len(rows.names) for rows in panels), default=0)
    figure = new_sheet(TITLE[lang], _subtitle(budget, lang), caption, height=3.0 + (0.6 + 0.27 * most if panels else 0))
    top, *rest = _layout(figure, panels, most)
    overall = budget.shares(np.zeros(len(budget.paid), int), 1, axis=0)
    _bars(top, Rows("", [OVERALL[lang]], overall), room=1)
    _write_shares(top, overall[0])
    _legend(top, overall[0], lang)
    for axes, rows in zip(rest, panels, strict=True):
        _bars(axes, rows, room=most)
        axes.set_title(rows.heading, color=INK)
        share_axis(axes, step=25)
    return figure


def time_budget(log: Log) -> Budget:
    """What gridworkers' time within the window went into."""
    facts = Facts.of(log)
    workers, days = facts.servers(Level.GRID), facts.days_inside

    def seconds(values: np.ndarray) -> np.ndarray:
        return values[workers][:, days].astype(np.int64)

    overtime = seconds(facts.days("overtime"))
    spent = np.array([seconds(facts.days(duty)) for duty in DUTIES])
    return Budget(seconds(on_shift_seconds(log.plan)) + overtime, overtime, spent, np.flatnonzero(days))


def _subtitle(budget: Budget, lang: Lang) -> str:
    overtime = share(int(budget.overtime.sum()), int(budget.paid.sum()))
    return join(WORKERS[lang].format(count=count(len(budget.paid))), BASIS[lang].format(share=overtime))


def _by_time(log: Log, budget: Budget, lang: Lang) -> Rows:
    """A bar a calendar month, or a year where there are too many months; of very many years the last."""
    dates = [day_of(log, int(day) * DAY) for day in budget.days]
    heading, names = BY_MONTH, [month_name(day, lang) for day in dates]
    if len(set(names)) > MOST_ROWS:
        heading, names = BY_YEAR, [str(day.year) for day in dates]
    shown = list(dict.fromkeys(names))
    groups = np.array([shown.index(name) for name in names], int)
    shares = budget.shares(groups, len(shown), axis=1)
    return Rows(heading[lang], shown[-MOST_ROWS:], shares[-MOST_ROWS:])


def _by_street(log: Log, budget: Budget, lang: Lang) -> Rows:
    names = titles_of(log, "street", lang)
    street = street_of_servers(log)[log.plan["servers"]["level"] == Level.GRID]
    shares = budget.shares(street, len(names), axis=0)
    there = np.flatnonzero(~np.isnan(shares[:, 0]))
    if there.size <= MOST_ROWS:
        return Rows(BY_STREET[lang], [names[k] for k in there], shares[there])
    busiest = there[np.argsort(-shares[there, 0], kind="stable")[:MOST_ROWS]]
    heading = BUSIEST[lang].format(shown=MOST_ROWS, all=there.size)
    return Rows(heading, [names[k] for k in busiest], shares[busiest])


def street_of_servers(log: Log) -> np.ndarray:
    """The street in which each server starts the day."""
    community = np.asarray(log.plan.labels["building_community"])[log.plan["servers"]["building"]]
    return np.asarray(log.plan.labels["community_street"])[community]


def _layout(figure: Figure, panels: Sequence[Rows], most: int) -> list[Axes]:
    """The overall bar across the sheet, below it the panels side by side."""
    if not panels:
        return [figure.add_subplot()]
    grid = figure.add_gridspec(2, len(panels), height_ratios=(1.1, 0.27 * most + 0.6))
    return [figure.add_subplot(grid[0, :]), *(figure.add_subplot(grid[1, k]) for k in range(len(panels)))]


def _bars(axes: Axes, rows: Rows, *, room: int) -> None:
    """Stacked bars from the top, in the room of so many."""
    widths = np.nan_to_num(rows.shares)
    lefts = np.cumsum(widths, axis=1) - widths
    for k, colour in enumerate(COLOURS):
        axes.barh(range(len(widths)), widths[:, k], 0.74, lefts[:, k], color=colour, edgecolor="white", linewidth=0.8)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.set_ylim(room - 0.4, -0.6)
    axes.set_yticks(range(len(rows.names)), [shorten(name, 18) for name in rows.names])
    axes.spines[["left", "bottom"]].set_visible(False)


def _write_shares(axes: Axes, shares: np.ndarray) -> None:
    for middle, part, duty in zip(np.cumsum(shares) - shares / 2, shares, NAMES, strict=True):
        if part >= LEAST_WRITTEN:
            ink = "white" if duty in DARK_DUTIES else INK
            axes.text(middle, 0, share(part, 1), color=ink, size=10, ha="center", va="center")


def _legend(axes: Axes, shares: np.ndarray, lang: Lang) -> None:
    """Names with colours above the overall bar, and the numbers that have no room in it; unused duties are left out."""
    for (duty, name), part in zip(NAMES.items(), shares, strict=True):
        if part > 0:
            label = name[lang] if part >= LEAST_WRITTEN else f"{name[lang]} {share(part, 1)}"
            axes.plot([], [], "s", color=DUTY_COLOURS[duty], markersize=9, label=label)
    spacing = {"handletextpad": 0.1, "columnspacing": 1.2, "borderaxespad": 0.2}
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(NAMES), **spacing)
