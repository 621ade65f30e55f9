"""Sweeps: tidy tables, failed runs among them, targets read off, finished runs found again."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studies import ENGINE, STUDY, write

import sim
from sim.study import collect
from sim.study.executors import Processes, Threads, in_turn
from sim.study.intervals import interval
from sim.study.kpis import KPIS
from sim.study.kpis.kpi import everywhere
from sim.study.run_store import RunStore
from sim.study.store import OutputError
from sim.study.sweep import Sweep, load_study, sweep, write_sweep
from sim.study.sweep.result import CellRuns
from sim.study.sweep.targets import crossing_table

DRAWS = """\
uncertainties:
  design: latin_hypercube
  points: 2
  factors:
    - {id: demand, scale: demand.categories.*.rate, between: [0.7, 1.3]}
"""
TARGET = "targets: [{id: ninety, kpi: on_time_rate, at_least: 90 %, factor: workers}]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def result(folder: Path) -> Sweep:
    return sweep(write(folder, study=STUDY + DRAWS + TARGET), executor=in_turn, engine=ENGINE)


def half_fail(log: sim.Log) -> float:
    """Fails where there are many workers, and in replication 1."""
    workers = int((log.plan["servers"]["level"] == 0).sum())
    if workers == 4 and log.plan["issues"]["luck"][0] % 2:
        raise RuntimeError("no such luck")
    return float(workers)


# tables


def test_runs_is_one_row_a_run_and_kpi(result: Sweep) -> None:
    runs = result.runs
    assert list(runs) == ["point", "draw", "workers", "kind", "demand", "replication", "kpi", "value", "error"]
    assert len(runs) == 4 * 2 * 2 * len(result.cells[0].figures)
    assert not runs.duplicated(["point", "draw", "replication", "kpi"]).any()
    assert set(runs["workers"]) == {2, 4}
    assert set(runs["kind"]) == {"pool", "own"}
    assert runs["demand"].nunique() == 2
    assert (runs["error"] == "").all()


def test_the_values_are_those_of_the_scenario_of_the_cell(result: Sweep) -> None:
    for runs in result.cells[3:5]:
        kpis = sim.run(runs.cell.scenario, replications=2, engine=ENGINE).replications
        found = result.runs.query("point == @runs.cell.point and draw == @runs.cell.draw")
        np.testing.assert_array_equal(found["value"], kpis["value"])
        assert list(found["kpi"]) == list(kpis["kpi"])


def test_summary_is_one_row_a_cell_and_kpi(result: Sweep) -> None:
    summary = result.summary
    assert list(summary)[5:] == [
        *("kpi", "name_zh", "name_en", "unit", "role", "mean", "ci_low", "ci_high", "replications", "failed")
    ]
    assert len(summary) == 4 * 2 * len(result.cells[0].figures)
    row = summary.query("point == 3 and draw == 2 and kpi == 'utilisation'").iloc[0]
    values = result.runs.query("point == 3 and draw == 2 and kpi == 'utilisation'")["value"]
    assert (row["mean"], row["ci_low"], row["ci_high"]) == (
        interval(values).mean,
        interval(values).low,
        interval(values).high,
    )
    assert (row["replications"], row["failed"]) == (2, 0)
    assert set(summary.query("role == 'primary'")["kpi"]) == {"true_on_time_rate", "lifetime_mean", "cost_total"}


def test_tables_may_be_of_some_kpis_only(folder: Path) -> None:
    text = STUDY + "kpis: [wait_mean, utilisation]\nprimary: [utilisation]\n" + TARGET
    found = sweep(write(folder, study=text), replications=1, executor=in_turn, engine=ENGINE)
    shown = ["utilisation", "wait_mean", "wait_mean[a]", "wait_mean[b]"]
    assert list(found.runs["kpi"].unique()) == shown
    assert list(found.summary["kpi"].unique()) == shown
    assert set(found.summary.query("role == 'primary'")["kpi"]) == {"utilisation"}
    assert found.crossings["kpi"].unique() == ["on_time_rate"]


@pytest.mark.parametrize(
    "said", ["kpis: [utilization]\n", "primary: [utilization]\n", TARGET.replace("on_time_rate", "utilization")]
)
def test_a_kpi_that_there_is_not_is_said_before_anything_runs(folder: Path, said: str) -> None:
    with pytest.raises(
        sim.ScenarioError,
        match=r"study\.yaml:\d+:\d+: .*: there is no KPI 'utilization' \(did you mean utilisation\?\)",
    ):
        sweep(write(folder, study=STUDY + said), executor=in_turn, engine=ENGINE)


@pytest.mark.parametrize("executor", [Threads(2), Processes(2)])
def test_every_executor_gives_the_same_tables(folder: Path, result: Sweep, executor) -> None:
    other = sweep(write(folder, study=STUDY + DRAWS + TARGET), executor=executor, engine=ENGINE)
    pd.testing.assert_frame_equal(other.runs, result.runs, check_exact=True)
    pd.testing.assert_frame_equal(other.crossings, result.crossings, check_exact=True)


# failed runs


@pytest.mark.parametrize("executor", [in_turn, Processes(2)])
def test_failed_runs_are_rows_with_their_traceback_and_the_rest_goes_on(folder: Path, executor) -> None:
    found = sweep(write(folder), replications=4, executor=executor, engine=ENGINE, kpis=["test_sweep:half_fail"])
    failed, rest = found.runs[found.runs["error"] != ""], found.runs[found.runs["error"] == ""]
    assert 0 < found.failures == len(failed) < 8
    assert set(failed["workers"]) == {4}
    assert (failed["kpi"] == "").all()
    assert failed["value"].isna().all()
    for error in failed["error"]:
        assert error.startswith("Traceback (most recent call last):\n")
        assert "RuntimeError: no such luck" in error
        assert "study/executors" not in error
    assert len(rest) == (16 - found.failures) * len(found.cells[0].figures)
    counts = found.summary.query("kpi == 'half_fail'").set_index("point")
    assert list(counts["replications"] + counts["failed"]) == [4] * 4
    assert list(counts.loc[[1, 2], "failed"]) == [0, 0]


def test_a_cell_of_which_every_run_fails_has_no_summary(folder: Path) -> None:
    study = write(folder, study=STUDY.replace("values: [2, 4]", "values: [4]"))
    found = sweep(study, replications=4, executor=in_turn, engine=ENGINE, kpis=["test_sweep:always_fail"])
    assert found.failures == 8
    assert len(found.runs) == 8
    assert found.summary.empty


def always_fail(log: sim.Log) -> float:
    """Fails."""
    raise RuntimeError("never")


# targets


def made(values: dict[tuple[object, ...], list[list[float]]], targets: str, levers: str, folder: Path) -> pd.DataFrame:
    """The crossings of a study if its cells had these values: setting of each lever → of each draw, of each replication."""
    study = load_study(write(folder, study=f"name: s\nscenario: quick.yaml\nlevers:\n{levers}{targets}"))
    figure = sim.study.kpis.Figure("on_time_rate", "", "", "share")
    cells = [
        CellRuns(
            cell, [figure], np.array(values[tuple(cell.labels[f.id] for f in study.levers)][cell.draw - 1])[:, None], {}
        )
        for cell in study.cells
    ]
    return crossing_table(study, cells)


GRID = (
    "  factors:\n    - {id: workers, field: policy.staffing.workers, values: [8, 2, 4]}\n"
    "    - {id: kind, field: policy.staffing.kind, values: [own_grids, community_pool]}\n"
)


def test_a_target_is_read_off_for_every_setting_of_the_other_levers(folder: Path) -> None:
    values = {
        (2, "own_grids"): [[0.5, 0.6]], (4, "own_grids"): [[0.7, 0.8]], (8, "own_grids"): [[0.9, 1.0]],
        (2, "community_pool"): [[0.1, 0.1]], (4, "community_pool"): [[0.2, 0.2]], (8, "community_pool"): [[0.3, 0.3]],
    }  # fmt: skip
    table = made(values, TARGET, GRID, folder)
    assert list(table) == [
        *("target", "kpi", "bound", "goal", "factor", "workers", "kind"),
        *("draw", "estimate", "ci_low", "ci_high", "ci_level", "observations", "note"),
    ]
    own, pool = table.to_dict("records")
    assert (own["target"], own["bound"], own["goal"], own["factor"], own["workers"], own["kind"]) == (
        "ninety", "at_least", 0.9, "workers", "", "own_grids",
    )  # fmt: skip
    assert 4 < own["estimate"] < 8
    assert (own["draw"], own["observations"], own["ci_level"]) == (1, 2, 0.95)
    assert pool["note"] == "met at no setting"
    assert math.isnan(pool["estimate"])


def test_one_at_a_time_a_target_is_read_off_its_own_lever_with_the_scenario_as_it_is(folder: Path) -> None:
    values = {(4, "community_pool"): [[0.7, 0.7]], (2, "community_pool"): [[0.5, 0.5]], (8, "community_pool"): [[1, 1]],
              (4, "own_grids"): [[0, 0]]}  # fmt: skip
    table = made(values, TARGET, "  design: one_at_a_time\n" + GRID, folder)
    assert len(table) == 1
    assert 6 < table["estimate"].item() < 7


def test_over_several_draws_each_counts_once(folder: Path) -> None:
    draws = "uncertainties:\n  factors:\n    - {id: d, scale: demand.categories.*.rate, values: [0.9, 1, 1.1]}\n"
    line = {2: [0.0, 0.1, 0.2], 4: [0.8, 0.9, 1.0]}
    values = {(w,): [[at, at + 0.02] for at in line[w]] for w in line}
    lever = "  factors:\n    - {id: workers, field: policy.staffing.workers, values: [2, 4]}\n"
    table = made(values, draws + TARGET, lever, folder)
    assert list(table["draw"]) == [1, 2, 3, "all"]
    assert list(table["observations"]) == [2, 2, 2, 3]
    pooled = table.iloc[-1]
    assert pooled["estimate"] == pytest.approx(2 + 2 * (0.9 - 0.11) / 0.8, abs=1e-3)
    assert pooled["ci_low"] < table["estimate"].min()


# files, found again


def test_the_files_of_a_sweep(result: Sweep, tmp_path: Path) -> None:
    folder = write_sweep(result, tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == [
        "crossings.csv",
        "manifest.json",
        "runs.csv",
        "summary.csv",
    ]
    for name in ("runs", "summary", "crossings"):
        table = pd.read_csv(folder / f"{name}.csv", encoding="utf-8-sig")
        assert list(table) == list(getattr(result, name))
        assert len(table) == len(getattr(result, name))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["replications"] == 2
    assert manifest["failed_runs"] == 0
    assert manifest["scenario"]["name"] == "quick"
    assert [point["kind"] for point in manifest["points"]] == ["pool", "pool", "own", "own"] * 2
    assert manifest["points"][0]["scenario_sha256"] == result.cells[0].cell.scenario.hash
    assert manifest["study"]["levers"]["factors"][0]["values"] == [2, 4]


def test_a_study_without_targets_has_no_crossings(folder: Path, tmp_path: Path) -> None:
    found = sweep(write(folder), replications=1, executor=in_turn, engine=ENGINE)
    write_sweep(found, tmp_path)
    assert not (tmp_path / "crossings.csv").exists()


def test_another_study_finds_the_runs_that_it_shares(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(write(folder), executor=in_turn, engine=ENGINE, store=tmp_path / "s")
    made = []
    perform = collect.perform
    monkeypatch.setattr(collect, "perform", lambda job: made.append(job) or perform(job))
    other = STUDY.replace("name: staff", "name: other").replace("values: [2, 4]", "values: [4, 6]")
    sweep(write(folder, study=other), executor=in_turn, engine=ENGINE, store=tmp_path / "s")
    assert sorted({job.scenario.policy.staffing.workers for job in made}) == [6]
    assert len(made) == 4
    scenarios = load_study(write(folder, study=other)).scenarios
    sim.simulate_all(scenarios, replications=2, executor=in_turn, engine=ENGINE, store=tmp_path / "s")
    assert len(made) == 4


def test_on_a_full_disk_a_sweep_stops_and_is_finished_later(folder: Path, tmp_path: Path) -> None:
    study, told = write(folder), []
    with RunStore(tmp_path / "s") as store:

        def fill(done: int, total: int) -> None:
            told.append(done)
            if done == 3:
                store._db.execute("PRAGMA max_page_count = 1")  # as full as it is

        with pytest.raises(OutputError, match="s: cannot be written: database or disk is full"):
            sweep(study, executor=Threads(2), engine=ENGINE, store=store, progress=fill)
    assert 3 <= told[-1] < 8
    begun: list[tuple[int, int]] = []
    later = sweep(study, executor=in_turn, engine=ENGINE, store=tmp_path / "s", progress=lambda *n: begun.append(n))
    assert begun[0] == (0, 8 - told[-1])
    pd.testing.assert_frame_equal(later.runs, sweep(study, executor=in_turn, engine=ENGINE).runs, check_exact=True)


def test_cells_that_are_the_same_scenario_share_their_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    perform = collect.perform
    monkeypatch.setattr(collect, "perform", lambda job: made.append(job) or perform(job))
    text = STUDY.replace("values: [2, 4]", "values: [4, 1 per grid, 2 per community]").replace(
        "zoning: {kind: by_households, target: 100}", ""
    )
    found = sweep(write(folder, study=text), replications=1, executor=in_turn, engine=ENGINE)
    assert len(found.cells) == 6
    assert len(made) == 2


def test_a_sweep_in_python_of_a_scenario_made_there(folder: Path) -> None:
    write(folder)
    factors = [{"id": "workers", "field": "policy.staffing.workers", "values": [2, 4]}]
    with RunStore() as store:
        found = sim.sweep(
            {"name": "py", "scenario": sim.load(folder / "quick.yaml"), "levers": {"factors": factors}},
            replications=2,
            executor=in_turn,
            engine=ENGINE,
            store=store,
        )
    assert list(found.summary["workers"].unique()) == [2, 4]
    with pytest.raises(ValueError, match="replications: expected at least 1"):
        sim.sweep(found.study, replications=0)
    assert {id for id, kpi in KPIS.items() if kpi.occurs is everywhere} <= set(found.runs["kpi"])
