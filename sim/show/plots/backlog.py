"""Backlog: how many cases are open day by day, and how many issues are there that are on nobody's list."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.engine.events import NEVER, Outcome
from sim.engine.log import Log
from sim.engine.plan import DAY
from sim.show.plots.axes import count_axis, date_axis, spread_apart, write_beside
from sim.show.plots.sheet import caption_of, empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text, count
from sim.show.style import FAINT, FATE_COLOURS, INK, SHADE, chart_style
from sim.study.kpis.facts import Facts

TITLE: Text = {"zh": "在办存量与隐性存量（件）", "en": "Backlog and latent stock (number)"}
SUBTITLE: Text = {
    "zh": "台账上只有第一幅；其余各幅的问题真实存在，却无人在办。各幅纵轴刻度不同",
    "en": "Only the first panel is on record; the issues of the others are there and in nobody's hands. Scales differ",
}
WARM_UP: Text = {"zh": "预热期", "en": "warm-up"}
WHY: Text = {"zh": "没有任何问题或案件", "en": "there was neither an issue nor a case"}

#: panel by panel, what is counted in it
PANELS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    ({"zh": "台账在办案件", "en": "Open cases on record"}, ("open",)),
    (
        {"zh": "入账后未解决、又搁下的问题", "en": "Issues recorded, not solved and dropped"},
        ("falsely_closed", "withdrawn"),
    ),
    ({"zh": "从未入账的问题", "en": "Issues never recorded"}, ("latent",)),
)
CURVES: dict[str, Text] = {
    "open": {"zh": "在办", "en": "Open"},
    "falsely_closed": {"zh": "虚假办结", "en": "Falsely closed"},
    "withdrawn": {"zh": "撤回", "en": "Withdrawn"},
    "latent": {"zh": "未被发现", "en": "Undiscovered"},
}
FEWEST_SAMPLES, MOST_SAMPLES = 150, 1500


@chart_style()
def plot_backlog(log: Log, *, lang: Lang = "zh") -> Figure:
    """Open cases over the run, and the issues that are there and on nobody's list: falsely closed, withdrawn, undiscovered."""
    times, stocks = stocks_over_time(log)
    caption = caption_of(log, lang)
    shown = [(title, names) for title, names in PANELS if any(stocks[name].any() for name in names)]
    if not shown:
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    figure = new_sheet(TITLE[lang], SUBTITLE[lang], caption, height=1.9 + 1.7 * len(shown))
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (title, names) in zip(panels, shown, strict=True):
        _curves(axes, times / DAY, {name: stocks[name] for name in names if stocks[name].any()}, lang)
        _finish(axes, title[lang], log.plan.rules["warm_up"])
    if log.plan.rules["warm_up"] > 0:
        note = f" {WARM_UP[lang]}"
        panels[0].text(0, 1, note, transform=panels[0].get_xaxis_transform(), size=8.5, color=FAINT, va="top")
    date_axis(panels[-1], log.plan.start, log.plan.rules["horizon"], lang)
    return figure


def stocks_over_time(log: Log) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Instants of counting in seconds, and at each how many cases are open and how many issues stand so (``CURVES``)."""
    facts = Facts.of(log)
    times = _instants(facts.horizon)
    issues, known = facts.issues, np.where(facts.issues["known"] == NEVER, facts.horizon, facts.issues["known"])
    spans = {
        "open": (facts.cases["known"], facts.ended),
        **_dropped(facts),
        "latent": (issues["onset"], np.where(facts.real, np.minimum(known, facts.gone), issues["onset"])),
    }
    return times, {name: _number(times, *spans[name]) for name in CURVES}


def _instants(horizon: int) -> np.ndarray:
    """Midnights (full hours or minutes in a short run, every few days in a very long one), and the last second."""
    step = next((step for step in (DAY, 3600) if horizon >= FEWEST_SAMPLES * step), 60)
    step *= max(1, horizon // (step * MOST_SAMPLES))
    return np.append(np.arange(0, horizon - 1, step), horizon - 1)


def _number(times: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many ``[start, end)`` hold each instant."""
    real = ends > starts
    begun = np.searchsorted(np.sort(starts[real]), times, side="right")
    return begun - np.searchsorted(np.sort(ends[real]), times, side="right")


def _dropped(facts: Facts) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Starts and ends of the spans in which a real issue is there after its last case so far has been closed or withdrawn."""
    order = np.argsort(facts.cases["issue"], kind="stable")  # within an issue cases stay in order of opening
    order = order[facts.genuine[order]]
    issue, known, ended = (column[order] for column in (facts.cases["issue"], facts.cases["known"], facts.ended))
    lift = issue.astype(np.int64) * (facts.horizon + 1)  # keeps the running maximum within the issue
    start = np.maximum.accumulate(ended + lift) - lift
    next_known = np.where(np.diff(issue, append=-1) != 0, facts.horizon, np.roll(known, -1))
    end, ending = np.minimum(next_known, facts.gone[issue]), _ending(facts.cases["outcome"][order])
    left = {"falsely_closed": ending == Outcome.CLOSED, "withdrawn": ending == Outcome.WITHDRAWN}
    return {name: (start[these], end[these]) for name, these in left.items()}


def _ending(outcome: np.ndarray) -> np.ndarray:
    """How the last case so far of each issue has ended; merged duplicates have no say. Rows as in ``_dropped``."""
    own = np.where(outcome != Outcome.MERGED, np.arange(outcome.size), 0)
    return outcome[np.maximum.accumulate(own)]


def _curves(axes: Axes, days: np.ndarray, stocks: Mapping[str, np.ndarray], lang: Lang) -> None:
    """Lines over shaded areas, and at their ends what they are and how many there are at last."""
    peak = max(int(stock.max()) for stock in stocks.values())
    axes.set_ylim(0, 1.2 * peak)
    heights = spread_apart([stock[-1] for stock in stocks.values()], 0.2 * peak)
    for (name, stock), height in zip(stocks.items(), heights, strict=True):
        axes.fill_between(days, stock, color=FATE_COLOURS[name], alpha=0.35, linewidth=0)
        axes.plot(days, stock, color=INK if name == "open" else FATE_COLOURS[name], linewidth=1.3)
        write_beside(axes, f"{CURVES[name][lang]} {count(stock[-1])}", (days[-1], height), (6, 0))


def _finish(axes: Axes, title: str, warm_up: int) -> None:
    axes.set_title(title, color=INK)
    axes.grid(axis="y")
    count_axis(axes.yaxis)
    if warm_up > 0:
        axes.axvspan(0, warm_up / DAY, color=SHADE, zorder=0)
