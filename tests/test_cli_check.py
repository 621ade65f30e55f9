"""The command line: exit codes, messages, no tracebacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main

SOUND = """\
name: s
demand:
  categories:
    - {id: a, title: A, rate: 1 per day, work: {grid: 1 h}}
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def gridgov(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_check_says_so_when_nothing_is_wrong() -> None:
    Path("s.yaml").write_text(SOUND)
    result = gridgov("check", "s.yaml")
    assert (result.exit_code, result.output) == (0, "s.yaml: no problems\n")


def test_check_tells_every_mistake_and_fails() -> None:
    Path("s.yaml").write_text(SOUND + "seed: x\nlang: fr\n")
    result = gridgov("check", "s.yaml")
    assert result.exit_code == 2
    assert result.output == (
        "s.yaml:5:7: seed: expected a whole number, got 'x'\n"
        "s.yaml:6:7: lang: expected one of zh or en, got 'fr'\n"
        "Error: s.yaml: 2 problems\n"
    )


def test_check_strict_wants_every_number_to_have_a_source() -> None:
    Path("s.yaml").write_text(SOUND)
    result = gridgov("check", "s.yaml", "--strict")
    assert result.exit_code == 2
    assert result.output == (
        "s.yaml:4:31: demand.categories.a.rate: expected a source for 1 per day in sources:, got none\n"
        "s.yaml:4:55: demand.categories.a.work.grid: expected a source for 1 h in sources:, got none\n"
        "Error: s.yaml: 2 problems\n"
    )
    assert gridgov("check", "street", "--strict").exit_code == 0


STUDY = """\
name: my study
scenario: s.yaml
levers:
  factors:
    - {id: workers, field: policy.staffing.worker, values: [2, 4]}
    - {id: odd, field: world.answer, between: [1, 2], values: [3]}
primary: [true_on_time]
targets:
  - {id: t, kpi: "lifetime_mean[b]", at_most: much, factor: workers}
  - {id: u, kpi: "lifetime_mean[b]", at_most: 9, factor: workers}
  - {id: v, kpi: wait_meen, at_most: 9, factor: workers}
  - {id: w, kpi: wait_mean, at_most: 9, factor: odd}
wrong: 3
"""


def test_a_study_is_checked_as_a_study_all_at_once() -> None:
    Path("s.yaml").write_text(SOUND + "policy: {staffing: {kind: community_pool}}\n")
    Path("t.yaml").write_text(STUDY)
    result = gridgov("check", "t.yaml")
    assert result.exit_code == 2
    assert result.output == (
        "t.yaml:1:7: name: expected letters, digits, _ and - only, got 'my study'\n"
        "t.yaml:5:28: policy.staffing.worker: expected a known field, got 'worker' (did you mean workers?)\n"
        "t.yaml:6:7: levers.factors.odd: expected one of values, between and alternatives, got 'values and between'\n"
        "t.yaml:7:11: primary: there is no KPI 'true_on_time' (did you mean true_on_time_rate?)\n"
        "t.yaml:9:47: targets.t.at_most: expected a number such as 90 % or 0.9, got 'much'\n"
        "t.yaml:10:18: targets.kpi: lifetime_mean[b]: there is no category 'b'; there are a\n"
        "t.yaml:11:18: targets.kpi: there is no KPI 'wait_meen' (did you mean wait_mean?)\n"
        "t.yaml:13:1: wrong: expected name, title, scenario, replications, set, levers, uncertainties, kpis, primary or "
        "targets, got 'wrong'\n"
        "Error: t.yaml: 8 problems\n"
    )


def test_the_scenario_of_a_study_is_checked_too() -> None:
    Path("s.yaml").write_text(SOUND + "seed: x\n")
    Path("t.yaml").write_text(STUDY)
    lines = gridgov("check", "t.yaml").output.splitlines()
    assert lines[0] == "s.yaml:5:7: seed: expected a whole number, got 'x'"
    assert "t.yaml:1:7: name:" in lines[1]


def test_scenarios_and_studies_are_checked_in_one_go() -> None:
    Path("s.yaml").write_text(SOUND)
    Path("bad.yaml").write_text(SOUND + "seed: x\n")
    Path("t.yaml").write_text(STUDY.replace("true_on_time", "true_on_time_rate"))
    result = gridgov("check", "s.yaml", "bad.yaml", "grid_size", "t.yaml", "steet")
    assert result.exit_code == 2
    assert result.stdout == "s.yaml: no problems\ngrid_size: no problems\n"
    assert result.stderr.endswith(
        "Error: bad.yaml: 1 problem\nt.yaml: 7 problems\n"
        "steet: no such scenario file, and no bundled scenario of that name (did you mean street?)\n"
    )


def test_a_study_may_name_kpis_of_the_users_own() -> None:
    Path("s.yaml").write_text(SOUND)
    Path("late_kpi.py").write_text("def late(log):\n    return 1.0\n")
    text = "name: t\nscenario: s.yaml\nlevers: {factors: [{id: n, field: policy.staffing.workers, values: [2]}]}\n"
    Path("t.yaml").write_text(text + "primary: [late]\n")
    assert "t.yaml:4:11: primary: there is no KPI 'late'" in gridgov("check", "t.yaml").output
    assert gridgov("check", "t.yaml", "--kpi", "late_kpi:late").output == "t.yaml: no problems\n"
    missing = gridgov("check", "t.yaml", "--kpi", "late_kpi:early")
    assert missing.exit_code == 2
    assert "KPI 'late_kpi:early'" in missing.output


@pytest.mark.parametrize("words", [("run", "t.yaml"), ("compare", "street", "grid_size")])
def test_a_study_in_place_of_a_scenario_is_said_to_be_one(words: tuple[str, ...]) -> None:
    Path("t.yaml").write_text(STUDY)
    result = gridgov(*words)
    assert result.exit_code == 2
    assert result.output == f"Error: {words[-1]} is a study of many scenarios: gridgov sweep {words[-1]}\n"


def test_an_unknown_scenario_is_the_users_mistake() -> None:
    result = gridgov("check", "steet")
    assert result.exit_code == 2
    assert "(did you mean street?)" in result.output


def test_new_writes_a_scenario_that_passes_and_overwrites_nothing() -> None:
    assert gridgov("new").exit_code == 0
    assert gridgov("check", "my_street.yaml", "--strict").exit_code == 0
    before = Path("my_street.yaml").read_bytes()
    again = gridgov("new")
    assert (again.exit_code, again.output) == (2, "Error: my_street.yaml exists already: nothing was written\n")
    assert Path("my_street.yaml").read_bytes() == before


def test_new_into_a_folder_that_is_not_there_is_the_users_mistake() -> None:
    result = gridgov("new", "nowhere/x.yaml")
    assert (result.exit_code, result.output) == (
        2,
        "Error: nowhere/x.yaml cannot be written: No such file or directory\n",
    )


def test_explain_a_field() -> None:
    result = gridgov("explain", "world.answer")
    assert result.exit_code == 0
    for words in ("chance that somebody opens at a visit", "unit", "default", "50 %", "base.yaml", "source"):
        assert words in result.output


def test_explain_a_kpi_by_its_name_or_number() -> None:
    for name in ("closing_rate", "K3"):
        result = gridgov("explain", name)
        assert result.exit_code == 0
        for words in ("结案率 · closing rate", "formula", "unit", "unfinished", "source"):
            assert words in result.output


def test_explain_a_slip() -> None:
    result = gridgov("explain", "closing_rat")
    assert (result.exit_code, result.output) == (
        2,
        "Error: no field and no KPI is called 'closing_rat' (did you mean closing_rate?)\n",
    )


def test_explain_a_word_of_many_fields_lists_them() -> None:
    result = gridgov("explain", "department")
    assert result.exit_code == 0
    assert "demand.categories.*.settled_by.department" in result.output


def test_schema_is_json() -> None:
    result = gridgov("schema")
    assert result.exit_code == 0
    assert json.loads(result.output)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_list_tells_scenarios_levers_and_kpis() -> None:
    result = gridgov("list")
    assert result.exit_code == 0
    for words in ("theory/mmc", "杏花岭区巨轮街道", "own_grids, neighbour_backup", "closing_rate"):
        assert words in result.output


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["run"],
        ["run", "street", "--replications", "0"],
        ["run", "street", "--seed", "-1"],
        ["run", "street", "--engine", "fast"],
        ["run", "street", "--jobs", "none"],
        ["run", "street", "--lang", "fr"],
        ["run", "street", "--log"],
        ["run", "nowhere"],
    ],
)
def test_wrong_usage_is_told_with_code_2(words: list[str]) -> None:
    result = gridgov(*words)
    assert result.exit_code == 2
    assert "Error: " in result.output
    assert "Traceback" not in result.output


def test_run_tells_the_mistakes_in_a_scenario() -> None:
    Path("s.yaml").write_text(SOUND + "seed: x\n")
    result = gridgov("run", "s.yaml")
    assert (result.exit_code, result.output) == (
        2,
        "Error: s.yaml:5:7: seed: expected a whole number, got 'x'\ns.yaml: 1 problem\n",
    )


def test_a_fault_of_ours_shows_a_traceback_and_fails_with_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ZeroDivisionError(name)

    monkeypatch.setattr("sim.scenario.loading.examine", fail)
    result = gridgov("check", "street")
    assert result.exit_code == 1
    assert "ZeroDivisionError: street" in result.output
    assert "This is a fault of gridgov" in result.output


def test_an_interrupt_ends_with_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.scenario.loading.examine", stop)
    result = gridgov("check", "street")
    assert (result.exit_code, result.output.strip()) == (130, "interrupted")
