"""gridgov sweep: tables on the screen and in files, exit codes, going on where it was cut short."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from studies import STUDY, write

from sim.cli import main
from sim.cli.sweep import _lines

TARGET = "targets: [{id: ninety, kpi: on_time_rate, at_least: 90 %, factor: workers}]\n"
ONE = STUDY.replace("values: [2, 4]", "values: [2, 4, 6]").replace("replications: 2", "replications: 1") + TARGET


@pytest.fixture(autouse=True)
def in_a_folder_with_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, study=ONE)


def gridgov(*words: str) -> Result:
    return CliRunner().invoke(main, ["sweep", *words, "--engine", "reference", "--executor", "serial"])


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_study_is_run_and_written() -> None:
    result = gridgov("study.yaml")
    assert result.exit_code == 0, result.output
    assert "Staff: 6 points × 1 replications" in result.stderr
    assert all(words in result.stdout for words in ("Gridworkers", "on-time closing rate at least 90 %", "6 runs"))
    assert "results written to out/staff" in result.stdout
    assert {path.name for path in Path("out/staff").iterdir()} == {
        *("runs.csv", "summary.csv", "crossings.csv", "manifest.json", "runs.sqlite", "charts")
    }
    assert {row["workers"] for row in rows("out/staff/runs.csv")} == {"2", "4", "6"}
    assert len(rows("out/staff/crossings.csv")) == 2


def test_started_again_it_makes_only_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gridgov("study.yaml", "--out", "a", "--store", "shared.sqlite").exit_code == 0
    monkeypatch.setattr("sim.study.collect.perform", None)  # nothing is left to be made
    assert gridgov("study.yaml", "--out", "b", "--store", "shared.sqlite").exit_code == 0
    assert not Path("b/runs.sqlite").exists()
    for name in ("runs.csv", "summary.csv", "crossings.csv"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()


def test_chinese_and_english() -> None:
    result = gridgov("study.yaml", "--lang", "zh")
    assert all(words in result.stdout for words in ("各方案的主要指标", "目标在何处达到", "结果已写入"))
    assert "人数：6 个方案" in result.stderr


def test_runs_that_fail_are_counted_and_the_exit_code_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    Path("cli_kpis.py").write_text("def bad(log):\n    raise RuntimeError('no such luck')\n")
    result = gridgov("study.yaml", "--kpi", "cli_kpis:bad")
    assert result.exit_code == 1
    assert "6 runs failed, the rest is done; see the column error of out/staff/runs.csv" in result.stderr
    assert all("no such luck" in row["error"] for row in rows("out/staff/runs.csv"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stuff.yaml"], "stuff.yaml: no such study file, and no bundled study of that name"),
        (["grid_siz"], "did you mean grid_size?"),
        (["study.yaml", "--kpi", "nothing:here"], "KPI 'nothing:here'"),
        (["study.yaml", "--out", "study.yaml"], "study.yaml: cannot be written: File exists"),
        (["study.yaml", "--store", "study.yaml"], "study.yaml: expected a store of runs, got another file"),
        (["study.yaml", "--cluster", "tcp://127.0.0.1:1"], "--cluster does the runs"),
    ],
)
def test_what_the_user_can_mend_is_said_without_a_traceback(words: list[str], said: str) -> None:
    result = gridgov(*words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_mistakes_are_told_at_their_places() -> None:
    Path("study.yaml").write_text(ONE.replace("policy.staffing.workers", "policy.staffing.worker") + "x: 1\n")
    result = gridgov("study.yaml")
    assert result.exit_code == 2
    assert "study.yaml:13:1: x: expected " in result.stderr
    assert "policy.staffing.worker: expected a known field" in result.stderr
    assert result.stderr.endswith("study.yaml: 2 problems\n")
    Path("study.yaml").write_text(ONE.replace("policy.staffing.workers", "policy.staffing.worker"))
    assert "study.yaml:7:77: policy.staffing.worker: expected a known field" in gridgov("study.yaml").stderr


def test_without_a_terminal_progress_is_a_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    progress = _lines("running", lambda: now[0])
    for done in range(5):
        progress(done, 10)
        now[0] += 40
    assert capsys.readouterr().err == "running 2 / 10 ≈ 5 min\nrunning 4 / 10 ≈ 4 min\n"


def test_list_names_the_bundled_studies() -> None:
    listed = CliRunner().invoke(main, ["list"]).output
    assert "grid_size" in listed.partition("studies\n")[2].partition("policy\n")[0]
