"""Charts of comparisons and sweeps: they show what the tables say, in both languages, and everything in them can be read."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import studies
from comparisons import made_up, simulated
from matplotlib.figure import Figure
from test_plots import overlapping, texts_of

import sim
from scenarios import scenario
from sim.model.world import build_world
from sim.show.plots.amounts import decimals, number, plain_tick, signed
from sim.show.plots.comparison_charts import comparison_charts, draw_comparison_charts, sweep_charts
from sim.show.plots.counterfactual import COLOURS, NAMES, outcome_flows, plot_counterfactual
from sim.show.plots.differences import difference_rows, plot_differences
from sim.show.plots.fairness_map import is_sure, places_of, plot_fairness_map
from sim.show.plots.frontier import plot_frontier, stands_of
from sim.show.plots.response import plot_response, response
from sim.show.plots.risk import plot_risk, spreads
from sim.study.compare import OUTCOMES, Comparison
from sim.study.fairness import difference_by_place
from sim.study.replication import simulate_once
from sim.study.runs import Runs

PLACE = """
extends: base
name: two-communities
title: {zh: 两个社区, en: Two communities}
lang: en
period: {start: 2021-03-01, days: 40, warm_up: 5 d, history: 60 d}
world: {communities_per_street: 2, households: 4000}
policy: {staffing: {kind: own_grids, workers: 6}}
sources: {}
"""
REPLICATIONS = range(4)


@pytest.fixture(scope="module")
def base() -> sim.Scenario:
    return scenario(PLACE)


@pytest.fixture(scope="module")
def made(base: sim.Scenario) -> dict[str, Runs]:
    pooled = base.replace(name="pooled", title="Pooled").with_policy(staffing="community_pool")
    larger = base.replace(name="larger", title="Larger grids").with_policy(zoning={"target": 1000})
    return {one.name: simulated(one, REPLICATIONS) for one in (base, pooled, larger)}


@pytest.fixture(scope="module")
def comparison(made: dict[str, Runs]) -> Comparison:
    base, *others = made.values()
    return Comparison(base, {runs.scenario.name: runs for runs in others}, seconds=1.0)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> sim.Sweep:
    study = studies.write(tmp_path_factory.mktemp("study"))
    return sim.sweep(sim.load_study(study), engine=studies.ENGINE, executor=sim.in_turn)


def first(comparison: Comparison, count: int) -> Comparison:
    """The same comparison of the first replications only."""
    fewer = [
        Runs(r.scenario, r.figures, r.runs[:count]) for r in (comparison.baseline, *comparison.alternatives.values())
    ]
    return Comparison(fewer[0], dict(zip(comparison.alternatives, fewer[1:], strict=True)))


def said(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in texts_of(figure))


def see_that_it_can_be_read(name: str, figure: Figure) -> None:
    boxes = texts_of(figure)
    width, height = figure.get_size_inches() * figure.dpi
    outside = [t.get_text() for t, b in boxes.items() if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height]
    assert outside == [], name
    assert list(overlapping(boxes)) == [], name
    assert min(text.get_fontsize() for text in boxes) >= 8, name


# every chart can be read


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_of_a_comparison_can_be_read(comparison: Comparison, lang: str) -> None:
    names = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a missing glyph is a warning
        for name, figure in comparison_charts(comparison, lang=lang):
            see_that_it_can_be_read(name, figure)
            names.append(name)
    flows_and_maps = [f"{chart}_{one}" for chart in ("counterfactual", "fairness") for one in ("pooled", "larger")]
    assert names == ["differences", "frontier", "risk", *flows_and_maps]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_of_a_sweep_can_be_read(sweep: sim.Sweep, lang: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = dict(sweep_charts(sweep, lang=lang))
        for name, figure in drawn.items():
            see_that_it_can_be_read(name, figure)
    assert list(drawn) == [f"response_{kpi}" for kpi in sweep.primary if kpi in set(sweep.summary["kpi"])]
    assert drawn


def test_one_replication_and_a_policy_against_itself_have_charts_too(comparison: Comparison) -> None:
    itself = Comparison(comparison.baseline, {"same": comparison.baseline})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for one in (first(comparison, 1), itself, first(itself, 1)):
            for name, figure in comparison_charts(one, lang="en"):
                see_that_it_can_be_read(name, figure)
    assert "every issue ends as under the baseline" in said(plot_counterfactual(itself, "same", lang="en"))


def test_many_scenarios_of_long_titles_can_be_read(comparison: Comparison, base: sim.Scenario) -> None:
    long = base.replace(title={"zh": "没完没了的标题" * 20, "en": "an endless $x_1$ title " * 8})
    others = comparison.alternatives["pooled"]
    many = {f"s{k}": Runs(long, others.figures, others.runs) for k in range(8)}
    crowd = Comparison(Runs(long, comparison.baseline.figures, comparison.baseline.runs), many)
    for lang in ("zh", "en"):
        for plot in (plot_differences, plot_risk, plot_frontier):
            see_that_it_can_be_read(plot.__name__, plot(crowd, lang=lang))
    assert "first 6 of 8 scenarios" in said(plot_differences(crowd, lang="en"))


# what they show is what the tables say


def test_differences_are_those_of_the_table_the_primary_ones_first(comparison: Comparison) -> None:
    rows, table = difference_rows(comparison, "en"), comparison.headline()
    roles = [row.role for row in rows]
    assert roles == sorted(roles, reverse=True)
    assert roles[:3] == ["primary"] * 3
    shown = table[(table["baseline_mean"] != 0) & table["difference"].notna()]
    means = {(change.scenario, round(change.mean, 9)) for row in rows for change in row.changes}
    expected = 100 * shown["difference"] / shown["baseline_mean"].abs()
    assert means == {(name, round(value, 9)) for name, value in zip(shown["scenario"], expected, strict=True)}


def test_marks_are_hollow_where_the_interval_contains_zero_or_there_is_none(comparison: Comparison) -> None:
    def hollow(comparison: Comparison) -> list[bool]:
        return [change.unsure for row in difference_rows(comparison, "en") for change in row.changes]

    table = comparison.headline()
    table = table[(table["baseline_mean"] != 0) & table["difference"].notna()]
    unsure = int(((table["ci_low"] <= 0) & (table["ci_high"] >= 0)).sum())
    assert 0 < sum(hollow(comparison)) == unsure < len(table)
    assert all(hollow(first(comparison, 1)))
    panels = plot_differences(comparison, lang="en").axes
    faces = [line.get_markerfacecolor() for axes in panels for line in axes.lines if line.get_marker() in ("o", "s")]
    marks = [face for face in faces if face == "white"]
    assert len(marks) == unsure + 1  # the legend has one


def test_differences_are_written_in_their_own_unit(base: sim.Scenario) -> None:
    ids = ("true_on_time_rate", "lifetime_mean", "cost_total")
    old = np.array([[0.80, 100.0, 50_000.0], [0.82, 110.0, 60_000.0], [0.81, 105.0, 55_000.0]])
    new = old + np.array([[0.01, -10.0, 0.0], [0.02, -12.0, 0.0], [0.03, -14.0, 0.0]])
    one = Comparison(made_up(base, old, ids), {"new": made_up(base, new, ids)})
    words = said(plot_differences(one, lang="en"))
    assert "+2.0 (−0.5 … +4.5) percentage points" in words
    assert "−12.0 (−17.0 … −7.0) h" in words
    assert "0 (0 … 0) yuan" in words
    assert "个百分点" in said(plot_differences(one, lang="zh"))


def test_the_frontier_stands_where_means_and_differences_say(comparison: Comparison) -> None:
    stands, rows = stands_of(comparison, "en"), comparison.table.set_index(["scenario", "kpi"])
    for name in comparison.alternatives:
        cost, service = rows.loc[(name, "cost_total")], rows.loc[(name, "true_on_time_rate")]
        assert stands[name].cost[0] == pytest.approx(cost["scenario_mean"] / 1e4)
        assert stands[name].service[0] == pytest.approx(100 * service["scenario_mean"])
        widths = stands[name].service[2] - stands[name].service[1]
        assert widths == pytest.approx(100 * (service["ci_high"] - service["ci_low"]))
    assert stands[""].cost[0] == pytest.approx(cost["baseline_mean"] / 1e4)


def test_there_is_no_frontier_without_prices(base: sim.Scenario) -> None:
    ids = ("true_on_time_rate", "cost_total")
    runs = made_up(base, np.array([[0.8, np.nan], [0.9, np.nan]]), ids)
    assert "no prices are given" in said(plot_frontier(Comparison(runs, {"a": runs}, primary=()), lang="en"))


def test_flows_are_those_of_the_counterfactual(comparison: Comparison) -> None:
    flows, table = outcome_flows(comparison, "pooled"), comparison.counterfactual
    mine = table[(table["scenario"] == "pooled") & (table["category"] == "(all)")]
    assert flows.sum() == pytest.approx(mine["issues_mean"].sum())
    moved = mine[mine["outcome_baseline"] != mine["outcome_scenario"]]
    words = said(plot_counterfactual(comparison, "pooled", lang="en"))
    assert f"{moved['issues_mean'].sum():,.0f} of {flows.sum():,.0f} end otherwise" in words
    gained = moved[moved["outcome_scenario"] == "settled_grid"]["issues_mean"].sum()
    assert f"Settled by the grid\n{gained:,.0f}" in words


def test_every_outcome_has_a_name_and_a_colour() -> None:
    assert set(NAMES) == set(COLOURS) == set(OUTCOMES)


def test_risk_shows_single_replications_beside_the_mean(comparison: Comparison) -> None:
    for row, (name, runs) in zip(
        spreads(comparison, "true_on_time_rate", "en"), comparison.alternatives.items(), strict=True
    ):
        change = comparison.values_of("true_on_time_rate", name) - comparison.values_of("true_on_time_rate")
        assert row.values.tolist() == pytest.approx((100 * change).tolist())
        assert row.mean == pytest.approx(100 * change.mean())
        assert row.low < row.mean < row.high
        assert (row.p10, row.p90) == (row.values.min(), row.values.max())  # of four
        assert len(row.values) == len(runs.runs)
    assert "it takes two replications" in said(plot_risk(first(comparison, 1), lang="en"))


def test_the_map_shows_the_lifetimes_that_the_logs_say(comparison: Comparison) -> None:
    places = places_of(comparison, "pooled")
    runs = comparison.baseline, comparison.alternatives["pooled"]
    logs = [[simulate_once(one.scenario, replication=k) for k in REPLICATIONS] for one in runs]
    expected = difference_by_place(logs[0], logs[1], "grid")
    assert places.kind == "grid"
    for column in ("issues", "baseline_mean", "scenario_mean", "difference", "ci_low", "ci_high"):
        assert places.table[column].tolist() == expected[column].tolist(), column
    words = said(plot_fairness_map(comparison, "pooled", lang="en"))
    sure = is_sure(places.table) & (places.table["difference"] < 0)
    assert f"shorter (sure in {sure.sum()})" in words
    assert "Schematic" in words
    assert "示意图" in said(plot_fairness_map(comparison, "pooled", lang="zh"))


def test_the_map_is_by_community_where_grids_differ(comparison: Comparison) -> None:
    places = places_of(comparison, "larger")
    assert (places.kind, len(places.table)) == ("community", 2)
    assert "by community" in said(plot_fairness_map(comparison, "larger", lang="en"))


def test_there_is_no_map_of_two_worlds(comparison: Comparison, base: sim.Scenario) -> None:
    elsewhere = base.replace(world=base.world.model_copy(update={"households": 4400}))
    assert build_world(elsewhere.world).households != build_world(base.world).households
    moved = Runs(elsewhere, comparison.baseline.figures, comparison.baseline.runs)
    one = Comparison(comparison.baseline, {"elsewhere": moved})
    assert "of different places" in said(plot_fairness_map(one, "elsewhere", lang="en"))


def test_a_response_is_the_mean_of_the_summary(sweep: sim.Sweep) -> None:
    surface, table = response(sweep, "lifetime_mean", factors=("workers", "kind"), lang="en"), sweep.summary
    table = table[table["kpi"] == "lifetime_mean"]
    assert (surface.x, surface.y) == (("2", "4"), ("pool", "own"))
    for row, kind in enumerate(surface.y):
        for column, workers in enumerate(surface.x):
            mine = table[(table["kind"] == kind) & (table["workers"] == int(workers))].iloc[0]
            assert surface.mean[row, column] == pytest.approx(mine["mean"])
            assert surface.low[row, column] == pytest.approx(mine["ci_low"])
    words = said(plot_response(sweep, "lifetime_mean", factors=("workers", "kind"), lang="en"))
    assert "Lifetime of issues, mean (h) over Gridworkers (persons) and kind" in words
    assert number(surface.mean[0, 0], decimals(np.ptp(surface.mean) / 10, surface.mean.max())) in words


@pytest.mark.parametrize(
    ("kpi", "factors", "names"),
    [("nothing", ("workers", "kind"), "KPI"), ("lifetime_mean", ("size", "kind"), "factor")],
)
def test_a_response_to_nothing_is_an_error(sweep: sim.Sweep, kpi: str, factors: tuple[str, str], names: str) -> None:
    with pytest.raises(ValueError, match=f"{names}: expected"):
        plot_response(sweep, kpi, factors=factors)


# files


def test_saving_a_comparison_writes_tables_and_charts(comparison: Comparison, tmp_path: Path) -> None:
    sim.save(comparison, tmp_path / "a", lang="zh")
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert {"comparison.csv", "counterfactual.csv", "risk.csv", "manifest.json", "charts"} <= names
    again = draw_comparison_charts(comparison, tmp_path / "b", "zh")
    assert sorted(path.name for path in again) == sorted(path.name for path in (tmp_path / "a" / "charts").iterdir())
    for path in again:
        assert path.read_bytes() == (tmp_path / "a" / "charts" / path.name).read_bytes(), path.name


def test_saving_a_sweep_writes_tables_and_charts(sweep: sim.Sweep, tmp_path: Path) -> None:
    sim.save(sweep, tmp_path)
    assert (tmp_path / "runs.csv").exists()
    assert (tmp_path / "charts" / "response_lifetime_mean.svg").exists()


def test_what_cannot_be_saved_is_an_error(comparison: Comparison, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="logs: only a Result has logs"):
        sim.save(comparison, tmp_path / "logs", logs=True)
    with pytest.raises(TypeError, match="expected a Result, a Comparison or a Sweep, got str"):
        sim.save("street", tmp_path / "text")
    assert list(tmp_path.iterdir()) == []


# how numbers are written


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (lambda v: signed(v, 2), 0.5, "+0.50"),
        (lambda v: signed(v, 0), -1234.5, "−1,234"),
        (lambda v: signed(v, 1), -0.04, "0.0"),
        (lambda v: plain_tick(v, 0), 1_450_000.0, "1,450,000"),
        (lambda v: plain_tick(v, 0), -0.1 - 0.2, "−0.3"),
    ],
)
def test_numbers_are_written_as_people_read_them(write: Callable[[float], str], value: float, text: str) -> None:
    assert write(value) == text


@pytest.mark.parametrize(
    ("error", "value", "places"), [(0.0123, 5, 3), (123, 5000, 0), (0, 12.3, 1), (0, 0, 0), (np.nan, 0.5, 3)]
)
def test_as_many_decimals_as_are_known(error: float, value: float, places: int) -> None:
    assert decimals(error, value) == places
