"""The files of a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.study.manifest import described, surroundings
from sim.study.store import prepare_directory, write_json, write_table
from sim.study.version import package_version

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.compare.comparison import Comparison

STORIES_OF = 3  # issues helped, and as many harmed


def write_comparison(comparison: Comparison, directory: str | Path) -> Path:
    """Write the tables of a comparison and manifest.json into ``directory``; the directory.

    comparison.csv, counterfactual.csv, effects.csv, risk.csv, replications.csv and, with margins, no_worse.csv. The
    same scenarios, seed and version give the same bytes of all tables. Each file is written whole or not at all. Raises
    OutputError.
    """
    folder = prepare_directory(directory)
    tables = {
        "comparison": comparison.table,
        "counterfactual": comparison.counterfactual,
        "effects": comparison.effects,
        "risk": comparison.risk,
        "replications": comparison.by_replication,
        **({"no_worse": comparison.no_worse} if comparison.margins else {}),
    }
    for name, table in tables.items():
        _write(folder / f"{name}.csv", table)
    write_json(folder / "manifest.json", comparison_manifest(comparison))
    return folder


def write_stories(comparison: Comparison, directory: str | Path, *, count: int = STORIES_OF) -> Path:
    """Write extremes.csv and stories.csv into ``directory``: the issues of replication 0 most helped and most harmed by each scenario.

    The replication is simulated again under each policy, with every event. Raises OutputError.
    """
    import pandas as pd  # noqa: PLC0415  # takes time to load

    folder = prepare_directory(directory)
    found, told = [], []
    for name in comparison.alternatives:
        extreme = comparison.extremes(name, count=count)
        found.append(extreme.assign(scenario=name))
        told.append(comparison.stories(name, extreme["issue"].tolist()).assign(scenario=name))
    for name, tables in (("extremes", found), ("stories", told)):
        table = pd.concat(tables, ignore_index=True)
        _write(folder / f"{name}.csv", table[["scenario", *table.columns.drop("scenario")]])
    return folder


def comparison_manifest(comparison: Comparison) -> dict[str, object]:
    """Version, scenarios with all defaults and their hashes, what was asked of the comparison, packages, platform, run time."""
    achieved = comparison.achieved
    chosen = achieved and {
        "needed": achieved.needed,
        "made": achieved.made,
        "reached": _plain(achieved.table),
    }
    return {
        "gridgov": package_version(),
        "baseline": described(comparison.baseline.scenario),
        "scenarios": {name: described(runs.scenario) for name, runs in comparison.alternatives.items()},
        "replications": comparison.replications,
        "precision": chosen,
        "primary": list(comparison.primary),
        "margins": dict(comparison.margins),
        "level": comparison.level,
        "intervals": comparison.intervals,
        "correction": "Holm over scenarios and figures of a role; simultaneous intervals: Bonferroni over the same",
        **surroundings(),
        "seconds": round(comparison.seconds, 3),
    }


def _write(path: Path, table: pd.DataFrame) -> None:
    write_table(path, list(table.columns), (list(row.values()) for row in _plain(table)))


def _plain(table: pd.DataFrame) -> list[dict[str, object]]:
    """The rows of a table, with None for what is missing."""
    return table.astype(object).where(table.notna(), None).to_dict("records")  # type: ignore[return-value]  # text keys
