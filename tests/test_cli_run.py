"""gridgov run: tables, files, languages, and what happens when something goes wrong on the way."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.cli.run import TEXTS, _announce
from sim.engine.engines import Engine
from sim.model.world import build_world
from sim.scenario.loading import load
from sim.scenario.sizes import size_of
from sim.study.estimate import expected_seconds
from sim.study.experiment import run

QUICK = """\
name: quick
title: {zh: 小例, en: Small example}
lang: zh
period: {days: 20, warm_up: 2 d}
demand:
  categories:
    - {id: a, title: {zh: 甲, en: First}, rate: 10 per day, work: {grid: {kind: exponential, mean: 1 h}}}
"""


@pytest.fixture(autouse=True)
def in_a_folder_with_a_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("q.yaml").write_text(QUICK, encoding="utf-8")


def gridgov(*words: str) -> Result:
    return CliRunner().invoke(main, ["run", *words])


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_files_and_columns_are_as_promised() -> None:
    result = gridgov("q.yaml", "--replications", "2", "--seed", "7", "--out", "out")
    assert result.exit_code == 0, result.output
    assert list(rows("out/kpis.csv")[0]) == [
        *("kpi", "name_zh", "name_en", "unit", "mean", "ci_low", "ci_high", "replications")
    ]
    assert list(rows("out/replications.csv")[0]) == ["replication", "kpi", "value"]
    assert {row["replication"] for row in rows("out/replications.csv")} == {"0", "1"}
    assert {path.suffix for path in Path("out/charts").iterdir()} == {".png", ".svg"}
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7
    assert manifest["scenario"]["policy"]["staffing"]["kind"] == "community_pool"


def test_the_table_speaks_the_language_of_the_scenario_or_the_one_asked_for() -> None:
    chinese = gridgov("q.yaml", "--replications", "1").output
    english = gridgov("q.yaml", "--replications", "1", "--lang", "en").output
    assert all(words in chinese for words in ("小例", "结案率", "均值", "小时", "可保存表格与图"))
    assert all(words in english for words in ("Small example", "closing rate", "mean", "add --out DIR"))
    assert not any("一" <= letter <= "鿿" for letter in english)


def test_the_log_of_the_first_run_is_written_on_request() -> None:
    assert gridgov("q.yaml", "--replications", "1", "--out", "out", "--log").exit_code == 0
    assert {"cases", "issues", "workers", "events"} <= {path.stem for path in Path("out").iterdir()}


def test_two_jobs_write_the_same_bytes_as_one() -> None:
    for jobs in ("1", "2"):
        assert gridgov("q.yaml", "--replications", "3", "--jobs", jobs, "--out", f"out{jobs}").exit_code == 0
    for name in ("kpis.csv", "replications.csv"):
        assert Path("out1", name).read_bytes() == Path("out2", name).read_bytes()


def test_nothing_is_said_about_progress_where_there_is_no_terminal() -> None:
    assert gridgov("q.yaml", "--replications", "2").stderr == ""


def announced(scenario: str, replications: int, *, engine: Engine = "compiled", jobs: int = 1, lang: str = "en") -> str:
    """What is said of how long it will take."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("click.echo", lambda text, err: said.append(text))
        _announce(load(scenario), replications, jobs, engine=engine, texts=TEXTS[lang])
    return "".join(said)


def test_a_long_run_is_announced_by_the_engine_in_use() -> None:
    Path("long.yaml").write_text(QUICK.replace("10 per day", "100 per hour").replace("days: 20", "days: 2000"))
    readable = announced("long.yaml", 5, engine="reference")
    assert readable.startswith("this will take about ")
    assert readable.endswith(" h (5 replications of about 4,800,000 issues)")
    assert announced("long.yaml", 5, lang="zh") == "预计用时约 2 分钟（5 次重复，每次约 4,800,000 个问题）"
    assert announced("q.yaml", 5, engine="reference") == ""


def test_two_years_of_a_district_are_no_long_run_unless_they_are_read_slowly() -> None:
    assert announced("xinghualing", 2) == ""
    assert announced("xinghualing", 100).startswith("this will take about 6 min ")
    assert announced("xinghualing", 2, engine="reference").startswith("this will take about 9 min ")
    assert announced("xinghualing", 2, engine="both").startswith("this will take about 9 min ")


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_what_is_expected_is_not_far_off(engine: Engine) -> None:
    street = load("street")
    size = size_of(build_world(street.world), street.demand, street.policy, period=street.period)
    run(street, replications=1, engine=engine)  # everything is loaded
    begun = time.process_time()
    run(street, replications=3, engine=engine)
    ratio = (time.process_time() - begun) / expected_seconds(size, engine, replications=3, at_a_time=1)
    assert 1 / 4 < ratio < 4  # of the machine it was measured on


@pytest.mark.parametrize("out", ["q.yaml", "q.yaml/out"])
def test_a_folder_that_cannot_be_written_is_told_before_the_run(out: str) -> None:
    result = gridgov("q.yaml", "--replications", "1", "--out", out)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "q.yaml" in result.output
    assert "均值" not in result.output


def test_what_is_written_already_survives_a_failure_of_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.show.output.draw_run_charts", full)
    result = gridgov("q.yaml", "--replications", "1", "--out", "out")
    assert result.exit_code == 2
    assert "No space left on device" in result.output
    assert "Traceback" not in result.output
    assert len(rows("out/kpis.csv")) > 10


def test_a_kpi_of_the_users() -> None:
    Path("own_kpis.py").write_text("def late(log):\n    return 42\n")
    result = gridgov("q.yaml", "--replications", "1", "--kpi", "own_kpis:late", "--out", "out")
    assert result.exit_code == 0, result.output
    assert [row["mean"] for row in rows("out/kpis.csv") if row["kpi"] == "late"] == ["42"]
    missing = gridgov("q.yaml", "--kpi", "own_kpis:later")
    assert missing.exit_code == 2
    assert "own_kpis:later" in missing.output
    assert "Traceback" not in missing.output


def test_a_score_of_the_users_that_fails_on_the_way_is_theirs_to_mend() -> None:
    Path("own_score.py").write_text("def score(now, since, features):\n    return 1 // (now < 864000)\n")
    Path("s.yaml").write_text(QUICK + "policy: {dispatch: {kind: live, score: 'own_score:score'}}\n", encoding="utf-8")
    compiled = gridgov("s.yaml", "--replications", "1")
    assert "policy.dispatch.score: the live score has failed: run with the reference engine" in compiled.output
    reference = gridgov("s.yaml", "--replications", "1", "--engine", "reference")
    assert "policy.dispatch.score: expected a part that works, got ZeroDivisionError" in reference.output
    for result in (compiled, reference):
        assert result.exit_code == 2
        assert "Traceback" not in result.output


def test_an_interrupt_ends_a_run_with_code_130() -> None:
    Path("long.yaml").write_text(QUICK.replace("10 per day", "100 per day").replace("days: 20", "days: 3000"))
    command = [sys.executable, "-c", "from sim.cli import main; main()", "run", "long.yaml", "--engine", "reference"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # it may be ignored here
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("预计用时约")
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
