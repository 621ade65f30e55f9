"""Comparisons: columns and roles, levels and corrections, effects, files; and sim.compare from the scenarios on."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from comparisons import made_up, simulated

import sim
from scenarios import scenario
from sim.show.plots.differences import difference_rows
from sim.study.compare.comparison import COMPARISON_COLUMNS, REPLICATION_COLUMNS, distinct_names
from sim.study.compare.effects import EFFECT_COLUMNS, EFFECTS
from sim.study.compare.files import write_comparison, write_stories
from sim.study.compare.no_worse import NO_WORSE_COLUMNS
from sim.study.compare.paired import holm, paired
from sim.study.compare.risk import RISK_COLUMNS
from sim.study.executors import Processes, in_turn
from sim.study.intervals import t_quantile
from sim.study.kpis import KPIS
from sim.study.runs import Runs

TINY = """
name: tiny
title: {zh: 小街道, en: Tiny street}
lang: en
seed: 7
period: {start: 2021-03-01, days: 2}
world: {households: 400}
demand:
  categories:
    - {id: dispute, title: {zh: 纠纷, en: Disputes}, rate: 20 per day, work: {grid: {kind: exponential, mean: 1 h}}}
    - {id: info, title: {zh: 信息, en: Updates}, rate: 5 per day, work: {grid: 5 min}}
costs: {worker_month: 4200, crew_hour: 80}
"""
IDS = (
    "true_on_time_rate",
    "true_due_cases",
    "lifetime_mean",
    "issues_occurred",
    "cases_reported",
    "gridworkers",
    "time_share_admin",
)


@pytest.fixture(scope="module")
def tiny() -> sim.Scenario:
    return scenario(TINY)


@pytest.fixture(scope="module")
def pooled(tiny: sim.Scenario) -> sim.Scenario:
    return tiny.replace(name="two").with_policy(staffing={"kind": "community_pool", "workers": 2})


def values(seed: int, shift: float = 0.0, count: int = 8) -> np.ndarray:
    chance = np.random.default_rng(seed)
    shared = np.random.default_rng(0).normal(size=(count, len(IDS)))
    made = np.array([0.7, 900, 50, 1000, 950, 40, 0.3]) * (1 + 0.05 * shared + 0.01 * chance.normal(size=shared.shape))
    return made * (1 + shift)


@pytest.fixture(scope="module")
def made(tiny: sim.Scenario) -> sim.Comparison:
    return sim.Comparison(
        made_up(tiny, values(1), IDS),
        {"a": made_up(tiny, values(2), IDS), "b": made_up(tiny, values(3, 0.02), IDS)},
        primary=("true_on_time_rate", "lifetime_mean"),
        margins={"lifetime_mean": 5.0},
    )


# tables


def test_the_columns_of_the_contract(made: sim.Comparison) -> None:
    assert ",".join(COMPARISON_COLUMNS) == (
        "scenario,kpi,name_zh,name_en,unit,role,baseline_mean,scenario_mean,difference,"
        "ci_low,ci_high,ci_level,p_holm,variance_ratio,replications"
    )
    assert tuple(made.table.columns) == COMPARISON_COLUMNS
    assert list(zip(made.table["scenario"], made.table["kpi"], strict=True)) == [(s, k) for s in "ab" for k in IDS]
    assert made.table["name_zh"][0] == KPIS[IDS[0]].zh
    for table, columns in (
        (made.no_worse, NO_WORSE_COLUMNS),
        (made.effects, EFFECT_COLUMNS),
        (made.risk, RISK_COLUMNS),
        (made.by_replication, REPLICATION_COLUMNS),
    ):
        assert tuple(table.columns) == columns


def test_each_row_is_a_paired_difference_and_each_role_a_family(made: sim.Comparison) -> None:
    table = made.table.set_index(["scenario", "kpi"])
    p: dict[str, dict[tuple[str, str], float]] = {"primary": {}, "exploratory": {}}
    for scenario_seed, name in ((values(2), "a"), (values(3, 0.02), "b")):
        for column, kpi in enumerate(IDS):
            it, row = paired(values(1)[:, column].tolist(), scenario_seed[:, column].tolist()), table.loc[name, kpi]
            assert (row["baseline_mean"], row["scenario_mean"], row["difference"]) == (
                it.baseline,
                it.scenario,
                it.mean,
            )
            assert (row["ci_low"], row["ci_high"]) == it.interval(0.95)
            assert row["variance_ratio"] == it.variance_ratio
            assert (row["ci_level"], row["replications"]) == (0.95, 8)
            role = "primary" if kpi in made.primary else "exploratory"
            assert row["role"] == role
            p[role][name, kpi] = it.p
    for family in p.values():
        for at, corrected in zip(family, holm(list(family.values())), strict=True):
            assert table.loc[at, "p_holm"] == corrected


def test_simultaneous_intervals_share_the_error_among_a_role(made: sim.Comparison, tiny: sim.Scenario) -> None:
    together = sim.Comparison(
        made.baseline, made.alternatives, primary=made.primary, level=0.9, intervals="simultaneous"
    )
    table, levels = together.table, {"primary": 1 - 0.1 / 4, "exploratory": 1 - 0.1 / 10}
    for row in table.to_dict("records"):
        assert row["ci_level"] == pytest.approx(levels[row["role"]])
        it = together.differences[row["scenario"], row["kpi"]]
        assert row["ci_high"] - row["difference"] == pytest.approx(t_quantile(7, row["ci_level"]) * it.error)


def test_an_undefined_figure_is_no_member_of_its_family(tiny: sim.Scenario) -> None:
    old, new = values(1), values(2)
    old[:, 2] = math.nan
    new[:3, 0] = math.nan
    table = sim.Comparison(
        made_up(tiny, old, IDS), {"a": made_up(tiny, new, IDS)}, primary=IDS[:3], intervals="simultaneous"
    ).table.set_index("kpi")
    assert table.loc["lifetime_mean"][["difference", "ci_low", "p_holm", "variance_ratio"]].isna().all()
    assert table.loc["lifetime_mean", "replications"] == 0
    assert table.loc["true_on_time_rate", "replications"] == 5
    assert table.loc["true_on_time_rate", "ci_level"] == 1 - (1 - 0.95) / 2


def test_a_figure_that_not_all_scenarios_have_is_left_out(tiny: sim.Scenario) -> None:
    both = sim.Comparison(
        made_up(tiny, values(1), IDS), {"a": made_up(tiny, values(2)[:, 1:4], IDS[1:4])}, primary=("lifetime_mean",)
    )
    assert list(both.table["kpi"]) == list(IDS[1:4])
    assert both.table["baseline_mean"].tolist() == pytest.approx(values(1).mean(axis=0)[1:4])


def test_the_replications_one_by_one(made: sim.Comparison) -> None:
    rows = made.by_replication
    assert len(rows) == 2 * 8 * len(IDS)
    row = rows[(rows["scenario"] == "b") & (rows["replication"] == 3) & (rows["kpi"] == "lifetime_mean")].iloc[0]
    assert (row["baseline"], row["value"]) == (values(1)[3, 2], values(3, 0.02)[3, 2])
    assert row["difference"] == row["value"] - row["baseline"]


def test_the_headline_begins_with_what_is_claimed(made: sim.Comparison) -> None:
    shown = made.headline()
    assert shown["kpi"].tolist()[:2] == ["true_on_time_rate", "lifetime_mean"]
    assert shown["scenario"].tolist() == sorted(shown["scenario"])


# effects


def test_rates_at_the_volume_of_the_baseline_and_people_at_each_its_own(made: sim.Comparison) -> None:
    effects = made.effects.set_index(["scenario", "kpi"])
    old, new = values(1), values(3, 0.02)
    cases = effects.loc["b", "true_on_time_rate"]
    assert cases["difference"] == pytest.approx(((new[:, 0] - old[:, 0]) * old[:, 1]).mean())
    assert cases["unit"] == "cases"
    assert cases["how_en"] == "difference of true on-time rate (K4') × cases due, honestly of the baseline"
    people = effects.loc["b", "time_share_admin"]
    it = paired((old[:, 6] * old[:, 5]).tolist(), (new[:, 6] * new[:, 5]).tolist())
    assert people["difference"] == pytest.approx(it.mean)
    assert (people["ci_low"], people["ci_high"]) == pytest.approx(it.interval(0.95))
    assert people["unit"] == "people"
    assert "各自的" in people["how_zh"]


def test_effects_speak_of_kpis_that_there_are() -> None:
    for effect in EFFECTS:
        assert {effect.rate, effect.amount} <= set(KPIS)
        assert effect.how_zh
        assert effect.how_en


def test_hours_added_up_are_those_of_all_issues(tiny: sim.Scenario, pooled: sim.Scenario) -> None:
    """Where the amount is the same under both policies, the effect is the plain difference of totals."""
    both = [simulated(one, range(2), ["issues_occurred", "lifetime_mean"]) for one in (tiny, pooled)]
    effect = sim.Comparison(both[0], {"b": both[1]}, primary=()).effects.set_index("kpi").loc["lifetime_mean"]
    totals = []
    for one in (tiny, pooled):
        for log in (sim.simulate_once(one, replication=k) for k in range(2)):
            ended = log.raw["issues"]["resolved"]
            life = np.where(ended < 0, log.plan.rules["horizon"], ended) - log.plan["issues"]["onset"]
            totals.append(life.sum() / 3600)
    assert effect["difference"] == pytest.approx((sum(totals[2:]) - sum(totals[:2])) / 2)


# what does not fit


def test_a_figure_that_there_is_not_is_named_with_the_likely_slip(tiny: sim.Scenario) -> None:
    runs = made_up(tiny, values(1), IDS)
    with pytest.raises(
        sim.KpiError, match=r"no KPI 'lifetime_meen' in all of these scenarios \(did you mean lifetime_mean\?\)"
    ):
        sim.Comparison(runs, {"a": runs}, primary=("lifetime_meen",))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"level": 95}, "level: expected a number between 0 and 1, such as 0.95, got 95"),
        ({"margins": {"lifetime_mean": -1}}, "margin of lifetime_mean: expected a number above 0"),
        ({"margins": {"lifetime_mean": math.nan}}, "margin of lifetime_mean: expected a number above 0"),
    ],
)
def test_settings_that_make_no_sense(tiny: sim.Scenario, settings: dict[str, object], said: str) -> None:
    runs = made_up(tiny, values(1), IDS)
    with pytest.raises(sim.ComparisonError, match=said):
        sim.Comparison(runs, {"a": runs}, primary=(), **settings)  # type: ignore[arg-type]
    with pytest.raises(sim.ComparisonError, match=said):
        sim.compare(tiny, tiny, **settings)  # type: ignore[arg-type]


def test_runs_that_cannot_be_paired(tiny: sim.Scenario) -> None:
    short = made_up(tiny, values(1)[:5], IDS)
    with pytest.raises(sim.ComparisonError, match="scenario a: expected 8 replications, as of the baseline, got 5"):
        sim.Comparison(made_up(tiny, values(1), IDS), {"a": short})


def test_names_are_made_distinct() -> None:
    assert distinct_names(["street", "street", "b", "street", "street-2"]) == [
        "street",
        "street-2",
        "b",
        "street-3",
        "street-2-2",
    ]


# from the scenarios on


@pytest.fixture(scope="module")
def compared(tiny: sim.Scenario, pooled: sim.Scenario) -> sim.Comparison:
    return sim.compare(tiny, pooled, tiny, replications=4, margins={"lifetime_mean": 1.0}, executor=in_turn)


def test_a_scenario_against_itself_differs_in_nothing(compared: sim.Comparison) -> None:
    assert list(compared.alternatives) == ["two", "tiny-2"]
    table = compared.table[compared.table["scenario"] == "tiny-2"]
    defined = table[table["replications"] == 4]
    assert len(defined) > 100
    assert (defined[["difference", "ci_low", "ci_high"]] == 0).all().all()
    assert (defined["p_holm"] == 1).all()
    assert table["variance_ratio"].isna().all()
    assert (table["difference"].fillna(0) == 0).all()
    flows = compared.counterfactual[compared.counterfactual["scenario"] == "tiny-2"]
    assert (flows["outcome_baseline"] == flows["outcome_scenario"]).all()
    assert (compared.effects[compared.effects["scenario"] == "tiny-2"]["difference"] == 0).all()


def test_the_same_issues_under_each_policy(compared: sim.Comparison, tiny: sim.Scenario, pooled: sim.Scenario) -> None:
    for old, new in zip(compared.baseline.runs, compared.alternatives["two"].runs, strict=True):
        assert old.issues is new.issues
    alone = simulated(pooled, range(4), ["utilisation", "wait_mean"])
    for column, kpi in enumerate(("utilisation", "wait_mean")):
        np.testing.assert_array_equal(compared.values_of(kpi, "two"), alone.values()[:, column])
    ratio = compared.table.set_index(["scenario", "kpi"]).loc[("two", "in_system_mean"), "variance_ratio"]
    assert 0 < ratio < 1.0


def test_all_scenarios_run_with_one_seed(tiny: sim.Scenario, pooled: sim.Scenario, compared: sim.Comparison) -> None:
    other = sim.compare(tiny, pooled.replace(seed=99), replications=4, executor=in_turn)
    pd.testing.assert_frame_equal(other.table, compared_with(compared, "two").table)
    again = sim.compare(tiny, pooled, replications=1, seed=5, executor=in_turn)
    assert {runs.scenario.seed for runs in (again.baseline, *again.alternatives.values())} == {5}


def compared_with(comparison: sim.Comparison, name: str) -> sim.Comparison:
    return sim.Comparison(comparison.baseline, {name: comparison.alternatives[name]}, primary=comparison.primary)


def test_who_does_the_runs_changes_nothing(tiny: sim.Scenario, pooled: sim.Scenario, compared: sim.Comparison) -> None:
    other = sim.compare(tiny, pooled, replications=4, executor=Processes(2))
    pd.testing.assert_frame_equal(other.table, compared_with(compared, "two").table)


def test_as_many_replications_as_the_precision_takes(tiny: sim.Scenario, pooled: sim.Scenario, tmp_path: Path) -> None:
    wanted = [sim.Precision("cycle_time_mean", relative=0.4), sim.Precision("utilisation", within=0.1, quantile=0.5)]
    with_precision = sim.compare(tiny, pooled, precision=wanted, executor=in_turn, store=tmp_path / "runs.db")
    achieved = with_precision.achieved
    assert achieved is not None
    assert achieved.needed is not None
    assert with_precision.replications == achieved.made == achieved.needed + 5
    row = with_precision.table.set_index("kpi").loc["cycle_time_mean"]
    assert row["ci_high"] - row["difference"] <= 0.4 * row["baseline_mean"]
    fixed = sim.compare(tiny, pooled, replications=achieved.made, executor=in_turn, store=tmp_path / "runs.db")
    pd.testing.assert_frame_equal(fixed.table, with_precision.table)
    few = sim.compare(
        tiny, pooled, precision=[sim.Precision("wait_mean", within=1e-9)], replications=9, executor=in_turn
    )
    assert few.achieved is not None
    assert (few.achieved.needed, few.replications) == (None, 9)


def test_own_kpis_are_compared_too(tiny: sim.Scenario, pooled: sim.Scenario) -> None:
    own = sim.compare(
        tiny, pooled, replications=2, kpis=["test_experiment:cases_of_run"], primary=["cases_of_run"], executor=in_turn
    )
    row = own.table.set_index("kpi").loc["cases_of_run"]
    assert row["role"] == "primary"
    assert (row["difference"], row["p_holm"]) == (0, 1)
    assert own.headline()["kpi"].iloc[0] == "cases_of_run"


def test_what_cannot_be_compared_is_refused_before_the_run(tiny: sim.Scenario) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a run was made")

    longer = tiny.replace(name="longer", period=tiny.period.model_copy(update={"days": 3}))
    for scenarios, settings, error, said in (
        ((), {}, sim.ComparisonError, "expected at least one scenario to compare with tiny, got none"),
        ((longer,), {}, sim.ComparisonError, "scenario longer: expected the period of tiny .*days 2.*, got .*days 3"),
        ((tiny,), {"primary": ["wait_meen"]}, sim.KpiError, r"no KPI 'wait_meen' \(did you mean wait_mean\?\)"),
        (
            (tiny,),
            {"margins": {"wait_mean[x]": 1.0}},
            sim.KpiError,
            "there is no category 'x'; there are dispute, info",
        ),
    ):
        with pytest.raises(error, match=said):
            sim.compare(tiny, *scenarios, executor=never, **settings)  # type: ignore[arg-type]


def test_figures_of_a_category_may_be_primary(tiny: sim.Scenario, pooled: sim.Scenario) -> None:
    some = sim.compare(tiny, pooled, replications=2, primary=["wait_mean[info]"], executor=in_turn)
    assert some.table[some.table["role"] == "primary"]["kpi"].tolist() == ["wait_mean[info]"]


# files and notebooks


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_files_of_a_comparison(compared: sim.Comparison, tmp_path: Path) -> None:
    write_comparison(compared, tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    tables = ("comparison", "counterfactual", "effects", "risk", "replications", "no_worse")
    assert names == {*(f"{name}.csv" for name in tables), "manifest.json"}
    written = rows(tmp_path / "out" / "comparison.csv")
    assert tuple(written[0]) == COMPARISON_COLUMNS
    assert len(written) == len(compared.table)
    same = next(row for row in written if row["scenario"] == "tiny-2" and row["kpi"] == "lifetime_mean")
    assert (same["role"], same["difference"], same["p_holm"], same["variance_ratio"]) == ("primary", "0", "1", "")
    header = "scenario,category,outcome_baseline,outcome_scenario,issues_mean,ci_low,ci_high"
    assert ",".join(rows(tmp_path / "out" / "counterfactual.csv")[0]) == header
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["baseline"]["seed"] == 7
    assert manifest["scenarios"]["two"]["scenario"]["policy"]["staffing"]["workers"] == 2
    assert manifest["margins"] == {"lifetime_mean": 1.0}
    assert (manifest["replications"], manifest["precision"], manifest["intervals"]) == (4, None, "each")
    bytes_before = {name: (tmp_path / "out" / f"{name}.csv").read_bytes() for name in tables}
    write_comparison(compared, tmp_path / "out")
    assert {name: (tmp_path / "out" / f"{name}.csv").read_bytes() for name in tables} == bytes_before


def test_without_margins_there_is_no_table_of_them(compared: sim.Comparison, tmp_path: Path) -> None:
    write_comparison(compared_with(compared, "two"), tmp_path)
    assert not (tmp_path / "no_worse.csv").exists()


def test_the_stories_of_a_comparison(compared: sim.Comparison, tmp_path: Path) -> None:
    write_stories(compared_with(compared, "two"), tmp_path, count=2)
    extreme, told = rows(tmp_path / "extremes.csv"), rows(tmp_path / "stories.csv")
    assert {row["scenario"] for row in extreme} == {"two"}
    assert {row["issue"] for row in told} == {row["issue"] for row in extreme}
    assert float(extreme[0]["hours_gained"]) > 0


@sim.log_kpi(unit="share", zh="当天办结", en="closed within a day", better="higher")
def same_day(log: sim.Log) -> float:
    """Share of cases closed within a day."""
    cases = log.raw["cases"]
    return float(((cases["closed"] >= 0) & (cases["closed"] - cases["known"] < 86_400)).mean())


@sim.log_kpi(unit="h", zh="未说明", en="says nothing")
def silent(log: sim.Log) -> float:
    return 1.0


@pytest.mark.parametrize("store", [None, "runs.sqlite"])
def test_the_users_own_kpis_say_which_way_is_better(
    tiny: sim.Scenario, pooled: sim.Scenario, tmp_path: Path, store: str | None
) -> None:
    found = sim.compare(
        tiny,
        pooled,
        replications=3,
        kpis=[same_day, silent],
        margins={"same_day": 0.05, "silent": 1.0},
        executor=in_turn,
        store=store and tmp_path / store,
    )
    assert found.no_worse.set_index("kpi")["better"].to_dict() == {"same_day": "higher", "silent": "neither"}
    risk = found.risk.set_index("kpi")
    change = np.sign(found.values_of("same_day", "two") - found.values_of("same_day"))
    assert risk.loc["same_day", "chance_worse"] == (change < 0).mean()
    assert math.isnan(risk.loc["silent", "chance_worse"])
    html = found._repr_html_()
    assert "closed within a day ↑" in html
    assert "says nothing<" in html
    assert any(row.name == "Closed within a day ↑" for row in difference_rows(found, "en"))


def test_a_notebook_shows_a_table_for_each_scenario(compared: sim.Comparison) -> None:
    html = compared._repr_html_()
    assert html.count("<table") == 2
    assert "lifetime of issues, mean" in html
    assert "primary" in html
    chinese = sim.Comparison(
        Runs(compared.baseline.scenario.replace(lang="zh"), compared.baseline.figures, compared.baseline.runs),
        compared.alternatives,
    )
    assert "问题存续时长（平均）" in chinese._repr_html_()
