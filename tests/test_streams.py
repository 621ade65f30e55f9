"""Bits, inversion and mix: against published vectors, independent arithmetic and theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.model.streams import Value, below, fingerprints, millionth, mix, poisson, uniform, words

MASK = 2**64 - 1
EXTREMES = np.array([0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1], np.uint64)


def mixed(luck: int, purpose: int, k: int) -> int:
    """``mix`` as ``docs/model.md`` writes it, in whole numbers without bounds."""
    z = (luck + purpose * 0x9E3779B97F4A7C15 + k * 0xD1B54A32D192ED03) & MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


@given(st.integers(0, MASK), st.integers(0, 10_000), st.integers(0, 2**40))
def test_mix_is_the_function_of_the_rulebook(luck: int, purpose: int, k: int) -> None:
    assert mix(np.array([luck], np.uint64), purpose, k)[0] == mixed(luck, purpose, k)
    assert mix(np.array([luck], np.uint64), purpose, np.array([k], np.uint64))[0] == mixed(luck, purpose, k)


def test_words_are_pinned() -> None:
    """These numbers may never change: every result of every user hangs on them."""
    assert words(["days", 1, 0], 737_791, 3).tolist() == [
        4185873374858488189,
        2782462540852238882,
        11050897211916454400,
    ]
    assert fingerprints(["140107001001", "社区"]).tolist() == [13818995325169075475, 11195312049652878457]


def test_a_stream_is_read_by_position() -> None:
    whole = words(["issues", 1, 0, "dispute"], 1, 1000)
    assert np.array_equal(words(["issues", 1, 0, "dispute"], 400, 100), whole[399:499])
    assert len(set(whole.tolist())) == 1000
    assert not np.isin(whole, words(["issues", 1, 1, "dispute"], 1, 1000)).any()


def test_numbers_and_their_text_name_different_streams() -> None:
    assert words(["days", 1], 1, 1) != words(["days", "1"], 1, 1)


def test_uniform_never_reaches_its_ends() -> None:
    chances = uniform(EXTREMES)
    assert chances.min() == 2.0**-53
    assert chances.max() == 1 - 2.0**-53


def test_millionth_is_as_in_the_rulebook() -> None:
    luck = words(["test"], 1, 1000)
    assert millionth(luck).tolist() == [((word >> 32) * 1_000_000) >> 32 for word in luck.tolist()]
    assert millionth(EXTREMES).tolist() == [0, 0, 0, 0, 500_000, 999_999]


def test_below_is_uniform() -> None:
    counts = np.bincount(below(words(["test"], 1, 60_000), 6), minlength=6)
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("purpose", [Value.CELL, Value.SLOT, Value.ONSET, Value.WORK])
def test_words_made_by_mix_are_uniform_and_independent_of_their_root(purpose: Value) -> None:
    root = words(["test"], 1, 50_000)
    made = [mix(root, purpose, k) for k in (0, 1)]
    for word in made:
        assert stats.kstest(uniform(word), "uniform").pvalue > 1e-4
        assert abs(np.corrcoef(uniform(root), uniform(word))[0, 1]) < 0.02
    assert abs(np.corrcoef(uniform(made[0]), uniform(made[1]))[0, 1]) < 0.02


@pytest.mark.parametrize("mean", [1e-6, 0.3, 4.0, 32.0, 100.0])
def test_poisson_counts_follow_theory(mean: float) -> None:
    chances = np.concatenate([(np.arange(20_000) + 0.5) / 20_000, [2.0**-53, 1 - 2.0**-53]])
    counts = poisson(chances, np.full(chances.shape, mean))
    assert np.array_equal(counts[:-1], stats.poisson.ppf(chances[:-1], mean))
    assert counts[-1] == pytest.approx(stats.poisson.isf(2.0**-53, mean), abs=3)


@given(st.floats(2**-53, 1 - 2**-53), st.floats(0, 32), st.floats(0, 32))
def test_a_higher_mean_never_lowers_a_count(chance: float, a: float, b: float) -> None:
    few, many = poisson(np.array([chance, chance]), np.array(sorted([a, b])))
    assert few <= many
