"""gridgov compare: tables, files, languages, precision, and messages for what does not fit."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli import main

QUICK = """\
name: quick
title: {zh: 小例, en: Small example}
lang: zh
seed: 5
period: {days: 4}
demand:
  categories:
    - {id: a, title: {zh: 甲, en: First}, rate: 20 per day, work: {grid: {kind: exponential, mean: 1 h}}}
"""
TWO = """\
extends: q.yaml
name: two
title: {zh: 两人, en: Two workers}
policy: {staffing: {kind: community_pool, workers: 2}}
"""


@pytest.fixture(autouse=True)
def in_a_folder_with_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("q.yaml").write_text(QUICK, encoding="utf-8")
    Path("two.yaml").write_text(TWO, encoding="utf-8")


def gridgov(*words: str) -> Result:
    return CliRunner().invoke(main, ["compare", *words, "--executor", "serial"])


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_files_and_tables_are_as_promised() -> None:
    result = gridgov(
        "q.yaml", "two.yaml", "q.yaml", "--replications", "3", "--primary", "lifetime_mean", "--out", "out"
    )
    assert result.exit_code == 0, result.output
    written = rows("out/comparison.csv")
    assert {row["scenario"] for row in written} == {"two", "quick-2"}
    primary = [row for row in written if row["role"] == "primary"]
    assert [row["kpi"] for row in primary] == ["lifetime_mean"] * 2
    assert primary[0]["replications"] == "3"
    same = next(row for row in written if row["scenario"] == "quick-2" and row["kpi"] == "lifetime_mean")
    assert (same["difference"], same["p_holm"], same["variance_ratio"]) == ("0", "1", "")
    assert rows("out/counterfactual.csv")[0]["category"] == "(all)"
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["scenarios"]) == ["two", "quick-2"]
    assert manifest["baseline"]["seed"] == 5
    for words in (
        "两人（two），与“小例”相比：同样的问题，3 次重复",
        "* ↓ 问题存续时长（平均）",
        "折合件数、小时与人数",
        "结果已写入 out",
    ):
        assert words in result.output


def test_in_english_nothing_is_chinese() -> None:
    result = gridgov(
        "q.yaml", "two.yaml", "--replications", "2", "--lang", "en", "--margin", "lifetime_mean=3", "--simultaneous"
    )
    assert result.exit_code == 0, result.output
    for words in (
        "Two workers (two) against Small example",
        "No worse than the baseline?",
        "joint interval",
        "add --out DIR",
    ):
        assert words in result.output
    assert not any("一" <= letter <= "鿿" for letter in result.output)


def test_margins_are_judged() -> None:
    result = gridgov(
        "q.yaml", "two.yaml", "--margin", "lifetime_mean=0.5", "--margin", "gridworkers=0.5", "--out", "out"
    )
    assert result.exit_code == 0, result.output
    judged = {row["kpi"]: row["no_worse"] for row in rows("out/no_worse.csv")}
    assert judged == {"lifetime_mean": "True", "gridworkers": "False"}
    assert "不差" in result.output
    assert "未能证明" in result.output


def test_replications_until_precise() -> None:
    result = gridgov(
        "q.yaml", "two.yaml", "--precision", "lifetime_mean=60%", "--precision", "utilisation@0.5=0.2", "--out", "out"
    )
    assert result.exit_code == 0, result.output
    assert "所需精度在" in result.output
    precision = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["precision"]
    assert precision["made"] == precision["needed"] + 5
    assert [row["quantile"] for row in precision["reached"]] == [None, 0.5]
    missed = gridgov("q.yaml", "two.yaml", "--precision", "lifetime_mean=0.0001", "--replications", "5")
    assert missed.exit_code == 0
    assert "5 次重复后仍未达到所需精度：lifetime_mean (two) ±" in missed.stderr


def test_stories_are_written_on_request() -> None:
    assert gridgov("q.yaml", "two.yaml", "--replications", "1", "--stories", "2", "--out", "out").exit_code == 0
    assert len(rows("out/extremes.csv")) >= 2
    assert {row["baseline_kind"] for row in rows("out/stories.csv")} >= {"report", "start", "close"}


def test_the_engine_has_a_say_in_who_does_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def in_turn_instead(name: str | None, jobs: int | None, cluster: str | None, *, engine: str) -> object:
        asked.append((name, jobs, cluster, engine))
        return sim.in_turn

    monkeypatch.setattr("sim.cli.compare.executor_of", in_turn_instead)
    words = ["compare", "q.yaml", "two.yaml", "--replications", "1", "--engine", "reference", "--jobs", "2"]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert asked == [(None, 2, None, "reference")]


def test_finished_runs_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("q.yaml", "two.yaml", "--replications", "2", "--store", "runs.db")
    assert gridgov(*asked, "--out", "first").exit_code == 0

    def never(job: object) -> None:
        raise AssertionError("a run was made again")

    monkeypatch.setattr("sim.study.collect.perform", never)
    assert gridgov(*asked, "--out", "second").exit_code == 0
    assert Path("first/comparison.csv").read_bytes() == Path("second/comparison.csv").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("q.yaml",), "Missing argument 'ALT...'"),
        (("q.yaml", "none.yaml"), "none.yaml"),
        (("q.yaml", "two.yaml", "--margin", "lifetime_mean"), "expected KPI=NUMBER"),
        (("q.yaml", "two.yaml", "--margin", "lifetime_mean=-1"), "margin of lifetime_mean: expected a number above 0"),
        (("q.yaml", "two.yaml", "--precision", "lifetime_mean=much"), "expected KPI=NUMBER in the unit of the KPI"),
        (("q.yaml", "two.yaml", "--precision", "lifetime_mean@9=1"), "expected a quantile between 0 and 1, got 9"),
        (("q.yaml", "two.yaml", "--precision", "cost_total=1"), "precision of cost_total: it is undefined in all"),
        (("q.yaml", "two.yaml", "--precision", "lifetime_mean=1", "--replications", "2"), "at least 3 to judge"),
        (("q.yaml", "two.yaml", "--primary", "lifetime"), "there is no KPI 'lifetime'"),
        (("q.yaml", "two.yaml", "--level", "1"), "--level"),
        (("q.yaml", "two.yaml", "--stories", "2"), "--stories needs --out DIR"),
        (("q.yaml", "two.yaml", "--cluster", "tcp://nobody:1"), "--cluster does the runs"),
        (("q.yaml", "two.yaml", "--out", "q.yaml"), "q.yaml"),
        (("q.yaml", "two.yaml", "--kpi", "nowhere:late"), "nowhere:late"),
    ],
)
def test_what_does_not_fit_is_said_without_a_traceback(words: tuple[str, ...], said: str) -> None:
    result = gridgov(*words)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output


def test_other_days_are_no_policy() -> None:
    Path("longer.yaml").write_text("extends: q.yaml\nname: longer\nperiod: {days: 5}\n", encoding="utf-8")
    result = gridgov("q.yaml", "longer.yaml")
    assert result.exit_code == 2
    assert "scenario longer: expected the period of quick" in result.output


def test_a_warm_up_that_looks_too_short_is_warned_of_by_run() -> None:
    slow = QUICK.replace("days: 4", "days: 120").replace("20 per day", "60 per day")
    slow = slow.replace("mean: 1 h}}}", "mean: 1 min}}, report: {delay: {kind: exponential, mean: 40 d}}}")
    Path("slow.yaml").write_text(slow, encoding="utf-8")
    chinese = CliRunner().invoke(main, ["run", "slow.yaml", "--replications", "1"])
    english = CliRunner().invoke(main, ["run", "slow.yaml", "--replications", "1", "--lang", "en"])
    assert chinese.exit_code == english.exit_code == 0
    assert "注意：0 天的预热期看来太短，其后隐性存量仍在变化" in chinese.stderr
    assert "note: a warm-up of 0 days looks too short, the latent stock still changes after it" in english.stderr
    Path("warm.yaml").write_text(slow.replace("days: 120", "days: 400, warm_up: 200 d"), encoding="utf-8")
    assert "注意" not in CliRunner().invoke(main, ["run", "warm.yaml", "--replications", "1"]).stderr
