"""Executors: the same results wherever they are computed, and nothing left behind when something goes wrong."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from sim.study.executors import Executor, Processes, WorkerError, in_turn

EXECUTORS = [in_turn, Processes(1), Processes(2)]


def square(replication: int) -> int:
    return replication * replication


def fail_at_two(replication: int) -> int:
    if replication == 2:
        raise ValueError("two is too many")
    return replication


class StubbornError(Exception):
    """Cannot be made again from its text."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a} and {b}")


def fail_stubbornly(replication: int) -> int:
    raise StubbornError(replication, 1)


def die_at_two(replication: int) -> int:
    if replication == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return replication


def leave_at_two(replication: int) -> int:
    if replication == 2:
        os._exit(7)
    return replication


def sleep_long(replication: int) -> int:
    time.sleep(60)
    return replication


@pytest.mark.parametrize("executor", EXECUTORS)
def test_every_replication_is_answered_once(executor: Executor) -> None:
    assert sorted(executor(square, range(5))) == [(r, r * r) for r in range(5)]


def test_no_more_processes_than_replications() -> None:
    with closing(Processes(8)(square, range(2))) as results:
        next(results)
        assert len(multiprocessing.active_children()) <= 2


@pytest.mark.parametrize("executor", EXECUTORS)
def test_an_error_is_raised_as_it_is_with_the_replication_as_a_note(executor: Executor) -> None:
    with pytest.raises(ValueError, match="two is too many") as caught:
        list(executor(fail_at_two, range(4)))
    assert caught.value.__notes__[0].startswith("in replication 2")
    assert not multiprocessing.active_children()


def test_an_error_that_cannot_travel_arrives_in_words() -> None:
    with pytest.raises(RuntimeError, match="StubbornError: 0 and 1") as caught:
        list(Processes(1)(fail_stubbornly, range(1)))
    assert "fail_stubbornly" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("task", "how"), [(die_at_two, f"killed by signal {int(signal.SIGKILL)}"), (leave_at_two, "exit code 7")]
)
def test_a_process_that_dies_is_named_by_its_replication(task, how: str) -> None:
    with pytest.raises(WorkerError, match=f"replication 2: its process ended without an answer .{how}") as caught:
        list(Processes(2)(task, range(4)))
    assert caught.value.replication == 2
    assert not multiprocessing.active_children()


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
        "def task(replication):\n"
        f"    open(os.path.join({str(tmp_path)!r}, f'pid{{os.getpid()}}'), 'w').close()\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    list(Processes(2)(task, range(2)))\n"
    )
    parent = subprocess.Popen(
        [sys.executable, str(script)], cwd=Path(__file__).parents[1], env={**os.environ, "PYTHONPATH": "."}
    )
    try:
        assert eventually(lambda: len(list(tmp_path.glob("pid*"))) == 2)
    finally:
        parent.kill()
        parent.wait()
    children = [int(path.name[3:]) for path in tmp_path.glob("pid*")]
    assert eventually(lambda: not any(map(alive, children)))


def eventually(holds, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
