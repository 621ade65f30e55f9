"""The files of a sweep: runs, summary, crossings, manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.study.manifest import described, surroundings
from sim.study.store import prepare_directory, write_json, write_table
from sim.study.sweep.result import Sweep
from sim.study.version import code_digest, package_version

if TYPE_CHECKING:
    import pandas as pd


def write_sweep(result: Sweep, directory: str | Path) -> Path:
    """Write runs.csv, summary.csv, crossings.csv (if the study has targets) and manifest.json into ``directory``; the directory.

    The same study and version give the same bytes of the CSV files, however often it was cut short. Raises OutputError.
    """
    folder = prepare_directory(directory)
    _write(folder / "runs.csv", result.runs)
    _write(folder / "summary.csv", result.summary)
    if result.study.spec.targets:
        _write(folder / "crossings.csv", result.crossings)
    write_json(folder / "manifest.json", sweep_manifest(result))
    return folder


def _write(path: Path, frame: pd.DataFrame) -> None:
    write_table(path, list(frame.columns), frame.itertuples(index=False))


def sweep_manifest(result: Sweep) -> dict[str, object]:
    """All that is needed to know what a sweep was and to do it again."""
    return {
        "gridgov": package_version(),
        "code_sha256": code_digest(),
        "study": result.study.spec.model_dump(mode="json", exclude_none=True, exclude={"scenario"}),
        **described(result.study.base),
        "points": [
            {"point": cell.point, "draw": cell.draw, **cell.labels, "scenario_sha256": cell.scenario.hash}
            for cell in result.study.cells
        ],
        "engine": result.engine,
        "replications": result.replications,
        "failed_runs": result.failures,
        **surroundings(),
        "seconds": round(result.seconds, 3),
    }
