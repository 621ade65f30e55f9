"""Many runs of many scenarios: what they are, found again by their content, and shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from studies import ENGINE, QUICK

import sim
from scenarios import scenario
from sim.engine.log import fates
from sim.study import collect, jobs
from sim.study.collect import missing, simulate_all
from sim.study.executors import Processes, Threads, in_turn
from sim.study.jobs import Job, jobs_of
from sim.study.kpis import KPIS, KpiError, evaluate
from sim.study.run_store import RunStore
from sim.study.runs import Runs


@pytest.fixture(scope="module")
def base() -> sim.Scenario:
    return scenario(QUICK)


@pytest.fixture(scope="module")
def more(base: sim.Scenario) -> sim.Scenario:
    return base.with_policy(staffing={"workers": 6}).replace(name="more")


@pytest.fixture(scope="module")
def runs(base: sim.Scenario, more: sim.Scenario) -> list[Runs]:
    return simulate_all([base, more], replications=2, executor=in_turn, engine=ENGINE)


def cases_of_run(log: sim.Log) -> float:
    """Cases."""
    return len(log.raw["cases"])


def failing(log: sim.Log) -> float:
    """Fails."""
    raise RuntimeError("no such luck")


def bytes_of(runs: list[Runs]) -> list[bytes]:
    return [
        array.tobytes()
        for one in runs
        for run in one.runs
        for array in (run.values, run.fates, run.resolved, run.issues.luck, run.issues.category)
    ]


# what a run is


def test_a_run_is_what_the_log_says(base: sim.Scenario, runs: list[Runs]) -> None:
    for replication in range(2):
        log, run = sim.simulate_once(base, replication=replication, engine=ENGINE), runs[0].runs[replication]
        np.testing.assert_array_equal(run.values, evaluate(log, KPIS.values()), strict=True)
        np.testing.assert_array_equal(run.fates, fates(log), strict=True)
        ended, onset = log.raw["issues"]["resolved"], log.plan["issues"]["onset"]
        expected = [end - start if end >= 0 else -1 for end, start in zip(ended.tolist(), onset.tolist(), strict=True)]
        assert run.resolved.tolist() == expected
        assert run.resolved.dtype == np.int32
        assert {-1} < set(expected)  # some are open, some are not
        np.testing.assert_array_equal(run.issues.luck, log.plan["issues"]["luck"], strict=True)
        np.testing.assert_array_equal(run.issues.category, log.plan["issues"]["category"], strict=True)
        assert run.issues.categories == ("a", "b")


def test_figures_and_values_are_those_of_run(base: sim.Scenario, runs: list[Runs]) -> None:
    result = sim.run(base, replications=2, engine=ENGINE)
    assert [(f.id, f.zh, f.en, f.unit) for f in runs[0].figures] == [
        tuple(row) for row in result.kpis[["kpi", "name_zh", "name_en", "unit"]].itertuples(index=False)
    ]
    np.testing.assert_array_equal(runs[0].values().reshape(-1), result.replications["value"])


def test_scenarios_that_meet_the_same_issues_share_them(runs: list[Runs]) -> None:
    for replication in range(2):
        assert runs[0].runs[replication].issues is runs[1].runs[replication].issues
    assert runs[0].runs[0].issues is not runs[0].runs[1].issues
    assert runs[0].values().tobytes() != runs[1].values().tobytes()


def test_scenarios_with_other_issues_do_not(base: sim.Scenario) -> None:
    other = base.replace(seed=base.seed + 1)
    one, two = simulate_all([base, other], replications=1, executor=in_turn, engine=ENGINE)
    assert not np.array_equal(one.runs[0].issues.luck, two.runs[0].issues.luck)


@pytest.mark.parametrize("executor", [Threads(2), Processes(2)])
def test_every_executor_gives_the_same_bits(base, more, runs, executor) -> None:
    other = simulate_all([base, more], replications=2, executor=executor, engine=ENGINE)
    assert bytes_of(other) == bytes_of(runs)


def test_neighbouring_jobs_draw_their_issues_once(base, more, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    draw = jobs.draw_demand
    monkeypatch.setattr(jobs, "draw_demand", lambda *a, **k: drawn.append(k["replication"]) or draw(*a, **k))
    monkeypatch.setattr(jobs, "_demands", jobs._Latest(2))
    simulate_all([base, more], replications=3, executor=Threads(2), engine=ENGINE)
    assert sorted(drawn) == [0, 1, 2]


# found again


def test_finished_runs_are_found_again(base, more, runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate_all([base], replications=2, executor=in_turn, engine=ENGINE, store=tmp_path / "s")
    made = []
    perform = jobs.perform
    monkeypatch.setattr(collect, "perform", lambda job: made.append(job) or perform(job))
    told = []
    renamed = base.replace(name="another", title="Another", lang="zh")
    found = simulate_all(
        [more, renamed],
        replications=2,
        executor=in_turn,
        engine=ENGINE,
        store=tmp_path / "s",
        progress=lambda *n: told.append(n),
    )
    assert [job.scenario.name for job in made] == ["more", "more"]
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert [one.scenario.name for one in found] == ["more", "another"]
    assert bytes_of(found) == bytes_of([runs[1], runs[0]])


def test_a_store_that_is_given_stays_open(base: sim.Scenario) -> None:
    with RunStore() as store:
        for count in (1, 2):
            simulate_all([base], replications=count, executor=in_turn, engine=ENGINE, store=store)
        (row,) = store._db.execute("SELECT count(*) FROM runs").fetchall()
        assert row == (2,)


def one_job(scenario: sim.Scenario, **how) -> Job:
    return jobs_of(scenario, 1, **{"engine": ENGINE, "own_kpis": (), **how})[0]


def test_the_key_holds_what_determines_a_run_and_no_names(base, more, monkeypatch: pytest.MonkeyPatch) -> None:
    one = one_job(base)
    assert one_job(base.replace(name="n", title="T", lang="zh")).key == one.key
    assert one_job(base.model_copy(update={"sources": {"seed": "a book"}})).key == one.key
    keys = {one.key, *(job.key for job in jobs_of(base, 2, engine=ENGINE, own_kpis=())[1:])}
    keys |= {one_job(more).key, one_job(base.replace(seed=9)).key, one_job(base, engine="compiled").key}
    keys |= {one_job(base, own_kpis=(cases_of_run,)).key, one_job(base, own_kpis=(failing,)).key}
    monkeypatch.setattr(jobs, "code_digest", lambda: "another version")
    assert len(keys | {one_job(base).key}) == 8


def test_policy_and_costs_do_not_change_which_issues_arise(base, more) -> None:
    assert one_job(more).demand == one_job(base).demand
    assert one_job(base.replace(costs={"worker_month": 5})).demand == one_job(base).demand
    assert one_job(base.replace(seed=9)).demand != one_job(base).demand


def test_a_data_file_that_changes_makes_another_key(tmp_path: Path) -> None:
    table = tmp_path / "communities.csv"
    text = QUICK.replace("communities_per_street: 2", f"communities: {table}")
    head = "street_code,street,community_code,community\n"
    table.write_text(head + "1,S,1,A\n1,S,2,B\n")
    one = one_job(scenario(text))
    assert one_job(scenario(text)).key == one.key
    table.write_text(head + "1,S,1,A\n1,S,2,C\n")
    assert one_job(scenario(text)).key != one.key


def test_a_rule_of_the_users_that_changes_makes_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    rules = tmp_path / "key_rules.py"
    rules.write_text("import sim\nclass Mine(sim.Fifo):\n    pass\n")
    mine = scenario(QUICK + '  dispatch: {kind: "key_rules:Mine"}\n')
    key = one_job(mine).key
    rules.write_text(rules.read_text() + "\n")
    assert one_job(mine).key != key
    assert jobs.modules_of([one_job(mine)]) == [rules]


def test_a_kpi_of_the_users_that_changes_makes_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    kpis = tmp_path / "key_kpis.py"
    kpis.write_text("def one(log):\n    return 1.0\n")
    job = one_job(base, own_kpis=("key_kpis:one",))
    assert one_job(base, own_kpis=("key_kpis:one",)).key == job.key
    assert jobs.modules_of([job]) == [kpis]
    kpis.write_text("def one(log):\n    return 2.0\n")
    assert one_job(base, own_kpis=("key_kpis:one",)).key != job.key


def test_a_kpi_without_a_file_is_the_same_only_as_the_same_object(base) -> None:
    def made() -> object:
        space: dict = {"__name__": "no_file"}
        exec("def kpi(log):\n    return 1.0\n", space)
        return space["kpi"]

    kpi, twin = made(), made()
    assert one_job(base, own_kpis=(kpi,)).key == one_job(base, own_kpis=(kpi,)).key
    assert one_job(base, own_kpis=(kpi,)).key != one_job(base, own_kpis=(twin,)).key


def test_what_is_missing_stands_by_replication_and_issues(base, more) -> None:
    other = base.replace(seed=9, name="other")
    every = [job for one in (base, other, more, base) for job in jobs_of(one, 2, engine=ENGINE, own_kpis=())]
    with RunStore() as store:
        order = [(job.replication, job.scenario.name) for job in missing(every, store)]
    assert order == [(r, name) for name in ("quick", "more", "other") for r in range(2)]


# what goes wrong


def test_own_kpis_are_reported_last(base) -> None:
    for executor in (in_turn, Processes(1)):
        (one,) = simulate_all([base], replications=1, executor=executor, engine=ENGINE, kpis=[cases_of_run])
        assert one.figures[-1].id == "cases_of_run"
        assert one.runs[0].values[-1] > 10


def test_the_first_error_is_raised_with_the_run_as_a_note(base) -> None:
    with pytest.raises(KpiError, match=r"failing .* failed: RuntimeError: no such luck") as caught:
        simulate_all([base], replications=2, executor=in_turn, engine=ENGINE, kpis=[failing])
    assert caught.value.__notes__ == ["in replication 0 of quick"]


def test_a_kpi_that_no_other_process_can_find_is_refused(base) -> None:
    with pytest.raises(KpiError, match="another process cannot find it"):
        simulate_all([base], replications=1, executor=Processes(1), engine=ENGINE, kpis=[lambda log: 1.0])


def test_scenarios_are_checked_before_anything_runs(base) -> None:
    with pytest.raises(sim.ScenarioError, match="workers"):
        simulate_all([base, base.with_policy(staffing={"workers": 1})], replications=1, executor=in_turn, engine=ENGINE)
    with pytest.raises(ValueError, match="replications: expected at least 1, got 0"):
        simulate_all([base], replications=0, executor=in_turn, engine=ENGINE)
