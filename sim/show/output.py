"""The files of a run, a comparison or a sweep: tables, manifest and charts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.show.plots import draw_comparison_charts, draw_run_charts, draw_sweep_charts
from sim.study.compare import Comparison
from sim.study.compare.files import write_comparison
from sim.study.manifest import manifest_of
from sim.study.result import Result
from sim.study.store import explained, prepare_directory, write_frame, write_json, write_table
from sim.study.sweep import Sweep, write_sweep

if TYPE_CHECKING:
    from sim.scenario.schema import Lang


def save(
    result: Result | Comparison | Sweep, directory: str | Path, *, lang: Lang | None = None, logs: bool = False
) -> Path:
    """Write the tables of a run, a comparison or a sweep, manifest.json and charts into ``directory``; the directory.

    Labels are in ``lang`` (by default the scenario's, of a comparison the baseline's). With ``logs``, of a run only, also cases, issues,
    workers and events of replication 0 (Parquet; CSV without pyarrow). The same scenarios, seed and version give the same bytes of all
    CSV files. Tables come first and what takes longest last; each file is written whole or not at all. Raises OutputError
    for what cannot be written, TypeError for anything else than these three, ValueError for logs that there are not.
    """
    if isinstance(result, Result):
        return _save_run(result, directory, lang=lang, logs=logs)
    if logs:
        raise ValueError(f"logs: only a Result has logs to write, got a {type(result).__name__}")
    if isinstance(result, Comparison):
        folder = write_comparison(result, directory)
        with explained(folder / "charts"):
            draw_comparison_charts(result, folder / "charts", lang or result.baseline.scenario.lang)
    elif isinstance(result, Sweep):
        folder = write_sweep(result, directory)
        with explained(folder / "charts"):
            draw_sweep_charts(result, folder / "charts", lang or result.study.base.lang)
    else:
        raise TypeError(f"expected a Result, a Comparison or a Sweep, got {type(result).__name__}")
    return folder


def _save_run(result: Result, directory: str | Path, *, lang: Lang | None, logs: bool) -> Path:
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
