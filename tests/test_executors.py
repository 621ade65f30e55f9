"""Executors: the same answers wherever they are computed, and nothing left behind when something goes wrong."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from waiting import eventually

from sim.study.executors import (
    EXECUTORS,
    Executor,
    Failed,
    Processes,
    Threads,
    WorkerError,
    answered,
    executor_named,
    in_turn,
)

EVERY = [in_turn, Threads(1), Threads(2), Processes(1), Processes(2)]


def square(item: int) -> int:
    return item * item


def fail_at_two(item: int) -> int:
    if item == 2:
        raise ValueError("two is too many")
    return item


class StubbornError(Exception):
    """Cannot be made again from its text."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a} and {b}")


def fail_stubbornly(item: int) -> int:
    raise StubbornError(item, 1)


class Unreadable:
    """Cannot be unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return int, ("no number",)


def die_at_two(item: int) -> int:
    if item == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def leave_at_two(item: int) -> int:
    if item == 2:
        os._exit(7)
    return item


def die_once(item: str) -> str:
    """Kill the process the first time."""
    if item and not Path(item).exists():
        Path(item).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def leave(item: int) -> int:
    raise SystemExit(3)


def sleep_long(item: int) -> int:
    time.sleep(60)
    return item


def values(executor: Executor, task, items) -> list:
    """The answers in the order of the items."""
    return [answer for _, answer in sorted(executor(task, items), key=lambda pair: pair[0])]


@pytest.mark.parametrize("executor", EVERY)
def test_every_item_is_answered_once(executor: Executor) -> None:
    assert sorted(executor(square, range(5))) == [(i, i * i) for i in range(5)]
    assert list(executor(square, [])) == []


@pytest.mark.parametrize("executor", EVERY)
def test_an_item_that_fails_does_not_stop_the_others(executor: Executor) -> None:
    answers = values(executor, fail_at_two, range(4))
    failed = answers.pop(2)
    assert answers == [0, 1, 3]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ValueError)
    assert failed.trace.endswith("ValueError: two is too many\n")


def test_how_it_failed_reads_the_same_everywhere() -> None:
    traces = {values(executor, fail_at_two, [2])[0].trace for executor in EVERY}
    assert len(traces) == 1
    assert f"study{os.sep}executors" not in traces.pop()


def test_no_more_processes_than_items() -> None:
    with closing(Processes(8)(square, range(2))) as results:
        next(results)
        assert len(multiprocessing.active_children()) <= 2


@pytest.mark.parametrize("executor", EVERY)
def test_an_error_can_be_raised_as_it_is_with_the_item_as_a_note(executor: Executor) -> None:
    with pytest.raises(ValueError, match="two is too many") as caught:
        list(answered(executor, fail_at_two, range(4), called="replication"))
    assert caught.value.__notes__[0].startswith("in replication 2")
    assert not multiprocessing.active_children()


def test_an_error_that_cannot_travel_arrives_in_words() -> None:
    with pytest.raises(RuntimeError, match="StubbornError: 0 and 1") as caught:
        list(answered(Processes(1), fail_stubbornly, range(1), called="replication"))
    assert "fail_stubbornly" in caught.value.__notes__[0]


def test_an_item_that_cannot_be_read_fails_alone() -> None:
    unreadable, one = values(Processes(1), type, [Unreadable(), 1])
    assert isinstance(unreadable, Failed)
    assert one is int


@pytest.mark.parametrize(
    ("task", "how"), [(die_at_two, f"killed by signal {int(signal.SIGKILL)}"), (leave_at_two, "exit code 7")]
)
def test_an_item_that_kills_its_worker_again_and_again_is_given_up(task, how: str) -> None:
    answers = values(Processes(2), task, range(5))
    failed = answers.pop(2)
    assert answers == [0, 1, 3, 4]
    assert isinstance(failed.error, WorkerError)
    assert failed.error.deaths == 3
    assert f"its process ended without an answer, 3 times ({how})" in failed.trace
    assert not multiprocessing.active_children()


def test_what_a_killed_worker_was_at_is_done_again(tmp_path: Path) -> None:
    items = [str(tmp_path / "a"), "", str(tmp_path / "b"), ""]
    assert values(Processes(2), die_once, items) == items


def test_processes_that_cannot_start_are_not_tried_for_ever(tmp_path: Path) -> None:
    script = tmp_path / "no_guard.py"
    script.write_text(
        "from sim.study.executors import Processes\n"
        "def task(item): return item\n"
        "list(Processes(2)(task, range(4)))\n"  # not under if __name__ == '__main__'
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "WorkerError: its process ended without an answer, 3 times (exit code 1)" in done.stderr
    assert "if __name__ == '__main__'" in done.stderr


def test_a_thread_that_leaves_is_heard_of() -> None:
    with pytest.raises(SystemExit):
        list(Threads(2)(leave, range(3)))


def test_threads_stop_with_whoever_listens() -> None:
    begun: list[int] = []

    def slow(item: int) -> None:
        begun.append(item)
        time.sleep(0.05)

    with closing(Threads(2)(slow, range(50))) as results:
        next(results)
    time.sleep(0.2)
    assert len(begun) <= 4


def test_threads_work_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=10)
    assert len(values(Threads(2), lambda item: meeting.wait(), range(2))) == 2


def test_who_stops_listening_leaves_no_process_behind() -> None:
    with closing(Processes(2)(sleep_long, range(4))), pytest.raises(KeyboardInterrupt):
        raise KeyboardInterrupt
    results = Processes(2)(square, range(50))
    next(results)
    results.close()
    assert not multiprocessing.active_children()


def test_processes_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "study.py"
    script.write_text(
        "import os, time\n"
        "from sim.study.executors import Processes\n"
        "def task(item):\n"
        f"    open(os.path.join({str(tmp_path)!r}, f'pid{{os.getpid()}}'), 'w').close()\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    list(Processes(2)(task, range(2)))\n"
    )
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        assert eventually(lambda: len(list(tmp_path.glob("pid*"))) == 2)
    finally:
        parent.kill()
        parent.wait()
    children = [int(path.name[3:]) for path in tmp_path.glob("pid*")]
    assert eventually(lambda: not any(map(alive, children)))


def test_executors_by_name() -> None:
    assert EXECUTORS == ("serial", "threads", "processes")
    assert executor_named("serial", jobs=4) is in_turn
    assert executor_named("threads", jobs=4) == Threads(4)
    assert executor_named("processes", jobs=4) == Processes(4)
    assert executor_named("processes").jobs >= 1


def test_the_default_suits_the_engine_and_the_machine() -> None:
    assert executor_named(jobs=1) is in_turn
    assert executor_named(jobs=2, engine="compiled") == Threads(2)
    assert executor_named(jobs=16, engine="compiled") == Processes(16)
    assert executor_named(jobs=2, engine="reference") == Processes(2)


@pytest.mark.parametrize(("name", "jobs"), [("ray", 2), ("threads", 0)])
def test_there_is_no_other_executor(name: str, jobs: int) -> None:
    with pytest.raises(ValueError, match="expected one of serial, threads, processes and at least one job"):
        executor_named(name, jobs=jobs)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
