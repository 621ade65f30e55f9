"""Official against honest: the rates an office publishes, and what truly happened."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.engine.log import Log
from sim.show.plots.axes import share_axis, write_beside
from sim.show.plots.sheet import caption_of, empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text, shorten, text_of
from sim.show.style import FAINT, HONEST, INK, OFFICIAL, RULE, chart_style
from sim.study.kpis import KPIS

TITLE: Text = {"zh": "台账指标与真实情况（%）", "en": "Official rates against the truth (%)"}
SUBTITLE: Text = {
    "zh": "台账口径按记录计算，与平台通报一致；真实口径按实际情况计算，只有模型知道",
    "en": "Official: from the records, as platforms do. Honest: from what truly happened, which only the model knows",
}
PAPER: Text = {"zh": "台账口径", "en": "official"}
TRUTH: Text = {"zh": "真实口径", "en": "honest"}
REPLICATIONS: Text = {"zh": "{n} 次重复的平均与 95 % 区间", "en": "mean and 95 % interval over {n} replications"}
WHY: Text = {"zh": "没有可比的指标", "en": "no rate is defined in both forms"}

#: honest KPIs in the order shown; the official one beside each is its twin
SHOWN = (
    "recorded_share",
    "true_closing_rate",
    "true_resolution_rate",
    "resolved_share",
    "true_dispatch_on_time_rate",
    "true_on_time_rate",
    "resolved_grid_share",
    "true_rework_rate",
)


@dataclass(frozen=True)
class Rate:
    """A rate and as much of its 95 % interval as can be (0 to 1); without replications the rate itself."""

    name: str
    mean: float
    low: float
    high: float


@chart_style()
def plot_official_honest(log: Log, kpis: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """The official and the honest form of each rate as the ends of a line; ``kpis`` is the KPI table of a result."""
    rows = paired_rates(kpis, lang)
    replications = int(kpis["replications"].max()) if len(kpis) else 0
    notes = (REPLICATIONS[lang].format(n=replications),) if replications > 1 else ()
    caption = caption_of(log, lang, *notes)
    if not rows:
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    figure = new_sheet(TITLE[lang], SUBTITLE[lang], caption, height=2.3 + 0.55 * len(rows))
    axes = figure.add_subplot()
    for y, (official, honest) in enumerate(rows):
        _dumbbell(axes, y, official, honest)
    _names(axes, rows)
    share_axis(axes)
    axes.set_xlim(-0.08, 1.08)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    _legend(axes, lang)
    return figure


def paired_rates(kpis: pd.DataFrame, lang: Lang) -> list[tuple[Rate, Rate]]:
    """The official and the honest form of each rate that is defined in both."""
    rates = {str(row["kpi"]): _rate(row, lang) for row in kpis.to_dict("records")}
    pairs = [(rates.get(KPIS[id].twin), rates.get(id)) for id in SHOWN]
    return [(official, honest) for official, honest in pairs if _is_defined(official) and _is_defined(honest)]


def _is_defined(rate: Rate | None) -> TypeGuard[Rate]:
    return rate is not None and not math.isnan(rate.mean)


def _rate(row: Mapping[Hashable, Any], lang: Lang) -> Rate:
    mean, low, high = (float(row[name]) for name in ("mean", "ci_low", "ci_high"))
    name = text_of(str(row["name_zh"]), str(row["name_en"]))[lang]
    return Rate(name, mean, *((mean, mean) if math.isnan(low) else (max(0.0, low), min(1.0, high))))


def _dumbbell(axes: Axes, y: int, official: Rate, honest: Rate) -> None:
    axes.plot([official.mean, honest.mean], [y, y], color=RULE, linewidth=2.5, solid_capstyle="butt", zorder=1)
    for rate, colour, marker in ((official, OFFICIAL, "s"), (honest, HONEST, "o")):
        axes.plot([rate.low, rate.high], [y, y], color=colour, linewidth=6, alpha=0.4, solid_capstyle="butt", zorder=2)
        axes.plot(rate.mean, y, marker, color=colour, markersize=8.5, markeredgecolor="white", zorder=3)
    low, high = sorted((official, honest), key=lambda rate: rate.mean)
    write_beside(axes, _percent(high), (max(low.high, high.high), y), (8, 0))
    if _percent(low) != _percent(high):
        write_beside(axes, _percent(low), (min(low.low, high.low), y), (-8, 0), ha="right")


def _percent(rate: Rate) -> str:
    return f"{100 * rate.mean:.1f} %"


def _names(axes: Axes, rows: Sequence[tuple[Rate, Rate]]) -> None:
    """The official name, and below it, fainter, the honest one."""
    axes.set_yticks(range(len(rows)), [""] * len(rows))
    aside = axes.get_yaxis_transform()
    for y, (official, honest) in enumerate(rows):
        above, below = shorten(official.name, 34), shorten(honest.name, 40)
        axes.text(-0.01, y - 0.05, above, transform=aside, size=9.5, color=INK, ha="right", va="bottom")
        axes.text(-0.01, y + 0.05, below, transform=aside, size=8.5, color=FAINT, ha="right", va="top")


def _legend(axes: Axes, lang: Lang) -> None:
    for text, colour, marker in ((PAPER, OFFICIAL, "s"), (TRUTH, HONEST, "o")):
        axes.plot([], [], marker, color=colour, label=text[lang], markersize=8)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=9.5, handletextpad=0.1, borderaxespad=0.2)
