"""What became of each issue under two policies: against a count one by one, whole or with different demands; and two stories."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from comparisons import NOWHERE, made_up, simulated
from scipy import stats

import sim
from scenarios import scenario
from sim.engine.log import FATES
from sim.study.compare.counterfactual import ALL, FLOW_COLUMNS, OUTCOMES, flow_table, flows, matched
from sim.study.compare.stories import EXTREME_COLUMNS, STORY_COLUMNS, extremes, stories
from sim.study.runs import IssueKeys, Run, Runs

BASE = """
name: base
lang: en
seed: 3
period: {start: 2021-03-01, days: 4}
world: {streets: 2, communities_per_street: 2, households: 800}
demand:
  categories:
    - {id: noise, title: Noise, rate: 60 per day, work: {grid: {kind: exponential, mean: 120 min}},
       clear: {share: 40 %, after: {kind: exponential, mean: 1 d}}, report: {share: 80 %}}
    - {id: pipe, title: Pipes, rate: 6 per day, settled_by: {grid: 0.5, street: 0.5}, work: {grid: 2 h, street: 3 h},
       patience: {kind: exponential, mean: 1 d}}
policy:
  staffing: {kind: community_pool, workers: 4}
  tiers: {street: {staff: 1}}
"""


@pytest.fixture(scope="module")
def base() -> sim.Scenario:
    return scenario(BASE)


@pytest.fixture(scope="module")
def staffed(base: sim.Scenario) -> sim.Scenario:
    return base.with_policy(staffing={"kind": "community_pool", "workers": 8})


@pytest.fixture(scope="module")
def before(base: sim.Scenario) -> Runs:
    return simulated(base, range(3), ["lifetime_mean"])


@pytest.fixture(scope="module")
def after(staffed: sim.Scenario) -> Runs:
    return simulated(staffed, range(3), ["lifetime_mean"])


def made_run(luck: list[int], category: list[int], fates: list[str], categories: tuple[str, ...] = ("a", "b")) -> Run:
    keys = IssueKeys(np.array(luck, np.uint64), np.array(category, np.int16), categories)
    ends = np.array([OUTCOMES.index(fate) for fate in fates], np.int8)
    return Run(np.zeros(0), ends, np.zeros(len(luck), np.int32), keys, *NOWHERE)


def test_outcomes_are_the_fates_and_absent() -> None:
    assert (*FATES, "absent") == OUTCOMES


def test_flows_as_counted_by_hand() -> None:
    old = made_run([5, 9, 2, 7], [0, 1, 0, 0], ["open", "latent", "open", "settled_grid"])
    new = replace(old, fates=made_run([5, 9, 2, 7], [0, 1, 0, 0], ["settled_grid"] * 4).fates)
    found = flows(old, new, ("a", "b"))
    to = OUTCOMES.index("settled_grid")
    assert found[0, OUTCOMES.index("open"), to] == 2
    assert found[0, to, to] == 1
    assert found[1, OUTCOMES.index("latent"), to] == 1
    assert found.sum() == 4


def test_issues_are_matched_by_luck_where_demands_differ() -> None:
    old = made_run([5, 9, 2, 7], [0, 1, 0, 0], ["open", "latent", "refused", "settled_grid"])
    new = made_run([7, 11, 9], [1, 0, 0], ["cleared", "open", "withdrawn"], ("b", "a"))
    counted = {
        ("open", "absent"),
        ("latent", "withdrawn"),
        ("refused", "absent"),
        ("settled_grid", "cleared"),
        ("absent", "open"),
    }
    found = flows(old, new, ("a", "b"))
    assert {(OUTCOMES[a], OUTCOMES[b]) for _, a, b in zip(*np.nonzero(found), strict=True)} == counted
    assert found.sum() == 5
    absent = OUTCOMES.index("absent")
    assert found[1, absent, OUTCOMES.index("open")] == 1  # number 0 of the scenario's categories is b
    assert found[1, OUTCOMES.index("latent"), OUTCOMES.index("withdrawn")] == 1  # the baseline's category holds
    rows = matched(old.issues, new.issues)
    assert rows is not None
    assert sorted(zip(rows[0].tolist(), rows[1].tolist(), strict=True)) == [(1, 2), (3, 0)]


@pytest.mark.parametrize("low_bits", [64, 3])
def test_matching_random_issues_is_the_same_as_one_by_one(low_bits: int) -> None:
    chance = np.random.default_rng(low_bits)
    # few distinct high bits: the quick sort cannot tell such issues apart, the full one can
    pool = np.unique(chance.integers(0, 2**64 - 1, 500, dtype=np.uint64))
    if low_bits == 3:
        pool = np.arange(500, dtype=np.uint64) + (np.uint64(7) << np.uint64(40))
    left, right = chance.permutation(pool)[:300], chance.permutation(pool)[:350]
    keys = [IssueKeys(luck, np.zeros(luck.size, np.int16), ("a",)) for luck in (left, right)]
    rows = matched(*keys)
    assert rows is not None
    place = {luck: row for row, luck in enumerate(right.tolist())}
    expected = {(row, place[luck]) for row, luck in enumerate(left.tolist()) if luck in place}
    assert set(zip(rows[0].tolist(), rows[1].tolist(), strict=True)) == expected
    assert matched(keys[0], IssueKeys(left.copy(), keys[0].category, ("a",))) is None


def test_flow_tables_as_counted_issue_by_issue(before: Runs, after: Runs) -> None:
    table = flow_table(before, {"staffed": after}, level=0.9)
    assert tuple(table.columns) == FLOW_COLUMNS
    counted: list[Counter[tuple[str, str, str]]] = []
    for old, new in zip(before.runs, after.runs, strict=True):
        names = [old.issues.categories[row] for row in old.issues.category]
        ends = [(OUTCOMES[a], OUTCOMES[b]) for a, b in zip(old.fates, new.fates, strict=True)]
        counted.append(Counter((c, *end) for name, end in zip(names, ends, strict=True) for c in (ALL, name)))
    cells = {cell for count in counted for cell in count}
    assert set(zip(table["category"], table["outcome_baseline"], table["outcome_scenario"], strict=True)) == cells
    for row in table.to_dict("records"):
        numbers = [count[row["category"], row["outcome_baseline"], row["outcome_scenario"]] for count in counted]
        assert row["issues_mean"] == pytest.approx(np.mean(numbers))
        half = stats.t.ppf(0.95, 2) * np.std(numbers, ddof=1) / 3**0.5
        assert row["ci_low"] == pytest.approx(max(0, np.mean(numbers) - half))
        assert row["ci_high"] == pytest.approx(np.mean(numbers) + half)
    assert table["category"].tolist() == sorted(table["category"], key=[ALL, "noise", "pipe"].index)


def test_every_issue_is_in_one_flow(before: Runs, after: Runs) -> None:
    table = flow_table(before, {"staffed": after}, level=0.95)
    issues = np.mean([run.fates.size for run in before.runs])
    assert table[table["category"] == ALL]["issues_mean"].sum() == pytest.approx(issues)
    assert table[table["category"] != ALL]["issues_mean"].sum() == pytest.approx(issues)


def test_against_itself_no_issue_changes(before: Runs) -> None:
    table = flow_table(before, {"same": before}, level=0.95)
    assert (table["outcome_baseline"] == table["outcome_scenario"]).all()


def test_issues_that_arise_on_one_side_only_are_absent_on_the_other(base: sim.Scenario, before: Runs) -> None:
    noise, pipe = base.demand.categories
    fewer = base.demand.model_copy(update={"categories": (noise,)})
    quiet = simulated(base.replace(demand=fewer), range(3), ["lifetime_mean"])
    table = flow_table(before, {"quiet": quiet}, level=0.95)
    gone = table[table["outcome_scenario"] == "absent"]
    pipes = np.mean([(run.issues.category == 1).sum() for run in before.runs])
    assert set(gone["category"]) == {ALL, pipe.id}
    assert gone[gone["category"] == "pipe"]["issues_mean"].sum() == pytest.approx(pipes)
    assert (table[table["category"] == "noise"]["outcome_scenario"] != "absent").all()
    back = flow_table(quiet, {"base": before}, level=0.95)
    assert back[back["outcome_baseline"] == "absent"]["issues_mean"].sum() == pytest.approx(2 * pipes)


def test_one_replication_has_flows_without_intervals(before: Runs, after: Runs) -> None:
    one = [Runs(runs.scenario, runs.figures, runs.runs[:1]) for runs in (before, after)]
    table = flow_table(one[0], {"staffed": one[1]}, level=0.95)
    assert table["issues_mean"].sum() == 2 * before.runs[0].fates.size
    assert table[["ci_low", "ci_high"]].isna().all().all()


def test_a_district_takes_a_second() -> None:
    chance = np.random.default_rng(1)
    size, count = 789_000, 20
    keys = IssueKeys(
        chance.integers(0, 2**63, size, dtype=np.uint64),
        chance.integers(0, 9, size).astype(np.int16),
        tuple("abcdefghi"),
    )
    drawn = [chance.integers(0, 11, size).astype(np.int8) for _ in range(2)]
    old, new = (Run(np.zeros(0), fates, fates.astype(np.int32), keys, *NOWHERE) for fates in drawn)
    nothing = made_up(scenario(BASE), np.zeros((count, 0)), [])
    begun = time.process_time()
    table = flow_table(
        Runs(nothing.scenario, (), [old] * count), {"new": Runs(nothing.scenario, (), [new] * count)}, level=0.95
    )
    assert time.process_time() - begun < 3  # about 0.1 s
    assert table["issues_mean"].sum() == 2 * size


# single issues


def test_the_most_helped_and_harmed_are_those_whose_lives_changed_most(before: Runs, after: Runs) -> None:
    found = extremes(before, after, replication=1, count=4)
    assert tuple(found.columns) == EXTREME_COLUMNS
    logs = [sim.simulate_once(runs.scenario, replication=1) for runs in (before, after)]
    frames = [log.issues() for log in logs]
    end = np.datetime64(logs[0].plan.start, "s") + np.timedelta64(logs[0].plan.rules["horizon"], "s")
    hours = [((f["truly_resolved_at"].fillna(end) - f["onset"]).dt.total_seconds() / 3600) for f in frames]
    gained = hours[0] - hours[1]
    helped = found[found["change"] == "helped"]
    assert len(helped) == 4
    assert helped["hours_gained"].tolist() == pytest.approx(sorted(gained, reverse=True)[:4])
    for row in found.to_dict("records"):
        at = row["issue"]
        assert row["hours_gained"] == pytest.approx(gained[at])
        assert (row["category"], row["street"], row["community"]) == tuple(
            frames[0].loc[at, ["category", "street", "community"]]
        )
        assert row["onset"] == frames[0]["onset"][at]
        assert (row["outcome_baseline"], row["outcome_scenario"]) == (frames[0]["fate"][at], frames[1]["fate"][at])
    back = extremes(after, before, replication=1, count=4)
    harmed = back[back["change"] == "harmed"]
    assert harmed["issue"].tolist() == helped["issue"].tolist()
    assert harmed["hours_gained"].tolist() == pytest.approx((-helped["hours_gained"]).tolist())


def test_against_itself_nobody_is_helped(before: Runs) -> None:
    assert extremes(before, before).empty


def test_stories_stand_side_by_side(before: Runs, after: Runs) -> None:
    issue = int(extremes(before, after, count=1)["issue"].iloc[0])
    told = stories(before, after, [issue, 0])
    assert tuple(told.columns) == STORY_COLUMNS
    assert told["issue"].unique().tolist() == [issue, 0]
    mine = told[told["issue"] == issue]
    assert mine["time"].is_monotonic_increasing
    for side, runs in (("baseline", before), ("scenario", after)):
        story = sim.simulate_once(runs.scenario, events=True).story(issue)
        shown = mine.dropna(subset=f"{side}_kind")
        assert shown["time"].tolist() == story["time"].tolist()
        assert shown[f"{side}_kind"].tolist() == story["kind"].tolist()
        assert shown[f"{side}_level"].tolist() == story["level"].tolist()
        assert shown[f"{side}_server"].tolist() == story["server"].tolist()


def test_the_story_of_an_issue_that_is_absent_on_the_other_side(base: sim.Scenario, before: Runs) -> None:
    noise, _ = base.demand.categories
    quiet = simulated(
        base.replace(demand=base.demand.model_copy(update={"categories": (noise,)})), range(1), ["lifetime_mean"]
    )
    run = before.runs[0]
    pipe = int(np.flatnonzero(run.issues.category == 1)[0])
    told = stories(before, quiet, [pipe])
    assert len(told) > 1
    assert told["scenario_kind"].isna().all()
    gained = extremes(before, quiet)["issue"]
    assert not (run.issues.category[gained] == 1).any()


def test_no_issue_has_no_story(before: Runs) -> None:
    assert stories(before, before, []).empty
    with pytest.raises(IndexError):
        stories(before, before, [10**6])
    assert math.isnan(flow_table(before, {}, level=0.95)["issues_mean"].mean())
