"""How charts write the values of KPIs and their differences: shares in per cent, as many digits as are known."""

from __future__ import annotations

import math

from sim.show.plots.words import Lang, Text
from sim.study.kpis import unit_in

PERCENT = 100.0
POINTS: Text = {"zh": "个百分点", "en": "percentage points"}
MINUS = "−"


def factor_of(unit: str) -> float:
    """What a value in the KPI's ``unit`` is multiplied with to be shown: shares are shown in per cent."""
    return PERCENT if unit == "share" else 1.0


def value_unit(unit: str, lang: Lang) -> str:
    """The unit in which values are shown."""
    return "%" if unit == "share" else unit_in(lang, unit)


def change_unit(unit: str, lang: Lang) -> str:
    """The unit in which differences are shown: of shares, percentage points."""
    return POINTS[lang] if unit == "share" else unit_in(lang, unit)


def decimals(error: float, value: float) -> int:
    """How many decimals to write: two digits of the error, or three of the value where no error is known."""
    size, digits = (error, 2) if error > 0 else (abs(value), 3)
    if not 0 < size < math.inf:
        return 0
    return min(6, max(0, digits - 1 - math.floor(math.log10(size))))


def number(value: float, places: int) -> str:
    """A number with thousands set apart."""
    return f"{value:,.{places}f}".replace("-", MINUS)


def signed(value: float, places: int) -> str:
    """A difference with its sign; none if it is written as 0."""
    text = number(value, places)
    if float(f"{value:.{places}f}") == 0:
        return text.removeprefix(MINUS)
    return text if text.startswith(MINUS) else f"+{text}"


def between(low: float, high: float, places: int) -> str:
    """An interval of differences."""
    return f"{signed(low, places)} … {signed(high, places)}"


def plain_tick(value: float, _: float) -> str:
    """The label of a tick: the number itself, with thousands set apart."""
    return f"{round(value, 9):,.10g}".replace("-", MINUS)
