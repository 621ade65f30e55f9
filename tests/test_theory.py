"""The engines against queueing theory: the known answers of ``oracles.csv``, each simulated as a scenario."""

from __future__ import annotations

import csv
import math
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.study.intervals import Interval
from sim.study.verify.answers import FILE, Answer, answers
from sim.study.verify.stations import scenario_of
from sim.study.verify.theory import METRICS, Seen, TheoryCheck, batches_of, check_answer, parts_of

ANSWERS = {answer.row: answer for answer in answers()}
QUICK = 400_000  # customers; `gridgov verify` tries all answers


def checked(answer: Answer, engine: str) -> TheoryCheck:
    return check_answer(answer, [batches_of(part) for part in parts_of(answer, engine=engine)])


def miss(check: TheoryCheck) -> str:
    return f"expected {check.answer.value:.5g}, got {check.found.mean:.5g} ± {check.precision:.2%}, z = {check.z:.2f}"


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row, answer in ANSWERS.items() if answer.customers <= QUICK])
def test_known_answers(row: int) -> None:
    """To a half-width of 3 %, within four standard errors; the seed is the number of the row."""
    check = checked(ANSWERS[row], "compiled")
    assert check.holds, miss(check)


@pytest.mark.slow
@pytest.mark.parametrize("row", [5, 14, 60, 64])
def test_some_known_answers_by_the_reference_engine(row: int) -> None:
    check = checked(ANSWERS[row], "reference")
    assert check.holds, miss(check)


def test_all_models_are_tried_but_loss_and_finite_queues() -> None:
    with FILE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    tried = {row["model"] for k, row in enumerate(rows, start=1) if k in ANSWERS}
    assert {row["model"] for row in rows} - tried == {"M/M/c/c", "M/M/c/K"}
    assert [answer.value for answer in ANSWERS.values()] == [float(rows[row - 1]["value"]) for row in ANSWERS]
    assert len(ANSWERS) == 58


def test_the_second_source_says_the_same() -> None:
    """To the last digits, but for the pre-emptive rows, which another program simulated."""
    with FILE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["second_source"]:
                rel = 0.05 if "preemptive-resume" in row["model"] else 1e-9
                assert float(row["second_source"]) == pytest.approx(float(row["value"]), rel=rel), row


# How answers are judged


def judged(mean: float, half: float, value: float) -> TheoryCheck:
    answer = replace(ANSWERS[1], value=value)
    return TheoryCheck(answer, Interval(mean, mean - half, mean + half, 40))


def test_an_answer_holds_if_the_interval_is_narrow_and_the_answer_near() -> None:
    error = 0.02 / 2.0226909  # Student's t with 39 degrees of freedom
    assert judged(1.0, 0.02, 1.0).precision == pytest.approx(0.02)
    assert judged(1 + 2 * error, 0.02, 1.0).z == pytest.approx(2)
    assert judged(1 + 3.99 * error, 0.02, 1.0).holds
    assert not judged(1 + 4.01 * error, 0.02, 1.0).holds
    assert not judged(1 - 4.01 * error, 0.02, 1.0).holds
    assert not judged(1.0, 0.0301, 1.0).holds
    assert judged(1.0, 0.0299, 1.0).holds
    assert not judged(1.0, 0.0, 1.0).holds  # always the same: nothing was seen of what makes it vary


def test_replications_share_the_customers_and_their_batches_are_put_together() -> None:
    answer = replace(ANSWERS[17], customers=1_200_000)
    parts = parts_of(answer)
    assert [(part.replication, part.replications) for part in parts] == [(0, 3), (1, 3), (2, 3)]
    check = check_answer(answer, [[1.0, 2.0], [3.0], [4.0, 5.0]])
    assert (check.found.mean, check.found.replications) == (3.0, 5)


def test_a_model_as_a_scenario() -> None:
    classes = scenario_of(ANSWERS[63], customers=20_000)
    assert classes.seed == 63
    assert [str(category.work.grid.kind) for category in classes.demand.categories] == ["exponential", "gamma"]
    assert 20_000 <= 0.5 * 24 * (classes.period.days - classes.period.warm_up / 86_400) <= 21_500
    assert scenario_of(ANSWERS[66], customers=1000).policy.dispatch.preempt == "urgent"
    assert scenario_of(ANSWERS[60], customers=1000).policy.dispatch.preempt == "none"
    chain = scenario_of(ANSWERS[71], customers=1000).policy.tiers
    assert (chain.community.staff, chain.street.staff, chain.departments[0].crews) == (1, 2, 3)


def test_the_bundled_chain_is_the_one_of_the_table() -> None:
    """Policy and demand are the same, but for names."""
    bundled, made = sim.load("theory/jackson"), scenario_of(ANSWERS[71], customers=1000)
    ours, theirs = bundled.demand.categories[0], made.demand.categories[0]
    for name in ("rate", "settled_by", "work"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert bundled.policy.staffing == made.policy.staffing
    assert [level.staff for level in (bundled.policy.tiers.community, bundled.policy.tiers.street)] == [1, 2]
    assert bundled.policy.tiers.departments[0].crews == 3


# What is seen of a run


@pytest.fixture(scope="module")
def seen() -> Seen:
    """A busy station of three servers, some 28,000 customers."""
    scenario = scenario_of(replace(ANSWERS[21], row=1), customers=28_000)
    return Seen(sim.simulate_once(scenario, engine="reference"), 40)


def test_littles_law(seen: Seen) -> None:
    """The mean number in the station is the arrival rate times the mean time in it."""
    after = seen.known >= seen.warm_up
    rate = after.sum() / ((seen.horizon - seen.warm_up) / 3600)
    assert METRICS["L"](seen).mean() == pytest.approx(rate * METRICS["W"](seen).mean(), rel=0.02)
    assert METRICS["Lq"](seen).mean() == pytest.approx(rate * METRICS["Wq"](seen).mean(), rel=0.02)


def test_batches_follow_each_other_and_leave_out_the_warm_up(seen: Seen) -> None:
    end = seen.horizon - 0.01 * (seen.horizon - seen.warm_up)
    counted = (seen.known >= seen.warm_up) & (seen.known < end)
    waits = (seen.begun - seen.known)[counted] / 3600
    batches = METRICS["Wq"](seen)
    assert len(batches) == 40
    assert batches[0] == pytest.approx(waits[: math.ceil(len(waits) / 40)].mean())
    assert batches.mean() == pytest.approx(waits.mean(), rel=1e-3)
    assert (seen.closed[counted] > 0).all()


def test_the_time_average_counts_whole_seconds(seen: Seen) -> None:
    """Computed again for the first stretch of time, second by second."""
    edges = np.linspace(seen.warm_up, seen.horizon, 41)
    seconds = np.arange(math.ceil(edges[0]), math.floor(edges[1]))
    steps = np.zeros(seen.horizon + 1, int)
    np.add.at(steps, seen.known, 1)
    np.add.at(steps, np.where(seen.closed < 0, seen.horizon, seen.closed), -1)
    assert METRICS["L"](seen)[0] == pytest.approx(np.cumsum(steps)[seconds].mean(), rel=1e-3)
