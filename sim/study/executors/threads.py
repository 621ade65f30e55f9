"""Threads of this process: for tasks that let go of Python's lock, as the compiled engine does."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from sim.study.executors.base import Failed, I, T, attempt


@dataclass(frozen=True)
class Threads:
    """``jobs`` threads at a time. Whoever stops listening leaves them to finish what they are at, and no more."""

    jobs: int

    def __call__(
        self, task: Callable[[I], T], items: Sequence[I], *, modules: Sequence[Path] = ()
    ) -> Generator[tuple[int, T | Failed], None, None]:
        waiting = deque(enumerate(items))
        answers: SimpleQueue[tuple[int, T | Failed | BaseException]] = SimpleQueue()
        try:
            for _ in range(min(self.jobs, len(items))):
                threading.Thread(target=_work, args=(task, waiting, answers), daemon=True).start()
            for _ in items:
                index, answer = answers.get()
                if isinstance(answer, BaseException):
                    raise answer
                yield index, answer
        finally:
            waiting.clear()


def _work(
    task: Callable[[I], T],
    waiting: deque[tuple[int, I]],
    answers: SimpleQueue[tuple[int, T | Failed | BaseException]],
) -> None:
    """In a thread: do items until there are none."""
    while True:
        try:
            index, item = waiting.popleft()
        except IndexError:
            return
        try:
            answers.put((index, attempt(task, item)))
        except BaseException as error:  # an exit: for the main thread to pass on
            answers.put((index, error))
