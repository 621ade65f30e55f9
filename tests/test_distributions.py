"""Laws of durations: their means and shapes against theory, and what is said of slips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sim.model.distributions import Distribution, Law
from sim.model.normal import standard_normal

LAW: TypeAdapter[Any] = TypeAdapter(Distribution)
CHANCES = (np.arange(200_000) + 0.5) / 200_000
HOUR = 3600
SIGMA = np.sqrt(np.log1p(1.2**2))

THEORY = [
    ("2 h", None),
    ({"kind": "deterministic", "value": "2 h"}, None),
    ({"kind": "exponential", "mean": "2 h"}, stats.expon(scale=2 * HOUR)),
    ({"kind": "lognormal", "mean": "2 h", "cv": 1.2}, stats.lognorm(SIGMA, scale=2 * HOUR * np.exp(-(SIGMA**2) / 2))),
    ({"kind": "uniform", "low": "1 h", "high": "3 h"}, stats.uniform(HOUR, 2 * HOUR)),
    ({"kind": "triangular", "low": 0, "mode": "1 h", "high": "5 h"}, stats.triang(0.2, 0, 5 * HOUR)),
    ({"kind": "gamma", "mean": "2 h", "cv": 0.5}, stats.gamma(4, scale=0.5 * HOUR)),
    ({"kind": "gamma", "mean": "2 h", "cv": 2}, stats.gamma(0.25, scale=8 * HOUR)),
]


@pytest.mark.parametrize(("written", "theory"), THEORY)
def test_quantiles_follow_theory(written: object, theory: Any) -> None:
    law: Law = LAW.validate_python(written)
    values = law.quantile(CHANCES)
    exact = np.full(CHANCES.shape, 2 * HOUR) if theory is None else np.asarray(theory.ppf(CHANCES))
    assert values.dtype == np.int64
    assert law.mean_seconds == pytest.approx(2 * HOUR)
    assert np.all(np.abs(values - exact) <= 1 + 2e-4 * exact)
    assert values.mean() == pytest.approx(2 * HOUR, rel=2e-3)


@pytest.mark.parametrize("written", [written for written, _ in THEORY])
def test_values_grow_with_the_chance_and_last_at_least_a_second(written: object) -> None:
    values = LAW.validate_python(written).quantile(np.sort(np.append(CHANCES, [2.0**-53, 1 - 2.0**-53])))
    assert np.all(np.diff(values) >= 0)
    assert 1 <= values[0] <= values[-1] < 2**31


@pytest.mark.parametrize(
    "kind", [{"kind": "exponential"}, {"kind": "lognormal", "cv": 0.8}, {"kind": "gamma", "cv": 0.8}]
)
def test_a_longer_mean_lengthens_every_value(kind: dict[str, object]) -> None:
    short, long = (LAW.validate_python({**kind, "mean": mean}).quantile(CHANCES) for mean in ("60 min", "66 min"))
    assert np.all(long >= short)
    assert np.mean(long > short) > 0.99


def test_an_empirical_law_gives_back_its_column(tmp_path: Path) -> None:
    file = tmp_path / "times.csv"
    file.write_text("case,minutes\na,30\nb,10\nc,20\nd,0.5\n", encoding="utf-8-sig")
    law = LAW.validate_python({"kind": "empirical", "file": file, "column": "minutes", "unit": "min"})
    assert law.quantile(np.array([0.1, 0.3, 0.6, 0.9, 1 - 2.0**-53])).tolist() == [30, 600, 1200, 1800, 1800]
    assert law.mean_seconds == pytest.approx(907.5)
    assert LAW.validate_python(LAW.dump_python(law, mode="json")) == law


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("case,hours\na,3\n", "times.csv, line 1: expected the columns minutes, got case, hours"),
        (
            "case,minutes\na,3\nb,x\n",
            "times.csv, line 3, column minutes: expected a number above 0 and at most 3.57914e+07, got 'x'",
        ),
        ("minutes\n", "times.csv: expected at least one row below the header, got none"),
        ("minutes,case\n3\n", "times.csv, line 2: expected 2 cells, got 1"),
    ],
)
def test_bad_columns_say_where(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "times.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValidationError) as error:
        LAW.validate_python({"kind": "empirical", "file": str(file), "column": "minutes", "unit": "min"})
    assert error.value.errors()[0]["msg"] == f"Value error, {message}"


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ("3 hh", ("deterministic", "value"), "Value error, expected a duration such as 30 min, 2 h or 3 d, got '3 hh'"),
        (
            {"kind": "exponential", "mean": 0},
            ("exponential", "mean"),
            "Value error, expected a duration of at least 1 s, got 0 s",
        ),
        (
            {"kind": "uniform", "low": "3 h", "high": "2 h"},
            ("uniform", "high"),
            "expected a duration of at least 3 h (low), got '2 h'",
        ),
        (
            {"kind": "triangular", "low": "1 h", "mode": "5 h", "high": "2 h"},
            ("triangular", "mode"),
            "expected a duration between 1 h (low) and 2 h (high), got '5 h'",
        ),
        ({"kind": "lognormal", "mean": "1 h", "cv": 0}, ("lognormal", "cv"), "Input should be greater than 0"),
    ],
)
def test_bad_laws_say_what_was_expected(written: object, place: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        LAW.validate_python(written)
    assert [(e["loc"], e["msg"]) for e in error.value.errors()] == [(place, message)]


@pytest.mark.parametrize("written", [written for written, _ in THEORY])
def test_a_law_is_written_as_text_that_says_the_same(written: object) -> None:
    law = LAW.validate_python(written)
    assert LAW.validate_python(LAW.dump_python(law, mode="json")) == law


def test_normal_quantiles_are_right_to_the_last_digits() -> None:
    chances = np.concatenate([CHANCES, [2.0**-53, 1e-12, 1e-7, 0.075, 0.925, 1 - 2.0**-53]])
    np.testing.assert_allclose(standard_normal(chances), stats.norm.ppf(chances), rtol=1e-13, atol=1e-15)
