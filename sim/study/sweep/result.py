"""Sweep: what came out of a study, as tidy tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.engines import Engine
from sim.study.intervals import interval
from sim.study.kpis import Figure
from sim.study.sweep.cells import Cell
from sim.study.sweep.study import Study

if TYPE_CHECKING:
    import pandas as pd

RUN_COLUMNS = ("replication", "kpi", "value", "error")
SUMMARY_COLUMNS = ("kpi", "name_zh", "name_en", "unit", "role", "mean", "ci_low", "ci_high", "replications", "failed")
PRIMARY, EXPLORATORY = "primary", "exploratory"

Row = tuple[object, ...]


@dataclass(frozen=True, eq=False)
class CellRuns:
    """The runs of a cell.

    ``figures``: what the KPIs are called, none if all runs failed; ``values``: float64[replications, figures], NaN where undefined or the
    run failed; ``errors``: replication → the traceback of a run that failed.
    """

    cell: Cell
    figures: Sequence[Figure]
    values: np.ndarray
    errors: Mapping[int, str]

    def column(self, kpi: str) -> np.ndarray:
        """A KPI by replication, float64[replications]; NaN where there is none."""
        at = next((i for i, figure in enumerate(self.figures) if figure.id == kpi), None)
        return np.full(len(self.values), np.nan) if at is None else self.values[:, at]


@dataclass(frozen=True, eq=False)
class Sweep:
    """What came out of a study. Tables have the cell and its settings in their first columns, one for each factor.

    ``runs``: one row a run and KPI, and of a run that failed one row with its traceback; ``summary``: one row a cell and KPI, mean
    and 95 % interval over replications; ``crossings``: where targets are met. ``primary``: the KPIs about which claims are
    made; ``seconds``: how long it took.
    """

    study: Study
    engine: Engine
    replications: int
    cells: Sequence[CellRuns]
    primary: tuple[str, ...]
    seconds: float

    @property
    def failures(self) -> int:
        """How many runs failed."""
        return sum(len(runs.errors) for runs in self.cells)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a run and KPI: point, draw, factors, replication, kpi, value, error."""
        return self._frame(RUN_COLUMNS, self._run_rows)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a cell and KPI: point, draw, factors, kpi, its names and unit, role, mean, interval, how many runs, how many failed."""
        return self._frame(SUMMARY_COLUMNS, self._summary_rows)

    @cached_property
    def crossings(self) -> pd.DataFrame:
        """Where on its lever each target is met: one row a setting of the other levers and a draw, and one over all draws."""
        from sim.study.sweep.targets import crossing_table  # noqa: PLC0415  # loads scipy

        return crossing_table(self.study, self.cells)

    def _frame(self, columns: Sequence[str], rows_of: Callable[[CellRuns], Iterator[Row]]) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415  # takes time to load

        factors = [factor.id for factor in (*self.study.levers, *self.study.uncertainties)]
        rows = [(*_where(runs.cell, factors), *row) for runs in self.cells for row in rows_of(runs)]
        return pd.DataFrame(rows, columns=["point", "draw", *factors, *columns])

    def _run_rows(self, runs: CellRuns) -> Iterator[Row]:
        shown = self._shown(runs)
        for replication in range(self.replications):
            if error := runs.errors.get(replication):
                yield replication, "", np.nan, error
            else:
                yield from ((replication, figure.id, runs.values[replication, i], "") for i, figure in shown)

    def _summary_rows(self, runs: CellRuns) -> Iterator[Row]:
        for i, figure in self._shown(runs):
            it, role = interval(runs.values[:, i].tolist()), PRIMARY if figure.id in self.primary else EXPLORATORY
            named = (figure.id, figure.zh, figure.en, figure.unit, role)
            yield (*named, it.mean, it.low, it.high, it.replications, len(runs.errors))

    def _shown(self, runs: CellRuns) -> list[tuple[int, Figure]]:
        """The figures that the study wants in the tables, with their columns: those named, and those of a KPI that is named."""
        wanted = self.study.spec.kpis
        return [
            (i, figure)
            for i, figure in enumerate(runs.figures)
            if wanted is None or figure.id in wanted or figure.id.partition("[")[0] in wanted
        ]


def _where(cell: Cell, factors: Sequence[str]) -> Row:
    return (cell.point, cell.draw, *(cell.labels[factor] for factor in factors))
