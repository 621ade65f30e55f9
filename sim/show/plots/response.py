"""Response surface: a figure over two factors of a sweep, as a table of shades and as lines with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from sim.show.plots.amounts import decimals, factor_of, number, plain_tick, value_unit
from sim.show.plots.scenarios import COUNT, MARKERS, window_of
from sim.show.plots.sheet import MODEST, empty_sheet, join, new_sheet
from sim.show.plots.words import Lang, Text, shorten, text_of
from sim.show.style import INK, SCENARIO_COLOURS, chart_style
from sim.study.intervals import interval

if TYPE_CHECKING:
    from sim.study.sweep import Sweep
    from sim.study.sweep.spec import Factor

TITLE: Text = {"zh": "{name}（{unit}）随{x}与{y}的变化", "en": "{name} ({unit}) over {x} and {y}"}
SUBTITLE: Text = {
    "zh": "左：每种组合的均值，颜色越深数值越大；右：各均值的 95 % 区间（各组合面对同样的问题，差异比区间所示更有把握）",
    "en": "Left: means, the darker the larger. Right: 95 % intervals of each; all meet the same issues, so differences are surer",
}
AVERAGED: Text = {"zh": "对其余因素取平均：{others}", "en": "averaged over {others}"}
DRAWS: Text = {"zh": "不确定参数", "en": "draws of what is uncertain"}
IN_BRACKETS: Text = {"zh": "（{unit}）", "en": " ({unit})"}
FACTOR_UNITS = {"households": "户", "persons": "人", "people": "人", "hours": "小时", "days": "天"}
WHY: Text = {"zh": "这个指标没有有定义的值", "en": "the figure has no defined value"}
SHADES = LinearSegmentedColormap.from_list("response", ["#F2F5F8", "#BFD3E6", "#6C9CC6", "#1F4E79"])
MOST_LEVELS = 12  # more settings of a factor than this are drawn without numbers


@dataclass(frozen=True)
class Surface:
    """A figure over two factors: float64[settings of y, settings of x], as shown; NaN where the sweep has no run.

    ``x``, ``y``: what people call the settings; ``low``, ``high``: ends of the intervals of ``mean``.
    """

    x: tuple[str, ...]
    y: tuple[str, ...]
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


@chart_style()
def plot_response(sweep: Sweep, kpi: str, *, factors: tuple[str, str], lang: Lang = "zh") -> Figure:
    """A figure of a sweep over two of its factors, averaged over the rest. ValueError for a factor or figure that it has not."""
    surface, row = response(sweep, kpi, factors=factors, lang=lang), _figure(sweep, kpi)
    x, y = (_factor_title(sweep, id, lang) for id in factors)
    x_axis, y_axis = (text_of(title, title)[lang] for title in (x, y))
    name = text_of(str(row["name_zh"]), str(row["name_en"]))[lang]
    title = TITLE[lang].format(name=name, unit=value_unit(str(row["unit"]), lang) or "–", x=x, y=y)
    caption = _caption(sweep, factors, lang)
    if np.isnan(surface.mean).all():
        return empty_sheet(title, WHY, caption, lang)
    figure = new_sheet(title, SUBTITLE[lang], caption, height=max(4.6, 2.8 + 0.5 * len(surface.y)))
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.06})
    _shades(left, surface)
    _lines(right, surface)
    for axes in (left, right):
        axes.set_xlabel(x_axis)
        axes.set_xticks(range(len(surface.x)), [shorten(label, 14) for label in surface.x])
    left.set_title(y_axis, color=INK)
    return figure


def response(sweep: Sweep, kpi: str, *, factors: tuple[str, str], lang: Lang) -> Surface:
    """The mean of a figure, with its interval, for each pair of settings of two factors; the rest is averaged over.

    Replications are the unit: the interval is of the means of replication over everything else.
    """
    _figure(sweep, kpi)
    known = [factor.id for factor in (*sweep.study.levers, *sweep.study.uncertainties)]
    for id in factors:
        if id not in known:
            raise ValueError(f"factor: expected one of {', '.join(known)}, got {id!r}")
    runs = sweep.runs[sweep.runs["kpi"] == kpi]
    factor = factor_of(str(_figure(sweep, kpi)["unit"]))
    across, down = (list(dict.fromkeys(runs[id])) for id in factors)
    across, down = (sorted(labels) if _are_numbers(labels) else labels for labels in (across, down))
    ends = np.full((3, len(down), len(across)), np.nan)
    for (a, b), part in runs.groupby(list(factors), sort=False):
        it = interval((factor * part.groupby("replication")["value"].mean()).tolist())
        ends[:, down.index(b), across.index(a)] = it.mean, it.low, it.high
    titles = [
        tuple(_setting_title(sweep, id, label, lang) for label in labels)
        for id, labels in zip(factors, (across, down), strict=True)
    ]
    return Surface(titles[0], titles[1], *ends)


def _are_numbers(labels: list[object]) -> bool:
    return all(isinstance(label, int | float) for label in labels)


def _figure(sweep: Sweep, kpi: str) -> dict[str, object]:
    """What a figure is called, and its unit."""
    rows = sweep.summary[sweep.summary["kpi"] == kpi]
    if not len(rows):
        raise ValueError(f"KPI: expected one that the sweep has, got {kpi!r}")
    return {str(name): value for name, value in rows.iloc[0].items()}


def _factor(sweep: Sweep, id: str) -> Factor:
    return next(factor for factor in (*sweep.study.levers, *sweep.study.uncertainties) if factor.id == id)


def _factor_title(sweep: Sweep, id: str, lang: Lang) -> str:
    factor = _factor(sweep, id)
    unit = FACTOR_UNITS.get(factor.unit, factor.unit) if lang == "zh" else factor.unit
    return getattr(factor.title, lang) + (
        IN_BRACKETS[lang].format(unit=unit) if unit and not factor.alternatives else ""
    )


def _setting_title(sweep: Sweep, id: str, label: object, lang: Lang) -> str:
    """What people call a setting."""
    for alternative in _factor(sweep, id).alternatives or ():
        if alternative.id == label:
            return str(getattr(alternative.title, lang))
    return str(label)


def _caption(sweep: Sweep, factors: tuple[str, str], lang: Lang) -> str:
    study = sweep.study
    others = [getattr(factor.title, lang) for factor in study.levers if factor.id not in factors]
    others += [DRAWS[lang]] if len({cell.draw for cell in study.cells}) > 1 else []
    return join(
        shorten(getattr(study.spec.title, lang), 40),
        window_of(study.base),
        COUNT[lang].format(n=sweep.replications),
        AVERAGED[lang].format(others=shorten("、".join(others) if lang == "zh" else ", ".join(others), 40))
        if others
        else "",
        MODEST[lang],
    )


def _shades(axes: Axes, surface: Surface) -> None:
    """Every combination in the shade of its mean, with the number in it."""
    mean = surface.mean
    low, high = float(np.nanmin(mean)), float(np.nanmax(mean))
    span = high - low or abs(high) or 1.0
    axes.imshow(mean, cmap=SHADES, vmin=low - 0.1 * span, vmax=high + 0.1 * span, aspect="auto")
    axes.set_yticks(range(len(surface.y)), [shorten(label, 22) for label in surface.y])
    axes.spines[:].set_visible(False)
    if max(mean.shape) > MOST_LEVELS:
        return
    places = decimals(span / 10, high)
    for (y, x), value in np.ndenumerate(mean):
        if not math.isnan(value):
            colour = "white" if value > low + 0.55 * span and high > low else INK
            axes.text(x, y, number(value, places), size=8.5, color=colour, ha="center", va="center")


def _lines(axes: Axes, surface: Surface) -> None:
    """A line for each setting of y, side by side where they would hide each other."""
    settings = len(surface.y)
    for row, (label, mean, low, high) in enumerate(
        zip(surface.y, surface.mean, surface.low, surface.high, strict=True)
    ):
        colour, mark = SCENARIO_COLOURS[row % len(SCENARIO_COLOURS)], MARKERS[row % len(MARKERS)]
        x = np.arange(mean.size) + 0.08 * (row - (settings - 1) / 2)
        axes.plot(x, mean, mark, linestyle="-", linewidth=1, markersize=6, color=colour, label=shorten(label, 22))
        axes.vlines(x, low, high, color=colour, linewidth=2)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=8.5, handletextpad=0.3, borderaxespad=0.2)
    axes.grid(axis="y")
    axes.yaxis.set_major_formatter(plain_tick)
    axes.margins(x=0.1)
