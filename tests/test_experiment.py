"""Runs of a scenario: KPIs with intervals, the same whatever the number of processes, and the files they leave."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import sim
from sim.engine.log import Log
from sim.study.intervals import interval
from sim.study.kpis import HEADLINE, KPIS
from sim.study.kpis.kpi import everywhere
from sim.study.progress import notebook_bar, silent
from sim.study.result import KPI_COLUMNS, REPLICATION_COLUMNS, Result
from sim.study.store import write_table

SCENARIO = """
name: tiny
title: {zh: 小街道, en: Tiny street}
lang: en
seed: 7
period: {start: 2021-03-01, days: 10, warm_up: 2 d}
world: {households: 400}
demand:
  categories:
    - id: dispute
      title: {zh: 矛盾纠纷, en: Disputes}
      rate: 10 per hour
      work: {grid: {kind: exponential, mean: 20 min}}
    - {id: info, title: {zh: 信息更新, en: Updates}, rate: 1 per hour, work: {grid: 5 min}, report: {share: 50 %}}
policy:
  staffing: {kind: community_pool, workers: 5}
costs: {worker_month: 4200, crew_hour: 80}
"""


def load(tmp_path: Path, text: str = SCENARIO) -> sim.Scenario:
    path = tmp_path / "tiny.yaml"
    path.write_text(text, encoding="utf-8")
    return sim.load(path)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> sim.Scenario:
    return load(tmp_path_factory.mktemp("scenario"))


@pytest.fixture(scope="module")
def result(scenario: sim.Scenario) -> Result:
    return sim.run(scenario, replications=3)


@pytest.fixture(scope="module")
def saved(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sim.save(result, tmp_path_factory.mktemp("out") / "below")


def arrivals_per_hour(log: Log) -> float:
    """Cases an hour."""
    return len(log.raw["cases"]) * 3600 / log.plan.rules["horizon"]


def cases_of_run(log: Log) -> float:
    """Cases."""
    return len(log.raw["cases"])


def failing(log: Log) -> float:
    """Fails."""
    raise RuntimeError("no such luck")


# what a run gives


def test_the_tables_have_the_columns_of_the_contract(result: Result) -> None:
    assert tuple(result.kpis.columns) == KPI_COLUMNS
    assert tuple(result.replications.columns) == REPLICATION_COLUMNS
    ids = list(result.kpis["kpi"])
    assert [id for id in ids if "[" not in id] == [id for id, kpi in KPIS.items() if kpi.occurs is everywhere]
    assert {"wait_mean[dispute]", "wait_mean[info]"} <= set(ids)
    assert list(result.replications["kpi"]) == ids * 3
    assert list(result.replications["replication"]) == [r for r in range(3) for _ in ids]


def test_the_intervals_are_those_of_the_replications(result: Result) -> None:
    values = result.replications.pivot(index="replication", columns="kpi", values="value")
    table = result.kpis.set_index("kpi")
    for id in values:
        expected = interval(values[id])
        row = table.loc[id]
        found = [row["mean"], row["ci_low"], row["ci_high"], row["replications"]]
        np.testing.assert_array_equal(found, [expected.mean, expected.low, expected.high, expected.replications])
    assert (
        table.loc["cases_reported", "ci_low"]
        < table.loc["cases_reported", "mean"]
        < table.loc["cases_reported", "ci_high"]
    )
    assert table.loc["visit_found_hazard", "replications"] == 0


def test_replications_differ_and_each_is_that_of_simulate_once(scenario: sim.Scenario, result: Result) -> None:
    for replication in range(3):
        log = sim.simulate_once(scenario, replication=replication)
        of_run = result.replications.query("replication == @replication and kpi == 'cases_reported'")["value"].item()
        assert KPIS["cases_reported"](log) == of_run
    assert result.replications.query("kpi == 'cases_reported'")["value"].nunique() == 3


def test_log0_is_the_log_of_replication_0(scenario: sim.Scenario, result: Result) -> None:
    log = sim.simulate_once(scenario)
    for name, table in log.raw.items():
        np.testing.assert_array_equal(result.log0.raw[name], table)
    assert result.log0.plan.labels["title"] == {"zh": "小街道", "en": "Tiny street"}
    assert result.log0.plan.labels["costs"] == scenario.costs.model_dump()


def test_a_seed_instead_of_the_scenarios(scenario: sim.Scenario, result: Result) -> None:
    other = sim.run(scenario, replications=1, seed=8)
    assert other.scenario.seed == 8
    assert other.log0.raw["cases"].size != result.log0.raw["cases"].size
    assert scenario.seed == 7


def test_one_replication_has_means_without_intervals(scenario: sim.Scenario) -> None:
    row = sim.run(scenario, replications=1).kpis.set_index("kpi").loc["wait_mean"]
    assert row["mean"] > 0
    assert math.isnan(row["ci_low"])
    assert math.isnan(row["ci_high"])


def test_progress_is_told_from_nothing_to_all(scenario: sim.Scenario) -> None:
    told: list[tuple[int, int]] = []
    sim.run(scenario, replications=2, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_outside_a_notebook_there_is_no_bar() -> None:
    assert notebook_bar() is silent


def test_in_a_notebook_a_bar_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = pytest.importorskip("IPython")
    shown: list[str] = []
    handle = SimpleNamespace(update=lambda html: shown.append(html.data))
    monkeypatch.setattr(shell, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr("IPython.display.display", lambda html, display_id: handle)
    bar = notebook_bar()
    bar(1, 3)
    assert shown == ['<progress value="1" max="3" style="width: 20em"></progress> 1 / 3']


@pytest.mark.parametrize("numbers", [{"replications": 0}, {"jobs": 0}])
def test_at_least_one_replication_and_one_job(scenario: sim.Scenario, numbers: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        sim.run(scenario, **numbers)


# the user's own KPIs


def test_own_kpis_are_reported_too(scenario: sim.Scenario) -> None:
    row = sim.run(scenario, replications=1, kpis=[arrivals_per_hour, lambda log: 3.0]).kpis.iloc[-2:]
    assert list(row["kpi"]) == ["arrivals_per_hour", "<lambda>"]
    assert row["name_en"].iloc[0] == "Cases an hour"
    assert row["mean"].iloc[0] == pytest.approx(10.5, rel=0.1)


def test_own_kpis_reach_other_processes_as_functions_and_by_path(scenario: sim.Scenario) -> None:
    own = [arrivals_per_hour, "test_experiment:cases_of_run"]
    alone = sim.run(scenario, replications=2, kpis=own)
    pd.testing.assert_frame_equal(sim.run(scenario, replications=2, jobs=2, kpis=own).kpis, alone.kpis)
    assert list(alone.kpis["kpi"].iloc[-2:]) == ["arrivals_per_hour", "cases_of_run"]


def test_a_kpi_that_other_processes_cannot_find_is_refused_before_the_run(scenario: sim.Scenario) -> None:
    with pytest.raises(
        sim.KpiError, match="another process cannot find it; define it at the top of a module, or use one job"
    ):
        sim.run(scenario, replications=2, jobs=2, kpis=[lambda log: 1.0], engine="reference")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_kpi_that_fails_is_named_with_the_replication(scenario: sim.Scenario, jobs: int) -> None:
    with pytest.raises(
        sim.KpiError, match=r"KPI failing \(test_experiment:failing\) failed: RuntimeError: no such luck"
    ) as caught:
        sim.run(scenario, replications=2, jobs=jobs, kpis=["test_experiment:failing"])
    assert "in replication" in caught.value.__notes__[0]


# what it leaves


def test_the_files_of_the_contract(result: Result, saved: Path) -> None:
    assert {path.name for path in saved.iterdir()} == {"kpis.csv", "replications.csv", "manifest.json", "charts"}
    header = b"\xef\xbb\xbfkpi,name_zh,name_en,unit,mean,ci_low,ci_high,replications\n"
    assert (saved / "kpis.csv").read_bytes().startswith(header)
    assert (saved / "replications.csv").read_bytes().startswith(b"\xef\xbb\xbfreplication,kpi,value\n")
    charts = {path.name for path in (saved / "charts").iterdir()}
    assert {"flow.png", "flow.svg"} <= charts
    assert {Path(name).suffix for name in charts} == {".png", ".svg"}
    written = pd.read_csv(saved / "kpis.csv")
    np.testing.assert_allclose(written["mean"], result.kpis["mean"], rtol=1e-9)


def test_the_manifest_says_how_to_do_it_again(result: Result, saved: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7
    assert manifest["engine"] == "compiled"
    assert manifest["replications"] == 3
    assert manifest["scenario"]["title"]["zh"] == "小街道"
    assert manifest["scenario"]["period"]["warm_up"] == "2 d"
    assert manifest["scenario_sha256"] == result.scenario.hash
    assert manifest["packages"]["numpy"] == np.__version__
    assert manifest["seconds"] > 0
    again = sim.Scenario.model_validate(manifest["scenario"])
    assert sim.run(again, replications=3).kpis.equals(result.kpis)


@pytest.mark.parametrize("engine", ["compiled", "reference"])  # in threads, and in processes
def test_the_same_bytes_again_and_two_at_a_time(
    scenario: sim.Scenario, saved: Path, tmp_path: Path, engine: str
) -> None:
    again = sim.run(scenario, replications=3, jobs=2, engine=engine)
    for name, table in (("kpis.csv", again.kpis), ("replications.csv", again.replications)):
        write_table(tmp_path / name, list(table.columns), table.itertuples(index=False))
        assert (tmp_path / name).read_bytes() == (saved / name).read_bytes()


def test_logs_of_replication_0_with_every_event(scenario: sim.Scenario, result: Result, tmp_path: Path) -> None:
    sim.save(result, tmp_path, logs=True, lang="zh")
    assert len(pd.read_parquet(tmp_path / "cases.parquet")) == result.log0.raw["cases"].size
    assert len(pd.read_parquet(tmp_path / "issues.parquet")) == len(result.log0.plan["issues"])
    assert len(pd.read_parquet(tmp_path / "workers.parquet")) == 5 * 10
    written = pd.read_parquet(tmp_path / "events.parquet")
    assert list(written.columns) == ["time", "phase", "kind", "case", "issue", "queue", "server", "level"]
    pd.testing.assert_frame_equal(written, sim.simulate_once(scenario, events=True).events(), check_dtype=False)


def test_a_run_asked_for_events_keeps_those_of_replication_0(scenario: sim.Scenario, result: Result) -> None:
    eventful = sim.run(scenario, replications=2, jobs=2, events=True)
    assert eventful.log_with_events() is eventful.log0
    np.testing.assert_array_equal(eventful.log0.raw["events"], result.log_with_events().raw["events"])


def test_what_cannot_be_written_loses_nothing(result: Result, tmp_path: Path) -> None:
    (tmp_path / "charts").write_text("in the way")
    with pytest.raises(sim.OutputError, match="charts: cannot be written"):
        sim.save(result, tmp_path)
    assert len(pd.read_csv(tmp_path / "kpis.csv")) == len(result.kpis)
    assert (tmp_path / "manifest.json").exists()


def test_a_notebook_shows_the_headline(result: Result) -> None:
    html = result._repr_html_()
    assert "Tiny street" in html
    assert "true on-time rate" in html
    assert list(result.headline()["kpi"]) == list(HEADLINE)


# the public names


@pytest.mark.parametrize("name", sim.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(sim, name) is not None
    known_to_type_checkers = Path(sim.__file__).read_text(encoding="utf-8").partition("_PUBLIC")[0]
    assert f" {name}" in known_to_type_checkers


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'nothing'"):
        sim.nothing  # noqa: B018
