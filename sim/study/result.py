"""Result: what came out of a scenario over several replications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sim.engine.engines import Engine
from sim.engine.log import Log
from sim.study.intervals import interval
from sim.study.kpis import HEADLINE, KPIS, Figure, unit_in
from sim.study.replication import simulate_once

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

KPI_COLUMNS = ("kpi", "name_zh", "name_en", "unit", "mean", "ci_low", "ci_high", "replications")
REPLICATION_COLUMNS = ("replication", "kpi", "value")


@dataclass(frozen=True, eq=False)
class Result:
    """What came out of a scenario: KPIs with 95 % intervals over replications, and the Log of replication 0.

    ``count``: how many replications; ``kpis``: one row a KPI, columns ``KPI_COLUMNS``; ``replications``: one row a replication and
    KPI, columns ``REPLICATION_COLUMNS``; ``seconds``: how long it took. Undefined values are NaN.
    """

    scenario: Scenario
    engine: Engine
    count: int
    kpis: pd.DataFrame
    replications: pd.DataFrame
    log0: Log
    seconds: float

    @cached_property
    def own_kpis(self) -> list[str]:
        """Ids of the user's own KPIs among the rows of ``kpis``."""
        return [id for id in self.kpis["kpi"] if id.partition("[")[0] not in KPIS]

    def headline(self) -> pd.DataFrame:
        """The rows of ``kpis`` that sum it up on one screen, and the user's own."""
        return self.kpis.set_index("kpi").loc[[*HEADLINE, *self.own_kpis]].reset_index()

    def log_with_events(self) -> Log:
        """The Log of replication 0 with every event: simulated again if the run was not asked for events."""
        if len(self.log0.raw["events"]):
            return self.log0
        return simulate_once(self.scenario, engine=self.engine, events=True)

    def _repr_html_(self) -> str:
        lang = self.scenario.lang
        table = self.headline().rename(columns={f"name_{lang}": "name"})
        table["unit"] = [unit_in(lang, unit) for unit in table["unit"]]
        columns = ["name", "unit", "mean", "ci_low", "ci_high"]
        html: str = table[columns].to_html(index=False, float_format="{:,.4g}".format, na_rep="")
        return f"<b>{getattr(self.scenario.title, lang)}</b> × {self.count}{html}"


def kpi_table(rows: Sequence[Figure], values: Sequence[Sequence[float]]) -> pd.DataFrame:
    """``Result.kpis``, from the rows and their values in each replication."""
    import pandas as pd  # noqa: PLC0415  # takes time to load

    found = [interval(column) for column in zip(*values, strict=True)]
    table = [
        (row.id, row.zh, row.en, row.unit, it.mean, it.low, it.high, it.replications)
        for row, it in zip(rows, found, strict=True)
    ]
    return pd.DataFrame(table, columns=KPI_COLUMNS)


def replication_table(rows: Sequence[Figure], values: Sequence[Sequence[float]]) -> pd.DataFrame:
    """``Result.replications``, from the rows and their values in each replication."""
    import pandas as pd  # noqa: PLC0415  # takes time to load

    table = [
        (replication, row.id, value)
        for replication, column in enumerate(values)
        for row, value in zip(rows, column, strict=True)
    ]
    return pd.DataFrame(table, columns=REPLICATION_COLUMNS)
