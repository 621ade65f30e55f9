"""Paired differences, Holm's correction and tests of "no worse than", against scipy and examples worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.study.compare.no_worse import no_worse_rows, p_no_worse
from sim.study.compare.paired import Difference, holm, paired
from sim.study.compare.risk import chance_interval, risk_rows
from sim.study.kpis import KPIS
from sim.study.kpis.better import HIGHER, LOWER, Better, listed


def two_policies(seed: int, count: int) -> tuple[list[float], list[float]]:
    chance = np.random.default_rng(seed)
    shared = chance.normal(10, 3, count)
    return shared.tolist(), (shared + chance.normal(0.4, 0.5, count)).tolist()


@pytest.mark.parametrize("count", [2, 3, 10, 57])
def test_interval_and_p_are_those_of_students_paired_test(count: int) -> None:
    old, new = two_policies(count, count)
    it = paired(old, new)
    expected = stats.ttest_rel(new, old)
    assert it.p == pytest.approx(expected.pvalue, rel=1e-9)
    for level in (0.8, 0.95, 0.999):
        assert it.interval(level) == pytest.approx(tuple(expected.confidence_interval(level)), rel=1e-9)
    assert (it.baseline, it.scenario) == pytest.approx((np.mean(old), np.mean(new)))
    assert it.mean == pytest.approx(it.scenario - it.baseline)
    assert it.replications == count


def test_a_very_small_p_keeps_its_digits() -> None:
    old, new = two_policies(1, 30)
    sure = [value + 40 for value in new]
    assert paired(old, sure).p == pytest.approx(stats.ttest_rel(sure, old).pvalue, rel=1e-9)
    assert 0 < paired(old, sure).p < 1e-30


def test_the_variance_ratio_says_what_pairing_gains() -> None:
    old, new = two_policies(4, 400)
    change = np.subtract(new, old)
    expected = np.var(change, ddof=1) / (np.var(old, ddof=1) + np.var(new, ddof=1))
    assert paired(old, new).variance_ratio == pytest.approx(expected)
    assert paired(old, new).variance_ratio < 0.05
    unpaired = np.random.default_rng(8).permutation(new).tolist()
    assert paired(old, unpaired).variance_ratio == pytest.approx(1, abs=0.15)


def test_a_difference_that_is_identically_zero_has_p_1_and_no_variance_ratio() -> None:
    it = paired([0.1, 0.7, 0.3], [0.1, 0.7, 0.3])
    assert (it.mean, it.p, it.interval(0.95)) == (0, 1, (0, 0))
    assert math.isnan(it.variance_ratio)


def test_a_constant_difference_is_certain() -> None:
    it = paired([1.0, 2.0, 4.0], [3.0, 4.0, 6.0])
    assert (it.mean, it.p, it.interval(0.95), it.variance_ratio) == (2, 0, (2, 2), 0)
    fixed = paired([5.0, 5.0], [7.0, 7.0])
    assert math.isnan(fixed.variance_ratio)  # neither side varies
    assert fixed.p == 0


def test_replications_in_which_one_side_is_undefined_are_left_out_on_both() -> None:
    nan = math.nan
    assert paired([1, nan, 3, 4], [2, 9, nan, 7]) == paired([1, 4], [2, 7])
    for old, new in (([], []), ([nan], [1.0])):
        it = paired(old, new)
        assert it.replications == 0
        assert math.isnan(it.mean)
        assert math.isnan(it.p)
    alone = paired([1.0], [3.0])
    assert (alone.mean, alone.replications) == (2, 1)
    assert all(math.isnan(value) for value in (*alone.interval(0.95), alone.p, alone.p_above(0), alone.variance_ratio))


def test_both_sides_need_equally_many_replications() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired([1.0, 2.0], [1.0])


def test_one_sided_tails_add_up_and_agree_with_scipy() -> None:
    it = paired(*two_policies(3, 12))
    assert it.p_above(0.1) + it.p_below(0.1) == pytest.approx(1)
    old, new = two_policies(3, 12)
    expected = stats.ttest_rel(new, np.add(old, 0.1), alternative="greater").pvalue
    assert it.p_above(0.1) == pytest.approx(expected)


# Holm


def test_holm_as_worked_out_by_hand() -> None:
    # 0.01 × 4, 0.02 × 3 = 0.06, 0.03 × 2 = 0.06, 0.04 × 1 but not below what came before
    assert holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([0.01]) == [0.01]
    assert holm([]) == []


def test_holm_leaves_out_what_is_undefined() -> None:
    corrected = holm([math.nan, 0.02, 0.5])
    assert math.isnan(corrected[0])
    assert corrected[1:] == pytest.approx([0.04, 0.5])


def test_holm_keeps_the_family_wise_error_where_one_test_each_would_not() -> None:
    p = np.random.default_rng(2).uniform(size=(4000, 6))
    any_claim = np.mean([min(holm(row)) <= 0.05 for row in p.tolist()])
    assert any_claim == pytest.approx(0.05, abs=0.01)
    assert np.mean(p.min(axis=1) <= 0.05) > 0.2


# no worse than


def made(mean: float, error: float, count: int = 10) -> Difference:
    return Difference(0.0, mean, mean, error, math.nan, count)


def test_no_worse_is_the_side_of_the_interval_within_the_margin() -> None:
    for direction, sign in ((Better.HIGHER, 1), (Better.LOWER, -1)):
        for mean in (-0.6, -0.3, 0.0, 0.5):
            it = made(sign * mean, 0.1)
            bound = mean - stats.t.ppf(0.975, 9) * 0.1  # on the worse side
            assert (p_no_worse(it, direction, 0.4) <= 0.025) == (bound >= -0.4), (direction, mean)


def test_of_what_is_better_neither_way_no_worse_is_hardly_different() -> None:
    assert p_no_worse(made(0.0, 0.1), Better.NEITHER, 0.4) < 0.025
    for mean in (0.3, -0.3):
        assert p_no_worse(made(mean, 0.1), Better.NEITHER, 0.4) > 0.025
        assert p_no_worse(made(mean, 0.1), Better.NEITHER, 0.4) == pytest.approx(stats.t.sf(1, 9))


def test_the_tests_of_several_margins_are_a_family() -> None:
    differences = {
        ("a", "lifetime_mean"): made(0.0, 0.1),
        ("b", "lifetime_mean"): made(0.17, 0.1),
        ("b", "x"): made(9, 1),
    }
    rows = no_worse_rows(differences, {"lifetime_mean": 0.4}, {"lifetime_mean": Better.LOWER}, level=0.95)
    found = {row[0]: dict(zip(("p", "p_holm", "no_worse"), row[8:11], strict=True)) for row in rows}
    assert set(found) == {"a", "b"}
    assert found["a"]["p_holm"] == pytest.approx(2 * found["a"]["p"])
    assert found["a"]["no_worse"] is True
    assert found["b"]["p"] == pytest.approx(stats.t.sf(2.3, 9))
    assert found["b"]["no_worse"] is True
    assert found["b"]["p_holm"] == pytest.approx(found["b"]["p"])


def test_directions_are_those_of_kpis_that_there_are() -> None:
    assert set(KPIS) >= HIGHER | LOWER
    assert not HIGHER & LOWER
    assert KPIS["lifetime_mean"].better is Better.LOWER
    assert KPIS["true_on_time_rate"].better is Better.HIGHER
    assert KPIS["cases_reported"].better is listed("my_own") is Better.NEITHER
    for kpi in KPIS.values():
        if kpi.twin and kpi.better and KPIS[kpi.twin].better:
            assert kpi.better == KPIS[kpi.twin].better, kpi.id


# risk


def test_the_risk_is_that_of_single_replications() -> None:
    old, new = [4.0, 2.0, 8.0, 6.0, 10.0], [3.0, 3.0, 7.0, 5.0, 9.5]
    (row,) = risk_rows({"lifetime_mean": old}, {"lifetime_mean": new}, {"lifetime_mean": Better.LOWER}, level=0.95)
    assert row[0] == "lifetime_mean"
    assert row[1:4] == pytest.approx((np.std(old, ddof=1), 2, 10))
    assert row[4:7] == pytest.approx((np.std(new, ddof=1), 3, 9.5))
    assert row[7:11] == pytest.approx((np.std(np.subtract(new, old), ddof=1), -1, -1, 1))
    assert row[11] == 1 / 5  # longer in the second replication alone
    assert row[14] == 5
    (neutral,) = risk_rows(
        {"cases_reported": old}, {"cases_reported": new}, {"cases_reported": Better.NEITHER}, level=0.95
    )
    assert math.isnan(neutral[11])
    (undefined,) = risk_rows(
        {"lifetime_mean": [math.nan]}, {"lifetime_mean": [1.0]}, {"lifetime_mean": Better.LOWER}, level=0.95
    )
    assert undefined[14] == 0
    assert all(math.isnan(value) for value in undefined[1:14])


@pytest.mark.parametrize(("happened", "count"), [(0, 10), (3, 10), (10, 10), (70, 200)])
def test_the_interval_of_a_chance_is_wilsons(happened: int, count: int) -> None:
    expected = stats.binomtest(happened, count).proportion_ci(0.9, method="wilson")
    assert chance_interval(happened, count, 0.9) == pytest.approx((expected.low, expected.high), abs=1e-12)
