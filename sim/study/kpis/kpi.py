"""Kpi: a figure that sums up a run, with all that is needed to explain it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from numbers import Real
from typing import TYPE_CHECKING, Literal

from sim.study.kpis.better import Better
from sim.study.kpis.facts import Facts

if TYPE_CHECKING:
    import numpy as np

    from sim.engine.log import Log
    from sim.engine.plan import Plan

STANDARD = "KPI list of city and grid management (Chinese event platforms)"

#: the units of KPIs as a Chinese reader reads them
UNITS_ZH = {
    "share": "比例",
    "ratio": "倍",
    "Gini": "系数",
    "h": "小时",
    "d": "天",
    "cases": "件",
    "per case": "次/件",
    "issues": "个",
    "weighted issue-days": "加权问题·日",
    "visits": "次",
    "people": "人",
    "yuan": "元",
    "yuan per case": "元/件",
    "yuan per weighted issue": "元/加权问题",
}


def unit_in(lang: str, unit: str) -> str:
    """The unit of a KPI in a language, "zh" or "en"; one that is not known stays as it is."""
    return UNITS_ZH.get(unit, unit) if lang == "zh" else unit


class Side(StrEnum):
    """Who could publish the figure."""

    OFFICIAL = "official"  # computed from the records alone, as a platform does it
    HONEST = "honest"  # computed from what truly happened, known to the model only
    PLAIN = "plain"  # there is but one form of it


class KpiError(ValueError):
    """A KPI of the user's that cannot be found, or that fails."""


def everywhere(plan: Plan) -> bool:
    """Of whatever Plan: most KPIs are."""
    return True


@dataclass(frozen=True)
class Kpi:
    """A named function of a Log.

    ``code``: its number in the list of KPIs, as K4; ``counted``: which cases or issues count, and which instant places
    them in the window [warm_up, horizon); ``unfinished``: how those are treated that have not ended by the horizon;
    ``twin``: the official KPI of which this is the honest form; ``by_category``: reported for each category as well;
    ``by_street``: what gives its values by street, if it is reported for each street as well; ``better``: which way is better;
    ``occurs``: of which Plans it is a figure at all.
    """

    id: str
    code: str
    side: Side
    unit: str
    zh: str
    en: str
    formula: str
    counted: str
    unfinished: str
    source: str
    measure: Callable[[Facts], float]
    twin: str = ""
    by_category: bool = False
    by_street: Callable[[Facts], np.ndarray] | None = None
    better: Better = Better.NEITHER
    occurs: Callable[[Plan], bool] = everywhere

    def __call__(self, log: Log) -> float:
        """Its value in one run; NaN if it is undefined there."""
        return self.of(Facts.of(log))

    def of(self, facts: Facts) -> float:
        """Its value, from facts already read. Raises KpiError if it is not a number."""
        value = self.measure(facts)
        if not isinstance(value, Real):
            raise KpiError(f"KPI {self.id}: expected a number, got {type(value).__name__} {value!r:.80}")
        return float(value)


def kpi(
    code: str,
    *,
    unit: str,
    zh: str,
    en: str,
    counted: str,
    unfinished: str,
    side: Side = Side.PLAIN,
    twin: str = "",
    by_category: bool = False,
    source: str = STANDARD,
) -> Callable[[Callable[[Facts], float]], Kpi]:
    """Make a function of Facts a Kpi: its name is the id, its docstring the formula."""

    def named(measure: Callable[[Facts], float]) -> Kpi:
        formula = inspect.cleandoc(measure.__doc__ or "")
        texts = (zh, en, formula, counted, unfinished, source)
        return Kpi(measure.__name__, code, side, unit, *texts, measure, twin=twin, by_category=by_category)

    return named


def log_kpi(
    *, unit: str, zh: str, en: str, better: Literal["higher", "lower", "neither"] = "neither"
) -> Callable[[Callable[[Log], float]], Kpi]:
    """Give a function of your own, from a Log to a number, its unit and its names: ``@sim.log_kpi(unit="h", zh=…, en=…)``.

    ``better``: which way of it is the better one, for marks and for tests of "no worse than"; KpiError for another word.
    """

    def named(function: Callable[[Log], float]) -> Kpi:
        words = {way.name.lower(): way for way in Better}
        if better not in words:
            raise KpiError(f"KPI {function.__name__}: better: expected higher, lower or neither, got {better!r}")
        return Kpi(
            id=function.__name__,
            code="",
            side=Side.PLAIN,
            unit=unit,
            zh=zh,
            en=en,
            formula=inspect.getdoc(function) or "",
            counted="see the formula",
            unfinished="see the formula",
            source=f"{function.__module__}:{function.__qualname__}",
            measure=lambda facts: function(facts.log),
            better=words[better],
        )

    return named


def plain_kpi(function: Callable[[Log], float]) -> Kpi:
    """A function of the user's without names: its own name, and the first sentence of its docstring."""
    name = function.__name__
    said = (inspect.getdoc(function) or name).splitlines()[0].rstrip(".")
    return log_kpi(unit="", zh=said, en=said)(function)
