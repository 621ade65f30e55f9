"""Ways to run many replications: one after the other, or several processes at a time.

An executor is asked for the results of a task for each of some replications and yields them as they come. It decides
where and when, never what: results do not depend on it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from traceback import format_exception
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Executor(Protocol):
    """Yields ``(replication, task(replication))`` for each replication, in any order."""

    def __call__(
        self, task: Callable[[int], T], replications: Sequence[int]
    ) -> Generator[tuple[int, T], None, None]: ...


class WorkerError(RuntimeError):
    """A process ended in the middle of a replication without an answer."""

    def __init__(self, replication: int, exit_code: int | None) -> None:
        self.replication, self.exit_code = replication, exit_code
        super().__init__(
            f"replication {replication}: its process ended without an answer ({_how(exit_code)}). If memory ran out, use "
            "fewer jobs; a script of yours must start its work under if __name__ == '__main__':"
        )

    def __reduce__(self) -> tuple[type[WorkerError], tuple[int, int | None]]:
        return type(self), (self.replication, self.exit_code)


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"killed by signal {-exit_code}"
    return f"exit code {exit_code}"


def in_turn(task: Callable[[int], T], replications: Sequence[int]) -> Generator[tuple[int, T], None, None]:
    """One replication after the other, in this process."""
    for replication in replications:
        try:
            yield replication, task(replication)
        except Exception as error:
            error.add_note(f"in replication {replication}")
            raise


@dataclass(frozen=True)
class Processes:
    """``jobs`` processes at a time, each given a replication whenever it is free.

    A process is sent the task once. An exception in it is raised here with its traceback as a note; a process that dies
    raises WorkerError. However this ends, no process is left behind; if this process is killed, the others end by themselves.
    """

    jobs: int

    def __call__(self, task: Callable[[int], T], replications: Sequence[int]) -> Generator[tuple[int, T], None, None]:
        waiting = list(reversed(replications))
        workers: list[_Worker[T]] = []
        try:
            for _ in range(min(self.jobs, len(waiting))):
                workers.append(_Worker(task))
            busy = {worker.pipe: worker for worker in workers}
            for worker in workers:
                worker.give(waiting.pop())
            while busy:
                for pipe in connection.wait(list(busy)):
                    worker = busy[pipe]  # type: ignore[index]
                    replication, value = worker.replication, worker.result()
                    if waiting:
                        worker.give(waiting.pop())
                    else:
                        del busy[worker.pipe]
                    yield replication, value
        finally:
            for worker in workers:
                worker.end()


class _Worker(Generic[T]):
    """A process that does one replication at a time."""

    def __init__(self, task: Callable[[int], T]) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(theirs, task), daemon=True)
        self.process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        self.replication = -1

    def give(self, replication: int) -> None:
        self.replication = replication
        with suppress(OSError):  # if it has died, reading its answer will tell
            self.pipe.send(replication)

    def result(self) -> T:
        try:
            done, value = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            raise WorkerError(self.replication, self.process.exitcode) from None
        if not done:
            raise value
        return value

    def end(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.join()


def _serve(pipe: Connection, task: Callable[[int], object]) -> None:
    """In the worker: answer replications until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt reaches the parent, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            replication = pipe.recv()
        except EOFError:
            return
        pipe.send(_answer(task, replication))


def _answer(task: Callable[[int], object], replication: int) -> tuple[bool, object]:
    try:
        return True, task(replication)
    except Exception as error:
        trace = "".join(format_exception(error))
        error.add_note(f"in replication {replication}, in a process of its own:\n{trace}")
        return False, _portable(error)


def _portable(error: Exception) -> Exception:
    """The error itself if it survives the way to another process, else one that says the same."""
    import pickle  # noqa: PLC0415  # needed for nothing else

    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        plain = RuntimeError(f"{type(error).__name__}: {error}")
        for note in error.__notes__:
            plain.add_note(note)
        return plain
    return error


def _end_with_parent() -> None:
    """End this process when its parent has ended, however it did."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
