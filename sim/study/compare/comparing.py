"""Making a comparison: the same issues under each policy, in as many replications as are wanted or needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.engine.engines import DEFAULT_ENGINE, Engine
from sim.study.collect import opened, simulate_all
from sim.study.compare.comparison import (
    PRIMARY_KPIS,
    Comparison,
    ComparisonError,
    Intervals,
    check_settings,
    distinct_names,
)
from sim.study.executors import Executor
from sim.study.kpis import find
from sim.study.kpis.catalogue import OwnKpi
from sim.study.precision import MOST, Achieved, Precision, Series, replicate_to
from sim.study.progress import Progress
from sim.study.run_store import RunStore
from sim.study.runs import Runs

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

REPLICATIONS = 10


def compare(
    base: Scenario,
    *alternatives: Scenario,
    replications: int | None = None,
    precision: Sequence[Precision] = (),
    primary: Sequence[str] = PRIMARY_KPIS,
    margins: Mapping[str, float] | None = None,
    level: float = 0.95,
    intervals: Intervals = "each",
    seed: int | None = None,
    kpis: Sequence[OwnKpi] = (),
    engine: Engine = DEFAULT_ENGINE,
    executor: Executor | None = None,
    store: RunStore | str | Path | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """What other policies change against ``base``, by how much and how sure, over the same issues.

    ``replications``: how many, 10 by default; with ``precision`` the most that may be made, 1000 by default, and as
    many are made as it takes for the differences of those figures to be as precise. ``primary``: the figures about
    which claims are made, to be named before looking; ``margins``: figure → by how much it may be worse and still count
    as no worse, in its unit; ``level``: of the intervals, which hold with it "each" or all of a role together
    ("simultaneous"). All scenarios run with the seed of ``base``, or with ``seed``. ``kpis``: the user's own;
    ``engine``, ``executor``, ``store``, ``progress``: see ``simulate_all``.

    Raises ComparisonError for scenarios or settings that do not fit, KpiError for a figure that there is not,
    PrecisionError for a precision that cannot be judged, and what ``simulate_all`` raises.
    """
    begun = time.perf_counter()
    check_settings(level, margins or {})
    scenarios = _alike(base, alternatives, seed)
    _see_figures((*primary, *(margins or {}), *(wanted.kpi for wanted in precision)), scenarios, kpis)
    names = distinct_names([scenario.name for scenario in scenarios])[1:]
    with opened(store) as kept:

        def runs_of(count: int) -> list[Runs]:
            return simulate_all(
                scenarios,
                replications=count,
                executor=executor,
                store=kept,
                engine=engine,
                kpis=kpis,
                progress=progress,
            )

        supply = _differences_of(runs_of, names, precision)
        most = MOST if replications is None else replications
        achieved: Achieved | None = replicate_to(supply, level=level, most=most) if precision else None
        made = runs_of(achieved.made if achieved else replications or REPLICATIONS)
    return Comparison(
        made[0],
        dict(zip(names, made[1:], strict=True)),
        primary=tuple(primary),
        margins=dict(margins or {}),
        level=level,
        intervals=intervals,
        achieved=achieved,
        seconds=time.perf_counter() - begun,
    )


def _alike(base: Scenario, alternatives: Sequence[Scenario], seed: int | None) -> list[Scenario]:
    """The scenarios with one seed. ComparisonError if there is nothing to compare, or other days."""
    if not alternatives:
        raise ComparisonError(f"expected at least one scenario to compare with {base.name}, got none")
    for scenario in alternatives:
        if scenario.period != base.period:
            raise ComparisonError(
                f"scenario {scenario.name}: expected the period of {base.name} ({_said(base)}), got {_said(scenario)}: "
                "what happens in other days is no effect of a policy"
            )
    one = base.seed if seed is None else seed
    return [scenario if scenario.seed == one else scenario.replace(seed=one) for scenario in (base, *alternatives)]


def _said(scenario: Scenario) -> str:
    said: Mapping[str, object] = scenario.period.model_dump(mode="json")
    return ", ".join(f"{name} {value}" for name, value in said.items())


def _see_figures(figures: Iterable[str], scenarios: Sequence[Scenario], own: Sequence[OwnKpi]) -> None:
    """Raise KpiError for a figure that no run can have, before any is made."""
    ids = [[category.id for category in one.demand.categories] for one in scenarios]
    shared = [id for id in ids[0] if all(id in others for others in ids)]
    for figure in figures:
        find(figure, own, categories=shared)


def _differences_of(
    runs_of: Callable[[int], Sequence[Runs]], names: Sequence[str], precision: Sequence[Precision]
) -> Callable[[int], list[Series]]:
    """What gives the differences that are to be precise, over so many replications."""

    def supply(count: int) -> list[Series]:
        base, *others = runs_of(count)
        comparison = Comparison(base, dict(zip(names, others, strict=True)), primary=())
        found = []
        for wanted in precision:
            for name in names:
                old, new = comparison.values_of(wanted.kpi), comparison.values_of(wanted.kpi, name)
                found.append(Series(wanted, new - old, old, name))
        return found

    return supply
