"""Axes that read as people speak: dates, lengths of time, shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator

from sim.engine.plan import DAY
from sim.show.plots.words import Lang, Text, count

HOUR = 3600
#: lengths of time worth a tick on a logarithmic axis
LENGTHS: tuple[tuple[int, Text], ...] = (
    (1, {"zh": "1 秒", "en": "1 s"}),
    (10, {"zh": "10 秒", "en": "10 s"}),
    (60, {"zh": "1 分钟", "en": "1 min"}),
    (600, {"zh": "10 分钟", "en": "10 min"}),
    (HOUR, {"zh": "1 小时", "en": "1 h"}),
    (6 * HOUR, {"zh": "6 小时", "en": "6 h"}),
    (DAY, {"zh": "1 天", "en": "1 day"}),
    (7 * DAY, {"zh": "1 周", "en": "1 week"}),
    (30 * DAY, {"zh": "30 天", "en": "30 days"}),
    (365 * DAY, {"zh": "1 年", "en": "1 year"}),
    (3650 * DAY, {"zh": "10 年", "en": "10 years"}),
    (36500 * DAY, {"zh": "100 年", "en": "100 years"}),
)
MOST_DATES = 13
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in any locale


def length_axis(axes: Axes, shortest: float, longest: float, lang: Lang) -> None:
    """A logarithmic x axis of lengths of time in seconds that shows from ``shortest`` to ``longest``."""
    low = max((s for s, _ in LENGTHS if s <= shortest), default=1)
    high = min((s for s, _ in LENGTHS if s >= longest), default=longest)
    shown = [(seconds, text[lang]) for seconds, text in LENGTHS if low <= seconds <= high]
    axes.set_xscale("log")
    axes.set_xlim(low * 0.85, max(high, low * 10) * 1.15)
    axes.set_xticks([seconds for seconds, _ in shown], [text for _, text in shown])
    axes.set_xticks([], minor=True)
    axes.grid(axis="x")


def date_axis(axes: Axes, start: date, seconds: int, lang: Lang) -> None:
    """An x axis of dates, for values in days since ``start``, that shows so many seconds."""
    days = seconds / DAY
    ticks, labels = _hours(seconds, lang) if days <= 3 else _dates(start, int(days), lang)
    axes.set_xlim(0, days)
    axes.set_xticks(ticks, labels)


def _hours(seconds: int, lang: Lang) -> tuple[list[float], list[str]]:
    step = next(s for s in (1, 2, 3, 6, 12) if seconds / HOUR / s <= MOST_DATES)
    hours = range(0, seconds // HOUR + 1, step)
    return [hour / 24 for hour in hours], [_hour(hour, lang) for hour in hours]


def _hour(hour: int, lang: Lang) -> str:
    day, clock = divmod(hour, 24)
    first = {"zh": f"\n第 {day + 1} 天", "en": f"\nday {day + 1}"}[lang] if clock == 0 else ""
    return f"{clock}:00{first}"


def _dates(start: date, days: int, lang: Lang) -> tuple[list[float], list[str]]:
    """Ticks at the first days of months, quarters or years, or every few days where the run is short."""
    if days <= 120:
        step = next(s for s in (1, 2, 7, 14) if days / s < MOST_DATES)
        dates = [start + timedelta(days=d) for d in range(0, days + 1, step)]
        return _ticks(start, dates), [_day(d, lang, first=k == 0) for k, d in enumerate(dates)]
    months = days / 30.4
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120, 240) if months / s <= MOST_DATES), 600)
    dates = [d for d in _month_starts(start, days) if ((d.year * 12 + d.month - 1) % step) == 0]
    labels = [_month(d, lang, first=k == 0, yearly=step >= 12) for k, d in enumerate(dates)]
    return _ticks(start, dates), labels


def _month_starts(start: date, days: int) -> list[date]:
    end = start + timedelta(days=days)
    number = start.year * 12 + start.month - 1 + (start.day > 1)
    numbers = range(number, end.year * 12 + end.month)
    return [date(n // 12, n % 12 + 1, 1) for n in numbers if date(n // 12, n % 12 + 1, 1) <= end]


def _ticks(start: date, dates: Sequence[date]) -> list[float]:
    return [float((day - start).days) for day in dates]


def _day(day: date, lang: Lang, *, first: bool) -> str:
    year = f"\n{_year(day, lang)}" if first or (day.month, day.day) == (1, 1) else ""
    return {"zh": f"{day.month}月{day.day}日", "en": f"{day.day} {MONTHS[day.month - 1]}"}[lang] + year


def _month(day: date, lang: Lang, *, first: bool, yearly: bool) -> str:
    if yearly:
        return _year(day, lang)
    year = f"\n{_year(day, lang)}" if first or day.month == 1 else ""
    return {"zh": f"{day.month}月", "en": MONTHS[day.month - 1]}[lang] + year


def _year(day: date, lang: Lang) -> str:
    return {"zh": f"{day.year}年", "en": f"{day.year}"}[lang]


def month_name(day: date, lang: Lang) -> str:
    """The month of ``day`` with its year."""
    return {"zh": f"{day.year}年{day.month}月", "en": f"{MONTHS[day.month - 1]} {day.year}"}[lang]


def share_axis(axes: Axes, *, step: int = 20) -> None:
    """An x axis of shares from 0 to 1, written in per cent."""
    percents = range(0, 101, step)
    axes.set_xlim(0, 1)
    axes.set_xticks([p / 100 for p in percents], [f"{p} %" for p in percents])


def count_axis(axis: Axis) -> None:
    """Ticks at whole numbers, in the limits as they are."""
    low, high = axis.get_view_interval()
    ticks = [tick for tick in MaxNLocator(5, integer=True).tick_values(low, high) if low <= tick <= high]
    axis.set_ticks(ticks, [count(tick) for tick in ticks])


def write_beside(
    axes: Axes,
    text: str,
    at: tuple[float, float],
    shift: tuple[float, float],
    *,
    size: float = 9,
    ha: Literal["left", "center", "right"] = "left",
    va: Literal["bottom", "center", "top"] = "center",
) -> None:
    """Text beside a point of the data, shifted from it by points of print."""
    axes.annotate(text, at, shift, textcoords="offset points", size=size, ha=ha, va=va)


def spread_apart(heights: Sequence[float], least: float) -> np.ndarray:
    """Heights moved as little as need be so that each two are ``least`` apart, in the same order."""
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, float)[order]
    for _ in range(100):
        for k in np.flatnonzero(np.diff(placed) < least - 1e-9):
            push = (least - (placed[k + 1] - placed[k])) / 2
            placed[k], placed[k + 1] = placed[k] - push, placed[k + 1] + push
    result = np.empty_like(placed)
    result[order] = placed
    return result
