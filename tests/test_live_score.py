"""The live score of a user in the compiled engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from plans import make
from rulebook import reported

from sim.engine import compiled
from sim.engine.compiled import entry
from sim.engine.plan import Plan, ScoreError
from sim.engine.simulate import simulate


def scored(score: Callable[[int, int, np.ndarray], int]) -> Plan:
    issues = [reported(k) for k in range(6)]
    return make(issues=issues, servers=[{}], links=[{}], score=score, features=[[k * 5 % 7] for k in range(6)])


def largest_first(now: int, since: int, features: np.ndarray) -> int:
    return -features[0]


def of_reals(now: int, since: int, features: np.ndarray) -> float:
    return 0.7 * features[0] - 3


@pytest.mark.parametrize("score", [largest_first, of_reals, lambda now, since, features: int(features[0]) % 3])
def test_any_score_of_numbers_gives_the_same_in_both_engines(score):
    simulate(scored(score), "both", events=True)


def test_another_score_compiles_nothing_else():
    compiled.simulate(scored(largest_first))
    before = entry.run.signatures
    compiled.simulate(scored(lambda now, since, features: features[0]))
    assert entry.run.signatures == before
    assert len(before) == 1


def test_a_score_that_does_not_compile_is_told_so():
    def by_name(now: int, since: int, features: np.ndarray) -> int:
        return {"old": 1}.get(str(features), 2)

    with pytest.raises(
        ScoreError, match=r"^the live score 'by_name' cannot be compiled \(.+\): use whole numbers .*engine='reference'"
    ):
        compiled.simulate(scored(by_name))
    assert len(simulate(scored(by_name), "reference").raw["cases"]) == 6


def test_a_score_that_fails_stops_the_run():
    def fails(now: int, since: int, features: np.ndarray) -> int:
        return 1 // (now - now)

    with pytest.raises(ScoreError, match=r"^the live score has failed: run with the reference engine"):
        compiled.simulate(scored(fails))
