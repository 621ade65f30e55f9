"""What all executors have in common: what they are asked for, and what they say of an item that could not be done."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exception
from typing import NoReturn, Protocol, TypeVar

I = TypeVar("I")  # noqa: E741  # an item
T = TypeVar("T")

#: how often an item may take its worker down with it until it is given up
MOST_DEATHS = 3


class Executor(Protocol):
    """Yields ``(i, task(items[i]))`` for each item, in any order; Failed in place of an answer where there is none.

    ``modules``: files of the user's own modules that task and items need, for workers that would not find them. However it
    ends, no worker is left behind.
    """

    def __call__(
        self, task: Callable[[I], T], items: Sequence[I], *, modules: Sequence[Path] = ()
    ) -> Generator[tuple[int, T | Failed], None, None]: ...


@dataclass(frozen=True)
class Failed:
    """An item that could not be done: the error, and the traceback from the task on, the same wherever it ran."""

    error: Exception
    trace: str

    def reraise(self, where: str) -> NoReturn:
        """Raise the error, noting ``where`` it arose; with its traceback, if it comes from elsewhere."""
        self.error.add_note(where if self.error.__traceback__ else f"{where}, elsewhere:\n{self.trace}")
        raise self.error


class WorkerError(RuntimeError):
    """A worker ended in the middle of an item without an answer."""

    def __init__(self, how: str, deaths: int) -> None:
        self.how, self.deaths = how, deaths
        again = f", {deaths} times" if deaths > 1 else ""
        super().__init__(
            f"its process ended without an answer{again} ({how}). If memory ran out, use fewer jobs; a script of yours must "
            "start its work under if __name__ == '__main__':"
        )

    def __reduce__(self) -> tuple[type[WorkerError], tuple[str, int]]:
        return type(self), (self.how, self.deaths)


def attempt(task: Callable[[I], T], item: I) -> T | Failed:
    """The answer to an item, or how it failed."""
    try:
        return task(item)
    except Exception as error:
        if error.__traceback__:
            error.__traceback__ = error.__traceback__.tb_next  # without this line, so that it reads the same everywhere
        return Failed(error, "".join(format_exception(error)))


def portable(answer: T | Failed) -> T | Failed:
    """The answer as it may go to another process: an error that cannot travel becomes one that says the same."""
    if not isinstance(answer, Failed):
        return answer
    try:
        pickle.loads(pickle.dumps(answer.error))
    except Exception:
        return Failed(RuntimeError(f"{type(answer.error).__name__}: {answer.error}"), answer.trace)
    return answer


def given_up(how: str, deaths: int) -> Failed:
    """What is said of an item that has taken its worker down too often."""
    error = WorkerError(how, deaths)
    return Failed(error, f"WorkerError: {error}\n")


def answered(
    executor: Executor, task: Callable[[I], T], items: Sequence[I], *, called: str
) -> Generator[tuple[int, T], None, None]:
    """The answers of an executor as they come; the first error is raised, noting the item as "``called`` number"."""
    with closing(executor(task, items)) as answers:
        for index, answer in answers:
            if isinstance(answer, Failed):
                answer.reraise(f"in {called} {items[index]}")
            yield index, answer
