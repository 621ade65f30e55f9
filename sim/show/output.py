"""The files of a run: KPIs, replications, manifest, charts and, on request, the tables of replication 0."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.show.plots import draw_run_charts
from sim.study.manifest import manifest_of
from sim.study.store import explained, prepare_directory, write_frame, write_json, write_table

if TYPE_CHECKING:
    from sim.scenario.schema import Lang
    from sim.study.result import Result


def save(result: Result, directory: str | Path, *, lang: Lang | None = None, logs: bool = False) -> Path:
    """Write kpis.csv, replications.csv, manifest.json and charts into ``directory``; the directory.

    Labels are in ``lang`` (by default the scenario's). With ``logs`` also cases, issues, workers and events of replication 0
    (Parquet; CSV without pyarrow). The same scenario, seed and version give the same bytes of both CSV files. KPIs come first and what
    takes longest last; each file is written whole or not at all. Raises OutputError for what cannot be written.
    """
    folder = prepare_directory(Path(directory))
    write_table(folder / "kpis.csv", list(result.kpis.columns), result.kpis.itertuples(index=False))
    write_table(
        folder / "replications.csv", list(result.replications.columns), result.replications.itertuples(index=False)
    )
    write_json(folder / "manifest.json", manifest_of(result))
    with explained(folder / "charts"):
        draw_run_charts(result.log0, result, folder / "charts", lang or result.scenario.lang)
    if logs:
        _write_logs(result, folder)
    return folder


def _write_logs(result: Result, directory: Path) -> None:
    log = result.log_with_events()
    for name, frame in (
        ("cases", log.cases()),
        ("issues", log.issues()),
        ("workers", log.workers()),
        ("events", log.events()),
    ):
        write_frame(directory, name, frame)
