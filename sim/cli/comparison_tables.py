"""The tables that ``gridgov compare`` prints: differences, "no worse than", cases, hours and people, and risk."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sim.cli.table import WIDTH

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from sim.study.compare import Comparison
    from sim.study.kpis import Better

TITLES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "differences": "{scenario}（{name}），与“{baseline}”相比：同样的问题，{count} 次重复；* 为主要指标；↑ ↓ 哪个方向更好",
        "no_worse": "不差于基准？",
        "effects": "折合件数、小时与人数",
        "risk": "单次重复（一种可能的情形）的波动，不是均值的误差",
    },
    "en": {
        "differences": "{scenario} ({name}) against {baseline}: the same issues, {count} replications; * primary; ↑ ↓: which way is better",
        "no_worse": "No worse than the baseline?",
        "effects": "As cases, hours and people",
        "risk": "How single replications, possible worlds, vary: not the error of the mean",
    },
}
HEADS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "zh": {
        "differences": ("指标", "基准", "本方案", "差异", "{level} {joint}置信区间", "p（Holm）", "单位"),
        "no_worse": ("指标", "界限", "差异", "p（Holm）", "结论", "单位"),
        "effects": ("折合", "差异", "{level} 置信区间", "单位"),
        "risk": ("指标", "差异的标准差", "P10 … P90", "变差的概率", "单位"),
    },
    "en": {
        "differences": ("KPI", "baseline", "scenario", "difference", "{level} {joint}interval", "p (Holm)", "unit"),
        "no_worse": ("KPI", "margin", "difference", "p (Holm)", "verdict", "unit"),
        "effects": ("effect", "difference", "{level} interval", "unit"),
        "risk": ("KPI", "sd of the difference", "P10 … P90", "chance of worse", "unit"),
    },
}
JOINT = {"zh": {"each": "", "simultaneous": "联合"}, "en": {"each": "", "simultaneous": "joint "}}
VERDICTS = {"zh": {True: "不差", False: "未能证明"}, "en": {True: "no worse", False: "not shown"}}

UNIT_WIDTH = 12  # a long unit is wrapped sooner than the names of KPIs

Row = Mapping[str, object]


def print_comparison(comparison: Comparison, lang: str) -> None:
    """Print the tables of a comparison, scenario by scenario, in ``lang``."""
    from rich.console import Console  # noqa: PLC0415  # nothing is loaded before it is needed

    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    for name, title in comparison.titles(lang).items():
        for table in _tables(comparison, name, title, lang):
            console.print(table)


def _tables(comparison: Comparison, name: str, title: str, lang: str) -> Iterator[Table]:
    """The tables of one scenario that have any row."""
    baseline = getattr(comparison.baseline.scenario.title, lang)
    texts = {"scenario": title, "name": name, "baseline": baseline, "count": comparison.replications}
    texts |= {"level": f"{comparison.level * 100:g} %", "joint": JOINT[lang][comparison.intervals]}
    names = {figure.id: (getattr(figure, lang), figure.unit) for figure in comparison.figures}
    parts = {
        "differences": _differences(_of(comparison.headline(), name), comparison.better, lang),
        "no_worse": _no_worse(_of(comparison.no_worse, name), names, lang),
        "effects": _effects(_of(comparison.effects, name), lang),
        "risk": _risk(_of(comparison.risk, name), comparison.primary, names, lang),
    }
    for part, cells in parts.items():
        if rows := list(cells):
            heads = [head.format(**texts) for head in HEADS[lang][part]]
            yield _table(TITLES[lang][part].format(**texts), heads, rows)


def _of(table: pd.DataFrame, scenario: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = table[table["scenario"] == scenario].to_dict("records")  # type: ignore[assignment]
    return rows


def _differences(rows: Iterable[Row], better: Mapping[str, Better], lang: str) -> Iterator[tuple[str, ...]]:
    for row in rows:
        primary = row["role"] == "primary"
        if not primary and not row["replications"]:
            continue  # undefined throughout
        scale, unit = _unit(row["unit"], lang)
        means = (number(row[column], scale) for column in ("baseline_mean", "scenario_mean"))
        way = better[str(row["kpi"])]
        change = _coloured(number(row["difference"], scale, signed=True), row, way)
        marks = f"{'*' if primary else ' '}{way.arrow or '  '} "
        yield marks + str(row[f"name_{lang}"]), *means, change, _between(row, scale), _p(row["p_holm"]), unit


def _coloured(text: str, row: Row, better: Better) -> str:
    """A difference in green if it is surely for the better and in red if it is surely for the worse, where colours can be shown."""
    worst, best = sorted(float(row[end]) * better for end in ("ci_low", "ci_high"))  # type: ignore[arg-type]
    return f"[green]{text}[/]" if worst > 0 else f"[red]{text}[/]" if best < 0 else text


def _no_worse(rows: Iterable[Row], names: Mapping[str, tuple[str, str]], lang: str) -> Iterator[tuple[str, ...]]:
    for row in rows:
        name, kpi_unit = names[str(row["kpi"])]
        scale, unit = _unit(kpi_unit, lang)
        margin, change = number(row["margin"], scale), number(row["difference"], scale, signed=True)
        yield name, margin, change, _p(row["p_holm"]), VERDICTS[lang][bool(row["no_worse"])], unit


def _effects(rows: Iterable[Row], lang: str) -> Iterator[tuple[str, ...]]:
    for row in rows:
        if row["difference"] or row["ci_low"] or row["ci_high"]:
            change, unit = number(row["difference"], 1, signed=True), _unit(row["unit"], lang)[1]
            yield str(row[f"name_{lang}"]), change, _between(row, 1), unit


def _risk(
    rows: Iterable[Row], primary: Sequence[str], names: Mapping[str, tuple[str, str]], lang: str
) -> Iterator[tuple[str, ...]]:
    for row in rows:
        if row["kpi"] not in primary or not row["replications"]:
            continue
        name, kpi_unit = names[str(row["kpi"])]
        scale, unit = _unit(kpi_unit, lang)
        low, high = (number(row[f"difference_{column}"], scale, signed=True) for column in ("p10", "p90"))
        yield name, number(row["difference_sd"], scale), f"{low} … {high}", _chance(row), unit


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left")
    for at, head in enumerate(heads):
        last = at == len(heads) - 1
        table.add_column(head, justify="left" if last or at == 0 else "right", max_width=UNIT_WIDTH if last else None)
    for row in rows:
        table.add_row(*row)
    return table


def _unit(unit: object, lang: str) -> tuple[float, str]:
    """What to multiply with, and the unit to show."""
    from sim.study.kpis import unit_in  # noqa: PLC0415

    return (100, "%") if unit == "share" else (1, unit_in(lang, str(unit)))


def _between(row: Row, scale: float) -> str:
    low, high = (number(row[column], scale, signed=True) for column in ("ci_low", "ci_high"))
    return f"{low} … {high}" if low else ""


def _p(value: object) -> str:
    if _undefined(value):
        return ""
    p = float(value)  # type: ignore[arg-type]
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _chance(row: Row) -> str:
    """The chance of doing worse, and its interval."""
    if _undefined(row["chance_worse"]):
        return ""
    chance, low, high = (_percent(row[column]) for column in ("chance_worse", "chance_low", "chance_high"))
    return f"{chance} ({low}–{high})"


def _percent(value: object) -> str:
    return f"{float(value) * 100:.0f} %"  # type: ignore[arg-type]


def _undefined(value: object) -> bool:
    return value is None or math.isnan(float(value))  # type: ignore[arg-type]


def number(value: object, scale: float = 1, *, signed: bool = False) -> str:
    """Four significant digits, whole from a thousand on; nothing for what is undefined."""
    if _undefined(value):
        return ""
    scaled, sign = float(value) * scale, "+" if signed else ""  # type: ignore[arg-type]
    if not scaled:
        return "0"
    return f"{scaled:{sign},.0f}" if abs(scaled) >= 1000 else f"{scaled:{sign}.4g}"
