"""All KPIs there are, how the user's own join them, and their values for a Log."""

from __future__ import annotations

import importlib
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

from sim.study.kpis import (
    closing,
    cost,
    courses,
    discovery,
    equity,
    queueing,
    stocks,
    surges,
    three_rates,
    tiers,
    times,
    truth,
    waits,
    whistles,
    workers,
)
from sim.study.kpis.better import Better, listed
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import Kpi, KpiError, plain_kpi

if TYPE_CHECKING:
    from sim.engine.log import Log
    from sim.engine.plan import Plan

FAMILIES = (
    closing,
    tiers,
    times,
    discovery,
    truth,
    three_rates,
    workers,
    equity,
    cost,
    stocks,
    queueing,
    surges,
    waits,
    courses,
    whistles,
)

#: the KPIs of gridgov by id, in the order in which they are reported
KPIS: Mapping[str, Kpi] = MappingProxyType(
    {kpi.id: replace(kpi, better=listed(kpi.id)) for family in FAMILIES for kpi in family.KPIS}
)

#: those that sum up a run on one screen, official and honest side by side
HEADLINE = (
    "closing_rate",
    "true_closing_rate",
    "on_time_rate",
    "true_on_time_rate",
    "time_in_system_mean",
    "resolution_time_mean",
    "lifetime_mean",
    "discovery_delay_mean",
    "found_first_share",
    "open_stock",
    "latent_stock",
    "false_closure_rate",
    "repeat_complaint_rate",
    "hops_mean",
    "household_visits",
    "patrol_hours",
    "discoveries",
    "utilisation",
    "overtime_hours",
    "true_grid_spread",
    "cost_per_closed",
    "cost_per_resolved",
)

#: a KPI of the user's: an import path "my_kpis:late_disputes", a function from Log to a number, or a Kpi
OwnKpi = str | Callable[["Log"], float] | Kpi


@dataclass(frozen=True)
class Figure:
    """A row of the KPI table: a KPI, of all cases or of one category or street, and which way of it is better."""

    id: str
    zh: str
    en: str
    unit: str
    better: Better = Better.NEITHER


def with_own(own: Iterable[OwnKpi]) -> tuple[Kpi, ...]:
    """The KPIs of gridgov and then the user's. Raises KpiError for one that cannot be had, or whose id is taken."""
    kpis = dict(KPIS)
    for item in own:
        kpi = _as_kpi(item)
        if kpi.id in kpis:
            raise KpiError(f"KPI {kpi.id}: there is one of that name already; give yours another")
        kpis[kpi.id] = kpi
    return tuple(kpis.values())


def find(id: str, own: Iterable[OwnKpi] = (), *, categories: Sequence[str] | None = None) -> Kpi:
    """The KPI of that id, of gridgov or the user's ``own``; of a figure by category or street, as ``wait_mean[dispute]``, the KPI.

    ``categories``: those that a figure by category may be of; None: any. Raises KpiError, with the likely slip.
    """
    name, _, part = id.partition("[")
    kpis = {kpi.id: kpi for kpi in with_own(own)}
    if name not in kpis:
        close = get_close_matches(name, list(kpis), n=1)
        raise KpiError(f"there is no KPI {name!r}" + (f" (did you mean {close[0]}?)" if close else ""))
    part = part.removesuffix("]")
    if part and categories is not None and not part.startswith("street:"):
        if not kpis[name].by_category:
            raise KpiError(f"{id}: {name} is not given by category")
        if part not in categories:
            raise KpiError(f"{id}: there is no category {part!r}; there are {', '.join(categories)}")
    return kpis[name]


def _as_kpi(item: OwnKpi) -> Kpi:
    if isinstance(item, str):
        item = imported(item)
    return item if isinstance(item, Kpi) else plain_kpi(item)


def imported(path: str) -> Callable[[Log], float] | Kpi:
    """What an import path such as ``my_kpis:late_disputes`` names; modules in the working directory are found too.

    Raises KpiError if there is no such module or name, or if it is not a function.
    """
    module_name, _, name = path.partition(":")
    if not module_name or not name:
        raise KpiError(f"KPI {path!r}: expected module:function, such as my_kpis:late_disputes")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.append(os.getcwd())
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, SyntaxError) as error:
        raise KpiError(f"KPI {path!r}: {error}") from error
    if not callable(found):
        raise KpiError(f"KPI {path!r}: expected a function of a Log, got {type(found).__name__}")
    return found


def import_path(item: OwnKpi) -> str:
    """The import path by which another process finds a KPI of the user's. Raises KpiError if there is none."""
    if isinstance(item, str):
        return item
    path = item.source if isinstance(item, Kpi) else f"{item.__module__}:{item.__qualname__}"
    try:
        found = imported(path) if _in_a_file(path) else None
    except KpiError:
        found = None
    if found is not item:
        raise KpiError(
            f"KPI {path!r}: another process cannot find it; define it at the top of a module, or use one job"
        )
    return path


def _in_a_file(path: str) -> bool:
    """Does the module of an import path come from a file, not from a notebook or a prompt?"""
    return hasattr(sys.modules.get(path.partition(":")[0]), "__file__")


def evaluate(log: Log, kpis: Iterable[Kpi]) -> list[float]:
    """The values of the figures of ``kpis`` (see ``figures``) in one run, in their order; NaN where undefined or infinite.

    Raises KpiError, naming the KPI, if one of the user's fails.
    """
    facts, values = Facts.of(log), []
    kpis = [kpi for kpi in kpis if kpi.occurs(log.plan)]
    parts = facts.by_category() if any(kpi.by_category for kpi in kpis) else []
    several = len(facts.street_ids) > 1
    for kpi in kpis:
        values.append(_value(kpi, facts))
        if kpi.by_category:
            values.extend(_value(kpi, part) for part in parts)
        if kpi.by_street and several:
            values.extend(kpi.by_street(facts).tolist())
    return values


def figures(plan: Plan, kpis: Iterable[Kpi]) -> list[Figure]:
    """The rows of the KPI table: each KPI that occurs with such a plan, then, where it is reported so, ``kpi[category]`` for each category and, in
    a district of several streets, ``kpi[street:id]`` for each street.
    """
    categories, streets = _named(plan, "category", "categories"), _named(plan, "street", "streets")
    rows = []
    for kpi in (kpi for kpi in kpis if kpi.occurs(plan)):
        parts = [(id, title) for id, title in categories if kpi.by_category]
        parts += [(f"street:{id}", title) for id, title in streets if kpi.by_street and len(streets) > 1]
        rows.append(Figure(kpi.id, kpi.zh, kpi.en, kpi.unit, kpi.better))
        for id, title in parts:
            names = f"{kpi.zh}：{title['zh']}", f"{kpi.en}: {title['en']}"
            rows.append(Figure(f"{kpi.id}[{id}]", *names, kpi.unit, kpi.better))
    return rows


def _named(plan: Plan, one: str, many: str) -> list[tuple[str, Mapping[str, str]]]:
    """The ids of the categories or streets of a plan, each with its title (its id, where it has none)."""
    ids: Sequence[str] = plan.labels[many]  # type: ignore[assignment]
    titles: Sequence[Mapping[str, str]] = plan.labels.get(f"{one}_titles", [{}] * len(ids))  # type: ignore[assignment]
    return [(id, {"zh": id, "en": id, **title}) for id, title in zip(ids, titles, strict=True)]


def _value(kpi: Kpi, facts: Facts) -> float:
    try:
        value = kpi.of(facts)
    except KpiError:
        raise
    except Exception as error:
        if kpi.id in KPIS:
            raise
        raise KpiError(f"KPI {kpi.id} ({kpi.source}) failed: {type(error).__name__}: {error}") from error
    return math.nan if math.isinf(value) else value
