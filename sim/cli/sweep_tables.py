"""The tables that ``gridgov sweep`` prints: primary KPIs by point, and where targets are met."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from sim.cli.table import WIDTH

if TYPE_CHECKING:
    from rich.table import Table

    from sim.study.kpis import Figure
    from sim.study.sweep import CellRuns, Sweep

MOST_POINTS = 40  # of more, only the file tells
Lang = Literal["zh", "en"]

TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "points": "各方案的主要指标：均值 ± 95% 置信区间半宽",
        "more": "…… 其余 {count} 个方案见 summary.csv",
        "targets": "目标在何处达到",
        "draw": "参数组",
        "all": "全部",
        "estimate": "估计",
        "interval": "95% 置信区间",
        "note": "说明",
        "at_least": "{kpi} 不低于 {goal}：{lever}",
        "at_most": "{kpi} 不高于 {goal}：{lever}",
        "met at all settings": "所有取值均达到",
        "met at no setting": "所有取值均未达到",
        "no reading: the goal is met, and then missed again, along the lever": "无法读出：沿该因素先达到后又未达到",
        "no reading: the KPI is undefined": "无法读出：指标无定义",
    },
    "en": {
        "points": "Primary KPIs by point: mean ± half-width of the 95 % interval",
        "more": "… {count} more points in summary.csv",
        "targets": "Where targets are met",
        "draw": "draw",
        "all": "all",
        "estimate": "estimate",
        "interval": "95 % interval",
        "note": "note",
        "at_least": "{kpi} at least {goal}: {lever}",
        "at_most": "{kpi} at most {goal}: {lever}",
    },
}


def print_points(result: Sweep, lang: Lang) -> None:
    """Print the primary KPIs of each point, over all its draws."""
    texts, levers = TEXTS[lang], result.study.levers
    figures = _primary(result)
    table = _table(texts["points"], [*(_in(lang, lever.title) for lever in levers), *(_head(f, lang) for f in figures)])
    points: dict[int, list[CellRuns]] = {}
    for runs in result.cells:
        points.setdefault(runs.cell.point, []).append(runs)
    for cells in list(points.values())[:MOST_POINTS]:
        labels = [str(cells[0].cell.labels[lever.id]) for lever in levers]
        table.add_row(*labels, *(_mean(cells, figure) for figure in figures))
    _print(table)
    if len(points) > MOST_POINTS:
        _say(texts["more"].format(count=len(points) - MOST_POINTS))


def _primary(result: Sweep) -> list[Figure]:
    """The primary figures, as far as there are runs that have them."""
    named = {figure.id: figure for runs in result.cells for figure in runs.figures}
    return [named[id] for id in result.primary if id in named]


def _head(figure: Figure, lang: Lang) -> str:
    from sim.study.kpis import unit_in  # noqa: PLC0415

    return f"{_in(lang, figure)} ({'%' if figure.unit == 'share' else unit_in(lang, figure.unit)})"


def _mean(cells: Sequence[CellRuns], figure: Figure) -> str:
    """Mean and half-width over replications; over several draws, of the means of the draws."""
    from sim.study.intervals import interval  # noqa: PLC0415

    by_draw = [runs.column(figure.id).tolist() for runs in cells]
    it = interval(by_draw[0] if len(by_draw) == 1 else [interval(values).mean for values in by_draw])
    scale = 100 if figure.unit == "share" else 1
    if math.isnan(it.mean):
        return ""
    half = (it.high - it.mean) * scale
    return _number(it.mean * scale) + (
        "" if math.isnan(half) else f" ± {half:,.0f}" if half >= 100 else f" ± {half:.2g}"
    )


def print_crossings(result: Sweep, lang: Lang) -> None:
    """Print where each target is met, a row a setting of the other levers."""
    texts, levers = TEXTS[lang], result.study.levers
    draw = [texts["draw"]] if result.study.uncertainties else []
    heads = [texts["targets"], *(_in(lang, lever.title) for lever in levers), *draw]
    table = _table("", [*heads, texts["estimate"], texts["interval"], texts["note"]])
    for cells in _crossing_rows(result, lang):
        table.add_row(*cells)
    _print(table)


def _crossing_rows(result: Sweep, lang: Lang) -> Iterator[list[str]]:
    texts, titles = TEXTS[lang], {lever.id: _in(lang, lever.title) for lever in result.study.levers}
    names = {figure.id: figure for runs in result.cells for figure in runs.figures}
    for row in result.crossings.to_dict("records"):
        figure = names.get(row["kpi"])
        share = figure is not None and figure.unit == "share"
        goal = f"{row['goal'] * 100:g} %" if share else f"{row['goal']:g}"
        kpi = _in(lang, figure) if figure else row["kpi"]
        said = texts[row["bound"]].format(kpi=kpi, goal=goal, lever=titles[row["factor"]])
        low, high = _number(row["ci_low"]), _number(row["ci_high"])
        spread = f"{low} … {high}" if low or high else ""
        draw = [texts.get(str(row["draw"]), str(row["draw"]))] if result.study.uncertainties else []
        settings = [str(row[lever]) for lever in titles]
        yield [said, *settings, *draw, _number(row["estimate"]), spread, texts.get(row["note"], row["note"])]


def _in(lang: Lang, named: object) -> str:
    """What something that has a name in both languages is called."""
    return str(getattr(named, lang))


def _number(value: float) -> str:
    """Four significant digits; nothing for what is undefined."""
    if math.isnan(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _table(title: str, heads: Sequence[str]) -> Table:
    from rich.table import Table  # noqa: PLC0415  # nothing is loaded before it is needed

    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head)
    return table


def _print(table: Table) -> None:
    from rich.console import Console  # noqa: PLC0415

    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


def _say(text: str) -> None:
    from rich.console import Console  # noqa: PLC0415

    Console(width=None if sys.stdout.isatty() else WIDTH).print(text)
