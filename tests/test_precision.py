"""The number of replications by precision: the rule of Hoad, Robinson and Davies, written out naively beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.study.precision import (
    PRECISION_COLUMNS,
    Precision,
    PrecisionError,
    Series,
    look_ahead,
    order_statistics,
    replicate_to,
)


def draws(seed: int, count: int = 3000, *, mean: float = 10, sd: float = 2) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, sd, count)


class Supply:
    """Replications of some figures; notes how many it was asked for."""

    def __init__(self, *columns: tuple[Precision, np.ndarray]) -> None:
        self.columns, self.asked = columns, list[int]()

    def __call__(self, count: int) -> list[Series]:
        self.asked.append(count)
        return [Series(wanted, values[:count], values[:count]) for wanted, values in self.columns]


def naive(values: np.ndarray, relative: float) -> int:
    """The paper's rule: the first n from 3 on at which the precision is met and stays so over the look-ahead."""

    def half_width(n: int) -> float:
        return float(stats.t.ppf(0.975, n - 1) * values[:n].std(ddof=1) / n**0.5)

    def met(n: int) -> bool:
        return half_width(n) <= relative * abs(values[:n].mean())

    n = 3
    while not all(met(m) for m in range(n, n + (5 if n <= 100 else 5 * n // 100) + 1)):
        n += 1
    return n


@pytest.mark.parametrize("relative", [0.2, 0.1, 0.05, 0.03, 0.02])
@pytest.mark.parametrize("seed", range(4))
def test_the_number_is_that_of_the_paper(seed: int, relative: float) -> None:
    values = draws(seed)
    supply = Supply((Precision("k", relative=relative), values))
    achieved = replicate_to(supply)
    assert achieved.needed == naive(values, relative)
    assert achieved.made == achieved.needed + look_ahead(achieved.needed)


def test_the_look_ahead_grows_in_proportion_beyond_a_hundred() -> None:
    assert [look_ahead(n) for n in (3, 100, 101, 120, 1000)] == [5, 5, 5, 6, 50]


def test_precision_met_once_by_luck_is_not_enough() -> None:
    alike = [10.0, 10.001, 10.0, 13.0, 7.0, 10.5, 9.0, 12.0]  # precise after three, no longer after four
    values = np.concatenate([alike, draws(1)])
    achieved = replicate_to(Supply((Precision("k", relative=0.05), values)))
    assert achieved.needed is not None
    assert achieved.needed > 8


def test_never_more_is_asked_for_than_the_answer_takes() -> None:
    supply = Supply((Precision("k", relative=0.05), draws(2)))
    achieved = replicate_to(supply)
    assert supply.asked == sorted(set(supply.asked))
    assert supply.asked[0] == 8
    assert supply.asked[-1] == achieved.made


def test_all_figures_have_to_be_precise_at_once() -> None:
    wide, narrow = (Precision("wide", within=0.5), draws(3, sd=3)), (Precision("narrow", within=0.5), draws(4, sd=1))
    both = replicate_to(Supply(narrow, wide))
    assert both.needed == replicate_to(Supply(wide)).needed
    assert (both.needed or 0) > (replicate_to(Supply(narrow)).needed or math.inf)
    assert tuple(both.table.columns) == PRECISION_COLUMNS
    assert list(both.table["kpi"]) == ["narrow", "wide"]
    assert (both.table["half_width"] <= both.table["allowed"]).all()
    assert (both.table["replications"] == both.made).all()


def test_a_quantile_of_replications_takes_more_of_them_than_their_mean() -> None:
    values = draws(5)
    mean = replicate_to(Supply((Precision("k", within=0.5), values)))
    tail = replicate_to(Supply((Precision("k", within=0.5, quantile=0.9), values)))
    assert mean.needed is not None
    assert tail.needed is not None
    assert tail.needed > mean.needed
    row = tail.table.iloc[0]
    assert row["estimate"] == sorted(values[: tail.made])[math.ceil(0.9 * tail.made) - 1]
    low, high = order_statistics(tail.made, 0.9, 0.95)
    ordered = np.sort(values[: tail.made])
    assert row["half_width"] == (ordered[high - 1] - ordered[low - 1]) / 2


@pytest.mark.parametrize(("count", "share"), [(20, 0.5), (50, 0.5), (100, 0.9), (46, 0.1)])
def test_order_statistics_hold_a_quantile_as_often_as_they_should(count: int, share: float) -> None:
    low, high = order_statistics(count, share, 0.95)
    assert 1 <= low < high <= count
    below, above = stats.binom.cdf(low - 1, count, share), stats.binom.sf(high - 1, count, share)
    assert max(below, above) <= 0.025
    # one rank further in, each would no longer hold it
    assert stats.binom.cdf(low, count, share) > 0.025
    assert stats.binom.sf(high - 2, count, share) > 0.025
    samples = np.sort(np.random.default_rng(count).uniform(size=(4000, count)), axis=1)
    held = np.mean((samples[:, low - 1] <= share) & (share < samples[:, high - 1]))
    assert held == pytest.approx(1 - below - above, abs=0.01)


def test_of_few_replications_an_outer_quantile_is_unknown() -> None:
    assert order_statistics(10, 0.9, 0.95)[1] == 11
    assert order_statistics(10, 0.1, 0.95)[0] == 0
    series = Series(Precision("k", within=1e9, quantile=0.9), draws(1, 10), draws(1, 10))
    assert series.half_width(0.95) == math.inf


def test_what_cannot_be_had_within_the_most_is_said() -> None:
    achieved = replicate_to(Supply((Precision("k", within=1e-6), draws(6))), most=40)
    assert achieved.needed is None
    assert achieved.made == 40
    assert achieved.table["half_width"].item() > 1e-6


def test_a_figure_that_is_the_same_in_all_replications_is_precise_at_once() -> None:
    same = np.full(50, 3.0)
    assert replicate_to(Supply((Precision("k", within=0.1), same))).needed == 3
    none = np.zeros(50)
    assert replicate_to(Supply((Precision("k", relative=0.1), none))).needed == 3


def test_undefined_replications_are_left_out_and_a_figure_without_any_is_an_error() -> None:
    gaps = draws(7, 200)
    gaps[::3] = math.nan
    assert replicate_to(Supply((Precision("k", relative=0.1), gaps))).needed is not None
    with pytest.raises(PrecisionError, match="precision of k: it is undefined in all of the first 8 replications"):
        replicate_to(Supply((Precision("k", within=1), np.full(50, math.nan))))


@pytest.mark.parametrize(
    "settings",
    [{}, {"within": 1.0, "relative": 0.1}, {"within": 0.0}, {"relative": -0.1}, {"within": math.inf}],
)
def test_a_precision_is_either_in_the_unit_or_relative(settings: dict[str, float]) -> None:
    with pytest.raises(PrecisionError, match="precision of k: expected either within"):
        Precision("k", **settings)


def test_a_quantile_lies_between_0_and_1_and_replications_are_at_least_three() -> None:
    with pytest.raises(PrecisionError, match="expected a quantile between 0 and 1, got 90"):
        Precision("k", within=1, quantile=90)
    with pytest.raises(PrecisionError, match="replications: expected at least 3"):
        replicate_to(Supply((Precision("k", within=1), draws(1))), most=2)
