"""Comparison: what other policies change against a baseline, figure by figure, over the same issues."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from sim.study.compare import counterfactual
from sim.study.compare.effects import EFFECT_COLUMNS, effect_rows
from sim.study.compare.no_worse import NO_WORSE_COLUMNS, no_worse_rows
from sim.study.compare.paired import Difference, holm, paired
from sim.study.compare.risk import RISK_COLUMNS, risk_rows
from sim.study.kpis import HEADLINE, KPIS, Better, Figure, KpiError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sim.study.precision import Achieved
    from sim.study.runs import Runs

Intervals = Literal["each", "simultaneous"]

COMPARISON_COLUMNS = (
    *("scenario", "kpi", "name_zh", "name_en", "unit", "role", "baseline_mean", "scenario_mean", "difference"),
    *("ci_low", "ci_high", "ci_level", "p_holm", "variance_ratio", "replications"),
)
REPLICATION_COLUMNS = ("scenario", "replication", "kpi", "baseline", "value", "difference")
PRIMARY, EXPLORATORY = "primary", "exploratory"

#: what is claimed, unless the user says otherwise before looking: honest service, how long troubles last, what it costs
PRIMARY_KPIS = ("true_on_time_rate", "lifetime_mean", "cost_total")


class ComparisonError(ValueError):
    """Scenarios that cannot be compared, or settings of a comparison that do not fit."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What other policies change against a baseline over the same issues, replication by replication.

    ``alternatives``: the runs of each scenario by its name in the tables; ``primary``: the figures about which claims
    are made, declared before the run; ``margins``: by how much a figure may be worse and still count as no worse, in
    its unit; ``level``: of the intervals; ``intervals``: "each" holds with ``level`` by itself, or "simultaneous" all
    of a role together (Bonferroni); ``achieved``: how the number of replications was chosen, if it was by precision;
    ``seconds``: how long it took. Raises KpiError for a figure that there is not, ComparisonError for runs that cannot
    be paired and settings that do not fit.
    """

    baseline: Runs
    alternatives: Mapping[str, Runs]
    primary: tuple[str, ...] = PRIMARY_KPIS
    margins: Mapping[str, float] = field(default_factory=dict)
    level: float = 0.95
    intervals: Intervals = "each"
    achieved: Achieved | None = None
    seconds: float = math.nan

    def __post_init__(self) -> None:
        check_settings(self.level, self.margins)
        count = len(self.baseline.runs)
        for name, runs in self.alternatives.items():
            if len(runs.runs) != count:
                raise ComparisonError(
                    f"scenario {name}: expected {count} replications, as of the baseline, got {len(runs.runs)}"
                )
        for figure in (*self.primary, *self.margins):
            self._known(figure)

    def _known(self, figure: str) -> None:
        if figure not in self._columns:
            close = get_close_matches(figure, list(self._columns), n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise KpiError(f"there is no KPI {figure!r} in all of these scenarios{hint}")

    # figures

    @property
    def replications(self) -> int:
        """How many replications each scenario has."""
        return len(self.baseline.runs)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The rows: the figures that all scenarios have, in the order of the baseline."""
        shared = [{figure.id for figure in runs.figures} for runs in self.alternatives.values()]
        return tuple(figure for figure in self.baseline.figures if all(figure.id in ids for ids in shared))

    @cached_property
    def better(self) -> dict[str, Better]:
        """Which way each figure is better."""
        return {figure.id: figure.better for figure in self.figures}

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {figure.id: at for at, figure in enumerate(self.figures)}

    @cached_property
    def _values(self) -> dict[str | None, np.ndarray]:
        """Values by replication and figure, of the baseline (None) and each scenario."""
        found: dict[str | None, np.ndarray] = {}
        for name, runs in ((None, self.baseline), *self.alternatives.items()):
            at = {figure.id: column for column, figure in enumerate(runs.figures)}
            found[name] = runs.values()[:, [at[figure.id] for figure in self.figures]]
        return found

    def values_of(self, figure: str, scenario: str | None = None) -> np.ndarray:
        """A figure by replication of a scenario (by default the baseline), float64. KpiError if there is none such."""
        self._known(figure)
        return self._values[scenario][:, self._columns[figure]]

    @cached_property
    def differences(self) -> dict[tuple[str, str], Difference]:
        """The paired difference by scenario and figure."""
        old = self._by_figure(None)
        found: dict[tuple[str, str], Difference] = {}
        for name in self.alternatives:
            new = self._by_figure(name)
            found |= {(name, id): paired(old[id], new[id]) for id in old}
        return found

    def role(self, figure: str) -> str:
        """Is it a figure about which claims are made (primary), or one that may suggest some (exploratory)?"""
        return PRIMARY if figure in self.primary else EXPLORATORY

    # tables

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a scenario and figure, columns ``COMPARISON_COLUMNS``: what differs, by how much, how sure.

        ``p_holm`` is corrected over all scenarios and figures of the same role; ``ci_level`` is that of each interval.
        """
        import pandas as pd  # noqa: PLC0415  # takes time to load

        return pd.DataFrame(list(self._rows()), columns=COMPARISON_COLUMNS)

    def _rows(self) -> Iterator[tuple[object, ...]]:
        corrected, levels = self._by_role()
        for (name, id), it in self.differences.items():
            figure, role = self.figures[self._columns[id]], self.role(id)
            row = (name, id, figure.zh, figure.en, figure.unit, role, it.baseline, it.scenario, it.mean)
            yield (
                *row,
                *it.interval(levels[role]),
                levels[role],
                corrected[name, id],
                it.variance_ratio,
                it.replications,
            )

    def _by_role(self) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
        """The corrected p of each row, and the level of the intervals of each role."""
        corrected: dict[tuple[str, str], float] = {}
        levels: dict[str, float] = {}
        for role in (PRIMARY, EXPLORATORY):
            family = {at: it.p for at, it in self.differences.items() if self.role(at[1]) == role}
            corrected |= dict(zip(family, holm(list(family.values())), strict=True))
            members = sum(not math.isnan(p) for p in family.values())
            shared = self.intervals == "simultaneous" and members
            levels[role] = 1 - (1 - self.level) / members if shared else self.level
        return corrected, levels

    @cached_property
    def no_worse(self) -> pd.DataFrame:
        """One row a scenario and margin, columns ``NO_WORSE_COLUMNS``: is the figure worse by less than the margin?"""
        import pandas as pd  # noqa: PLC0415

        rows = no_worse_rows(self.differences, self.margins, self.better, level=self.level)
        return pd.DataFrame(rows, columns=NO_WORSE_COLUMNS)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Rates as cases, hours and people, columns ``EFFECT_COLUMNS``; ``how`` says what was multiplied with what."""
        import pandas as pd  # noqa: PLC0415

        rows = [
            (name, *row)
            for name in self.alternatives
            for row in effect_rows(self._by_figure(None), self._by_figure(name), level=self.level)
        ]
        return pd.DataFrame(rows, columns=EFFECT_COLUMNS)

    @cached_property
    def risk(self) -> pd.DataFrame:
        """How much single replications vary, columns ``RISK_COLUMNS``: what one year may bring, whatever the mean."""
        import pandas as pd  # noqa: PLC0415

        rows = [
            (name, *row)
            for name in self.alternatives
            for row in risk_rows(self._by_figure(None), self._by_figure(name), self.better, level=self.level)
        ]
        return pd.DataFrame(rows, columns=RISK_COLUMNS)

    @cached_property
    def counterfactual(self) -> pd.DataFrame:
        """What became of each issue under the baseline and under each scenario, columns ``FLOW_COLUMNS``."""
        return counterfactual.flow_table(self.baseline, self.alternatives, level=self.level)

    @cached_property
    def by_replication(self) -> pd.DataFrame:
        """One row a scenario, replication and figure, columns ``REPLICATION_COLUMNS``."""
        import pandas as pd  # noqa: PLC0415

        rows = [
            (name, replication, figure.id, float(a), float(b), float(b - a))
            for name in self.alternatives
            for replication, (old, new) in enumerate(zip(self._values[None], self._values[name], strict=True))
            for figure, a, b in zip(self.figures, old, new, strict=True)
        ]
        return pd.DataFrame(rows, columns=REPLICATION_COLUMNS)

    def fairness(self) -> pd.DataFrame:
        """The rows of ``table`` about fairness: between grids, between streets, by readiness to report, street by street."""
        own = self.table["kpi"].str.partition("[")[0]
        fair = own.isin([kpi.id for kpi in KPIS.values() if kpi.code == "K19"])
        return self.table[fair | self.table["kpi"].str.contains("[street:", regex=False)].reset_index(drop=True)

    def headline(self) -> pd.DataFrame:
        """The rows of ``table`` that sum it up on one screen: primary ones first, then the headline and the user's own."""
        own = [figure.id for figure in self.figures if figure.id.partition("[")[0] not in KPIS]
        wanted = [*dict.fromkeys((*self.primary, *HEADLINE, *own))]
        table = self.table[self.table["kpi"].isin(wanted)]
        order = table["kpi"].map({id: at for at, id in enumerate(wanted)})
        scenarios = table["scenario"].map({name: at for at, name in enumerate(self.alternatives)})
        return table.assign(_s=scenarios, _k=order).sort_values(["_s", "_k"]).drop(columns=["_s", "_k"])

    # single issues

    def extremes(self, scenario: str, *, replication: int = 0, count: int = 5) -> pd.DataFrame:
        """The issues of one replication that a scenario has helped and harmed most: see ``stories.extremes``."""
        from sim.study.compare.stories import extremes  # noqa: PLC0415  # it simulates; the rest only reads

        return extremes(self.baseline, self.alternatives[scenario], replication=replication, count=count)

    def stories(self, scenario: str, issues: Sequence[int], *, replication: int = 0) -> pd.DataFrame:
        """What happened to some issues under both policies, side by side: see ``stories.stories``."""
        from sim.study.compare.stories import stories  # noqa: PLC0415

        return stories(self.baseline, self.alternatives[scenario], issues, replication=replication)

    def _by_figure(self, scenario: str | None) -> dict[str, list[float]]:
        columns = self._values[scenario].T.tolist()
        return dict(zip(self._columns, columns, strict=True))

    # people

    def titles(self, lang: str) -> dict[str, str]:
        """What people read instead of the names of the scenarios, in a language, "zh" or "en"."""
        return {name: getattr(runs.scenario.title, lang) for name, runs in self.alternatives.items()}

    def _repr_html_(self) -> str:
        from sim.study.compare.html import comparison_html  # noqa: PLC0415

        return comparison_html(self)


def check_settings(level: float, margins: Mapping[str, float]) -> None:
    """Raise ComparisonError for a level or a margin that makes no sense."""
    if not 0 < level < 1:
        raise ComparisonError(f"level: expected a number between 0 and 1, such as 0.95, got {level}")
    for figure, margin in margins.items():
        if not 0 < margin < math.inf:
            raise ComparisonError(
                f"margin of {figure}: expected a number above 0, in the unit of the KPI, got {margin}"
            )


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names, with a number where one is taken already: street, street-2."""
    taken: list[str] = []
    for name in names:
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name}-{number}"
        taken.append(free)
    return taken
