"""All checks, in several processes if asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TypeVar

from sim.engine.engines import DEFAULT_ENGINE, Engine
from sim.study.executors import answered, executor_named
from sim.study.progress import Progress, silent
from sim.study.verify.agreement import PlanCheck, check_plan
from sim.study.verify.answers import answers
from sim.study.verify.theory import TheoryCheck, batches_of, check_answer, parts_of

I = TypeVar("I")  # noqa: E741  # an item
T = TypeVar("T")

PLANS = 500


def check_plans(plans: int = PLANS, *, seed: int = 1, jobs: int = 1, progress: Progress = silent) -> list[PlanCheck]:
    """Run ``plans`` random Plans, of the seeds from ``seed`` on, by both engines, in ``jobs`` processes; what each has shown."""
    return _all(check_plan, range(seed, seed + plans), called="random plan", jobs=jobs, progress=progress)


def check_theory(*, engine: Engine = DEFAULT_ENGINE, jobs: int = 1, progress: Progress = silent) -> list[TheoryCheck]:
    """Simulate every known answer of queueing theory, in ``jobs`` processes; each beside its interval."""
    known = answers()
    parts = [part for answer in known for part in parts_of(answer, engine=engine)]
    batches = _all(batches_of, parts, called="answer", jobs=jobs, progress=progress)
    of = {
        answer: [found for part, found in zip(parts, batches, strict=True) if part.answer == answer] for answer in known
    }
    return [check_answer(answer, found) for answer, found in of.items()]


def _all(task: Callable[[I], T], items: Sequence[I], *, called: str, jobs: int, progress: Progress) -> list[T]:
    """What the task makes of each item, in order."""
    found: dict[int, T] = {}
    progress(0, len(items))
    with closing(answered(executor_named(jobs=jobs), task, items, called=called)) as results:
        for index, result in results:
            found[index] = result
            progress(len(found), len(items))
    return [found[index] for index in range(len(items))]
