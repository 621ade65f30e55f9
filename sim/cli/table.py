"""The table of KPIs that ``gridgov run`` prints."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.study.result import Result

WIDTH = 120  # columns where there is no terminal

HEADS: Mapping[str, tuple[str, str, str, str]] = {
    "zh": ("指标", "均值", "95% 置信区间", "单位"),
    "en": ("KPI", "mean", "95 % interval", "unit"),
}


def print_table(result: Result, lang: str) -> None:
    """Print the KPIs that sum up a result, in ``lang``."""
    from rich.console import Console  # noqa: PLC0415  # nothing is loaded before it is needed
    from rich.table import Table  # noqa: PLC0415

    title = result.scenario.title
    table = Table(title=title.zh if lang == "zh" else title.en, title_justify="left")
    for head, justify in zip(HEADS[lang], ("left", "right", "right", "left"), strict=True):
        table.add_column(head, justify=justify)  # type: ignore[arg-type]  # words that rich knows
    for cells in _rows(result, lang):
        table.add_row(*cells)
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


def _rows(result: Result, lang: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, mean, interval and unit of each KPI."""
    from sim.study.kpis import unit_in  # noqa: PLC0415

    for row in result.headline().to_dict("records"):
        scale, unit = (100, "%") if row["unit"] == "share" else (1, str(row["unit"]))
        mean, low, high = (_number(float(row[column]) * scale) for column in ("mean", "ci_low", "ci_high"))
        yield str(row[f"name_{lang}"]), mean, f"{low} … {high}" if low else "", unit_in(lang, unit)


def _number(value: float) -> str:
    """Four significant digits, whole from a thousand on; nothing for what is undefined."""
    if math.isnan(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
