"""Differences: what each policy changes against the baseline, with intervals, the primary figures first."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.show.plots.amounts import between, change_unit, decimals, factor_of, signed
from sim.show.plots.scenarios import FILLED, Side, comparison_caption, legend, mark, sides_of
from sim.show.plots.sheet import FOOTER, HEADER, empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text, shorten, text_of
from sim.show.style import FAINT, INK, chart_style

if TYPE_CHECKING:
    from sim.study.compare import Comparison

TITLE: Text = {
    "zh": "与基准相比的差异（基准均值的 %）",
    "en": "Differences from the baseline (% of the baseline's mean)",
}
SUBTITLE: Text = {
    "zh": "同样的问题、不同的方案；右侧为指标原单位的差异与区间；↑ ↓ 哪个方向更好；◂ ▸ 区间超出图外",
    "en": "The same issues under each policy. Right: the difference in its own unit. ↑ ↓: which way is better; ◂ ▸: goes on",
}
ROLES: dict[str, Text] = {
    "primary": {"zh": "主要指标（事先声明）", "en": "Primary figures, declared before the run"},
    "exploratory": {
        "zh": "其他指标（探索性，多看几个难免有偶然差异）",
        "en": "Other figures, exploratory: among many, some differ by chance",
    },
}
WHY: Text = {
    "zh": "没有指标在两边都有定义且基准不为 0",
    "en": "no figure is defined on both sides with a baseline other than 0",
}

LINE, PAD = 0.18, 0.14  # inches: a scenario's line, and between figures
NAME_COLUMNS = 50
REACH = 1.5  # the axis goes so many times as far as the largest difference


@dataclass(frozen=True)
class Change:
    """What a scenario changes in a figure: per cent of the baseline's mean, and in words; NaN where there is no interval."""

    scenario: str
    mean: float
    low: float
    high: float
    text: str

    @property
    def unsure(self) -> bool:
        """Does the interval contain 0, or is there none?"""
        return not (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Row:
    """A figure with what each scenario changes in it."""

    name: str
    role: str
    changes: tuple[Change, ...]


@chart_style()
def plot_differences(comparison: Comparison, *, lang: Lang = "zh") -> Figure:
    """The headline figures of a comparison: differences from the baseline with intervals, primary figures first."""
    rows, sides = difference_rows(comparison, lang), sides_of(comparison, lang)
    caption = comparison_caption(comparison, lang)
    if not rows:
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    groups = [group for role in ROLES if (group := [row for row in rows if row.role == role])]
    step = LINE * len(sides) + PAD
    height = HEADER + FOOTER + step * len(rows) + 0.75 * len(groups) + 0.3
    figure = new_sheet(TITLE[lang], SUBTITLE[lang], caption, height=height)
    shares = [len(group) + 0.75 / step for group in groups]
    panels = figure.subplots(len(groups), 1, squeeze=False, gridspec_kw={"height_ratios": shares})[:, 0]
    lines = legend(panels[0], sides, FILLED[lang])
    for axes, group in zip(panels, groups, strict=True):
        _panel(axes, group, {side.name: side for side in sides})
        axes.set_title(ROLES[group[0].role][lang], color=INK, pad=12 + 15 * lines if axes is panels[0] else 8)
    return figure


def difference_rows(comparison: Comparison, lang: Lang) -> list[Row]:
    """The headline figures that can be set against the baseline, with the changes of each scenario that is shown."""
    table = comparison.headline()
    shown = [side.name for side in sides_of(comparison, lang)]
    table = table[table["scenario"].isin(shown) & (table["baseline_mean"] != 0) & table["difference"].notna()]
    rows = []
    for id, part in table.groupby("kpi", sort=False):
        records = part.to_dict("records")
        name = shorten(text_of(str(records[0]["name_zh"]), str(records[0]["name_en"]))[lang], NAME_COLUMNS)
        changes = tuple(_change(record, lang) for record in records)
        rows.append(Row(name + comparison.better[str(id)].arrow, str(records[0]["role"]), changes))
    return rows


def _change(record: Mapping[Hashable, Any], lang: Lang) -> Change:
    mean, low, high = (float(record[name]) for name in ("difference", "ci_low", "ci_high"))
    percent = 100 / abs(float(record["baseline_mean"]))
    unit, factor = str(record["unit"]), factor_of(str(record["unit"]))
    text = in_words(factor * mean, factor * low, factor * high, change_unit(unit, lang))
    return Change(str(record["scenario"]), percent * mean, percent * low, percent * high, text)


def in_words(mean: float, low: float, high: float, unit: str) -> str:
    """A difference with its interval, if it has one, and its unit."""
    places = decimals((high - low) / 2, mean)
    sure = "" if math.isnan(low) else f" ({between(low, high, places)})"
    return f"{signed(mean, places)}{sure} {unit}".rstrip()


def _panel(axes: Axes, rows: Sequence[Row], sides: Mapping[str, Side]) -> None:
    lanes = len(sides) + PAD / LINE
    aside = axes.get_yaxis_transform()
    axes.set_xlim(_limits(rows))
    axes.axvline(0, color=INK, linewidth=0.9, zorder=1)
    for at, row in enumerate(rows):
        for lane, name in enumerate(sides):
            y = at * lanes + lane
            for change in (change for change in row.changes if change.scenario == name):
                _draw(axes, change, sides[name], y)
                axes.text(1.015, y, change.text, transform=aside, size=8, color=FAINT, va="center")
    middles = [at * lanes + (len(sides) - 1) / 2 for at in range(len(rows))]
    axes.set_yticks(middles, [row.name for row in rows])
    axes.set_ylim(len(rows) * lanes - 0.5 - PAD / LINE / 2, -0.5 - PAD / LINE / 2)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    _percent_ticks(axes)


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """The ends of the axis: intervals much longer than any difference run off it."""
    changes = [change for row in rows for change in row.changes]
    ends = _ends(changes)
    most = REACH * max(abs(change.mean) for change in changes) or max(map(abs, ends)) or 1.0
    low, high = max(-most, min(0.0, *ends)), min(most, max(0.0, *ends))
    room = 0.06 * (high - low) or most
    return low - room, high + room


def _ends(changes: Sequence[Change]) -> list[float]:
    ends = [end for change in changes for end in (change.mean, change.low, change.high)]
    return [end for end in ends if not math.isnan(end)]


def _draw(axes: Axes, change: Change, side: Side, y: float) -> None:
    if not math.isnan(change.low):
        axes.plot([change.low, change.high], [y, y], color=side.colour, linewidth=2, solid_capstyle="butt", zorder=3)
    mark(axes, side, (change.mean, y), hollow=change.unsure, size=6)
    for end, arrow, off in ((0, "<", change.low < axes.get_xlim()[0]), (1, ">", change.high > axes.get_xlim()[1])):
        if off:
            aside = axes.get_yaxis_transform()
            axes.plot(end, y, arrow, color=side.colour, markersize=6, transform=aside, clip_on=False, zorder=4)


def _percent_ticks(axes: Axes) -> None:
    low, high = axes.get_xlim()
    ticks = [float(tick) for tick in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= tick <= high]
    places = max(0, *(-math.floor(math.log10(b - a) + 1e-9) for a, b in pairwise(ticks)), 0)
    axes.set_xticks(ticks, [f"{signed(tick, places)} %" for tick in ticks])
