"""Processes of this machine, each given an item whenever it is free."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Generic

from sim.study.executors.base import MOST_DEATHS, Failed, I, T, WorkerError, attempt, given_up, portable

READY = None  # what a worker says before its first answer


@dataclass(frozen=True)
class Processes:
    """``jobs`` processes at a time, each given an item whenever it is free.

    A process is sent the task once. If one dies, another takes its place and its item is tried again, later; an item that
    has taken down ``MOST_DEATHS`` is given up. Raises WorkerError if processes cannot even start. However this ends, no
    process is left behind; if this process is killed, the others end by themselves.
    """

    jobs: int

    def __call__(
        self, task: Callable[[I], T], items: Sequence[I], *, modules: Sequence[Path] = ()
    ) -> Generator[tuple[int, T | Failed], None, None]:
        crew = _Crew(task, items)
        try:
            for _ in range(min(self.jobs, len(items))):
                crew.hire()
            left = len(items)
            while left:
                for worker in crew.speaking():
                    for answer in crew.hear(worker):
                        left -= 1
                        yield answer
        finally:
            crew.dismiss()


class _Crew(Generic[I, T]):
    """The processes at work, and the items that wait for one."""

    def __init__(self, task: Callable[[I], T], items: Sequence[I]) -> None:
        self.task, self.items = task, items
        self.waiting = deque(range(len(items)))
        self.workers: dict[Connection, _Worker] = {}
        self.deaths: Counter[int] = Counter()  # by item
        self.stillborn = 0  # workers in a row that died before they were ready

    def hire(self) -> None:
        worker = _Worker(self.task)
        self.workers[worker.pipe] = worker

    def speaking(self) -> list[_Worker]:
        """Workers that have something to say, or have died; waits for one."""
        return [self.workers[pipe] for pipe in connection.wait(list(self.workers))]  # type: ignore[index]

    def hear(self, worker: _Worker) -> Generator[tuple[int, T | Failed], None, None]:
        """What a worker has to say: an answer, or nothing if it is only now ready; it is given the next item."""
        index = worker.item
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._bury(worker)
            return
        self.stillborn, worker.ready = 0, True
        worker.item = self.waiting.popleft() if self.waiting else None
        if worker.item is not None:
            with suppress(OSError):  # if it has died, hearing it will tell
                worker.pipe.send_bytes(pickle.dumps(self.items[worker.item]))
        if index is not None:
            yield index, answer

    def _bury(self, worker: _Worker) -> Generator[tuple[int, T | Failed], None, None]:
        """Replace a worker that has died; its item is tried again, unless it has done this too often."""
        del self.workers[worker.pipe]
        how, index = worker.end_of_it(), worker.item
        if index is None and worker.ready:
            return  # it was idle: nothing waits
        self.hire()
        if index is None:
            self.stillborn += 1
            if self.stillborn >= MOST_DEATHS:
                raise WorkerError(how, self.stillborn)
            return
        self.deaths[index] += 1
        if self.deaths[index] < MOST_DEATHS:
            self.waiting.append(index)  # the new worker takes what waits once it is ready
        else:
            yield index, given_up(how, self.deaths[index])

    def dismiss(self) -> None:
        for worker in self.workers.values():
            worker.pipe.close()
            worker.process.terminate()
        for worker in self.workers.values():
            worker.process.join()


class _Worker:
    """A process, the pipe to it, and which item it is at."""

    def __init__(self, task: Callable[[I], T]) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(theirs, task), daemon=True)
        self.process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        self.item: int | None = None
        self.ready = False

    def end_of_it(self) -> str:
        """How the process ended, once it has."""
        self.pipe.close()
        self.process.join()
        code = self.process.exitcode
        return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _serve(pipe: Connection, task: Callable[[I], T]) -> None:
    """In the worker: answer items until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt reaches the parent, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe.send(READY)
    while True:
        try:
            packed = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        item = attempt(pickle.loads, packed)
        pipe.send(portable(item if isinstance(item, Failed) else attempt(task, item)))


def _end_with_parent() -> None:
    """End this process when its parent has ended, however it did."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
