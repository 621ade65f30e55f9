"""Comparisons keep their promises on simulated runs whose answer is known exactly: 1,000 of them.

The system: N jobs, N ~ Poisson(60), are there when the run begins and none comes later; a job takes Exp(10 min); one
gridworker (baseline) or two work through them in order. It ends of itself, long before the horizon. Given N = n, with c
workers and mean m, job k starts when the (k - c)th has left, and c are at work until then, so that it waits (k - c) m /
c on average, the first c not at all. Means over N follow by summing over the Poisson law; figures that are means over
jobs are undefined without any.
"""

from __future__ import annotations

import numpy as np
import pytest
from comparisons import summed_up
from scipy import stats

import sim
from scenarios import scenario
from sim.engine.simulate import simulate
from sim.model.draw import draw_demand
from sim.model.world import build_world
from sim.study.kpis import KPIS, figures
from sim.study.replication import plan_under
from sim.study.runs import Run, Runs

JOBS, MINUTES, HORIZON = 60, 10, 86_400
TRIALS, REPLICATIONS = 1000, 3
BATCH = f"""
name: batch
lang: en
period: {{start: 2021-03-02, days: 1, history: 1 d}}
world: {{households: 100}}
demand:
  profiles:
    mondays: {{weekdays: [1, 0, 0, 0, 0, 0, 0]}}  # the day before the run
  categories:
    - id: job
      title: Jobs
      rate: {JOBS / 7!r} per day
      profile: mondays
      work: {{grid: {{kind: exponential, mean: {MINUTES} min}}}}
policy:
  staffing: {{kind: community_pool, workers: 1}}
"""
IDS = ("wait_mean", "queue_length_mean", "waited_share", "utilisation")


def expected(workers: int) -> dict[str, float]:
    """The exact mean of each figure."""
    n = np.arange(1, 5 * JOBS)
    chance = stats.poisson.pmf(n, JOBS)
    given_any = chance / (1 - stats.poisson.pmf(0, JOBS))
    late = np.maximum(0, n - workers)
    waits = MINUTES * 60 / workers * late * (late + 1) / 2  # all waits added up, in seconds
    return {
        "wait_mean": float((given_any * waits / n).sum()) / 3600,
        "queue_length_mean": float((chance * waits).sum()) / HORIZON,
        "waited_share": float((given_any * late / n).sum()),
        "utilisation": JOBS * MINUTES * 60 / (workers * HORIZON),
    }


@pytest.fixture(scope="module")
def trials() -> list[tuple[Runs, Runs]]:
    """For each seed the runs with one and with two gridworkers, on the same jobs."""
    one = scenario(BATCH)
    two = one.with_policy(staffing={"workers": 2})
    world, kpis, found = build_world(one.world), [KPIS[id] for id in IDS], []
    for seed in range(TRIALS):
        made: tuple[list[Run], list[Run]] = ([], [])
        for replication in range(REPLICATIONS):
            demand = draw_demand(one.demand, world, one.period, seed=seed, replication=replication)
            for policy, runs in zip((one, two), made, strict=True):
                log = simulate(plan_under(policy, world, demand), "compiled")
                runs.append(summed_up(log, kpis))
                rows = figures(log.plan, kpis)
        found.append((Runs(one.replace(seed=seed), rows, made[0]), Runs(two.replace(seed=seed), rows, made[1])))
    return found


def compared(old: Runs, new: Runs) -> dict[str, tuple[float, float, float]]:
    """Of each primary figure the bounds of its interval, and its corrected p."""
    table = sim.Comparison(old, {"other": new}, primary=IDS).table
    columns = [table[name].tolist() for name in ("kpi", "role", "ci_low", "ci_high", "p_holm")]
    return {kpi: (low, high, p) for kpi, role, low, high, p in zip(*columns, strict=True) if role == "primary"}


@pytest.mark.slow
def test_the_means_are_those_of_theory(trials: list[tuple[Runs, Runs]]) -> None:
    for side, workers in ((0, 1), (1, 2)):
        values = np.concatenate([trial[side].values() for trial in trials])
        ids = [figure.id for figure in trials[0][side].figures]
        for id, answer in expected(workers).items():
            column = values[:, ids.index(id)]
            error = column.std(ddof=1) / column.size**0.5
            assert abs(column.mean() - answer) <= 3 * error, (id, workers, column.mean(), answer)


@pytest.mark.slow
def test_intervals_of_95_percent_hold_the_difference_in_93_to_97_percent_of_trials(
    trials: list[tuple[Runs, Runs]],
) -> None:
    one, two = expected(1), expected(2)
    held = dict.fromkeys(IDS, 0)
    for old, new in trials:
        for id, (low, high, _) in compared(old, new).items():
            held[id] += low <= two[id] - one[id] <= high
    assert all(0.93 <= count / TRIALS <= 0.97 for count in held.values()), held


@pytest.mark.slow
def test_of_pairs_of_equal_law_hardly_any_has_a_claim(trials: list[tuple[Runs, Runs]]) -> None:
    """Other seeds, the same policy: at least one of the corrected p is at most 0.05 in about 5 % of pairs, or fewer."""
    claims = 0
    for first, second in zip(trials[::2], trials[1::2], strict=True):
        for old, new in zip(first, second, strict=True):
            assert old.scenario.seed != new.scenario.seed
            claims += any(p <= 0.05 for _, _, p in compared(old, new).values())
    assert claims / TRIALS <= 0.068, claims


@pytest.mark.slow
def test_pairing_gains_what_the_variance_ratio_says(trials: list[tuple[Runs, Runs]]) -> None:
    """Over all replications the variance of the paired difference is well below that of an unpaired one."""
    values = [np.concatenate([trial[side].values() for trial in trials])[:, :1].ravel() for side in (0, 1)]
    paired, unpaired = values[1] - values[0], values[1] - np.roll(values[0], 1)
    ratio = paired.var() / (values[0].var() + values[1].var())
    assert ratio < 0.3
    assert unpaired.var() / (values[0].var() + values[1].var()) == pytest.approx(1, abs=0.1)
